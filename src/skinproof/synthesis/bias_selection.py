"""Selection models: the pooled effect when studies with some p-values are more likely to be seen than others.

All parameters by maximum likelihood together, from several starts, with exact first and second derivatives. Such a model
has few data to tell selection from small-study effects by: read it as one of several sensitivity analyses.

Source: Hedges 1992, doi:10.1214/ss/1177011364, and Vevea and Hedges 1995, doi:10.1007/BF02294384 (stepfun); Citkowicz and
Vevea 2017, doi:10.1037/met0000119 (beta); Preston, Ashby and Smyth 2004, doi:10.1111/j.1365-2753.2003.00452.x (halfnorm,
negexp, logistic, power); Vevea and Woods 2005, doi:10.1037/1082-989X.10.4.428 (weights that are given).
"""

import msgspec
import numpy as np
import numpy.typing as npt
from scipy import special

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.pooling import pool
from skinproof.synthesis.problem import numbers
from skinproof.synthesis.refit import studies
from skinproof.synthesis.selection_weights import Smooth, Steps, Weights
from skinproof.synthesis.sums import Floats

TYPES = ("stepfun", "beta", "halfnorm", "negexp", "logistic", "power")

_MOST = 100.0
"""Largest weight or exponent, as in metafor: beyond it the likelihood is flat and says nothing."""

_LEAST_BETA = 1e-5


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """beta, se, zval, pval, ci_lb, ci_ub: the effect, adjusted; tau2, se_tau2; delta: (d,) the parameters of the weight
    (of stepfun with the 1 of the first interval), with se_delta, pval_delta (against no selection), ci_lb_delta and
    ci_ub_delta; lrt, lrt_df, lrt_p: against the model without selection; ll: log likelihood; counts: (steps,) studies in
    each interval of p, else empty; notes: what to mind. NaN where there is no standard error.
    """

    type: str
    alternative: str
    beta: float
    se: float
    zval: float
    pval: float
    ci_lb: float
    ci_ub: float
    tau2: float
    se_tau2: float
    delta: Floats
    se_delta: Floats
    pval_delta: Floats
    ci_lb_delta: Floats
    ci_ub_delta: Floats
    lrt: float
    lrt_df: int
    lrt_p: float
    ll: float
    counts: tuple[int, ...]
    notes: tuple[str, ...]


class _Model:
    """The log likelihood of (mu, tau2, delta) with gradient and Hessian."""

    def __init__(self, y: Floats, v: Floats, weights: Weights, equal: bool) -> None:
        self.y, self.v, self.weights, self.equal = y, v, weights, equal

    def __call__(self, x: Floats) -> tuple[float, Floats, Floats]:
        mu, tau2, delta = float(x[0]), float(x[1]), x[2:]
        s2 = self.v + tau2
        s = np.sqrt(s2)
        found = self.weights.moments(delta, mu, s)
        log_w, g, h = self.weights.log_at(delta)
        z = (self.y - mu) / s
        n = len(x)
        value = log_w - 0.5 * np.log(2 * np.pi * s2) - 0.5 * z * z - found.log_a
        m, d = found.m, found.d
        # first and second derivatives of A over A, study by study
        first = np.zeros((n, len(s)))
        first[0], first[1] = m[1] / s, (m[2] - 1) / (2 * s2)
        first[2:] = d[:, 0]
        second = np.zeros((n, n, len(s)))
        second[0, 0] = (m[2] - 1) / s2
        second[0, 1] = second[1, 0] = (m[3] - 3 * m[1]) / (2 * s2 * s)
        second[1, 1] = (m[4] - 6 * m[2] + 3) / (4 * s2 * s2)
        second[0, 2:] = second[2:, 0] = d[:, 1] / s
        second[1, 2:] = second[2:, 1] = (d[:, 2] - d[:, 0]) / (2 * s2)
        second[2:, 2:] = found.dd
        gradient = -first.sum(axis=1)
        gradient[0] += np.sum(z / s)
        gradient[1] += np.sum((z * z - 1) / (2 * s2))
        gradient[2:] += g.sum(axis=1)
        hessian = (first[:, None] * first[None] - second).sum(axis=2)
        hessian[0, 0] -= np.sum(1 / s2)
        hessian[0, 1] -= np.sum(z / (s2 * s))
        hessian[1, 0] -= np.sum(z / (s2 * s))
        hessian[1, 1] += np.sum((0.5 - z * z) / (s2 * s2))
        hessian[2:, 2:] += h.sum(axis=2)
        if self.equal:
            gradient[1] = 0.0
        return float(value.sum()), gradient, hessian


