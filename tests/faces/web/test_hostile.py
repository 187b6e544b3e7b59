"""Hostile input: words of records that want to run, requests that want to break in, and requests that want to wear the server out."""

import contextlib
import copy
import csv
import io
import json
import random
import re
import resource
import socket
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from skinproof.faces.site.write import write_site
from skinproof.faces.web import server as web_server
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.security import host_names
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import open_workspace
from tests.browser.conftest import Seen, served
from tests.faces.test_site import hostile, posted
from tests.workflows.records import given, lines, record

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

XSS = (
    "<script>window.ran=1</script>",
    '"><img src=x onerror=window.ran=2>',
    "'><svg/onload=window.ran=3>",
    "</title></style></textarea></script><script>window.ran=4</script>",
    "<!--><img src=x onerror=window.ran=5>-->",
    "]]><script>window.ran=6</script>",
    "<svg><animate onbegin=window.ran=7 attributeName=x dur=1s>",
    "<details open ontoggle=window.ran=8>",
    '<a href="javascript:window.ran=9">x</a>',
    '<iframe srcdoc="<script>parent.ran=10</script>"></iframe>',
    "<math><mtext><table><mglyph><style><img src=x onerror=window.ran=11>",
    "<form action=https://example.org/><button formaction=javascript:window.ran=12>",
    "<base href=https://example.org/>",
    "<meta http-equiv=refresh content='0;url=https://example.org/'>",
    "<link rel=stylesheet href=https://example.org/a.css>",
    "<style>@import 'https://example.org/a.css';</style>",
    "{{constructor.constructor('window.ran=13')()}}${window.ran=14}<%=7*7%>",
    "\u202e\u2066\u200b\u0000\ufeff<ScRiPt>window.ran=15</ScRiPt>",
    "<x style=animation-name:x onanimationstart=window.ran=16 autofocus tabindex=1 onfocus=window.ran=17>",
    "&lt;script&gt;window.ran=18&lt;/script&gt;&#60;img src=x onerror=window.ran=19&#62;",
    "\u2028\u2029\\u003cscript\\u003ewindow.ran=20\\u003c/script\\u003e",
    '=HYPERLINK("https://example.org/","x")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)*cmd|'/C calc'!A0",
)
"""Words that became script somewhere: tags, attributes, comments, templates, formulas of tables. `ran` is set where one runs."""

KEPT = re.compile(
    r"nctId|[Dd]ate|^type$|Id$|groupId|units$|status|phases|studyType|allocation|sex|paramType|hasResults"
)
"""Fields that hold a fixed kind of value; all others take any text."""


