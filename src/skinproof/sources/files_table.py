"""Tables -> rows with their place: the CSV of ClinicalTrials.gov's download button, and the bundled facts table.

A row whose quotes are not closed swallows the lines after it. When such a row does not fit the header, its first
line is refused and reading goes on at the next line that begins like a row.
"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from skinproof.errors import InputError
from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.files_json import clean_excerpt
from skinproof.sources.files_packed import Stream
from skinproof.sources.files_record import BadRecord, table_item

TableKind = Literal["ctgov_csv", "snapshot"]

_ROW_START = re.compile(r'"?(NCT\d{8}|[A-Z]{2,}[^,;\t"]*)"?[,;\t]')
_UNDECODED = re.compile("[\udc80-\udcff]")
_READ = 1 << 20
_ROW_BYTES = 8 << 20
"""Largest row believed. Bounds what an open quote can swallow."""


class Row(NamedTuple):
    """One row, by column name."""

    where: str
    cells: dict[str, str]


def table_kind(first_line: str) -> tuple[TableKind, str] | None:
    """Which table begins with this line, and what parts its cells; None if neither."""
    line = first_line.strip()
    for separator in ",;\t":
        names = [cell.strip().strip('"') for cell in line.split(separator)]
        if names[0] == "registry_id" and len(names) > 1:
            return "snapshot", separator
        if "NCT Number" in names and (len(names) > 1 or separator == "\t"):
            return "ctgov_csv", separator
    return None


class TableReader:
    """Reads one table to its end. columns: their names, where the first line does not hold them."""

    def __init__(
        self,
        stream: Stream,
        name: str,
        place: str,
        separator: str,
        limits: Limits,
        *,
        columns: list[str] | None = None,
    ) -> None:
        self._stream, self._name, self._place, self._limits = stream, name, place, limits
        self._separator, self._columns = separator, columns
        self._row_bytes = min(_ROW_BYTES, limits.record_bytes)
        self._ahead: deque[str] = deque()
        self._taken: list[str] = []
        self._lines = self._text_lines()
        self._line = 0
        self._size = 0

    def __iter__(self) -> Iterator[Row | Refusal]:
        """Every row in order, with a Refusal for each stretch that cannot be read as rows."""
        header = self._columns
        while True:
            self._taken, self._size = [], 0
            first = self._line + 1
            try:
                cells = next(csv.reader(self._physical_lines(), delimiter=self._separator), None)
            except csv.Error as error:
                yield self._refusal(first, f"not a table row: {error}")
                self._give_back()
                continue
            if cells is None:
                return
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip() for cell in cells]
                if len(set(header)) < len(header):
                    yield self._refusal(
                        first, "a column name is there twice; which one is right cannot be known"
                    )
                    return
                continue
            reason = self._fault(header, cells)
            if reason is None:
                yield Row(f"{self._place}line {first}", dict(zip(header, cells, strict=True)))
                continue
            yield self._refusal(first, reason)
            self._give_back()

    def _fault(self, header: list[str], cells: list[str]) -> str | None:
        if len(cells) != len(header):
            return f"the row has {len(cells)} cells, the header {len(header)}"
        if any(_UNDECODED.search(cell) for cell in cells if not cell.isascii()):
            return "not UTF-8 text; save the file as UTF-8"
        return None

    def _give_back(self) -> None:
        """Of a bad row that runs over several lines, read again from the first line that begins like a row."""
        for n, text in enumerate(self._taken[1:], 1):
            if _ROW_START.match(text):
                self._ahead.extendleft(reversed(self._taken[n:]))
                self._line -= len(self._taken) - n
                return

    def _refusal(self, line: int, reason: str) -> Refusal:
        text = "".join(self._taken[:1])[: self._limits.excerpt].encode("utf-8", "surrogateescape")
        return Refusal(
            self._name, f"{self._place}line {line}", reason, clean_excerpt(text, self._limits.excerpt)
        )

    def _physical_lines(self) -> Iterator[str]:
        while True:
            text = self._ahead.popleft() if self._ahead else next(self._lines, None)
            if text is None:
                return
            self._line += 1
            self._taken.append(text)
            self._size += len(text)
            if self._size > self._row_bytes:
                raise csv.Error(f"larger than the limit of {self._row_bytes:,} characters for one row")
            yield text

    def _text_lines(self) -> Iterator[str]:
        """Lines with their ends; a line that never ends is given in pieces of the largest row's size."""
        decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        rest = ""
        while piece := self._stream.read(_READ):
            pieces = (rest + decoder.decode(piece)).split("\n")
            rest = pieces.pop()
            for line in pieces:
                yield line + "\n"
            if len(rest) > self._row_bytes:
                yield rest
                rest = ""
        rest += decoder.decode(b"", True)
        if rest:
            yield rest


def allow_long_cells(limits: Limits) -> None:
    """Let the csv module read cells as long as a record may be (the places of one study can exceed its 128 kB)."""
    if csv.field_size_limit() < limits.record_bytes:
        csv.field_size_limit(limits.record_bytes)


def row_item(row: Row, kind: TableKind, name: str, limits: Limits) -> RawItem | Refusal:
    """The raw item of one row, or why it is refused."""
    try:
        return table_item(_record(row.cells, kind), kind, row.where)
    except BadRecord as bad:
        reason = bad.reason
    except InputError as error:
        reason = str(error)
    text = ",".join(row.cells.values())[: limits.excerpt].encode("utf-8", "replace")
    return Refusal(name, row.where, reason, clean_excerpt(text, limits.excerpt))


def _record(cells: Mapping[str, str], kind: TableKind) -> dict[str, Any]:
    if kind == "snapshot":
        from skinproof.sources.snapshot import snapshot_record

        return snapshot_record(cells)
    from skinproof.sources.ctgov_csv import csv_record

    return csv_record(cells)
