"""What the clocks read of a record: dates, regulation, places, ids, and what happened to its results by a day."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Literal

import msgspec

from skinproof.model.dates import PartialDate
from skinproof.model.fields import UnpostedEventType
from skinproof.model.record import PartialDateStruct, StudyRecord
from skinproof.model.sections import UnpostedEvent

Answer = Literal["yes", "no", "unknown"]

RULE_FROM = date(2017, 1, 18)
"""42 CFR 11 counts trials that start, and results of unapproved products whose primary completion is, from here on."""
STATUTE_FROM = date(2007, 9, 27)
STATUTE_ONGOING = date(2007, 12, 26)
"""FDAAA 801: trials started after its enactment, or still ongoing on this day."""

US = frozenset({
    "united states", "puerto rico", "guam", "american samoa", "virgin islands (u.s.)", "u.s. virgin islands",
    "northern mariana islands",
})  # fmt: skip
EU_EEA = frozenset({
    "austria", "belgium", "bulgaria", "croatia", "cyprus", "czech republic", "czechia", "denmark", "estonia", "finland",
    "france", "germany", "greece", "hungary", "ireland", "italy", "latvia", "lithuania", "luxembourg", "malta",
    "netherlands", "poland", "portugal", "romania", "slovakia", "slovenia", "spain", "sweden", "iceland",
    "liechtenstein", "norway",
})  # fmt: skip
_EU_NUMBER = re.compile(r"20\d\d-5\d{5}-\d\d(-\d\d)?|(19|20)\d\d-\d{6}-\d\d", re.ASCII)
_EU_RECORD = re.compile(r"20\d\d-5\d{5}-\d\d(-\d\d)?|EUCTR(19|20)\d\d-\d{6}-\d\d(-[A-Z]{2})?", re.ASCII)
_PRODUCTS = {"DRUG", "BIOLOGICAL", "GENETIC", "DEVICE", "COMBINATION_PRODUCT", "RADIATION", "DIAGNOSTIC_TEST"}
_DONE = ("COMPLETED", "TERMINATED")

_STATUS, _OVER = "protocolSection.statusModule.", "protocolSection.oversightModule."
_PATHS = {
    "type": "protocolSection.designModule.studyType",
    "drug": f"{_OVER}isFdaRegulatedDrug", "device": f"{_OVER}isFdaRegulatedDevice", "export": f"{_OVER}isUsExport",
    "phases": "protocolSection.designModule.phases",
    "purpose": "protocolSection.designModule.designInfo.primaryPurpose",
    "start": f"{_STATUS}startDateStruct", "primary": f"{_STATUS}primaryCompletionDateStruct",
    "completion": f"{_STATUS}completionDateStruct", "status": f"{_STATUS}overallStatus",
    "countries": "protocolSection.contactsLocationsModule.locations[].country",
    "removed": "derivedSection.miscInfoModule.removedCountries",
    "delay": f"{_STATUS}dispFirstSubmitDate", "waived": f"{_STATUS}resultsWaived", "results": "hasResults",
    "events": "annotationSection.annotationModule.unpostedAnnotation.unpostedEvents",
    "ids": "protocolSection.identificationModule.secondaryIdInfos",
    "ages": "protocolSection.eligibilityModule.stdAges",
}  # fmt: skip


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules ask for; None: the record does not say.

    completed, ended: whether primary completion, and the end, have happened rather than been planned. posted: None where
    the version does not tell. submitted: words, or "". sent: the day results were first submitted. delay_told: a
    certificate or extension is on record; delay_filed: its day. papers: cited as results. values: fields as printed.
    """

    study_type: str | None
    status: str | None
    drug: bool | None
    device: bool | None
    export: bool | None
    phases: tuple[str, ...]
    purpose: str | None
    intervention_types: frozenset[str]
    start: PartialDate | None
    primary: PartialDate | None
    completion: PartialDate | None
    completed: bool
    ended: bool
    countries: frozenset[str]
    removed: frozenset[str]
    posted: bool | None
    submitted: str
    sent: date | None
    waived: bool
    delay_told: bool
    delay_filed: date | None
    eu_number: bool
    in_eu_register: bool
    children: Literal["no", "some", "only"]
    papers: int
    values: dict[str, str | None]

    def used(self, names: Iterable[str]) -> tuple[tuple[str, str | None], ...]:
        """(path, value) of some fields."""
        return tuple((_PATHS[name], self.values[name]) for name in names)

    @property
    def ind_unknown(self) -> str:
        """What no public record tells of a trial without a US site."""
        if self.countries & US or self.export:
            return ""
        return "whether the trial runs under a US investigational permit (IND or IDE): that is not public"


