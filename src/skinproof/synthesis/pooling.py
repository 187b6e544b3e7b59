"""Pooling: one meta-analysis or many at once, by the same code.

Source: Viechtbauer 2010, doi:10.18637/jss.v036.i03 (names and conventions); Hartung and Knapp 2001,
doi:10.1002/sim.1009, and Sidik and Jonkman 2002, doi:10.1002/sim.1262 (knha); Roever, Knapp and Friede 2015,
doi:10.1186/s12874-015-0091-1 (adhoc).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.problem import UNEVEN, Problem, arrange, numbers
from skinproof.synthesis.regression import Design, unpack
from skinproof.synthesis.results import (
    COLLINEAR,
    NO_STUDIES,
    NOT_CONVERGED,
    OK,
    TOO_FEW,
    TOO_UNEVEN,
    Fits,
    PoolMany,
    Settings,
)
from skinproof.synthesis.sums import Floats, Ints, Rows, Scratch
from skinproof.synthesis.tau2 import Projection, estimate, present


def pool(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    method: str = "REML",
    test: str = "z",
    mods: npt.ArrayLike | Design | None = None,
    *,
    intercept: bool = True,
    names: Sequence[str] | None = None,
    weights: npt.ArrayLike | None = None,
    weighted: bool = True,
    tau2: float | None = None,
    level: float = 95,
    missing: str = "refuse",
    maxiter: int = 100,
) -> PoolResult:
    """The pooled effect of k studies, or their meta-regression.

    yi, vi: (k,) effects and their sampling variances. method, test: as in metafor, one of METHODS and TESTS. mods: (k,) or
    (k, q) moderators without the intercept, or a `Design`, with `names`. weights: (k,) for the coefficients instead
    of 1 / (vi + tau2), and GENQ's own; weighted=False weighs all studies alike. tau2: fixes the heterogeneity
    variance. level: of all intervals, 95 or 0.95. missing: "omit" leaves out studies with a NaN, "refuse" names them.

    Of one study the result is that study, tested by z. With as many coefficients as studies equal effects (or a fixed tau2)
    are fitted exactly and tested by z; other tests have no degrees of freedom and are refused (metafor: NA). Values are on metafor's scales (i2, r2 and weights in percent).
    metafor (3.8 and 5.1) drops moderators that cannot be told apart and allows variances of 0; both are refused here.
    Of a model without intercept it takes tau2 and qe from yi - mean(yi), which is another model; here it is from yi.

    Raises:
        UsageError: no such method, test or level.
        SynthesisError: the data cannot be pooled; the message names row and column.
    """
    effects, variances = np.atleast_1d(numbers(yi, "yi")), np.atleast_1d(numbers(vi, "vi"))
    if effects.ndim != 1 or effects.shape != variances.shape:
        raise SynthesisError(
            f"yi has {effects.size} values and vi {variances.size}; give a variance for each effect"
        )
    settings = Settings.of(
        method, test, weighted=weighted, level=level, maxiter=maxiter, fixed=tau2 is not None
    )
    moderators, names, intercept = unpack(mods, names, intercept)
    problem = arrange(
        effects[None], variances[None], mods=moderators, names=names, intercept=intercept, weights=weights,
        absent=False, omit=_omit(missing),
    )  # fmt: skip
    return PoolResult(_fit(problem, settings, tau2))


def pool_many(
    y: npt.ArrayLike,
    v: npt.ArrayLike,
    method: str = "REML",
    test: str = "z",
    mods: npt.ArrayLike | Design | None = None,
    *,
    intercept: bool = True,
    names: Sequence[str] | None = None,
    weights: npt.ArrayLike | None = None,
    weighted: bool = True,
    tau2: npt.ArrayLike | None = None,
    level: float = 95,
    missing: str = "refuse",
    maxiter: int = 100,
) -> PoolMany:
    """m meta-analyses at once, as `pool` would pool each.

    y: (m, k); v: (m, k) or (k,), the same for all; NaN in both where a row has fewer studies. mods: (k,), (k, q),
    or (m, k, q); weights: (m, k) or (k,); tau2: one or (m,). The result has the names of `pool`'s, as (m,) arrays. A row
    that cannot be pooled has NaN and says why in `status`; bad numbers are refused.

    Raises: as `pool`.
    """
    settings = Settings.of(
        method, test, weighted=weighted, level=level, maxiter=maxiter, fixed=tau2 is not None
    )
    moderators, names, intercept = unpack(mods, names, intercept)
    problem = arrange(
        y, v, mods=moderators, names=names, intercept=intercept, weights=weights, absent=True, omit=_omit(missing),
        words=("y", "v"),
    )  # fmt: skip
    return _fit(problem, settings, tau2)


def _omit(missing: str) -> bool:
    if missing not in ("refuse", "omit"):
        raise UsageError(f"missing={missing!r}: 'refuse' or 'omit'")
    return missing == "omit"


def _fit(problem: Problem, settings: Settings, tau2: npt.ArrayLike | None) -> PoolMany:
    """The fits of all rows, block by block."""
    if settings.method == "GENQ" and problem.weights is None and settings.weighted:
        raise UsageError("method GENQ needs weights; 1/sqrt(vi) are a usual choice")
    m = len(problem.y)
    fixed = None if tau2 is None else np.broadcast_to(numbers(tau2, "tau2"), (m,))
    if fixed is not None and not (np.isfinite(fixed).all() and (fixed >= 0).all()):
        raise UsageError("tau2 must be 0 or more and finite")
    fits = Fits(m, None if problem.x is None else problem.p)
    shared = Scratch()
    for start in range(0, m, problem.block):
        block = slice(start, min(start + problem.block, m))
        _fit_block(problem, problem.rows(block, shared), settings, fixed, block, fits)
    return PoolMany(problem, settings, fits)


def _fit_block(
    problem: Problem, rows: Rows, settings: Settings, tau2: Floats | None, block: slice, fits: Fits
) -> None:
    k, p = problem.k[block], problem.p
    few = k < p if problem.x is not None and settings.exact else k <= p
    enough, even = ~few, np.ones(len(k), dtype=bool)
    if problem.full_rank is not None:
        enough &= problem.full_rank[block]
        even = rows.most <= UNEVEN * rows.least
    if np.count_nonzero(enough & even) == len(k):
        _fit_rows(problem, rows, settings, tau2, block, fits)
        return
    places = np.arange(block.start, block.stop)
    fits.status[places[few]] = TOO_FEW
    fits.status[places[k == 0]] = NO_STUDIES
    if problem.x is None and (k == 1).any():
        _fit_lone(problem, places[k == 1], fits)
    fits.status[places[~few & ~enough]] = COLLINEAR
    fits.status[places[enough & ~even]] = TOO_UNEVEN
    if (enough & even).any():
        good = places[enough & even]
        _fit_rows(problem, problem.rows(good, rows.shared), settings, tau2, good, fits)


def _fit_lone(problem: Problem, places: Ints, fits: Fits) -> None:
    """Rows of one study: its effect and variance, and nothing about heterogeneity."""
    fits.beta[places] = problem.y[places].sum(axis=1)
    fits.vb[places] = problem.v[places].min(axis=1)
    fits.tau2[places] = fits.qe[places] = fits.vt[places] = 0.0
    fits.s2w[places] = 1.0
    fits.status[places] = OK


def _fit_rows(
    problem: Problem, rows: Rows, settings: Settings, tau2: Floats | None, index: Ints | slice, fits: Fits
) -> None:
    given = problem.weights_at(index, rows)
    if given is None and not settings.weighted:
        given = present(rows)
    fixed = Projection(rows, np.divide(1.0, rows.v, out=rows.scratch(6)))
    if tau2 is None:
        t, found, several = estimate(rows, settings.method, fixed, given, settings.maxiter)
    else:
        t, found = tau2[index], np.ones(len(rows.k), dtype=bool)
        several = ~found
    final = fixed
    if np.count_nonzero(t):
        w = np.add(rows.v, t[:, None], out=rows.scratch(7))
        final = Projection(rows, np.divide(1.0, w, out=w))
    beta, vb = _coefficients(rows, t, final, given)
    df = rows.k - rows.p
    s2w = np.ones(len(df))
    if settings.test in ("knha", "adhoc"):
        # of the best-weighted fit, also where the coefficients are weighted otherwise
        s2w = np.maximum(final.rss / df, 1.0 if settings.test == "adhoc" else 0.0)
        vb = vb * s2w.reshape(-1, *(1,) * (vb.ndim - 1))
    beta = rows.shifted(beta)
    if problem.back is not None:
        back = problem.back[None] if problem.back.ndim == 2 else problem.back[index]
        beta = np.einsum("mij,mj->mi", back, beta)
        vb = np.einsum("mil,mnl->min", np.einsum("mij,mjl->mil", back, vb), back)
    # as many coefficients as studies fit them exactly: what is left is rounding
    fits.qe[index] = np.where(df > 0, fixed.rss, 0.0)
    fits.vt[index] = np.divide(df, fixed.trace, out=np.zeros(len(df)), where=df > 0)
    fits.several[index] = several
    fits.tau2[index], fits.s2w[index], fits.beta[index], fits.vb[index] = t, s2w, beta, vb
    if np.count_nonzero(found) < len(t):
        lost = np.arange(len(fits.status))[index][~found]
        fits.status[lost] = NOT_CONVERGED
        fits.tau2[lost] = fits.s2w[lost] = fits.beta[lost] = fits.vb[lost] = np.nan


def _coefficients(rows: Rows, t: Floats, final: Projection, given: Floats | None) -> tuple[Floats, Floats]:
    """The coefficients and their variance."""
    if given is None:
        return final.beta, final.c
    by = Projection(rows, given)
    sigma = np.where(np.isfinite(rows.v), rows.v + t[:, None], 0.0)
    return by.beta, rows.sandwich(by.c, given * given * sigma)
