"""Confidence intervals of the variances and correlations of a multilevel model, from the profile likelihood.

Source: Hardy and Thompson 1996, doi:10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A.
"""

from collections.abc import Callable

import msgspec
import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.multilevel_likelihood import Model, climb, scales, starts
from skinproof.synthesis.multilevel_result import Component, MultilevelResult
from skinproof.synthesis.multilevel_terms import Term
from skinproof.synthesis.results import as_fraction
from skinproof.synthesis.sums import Floats

_FAR = 1e4
"""Typical variances beyond which an upper bound is called infinite."""


class ComponentInterval(msgspec.Struct, frozen=True, kw_only=True):
    """The interval of a variance or correlation. kind, of: as in `Component`; upper bound inf: none was
    found.
    """

    kind: str
    of: str
    estimate: float
    ci_lb: float
    ci_ub: float


def confint(result: MultilevelResult, level: float | None = None) -> tuple[ComponentInterval, ...]:
    """The interval of each estimated variance and correlation: all values whose likelihood, with everything
    else at its best, is not significantly lower.

    At the bounds of what is possible (a variance of 0, a correlation of -1 or 1) the interval ends there.
    metafor (3.8) often gives no bound ("convergence problems") where this does.

    Raises: SynthesisError: the likelihood beside a held value did not converge.
    """
    fraction = result.level if level is None else as_fraction(level)
    drop = 0.5 * float(chi2.ppf(fraction, 1))
    return tuple(_interval(result, part, drop) for part in result.components if not part.fixed)


def profile(result: MultilevelResult, component: int, values: Floats) -> Floats:
    """The log likelihood at values of one component, everything else at its best; for a picture.

    Raises: UsageError: no such component, or it was fixed.
    """
    if not 0 <= component < len(result.components) or result.components[component].fixed:
        raise UsageError(f"component {component}: give the place of an estimated one in `components`")
    held = _Held(result, result.components[component])
    return np.array([held(float(value)) for value in values])


def _interval(result: MultilevelResult, part: Component, drop: float) -> ComponentInterval:
    held = _Held(result, part)
    target = result.maximum.point.height - drop
    low, high = held.bounds
    step = 0.5 * max(part.value, 0.02 * held.typical) if held.variance else 0.2

    def excess(value: float) -> float:
        return held(value) - target

    return ComponentInterval(
        kind=part.kind,
        of=part.of,
        estimate=part.value,
        ci_lb=_bound(excess, part.value, low, -step, held.typical),
        ci_ub=_bound(excess, part.value, high, step, held.typical),
    )


def _bound(
    excess: Callable[[float], float], estimate: float, end: float, step: float, typical: float
) -> float:
    """The first value from the estimate towards `end` where the likelihood falls below the target."""
    inside = estimate
    while True:
        beyond = inside + step
        last = beyond <= end if step < 0 else beyond >= end
        beyond = end if last else beyond
        if beyond == inside:
            return end
        if np.isinf(end) and beyond > _FAR * typical:
            return float("inf")
        if excess(beyond) < 0:
            return float(brentq(excess, inside, beyond, xtol=1e-12 * max(typical, 1e-12), rtol=1e-10))
        if last:
            return end
        inside, step = beyond, 2 * step


class _Held:
    """The highest log likelihood with one parameter held."""

    def __init__(self, result: MultilevelResult, part: Component) -> None:
        model, term = result.model, result.model.terms[part.term]
        self.variance = part.parameter < term.variances
        place = model.parts[part.term].start + part.parameter
        self.u = result.maximum.u.copy()
        if term.struct == "UN" and not self.variance:
            i, j = term.pairs[part.parameter - term.variances]
            turned = term.first(j, i)
            span = model.parts[part.term]
            self.u[span] = _turn(term, turned, self.u[span])
            term, place = turned, span.start + term.variances
            terms = (*model.terms[: part.term], turned, *model.terms[part.term + 1 :])
            model = model.with_terms(terms)
        self.model, self.term, self.place = model, term, place
        self.parameter = place - model.parts[part.term].start
        self.maxiter = result.maxiter
        self.scale = scales(model)
        self.typical = float(np.median(model.v.diagonal)) + part.value if self.variance else 1.0
        self.best, self.at = self.u, part.value

    @property
    def bounds(self) -> tuple[float, float]:
        if self.variance:
            return 0.0, float("inf")
        return (0.0 if self.term.struct == "CAR" else self.term.lowest), 1.0

    def __call__(self, value: float) -> float:
        model = self._holding(value)
        coordinate = self.term.coordinate(self.parameter, value)
        top = None
        for begin in (self.best, self.u, None):
            if begin is None and top is not None:
                break
            for u in starts(model) if begin is None else [begin.copy()]:
                u[self.place] = coordinate
                found = climb(model, u, self.scale, self.maxiter)
                if (
                    found is not None
                    and found.found
                    and (top is None or found.point.height > top.point.height)
                ):
                    top = found
        if top is not None:
            self.best = top.u
            return top.point.height
        raise SynthesisError(
            f"the likelihood with one parameter held at {value:.4g} did not converge; take a simpler struct"
        )

    def _holding(self, value: float) -> Model:
        model = self.model.with_terms(self.model.terms)
        model.fixed = model.fixed.copy()
        model.fixed[self.place] = value
        return model


def _turn(term: Term, turned: Term, u: Floats) -> Floats:
    """The free numbers of the same covariance with the levels in another order."""
    g = term.matrix(u)
    deviations = np.sqrt(np.maximum(np.diagonal(g), 0.0))
    scale = np.where(deviations > 0, deviations, 1.0)
    order = np.array(turned.order)
    r = (g / np.outer(scale, scale))[np.ix_(order, order)]
    np.fill_diagonal(r, 1.0)
    # rounding can leave a correlation of 1 just beyond what has a root
    root = np.linalg.cholesky(r + 1e-12 * np.eye(len(r)))
    angles = []
    for i in range(1, len(r)):
        left = 1.0
        for j in range(i):
            angle = float(np.arccos(np.clip(root[i, j] / max(left, 1e-12), -1, 1)))
            angles.append(angle)
            left *= float(np.sin(angle))
    return np.concatenate([deviations, angles])
