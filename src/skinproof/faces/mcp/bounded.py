"""Answers of a bounded size: long lists and texts are cut where they are longest, and it is said where and by how much."""

import re
from typing import Any, NamedTuple

import msgspec

from skinproof.errors import UsageError

MOST_BYTES = {"counts": 20_000, "rows": 60_000, "full": 240_000}
"""Bytes of one answer as JSON, by how much of it was asked for."""

NONE = 1_000_000_000
"""More than there can be: no bound."""


class _Step(NamedTuple):
    """Most items of a list of words or ids, of a list of objects at the top, of any list; most letters of a text."""

    words: int = NONE
    rows: int = NONE
    items: int = NONE
    letters: int = NONE


_STEPS = (
    *(_Step(words=n, letters=8_000) for n in (400, 100, 25)),
    *(_Step(words=25, rows=n, letters=4_000) for n in (200, 100, 50, 25, 12, 6)),
    *(_Step(n, n, n, letters) for n, letters in ((100, 2_000), (50, 1_200), (25, 800), (12, 500), (6, 300), (3, 200), (1, 120), (0, 40))),
)  # fmt: skip
"""Tried one after the other until the answer fits: first long lists of ids, then rows, so that a row that is shown is whole."""

_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff\U000e0000-\U000e007f]"
)
"""Controls, marks that reorder text, halves of characters and invisible tags: nobody sees them, but a program would read them."""

CUTS_TOLD = 40


class Cut(msgspec.Struct, frozen=True):
    """Something that was cut to keep the answer short. where: path in `answer`; `[]` stands for any item of a list;
    shown, total: items of the list, or letters of the text (of the longest one, where several are cut).
    """

    where: str
    shown: int
    total: int


def bounded(answer: dict[str, Any], most: int) -> tuple[dict[str, Any], tuple[Cut, ...]]:
    """The answer in at most `most` bytes of JSON, and what was cut. Numbers are never changed.

    Raises: UsageError where even the shortest form is too long.
    """
    steps = (_Step(), *_STEPS) if size_of(answer) <= 2 * most else _STEPS
    for step in steps:
        cuts: dict[str, Cut] = {}
        short = _short(answer, "", step, cuts)
        if size_of(short) <= most:
            told = sorted(cuts.values(), key=lambda cut: (cut.shown - cut.total, cut.where))
            return short, tuple(told[:CUTS_TOLD])
    raise UsageError("the answer is too long for one message; narrow the filters, or ask for detail `counts`")


def size_of(value: object) -> int:
    """Bytes of a value as JSON."""
    return len(msgspec.json.encode(value))


def seen(text: str) -> str:
    """The text with one U+FFFD for every character that cannot be seen, so that places in it stay right.

    >>> seen("a\\x1b[31m")
    'a\\ufffd[31m'
    """
    return _UNSEEN.sub("\ufffd", text)


def _short(value: Any, where: str, step: _Step, cuts: dict[str, Cut]) -> Any:
    if isinstance(value, str):
        text = seen(value)
        if len(text) <= step.letters:
            return text
        _note(cuts, where, step.letters, len(text))
        return text[: step.letters] + "…"
    if isinstance(value, list | tuple):
        kept = value[: _most(value, where, step)]
        if len(kept) < len(value):
            _note(cuts, where, len(kept), len(value))
        return [_short(item, f"{where}[]", step, cuts) for item in kept]
    if isinstance(value, dict):
        return {
            key: _short(item, f"{where}.{key}" if where else str(key), step, cuts)
            for key, item in value.items()
        }
    return value


def _most(value: Any, where: str, step: _Step) -> int:
    if value and isinstance(value[0], str):
        return min(step.words, step.items)
    at_top = "." not in where and "[]" not in where
    return min(step.rows if at_top else NONE, step.items)


def _note(cuts: dict[str, Cut], where: str, shown: int, total: int) -> None:
    if where not in cuts or cuts[where].total < total:
        cuts[where] = Cut(where, shown, total)
