"""XML downloads -> the text of each record with its place, in bounded memory.

The text is cut at the records' own tags, so that one record that is not well-formed costs only itself. What stands
between records may be white space, comments and the tags of the list; anything else is refused, never passed over.
"""

import re
from collections.abc import Iterator, Sequence

from skinproof.model.raw import Limits, Refusal
from skinproof.sources.files_json import BLOCK, Value, clean_excerpt
from skinproof.sources.files_packed import Stream

_BOM = b"\xef\xbb\xbf"
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([^"']{1,40})["']""")
_GAP = rb"\s|<\?(?>.*?\?>)|<!--(?>.*?-->)|<!DOCTYPE[^>\[]*>"
_LONGEST_TAG = 1 << 12
_LONGEST_GAP = 1 << 20
"""What stands between two records is held until the next begins; real downloads have a line."""
_READ_AS_UTF8 = (b"utf-8", b"utf8", b"us-ascii", b"ascii")


def xml_starts(head: bytes, names: Sequence[str]) -> bool:
    """True where the first element of a text has one of these names."""
    before = rb"(?:" + _GAP + rb"|<!DOCTYPE[^>\[]*\[[^\]]*+\]\s*>)*+"
    found = re.match(before + rb"<([\w:.-]+)", head.removeprefix(_BOM), re.DOTALL)
    return found is not None and found[1].decode("utf-8", "replace") in names


class XmlCutter:
    """Cuts one text to its end.

    records: names of the elements that are records; lists: names of the elements around them.
    """

    def __init__(
        self,
        stream: Stream,
        name: str,
        place: str,
        limits: Limits,
        *,
        records: Sequence[str],
        lists: Sequence[str],
    ) -> None:
        self._stream, self._name, self._place, self._limits = stream, name, place, limits
        either = "|".join(map(re.escape, records)).encode()
        self._start = re.compile(rb"<(" + either + rb")(?=[\s/>])")
        around = "|".join(map(re.escape, lists)).encode()
        self._gap = re.compile(rb"(?:" + _GAP + rb"|</?(?:" + around + rb")(?:\s[^<>]*)?>)*+", re.DOTALL)
        self._lists = re.compile(rb"<(/?)(?:" + around + rb")(?=[\s/>])[^<>]*>")
        self._buffer, self._pos, self._base, self._line = b"", 0, 0, 1
        self._at_end = self._skipping = False
        self._open = 0

    def __iter__(self) -> Iterator[Value | Refusal]:
        """Every record's text in order, with a Refusal for each stretch that is none."""
        self._fill()
        if self._buffer.startswith(_BOM):
            self._take(len(_BOM))
        if (told := _ENCODING.match(self._buffer, self._pos)) and told[1].lower() not in _READ_AS_UTF8:
            yield self._refusal(f"XML in {told[1].decode('ascii', 'replace')}; save the file as UTF-8")
            return
        while True:
            name, end = self._find_start()
            yield from self._between(end)
            if name:
                yield from self._record(name)
            elif self._at_end and self._pos == len(self._buffer):
                break
        if self._open > 0 and not self._stream.fault:
            yield self._refusal("the list is never closed: the file was cut after the last whole record")

    def _find_start(self) -> tuple[bytes, int]:
        """Name of the next record, and where it begins; b"" and how far there is none."""
        searched = self._pos
        while True:
            found = self._start.search(self._buffer, searched)
            if found is not None:
                return found[1], found.start()
            if self._at_end:
                return b"", len(self._buffer)
            if len(self._buffer) - self._pos > _LONGEST_GAP:
                return b"", len(self._buffer) - _LONGEST_TAG
            searched = max(0, len(self._buffer) - self._pos - _LONGEST_TAG)
            self._fill()

    def _between(self, end: int) -> Iterator[Refusal]:
        """Pass over what stands before a record, to `end`."""
        for tag in self._lists.finditer(self._buffer, self._pos, end):
            self._open += -1 if tag[1] else 1
        fits = self._gap.match(self._buffer, self._pos, end)
        self._take(fits.end() - self._pos if fits else 0)
        if self._pos == end:
            return
        left = self._buffer[self._pos : end]
        if not self._skipping and not (self._at_end and self._stream.fault):
            declares = b"<!ENTITY" in left or b"<!DOCTYPE" in left
            yield self._refusal(
                "declares entities of its own, as no download does"
                if declares
                else "text that is no record, between records"
            )
        self._take(end - self._pos)
        self._skipping = not self._at_end

    def _record(self, name: bytes) -> Iterator[Value | Refusal]:
        """The record that begins here."""
        self._skipping = False
        end, next_start = self._find_end(name)
        if end and end - self._pos <= self._limits.record_bytes:
            offset, line = self._base + self._pos, self._line
            yield Value(offset, line, self._take(end - self._pos))
        elif next_start:
            yield self._refusal("the record is not closed before the next begins")
            self._take(next_start - self._pos)
        elif end or not self._at_end:
            yield self._refusal(
                f"larger than the limit of {self._limits.record_bytes:,} bytes for one record"
            )
            self._take((end or len(self._buffer) - _LONGEST_TAG) - self._pos)
            self._skipping = True
        else:
            if not self._stream.fault:
                yield self._refusal("ends in the middle of a record")
            self._take(len(self._buffer) - self._pos)
            self._open = 0

    def _find_end(self, name: bytes) -> tuple[int, int]:
        """Where the record that begins here ends (0: not within what may be read), or where another begins in it."""
        tags = re.compile(rb"</" + re.escape(name) + rb"\s*>|<" + re.escape(name) + rb"(?=[\s/>])[^<>]*>")
        searched = self._pos
        while True:
            for tag in tags.finditer(self._buffer, searched):
                if tag[0].startswith(b"</") or (tag.start() == self._pos and tag[0].endswith(b"/>")):
                    return tag.end(), 0
                if tag.start() > self._pos:
                    return 0, tag.start()
            if self._at_end or len(self._buffer) - self._pos > self._limits.record_bytes:
                return 0, 0
            searched = max(0, len(self._buffer) - self._pos - _LONGEST_TAG)
            self._fill()

    def _take(self, length: int) -> bytes:
        text = self._buffer[self._pos : self._pos + length]
        self._pos += length
        self._line += text.count(b"\n")
        return text

    def _fill(self) -> None:
        """Read at least a block more, and as much again as is held, forgetting what lies before the position."""
        pieces = [self._buffer[self._pos :]]
        missing = max(BLOCK, len(pieces[0]))
        while missing > 0:
            piece = self._stream.read(missing)
            if not piece:
                self._at_end = True
                break
            pieces.append(piece)
            missing -= len(piece)
        self._base += self._pos
        self._pos = 0
        self._buffer = b"".join(pieces)

    def _refusal(self, reason: str) -> Refusal:
        where = f"{self._place}line {self._line}, byte {self._base + self._pos}"
        begin = self._buffer[self._pos : self._pos + 4 * self._limits.excerpt]
        return Refusal(self._name, where, reason, clean_excerpt(begin, self._limits.excerpt))
