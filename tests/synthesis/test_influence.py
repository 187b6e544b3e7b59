"""Each study's influence as metafor computes it: a wrong one would blame or clear the wrong study."""

from pathlib import Path

import numpy as np
import pytest

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import diagnostics
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.pooling import pool
from skinproof.synthesis.refit import Refits, studies
from tests.synthesis.diagnostics_grid import Deviations, Leaf, having, numbers, read, suites
from tests.synthesis.tolerances import RTOL

REFITS = {
    "estimate": "beta", "se": "se", "zval": "zval", "tval": "zval", "pval": "pval", "pvals": "pval", "ci.lb": "ci_lb",
    "ci.ub": "ci_ub", "Q": "qe", "Qp": "qep", "tau2": "tau2", "I2": "i2", "H2": "h2",
}  # fmt: skip
INFLUENCE = {
    "rstudent": "rstudent", "dffits": "dffits", "cook.d": "cook_d", "cov.r": "cov_r", "tau2.del": "tau2_del",
    "QE.del": "qe_del", "hat": "hat", "weight": "weight", "is.infl": "is_infl",
}  # fmt: skip
WORDS = {"slab", "digits", "ids", "level", "order", "k"}

# metafor's scoring did not converge without (or up to) these studies, and gave NA; a bracketed step does.
NOT_CONVERGED_IN_METAFOR = {
    f"{version}{where}": places
    for version in ("", "v5/")
    for where, places in {
        "dat.normand1999/MD leave1out REML/z": {1, 5},
        "dat.normand1999/MD leave1out REML/knha": {1, 5},
        "dat.normand1999/MD influence REML/z": {1, 5},
        "dat.normand1999/MD rstudent": {1, 5},
        "dat.normand1999/MD baujat": {1, 5},
        "dat.nielweise2007/OR cumul REML/z": {7},
        "dat.nielweise2007/RR cumul REML/z": {7, 11},
    }.items()
}

Y = np.array([0.20, -0.35, 0.61, 0.05, 0.44, 1.30])
V = np.array([0.04, 0.09, 0.05, 0.02, 0.12, 0.07])
X = np.array([1.0, 2.0, 4.0, 3.0, 6.0, 5.0])


def add_refits(found: Deviations, quantity: str, fits: Refits, leaf: Leaf, where: str) -> None:
    assert set(leaf) - WORDS <= set(REFITS), where
    for theirs in leaf.keys() & REFITS.keys():
        # an I2 of a millionth of a percent is 0: metafor stops at an absolute step
        floor = 1.0 if theirs == "I2" else 1e-3
        found.add(f"{quantity}.{REFITS[theirs]}", getattr(fits, REFITS[theirs]), leaf[theirs], where, floor)


def sequence(ids: list[int]) -> np.ndarray:
    rank = np.empty(len(ids))
    rank[np.array(ids) - 1] = np.arange(len(ids))
    return rank


def test_every_leave_one_out_and_cumulative_fit_is_metafors(shared: Path) -> None:
    found = Deviations()
    for suite, leaves in having(shared, "leave1out"):
        for model, leaf in leaves.items():
            fits = diagnostics.leave_one_out(suite.fit(*model.split("/")))
            add_refits(found, "leave1out", fits, leaf, f"{suite.where} leave1out {model}")
    for suite, leaves in having(shared, "cumul"):
        for model, leaf in leaves.items():
            if model != "order":
                fits = diagnostics.cumulative(suite.fit(*model.split("/")), sequence(leaf["ids"]))
                add_refits(found, "cumul", fits, leaf, f"{suite.where} cumul {model}")
    expected = {where for where in NOT_CONVERGED_IN_METAFOR if "leave1out" in where or "cumul" in where}
    assert found.gaps == {where: NOT_CONVERGED_IN_METAFOR[where] for where in expected}
    assert not found.beyond(RTOL)
    assert found.compared == 67 * (4 * 11 - 1) + 62 * (4 * 11 - 1) + 67 * (3 * 11 - 1) + 62 * (3 * 11 - 1)


def test_studies_are_ordered_by_year_as_metafor_orders_them(shared: Path) -> None:
    """Ties keep the order of the table, so that a cumulative picture is the same in both."""
    for _, leaves in having(shared, "cumul"):
        if not isinstance(leaves["order"], str):
            order = diagnostics.sorted_by(leaves["order"], len(leaves["order"]))
            assert (order + 1).tolist() == leaves["EE/z"]["ids"]


