"""What changed between two versions of one record, by meaning: order, white space and escapes are no changes.

Every content of a record is compared: what has no line of its own here ends in "Other", by the name of its module.
Names and addresses of contact persons are never shown.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from skinproof.model.record import (
    ArmGroup,
    Intervention,
    Location,
    Outcome,
    Reference,
    StudyRecord,
)
from skinproof.views.change_items import Change, Part, item_changes, listed, set_changes, text_change
from skinproof.views.change_results import ordered, results_changes
from skinproof.views.facts import annotations, date_words
from skinproof.views.word_diff import meaning, same
from skinproof.views.words import people_words, phase_words, sentence, yes_no

KINDS = {
    "stopped": "Stopped, suspended, withdrawn, or taken up again",
    "retracted": "Retracted papers",
    "results": "Results",
    "primary_outcome": "Primary outcomes",
    "source": "Gone, renamed or back at the source",
    "new": "New studies",
    "status": "Status",
    "enrolment": "Enrolment",
    "dates": "Dates",
    "given": "Arms and interventions",
    "conditions": "Conditions",
    "sites": "Sites",
    "design": "Design and oversight",
    "sponsor": "Sponsor",
    "outcomes": "Other outcomes",
    "eligibility": "Who may take part",
    "references": "References and documents",
    "names": "Titles and ids",
    "text": "Descriptions",
    "other": "Other",
}
"""Kind -> heading, the most telling first."""

STOPPED = ("WITHDRAWN", "TERMINATED", "SUSPENDED")

_P = "protocolSection."
_STATUS, _DESIGN, _OUT = f"{_P}statusModule.", f"{_P}designModule.", f"{_P}outcomesModule."
_ARMS, _ELIGIBLE = f"{_P}armsInterventionsModule.", f"{_P}eligibilityModule."

Line = tuple[str, str, str, Callable[[StudyRecord], str | None]]


def _status(record: StudyRecord) -> Any:
    return record.protocol_section.status_module


def _over(record: StudyRecord) -> Any:
    return record.protocol_section.oversight_module


def _who(record: StudyRecord) -> Any:
    return record.protocol_section.eligibility_module


def _word(value: str | None) -> str | None:
    return sentence(value) if value else None


def _said(value: bool | None) -> str | None:
    return None if value is None else yes_no(value)


def _masking(record: StudyRecord) -> str | None:
    info = record.design_info.masking_info
    return _word(info.masking) if info else None


_LINES: tuple[Line, ...] = (
    ("status", f"{_STATUS}lastKnownStatus", "Last known status", lambda r: _word(_status(r).last_known_status)),
    ("stopped", f"{_STATUS}whyStopped", "Why stopped", lambda r: _status(r).why_stopped),
    (
        "enrolment", f"{_DESIGN}enrollmentInfo", "Participants",
        lambda r: people_words(r.enrollment_count, r.enrollment_type) if r.enrollment_count is not None else None,
    ),
    ("dates", f"{_STATUS}startDateStruct", "Start", lambda r: date_words(_status(r).start_date_struct)),
    (
        "dates", f"{_STATUS}primaryCompletionDateStruct", "Primary completion",
        lambda r: date_words(_status(r).primary_completion_date_struct),
    ),
    ("dates", f"{_STATUS}completionDateStruct", "Completion", lambda r: date_words(_status(r).completion_date_struct)),
    ("dates", f"{_STATUS}studyFirstPostDateStruct", "First posted", lambda r: r.first_posted),
    ("results", f"{_STATUS}dispFirstSubmitDate", "Delay of results certified", lambda r: _status(r).disp_first_submit_date),
    ("results", f"{_STATUS}delayedPosting", "Results delayed", lambda r: _said(_status(r).delayed_posting)),
    ("results", f"{_STATUS}resultsWaived", "Results waived", lambda r: _said(_status(r).results_waived)),
    ("design", f"{_DESIGN}studyType", "Study type", lambda r: _word(r.study_type)),
    ("design", f"{_DESIGN}phases", "Phase", lambda r: phase_words(sorted(r.phases)) if r.phases else None),
    ("design", f"{_DESIGN}designInfo.allocation", "Allocation", lambda r: _word(r.design_info.allocation)),
    ("design", f"{_DESIGN}designInfo.interventionModel", "Model", lambda r: _word(r.design_info.intervention_model)),
    ("design", f"{_DESIGN}designInfo.maskingInfo.masking", "Masking", _masking),
    ("design", f"{_DESIGN}designInfo.primaryPurpose", "Purpose", lambda r: _word(r.design_info.primary_purpose)),
    (
        "design", f"{_P}oversightModule.isFdaRegulatedDrug", "FDA-regulated drug",
        lambda r: _said(_over(r).is_fda_regulated_drug),
    ),
    (
        "design", f"{_P}oversightModule.isFdaRegulatedDevice", "FDA-regulated device",
        lambda r: _said(_over(r).is_fda_regulated_device),
    ),
    ("design", f"{_P}oversightModule.isUsExport", "Exported from the US", lambda r: _said(_over(r).is_us_export)),
    ("eligibility", f"{_ELIGIBLE}sex", "Sex", lambda r: _word(_who(r).sex)),
    ("eligibility", f"{_ELIGIBLE}minimumAge", "Youngest", lambda r: _who(r).minimum_age),
    ("eligibility", f"{_ELIGIBLE}maximumAge", "Oldest", lambda r: _who(r).maximum_age),
    ("eligibility", f"{_ELIGIBLE}healthyVolunteers", "Healthy volunteers", lambda r: _said(_who(r).healthy_volunteers)),
    ("eligibility", f"{_ELIGIBLE}eligibilityCriteria", "Criteria", lambda r: _who(r).eligibility_criteria),
    ("names", f"{_P}identificationModule.briefTitle", "Title", lambda r: r.brief_title),
    ("names", f"{_P}identificationModule.officialTitle", "Official title", lambda r: r.official_title),
    ("names", f"{_P}identificationModule.acronym", "Acronym", lambda r: r.acronym),
    ("text", f"{_P}descriptionModule.briefSummary", "Summary", lambda r: r.brief_summary),
    ("text", f"{_P}descriptionModule.detailedDescription", "Description", lambda r: r.detailed_description),
)  # fmt: skip


def record_changes(before: StudyRecord, after: StudyRecord, *, partial: bool = False) -> tuple[Change, ...]:
    """What changed, the most telling first; empty where both say the same.

    partial: one of them holds less than the registry's record, so that only what both state is compared.
    """
    found = [
        *_overall(before, after), *_lines(before, after), *results_changes(before, after), *_outcomes(before, after),
        *_given(before, after), *_sites(before, after), *_sponsors(before, after), *_references(before, after),
    ]  # fmt: skip
    for kind, path, label, read in _SETS:
        found += set_changes(kind, path, label, read(before), read(after))
    if partial:
        silent = not all(r.protocol_section.contacts_locations_module.locations for r in (before, after))
        found = [
            c for c in found if c.old is not None and c.new is not None and not (silent and c.kind == "sites")
        ]
    else:
        found += _others(before, after)
    order = list(KINDS)
    return tuple(sorted(found, key=lambda change: order.index(change.kind)))


def _overall(before: StudyRecord, after: StudyRecord) -> list[Change]:
    old, new = before.overall_status, after.overall_status
    if old == new:
        return []
    kind = "stopped" if old in STOPPED or new in STOPPED else "status"
    return [
        Change(kind=kind, field=f"{_STATUS}overallStatus", label="Status", old=_word(old), new=_word(new))
    ]


def _lines(before: StudyRecord, after: StudyRecord) -> list[Change]:
    pairs = [(kind, path, label, read(before), read(after)) for kind, path, label, read in _LINES]
    return [text_change(*one) for one in pairs if not same(one[3], one[4])]


def _secondary_ids(record: StudyRecord) -> Iterable[str]:
    module = record.protocol_section.identification_module
    own = [module.org_study_id_info.id] if module.org_study_id_info else []
    return [text for text in (*own, *(one.id for one in module.secondary_id_infos), *record.aliases) if text]


def _documents(record: StudyRecord) -> Iterable[str]:
    module = record.document_section.large_document_module if record.document_section else None
    return [
        f"{one.label or one.type_abbrev or 'Document'} {one.date or ''}"
        for one in (module.large_docs if module else ())
    ]


_SETS: tuple[tuple[str, str, str, Callable[[StudyRecord], Iterable[str]]], ...] = (
    ("conditions", f"{_P}conditionsModule.conditions", "Conditions", lambda r: r.conditions),
    ("conditions", f"{_P}conditionsModule.keywords", "Keywords", lambda r: r.keywords),
    ("names", f"{_P}identificationModule.secondaryIdInfos", "Other ids", _secondary_ids),
    ("results", "annotationSection", "Notes by the registry", annotations),
    ("references", "documentSection.largeDocumentModule.largeDocs", "Documents", _documents),
)


_MEASURE = Part[Outcome]("measure", "Measure", lambda o: o.measure)
_OUTCOME_PARTS = (
    Part[Outcome]("timeFrame", "Time frame", lambda o: o.time_frame),
    Part[Outcome]("description", "Description", lambda o: o.description),
)


def _outcomes(before: StudyRecord, after: StudyRecord) -> list[Change]:
    old, new = before.protocol_section.outcomes_module, after.protocol_section.outcomes_module
    found = []
    for kind, name, noun, was, is_now in (
        ("primary_outcome", "primaryOutcomes", "Primary outcome", old.primary_outcomes, new.primary_outcomes),
        (
            "outcomes",
            "secondaryOutcomes",
            "Secondary outcome",
            old.secondary_outcomes,
            new.secondary_outcomes,
        ),
        ("outcomes", "otherOutcomes", "Other outcome", old.other_outcomes, new.other_outcomes),
    ):
        found += item_changes(kind, f"{_OUT}{name}", noun, was, is_now, _MEASURE, _OUTCOME_PARTS)
    lesser = [
        {meaning(o.measure or "") for o in (*m.secondary_outcomes, *m.other_outcomes)} for m in (old, new)
    ]
    return [_moved(change, *lesser) for change in found]


def _moved(change: Change, before: set[str], after: set[str]) -> Change:
    """A primary outcome that did not vanish but became a lesser one, or was one."""
    about = change.about or ""
    if change.label == "Primary outcome removed" and about in after - before:
        return msgspec.structs.replace(change, label="Primary outcome made secondary")
    if change.label == "Primary outcome added" and about in before - after:
        return msgspec.structs.replace(change, label="Secondary outcome made primary")
    return change


_ARM_PARTS = (
    Part[ArmGroup]("type", "Type", lambda a: _word(a.type)),
    Part[ArmGroup]("description", "Description", lambda a: a.description),
    Part[ArmGroup]("interventionNames", "Interventions", lambda a: "; ".join(sorted(a.intervention_names))),
)
_ITEM_PARTS = (
    Part[Intervention]("type", "Type", lambda i: _word(i.type)),
    Part[Intervention]("description", "Description", lambda i: i.description),
    Part[Intervention]("otherNames", "Other names", lambda i: "; ".join(sorted(i.other_names))),
    Part[Intervention]("armGroupLabels", "Arms", lambda i: "; ".join(sorted(i.arm_group_labels))),
)


def _given(before: StudyRecord, after: StudyRecord) -> list[Change]:
    """Links between arms and interventions are compared where both kept their names: else they only follow these."""
    label, name = (
        Part[ArmGroup]("label", "Label", lambda a: a.label),
        Part[Intervention]("name", "Name", lambda i: i.name),
    )
    kept = _names(before) == _names(after)
    arm_parts, item_parts = (_ARM_PARTS, _ITEM_PARTS) if kept else (_ARM_PARTS[:-1], _ITEM_PARTS[:-1])
    return [
        *item_changes("given", f"{_ARMS}armGroups", "Arm", before.arm_groups, after.arm_groups, label, arm_parts),
        *item_changes("given", f"{_ARMS}interventions", "Intervention", before.interventions, after.interventions, name, item_parts),
    ]  # fmt: skip


def _names(record: StudyRecord) -> tuple[set[str], set[str]]:
    return {meaning(a.label or "") for a in record.arm_groups}, {
        meaning(i.name or "") for i in record.interventions
    }


def _key(site: Location) -> str:
    return meaning(" | ".join((site.facility or "", site.city or "", site.country or "")))


def _place(site: Location) -> str:
    """Without the facility: older records hold names and addresses of persons there."""
    return ", ".join(part for part in (site.city, site.country) if part) or "place not reported"


def _sites(before: StudyRecord, after: StudyRecord) -> list[Change]:
    """Sites by facility and place; shown by place."""
    old, new = (r.protocol_section.contacts_locations_module.locations for r in (before, after))
    path = f"{_P}contactsLocationsModule.locations"
    was, is_now = (Counter(map(_key, sites)) for sites in (old, new))
    if was == is_now:
        states = [
            Counter(_word(site.status) or "status not reported" for site in sites) for sites in (old, new)
        ]
        counts = ["; ".join(f"{n} {name.lower()}" for name, n in sorted(state.items())) for state in states]
        if counts[0] == counts[1]:
            return []
        return [
            Change(
                kind="sites", field=f"{path}[].status", label="Status of sites", old=counts[0], new=counts[1]
            )
        ]
    gone, added = _only(old, was - is_now), _only(new, is_now - was)
    renamed = sum((gone & added).values())
    found = []
    if gone - added:
        found.append(
            Change(
                kind="sites",
                field=path,
                label="Sites removed",
                old=listed(gone - added),
                new=_sites_left(new),
            )
        )
    if added - gone:
        found.append(
            Change(
                kind="sites", field=path, label="Sites added", old=_sites_left(old), new=listed(added - gone)
            )
        )
    if renamed:
        places = listed(gone & added)
        found.append(
            Change(
                kind="sites",
                field=f"{path}[].facility",
                label="Facility named otherwise",
                old=places,
                new=places,
            )
        )
    return found  # fmt: skip


def _only(sites: tuple[Location, ...], keys: Counter[str]) -> Counter[str]:
    """The places of the sites with these keys."""
    left = Counter(keys)
    found: Counter[str] = Counter()
    for site in sites:
        if left[_key(site)] > 0:
            left[_key(site)] -= 1
            found[meaning(_place(site))] += 1
    return found


def _sites_left(sites: tuple[Location, ...]) -> str:
    return f"{len(sites):,} listed in all" if sites else "no site listed"


def _sponsors(before: StudyRecord, after: StudyRecord) -> list[Change]:
    one, two = (r.protocol_section.sponsor_collaborators_module for r in (before, after))
    path = f"{_P}sponsorCollaboratorsModule"
    old, new = (m.lead_sponsor.name if m.lead_sponsor else None for m in (one, two))
    found = (
        [] if same(old, new) else [text_change("sponsor", f"{path}.leadSponsor", "Lead sponsor", old, new)]
    )
    names = [[c.name for c in m.collaborators if c.name] for m in (one, two)]
    return [*found, *set_changes("sponsor", f"{path}.collaborators", "Collaborators", *names)]


def _references(before: StudyRecord, after: StudyRecord) -> list[Change]:
    old, new = (r.protocol_section.references_module for r in (before, after))
    path = f"{_P}referencesModule"
    retracted = [[_cited(ref) for ref in m.references if ref.retractions] for m in (old, new)]
    links = [[link.url or link.label or "" for link in m.see_also_links] for m in (old, new)]
    return [
        *set_changes("retracted", f"{path}.references[].retractions", "Retracted", *retracted),
        *set_changes("references", f"{path}.references", "References", *([_cited(r) for r in m.references] for m in (old, new))),
        *set_changes("references", f"{path}.seeAlsoLinks", "Links", *links),
    ]  # fmt: skip


def _cited(reference: Reference) -> str:
    """A paper is the same by its PubMed id, however it is cited."""
    if reference.pmid:
        return f"PMID {reference.pmid}"
    return reference.citation or "without a citation"


_COVERED = {
    "statusModule": {
        "overallStatus", "lastKnownStatus", "whyStopped", "startDateStruct", "primaryCompletionDateStruct",
        "completionDateStruct", "studyFirstPostDateStruct", "dispFirstSubmitDate", "delayedPosting", "resultsWaived",
        "statusVerifiedDate", "lastUpdateSubmitDate", "lastUpdatePostDateStruct", "resultsFirstPostDateStruct",
        "resultsFirstSubmitDate", "resultsFirstSubmitQcDate", "dispFirstSubmitQcDate", "dispFirstPostDateStruct",
    },
    "identificationModule": {
        "nctId", "nctIdAliases", "orgStudyIdInfo", "secondaryIdInfos", "briefTitle", "officialTitle", "acronym",
    },
    "descriptionModule": {"briefSummary", "detailedDescription"},
    "conditionsModule": {"conditions", "keywords"},
    "designModule": {"studyType", "phases", "enrollmentInfo"},
    "oversightModule": {"isFdaRegulatedDrug", "isFdaRegulatedDevice", "isUsExport"},
    "eligibilityModule": {"sex", "minimumAge", "maximumAge", "healthyVolunteers", "eligibilityCriteria", "stdAges"},
    "armsInterventionsModule": {"armGroups", "interventions"}, "outcomesModule": {
        "primaryOutcomes", "secondaryOutcomes", "otherOutcomes",
    },
    "sponsorCollaboratorsModule": {"leadSponsor", "collaborators"},
    "contactsLocationsModule": {"locations"}, "referencesModule": {"references", "seeAlsoLinks"},
}  # fmt: skip
_MODULES = {
    "statusModule": "other dates and status facts", "identificationModule": "organisation of the record",
    "designModule": "details of the design", "oversightModule": "oversight", "eligibilityModule": "details of who may take part",
    "sponsorCollaboratorsModule": "responsible party", "contactsLocationsModule": "contact persons",
    "referencesModule": "available data", "ipdSharingStatementModule": "plan to share data",
}  # fmt: skip
_DESIGN_COVERED = {"allocation", "interventionModel", "primaryPurpose"}


def _others(before: StudyRecord, after: StudyRecord) -> list[Change]:
    """Modules that differ in what no line above compares, by name only."""
    old, new = (_rest(msgspec.to_builtins(record.protocol_section)) for record in (before, after))
    found = []
    for name in sorted(set(old) | set(new)):
        if ordered(old.get(name)) != ordered(new.get(name)):
            label = f"Also changed: {_MODULES.get(name, name)}"
            found.append(Change(kind="other", field=f"{_P}{name}", label=label))
    return found


def _rest(protocol: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, module in protocol.items():
        kept = {key: value for key, value in module.items() if key not in _COVERED.get(name, ())}
        if "designInfo" in kept:
            design = {k: v for k, v in kept["designInfo"].items() if k not in _DESIGN_COVERED}
            design.get("maskingInfo", {}).pop("masking", None)
            kept["designInfo"] = {key: value for key, value in design.items() if value}
        kept = {key: value for key, value in kept.items() if value not in ({}, [], None, "")}
        if kept:
            found[name] = kept
    return found
