"""Words of an answer as pictures, pages and papers print them: without options of a command, and rows by the names of their studies."""

import re
from collections.abc import Iterable, Sequence

from skinproof.views.pooled import Pooling, StudyLine

_OPTION = r"(?<![\w-])--[a-z][a-z0-9-]*"
_PHRASES = (
    (" needs --mid", " needs a smallest difference of interest"),
    ("need --mid, the effect to be found", "need the effect to be found"),
    (" without --mid", ""),
    ("; state a constant with add=", ""),
)
"""What is said of an option that a reader without the command has to know."""
_BRACKETS = re.compile(rf"\s*\([^()]*{_OPTION}[^()]*\)")
_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z])")
_NAMED = re.compile(_OPTION)
_ROWS = re.compile(r"\(rows? (\d+(?:, \d+)*)\)")
_COUNTS = re.compile(r"\w+ = \S+(?: and \w+ = \S+)*")
"""Cells by the names of their columns, which a printed table does not have."""
NAMES, REASONS = 30, 20
"""Studies that are named for one reason, and reasons that are listed."""


def for_print(line: str) -> str:
    """The line without options of a command; a sentence that is about nothing else goes, so the answer may be "".

    >>> for_print("Take a smallest difference of interest (--mid).")
    'Take a smallest difference of interest.'
    >>> for_print("2 studies took no part. Where cells are 0: --add 0.5, or another method (--method MH).")
    '2 studies took no part.'
    """
    for option, words in _PHRASES:
        line = line.replace(option, words)
    line = _BRACKETS.sub("", line)
    return " ".join(sentence for sentence in _SENTENCE.split(line) if not _NAMED.search(sentence))


def printed(lines: Iterable[str], pooling: Pooling | None = None) -> tuple[str, ...]:
    """The lines for print, those that are left. pooling: its studies are named in place of the rows of its table."""
    said = (for_print(line) for line in lines)
    return tuple(line if pooling is None else _with_names(line, pooling) for line in said if line)


def _with_names(line: str, pooling: Pooling) -> str:
    if not _ROWS.search(line):
        return line
    studies = {row.row: row.study for row in pooling.rows}

    def named(found: re.Match[str]) -> str:
        rows = [int(row) for row in found[1].split(", ")]
        if not all(row in studies for row in rows):
            return found[0]
        return f"({listed([studies[row] for row in rows])})"

    return _ROWS.sub(named, line)


def not_pooled(rows: Sequence[StudyLine], start: str = "Not pooled") -> list[str]:
    """One line for each reason, with the studies that took no part for it. start: its first words."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        if row.left_out:
            by_reason.setdefault(_reason(row.left_out), []).append(row.study)
    lines = [f"{start} ({reason}): {listed(names)}." for reason, names in by_reason.items()]
    more = sum(len(names) for names in list(by_reason.values())[REASONS:])
    return [*lines[:REASONS], *([f"{start} for other reasons: {more:,} more."] if more else [])]


def _reason(left_out: str) -> str:
    """Why, without the names of columns: the same for all studies that it holds for."""
    first, *rest = left_out.split("; ")
    if not rest or not _COUNTS.fullmatch(first):
        return left_out
    return "; ".join(rest if len(rest) > 1 else ["a count of 0" if first.endswith("= 0") else first, *rest])


def listed(names: Sequence[str]) -> str:
    """The names; of a long list the first `NAMES`, and how many more."""
    more = len(names) - NAMES
    return ", ".join(names[:NAMES]) + (f" and {more:,} more" if more > 0 else "")
