"""Correlations between two variables, and reliabilities of a scale.

Columns: `ri` correlation, `ni` people; for a reliability `ai` (Cronbach's alpha), `mi` items, `ni` people.
All functions return (yi, vi), NaN where undefined.
"""

import numpy as np
from scipy.special import hyp2f1

from skinproof.synthesis.effect_inputs import Array, Options, log, ratio, weighted_mean

Columns = dict[str, Array]
Effect = tuple[Array, Array]


def hypergeometric(a: float, c: Array, z: Array) -> Array:
    """Gauss's 2F1(a, a; c; z) for 0 <= z <= 1 and c > 2a; NaN where an input is."""
    small = c < _SERIES_FROM
    values: Array = np.full(np.broadcast_shapes(c.shape, z.shape), np.nan)
    values[small] = hyp2f1(a, a, c[small], z[small])
    # scipy 1.x gives NaN for large c (its gamma functions overflow), where the series itself is short.
    large = c >= _SERIES_FROM
    term = np.ones(np.count_nonzero(large))
    total = term.copy()
    for k in range(_TERMS):
        term = term * (a + k) ** 2 / ((c[large] + k) * (k + 1)) * z[large]
        total += term
    values[large] = total
    return values


# From c = 20 on, 200 terms leave less than 1e-16 even at z = 1, where the k-th term falls like k^-(c - 2a + 1).
_SERIES_FROM = 20.0
_TERMS = 200


def olkin_pratt(r: Array, n: Array) -> Array:
    """The unbiased estimate of a correlation from r in n people; NaN for n <= 3."""
    usable = np.where(n > 3, n, np.nan)
    return r * hypergeometric(0.5, (usable - 2) / 2, 1 - r**2)


def _spread(yi: Array, c: Columns, o: Options) -> Array:
    center = weighted_mean(yi, c["ni"]) if o.vtype == "AV" else yi
    vi = ratio((1 - center**2) ** 2, c["ni"] - 1)
    return np.where(np.isnan(yi), np.nan, vi)


def correlation(c: Columns, o: Options) -> Effect:
    """`LS` large-sample, `AV` with the average correlation."""
    return c["ri"].copy(), _spread(c["ri"], c, o)


def unbiased_correlation(c: Columns, o: Options) -> Effect:
    """Correlation without its small-sample bias; `LS`, `UB` unbiased or `AV`.

    Source: Olkin I, Pratt JW (1958), Annals of Mathematical Statistics 29:201-211, doi:10.1214/aoms/1177706717;
    variance: Hedges LV (1989), Journal of Applied Psychology 74:469-477.
    """
    n = np.where(c["ni"] > 3, c["ni"], np.nan)
    yi = olkin_pratt(c["ri"], n)
    if o.vtype != "UB":
        return yi, _spread(yi, c, o)
    free = 1 - c["ri"] ** 2
    missing = ratio((n - 3) * free, n - 2) * hypergeometric(1.0, n / 2, free)
    return yi, yi**2 - 1 + missing


def fisher_z(c: Columns, o: Options) -> Effect:
    """Fisher's z; the variance needs more than 3 people, the effect itself does not."""
    inside = np.where(np.abs(c["ri"]) < 1, c["ri"], np.nan)
    df = np.where(c["ni"] > 3, c["ni"] - 3, np.nan)
    return np.arctanh(inside), ratio(1.0, df)


def _alpha_spread(c: Columns) -> Array:
    return ratio(2 * c["mi"], (c["mi"] - 1) * np.where(c["ni"] > 2, c["ni"] - 2, np.nan))


def alpha(c: Columns, o: Options) -> Effect:
    """Source: van Zyl JM, Neudecker H, Nel DG (2000), Psychometrika 65:271-280, doi:10.1007/BF02296146."""
    return c["ai"].copy(), _alpha_spread(c) * (1 - c["ai"]) ** 2


def alpha_cube_root(c: Columns, o: Options) -> Effect:
    """Source: Hakstian AR, Whalen TE (1976), Psychometrika 41:219-231, doi:10.1007/BF02291840."""
    free = np.cbrt(1 - c["ai"])
    vi = ratio(18 * c["mi"] * (c["ni"] - 1) * free**2, (c["mi"] - 1) * (9 * c["ni"] - 11) ** 2)
    return 1 - free, vi


def alpha_log(c: Columns, o: Options) -> Effect:
    """Source: Bonett DG (2002), Journal of Educational and Behavioral Statistics 27:335-340."""
    return -log(1 - c["ai"]), _alpha_spread(c)