def read_facts(record: StudyRecord, as_of: date) -> Facts:
    """The facts as they stood on a day; what the record dates later is not counted."""
    protocol = record.protocol_section
    status, over, design = protocol.status_module, protocol.oversight_module, protocol.design_module
    misc = record.derived_section.misc_info_module if record.derived_section else None
    removed = tuple(misc.removed_countries) if misc else ()
    posted = _posted(record, as_of)
    submitted, events = _submitted(record, as_of)
    sent = _day(status.results_first_submit_date)
    if not submitted and not posted and sent is not None and sent <= as_of:
        submitted = f"results were submitted on {sent.isoformat()} and are not posted yet"
    filed = _day(status.disp_first_submit_date)
    filed = filed if filed is not None and filed <= as_of else None
    ids = protocol.identification_module.secondary_id_infos
    numbers = [
        one.id for one in ids
        if one.id and (one.type in ("EUDRACT_NUMBER", "CTIS") or _EU_NUMBER.fullmatch(one.id.strip()))
    ]  # fmt: skip
    ages = protocol.eligibility_module.std_ages
    children: Literal["no", "some", "only"] = "no"
    if "CHILD" in ages:
        children = "only" if set(ages) == {"CHILD"} else "some"
    primary, completion = status.primary_completion_date_struct, status.completion_date_struct
    return Facts(
        study_type=record.study_type, status=status.overall_status, drug=over.is_fda_regulated_drug,
        device=over.is_fda_regulated_device, export=over.is_us_export, phases=tuple(design.phases),
        purpose=record.design_info.primary_purpose,
        intervention_types=frozenset(item.type for item in record.interventions if item.type),
        start=_date(status.start_date_struct), primary=_date(primary), completion=_date(completion),
        completed=_happened(primary if _date(primary) else completion, status.overall_status),
        ended=_happened(completion, status.overall_status),
        countries=frozenset(name.lower() for name in record.countries),
        removed=frozenset(name.lower() for name in removed), posted=posted, submitted=submitted, sent=sent,
        waived=status.results_waived is True, delay_told=filed is not None or status.delayed_posting is True,
        delay_filed=filed, eu_number=bool(numbers) or bool(_EU_RECORD.fullmatch(record.nct_id)),
        in_eu_register=bool(_EU_RECORD.fullmatch(record.nct_id)), children=children,
        papers=sum(one.type in ("RESULT", "DERIVED") for one in protocol.references_module.references),
        values={
            "type": record.study_type, "drug": _yes_no(over.is_fda_regulated_drug),
            "device": _yes_no(over.is_fda_regulated_device), "export": _yes_no(over.is_us_export),
            "phases": _list(design.phases), "purpose": record.design_info.primary_purpose,
            "start": _printed(status.start_date_struct), "primary": _printed(primary),
            "completion": _printed(completion), "status": status.overall_status,
            "countries": _list(record.countries), "removed": _list(removed),
            "delay": status.disp_first_submit_date or (_yes_no(status.delayed_posting) and "delayedPosting"),
            "waived": _yes_no(status.results_waived), "results": _yes_no(record.has_results), "events": events or None,
            "ids": _list(one.id for one in ids if one.id), "ages": _list(ages),
        },
    )  # fmt: skip


def us_applicable(facts: Facts) -> tuple[Answer, str, list[str]]:
    """Whether US law asks for results, why (of `no`) or what is open (of `unknown`), and the keys of the rules used."""
    keys = ["us_applies"]
    if facts.study_type is not None and facts.study_type != "INTERVENTIONAL":
        return "no", "the study is not interventional", keys
    if facts.status == "WITHDRAWN":
        return "no", "the study was withdrawn before anyone took part", keys
    if facts.drug is False and facts.device is False:
        return "no", "the record says that no drug and no device in it is FDA-regulated", keys
    drug, device = _drug_trial(facts), _device_trial(facts)
    if drug == device == "no":
        return "no", _phase_words(facts), keys
    open_facts = []
    if facts.study_type is None:
        open_facts.append("the kind of study")
    product: Answer = "yes" if "yes" in (drug, device) else "unknown"
    if product == "unknown":
        open_facts.append("whether its product is FDA-regulated, or its phase")
    place: Answer = "yes" if facts.countries & US or facts.export else "unknown"
    if place == "unknown" and facts.removed & US:
        open_facts.append("whether the US site that was removed had taken part")
    age, words = _age(facts, keys)
    if age == "no":
        return "no", words, keys
    if words:
        open_facts.append(words)
    firm = age == product == place == "yes" and facts.study_type is not None
    return ("yes", "", keys) if firm else ("unknown", "; ".join(open_facts), keys)


def _age(facts: Facts, keys: list[str]) -> tuple[Answer, str]:
    """Whether the trial is new enough for the rules, and what is open."""
    if facts.start is None:
        return "unknown", "when the study started"
    end = facts.primary or facts.completion
    if (
        facts.start.latest() < STATUTE_FROM
        and end is not None
        and facts.completed
        and end.latest() < STATUTE_ONGOING
    ):
        keys.append("us_before_rule")
        return "no", "the study started and ended before the law"
    if facts.start.earliest() >= RULE_FROM:
        return "yes", ""
    keys.append("us_before_rule")
    if end is not None and end.earliest() < RULE_FROM:
        keys.append("us_unapproved")
        return "unknown", "whether the product was approved: the trial is older than the rules of 2017"
    if (
        facts.intervention_types
        and not facts.intervention_types & _PRODUCTS
        and facts.drug is facts.device is None
    ):
        return (
            "unknown",
            "whether what is given is a drug or device: the trial started before the rules of 2017",
        )
    return (
        "unknown",
        "whether the statute binds a trial that started before the rules of 2017; registries' trackers call it probable",
    )


