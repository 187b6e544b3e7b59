"""Trim and fill: how many studies a symmetric funnel lacks, and the result with their mirror images in place.

A sensitivity analysis, not a correction: the filled studies are not data, and where studies differ truly the method may
fill what was never missing.

Source: Duval and Tweedie 2000, doi:10.2307/2669529 (L0, R0, Q0 and their variances) and
doi:10.1111/j.0006-341X.2000.00455.x (the iteration); Peters et al. 2007, doi:10.1002/sim.2889 (how it misleads).
"""

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.refit import Studies, refit, studies
from skinproof.synthesis.results import OK
from skinproof.synthesis.sums import Floats

ESTIMATORS = ("L0", "R0", "Q0")
SIDES = ("left", "right")

_ROUNDS = 100
"""Refits after which the number of trimmed studies must stand still. Of all reference cases none took ten."""


class TrimFill(msgspec.Struct, frozen=True, kw_only=True):
    """k0: studies that are lacking on `side`; se_k0: its standard error (NaN where the formula gives none).

    p_k0: for R0 the p-value that none is lacking, else NaN. yi, vi: (k + k0,) the studies with the filled ones at the end;
    fill: which are filled. fit: the model of all of them.
    """

    estimator: str
    side: str
    k0: int
    se_k0: float
    p_k0: float
    yi: Floats
    vi: Floats
    fill: npt.NDArray[np.bool_]
    fit: PoolResult


def trimfill(fit: PoolResult, *, estimator: str = "L0", side: str | None = None) -> TrimFill:
    """The funnel trimmed and filled.

    side: where studies are lacking; without it the side away from which small studies pull (the slope of Egger's
    regression with the fit's own method). Refits keep method, test and tolerance of the fit: metafor 3.8 iterated
    these to its default tolerance only, 5.1 does as here.

    Raises:
        UsageError: no such estimator or side.
        SynthesisError: moderators or given weights, too few studies, or an estimator that has no value here (Q0 where the
            ranks lie too far to one side).
    """
    if estimator not in ESTIMATORS:
        raise UsageError(f"no estimator {estimator!r}; there are {', '.join(ESTIMATORS)}")
    if side not in (*SIDES, None):
        raise UsageError(f"no side {side!r}; there are {', '.join(SIDES)}")
    given = studies(fit)
    if given.x is not None or given.weights is not None:
        raise SynthesisError("trim and fill is for the mean alone, without moderators or given weights")
    if given.k < 2 or (side is None and given.k < 3):
        raise SynthesisError(f"{given.k} studies are too few to trim; three are needed, or two and a side")
    side = side or _lacking_side(fit, given)
    flip = -1.0 if side == "right" else 1.0
    order = np.argsort(flip * given.y, kind="stable")
    y, v = flip * given.y[order], given.v[order]
    k0, se, beta = _iterate(fit, y, v, estimator)
    mirrored = flip * (2 * beta - y[given.k - k0 :])
    yi, vi = np.concatenate([given.y, mirrored]), np.concatenate([given.v, v[given.k - k0 :]])
    fill = np.arange(given.k + k0) >= given.k
    return TrimFill(
        estimator=estimator, side=side, k0=k0, se_k0=se, p_k0=0.5 ** (k0 + 1) if estimator == "R0" else np.nan,
        yi=yi, vi=vi, fill=fill, fit=PoolResult(refit(fit, yi[None], vi[None])),
    )  # fmt: skip


def _lacking_side(fit: PoolResult, given: Studies) -> str:
    """Left where small studies find larger effects."""
    try:
        slope = PoolResult(refit(fit, given.y[None], given.v[None], np.sqrt(given.v)[:, None])).many
    except SynthesisError as error:
        raise SynthesisError(
            f"the funnel has no slope to tell the side by ({error}); name the side to fill"
        ) from error
    return "right" if slope.beta[0, -1] < 0 else "left"


def _iterate(fit: PoolResult, y: Floats, v: Floats, estimator: str) -> tuple[int, float, float]:
    """The number of studies to trim from the upper end of y (ascending), its standard error, and the mean then."""
    k, k0, seen = len(y), 0, set[int]()
    for _ in range(_ROUNDS):
        kept = refit(fit, y[None, : k - k0], v[None, : k - k0])
        if kept.status[0] != OK:
            raise SynthesisError(
                f"{estimator}: the mean of the {k - k0} studies that are left cannot be found"
            )
        beta = float(kept.beta[0])
        estimate, se = lacking(y - beta, estimator)
        new = max(0, round(estimate))
        if new >= k:
            raise SynthesisError(f"{estimator} trims all studies; take another estimator")
        if new == k0:
            return k0, se, beta
        if new in seen:
            raise SynthesisError(
                f"{estimator} goes back and forth between {k0} and {new} studies; take another estimator"
            )
        seen.add(k0)
        k0 = new
    raise SynthesisError(f"{estimator} did not settle in {_ROUNDS} rounds; take another estimator")


def lacking(centred: Floats, estimator: str) -> tuple[float, float]:
    """How many studies are lacking on the lower side, and the standard error.

    centred: (k,) effects minus the centre of the funnel; of equal distances the first has the smaller rank.
    Raises: SynthesisError: Q0 has no value.
    """
    k = len(centred)
    rank = np.empty(k)
    rank[np.argsort(np.abs(centred), kind="stable")] = np.arange(1, k + 1)
    if estimator == "R0":
        lower = rank[centred < 0]
        gamma = k - float(lower.max(initial=0.0))
        k0 = gamma - 1
        return k0, float(np.sqrt(2 * max(0.0, k0) + 2))
    t = float(rank[centred > 0].sum())
    if estimator == "L0":
        k0 = (4 * t - k * (k + 1)) / (2 * k - 1)
        return k0, float(4 * np.sqrt(max(_variance(k, k0), 0.0)) / (2 * k - 1))
    inner = 2 * k * k - 4 * t + 0.25
    if inner < 0:
        raise SynthesisError("Q0 has no value: the ranks lie too far to one side; take L0 or R0")
    k0 = k - 0.5 - np.sqrt(inner)
    left = (k - 0.5) ** 2 - k0 * (2 * k - k0 - 1)
    return float(k0), float(2 * np.sqrt(max(_variance(k, k0), 0.0)) / np.sqrt(left)) if left > 0 else np.nan


def _variance(k: int, k0: float) -> float:
    """The variance of the sum of ranks of k studies of which k0 were suppressed (Duval and Tweedie 2000, section 3)."""
    return float(
        (
            k * (k + 1) * (2 * k + 1)
            + 10 * k0**3
            + 27 * k0**2
            + 17 * k0
            - 18 * k * k0**2
            - 18 * k * k0
            + 6 * k**2 * k0
        )
        / 24
    )
