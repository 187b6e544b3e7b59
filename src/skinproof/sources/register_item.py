"""The raw item of a record of another register: canonical JSON of all its content, and what tells its versions apart."""

import re
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import msgspec

from skinproof.model.dates import date_fault
from skinproof.model.raw import Completeness, Limits, RawItem, Refusal, Source
from skinproof.sources.files_json import JsonReader, Lines, Value
from skinproof.sources.files_packed import PeekedStream, Stream
from skinproof.sources.files_record import BadRecord, read_json, refuse_hollow, refuse_repeated_keys
from skinproof.sources.register_dates import day_of
from skinproof.sources.xml_tree import Node

_ENCODE = msgspec.json.Encoder(order="sorted").encode
_BOM = b"\xef\xbb\xbf"
_NAMESPACE = re.compile(r"\{[^{}]*\}")
VOLATILE = frozenset({"Export_date", "Export date", "record_last_import"})
"""Elements, columns and keys that say when a copy was made: their value changes without any change in the record."""


def register_item(
    record_id: str,
    content: Any,
    source: Source,
    completeness: Completeness,
    *,
    changed: str | None,
    copied: str | None,
    where: str,
) -> RawItem:
    """The raw item of a record. content: what JSON can hold, all of it; changed: day of its last change as it is
    printed, copied: day the copy was made; both None where not told or no full day.

    Raises: BadRecord for half a surrogate pair, or nesting too deep to write.
    """
    try:
        body = _ENCODE(content)
    except (RecursionError, UnicodeEncodeError) as error:
        raise BadRecord(f"cannot be written as JSON: {error}"[:200]) from error
    sha = register_identity(content, body)
    return RawItem(record_id, body, sha, source, completeness, _iso(changed), _iso(copied), where)


def register_identity(content: Any, body: bytes) -> str:
    """sha256, in hex, of a body with the day of the copy blanked: equal for copies of the same version."""
    if isinstance(content, dict):
        blank: Any = {key: "" if key in VOLATILE else value for key, value in content.items()}
    else:
        blank = [
            [part[0], part[1]] if isinstance(part, list) and part[0] in VOLATILE else part for part in content
        ]
    return sha256(_ENCODE(blank) if blank != content else body).hexdigest()


def _iso(text: str | None) -> str | None:
    day = day_of(text, day_first=True).text if text else ""
    return day if day and date_fault(day) is None else None


def json_content(data: bytes) -> dict[str, Any]:
    """The object that a record's text holds, every part checked. Raises: BadRecord."""
    refuse_hollow(data, 0, len(data))
    value = read_json(data)
    if not isinstance(value, dict):
        raise BadRecord("no object where a record should be")
    refuse_repeated_keys(data, 0, len(data), _ENCODE(value))
    return value


def json_pieces(stream: Stream, name: str, place: str, limits: Limits) -> Iterator[Value | Refusal]:
    """The text of each object of a JSON file: one, several, a list of them, or one in a line."""
    text = PeekedStream(stream)
    skip = len(_BOM) if text.peek(3) == _BOM else 0
    text.read(skip)
    is_cut: Callable[[], bool] = lambda: text.fault is not None  # noqa: E731
    for part in JsonReader(text.read, name, place, limits, offset=skip, is_cut=is_cut):
        if isinstance(part, Lines):
            offset = part.offset
            for n, line in enumerate(part.data.split(b"\n")):
                if line.strip():
                    yield Value(offset, part.line + n, line)
                offset += len(line) + 1
        else:
            yield part


def plain_names(node: Node) -> Node:
    """A tree without the address of the namespace in its names: one record and a list of them then read the same."""
    attributes = {_NAMESPACE.sub("", name): value for name, value in node[1].items()}
    children = [plain_names(child) if isinstance(child, list) else child for child in node[2:]]
    return [_NAMESPACE.sub("", node[0]), attributes, *children]
