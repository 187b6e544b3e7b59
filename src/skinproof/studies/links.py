"""Which paper reports which study: by whole registry ids and by the references of registry records, never by titles.

What a paper says of itself is not enough where it tells of others' studies: reviews, comments, papers that name many
trials, and animal work go to the review list with the reason, as does a "result" that is older than its study.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from skinproof.model.links import (
    Link,
    LinkState,
    PaperFacts,
    Relation,
    StoredId,
    StudyFacts,
    fingerprint,
)
from skinproof.studies.registrations import Ids, registration_links

RULE = "links/1"
"""How ids become links; a change here makes them anew."""

SCORES = {
    "paper.databank/1": 0.98,
    "paper.title/1": 0.97,
    "registry.result/1": 0.96,
    "paper.abstract/1": 0.95,
    "paper.keyword/1": 0.93,
    "registry.derived/1": 0.9,
    "registry.background/1": 0.5,
    "paper.correction/1": 1.0,
}
"""Rules in the order in which they are trusted."""
_THROUGH = 0.05
"""Less for an id that is not the study's own but one it names (EudraCT in a record of ClinicalTrials.gov)."""
MANY = 3
"""Studies one paper can report without a person looking: pooled analyses of a programme name two or three."""

_REFERENCES = {"RESULT": "registry.result/1", "DERIVED": "registry.derived/1"}
_COMMENTS = frozenset({"comment", "editorial", "news", "newspaper article", "introductory journal article"})
_NOTICE_OF = frozenset(
    {
        "retractionof", "partialretractionof", "erratumfor", "correctionof", "expressionofconcernfor", "expressionofconcernof",
    }
)  # fmt: skip
_NOTICE_IN = frozenset(
    {"retractionin", "partialretractionin", "erratumin", "correctionin", "expressionofconcernin"}
)


class _Found(NamedTuple):
    """One piece of evidence of a pair. through: the id is one the study names, not its own; alone: no other study does."""

    rule: str
    stored: StoredId
    through: bool = False
    alone: bool = True


def link(
    studies: Mapping[str, StudyFacts],
    study_ids: Sequence[StoredId],
    papers: Mapping[str, PaperFacts],
    paper_ids: Sequence[StoredId],
) -> tuple[Link, ...]:
    """All links among the records in force, sorted. Ids that lead to nothing held give no link."""
    ids = Ids(studies, study_ids)
    by_pmid = {f"PMID:{paper.pmid}": paper.record_id for paper in papers.values() if paper.pmid}
    pairs: dict[tuple[str, str], list[_Found]] = {}
    for stored in paper_ids:
        if stored.row.id is not None and stored.row.place != "correction":
            records, own = ids.meant(stored.row.id)
            for record_id in records:
                found = _Found(f"paper.{stored.row.place}/1", stored, not own, len(records) == 1)
                pairs.setdefault((stored.record_id, record_id), []).append(found)
    for stored in study_ids:
        if stored.row.place == "reference" and (paper_id := by_pmid.get(stored.row.id or "")) is not None:
            rule = _REFERENCES.get(stored.row.note, "registry.background/1")
            pairs.setdefault((paper_id, stored.record_id), []).append(_Found(rule, stored))
    named: dict[str, set[str]] = {}
    for (paper_id, record_id), evidence in pairs.items():
        if any(one.rule.startswith("paper.") for one in evidence):
            named.setdefault(paper_id, set()).add(record_id)
    links: list[Link] = []
    for (paper_id, record_id), evidence in pairs.items():
        paper = papers[paper_id]
        if not {"notice", "deleted"} & set(paper.kinds):
            relation, state, reason = _judged(
                paper, studies[record_id], evidence, len(named.get(paper_id, ()))
            )
            links += _rows(paper_id, record_id, evidence, relation, state, reason)
    links += _between_papers(paper_ids, by_pmid)
    links += registration_links(studies, ids)
    return tuple(
        sorted(links, key=lambda k: (k.from_id, k.to_id, -k.score, k.rule, k.record_id, k.field, k.start, k.source))
    )  # fmt: skip


