"""Where decreasing functions of the heterogeneity variance cross zero, for many meta-analyses at once."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from skinproof.synthesis.sums import Floats, Ints

STEP = 1e-8
"""Newton's error is about the square of its last step: after a step of 1e-8 nothing is left that a double could hold."""

_LEFT = 1e-14
"""What may be left, of t + scale, where the next step is foreseen from the last two instead of being computed."""

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
    other units take the same steps. Newton's steps s shrink as s' = K s^2, so that after two of them the third is known to
    a part of about the first: where that is next to nothing it is added, and f need not be evaluated for it.
    """
    root, found = np.empty(len(start)), np.zeros(len(start), dtype=bool)
    active, done = np.arange(len(start)), found
    t, c, lo, hi = start, scale, low.copy(), high.copy()
    last = np.zeros(len(start))
    if not len(start):
        return root, found
    for _ in range(maxiter):
        value, slope = equation(t)
        np.copyto(lo, t, where=value >= 0)
        np.copyto(hi, t, where=value <= 0)
        reach, falls = t + c, slope < 0
        if np.count_nonzero(falls) == len(t):
            step = -value / (slope * reach)
        else:
            step = np.divide(-value, slope * reach, out=np.full(len(t), np.inf), where=falls)
        size = np.minimum(np.abs(step), _TOP)
        ahead = (size < 0.01 * last) & (size * size * size <= _LEFT * last)
        done = ahead | (size <= STEP)
        if np.count_nonzero(ahead):
            step[ahead] *= 1.0 + np.square(size[ahead] / last[ahead])
        t = t + reach * np.expm1(np.minimum(step, _TOP))
        last = size * (size < 0.5)  # a longer step says nothing about the next
        inside = (t > lo) & (t < hi)
        if np.count_nonzero(inside) < len(t):
            last *= inside
            middle = np.sqrt(lo + c) * np.sqrt(np.minimum(hi, 1e6 * (lo + c)) + c) - c
            t = np.clip(np.where(inside | done, t, middle), lo, hi)
            done |= hi - lo <= 1e-15 * (lo + c)
        ended = np.count_nonzero(done)
        if ended == len(t):
            break
        if ended > 0.2 * len(t):
            root[active], found[active] = t, done
            left = np.flatnonzero(~done)
            equation = equation.take(left)
            active, t, c, lo, hi = active[left], t[left], c[left], lo[left], hi[left]
            done, last = done[left], last[left]
    root[active], found[active] = t, done
    return root, found
