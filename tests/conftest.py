"""Shared fixtures: where the read-only reference data is, if this machine has it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the checkout; the test is skipped by name where it is absent."""
    path = Path(os.environ.get("SKINPROOF_SHARED", ROOT.parent / "shared"))
    if not (path / "README.md").is_file():
        pytest.skip("reference data (SKINPROOF_SHARED or ../shared) is not on this machine")
    return path
