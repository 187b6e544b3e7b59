"""The raw store keeps every version once and whole, and says clearly when it cannot be used."""

import itertools
import json
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skinproof.errors import NotFoundError, StoreError, UsageError
from skinproof.model.raw import RawItem, Refusal
from skinproof.store import raw as raw_module
from skinproof.store.blocks import pack, quarter, unpack
from skinproof.store.lock import writer_lock
from skinproof.store.raw import Counts, RawStore
from tests.chance import examples
from tests.sources.raw_samples import compact, lines, read, study

both = pytest.mark.usefixtures("both_stores")

NOW, LATER = "2026-11-23T12:00:00+00:00", "2026-11-24T12:00:00+00:00"


def items(*records: dict[str, Any]) -> list[RawItem]:
    found, refusals = read(lines(records))
    assert refusals == []
    return found


def put(folder: Path, found: list[RawItem], now: str = NOW) -> Counts:
    with RawStore.open(folder, write=True) as store:
        return store.put(found, now)


def content(folder: Path) -> list[tuple[Any, ...]]:
    """Everything an edition could see of a store."""
    with RawStore.open(folder) as store:
        rows = list(store.versions())
        return [
            (*row, body)
            for row, body in zip(
                rows, store.bodies([(r.source, r.record_id, r.sha256) for r in rows]), strict=True
            )
        ]


@both
def test_new_changed_and_unchanged_are_counted_by_id_and_content(tmp_path: Path) -> None:
    """What `import` tells a person."""
    first = items(study(1), study(2))
    assert put(tmp_path, first) == Counts(new=2)
    assert put(tmp_path, first) == Counts(unchanged=2)
    assert put(tmp_path, items(study(1, updated="2022-01-01"), study(3), study(3))) == Counts(
        new=1, changed=1, unchanged=1
    )


@both
def test_every_version_is_kept_and_given_back_whole(tmp_path: Path) -> None:
    """The raw versions are the one thing that can never be made again."""
    found = items(study(1), study(1, updated="2022-01-01"), study(2, updated="2019"), study(3, updated="x"))
    put(tmp_path, found)
    rows = content(tmp_path)
    assert [row[0] for row in rows] == ["NCT99900001", "NCT99900001", "NCT99900002", "NCT99900003"]
    assert {(row[0], row[2], row[6]) for row in rows} == {(i.record_id, i.sha256, i.body) for i in found}
    assert [row[4] for row in rows] == ["2021-03-04", "2022-01-01", "2019", None]
    assert all(row[5] == len(row[6]) for row in rows)


@both
def test_bodies_come_in_the_order_asked_for(tmp_path: Path) -> None:
    """A build pairs them with its keys."""
    found = items(*(study(n, updated=f"20{n % 20:02d}-0{n % 9 + 1}-01") for n in range(2000)))
    put(tmp_path, found)
    random.Random(1).shuffle(found)
    with RawStore.open(tmp_path) as store:
        bodies = list(store.bodies([(i.source, i.record_id, i.sha256) for i in found]))
    assert bodies == [item.body for item in found]


