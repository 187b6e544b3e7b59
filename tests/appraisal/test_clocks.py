"""Clocks against cases worked out by hand from the rules; a wrong flag would accuse a sponsor."""

from datetime import date
from typing import Any

import msgspec
import pytest

from skinproof.appraisal.clocks import GRACE_DAYS, add_months, clocks, load_bases
from skinproof.model.record import StudyRecord

FIRM = {
    "designModule": {
        "studyType": "INTERVENTIONAL",
        "phases": ["PHASE2"],
        "designInfo": {"primaryPurpose": "TREATMENT"},
    },
    "oversightModule": {"isFdaRegulatedDrug": True, "isFdaRegulatedDevice": False},
    "contactsLocationsModule": {"locations": [{"country": "United States"}]},
}


def record(status: dict[str, Any], *, top: dict[str, Any] | None = None, **modules: Any) -> StudyRecord:
    """A synthetic record: a firm applicable trial that started in 2018 and ended on 2020-03-15, unless told otherwise."""
    base = {
        "overallStatus": "COMPLETED",
        "startDateStruct": {"date": "2018-01-10", "type": "ACTUAL"},
        "primaryCompletionDateStruct": {"date": "2020-03-15", "type": "ACTUAL"},
    }
    protocol = {
        "identificationModule": {"nctId": "NCT99999901", "briefTitle": "Synthetic"},
        "statusModule": base | status,
        **(FIRM | modules),
    }
    return msgspec.convert({"protocolSection": protocol, "hasResults": False, **(top or {})}, StudyRecord)


def us(made: StudyRecord, day: str) -> Any:
    return clocks(made, date.fromisoformat(day)).legal_us


@pytest.mark.parametrize(
    ("day", "state", "late"),
    [
        ("2021-03-14", "not_due", None),
        ("2021-03-15", "due", None),
        ("2021-04-14", "due", (30, 30)),
        ("2021-04-15", "overdue", (31, 31)),
    ],
)
def test_results_are_due_a_year_after_primary_completion(day: str, state: str, late: Any) -> None:
    """42 CFR 11.44(a); for 30 days after it late cannot be told from not yet posted (11.52)."""
    found = us(record({}), day)
    assert (found.applies, found.state, found.due, found.late_days) == (
        "yes",
        state,
        ("2021-03-15", "2021-03-15"),
        late,
    )
    assert GRACE_DAYS == 30 and not found.rough


def test_a_month_gives_both_bounds_and_a_flag() -> None:
    """2020-02 ends on the 29th; the year after has no such day."""
    made = record({"primaryCompletionDateStruct": {"date": "2020-02", "type": "ACTUAL"}})
    found = us(made, "2021-06-30")
    assert found.rough and found.due == ("2021-02-01", "2021-02-28")
    assert (found.state, found.late_days) == ("overdue", (122, 149))
    within = us(made, "2021-02-10")
    assert (within.state, within.late_days) == ("due", (0, 9))


@pytest.mark.parametrize(
    ("change", "applies"),
    [
        ({}, "yes"),
        ({"designModule": FIRM["designModule"] | {"studyType": "OBSERVATIONAL"}}, "no"),
        ({"designModule": FIRM["designModule"] | {"phases": ["PHASE1"]}}, "no"),
        ({"designModule": FIRM["designModule"] | {"phases": ["PHASE1", "PHASE2"]}}, "yes"),
        ({"designModule": FIRM["designModule"] | {"phases": ["EARLY_PHASE1"]}}, "no"),
        ({"designModule": FIRM["designModule"] | {"phases": []}}, "unknown"),
        ({"oversightModule": {"isFdaRegulatedDrug": False, "isFdaRegulatedDevice": False}}, "no"),
        ({"oversightModule": {}}, "unknown"),
        ({"contactsLocationsModule": {"locations": [{"country": "China"}]}}, "unknown"),
        ({"contactsLocationsModule": {}}, "unknown"),
        ({"contactsLocationsModule": {"locations": [{"country": "Puerto Rico"}]}}, "yes"),
        (
            {
                "contactsLocationsModule": {"locations": [{"country": "China"}]},
                "oversightModule": {"isFdaRegulatedDrug": True, "isUsExport": True},
            },
            "yes",
        ),
    ],
)
def test_us_law_binds_by_the_fields_of_the_checklist(change: dict[str, Any], applies: str) -> None:
    """42 CFR 11.22(b); no US site is `unknown`, because the IND is not public."""
    found = us(record({}, **change), "2022-01-01")
    assert found.applies == applies
    assert (found.state == "does_not_apply") == (applies == "no")
    if applies == "unknown":
        assert found.unknown and found.state == "overdue"


