"""The bundled facts-only snapshot: one row of facts -> one record in API v2 shape, and its reader.

A row holds short facts, no prose, so the wording of the record is composed here. A title says `X measured
in Y` where the row's fact is that X was only looked at, and `X for Y` where X was given: that someone was
given a thing or had it measured is a fact read from the source, not an answer of ours. What the study
counts as (agent class, role, cutaneous, aesthetic) is not in the row and is left to the tagging room.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from skinproof.errors import InputError
from skinproof.sources.ctgov import ReadResult, read_ctgov

RULE = "read.snapshot/1"

REGISTRIES: dict[str, str] = {
    "ClinicalTrials.gov": r"NCT\d{8}",
    "ANZCTR": r"ACTRN\d{14}",
    "ChiCTR": r"ChiCTR\d{10}",
    "CTRI": r"CTRI/\d{4}/\d{2}/\d{6}",
    "EudraCT": r"\d{4}-\d{6}-\d{2}",
    "IRCT": r"IRCT(\d{14}N\d+|-\d{4,6})",
    "ISRCTN": r"ISRCTN\d{8}",
    "jRCT": r"jRCT[a-z]?\d{9,10}",
    "TCTR": r"TCTR\d{11}",
    "UMIN": r"UMIN\d{9}",
    "working name": r"(?!NCT|ISRCTN|IRCT)[A-Z][A-Za-z0-9]*(-[A-Za-z0-9]+)+",
}
"""How an id of each registry looks. `IRCT-12345` is the number of a page of that registry, whose id was not
shown; a working name stands for a study whose source shows no registry number."""

STATUSES = {
    "Active, not recruiting": "ACTIVE_NOT_RECRUITING",
    "Available": "AVAILABLE",
    "Completed": "COMPLETED",
    "Enrolling by invitation": "ENROLLING_BY_INVITATION",
    "Not yet recruiting": "NOT_YET_RECRUITING",
    "Recruiting": "RECRUITING",
    "Suspended": "SUSPENDED",
    "Terminated": "TERMINATED",
    "Unknown status": "UNKNOWN",
    "Withdrawn": "WITHDRAWN",
}
PHASES = {
    "Early Phase 1": "EARLY_PHASE1",
    "Phase 1": "PHASE1",
    "Phase 2": "PHASE2",
    "Phase 3": "PHASE3",
    "Phase 4": "PHASE4",
    "Not applicable": "NA",
}
ALLOCATIONS = {"Randomized": "RANDOMIZED", "Non-Randomized": "NON_RANDOMIZED", "Not applicable": "NA"}
MASKINGS = {
    "None (Open Label)": "NONE",
    "Single": "SINGLE",
    "Double": "DOUBLE",
    "Triple": "TRIPLE",
    "Quadruple": "QUADRUPLE",
}

SUMMARY = "Facts restated from the linked source; title and wording are composed, not the registry's."
NOT_REPORTED, NOT_APPLICABLE = "not reported", "not applicable"
NOTHING_GIVEN = "nothing given"

_DETAILS = {
    "route": "Route",
    "dose": "Dose",
    "schedule": "Schedule",
    "cell_source": "Cell source",
    "donor": "Donor",
    "separation": "Separation",
    "size_or_purity": "Size or purity",
}
_STRUCTURED = {
    "phase": "phase", "status": "status", "start_year": "start", "enrollment": "enrollment",
    "allocation": "allocation", "masking": "masking", "countries": "country", "sponsor": "sponsor",
    "primary_outcome": "primary outcome",
}  # fmt: skip


def registry_of(record_id: str) -> str | None:
    """Name of the registry whose ids look like this one; None where none does."""
    return next((name for name, shape in REGISTRIES.items() if re.fullmatch(shape, record_id)), None)


def read_snapshot(body: bytes) -> ReadResult:
    """The record that `body` (made by `snapshot_record`) holds, with an issue for each odd value.

    Raises: InputError if `body` is not one JSON object, or its id is of no registry in `REGISTRIES`.
    """
    result = read_ctgov(body, any_registry_id=True)
    record_id = result.record.protocol_section.identification_module.nct_id or ""
    if registry_of(record_id) is None:
        known = ", ".join(REGISTRIES)
        raise InputError(f"registry id {record_id[:40]!r} has the shape of none of: {known}")
    return result


def snapshot_record(row: Mapping[str, str]) -> dict[str, Any]:
    """One row of facts as a record in API v2 shape; whatever the row does not hold is absent.

    `identificationModule.nctId` holds the row's registry id, of whichever registry it is.
    A word that is no registry enum value is passed on as it is, so that reading it leaves an issue.
    """
    told = {name: value for name, value in row.items() if value not in ("", NOT_REPORTED, NOT_APPLICABLE)}
    conditions = _listed(told.get("conditions"))
    given = [name for name in _listed(told.get("given")) if name != NOTHING_GIVEN]
    protocol: dict[str, dict[str, Any]] = {
        "identificationModule": {
            "nctId": row["registry_id"],
            "secondaryIdInfos": _other_ids(told),
            "briefTitle": _title(told, given, conditions),
        },
        "statusModule": {
            "overallStatus": _enum(told.get("status"), STATUSES),
            "startDateStruct": _dated(told.get("start_year")),
            "studyFirstPostDateStruct": _dated(told.get("first_posted")),
        },
        "sponsorCollaboratorsModule": {"leadSponsor": _kept({"name": told.get("sponsor")})},
        "descriptionModule": {"briefSummary": _summary(row, told)},
        "conditionsModule": {"conditions": conditions},
        "designModule": {
            "studyType": _study_type(told),
            "phases": [_enum(phase, PHASES) for phase in _listed(told.get("phase"))],
            "designInfo": _kept(
                {
                    "allocation": _enum(told.get("allocation"), ALLOCATIONS),
                    "maskingInfo": _kept({"masking": _enum(told.get("masking"), MASKINGS)}),
                }
            ),
            "enrollmentInfo": _kept({"count": _number(told.get("enrollment"))}),
        },
        "armsInterventionsModule": {
            "interventions": [_kept({"name": name, "description": _details(row)}) for name in given]
        },
        "outcomesModule": {
            "primaryOutcomes": [{"measure": measure} for measure in _listed(told.get("primary_outcome"))]
        },
        "contactsLocationsModule": {
            "locations": [{"country": country} for country in _listed(told.get("countries"))]
        },
        "referencesModule": {"seeAlsoLinks": _links(told)},
    }
    record: dict[str, Any] = {
        "protocolSection": _kept({name: _kept(module) for name, module in protocol.items()})
    }
    if "fact_date" in told:
        record["derivedSection"] = {"miscInfoModule": {"versionHolder": told["fact_date"]}}
    if told.get("has_posted_results") in ("yes", "no"):
        record["hasResults"] = told["has_posted_results"] == "yes"
    return record


def _kept(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that hold something; 0 and False are something."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _listed(cell: str | None) -> list[str]:
    return [part for part in (cell or "").split("; ") if part]


def _enum(word: str | None, table: Mapping[str, str]) -> str | None:
    """The registry's enum value for a printed word; an unknown word stays, to become an issue."""
    return None if word is None else table.get(word, word)


