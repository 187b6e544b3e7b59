"""The short facts of a study as sections of label and value, "not reported" where the record is silent."""

import msgspec

from skinproof.model.record import PartialDateStruct, Sponsor, StudyRecord
from skinproof.model.sections import DateStruct
from skinproof.model.summary import StudySummary
from skinproof.views.words import NOT_REPORTED, people_words, phase_words, sentence, yes_no

_PRECISION = {4: "year only", 7: "month only"}
_UNPOSTED = {
    "RELEASE": "results submitted",
    "UNRELEASE": "submission taken back",
    "RESET": "returned to sponsor",
}


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. reported: False where the record does not say; `value` then reads "not reported"."""

    label: str
    value: str
    reported: bool


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Facts that belong together."""

    title: str
    facts: tuple[Fact, ...]


def _fact(label: str, value: str | None) -> Fact:
    reported = bool(value) and value != NOT_REPORTED
    return Fact(label=label, value=value if value and reported else NOT_REPORTED, reported=reported)


def _said(label: str, value: str | None) -> tuple[Fact, ...]:
    """The fact only where the record states it: things few records have need no "not reported"."""
    return (_fact(label, value),) if value else ()


def date_words(struct: PartialDateStruct | None) -> str | None:
    """A date of the study with the precision given and whether it is planned: "2021-03 (month only, planned)"."""
    if struct is None or struct.date is None:
        return None
    return precise(struct.date, "planned" if struct.type == "ESTIMATED" else None)


def posted_words(struct: DateStruct | None) -> str | None:
    """A day on which the registry posted something; ESTIMATED days are known only roughly."""
    if struct is None or struct.date is None:
        return None
    return precise(struct.date, "estimated by the registry" if struct.type == "ESTIMATED" else None)


def precise(date: str, note: str | None = None) -> str:
    """A date that says its precision where it is not a day."""
    said = [text for text in (_PRECISION.get(len(date)), note) if text]
    return f"{date} ({', '.join(said)})" if said else date


def identity_section(study: StudySummary, record: StudyRecord) -> Section:
    """Ids and titles."""
    module = record.protocol_section.identification_module
    others = [module.org_study_id_info.id] if module.org_study_id_info else []
    others += [f"{s.id} ({s.domain})" if s.domain else s.id for s in module.secondary_id_infos]
    return Section(
        title="Identification",
        facts=(
            _fact("Record id", study.record_id),
            *_said("Withdrawn ids", ", ".join(record.aliases)),
            *_said("Other ids", ", ".join(text for text in others if text)),
            _fact("Official title", record.official_title),
            *_said("Acronym", record.acronym),
            _fact("Conditions", ", ".join(record.conditions)),
            *_said("Keywords", ", ".join(record.keywords)),
        ),
    )


def status_section(record: StudyRecord) -> Section:
    """Status and the registry's dates, each with the precision given."""
    module = record.protocol_section.status_module
    return Section(
        title="Status and dates",
        facts=(
            _fact("Status", sentence(module.overall_status) if module.overall_status else None),
            *_said("Last known status", sentence(module.last_known_status) if module.last_known_status else None),
            *_said("Why stopped", module.why_stopped),
            _fact("First posted", posted_words(module.study_first_post_date_struct)),
            _fact("Start", date_words(module.start_date_struct)),
            _fact("Primary completion", date_words(module.primary_completion_date_struct)),
            _fact("Completion", date_words(module.completion_date_struct)),
            _fact("Last update posted", posted_words(module.last_update_post_date_struct)),
            *_said("Results first posted", posted_words(module.results_first_post_date_struct)),
            *_said("Status verified", precise(module.status_verified_date) if module.status_verified_date else None),
        ),
    )  # fmt: skip


