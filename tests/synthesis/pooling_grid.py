"""Every fit of the reference files, and how far ours is from it, quantity by quantity.

A difference is judged relative to the reference value, or to the unit of the quantity where that is larger: the
standard error for an estimate and its bounds, the typical sampling variance for tau2, 1 for z and log likelihoods, 100 for
percentages. The relative error of a value near 0 says nothing.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from skinproof.synthesis.pool_result import PoolResult
from tests.synthesis.escalc_grid import read, reference_files

Leaf = dict[str, Any]

FITS = {
    "EE/z", "EE/t", "DL/adhoc", "REML/t", "REML/adhoc", "REML/unweighted",
    *(f"{method}/{test}" for method in ("DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM", "PMM", "DLIT", "SJIT", "GENQ")
      for test in ("z", "knha")),
}  # fmt: skip
"""The fits of a suite; files of `v5/` hold some of them."""

REGRESSIONS = {"EE/z", *(f"{method}/{test}" for method in ("DL", "ML", "REML", "HS", "EB", "SJ", "HE", "PM")
                         for test in ("z", "knha"))}  # fmt: skip

SCALARS = {
    "beta": "beta", "se": "se", "zval": "zval", "pval": "pval", "ci_lb": "ci.lb", "ci_ub": "ci.ub", "vb": "vb",
    "tau2": "tau2", "se_tau2": "se.tau2", "i2": "I2", "h2": "H2", "r2": "R2", "vt": "vt", "s2w": "s2w", "qe": "QE",
    "qep": "QEp", "qm": "QM", "qmp": "QMp", "weights": "weights",
}  # fmt: skip


def numbers(value: Any) -> np.ndarray:
    """Reference values as a flat float array; null is NaN."""
    flat = np.array(value, dtype=object).ravel()
    return np.array([np.nan if item is None else float(item) for item in flat])


class Deviations:
    """The largest deviation of each quantity and where it is."""

    def __init__(self) -> None:
        self.largest: dict[str, tuple[float, str]] = defaultdict(lambda: (0.0, ""))
        self.fits = 0

    def add(self, quantity: str, ours: Any, theirs: Any, unit: Any, where: str) -> None:
        """unit: one for all numbers, or one for each."""
        a, b = np.asarray(ours, dtype=np.float64).ravel(), numbers(theirs)
        assert a.shape == b.shape, f"{where} {quantity}"
        same = (a == b) | (np.isnan(a) & np.isnan(b))
        a, b = a[~same], b[~same]
        size = np.abs(a - b) / np.maximum(np.abs(b), np.broadcast_to(unit, same.shape)[~same])
        found = float(np.max(np.where(np.isnan(size), np.inf, size), initial=0.0))
        if found > self.largest[quantity][0]:
            self.largest[quantity] = (found, where)

    def beyond(self, tolerances: dict[str, float]) -> dict[str, tuple[float, str]]:
        """What is further from its reference than the table allows."""
        return {name: found for name, found in self.largest.items() if not found[0] <= tolerances[name]}


def compare(result: PoolResult, leaf: Leaf, where: str, into: Deviations, *, exact: bool = True) -> None:
    """Every quantity of a fit; exact: whether metafor was asked to search its intervals to the last digit."""
    into.fits += 1
    se = float(np.max(np.abs(numbers(leaf["se"]))))
    vt = float(result.vt) or 1.0
    units = {
        "beta": se, "ci_lb": se, "ci_ub": se, "zval": 1.0, "vb": se * se, "tau2": vt, "se_tau2": vt, "h2": 1.0,
        "i2": 100.0, "r2": 100.0, "weights": 1e-300, "qe": 1e-300, "qep": 1e-300, "pval": 1e-300, "qmp": 1e-300,
        "se": 1e-300, "qm": 1.0, "s2w": 1e-300, "vt": 1e-300,
    }  # fmt: skip
    for ours, theirs in SCALARS.items():
        if ours in ("r2", "vt", "qm", "qmp") and leaf.get(theirs) is None:
            continue  # not given: no moderators, no test against a variance of 0
        if ours == "vt" and result.k == 1:
            continue
        name = {"ci_lb": "ci", "ci_ub": "ci"}.get(ours, ours)
        value = getattr(result, ours)
        if ours == "weights":
            value = value[np.isfinite(result.many.problem.v[0])]  # of the studies that were not left out
        into.add(f"pool.{name}", value, leaf[theirs], units[ours], where)
    assert result.qm_df == leaf["QMdf"][0] and result.k == leaf["k"], where
    for kind in ("ML", "REML"):
        stats = result.fit_stats(kind)
        for theirs, value in leaf["fit.stats"][kind].items():
            into.add("pool.fit", stats[theirs.lower()], value, 1.0, where)
    _compare_prediction(result, leaf, se, where, into)
    _compare_interval(result, leaf, vt, where, into, exact)


def _compare_prediction(result: PoolResult, leaf: Leaf, se: float, where: str, into: Deviations) -> None:
    for theirs, kind in (("predict", "t"), ("predict.riley", "riley")):
        if theirs not in leaf or result.many.problem.x is not None:
            continue
        found = result.predict(kind=kind)
        for name, value in leaf[theirs].items():
            quantity = "pi" if name.startswith("pi") else "ci"
            into.add(f"pool.{quantity}", getattr(found, name.replace(".", "_")), value, se, where)


def _compare_interval(
    result: PoolResult, leaf: Leaf, vt: float, where: str, into: Deviations, exact: bool
) -> None:
    for theirs, kind in (("confint.tau2", "QP"), ("confint.tau2.PL", "PL")):
        bounds = leaf.get(theirs)
        if bounds is None or "error" in bounds:
            continue
        found = result.tau2_interval(kind)
        for name, unit, label in (
            ("tau2", vt, "tau^2"),
            ("tau", vt**0.5, "tau"),
            ("i2", 100.0, "I^2(%)"),
            ("h2", 1.0, "H^2"),
        ):
            quantity = "pool.tau2_interval" if exact else "pool.tau2_interval.default"
            into.add(quantity, found[f"{name}_lb"], bounds[label]["ci.lb"], unit, where)
            if bounds["ub.sign"] == ">":  # metafor gives up there; ours must lie beyond
                assert found[f"{name}_ub"] > numbers(bounds[label]["ci.ub"])[0], where
            else:
                into.add(quantity, found[f"{name}_ub"], bounds[label]["ci.ub"], unit, where)


def leaves(shared: Path, part: str) -> Iterator[tuple[str, str, Leaf]]:
    """(file, name, content) of each suite or each meta-regression of both versions."""
    for name, path in reference_files(shared).items():
        for label, content in (read(path).get(part) or {}).items():
            yield name, label, content


def effects(content: Leaf) -> tuple[np.ndarray, np.ndarray]:
    """(k,) effects and variances of a suite, without the studies that have none."""
    y, v = numbers(content["yi"]), numbers(content["vi"])
    given = ~(np.isnan(y) | np.isnan(v))
    return y[given], v[given]
