"""Likelihoods, and intervals: of coefficients, of tau2, and of the effect that a new study would have."""

import msgspec
import numpy as np
from scipy import special

from skinproof.synthesis.likelihood import LOG_2PI, GeneralQ, weigh
from skinproof.synthesis.roots import crossings
from skinproof.synthesis.sums import Floats, Ints, Rows, dot, dot3
from skinproof.synthesis.tau2 import Projection


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """Predicted average effects with their standard errors, confidence and prediction intervals; (m,) or (m, n)."""

    pred: Floats
    se: Floats
    ci_lb: Floats
    ci_ub: Floats
    pi_lb: Floats
    pi_ub: Floats


class FitStats(msgspec.Struct, frozen=True, kw_only=True):
    """(m,) log likelihood, deviance and information criteria."""

    ll: Floats
    dev: Floats
    aic: Floats
    bic: Floats
    aicc: Floats


class Tau2Interval(msgspec.Struct, frozen=True, kw_only=True):
    """(m,) bounds of tau2. Both are 0 where the data vary less than even tau2 = 0 makes likely."""

    kind: str
    level: float
    tau2_lb: Floats
    tau2_ub: Floats
    vt: Floats

    @property
    def tau_lb(self) -> Floats:
        return np.sqrt(self.tau2_lb)

    @property
    def tau_ub(self) -> Floats:
        return np.sqrt(self.tau2_ub)

    @property
    def i2_lb(self) -> Floats:
        return 100.0 * self.tau2_lb / (self.tau2_lb + self.vt)

    @property
    def i2_ub(self) -> Floats:
        return 100.0 * self.tau2_ub / (self.tau2_ub + self.vt)

    @property
    def h2_lb(self) -> Floats:
        return 1.0 + self.tau2_lb / self.vt

    @property
    def h2_ub(self) -> Floats:
        return 1.0 + self.tau2_ub / self.vt


def two_sided(statistic: Floats, df: Floats) -> Floats:
    """p-values of t statistics; normal where df is inf."""
    size = np.abs(statistic)
    normal = np.broadcast_to(np.isinf(df), size.shape)
    p = np.empty(size.shape)
    p[normal] = 2.0 * special.ndtr(-size[normal])
    p[~normal] = 2.0 * special.stdtr(np.broadcast_to(df, size.shape)[~normal], -size[~normal])
    return p


def critical(df: Floats, level: float) -> Floats:
    """Two-sided critical values of t; normal where df is inf."""
    values, inverse = np.unique(df, return_inverse=True)
    upper = np.where(
        np.isinf(values),
        special.ndtri(0.5 + level / 2),
        special.stdtrit(np.where(np.isinf(values), 1.0, values), 0.5 + level / 2),
    )
    quantiles: Floats = upper[inverse]
    return quantiles


def chi2_above(df: Floats, tails: tuple[float, ...]) -> Floats:
    """(tails, m) values that chi-square exceeds with these probabilities."""
    values, inverse = (df, slice(None)) if len(df) == 1 else np.unique(df, return_inverse=True)
    quantiles: Floats = special.chdtri(values, np.array(tails)[:, None])[:, inverse]
    return quantiles


def prediction(pred: Floats, variance: Floats, tau2: Floats, narrow: Floats, wide: Floats) -> Prediction:
    """The intervals; narrow, wide: critical values of the confidence and the prediction interval."""
    se = np.sqrt(variance)
    half, reach = narrow * se, wide * np.sqrt(variance + tau2)
    return Prediction(
        pred=pred, se=se, ci_lb=pred - half, ci_ub=pred + half, pi_lb=pred - reach, pi_ub=pred + reach
    )


def q_profile(rows: Rows, qe: Floats, vt: Floats, level: float, maxiter: int) -> tuple[Floats, Floats]:
    """(m,) the bounds of tau2 between which Cochran's generalised Q is neither too large nor too small.

    qe, vt: (m,) Q at tau2 = 0 and the typical sampling variance.
    Exact under the model, for whatever estimate. Both bounds are 0 where Q is too small even at tau2 = 0. metafor
    cuts the upper bound at 100 or ten times the estimate; here it is searched as far as it lies.

    Source: Viechtbauer 2007, doi:10.1002/sim.2514.
    """
    # both ends at once: half the calls, which is what a single meta-analysis waits for
    target = chi2_above(rows.k - rows.p, (0.5 - level / 2, 0.5 + level / 2))
    bounds = np.zeros(target.shape)
    up = np.nonzero(qe > target)
    if len(up[1]):
        target, scale = target[up], vt[up[1]]
        # at equal variances Q = qe / (1 + t / vt) and this start is the root
        start = scale * (qe[up[1]] / target - 1)
        equation = GeneralQ(rows.take(up[1]), target)
        root, found = crossings(
            equation, start, scale, np.zeros(len(start)), np.full(len(start), np.inf), maxiter
        )
        bounds[up] = np.where(found, root, np.nan)
    return bounds[0], bounds[1]


