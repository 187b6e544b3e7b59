"""Which posted numbers of one study answer a question: one comparison, one time point, one row.

The arms: the one that gets the agent, and the one it is compared with (where there are several others, the only placebo,
sham or untreated one). Groups are never added. The outcome: a primary one before a secondary one, and of that the latest
time point that is posted. Everything else is listed with the reason.
"""

from collections.abc import Iterable, Sequence

import msgspec

from skinproof.views.outcome_kinds import (
    days_of,
    folded_words,
    is_start,
    kind_of,
    measured_words,
    without_times,
)
from skinproof.views.outcome_rows import CountRow, MeanRow, OutcomeRows
from skinproof.views.posted_numbers import Origin

_ROLES = {"PRIMARY": 0, "SECONDARY": 1}
_CONTROLS = ("PLACEBO_COMPARATOR", "SHAM_COMPARATOR", "NO_INTERVENTION")
_WHOLE = ("total", "overall", "global", "composite", "sum")

Row = MeanRow | CountRow


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """One study that gave the agent. given: places of the arms that get it; types: of all arms, as registered.

    rows: None where the results are not held here; randomised: None where the record does not tell; year: of the primary
    completion, else of the start.
    """

    record_id: str
    title: str
    year: int | None
    randomised: bool | None
    given: frozenset[int]
    types: tuple[str, ...]
    rows: OutcomeRows | None


