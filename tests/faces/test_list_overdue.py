"""`list --overdue`: who owes results, by which clock, on the day that is asked for."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from skinproof.faces.cli import main
from skinproof.settings import STORE_URL
from tests.workflows.records import PRP, given, record
from tests.workflows.test_changes import edited, store

OVER = edited(
    record(8, title="Synthetic exosomes for burns", updated="2020-02-01", posted="2018-01-01", **given("Exosomes", "Burns")),
    "2020-02-01", overallStatus="COMPLETED", primaryCompletionDateStruct={"date": "2019-03-05", "type": "ACTUAL"},
)  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("overdue")
    store(folder, "one", [OVER, PRP], datetime(2024, 1, 1, tzinfo=UTC))
    return folder / "data"


def asked(data: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> str:
    monkeypatch.delenv(STORE_URL, raising=False)
    done = CliRunner().invoke(main, ["list", *options, "--data", str(data)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_same_studies_as_text_json_and_rows(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list to write to sponsors must name the clock, the deadline and how late it is."""
    options = ("--overdue", "who", "--as-of", "2024-01-01")
    found = json.loads(asked(data, monkeypatch, *options, "--json"))
    assert (found["total"], found["day"]) == (1, "2024-01-01")
    (row,) = found["rows"]
    assert (row["record_id"], row["clock"], row["due_first"]) == ("NCT99000008", "ethical_12m", "2020-03-05")
    (line,) = csv.DictReader(io.StringIO(asked(data, monkeypatch, *options, "--csv")))
    assert line["late_least"] == str(row["late_least"]) and line["words"] == row["words"]
    text = asked(data, monkeypatch, *options)
    assert "1 study owes results on 2024-01-01" in text and "WHO norm of 12 months" in text


def test_before_the_deadline_nobody_is_late(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "0 studies owe results on 2020-03-01" in asked(
        data, monkeypatch, "--overdue", "who", "--as-of", "2020-03-01"
    )
