"""Large pages are there before somebody asks; who asks too early is told to come again, and holds nobody up."""

import threading
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skinproof.faces.web import warming
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.security import host_names
from skinproof.workflows.build import build
from skinproof.workflows.query import open_workspace
from tests.waiting import until
from tests.workflows.records import ALL, given, record
from tests.workflows.test_build import imported

HOSTS = host_names("127.0.0.1", [])


def warm_app(folder: Path, patience: float = 1.0) -> TestClient:
    app = make_app(folder, open_workspace, Settings(warm=True, patience=patience, hosts=HOSTS, look=0.05))
    return TestClient(app, base_url="http://127.0.0.1")


def warmed(client: TestClient) -> None:
    until(lambda: "skinproof_pages_to_warm 0" in client.get("/metrics").text, "the large pages")


def test_every_large_page_is_made_before_it_is_asked_for(data_dir: Path) -> None:
    with warm_app(data_dir) as client:
        warmed(client)
        cache = client.app.state.web.cache  # type: ignore[attr-defined]
        before = cache.misses
        for step in warming.STEPS:
            assert client.get(step.path).status_code == 200
        assert cache.misses == before, "all were kept already"


def test_who_asks_too_early_is_told_to_come_again(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go, real = threading.Event(), warming.page_answer

    def slow(live: object, name: str, asked: object) -> Answer:
        go.wait(30)
        return real(live, name, asked)  # type: ignore[arg-type]

    monkeypatch.setattr(warming, "page_answer", slow)
    with warm_app(data_dir, patience=0.05) as client:
        for path in ("/pooled.html", "/preparations.html?agent=ev", "/api/v1/gaps", "/pooled/ev.html"):
            found = client.get(path)
            assert (found.status_code, found.headers["retry-after"]) == (503, "2")
            assert "being worked out" in found.text
        for path in (
            "/method.html",
            "/study/NCT99000001.html",
            "/api/v1/studies",
            "/healthz",
            "/pooled.html?as_of=2021",
        ):
            assert client.get(path).status_code == 200, "nothing else waits"
        go.set()
        warmed(client)
        assert client.get("/preparations.html?agent=ev").status_code == 200
        assert client.get("/pooled.html").status_code == 200


def test_a_page_that_cannot_be_made_beforehand_is_no_end(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(live: object, name: str, asked: object) -> Answer:
        raise ValueError("synthetic")

    monkeypatch.setattr(warming, "page_answer", broken)
    with warm_app(data_dir) as client:
        warmed(client)
        assert client.get("/gaps.html").status_code == 200
    assert "could not be made beforehand" in caplog.text


def test_a_server_that_ends_meanwhile_ends(data_dir: Path) -> None:
    for _ in range(3):
        with warm_app(data_dir) as client:
            assert client.get("/healthz").status_code == 200


def test_until_a_page_is_made_anew_the_one_before_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = imported(tmp_path / "data", ALL)
    first = build(folder).edition
    with warm_app(folder, patience=0.05) as client:
        warmed(client)
        go, real = threading.Event(), warming.page_answer

        def slow(live: object, name: str, asked: object) -> Answer:
            go.wait(30)
            return real(live, name, asked)  # type: ignore[arg-type]

        monkeypatch.setattr(warming, "page_answer", slow)
        imported(
            folder, [record(70, title="One more", updated="2022-05-05", **given("Exosomes", "Acne scar"))]
        )
        second = build(folder).edition
        until(lambda: client.get("/healthz").json()["edition"] == second, "the second edition")
        page = client.get("/gaps.html")
        assert page.status_code == 200 and first in page.text and second not in page.text
        assert client.get("/preparations.html?agent=ev").status_code == 503, (
            "nobody had asked for that before"
        )
        go.set()
        warmed(client)
        anew = client.get("/gaps.html", headers={"if-none-match": page.headers["etag"]})
        assert anew.status_code == 200 and second in anew.text
