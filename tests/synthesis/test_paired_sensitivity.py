"""The whole range of an unreported correlation, not one guess."""

import numpy as np
import pytest

from skinproof.errors import UsageError
from skinproof.synthesis.effects import escalc
from skinproof.synthesis.paired_range import paired_sensitivity
from skinproof.synthesis.pooling import pool

SIDES = {
    "m1i": [5.0, 6.0, 4.5], "m2i": [4.0, 5.5, 4.0], "sd1i": [2.0, 2.5, 1.5], "sd2i": [2.0, 2.0, 1.8], "ni": [20, 30, 15],
}  # fmt: skip


def test_each_assumption_is_pooled_as_if_it_were_reported() -> None:
    found = paired_sensitivity("MC", assumed=(0.0, 0.5, 0.9), **SIDES)
    for place, r in enumerate((0.0, 0.5, 0.9)):
        sizes = escalc("MC", ri=[r] * 3, **SIDES)
        alone = pool(sizes.yi, sizes.vi)
        assert found.beta[place] == pytest.approx(alone.beta) and found.se[place] == pytest.approx(alone.se)
    assert (np.diff(found.se) < 0).all()
    assert (found.reported, found.assumed_for) == (0, 3)
    assert (found.lowest, found.highest) == (found.ci_lb.min(), found.ci_ub.max())
    assert not found.steady


def test_reported_correlations_stay() -> None:
    found = paired_sensitivity("SMCR", ri=[0.8, np.nan, 0.8], method="DL", **SIDES)
    assert (found.reported, found.assumed_for, len(found.beta)) == (2, 1, 10)
    sizes = escalc("SMCR", ri=[0.8, 0.5, 0.8], **SIDES)
    assert found.beta[5] == pytest.approx(pool(sizes.yi, sizes.vi, "DL").beta)
    assert found.steady == bool((found.ci_lb > 0).all() or (found.ci_lb <= 0).all())


def test_a_measure_without_a_correlation_is_refused() -> None:
    with pytest.raises(UsageError, match="does not depend"):
        paired_sensitivity("MD", **SIDES)
    with pytest.raises(UsageError, match="at least one"):
        paired_sensitivity("MC", assumed=(), **SIDES)
