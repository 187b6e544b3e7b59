"""The scores of the facts read of preparations, on the labelled table, the tuning labels and the held-out ones."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from skinproof.views.evaluation import EvaluationReport
from skinproof.views.evaluation_judge import PREPARATION_FIELDS
from skinproof.workflows.site import held_out_scores
from tests.conftest import ROOT

TABLES = ("gold", "tuning", "tuning2", "held_out", "held_out_second")
PROMISED = {
    "source_normalised": 0.90, "donor_relation": 0.88, "route": 0.88, "separation": 0.85, "dose_reported": 0.95,
    "dose_value": 0.90,
}  # fmt: skip
"""What users were promised, as accuracy."""


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "preparation_scores", ROOT / "validation" / "preparation_scores.py"
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def reports(shared: Path, script: ModuleType) -> dict[str, EvaluationReport]:
    found: dict[str, EvaluationReport] = script.reports(shared, script.read_answers(shared))
    return found


def report(reports: dict[str, EvaluationReport], name: str) -> EvaluationReport:
    if name not in reports:
        pytest.skip(f"preparations_{name}.csv is not there")
    return reports[name]


@pytest.mark.parametrize("name", TABLES)
def test_every_labelled_record_is_scored_on_every_fact(
    reports: dict[str, EvaluationReport], name: str
) -> None:
    found = report(reports, name)
    assert found.missing == ()
    assert set(PREPARATION_FIELDS) <= set(found.fields)
    for field in PREPARATION_FIELDS:
        score = found.fields[field]
        states = score.states
        assert score.n + score.left_out == found.n_scored
        assert score.n == sum(getattr(states, part) for part in states.__struct_fields__)


@pytest.mark.parametrize("name", TABLES)
def test_every_disagreement_about_a_value_shows_the_words_it_was_read_from(
    reports: dict[str, EvaluationReport], name: str
) -> None:
    for item in report(reports, name).disagreements:
        if item.field in PREPARATION_FIELDS and item.found not in ("not_reported", "not_applicable"):
            assert item.quotes, item


@pytest.mark.parametrize("field", PROMISED)
@pytest.mark.parametrize("name", ["gold", "tuning", "tuning2"])
def test_labels_in_sight_score_as_promised(
    reports: dict[str, EvaluationReport], name: str, field: str
) -> None:
    """A rule change that loses ground must be seen; what the held-out labels score stands in validation/accuracy.md."""
    found = report(reports, name)
    accuracy = found.fields[field].accuracy
    assert accuracy is not None
    assert accuracy >= PROMISED[field], [d for d in found.disagreements if d.field == field]


def test_the_page_tells_the_measured_scores(script: ModuleType, reports: dict[str, EvaluationReport]) -> None:
    """`python validation/preparation_scores.py --write` writes them anew."""
    assert script.section(reports) in script.PAGE.read_text(encoding="utf-8")


def test_the_method_page_tells_the_held_out_scores(reports: dict[str, EvaluationReport]) -> None:
    """They are written down in the package, so they must be held against the measurement."""
    fields = report(reports, "held_out").fields
    told = {name: (n, round(share * n)) for name, n, share in held_out_scores() if name in PREPARATION_FIELDS}
    assert told == {name: (fields[name].n, fields[name].correct) for name in told}
    assert {
        "source_normalised",
        "donor_relation",
        "route",
        "separation",
        "dose_reported",
        "dose_value",
    } <= set(told)


@pytest.mark.parametrize(
    ("field", "least"),
    [
        ("source_normalised", 0.90), ("donor_relation", 0.88), ("route", 0.88), ("separation", 0.85),
        ("dose_reported", 0.95), ("dose_value", 0.81),
    ],
)  # fmt: skip
def test_the_held_out_labels_do_not_lose_ground(
    reports: dict[str, EvaluationReport], field: str, least: float
) -> None:
    """Users were promised these, but for the value of a dose: 0.90 was promised, 27 of 33 are reached."""
    accuracy = report(reports, "held_out").fields[field].accuracy
    assert accuracy is not None and accuracy >= least