def poisoned(template: dict[str, Any], number: int) -> dict[str, Any]:
    """A record in which every text holds one of XSS, in turn, behind its own words."""
    made = copy.deepcopy(template)
    chosen = iter(XSS[(at + number) % len(XSS)] for at in range(10_000))

    def walk(value: Any, name: str) -> Any:
        if isinstance(value, dict):
            return {key: walk(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [walk(one, name) for one in value]
        if isinstance(value, str) and not KEPT.search(name) and not value.replace(".", "").isdigit():
            attack = next(chosen)
            return attack if attack[0] in "=+@" and number % 2 else f"{value} {attack}"
        return value

    made = walk(made, "")
    made["protocolSection"]["identificationModule"]["nctId"] = f"NCT{99_100_000 + number:08d}"
    return made


def records() -> list[dict[str, Any]]:
    """Poisoned records, one for each string of the corpus, of three makes."""
    exosome = record(
        1, title="Exosomes for acne scar", updated="2023-03-03", **given("Exosomes", "Acne scar")
    )
    makes = (exosome, hostile(), posted())
    return [poisoned(makes[at % 3], at) for at in range(len(XSS))]


@pytest.fixture(scope="module")
def poisoned_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("poison")
    import_files([lines(folder / "records.jsonl", records())], folder / "data", NOW)
    build(folder / "data")
    return folder / "data"


@pytest.fixture(scope="module")
def app(poisoned_dir: Path) -> Iterator[TestClient]:
    hosts = host_names("127.0.0.1", ["testserver"])
    made = make_app(poisoned_dir, open_workspace, Settings(api_per_second=0, hosts=hosts, seconds=5))
    with TestClient(
        made, base_url="http://127.0.0.1:8000", follow_redirects=False, raise_server_exceptions=False
    ) as c:
        yield c


class Strict(HTMLParser):
    """What of a page could run or lead out of it."""

    SCRIPTS = re.compile(r"^(\.\./)*static/[a-z]+\.js$")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("iframe", "object", "embed", "base", "img", "style", "math", "animate", "x", "mglyph"):
            self.bad.append(f"<{tag}>")
        if tag == "script" and not self.SCRIPTS.match(values.get("src") or ""):
            self.bad.append(f"<script {values}>")
        if tag == "meta" and values.get("http-equiv", "Content-Security-Policy") != "Content-Security-Policy":
            self.bad.append("<meta http-equiv>")
        for name, value in attrs:
            address = re.sub(r"[\x00-\x20]+", "", value or "").lower()
            if name.startswith("on") or name in ("style", "srcdoc", "formaction"):
                self.bad.append(f"{name}={value}")
            if name in ("href", "src", "action", "xlink:href") and re.match(
                r"(javascript|vbscript|data:text)", address
            ):
                self.bad.append(f"{name}={value}")
            if name == "href" and tag == "a":
                self.links.append(value or "")

    handle_startendtag = handle_starttag


PAGES = ("", "?open=indication:scar&cell=ev~indication:scar", "studies.html", "studies.html?q=ran", "preparations.html", "landscape.html",
         "gaps.html", "pooled.html", "claim.html?q=exosomes+improve+acne+scars", "changes.html", "method.html", "vocabulary.html",
         "issues.html", "api.html", "agent/all-ev.html", "indication/scar.html", "cells/ev--scar.html")  # fmt: skip


def every_page(app: TestClient) -> list[str]:
    """Pages of each kind, and the page of every poisoned record."""
    return [*PAGES, *(f"study/NCT{99_100_000 + at:08d}.html" for at in range(len(XSS)))]


def test_no_word_of_a_record_becomes_markup(app: TestClient) -> None:
    for name in every_page(app):
        found = app.get(f"/{name}")
        assert found.status_code == 200, name
        assert Strict(found.text).bad == [], name


@pytest.mark.parametrize("attack", XSS)
def test_no_word_of_a_question_becomes_markup(app: TestClient, attack: str) -> None:
    asked = quote(attack, safe="")
    for address in (f"/?agent={asked}", f"/?cell={asked}", f"/?open={asked}", f"/?as_of={asked}", f"/?country={asked}",
                    f"/studies.html?q={asked}", f"/studies.html?sort={asked}", f"/studies.html?{asked}=1", f"/claim.html?q={asked}",
                    f"/claim.html?agent={asked}", f"/{asked}.html", f"/study/{asked}.html", f"/agent/{asked}.html", f"/api/v1/find?q={asked}",
                    f"/api/v1/study/{asked}", f"/api/v1/count?agent={asked}", f"/api/v1/claim?q={asked}", f"/map.svg?agent={asked}"):  # fmt: skip
        found = app.get(address)
        assert found.status_code < 500, address
        if found.headers.get("content-type", "").startswith("text/html"):
            assert Strict(found.text).bad == [], address
        else:
            assert "html" not in found.headers.get("content-type", ""), address
        location = found.headers.get("location", "/")
        assert location.startswith("/") and not location.startswith("//"), address


def test_data_of_poisoned_records_stay_data(app: TestClient) -> None:
    for name in ("studies", "find?q=exosome", "map", "preparations", "gaps", "changes", "landscape"):
        found = app.get(f"/api/v1/{name}")
        assert found.status_code in (200, 404), (name, found.text[:300])
        if found.status_code == 200:
            assert found.headers["content-type"].startswith("application/json")
            json.loads(found.text)
    for name in (
        "map.csv",
        "preparations.csv",
        "landscape.csv",
        "gaps.csv",
        "api/v1/studies?format=csv",
        "studies.csv?q=exosome",
    ):
        found = app.get(f"/{name}")
        if found.status_code == 404:
            continue
        assert found.headers["content-type"].startswith("text/csv"), name
        for row in csv.reader(io.StringIO(found.text)):
            for value in row:
                assert not re.match(r"\s*[=+@]|-(?!\d)\S", value), (name, value[:80])
    for name in ("map.svg", "map.svg?open=indication:scar", "doses-ev.svg", "feed.xml"):
        found = app.get(f"/{name}")
        if found.status_code == 404:
            continue
        for element in ET.fromstring(found.content).iter():
            assert element.tag.rpartition("}")[2] not in ("script", "foreignObject", "animate", "iframe"), (
                name
            )
            for key, value in element.attrib.items():
                assert not key.startswith("on") and not value.strip().lower().startswith("javascript:"), name


def test_nothing_of_poisoned_records_runs_in_a_browser(
    poisoned_dir: Path, tmp_path: Path, browser: Any
) -> None:
    workspace = open_workspace(poisoned_dir)
    write_site(workspace, tmp_path / "site")
    workspace.close()
    seen = Seen()
    context = browser.new_context()
    page = seen.watch(context.new_page())
    with served(poisoned_dir) as live:
        names = [*PAGES, *(f"study/NCT{99_100_000 + at:08d}.html" for at in range(len(XSS)))]
        asked = [f"studies.html?q={quote(one)}" for one in XSS[:8]] + [
            f"claim.html?q={quote(one)}" for one in XSS[:8]
        ]
        files = [
            "index.html",
            "studies.html",
            "map.svg",
            "study/NCT99100001.html",
            "study/NCT99100004.html",
            "preparations.html",
        ]
        for address in [
            *(f"{live}/{n}" for n in (*names, *asked)),
            *(f"{(tmp_path / 'site').as_uri()}/{n}" for n in files),
        ]:
            page.goto(address)
            assert page.evaluate("window.ran") is None, address
            assert page.url.split("?")[0] == address.split("?")[0], "no page leads away by itself"
    context.close()
    assert seen.problems == []


ODD = ("", "\x00", "\r\nX-Evil: 1", "é" * 50, "\ud83d", "%", "%%%zz", "../" * 30, "-1", "1e999", "9" * 400, "NaN", "null", "[]", "' OR 1=1 --",
       "a' UNION SELECT * FROM sqlite_master--", "\"" * 31, "NEAR(a b, 99999999)", "*", "a*" * 200, "(" * 400, "AND OR NOT", "title:", "^a", "{a b}:c",
       "a AND " * 300 + "b", "\"a\" " * 300, "(a+)+$" + "a" * 300 + "!", ".*" * 300, "a" * 3000, "\u202e" * 300, "-" * 1000, "1900-13-45")  # fmt: skip
"""Values that break a parser, a query language, a header or a number."""


def test_odd_values_of_every_parameter_are_refused_or_answered(app: TestClient) -> None:
    """Nothing is a fault of the program, and nothing takes long: patterns that are slow elsewhere are plain words here."""
    names = ("q", "agent", "role", "indication", "route", "design", "phase", "status", "country", "results", "overdue", "year", "as_of", "offset",
             "limit", "sort", "cell", "open", "posted_from", "since", "format", "comparator")  # fmt: skip
    chance = random.Random(7)
    slow: list[tuple[float, str]] = []
    paths = (
        "/",
        "/studies.html",
        "/claim.html",
        "/map.svg",
        "/api/v1/count",
        "/api/v1/find",
        "/api/v1/studies",
        "/api/v1/claim",
    )
    for path in paths:
        for name in names:
            for value in chance.sample(ODD, 5):
                address = f"{path}?{name}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}"
                began = time.process_time()
                found = app.get(address)
                slow.append((time.process_time() - began, address))
                assert found.status_code in (200, 304, 308, 400, 404, 414), (found.status_code, address)
    for value in ODD:
        for path in ("/studies.html", "/api/v1/find", "/claim.html"):
            address = f"{path}?q={quote(value.encode('utf-8', 'surrogatepass'), safe='')}"
            began = time.process_time()
            found = app.get(address)
            slow.append((time.process_time() - began, address))
            assert found.status_code in (200, 400, 414), (found.status_code, address)
    worst = max(slow)
    assert worst[0] < 6, worst


def test_raw_queries_that_are_no_text(app: TestClient) -> None:
    for query in (
        "%",
        "%ff%fe",
        "a=%00",
        "&&&&",
        "=",
        "=&=",
        "q=%ED%A0%80",
        "q=a&q=b&q=c",
        "q[]=1",
        "q=" + "%25" * 900,
        ";;;",
        "?" * 50,
    ):
        for path in ("/", "/studies.html", "/api/v1/find", "/claim.html"):
            found = app.get(f"{path}?{query}")
            assert found.status_code in (200, 308, 400, 414), (found.status_code, path, query[:40])


@pytest.mark.parametrize("path", [
    "/../../../etc/passwd", "/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/static/..%2f..%2fapp.py", "/static/%2e%2e/write.py",
    "/static//etc/passwd", "/study/..%2f..%2f..%2fCURRENT", "/study/%2fetc%2fpasswd.html", "/cells/..%5c..%5craw.sqlite", "/raw.sqlite", "/editions/CURRENT",
    "/pooled/../../raw.sqlite", "/agent/....//....//raw.sqlite", "/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd", "/api/v1/study/..%2f..%2fraw.sqlite",
    "/skinproof-site.json", "/static/site.css%00.html", "/file:///etc/passwd", "/~root", "/.git/config", "/con.html", "//127.0.0.1/x", "/\\127.0.0.1/x",
])  # fmt: skip
def test_no_path_leads_to_a_file_of_the_machine(app: TestClient, path: str) -> None:
    found = app.get(path)
    assert found.status_code in (308, 400, 404), path
    assert "root:" not in found.text and "SQLite format" not in found.text
    location = found.headers.get("location", "/x")
    assert re.match(r"/[^/\\]", location) or location == "/", location


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "HEAD", "FOO"]
)
def test_methods_that_an_address_has_not(app: TestClient, method: str) -> None:
    for path in ("/", "/studies.html", "/api/v1/count", "/static/site.css", "/healthz"):
        found = app.request(method, path)
        if method == "HEAD":
            assert found.status_code == 200 and not found.content, path
        else:
            assert found.status_code in (400, 403, 404, 405), (method, path, found.status_code)


