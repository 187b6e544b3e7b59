"""What many meta-analyses say: estimates at once; p-values, intervals and fit statistics when they are asked for."""

from functools import cached_property

import msgspec
import numpy as np
import numpy.typing as npt
from scipy import special

from skinproof.errors import UsageError
from skinproof.synthesis import confidence
from skinproof.synthesis.mean_rows import MeanRows
from skinproof.synthesis.problem import Problem
from skinproof.synthesis.regression import Design
from skinproof.synthesis.sums import Floats, Rows
from skinproof.synthesis.tau2 import EQUAL, METHODS, Projection, estimate, present, standard_error

TESTS = ("z", "t", "knha", "adhoc")

OK, NO_STUDIES, TOO_FEW, COLLINEAR, NOT_CONVERGED, TOO_UNEVEN = range(6)
STATUS = (
    "pooled",
    "no study",
    "no more studies than coefficients; take fewer moderators",
    "the moderators cannot be told apart in these studies; leave one out",
    "the estimate of tau2 did not converge; raise maxiter, or take a method without iterations such as DL",
    "the largest variance is over ten million times the smallest, too much for a regression; check the variances",
)
"""What the numbers in `status` mean."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How to pool. level: a fraction; fixed: whether tau2 was given."""

    method: str
    test: str
    weighted: bool
    level: float
    maxiter: int
    fixed: bool

    @property
    def exact(self) -> bool:
        """Whether as many coefficients as studies can be told: no tau2 to estimate, no degrees of freedom needed."""
        return (self.fixed or self.method in EQUAL) and self.test == "z"

    @classmethod
    def of(
        cls, method: str, test: str, *, weighted: bool, level: float, maxiter: int, fixed: bool
    ) -> "Settings":
        """Checked settings; level may be 95 or 0.95.

        Raises: UsageError: unknown method or test, a level that is none.
        """
        if method not in METHODS:
            raise UsageError(f"no method {method!r}; there are {', '.join(METHODS)}")
        if test not in TESTS:
            raise UsageError(f"no test {test!r}; there are {', '.join(TESTS)}")
        if maxiter < 1:
            raise UsageError(f"maxiter={maxiter}: at least 1")
        return cls(
            method=method,
            test=test,
            weighted=weighted,
            level=as_fraction(level),
            maxiter=maxiter,
            fixed=fixed,
        )


def as_fraction(level: float) -> float:
    """0.95 for 95 and 0.95. Raises: UsageError: not between 50 and 100 percent."""
    fraction = level / 100 if level > 1 else level
    if not 0.5 <= fraction < 1:
        raise UsageError(f"level={level:g}: give 50 to below 100 (percent), or 0.5 to below 1")
    return fraction


class Fits:
    """The estimates of m meta-analyses; p: coefficients with moderators, else None."""

    def __init__(self, m: int, p: int | None) -> None:
        shape = () if p is None else (p,)
        self.beta, self.vb = np.full((m, *shape), np.nan), np.full((m, *shape, *shape), np.nan)
        self.tau2, self.s2w, self.qe, self.vt = np.full((4, m), np.nan)
        self.status = np.zeros(m, dtype=np.int64)
        self.several = np.zeros(m, dtype=bool)


