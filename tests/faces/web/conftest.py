"""A small edition behind the application, in this process."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.security import host_names
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import open_workspace
from tests.faces.test_site import hostile, posted
from tests.workflows.records import ALL, lines

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOST = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with synthetic records, one of them hostile and one with posted results."""
    folder = tmp_path_factory.mktemp("web")
    source = lines(folder / "records.jsonl", [*ALL, hostile(), posted()])
    import_files([source], folder / "data", NOW)
    build(folder / "data")
    return folder / "data"


@pytest.fixture(scope="session")
def client(data_dir: Path) -> Iterator[TestClient]:
    """A client of the application over that folder; the API may be asked as often as a test likes."""
    hosts = host_names("127.0.0.1", ["testserver"])
    app = make_app(data_dir, open_workspace, Settings(api_per_second=0, hosts=hosts))
    with TestClient(app, base_url=HOST, follow_redirects=False, raise_server_exceptions=False) as made:
        yield made
