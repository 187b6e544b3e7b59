"""The results section of a ClinicalTrials.gov record (API v2), as posted by the sponsor.

Numbers that the registry keeps as text (measurements, participants in the flow, p-values) stay text here:
`NA`, `<0.001` and `1,234` are answers too.
"""

from skinproof.model.fields import (
    AgreementRestrictionType,
    AnalysisDispersionType,
    ConfidenceIntervalNumSides,
    Count,
    DateText,
    EventAssessment,
    MeasureDispersionType,
    MeasureParam,
    NonInferiorityType,
    OutcomeMeasureType,
    Part,
    ReportingStatus,
)


class FlowGroup(Part, frozen=True, kw_only=True):
    """An arm of the participant flow."""

    id: str | None = None
    title: str | None = None
    description: str | None = None


class FlowStats(Part, frozen=True, kw_only=True):
    """Participants (as text) of one group."""

    group_id: str | None = None
    comment: str | None = None
    num_subjects: str | None = None
    num_units: str | None = None


class FlowMilestone(Part, frozen=True, kw_only=True):
    """STARTED, COMPLETED, NOT COMPLETED or a named milestone."""

    type: str | None = None
    comment: str | None = None
    achievements: tuple[FlowStats, ...] = ()


class DropWithdraw(Part, frozen=True, kw_only=True):
    """Why people left."""

    type: str | None = None
    comment: str | None = None
    reasons: tuple[FlowStats, ...] = ()


class FlowPeriod(Part, frozen=True, kw_only=True):
    """One period of the study."""

    title: str | None = None
    milestones: tuple[FlowMilestone, ...] = ()
    drop_withdraws: tuple[DropWithdraw, ...] = ()


class ParticipantFlowModule(Part, frozen=True, kw_only=True):
    """How many started, completed and left, by group."""

    pre_assignment_details: str | None = None
    recruitment_details: str | None = None
    type_units_analyzed: str | None = None
    groups: tuple[FlowGroup, ...] = ()
    periods: tuple[FlowPeriod, ...] = ()


class MeasureGroup(Part, frozen=True, kw_only=True):
    """A group whose values are reported."""

    id: str | None = None
    title: str | None = None
    description: str | None = None


class DenomCount(Part, frozen=True, kw_only=True):
    """How many were analysed in one group (as text)."""

    group_id: str | None = None
    value: str | None = None


class Denom(Part, frozen=True, kw_only=True):
    """How many were analysed, by unit (Participants, eyes, lesions...)."""

    units: str | None = None
    counts: tuple[DenomCount, ...] = ()


class Measurement(Part, frozen=True, kw_only=True):
    """One value (as text) of one group, with spread or limits."""

    group_id: str | None = None
    value: str | None = None
    spread: str | None = None
    lower_limit: str | None = None
    upper_limit: str | None = None
    comment: str | None = None


class MeasureCategory(Part, frozen=True, kw_only=True):
    """A row of values, one per group."""

    title: str | None = None
    measurements: tuple[Measurement, ...] = ()


class MeasureClass(Part, frozen=True, kw_only=True):
    """A block of rows, with its own denominators where they differ."""

    title: str | None = None
    denoms: tuple[Denom, ...] = ()
    categories: tuple[MeasureCategory, ...] = ()


class BaselineMeasure(Part, frozen=True, kw_only=True):
    """One baseline characteristic."""

    title: str | None = None
    description: str | None = None
    population_description: str | None = None
    param_type: MeasureParam | None = None
    dispersion_type: MeasureDispersionType | None = None
    unit_of_measure: str | None = None
    calculate_pct: bool | None = None
    denom_units_selected: str | None = None
    denoms: tuple[Denom, ...] = ()
    classes: tuple[MeasureClass, ...] = ()


class BaselineCharacteristicsModule(Part, frozen=True, kw_only=True):
    """Baseline characteristics by group."""

    population_description: str | None = None
    type_units_analyzed: str | None = None
    groups: tuple[MeasureGroup, ...] = ()
    denoms: tuple[Denom, ...] = ()
    measures: tuple[BaselineMeasure, ...] = ()


