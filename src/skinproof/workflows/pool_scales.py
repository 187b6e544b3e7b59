"""What is known of the scales of skin outcomes, and which of them may stand in one raw average."""

import re
from collections.abc import Iterable, Sequence
from importlib.resources import files

import msgspec
import yaml

from skinproof.errors import SynthesisError
from skinproof.views.pool_table import PoolTable, TableRow

RAW = ("MD", "MC", "MN")
"""Measures in the units of the scale itself."""

_MEANS = ("m1i", "m2i", "mi")


class OutcomeScale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scale; see data/outcome_scales.yml."""

    key: str
    label: str
    words: tuple[str, ...]
    better: str
    known: str
    source: str
    low: float | None = None
    high: float | None = None
    apart: tuple[str, ...] = ()
    mcid: str = ""
    mcid_value: float | None = None
    mcid_known: str = "from memory"
    mcid_source: str = ""


def outcome_scales() -> tuple[OutcomeScale, ...]:
    """The bundled scales."""
    text = (files("skinproof.data") / "outcome_scales.yml").read_text(encoding="utf-8")
    return msgspec.convert(yaml.safe_load(text), tuple[OutcomeScale, ...])


def scale_of(text: str, scales: Sequence[OutcomeScale]) -> OutcomeScale | None:
    """The scale that a text names: that of the longest words in it, or None.

    >>> scale_of("change in mMASI at week 12", outcome_scales()).key
    'mmasi'
    """
    found: tuple[int, OutcomeScale | None] = (0, None)
    for scale in scales:
        for words in scale.words:
            if len(words) > found[0] and re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.IGNORECASE):
                found = (len(words), scale)
    return found[1]


def checked(
    table: PoolTable, measure: str, scales: Sequence[OutcomeScale], *, standardized: bool
) -> PoolTable:
    """The table with what its scales say: which end is better, values beyond a scale's ends, scales that differ.

    standardized: the effects are in standard deviations, so that scales may differ but their directions may not.

    Raises:
        SynthesisError: raw values of different scales (MASI beside mMASI, a total of POSAS beside its items), or
            standardised ones of which lower is better here and higher there.
    """
    texts = {_outcome(row) for row in table.rows}
    known = {text: scale_of(text, scales) for text in texts}
    named = {row.row: known[_outcome(row)] for row in table.rows if not row.left_out}
    used = {row.row: row for row in table.rows if not row.left_out}
    by_scale: dict[str, tuple[OutcomeScale, list[TableRow]]] = {}
    for place, scale in named.items():
        if scale is not None:
            by_scale.setdefault(scale.key, (scale, []))[1].append(used[place])
    if measure in RAW or (measure == "GEN" and _apart(by_scale.values())):
        _refuse_mixture(by_scale)
    directions = {scale.better for scale, _ in by_scale.values()}
    if standardized and {"lower", "higher"} <= directions:
        raise SynthesisError(
            f"{_listed(by_scale)}: lower is better on one and higher on the other; turn the sign of one"
        )
    notes = list(table.notes)
    if len(by_scale) > 1 or (
        by_scale and None in named.values() and len(set(map(_outcome, used.values()))) > 1
    ):
        notes.append(
            f"The rows are of different outcomes ({_listed(by_scale)}); what they have in common must be argued."
        )
    if "unclear" in directions:
        notes += [
            f"{s.label}: {s.source}." for s, _ in by_scale.values() if s.better == "unclear" and s.source
        ]
    better = directions.pop() if len(directions) == 1 and None not in named.values() else ""
    rows = tuple(_beyond(row, named.get(row.row)) for row in table.rows)
    return msgspec.structs.replace(
        table, rows=rows, notes=tuple(notes), better=better if better in ("lower", "higher") else ""
    )


def _outcome(row: TableRow) -> str:
    return row.cells.get("outcome", "")


def _apart(found: Iterable[tuple[OutcomeScale, list[TableRow]]]) -> bool:
    """Whether scales stand side by side that are mixed up with each other."""
    scales = [scale for scale, _ in found]
    return any(other.key in scale.apart for scale in scales for other in scales)


def _listed(by_scale: dict[str, tuple[OutcomeScale, list[TableRow]]]) -> str:
    return ", ".join(f"{scale.label} (row {rows[0].row})" for scale, rows in by_scale.values())


def _refuse_mixture(by_scale: dict[str, tuple[OutcomeScale, list[TableRow]]]) -> None:
    if len(by_scale) > 1:
        raise SynthesisError(
            f"raw values of different scales cannot be averaged: {_listed(by_scale)};"
            " pool each scale by itself, or use measure SMD"
        )


def _beyond(row: TableRow, scale: OutcomeScale | None) -> TableRow:
    """The row, with a note on every mean beyond the ends of its scale (a change from baseline may be negative)."""
    if scale is None or row.left_out:
        return row
    notes = []
    for name in _MEANS:
        value = row.numbers.get(name)
        if value is None:
            continue
        if scale.high is not None and value > scale.high:
            notes.append(f"{name} = {value:g} is above the end of {scale.label} ({scale.high:g})")
        elif scale.low is not None and scale.high is not None and value < scale.low - scale.high:
            notes.append(f"{name} = {value:g} is more than {scale.label} can change by")
        elif scale.low is not None and value < scale.low:
            notes.append(f"{name} = {value:g} is below the start of {scale.label} ({scale.low:g}): a change?")
    return msgspec.structs.replace(row, notes=(*row.notes, *notes)) if notes else row
