"""The bundled facts: every row loads, none carries prose or an answer of ours, absence keeps its three kinds."""

import csv
import io
import json
import re
import runpy
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from skinproof.errors import InputError
from skinproof.sources.snapshot import (
    NOT_APPLICABLE,
    NOT_REPORTED,
    read_snapshot,
    registry_of,
    snapshot_record,
)

TEXT = (resources.files("skinproof.data") / "snapshot.csv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(io.StringIO(TEXT)))
ODD_STATUS = {
    "ACTRN12620000944932": "completed (published)",
    "IRCT20190810044500N23": "completed (published)",
    "IRCT20221130056672N5": "Pending",
    "IRCT20221130056672N6": "Pending",
    "NCT03933033": "completed (published)",
    "TCTR20210702005": "Pending",
}
"""The only odd words in the snapshot: statuses that ClinicalTrials.gov does not use, kept as printed."""


def body_of(row: dict[str, str]) -> bytes:
    return json.dumps(snapshot_record(row), ensure_ascii=False).encode()


def protocol_of(record_id: str) -> dict[str, Any]:
    row = next(row for row in ROWS if row["registry_id"] == record_id)
    protocol: dict[str, Any] = snapshot_record(row)["protocolSection"]
    return protocol


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["registry_id"])
def test_a_row_reads_without_issues_but_for_the_listed_statuses(row: dict[str, str]) -> None:
    """An issue nobody expected would mean that the composed record drifted from the registry's shape."""
    result = read_snapshot(body_of(row))
    assert result.record.protocol_section.identification_module.nct_id == row["registry_id"]
    found = {issue.found.strip('"') for issue in result.issues}
    assert found == {ODD_STATUS[row["registry_id"]]} if row["registry_id"] in ODD_STATUS else found == set()


def test_ids_are_unique_and_each_has_the_shape_of_a_registry() -> None:
    ids = [row["registry_id"] for row in ROWS]
    assert len(ids) == len(set(ids))
    assert [record_id for record_id in ids if registry_of(record_id) is None] == []
    assert ids == sorted(ids)


def test_a_working_name_says_that_no_registry_number_was_shown() -> None:
    """Otherwise a reader would look for `EXO-OA01` in a registry."""
    named = [row for row in ROWS if registry_of(row["registry_id"]) == "working name"]
    assert named
    assert all("number not shown" in row["note"] or row["other_id"].startswith("doi ") for row in named)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["registry_id"])
def test_cells_are_phrases_not_sentences(row: dict[str, str]) -> None:
    """Facts may be restated; text of others may not be carried over."""
    for name, cell in row.items():
        if name not in ("source_url", "sponsor"):
            assert not cell.endswith((".", "!", "?")), name
            assert not re.search(r"[a-z]{2}\. [A-Z]", cell), name
            assert len(cell) <= 160, name


def test_no_row_carries_an_answer_that_the_rules_should_find() -> None:
    assert not {"agent_class", "ev_role", "cutaneous", "aesthetic"} & set(ROWS[0])


def test_every_row_names_a_web_address_and_a_confidence() -> None:
    assert all(row["source_url"].startswith(("https://", "http://")) for row in ROWS)
    assert {row["confidence"] for row in ROWS} == {"high", "medium"}
    assert {row["fact_date"] for row in ROWS} == {"", "2018", "2022-10"}


def test_the_first_column_marks_the_format() -> None:
    """The import recognises the file by it."""
    assert TEXT.startswith("registry_id,")


def test_the_readme_says_partial_and_names_the_licence() -> None:
    readme = (resources.files("skinproof.data") / "README.md").read_text(encoding="utf-8")
    assert "partial" in readme and "not a census" in readme
    assert "Apache-2.0" in readme and "skinproof import" in readme
    assert f"{len(ROWS)} trials" in readme


def test_absence_keeps_its_three_kinds() -> None:
    """`not reported` is said aloud, a cell nobody saw is left out, what cannot apply is left out."""
    row = {"registry_id": "NCT99999901", "given": "synthetic gel", "conditions": "synthetic complaint"}
    said = snapshot_record(
        {**row, "dose": NOT_REPORTED, "route": NOT_APPLICABLE, "schedule": "", "phase": NOT_REPORTED}
    )
    description = said["protocolSection"]["armsInterventionsModule"]["interventions"][0]["description"]
    assert description == "Dose: not reported."
    assert "not reported: phase" in said["protocolSection"]["descriptionModule"]["briefSummary"]
    unseen = snapshot_record({**row, "dose": "", "phase": ""})["protocolSection"]
    assert "description" not in unseen["armsInterventionsModule"]["interventions"][0]
    assert "not reported" not in unseen["descriptionModule"]["briefSummary"]


def test_titles_say_given_or_measured_as_the_row_does() -> None:
    def title(**facts: str) -> str:
        record = snapshot_record({"registry_id": "NCT99999901", **facts})
        return str(record["protocolSection"]["identificationModule"]["briefTitle"])

    assert title(given="synthetic gel", conditions="a; b; c") == "Synthetic gel for a, b and c"
    assert title(measured="iPSC markers", conditions="a") == "iPSC markers measured in a"
    assert title(given="nothing given", conditions="a") == "Observation of a"
    assert title(given="gel", conditions="a; healthy volunteers") == "Gel for a in healthy volunteers"


def test_what_was_only_measured_is_no_intervention() -> None:
    protocol = protocol_of("NCT02862470")
    assert "armsInterventionsModule" not in protocol
    assert protocol["identificationModule"]["briefTitle"] == "Urinary exosomes measured in thyroid cancer"


def test_the_summary_says_that_the_wording_is_not_the_registrys() -> None:
    assert all(
        "composed" in snapshot_record(row)["protocolSection"]["descriptionModule"]["briefSummary"]
        for row in ROWS
    )


def test_study_type_is_said_only_where_a_fact_implies_it() -> None:
    assert protocol_of("NCT04657458")["designModule"]["studyType"] == "EXPANDED_ACCESS"
    assert protocol_of("NCT03437759")["designModule"]["studyType"] == "INTERVENTIONAL"
    assert "studyType" not in protocol_of("NCT02862470").get("designModule", {})


def test_dates_keep_the_precision_of_the_row() -> None:
    status = protocol_of("NCT03437759")["statusModule"]
    assert status["startDateStruct"] == {"date": "2017"}
    assert status["studyFirstPostDateStruct"] == {"date": "2018-02-19"}


@pytest.mark.parametrize("record_id", ["NCT123", "not applicable", "", "IRCT", "NCT-12", "ISRCTN-1"])
def test_an_id_of_no_registry_is_refused(record_id: str) -> None:
    body = json.dumps({"protocolSection": {"identificationModule": {"nctId": record_id}}}).encode()
    with pytest.raises(InputError):
        read_snapshot(body)


def test_a_count_that_is_no_number_becomes_an_issue() -> None:
    row = {
        "registry_id": "NCT99999901",
        "given": "synthetic gel",
        "conditions": "a",
        "enrollment": "about 20",
    }
    result = read_snapshot(body_of(row))
    assert [issue.kind for issue in result.issues] == ["wrong_type"]


def test_the_maker_writes_the_same_bytes_again(shared: Path) -> None:
    """The shipped file is what the tool makes of the tables, and the tool makes the same twice."""
    tool = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "make_snapshot.py"))
    tables = shared / "gold" / "trials_labelled.csv", shared / "gold" / "trials_from_pages.csv"
    assert tool["make"](*tables) == TEXT
