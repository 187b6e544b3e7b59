"""Every multilevel, multivariate and network model of the reference files, built again, and how far ours is
from it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from skinproof.synthesis.covariance import vcalc
from skinproof.synthesis.multilevel import pool_multilevel
from skinproof.synthesis.multilevel_result import MultilevelResult
from skinproof.synthesis.regression import design
from tests.synthesis.escalc_grid import read, reference_files
from tests.synthesis.pooling_grid import Deviations, Leaf, numbers

MODELS = {
    "dat.assink2016": ("mods deltype", "vcalc rho=.6", "~1|study/esid", "~1|study/esid t"),
    "dat.bcg": ("bivariate",),
    "dat.begg1989": ("~trt, random=~1|study/arm",),
    "dat.berkey1998": ("FE", "UN ML", "UN REML", "UN year"),
    "dat.knapp2017": ("mods difficulty t", "~1|study/obs"),
    "dat.konstantopoulos2011": (
        "ML ~1|district/school", "REML mods=~I(year-mean(year))", "REML t dfs=contain", "REML ~1|district/school",
        "REML ~1|district/school t", "REML ~factor(school)|district CS", "default",
    ),
    "v5/dat.bcg": ("bivariate",),
}  # fmt: skip
"""Every fit of rma.mv in the files; all are compared."""

WITHOUT_INTERVALS = {
    ("dat.assink2016", "vcalc rho=.6"),
    ("dat.berkey1998", "UN REML"),
    ("dat.knapp2017", "~1|study/obs"),
    ("dat.konstantopoulos2011", "ML ~1|district/school"),
    ("dat.konstantopoulos2011", "REML ~1|district/school"),
    ("dat.konstantopoulos2011", "default"),
}
"""Intervals that metafor was asked for and did not find ("convergence problems"): nothing to compare with."""

FURTHER = {
    "dat.assink2016": {"mv_robust", "aggregate", "V"},
    "dat.berkey1998": {"V"},
    "dat.konstantopoulos2011": {
        "mv_robust", "mv_ranef", "mv_predict", "mv_weights_rowsum", "mv_cooks", "mv_rstudent", "mv_hat",
    },
}  # fmt: skip
"""What the files say about these models beside the fits; all of it is compared."""

ABSENT = ("senn2013", "ishak2007")
"""Data sets that the reference's own list names and its folder does not hold."""


def models(shared: Path) -> Iterator[tuple[str, str, Leaf, Leaf]]:
    """(file, name, fit, whole file) of every rma.mv fit of both versions."""
    for file, path in reference_files(shared).items():
        content = read(path)
        for name, leaf in content.get("mv", {}).items():
            yield file, name, leaf, content
        if "bivariate" in content:
            yield file, "bivariate", content["bivariate"], content


def refit(file: str, name: str, leaf: Leaf, content: Leaf) -> MultilevelResult:
    """Our fit of the same model."""
    raw, kwargs = content["raw"], {}
    y, v = numbers(raw.get("yi", [])), numbers(raw.get("vi", []))
    match file.removeprefix("v5/"):
        case "dat.assink2016":
            kwargs["clusters"] = {"study": raw["study"], "esid": raw["esid"]}
            if "deltype" in name:
                kwargs["mods"] = design({"deltype": raw["deltype"]})
            if "vcalc" in name:
                v = vcalc(v, raw["study"], rho=0.6)
        case "dat.bcg":
            y, v, kwargs = _bivariate(raw)
        case "dat.begg1989":
            kwargs = {
                "clusters": {"study": raw["study"], "id": range(len(y))},
                "mods": design({"trt": raw["trt"]}),
            }
        case "dat.berkey1998":
            v, kwargs = np.array(content["V"]), _outcomes(raw, name)
        case "dat.knapp2017":
            kwargs["clusters"] = {"study": raw["study"], "obs": raw["obs"]}
            if "difficulty" in name:
                kwargs |= {"mods": numbers(raw["difficulty"]), "missing": "omit"}
        case "dat.konstantopoulos2011":
            kwargs["clusters"] = {"district": raw["district"], "school": raw["school"]}
            if "CS" in name:
                kwargs = {"clusters": {"district": raw["district"]}, "levels": raw["school"], "struct": "CS"}
            if "mods" in name:
                kwargs["mods"] = numbers(raw["year"]) - np.mean(numbers(raw["year"]))
    dfs = "contain" if "contain" in name else "residual"
    return pool_multilevel(y, v, method=leaf["method"], test=leaf["test"], dfs=dfs, **kwargs)


