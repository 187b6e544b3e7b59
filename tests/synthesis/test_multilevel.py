"""Multilevel models without the reference: what must hold by definition, and what is refused."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import pool
from skinproof.synthesis.covariance import Covariance, aggregate, as_covariance, vcalc
from skinproof.synthesis.multilevel import pool_multilevel
from skinproof.synthesis.multilevel_diagnostics import deleted, hatvalues, i2, ranef, weights
from skinproof.synthesis.multilevel_profile import confint, profile
from skinproof.synthesis.multilevel_terms import STRUCTS, Intercepts, Structured, structured

Y = np.array([0.3, 0.5, -0.1, 0.8, 0.2, 0.9, 0.4, -0.3, 0.6, 0.1, 0.7, 1.1])
V = np.array([0.04, 0.05, 0.03, 0.06, 0.02, 0.08, 0.05, 0.04, 0.07, 0.03, 0.05, 0.06])
TRIAL = np.repeat(["a", "b", "c", "d", "e", "f"], 2)
OUTCOME = np.tile(["pain", "scar"], 6)


def random_data(k: int = 48, levels: int = 4) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(7)
    cluster = np.repeat(np.arange(k // levels), levels)
    level = np.tile(np.arange(levels), k // levels)
    v = rng.uniform(0.02, 0.1, k)
    shared = rng.normal(0, 0.4, k // levels)[cluster]
    own = rng.normal(0, 0.25, k)
    return 0.5 + 0.1 * level + shared + own + rng.normal(0, np.sqrt(v)), v, cluster, level


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_a_random_effect_for_every_row_is_the_ordinary_model(method: str) -> None:
    ordinary = pool(Y, V, method)
    ours = pool_multilevel(Y, V, clusters={"study": range(12)}, method=method)
    assert ours.sigma2[0] == pytest.approx(ordinary.tau2, rel=1e-9)
    for name in ("beta", "se", "zval", "pval", "ci_lb", "ci_ub", "qe", "qep", "qm", "qmp"):
        assert getattr(ours, name) == pytest.approx(getattr(ordinary, name), rel=1e-9), name
    for kind in ("ML", "REML"):
        assert ours.fit_stats(kind) == pytest.approx(ordinary.fit_stats(kind), rel=1e-9)
    (interval,) = confint(ours)
    expected = ordinary.tau2_interval("PL")
    assert interval.ci_lb == pytest.approx(expected["tau2_lb"], rel=1e-6, abs=1e-9)
    assert interval.ci_ub == pytest.approx(expected["tau2_ub"], rel=1e-6)
    assert weights(ours) == pytest.approx(ordinary.weights, rel=1e-9)
    assert i2(ours)[0] == pytest.approx(ordinary.i2, rel=1e-8)


def test_compound_symmetry_is_the_nested_model() -> None:
    y, v, cluster, level = random_data()
    nested = pool_multilevel(y, v, clusters={"cluster": cluster, "row": level})
    cs = pool_multilevel(y, v, clusters=cluster, levels=level, struct="CS")
    assert cs.tau2[0] == pytest.approx(nested.sigma2.sum(), rel=1e-8)
    assert cs.rho[0] == pytest.approx(nested.sigma2[0] / nested.sigma2.sum(), rel=1e-8)
    assert cs.fit_stats()["ll"] == pytest.approx(nested.fit_stats()["ll"], rel=1e-12)


@pytest.mark.parametrize("struct", STRUCTS)
def test_slopes_of_every_structure_are_those_of_its_covariances(struct: str) -> None:
    rng = np.random.default_rng(3)
    term = structured(Structured([1, 2, 3.5, 5] * 3, np.repeat([1, 2, 3], 4), struct), 12)
    u = rng.uniform(0.3, 0.9, term.parameters)
    _, slopes = term.values(u)
    for i in range(term.parameters):
        step = np.zeros(term.parameters)
        step[i] = 1e-6
        expected = (term.values(u + step)[0] - term.values(u - step)[0]) / 2e-6
        assert slopes[i] == pytest.approx(expected, abs=1e-8)
    matrix = term.matrix(u)
    assert np.linalg.eigvalsh(matrix)[0] > -1e-12
    found = term.natural(u)
    assert (
        np.all(found[: term.variances] == pytest.approx(np.unique(np.diagonal(matrix)))) or term.variances > 1
    )
    for i in range(term.variances):
        assert term.coordinate(i, found[i]) == pytest.approx(u[i])


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_structure_reaches_a_top_and_wider_ones_are_higher(struct: str) -> None:
    y, v, cluster, level = random_data()
    result = pool_multilevel(y, v, clusters=cluster, levels=level, struct=struct)
    assert np.all(np.abs(result.maximum.point.slope) < 1e-5)
    unstructured = pool_multilevel(y, v, clusters=cluster, levels=level, struct="UN")
    assert result.fit_stats()["ll"] <= unstructured.fit_stats()["ll"] + 1e-9


@pytest.mark.parametrize("struct", STRUCTS)
def test_the_likelihood_is_that_of_the_normal_distribution_with_these_covariances(struct: str) -> None:
    y, v, cluster, level = random_data(24, 3)
    times = np.array([1.0, 2.0, 4.0])[level]
    m = vcalc(v, cluster, rho=0.3).dense()
    result = pool_multilevel(
        y, vcalc(v, cluster, rho=0.3), clusters=cluster, levels=times, struct=struct, method="ML"
    )
    rho = np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]])  # of UN, by column of the lower triangle, from 1
    for i in range(24):
        for j in range(24):
            if cluster[i] != cluster[j]:
                continue
            a, b = level[i], level[j]
            tau = [result.tau2[x] if len(result.tau2) > 1 else result.tau2[0] for x in (a, b)]
            correlation = 1.0
            if a != b:
                correlation = {
                    "ID": lambda: 0.0, "DIAG": lambda: 0.0, "CS": lambda: result.rho[0], "HCS": lambda: result.rho[0],
                    "UN": lambda a=a, b=b: result.rho[rho[a, b] - 1],
                    "AR": lambda a=a, b=b: result.rho[0] ** abs(a - b),
                    "HAR": lambda a=a, b=b: result.rho[0] ** abs(a - b),
                    "CAR": lambda i=i, j=j: result.rho[0] ** abs(times[i] - times[j]),
                }[struct]()  # fmt: skip
            m[i, j] += correlation * np.sqrt(tau[0] * tau[1])
    expected = multivariate_normal(np.full(24, result.beta), m).logpdf(y)
    assert result.fit_stats("ML")["ll"] == pytest.approx(expected, rel=1e-10)
    information = np.linalg.inv(m).sum()
    restricted = expected + 0.5 * np.log(2 * np.pi) - 0.5 * np.log(information / 24)
    assert result.fit_stats("REML")["ll"] == pytest.approx(restricted, rel=1e-10)
    assert result.se == pytest.approx(information**-0.5, rel=1e-10)


def test_a_fixed_value_stays_and_is_not_counted() -> None:
    y, v, cluster, level = random_data()
    half = pool_multilevel(y, v, random=[Structured(level, cluster, "CS", rho=0.5)])
    assert half.rho[0] == pytest.approx(0.5, abs=1e-15)
    assert half.parameters == 2
    assert "rho of level was fixed at 0.5." in half.notes
    held = pool_multilevel(y, v, random=[Intercepts(cluster, sigma2=0.1), Intercepts(range(len(y)), "row")])
    assert held.sigma2[0] == pytest.approx(0.1, rel=1e-15)
    free = pool_multilevel(y, v, clusters={"cluster": cluster, "row": level})
    assert held.fit_stats()["ll"] < free.fit_stats()["ll"]


def test_two_structured_effects_are_named_as_in_metafor() -> None:
    y, v, cluster, level = random_data()
    design = np.where(cluster < 4, "x", np.where(cluster < 8, "y", "z"))
    result = pool_multilevel(
        y, v, random=[Structured(level, cluster, "CS", rho=0.5), Structured(level, design, "CS", rho=0.5)]
    )
    assert [part.kind for part in result.components] == ["tau2", "rho", "gamma2", "phi"]
    assert result.gamma2.shape == result.phi.shape == (1,)


def test_profiles_of_every_correlation_touch_the_maximum() -> None:
    y, v, cluster, level = random_data(60, 3)
    result = pool_multilevel(y, v, clusters=cluster, levels=level, struct="UN")
    top = result.maximum.point.height
    for place, part in enumerate(result.components):
        assert profile(result, place, np.array([part.value]))[0] == pytest.approx(top, abs=1e-8)
    for interval in confint(result):
        assert interval.ci_lb <= interval.estimate <= interval.ci_ub


def test_blocks_keep_memory_small_and_agree_with_the_whole_matrix() -> None:
    rng = np.random.default_rng(5)
    blocks = [np.diag(rng.uniform(0.1, 0.2, 2)) + 0.05 for _ in range(6)]
    whole = np.zeros((12, 12))
    for i, block in enumerate(blocks):
        whole[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = block
    one, two = (pool_multilevel(Y, v, clusters=TRIAL) for v in (blocks, whole))
    assert one.beta == pytest.approx(two.beta, rel=1e-12)
    n = 20_000
    many = pool_multilevel(
        rng.normal(0, 1, n), np.full(n, 0.1), clusters={"study": np.repeat(np.arange(n // 2), 2)}, maxiter=50
    )
    assert sum(rows.size * rows.shape[1] for rows, _ in many.marginal) == 2 * n


def test_the_order_of_rows_does_not_matter() -> None:
    order = np.random.default_rng(2).permutation(12)
    v = vcalc(V, TRIAL, rho=0.4)
    shuffled = vcalc(V[order], TRIAL[order], rho=0.4)
    one = pool_multilevel(Y, v, clusters=TRIAL, levels=OUTCOME, struct="HCS")
    two = pool_multilevel(Y[order], shuffled, clusters=TRIAL[order], levels=OUTCOME[order], struct="HCS")
    assert one.beta == pytest.approx(two.beta, rel=1e-8)
    assert one.tau2 == pytest.approx(two.tau2, rel=1e-6, abs=1e-9)


def test_arms_with_an_effect_for_each_trial_are_the_contrasts() -> None:
    # trials of two arms: an intercept for each trial leaves nothing but the difference of its arms
    columns = np.column_stack([OUTCOME == "scar", TRIAL[:, None] == np.unique(TRIAL)])
    arms = pool_multilevel(
        Y, V, mods=columns.astype(float), intercept=False, random=[Structured(OUTCOME, TRIAL, "CS", rho=0.5)]
    )
    difference, variance = Y[1::2] - Y[::2], V[1::2] + V[::2]
    contrasts = pool(difference, variance)
    assert arms.beta[0] == pytest.approx(contrasts.beta, rel=1e-7)
    assert arms.se[0] == pytest.approx(contrasts.se, rel=1e-7)
    assert arms.tau2[0] == pytest.approx(contrasts.tau2, rel=1e-7, abs=1e-12)


def test_degrees_of_freedom_follow_the_clusters_a_column_is_constant_in() -> None:
    y, v, cluster, level = random_data()
    between = (cluster % 2).astype(float)
    result = pool_multilevel(
        y,
        v,
        clusters={"cluster": cluster, "row": level},
        dfs="contain",
        mods=np.column_stack([level, between]),
    )
    assert result.ddf.tolist() == [9, 45, 9]
    with pytest.raises(UsageError, match="random intercepts only"):
        i2(pool_multilevel(y, v, clusters=cluster, levels=level, struct="CS"))


def test_rows_with_gaps_are_refused_or_left_out() -> None:
    y, v = Y.copy(), V.copy()
    y[3] = np.nan
    with pytest.raises(SynthesisError, match="row 4, column yi"):
        pool_multilevel(y, v, clusters=TRIAL)
    left = pool_multilevel(y, v, clusters=TRIAL, missing="omit")
    keep = np.arange(12) != 3
    assert left.beta == pytest.approx(pool_multilevel(Y[keep], V[keep], clusters=TRIAL[keep]).beta, rel=1e-12)


def test_leaving_out_a_cluster_is_the_model_without_it() -> None:
    result = pool_multilevel(Y, V, clusters=TRIAL)
    without = deleted(result, TRIAL)
    assert without.labels == ("a", "b", "c", "d", "e", "f")
    rest = pool_multilevel(Y[2:], V[2:], clusters=TRIAL[2:])
    assert without.beta[0, 0] == pytest.approx(rest.beta, rel=1e-8)
    assert without.cook_d[0] == pytest.approx((result.beta - rest.beta) ** 2 / result.se**2, rel=1e-6)
    assert hatvalues(result).sum() == pytest.approx(1.0)


def test_predictions_shrink_towards_the_mean() -> None:
    (effects,) = ranef(pool_multilevel(Y, V, clusters=TRIAL))
    assert effects.groups == ("a", "b", "c", "d", "e", "f")
    assert abs(effects.intrcpt.sum()) < 1.0
    result = pool_multilevel(Y, V, clusters=TRIAL, levels=OUTCOME, struct="DIAG")
    found = result.predict(levels=["scar"])
    assert found.pi_ub[0] - found.pi_lb[0] >= found.ci_ub[0] - found.ci_lb[0]
    with pytest.raises(UsageError, match="pain, scar"):
        result.predict()


def test_shared_controls_are_correlated_by_their_part_of_the_variance() -> None:
    # two arms of 20 against one control of 30: (1/30) / (1/20 + 1/30) = 0.4
    v = vcalc([0.1, 0.2], ["t", "t"], grp1=["x", "y"], grp2=["c", "c"], w1=[20, 20], w2=[30, 30])
    assert v.blocks[0][0, 1] == pytest.approx(0.4 * np.sqrt(0.1 * 0.2))
    swapped = vcalc([0.1, 0.2], ["t", "t"], grp1=["x", "c"], grp2=["c", "y"], w1=[20, 30], w2=[30, 20])
    assert swapped.blocks[0][0, 1] == pytest.approx(-0.4 * np.sqrt(0.1 * 0.2))


def test_correlations_fall_with_time_and_differ_by_type() -> None:
    falling = vcalc([1, 1, 1], ["t"] * 3, time=[0, 1, 3], phi=0.5)
    assert falling.blocks[0][0] == pytest.approx([1, 0.5, 0.125])
    kinds = vcalc([1, 1, 1], ["t"] * 3, rho=(0.8, 0.3), type=["p", "p", "s"])
    assert kinds.blocks[0][0] == pytest.approx([1, 0.8, 0.3])


def test_an_aggregate_of_equal_effects_is_their_mean() -> None:
    y, v, labels = aggregate([1.0, 3.0, 5.0], vcalc([1, 1, 4], ["a", "a", "b"], rho=0.5), ["a", "a", "b"])
    assert y == pytest.approx([2, 5])
    assert v == pytest.approx([0.75, 4])
    assert labels == ("a", "b")


REFUSED = {
    "V not positive definite": (
        lambda: pool_multilevel([1, 2], [[1, 1], [1, 1]]),
        "rows 1, 2: V is not positive definite",
    ),
    "V not symmetric": (lambda: pool_multilevel([1, 2], [[1, 0.5], [0.2, 1]]), "not symmetric"),
    "V of another size": (lambda: pool_multilevel([1, 2, 3], np.eye(2)), "V covers 2 rows and yi has 3"),
    "V not square": (lambda: pool_multilevel([1, 2], np.ones((2, 3))), "V has shape"),
    "a block not square": (lambda: pool_multilevel([1, 2], [np.ones((1, 2))]), "block 1 of V"),
    "a variance of 0": (lambda: pool_multilevel([1, 2], [1, 0]), "row 2, column V"),
    "a variance of 0 in a block": (lambda: pool_multilevel([1, 2], [[1, 0.1], [0.1, 0]]), "row 2, column V"),
    "an infinite covariance": (lambda: pool_multilevel([1, 2], [[1, np.inf], [np.inf, 1]]), "not a finite"),
    "text": (lambda: pool_multilevel([1, "two"], [1, 1]), "row 2, column yi: 'two' is not a number"),
    "singleton clusters": (
        lambda: pool_multilevel(Y, V, clusters={"study": range(12), "arm": [1] * 12}),
        "study and study/arm cannot be told apart: every group has a single row",
    ),
    "the same groups twice": (
        lambda: pool_multilevel(Y, V, clusters={"trial": TRIAL, "again": ["x"] * 12}),
        "cannot be told apart: they have the same groups",
    ),
    "one cluster": (lambda: pool_multilevel(Y, V, clusters=["one"] * 12), "all 12 rows are of one cluster"),
    "a missing label": (
        lambda: pool_multilevel(Y, V, clusters=[*TRIAL[:11], None]),
        "row 12, column cluster",
    ),
    "too few labels": (lambda: pool_multilevel(Y, V, clusters=TRIAL[:5]), "5 labels for 12 rows"),
    "levels never together": (
        lambda: pool_multilevel(Y, V, clusters=range(12), levels=OUTCOME),
        "no cluster has two levels",
    ),
    "a pair never together": (
        lambda: pool_multilevel(Y, V, clusters=TRIAL, levels=["a", "b", "b", "c"] * 3, struct="UN"),
        "no cluster has both",
    ),
    "times in words": (
        lambda: pool_multilevel(Y, V, clusters=TRIAL, levels=OUTCOME, struct="CAR"),
        "needs times, in numbers",
    ),
    "collinear moderators": (
        lambda: pool_multilevel(Y, V, clusters=TRIAL, mods=np.column_stack([Y, 2 * Y])),
        "combination of the columns before it",
    ),
    "more coefficients than effects": (
        lambda: pool_multilevel(Y[:2], V[:2], mods=np.array([[1.0], [2.0]])),
        "there must be more effects",
    ),
    "an impossible correlation": (lambda: vcalc([1, 1], ["a", "a"], rho=1.2), "rho=1.2 is not a correlation"),
    "too low a correlation of three": (
        lambda: vcalc([1, 1, 1], ["a"] * 3, rho=-0.6),
        "not positive definite",
    ),
    "covariances of nothing": (lambda: vcalc([1, 1], ["a", "a"]), "nothing says how effects depend"),
    "an aggregate across clusters": (
        lambda: aggregate([1, 2], as_covariance([[1, 0.5], [0.5, 1]], 2), ["a", "b"]),
        "beyond its cluster",
    ),
}


REFUSED |= {
    "effects in rows and columns": (lambda: pool_multilevel([[1, 2]], [1, 1]), "yi has 2 dimensions"),
    "a block of another size": (
        lambda: pool_multilevel([1, 2], Covariance(rows=(np.array([0, 1]),), blocks=(np.array([[1.0]]),))),
        "rows 1, 2: the block of V has shape",
    ),
    "no steps": (lambda: pool_multilevel(Y, V, clusters=TRIAL, maxiter=1), "did not converge in 1 steps"),
    "nested labels of other lengths": (
        lambda: pool_multilevel(Y, V, clusters={"a": TRIAL, "b": TRIAL[:3]}),
        "column b has 3 labels, the one before 12",
    ),
    "levels in one cluster": (
        lambda: pool_multilevel(Y, V, clusters=["one"] * 12, levels=OUTCOME),
        "all 12 rows are of one cluster",
    ),
    "time without phi": (lambda: vcalc([1, 1], ["a", "a"], time=[0, 1]), "time and phi go together"),
    "one group of two": (lambda: vcalc([1, 1], ["a", "a"], grp1=["x", "y"]), "give both"),
    "no size": (
        lambda: vcalc([1, 1], ["a", "a"], grp1=["x", "y"], grp2=["c", "c"], w1=[0, 1]),
        "w1: give a size above 0",
    ),
    "no degrees of freedom": (
        lambda: (
            pool_multilevel(
                Y, V, clusters=["a"] * 6 + ["b"] * 6, dfs="contain", mods=np.arange(12.0) > 5
            ).pval
        ),
        "2 groups and 2 coefficients leave no degrees of freedom",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_pooled_is_refused_by_name(name: str) -> None:
    call, message = REFUSED[name]
    with pytest.raises(SynthesisError, match=message):
        call()


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"method": "DL"}, "no method 'DL'"),
        ({"test": "knha"}, "no test 'knha'"),
        ({"dfs": "kr"}, "dfs='kr'"),
        ({"missing": "drop"}, "missing='drop'"),
        ({"levels": OUTCOME}, "levels need clusters"),
        ({"clusters": {"a": TRIAL, "b": OUTCOME}, "levels": OUTCOME}, "2 nested clusters"),
        ({"clusters": TRIAL, "random": []}, "not both"),
        ({"clusters": TRIAL, "levels": OUTCOME, "struct": "XX"}, "no struct 'XX'"),
        ({"random": [Intercepts(TRIAL, sigma2=-1.0)]}, "not a variance"),
        ({"random": [Structured(OUTCOME, TRIAL, rho=2.0)]}, "rho=2"),
        ({"random": [Structured(OUTCOME, TRIAL)] * 3}, "more than two structured"),
        ({"random": [Structured(OUTCOME, TRIAL, "UN", tau2=[1.0, 1.0, 1.0])]}, "tau2 fixes 3 of 2"),
        ({"random": [Structured([1, 2, 3] * 4, TRIAL, "UN", rho=0.5)]}, "struct HCS"),
    ],
)
def test_what_cannot_be_asked_is_said(kwargs: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        pool_multilevel(Y, V, **kwargs)


def test_a_flat_likelihood_and_estimates_at_their_bound_are_said() -> None:
    y, v, cluster, level = random_data()
    flat = pool_multilevel(y, v, random=[Intercepts(range(len(y)), "row"), Structured(level, cluster, "CS")])
    assert any("likelihood is flat" in note for note in flat.notes)
    bound = pool_multilevel(Y, V, clusters=TRIAL, levels=OUTCOME, struct="UN")
    at_bound = np.abs(bound.rho[0]) > 1 - 1e-6
    assert any("at its bound" in note for note in bound.notes) == at_bound
    few = pool_multilevel(Y, V, clusters=["a", "b", "c"] * 4)
    assert "Only 3 groups of cluster" in few.notes[-1]
    together = pool_multilevel(np.repeat([0.1, 0.9, 1.7, 0.4], 2), np.full(8, 0.01), clusters=np.repeat(range(4), 2),
                               levels=["p", "s"] * 4, struct="UN")  # fmt: skip
    assert together.rho[0] == pytest.approx(1)
    assert any("rho of p and s is at its bound (+1)" in note for note in together.notes)


def test_fixed_variances_are_kept_by_level() -> None:
    result = pool_multilevel(Y, V, random=[Structured(OUTCOME, TRIAL, "DIAG", tau2=[0.1, 0.2])])
    assert result.tau2 == pytest.approx([0.1, 0.2])
    assert result.parameters == 1
    with pytest.raises(UsageError, match="give the place of an estimated one"):
        profile(result, 0, np.array([0.1]))


def test_predictions_of_moderators_need_their_values() -> None:
    x = np.arange(12.0)
    result = pool_multilevel(Y, V, clusters=TRIAL, mods=x)
    found = result.predict([[0.0], [1.0]])
    assert found.pred[1] - found.pred[0] == pytest.approx(result.beta[1])
    with pytest.raises(UsageError, match="give newmods"):
        result.predict()
    with pytest.raises(UsageError, match="newmods has 2 columns; the model has 1"):
        result.predict([[1.0, 2.0]])
    with pytest.raises(UsageError, match="kind='x'"):
        result.fit_stats("x")


def test_leaving_out_what_a_coefficient_hangs_on_is_a_status() -> None:
    x = np.array([1.0, *np.zeros(11)])
    found = deleted(pool_multilevel(Y, V, clusters=TRIAL, mods=x))
    assert found.status.tolist() == [1, *[0] * 11]
    assert np.isnan(found.cook_d[0])


def test_a_covariance_can_be_cut() -> None:
    v = vcalc(V, TRIAL, rho=0.5)
    cut = v.subset(np.arange(12) > 0)
    assert isinstance(cut, Covariance)
    assert cut.dense() == pytest.approx(v.dense()[1:, 1:])