def _judged(
    paper: PaperFacts, study: StudyFacts, evidence: Sequence[_Found], named: int
) -> tuple[Relation, LinkState, str]:
    """What the evidence of a pair says; the first doubt that holds sends it to a person."""
    rules = {one.rule for one in evidence}
    if rules == {"registry.background/1"}:
        return "background", "linked", "the registry record cites it as background"
    own_words = any(rule.startswith("paper.") for rule in rules)
    types = {kind.lower(): kind for kind in paper.publication_types}
    comments = sorted(_COMMENTS & types.keys())
    if "review" in paper.kinds:
        return "mention", "review", "the paper is a review: it tells of studies of others"
    if comments:
        return "mention", "review", f"publication type {types[comments[0]]}: it may tell of a study of others"
    if named > MANY and own_words:
        return "mention", "review", f"the paper names {named} registered studies: it may report none of them"
    if (
        own_words
        and not {"human", "protocol", "unclear"} & set(paper.kinds)
        and "registry.result/1" not in rules
    ):
        return "mention", "review", "the paper studies no people by its headings or words"
    if not own_words and paper.year is not None and study.start_date is not None:
        begun = int(study.start_date[:4])
        if paper.year < begun:
            return (
                "report",
                "review",
                f"the paper is of {paper.year}, the study began in {begun}: background?",
            )
    if own_words and not any(one.alone for one in evidence):
        given = next(one.stored.row.id for one in evidence if not one.alone)
        return "report", "review", f"several studies name {given}: which of them is meant?"
    return "report", "linked", _why(evidence)


def _why(evidence: Sequence[_Found]) -> str:
    words = {
        "paper.databank/1": "the source lists the study's id with the paper",
        "paper.title/1": "the title names the study's id",
        "paper.abstract/1": "the abstract names the study's id",
        "paper.keyword/1": "a keyword is the study's id",
        "registry.result/1": "the registry record cites it as a report of results",
        "registry.derived/1": "the registry found the study's id in it",
    }
    found = {one.rule for one in evidence}
    said = [text for rule, text in words.items() if rule in found]
    if all(one.through for one in evidence):
        said.append("an id of another register that only this study's record names")
    return "; ".join(said)


def _rows(
    paper_id: str,
    record_id: str,
    evidence: Sequence[_Found],
    relation: Relation,
    state: LinkState,
    reason: str,
) -> Iterator[Link]:
    seen = fingerprint((one.rule, one.stored.row.id or "", one.stored.row.quote) for one in evidence)
    known: set[str] = set()
    for found in evidence:
        if found.rule in known:
            continue  # one place of each rule is enough; the first in the record
        known.add(found.rule)
        yield _row(paper_id, record_id, found, relation, state, reason, seen)


def _row(
    from_id: str, to_id: str, found: _Found, relation: Relation, state: LinkState, reason: str, seen: str
) -> Link:
    stored, place = found.stored, found.stored.row
    return Link(
        from_id=from_id, to_id=to_id, relation=relation, rule=found.rule,
        score=round(SCORES[found.rule] - (_THROUGH if found.through else 0), 2), state=state, reason=reason,
        named=place.id or "", record_id=stored.record_id, source=stored.source, sha256=stored.sha256,
        field=place.field, start=place.start, end=place.end, quote=place.quote, fingerprint=seen,
    )  # fmt: skip


def _between_papers(paper_ids: Iterable[StoredId], by_pmid: Mapping[str, str]) -> Iterator[Link]:
    """Notices and the papers they are about, new and old forms of a paper; where both are held."""
    rule = "paper.correction/1"
    for stored in paper_ids:
        other = by_pmid.get(stored.row.id or "")
        if stored.row.place != "correction" or other is None or other == stored.record_id:
            continue
        kind = stored.row.note.lower()
        if kind in _NOTICE_OF | _NOTICE_IN:
            from_id, to_id = (stored.record_id, other) if kind in _NOTICE_OF else (other, stored.record_id)
            relation: Relation = "notice"
        elif kind in ("updateof", "updatein"):
            from_id, to_id = (stored.record_id, other) if kind == "updateof" else (other, stored.record_id)
            relation = "update"
        else:
            continue
        reason = f"{stored.record_id} says {stored.row.note} of {other}"
        seen = fingerprint([(rule, relation, "")])
        yield _row(from_id, to_id, _Found(rule, stored), relation, "linked", reason, seen)