class OutcomeArm(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one arm: mi, sdi of ni people, or xi of ni people. group: its title in the results."""

    group: str
    ni: int
    mi: float | None = None
    sdi: float | None = None
    xi: int | None = None


class OutcomeStudy(msgspec.Struct, frozen=True, kw_only=True):
    """One study as a row. arms: the treated one, then the one it is compared with, if any.

    measured: key of what was measured (a known scale, or folded words); kind: one of KINDS; role: PRIMARY, ...; days: the
    time point, None where it is not told; origins: where each number stands.
    """

    record_id: str
    title: str
    year: int | None
    measured: str
    label: str
    scale: str
    kind: str
    role: str
    outcome: str
    what: str
    time_frame: str
    days: float | None
    unit: str
    arms: tuple[OutcomeArm, ...]
    origins: tuple[Origin, ...]
    notes: tuple[str, ...] = ()

    @property
    def compared(self) -> bool:
        """Whether there is an arm to compare with."""
        return len(self.arms) > 1


class OutcomeLeftOut(msgspec.Struct, frozen=True, kw_only=True):
    """What took no part, and why. measured: key of what was measured, "" where that is the whole study."""

    record_id: str
    title: str
    outcome: str
    why: str
    measured: str = ""


class _Candidate(msgspec.Struct, frozen=True, kw_only=True):
    row: Row
    measured: str
    label: str
    kind: str
    days: float | None
    what: str
    note: str

    @property
    def order(self) -> tuple[int, float, int]:
        """Primary first, then the latest, then as listed."""
        return (_ROLES.get(self.row.role, 2), -(self.days or -1.0), self.row.place)


def outcomes_of(posted: Posted, not_held: str) -> tuple[tuple[OutcomeStudy, ...], tuple[OutcomeLeftOut, ...]]:
    """The rows of one study, one for each thing measured and kind, and what is left out of it.

    not_held: why, where its results are not held here.
    """
    if posted.rows is None:
        return (), (_left(posted, "", not_held),)
    arms = _arms(posted)
    if isinstance(arms, str):
        return (), (_left(posted, "", arms),)
    left_out = [
        _left(posted, one.what, one.why)
        for one in posted.rows.left_out
        if ".outcomeMeasuresModule." in one.where
    ]
    treated, other = arms
    groups: dict[tuple[str, str], list[_Candidate]] = {}
    for one in _candidates(posted, left_out):
        if one.row.match.arm in arms:
            groups.setdefault((one.measured, one.kind), []).append(one)
    found = []
    for candidates in groups.values():
        chosen = _chosen(posted, candidates, treated, other, left_out)
        if chosen is not None:
            found.append(chosen)
    if not found and not left_out:
        left_out.append(_left(posted, "", "no outcome measure among its posted results"))
    return tuple(found), tuple(dict.fromkeys(left_out))


def _left(posted: Posted, outcome: str, why: str, measured: str = "") -> OutcomeLeftOut:
    return OutcomeLeftOut(
        record_id=posted.record_id, title=posted.title, outcome=outcome, why=why, measured=measured
    )


def _arms(posted: Posted) -> tuple[int, int | None] | str:
    """The treated arm and the one it is compared with (None: there is none); else why there is no such pair."""
    n = len(posted.types)
    if not posted.given:
        return "the record does not tell which of its arms get the agent"
    if len(posted.given) > 1:
        return f"{len(posted.given)} of its arms get the agent; they are never added, and none is chosen"
    treated = next(iter(posted.given))
    others = [place for place in range(n) if place != treated]
    if not others:
        return treated, None
    if len(others) == 1:
        return treated, others[0]
    controls = [place for place in others if posted.types[place] in _CONTROLS]
    if len(controls) == 1:
        return treated, controls[0]
    return f"{len(others)} other arms, of which {len(controls)} get placebo, sham or nothing: which one to compare with is open"


def _candidates(posted: Posted, left_out: list[OutcomeLeftOut]) -> Iterable[_Candidate]:
    assert posted.rows is not None
    rows: tuple[Row, ...] = (*posted.rows.means, *posted.rows.counts)
    starts = {row.place for row in rows if is_start(row.outcome, row.what)}
    for row in rows:
        named = f"{row.outcome}: {row.what}" if row.what else row.outcome
        words = measured_words(row.outcome, row.what)
        label = (
            words
            if row.scale
            else f"{words} ({row.unit})"
            if isinstance(row, MeanRow) and row.unit
            else words
        )
        measured = row.scale or folded_words(label)
        if is_start(row.outcome, row.what):
            left_out.append(_left(posted, named, "a value from before the treatment is no outcome", measured))
            continue
        if isinstance(row, MeanRow) and row.units != "Participants":
            why = f"measured of {row.units}, of which a person may have several"
            left_out.append(_left(posted, named, why, measured))
            continue
        kind, note = ("people", "") if isinstance(row, CountRow) else kind_of(
            row.outcome, row.what, row.unit, start_beside=row.place in starts
        )  # fmt: skip
        days = days_of(row.what)
        days = days if days is not None else days_of(row.outcome)
        days = days if days is not None else days_of(row.time_frame)
        yield _Candidate(
            row=row,
            measured=measured,
            label=words,
            kind=kind,
            days=days,
            what=without_times(row.what),
            note=note,
        )


def _chosen(
    posted: Posted, candidates: Sequence[_Candidate], treated: int, other: int | None, left_out: list[OutcomeLeftOut]
) -> OutcomeStudy | None:  # fmt: skip
    first = min(candidates, key=lambda one: one.order)
    best = [one for one in candidates if one.order == first.order]
    for one in candidates:
        if one.order != first.order:
            why = "another time point or a further posting: a primary outcome's latest time counts"
            left_out.append(_left(posted, _named(one), why, one.measured))
    parts = list(dict.fromkeys(one.what for one in best))
    if len(parts) > 1:
        whole = [part for part in parts if any(word in part.casefold() for word in _WHOLE)]
        if len(whole) != 1:
            why = f"{len(parts)} values at one time, of which none is called the total"
            left_out.append(_left(posted, first.row.outcome, why, first.measured))
            return None
        best = [one for one in best if one.what == whole[0]]
    pair = []
    for arm in (treated,) if other is None else (treated, other):
        own = [one for one in best if one.row.match.arm == arm]
        if len(own) != 1:
            named = posted.rows.arms.arms[arm] if posted.rows is not None else ""
            why = f"{len(own)} values for {named}" if own else f"no number for {named}"
            left_out.append(_left(posted, _named(first), f"{why}; groups are never added", first.measured))
            return None
        pair.append(own[0])
    return _study(posted, pair)


def _named(one: _Candidate) -> str:
    return f"{one.row.outcome}: {one.row.what}" if one.row.what else one.row.outcome


def _study(posted: Posted, pair: Sequence[_Candidate]) -> OutcomeStudy:
    first = pair[0]
    rows = [one.row for one in pair]
    notes = [first.note] if first.note else []
    for row in rows:
        said = [*row.flags, *([row.match.note] if row.match.note else [])]
        notes += [f"{row.match.group.title}: {note}" for note in said]
    if len(pair) > 1 and posted.randomised is not True:
        notes.append(
            "not randomised: the arms may have differed from the start"
            if posted.randomised is False
            else "whether people were randomised is not told"
        )
    if first.days is None:
        notes.append("the record does not tell when it was measured")
    return OutcomeStudy(
        record_id=posted.record_id, title=posted.title, year=posted.year, measured=first.measured, label=first.label,
        scale=first.row.scale, kind=first.kind, role=first.row.role, outcome=first.row.outcome, what=first.row.what,
        time_frame=first.row.time_frame, days=first.days, unit=first.row.unit, arms=tuple(map(_arm, rows)),
        origins=tuple(origin for row in rows for origin in row.origins), notes=tuple(notes),
    )  # fmt: skip


def _arm(row: Row) -> OutcomeArm:
    if isinstance(row, CountRow):
        return OutcomeArm(group=row.match.group.title, ni=row.ni, xi=row.xi)
    return OutcomeArm(group=row.match.group.title, ni=row.ni, mi=row.mi, sdi=row.sdi)