HEADERS = {
    "range": ["bytes=0-0,1-1,2-2," * 200, "bytes=99999999999-"],
    "accept": ["*/*;q=" + "9" * 500, "\xff\xfe"],
    "accept-encoding": ["gzip, " * 500, "gzip;q=-1", "*;q=0", "br"],
    "if-none-match": ["*", '"' * 500, "W/" * 300, '"a",' * 1000],
    "cookie": ["a=b; " * 1000, "session=" + "A" * 3000, "=;;;=", "session=\xff"],
    "content-length": ["-1", "1e9", "99999999999999999999", "+5", "abc"],
    "x-forwarded-for": ["127.0.0.1, " * 300, "' OR 1=1"],
    "x-forwarded-host": ["evil.example"],
    "origin": ["https://evil.example", "null"],
    "referer": ["javascript:alert(1)"],
    "authorization": ["Basic " + "A" * 4000, "Bearer \xff"],
    "host": ["127.0.0.1:8000@evil.example", "evil.example", "127.0.0.1, evil.example", "[::1"],
    "expect": ["100-continue"],
    "content-type": ["multipart/form-data; boundary=" + "a" * 3000, "text/html; charset=\xff"],
}  # fmt: skip


def test_headers_that_are_odd_break_nothing(app: TestClient) -> None:
    for name, values in HEADERS.items():
        for value in values:
            for path in ("/", "/api/v1/count"):
                found = app.get(path, headers={name.encode(): value.encode("latin-1")})
                assert found.status_code in (200, 206, 304, 400, 413, 416, 421), (
                    name,
                    value[:40],
                    found.status_code,
                )
                assert "evil.example" not in found.text + str(found.headers), name


