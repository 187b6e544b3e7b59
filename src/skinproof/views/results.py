"""Posted results of one study as tables a reader can follow: flow, measures, adverse events, always by group.

Numbers stay as posted (text) and nothing is summed across groups: people may stand in several groups, and a sum
nobody posted is not a fact of the record.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from skinproof.model.results import (
    AdverseEvent,
    AdverseEventsModule,
    BaselineMeasure,
    Denom,
    FlowPeriod,
    MeasureAnalysis,
    MeasureGroup,
    Measurement,
    OutcomeMeasure,
    ParticipantFlowModule,
    ResultsSection,
)
from skinproof.views.words import NOT_REPORTED, sentence

_SPREADS = {
    "STANDARD_DEVIATION": "SD",
    "STANDARD_ERROR": "SE",
    "INTER_QUARTILE_RANGE": "IQR",
    "FULL_RANGE": "range",
    "CONFIDENCE_80": "80% CI",
    "CONFIDENCE_90": "90% CI",
    "CONFIDENCE_95": "95% CI",
    "CONFIDENCE_975": "97.5% CI",
    "CONFIDENCE_99": "99% CI",
    "CONFIDENCE_OTHER": "CI",
    "GEOMETRIC_COEFFICIENT": "geometric CV",
}


_STEPS = {"STARTED": "Started", "COMPLETED": "Completed", "NOT COMPLETED": "Not completed"}
"""Every other step, and every reason for leaving, is the sponsor's own text."""


class FlowRow(msgspec.Struct, frozen=True, kw_only=True):
    """One milestone or reason for leaving in one group; people: number as posted."""

    period: str
    what: str
    group: str
    people: str


class ValueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One value of one group: `what` is the class and category, `analysed` how many people (or units) it is of."""

    group: str
    analysed: str
    what: str
    value: str


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One outcome or baseline measure with its values by group and the analyses as posted."""

    kind: str
    title: str
    time_frame: str | None
    unit: str
    description: str | None
    posted: bool
    values: tuple[ValueRow, ...]
    analyses: tuple[str, ...]


class HarmGroup(msgspec.Struct, frozen=True, kw_only=True):
    """Deaths, serious and other adverse events of one group: "affected of at risk"."""

    group: str
    deaths: str
    serious: str
    other: str


class HarmRow(msgspec.Struct, frozen=True, kw_only=True):
    """One adverse-event term in one group. seriousness: `serious` | `other`; affected: "2 of 20"."""

    seriousness: str
    term: str
    organ_system: str
    group: str
    affected: str
    events: str


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """All that was posted, part by part; an empty part was not posted."""

    flow: tuple[FlowRow, ...]
    baseline: tuple[Measure, ...]
    outcomes: tuple[Measure, ...]
    harm_groups: tuple[HarmGroup, ...]
    harms: tuple[HarmRow, ...]
    harm_time_frame: str | None
    harm_threshold: str | None
    limitations: str | None


def read_results(section: ResultsSection) -> Results:
    """The posted results of one record."""
    baseline, outcomes = section.baseline_characteristics_module, section.outcome_measures_module
    harms = section.adverse_events_module
    more = section.more_info_module
    limits = more.limitations_and_caveats if more else None
    groups, denoms = (baseline.groups, baseline.denoms) if baseline else ((), ())
    return Results(
        flow=_flow(section.participant_flow_module),
        baseline=tuple(_baseline(m, groups, denoms) for m in baseline.measures) if baseline else (),
        outcomes=tuple(_outcome(m) for m in outcomes.outcome_measures) if outcomes else (),
        harm_groups=_harm_groups(harms),
        harms=_harms(harms),
        harm_time_frame=harms.time_frame if harms else None,
        harm_threshold=harms.frequency_threshold if harms else None,
        limitations=limits.description if limits else None,
    )


def _titles(groups: Iterable[MeasureGroup]) -> dict[str, str]:
    return {group.id or "": group.title or group.id or NOT_REPORTED for group in groups}


def _flow(module: ParticipantFlowModule | None) -> tuple[FlowRow, ...]:
    if module is None:
        return ()
    titles = {group.id or "": group.title or group.id or NOT_REPORTED for group in module.groups}
    return tuple(row for period in module.periods for row in _period(period, titles))


def _period(period: FlowPeriod, titles: Mapping[str, str]) -> Iterable[FlowRow]:
    name = period.title or "Overall study"
    steps = [
        (_STEPS.get(step.type or "", step.type or NOT_REPORTED), step.achievements)
        for step in period.milestones
    ]
    steps += [(f"Left: {reason.type or NOT_REPORTED}", reason.reasons) for reason in period.drop_withdraws]
    for what, stats in steps:
        for stat in stats:
            group = titles.get(stat.group_id or "", stat.group_id or NOT_REPORTED)
            people = stat.num_subjects or (f"{stat.num_units} units" if stat.num_units else NOT_REPORTED)
            yield FlowRow(period=name, what=what, group=group, people=people)


def _baseline(measure: BaselineMeasure, groups: Sequence[MeasureGroup], denoms: Sequence[Denom]) -> Measure:
    return Measure(
        kind="Baseline",
        title=measure.title or NOT_REPORTED,
        time_frame=None,
        unit=_unit(measure.param_type, measure.dispersion_type, measure.unit_of_measure),
        description=measure.description,
        posted=bool(measure.classes),
        values=_values(measure, _titles(groups), measure.denoms or tuple(denoms)),
        analyses=(),
    )


