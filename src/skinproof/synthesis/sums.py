"""Weighted least squares over the studies of many meta-analyses at once: the sums that every estimator is made of.

With weights `a` (m, k) and the design X, P = A - A X (X'A X)^-1 X'A projects the effects on what the model leaves
unexplained. No (k, k) matrix is formed: all that is needed of P are a few sums over the studies. Absent studies
have v = inf and y = 0, so that their inverse-variance weight is 0 and no mask is carried along.
"""

from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_LONG = 8192
"""Longest stretch given to BLAS at once. Above some ten thousand numbers it calls other threads, and on a busy machine a
product of 10 microseconds then takes as long as 8 milliseconds."""

_SHORT = 256
"""Numbers that are summed sooner than einsum has read its subscripts."""


def dot(a: Floats, b: Floats) -> Floats:
    """(m,) the sums of a * b over the studies."""
    m, k = a.shape
    if k > _LONG:
        return np.array([long_dot(one, other) for one, other in zip(a, b, strict=True)])
    # vecdot is quick on rows of some length, einsum on short ones and on those kept study by study
    by_rows = m == 1 or k * m <= _SHORT or (k > 32 and a.strides[1] == a.itemsize)
    total: Floats = np.vecdot(a, b) if by_rows else np.einsum("mk,mk->m", a, b)
    return total


def dot3(a: Floats, b: Floats, c: Floats) -> Floats:
    """(m,) the sums of a * b * c over the studies."""
    return dot(a * b, c)


def long_dot(a: Floats, b: Floats) -> float:
    """The sum of a * b, in stretches that stay on one thread."""
    whole = len(a) // _LONG * _LONG
    total = float(np.vecdot(a[whole:], b[whole:]))
    if whole:
        total += float(np.vecdot(a[:whole].reshape(-1, _LONG), b[:whole].reshape(-1, _LONG)).sum())
    return total


def pick(a: Floats, index: Ints) -> Floats:
    """The rows at these places, in the memory order of all."""
    return a[index] if a.flags.c_contiguous else np.take(a.T, index, axis=1).T


class Rows(Protocol):
    """m meta-analyses of up to k studies with p coefficients.

    y, v: (m, k) effects and their variances; k: (m,) studies present; least, most: (m,) the smallest and largest variance. A
    "vector" below has a number for each coefficient, a "gram" is X'AX: (m,) each where the only coefficient is the
    mean, (m, p) and (m, p, p) in a regression. `c` is the inverse of the gram of the weights.
    """

    y: Floats
    v: Floats
    k: Floats
    shared: "Scratch"

    @property
    def p(self) -> int:
        """Coefficients."""

    @property
    def least(self) -> Floats:
        """(m,) the smallest variance."""

    @property
    def most(self) -> Floats:
        """(m,) the largest variance."""

    def take(self, index: Ints) -> "Rows":
        """The meta-analyses at these places."""

    def arranged(self, a: Floats) -> Floats:
        """(m, k) values of the studies in the order of `y`, or back again."""

    def shifted(self, beta: Floats) -> Floats:
        """Coefficients for the effects as they were given."""

    def sums(self, a: Floats) -> tuple[Floats, Floats]:
        """(m,) the sums of `a`, and its gram."""

    def invert(self, gram: Floats) -> Floats:
        """The inverse of a gram."""

    def sandwich(self, c: Floats, a: Floats) -> Floats:
        """C X'AX C."""

    def project(self, a: Floats, b: Floats) -> Floats:
        """X'(a * b), a vector."""

    def solve(self, c: Floats, vector: Floats) -> Floats:
        """C times the vector."""

    def residuals(self, beta: Floats, out: Floats | None = None) -> Floats:
        """(m, k) y - X beta; what stands at an absent study has no meaning."""

    def trace(self, a: Floats, c: Floats) -> Floats:
        """(m,) tr P."""

    def traces(self, a: Floats, squares: Floats, c: Floats) -> tuple[Floats, Floats]:
        """(m,) tr P and tr(PP), given a * a as well."""

    def trace_with(self, a: Floats, c: Floats, s: Floats) -> Floats:
        """(m,) tr(P S) with S = diag(s); s is 0 at absent studies."""

    def trace_twice(self, a: Floats, c: Floats, s: Floats) -> Floats:
        """(m,) tr(P S P S)."""

    def quadratic(self, a: Floats, q: Floats, c: Floats) -> Floats:
        """(m,) q'Pq."""

    def log_det(self, gram: Floats) -> Floats:
        """(m,) log |G|."""

    def scratch(self, place: int) -> Floats:
        """(m, k) memory number `place`: 0 and 1 belong to `weigh`, 2 and 3 to who uses its results, 4 and 5 to a
        `Projection`, 6 and 7 to its weights, -1 and -2 to the rows' own sums."""


class Scratch:
    """Memory that the parts of a batch use one after the other: the system hands out new memory page by page, and
    the first touch of a page costs more than the arithmetic on it."""

    def __init__(self) -> None:
        self._flat: dict[int, Floats] = {}

    def like(self, y: Floats, place: int) -> Floats:
        """Memory number `place` in the shape and order of y (m, k)."""
        flat = self._flat.get(place)
        if flat is None or flat.size < y.size:
            flat = self._flat[place] = np.empty(y.size)
        m, k = y.shape
        return flat[: y.size].reshape(m, k) if y.flags.c_contiguous else flat[: y.size].reshape(k, m).T


class Memory:
    """Scratch memory, which rows share with those that are taken from them, and the extremes of the variances."""

    y: Floats
    v: Floats

    def __init__(self, shared: Scratch | None = None) -> None:
        self.shared = shared or Scratch()
        self._scratch: dict[int, Floats] = {}

    def scratch(self, place: int) -> Floats:
        """(m, k) memory number `place`, in the order of y."""
        if place not in self._scratch:
            self._scratch[place] = self.shared.like(self.y, place)
        return self._scratch[place]

    @cached_property
    def least(self) -> Floats:
        """(m,) the smallest variance."""
        smallest: Floats = np.minimum.reduce(self.v, axis=1, initial=np.inf)
        return smallest

    @cached_property
    def most(self) -> Floats:
        """(m,) the largest variance of the studies that are there."""
        largest: Floats = np.maximum.reduce(self.v, axis=1, initial=0.0)
        if np.count_nonzero(np.isinf(largest)):
            largest = np.where(np.isinf(self.v), 0.0, self.v).max(axis=1)
        return largest
