"""Moderators: words become columns, columns that say the same are refused, and predictions go where they are asked for."""

import numpy as np
import pytest

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import pool, pool_many
from skinproof.synthesis.regression import design
from tests.synthesis.test_pooling import LATITUDE, LOG_RR, V

ALLOCATION = ["random"] * 4 + ["alternate"] * 2 + ["random"] * 3 + ["systematic"] * 4
"""Source: Viechtbauer 2010, doi:10.18637/jss.v036.i03, table 1."""


def test_words_become_a_column_for_each_level_but_the_first() -> None:
    found = design({"year": [1, 2, 3], "alloc": ["b", "a", "c"]})
    assert found.names == ("year", "allocb", "allocc")
    assert found.x.tolist() == [[1, 1, 0], [2, 0, 0], [3, 0, 1]]
    assert found.levels == {"alloc": ("a", "b", "c")}


def test_the_reference_level_can_be_chosen_and_truth_values_count_as_words() -> None:
    found = design({"alloc": ["b", "a", "c"], "blind": [True, False, True]}, reference={"alloc": "c"})
    assert found.names == ("alloca", "allocb", "blindTrue")
    assert found.x[:, 2].tolist() == [1, 0, 1]


def test_without_intercept_the_first_words_keep_all_levels() -> None:
    found = design({"alloc": ["b", "a", "a"], "where": ["x", "y", "x"]}, intercept=False)
    assert found.names == ("alloca", "allocb", "wherey") and not found.intercept


def test_interactions_are_products() -> None:
    found = design({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "z"]}, interactions=[("a", "b")])
    assert found.names == ("a", "by", "bz", "a:by", "a:bz")
    assert found.x[:, 3:].tolist() == [[0, 0], [2, 0], [0, 3]]


def test_missing_moderators_stay_missing() -> None:
    found = design({"alloc": ["b", None, "a"], "year": [1.0, 2.0, float("nan")]})
    assert np.isnan(found.x).tolist() == [[False, False], [True, False], [False, True]]
    with pytest.raises(SynthesisError, match="row 2, column mods: no number"):
        pool([1, 2, 3], [1, 1, 1], mods=found)


def test_designs_that_cannot_be_are_refused() -> None:
    for call, kind, message in (
        (lambda: design({"a": ["x", "x"]}), SynthesisError, "moderator a has one level only"),
        (
            lambda: design({"a": ["x", "y"]}, reference={"a": "z"}),
            UsageError,
            "moderator a has no level 'z'; it has x, y",
        ),
        (lambda: design({"a": ["x", "y"]}, reference={"b": "z"}), UsageError, "reference names 'b'"),
        (lambda: design({"a": [1, 2], "b": [1]}), SynthesisError, "moderators differ in length"),
        (lambda: design({}), SynthesisError, "there are none"),
        (lambda: design({"a": [1, 2]}, interactions=[("a", "c")]), UsageError, "interaction of 'c'"),
        (lambda: design({"a": [1, object()]}), SynthesisError, "row 2, column a"),
    ):
        with pytest.raises(kind, match=message):
            call()


def test_the_levels_of_a_moderator_are_compared_with_the_first() -> None:
    """Groups in one model: each coefficient is the difference from the reference; without intercept, the group's mean."""
    found = pool(LOG_RR, V, mods=design({"alloc": ALLOCATION}))
    means = pool(LOG_RR, V, mods=design({"alloc": ALLOCATION}, intercept=False))
    assert found.names == ("intrcpt", "allocrandom", "allocsystematic")
    assert found.beta[0] + found.beta[1:] == pytest.approx(means.beta[1:])
    assert (found.tau2, found.qe) == pytest.approx((means.tau2, means.qe), rel=1e-9)
    assert (found.qm_df, means.qm_df) == (2, 3)
    assert found.r2 == means.r2 == 0
    assert np.isnan(pool(LOG_RR, V, mods=LATITUDE, intercept=False).r2)


