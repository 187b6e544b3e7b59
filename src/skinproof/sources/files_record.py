"""One record's text -> a raw item: checked through and through, in canonical form, with its identity.

Identity is the sha256 of the canonical JSON (no whitespace, keys sorted, shortest escapes, numbers as JSON numbers)
with the registry's `versionHolder` day blanked. So a pretty-printed copy, one with `\\u00e9` for `é`, one whose keys
were sorted on the way, and tomorrow's download of an unchanged record are all the same version; which of them came
first leaves no trace. The canonical form is also what is kept: it holds every key and value of the record.
"""

import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from skinproof.model.raw import RawItem, Source

_DECODE = msgspec.json.Decoder().decode
_ENCODE = msgspec.json.Encoder(order="sorted").encode
_NCT_ID = re.compile(r"NCT\d{8}", re.ASCII)
_DAY = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", re.ASCII)
_BYTE = re.compile(r" ?\(byte (\d+)\)")
_HOLLOW_FROM = 1 << 20
_NO_NUMBER = re.compile(rb"-?(NaN|Infinity)")
_HIDDEN_COLON = re.compile(rb"\\u003[aA]")
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
WRAPPER_KEYS = ("record", "study")
"""Keys under which a wrapper line holds the record itself: dated versions, and the site's history files."""


