"""Living reviews: what a study changed, and looks that may be repeated without deceiving oneself."""

from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.living import history, what_a_study_changed, what_changed
from skinproof.synthesis.pooling import pool
from skinproof.synthesis.sequential import (
    confidence_sequence,
    required_information,
    spending_boundaries,
    trial_sequential,
)
from tests.synthesis.diagnostics_grid import numbers, read
from tests.synthesis.tolerances import RTOL

Y = np.array([0.50, 0.35, 0.61, 0.25, 0.44, 0.30])
V = np.array([0.10, 0.09, 0.05, 0.02, 0.12, 0.07])
YEAR = np.array([2012.0, 2010.0, 2015.0, 2011.0, 2015.0, 2020.0])


def test_what_changed_names_both_answers_and_the_difference() -> None:
    before, after = pool(Y[:2], V[:2]), pool(Y[:4], V[:4])
    change = what_changed(before, after)
    assert (change.before.k, change.after.k) == (2, 4)
    assert change.shift == pytest.approx(after.beta - before.beta)
    assert change.ci_width == pytest.approx((after.ci_ub - after.ci_lb) / (before.ci_ub - before.ci_lb))
    assert change.shift_in_ci == pytest.approx(2 * change.shift / (before.ci_ub - before.ci_lb))
    assert change.before.pi_lb == before.pi_lb and change.expected is True
    assert change.conclusion == "now excludes"
    assert what_changed(after, before).conclusion == "no longer excludes"
    assert what_changed(after, after).conclusion == "same"
    assert what_changed(after, pool(-Y[:4], V[:4])).conclusion == "turned"
    assert what_changed(pool(Y, V, "EE"), pool(Y, V, "EE")).expected is None


def test_what_a_study_changed_is_the_fit_without_it() -> None:
    fit = pool(np.insert(Y, 0, np.nan), np.insert(V, 0, np.nan), missing="omit")
    change = what_a_study_changed(fit, 4)
    rest = np.arange(6) != 3
    assert change.before.beta == pytest.approx(pool(Y[rest], V[rest]).beta, rel=1e-9)
    assert change.after.beta == fit.beta
    with pytest.raises(UsageError, match="row 1 is not a study"):
        what_a_study_changed(fit, 0)
    with pytest.raises(SynthesisError, match="nothing before it"):
        what_a_study_changed(pool(Y[:1], V[:1]), 0)
    weighted = what_a_study_changed(pool(Y, V, weights=V), 0)
    assert weighted.before.beta == pytest.approx(pool(Y[1:], V[1:], weights=V[1:]).beta)


def test_fits_of_different_kinds_are_not_compared() -> None:
    for other in (pool(Y, V, "DL"), pool(Y, V, "REML", "knha"), pool(Y, V, level=90)):
        with pytest.raises(UsageError, match="fit both in one way"):
            what_changed(pool(Y, V), other)
    for asked in (lambda fit: what_changed(fit, fit), lambda fit: what_a_study_changed(fit, 0), history):
        with pytest.raises(SynthesisError, match="without moderators"):
            asked(pool(Y, V, mods=YEAR))


def test_a_perfect_agreement_has_no_width_to_compare() -> None:
    same = pool([0.5, 0.5, 0.5], [0.25, 0.25, 0.25], test="knha")
    assert np.isnan(what_changed(same, same).ci_width)


def test_the_history_says_when_the_conclusion_changed() -> None:
    found = history(pool(Y, V), YEAR)
    assert found.order.tolist() == [1, 3, 0, 2, 4, 5]
    assert found.conclusion == ("first", "now excludes", "same", "same", "same", "same")
    assert found.fits.k.tolist() == [1, 2, 3, 4, 5, 6]
    assert history(pool(Y, V)).order.tolist() == [0, 1, 2, 3, 4, 5]


def test_the_history_of_dat_bcg_is_metafors(shared: Path) -> None:
    folder = shared / "reference" / "metafor"
    content = read(folder / "dat.bcg.json.gz")
    suite = content["suites"]["RR"]["inputs"]
    found = history(pool(numbers(suite["yi"]), numbers(suite["vi"])), content["raw"]["year"])
    reference = content["cumul.by.year"]["REML"]
    for theirs, ours in (("estimate", "beta"), ("se", "se")):
        np.testing.assert_allclose(getattr(found.fits, ours), reference[theirs], rtol=RTOL["cumul.by.year"])


def test_boundaries_are_the_published_ones() -> None:
    """Five equal looks, two-sided 0.05, O'Brien and Fleming's spending: the standard example of program ld98.

    Its integration is good to the fourth digit: the second boundary is 3.35701 by quadrature of two looks.
    """
    boundary, spent = spending_boundaries(np.arange(1, 6) / 5, 0.05)
    np.testing.assert_allclose(boundary, [4.8769, 3.3569, 2.6803, 2.2898, 2.0310], atol=1.5e-4)
    assert spent[-1] == pytest.approx(0.05)
    assert boundary[1] == pytest.approx(second_boundary(boundary[0], spent[1] - spent[0]), abs=1e-7)
    np.testing.assert_allclose(
        spent[:2], 4 * stats.norm.sf(stats.norm.isf(0.0125) / np.sqrt([0.2, 0.4])), rtol=1e-9
    )


