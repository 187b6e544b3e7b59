"""Tests for funnel plot asymmetry, and estimates extrapolated to a study without error.

Asymmetry has other causes than publication bias (heterogeneity, chance, and for odds and risk ratios the correlation of
an effect with its own standard error), and with fewer than ten studies these tests find little: `cautions` says so.

Source: Egger et al. 1997, doi:10.1136/bmj.315.7109.629; Sterne and Egger 2005, in Rothstein, Sutton and Borenstein,
Publication Bias in Meta-Analysis, ch. 6 (predictors); Begg and Mazumdar 1994, doi:10.2307/2533446; Stanley and
Doucouliagos 2014, doi:10.1002/jrsm.1095 (PET-PEESE); Sterne et al. 2011, doi:10.1136/bmj.d4002 (when to test).
"""

from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
from scipy import special

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.confidence import critical, two_sided
from skinproof.synthesis.kendall import Kendall, kendall
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.pooling import pool
from skinproof.synthesis.problem import numbers
from skinproof.synthesis.refit import Studies, studies
from skinproof.synthesis.sums import Floats

Predictor = Literal["sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv"]
PREDICTORS = ("sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv")
"""Standard error, variance, sample size, its inverse, its root, and the inverse of its root."""

_VANISHING = ("sei", "vi", "ninv", "sqrtninv")
"""Predictors that are 0 for an infinitely large study, so that the intercept is the effect there."""

_FEW = 10
"""Fewest studies for which Sterne et al. 2011 advise a test at all."""


class Regtest(msgspec.Struct, frozen=True, kw_only=True):
    """A regression test. model: rma or lm; stat, pval, dfs (inf for z): of the predictor's coefficient.

    est, ci_lb, ci_ub: the effect of an infinitely large study; NaN where the predictor does not vanish there, or the model
    has moderators. slope, se: of the predictor.
    """

    model: str
    predictor: str
    stat: float
    pval: float
    dfs: float
    est: float
    ci_lb: float
    ci_ub: float
    slope: float
    se: float
    k: int
    cautions: tuple[str, ...]


class PetPeese(msgspec.Struct, frozen=True, kw_only=True):
    """The effect corrected for small-study effects: that of PET, or of PEESE where PET finds an effect at all.

    chosen: "PET" or "PEESE"; pet, peese: both tests, whose `est` are the estimates; pet_p: one-sided, of PET's estimate.
    """

    chosen: str
    est: float
    ci_lb: float
    ci_ub: float
    pet_p: float
    pet: Regtest
    peese: Regtest


def regtest(
    fit: PoolResult, *, model: str = "rma", predictor: str = "sei", ni: npt.ArrayLike | None = None
) -> Regtest:
    """Whether small studies find other effects than large ones.

    model: "rma" (a meta-regression with the method and test of the fit) or "lm" (weighted least squares with a
    multiplicative dispersion, as Egger's test was published). predictor: one of PREDICTORS; ni: (k,) sample sizes, needed
    by four of them, a value for every row that the fit was given. Moderators of the fit stay in the model.

    Raises:
        UsageError: no such model or predictor, or sample sizes are missing.
        SynthesisError: too few studies, or all have the same value of the predictor.
    """
    if model not in ("rma", "lm"):
        raise UsageError(f"no model {model!r}; there are 'rma' and 'lm'")
    given = studies(fit)
    values = predictor_values(given, predictor, ni)
    x = np.column_stack([given.design, values])
    k, p = x.shape
    if k < p + 1:
        raise SynthesisError(
            f"{k} studies and {p} coefficients; a regression test needs {p + 1} studies or more"
        )
    if np.linalg.matrix_rank(x / np.abs(x).max(axis=0), tol=1e-10) < p:
        raise SynthesisError(
            f"all studies have the same {predictor}, or it is a combination of the moderators; take another predictor"
        )
    beta, se, dfs = _by_pool(fit, given, x) if model == "rma" else _by_least_squares(given, x)
    stat = float(beta[-1] / se[-1])
    simple = p == 2 and predictor in _VANISHING and bool((given.design == 1).all())
    half = float(critical(np.array([dfs]), fit.level)[0] * se[0]) if simple else np.nan
    est = float(beta[0]) if simple else np.nan
    return Regtest(
        model=model, predictor=predictor, stat=stat, pval=float(two_sided(np.array([stat]), np.array([dfs]))[0]),
        dfs=dfs, est=est, ci_lb=est - half, ci_ub=est + half, slope=float(beta[-1]), se=float(se[-1]), k=k,
        cautions=cautions(fit),
    )  # fmt: skip


