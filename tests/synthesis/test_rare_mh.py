"""Mantel-Haenszel and Peto against published tables, metafor's numbers, and tables that cannot be pooled."""

import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.rare_leave1out import leave1out_mh, leave1out_peto
from skinproof.synthesis.rare_mh import pool_mh, pool_peto
from tests.synthesis.rare_grid import apart, mh_cases, number
from tests.synthesis.tolerances import RTOL

NAMES = {
    "k": "k", "k.yi": "k_yi", "beta": "beta", "se": "se", "zval": "zval", "pval": "pval", "ci.lb": "ci_lb",
    "ci.ub": "ci_ub", "QE": "qe", "QEp": "qep", "I2": "i2", "H2": "h2", "MH": "mh", "MHp": "mhp", "CO": "co",
    "COp": "cop", "TA": "ta", "TAp": "tap", "BD": "bd", "BDp": "bdp", "k.pos": "k_pos",
}  # fmt: skip
LEFT_OUT = {
    "estimate": "beta", "se": "se", "zval": "zval", "pval": "pval", "ci.lb": "ci_lb", "ci.ub": "ci_ub",
    "Q": "qe", "Qp": "qep", "I2": "i2", "H2": "h2",
}  # fmt: skip

# Rothman, Greenland & Lash 2008, tables 15-1 (deaths, tolbutamide or placebo, by age) and 15-2 (coronary deaths of
# doctors, smokers or not, by age; person-years in units of 10,000)
DEATHS: dict[str, Any] = {"ai": [8, 22], "bi": [98, 76], "ci": [5, 16], "di": [115, 69]}
DOCTORS: dict[str, Any] = {
    "x1i": [32, 104, 206, 186, 102], "t1i": [5.2407, 4.3248, 2.8612, 1.2663, 0.5317],
    "x2i": [2, 12, 28, 28, 31], "t2i": [1.8790, 1.0673, 0.5710, 0.2585, 0.1462],
}  # fmt: skip


def test_risks_of_a_textbook_are_pooled_as_printed() -> None:
    """If this breaks, risk differences, risk ratios or odds ratios of 2x2 tables are wrong."""
    difference = pool_mh("RD", **DEATHS, level=90)
    assert [round(x, 3) for x in (difference.beta, difference.ci_lb, difference.qe)] == [0.035, -0.018, 0.002]
    ratio = pool_mh("RR", **DEATHS, level=90)
    assert [round(math.exp(x), 2) for x in (ratio.beta, ratio.ci_lb, ratio.ci_ub)] == [1.33, 0.87, 2.03]
    odds = pool_mh("OR", **DEATHS, level=90, correct=False)
    assert [round(math.exp(x), 2) for x in (odds.beta, odds.ci_lb, odds.ci_ub)] == [1.40, 0.84, 2.34]
    assert [round(x, 4) for x in (odds.mh, odds.co, odds.ta)] == [1.1914, 1.1976, 0.3489]


def test_rates_of_a_textbook_are_pooled_as_printed() -> None:
    """If this breaks, incidence rates per person-time are wrong."""
    difference = pool_mh("IRD", **DOCTORS, level=90)
    assert [round(x, 4) for x in (difference.beta, difference.ci_lb, difference.ci_ub, difference.qe)] == [
        11.4392, 6.3498, 16.5286, 26.8758,
    ]  # fmt: skip
    ratio = pool_mh("IRR", **DOCTORS, level=90)
    assert [round(math.exp(x), 2) for x in (ratio.beta, ratio.ci_lb, ratio.ci_ub)] == [1.42, 1.19, 1.70]
    assert [round(x, 4) for x in (ratio.qe, ratio.mh)] == [10.4117, 10.7021]
    assert round(pool_mh("IRR", **DOCTORS, correct=False).mh, 4) == 11.0162


def test_double_zero_studies_are_counted_and_named() -> None:
    """If this breaks, studies without any event vanish without a word."""
    pooled = pool_mh("OR", [0, 1, 2], [20, 29, 58], [0, 0, 3], [20, 30, 55])
    assert (pooled.k, pooled.k_yi, pooled.k_double_zero, pooled.double_zero_rows) == (3, 1, 1, (1,))
    assert pooled.add == (0.0, 0.0)
    assert any("row 1" in note for note in pooled.notes)
    with_half = pool_mh("OR", [0, 1, 2], [20, 29, 58], [0, 0, 3], [20, 30, 55], add=0.5)
    assert with_half.k_yi == 2 and any("0.5 was added" in note for note in with_half.notes)
    assert with_half.beta == pooled.beta  # the constant is for the studies' own effects alone


