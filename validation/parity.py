"""How far every quantity is from metafor's, at most, over all reference files: the parity table.

Run: `python validation/parity.py` prints the page, `--write` puts it into `parity.md`. It needs the reference outputs
(`../shared/reference/metafor`, or SKINPROOF_SHARED) and pytest; without the files it says so and stops.

Nothing is compared here: the parity tests themselves are run, and what they compare is kept. So the table can say nothing
that the tests do not check, and a test that fails or is skipped stands in it.
"""

import importlib
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PAGE = HERE / "parity.md"
TESTS = "tests/synthesis"

ROOMS = {
    "escalc": "Effect sizes and sampling variances (`escalc`)",
    "tetrachoric": "Tetrachoric correlations (metafor: by a general optimiser)",
    "transf": "Back-transformations",
    "pool": "Pooling, meta-regression and intervals of tau2 (`pool`, `pool_many`)",
    "leave1out": "Leaving out each study",
    "cumul": "Cumulative pooling",
    "influence": "Influence",
    "rstandard": "Standardised residuals",
    "rstudent": "Deleted residuals",
    "baujat": "Baujat",
    "regtest": "Regression tests of the funnel",
    "ranktest": "Rank test of the funnel",
    "trimfill": "Trim and fill",
    "fsn": "Fail-safe N",
    "tes": "Excess significance",
    "selmodel": "Selection models (metafor: Nelder and Mead)",
    "mh": "Mantel-Haenszel and Peto",
    "glmm": "Mixed models of counts (metafor: general optimisers)",
    "mv": "Multilevel and multivariate models (metafor: general optimiser)",
    "robust": "Cluster-robust tests",
    "network": "Networks of treatments",
}
"""First word of a quantity -> what it belongs to, in the order of the page."""

APART = (
    ("test_pooling_parity", "BETTER", "edge cases of pooling in which metafor stops early, gives up or means another model"),
    ("test_pooling_parity", "REFUSALS", "edge cases of pooling that are refused (metafor refuses or warns, or drops a column)"),
    ("escalc_grid", "REFUSED", "kinds of calls of `escalc` that metafor stops, and that stop here"),
    ("escalc_grid", "CHANGED", "measures and variants whose older numbers (3.8-1) are not ours: metafor changed them, and we follow 5.x"),
    ("test_influence", "NOT_CONVERGED_IN_METAFOR", "refits without one study, or up to one, in which metafor did not converge at some"),
    ("test_bias_regression", "SCALE_REFUSED", "funnel regressions that metafor cannot fit in these units"),
    ("test_bias_trimfill", "NOT_CONVERGED", "trim-and-fill runs in which metafor did not converge"),
    ("test_bias_trimfill", "OLDER_FILLS_LESS", "trim-and-fill runs in which 3.8-1 fills a study less than 5.1 and we do"),
    ("test_bias_selection", "NOT_CONVERGED_IN_METAFOR", "selection models for which metafor stops without an answer"),
    ("test_bias_selection", "LOWER_IN_METAFOR", "selection models whose likelihood is higher here than where metafor stopped"),
    ("test_rare_glmm_parity", "LISTED", "mixed models of counts, by what is different"),
    ("multilevel_grid", "WITHOUT_INTERVALS", "models of `rma.mv` whose profile intervals metafor asked for and did not find"),
    ("multilevel_grid", "ABSENT", "data sets that the reference names and does not hold"),
)  # fmt: skip
"""(module, name, what it lists): the written lists of cases that are not equal to metafor's, each with its reason there."""


LOOSE = " (refits of 1 to 5 studies)"
DEFAULT = "metafor at its default tolerance"
"""metafor made these refits at its default tolerance; the name of that tolerance in the table."""


NOTED = (
    "the iterated estimator DLIT: its equation can have several roots, and metafor 3.8-1 ends at another one or at none. On the BCG trials (log risk"
    ' ratios) it stops with "did not converge" by default and ends at tau2 0.158 with maxiter=10000; ours is 0.318, the root of Paule and'
    " Mandel's equation, as in 5.1-12 (`test_pooling_parity`: another DLIT)",
    "the exact conditional model CM.EL where its likelihood is largest at tau2 = 0: metafor's optimiser (nlminb) can stop just above 0 or without an"
    " answer. On the five small trials of `tests/faces/test_pool_counts.py` (`ROWS`, odds ratio) 3.8-1 does not converge; ours is tau2 0",
)
"""Differences that no list of cases holds."""


