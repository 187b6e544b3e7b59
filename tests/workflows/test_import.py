"""`import`: files and folders in, every version once, bad input refused with its place."""

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from skinproof.errors import InputError, SkinproofError, StoreError
from skinproof.store.raw import RawStore
from skinproof.workflows import import_ as module
from skinproof.workflows.import_ import FileReport, ImportReport, find_files, import_files
from tests.sources.raw_samples import LAYOUTS, compact, lines, study, zipped

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BOMB = gzip.compress(b"[" + b" " * 24_000_000)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.refused


def stored(folder: Path) -> set[tuple[str, str]]:
    with RawStore.open(folder) as store:
        return {(row.record_id, row.sha256) for row in store.versions()}


def test_a_folder_of_files_is_imported_once(tmp_path: Path) -> None:
    """Files below it, sorted, hidden ones left out; the second time nothing is new."""
    folder = tmp_path / "downloads"
    (folder / "deep").mkdir(parents=True)
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "x.json").write_bytes(b"junk")
    (folder / ".DS_Store").write_bytes(b"junk")
    (folder / "b.json").write_bytes(compact([study(1), study(2)]))
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines([study(2), study(3)])))
    (folder / "deep" / "c.zip").write_bytes(zipped({"x.json": compact(study(4, updated="2024-01-01"))}))
    data = tmp_path / "data"
    report = import_files([folder], data, NOW)
    assert counts(report) == (4, 0, 1, 0)
    assert [(Path(file.name).name, file.loaded) for file in report.files] == [
        ("a.jsonl.gz", 2),
        ("b.json", 2),
        ("c.zip", 1),
    ]
    assert report.exit_code == 0
    before = stored(data)
    assert counts(import_files([folder, folder / "b.json"], data, NOW)) == (0, 0, 5, 0)
    assert stored(data) == before


def test_when_a_version_was_seen_is_kept_in_utc(tmp_path: Path) -> None:
    """The second clock beside the registry's."""
    (tmp_path / "a.json").write_bytes(compact(study(1)))
    import_files([tmp_path / "a.json"], tmp_path / "data", NOW.astimezone(timezone(timedelta(hours=9))))
    import_files([tmp_path / "a.json"], tmp_path / "data", NOW + timedelta(days=1))
    with RawStore.open(tmp_path / "data") as store:
        (seen,) = store.seen("NCT99900001")
    assert (seen.first_seen, seen.last_seen) == ("2026-11-23T12:00:00+00:00", "2026-11-24T12:00:00+00:00")


def test_a_path_that_does_not_exist_stops_everything_before_it_begins(tmp_path: Path) -> None:
    """A typo in the third name must not leave half an import."""
    (tmp_path / "a.json").write_bytes(compact(study(1)))
    with pytest.raises(InputError, match=r"nowhere\.json; nothing was imported"):
        import_files([tmp_path / "a.json", tmp_path / "nowhere.json"], tmp_path / "data", NOW)
    assert not (tmp_path / "data").exists()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(InputError, match="no such file or folder"):
            find_files([tmp_path / "pipe"])