def _bivariate(raw: Leaf) -> tuple[Any, Any, dict[str, Any]]:
    """Log odds of the disease in the vaccinated (group 1) and in the controls (group 2) of each trial."""
    cells = {name: numbers(raw[name]) for name in ("tpos", "tneg", "cpos", "cneg")}
    y = np.column_stack([np.log(cells[f"{arm}pos"] / cells[f"{arm}neg"]) for arm in "tc"]).ravel()
    v = np.column_stack([1 / cells[f"{arm}pos"] + 1 / cells[f"{arm}neg"] for arm in "tc"]).ravel()
    group = ["1", "2"] * (len(y) // 2)
    # the reference has the controls first
    levels = ["a control" if g == "2" else "b vaccinated" for g in group]
    columns = np.array([[g == "2", g == "1"] for g in group], dtype=float)
    trial = np.repeat(np.arange(len(y) // 2), 2)
    return y, v, {"mods": columns, "intercept": False, "clusters": trial, "levels": levels, "struct": "UN"}


def _outcomes(raw: Leaf, name: str) -> dict[str, Any]:
    columns = np.array([[outcome == "AL", outcome == "PD"] for outcome in raw["outcome"]], dtype=float)
    if "year" in name:
        columns = np.column_stack([columns, columns * (numbers(raw["year"]) - 1983)[:, None]])
    kwargs: dict[str, Any] = {"mods": columns, "intercept": False}
    if name != "FE":
        kwargs |= {"clusters": raw["trial"], "levels": raw["outcome"], "struct": "UN"}
    return kwargs


def compare(result: MultilevelResult, leaf: Leaf, where: str, into: Deviations) -> None:
    """Every quantity of a fit, relative to the reference, or to the unit of the quantity where that is
    larger.
    """
    into.fits += 1
    se = float(np.max(np.abs(numbers(leaf["se"]))))
    typical = float(np.median(result.model.v.diagonal))
    for ours, theirs, unit in (
        ("beta", "beta", se), ("se", "se", 1e-300), ("zval", "zval", 1.0), ("ci_lb", "ci.lb", se), ("ci_ub", "ci.ub", se),
        ("vb", "vb", se * se), ("qe", "QE", 1e-300), ("qep", "QEp", 1e-300), ("qm", "QM", 1.0),
    ):  # fmt: skip
        into.add(f"mv.{ours}", getattr(result, ours), leaf[theirs], unit, where)
    for ours, theirs in (("pval", "pval"), ("qmp", "QMp")):
        # of p-values beyond 1e-100 only the size of the statistic is told, and that is compared above
        ours_log, theirs_log = (
            np.log(np.maximum(np.atleast_1d(p), 1e-300))
            for p in (getattr(result, ours), numbers(leaf[theirs]))
        )
        into.add(f"mv.{ours}", ours_log, theirs_log, 1.0, where)
    for kind in ("sigma2", "tau2", "gamma2"):
        if (found := getattr(result, kind)).size:
            into.add("mv.variance", found, leaf[kind], typical, where)
        else:
            assert not np.any(numbers(leaf[kind])), where
    for kind in ("rho", "phi"):
        if (found := getattr(result, kind)).size:
            into.add("mv.correlation", found, leaf[kind], 1.0, where)
    m, df = result.qm_df
    assert m == leaf["QMdf"][0] and result.k == leaf["k"], where
    into.add("mv.df", df, leaf["QMdf"][1] if leaf["QMdf"][1] is not None else np.inf, 1.0, where)
    into.add("mv.df", result.ddf, [np.inf if d is None else d for d in leaf["ddf"]], 1.0, where)
    for kind in ("ML", "REML"):
        stats = result.fit_stats(kind)
        for theirs, value in leaf["fit.stats"][kind].items():
            into.add("mv.fit", stats[theirs.lower()], value, 1.0, where)
