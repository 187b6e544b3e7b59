"""The columns of an effect-size table as arrays, refused by row and column where they cannot be true."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError, UsageError

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def row_name(index: tuple[int, ...]) -> str:
    """How a row is named in a message, counted from 1: `row 3`, or `set 2, row 3` in a batch."""
    if len(index) == 1:
        return f"row {index[0] + 1}"
    return f"set {', '.join(str(i + 1) for i in index[:-1])}, row {index[-1] + 1}"


@dataclass(frozen=True, slots=True)
class Options:
    """How a measure is computed: `vtype`, the name of its variance formula, and `correct`, for small-sample bias."""

    vtype: str
    correct: bool


def first_row(bad: Flags) -> tuple[int, ...] | None:
    """The first row of a mask, or None where no row is marked."""
    if not bad.any():
        return None
    return tuple(int(i) for i in np.argwhere(bad)[0])


def read_column(name: str, values: Any) -> Array:
    """One column as float64, at least (k,); None and NaN are missing.

    Raises:
        SynthesisError: text, true/false, infinite or otherwise unreadable values, by row and column.
    """
    if values is None:
        raise UsageError(f"column '{name}' was not given")
    try:
        raw = np.asarray(values)
    except ValueError:
        raise SynthesisError(
            f"column '{name}': sets of different lengths; fill the shorter ones up with NaN"
        ) from None
    if raw.dtype.kind not in "iuf":
        raw = np.frompyfunc(lambda value: _number(value), 1, 1)(
            np.atleast_1d(np.asarray(values, dtype=object))
        )
        bad = first_row(np.asarray(raw == "bad", dtype=np.bool_))
        if bad is not None:
            found = np.atleast_1d(np.asarray(values, dtype=object))[bad]
            raise SynthesisError(
                f"{row_name(bad)}, column '{name}': {found!r} is not a number;"
                " give a number, or NaN where the study does not report it"
            )
    column = np.atleast_1d(raw.astype(np.float64))
    bad = first_row(np.isinf(column))
    if bad is not None:
        raise SynthesisError(f"{row_name(bad)}, column '{name}': infinite; give a finite number or NaN")
    return column


def _number(value: Any) -> Any:
    if value is None:
        return np.nan
    if isinstance(value, bool | np.bool_ | str | bytes) or not np.isscalar(value):
        return "bad"
    return float(value) if isinstance(value, int | float | np.number) else "bad"


def broadcast(columns: Mapping[str, Array]) -> dict[str, Array]:
    """All columns in one shape (k,) or (m, k).

    Raises:
        SynthesisError: columns whose lengths do not fit together, each with its shape.
    """
    try:
        shape = np.broadcast_shapes(*(column.shape for column in columns.values()))
    except ValueError:
        shapes = ", ".join(f"'{name}' {column.shape}" for name, column in columns.items())
        raise SynthesisError(
            f"the columns do not have one length: {shapes}; give one value a study in every column"
        ) from None
    return {name: np.broadcast_to(column, shape) for name, column in columns.items()}


def refuse(bad: Flags, name: str, column: Array, reason: str) -> None:
    """Stop at the first marked row, with its value and what to do.

    Raises:
        SynthesisError: some row is marked.
    """
    row = first_row(bad)
    if row is not None:
        raise SynthesisError(f"{row_name(row)}, column '{name}': {column[row]:g} {reason}")


# What a column may hold. Which kind a column is depends on the measure (`ai` is a count in a 2x2 table and a
# reliability in ARAW), so measures name the kind.
Check = Callable[[str, Array], None]


def check_count(name: str, column: Array) -> None:
    refuse(column < 0, name, column, "is negative; a count starts at 0")


def check_size(name: str, column: Array) -> None:
    refuse(column < 0, name, column, "is negative; a number of people starts at 1")
    refuse(column == 0, name, column, "people: an arm nobody is in has no effect; leave the row out")


def check_time(name: str, column: Array) -> None:
    refuse(column <= 0, name, column, "is not a time at risk; give person-time above 0")


def check_sd(name: str, column: Array) -> None:
    refuse(column < 0, name, column, "is negative; a standard deviation starts at 0")


def check_positive_sd(name: str, column: Array) -> None:
    check_sd(name, column)
    refuse(column == 0, name, column, "as a standard deviation: this measure divides by it or takes its log;"
           " check for a rounded value, or use measure='MD'")  # fmt: skip


def check_correlation(name: str, column: Array) -> None:
    refuse(np.abs(column) > 1, name, column, "is not a correlation; it lies between -1 and 1")


def check_reliability(name: str, column: Array) -> None:
    refuse(column > 1, name, column, "is not a reliability; it is at most 1")


def check_items(name: str, column: Array) -> None:
    refuse(column < 2, name, column, "items: a reliability needs at least 2")


def check_any(name: str, column: Array) -> None:
    """Means may be anything."""


CHECKS: Mapping[str, Check] = {
    "count": check_count,
    "size": check_size,
    "time": check_time,
    "sd": check_sd,
    "sd>0": check_positive_sd,
    "correlation": check_correlation,
    "reliability": check_reliability,
    "items": check_items,
    "mean": check_any,
}


def complement(columns: dict[str, Array], events: str, others: str, size: str) -> None:
    """Fill in the number without the event from events and arm size, or check the two against each other.

    Raises:
        UsageError: neither the others nor the size is given.
        SynthesisError: events above the size, or three columns that do not add up, by row.
    """
    if others not in columns and size not in columns:
        raise UsageError(
            f"'{events}' needs '{others}' (people without the event) or '{size}' (people in the arm)"
        )
    if size in columns:
        check_size(size, columns[size])
        check_count(events, columns[events])
        given = columns[events]
        row = first_row(given > columns[size])
        if row is not None:
            raise SynthesisError(
                f"{row_name(row)}: {events} = {given[row]:g} events among {size} = {columns[size][row]:g} people;"
                " check for events counted more than once a person"
            )
        rest = columns[size] - given
        if others in columns:
            row = first_row(np.abs(columns[others] - rest) > 1e-9 * columns[size])
            if row is not None:
                raise SynthesisError(
                    f"{row_name(row)}: {events} + {others} is not {size}; give only one of '{others}' and '{size}'"
                )
        columns[others] = rest


def weighted_mean(x: Array, weight: Array) -> Array:
    """Mean over the studies of a set (last axis) with these weights, missing rows left out; (..., 1)."""
    present = np.isfinite(x) & np.isfinite(weight)
    total = np.where(present, weight, 0.0)
    summed = np.where(present, x, 0.0) * total
    return ratio(summed.sum(axis=-1, keepdims=True), total.sum(axis=-1, keepdims=True))


def log(x: Array) -> Array:
    """Natural log; NaN where it is undefined (x <= 0), for the caller to flag."""
    out = np.full(np.shape(x), np.nan)
    np.log(x, out=out, where=np.greater(x, 0))
    return out


def ratio(top: Array | float, bottom: Array) -> Array:
    """Quotient; NaN where the divisor is 0, for the caller to flag."""
    shape = np.broadcast_shapes(np.shape(top), np.shape(bottom))
    out = np.full(shape, np.nan)
    np.divide(top, bottom, out=out, where=np.not_equal(bottom, 0))
    return out


def root(x: Array) -> Array:
    """Square root; NaN below 0, for the caller to flag."""
    out = np.full(np.shape(x), np.nan)
    np.sqrt(x, out=out, where=np.greater_equal(x, 0))
    return out
