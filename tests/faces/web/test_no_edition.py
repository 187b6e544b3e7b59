"""A server may start before there is anything to serve, and finds it when it is there."""

from datetime import UTC, datetime
from pathlib import Path

from starlette.testclient import TestClient

from skinproof.faces.web.app import Settings, make_app
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import open_workspace
from tests.faces.web.conftest import HOST
from tests.waiting import until
from tests.workflows.records import ALL, lines


def test_it_says_so_until_there_is_one(tmp_path: Path) -> None:
    app = make_app(tmp_path / "data", open_workspace, Settings(look=0.05))
    with TestClient(app, base_url=HOST) as client:
        assert client.get("/healthz").status_code == 503
        assert client.get("/").status_code == 503
        found = client.get("/api/v1/count")
        assert found.status_code == 503 and found.headers["retry-after"] and found.json()["status"] == 503
        import_files(
            [lines(tmp_path / "a.jsonl", ALL)], tmp_path / "data", datetime(2026, 11, 23, tzinfo=UTC)
        )
        build(tmp_path / "data")
        until(lambda: client.get("/healthz").status_code == 200, "the first edition")
        assert client.get("/").status_code == 200
