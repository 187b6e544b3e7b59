"""Effect sizes worked by hand, broadcast shapes and flags: what holds without any reference file."""

import math

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from skinproof.synthesis import escalc, transforms
from skinproof.synthesis.effect_correlation import hypergeometric
from skinproof.synthesis.effect_tetrachoric import bivariate_normal
from skinproof.synthesis.effects import Status, back_transform
from skinproof.synthesis.measures import MEASURES

NEAR = {"rel": 1e-13}


def one(measure: str, **arguments: object) -> tuple[float, float]:
    effect = escalc(measure, **arguments)  # type: ignore[arg-type]
    return float(effect.yi[0]), float(effect.vi[0])


@pytest.mark.parametrize(
    ("measure", "yi", "vi"),
    [
        ("IR", 0.5, 0.05),
        ("IRLN", math.log(0.5), 0.2),
        ("IRS", math.sqrt(0.5), 1 / 40),
        ("IRFT", (math.sqrt(0.5) + math.sqrt(0.6)) / 2, 1 / 40),
    ],
)
def test_rates_of_one_arm_are_those_of_the_formula(measure: str, yi: float, vi: float) -> None:
    """Five events in ten person-years."""
    assert one(measure, xi=5, ti=10) == pytest.approx((yi, vi), **NEAR)


@pytest.mark.parametrize(
    ("measure", "yi", "vi"),
    [
        ("IRR", math.log(2), 1 / 4 + 1 / 8),
        ("IRD", 0.2, 4 / 100 + 8 / 1600),
        ("IRSD", math.sqrt(0.4) - math.sqrt(0.2), 1 / 40 + 1 / 160),
    ],
)
def test_rates_of_two_arms_are_those_of_the_formula(measure: str, yi: float, vi: float) -> None:
    """Four events in 10 person-years against eight in 40."""
    assert one(measure, x1i=4, t1i=10, x2i=8, t2i=40) == pytest.approx((yi, vi), **NEAR)


def test_a_mean_has_the_squared_standard_error_as_its_variance() -> None:
    assert one("MN", mi=12.5, sdi=4.0, ni=16) == pytest.approx((12.5, 1.0), **NEAR)


def test_hedges_g_uses_the_exact_correction_factor() -> None:
    """J(2) = G(1) / G(1/2) = 1/sqrt(pi): four people, d = 1."""
    yi, vi = one("SMD", m1i=1, sd1i=1, n1i=2, m2i=0, sd2i=1, n2i=2)
    assert yi == pytest.approx(1 / math.sqrt(math.pi), **NEAR)
    assert vi == pytest.approx(1 + 1 / math.pi / 8, **NEAR)


def test_a_paired_design_with_correlation_a_half_has_half_the_variance_of_two_arms_of_the_same_size() -> None:
    both = {"m1i": 3.0, "sd1i": 2.0, "m2i": 1.0, "sd2i": 2.0}
    paired = one("MC", **both, ni=10, ri=0.5)[1]
    assert paired == pytest.approx(one("MD", **both, n1i=10, n2i=10)[1] / 2, **NEAR)


def test_swapping_the_arms_changes_the_sign_and_nothing_else() -> None:
    for name in ("RR", "OR", "RD", "AS", "PETO", "PHI", "YUQ", "YUY", "PBIT"):
        there = one(name, ai=3, n1i=20, ci=7, n2i=24)
        back = one(name, ai=7, n1i=24, ci=3, n2i=20)
        assert there == pytest.approx((-back[0], back[1]), rel=1e-12)


def test_nothing_is_added_to_a_zero_cell_unless_the_caller_says_so() -> None:
    """A silent 0.5 decides a rare-events answer; the row is NaN and the flag says what to choose."""
    plain = escalc("OR", ai=[0, 4], bi=[20, 16], ci=[3, 5], di=[17, 15])
    assert np.isnan(plain.yi[0]) and np.isnan(plain.vi[0])
    assert np.isfinite(plain.yi[1])
    words = " ".join(flag.message for flag in plain.flags)
    assert "row 1: ai = 0" in words and "add=0.5" in words and "Mantel-Haenszel" in words

    asked = escalc("OR", ai=[0, 4], bi=[20, 16], ci=[3, 5], di=[17, 15], add=0.5)
    assert asked.yi[0] == pytest.approx(math.log(0.5 * 17.5 / (20.5 * 3.5)), **NEAR)
    assert asked.yi[1] == plain.yi[1]
    assert asked.to == "only0"
    assert any(flag.status is Status.ADDED and "0.5 added" in flag.message for flag in asked.flags)
    assert asked.ni[0] == 40


