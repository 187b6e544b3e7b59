"""WHO ICTRP's exports (XML, CSV, the weekly file) -> records.

A row is ICTRP's copy of what a register holds, so its version is always partial: where the register's own record is
held, that one is in force. Facts about the source (terms, ids, dates, word lists) are in `ictrp.yml`.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.api_shape import (
    Notes,
    content_of,
    facts,
    filled,
    read_shaped,
    unique,
    whole_number,
)
from skinproof.sources.ctgov import ReadResult
from skinproof.sources.files_json import Value
from skinproof.sources.files_packed import Stream
from skinproof.sources.files_record import BadRecord
from skinproof.sources.files_xml import XmlCutter, xml_starts
from skinproof.sources.ictrp_words import conditions, criteria, design, interventions, objectives, outcomes
from skinproof.sources.register_dates import day_of
from skinproof.sources.register_item import json_content, register_item
from skinproof.sources.xml_tree import Node, kids, xml_tree

RULE = "read.ictrp/1"

Get = Callable[[str], str]
"""The readable text of a field."""

_LIST, _RECORD = "Trials_downloaded_from_ICTRP", "Trial"
_ID = re.compile(r"[A-Za-z][A-Za-z0-9]{0,9}[-/]?[A-Za-z0-9./-]{0,39}\d[A-Za-z0-9./-]{0,10}", re.ASCII)
"""Letters first, a number somewhere, no white space: as all ids of all registers in ICTRP are."""
_AGE = re.compile(r"(?:(>=|<=|=)\s*)?(\d{1,3}(?:\.\d)?)\s*\(?([a-z -]+?)\)?", re.IGNORECASE)
_P = "protocolSection."


def detect(head: bytes) -> bool:
    """Whether a text that begins like this is ICTRP's XML."""
    return xml_starts(head, (_LIST,)) or (xml_starts(head, (_RECORD,)) and b"<TrialID" in head)


def pieces(stream: Stream, name: str, place: str, limits: Limits) -> Iterator[Value | Refusal]:
    """The text of each row of the XML."""
    yield from XmlCutter(stream, name, place, limits, records=(_RECORD,), lists=(_LIST,))


def item(data: bytes, where: str) -> RawItem:
    """The raw item of one row: a Trial element, or a table's row as a JSON object. Raises: BadRecord."""
    content: Any = json_content(data) if data.startswith(b"{") else xml_tree(data)
    if isinstance(content, list):
        if content[0] != _RECORD:
            raise BadRecord(f"an element {content[0][:40]!r} where a Trial should be")
        _refuse_repeated(content)
    row = _row(content)
    trial_id = row.get("trialid", "").strip()
    if (fault := trial_id_fault(trial_id)) is not None:
        raise BadRecord(fault)
    changed, copied = row.get("last_refreshed_on"), row.get("export_date")
    return register_item(trial_id, content, "ictrp", "partial", changed=changed, copied=copied, where=where)


def trial_id_fault(text: str) -> str | None:
    """Why a text is no TrialID, None if it may be one."""
    if not text:
        return "no TrialID"
    return None if _ID.fullmatch(text) else f"the TrialID should be a registry's id, found {text[:40]!r}"


def _refuse_repeated(tree: Node) -> None:
    seen: set[str] = set()
    for part in kids(tree):
        if part[0] in seen:
            raise BadRecord(
                f"the element {part[0][:40]} is there twice; which value is right cannot be known"
            )
        seen.add(part[0])


def _row(content: Any) -> dict[str, str]:
    """The fields by their name in the XML, in lower case, whichever file they come from."""
    if isinstance(content, dict):
        cells = {name: text for name, text in content.items() if isinstance(text, str)}
    else:
        cells = {
            part[0]: "".join(text for text in part[2:] if isinstance(text, str)) for part in kids(content)
        }
    aliases = facts("ictrp")["aliases"]
    row: dict[str, str] = {}
    for name, text in cells.items():
        plain = name.strip().lower().replace(" ", "_")
        row[aliases.get(plain, plain)] = text
    return row


