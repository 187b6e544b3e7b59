"""The trials of a network: their contrasts, what they compare, and which treatments are connected."""

from collections.abc import Sequence
from itertools import combinations

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError
from skinproof.synthesis.covariance import codes, components
from skinproof.synthesis.problem import LEAST, MOST, numbers
from skinproof.synthesis.sums import Floats

_AGREE = 0.05
"""Contrasts of one trial may disagree by this part of their standard error: the rounding of published
numbers.
"""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A trial. arms: its m treatments by name; y: (m - 1,) effects of arms 2 to m minus arm 1; v: their
    covariances.
    """

    name: str
    arms: tuple[str, ...]
    y: Floats
    v: Floats

    def contrast(self, one: str, two: str) -> tuple[float, float]:
        """Effect and variance of treatment one minus two."""
        c = np.zeros(len(self.arms) - 1)
        for arm, sign in ((one, 1.0), (two, -1.0)):
            place = self.arms.index(arm)
            if place:
                c[place - 1] += sign
        return float(c @ self.y), float(c @ self.v @ c)


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """Trials of treatments. Treatments are classes of agents, not products: see `network_arms`."""

    trials: tuple[Trial, ...]

    @property
    def treatments(self) -> tuple[str, ...]:
        return tuple(sorted({arm for trial in self.trials for arm in trial.arms}))

    @property
    def parts(self) -> list[tuple[str, ...]]:
        """Treatments that are connected with each other, by any path of trials."""
        names = self.treatments
        place = {name: i for i, name in enumerate(names)}
        edges = [
            (
                np.array([place[trial.arms[0]]] * (len(trial.arms) - 1)),
                np.array([place[arm] for arm in trial.arms[1:]]),
            )
            for trial in self.trials
        ]
        part = components(len(names), edges)
        return [tuple(np.array(names)[part == i].tolist()) for i in range(int(part.max(initial=-1)) + 1)]

    def design(self, trial: Trial, reference: str) -> Floats:
        """(m - 1, T - 1): the trial's contrasts by the effects of the treatments against the reference."""
        others = [name for name in self.treatments if name != reference]
        x = np.zeros((len(trial.arms) - 1, len(others)))
        for row, arm in enumerate(trial.arms[1:]):
            for name, sign in ((arm, 1.0), (trial.arms[0], -1.0)):
                if name != reference:
                    x[row, others.index(name)] += sign
        return x


def network_arms(
    study: Sequence[object], treatment: Sequence[object], yi: npt.ArrayLike, vi: npt.ArrayLike
) -> Network:
    """The network of arms, one row each: a mean, a log odds, ... and its variance.

    treatment: a class of agents ("exosomes", "laser", "placebo"). Comparing products needs trials of
    products; a name with a trade mark is refused.

    Raises: SynthesisError: a trial with one arm, or twice the same treatment; bad numbers.
    """
    y, v, trial, names, treatments = _columns(study, treatment, yi, vi)
    made = []
    for number, name in enumerate(names):
        rows = np.flatnonzero(trial == number)
        arms = [treatments[row] for row in rows]
        if len(set(arms)) < len(arms):
            twice = next(arm for arm in arms if arms.count(arm) > 1)
            raise SynthesisError(f"study {name}: {twice} twice; pool arms of the same treatment first")
        if len(arms) < 2:
            raise SynthesisError(f"study {name}: one arm compares nothing; leave it out")
        order = np.array(sorted(range(len(rows)), key=lambda i: arms[i]))
        rows = rows[order]
        covariance = np.diag(v[rows[1:]]) + v[rows[0]]
        made.append(
            Trial(name=name, arms=tuple(arms[i] for i in order), y=y[rows[1:]] - y[rows[0]], v=covariance)
        )
    return Network(trials=tuple(made))