# What follows needs a socket.


@pytest.fixture()
def port(poisoned_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(web_server, "HEAD_SECONDS", 1.0)
    with served(poisoned_dir, seconds=5.0) as address:
        yield int(address.rpartition(":")[2])
        assert ask(
            int(address.rpartition(":")[2]), b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        ).startswith(b"HTTP/1.1 200"), "the server is still up"


def ask(port: int, request: bytes, wait: float = 30.0) -> bytes:
    """The first bytes of the answer to some bytes; empty where the server hung up."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as line:
        with contextlib.suppress(OSError):  # it may be refused before all of it was sent
            line.sendall(request)
        try:
            return line.recv(4096)
        except ConnectionError:
            return b""


def head(path: bytes, more: bytes = b"") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n" + more + b"\r\n"


def memory() -> float:
    """Megabytes of this process at its largest so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_requests_of_a_million_letters_are_refused_and_cost_nothing(port: int) -> None:
    before = memory()
    for request in (
        head(b"/studies.html?q=" + b"a" * 1_000_000),
        head(b"/" + b"a/" * 500_000),
        head(b"/", b"X-Long: " + b"a" * 1_000_000 + b"\r\n"),
        head(b"/", b"A: b\r\n" * 200_000),
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000000\r\n\r\n" + b"a" * 1_000_000,
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"ffff\r\n"
        + b"a" * 65535
        + b"\r\n",
    ):
        for _ in range(3):
            answer = ask(port, request)
            assert not answer or re.match(rb"HTTP/1.1 4\d\d", answer), answer[:100]
    assert memory() - before < 100


@pytest.mark.parametrize("request_", [
    b"\x00" * 100, b"\r\n\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n\r\n", b"GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"GET /\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n",
    b"GET /studies.html HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\n\r\n",
])  # fmt: skip
def test_bytes_that_are_no_request(port: int, request_: bytes) -> None:
    answer = ask(port, request_)
    assert not re.match(rb"HTTP/1.1 5", answer), answer[:200]
    assert b"evil.example" not in answer


def test_many_connections_that_dawdle_are_let_go_and_others_are_served(port: int) -> None:
    idle = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(300)]
    try:
        for at, line in enumerate(idle):
            line.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " if at % 2 else b"G")
        assert ask(port, head(b"/healthz")).startswith(b"HTTP/1.1 200")
        gone = threading.Event()
        for line in idle[::30]:  # one byte at a time does not keep a connection open
            line.settimeout(30)
            until = time.monotonic() + 30
            try:
                while time.monotonic() < until and not gone.is_set():
                    line.sendall(b"a")
                    time.sleep(0.2)
                pytest.fail("a client that never ends its request is still held")
            except OSError:
                pass
    finally:
        for line in idle:
            line.close()


def test_a_client_that_never_reads_holds_nobody_up(port: int) -> None:
    greedy = []
    try:
        for _ in range(40):
            line = socket.create_connection(("127.0.0.1", port), timeout=30)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.sendall(head(b"/vocabulary.html") * 5)
            greedy.append(line)
        for _ in range(5):
            assert ask(port, head(b"/healthz")).startswith(b"HTTP/1.1 200")
    finally:
        for line in greedy:
            line.close()


def test_more_questions_than_threads_are_answered_or_told_to_wait(port: int) -> None:
    """A hundred different questions at once: each is answered, or refused with 503 and when to come again."""
    answers: list[bytes] = []

    def one(at: int) -> None:
        answers.append(ask(port, head(b"/studies.html?q=exosome*+OR+scar%d" % at), 30.0))

    threads = [threading.Thread(target=one, args=(at,)) for at in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    status = [answer[9:12] for answer in answers]
    assert len(status) == 100 and set(status) <= {b"200", b"503"}, set(status)
    assert all(b"retry-after" in answer.lower() for answer in answers if answer[9:12] == b"503")
