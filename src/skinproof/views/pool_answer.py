"""Pooling a table: studies, subgroups, moderators, and what leaving each study out does."""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import pool
from skinproof.synthesis.bias_regression import regtest
from skinproof.synthesis.bias_trimfill import trimfill
from skinproof.synthesis.diagnostics import influence, leave_one_out
from skinproof.synthesis.measures import MEASURES
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.refit import studies
from skinproof.synthesis.regression import Design, design
from skinproof.synthesis.tau2 import EQUAL
from skinproof.views.absolute import check_baseline, with_absolute
from skinproof.views.pool_cautions import cautions_of
from skinproof.views.pool_counts import (
    checked_counts,
    complete_rows,
    lines_of_counts,
    pooled_counts,
)
from skinproof.views.pool_effects import Effects, Floats, arms_of, column_of, control_of, effects_of, risks_of
from skinproof.views.pool_moderators import as_regression, check_words, finite, group_names, moderator
from skinproof.views.pool_table import PoolTable, TableRow
from skinproof.views.pooled import (
    COUNTS,
    FEW,
    GIVEN,
    MANY,
    SINGLE,
    Asked,
    Estimate,
    Filled,
    Pooling,
    Regression,
    Shown,
    StudyLine,
    Wider,
)


def pool_table(table: PoolTable, asked: Asked) -> Pooling:
    """The pooled answer to what the table asks.

    Raises:
        UsageError: options that do not fit the measure.
        SynthesisError: numbers that cannot be pooled as asked, by row and column.
    """
    measure = MEASURES.get(asked.measure)
    if asked.measure != GIVEN and measure is None:
        raise UsageError(
            f"measure {asked.measure!r} is not known; there are {', '.join(MEASURES)}, and {GIVEN}"
        )
    check_baseline(asked)
    counts = asked.method in COUNTS
    if counts:
        asked = checked_counts(asked)
        measure = MEASURES[asked.measure]
    single = asked.measure in SINGLE
    log = measure is not None and measure.back == "exp" and not single
    _check_mid(asked, single=single, log=log)
    effects = effects_of(table, asked)
    keep = np.flatnonzero(np.isfinite(effects.yi) & (effects.vi > 0))
    lines = _lines(table, effects, keep, asked)
    double: tuple[int, ...] = ()
    if counts:
        keep, why, double = complete_rows(effects, asked)
        lines = lines_of_counts(lines, effects, keep, why)
    pooling = Pooling(
        asked=asked,
        label=measure.label if measure else "effect as given",
        scale=measure.scale if measure else "as given",
        shown_scale=(measure.back_scale or measure.scale) if measure else "effect",
        zero=None if single else (1.0 if log else 0.0),
        log=log,
        rows=lines,
        overall=None,
        outcome=table.outcome,
        better=asked.better or table.better,
        cautions=cautions_of(table, effects, keep, asked),
        doubts=table.doubts,
        notes=table.notes,
    )
    if not len(keep):
        return pooling
    found = pooled_counts(pooling, effects, keep, double) if counts else _pooled(pooling, effects, keep)
    return with_absolute(found)


def _check_mid(asked: Asked, *, single: bool, log: bool) -> None:
    if asked.better not in ("", "lower", "higher"):
        raise UsageError(f"better={asked.better!r}: 'lower' or 'higher'")
    if asked.mid is None:
        return
    if single:
        raise UsageError(
            f"{asked.measure} is of one group: there is no difference for a smallest one of interest"
        )
    if log and (asked.mid <= 0 or asked.mid == 1):
        raise UsageError(
            f"--mid {asked.mid:g}: on a scale of ratios give one above 0 other than 1, such as 0.8 or 1.25"
        )
    if not log and asked.mid <= 0:
        raise UsageError(f"--mid {asked.mid:g}: give a difference above 0; it counts in both directions")