def test_every_influence_diagnostic_is_metafors(shared: Path) -> None:
    found, leaves_seen = Deviations(), 0
    for suite, leaves in having(shared, "influence"):
        for model, leaf in leaves.items():
            where = f"{suite.where} influence {model}"
            ours = diagnostics.influence(suite.fit(*model.split("/")))
            add_influence(found, ours, leaf, ["dfbs.intrcpt"], where)
            leaves_seen += 1
    assert leaves_seen == 3 * (67 + 62)
    expected = {where for where in NOT_CONVERGED_IN_METAFOR if "influence" in where}
    assert found.gaps == {where: NOT_CONVERGED_IN_METAFOR[where] for where in expected}
    assert not found.beyond(RTOL)


def add_influence(
    found: Deviations, ours: diagnostics.Influence, leaf: Leaf, dfbs: list[str], where: str
) -> None:
    assert set(leaf) - WORDS == set(INFLUENCE) | set(dfbs), where
    for theirs, name in INFLUENCE.items():
        found.add(f"influence.{name}", getattr(ours, name), leaf[theirs], where)
    for column, theirs in enumerate(dfbs):
        found.add("influence.dfbs", ours.dfbs[:, column], leaf[theirs], where)


def test_residuals_and_baujat_are_metafors(shared: Path) -> None:
    found, leaves_seen = Deviations(), 0
    for name in ("rstandard", "rstudent", "baujat"):
        for suite, leaf in having(shared, name):
            ours = getattr(diagnostics, name)(suite.fit())
            for quantity, values in leaf.items():
                found.add(f"{name}.{quantity}", getattr(ours, quantity), values, f"{suite.where} {name}")
            leaves_seen += 1
    assert leaves_seen == 3 * (67 + 62)
    expected = {where for where in NOT_CONVERGED_IN_METAFOR if where.endswith(("rstudent", "baujat"))}
    assert found.gaps == {where: NOT_CONVERGED_IN_METAFOR[where] for where in expected}
    assert not found.beyond(RTOL)


def test_influence_in_a_meta_regression_is_metafors(shared: Path) -> None:
    found, residuals, influences = Deviations(), 0, 0
    folder = shared / "reference" / "metafor"
    for path in sorted([*folder.glob("dat.*.json.gz"), *folder.glob("v5/dat.*.json.gz")]):
        for formula, content in read(path).get("metareg", {}).items():
            fit = regression(content)
            where = f"{path.parent.name}/{path.name}{formula}"
            for quantity, values in content["rstandard"].items():
                ours = diagnostics.rstandard(fit)
                found.add(f"rstandard.{quantity}", getattr(ours, quantity), values, where)
            residuals += 1
            if "influence" in content:
                dfbs = [name for name in content["influence"] if name.startswith("dfbs.")]
                add_influence(found, diagnostics.influence(fit), content["influence"], dfbs, where)
                influences += 1
    assert (residuals, influences) == (30, 15)
    assert not found.gaps
    assert not found.beyond(RTOL)


def regression(content: Leaf) -> PoolResult:
    x = np.array(content["X"], dtype=np.float64)
    intercept = bool((x[:, 0] == 1).all())
    y, v = numbers(content["yi"]), numbers(content["vi"])
    return pool(y, v, "REML", "z", x[:, 1:] if intercept else x, intercept=intercept)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_few_studies_are_treated_as_metafor_treats_them(shared: Path, k: int) -> None:
    case = read(shared / "reference" / "metafor" / "synth.tiny_k.json.gz")["cases"][f"k={k}"]
    fit = pool(numbers(case["inputs"]["yi"]), numbers(case["inputs"]["vi"]))
    found = Deviations()
    add_refits(found, "cumul", diagnostics.cumulative(fit), case["cumul"], f"k={k}")
    if k == 1:
        assert "error" in case["leave1out"] and "error" in case["influence"]
        for refused in (diagnostics.leave_one_out, diagnostics.influence):
            with pytest.raises(SynthesisError, match="none can be left out"):
                refused(fit)
    else:
        add_refits(found, "leave1out", diagnostics.leave_one_out(fit), case["leave1out"], f"k={k}")
        add_influence(found, diagnostics.influence(fit), case["influence"], ["dfbs.intrcpt"], f"k={k}")
    assert not found.gaps
    # these were refitted at metafor's default tolerance
    assert max(size for size, _ in found.largest.values()) < RTOL["metafor at its default tolerance"]