GOOD = lines([study(1), study(2)])
BAD_FILES: dict[str, tuple[bytes, str]] = {
    "cut.json.gz": (gzip.compress(lines(study(n, acronym=str(n) * 99) for n in range(900)))[:-400], "cut off"),
    "error page.json": (b"<!DOCTYPE html><html>Service unavailable</html>", "web page"),
    "one line.json": (b'{"protocolSection": "' + b"x" * 50_000_000, "ends in the middle"),
    "nan.jsonl": (GOOD + b'{"protocolSection": NaN}\n', "NaN is not JSON"),
    "infinity.jsonl": (GOOD + b'{"protocolSection": {"x": -Infinity}}\n', "-Infinity is not JSON"),
    "deep.jsonl": (GOOD + b'{"protocolSection":' * 9000 + b"}" * 9000 + b"\n" + lines([study(3)]), "nested too deeply"),
    "keys.jsonl": (GOOD + b'{"protocolSection": {"a": 1, "a": 2}}\n', "protocolSection.a is there twice"),
    "surrogates.jsonl": (GOOD + b'{"protocolSection": {"a": "\\ud83d"}}\n', "surrogate"),
    "bomb.json.gz": (BOMB, "200 times its size"),
    "bomb.zip": (zipped({"a.json": b"[" + b" " * 24_000_000, "b.json": GOOD}), "200 times its size"),
    "paths.zip": (zipped({"../../outside.json": GOOD, "b.json": GOOD}), "points outside"),
    "empty.json": (b"", "empty"),
    "junk.json": (random.Random(0).randbytes(5000), ""),
    "utf16.json": (json.dumps([study(1)]).encode("utf-16"), "UTF-16"),
    "no id.json": (b'{"protocolSection": {"identificationModule": {}}}', "no NCT id"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_input_is_refused_with_file_place_and_reason(name: str, tmp_path: Path) -> None:
    """A clear message, the documented exit code, and nothing lost: neither from the file nor from those beside it."""
    content, reason = BAD_FILES[name]
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / name).write_bytes(content)
    (folder / "~good.json").write_bytes(compact(study(77)))
    report = import_files([folder], tmp_path / "data", NOW)
    assert report.exit_code == 3
    assert report.refused == len(report.refusals) == 1
    assert report.refusals[0].name == str(folder / name)
    assert reason in report.refusals[0].reason
    held = {record_id for record_id, _ in stored(tmp_path / "data")}
    assert "NCT99900077" in held
    if name.endswith((".jsonl", ".zip", "cut.json.gz")):
        assert len(held) >= 3  # what stands beside the bad part is stored
    with RawStore.open(tmp_path / "data") as store:
        assert store.refusals() == list(report.refusals)
    assert [path.name for path in tmp_path.iterdir()] == ["in", "data"] or len(list(tmp_path.iterdir())) == 2


def test_odd_but_good_input_loads(tmp_path: Path) -> None:
    """A byte order mark, and a CSV in JSON's clothes, which is remarked."""
    (tmp_path / "bom.json").write_bytes(b"\xef\xbb\xbf" + compact([study(1)]))
    (tmp_path / "table.json").write_bytes(b"NCT Number,Study Title\nNCT99900002,Synthetic\n")
    report = import_files([tmp_path / "bom.json", tmp_path / "table.json"], tmp_path / "data", NOW)
    assert counts(report) == (2, 0, 0, 0) and report.exit_code == 0
    assert "a CSV table in spite of its name" in report.files[1].remark


def test_an_empty_list_is_an_answer_and_an_empty_folder_is_not(tmp_path: Path) -> None:
    """A search that found nothing gives `[]`."""
    (tmp_path / "none.json").write_bytes(b"[]")
    (tmp_path / "folder").mkdir()
    report = import_files([tmp_path / "none.json"], tmp_path / "data", NOW)
    assert (counts(report), report.exit_code) == ((0, 0, 0, 0), 0) and "holds no records" in report.files[
        0
    ].remark
    report = import_files([tmp_path / "folder"], tmp_path / "data", NOW)
    assert (counts(report), report.exit_code) == ((0, 0, 0, 1), 3)


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others load."""
    (tmp_path / "locked.json").write_bytes(compact(study(1)))
    (tmp_path / "open.json").write_bytes(compact(study(2)))
    opened = Path.open

    def refusing(self: Path, *args: Any, **more: Any) -> Any:
        if self.name == "locked.json":
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **more)

    monkeypatch.setattr(Path, "open", refusing)
    report = import_files([tmp_path / "locked.json", tmp_path / "open.json"], tmp_path / "data", NOW)
    assert (counts(report), report.exit_code) == ((1, 0, 0, 1), 3)
    assert report.refusals[0].reason == "cannot be opened: Permission denied"


def test_refusals_without_end_are_counted_but_not_all_listed(tmp_path: Path) -> None:
    """A file of a million bad lines must not fill the store and the screen."""
    (tmp_path / "bad.jsonl").write_bytes(GOOD + b"{oops}\n" * 5000)
    report = import_files([tmp_path / "bad.jsonl"], tmp_path / "data", NOW)
    assert report.refused == 5000 and len(report.refusals) == module.LISTED
    assert report.files == (FileReport(str(tmp_path / "bad.jsonl"), 2, 5000),)


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of 3,000 records with bad ones among them, and limits that make it take many batches and workers."""
    monkeypatch.setattr(module, "_WORKERS_FROM", 1)
    monkeypatch.setattr(module, "_BATCH_BYTES", 60_000)
    monkeypatch.setattr("skinproof.sources.files_json.BLOCK", 60_000)
    rng = random.Random(3)
    records = [
        compact(study(n, acronym=rng.randbytes(200).hex(), updated=f"20{n % 20:02d}-02-03"))
        for n in range(3000)
    ]
    records[1000] = b'{"protocolSection": oops}'
    path = tmp_path / "many.jsonl"
    path.write_bytes(b"\n".join(records) + b"\n")
    return path


def test_workers_give_what_one_process_gives(many: Path, tmp_path: Path) -> None:
    """Also the places of refusals; progress moves on to the end."""
    seen: list[tuple[int, int, int]] = []
    one = import_files([many], tmp_path / "one", NOW, jobs=1)
    two = import_files([many], tmp_path / "two", NOW, jobs=2, progress=lambda *now: seen.append(now))
    assert counts(one) == (2999, 0, 0, 1)
    assert one == two
    assert two.refusals[0].where.startswith("line 1001, byte ")
    assert stored(tmp_path / "one") == stored(tmp_path / "two")
    assert seen == sorted(seen) and len(seen) > 20
    assert seen[-1] == (many.stat().st_size, many.stat().st_size, 2999)
    (tmp_path / "many.json.gz").write_bytes(
        gzip.compress(LAYOUTS["array"]([study(n) for n in range(3000)]), 1)
    )
    assert counts(import_files([tmp_path / "many.json.gz"], tmp_path / "three", NOW, jobs=2)) == (
        3000,
        0,
        0,
        0,
    )


def test_a_worker_that_dies_ends_the_import_with_a_message(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example where memory runs out; what was committed stays."""
    from skinproof.workflows.import_workers import Workers

    start = Workers._start

    def starting(self: Workers[Any], jobs: int) -> None:
        start(self, jobs)
        self._processes[0].kill()

    monkeypatch.setattr(Workers, "_start", starting)
    with pytest.raises(SkinproofError, match="a worker process ended"):
        import_files([many], tmp_path / "data", NOW, jobs=2)


def test_an_import_beside_another_is_refused(many: Path, tmp_path: Path) -> None:
    """And leaves no worker behind."""
    with (
        RawStore.open(tmp_path / "data", write=True),
        pytest.raises(StoreError, match="another skinproof is writing"),
    ):
        import_files([many], tmp_path / "data", NOW, jobs=2)


SCRIPT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import skinproof.sources.files_json as files_json
import skinproof.workflows.import_ as module

files_json.BLOCK = module._BATCH_BYTES = 60_000
module._COMMIT_BYTES, module._WORKERS_FROM = 100_000, 1
told = lambda done, total, records: print(records, flush=True)
if __name__ == "__main__":
    module.import_files([Path(sys.argv[1])], Path(sys.argv[2]), datetime(2026, 11, 23, tzinfo=UTC), told, jobs=2)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="kills with signals")
def test_an_import_killed_at_any_moment_loses_nothing(many: Path, tmp_path: Path) -> None:
    """What was committed is whole, what was not is not there, no worker lives on, and importing again completes it."""
    script = tmp_path / "run.py"
    script.write_text(SCRIPT)
    import_files([many], tmp_path / "whole", NOW, jobs=1)
    expected = stored(tmp_path / "whole")
    data = tmp_path / "data"
    rng = random.Random(5)
    caught = set()
    for after in [0, 1, 2, 3, 5, 8, 13, 18, 23, 28, 32, 36]:
        shutil.rmtree(data, ignore_errors=True)
        with subprocess.Popen(
            [sys.executable, str(script), str(many), str(data)],
            stdout=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            for _ in range(after):
                process.stdout.readline()
            time.sleep(rng.random() * 0.01)
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            # The pipe's end is read only when every process that holds it, workers too, has ended.
            process.stdout.read()
        if (data / "raw.sqlite").exists() and (data / "raw.sqlite").stat().st_size:
            held = set()
            if after:
                with RawStore.open(data) as store:
                    store.check()
                held = stored(data)
            assert held <= expected
            caught.add(len(held))
        report = import_files([many], data, NOW, jobs=1)
        assert stored(data) == expected
        assert report.new == 2999 - (len(held) if after else 2999 - report.new)
    assert len(caught) > 4


RECORD_FILES = ("msc_v2", "ctgov_v2", "ctgov_v2_versions", "fullstudies_v2", "trial_texts_v2")


def test_every_real_file_imported_twice_is_unchanged(shared: Path, tmp_path: Path) -> None:
    """All that is at hand; the second time 0 new, 0 changed, and not one is refused."""
    paths = [shared / "data" / f"{name}.jsonl.gz" for name in RECORD_FILES]
    paths += [shared / "data/samples/ctg-studies_download.csv.gz", shared / "data/samples/ctgov_api_pages"]
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        pytest.skip(f"not on this machine: {missing}")
    first = import_files(paths, tmp_path / "data", NOW)
    assert first.refusals == () and first.exit_code == 0
    assert first.new + first.changed + first.unchanged == 1535 + 2608 + 5157 + 434 + 20227 + 1944 + 25
    again = import_files(paths, tmp_path / "data", NOW + timedelta(days=1))
    assert counts(again) == (0, 0, first.new + first.changed + first.unchanged, 0)
    with RawStore.open(tmp_path / "data") as store:
        assert first.new + first.changed == sum(1 for _ in store.versions())
