"""Rare events by generalised linear mixed models: the counts themselves are modelled, so zero cells need no constant.

Models of two arms (names of metafor): UM.FS unconditional with a fixed baseline for each study, UM.RS with a random one
(independent of the effects), CM.EL conditional on the events of a study (exact: noncentral hypergeometric; binomial for
rates), CM.AL its binomial approximation for odds ratios of rare events. One arm: PLO binomial-normal, IRLN
Poisson-normal.

Sources: Stijnen, Hamza & Ozdemir 2010 (10.1002/sim.4040); Jackson, Law, Stijnen, Viechtbauer & White 2018
(10.1002/sim.7588; `coding`: 1/2 is their models 4 and 5, 1 or 0 models 2 and 3); Viechtbauer 2010 (10.18637/jss.v036.i03).
As in metafor 5.x: 7 quadrature points, and Laplace's approximation for UM.RS with random effects, where more points are
possible here (`nagq`). Two things differ on purpose. `ll` is the marginal log-likelihood of the whole model; metafor's
value for models fitted through lme4 with several points rests on the conditional deviance instead. The standard errors
come from a Hessian that is checked (see rare_fit).
"""

from typing import Any

import msgspec
import numpy as np
from scipy.special import chdtrc

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.confidence import critical, two_sided
from skinproof.synthesis.effect_inputs import Array, Flags
from skinproof.synthesis.rare_counts import Counts, read_events, read_rate, read_rates, read_tables, said
from skinproof.synthesis.rare_fit import Maximum
from skinproof.synthesis.rare_models import CODING, Spec, check_finite, fit, heterogeneity
from skinproof.synthesis.results import as_fraction

MODELS = {
    "OR": ("UM.FS", "UM.RS", "CM.AL", "CM.EL"),
    "IRR": ("UM.FS", "UM.RS", "CM.EL"),
    "PLO": (),
    "IRLN": (),
}
METHODS = ("EE", "ML")
TESTS = ("z", "t")


class Glmm(msgspec.Struct, frozen=True, kw_only=True):
    """A pooled generalised linear (mixed) model; the effect is a log odds (ratio) or log rate (ratio).

    measure, model ("" for one arm), method (EE or ML), test, level, nagq (quadrature points, 0 where none are needed),
    coding: what was fitted. k: studies in the model; k_double_zero, double_zero_rows: studies without an event (or with
    events only) in every arm, rows counted from 1, used or not as `notes` say; k_missing: rows left out. beta, se, zval,
    pval, ci_lb, ci_ub, pi_lb, pi_ub, dfs (inf for test z): the effect, its interval, and that of a new study's effect.
    tau2 and tau2_se (NaN at 0): variance of the effects; sigma2: of the baselines (UM.RS). i2 (percent), h2: from tau2
    and vt, the typical sampling variance, for which alone 1/2 is added to tables with a zero. qe_wld, qep_wld, qe_lrt,
    qep_lrt, qe_df: tests of equal effects, against a model with an effect for each study. ll, aic, bic, aicc,
    parameters: of the model; ll_ee: log-likelihood with equal effects. gap: log-likelihood by which the worse of two
    optimisers fell short.
    """

    measure: str
    model: str
    method: str
    test: str
    level: float
    nagq: int
    coding: float
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
    pi_lb: float
    pi_ub: float
    dfs: float
    tau2: float
    tau2_se: float
    sigma2: float
    i2: float
    h2: float
    vt: float
    qe_wld: float
    qep_wld: float
    qe_lrt: float
    qep_lrt: float
    qe_df: int
    ll: float
    ll_ee: float
    aic: float
    bic: float
    aicc: float
    parameters: int
    gap: float
    notes: tuple[str, ...]


