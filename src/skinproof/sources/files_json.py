"""Registry JSON of any layout -> the text of each record with its place, in bounded memory.

An array of records, API pages (`{"studies": [...]}`, keys before and after), one record, JSON Lines, records one
after another, and any mix of these are one grammar: values, between brackets, commas and white space. The end of a
value is found by msgspec's scanner, which stops at the first byte after it. JSON Lines are cut at newlines instead,
a block at a time. Text that breaks the grammar is refused with its place, and reading goes on where the next record
begins.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from skinproof.model.raw import Limits, Refusal
from skinproof.sources.files_record import WRAPPER_KEYS, BadRecord, plain_fault

BLOCK = 2 << 20
"""Bytes read at a time. Measured: 8 MB costs a tenth more (page faults), less makes more chunks than it saves."""

RECORD_KEYS = (
    "protocolSection", "resultsSection", "annotationSection", "documentSection", "derivedSection", "hasResults",
    "nctId", "lastUpdatePostDate", "versionHolder", *WRAPPER_KEYS,
)  # fmt: skip
"""Keys that a record, or a wrapper line around one, can begin with."""

_RAW_END = msgspec.json.Decoder(msgspec.Raw).decode
_OPENING = re.compile(rb'\{\s*(?:"((?:[^"\\]|\\.)*)"\s*:\s*|(\}))')
_KEY = re.compile(rb'\s*,?\s*(?:"((?:[^"\\]|\\.)*)"\s*:\s*|(\}))')
_NAMES = "|".join(RECORD_KEYS).encode()
RECORD_START = re.compile(rb'(\{\s*"(?:' + _NAMES + rb'|studies)"\s*:)')
_LINE_START = re.compile(RECORD_START.pattern + rb"|\n(\{)")
_SPACE = re.compile(rb"[ \t\r\n\x1e]*")
_RECORD_KEYS = frozenset(key.encode() for key in RECORD_KEYS)
_TAIL = 512
"""Bytes kept of text that was searched in vain: a record's beginning may be cut, and what stands before it counts."""
_ROOM = 1 << 16
"""Bytes looked at for one key with the space around it."""


class Lines(NamedTuple):
    """A block of JSON Lines: whole lines, each beginning with `{`. data: empty where only the place was asked for."""

    offset: int
    line: int
    length: int
    data: bytes


class Value(NamedTuple):
    """The text of one JSON object that should be a record."""

    offset: int
    line: int
    data: bytes


def clean_excerpt(text: bytes, limit: int) -> str:
    """The beginning of untrusted text, safe to print: one line, no control or direction characters."""
    shown = text[: 4 * limit].decode("utf-8", "replace")
    return "".join(char if char.isprintable() else " " for char in shown).strip()[:limit]