def residual_parts(rows: Rows, t: Floats, given: Floats | None) -> tuple[Floats, Floats, Floats, Floats]:
    """w = 1 / (v + t), the residuals of the model (weighted by `given`, or by w), (X'WX)^-1 and the sum of w."""
    w, r, c, total = weigh(rows, t)
    if given is not None:
        r = rows.residuals(Projection(rows, given).beta)
    return w, r, c, total


def log_likelihood(rows: Rows, t: Floats, given: Floats | None, *, restricted: bool) -> Floats:
    """(m,) the (restricted) log likelihood at tau2 = t, with all its constants.

    Source: Harville 1974, doi:10.1093/biomet/61.2.383; the constant with log |X'X| follows metafor.
    """
    w, r, c, _ = residual_parts(rows, t, given)
    logs: Floats = np.log(w, out=np.zeros_like(w), where=w > 0).sum(axis=1)
    if not restricted:
        return 0.5 * (logs - dot3(w, r, r) - rows.k * LOG_2PI)
    design = rows.log_det(rows.sums(np.isfinite(rows.v).astype(np.float64))[1])
    return 0.5 * (logs - dot3(w, r, r) - (rows.k - rows.p) * LOG_2PI + rows.log_det(c) + design)


def log_density_at_effects(rows: Rows) -> Floats:
    """(m,) the log likelihood of a model that fits every effect exactly."""
    w = 1.0 / rows.v
    logs: Floats = np.log(w, out=np.zeros_like(w), where=w > 0).sum(axis=1)
    return 0.5 * (logs - rows.k * LOG_2PI)


class _Drop:
    """How far the log likelihood is above (or, for a lower bound, below) its value at the bound."""

    def __init__(self, rows: Rows, given: Floats | None, at: Floats, sign: float, restricted: bool) -> None:
        self.rows, self.given, self.at, self.sign, self.restricted = rows, given, at, sign, restricted

    def take(self, index: Ints) -> "_Drop":
        given = None if self.given is None else self.given[index]
        return _Drop(self.rows.take(index), given, self.at[index], self.sign, self.restricted)

    def __call__(self, t: Floats) -> tuple[Floats, Floats]:
        rows = self.rows
        height = log_likelihood(rows, t, self.given, restricted=self.restricted)
        w, r, c, total = residual_parts(rows, t, self.given)
        q = w * r
        # coefficients that maximise the likelihood, or that do not depend on tau2, add nothing to the slope
        slope = dot(q, q) - (rows.trace(w, c) if self.restricted else total)
        return self.sign * (height - self.at), self.sign * 0.5 * slope


def likelihood_profile(
    rows: Rows, peak: Floats, given: Floats | None, level: float, maxiter: int, *, restricted: bool
) -> tuple[Floats, Floats]:
    """(m,) the bounds of tau2 at which the (restricted) log likelihood is below its peak by chi-square's quantile / 2.

    Source: Hardy and Thompson 1996, doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A; Viechtbauer
    2007, doi:10.1002/sim.2514.
    """
    at = log_likelihood(rows, peak, given, restricted=restricted) - 0.5 * special.chdtri(1, 1 - level)
    fixed = Projection(rows, 1.0 / rows.v)
    scale = (rows.k - rows.p) / fixed.trace
    lower = np.zeros(len(peak))
    down = np.flatnonzero(log_likelihood(rows, np.zeros(len(peak)), given, restricted=restricted) < at)
    if len(down):
        equation = _Drop(rows, given, at, -1.0, restricted).take(down)
        top = peak[down]
        root, found = crossings(equation, 0.3 * top, scale[down], np.zeros(len(down)), top, maxiter)
        lower[down] = np.where(found, root, np.nan)
    w = weigh(rows, peak)[0]
    start = peak + 3 * np.sqrt(2.0 / rows.sums(w * w)[0])
    upper, found = crossings(
        _Drop(rows, given, at, 1.0, restricted), start, scale, peak, np.full(len(peak), np.inf), maxiter
    )
    return lower, np.where(found, upper, np.nan)
