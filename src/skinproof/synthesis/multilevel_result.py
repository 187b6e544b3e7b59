"""What a multilevel meta-analysis says."""

from collections.abc import Sequence
from functools import cached_property

import msgspec
import numpy as np
import numpy.typing as npt
from scipy import special

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import confidence
from skinproof.synthesis.likelihood import LOG_2PI
from skinproof.synthesis.multilevel_likelihood import Maximum, Model
from skinproof.synthesis.multilevel_terms import Term
from skinproof.synthesis.problem import numbers
from skinproof.synthesis.sums import Floats


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How to pool; level is a fraction."""

    method: str
    test: str
    dfs: str
    level: float

    @classmethod
    def of(cls, method: str, test: str, dfs: str, level: float) -> "Options":
        """Raises: UsageError: no such method, test or dfs."""
        if method not in ("REML", "ML"):
            raise UsageError(
                f"no method {method!r} for effects that depend on each other; there are REML, ML"
            )
        if test not in ("z", "t"):
            raise UsageError(f"no test {test!r} for effects that depend on each other; there are z, t")
        if dfs not in ("residual", "contain"):
            raise UsageError(f"dfs={dfs!r}: 'residual' or 'contain'")
        return cls(method=method, test="t" if dfs == "contain" else test, dfs=dfs, level=level)


class Component(msgspec.Struct, frozen=True, kw_only=True):
    """An estimated (or fixed) variance or correlation. kind: sigma2, tau2, rho, gamma2 or phi, as metafor
    names them.

    of: which group or level; term, parameter: its place in the model.
    """

    kind: str
    of: str
    value: float
    fixed: bool
    term: int
    parameter: int


class LevelPrediction(msgspec.Struct, frozen=True, kw_only=True):
    """The average effect and where a new true effect is to be expected. pred, se, ci_lb, ci_ub, pi_lb, pi_ub:
    (n,).
    """

    pred: Floats
    se: Floats
    ci_lb: Floats
    ci_ub: Floats
    pi_lb: Floats
    pi_ub: Floats


class MultilevelResult:
    """One multilevel meta-analysis. k: effects; p: coefficients; names: of the coefficients.

    beta, se, zval, pval, ci_lb, ci_ub: a number where the mean is the only coefficient, else (p,); vb: (p,
    p). qe: the weighted sum of squares about the model without random effects. qm: the test of all
    coefficients but the intercept (chi-square, or F with test t), qm_df its degrees of freedom.
    """

    def __init__(
        self,
        model: Model,
        maximum: Maximum,
        options: Options,
        names: tuple[str, ...],
        intercept: bool,
        back: Floats,
        maxiter: int,
    ) -> None:
        self.model, self.maximum, self.options = model, maximum, options
        self.method, self.test, self.level = options.method, options.test, options.level
        self.names, self.intercept, self.back, self.maxiter = names, intercept, back, maxiter
        self.k, self.p = model.k, model.p
        self._vb = back @ np.linalg.inv(maximum.point.information) @ back.T
        self._beta = back @ maximum.point.beta

    def _plain(self, values: Floats) -> float | Floats:
        return float(values[0]) if self.names == ("intrcpt",) else values

    @property
    def x(self) -> Floats:
        """(k, p) the columns of the model."""
        x: Floats = self.model.x @ np.linalg.inv(self.back)
        return x

    @property
    def beta(self) -> float | Floats:
        return self._plain(self._beta)

    @property
    def vb(self) -> float | Floats:
        return float(self._vb[0, 0]) if self.names == ("intrcpt",) else self._vb

    @property
    def _se(self) -> Floats:
        return np.sqrt(np.diagonal(self._vb))

    @property
    def se(self) -> float | Floats:
        return self._plain(self._se)

    @property
    def zval(self) -> float | Floats:
        return self._plain(self._beta / self._se)

    @cached_property
    def ddf(self) -> Floats:
        """(p,) degrees of freedom of the tests; inf for the normal distribution."""
        if self.test == "z":
            return np.full(self.p, np.inf)
        most = np.full(self.p, float(self.k))
        if self.options.dfs == "contain":
            x = self.x
            for term in self.model.terms:
                n = len(term.names)
                for j in range(self.p):
                    low, high = np.full(n, np.inf), np.full(n, -np.inf)
                    np.minimum.at(low, term.group, x[:, j])
                    np.maximum.at(high, term.group, x[:, j])
                    if np.all(high - low <= 1e-10 * max(1.0, float(np.abs(x[:, j]).max()))):
                        most[j] = min(most[j], n)
        df: Floats = most - self.p
        if not (df >= 1).all():
            name = self.names[int(np.argmin(df))]
            raise SynthesisError(
                f"coefficient {name}: {int(df.min()) + self.p} groups and {self.p} coefficients leave no degrees of "
                "freedom; take dfs='residual' or fewer moderators"
            )
        return df

    @property
    def pval(self) -> float | Floats:
        return self._plain(confidence.two_sided(self._beta / self._se, self.ddf))

    @property
    def _half(self) -> Floats:
        return confidence.critical(self.ddf, self.level) * self._se

    @property
    def ci_lb(self) -> float | Floats:
        return self._plain(self._beta - self._half)

    @property
    def ci_ub(self) -> float | Floats:
        return self._plain(self._beta + self._half)

    @cached_property
    def _apart(self) -> tuple[float, float]:
        """qe and the log determinant of V."""
        bare = Model(self.model.y, self.model.x, self.model.v, (), False)
        point = bare.at(np.zeros(0), slopes=False)
        assert point is not None  # V was checked
        return point.rss, point.log_det

    @property
    def qe(self) -> float:
        return self._apart[0]

    @property
    def qep(self) -> float:
        return float(special.chdtrc(self.k - self.p, self.qe))

    @property
    def _tested(self) -> slice:
        return slice(1, None) if self.intercept and self.p > 1 else slice(None)

    @property
    def qm(self) -> float:
        beta, vb = self._beta[self._tested], self._vb[self._tested, self._tested]
        statistic = float(beta @ np.linalg.solve(vb, beta))
        return statistic / len(beta) if self.test == "t" else statistic

    @property
    def qm_df(self) -> tuple[int, float]:
        """Coefficients tested, and the degrees of freedom of the F test (inf: chi-square)."""
        tested = self.ddf[self._tested]
        return len(tested), float(tested.min())

    @property
    def qmp(self) -> float:
        m, df = self.qm_df
        return float(special.chdtrc(m, self.qm) if np.isinf(df) else special.fdtrc(m, df, self.qm))

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """Every variance and correlation, with its name."""
        found: list[Component] = []
        outer = 0
        for number, (term, part) in enumerate(zip(self.model.terms, self.model.parts, strict=True)):
            outer += term.struct != "1"
            kinds = (
                ("sigma2", "")
                if term.struct == "1"
                else (("tau2", "rho"), ("gamma2", "phi"))[min(outer, 2) - 1]
            )
            for parameter, value in enumerate(term.natural(self.maximum.u[part])):
                variance = parameter < term.variances
                found.append(
                    Component(
                        kind=kinds[0] if variance else kinds[1],
                        of=_of(term, parameter),
                        value=float(value),
                        fixed=not np.isnan(term.fixed[parameter]),
                        term=number,
                        parameter=parameter,
                    )
                )
        return tuple(found)

    def _values(self, kind: str) -> Floats:
        return np.array([part.value for part in self.components if part.kind == kind])

    @property
    def sigma2(self) -> Floats:
        """Variances of the random intercepts, from the first on."""
        return self._values("sigma2")

    @property
    def tau2(self) -> Floats:
        """Variances of the (first) structured random effect, by level."""
        return self._values("tau2")

    @property
    def rho(self) -> Floats:
        """Correlations of the (first) structured random effect; UN: by column of the lower triangle."""
        return self._values("rho")

    @property
    def gamma2(self) -> Floats:
        """Variances of the second structured random effect."""
        return self._values("gamma2")

    @property
    def phi(self) -> Floats:
        """Correlations of the second structured random effect."""
        return self._values("phi")

    @property
    def parameters(self) -> int:
        """Coefficients and estimated variances and correlations."""
        return int(self.p) + sum(not part.fixed for part in self.components)

    def fit_stats(self, kind: str | None = None) -> dict[str, float]:
        """ll, dev, aic, bic and aicc; kind "ML" or "REML", without it that of the method.

        dev of ML is against the model in which every effect has its own mean, as in metafor.
        """
        kind = kind or self.method
        if kind not in ("ML", "REML"):
            raise UsageError(f"kind={kind!r}: 'ML' or 'REML'")
        point, count = self.maximum.point, self.parameters
        ll = -0.5 * (self.k * LOG_2PI + point.log_det + point.rss)
        n = self.k
        if kind == "REML":
            n -= self.p
            ll += 0.5 * self.p * LOG_2PI - 0.5 * float(np.linalg.slogdet(point.information)[1])
            dev = -2 * ll
        else:
            dev = point.rss + point.log_det - self._apart[1]
        size = max(n, count + 2)
        return {
            "ll": ll,
            "dev": dev,
            "aic": -2 * ll + 2 * count,
            "bic": -2 * ll + count * float(np.log(n)),
            "aicc": -2 * ll + 2 * count * size / (size - count - 1),
        }

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the numbers."""
        said = []
        if self.maximum.flat:
            said.append("The likelihood is flat: these data hardly tell the variances or correlations apart.")
        for part in self.components:
            if part.fixed:
                said.append(f"{part.kind} of {part.of} was fixed at {part.value:g}.")
            elif part.kind in ("rho", "phi") and abs(part.value) > 1 - 1e-6:
                said.append(
                    f"{part.kind} of {part.of} is at its bound ({part.value:+.0f}): too few data to estimate it."
                )
        for term in self.model.terms:
            if term.struct == "1" and len(term.names) < 5 and np.isnan(term.fixed[0]):
                said.append(f"Only {len(term.names)} groups of {term.name}: its variance is very uncertain.")
        return tuple(said)

    def predict(
        self, newmods: npt.ArrayLike | None = None, levels: Sequence[str] | None = None
    ) -> LevelPrediction:
        """The average effect, and the interval of a new true effect with all random effects new.

        newmods: (n, p) without the intercept column, if there is one; not needed for the mean alone. levels:
        (n,) of the structured random effects, where their variances differ.
        """
        if newmods is None:
            if self.p > 1 or not self.intercept:
                raise UsageError("give newmods: a model with moderators has no single average")
            x = np.ones((1, 1))
        else:
            given = np.atleast_2d(numbers(newmods, "newmods"))
            x = np.column_stack([np.ones(len(given)), given]) if self.intercept else given
            if x.shape[1] != self.p:
                raise UsageError(
                    f"newmods has {given.shape[1]} columns; the model has {self.p - self.intercept}"
                )
        pred = x @ self._beta
        se = np.sqrt(np.einsum("np,pq,nq->n", x, self._vb, x))
        by = confidence.critical(self.ddf.min(keepdims=True), self.level)
        whole = np.sqrt(se**2 + self._new_variance(len(pred), levels))
        return LevelPrediction(
            pred=pred,
            se=se,
            ci_lb=pred - by * se,
            ci_ub=pred + by * se,
            pi_lb=pred - by * whole,
            pi_ub=pred + by * whole,
        )

    def _new_variance(self, n: int, levels: Sequence[str] | None) -> Floats:
        total = np.zeros(n)
        for term, part in zip(self.model.terms, self.model.parts, strict=True):
            variances = np.diagonal(term.matrix(self.maximum.u[part]))
            if term.variances == 1:
                total += variances[0]
                continue
            if levels is None or len(levels) != n or not set(levels) <= set(term.levels):
                raise UsageError(f"give levels, one for each row: {', '.join(term.levels)}")
            total += np.array([variances[term.levels.index(level)] for level in levels])
        return total

    @cached_property
    def marginal(self) -> list[tuple[npt.NDArray[np.int64], Floats]]:
        """Rows (B, n) and variances (B, n, n) of the effects about the model, blocks of one size together."""
        added, _ = self.model.added(self.maximum.u)
        return [(batch.rows, batch.marginal(added)) for batch in self.model.batches]


def _of(term: Term, parameter: int) -> str:
    if term.struct == "1":
        return term.name
    if parameter < term.variances:
        return term.levels[parameter] if term.variances > 1 else term.name
    if term.struct != "UN":
        return term.name
    i, j = term.pairs[parameter - term.variances]
    return f"{term.levels[j]} and {term.levels[i]}"
