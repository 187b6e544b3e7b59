"""The tetrachoric correlation of a 2x2 table: both variables are cut from a bivariate normal distribution.

With four cells and three unknowns (two cut points, one correlation) the maximum-likelihood fit is exact, so the
correlation solves P(X < h, Y < k) = a/n and its variance is the delta method on the cells, both to machine precision.

Source: Pearson K (1900), Philosophical Transactions A 195:1-47; the bivariate normal integral by Owen DB (1956),
Annals of Mathematical Statistics 27:1075-1090, doi:10.1214/aoms/1177728074.
"""

import numpy as np
from scipy.special import ndtr, ndtri, owens_t

from skinproof.synthesis.effect_inputs import Array, Options, ratio, root

Columns = dict[str, Array]
Effect = tuple[Array, Array]

# Halvings of (-1, 1): below the spacing of doubles near 1.
_HALVINGS = 55


def _slope(h: Array, k: Array, r: Array) -> Array:
    """Owen's second argument for h, (k/h - r)/sqrt(1 - r^2), with its limits at h = k and h = 0."""
    slope = ratio(ratio(k, h) - r, root(1 - r**2))
    slope = np.where(h == 0, np.copysign(np.inf, k), slope)
    return np.where(h == k, np.sqrt((1 - r) / (1 + r)), slope)


def bivariate_normal(h: Array, k: Array, r: Array) -> Array:
    """P(X < h, Y < k) for standard normal X and Y with correlation r inside (-1, 1)."""
    apart = (h * k < 0) | ((h * k == 0) & (h + k < 0))
    tails = owens_t(h, _slope(h, k, r)) + owens_t(k, _slope(k, h, r))
    out: Array = (ndtr(h) + ndtr(k)) / 2 - tails - np.where(apart, 0.5, 0.0)
    return out


def tetrachoric(c: Columns, o: Options) -> Effect:
    """NaN where a cell is 0: the likelihood then runs to a correlation of 1 in size, without a variance."""
    cells = np.stack(np.broadcast_arrays(c["ai"], c["bi"], c["ci"], c["di"]))
    usable = (cells > 0).all(axis=0)
    # Any table without a zero serves where there is no answer.
    a, b, cc, d = np.where(usable, cells, 1.0)
    n = a + b + cc + d
    h, k = ndtri((a + b) / n), ndtri((a + cc) / n)
    low, high = np.full(n.shape, -1.0), np.full(n.shape, 1.0)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = bivariate_normal(h, k, middle) < a / n
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    # An answer within rounding of 1 in size has no finite density to divide by.
    r = (low + high) / 2
    usable &= 1 - r**2 > 1e-12
    r = np.where(usable, r, 0.0)
    return np.where(usable, r, np.nan), np.where(usable, _variance((a, b, cc), n, h, k, r), np.nan)


def _variance(cells: tuple[Array, Array, Array], n: Array, h: Array, k: Array, r: Array) -> Array:
    """Delta method: dr = (dp11 - P(Y < k | X = h) dp1. - P(X < h | Y = k) dp.1) / density(h, k)."""
    rest = root(1 - r**2)
    given_h, given_k = ndtr((k - r * h) / rest), ndtr((h - r * k) / rest)
    density = np.exp(-(h**2 - 2 * r * h * k + k**2) / (2 * rest**2)) / (2 * np.pi * rest)
    slopes = (1 - given_h - given_k, -given_h, -given_k)
    shares = [cell / n for cell in cells]
    mean: Array = np.sum([p * s for p, s in zip(shares, slopes, strict=True)], axis=0)
    square: Array = np.sum([p * s**2 for p, s in zip(shares, slopes, strict=True)], axis=0)
    return ratio(square - mean**2, n * density**2)
