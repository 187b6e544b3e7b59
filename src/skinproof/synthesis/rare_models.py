"""What each rare-event model maximises: with equal effects, with random effects, and with an effect for each study.

Sources: as in rare_glmm.
"""

import msgspec
import numpy as np
from scipy.special import logit

from skinproof.errors import SynthesisError
from skinproof.synthesis.effect_inputs import Array, Flags, ratio
from skinproof.synthesis.rare_counts import Counts
from skinproof.synthesis.rare_fit import Maximum, Profile, maximise
from skinproof.synthesis.rare_integrals import Arms, Hypergeometric, Likelihood, hermite, marginal, marginal2

Columns = dict[str, Array]
CODING = {0.5: (0.5, -0.5), 1.0: (1.0, 0.0), 0.0: (0.0, -1.0)}
"""Whose outcome the study's deviation moves: both arms, the first, or the second."""

_SPREADS = (0.05, 0.3, 0.8, 2.0)
"""Starts for the spread of the effects: the likelihood may have a second maximum at 0."""

_FINE = 61
"""Points for looking again whether a spread is real: few of them wrinkle a likelihood that is flat in the spread."""

_GAIN = 1e-6
"""Log-likelihood below which a spread explains nothing; where the data cannot tell, the smallest spread is taken."""


class Spec(msgspec.Struct, frozen=True, kw_only=True):
    """What to fit; place: of the effect among the parameters; sigma: of the baselines' spread, if random."""

    measure: str
    model: str
    points: int
    coding: float

    @property
    def place(self) -> int:
        return 1 if self.model == "UM.RS" else 0

    @property
    def sigma(self) -> int | None:
        return 2 if self.model == "UM.RS" else None

    def fewest(self, method: str) -> int:
        """Studies needed: one for each parameter that they tell about, and two for heterogeneity."""
        return 2 if method == "ML" or self.model == "UM.RS" else 1

    def parameters(self, k: int, method: str) -> int:
        """Parameters of the model of k studies."""
        return 1 + (method == "ML") + {"UM.FS": k, "UM.RS": 2}.get(self.model, 0)

    @property
    def family(self) -> str:
        return "binomial" if self.measure in ("OR", "PLO") else "poisson"


def check_finite(measure: str, counts: Counts) -> None:
    """Refuse data whose estimate is infinite.

    Raises: SynthesisError: every event in one arm, none at all, or nothing but events.
    """
    c = counts.columns
    if not counts.k:
        raise SynthesisError("no study has an event in one arm and none in all: there is nothing to compare")
    if measure in ("PLO", "IRLN"):
        if not c["xi"].any():
            people = c["ni" if measure == "PLO" else "ti"].sum()
            raise SynthesisError(
                f"no event in {people:g} {'people' if measure == 'PLO' else 'units of time'} of {counts.k} studies:"
                f" the log is infinite; report the exact one-sided 97.5% bound, {-np.log(0.025) / people:.2g}"
            )
        if measure == "PLO" and not c["mi"].any():
            raise SynthesisError(f"nothing but events in all {counts.k} studies: the log odds are infinite")
        return
    if measure == "OR":
        first, second = c["ai"] * c["di"], c["bi"] * c["ci"]
    else:
        first, second = c["x1i"], c["x2i"]
    if not (first.any() or second.any()):
        raise SynthesisError("no study tells the outcomes apart (no event, or only events, in every arm)")
    for arm, mass in ((1, first), (2, second)):
        if not mass.any():
            raise SynthesisError(
                f"every study speaks against events in arm {arm} (no event there, or only events in the other arm):"
                " the ratio is infinite; use the risk difference, Peto's method, or the test of Mantel-Haenszel"
            )


def likelihood(spec: Spec, c: Columns) -> tuple[Likelihood, Array]:
    """The likelihood of the studies that tell about the effect, and where to start their baselines."""
    binomial = spec.family == "binomial"
    if spec.measure in ("PLO", "IRLN"):
        return Arms(spec.family, c["xi"][None], c["ni" if binomial else "ti"][None], (1.0,)), np.zeros(0)
    if spec.model == "CM.EL" and binomial:
        c = _some(c, ((c["ai"] + c["ci"]) > 0) & ((c["bi"] + c["di"]) > 0))
        return Hypergeometric(c["ai"], c["n1i"], c["n2i"], c["ai"] + c["ci"]), np.zeros(0)
    x1, x2, n1, n2 = (
        c[name] for name in (("ai", "ci", "n1i", "n2i") if binomial else ("x1i", "x2i", "t1i", "t2i"))
    )
    if spec.model in ("CM.AL", "CM.EL"):
        keep = x1 + x2 > 0
        x1, x2, n1, n2 = x1[keep], x2[keep], n1[keep], n2[keep]
        return Arms("binomial", x1[None], (x1 + x2)[None], (1.0,), offset=np.log(n1 / n2)[None]), np.zeros(0)
    events, size = np.stack([x1, x2]), np.stack([n1, n2])
    if spec.model == "UM.FS":
        total, people = events.sum(axis=0), size.sum(axis=0)
        keep = (total > 0) & ((total < people) if binomial else True)
        events, size, total, people = events[:, keep], size[:, keep], total[keep], people[keep]
        start = logit(total / people) if binomial else np.log(total / people)
        return Arms(spec.family, events, size, CODING[spec.coding], (1.0, 1.0)), start
    return Arms(spec.family, events, size, CODING[spec.coding], (1.0, 1.0)), np.zeros(events.shape[1])


