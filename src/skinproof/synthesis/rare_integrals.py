"""The likelihood of each study with its normal deviation integrated out, by adaptive Gauss-Hermite quadrature.

Each study's log-likelihood l is a concave function of one deviation u ~ N(0, tau2). With u = tau b, the integrand
exp(l - b^2/2) is approximated around its mode, with points scaled by the curvature there; one point is Laplace's
approximation.

Sources: Pinheiro & Bates 1995 (10.1080/10618600.1995.10474663), adaptive quadrature; Stijnen, Hamza & Ozdemir 2010
(10.1002/sim.4040), the conditional and unconditional models; McCullagh & Nelder 1989, Generalized
Linear Models, section 7.3, the noncentral hypergeometric distribution.
"""

from typing import Protocol

import numpy as np
from scipy.special import expit, gammaln, xlog1py, xlogy

from skinproof.errors import SynthesisError
from skinproof.synthesis.effect_inputs import Array

_STEPS = 200
_ETA = 300.0
"""Rates beyond exp(300) are no rates; larger exponents would overflow when squared."""


class Likelihood(Protocol):
    """The log-likelihoods of k studies, as functions of theta, the effect of the study."""

    def __call__(self, theta: Array, nuisance: Array | float) -> tuple[Array, Array, Array]:
        """(..., k) value and first two derivatives by theta; nuisance: the study's baseline, where there is one."""

    def value(self, theta: Array, nuisance: Array | float) -> Array:
        """(..., k) the value alone, which is quicker."""

    @property
    def saturated(self) -> Array:
        """(k,) the largest value that any theta and nuisance gives."""


class Arms:
    """Independent arms with binomial or Poisson counts: eta = offset + nuisance * level + theta * slope.

    events, size, offset: (J, k), size people or time at risk; level, slope: (J,).
    """

    def __init__(
        self, family: str, events: Array, size: Array, slope: tuple[float, ...],
        level: tuple[float, ...] | None = None, offset: Array | None = None,
    ) -> None:  # fmt: skip
        self.family, self.events, self.size = family, events, size
        self.slope = np.array(slope)
        self.level = np.zeros(len(slope)) if level is None else np.array(level)
        self.offset = np.zeros(events.shape) if offset is None else offset
        if family == "binomial":
            rest = size - events
            self.constant = (gammaln(size + 1) - gammaln(events + 1) - gammaln(rest + 1)).sum(axis=0)
            p = events / np.where(size > 0, size, 1.0)
            best = xlogy(events, p) + xlog1py(rest, -p)
        else:
            time = np.where(size > 0, size, 1.0)  # an arm that is left out has none
            self.constant = (xlogy(events, time) - gammaln(events + 1)).sum(axis=0)
            best = xlogy(events, events / time) - events
        self._saturated = self.constant + best.sum(axis=0)

    @property
    def saturated(self) -> Array:
        """(k,) with a probability or rate for each arm."""
        return np.asarray(self._saturated)

    def _eta(self, theta: Array, nuisance: Array | float) -> list[Array]:
        etas = []
        for slope, level, offset in zip(self.slope, self.level, self.offset, strict=True):
            eta = offset + slope * theta + (level * nuisance if level else 0.0)
            etas.append(eta if self.family == "binomial" else np.clip(eta, -_ETA, _ETA))
        return etas

    def value(self, theta: Array, nuisance: Array | float) -> Array:
        """(..., k) the value alone."""
        total: Array | float = self.constant
        for y, n, eta in zip(self.events, self.size, self._eta(theta, nuisance), strict=True):
            total = (
                total + y * eta - n * (np.logaddexp(0.0, eta) if self.family == "binomial" else np.exp(eta))
            )
        return np.asarray(total)

    def __call__(self, theta: Array, nuisance: Array | float) -> tuple[Array, Array, Array]:
        value: Array | float = self.constant
        first: Array | float = 0.0
        second: Array | float = 0.0
        for y, n, slope, eta in zip(
            self.events, self.size, self.slope, self._eta(theta, nuisance), strict=True
        ):
            if self.family == "binomial":
                p = expit(eta)
                value = value + y * eta - n * np.logaddexp(0.0, eta)
                mean, spread = n * p, n * p * (1 - p)
            else:
                mean = spread = n * np.exp(eta)
                value = value + y * eta - mean
            first = first + slope * (y - mean)
            second = second - slope**2 * spread
        return np.asarray(value), np.asarray(first), np.asarray(second)


