"""Two texts compared by meaning: whether they say the same, and which words differ."""

import html
import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache

import msgspec

SAME, GONE, NEW = "same", "gone", "new"

CONTEXT = 6
"""Words kept on either side of a difference; what lies between is cut to "..."."""

LONGEST_DIFF = 600
"""Words left after equal beginnings and ends, above which single words are not looked for: the time is their square."""

SHOWN = 600
"""Characters of a value that are shown."""

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~|^&])")
_BULLET = re.compile(r"^[ \t]*(?:[*\u2022\u25cf-]|\d{1,2}[.)])[ \t]+", re.MULTILINE)
"""Marks of list items at the beginning of a line: downloads of one text differ in them."""
_CUT = "..."


class Piece(msgspec.Struct, frozen=True):
    """A run of words. op: `same`, `gone` (only before) or `new` (only after)."""

    op: str
    text: str


@lru_cache(maxsize=4096)
def meaning(text: str) -> str:
    """The text without what carries no meaning: white space, escapes of markup, marks of list items, ways to write one letter.

    >>> meaning("dose  &gt; 5\\\\*\\nml") == meaning("dose > 5* ml")
    True
    """
    plain = html.unescape(_ESCAPED.sub(r"\1", text))
    return " ".join(unicodedata.normalize("NFC", _BULLET.sub(" ", plain)).split())


def same(before: str | None, after: str | None) -> bool:
    """Whether two texts say the same; an absent text and an empty one do."""
    return meaning(before or "") == meaning(after or "")


def likeness(one: str, two: str) -> float:
    """Share of words in common, from 0 to 1; the same both ways."""
    first, second = set(meaning(one).lower().split()), set(meaning(two).lower().split())
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 1.0


def shown(text: str | None) -> str | None:
    """A value as it is shown: by meaning, cut where it is long."""
    if text is None:
        return None
    plain = meaning(text)
    return plain if len(plain) <= SHOWN else plain[: SHOWN - len(_CUT)].rstrip() + _CUT


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """The words that differ, with a few words around them; mirrored when before and after change places."""
    if (after, before) < (before, after):
        return tuple(
            Piece({GONE: NEW, NEW: GONE}.get(p.op, p.op), p.text)
            for p in _ordered(_diff(after, before), swap=True)
        )
    return tuple(_ordered(_diff(before, after), swap=False))


def _ordered(pieces: list[Piece], swap: bool) -> list[Piece]:
    """What is gone stands before what is new, after the exchange too."""
    found = list(pieces)
    for place in range(len(found) - 1):
        if swap and found[place].op == GONE and found[place + 1].op == NEW:
            found[place], found[place + 1] = found[place + 1], found[place]
    return found


def _diff(before: str, after: str) -> list[Piece]:
    old, new = meaning(before).split(), meaning(after).split()
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    left, right = old[start : len(old) - end], new[start : len(new) - end]
    pieces = [(SAME, old[:start])]
    if len(left) + len(right) > LONGEST_DIFF:
        pieces += [(GONE, left), (NEW, right)]
    else:
        for tag, i1, i2, j1, j2 in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
            pieces += [(SAME, left[i1:i2])] if tag == "equal" else [(GONE, left[i1:i2]), (NEW, right[j1:j2])]
    pieces.append((SAME, old[len(old) - end :]))
    return _shortened([(op, words) for op, words in pieces if words])


def _shortened(pieces: list[tuple[str, list[str]]]) -> list[Piece]:
    found = []
    for place, (op, words) in enumerate(pieces):
        if op != SAME:
            found.append(Piece(op, shown(" ".join(words)) or ""))
            continue
        head = [] if place == 0 else words[:CONTEXT]
        tail = [] if place == len(pieces) - 1 else words[-CONTEXT:]
        kept = words if len(words) <= len(head) + len(tail) else [*head, _CUT, *tail]
        found.append(Piece(SAME, " ".join(kept)))
    return found
