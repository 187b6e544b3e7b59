"""Selection models: the maximum of the likelihood is found (metafor's optimiser is off by up to 1e-3, or at a lower one)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.bias_selection import _Model, selmodel
from skinproof.synthesis.pooling import pool
from skinproof.synthesis.selection_weights import Smooth, Steps, Weights
from tests.synthesis.diagnostics_grid import Deviations, Leaf, having
from tests.synthesis.tolerances import RTOL

STEPS = {"stepfun.025": [0.025], "stepfun.05": [0.05], "stepfun.025.5": [0.025, 0.5]}

# Nelder and Mead's search ends at a maximum that is lower than another one by the log likelihood given here, or more
LOWER_IN_METAFOR = {
    "dat.egger2001/OR stepfun.025/less": 1.5,
    "dat.egger2001/OR beta/greater": 1.9,
    "dat.egger2001/OR beta/less": 1.9,
    "dat.egger2001/OR negexp/less": 2.4,
    "dat.egger2001/OR logistic/less": 1.5,
    "dat.li2007/OR stepfun.025/less": 0.5,
    "dat.li2007/OR beta/greater": 0.2,
    "dat.li2007/OR beta/less": 0.2,
}
NOT_CONVERGED_IN_METAFOR = {
    "dat.bcg/RR stepfun.025.5/greater",
    "dat.cohen1981/ZCOR halfnorm/greater",
    "dat.cohen1981/ZCOR halfnorm/less",
    "dat.cohen1981/ZCOR negexp/less",
    "dat.cohen1981/ZCOR logistic/less",
}

Y = np.array([0.20, -0.35, 0.61, 0.05, 0.44, 1.30, 0.75, 0.5])
V = np.array([0.04, 0.09, 0.05, 0.02, 0.12, 0.30, 0.1, 0.2])


def asked(key: str, leaf: Leaf) -> tuple[str, dict[str, Any]]:
    name, alternative = key.split("/")
    if name == "stepfun.vw.fixed":
        return "stepfun", {"alternative": alternative, "steps": leaf["steps"], "delta": leaf["delta"]}
    if name in STEPS:
        return "stepfun", {"alternative": alternative, "steps": STEPS[name]}
    return name, {"alternative": alternative}


def test_every_selection_model_is_metafors_or_higher(shared: Path) -> None:
    found, higher, refused, close, count = Deviations(), {}, set(), 0, 0
    for suite, leaves in having(shared, "selmodel"):
        for key, leaf in leaves.items():
            where, count = f"{suite.where} {key}", count + 1
            type, options = asked(key, leaf)
            ours = selmodel(suite.fit("ML"), type, **options)
            if "error" in leaf:
                refused.add(where)
                continue
            gain = ours.ll - leaf["ll"]
            assert gain > -RTOL["selmodel.ll"], where
            if gain > 0.1:
                higher[where] = gain
            elif (
                gain < 1e-6
                and leaf["se"] != [None]
                and not any("end of its range" in said for said in ours.notes)
            ):
                close += 1
                found.add("selmodel.beta", ours.beta, leaf["beta"], where, floor=leaf["se"][0])
                found.add("selmodel.tau2", ours.tau2, leaf["tau2"], where, floor=leaf["se.tau2"] or 1.0)
                found.add("selmodel.lrt", ours.lrt, leaf["LRT"], where, floor=1.0)
                if (
                    type == "stepfun"
                ):  # the others' standard errors are by numerical differences of rough integrals
                    found.add("selmodel.se", ours.se, leaf["se"], where)
            assert ours.lrt_df == leaf["LRTdf"], where
    assert count == 6 * 17
    assert refused == NOT_CONVERGED_IN_METAFOR
    assert higher.keys() == LOWER_IN_METAFOR.keys()
    assert all(higher[where] > least for where, least in LOWER_IN_METAFOR.items())
    assert close > 30
    assert not found.beyond(RTOL)


@pytest.mark.parametrize("kind", ["stepfun", "beta", "halfnorm", "negexp", "logistic", "power"])
def test_integrals_and_derivatives_are_what_they_should_be(kind: str) -> None:
    """The integral against adaptive quadrature, gradient and Hessian against differences."""
    se = np.sqrt(V)
    weights: Weights = (
        Steps(Y / se, se, np.array([0.025, 0.5, 1.0]))
        if kind == "stepfun"
        else Smooth(kind, Y / se, se, 1e-5)
    )
    delta = np.array([0.7, 1.4])[: weights.size]
    s = np.sqrt(V + 0.3)

    def weight(p: float) -> float:
        if kind == "stepfun":
            return 1.0 if p <= 0.025 else 0.7 if p <= 0.5 else 1.4
        p = min(max(p, 1e-5), 1 - 1e-5)
        return {
            "beta": lambda: p ** (delta[0] - 1) * (1 - p) ** (delta[1] - 1),
            "halfnorm": lambda: np.exp(-delta[0] * p * p),
            "negexp": lambda: np.exp(-delta[0] * p),
            "logistic": lambda: 2 * np.exp(-delta[0] * p) / (1 + np.exp(-delta[0] * p)),
            "power": lambda: (1 - p) ** delta[0],
        }[kind]()

    found = weights.moments(delta, 0.4, s)
    for study in (0, 5):

        def integrand(y: float, study: int = study) -> float:
            return weight(stats.norm.sf(y / se[study])) * stats.norm.pdf(y, 0.4, s[study])

        breaks = [
            se[study] * z for z in (stats.norm.isf(0.025), 0.0, stats.norm.isf(1e-5), -stats.norm.isf(1e-5))
        ]
        direct = integrate.quad(
            integrand, 0.4 - 12 * s[study], 0.4 + 12 * s[study], points=breaks, limit=400
        )[0]
        assert np.exp(found.log_a[study]) == pytest.approx(direct, rel=1e-8)
    model, x = _Model(Y, V, weights, equal=False), np.array([0.4, 0.3, *delta])
    _, gradient, hessian = model(x)
    steps = 1e-6 * np.eye(len(x))
    differences = [(model(x + e)[0] - model(x - e)[0]) / 2e-6 for e in steps]
    np.testing.assert_allclose(gradient, differences, rtol=1e-6, atol=1e-7)
    differences = [(model(x + e)[1] - model(x - e)[1]) / 2e-6 for e in steps]
    np.testing.assert_allclose(hessian, differences, rtol=1e-5, atol=1e-6)


def test_equal_weights_change_nothing() -> None:
    plain = pool(Y, V, "ML")
    ours = selmodel(plain, steps=[0.025, 0.5], delta=[1.0, 1.0, 1.0])
    assert (ours.beta, ours.tau2) == pytest.approx((plain.beta, plain.tau2), rel=1e-7, abs=1e-9)
    assert ours.ll == pytest.approx(plain.fit_stats("ML")["ll"], rel=1e-10)
    assert (ours.lrt_df, ours.counts, sum(ours.counts)) == (0, ours.counts, 8)
    assert np.isnan(ours.lrt_p)


def test_the_model_is_the_same_in_other_units_and_mirrored() -> None:
    fit = pool(Y, V, "ML")
    plain = selmodel(fit, "halfnorm")
    scaled = selmodel(pool(1000 * Y, 1e6 * V, "ML"), "halfnorm")
    mirrored = selmodel(pool(-Y, V, "ML"), "halfnorm", alternative="less")
    assert scaled.beta == pytest.approx(1000 * plain.beta, rel=1e-6)
    assert scaled.tau2 == pytest.approx(1e6 * plain.tau2, rel=1e-5, abs=1.0)
    assert mirrored.beta == pytest.approx(-plain.beta, rel=1e-8)
    assert mirrored.delta == pytest.approx(plain.delta, rel=1e-6)


def test_selection_that_was_made_is_found() -> None:
    """Of 4,000 simulated studies with effect 0 one in five that are not significant is seen."""
    random = np.random.default_rng(20)
    v = random.uniform(0.01, 0.2, 4000)
    y = random.normal(0.0, np.sqrt(v + 0.02))
    seen = (stats.norm.sf(y / np.sqrt(v)) <= 0.025) | (random.random(4000) < 0.2)
    fit = pool(y[seen], v[seen], "ML")
    ours = selmodel(fit)
    assert abs(ours.beta) < 3 * ours.se < abs(fit.beta)
    assert abs(ours.delta[1] - 0.2) < 3 * ours.se_delta[1] < 0.15
    assert ours.lrt_p < 1e-6 and ours.notes == ()
    equal = selmodel(pool(y[seen], v[seen], "EE"))
    assert equal.tau2 == 0 and np.isnan(equal.se_tau2)


def test_an_interval_without_studies_is_said() -> None:
    ours = selmodel(pool(Y, V, "ML"), steps=[1e-9, 0.025])
    assert any("interval 1" in said for said in ours.notes)
    assert any("end of its range" in said for said in ours.notes)


def test_questions_that_have_no_answer_are_refused() -> None:
    fit = pool(Y, V, "ML")
    with pytest.raises(UsageError, match="no type"):
        selmodel(fit, "step")
    with pytest.raises(UsageError, match="no alternative"):
        selmodel(fit, alternative="two.sided")
    with pytest.raises(UsageError, match="steps"):
        selmodel(fit, steps=[0.0])
    with pytest.raises(UsageError, match="steps"):
        selmodel(fit, steps=[1.0])
    with pytest.raises(UsageError, match="delta"):
        selmodel(fit, delta=[1.0, 0.5, 0.2])
    with pytest.raises(UsageError, match="pval_min"):
        selmodel(fit, "beta", pval_min=0.7)
    with pytest.raises(SynthesisError, match="mean alone"):
        selmodel(pool(Y, V, mods=V))
    with pytest.raises(SynthesisError, match="fewer than the parameters"):
        selmodel(pool(Y[:3], V[:3], "ML"), "beta")
