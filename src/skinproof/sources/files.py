"""A file of registry records, whatever its kind -> raw items one after another, and a refusal for each part that is bad.

What a file is, is told from its content, never from its name: JSON of any layout (`files_json`), the CSV download and
the bundled facts table (`files_table`), each plain, in gzip or in a zip archive (`files_packed`). Reading is in two
steps so that the second, costly one can run elsewhere: `iter_chunks` cuts a stream into chunks of whole record texts,
`read_chunk` turns one chunk into items (`files_record`).
"""

import re
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import BinaryIO, Literal

import msgspec

from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.files_json import (
    BLOCK,
    RECORD_START,
    JsonReader,
    Lines,
    Value,
    clean_excerpt,
    refusal_of,
)
from skinproof.sources.files_kinds import KINDS, FileKind, KindName, kind_named, kind_of
from skinproof.sources.files_packed import (
    GzipStream,
    PeekedStream,
    PlainStream,
    ZipFault,
    zip_members,
)
from skinproof.sources.files_record import BadRecord, ctgov_item, read_json, refuse_hollow
from skinproof.sources.files_table import Row, TableReader, allow_long_cells, row_item, table_kind

_HEAD = 1 << 16
_ROWS = 500
_GZIP_LAYERS = 2
_SPACE = b" \t\r\n\x1e"
_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_MAGIC = {
    b"%PDF": "a PDF document",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it first",
    b"BZh": "packed with bzip2; unpack it first",
    b"\xfd7zXZ\x00": "packed with xz; unpack it first",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive; unpack it first",
    b"Rar!": "a RAR archive; unpack it first",
    b"SQLite format 3\x00": "an SQLite database",
    b"PAR1": "a Parquet file",
}
_HTML = re.compile(rb"<(!doctype html|html|head|body)", re.IGNORECASE)
_NAMED_JSON = re.compile(r"\.(json|jsonl|ndjson)(\.gz)?$", re.IGNORECASE)
_NAMED_TABLE = re.compile(r"\.(csv|tsv)(\.gz)?$", re.IGNORECASE)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
WANTED = "; ".join(
    (
        "wanted: ClinicalTrials.gov JSON (list, API page, record, JSON Lines) or its CSV",
        *sorted({kind.wanted for kind in KINDS}),
    )
)

Kind = Literal["lines", "values", "ctgov_csv", "snapshot"] | KindName


class Chunk(msgspec.Struct, frozen=True):
    """Some record texts of one file, about BLOCK bytes, with what is needed to tell where each stood.

    place: `member, ` in a zip archive, else empty. lines: offset, line and a block of JSON Lines; texts: offset,
    line and text of single JSON objects; rows: place and cells of table rows. Only what `kind` says is filled.
    length: of the lines; where the lines are empty and this is not, they are to be read from the file at their offset.
    """

    name: str
    place: str
    kind: Kind
    lines: tuple[int, int, bytes] = (0, 1, b"")
    texts: tuple[tuple[int, int, bytes], ...] = ()
    rows: tuple[tuple[str, dict[str, str]], ...] = ()
    length: int = 0


class Remark(msgspec.Struct, frozen=True):
    """Something worth knowing about a file that is no reason to refuse it."""

    name: str
    text: str


def iter_records(stream: BinaryIO, name: str, limits: Limits | None = None) -> Iterator[RawItem | Refusal]:
    """The records in a file, in the order they stand, with a Refusal for each part that could not be read.

    name: how messages call the file. Nothing is raised for what the file holds.
    """
    limits = limits or Limits()
    for part in iter_chunks(stream, name, limits):
        if isinstance(part, Refusal):
            yield part
        elif isinstance(part, Chunk):
            yield from read_chunk(part, limits)


def iter_chunks(
    stream: BinaryIO, name: str, limits: Limits, *, places_only: bool = False
) -> Iterator[Chunk | Refusal | Remark]:
    """The file cut into chunks, with a Refusal for what cannot be cut, and remarks.

    places_only: of JSON Lines in a file that is not packed give only the places, for `filled` to read.
    """
    yield from _open(PeekedStream(PlainStream(stream)), stream, name, "", limits, 0, places_only)


def filled(chunk: Chunk, stream: BinaryIO) -> Chunk:
    """A chunk that named only a place, with the lines at that place of the file."""
    offset, line, _ = chunk.lines
    stream.seek(offset)
    return msgspec.structs.replace(chunk, lines=(offset, line, stream.read(chunk.length)))


