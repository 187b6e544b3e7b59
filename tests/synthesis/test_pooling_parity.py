"""Every fit of the reference files, number for number; a pooled answer that is off is off in every picture and sentence."""

import csv
import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skinproof.errors import SkinproofError
from skinproof.synthesis import pool, pool_many
from tests.synthesis import pooling_grid as grid
from tests.synthesis.pooling_grid import Deviations, numbers
from tests.synthesis.tolerances import RTOL

SUITES, SUITES_V5 = 72, 66
"""Suites of effects in the files of metafor 3.8-1 and of 5.1-12."""


def fit(y: np.ndarray, v: np.ndarray, name: str, **more: Any) -> Any:
    """The fit that the reference calls by this name, METHOD/test."""
    method, test = name.split("/")
    if test == "unweighted":
        return pool(y, v, method, weighted=False, **more)
    if method == "GENQ":
        more["weights"] = 1 / np.sqrt(v)
    return pool(y, v, method, test, **more)


def test_every_fit_of_every_suite_is_metafors(shared: Path) -> None:
    """A method, test or file that drops out silently would break this; so would a number."""
    found, outcomes = Deviations(), Counter[str]()
    suites = Counter[bool]()
    for file, measure, suite in grid.leaves(shared, "suites"):
        newer = file.startswith("v5/")
        suites[newer] += 1
        assert set(suite["fits"]) == grid.FITS if not newer else set(suite["fits"]) <= grid.FITS, (
            file,
            measure,
        )
        y, v = grid.effects(suite["inputs"])
        for name, content in suite["fits"].items():
            if name.startswith(
                "DLIT"
            ):  # 3.8 converges elsewhere or not at all; 5.1 has PM's root, as we have
                outcomes["another DLIT"] += 1
                continue
            outcomes["compared"] += 1
            grid.compare(fit(y, v, name), content["tight"], f"{file} {measure} {name}", found)
    assert suites == {False: SUITES, True: SUITES_V5}
    assert outcomes["another DLIT"] == 2 * SUITES
    assert outcomes["compared"] == found.fits == 30 * SUITES + 14 * SUITES_V5
    assert found.beyond(RTOL) == {}


def test_what_metafor_prints_by_default_is_near(shared: Path) -> None:
    """Who compares with a printed answer of metafor must find it, but for its early stop."""
    compared = 0
    for file, measure, suite in grid.leaves(shared, "suites"):
        y, v = grid.effects(suite["inputs"])
        for name, content in (suite.get("fits.default") or {}).items():
            content = content.get("tight", content)
            if name.startswith("DLIT") or "error" in content:
                continue
            ours = fit(y, v, name)
            if name.startswith("SJIT") and ours.tau2 == 0:
                continue  # metafor halves its way towards 0 and stops on it
            # metafor stops when a step is below 1e-5, whatever the unit
            allowed = RTOL["pool.default"] * max(ours.tau2, 1.0)
            assert abs(ours.tau2 - content["tau2"]) <= allowed, (file, measure, name)
            compared += 1
    assert compared > 5 * SUITES


def test_every_meta_regression_is_metafors(shared: Path) -> None:
    found, formulas = Deviations(), Counter[bool]()
    for file, formula, content in grid.leaves(shared, "metareg"):
        newer = file.startswith("v5/")
        formulas[newer] += 1
        assert newer or set(content["fits"]) == grid.REGRESSIONS, (file, formula)
        x = np.array(content["X"], dtype=np.float64)
        y, v = grid.effects(content)
        one = bool((x[:, 0] == 1).all())
        for name, leaf in content["fits"].items():
            leaf = leaf.get("tight", leaf)
            ours = fit(y, v, name, mods=x[:, 1:] if one else x, intercept=one)
            grid.compare(ours, leaf, f"{file} {formula} {name}", found)
    assert formulas[False] == 19
    assert found.fits >= 19 * len(grid.REGRESSIONS)
    assert found.beyond(RTOL) == {}


def test_predictions_with_moderators_are_metafors(shared: Path) -> None:
    found = Deviations()
    for file, formula, content in grid.leaves(shared, "metareg"):
        if "predict" not in content:
            continue
        x = np.array(content["X"], dtype=np.float64)
        one = bool((x[:, 0] == 1).all())
        result = pool(*grid.effects(content), mods=x[:, 1:] if one else x, intercept=one)
        ours = result.predict(x)
        for name, values in content["predict"].items():
            unit = float(np.max(numbers(content["predict"]["se"])))
            quantity = "pool.pi" if name.startswith("pi") else "pool.ci"
            found.add(quantity, getattr(ours, name.replace(".", "_")), values, unit, f"{file} {formula}")
        found.fits += 1
    assert found.fits >= 19
    assert found.beyond(RTOL) == {}


