"""A record that its register removed is still found and counted, and every answer says that it is gone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from skinproof.faces.cli import main
from skinproof.faces.commands.count import ask_count
from skinproof.faces.commands.find import HEADER, ask_find, csv_rows
from skinproof.model.summary import Filters
from skinproof.settings import STORE_URL
from skinproof.views.stamp import caveats
from skinproof.workflows.query import Workspace
from tests.workflows.records import SCAR, URINE
from tests.workflows.test_changes import noticed, store


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(STORE_URL, raising=False)
    store(tmp_path, "one", [SCAR, URINE], datetime(2024, 1, 1, tzinfo=UTC))
    noticed(tmp_path / "data", "NCT99000001", "2024-06-01T12:00:00+00:00")
    return tmp_path / "data"


def test_find_names_the_day_it_was_noticed(data: Path) -> None:
    workspace = Workspace(data)
    found = ask_find(workspace, "scar", Filters(), None, 20, 0)
    workspace.close()
    assert {hit.study.record_id: hit.removed for hit in found.hits} == {"NCT99000001": "2024-06-01"}
    assert dict(zip(HEADER, csv_rows(found)[0], strict=False))["removed"] == "2024-06-01"
    done = CliRunner().invoke(main, ["find", "scar", "--data", str(data)])
    assert "The register no longer has this record (noticed on 2024-06-01)." in done.stdout


def test_a_count_says_how_many_of_its_studies_are_gone_and_which(data: Path) -> None:
    """A published count that cannot be made again at the register must be explained by ours."""
    workspace = Workspace(data)
    counts = ask_count(workspace, Filters(), None)
    assert counts.removed == ("NCT99000001",) and "1 is in the register no more" in counts.sentence
    assert workspace.stamp().removed == 1
    assert any("Of 1 study the register no longer has the record" in words for words in caveats(counts.stamp))
    before = ask_count(workspace, Filters(), "2024-05-31")
    assert before.removed == () and before.stamp.removed == 0
    workspace.close()
