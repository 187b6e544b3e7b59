"""Building: the same inputs give the same bytes, only what changed is worked on, and a kill breaks nothing."""

import itertools
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from skinproof.errors import NotFoundError
from skinproof.model.summary import Filters
from skinproof.store.editions import Editions, verify
from skinproof.workflows.build import BuildReport, build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import open_workspace
from tests.workflows.records import ALL, HEART, PRP, SCAR, SCAR_LATER, URINE, lines

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def imported(data: Path, records: list[dict]) -> Path:  # type: ignore[type-arg]
    data.mkdir(exist_ok=True)
    source = lines(data.parent / f"{data.name}-{len(list(data.parent.iterdir()))}.jsonl", records)
    import_files([source], data, now=NOW)
    return data


def content(data: Path) -> dict[str, bytes]:
    """Every file of the current edition."""
    editions = Editions(data / "editions")
    folder = editions.root / str(editions.current())
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def test_the_same_records_give_the_same_bytes_in_whatever_order_they_came(tmp_path: Path) -> None:
    """Two people with the same records must be able to compare editions by their id."""
    one = imported(tmp_path / "one", ALL)
    build(one)
    two = tmp_path / "two"
    for item in reversed(ALL):
        imported(two, [item])
    build(two)
    assert content(one) == content(two)


def test_an_update_gives_the_same_bytes_as_a_build_from_nothing(tmp_path: Path) -> None:
    """Skipping work must never show."""
    data = imported(tmp_path / "data", [SCAR, PRP])
    build(data)
    imported(data, [URINE, HEART, SCAR_LATER])
    report = build(data)
    assert (report.read, report.reused) == (3, 2)
    updated = content(data)
    build(data, clean=True)
    assert content(data) == updated
    fresh = imported(tmp_path / "fresh", ALL)
    build(fresh)
    assert content(fresh) == updated


def test_worker_processes_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many cores a machine has must never show."""
    one, two = imported(tmp_path / "one", ALL), imported(tmp_path / "two", ALL)
    build(one, jobs=1)
    monkeypatch.setattr("skinproof.workflows.build.POOL_FROM", 0)
    build(two, jobs=2)
    assert content(one) == content(two)


def test_building_again_changes_nothing(tmp_path: Path) -> None:
    """A cron job that runs every hour leaves one edition a change."""
    data = imported(tmp_path / "data", ALL)
    first = build(data)
    again = build(data)
    assert first.made and not again.made
    assert again == BuildReport(
        edition=first.edition, made=False, n_versions=5, n_studies=4, n_papers=0, n_links=0, read=0, reused=5,
        suggestions=first.suggestions, issues=first.issues,
    )  # fmt: skip
    assert Editions(data / "editions").list() == [first.edition]


def test_derived_files_can_be_deleted_and_come_back(tmp_path: Path) -> None:
    """Only raw versions are a source: the rest is rebuilt."""
    data = imported(tmp_path / "data", ALL)
    build(data)
    before = content(data)
    for name in ("search.sqlite", "cache.sqlite"):
        (data / name).unlink()
    build(data)
    assert content(data) == before
    assert open_workspace(data).find("melasma").total == 1


def test_an_old_edition_still_answers_after_a_new_one(tmp_path: Path) -> None:
    """'What did we say then' is a question with an answer."""
    data = imported(tmp_path / "data", [SCAR])
    old = build(data).edition
    imported(data, [PRP])
    new = build(data).edition
    assert [s.record_id for s in open_workspace(data, old).select(Filters()).studies] == ["NCT99000001"]
    assert len(open_workspace(data, new).select(Filters()).studies) == 2
    editions = Editions(data / "editions")
    assert verify(editions.root / old, editions.manifest(old)) == []


def test_counts_never_fall_when_records_are_added(tmp_path: Path) -> None:
    """More evidence never hides evidence."""
    for order in itertools.islice(itertools.permutations([SCAR, PRP, URINE, HEART]), 0, 24, 7):
        data = tmp_path / "-".join(r["protocolSection"]["identificationModule"]["nctId"][-1] for r in order)
        seen: set[str] = set()
        for item in order:
            imported(data, [item])
            build(data)
            ids = {s.record_id for s in open_workspace(data).select(Filters()).studies}
            assert seen < ids
            seen = ids


def test_nothing_imported_says_what_to_do(tmp_path: Path) -> None:
    """A first-time user is told the next command."""
    with pytest.raises(NotFoundError, match="skinproof import"):
        build(tmp_path)


def test_a_build_killed_at_any_moment_leaves_the_last_good_edition(tmp_path: Path) -> None:
    """Power cuts happen: readers always have a whole edition, and the next build completes."""
    data = imported(tmp_path / "data", [SCAR, PRP])
    good = build(data).edition
    imported(data, [URINE, HEART, SCAR_LATER])
    command = [sys.executable, "-c", "import sys; from pathlib import Path; from skinproof.workflows.build import build; "
               "build(Path(sys.argv[1]), jobs=1)", str(data)]  # fmt: skip
    start = time.monotonic()
    whole = tmp_path / "whole"
    imported(whole, ALL)
    subprocess.run([*command[:3], str(whole)], check=True)
    length = time.monotonic() - start
    finished = 0
    for step in range(14):
        process = subprocess.Popen(command)
        time.sleep(length * (0.3 + step * 0.05))
        process.send_signal(signal.SIGKILL)
        finished += process.wait() == 0
        current = Editions(data / "editions").current()
        editions = Editions(data / "editions")
        assert verify(editions.root / str(current), editions.manifest()) == []
        workspace = open_workspace(data)
        assert len(workspace.select(Filters()).studies) == (2 if current == good else 4)
        assert workspace.find("acne scar").total == 1
        workspace.close()
    build(data)
    assert content(data) == content(whole)
    assert not [p for p in os.listdir(data / "editions") if p.startswith(".building")]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for left-over processes in /proc")
def test_workers_of_a_killed_build_end(tmp_path: Path) -> None:
    """A killed build must not leave processes behind that eat memory for ever."""
    data = imported(tmp_path / "data", ALL)
    script = (
        "import sys; from pathlib import Path; import skinproof.workflows.build as b; b.POOL_FROM = 0\n"
        "if __name__ == '__main__': b.build(Path(sys.argv[1]), jobs=2)"
    )
    path = tmp_path / "run_build.py"
    path.write_text(script)
    process = subprocess.Popen([sys.executable, str(path), str(data)])
    children: list[int] = []
    deadline = time.monotonic() + 120
    while len(children) < 2 and time.monotonic() < deadline and process.poll() is None:
        children = _children(process.pid)
        time.sleep(0.02)
    process.kill()
    process.wait()
    while any(_alive(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert children
    assert not [pid for pid in children if _alive(pid)]


def _children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