class Hypergeometric:
    """Events of arm 1 given the margins of its 2x2 table, theta the log odds ratio; (k,) columns."""

    def __init__(self, ai: Array, n1i: Array, n2i: Array, events: Array) -> None:
        self.ai, self.low = ai, np.maximum(0.0, events - n2i)
        high = np.minimum(n1i, events)
        self.inner = (ai > self.low) & (ai < high)
        # the possible tables of all studies in one row, study by study: their numbers differ by orders of magnitude
        width = (high - self.low).astype(np.int64) + 1
        self.starts = np.concatenate([[0], np.cumsum(width)[:-1]])
        self.study = np.repeat(np.arange(len(ai)), width)
        s = np.arange(len(self.study)) - self.starts[self.study] + self.low[self.study]
        n1, n2, m = n1i[self.study], n2i[self.study], events[self.study]
        weight = -(gammaln(s + 1) + gammaln(n1 - s + 1) + gammaln(m - s + 1) + gammaln(n2 - m + s + 1))
        self.s = s - ai[self.study]  # counted from what was seen, so that large tables keep their digits
        seen = self.starts + (ai - self.low).astype(np.int64)
        self.weight = weight - weight[seen][self.study]
        self._saturated: Array | None = None

    def _tables(self, theta: Array) -> tuple[Array, Array, Array]:
        shape = np.broadcast_shapes(np.shape(theta), self.ai.shape)
        log_p = self.weight + self.s * np.broadcast_to(theta, shape)[..., self.study]
        top = np.maximum.reduceat(log_p, self.starts, axis=-1)
        p = np.exp(log_p - top[..., self.study])
        return p, np.add.reduceat(p, self.starts, axis=-1), top

    def value(self, theta: Array, nuisance: Array | float) -> Array:
        """(..., k) the value alone."""
        _, norm, top = self._tables(theta)
        return np.asarray(-top - np.log(norm))

    def __call__(self, theta: Array, nuisance: Array | float) -> tuple[Array, Array, Array]:
        p, norm, top = self._tables(theta)
        mean = np.add.reduceat(p * self.s, self.starts, axis=-1) / norm
        spread = np.add.reduceat(p * (self.s - mean[..., self.study]) ** 2, self.starts, axis=-1) / norm
        return -top - np.log(norm), -mean, -spread

    @property
    def saturated(self) -> Array:
        """(k,) at each study's conditional maximum likelihood estimate; 0 where that is infinite."""
        if self._saturated is None:
            self._saturated = np.where(self.inner, self(self.estimates, 0.0)[0], 0.0)
        return self._saturated

    @property
    def estimates(self) -> Array:
        """(k,) conditional maximum likelihood estimates; 0 stands where they are infinite."""
        theta = np.zeros(self.ai.shape)
        for _ in range(_STEPS):
            _, first, second = self(theta, 0.0)
            step = np.where(self.inner, np.clip(-first / np.minimum(second, -1e-300), -1.0, 1.0), 0.0)
            theta = theta + step
            if np.max(np.abs(step)) < 1e-12:
                break
        return theta


def hermite(points: int) -> tuple[Array, Array]:
    """Points x and log(weights) + x^2 + log(sqrt 2) - log(sqrt(2 pi)), for the integral over a standard normal b."""
    x, w = np.polynomial.hermite.hermgauss(points)
    return np.asarray(np.sqrt(2) * x), np.asarray(np.log(w) + x**2 - 0.5 * np.log(np.pi))


