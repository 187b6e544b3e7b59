"""Several processes behind one address: they answer alike, change over together, and end together."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import pytest

from skinproof.faces.web.metrics import Metrics, metrics_text
from skinproof.faces.web.peers import Peers
from skinproof.faces.web.sessions import Sessions
from skinproof.faces.web.settings import Place
from skinproof.workflows.build import build
from skinproof.workflows.logins import add_login
from tests.workflows.records import ALL, record
from tests.workflows.test_build import imported

if sys.platform == "win32":
    pytest.skip("signals of POSIX", allow_module_level=True)

PASSWORD = "a long pass phrase"
TOKEN = "t" * 40
SAME = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}


class Got(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Running:
    """`skinproof serve --workers 2` over a folder."""

    def __init__(self, folder: Path, **settings: str) -> None:
        command = [
            sys.executable,
            "-c",
            "from skinproof.faces.cli import main; main()",
            "serve",
            "--port",
            "0",
            "--workers",
            "2",
        ]
        self.process = subprocess.Popen(
            [*command, "--data", str(folder)],
            env={**os.environ, **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline().split("/")[2].rpartition(":")[2])
        self.until(lambda: self.workers() == {1, 2})

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, headers: dict[str, str] | None = None
    ) -> Got:
        """Over a connection of its own: any of the processes may take it."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            client.request(method, path, body, headers or {})
            found = client.getresponse()
            return Got(found.status, {k.lower(): v for k, v in found.getheaders()}, found.read())
        finally:
            client.close()

    def each(self, path: str, headers: dict[str, str] | None = None) -> list[Got]:
        """Answers of both processes: of connections that come together, each takes some."""
        found: dict[int, Got] = {}
        for _ in range(200):
            clients = [http.client.HTTPConnection("127.0.0.1", self.port, timeout=120) for _ in range(6)]
            try:
                for client in clients:
                    client.request("GET", "/healthz")
                for client in clients:
                    number = json.loads(client.getresponse().read())["worker"]
                    if number not in found:
                        client.request("GET", path, headers=headers or {})
                        answer = client.getresponse()
                        said = {name.lower(): value for name, value in answer.getheaders()}
                        found[number] = Got(answer.status, said, answer.read())
                if len(found) == 2:
                    return [found[1], found[2]]
            finally:
                for client in clients:
                    client.close()
        raise AssertionError(f"only {set(found)} answered")

    def workers(self) -> set[int]:
        """Who counts anything."""
        try:
            text = self.ask("/metrics").body.decode()
        except OSError:
            return set()
        return {n for n in (1, 2) if f'skinproof_uptime_seconds{{worker="{n}"}}' in text}

    def pids(self) -> list[int]:
        """The serving processes; not the helper that Python starts beside them."""
        found = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return [int(line.split()[0]) for line in found.splitlines() if "spawn_main" in line]

    def until(self, met: Callable[[], bool], seconds: float = 180) -> None:
        end = time.monotonic() + seconds
        while not met():
            assert self.process.poll() is None and time.monotonic() < end, "that did not happen"
            time.sleep(0.05)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    folder = imported(tmp_path / "data", ALL)
    build(folder)
    add_login(tmp_path / "logins.json", "anna", PASSWORD)
    made = Running(folder, SKINPROOF_LOGINS=str(tmp_path / "logins.json"), SKINPROOF_WRITE_TOKEN=TOKEN)
    yield made
    made.end()


def gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_two_processes_are_one_server(running: Running, tmp_path: Path) -> None:
    """One server for all of this: starting two processes takes seconds."""
    for path in ("/", "/gaps.html", "/study/NCT99000001.html", "/api/v1/studies", "/static/site.css"):
        running.until(lambda path=path: all(got.status == 200 for got in running.each(path)))  # type: ignore[misc]
        one, two = running.each(path)
        assert one.headers["etag"] == two.headers["etag"], path
        assert one.body == two.body, path

    # A session holds everywhere; so does its end.
    form = {"name": "anna", "password": PASSWORD}
    login = running.ask("/login", "POST", urlencode(form), SAME)
    assert login.status == 303
    cookie = {"cookie": login.headers["set-cookie"].partition(";")[0]}
    pages = running.each("/judgements.html", cookie)
    assert all(b"anna" in got.body for got in pages)
    tokens = {got.body.partition(b'name="csrf" value="')[2].partition(b'"')[0].decode() for got in pages}
    assert len(tokens) == 1 and "" not in tokens
    assert running.ask("/logout", "POST", urlencode({"csrf": tokens.pop()}), {**SAME, **cookie}).status == 303
    assert all(b"Log out" not in got.body for got in running.each("/judgements.html", cookie))

    # What somebody wrote is there, whoever is asked next.
    headers = {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"}
    for n, value in enumerate(("biomarker", "drug_carrier", "none"), 1):
        said = {
            "who": "Cleo", "reason": "read again", "study": "NCT99000001", "property": "ev_role", "verdict": "correct", "value": value,
        }  # fmt: skip
        assert running.ask("/api/v1/judgements", "POST", json.dumps(said), headers).status == 201
        for got in running.each("/api/v1/judgements"):
            assert json.loads(got.body)["rows"][0]["value"] == value, n
        assert len({got.headers["etag"] for got in running.each("/api/v1/studies")}) == 1

    # Another edition: nobody sees the old one after the new one.
    before = json.loads(running.ask("/api/v1/edition").body)["edition"]
    seen: list[str] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            page = running.ask("/study/NCT99000002.html").body.decode()
            seen.append(next(iter(re.findall(r"\b[0-9a-f]{12}\b", page)), page))

    looking = threading.Thread(target=look)
    looking.start()
    imported(tmp_path / "data", [record(77, title="Exosomes for hair loss", updated="2023-01-01")])
    after = build(tmp_path / "data").edition
    running.until(lambda: seen[-1:] == [after])
    time.sleep(0.5)
    stop.set()
    looking.join()
    assert after != before and set(seen) == {before, after}
    # Two processes cannot change in the same instant; they do within a step of the one that waits.
    assert after not in seen[: len(seen) - 1 - seen[::-1].index(before) - 5]

    # One dies: the other answers, a new one takes its place.
    pids = running.pids()
    assert len(pids) == 2
    os.kill(pids[0], signal.SIGKILL)
    for _ in range(5):
        assert running.ask("/healthz").status == 200
    running.until(lambda: len(running.pids()) == 2 and running.workers() == {1, 2})
    assert {got.headers["etag"] for got in running.each("/api/v1/studies")} == {
        got.headers["etag"] for got in running.each("/api/v1/studies")
    }

    # The end of the first is the end of all.
    pids = running.pids()
    running.process.send_signal(signal.SIGTERM)
    _, errors = running.process.communicate(timeout=120)
    assert running.process.returncode == -signal.SIGTERM
    assert gone(pids)
    assert "SIGKILL" in errors and "Traceback" not in errors


def test_none_is_left_when_the_first_is_killed(tmp_path: Path) -> None:
    running = Running(tmp_path / "data")  # no edition yet: each answers all the same
    try:
        pids = running.pids()
        assert len(pids) == 2
        running.process.kill()
        running.process.communicate()
        end = time.monotonic() + 60
        while not gone(pids) and time.monotonic() < end:
            time.sleep(0.05)
        assert gone(pids)
    finally:
        running.end()


def place(folder: Path, number: int) -> Place:
    return Place(number=number, of=2, folder=folder, secret=b"k" * 32)


def test_nobody_waits_for_what_is_gone_or_newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = Peers(place(tmp_path, 1)), Peers(place(tmp_path, 2))
    began = time.monotonic()
    one.meet(("b", ""), 5.0, 30)  # the other never said that it is there
    two.tell(serves=("a", ""), since=1.0, ready=("a", ""), opened=1.0)
    one.meet(("b", ""), 5.0, 0.1)
    assert 0.1 <= time.monotonic() - began < 5, "a bounded wait"
    two.tell(ready=("b", ""), opened=4.0)
    one.meet(("b", ""), 5.0, 30)
    two.tell(ready=("c", ""), opened=6.0)
    one.meet(("b", ""), 5.0, 30)
    two.tell(serves=("c", ""), since=6.0)
    one.follow(("b", ""), 5.0, 30)
    monkeypatch.setattr("skinproof.faces.web.peers.GONE", 0.0)
    one.meet(("d", ""), 9.0, 30)
    (tmp_path / "2.json").write_text("{")
    assert one.others() == [] and time.monotonic() - began < 10


def test_a_mark_is_seen_once(tmp_path: Path) -> None:
    one, two = Peers(place(tmp_path, 1)), Peers(place(tmp_path, 2))
    assert not two.marked()
    one.mark()
    assert two.marked() and not two.marked()


def test_one_process_at_a_time_has_the_turn(tmp_path: Path) -> None:
    one, two = Peers(place(tmp_path, 1)).turn, Peers(place(tmp_path, 2)).turn
    assert one.take() and one.take() and not two.take()
    one.give()
    assert two.take() and not one.take()
    two.give()


def test_sessions_are_shared_by_those_who_share_file_and_key(tmp_path: Path) -> None:
    one, two = (Sessions(tmp_path / "s", b"k" * 32) for _ in range(2))
    cookie = one.begin("anna", 0.0)
    found = two.find(cookie, 1.0)
    assert found is not None and found == one.find(cookie, 1.0)
    assert (tmp_path / "s").stat().st_mode & 0o077 == 0
    name = cookie.partition(".")[0].encode()
    assert name not in (tmp_path / "s").read_bytes()
    assert Sessions(tmp_path / "s", b"x" * 32).find(cookie, 1.0) is None
    two.end(cookie)
    assert one.find(cookie, 1.0) is None


def test_metrics_say_whose_each_number_is_where_there_are_several() -> None:
    metrics = Metrics()
    metrics.count("page", 200, 0.02)
    alone = metrics_text({0: metrics.samples({"g": 2})}, {"g": "Words."})
    assert 'skinproof_requests_total{kind="page",status="200"} 1\n' in alone and "\ng 2\n" in alone
    both = metrics_text({1: metrics.samples({"g": 2}), 2: metrics.samples({"g": 3})}, {"g": "Words."})
    assert 'g{worker="1"} 2\ng{worker="2"} 3\n' in both and both.count("# TYPE g ") == 1
    assert 'skinproof_request_seconds_bucket{worker="2",le="+Inf"} 1\n' in both