@pytest.mark.parametrize("method", ["REML", "DL", "EE"])
@pytest.mark.parametrize("test", ["z", "knha"])
@pytest.mark.parametrize("mods", [None, X])
def test_leaving_a_study_out_is_pooling_the_others(method: str, test: str, mods: np.ndarray | None) -> None:
    fits = diagnostics.leave_one_out(pool(Y, V, method, test, mods))
    for study in range(len(Y)):
        others = np.arange(len(Y)) != study
        alone = pool(Y[others], V[others], method, test, None if mods is None else mods[others])
        for name in ("beta", "se", "pval", "tau2", "qe", "i2", "ci_lb"):
            np.testing.assert_allclose(
                getattr(fits, name)[study], getattr(alone, name), rtol=1e-9, atol=1e-12
            )


def test_a_given_tau2_and_given_weights_stay_when_a_study_is_left_out() -> None:
    weights = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    fits = diagnostics.leave_one_out(pool(Y, V, weights=weights, tau2=0.1))
    alone = pool(Y[1:], V[1:], weights=weights[1:], tau2=0.1)
    assert fits.tau2.tolist() == [0.1] * 6
    assert fits.beta[0] == pytest.approx(alone.beta, rel=1e-12)
    assert fits.se[0] == pytest.approx(alone.se, rel=1e-12)


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])])
def test_residual_and_coefficient_changes_follow_their_definitions(weights: np.ndarray | None) -> None:
    """With full (k, k) matrices, which the module itself never forms."""
    fit = pool(Y, V, mods=X, weights=weights)
    design = np.column_stack([np.ones(6), X])
    m = np.diag(V + fit.tau2)
    a = np.diag(1 / (V + fit.tau2) if weights is None else weights)
    hat = design @ np.linalg.inv(design.T @ a @ design) @ design.T @ a
    spread = (np.eye(6) - hat) @ m @ (np.eye(6) - hat).T
    np.testing.assert_allclose(diagnostics.hat_values(fit), np.diag(hat), rtol=1e-10)
    np.testing.assert_allclose(diagnostics.rstandard(fit).se, np.sqrt(np.diag(spread)), rtol=1e-9)
    ours = diagnostics.influence(fit)
    for study in range(6):
        others = np.arange(6) != study
        given = None if weights is None else weights[others]
        alone = pool(Y[others], V[others], mods=X[others], weights=given)
        m = np.diag(V + alone.tau2)
        a = np.linalg.inv(m) if weights is None else np.diag(weights)
        c = np.linalg.inv(design.T @ a @ design) @ design.T @ a
        change = np.asarray(fit.beta) - np.asarray(alone.beta)
        np.testing.assert_allclose(
            ours.dfbs[study], change / np.sqrt(np.diag(c @ m @ c.T)), rtol=1e-7, atol=1e-9
        )


def test_a_study_without_which_nothing_can_be_told_apart_has_no_diagnostics() -> None:
    """The only study of a group: without it the group's coefficient does not exist."""
    group = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    found = diagnostics.influence(pool(Y, V, mods=group))
    assert np.isnan(found.dffits).tolist() == [False] * 5 + [True]
    assert not found.is_infl[5]
    assert np.isnan(diagnostics.rstandard(pool(Y, V, mods=group)).z).tolist() == [False] * 5 + [True]


def test_studies_left_out_for_gaps_keep_their_place() -> None:
    y = np.insert(Y, 2, np.nan)
    fit = pool(y, np.insert(V, 2, 0.1), missing="omit")
    assert studies(fit).place.tolist() == [0, 1, 3, 4, 5, 6]
    plain = diagnostics.influence(pool(Y, V))
    np.testing.assert_allclose(diagnostics.influence(fit).cook_d, plain.cook_d, rtol=1e-12)


