"""How answers leave the program: JSON, CSV, or text for people. Registry text is never trusted on the way out."""

import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from shutil import get_terminal_size
from typing import Any

import click
import msgspec

from skinproof.model.summary import EditionStamp
from skinproof.views.stamp import caveats, stamp_line
from skinproof.views.text import clean, wrap

WIDTH = 100
"""Width of tables where the output is no terminal."""

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_RAW_CONTROL = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def print_json(answer: object, **more: object) -> None:
    """Print one JSON object: `more`, then the fields of the answer. Controls of a terminal stay escaped."""
    head, body = (msgspec.to_builtins(part, str_keys=True) for part in (more, answer))
    text = json.dumps({**head, **body}, ensure_ascii=False, indent=2)
    _write(_RAW_CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n")


def print_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print `csv_text`."""
    _write(csv_text(header, rows))


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """CSV with its header; a cell that a spreadsheet would take for a formula gets a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([[csv_cell(value) for value in row] for row in rows])
    return out.getvalue()


def csv_cell(value: object) -> str:
    """The text of one cell: nothing for None, ids separated by spaces, controls written out, formulas defused.

    >>> csv_cell("=1+1"), csv_cell("-5"), csv_cell(("NCT1", "NCT2")), csv_cell(True)
    ("'=1+1", '-5', 'NCT1 NCT2', 'yes')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list):
        value = " ".join(map(str, value))
    text = str(value)
    risky = text.lstrip(" ").startswith(_FORMULA) and not _NUMBER.fullmatch(text)
    return ("'" if risky else "") + clean(text)


def stamped(header: Sequence[str]) -> tuple[str, ...]:
    """A CSV header with the columns of the stamp at its end."""
    return (*header, "edition", "as_of")


def print_lines(lines: Iterable[str]) -> None:
    """Print lines of text that are safe already (views.text made them)."""
    _write("\n".join(lines) + "\n")


def stamp_lines(stamp: EditionStamp, width: int) -> list[str]:
    """The foot of every answer: the edition and what to mind."""
    lines = ["", *wrap(clean(stamp_line(stamp)), width)]
    for caveat in caveats(stamp):
        lines += wrap(clean(caveat), width)
    return lines


def filter_lines(filters: Mapping[str, Any], width: int) -> list[str]:
    """What was asked for, where anything was."""
    if not filters:
        return []
    words = "; ".join(
        f"{name.replace('_', ' ')} {', '.join(value) if isinstance(value, list) else value}"
        for name, value in filters.items()
    )
    return wrap(clean(f"Only: {words}"), width)


def text_width() -> int:
    """Columns for tables: the terminal's, or COLUMNS, or WIDTH; at most 160, so that lines can be read."""
    return max(40, min(get_terminal_size((WIDTH, 24)).columns, 160))


def bold(text: str) -> str:
    """The text in bold where a terminal reads it and NO_COLOR is not set."""
    plain = os.environ.get("NO_COLOR") or not sys.stdout.isatty()
    return text if plain else click.style(text, bold=True)


def _write(text: str) -> None:
    """To stdout as UTF-8, whatever the terminal's code page; half a surrogate pair cannot stop an answer."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()
