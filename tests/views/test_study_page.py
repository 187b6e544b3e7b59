"""The study page: what the record says, what it does not, and where the quotes stand. The record is synthetic."""

import gzip
import json
from pathlib import Path
from typing import Any

from skinproof.model.tags import Call, Tag
from skinproof.sources.ctgov import read_ctgov
from skinproof.views.answers import field_words
from skinproof.views.facts import Section
from skinproof.views.issues import IssueLine, list_issues
from skinproof.views.studies import list_studies
from skinproof.views.study_page import StudyPage, study_page
from skinproof.views.terms import list_terms
from skinproof.views.words import phase_words
from tests.views.synthetic import STUDIES, VOCABULARY, stamp, summary

TITLE = "protocolSection.identificationModule.briefTitle"


def group(key: str, title: str) -> dict[str, str]:
    return {"id": key, "title": title}


RECORD: dict[str, Any] = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT99999901", "briefTitle": "Synthetic exosomes for acne scars"},
        "statusModule": {
            "overallStatus": "COMPLETED",
            "startDateStruct": {"date": "2019-03", "type": "ESTIMATED"},
            "studyFirstPostDateStruct": {"date": "2019-02-01", "type": "ESTIMATED"},
        },
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "designInfo": {"allocation": "RANDOMIZED", "maskingInfo": {"masking": "NONE"}},
            "enrollmentInfo": {"count": 40, "type": "ACTUAL"},
        },
        "armsInterventionsModule": {
            "armGroups": [
                {"label": "A", "type": "EXPERIMENTAL", "interventionNames": ["Biological: Exosomes"]}
            ],
            "interventions": [{"type": "BIOLOGICAL", "name": "Exosomes", "armGroupLabels": ["A"]}],
        },
        "contactsLocationsModule": {
            "centralContacts": [{"name": "Synthetic Person", "email": "person@example.org"}],
            "locations": [
                {"city": "Lyon", "country": "France"},
                {"city": "Paris", "country": "France"},
                {"city": "Lyon", "country": "France"},
            ],
        },
    },
    "resultsSection": {
        "participantFlowModule": {
            "groups": [group("FG000", "Exosomes"), group("FG001", "Saline")],
            "periods": [
                {
                    "title": "Overall Study",
                    "milestones": [
                        {"type": "STARTED", "achievements": [{"groupId": "FG000", "numSubjects": "20"}]}
                    ],
                    "dropWithdraws": [
                        {"type": "Lost to Follow-up", "reasons": [{"groupId": "FG001", "numSubjects": "2"}]}
                    ],
                }
            ],
        },
        "outcomeMeasuresModule": {
            "outcomeMeasures": [
                {
                    "type": "PRIMARY",
                    "title": "Scar score",
                    "timeFrame": "12 weeks",
                    "reportingStatus": "POSTED",
                    "paramType": "MEAN",
                    "dispersionType": "STANDARD_DEVIATION",
                    "unitOfMeasure": "points",
                    "groups": [group("OG000", "Exosomes"), group("OG001", "Saline")],
                    "denoms": [
                        {
                            "units": "Participants",
                            "counts": [
                                {"groupId": "OG000", "value": "18"},
                                {"groupId": "OG001", "value": "17"},
                            ],
                        }
                    ],
                    "classes": [
                        {
                            "categories": [
                                {
                                    "measurements": [
                                        {"groupId": "OG000", "value": "3.2", "spread": "1.1"},
                                        {"groupId": "OG001", "value": "NA", "comment": "not measured"},
                                    ]
                                }
                            ]
                        }
                    ],
                    "analyses": [
                        {"groupIds": ["OG000", "OG001"], "statisticalMethod": "t-test", "pValue": "<0.05"}
                    ],
                }
            ]
        },
        "adverseEventsModule": {
            "eventGroups": [
                {**group("EG000", "Exosomes"), "seriousNumAffected": 1, "seriousNumAtRisk": 20},
                {**group("EG001", "Saline"), "seriousNumAffected": 0, "seriousNumAtRisk": 20},
            ],
            "seriousEvents": [
                {
                    "term": "Infection",
                    "stats": [
                        {"groupId": "EG000", "numAffected": 1, "numAtRisk": 20},
                        {"groupId": "EG001", "numAffected": 0, "numAtRisk": 20},
                    ],
                }
            ],
        },
    },
    "hasResults": True,
}

TAG = Tag("agent", "agent:exosome", "given", TITLE, 10, 18, "exosomes", "agent.role/1", "in the title")
CALLS = {"ev_role": Call("therapeutic", "given in an arm", "agent.role/1")}


def page_of(record: dict[str, Any], **more: Any) -> StudyPage:
    read = read_ctgov(json.dumps(record).encode())
    assert not read.issues
    return study_page(
        summary(1, has_results=record.get("hasResults")), read.record, VOCABULARY, stamp(), **more
    )


PAGE = page_of(RECORD, tags=[TAG], calls=CALLS)


def fact(title: str, label: str, page: StudyPage = PAGE) -> str:
    sections: dict[str, Section] = {section.title: section for section in page.sections}
    return {fact.label: fact.value for fact in sections[title].facts}[label]


def test_a_quote_stands_between_the_words_around_it() -> None:
    """The reader sees why, without opening the registry."""
    (found,) = PAGE.tags
    (mention,) = found.mentions
    assert (mention.before, mention.quote, mention.after) == ("Synthetic ", "exosomes", " for acne scars")
    assert (found.label, found.role_words, mention.where) == ("Exosome", "given to people", "brief title")
    assert PAGE.calls[0].words == "given to people"