def _some(c: Columns, keep: Flags) -> Columns:
    return {name: column[keep] for name, column in c.items()}


def fit(spec: Spec, c: Columns, method: str) -> Maximum:
    """The maximum likelihood fit; x: (effect, spread), or for UM.RS (baseline, effect, its spread, spread of effects),
    without the last for EE.

    Raises: SynthesisError: see `rare_fit.maximise`.
    """
    like, start = likelihood(spec, c)
    points = hermite(spec.points)
    what = f"{spec.model or spec.measure}/{method}"
    if spec.model == "UM.RS":
        return _fit_random(spec, like, method, what)
    profile = Profile(like, points, start) if spec.model == "UM.FS" else None

    def total(x: Array) -> float:
        theta, tau = float(x[0]), float(x[1]) if len(x) > 1 else 0.0
        if profile is not None:
            return float(profile(theta, tau).sum())
        return float(marginal(like, np.full((1, 1), theta), np.full((1, 1), tau), 0.0, points).sum())

    equal = maximise(total, [np.array([_crude(spec, c)])], (), what)
    if method == "EE":
        return equal
    found = maximise(total, [np.array([equal.x[0], tau]) for tau in _SPREADS], (1,), what)
    points = hermite(_FINE)
    profile = Profile(like, points, start) if profile is not None else None
    fine = total(found.x)
    if fine - equal.ll <= _GAIN:
        return _without(equal, found)
    return msgspec.structs.replace(found, rough=fine - found.ll)


def _crude(spec: Spec, c: Columns) -> float:
    """The effect in all people together, half an event added to keep it finite: where to start, nothing more."""
    if spec.measure == "PLO":
        return float(np.log((c["xi"].sum() + 0.5) / (c["mi"].sum() + 0.5)))
    if spec.measure == "IRLN":
        return float(np.log(c["xi"].sum() / c["ti"].sum()))
    if spec.measure == "IRR":
        return float(
            np.log((c["x1i"].sum() + 0.5) / c["t1i"].sum() * c["t2i"].sum() / (c["x2i"].sum() + 0.5))
        )
    n = c["n1i"] + c["n2i"]
    return float(np.log((np.sum(c["ai"] * c["di"] / n) + 0.1) / (np.sum(c["bi"] * c["ci"] / n) + 0.1)))


def _fit_random(spec: Spec, like: Likelihood, method: str, what: str) -> Maximum:
    """Random baselines: one deviation of each study with equal effects, two with random effects."""
    if not isinstance(like, Arms):  # for the type: UM.RS always has arms
        raise SynthesisError(f"{what}: no arms")
    points, sides = hermite(spec.points), np.array(CODING[spec.coding])
    mean, guess = _baseline(spec, like)
    one = Arms(like.family, like.events, like.size, (1.0, 1.0), tuple(sides))

    def equal(x: Array) -> float:
        return float(marginal(one, np.full((1, 1), x[0]), np.full((1, 1), x[2]), float(x[1]), points).sum())

    def both(x: Array) -> float:
        return float(marginal2(like, np.array(x[:2]), np.array(x[2:]), points).sum())

    start = [np.array([mean, 0.0, sigma]) for sigma in (guess, 0.3, 1.0)]
    first = maximise(equal, start, (2,), what)
    if method == "EE":
        return first
    found = maximise(both, [np.append(first.x, tau) for tau in _SPREADS], (2, 3), what)
    return found if found.ll - first.ll > _GAIN else _without(first, found)


def _without(equal: Maximum, found: Maximum) -> Maximum:
    """The fit with equal effects, as one whose spread is 0."""
    cov = np.zeros(found.cov.shape)
    cov[:-1, :-1] = equal.cov
    return Maximum(x=np.append(equal.x, 0.0), ll=equal.ll, cov=cov, gap=found.gap)


def _baseline(spec: Spec, like: Arms) -> tuple[float, float]:
    total, people = like.events.sum(axis=0), like.size.sum(axis=0)
    if spec.family == "binomial":
        each = logit((total + 0.5) / (people + 1))
        return float(logit((total.sum() + 0.5) / (people.sum() + 1))), float(each.std()) + 0.1
    return float(np.log(total.sum() / people.sum())), float(np.log((total + 0.5) / people).std()) + 0.1


