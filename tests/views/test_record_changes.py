"""Two versions of one record compared: each kind of change by a hand-made pair, and what must be no change."""

import copy
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skinproof.model.record import StudyRecord
from skinproof.sources.ctgov import read_ctgov
from skinproof.views.changes import change_words
from skinproof.views.record_changes import KINDS, record_changes
from skinproof.views.word_diff import SHOWN, meaning, word_diff
from tests.chance import examples

BASE: dict[str, Any] = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT99999901", "briefTitle": "Synthetic study of a scar gel"},
        "statusModule": {
            "overallStatus": "RECRUITING",
            "startDateStruct": {"date": "2021-03"},
            "primaryCompletionDateStruct": {"date": "2022-03", "type": "ESTIMATED"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Synthetic sponsor"}},
        "conditionsModule": {"conditions": ["Scar", "Keloid"]},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE1", "PHASE2"],
            "enrollmentInfo": {"count": 60, "type": "ESTIMATED"},
        },
        "armsInterventionsModule": {
            "armGroups": [
                {"label": "Gel", "type": "EXPERIMENTAL"},
                {"label": "None", "type": "NO_INTERVENTION"},
            ],
            "interventions": [{"name": "Gel", "type": "BIOLOGICAL"}],
        },
        "outcomesModule": {
            "primaryOutcomes": [{"measure": "Scar height at the end of treatment", "timeFrame": "12 weeks"}],
            "secondaryOutcomes": [{"measure": "Itch", "timeFrame": "12 weeks"}],
        },
        "contactsLocationsModule": {
            "locations": [
                {"facility": "Clinic A", "city": "Porto", "country": "Portugal"},
                {"facility": "Clinic B", "city": "Lyon", "country": "France"},
            ]
        },
        "referencesModule": {"references": [{"pmid": "1", "citation": "A paper"}]},
    },
    "hasResults": False,
}


def changed(*edits: tuple[str, Any]) -> StudyRecord:
    """The record with values set at paths of the protocol section; `/` leads to the top."""
    made = copy.deepcopy(BASE)
    for path, value in edits:
        place: Any = made if path.startswith("/") else made["protocolSection"]
        *heads, last = path.lstrip("/").split(".")
        for head in heads:
            place = place[int(head)] if isinstance(place, list) else place.setdefault(head, {})
        place[int(last) if isinstance(place, list) else last] = value
    return msgspec.convert(made, StudyRecord)


OUT = "outcomesModule.primaryOutcomes"
CASES = [
    ("statusModule.overallStatus", "COMPLETED", "status", "Status: Recruiting -> Completed"),
    ("statusModule.overallStatus", "WITHDRAWN", "stopped", "Status: Recruiting -> Withdrawn"),
    ("statusModule.whyStopped", "No funds", "stopped", "Why stopped: not reported -> No funds"),
    ("designModule.enrollmentInfo", {"count": 8, "type": "ACTUAL"}, "enrolment", "Participants: 60 planned -> 8 enrolled"),
    (
        "statusModule.primaryCompletionDateStruct", {"date": "2022-05-01", "type": "ACTUAL"}, "dates",
        "Primary completion: 2022-03 (month only, planned) -> 2022-05-01",
    ),
    (f"{OUT}.0.timeFrame", "6 weeks", "primary_outcome",
     "Time frame of primary outcome (Scar height at the end of treatment): 12 weeks -> 6 weeks"),
    (f"{OUT}.0.measure", "Scar height at the start of treatment", "primary_outcome",
     "Primary outcome reworded: Scar height at the end of treatment -> Scar height at the start of treatment"),
    (OUT, [{"measure": "Something else"}], "primary_outcome", "Primary outcome removed"),
    ("contactsLocationsModule.locations", BASE["protocolSection"]["contactsLocationsModule"]["locations"][:1], "sites",
     "Sites removed: Lyon, France -> 1 listed in all"),
    ("conditionsModule.conditions", ["Scar"], "conditions", "Conditions: Keloid -> not reported"),
    ("armsInterventionsModule.interventions.0.name", "Cream of cells", "given", "Intervention removed: Gel [Biological]"),
    ("sponsorCollaboratorsModule.leadSponsor.name", "Other sponsor", "sponsor",
     "Lead sponsor: Synthetic sponsor -> Other sponsor"),
    ("referencesModule.references.0.retractions", [{"pmid": "2"}], "retracted", "Retracted: not reported -> PMID 1"),
    ("/hasResults", True, "results", "Results posted: day not reported"),
    ("designModule.phases", ["PHASE2"], "design", "Phase: Phase 1/2 -> Phase 2"),
    ("contactsLocationsModule.overallOfficials", [{"name": "Somebody"}], "other", "Also changed: contact persons"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "kind", "words"), CASES, ids=lambda v: str(v)[:40])