def modes(like: Likelihood, theta: Array, tau: Array, nuisance: Array | float) -> tuple[Array, Array]:
    """(..., k) the most likely b of each study, and minus the second derivative there.

    Newton's method on a concave function, with steps halved until they do not lose.

    Raises: SynthesisError: no mode found.
    """
    b = np.zeros(np.broadcast_shapes(np.shape(theta), np.shape(tau), np.shape(like.saturated)))
    value, first, second = like(theta + tau * b, nuisance)
    value = value - b**2 / 2
    for _ in range(_STEPS):
        slope, bend = tau * first - b, 1 - tau**2 * second
        step = slope / bend
        if np.max(np.abs(step)) < 1e-11:
            return b, bend
        share = np.ones(b.shape)
        for _ in range(60):
            trial = b + share * step
            new, first_new, second_new = like(theta + tau * trial, nuisance)
            new = new - trial**2 / 2
            worse = new < value - 1e-9 * (1 + np.abs(value))
            if not worse.any():
                break
            share = np.where(worse, share / 2, share)
        b, value, first, second = trial, new, first_new, second_new
    if np.max(np.abs(step)) < 1e-6:  # rounding of large counts keeps the last digits moving
        return b, bend
    raise SynthesisError(
        "no mode of a study's likelihood was found; check for counts that are beyond any study"
    )


def marginal(
    like: Likelihood, theta: Array, tau: Array, nuisance: Array | float, points: tuple[Array, Array]
) -> Array:
    """(..., k) log of the integral over the deviation. theta, tau: (..., 1) or (..., k)."""
    if not np.any(tau):
        return like.value(theta + np.zeros(np.shape(like.saturated)), nuisance)
    b, bend = modes(like, theta, tau, nuisance)
    spread = 1 / np.sqrt(bend)
    x, weight = (side.reshape(-1, *[1] * b.ndim) for side in points)
    at = b + spread * x
    term = like.value(theta + tau * at, nuisance) - at**2 / 2 + weight
    top = term.max(axis=0)
    return np.asarray(np.log(np.exp(term - top).sum(axis=0)) + top + np.log(spread))


def marginal2(arms: Arms, at: Array, spread: Array, points: tuple[Array, Array]) -> Array:
    """(k,) log of the integral over two independent deviations, of the baseline and of the effect.

    at: (2,) mean baseline and mean effect; spread: (2,) their standard deviations. One point is Laplace's approximation;
    more are a product rule along the axes of the curvature.

    Raises: SynthesisError: no mode found.
    """
    k = arms.events.shape[1]
    design = np.stack([spread[0] * arms.level, spread[1] * arms.slope], axis=-1)
    b = np.zeros((k, 2))
    value = _value2(arms, at, spread, b)
    bend = np.zeros((k, 2, 2))
    step = np.zeros((k, 2))
    for _ in range(_STEPS):
        eta = (
            arms.offset
            + np.outer(arms.level, at[0] + spread[0] * b[:, 0])
            + np.outer(arms.slope, at[1] + spread[1] * b[:, 1])
        )
        if arms.family == "binomial":
            p = expit(eta)
            mean, weight = arms.size * p, arms.size * p * (1 - p)
        else:
            mean = weight = arms.size * np.exp(np.clip(eta, -_ETA, _ETA))
        slope = (arms.events - mean).T @ design - b
        bend = np.einsum("jk,ja,jb->kab", weight, design, design) + np.eye(2)
        step = np.linalg.solve(bend, slope[..., None])[..., 0]
        if np.max(np.abs(step)) < 1e-10:
            break
        share = np.ones(k)
        for _ in range(60):
            trial = b + share[:, None] * step
            new = _value2(arms, at, spread, trial)
            worse = new < value - 1e-9 * (1 + np.abs(value))
            if not worse.any():
                break
            share = np.where(worse, share / 2, share)
        b, value = trial, new
    if np.max(np.abs(step)) > 1e-6:
        raise SynthesisError(
            "no mode of a study's likelihood was found; check for counts that are beyond any study"
        )
    root = np.linalg.cholesky(np.linalg.inv(bend))
    x, weight = points
    z = np.stack([np.repeat(x, len(x)), np.tile(x, len(x))], axis=-1)
    at_z = b + np.einsum("kab,qb->qka", root, z)
    term = _value2(arms, at, spread, at_z) + np.add.outer(weight, weight).reshape(-1, 1)
    top = term.max(axis=0)
    return np.asarray(np.log(np.exp(term - top).sum(axis=0)) + top + np.log(root[:, 0, 0] * root[:, 1, 1]))


def _value2(arms: Arms, at: Array, spread: Array, b: Array) -> Array:
    theta, nuisance = at[1] + spread[1] * b[..., 1], at[0] + spread[0] * b[..., 0]
    return np.asarray(arms.value(theta, nuisance) - np.sum(b**2, axis=-1) / 2)