class PoolMany:
    """m pooled meta-analyses.

    k, tau2, s2w (Knapp and Hartung's factor), qe (Cochran's Q), vt (the typical sampling variance of Higgins and Thompson), status (0, or a
    place in `STATUS`; NaN stands for its numbers), several (the likelihood has several maxima, of which the highest was
    taken): (m,). beta: (m,) or (m, p); vb: its variance. names: of the coefficients.
    """

    def __init__(self, problem: Problem, settings: Settings, fits: Fits) -> None:
        self.problem, self.settings = problem, settings
        self.method, self.test, self.level = settings.method, settings.test, settings.level
        self.names = problem.names
        self.p = problem.p
        self.k: npt.NDArray[np.int64] = problem.k.astype(np.int64)
        self.tau2, self.s2w, self.qe, self.vt = fits.tau2, fits.s2w, fits.qe, fits.vt
        self.beta, self.vb = fits.beta, fits.vb
        self.status, self.several = fits.status, fits.several

    def __len__(self) -> int:
        return len(self.k)

    @cached_property
    def se_tau2(self) -> Floats:
        """(m,) standard errors of tau2.

        NaN for equal effects, and in a regression where two or three studies have all the weight.
        """
        value = np.full(len(self), np.nan)
        for index in self._pooled():
            rows = self.problem.rows(index)
            value[index] = standard_error(rows, self.method, self.tau2[index], self._given(rows, index))
        return value

    @cached_property
    def dfs(self) -> Floats:
        """(m,) degrees of freedom of the tests: k - p, or inf for the normal distribution (test z; one study)."""
        df = (self.k - self.p).astype(np.float64)
        return np.where((df > 0) & (self.test != "z"), df, np.inf)

    @cached_property
    def se(self) -> Floats:
        """(m,) or (m, p) standard errors of the coefficients."""
        return np.sqrt(self.vb if self.problem.x is None else np.diagonal(self.vb, axis1=1, axis2=2))

    @cached_property
    def zval(self) -> Floats:
        """(m,) or (m, p) test statistics; infinite where the standard error is 0 and the estimate is not."""
        signed = np.where(self.beta == 0, np.nan, np.copysign(np.inf, self.beta))
        return np.divide(self.beta, self.se, out=signed, where=self.se != 0)

    @cached_property
    def pval(self) -> Floats:
        """(m,) or (m, p) two-sided p-values."""
        return confidence.two_sided(self.zval, self._by_coefficient(self.dfs))

    @cached_property
    def _half_width(self) -> Floats:
        return self._by_coefficient(confidence.critical(self.dfs, self.level)) * self.se

    @cached_property
    def ci_lb(self) -> Floats:
        """(m,) or (m, p) lower bounds of the confidence intervals."""
        return self.beta - self._half_width

    @cached_property
    def ci_ub(self) -> Floats:
        """(m,) or (m, p) upper bounds of the confidence intervals."""
        return self.beta + self._half_width

    @cached_property
    def _df(self) -> Floats:
        """(m,) k - p where something was pooled."""
        return np.where(np.isnan(self.tau2), np.nan, np.maximum(self.k - self.p, 0).astype(np.float64))

    @cached_property
    def qep(self) -> Floats:
        """(m,) p-values of Cochran's Q; 1 for a single study."""
        return np.where(self._df == 0, 1.0, special.chdtrc(self._df, self.qe))

    @cached_property
    def h2(self) -> Floats:
        """(m,) total over sampling variance: 1 + tau2 / vt; for equal effects Q / (k - p)."""
        one = np.where(np.isnan(self.tau2), np.nan, 1.0)
        if self.method in EQUAL and not self.settings.fixed:
            ratio: Floats = np.divide(self.qe, self._df, out=one, where=self._df > 0)
            return ratio
        more: Floats = np.divide(self.tau2, self.vt, out=np.zeros(len(self)), where=self.vt > 0)
        return one + more

    @cached_property
    def i2(self) -> Floats:
        """(m,) percent of the total variance due to heterogeneity: tau2 / (tau2 + vt), for equal effects from Q.

        Source: Higgins and Thompson 2002, doi:10.1002/sim.1186. Programs that take I2 from Q always: see `i2_q`.
        """
        if self.method in EQUAL and not self.settings.fixed:
            return self.i2_q
        return self._percent(np.where(self.vt == 0, 0.0, self.tau2), self.tau2 + self.vt)

    @cached_property
    def i2_q(self) -> Floats:
        """(m,) percent (Q - df) / Q, at least 0: the I2 of programs that do not ask which estimator was used.

        Source: Higgins et al. 2003, doi:10.1136/bmj.327.7414.557.
        """
        return self._percent(self.qe - self._df, self.qe)

    def _percent(self, part: Floats, whole: Floats) -> Floats:
        nothing = np.where(np.isnan(self.tau2), np.nan, 0.0)
        percent: Floats = np.divide(part, whole, out=nothing, where=whole > 0)
        return np.maximum(100.0 * percent, 0.0)

    @cached_property
    def qm_df(self) -> int:
        """Coefficients that `qm` tests: all but the intercept, or the mean where it is the only one."""
        return self.p - 1 if self.problem.x is not None and self.problem.intercept else self.p

    @cached_property
    def qm(self) -> Floats:
        """(m,) Wald statistic that the moderators have no effect; divided by `qm_df` where tests are by t (then F)."""
        if self.problem.x is None:
            return np.square(self.zval)
        tested = slice(self.p - self.qm_df, None)
        value = np.full(len(self), np.nan)
        vb, beta = self.vb[:, tested, tested], self.beta[:, tested]
        # a Knapp-Hartung variance of 0 (a perfect fit) leaves nothing to test against
        good = (self.status == OK) & (np.diagonal(vb, axis1=1, axis2=2) > 0).all(axis=1)
        value[good] = np.einsum(
            "mp,mp->m", beta[good], np.linalg.solve(vb[good], beta[good][..., None])[..., 0]
        )
        return np.where(np.isinf(self.dfs), value, value / self.qm_df)

    @cached_property
    def qmp(self) -> Floats:
        """(m,) p-values of `qm`."""
        normal = np.isinf(self.dfs)
        df = np.where(normal, 1.0, self.dfs)
        by_f: Floats = special.fdtrc(self.qm_df, df, self.qm)
        return np.where(normal, special.chdtrc(self.qm_df, self.qm), by_f)

    @cached_property
    def r2(self) -> Floats:
        """(m,) percent of tau2 (equal effects: of the adjusted Q) that the moderators explain, 0 where it grew.

        NaN without moderators, where the model without them is no part of the model (no intercept, nor dummies of all
        levels), or with a fixed tau2. metafor 3.8 gives it with an intercept only; 5.1 as here. Source: Raudenbush 2009, in Cooper, Hedges
        and Valentine, The Handbook of Research Synthesis and Meta-Analysis, ch. 16; Lopez-Lopez et al. 2014,
        doi:10.1111/bmsp.12002.
        """
        value = np.full(len(self), np.nan)
        if self.problem.x is None or self.settings.fixed:
            return value
        for index in self._pooled():
            index = index[self.problem.spans_constant(index)]
            rows = MeanRows(self.problem.y[index], self.problem.v[index], self.problem.k[index])
            fixed, given = Projection(rows, 1.0 / rows.v), self._given(rows, index)
            if self.method in EQUAL:
                left, all_ = self.qe[index] / (rows.k - self.p), fixed.rss / (rows.k - 1)
            else:
                left, all_ = (
                    self.tau2[index],
                    estimate(rows, self.method, fixed, given, self.settings.maxiter)[0],
                )
            part = np.divide(all_ - left, all_, out=np.zeros(len(all_)), where=all_ > 0)
            value[index] = 100.0 * np.maximum(part, 0.0)
        return value

    @cached_property
    def weights(self) -> Floats:
        """(m, k) percent of the weight that each study has; 0 where there is no study."""
        weights = np.full(self.problem.y.shape, np.nan)
        for index in self._pooled(lone=True):
            rows = self.problem.rows(index)
            given = self._given(rows, index)
            w = 1.0 / (rows.v + self.tau2[index][:, None]) if given is None else given
            weights[index] = rows.arranged(100.0 * w / w.sum(axis=1)[:, None])
        return weights

    def fit_stats(self, kind: str | None = None) -> confidence.FitStats:
        """Log likelihood and what is made of it.

        kind: "ML" or "REML"; without it that of the method, REML unless the method is ML.
        """
        kind = kind or ("ML" if self.method == "ML" else "REML")
        if kind not in ("ML", "REML"):
            raise UsageError(f"no likelihood {kind!r}; there are ML and REML")
        parms = self.p + (0 if self.method in EQUAL or self.settings.fixed else 1)
        ll, full = np.full(len(self), np.nan), np.full(len(self), np.nan)
        for index in self._pooled(lone=True):
            rows = self.problem.rows(index)
            args = rows, self.tau2[index], self._given(rows, index)
            ll[index] = confidence.log_likelihood(*args, restricted=kind == "REML")
            full[index] = confidence.log_density_at_effects(rows)
        n = np.where(self.status == OK, self.k - (self.p if kind == "REML" else 0), np.nan)
        log_n = np.log(n, out=np.where(n == 0, -np.inf, np.nan), where=n > 0)
        least = np.maximum(n, parms + 2)
        return confidence.FitStats(
            ll=ll,
            dev=-2 * ll if kind == "REML" else 2 * (full - ll),
            aic=-2 * ll + 2 * parms,
            bic=-2 * ll + parms * log_n,
            aicc=-2 * ll + 2 * parms * least / (least - parms - 1),
        )

    def tau2_interval(self, kind: str = "QP", level: float | None = None) -> confidence.Tau2Interval:
        """Confidence intervals of tau2, and with it of tau, I2 and H2.

        kind: "QP" (Q-profile) or "PL" (profile likelihood, for ML and REML).
        Raises: UsageError: another kind, or PL with a method that has no likelihood.
        """
        if kind not in ("QP", "PL"):
            raise UsageError(f"no interval {kind!r}; there are QP and PL")
        if kind == "PL" and self.method not in ("ML", "REML"):
            raise UsageError(f"a profile likelihood needs method ML or REML, not {self.method}")
        level = self.level if level is None else as_fraction(level)
        lb, ub = np.full(len(self), np.nan), np.full(len(self), np.nan)
        for index in self._pooled():
            rows, maxiter = self.problem.rows(index), max(self.settings.maxiter, 100)
            if kind == "QP":
                lb[index], ub[index] = confidence.q_profile(
                    rows, self.qe[index], self.vt[index], level, maxiter
                )
            else:
                peak, given = self.tau2[index], self._given(rows, index)
                lb[index], ub[index] = confidence.likelihood_profile(
                    rows, peak, given, level, maxiter, restricted=self.method == "REML"
                )
        return confidence.Tau2Interval(kind=kind, level=level, tau2_lb=lb, tau2_ub=ub, vt=self.vt)

    @cached_property
    def pi_lb(self) -> Floats:
        """(m,) lower bounds of the prediction intervals; see `predict`."""
        return self.predict().pi_lb

    @cached_property
    def pi_ub(self) -> Floats:
        """(m,) upper bounds of the prediction intervals; see `predict`."""
        return self.predict().pi_ub

    def predict(
        self, newmods: npt.ArrayLike | Design | None = None, kind: str = "t"
    ) -> confidence.Prediction:
        """The average effect, and where the effect of a new study would lie.

        newmods: (n, q) moderators of new studies, without the intercept; the result is (m, n) then. kind: "t" takes the
        quantile of the test (metafor's; normal for test z), "riley" that of t with k - p - 1 degrees of
        freedom, at least 1 (k - 2 without moderators). Equal effects have no prediction interval: NaN.

        Source: Higgins, Thompson and Spiegelhalter 2009, doi:10.1111/j.1467-985X.2008.00552.x; Riley, Higgins and
        Deeks 2011, doi:10.1136/bmj.d549.
        Raises: UsageError: another kind, or moderators that do not fit the model.
        """
        if kind not in ("t", "riley"):
            raise UsageError(f"no prediction interval {kind!r}; there are 't' and 'riley'")
        pred, variance = self._at(newmods)
        df = np.maximum(self.k - self.p - 1, 1).astype(np.float64) if kind == "riley" else self.dfs
        wide = confidence.critical(df, self.level)
        tau2 = np.full(len(self), np.nan) if self.method in EQUAL and not self.settings.fixed else self.tau2
        columns = (-1, *(1,) * (pred.ndim - 1))
        narrow = confidence.critical(self.dfs, self.level)
        narrow, wide, tau2 = narrow.reshape(columns), wide.reshape(columns), tau2.reshape(columns)
        return confidence.prediction(pred, variance, tau2, narrow, wide)

    def _at(self, newmods: npt.ArrayLike | Design | None) -> tuple[Floats, Floats]:
        if self.problem.x is None:
            if newmods is not None:
                raise UsageError("the model has no moderators; predict() takes none")
            return self.beta, self.vb
        if newmods is None:
            raise UsageError("the model has moderators; give predict() those of the new studies")
        x = np.asarray(newmods.x if isinstance(newmods, Design) else newmods, dtype=np.float64)
        x = np.atleast_2d(x if x.ndim != 1 or self.p - 1 == len(x) > 1 else x[:, None])
        if self.problem.intercept and x.shape[1] == self.p - 1:
            x = np.concatenate([np.ones((len(x), 1)), x], axis=1)
        if x.shape[1] != self.p:
            raise UsageError(f"newmods has {x.shape[1]} columns; the model has {', '.join(self.names)}")
        return self.beta @ x.T, np.einsum("ni,mij,nj->mn", x, self.vb, x)

    def _by_coefficient(self, values: Floats) -> Floats:
        return values if self.problem.x is None else values[:, None]

    def _pooled(self, lone: bool = False) -> list[npt.NDArray[np.int64]]:
        """Places of pooled rows, block by block; lone: also rows of one study."""
        good = (self.status == OK) & ((self.k > self.p) | lone)
        return self.problem.blocks(np.flatnonzero(good))

    def _given(self, rows: Rows, index: npt.NDArray[np.int64]) -> Floats | None:
        given = self.problem.weights_at(index, rows)
        return present(rows) if given is None and not self.settings.weighted else given
