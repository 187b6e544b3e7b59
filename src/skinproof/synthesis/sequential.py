"""Results that may be looked at whenever a study is added: an always-valid interval and trial sequential boundaries.

A usual 95% interval holds for one look. Looked at after every study it misses the truth at some time far more often than
one time in twenty.

Both views hold tau2 fixed at one value for all looks (that of the fit, or one that is given). They are exact for that
value; with an estimated tau2 they are approximate, and too narrow where it is too small.

Source: Robbins 1970, doi:10.1214/aoms/1177696786, and Howard et al. 2021, doi:10.1214/20-AOS1991 (confidence sequence by a
normal mixture); ter Schure and Gruenwald 2022, https://f1000research.com/articles/11-549 (in meta-analysis); Lan and DeMets
1983, doi:10.1093/biomet/70.3.659, and O'Brien and Fleming 1979, doi:10.2307/2530245 (boundaries); Wetterslev, Jakobsen and
Gluud 2017, doi:10.1186/s12874-017-0315-7 (required information in a meta-analysis).
"""

from collections.abc import Sequence
from functools import cache

import msgspec
import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.diagnostics import sorted_by
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.refit import studies
from skinproof.synthesis.sums import Floats, Ints

_NODES = 160
"""Points of Gauss's rule across the region where a trial goes on; boundaries are the same to 1e-12 with twice as many."""

_LEAST_SHARE = 1e-4
"""Looks that add less of the required information than this spend nothing: their share goes to the next look."""

_LEAST_ALPHA = 1e-13
"""Error that is too small to place a boundary for (it would lie beyond z = 7); it is kept for the next look."""


class ConfidenceSequence(msgspec.Struct, frozen=True, kw_only=True):
    """(k,) each: order, the place of the study that was added; beta, se; ci_lb, ci_ub, the interval of the confidence
    sequence; information, 1 / se^2. p_any: the smallest level at which some interval so far leaves out 0."""

    order: Ints
    beta: Floats
    se: Floats
    ci_lb: Floats
    ci_ub: Floats
    information: Floats
    p_any: Floats
    tau2: float
    level: float


class TrialSequential(msgspec.Struct, frozen=True, kw_only=True):
    """(k,) each: order; zval, of the studies so far; share, of the required information that they have; boundary, of |z|
    (inf where a look spends nothing); ci_lb, ci_ub, the interval adjusted for the looks. crossed_at: the first look at
    which |z| is beyond its boundary, from 0, or None; required: information, 1 / variance; alpha_spent: (k,) so far."""

    order: Ints
    beta: Floats
    se: Floats
    zval: Floats
    share: Floats
    boundary: Floats
    ci_lb: Floats
    ci_ub: Floats
    alpha_spent: Floats
    crossed_at: int | None
    required: float
    tau2: float


