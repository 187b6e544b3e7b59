"""Two independent arms with means and standard deviations.

Columns: `m1i`, `sd1i`, `n1i`, `m2i`, `sd2i`, `n2i`. All functions return (yi, vi), NaN where undefined.
"""

import numpy as np
from scipy.special import gammaln, ndtri

from skinproof.synthesis.effect_binary import LOGISTIC, NORMAL
from skinproof.synthesis.effect_inputs import Array, Options, log, ratio, root, weighted_mean

Columns = dict[str, Array]
Effect = tuple[Array, Array]


def exact_correction(df: Array) -> Array:
    """Hedges' exact bias factor J(df) = G(df/2) / (sqrt(df/2) G((df-1)/2)); NaN for df <= 1.

    Source: Hedges LV (1981), Journal of Educational Statistics 6:107-128, doi:10.3102/10769986006002107, eq. 6e.
    """
    usable = np.where(df > 1, df, np.nan)
    factor: Array = np.exp(gammaln(usable / 2) - gammaln((usable - 1) / 2)) / np.sqrt(usable / 2)
    return factor


def pooled_variance(c: Columns) -> Array:
    """The common variance of the two arms; NaN where an arm of one person gives no variance."""
    df1, df2 = c["n1i"] - 1, c["n2i"] - 1
    return ratio(df1 * c["sd1i"] ** 2 + df2 * c["sd2i"] ** 2, df1 + df2)


def _sizes(c: Columns) -> tuple[Array, Array, Array]:
    n1, n2 = c["n1i"], c["n2i"]
    return n1 + n2, ratio(1.0, n1) + ratio(1.0, n2), n1 + n2 - 2


def mean_difference(c: Columns, o: Options) -> Effect:
    """`LS` each arm with its own variance; `HO` one common variance."""
    yi = c["m1i"] - c["m2i"]
    if o.vtype == "HO":
        return yi, pooled_variance(c) * _sizes(c)[1]
    return yi, c["sd1i"] ** 2 / c["n1i"] + c["sd2i"] ** 2 / c["n2i"]


def unbiased_variance(yi: Array, alone: Array, df: Array, factor: Array) -> Array:
    """The variance of a bias-corrected standardized effect that is itself unbiased.

    Source: Hedges LV (1983), Psychological Bulletin 93:388-395.
    """
    return alone + (1 - ratio(df - 2, df * factor**2)) * yi**2


def standardized_mean_difference(c: Columns, o: Options) -> Effect:
    """`LS` Hedges' large-sample variance, `LS2` Borenstein's, `UB` unbiased, `AV` with the mean effect."""
    total, alone, df = _sizes(c)
    d = ratio(c["m1i"] - c["m2i"], root(pooled_variance(c)))
    factor = exact_correction(df)
    yi = factor * d if o.correct else np.where(np.isfinite(factor), d, np.nan)
    if o.vtype == "UB":
        return yi, unbiased_variance(yi, alone, df, factor)
    if o.vtype == "AV":
        mean = weighted_mean(yi, total)
        return yi, np.where(np.isnan(yi), np.nan, alone + mean**2 / (2 * total))
    if o.vtype == "LS2":
        return yi, factor**2 * (alone + d**2 / (2 * total))
    return yi, alone + yi**2 / (2 * total)


def standardized_mean_difference_heteroscedastic(c: Columns, o: Options) -> Effect:
    """Standardized by the root of the average of the two variances, without assuming them equal.

    The variance takes the corrected effect, as in metafor >= 4.6 (before, it was multiplied by the squared factor).
    """
    v1, v2 = c["sd1i"] ** 2, c["sd2i"] ** 2
    average = (v1 + v2) / 2
    df1, df2 = c["n1i"] - 1, c["n2i"] - 1
    factor = exact_correction(df1 + df2)
    d = ratio(c["m1i"] - c["m2i"], root(average))
    yi = factor * d if o.correct else d
    spread = ratio(v1**2, df1) + ratio(v2**2, df2)
    return yi, yi**2 * ratio(spread, 8 * average**2) + ratio(ratio(v1, df1) + ratio(v2, df2), average)


