"""The same model fitted again to other studies: what leaving out, adding, flipping and drawing anew have in common."""

from collections.abc import Callable, Iterator

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.pooling import pool_many
from skinproof.synthesis.results import PoolMany
from skinproof.synthesis.sums import Floats, Ints

_CHUNK = 1 << 21
"""Effects of a part: 16 MiB an array, so that k = 10,000 leave-one-out fits never stand in memory at once."""


class Studies(msgspec.Struct, frozen=True):
    """The studies that a fit used.

    y, v: (k,) effects and variances; x: (k, q) moderators without the intercept, or None; design: (k, p) the whole
    design matrix; weights: (k,) given weights, or None; place: (k,) row of each study in what was given, from 0.
    """

    y: Floats
    v: Floats
    x: Floats | None
    design: Floats
    weights: Floats | None
    place: Ints

    @property
    def k(self) -> int:
        """Studies."""
        return len(self.y)


def studies(fit: PoolResult) -> Studies:
    """The studies of a fit, without those that were left out."""
    problem = fit.many.problem
    place = np.flatnonzero(np.isfinite(problem.v[0]))
    y, v = problem.y[0, place], problem.v[0, place]
    weights = None if problem.weights is None else problem.weights[0, place]
    if weights is None and not fit.many.settings.weighted:
        weights = np.ones(len(y))
    if problem.x is None or problem.back is None:
        return Studies(y, v, None, np.ones((len(y), 1)), weights, place)
    q = problem.x if problem.x.ndim == 2 else problem.x[0]
    back = problem.back if problem.back.ndim == 2 else problem.back[0]
    design = q[place] @ np.linalg.inv(back)
    # what was 0 is 0 again: without its only study the column of a group must vanish, or it counts as information
    design[np.abs(design) < 1e-13 * np.abs(design).max(axis=0)] = 0.0
    if problem.intercept:
        design[:, 0] = 1.0
    return Studies(y, v, design[:, 1:] if problem.intercept else design, design, weights, place)


def refit(
    fit: PoolResult, y: Floats, v: Floats, x: Floats | None = None, weights: Floats | None = None
) -> PoolMany:
    """The model of a fit for m other sets of studies.

    y, v: (m, n), NaN in both where there is no study; x: (n, q) or (m, n, q) moderators without the intercept; weights:
    (m, n). A heterogeneity variance that was given stays as it is.
    """
    settings = fit.many.settings
    return pool_many(
        y,
        v,
        settings.method,
        settings.test,
        x,
        intercept=fit.many.problem.intercept,
        weights=weights,
        tau2=fit.tau2 if settings.fixed else None,
        level=settings.level,
        maxiter=max(settings.maxiter, 200),
    )


class Refits(msgspec.Struct, frozen=True, kw_only=True):
    """m fits of the same model; the names are those of `PoolMany`, (m,) or (m, p) each.

    k: studies; status: 0, or why there is no fit (a place in `results.STATUS`; its numbers are NaN then).
    """

    k: Floats
    beta: Floats
    se: Floats
    zval: Floats
    pval: Floats
    ci_lb: Floats
    ci_ub: Floats
    vb: Floats
    tau2: Floats
    s2w: Floats
    i2: Floats
    h2: Floats
    qe: Floats
    qep: Floats
    pi_lb: Floats
    pi_ub: Floats
    status: Ints


def refits(parts: list[PoolMany]) -> Refits:
    """The fits of all parts, one after the other."""
    columns = {name: [_column(part, name) for part in parts] for name in Refits.__struct_fields__}
    return Refits(**{name: np.concatenate(values) for name, values in columns.items()})


def _column(part: PoolMany, name: str) -> npt.NDArray[np.generic]:
    if name in ("pi_lb", "pi_ub") and part.problem.x is not None:
        return np.full(len(part), np.nan)  # with moderators an interval needs the new study's values
    value: npt.NDArray[np.generic] = np.asarray(getattr(part, name))
    return value


def subsets(
    fit: PoolResult, count: int, width: int, members: Callable[[Ints], tuple[Ints, Floats | None]]
) -> Refits:
    """The model fitted to `count` subsets of its studies.

    members: for subsets at these places, (n, width) the studies of each, and (n, width) NaN where there is none (else 0).
    """
    parts = []
    given = studies(fit)
    for places in chunks(count, width):
        index, gone = members(places)
        y, v = given.y[index], given.v[index]
        if gone is not None:
            y, v = y + gone, v + gone
        x = None if given.x is None else given.x[index]
        parts.append(refit(fit, y, v, x, None if given.weights is None else given.weights[index]))
    return refits(parts)


def chunks(count: int, width: int) -> Iterator[Ints]:
    """The places 0 .. count - 1 in parts of at most some two million numbers."""
    size = max(1, _CHUNK // max(width, 1))
    for start in range(0, count, size):
        yield np.arange(start, min(start + size, count))