def pool_glmm(
    measure: str,
    ai: Any = None, bi: Any = None, ci: Any = None, di: Any = None, *,
    n1i: Any = None, n2i: Any = None, x1i: Any = None, x2i: Any = None, t1i: Any = None, t2i: Any = None,
    xi: Any = None, mi: Any = None, ni: Any = None, ti: Any = None,
    model: str = "UM.FS", method: str = "ML", test: str = "z", level: float = 95, drop00: bool = True,
    nagq: int | None = None, coding: float = 0.5, missing: str = "refuse",
) -> Glmm:  # fmt: skip
    """The pooled effect from counts: OR (ai, bi, ci, di or n1i, n2i), IRR (x1i, x2i, t1i, t2i), PLO (xi, ni or mi),
    IRLN (xi, ti).

    drop00: leave double-zero studies of two arms out (as metafor does); kept, they tell UM.RS about the baseline and
    nothing about the effect in the other models. In one arm, studies without events always count. nagq: quadrature
    points, by default 7 (1, Laplace, for UM.RS with random effects; 21 for CM.EL of odds ratios, which metafor
    integrates numerically).

    Raises:
        UsageError: unknown measure, model or option, or columns missing.
        SynthesisError: a row that cannot be true; an estimate that is infinite (no event, or only events, in an arm);
            fewer studies than parameters; optimisers that disagree; a Hessian that cannot be trusted.
    """
    _check(measure, model, method, test, coding, nagq)
    counts = _read(measure, (ai, bi, ci, di, n1i, n2i), (x1i, x2i, t1i, t2i), (xi, mi, ni, ti), missing)
    one_arm = not MODELS[measure]
    notes = _notes(counts, one_arm, drop00, model)
    used = counts if one_arm or not drop00 else counts.take(~counts.double_zero)
    model = "" if one_arm else model
    check_finite(measure, used)
    points = nagq or (
        1 if (model, method) == ("UM.RS", "ML") else 21 if (measure, model) == ("OR", "CM.EL") else 7
    )
    spec = Spec(measure=measure, model=model, points=points, coding=coding)
    if used.k < spec.fewest(method):
        raise SynthesisError(
            f"{used.k} {'study is' if used.k == 1 else 'studies are'} left for {spec.fewest(method)} parameters of the effect;"
            " one study has no heterogeneity to estimate: take method='EE', or report the study itself"
        )
    equal = fit(spec, used.columns, "EE")
    found = fit(spec, used.columns, "ML") if method == "ML" else equal
    tests = heterogeneity(spec, used.columns, equal.ll)
    return _result(spec, counts, used, (method, test, as_fraction(level)), equal, found, tests, notes)


def _check(measure: str, model: str, method: str, test: str, coding: float, nagq: int | None) -> None:
    if measure not in MODELS:
        raise UsageError(f"no GLMM for measure {measure!r}; there are {', '.join(MODELS)}")
    if MODELS[measure] and model not in MODELS[measure]:
        raise UsageError(f"no model {model!r} for {measure}; there are {', '.join(MODELS[measure])}")
    if method not in METHODS:
        raise UsageError(f"no method {method!r} for a GLMM; there are EE (equal effects) and ML")
    if test not in TESTS:
        raise UsageError(f"no test {test!r} for a GLMM; there are z and t")
    if coding not in CODING:
        raise UsageError(f"coding={coding:g}: 0.5, 1 or 0")
    if nagq is not None and not 1 <= nagq <= 100:
        raise UsageError(f"nagq={nagq}: 1 to 100 quadrature points")


def _read(
    measure: str, tables: tuple[Any, ...], rates: tuple[Any, ...], arm: tuple[Any, ...], missing: str
) -> Counts:
    if measure == "OR":
        ai, bi, ci, di, n1i, n2i = tables
        return read_tables(ai, bi, ci, di, n1i, n2i, missing)
    if measure == "IRR":
        x1i, x2i, t1i, t2i = rates
        return read_rates(x1i, x2i, t1i, t2i, missing)
    xi, mi, ni, ti = arm
    return read_events(xi, mi, ni, missing) if measure == "PLO" else read_rate(xi, ti, missing)


def _notes(counts: Counts, one_arm: bool, drop00: bool, model: str) -> list[str]:
    if one_arm:
        return said(counts, "they count in full")
    if drop00:
        return said(counts, "they were left out (drop00)")
    return said(
        counts,
        "they tell about the baseline"
        if model == "UM.RS"
        else "the model lets them add nothing to the effect",
    )


