"""Maximum likelihood by two optimisers that must agree, and a Hessian that must be trustworthy.

Spreads (standard deviations) enter through their absolute value, so the likelihood is smooth and symmetric at 0 and no
bound is needed. For the exact conditional model, metafor's numerical Hessian can give standard errors that are off by
orders of magnitude (https://github.com/wviechtb/metafor/issues/45); here two step sizes, in units of the standard errors
themselves, have to give the same standard errors.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np
from scipy import optimize

from skinproof.errors import SynthesisError
from skinproof.synthesis.effect_inputs import Array
from skinproof.synthesis.rare_integrals import Likelihood, marginal

Objective = Callable[[Array], float]
_AGREE = 1e-5
"""Log-likelihood by which the optimisers may differ: a thousandth of a standard error is 5e-7."""
_SAME = 5e-3
"""Relative difference of standard errors from two step sizes beyond which neither is believed."""

_WIDEST = 8.0
"""Spread of log odds or log rates at which, around even odds, a quarter of studies have risks below 1%, a quarter above 99%."""


class Maximum(msgspec.Struct, frozen=True, kw_only=True):
    """x: (p,) the place of the maximum; ll: the log-likelihood there; cov: (p, p) inverse of the negative Hessian;
    gap: by how much the worse of the two optimisers fell short in log-likelihood; rough: by how much more quadrature
    points change the log-likelihood."""

    x: Array
    ll: float
    cov: Array
    gap: float
    rough: float = 0.0


def maximise(f: Objective, starts: Sequence[Array], spreads: Sequence[int], what: str) -> Maximum:
    """The maximum of f, from the best of `starts`; spreads: places of the standard deviations in x.

    Raises: SynthesisError: the optimisers disagree, the maximum is at infinity, or the Hessian is poor.
    """

    def down(x: Array) -> float:
        y = np.array(x, dtype=np.float64)
        y[list(spreads)] = np.abs(y[list(spreads)])
        return -f(y) if np.all(np.abs(y) < 100) else 1e300

    values = [down(start) for start in starts]
    first = np.array(starts[int(np.argmin(values))], dtype=np.float64)
    quasi = optimize.minimize(
        down, first, method="BFGS", jac=lambda x: _gradient(down, x), options={"gtol": 1e-6, "maxiter": 500}
    )
    second = first + np.where(np.isin(np.arange(len(first)), spreads), 0.15, 0.05)
    simplex = optimize.minimize(
        down, second, method="Nelder-Mead",
        options={"xatol": 1e-6, "fatol": 1e-9, "maxiter": 4000, "initial_simplex": _simplex(second)},
    )  # fmt: skip
    # Starting the worse one again from the better would make them agree on wrinkles of the quadrature (single events)
    gap = abs(float(quasi.fun) - float(simplex.fun))
    best = np.array(quasi.x if quasi.fun <= simplex.fun else simplex.x)
    x, value = _polish(down, best)
    x[list(spreads)] = np.abs(x[list(spreads)])
    if gap > _AGREE * (1 + 1e-4 * abs(value)):
        raise SynthesisError(
            f"{what}: two optimisers disagree by {gap:.2g} in log-likelihood; there is too little in the data for"
            " this model, take one with fewer parameters (method EE, Mantel-Haenszel)"
        )
    if np.any(x[list(spreads)] > _WIDEST):
        raise SynthesisError(
            f"{what}: the heterogeneity grows without end; the studies have too few events for a random effect:"
            " take method EE, or Mantel-Haenszel"
        )
    if np.any(np.abs(x) > 30):
        raise SynthesisError(f"{what}: the likelihood grows without end; the estimate is infinite")
    return Maximum(x=x, ll=-value, cov=_covariance(down, x, spreads, what), gap=gap)


def _simplex(x: Array) -> Array:
    return np.vstack([x, x + 0.25 * np.eye(len(x))])


def _gradient(f: Objective, x: Array) -> Array:
    h = 1e-4
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


def _polish(f: Objective, x: Array) -> tuple[Array, float]:
    """Newton's steps with numerical derivatives, as long as they gain: quasi-Newton stops some digits early."""
    value = f(x)
    for _ in range(8):
        hessian = _hessian(f, x, np.full(len(x), 3e-3))
        try:
            step = -np.linalg.solve(hessian, _gradient(f, x))
        except np.linalg.LinAlgError:
            break
        if not np.all(np.isfinite(step)) or np.max(np.abs(step)) > 0.5:
            break
        new = f(x + step)
        if new > value:
            break
        x, gain, value = x + step, value - new, new
        if np.max(np.abs(step)) < 1e-9 or gain == 0:
            break
    return np.array(x), float(value)