def test_each_kind_of_change_is_told(path: str, value: Any, kind: str, words: str) -> None:
    found = record_changes(changed(), changed((path, value)))
    assert kind in {change.kind for change in found}
    assert any(
        words in change_words(change).replace("Results posted: not reported -> ", "Results posted: ")
        for change in found
    )
    assert all(change.field for change in found)


def test_results_posted_are_told_with_their_day() -> None:
    posted = changed(
        ("/hasResults", True), ("statusModule.resultsFirstPostDateStruct", {"date": "2023-01-02"})
    )
    (change,) = record_changes(changed(), posted)
    assert (change.kind, change.label, change.old, change.new) == (
        "results",
        "Results posted",
        None,
        "2023-01-02",
    )


def test_an_outcome_that_became_secondary_is_not_just_removed() -> None:
    """Outcome switching would look like two unrelated edits."""
    secondary = [*BASE["protocolSection"]["outcomesModule"]["secondaryOutcomes"],
                 {"measure": "Scar height at the end of treatment", "timeFrame": "12 weeks"}]  # fmt: skip
    after = changed(
        (OUT, [{"measure": "Patient satisfaction"}]), ("outcomesModule.secondaryOutcomes", secondary)
    )
    labels = {change.label for change in record_changes(changed(), after)}
    assert "Primary outcome made secondary" in labels
    assert "Secondary outcome made primary" in {c.label for c in record_changes(after, changed())}


def test_order_white_space_and_escapes_are_no_changes() -> None:
    sites = BASE["protocolSection"]["contactsLocationsModule"]["locations"]
    arms = BASE["protocolSection"]["armsInterventionsModule"]["armGroups"]
    one = changed(("descriptionModule.briefSummary", "Dose > 5 ml\n\n* first\n* second"))
    two = changed(
        ("descriptionModule.briefSummary", "Dose  \\> 5 ml\r\n first\n 1. second"),
        ("conditionsModule.conditions", ["Keloid", "Scar"]),
        ("contactsLocationsModule.locations", sites[::-1]),
        ("armsInterventionsModule.armGroups", arms[::-1]),
        ("designModule.phases", ["PHASE2", "PHASE1"]),
        ("statusModule.statusVerifiedDate", "2024-01"),
        ("statusModule.lastUpdatePostDateStruct", {"date": "2024-01-05"}),
    )
    assert record_changes(one, two) == ()


def test_names_of_persons_are_never_told() -> None:
    """Old records hold persons in the facility."""
    sites = [{"facility": "Dr Jane Roe jane@example.org", "city": "Porto", "country": "Portugal"}]
    found = record_changes(changed(), changed(("contactsLocationsModule.locations", sites)))
    assert "Jane" not in str(found) and found


def test_a_partial_record_makes_no_removals() -> None:
    """A table row that lacks a field says nothing of it."""
    thin = msgspec.convert(
        {
            "protocolSection": {
                "identificationModule": {"nctId": "NCT99999901"},
                "statusModule": {"overallStatus": "COMPLETED"},
            }
        },
        StudyRecord,
    )
    assert [c.label for c in record_changes(thin, changed(), partial=True)] == ["Status"]


