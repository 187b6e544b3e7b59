"""Fail-safe N and the test of excess significance, as metafor has them and by hand."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.bias_failsafe import fsn, tes
from tests.synthesis.diagnostics_grid import Deviations, having, numbers, read
from tests.synthesis.tolerances import RTOL


def test_every_fail_safe_number_is_metafors(shared: Path) -> None:
    """Orwin's mean is weighted since metafor 4.4; the unweighted one of 3.8 is asked for by name."""
    found = Deviations()
    for suite, leaves in having(shared, "fsn"):
        for key, leaf in leaves.items():
            weighted = suite.newer or key != "Orwin"
            ours = fsn(suite.y, suite.v, leaf["type"], target=leaf["target"], weighted=weighted)
            for name in ("fsnum", "pval", "meanes", "target"):
                found.add(f"fsn.{name}", getattr(ours, name), leaf[name], f"{suite.where} {key}")
    assert found.compared == 4 * 4 * (72 + 66)
    assert not found.gaps
    assert not found.beyond(RTOL)


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_few_studies_have_metafors_number(shared: Path, k: int) -> None:
    case = read(shared / "reference" / "metafor" / "synth.tiny_k.json.gz")["cases"][f"k={k}"]
    ours = fsn(numbers(case["inputs"]["yi"]), numbers(case["inputs"]["vi"]))
    assert ours.fsnum == case["fsn"]["fsnum"]
    assert ours.pval == pytest.approx(case["fsn"]["pval"], rel=1e-10)


def test_excess_significance_is_metafors(shared: Path) -> None:
    compared = 0
    for suite, leaf in having(shared, "tes"):
        ours = tes(suite.y, suite.v)
        values = (ours.observed, ours.expected, ours.ratio, ours.pval, ours.theta)
        reference = tuple(leaf[name] for name in ("O", "E", "OEratio", "pval", "theta"))
        assert leaf["test"] == "exact"
        assert values == pytest.approx(reference, rel=RTOL["tes"])
        compared += 1
    assert compared == 1


def test_numbers_by_hand() -> None:
    """Four studies with z = 2: Stouffer's z is 4, so N = 4 (4 / 1.6449)^2 - 4 = 19.65."""
    y, v = np.full(4, 0.4), np.full(4, 0.04)
    assert fsn(y, v).fsnum == int(np.ceil(4 * (4 / stats.norm.isf(0.05)) ** 2 - 4)) == 20
    # the mean of 0.4 falls to 0.1 when three times as many studies of no effect are added
    assert fsn(y, v, "Orwin", target=0.1).fsnum == 12
    assert fsn(-y, v, "Orwin", target=0.1).target == -0.1
    # z = 4 falls to 1.96 with (4 / 1.96)^2 - 1 times the weight
    assert fsn(y, v, "Rosenberg").fsnum == int(np.ceil(4 * ((4 / stats.norm.isf(0.025)) ** 2 - 1))) == 13
    assert fsn([0.01], [1.0]).fsnum == 0


def test_excess_of_two_studies_by_hand() -> None:
    """Powers p and q: both significant with probability p q."""
    y, v = np.array([1.0, 1.0]), np.array([0.1, 0.2])
    power = [
        stats.norm.sf(1.959963984540054 - 0.5 / s) + stats.norm.cdf(-1.959963984540054 - 0.5 / s)
        for s in v**0.5
    ]
    ours = tes(y, v, theta=0.5)
    assert ours.observed == 2
    assert ours.pval == pytest.approx(power[0] * power[1], rel=1e-10)
    assert ours.expected == pytest.approx(sum(power), rel=1e-12)
    assert ours.x2 == pytest.approx(
        (2 - sum(power)) ** 2 / sum(power) + (2 - sum(power)) ** 2 / (2 - sum(power))
    )
    assert 0 < ours.x2_pval < 1


def test_questions_that_have_no_answer_are_refused() -> None:
    with pytest.raises(UsageError, match="no type"):
        fsn([1.0], [1.0], "General")
    with pytest.raises(UsageError, match="alpha"):
        fsn([1.0], [1.0], alpha=0.7)
    with pytest.raises(UsageError, match="target"):
        fsn([1.0], [1.0], "Orwin", target=0.0)
    with pytest.raises(UsageError, match="alpha"):
        tes([1.0], [1.0], alpha=0.0)
    with pytest.raises(SynthesisError, match="row 2, column vi"):
        fsn([1.0, 2.0], [1.0, 0.0])
    with pytest.raises(SynthesisError, match="no study"):
        fsn([], [])
