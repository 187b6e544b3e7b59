"""The session of validation/living_session.md, with few synthetic records: every expectation of it holds."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def living(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, as a module."""
    spec = importlib.util.spec_from_file_location("living_session", ROOT / "validation" / "living_session.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "living_session", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "PAGE_SIZE", 30)
    return module


def test_a_session_from_the_first_sync_to_a_renamed_field(living: ModuleType, tmp_path: Path) -> None:
    steps = living.play(living.synthetic(80), tmp_path)
    failed = [
        (step.title, words, step.out[-800:]) for step in steps for words, held in step.checks if not held
    ]
    assert not failed
    assert "does not hold" not in living.page(living.synthetic(8), steps)
