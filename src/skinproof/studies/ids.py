"""The ids a record names: other registrations of a trial, papers a registry record cites, trials a paper names."""

from collections.abc import Iterator

from skinproof.model.links import IdRow
from skinproof.model.paper import Paper
from skinproof.model.record import StudyRecord
from skinproof.studies.documents import StudyText
from skinproof.studies.registers import NamedId, field_ids, named_ids, placeholder

RULE = "ids/1"
"""Which ids are read from which fields."""

_GIVEN = 200
_IDENT = "protocolSection.identificationModule."
_REFERENCES = "protocolSection.referencesModule.references"
_REGISTRY_TYPES = ("REGISTRY", "EUDRACT_NUMBER", "CTIS")
_PLACES = {"title": "title", "summary": "abstract", "description": "abstract", "keyword": "keyword"}


def study_ids(record: StudyRecord) -> list[IdRow]:
    """The ids of other registers and of papers in a registry record. Ids of grants and of sponsors are left out; what
    claims to be a registry's id and is none stays, with the reason."""
    ident = record.protocol_section.identification_module
    rows: list[IdRow] = []
    own = ident.nct_id
    if (org := ident.org_study_id_info) is not None and org.id:
        rows += _field_rows("org", f"{_IDENT}orgStudyIdInfo.id", org.id, claimed=False, own=own)
    for i, info in enumerate(ident.secondary_id_infos):
        if info.id:
            path = f"{_IDENT}secondaryIdInfos[{i}].id"
            rows += _field_rows("secondary", path, info.id, claimed=info.type in _REGISTRY_TYPES, own=own)
    for i, cited in enumerate(record.protocol_section.references_module.references):
        if cited.pmid:
            path = f"{_REFERENCES}[{i}].pmid"
            rows.append(_pmid_row("reference", path, cited.pmid, str(cited.type or "")))
    return rows


def paper_ids(paper: Paper, text: StudyText) -> list[IdRow]:
    """The trial ids a paper names, and the papers it is a notice of. text: of `paper_document(paper)`."""
    rows: list[IdRow] = []
    for i, listed in enumerate(paper.registry_ids):
        path = f"registry_ids[{i}].number"
        rows += _field_rows("databank", path, listed.number, claimed=False, own=None)
    labels = {f"abstract[{i}].text": part.label or "" for i, part in enumerate(paper.abstract)}
    for field in text.fields:
        place = _PLACES.get(field.kind)
        if place is not None:
            rows += [
                _row(place, field.path, found, field.text[found.start : found.end])
                for found in named_ids(field.text, labels.get(field.path, ""))
            ]
    for i, other in enumerate(paper.corrections):
        if other.pmid:
            rows.append(_pmid_row("correction", f"corrections[{i}].pmid", other.pmid, other.kind))
    return rows


def _field_rows(place: str, path: str, text: str, *, claimed: bool, own: str | None) -> Iterator[IdRow]:
    found = field_ids(text)
    for one in found:
        if one.id != own:
            yield _row(place, path, one, text[one.start : one.end], text)
    if not found and claimed:
        note = placeholder(text) or "no id of a known register"
        yield IdRow(place, "", text[:_GIVEN], None, note, path, 0, len(text), text[:_GIVEN])


def _row(place: str, path: str, found: NamedId, quote: str, given: str | None = None) -> IdRow:
    words = (given or quote)[:_GIVEN]
    return IdRow(place, found.register, words, found.id, "", path, found.start, found.end, quote)


def _pmid_row(place: str, path: str, pmid: str, note: str) -> IdRow:
    number = pmid.strip()
    known = f"PMID:{number}" if number.isascii() and number.isdecimal() and len(number) < 10 else None
    return IdRow(place, "PubMed", pmid[:_GIVEN], known, note, path, 0, len(pmid), pmid[:_GIVEN])
