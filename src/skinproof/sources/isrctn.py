"""The ISRCTN registry's XML, and JSON lines of the same fields -> records. Facts about the source are in `isrctn.yml`."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.api_shape import (
    Notes,
    at,
    content_of,
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
from skinproof.sources.readable import numbered
from skinproof.sources.register_dates import day_of
from skinproof.sources.register_item import json_content, json_pieces, plain_names, register_item
from skinproof.sources.xml_tree import Node, xml_tree

RULE = "read.isrctn/1"

Get = Callable[..., str]
"""The readable text under a path of the trial."""

_LIST, _RECORD = "allTrials", "fullTrial"
_DIGITS = re.compile(r"\d{8}", re.ASCII)
_KEY = re.compile(rb'"isrctn"\s*:')
_PMID = re.compile(
    r"(?:pubmed\.ncbi\.nlm\.nih\.gov|www\.ncbi\.nlm\.nih\.gov/pubmed)/(\d{1,9})(?!\d)", re.ASCII
)
_URL = re.compile(r"https?://\S+")
_TYPES = {"resultsarticle": "RESULT", "results article": "RESULT"}


def detect_xml(head: bytes) -> bool:
    """Whether a text that begins like this is ISRCTN's XML."""
    return xml_starts(head, (_LIST, _RECORD))


