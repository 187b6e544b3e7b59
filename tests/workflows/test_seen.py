"""The second clock: what the store had seen by a day."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from skinproof.errors import NotFoundError, UsageError
from skinproof.model.summary import Filters
from skinproof.views.stamp import caveats, stamp_line
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import open_workspace
from skinproof.workflows.seen import open_seen
from tests.workflows.records import PRP, SCAR, SCAR_LATER, URINE, lines


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two studies stored on 1 March 2026; a later version of one and a third study on 1 June."""
    monkeypatch.delenv("SKINPROOF_STORE_URL", raising=False)
    folder = tmp_path / "data"
    for n, (day, records) in enumerate(
        [
            (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), [SCAR, PRP]),
            (datetime(2026, 6, 1, tzinfo=UTC), [SCAR_LATER, URINE]),
        ]
    ):
        import_files([lines(tmp_path / f"{n}.jsonl", records)], folder, now=day)
    build(folder)
    return folder


def test_what_came_later_is_left_out_and_the_stamp_says_so(data: Path) -> None:
    """A report of April must be counted again as it was counted in April."""
    now, then = open_workspace(data), open_seen(data, "2026-03")
    ids = [study.record_id for study in then.select(Filters()).studies]
    stamp = then.stamp()
    assert ids == ["NCT99000001", "NCT99000002"] and len(now.select(Filters()).studies) == 3
    assert (stamp.seen, stamp.n_versions, stamp.n_studies) == ("2026-03-31", 2, 2)
    assert "as this store had seen by 2026-03-31" in stamp_line(stamp)
    scar = [w.version_for("NCT99000001")[0].registry_date for w in (then, now)]
    assert scar[0] == "2020-05-02" and scar[1] != scar[0]
    now.close()
    then.close()


def test_before_the_first_import_nothing_was_seen(data: Path) -> None:
    """No number is better than a made-up one."""
    with pytest.raises(NotFoundError, match="first version was stored on 2026-03-01"):
        open_seen(data, "2026-02-28")
    with pytest.raises(UsageError):
        open_seen(data, "soon")


def test_an_answer_of_a_day_before_the_first_import_says_what_it_cannot_claim(data: Path) -> None:
    """Studies that a registry removed before are not known to a store that was not there."""
    workspace = open_workspace(data)
    assert any(
        "first record on 2026-03-01" in line for line in caveats(workspace.select(Filters(), "2025").stamp)
    )
    assert not any("first record" in line for line in caveats(workspace.select(Filters(), "2026-05").stamp))
    assert not any("first record" in line for line in caveats(workspace.stamp()))
    workspace.close()


def test_a_time_tells_two_imports_of_one_day_apart(data: Path) -> None:
    """Its whole minute counts; a zone is understood."""
    for at, n, shown in (
        ("2026-03-01T23:59", 2, "2026-03-01T23:59"),
        ("2026-06-01T02:00+02:00", 3, "2026-06-01T00:00"),
    ):
        with closing(open_seen(data, at)) as then:
            assert (then.stamp().n_studies, then.stamp().seen) == (n, shown)
    with pytest.raises(NotFoundError, match="2026-03-01T23:59"):
        open_seen(data, "2026-03-01T23:58")
    with pytest.raises(UsageError, match="neither a date nor a time"):
        open_seen(data, "2026-03-01T25:00")