def test_double_zero_studies_pull_a_difference_towards_zero() -> None:
    """If this breaks, the people of a study without events are lost from the risk difference."""
    alone = pool_mh("RD", [1, 2], [29, 58], [0, 3], [30, 55])
    both = pool_mh("RD", [0, 1, 2], [20, 29, 58], [0, 0, 3], [20, 30, 55])
    assert abs(both.beta) < abs(alone.beta)


def test_all_events_in_one_arm_leave_a_test_but_no_ratio() -> None:
    """If this breaks, an infinite odds ratio is printed as a number."""
    pooled = pool_mh("OR", [0, 0], [20, 35], [1, 2], [19, 28])
    assert math.isnan(pooled.beta) and math.isnan(pooled.ta) and pooled.mhp < 1
    assert any("one arm" in note for note in pooled.notes)
    assert math.isnan(pool_mh("RR", [0, 0], [20, 35], [1, 2], [19, 28]).beta)
    assert math.isnan(pool_mh("IRR", x1i=[0, 0], t1i=[2, 3], x2i=[1, 1], t2i=[2, 2]).beta)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"ai": [1, 9], "n1i": [5, 8], "ci": [1, 1], "n2i": [5, 8]}, "row 2: ai = 9 events among n1i = 8"),
        ({"ai": [1, -1], "bi": [5, 8], "ci": [1, 1], "di": [5, 8]}, "row 2, column 'ai'"),
        ({"ai": [1, 0.5], "bi": [5, 8], "ci": [1, 1], "di": [5, 8]}, "not a whole number"),
        ({"ai": [1, "x"], "bi": [5, 8], "ci": [1, 1], "di": [5, 8]}, "row 2, column 'ai': 'x'"),
        ({"ai": [1, None], "bi": [5, 8], "ci": [1, 1], "di": [5, 8]}, "row 2, column 'ai': no number"),
        ({"ai": [0, 0], "bi": [5, 8], "ci": [0, 0], "di": [5, 8]}, "tells the outcomes apart"),
        ({"ai": [0, 0], "bi": [0, 8], "ci": [0, 0], "di": [5, 8]}, "row 1, column 'n1i'"),
        ({"ai": [], "bi": [], "ci": [], "di": []}, "is empty"),
        ({"ai": [[1]], "bi": [[5]], "ci": [[1]], "di": [[5]]}, "dimensions"),
        ({"ai": [1, 2], "bi": [5, 8, 9], "ci": [1, 1], "di": [5, 8]}, "do not have one length"),
    ],
)
def test_tables_that_cannot_be_true_are_refused_by_row(columns: dict[str, Any], words: str) -> None:
    """If this breaks, a typing error becomes a pooled estimate."""
    for pool in (lambda: pool_mh("OR", **columns), lambda: pool_peto(**columns)):
        with pytest.raises(SynthesisError, match=words):
            pool()


def test_rates_that_cannot_be_true_are_refused_by_row() -> None:
    """If this breaks, time at risk of 0 becomes an infinite rate."""
    with pytest.raises(SynthesisError, match="row 2, column 't1i'"):
        pool_mh("IRR", x1i=[1, 1], t1i=[5, 0], x2i=[1, 1], t2i=[5, 5])
    with pytest.raises(SynthesisError, match="tells the outcomes apart"):
        pool_mh("IRD", x1i=[0], t1i=[5], x2i=[0], t2i=[5])


def test_questions_that_cannot_be_asked_are_refused() -> None:
    """If this breaks, a misspelt option is silently ignored."""
    for options in (
        {"add": -1},
        {"add": 0.5, "to": "zero"},
        {"add": (1, 2, 3)},
        {"missing": "skip"},
        {"level": 10},
    ):
        with pytest.raises(UsageError):
            pool_mh("OR", **DEATHS, **options)
    with pytest.raises(UsageError, match="no Mantel-Haenszel measure"):
        pool_mh("SMD", **DEATHS)
    with pytest.raises(UsageError, match="'bi'"):
        pool_mh("OR", [1], None, [1], [2])


