"""EU CTIS's public JSON of a trial, today's shape and the one before June 2024 -> records. Facts are in `ctis.yml`."""

import re
from collections.abc import Iterator
from typing import Any

from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.api_shape import Notes, at, content_of, facts, filled, read_shaped, unique
from skinproof.sources.ctgov import ReadResult
from skinproof.sources.files_json import Value
from skinproof.sources.files_packed import Stream
from skinproof.sources.files_record import BadRecord
from skinproof.sources.register_dates import day_of
from skinproof.sources.register_item import json_content, json_pieces, register_item

RULE = "read.ctis/1"

_ID = re.compile(r"\d{4}-5\d{5}-\d{2}-\d{2}", re.ASCII)
_KEYS = re.compile(
    rb'"(?:ctStatus|ctPublicStatusCode|authorizedApplication|authorizedPartI|publicEvaluation)"\s*:'
)
_NUMBER = re.compile(rb'"ctNumber"\s*:')
_P = "protocolSection."


def detect(head: bytes) -> bool:
    """Whether a text that begins like this is JSON of CTIS."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] not in (b"{", b"[") or b'"protocolSection"' in head:
        return False
    return _KEYS.search(head) is not None and (
        _NUMBER.search(head) is not None or b'"ctrname":"CTIS"' in head
    )


def pieces(stream: Stream, name: str, place: str, limits: Limits) -> Iterator[Value | Refusal]:
    """The text of each trial."""
    yield from json_pieces(stream, name, place, limits)


def item(data: bytes, where: str) -> RawItem:
    """The raw item of one trial. Raises: BadRecord."""
    content = json_content(data)
    number = content.get("ctNumber")
    if not isinstance(number, str):
        page = isinstance(content.get("data"), list)
        hint = (
            "a page of search results, which holds no trial; download each trial" if page else "no ctNumber"
        )
        raise BadRecord(hint)
    if not _ID.fullmatch(number):
        raise BadRecord(f"the ctNumber should be like 2024-500000-00-00, found {number[:40]!r}")
    if not isinstance(_application(content).get("authorizedPartI"), dict):
        raise BadRecord(
            "a line of search results, which holds no trial (no authorizedPartI); download the trial"
        )
    changed, copied = content.get("lastUpdated"), content.get("record_last_import")
    return register_item(
        number,
        content,
        "ctis",
        "full",
        changed=changed if isinstance(changed, str) else None,
        copied=copied if isinstance(copied, str) else None,
        where=where,
    )


def read_ctis(body: bytes) -> ReadResult:
    """The record that a canonical body of `item` holds, with an issue for each odd value.

    Raises: InputError if the body is no such content.
    """
    content = content_of(body)
    whole: dict[str, Any] = content if isinstance(content, dict) else {}
    notes = Notes("ctis")
    application = _application(whole)
    part, states = at(application, "authorizedPartI"), _each(application, "authorizedPartsII")
    details = at(part, "trialDetails")
    names, about = at(details, "clinicalTrialIdentifiers"), at(details, "trialInformation")
    number = whole.get("ctNumber")
    people = at(about, "populationOfTrialSubjects")
    periods = _each(details, "protocolInformation", "studyDesign", "periodDetails")
    protocol = {
        "identificationModule": filled(
            nctId=number,
            briefTitle=notes.text(at(names, "publicTitle")),
            officialTitle=notes.text(at(names, "fullTitle")),
            orgStudyIdInfo=filled(id=notes.text(at(names, "shortTitle"))),
            secondaryIdInfos=_other_ids(whole, application, names, notes),
        ),
        "statusModule": _status(whole, application, about, notes),
        "sponsorCollaboratorsModule": _sponsors(whole, part, notes),
        "descriptionModule": filled(detailedDescription=_objectives(about, notes)),
        "conditionsModule": filled(
            conditions=unique(
                [
                    notes.text(at(one, "medicalCondition"))
                    for one in _each(about, "medicalCondition", "partIMedicalConditions")
                ]
            ),
            keywords=unique(
                [
                    notes.text(at(one, "termName"))
                    for one in _each(about, "medicalCondition", "meddraConditionTerms")
                ]
            ),
        ),
        "designModule": filled(
            studyType=notes.facts["study_type"],
            phases=_phases(whole, notes),
            designInfo=filled(
                interventionModelDescription="\n\n".join(
                    unique([notes.text(at(one, "description")) for one in periods])
                )
            ),
            enrollmentInfo=_enrolment(part, states),
        ),
        "armsInterventionsModule": filled(
            armGroups=[
                filled(label=notes.text(at(arm, "title")), description=notes.text(at(arm, "description")))
                for period in periods
                for arm in _each(period, "armDetails")
            ],
            interventions=_products(part, notes),
        ),
        "outcomesModule": filled(
            primaryOutcomes=_end_points(about, "primaryEndPoints", notes),
            secondaryOutcomes=_end_points(about, "secondaryEndPoints", notes),
        ),
        "eligibilityModule": filled(
            eligibilityCriteria=_criteria(about, notes),
            healthyVolunteers=_healthy(people),
            sex=_sex(people),
            stdAges=unique(
                [
                    notes.word("age", str(at(one, "ageRangeCategory") or ""))
                    for one in _each(people, "ageRanges")
                ]
            ),
        ),
        "contactsLocationsModule": filled(locations=_locations(part, states, notes)),
        "referencesModule": filled(
            seeAlsoLinks=[
                {"label": "Record at EU CTIS", "url": facts("ctis")["study_page"].format(id=number)}
            ]
        ),
    }
    record = filled(protocolSection=filled(**protocol), hasResults=_has_results(whole))
    return read_shaped(record, notes.issues)


def _application(content: dict[str, Any]) -> dict[str, Any]:
    """What holds parts I and II: the application, in the older shape the trial itself."""
    found = content.get("authorizedApplication")
    return found if isinstance(found, dict) else content


def _each(value: Any, *path: str) -> list[Any]:
    found = at(value, *path)
    return found if isinstance(found, list) else []


def _date(value: Any, kind: str | None = None) -> dict[str, Any]:
    if not isinstance(value, str) or not value.strip():
        return {}
    return filled(date=day_of(value, day_first=True).text, type=kind)


def _other_ids(whole: Any, application: Any, names: Any, notes: Notes) -> list[dict[str, Any]]:
    """Numbers of this trial elsewhere, whole; those of linked trials are not among them."""
    others = at(names, "secondaryIdentifyingNumbers")
    found: dict[str, dict[str, Any]] = {}

    def add(number: str, **extra: Any) -> None:
        if number:
            found.setdefault(number, {"id": number, **filled(**extra)})

    for key, value in others.items() if isinstance(others, dict) else ():
        if isinstance(value, dict):
            is_nct = key == "nctNumber"
            add(
                notes.text(value.get("number")),
                type="REGISTRY" if is_nct else None,
                domain="ClinicalTrials.gov" if is_nct else key,
            )
    for one in _each(others, "additionalRegistries"):
        add(notes.text(at(one, "number")), domain=notes.text(at(one, "otherRegistryName")))
    for holder, key in ((whole, "eudraCtInfo"), (application, "eudraCt")):
        add(notes.text(at(holder, key, "eudraCtCode")), type="EUDRACT_NUMBER")
    return list(found.values())


def _status(whole: dict[str, Any], application: Any, about: Any, notes: Notes) -> dict[str, Any]:
    code = next((c for name in ("ctPublicStatusCode", "ctStatus") if type(c := whole.get(name)) is int), None)
    word = whole.get("ctPublicStatusCode") or whole.get("ctPublicStatus") or whole.get("ctStatus")
    if code is not None:
        word = notes.facts["status_codes"].get(code, code)
    started = _date(whole.get("startDateEU") or whole.get("trialStartDate"), "ACTUAL")
    duration = at(about, "trialDuration")
    decided = [
        day.text
        for one in (*_each(application, "memberStatesConcerned"), *_each(whole, "memberStatesConcerned"))
        if isinstance(text := at(one, "firstDecisionDate"), str) and (day := day_of(text, day_first=True))
    ]
    submitted = [
        text
        for one in (*_each(application, "applicationInfo"), *_each(whole, "applications"))
        if at(one, "type") == "INITIAL" and isinstance(text := at(one, "submissionDate"), str)
    ]
    return filled(
        overallStatus=notes.word("status", word) if isinstance(word, str) else word,
        startDateStruct=started or _date(at(duration, "estimatedRecruitmentStartDate"), "ESTIMATED"),
        completionDateStruct=_date(
            at(duration, "estimatedGlobalEndDate") or at(duration, "estimatedEndDate"), "ESTIMATED"
        ),
        studyFirstSubmitDate=day_of(min(submitted), day_first=True).text if submitted else None,
        studyFirstPostDateStruct=filled(date=min(decided)) if decided else None,
        lastUpdatePostDateStruct=_date(whole.get("lastUpdated")),
    )


def _sponsors(whole: dict[str, Any], part: Any, notes: Notes) -> dict[str, Any]:
    """The class is kept where CTIS does not contradict it: it calls some companies non-commercial."""
    given = [*_each(part, "sponsors"), *([whole["primarySponsor"]] if "primarySponsor" in whole else [])]
    lead = next((one for one in given if at(one, "primary") is True), given[0] if given else None)
    name = notes.text(at(lead, "organisation", "name"))
    kind = notes.text(at(lead, "organisation", "type"))
    if kind.lower() == "pharmaceutical company" and at(lead, "commercial") == "Non-Commercial":
        kind = f"{kind}, Non-Commercial"
    others = unique(
        [notes.text(at(one, "organisation", "name")) for one in given if at(one, "primary") is not True]
    )
    return filled(
        leadSponsor=filled(**{"name": name, "class": notes.word("sponsor", kind)}),
        collaborators=[{"name": other} for other in others if other != name],
    )


def _objectives(about: Any, notes: Notes) -> str:
    main = notes.text(at(about, "trialObjective", "mainObjective"))
    more = _numbered(_each(about, "trialObjective", "secondaryObjectives"), "secondaryObjective", notes)
    parts = ((f"Main objective: {main}", main), ("Secondary objectives:\n" + "\n".join(more), more))
    return "\n\n".join(text for text, given in parts if given)


def _numbered(values: list[Any], key: str, notes: Notes) -> list[str]:
    """`1. text` in the order of their numbers."""
    found = [(at(one, "number"), notes.text(at(one, key))) for one in values]
    ordered = sorted(found, key=lambda pair: pair[0] if isinstance(pair[0], int) else 1 << 30)
    return [f"{number}. {text}" if isinstance(number, int) else text for number, text in ordered if text]


def _criteria(about: Any, notes: Notes) -> str:
    lists = []
    for heading, key in (
        ("Inclusion Criteria", "principalInclusionCriteria"),
        ("Exclusion Criteria", "principalExclusionCriteria"),
    ):
        if lines := _numbered(_each(about, "eligibilityCriteria", key), key, notes):
            lists.append(f"{heading}:\n\n" + "\n".join(lines))
    return "\n\n".join(lists)


def _end_points(about: Any, key: str, notes: Notes) -> list[dict[str, Any]]:
    found = _each(about, "endPoint", key)
    ordered = sorted(found, key=lambda one: n if isinstance(n := at(one, "number"), int) else 1 << 30)
    return [{"measure": text} for one in ordered if (text := notes.text(at(one, "endPoint")))]


def _phases(whole: dict[str, Any], notes: Notes) -> list[Any]:
    text = whole.get("trialPhase")
    if not isinstance(text, str) or not text.strip():
        return []
    found = notes.word("phase", re.sub(r"\)-\s+", ")- ", text))
    return found if isinstance(found, list) else [found]


def _enrolment(part: Any, states: list[Any]) -> dict[str, Any]:
    counts = [at(one, "recruitmentSubjectCount") for one in states]
    counts.append(at(part, "rowSubjectCount"))
    known = [count for count in counts if isinstance(count, int) and not isinstance(count, bool)]
    return filled(count=sum(known), type="ESTIMATED") if known else {}


def _products(part: Any, notes: Notes) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in _each(part, "products"):
        book = at(one, "productDictionaryInfo")
        substance = notes.text(at(book, "activeSubstanceName"))
        names = unique(
            [
                notes.text(text)
                for text in (
                    at(one, "productName"),
                    at(book, "prodName"),
                    substance,
                    at(one, "sponsorProductCodeEdit"),
                    at(book, "sponsorProductCode"),
                    at(book, "activeSubstanceOtherDescriptiveName"),
                )
            ]
        )
        role = notes.facts["words"]["role"].get(str(at(one, "mpRoleInTrial")))
        lines = (
            ("Role", role or ""),
            ("Active substance", substance),
            (
                "Pharmaceutical form",
                notes.text(at(one, "pharmaceuticalFormDisplay") or at(book, "pharmForm")),
            ),
            ("Strength", notes.text(at(book, "strength"))),
            ("Route", ", ".join(notes.text(route) for route in _each(one, "routes"))),
            ("Largest daily dose", _dose(one, "maxDailyDoseAmount", "doseUom", notes)),
            ("Largest total dose", _dose(one, "maxTotalDoseAmount", "doseUomTotal", notes)),
            ("Kind of product", notes.text(at(one, "otherMedicinalProduct"))),
        )
        made = filled(
            name=names[0] if names else "",
            otherNames=names[1:],
            description="\n".join(f"{label}: {text}" for label, text in lines if text),
        )
        if made:
            found.setdefault(repr(made), made)
    return list(found.values())


def _dose(product: Any, amount: str, unit: str, notes: Notes) -> str:
    """`600 mg`: CTIS names each unit twice, `mg milligram(s)`."""
    given = at(product, amount)
    number = given if isinstance(given, str) else str(given) if isinstance(given, int | float) else ""
    words = notes.text(at(product, unit))
    short, _, long = words.partition(" ")
    return f"{number.strip()} {short if '(s)' in long else words}".strip() if number.strip() and words else ""


def _sex(people: Any) -> str | None:
    women, men = at(people, "isFemaleSubjects") is True, at(people, "isMaleSubjects") is True
    return {(True, True): "ALL", (True, False): "FEMALE", (False, True): "MALE"}.get((women, men))


def _healthy(people: Any) -> bool | None:
    names = {str(at(one, "name")).lower() for one in _each(people, "clinicalTrialGroups")}
    return "healthy volunteers" in names if names & {"healthy volunteers", "patients"} else None


def _locations(part: Any, states: list[Any], notes: Notes) -> list[dict[str, Any]]:
    sites = []
    for state in states:
        country = notes.text(at(state, "mscInfo", "countryName") or at(state, "mscInfo", "mscName"))
        here = [
            filled(
                facility=notes.text(at(site, "organisationAddressInfo", "organisation", "name")),
                city=notes.text(at(site, "organisationAddressInfo", "address", "city")),
                zip=notes.text(at(site, "organisationAddressInfo", "address", "postcode")),
                country=notes.text(at(site, "organisationAddressInfo", "address", "countryName")) or country,
            )
            for site in _each(state, "trialSites")
        ]
        sites += here or [filled(country=country)]
    outside = unique([notes.text(at(one, "name")) for one in _each(part, "rowCountriesInfo")])
    return [*filter(None, sites), *({"country": name} for name in outside)]


def _has_results(whole: dict[str, Any]) -> bool | None:
    """True where results are there; False where CTIS says that none were received."""
    kinds = ("summaryResults", "laypersonResults", "clinicalStudyReports")
    if any(_each(whole, "results", kind) for kind in kinds):
        return True
    return False if whole.get("resultsFirstReceived") == "No" else None
