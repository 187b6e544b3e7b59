"""Network meta-analysis: a published one, what follows by hand, and what is refused."""

import numpy as np
import pytest

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import pool
from skinproof.synthesis.multilevel import pool_multilevel
from skinproof.synthesis.multilevel_terms import Structured
from skinproof.synthesis.network import pool_network
from skinproof.synthesis.network_consistency import inconsistency, node_splits, p_scores, ranking
from skinproof.synthesis.network_data import Network, network_arms, network_contrasts

# Mean off-time reduction in Parkinson's disease, study, treatment, mean, SD, n: Dias et al. 2013,
# doi:10.1177/0272989X12458724 (also NICE DSU Technical Support Document 2). 1 placebo, 2 to 5 dopamine agonists.
OFF_TIME = [
    (1, "1", -1.22, 3.7, 54), (1, "3", -1.53, 4.28, 95),
    (2, "1", -0.7, 3.7, 172), (2, "2", -2.4, 3.4, 173),
    (3, "1", -0.3, 4.4, 76), (3, "2", -2.6, 4.3, 71), (3, "4", -1.2, 4.3, 81),
    (4, "3", -0.24, 3, 128), (4, "4", -0.59, 3, 72),
    (5, "3", -0.73, 3, 80), (5, "4", -0.18, 3, 46),
    (6, "4", -2.2, 2.31, 137), (6, "5", -2.5, 2.18, 131),
    (7, "4", -1.8, 2.48, 154), (7, "5", -2.1, 2.99, 143),
]  # fmt: skip

# Quitters of smokers, study, treatment (a no contact, b self-help, c individual, d group counselling), events, n: 24 trials,
# Hasselblad 1998, doi:10.1177/0272989X9801800110.
QUITTERS = """
1 a 75 731 1 c 363 714 2 a 9 140 2 c 23 140 2 d 10 138 3 a 2 106 3 c 9 205 4 a 58 549 4 c 237 1561 5 a 0 33 5 c 9 48
6 b 20 49 6 c 16 43 7 a 3 100 7 c 31 98 8 a 1 31 8 c 26 95 9 b 11 78 9 c 12 85 9 d 29 170 10 a 6 39 10 c 17 77
11 a 79 702 11 b 77 694 12 a 18 671 12 b 21 535 13 a 64 642 13 c 107 761 14 c 12 76 14 d 20 74 15 c 9 55 15 d 3 26
16 b 7 66 16 d 32 127 17 a 5 62 17 c 8 90 18 a 20 234 18 c 34 237 19 a 0 20 19 d 9 20 20 a 8 116 20 b 19 149
21 a 95 1107 21 c 143 1031 22 a 15 187 22 c 36 504 23 a 78 584 23 c 73 675 24 a 69 1177 24 c 54 888
"""


def off_time() -> Network:
    study, treatment, mean, sd, n = zip(*OFF_TIME, strict=True)
    return network_arms(study, treatment, mean, np.square(sd) / np.array(n))


def quitters() -> Network:
    words = np.array(QUITTERS.split()).reshape(-1, 4)
    events, n = words[:, 2].astype(float) + 0.5, words[:, 3].astype(float) + 1
    return network_arms(
        words[:, 0], words[:, 1], np.log(events / (n - events)), 1 / events + 1 / (n - events)
    )


def loop(ab: float, bc: float, ac: float, v: float = 0.1) -> Network:
    return network_contrasts([1, 2, 3], ["a", "b", "a"], ["b", "c", "c"], [ab, bc, ac], [v, v, v])


def test_the_published_parkinson_network_is_reproduced() -> None:
    # the published ones are posterior means and SDs of a normal model with flat priors, to two digits
    result = pool_network(off_time(), "1", "EE")
    assert result.beta == pytest.approx([-1.81, -0.47, -0.52, -0.82], abs=0.011)
    assert np.sqrt(np.diagonal(result.vb)) == pytest.approx([0.33, 0.49, 0.48, 0.52], abs=0.006)
    # its mean residual deviance of contrasts, 6.3, is Q and the four effects
    assert result.q + 4 == pytest.approx(6.3, abs=0.05)
    assert result.q_df == 4
    assert result.treatments == ("1", "2", "3", "4", "5")


@pytest.mark.parametrize("method", ["EE", "DL", "REML", "ML"])
def test_a_network_of_two_treatments_is_an_ordinary_meta_analysis(method: str) -> None:
    y, v = [0.2, 0.5, -0.1, 0.8, 0.3], [0.05, 0.04, 0.03, 0.06, 0.08]
    network = network_contrasts(range(5), ["x"] * 5, ["control"] * 5, y, v)
    result, expected = pool_network(network, "control", method), pool(y, v, method)
    found = result.compare("x", "control")
    assert found.estimate == pytest.approx(expected.beta, rel=1e-8)
    assert found.se == pytest.approx(expected.se, rel=1e-8)
    assert result.tau2 == pytest.approx(expected.tau2, rel=1e-8)
    assert (result.q, result.qp) == pytest.approx((expected.qe, expected.qep), rel=1e-9)
    assert found.trials == 5
    interval = expected.predict(kind="riley")
    expected_pi = (interval.pi_lb, interval.pi_ub)
    assert (found.pi_lb, found.pi_ub) == pytest.approx(expected_pi, rel=1e-8, nan_ok=True)


