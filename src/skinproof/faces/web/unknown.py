"""Words of an address that a page does not know: told on the page, refused where a file has no place to say so."""

from difflib import get_close_matches

from markupsafe import escape

from skinproof.errors import UsageError
from skinproof.faces.site.preparation_pages import FILTERS
from skinproof.faces.web.asking import Question
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.picking import NAMES, OF_PAPERS

_LIST = ("as_of", "q", "sort", "limit", "offset", "cell")

KNOWN: dict[str, tuple[str, ...]] = {
    "index.html": (*NAMES, "as_of", "cell", "open"),
    **dict.fromkeys(("map.csv", "map.svg", "map.png"), (*NAMES, "as_of", "cell", "open")),
    **dict.fromkeys(("studies.html", "studies.csv", "studies.json", "studies.ris"), (*NAMES, *_LIST)),
    **dict.fromkeys(
        ("papers.html", "papers.csv", "papers.json", "papers.ris"),
        (*dict.fromkeys((*OF_PAPERS, *NAMES)), *_LIST),
    ),
    "preparations.html": (*FILTERS, "q", "offset", "as_of"),
    "preparations.csv": (*FILTERS, "q", "offset", "as_of"),
    "landscape.html": ("part", "as_of"),
    "claim.html": ("q", "agent", "indication", "route", "comparator", "as_of"),
    "judgements.html": ("state", "taken", "done", "as_of"),
}
"""Name of a page or file -> the parameters that it reads. Any other one reads the day alone, and a study what was done to it."""

_MEANT = {
    "skin": "cutaneous", "appearance": "aesthetic", "cosmetic": "aesthetic", "condition": "indication", "complaint": "indication",
    "disease": "indication", "search": "q", "query": "q", "since": "from", "start": "from", "start_from": "from",
    "start_to": "to", "year_from": "from", "from_year": "from", "year_to": "to", "to_year": "to", "product": "agent",
    "intervention": "agent", "location": "country", "date": "as_of",
}  # fmt: skip
"""Names that other faces and people have for a parameter."""

_SHOWN = 5
_START = b'<main id="main" class="wrap" tabindex="-1">\n'


def unknown(name: str, asked: Question) -> tuple[str, ...]:
    """What is asked of a page or file that it does not know, each with the near name: "agnt (did you mean agent?)"."""
    known = KNOWN.get(name, ("as_of", "done") if name.startswith("study/") else ("as_of",))
    made = []
    for word in sorted(asked.values):
        if word not in known:
            meant = _MEANT.get(word[:60].lower())
            near = [meant] if meant in known else get_close_matches(word[:60].lower(), known, 1, 0.6)
            made.append(f"{word[:60]} (did you mean {near[0]}?)" if near else word[:60])
    return tuple(made)


def refuse_unknown(name: str, asked: Question) -> None:
    """For what has no place for a notice: a misspelt filter would give the wrong number. Raises: UsageError."""
    found = unknown(name, asked)
    if found:
        raise UsageError(f"{name} does not know {', '.join(found[:_SHOWN])}")


def with_notice(name: str, answer: Answer, asked: Question) -> Answer:
    """The page with what it does not know at its head; files and pages without such a thing as they are."""
    found = unknown(name, asked)
    if not found or not answer.media_type.startswith("text/html"):
        return answer
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    words = escape(
        f"Not understood in the address, so it narrows nothing here: {', '.join(found[:_SHOWN])}{more}."
    )
    note = f'<p class="note" role="alert" data-part="unknown">{words}</p>\n'.encode("utf-8", "replace")
    return answer._replace(body=answer.body.replace(_START, _START + note, 1))
