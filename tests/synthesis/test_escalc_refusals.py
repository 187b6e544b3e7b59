"""Impossible numbers stop with the row, the column and what to do; none reaches a pooled answer."""

import numpy as np
import pytest

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import escalc
from skinproof.synthesis.transforms import harmonic_mean

MEANS = {"m1i": [1, 2], "sd1i": [1, 1], "n1i": [10, 12], "m2i": [0, 1], "sd2i": [1, 1], "n2i": [10, 12]}
TABLE = {"ai": [1, 2], "bi": [9, 8], "ci": [3, 4], "di": [7, 6]}
PAIRS = {"m1i": 1, "sd1i": 1, "m2i": 0, "sd2i": 1, "ni": 10, "ri": 0.5}


@pytest.mark.parametrize(
    ("measure", "columns", "change", "message"),
    [
        ("SMD", MEANS, {"m1i": [1, "2.5 (SD)"]}, r"row 2, column 'm1i': '2.5 \(SD\)' is not a number"),
        ("SMD", MEANS, {"m1i": ["1", 2]}, "row 1, column 'm1i': '1' is not a number"),
        ("SMD", MEANS, {"m1i": [True, False]}, "row 1, column 'm1i': True is not a number"),
        ("SMD", MEANS, {"m1i": [1, object()]}, "row 2, column 'm1i'"),
        ("SMD", MEANS, {"m1i": [1, np.inf]}, "row 2, column 'm1i': infinite"),
        ("SMD", MEANS, {"n1i": [10, -12]}, "row 2, column 'n1i': -12 is negative"),
        ("SMD", MEANS, {"n1i": [0, 12]}, "row 1, column 'n1i': 0 people"),
        ("SMD", MEANS, {"sd1i": [1, -1]}, "row 2, column 'sd1i': -1 is negative"),
        ("SMD", MEANS, {"sd1i": [1, 0], "sd2i": [1, 0]}, "row 2, column 'sd1i': 0 in both arms"),
        ("VR", MEANS, {"sd2i": [1, 0]}, "row 2, column 'sd2i': 0 as a standard deviation"),
        ("SMD", MEANS, {"m1i": [1, 2, 3]}, "do not have one length: .*'m1i' \\(3,\\)"),
        ("SMD", MEANS, {"m1i": [[1, 2], [3]]}, "column 'm1i': sets of different lengths"),
        ("OR", TABLE, {"ai": [1, -2]}, "row 2, column 'ai': -2 is negative"),
        ("OR", TABLE, {"bi": None, "n1i": [10, 1]}, "row 2: ai = 2 events among n1i = 1 people"),
        ("OR", TABLE, {"bi": None, "n1i": [10, 0]}, "row 2, column 'n1i': 0 people"),
        ("OR", TABLE, {"n1i": [10, 11]}, r"row 2: ai \+ bi is not n1i"),
        ("MC", PAIRS, {"ri": 1.2}, "row 1, column 'ri': 1.2 is not a correlation"),
        ("SMCC", PAIRS, {"ri": 1.0}, "row 1, column 'ri': 1 leaves no spread"),
        ("SMCR", PAIRS, {"sd1i": 0}, "row 1, column 'sd1i': 0 as a standard deviation"),
        ("IR", {"xi": 3, "ti": 0}, {}, "row 1, column 'ti': 0 is not a time at risk"),
        ("ABT", {"ai": 1.1, "mi": 5, "ni": 30}, {}, "row 1, column 'ai': 1.1 is not a reliability"),
        ("ABT", {"ai": 0.8, "mi": 1, "ni": 30}, {}, "row 1, column 'mi': 1 items"),
    ],
)
def test_impossible_numbers_name_row_and_column(
    measure: str, columns: dict[str, object], change: dict[str, object], message: str
) -> None:
    with pytest.raises(SynthesisError, match=message):
        escalc(measure, **{**columns, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measure", "arguments", "message"),
    [
        ("SMDX", MEANS, "measure 'SMDX' is not known"),
        ("SMD", {"m1i": 1, "m2i": 0}, "not given: sd1i, n1i, sd2i, n2i"),
        ("SMD", {**MEANS, "ri": 0.5}, "SMD does not use ri"),
        ("SMD", {**MEANS, "vtype": "HO"}, "there are LS, LS2, UB, AV"),
        ("SMD", {**MEANS, "add": 0.5}, "has no cells of counts"),
        ("OR", {"ai": 1, "ci": 2, "di": 3}, "'ai' needs 'bi'"),
        ("OR", {**TABLE, "to": "only0"}, "needs the constant as well"),
        ("OR", {**TABLE, "add": -1}, "not a constant for zero cells"),
        ("OR", {**TABLE, "add": 0.5, "to": "some"}, "to='some' is not one of"),
        ("OR", {**TABLE, "level": 100}, "not a percentage"),
    ],
)
def test_a_question_that_cannot_be_asked_says_what_can(
    measure: str, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        escalc(measure, **arguments)  # type: ignore[arg-type]


def test_a_batch_names_the_set_and_the_row() -> None:
    with pytest.raises(SynthesisError, match="set 2, row 3, column 'ri'"):
        escalc("ZCOR", ri=[[0.1, 0.2, 0.3], [0.1, 0.2, 1.3]], ni=30)


def test_a_double_arcsine_without_sizes_cannot_be_turned_back() -> None:
    with pytest.raises(SynthesisError, match="no sample size"):
        harmonic_mean([np.nan])


def test_correlations_and_small_studies_without_a_variance_are_flagged_not_refused() -> None:
    effect = escalc("ZCOR", ri=[0.5, 1.0, 0.5], ni=[3, 20, 20])
    assert effect.yi[0] == pytest.approx(np.arctanh(0.5)) and np.isnan(effect.vi[0])
    assert np.isnan(effect.yi[1])
    assert [flag.row for flag in effect.flags] == [(0,), (1,)]
    assert np.isnan(escalc("UCOR", ri=0.5, ni=3).yi[0])
    assert np.isnan(escalc("SMD", m1i=1, sd1i=1, n1i=1, m2i=0, sd2i=1, n2i=1).yi[0])
