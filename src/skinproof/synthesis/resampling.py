"""Tests and intervals by permutation and by bootstrap, thousands of fits at once.

Source: Follmann and Proschan 1999, doi:10.1111/j.0006-341X.1999.00732.x (sign flips); Higgins and Thompson 2004,
doi:10.1002/sim.1752 (permuting moderators); Efron and Tibshirani 1993, An Introduction to the Bootstrap, ch. 13 and 14;
Viechtbauer, Lopez-Lopez et al. 2015, doi:10.1037/met0000022 (their behaviour in meta-regression).
"""

from itertools import permutations
from math import factorial

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.refit import chunks, refit, studies
from skinproof.synthesis.results import OK, PoolMany
from skinproof.synthesis.sums import Floats, Ints

_EXACT = 20
"""Most studies whose sign flips are all listed: half a million, since a flip and its opposite have the same |z|."""

_EXACT_ORDERS = 9
"""Most studies whose orders are all listed: 362,880."""

_NEAR = 1.5e-8
"""Statistics that differ by less count as equal, or rounding would decide ties (the square root of a double's precision)."""


class Permutation(msgspec.Struct, frozen=True, kw_only=True):
    """pval: (p,) two-sided, of each coefficient; qmp: of the test of all moderators, or of the mean; zval, qm: as observed.

    exact: whether all permutations were listed; count: how many there are, or were drawn, the observed one among them;
    left_out: how many of those that were computed could not be fitted, and do not count.
    """

    pval: Floats
    qmp: float
    zval: Floats
    qm: float
    exact: bool
    count: int
    left_out: int


class Bootstrap(msgspec.Struct, frozen=True, kw_only=True):
    """beta: (n, p), tau2: (n,) of the samples that could be fitted. se, bias: (p,); ci_lb, ci_ub: (p,) of the coefficients,
    tau2_lb, tau2_ub: percentile intervals; basic_lb, basic_ub: the same turned about the estimate. left_out: samples that
    could not be fitted."""

    kind: str
    beta: Floats
    tau2: Floats
    se: Floats
    bias: Floats
    ci_lb: Floats
    ci_ub: Floats
    basic_lb: Floats
    basic_ub: Floats
    tau2_lb: float
    tau2_ub: float
    left_out: int


def permutest(
    fit: PoolResult, *, exact: bool | None = None, count: int = 10_000, seed: int = 0
) -> Permutation:
    """The p-value that no distribution is needed for.

    Without moderators the signs of the effects are flipped (the distribution about 0 is assumed symmetric); with
    moderators their rows change places among the studies. exact: list all permutations; without it where they are no more
    than `count`. Otherwise `count` are drawn, and the observed one is counted among them, so that no p-value is 0 (metafor
    counts the same).

    Raises: UsageError: count below 2; too many permutations to list them all.
    """
    if count < 2:
        raise UsageError(f"count={count}: at least two permutations, of which the observed one is the first")
    given = studies(fit)
    flips = given.x is None
    whole = 2**given.k if flips else factorial(given.k)
    if exact is None:
        exact = whole <= count
    if exact and given.k > (_EXACT if flips else _EXACT_ORDERS):
        raise UsageError(
            f"{given.k} studies have {whole:.2g} permutations, too many to list; take exact=False and a seed"
        )
    observed = np.atleast_1d(np.asarray(fit.zval))
    random = np.random.default_rng(seed)
    if flips:
        fits = _flipped(
            fit, _all_signs(given.k) if exact else random.choice([-1.0, 1.0], (count - 1, given.k))
        )
    else:
        fits = _reordered(fit, _all_orders(given.k) if exact else _drawn_orders(random, count - 1, given.k))
    z, qm, left_out = fits
    extra = 0 if exact else 1
    above = (np.abs(z) >= np.abs(observed) - _NEAR).sum(axis=0) + extra
    above_qm = int((qm >= fit.qm - _NEAR).sum()) + extra
    return Permutation(
        pval=above / (len(z) + extra), qmp=above_qm / (len(z) + extra), zval=observed, qm=fit.qm, exact=exact,
        count=whole if exact else count, left_out=left_out,
    )  # fmt: skip


def _all_signs(k: int) -> Floats:
    """Half of all sign flips: the first study keeps its sign."""
    bits = np.arange(2 ** (k - 1))[:, None] >> np.arange(k) & 1
    signs: Floats = np.where(bits, -1.0, 1.0)
    return signs


def _all_orders(k: int) -> Ints:
    return np.array(list(permutations(range(k))), dtype=np.int64)


def _drawn_orders(random: np.random.Generator, count: int, k: int) -> Ints:
    return random.permuted(np.tile(np.arange(k), (count, 1)), axis=1)