def _hessian(f: Objective, x: Array, h: Array) -> Array:
    """Second derivatives of fourth order (central differences at h and 2h, combined)."""
    near, far = _differences(f, x, h), _differences(f, x, 2 * h)
    return np.asarray((4 * near - far) / 3)


def _differences(f: Objective, x: Array, h: Array) -> Array:
    p, middle = len(x), f(x)
    out = np.empty((p, p))
    unit = np.diag(h)
    for i in range(p):
        up, down = f(x + unit[i]), f(x - unit[i])
        out[i, i] = (up - 2 * middle + down) / h[i] ** 2
        for j in range(i):
            cross = (
                f(x + unit[i] + unit[j])
                - f(x + unit[i] - unit[j])
                - f(x - unit[i] + unit[j])
                + f(x - unit[i] - unit[j])
            )
            out[i, j] = out[j, i] = cross / (4 * h[i] * h[j])
    return out


def _covariance(f: Objective, x: Array, spreads: Sequence[int], what: str) -> Array:
    poor = SynthesisError(
        f"{what}: the curvature of the likelihood cannot be trusted, so a standard error would be arbitrary;"
        " take a model with fewer parameters (method EE, Mantel-Haenszel)"
    )
    # By symmetry, a spread of 0 has no cross terms with the rest: it is left out, and its own row stays 0
    spread = np.isin(np.arange(len(x)), list(spreads))
    keep = ~(spread & (x < 1e-3))
    scale = np.full(len(x), 0.3)
    for _ in range(3):  # steps in units of the standard errors, which the first rounds only guess
        diagonal = np.diag(_differences(f, x, 0.05 * scale))
        if not np.all(diagonal[keep] > 0):
            raise poor
        scale = np.clip(1 / np.sqrt(np.where(keep, diagonal, 1.0)), 1e-5, 2.0)
        scale = np.where(
            spread & keep, np.minimum(scale, x), scale
        )  # the likelihood of small spreads is not quadratic
    some = np.ix_(keep, keep)
    unit = np.outer(scale, scale)[some]
    found = []
    for step in (0.04, 0.1):
        hessian = _hessian(f, x, step * scale)[some] * unit
        if not np.all(np.isfinite(hessian)) or np.linalg.eigvalsh(hessian)[0] < 1e-4:
            raise poor
        found.append(np.linalg.inv(hessian) * unit)
    fine, coarse = (np.sqrt(np.diag(one))[~spread[keep]] for one in found)
    if np.max(np.abs(fine / coarse - 1)) > _SAME:
        raise poor
    out = np.zeros((len(x), len(x)))
    out[some] = found[0]
    return out


class Profile:
    """Each study's nuisance parameter at its best, given the effect and its spread; starts from its last answer."""

    def __init__(self, like: Likelihood, points: tuple[Array, Array], start: Array) -> None:
        self.like, self.points = like, points
        self.nuisance = np.array(start, dtype=np.float64)
        self.info = np.ones(len(start))

    def __call__(self, theta: float, tau: float) -> Array:
        """(k,) log-likelihoods. Raises: SynthesisError: no maximum over the nuisance parameters."""
        spread = np.full((1, 1), tau)
        best = self._at(theta, spread, self.nuisance[None, :])[0]
        for _ in range(200):
            h = 0.01 / np.sqrt(self.info)
            down, up = self._at(theta, spread, self.nuisance + np.array([[-1.0], [1.0]]) * h)
            slope, bend = (up - down) / (2 * h), (2 * best - up - down) / h**2
            self.info = np.clip(bend, 1e-3, 1e12)
            step = np.clip(slope / self.info, -1.0, 1.0)
            if np.max(np.abs(step) * np.sqrt(self.info)) < 1e-6:
                return np.asarray(best)
            for _ in range(40):
                new = self._at(theta, spread, (self.nuisance + step)[None, :])[0]
                worse = new < best - 1e-10 * (1 + np.abs(best))
                if not worse.any():
                    break
                step = np.where(worse, step / 2, step)
            self.nuisance, best = self.nuisance + step, new
        raise SynthesisError(
            "the baseline of a study has no maximum likelihood estimate; leave the study out"
        )

    def _at(self, theta: float, tau: Array, nuisance: Array) -> Array:
        return marginal(self.like, np.full((1, 1), theta), tau, nuisance, self.points)