def test_an_indirect_comparison_adds_effects_and_variances() -> None:
    network = network_contrasts([1, 2], ["a", "b"], ["b", "c"], [0.3, 0.4], [0.1, 0.2])
    result = pool_network(network, "c")
    found = result.compare("a", "c")
    assert found.estimate == pytest.approx(0.7)
    assert found.se**2 == pytest.approx(0.3)
    assert (found.trials, result.tau2, result.qp) == (0, 0, 1)
    assert np.isnan(found.pi_lb)
    assert "No comparison is made twice" in result.notes[1]
    assert "Only one trial each: a, c." in result.notes
    assert [split.reason for split in node_splits(result)] == [node_splits(result)[0].reason] * 2
    assert np.isnan(node_splits(result)[0].pval)


def test_a_loop_that_does_not_close_is_inconsistent_by_its_gap() -> None:
    result = pool_network(loop(0.5, 0.5, 0.1), "c", "EE")
    parts = inconsistency(result)
    # direct 0.1 against 0.5 + 0.5, variance 0.3
    assert parts.between.q == pytest.approx(0.9**2 / 0.3)
    assert (parts.between.df, parts.within.df, parts.within.pval) == (1, 0, 1)
    assert parts.total.q == pytest.approx(parts.between.q)
    (split,) = [split for split in node_splits(result) if (split.treat1, split.treat2) == ("a", "c")]
    assert (split.direct, split.indirect, split.difference_se**2) == pytest.approx((0.1, 1.0, 0.3))
    assert split.pval == pytest.approx(parts.between.pval)


def test_q_is_the_sum_over_designs_and_the_rest_is_the_interaction() -> None:
    result = pool_network(quitters(), "a")
    parts = inconsistency(result)
    assert parts.total.q == pytest.approx(parts.within.q + parts.between.q)
    assert (parts.total.df, parts.within.df, parts.between.df) == (23, 16, 7)
    assert sum(part.trials for part in parts.designs) == 24
    ac = next(part for part in parts.designs if part.design == ("a", "c"))
    trials = [trial for trial in result.network.trials if trial.arms == ("a", "c")]
    alone = pool([trial.y[0] for trial in trials], [trial.v[0, 0] for trial in trials], "EE")
    assert ac.q.q == pytest.approx(alone.qe)
    # the test with heterogeneity is that of the interactions in the model that has them
    assert parts.between_random.q < parts.between.q
    assert parts.between_random.pval > 0.5


def test_reml_is_the_multilevel_model_with_half_correlations() -> None:
    network = quitters()
    result = pool_network(network, "a")
    y = np.concatenate([trial.y for trial in network.trials])
    x = np.concatenate([network.design(trial, "a") for trial in network.trials])
    study = [number for number, trial in enumerate(network.trials) for _ in trial.y]
    arm = [arm for trial in network.trials for arm in trial.arms[1:]]
    expected = pool_multilevel(
        y,
        [trial.v for trial in network.trials],
        random=[Structured(arm, study, rho=0.5)],
        mods=x,
        intercept=False,
    )
    assert result.tau2 == pytest.approx(expected.tau2[0], rel=1e-9)
    assert result.beta == pytest.approx(expected.beta, rel=1e-9)
    assert np.sqrt(np.diagonal(result.vb)) == pytest.approx(expected.se, rel=1e-9)
    assert result.q == pytest.approx(expected.qe, rel=1e-9)


def test_the_moment_estimate_makes_the_expected_q_the_observed() -> None:
    network = quitters()
    result = pool_network(network, "a", "DL")
    rng = np.random.default_rng(4)
    designs = [network.design(trial, "a") for trial in network.trials]
    found = []
    for _ in range(300):
        trials = []
        for trial, x in zip(network.trials, designs, strict=True):
            n = len(trial.y)
            v = trial.v + 0.5 * result.tau2 * (np.eye(n) + 1)
            trials.append(
                type(trial)(
                    name=trial.name, arms=trial.arms, y=rng.multivariate_normal(x @ result.beta, v), v=trial.v
                )
            )
        found.append(pool_network(Network(trials=tuple(trials)), "a", "EE").q)
    error = np.std(found) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(result.q, abs=4 * error)


def test_all_contrasts_of_a_trial_say_the_same_as_its_arms() -> None:
    arms = off_time()
    study, one, two, y, v = [], [], [], [], []
    for trial in arms.trials:
        for i, a in enumerate(trial.arms):
            for b in trial.arms[i + 1 :]:
                estimate, variance = trial.contrast(a, b)
                study.append(trial.name)
                one.append(a)
                two.append(b)
                y.append(estimate)
                v.append(variance)
    result = pool_network(network_contrasts(study, one, two, y, v), "1")
    expected = pool_network(arms, "1")
    assert result.beta == pytest.approx(expected.beta, rel=1e-9)
    assert result.vb == pytest.approx(expected.vb, rel=1e-9)