def _flipped(fit: PoolResult, signs: Floats) -> tuple[Floats, Floats, int]:
    given, parts = studies(fit), []
    for places in chunks(len(signs), given.k):
        weights = None if given.weights is None else np.broadcast_to(given.weights, (len(places), given.k))
        parts.append(refit(fit, signs[places] * given.y, given.v, weights=weights))
    return _statistics(parts)


def _reordered(fit: PoolResult, orders: Ints) -> tuple[Floats, Floats, int]:
    """The studies in another order under the same moderators, which is the same as the moderators in another order."""
    given, parts = studies(fit), []
    for places in chunks(len(orders), given.k):
        order = orders[places]
        weights = None if given.weights is None else given.weights[order]
        parts.append(refit(fit, given.y[order], given.v[order], given.x, weights))
    return _statistics(parts)


def _statistics(parts: list[PoolMany]) -> tuple[Floats, Floats, int]:
    z, qm, left_out = [], [], 0
    for part in parts:
        good = part.status == OK
        left_out += int((~good).sum())
        z.append(part.zval.reshape(len(part), -1)[good])
        qm.append(_qm(part, good))
    return np.concatenate(z), np.concatenate(qm), left_out


def _qm(part: PoolMany, good: npt.NDArray[np.bool_]) -> Floats:
    """The test of all moderators, of all fits at once."""
    if part.problem.x is None or part.qm_df == 1:
        squares: Floats = np.square(part.zval.reshape(len(part), -1)[good, -1])
        return squares
    tested = slice(part.p - part.qm_df, None)
    beta, vb = part.beta[good][:, tested], part.vb[good][:, tested, tested]
    value: Floats = np.einsum("mp,mp->m", beta, np.linalg.solve(vb, beta[:, :, None])[:, :, 0])
    return np.where(np.isinf(part.dfs[good]), value, value / part.qm_df)


def bootstrap(fit: PoolResult, *, kind: str = "cases", count: int = 10_000, seed: int = 0) -> Bootstrap:
    """The spread of the estimates over samples like this one.

    kind: "cases" draws studies with replacement; "parametric" draws effects from the fitted model (with its tau2 and the
    studies' own variances). With few studies both give intervals that are too short; prefer test "knha" there.

    Raises: UsageError: another kind, count below 2. SynthesisError: fewer than half of the samples could be fitted.
    """
    if kind not in ("cases", "parametric"):
        raise UsageError(f"no kind {kind!r}; there are 'cases' and 'parametric'")
    if count < 2:
        raise UsageError(f"count={count}: at least two samples")
    given, random, parts = studies(fit), np.random.default_rng(seed), []
    mean = given.design @ np.atleast_1d(np.asarray(fit.beta))
    for places in chunks(count, given.k):
        if kind == "cases":
            drawn = random.integers(given.k, size=(len(places), given.k))
            x = None if given.x is None else given.x[drawn]
            weights = None if given.weights is None else given.weights[drawn]
            parts.append(refit(fit, given.y[drawn], given.v[drawn], x, weights))
        else:
            noise = random.standard_normal((len(places), given.k)) * np.sqrt(given.v + fit.tau2)
            weights = None if given.weights is None else np.broadcast_to(given.weights, noise.shape)
            parts.append(refit(fit, mean + noise, given.v, given.x, weights))
    return _spread(fit, kind, parts)


def _spread(fit: PoolResult, kind: str, parts: list[PoolMany]) -> Bootstrap:
    good = [part.status == OK for part in parts]
    beta = np.concatenate(
        [part.beta.reshape(len(part), -1)[ok] for part, ok in zip(parts, good, strict=True)]
    )
    tau2 = np.concatenate([part.tau2[ok] for part, ok in zip(parts, good, strict=True)])
    total = sum(len(part) for part in parts)
    if len(beta) < max(2, total / 2):
        raise SynthesisError(f"only {len(beta)} of {total} samples could be fitted; take fewer moderators")
    estimate = np.atleast_1d(np.asarray(fit.beta))
    tails = [0.5 - fit.level / 2, 0.5 + fit.level / 2]
    low, high = np.quantile(beta, tails, axis=0)
    tau2_lb, tau2_ub = np.quantile(tau2, tails)
    return Bootstrap(
        kind=kind, beta=beta, tau2=tau2, se=beta.std(axis=0, ddof=1), bias=beta.mean(axis=0) - estimate, ci_lb=low,
        ci_ub=high, basic_lb=2 * estimate - high, basic_ub=2 * estimate - low, tau2_lb=float(tau2_lb),
        tau2_ub=float(tau2_ub), left_out=total - len(beta),
    )  # fmt: skip
