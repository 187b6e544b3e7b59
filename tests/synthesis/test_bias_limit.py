"""The limit of small-study effects, against the model it is made of."""

import numpy as np
import pytest
from scipy import stats

from skinproof.errors import SynthesisError
from skinproof.synthesis.bias_limit import limit_meta
from skinproof.synthesis.pooling import pool

Y = np.array([0.20, -0.35, 0.61, 0.05, 0.44, 1.30])
V = np.array([0.04, 0.09, 0.05, 0.02, 0.12, 0.30])


def test_the_limit_is_the_regression_on_the_radial_plot() -> None:
    fit = pool(Y, V)
    s = np.sqrt(V + fit.tau2)
    line = stats.linregress(1 / s, Y / s)
    ours = limit_meta(fit)
    assert ours.alpha == pytest.approx(line.intercept)
    assert ours.est == pytest.approx(line.slope + np.sqrt(fit.tau2) * line.intercept)
    assert ours.shrunken == pytest.approx(
        line.slope + np.sqrt(fit.tau2) * Y / s - np.sqrt(fit.tau2) * line.slope / s
    )
    assert ours.ci_ub - ours.est == pytest.approx(1.959964 * ours.se, rel=1e-6)


def test_its_error_is_the_models() -> None:
    """The spread of the limit over samples from the model, at the tau2 that made them."""
    random = np.random.default_rng(3)
    s = np.sqrt(V + 0.05)
    limits = [
        limit_meta(pool(0.1 + s * (0.8 + random.standard_normal(6)), V, tau2=0.05)) for _ in range(2000)
    ]
    estimates = np.array([limit.est for limit in limits])
    assert estimates.mean() == pytest.approx(0.1 + np.sqrt(0.05) * 0.8, abs=4 * limits[0].se / np.sqrt(2000))
    assert estimates.std() == pytest.approx(limits[0].se, rel=0.06)
    assert np.mean([limit.alpha_p < 0.05 for limit in limits]) > 0.05


def test_without_heterogeneity_it_is_eggers_limit() -> None:
    ours = limit_meta(pool(Y, V, "EE"))
    assert ours.est == pytest.approx(np.asarray(pool(Y, V, "EE", mods=np.sqrt(V)).beta)[0])


def test_questions_that_have_no_answer_are_refused() -> None:
    with pytest.raises(SynthesisError, match="mean alone"):
        limit_meta(pool(Y, V, mods=V))
    with pytest.raises(SynthesisError, match="needs three"):
        limit_meta(pool(Y[:2], V[:2]))
    with pytest.raises(SynthesisError, match="equally precise"):
        limit_meta(pool(Y, np.full(6, 0.1)))