def test_double_zero_studies_are_marked_and_can_be_left_out() -> None:
    table = {"ai": [0, 1], "n1i": [20, 20], "ci": [0, 2], "n2i": [20, 20]}
    kept = escalc("RR", **table, add=0.5)
    assert kept.status[0] & Status.DOUBLE_ZERO and np.isfinite(kept.yi[0])
    left = escalc("RR", **table, add=0.5, drop00=True)
    assert left.status[0] & Status.DROPPED and np.isnan(left.yi[0])
    assert np.isfinite(left.yi[1])
    assert "left out by drop00" in " ".join(flag.message for flag in left.flags)


def test_a_risk_difference_of_two_empty_arms_is_zero_with_no_variance_and_says_so() -> None:
    effect = escalc("RD", ai=0, n1i=20, ci=0, n2i=20)
    assert (effect.yi[0], effect.vi[0]) == (0.0, 0.0)
    assert effect.status[0] & Status.NO_VARIANCE
    assert not effect.usable[0]
    assert "no inverse-variance weight" in effect.flags[-1].message


def test_missing_numbers_are_missing_effects_named_by_column() -> None:
    effect = escalc("MD", m1i=[1, None], sd1i=1, n1i=10, m2i=0, sd2i=[1, np.nan], n2i=10)
    assert np.isnan(effect.yi[1]) and np.isnan(effect.ni[1])
    assert effect.flags[0].message.startswith("row 2: m1i, sd2i missing")


def test_an_unusually_large_standardized_effect_is_flagged() -> None:
    effect = escalc("SMD", m1i=5, sd1i=1, n1i=20, m2i=0, sd2i=1, n2i=20)
    assert effect.status[0] & Status.LARGE
    assert "standard error" in effect.flags[0].message


def test_a_ratio_of_means_of_different_signs_is_undefined_and_says_what_to_use() -> None:
    effect = escalc("ROM", m1i=[-5, 5], sd1i=1, n1i=10, m2i=4, sd2i=1, n2i=10)
    assert np.isnan(effect.yi[0]) and np.isfinite(effect.yi[1])
    assert "same sign" in effect.flags[0].message


def test_one_call_computes_a_batch_of_sets_as_the_sets_one_by_one() -> None:
    """if0all and AV look at each set of a batch on its own."""
    rng = np.random.default_rng(20240907)
    ai, ci = rng.integers(0, 5, (6, 9)), rng.integers(0, 5, (6, 9))
    for options in ({"add": 0.5, "to": "if0all"}, {"add": 0.5}, {}):
        many = escalc("OR", ai=ai, n1i=20, ci=ci, n2i=25, **options)
        for i in range(6):
            one_set = escalc("OR", ai=ai[i], n1i=20, ci=ci[i], n2i=25, **options)
            np.testing.assert_array_equal(many.yi[i], one_set.yi)
            np.testing.assert_array_equal(many.vi[i], one_set.vi)
    average = escalc("RD", ai=ai, n1i=20, ci=ci, n2i=25, vtype="AV")
    np.testing.assert_allclose(
        average.vi[3], escalc("RD", ai=ai[3], n1i=20, ci=ci[3], n2i=25, vtype="AV").vi, rtol=1e-14
    )
    assert average.yi.shape == (6, 9) and average.k == 9
    assert "set 1, row" in many.flags[0].message


def test_intervals_follow_the_level_in_percent_or_as_a_share() -> None:
    for level in (90, 0.90):
        effect = escalc("MN", mi=0, sdi=1, ni=1, level=level)
        assert effect.ci_ub[0] == pytest.approx(1.6448536269514722, rel=1e-12)
        assert effect.ci_lb[0] == -effect.ci_ub[0]
    assert escalc("MN", mi=1.959963984540054, sdi=1, ni=1).pval[0] == pytest.approx(0.05, rel=1e-12)


