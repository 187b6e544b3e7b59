"""Plain text for terminals: nothing a record holds can move the cursor, and tables fit the width they are given."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Controls (with ESC), marks that reorder text, halves of characters: never sent to a terminal."""

GAP = "  "
NARROWEST = 40
_LEAST = 10
"""Smallest width a wrapped column is squeezed to, in columns of the terminal."""


class Column(msgspec.Struct, frozen=True):
    """One column of a table. right: numbers; wraps: gives way when the table is too wide."""

    head: str
    right: bool = False
    wraps: bool = False


def clean(text: str) -> str:
    """One line of text safe to print: controls written out as `[U+001B]`, white space and line breaks as one space."""
    return " ".join(_visible(text).split())


def clean_lines(text: str) -> list[str]:
    """The same, paragraph by paragraph; blank lines are dropped."""
    return [line for line in map(clean, text.replace("\r", "\n").split("\n")) if line]


def _visible(text: str) -> str:
    return _UNSEEN.sub(lambda found: _written(found[0]), text) if _UNSEEN.search(text) else text


def _written(mark: str) -> str:
    return " " if mark in "\x0b\x0c\r\x85\u2028\u2029" else f"[U+{ord(mark):04X}]"


def width_of(text: str) -> int:
    """How many columns of a terminal the text takes: wide letters two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


def cut(text: str, width: int) -> str:
    """The text, shortened with "..." where it is wider than `width`."""
    if width_of(text) <= width:
        return text
    kept, used = [], 3
    for letter in text:
        used += width_of(letter)
        if used > width:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "..."


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width` columns; a longer word is broken. Empty text gives one empty line."""
    room = max(width - len(indent), 1)
    lines: list[str] = []
    line: list[str] = []
    used = 0
    for word in (piece for whole in text.split() for piece in _pieces(whole, room)):
        size = width_of(word)
        if line and used + 1 + size > room:
            lines.append(indent + " ".join(line))
            line, used = [], 0
        used += size + (1 if line else 0)
        line.append(word)
    return [*lines, indent + " ".join(line)] if line or not lines else lines


def _pieces(word: str, room: int) -> list[str]:
    if width_of(word) <= room:
        return [word]
    found, piece, used = [], "", 0
    for letter in word:
        size = width_of(letter)
        if piece and used + size > room:
            found.append(piece)
            piece, used = "", 0
        piece, used = piece + letter, used + size
    return [*found, piece]


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]], width: int) -> list[str]:
    """Aligned lines, head first. Cells are cleaned; columns that wrap give way until the table fits `width`."""
    cells = [[clean(cell) for cell in row] for row in rows]
    sizes = [
        max(width_of(column.head), *(width_of(row[i]) for row in cells), 1)
        if cells
        else width_of(column.head)
        for i, column in enumerate(columns)
    ]
    _squeeze(columns, sizes, max(width, NARROWEST))
    lines = [_line(columns, sizes, [column.head for column in columns])]
    lines.append(GAP.join("-" * size for size in sizes))
    for row in cells:
        blocks = [wrap(cell, size) for cell, size in zip(row, sizes, strict=True)]
        for place in range(max(map(len, blocks))):
            parts = [block[place] if place < len(block) else "" for block in blocks]
            lines.append(_line(columns, sizes, parts))
    return lines


def _squeeze(columns: Sequence[Column], sizes: list[int], width: int) -> None:
    """Take from the widest column that wraps, one step at a time, until all fit or none can give."""
    while sum(sizes) + len(GAP) * (len(sizes) - 1) > width:
        able = [i for i, column in enumerate(columns) if column.wraps and sizes[i] > _LEAST]
        if not able:
            return
        widest = max(able, key=lambda i: sizes[i])
        over = sum(sizes) + len(GAP) * (len(sizes) - 1) - width
        others = [sizes[i] for i in able if i != widest and sizes[i] < sizes[widest]]
        floor = max([_LEAST, *others]) if others else _LEAST
        sizes[widest] -= max(1, min(over, sizes[widest] - floor))


def _line(columns: Sequence[Column], sizes: Sequence[int], parts: Sequence[str]) -> str:
    padded = []
    for column, size, part in zip(columns, sizes, parts, strict=True):
        space = " " * max(size - width_of(part), 0)
        padded.append(space + part if column.right else part + space)
    return GAP.join(padded).rstrip()


def pairs(rows: Iterable[tuple[str, str]], width: int) -> list[str]:
    """Label and value, values aligned and wrapped; a long label stands on a line of its own."""
    listed = [(clean(label), clean(value)) for label, value in rows]
    if not listed:
        return []
    size = min(max(width_of(label) for label, _ in listed), 30)
    lines = []
    for label, value in listed:
        first, *others = wrap(value, max(width - size - len(GAP), 20))
        if width_of(label) > size:
            lines += wrap(label, width)
            label = ""
        lines.append((label + " " * (size - width_of(label)) + GAP + first).rstrip())
        lines += [" " * (size + len(GAP)) + other for other in others]
    return lines
