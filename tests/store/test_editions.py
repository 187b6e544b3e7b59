"""Editions: immutable, checked before they become current, and never half-seen."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.errors import EditionError, NotFoundError
from skinproof.store.editions import (
    PARTITION_SIZE,
    Editions,
    Manifest,
    Partition,
    file_entry,
    make_manifest,
    partition_names,
    quarter,
    verify,
    write_table,
)
from skinproof.store.tables import TABLES, RowBatch, sorted_table


def study(**values: object) -> tuple[object, ...]:
    """A row of `studies` without its key: the values given, nothing elsewhere."""
    schema = TABLES["studies"]
    return tuple(
        values.get(field.name, [] if str(field.type).startswith("list") else None)
        for field in list(schema)[3:]
    )


def built(editions: Editions, *ids: str) -> tuple[Path, Manifest]:
    folder = editions.start()
    batch = RowBatch()
    for name in sorted(ids):
        batch.add((name, "ctgov", "0" * 64), {"studies": [study()]})
    entry = write_table(folder, "studies", "undated", sorted_table("studies", [batch.arrow("studies")]))
    (folder / "vocabulary.json").write_bytes(b"{}")
    manifest = make_manifest(
        rules={"read": "read/1"},
        vocabulary="v",
        partitions={"undated": Partition("key", len(ids), {"studies": entry})},
        vocabulary_file=file_entry(folder, folder / "vocabulary.json", 0),
        version_keys=list(ids),
    )
    return folder, manifest


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2022-01-01", "2022-Q1"),
        ("2022-03-31", "2022-Q1"),
        ("2022-12", "2022-Q4"),
        ("2022", "undated"),
        (None, "undated"),
    ],
)
def test_a_version_is_filed_under_the_quarter_it_was_posted_in(day: str | None, name: str) -> None:
    """The layout depends on the record, not on when it was imported."""
    assert quarter(day) == name


@given(st.permutations([(f"NCT{n:08d}", "2022-01-01") for n in range(50)]))
def test_partition_names_do_not_depend_on_order(versions: list[tuple[str, str]]) -> None:
    """Import order must not show in an edition."""
    names = dict(zip(versions, partition_names(versions), strict=True))
    assert names == dict(zip(sorted(versions), partition_names(sorted(versions)), strict=True))


def test_a_large_quarter_is_cut_by_id() -> None:
    """A build worker holds one partition in memory at a time."""
    names = partition_names((f"NCT{n:08d}", "2022-01-01") for n in range(PARTITION_SIZE + 1))
    assert set(names) == {"2022-Q1.2-0", "2022-Q1.2-1"}


def test_an_edition_becomes_current_in_one_step_and_reads_back(tmp_path: Path) -> None:
    """Before `finish` the old edition is current; after it the new one is, whole."""
    editions = Editions(tmp_path / "editions")
    first = editions.finish(*built(editions, "NCT00000001"))
    folder, manifest = built(editions, "NCT00000001", "NCT00000002")
    assert editions.current() == first
    second = editions.finish(folder, manifest)
    assert editions.current() == second != first
    assert editions.list() == sorted([first, second])
    assert editions.manifest() == manifest
    assert verify(editions.root / second, manifest) == []


def test_when_an_edition_was_made_outlives_a_copy_and_a_line_cut_short(tmp_path: Path) -> None:
    """File times change when a folder is copied; which edition is the one before must not."""
    editions = Editions(tmp_path / "editions")
    first = editions.finish(*built(editions, "NCT00000001"))
    made = editions.made()[first]
    os.utime(editions.root / first / "manifest.json", (1, 1))
    with (editions.root / "MADE.jsonl").open("a") as file:
        file.write('{"edition": "cut')
    second = editions.finish(*built(editions, "NCT00000002"))
    editions.make_current(second)
    assert editions.made()[first] == pytest.approx(made) and editions.made()[second] > made
    assert len((editions.root / "MADE.jsonl").read_text().splitlines()) == 3
    (editions.root / "MADE.jsonl").unlink()
    assert editions.made()[first] == 1


def test_a_copy_of_editions_whose_times_were_not_kept_has_the_current_one_last(tmp_path: Path) -> None:
    """`cp -r` gives files the times and the order of the copying."""
    editions = Editions(tmp_path / "editions")
    first, second = (editions.finish(*built(editions, f"NCT0000000{n}")) for n in (1, 2))
    assert not editions.undated()
    (editions.root / "MADE.jsonl").unlink()
    for name, at in ((second, 1000), (first, 1001)):
        os.utime(editions.root / name / "manifest.json", (at, at))
    assert editions.undated() == {first, second}
    assert editions.made() == pytest.approx({first: 1001, second: 1001.001}, abs=1e-4)
    third = editions.finish(*built(editions, "NCT00000003"))
    assert editions.made()[first] < editions.made()[second] < editions.made()[third]
    assert not editions.undated()


def test_the_same_content_has_the_same_id_and_bytes(tmp_path: Path) -> None:
    """An edition's id is drawn from its content."""
    one, two = Editions(tmp_path / "a"), Editions(tmp_path / "b")
    ids = {one.finish(*built(one, "A", "B")), two.finish(*built(two, "B", "A"))}
    assert len(ids) == 1
    (name,) = ids
    files = [{p.name: p.read_bytes() for p in (e.root / name).rglob("*") if p.is_file()} for e in (one, two)]
    # version_keys differ in order only; the inputs digest sorts them
    assert files[0] == files[1]


def test_a_damaged_edition_is_not_made_current(tmp_path: Path) -> None:
    """A full disk or a bug must leave the last good edition in place."""
    editions = Editions(tmp_path / "editions")
    good = editions.finish(*built(editions, "NCT00000001"))
    folder, manifest = built(editions, "NCT00000002")
    path = folder / "studies" / "undated.parquet"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(EditionError, match=r"undated\.parquet is missing or cut short"):
        editions.finish(folder, manifest)
    assert editions.current() == good


def test_verify_names_the_file_whose_bytes_changed(tmp_path: Path) -> None:
    """An archive can be proved unchanged."""
    editions = Editions(tmp_path / "editions")
    name = editions.finish(*built(editions, "NCT00000001"))
    path = editions.root / name / "studies" / "undated.parquet"
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(bytes(data))
    assert verify(editions.root / name, editions.manifest()) == ["studies/undated.parquet"]


def test_leavings_of_a_killed_build_are_removed_and_never_listed(tmp_path: Path) -> None:
    """A half-written folder is neither an edition nor kept for ever."""
    editions = Editions(tmp_path / "editions")
    left = editions.root / ".building-1"
    left.mkdir(parents=True)
    (left / "manifest.json").write_text("{}")
    assert editions.list() == []
    assert editions.start().name == f".building-{os.getpid()}"
    assert not left.exists()


def test_no_edition_says_what_to_do(tmp_path: Path) -> None:
    """A first-time user is told the next command."""
    with pytest.raises(NotFoundError, match="skinproof build"):
        Editions(tmp_path).manifest()
    with pytest.raises(NotFoundError, match="no edition 'x'"):
        Editions(tmp_path).manifest("x")