def test_rows_without_numbers_are_left_out_when_asked() -> None:
    """If this breaks, rows left out are not said to be."""
    pooled = pool_mh("OR", [1, None, 2], [9, 9, 9], [2, 2, 3], [8, 8, 8], missing="omit")
    assert (pooled.k, pooled.k_missing) == (2, 1)
    with pytest.raises(SynthesisError, match="no row has all its numbers"):
        pool_peto([None], [9], [2], [8], missing="omit")


def test_leaving_out_each_study_is_the_pool_of_the_others() -> None:
    """If this breaks, the influence of a study is read off the wrong pool."""
    without = leave1out_mh("RD", **DEATHS)
    assert without[0] is not None and without[0].beta == pytest.approx(22 / 98 - 16 / 85)
    assert leave1out_peto([0, 1], [5, 4], [0, 2], [5, 3])[1] is None  # only the double-zero study is left
    with pytest.raises(SynthesisError, match="nothing is left"):
        leave1out_mh("OR", [1], [2], [3], [4])


def test_a_variance_of_zero_leaves_no_heterogeneity_and_says_so() -> None:
    """If this breaks, an infinite Q passes for a number."""
    pooled = pool_mh("RD", [0, 2], [20, 18], [0, 3], [20, 17], drop00=False)
    assert math.isinf(pooled.qe) and any("variance is 0" in note for note in pooled.notes)


def test_every_mantel_haenszel_and_peto_number_of_metafor_is_met(shared: Path) -> None:
    """If this breaks, we disagree with metafor somewhere on its whole grid, or a case was skipped."""
    cases: Counter[str] = Counter()
    refused: set[tuple[str, str]] = set()
    far = []
    for file, case, reference, given, measure, options in mh_cases(shared):
        cases[measure + ("/leave1out" if "leave1out" in case else "")] += 1
        try:
            if "leave1out" in case:
                columns = [given[name] for name in ("ai", "bi", "ci", "di")]
                found = (
                    leave1out_peto(*columns, missing="omit")
                    if measure == "PETO"
                    else leave1out_mh(measure, *columns, missing="omit", **options)
                )
                far += _far_left_out(file, case, reference, found)
                continue
            pooled = (
                pool_peto(**given, missing="omit")
                if measure == "PETO"
                else pool_mh(measure, **given, missing="omit", **options)
            )
        except SynthesisError:
            refused.add((file, measure))
            continue
        assert "error" not in reference, (file, case)
        for theirs, ours in NAMES.items():
            if theirs not in reference or (theirs == "k.pos" and reference[theirs] is None):
                continue
            gap = apart(number(reference[theirs]), float(getattr(pooled, ours)), 1e-6)
            if gap > RTOL["mh"]:
                far.append((file, case, theirs, reference[theirs], getattr(pooled, ours)))
    assert far == []
    # metafor answers a table without any event with NA, or with a risk difference of exactly 0 +- 0
    nothing = {f"{version}synth.rare_events:all_double_zero" for version in ("", "v5/")}
    assert refused == {(file, measure) for file in nothing for measure in ("OR", "RR", "RD", "PETO")}
    # 18 data sets in two versions: five options and leave-one-out a measure, Peto once; 8 tables with 4 options
    whole = dict.fromkeys(("OR", "RR", "RD"), 2 * (18 * 4 + 8 * 4)) | {"PETO": 2 * (18 + 8)}
    assert cases == whole | {f"{measure}/leave1out": 36 for measure in whole}


def _far_left_out(file: str, case: str, reference: dict[str, Any], found: tuple[Any, ...]) -> list[Any]:
    assert len(reference["estimate"]) == len(found), (file, case)
    far = []
    for row, pooled in enumerate(found):
        for theirs, ours in LEFT_OUT.items():
            value = math.nan if pooled is None else float(getattr(pooled, ours))
            if apart(number(reference[theirs][row]), value, 1e-9) > RTOL["mh"]:
                far.append((file, case, row, theirs, reference[theirs][row], value))
    return far
