"""The explorer: full-text search with filters, how many studies each choice would leave, excerpts, and downloads."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote_plus, urlencode

import msgspec
from markupsafe import Markup

from skinproof.errors import UsageError
from skinproof.faces.commands.find import SYNONYMS_SHOWN, snippet
from skinproof.faces.output import csv_text
from skinproof.faces.site.environment import environment
from skinproof.faces.site.rows import study_href
from skinproof.faces.web.asking import Question
from skinproof.faces.web.picking import NAMES, SHARED, Box, Option, boxes, chips, clocks_known, kept, picked
from skinproof.model.summary import StudySummary
from skinproof.store.read_facets import ORDERS, FacetConditions
from skinproof.views.stamp import caveats
from skinproof.views.studies import StudyRow, study_row
from skinproof.views.words import plural
from skinproof.workflows.facets import NOT_REPORTED, Picked, Words
from skinproof.workflows.query import last_day

if TYPE_CHECKING:
    from skinproof.faces.web.live import Live
    from skinproof.faces.web.pages import Found

ROWS, MOST_ROWS = 25, 100
MOST_DOWN = 50_000
"""Studies of one download."""
CHUNK = 1000
LONGEST_WORDS = 500
LISTED = 10
"""Choices of a filter that are listed at once; the others are folded."""

FACETS = (
    "agent", "indication", "cutaneous", "aesthetic", "role", "route", "design", "status", "phase", "results", "year", "country",
)  # fmt: skip
SORTS = {"relevance": "Relevance", "posted": "Newest first", "participants": "Participants", "id": "Id"}
SINCE = (("posted_from", "First posted since"), ("from", "Started since"))
"""Dates that can be typed: (name, label)."""
DOWNLOADS = ("csv", "json", "ris")
HEADER = StudyRow.__struct_fields__


class Search(NamedTuple):
    """What an address of the explorer asks for."""

    text: str
    words: Words | None
    picked: Picked
    combos: tuple[int, ...] | None
    wanted: FacetConditions
    order: str


class Facet(msgspec.Struct, frozen=True):
    """One filter with its choices: (option, the address with it set or taken away)."""

    name: str
    label: str
    shown: tuple[tuple[Option, str], ...]
    more: tuple[tuple[Option, str], ...]
    active: bool


def page(live: "Live", asked: Question) -> "Found":
    """What the page prints. Raises: UsageError for a search that cannot be read or a word that means nothing."""
    from skinproof.faces.web.pages import Found

    limit = asked.number("limit", ROWS, 1, MOST_ROWS)
    offset = asked.number("offset", 0, 0, 100_000_000)
    trouble, search = None, None
    try:
        search = read_search(live, asked)
    except UsageError as error:
        if asked.one("q") is None:
            raise
        # A search that cannot be read is told beside the box in which it can be mended.
        trouble = str(error)
    if search is None:
        return Found("explore.html", {**_blank(live, asked), "trouble": trouble})
    total = live.facets.count(search.wanted, asked.as_of)
    found = live.facets.ids(search.wanted, asked.as_of, search.order, limit, offset)
    last = offset + len(found)
    return Found(
        "explore.html",
        {
            **_blank(live, asked),
            "facets": _facets(live, asked, search),
            "hits": _hits(live, asked, search, found),
            "total": total,
            "count_words": _count_words(total, offset, last, search.text),
            "expanded": expanded_words(search.words),
            "sorts": _sorts(search, asked),
            "before": asked.changed(offset=max(0, offset - limit) or None) if offset else None,
            "after": asked.changed(offset=last) if last < total else None,
            "down": asked.changed(offset=None, limit=None) if 0 < total <= MOST_DOWN else None,
            "too_many": total > MOST_DOWN,
            "cell": asked.one("cell"),
            "trouble": None,
            "tabs": tabs(live, asked, "studies.html", total),
            "all_human": bool(asked.all("evidence")),
            "undated": _undated(live, asked, search),
        },
    )


def read_search(live: "Live", asked: Question) -> Search:
    """The search of an address. Raises: UsageError."""
    text = (asked.one("q") or "").strip()
    if len(text) > LONGEST_WORDS:
        raise UsageError(f"the search has {len(text):,} letters; at most {LONGEST_WORDS} are allowed")
    want = picked(live, asked)
    if want.overdue is not None:
        clocks_known(live, want, asked.as_of)
    words = live.facets.words(text) if text else None
    order = asked.one("sort") or ("relevance" if words else "posted")
    if order not in ORDERS:
        raise UsageError(f"there is no order {order[:40]!r} (sort: {', '.join(ORDERS)})")
    if order == "relevance" and not words:
        order = "posted"
    combos = _combos(live, asked, want)
    hits = words.texts if words is not None else None
    if combos is not None:
        wanted = msgspec.structs.replace(live.facets.cell_conditions(want, combos), hits=hits)
    else:
        wanted = live.facets.conditions(want, None, hits)
    if words is not None and words.record_ids:
        wanted = msgspec.structs.replace(
            wanted, hits=None, base=msgspec.structs.replace(wanted.base, record_ids=words.record_ids)
        )
        order = "id" if order == "relevance" else order
    return Search(text, words, want, combos, wanted, order)


def _combos(live: "Live", asked: Question, want: Picked) -> tuple[int, ...] | None:
    """The groups of a cell of the map, where the address names one."""
    cell = asked.one("cell")
    if cell is None:
        return None
    row, _, column = cell.partition("~")
    shown = live.facets.map_with(row, column, want, asked.as_of)
    if shown is None:
        raise UsageError(f"the map has no cell {cell[:80]!r}")
    return shown.combos.get((row, column), ())


def _blank(live: "Live", asked: Question) -> dict[str, Any]:
    """What the page prints before anything was found."""
    return {
        "q": asked.one("q") or "", "day": asked.as_of or "", "kept": kept(asked, (*(name for name in NAMES if name not in ("from", "posted_from")), "cell", "limit")),
        "since": [(name, label, asked.one(name) or "") for name, label in SINCE], "undated": (),
        "chips": chips(live, asked, "studies.html"), "facets": (), "hits": (), "total": 0, "count_words": "Nothing was searched.",
        "expanded": None, "sorts": [], "before": None, "after": None, "down": None, "too_many": False, "cell": None, "tabs": (), "all_human": False, "strange": (), "here_name": "studies.html", "noun": "studies",
        "without_cell": asked.changed(cell=None, offset=None), "caveats": caveats(live.workspace.stamp(asked.as_of)),
    }  # fmt: skip


def _undated(live: "Live", asked: Question, search: Search) -> list[tuple[str, str | None]]:
    """(words, address of them or None) of studies that a filter of dates leaves out because their records have no such day."""
    base, wanted, found = search.wanted.base, search.wanted, []
    if base.posted_from or base.posted_to or (wanted.years and "years" not in wanted.unsaid):
        other = msgspec.structs.replace(base, posted_from=None, posted_to=None)
        unsaid = tuple(dict.fromkeys((*wanted.unsaid, "years")))
        left = msgspec.structs.replace(wanted, base=other, years=None, unsaid=unsaid)
        names = ("posted_from", "posted_to", "year", "offset")
        rest = [
            (name, value) for name, values in asked.values.items() if name not in names for value in values
        ]
        href = f"studies.html?{Question([*rest, ('year', NOT_REPORTED)]).text}"
        found.append((live.facets.count(left, asked.as_of), "first-posted day", href))
    if base.start_from or base.start_to:
        other = msgspec.structs.replace(base, start_from=None, start_to=None)
        left = msgspec.structs.replace(wanted, base=other, unsaid=(*wanted.unsaid, "start"))
        found.append((live.facets.count(left, asked.as_of), "start date", ""))
    return [
        (
            f"{plural(n, 'study', 'studies')} without a {day} {'is' if n == 1 else 'are'} not in this list",
            href or None,
        )
        for n, day, href in found
        if n
    ]


def _sorts(search: Search, asked: Question) -> list[tuple[str, str, bool]]:
    """(value, label, chosen) of the orders; what holds where none is asked for stands first, without a value."""
    plain = "relevance" if search.words else "posted"
    others = [(name, label) for name, label in SORTS.items() if name not in ("relevance", plain)]
    said = asked.one("sort") or ""
    return [("", SORTS[plain], said in ("", plain)), *((name, label, name == said) for name, label in others)]


def _count_words(total: int, offset: int, last: int, text: str) -> str:
    if not total:
        return "No registered studies match. That is a gap in what is registered here, not a result."
    span = f", {offset + 1:,} to {last:,} shown" if last - offset < total else ""
    return f"{plural(total, 'study', 'studies')}{span}."


def expanded_words(words: Words | None) -> str | None:
    if words is None or not words.expanded:
        return None
    more = len(words.expanded) - SYNONYMS_SHOWN
    return ", ".join(words.expanded[:SYNONYMS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _facets(live: "Live", asked: Question, search: Search) -> tuple[Facet, ...]:
    hits = search.wanted.hits
    want = search.picked
    ids = search.words.record_ids if search.words is not None else ()
    if ids:  # the search was an id: there is nothing to narrow
        return ()
    counts = {name: live.facets.facet(name, want, search.combos, hits, asked.as_of) for name in FACETS}
    return facet_links(asked, boxes(live, asked, FACETS, counts), "studies.html")


def facet_links(asked: Question, found: Iterable[Box], here: str) -> tuple[Facet, ...]:
    """The filters beside a list, each choice with its address on the page `here`."""
    made = []
    for box in found:
        options = box.options
        if box.name == "indication":
            options = tuple(
                option for option in options if not option.label.startswith("\N{EN SPACE}") or option.chosen
            )
        elif box.name not in ("design", "year", "evidence"):
            options = tuple(sorted(options, key=lambda option: (not option.chosen, -(option.n or 0))))
        linked = tuple(zip(options, _toggled(asked, box.name, options, here), strict=True))
        if linked:
            active = any(option.chosen for option in options)
            made.append(Facet(box.name, box.label, linked[:LISTED], linked[LISTED:], active))
    return tuple(made)


def _toggled(asked: Question, box: str, options: Sequence[Option], here: str) -> Iterator[str]:
    """The addresses with one choice set, or taken away where it is set. One choice of yes or no replaces the other.

    What stands before and after the choice is written once, as `Question.text` would write it.
    """
    pairs = [(n, v) for n, values in sorted(asked.values.items()) for v in values if n != "offset"]
    lone = box in ("results", "linked", "cutaneous", "aesthetic")
    before = urlencode([pair for pair in pairs if pair[0] < box or (pair[0] == box and not lone)])
    after = urlencode([pair for pair in pairs if pair[0] > box])
    for option in options:
        if option.chosen:
            rest = [(n, v) for n, v in pairs if (n, v.strip().casefold()) != (box, option.value.casefold())]
            text = urlencode(rest)
        else:
            text = "&".join(filter(None, (before, f"{box}={quote_plus(option.value)}", after)))
        yield f"{here}?{text}" if text else here


def tabs(
    live: "Live", asked: Question, here: str, total: int | None
) -> tuple[tuple[str, int, str, bool], ...]:
    """(name, how many are found there, address, shown now) of studies and papers; a search keeps what both know.

    here: the page that is shown; total: what is found on it, None where its search cannot be read. No tabs without papers.
    """
    if total is None or not live.workspace.has_papers():
        return ()
    from skinproof.faces.web import papers_page

    names = ("q", "as_of", *SHARED)
    text = Question((n, v) for n, values in asked.values.items() if n in names for v in values).text
    other = Question.read(text.encode())
    made = []
    for label, page, count in (
        ("Studies", "studies.html", count_studies),
        ("Papers", papers_page.NAME, papers_page.count_papers),
    ):
        shown = page == here
        address = asked.text if shown else text
        found = total if shown else _counted(count, live, other)
        made.append((label, found, f"{page}?{address}" if address else page, shown))
    return tuple(made)


def _counted(count: "Callable[[Live, Question], int]", live: "Live", other: Question) -> int:
    """How many; none where the search means nothing there: the id of a paper finds no study."""
    try:
        return count(live, other)
    except UsageError:
        return 0


def count_studies(live: "Live", asked: Question) -> int:
    """How many studies an address of the explorer finds. Raises: UsageError."""
    return live.facets.count(read_search(live, asked).wanted, asked.as_of)


def _hits(
    live: "Live", asked: Question, search: Search, found: Sequence[tuple[str, int]]
) -> list[dict[str, Any]]:
    parts: Mapping[int, list[tuple[str, str]]] = {}
    if search.words is not None and found:
        parts = live.facets.snippets(search.words, [text for _, text in found])
    day = last_day(asked.as_of)
    heads = live.pieces.rows("hit", day, [name for name, _ in found], lambda ids: _heads(live, asked, ids))
    return [
        {
            "head": head,
            "snippets": [
                {"field": field, "parts": marked_parts(words)} for field, words in parts.get(text, ())[:3]
            ],
        }
        for head, (_, text) in zip(heads, found, strict=True)
    ]


def _heads(live: "Live", asked: Question, ids: Sequence[str]) -> dict[str, Markup]:
    """What is printed of each study above its excerpts."""
    head = environment().get_template("hit_macros.html").module.study_head  # type: ignore[attr-defined]
    vocabulary = live.workspace.vocabulary
    return {
        study.record_id: head(study_row(study, vocabulary), study_href(study.record_id))
        for study in _summaries(live, asked, ids)
    }


def marked_parts(text: str) -> list[tuple[str, bool]]:
    """An excerpt in pieces, each with whether it is a found word."""
    found = snippet("", text)
    pieces, at = [], 0
    for start, end in found.marks:
        pieces += [(found.text[at:start], False), (found.text[start:end], True)]
        at = end
    return [piece for piece in [*pieces, (found.text[at:], False)] if piece[0]]


def _summaries(live: "Live", asked: Question, ids: Sequence[str]) -> list[StudySummary]:
    held = {study.record_id: study for study in live.workspace.some(ids, asked.as_of)} if ids else {}
    return [held[name] for name in ids if name in held]


def download_ids(live: "Live", asked: Question) -> list[str]:
    """The ids of all studies found, in order. Raises: UsageError where they are more than MOST_DOWN."""
    search = read_search(live, asked)
    total = live.facets.count(search.wanted, asked.as_of)
    if total > MOST_DOWN:
        raise UsageError(
            f"{total:,} studies are found; at most {MOST_DOWN:,} can be downloaded at once: set a filter, or use `skinproof list --csv`"
        )
    return [name for name, _ in live.facets.ids(search.wanted, asked.as_of, search.order, MOST_DOWN)]


def download_head(kind: str, asked: Question, total: int, live: "Live") -> bytes:
    """What stands before the first study of a download."""
    if kind == "csv":
        return csv_text((*HEADER, "edition", "as_of"), ()).encode()
    if kind == "json":
        stamp = live.workspace.stamp(asked.as_of)
        head = {"total": total, "question": asked.text, "stamp": stamp}
        return msgspec.json.encode(head)[:-1] + b',"studies":[\n'
    return b""


def download_part(kind: str, live: "Live", asked: Question, ids: Sequence[str], first: bool) -> bytes:
    """Some of the studies of a download. first: they are its first ones."""
    rows = [(study, study_row(study, live.workspace.vocabulary)) for study in _summaries(live, asked, ids)]
    if kind == "csv":
        stamp = (live.edition, live.workspace.stamp(asked.as_of).as_of)
        lines = csv_text(HEADER, [(*(getattr(row, name) for name in HEADER), *stamp) for _, row in rows])
        return lines.partition("\n")[2].encode()
    if kind == "json":
        text = b",\n".join(msgspec.json.encode(row) for _, row in rows)
        return text if first or not text else b",\n" + text
    return "".join(_ris(study, row) for study, row in rows).encode()


def download_tail(kind: str) -> bytes:
    """What stands after the last study."""
    return b"\n]}\n" if kind == "json" else b""


def _ris(study: StudySummary, row: StudyRow) -> str:
    """A study as reference managers read it (RIS: type GEN, since the format has none for a registered trial)."""

    def said() -> Iterator[tuple[str, str | None]]:
        yield "TY", "GEN"
        yield "ID", study.record_id
        yield "AN", study.record_id
        yield "TI", row.title
        if study.official_title and study.official_title != row.title:
            yield "T2", study.official_title
        yield "PB", study.lead_sponsor
        yield "PY", (study.first_posted or "")[:4]
        yield "DA", (study.first_posted or "").replace("-", "/")
        for word in study.conditions:
            yield "KW", word
        yield "N1", f"{row.status}; {row.phase}; participants: {row.participants}"
        if study.record_id.startswith("NCT"):
            yield "DB", "ClinicalTrials.gov"
            yield "UR", f"https://clinicaltrials.gov/study/{study.record_id}"

    return "".join(ris_lines(said())) + "ER  - \n\n"


def ris_lines(pairs: Iterable[tuple[str, str | None]]) -> Iterator[str]:
    for tag, text in pairs:
        plain = " ".join("".join(c if c.isprintable() else " " for c in text or "").split())
        if plain:
            yield f"{tag}  - {plain}\n"
