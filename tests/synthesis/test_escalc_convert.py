"""What papers print instead of a mean and an SD is turned into them by named formulas, and says so."""

import math

import numpy as np
import pytest
from scipy import stats

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import convert, escalc
from skinproof.synthesis.paired_correlation import matched_cells, over_correlations
from skinproof.synthesis.summaries import mean_sd_from_median

Z = 1.959963984540054


def test_a_hazard_ratio_and_its_interval_give_the_log_ratio_and_its_error() -> None:
    made = convert.hr_from_ci(0.7, 0.7 / math.exp(Z * 0.2), 0.7 * math.exp(Z * 0.2))
    assert made.yi[0] == pytest.approx(math.log(0.7), rel=1e-12)
    assert made.sei[0] == pytest.approx(0.2, rel=1e-12)
    assert made.notes == () and "95% interval" in made.method
    assert made.scale == "log hazard ratio"


def test_an_estimate_off_the_middle_of_its_interval_is_noted_and_one_outside_is_refused() -> None:
    assert "row 2" in convert.hr_from_ci([1.0, 0.6], [0.5, 0.5], [2.0, 2.0]).notes[0]
    with pytest.raises(SynthesisError, match="row 1, column 'estimate': 3 lies outside"):
        convert.hr_from_ci(3.0, 0.5, 2.0)
    with pytest.raises(SynthesisError, match="give the ratio itself"):
        convert.hr_from_ci(-0.3, -0.5, 0.1)
    with pytest.raises(SynthesisError, match="is not below the upper bound"):
        convert.sei_from_ci(2.0, 1.0)


def test_logrank_results_give_the_hazard_ratio_of_the_usual_approximations() -> None:
    made = convert.hr_from_logrank(-6.0, 12.0)
    assert (made.yi[0], made.vi[0]) == (-0.5, 1 / 12)
    equal_arms = convert.hr_from_p(0.05, 40, 100, 100, favours_first=True)
    assert equal_arms.vi[0] == pytest.approx(4 / 40)
    assert equal_arms.yi[0] == pytest.approx(-Z * math.sqrt(0.1), rel=1e-12)


def test_t_f_and_p_values_lead_to_the_same_effect_as_the_means_they_came_from() -> None:
    arms = {"m1i": 5.0, "sd1i": 1.2, "n1i": 14, "m2i": 4.0, "sd2i": 1.0, "n2i": 22}
    direct = escalc("SMD", **arms)
    test = stats.ttest_ind_from_stats(5.0, 1.2, 14, 4.0, 1.0, 22)
    for made in (
        convert.smd_from_t(test.statistic, 14, 22),
        convert.smd_from_f(test.statistic**2, 14, 22, first_higher=True),
        convert.smd_from_p(test.pvalue, 14, 22, first_higher=True),
    ):
        np.testing.assert_allclose(made.yi, direct.yi, rtol=1e-9)
        np.testing.assert_allclose(made.vi, direct.vi, rtol=1e-9)
    assert convert.smd_from_f(4.0, 10, 10, first_higher=False).yi[0] < 0
    np.testing.assert_allclose(
        convert.sei_from_t(1.0, test.statistic), convert.sei_from_f(1.0, test.statistic**2)
    )
    pooled = math.sqrt((13 * 1.2**2 + 21) / 34 * (1 / 14 + 1 / 22))
    np.testing.assert_allclose(convert.sei_from_p(1.0, test.pvalue, df=34), pooled, rtol=1e-9)
    np.testing.assert_allclose(convert.sei_from_t(1.0, test.statistic), pooled, rtol=1e-9)


def test_standard_deviations_come_back_from_errors_intervals_and_paired_tests() -> None:
    assert convert.sd_from_se(0.5, 16)[0] == 2.0
    half = stats.t.ppf(0.975, 15) * 0.5
    np.testing.assert_allclose(convert.sd_from_ci(3 - half, 3 + half, 16), 2.0, rtol=1e-9)
    np.testing.assert_allclose(convert.sd_change_from_t(1.5, 3.0, 16), 2.0)
    np.testing.assert_allclose(convert.ri_from_change(1.0, 2.0, math.sqrt(5 - 4 * 0.3)), 0.3)
    np.testing.assert_allclose(convert.r_from_t(2.0, 12), 0.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convert.sei_from_p(1.0, 0.0), "is not a p value above 0"),
        (lambda: convert.sei_from_p(0.0, 0.5), "does not determine a standard error"),
        (
            lambda: convert.ri_from_change(1.0, 1.0, 3.0),
            "row 1, column 'sd_change': 3 would need a correlation of -3.50",
        ),
        (lambda: convert.sei_from_t(1.0, 0.0), "column 'ti': 0 with this estimate"),
        (lambda: convert.sei_from_f(1.0, -2.0), "an F value starts at 0"),
        (lambda: convert.smd_from_f(-1.0, 10, 10, first_higher=True), "an F value starts at 0"),
        (lambda: convert.smd_from_p(0.5, 1, 1, first_higher=True), "needs more than 2 people"),
        (lambda: convert.sd_from_ci(1, 2, 1), "needs at least 2"),
        (lambda: convert.hr_from_p(0.5, 0, 10, 10, favours_first=True), "needs at least one"),
        (lambda: convert.hr_from_logrank(1, 0), "not a logrank variance"),
        (lambda: convert.r_from_t(1, 0), "at least 1"),
        (lambda: convert.sd_change_from_t(0, 0, 10), "does not determine"),
        (lambda: mean_sd_from_median(5, 20, q1=6, q3=8), "row 1, column 'q1': 6 is above 'median'"),
        (lambda: mean_sd_from_median(5, 3, q1=4, q3=8), "too few"),
        (lambda: matched_cells(20, 25, 3, 0.2), "row 1, column 'x1i': 25 events are more than the pairs"),
        (lambda: matched_cells(20, 2, 10, 0.9), "impossible with these margins"),
    ],
)
def test_what_cannot_be_converted_is_refused_by_row(call: object, message: str) -> None:
    with pytest.raises(SynthesisError, match=message):
        call()  # type: ignore[operator]


