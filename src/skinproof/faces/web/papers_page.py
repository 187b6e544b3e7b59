"""The explorer's papers: full-text search with filters, how many papers each choice would leave, excerpts, and downloads.

Papers are reports and stand apart from the studies; no count of studies holds one. As of a day those are shown that were
published by then, as their newest records tell of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from skinproof.errors import UsageError
from skinproof.faces.found_papers import FoundPaper, found_paper
from skinproof.faces.output import csv_text
from skinproof.faces.site.names import paper_href
from skinproof.faces.site.paper_pages import STUDIES_SHOWN
from skinproof.faces.site.rows import study_href
from skinproof.faces.site.safe import doi_link, pubmed_link
from skinproof.faces.web.asking import Question
from skinproof.faces.web.explore_page import (
    LONGEST_WORDS,
    MOST_DOWN,
    MOST_ROWS,
    ROWS,
    Facet,
    expanded_words,
    facet_links,
    marked_parts,
    ris_lines,
    tabs,
)
from skinproof.faces.web.picking import (
    EVIDENCE_WORDS,
    NAMES,
    OF_PAPERS,
    boxes,
    chips,
    kept,
    picked,
    picked_papers,
)
from skinproof.model.papers import PaperFilters, PaperSummary
from skinproof.store.read_paper_facets import PAPER_ORDERS, PaperFacetConditions
from skinproof.studies.paper_kinds import EVIDENCE, KINDS, TRIAL, TRIAL_TYPES
from skinproof.views.links import MARKS
from skinproof.views.words import plural
from skinproof.workflows.facets import Words

if TYPE_CHECKING:
    from skinproof.faces.web.live import Live
    from skinproof.faces.web.pages import Found

NAME = "papers.html"
FACETS = ("evidence", "kind", "linked", "agent", "indication", "year")
SORTS = {"relevance": "Relevance", "published": "Newest first", "id": "Id"}
HEADER = tuple(name for name in FoundPaper.__struct_fields__ if name != "snippets")
ABOUT = (
    "A paper is a report, and no count of studies holds one. What a paper is and what it is about is decided by rules from its title, "
    "abstract and headings, not judged by a person. No paper here is no sign that none exists."
)
AUTHORS_SHOWN = 3


class Search(NamedTuple):
    """What an address asks for."""

    text: str
    words: Words | None
    picked: PaperFilters
    combos: tuple[int, ...] | None
    wanted: PaperFacetConditions
    order: str


def page(live: "Live", asked: Question) -> "Found":
    """What the page prints. Raises: UsageError for a word that means nothing."""
    from skinproof.faces.web.pages import Found

    limit = asked.number("limit", ROWS, 1, MOST_ROWS)
    offset = asked.number("offset", 0, 0, 100_000_000)
    try:
        search = read_search(live, asked)
    except UsageError as error:
        if asked.one("q") is None:
            raise
        return Found("papers_live.html", {**_blank(live, asked), "trouble": str(error)})
    papers = live.facets.papers
    total = papers.count(search.wanted)
    found = papers.ids(search.wanted, search.order, limit, offset)
    last = offset + len(found)
    return Found(
        "papers_live.html",
        {
            **_blank(live, asked),
            "tabs": tabs(live, asked, NAME, total),
            "facets": _facets(live, asked, search),
            "hits": _hits(live, search, found),
            "total": total,
            "count_words": _count_words(live, total, offset, last),
            "expanded": expanded_words(search.words),
            "sorts": _sorts(search, asked),
            "before": asked.changed(offset=max(0, offset - limit) or None) if offset else None,
            "after": asked.changed(offset=last) if last < total else None,
            "down": asked.changed(offset=None, limit=None) if 0 < total <= MOST_DOWN else None,
            "too_many": total > MOST_DOWN,
            "cell": asked.one("cell"),
        },
    )


def read_search(live: "Live", asked: Question) -> Search:
    """The search of an address. Raises: UsageError."""
    text = (asked.one("q") or "").strip()
    if len(text) > LONGEST_WORDS:
        raise UsageError(f"the search has {len(text):,} letters; at most {LONGEST_WORDS} are allowed")
    want = picked_papers(live, asked)
    words = live.facets.words(text, of_papers=True) if text else None
    ranked = words is not None and not words.record_ids
    order = asked.one("sort") or ("relevance" if ranked else "published")
    if order not in PAPER_ORDERS:
        raise UsageError(f"there is no order {order[:40]!r} (sort: {', '.join(PAPER_ORDERS)})")
    combos = _combos(live, asked)
    wanted = live.facets.papers.conditions(want, combos, words.texts if words is not None else None)
    if words is not None and words.record_ids:
        base = msgspec.structs.replace(wanted.base, record_ids=words.record_ids, deleted=None)
        wanted = msgspec.structs.replace(wanted, base=base, hits=None)
    return Search(text, words, want, combos, wanted, order if ranked or order != "relevance" else "published")


def _combos(live: "Live", asked: Question) -> tuple[int, ...] | None:
    """The groups of papers of a cell of the map, where the address names one."""
    cell = asked.one("cell")
    if cell is None:
        return None
    row, _, column = cell.partition("~")
    shown = live.facets.map_with(row, column, picked(live, asked), asked.as_of)
    if shown is None or shown.paper_combos is None:
        raise UsageError(f"the map has no cell {cell[:80]!r}")
    return shown.paper_combos.get((row, column), ())


def count_papers(live: "Live", asked: Question) -> int:
    """How many papers an address finds. Raises: UsageError."""
    return live.facets.papers.count(read_search(live, asked).wanted)


def _blank(live: "Live", asked: Question) -> dict[str, Any]:
    """What the page prints before anything was found."""
    notes = [ABOUT]
    if asked.as_of:
        undated = live.facets.papers.undated()
        said = (
            f"; {plural(undated, 'paper tells', 'papers tell')} no date and {'is' if undated == 1 else 'are'} left out"
            if undated
            else ""
        )
        notes.insert(
            0,
            f"Papers published by the end of {asked.as_of}{said}. What they say, and whether they were retracted or corrected, is as their "
            "newest records held today tell it.",
        )
    strange = sorted(name for name in asked.values if name in NAMES and name not in OF_PAPERS)
    return {
        "q": asked.one("q") or "", "day": asked.as_of or "", "kept": kept(asked, (*OF_PAPERS, "cell", "limit")),
        "chips": chips(live, asked, NAME, OF_PAPERS, _LABELS), "facets": (), "hits": (), "total": 0,
        "count_words": "Nothing was searched.", "expanded": None, "sorts": [], "before": None, "after": None, "down": None,
        "too_many": False, "cell": None, "without_cell": asked.changed(cell=None, offset=None), "caveats": notes, "trouble": None,
        "here_name": NAME, "noun": "papers", "tabs": (), "all_human": False, "strange": [name.replace("_", " ") for name in strange],
    }  # fmt: skip


_LABELS = {"evidence": "What was studied", "year": "Published"}


def _choices(live: "Live") -> dict[str, Sequence[tuple[str, str]]]:
    kinds = {TRIAL: "Report of a trial (as indexed)", **{str(kind): str(kind).capitalize() for kind in KINDS}}
    kinds |= {kind: words[:1].upper() + words[1:] for kind, words in MARKS.items()} | {
        "retracted": "Retracted",
        "unclear": "Not told",
    }
    return {
        "evidence": list(EVIDENCE_WORDS.items()),
        "kind": [(kind, label) for kind, label in kinds.items() if kind not in EVIDENCE],
        "linked": [("yes", "Yes, as its report"), ("no", "No")],
        "year": [(str(year), str(year)) for year in live.kept(("paper years",), live.facets.papers.years)],
    }


def _facets(live: "Live", asked: Question, search: Search) -> tuple[Facet, ...]:
    if (
        search.words is not None and search.words.record_ids
    ):  # the search was an id: there is nothing to narrow
        return ()
    papers, hits = live.facets.papers, search.wanted.hits
    counts = {name: papers.facet(name, search.picked, search.combos, hits) for name in FACETS}
    found = boxes(live, asked, FACETS, counts, _choices(live))
    return facet_links(
        asked, [msgspec.structs.replace(box, label=_LABELS.get(box.name, box.label)) for box in found], NAME
    )


def _sorts(search: Search, asked: Question) -> list[tuple[str, str, bool]]:
    plain = "relevance" if search.wanted.hits is not None else "published"
    others = [(name, label) for name, label in SORTS.items() if name not in ("relevance", plain)]
    said = asked.one("sort") or ""
    return [("", SORTS[plain], said in ("", plain)), *((name, label, name == said) for name, label in others)]


def _count_words(live: "Live", total: int, offset: int, last: int) -> str:
    if not live.workspace.has_papers():
        return "No paper was brought in. That is no sign that none exists: import and sync bring papers in."
    if not total:
        return "No papers held here match. That is no sign that none exists."
    span = f", {offset + 1:,} to {last:,} shown" if last - offset < total else ""
    return f"{plural(total, 'paper')}{span}."


def _hits(live: "Live", search: Search, found: Sequence[tuple[str, int]]) -> list[dict[str, Any]]:
    texts = dict(found)
    parts: Mapping[int, list[tuple[str, str]]] = {}
    if search.words is not None and found:
        parts = live.facets.snippets(search.words, list(texts.values()))
    made = []
    for paper in _summaries(live, list(texts)):
        row = found_paper(paper, live.workspace)
        made.append(
            {
                "row": row,
                "href": paper_href(row.record_id),
                "retracted": MARKS["retracted"] in row.marks,
                "about": "; ".join(part for part in (row.agents, row.about)),
                "kinds": _kinds(paper),
                "authors": ", ".join(row.authors[:AUTHORS_SHOWN])
                + (" et al." if len(row.authors) > AUTHORS_SHOWN else ""),
                "studies": [(name, study_href(name)) for name in row.studies[:STUDIES_SHOWN]],
                "more": max(0, len(row.studies) - STUDIES_SHOWN),
                "snippets": [
                    {"field": field, "parts": marked_parts(text)}
                    for field, text in parts.get(texts[paper.record_id], ())[:3]
                ],
            }
        )
    return made


def _kinds(paper: PaperSummary) -> list[str]:
    """What a paper is, for its row: as indexed a trial's report first, then what was studied."""
    trial = {kind.lower() for kind in paper.publication_types} & TRIAL_TYPES
    said = [
        EVIDENCE_WORDS[kind].lower() if kind in EVIDENCE else kind
        for kind in paper.kinds
        if kind not in MARKS
    ]
    return (["report of a trial"] if trial else []) + [
        "kind not told" if kind == "unclear" else kind for kind in said
    ]


