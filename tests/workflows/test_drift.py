"""The drift alarm in a build: nothing becomes current that lost a field, and nobody is asked twice."""

import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from skinproof.errors import DriftError, UsageError
from skinproof.sources.record_paths import COME_AND_GO, described_paths, filled_paths
from skinproof.store.editions import Editions, verify
from skinproof.store.raw import RawStore
from skinproof.workflows import drift
from skinproof.workflows.build import build
from skinproof.workflows.drift import accept_drift, edition_fill
from skinproof.workflows.import_ import import_files
from tests.workflows.records import given, lines, record

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STATUS = "protocolSection.statusModule.overallStatus"

pytestmark = pytest.mark.usefixtures("both_stores")


def studies(n: int, updated: str = "2024-01-05", first: int = 0) -> list[dict[str, Any]]:
    """Synthetic studies, all alike but for their numbers."""
    return [
        record(number, title="Exosomes for acne scar", updated=updated, **given("Exosomes", "Acne scar"))
        for number in range(first, first + n)
    ]


def renamed(records: list[dict[str, Any]], old: str, new: str | None) -> list[dict[str, Any]]:
    """Copies in which a field has another name, or none."""
    found = copy.deepcopy(records)
    *way, name = old.split(".")
    for item in found:
        inner = item
        for step in way:
            inner = inner[step]
        value = inner.pop(name)
        if new is not None:
            inner[new] = value
    return found


def imported(data: Path, records: list[dict[str, Any]]) -> None:
    data.mkdir(exist_ok=True)
    name = f"{data.name}-{len(list(data.parent.iterdir()))}.jsonl"
    import_files([lines(data.parent / name, records)], data, now=NOW)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with an edition of 60 studies."""
    folder = tmp_path / "data"
    imported(folder, studies(60))
    build(folder)
    return folder


def test_a_renamed_field_stops_the_build_and_the_old_edition_stays(data: Path) -> None:
    """A loader that goes on would lose the status of every study without a word."""
    before = Editions(data / "editions").current()
    imported(data, renamed(studies(5, "2024-03-01"), STATUS, "recruitmentStatus"))
    with pytest.raises(DriftError, match=r"probably renamed to .*recruitmentStatus") as told:
        build(data)
    assert f"--accept-drift ctgov:{STATUS}" in str(told.value) and f"edition {before} stays" in str(
        told.value
    )
    assert Editions(data / "editions").current() == before
    assert not list((data / "editions").glob(".building-*"))
    with pytest.raises(DriftError):
        build(data)
    with pytest.raises(DriftError):
        build(data, clean=True)


def test_an_emptied_field_stops_the_build(data: Path) -> None:
    """The value vanished, no new name: six records that had a status have none."""
    imported(data, renamed(studies(6, "2024-03-01"), STATUS, None))
    with pytest.raises(DriftError, match="6 of 6 that had it lost it"):
        build(data)


def test_what_a_person_accepted_is_noted_and_never_asked_again(data: Path) -> None:
    """Who decided it, and when, must be found later."""
    imported(data, renamed(studies(6, "2024-03-01"), STATUS, None))
    (line,) = accept_drift(data, [f"ctgov:{STATUS}"], "a curator", "2026-11-23T12:00:00+00:00")
    assert (line.who, line.kind, line.subject, line.verdict) == (
        "a curator",
        "drift",
        f"ctgov:{STATUS}",
        "accept",
    )
    assert accept_drift(data, [f"ctgov:{STATUS}"], "a curator", "2026-11-23T12:00:01+00:00") == ()
    build(data)
    imported(data, renamed(studies(6, "2024-04-01", first=20), STATUS, None))
    assert build(data).made


def test_a_field_that_is_none_is_refused_with_the_nearest(data: Path) -> None:
    """A typing error must not look like a decision."""
    with pytest.raises(UsageError, match=f"did you mean ctgov:{STATUS}"):
        accept_drift(
            data, ["ctgov:protocolSection.statusModule.overalStatus"], "x", "2026-11-23T12:00:00+00:00"
        )
    with RawStore.open(data) as raw:
        assert raw.journal().lines() == ()


def test_edits_of_people_raise_no_alarm(data: Path) -> None:
    """Two of twenty studies that lose their phase are edits."""
    changed = studies(20, "2024-03-01")
    for item in changed[:2]:
        del item["protocolSection"]["designModule"]["phases"]
    imported(data, changed)
    assert build(data).made


def test_a_rename_before_the_first_edition_is_told(tmp_path: Path) -> None:
    """Whoever starts after the registry changed must hear it, too."""
    imported(tmp_path / "data", renamed(studies(12), STATUS, "recruitmentStatus"))
    with pytest.raises(DriftError, match="no edition was made"):
        build(tmp_path / "data")


def test_fill_rates_are_the_same_however_the_records_came(tmp_path: Path) -> None:
    """Fill rates are part of an edition: same records, same bytes, updated or built from nothing."""
    one, two = tmp_path / "one", tmp_path / "two"
    imported(one, studies(30))
    build(one)
    imported(one, studies(10, "2024-05-01"))
    build(one)
    for records in (studies(10, "2024-05-01"), studies(30)):
        imported(two, records)
    build(two, clean=True)
    editions = [Editions(folder / "editions") for folder in (one, two)]
    manifests = [each.manifest() for each in editions]
    assert manifests[0] == manifests[1]
    folder = editions[0].root / manifests[0].edition
    fill = edition_fill(folder, manifests[0])
    assert fill is not None and fill.sources["ctgov"].paths[STATUS] == 40
    assert fill.sources["ctgov"].versions == fill.sources["ctgov"].sampled == 40
    (folder / drift.FILE).write_bytes(b"{}")
    assert verify(folder, manifests[0]) == [drift.FILE]


def test_a_large_store_is_sampled_and_the_sample_does_not_depend_on_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alarm costs the same however much is held."""
    monkeypatch.setattr(drift, "SAMPLE", 25)
    one, two = tmp_path / "one", tmp_path / "two"
    for first in (0, 30, 60):
        imported(one, studies(30, first=first))
        build(one)
    imported(two, studies(90))
    build(two)
    manifests = [Editions(folder / "editions").manifest() for folder in (one, two)]
    assert manifests[0] == manifests[1]
    fill = edition_fill(one / "editions" / manifests[0].edition, manifests[0])
    assert fill is not None and (fill.sources["ctgov"].sampled, fill.sources["ctgov"].versions) == (25, 90)


def test_paths_of_any_body_are_counted() -> None:
    """Papers and other registers come as objects or as trees of elements."""
    assert filled_paths(b'["A",{"n":"1"},["B",{},"x"],["B",{},["C",{}]],"t"]') == {"A", "A@n", "A.B"}
    assert filled_paths(b'{"a":[{"b":1},{"c":2},{"d":3}],"e":[],"f":null,"g":false}') == {
        "a",
        "a[].b",
        "a[].c",
        "g",
    }
    assert all(any(known.startswith(path) for known in described_paths()) for path in COME_AND_GO)
