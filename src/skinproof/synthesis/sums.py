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


def dot(a: Floats, b: Floats) -> Floats:
    """(m,) the sums of a * b over the studies."""
    total: Floats = np.einsum("mk,mk->m", a, b)
    return total


def dot3(a: Floats, b: Floats, c: Floats) -> Floats:
    """(m,) the sums of a * b * c over the studies."""
    total: Floats = np.einsum("mk,mk,mk->m", a, b, c)
    return total


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

    def project(self, q: Floats) -> Floats:
        """X'q, a vector."""

    def solve(self, c: Floats, vector: Floats) -> Floats:
        """C X'q, a vector."""

    def quad(self, c: Floats, vector: Floats) -> Floats:
        """(m,) x'C x of a vector."""

    def residuals(self, beta: Floats) -> Floats:
        """(m, k) y - X beta; what stands at an absent study has no meaning."""

    def log_det(self, gram: Floats) -> Floats:
        """(m,) log |G|."""


class MeanRows:
    """Rows whose only coefficient is the mean: every matrix is a number."""

    p = 1

    def __init__(self, y: Floats, v: Floats, k: Floats) -> None:
        self.y, self.v, self.k = y, v, k

    def take(self, index: Ints) -> "MeanRows":
        # .T keeps the memory order, in which sums over few studies of many rows run along the rows
        return MeanRows(self.y.T[:, index].T, self.v.T[:, index].T, self.k[index])

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

    def project(self, q: Floats) -> Floats:
        total: Floats = q.sum(axis=1)
        return total

    def solve(self, c: Floats, vector: Floats) -> Floats:
        return c * vector

    def quad(self, c: Floats, vector: Floats) -> Floats:
        return vector * c * vector

    def residuals(self, beta: Floats) -> Floats:
        return self.y - beta[:, None]

    def log_det(self, gram: Floats) -> Floats:
        value: Floats = np.log(gram)
        return value


class RegressionRows:
    """Rows with a design matrix: x is (k, p), the same for all, or (m, k, p); 0 at absent studies or v = inf there."""

    def __init__(self, y: Floats, v: Floats, k: Floats, x: Floats) -> None:
        self.y, self.v, self.k, self.x = y, v, k, x
        self.p = x.shape[-1]
        self._products = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1) if x.ndim == 2 else None

    def take(self, index: Ints) -> "RegressionRows":
        x = self.x if self.x.ndim == 2 else self.x[index]
        return RegressionRows(self.y[index], self.v[index], self.k[index], x)

    def sums(self, a: Floats) -> tuple[Floats, Floats]:
        if self._products is not None:
            gram = (a @ self._products).reshape(-1, self.p, self.p)
        else:
            weighed: Floats = (self.x * a[:, :, None]).transpose(0, 2, 1)
            gram = weighed @ self.x
        total: Floats = a.sum(axis=1)
        return total, gram

    def invert(self, gram: Floats) -> Floats:
        inverse: Floats = np.linalg.inv(gram)
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

    def project(self, q: Floats) -> Floats:
        if self.x.ndim == 2:
            product: Floats = q @ self.x
        else:
            product = np.einsum("mk,mkp->mp", q, self.x)
        return product

    def solve(self, c: Floats, vector: Floats) -> Floats:
        product: Floats = np.matmul(c, vector[:, :, None])[:, :, 0]
        return product

    def quad(self, c: Floats, vector: Floats) -> Floats:
        total: Floats = np.einsum("mi,mij,mj->m", vector, c, vector)
        return total

    def residuals(self, beta: Floats) -> Floats:
        if self.x.ndim == 2:
            fitted: Floats = beta @ self.x.T
        else:
            fitted = np.einsum("mkp,mp->mk", self.x, beta)
        return self.y - fitted

    def log_det(self, gram: Floats) -> Floats:
        value: Floats = np.linalg.slogdet(gram)[1]
        return value
