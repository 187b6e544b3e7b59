"""One paper as a reader wants it: how it stands first, what it is and why, its words, and the studies it reports."""

from collections.abc import Iterable

import msgspec

from skinproof.model.findings import Preparation
from skinproof.model.paper import Paper
from skinproof.model.papers import PaperSummary
from skinproof.model.summary import EditionStamp
from skinproof.model.tags import Call, Tag
from skinproof.studies.paper_documents import paper_document
from skinproof.studies.paper_kinds import KINDS
from skinproof.views.answers import CallRow, TagGroup, call_rows, group_mentions
from skinproof.views.links import MARKS, LinkRow, marks_of
from skinproof.views.preparations import FACT_LABELS, Quote, fact_cell
from skinproof.vocabulary.term import Vocabulary

PUBMED = "https://pubmed.ncbi.nlm.nih.gov/"
_KIND_WORDS = {str(kind): words for kind, words in KINDS.items()}


class KindRow(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to what a paper is or how it stands. field to quote: its words; None where headings or types say so."""

    kind: str
    words: str
    reason: str
    field: str | None
    start: int | None
    end: int | None
    quote: str | None


class AbstractPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the abstract. marks: (start, end) of the words behind tags, sorted, none inside another."""

    label: str | None
    text: str
    marks: tuple[tuple[int, int], ...]


class GivenFact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that the paper reports of a preparation, with its words."""

    label: str
    text: str
    quotes: tuple[Quote, ...]


class GivenProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A preparation the paper tells of, with the facts it reports."""

    name: str | None
    agents: tuple[str, ...]
    role: str
    facts: tuple[GivenFact, ...]


class PaperPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one paper. banner: what must be read before anything else (retracted, concern, preprint...)."""

    record_id: str
    title: str
    banner: tuple[str, ...]
    url: str | None
    journal: str | None
    published: str | None
    authors: tuple[str, ...]
    pmid: str | None
    pmcid: str | None
    doi: str | None
    source: str
    completeness: str
    publication_types: tuple[str, ...]
    kinds: tuple[KindRow, ...]
    abstract: tuple[AbstractPart, ...]
    keywords: tuple[str, ...]
    headings: tuple[str, ...]
    registry_ids: tuple[str, ...]
    calls: tuple[CallRow, ...]
    tags: tuple[TagGroup, ...]
    preparations: tuple[GivenProduct, ...]
    linked: tuple[LinkRow, ...]
    stamp: EditionStamp


def paper_page(
    summary: PaperSummary,
    paper: Paper,
    vocabulary: Vocabulary,
    stamp: EditionStamp,
    *,
    tags: Iterable[Tag] = (),
    calls: dict[str, Call] | None = None,
    preparations: Iterable[Preparation] = (),
    linked: tuple[LinkRow, ...] = (),
) -> PaperPage:
    """The page of one paper from its row, its record and what tagging and reading said of it."""
    found = list(tags)
    return PaperPage(
        record_id=summary.record_id, title=paper.title or paper.vernacular_title or "No title",
        banner=_banner(summary), url=f"{PUBMED}{paper.pmid}/" if paper.pmid else None,
        journal=paper.journal, published=summary.published or summary.published_text, authors=summary.authors,
        pmid=paper.pmid, pmcid=paper.pmcid, doi=paper.doi, source=summary.source, completeness=summary.completeness,
        publication_types=paper.publication_types, kinds=_kinds(summary), abstract=_abstract(paper, found),
        keywords=paper.keywords, headings=tuple(heading.descriptor for heading in paper.mesh),
        registry_ids=tuple(f"{listed.bank}: {listed.number}" for listed in paper.registry_ids),
        calls=call_rows(calls or {}), tags=group_mentions(found, paper_document(paper).text, vocabulary),
        preparations=tuple(_product(one, vocabulary) for one in preparations), linked=linked, stamp=stamp,
    )  # fmt: skip


def _banner(summary: PaperSummary) -> tuple[str, ...]:
    reasons = dict(zip(summary.kinds, summary.kind_reasons, strict=True))
    said = [f"{MARKS[kind]}: {reasons[kind]}" for kind in MARKS if kind in reasons]
    assert len(said) == len(marks_of(summary))
    return tuple(said)


def _kinds(summary: PaperSummary) -> tuple[KindRow, ...]:
    rows = zip(
        summary.kinds, summary.kind_reasons, summary.kind_fields, summary.kind_starts, summary.kind_ends,
        summary.kind_quotes, strict=True,
    )  # fmt: skip
    return tuple(
        KindRow(
            kind=kind, words=_KIND_WORDS.get(kind, kind), reason=reason, field=field, start=start, end=end,
            quote=quote,
        )
        for kind, reason, field, start, end, quote in rows
    )  # fmt: skip


def _abstract(paper: Paper, tags: Iterable[Tag]) -> tuple[AbstractPart, ...]:
    places: dict[str, list[tuple[int, int]]] = {}
    for tag in tags:
        places.setdefault(tag.field, []).append((tag.start, tag.end))
    return tuple(
        AbstractPart(
            label=part.label, text=part.text, marks=_apart(places.get(f"abstract[{i}].text", ()), part.text)
        )
        for i, part in enumerate(paper.abstract)
    )


def _apart(places: Iterable[tuple[int, int]], text: str) -> tuple[tuple[int, int], ...]:
    """Places in order; of two that overlap the first and longer one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(set(places), key=lambda place: (place[0], -place[1])):
        if (not found or start >= found[-1][1]) and 0 <= start < end <= len(text):
            found.append((start, end))
    return tuple(found)


def _product(preparation: Preparation, vocabulary: Vocabulary) -> GivenProduct:
    cells = [fact_cell(preparation, fact, vocabulary) for fact in FACT_LABELS]
    return GivenProduct(
        name=preparation.name,
        agents=tuple(map(vocabulary.label, preparation.agents)),
        role=preparation.role,
        facts=tuple(
            GivenFact(
                label=cell.label,
                text=cell.text,
                quotes=tuple(q for value in cell.values for q in value.quotes),
            )
            for cell in cells
            if cell.values
        ),
    )
