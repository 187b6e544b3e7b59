"""Generalised linear mixed models of counts: published tables, brute-force integrals, and data that must be refused."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.rare_fit import maximise
from skinproof.synthesis.rare_glmm import pool_glmm
from tests.synthesis.test_rare_mh import DEATHS, DOCTORS

# Bloodstream infections with anti-infective (ai of n1i) or standard (ci of n2i) central venous catheters: Niel-Weise,
# Stijnen & van den Broek 2007 (Intensive Care Med 33:2058), analysed by Stijnen, Hamza & Ozdemir 2010, tables II and III
CATHETERS: dict[str, Any] = {
    "ai": [0, 1, 2, 0, 5, 1, 1, 1, 1, 1, 0, 0, 3, 6, 0, 0, 1, 4],
    "n1i": [116, 44, 208, 130, 151, 98, 174, 74, 97, 113, 66, 70, 188, 187, 118, 252, 345, 64],
    "ci": [3, 3, 9, 7, 6, 4, 3, 2, 19, 2, 7, 1, 5, 11, 0, 1, 3, 1],
    "n2i": [117, 35, 195, 136, 157, 139, 177, 39, 103, 122, 64, 58, 175, 180, 105, 262, 362, 69],
}
FEW: dict[str, Any] = {"x1i": [0, 3, 5, 1, 9], "t1i": [4.0, 6.0, 9.0, 3.0, 5.0], "x2i": [2, 4, 7, 0, 20]}
FEW["t2i"] = [4.0, 5.0, 8.0, 3.5, 6.0]


def _wide(center: float, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights of a plain integral over a normal density, with nothing adaptive about it."""
    at = np.linspace(center - 12 * tau, center + 12 * tau, 20001)
    return at, stats.norm.pdf(at, center, tau) * (at[1] - at[0])


def test_conditional_odds_ratio_of_a_textbook_is_met() -> None:
    """If this breaks, the exact conditional model is wrong (Rothman et al. 2008, table 15-1)."""
    pooled = pool_glmm("OR", **DEATHS, model="CM.EL", method="EE")
    assert [round(x, 4) for x in (pooled.beta, pooled.qe_lrt)] == [0.3381, 0.3502]
    spread = stats.nchypergeom_fisher.var([226, 183], [106, 98], [13, 38], math.exp(pooled.beta))
    assert pooled.se == pytest.approx(1 / math.sqrt(sum(spread)), rel=1e-7)


@pytest.mark.parametrize("model", ["UM.FS", "CM.EL"])
def test_rate_ratio_of_a_textbook_is_met_by_both_models(model: str) -> None:
    """If this breaks, Poisson models of rates are wrong (Rothman et al. 2008, table 15-2)."""
    pooled = pool_glmm("IRR", **DOCTORS, model=model, method="EE", level=90)
    found = (pooled.beta, pooled.ci_lb, pooled.ci_ub, pooled.qe_wld, pooled.qe_lrt)
    assert [round(x, 4) for x in found] == [0.3545, 0.1779, 0.5312, 10.1991, 12.1324]


def test_one_arm_and_odds_ratio_models_of_the_catheters_are_as_published() -> None:
    """If this breaks, the binomial-normal or hypergeometric-normal model is wrong (tables II and III)."""
    standard = pool_glmm("PLO", xi=CATHETERS["ci"], ni=CATHETERS["n2i"])
    treated = pool_glmm("PLO", xi=CATHETERS["ai"], ni=CATHETERS["n1i"])
    assert [round(x, 2) for x in (standard.beta, standard.se, standard.tau2)] == [-3.50, 0.26, 0.81]
    assert [round(x, 2) for x in (treated.beta, treated.se, treated.tau2)] == [-4.81, 0.36, 0.83]
    exact = pool_glmm("OR", **CATHETERS, model="CM.EL")
    assert [round(x, 3) for x in (exact.beta, exact.se)] == [-1.353, 0.351]
    assert round(math.sqrt(exact.tau2), 2) == 0.83
    near = pool_glmm("OR", **CATHETERS, model="CM.AL")
    assert [round(x, 3) for x in (near.beta, near.se)] == [-1.303, 0.339]