def _result(
    spec: Spec, counts: Counts, used: Counts, choice: tuple[str, str, float], equal: Maximum, found: Maximum,
    tests: tuple[float, float], notes: list[str],
) -> Glmm:  # fmt: skip
    method, test, level = choice
    k, random = used.k, method == "ML"
    beta, se = float(found.x[spec.place]), float(np.sqrt(found.cov[spec.place, spec.place]))
    tau = float(found.x[-1]) if random else 0.0
    tau2 = tau**2 if tau > 1e-4 else 0.0  # a spread of 1e-4 is 0 up to the flatness of the likelihood there
    dfs = np.array(float(k - 1) if test == "t" and k > 1 else np.inf)
    sharp = float(critical(dfs[None], level)[0])
    z, vt = beta / se, _typical(spec.measure, used.columns)
    reach = sharp * float(np.sqrt(se**2 + tau2))
    wald, lrt = tests
    free = spec.parameters(k, method)
    n = k * (2 if spec.model.startswith("UM") else 1)
    if random and tau2 == 0:
        notes.append(
            "The likelihood is largest without heterogeneity (tau2 = 0), which is no proof that there is none."
        )
    if spec.points == 1 and random:
        notes.append("Laplace's approximation (nagq=1, as in metafor); more points, e.g. nagq=9, are closer.")
    if abs(found.rough) > 0.01:
        notes.append(
            f"More quadrature points change the log-likelihood by {found.rough:.2g}; nagq=25 or more is closer."
        )
    return Glmm(
        measure=spec.measure, model=spec.model, method=method, test=test, level=level, coding=spec.coding,
        nagq=spec.points if random or spec.model == "UM.RS" else 0,
        k=k, k_double_zero=int(counts.double_zero.sum()), double_zero_rows=counts.double_zero_rows,
        k_missing=counts.k_missing, beta=beta, se=se, zval=z,
        pval=float(two_sided(np.array([z]), dfs[None])[0]), dfs=float(dfs),
        ci_lb=beta - sharp * se, ci_ub=beta + sharp * se, pi_lb=beta - reach, pi_ub=beta + reach,
        tau2=tau2, tau2_se=2 * tau * float(np.sqrt(found.cov[-1, -1])) if tau2 else float("nan"),
        sigma2=float(found.x[spec.sigma]) ** 2 if spec.sigma is not None else float("nan"),
        i2=100 * tau2 / (tau2 + vt), h2=(tau2 + vt) / vt, vt=vt,
        qe_wld=wald, qep_wld=_tail(k - 1, wald), qe_lrt=lrt, qep_lrt=_tail(k - 1, lrt), qe_df=k - 1,
        ll=found.ll, ll_ee=equal.ll, parameters=free, aic=2 * free - 2 * found.ll,
        bic=free * float(np.log(n)) - 2 * found.ll,
        aicc=2 * free * max(n, free + 2) / (max(n, free + 2) - free - 1) - 2 * found.ll,
        gap=found.gap, notes=tuple(notes),
    )  # fmt: skip


def _tail(df: int, value: float) -> float:
    return float(chdtrc(df, value)) if df > 0 else 1.0


def _typical(measure: str, c: dict[str, Array]) -> float:
    """Higgins and Thompson's typical sampling variance, 1/2 added to the cells of tables with a zero."""
    names = {"OR": ("ai", "bi", "ci", "di"), "IRR": ("x1i", "x2i"), "PLO": ("xi", "mi"), "IRLN": ("xi",)}[
        measure
    ]
    cells = np.stack([c[name] for name in names])
    zero: Flags = (cells == 0).any(axis=0)
    w = 1 / np.sum(1 / (cells + 0.5 * zero), axis=0)
    if len(w) == 1:
        return float(1 / w[0])
    return float((len(w) - 1) * w.sum() / (w.sum() ** 2 - np.sum(w**2)))