def network_contrasts(
    study: Sequence[object],
    treat1: Sequence[object],
    treat2: Sequence[object],
    yi: npt.ArrayLike,
    vi: npt.ArrayLike,
) -> Network:
    """The network of contrasts, one row each: the effect of treat1 minus treat2 and its variance.

    A trial of m arms gives all its m (m - 1) / 2 contrasts: their variances say what the arms share. Small
    disagreement from rounding is spread evenly; more is refused.

    Source: Rücker 2012, doi:10.1002/jrsm.1058, and Rücker and Schwarzer 2014, doi:10.1002/sim.6236 (multi-arm
    trials).

    Raises: SynthesisError: contrasts are missing, repeated or contradict each other; bad numbers.
    """
    y, v, trial, names, one = _columns(study, treat1, yi, vi)
    two = _treatments(treat2, "treat2", len(y))
    made = []
    for number, name in enumerate(names):
        rows = np.flatnonzero(trial == number)
        arms = tuple(sorted({one[row] for row in rows} | {two[row] for row in rows}))
        seen: dict[frozenset[str], int] = {}
        for row in rows:
            pair = frozenset((one[row], two[row]))
            if len(pair) < 2:
                raise SynthesisError(f"row {row + 1}: {one[row]} is compared with itself")
            if pair in seen:
                raise SynthesisError(
                    f"rows {seen[pair] + 1} and {row + 1}: the same contrast of study {name} twice"
                )
            seen[pair] = int(row)
        missing = [pair for pair in combinations(arms, 2) if frozenset(pair) not in seen]
        if missing:
            raise SynthesisError(
                f"study {name} has {len(arms)} arms and no contrast of {missing[0][0]} and {missing[0][1]}; give all "
                "contrasts of its arms, or its arms themselves"
            )
        made.append(_trial(name, arms, seen, one, y, v))
    return Network(trials=tuple(made))


def _trial(
    name: str,
    arms: tuple[str, ...],
    rows: dict[frozenset[str], int],
    one: Sequence[str],
    y: Floats,
    v: Floats,
) -> Trial:
    m = len(arms)
    differences, variances = np.zeros((m, m)), np.zeros((m, m))
    for i, j in combinations(range(m), 2):
        row = rows[frozenset((arms[i], arms[j]))]
        sign = 1.0 if one[row] == arms[i] else -1.0
        differences[i, j], differences[j, i] = sign * y[row], -sign * y[row]
        variances[i, j] = variances[j, i] = v[row]
    means = differences.mean(axis=1)  # least squares of the arms
    off = np.abs(differences - (means[:, None] - means))
    if float(off.max()) > _AGREE * float(np.sqrt(variances[variances > 0].min())):
        i, j = (int(place) for place in np.unravel_index(int(off.argmax()), off.shape))
        raise SynthesisError(
            f"study {name}: the contrast of {arms[i]} and {arms[j]} contradicts the other contrasts of this study; check "
            "signs and rows"
        )
    v_trial = 0.5 * (variances[1:, [0]] + variances[[0], 1:] - variances[1:, 1:])
    if float(np.linalg.eigvalsh(v_trial)[0]) <= 1e-10 * float(v_trial.max()):
        raise SynthesisError(
            f"study {name}: no trial of {m} arms has these variances of its contrasts; check them, or give the arms"
        )
    return Trial(name=name, arms=arms, y=means[1:] - means[0], v=v_trial)


def _columns(
    study: Sequence[object], treatment: Sequence[object], yi: npt.ArrayLike, vi: npt.ArrayLike
) -> tuple[Floats, Floats, npt.NDArray[np.int64], tuple[str, ...], list[str]]:
    y, v = np.atleast_1d(numbers(yi, "yi")), np.atleast_1d(numbers(vi, "vi"))
    if y.ndim != 1 or y.shape != v.shape:
        raise SynthesisError(f"yi has {y.size} values and vi {v.size}; give a variance for each effect")
    for row in np.flatnonzero(~np.isfinite(y) | (np.abs(y) > MOST)):
        raise SynthesisError(
            f"row {row + 1}, column yi: {y[row]:g} is not a finite effect; complete it or leave it out"
        )
    for row in np.flatnonzero(~((v >= LEAST) & (v <= MOST))):
        raise SynthesisError(
            f"row {row + 1}, column vi: {v[row]:g} is not a variance: it must be above 0 and finite"
        )
    if not y.size:
        raise SynthesisError("no rows: there is nothing to compare")
    trial, names = codes(study, "study", len(y))
    return y, v, trial, names, _treatments(treatment, "treatment", len(y))


def _treatments(values: Sequence[object], column: str, k: int) -> list[str]:
    code, names = codes(values, column, k)
    for name in names:
        if any(mark in name for mark in "®™©"):
            raise SynthesisError(
                f"column {column}: {name!r} is a product; networks here compare classes of agents"
            )
    return [names[i] for i in code]