def test_a_standard_error_known_to_be_absurd_elsewhere_is_sound() -> None:
    """If this breaks, the data of metafor's issue 45 get its standard error of 0.0001 again."""
    treated, controls = (
        [407, 414, 1197, 989, 139, 136, 304, 214, 111, 231],
        [422, 407, 1300, 494, 80, 157, 152, 227, 37, 234],
    )
    data: dict[str, Any] = {"ai": [1, 1, 14, 1, 5, 8, 7, 8, 4, 5], "n1i": treated}
    data |= {"ci": [1, 1, 16, 1, 4, 11, 4, 11, 0, 8], "n2i": controls}
    pooled = pool_glmm("OR", **data, model="CM.EL")
    assert round(math.exp(pooled.beta), 2) == 0.85 and pooled.pval > 0.3
    events = np.add(data["ai"], data["ci"])
    spread = stats.nchypergeom_fisher.var(np.add(treated, controls), treated, events, math.exp(pooled.beta))
    assert pooled.tau2 == 0 and pooled.se == pytest.approx(1 / math.sqrt(spread.sum()), rel=1e-6)


def test_double_zero_studies_are_left_out_or_kept_by_name() -> None:
    """If this breaks, the study without any infection vanishes without a word."""
    out = pool_glmm("OR", **CATHETERS, model="CM.AL")
    kept = pool_glmm("OR", **CATHETERS, model="CM.AL", drop00=False)
    assert (out.k, out.k_double_zero, out.double_zero_rows) == (17, 1, (15,))
    assert any("row 15" in note and "left out" in note for note in out.notes)
    assert (kept.k, kept.k_double_zero, kept.beta) == (
        18,
        1,
        out.beta,
    )  # it tells nothing about the odds ratio
    baseline = pool_glmm("OR", **CATHETERS, model="UM.RS", method="EE", drop00=False)
    assert baseline.beta != pool_glmm("OR", **CATHETERS, model="UM.RS", method="EE").beta
    assert any("baseline" in note for note in baseline.notes)


def test_the_likelihood_of_rates_is_that_of_a_plain_integral() -> None:
    """If this breaks, the Poisson-normal models, for which metafor gives no reference here, are wrong."""
    x1, t1, x2, t2 = (np.array(FEW[name]) for name in ("x1i", "t1i", "x2i", "t2i"))
    arm = pool_glmm("IRLN", xi=FEW["x2i"], ti=FEW["t2i"], nagq=41)
    theta, weight = _wide(arm.beta, math.sqrt(arm.tau2))
    by_hand = sum(
        math.log(float(weight @ stats.poisson.pmf(x, t * np.exp(theta)))) for x, t in zip(x2, t2, strict=True)
    )
    assert arm.ll == pytest.approx(by_hand, abs=1e-7)
    # given both arms' events, those of arm 1 are binomial
    conditional = pool_glmm("IRR", **FEW, model="CM.EL", nagq=41)
    theta, weight = _wide(conditional.beta, max(math.sqrt(conditional.tau2), 1e-3))
    by_hand = sum(
        math.log(float(weight @ stats.binom.pmf(a, a + c, 1 / (1 + np.exp(-theta) * u / t))))
        for a, t, c, u in zip(x1, t1, x2, t2, strict=True)
    )
    assert conditional.ll == pytest.approx(by_hand, abs=1e-5)


