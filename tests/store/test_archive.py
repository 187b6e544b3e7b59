"""Backups: all comes back on either kind of store, whole or not at all."""

import json
import os
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from skinproof.errors import BusyError, InputError, NotFoundError, StoreError, UsageError
from skinproof.model.journal import Judgement
from skinproof.settings import STORE_URL
from skinproof.store.archive import read_manifest, restore_backup, schema_tables, write_backup
from skinproof.store.lock import writer_lock
from skinproof.store.raw import RawStore
from skinproof.workflows.build import build
from skinproof.workflows.health import health
from skinproof.workflows.import_ import import_files
from skinproof.workflows.integrity import check_all
from tests.workflows.records import ALL, lines

NOW = "2026-11-23T12:00:00+00:00"


def url() -> str | None:
    return os.environ.get(STORE_URL)


@pytest.fixture
def data(tmp_path: Path, both_stores: None) -> Path:
    """A store with versions, a refusal, a judgement, and a file of the user's own."""
    folder = tmp_path / "data"
    bad = tmp_path / "bad.json"
    bad.write_text("no record")
    for source in (lines(tmp_path / "all.jsonl", ALL), bad):
        import_files([source], folder, now=datetime(2026, 11, 23, tzinfo=UTC))
    with RawStore.open(folder, write=True) as raw:
        raw.journal().add(
            [Judgement(who="a", kind="link", subject="PMID:1|x", verdict="reject", reason="é")], NOW
        )
    (folder / "queries.yml").write_text("queries: []\n")
    (folder / "watches").mkdir()
    (folder / "watches" / "watches.json").write_text("{}")
    return folder


def backed_up(data: Path) -> Path:
    target = data.parent / "backup.zip"
    write_backup(data, url(), target, version="0", now=NOW)
    return target


def test_every_table_of_the_schema_is_in_a_backup(data: Path) -> None:
    """A table that is added later must not be forgotten."""
    with RawStore.open(data) as raw:
        if url() is None:
            found = raw._db.execute("select name from sqlite_master where type = 'table'").fetchall()
            assert {table.name for table in schema_tables()[1]} == {name for (name,) in found}
    manifest = read_manifest(backed_up(data))
    assert manifest.rows["raw_version"] == len(ALL) and manifest.rows["journal"] == 1
    assert {member.path for member in manifest.members if member.table is None} == {
        "files/queries.yml", "files/watches/watches.json",
    }  # fmt: skip