def selmodel(
    fit: PoolResult,
    type: str = "stepfun",
    *,
    steps: npt.ArrayLike = (0.025,),
    alternative: str = "greater",
    delta: npt.ArrayLike | None = None,
    pval_min: float | None = None,
) -> Selection:
    """The effect under selection by one-sided p-values.

    type: "stepfun" (a weight for each interval between `steps`, relative to the first), "beta" (p^(d1 - 1) (1 - p)^(d2 -
    1)), "halfnorm" (exp(-d p^2)), "negexp" (exp(-d p)), "logistic" (2 exp(-d p) / (1 + exp(-d p))) or "power"
    ((1 - p)^d). alternative: "greater" where large positive effects are favoured, "less" where negative ones are.
    pval_min: smaller p-values count as this one, and larger
    than 1 - pval_min as that, but in stepfun; without it 1e-5 in beta and power (as in metafor) and 2e-16 in the others.
    delta: (steps,) weights that are given, for stepfun; then only the effect is estimated. With an equal-effects fit tau2
    stays 0. An interval without studies, or too few studies to tell the parameters, gives notes and NaN, not an error.

    Raises:
        UsageError: no such type or alternative, or steps and weights that are none.
        SynthesisError: moderators, given weights, fewer studies than parameters, or no maximum was found.
    """
    given = studies(fit)
    if given.x is not None or given.weights is not None:
        raise SynthesisError("selection models are for the mean alone, without moderators or given weights")
    if alternative not in ("greater", "less"):
        raise UsageError(f"no alternative {alternative!r}; there are 'greater' and 'less'")
    if pval_min is None:
        pval_min = 1e-5 if type in ("beta", "power") else float(np.finfo(np.float64).eps)
    if not 1e-16 <= pval_min < 0.5:
        raise UsageError(f"pval_min={pval_min:g}: from 1e-16 to below 0.5")
    sign = 1.0 if alternative == "greater" else -1.0
    # in units of a typical standard error the same steps are taken whatever the unit of the data
    unit = float(np.sqrt(np.median(given.v)))
    y, v = given.y / unit, given.v / unit**2
    se = np.sqrt(v)
    cuts, fixed = _steps(type, steps, delta)
    weights: Weights = (
        Steps(sign * y / se, se, cuts, fixed)
        if type == "stepfun"
        else Smooth(type, sign * y / se, se, pval_min)
    )
    equal = fit.method in ("EE", "FE", "CE")
    if given.k < weights.size + 2 - equal:
        raise SynthesisError(f"{given.k} studies are fewer than the parameters of {type}")
    start = pool(y, v, "EE" if equal else "ML", maxiter=1000)
    # the mirror image of the data is analysed for "less", so that small p stand for large effects
    model = _Model(sign * y, v, weights, equal)
    low, high = _bounds(type, weights.size)
    maxima = _maxima(model, sign * float(start.beta), start.tau2, (low, high))
    counts = (
        tuple(np.bincount(weights.place, minlength=len(cuts)).tolist()) if isinstance(weights, Steps) else ()
    )
    null = start.fit_stats("ML")["ll"]
    return _report(fit, model, maxima, (low, high), (type, alternative, sign, unit), null, fixed, counts)


