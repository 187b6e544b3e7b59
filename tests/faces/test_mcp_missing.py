"""`skinproof mcp` without its packages: what to do, in words that work where they are read."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from skinproof.errors import UsageError
from skinproof.faces.commands import mcp

ROOT = Path(__file__).resolve().parents[2]


def test_without_its_packages_it_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment made by `make demo` has no pip: there `make mcp` installs what is pinned."""
    monkeypatch.setattr(mcp, "find_spec", lambda name: None)
    found = CliRunner().invoke(mcp.command, [])
    assert isinstance(found.exception, UsageError) and "`make mcp`" in str(found.exception)
    assert "\nmcp: " in (ROOT / "Makefile").read_text(encoding="utf-8")
    pinned = (ROOT / "requirements" / "mcp.txt").read_text(encoding="utf-8")
    assert "\nmcp==" in pinned and "index-url" not in pinned and "://" not in pinned