class MeasureAnalysis(Part, frozen=True, kw_only=True):
    """A statistical analysis as posted; numbers stay texts (`<0.001`)."""

    param_type: str | None = None
    param_value: str | None = None
    dispersion_type: AnalysisDispersionType | None = None
    dispersion_value: str | None = None
    statistical_method: str | None = None
    statistical_comment: str | None = None
    p_value: str | None = None
    p_value_comment: str | None = None
    ci_num_sides: ConfidenceIntervalNumSides | None = None
    ci_pct_value: str | None = None
    ci_lower_limit: str | None = None
    ci_upper_limit: str | None = None
    ci_lower_limit_comment: str | None = None
    ci_upper_limit_comment: str | None = None
    estimate_comment: str | None = None
    tested_non_inferiority: bool | None = None
    non_inferiority_type: NonInferiorityType | None = None
    non_inferiority_comment: str | None = None
    other_analysis_description: str | None = None
    group_description: str | None = None
    group_ids: tuple[str, ...] = ()


class OutcomeMeasure(Part, frozen=True, kw_only=True):
    """One outcome with posted (or announced) values."""

    type: OutcomeMeasureType | None = None
    title: str | None = None
    description: str | None = None
    population_description: str | None = None
    reporting_status: ReportingStatus | None = None
    anticipated_posting_date: DateText | None = None
    param_type: MeasureParam | None = None
    dispersion_type: str | None = None
    unit_of_measure: str | None = None
    calculate_pct: bool | None = None
    time_frame: str | None = None
    type_units_analyzed: str | None = None
    denom_units_selected: str | None = None
    groups: tuple[MeasureGroup, ...] = ()
    denoms: tuple[Denom, ...] = ()
    classes: tuple[MeasureClass, ...] = ()
    analyses: tuple[MeasureAnalysis, ...] = ()


class OutcomeMeasuresModule(Part, frozen=True, kw_only=True):
    """Posted outcomes."""

    outcome_measures: tuple[OutcomeMeasure, ...] = ()


class EventGroup(Part, frozen=True, kw_only=True):
    """A group in which adverse events were counted."""

    id: str | None = None
    title: str | None = None
    description: str | None = None
    deaths_num_affected: Count | None = None
    deaths_num_at_risk: Count | None = None
    serious_num_affected: Count | None = None
    serious_num_at_risk: Count | None = None
    other_num_affected: Count | None = None
    other_num_at_risk: Count | None = None


class EventStats(Part, frozen=True, kw_only=True):
    """Events and people affected and at risk in one group."""

    group_id: str | None = None
    num_events: Count | None = None
    num_affected: Count | None = None
    num_at_risk: Count | None = None


class AdverseEvent(Part, frozen=True, kw_only=True):
    """One adverse-event term with counts by group."""

    term: str | None = None
    organ_system: str | None = None
    source_vocabulary: str | None = None
    assessment_type: EventAssessment | None = None
    notes: str | None = None
    stats: tuple[EventStats, ...] = ()


class AdverseEventsModule(Part, frozen=True, kw_only=True):
    """Serious and other adverse events; `frequency_threshold` is a percentage for other events."""

    frequency_threshold: str | None = None
    time_frame: str | None = None
    description: str | None = None
    all_cause_mortality_comment: str | None = None
    event_groups: tuple[EventGroup, ...] = ()
    serious_events: tuple[AdverseEvent, ...] = ()
    other_events: tuple[AdverseEvent, ...] = ()


class LimitationsAndCaveats(Part, frozen=True, kw_only=True):
    """Limits the sponsor states."""

    description: str | None = None


class CertainAgreement(Part, frozen=True, kw_only=True):
    """Whether investigators may publish freely."""

    pi_sponsor_employee: bool | None = None
    restriction_type: AgreementRestrictionType | None = None
    restrictive_agreement: bool | None = None
    other_details: str | None = None


class PointOfContact(Part, frozen=True, kw_only=True):
    """Who answers for the results. Never copied into views or exports."""

    title: str | None = None
    organization: str | None = None
    email: str | None = None
    phone: str | None = None
    phone_ext: str | None = None


class MoreInfoModule(Part, frozen=True, kw_only=True):
    """Limits, agreements and contact."""

    limitations_and_caveats: LimitationsAndCaveats | None = None
    certain_agreement: CertainAgreement | None = None
    point_of_contact: PointOfContact | None = None


class ResultsSection(Part, frozen=True, kw_only=True):
    """Posted results. A record may say `has_results` and still lack parts."""

    participant_flow_module: ParticipantFlowModule | None = None
    baseline_characteristics_module: BaselineCharacteristicsModule | None = None
    outcome_measures_module: OutcomeMeasuresModule | None = None
    adverse_events_module: AdverseEventsModule | None = None
    more_info_module: MoreInfoModule | None = None