def test_gosh_fits_every_subset_or_as_many_as_are_asked_for() -> None:
    fit = pool(Y, V)
    whole = diagnostics.gosh(fit)
    assert whole.complete and len(whole.members) == 63
    best = int(np.flatnonzero(whole.members.all(axis=1))[0])
    assert whole.fits.beta[best] == pytest.approx(fit.beta, rel=1e-10)
    pair = int(np.flatnonzero((whole.members == [True, False, True, False, False, False]).all(axis=1))[0])
    assert whole.fits.tau2[pair] == pytest.approx(pool(Y[[0, 2]], V[[0, 2]]).tau2, rel=1e-9)
    drawn, again = (diagnostics.gosh(fit, most=40, seed=7) for _ in range(2))
    assert not drawn.complete and len(drawn.members) == 40
    assert (drawn.members == again.members).all() and drawn.members.any(axis=1).all()
    with pytest.raises(UsageError, match="at least one"):
        diagnostics.gosh(fit, most=0)


def test_a_drawn_subset_has_enough_studies_for_the_model() -> None:
    drawn = diagnostics.gosh(pool(Y, V, mods=X), most=50, seed=1)
    assert drawn.members.sum(axis=1).min() >= 3
    assert (drawn.fits.status == 0).all()


@pytest.mark.parametrize("order", [["a"] * 6, [1.0, 2.0], [1.0, 2.0, 3.0, np.nan, 5.0, 6.0]])
def test_an_order_that_is_none_is_refused(order: list[object]) -> None:
    with pytest.raises(SynthesisError, match="order"):
        diagnostics.cumulative(pool(Y, V), order)


def test_every_suite_is_here(shared: Path) -> None:
    """No file of the reference was left unread."""
    every = suites(shared)
    assert len(every) == 72 + 66 and sum(suite.newer for suite in every) == 66


@pytest.mark.parametrize("method", ["REML", "ML", "PM", "EB", "DL", "EE", "SJ"])
@pytest.mark.parametrize("test", ["z", "knha", "adhoc"])
def test_many_studies_are_left_out_by_sums_and_nothing_else_changes(
    method: str, test: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short way against the long one; one study has most of the weight, one moves tau2 far."""
    random = np.random.default_rng(41)
    v = random.uniform(0.01, 0.2, 80)
    y = random.normal(0.3, np.sqrt(v + 0.02))
    v[3], y[7] = 1e-5, 4.0
    fit = pool(y, v, method, test)
    quick = diagnostics.leave_one_out(fit)
    monkeypatch.setattr(diagnostics, "_MANY", 1000)
    for name in Refits.__struct_fields__:
        np.testing.assert_allclose(
            getattr(quick, name),
            getattr(diagnostics.leave_one_out(fit), name),
            rtol=1e-8,
            atol=1e-10,
            err_msg=name,
        )


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_sums_do_not_depend_on_the_unit(unit: float) -> None:
    random = np.random.default_rng(42)
    v = random.uniform(0.01, 0.2, 200)
    y = random.normal(0.3, np.sqrt(v + 0.02))
    plain = diagnostics.leave_one_out(pool(y, v))
    scaled = diagnostics.leave_one_out(pool(y * unit, v * unit**2))
    np.testing.assert_allclose(scaled.tau2, plain.tau2 * unit**2, rtol=1e-9)
    np.testing.assert_allclose(scaled.pval, plain.pval, rtol=1e-9)


def test_ten_thousand_studies_are_left_out_without_a_square_of_them() -> None:
    random = np.random.default_rng(43)
    v = random.uniform(0.01, 0.2, 10_000)
    fit = pool(random.normal(0.3, np.sqrt(v + 0.02)), v, tau2=0.02)
    found = diagnostics.influence(fit)
    assert found.rstudent.shape == (10_000,) and np.isfinite(found.cook_d).all()


@pytest.mark.parametrize("value", [0.0, 0.3, 1 / 3])
def test_studies_that_agree_exactly_have_no_variance_to_measure_influence_in(value: float) -> None:
    """Knapp and Hartung's factor is 0 there, but for rounding."""
    found = diagnostics.influence(pool([value] * 5, [0.1, 0.2, 0.3, 0.1, 0.2], "REML", "knha"))
    assert np.isnan([found.cook_d, found.cov_r, found.dfbs[:, 0]]).all() and not found.is_infl.any()
    assert "agree exactly" in found.notes[0]
    plain = diagnostics.influence(pool([value] * 5, [0.1, 0.2, 0.3, 0.1, 0.2], "REML", "z"))
    assert plain.notes == () and np.isfinite(plain.cov_r).all() and (plain.cook_d < 1e-20).all()