def design_section(record: StudyRecord) -> Section:
    """Study type, phases, enrolment and design."""
    design, module = record.design_info, record.protocol_section.design_module
    masking = design.masking_info
    facts = [
        _fact("Study type", sentence(record.study_type)),
        _fact("Phase", phase_words(record.phases)),
        _fact("Participants", people_words(record.enrollment_count, record.enrollment_type)),
        _fact("Design in words", design_words(record)),
        _fact("Allocation", "Not applicable" if design.allocation == "NA" else sentence(design.allocation)),
    ]
    if record.study_type == "OBSERVATIONAL":
        facts += [
            _fact("Observational model", sentence(design.observational_model)),
            _fact("Time perspective", sentence(design.time_perspective)),
        ]
    else:
        who = ", ".join(sentence(person) for person in masking.who_masked) if masking else ""
        facts += [
            _fact("Model", sentence(design.intervention_model)),
            *_said("Model, described", design.intervention_model_description),
            _fact("Masking", sentence(masking.masking) if masking else None),
            *_said("Who is masked", who),
            *_said("Masking, described", masking.masking_description if masking else None),
            _fact("Primary purpose", sentence(design.primary_purpose)),
        ]
    facts += _said("Samples kept", sentence(module.bio_spec.retention) if module.bio_spec else None)
    return Section(title="Design", facts=tuple(facts))


def design_words(record: StudyRecord) -> str | None:
    """The design in one phrase: "Randomized, parallel, double-masked, treatment"; None if nothing is said."""
    design = record.design_info
    masking = design.masking_info.masking if design.masking_info else None
    words = [
        sentence(word).lower()
        for word in (
            None if design.allocation == "NA" else design.allocation,
            design.intervention_model,
            design.observational_model,
            design.time_perspective,
        )
        if word
    ]
    if masking:
        words.append("open label" if masking == "NONE" else f"{masking.lower()}-masked")
    if design.primary_purpose:
        words.append(f"purpose {sentence(design.primary_purpose).lower()}")
    text = ", ".join(words)
    return text[:1].upper() + text[1:] or None


def eligibility_section(record: StudyRecord) -> Section:
    """Who may take part."""
    module = record.protocol_section.eligibility_module
    low, high = module.minimum_age, module.maximum_age
    ages = f"{low or 'no lower limit stated'} to {high or 'no upper limit stated'}" if low or high else None
    return Section(
        title="Eligibility",
        facts=(
            _fact("Sex", sentence(module.sex)),
            _fact("Age", ages),
            _fact("Healthy volunteers", yes_no(module.healthy_volunteers)),
            *_said("Study population", module.study_population),
            _fact("Criteria", module.eligibility_criteria),
        ),
    )


def sponsor_section(record: StudyRecord) -> Section:
    """Who runs and pays for the study."""
    module = record.protocol_section.sponsor_collaborators_module
    party = module.responsible_party
    return Section(
        title="Sponsor",
        facts=(
            _fact("Lead sponsor", _sponsor(module.lead_sponsor)),
            *_said("Collaborators", "; ".join(filter(None, map(_sponsor, module.collaborators)))),
            *_said("Responsible party", sentence(party.type) if party and party.type else None),
        ),
    )


def _sponsor(sponsor: Sponsor | None) -> str | None:
    if sponsor is None or not sponsor.name:
        return None
    return f"{sponsor.name} ({sentence(sponsor.class_).lower()})" if sponsor.class_ else sponsor.name


def oversight_section(record: StudyRecord) -> Section:
    """Oversight and sharing as stated."""
    module = record.protocol_section.oversight_module
    sharing = record.protocol_section.ipd_sharing_statement_module.ipd_sharing
    return Section(
        title="Oversight",
        facts=(
            _fact("FDA-regulated drug", yes_no(module.is_fda_regulated_drug)),
            _fact("FDA-regulated device", yes_no(module.is_fda_regulated_device)),
            *_said("Exported from the US", yes_no(module.is_us_export) if module.is_us_export is not None else None),
            _fact("Data monitoring committee", yes_no(module.oversight_has_dmc)),
            _fact("Plan to share participant data", sentence(sharing)),
        ),
    )  # fmt: skip


def annotations(record: StudyRecord) -> tuple[str, ...]:
    """What the registry itself notes: results sent in but not posted, and notices under FDAAA 801."""
    section = record.annotation_section
    module = section.annotation_module if section else None
    if module is None:
        return ()
    said = []
    if module.unposted_annotation:
        for event in module.unposted_annotation.unposted_events:
            day = event.date or "day not known"
            said.append(f"{day}: {_UNPOSTED.get(event.type or '', sentence(event.type))} (not posted)")
    if module.violation_annotation:
        for notice in module.violation_annotation.violation_events:
            day = notice.issued_date or notice.posted_date or "day not known"
            said.append(f"{day}: {notice.description or sentence(notice.type)}")
    return tuple(said)
