"""Moderators of a meta-regression and subgroups of a table: their values, and what is said of the fit."""

from collections.abc import Mapping, Sequence

import numpy as np

from skinproof.errors import SynthesisError
from skinproof.synthesis.pool_result import PoolResult
from skinproof.views.pool_table import TableRow
from skinproof.views.pooled import Coefficient, Regression


def group_names(rows: Sequence[TableRow], column: str) -> list[str]:
    """The subgroups in the order in which the table names them."""
    return list(dict.fromkeys(row.cells[column] or "not reported" for row in rows))


def check_words(columns: Mapping[str, Sequence[object]]) -> None:
    """Raises: SynthesisError: a moderator in words that has another word for every study."""
    for name, values in columns.items():
        if len(values) > 1 and isinstance(values[0], str) and len(set(values)) == len(values):
            raise SynthesisError(
                f"column '{name}': each of the {len(values)} rows has a word of its own, so it explains all and tells nothing;"
                " a moderator in words needs groups of several studies"
            )


def moderator(rows: Sequence[TableRow], column: str) -> list[object]:
    """The values of a moderator: numbers, or words where none is a number.

    Raises: SynthesisError: missing, or a word among numbers, by row.
    """
    values: list[object] = []
    for row in rows:
        text = row.cells[column]
        if not text:
            raise SynthesisError(f"{row.named}, column '{column}': empty; give a value, or leave the row out")
        try:
            values.append(float(text))
        except ValueError:
            values.append(text)
    words = [place for place, value in enumerate(values) if isinstance(value, str)]
    if words and len(words) < len(values):
        place = words[0]
        raise SynthesisError(
            f"{rows[place].named}, column '{column}': {values[place]!r} among numbers; a moderator is all numbers or all words"
        )
    for place, value in enumerate(values):
        if isinstance(value, float) and not np.isfinite(value):
            raise SynthesisError(
                f"{rows[place].named}, column '{column}': {rows[place].cells[column]!r} is not a finite number"
            )
    return values


def as_regression(fit: PoolResult) -> Regression:
    """The coefficients with their tests, and what the moderators leave unexplained."""
    named = zip(fit.names, *(np.atleast_1d(np.asarray(value)) for value in (fit.beta, fit.se, fit.zval, fit.pval, fit.ci_lb, fit.ci_ub)), strict=True)  # fmt: skip
    return Regression(
        coefficients=tuple(
            Coefficient(name=name, beta=float(b), se=float(s), zval=finite(z), pval=float(p), ci_lb=float(lo), ci_ub=float(hi))
            for name, b, s, z, p, lo, hi in named
        ),
        k=fit.k,
        qm=finite(fit.qm),
        qm_df=fit.qm_df,
        dfs=finite(fit.dfs),
        qmp=finite(fit.qmp),
        tau2=fit.tau2,
        i2=fit.i2,
        r2=finite(fit.r2),
        qe=fit.qe,
        qep=fit.qep,
    )  # fmt: skip


def finite(value: object) -> float | None:
    number = float(value)  # type: ignore[arg-type]
    return number if np.isfinite(number) else None