def _lines(
    table: PoolTable, effects: Effects, keep: npt.NDArray[np.int64], asked: Asked
) -> tuple[StudyLine, ...]:
    """Every row of the table; weights and what leaving it out does come later."""
    half = _normal(asked.level) * np.sqrt(np.where(effects.vi > 0, effects.vi, np.nan))
    yi, lower, upper = effects.yi, effects.yi - half, effects.yi + half
    shown = [effects.back(values) for values in (yi, lower, upper)]
    places = {row.row: place for place, row in enumerate(effects.rows)}
    used = set(map(int, keep))
    lines = []
    for row in table.rows:
        group = row.cells.get(asked.subgroup) if asked.subgroup else None
        line = StudyLine(
            row=row.row, study=row.study or f"row {row.row}", subgroup=group, arms=arms_of(row.numbers), left_out=row.left_out, notes=row.notes,
            risks=risks_of(row.numbers), control=control_of(row.numbers), moderators={name: row.cells[name] for name in asked.mods},
        )  # fmt: skip
        place = places.get(row.row)
        if place is not None:
            notes = row.notes + effects.notes[place]
            line = msgspec.structs.replace(line, notes=notes, ni=finite(effects.ni[place]))
            if place in used:
                line = msgspec.structs.replace(
                    line, yi=float(yi[place]), vi=float(effects.vi[place]), ci_lb=float(lower[place]), ci_ub=float(upper[place]),
                    shown=Shown(*(float(values[place]) for values in shown)),
                )  # fmt: skip
            else:
                reasons = [note.partition("; ")[0] for note in effects.notes[place]]
                line = msgspec.structs.replace(
                    line, notes=row.notes, left_out="; ".join(reasons) or "no effect"
                )
        lines.append(line)
    return tuple(lines)


def _normal(level: float) -> float:
    fraction = level / 100 if level > 1 else level
    return float(ndtri(0.5 + fraction / 2))


def _pooled(pooling: Pooling, effects: Effects, keep: npt.NDArray[np.int64]) -> Pooling:
    asked = pooling.asked
    rows = tuple(effects.rows[place] for place in keep)
    y, v, n = effects.yi[keep], effects.vi[keep], effects.ni[keep]
    weights = _given_weights(rows, asked)
    fit = _fit(y, v, asked, weights=weights)
    moved = _moved(pooling.rows, rows, fit, effects.back)
    return msgspec.structs.replace(
        pooling,
        rows=moved,
        overall=_estimate("All studies", fit, n, asked, effects.back),
        groups=_groups(rows, y, v, n, asked, weights, effects.back) if asked.subgroup else (),
        difference=_difference(rows, y, v, asked),
        regression=_regression(rows, y, v, asked, weights) if asked.mods else None,
        egger_p=_egger(fit),
        filled=_filled(fit, effects.back),
    )


def _given_weights(rows: Sequence[TableRow], asked: Asked) -> Floats | None:
    if asked.method != "GENQ":
        return None
    weights = column_of(rows, "weights")
    missing = [row.named for row, value in zip(rows, weights, strict=True) if not np.isfinite(value)]
    if missing:
        raise SynthesisError(
            f"{missing[0]}, column 'weights': none; method GENQ needs a weight for every study"
        )
    return weights


def _fit(
    y: Floats, v: Floats, asked: Asked, mods: Design | None = None, weights: Floats | None = None
) -> PoolResult:
    return pool(y, v, asked.method, asked.test, mods, weights=weights, level=asked.level)


def _estimate(
    label: str, fit: PoolResult, ni: Floats, asked: Asked, back: Callable[[object], Floats]
) -> Estimate:
    several = fit.k > 1
    equal = asked.method in EQUAL
    interval = fit.tau2_interval() if several else {}
    prediction = fit.predict(kind=asked.prediction) if several and not equal else None
    bounds = (float(prediction.pi_lb), float(prediction.pi_ub)) if prediction is not None else None
    beta, low, high = (float(np.asarray(value)) for value in (fit.beta, fit.ci_lb, fit.ci_ub))
    return Estimate(
        label=label,
        k=fit.k,
        people=round(float(ni.sum())) if np.isfinite(ni).all() else None,
        beta=beta,
        se=float(np.asarray(fit.se)),
        zval=finite(np.asarray(fit.zval)),
        pval=float(np.asarray(fit.pval)),
        ci_lb=low,
        ci_ub=high,
        shown=_shown(back, beta, low, high),
        dfs=finite(fit.dfs),
        tau2=fit.tau2 if several and not equal else None,
        tau2_lb=finite(interval["tau2_lb"]) if interval and not equal else None,
        tau2_ub=finite(interval["tau2_ub"]) if interval and not equal else None,
        se_tau2=finite(fit.se_tau2) if several else None,
        i2=fit.i2 if several else None,
        i2_lb=finite(interval["i2_lb"]) if interval and not equal else None,
        i2_ub=finite(interval["i2_ub"]) if interval and not equal else None,
        h2=fit.h2 if several else None,
        qe=fit.qe if several else None,
        qep=fit.qep if several else None,
        pi_lb=bounds[0] if bounds else None,
        pi_ub=bounds[1] if bounds else None,
        shown_pi=_shown(back, beta, *bounds) if bounds else None,
        notes=(*fit.notes, *_narrow(fit)),
        wider=_wider(fit, asked, back),
    )