def test_a_feasibility_trial_of_a_device_is_not_covered() -> None:
    design = FIRM["designModule"] | {"phases": ["NA"], "designInfo": {"primaryPurpose": "DEVICE_FEASIBILITY"}}
    over = {"isFdaRegulatedDrug": False, "isFdaRegulatedDevice": True}
    assert us(record({}, designModule=design, oversightModule=over), "2022-01-01").applies == "no"


def test_no_us_site_names_the_permit_that_nobody_can_see() -> None:
    found = us(record({}, contactsLocationsModule={"locations": [{"country": "Iran"}]}), "2022-01-01")
    assert any("IND" in text for text in found.unknown)
    assert ("protocolSection.contactsLocationsModule.locations[].country", "Iran") in [
        (f.path, f.value) for f in found.fields
    ]


@pytest.mark.parametrize(
    ("filed", "day", "state", "due"),
    [
        ("2021-03-01", "2022-01-01", "delay_certified", ("2021-03-15", "2023-03-01")),
        ("2021-03-01", "2023-03-01", "delay_certified", ("2021-03-15", "2023-03-01")),
        ("2021-03-01", "2023-03-20", "due", ("2021-03-15", "2023-03-01")),
        ("2021-03-01", "2023-04-01", "overdue", ("2021-03-15", "2023-03-01")),
        ("2021-03-16", "2022-01-01", "overdue", ("2021-03-15", "2021-03-15")),
        ("2020-04-01", "2021-02-01", "delay_certified", ("2021-03-15", "2022-04-01")),
    ],
)
def test_a_certificate_delays_for_two_years_from_its_own_day(
    filed: str, day: str, state: str, due: Any
) -> None:
    """42 CFR 11.44(b), (c): not three years from completion; one filed after the deadline delays nothing."""
    found = us(record({"dispFirstSubmitDate": filed}), day)
    assert (found.state, found.due) == (state, due)


def test_a_certificate_of_later_days_was_not_there_yet() -> None:
    assert us(record({"dispFirstSubmitDate": "2022-01-01"}), "2021-06-01").state == "overdue"


def test_a_delay_without_its_day_can_last_three_years_at_most() -> None:
    """A certificate must come by the deadline, and lasts two years."""
    made = record({"delayedPosting": True})
    assert us(made, "2023-03-15").state == "delay_certified"
    assert us(made, "2023-05-01").state == "overdue"


EVENTS = [("RELEASE", "2021-03-01"), ("RESET", "2021-04-01"), ("UNRELEASE", "2021-05-01")]


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2021-02-27", "not_due"),
        ("2021-03-20", "submitted"),
        ("2021-04-20", "submitted"),
        ("2021-05-02", "overdue"),
    ],
)
def test_results_under_review_are_not_missing_until_taken_back(day: str, state: str) -> None:
    events = [{"type": kind, "date": on} for kind, on in EVENTS]
    annotation = {"annotationModule": {"unpostedAnnotation": {"unpostedEvents": events}}}
    assert us(record({}, top={"annotationSection": annotation}), day).state == state


def test_submissions_that_the_registry_tracks_count_too() -> None:
    tracked = {
        "submissionInfos": [
            {"releaseDate": "2021-03-01"},
            {"releaseDate": "2021-06-01", "resetDate": "2021-07-01"},
        ]
    }
    derived = {"miscInfoModule": {"submissionTracking": tracked}}
    found = us(record({}, top={"derivedSection": derived}), "2021-08-01")
    assert found.state == "submitted" and "returned" in found.why


def test_posted_results_say_how_late_they_were_sent() -> None:
    made = record(
        {
            "resultsFirstSubmitDate": "2021-04-01",
            "resultsFirstPostDateStruct": {"date": "2021-05-01"},
            "primaryCompletionDateStruct": {"date": "2020-03", "type": "ACTUAL"},
        },
        top={"hasResults": True},
    )
    found = us(made, "2022-01-01")
    assert (found.state, found.late_days) == ("posted", (1, 31))
    assert us(made, "2021-04-20").state == "submitted"
    assert us(made, "2021-03-31").state == "due"


def test_a_waiver_is_said() -> None:
    assert us(record({"resultsWaived": True}), "2022-01-01").state == "waived"