def heterogeneity(spec: Spec, c: Columns, ll_equal: float) -> tuple[float, float]:
    """Wald's and the likelihood ratio chi-square of equal effects.

    Studies whose own effect is infinite have an infinite variance, so they add nothing to Wald's test.
    """
    if spec.model == "UM.RS":
        return _random_heterogeneity(spec, c, ll_equal)
    like, _ = likelihood(spec, c)
    lrt = max(0.0, 2 * (float(np.sum(like.saturated)) - ll_equal))
    if isinstance(like, Hypergeometric):
        theta = like.estimates
        w = np.where(like.inner, -like(theta, 0.0)[2], 0.0)
        return _wald(theta, w), lrt
    if spec.measure == "PLO":
        cells, y = [c["xi"], c["mi"]], ratio(c["xi"], c["mi"])
    elif spec.measure == "IRLN":
        cells, y = [c["xi"]], c["xi"] / c["ti"]
    elif spec.model == "CM.AL":
        cells, y = [c["ai"], c["ci"]], ratio(c["ai"] * c["n2i"], c["ci"] * c["n1i"])
    elif spec.measure == "IRR":
        cells, y = [c["x1i"], c["x2i"]], ratio(c["x1i"] * c["t2i"], c["x2i"] * c["t1i"])
    else:
        cells = [c[name] for name in ("ai", "bi", "ci", "di")]
        y = ratio(c["ai"] * c["di"], c["bi"] * c["ci"])
    finite = np.logical_and.reduce([cell > 0 for cell in cells])
    w = np.where(finite, 1 / np.sum([1 / np.where(cell > 0, cell, 1.0) for cell in cells], axis=0), 0.0)
    return _wald(np.log(np.where(finite, y, 1.0)), w), lrt


def _wald(theta: Array, w: Array) -> float:
    if not w.any():
        return 0.0
    return float(np.sum(w * (theta - np.sum(w * theta) / np.sum(w)) ** 2))


def _random_heterogeneity(spec: Spec, c: Columns, ll_equal: float) -> tuple[float, float]:
    """With random baselines: an effect for each study (profiled), and the distribution of the baselines."""
    like, _ = likelihood(spec, c)
    if not isinstance(like, Arms):  # for the type: UM.RS always has arms
        raise SynthesisError("UM.RS: no arms")
    # Each study's effect moves arm 1 alone, as in metafor; the random baseline is that of arm 2. Where arm 1 has no
    # event (or only events) its likelihood tends to 1 as the effect tends to infinity, so that arm drops out.
    sure = (like.events[0] == 0) | ((like.events[0] == like.size[0]) & (like.family == "binomial"))
    events, size = (np.stack([np.where(sure, 0.0, side[0]), side[1]]) for side in (like.events, like.size))
    one = Arms(like.family, events, size, (1.0, 1.0), (1.0, 0.0))
    points = hermite(spec.points)
    mean, guess = _baseline(spec, like)
    profile = Profile(one, points, np.zeros(len(sure)))
    starts = [np.array([mean, sigma]) for sigma in (guess, 0.3, 1.0)]
    found = maximise(
        lambda x: float(profile(float(x[0]), float(x[1])).sum()), starts, (1,), "an effect for each study"
    )
    profile(float(found.x[0]), float(found.x[1]))
    lrt = max(0.0, 2 * (found.ll - ll_equal))
    theta = profile.nuisance[~sure]
    if len(theta) < 2:
        return 0.0, lrt
    cov = _joint(one, points, profile.nuisance, found.x, ~sure)
    contrast = np.hstack([-np.ones((len(theta) - 1, 1)), np.eye(len(theta) - 1)])
    difference = contrast @ theta
    return float(difference @ np.linalg.solve(contrast @ cov @ contrast.T, difference)), lrt


def _joint(one: Arms, points: tuple[Array, Array], theta: Array, x: Array, finite: Flags) -> Array:
    """Covariance of the finite effects of the studies, the baselines' mean and spread being estimated as well."""

    def at(shift: float, mean: float, sigma: float) -> Array:
        here, spread = np.full(len(theta), x[0] + mean), np.full(len(theta), abs(x[1] + sigma))
        return marginal(one, here, spread, theta + shift, points)

    h = 0.02
    zero = at(0.0, 0.0, 0.0)
    own = (at(h, 0.0, 0.0) + at(-h, 0.0, 0.0) - 2 * zero) / h**2
    cross, shared = np.empty((len(theta), 2)), np.empty((2, 2))
    for i, (m, s) in enumerate(((h, 0.0), (0.0, h))):
        cross[:, i] = (at(h, m, s) - at(h, -m, -s) - at(-h, m, s) + at(-h, -m, -s)) / (4 * h**2)
        shared[i, i] = float(np.sum(at(0.0, m, s) + at(0.0, -m, -s) - 2 * zero)) / h**2
    both = at(0.0, h, h) - at(0.0, h, -h) - at(0.0, -h, h) + at(0.0, -h, -h)
    shared[0, 1] = shared[1, 0] = float(both.sum()) / (4 * h**2)
    full = -np.block([[np.diag(own[finite]), cross[finite]], [cross[finite].T, shared]])
    if x[1] < 1e-3:  # without spread of the baselines its own curvature says nothing
        full = full[:-1, :-1]
    k = int(finite.sum())
    return np.asarray(np.linalg.inv(full)[:k, :k])
