"""Cluster-robust standard errors: the reference's, the definition worked out in full, and refusals."""

from pathlib import Path

import numpy as np
import pytest

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import pool
from skinproof.synthesis.cluster_robust import Robust, robust
from skinproof.synthesis.multilevel import pool_multilevel
from tests.synthesis import multilevel_grid as grid
from tests.synthesis.escalc_grid import read, reference_files
from tests.synthesis.pooling_grid import Deviations, Leaf, effects, leaves
from tests.synthesis.tolerances import RTOL

NAMES = {"adjust": "CR1", "noadjust": "CR0", "CR2": "CR2"}
"""The keys of a suite's `robust` and what they are."""

WITHOUT = {"dat.hartmannboyce2018", "dat.konstantopoulos2011", "dat.mcdaniel1994", "dat.vanhowe1999"}
"""Files whose suites were not asked for robust tests."""


def compare(ours: Robust, leaf: Leaf, quantity: str, where: str, into: Deviations) -> None:
    into.fits += 1
    se = float(leaf["se"][0])
    for name, theirs, unit in (
        ("beta", "beta", se), ("se", "se", 1e-300), ("zval", "zval", 1.0), ("pval", "pval", 1e-300), ("ci_lb", "ci.lb", se),
        ("ci_ub", "ci.ub", se), ("dfs", "dfs", 1.0), ("qm", "QM", 1.0), ("qmp", "QMp", 1e-300),
    ):  # fmt: skip
        into.add(quantity, getattr(ours, name), leaf[theirs], unit, f"{where} {name}")
    into.add(quantity, ours.qm_df, leaf["QMdf"], 1.0, where)
    assert ours.n_clusters == leaf["n.clusters"]


def test_every_robust_test_of_a_suite_agrees(shared: Path) -> None:
    deviations, seen, without = Deviations(), 0, set()
    for file, label, content in leaves(shared, "suites"):
        if "robust" not in content:
            without.add(file.removeprefix("v5/"))
            continue
        y, v = effects(content["inputs"])
        result = pool(y, v)
        assert set(content["robust"]) == set(NAMES)
        for key, adjust in NAMES.items():
            ours = robust(result, range(len(y)), adjust)
            compare(ours, content["robust"][key], "robust", f"{file} {label} {key}", deviations)
            seen += 1
    assert without == WITHOUT
    assert deviations.fits == seen > 300
    assert not deviations.beyond(RTOL)


def test_every_robust_test_of_a_multilevel_model_agrees(shared: Path) -> None:
    deviations = Deviations()
    for file, base, cluster in (
        ("dat.konstantopoulos2011", "REML ~1|district/school", "district"),
        ("dat.assink2016", "~1|study/esid", "study"),
    ):
        content = read(reference_files(shared)[file])
        for key, leaf in content["mv_robust"].items():
            name = "vcalc rho=.6" if key.startswith("vcalc") else base
            result = grid.refit(file, name, content["mv"][name], content)
            ours = robust(result, content["raw"][cluster], key.removeprefix("vcalc."))
            compare(ours, leaf, "robust.mv", f"{file} {key}", deviations)
    assert deviations.fits == 7
    assert not deviations.beyond(RTOL)


def in_full(x: np.ndarray, w: np.ndarray, phi: np.ndarray, r: np.ndarray, groups: np.ndarray) -> tuple:
    """The CR2 sandwich and the approximated degrees of freedom of any contrast, by (k, k) matrices."""
    k = len(x)
    bread = np.linalg.inv(x.T @ w @ x)
    rest = np.eye(k) - x @ bread @ x.T @ w
    spread = rest @ phi @ rest.T
    maps, middle = [], 0.0
    for group in np.unique(groups):
        inside = groups == group
        here = np.ix_(inside, inside)
        root = np.linalg.cholesky(phi[here]).T
        values, vectors = np.linalg.eigh(root @ spread[here] @ root.T)
        a = root.T @ (vectors / np.sqrt(values)) @ vectors.T @ root
        side = bread @ x[inside].T @ w[here] @ a
        maps.append(side @ rest[inside])
        middle = middle + np.outer(side @ r[inside], side @ r[inside])

    def eta(contrast: np.ndarray) -> float:
        target = contrast @ bread @ x.T @ w @ phi @ w @ x @ bread @ contrast.T
        values, vectors = np.linalg.eigh(target)
        white = (vectors / np.sqrt(values)) @ vectors.T @ contrast
        total = 0.0
        for one in maps:
            for two in maps:
                o = white @ one @ phi @ two.T @ white.T
                total += np.trace(o) ** 2 + np.trace(o @ o)
        return len(contrast) * (len(contrast) + 1) / total

    return middle, eta