def standardized_by_second_arm(c: Columns, o: Options) -> Effect:
    """Glass's delta: standardized by the standard deviation of arm 2 (the comparator)."""
    factor = exact_correction(c["n2i"] - 1)
    d = ratio(c["m1i"] - c["m2i"], c["sd2i"])
    yi = factor * d if o.correct else np.where(np.isfinite(factor), d, np.nan)
    return yi, _sizes(c)[1] + ratio(yi**2, 2 * c["n2i"])


def squared_cv(m: Array, sd: Array, n: Array) -> Array:
    """The squared coefficient of variation over n: the relative variance of a mean."""
    return ratio(sd**2, n * m**2)


def ratio_of_means(c: Columns, o: Options) -> Effect:
    """Log ratio of means, corrected for small-sample bias unless `correct` is off (metafor >= 5.0).

    Source: Lajeunesse MJ (2015), Ecology 96:2056-2063, doi:10.1890/14-2402.1.
    """
    one, two = squared_cv(c["m1i"], c["sd1i"], c["n1i"]), squared_cv(c["m2i"], c["sd2i"], c["n2i"])
    yi = log(ratio(c["m1i"], c["m2i"]))
    if o.correct:
        yi = yi + 0.5 * (one - two)
    if o.vtype == "HO":
        common = pooled_variance(c)
        return yi, ratio(common, c["n1i"] * c["m1i"] ** 2) + ratio(common, c["n2i"] * c["m2i"] ** 2)
    return yi, one + two


def _half_df(n: Array) -> Array:
    return ratio(0.5, n - 1)


def variability_ratio(c: Columns, o: Options) -> Effect:
    half1, half2 = _half_df(c["n1i"]), _half_df(c["n2i"])
    yi = log(ratio(c["sd1i"], c["sd2i"]))
    return (yi + half1 - half2 if o.correct else yi), half1 + half2


def cv_ratio(c: Columns, o: Options) -> Effect:
    """Log ratio of the coefficients of variation; the means' own bias is corrected too (metafor >= 5.0)."""
    one, two = squared_cv(c["m1i"], c["sd1i"], c["n1i"]), squared_cv(c["m2i"], c["sd2i"], c["n2i"])
    yi, vi = variability_ratio(c, o)
    yi = yi - log(ratio(c["m1i"], c["m2i"]))
    if o.correct:
        yi = yi - 0.5 * (one - two)
    return yi, vi + one + two


def point_biserial(c: Columns, o: Options) -> Effect:
    """Correlation of the outcome with the arm; arms of fixed size."""
    total, alone, df = _sizes(c)
    d = ratio(c["m1i"] - c["m2i"], root(pooled_variance(c)))
    h = df * alone
    return ratio(d, root(d**2 + h)), ratio(h**2, (d**2 + h) ** 3) * (alone + d**2 / (2 * total))


def biserial(c: Columns, o: Options) -> Effect:
    """Correlation of the outcome with a normal variable behind the arms, cut at z into the two shares p and 1 - p.

    Source: Soper HE (1914), Biometrika 10:384-390, doi:10.1093/biomet/10.2-3.384.
    """
    total, alone, df = _sizes(c)
    d = ratio(c["m1i"] - c["m2i"], root(pooled_variance(c)))
    r = ratio(d, root(d**2 + df * alone))
    p = ratio(c["n1i"], total)
    z = -ndtri(p)
    height = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
    spread = ratio(p * (1 - p), height**2)
    yi = root(spread) * r
    shape = 1.5 + (1 - ratio(p * z, height)) * (1 + ratio((1 - p) * z, height))
    return yi, ratio(spread - shape * yi**2 + yi**4, total - 1)


# Odds ratios are not biased as d is, so d goes in without Hedges' correction.
_UNCORRECTED = Options("LS", correct=False)


def d_to_odds_normal(c: Columns, o: Options) -> Effect:
    yi, vi = standardized_mean_difference(c, _UNCORRECTED)
    return yi * NORMAL, vi * NORMAL**2


def d_to_odds_logistic(c: Columns, o: Options) -> Effect:
    yi, vi = standardized_mean_difference(c, _UNCORRECTED)
    return yi * LOGISTIC, vi * LOGISTIC**2
