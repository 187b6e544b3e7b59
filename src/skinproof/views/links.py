"""Links as rows to read: which two records, why, in whose words, and what people say of it."""

from collections.abc import Iterable, Mapping

import msgspec

from skinproof.judgements.links import JudgedLink, is_paper
from skinproof.model.links import RELATIONS
from skinproof.model.papers import PaperSummary
from skinproof.views.words import sentence

MARKS = {
    "deleted": "taken away by its source",
    "retracted": "RETRACTED",
    "concern": "expression of concern",
    "corrected": "corrected",
    "preprint": "preprint",
}
"""Kinds of papers that a reader must see beside its title, gravest first."""


class EvidenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One place an id stands: in which record and field, its words there, and the rule that read it."""

    rule: str
    score: float
    record_id: str
    field: str
    start: int
    end: int
    quote: str
    named: str


class LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of records. titles are None where a record is not held; marks: of the paper, such as RETRACTED.

    state, relation: as they hold now; machine_state, machine_relation: without people, None where only people link them
    verdict, who, at, said: the newest judgement that stands; stale: it was made of other evidence than there is now
    """

    from_id: str
    from_title: str | None
    to_id: str
    to_title: str | None
    relation: str
    relation_words: str
    state: str
    reason: str
    score: float
    marks: tuple[str, ...]
    evidence: tuple[EvidenceRow, ...]
    machine_relation: str | None
    machine_state: str | None
    verdict: str | None
    who: str | None
    at: str | None
    said: str | None
    stale: bool
    disputed: bool


def marks_of(paper: PaperSummary | None) -> tuple[str, ...]:
    """What a reader must see beside the title of a paper."""
    kinds = set(paper.kinds) if paper is not None else set()
    return tuple(words for kind, words in MARKS.items() if kind in kinds)


def link_row(link: JudgedLink, papers: Mapping[str, PaperSummary], titles: Mapping[str, str]) -> LinkRow:
    """The row of one pair. papers: those held; titles: of studies, by record id."""
    of_paper = papers.get(link.from_id)
    return LinkRow(
        from_id=link.from_id, from_title=_title(link.from_id, papers, titles), to_id=link.to_id,
        to_title=_title(link.to_id, papers, titles), relation=link.relation, relation_words=RELATIONS[link.relation],
        state=link.state, reason=link.reason, score=link.score, marks=marks_of(of_paper),
        evidence=tuple(
            EvidenceRow(
                rule=e.rule, score=e.score, record_id=e.record_id, field=e.field, start=e.start, end=e.end,
                quote=e.quote, named=e.named,
            )
            for e in link.evidence
        ),
        machine_relation=link.machine_relation, machine_state=link.machine_state, verdict=link.verdict, who=link.who,
        at=link.at, said=link.said, stale=link.stale, disputed=link.disputed,
    )  # fmt: skip


def link_rows(
    links: Iterable[JudgedLink], papers: Mapping[str, PaperSummary], titles: Mapping[str, str]
) -> tuple[LinkRow, ...]:
    """The rows of many pairs, in order."""
    return tuple(link_row(link, papers, titles) for link in links)


def evidence_words(row: EvidenceRow) -> str:
    """The place of an id in one line: who says it, where, in which words."""
    if not row.field:
        return f"both have the number {row.named} ({row.rule})"
    return f"{row.record_id} says “{row.quote}” in {row.field} ({row.rule})"


def state_words(row: LinkRow) -> str:
    """How a link stands, in a few words."""
    words = {"linked": "linked", "review": "to review", "rejected": "rejected"}[row.state]
    notes = [*(["people differ"] if row.disputed else []), *(["evidence changed since"] if row.stale else [])]
    return sentence(words) + (f" ({', '.join(notes)})" if notes else "")


def papers_named(links: Iterable[JudgedLink]) -> tuple[list[str], list[str]]:
    """(record ids of papers, of studies) that links name, sorted."""
    names = sorted({name for link in links for name in (link.from_id, link.to_id)})
    return [name for name in names if is_paper(name)], [name for name in names if not is_paper(name)]


def _title(record_id: str, papers: Mapping[str, PaperSummary], titles: Mapping[str, str]) -> str | None:
    if record_id in papers:
        return papers[record_id].title
    return titles.get(record_id) or None
