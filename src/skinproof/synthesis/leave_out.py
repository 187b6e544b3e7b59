"""The fits without one study each, from sums over all studies: work that grows with k, not with its square.

Every quantity of a fit is made of the sums of w^p y^j, w = 1 / (v + t). Without study i they are those of all studies minus
its own term, but at another tau2 for each i. These lie near that of all studies, so the sums are taken there once and
carried over by their Taylor series (d/dt of the sum of w^p y^j is -p times that of w^(p + 1) y^j). Where the series would
be long, a study has most of the weight, or Newton's way does not end, the study is left to the full fit.
"""

import numpy as np
import numpy.typing as npt

from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.problem import Problem
from skinproof.synthesis.refit import Studies
from skinproof.synthesis.results import Fits, PoolMany
from skinproof.synthesis.sums import Floats
from skinproof.synthesis.tau2 import EQUAL

Bools = npt.NDArray[np.bool_]

_ORDERS = 16
_REACH = 0.06
"""Largest shift of tau2 over the smallest v + tau2: the first term left out is below 1e-16 of the sum."""

_SHARE = 0.5
"""Largest part of a sum that may be taken away: more would leave rounding."""

_ROUNDS = 12

METHODS = (*EQUAL, "DL", "REML", "ML", "PM", "EB")


class _Sums:
    """Sums of w^p y^j without each study, p = 1..3 and j = 0..2, at tau2 = at + shift (k,)."""

    def __init__(self, y: Floats, v: Floats, at: float) -> None:
        self.y, self.v, self.at = y, v, at
        w = 1.0 / (v + at)
        powers = w ** np.arange(1, 4 + _ORDERS)[:, None]
        self.total = powers @ np.stack([np.ones(len(y)), y, y * y], axis=1)  # (p, j)

    def at_shift(self, shift: Floats) -> Floats:
        """(3, 3, k): [p - 1, j]."""
        own = (1.0 / (self.v + self.at + shift)) ** np.arange(1, 4)[:, None]
        sums = np.empty((3, 3, len(shift)))
        steps = (-shift) ** np.arange(_ORDERS)[:, None]
        for p in (1, 2, 3):
            factor = np.ones(_ORDERS)
            factor[1:] = np.cumprod((p + np.arange(_ORDERS - 1)) / np.arange(1, _ORDERS))
            terms = (factor[:, None] * self.total[p - 1 : p - 1 + _ORDERS]).T
            sums[p - 1] = terms @ steps
            for j in range(3):
                sums[p - 1, j] -= own[p - 1] * self.y**j
        return sums


def without_each(fit: PoolResult, given: Studies) -> tuple[PoolMany, Bools]:
    """The k fits, and which of them are to be trusted.

    For fits of METHODS without moderators or given weights.
    """
    mean, unit = float(fit.beta), float(given.v.min())
    # in this unit no weight is above 1, so that none of its powers overflows
    y, v, at, k = (given.y - mean) / np.sqrt(unit), given.v / unit, fit.tau2 / unit, given.k
    fixed, df = _Sums(y, v, 0.0).at_shift(np.zeros(k)), float(k - 2)
    qe = np.maximum(_rss(fixed), 0.0)
    trace = fixed[0, 0] - fixed[1, 0] / fixed[0, 0]
    t, good = _tau2(fit, y, v, at, (qe - df) / trace)
    sums = _Sums(y, v, at).at_shift(np.where(good, t - at, 0.0))
    total, centre = sums[0, 0], sums[0, 1] / sums[0, 0]
    good &= 1.0 / v**3 <= _SHARE * np.sum(1.0 / v**3)
    fits = Fits(k, None)
    settings = fit.many.settings
    fits.s2w[:] = 1.0
    if settings.test in ("knha", "adhoc"):
        fits.s2w[:] = np.maximum(_rss(sums) / df, 1.0 if settings.test == "adhoc" else 0.0)
    fits.beta[:], fits.vb[:] = mean + centre * np.sqrt(unit), unit * fits.s2w / total
    fits.tau2[:], fits.qe[:], fits.vt[:] = unit * t, qe, unit * df / trace
    problem = Problem(
        y=np.zeros((k, 1)), v=np.ones((k, 1)), k=np.full(k, k - 1.0), ragged=False, names=("intrcpt",),
        intercept=True,
    )  # fmt: skip
    return PoolMany(problem, settings, fits), good


def _rss(sums: Floats) -> Floats:
    """(k,) weighted sums of squares about the mean."""
    rss: Floats = sums[0, 2] - sums[0, 1] ** 2 / sums[0, 0]
    return rss


def _tau2(fit: PoolResult, y: Floats, v: Floats, at: float, by_moments: Floats) -> tuple[Floats, Bools]:
    """(k,) tau2 without each study, and whether it was found within reach of `at`, that of all studies."""
    shift, found = np.zeros(len(y)), np.ones(len(y), dtype=bool)
    limit = _REACH * (float(v.min()) + at)
    if fit.many.settings.fixed or fit.method in EQUAL:
        return at + shift, found
    if fit.method == "DL":
        t = np.maximum(by_moments, 0.0)
        return t, np.abs(t - at) <= limit
    sums = _Sums(y, v, at)
    for _ in range(_ROUNDS):
        value, slope = _equation(fit.method, sums.at_shift(shift), len(y) - 1)
        step = np.full(
            len(y), limit
        )  # where the equation does not fall there is no way to its root from here
        np.divide(-value, slope, out=step, where=slope < 0)
        new = np.clip(shift + step, max(-limit, -at), limit)
        found = np.abs(new - shift) <= 1e-11 * (at + float(v.min()))
        shift = new
        if found.all():
            break
    # an end of the reach is no root, but the other end of it may be tau2 = 0, where the estimate stays
    inside = (np.abs(shift) < limit * (1 - 1e-9)) | ((shift <= -at) & (at <= limit))
    return np.maximum(at + shift, 0.0), found & inside


def _equation(method: str, sums: Floats, k: int) -> tuple[Floats, Floats]:
    """What is 0 at the estimate, and its slope in tau2; positive below the estimate."""
    total, total2, total3 = sums[:, 0]
    mean = sums[0, 1] / total
    if method in ("PM", "EB"):
        square = sums[1, 2] - 2 * mean * sums[1, 1] + mean**2 * total2
        return _rss(sums) - (k - 1), -square
    square = sums[1, 2] - 2 * mean * sums[1, 1] + mean**2 * total2
    cube = sums[2, 2] - 2 * mean * sums[2, 1] + mean**2 * total3 - (sums[1, 1] - mean * total2) ** 2 / total
    expected, falls = total, total2
    if method == "REML":
        expected = total - total2 / total
        falls = total2 - 2 * total3 / total + (total2 / total) ** 2
    return square - expected, falls - 2 * cube
