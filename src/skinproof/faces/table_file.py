"""Tables as files: CSV, HTML, LaTeX or Word by the name of the file, from one plain value. Text is escaped for each."""

import re
from collections.abc import Callable
from html import escape
from pathlib import Path

import click
import msgspec

from skinproof import __version__
from skinproof.errors import UsageError
from skinproof.faces.output import csv_text
from skinproof.faces.table_docx import docx_bytes
from skinproof.faces.table_tex import tex_text
from skinproof.faces.whole_file import write_whole
from skinproof.views.paper_table import PaperColumn, PaperRow, PaperTable
from skinproof.views.text import clean

_SHARE = re.compile(r"([\d,]+)/([\d,]+)")
SHORT, NAME = 20, 34
"""Letters of a cell up to which it is never broken, and of a row's name, where the page is no small screen."""
MINUS = "\N{MINUS SIGN}"

_STYLE = """\
:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;border-top:2px solid;border-bottom:2px solid;width:100%}
caption{text-align:left;font-weight:700;padding:.4rem 0}
th,td{padding:.25rem .6rem;text-align:left;vertical-align:top;font-weight:400}
thead th{font-weight:700;border-bottom:1px solid;vertical-align:bottom}
tbody th,td.words{min-width:9rem}
@media print,(min-width:40rem){tbody th.name{white-space:nowrap}}
.number{text-align:right;font-variant-numeric:tabular-nums}
.short{white-space:nowrap}
.group th{font-weight:700;padding-top:.7rem}
.total th,.total td{font-weight:700}
.notes{font-size:.875rem}
.notes p{margin:.4rem 0}
@media print{body{margin:0;max-width:none;font-size:10pt}.scroll{overflow:visible}}
"""


def write_table_file(path: Path, table: PaperTable) -> None:
    """Write a table in the format that the name of its file says, whole or not at all.

    Raises: UsageError: another suffix, or the file cannot be written.
    """
    write_whole(path, _WRITERS[table_kind(path)](table))


def table_kind(path: Path) -> str:
    """The suffix of a table's file. Raises: UsageError: none that is known."""
    kind = path.suffix.lower()
    if kind not in _WRITERS:
        raise UsageError(f"{path.name}: tables are written as .csv, .html, .tex or .docx")
    return kind


def checked_paths(
    _context: click.Context, _option: click.Parameter, paths: tuple[Path, ...]
) -> tuple[Path, ...]:
    """The paths of an option, so that a wrong suffix ends the command before its work. Raises: as `table_kind`."""
    for path in paths:
        table_kind(path)
    return paths


table_option = click.option(
    "--table", "tables", type=click.Path(path_type=Path, dir_okay=False), multiple=True, callback=checked_paths,
    metavar="FILE", help="Write the table (.csv, .html, .tex or .docx); may be given again.",
)  # fmt: skip
"""`--table FILE`, which a command gets as `tables`: a tuple of paths."""


def write_tables(paths: tuple[Path, ...], table: Callable[[], PaperTable]) -> None:
    """Write the table once for every path, with a note of the program that made it; it is made only where it is asked for."""
    if not paths:
        return
    made = table()
    signed = msgspec.structs.replace(made, notes=(*made.notes, f"Computed with skinproof {__version__}."))
    for path in paths:
        write_table_file(path, signed)


def csv_bytes(table: PaperTable) -> bytes:
    """Header, rows, and nothing else, for spreadsheets and programs.

    Minus signs are hyphens, and 3/12 is written 3 of 12, which no spreadsheet takes for a day.
    """
    heads = [clean(column.head) for column in table.columns]
    if not table.groups:
        rows = [[_csv_words(cell) for cell in row.cells] for row in table.rows]
        return csv_text(heads, rows).encode("utf-8")
    body: list[list[str]] = []
    group = ""
    for row in table.rows:
        if row.kind == "group":
            group = row.cells[0]
        else:
            body.append([_csv_words(cell) for cell in (group, *row.cells)])
    return csv_text([clean(table.groups), *heads], body).encode("utf-8")


def _csv_words(cell: str) -> str:
    shared = _SHARE.fullmatch(cell)
    return f"{shared[1]} of {shared[2]}" if shared else cell.replace(MINUS, "-")


def html_bytes(table: PaperTable) -> bytes:
    """One page that stands alone, without script: caption, heads with their scope, notes below."""
    title, columns = _safe(table.title), table.columns
    heads = "".join(f'<th scope="col"{_class(column)}>{_safe(column.head)}</th>' for column in columns)
    notes = "".join(f"<p>{_safe(note)}</p>\n" for note in table.notes)
    bodies = "\n".join(
        f"<tbody>\n{''.join(_html_row(row, columns) for row in rows)}</tbody>" for rows in _groups(table.rows)
    )
    page = f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{_STYLE}</style>
</head>
<body>
<main>
<div class="scroll" role="region" aria-labelledby="caption" tabindex="0">
<table>
<caption id="caption">{title}</caption>
<thead>
<tr>{heads}</tr>
</thead>
{bodies}
</table>
</div>
<div class="notes" role="note">
{notes}</div>
</main>
</body>
</html>
"""
    return page.encode("utf-8")


def _groups(rows: tuple[PaperRow, ...]) -> list[list[PaperRow]]:
    """Rows in bodies of a table: each heading begins one, which its `scope` is about."""
    found: list[list[PaperRow]] = [[]]
    for row in rows:
        if row.kind == "group" and found[-1]:
            found.append([])
        found[-1].append(row)
    return found


def _html_row(row: PaperRow, columns: tuple[PaperColumn, ...]) -> str:
    first, *others = (_safe(cell) for cell in row.cells)
    if row.kind == "group":
        return f'<tr class="group"><th scope="rowgroup" colspan="{len(columns)}">{first}</th></tr>\n'
    cells = "".join(
        f"<td{_class(column, cell)}>{cell}</td>" for column, cell in zip(columns[1:], others, strict=True)
    )
    kind = f' class="{row.kind}"' if row.kind else ""
    name = ' class="name"' if len(row.cells[0]) <= NAME else ""
    return f'<tr{kind}><th scope="row"{name}>{first}</th>{cells}</tr>\n'


def _class(column: PaperColumn, cell: str = "") -> str:
    """The class of a cell: numbers stay in one line unless they are long, words get room."""
    if not column.numeric:
        return ' class="words"' if len(cell) > SHORT else ""
    return ' class="number short"' if 0 < len(cell) <= SHORT else ' class="number"'


def _safe(text: str) -> str:
    return escape(clean(text))


def _tex_bytes(table: PaperTable) -> bytes:
    return tex_text(table).encode("utf-8")


_WRITERS: dict[str, Callable[[PaperTable], bytes]] = {
    ".csv": csv_bytes, ".html": html_bytes, ".tex": _tex_bytes, ".docx": docx_bytes,
}  # fmt: skip
