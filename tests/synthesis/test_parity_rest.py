"""What the reference files say beside the fits: groups, predictions, likelihoods and back-transformed answers; and that
nothing in the files is passed over without being named."""

from collections import defaultdict
from pathlib import Path

import numpy as np

from skinproof.synthesis import pool
from skinproof.synthesis.effects import back_transform
from tests.synthesis import pooling_grid as grid
from tests.synthesis.escalc_grid import read, reference_files
from tests.synthesis.pooling_grid import Deviations, effects, leaves, numbers
from tests.synthesis.tolerances import RTOL

COMPARED = {
    "file": {
        "suites", "escalc", "mh_peto", "glmm", "metareg", "cases", "mv", "V", "mv_robust", "subgroup", "permutest.ablat", "newpred",
        "cumul.by.year", "profile", "bivariate", "matched_pairs_binary", "prepost_control", "transforms", "aggregate", "mv_ranef",
        "mv_predict", "mv_weights_rowsum", "mv_cooks", "mv_rstudent", "mv_hat",
    },
    "suites": {
        "fits", "fits.default", "regtest", "ranktest", "trimfill", "fsn", "leave1out", "cumul", "influence", "rstandard", "rstudent",
        "robust", "baujat", "backtransformed", "backtransformed.hm", "ipft", "selmodel", "tes", "permutest.exact",
    },
    "metareg": {"fits", "predict", "rstandard", "regtest", "influence"},
}  # fmt: skip
"""Parts of the files, of a suite and of a meta-regression that some test compares."""

INPUTS = {"id", "about", "data_source", "raw", "columns", "note", "inputs", "formula", "X", "yi", "vi"}

NOT_OFFERED = {"blup", "blup.knha", "ranef", "hc", "vif", "locscale"}
"""Shrunken study effects, Henmi and Copas' interval, variance inflation and location-scale models: not part of this room."""


def test_every_part_of_every_reference_file_is_compared_or_named(shared: Path) -> None:
    """A part that nobody compares would look like parity."""
    found = defaultdict(set)
    for path in reference_files(shared).values():
        content = read(path)
        found["file"] |= content.keys()
        for part in ("suites", "metareg"):
            for inner in content.get(part, {}).values():
                found[part] |= inner.keys()
    for level, names in found.items():
        assert names - INPUTS - NOT_OFFERED == COMPARED[level], level
    assert set().union(*found.values()) >= NOT_OFFERED


def test_each_group_pooled_alone_is_metafors(shared: Path) -> None:
    found = Deviations()
    for version in ("", "v5/"):
        content = read(reference_files(shared)[f"{version}dat.bcg"])
        y, v = effects(content["suites"]["RR"]["inputs"])
        groups = np.array(content["raw"]["alloc"])
        assert set(content["subgroup"]) == set(groups)
        for group, leaf in content["subgroup"].items():
            inside = groups == group
            grid.compare(pool(y[inside], v[inside]), leaf["tight"], f"{version}dat.bcg {group}", found)
    assert found.fits == 2 * 3
    assert found.beyond(RTOL) == {}


def test_predicted_risk_ratios_at_new_latitudes_are_metafors(shared: Path) -> None:
    found = Deviations()
    for version in ("", "v5/"):
        content = read(reference_files(shared)[f"{version}dat.bcg"])
        y, v = effects(content["suites"]["RR"]["inputs"])
        ours = pool(y, v, mods=numbers(content["raw"]["ablat"])).predict(np.arange(0.0, 61.0, 10.0))
        for name, values in content["newpred"].items():
            if name != "se":  # metafor gives none on this scale
                value = np.exp(getattr(ours, name.replace(".", "_")))
                found.add("pool.newpred", value, values, 1e-300, f"{version}dat.bcg {name}")
    assert found.beyond(RTOL) == {}


def test_the_likelihood_along_tau2_is_metafors(shared: Path) -> None:
    found = Deviations()
    for version in ("", "v5/"):
        content = read(reference_files(shared)[f"{version}dat.bcg"])
        y, v = effects(content["suites"]["RR"]["inputs"])
        ours = [pool(y, v, tau2=tau2).fit_stats("REML")["ll"] for tau2 in content["profile"]["tau2"]]
        found.add("pool.profile", ours, content["profile"]["ll"], 1.0, f"{version}dat.bcg")
    assert found.beyond(RTOL) == {}


def test_answers_on_the_readers_scale_are_metafors(shared: Path) -> None:
    """A pooled proportion or correlation that is turned back wrongly is wrong in the sentence that people read."""
    found, compared = Deviations(), 0
    for file, label, suite in leaves(shared, "suites"):
        for key in {"backtransformed", "backtransformed.hm", "ipft"} & suite.keys():
            where, size = f"{file} {label} {key}", numbers(suite["inputs"]["ni"])
            compared += 1
            if key == "ipft":
                each = [
                    back_transform("PFT", y, n)
                    for y, n in zip(numbers(suite["inputs"]["yi"]), size, strict=True)
                ]
                found.add("pool.back", each, suite[key], 0.01, where)
                continue
            result = pool(*effects(suite["inputs"]))
            for name in ("pred", "ci.lb", "ci.ub", "pi.lb", "pi.ub"):
                ours = {"pred": result.beta}.get(name) or getattr(result, name.replace(".", "_"))
                found.add("pool.back", back_transform(label, ours, size), suite[key][name], 0.01, where)
    assert compared == 12 + 4 + 4
    assert found.beyond(RTOL) == {}
