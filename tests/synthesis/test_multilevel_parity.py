"""Every rma.mv number of the reference files, fit by fit; what metafor could not find is listed in
multilevel_grid.
"""

from pathlib import Path

import numpy as np
import pytest

from skinproof.synthesis.covariance import aggregate, vcalc
from skinproof.synthesis.multilevel_diagnostics import deleted, hatvalues, ranef, weights
from skinproof.synthesis.multilevel_profile import confint
from tests.synthesis import multilevel_grid as grid
from tests.synthesis.escalc_grid import read, reference_files
from tests.synthesis.pooling_grid import Deviations, numbers
from tests.synthesis.tolerances import RTOL


def test_the_grid_of_models_is_whole(shared: Path) -> None:
    found: dict[str, set[str]] = {}
    further: dict[str, set[str]] = {}
    for file, name, leaf, content in grid.models(shared):
        found.setdefault(file, set()).add(name)
        assert "error" not in leaf, f"{file} {name}: metafor refused it"
        beside = {key for key in content if key.startswith("mv_") or key in ("aggregate", "V")}
        if beside:
            further[file] = beside
    assert found == {file: set(names) for file, names in grid.MODELS.items()}
    assert further == grid.FURTHER
    assert not [file for file in reference_files(shared) if any(name in file for name in grid.ABSENT)]


def test_every_model_agrees_with_metafor(shared: Path) -> None:
    deviations = Deviations()
    for file, name, leaf, content in grid.models(shared):
        result = grid.refit(file, name, leaf, content)
        grid.compare(result, leaf, f"{file} {name}", deviations)
        # metafor's search stops near the top; ours must not be lower by more than the digits of a log likelihood
        theirs = leaf["fit.stats"][leaf["method"]]["ll"]
        assert result.fit_stats()["ll"] >= theirs - 1e-9, f"{file} {name}"
        slope = np.abs(result.maximum.point.slope)
        assert np.all(slope < 1e-5), f"{file} {name}: not at the top"
    assert deviations.fits == sum(map(len, grid.MODELS.values()))
    assert not deviations.beyond(RTOL)


def test_profile_intervals_agree_where_metafor_found_one(shared: Path) -> None:
    deviations, without, compared = Deviations(), set(), 0
    for file, name, leaf, content in grid.models(shared):
        reference = leaf.get("confint")
        if reference is None:
            continue
        if isinstance(reference, dict):
            assert "warnings" in reference
            without.add((file, name))
            continue
        result = grid.refit(file, name, leaf, content)
        typical = float(np.median(result.model.v.diagonal))
        for ours, entry in zip(confint(result), reference, strict=True):
            theirs = next(iter(entry.values()))
            unit = typical if ours.kind == "sigma2" or ours.kind == "tau2" else 1.0
            compared += 1
            for end in ("lb", "ub"):
                where = f"{file} {name} {ours.kind} {ours.of}"
                deviations.add("mv.interval", getattr(ours, f"ci_{end}"), [theirs[f"ci.{end}"]], unit, where)
    assert without == grid.WITHOUT_INTERVALS
    assert compared == 9
    assert not deviations.beyond(RTOL)


@pytest.fixture(scope="module")
def schools(shared: Path) -> tuple[object, dict]:
    content = read(reference_files(shared)["dat.konstantopoulos2011"])
    name = "REML ~1|district/school"
    return grid.refit("dat.konstantopoulos2011", name, content["mv"][name], content), content


def test_weights_leverages_and_random_effects_agree(schools: tuple) -> None:
    result, content = schools
    deviations = Deviations()
    deviations.add("mv.weights", weights(result), content["mv_weights_rowsum"], 1e-300, "weights")
    deviations.add("mv.weights", hatvalues(result), content["mv_hat"], 1e-300, "hat")
    for ours, (name, theirs) in zip(ranef(result), content["mv_ranef"].items(), strict=True):
        assert ours.term == name
        deviations.add("mv.ranef", ours.intrcpt, theirs["intrcpt"], 0.1, name)
        deviations.add("mv.ranef", ours.se, theirs["se"], 0.1, name)
    predicted = result.predict()
    for name, value in content["mv_predict"].items():
        deviations.add("mv.beta", getattr(predicted, name.replace(".", "_")), value, 0.1, name)
    assert not deviations.beyond(RTOL)


def test_what_leaving_out_a_row_changes_agrees_where_metafor_converged(schools: tuple) -> None:
    result, content = schools
    ours = deleted(result)
    assert not ours.status.any()
    theirs = {name: numbers(values) for name, values in content["mv_rstudent"].items()}
    theirs["cook_d"] = numbers(content["mv_cooks"])
    given = ~np.isnan(theirs["cook_d"])
    assert given.sum() == 28, "metafor's search failed for the other 28 rows"
    deviations = Deviations()
    for name, values in theirs.items():
        deviations.add("mv.deleted", getattr(ours, name)[given], values[given], 0.1, name)
    assert not deviations.beyond(RTOL)


def test_covariances_from_an_assumed_correlation_and_their_aggregate_agree(shared: Path) -> None:
    content = read(reference_files(shared)["dat.assink2016"])
    raw, reference = content["raw"], content["V"]
    v = vcalc(numbers(raw["vi"]), raw["study"], rho=reference["rho"])
    deviations = Deviations()
    deviations.add("mv.vcalc", v.diagonal, reference["diag"], 1e-300, "diagonal")
    deviations.add("mv.vcalc", v.dense()[:6, :6], reference["first6"], 1e-300, "first rows")
    deviations.add("mv.vcalc", v.dense().sum(), reference["sum"], 1e-300, "sum")
    yi, vi, studies = aggregate(numbers(raw["yi"]), v, raw["study"])
    assert [int(study) for study in studies] == content["aggregate"]["study"]
    deviations.add("mv.vcalc", yi, content["aggregate"]["yi"], 1e-3, "aggregate")
    deviations.add("mv.vcalc", vi, content["aggregate"]["vi"], 1e-300, "aggregate")
    assert not deviations.beyond(RTOL)
