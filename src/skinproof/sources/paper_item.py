"""The raw item of a paper: canonical JSON of all its content, and what tells one version from another."""

import re
from hashlib import sha256
from typing import Any

import msgspec

from skinproof.errors import InputError
from skinproof.model.dates import date_fault
from skinproof.model.issue import Issue
from skinproof.model.paper import Paper
from skinproof.model.raw import Completeness, RawItem, Source
from skinproof.sources.files_record import BadRecord

RULE = "read.paper/1"
"""Version of all readers of papers; raised when a body would be read otherwise than before."""

_ENCODE = msgspec.json.Encoder(order="sorted").encode

VOLATILE = ("citedByCount",)
"""Keys whose value changes without any change in the paper; blanked where a version is told from another."""

_DECODE = msgspec.json.Decoder().decode
_DOI = re.compile(
    r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S{1,300})", re.IGNORECASE | re.ASCII
)
_PMC = re.compile(r"(?:PMC)?([1-9]\d{0,9})(?:\.\d{1,3})?", re.IGNORECASE | re.ASCII)


class PaperResult(msgspec.Struct, frozen=True):
    """A paper and what was odd in it; odd values are not in the paper, unless the issue says they are kept."""

    record: Paper
    issues: tuple[Issue, ...]


def body_value(body: bytes) -> Any:
    """What a canonical body holds. Raises: InputError if it is not a JSON list or object."""
    try:
        value = _DECODE(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"the body of this paper is not JSON: {error}; import it again") from error
    if not isinstance(value, list | dict) or (isinstance(value, list) and len(value) < 2):
        raise InputError("the body of this paper is neither a list nor an object; import it again")
    return value


def doi_of(text: str | None) -> str | None:
    """A DOI in lower case without its address; None where the text is none.

    >>> doi_of("https://doi.org/10.1056/NEJMoa1203421")
    '10.1056/nejmoa1203421'
    """
    found = _DOI.fullmatch(text.strip()) if text else None
    return found[1].lower() if found else None


def pmc_of(text: str | None) -> str | None:
    """A PMC id as `PMC` and digits; None where the text is none."""
    found = _PMC.fullmatch(text.strip()) if text else None
    return f"PMC{found[1]}" if found else None


def record_id_of(pmid: str | None, pmcid: str | None, doi: str | None) -> str | None:
    """The record id of a paper: by PMID, else PMC id, else DOI; None where it has none of them."""
    if pmid:
        return f"PMID:{pmid}"
    if pmcid:
        return f"PMC:{pmcid.removeprefix('PMC')}"
    return f"DOI:{doi}" if doi else None


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
