"""The equations that iterative estimators of tau2 solve, and the highest of several maxima of a likelihood."""

from math import log

import numpy as np
import numpy.typing as npt

from skinproof.synthesis.roots import crossings
from skinproof.synthesis.sums import Floats, Ints, Rows, dot, dot3

LOG_2PI = float(np.log(2 * np.pi))

_UNEVEN = 3.0
"""Likelihoods with two maxima were met from a ratio of largest to smallest variance of 3.7 on (three million random
meta-analyses of 2 to 14 studies); below this ratio nobody looks for a second one."""


_STRIDE = 3.0
"""Between the values at which a second maximum is looked for. Of 1,240 made-up meta-analyses whose second maximum was
the higher one, strides of 3, 4 and 8 missed 0, 1 and 18."""

_AT_ONCE = 4096
"""Numbers up to which a call costs more than the sums that it makes."""


class Likelihood:
    """The slope of the (restricted) log likelihood in tau2, as the log of a ratio."""

    def __init__(self, rows: Rows, restricted: bool) -> None:
        self.rows, self.restricted = rows, restricted

    def take(self, index: Ints) -> "Likelihood":
        return Likelihood(self.rows.take(index), self.restricted)

    def only(self, index: Ints) -> "Likelihood":
        """As `take`, of places in order and once each: nothing is copied where that is all."""
        return self if len(index) == len(self.rows.k) else self.take(index)

    def __call__(self, t: Floats) -> tuple[Floats, Floats]:
        """log(y'PPy / tr P) for REML, log(y'PPy / tr W) for ML, and its slope."""
        rows, (w, r, c, total) = self.rows, weigh(self.rows, t)
        q = np.multiply(w, r, out=r)
        if self.restricted:
            expected, falls = rows.traces(w, np.multiply(w, w, out=rows.scratch(2)), c)
        else:
            expected, falls = total, dot(w, w)
        return _log_ratio(dot(q, q), expected, rows.quadratic(w, q, c), falls)

    def rises(self, t: Floats) -> npt.NDArray[np.bool_]:
        """Whether the likelihood rises with tau2 at t."""
        rows, (w, r, c, total) = self.rows, weigh(self.rows, t)
        r *= w
        higher: npt.NDArray[np.bool_] = dot(r, r) > (rows.trace(w, c) if self.restricted else total)
        return higher

    def height(self, t: Floats) -> Floats:
        """The log likelihood at t, without its constants."""
        rows, (w, r, c, _) = self.rows, weigh(self.rows, t)
        logs = np.log(w, out=np.zeros_like(w), where=w > 0)
        height: Floats = 0.5 * (logs.sum(axis=1) - dot3(w, r, r))
        return height + 0.5 * rows.log_det(c) if self.restricted else height


