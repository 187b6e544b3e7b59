"""How likely a study is to be seen, as a function of its p-value, and the integrals that this makes of a normal density.

For an effect Y ~ N(mu, s^2) and a weight w(p(Y)) the likelihood needs A = E w and its derivatives. By the heat equation
(a derivative in the variance is half a second derivative in the mean) all of them are moments E[w Z^a], a = 0..4.
"""

from typing import Protocol

import msgspec
import numpy as np
from scipy import special

from skinproof.synthesis.sums import Floats

_NODES, _MASSES = np.polynomial.legendre.leggauss(120)
"""Between the p-values that count the integrand is analytic over at most 8.6 standard errors; 80 nodes leave nothing that a
double could hold, 120 leave room for steep weights."""


class Moments(msgspec.Struct, frozen=True):
    """log_a: (k,) log of A = E w; m: (5, k) E[w Z^a] / A; d: (d, 3, k) E[dw/d delta_j Z^a] / A; dd: (d, d, k)
    E[d2w / d delta_j d delta_l] / A."""

    log_a: Floats
    m: Floats
    d: Floats
    dd: Floats


class Weights(Protocol):
    """A weight function of p-values with parameters delta (d,)."""

    size: int

    def log_at(self, delta: Floats) -> tuple[Floats, Floats, Floats]:
        """(k,) log w at the studies' p-values, (d, k) and (d, d, k) its derivatives in delta."""

    def moments(self, delta: Floats, mu: float, s: Floats) -> Moments:
        """The integrals."""


class Steps:
    """A constant weight between any two of the p-values in `steps`; the first is 1.

    se: (k,) standard errors; t: (k,) effects over standard errors, signed so that large ones have small p. delta has one
    value for each interval but the first, in which the weight is 1, unless `fixed` gives all of them.
    """

    def __init__(self, t: Floats, se: Floats, steps: Floats, fixed: Floats | None = None) -> None:
        self.place = np.searchsorted(steps, special.ndtr(-t), side="left").clip(max=len(steps) - 1)
        self.steps, self.fixed = steps, fixed
        self.bounds = np.concatenate([[np.inf], -special.ndtri(steps)])[:, None] * se
        self.size = 0 if fixed is not None else len(steps) - 1

    def _weights(self, delta: Floats) -> Floats:
        return np.concatenate([[1.0], delta]) if self.fixed is None else self.fixed

    def log_at(self, delta: Floats) -> tuple[Floats, Floats, Floats]:
        weights = self._weights(delta)
        here = weights[self.place]
        k = len(here)
        first = np.zeros((self.size, k))
        for j in range(self.size):
            first[j] = np.where(self.place == j + 1, 1.0 / here, 0.0)
        second = -first[:, None, :] * first[None, :, :]
        return np.log(here), first, second

    def moments(self, delta: Floats, mu: float, s: Floats) -> Moments:
        between = _between((self.bounds - mu) / s)
        m = np.einsum("j,ajk->ak", self._weights(delta), between)
        d = np.swapaxes(between[:3, len(self.steps) - self.size :], 0, 1)
        return Moments(np.log(m[0]), m / m[0], d / m[0], np.zeros((self.size, self.size, len(s))))


def _between(z: Floats) -> Floats:
    """(5, n, k) integrals of z^a phi, a = 0..4, between each two of the bounds z (n + 1, k), which fall."""
    cut = np.where(np.isfinite(z), z, 0.0)
    density = np.where(np.isfinite(z), np.exp(-0.5 * cut * cut) / np.sqrt(2 * np.pi), 0.0)
    # from z to infinity: upward from a = 0 and 1 by parts
    above = [special.ndtr(-z), density]
    for a in (2, 3, 4):
        above.append(cut ** (a - 1) * density + (a - 1) * above[a - 2])
    parts: Floats = np.stack([part[1:] - part[:-1] for part in above])
    return parts


class Smooth:
    """A weight that is a smooth function of p: beta, halfnorm, negexp, logistic or power.

    p-values below `least` count as `least`, those above 1 - least as that (so metafor does, at 1e-5): otherwise a beta
    weight makes a single tiny p decide all, and its integral need not exist. Between them Gauss's rule, beyond them the
    moments of a normal tail.
    """

    def __init__(self, kind: str, t: Floats, se: Floats, least: float) -> None:
        self.kind, self.se = kind, se
        self.end = float(-special.ndtri(least))
        self.t = np.clip(t, -self.end, self.end)
        self.size = 2 if kind == "beta" else 1

    def log_at(self, delta: Floats) -> tuple[Floats, Floats, Floats]:
        return _log_weight(self.kind, delta, self.t)

    def moments(self, delta: Floats, mu: float, s: Floats) -> Moments:
        nodes = np.linspace(-self.end, self.end, 2)  # the p-values at either end, whose weight the tails have
        t = np.concatenate([nodes, self.end * _NODES])
        log_w, g, h = _log_weight(self.kind, delta, t)
        most = float(log_w.max())  # taken out: a weight of 1e-500 everywhere is still a shape
        parts = self._parts(mu, s) * np.exp(log_w - most)
        m = parts.sum(axis=2)
        d = np.einsum("akn,jn->jak", parts[:3], g)
        dd = np.einsum("kn,ijn->ijk", parts[0], g[:, None] * g[None] + h)
        return Moments(most + np.log(m[0]), m / m[0], d / m[0], dd / m[0])

    def _parts(self, mu: float, s: Floats) -> Floats:
        """(5, k, 2 + n) what the two tails and each node add to E Z^a."""
        ends = (np.array([np.inf, self.end, -self.end, -np.inf])[:, None] * self.se - mu) / s
        tails = _between(ends)[:, [2, 0]]  # below the lower end, above the upper end
        z = (self.end * _NODES * self.se[:, None] - mu) / s[:, None]
        inner = np.exp(-0.5 * z * z) * (_MASSES * self.end * (self.se / s / np.sqrt(2 * np.pi))[:, None])
        powers = [inner]
        for _ in range(4):
            powers.append(powers[-1] * z)
        return np.concatenate([np.moveaxis(tails, 1, 2), np.stack(powers)], axis=2)


def _log_weight(kind: str, delta: Floats, t: Floats) -> tuple[Floats, Floats, Floats]:
    """log w at p = Phi(-t), its first derivatives (d, ...) and second derivatives (d, d, ...) in delta."""
    if kind == "beta":
        p, q = special.log_ndtr(-t), special.log_ndtr(t)
        return (delta[0] - 1) * p + (delta[1] - 1) * q, np.stack([p, q]), np.zeros((2, 2, *t.shape))
    size = float(delta[0])
    none = np.zeros((1, 1, *t.shape))
    if kind == "power":
        q = special.log_ndtr(t)
        return size * q, q[None], none
    p = special.ndtr(-t)
    if kind == "halfnorm":
        return -size * p * p, -(p * p)[None], none
    if kind == "negexp":
        return -size * p, -p[None], none
    fade = np.exp(-size * p)
    log_w = np.log(2.0) - size * p - np.log1p(fade)
    return log_w, (-p / (1 + fade))[None], (-p * p * fade / (1 + fade) ** 2)[None, None]
