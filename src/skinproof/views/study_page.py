"""One study as a reader wants it: what is registered, what was posted, and the words behind each tag.

What a record does not say reads "not reported"; nothing is filled in. Names, phone numbers and addresses of
contact persons are left out.
"""

from collections.abc import Iterable
from datetime import date

import msgspec

from skinproof.judgements.answers import Judged
from skinproof.model.findings import Preparation
from skinproof.model.preparations import PreparationRow
from skinproof.model.record import StudyRecord
from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.model.tags import Call, Tag
from skinproof.views.answers import CallRow, TagGroup, call_rows, group_tags
from skinproof.views.clock_lines import ClockLine, clock_lines, stamp_day
from skinproof.views.facts import (
    Section,
    annotations,
    design_section,
    eligibility_section,
    identity_section,
    oversight_section,
    sponsor_section,
    status_section,
)
from skinproof.views.issues import IssueLine, Noted, issue_line
from skinproof.views.judged import JudgedRow, judged_row
from skinproof.views.preparations import PreparationLine, preparation_line
from skinproof.views.results import Results, read_results
from skinproof.views.study_glance import GlanceLine, glance_of
from skinproof.views.words import NOT_REPORTED, sentence, title_of
from skinproof.vocabulary.term import Vocabulary

REGISTRY = "https://clinicaltrials.gov/study/"


class ArmRow(msgspec.Struct, frozen=True, kw_only=True):
    """One arm; interventions: what it is linked to, as registered."""

    label: str
    type: str
    description: str | None
    interventions: tuple[str, ...]


class InterventionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One intervention; arms: labels of the arms it is linked to."""

    name: str
    type: str
    description: str | None
    other_names: tuple[str, ...]
    arms: tuple[str, ...]


class OutcomeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One registered outcome (not its result). kind: Primary, Secondary, Other."""

    kind: str
    measure: str
    time_frame: str
    description: str | None


class SiteRow(msgspec.Struct, frozen=True, kw_only=True):
    """The sites of one country: how many, and in which cities."""

    country: str
    sites: int
    cities: tuple[str, ...]


class ReferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One cited paper. type: Background, Result, or Derived (found by the registry); retracted: it says so."""

    type: str
    citation: str
    pmid: str | None
    retracted: bool


class LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A web page the record points to; its address is not ours and not checked."""

    label: str
    url: str


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One posted document."""

    label: str
    date: str
    filename: str


class VersionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Which record version this page shows. later: it is newer than the day asked for."""

    sha256: str
    source: str
    completeness: str
    registry_date: str | None
    later: bool


class StudyPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of one study; empty tuples and None mean: not reported in this version."""

    record_id: str
    title: str
    registry_url: str | None
    version: VersionFacts
    removed: str | None = None
    """Day on which it was noticed that the register no longer has the record."""
    stamp: EditionStamp
    summary: str | None
    detailed_description: str | None
    conditions: tuple[str, ...]
    keywords: tuple[str, ...]
    mesh: tuple[str, ...]
    sections: tuple[Section, ...]
    glance: tuple[GlanceLine, ...]
    calls: tuple[CallRow, ...]
    tags: tuple[TagGroup, ...]
    preparations: tuple[PreparationLine, ...]
    arms: tuple[ArmRow, ...]
    interventions: tuple[InterventionRow, ...]
    outcomes: tuple[OutcomeRow, ...]
    sites: tuple[SiteRow, ...]
    references: tuple[ReferenceRow, ...]
    links: tuple[LinkRow, ...]
    documents: tuple[DocumentRow, ...]
    annotations: tuple[str, ...]
    results_words: str
    results: Results | None
    issues: tuple[IssueLine, ...]
    clocks: tuple[ClockLine, ...] = ()
    judged: tuple[JudgedRow, ...] = ()


def registry_link(record_id: str) -> str | None:
    """The record at its registry, None where the id is not one of ClinicalTrials.gov."""
    return REGISTRY + record_id if _is_nct(record_id) else None


def study_page(
    study: StudySummary,
    record: StudyRecord,
    vocabulary: Vocabulary,
    stamp: EditionStamp,
    *,
    tags: Iterable[Tag] = (),
    calls: dict[str, Call] | None = None,
    issues: Iterable[Noted] = (),
    preparations: Iterable[Preparation] = (),
    day: date | None = None,
    judged: Iterable[Judged] = (),
    removed: str | None = None,
) -> StudyPage:
    """The page of one study from its summary, its record and what tagging and reading said of it.

    day: for which it says whether results are due; None: that of the stamp. judged: answers that people judged.
    """
    day = day or stamp_day(stamp)
    protocol = record.protocol_section
    references = protocol.references_module
    preparations = tuple(preparations)
    lines = tuple(preparation_line(PreparationRow(study, one), vocabulary) for one in preparations)
    posted = _results_words(study, record)
    return StudyPage(
        record_id=study.record_id,
        removed=removed,
        title=title_of(study),
        registry_url=registry_link(study.record_id),
        version=VersionFacts(
            sha256=study.sha256,
            source=study.source,
            completeness=study.completeness,
            registry_date=study.registry_date,
            later=study.later_version,
        ),
        stamp=stamp,
        summary=record.brief_summary,
        detailed_description=record.detailed_description,
        conditions=record.conditions,
        keywords=record.keywords,
        mesh=_mesh(record),
        sections=(
            identity_section(study, record),
            status_section(record),
            design_section(record),
            eligibility_section(record),
            sponsor_section(record),
            oversight_section(record),
        ),
        glance=glance_of(study, record, preparations, lines, posted),
        calls=call_rows(calls or {}),
        tags=group_tags(tags, record, vocabulary),
        preparations=lines,
        arms=tuple(
            ArmRow(
                label=arm.label or NOT_REPORTED,
                type=sentence(arm.type),
                description=arm.description,
                interventions=arm.intervention_names,
            )
            for arm in record.arm_groups
        ),
        interventions=tuple(
            InterventionRow(
                name=item.name or NOT_REPORTED,
                type=sentence(item.type),
                description=item.description,
                other_names=item.other_names,
                arms=item.arm_group_labels,
            )
            for item in record.interventions
        ),
        outcomes=_outcomes(record),
        sites=_sites(record),
        references=tuple(
            ReferenceRow(
                type=sentence(r.type),
                citation=r.citation or NOT_REPORTED,
                pmid=r.pmid,
                retracted=bool(r.retractions),
            )
            for r in references.references
        ),
        links=tuple(
            LinkRow(label=link.label or link.url or NOT_REPORTED, url=link.url or "")
            for link in references.see_also_links
        ),
        documents=_documents(record),
        annotations=annotations(record),
        results_words=posted,
        results=read_results(record.results_section) if record.results_section else None,
        issues=tuple(map(issue_line, issues)),
        clocks=clock_lines(record, day) if day else (),
        judged=tuple(judged_row(one, vocabulary) for one in judged),
    )


def _is_nct(record_id: str) -> bool:
    return len(record_id) == 11 and record_id.startswith("NCT") and record_id[3:].isdecimal()


def _mesh(record: StudyRecord) -> tuple[str, ...]:
    derived = record.derived_section
    if derived is None:
        return ()
    modules = (derived.condition_browse_module, derived.intervention_browse_module)
    return tuple(mesh.term for module in modules if module for mesh in module.meshes if mesh.term)


def _outcomes(record: StudyRecord) -> tuple[OutcomeRow, ...]:
    module = record.protocol_section.outcomes_module
    groups = (
        ("Primary", module.primary_outcomes),
        ("Secondary", module.secondary_outcomes),
        ("Other", module.other_outcomes),
    )
    return tuple(
        OutcomeRow(
            kind=kind,
            measure=o.measure or NOT_REPORTED,
            time_frame=o.time_frame or NOT_REPORTED,
            description=o.description,
        )
        for kind, outcomes in groups
        for o in outcomes
    )


def _sites(record: StudyRecord) -> tuple[SiteRow, ...]:
    found: dict[str, list[str | None]] = {}
    for place in record.protocol_section.contacts_locations_module.locations:
        found.setdefault(place.country or NOT_REPORTED, []).append(place.city)
    return tuple(
        SiteRow(country=country, sites=len(cities), cities=tuple(sorted({city for city in cities if city})))
        for country, cities in sorted(found.items())
    )


def _documents(record: StudyRecord) -> tuple[DocumentRow, ...]:
    module = record.document_section.large_document_module if record.document_section else None
    return tuple(
        DocumentRow(
            label=doc.label or doc.type_abbrev or NOT_REPORTED,
            date=doc.date or NOT_REPORTED,
            filename=doc.filename or NOT_REPORTED,
        )
        for doc in (module.large_docs if module else ())
    )


def _results_words(study: StudySummary, record: StudyRecord) -> str:
    """Whether results are posted, in words; silence is not "no"."""
    if record.results_section is not None:
        return "Results are posted; see below."
    if study.has_results:
        return "Results are posted in the registry, but this version of the record does not hold them."
    if study.has_results is None:
        return "Whether results are posted is not reported in this version of the record."
    return "No results are posted in the registry; results may have been published elsewhere."
