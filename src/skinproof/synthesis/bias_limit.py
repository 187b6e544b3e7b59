"""Limit meta-analysis: the effect of an infinitely large study when effects depend on their standard errors.

The model is theta_i = beta + sqrt(v_i + tau2) (e_i + alpha) with standard normal e_i; alpha is what small studies add, and
beta + tau alpha the effect of a study without sampling error.

Source: Ruecker et al. 2011, doi:10.1093/biostatistics/kxq046 (the model and the limit); the standard error of the
limit is here that of the linear combination in the regression below, with unit residual variance as in the model.
"""

import msgspec
import numpy as np
from scipy import special

from skinproof.errors import SynthesisError
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.refit import studies
from skinproof.synthesis.sums import Floats


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """est, se, ci_lb, ci_ub: the effect of an infinitely large study; alpha, alpha_p: the small-study effect and its
    p-value (z); shrunken: (k,) the studies' effects if each were infinitely large."""

    est: float
    se: float
    ci_lb: float
    ci_ub: float
    alpha: float
    alpha_p: float
    tau2: float
    shrunken: Floats


def limit_meta(fit: PoolResult) -> Limit:
    """The limit of a random-effects fit, with its tau2.

    Regresses theta_i / s_i on 1 / s_i, with s_i^2 = vi + tau2: the intercept is alpha and the slope beta.
    Raises: SynthesisError: moderators or given weights; fewer than three studies; all equally precise.
    """
    given = studies(fit)
    if given.x is not None or given.weights is not None:
        raise SynthesisError(
            "a limit meta-analysis is one of the mean alone, without moderators or given weights"
        )
    if given.k < 3:
        raise SynthesisError(f"{given.k} studies: a limit meta-analysis needs three")
    s = np.sqrt(given.v + fit.tau2)
    tau = float(np.sqrt(fit.tau2))
    z = np.column_stack([np.ones(given.k), 1 / s])
    gram = z.T @ z
    if np.linalg.cond(gram / np.sqrt(np.outer(np.diag(gram), np.diag(gram)))) > 1e13:
        raise SynthesisError("all studies are equally precise; there is no large study to go to")
    covariance = np.linalg.inv(gram)
    alpha, beta = (float(value) for value in covariance @ (z.T @ (given.y / s)))
    combination = np.array([tau, 1.0])
    est, se = beta + tau * alpha, float(np.sqrt(combination @ covariance @ combination))
    half = float(special.ndtri(0.5 + fit.level / 2)) * se
    shrunken = beta + tau / s * (given.y - beta)
    return Limit(
        est=est, se=se, ci_lb=est - half, ci_ub=est + half, alpha=alpha,
        alpha_p=float(2 * special.ndtr(-abs(alpha) / np.sqrt(covariance[0, 0]))), tau2=fit.tau2, shrunken=shrunken,
    )  # fmt: skip