def test_one_to_five_studies_are_pooled_as_metafor_does(shared: Path) -> None:
    """Few studies are the rule in a young field: every method and test, down to a single study."""
    found, refused = Deviations(), Counter[str]()
    for version in ("", "v5/"):
        file = f"{version}synth.tiny_k"
        for label, case in grid.read(grid.reference_files(shared)[file])["cases"].items():
            y, v = grid.effects(case["inputs"])
            for name, leaf in case["fits"].items():
                if "error" in leaf or (name.startswith("DLIT") and not version):
                    refused[leaf.get("error", "another DLIT")] += 1
                    continue
                grid.compare(fit(y, v, name), leaf, f"{file} {label} {name}", found, exact=False)
    assert refused == {"Iterative DL estimator did not converge.": 4, "another DLIT": 16}
    assert found.fits == 2 * 250 - 20
    assert found.beyond(RTOL) == {}


def table(path: Path) -> np.ndarray:
    with gzip.open(path, "rt") as stream:
        return np.array(
            [
                [float(cell) if cell not in ("NA", "") else np.nan for cell in row]
                for row in csv.reader(stream)
            ]
        )


def test_ten_thousand_meta_analyses_at_once_are_metafors_one_by_one(shared: Path) -> None:
    """The batch is the same code; a block boundary or an early stop would show here."""
    folder = shared / "reference" / "metafor" / "sim10000"
    y, v = table(folder / "sim_y.csv.gz"), table(folder / "sim_v.csv.gz")
    with gzip.open(folder / "ref_tight.csv.gz", "rt") as stream:
        rows = list(csv.DictReader(stream))
    result = pool_many(y, v, "REML", "knha")
    assert len(rows) == len(result) == 10_000 and not result.status.any()
    units = {
        "beta": result.se,
        "ci.lb": result.se,
        "ci.ub": result.se,
        "tau2": result.vt,
        "se.tau2": result.vt,
        "I2": 100.0,
    }
    found = Deviations()
    for name in ("tau2", "se.tau2", "beta", "se", "pval", "ci.lb", "ci.ub", "I2", "H2", "QE", "QEp"):
        theirs = np.array([float(row[name]) for row in rows])
        ours = getattr(result, name.lower().replace(".", "_"))
        quantity = {"ci.lb": "ci", "ci.ub": "ci"}.get(name, name.lower().replace(".", "_"))
        found.add(f"pool.{quantity}", ours, theirs, units.get(name, 1e-300), "sim10000")
    assert found.beyond(RTOL) == {}


BCG_AT = "dat.bcg", "RR"

FAILURES: dict[str, dict[str, Any]] = {
    "na_yi": {"yi": [0.1, np.nan, 0.3, 0.5], "vi": [0.1, 0.1, 0.1, 0.2], "missing": "omit"},
    "na_vi": {"yi": [0.1, 0.4, 0.3, 0.5], "vi": [0.1, np.nan, 0.1, 0.2], "missing": "omit"},
    "na_mod": {
        "yi": [0.1, 0.4, 0.3, 0.5],
        "vi": [0.1, 0.2, 0.1, 0.2],
        "mods": [1, np.nan, 3, 4],
        "missing": "omit",
    },
    "identical_yi": {"yi": [0.3] * 4, "vi": [0.1, 0.2, 0.1, 0.3], "test": "knha"},
    "identical_yi_z": {"yi": [0.3] * 4, "vi": [0.1, 0.2, 0.1, 0.3]},
    "huge_scale_PM": {"scale": 1e8, "method": "PM"},
    "nonconv_ML_1": {"yi": [0.1, 0.12, 0.09, 0.11, 25], "vi": [0.01] * 5, "method": "ML"},
    "knha_narrower": {"yi": [0.3, 0.31, 0.29, 0.3], "vi": [0.1, 0.1, 0.12, 0.09], "test": "knha"},
    "adhoc_same": {"yi": [0.3, 0.31, 0.29, 0.3], "vi": [0.1, 0.1, 0.12, 0.09], "test": "adhoc"},
    "level_90": {"level": 90},
    "level_prop": {"level": 0.9},
    "fixed_tau2": {"tau2": 0.1},
    "user_weights": {"weights": range(1, 14)},
}
"""Calls that metafor answers and whose answer is ours; without yi the BCG trials."""

