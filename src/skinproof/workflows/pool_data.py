"""A CSV of outcomes, read strictly: every cell that cannot be true is refused with its row and column.

Columns have metafor's names (ai, bi, ci, di, n1i, n2i, m1i, sd1i, ..., or yi with vi or sei); `study`, `outcome` and
whatever else stands beside them is kept as text, for subgroups and moderators. A table with `events1`, `total1`,
`mean1`, ... is read too, where its columns mean the same for sure.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import isfinite

import msgspec

from skinproof.errors import InputError, SynthesisError, UsageError
from skinproof.synthesis.measures import MEASURES, Measure
from skinproof.synthesis.problem import LEAST, MOST
from skinproof.views.pool_table import PoolTable, TableRow

LARGEST = 50_000_000
"""Bytes of a table; 100,000 studies take some six million."""

MISSING = ("", "NA", "not_seen", "not reported", ".")
"""What a cell says where the study does not report the number."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COUNTS = frozenset({"ai", "bi", "ci", "di", "xi", "x1i", "x2i"})
_SIZES = frozenset({"n1i", "n2i", "ni"})
_DEVIATIONS = frozenset({"sd1i", "sd2i", "sdi"})

_ARMS = {"ai": "events1", "n1i": "total1", "ci": "events2", "n2i": "total2"}
_MEANS = {
    "m1i": "mean1", "sd1i": "sd1", "n1i": "n_arm1", "m2i": "mean2", "sd2i": "sd2", "n2i": "n_arm2"
}  # fmt: skip
_ONE_ARM = {"xi": "events1", "ni": "total1"}
"""Columns of the shape with `events1` -> metafor's names, by what a measure needs."""


