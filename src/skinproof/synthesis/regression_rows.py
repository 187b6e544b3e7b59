"""Meta-analyses with a design matrix, the same for all or one for each."""

import numpy as np

from skinproof.synthesis.sums import Floats, Ints, Memory, dot3, long_dot, pick


class RegressionRows(Memory):
    """Rows with a design matrix: x is (k, p), the same for all, or (m, k, p); 0 at absent studies or v = inf there."""

    def __init__(self, y: Floats, v: Floats, k: Floats, x: Floats) -> None:
        super().__init__()
        self.y, self.v, self.k, self.x = y, v, k, x
        self.p: int = x.shape[-1]
        if x.ndim == 2:  # columns and the products of two columns, (p, k) and (p (p + 1) / 2, k)
            first, second = np.triu_indices(self.p)
            self._x = np.ascontiguousarray(x.T)
            self._pairs = self._x[first] * self._x[second]
            self._place = np.zeros((self.p, self.p), dtype=np.int64)
            self._place[first, second] = self._place[second, first] = np.arange(len(first))

    def take(self, index: Ints) -> "RegressionRows":
        x = self.x if self.x.ndim == 2 else self.x[index]
        return RegressionRows(pick(self.y, index), pick(self.v, index), self.k[index], x)

    def arranged(self, a: Floats) -> Floats:
        return a

    def shifted(self, beta: Floats) -> Floats:
        return beta

    def _gram(self, a: Floats) -> Floats:
        if self.x.ndim == 2:
            return _columns(a, self._pairs)[:, self._place]
        weighed: Floats = self.x * a[:, :, None]
        gram: Floats = np.matmul(np.swapaxes(weighed, 1, 2), self.x)
        return gram

    def sums(self, a: Floats) -> tuple[Floats, Floats]:
        total: Floats = a.sum(axis=1)
        return total, self._gram(a)

    def invert(self, gram: Floats) -> Floats:
        if self.p == 2:  # LAPACK, called once a row, would take most of the time of a batch
            (a, b), (_, d) = np.moveaxis(gram, 0, -1)
            flipped = np.moveaxis(np.array([[d, -b], [-b, a]]), -1, 0)
            inverse: Floats = flipped / (a * d - b * b)[:, None, None]
            return inverse
        inverse = np.asarray(np.linalg.inv(gram), dtype=np.float64)
        return inverse

    def sandwich(self, c: Floats, a: Floats) -> Floats:
        product: Floats = c @ self._gram(a) @ c
        return product

    def project(self, a: Floats, b: Floats) -> Floats:
        if self.x.ndim == 2:
            return _columns(a * b, self._x)
        product: Floats = np.matmul((a * b)[:, None, :], self.x)[:, 0, :]
        return product

    def solve(self, c: Floats, vector: Floats) -> Floats:
        product: Floats = np.matmul(c, vector[:, :, None])[:, :, 0]
        return product

    def residuals(self, beta: Floats, out: Floats | None = None) -> Floats:
        if self.x.ndim == 2 and len(beta) == 1:
            fitted = np.multiply(beta[0, 0], self._x[:1], out=out)
            for place in range(1, self.p):
                fitted += np.multiply(beta[0, place], self._x[place], out=self.scratch(-1)[0])
        else:
            # (k, m), transposed, is in the memory order of y
            fitted = (self.x @ beta.T).T if self.x.ndim == 2 else np.matmul(self.x, beta[:, :, None])[:, :, 0]
        rest: Floats = np.subtract(self.y, fitted, out=out)
        return rest

    def trace(self, a: Floats, c: Floats) -> Floats:
        total: Floats = a.sum(axis=1)
        return total - _product_trace(c, self._gram(a * a))

    def traces(self, a: Floats, squares: Floats, c: Floats) -> tuple[Floats, Floats]:
        total: Floats = a.sum(axis=1)
        total2: Floats = squares.sum(axis=1)
        middle = c @ self._gram(squares)
        cubes = np.multiply(squares, a, out=self.scratch(3))
        twice = total2 - 2 * _product_trace(c, self._gram(cubes)) + _product_trace(middle, middle)
        return total - np.trace(middle, axis1=1, axis2=2), _if_left(twice, total2)

    def trace_with(self, a: Floats, c: Floats, s: Floats) -> Floats:
        total: Floats = (a * s).sum(axis=1)
        return total - _product_trace(c, self._gram(a * a * s))

    def trace_twice(self, a: Floats, c: Floats, s: Floats) -> Floats:
        inner = a * s
        total: Floats = (inner * inner).sum(axis=1)
        middle = c @ self._gram(a * inner)
        twice = total - 2 * _product_trace(c, self._gram(inner * inner * a)) + _product_trace(middle, middle)
        return _if_left(twice, total)

    def quadratic(self, a: Floats, q: Floats, c: Floats) -> Floats:
        vector = self.project(a, q)
        explained: Floats = np.einsum("mi,mij,mj->m", vector, c, vector)
        return dot3(a, q, q) - explained

    def log_det(self, gram: Floats) -> Floats:
        value: Floats = np.asarray(np.linalg.slogdet(gram)[1], dtype=np.float64)
        return value


def _if_left(difference: Floats, whole: Floats) -> Floats:
    """The difference, or NaN where rounding has left less than seven digits of it: a few studies have all the weight."""
    return np.where(difference > 1e-9 * whole, difference, np.nan)


def _product_trace(a: Floats, b: Floats) -> Floats:
    """(m,) tr(AB)."""
    total: Floats = np.einsum("mij,mji->m", a, b)
    return total


def _columns(a: Floats, table: Floats) -> Floats:
    """(m, c) the sums of a (m, k) times each row of table (c, k)."""
    if len(a) == 1:
        return np.array([[long_dot(a[0], row) for row in table]])
    sums: Floats = a @ table.T
    return sums