def test_long_values_are_cut_and_show_the_words_that_differ() -> None:
    words = [f"word{n}" for n in range(400)]
    other = words[:]
    other[200] = "changed"
    one, two = (changed(("descriptionModule.detailedDescription", " ".join(text))) for text in (words, other))
    (change,) = record_changes(one, two)
    assert change.old is not None and len(change.old) <= SHOWN
    assert [(p.op, p.text) for p in change.pieces if p.op != "same"] == [
        ("gone", "word200"),
        ("new", "changed"),
    ]
    assert len(change.pieces[0].text) < 100


WORDS = st.lists(
    st.sampled_from(["a", "b", "c", "dose", "gel", "é", "10⁹", "<b>", "&lt;", "5"]), max_size=12
).map(" ".join)
EDITS = st.fixed_dictionaries(
    {},
    optional={
        "statusModule.overallStatus": st.sampled_from(["COMPLETED", "WITHDRAWN", "UNKNOWN"]),
        "descriptionModule.briefSummary": WORDS,
        "conditionsModule.conditions": st.lists(WORDS, max_size=4),
        OUT: st.lists(st.fixed_dictionaries({"measure": WORDS, "timeFrame": WORDS}), max_size=4),
        "armsInterventionsModule.armGroups": st.lists(
            st.fixed_dictionaries({"label": WORDS, "description": WORDS}), max_size=4
        ),
        "designModule.enrollmentInfo": st.fixed_dictionaries({"count": st.integers(0, 99)}),
    },
)


@settings(max_examples=examples(150))
@given(EDITS, EDITS)
def test_back_is_the_mirror_of_forth(one: dict[str, Any], two: dict[str, Any]) -> None:
    """A reader who compares the other way round must find the same changes."""
    before, after = changed(*one.items()), changed(*two.items())
    forth, back = record_changes(before, after), record_changes(after, before)
    assert sorted(repr((c.kind, c.field, c.old, c.new)) for c in forth) == sorted(
        repr((c.kind, c.field, c.new, c.old)) for c in back
    )
    assert record_changes(before, before) == ()
    assert {c.kind for c in forth} <= set(KINDS)


@given(WORDS, WORDS)
def test_pieces_put_together_are_the_two_texts(one: str, two: str) -> None:
    pieces = word_diff(one, two)
    for side, skipped in ((one, "new"), (two, "gone")):
        said = " ".join(p.text for p in pieces if p.op != skipped)
        if "..." not in said:
            assert said.split() == meaning(side).split()


def test_real_versions_are_compared_both_ways(shared: Path) -> None:
    """Dated versions of real records; three of them checked by hand against their texts."""
    import gzip

    held: dict[str, list[tuple[str, StudyRecord]]] = {}
    wanted = {"NCT05935098", "NCT07227597", "NCT05414032", "NCT07011550", "NCT04514484"}
    with gzip.open(shared / "data/ctgov_v2_versions.jsonl.gz", "rt") as lines:
        for line in lines:
            if line[11:22] in wanted:
                row = json.loads(line)
                record = read_ctgov(json.dumps(row["record"]).encode()).record
                held.setdefault(row["nctId"], []).append((row["lastUpdatePostDate"], record))
    assert held.keys() == wanted
    said: dict[str, set[str]] = {}
    for record_id, versions in held.items():
        ordered = [record for _, record in sorted(versions, key=lambda pair: pair[0])]
        for before, after in pairwise(ordered):
            forth, back = record_changes(before, after), record_changes(after, before)
            assert sorted(repr((c.field, c.old, c.new)) for c in forth) == sorted(
                repr((c.field, c.new, c.old)) for c in back
            )
            said.setdefault(record_id, set()).update(map(change_words, forth))
    assert "Status: Active not recruiting -> Terminated" in said["NCT05935098"]
    assert "Participants: 263 planned -> 99 enrolled" in said["NCT05935098"]
    assert sum("59 months -> Up to approximately 58 months" in words for words in said["NCT07227597"]) >= 3
    assert "Participants: 200 planned -> 102 planned" in said["NCT05414032"]
    assert "Why stopped: not reported -> FDA" in said["NCT07011550"]
    assert "Participants: 18 planned -> 8 enrolled" in said["NCT04514484"]