class CsvRows(msgspec.Struct, frozen=True):
    """A CSV as text. rows: (line in the file, cells), as many cells as the header has."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(
    body: bytes, name: str, measure: str, *, only: Sequence[str] = (), words: Collection[str] = (), several: bool = False
) -> PoolTable:  # fmt: skip
    """The rows of a CSV that `measure` is to be computed of.

    measure: one of `MEASURES`, or GEN for effects that are given as yi. only: "COLUMN=VALUE" that a row must meet (those
    that do not are no part of the table). words: further columns that must exist (moderators, subgroups).

    Raises:
        InputError: no CSV of outcomes; the message names the row and column.
        UsageError: no such column to filter by, or a measure whose columns the table does not have.
        SynthesisError: a number that cannot be true, by row and column.
    """
    found = parse_csv(body, name)
    for column in words:
        named_column(found, name, column)
    columns = columns_for(measure, found.header, name)
    wanted = [row_filter(found, name, text) for text in only]
    rows: list[TableRow] = []
    for line, cells in found.rows:
        named = dict(zip(found.header, cells, strict=True))
        if all(named[column] == value for column, value in wanted):
            rows.append(_row(len(rows) + 1, line, named, columns, measure, gold=_is_gold(found.header)))
    if not rows and found.rows:
        raise UsageError(f"{name}: no row has {' and '.join(only)}")
    rows = _duplicates(rows, several=several)
    return PoolTable(
        name=name,
        columns=found.header,
        rows=tuple(rows),
        doubts=() if several else tuple(_doubts(rows)),
        outcome=_outcome(rows),
    )


def parse_csv(body: bytes, name: str) -> CsvRows:
    """A CSV with its header, blank lines left out. Raises: InputError: no such thing, by line."""
    if len(body) > LARGEST:
        raise InputError(f"{name}: larger than {LARGEST:,} bytes; give the rows of one question")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 at byte {error.start}; save it as CSV UTF-8") from error
    if "\0" in text:
        raise InputError(f"{name}: no text (a zero byte); save the table as CSV UTF-8")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[tuple[int, tuple[str, ...]]] = []
    header: tuple[str, ...] = ()
    try:
        for cells in reader:
            stripped = tuple(cell.strip() for cell in cells)
            if not any(stripped):
                continue
            if not header:
                header = stripped
            elif len(stripped) != len(header):
                raise InputError(
                    f"{name}: line {reader.line_num} has {len(stripped)} cells and the header {len(header)};"
                    " put cells that hold a comma in quotes"
                )
            else:
                rows.append((reader.line_num, stripped))
    except csv.Error as error:
        raise InputError(f"{name}: line {reader.line_num}: {error}") from error
    if not header:
        raise InputError(f"{name}: empty; the first line names the columns")
    _check_header(header, name)
    return CsvRows(header, tuple(rows))


def _check_header(header: Sequence[str], name: str) -> None:
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        raise InputError(f"{name}: the columns are not separated by commas; save it as comma-separated CSV")
    for place, column in enumerate(header):
        if not column:
            raise InputError(f"{name}: column {place + 1} has no name")
        if column in header[:place]:
            raise InputError(f"{name}: two columns are called {column!r}")


def named_column(found: CsvRows, name: str, column: str) -> None:
    """Raises: UsageError: the table has no such column."""
    if column not in found.header:
        raise UsageError(f"{name} has no column {column!r}; it has {', '.join(found.header)}")


def row_filter(found: CsvRows, name: str, text: str) -> tuple[str, str]:
    """Column and value of "COLUMN=VALUE". Raises: UsageError: it is no such thing."""
    column, mark, value = text.partition("=")
    if not mark:
        raise UsageError(f"--only {text!r}: write COLUMN=VALUE")
    named_column(found, name, column.strip())
    return column.strip(), value.strip()


def _is_gold(header: Collection[str]) -> bool:
    return {"events1", "total1", "mean1", "sd1"} <= set(header)


def columns_for(measure: str, header: Collection[str], name: str) -> dict[str, str]:
    """metafor's name -> the column of this table, of all that the measure uses and the table has.

    Effects that are given (yi with vi or sei) are taken only where the table lacks what the measure is computed of.
    Raises: UsageError: the table lacks columns that the measure needs, which are named.
    """
    effects = {n: n for n in ("yi", "vi", "sei", "ni") if n in header}
    given = "yi" in header and ("vi" in header or "sei" in header)
    extra = {"weights": "weights"} if "weights" in header else {}
    if measure == "GEN":
        if not given:
            raise UsageError(f"{name}: measure GEN takes effects from columns yi and vi (or sei)")
        return effects | extra
    row = MEASURES.get(measure)
    if row is None:
        raise UsageError(f"measure {measure!r} is not known; there are {', '.join(MEASURES)}, and GEN")
    own = _own_columns(row, header)
    if own is not None:
        return own | extra
    if given:
        return effects | extra
    mapped = _gold_columns(row) if _is_gold(header) else None
    if mapped is not None:
        return mapped | extra
    absent = [n for n in row.needs if n not in header and not _optional(row, n)]
    raise UsageError(
        f"{name}: {measure} needs columns {', '.join(row.needs)}, or yi and vi; not there: {', '.join(absent) or 'a size'}"
    )


def _optional(row: Measure, column: str) -> bool:
    """People without the event follow from events and arm size."""
    return (row.fill == "table" and column in ("bi", "di")) or (row.fill == "single" and column == "mi")


def _own_columns(row: Measure, header: Collection[str]) -> dict[str, str] | None:
    """The measure's columns by metafor's names, or None where the table does not have them all."""
    use = [n for n in row.needs if n in header]
    pairs = {"table": (("bi", "n1i"), ("di", "n2i")), "single": (("mi", "ni"),)}.get(row.fill or "", ())
    for others, size in pairs:
        if others not in header and size not in header:
            return None
        if size in header:
            use.append(size)
    if any(n not in header and not _optional(row, n) for n in row.needs):
        return None
    return {n: n for n in use}


def _gold_columns(row: Measure) -> dict[str, str] | None:
    if row.fill == "table" and "ri" not in row.needs:
        return dict(_ARMS)
    if row.fill == "single":
        return dict(_ONE_ARM)
    if set(row.needs) <= set(_MEANS):
        return {metafor: column for metafor, column in _MEANS.items() if metafor in row.needs}
    return None


def _row(
    place: int, line: int, cells: Mapping[str, str], columns: Mapping[str, str], measure: str, *, gold: bool
) -> TableRow:
    where = f"row {place} (line {line}" + (f", {cells['study']})" if cells.get("study") else ")")
    left_out = _left_out(cells, measure) if gold else ""
    numbers: dict[str, float | None] = {}
    if not left_out:
        numbers = {metafor: cell_number(cells[column], column, where) for metafor, column in columns.items()}
        _check(numbers, columns, where, measure)
    notes = []
    if gold and cells.get("counts_derived") == "y":
        notes.append("counts were worked out from percentages")
    notes += [
        f"{columns[n]} = {value:g} is not a whole number" for n, value in numbers.items()
        if n in _SIZES and value is not None and value != int(value)
    ]  # fmt: skip
    return TableRow(
        row=place, line=line, study=cells.get("study", ""), cells=cells, numbers=numbers, left_out=left_out,
        notes=tuple(notes),
    )  # fmt: skip


def _left_out(cells: Mapping[str, str], measure: str) -> str:
    """Why a row of the shape with `events1` is not what the measure takes."""
    if cells.get("use_in_pool") == "n":
        return "marked as not to be pooled (use_in_pool = n)"
    row = MEASURES.get(measure)
    if row is None or row.fill == "single":
        return ""
    if cells.get("paired") == "y":
        return f"paired (both arms on the same people): {measure} takes independent arms, a paired measure needs their correlation"
    return ""


def cell_number(text: str, column: str, where: str) -> float | None:
    """The number of a cell, None where it is not reported. Raises: SynthesisError: it is something else."""
    if text in MISSING:
        return None
    if not _NUMBER.fullmatch(text):
        advice = "give a number, or leave the cell empty where the study does not report it"
        if re.fullmatch(r"[+-]?\d+,\d+", text):
            advice = "write decimals with a point"
        raise SynthesisError(f"{where}, column '{column}': {text[:60]!r} is not a number; {advice}")
    value = float(text)
    if not isfinite(value):
        raise SynthesisError(f"{where}, column '{column}': {text[:60]} is too large to be a number; check it")
    return value


def _check(numbers: Mapping[str, float | None], columns: Mapping[str, str], where: str, measure: str) -> None:
    """Refuse what cannot be true of one row.

    Raises: SynthesisError: with row, column, value and what to do.
    """
    counts: Collection[str] = (
        () if measure in ("ARAW", "AHW", "ABT") else _COUNTS
    )  # there ai is a reliability
    for n, value in numbers.items():
        if value is None:
            continue
        at = f"{where}, column '{columns[n]}': {value:g}"
        if n in _COUNTS | _SIZES and value < 0:
            raise SynthesisError(f"{at} is negative; a number of people starts at 0")
        if n in counts and value != int(value):
            raise SynthesisError(
                f"{at} is not a whole number of events; give the counts as they were, or the effect as yi and vi with --measure GEN"
            )
        if n in ("n1i", "n2i") and value == 0:
            raise SynthesisError(f"{at} people: an arm nobody is in has no effect; leave the row out")
        if n in _DEVIATIONS and value <= 0:
            raise SynthesisError(
                f"{at} as a standard deviation; check for a rounded value, or a standard error of 0"
            )
        if n in ("vi", "sei", "weights") and value <= 0:
            raise SynthesisError(f"{at}: must be above 0, or the study would have all the weight")
        variance = value**2 if n == "sei" and abs(value) < MOST else value
        if (n == "yi" and abs(value) > MOST) or (n in ("vi", "sei") and not LEAST <= variance <= MOST):
            raise SynthesisError(f"{at} is beyond any unit; check it, or give other units")
    for events, others, size in (("ai", "bi", "n1i"), ("ci", "di", "n2i"), ("xi", "mi", "ni")):
        count, people = numbers.get(events), numbers.get(size)
        if count is None:
            continue
        if people is not None and count > people:
            raise SynthesisError(
                f"{where}: {columns[events]} = {count:g} events among {columns[size]} = {people:g} people;"
                " check for events counted more than once a person"
            )
        if count == 0 and numbers.get(others, None) == 0:
            raise SynthesisError(
                f"{where}: {columns[events]} and {columns[others]} are both 0: nobody is in that arm; leave the row out"
            )


def _duplicates(rows: Sequence[TableRow], *, several: bool) -> list[TableRow]:
    """The rows, with a note on each that repeats an earlier one, or its study."""
    same: dict[object, int] = {}
    studies: dict[str, int] = {}
    marked = []
    for row in rows:
        if row.left_out:
            marked.append(row)
            continue
        numbers = (row.study, tuple(sorted(row.numbers.items())))
        notes = row.notes
        if numbers in same and any(value is not None for value in row.numbers.values()):
            notes += (f"the same numbers as row {same[numbers]}: one study may count twice",)
        elif row.study and row.study in studies and not several:
            notes += (f"the same study as row {studies[row.study]}: its people may count twice",)
        same.setdefault(numbers, row.row)
        studies.setdefault(row.study, row.row)
        marked.append(msgspec.structs.replace(row, notes=notes))
    return marked


def _doubts(rows: Iterable[TableRow]) -> list[str]:
    twice = [row.named for row in rows if any("twice" in note for note in row.notes)]
    if not twice:
        return []
    listed = ", ".join(twice[:10]) + (", ..." if len(twice) > 10 else "")
    repeats = (
        "repeats a study that is there already"
        if len(twice) == 1
        else "repeat studies that are there already"
    )
    return [
        f"{listed[0].upper()}{listed[1:]} {repeats}: effects of the same people are not independent, and their interval is too narrow. "
        "Keep one row a study, or use a model for several effects a study."
    ]


def _outcome(rows: Iterable[TableRow]) -> str:
    """The outcome, where all rows that are used name the same."""
    named = {row.cells.get("outcome", "") for row in rows if not row.left_out}
    return named.pop() if len(named) == 1 else ""