def test_dates_keep_their_precision_and_say_if_planned() -> None:
    assert fact("Status and dates", "Start") == "2019-03 (month only, planned)"
    assert fact("Status and dates", "First posted") == "2019-02-01 (estimated by the registry)"
    assert fact("Status and dates", "Completion") == "not reported"


def test_what_is_silent_reads_not_reported() -> None:
    assert fact("Design", "Primary purpose") == "not reported"
    assert fact("Design", "Design in words") == "Randomized, open label"
    assert fact("Eligibility", "Healthy volunteers") == "not reported"
    assert PAGE.summary is None
    assert PAGE.outcomes == ()


def test_sites_are_counted_by_country_and_persons_are_left_out() -> None:
    assert [(s.country, s.sites, s.cities) for s in PAGE.sites] == [("France", 3, ("Lyon", "Paris"))]
    assert "Synthetic Person" not in repr(PAGE)
    assert "example.org" not in repr(PAGE)


def test_results_are_shown_by_group_and_never_added_up() -> None:
    """A sum over groups that nobody posted would be an invented fact."""
    results = PAGE.results
    assert results is not None
    assert [(r.group, r.what, r.people) for r in results.flow] == [
        ("Exosomes", "Started", "20"),
        ("Saline", "Left: Lost to Follow-up", "2"),
    ]
    (measure,) = results.outcomes
    assert measure.unit == "mean (SD) in points"
    assert [(v.group, v.analysed, v.value) for v in measure.values] == [
        ("Exosomes", "18", "3.2 (SD 1.1)"),
        ("Saline", "17", "NA [not measured]"),
    ]
    assert measure.analyses == ("Exosomes vs Saline; t-test; p <0.05",)
    assert [(h.group, h.serious, h.deaths) for h in results.harm_groups] == [
        ("Exosomes", "1 of 20", "not reported"),
        ("Saline", "0 of 20", "not reported"),
    ]
    assert [(h.group, h.affected, h.events) for h in results.harms] == [
        ("Exosomes", "1 of 20", "not reported"),
        ("Saline", "0 of 20", "not reported"),
    ]


def test_no_results_is_said_apart_from_not_knowing() -> None:
    bare = {"protocolSection": RECORD["protocolSection"]}
    assert "not reported" in page_of(bare).results_words
    assert "No results are posted" in page_of({**bare, "hasResults": False}).results_words
    assert "does not hold them" in page_of({**bare, "hasResults": True}).results_words


def test_results_sent_in_but_not_posted_are_noted() -> None:
    noted = {
        "protocolSection": RECORD["protocolSection"],
        "annotationSection": {
            "annotationModule": {
                "unpostedAnnotation": {"unpostedEvents": [{"type": "RELEASE", "date": "2021-05-01"}]}
            }
        },
    }
    assert page_of(noted).annotations == ("2021-05-01: results submitted (not posted)",)


def test_field_names_read_as_words() -> None:
    assert field_words(TITLE) == "brief title"
    assert (
        field_words("protocolSection.outcomesModule.primaryOutcomes[1].measure")
        == "primary outcome 2, measure"
    )
    assert field_words("protocolSection.conditionsModule.conditions[0]") == "condition 1"


def test_list_rows_say_what_is_not_reported() -> None:
    listed = list_studies(STUDIES, VOCABULARY, stamp(), limit=3)
    assert (listed.total, len(listed.rows)) == (6, 3)
    first, _, third = listed.rows
    assert (first.phase, first.participants, first.start) == ("Phase 1/2", "30 enrolled", "2019-03")
    assert first.agents == "Exosome (given to people)", "source material is not what is given"
    assert (third.participants, third.phase, third.results_posted) == (
        "not reported",
        "not reported",
        "not reported",
    )


def test_phases_read_as_people_write_them() -> None:
    assert phase_words(("EARLY_PHASE1",)) == "Early phase 1"
    assert phase_words(("NA",)) == "Not applicable"
    assert phase_words(("PHASE3",)) == "Phase 3"


def test_issues_are_counted_by_kind_and_cut_to_a_limit() -> None:
    rows = [
        IssueLine(kind=kind, record_id="NCT99999901", where="x", found="y", message="z")
        for kind in ("bad_date", "suggestion", "bad_date")
    ]
    found = list_issues(rows, stamp(), limit=1)
    assert (found.total, found.kinds, len(found.rows)) == (3, {"bad_date": 2, "suggestion": 1}, 1)
    assert [row.kind for row in list_issues(rows, stamp(), kinds=["suggestion"]).rows] == ["suggestion"]
    assert set(found.meanings) == {"bad_date", "suggestion"}


def test_terms_are_found_by_label_form_and_kind() -> None:
    assert [t.id for t in list_terms(VOCABULARY, "hair-loss").rows] == ["indication:alopecia"]
    assert list_terms(VOCABULARY, kind="agent").total == 4
    assert list_terms(VOCABULARY, "nothing like it").rows == ()


def test_every_real_record_has_a_page(shared: Path) -> None:
    """Whatever a sponsor left out or filled in, the page must not fail."""
    with gzip.open(shared / "data/ctgov_v2.jsonl.gz") as stream:
        lines = [line for _, line in zip(range(150), stream, strict=False)]
    for line in lines:
        record = read_ctgov(line).record
        page = study_page(summary(1, record_id=record.nct_id), record, VOCABULARY, stamp())
        assert page.record_id == record.nct_id
        assert (page.results is None) == (record.results_section is None)