@pytest.mark.parametrize("kind", ["weighted", "unweighted", "multilevel"])
def test_cr2_is_its_definition(kind: str) -> None:
    rng = np.random.default_rng(1)
    k = 30
    groups = np.repeat(np.arange(10), 3)
    x = np.column_stack([np.ones(k), rng.normal(size=k), rng.normal(size=10)[groups]])
    y, v = rng.normal(size=k) + rng.normal(0, 1, 10)[groups], rng.uniform(0.1, 0.5, k)
    if kind == "multilevel":
        result = pool_multilevel(y, v, clusters={"g": groups, "row": range(k)}, mods=x[:, 1:])
        phi = np.zeros((k, k))
        for rows, blocks in result.marginal:
            for row, block in zip(rows, blocks, strict=True):
                phi[np.ix_(row, row)] = block
        w = np.linalg.inv(phi)
    else:
        result = pool(y, v, mods=x[:, 1:], weighted=kind == "weighted")
        phi = np.diag(v + result.tau2)
        w = np.linalg.inv(phi) if kind == "weighted" else np.eye(k)
    ours = robust(result, groups)
    sandwich, eta = in_full(x, w, phi, y - x @ np.asarray(result.beta), groups)
    assert ours.vb == pytest.approx(sandwich, rel=1e-7, abs=1e-12)
    assert ours.dfs == pytest.approx([eta(np.eye(3)[[j]]) for j in range(3)], rel=1e-7)
    assert ours.qm_df[1] == pytest.approx(eta(np.eye(3)[1:]) - 1, rel=1e-7)


def test_equal_weights_and_clusters_of_one_give_the_t_test() -> None:
    y = np.array([0.1, 0.4, 0.35, 0.8, 0.2])
    result = pool(y, np.full(5, 1e-3), "EE")
    ours = robust(result, range(5))
    assert ours.se == pytest.approx(y.std(ddof=1) / np.sqrt(5))
    assert ours.dfs[0] == pytest.approx(4)
    assert ours.ci_lb < ours.beta < ours.ci_ub
    plain = robust(result, range(5), "CR0")
    assert plain.se == pytest.approx(y.std(ddof=0) / np.sqrt(5))
    assert robust(result, range(5), "CR1").vb == pytest.approx(plain.vb * 5 / 4)


def test_few_degrees_of_freedom_are_said() -> None:
    y = np.array([0.1, 0.4, 0.35, 0.8])
    result = pool(y, [0.001, 1, 1, 1], "EE")
    ours = robust(result, ["a", "b", "c", "d"])
    assert ours.dfs[0] < 4
    assert "fewer than 4 degrees of freedom" in ours.notes[0]
    assert "too narrow" in robust(result, ["a", "b", "c", "d"], "CR1").notes[0]


def test_what_has_no_robust_variance_is_refused() -> None:
    y, v = np.array([0.1, 0.4, 0.3, 0.8, 0.5, 0.2]), np.full(6, 0.1)
    result = pool(y, v)
    with pytest.raises(UsageError, match="no adjustment 'CR9'"):
        robust(result, range(6), "CR9")
    with pytest.raises(SynthesisError, match="1 clusters for 1 coefficients"):
        robust(result, ["a"] * 6)
    with pytest.raises(SynthesisError, match="5 labels for 6 rows"):
        robust(result, range(5))
    with pytest.raises(SynthesisError, match="row 3, column cluster"):
        robust(result, ["a", "b", None, "a", "b", "c"])
    decided = pool(y, v, mods=np.array([1.0, 1, 0, 0, 0, 0]), names=["arm"])
    with pytest.raises(SynthesisError, match="coefficient arm: cluster a alone decides it"):
        robust(decided, ["a", "a", "b", "b", "c", "d"])
    nested = pool_multilevel([0.1, 0.2, 0.9, 1.0, 1.8, 1.7], v, clusters=["a", "a", "b", "b", "c", "c"])
    with pytest.raises(SynthesisError, match="rows 1 and 2 are in different clusters but depend"):
        robust(nested, range(6))


def test_clusters_that_do_not_differ_or_are_too_few_are_refused() -> None:
    same = pool([0.5, 0.5, 0.5], [0.1, 0.2, 0.3])
    with pytest.raises(SynthesisError, match="the clusters do not differ at all"):
        robust(same, range(3))
    rng = np.random.default_rng(8)
    four = pool(rng.normal(size=24), np.full(24, 0.5), mods=rng.normal(size=(24, 3)))
    with pytest.raises(SynthesisError, match="4 clusters for 4 coefficients"):
        robust(four, np.repeat(np.arange(4), 6))


def test_given_weights_are_kept() -> None:
    y, v, w = [0.1, 0.5, 0.3, 0.9], [0.1, 0.2, 0.1, 0.3], [1.0, 2.0, 3.0, 4.0]
    result = pool(y, v, weights=w)
    assert robust(result, range(4)).beta == pytest.approx(np.average(y, weights=w))
