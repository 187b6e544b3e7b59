"""Tests for small-study effects as metafor has them: a wrong p-value would accuse or clear a whole field."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.bias_regression import PREDICTORS, Regtest, pet_peese, ranktest, regtest
from skinproof.synthesis.kendall import kendall
from skinproof.synthesis.pooling import pool, pool_many
from tests.synthesis.diagnostics_grid import Deviations, Leaf, Suite, having, numbers, read
from tests.synthesis.tolerances import RTOL

FIELDS = {"stat": "stat", "pval": "pval", "est": "est", "ci.lb": "ci_lb", "ci.ub": "ci_ub"}

# metafor takes inverse sample sizes of about 1e-5 beside an intercept for a matrix without full rank (and its lm model for
# one with it); columns are scaled here before rank is judged.
SCALE_REFUSED = {
    f"{version}{where}"
    for version in ("", "v5/")
    for where in (
        "dat.cannon2006/OR rma/ninv",
        "dat.cannon2006/RR rma/ninv",
        "dat.cannon2006/RD rma/vi",
        "dat.cannon2006/RD rma/ninv",
        "dat.graves2010/RR rma/ninv",
        "dat.graves2010/OR rma/ninv",
    )
}

Y = np.array([0.20, -0.35, 0.61, 0.05, 0.44, 1.30])
V = np.array([0.04, 0.09, 0.05, 0.02, 0.12, 0.30])
N = np.array([100.0, 50.0, 80.0, 210.0, 33.0, 15.0])


def test_every_regression_test_is_metafors(shared: Path) -> None:
    found, refused, count = Deviations(), set(), 0
    for suite, leaves in having(shared, "regtest"):
        for key, leaf in leaves.items():
            where, count = f"{suite.where} {key}", count + 1
            if "error" in leaf:
                refused.add(where)
                scaled = same_as_scaled(suite, key)
                assert scaled, where
            else:
                add(found, suite, key, leaf, where)
    assert refused == SCALE_REFUSED
    assert count == 72 * 6 + 66 * 8 + 66 * 6 + 64 * 8
    assert not found.gaps
    assert not found.beyond(RTOL)


def asked(suite: Suite, key: str, tau2: float | None = None) -> Regtest:
    model, _, predictor = key.partition("/")
    model, _, method = model.partition(".")
    fit = suite.fit(method or "REML") if tau2 is None else pool(suite.y, suite.v, tau2=tau2)
    return regtest(fit, model=model, predictor=predictor, ni=suite.n)


def same_as_scaled(suite: Suite, key: str) -> bool:
    """Whether the test is the same in other units of the effect and the sample size, which metafor can fit."""
    ours, predictor = asked(suite, key), key.partition("/")[2]
    size = None if suite.n is None else suite.n / 1e4
    other = regtest(pool(suite.y * 100, suite.v * 1e4), predictor=predictor, ni=size)
    return bool(
        np.isclose(other.stat, ours.stat, rtol=1e-7) and np.isclose(other.est, 100 * ours.est, rtol=1e-7)
    )


def add(found: Deviations, suite: Suite, key: str, leaf: Leaf, where: str) -> None:
    ours = asked(suite, key)
    if key.startswith("rma/"):
        # metafor stops its REML at 1e-5: its numbers are ours at a tau2 that near to the maximum
        ours = asked(suite, key, tau2_behind(suite, key, leaf["stat"]))
    assert np.isinf(ours.dfs) if leaf["dfs"] is None else ours.dfs == leaf["dfs"], where
    kind = "regtest.iterated" if key.startswith("rma/") else "regtest"
    for theirs, name in FIELDS.items():
        if theirs in leaf:
            found.add(kind, getattr(ours, name), leaf[theirs], where)
        else:
            assert np.isnan(getattr(ours, name)), where


def tau2_behind(suite: Suite, key: str, stat: float) -> float:
    """The tau2 within 1e-4 of ours that gives this statistic, the nearest one; ours, where none does."""
    predictor = key.partition("/")[2]
    x = {"sei": np.sqrt(suite.v), "vi": suite.v}
    if suite.n is not None:
        x |= {"ni": suite.n, "ninv": 1 / suite.n, "sqrtni": suite.n**0.5, "sqrtninv": suite.n**-0.5}
    fit = pool(suite.y, suite.v, mods=x[predictor])
    ours = fit.tau2
    if np.isclose(np.asarray(fit.zval)[1], stat, rtol=1e-10, atol=1e-13):
        return ours
    low, high = max(0.0, ours - 1e-4), ours + 1e-4
    for _ in range(10):
        near = np.linspace(low, high, 41)
        fits = pool_many(np.tile(suite.y, (41, 1)), suite.v, mods=x[predictor], tau2=near)
        gap = fits.zval[:, 1] - stat
        crossing = np.flatnonzero(gap[:-1] * gap[1:] <= 0)
        if not len(crossing):
            return ours if low == max(0.0, ours - 1e-4) else float(near[np.argmin(np.abs(gap))])
        left = crossing[np.argmin(np.abs(near[crossing] - ours))]
        low, high = float(near[left]), float(near[left + 1])
    return low


def test_regression_tests_beside_moderators_are_metafors(shared: Path) -> None:
    count = 0
    folder = shared / "reference" / "metafor"
    for path in sorted([*folder.glob("dat.*.json.gz"), *folder.glob("v5/dat.*.json.gz")]):
        for formula, content in read(path).get("metareg", {}).items():
            x = np.array(content["X"], dtype=np.float64)
            fit = pool(numbers(content["yi"]), numbers(content["vi"]), mods=x, intercept=False)
            ours, leaf = regtest(fit), content["regtest"]
            limit = RTOL["metafor at its default tolerance"]
            assert ours.stat == pytest.approx(leaf["stat"], rel=limit, abs=limit), (path.name, formula)
            assert np.isnan(ours.est)
            count += 1
    assert count == 30


def test_every_rank_test_is_metafors(shared: Path) -> None:
    found, ties = Deviations(), 0
    for suite, leaf in having(shared, "ranktest"):
        ours = ranktest(suite.fit())
        found.add("ranktest.tau", ours.tau, leaf["tau"], suite.where)
        found.add("ranktest.pval", ours.pval, leaf["pval"], suite.where)
        if not suite.newer:
            assert ours.exact != ("warnings" in leaf), suite.where
            ties += not ours.exact
    assert (found.compared, ties) == (2 * (72 + 66), 15)
    assert not found.beyond(RTOL)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_few_studies_are_refused_or_tested_as_metafor_does(shared: Path, k: int) -> None:
    case = read(shared / "reference" / "metafor" / "synth.tiny_k.json.gz")["cases"][f"k={k}"]
    fit = pool(numbers(case["inputs"]["yi"]), numbers(case["inputs"]["vi"]))
    for model, name in (("rma", "regtest"), ("lm", "regtest.lm")):
        if k < 3:  # metafor's lm gives NaN at k = 2, with a warning
            with pytest.raises(SynthesisError, match="needs 3 studies"):
                regtest(fit, model=model)
        else:
            ours = regtest(fit, model=model)
            assert ours.stat == pytest.approx(case[name]["stat"], rel=2e-4)
            assert ours.est == pytest.approx(case[name]["est"], rel=2e-4)
    if k == 1:
        with pytest.raises(SynthesisError, match="needs two"):
            ranktest(fit)
    else:
        ours_rank = ranktest(fit)
        assert (ours_rank.tau, ours_rank.pval) == pytest.approx(
            (case["ranktest"]["tau"], case["ranktest"]["pval"])
        )


def test_eggers_test_is_the_intercept_of_his_regression() -> None:
    """As published: standard normal deviates on precision, unweighted."""
    line = stats.linregress(1 / np.sqrt(V), Y / np.sqrt(V))
    ours = regtest(pool(Y, V), model="lm")
    assert ours.stat == pytest.approx(line.intercept / line.intercept_stderr, rel=1e-10)
    assert ours.est == pytest.approx(line.slope, rel=1e-10)
    assert ours.dfs == 4


def test_predictors_are_what_their_names_say() -> None:
    fit = pool(Y, V)
    values = {"sei": V**0.5, "vi": V, "ni": N, "ninv": 1 / N, "sqrtni": N**0.5, "sqrtninv": N**-0.5}
    assert set(values) == set(PREDICTORS)
    for name, x in values.items():
        direct = pool(Y, V, mods=x)
        ours = regtest(fit, predictor=name, ni=N)
        assert ours.slope == pytest.approx(np.asarray(direct.beta)[1], rel=1e-9)
        assert np.isnan(ours.est) == (name in ("ni", "sqrtni"))


def test_few_alike_or_scattered_studies_are_cautioned_about() -> None:
    assert any("fewer than ten" in said for said in regtest(pool(Y, V)).cautions)
    many = np.linspace(-2, 2, 12)
    alike = regtest(pool(many, np.linspace(0.01, 0.012, 12)), model="lm").cautions
    assert any("similar precision" in said for said in alike) and any("differ much" in said for said in alike)


def test_questions_that_have_no_answer_are_refused() -> None:
    fit = pool(Y, V)
    with pytest.raises(UsageError, match="no model"):
        regtest(fit, model="glm")
    with pytest.raises(UsageError, match="no predictor"):
        regtest(fit, predictor="n")
    with pytest.raises(UsageError, match="needs sample sizes"):
        regtest(fit, predictor="ni")
    with pytest.raises(SynthesisError, match="one sample size"):
        regtest(fit, predictor="ni", ni=[1.0, 2.0])
    with pytest.raises(SynthesisError, match="row 2, column ni"):
        regtest(fit, predictor="ni", ni=[1.0, 0.0, 3.0, 4.0, 5.0, 6.0])
    with pytest.raises(SynthesisError, match="same sei"):
        regtest(pool(Y, np.full(6, 0.1)))
    with pytest.raises(SynthesisError, match="on one line"):
        regtest(pool([1.0, 2.0, 3.0], [1.0, 4.0, 9.0], "EE"), model="lm")
    with pytest.raises(SynthesisError, match="no moderators"):
        ranktest(pool(Y, V, mods=N))
    with pytest.raises(SynthesisError, match="no moderators"):
        pet_peese(pool(Y, V, mods=N))
    with pytest.raises(UsageError, match="alpha"):
        pet_peese(fit, alpha=1.0)


def test_pet_peese_takes_peese_only_where_pet_finds_an_effect() -> None:
    clear = pet_peese(pool(0.8 + 0.05 * np.array([1, -1, 1, -1, 1, -1]), V))
    assert clear.chosen == "PEESE" and clear.est == clear.peese.est and clear.pet_p < 0.05
    none = pet_peese(pool(Y, V))
    assert none.chosen == "PET" and none.est == none.pet.est
    half = stats.t.sf(none.pet.est / ((none.pet.ci_ub - none.pet.est) / stats.t.ppf(0.975, 4)), 4)
    assert none.pet_p == pytest.approx(half, rel=1e-10)
    assert pet_peese(pool(-Y, V)).est == pytest.approx(-none.est)
    assert 0 < pet_peese(pool(Y, V), model="rma").pet_p < 1


@pytest.mark.parametrize(("swaps", "pval"), [(0, 2 / 24), (1, 8 / 24), (2, 18 / 24), (3, 1.0)])
def test_kendalls_exact_p_counts_orders(swaps: int, pval: float) -> None:
    """Of 24 orders of four, 1, 3, 5, 6, ... have 0, 1, 2, 3, ... inversions."""
    orders = {0: [1, 2, 3, 4], 1: [2, 1, 3, 4], 2: [2, 1, 4, 3], 3: [3, 2, 1, 4]}
    assert kendall(np.arange(4.0), np.array(orders[swaps], dtype=np.float64)).pval == pytest.approx(pval)


def test_kendall_agrees_with_scipy_with_and_without_ties() -> None:
    random = np.random.default_rng(5)
    for k, decimals in ((12, 9), (30, 9), (200, 9), (12, 0), (60, 1), (2, 9)):
        a, b = np.round(random.normal(size=(2, k)), decimals)
        ours = kendall(a, b)
        theirs = stats.kendalltau(a, b, method="exact" if ours.exact else "asymptotic")
        assert (ours.tau, ours.pval) == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-9)
        assert ours.exact == (decimals == 9)


def test_ranks_of_constant_or_endless_series_are_refused() -> None:
    with pytest.raises(SynthesisError, match="same value"):
        kendall(np.ones(4), np.arange(4.0))
    with pytest.raises(SynthesisError, match="at most"):
        kendall(np.arange(6000.0), np.arange(6000.0))
