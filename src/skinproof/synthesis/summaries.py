"""Mean and standard deviation from a median with its range or quartiles, by a named method.

An estimate, not a report: it assumes values that are close to normal, so every row carries a note, and the note
gives the skew that the quantiles show.

Sources: standard deviations and the "wan" means: Wan X et al. (2014), BMC Medical Research Methodology 14:135,
doi:10.1186/1471-2288-14-135; the "luo" means: Luo D et al. (2018), Statistical Methods in
Medical Research 27:1785-1805, doi:10.1177/0962280216669183.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import ndtri

from skinproof.errors import UsageError
from skinproof.synthesis.effect_inputs import (
    Array,
    broadcast,
    check_size,
    ratio,
    read_column,
    refuse,
    row_name,
)

MEAN_METHODS = ("luo", "wan")

# Bowley's skewness beyond which the note warns; the normal distribution has 0, the exponential about 0.26.
SKEWED = 0.2


@dataclass(frozen=True)
class Summary:
    """mi, sdi: (k,) estimated; skew: (-1 to 1) of the quantiles; method: names of the formulas; notes by row."""

    mi: Array
    sdi: Array
    skew: Array
    method: str
    notes: tuple[str, ...]


def mean_sd_from_median(
    median: Any,
    ni: Any,
    *,
    q1: Any = None,
    q3: Any = None,
    low: Any = None,
    high: Any = None,
    method: str = "luo",
) -> Summary:
    """Mean and SD from the median with the quartiles q1 and q3, the extremes low and high, or all four.

    Raises:
        UsageError: an unknown method, or half of a pair.
        SynthesisError: quantiles out of order, or fewer than 4 people, by row and column.
    """
    if method not in MEAN_METHODS:
        raise UsageError(f"method={method!r} is not one of {', '.join(MEAN_METHODS)}")
    if (q1 is None) != (q3 is None) or (low is None) != (high is None) or (q1 is None and low is None):
        raise UsageError(
            "give q1 and q3 (quartiles), or low and high (extremes), or all four, with the median"
        )
    given = {"low": low, "q1": q1, "median": median, "q3": q3, "high": high}
    ordered = [name for name in given if given[name] is not None]
    c = broadcast({name: read_column(name, given[name]) for name in ordered} | {"ni": read_column("ni", ni)})
    check_size("ni", c["ni"])
    refuse(c["ni"] < 4, "ni", c["ni"], "people: too few to estimate a standard deviation from quantiles")
    for lower, upper in pairwise(ordered):
        refuse(c[lower] > c[upper], lower, c[lower], f"is above '{upper}'")
    if low is None:
        mi, sdi, skew = _quartiles(c, method)
        used = "median and quartiles"
    elif q1 is None:
        mi, sdi, skew = _extremes(c, method)
        used = "median and range"
    else:
        mi, sdi, skew = _both(c, method)
        used = "median, quartiles and range"
    authors = "Luo 2018" if method == "luo" else "Wan 2014"
    name = f"mean by {authors}, SD by Wan 2014, from {used}"
    return Summary(mi, sdi, skew, name, tuple(_notes(mi, skew, name)))


def _notes(mi: Array, skew: Array, name: str) -> list[str]:
    notes = []
    for index in np.ndindex(mi.shape):
        text = f"{row_name(index)}: {name}"
        if abs(skew[index]) > SKEWED:
            text += f"; the quantiles are skewed ({skew[index]:+.2f}), so the estimate is doubtful"
        notes.append(text)
    return notes


def _range_units(n: Array) -> Array:
    """Expected range of n normal values, in standard deviations (Blom's approximation)."""
    out: Array = 2 * ndtri((n - 0.375) / (n + 0.25))
    return out


def _quartile_units(n: Array) -> Array:
    """Expected interquartile range of n normal values, in standard deviations."""
    out: Array = 2 * ndtri((0.75 * n - 0.125) / (n + 0.25))
    return out


def _skew(lower: Array, median: Array, upper: Array) -> Array:
    return np.nan_to_num(ratio(lower + upper - 2 * median, upper - lower))


def _quartiles(c: dict[str, Array], method: str) -> tuple[Array, Array, Array]:
    n, q1, m, q3 = c["ni"], c["q1"], c["median"], c["q3"]
    weight = 0.7 + 0.39 / n if method == "luo" else np.full(n.shape, 2 / 3)
    return weight * (q1 + q3) / 2 + (1 - weight) * m, (q3 - q1) / _quartile_units(n), _skew(q1, m, q3)


def _extremes(c: dict[str, Array], method: str) -> tuple[Array, Array, Array]:
    n, a, m, b = c["ni"], c["low"], c["median"], c["high"]
    weight = 4 / (4 + n**0.75) if method == "luo" else np.full(n.shape, 0.5)
    return weight * (a + b) / 2 + (1 - weight) * m, (b - a) / _range_units(n), _skew(a, m, b)


def _both(c: dict[str, Array], method: str) -> tuple[Array, Array, Array]:
    n, a, q1, m, q3, b = c["ni"], c["low"], c["q1"], c["median"], c["q3"], c["high"]
    if method == "luo":
        outer, inner = 2.2 / (2.2 + n**0.75), 0.7 - 0.72 / n**0.55
    else:
        outer, inner = np.full(n.shape, 0.25), np.full(n.shape, 0.5)
    mi = outer * (a + b) / 2 + inner * (q1 + q3) / 2 + (1 - outer - inner) * m
    sdi = ((b - a) / _range_units(n) + (q3 - q1) / _quartile_units(n)) / 2
    return mi, sdi, _skew(q1, m, q3)