class Quantity(msgspec.Struct):
    """Numbers compared; the largest deviation and where it is; beyond: numbers further off, which their test lists."""

    count: int = 0
    largest: float = 0.0
    where: str = ""
    beyond: int = 0

    def add(self, size: float, where: str) -> None:
        if size > self.largest or not self.where:
            self.largest, self.where = size, where


class Recorder:
    """A pytest plugin that keeps what the comparisons of the tests found."""

    def __init__(self) -> None:
        self.quantities: dict[str, Quantity] = {}
        self.outcomes: Counter[str] = Counter()
        self.not_passed: list[str] = []
        self.test = ""
        self.made: list[tuple[str, Any]] = []

    def of(self, name: str) -> Quantity:
        return self.quantities.setdefault(name, Quantity())

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.test = nodeid.partition("::")[2]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[report.outcome] += 1
            if report.outcome != "passed":
                self.not_passed.append(f"{report.nodeid.rpartition('/')[2]} {report.outcome}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if "shared" in getattr(item, "fixturenames", ())]

    def finish(self, tolerances: dict[str, float]) -> None:
        """Takes the largest deviations out of what was filled during the run.

        Beyond its own tolerance a passed test lets only refits be that metafor made at its default tolerance.
        """
        for test, found in self.made:
            for name, (size, where) in found.largest.items():
                self.of(name if size <= tolerances[name] else name + LOOSE).add(size, where or test)


@contextmanager
def recording(recorder: Recorder, tolerances: dict[str, float]) -> Iterator[None]:
    """While it lasts, every `Deviations` and every `apart` of the tests tells the recorder what it compared."""
    grids = [
        importlib.import_module(f"tests.synthesis.{name}") for name in ("pooling_grid", "diagnostics_grid")
    ]
    rare = importlib.import_module("tests.synthesis.rare_grid")
    with pytest.MonkeyPatch.context() as patch:
        for grid in grids:
            patch.setattr(grid.Deviations, "__init__", _kept(grid.Deviations.__init__, recorder))
            patch.setattr(grid.Deviations, "add", _counted(grid.Deviations.add, recorder))
        apart = _apart(rare.apart, recorder, tolerances)
        patch.setattr(rare, "apart", apart)
        for name in ("test_rare_mh", "test_rare_glmm_parity"):
            patch.setattr(importlib.import_module(f"tests.synthesis.{name}"), "apart", apart)
        yield


def _kept(original: Callable[..., None], recorder: Recorder) -> Callable[..., None]:
    def init(self: Any) -> None:
        original(self)
        recorder.made.append((recorder.test, self))

    return init


def _counted(original: Callable[..., None], recorder: Recorder) -> Callable[..., None]:
    def add(self: Any, quantity: str, ours: Any, *rest: Any, **more: Any) -> None:
        recorder.of(quantity).count += int(np.size(ours))
        original(self, quantity, ours, *rest, **more)

    return add


def _apart(
    original: Callable[..., float], recorder: Recorder, tolerances: dict[str, float]
) -> Callable[..., float]:
    def apart(reference: float, ours: float, floor: float) -> float:
        size = original(reference, ours, floor)
        name = "glmm" if "model_of_metafor" in recorder.test else "mh"
        quantity = recorder.of(name)
        quantity.count += 1
        if size <= tolerances[name]:
            quantity.add(size, recorder.test)
        else:
            quantity.beyond += 1
        return size

    return apart


def run() -> tuple[Recorder, dict[str, float]]:
    """Runs every test of the synthesis room that asks for the reference data, and records it."""
    sys.path.insert(0, str(ROOT))
    tolerances: dict[str, float] = importlib.import_module("tests.synthesis.tolerances").RTOL
    recorder = Recorder()
    with recording(recorder, tolerances):
        pytest.main(
            [
                "-q",
                "--no-header",
                "-p",
                "no:cacheprovider",
                "-p",
                "no:xdist",
                "--rootdir",
                str(ROOT),
                *files(),
            ],
            plugins=[recorder],
        )
    recorder.finish(tolerances)
    return recorder, tolerances


def files() -> list[str]:
    """The test modules that compare with the outputs of metafor."""
    texts = {path: path.read_text(encoding="utf-8") for path in sorted((ROOT / TESTS).glob("test_*.py"))}
    return [
        str(path)
        for path, text in texts.items()
        if "shared: Path" in text and ("metafor" in text or "_grid" in text)
    ]


def page(recorder: Recorder, tolerances: dict[str, float]) -> str:
    """The whole page as Markdown."""
    return (
        "\n".join(
            [
                *_head(recorder),
                *_tables(recorder, tolerances),
                *_beside(recorder, tolerances),
                *_apart_lists(),
            ]
        )
        + "\n"
    )


def _head(recorder: Recorder) -> Iterator[str]:
    numbers = sum(quantity.count for quantity in recorder.quantities.values())
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(recorder.outcomes.items()))
    yield f"""\
# Parity with metafor

Written by `parity.py`: the parity tests were run and what they compared was kept. {numbers:,} numbers of the reference outputs of metafor
3.8-1 and 5.1-12: every cell of the grid (data set x measure x estimator x test) that is in the files; tests: {outcomes}.

A deviation is the difference relative to the reference value, or to the unit of the quantity where the value is smaller than that (the standard
error for an estimate and its bounds, the typical sampling variance for tau2, 100 for percentages; a value near 0 has no relative
error that means anything). It is the largest over all files. "Tolerance" is what the test allows, from one table
(`tests/synthesis/tolerances.py`).

Where a tolerance is larger than 1e-6, the reference is the limit: metafor's own iteration stops there (at 1e-5 by default), or a general
optimiser did.
"""
    if recorder.not_passed:
        yield "**Not passed:** " + "; ".join(recorder.not_passed) + "\n"


