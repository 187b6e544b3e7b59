"""Where decreasing functions of the heterogeneity variance cross zero, for many meta-analyses at once."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from skinproof.synthesis.sums import Floats, Ints

STEP = 1e-8
"""Newton's error is about the square of its last step: after a step of 1e-8 nothing is left that a double could hold."""

_TOP = 7.0
"""Longest step up in log(t + scale): a thousandfold."""


class Equation(Protocol):
    """f(t) of n meta-analyses; positive left of its root and negative right of it."""

    def take(self, index: Ints) -> "Equation":
        """The equations at these places."""

    def __call__(self, t: Floats) -> tuple[Floats, Floats]:
        """(n,) f and df/dt at t (n,)."""


def crossings(
    equation: Equation, start: Floats, scale: Floats, low: Floats, high: Floats, maxiter: int
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(n,) t >= 0 where f crosses zero, and whether it was found within `maxiter` evaluations.

    Newton steps in log(t + scale), in which the functions of `tau2` are nearly straight, kept inside a bracket:
    `low` (f > 0 or an end that may be the answer) and `high` (f < 0, or inf) move with the sign of every value met. A
    step that leaves the bracket gives way to the bracket's middle on the same scale. So nothing runs away, and data in
    other units take the same steps.
    """
    root, found = start.copy(), np.zeros(len(start), dtype=bool)
    active = np.arange(len(start))
    t, c, lo, hi = start, scale, low, high
    for _ in range(maxiter):
        if not len(active):
            break
        value, slope = equation(t)
        lo = np.where(value >= 0, t, lo)
        hi = np.where(value <= 0, t, hi)
        step = np.full(len(t), np.inf)
        np.divide(-value, slope * (t + c), out=step, where=(slope < 0) & np.isfinite(value))
        done = np.abs(step) <= STEP
        new = t + (t + c) * np.expm1(np.minimum(step, _TOP))
        outside = ~(done | ((new > lo) & (new < hi)))
        if outside.any():
            middle = np.sqrt(lo + c) * np.sqrt(np.minimum(hi, 1e6 * (lo + c)) + c) - c
            new = np.where(outside, np.clip(middle, lo, hi), new)
            done |= hi - lo <= 1e-15 * (lo + c)
        t = np.clip(new, lo, hi)
        root[active], found[active] = t, done
        left = np.flatnonzero(~done)
        if len(left) < 0.8 * len(active):
            equation = equation.take(left)
            active, t, c, lo, hi = active[left], t[left], c[left], lo[left], hi[left]
    return root, found
