"""Meta-analyses with a design matrix, the same for all or one for each.

Vectors and grams are kept with the meta-analyses last in memory, so that each step on them is one call for all: LAPACK would
be called once a row, which takes most of the time of a batch.
"""

import numpy as np

from skinproof.synthesis.sums import Floats, Ints, Memory, Scratch, dot, long_dot, pick

_FEW = 4
"""Coefficients up to which a gram is inverted for all rows at once; a larger one is left to LAPACK."""


class RegressionRows(Memory):
    """Rows with a design matrix: x is (k, p), the same for all, or (m, k, p); 0 at absent studies or v = inf there."""

    def __init__(self, y: Floats, v: Floats, k: Floats, x: Floats, shared: Scratch | None = None) -> None:
        super().__init__(shared)
        if x.ndim == 3:  # (p, m, k), each column in the memory order of y
            by_study = not y.flags.c_contiguous
            x = np.ascontiguousarray(x.transpose((2, 1, 0) if by_study else (2, 0, 1)))
            x = x.swapaxes(1, 2) if by_study else x
        else:
            x = np.ascontiguousarray(x.T)
        self._set(y, v, k, x)

    def _set(self, y: Floats, v: Floats, k: Floats, x: Floats) -> None:
        self.y, self.v, self.k, self._x = y, v, k, x
        self.p: int = len(x)
        first, second = np.triu_indices(self.p)
        if x.ndim == 2:  # the products of two columns, (p (p + 1) / 2, k)
            self._pairs = x[first] * x[second]
        # where the sums of these products stand in a gram
        self._place = np.zeros((self.p, self.p), dtype=np.int64)
        self._place[first, second] = self._place[second, first] = np.arange(len(first))

    def take(self, index: Ints) -> "RegressionRows":
        rows = RegressionRows.__new__(RegressionRows)
        Memory.__init__(rows, self.shared)
        x = self._x
        if x.ndim == 3:
            x = (
                np.take(x, index, axis=1)
                if x.flags.c_contiguous
                else np.take(x.swapaxes(1, 2), index, axis=2).swapaxes(1, 2)
            )
        rows._set(pick(self.y, index), pick(self.v, index), self.k[index], x)
        return rows

    def arranged(self, a: Floats) -> Floats:
        return a

    def shifted(self, beta: Floats) -> Floats:
        return beta

    def _gram(self, a: Floats) -> Floats:
        if self._x.ndim == 2:
            sums = _columns(a, self._pairs)
        else:
            parts = []
            for place, column in enumerate(self._x):
                weighed = np.multiply(a, column, out=self.scratch(-1))
                parts += [dot(weighed, other) for other in self._x[place:]]
            sums = np.array(parts)
        gram: Floats = sums[self._place].transpose(2, 0, 1)
        return gram

    def sums(self, a: Floats) -> tuple[Floats, Floats]:
        total: Floats = a.sum(axis=1)
        return total, self._gram(a)

    def invert(self, gram: Floats) -> Floats:
        if self.p > _FEW:
            return np.asarray(np.linalg.inv(gram), dtype=np.float64)
        # Gauss and Jordan; a gram of columns that can be told apart needs no pivots
        inverse = gram.transpose(1, 2, 0).copy()
        for place in range(self.p):
            pivot = 1.0 / inverse[place, place]
            row, column = inverse[place] * pivot, inverse[:, place].copy()
            row[place] = pivot
            column[place] = 0.0
            inverse[:, place] = 0.0
            inverse[place] = 0.0
            inverse -= column[:, None] * row
            inverse[place] = row
        back: Floats = inverse.transpose(2, 0, 1)
        return back

    def sandwich(self, c: Floats, a: Floats) -> Floats:
        return _product(_product(c, self._gram(a)), c)

    def project(self, a: Floats, b: Floats) -> Floats:
        return _columns(np.multiply(a, b, out=self.scratch(-1)), self._x).T

    def solve(self, c: Floats, vector: Floats) -> Floats:
        product: Floats = np.einsum("mij,mj->mi", c, vector)
        return product

    def residuals(self, beta: Floats, out: Floats | None = None) -> Floats:
        fitted = self.scratch(-1)
        if self._x.ndim == 2 and len(beta) > 1:
            if fitted.flags.c_contiguous:
                np.matmul(beta, self._x, out=fitted)
            else:
                np.matmul(self._x.T, beta.T, out=fitted.T)
            return np.subtract(self.y, fitted, out=out)
        rest = self.y
        for place in range(self.p):
            np.multiply(beta[:, place, None], self._x[place], out=fitted)
            rest = out = np.subtract(rest, fitted, out=out)
        return rest

    def trace(self, a: Floats, c: Floats) -> Floats:
        total: Floats = a.sum(axis=1)
        return total - _product_trace(c, self._gram(np.multiply(a, a, out=self.scratch(-2))))

    def traces(self, a: Floats, squares: Floats, c: Floats) -> tuple[Floats, Floats]:
        total: Floats = a.sum(axis=1)
        total2: Floats = squares.sum(axis=1)
        middle = _product(c, self._gram(squares))
        cubes = np.multiply(squares, a, out=self.scratch(-2))
        twice = total2 - 2 * _product_trace(c, self._gram(cubes)) + _product_trace(middle, middle)
        return total - np.einsum("mii->m", middle), _if_left(twice, total2)

    def trace_with(self, a: Floats, c: Floats, s: Floats) -> Floats:
        total: Floats = (a * s).sum(axis=1)
        return total - _product_trace(c, self._gram(a * a * s))

    def trace_twice(self, a: Floats, c: Floats, s: Floats) -> Floats:
        inner = a * s
        total: Floats = (inner * inner).sum(axis=1)
        middle = _product(c, self._gram(a * inner))
        twice = total - 2 * _product_trace(c, self._gram(inner * inner * a)) + _product_trace(middle, middle)
        return _if_left(twice, total)

    def quadratic(self, a: Floats, q: Floats, c: Floats) -> Floats:
        weighed = np.multiply(a, q, out=self.scratch(-1))
        vector = _columns(weighed, self._x).T
        explained: Floats = np.einsum("mi,mi->m", vector, self.solve(c, vector))
        return dot(weighed, q) - explained

    def log_det(self, gram: Floats) -> Floats:
        value: Floats = np.asarray(np.linalg.slogdet(gram)[1], dtype=np.float64)
        return value


def _if_left(difference: Floats, whole: Floats) -> Floats:
    """The difference, or NaN where rounding has left less than seven digits of it: a few studies have all the weight."""
    return np.where(difference > 1e-9 * whole, difference, np.nan)


def _product(a: Floats, b: Floats) -> Floats:
    """(m, p, p) AB, in the memory order of both."""
    product: Floats = np.einsum("mij,mjl->mil", a, b)
    return product


def _product_trace(a: Floats, b: Floats) -> Floats:
    """(m,) tr(AB)."""
    total: Floats = np.einsum("mij,mji->m", a, b)
    return total


def _columns(a: Floats, table: Floats) -> Floats:
    """(c, m) the sums of a (m, k) times each of the rows of the table (c, k), or (c, m, k)."""
    if table.ndim == 3:
        return np.array([dot(a, one) for one in table])
    if len(a) == 1:
        return np.array([[long_dot(a[0], row)] for row in table])
    sums: Floats = table @ a.T
    return sums
