"""Effects of the rows of a table, each named as the table names it, and the way back to the reader's scale."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.effects import EffectSizes, back_transform, escalc
from skinproof.views.pool_table import PoolTable, TableRow
from skinproof.views.pooled import GIVEN, Asked

Floats = npt.NDArray[np.float64]


class Effects(msgspec.Struct, frozen=True):
    """Effects of all rows that take part so far, and the way to the reader's scale. sizes: people, for the latter."""

    rows: tuple[TableRow, ...]
    yi: Floats
    vi: Floats
    ni: Floats
    notes: tuple[tuple[str, ...], ...]
    back: Callable[[object], Floats]


def effects_of(table: PoolTable, asked: Asked) -> Effects:
    rows = tuple(row for row in table.rows if not row.left_out)
    if not rows:
        empty = np.empty(0)
        return Effects(rows, empty, empty, empty, (), lambda x: np.asarray(x, dtype=np.float64))
    columns = {name: column_of(rows, name) for name in rows[0].numbers}
    if "yi" not in columns:
        return _computed(rows, columns, asked)
    if asked.add is not None or asked.to is not None or asked.drop00:
        raise UsageError("effects are given as yi: add, to and drop00 have no counts to work on")
    vi = columns["vi"] if "vi" in columns else np.square(columns["sei"])
    ni = columns.get("ni", np.full(len(rows), np.nan))
    notes = tuple(
        () if np.isfinite(y) and np.isfinite(v) else ("no effect, or no variance",)
        for y, v in zip(columns["yi"], vi, strict=True)
    )
    return Effects(rows, columns["yi"], vi, ni, notes, way_back(asked.measure, ni))


def column_of(rows: Sequence[TableRow], name: str) -> Floats:
    values = [row.numbers.get(name) for row in rows]
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def way_back(measure: str, ni: Floats) -> Callable[[object], Floats]:
    if measure == GIVEN:
        return lambda x: np.asarray(x, dtype=np.float64)
    if measure == "PR":  # normal intervals of a plain proportion may leave 0 to 1; no share of people does
        return lambda x: np.clip(back_transform(measure, x, ni), 0.0, 1.0)
    return lambda x: back_transform(measure, x, ni)


def _computed(rows: tuple[TableRow, ...], columns: dict[str, Floats], asked: Asked) -> Effects:
    given: dict[str, Any] = {name: values for name, values in columns.items() if name != "weights"}
    try:
        found: EffectSizes = escalc(
            asked.measure, **given, add=asked.add, to=asked.to, drop00=asked.drop00, level=asked.level
        )
    except SynthesisError as error:
        raise renamed(error, rows) from error
    notes: list[list[str]] = [[] for _ in rows]
    for flag in found.flags:
        notes[flag.row[0]].append(flag.message.partition(": ")[2])
    return Effects(
        rows, found.yi, found.vi, found.ni, tuple(map(tuple, notes)), way_back(asked.measure, found.ni)
    )


def renamed(error: SynthesisError, rows: Sequence[TableRow]) -> SynthesisError:
    """The message with the row of the table, where it names one of those that were left."""
    head, mark, rest = str(error).partition(",") if "," in str(error)[:12] else str(error).partition(":")
    number = head.removeprefix("row ")
    if head.startswith("row ") and number.isdecimal() and 1 <= int(number) <= len(rows):
        return SynthesisError(rows[int(number) - 1].named + mark + rest)
    return error


def arms_of(given: Mapping[str, float | None]) -> tuple[str, ...]:
    """The raw data of each arm in words: events of people, mean (SD) of people; () where effects were given."""

    def counted(events: str, others: str, size: str) -> str:
        e, o, n = (given.get(name) for name in (events, others, size))
        n = n if n is not None else (None if e is None or o is None else e + o)
        return f"{_said(e)}/{_said(n)}"

    def averaged(arm: str, size: str) -> str:
        return f"{_said(given.get(f'm{arm}i'))} ({_said(given.get(f'sd{arm}i'))}), n {_said(given.get(size))}"

    if "ri" in given and "ai" not in given and "m1i" not in given:
        return (f"r {_said(given['ri'])}, n {_said(given.get('ni'))}",)
    if "ai" in given and "ci" in given:
        return counted("ai", "bi", "n1i"), counted("ci", "di", "n2i")
    if "m1i" in given:
        sizes = ("n1i", "n2i") if "n1i" in given else ("ni", "ni")
        return averaged("1", sizes[0]), averaged("2", sizes[1])
    if "x1i" in given:
        return tuple(f"{_said(given[f'x{a}i'])} in {_said(given[f't{a}i'])}" for a in "12")
    if "ti" in given:
        return (f"{_said(given['xi'])} in {_said(given['ti'])}",)
    if "xi" in given:
        return (counted("xi", "mi", "ni"),)
    if "sdi" in given:
        return (f"{_said(given.get('mi'))} ({_said(given['sdi'])}), n {_said(given.get('ni'))}",)
    return ()


def risks_of(given: Mapping[str, float | None]) -> tuple[float, float] | None:
    """The share of people with the event in each arm of a table of counts, else None."""
    shares = []
    for events, others, size in (("ai", "bi", "n1i"), ("ci", "di", "n2i")):
        e, o, n = (given.get(name) for name in (events, others, size))
        people = n if n is not None else (None if e is None or o is None else e + o)
        if e is None or not people:
            return None
        shares.append(e / people)
    return shares[0], shares[1]


def control_of(given: Mapping[str, float | None]) -> tuple[float, float] | None:
    """Events and people of the second arm of a table of counts, else None."""
    e, o, n = (given.get(name) for name in ("ci", "di", "n2i"))
    people = n if n is not None else (None if e is None or o is None else e + o)
    return (e, people) if "ai" in given and e is not None and people else None


def _said(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:,.0f}" if value == int(value) else f"{value:.6g}"