def _summaries(live: "Live", ids: Sequence[str]) -> list[PaperSummary]:
    held = live.workspace.papers_by_id(ids)
    return [held[name] for name in ids if name in held]


def download_ids(live: "Live", asked: Question) -> list[str]:
    """The ids of all papers found, in order. Raises: UsageError where they are more than MOST_DOWN."""
    search = read_search(live, asked)
    total = live.facets.papers.count(search.wanted)
    if total > MOST_DOWN:
        raise UsageError(
            f"{total:,} papers are found; at most {MOST_DOWN:,} can be downloaded at once: set a filter, or use `skinproof find --papers --csv`"
        )
    return [name for name, _ in live.facets.papers.ids(search.wanted, search.order, MOST_DOWN)]


def download_head(kind: str, asked: Question, total: int, live: "Live") -> bytes:
    """What stands before the first paper of a download."""
    if kind == "csv":
        return csv_text((*HEADER, "edition", "as_of"), ()).encode()
    if kind == "json":
        head = {"total": total, "question": asked.text, "stamp": live.workspace.stamp(asked.as_of)}
        return msgspec.json.encode(head)[:-1] + b',"papers":[\n'
    return b""


def download_part(kind: str, live: "Live", asked: Question, ids: Sequence[str], first: bool) -> bytes:
    """Some of the papers of a download. first: they are its first ones."""
    papers = _summaries(live, ids)
    rows = [found_paper(paper, live.workspace) for paper in papers]
    if kind == "csv":
        stamp = (live.edition, live.workspace.stamp(asked.as_of).as_of)
        lines = csv_text(HEADER, [(*(getattr(row, name) for name in HEADER), *stamp) for row in rows])
        return lines.partition("\n")[2].encode()
    if kind == "json":
        text = b",\n".join(msgspec.json.encode({name: getattr(row, name) for name in HEADER}) for row in rows)
        return text if first or not text else b",\n" + text
    return "".join(_ris(paper, row) for paper, row in zip(papers, rows, strict=True)).encode()


def _ris(paper: PaperSummary, row: FoundPaper) -> str:
    """A paper as reference managers read it."""

    def said() -> Iterator[tuple[str, str | None]]:
        yield "TY", "JOUR"
        yield "ID", row.record_id
        yield "TI", paper.title
        for author in row.authors:
            yield "AU", author
        yield "JO", row.journal
        yield "PY", str(paper.year) if paper.year else None
        yield "DA", (paper.published or "").replace("-", "/")
        yield "DO", row.doi
        yield "AN", row.pmid or row.record_id
        if row.marks:
            yield "N1", "; ".join(row.marks)
        for study in row.studies:
            yield "N1", f"Report of {study}"
        yield "UR", pubmed_link(row.pmid) or doi_link(row.doi)

    return "".join(ris_lines(said())) + "ER  - \n\n"
