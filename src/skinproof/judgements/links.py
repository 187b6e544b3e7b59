"""Links as they hold: what the machine linked, with what people said of it beside it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import msgspec

from skinproof.judgements.fold import Held
from skinproof.model.links import RELATIONS, Link, LinkState, Relation, StudyFacts, pair_key
from skinproof.studies.registrations import groups

KIND = "link"
"""The kind of these judgements in the journal; the subject is `model.links.pair_key` of the two ids."""
PAPER_HEADS = ("PMID:", "PMC:", "DOI:", "EPMC:", "RIS:")


class JudgedLink(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of records. relation and state hold now; the machine's stand beside them, None where only people link them.

    rule, score: of the strongest evidence; evidence: strongest first, empty where only people link them
    verdict, who, at, said: the newest judgement that stands, None without one; stale: it was made of other evidence
    disputed: people differ, and nobody's word holds
    """

    from_id: str
    to_id: str
    relation: Relation
    state: LinkState
    reason: str
    rule: str
    score: float
    machine_relation: Relation | None
    machine_state: LinkState | None
    evidence: tuple[Link, ...]
    fingerprint: str
    verdict: str | None = None
    who: str | None = None
    at: str | None = None
    said: str | None = None
    stale: bool = False
    disputed: bool = False

    @property
    def to_look_at(self) -> bool:
        """Whether it belongs on the review list."""
        return self.state == "review" or self.stale or self.disputed


def is_paper(record_id: str) -> bool:
    """Whether a record id is a paper's."""
    return record_id.startswith(PAPER_HEADS)


def judged_links(links: Sequence[Link], judgements: Mapping[tuple[str, str], Held]) -> tuple[JudgedLink, ...]:
    """Every pair, sorted by its ids. links: sorted by from_id and to_id, as an edition holds them."""
    found: list[JudgedLink] = []
    known: set[str] = set()
    for (from_id, to_id), rows in groupby(links, key=lambda link: (link.from_id, link.to_id)):
        evidence = tuple(rows)
        subject = pair_key(from_id, to_id)
        known.add(subject)
        best = evidence[0]
        machine = JudgedLink(
            from_id=from_id, to_id=to_id, relation=best.relation, state=best.state, reason=best.reason, rule=best.rule,
            score=best.score, machine_relation=best.relation, machine_state=best.state, evidence=evidence,
            fingerprint=best.fingerprint,
        )  # fmt: skip
        found.append(_with(machine, judgements.get((KIND, subject))))
    for (kind, subject), held in judgements.items():
        if kind == KIND and subject not in known and (pair := _ids(subject)) is not None:
            found.append(_with(_by_people(*pair), held))
    return tuple(sorted(found, key=lambda link: (link.from_id, link.to_id)))


def trials(links: Iterable[JudgedLink], studies: Mapping[str, StudyFacts]) -> tuple[tuple[str, ...], ...]:
    """The records of each trial that has several registrations, the one to show first."""
    pairs = [(k.from_id, k.to_id) for k in links if k.relation == "registration" and k.state == "linked"]
    return tuple(groups(pairs, studies))


def _by_people(one: str, other: str) -> JudgedLink:
    """A pair that no rule found."""
    if is_paper(other) and not is_paper(one):
        one, other = other, one
    relation: Relation = "report" if is_paper(one) else "registration"
    return JudgedLink(
        from_id=one, to_id=other, relation=relation, state="rejected", reason="no rule links them", rule="", score=0.0,
        machine_relation=None, machine_state=None, evidence=(), fingerprint="",
    )  # fmt: skip


def _with(link: JudgedLink, held: Held | None) -> JudgedLink:
    if held is None:
        return link
    line = held.line
    told = msgspec.structs.replace(
        link,
        verdict=line.verdict,
        who=line.who,
        at=line.at,
        said=line.reason,
        stale=held.stale(link.fingerprint),
    )
    if held.disputed:
        words = ", ".join(f"{line.who}: {line.verdict}" for line in held.standing)
        return msgspec.structs.replace(told, state="review", disputed=True, reason=f"people differ ({words})")
    if held.verdict == "reject":
        return msgspec.structs.replace(
            told, state="rejected", reason=_said(line.who, "rejected", line.reason)
        )
    relation = link.relation
    if held.verdict == "correct" and held.value in RELATIONS:
        relation = held.value  # one of them
    elif relation == "mention":
        relation = "report"  # what was asked of the person: does it report the study?
    return msgspec.structs.replace(
        told, state="linked", relation=relation, reason=_said(line.who, "accepted", line.reason)
    )


def _said(who: str, what: str, reason: str) -> str:
    return f"{what} by {who}{f': {reason}' if reason else ''}"


def _ids(subject: str) -> tuple[str, str] | None:
    one, mark, other = subject.partition("|")
    return (one, other) if mark and one and other and "|" not in other else None
