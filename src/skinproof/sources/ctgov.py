"""ClinicalTrials.gov: one API v2 record as it came -> a typed record and its issues.

Facts about the source (address, terms, word lists) are in `ctgov.yml`.
"""

import re
from collections.abc import Iterator

import msgspec

from skinproof.errors import InputError
from skinproof.model.dates import date_fault, date_time_fault
from skinproof.model.issue import Issue
from skinproof.model.record import StudyRecord
from skinproof.model.results import ResultsSection
from skinproof.model.sections import AnnotationSection, DerivedSection, DocumentSection
from skinproof.sources.ctgov_walk import walk_record

RULE = "read.ctgov/1"

LARGEST_BELIEVED_ENROLLMENT = 10_000_000
"""More participants than this are kept as registered, but noted: some are real (whole-population
registries), others are placeholders such as 99999999, and nothing in the record tells them apart."""

_NCT_ID = re.compile(r"NCT\d{8}", re.ASCII)
_DECODER = msgspec.json.Decoder(StudyRecord)


class ReadResult(msgspec.Struct, frozen=True):
    """A record and what was odd in it; odd values are not in the record, unless the issue says they are kept."""

    record: StudyRecord
    issues: tuple[Issue, ...]


def read_ctgov(body: bytes, *, any_registry_id: bool = False) -> ReadResult:
    """The record that `body` (UTF-8 JSON, API v2 shape) holds, with an issue for each odd value.

    any_registry_id: accept the id of another registry too (facts from elsewhere in API v2 shape).
    Raises: InputError if `body` is not one JSON object, or has no NCT id; never for an odd field.
    """
    issues: tuple[Issue, ...] = ()
    try:
        record = _DECODER.decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        record, issues = walk_record(body)
    else:
        if not all(_date_is_good(text) for text in _dates(record)) or not _upload_dates_are_good(record):
            record, issues = walk_record(body)
    _check_id(record, any_registry_id)
    count = record.enrollment_count
    if count is not None and count > LARGEST_BELIEVED_ENROLLMENT:
        issues = (*issues, _too_many(count))
    return ReadResult(record, issues)


def _check_id(record: StudyRecord, any_registry_id: bool) -> None:
    nct_id = record.protocol_section.identification_module.nct_id
    if nct_id is not None and (_NCT_ID.fullmatch(nct_id) or (any_registry_id and nct_id.strip())):
        return
    found = "there is none" if nct_id is None else f"found {nct_id[:40]!r}"
    raise InputError(
        f"no NCT id: protocolSection.identificationModule.nctId should be NCT and 8 digits, {found}"
    )


def _too_many(count: int) -> Issue:
    path = "protocolSection.designModule.enrollmentInfo.count"
    message = f"more than {LARGEST_BELIEVED_ENROLLMENT:,} participants; kept as registered"
    return Issue("out_of_range", path, str(count), message)


def _date_is_good(text: str | None) -> bool:
    return text is None or date_fault(text) is None


def _upload_dates_are_good(record: StudyRecord) -> bool:
    module = record.document_section.large_document_module if record.document_section else None
    if module is None:
        return True
    return all(
        doc.upload_date is None or date_time_fault(doc.upload_date) is None for doc in module.large_docs
    )


def _dates(record: StudyRecord) -> Iterator[str | None]:
    """Every date text of the record. That none is missing here is held by a test over the model's types."""
    status = record.protocol_section.status_module
    yield status.status_verified_date
    yield status.study_first_submit_date
    yield status.study_first_submit_qc_date
    yield status.results_first_submit_date
    yield status.results_first_submit_qc_date
    yield status.disp_first_submit_date
    yield status.disp_first_submit_qc_date
    yield status.last_update_submit_date
    for struct in (
        status.start_date_struct,
        status.primary_completion_date_struct,
        status.completion_date_struct,
        status.study_first_post_date_struct,
        status.results_first_post_date_struct,
        status.disp_first_post_date_struct,
        status.last_update_post_date_struct,
    ):
        if struct is not None:
            yield struct.date
    if record.derived_section is not None:
        yield from _derived_dates(record.derived_section)
    if record.results_section is not None:
        yield from _results_dates(record.results_section)
    if record.document_section is not None:
        yield from _document_dates(record.document_section)
    if record.annotation_section is not None:
        yield from _annotation_dates(record.annotation_section)


def _derived_dates(section: DerivedSection) -> Iterator[str | None]:
    misc = section.misc_info_module
    if misc is None:
        return
    yield misc.version_holder
    tracking = misc.submission_tracking
    if tracking is None:
        return
    yield tracking.estimated_results_first_submit_date
    if tracking.first_mcp_info is not None and tracking.first_mcp_info.post_date_struct is not None:
        yield tracking.first_mcp_info.post_date_struct.date
    for info in tracking.submission_infos:
        yield from (info.release_date, info.unrelease_date, info.reset_date)


def _results_dates(section: ResultsSection) -> Iterator[str | None]:
    if section.outcome_measures_module is not None:
        for measure in section.outcome_measures_module.outcome_measures:
            yield measure.anticipated_posting_date


def _document_dates(section: DocumentSection) -> Iterator[str | None]:
    if section.large_document_module is not None:
        for doc in section.large_document_module.large_docs:
            yield doc.date


def _annotation_dates(section: AnnotationSection) -> Iterator[str | None]:
    module = section.annotation_module
    if module is None:
        return
    if module.unposted_annotation is not None:
        for unposted in module.unposted_annotation.unposted_events:
            yield unposted.date
    if module.violation_annotation is not None:
        for event in module.violation_annotation.violation_events:
            yield from (event.creation_date, event.issued_date, event.release_date, event.posted_date)
