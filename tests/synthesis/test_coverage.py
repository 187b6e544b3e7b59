"""Intervals hold what they promise in simulations, where they do: a wrong variance would pass any comparison of formulas.

A quick version of `validation/coverage.py`: fewer cells and replicates, and four standard errors of the simulation.
"""

import re

import numpy as np
import pytest

from tests.synthesis.validation_scripts import FOLDER, load

script = load("coverage")
REPLICATES = 2_000
CELLS = {(cell.kind.name, cell.k, cell.tau2): cell for cell in script.grid()}
ANSWERS: dict[tuple[str, int, float], "script.Answer"] = {}


def answer(kind: str, k: int, tau2: float) -> "script.Answer":
    """A cell with another seed than the page's."""
    key = kind, k, tau2
    if key not in ANSWERS:
        ANSWERS[key] = script.simulate(CELLS[key], REPLICATES, seed=7)
    return ANSWERS[key]


def near(share: "script.Share", value: float, more: float = 0.0) -> bool:
    """Within four Monte Carlo errors (and `more`) of the value."""
    binomial = np.sqrt(value * (1 - value) / REPLICATES)
    return bool(abs(share.mean - value) <= 4 * max(share.error, binomial) + more)


@pytest.mark.parametrize("kind", ["normal", "SMD", "OR, rate 0.2", "OR, rate 0.5"])
@pytest.mark.parametrize("k", [2, 3, 5, 10, 20, 50])
def test_the_average_is_covered_by_knapp_and_hartungs_interval(kind: str, k: int) -> None:
    """With any number of studies; up to a point and a half less, as the page says."""
    for tau2 in CELLS[(kind, k, 0.0)].kind.tau2:
        assert near(answer(kind, k, tau2).intervals["REML knha"], 0.95, more=0.015), tau2


def test_equal_studies_are_covered_exactly() -> None:
    """Where all variances are equal the interval is Student's: exact at any tau2, and 2 studies suffice."""
    rng = np.random.default_rng(1)
    for k in (2, 5):
        y = 0.3 + np.sqrt(0.2 + 0.05) * rng.standard_normal((20_000, k))
        fit = script.pool_many(y, np.full_like(y, 0.05), "REML", "knha")
        share = script.covers(fit, 0.3)
        assert abs(share.mean - 0.95) <= 4 * share.error


def test_normal_intervals_are_too_short_with_few_heterogeneous_studies() -> None:
    for name in ("REML z", "DL z"):
        assert answer("normal", 2, 0.2).intervals[name].mean < 0.85
        assert answer("normal", 5, 0.2).intervals[name].mean < 0.91
        assert answer("normal", 5, 0.0).intervals[name].mean > 0.95


def test_prediction_intervals_hold_with_many_studies_only() -> None:
    for name in ("PI t(k-1)", "PI t(k-2)"):
        assert near(answer("normal", 50, 0.2).intervals[name], 0.95, more=0.01)
        assert answer("normal", 20, 0.02).intervals[name].mean < 0.90
        assert answer("normal", 2, 0.2).intervals[name].mean < 0.94
    assert answer("normal", 3, 0.2).intervals["PI t(k-1)"].mean < 0.90
    assert answer("normal", 3, 0.2).intervals["PI t(k-2)"].mean > 0.95


def test_rare_events_with_constants_added_do_not_hold() -> None:
    """Why a page that pools rare events must not offer this first."""
    assert answer("OR, rate 0.01", 2, 0.0).intervals["REML knha"].mean < 0.90
    assert answer("OR, rate 0.01", 50, 0.0).intervals["REML knha"].mean < 0.93
    assert answer("OR, rate 0.01", 3, 0.0).intervals["REML z"].mean > 0.97
    assert answer("OR, rate 0.01", 2, 0.0).pooled < 0.6


def test_tau2_is_unbiased_with_many_studies_and_not_with_few() -> None:
    found = answer("normal", 50, 0.2).bias
    assert all(abs(share.mean) < 4 * share.error + 0.002 for share in found.values())
    assert answer("normal", 3, 0.0).bias["REML"].mean > 0.02


def test_a_cell_is_the_same_alone_and_among_the_others() -> None:
    cell = CELLS[("normal", 3, 0.2)]
    assert script.simulate(cell, 200) == script.simulate(cell, 200)
    assert script.simulate(cell, 200) != script.simulate(cell, 200, seed=7)


def test_the_page_has_every_cell_and_the_numbers_of_this_code() -> None:
    text = (FOLDER / "coverage.md").read_text(encoding="utf-8")
    assert f"({script.REPLICATES:,} replicates a cell, seed {script.SEED})" in text
    sections = dict(re.findall(r"^### (.+?)\n(.+?)(?=^### |\Z)", text, re.DOTALL | re.MULTILINE))
    assert list(sections) == [kind.name for kind in script.KINDS]
    table = {
        (name, int(row[0]), float(row[1])): row
        for name, section in sections.items()
        for row in (
            line.strip("| ").split(" | ") for line in section.splitlines() if re.match(r"\| \d", line)
        )
    }
    assert set(table) == set(CELLS)
    for key, found in ANSWERS.items():
        for name, text in zip(script.INTERVALS, table[key][2:], strict=False):
            printed = float(text.split()[0]) / 100
            assert near(found.intervals[name], printed, more=0.003), (key, name)
