"""Answers that took long to make stand in files: found again whole, or not at all; and never more than there is room for."""

import os
import time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from skinproof.faces.web import app as web_app
from skinproof.faces.web import shelf as web_shelf
from skinproof.faces.web import warming
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.asking import Question
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.live import Live
from skinproof.faces.web.security import host_names
from skinproof.faces.web.shelf import FOLDER, Shelf
from skinproof.workflows.build import build
from skinproof.workflows.query import open_workspace
from tests.workflows.records import ALL
from tests.workflows.test_build import imported

KEY = ("page", "edition", "1-abc/0", "/gaps.html", "")
PAGE = Answer(b"<p>whole</p>", "text/html", headers=(("x", "y"),), packed=b"small")


def only(folder: Path) -> Path:
    (found,) = folder.glob("*.page")
    return found


def test_an_answer_is_found_again_by_the_same_program_and_question_alone(tmp_path: Path) -> None:
    Shelf(tmp_path / FOLDER, "a", 10_000).put(KEY, PAGE)
    assert Shelf(tmp_path / FOLDER, "a", 10_000).get(KEY) == PAGE
    assert Shelf(tmp_path / FOLDER, "b", 10_000).get(KEY) is None
    assert Shelf(tmp_path / FOLDER, "a", 10_000).get((*KEY[:-1], "part=2")) is None


@pytest.mark.parametrize(
    "harm", [lambda b: b[:-1], lambda b: b[:40] + b"?" + b[41:], lambda b: b"", lambda b: b[32:]]
)
def test_a_damaged_file_counts_as_missing(tmp_path: Path, harm: object) -> None:
    shelf = Shelf(tmp_path, "a", 10_000)
    shelf.put(KEY, PAGE)
    path = only(tmp_path)
    path.write_bytes(harm(path.read_bytes()))  # type: ignore[operator]
    assert shelf.get(KEY) is None and not path.exists()
    shelf.put(KEY, PAGE)
    assert shelf.get(KEY) == PAGE


def test_a_file_of_another_question_counts_as_missing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "a", 10_000)
    shelf.put(KEY, PAGE)
    other = (*KEY[:-1], "x")
    only(tmp_path).rename(shelf._path(other))
    assert shelf.get(other) is None


def test_what_is_personal_wrong_or_too_large_is_not_kept(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "a", 8000)
    for answer in (PAGE._replace(keep=False), PAGE._replace(status=404), PAGE._replace(body=b"a" * 1001)):
        shelf.put(KEY, answer)
        assert shelf.get(KEY) is None


def test_what_nobody_asked_for_the_longest_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf = Shelf(tmp_path, "a", 10_000)
    left = tmp_path / ".1-1"
    left.touch()
    for n in range(12):
        key = (*KEY, str(n))
        shelf.put(key, PAGE._replace(body=b"a" * 1000))
        os.utime(shelf._path(key), (n, n))
    assert shelf.get((*KEY, "11")) and shelf.get((*KEY, "4")) and not shelf.has((*KEY, "1"))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10_000
    assert left.exists()
    os.utime(left, (1, 1))
    monkeypatch.setattr(web_shelf, "MOST_FILES", 3)
    shelf.put(KEY, PAGE)
    assert not left.exists() and len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_cannot_be_written_to_is_no_end(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file")
    shelf = Shelf(tmp_path / FOLDER, "a", 10_000)
    shelf.put(KEY, PAGE)
    assert shelf.get(KEY) is None and not shelf.has(KEY)


def test_a_restarted_server_gives_what_the_one_before_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_app, "SLOW", 0.0)
    folder = imported(tmp_path / "data", ALL)
    build(folder)
    hosts = host_names("127.0.0.1", [])

    def client() -> TestClient:
        made = make_app(folder, open_workspace, Settings(hosts=hosts, shelf_bytes=1 << 20))
        return TestClient(made, base_url="http://127.0.0.1")

    with client() as first:
        page = first.get("/gaps.html")
        assert page.status_code == 200
    monkeypatch.setattr(web_app, "page_answer", None)
    with client() as second:
        again = second.get("/gaps.html")
        assert (again.content, again.headers["etag"]) == (page.content, page.headers["etag"])
        assert second.get("/gaps.html", headers={"if-none-match": page.headers["etag"]}).status_code == 304


def test_what_is_beside_a_page_that_was_found_is_worked_out_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = imported(tmp_path / "data", ALL)
    build(folder)
    made: list[str] = []
    real = warming.page_answer

    def noted(live: Live, name: str, asked: Question) -> Answer:
        made.append(name)
        return real(live, name, asked)

    monkeypatch.setattr(warming, "page_answer", noted)
    settings = Settings(hosts=host_names("127.0.0.1", []), shelf_bytes=8 << 20, warm=True, patience=60)

    def start() -> TestClient:
        return TestClient(make_app(folder, open_workspace, settings), base_url="http://127.0.0.1")

    for first in (True, False):
        with start() as client:
            end = time.monotonic() + 60
            while "skinproof_pages_to_warm 0" not in client.get("/metrics").text:
                assert time.monotonic() < end
                time.sleep(0.05)
            assert client.get("/preparations.html").status_code == 200
            assert ("preparations.html" in made) is first, "found again, not made again"
            assert client.get("/preparations.html?agent=ev").status_code == 200
            assert client.get("/preparations.csv").status_code == 200
            assert made.count("preparations.html") == 1, "once"
            made.clear()