class BadRecord(Exception):
    """Why a record is refused; `at` is the byte in its text, None where no one place is to blame."""

    def __init__(self, reason: str, at: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


def refuse_hollow(data: bytes, start: int, end: int) -> None:
    """Raise BadRecord for a large text that is mostly brackets: a few bytes each in the file, a hundred in memory.

    In registry records, also in results, a list or object comes with 30 bytes and more.
    """
    if end - start < _HOLLOW_FROM:
        return
    if (data.count(b"{", start, end) + data.count(b"[", start, end)) * 8 > end - start:
        raise BadRecord("mostly empty lists and objects, as no registry record is")


def read_json(text: bytes | memoryview) -> Any:
    """The value that `text` holds, every string and number of it checked.

    Raises: BadRecord for text that is not JSON in UTF-8, with NaN, half a surrogate pair, or nested too deeply.
    """
    try:
        return _DECODE(text)
    except msgspec.DecodeError as error:
        raise BadRecord(*plain_fault(str(error), bytes(text))) from error
    except UnicodeDecodeError as error:
        raise BadRecord(*_utf8_fault(bytes(text))) from error
    except RecursionError as error:
        raise BadRecord("nested too deeply to be a registry record") from error


def plain_fault(message: str, text: bytes) -> tuple[str, int | None]:
    """msgspec's message in plain words, and the byte it points at."""
    place = _BYTE.search(message)
    at = int(place[1]) if place else None
    if "surrogate" in message:
        return "half of a surrogate pair (\\ud800 to \\udfff alone), which is not a character", at
    if "truncated" in message:
        if (lone := _SURROGATE.search(text, max(0, len(text) - 12))) is not None:
            return (
                "half of a surrogate pair (\\ud800 to \\udfff alone), which is not a character",
                lone.start(),
            )
        return "ends in the middle of a record", len(text)
    if "out of range" in message:
        return "a number too large to be kept", None
    if at is not None and (word := _NO_NUMBER.search(text, max(0, at - 2), at + 9)) is not None:
        return f"{word[0].decode()} is not JSON", word.start()
    return "not JSON: " + _BYTE.sub("", message).removeprefix("JSON is malformed: "), at


def _utf8_fault(text: bytes) -> tuple[str, int | None]:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return "not UTF-8 text; save the file as UTF-8", error.start
    return "not UTF-8 text; save the file as UTF-8", None


def ctgov_item(value: Any, data: bytes, start: int, end: int, where: str) -> RawItem:
    """The raw item of one API v2 record, bare or in a wrapper line; `value` was read from `data[start:end]`.

    Raises: BadRecord.
    """
    record = _unwrapped(value)
    body = _encode(record)
    if record is value:
        refuse_repeated_keys(data, start, end, body)
    else:
        refuse_repeated_keys(data, start, end, _encode(value))
        _check_wrapper(value, record)
    record_id = _record_id(record)
    if not _NCT_ID.fullmatch(record_id):
        raise BadRecord(f"the NCT id should be NCT and 8 digits, found {record_id[:40]!r}")
    return _item(record_id, record, body, "ctgov", where)


def table_item(record: Mapping[str, Any], source: Source, where: str) -> RawItem:
    """The raw item of an API v2-shaped record made from a table's row: always partial.

    Raises: BadRecord.
    """
    record_id = _record_id(record)
    if source == "ctgov_csv" and not _NCT_ID.fullmatch(record_id):
        raise BadRecord(f"the NCT id should be NCT and 8 digits, found {record_id[:40]!r}")
    return _item(record_id, record, _encode(record), source, where)


def _item(record_id: str, record: Mapping[str, Any], body: bytes, source: Source, where: str) -> RawItem:
    """The item of a record whose canonical form is `body`.

    `partial` is what a table gives, and a selection of fields: every whole record has a design module and a day of
    its last update.
    """
    holder = _at(record, "derivedSection", "miscInfoModule", "versionHolder")
    updated = _at(record, "protocolSection", "statusModule", "lastUpdatePostDateStruct")
    day = updated.get("date") if isinstance(updated, dict) else None
    whole = isinstance(updated, dict) and isinstance(record["protocolSection"].get("designModule"), dict)
    return RawItem(
        record_id,
        body,
        _identity(record, body, holder),
        source,
        "full" if source == "ctgov" and whole else "partial",
        day if isinstance(day, str) and _DAY.fullmatch(day) else None,
        holder if isinstance(holder, str) and _DAY.fullmatch(holder) else None,
        where,
    )


def _unwrapped(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRecord(f"a {_kind(value)} where a record (a JSON object) should be")
    if "protocolSection" not in value:
        for key in WRAPPER_KEYS:
            inner = value.get(key)
            if isinstance(inner, dict) and "protocolSection" in inner:
                return inner
    return value


def _check_wrapper(whole: dict[str, Any], record: dict[str, Any]) -> None:
    told, found = whole.get("nctId"), _record_id(record)
    if isinstance(told, str) and told != found:
        raise BadRecord(f"the wrapper says {told[:40]!r}, the record in it says {found[:40]!r}")


def _record_id(record: Mapping[str, Any]) -> str:
    """The registry id. Raises: BadRecord when there is none."""
    if "protocolSection" not in record:
        keys = ", ".join(list(record)[:5]) or "none"
        raise BadRecord(f"not a registry record: no protocolSection (its keys: {keys[:120]})")
    found = _at(record, "protocolSection", "identificationModule", "nctId")
    if not isinstance(found, str) or not found.strip():
        raise BadRecord("no NCT id at protocolSection.identificationModule.nctId")
    return found


def _at(value: Any, *keys: str) -> Any:
    for key in keys:
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def _encode(value: Any) -> bytes:
    try:
        return _ENCODE(value)
    except RecursionError as error:
        raise BadRecord("nested too deeply to be a registry record") from error


def _identity(record: Mapping[str, Any], body: bytes, holder: Any) -> str:
    """sha256 of the body with the holder's value blanked."""
    if not isinstance(holder, str):
        return sha256(body).hexdigest()
    named = b'"versionHolder":' + _ENCODE(holder)
    at = body.find(named)
    if body.find(named, at + 1) >= 0:  # the same key and value a second time, elsewhere in the record
        misc = {**record["derivedSection"]["miscInfoModule"], "versionHolder": ""}
        blank = {**record, "derivedSection": {**record["derivedSection"], "miscInfoModule": misc}}
        return sha256(_ENCODE(blank)).hexdigest()
    view = memoryview(body)
    digest = sha256(view[:at])
    digest.update(b'"versionHolder":""')
    digest.update(view[at + len(named) :])
    return digest.hexdigest()


def refuse_repeated_keys(data: bytes, start: int, end: int, canonical: bytes) -> None:
    """Raise BadRecord if an object in the text has a key twice: which value is right cannot be known.

    Decoding keeps the last of them, so the canonical form then has fewer colons than the text; only where the counts
    differ (or an escape may hide a colon) is the text read again, slowly and exactly.
    """
    if data.count(b":", start, end) == canonical.count(b":") and not _HIDDEN_COLON.search(data, start, end):
        return
    try:
        path = _repeated(json.loads(data[start:end], object_pairs_hook=_Pairs), "")
    except RecursionError as error:
        raise BadRecord("nested too deeply to be a registry record") from error
    if path is not None:
        raise BadRecord(f"the key {path} is there twice; which value is right cannot be known")


class _Pairs(list[tuple[str, Any]]):
    """An object with its repeated keys."""


def _repeated(value: Any, path: str) -> str | None:
    todo = [(value, path)]
    while todo:
        value, path = todo.pop()
        if isinstance(value, _Pairs):
            seen = set()
            for key, inner in value:
                here = f"{path}.{key}".lstrip(".")[:200]
                if key in seen:
                    return here
                seen.add(key)
                todo.append((inner, here))
        elif isinstance(value, list):
            todo += [(inner, f"{path}[{n}]"[:200]) for n, inner in enumerate(value)]
    return None


def _kind(value: Any) -> str:
    names = {str: "text", list: "list", bool: "yes/no value", int: "number", float: "number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)
