"""Counts as they were reported, checked row by row, and the studies in which nothing happened in either arm.

Nothing is ever added to a cell here: the constant for zero cells is a choice of the caller, said in every result.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.effect_inputs import (
    Array,
    Flags,
    broadcast,
    check_count,
    check_size,
    check_time,
    complement,
    read_column,
    refuse,
)

MISSING = ("refuse", "omit")


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Checked columns of k studies, each (k,).

    rows: (k,) the row of the caller's table, counted from 1, for each study left. k_missing: rows left out because a
    number was missing. double_zero: (k,) studies with no event in either arm, or in which everybody had the event.
    """

    columns: dict[str, Array]
    rows: tuple[int, ...]
    k_missing: int
    double_zero: Flags

    @property
    def k(self) -> int:
        """Studies with all numbers."""
        return len(self.rows)

    @property
    def double_zero_rows(self) -> tuple[int, ...]:
        """Rows of the caller's table in which neither arm tells the outcomes apart."""
        return tuple(row for row, zero in zip(self.rows, self.double_zero, strict=True) if zero)

    def take(self, keep: Flags) -> "Counts":
        """Only these studies."""
        return Counts(
            columns={name: column[keep] for name, column in self.columns.items()},
            rows=tuple(row for row, kept in zip(self.rows, keep, strict=True) if kept),
            k_missing=self.k_missing,
            double_zero=self.double_zero[keep],
        )


def read_tables(ai: Any, bi: Any, ci: Any, di: Any, n1i: Any, n2i: Any, missing: str = "refuse") -> Counts:
    """Two arms with and without the event: columns ai, bi, ci, di, n1i, n2i.

    Raises:
        UsageError: a column is missing, or `missing` is unknown.
        SynthesisError: by row: not a number, negative, not whole, more events than people, or a number missing.
    """
    columns = _read({"ai": ai, "bi": bi, "ci": ci, "di": di, "n1i": n1i, "n2i": n2i}, ("ai", "ci"))
    for name, column in columns.items():
        _check_whole(name, column)
    for events, others, size in (("ai", "bi", "n1i"), ("ci", "di", "n2i")):
        complement(columns, events, others, size)
        columns[size] = columns[events] + columns[others]
        check_size(size, columns[size])
    a, b, c, d = (columns[name] for name in ("ai", "bi", "ci", "di"))
    return _complete(columns, ((a == 0) & (c == 0)) | ((b == 0) & (d == 0)), missing)


def read_rates(x1i: Any, x2i: Any, t1i: Any, t2i: Any, missing: str = "refuse") -> Counts:
    """Two arms with events and person-time: columns x1i, x2i, t1i, t2i. Raises: as `read_tables`."""
    columns = _read({"x1i": x1i, "x2i": x2i, "t1i": t1i, "t2i": t2i}, ("x1i", "x2i", "t1i", "t2i"))
    _check(columns, {"x1i": _check_whole, "x2i": _check_whole, "t1i": check_time, "t2i": check_time})
    return _complete(columns, (columns["x1i"] == 0) & (columns["x2i"] == 0), missing)


def read_events(xi: Any, mi: Any, ni: Any, missing: str = "refuse") -> Counts:
    """One arm, events and people: columns xi, mi (without the event), ni. Raises: as `read_tables`."""
    columns = _read({"xi": xi, "mi": mi, "ni": ni}, ("xi",))
    for name, column in columns.items():
        _check_whole(name, column)
    complement(columns, "xi", "mi", "ni")
    columns["ni"] = columns["xi"] + columns["mi"]
    check_size("ni", columns["ni"])
    return _complete(columns, columns["xi"] == 0, missing)


def read_rate(xi: Any, ti: Any, missing: str = "refuse") -> Counts:
    """One arm, events and person-time: columns xi, ti. Raises: as `read_tables`."""
    columns = _read({"xi": xi, "ti": ti}, ("xi", "ti"))
    _check(columns, {"xi": _check_whole, "ti": check_time})
    return _complete(columns, columns["xi"] == 0, missing)


def _read(given: Mapping[str, Any], needed: tuple[str, ...]) -> dict[str, Array]:
    read = {
        name: read_column(name, value) for name, value in given.items() if value is not None or name in needed
    }
    for name, column in read.items():
        if column.ndim != 1:
            raise SynthesisError(f"column '{name}' has {column.ndim} dimensions; give one number a study")
        if not column.size:
            raise SynthesisError(f"column '{name}' is empty: there is no study to pool")
    return broadcast(read)


def _check(columns: Mapping[str, Array], checks: Mapping[str, Callable[[str, Array], None]]) -> None:
    for name, check in checks.items():
        check(name, columns[name])


def _check_whole(name: str, column: Array) -> None:
    check_count(name, column)
    refuse(
        np.isfinite(column) & (column != np.round(np.nan_to_num(column))),
        name,
        column,
        "is not a whole number; counts of people or events are, and nothing may be added to them beforehand",
    )


def _complete(columns: Mapping[str, Array], double_zero: Flags, missing: str) -> Counts:
    if missing not in MISSING:
        raise UsageError(f"missing={missing!r} is not one of {', '.join(MISSING)}")
    whole = np.logical_and.reduce([np.isfinite(column) for column in columns.values()])
    if missing == "refuse" and not whole.all():
        row = int(np.argmin(whole))
        name = next(name for name, column in columns.items() if not np.isfinite(column[row]))
        raise SynthesisError(
            f"row {row + 1}, column '{name}': no number; complete it, or leave such rows out with missing='omit'"
        )
    if not whole.any():
        raise SynthesisError("no row has all its numbers: there is no study to pool")
    return Counts(
        columns={name: np.array(column[whole]) for name, column in columns.items()},
        rows=tuple(int(row) + 1 for row in np.flatnonzero(whole)),
        k_missing=int((~whole).sum()),
        double_zero=np.asarray(double_zero[whole], dtype=np.bool_),
    )


def said(counts: Counts, used: str) -> list[str]:
    """Sentences on rows that tell nothing: double-zero rows with what was done with them, and rows left out."""
    notes = []
    rows = counts.double_zero_rows
    if rows:
        notes.append(
            f"{len(rows)} of {counts.k} studies with no event, or only events, in every arm"
            f" (row {', '.join(map(str, rows))}): {used}."
        )
    if counts.k_missing:
        notes.append(f"{counts.k_missing} rows without all their numbers were left out.")
    return notes
