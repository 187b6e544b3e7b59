"""The diagnostics of the reference files: every suite, each with its version, and how far a value is from its reference."""

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.pooling import pool
from tests.synthesis.tolerances import FLOOR

Leaf = dict[str, Any]


class Suite:
    """One data set and effect measure: its effects, and all that metafor says of them."""

    def __init__(self, where: str, content: Leaf) -> None:
        self.where, self.content = where, content
        self.newer = where.startswith("v5/")
        inputs = content["inputs"]
        self.y, self.v = numbers(inputs["yi"]), numbers(inputs["vi"])
        self.n = None if inputs.get("ni") is None else numbers(inputs["ni"])

    def fit(self, method: str = "REML", test: str = "z") -> PoolResult:
        return fitted(self.where, method, test)


def numbers(values: Any) -> np.ndarray:
    """Reference values as floats; null and "NaN" are NaN."""
    listed = values if isinstance(values, list) else [values]
    return np.array([np.nan if value is None else float(value) for value in listed], dtype=np.float64)


@cache
def read(path: Path) -> Leaf:
    with gzip.open(path) as file:
        content: Leaf = json.load(file)
    return content


_SUITES: dict[str, Suite] = {}


def suites(shared: Path) -> list[Suite]:
    """Every suite of both versions, in the order of the files."""
    if not _SUITES:
        folder = shared / "reference" / "metafor"
        for path in [*sorted(folder.glob("*.json.gz")), *sorted((folder / "v5").glob("*.json.gz"))]:
            version = "v5/" if path.parent.name == "v5" else ""
            for measure, content in read(path).get("suites", {}).items():
                where = f"{version}{path.name.removesuffix('.json.gz')}/{measure}"
                _SUITES[where] = Suite(where, content)
    return list(_SUITES.values())


def having(shared: Path, name: str) -> Iterator[tuple[Suite, Any]]:
    """The suites in which this diagnostic is given."""
    for suite in suites(shared):
        if name in suite.content:
            yield suite, suite.content[name]


@cache
def fitted(where: str, method: str, test: str) -> PoolResult:
    suite = _SUITES[where]
    return pool(suite.y, suite.v, method, test)


class Deviations:
    """The largest deviation of each quantity, and where it is.

    gaps: where metafor has no value (it did not converge there) and we have one, with the places of these values.
    """

    def __init__(self) -> None:
        self.largest: dict[str, tuple[float, str]] = {}
        self.gaps: dict[str, set[int]] = {}
        self.compared = 0

    def add(self, quantity: str, ours: Any, reference: Any, where: str, floor: float = FLOOR) -> None:
        mine, theirs = np.atleast_1d(np.asarray(ours, dtype=np.float64)), numbers(reference)
        size = np.inf
        if mine.shape == theirs.shape:
            gaps = np.isnan(theirs) & ~np.isnan(mine)
            if gaps.any():
                self.gaps.setdefault(where, set()).update(int(place) for place in np.flatnonzero(gaps))
            size = deviation(mine[~gaps], theirs[~gaps], floor)
        self.compared += 1
        if size >= self.largest.get(quantity, (-1.0, ""))[0]:
            self.largest[quantity] = (size, where)

    def beyond(self, tolerances: dict[str, float]) -> dict[str, tuple[float, str]]:
        """What is further from its reference than its tolerance."""
        return {name: found for name, found in self.largest.items() if not found[0] <= tolerances[name]}


def deviation(ours: np.ndarray, reference: np.ndarray, floor: float = FLOOR) -> float:
    """The largest relative difference (absolute below `floor`); inf where only one has a value."""
    if (np.isnan(ours) != np.isnan(reference)).any():
        return np.inf
    same = (ours == reference) | np.isnan(ours)
    size = np.abs(ours - reference)[~same] / np.maximum(floor, np.abs(reference[~same]))
    return float(np.max(size, initial=0.0))
