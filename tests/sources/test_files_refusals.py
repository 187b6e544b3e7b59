"""What is bad in a file is refused with file, place and reason; the good records around it load."""

import gzip
import io
import json
import struct
import zipfile
import zlib
from typing import Any

import pytest

from skinproof.model.raw import Limits, RawItem
from skinproof.sources import files_json
from skinproof.sources.files import Remark, iter_chunks, iter_records
from tests.sources.raw_samples import LAYOUTS, compact, lines, page, read, study, zipped

GOOD = [study(n) for n in range(6)]
TEXTS = [compact(record) for record in GOOD]


def ids(items: list[RawItem]) -> list[int]:
    return [int(item.record_id[-5:]) for item in items]


WHOLE_FILES = {
    "empty": (b"", "empty"),
    "white space only": (b" \r\n\t ", "empty"),
    "byte order mark only": (b"\xef\xbb\xbf", "empty"),
    "web page": (b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head></html>", "a web page"),
    "web page after space": (b"\n\n  <HTML><body>Access denied</body></html>", "a web page"),
    "xml": (b'<?xml version="1.0"?><clinical_study></clinical_study>', "XML"),
    "binary": (bytes(range(256)) * 40, "binary data"),
    "prose": (b"Not found\n", "neither registry JSON nor its CSV"),
    "pdf": (b"%PDF-1.7 \x00\x01", "a PDF document"),
    "xz": (b"\xfd7zXZ\x00\x00", "packed with xz"),
    "zstd": (b"\x28\xb5\x2f\xfd\x00", "packed with zstd"),
    "sqlite": (b"SQLite format 3\x00", "an SQLite database"),
    "utf-16": (json.dumps(GOOD).encode("utf-16"), "UTF-16"),
    "utf-16, no mark": (json.dumps(GOOD).encode("utf-16-le"), "UTF-16"),
    "utf-16 csv": ("NCT Number,Study Title\nNCT99900001,Synthetic\n".encode("utf-16"), "UTF-16"),
    "some other table": (b"id,name\n1,x\n", "neither registry JSON nor its CSV"),
    "table with a column twice": (
        b"NCT Number,Acronym,Acronym\nNCT99900001,a,b\n",
        "column name is there twice",
    ),
    "a list of numbers": (b"[1,2,3]", "text that is no record"),
    "an error answer": (b'{"error": {"code": 429, "message": "too many requests"}}', "no protocolSection"),
    "NaN alone in a list": (b"[NaN]", "text that is no record"),
    "empty zip": (zipped({}), "no files in it"),
    "zip in gzip": (gzip.compress(zipped({"a.json": TEXTS[0]})), "zip archive inside another"),
    "zip in zip": (zipped({"in.zip": zipped({"a.json": TEXTS[0]})}), "zip archive inside another"),
    "cut zip": (zipped({"a.json": TEXTS[0]})[:-30], "cut off or damaged"),
    "workbook": (zipped({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), "an Excel workbook"),
    "gzip of nothing": (gzip.compress(b""), "empty"),
    "gzip cut in its header": (gzip.compress(TEXTS[0])[:8], "cut off"),
    "deep nesting": (b"[" * 200_000, "text that is no record"),
    "deep nesting, closed": (b"[" * 200_000 + b"]" * 200_000, "text that is no record"),
    "deep record": (b'{"protocolSection":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
    "deep page key": (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
}


@pytest.mark.parametrize("case", WHOLE_FILES)
def test_a_file_without_records_is_refused_as_a_whole(case: str) -> None:
    """A person must learn what the file is, not get an empty map."""
    data, reason = WHOLE_FILES[case]
    items, refusals = read(data, "given.json")
    assert items == []
    assert len(refusals) == 1
    assert refusals[0].name == "given.json"
    assert reason in refusals[0].reason
    assert len(refusals[0].excerpt) <= 200 and refusals[0].excerpt.isprintable()


def _with(**change: Any) -> bytes:
    return compact(study(50, **change))


BAD_RECORDS = {
    "NaN": (_with(acronym=float("nan")), "NaN is not JSON"),
    "Infinity": (_with(acronym=float("inf")), "Infinity is not JSON"),
    "-Infinity": (_with(acronym=float("-inf")), "Infinity is not JSON"),
    "too large a number": (_with(acronym=0).replace(b'"acronym":0', b'"acronym":1e999'), "too large"),
    "lone surrogate": (_with(acronym="@").replace(b'"@"', b'"\\ud800"'), "surrogate"),
    "lone low surrogate": (_with(acronym="@").replace(b'"@"', b'"\\udc00 and more text"'), "surrogate"),
    "not UTF-8": (_with(acronym="@").replace(b"@", b"\xe9t\xe9"), "not UTF-8"),
    "encoded surrogate": (_with(acronym="@").replace(b"@", b"\xed\xa0\x80"), "not UTF-8"),
    "raw control character": (_with(acronym="@").replace(b"@", b"\x01"), "not JSON"),
    "key twice": (
        _with(acronym="@").replace(b'"acronym":"@"', b'"acronym":"a","acronym":"b"'),
        "acronym is there twice",
    ),
    "key twice, hidden colons": (
        _with(acronym="@").replace(b'"acronym":"@"', b'"acronym":"a","acronym":"\\u003a\\u003A"'),
        "protocolSection.identificationModule.acronym is there twice",
    ),
    "id twice": (_with().replace(b'"nctId":', b'"nctId":"NCT00000000","nctId":'), "nctId is there twice"),
    "no id": (_with(nctId=None), "no NCT id"),
    "number as id": (_with(nctId=12345678), "no NCT id"),
    "another id": (_with(nctId="ISRCTN12345678"), "should be NCT and 8 digits"),
    "id with other digits": (_with(nctId="NCT1234567\u0663"), "should be NCT and 8 digits"),
    "no section": (b'{"hasResults":false,"studySection":{}}', "no protocolSection"),
    "sections of wrong types": (b'{"hasResults":false,"protocolSection":[1]}', "no NCT id"),
    "wrapper of another record": (
        b'{"nctId":"NCT99900077","record":' + _with() + b"}",
        "the wrapper says 'NCT99900077', the record in it says 'NCT99900050'",
    ),
    "trailing comma": (_with()[:-1] + b",}", "not JSON"),
    "single quotes": (_with().replace(b'"hasResults"', b"'hasResults'"), "not JSON"),
    "missing bracket": (_with()[:-1], "not JSON"),
    "cut string": (_with()[:84], "not JSON"),
    "deep nesting": (_with(acronym="@").replace(b'"@"', b"[" * 5000 + b"]" * 5000), "nested too deeply"),
}


@pytest.mark.parametrize("layout", ["json lines", "array", "array one a line", "page", "one after another"])
@pytest.mark.parametrize("case", BAD_RECORDS)
def test_a_bad_record_is_refused_and_the_rest_goes_on(case: str, layout: str) -> None:
    """One bad record among 100,000 must not cost the others."""
    bad, reason = BAD_RECORDS[case]
    data = LAYOUTS[layout](GOOD).replace(TEXTS[3], bad)
    items, refusals = read(data, "download.json")
    assert ids(items) == [0, 1, 2, 4, 5]
    assert [refusal.name for refusal in refusals] == ["download.json"]
    line, byte = _place(refusals[0].where)
    begin = data.index(bad)
    # The fault of a cut record may show only where the next one begins.
    assert begin <= byte <= begin + len(bad) + 30
    assert line == data.count(b"\n", 0, byte) + 1
    if not (case in ("missing bracket", "cut string") or (layout != "json lines" and "surrogate" in case)):
        assert reason in refusals[0].reason


def _place(where: str) -> tuple[int, int]:
    line, byte = where.split(", ")
    return int(line.removeprefix("line ")), int(byte.removeprefix("byte "))


@pytest.mark.parametrize("block", [50, 1000])
@pytest.mark.parametrize(
    "layout", ["json lines", "array", "array pretty", "page", "one after another, pretty"]
)
def test_reading_goes_on_after_broken_text_wherever_blocks_end(
    layout: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finding the next record must not depend on what happens to be in memory."""
    monkeypatch.setattr(files_json, "BLOCK", block)
    monkeypatch.setattr(files_json, "_ROOM", 60)
    data = LAYOUTS[layout](GOOD).replace(b'"NCT99900003"', b"oops")
    items, refusals = read(data)
    assert ids(items) == [0, 1, 2, 4, 5]
    assert len(refusals) == 1 and "not JSON" in refusals[0].reason


def test_a_bad_first_line_costs_only_itself() -> None:
    """Also where the file does not begin like JSON."""
    for bad in (b"# exported today", b'{"protocolSection": oops}', b"{", TEXTS[0][:40]):
        items, refusals = read(bad + b"\n" + lines(GOOD[1:]))
        assert ids(items) == [1, 2, 3, 4, 5]
        assert len(refusals) == 1 and refusals[0].where.startswith("line ")


def test_json_lines_and_pretty_records_may_follow_each_other() -> None:
    """`cat a.jsonl b.json > all.json` is what people do."""
    data = (
        lines(GOOD[:2])
        + json.dumps(GOOD[2], indent=1).encode()
        + b"\n"
        + lines(GOOD[3:5])
        + compact([GOOD[5]])
    )
    items, refusals = read(data)
    assert (ids(items), refusals) == ([0, 1, 2, 3, 4, 5], [])


def test_several_records_in_a_line_are_all_read() -> None:
    """A missing newline is no reason to lose a record."""
    items, refusals = read(TEXTS[0] + b"\n" + TEXTS[1] + TEXTS[2] + b"\n" + TEXTS[3] + b"\n")
    assert (ids(items), refusals) == ([0, 1, 2, 3], [])


@pytest.mark.parametrize("layout", ["array", "array pretty", "page", "json lines", "one after another"])
def test_a_cut_file_keeps_what_stands_before_the_cut(layout: str) -> None:
    """A download that broke off: its records are good, and the person learns that there were more."""
    whole = LAYOUTS[layout](GOOD)
    items, refusals = read(whole[: whole.index(b"NCT99900004") + 100])
    assert ids(items) == [0, 1, 2, 3]
    assert len(refusals) == 1 and "ends in the middle" in refusals[0].reason


@pytest.mark.parametrize(
    "data", [compact(GOOD)[:-1], compact(page(GOOD)).partition(b"]")[0][:0] + b"[" + TEXTS[0] + b","]
)
def test_a_list_that_is_cut_between_records_is_noted(data: bytes) -> None:
    """Nothing shows in the records themselves."""
    items, refusals = read(data)
    assert items and [r.reason for r in refusals] == [
        "the list is never closed: the file was cut after the last whole record"
    ]


@pytest.mark.parametrize("layout", ["array", "json lines", "page"])
@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_cut_gzip_file_keeps_what_stands_before_the_cut(layout: str, share: float) -> None:
    """The refusal says how far reading came, once."""
    records = [study(n, acronym=zlib.crc32(bytes([n % 256]) * n)) for n in range(2000)]
    packed = gzip.compress(LAYOUTS[layout](records))
    items, refusals = read(packed[: int(len(packed) * share)], "cut.json.gz")
    assert 0.3 * share * 2000 < len(items) <= 2000 and ids(items) == list(range(len(items)))
    assert len(refusals) == 1
    assert "gzip file is cut off after" in refusals[0].reason and "unpacked" in refusals[0].reason


def test_damaged_gzip_data_is_noted() -> None:
    """A wrong checksum says that something is wrong even if every record could be read."""
    packed = bytearray(gzip.compress(lines(GOOD)))
    packed[-6] ^= 1
    items, refusals = read(bytes(packed))
    assert len(items) == 6 and "gzip data is damaged" in refusals[0].reason


def test_data_behind_a_gzip_file_is_noted() -> None:
    """It was not read, so it may be missed."""
    items, refusals = read(gzip.compress(lines(GOOD)) + b"more")
    assert len(items) == 6 and "other data follows" in refusals[0].reason


def test_a_gzip_bomb_is_stopped() -> None:
    """A small file must not fill memory or hours."""
    bomb = gzip.compress(lines(GOOD) + b" " * 24_000_000)
    items, refusals = read(bomb)
    assert len(items) == 6
    assert len(refusals) == 1 and "200 times its size" in refusals[0].reason


def test_a_zip_bomb_is_stopped_and_the_other_members_load() -> None:
    """Also where the bomb comes first."""
    data = zipped({"a.json": b"[" + b" " * 24_000_000 + b"]", "b.json": TEXTS[1]})
    items, refusals = read(data, "all.zip")
    assert ids(items) == [1]
    assert [(r.name, r.where) for r in refusals] == [("all.zip", "a.json")]
    assert "200 times its size" in refusals[0].reason


def test_limits_on_what_is_unpacked_hold_for_an_archive_as_a_whole() -> None:
    """Many members below the limit are a bomb too."""
    limits = Limits(unpacked_bytes=3 * len(TEXTS[0]))
    items, refusals = read(zipped({f"{n}.json": TEXTS[n] for n in range(6)}), limits=limits)
    assert ids(items)[:3] == [0, 1, 2] and refusals and "more than the limit" in refusals[-1].reason
    _, refusals = read(zipped({f"{n}.json": TEXTS[n] for n in range(6)}), limits=Limits(members=5))
    assert "more than the limit of 5" in refusals[0].reason


@pytest.mark.parametrize("name", ["../up.json", "/etc/x.json", "a/../../x.json", "C:\\x.json", "..\\x.json"])
def test_a_member_whose_name_points_outside_is_refused_and_nothing_is_written(
    name: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names in an archive are untrusted."""
    monkeypatch.chdir(tmp_path)
    items, refusals = read(zipped({name: TEXTS[0], "b.json": TEXTS[1]}), "odd.zip")
    assert ids(items) == [1]
    assert len(refusals) == 1 and "points outside the archive" in refusals[0].reason
    assert refusals[0].where.replace("/", "\\") == name.replace("/", "\\")
    assert list(tmp_path.iterdir()) == []


def test_members_that_cannot_be_read_are_refused_by_name() -> None:
    """Encrypted, linked, or packed in a way that needs much memory."""
    archive = bytearray(zipped({"locked.json": TEXTS[0]}, zipfile.ZIP_STORED))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        archive[archive.index(magic) + at] |= 1
    _, refusals = read(bytes(archive), "x.zip")
    assert [(r.where, "encrypted" in r.reason) for r in refusals] == [("locked.json", True)]
    _, refusals = read(zipped({"l.json": TEXTS[0] * 9}, zipfile.ZIP_LZMA), "x.zip")
    assert "only deflate" in refusals[0].reason
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as links:
        link = zipfile.ZipInfo("link.json")
        link.external_attr = 0o120777 << 16
        links.writestr(link, "/etc/passwd")
    _, refusals = read(out.getvalue(), "x.zip")
    assert "a link" in refusals[0].reason


def test_a_damaged_member_keeps_what_could_be_read() -> None:
    """And the other members."""
    data = bytearray(zipped({"a.jsonl": lines(GOOD[:3]), "b.json": TEXTS[4]}, zipfile.ZIP_STORED))
    at = data.index(b"Synthetic")
    data[at] ^= 1
    items, refusals = read(bytes(data), "x.zip")
    assert ids(items)[-1] == 4
    assert [(r.where, "zip data is damaged" in r.reason) for r in refusals] == [("a.jsonl", True)]


def test_an_archive_that_lies_about_sizes_is_refused() -> None:
    """The size in the directory is not to be trusted."""
    data = bytearray(zipped({"a.jsonl": lines(GOOD)}))
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 24, 10)
    items, refusals = read(bytes(data), "x.zip")
    assert items == [] and len(refusals) >= 1


@pytest.mark.parametrize("layout", ["json lines", "array", "one after another"])
def test_a_record_beyond_the_limit_is_refused_and_the_rest_goes_on(
    layout: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory is bounded by the limit, not by the file."""
    monkeypatch.setattr(files_json, "BLOCK", 4000)
    large = compact(study(3, acronym="x" * 200_000))
    data = LAYOUTS[layout](GOOD).replace(TEXTS[3], large)
    items, refusals = read(data, limits=Limits(record_bytes=20_000))
    assert ids(items) == [0, 1, 2, 4, 5]
    assert len(refusals) == 1 and "larger than the limit of 20,000 bytes" in refusals[0].reason
    assert _place(refusals[0].where)[1] == data.index(large)


def test_a_single_line_of_50_megabytes_loads_or_is_refused_by_the_limit() -> None:
    """Results records can be large; the limit is what decides."""
    large = study(1, acronym=["x" * 1000] * 50_000)
    items, refusals = read(lines([GOOD[0], large, GOOD[2]]))
    assert (ids(items), refusals) == ([0, 1, 2], [])
    items, refusals = read(lines([GOOD[0], large, GOOD[2]]), limits=Limits(record_bytes=1 << 20))
    assert ids(items) == [0, 2] and "larger than the limit" in refusals[0].reason
    items, refusals = read(b"{" + b"x" * 50_000_000)
    assert items == [] and len(refusals) == 1


@pytest.mark.parametrize("hollow", [b"[],", b"{},", b'{"":{}},'])
def test_a_record_of_brackets_is_refused(hollow: bytes) -> None:
    """Three bytes in the file are a hundred in memory: 60 MB of them would be gigabytes."""
    bad = b'{"protocolSection":[' + hollow * 700_000 + b"0]}"
    items, refusals = read(TEXTS[0] + b"\n" + bad + b"\n" + TEXTS[2])
    assert ids(items) == [0, 2]
    assert len(refusals) == 1 and "mostly empty lists and objects" in refusals[0].reason


def test_untrusted_text_is_cleaned_before_it_is_shown() -> None:
    """An excerpt must not move the cursor, ring the bell or turn the line around."""
    bad = b'{"hasResults":"\x1b[2J\x07\xe2\x80\xae oops \xc2\x9b' + b"x" * 500 + b'"}'
    _, refusals = read(TEXTS[0] + b"\n" + bad + b"\n")
    assert (
        refusals[0].excerpt.isprintable()
        and "oops" in refusals[0].excerpt
        and len(refusals[0].excerpt) <= 200
    )
    _, refusals = read(zipped({"\x1b[2Jx.json": b"<html>"}), "x.zip")
    assert refusals[0].where.isprintable()


TABLE = "NCT Number,Study Title,Study Status\n" + "".join(
    f"NCT{99_900_000 + n},Synthetic {n},COMPLETED\n" for n in range(6)
)

BAD_ROWS = {
    "too few cells": ("NCT99900003,Synthetic 3\n", "the row has 2 cells, the header 3"),
    "too many cells": ("NCT99900003,a,b,c,d\n", "the row has 5 cells, the header 3"),
    "open quote": ('NCT99900003,"Synthetic 3,COMPLETED\n', "cells"),
    "no id": (",Synthetic 3,COMPLETED\n", "NCT id"),
    "another id": ("EUCTR2020-1,Synthetic 3,COMPLETED\n", "NCT id"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_refused_and_the_rest_goes_on(case: str) -> None:
    """Also when an open quote swallows the rows after it."""
    row, reason = BAD_ROWS[case]
    items, refusals = read(TABLE.replace("NCT99900003,Synthetic 3,COMPLETED\n", row).encode(), "t.csv")
    assert ids(items) == [0, 1, 2, 4, 5]
    assert [(r.name, r.where) for r in refusals] == [("t.csv", "line 5")]
    assert reason in refusals[0].reason


def test_a_row_that_is_not_utf8_is_refused() -> None:
    """Excel saves CSV in the system's code page."""
    data = TABLE.encode().replace(b"Synthetic 3", b"Synth\xe9tique")
    items, refusals = read(data, "t.csv")
    assert ids(items) == [0, 1, 2, 4, 5] and "not UTF-8" in refusals[0].reason


def test_a_table_that_never_ends_its_row_is_refused_in_bounded_memory() -> None:
    """An open quote at the beginning of a huge file."""
    data = TABLE.encode() + b'NCT99900007,"' + b"x" * 9_000_000 + b"\nNCT99900008,Synthetic,COMPLETED\n"
    items, refusals = read(data, "t.csv")
    assert ids(items)[:6] == [0, 1, 2, 3, 4, 5] and refusals


def test_kinds_are_told_by_content_and_a_wrong_name_is_remarked() -> None:
    """A CSV renamed .json loads as the CSV it is, and the person is told."""

    def remarks(data: bytes, name: str) -> list[str]:
        return [p.text for p in iter_chunks(io.BytesIO(data), name, Limits()) if isinstance(p, Remark)]

    items, refusals = read(TABLE.encode(), "ctg-studies.json")
    assert len(items) == 6 and refusals == []
    assert remarks(TABLE.encode(), "ctg-studies.json") == ["a CSV table in spite of its name; read as one"]
    assert "in spite of its name" in remarks(compact(GOOD), "x.csv")[0]
    assert remarks(b"[]", "x.json") == ["holds no records"]
    assert remarks(b'{"studies": [], "totalCount": 0}', "x.json") == ["holds no records"]
    assert remarks(zipped({"a.json": TABLE.encode()}), "x.zip") == [
        "a.json: a CSV table in spite of its name; read as one"
    ]
    assert remarks(gzip.compress(TABLE.encode()), "t.csv.gz") == []


def test_a_file_that_fails_while_it_is_read_keeps_what_was_read() -> None:
    """A disk or network error is a refusal like any other."""

    class Failing(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() >= len(self.getvalue()):
                raise OSError(5, "Input/output error")
            return super().read(size)

    parts = list(iter_records(Failing(lines(GOOD)), "x.jsonl", Limits()))
    assert sum(isinstance(part, RawItem) for part in parts) == 6
    assert "cannot be read any further: Input/output error" in str(parts[-1])
