"""A server on a real socket: the client of the documents, an edition that is replaced, a client that dawdles."""

import runpy
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from skinproof.faces.web import server as web_server
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.server import configured
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import open_workspace
from tests.conftest import ROOT
from tests.waiting import until
from tests.workflows.records import ALL, lines, record

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
Client: Any = runpy.run_path(str(ROOT / "docs/examples/client.py"))["Client"]


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    import_files([lines(tmp_path / "a.jsonl", ALL)], tmp_path / "data", NOW)
    build(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture()
def running(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server over the folder."""
    monkeypatch.setattr(web_server, "HEAD_SECONDS", 0.5)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    app = make_app(folder, open_workspace, Settings(look=0.1))
    server = uvicorn.Server(configured(app, "127.0.0.1", port))
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started, "the server")
    yield port
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


def test_the_example_client_reads_every_row(running: int) -> None:
    client = Client(f"http://127.0.0.1:{running}")
    rows = list(client.rows("studies", "rows", limit=1))
    assert len(rows) == client.get("studies")["total"] == 4
    assert client.get("count", agent=["ev"]) == client.get("count", agent=["ev"])
    with pytest.raises(RuntimeError, match="400: there is no agent"):
        client.get("count", agent=["exozome"])


def test_a_new_edition_is_served_without_a_restart_and_never_mixed(
    running: int, folder: Path, tmp_path: Path
) -> None:
    client = Client(f"http://127.0.0.1:{running}")
    before = client.get("edition")["edition"]
    seen: set[tuple[str, int]] = set()
    stop = threading.Event()

    def ask() -> None:
        own = Client(f"http://127.0.0.1:{running}")
        while not stop.is_set():
            answer = own.get("studies")
            seen.add((answer["stamp"]["edition"], len(answer["rows"])))
            time.sleep(0.1)

    asking = threading.Thread(target=ask)
    asking.start()
    more = record(77, title="Exosomes for hair loss", updated="2023-01-01")
    import_files([lines(tmp_path / "b.jsonl", [more])], folder, NOW)
    build(folder)
    until(lambda: len(seen) > 1, "the new edition")
    stop.set()
    asking.join()
    after = client.get("edition")["edition"]
    assert after != before
    assert seen == {(before, 4), (after, 5)}


def test_a_client_that_never_ends_its_request_is_let_go(running: int) -> None:
    with socket.create_connection(("127.0.0.1", running), timeout=30) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        while slow.recv(100):
            pass


def test_a_head_without_end_is_refused(running: int) -> None:
    with socket.create_connection(("127.0.0.1", running), timeout=30) as greedy:
        greedy.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: " + b"a" * 60_000)
        assert b"400" in greedy.recv(200)