def test_a_level_that_is_no_percentage_and_half_a_pair_of_quantiles_are_refused() -> None:
    with pytest.raises(UsageError, match="percentage"):
        convert.sei_from_ci(1, 2, level=0)
    with pytest.raises(UsageError, match="give q1 and q3"):
        mean_sd_from_median(5, 20, q1=4)
    with pytest.raises(UsageError, match="not one of luo, wan"):
        mean_sd_from_median(5, 20, q1=4, q3=6, method="guess")
    with pytest.raises(UsageError, match="does not depend on a within-person correlation"):
        over_correlations("MD", m1i=1, sd1i=1, n1i=5, m2i=0, sd2i=1, n2i=5)


@pytest.mark.parametrize("method", ["luo", "wan"])
@pytest.mark.parametrize("shown", [("q1", "q3"), ("low", "high"), ("low", "q1", "q3", "high")])
def test_quantiles_of_normal_samples_give_back_mean_and_spread_on_average(
    method: str, shown: tuple[str, ...]
) -> None:
    """20,000 samples of 41 values with mean 50 and SD 10; the mean estimate is unbiased, the SD nearly."""
    rng = np.random.default_rng(7)
    sample = np.sort(rng.normal(50, 10, (20_000, 41)), axis=1)
    places = {"low": 0, "q1": 10, "median": 20, "q3": 30, "high": 40}
    made = mean_sd_from_median(
        sample[:, 20], 41, method=method, **{name: sample[:, places[name]] for name in shown}
    )
    assert np.mean(made.mi) == pytest.approx(50, abs=0.05)
    assert np.mean(made.sdi) == pytest.approx(10, abs=0.15)


def test_the_weights_of_the_named_methods_are_those_of_the_papers() -> None:
    """n = 16: Luo's weight of the range is 4/(4 + 8) = 1/3; Wan's is 1/2; skewed quantiles are called doubtful."""
    luo = mean_sd_from_median(10, 16, low=0, high=40)
    assert luo.mi[0] == pytest.approx(20 / 3 + 20 / 3)
    assert mean_sd_from_median(10, 16, low=0, high=40, method="wan").mi[0] == 15
    assert luo.sdi[0] == pytest.approx(40 / (2 * stats.norm.ppf(15.625 / 16.25)))
    assert "Luo 2018" in luo.method and "doubtful" in luo.notes[0]
    even = mean_sd_from_median(10, 16, q1=5, q3=15)
    assert even.mi[0] == pytest.approx(10) and "doubtful" not in even.notes[0]
    assert even.sdi[0] == pytest.approx(10 / (2 * stats.norm.ppf(11.875 / 16.25)))


def test_an_unreported_correlation_is_shown_over_its_range_and_a_reported_one_kept() -> None:
    sides = {"m1i": [5, 6], "sd1i": [2, 2], "m2i": [4, 4], "sd2i": [2, 2], "ni": [10, 12]}
    effect = over_correlations("MC", ri=[np.nan, 0.6], **sides)
    assert effect.vi.shape == (10, 2)
    assert (np.diff(effect.vi[:, 0]) < 0).all()
    np.testing.assert_array_equal(effect.vi[:, 1], escalc("MC", ri=[0.5, 0.6], **sides).vi[1])
    assert over_correlations("SMCR", assumed=(0.3, 0.5), **sides).yi.shape == (2, 2)


def test_pairs_reported_by_their_margins_become_the_four_cells_at_a_stated_correlation() -> None:
    cells = matched_cells(24, 13, 16, 0.0)
    np.testing.assert_allclose(cells["ai"], 13 * 16 / 24)
    np.testing.assert_allclose(sum(cells.values()), 24)
    independent = escalc("MPOR", **cells)
    two_arms = escalc("OR", ai=13, n1i=24, ci=16, n2i=24)
    np.testing.assert_allclose(
        [independent.yi[0], independent.vi[0]], [two_arms.yi[0], two_arms.vi[0]], rtol=1e-12
    )
    from_margins = escalc("MPORM", ai=13, bi=11, ci=16, di=8, ri=0.4)
    from_cells = escalc("MPOR", **matched_cells(24, 13, 16, 0.4))
    np.testing.assert_allclose(from_margins.vi, from_cells.vi, rtol=1e-12)