def by_test(fit: PoolResult, test: str) -> PoolResult:
    """The same model of the same studies with another test."""
    given = studies(fit)
    return pool(given.y, given.v, fit.method, test, weights=given.weights, level=fit.level)


def _narrow(fit: PoolResult) -> tuple[str, ...]:
    """A note where Knapp and Hartung's factor makes the interval narrower than a test that knew tau2 would, or would make it so."""
    if fit.test not in ("knha", "adhoc") or fit.k < 2:
        return ()
    factor = by_test(fit, "knha").s2w
    if not factor < 1 - 1e-9:
        return ()
    said = f"The studies agree more closely than chance alone would make them (Knapp-Hartung factor {factor:.2g})"
    if fit.test == "adhoc":
        return (f"{said}; the interval is not narrowed for that.",)
    return (f"{said}, which narrows the interval; test adhoc does not let it.",)


def narrowed(fit: PoolResult) -> bool:
    """Whether test knha made the interval narrower than test adhoc would."""
    return fit.test == "knha" and fit.k > 1 and fit.s2w < 1 - 1e-9


def _wider(fit: PoolResult, asked: Asked, back: Callable[[object], Floats]) -> Wider | None:
    if not narrowed(fit):
        return None
    found = by_test(fit, "adhoc")
    beta, low, high = (float(np.asarray(value)) for value in (found.beta, found.ci_lb, found.ci_ub))
    bounds = None
    if asked.method not in EQUAL:
        prediction = found.predict(kind=asked.prediction)
        bounds = (float(prediction.pi_lb), float(prediction.pi_ub))
    return Wider(
        ci_lb=low, ci_ub=high, shown=_shown(back, beta, low, high), pi_lb=bounds[0] if bounds else None,
        pi_ub=bounds[1] if bounds else None, shown_pi=_shown(back, beta, *bounds) if bounds else None,
    )  # fmt: skip


def _shown(back: Callable[[object], Floats], *values: float) -> Shown:
    return Shown(*(float(value) for value in back(np.array(values))))


def _moved(
    lines: tuple[StudyLine, ...], rows: Sequence[TableRow], fit: PoolResult, back: Callable[[object], Floats]
) -> tuple[StudyLine, ...]:
    """The lines with weights and with what leaving each study out does."""
    by_row = {row.row: place for place, row in enumerate(rows)}
    weights = fit.weights
    some = FEW <= fit.k <= MANY
    left = leave_one_out(fit) if some else None
    wide = leave_one_out(by_test(fit, "adhoc")) if some and narrowed(fit) else None
    found = influence(fit) if some else None
    moved = []
    for line in lines:
        place = by_row.get(line.row)
        if place is not None and not line.left_out:
            line = msgspec.structs.replace(line, weight=float(weights[place]))
            if left is not None and np.isfinite(left.beta[place]):
                line = msgspec.structs.replace(
                    line,
                    without=_shown(
                        back, *(float(value[place]) for value in (left.beta, left.ci_lb, left.ci_ub))
                    ),
                    without_beta=float(left.beta[place]),
                    without_ci=(float(left.ci_lb[place]), float(left.ci_ub[place])),
                    without_wider=None
                    if wide is None
                    else (float(wide.ci_lb[place]), float(wide.ci_ub[place])),
                    without_pval=finite(left.pval[place]),
                    without_tau2=finite(left.tau2[place]),
                    cook_d=None if found is None else finite(found.cook_d[place]),
                    is_infl=None if found is None else bool(found.is_infl[place]),
                )
        moved.append(line)
    return tuple(moved)


