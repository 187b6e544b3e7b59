"""The heterogeneity variance tau2 by every estimator of random-effects models, and its standard error.

All work on many meta-analyses at once. EB, and DL and SJ iterated to their fixed points (DLIT, SJIT), have the root of
PM's equation and are computed as PM; metafor 3.8 gives another DLIT than 5.1, which is followed. Where a likelihood
has several maxima ML and REML take the highest. metafor stops its scoring at 1e-5 by default; here iterations go on
to the last digits, whatever the unit of the data.

Source: Viechtbauer 2005, doi:10.3102/10769986030003261 (HE, DL, HS, ML, REML and their variances); DerSimonian and
Laird 1986, doi:10.1016/0197-2456(86)90046-2; DerSimonian and Kacker 2007, doi:10.1016/j.cct.2006.04.004 (GENQ, PM);
Sidik and Jonkman 2005, doi:10.1111/j.1467-9876.2005.00489.x; Paule and Mandel 1982, doi:10.6028/jres.087.022;
Brannick et al. 2019, doi:10.1177/1094428117741966 (HSk); Morris 1983, doi:10.1080/01621459.1983.10477920 (EB).
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import special

from skinproof.synthesis.likelihood import GeneralQ, Likelihood, highest
from skinproof.synthesis.roots import crossings
from skinproof.synthesis.sums import Floats, Rows, dot, dot3

Bools = npt.NDArray[np.bool_]

METHODS = (
    "EE",
    "FE",
    "CE",
    "DL",
    "HE",
    "HS",
    "HSk",
    "SJ",
    "ML",
    "REML",
    "EB",
    "PM",
    "PMM",
    "GENQ",
    "DLIT",
    "SJIT",
)
"""Spelled as in metafor. FE and CE are other names of EE."""

EQUAL = ("EE", "FE", "CE")
GENERAL_Q = ("PM", "EB", "DLIT", "SJIT", "PMM")


class Projection:
    """The weighted least-squares fit with weights a (m, k).

    c: (X'AX)^-1; beta: (m,) or (m, p) coefficients; rss: (m,) weighted residual sum of squares; total: (m,) sum of the
    weights. r, q: (m, k) residuals and weighted residuals, in scratch memory: they hold until the next fit of the rows.
    """

    def __init__(self, rows: Rows, a: Floats) -> None:
        self.rows, self.a = rows, a
        self.total, gram = rows.sums(a)
        self.c = rows.invert(gram)
        self.beta = rows.solve(self.c, rows.project(a, rows.y))
        self.r = rows.residuals(self.beta, rows.scratch(4))
        self.q = np.multiply(a, self.r, out=rows.scratch(5))
        self.rss = dot(self.q, self.r)

    @cached_property
    def trace(self) -> Floats:
        """(m,) tr P, another pass over the studies."""
        return self.rows.trace(self.a, self.c)


def median_chi2(df: Floats) -> Floats:
    """(m,) medians of chi-square distributions."""
    values, inverse = np.unique(df, return_inverse=True)
    median: Floats = special.chdtri(values, 0.5)[inverse]
    return median


def estimate(
    rows: Rows, method: str, fixed: Projection, weights: Floats | None, maxiter: int
) -> tuple[Floats, Bools, Bools]:
    """(m,) tau2 >= 0, whether its iterations ended, and whether a likelihood has several maxima.

    fixed: the fit with weights 1 / v; weights: those of GENQ. Rows need k > p.
    """
    every, none = np.ones(len(rows.k), dtype=bool), np.zeros(len(rows.k), dtype=bool)
    if method in EQUAL:
        return np.zeros(len(rows.k)), every, none
    if method in ("ML", "REML"):
        return _by_likelihood(rows, method == "REML", fixed, maxiter)
    if method in GENERAL_Q:
        return *_by_general_q(rows, method, fixed, maxiter), none
    return np.maximum(_by_moments(rows, method, fixed, weights), 0.0), every, none


def _by_moments(rows: Rows, method: str, fixed: Projection, weights: Floats | None) -> Floats:
    """tau2 before negative values become 0."""
    df = rows.k - rows.p
    if method == "DL":
        return (fixed.rss - df) / fixed.trace
    if method == "HS":
        return (fixed.rss - rows.k) / fixed.total
    if method == "HSk":
        return (fixed.rss * rows.k / df - rows.k) / fixed.total
    if method == "SJ":
        first = crude(rows)
        return first * Projection(rows, _inverse(rows, first)).rss / df
    if method == "HE" or weights is None:
        weights = present(rows)
    by = Projection(rows, weights)
    return (by.rss - rows.trace_with(weights, by.c, np.where(weights > 0, rows.v, 0.0))) / by.trace


def present(rows: Rows) -> Floats:
    """(m, k) 1.0 where there is a study, else 0.0."""
    return np.isfinite(rows.v).astype(np.float64)


def crude(rows: Rows) -> Floats:
    """(m,) the first guess of SJ: the mean squared deviation of the effects from their mean."""
    here = present(rows)
    deviation = (rows.y - (dot(rows.y, here) / rows.k)[:, None]) * here
    return dot(deviation, deviation) / rows.k


def _inverse(rows: Rows, t: Floats) -> Floats:
    weights: Floats = 1.0 / (rows.v + t[:, None])
    return weights


def _start(rows: Rows, fixed: Projection) -> tuple[Floats, Floats]:
    """The DL estimate, from which Newton's way is short, and the typical variance that sets the scale."""
    df = rows.k - rows.p
    return np.maximum((fixed.rss - df) / fixed.trace, 0.0), df / fixed.trace


def _by_likelihood(
    rows: Rows, restricted: bool, fixed: Projection, maxiter: int
) -> tuple[Floats, Bools, Bools]:
    equation = Likelihood(rows, restricted)
    root, found = np.zeros(len(rows.k)), np.ones(len(rows.k), dtype=bool)
    start, scale = _start(rows, fixed)
    # whether the likelihood rises at 0, where its weights are those of `fixed`
    up = np.flatnonzero(dot(fixed.q, fixed.q) > (fixed.trace if restricted else fixed.total))
    if len(up):
        high = np.full(len(up), np.inf)
        root[up], found[up] = crossings(
            equation.only(up), start[up], scale[up], np.zeros(len(up)), high, maxiter
        )
    whole = not np.count_nonzero(rows.k < rows.y.shape[1])
    squares = dot(fixed.r, fixed.r) if whole else dot3(fixed.r, fixed.r, present(rows))
    best, found_too, several = highest(equation, root, squares, maxiter)
    return best, found & found_too, several


def _by_general_q(rows: Rows, method: str, fixed: Projection, maxiter: int) -> tuple[Floats, Bools]:
    df = rows.k - rows.p
    target = median_chi2(df) if method == "PMM" else df
    equation = GeneralQ(rows, target)
    root, found = np.zeros(len(rows.k)), np.ones(len(rows.k), dtype=bool)
    start, scale = _start(rows, fixed)
    up = np.flatnonzero(fixed.rss > target)
    if len(up):
        high = np.full(len(up), np.inf)
        root[up], found[up] = crossings(
            equation.only(up), start[up], scale[up], np.zeros(len(up)), high, maxiter
        )
    return root, found


def standard_error(rows: Rows, method: str, tau2: Floats, weights: Floats | None) -> Floats:
    """(m,) the standard error of tau2; NaN where there is none (equal effects).

    For estimators that are quadratic in y, its exact variance under normality at the estimate; for ML and REML from the
    expected information.
    """
    df = rows.k - rows.p
    if method in EQUAL:
        return np.full(len(tau2), np.nan)
    if method in ("ML", "REML", *GENERAL_Q):
        w = _inverse(rows, tau2)
        total, gram = rows.sums(w)
        if method == "ML":
            return np.sqrt(2.0 / dot(w, w))
        if method == "REML":
            return np.sqrt(2.0 / rows.traces(w, w * w, rows.invert(gram))[1])
        return np.sqrt(2.0 * rows.k * rows.k / df) / total
    sigma = np.where(np.isfinite(rows.v), rows.v + tau2[:, None], 0.0)
    if method in ("DL", "HS", "HSk"):
        fixed = Projection(rows, 1.0 / rows.v)
        spread = np.sqrt(2.0 * rows.trace_twice(fixed.a, fixed.c, sigma))
        return spread / (
            fixed.trace if method == "DL" else fixed.total * (1.0 if method == "HS" else df / rows.k)
        )
    if method == "SJ":
        first = crude(rows)
        by = Projection(rows, _inverse(rows, first))
        return np.sqrt(2.0 * rows.trace_twice(by.a, by.c, sigma)) * first / df
    by = Projection(rows, present(rows) if method == "HE" or weights is None else weights)
    return np.sqrt(2.0 * rows.trace_twice(by.a, by.c, sigma)) / by.trace
