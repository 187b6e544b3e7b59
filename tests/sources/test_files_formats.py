"""Every kind and layout of file gives the same records."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skinproof.sources import files_json
from tests.chance import examples
from tests.sources.raw_samples import LAYOUTS, PACKINGS, compact, lines, page, read, study, versions, zipped

RECORDS = [study(n) for n in range(5)]
EXPECTED = versions(read(lines(RECORDS))[0])


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_gives_the_same_versions(layout: str, packing: str) -> None:
    """Otherwise the same download counts twice, or is lost, depending on how it was saved."""
    items, refusals = read(PACKINGS[packing](LAYOUTS[layout](RECORDS)))
    assert refusals == []
    assert [item.record_id for item in items] == [f"NCT999{n:05d}" for n in range(5)]
    assert versions(items) == EXPECTED


@pytest.mark.parametrize("block", [1, 7, 64, 300])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_blocks_may_end_anywhere(layout: str, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record that straddles two blocks must not be lost or cut."""
    monkeypatch.setattr(files_json, "BLOCK", block)
    monkeypatch.setattr(files_json, "_ROOM", 200)
    items, refusals = read(LAYOUTS[layout](RECORDS))
    assert refusals == []
    assert versions(items) == EXPECTED


_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=examples(60))
@given(
    st.lists(st.dictionaries(_text, _value, max_size=3), min_size=1, max_size=4),
    st.sampled_from(sorted(LAYOUTS)),
    st.sampled_from(sorted(PACKINGS)),
)
def test_any_record_is_the_same_version_in_any_layout(
    extras: list[dict[str, object]], layout: str, packing: str
) -> None:
    """Identity is a matter of content, not of white space, key order, escapes, file layout or packing."""
    records = [study(n, extra=extra) for n, extra in enumerate(extras)]
    items, refusals = read(PACKINGS[packing](LAYOUTS[layout](records)))
    assert refusals == []
    assert versions(items) == versions(read(lines(records))[0])
    assert [json.loads(item.body) for item in items] == records


def test_a_body_keeps_every_key_and_value() -> None:
    """The raw version is the one thing that can never be made again."""
    record = study(1, somethingNew={"z": [1, 2.5, None, True, 'é\\"\n'], "a": {}})
    (item,), _ = read(json.dumps(record, indent=3).encode())
    assert json.loads(item.body) == record
    assert len(item.body) == len(compact(record))


def test_the_day_of_the_download_is_not_part_of_the_identity() -> None:
    """versionHolder moves on daily without any change in the record; tomorrow's download must be unchanged."""
    today, tomorrow, changed = (
        read(compact(study(1, holder="2024-01-05")))[0][0],
        read(compact(study(1, holder="2024-01-06")))[0][0],
        read(compact(study(1, holder="2024-01-06", acronym="NEW")))[0][0],
    )
    assert today.sha256 == tomorrow.sha256 != changed.sha256
    assert (today.version_holder, tomorrow.version_holder) == ("2024-01-05", "2024-01-06")
    assert b"2024-01-06" in tomorrow.body


def test_only_the_records_own_version_holder_is_blanked() -> None:
    """The same words elsewhere in a record are content."""
    one = study(1, extra={"versionHolder": "2024-01-05"})
    other = study(1, extra={"versionHolder": "2024-01-06"})
    moved = study(1, holder="2024-01-06", extra={"versionHolder": "2024-01-05"})
    shas = [read(compact(record))[0][0].sha256 for record in (one, other, moved)]
    assert shas[0] == shas[2] != shas[1]


def test_what_an_item_says_of_its_record() -> None:
    """The store and the rule of precedence stand on these."""
    (item,), _ = read(lines([study(7)]), "x.jsonl")
    assert (item.record_id, item.source, item.completeness) == ("NCT99900007", "ctgov", "full")
    assert (item.registry_date, item.version_holder, item.where) == (
        "2021-03-04",
        "2024-01-05",
        "line 1, byte 0",
    )


def test_a_selection_of_fields_is_partial() -> None:
    """An API answer with a few fields must never replace the whole record."""
    small = {"protocolSection": {"identificationModule": {"nctId": "NCT99900001", "briefTitle": "Synthetic"}}}
    (item,), _ = read(compact(small))
    assert (item.completeness, item.registry_date) == ("partial", None)


