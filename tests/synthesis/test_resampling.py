"""Permutation tests and the bootstrap: no distribution is assumed, so they must be exact where they say so."""

from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import resampling
from skinproof.synthesis.pooling import pool
from skinproof.synthesis.resampling import bootstrap, permutest
from tests.synthesis.diagnostics_grid import having, numbers, read

Y = np.array([0.20, 0.35, 0.61, -0.05, 0.44, 0.90])
V = np.array([0.04, 0.09, 0.05, 0.02, 0.12, 0.07])
X = np.array([1.0, 2.0, 4.0, 3.0, 6.0, 5.0])


def test_the_exact_test_is_metafors(shared: Path) -> None:
    """8,192 sign flips of dat.bcg under the DL model, whose statistic the reference has."""
    cases = list(having(shared, "permutest.exact"))
    assert len(cases) == 1
    for suite, leaf in cases:
        ours = permutest(suite.fit("DL"))
        assert (ours.exact, ours.count, ours.left_out) == (True, 8192, 0)
        assert ours.pval.tolist() == leaf["pval"]
        assert ours.qmp == leaf["QMp"]
        assert ours.qm == pytest.approx(leaf["QM"], rel=1e-10)


def test_drawn_permutations_of_a_moderator_agree_with_metafors_within_chance(shared: Path) -> None:
    """metafor drew 1,000 with R's generator: p = 0.719 and 0.007."""
    content = read(shared / "reference" / "metafor" / "dat.bcg.json.gz")
    case = content["metareg"]["~ablat"]
    mods = np.array(case["X"], dtype=np.float64)[:, 1]
    ours = permutest(pool(numbers(case["yi"]), numbers(case["vi"]), mods=mods), count=20_000, seed=3)
    for mine, theirs in zip(ours.pval, content["permutest.ablat"]["pval"], strict=True):
        assert abs(mine - theirs) < 4 * np.sqrt(mine * (1 - mine) / 1000)
    assert ours.qmp == ours.pval[1]


@pytest.mark.parametrize("test", ["z", "knha"])
def test_all_flips_one_by_one_give_the_same_p(test: str) -> None:
    fit = pool(Y, V, "REML", test)
    every = [pool(np.array(signs) * Y, V, "REML", test).zval for signs in product([1, -1], repeat=6)]
    expected = np.mean(np.abs(every) >= abs(fit.zval) - 1e-8)
    ours = permutest(fit)
    assert ours.exact and ours.pval[0] == pytest.approx(expected)


def test_all_orders_one_by_one_give_the_same_p() -> None:
    y, v, x = Y[:5], V[:5], np.column_stack([X[:5], X[:5] ** 2])
    fit = pool(y, v, "DL", mods=x)
    every = [pool(y, v, "DL", mods=x[list(order)]) for order in permutations(range(5))]
    z = np.array([np.asarray(one.zval) for one in every])
    ours = permutest(fit)
    assert ours.exact and ours.count == 120
    np.testing.assert_allclose(ours.pval, (np.abs(z) >= np.abs(np.asarray(fit.zval)) - 1e-8).mean(axis=0))
    assert ours.qmp == pytest.approx(np.mean([one.qm >= fit.qm - 1e-8 for one in every]))


def test_the_test_of_several_moderators_is_divided_by_their_number_with_t() -> None:
    x = np.column_stack([X, X**2])
    ours = permutest(pool(Y, V, "DL", "knha", mods=x), count=200, seed=1)
    assert 1 / 200 <= ours.qmp <= 1
    assert ours.qm == pytest.approx(pool(Y, V, "DL", "knha", mods=x).qm)


def test_drawn_flips_are_repeatable_and_never_zero() -> None:
    fit = pool(np.tile(Y + 1, 5), np.tile(V, 5))
    ours = permutest(fit, count=500, seed=9)
    assert not ours.exact and ours.pval[0] == permutest(fit, count=500, seed=9).pval[0] == 1 / 500
    assert permutest(fit, count=2, seed=1).pval[0] in (0.5, 1.0)


def test_given_weights_move_with_their_studies() -> None:
    weights = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    assert permutest(pool(Y, V, weights=weights)).pval[0] > 0
    assert permutest(pool(Y, V, mods=X, weights=weights), count=100, seed=2).pval[1] > 0
    assert bootstrap(pool(Y, V, weights=weights), count=50).beta.shape == (50, 1)
    assert bootstrap(pool(Y, V, weights=weights), kind="parametric", count=50).beta.shape == (50, 1)


def test_the_parametric_bootstrap_has_the_models_own_spread() -> None:
    """With a fixed tau2 the estimate is normal with the model's standard error."""
    fit = pool(Y, V, tau2=0.05)
    ours = bootstrap(fit, kind="parametric", count=20_000, seed=4)
    assert ours.se[0] == pytest.approx(fit.se, rel=0.02)
    assert ours.ci_lb[0] == pytest.approx(fit.ci_lb, abs=0.02)
    assert ours.basic_ub[0] == pytest.approx(fit.ci_ub, abs=0.02)
    assert abs(ours.bias[0]) < 4 * fit.se / np.sqrt(20_000)
    assert ours.tau2_lb == ours.tau2_ub == 0.05


def test_the_bootstrap_of_cases_draws_studies() -> None:
    """Equal weights: the standard error is that of a mean, sqrt((n - 1) / n) times the usual one."""
    ours = bootstrap(pool(Y, np.full(6, 0.1), "EE"), count=20_000, seed=5)
    assert ours.se[0] == pytest.approx(Y.std() / np.sqrt(6), rel=0.02)
    assert (ours.beta == bootstrap(pool(Y, np.full(6, 0.1), "EE"), count=20_000, seed=5).beta).all()


def test_samples_in_which_a_moderator_is_constant_are_counted() -> None:
    group = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 1.0])
    ours = bootstrap(pool(Y, V, mods=group), count=400, seed=6)
    assert 0 < ours.left_out < 80 and len(ours.beta) == 400 - ours.left_out
    kept = permutest(pool(Y, V, mods=group))
    assert kept.left_out == 0


def test_questions_that_have_no_answer_are_refused() -> None:
    fit = pool(Y, V)
    with pytest.raises(UsageError, match="at least two"):
        permutest(fit, count=1)
    with pytest.raises(UsageError, match="too many to list"):
        permutest(pool(np.tile(Y, 4), np.tile(V, 4)), exact=True)
    with pytest.raises(UsageError, match="too many to list"):
        permutest(pool(np.tile(Y, 2), np.tile(V, 2), mods=np.arange(12.0)), exact=True)
    with pytest.raises(UsageError, match="no kind"):
        bootstrap(fit, kind="wild")
    with pytest.raises(UsageError, match="at least two"):
        bootstrap(fit, count=1)
    with pytest.raises(SynthesisError, match="could be fitted"):
        bootstrap(pool(np.append(Y, Y[:2]), np.append(V, V[:2]), mods=np.eye(8)[:, :6]), count=100, seed=1)


def test_parts_of_a_large_run_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bootstrap(pool(Y, V), count=100, seed=8)
    monkeypatch.setattr("skinproof.synthesis.refit._CHUNK", 60)
    parts = bootstrap(pool(Y, V), count=100, seed=8)
    np.testing.assert_allclose(parts.beta, whole.beta)
    assert permutest(pool(Y, V)).pval[0] == resampling.permutest(pool(Y, V)).pval[0]