def weigh(rows: Rows, t: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """w = 1 / (v + t), the residuals y - Xb with these weights, (X'WX)^-1 and the sum of w.

    The arrays are the rows' scratch memory: they hold until the next call with the same rows.
    """
    w = np.add(rows.v, t[:, None], out=rows.scratch(0))
    np.divide(1.0, w, out=w)
    total, gram = rows.sums(w)
    c = rows.invert(gram)
    return w, rows.residuals(rows.solve(c, rows.project(w, rows.y)), rows.scratch(1)), c, total


def _log_ratio(
    quadratic: Floats, expected: Floats, cubic: Floats, falls: Floats | float
) -> tuple[Floats, Floats]:
    """log(quadratic / expected) and its slope: d quadratic = -2 cubic, d expected = -falls."""
    good = (quadratic > 0) & (expected > 0)  # false as well where there is a NaN
    if np.count_nonzero(good) == len(good):
        return np.log(quadratic / expected), falls / expected - 2 * cubic / quadratic
    # identical effects, or rounding where one weight is all the weight
    value, slope = np.full(len(quadratic), -np.inf), np.zeros(len(quadratic))
    np.divide(quadratic, expected, out=value, where=good)
    np.log(value, out=value, where=good)
    np.divide(cubic, quadratic, out=slope, where=good)
    slope *= -2
    slope += np.divide(falls, expected, out=np.zeros(len(expected)), where=good)
    return value, slope


class GeneralQ:
    """log(Q(tau2) / target), where Q is the weighted sum of squares y'Py, which always falls."""

    def __init__(self, rows: Rows, target: Floats) -> None:
        self.rows, self.target = rows, target

    def take(self, index: Ints) -> "GeneralQ":
        return GeneralQ(self.rows.take(index), self.target[index])

    def only(self, index: Ints) -> "GeneralQ":
        """As `take`, of places in order and once each: nothing is copied where that is all."""
        return self if len(index) == len(self.rows.k) else self.take(index)

    def __call__(self, t: Floats) -> tuple[Floats, Floats]:
        rows, (w, r, _, _) = self.rows, weigh(self.rows, t)
        q = np.multiply(w, r, out=rows.scratch(2))
        return _log_ratio(dot(q, r), self.target, 0.5 * dot(q, q), 0.0)


def highest(
    likelihood: Likelihood, root: Floats, squares: Floats, maxiter: int
) -> tuple[Floats, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """The highest maximum of each likelihood, given the one that was found first.

    squares: (m,) the sum of the squared residuals of any fit, which bounds where maxima can be. The slope's sign is read at tau2 = smallest variance / 4 * 3^j. Where it does not fit a single maximum at `root`, all
    maxima are found and the highest is taken, the smaller of two equal ones. metafor's scoring keeps the maximum
    that its start value leads to.

    Returns: (tau2, whether every search ended within `maxiter` evaluations, whether a likelihood has several maxima).
    """
    rows, least, most = likelihood.rows, likelihood.rows.least, likelihood.rows.most
    end = _no_maximum_beyond(rows, squares, likelihood.restricted)
    odd = np.zeros(len(root), dtype=bool)
    places = np.flatnonzero((most > _UNEVEN * least) & (end > 0.25 * least))
    look, t = likelihood.only(places), 0.25 * least[places]
    while len(places):
        strides = _strides(t, end[places], rows.y.shape[1])
        grid = np.multiply.outer(t, _STRIDE ** np.arange(strides))
        ahead = look if strides == 1 else look.take(np.repeat(np.arange(len(places)), strides))
        rises, found = ahead.rises(grid.ravel()).reshape(grid.shape), root[places][:, None]
        unfit = (rises == (grid > found)) & (np.abs(grid - found) > 1e-6 * found)
        odd[places] = np.logical_or.reduce(unfit & (grid < end[places][:, None]), axis=1)
        t = _STRIDE * grid[:, -1]
        left = np.flatnonzero((t < end[places]) & ~odd[places])
        if len(left) < len(places):
            places, look, t = places[left], look.take(left), t[left]
    best, found_all = root, np.ones(len(root), dtype=bool)
    if np.count_nonzero(odd):
        best, places = root.copy(), np.flatnonzero(odd)
        best[places], found_all[places] = _highest_of_all(
            likelihood.take(places), least[places], end[places], maxiter
        )
    return best, found_all, odd


def _strides(t: Floats, end: Floats, k: int) -> int:
    """Strides to look at in one call: all of them for a few meta-analyses, which wait for calls rather than sums."""
    room = _AT_ONCE // (len(t) * k)
    return 1 if room < 2 else min(room, 1 + int(log((end / t).max()) / log(_STRIDE)))


def _no_maximum_beyond(rows: Rows, squares: Floats, restricted: bool) -> Floats:
    """(m,) tau2 beyond which the likelihood falls.

    With s = tau2 + least variance: y'PPy <= RSS / s^2, RSS of unweighted least squares and so at most `squares`; and tr P
    >= (k - p) / (s + most - least), tr W likewise with k. So it falls where s^2 - g s - g (most - least) > 0, g =
    squares / (k - p).
    """
    least, most = rows.least, rows.most
    g = squares / (rows.k - rows.p if restricted else rows.k)
    return 0.5 * (g + np.sqrt(g * (g + 4 * (most - least)))) - least


def _highest_of_all(
    likelihood: Likelihood, least: Floats, end: Floats, maxiter: int
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The highest maximum, searched between neighbours of a finer grid from 0 to `end`."""
    ratio = 1.25
    steps = int(np.ceil(np.log(np.max(end / least) * 64) / np.log(ratio))) + 1
    grid = least / 64 * ratio ** np.arange(steps)[:, None]
    grid = np.concatenate([np.zeros((1, len(least))), np.minimum(grid, end)])
    rises = np.stack([likelihood.rises(t) for t in grid])
    rises[-1] = False
    turn, row = np.nonzero(rises[:-1] & ~rises[1:])
    low, high = grid[turn, row], grid[turn + 1, row]
    t, found = crossings(likelihood.take(row), 0.5 * (low + high), least[row], low, high, maxiter)
    at_zero = np.flatnonzero(~rises[0])
    row = np.concatenate([at_zero, row])
    t = np.concatenate([np.zeros(len(at_zero)), t])
    height = likelihood.take(row).height(t)
    order = np.lexsort((t, -height, row))
    first = order[np.unique(row[order], return_index=True)[1]]
    all_found = np.ones(len(least), dtype=bool)
    np.logical_and.at(all_found, row[len(at_zero) :], found)
    return t[first], all_found
