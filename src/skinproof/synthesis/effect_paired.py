"""One group measured twice, split-face and split-scalp: the two sides of the same person.

Columns: `m1i`, `sd1i`, `m2i`, `sd2i` of the two conditions, `ni` people, `ri` the correlation between the two
conditions in a person. All functions return (yi, vi), NaN where undefined.
"""

import numpy as np

from skinproof.synthesis.effect_continuous import exact_correction, squared_cv, unbiased_variance
from skinproof.synthesis.effect_correlation import olkin_pratt
from skinproof.synthesis.effect_inputs import Array, Options, log, ratio, root

Columns = dict[str, Array]
Effect = tuple[Array, Array]


def change_variance(c: Columns) -> Array:
    """The variance of the within-person difference."""
    between = c["sd1i"] ** 2 + c["sd2i"] ** 2
    # Rounding can leave a difference of two equal numbers below zero where ri = 1.
    return np.maximum(between - 2 * c["ri"] * c["sd1i"] * c["sd2i"], 0.0)


def mean_change(c: Columns, o: Options) -> Effect:
    return c["m1i"] - c["m2i"], change_variance(c) / c["ni"]


def _standardized(c: Columns, o: Options, unit: Array, alone: Array) -> Effect:
    """A standardized change with its `LS`, `LS2` or `UB` variance; `alone` is the variance at no change."""
    factor = exact_correction(c["ni"] - 1)
    d = ratio(c["m1i"] - c["m2i"], unit)
    yi = factor * d if o.correct else np.where(np.isfinite(factor), d, np.nan)
    if o.vtype == "UB":
        return yi, unbiased_variance(yi, alone, c["ni"] - 1, factor)
    if o.vtype == "LS2":
        return yi, factor**2 * (alone + d**2 / (2 * c["ni"]))
    return yi, alone + yi**2 / (2 * c["ni"])


def standardized_by_change(c: Columns, o: Options) -> Effect:
    """Standardized by the standard deviation of the change."""
    return _standardized(c, o, root(change_variance(c)), ratio(1.0, c["ni"]))


def standardized_by_raw(c: Columns, o: Options) -> Effect:
    """Standardized by the standard deviation of condition 1, which is the scale of a two-arm trial.

    `UB` takes the unbiased correlation too.
    """
    r = olkin_pratt(c["ri"], c["ni"]) if o.vtype == "UB" else c["ri"]
    return _standardized(c, o, c["sd1i"], ratio(2 * (1 - r), c["ni"]))


def standardized_by_raw_heteroscedastic(c: Columns, o: Options) -> Effect:
    """As `standardized_by_raw`, without assuming equal variances in the two conditions.

    The variance takes the corrected effect, as in metafor >= 4.6 (before, it was multiplied by the squared factor).
    """
    factor = exact_correction(c["ni"] - 1)
    d = ratio(c["m1i"] - c["m2i"], c["sd1i"])
    yi = factor * d if o.correct else np.where(np.isfinite(factor), d, np.nan)
    df = c["ni"] - 1
    return yi, ratio(ratio(change_variance(c), c["sd1i"] ** 2), df) + ratio(yi**2, 2 * df)


def _relative(c: Columns) -> tuple[Array, Array, Array]:
    one, two = squared_cv(c["m1i"], c["sd1i"], c["ni"]), squared_cv(c["m2i"], c["sd2i"], c["ni"])
    shared = ratio(2 * c["ri"] * c["sd1i"] * c["sd2i"], c["m1i"] * c["m2i"] * c["ni"])
    return one, two, shared


def ratio_of_means_change(c: Columns, o: Options) -> Effect:
    one, two, shared = _relative(c)
    yi = log(ratio(c["m1i"], c["m2i"]))
    return (yi + 0.5 * (one - two) if o.correct else yi), one + two - shared


def variability_ratio_change(c: Columns, o: Options) -> Effect:
    # Both conditions have the same n, so the two small-sample terms of the log standard deviations cancel.
    return log(ratio(c["sd1i"], c["sd2i"])), ratio(1 - c["ri"] ** 2, c["ni"] - 1)


def cv_ratio_change(c: Columns, o: Options) -> Effect:
    one, two, shared = _relative(c)
    yi, vi = variability_ratio_change(c, o)
    yi = yi - log(ratio(c["m1i"], c["m2i"]))
    return (yi - 0.5 * (one - two) if o.correct else yi), vi + one + two - shared