def read_chunk(chunk: Chunk, limits: Limits) -> Iterator[RawItem | Refusal]:
    """The items of a chunk in order."""
    if chunk.kind == "lines":
        offset, line, data = chunk.lines
        begin = 0
        while begin < len(data):
            end = data.find(b"\n", begin)
            end = len(data) if end < 0 else end
            yield from _read_text(
                chunk, data, (begin, end), (offset + begin, line), limits, may_hold_more=True
            )
            begin = end + 1
            line += 1
    elif chunk.kind == "values":
        for offset, line, data in chunk.texts:
            yield from _read_text(chunk, data, (0, len(data)), (offset, line), limits, may_hold_more=False)
    elif chunk.kind == "ctgov_csv" or chunk.kind == "snapshot":
        for where, cells in chunk.rows:
            yield row_item(Row(where, cells), chunk.kind, chunk.name, limits)
    else:
        yield from _read_pieces(chunk, kind_named(chunk.kind), limits)


def _read_pieces(chunk: Chunk, kind: FileKind, limits: Limits) -> Iterator[RawItem | Refusal]:
    for offset, line, data in chunk.texts:
        try:
            byte = f", byte {offset}" if offset >= 0 else ""  # of a table's row only the line is known
            yield kind.item(data, f"{chunk.place}line {line}{byte}")
        except BadRecord as bad:
            yield refusal_of(bad, Value(offset, line, data), chunk.name, chunk.place, limits)


def _read_text(
    chunk: Chunk,
    data: bytes,
    span: tuple[int, int],
    place: tuple[int, int],
    limits: Limits,
    *,
    may_hold_more: bool,
) -> Iterator[RawItem | Refusal]:
    """The item of one record's text, `data` from span[0] to span[1]; of several, where a line holds more than one.

    place: offset and line where the text begins in the file.
    """
    begin, end = span
    try:
        if end - begin > limits.record_bytes:
            raise BadRecord(f"larger than the limit of {limits.record_bytes:,} bytes for one record")
        refuse_hollow(data, begin, end)
        value = read_json(memoryview(data)[begin:end])
        if not (may_hold_more and isinstance(value, dict) and isinstance(value.get("studies"), list)):
            where = f"{chunk.place}line {place[1]}, byte {place[0]}"
            yield ctgov_item(value, data, begin, end, where)
            return
    except BadRecord as bad:
        if not (may_hold_more and "trailing characters" in bad.reason):
            yield refusal_of(bad, Value(*place, data[begin:end]), chunk.name, chunk.place, limits)
            return
    yield from _read_again(chunk, Value(*place, data[begin:end]), limits)


def _read_again(chunk: Chunk, text: Value, limits: Limits) -> Iterator[RawItem | Refusal]:
    pieces = iter([text.data])
    reader = JsonReader(
        lambda size: next(pieces, b""),
        chunk.name,
        chunk.place,
        limits,
        offset=text.offset,
        line=text.line,
        in_lines=False,
    )
    for part in reader:
        if isinstance(part, Refusal):
            yield part
        elif isinstance(part, Value):
            span, place = (0, len(part.data)), (part.offset, part.line)
            yield from _read_text(chunk, part.data, span, place, limits, may_hold_more=False)


def _open(
    stream: PeekedStream,
    file: BinaryIO | None,
    name: str,
    place: str,
    limits: Limits,
    layers: int,
    places_only: bool = False,
) -> Iterator[Chunk | Refusal | Remark]:
    """Chunks of a stream of unknown kind. file: the stream as a file, while it still is one (zip needs that)."""
    head = stream.peek(_HEAD)
    if head.startswith(_ZIP):
        if file is None:
            yield Refusal(name, _where(place), "a zip archive inside another packed file; unpack it first")
        else:
            yield from _open_zip(file, name, limits)
    elif head.startswith(b"\x1f\x8b") and layers < _GZIP_LAYERS:
        yield from _open(PeekedStream(GzipStream(stream, limits)), None, name, place, limits, layers + 1)
    elif (kind := kind_of(head)) is not None:
        yield from _gathered(kind.pieces(stream, name, place, limits), name, place, kind.name)
        if stream.fault:
            yield Refusal(name, _where(place), stream.fault)
    elif (reason := _unusable(head)) is not None:
        yield Refusal(name, _where(place), stream.fault or reason, clean_excerpt(head, limits.excerpt))
    else:
        yield from _read_kind(stream, head, name, place, limits, places_only and file is not None)
        if stream.fault:
            yield Refusal(name, _where(place), stream.fault)