STEPS = 25
"""Points of the line of a meta-regression: on a scale of ratios its band is curved."""


def _groups(
    rows: Sequence[TableRow], y: Floats, v: Floats, ni: Floats, asked: Asked, weights: Floats | None, back: Callable[[object], Floats]
) -> tuple[Estimate, ...]:  # fmt: skip
    """Each subgroup pooled by itself, with a tau2 of its own."""
    column = asked.subgroup or ""
    values = np.array([row.cells[column] or "not reported" for row in rows])
    if len(rows) > 2 and len(set(values)) == len(rows):
        raise SynthesisError(
            f"column '{column}': each of the {len(rows)} studies has a word of its own, so no subgroup has anything to pool;"
            " name a column whose values several studies share"
        )
    found = []
    for name in group_names(rows, column):
        inside = values == name
        fit = _fit(y[inside], v[inside], asked, weights=None if weights is None else weights[inside])
        found.append(_estimate(name, fit, ni[inside], asked, back))
    return tuple(found)


def _difference(rows: Sequence[TableRow], y: Floats, v: Floats, asked: Asked) -> Regression | None:
    """The test between subgroups: a meta-regression on them, with one tau2 for all; None where it cannot be had."""
    if not asked.subgroup:
        return None
    values = [row.cells[asked.subgroup] or "not reported" for row in rows]
    if not 1 < len(set(values)) < len(rows) or asked.method == "GENQ":
        return None
    return as_regression(_fit(y, v, asked, design({asked.subgroup: values})))


def _regression(
    rows: Sequence[TableRow], y: Floats, v: Floats, asked: Asked, weights: Floats | None
) -> Regression:
    columns = {name: moderator(rows, name) for name in asked.mods}
    check_words(columns)
    fit = _fit(y, v, asked, design(columns), weights)
    found = as_regression(fit)
    values = next(iter(columns.values()))
    if len(columns) > 1 or isinstance(values[0], str):
        return found
    along = np.linspace(min(map(float, values)), max(map(float, values)), STEPS)  # type: ignore[arg-type]
    line = fit.predict(along[:, None])
    points = np.stack([along, line.pred, line.ci_lb, line.ci_ub], axis=1)
    return msgspec.structs.replace(found, curve=tuple((x, p, lo, hi) for x, p, lo, hi in points.tolist()))


def fit_again(pooling: Pooling) -> PoolResult:
    """The model of the mean of the studies that were pooled, for diagnostics."""
    asked, used = pooling.asked, pooling.used
    if asked.method in COUNTS:
        raise UsageError(
            f"method {asked.method} pools counts and has no picture of influence; draw it with --method REML or EE"
        )
    y, v = (np.array([getattr(row, name) for row in used], dtype=np.float64) for name in ("yi", "vi"))
    weights = np.array([row.weight for row in used], dtype=np.float64) if asked.method == "GENQ" else None
    return _fit(y, v, asked, weights=weights)


ENOUGH = 10
"""Fewest studies for tests of small-study effects, as Sterne et al. 2011 (doi:10.1136/bmj.d4002) advise."""


def _filled(fit: PoolResult, back: Callable[[object], Floats]) -> Filled | None:
    if not ENOUGH <= fit.k <= 10_000 or fit.many.problem.weights is not None:
        return None
    try:
        found = trimfill(fit)
    except SynthesisError:
        return None
    whole = found.fit
    return Filled(
        k0=found.k0, side=found.side,
        yi=tuple(map(float, found.yi[found.fill])), vi=tuple(map(float, found.vi[found.fill])),
        shown=_shown(back, *(float(np.asarray(value)) for value in (whole.beta, whole.ci_lb, whole.ci_ub))),
    )  # fmt: skip


def _egger(fit: PoolResult) -> float | None:
    """p of Egger's test where there are enough studies; else None."""
    if fit.k < ENOUGH or fit.many.problem.weights is not None:
        return None
    try:
        return finite(regtest(fit).pval)
    except SynthesisError:
        return None
