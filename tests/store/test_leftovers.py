"""gc: what can go goes, what somebody may read stays, bytes are counted once."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from skinproof.errors import BusyError
from skinproof.model.summary import Filters
from skinproof.settings import STORE_URL
from skinproof.store.editions import Editions
from skinproof.store.leftovers import freed_bytes
from skinproof.store.lock import writer_lock
from skinproof.workflows.build import build
from skinproof.workflows.health import health, sqlite_words
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import open_workspace
from skinproof.workflows.upkeep import collect
from tests.workflows.records import ALL, lines

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an edition for each record that came, a day apart."""
    monkeypatch.delenv(STORE_URL, raising=False)
    folder = tmp_path / "data"
    for n, record in enumerate(ALL[:4]):
        import_files([lines(tmp_path / f"{n}.jsonl", [record])], folder, now=NOW)
        edition = build(folder).edition
        at = (NOW - timedelta(days=4 - n)).timestamp()
        os.utime(folder / "editions" / edition / "manifest.json", (at, at))
    os.utime(folder / "editions" / "CURRENT", (at, at))
    (folder / "editions" / "MADE.jsonl").unlink()  # the times of the files stand for it
    return folder


def test_old_editions_go_and_the_current_one_answers_as_before(data: Path) -> None:
    """Shared files of an edition that stays must not go with one that goes."""
    (data / "editions" / ".building-1").mkdir()
    dry = collect(data, NOW, keep=2, older_than=0, dry_run=True)
    assert len(Editions(data / "editions").list()) == 4
    before = sum(
        file.lstat().st_size for file in {f.stat().st_ino: f for f in data.rglob("*") if f.is_file()}.values()
    )
    found = collect(data, NOW, keep=2, older_than=0, dry_run=False)
    after = sum(
        file.lstat().st_size for file in {f.stat().st_ino: f for f in data.rglob("*") if f.is_file()}.values()
    )
    assert found == dry and [one.kind for one in found.go] == ["edition", "edition", "unfinished build"]
    assert before - after == found.bytes
    workspace = open_workspace(data)
    assert workspace.select(Filters()).stamp.n_studies > 0
    workspace.close()
    assert health(data, {}, NOW).wrong == ()


def test_an_edition_replaced_within_the_hour_stays(data: Path) -> None:
    """A command that opened it a minute ago still reads its files."""
    now = datetime.fromtimestamp((data / "editions" / "CURRENT").stat().st_mtime, UTC) + timedelta(minutes=5)
    found = collect(data, now, keep=1, older_than=0, dry_run=True)
    assert len(found.go) == 2 and any("less than an hour" in why for why in found.stay.values())


def test_older_than_counts_from_when_an_edition_was_replaced(data: Path) -> None:
    """Thirty days means thirty days of not being current."""
    assert len(collect(data, NOW, keep=1, older_than=1.5, dry_run=True).go) == 2
    assert collect(data, NOW, keep=1, older_than=30, dry_run=True).go == ()


def test_gc_waits_for_no_writer_and_takes_nothing_from_it(data: Path) -> None:
    """The folder of a build that is running is no leftover."""
    (data / "editions" / ".building-1").mkdir()
    with writer_lock(data):
        with pytest.raises(BusyError):
            collect(data, NOW, keep=1, older_than=0, dry_run=False)
        assert all(one.kind == "edition" for one in collect(data, NOW, keep=1, older_than=0, dry_run=True).go)
        assert health(data, {}, NOW).writer == str(os.getpid())


def test_bytes_of_files_with_other_names_are_not_counted(tmp_path: Path) -> None:
    """A hard link keeps the bytes on the disk."""
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    (one / "shared").write_bytes(b"x" * 1000)
    os.link(one / "shared", two / "shared")
    (one / "own").write_bytes(b"y" * 10)
    assert (freed_bytes([one]), freed_bytes([one, two])) == (10, 1010)


def test_health_says_what_waits_and_what_is_wrong(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cron job mails what doctor says."""
    import_files([lines(data.parent / "more.jsonl", ALL)], data, now=NOW)
    found = health(data, {}, NOW)
    assert found.waiting > 0 and any("not in the current edition" in note for note in found.notes)
    monkeypatch.setattr("skinproof.workflows.health._free", lambda folder: 10)
    assert "gc --dry-run" in health(data, {}, NOW).wrong[0].do
    assert "must begin with" in health(data, {STORE_URL: "mysql://x:secret@y"}, NOW).wrong[0].what


def test_sqlite_versions_with_the_fault_are_named() -> None:
    """Facts of SQLite's own page."""
    assert "can damage" in sqlite_words("3.40.1") and "can damage" in sqlite_words("3.51.2")
    assert [sqlite_words(v) for v in ("3.51.3", "3.44.6", "3.50.7", "3.53.0")] == [
        "3.51.3",
        "3.44.6",
        "3.50.7",
        "3.53.0",
    ]