def test_rate_ratios_of_rare_events_are_odds_ratios() -> None:
    """If this breaks, the Poisson and the binomial side of a model have drifted apart."""
    people = {"ai": CATHETERS["ai"], "n1i": [1000 * n for n in CATHETERS["n1i"]]}
    people |= {"ci": CATHETERS["ci"], "n2i": [1000 * n for n in CATHETERS["n2i"]]}
    rates = dict(zip(("x1i", "t1i", "x2i", "t2i"), people.values(), strict=True))
    for model in ("UM.FS", "UM.RS"):
        odds, rate = pool_glmm("OR", **people, model=model), pool_glmm("IRR", **rates, model=model)
        assert (odds.beta, odds.se, odds.tau2) == pytest.approx((rate.beta, rate.se, rate.tau2), rel=2e-3)
        assert (odds.qe_lrt, odds.qe_wld) == pytest.approx((rate.qe_lrt, rate.qe_wld), rel=2e-3)
    risk = pool_glmm("PLO", xi=people["ci"], ni=people["n2i"])
    rate = pool_glmm("IRLN", xi=people["ci"], ti=people["n2i"])
    assert (risk.beta, risk.tau2, risk.qe_wld) == pytest.approx((rate.beta, rate.tau2, rate.qe_wld), rel=2e-3)


def test_swapping_the_arms_swaps_the_sign() -> None:
    """If this breaks, an arm is privileged by the coding."""
    swapped = {"ai": CATHETERS["ci"], "n1i": CATHETERS["n2i"], "ci": CATHETERS["ai"], "n2i": CATHETERS["n1i"]}
    for here, there in ((0.5, 0.5), (1.0, 0.0)):
        one, two = pool_glmm("OR", **CATHETERS, coding=here), pool_glmm("OR", **swapped, coding=there)
        assert (one.beta, one.tau2) == pytest.approx((-two.beta, two.tau2), rel=1e-5)


def test_more_points_come_closer_and_few_are_said_to_be_few() -> None:
    """If this breaks, a rough integral passes for an exact one."""
    laplace = pool_glmm("OR", **CATHETERS, model="UM.RS")
    assert laplace.nagq == 1 and any("Laplace" in note for note in laplace.notes)
    closer = pool_glmm("OR", **CATHETERS, model="UM.RS", nagq=7)
    closest = pool_glmm("OR", **CATHETERS, model="UM.RS", nagq=11)
    assert abs(closer.tau2 - closest.tau2) < 0.05 * abs(laplace.tau2 - closest.tau2)
    events, people = [1, 0, 0, 0, 0, 0, 2, 2], [10, 7, 91, 11, 33, 20, 2, 24]
    assert any("quadrature points" in note for note in pool_glmm("PLO", xi=events, ni=people).notes)


def test_intervals_follow_test_and_heterogeneity() -> None:
    """If this breaks, t intervals or prediction intervals are wrong."""
    z, t = (pool_glmm("PLO", xi=CATHETERS["ci"], ni=CATHETERS["n2i"], test=test) for test in ("z", "t"))
    assert (z.beta, z.se, t.dfs) == (t.beta, t.se, 17)
    assert t.ci_ub - t.beta == pytest.approx(stats.t.ppf(0.975, 17) * t.se)
    assert z.pi_ub - z.beta == pytest.approx(stats.norm.ppf(0.975) * math.sqrt(z.se**2 + z.tau2))
    assert z.tau2_se > 0 and math.isinf(z.dfs)


def test_no_heterogeneity_is_said_to_prove_nothing() -> None:
    """If this breaks, tau2 = 0 reads as a finding."""
    same = pool_glmm("PLO", xi=[1, 1, 1], ni=[20, 20, 20])
    assert same.tau2 == 0 and math.isnan(same.tau2_se) and any("no proof" in note for note in same.notes)
    assert same.beta == pytest.approx(math.log(1 / 19)) and same.se == pytest.approx(math.sqrt(20 / 19 / 3))
    alone = pool_glmm("PLO", xi=[3], ni=[20], method="EE")
    assert (alone.k, alone.qe_df, alone.qep_lrt) == (1, 0, 1.0)