@pytest.mark.parametrize("date", ["2021-13-01", "yesterday", 20210304, None, ["2021-03-04"]])
def test_a_date_that_is_none_is_no_registry_date(date: object) -> None:
    """The reader notes the odd value as an issue; the store must not sort by it."""
    (item,), refusals = read(compact(study(1, updated=date)))  # type: ignore[arg-type]
    assert refusals == [] and item.registry_date is None


def test_a_record_twice_in_a_file_is_given_twice() -> None:
    """The store counts the second as unchanged."""
    items, refusals = read(lines([study(1), study(1)]))
    assert len(items) == 2 and refusals == []


def test_a_page_larger_than_a_block_is_streamed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of any size load in bounded memory: the buffer never holds more than a few blocks."""
    monkeypatch.setattr(files_json, "BLOCK", 10_000)
    monkeypatch.setattr(files_json, "_ROOM", 200)
    largest = 0
    fill = files_json.JsonReader._fill

    def watched(self: files_json.JsonReader, least: int = 0) -> None:
        nonlocal largest
        fill(self, least)
        largest = max(largest, len(self._buffer))

    monkeypatch.setattr(files_json.JsonReader, "_fill", watched)
    items, refusals = read(compact(page([study(n) for n in range(2000)])))
    assert (len(items), refusals) == (2000, [])
    assert largest < 30_000


def test_every_member_of_an_archive_is_read_by_its_own_kind() -> None:
    """People zip folders of mixed files."""
    csv = b"NCT Number,Study Title,Last Update Posted\nNCT99900009,Synthetic,2020-02-03\n"
    data = zipped(
        {
            "two.jsonl": lines(RECORDS[:2]),
            "deep/one.json.gz": gzip.compress(compact(RECORDS[2])),
            "__MACOSX/._one.json": b"\0\0junk",
            ".DS_Store": b"junk",
            "table.csv": csv,
        }
    )
    items, refusals = read(data, "all.zip")
    assert refusals == []
    assert [item.record_id for item in items] == ["NCT99900002", "NCT99900009", "NCT99900000", "NCT99900001"]
    assert items[0].where == "deep/one.json.gz, line 1, byte 0"


CSV = (
    "NCT Number,Study Title,Study Status,Last Update Posted,Locations\r\n"
    'NCT99900001,"Synthetic, with comma",COMPLETED,2021-02-03,"Somewhere, Nowhere\r\nsecond line"\r\n'
    "NCT99900002,Synthetic «µ»,RECRUITING,2022-05,\r\n"
)


@pytest.mark.parametrize("data", [CSV, "\ufeff" + CSV, CSV.replace("\r\n", "\n"), CSV.rstrip()])
def test_rows_of_the_csv_download_are_partial_records(data: str) -> None:
    """The CSV of the same button loads what it has."""
    items, refusals = read(data.encode(), "ctg-studies.csv")
    assert refusals == []
    assert [(i.record_id, i.source, i.completeness, i.registry_date) for i in items] == [
        ("NCT99900001", "ctgov_csv", "partial", "2021-02-03"),
        ("NCT99900002", "ctgov_csv", "partial", "2022-05"),
    ]
    assert [item.where for item in items] == ["line 2", "line 4" if "\nsecond" in data else "line 3"]


def test_the_bundled_facts_load_with_ids_of_any_registry() -> None:
    """The demonstration goes through the same door as everyone's records."""
    from importlib.resources import files

    data = (files("skinproof.data") / "snapshot.csv").read_bytes()
    items, refusals = read(data, "snapshot.csv")
    assert refusals == [] and len(items) > 200
    assert {item.source for item in items} == {"snapshot"} and {item.completeness for item in items} == {
        "partial"
    }
    assert any(not item.record_id.startswith("NCT") for item in items)


@pytest.mark.parametrize(
    ("file", "count"),
    [("msc_v2", 1535), ("fullstudies_v2", 434), ("trial_texts_v2", 20227), ("ctgov_v2", 2608)],
)
def test_real_files_load_whole(shared: Path, file: str, count: int) -> None:
    """Not one real record is refused."""
    path = shared / "data" / f"{file}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is not on this machine")
    items, refusals = read(path.read_bytes(), path.name)
    assert (len(items), refusals) == (count, [])


def test_a_real_csv_download_loads_whole(shared: Path) -> None:
    """Some of its rows hold line breaks and cells of 100 kB."""
    items, refusals = read((shared / "data/samples/ctg-studies_download.csv.gz").read_bytes(), "ctg.csv.gz")
    assert (len(items), refusals) == (1944, [])
