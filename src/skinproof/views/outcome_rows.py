"""Posted results of one record as rows of one arm each: events of people, means with their spread, and where each number stands.

Nothing is summed here. A number that the record does not state is not made up: what had to be converted carries a flag,
and what cannot be a row is listed with its reason.
"""

import re
from collections.abc import Callable, Iterable, Sequence

import msgspec

from skinproof.errors import SynthesisError
from skinproof.model.record import StudyRecord
from skinproof.model.results import Denom, MeasureClass, Measurement, OutcomeMeasure
from skinproof.views.arm_map import ArmMap, Match, arm_map
from skinproof.views.outcome_spread import spread_of
from skinproof.views.posted_numbers import Origin, number_of

_EVENTS = "resultsSection.adverseEventsModule"
_OUTCOMES = "resultsSection.outcomeMeasuresModule.outcomeMeasures"

_PEOPLE = re.compile(
    r"(?<!per )(?<!/)(?<!/ )\b(participants?|patients?|subjects?|people)\b(?![- ](year|month|week|day))", re.I
)
_PERCENT = re.compile(r"%|\bpercent(age)?\b", re.I)


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """People with an event in one group.

    kind: serious | other | deaths; xi, ni: people affected and at risk; match: which arm the group is.
    """

    kind: str
    match: Match
    xi: int
    ni: int
    origins: tuple[Origin, ...]


class MeanRow(msgspec.Struct, frozen=True, kw_only=True):
    """A continuous outcome in one arm, or one side of it. scale: key of the known scale, "" where none is named.

    role: PRIMARY, SECONDARY, ... as posted; place: of the outcome among those of the record.
    mi: mean; sdi: standard deviation; ni: people (or units, as `units` says); statistic, dispersion: as posted.
    """

    outcome: str
    what: str
    time_frame: str
    unit: str
    units: str
    scale: str
    statistic: str
    dispersion: str
    match: Match
    mi: float
    sdi: float
    ni: int
    origins: tuple[Origin, ...]
    flags: tuple[str, ...] = ()
    role: str = ""
    place: int = 0


class CountRow(msgspec.Struct, frozen=True, kw_only=True):
    """A binary outcome in one arm: xi of ni people. scale, role, place: as of a `MeanRow`."""

    outcome: str
    what: str
    time_frame: str
    unit: str
    match: Match
    xi: int
    ni: int
    origins: tuple[Origin, ...]
    flags: tuple[str, ...] = ()
    scale: str = ""
    role: str = ""
    place: int = 0


class LeftOut(msgspec.Struct, frozen=True):
    """What is no row, and why. where: JSON path."""

    where: str
    what: str
    why: str


class OutcomeRows(msgspec.Struct, frozen=True, kw_only=True):
    """All rows of one record. frequency_threshold: percent, other events up to which were not posted; None where not said.

    started: people who started (or are enrolled), by the largest number stated; None where none is. review: groups of
    which a person must say which arm they are.
    """

    arms: ArmMap
    events: tuple[EventRow, ...]
    means: tuple[MeanRow, ...]
    counts: tuple[CountRow, ...]
    left_out: tuple[LeftOut, ...]
    frequency_threshold: float | None
    started: int | None

    @property
    def review(self) -> tuple[Match, ...]:
        """Groups that need a person's eye."""
        return self.arms.review


ScaleOf = Callable[[str], str]
"""The key of the scale that a title names, or ""."""


def outcome_rows(record: StudyRecord, scale_of: ScaleOf = lambda _text: "") -> OutcomeRows:
    """The rows of one record; empty where nothing was posted."""
    arms = arm_map(record)
    results = record.results_section
    events = results.adverse_events_module if results else None
    outcomes = results.outcome_measures_module if results else None
    left_out: list[LeftOut] = []
    means: list[MeanRow] = []
    counts: list[CountRow] = []
    for place, one in enumerate(outcomes.outcome_measures if outcomes else ()):
        reader = _Reader(one, place, arms.outcomes[place], scale_of)
        reader.read()
        means += reader.means
        counts += reader.counts
        left_out += reader.left_out
    return OutcomeRows(
        arms=arms,
        events=_events(record, arms, left_out),
        means=tuple(means),
        counts=tuple(counts),
        left_out=tuple(left_out),
        frequency_threshold=number_of(events.frequency_threshold) if events else None,
        started=_started(record),
    )