@pytest.mark.parametrize(
    ("measure", "columns", "words"),
    [
        ("PLO", {"xi": [0, 0], "ni": [20, 30]}, "no event in 50 people of 2 studies.*0.074"),
        ("PLO", {"xi": [20, 30], "ni": [20, 30]}, "nothing but events"),
        ("PLO", {"xi": [2, 31], "ni": [20, 30]}, "row 2: xi = 31 events among ni = 30"),
        ("PLO", {"xi": [2, -1], "ni": [20, 30]}, "row 2, column 'xi': -1"),
        ("PLO", {"xi": [2], "ni": [20]}, "method='EE'"),
        ("IRLN", {"xi": [0, 0], "ti": [20, 30]}, "units of time"),
        ("IRLN", {"xi": [0, 1.5], "ti": [20, 30]}, "not a whole number"),
        ("OR", {"ai": [0, 0], "n1i": [9, 9], "ci": [1, 2], "n2i": [9, 9]}, "against events in arm 1"),
        ("OR", {"ai": [1, 2], "n1i": [9, 9], "ci": [0, 0], "n2i": [9, 9]}, "against events in arm 2"),
        ("OR", {"ai": [0, 0], "n1i": [9, 9], "ci": [0, 0], "n2i": [9, 9]}, "nothing to compare"),
        ("OR", {"ai": [0, 9], "n1i": [9, 9], "ci": [0, 9], "n2i": [9, 9], "drop00": False}, "outcomes apart"),
        ("IRR", {"x1i": [0, 0], "t1i": [9, 9], "x2i": [1, 2], "t2i": [9, 9]}, "against events in arm 1"),
        ("IRR", {"x1i": [0, 1], "t1i": [9, -9], "x2i": [1, 2], "t2i": [9, 9]}, "column 't1i'"),
    ],
)
def test_counts_that_cannot_be_pooled_are_refused(measure: str, columns: dict[str, Any], words: str) -> None:
    """If this breaks, an infinite or impossible estimate is printed as a number."""
    with pytest.raises(SynthesisError, match=words):
        pool_glmm(measure, **columns)


def test_single_events_cannot_tell_heterogeneity() -> None:
    """If this breaks, metafor's start value (tau2 0.01, a standard error of 0.2) is taken for an answer."""
    few: dict[str, Any] = {"ai": [1, 0], "n1i": [20, 25], "ci": [0, 1], "n2i": [20, 25]}
    with pytest.raises(SynthesisError, match="fewer parameters"):
        pool_glmm("OR", **few, model="CM.EL")
    assert pool_glmm("OR", **few, model="CM.EL", method="EE").se == pytest.approx(math.sqrt(2))
    all_events: dict[str, Any] = {
        "ai": [10, 12, 9],
        "n1i": [10, 12, 10],
        "ci": [8, 12, 10],
        "n2i": [10, 12, 10],
    }
    with pytest.raises(SynthesisError, match="without end"):
        pool_glmm("OR", **all_events, model="CM.EL")


def test_a_flat_or_endless_likelihood_gives_no_standard_error() -> None:
    """If this breaks, a Hessian of rounding errors becomes a standard error."""
    with pytest.raises(SynthesisError, match="cannot be trusted"):
        maximise(lambda x: -float((x[0] + x[1]) ** 2), [np.array([1.0, 0.5])], (), "a valley")
    with pytest.raises(SynthesisError, match=r"infinite|disagree"):
        maximise(lambda x: -math.exp(-float(x[0])), [np.array([1.0])], (), "a slope")


def test_questions_that_cannot_be_asked_are_refused() -> None:
    """If this breaks, a misspelt option is silently ignored."""
    for options in (
        {"model": "UM"}, {"method": "REML"}, {"test": "knha"}, {"coding": 2}, {"nagq": 0}, {"level": 5},
        {"missing": "skip"},
    ):  # fmt: skip
        with pytest.raises(UsageError):
            pool_glmm("OR", **CATHETERS, **options)
    with pytest.raises(UsageError, match="no GLMM"):
        pool_glmm("RR", **CATHETERS)
    with pytest.raises(UsageError, match=r"no model 'CM.AL' for IRR"):
        pool_glmm("IRR", **DOCTORS, model="CM.AL")
