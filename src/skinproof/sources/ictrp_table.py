"""WHO ICTRP's tables: the CSV of the search portal, the full export, and the weekly file without a line of names."""

import csv
import re
from collections.abc import Iterator

import msgspec

from skinproof.model.raw import Limits, Refusal
from skinproof.sources.api_shape import facts
from skinproof.sources.files_json import Value
from skinproof.sources.files_packed import PeekedStream, Stream
from skinproof.sources.files_table import TableReader, allow_long_cells
from skinproof.sources.ictrp import trial_id_fault

_HEAD = 1 << 16
_ENCODE = msgspec.json.Encoder().encode
_LINE = re.compile(r"line (\d+)$")
_NAMES = frozenset({"public_title", "scientific_title", "public title", "scientific title"})


def detect(head: bytes) -> bool:
    """Whether a text that begins like this is one of ICTRP's tables."""
    return _kind(head) is not None


def pieces(stream: Stream, name: str, place: str, limits: Limits) -> Iterator[Value | Refusal]:
    """Each row as a JSON object by column, with its line; where its bytes begin is not known (offset -1)."""
    text = PeekedStream(stream)
    kind = _kind(text.peek(_HEAD))
    if kind is None:
        return
    separator, columns = kind
    allow_long_cells(limits)
    for part in TableReader(text, name, place, separator, limits, columns=columns):
        if isinstance(part, Refusal):
            yield part
        else:
            line = _LINE.search(part.where)
            yield Value(-1, int(line[1]) if line else 1, _ENCODE(part.cells))


def _kind(head: bytes) -> tuple[str, list[str] | None] | None:
    """What parts the cells of such a table, and its columns where the file does not name them; None for others."""
    start = head.removeprefix(b"\xef\xbb\xbf")[:_HEAD]
    if not start or start[:1] in b"{[<" or b"\0" in start[:200]:
        return None
    lines = start.decode("utf-8", "replace").splitlines(keepends=True)
    weekly: list[str] = facts("ictrp")["columns"]
    for separator in ",;\t":
        try:
            first = next(csv.reader(lines, delimiter=separator), [])
        except csv.Error:
            continue
        names = {cell.strip().lower() for cell in first}
        if "trialid" in names and names & _NAMES:
            return separator, None
        if len(first) == len(weekly) and trial_id_fault(first[0].strip()) is None:
            return separator, weekly
    return None
