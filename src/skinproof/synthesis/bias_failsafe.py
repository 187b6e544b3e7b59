"""How many studies without effect would have to lie in drawers, and whether there are more significant ones than chance gives.

A large fail-safe N does not show that a result is sound: it asks about significance or size, not about bias
(Becker 2005, in Rothstein, Sutton and Borenstein, Publication Bias in Meta-Analysis, ch. 7).

Source: Rosenthal 1979, doi:10.1037/0033-2909.86.3.638; Orwin 1983, doi:10.3102/10769986008002157; Rosenberg 2005,
doi:10.1111/j.0014-3820.2005.tb01004.x; Ioannidis and Trikalinos 2007, doi:10.1177/1740774507079441 (excess).
"""

import msgspec
import numpy as np
import numpy.typing as npt
from scipy import special

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.problem import arrange, numbers
from skinproof.synthesis.sums import Floats

TYPES = ("Rosenthal", "Orwin", "Rosenberg")


class FailSafe(msgspec.Struct, frozen=True, kw_only=True):
    """fsnum: how many. pval: of the studies as they are (NaN for Orwin); meanes, target: the mean effect and what it is to
    fall to (NaN where not used)."""

    type: str
    fsnum: int
    pval: float
    meanes: float
    target: float
    alpha: float


class Excess(msgspec.Struct, frozen=True, kw_only=True):
    """observed and expected significant studies, their ratio; pval: one-sided, exact; x2, x2_pval: chi-square with 1 df
    (NaN where it is not defined). power: (k,) of each study at `theta`."""

    observed: int
    expected: float
    ratio: float
    pval: float
    x2: float
    x2_pval: float
    theta: float
    power: Floats


def fsn(
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
    type: str = "Rosenthal",
    *,
    alpha: float = 0.05,
    target: float | None = None,
    weighted: bool = True,
) -> FailSafe:
    """The fail-safe N.

    Rosenthal: studies with z = 0 that raise Stouffer's one-sided p above alpha. Orwin: studies without effect that lower
    the mean effect to `target` (without it, half the mean effect; a sign that differs from the mean's is turned).
    The mean is weighted by 1 / vi as in metafor since 4.4; weighted=False gives Orwin's own, unweighted one. Rosenberg:
    studies of average weight without effect that raise the two-sided p of the weighted mean above alpha.

    Raises: UsageError: no such type, alpha or target. SynthesisError: a value cannot be used.
    """
    if type not in TYPES:
        raise UsageError(f"no type {type!r}; there are {', '.join(TYPES)}")
    if not 0 < alpha < 0.5:
        raise UsageError(f"alpha={alpha:g}: between 0 and 0.5")
    y, v = _checked(yi, vi)
    if type == "Rosenthal":
        return _rosenthal(y, v, alpha)
    if type == "Orwin":
        return _orwin(y, v if weighted else np.ones(len(v)), alpha, target)
    return _rosenberg(y, v, alpha)


def _checked(yi: npt.ArrayLike, vi: npt.ArrayLike) -> tuple[Floats, Floats]:
    problem = arrange(
        np.atleast_1d(numbers(yi, "yi"))[None], np.atleast_1d(numbers(vi, "vi"))[None], absent=False
    )
    if not problem.y.size:
        raise SynthesisError("no study")
    return problem.y[0], problem.v[0]


def _whole(number: float) -> int:
    """The next whole number; what lies above one by rounding alone is that one."""
    return int(np.ceil(max(0.0, number) * (1 - 1e-12)))


def _rosenthal(y: Floats, v: Floats, alpha: float) -> FailSafe:
    k = len(y)
    z = abs(float(np.sum(y / np.sqrt(v)))) / np.sqrt(k)
    critical = special.ndtri(1 - alpha)
    number = k * (z / critical) ** 2 - k
    return FailSafe(
        type="Rosenthal", fsnum=_whole(number), pval=float(special.ndtr(-z)), meanes=np.nan, target=np.nan,
        alpha=alpha,
    )  # fmt: skip


def _orwin(y: Floats, v: Floats, alpha: float, target: float | None) -> FailSafe:
    mean = float(np.average(y, weights=1.0 / v))
    goal = mean / 2 if target is None else float(np.copysign(target, mean))
    if not (np.isfinite(goal) and goal != 0):
        raise UsageError(
            "target: an effect other than 0; no number of studies without effect takes the mean to 0"
        )
    number = len(y) * (mean - goal) / goal
    return FailSafe(type="Orwin", fsnum=_whole(number), pval=np.nan, meanes=mean, target=goal, alpha=alpha)


def _rosenberg(y: Floats, v: Floats, alpha: float) -> FailSafe:
    total = float(np.sum(1.0 / v))
    mean = float(np.sum(y / v)) / total
    z = mean * np.sqrt(total)
    needed = (mean * total / special.ndtri(1 - alpha / 2)) ** 2 - total
    number = len(y) * needed / total
    return FailSafe(
        type="Rosenberg", fsnum=_whole(number), pval=float(2 * special.ndtr(-abs(z))), meanes=mean,
        target=np.nan, alpha=alpha,
    )  # fmt: skip


def tes(yi: npt.ArrayLike, vi: npt.ArrayLike, *, theta: float | None = None, alpha: float = 0.05) -> Excess:
    """The test of excess significance: more significant studies than their power allows.

    theta: the effect at which power is taken; without it the equal-effects mean. alpha: of the studies' two-sided tests. The
    p-value is that of the sum of independent trials with unequal chances, by convolution: exact at any k.

    Raises: UsageError: no such alpha. SynthesisError: a value cannot be used.
    """
    if not 0 < alpha < 1:
        raise UsageError(f"alpha={alpha:g}: between 0 and 1")
    y, v = _checked(yi, vi)
    at = float(np.average(y, weights=1.0 / v)) if theta is None else theta
    se, critical = np.sqrt(v), special.ndtri(1 - alpha / 2)
    observed = int(np.sum(np.abs(y) / se >= critical))
    power: Floats = special.ndtr(-critical + at / se) + special.ndtr(-critical - at / se)
    expected, k = float(power.sum()), len(y)
    chance = np.ones(1)
    for p in power:
        chance = np.append(chance * (1 - p), 0.0) + np.append(0.0, chance * p)
    defined = 0 < expected < k
    x2 = (observed - expected) ** 2 * (1 / expected + 1 / (k - expected)) if defined else np.nan
    return Excess(
        observed=observed, expected=expected, ratio=observed / expected, pval=float(min(1.0, chance[observed:].sum())),
        x2=float(x2), x2_pval=float(special.chdtrc(1, x2)), theta=at, power=power,
    )  # fmt: skip
