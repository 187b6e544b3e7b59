"""Trim and fill as metafor has it: a study more or less, or on the wrong side, changes the message."""

from pathlib import Path

import numpy as np
import pytest

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.bias_trimfill import TrimFill, lacking, trimfill
from skinproof.synthesis.pooling import pool
from tests.synthesis.diagnostics_grid import Deviations, Leaf, having, numbers, read
from tests.synthesis.tolerances import RTOL

FITTED = {
    "beta": "beta", "se": "se", "zval": "zval", "pval": "pval", "ci.lb": "ci_lb", "ci.ub": "ci_ub", "I2": "i2",
    "QE": "qe",
}  # fmt: skip

# metafor's scoring did not converge here; a bracketed step does
NOT_CONVERGED = {"dat.collins1985a/RR REML/R0", "v5/dat.collins1985a/RR REML/R0"}
# metafor 3.8 trims at its default tolerance and stops one study short; 5.1 fills as many as we do
OLDER_FILLS_LESS = {"dat.yusuf1985.table10/RD REML/Q0"}

Y = np.array([-1.2, -0.3, 0.1, 0.2, 0.25, 0.5, 0.9, 1.4])
V = np.array([0.50, 0.10, 0.02, 0.01, 0.03, 0.15, 0.30, 0.60])


def test_every_trim_and_fill_is_metafors(shared: Path) -> None:
    found, refused, not_converged, less = Deviations(), 0, set(), set()
    compared = 0
    for suite, leaves in having(shared, "trimfill"):
        for key, leaf in leaves.items():
            method, estimator = key.split("/")
            where = f"{suite.where} {key}"
            if "missing value" in leaf.get("error", ""):
                with pytest.raises(SynthesisError, match="Q0 has no value"):
                    trimfill(suite.fit(method), estimator=estimator)
                refused += 1
                continue
            ours = trimfill(suite.fit(method), estimator=estimator)
            if "error" in leaf:
                not_converged.add(where)
            elif ours.k0 != leaf["k0"]:
                less.add(where)
            else:
                compare(found, ours, leaf, where)
                compared += 1
    assert (refused, not_converged, less) == (64, NOT_CONVERGED, OLDER_FILLS_LESS)
    assert compared == 9 * (72 + 66) - 64 - 2 - 1
    assert not found.gaps
    assert not found.beyond(RTOL)


def compare(found: Deviations, ours: TrimFill, leaf: Leaf, where: str) -> None:
    assert ours.side == leaf["side"], where
    assert ours.fill.tolist() == leaf["fill"], where
    old = not where.startswith("v5/") and "REML" in where
    precise = "trimfill.iterated" if "REML" in where else "trimfill"
    found.add("trimfill.se_k0" + ".older" * old, ours.se_k0, leaf["se.k0"], where)
    found.add("trimfill", ours.p_k0, leaf["p.k0"], where)
    found.add(precise + ".older" * old, ours.yi, leaf["yi"], where)
    found.add("trimfill", ours.vi, leaf["vi"], where)
    found.add(
        "trimfill.tau2" if "REML" in where else "trimfill", ours.fit.tau2, leaf["tau2"], where, floor=1.0
    )
    if "REML" in where:
        # the filled studies are fitted at metafor's default tolerance: its numbers are ours of its studies at its tau2
        last = pool(numbers(leaf["yi"]), numbers(leaf["vi"]), tau2=leaf["tau2"])
    else:
        last = ours.fit
    for theirs, name in FITTED.items():
        found.add(precise + ".fit", getattr(last, name), leaf[theirs], where, 1.0 if theirs == "I2" else 1e-3)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_few_studies_are_refused_or_filled_as_metafor_does(shared: Path, k: int) -> None:
    case = read(shared / "reference" / "metafor" / "synth.tiny_k.json.gz")["cases"][f"k={k}"]
    fit = pool(numbers(case["inputs"]["yi"]), numbers(case["inputs"]["vi"]))
    if k < 3:
        assert "error" in case["trimfill"]
        with pytest.raises(SynthesisError, match="too few"):
            trimfill(fit)
    else:
        ours = trimfill(fit)
        assert (ours.k0, ours.side) == (case["trimfill"]["k0"], case["trimfill"]["side"])


def test_the_three_estimators_count_as_published() -> None:
    """Signed ranks -1, 2, 3, 4, 5: four studies above the largest rank below the centre, and T = 14."""
    centred = np.array([-0.1, 0.2, 0.3, 0.4, 0.5])
    assert lacking(centred, "R0") == pytest.approx((3.0, np.sqrt(8.0)))
    assert lacking(centred, "L0")[0] == pytest.approx((4 * 14 - 30) / 9)
    with pytest.raises(SynthesisError, match="Q0 has no value"):
        lacking(centred, "Q0")
    # -2, 1, 3, 4: T = 8, and inside the root 32 - 32 + 1/4
    assert lacking(np.array([-0.2, 0.1, 0.3, 0.4]), "Q0")[0] == pytest.approx(4 - 0.5 - 0.5)


def test_a_symmetric_funnel_lacks_nothing() -> None:
    y = np.array([-1.0, -0.45, 0.5, 0.95])
    for estimator in ("L0", "R0", "Q0"):
        ours = trimfill(pool(y, np.full(4, 0.1), "EE"), estimator=estimator, side="left")
        assert ours.k0 == 0 and not ours.fill.any()
        assert ours.fit.beta == pytest.approx(0.0, abs=1e-12)


def test_sides_mirror_each_other() -> None:
    left = trimfill(pool(Y[2:], V[2:], "DL"), estimator="R0", side="left")
    right = trimfill(pool(-Y[2:], V[2:], "DL"), estimator="R0", side="right")
    assert left.k0 == right.k0 > 0
    np.testing.assert_allclose(left.yi, -right.yi)
    assert left.p_k0 == 0.5 ** (left.k0 + 1)
    assert left.fit.beta < pool(Y[2:], V[2:], "DL").beta


def test_questions_that_have_no_answer_are_refused() -> None:
    fit = pool(Y, V)
    with pytest.raises(UsageError, match="no estimator"):
        trimfill(fit, estimator="L1")
    with pytest.raises(UsageError, match="no side"):
        trimfill(fit, side="top")
    with pytest.raises(SynthesisError, match="mean alone"):
        trimfill(pool(Y, V, mods=V))
    with pytest.raises(SynthesisError, match="mean alone"):
        trimfill(pool(Y, V, weights=V))
    with pytest.raises(SynthesisError, match="no slope"):
        trimfill(pool(Y, np.full(8, 0.1)))