def detect_json(head: bytes) -> bool:
    """Whether a text that begins like this holds ISRCTN's fields as JSON."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return (
        start[:1] in (b"{", b"[")
        and b'"protocolSection"' not in head
        and b'"trialDescription"' in head
        and _KEY.search(head) is not None
    )


def pieces_xml(stream: Stream, name: str, place: str, limits: Limits) -> Iterator[Value | Refusal]:
    """The text of each fullTrial."""
    yield from XmlCutter(stream, name, place, limits, records=(_RECORD,), lists=(_LIST,))


pieces_json = json_pieces


def item(data: bytes, where: str) -> RawItem:
    """The raw item of a fullTrial element, or of one JSON object. Raises: BadRecord."""
    from_json = data.lstrip()[:1] == b"{"
    content: Any = json_content(data) if from_json else plain_names(xml_tree(data))
    if not from_json and content[0] != _RECORD:
        raise BadRecord(f"an element {content[0][:40]!r} where a fullTrial should be")
    trial = _trial(content)
    digits = _text(trial.get("isrctn")).strip()
    if not digits:
        raise BadRecord("no ISRCTN number (isrctn)")
    if not _DIGITS.fullmatch(digits):
        raise BadRecord(f"isrctn should be 8 digits, found {digits[:40]!r}")
    whole = not from_json and isinstance(trial.get("participants"), dict) and "@lastUpdated" in trial
    return register_item(
        f"ISRCTN{digits}",
        content,
        "isrctn",
        "full" if whole else "partial",
        changed=_text(trial.get("@lastUpdated")),
        copied=_text(trial.get("record_last_import")),
        where=where,
    )


def read_isrctn(body: bytes) -> ReadResult:
    """The record that a canonical body of `item` holds, with an issue for each odd value.

    Raises: InputError if the body is no such content.
    """
    content = content_of(body)
    whole = content if isinstance(content, dict) else _object(content)
    trial = _trial(content)
    notes = Notes("isrctn")

    def get(*path: str) -> str:
        return notes.text(_text(at(trial, *path)))

    digits = _text(trial.get("isrctn")).strip()
    record_id = f"ISRCTN{digits}" if digits else ""
    said = get("trialDescription", "plainEnglishSummary")
    protocol = {
        "identificationModule": filled(
            nctId=record_id,
            briefTitle=get("trialDescription", "title"),
            officialTitle=get("trialDescription", "scientificTitle"),
            acronym=get("trialDescription", "acronym"),
            orgStudyIdInfo=filled(id=get("externalRefs", "protocolSerialNumber")),
            secondaryIdInfos=_other_ids(trial, notes),
        ),
        "statusModule": filled(
            overallStatus=notes.word(
                "status",
                get("trialDesign", "overallStatusOverride")
                or get("participants", "recruitmentStatusOverride"),
            ),
            whyStopped=get("trialDesign", "reasonAbandoned"),
            startDateStruct=_date(get("participants", "recruitmentStart")),
            completionDateStruct=_date(get("trialDesign", "overallEndDate")),
            studyFirstPostDateStruct=_date(
                _text(at(trial, "isrctn", "@dateAssigned"))
                or _text(trial.get("@publicIdentifierDateAssigned"))
            ),
            lastUpdatePostDateStruct=_date(_text(trial.get("@lastUpdated"))),
        ),
        "sponsorCollaboratorsModule": _sponsors(whole, notes),
        "descriptionModule": filled(
            briefSummary=said, detailedDescription=get("trialDescription", "studyHypothesis")
        ),
        "conditionsModule": _conditions(trial, notes),
        "designModule": _design(trial, notes, get),
        "armsInterventionsModule": filled(interventions=_interventions(trial, notes)),
        "outcomesModule": filled(
            primaryOutcomes=_outcomes(trial, "primaryOutcome", notes),
            secondaryOutcomes=_outcomes(trial, "secondaryOutcome", notes),
        ),
        "eligibilityModule": _eligibility(trial, notes, get),
        "contactsLocationsModule": filled(locations=_locations(trial, notes)),
        "referencesModule": filled(
            references=_references(trial, notes),
            seeAlsoLinks=[
                {"label": "Record at ISRCTN", "url": notes.facts["study_page"].format(id=record_id)},
                *(
                    {"label": "Trial website", "url": url}
                    for url in [get("trialDescription", "trialWebsite")]
                    if url
                ),
            ],
        ),
        "ipdSharingStatementModule": filled(
            ipdSharing=notes.word("sharing", get("miscellaneous", "ipdSharingPlan")),
            description=get("results", "ipdSharingStatement"),
        ),
    }
    return read_shaped({"protocolSection": filled(**protocol)}, notes.issues)


def _object(node: Node) -> Any:
    """A tree as JSON lines write it: a text, or an object of its children; attributes under `@name`."""
    children = [child for child in node[2:] if isinstance(child, list)]
    text = "".join(child for child in node[2:] if isinstance(child, str))
    if not children and not node[1]:
        return text
    found: dict[str, Any] = {f"@{name}": value for name, value in node[1].items()}
    if text.strip():
        found["#text"] = text
    for child in children:
        value = _object(child)
        known = found.get(child[0])
        found[child[0]] = (
            value if known is None else [*(known if isinstance(known, list) else [known]), value]
        )
    return found


def _trial(content: Any) -> dict[str, Any]:
    if isinstance(content, dict):
        return content
    trial = at(_object(content), "trial")
    return trial if isinstance(trial, dict) else {}


def _text(value: Any) -> str:
    """The text of a value: itself, or what stands beside its attributes."""
    if isinstance(value, dict):
        value = value.get("#text")
    return value if isinstance(value, str) else ""


def _each(value: Any, *path: str) -> list[Any]:
    """What stands under a path, once or several times."""
    found = at(value, *path)
    return found if isinstance(found, list) else [] if found in (None, "") else [found]


def _date(text: str) -> dict[str, str]:
    return filled(date=day_of(text, day_first=True).text)


def _other_ids(trial: dict[str, Any], notes: Notes) -> list[dict[str, Any]]:
    refs = trial.get("externalRefs")
    given: dict[str, dict[str, Any]] = {}
    for name, extra in (
        ("clinicalTrialsGovNumber", {"type": "REGISTRY", "domain": "ClinicalTrials.gov"}),
        ("eudraCTNumber", {"type": "EUDRACT_NUMBER"}),
        ("ctisNumber", {"type": "CTIS"}),
        ("irasNumber", {"domain": "IRAS"}),
    ):
        if number := notes.text(_text(at(refs, name))):
            given[number] = {"id": number, **extra}
    own = notes.text(_text(at(refs, "protocolSerialNumber")))
    for other in _each(refs, "secondaryNumbers", "secondaryNumber"):
        number = notes.text(_text(other) or _text(at(other, "@number")))
        if number and number != own:
            given.setdefault(number, filled(id=number, domain=notes.text(_text(at(other, "@numberType")))))
    return list(given.values())


def _sponsors(whole: Any, notes: Notes) -> dict[str, Any]:
    def one(value: Any) -> dict[str, Any]:
        name = notes.text(_text(at(value, "organisation"))) or notes.text(_text(at(value, "name")))
        kind = notes.word("sponsor", notes.text(_text(at(value, "sponsorType"))))
        return filled(**{"name": name, "class": kind})

    sponsors = [found for value in _each(whole, "sponsor") if (found := one(value)).get("name")]
    funders = [found for value in _each(whole, "funder") if (found := one(value)).get("name")]
    names = {sponsors[0]["name"]} if sponsors else set()
    others = []
    for found in (*sponsors[1:], *funders):
        if found["name"] not in names:
            names.add(found["name"])
            others.append(found)
    return filled(leadSponsor=sponsors[0] if sponsors else None, collaborators=others)


def _conditions(trial: dict[str, Any], notes: Notes) -> dict[str, Any]:
    found = _each(trial, "conditions", "condition")
    return filled(
        conditions=unique([notes.text(_text(at(one, "description"))) for one in found]),
        keywords=unique(
            [notes.text(_text(at(one, part))) for one in found for part in ("diseaseClass1", "diseaseClass2")]
        ),
    )


def _design(trial: dict[str, Any], notes: Notes, get: Get) -> dict[str, Any]:
    design = trial.get("trialDesign")
    kinds = [
        notes.text(_text(one))
        for one in _each(design, "trialTypes", "trialType") + _each(design, "trialType")
    ]
    second = get("trialDesign", "secondaryStudyDesign")
    known = notes.facts["words"]
    phases = unique(
        [notes.text(_text(at(one, "phase"))) for one in _each(trial, "interventions", "intervention")]
    )
    reached, target = get("participants", "totalFinalEnrolment"), get("participants", "targetEnrolment")
    return filled(
        studyType=notes.word("study_type", get("trialDesign", "primaryStudyDesign")),
        phases=[word for phase in phases for word in _phases(phase, notes)],
        designInfo=filled(
            allocation=known["allocation"].get(second.lower()),
            interventionModel=known["model"].get(second.lower()),
            interventionModelDescription="\n".join(unique([get("trialDesign", "studyDesign"), second])),
            primaryPurpose=notes.word("purpose", ", ".join(unique(kinds))),
        ),
        enrollmentInfo=filled(
            count=whole_number(reached or target),
            type=("ACTUAL" if reached else "ESTIMATED") if reached or target else None,
        ),
    )


def _phases(text: str, notes: Notes) -> list[Any]:
    """`Phase II/III` is two phases."""
    first, *more = text.split("/")
    return [notes.word("phase", part) for part in (first, *(f"Phase {part}" for part in more))]


def _interventions(trial: dict[str, Any], notes: Notes) -> list[dict[str, Any]]:
    found = (
        filled(
            type=notes.word("intervention", notes.text(_text(at(one, "interventionType")))),
            name=notes.text(_text(at(one, "drugNames"))),
            description=notes.text(_text(at(one, "description"))),
        )
        for one in _each(trial, "interventions", "intervention")
    )
    return [one for one in found if one]


def _outcomes(trial: dict[str, Any], name: str, notes: Notes) -> list[dict[str, Any]]:
    parts = []
    for holder in (trial, trial.get("trialDescription")):
        for one in _each(holder, f"{name}s", "outcomeMeasure"):
            variable, method, times = (
                notes.text(_text(at(one, key))) for key in ("variable", "method", "timepoints")
            )
            if isinstance(one, str):
                variable = notes.text(one)
            parts.append(filled(measure=variable, description=method, timeFrame=times))
    said = [part for part in parts if part]
    if said:
        return said
    return [{"measure": part} for part in numbered(notes.text(_text(at(trial, "trialDescription", name))))]


def _eligibility(trial: dict[str, Any], notes: Notes, get: Get) -> dict[str, Any]:
    inclusion, exclusion = get("participants", "inclusion"), get("participants", "exclusion")
    people = trial.get("participants")
    kinds = {
        notes.text(_text(one)).lower()
        for one in _each(people, "participantTypes", "participantType") + _each(people, "participantType")
    } - {""}
    ages = notes.word("age", get("participants", "ageRange"))
    return filled(
        eligibilityCriteria="\n\n".join(
            f"{heading}:\n{text}"
            for heading, text in (("Inclusion criteria", inclusion), ("Exclusion criteria", exclusion))
            if text
        ),
        healthyVolunteers="healthy volunteer" in kinds if kinds & {"healthy volunteer", "patient"} else None,
        sex=notes.word("sex", get("participants", "gender")),
        minimumAge=_age(at(people, "lowerAgeLimit"), notes),
        maximumAge=_age(at(people, "upperAgeLimit"), notes),
        stdAges=ages if isinstance(ages, list) else [ages] if ages else [],
    )


def _age(value: Any, notes: Notes) -> str:
    """The text, or the number and unit that its attributes give."""
    if text := notes.text(_text(value)):
        return text
    number, unit = _text(at(value, "@value")), _text(at(value, "@unit"))
    return f"{number.removesuffix('.0')} {unit}" if number and unit else ""


def _locations(trial: dict[str, Any], notes: Notes) -> list[dict[str, Any]]:
    people = trial.get("participants")
    sites = [
        filled(
            facility=notes.text(_text(at(one, "name"))),
            **{key: notes.text(_text(at(one, key))) for key in ("city", "state", "zip", "country")},
        )
        for one in _each(people, "trialCentres", "trialCentre")
    ]
    named = {site.get("country") for site in sites}
    countries = unique([notes.text(_text(one)) for one in _each(people, "recruitmentCountries", "country")])
    return [*filter(None, sites), *({"country": country} for country in countries if country not in named)]


def _references(trial: dict[str, Any], notes: Notes) -> list[dict[str, Any]]:
    """Papers: the lines of publicationDetails, and the outputs that lead to an address."""
    lines = [(line, "") for line in notes.text(_text(at(trial, "results", "publicationDetails"))).split("\n")]
    for output in _each(trial, "outputs", "output"):
        link = at(output, "externalLink")
        url = _text(at(link, "@url")) or _text(link)
        if url.strip():
            kind = _text(at(output, "@outputType"))
            words = " ".join(filter(None, (kind, notes.text(_text(at(output, "description"))), url.strip())))
            lines.append((words, kind))
    found: dict[str, dict[str, Any]] = {}
    for line, kind in lines:
        url_found = _URL.search(line)
        key = url_found[0] if url_found else line
        if not line.strip() or key in found:
            continue
        pmid = _PMID.search(line)
        named = next((known for words, known in _TYPES.items() if words in (kind or line).lower()), None)
        found[key] = filled(pmid=pmid[1] if pmid else None, type=named, citation=line.strip())
    return list(found.values())