def _steps(type: str, steps: npt.ArrayLike, delta: npt.ArrayLike | None) -> tuple[Floats, Floats | None]:
    if type not in TYPES:
        raise UsageError(f"no type {type!r}; there are {', '.join(TYPES)}")
    cuts = np.unique(np.append(numbers(steps, "steps").ravel(), 1.0))
    if not ((cuts > 0) & (cuts <= 1)).all() or (type == "stepfun" and len(cuts) < 2):
        raise UsageError("steps: p-values above 0 and up to 1, at least one of them below 1")
    if delta is None:
        return cuts, None
    fixed = np.atleast_1d(numbers(delta, "delta"))
    if type != "stepfun" or fixed.shape != cuts.shape or not (np.isfinite(fixed) & (fixed > 0)).all():
        raise UsageError(f"delta: a weight above 0 for each of the {len(cuts)} intervals of stepfun")
    return cuts, fixed


def _bounds(type: str, size: int) -> tuple[Floats, Floats]:
    """Of (mu, tau2, delta); weights of 0 are allowed but for intervals with studies, whose log weight forbids them."""
    least = _LEAST_BETA if type == "beta" else 1e-10 if type == "stepfun" else 0.0
    low = np.array([-np.inf, 0.0, *[least] * size])
    return low, np.array([np.inf, np.inf, *[_MOST] * size])


def _maxima(
    model: _Model, mu: float, tau2: float, bounds: tuple[Floats, Floats]
) -> list[tuple[float, Floats]]:
    """The maxima that several starts lead to, the highest first; all in units of a typical standard error."""
    size, found = model.weights.size, list[tuple[float, Floats]]()
    spread = np.sqrt(tau2 + 1.0)
    starts = [(mu, tau2, np.full(size, d)) for d in (1.0, 0.2)] if size else [(mu, tau2, np.empty(0))]
    if size:
        starts += [(mu, tau2 / 2, np.full(size, 3.0)), (mu, 0.0, np.full(size, 0.5))]
        # strong selection: what was seen comes from the upper end of a wide distribution
        starts += [(mu - 3 * spread, 4 * tau2 + 1, np.ones(size))]
    if size == 2:
        for d in ([0.01, 2.5], [2.5, 0.01]):
            starts += [
                (mu, tau2 + 1, np.array(d)),
                (mu + (3 if d[0] > d[1] else -3), tau2, np.array(d) / [10, 1]),
            ]
    for centre, variance, delta in starts:
        reached = _climb(model, np.array([centre, 0.0 if model.equal else variance, *delta]), bounds)
        if reached is not None and all(_apart(reached, other) for other in found):
            found.append(reached)
    if not found:
        raise SynthesisError(
            "the likelihood of the selection model has no maximum that could be found; take fewer steps or another type"
        )
    return sorted(found, key=lambda reached: -reached[0])


def _apart(one: tuple[float, Floats], other: tuple[float, Floats]) -> bool:
    return abs(one[0] - other[0]) > 1e-6 or bool(np.max(np.abs(one[1][:2] - other[1][:2])) > 1e-3)


def _climb(model: _Model, x: Floats, bounds: tuple[Floats, Floats]) -> tuple[float, Floats] | None:
    """Newton steps within the bounds, each as long as it rises; None where no end was reached."""
    low, high = bounds
    here = model(x)
    damp = 1e-3
    for _ in range(500):
        value, gradient, hessian = here
        free = ~(((x <= low) & (gradient <= 0)) | ((x >= high) & (gradient >= 0)))
        free[1] &= not model.equal
        if not free.any():
            return value, x
        g, h = gradient[free], -hessian[np.ix_(free, free)]
        scale = np.sqrt(np.maximum(np.abs(np.diagonal(h)), 1e-12))
        values, vectors = np.linalg.eigh(h / np.outer(scale, scale))
        # a direction in which the likelihood does not curve down is climbed by its slope
        step = vectors @ ((vectors.T @ (g / scale)) / (np.maximum(np.abs(values), 1e-8) + damp)) / scale
        new = x.copy()
        new[free] = np.clip(x[free] + step, low[free], high[free])
        moved = np.max(np.abs(new - x) / (1e-3 + np.abs(x)))
        there = model(new)
        if there[0] >= value - 1e-13 * abs(value):
            x, here, damp = new, there, damp * 0.2 if damp > 1e-12 else 0.0
            if moved < 1e-10:
                return there[0], x
        elif moved < 1e-10:
            return value, x
        else:
            damp = max(damp * 5, 1e-6)
    return None