def _open_zip(file: BinaryIO, name: str, limits: Limits) -> Iterator[Chunk | Refusal | Remark]:
    empty = True
    try:
        for member, stream in zip_members(file, limits):
            empty = False
            shown = clean_excerpt(member.encode("utf-8", "replace"), limits.excerpt)
            if isinstance(stream, str):
                yield Refusal(name, shown, stream)
            else:
                yield from _open(PeekedStream(stream), None, name, f"{shown}, ", limits, 0)
    except ZipFault as fault:
        yield Refusal(name, "", str(fault))
        return
    if empty:
        yield Refusal(name, "", "a zip archive with no files in it")


def _read_kind(
    stream: PeekedStream, head: bytes, name: str, place: str, limits: Limits, places_only: bool
) -> Iterator[Chunk | Refusal | Remark]:
    table = table_kind(_first_line(head))
    named, prefix = _where(place) or name, place.replace(", ", ": ")
    if table is not None:
        kind, separator = table
        if _NAMED_JSON.search(named):
            yield Remark(name, f"{prefix}a CSV table in spite of its name; read as one")
        allow_long_cells(limits)
        yield from _in_rows(iter(TableReader(stream, name, place, separator, limits)), name, place, kind)
        return
    if _NAMED_TABLE.search(named):
        yield Remark(name, f"{prefix}JSON in spite of its name; read as that")
    skip = len(_UTF8_BOM) if head.startswith(_UTF8_BOM) else 0
    stream.read(skip)
    is_cut: Callable[[], bool] = lambda: stream.fault is not None  # noqa: E731
    reader = JsonReader(stream.read, name, place, limits, offset=skip, is_cut=is_cut, places_only=places_only)
    found = False
    for part in _gathered(iter(reader), name, place, "values"):
        found = True
        yield part
    if not found and not stream.fault:
        yield Remark(name, f"{prefix}holds no records")


def _gathered(
    parts: Iterator[Lines | Value | Refusal], name: str, place: str, kind: Kind
) -> Iterator[Chunk | Refusal]:
    """Single values gathered into chunks of a kind."""
    values: list[tuple[int, int, bytes]] = []
    size = 0
    for part in parts:
        if isinstance(part, Value):
            values.append((part.offset, part.line, part.data))
            size += len(part.data)
            if size < BLOCK:
                continue
        if values:
            yield Chunk(name, place, kind, texts=tuple(values))
            values, size = [], 0
        if isinstance(part, Lines):
            yield Chunk(name, place, "lines", lines=(part.offset, part.line, part.data), length=part.length)
        elif isinstance(part, Refusal):
            yield part
    if values:
        yield Chunk(name, place, kind, texts=tuple(values))


def _in_rows(
    parts: Iterator[Row | Refusal], name: str, place: str, kind: Literal["ctgov_csv", "snapshot"]
) -> Iterator[Chunk | Refusal]:
    rows: list[tuple[str, dict[str, str]]] = []
    for is_row, group in groupby(parts, key=lambda part: isinstance(part, Row)):
        for part in group:
            if isinstance(part, Refusal):
                yield part
                continue
            rows.append((part.where, part.cells))
            if len(rows) == _ROWS:
                yield Chunk(name, place, kind, rows=tuple(rows))
                rows = []
        if is_row and rows:
            yield Chunk(name, place, kind, rows=tuple(rows))
            rows = []


def _unusable(head: bytes) -> str | None:
    """Why text that begins like this cannot hold records, None if it can."""
    if not head.strip(_SPACE + _UTF8_BOM):
        return None if len(head) == _HEAD else "empty: there is nothing in it"
    for magic, reason in _MAGIC.items():
        if head.startswith(magic):
            return f"{reason} ({WANTED})"
    if head.startswith(_UTF16_BOMS) or (b"\0" in head[:4] and head[:200].count(b"\0") * 4 >= len(head[:200])):
        return "UTF-16 text; save the file as UTF-8"
    start = head.removeprefix(_UTF8_BOM).lstrip(_SPACE)
    if start[:1] in (b"{", b"[") or table_kind(_first_line(head)) is not None:
        return None
    if start.startswith(b"<"):
        return f"{'a web page' if _HTML.search(start[:1000]) else 'XML'}, not a registry download ({WANTED})"
    if RECORD_START.search(head) is not None:
        return None
    if b"\0" in head:
        return f"binary data ({WANTED})"
    return f"text that is neither registry JSON nor its CSV ({WANTED})"


def _first_line(head: bytes) -> str:
    text = head.removeprefix(_UTF8_BOM).lstrip(_SPACE)
    return "" if text[:1] in (b"{", b"[") else text.partition(b"\n")[0].decode("utf-8", "replace")


def _where(place: str) -> str:
    return place.removesuffix(", ")
