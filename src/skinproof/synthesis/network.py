"""Network meta-analysis: treatments compared through each other, by contrasts, with one heterogeneity
variance.

Treatments are classes of agents. Every answer carries its uncertainty, and no function sorts treatments by
effect.

Source: Lu and Ades 2004, doi:10.1002/sim.1875; White et al. 2012, doi:10.1002/jrsm.1045 (as multivariate
meta-regression); Rücker 2012, doi:10.1002/jrsm.1058; Jackson, White and Thompson 2010, doi:10.1002/sim.3602
(moments).
"""

from functools import cached_property
from itertools import pairwise

import msgspec
import numpy as np
from scipy import special

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import confidence
from skinproof.synthesis.covariance import Covariance
from skinproof.synthesis.multilevel import pool_multilevel
from skinproof.synthesis.multilevel_terms import Structured
from skinproof.synthesis.network_data import Network, Trial
from skinproof.synthesis.results import as_fraction
from skinproof.synthesis.sums import Floats

METHODS = ("EE", "DL", "REML", "ML")


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """Generalised least squares of trials. beta: (p,); vb: (p, p); q: the weighted sum of squares; df: its
    degrees of freedom.
    """

    beta: Floats
    vb: Floats
    q: float
    df: int


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """One treatment against another. estimate: treat1 minus treat2; trials: that compare both directly.

    pi_lb, pi_ub: where the effect in a new trial is expected (NaN where there are too few trials to say).
    """

    treat1: str
    treat2: str
    estimate: float
    se: float
    ci_lb: float
    ci_ub: float
    pi_lb: float
    pi_ub: float
    pval: float
    trials: int


def spread(trial: Trial, tau2: float) -> Floats:
    """The covariance of a trial's contrasts: each contrast has tau2, two with an arm in common half of it."""
    n = len(trial.y)
    return trial.v + 0.5 * tau2 * (np.eye(n) + np.ones((n, n)))


def fit(trials: tuple[Trial, ...], designs: list[Floats], tau2: float) -> Fit:
    """The coefficients of all trials of a connected network at this heterogeneity."""
    p = designs[0].shape[1]
    gram, vector = np.zeros((p, p)), np.zeros(p)
    for trial, x in zip(trials, designs, strict=True):
        wx = np.linalg.solve(spread(trial, tau2), x)
        gram += x.T @ wx
        vector += wx.T @ trial.y
    vb = np.linalg.inv(gram).astype(np.float64)
    beta: Floats = vb @ vector
    q = 0.0
    for trial, x in zip(trials, designs, strict=True):
        r = trial.y - x @ beta
        q += float(r @ np.linalg.solve(spread(trial, tau2), r))
    return Fit(beta=beta, vb=vb, q=q, df=sum(len(trial.y) for trial in trials) - p)


def moments(trials: tuple[Trial, ...], designs: list[Floats]) -> float:
    """tau2 by DerSimonian and Laird's moments: E(Q) = df + tau2 tr(P D), D what a unit of tau2 adds."""
    fixed = fit(trials, designs, 0.0)
    trace = 0.0
    inner = np.zeros_like(fixed.vb)
    for trial, x in zip(trials, designs, strict=True):
        unit = spread(trial, 1.0) - trial.v
        w = np.linalg.inv(trial.v)
        trace += float(np.sum(w * unit))
        inner += x.T @ w @ unit @ w @ x
    return max(0.0, (fixed.q - fixed.df) / (trace - float(np.sum(fixed.vb * inner))))


def likelihood(trials: tuple[Trial, ...], designs: list[Floats], method: str) -> float:
    """tau2 by REML or ML."""
    ends = np.cumsum([0, *(len(trial.y) for trial in trials)])
    rows = tuple(np.arange(a, b) for a, b in pairwise(ends))
    v = Covariance(rows=rows, blocks=tuple(trial.v for trial in trials))
    effect = Structured(
        [arm for trial in trials for arm in trial.arms[1:]],
        [number for number, trial in enumerate(trials) for _ in trial.y],
        "CS", rho=0.5,
    )  # fmt: skip
    y, x = np.concatenate([trial.y for trial in trials]), np.concatenate(designs)
    return float(pool_multilevel(y, v, random=[effect], mods=x, intercept=False, method=method).tau2[0])


def heterogeneity(trials: tuple[Trial, ...], designs: list[Floats], method: str) -> float:
    """tau2 by a method of METHODS; 0 where no contrast is left to tell it from."""
    contrasts, p = sum(len(trial.y) for trial in trials), designs[0].shape[1]
    if method == "EE" or contrasts <= p:
        return 0.0
    return moments(trials, designs) if method == "DL" else likelihood(trials, designs, method)