def _whole(text: str | None) -> int | None:
    value = number_of(text)
    return int(value) if value is not None and value == int(value) and value >= 0 else None


def _started(record: StudyRecord) -> int | None:
    results, protocol = record.results_section, record.protocol_section
    flow = results.participant_flow_module if results else None
    sums = []
    for period in flow.periods if flow else ():
        for step in period.milestones:
            people = [_whole(stat.num_subjects) for stat in step.achievements]
            if step.type == "STARTED" and people and None not in people:
                sums.append(sum(n for n in people if n is not None))
    design = protocol.design_module if protocol else None
    info = design.enrollment_info if design else None
    if info is not None and info.count is not None and info.type == "ACTUAL":
        sums.append(info.count)
    return max(sums, default=None)


def _events(record: StudyRecord, arms: ArmMap, left_out: list[LeftOut]) -> tuple[EventRow, ...]:
    module = record.results_section.adverse_events_module if record.results_section else None
    rows = []
    for place, (group, match) in enumerate(
        zip(module.event_groups if module else (), arms.events, strict=True)
    ):
        path = f"{_EVENTS}.eventGroups[{place}]"
        for kind in ("deaths", "serious", "other"):
            xi, ni = getattr(group, f"{kind}_num_affected"), getattr(group, f"{kind}_num_at_risk")
            what = f"{kind}: {match.group.title}"
            if xi is None or ni is None:
                left_out.append(LeftOut(path, what, "not posted"))
            elif ni == 0:
                left_out.append(LeftOut(path, what, "nobody at risk"))
            elif xi > ni:
                left_out.append(LeftOut(path, what, f"{xi} affected of {ni} at risk cannot be"))
            else:
                rows.append(
                    EventRow(
                        kind=kind, match=match, xi=xi, ni=ni,
                        origins=(
                            Origin(f"{path}.{kind}NumAffected", str(xi)), Origin(f"{path}.{kind}NumAtRisk", str(ni)),
                        ),
                    )
                )  # fmt: skip
    return tuple(rows)