def test_a_planned_date_that_passed_makes_no_flag() -> None:
    """Nobody knows whether the study was completed then."""
    made = record(
        {
            "overallStatus": "UNKNOWN",
            "primaryCompletionDateStruct": {"date": "2020-03-15", "type": "ESTIMATED"},
        }
    )
    for clock in clocks(made, date(2022, 1, 1)).all:
        assert clock.state in ("unknown", "does_not_apply")


def test_silence_is_unknown() -> None:
    """A record that says nothing is neither late nor outside the law."""
    empty = msgspec.convert(
        {"protocolSection": {"identificationModule": {"nctId": "NCT99999902"}}}, StudyRecord
    )
    for clock in clocks(empty, date(2022, 1, 1)).all:
        assert (clock.applies, clock.state) == ("unknown", "unknown")


def test_a_withdrawn_study_owes_nothing() -> None:
    for clock in clocks(record({"overallStatus": "WITHDRAWN"}), date(2025, 1, 1)).all:
        assert (clock.applies, clock.state) == ("no", "does_not_apply")


def test_an_older_trial_is_probable_and_never_certain() -> None:
    found = us(record({"startDateStruct": {"date": "2015-01"}}), "2022-01-01")
    assert (found.applies, found.state) == ("unknown", "overdue")
    assert "42 U.S.C. 282(j)" in " ".join(basis.rule for basis in found.basis)


EU_ID = {
    "nctId": "NCT99999903",
    "secondaryIdInfos": [{"id": "2019-001234-11", "type": "EUDRACT_NUMBER"}],
}


def test_eu_law_counts_from_the_end_and_cannot_be_seen_in_this_registry() -> None:
    made = record(
        {"completionDateStruct": {"date": "2020-09-30", "type": "ACTUAL"}},
        identificationModule=EU_ID,
        eligibilityModule={"stdAges": ["ADULT"]},
    )
    early, late = (clocks(made, date.fromisoformat(day)).legal_eu for day in ("2021-09-29", "2021-12-01"))
    assert (early.applies, early.state, early.due) == ("yes", "not_due", ("2021-09-30", "2021-09-30"))
    assert late.state == "unknown" and "EU register" in late.why


def test_eu_trials_with_children_have_six_months() -> None:
    end = {"completionDateStruct": {"date": "2020-08-31", "type": "ACTUAL"}}
    child = record(end, identificationModule=EU_ID, eligibilityModule={"stdAges": ["CHILD"]})
    both = record(end, identificationModule=EU_ID, eligibilityModule={"stdAges": ["CHILD", "ADULT"]})
    day = date(2020, 12, 1)
    assert clocks(child, day).legal_eu.due == ("2021-02-28", "2021-02-28")
    assert clocks(both, day).legal_eu.due == ("2021-02-28", "2021-08-31")


def test_sites_elsewhere_only_are_outside_eu_law_and_silence_is_unknown() -> None:
    assert clocks(record({}), date(2022, 1, 1)).legal_eu.applies == "no"
    assert clocks(record({}, contactsLocationsModule={}), date(2022, 1, 1)).legal_eu.applies == "unknown"
    spain = {"locations": [{"country": "Spain"}]}
    assert clocks(record({}, contactsLocationsModule=spain), date(2022, 1, 1)).legal_eu.applies == "unknown"


def test_the_norm_binds_trials_outside_the_law() -> None:
    """Most vesicle trials are phase 1 or without a US site."""
    made = record({}, designModule=FIRM["designModule"] | {"phases": ["PHASE1"]})
    found = clocks(made, date(2022, 1, 1))
    assert found.legal_us.state == "does_not_apply"
    assert (found.ethical_12m.applies, found.ethical_12m.state) == ("yes", "overdue")


def test_papers_that_the_record_cites_are_named_as_a_doubt() -> None:
    made = record({}, referencesModule={"references": [{"pmid": "1", "type": "DERIVED"}]})
    found = clocks(made, date(2022, 1, 1))
    assert any("papers" in text for text in found.ethical_12m.unknown)


def test_every_flag_names_its_rule_and_where_it_stands() -> None:
    for clock in clocks(record({}), date(2022, 1, 1)).all:
        assert clock.basis and all(basis.source.startswith("https://") for basis in clock.basis)
        assert clock.fields and clock.why
    assert set(load_bases()) >= {"us_deadline", "eu_deadline", "ethical_deadline"}


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [("2020-02-29", 12, "2021-02-28"), ("2020-08-31", 6, "2021-02-28"), ("2020-12-15", 12, "2021-12-15")],
)
def test_months_are_added_by_the_calendar(day: str, months: int, then: str) -> None:
    assert add_months(date.fromisoformat(day), months).isoformat() == then
