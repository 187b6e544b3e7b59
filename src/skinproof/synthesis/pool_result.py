"""What one meta-analysis says, as plain numbers."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError
from skinproof.synthesis.confidence import FitStats, Prediction, Tau2Interval
from skinproof.synthesis.problem import UNEVEN
from skinproof.synthesis.regression import Design
from skinproof.synthesis.results import OK, STATUS, PoolMany
from skinproof.synthesis.sums import Floats
from skinproof.synthesis.tau2 import EQUAL


class _Number:
    """A value of `PoolMany`, of the only meta-analysis."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, result: "PoolResult", owner: type) -> float:
        return float(getattr(result.many, self.name)[0])


class _Coefficients:
    """A value for each coefficient: a number where the mean is the only one, else (p,)."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, result: "PoolResult", owner: type) -> float | Floats:
        value = getattr(result.many, self.name)[0]
        return float(value) if value.ndim == 0 else value


class PoolResult:
    """One pooled meta-analysis; the names are those of `PoolMany`, where they are explained.

    many: the same as a batch of one. notes: what a reader must know beside the numbers.

    Raises: SynthesisError: nothing could be pooled; the message says why.
    """

    beta = _Coefficients()
    se = _Coefficients()
    zval = _Coefficients()
    pval = _Coefficients()
    ci_lb = _Coefficients()
    ci_ub = _Coefficients()
    vb = _Coefficients()
    tau2 = _Number()
    se_tau2 = _Number()
    i2 = _Number()
    i2_q = _Number()
    h2 = _Number()
    r2 = _Number()
    vt = _Number()
    s2w = _Number()
    dfs = _Number()
    qe = _Number()
    qep = _Number()
    qm = _Number()
    qmp = _Number()
    pi_lb = _Number()
    pi_ub = _Number()

    def __init__(self, many: PoolMany) -> None:
        status = int(many.status[0])
        if status != OK:
            k, p = int(many.k[0]), many.p
            exact = ", or test z" if k == p and many.method in EQUAL else ""
            raise SynthesisError(f"{k} studies, {p} coefficients: {STATUS[status]}{exact}")
        self.many = many
        self.method, self.test, self.level = many.method, many.test, many.level
        self.names, self.p, self.qm_df = many.names, many.p, many.qm_df
        self.k = int(many.k[0])

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the numbers."""
        said = []
        if self.k == 1:
            said.append(
                "One study: nothing is pooled, heterogeneity is unknown, and the interval is that study's own."
            )
            if self.test != "z":
                said.append(f"Test {self.test} needs two studies or more; the normal distribution is used.")
        if self.k == self.p > 1:
            said.append(
                "As many coefficients as studies: they fit exactly, and nothing is left to judge the model by."
            )
        if self.k > self.p and self.qe <= 1e-20 * max(
            1.0, float(np.max(np.square(self._effects_per_error())))
        ):
            said.append("The estimates do not differ at all; check that they are not copies of one study.")
            if self.test == "knha":
                said.append("The Knapp-Hartung interval has no width then; test 'adhoc' keeps that of z.")
        if self.many.problem.spread(slice(None))[0] > UNEVEN:
            said.append(
                "The largest variance is over ten million times the smallest; check that none is mistyped."
            )
        if bool(self.many.several[0]):
            said.append(
                "The likelihood has several maxima; tau2 is the highest one, and its interval may be two."
            )
        return tuple(said)

    def _effects_per_error(self) -> Floats:
        ratio: Floats = self.many.problem.y[0] / np.sqrt(self.many.problem.v[0])
        return ratio

    @property
    def weights(self) -> Floats:
        """(k,) percent of the weight that each study has."""
        weights: Floats = self.many.weights[0]
        return weights

    def fit_stats(self, kind: str | None = None) -> dict[str, float]:
        """ll, dev, aic, bic and aicc; kind "ML" or "REML", without it that of the method."""
        return _plain(self.many.fit_stats(kind), ("ll", "dev", "aic", "bic", "aicc"))

    def tau2_interval(self, kind: str = "QP", level: float | None = None) -> dict[str, float]:
        """Bounds tau2_lb, tau2_ub, tau_lb, ..., i2_lb, ..., h2_ub; kind "QP" or "PL"."""
        interval = self.many.tau2_interval(kind, level)
        return _plain(
            interval, [f"{name}_{end}" for name in ("tau2", "tau", "i2", "h2") for end in ("lb", "ub")]
        )

    def predict(self, newmods: npt.ArrayLike | Design | None = None, kind: str = "t") -> Prediction:
        """The average effect and the prediction interval, each a number, or (n,) with moderators; see `PoolMany`."""
        found = self.many.predict(newmods, kind)
        fields: dict[str, Any] = {name: getattr(found, name)[0] for name in Prediction.__struct_fields__}
        return Prediction(**fields)


def _plain(found: FitStats | Tau2Interval, names: Iterable[str]) -> dict[str, float]:
    return {name: float(getattr(found, name)[0]) for name in names}
