"""What the plain words must not leave out: rows that took no part, and too few events."""

import numpy as np
import numpy.typing as npt

from skinproof.synthesis.measures import MEASURES
from skinproof.views.pool_counts import count_methods
from skinproof.views.pool_effects import Effects, column_of
from skinproof.views.pool_table import PoolTable
from skinproof.views.pooled import COUNTS, Asked
from skinproof.views.words import plural

SPARSE = 10
"""Fewest events in all single-arm studies below which a transformed proportion's interval is not to be trusted. A convention
of ours: ten times the one event that the smallest nonzero count is."""


def cautions_of(
    table: PoolTable, effects: Effects, keep: npt.NDArray[np.int64], asked: Asked
) -> tuple[str, ...]:
    """What to mind of the rows as a whole."""
    said = []
    lost = len(effects.rows) - len(keep)
    if lost:
        people = effects.ni[np.setdiff1d(np.arange(len(effects.rows)), keep)]
        of_people = f" ({int(people.sum()):,} people)" if len(people) and np.isfinite(people).all() else ""
        why = "their counts are not all reported, or were left out as asked"
        if asked.method not in COUNTS:
            why = f"no {asked.measure} or no weight exists for their numbers"
        said.append(
            f"{plural(lost, 'study', 'studies')}{of_people} took no part, because {why}.{_where_zero(table, asked)}"
        )
    if asked.measure in ("PR", "PLN", "PLO", "PAS", "PFT") and "xi" in (
        effects.rows[0].numbers if effects.rows else {}
    ):
        events = float(np.nansum(column_of(effects.rows, "xi")))
        if events < SPARSE and asked.method not in COUNTS:
            said.append(
                f"{plural(int(events), 'event')} in all: the interval of a transformed proportion is too narrow then; a"
                " binomial-normal (--measure PLO --method GLMM) or beta-binomial (--method BB) model keeps its promise better."
            )
    if asked.measure == "PR":
        half = 1.96 * np.sqrt(np.where(effects.vi > 0, effects.vi, 0.0))
        if np.any(effects.yi - half < 0) or np.any(effects.yi + half > 1):
            said.append(
                "Intervals of plain proportions are by the normal distribution; those that left 0 to 1 are cut there. The logit"
                " (PLO) has intervals that stay inside."
            )
    return tuple(said)


def _where_zero(table: PoolTable, asked: Asked) -> str:
    """What to do about cells of 0, in tables of counts."""
    if asked.method in COUNTS or asked.measure not in MEASURES or not MEASURES[asked.measure].cells:
        return ""
    methods = count_methods(asked.measure)
    rare = (
        f", or a method that pools the counts themselves (--method {', '.join(methods)})" if methods else ""
    )
    row = MEASURES[asked.measure]
    there = [name for name in ("RD", "AS") if name != asked.measure] if row.fill == "table" else []
    if row.fill == "single":
        there = [name for name in ("PAS", "PFT") if name != asked.measure]
    other = f", a measure that exists there ({', '.join(there)})" if there else ""
    return f" Where cells are 0: --add 0.5{other}{rare}."
