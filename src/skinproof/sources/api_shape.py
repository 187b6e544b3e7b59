"""What a registry gives, put in the shape of API v2: the small pieces that every such source needs."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import msgspec
import yaml

from skinproof.errors import InputError
from skinproof.model.issue import FOUND_LENGTH, Issue
from skinproof.sources.ctgov import ReadResult, read_ctgov
from skinproof.sources.readable import readable

_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder().decode


def filled(**fields: Any) -> dict[str, Any]:
    """The fields without the blank ones (False and 0 are not blank)."""
    return {name: value for name, value in fields.items() if value not in ("", [], {}, None)}


def at(value: Any, *path: str) -> Any:
    """What stands under a path of keys, None where there is nothing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def unique(texts: Sequence[str]) -> list[str]:
    """Each text once, in the order they came; blank ones left out."""
    return list(dict.fromkeys(text for text in texts if text))


@cache
def facts(name: str) -> Mapping[str, Any]:
    """The facts file of a source, `<name>.yml` beside its code."""
    text = resources.files("skinproof.sources").joinpath(f"{name}.yml").read_text("utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


class Notes:
    """Builds one record's values from a register's words, and notes what read_ctgov cannot see."""

    def __init__(self, source: str) -> None:
        self.facts = facts(source)
        self.issues: list[Issue] = []

    def text(self, value: Any) -> str:
        """A text in readable form; blank where it is absent or no text, or says in the register's words: none."""
        if not isinstance(value, str) or not value.strip():
            return ""
        found = readable(value)
        return "" if found.lower() in self.facts["means_nothing"] else found

    def word(self, table: str, word: str) -> Any:
        """The API's word for a word of the register; a word that has none stays, to become an issue."""
        known: Mapping[str, Any] = self.facts["words"][table]
        return known.get(" ".join(word.split()).lower(), word) if word else None

    def issue(self, kind: str, path: str, found: str, message: str) -> None:
        """Note something odd at a path of the record as it is made."""
        self.issues.append(
            Issue(kind, path, msgspec.json.encode(found[:FOUND_LENGTH]).decode()[:FOUND_LENGTH], message)
        )


def whole_number(text: str) -> int | str | None:
    """A count as a number, `3,060` too; any other text as it is, to become an issue; None where blank."""
    bare = text.replace(",", "") if len(text) < 14 else text
    return int(bare) if bare.isascii() and bare.isdecimal() and len(bare) < 19 else text or None


def content_of(body: bytes) -> Any:
    """What a canonical body holds. Raises: InputError if it is no JSON list or object."""
    try:
        value = _DECODE(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"the body of this record is not JSON: {error}; import it again") from error
    if not isinstance(value, list | dict) or (isinstance(value, list) and len(value) < 2):
        raise InputError("the body of this record is neither a list nor an object; import it again")
    return value


def read_shaped(record: Mapping[str, Any], issues: Sequence[Issue]) -> ReadResult:
    """The strict reading of a record in API v2's shape, with the issues of its making in front."""
    result = read_ctgov(_ENCODE(record), any_registry_id=True)
    return ReadResult(result.record, (*issues, *result.issues))