def _report(
    fit: PoolResult,
    model: _Model,
    maxima: list[tuple[float, Floats]],
    bounds: tuple[Floats, Floats],
    how: tuple[str, str, float, float],
    null: float,
    fixed: Floats | None,
    counts: tuple[int, ...],
) -> Selection:
    type, alternative, sign, unit = how
    x = maxima[0][1]
    ll, _, hessian = model(x)
    at_bound = (x <= bounds[0]) | (x >= bounds[1])
    at_bound[1] |= model.equal
    se, notes = _errors(hessian, at_bound)
    notes += tuple(
        f"No study has a p-value in interval {place} of the steps; its weight is not known."
        for place, count in enumerate(counts, 1)
        if not count
    )
    if at_bound[2:].any():
        notes += ("A parameter of the weight is at the end of its range; the data do not tell it.",)
    if len(maxima) > 1:
        notes += (
            f"The likelihood has {len(maxima)} maxima or more; the next is {ll - maxima[1][0]:.2g} lower, at an effect of "
            f"{sign * maxima[1][1][0] * unit:.3g}.",
        )
    critical = float(special.ndtri(0.5 + fit.level / 2))
    beta, se_beta = sign * float(x[0]) * unit, float(se[0]) * unit
    delta, se_delta = x[2:], se[2:]
    none = 1.0 if type in ("stepfun", "beta") else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):  # a missing standard error is NaN, and stays it
        pval_delta = 2 * special.ndtr(-np.abs((delta - none) / se_delta))
    if type == "stepfun" and fixed is None:
        delta, se_delta, pval_delta = (
            np.append(front, part) for front, part in ((1.0, delta), (np.nan, se_delta), (np.nan, pval_delta))
        )
    elif fixed is not None:
        delta, se_delta, pval_delta = fixed, np.full(len(fixed), np.nan), np.full(len(fixed), np.nan)
    lrt, df = max(0.0, float(2 * (ll - null))), model.weights.size
    return Selection(
        type=type, alternative=alternative, beta=beta, se=se_beta, zval=beta / se_beta,
        pval=float(2 * special.ndtr(-abs(beta / se_beta))), ci_lb=beta - critical * se_beta,
        ci_ub=beta + critical * se_beta, tau2=float(x[1]) * unit**2, se_tau2=float(se[1]) * unit**2, delta=delta,
        se_delta=se_delta, pval_delta=pval_delta, ci_lb_delta=np.maximum(delta - critical * se_delta, 0.0),
        ci_ub_delta=delta + critical * se_delta, lrt=lrt, lrt_df=df,
        lrt_p=float(special.chdtrc(df, lrt)) if df else np.nan, ll=float(ll - len(model.y) * np.log(unit)), counts=counts,
        notes=notes,
    )  # fmt: skip


def _errors(hessian: Floats, at_bound: npt.NDArray[np.bool_]) -> tuple[Floats, tuple[str, ...]]:
    """Standard errors from the observed information of the parameters that are inside their range."""
    se = np.full(len(hessian), np.nan)
    free = ~at_bound
    information = -hessian[np.ix_(free, free)]
    scale = np.sqrt(np.maximum(np.abs(np.diagonal(information)), 1e-300))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    if values.min() <= 1e-10:
        return se, ("The likelihood is flat at its maximum; there are no standard errors.",)
    se[free] = np.sqrt(np.sum(vectors**2 / values, axis=1)) / scale
    return se, ()
