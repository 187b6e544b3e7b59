"""Beta-binomial pooling against the distribution itself, and the safety pool that uses it."""

import importlib.util
import math
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy import optimize, stats

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.rare_beta import pool_beta_binomial

X, N = [0, 1, 3, 0, 9, 2], [20, 30, 41, 15, 60, 25]
Y, M = [1, 2, 6, 0, 12, 5], [20, 31, 40, 15, 60, 25]


def test_one_arm_is_the_maximum_of_the_beta_binomial_distribution() -> None:
    """If this breaks, the pooled risk or its correlation is wrong."""
    pooled = pool_beta_binomial("PLO", xi=X, ni=N)
    found = optimize.minimize(
        lambda q: -stats.betabinom.logpmf(X, N, math.exp(q[0]), math.exp(q[1])).sum(), [0.0, 2.0],
        method="Nelder-Mead", options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 5000},
    )  # fmt: skip
    a, b = np.exp(found.x)
    assert pooled.ll == pytest.approx(-found.fun, abs=1e-9)
    assert (pooled.beta, pooled.rho) == pytest.approx((math.log(a / b), 1 / (a + b + 1)), rel=1e-5)
    assert pooled.ll_binomial == pytest.approx(stats.binom.logpmf(X, N, sum(X) / sum(N)).sum())
    assert pooled.lrt == pytest.approx(2 * (pooled.ll - pooled.ll_binomial)) and 0 < pooled.lrtp < 0.5
    risk = pool_beta_binomial("PR", xi=X, ni=N)
    assert risk.ci_ub == pytest.approx(1 / (1 + math.exp(-pooled.ci_ub)))
    assert (risk.beta, risk.se) == pytest.approx((risk.risk1, pooled.se * risk.risk1 * (1 - risk.risk1)))


def test_effects_of_two_arms_are_those_of_one_fit() -> None:
    """If this breaks, odds ratio, risk ratio and risk difference contradict each other."""
    odds, ratio, difference = (pool_beta_binomial(m, ai=X, n1i=N, ci=Y, n2i=M) for m in ("OR", "RR", "RD"))
    p1, p2 = odds.risk1, odds.risk2
    assert odds.beta == pytest.approx(math.log(p1 / (1 - p1) / p2 * (1 - p2)))
    assert (ratio.beta, difference.beta) == pytest.approx((math.log(p1 / p2), p1 - p2))
    assert (odds.k_double_zero, odds.double_zero_rows) == (1, (4,))
    assert any("count in full" in note for note in odds.notes)
    swapped = pool_beta_binomial("RR", ai=Y, n1i=M, ci=X, n2i=N)
    assert (swapped.beta, swapped.se) == pytest.approx((-ratio.beta, ratio.se), rel=1e-5)


def test_risks_that_do_not_vary_are_binomial() -> None:
    """If this breaks, the boundary rho = 0 gives no or a wrong standard error."""
    pooled = pool_beta_binomial("PLO", xi=[2, 2, 2], ni=[20, 20, 20])
    assert pooled.rho == 0 and math.isnan(pooled.rho_se) and pooled.lrtp == 1
    assert (pooled.beta, pooled.se) == pytest.approx((math.log(6 / 54), math.sqrt(1 / 6 + 1 / 54)), rel=1e-6)


def test_arms_without_an_estimate_are_refused() -> None:
    """If this breaks, an arm without events gets a number for its log odds."""
    for columns in ({"xi": [0, 0], "ni": [9, 9]}, {"xi": [9, 9], "ni": [9, 9]}, {"xi": [1], "ni": [9]}):
        with pytest.raises(SynthesisError):
            pool_beta_binomial("PLO", **columns)
    with pytest.raises(SynthesisError, match="arm 2"):
        pool_beta_binomial("OR", ai=[1, 2], n1i=[9, 9], ci=[0, 0], n2i=[9, 9])
    with pytest.raises(SynthesisError, match="row 1: ai = 10"):
        pool_beta_binomial("OR", ai=[10, 2], n1i=[9, 9], ci=[0, 0], n2i=[9, 9])
    with pytest.raises(UsageError, match="no beta-binomial measure"):
        pool_beta_binomial("IRR")


def _safety() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "validation" / "safety_pool.py"
    spec = importlib.util.spec_from_file_location("safety_pool", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_safety_pool_stands_beside_the_published_range(shared: Path) -> None:
    """If this breaks, the safety of vesicles is pooled from other rows than before, or not at all."""
    lines = (shared / "gold" / "outcomes.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    said = "\n".join(_safety().safety(lines))
    assert "Serious adverse events, rows about them: 3 arms, 1 of 46 people" in said
    assert "with arms in which nobody had any event: 6 arms, 1 of 97 people" in said
    assert "Adverse events as each report counts them: 8 arms, 5 of 198 people" in said
    assert "0.7% (0.1 to 5.2)" in said and "4.4% (0.7 to 22.2)" in said
    assert "Nahm" not in said  # patients gathered because of a complication


def test_the_safety_pool_is_skipped_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """If this breaks, a machine without the reference data gets a traceback."""
    monkeypatch.setenv("SKINPROOF_SHARED", str(tmp_path))
    assert _safety().main() == 0
    assert "skipped: outcomes.csv" in capsys.readouterr().out