def read_ictrp(body: bytes) -> ReadResult:
    """The record that a canonical body of `item` holds, with an issue for each odd value.

    Raises: InputError if the body is no such content.
    """
    row = _row(content_of(body))
    notes = Notes("ictrp")
    text = {name: notes.text(value) for name, value in row.items()}

    def get(name: str) -> str:
        return text.get(name, "")

    trial_id = get("trialid")
    register = get("source_register")
    protocol = {
        "identificationModule": filled(
            nctId=trial_id,
            secondaryIdInfos=[{"id": other} for other in _parts(get("secondary_id")) if other != trial_id],
            briefTitle=get("public_title"),
            officialTitle=get("scientific_title"),
            acronym=get("acronym"),
        ),
        "statusModule": _status(get, notes, trial_id),
        "sponsorCollaboratorsModule": filled(
            leadSponsor=filled(name=get("primary_sponsor")),
            collaborators=[{"name": name} for name in _parts(get("secondary_sponsor"))],
        ),
        "descriptionModule": filled(
            detailedDescription=objectives(get("primary_outcome"), get("secondary_outcome"))
        ),
        "conditionsModule": conditions(get("condition")),
        "designModule": filled(
            studyType=notes.word("study_type", get("study_type")),
            patientRegistry=True if "[patient registry]" in get("study_type").lower() else None,
            phases=_phases(text.get("phase") or row.get("phase", ""), notes),
            designInfo=design(get("study_design"), notes),
            enrollmentInfo=_enrolment(get, notes),
        ),
        "armsInterventionsModule": filled(interventions=interventions(get("intervention"), notes)),
        "outcomesModule": filled(
            primaryOutcomes=outcomes(get("primary_outcome")),
            secondaryOutcomes=outcomes(get("secondary_outcome")),
        ),
        "eligibilityModule": filled(
            eligibilityCriteria=criteria(get("inclusion_criteria"), get("exclusion_criteria")),
            sex=notes.word("sex", get("inclusion_gender")),
            minimumAge=_age(get("inclusion_agemin"), notes),
            maximumAge=_age(get("inclusion_agemax"), notes),
        ),
        "contactsLocationsModule": filled(
            locations=[{"country": country} for country in _parts(get("countries"))]
        ),
        "referencesModule": filled(
            seeAlsoLinks=[
                {"label": label, "url": url}
                for label, url in (
                    (f"Record at {register or 'its register'}", get("web_address")),
                    ("Results", get("results_url_link")),
                    ("Protocol", get("results_url_protocol")),
                )
                if url
            ]
        ),
    }
    record = filled(
        protocolSection=filled(**protocol),
        derivedSection=_copied(get("export_date")),
        hasResults=notes.word("yes_no", get("results_yes_no")),
    )
    return read_shaped(record, notes.issues)


def _parts(text: str) -> list[str]:
    """ICTRP joins lists by semicolons, and repeats some."""
    return unique([part.strip() for part in text.split(";")])


def _status(get: Get, notes: Notes, trial_id: str) -> dict[str, Any]:
    first = notes.facts["dates"]["day_first"]
    start = day_of(get("date_enrollement"), day_first=trial_id.startswith(tuple(first)))
    if start.unsettled:
        notes.issue(
            "bad_date",
            _P + "statusModule.startDateStruct.date",
            get("date_enrollement"),
            "day and month cannot be told apart; the year is kept",
        )
    return filled(
        overallStatus=notes.word("status", get("recruitment_status")),
        startDateStruct=filled(date=start.text),
        completionDateStruct=_own_date(get("results_date_completed")),
        studyFirstPostDateStruct=_own_date(get("date_registration3") or get("date_registration")),
        resultsFirstPostDateStruct=_own_date(get("results_date_posted")),
    )


def _own_date(text: str) -> dict[str, str]:
    return filled(date=day_of(text, day_first=True).text)


def _copied(text: str) -> dict[str, Any]:
    day = day_of(text, day_first=True).text
    return {"miscInfoModule": {"versionHolder": day}} if day else {}


def _enrolment(get: Get, notes: Notes) -> dict[str, Any]:
    """The number reached where one is given, else the target; whether the target was reached is not said."""
    if reached := get("results_actual_enrollment"):
        return filled(count=whole_number(reached), type="ACTUAL")
    return filled(count=whole_number(get("target_size")), type=notes.word("enrolment", get("type_enrolment")))


def _phases(text: str, notes: Notes) -> list[Any]:
    known: dict[str, str] = notes.facts["words"]["phase_line"]
    lines = re.findall(r"([A-Za-z][^:\n]{0,60}\(Phase I{0,3}V?\)):\s*(yes|no|\S*)", text)
    if lines:
        return [known.get(name.lower(), name) for name, answer in lines if answer.lower() != "no"]
    found = notes.word("phase", text.strip())
    return found if isinstance(found, list) else [found] if found else []


def _age(text: str, notes: Notes) -> str:
    """`18 Years` where the unit is surely said; else as it is. Blank where there is no limit."""
    if text.lower() in notes.facts["no_limit"]:
        return ""
    found = _AGE.fullmatch(text)
    unit = notes.facts["words"]["age_unit"].get(found[3].strip().lower()) if found else None
    return f"{found[2]} {unit}" if found and unit else text