def _tables(recorder: Recorder, tolerances: dict[str, float]) -> Iterator[str]:
    groups: dict[str, list[str]] = {room: [] for room in ROOMS}
    for name in recorder.quantities:
        groups.setdefault(name.partition(".")[0], []).append(name)
    for room, names in groups.items():
        if not names:
            continue
        yield f"## {ROOMS.get(room, room)}\n"
        yield "| quantity | numbers | largest deviation | tolerance | where |"
        yield "|---|---|---|---|---|"
        for name in sorted(names):
            found = recorder.quantities[name]
            size = "0" if found.largest == 0 else f"{found.largest:.1e}"
            more = f"; {found.beyond} numbers of listed cases (below) are further off" if found.beyond else ""
            tolerance = tolerances[DEFAULT if name.endswith(LOOSE) else name]
            where = (
                found.where.replace("|", "\\|")
                if found.largest and not found.where.startswith("test_")
                else ""
            )
            count = f"{found.count:,}" if found.count else ""
            yield f"| {name} | {count} | {size} | {f'{tolerance:.0e}' if tolerance else '0'} | {(where + more).lstrip('; ')} |"
        yield ""


def _beside(recorder: Recorder, tolerances: dict[str, float]) -> Iterator[str]:
    yield "## Compared without a record\n"
    yield "Their tests compare these within the tolerance and keep no deviation; the numbers in them are not counted above.\n"
    left = sorted(name for name in tolerances if name not in recorder.quantities)
    yield "; ".join(f"{name} {tolerances[name]:.0e}" for name in left) + "\n"


def _apart_lists() -> Iterator[str]:
    yield "## Where we are not metafor, on purpose\n"
    yield "Each list is written out beside its test, with reasons; a case that leaves or joins it fails the test.\n"
    rest = importlib.import_module("tests.synthesis.test_parity_rest")
    yield "* parts of the reference files that this room does not offer: " + ", ".join(
        sorted(rest.NOT_OFFERED)
    )
    for module, name, words in APART:
        listed = getattr(importlib.import_module(f"tests.synthesis.{module}"), name)
        if name == "LISTED":
            parts = "; ".join(f"{kind}: {len(cases)}" for kind, cases in listed.items())
            yield f"* {words}: {parts} (`{module}.{name}`)"
        elif name == "BETTER":
            yield f"* {words} (`{module}.{name}`):"
            yield from (f"  * {case}: {why}" for case, why in listed.items())
        else:
            yield f"* {len(listed)} {words} (`{module}.{name}`)"
    yield from (f"* {noted}" for noted in NOTED)


def main(arguments: Sequence[str]) -> int:
    """Prints or writes the page; 1 when a comparison failed, 0 also where the reference data are absent."""
    shared = Path(os.environ.get("SKINPROOF_SHARED", ROOT.parent / "shared"))
    if not (shared / "reference" / "metafor").is_dir():
        print("skipped: the outputs of metafor (SKINPROOF_SHARED or ../shared) are not on this machine")
        return 0
    recorder, tolerances = run()
    text = page(recorder, tolerances)
    if "--write" in arguments:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return int(bool(recorder.not_passed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
