"""Beta-binomial pooling: the risk of each study varies by a beta distribution around its arm's mean risk.

One parameter more than binomial counts, so it can be fitted where mixed models cannot; studies without events count in
full. The arms of a study are treated as independent (Kuss 2015): their common baseline is not used, so estimates are
safe for rare events but give away precision when events are common. metafor has no such model.

Sources: Kuss 2015 (10.1002/sim.6383); Griffiths 1973 (10.2307/2529131), maximum likelihood.
"""

from typing import Any

import msgspec
import numpy as np
from scipy.special import chdtrc, expit, gammaln, logit, ndtr, ndtri

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.effect_inputs import Array
from skinproof.synthesis.rare_counts import read_events, read_tables, said
from skinproof.synthesis.rare_fit import Maximum, maximise
from skinproof.synthesis.results import as_fraction

MEASURES = ("PLO", "PR", "OR", "RR", "RD")


class BetaBinomial(msgspec.Struct, frozen=True, kw_only=True):
    """A beta-binomial fit.

    measure: PLO (log odds of one arm), PR (its risk), OR, RR (logs) or RD; k, k_double_zero, double_zero_rows (from 1),
    k_missing: as for Mantel-Haenszel. beta, se, zval, pval, ci_lb, ci_ub at `level`: of the measure. risk1, risk2: the
    mean risks (risk2 NaN for one arm). rho: correlation of two people of one study (0: binomial), with rho_se (NaN at
    0). ll, ll_binomial: log-likelihoods with and without rho; lrt, lrtp: test of rho = 0, whose p-value is halved, as rho
    cannot be negative. gap: log-likelihood by which the worse of two optimisers fell short.
    """

    measure: str
    level: float
    k: int
    k_double_zero: int
    double_zero_rows: tuple[int, ...]
    k_missing: int
    beta: float
    se: float
    zval: float
    pval: float
    ci_lb: float
    ci_ub: float
    risk1: float
    risk2: float
    rho: float
    rho_se: float
    ll: float
    ll_binomial: float
    lrt: float
    lrtp: float
    gap: float
    notes: tuple[str, ...]


class _Arm:
    """The log-likelihood of an arm's counts, as sums over r of how many studies reach r events, others or people.

    Its terms log(p (1 - rho) + r rho) hold at rho = 0, where beta functions do not.
    """

    def __init__(self, events: Array, size: Array) -> None:
        self.constant = float(np.sum(gammaln(size + 1) - gammaln(events + 1) - gammaln(size - events + 1)))
        self.events, self.rest, self.size = (_reach(x) for x in (events, size - events, size))
        self.total, self.people = float(events.sum()), float(size.sum())

    def __call__(self, p: float, rho: float) -> float:
        """Log-likelihood at mean risk p and correlation rho."""
        return self.constant + sum(
            sign * float(reach @ np.log(chance * (1 - rho) + np.arange(len(reach)) * rho))
            for sign, reach, chance in ((1, self.events, p), (1, self.rest, 1 - p), (-1, self.size, 1.0))
        )


def _reach(x: Array) -> Array:
    """How many of x exceed r, for r = 0, 1, ..."""
    return np.asarray(len(x) - np.cumsum(np.bincount(x.astype(np.int64)))[:-1], dtype=np.float64)