class NetworkResult:
    """A pooled network under consistency. treatments: by name; beta, vb: of the others against the reference,
    in this order.

    tau2: common heterogeneity variance; q, q_df, qp: Cochran's Q of the consistency model (at tau2 = 0); i2:
    percent of Q beyond its degrees of freedom.
    """

    def __init__(self, network: Network, reference: str, method: str, level: float) -> None:
        self.network, self.reference, self.method, self.level = network, reference, method, level
        self.treatments = network.treatments
        trials = network.trials
        designs = [network.design(trial, reference) for trial in trials]
        self.k, self.contrasts = len(trials), sum(len(trial.y) for trial in trials)
        self.tau2 = heterogeneity(trials, designs, method)
        self.fixed = fit(trials, designs, 0.0)
        self.fit = fit(trials, designs, self.tau2)
        self.beta, self.vb = self.fit.beta, self.fit.vb

    @property
    def names(self) -> tuple[str, ...]:
        """The treatments that beta is about."""
        return tuple(name for name in self.treatments if name != self.reference)

    @property
    def q(self) -> float:
        return self.fixed.q

    @property
    def q_df(self) -> int:
        return self.fixed.df

    @property
    def qp(self) -> float:
        return float(special.chdtrc(self.q_df, self.q)) if self.q_df else 1.0

    @property
    def i2(self) -> float:
        return 100 * max(0.0, (self.q - self.q_df) / self.q) if self.q > 0 else 0.0

    def _row(self, treatment: str) -> Floats:
        if treatment not in self.treatments:
            raise UsageError(f"no treatment {treatment!r}; there are {', '.join(self.treatments)}")
        return np.array([float(name == treatment) for name in self.names])

    def compare(self, treat1: str, treat2: str) -> Comparison:
        """Treatment 1 against 2, by all trials of the network.

        The prediction interval has the t distribution with the degrees of freedom of Q, minus one; there is
        none of EE.

        Raises: UsageError: no such treatment.
        """
        c = self._row(treat1) - self._row(treat2)
        estimate, se = float(c @ self.beta), float(np.sqrt(max(float(c @ self.vb @ c), 0.0)))
        z = float(special.ndtri(0.5 + self.level / 2))
        df = self.q_df - 1
        wide = np.nan
        if df >= 1 and self.method != "EE":
            wide = float(special.stdtrit(df, 0.5 + self.level / 2)) * float(np.sqrt(se**2 + self.tau2))
        direct = sum(treat1 in trial.arms and treat2 in trial.arms for trial in self.network.trials)
        return Comparison(
            treat1=treat1, treat2=treat2, estimate=estimate, se=se, ci_lb=estimate - z * se, ci_ub=estimate + z * se,
            pi_lb=estimate - wide, pi_ub=estimate + wide, trials=direct,
            pval=float(confidence.two_sided(np.array([estimate / se]), np.array([np.inf]))[0]) if se > 0 else 1.0,
        )  # fmt: skip

    def league(self) -> tuple[Comparison, ...]:
        """Every pair of treatments, in the order of their names."""
        return tuple(
            self.compare(one, two)
            for i, one in enumerate(self.treatments)
            for two in self.treatments[i + 1 :]
        )

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the numbers."""
        said = ["Indirect comparisons hold only if the trials are alike in all that changes the effects."]
        if self.q_df == 0:
            said.append("No comparison is made twice: heterogeneity and inconsistency cannot be seen.")
        single = [
            name for name in self.treatments if sum(name in trial.arms for trial in self.network.trials) == 1
        ]
        if single:
            said.append(f"Only one trial each: {', '.join(single)}.")
        return tuple(said)


def pool_network(
    network: Network, reference: str | None = None, method: str = "REML", level: float = 95
) -> NetworkResult:
    """The network pooled under consistency: direct and indirect evidence agree.

    reference: the common comparator that effects are told against (the first by name if not given). method:
    EE, DL, REML or ML, of the heterogeneity variance that all contrasts have in common.

    Raises:
        UsageError: no such treatment, method or level.
        SynthesisError: the network is not connected; the message names its parts.
    """
    if method not in METHODS:
        raise UsageError(f"no method {method!r} for networks; there are {', '.join(METHODS)}")
    parts = network.parts
    if len(parts) > 1:
        named = "; ".join(", ".join(part) for part in parts)
        raise SynthesisError(
            f"the network is not connected: no trial joins its {len(parts)} parts ({named}); pool each part alone"
        )
    reference = network.treatments[0] if reference is None else reference
    if reference not in network.treatments:
        raise UsageError(f"no treatment {reference!r}; there are {', '.join(network.treatments)}")
    return NetworkResult(network, reference, method, as_fraction(level))