def test_a_backup_comes_back_in_the_embedded_store_with_the_same_edition(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From either kind of store; the edition's id covers every byte of it."""
    edition = build(data).edition
    file = backed_up(data)
    monkeypatch.delenv(STORE_URL, raising=False)
    other = data.parent / "other"
    _, written = restore_backup(file, other, None)
    assert written and (other / "queries.yml").read_text() == "queries: []\n"
    assert build(other).edition == edition
    assert check_all(other).problems == ()
    assert restore_backup(file, other, None)[1] is False
    # What is stored afterwards gets numbers of its own.
    assert (
        import_files([data.parent / "bad.json"], other, now=datetime(2026, 11, 24, tzinfo=UTC)).refused == 1
    )


def test_an_embedded_backup_comes_back_on_a_server(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A team that moves to a server takes all along, and goes on there."""
    import psycopg

    monkeypatch.delenv(STORE_URL, raising=False)
    import_files([lines(tmp_path / "all.jsonl", ALL)], tmp_path / "a", now=datetime(2026, 11, 23, tzinfo=UTC))
    edition = build(tmp_path / "a").edition
    write_backup(tmp_path / "a", None, tmp_path / "b.zip", version="0", now=NOW)
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as db:
        db.execute("create database moved")
    monkeypatch.setenv(STORE_URL, f"{postgres}/moved")
    assert restore_backup(tmp_path / "b.zip", tmp_path / "c", url())[1]
    assert build(tmp_path / "c").edition == edition
    (tmp_path / "bad.json").write_text("no record")
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert import_files([tmp_path / "bad.json"], tmp_path / "c", now=now).refused == 1


def test_a_store_that_holds_other_data_is_left_alone(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore into the wrong folder must not mix two stores."""
    file = backed_up(data)
    monkeypatch.delenv(STORE_URL, raising=False)
    other = data.parent / "other"
    import_files([lines(data.parent / "one.jsonl", ALL[:1])], other, now=datetime(2026, 11, 23, tzinfo=UTC))
    with pytest.raises(StoreError, match="holds other data"):
        restore_backup(file, other, None)
    with RawStore.open(other) as raw:
        assert len(list(raw.versions())) == 1
    empty = data.parent / "empty"
    empty.mkdir()
    (empty / "queries.yml").write_text("mine\n")
    with pytest.raises(StoreError, match="move it away"):
        restore_backup(file, empty, None)
    assert (empty / "queries.yml").read_text() == "mine\n"


def damaged(file: Path, kind: str) -> Path:
    """A copy of a backup with something wrong in it."""
    target = file.with_name(f"{kind}.zip")
    if kind == "cut":
        target.write_bytes(file.read_bytes()[:-200])
        return target
    if kind == "flipped":
        body = bytearray(file.read_bytes())
        body[len(body) // 2] ^= 0xFF
        target.write_bytes(body)
        return target
    if kind == "text":
        target.write_text("hello")
        return target
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            body = old.read(name)
            if name == "manifest.json":
                manifest = json.loads(body)
                if kind == "newer":
                    manifest["schema"] = 99
                elif kind == "climbs":
                    manifest["members"][-1]["path"] = "files/../../evil"
                body = json.dumps(manifest).encode()
            elif kind == "changed" and name.startswith("tables/journal"):
                body = body.replace(b"reject", b"accept")
            elif kind == "missing" and name.startswith("tables/journal"):
                continue
            new.writestr(name, body)
    return target


@pytest.mark.parametrize("kind", ["cut", "flipped", "text", "newer", "climbs", "changed", "missing"])
def test_a_damaged_backup_is_refused_before_anything_is_written(
    data: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a restore would look like a whole one."""
    file = damaged(backed_up(data), kind)
    monkeypatch.delenv(STORE_URL, raising=False)
    with pytest.raises(InputError):
        restore_backup(file, data.parent / "other", None)
    assert not (data.parent / "other").exists() and not (data.parent.parent / "evil").exists()


def test_a_backup_is_whole_or_not_there(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk half way must not leave what looks like a backup."""
    target = data.parent / "backup.zip"
    monkeypatch.setattr("skinproof.store.archive._own_files", lambda folder: [folder / "gone.yml"])
    with pytest.raises(UsageError, match="cannot be written"):
        write_backup(data, url(), target, version="0", now=NOW)
    assert not list(data.parent.glob("*backup*"))
    target.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        write_backup(data, url(), target, version="0", now=NOW)
    assert target.read_text() == "mine"


def test_nothing_to_back_up_and_a_writer_at_work_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty archive would be taken for a backup."""
    monkeypatch.delenv(STORE_URL, raising=False)
    with pytest.raises(NotFoundError, match="nothing was imported"):
        write_backup(tmp_path / "none", None, tmp_path / "b.zip", version="0", now=NOW)
    folder = tmp_path / "data"
    import_files([lines(tmp_path / "a.jsonl", ALL)], folder, now=datetime(2026, 11, 23, tzinfo=UTC))
    with writer_lock(folder), pytest.raises(BusyError):
        write_backup(folder, None, tmp_path / "b.zip", version="0", now=NOW)
    assert not (tmp_path / "b.zip").exists()


def test_a_body_that_changed_on_disk_is_found_by_its_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """zstd's own checksum sees most damage; a body swapped with another needs the hash."""
    import sqlite3

    monkeypatch.delenv(STORE_URL, raising=False)
    folder = tmp_path / "data"
    import_files([lines(tmp_path / "a.jsonl", ALL)], folder, now=datetime(2026, 11, 23, tzinfo=UTC))
    build(folder)
    assert check_all(folder).problems == ()
    with sqlite3.connect(folder / "raw.sqlite") as db:
        db.execute("drop trigger raw_version_stays")
        db.execute("update raw_version set start = start + 1, size = size - 1 where id = 1")
    db.close()
    edition = next((folder / "editions").glob("[!.]*/studies"))
    shutil.rmtree(edition)
    wrong = check_all(folder).problems
    assert "1 of" in wrong[0].what and "restore a backup" in wrong[0].do
    assert "build --clean" in wrong[1].do


def test_an_edition_whose_versions_the_store_lost_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store can be whole in itself and yet not be the one that the edition was made of."""
    import sqlite3

    monkeypatch.delenv(STORE_URL, raising=False)
    folder = tmp_path / "data"
    import_files([lines(tmp_path / "a.jsonl", ALL)], folder, now=datetime(2026, 11, 23, tzinfo=UTC))
    build(folder)
    assert check_all(folder).problems == ()
    with sqlite3.connect(folder / "raw.sqlite") as db:
        db.execute("drop trigger raw_version_is_kept")
        db.execute("delete from raw_version where id = 1")
    db.close()
    (wrong,) = check_all(folder).problems
    assert "names 1 versions that the store does not hold" in wrong.what and "restore a backup" in wrong.do
    (folder / "raw.sqlite").unlink()
    told = health(folder, {}, datetime(2026, 11, 23, tzinfo=UTC)).wrong
    assert "the store holds nothing" in told[0].what


def test_a_byte_that_flipped_anywhere_is_refused_in_plain_words(data: Path) -> None:
    """The packed stream itself may break, before any hash is compared."""
    file = backed_up(data)
    whole = file.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 400)):
        file.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            read_manifest(file)  # not every byte counts: a time of a member may be another
        except InputError as error:
            assert str(file) in str(error)