def predictor_values(given: Studies, predictor: str, ni: npt.ArrayLike | None) -> Floats:
    """(k,) the predictor of each study. Raises: as `regtest`."""
    if predictor not in PREDICTORS:
        raise UsageError(f"no predictor {predictor!r}; there are {', '.join(PREDICTORS)}")
    if predictor in ("sei", "vi"):
        return np.sqrt(given.v) if predictor == "sei" else given.v
    if ni is None:
        raise UsageError(f"predictor {predictor} needs sample sizes; give ni, or take sei")
    sizes = numbers(ni, "ni")
    if sizes.ndim != 1 or len(sizes) <= given.place.max():
        raise SynthesisError(f"ni has shape {sizes.shape}; give one sample size for each study")
    sizes = sizes[given.place]
    if bad := [int(row) + 1 for row in given.place[~(np.isfinite(sizes) & (sizes > 0))]]:
        raise SynthesisError(f"row {bad[0]}, column ni: a sample size must be above 0")
    root = sizes if predictor in ("ni", "ninv") else np.sqrt(sizes)
    return root if predictor in ("ni", "sqrtni") else 1.0 / root


def _by_pool(fit: PoolResult, given: Studies, x: Floats) -> tuple[Floats, Floats, float]:
    settings = fit.many.settings
    found = pool(
        given.y, given.v, settings.method, settings.test, x, intercept=False, weights=given.weights,
        tau2=fit.tau2 if settings.fixed else None, level=settings.level, maxiter=max(settings.maxiter, 200),
    )  # fmt: skip
    return np.asarray(found.beta), np.asarray(found.se), found.dfs


def _by_least_squares(given: Studies, x: Floats) -> tuple[Floats, Floats, float]:
    """Coefficients and standard errors with weights 1 / vi, scaled by the residual mean square."""
    root = 1.0 / np.sqrt(given.v)
    q, r = np.linalg.qr(x * root[:, None])
    beta = np.linalg.solve(r, q.T @ (given.y * root))
    resid = (given.y - x @ beta) * root
    df = x.shape[0] - x.shape[1]
    inverse = np.linalg.inv(r)
    se = np.sqrt(resid @ resid / df * np.square(inverse).sum(axis=1))
    if resid @ resid <= 1e-24 * ((given.y * root) @ (given.y * root)):
        raise SynthesisError("the studies lie on one line; there is no residual variance to test against")
    return beta, se, float(df)


def cautions(fit: PoolResult) -> tuple[str, ...]:
    """What stands against reading such a test as one of publication bias."""
    said = []
    if fit.k < _FEW:
        said.append(
            f"{fit.k} studies: with fewer than ten, tests of funnel asymmetry cannot tell chance from bias."
        )
    sizes = studies(fit).v
    if sizes.max() < 2 * sizes.min():
        said.append("The studies are of similar precision, so a funnel has no shape to judge.")
    if fit.k > fit.p and fit.i2 > 75:
        said.append("The studies differ much among themselves, which makes a funnel asymmetric as well.")
    return tuple(said)


def ranktest(fit: PoolResult) -> Kendall:
    """Begg and Mazumdar's test: the rank correlation of standardised effects with their variances.

    Effects are taken from the equal-effects mean and divided by their standard errors about it. Exact without ties, else
    normal with variance corrected for ties (as R's cor.test; metafor warns there).

    Raises: SynthesisError: fewer than two studies, or moderators.
    """
    if fit.many.problem.x is not None:
        raise SynthesisError("the rank test has no moderators; take regtest")
    given = studies(fit)
    if given.k < 2:
        raise SynthesisError(f"{given.k} study: a rank correlation needs two")
    mean = pool(given.y, given.v, "EE")
    spread = np.sqrt(given.v - float(mean.vb))
    return kendall((given.y - float(mean.beta)) / spread, given.v)


def pet_peese(fit: PoolResult, *, model: str = "lm", alpha: float = 0.05) -> PetPeese:
    """The effect of a study without error, by PET (on sei) and PEESE (on vi).

    PEESE is taken where PET's estimate differs from 0 in a one-sided test at `alpha`, in the direction of the pooled
    effect (the source's rule; it is known to fail where heterogeneity is large or studies are few).

    Raises: UsageError: alpha is none. SynthesisError: as `regtest`, or moderators.
    """
    if not 0 < alpha < 1:
        raise UsageError(f"alpha={alpha:g}: between 0 and 1")
    if fit.many.problem.x is not None:
        raise SynthesisError("PET-PEESE has no moderators; fit the mean alone")
    pet, peese = (regtest(fit, model=model, predictor=name) for name in ("sei", "vi"))
    half = float(critical(np.array([pet.dfs]), fit.level)[0])
    signed = pet.est * np.sign(float(fit.beta)) / ((pet.ci_ub - pet.ci_lb) / (2 * half))
    pet_p = float(special.ndtr(-signed) if np.isinf(pet.dfs) else special.stdtr(pet.dfs, -signed))
    chosen = peese if pet_p < alpha else pet
    return PetPeese(
        chosen="PEESE" if chosen is peese else "PET", est=chosen.est, ci_lb=chosen.ci_lb, ci_ub=chosen.ci_ub,
        pet_p=pet_p, pet=pet, peese=peese,
    )  # fmt: skip