def test_the_reference_does_not_change_what_is_compared() -> None:
    one, two = (pool_network(quitters(), reference) for reference in ("a", "d"))
    for first, second in zip(one.league(), two.league(), strict=True):
        assert (first.treat1, first.treat2) == (second.treat1, second.treat2)
        assert (first.estimate, first.se) == pytest.approx((second.estimate, second.se), rel=1e-8)
    assert len(one.league()) == 6
    there, back = one.compare("b", "c"), one.compare("c", "b")
    assert (there.estimate, there.ci_lb, there.pi_lb) == pytest.approx(
        (-back.estimate, -back.ci_ub, -back.pi_ub)
    )
    assert one.compare("b", "b").pval == 1


def test_ranks_carry_their_uncertainty_and_are_not_sorted() -> None:
    result = pool_network(quitters(), "a")
    found = ranking(result, small_values="bad", seed=1)
    assert found.treatments == ("a", "b", "c", "d")
    assert found.probabilities.sum(axis=0) == pytest.approx(np.ones(4))
    assert found.sucra == pytest.approx(found.p_score, abs=0.01)
    assert found.sucra == pytest.approx((4 - found.mean_rank) / 3)
    assert np.all(found.rank_lb <= found.mean_rank)
    assert np.all(found.mean_rank <= found.rank_ub)
    assert "do not say which product" in found.note
    again = ranking(result, small_values="bad", seed=1)
    assert np.array_equal(found.probabilities, again.probabilities)
    opposite = p_scores(result, small_values="good")
    assert opposite == pytest.approx(1 - found.p_score)
    assert found.p_score.mean() == pytest.approx(0.5)


def test_the_p_score_of_two_is_the_one_sided_certainty() -> None:
    result = pool_network(network_contrasts([1], ["a"], ["b"], [1.96], [1.0]), "b", "EE")
    assert p_scores(result, small_values="bad") == pytest.approx([0.975, 0.025], abs=1e-4)


def test_a_network_in_parts_is_refused_and_its_parts_are_named() -> None:
    network = network_contrasts([1, 2], ["a", "c"], ["b", "d"], [0.1, 0.2], [1, 1])
    with pytest.raises(SynthesisError, match=r"2 parts \(a, b; c, d\)"):
        pool_network(network)


REFUSED = {
    "one arm": (lambda: network_arms([1, 1, 2], ["a", "b", "a"], [0] * 3, [1] * 3), "study 2: one arm"),
    "an arm twice": (lambda: network_arms([1, 1], ["a", "a"], [0, 0], [1, 1]), "study 1: a twice"),
    "a variance of 0": (lambda: network_arms([1, 1], ["a", "b"], [0, 0], [1, 0]), "row 2, column vi"),
    "no effect": (lambda: network_arms([1, 1], ["a", "b"], [0, np.nan], [1, 1]), "row 2, column yi"),
    "text": (lambda: network_arms([1, 1], ["a", "b"], [0, "x"], [1, 1]), "'x' is not a number"),
    "lengths": (lambda: network_arms([1, 1], ["a", "b"], [0, 1], [1]), "yi has 2 values and vi 1"),
    "nothing": (lambda: network_arms([], [], [], []), "no rows"),
    "a product": (lambda: network_arms([1, 1], ["a", "Glow®"], [0, 1], [1, 1]), "is a product"),
    "itself": (lambda: network_contrasts([1], ["a"], ["a"], [0], [1]), "compared with itself"),
    "a contrast twice": (
        lambda: network_contrasts([1, 1], ["a", "b"], ["b", "a"], [0, 0], [1, 1]),
        "rows 1 and 2: the same contrast",
    ),
    "a contrast missing": (
        lambda: network_contrasts([1, 1], ["a", "b"], ["b", "c"], [0, 0], [1, 1]),
        "study 1 has 3 arms and no contrast of a and c",
    ),
    "contradiction": (
        lambda: network_contrasts([1] * 3, ["a", "b", "a"], ["b", "c", "c"], [1, 1, -1], [1] * 3),
        "contradicts the other contrasts",
    ),
    "impossible variances": (
        lambda: network_contrasts([1] * 3, ["a", "b", "a"], ["b", "c", "c"], [1, 1, 2], [1, 1, 9]),
        "no trial of 3 arms has these variances",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_rows_that_are_no_network_are_refused_by_name(name: str) -> None:
    call, message = REFUSED[name]
    with pytest.raises(SynthesisError, match=message):
        call()


def test_what_cannot_be_asked_is_said() -> None:
    network = loop(0.1, 0.2, 0.3)
    with pytest.raises(UsageError, match="no treatment 'z'"):
        pool_network(network, "z")
    with pytest.raises(UsageError, match="no method 'PM'"):
        pool_network(network, method="PM")
    result = pool_network(network)
    with pytest.raises(UsageError, match="no treatment 'z'"):
        result.compare("a", "z")
    with pytest.raises(UsageError, match="what is better must be said"):
        p_scores(result, small_values="small")
    with pytest.raises(UsageError, match="at least 1000"):
        ranking(result, small_values="good", seed=1, draws=10)
    assert result.i2 == 0
