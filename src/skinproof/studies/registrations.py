"""Which registrations are one trial: only those that name each other's ids, never those that look alike.

Two records of one register are two trials, whatever they name: a register gives a trial one id (EudraCT: one number,
with a record for each country). A chain (A names B, B names C, A and C do not know each other) is left to a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

from skinproof.model.links import Link, LinkState, Relation, StoredId, StudyFacts, fingerprint
from skinproof.studies.registers import register_of

RULES = {
    "same": "registration.same-number/1",
    "both": "registration.both-name/1",
    "one": "registration.one-names/1",
    "shared": "registration.shared-number/1",
}
SCORES = {"same": 1.0, "both": 0.99, "one": 0.95, "shared": 0.7}
_SHARED_BY = 6
"""Records that name the same third id, above which it is the number of a programme, not of a trial."""

Pair = tuple[str, str]


class Evidence(NamedTuple):
    """One place where a record names an id that leads to another. how: a key of RULES."""

    how: str
    named: str
    stored: StoredId | None


class Ids:
    """Which records an id means: those whose own it is (or was), and those that name it as theirs."""

    def __init__(self, studies: Mapping[str, StudyFacts], study_ids: Iterable[StoredId]) -> None:
        self.register: dict[str, str] = {}
        self.own: dict[str, list[str]] = {}
        self.named: dict[str, list[StoredId]] = {}
        for record_id in sorted(studies):
            for name in (record_id, *studies[record_id].aliases):
                found = register_of(name)
                self.own.setdefault(found.id if found else name, []).append(record_id)
            found = register_of(record_id)
            self.register[record_id] = found.register if found else ""
        for stored in study_ids:
            if stored.row.id is not None and stored.row.place in ("org", "secondary"):
                self.named.setdefault(stored.row.id, []).append(stored)

    def meant(self, named: str) -> tuple[list[str], bool]:
        """(records an id leads to, whether it is their own id; else it is one they name)."""
        own = self.own.get(named)
        if own:
            return own[:1], True
        return sorted({stored.record_id for stored in self.named.get(named, ())}), False


def registration_links(studies: Mapping[str, StudyFacts], ids: Ids) -> list[Link]:
    """Links between registrations: `linked`, `related`, or for review with the reason."""
    pairs = _pairs(ids)
    joined, doubtful = _joined(
        {pair for pair, found in pairs.items() if _joins(pair, found, ids)}, pairs, ids
    )
    links: list[Link] = []
    for pair in sorted(pairs):
        found = pairs[pair]
        hows = {one.how for one in found}
        relation: Relation = "registration"
        state: LinkState = "linked"
        if pair in joined:
            reason = _why(hows)
        elif pair in doubtful:
            state, reason = "review", doubtful[pair]
        elif hows == {"shared"}:
            if ids.register[pair[0]] == ids.register[pair[1]]:
                continue
            state, reason = "review", f"both name {found[0].named}, but not each other"
        else:
            relation, reason = "related", "both stand in one register, where a trial has one id"
        links += _rows(pair, found, studies, relation, state, reason)
    return links


def groups(pairs: Iterable[Pair], studies: Mapping[str, StudyFacts]) -> list[tuple[str, ...]]:
    """The records of each trial that has several, the one that is shown first. pairs: registrations that are one."""
    return [
        tuple(sorted(found, key=lambda record_id: primary_order(studies[record_id])))
        for found in _components({pair for pair in pairs if set(pair) <= studies.keys()})
    ]


def primary_order(study: StudyFacts) -> tuple[bool, bool, str, str]:
    """What decides which registration is shown: ClinicalTrials.gov before others (it alone has arms and results in
    fields), then a full record, the first posted, the id."""
    found = register_of(study.record_id)
    return (
        found is None or found.register != "ClinicalTrials.gov",
        study.completeness != "full",
        study.first_posted or "9999",
        study.record_id,
    )


def _pairs(ids: Ids) -> dict[Pair, list[Evidence]]:
    pairs: dict[Pair, list[Evidence]] = {}
    for named, records in ids.own.items():
        for pair in combinations(sorted(set(records)), 2):
            if register_of(pair[0]) and register_of(pair[1]):
                pairs.setdefault(pair, []).append(Evidence("same", named, None))
    for named, stored in sorted(ids.named.items()):
        owners = ids.own.get(named, [])
        for one in stored:
            for owner in owners:
                if owner != one.record_id:
                    pair = _ordered(owner, one.record_id)
                    pairs.setdefault(pair, []).append(Evidence("one", named, one))
        if not owners:
            first = {naming.record_id: naming for naming in reversed(stored)}
            if 1 < len(first) <= _SHARED_BY:
                for pair in combinations(sorted(first), 2):
                    shared = [Evidence("shared", named, first[record_id]) for record_id in pair]
                    pairs.setdefault(pair, []).extend(shared)
    return {pair: _direct(found) for pair, found in pairs.items()}


def _direct(found: list[Evidence]) -> list[Evidence]:
    """The evidence of a pair: what is shared with a third says nothing more where the two name each other."""
    one = [e for e in found if e.how == "one"]
    namers = {e.stored.record_id for e in one if e.stored is not None}
    if len(namers) > 1:
        one = [Evidence("both", e.named, e.stored) for e in one]
    same = [e for e in found if e.how == "same"]
    return [*same, *one] or found


def _joins(pair: Pair, found: Sequence[Evidence], ids: Ids) -> bool:
    hows = {one.how for one in found}
    return "same" in hows or (bool(hows & {"one", "both"}) and ids.register[pair[0]] != ids.register[pair[1]])


def _joined(
    direct: set[Pair], pairs: Mapping[Pair, Sequence[Evidence]], ids: Ids
) -> tuple[set[Pair], dict[Pair, str]]:
    """The pairs that are one trial for certain, and those for a person to decide, with the reason."""
    joined: set[Pair] = set()
    doubtful: dict[Pair, str] = {}
    for records in _components(direct):
        inside = {pair for pair in direct if pair[0] in records}
        if _whole(records, inside, pairs, ids):
            joined |= inside
            continue
        sure = {pair for pair in inside if {e.how for e in pairs[pair]} & {"same", "both"}}
        kept = {
            pair
            for part in _components(sure)
            if _whole(part, {p for p in sure if p[0] in part}, pairs, ids)
            for pair in sure
            if pair[0] in part
        }
        joined |= kept
        names = ", ".join(sorted(records)[:6]) + (" and others" if len(records) > 6 else "")
        for pair in inside - kept:
            doubtful[pair] = f"{names} name each other in a chain, not each all others: which are one trial?"
    return joined, doubtful


def _whole(
    records: frozenset[str], inside: set[Pair], pairs: Mapping[Pair, Sequence[Evidence]], ids: Ids
) -> bool:
    """Whether each of the records is tied to each other, and no register gives two different ids."""
    for pair in combinations(sorted(records), 2):
        if pair not in inside:
            return False
        same_number = any(e.how == "same" for e in pairs[pair])
        if ids.register[pair[0]] == ids.register[pair[1]] and not same_number:
            return False
    return True


def _components(pairs: Iterable[Pair]) -> list[frozenset[str]]:
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = name = parent[parent[name]]
        return name

    for one, other in pairs:
        a, b = sorted((root(one), root(other)))
        parent[b] = a
    found: dict[str, set[str]] = {}
    for name in parent:
        found.setdefault(root(name), set()).add(name)
    return [frozenset(found[name]) for name in sorted(found)]


def _rows(
    pair: Pair,
    found: Sequence[Evidence],
    studies: Mapping[str, StudyFacts],
    relation: Relation,
    state: LinkState,
    reason: str,
) -> list[Link]:
    to_id, from_id = sorted(pair, key=lambda record_id: primary_order(studies[record_id]))
    seen = fingerprint(
        (RULES[one.how], one.named, one.stored.row.quote if one.stored else "") for one in found
    )
    rows = []
    for how, named, stored in found:
        place = stored.row if stored else None
        rows.append(
            Link(
                from_id=from_id, to_id=to_id, relation=relation, rule=RULES[how], score=SCORES[how], state=state,
                reason=reason, named=named, record_id=stored.record_id if stored else from_id,
                source=stored.source if stored else "", sha256=stored.sha256 if stored else "",
                field=place.field if place else "", start=place.start if place else 0,
                end=place.end if place else 0, quote=place.quote if place else "", fingerprint=seen,
            )
        )  # fmt: skip
    return rows


def _why(hows: set[str]) -> str:
    if "same" in hows:
        return "both have the same number"
    return (
        "each names the other's id"
        if "both" in hows
        else "one names the other's id, and no third is in between"
    )


def _ordered(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)
