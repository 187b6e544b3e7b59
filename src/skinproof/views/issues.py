"""What a person may want to look at: odd values, near-miss spellings, refused records."""

from collections import Counter
from collections.abc import Iterable
from typing import Protocol

import msgspec

from skinproof.model.issue import KINDS
from skinproof.model.summary import EditionStamp

KIND_WORDS = {
    **KINDS,
    "suggestion": "a spelling close to a term of the vocabulary, to review; it is not a tag",
    "refused": "something that was not loaded",
}


class Noted(Protocol):
    """What the workflow hands over for each issue."""

    @property
    def kind(self) -> str: ...
    @property
    def record_id(self) -> str | None: ...
    @property
    def where(self) -> str: ...
    @property
    def found(self) -> str: ...
    @property
    def message(self) -> str: ...


class IssueLine(msgspec.Struct, frozen=True, kw_only=True):
    """One issue. record_id: None where nothing was loaded; where: JSON path, or file and place in it."""

    kind: str
    record_id: str | None
    where: str
    found: str
    message: str


def issue_line(issue: Noted) -> IssueLine:
    """The issue as a row."""
    return IssueLine(
        kind=issue.kind,
        record_id=issue.record_id,
        where=issue.where,
        found=issue.found,
        message=issue.message,
    )


class IssueList(msgspec.Struct, frozen=True, kw_only=True):
    """The first `len(rows)` of `total` issues, with the number of each kind and what the kinds mean."""

    total: int
    kinds: dict[str, int]
    meanings: dict[str, str]
    rows: tuple[IssueLine, ...]
    stamp: EditionStamp


def list_issues(
    issues: Iterable[Noted], stamp: EditionStamp, kinds: Iterable[str] = (), limit: int | None = None
) -> IssueList:
    """The list, most frequent kind first. kinds: only these (empty = all); limit: most rows."""
    wanted = frozenset(kinds)
    found = [issue for issue in issues if not wanted or issue.kind in wanted]
    counted = Counter(issue.kind for issue in found)
    order = {
        kind: place for place, (kind, _) in enumerate(sorted(counted.items(), key=lambda p: (-p[1], p[0])))
    }
    found.sort(key=lambda issue: (order[issue.kind], issue.record_id or "", issue.where))
    return IssueList(
        total=len(found),
        kinds={kind: counted[kind] for kind in order},
        meanings={kind: KIND_WORDS[kind] for kind in order if kind in KIND_WORDS},
        rows=tuple(map(issue_line, found[:limit])),
        stamp=stamp,
    )
