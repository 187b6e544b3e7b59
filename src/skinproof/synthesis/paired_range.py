"""How far a pooled result hangs on a within-person correlation that trials did not report.

Source: Elbourne et al. 2002, doi:10.1093/ije/31.1.140 (crossover trials); Cochrane Handbook, section 23.2.7.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from skinproof.errors import UsageError
from skinproof.synthesis.paired_correlation import PLAUSIBLE, over_correlations
from skinproof.synthesis.pooling import pool_many
from skinproof.synthesis.results import PoolMany
from skinproof.synthesis.sums import Floats


class PairedSensitivity(msgspec.Struct, frozen=True, kw_only=True):
    """(n,) one pooled result for each correlation that was assumed.

    reported: studies that gave their own correlation, which is kept; assumed_for: those for which it is assumed. lowest,
    highest: ends of the intervals over the whole range. steady: whether all intervals are on the same side of no effect,
    or all of them include it.
    """

    measure: str
    assumed: Floats
    fits: PoolMany
    beta: Floats
    se: Floats
    ci_lb: Floats
    ci_ub: Floats
    tau2: Floats
    reported: int
    assumed_for: int
    lowest: float
    highest: float
    steady: bool


def paired_sensitivity(
    measure: str,
    *,
    ri: Any = None,
    assumed: Sequence[float] = PLAUSIBLE,
    method: str = "REML",
    test: str = "z",
    level: float = 95,
    **columns: Any,
) -> PairedSensitivity:
    """A paired measure pooled over a range of the correlation of the two sides of a person.

    ri: (k,) reported correlations, NaN where there is none; columns: those of `escalc` for this measure. The correlation
    moves the standardized effects too, not only their variances.

    Raises: UsageError: a measure without such a correlation, or no assumed value. SynthesisError: a value cannot be used.
    """
    if not len(assumed):
        raise UsageError("assumed: give at least one correlation")
    sizes = over_correlations(measure, ri=ri, assumed=assumed, **columns)
    y, v = np.atleast_2d(sizes.yi), np.atleast_2d(sizes.vi)
    fits = pool_many(y, v, method, test, level=level, missing="omit")
    known = (
        0
        if ri is None
        else int(np.isfinite(np.broadcast_to(np.asarray(ri, dtype=np.float64), y.shape[1:])).sum())
    )
    sides = (fits.ci_lb > 0).astype(int) - (fits.ci_ub < 0).astype(int)
    return PairedSensitivity(
        measure=measure, assumed=np.asarray(assumed, dtype=np.float64), fits=fits, beta=fits.beta, se=fits.se,
        ci_lb=fits.ci_lb, ci_ub=fits.ci_ub, tau2=fits.tau2, reported=known, assumed_for=y.shape[1] - known,
        lowest=float(fits.ci_lb.min()), highest=float(fits.ci_ub.max()), steady=bool((sides == sides[0]).all()),
    )  # fmt: skip
