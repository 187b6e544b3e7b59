"""One record version with its tags, as rows of the edition's tables, and the texts that `find` looks in."""

from collections.abc import Iterable, Sequence
from typing import Any

from skinproof.model.dates import PartialDate
from skinproof.model.issue import Issue
from skinproof.model.record import Outcome, StudyRecord
from skinproof.model.tags import StudyTags

Rows = dict[str, list[tuple[Any, ...]]]


def search_texts(record: StudyRecord) -> tuple[str, ...]:
    """The record's words by search field: title, condition, intervention, outcome, description, eligibility,
    sponsor, reference. Ids are not among them: they are looked up, not searched for.
    """
    protocol = record.protocol_section
    outcomes = protocol.outcomes_module
    sponsors = protocol.sponsor_collaborators_module
    eligibility = protocol.eligibility_module
    design = record.design_info
    return (
        _lines((record.brief_title, record.official_title, record.acronym)),
        _lines((*record.conditions, *record.keywords)),
        _lines(
            [
                *(t for i in record.interventions for t in (i.name, *i.other_names, i.description)),
                *(t for arm in record.arm_groups for t in (arm.label, arm.description)),
            ]
        ),
        _lines(
            t
            for group in (outcomes.primary_outcomes, outcomes.secondary_outcomes, outcomes.other_outcomes)
            for outcome in group
            for t in (outcome.measure, outcome.time_frame, outcome.description)
        ),
        _lines(
            (
                record.brief_summary,
                record.detailed_description,
                design.intervention_model_description,
                protocol.status_module.why_stopped,
            )
        ),
        _lines((eligibility.eligibility_criteria, eligibility.study_population)),
        _lines(s.name for s in (sponsors.lead_sponsor, *sponsors.collaborators) if s is not None),
        _lines(reference.citation for reference in protocol.references_module.references),
    )


def site_rows(record: StudyRecord) -> list[tuple[Any, ...]]:
    """Rows of `sites`, without the key."""
    return [
        (s.facility, s.city, s.state, s.country, s.status)
        for s in record.protocol_section.contacts_locations_module.locations
    ]


def issue_rows(issues: Sequence[Issue]) -> list[tuple[Any, ...]]:
    """Rows of `issues`, without the key."""
    return [(i.kind, i.path, i.found, i.message) for i in issues]


def text_rows(record: StudyRecord, tags: StudyTags) -> Rows:
    """Rows of all tables that stand under the words of a record, without the key."""
    outcomes = record.protocol_section.outcomes_module
    return {
        "arms": [(arm.label, arm.type, arm.description, arm.intervention_names) for arm in record.arm_groups],
        "interventions": [
            (i.type, i.name, i.description, i.other_names, i.arm_group_labels) for i in record.interventions
        ],
        "outcomes": [
            *_outcome_rows("PRIMARY", outcomes.primary_outcomes),
            *_outcome_rows("SECONDARY", outcomes.secondary_outcomes),
            *_outcome_rows("OTHER", outcomes.other_outcomes),
        ],
        "references": [
            (r.pmid, r.type, r.citation) for r in record.protocol_section.references_module.references
        ],
        "calls": [
            (name, call.value, call.reason, call.rule)
            for name, call in (
                ("agent_class", tags.agent_class),
                ("ev_role", tags.ev_role),
                ("cutaneous", tags.cutaneous),
                ("aesthetic", tags.aesthetic),
            )
        ],
        "tags": [
            (t.property, t.term, t.role, t.field, t.start, t.end, t.quote, t.rule, t.reason)
            for t in tags.tags
        ],
        "suggestions": [(s.term, s.field, s.start, s.end, s.quote, s.reason) for s in tags.suggestions],
    }


def study_row(
    record: StudyRecord,
    answers: tuple[Any, ...],
    *,
    completeness: str,
    registry_date: str | None,
    body_size: int,
    issue_count: int,
    text_id: int,
) -> tuple[Any, ...]:
    """The row of `studies` for one version, without the key, in the table's column order; answers: `answer_values`."""
    design = record.design_info
    masking = design.masking_info
    sponsor = record.protocol_section.sponsor_collaborators_module.lead_sponsor
    return (
        completeness,
        registry_date,
        record.version_holder,
        body_size,
        record.first_posted,
        latest_day(record.first_posted),
        record.brief_title,
        record.official_title,
        record.acronym,
        record.aliases,
        record.overall_status,
        record.study_type,
        record.phases,
        design.allocation,
        design.intervention_model,
        masking.masking if masking else None,
        design.primary_purpose,
        record.enrollment_count,
        record.enrollment_type,
        record.start_date,
        record.primary_completion_date,
        record.completion_date,
        sponsor.name if sponsor else None,
        sponsor.class_ if sponsor else None,
        record.countries,
        record.conditions,
        _has_results(record),
        *answers,
        issue_count,
        text_id,
    )


def answer_values(tags: StudyTags, given_classes: Sequence[str]) -> tuple[Any, ...]:
    """What tagging says of a text, as columns of `studies`: agent_class to suggestion_count."""
    return (
        tags.agent_class.value,
        tags.ev_role.value,
        [f"{term}|{role}" for term, role in tags.agents],
        sorted(given_classes),
        tags.indications,
        tags.cutaneous.value,
        tags.aesthetic.value,
        len(tags.suggestions),
    )


def latest_day(text: str | None) -> str | None:
    """The last day a date of day, month or year precision can mean, as ISO text; None for none."""
    if text is None or len(text) == 10:
        return text
    return PartialDate.parse(text).latest().isoformat()


def _has_results(record: StudyRecord) -> bool | None:
    """Whether results are posted: the registry's flag, else a posted results section; None when it says neither.

    Some exports carry the flag false beside a results-posted date; the date is then the better witness.
    """
    if record.results_section is not None or record.has_results:
        return True
    if record.protocol_section.status_module.results_first_post_date_struct is not None:
        return True
    return record.has_results


def _outcome_rows(kind: str, outcomes: Iterable[Outcome]) -> list[tuple[Any, ...]]:
    return [(kind, o.measure, o.time_frame, o.description) for o in outcomes]


def _lines(texts: Iterable[str | None]) -> str:
    return "\n".join(text for text in texts if text)
