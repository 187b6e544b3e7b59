"""A real browser over the bundled facts and a few invented records: as files, and behind a running server."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from skinproof.faces.site.write import write_site
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.server import configured
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import open_workspace
from tests.faces.test_site import hostile, posted
from tests.workflows.records import ALL, lines

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@contextmanager
def served(data_dir: Path, **settings: Any) -> Iterator[str]:
    """The address of a server over a data folder, on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    app = make_app(data_dir, open_workspace, Settings(**{"look": 0.2, "api_per_second": 0, **settings}))
    server = uvicorn.Server(configured(app, "127.0.0.1", port))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled facts, with records that have several versions, posted results, and hostile words."""
    folder = tmp_path_factory.mktemp("browser")
    source = lines(folder / "records.jsonl", [*ALL, hostile(), posted()])
    with resources.as_file(resources.files("skinproof.data") / "snapshot.csv") as snapshot:
        import_files([snapshot, source], folder / "data", NOW)
    build(folder / "data")
    return folder / "data"


@pytest.fixture(scope="session")
def live(data_dir: Path) -> Iterator[str]:
    """The address of the pages behind a server."""
    with served(data_dir) as address:
        yield address


@pytest.fixture(scope="session")
def folder(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the pages as files."""
    out = tmp_path_factory.mktemp("site") / "site"
    workspace = open_workspace(data_dir)
    write_site(workspace, out)
    workspace.close()
    return out.as_uri()


class Seen:
    """What went wrong in a page while a test looked at it."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def watch(self, page: Any) -> Any:
        """Note what the page complains of."""
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on(
            "dialog", lambda box: (self.problems.append(f"{page.url}: dialog {box.message}"), box.dismiss())
        )
        page.on(
            "console",
            lambda line: self.problems.append(f"{page.url}: {line.text}") if line.type == "error" else None,
        )
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith(("http://127.0.0.1:", "file:", "data:", "blob:"))
                else self.problems.append(f"{page.url}: asks for {asked.url}")
            ),
        )
        page.set_default_timeout(10_000)
        return page


@pytest.fixture()
def page(browser: Any) -> Iterator[Any]:
    """A page on a desktop in light; no script error, no refused load, no dialog and no request to elsewhere may come of it."""
    seen = Seen()
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="light")
    yield seen.watch(context.new_page())
    context.close()
    assert not seen.problems


@pytest.fixture()
def plain(browser: Any) -> Iterator[Any]:
    """A page in a browser without JavaScript."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()