def required_information(effect: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """The information, 1 / variance, that finds this effect with this power in a two-sided test.

    With the random-effects information sum 1 / (vi + tau2) it is the diversity-adjusted required information size.

    Raises: UsageError: an effect of 0, or an alpha or power that is none.
    """
    if not (np.isfinite(effect) and effect != 0):
        raise UsageError("effect: the smallest effect worth finding, other than 0, on the scale of yi")
    if not (0 < alpha < 0.5 and 0.5 <= power < 1):
        raise UsageError(f"alpha={alpha:g}, power={power:g}: alpha below 0.5, power from 0.5 to below 1")
    return float(((special.ndtri(1 - alpha / 2) + special.ndtri(power)) / effect) ** 2)


def confidence_sequence(
    fit: PoolResult,
    order: Sequence[float] | npt.ArrayLike | None = None,
    *,
    effect: float,
    tau2: float | None = None,
) -> ConfidenceSequence:
    """Intervals that all hold together, with the probability `level` of the fit, however many studies are added.

    order: (k,) what to sort by, such as the year. effect: the smallest effect worth finding; the interval is narrowest
    when there is the information to find it, and valid whatever is given here, if it is chosen before the data.
    Such an interval is wider than the usual one by about a half: the price of looking at any time.

    Raises: UsageError: an effect of 0 or a tau2 that is none. SynthesisError: moderators or given weights.
    """
    place, y, w, at = _in_order(fit, order, tau2)
    alpha = 1 - fit.level
    log_odds = -2 * np.log(alpha)
    rho = required_information(effect, alpha=min(alpha, 0.49)) / (log_odds + np.log(1 + log_odds))
    information, score = np.cumsum(w), np.cumsum(w * y)
    beta = score / information
    half = np.sqrt((information + rho) * (log_odds + np.log((information + rho) / rho))) / information
    # the mixture martingale of the hypothesis of no effect, whose inverse bounds the p-value at any time (Ville)
    log_e = 0.5 * np.log(rho / (information + rho)) + score**2 / (2 * (information + rho))
    p_any = np.exp(-np.maximum.accumulate(np.maximum(log_e, 0.0)))
    return ConfidenceSequence(
        order=place, beta=beta, se=1 / np.sqrt(information), ci_lb=beta - half, ci_ub=beta + half,
        information=information, p_any=p_any, tau2=at, level=fit.level,
    )  # fmt: skip


def trial_sequential(
    fit: PoolResult,
    order: Sequence[float] | npt.ArrayLike | None = None,
    *,
    effect: float,
    power: float = 0.8,
    tau2: float | None = None,
) -> TrialSequential:
    """Boundaries for |z| at each study, of O'Brien and Fleming's type by Lan and DeMets's spending of the error.

    alpha is 1 - level of the fit, two-sided. What each side has spent by the share t of the required information is 2 - 2
    Phi(z / sqrt t), z the quantile of alpha / 4 (the source's function for each side's alpha / 2); all of it is spent at the first look with t >= 1, and later looks test nothing more. There are no boundaries for
    futility.

    Raises: UsageError: an effect, power or tau2 that is none. SynthesisError: moderators or given weights.
    """
    place, y, w, at = _in_order(fit, order, tau2)
    alpha = 1 - fit.level
    required = required_information(effect, alpha=min(alpha, 0.49), power=power)
    information = np.cumsum(w)
    beta, se = np.cumsum(w * y) / information, 1 / np.sqrt(information)
    share = information / required
    boundary, spent = spending_boundaries(share, alpha)
    zval = beta / se
    beyond = np.flatnonzero(np.abs(zval) >= boundary)
    return TrialSequential(
        order=place, beta=beta, se=se, zval=zval, share=share, boundary=boundary, ci_lb=beta - boundary * se,
        ci_ub=beta + boundary * se, alpha_spent=spent, crossed_at=int(beyond[0]) if len(beyond) else None,
        required=required, tau2=at,
    )  # fmt: skip


def _in_order(
    fit: PoolResult, order: Sequence[float] | npt.ArrayLike | None, tau2: float | None
) -> tuple[Ints, Floats, Floats, float]:
    """Places, effects and weights of the studies as they came, and the heterogeneity variance."""
    given = studies(fit)
    if given.x is not None or given.weights is not None:
        raise SynthesisError("sequential views are for the mean alone, without moderators or given weights")
    at = fit.tau2 if tau2 is None else tau2
    if not (np.isfinite(at) and at >= 0):
        raise UsageError("tau2 must be 0 or more and finite")
    sequence = np.arange(given.k) if order is None else sorted_by(order, given.k)
    return given.place[sequence], given.y[sequence], 1.0 / (given.v[sequence] + at), at


def spending_boundaries(share: Floats, alpha: float) -> tuple[Floats, Floats]:
    """(k,) two-sided boundaries of |z| at ascending shares of the information, and the error spent so far.

    By recursion over the density of the path that has not crossed yet (Armitage, McPherson and Rowe 1969,
    doi:10.2307/2343787), on the scale of a Brownian motion.
    """
    boundary, spent = np.full(len(share), np.inf), np.zeros(len(share))
    t_before, used = 0.0, 0.0
    x, mass = np.zeros(1), np.ones(1)  # places of the path at the last look, and the probability at each
    for look, t in enumerate(np.minimum(share, 1.0)):
        allowed = alpha if t >= 1 else 4 * float(special.ndtr(special.ndtri(alpha / 4) / np.sqrt(t)))
        if used < alpha and t - t_before >= _LEAST_SHARE and allowed - used >= _LEAST_ALPHA:
            step, root = np.sqrt(t - t_before), np.sqrt(t)
            c = _cut(x, mass, step, root, allowed - used)
            boundary[look], used, t_before = c, allowed, t
            nodes, weights = _gauss(_count(c * root, share, look))
            new = c * root * nodes
            density = np.exp(-0.5 * ((new[:, None] - x) / step) ** 2) @ mass / (step * np.sqrt(2 * np.pi))
            x, mass = new, density * weights * c * root
        spent[look] = used
    return boundary, spent


def _cut(x: Floats, mass: Floats, step: float, root: float, error: float) -> float:
    """The |z| beyond which a path that has not crossed yet goes with probability `error`."""

    def excess(c: float) -> float:
        beyond = special.ndtr((x - c * root) / step) + special.ndtr((-x - c * root) / step)
        return float(np.log(max(float(beyond @ mass), 1e-300)) - np.log(error))

    return float(optimize.brentq(excess, 0.0, 40.0, xtol=1e-12))


def _count(reach: float, share: Floats, look: int) -> int:
    """Nodes across the region: enough for the shortest step that is still to come to be smooth between them."""
    ahead = np.diff(np.minimum(share[look:], 1.0))
    steps = ahead[ahead >= _LEAST_SHARE]
    shortest = float(np.sqrt(steps.min())) if len(steps) else 1.0
    # five nodes to a standard deviation of the step; a power of two times the least, so that few rules are made
    factor = max(5 * reach / shortest / _NODES, 1.0)
    doublings = min(3, int(np.ceil(np.log2(factor))))
    return _NODES << doublings


@cache
def _gauss(count: int) -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(count)