def second_boundary(first: float, error: float) -> float:
    """Where |z| of the second of five looks is crossed with this probability by paths that did not cross before."""

    def excess(c: float) -> float:
        def passing(z: float) -> float:
            beyond = stats.norm.sf((c - z * 0.5**0.5) / 0.5**0.5) + stats.norm.cdf(
                (-c - z * 0.5**0.5) / 0.5**0.5
            )
            return float(beyond * stats.norm.pdf(z))

        return float(integrate.quad(passing, -first, first, epsabs=1e-13)[0]) - error

    return float(optimize.brentq(excess, 2, 5, xtol=1e-9))


def test_one_look_with_all_information_is_the_usual_test() -> None:
    boundary, _ = spending_boundaries(np.array([1.3, 1.5]), 0.05)
    assert boundary[0] == pytest.approx(stats.norm.isf(0.025), abs=1e-9)
    assert boundary[1] == np.inf


def test_tiny_looks_spend_nothing_and_the_rest_gets_their_share() -> None:
    """Together the boundaries are crossed with probability 0.05: simulated paths with uneven looks."""
    share = np.array([1e-6, 0.001, 0.3, 0.30001, 0.35, 0.7, 0.702, 1.1])
    boundary, spent = spending_boundaries(share, 0.05)
    assert np.isinf(boundary[[0, 1, 3]]).all() and spent[-1] == pytest.approx(0.05)
    random = np.random.default_rng(12)
    steps = random.standard_normal((100_000, len(share))) * np.sqrt(np.diff(np.minimum(share, 1), prepend=0))
    z = np.cumsum(steps, axis=1) / np.sqrt(np.minimum(share, 1))
    assert (np.abs(z) > boundary).any(axis=1).mean() == pytest.approx(
        0.05, abs=4 * np.sqrt(0.05 * 0.95 / 100_000)
    )


def test_trial_sequential_crosses_only_beyond_its_boundary() -> None:
    fit = pool(Y, V)
    found = trial_sequential(fit, YEAR, effect=0.5)
    assert found.order.tolist() == [1, 3, 0, 2, 4, 5]
    assert found.beta[-1] == pytest.approx(fit.beta) and found.zval[-1] == pytest.approx(fit.zval)
    assert found.required == pytest.approx(((1.959964 + 0.841621) / 0.5) ** 2, rel=1e-5)
    assert found.share[-1] == pytest.approx(1 / fit.se**2 / found.required)
    first = found.crossed_at
    assert first is not None and (np.abs(found.zval[:first]) < found.boundary[:first]).all()
    assert found.ci_lb[first] > 0
    assert trial_sequential(pool(0.02 * Y, V), effect=0.5).crossed_at is None


def test_the_confidence_sequence_is_wider_and_holds_at_all_looks() -> None:
    """3,000 made-up reviews of 40 studies: the usual interval misses at some look in far more than 5%."""
    random = np.random.default_rng(31)
    v = random.uniform(0.02, 0.2, 40)
    missed, usual = 0, 0
    for _ in range(3000):
        fit = pool(random.normal(0.0, np.sqrt(v + 0.03)), v, tau2=0.03)
        found = confidence_sequence(fit, effect=0.3)
        missed += bool(((found.ci_lb > 0) | (found.ci_ub < 0)).any())
        usual += bool((np.abs(found.beta) > 1.96 * found.se).any())
    assert missed / 3000 < 0.05
    assert usual / 3000 > 0.2


def test_the_p_value_at_any_time_matches_the_interval() -> None:
    found = confidence_sequence(pool(Y, V), YEAR, effect=0.4)
    outside = np.maximum.accumulate((found.ci_lb > 0) | (found.ci_ub < 0))
    assert (outside == (found.p_any < 0.05)).all() and outside[-1]
    assert (np.diff(found.p_any) <= 0).all()
    fit = pool(Y, V)
    assert found.ci_ub[-1] - found.ci_lb[-1] > fit.ci_ub - fit.ci_lb
    assert confidence_sequence(fit, effect=0.4, tau2=1.0).tau2 == 1.0


def test_questions_that_have_no_answer_are_refused() -> None:
    fit = pool(Y, V)
    with pytest.raises(UsageError, match="effect"):
        required_information(0.0)
    with pytest.raises(UsageError, match="power"):
        required_information(0.2, power=0.3)
    with pytest.raises(UsageError, match="tau2"):
        confidence_sequence(fit, effect=0.3, tau2=-1.0)
    with pytest.raises(SynthesisError, match="mean alone"):
        trial_sequential(pool(Y, V, mods=YEAR), effect=0.3)
