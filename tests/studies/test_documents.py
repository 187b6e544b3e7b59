"""The text of a study: every offset leads back to the field it was registered in."""

import gzip
import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from skinproof.model.record import StudyRecord
from skinproof.studies.documents import KINDS, SEPARATOR, FieldText, StudyText, study_text

MINIMAL = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT99999901", "briefTitle": "Synthetic: a gel"},
        "descriptionModule": {"briefSummary": "A synthetic summary.", "detailedDescription": "  "},
    }
}

FULL = {
    "protocolSection": {
        "identificationModule": {"nctId": "NCT99999902", "briefTitle": "Synthetic", "acronym": "SYN"},
        "conditionsModule": {"conditions": ["Scar", " "], "keywords": ["laser"]},
        "armsInterventionsModule": {
            "armGroups": [{"label": "A", "type": "EXPERIMENTAL", "description": "gel"}, {"label": "B"}],
            "interventions": [{"name": "Gel", "otherNames": ["G-1", "", "G-2"], "description": "daily"}],
        },
        "outcomesModule": {"secondaryOutcomes": [{"measure": "Redness", "description": "by eye"}]},
        "eligibilityModule": {"eligibilityCriteria": "Adults", "studyPopulation": "A clinic"},
        "referencesModule": {"references": [{"pmid": "1", "citation": "Synthetic paper."}]},
    }
}


def convert(raw: object) -> StudyRecord:
    return msgspec.convert(raw, StudyRecord)


def test_a_record_with_nothing_but_title_and_summary_reads():
    text = study_text(convert(MINIMAL))
    assert [field.path for field in text.fields] == [
        "protocolSection.identificationModule.briefTitle",
        "protocolSection.descriptionModule.briefSummary",
    ]
    assert text.text == "Synthetic: a gel" + SEPARATOR + "A synthetic summary."


def test_an_empty_record_has_no_fields_and_no_text():
    text = study_text(StudyRecord())
    assert text.fields == () and text.text == ""


def test_fields_come_in_one_fixed_order_references_last():
    text = study_text(convert(FULL))
    kinds = [field.kind for field in text.fields]
    assert kinds == sorted(kinds, key=KINDS.index)
    assert text.fields[-1].path == "protocolSection.referencesModule.references[0].citation"
    names = [field.path.rpartition(".")[2] for field in text.fields if field.kind == "intervention"]
    assert names == ["name", "otherNames[0]", "otherNames[2]", "description"]


def test_text_of_a_path_is_what_was_registered():
    text = study_text(convert(FULL))
    assert text.text_of("protocolSection.armsInterventionsModule.armGroups[0].description") == "gel"
    assert text.text_of("protocolSection.nothing") is None


def test_the_fingerprint_moves_with_any_text_and_with_nothing_else():
    first = study_text(convert(FULL))
    assert first.sha256 == study_text(convert(json.loads(json.dumps(FULL)))).sha256
    changed = json.loads(json.dumps(FULL))
    changed["protocolSection"]["armsInterventionsModule"]["armGroups"][0]["label"] = "A2"
    assert study_text(convert(changed)).sha256 != first.sha256
    changed = json.loads(json.dumps(FULL))
    changed["protocolSection"]["statusModule"] = {"overallStatus": "COMPLETED"}
    assert study_text(convert(changed)).sha256 == first.sha256


@given(st.lists(st.text(), max_size=8))
def test_every_offset_leads_back_to_its_field(texts):
    text = StudyText(FieldText(f"f{i}", body, "summary", "x") for i, body in enumerate(texts))
    for i, body in enumerate(texts):
        for offset in range(len(body)):
            path, at = text.at(text.starts[i] + offset)
            assert (path, at) == (f"f{i}", offset)
            assert text.text[text.starts[i] + offset] == body[at]


def test_real_records_keep_every_text(shared):
    with gzip.open(shared / "data" / "msc_v2.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line, _ in zip(lines, range(50), strict=False):
            record = convert(json.loads(line))
            text = study_text(record)
            assert text.fields[0].text == record.brief_title
            for field, start in zip(text.fields, text.starts, strict=True):
                assert text.text[start : start + len(field.text)] == field.text