REFUSALS: dict[str, tuple[dict[str, Any], str]] = {
    "zero_variance_EE": ({"yi": [0.1, 0.2, 0.3], "vi": [0, 0.1, 0.1], "method": "EE"}, "row 1, column vi: 0 is not"),
    "zero_variance_REML": ({"yi": [0.1, 0.2, 0.3, 0.9], "vi": [0, 0.1, 0.1, 0.05]}, "row 1, column vi"),
    "zero_variance_DL": ({"yi": [0.1, 0.2, 0.3, 0.9], "vi": [0, 0.1, 0.1, 0.05], "method": "DL"}, "row 1, column vi"),
    "all_zero_variance": ({"yi": [0.1, 0.2, 0.3], "vi": [0, 0, 0]}, "row 1, column vi"),
    "negative_variance": ({"yi": [0.1, 0.2, 0.3], "vi": [-0.1, 0.1, 0.1]}, "row 1, column vi: -0.1 is not"),
    "all_na": ({"yi": [np.nan, np.nan], "vi": [0.1, 0.1], "missing": "omit"}, "no study"),
    "inf_yi": ({"yi": [0.1, np.inf, 0.3, 0.5], "vi": [0.1, 0.1, 0.1, 0.2]}, "row 2, column yi: inf is not finite"),
    "inf_vi": ({"yi": [0.1, 0.4, 0.3, 0.5], "vi": [0.1, np.inf, 0.1, 0.2]}, "row 2, column vi: inf"),
    "length_mismatch": ({"yi": [0.1, 0.4, 0.3], "vi": [0.1, 0.2]}, "yi has 3 values and vi 2"),
    "empty": ({"yi": [], "vi": []}, "no study"),
    "collinear_mods": ({"mods": "ablat twice"}, "column mods2 of mods is constant or a combination"),
    "constant_mod": ({"mods": [3.0] * 13}, "column mods of mods is constant"),
    "too_many_mods": (
        {"yi": [1, 2, 3], "vi": [1, 1, 1], "mods": [[1, 3, 4], [2, 1, 4], [4, 9, 1]]}, "no more studies than coefficients",
    ),
    "maxiter_1": ({"maxiter": 1}, "did not converge"),
}  # fmt: skip
"""Calls that are refused. metafor refuses or warns as well, but for zero variances with REML, an infinite variance,
and moderators that it drops."""

BETTER = {
    "huge_ratio_of_vi": "metafor's default stop at 1e-5",
    "tiny_scale": "metafor stops at the start value on data x 1e-8",
    "huge_scale": "metafor does not converge on data x 1e8",
    "nonconv_REML_2": "metafor's default stop at 1e-5",
    "nonconv_REML_3": "metafor's default stop at 1e-5",
    "bimodal_REML": "metafor stops at 5e-6 on the way to 0",
    "drop_intercept": "metafor takes tau2 from yi - mean(yi), which without an intercept is another model",
    "confint_k1": "confint of metafor: tested as one study",
    "confint_lb_zero": "tested with the interval",
    "confint_both_zero": "tested with the interval",
    "confint_tau2max": "tested with the interval",
}
"""Cases in which we differ from metafor on purpose; each has its test below or in test_pooling.py."""


def bcg(shared: Path) -> tuple[np.ndarray, np.ndarray]:
    return grid.effects(grid.read(grid.reference_files(shared)["dat.bcg"])["suites"]["RR"]["inputs"])


def arguments(shared: Path, case: dict[str, Any]) -> dict[str, Any]:
    y, v = bcg(shared)
    call = {"yi": y, "vi": v, **case}
    scale = call.pop("scale", 1.0)
    if isinstance(call.get("mods"), str):
        raw = numbers(grid.read(grid.reference_files(shared)["dat.bcg"])["raw"]["ablat"])
        call["mods"] = np.column_stack([raw, 2 * raw])
    if scale != 1.0:
        call["yi"], call["vi"] = call["yi"] * scale, call["vi"] * scale**2
    return call


def test_every_edge_case_is_answered_refused_or_on_the_written_list(shared: Path) -> None:
    for version in ("", "v5/"):
        cases = grid.read(grid.reference_files(shared)[f"{version}synth.failures"])["cases"]
        ours = {name for name in cases if not name.startswith(("escalc_", "mh_", "peto_"))}
        assert ours == {*FAILURES, *REFUSALS, *BETTER}
        found = Deviations()
        for name, case in FAILURES.items():
            result = pool(**arguments(shared, case))
            if name == "huge_scale_PM":  # intervals of data x 1e8 end at tau2.max = 100 in metafor
                cases[name] = {
                    key: value for key, value in cases[name].items() if not key.startswith("confint")
                }
            grid.compare(result, cases[name], f"{version}{name}", found, exact=False)
        assert found.beyond({**RTOL, "pool.r2": 1.0}) == {}


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_what_cannot_be_pooled_is_refused_with_its_place(name: str, shared: Path) -> None:
    case, message = REFUSALS[name]
    with pytest.raises(SkinproofError, match=message):
        pool(**arguments(shared, case))