@both
def test_few_frames_are_kept_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading 200,000 bodies must not hold them all."""
    monkeypatch.setattr(raw_module, "_CACHED_BYTES", 20_000)
    found = items(*(study(n) for n in range(300)))
    put(tmp_path, found)
    with RawStore.open(tmp_path) as store:
        assert list(store.bodies([(i.source, i.record_id, i.sha256) for i in found])) == [
            i.body for i in found
        ]
        assert store._cached <= 20_000 and sum(map(len, store._frames.values())) == store._cached


@both
def test_a_version_that_is_not_held_is_an_error(tmp_path: Path) -> None:
    """An edition of another store must not show empty pages."""
    put(tmp_path, items(study(1)))
    with RawStore.open(tmp_path) as store, pytest.raises(StoreError, match="NCT99900009"):
        list(store.bodies([("ctgov", "NCT99900009", "ab" * 32)]))


@both
def test_a_partial_version_stands_beside_the_full_one(tmp_path: Path) -> None:
    """The CSV of a study is stored, and can never push the record aside."""
    csv, _ = read(b"NCT Number,Study Title,Last Update Posted\nNCT99900001,Synthetic,2025-01-01\n")
    put(tmp_path, items(study(1)))
    assert put(tmp_path, csv) == Counts(changed=1)
    assert [(row[1], row[3]) for row in content(tmp_path)] == [("ctgov", "full"), ("ctgov_csv", "partial")]


_numbers = st.integers(0, 3)
_records = st.lists(
    st.builds(
        lambda n, year, holder, acronym: study(n, updated=f"{year}-01-01", holder=f"2024-0{holder}-01", acronym=acronym),
        _numbers, st.integers(2019, 2021), st.integers(1, 4), st.sampled_from(["A", "B"]),
    ),
    min_size=1, max_size=10,
)  # fmt: skip


@settings(max_examples=examples(25))
@given(_records, st.randoms(use_true_random=False), st.integers(1, 4))
def test_the_order_of_imports_leaves_no_trace(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], rng: random.Random, cuts: int
) -> None:
    """Two people who import the same files in another order must get the same edition."""
    found = items(*records)
    once, shuffled = tmp_path_factory.mktemp("once"), tmp_path_factory.mktemp("shuffled")
    put(once, found)
    mixed = list(found)
    rng.shuffle(mixed)
    for n in range(cuts):
        put(shuffled, mixed[n::cuts], f"2026-11-2{n}T00:00:00+00:00")
    assert content(once) == content(shuffled)
    before = content(once)
    assert put(once, mixed, LATER) == Counts(unchanged=len(found))
    assert content(once) == before


@both
def test_the_earliest_holder_of_a_content_is_kept(tmp_path: Path) -> None:
    """Which of two contents of one day is newer is told by when each first appeared, whatever came first here."""
    new, old = items(study(1, holder="2024-05-01")), items(study(1, holder="2024-01-01"))
    put(tmp_path, new)
    with RawStore.open(tmp_path) as store:
        assert store.told_holders() == {}
    put(tmp_path, old)
    put(tmp_path, items(study(1, holder="2024-09-01")), LATER)
    assert content(tmp_path)[0][6] == old[0].body
    with RawStore.open(tmp_path) as store:
        assert store.told_holders() == {new[0].sha256: "2024-01-01"}
        (seen,) = store.seen("NCT99900001")
    assert (seen.version_holder, seen.first_seen, seen.last_seen) == ("2024-01-01", NOW, LATER)


@both
@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_a_record_that_goes_back_to_what_it_said_is_back(tmp_path: Path, order: tuple[int, ...]) -> None:
    """A field renamed at the source and taken back leaves the day of the registry as it is: the newest holder decides."""
    good, bad = {"acronym": "GOOD"}, {"acronym": "BAD"}
    sightings = [("2024-01-01", good), ("2024-01-02", good), ("2024-01-03", bad), ("2024-01-04", good)]
    for place in order:
        holder, words = sightings[place]
        put(tmp_path, items(study(1, holder=holder, **words)))
    with RawStore.open(tmp_path) as store:
        held = {
            ("BAD" if b"BAD" in row[6] else "GOOD"): next(
                day for day, _ in sightings if f'"versionHolder":"{day}"'.encode() in row[6]
            )
            for row in content(tmp_path)
        }
        assert set(store.told_holders().values()) <= {"2024-01-01", "2024-01-04"}
    assert held == {"GOOD": "2024-01-04", "BAD": "2024-01-03"}


def test_rows_can_be_added_and_never_changed_or_deleted(tmp_path: Path) -> None:
    """Not even by a mistake of ours, or of someone with an SQLite shell."""
    put(tmp_path, items(study(1)))
    with sqlite3.connect(tmp_path / "raw.sqlite") as db:
        for statement in (
            "update raw_version set record_id = 'x'",
            "delete from raw_version",
            "update body_block set packed = x'00'",
            "delete from body_block",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                db.execute(statement)
    db.close()


@both
def test_refusals_are_those_of_the_last_run_that_read_the_file(tmp_path: Path) -> None:
    """A file that was mended is no longer listed, one that was not read again still is."""

    def run(name: str, *refusals: Refusal) -> None:
        with RawStore.open(tmp_path, write=True) as store:
            run = store.run(NOW)
            run.refuse(refusals)
            run.file(name, 0, len(refusals), "")
            run.finish(NOW)

    bad = Refusal("a.json", "line 3, byte 9", "not JSON", "{oops")
    other = Refusal("b.json", "", "empty")
    run("a.json", bad)
    run("b.json", other)
    with RawStore.open(tmp_path) as store:
        assert store.refusals() == [bad, other]
    run("a.json")
    with RawStore.open(tmp_path) as store:
        assert store.refusals() == [other]
        assert [counts for _, _, counts in store.runs()] == [Counts(refused=1), Counts(refused=1), Counts()]


@both
def test_quarters_are_counted(tmp_path: Path) -> None:
    """Partitions of an edition are quarters of registry dates."""
    put(
        tmp_path,
        items(
            study(1, updated="2021-03-31"),
            study(2, updated="2021-04"),
            study(3, updated="2021"),
            study(4, updated="?"),
        ),
    )
    with RawStore.open(tmp_path) as store:
        assert store.quarters() == [("ctgov", "2021Q1", 2), ("ctgov", "2021Q2", 1), ("ctgov", "undated", 1)]
    assert [quarter(day) for day in ("2020-10-01", "2020-12", "1999", None)] == [
        "2020Q4",
        "2020Q4",
        "1999Q1",
        "undated",
    ]


def test_frames_hold_one_quarter_and_no_body_twice() -> None:
    """A build reads a quarter at a time; a frame of mixed quarters would be unpacked many times."""
    found = items(*(study(n % 50, updated=f"2021-{n % 12 + 1:02d}-01") for n in range(600)))
    frames = pack(found)
    assert sum(len(frame.heads) for frame in frames) == 600
    for frame in frames:
        assert len({head.quarter for head in frame.heads}) == 1 and len(frame.heads) <= 16
        bodies = unpack(frame.packed)
        assert len(bodies) == sum(size for _, size in {(head.start, head.size) for head in frame.heads})
        for head in frame.heads:
            assert head.record_id.encode() in bodies[head.start : head.start + head.size]


def test_reading_before_anything_was_imported(tmp_path: Path) -> None:
    """The message says what to do."""
    with pytest.raises(NotFoundError, match="skinproof import"):
        RawStore.open(tmp_path)
    (tmp_path / "raw.sqlite").touch()
    with pytest.raises(NotFoundError, match="skinproof import"):
        RawStore.open(tmp_path)


def test_a_store_of_a_newer_skinproof_is_refused(tmp_path: Path) -> None:
    """Never guess at a schema that is not known here."""
    put(tmp_path, items(study(1)))
    db = sqlite3.connect(tmp_path / "raw.sqlite")
    db.execute("pragma user_version = 99")
    db.close()
    for write in (False, True):
        with pytest.raises(StoreError, match="newer skinproof"):
            RawStore.open(tmp_path, write=write)


def test_damage_is_said_to_be_damage(tmp_path: Path) -> None:
    """Also where only one body is hit."""
    (tmp_path / "raw.sqlite").write_bytes(b"no database" * 100)
    for write in (False, True):
        with pytest.raises(StoreError, match="damaged"):
            RawStore.open(tmp_path, write=write)
    (tmp_path / "raw.sqlite").unlink()
    put(tmp_path, items(*(study(n, acronym=random.Random(n).randbytes(3000).hex()) for n in range(9))))
    with RawStore.open(tmp_path) as store:
        store.check()
    data = bytearray((tmp_path / "raw.sqlite").read_bytes())
    at = data.index(b"\x28\xb5\x2f\xfd")
    data[at + 3000] ^= 255
    (tmp_path / "raw.sqlite").write_bytes(data)
    with RawStore.open(tmp_path) as store, pytest.raises(StoreError, match="damaged"):
        store.check()


@both
def test_one_writer_at_a_time(tmp_path: Path) -> None:
    """Two imports at once would otherwise wait for each other, or worse."""
    with RawStore.open(tmp_path, write=True), pytest.raises(StoreError, match=f"process {os.getpid()}"):
        RawStore.open(tmp_path, write=True)
    with RawStore.open(tmp_path, write=True):
        pass
    with writer_lock(tmp_path / "made" / "on the way"):
        pass


def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    """A killed import must not lock the folder for ever."""
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom skinproof.store.lock import writer_lock\n"
        "with writer_lock(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=f"process {process.pid}"), writer_lock(tmp_path):
            pass
        process.kill()
    with writer_lock(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    """For example a file where the folder should be."""
    (tmp_path / "data").write_text("x")
    with pytest.raises(StoreError, match="is a file; name a folder"):
        RawStore.open(tmp_path / "data", write=True)


@both
def test_readers_see_only_finished_batches(tmp_path: Path) -> None:
    """Half a batch is never seen, and a batch not committed is gone when its writer is."""
    put(tmp_path, items(study(1)))
    with RawStore.open(tmp_path, write=True) as store:
        run = store.run(LATER)
        run.put(pack(items(study(2))))
        assert len(content(tmp_path)) == 1
        run.commit()
        assert len(content(tmp_path)) == 2
        run.put(pack(items(study(3))))
    assert [row[0][-1] for row in content(tmp_path)] == ["1", "2"]
    with RawStore.open(tmp_path) as store:
        assert [(finished, counts.new) for _, finished, counts in store.runs()] == [(NOW, 1), (None, 1)]


def test_a_store_on_a_read_only_disk_can_be_read(tmp_path: Path) -> None:
    """An archive is often mounted read-only."""
    put(tmp_path, items(study(1)))
    (tmp_path / "raw.sqlite").chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        assert len(content(tmp_path)) == 1
        with RawStore.open(tmp_path) as store, pytest.raises(sqlite3.OperationalError, match="readonly"):
            store._db.execute("insert into import_run (started) values ('x')")
    finally:
        tmp_path.chmod(0o755)


def test_a_frame_with_a_known_record_keeps_only_the_others(tmp_path: Path) -> None:
    """Re-importing a download with few changes adds only these to the file."""
    records = [study(n, acronym=random.Random(n).randbytes(500).hex()) for n in range(16)]
    put(tmp_path, items(*records))
    size = (tmp_path / "raw.sqlite").stat().st_size
    put(tmp_path, items(*records, study(3, acronym="other")), LATER)
    assert (tmp_path / "raw.sqlite").stat().st_size - size <= 16384 * 4
    for record, row in itertools.product(records[:2], content(tmp_path)):
        if row[0] == record["protocolSection"]["identificationModule"]["nctId"]:
            assert json.loads(row[6]) == record


@both
def test_put_takes_refusals_too(tmp_path: Path) -> None:
    """So that a stream from a file can be given as it is."""
    found, refusals = read(compact(study(1)) + b"\n{oops\n")
    with RawStore.open(tmp_path, write=True) as store:
        assert store.put([*found, *refusals], NOW).new == 1


# -- a team's server


def test_rows_of_a_server_are_never_changed_or_deleted(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """Also there: by triggers, whoever has a shell."""
    import psycopg

    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as db:
        db.execute("create database kept")
    monkeypatch.setenv("SKINPROOF_STORE_URL", f"{postgres}/kept")
    put(tmp_path, items(study(1)))
    with psycopg.connect(f"{postgres}/kept", autocommit=True) as db:
        for statement in (
            "update raw_version set record_id = 'x'",
            "delete from raw_version",
            "update body_block set packed = ''",
            "delete from body_block",
            "truncate raw_version cascade",
            "truncate body_block cascade",
            "truncate journal",
        ):
            with pytest.raises(psycopg.errors.RaiseException, match="never"):
                db.execute(statement)
        # A database of before these triggers gets them from the next writer.
        db.execute("drop trigger raw_version_is_kept_whole on raw_version")
        put(tmp_path, items(study(1)))
        with pytest.raises(psycopg.errors.RaiseException, match="raw versions are never deleted"):
            db.execute("truncate raw_version cascade")
    assert len(content(tmp_path)) == 1


def test_folders_of_a_team_share_one_server(
    tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One writer at a time among all of them, and each reads what the others stored."""
    import psycopg

    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as db:
        db.execute("create database team")
    monkeypatch.setenv("SKINPROOF_STORE_URL", f"{postgres}/team")
    with pytest.raises(NotFoundError, match="skinproof import"):
        RawStore.open(tmp_path / "b")
    put(tmp_path / "a", items(study(1)))
    assert len(content(tmp_path / "b")) == 1
    with (
        RawStore.open(tmp_path / "a", write=True),
        pytest.raises(StoreError, match=r"another skinproof is writing to PostgreSQL at 127\.0\.0\.1"),
    ):
        RawStore.open(tmp_path / "b", write=True)
    with psycopg.connect(f"{postgres}/team", autocommit=True) as db:
        db.execute("insert into skinproof_schema values (99)")
    with pytest.raises(StoreError, match="newer skinproof"):
        RawStore.open(tmp_path / "a")


def test_an_address_that_cannot_be_used_is_said_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would stand in logs."""
    monkeypatch.setenv("SKINPROOF_STORE_URL", "postgresql://me:secret@127.0.0.1:9/none")
    with pytest.raises(StoreError, match=r"PostgreSQL at 127\.0\.0\.1:9/none") as found:
        RawStore.open(tmp_path)
    assert "secret" not in str(found.value)
    monkeypatch.setenv("SKINPROOF_STORE_URL", "mysql://127.0.0.1/x")
    with pytest.raises(UsageError, match="postgresql://"):
        RawStore.open(tmp_path)