class _Broken(Exception):
    """The grammar is broken; `at` is relative to the reading position."""

    def __init__(self, reason: str, at: int, cut: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.at, self.cut = reason, at, cut


class JsonReader:
    """Reads one text to its end. `read(n)` gives up to n bytes, b"" at the end.

    is_cut: says, at the end, that the text ended before its time (a truncated gzip file): then its half record at
    the end is not refused here, because the cut itself will be.
    places_only: do not give the data of Lines; the caller reads them from the file itself.
    """

    def __init__(
        self,
        read: Callable[[int], bytes],
        name: str,
        place: str,
        limits: Limits,
        *,
        offset: int = 0,
        line: int = 1,
        in_lines: bool = True,
        places_only: bool = False,
        is_cut: Callable[[], bool] = lambda: False,
    ) -> None:
        self._read, self._name, self._place, self._limits, self._is_cut = read, name, place, limits, is_cut
        self._buffer, self._pos, self._base, self._line = b"", 0, offset, line
        self._at_end = False
        self._places_only = places_only
        self._open: list[str] = []
        self._lines_from = offset if in_lines else float("inf")

    def __iter__(self) -> Iterator[Lines | Value | Refusal]:
        """Every record's text in order, with a Refusal for each stretch that is broken."""
        while self._skip_space():
            try:
                yield from self._next()
            except _Broken as broken:
                if not (broken.cut and self._at_end and self._is_cut()):
                    yield self._refusal(broken)
                self._find_next_record()
        if self._open and not self._is_cut():
            where = f"{self._place}line {self._line}, byte {self._base + self._pos}"
            yield Refusal(
                self._name, where, "the list is never closed: the file was cut after the last whole record"
            )

    def _next(self) -> Iterator[Lines | Value]:
        byte = self._buffer[self._pos]
        inside = self._open[-1] if self._open else ""
        if byte == ord("{") and inside != "page":
            end, lines = self._lines_ahead() if not inside else (0, 0)
            if end:
                data = b"" if self._places_only else self._buffer[self._pos : end]
                yield Lines(self._base + self._pos, self._line, end - self._pos, data)
                self._line += lines
                self._pos = end
            elif not self._enter_page():
                yield self._take_value()
        elif byte == ord("[") and inside != "list":
            self._open.append("list")
            self._advance(1)
        elif (byte == ord("]") and inside == "list") or (byte == ord("}") and inside == "page"):
            self._open.pop()
            self._advance(1)
        elif byte == ord(","):
            self._advance(1)
        elif byte == ord('"') and inside == "page":
            self._page_key()
        else:
            raise _Broken("text that is no record, where a record should begin", 0)

    def _lines_ahead(self) -> tuple[int, int]:
        """Where the whole lines in the buffer end and how many there are, if the first holds a record and each begins
        with `{`; else 0, 0."""
        if self._base + self._pos < self._lines_from:
            return 0, 0
        opening = self._opening()
        if opening is None or opening[1] not in _RECORD_KEYS:
            return 0, 0
        buffer, size, lines = self._buffer, len(self._buffer), 0
        begin = self._pos
        while True:
            end = buffer.find(b"\n", begin) + 1
            if not end:
                end = size if self._at_end else begin
                break
            lines += 1
            begin = end
            if begin == size:
                break
            if buffer[begin] != ord("{"):
                self._lines_from = self._base + size
                return 0, 0
        if buffer[max(self._pos, end - 8) : end].rstrip().endswith(b"}"):
            return end, lines
        self._lines_from = self._base + size
        return 0, 0

    def _opening(self) -> re.Match[bytes] | None:
        if len(self._buffer) - self._pos < _ROOM:
            self._fill(_ROOM)
        return _OPENING.match(self._buffer, self._pos)

    def _enter_page(self) -> bool:
        """Go into an object that holds a list of records under `studies`; False (and nothing read) for any other."""
        opening = self._opening()
        if opening is None or opening[1] is None or opening[1] in _RECORD_KEYS:
            return False
        key: bytes | None = opening[1]
        at = opening.end() - self._pos
        while key is not None and key not in _RECORD_KEYS:
            if key == b"studies" and self._buffer[self._pos + at : self._pos + at + 1] == b"[":
                self._open += ["page", "list"]
                self._advance(at + 1)
                return True
            key, at = self._key_at(self._value_end(at))
        return False

    def _page_key(self) -> None:
        key, at = self._key_at(0)
        if key == b"studies" and self._buffer[self._pos + at : self._pos + at + 1] == b"[":
            self._open.append("list")
            self._advance(at + 1)
        else:
            self._advance(self._value_end(at))

    def _key_at(self, at: int) -> tuple[bytes | None, int]:
        """The key at a place relative to the position, and where its value begins; None at the object's end."""
        if len(self._buffer) - self._pos - at < _ROOM:
            self._fill(_ROOM)
        found = _KEY.match(self._buffer, self._pos + at)
        if found is None:
            raise _Broken("not JSON: expected a key or the end of the object", at, cut=True)
        return found[1], found.end() - self._pos

    def _take_value(self) -> Value:
        end = self._value_end(0)
        value = Value(self._base + self._pos, self._line, self._buffer[self._pos : self._pos + end])
        self._advance(end)
        return value

    def _value_end(self, at: int) -> int:
        """Where the value that begins at `at` ends, both relative to the position."""
        limit = self._limits.record_bytes
        too_large = f"larger than the limit of {limit:,} bytes for one record"
        while True:
            text = memoryview(self._buffer)[self._pos + at :]
            try:
                _RAW_END(text)
                end = len(self._buffer) - self._pos
                if self._at_end or self._buffer[self._pos + at] in b'{["':
                    return end
            except msgspec.DecodeError as error:
                message = str(error)
                if "trailing characters" in message:
                    end = at + int(message.rpartition(" ")[2].rstrip(")")) - 1
                    if end - at > limit:
                        raise _Broken(too_large, at) from None
                    return end
                if "truncated" not in message or self._at_end:
                    reason, place = plain_fault(message, bytes(text[: limit + 1]))
                    raise _Broken(reason, at + (place or 0), cut="truncated" in message) from None
            except RecursionError:
                raise _Broken("nested too deeply to be a registry record", at) from None
            del text
            if len(self._buffer) - self._pos - at > limit:
                raise _Broken(too_large, at)
            self._fill(len(self._buffer) - self._pos)

    def _skip_space(self) -> bool:
        """Move to the next byte that is not white space; False at the end of the text."""
        while True:
            found = _SPACE.match(self._buffer, self._pos)
            assert found is not None
            self._advance(found.end() - self._pos)
            if self._pos < len(self._buffer):
                return True
            if self._at_end:
                return False
            self._fill()

    def _advance(self, length: int) -> None:
        self._line += self._buffer.count(b"\n", self._pos, self._pos + length)
        self._pos += length

    def _fill(self, least: int = 0) -> None:
        """Read at least a block more, forgetting what lies before the position."""
        if self._at_end:
            return
        pieces, missing = [self._buffer[self._pos :]], max(BLOCK, least)
        while missing > 0:
            piece = self._read(missing)
            if not piece:
                self._at_end = True
                break
            pieces.append(piece)
            missing -= len(piece)
        self._base += self._pos
        self._pos = 0
        self._buffer = b"".join(pieces)

    def _refusal(self, broken: _Broken) -> Refusal:
        at = min(self._pos + broken.at, len(self._buffer))
        line = self._line + self._buffer.count(b"\n", self._pos, at)
        begin = self._buffer[max(self._pos, at - 40) : at + 4 * self._limits.excerpt]
        return Refusal(
            self._name,
            f"{self._place}line {line}, byte {self._base + at}",
            broken.reason,
            clean_excerpt(begin, self._limits.excerpt),
        )

    def _find_next_record(self) -> None:
        """Move to where the next record begins, or to the end of the text."""
        pattern = RECORD_START if self._open else _LINE_START
        self._advance(1)
        searched = 0
        while True:
            for found in pattern.finditer(self._buffer, self._pos + searched):
                at = found.start(found.lastindex or 0)
                # What follows a colon is the value of a key: the record in a wrapper line, a module.
                if not self._buffer[max(0, at - 64) : at].rstrip().endswith(b":"):
                    self._advance(at - self._pos)
                    return
            if self._at_end:
                self._advance(len(self._buffer) - self._pos)
                self._open.clear()
                return
            kept = min(_TAIL, len(self._buffer) - self._pos)
            self._advance(len(self._buffer) - self._pos - kept)
            self._fill()
            searched = max(0, kept - _TAIL // 2)


def refusal_of(bad: BadRecord, text: Value, name: str, place: str, limits: Limits) -> Refusal:
    """Why one record's text is refused, with the place that is to blame."""
    at = min(bad.at or 0, len(text.data))
    line = text.line + text.data.count(b"\n", 0, at)
    begin = text.data[max(0, at - 40) :] if bad.at else text.data
    where = f"{place}line {line}, byte {text.offset + at}" if text.offset >= 0 else f"{place}line {text.line}"
    return Refusal(name, where, bad.reason, clean_excerpt(begin[: 4 * limits.excerpt + 40], limits.excerpt))
