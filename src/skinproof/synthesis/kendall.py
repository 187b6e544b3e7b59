"""Kendall's rank correlation with an exact p-value.

Source: Kendall 1938, doi:10.1093/biomet/30.1-2.81 (the distribution of the number of inversions); Kendall 1970, Rank
Correlation Methods, 4th ed., ch. 4 (variance with ties).
"""

import msgspec
import numpy as np
from scipy import special

from skinproof.errors import SynthesisError
from skinproof.synthesis.sums import Floats

_MOST = 5_000
"""Longest series for which all pairs are compared at once: 25 million."""


class Kendall(msgspec.Struct, frozen=True, kw_only=True):
    """tau (tau-b where there are ties), its two-sided p-value, and whether that is exact."""

    tau: float
    pval: float
    exact: bool
    k: int


def kendall(a: Floats, b: Floats) -> Kendall:
    """The rank correlation of two (k,) series.

    Raises: SynthesisError: one of them is constant, or they are too long.
    """
    k = len(a)
    if k > _MOST:
        raise SynthesisError(f"{k} studies: the rank test compares all pairs and takes at most {_MOST}")
    order_a, order_b = np.sign(a[:, None] - a), np.sign(b[:, None] - b)
    score = float((order_a * order_b).sum()) / 2
    pairs = k * (k - 1) / 2
    untied_a, untied_b = (float(np.abs(order).sum()) / 2 for order in (order_a, order_b))
    if not (untied_a and untied_b):
        raise SynthesisError("all studies have the same value; ranks say nothing")
    tau = score / np.sqrt(untied_a * untied_b)
    exact = untied_a == untied_b == pairs
    pval = _exact(k, score) if exact else _normal(score, k, a, b)
    return Kendall(tau=float(tau), pval=pval, exact=exact, k=k)


def _exact(k: int, score: float) -> float:
    """The probability of a score at least as far from 0: inversions of k items, convolved item by item."""
    chance = np.ones(1)
    for item in range(2, k + 1):
        total = np.concatenate([[0.0], np.cumsum(chance)])
        size = len(chance) + item - 1
        upper = np.minimum(np.arange(1, size + 1), len(chance))
        lower = np.clip(np.arange(1, size + 1) - item, 0, len(chance))
        chance = (total[upper] - total[lower]) / item
    inversions = round((k * (k - 1) / 2 - abs(score)) / 2)
    return float(min(1.0, 2 * chance[: inversions + 1].sum()))


def _normal(score: float, k: int, a: Floats, b: Floats) -> float:
    """The normal approximation; t: sizes of groups of tied values."""
    ties = [np.unique(values, return_counts=True)[1].astype(np.float64) for values in (a, b)]
    pairs = np.prod([np.sum(t * (t - 1)) for t in ties])
    triples = np.prod([np.sum(t * (t - 1) * (t - 2)) for t in ties])
    spread = sum(float(np.sum(t * (t - 1) * (2 * t + 5))) for t in ties)
    variance = (k * (k - 1) * (2 * k + 5) - spread) / 18 + pairs / (2 * k * (k - 1))
    if k > 2:
        variance += triples / (9 * k * (k - 1) * (k - 2))
    return float(2 * special.ndtr(-abs(score) / np.sqrt(variance)))
