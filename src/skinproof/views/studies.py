"""A list of studies, one row each, ready to print."""

from collections.abc import Iterable

import msgspec

from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.views.words import (
    NOT_REPORTED,
    agent_words,
    indication_words,
    people_words,
    phase_words,
    sentence,
    title_of,
    yes_no,
)
from skinproof.vocabulary.term import Vocabulary


class StudyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One study in words; `not reported` where its record does not say."""

    record_id: str
    title: str
    agents: str
    about: str
    cutaneous: str
    aesthetic: str
    status: str
    study_type: str
    phase: str
    participants: str
    allocation: str
    start: str
    first_posted: str
    countries: str
    sponsor: str
    results_posted: str
    completeness: str


class StudyList(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the first `len(rows)` of `total` selected studies, sorted by record id."""

    total: int
    rows: tuple[StudyRow, ...]
    stamp: EditionStamp


def study_row(study: StudySummary, vocabulary: Vocabulary) -> StudyRow:
    """The row of one study."""
    return StudyRow(
        record_id=study.record_id,
        title=title_of(study),
        agents=agent_words(study, vocabulary),
        about=indication_words(study, vocabulary),
        cutaneous=study.cutaneous,
        aesthetic=study.aesthetic,
        status=sentence(study.overall_status),
        study_type=sentence(study.study_type),
        phase=phase_words(study.phases),
        participants=people_words(study.enrollment_count, study.enrollment_type),
        allocation="Not applicable" if study.allocation == "NA" else sentence(study.allocation),
        start=study.start_date or NOT_REPORTED,
        first_posted=study.first_posted or NOT_REPORTED,
        countries=", ".join(study.countries) or NOT_REPORTED,
        sponsor=study.lead_sponsor or NOT_REPORTED,
        results_posted=yes_no(study.has_results),
        completeness=study.completeness,
    )


def list_studies(
    studies: Iterable[StudySummary], vocabulary: Vocabulary, stamp: EditionStamp, limit: int | None = None
) -> StudyList:
    """The list; limit: most rows (None = all), `total` says how many there are."""
    found = tuple(studies)
    return StudyList(
        total=len(found), rows=tuple(study_row(s, vocabulary) for s in found[:limit]), stamp=stamp
    )
