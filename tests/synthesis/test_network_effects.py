"""Networks of arms by their raw data: as the two-arm measures where there are two arms, by hand where there are three."""

import numpy as np
import pytest

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import escalc, network_of_arms, pool_network
from skinproof.synthesis.network_effects import arm_effects, with_constant
from tests.synthesis.test_network import QUITTERS

STUDY, ARMS = [1, 1, 2, 2], ["a", "b", "a", "b"]
X, N = [12, 20, 5, 9], [60, 55, 40, 38]
M, SD = [4.0, 6.5, 3.0, 5.5], [2.0, 2.5, 1.5, 3.0]


def two_arms(measure: str) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    """b against a in each study, by the measures that are pinned to metafor."""
    one, two = [1, 3], [0, 2]
    if measure in ("OR", "RR", "RD"):
        x, n = np.array(X), np.array(N)
        found = escalc(measure, ai=x[one], n1i=n[one], ci=x[two], n2i=n[two])
    else:
        m, sd, n = np.array(M), np.array(SD), np.array(N)
        found = escalc(measure, m1i=m[one], sd1i=sd[one], n1i=n[one], m2i=m[two], sd2i=sd[two], n2i=n[two])
    return found.yi, found.vi


@pytest.mark.parametrize("measure", ["OR", "RR", "RD", "MD", "SMD", "ROM"])
def test_studies_of_two_arms_have_the_effects_of_the_ordinary_measures(measure: str) -> None:
    given = {"xi": X, "ni": N} if measure in ("OR", "RR", "RD") else {"mi": M, "sdi": SD, "ni": N}
    network = network_of_arms(measure, STUDY, ARMS, **given)  # type: ignore[arg-type]
    y, v = two_arms(measure)
    assert np.concatenate([trial.y for trial in network.trials]) == pytest.approx(y, rel=1e-12)
    assert np.concatenate([trial.v.ravel() for trial in network.trials]) == pytest.approx(v, rel=1e-12)


def test_three_arms_share_the_spread_and_the_first_arm() -> None:
    """Gleser and Olkin 2009: cov = 1/n0 + g1 g2 / (2 N), with one standard deviation over all arms."""
    network = network_of_arms("SMD", [1] * 3, ["c", "a", "b"], mi=[7, 4, 5], sdi=[2, 2, 2], ni=[10, 20, 30])
    (trial,) = network.trials
    correction = 1 - 3 / (4 * 57 - 1)  # Hedges' approximation of the exact factor
    g = np.array([0.5, 1.5]) * correction
    assert trial.arms == ("a", "b", "c")
    assert trial.y == pytest.approx(g, rel=1e-4)
    expected = np.diag([1 / 30, 1 / 10]) + 1 / 20 + np.outer(g, g) / 120
    assert trial.v == pytest.approx(expected, rel=1e-4)


def test_the_quitters_are_as_in_metafor() -> None:
    """rma.mv of metafor 3.8-1: contrasts of log odds by study, struct CS with rho 0.5, REML, 0.5 added in two studies."""
    words = np.array(QUITTERS.split()).reshape(-1, 4)
    names = ["no contact" if a == "a" else a for a in words[:, 1]]
    network = network_of_arms(
        "OR", words[:, 0], names, xi=words[:, 2].astype(float), ni=words[:, 3].astype(float), add=0.5
    )
    found = pool_network(network, "no contact")
    assert found.tau2 == pytest.approx(0.4502300956, rel=1e-5)
    assert found.q == pytest.approx(202.6188712130, rel=1e-10)
    expected = {
        "d": (0.8687334646, 0.3720733050),
        "c": (0.7090093671, 0.1952506260),
        "b": (0.3971685892, 0.3286393585),
    }
    for name, (beta, se) in expected.items():
        pair = found.compare(name, "no contact")
        assert (pair.estimate, pair.se) == (pytest.approx(beta, rel=1e-5), pytest.approx(se, rel=1e-5))


def test_a_constant_goes_to_all_arms_of_the_studies_that_need_it_and_to_no_other() -> None:
    x, n = with_constant([1, 1, 2, 2], np.array([0.0, 3, 4, 5]), np.array([10.0, 10, 10, 10]), 0.5)
    assert x.tolist() == [0.5, 3.5, 4, 5] and n.tolist() == [11, 11, 10, 10]


def test_an_arm_without_an_effect_has_none() -> None:
    y, v = arm_effects("OR", xi=[0, 5, 10], ni=[10, 10, 10])
    assert np.isnan(y).tolist() == [True, False, True] == np.isnan(v).tolist()
    assert np.isnan(arm_effects("ROM", mi=[-1, 0], sdi=[1, 1], ni=[9, 9])[0]).all()
    with pytest.raises(SynthesisError, match="row 1, column yi"):
        network_of_arms("RR", [1, 1], ["a", "b"], xi=[0, 3], ni=[9, 9])


def test_a_measure_that_is_not_of_arms_is_refused() -> None:
    with pytest.raises(UsageError, match="'HR' is not computed of arms; there are OR, RR"):
        arm_effects("HR", xi=[1], ni=[2])


def test_too_few_people_for_a_standard_deviation_are_refused() -> None:
    with pytest.raises(
        SynthesisError, match="study A: 2 people in 2 arms are too few for a standard deviation"
    ):
        network_of_arms("SMD", ["A", "A"], ["x", "y"], mi=[1, 2], sdi=[1, 1], ni=[1, 1])
