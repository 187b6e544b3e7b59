"""Weighted least squares over the studies of many meta-analyses at once: the sums that every estimator is made of.

With weights `a` (m, k) and the design X, P = A - A X (X'A X)^-1 X'A projects the effects on what the model leaves
unexplained. No (k, k) matrix is formed: all that is needed of P are a few sums over the studies. Absent studies
have v = inf and y = 0, so that their inverse-variance weight is 0 and no mask is carried along.
"""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


_LONG = 8192
"""Longest stretch given to BLAS at once. Above some ten thousand numbers it calls other threads, and on a busy machine a
product of 10 microseconds then takes as long as 8 milliseconds."""


def dot(a: Floats, b: Floats) -> Floats:
    """(m,) the sums of a * b over the studies."""
    if a.shape[1] > _LONG:
        return np.array([_long_dot(one, other) for one, other in zip(a, b, strict=True)])
    # vecdot is quick on rows of some length, einsum on short ones and on those kept study by study
    by_rows = a.flags.c_contiguous and (a.shape[1] > 32 or len(a) == 1)
    total: Floats = np.vecdot(a, b) if by_rows else np.einsum("mk,mk->m", a, b)
    return total


def dot3(a: Floats, b: Floats, c: Floats) -> Floats:
    """(m,) the sums of a * b * c over the studies."""
    return dot(a * b, c)


def _long_dot(a: Floats, b: Floats) -> float:
    whole = len(a) // _LONG * _LONG
    total = float(np.vecdot(a[whole:], b[whole:]))
    if whole:
        total += float(np.vecdot(a[:whole].reshape(-1, _LONG), b[:whole].reshape(-1, _LONG)).sum())
    return total


def pick(a: Floats, index: Ints) -> Floats:
    """The rows at these places, in the memory order of all."""
    return a[index] if a.flags.c_contiguous else np.take(a.T, index, axis=1).T


def _columns(a: Floats, table: Floats) -> Floats:
    """(m, c) the sums of a (m, k) times each row of table (c, k)."""
    if len(a) == 1:
        return np.array([[_long_dot(a[0], row) for row in table]])
    sums: Floats = a @ table.T
    return sums


class Rows(Protocol):
    """m meta-analyses of up to k studies with p coefficients.

    y, v: (m, k) effects and their variances; k: (m,) studies present. `Gram` below is X'AX and `Vector` is X'a: (m,)
    each where the only coefficient is the mean, (m, p, p) and (m, p) in a regression.
    """

    y: Floats
    v: Floats
    k: Floats
    p: int

    def take(self, index: Ints) -> "Rows":
        """The meta-analyses at these places."""

    def sums(self, a: Floats) -> tuple[Floats, Floats]:
        """(m,) the sums of `a`, and its Gram matrix X'AX."""

    def invert(self, gram: Floats) -> Floats:
        """The inverse of a Gram matrix."""

    def trace(self, c: Floats, gram: Floats) -> Floats:
        """(m,) tr(C G)."""

    def trace2(self, c: Floats, gram: Floats) -> Floats:
        """(m,) tr(C G C G)."""

    def sandwich(self, c: Floats, gram: Floats) -> Floats:
        """C G C."""

    def project(self, a: Floats, b: Floats) -> Floats:
        """X'(a * b), a vector."""

    def solve(self, c: Floats, vector: Floats) -> Floats:
        """C X'q, a vector."""

    def quad(self, c: Floats, vector: Floats) -> Floats:
        """(m,) x'C x of a vector."""

    def residuals(self, beta: Floats, out: Floats | None = None) -> Floats:
        """(m, k) y - X beta; what stands at an absent study has no meaning."""

    def scratch(self, place: int) -> Floats:
        """(m, k) memory that iterations use again and again: new memory would cost more than the arithmetic."""

    def log_det(self, gram: Floats) -> Floats:
        """(m,) log |G|."""


class _Memory:
    y: Floats

    def __init__(self) -> None:
        self._scratch: dict[int, Floats] = {}

    def scratch(self, place: int) -> Floats:
        if place not in self._scratch:
            self._scratch[place] = np.empty_like(self.y)
        return self._scratch[place]


class MeanRows(_Memory):
    """Rows whose only coefficient is the mean: every matrix is a number."""

    p = 1

    def __init__(self, y: Floats, v: Floats, k: Floats) -> None:
        super().__init__()
        self.y, self.v, self.k = y, v, k

    def take(self, index: Ints) -> "MeanRows":
        return MeanRows(pick(self.y, index), pick(self.v, index), self.k[index])

    def sums(self, a: Floats) -> tuple[Floats, Floats]:
        total: Floats = a.sum(axis=1)
        return total, total

    def invert(self, gram: Floats) -> Floats:
        return 1.0 / gram

    def trace(self, c: Floats, gram: Floats) -> Floats:
        return c * gram

    def trace2(self, c: Floats, gram: Floats) -> Floats:
        return np.square(c * gram)

    def sandwich(self, c: Floats, gram: Floats) -> Floats:
        return c * gram * c

    def project(self, a: Floats, b: Floats) -> Floats:
        return dot(a, b)

    def solve(self, c: Floats, vector: Floats) -> Floats:
        return c * vector

    def quad(self, c: Floats, vector: Floats) -> Floats:
        return vector * c * vector

    def residuals(self, beta: Floats, out: Floats | None = None) -> Floats:
        return np.subtract(self.y, beta[:, None], out=out)

    def log_det(self, gram: Floats) -> Floats:
        value: Floats = np.log(gram)
        return value


class RegressionRows(_Memory):
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

    def sums(self, a: Floats) -> tuple[Floats, Floats]:
        total: Floats = a.sum(axis=1)
        if self.x.ndim == 2:
            gram = _columns(a, self._pairs)[:, self._place]
        else:
            weighed: Floats = self.x * a[:, :, None]
            gram = np.matmul(np.swapaxes(weighed, 1, 2), self.x)
        return total, gram

    def invert(self, gram: Floats) -> Floats:
        if self.p == 2:  # LAPACK, called once a row, would take most of the time of a batch
            (a, b), (_, d) = np.moveaxis(gram, 0, -1)
            flipped = np.moveaxis(np.array([[d, -b], [-b, a]]), -1, 0)
            inverse: Floats = flipped / (a * d - b * b)[:, None, None]
            return inverse
        inverse = np.asarray(np.linalg.inv(gram), dtype=np.float64)
        return inverse

    def trace(self, c: Floats, gram: Floats) -> Floats:
        total: Floats = np.einsum("mij,mji->m", c, gram)
        return total

    def trace2(self, c: Floats, gram: Floats) -> Floats:
        product = c @ gram
        total: Floats = np.einsum("mij,mji->m", product, product)
        return total

    def sandwich(self, c: Floats, gram: Floats) -> Floats:
        product: Floats = c @ gram @ c
        return product

    def project(self, a: Floats, b: Floats) -> Floats:
        if self.x.ndim == 2:
            return _columns(a * b, self._x)
        product: Floats = np.matmul((a * b)[:, None, :], self.x)[:, 0, :]
        return product

    def solve(self, c: Floats, vector: Floats) -> Floats:
        product: Floats = np.matmul(c, vector[:, :, None])[:, :, 0]
        return product

    def quad(self, c: Floats, vector: Floats) -> Floats:
        total: Floats = np.einsum("mi,mij,mj->m", vector, c, vector)
        return total

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

    def log_det(self, gram: Floats) -> Floats:
        value: Floats = np.asarray(np.linalg.slogdet(gram)[1], dtype=np.float64)
        return value