def _outcome(measure: OutcomeMeasure) -> Measure:
    titles = _titles(measure.groups)
    return Measure(
        kind=sentence(measure.type),
        title=measure.title or NOT_REPORTED,
        time_frame=measure.time_frame,
        unit=_unit(measure.param_type, measure.dispersion_type, measure.unit_of_measure),
        description=measure.description,
        posted=measure.reporting_status != "NOT_POSTED" and bool(measure.classes),
        values=_values(measure, titles, measure.denoms),
        analyses=tuple(_analysis(analysis, titles) for analysis in measure.analyses),
    )


def _unit(param: str | None, spread: str | None, unit: str | None) -> str:
    words = [sentence(param).lower() if param else "", f"({_spread(spread)})" if _spread(spread) else ""]
    return " ".join(word for word in (*words, f"in {unit}" if unit else "") if word) or NOT_REPORTED


def _spread(word: str | None) -> str:
    return "" if word in (None, "NA") else _SPREADS.get(word or "", word or "")


def _values(
    measure: OutcomeMeasure | BaselineMeasure, titles: Mapping[str, str], denoms: Sequence[Denom]
) -> tuple[ValueRow, ...]:
    found = []
    spread = _spread(measure.dispersion_type)
    for block in measure.classes:
        analysed = _analysed(block.denoms or denoms)
        for category in block.categories:
            what = ", ".join(title for title in (block.title, category.title) if title)
            for m in category.measurements:
                key = m.group_id or ""
                found.append(
                    ValueRow(
                        group=titles.get(key, key or NOT_REPORTED),
                        analysed=analysed.get(key, NOT_REPORTED),
                        what=what,
                        value=_value(m, spread),
                    )
                )
    return tuple(found)


def _analysed(denoms: Sequence[Denom]) -> dict[str, str]:
    """How many were analysed by group; participants where they are given, else the first unit."""
    chosen = sorted(denoms, key=lambda denom: denom.units != "Participants")[:1]
    found = {}
    for denom in chosen:
        unit = "" if denom.units in (None, "Participants") else f" {denom.units}"
        for count in denom.counts:
            found[count.group_id or ""] = f"{count.value}{unit}" if count.value else NOT_REPORTED
    return found


def _value(m: Measurement, spread: str) -> str:
    text = m.value or NOT_REPORTED
    if m.lower_limit or m.upper_limit:
        text += f" ({spread or 'limits'} {m.lower_limit or '?'} to {m.upper_limit or '?'})"
    elif m.spread:
        text += f" ({spread or 'spread'} {m.spread})"
    return f"{text} [{m.comment}]" if m.comment else text


def _analysis(analysis: MeasureAnalysis, titles: Mapping[str, str]) -> str:
    """One analysis in a line, as posted; nothing is computed."""
    said = [" vs ".join(titles.get(key, key) for key in analysis.group_ids)]
    if analysis.statistical_method:
        said.append(analysis.statistical_method)
    if analysis.param_value:
        said.append(f"{analysis.param_type or 'estimate'} {analysis.param_value}")
    if analysis.ci_lower_limit or analysis.ci_upper_limit:
        level = f"{analysis.ci_pct_value}% CI" if analysis.ci_pct_value else "CI"
        said.append(f"{level} {analysis.ci_lower_limit or '?'} to {analysis.ci_upper_limit or '?'}")
    if analysis.p_value:
        said.append(f"p {analysis.p_value}" if analysis.p_value[:1] in "<>=" else f"p = {analysis.p_value}")
    if analysis.non_inferiority_type and analysis.non_inferiority_type != "SUPERIORITY":
        said.append(sentence(analysis.non_inferiority_type).lower())
    return "; ".join(part for part in said if part) or NOT_REPORTED


def _of(affected: int | None, at_risk: int | None) -> str:
    if affected is None:
        return NOT_REPORTED
    return (
        f"{affected:,} of {at_risk:,}"
        if at_risk is not None
        else f"{affected:,} (number at risk not reported)"
    )


def _harm_groups(module: AdverseEventsModule | None) -> tuple[HarmGroup, ...]:
    return tuple(
        HarmGroup(
            group=group.title or group.id or NOT_REPORTED,
            deaths=_of(group.deaths_num_affected, group.deaths_num_at_risk),
            serious=_of(group.serious_num_affected, group.serious_num_at_risk),
            other=_of(group.other_num_affected, group.other_num_at_risk),
        )
        for group in (module.event_groups if module else ())
    )


def _harms(module: AdverseEventsModule | None) -> tuple[HarmRow, ...]:
    if module is None:
        return ()
    titles = {group.id or "": group.title or group.id or NOT_REPORTED for group in module.event_groups}
    pairs = [("serious", event) for event in module.serious_events]
    pairs += [("other", event) for event in module.other_events]
    return tuple(row for seriousness, event in pairs for row in _harm(seriousness, event, titles))


def _harm(seriousness: str, event: AdverseEvent, titles: Mapping[str, str]) -> Iterable[HarmRow]:
    for stat in event.stats:
        yield HarmRow(
            seriousness=seriousness,
            term=event.term or NOT_REPORTED,
            organ_system=event.organ_system or NOT_REPORTED,
            group=titles.get(stat.group_id or "", stat.group_id or NOT_REPORTED),
            affected=_of(stat.num_affected, stat.num_at_risk),
            events=NOT_REPORTED if stat.num_events is None else str(stat.num_events),
        )
