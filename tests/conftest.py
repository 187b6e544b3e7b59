"""Shared fixtures: where the read-only reference data is, if this machine has it."""

import os
import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.chance import USUAL
from tests.store.postgres_server import programs, running

ROOT = Path(__file__).resolve().parents[1]

# Workers of a test run have no terminal and are told another width than a run without workers: tables would differ.
os.environ["COLUMNS"] = "100"

# The suite draws the same examples each time, so that only a change of the code can break it; `make fuzz` draws new ones, FUZZ_TIMES as many.
# No verdict hangs on how fast the machine is.
_CALM = settings(deadline=None, print_blob=True, database=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("suite", _CALM, derandomize=True, max_examples=USUAL)
settings.register_profile("fuzz", _CALM, max_examples=int(os.environ.get("FUZZ_TIMES", "5")) * USUAL)
settings.load_profile("suite")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data beside the checkout; the test is skipped by name where it is absent."""
    path = Path(os.environ.get("SKINPROOF_SHARED", ROOT.parent / "shared"))
    if not (path / "README.md").is_file():
        pytest.skip("reference data (SKINPROOF_SHARED or ../shared) is not on this machine")
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a PostgreSQL server of its own on loopback; the test is skipped by name where none is installed."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed on this machine")
    # Not in pytest's own folder: another run of pytest that begins meanwhile closes that to the server's user.
    place = TemporaryDirectory(prefix="skinproof-pg-", ignore_cleanup_errors=True)
    with place, running(Path(place.name)) as address:
        yield address


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window; the test is skipped by name where there is none (SKINPROOF_CHROMIUM names another)."""
    found = os.environ.get("SKINPROOF_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("Chromium is not installed on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield made
        made.close()


_DATABASES = count()


@pytest.fixture(params=["sqlite", "postgresql"])
def both_stores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test runs twice: with the embedded store, and with an empty database on a server."""
    if request.param == "sqlite":
        monkeypatch.delenv("SKINPROOF_STORE_URL", raising=False)
        return
    import psycopg

    address = request.getfixturevalue("postgres")
    name = f"test_{next(_DATABASES)}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as db:
        db.execute(f"create database {name}")
    monkeypatch.setenv("SKINPROOF_STORE_URL", f"{address}/{name}")