def test_every_measure_with_a_reading_scale_returns_to_it() -> None:
    """A pooled log ratio shown as if it were a ratio is a wrong answer on the page."""
    arguments = {
        "count": [3, 4], "size": [20, 30], "time": [10, 12], "sd": [1.5, 2.0], "sd>0": [1.5, 2.0],
        "correlation": [0.3, 0.4], "reliability": [0.8, 0.7], "items": [5, 8], "mean": [4.0, 5.0],
    }  # fmt: skip
    for name, row in MEASURES.items():
        effect = escalc(name, **{column: arguments[kind] for column, kind in row.needs.items()})
        back = effect.back_transformed()
        assert np.isfinite(back).all(), name
        assert (row.back is None) == (row.back_scale is None), name
        if row.back_scale is None:
            np.testing.assert_array_equal(back, effect.yi)
        assert row.source and row.label and effect.scale == row.scale
    prevalence = escalc("PFT", xi=[3, 4], ni=[20, 30])
    np.testing.assert_allclose(prevalence.back_transformed(), [3 / 20, 4 / 30], rtol=1e-12)
    pooled = prevalence.back_transformed([0.4])
    np.testing.assert_array_equal(pooled, transforms.ipft([0.4], 24.0))
    np.testing.assert_array_equal(pooled, back_transform("PFT", [0.4], ni=[20, 30]))
    rate = escalc("IRFT", xi=[3, 4], ti=[10, 12])
    np.testing.assert_allclose(rate.back_transformed(), [0.3, 1 / 3], rtol=1e-12)
    np.testing.assert_array_equal(rate.back_transformed([0.5]), back_transform("IRFT", [0.5], ni=[10, 12]))
    assert back_transform("PLO", 0.0) == 0.5


def test_a_bound_below_what_no_event_gives_is_the_proportion_zero() -> None:
    assert transforms.ipft(-0.1, 30) == 0.0
    assert transforms.ipft(2.0, 30) == 1.0
    assert transforms.iirft(0.0, 30) == 0.0
    assert np.isnan(transforms.ipft(np.nan, 30))


def test_arm_size_and_non_events_may_both_be_given_when_they_agree() -> None:
    a = escalc("RR", ai=3, bi=17, n1i=20, ci=4, di=16, n2i=20)
    assert a.yi[0] == escalc("RR", ai=3, bi=17, ci=4, di=16).yi[0]


def test_the_hypergeometric_function_is_the_sum_of_its_series() -> None:
    """scipy gives NaN for large samples, and a reference value of dat.cohen1981 is off in the fifth digit."""

    def series(a: float, c: float, z: float) -> float:
        terms, term = [1.0], 1.0
        for k in range(20_000):
            term *= (a + k) ** 2 / ((c + k) * (k + 1)) * z
            terms.append(term)
        return math.fsum(terms)

    for a, c, z in (
        (0.5, 5.0, 0.9984),
        (0.5, 19.9, 1.0),
        (0.5, 20.0, 1.0),
        (1.0, 20.0, 1.0),
        (1.0, 916.0, 0.97),
    ):
        ours = hypergeometric(a, np.array([c]), np.array([z]))[0]
        assert ours == pytest.approx(series(a, c, z), rel=1e-13)


def test_a_tetrachoric_correlation_of_even_margins_is_that_of_the_quadrant_formula() -> None:
    """P(X < 0, Y < 0) = 1/4 + arcsin(r) / (2 pi): 35 of 100 in the first cell."""
    effect = escalc("RTET", ai=[35, 25, 10], bi=[15, 25, 0], ci=[15, 25, 5], di=[35, 25, 9])
    assert effect.yi[0] == pytest.approx(math.sin(2 * math.pi * 0.1), **NEAR)
    assert effect.yi[1] == pytest.approx(0, abs=1e-15)
    assert effect.vi[1] == pytest.approx(math.pi**2 / 4 / 100, rel=1e-12)
    assert np.isnan(effect.yi[2])


def test_the_bivariate_normal_integral_is_that_of_scipy() -> None:
    rng = np.random.default_rng(3)
    h, k, r = rng.normal(size=40), rng.normal(size=40), rng.uniform(-0.99, 0.99, 40)
    h[:4], k[:4] = [0, 0, 1, -1], [1, -1, 0, 0]
    for i in range(40):
        expected = multivariate_normal([0, 0], [[1, r[i]], [r[i], 1]]).cdf([h[i], k[i]])
        assert bivariate_normal(h[i : i + 1], k[i : i + 1], r[i : i + 1])[0] == pytest.approx(
            expected, abs=1e-9
        )


def test_point_biserial_back_transformation_matches_the_measure() -> None:
    arms = {"m1i": 5.0, "sd1i": 1.2, "n1i": 14, "m2i": 4.0, "sd2i": 1.0, "n2i": 22}
    d = escalc("SMD", **arms, correct=False).yi
    np.testing.assert_allclose(transforms.dtorpb(d, 14, 22), escalc("RPB", **arms).yi, rtol=1e-12)


def test_reliabilities_go_to_their_scales_and_back() -> None:
    alpha = np.array([0.2, 0.7, 0.95])
    np.testing.assert_allclose(transforms.iahw(transforms.ahw(alpha)), alpha, rtol=1e-12)
    np.testing.assert_allclose(transforms.iabt(transforms.abt(alpha)), alpha, rtol=1e-12)
