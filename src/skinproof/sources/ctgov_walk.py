"""The lenient reading of an odd record: every value the model cannot hold becomes an issue, the rest is kept.

The walk is compiled once from the types of `StudyRecord`, so the model is the only list of fields.
"""

import json
import math
import re
from collections.abc import Callable
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from skinproof.errors import InputError
from skinproof.model.dates import date_fault, date_time_fault
from skinproof.model.issue import FOUND_LENGTH, Issue
from skinproof.model.record import StudyRecord

MOST_ISSUES = 500
"""Issues kept of one record; the rest is counted in a last one, so that no record can flood the issue list."""

Where = tuple[Any, "str | int"] | None
Clean = Callable[[Any, Where, "_Notes"], Any]

_DROP: Any = object()
_PLAIN_KEY = re.compile(r"[A-Za-z_]\w{0,99}", re.ASCII)
_LONGEST_INTEGER = 19
"""Digits. Longer whole numbers stay text: none belongs in a record, and int() of a long one is slow."""


class _OddNumber:
    """A JSON number too large for Python to hold exactly; only its text is kept."""

    def __init__(self, text: str) -> None:
        self.text = text


class _Notes:
    """The issues found so far, in the order of the record."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.left_out = 0

    def add(self, kind: str, where: Where, value: Any, message: str) -> Any:
        if len(self.issues) < MOST_ISSUES:
            self.issues.append(Issue(kind, _path(where), _found(value), message))
        else:
            self.left_out += 1
        return _DROP

    def all(self) -> tuple[Issue, ...]:
        if self.left_out:
            message = f"{self.left_out} more issues of this record are not listed"
            return (*self.issues, Issue("more_issues", "", "", message))
        return tuple(self.issues)


def walk_record(body: bytes) -> tuple[StudyRecord, tuple[Issue, ...]]:
    """The record without its odd values, and an issue for each of them.

    Raises: InputError if `body` is not one JSON object.
    """
    value = _parse(body)
    if type(value) is not dict:
        raise InputError(f"not a record: a JSON object was expected, found {_name(value)}: {_found(value)}")
    notes = _Notes()
    kept = _CLEAN_RECORD(value, None, notes)
    return msgspec.convert(kept, StudyRecord), notes.all()


def _parse(body: bytes) -> Any:
    try:
        return json.loads(
            body.decode(), parse_int=_integer, parse_float=_float, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise InputError("not a record: nested too deeply to be read") from None
    except ValueError as error:
        raise InputError(f"not JSON: {error}") from error


def _integer(text: str) -> Any:
    return int(text) if len(text) <= _LONGEST_INTEGER else _OddNumber(text)


def _float(text: str) -> Any:
    number = float(text)
    return number if math.isfinite(number) else _OddNumber(text)


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON value")


def _path(where: Where) -> str:
    """`protocolSection.designModule.phases[0]`; keys that are no plain names are quoted as in JSON."""
    steps: list[str] = []
    while where is not None:
        where, step = where
        if isinstance(step, int):
            steps.append(f"[{step}]")
        elif _PLAIN_KEY.fullmatch(step):
            steps.append(f".{step}")
        else:
            steps.append(f"[{json.dumps(step[:100])}]")
    return "".join(reversed(steps)).removeprefix(".")


def _found(value: Any) -> str:
    """The raw JSON of a value, cut to FOUND_LENGTH characters, always valid Unicode."""
    if isinstance(value, str):
        value = value[: FOUND_LENGTH * 2]
    try:
        text = json.dumps(value, ensure_ascii=False, default=lambda odd: odd.text[:FOUND_LENGTH])
    except RecursionError:
        return "(nested too deeply to quote)"
    return text[:FOUND_LENGTH].encode("utf-8", "backslashreplace").decode()[:FOUND_LENGTH]


_NAMES = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}


def _name(value: Any) -> str:
    return _NAMES.get(type(value), "a number")


def _wrong(expected: str, value: Any, where: Where, notes: _Notes) -> Any:
    return notes.add("wrong_type", where, value, f"expected {expected}, found {_name(value)}")


def _clean_object(struct: type[msgspec.Struct]) -> Clean:
    fields = {field.encode_name: _clean(field.type) for field in msgspec.structs.fields(struct)}

    def clean(value: Any, where: Where, notes: _Notes) -> Any:
        if type(value) is not dict:
            return _wrong("an object", value, where, notes)
        kept = {}
        for key, item in value.items():
            here = (where, key)
            field = fields.get(key)
            if field is None:
                notes.add("unknown_field", here, item, "the registry's description has no such field")
            elif (good := field(item, here, notes)) is not _DROP:
                kept[key] = good
        return kept

    return clean


def _clean_list(item_type: Any) -> Clean:
    clean_item = _clean(item_type)

    def clean(value: Any, where: Where, notes: _Notes) -> Any:
        if type(value) is not list:
            return _wrong("a list", value, where, notes)
        kept = (clean_item(item, (where, index), notes) for index, item in enumerate(value))
        return [item for item in kept if item is not _DROP]

    return clean


def _clean_optional(inner_type: Any) -> Clean:
    """null in an optional field is read as not reported, as the typed reading does."""
    inner = _clean(inner_type)

    def clean(value: Any, where: Where, notes: _Notes) -> Any:
        return _DROP if value is None else inner(value, where, notes)

    return clean


def _clean_text(value: Any, where: Where, notes: _Notes) -> Any:
    if type(value) is not str:
        return _wrong("text", value, where, notes)
    if value.isascii():
        return value
    try:
        value.encode()
    except UnicodeEncodeError:
        return notes.add("bad_text", where, value, "the text holds half of a surrogate pair")
    return value


def _clean_shaped(kind: str, fault: Callable[[str], str | None]) -> Clean:
    def clean(value: Any, where: Where, notes: _Notes) -> Any:
        if type(value) is not str:
            return _wrong("text", value, where, notes)
        message = fault(value)
        return value if message is None else notes.add(kind, where, value, message)

    return clean


def _clean_enum(words: tuple[str, ...]) -> Clean:
    known = frozenset(words)

    def clean(value: Any, where: Where, notes: _Notes) -> Any:
        if type(value) is not str:
            return _wrong("text", value, where, notes)
        if value in known:
            return value
        return notes.add("unknown_enum", where, value, f"expected one of {', '.join(words)}")

    return clean


def _clean_flag(value: Any, where: Where, notes: _Notes) -> Any:
    return value if type(value) is bool else _wrong("true or false", value, where, notes)


def _clean_number(types: tuple[type, ...], low: float, high: float) -> Clean:
    expected = "a whole number" if float not in types else "a number"

    def clean(value: Any, where: Where, notes: _Notes) -> Any:
        if type(value) not in types and not isinstance(value, _OddNumber):
            found = "a fraction" if type(value) is float else _name(value)
            return notes.add("wrong_type", where, value, f"expected {expected}, found {found}")
        if isinstance(value, _OddNumber) or not low <= value <= high:
            return notes.add("out_of_range", where, value, f"expected {expected} from {low} to {high}")
        return value

    return clean


def _clean_annotated(base: Any, meta: msgspec.Meta) -> Clean:
    if meta.title == "date":
        return _clean_shaped("bad_date", date_fault)
    if meta.title == "date-time":
        return _clean_shaped("bad_date", date_time_fault)
    if meta.pattern is not None:
        pattern = re.compile(meta.pattern)
        message = "expected NCT and 8 digits"
        return _clean_shaped("bad_id", lambda text: None if pattern.search(text) else message)
    if meta.ge is None or meta.le is None:
        raise TypeError(f"no reading is known for {meta}")
    return _clean_number((int,) if base is int else (int, float), meta.ge, meta.le)


def _clean(type_: Any) -> Clean:
    """The cleaner of one type of the model. Raises: TypeError for a type the walk does not know."""
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        return _clean_object(type_)
    if type_ is str:
        return _clean_text
    if type_ is bool:
        return _clean_flag
    if type_ is float:
        return _clean_number((int, float), -math.inf, math.inf)
    origin, args = get_origin(type_), get_args(type_)
    if origin is tuple:
        return _clean_list(args[0])
    if origin is Literal:
        return _clean_enum(args)
    if origin is Annotated:
        return _clean_annotated(*args)
    if origin in (UnionType, Union):
        (inner,) = (arg for arg in args if arg is not type(None))
        return _clean_optional(inner)
    raise TypeError(f"no reading is known for {type_}")


_CLEAN_RECORD = _clean(StudyRecord)