def _dated(date: str | None) -> dict[str, str]:
    return {} if date is None else {"date": date}


def _number(text: str | None) -> int | str | None:
    """A count as a number; anything else stays as printed, to become an issue."""
    return int(text) if text is not None and text.isdecimal() else text


def _study_type(told: Mapping[str, str]) -> str | None:
    """Only what the facts imply: `Available` is a status of expanded access alone, and phase and
    allocation are stated of interventional studies alone. Otherwise not said."""
    if told.get("status") == "Available":
        return "EXPANDED_ACCESS"
    return "INTERVENTIONAL" if "phase" in told or "allocation" in told else None


def _title(told: Mapping[str, str], given: list[str], conditions: list[str]) -> str:
    """A short phrase: `X for Y`, `X measured in Y`, or `Observation of Y` where no X is known."""
    healthy = [condition for condition in conditions if condition.startswith("healthy")]
    others = [condition for condition in conditions if condition not in healthy]
    complaint = " in ".join(_phrase(part) for part in (others, healthy) if part)
    if given:
        title = f"{_phrase(given)} for {complaint}"
    elif "measured" in told:
        title = f"{told['measured']} measured in {complaint}"
    else:
        title = f"observation of {complaint}"
    return title[0].upper() + title[1:] if title[1:2].islower() else title  # iPSC and siRNA stay


def _phrase(parts: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _details(row: Mapping[str, str]) -> str:
    """One line a fact about what was given, absence said aloud where the record was read and lacks it."""
    return "\n".join(
        f"{label}: {row[name]}."
        for name, label in _DETAILS.items()
        if row.get(name) and row[name] != NOT_APPLICABLE
    )


def _summary(row: Mapping[str, str], told: Mapping[str, str]) -> str:
    lacking = [label for name, label in _STRUCTURED.items() if row.get(name) == NOT_REPORTED]
    lines: Iterable[str | None] = (
        SUMMARY,
        f"Measured: {told['measured']}." if "measured" in told else None,
        f"Read from: {told.get('read_from', 'unknown')}, confidence {told.get('confidence', 'not stated')}.",
        f"Note: {told['note']}." if "note" in told else None,
        f"Read there and not reported: {', '.join(lacking)}." if lacking else None,
    )
    return "\n".join(line for line in lines if line)


def _other_ids(told: Mapping[str, str]) -> list[dict[str, str]]:
    other = told.get("other_id", "")
    return [{"id": other}] if other and not other.startswith("doi ") else []


def _links(told: Mapping[str, str]) -> list[dict[str, str]]:
    links = [{"label": "Source of these facts", "url": told["source_url"]}] if "source_url" in told else []
    other = told.get("other_id", "")
    if other.startswith("doi "):
        links.append({"label": "Report", "url": f"https://doi.org/{other.removeprefix('doi ')}"})
    return links