class _Reader:
    """One outcome measure, value by value."""

    def __init__(
        self, measure: OutcomeMeasure, place: int, groups: Sequence[Match], scale_of: ScaleOf
    ) -> None:
        self.measure, self.place, self.path = measure, place, f"{_OUTCOMES}[{place}]"
        self.role = measure.type or ""
        self.groups = {match.group.id: match for match in groups}
        self.title = measure.title or ""
        self.unit = measure.unit_of_measure or ""
        self.statistic = measure.param_type or ""
        self.dispersion = (measure.dispersion_type or "").replace("_", " ")
        self.scale = scale_of(f"{self.title} {self.unit}")
        self.means: list[MeanRow] = []
        self.counts: list[CountRow] = []
        self.left_out: list[LeftOut] = []

    def read(self) -> None:
        if not self.measure.classes:
            self._skip(self.path, "no values posted")
            return
        for i, block in enumerate(self.measure.classes):
            for j, category in enumerate(block.categories):
                what = ", ".join(text for text in (block.title, category.title) if text)
                for k, one in enumerate(category.measurements):
                    here = f"{self.path}.classes[{i}].categories[{j}].measurements[{k}]"
                    self._value(one, block, i, what, here)

    def _skip(self, where: str, why: str, what: str = "") -> None:
        self.left_out.append(LeftOut(where, f"{self.title}{': ' if what else ''}{what}", why))

    def _value(self, one: Measurement, block: MeasureClass, place: int, what: str, here: str) -> None:
        match = self.groups.get(one.group_id or "")
        if match is None or match.arm is None:
            self._skip(here, match.note if match else "a group that is not listed", what)
            return
        if match.overlap:
            self._skip(here, match.overlap, what)
            return
        value = number_of(one.value)
        if value is None:
            self._skip(here, f"no number: {one.value or 'nothing'}", what)
            return
        n, n_origin, units = self._analysed(block, place, one.group_id or "")
        if n is None or n == 0 or n_origin is None:
            self._skip(here, "how many were analysed is not posted", what)
            return
        given = Origin(f"{here}.value", one.value or "")
        if self._is_count():
            self._count(value, one, n, units, match, what, here, (given, n_origin))
        else:
            self._mean(value, one, n, units, match, what, here, (given, n_origin))

    def _analysed(self, block: MeasureClass, place: int, group: str) -> tuple[int | None, Origin | None, str]:
        """How many, where that stands, and of what: the class's own denominators before those of the outcome."""
        own = f"{self.path}.classes[{place}].denoms" if block.denoms else f"{self.path}.denoms"
        denoms: Sequence[Denom] = block.denoms or self.measure.denoms
        order = sorted(range(len(denoms)), key=lambda i: denoms[i].units != "Participants")
        for i in order[:1]:
            for j, count in enumerate(denoms[i].counts):
                if count.group_id == group:
                    units = denoms[i].units or "Participants"
                    return (
                        _whole(count.value),
                        Origin(f"{own}[{i}].counts[{j}].value", count.value or ""),
                        units,
                    )
        return None, None, ""

    def _is_count(self) -> bool:
        if self.statistic == "COUNT_OF_PARTICIPANTS":
            return True
        return self.statistic == "NUMBER" and bool(_PEOPLE.search(self.unit))

    def _count(
        self, value: float, one: Measurement, n: int, units: str, match: Match, what: str, here: str, origins: tuple[Origin, ...]
    ) -> None:  # fmt: skip
        flags: tuple[str, ...] = ()
        if units != "Participants":
            self._skip(here, f"counted of {units}, of which a person may have several", what)
            return
        xi = value
        if self.statistic == "NUMBER" and _PERCENT.search(self.unit):
            xi = round(value * n / 100)
            decimals = len((one.value or "").partition(".")[2].strip())
            if abs(100 * xi / n - value) > 0.5 * 10**-decimals + 1e-9:
                self._skip(here, f"{value:g}% of {n} is no whole number of people", what)
                return
            flags = (f"people counted from {value:g}% of {n}",)
        if xi != int(xi) or not 0 <= xi <= n:
            self._skip(here, f"{value:g} of {n} people cannot be", what)
            return
        self.counts.append(
            CountRow(
                outcome=self.title, what=what, time_frame=self.measure.time_frame or "", unit=self.unit, match=match,
                xi=int(xi), ni=n, origins=origins, flags=flags, scale=self.scale,
                role=self.role, place=self.place,
            )
        )  # fmt: skip

    def _mean(
        self, value: float, one: Measurement, n: int, units: str, match: Match, what: str, here: str, origins: tuple[Origin, ...]
    ) -> None:  # fmt: skip
        found = spread_of(one, value, n, here, self.statistic, self.dispersion)
        if isinstance(found, str):
            self._skip(here, found, what)
            return
        flags = found.flags
        if units != "Participants":
            flags = (*flags, f"{n} {units}, of which a person may have several")
        self.means.append(
            MeanRow(
                outcome=self.title, what=what, time_frame=self.measure.time_frame or "", unit=self.unit, units=units,
                scale=self.scale, statistic=self.statistic, dispersion=self.dispersion, match=match, mi=found.mi, sdi=found.sdi,
                ni=n, origins=(*origins, *found.origins), flags=flags, role=self.role, place=self.place,
            )
        )  # fmt: skip


def one_scale(rows: Iterable[MeanRow]) -> tuple[MeanRow, ...]:
    """The rows, where all are of one scale in one unit.

    Raises: SynthesisError: scales or units differ, or no row names a known scale and the titles differ.
    """
    found = tuple(rows)
    kinds = {(row.scale or f"outcome {row.outcome!r}", row.unit.casefold()) for row in found}
    if len(kinds) > 1:
        listed = "; ".join(f"{scale} in {unit or 'no unit'}" for scale, unit in sorted(kinds))
        raise SynthesisError(
            f"raw values of different scales or units cannot be averaged: {listed}; pool each by itself, or use measure SMD"
        )
    return found
