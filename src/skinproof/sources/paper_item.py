"""The raw item of a paper: canonical JSON of all its content, and what tells one version from another."""

from hashlib import sha256
from typing import Any

import msgspec

from skinproof.model.dates import date_fault
from skinproof.model.raw import Completeness, RawItem, Source
from skinproof.sources.files_record import BadRecord

RULE = "read.paper/1"
"""Version of all readers of papers; raised when a body would be read otherwise than before."""

_ENCODE = msgspec.json.Encoder(order="sorted").encode

VOLATILE = ("citedByCount",)
"""Keys whose value changes without any change in the paper; blanked where a version is told from another."""


def paper_item(
    record_id: str, content: Any, source: Source, completeness: Completeness, changed: str | None, where: str
) -> RawItem:
    """The raw item of a paper. content: what JSON can hold, all of it; changed: day of its last change, if told.

    Raises: BadRecord for half a surrogate pair, or nesting too deep to write.
    """
    try:
        body = _ENCODE(content)
    except (RecursionError, UnicodeEncodeError) as error:
        raise BadRecord(f"cannot be written as JSON: {error}"[:200]) from error
    day = changed if changed is not None and date_fault(changed) is None else None
    return RawItem(record_id, body, paper_identity(content, body), source, completeness, day, None, where)


def paper_identity(content: Any, body: bytes) -> str:
    """sha256, in hex, of a body with its volatile counts blanked: equal for copies of the same version."""
    if isinstance(content, dict) and any(key in content for key in VOLATILE):
        body = _ENCODE({**content, **{key: None for key in VOLATILE if key in content}})
    return sha256(body).hexdigest()
