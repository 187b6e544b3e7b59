"""ClinicalTrials.gov's CSV download: one row -> an API v2-shaped dict with exactly what the row says.

The CSV holds less than a record (no arms, no eligibility text, no date types), so what is made of it is
partial and never replaces a full version. What a row cannot be read as stays as it is, so that
`read_ctgov` notes it. Known of the download: observational designs come as `Time Perspective: p`, cut off
by the site itself. Source: https://clinicaltrials.gov/data-api/about-api/csv-download
"""

import re
from collections.abc import Mapping
from typing import Any

from skinproof.sources.api_shape import filled

COLUMNS = (
    "NCT Number", "Study Title", "Study URL", "Acronym", "Study Status", "Brief Summary", "Study Results",
    "Conditions", "Interventions", "Primary Outcome Measures", "Secondary Outcome Measures",
    "Other Outcome Measures", "Sponsor", "Collaborators", "Sex", "Age", "Phases", "Enrollment", "Funder Type",
    "Study Type", "Study Design", "Other IDs", "Start Date", "Primary Completion Date", "Completion Date",
    "First Posted", "Results First Posted", "Last Update Posted", "Locations", "Study Documents",
)  # fmt: skip
"""The columns of the full download; a user may have asked for fewer. The id column is always there."""

ID_COLUMN = COLUMNS[0]

_TYPED = re.compile(r"([A-Z_]+): (.+)", re.DOTALL)
_MASKING = re.compile(r"([A-Z_]+)(?: \(([A-Z_, ]+)\))?")
_INVERTED_COUNTRY = re.compile(r".+ of(?: the)?|occupied", re.IGNORECASE)
"""The last part of `Korea, Republic of`, `Palestinian Territory, occupied`: the country began one comma earlier."""
_WHOLE_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
_DESIGN = {
    "Allocation": "allocation",
    "Intervention Model": "interventionModel",
    "Primary Purpose": "primaryPurpose",
    "Observational Model": "observationalModel",
    "Time Perspective": "timePerspective",
}


def csv_record(row: Mapping[str, str]) -> dict[str, Any]:
    """The row as an API v2-shaped dict. Blank cells are left out; nothing is added, guessed or corrected."""

    def cell(column: str) -> str:
        value: object = row.get(column)
        return value.strip() if isinstance(value, str) else ""

    protocol = {
        "identificationModule": filled(
            nctId=cell(ID_COLUMN),
            **_ids(cell("Other IDs")),
            briefTitle=cell("Study Title"),
            acronym=cell("Acronym"),
        ),
        "statusModule": filled(
            overallStatus=cell("Study Status"),
            startDateStruct=_dated(cell("Start Date")),
            primaryCompletionDateStruct=_dated(cell("Primary Completion Date")),
            completionDateStruct=_dated(cell("Completion Date")),
            studyFirstPostDateStruct=_dated(cell("First Posted")),
            resultsFirstPostDateStruct=_dated(cell("Results First Posted")),
            lastUpdatePostDateStruct=_dated(cell("Last Update Posted")),
        ),
        "sponsorCollaboratorsModule": filled(
            leadSponsor=filled(**{"name": cell("Sponsor"), "class": cell("Funder Type")}),
            collaborators=[{"name": name} for name in _parts(cell("Collaborators"))],
        ),
        "descriptionModule": filled(briefSummary=cell("Brief Summary")),
        "conditionsModule": filled(conditions=_parts(cell("Conditions"))),
        "designModule": filled(
            studyType=cell("Study Type"),
            phases=_parts(cell("Phases")),
            designInfo=_design(cell("Study Design")),
            enrollmentInfo=filled(count=_number(cell("Enrollment"))),
        ),
        "armsInterventionsModule": filled(
            interventions=[_intervention(part) for part in _parts(cell("Interventions"))]
        ),
        "outcomesModule": filled(
            primaryOutcomes=_outcomes(cell("Primary Outcome Measures")),
            secondaryOutcomes=_outcomes(cell("Secondary Outcome Measures")),
            otherOutcomes=_outcomes(cell("Other Outcome Measures")),
        ),
        "eligibilityModule": filled(sex=cell("Sex"), stdAges=_parts(cell("Age"), ",")),
        "contactsLocationsModule": filled(locations=[_location(part) for part in _parts(cell("Locations"))]),
    }
    documents = [_document(part) for part in _parts(cell("Study Documents"))]
    return filled(
        protocolSection=filled(**protocol),
        documentSection=filled(largeDocumentModule=filled(largeDocs=documents)),
        hasResults=_yes_no(cell("Study Results")),
    )


def _parts(text: str, mark: str = "|") -> list[str]:
    return [part.strip() for part in text.split(mark) if part.strip()]


def _ids(text: str) -> dict[str, Any]:
    """The first id is the sponsor's own, as every record has one and the download puts it first."""
    parts = _parts(text)
    if not parts:
        return {}
    return filled(orgStudyIdInfo={"id": parts[0]}, secondaryIdInfos=[{"id": part} for part in parts[1:]])


def _dated(text: str) -> dict[str, str]:
    """The CSV does not say whether a date is actual or estimated."""
    return filled(date=text)


def _yes_no(text: str) -> Any:
    return {"YES": True, "NO": False}.get(text, text)


def _number(text: str) -> Any:
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


def _intervention(text: str) -> dict[str, str]:
    """`DRUG: name`; a part without a type is kept as a name (names may hold the separator)."""
    typed = _TYPED.fullmatch(text)
    return {"type": typed[1], "name": typed[2]} if typed else {"name": text}


def _outcomes(text: str) -> list[dict[str, str]]:
    """Measure, description and time frame come joined by `, ` and cannot be told apart: all is the measure."""
    return [{"measure": part} for part in _parts(text)]


def _design(text: str) -> dict[str, Any]:
    design: dict[str, Any] = {}
    for part in _parts(text):
        label, _, value = (piece.strip() for piece in part.partition(":"))
        if not value:
            continue
        if label == "Masking":
            design["maskingInfo"] = _masking(value)
        else:
            design[_DESIGN.get(label, label)] = value
    return design


def _masking(text: str) -> dict[str, Any]:
    """`DOUBLE (PARTICIPANT, INVESTIGATOR)`."""
    shape = _MASKING.fullmatch(text)
    if not shape:
        return {"masking": text}
    return filled(masking=shape[1], whoMasked=_parts(shape[2] or "", ","))


def _location(text: str) -> dict[str, str]:
    """Country last; facility, city, state and zip cannot be told apart and stay together as the facility."""
    place, comma, country = text.rpartition(", ")
    if not comma:
        return {"facility": text}
    if _INVERTED_COUNTRY.fullmatch(country):
        place, _, name = place.rpartition(", ")
        country = f"{name}, {country}"
    return filled(facility=place, country=country)


def _document(text: str) -> dict[str, Any]:
    """`Study Protocol and Statistical Analysis Plan: title, https://.../Prot_SAP_000.pdf`."""
    label, _, address = text.rpartition(", ")
    if not address.startswith("https://") or not label:
        return {"label": text}
    kind = label.partition(":")[0]
    return {
        "label": label,
        "hasProtocol": "Study Protocol" in kind,
        "hasSap": "Statistical Analysis Plan" in kind,
        "hasIcf": "Informed Consent Form" in kind,
        "filename": address.rpartition("/")[2],
    }