def _drug_trial(facts: Facts) -> Answer:
    phase_one = bool(facts.phases) and set(facts.phases) <= {"PHASE1", "EARLY_PHASE1"}
    if facts.drug is False or phase_one:
        return "no"
    return "yes" if facts.drug and facts.phases else "unknown"


def _device_trial(facts: Facts) -> Answer:
    if facts.device is False or facts.purpose == "DEVICE_FEASIBILITY":
        return "no"
    if facts.device:
        return "yes" if facts.purpose else "unknown"
    # Records from before 2017 have no such field; a trial of drugs alone is then no trial of a device.
    types = facts.intervention_types
    return "unknown" if not types or types & {"DEVICE", "COMBINATION_PRODUCT", "DIAGNOSTIC_TEST"} else "no"


def _phase_words(facts: Facts) -> str:
    if facts.purpose == "DEVICE_FEASIBILITY":
        return "a feasibility trial of a device is not covered"
    if facts.phases and set(facts.phases) <= {"PHASE1", "EARLY_PHASE1"}:
        return "a phase 1 trial of a drug is not covered"
    return "neither a covered drug nor a covered device is tested, as far as the record tells"


def eu_trial(facts: Facts) -> tuple[Answer, str]:
    """Whether EU law asks for a summary of results, and why (of `no`) or what is open."""
    if facts.study_type is not None and facts.study_type != "INTERVENTIONAL":
        return "no", "the study is not interventional"
    if facts.status == "WITHDRAWN":
        return "no", "the study was withdrawn before anyone took part"
    if facts.eu_number:
        return "yes", ""
    if facts.countries and not facts.countries & EU_EEA and not facts.removed & EU_EEA:
        return "no", "the record lists sites, and none in the EU or EEA"
    return "unknown", "whether it is a trial of a medicine in the EU: the record gives no EU number"


def _posted(record: StudyRecord, as_of: date) -> bool | None:
    status = record.protocol_section.status_module
    struct = status.results_first_post_date_struct
    day = _day(struct.date) if struct else None
    if day is not None:
        return day <= as_of
    if record.results_section is not None or record.has_results:
        return True
    return record.has_results


def _submitted(record: StudyRecord, as_of: date) -> tuple[str, str]:
    """Words of results that were sent in and are not posted, or "", and the events as printed."""
    found = _events(record)
    state, printed = "", []
    for event in found:
        day = _day(event.date)
        if day is not None and day > as_of:
            continue
        on = f" on {day.isoformat()}" if day else ", on a day that is not known"
        printed.append(f"{event.type or 'event'} {event.date or 'day not known'}")
        if event.type == "RELEASE":
            state = f"results were submitted{on} and are under review"
        elif event.type == "RESET":
            state = f"results were submitted and returned for corrections{on}"
        elif event.type == "UNRELEASE":
            state = ""
    return state, "; ".join(printed)


def _events(record: StudyRecord) -> tuple[UnpostedEvent, ...]:
    """What was sent in, taken back or returned, oldest first: as the registry notes it, else as it tracks submissions."""
    section = record.annotation_section
    module = section.annotation_module if section else None
    if module and module.unposted_annotation and module.unposted_annotation.unposted_events:
        return module.unposted_annotation.unposted_events
    misc = record.derived_section.misc_info_module if record.derived_section else None
    tracked = misc.submission_tracking.submission_infos if misc and misc.submission_tracking else ()
    found: list[UnpostedEvent] = []
    for one in tracked:
        days: tuple[tuple[UnpostedEventType, str | None], ...] = (
            ("RELEASE", one.release_date), ("UNRELEASE", one.unrelease_date), ("RESET", one.reset_date),
        )  # fmt: skip
        found += [UnpostedEvent(type=kind, date=day) for kind, day in days if day]
    return tuple(found)


def _happened(struct: PartialDateStruct | None, status: str | None) -> bool:
    """Whether a date is of something that happened; where it does not say, whether the study is over."""
    if struct is None or struct.date is None:
        return False
    return struct.type == "ACTUAL" or (struct.type is None and status in _DONE)


def _date(struct: PartialDateStruct | None) -> PartialDate | None:
    return _partial(struct.date) if struct else None


def _partial(text: str | None) -> PartialDate | None:
    try:
        return PartialDate.parse(text) if text else None
    except ValueError:  # the reader has listed it as an issue
        return None


def _day(text: str | None) -> date | None:
    """The last day that a registry day can mean."""
    found = _partial(text)
    return found.latest() if found else None


def _printed(struct: PartialDateStruct | None) -> str | None:
    if struct is None or struct.date is None:
        return None
    return f"{struct.date} ({struct.type.lower()})" if struct.type else struct.date


def _list(values: Iterable[str]) -> str | None:
    return ", ".join(values) or None


def _yes_no(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"
