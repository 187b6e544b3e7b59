"""Published review tables beside what is read of the same trials: each difference is explained, none is hidden."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("review_tables", ROOT / "validation" / "review_tables.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_difference_from_a_published_table_has_its_reason(shared: Path, script: ModuleType) -> None:
    unexplained = [line for line in script.lines(shared) if line.reason == script.NO_REASON]
    assert unexplained == []


def test_no_reason_stands_for_a_difference_that_is_gone(shared: Path, script: ModuleType) -> None:
    differing = {(line.trial, line.field) for line in script.lines(shared) if not line.same}
    listed = {(row["trial"], row["field"]) for row in script._rows(script.HERE / "review_reasons.csv")}
    assert listed == differing


def test_the_page_is_what_the_script_prints(shared: Path, script: ModuleType) -> None:
    """`python validation/review_tables.py --write` writes it anew."""
    assert (ROOT / "validation" / "review-tables.md").read_text(encoding="utf-8") == script.page(shared)


def test_two_review_tables_are_compared_on_registry_records(shared: Path, script: ModuleType) -> None:
    tables = {line.table for line in script.lines(shared) if line.read_from == script.SAID}
    assert len([name for name in tables if not name.startswith("(")]) >= 2