def test_predictions_are_at_the_moderators_that_are_given() -> None:
    """Viechtbauer 2010, section 3.2.2, predicts the risk ratio at latitudes 0, 10, ... from this model."""
    found = pool(LOG_RR, V, mods=LATITUDE)
    at = found.predict([0.0, 30.0, 60.0])
    assert at.pred == pytest.approx(found.beta[0] + found.beta[1] * np.array([0.0, 30.0, 60.0]))
    assert at.se[0] == pytest.approx(found.se[0])
    assert (at.pi_lb < at.ci_lb).all() and (at.ci_ub < at.pi_ub).all()
    same = found.predict(np.column_stack([np.ones(3), [0.0, 30.0, 60.0]]))
    assert same.se == pytest.approx(at.se)
    assert found.predict([[30.0]]).pred == pytest.approx(at.pred[1:2])
    two = pool(LOG_RR, V, mods=np.column_stack([LATITUDE, LATITUDE**2]))
    assert two.predict([30.0, 900.0]).pred.shape == (1,)
    words = pool(LOG_RR, V, mods=design({"alloc": ALLOCATION}))
    assert words.predict(design({"alloc": ALLOCATION})).pred.shape == (13,)
    with pytest.raises(UsageError, match="newmods has 3 columns"):
        found.predict([[1.0, 2.0, 3.0]])
    with pytest.raises(UsageError, match="those of the new studies"):
        found.predict()
    with pytest.raises(UsageError, match="takes none"):
        pool(LOG_RR, V).predict([1.0])


def test_each_meta_analysis_may_have_moderators_of_its_own() -> None:
    """Permutation tests shuffle the moderator: 2 and 3 coefficients, with studies absent in some rows."""
    rng = np.random.default_rng(2)
    for q in (1, 2):
        x = rng.normal(size=(5, 13, q))
        y, v = np.tile(LOG_RR, (5, 1)), np.tile(V, (5, 1))
        y[3, 2] = v[3, 2] = np.nan
        many = pool_many(y, v, "REML", "knha", mods=x)
        here = np.arange(13) != 2
        for row in range(5):
            pick = here if row == 3 else np.ones(13, dtype=bool)
            one = pool(LOG_RR[pick], V[pick], "REML", "knha", mods=x[row, pick])
            assert many.beta[row] == pytest.approx(one.beta, rel=1e-8)
            assert (many.tau2[row], many.qm[row], many.r2[row]) == pytest.approx(
                (one.tau2, one.qm, one.r2), rel=1e-7
            )


def test_a_column_of_ones_is_an_intercept_wherever_it_comes_from() -> None:
    x = np.column_stack([np.ones(13), LATITUDE])
    given, made = pool(LOG_RR, V, mods=x, intercept=False), pool(LOG_RR, V, mods=LATITUDE)
    assert given.qm_df == made.qm_df == 1
    assert (given.qm, given.r2) == pytest.approx((made.qm, made.r2))


def test_moderators_of_the_wrong_shape_are_refused() -> None:
    with pytest.raises(SynthesisError, match="a row for each of the 13 studies"):
        pool(LOG_RR, V, mods=[1.0, 2.0])
    with pytest.raises(SynthesisError, match="3 names for 1 moderators"):
        pool(LOG_RR, V, mods=LATITUDE, names=["a", "b", "c"])
    with pytest.raises(SynthesisError, match="nothing to estimate"):
        pool(LOG_RR, V, intercept=False)
    with pytest.raises(SynthesisError, match="row 1, column mods: inf is not finite"):
        pool(LOG_RR, V, mods=[np.inf, *LATITUDE[1:]])


def test_effects_on_a_line_leave_nothing_to_test_against() -> None:
    """Knapp and Hartung's variance is 0 where the model fits perfectly."""
    found = pool([1.0, 2.0, 3.0, 4.0], [0.1, 0.1, 0.2, 0.2], test="knha", mods=[1, 2, 3, 4])
    assert found.beta == pytest.approx([0, 1], abs=1e-12)
    assert found.tau2 == 0 and (np.isnan(found.qm) or found.qm > 1e20)