def pool_beta_binomial(
    measure: str,
    ai: Any = None, bi: Any = None, ci: Any = None, di: Any = None, *,
    n1i: Any = None, n2i: Any = None, xi: Any = None, mi: Any = None, ni: Any = None,
    level: float = 95, missing: str = "refuse",
) -> BetaBinomial:  # fmt: skip
    """The pooled risk of one arm (PLO, PR; xi with ni or mi) or effect of two (OR, RR, RD; ai, ci with n1i, n2i or bi, di).

    The risks of both arms vary with the same correlation. The confidence interval of PR is that of PLO transformed
    back; of RD, that of the difference itself.

    Raises:
        UsageError: unknown measure or option, columns missing.
        SynthesisError: a row that cannot be true, an arm with no event or nothing but events, fewer than two studies,
            optimisers that disagree, a Hessian that cannot be trusted.
    """
    if measure not in MEASURES:
        raise UsageError(f"no beta-binomial measure {measure!r}; there are {', '.join(MEASURES)}")
    single = measure in ("PLO", "PR")
    counts = read_events(xi, mi, ni, missing) if single else read_tables(ai, bi, ci, di, n1i, n2i, missing)
    c = counts.columns
    arms = [_Arm(c["xi"], c["ni"])] if single else [_Arm(c["ai"], c["n1i"]), _Arm(c["ci"], c["n2i"])]
    for place, arm in enumerate(arms, 1):
        if arm.total in (0.0, arm.people):
            raise SynthesisError(
                f"{'no' if not arm.total else 'nothing but'} events among the {arm.people:g} people of arm {place}:"
                " its log odds are infinite; use the risk difference of Mantel-Haenszel, or an exact binomial bound"
            )
    if counts.k < 2:
        raise SynthesisError("one study does not show how risks vary; report the study itself")
    found, ll_binomial = _fit(arms)
    return _result(measure, found, ll_binomial, as_fraction(level), {
        "k": counts.k, "k_double_zero": int(counts.double_zero.sum()), "k_missing": counts.k_missing,
        "double_zero_rows": counts.double_zero_rows, "notes": tuple(said(counts, "they count in full")),
    })  # fmt: skip


def _fit(arms: list[_Arm]) -> tuple[Maximum, float]:
    """x: the arms' log odds, and sqrt(rho / (1 - rho)), in which the likelihood is smooth and symmetric at 0."""

    def total(x: Array) -> float:
        rho = float(x[-1] ** 2 / (1 + x[-1] ** 2))
        return sum(arm(float(expit(eta)), rho) for arm, eta in zip(arms, x[:-1], strict=True))

    start = [float(logit(arm.total / arm.people)) for arm in arms]
    ll_binomial = total(np.array([*start, 0.0]))
    starts = [np.array([*start, spread]) for spread in (0.03, 0.1, 0.3, 0.8)]
    return maximise(total, starts, (len(arms),), "beta-binomial"), ll_binomial


def _result(
    measure: str, found: Maximum, ll_binomial: float, level: float, said_of: dict[str, Any]
) -> BetaBinomial:
    eta, spread = found.x[:-1], float(found.x[-1])
    p = expit(eta)
    slope = p * (1 - p)  # of the risk by its log odds
    if measure == "PLO":
        beta, by = float(eta[0]), np.array([1.0])
    elif measure == "PR":
        beta, by = float(p[0]), slope
    elif measure == "OR":
        beta, by = float(eta[0] - eta[1]), np.array([1.0, -1.0])
    elif measure == "RR":
        beta, by = float(np.log(p[0] / p[1])), np.array([1 - p[0], p[1] - 1])
    else:
        beta, by = float(p[0] - p[1]), np.array([slope[0], -slope[1]])
    se = float(np.sqrt(by @ found.cov[:-1, :-1] @ by))
    sharp = float(ndtri(0.5 + level / 2))
    low, high = beta - sharp * se, beta + sharp * se
    if measure == "PR":
        half = sharp * float(np.sqrt(found.cov[0, 0]))
        low, high = float(expit(eta[0] - half)), float(expit(eta[0] + half))
    rho = spread**2 / (1 + spread**2) if spread > 1e-4 else 0.0
    lrt = max(0.0, 2 * (found.ll - ll_binomial))
    return BetaBinomial(
        measure=measure, level=level, beta=beta, se=se, zval=beta / se, pval=float(2 * ndtr(-abs(beta / se))),
        ci_lb=low, ci_ub=high, risk1=float(p[0]), risk2=float(p[1]) if len(p) > 1 else float("nan"), rho=rho,
        rho_se=2 * spread / (1 + spread**2) ** 2 * float(np.sqrt(found.cov[-1, -1])) if rho else float("nan"),
        ll=found.ll, ll_binomial=ll_binomial, lrt=lrt, lrtp=float(chdtrc(1, lrt)) / 2 if lrt > 0 else 1.0,
        gap=found.gap, **said_of,
    )  # fmt: skip
