"""What each study does to a pooled result: the fit without it, and the diagnostics made of that.

Source: Viechtbauer and Cheung 2010, doi:10.1002/jrsm.11 (all diagnostics and the cut-offs of `influential`); Baujat et al.
2002, doi:10.1002/sim.1221; Olkin, Dahabreh and Trikalinos 2012, doi:10.1002/jrsm.1053 (GOSH).
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt
from scipy import special

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.leave_out import METHODS, without_each
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.refit import Refits, Studies, refits, studies, subsets
from skinproof.synthesis.sums import Floats, Ints

_MANY = 50
"""Studies from which on `leave_one_out` works on sums; with fewer, leaving one out moves tau2 too far for that."""

_ALL = 20
"""Largest number of studies whose 2^k subsets `gosh` will list: a million."""


_NO_SPREAD = (
    "The studies agree exactly, and the Knapp-Hartung factor of 0 leaves no variance to measure influence in: Cook's distance,"
    " COVRATIO and DFBETAS are unknown; test z or adhoc has them."
)


class Influence(msgspec.Struct, frozen=True, kw_only=True):
    """Diagnostics of k studies, each (k,) unless said otherwise; metafor's names.

    place: row of each study in what was given, from 0. rstudent: residual from the model without the study, by its own
    standard error. dffits: change of the study's fitted value; cook_d: of all coefficients; cov_r: ratio of generalised
    variances without and with the study; tau2_del, qe_del: without the study; hat; weight: percent; dfbs: (k, p)
    change of each coefficient in its standard errors; is_infl: whether any cut-off of the source is passed. notes: what could
    not be had.
    """

    place: Ints
    rstudent: Floats
    dffits: Floats
    cook_d: Floats
    cov_r: Floats
    tau2_del: Floats
    qe_del: Floats
    hat: Floats
    weight: Floats
    dfbs: Floats
    is_infl: npt.NDArray[np.bool_]
    notes: tuple[str, ...] = ()


class Residuals(msgspec.Struct, frozen=True, kw_only=True):
    """(k,) residuals, their standard errors and their ratios."""

    resid: Floats
    se: Floats
    z: Floats


class Baujat(msgspec.Struct, frozen=True, kw_only=True):
    """(k,) x: the study's share of Q (squared Pearson residual); y: its influence on the pooled effect."""

    x: Floats
    y: Floats


class Gosh(msgspec.Struct, frozen=True, kw_only=True):
    """(n,) fits of subsets. members: (n, k) which studies are in; complete: whether all subsets are there."""

    members: npt.NDArray[np.bool_]
    fits: Refits
    complete: bool


def leave_one_out(fit: PoolResult) -> Refits:
    """The k fits that leave out one study each, in the order of the studies.

    With two studies each fit is the other study (metafor's convention).
    Raises: SynthesisError: one study only.
    """
    k, given = fit.k, studies(fit)
    if k < 2:
        raise SynthesisError(f"{k} study: none can be left out; two are needed")
    steps, every = np.arange(k - 1), np.arange(k)
    single = not bool(fit.many.several[0])  # a likelihood with several maxima is searched anew each time
    if (
        k < _MANY
        or not single
        or fit.method not in METHODS
        or given.x is not None
        or given.weights is not None
    ):
        return _leaving(fit, every, steps)
    quick, good = without_each(fit, given)
    fits = refits([quick])
    left = every[~good]
    if not len(left):
        return fits
    slow = _leaving(fit, left, steps)
    merged = {name: getattr(fits, name).copy() for name in Refits.__struct_fields__}
    for name, values in merged.items():
        values[left] = getattr(slow, name)
    return Refits(**merged)


def _leaving(fit: PoolResult, studies_out: Ints, steps: Ints) -> Refits:
    """The fits without each of these studies, in full."""
    return subsets(
        fit,
        len(studies_out),
        len(steps),
        lambda places: (steps + (steps >= studies_out[places][:, None]), None),
    )


def cumulative(fit: PoolResult, order: Sequence[float] | npt.ArrayLike | None = None) -> Refits:
    """The k fits of the first 1, 2, ..., k studies.

    order: (k,) what to sort by, such as the year (ties stay in the order given); none: the order given.
    Raises: SynthesisError: order has another length, or something that is not a number.
    """
    k = fit.k
    sequence = np.arange(k) if order is None else sorted_by(order, k)

    def members(places: Ints) -> tuple[Ints, Floats]:
        gone = np.where(np.arange(k) > places[:, None], np.nan, 0.0)
        return np.broadcast_to(sequence, gone.shape), gone

    return subsets(fit, k, k, members)


