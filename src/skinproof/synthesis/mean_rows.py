"""Meta-analyses whose only coefficient is the mean: every matrix is a number.

P = A - a a' / S with S the sum of the weights. A study whose weight is nearly all of S would leave tr P = S - a'a / S, and
more so tr(PP), to the rounding of S. So the first study is written apart: nothing is subtracted from its weight, and
where variances differ much the most precise study is put first and the effects are counted from its effect.
"""

import numpy as np

from skinproof.synthesis.sums import Floats, Ints, Memory, Scratch, dot, dot3, pick

_APART = 1e4
"""Ratio of variances from which on the most precise study is put first; below it the sums lose at most four digits."""


class MeanRows(Memory):
    """Rows whose only coefficient is the mean.

    first: (m,) the study that stands first in its row instead of study 0, or None; origin: (m,) the effect from which y
    is counted.
    """

    p = 1

    def __init__(self, y: Floats, v: Floats, k: Floats, shared: Scratch | None = None) -> None:
        super().__init__(shared)
        self.y, self.v, self.k = y, v, k
        self.first: Ints | None = None
        self.origin = np.zeros(len(y))
        if np.count_nonzero(self.most > _APART * self.least):
            self.first = np.argmin(v, axis=1)
            self.y, self.v = self.arranged(y), self.arranged(v)
            self.origin = self.y[:, 0].copy()
            self.y = self.y - self.origin[:, None]

    def arranged(self, a: Floats) -> Floats:
        if self.first is None:
            return a
        a, row = a.copy(order="K"), np.arange(len(a))
        a[row, self.first], a[:, 0] = a[:, 0].copy(), a[row, self.first]
        return a

    def shifted(self, beta: Floats) -> Floats:
        return beta + self.origin

    def take(self, index: Ints) -> "MeanRows":
        rows = MeanRows.__new__(MeanRows)
        Memory.__init__(rows, self.shared)
        rows.y, rows.v, rows.k = pick(self.y, index), pick(self.v, index), self.k[index]
        rows.first = None if self.first is None else self.first[index]
        rows.origin = self.origin[index]
        return rows

    def sums(self, a: Floats) -> tuple[Floats, Floats]:
        total: Floats = a.sum(axis=1)
        return total, total

    def invert(self, gram: Floats) -> Floats:
        return 1.0 / gram

    def sandwich(self, c: Floats, a: Floats) -> Floats:
        return c * self.sums(a)[0] * c

    def project(self, a: Floats, b: Floats) -> Floats:
        return dot(a, b)

    def solve(self, c: Floats, vector: Floats) -> Floats:
        return c * vector

    def residuals(self, beta: Floats, out: Floats | None = None) -> Floats:
        return np.subtract(self.y, beta[:, None], out=out)

    def trace(self, a: Floats, c: Floats) -> Floats:
        others = a[:, 1:]
        total: Floats = others.sum(axis=1)
        return total - dot(others, others) * c + a[:, 0] * total * c

    def traces(self, a: Floats, squares: Floats, c: Floats) -> tuple[Floats, Floats]:
        first, others = a[:, 0] * c, a[:, 1:]
        total: Floats = others.sum(axis=1)
        total2: Floats = squares[:, 1:].sum(axis=1)
        mean2 = total2 * c
        twice = total2 - 2 * dot(squares[:, 1:], others) * c + mean2 * mean2
        return total - mean2 + first * total, twice + first * first * (2 * total2 + total * total)

    def trace_with(self, a: Floats, c: Floats, s: Floats) -> Floats:
        others, spread = a[:, 1:], s[:, 1:]
        total: Floats = others.sum(axis=1)
        return dot(others, spread) - dot3(others, others, spread) * c + a[:, 0] * s[:, 0] * total * c

    def trace_twice(self, a: Floats, c: Floats, s: Floats) -> Floats:
        others, inner = a[:, 1:], a[:, 1:] * s[:, 1:]
        total: Floats = others.sum(axis=1)
        crossed = dot(others, inner)
        first, spread = a[:, 0] * c, s[:, 0]
        apart = first * first * spread * (2 * crossed + total * total * spread)
        return dot(inner, inner) - 2 * dot3(inner, inner, others) * c + np.square(crossed * c) + apart

    def quadratic(self, a: Floats, q: Floats, c: Floats) -> Floats:
        weighed = np.multiply(a, q, out=self.scratch(-1))[:, 1:]
        vector: Floats = weighed.sum(axis=1)
        total: Floats = a[:, 1:].sum(axis=1)
        first, alone = a[:, 0] * c, q[:, 0]
        return dot(weighed, q[:, 1:]) - vector * vector * c + first * alone * (total * alone - 2 * vector)

    def log_det(self, gram: Floats) -> Floats:
        value: Floats = np.log(gram)
        return value