def test_data_in_other_units_give_the_same_answer(shared: Path) -> None:
    """metafor stops at the start value on data x 1e-8 and does not converge on data x 1e8."""
    y, v = bcg(shared)
    plain = pool(y, v, test="knha")
    for scale in (1e-20, 1e-8, 1e8, 1e20):
        other = pool(y * scale, v * scale**2, test="knha")
        assert other.tau2 == pytest.approx(plain.tau2 * scale**2, rel=1e-12)
        assert other.beta == pytest.approx(plain.beta * scale, rel=1e-12)
        assert other.i2 == pytest.approx(plain.i2, rel=1e-12)
        ours, theirs = other.tau2_interval("PL"), plain.tau2_interval("PL")
        assert ours["tau2_ub"] == pytest.approx(theirs["tau2_ub"] * scale**2, rel=1e-9)


def test_without_intercept_metafors_numbers_are_those_of_centred_effects(shared: Path) -> None:
    """Why `drop_intercept` differs: what metafor gives is what we give for yi - mean(yi)."""
    y, v = bcg(shared)
    reference = grid.read(grid.reference_files(shared)["dat.bcg"])
    theirs = grid.read(grid.reference_files(shared)["synth.failures"])["cases"]["drop_intercept"]
    ablat = numbers(reference["raw"]["ablat"])
    centred = pool(y - y.mean(), v, mods=ablat, intercept=False)
    assert centred.tau2 == pytest.approx(theirs["tau2"], rel=1e-9)
    assert centred.qe == pytest.approx(theirs["QE"], rel=1e-12)
    ours = pool(y, v, mods=ablat, intercept=False)
    fixed = pool(y, v, mods=ablat, intercept=False, tau2=theirs["tau2"])
    assert fixed.beta == pytest.approx(theirs["beta"][0], rel=1e-9)
    assert ours.fit_stats("REML")["ll"] > fixed.fit_stats("REML")["ll"] + 1


def test_the_unconverged_cases_are_near_metafors(shared: Path) -> None:
    cases = grid.read(grid.reference_files(shared)["synth.failures"])["cases"]
    calls = {
        "huge_ratio_of_vi": ([1, 2, 3, 4, 5], [1e-8, 0.01, 1, 10, 1e4]),
        "nonconv_REML_2": ([0, 0, 0, 0, 5], [1, 1, 1, 1, 1e-6]),
        "nonconv_REML_3": ([-10, -9.9, 10, 9.8, 0], [1e-5, 1e-4, 1e-5, 1e-3, 5]),
        "bimodal_REML": ([0] * 6 + [3, -3], [0.001] * 6 + [2, 2]),
    }
    for name, (y, v) in calls.items():
        ours = pool(y, v)
        assert ours.tau2 == pytest.approx(cases[name]["tau2"], rel=1e-6, abs=1e-5), name
        assert ours.fit_stats("REML")["ll"] >= cases[name]["fit.stats"]["REML"]["ll"] - 1e-12, name


def test_intervals_of_the_edge_cases_are_metafors_or_wider_where_it_gives_up(shared: Path) -> None:
    cases = grid.read(grid.reference_files(shared)["synth.failures"])["cases"]
    for name, y, v in (
        ("confint_lb_zero", [0.1, 0.2, 0.15, 0.12], [0.1, 0.2, 0.1, 0.3]),
        ("confint_both_zero", [0.1, 0.1001, 0.1002, *[0.1] * 5], [5] * 8),
    ):
        ours = pool(y, v).tau2_interval()
        assert (ours["tau2_lb"], ours["tau2_ub"]) == (
            cases[name]["tau^2"]["ci.lb"],
            cases[name]["tau^2"]["ci.ub"],
        ), name
    wide = pool([-30, 0, 45], [0.1, 0.2, 0.1])
    theirs = cases["confint_tau2max"]["tau^2"]
    assert wide.tau2 == pytest.approx(theirs["estimate"], rel=1e-6)
    assert wide.tau2_interval()["tau2_lb"] == pytest.approx(theirs["ci.lb"], rel=1e-3)
    assert wide.tau2_interval()["tau2_ub"] > theirs["ci.ub"]
    alone = pool([0.1], [0.1]).tau2_interval()
    assert np.isnan(alone["tau2_lb"]) and np.isnan(alone["tau2_ub"])