def sorted_by(order: Sequence[float] | npt.ArrayLike, k: int) -> Ints:
    """(k,) places in ascending order; ties as given. Raises: SynthesisError: not k numbers."""
    try:
        values = np.asarray(order, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SynthesisError(
            "order: not all values are numbers; give a year or a rank for each study"
        ) from error
    if values.shape != (k,) or np.isnan(values).any():
        raise SynthesisError(
            f"order has shape {values.shape} or gaps; give one number for each of the {k} studies"
        )
    return np.argsort(values, kind="stable")


def influence(fit: PoolResult) -> Influence:
    """All diagnostics of all studies.

    Where Knapp and Hartung's factor is 0 (studies that agree exactly), nothing can be told in units of the variance that it
    scales: cook_d, cov_r and dfbs are NaN, and a note says so.
    Raises: SynthesisError: one study only.
    """
    given, without = studies(fit), leave_one_out(fit)
    x, beta, vb = given.design, _coefficients(fit), _variance(fit)
    p = x.shape[1]
    hat, weight = hat_values(fit), fit.weights[given.place]
    beta_del = without.beta.reshape(-1, p)
    vb_del = without.vb.reshape(-1, p, p)
    change = beta - beta_del
    own = given.v + without.tau2
    outside = given.y - np.einsum("kp,kp->k", x, beta_del)
    rstudent = outside / np.sqrt(own + np.einsum("ki,kij,kj->k", x, vb_del, x))
    dffits = np.einsum("kp,kp->k", x, change) / np.sqrt(hat * own)
    spread = _spread(fit, given, x @ beta, vb)
    scaled = np.linalg.solve(vb, change.T).T if spread else np.full(change.shape, np.nan)
    cook_d = np.einsum("kp,kp->k", change, scaled)
    dfbs = (
        change / np.sqrt(_variances_with(given, without, vb_del)) if spread else np.full(change.shape, np.nan)
    )
    found = without.status == 0
    with np.errstate(invalid="ignore"):  # studies without a fit are NaN, and no comparison with NaN holds
        is_infl = found & (
            (np.abs(dffits) > 3 * np.sqrt(p / max(given.k - p, 1)))
            | (special.chdtr(p, cook_d) > 0.5)
            | (hat > 3 * p / given.k)
            | (np.abs(dfbs) > 1).any(axis=1)
        )
    return Influence(
        place=given.place, rstudent=rstudent, dffits=dffits, cook_d=cook_d,
        cov_r=_determinants(vb_del) / (np.linalg.det(vb) if spread else np.nan), tau2_del=without.tau2, qe_del=without.qe,
        hat=hat, weight=weight, dfbs=dfbs, is_infl=is_infl, notes=() if spread else (_NO_SPREAD,),
    )  # fmt: skip


def _spread(fit: PoolResult, given: Studies, fitted: Floats, vb: Floats) -> bool:
    """Whether there is a variance to measure in: none where Knapp and Hartung's factor is 0 but for rounding."""
    if fit.test == "knha" and np.abs(given.y - fitted).max() <= 1e-13 * np.abs(given.y).max():
        return False
    return bool((np.diagonal(vb) > 0).all())


def _determinants(matrices: Floats) -> Floats:
    """(m,) determinants; NaN where a matrix is."""
    good = np.isfinite(matrices).all(axis=(1, 2))
    values = np.full(len(matrices), np.nan)
    values[good] = np.linalg.det(matrices[good])
    return values


def _variances_with(given: Studies, without: Refits, vb_del: Floats) -> Floats:
    """(k, p) variances of the coefficients of all studies at the tau2 found without each study.

    The inverse of X'WX - w x x' is known from the fit without the study; one step of rank one (Sherman and Morrison
    1950, doi:10.1214/aoms/1177729893) puts the study back, so nothing is of size (k, k).
    """
    x = given.design
    if given.weights is not None:
        a = given.weights
        c = np.linalg.inv((x * a[:, None]).T @ x)
        fixed, per_tau2 = (c @ ((x * b[:, None]).T @ x) @ c for b in (a * a * given.v, a * a))
        plain: Floats = np.diagonal(fixed) + without.tau2[:, None] * np.diagonal(per_tau2)
        scaled: Floats = plain * without.s2w[:, None]
        return scaled
    # a factor of 0 (a perfect fit without the study) leaves no trace of the variance it scaled
    factor = np.where(without.s2w > 0, without.s2w, np.nan)
    c = vb_del / factor[:, None, None]
    cx = np.einsum("kij,kj->ki", c, x)
    w = 1.0 / (given.v + without.tau2)
    with_study = (
        np.diagonal(c, axis1=1, axis2=2) - cx * cx * (w / (1 + w * np.einsum("ki,ki->k", x, cx)))[:, None]
    )
    variances: Floats = with_study * factor[:, None]
    return variances


def hat_values(fit: PoolResult) -> Floats:
    """(k,) how much of its own fitted value each study makes."""
    given = studies(fit)
    x, a = given.design, _weights(fit, given)
    c = np.linalg.inv((x * a[:, None]).T @ x)
    hat: Floats = a * np.einsum("ki,ij,kj->k", x, c, x)
    return hat


def _weights(fit: PoolResult, given: Studies) -> Floats:
    return 1.0 / (given.v + fit.tau2) if given.weights is None else given.weights


def _coefficients(fit: PoolResult) -> Floats:
    return np.atleast_1d(np.asarray(fit.beta, dtype=np.float64))


def _variance(fit: PoolResult) -> Floats:
    return np.atleast_2d(np.asarray(fit.vb, dtype=np.float64))


def rstandard(fit: PoolResult) -> Residuals:
    """Residuals from the model with all studies, by their standard errors (internally standardised)."""
    given = studies(fit)
    x, m, hat = given.design, given.v + fit.tau2, hat_values(fit)
    resid = given.y - x @ _coefficients(fit)
    a = _weights(fit, given)
    c = np.linalg.inv((x * a[:, None]).T @ x)
    spread = c @ ((x * (a * a * m)[:, None]).T @ x) @ c
    variance = m * (1 - 2 * hat) + np.einsum("ki,ij,kj->k", x, spread, x)
    # rounding only: the variance of a residual is 0 where the model goes through its study
    variance = np.where(variance > 1e-12 * m, variance, np.nan)
    se = np.sqrt(variance)
    return Residuals(resid=resid, se=se, z=resid / se)


def rstudent(fit: PoolResult) -> Residuals:
    """Residuals from the model without the study, by their standard errors (externally standardised)."""
    given, without = studies(fit), leave_one_out(fit)
    x, p = given.design, given.design.shape[1]
    resid = given.y - np.einsum("kp,kp->k", x, without.beta.reshape(-1, p))
    around = np.einsum("ki,kij,kj->k", x, without.vb.reshape(-1, p, p), x)
    se = np.sqrt(given.v + without.tau2 + around)
    return Residuals(resid=resid, se=se, z=resid / se)


def baujat(fit: PoolResult) -> Baujat:
    """Which studies make the heterogeneity (x) and which the result (y).

    y is the squared change of the study's fitted value without it, in variances of that fitted value.
    """
    given, without = studies(fit), leave_one_out(fit)
    x, p = given.design, given.design.shape[1]
    resid = given.y - x @ _coefficients(fit)
    change = np.einsum("kp,kp->k", x, _coefficients(fit) - without.beta.reshape(-1, p))
    around = np.einsum("ki,kij,kj->k", x, without.vb.reshape(-1, p, p), x)
    around = np.where(around > 0, around, np.nan)  # 0 where the studies that are left agree exactly
    return Baujat(x=resid**2 / (given.v + fit.tau2), y=change**2 / around)


def gosh(fit: PoolResult, *, most: int = 100_000, seed: int = 0) -> Gosh:
    """The fits of subsets of studies: all 2^k - 1 if there are at most `most`, else `most` drawn with this seed.

    A subset that is drawn has each study with probability one half, and as many as the model needs; the same subset may be
    drawn twice where k is small. Without moderators of one study too (its effect), as in the source.

    Raises: UsageError: most is below 1.
    """
    if most < 1:
        raise UsageError(f"most={most}: at least one subset")
    k, p = fit.k, fit.p
    complete = k <= _ALL and 2**k - 1 <= most
    if complete:
        members = (np.arange(1, 2**k)[:, None] >> np.arange(k)) & 1 == 1
    else:
        members = _drawn(k, p, most, seed)
    everyone = np.arange(k)

    def chosen(places: Ints) -> tuple[Ints, Floats]:
        return np.broadcast_to(everyone, (len(places), k)), np.where(members[places], 0.0, np.nan)

    return Gosh(members=members, fits=subsets(fit, len(members), k, chosen), complete=complete)


def _drawn(k: int, p: int, most: int, seed: int) -> npt.NDArray[np.bool_]:
    random = np.random.default_rng(seed)
    members = random.random((most, k)) < 0.5
    least = 1 if p == 1 else min(p + 1, k)
    while len(few := np.flatnonzero(members.sum(axis=1) < least)):
        members[few] = random.random((len(few), k)) < 0.5
    return members
