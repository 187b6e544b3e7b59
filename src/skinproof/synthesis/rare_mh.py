"""Pooling of counts without a model of the baseline risk: Mantel-Haenszel and Peto, with their tests.

Sources: Mantel & Haenszel 1959 (10.1093/jnci/22.4.719); Robins, Breslow & Greenland 1986 (10.2307/2531052), variance of
the odds ratio; Greenland & Robins 1985 (10.2307/2530643), of the risk ratio; Sato 1989 (letter, Biometrics 45:1323), of
the risk difference; Rothman, Greenland & Lash 2008, Modern Epidemiology, ch. 15, rates; Tarone 1985
(10.1093/biomet/72.1.91) and Breslow & Day 1980 (IARC 32, p. 142), homogeneity; Yusuf et al. 1985
(10.1016/S0033-0620(85)80003-7), Peto's method. Names and defaults of the tests as in metafor 5.x.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.effect_inputs import Array, Flags, log, ratio
from skinproof.synthesis.effect_zero import TO, add_to_cells
from skinproof.synthesis.rare_counts import Counts, read_rates, read_tables, said
from skinproof.synthesis.results import as_fraction

MEASURES = ("OR", "RR", "RD", "IRR", "IRD")
CELLS = ("ai", "bi", "ci", "di")
"""Columns of a 2x2 table: with and without the event, in arm 1 and in arm 2."""


class Pooled(msgspec.Struct, frozen=True, kw_only=True):
    """A fixed (common) effect pooled from counts; NaN where a number cannot be had.

    measure: OR, RR, RD, IRR, IRD or PETO; ratios are logs. k: studies; k_yi: those with an effect of their own, on which
    qe rests; k_pos: those that add to the estimate or its tests (both outcomes, or an event). k_double_zero and
    double_zero_rows: studies with no event (or only events) in every arm, rows counted from 1; k_missing: rows left out.
    beta, se, zval, pval, ci_lb, ci_ub (at `level`): the estimate. qe, qep, i2 (percent), h2: heterogeneity. mh, mhp and
    co, cop: Mantel-Haenszel's and Cochran's test of no effect (with `correct`, less 1/2); ta, tap and bd, bdp: Tarone's
    and Breslow and Day's test of one odds ratio. add, to: what was added to cells, for (the effects of the studies, the
    pooled estimate). yi, vi: (k,) effects of the studies, NaN where there is none.
    """

    measure: str
    level: float
    k: int
    k_yi: int
    k_pos: int
    k_double_zero: int
    double_zero_rows: tuple[int, ...]
    k_missing: int
    beta: float
    se: float
    zval: float
    pval: float
    ci_lb: float
    ci_ub: float
    qe: float
    qep: float
    i2: float
    h2: float
    mh: float = float("nan")
    mhp: float = float("nan")
    co: float = float("nan")
    cop: float = float("nan")
    ta: float = float("nan")
    tap: float = float("nan")
    bd: float = float("nan")
    bdp: float = float("nan")
    add: tuple[float, float] = (0.0, 0.0)
    to: tuple[str, str] = ("none", "none")
    correct: bool = True
    yi: Array
    vi: Array
    notes: tuple[str, ...] = ()


def pool_mh(
    measure: str,
    ai: Any = None, bi: Any = None, ci: Any = None, di: Any = None, *,
    n1i: Any = None, n2i: Any = None, x1i: Any = None, x2i: Any = None, t1i: Any = None, t2i: Any = None,
    add: float | Sequence[float] = 0.0, to: str | Sequence[str] = "only0", drop00: bool = True,
    correct: bool = True, level: float = 95, missing: str = "refuse",
) -> Pooled:  # fmt: skip
    """The Mantel-Haenszel estimate of `measure` from 2x2 tables (OR, RR, RD) or person-time (IRR, IRD).

    ai, bi, ci, di: (k,) counts, or n1i, n2i in place of bi, di; x1i, x2i, t1i, t2i: events and person-time. add, to: a
    constant for cells, and where it goes (none, only0, if0all, all); one value is for the effects of the studies (which
    only qe needs), a pair for those and for the pooled estimate. metafor's default is `add=(0.5, 0)`; here nothing is
    added unless it is asked for. drop00: double-zero studies have no effect of their own; in the pooled risk or rate
    difference they count in any case.

    Where every event is in one arm, a ratio cannot be had: beta is NaN, the test `mh` stands, and a note says so.
    The corrected tests take 1/2 off even where that overshoots 0, as metafor does.

    Raises:
        UsageError: an unknown measure or option, or columns missing.
        SynthesisError: a row that cannot be true, or no event in any study.
    """
    if measure not in MEASURES:
        raise UsageError(f"no Mantel-Haenszel measure {measure!r}; there are {', '.join(MEASURES)}")
    rates = measure in ("IRR", "IRD")
    counts = (
        read_rates(x1i, x2i, t1i, t2i, missing) if rates else read_tables(ai, bi, ci, di, n1i, n2i, missing)
    )
    _some_events(counts)
    return _mantel_haenszel(measure, counts, _constants(add, to), drop00, correct, as_fraction(level))


def pool_peto(
    ai: Any = None, bi: Any = None, ci: Any = None, di: Any = None, *,
    n1i: Any = None, n2i: Any = None, level: float = 95, missing: str = "refuse",
) -> Pooled:  # fmt: skip
    """Peto's one-step log odds ratio: for rare events, arms of like size and small effects; biased otherwise.

    Arguments as in `pool_mh`. Double-zero studies have variance 0 and add nothing. Nothing is ever added to cells.

    Raises:
        UsageError: columns missing.
        SynthesisError: a row that cannot be true, or one of the two outcomes never occurred.
    """
    counts = read_tables(ai, bi, ci, di, n1i, n2i, missing)
    _some_events(counts)
    more, spread = _more_than_expected(counts.columns)
    pos = spread > 0
    if not pos.any():
        raise SynthesisError(
            "one of the two outcomes occurred in no study: Peto's method has nothing to compare"
        )
    total = float(spread.sum())
    beta, se = float(more.sum()) / total, 1 / float(np.sqrt(total))
    yi, vi = ratio(more, spread), ratio(1.0, spread)
    qe = max(0.0, float(np.sum(more[pos] ** 2 / spread[pos])) - total * beta**2)
    return _pooled(
        "PETO", counts, (beta, se), qe, as_fraction(level), int(pos.sum()),
        k_pos=int(pos.sum()), yi=yi, vi=vi, notes=tuple(said(counts, "they add nothing to Peto's estimate")),
    )  # fmt: skip


def _some_events(counts: Counts) -> None:
    if counts.double_zero.all():
        raise SynthesisError(
            f"none of the {counts.k} studies tells the outcomes apart (no event, or only events, in every arm):"
            " an effect cannot be had; report the pooled risk of one arm instead"
        )


def _constants(
    add: float | Sequence[float], to: str | Sequence[str]
) -> tuple[tuple[float, str], tuple[float, str]]:
    adds = tuple(add) if isinstance(add, Sequence) else (add, 0.0)
    tos = (to, to if isinstance(add, Sequence) else "none") if isinstance(to, str) else tuple(to)
    if len(adds) != 2 or len(tos) != 2:
        raise UsageError(
            "add and to take one value, or two: for the effects of the studies, and for the estimate"
        )
    for one, where in zip(adds, tos, strict=True):
        if where not in TO:
            raise UsageError(f"to={where!r} is not one of {', '.join(TO)}")
        if not np.isfinite(one) or one < 0:
            raise UsageError(f"add={one:g} is not a constant for zero cells; give 0 or more")
    first, second = ((float(one), where if one else "none") for one, where in zip(adds, tos, strict=True))
    return first, second


def _mantel_haenszel(
    measure: str, counts: Counts, constants: tuple[tuple[float, str], tuple[float, str]],
    drop00: bool, correct: bool, level: float,
) -> Pooled:  # fmt: skip
    rates = measure in ("IRR", "IRD")
    yi, vi = _effects(measure, _with(counts, constants[0], rates), counts.double_zero if drop00 else None)
    c = _with(counts, constants[1], rates)
    beta, se = _ESTIMATES[measure](c)
    has = np.isfinite(yi) & np.isfinite(vi)
    notes = said(counts, _used(measure, constants[1]))
    qe = _cochran_q(yi[has], vi[has], beta, notes)
    if not np.isfinite(beta):
        notes.append("All events are in one arm: the ratio cannot be had; the test of no effect stands.")
    if int(has.sum()) < counts.k:
        notes.append(
            f"Heterogeneity (qe) rests on the {int(has.sum())} of {counts.k} studies with an effect of their own"
            + ("." if constants[0][0] else "; nothing was added to zero cells.")
        )
    for (one, where), what in zip(
        constants, ("the effects of the studies", "the pooled estimate"), strict=True
    ):
        if one:
            notes.append(f"{one:g} was added to cells ({where}) for {what}.")
    tests = _tests(measure, c, beta, correct)
    return _pooled(
        measure, counts, (beta, se), qe, level, int(has.sum()), yi=yi, vi=vi, correct=correct,
        add=(constants[0][0], constants[1][0]), to=(constants[0][1], constants[1][1]), notes=tuple(notes), **tests,
    )  # fmt: skip


def _used(measure: str, constant: tuple[float, str]) -> str:
    if constant[0]:
        return f"they count with {constant[0]:g} added"
    return "they pull the difference towards 0" if measure in ("RD", "IRD") else "they add nothing to a ratio"


def _with(counts: Counts, constant: tuple[float, str], rates: bool) -> dict[str, Array]:
    names = ("x1i", "x2i") if rates else CELLS
    cells = add_to_cells({name: counts.columns[name] for name in names}, *constant)
    if rates:
        return {**cells, "t1i": counts.columns["t1i"], "t2i": counts.columns["t2i"]}
    return {**cells, "n1i": cells["ai"] + cells["bi"], "n2i": cells["ci"] + cells["di"]}


def _effects(measure: str, c: dict[str, Array], dropped: Flags | None) -> tuple[Array, Array]:
    """Effects of the studies with large-sample variances; NaN where undefined or dropped."""
    if measure in ("IRR", "IRD"):
        r1, r2 = c["x1i"] / c["t1i"], c["x2i"] / c["t2i"]
        if measure == "IRR":
            yi, vi = log(r1) - log(r2), ratio(1.0, c["x1i"]) + ratio(1.0, c["x2i"])
        else:
            yi, vi = r1 - r2, r1 / c["t1i"] + r2 / c["t2i"]
    else:
        p1, p2 = c["ai"] / c["n1i"], c["ci"] / c["n2i"]
        if measure == "OR":
            yi = log(ratio(c["ai"], c["bi"])) - log(ratio(c["ci"], c["di"]))
            vi = sum((ratio(1.0, c[name]) for name in CELLS), np.zeros(p1.shape))
        elif measure == "RR":
            yi = log(p1) - log(p2)
            vi = ratio(1.0, c["ai"]) - 1 / c["n1i"] + ratio(1.0, c["ci"]) - 1 / c["n2i"]
        else:
            yi, vi = p1 - p2, p1 * (1 - p1) / c["n1i"] + p2 * (1 - p2) / c["n2i"]
    gone = np.isnan(vi) | np.isnan(yi) | (np.zeros(yi.shape, dtype=bool) if dropped is None else dropped)
    return np.where(gone, np.nan, yi), np.where(gone, np.nan, vi)


def _odds_ratio(c: dict[str, Array]) -> tuple[float, float]:
    n = c["n1i"] + c["n2i"]
    r, s = c["ai"] * c["di"] / n, c["bi"] * c["ci"] / n
    p, q = (c["ai"] + c["di"]) / n, (c["bi"] + c["ci"]) / n
    big_r, big_s = float(r.sum()), float(s.sum())
    if not (big_r > 0 and big_s > 0):
        return float("nan"), float("nan")
    variance = 0.5 * (
        float(np.sum(p * r)) / big_r**2
        + float(np.sum(p * s + q * r)) / (big_r * big_s)
        + float(np.sum(q * s)) / big_s**2
    )
    return float(np.log(big_r / big_s)), float(np.sqrt(variance))


def _risk_ratio(c: dict[str, Array]) -> tuple[float, float]:
    n1, n2 = c["n1i"], c["n2i"]
    n = n1 + n2
    r, s = float(np.sum(c["ai"] * n2 / n)), float(np.sum(c["ci"] * n1 / n))
    if not (r > 0 and s > 0):
        return float("nan"), float("nan")
    d = float(np.sum((n1 * n2 * (c["ai"] + c["ci"]) - c["ai"] * c["ci"] * n) / n**2))
    return float(np.log(r / s)), float(np.sqrt(d / (r * s)))


def _risk_difference(c: dict[str, Array]) -> tuple[float, float]:
    n1, n2, a, b2 = c["n1i"], c["n2i"], c["ai"], c["ci"]
    n = n1 + n2
    weight = float(np.sum(n1 * n2 / n))
    beta = float(np.sum((a * n2 - b2 * n1) / n)) / weight
    p = float(np.sum((n1**2 * b2 - n2**2 * a + n1 * n2 * (n2 - n1) / 2) / n**2))
    q = float(np.sum((a * c["di"] + b2 * c["bi"]) / (2 * n)))
    return beta, float(np.sqrt(max(0.0, beta * p + q))) / weight


def _rate_ratio(c: dict[str, Array]) -> tuple[float, float]:
    t = c["t1i"] + c["t2i"]
    r, s = float(np.sum(c["x1i"] * c["t2i"] / t)), float(np.sum(c["x2i"] * c["t1i"] / t))
    if not (r > 0 and s > 0):
        return float("nan"), float("nan")
    d = float(np.sum(c["t1i"] * c["t2i"] * (c["x1i"] + c["x2i"]) / t**2))
    return float(np.log(r / s)), float(np.sqrt(d / (r * s)))


def _rate_difference(c: dict[str, Array]) -> tuple[float, float]:
    t1, t2 = c["t1i"], c["t2i"]
    each = t1 * t2 / (t1 + t2)
    weight = float(each.sum())
    beta = float(np.sum((c["x1i"] * t2 - c["x2i"] * t1) / (t1 + t2))) / weight
    variance = float(np.sum(each**2 * (c["x1i"] / t1**2 + c["x2i"] / t2**2)))
    return beta, float(np.sqrt(variance)) / weight


_ESTIMATES = {
    "OR": _odds_ratio, "RR": _risk_ratio, "RD": _risk_difference, "IRR": _rate_ratio, "IRD": _rate_difference,
}  # fmt: skip


def _more_than_expected(c: dict[str, Array]) -> tuple[Array, Array]:
    """Events of arm 1 above expectation, and their hypergeometric variance; 0 in a table of one person."""
    n1, n2 = c["n1i"], c["n2i"]
    n, m1, m2 = n1 + n2, c["ai"] + c["ci"], c["bi"] + c["di"]
    spread = np.nan_to_num(ratio(n1 * n2 * m1 * m2, n**2 * (n - 1)))
    return c["ai"] - n1 * m1 / n, spread


def _tests(measure: str, c: dict[str, Array], beta: float, correct: bool) -> dict[str, Any]:
    less = 0.5 if correct else 0.0
    if measure == "IRR":
        t, x = c["t1i"] + c["t2i"], c["x1i"] + c["x2i"]
        more, spread = c["x1i"] - x * c["t1i"] / t, c["t1i"] * c["t2i"] * x / t**2
        return {"k_pos": int((x > 0).sum()), **_chi2("mh", more, spread, less)}
    if measure == "OR":
        more, spread = _more_than_expected(c)
        n = c["n1i"] + c["n2i"]
        out = {**_chi2("mh", more, spread, less), **_chi2("co", more, spread * (n - 1) / n, less)}
        return {**out, **_homogeneity(c, beta)}
    events = c["x1i"] + c["x2i"] if measure == "IRD" else c["ai"] + c["ci"]
    return {"k_pos": int((events > 0).sum())}


def _chi2(name: str, more: Array, spread: Array, less: float) -> dict[str, float]:
    total = float(spread.sum())
    if not total > 0:
        return {}
    value = (abs(float(more.sum())) - less) ** 2 / total
    return {name: value, name + "p": float(chdtrc(1, value))}


def _homogeneity(c: dict[str, Array], beta: float) -> dict[str, Any]:
    """Tarone's and Breslow and Day's chi-squares, on studies with both outcomes; none without an odds ratio."""
    m1, m2 = c["ai"] + c["ci"], c["bi"] + c["di"]
    pos = (m1 > 0) & (m2 > 0)
    k = int(pos.sum())
    if not np.isfinite(beta) or not k:
        return {"k_pos": 0}
    a, n1, n2, m = c["ai"][pos], c["n1i"][pos], c["n2i"][pos], m1[pos]
    expected = _expected(n1, n2, m, float(np.exp(beta)))
    cells = (expected, n1 - expected, m - expected, n2 - m + expected)
    spread = 1 / sum((1 / cell for cell in cells), np.zeros(k))
    bd = float(np.sum((a - expected) ** 2 / spread))
    ta = max(0.0, bd - float(np.sum(a - expected)) ** 2 / float(spread.sum()))
    if k == 1:
        return {"k_pos": k, "bd": bd, "ta": ta, "bdp": 1.0, "tap": 1.0}
    return {"k_pos": k, "bd": bd, "bdp": float(chdtrc(k - 1, bd)), "ta": ta, "tap": float(chdtrc(k - 1, ta))}


def _expected(n1: Array, n2: Array, m: Array, odds: float) -> Array:
    """Events of arm 1 whose table has this odds ratio and the given margins: the root inside the margins."""
    # x (n2 - m + x) = odds (n1 - x)(m - x); the form of the root without cancellation, whichever sign `half` has
    square = 1 - odds
    half = n2 - m + odds * (n1 + m)
    free = -odds * n1 * m
    root = np.sqrt(half**2 - 4 * square * free)
    return np.asarray(-2 * free / (half + root))


def _cochran_q(yi: Array, vi: Array, beta: float, notes: list[str]) -> float:
    if len(yi) < 2:
        return 0.0
    if not np.isfinite(beta):
        return float("nan")
    sure = vi <= 0
    if sure.any():
        notes.append(
            "A study's own variance is 0: heterogeneity (qe) cannot be had; state a constant with add=."
        )
        return float("inf") if np.any(yi[sure] != beta) else float("nan")
    return float(np.sum((yi - beta) ** 2 / vi))


def _pooled(
    measure: str,
    counts: Counts,
    estimate: tuple[float, float],
    qe: float,
    level: float,
    k_yi: int,
    **more: Any,
) -> Pooled:
    beta, se = estimate
    z = beta / se if se > 0 else float("nan")
    half = float(ndtri(0.5 + level / 2)) * se
    df = k_yi - 1
    if df < 1:
        i2, h2, qep = 0.0, 1.0, 1.0
    else:
        h2 = qe / df
        i2 = (
            max(0.0, 100 * (qe - df) / qe)
            if np.isfinite(qe) and qe > 0
            else (0.0 if qe == 0 else float("nan"))
        )
        qep = float(chdtrc(df, qe)) if not np.isnan(qe) else float("nan")
    return Pooled(
        measure=measure, level=level, k=counts.k, k_yi=k_yi, k_missing=counts.k_missing,
        k_double_zero=int(counts.double_zero.sum()), double_zero_rows=counts.double_zero_rows,
        beta=beta, se=se, zval=z, pval=float(2 * ndtr(-abs(z))), ci_lb=beta - half, ci_ub=beta + half,
        qe=qe, qep=qep, i2=i2, h2=h2, **more,
    )  # fmt: skip
