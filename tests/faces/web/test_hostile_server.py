"""Clients that mean harm or know no better, at `skinproof serve` in a process of its own.

After each of them the server answers, has no fault logged or counted, and has not grown.
"""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import pytest

from skinproof.settings import WRITE_TOKEN
from tests.waiting import until

HEAD = b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n"
PROGRAM = """
from skinproof.faces.cli import main
from skinproof.faces.web import rate, server
rate.RateLimit.wait = lambda *words: 0.0
server.HEAD_SECONDS, server.STALLED_SECONDS = 1.0, 1.0
main()
"""
"""The command, without its limit to requests to the API, which would refuse most of what is asked here unread, and with less patience."""

TOKEN = b"w" * 40

MOST_GROWTH = 200
"""Megabytes; a first answer of each kind loads what it needs."""


class Serving(NamedTuple):
    """A server in another process. said: the file of what it logs."""

    process: "subprocess.Popen[bytes]"
    port: int
    said: Path

    def megabytes(self) -> float | None:
        """Memory that it holds now; None where the machine does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return None
        found = re.search(r"VmRSS:\s+(\d+)", status.read_text())
        return int(found[1]) / 1024 if found else None

    def ask(self, request: bytes, wait: float = 30.0) -> bytes:
        """All that comes back until the server is done or hangs up."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=wait) as line:
            with contextlib.suppress(OSError):  # it may be refused before all of it was sent
                line.sendall(request)
            return read(line)

    def get(self, path: str, headers: bytes = b"") -> bytes:
        """The answer to a plain question."""
        return self.ask(HEAD % (path.encode("ascii"), headers + b"Connection: close\r\n"))


def read(line: socket.socket) -> bytes:
    """What comes, until the other side hangs up."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def status(answer: bytes) -> int:
    """The status of the first answer; 0 where the server only hung up."""
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert found or not answer, answer[:100]
    return int(found[1]) if found else 0


@pytest.fixture(scope="module")
def process(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    said = tmp_path_factory.mktemp("said") / "log.txt"
    words = [sys.executable, "-c", PROGRAM, "serve", "--port", "0", "--data", str(data_dir)]
    allowed = {**os.environ, WRITE_TOKEN: TOKEN.decode()}  # so that bodies are read
    with (
        said.open("wb") as log,
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, env=allowed) as made,
    ):
        try:
            assert made.stdout is not None
            port = re.search(rb":(\d+)/", made.stdout.readline())
            assert port, said.read_text()
            server = Serving(made, int(port[1]), said)
            _wait_for(server)
            yield server
        finally:
            made.terminate()


def _wait_for(server: Serving) -> None:
    """Until it answers, its large pages are made, and what each kind of page needs is there."""

    def ready() -> bool:
        with contextlib.suppress(ConnectionRefusedError):
            return b"skinproof_pages_to_warm 0" in server.get("/metrics")
        return False

    until(ready, "the server")
    for path in ("/", "/studies.html?q=exosome", "/claim.html?q=exosomes+improve+scars", "/api/v1/map"):
        until(lambda path=path: status(server.get(path)) == 200, path)


@pytest.fixture()
def server(process: Serving) -> Iterator[Serving]:
    """The server, which must be as well after the test as it was before."""
    before = process.megabytes()
    yield process
    assert process.process.poll() is None, "the server is still up"
    assert status(process.get("/healthz")) == 200
    assert b'status="500"' not in process.get("/metrics")
    assert "Traceback" not in process.said.read_text(errors="replace")
    after = process.megabytes()
    assert before is None or after is None or after - before < MOST_GROWTH, (before, after)


LONG = b"a" * 15_000
HEADERS = (
    b"X-Long: " + LONG, b"X: 1\r\n" * 1500 + b"X: 1", b"X-Folded: a\r\n b\r\n c", b"X-Zero: a\0b", b"X-Byte: \xff\xfe\x80", b"X-Bare: a\rb",
    b"No colon", b": no name", b"Sp ace: 1", b"\xe9: 1", b"X: \x01\x02\x1b[2J",
    b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: +5", b"Content-Length: 1e3", b"Content-Length: 0x5",
    b"Content-Length: 5, 6", b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: " + b"9" * 300,
    b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: xchunked", b"Transfer-Encoding:\tchunked", b"Transfer-Encoding: chunked;a=b",
    b'If-None-Match: "', b'If-None-Match: W/"' + LONG, b"If-None-Match: " + b'"a",' * 3000, b"If-None-Match: \xff", b"If-None-Match:",
    b"If-Modified-Since: yesterday", b"If-Range: \xff", b"Range: bytes=5-1", b"Range: bytes=-", b"Range: bytes=" + b"0-0," * 3000,
    b"Range: bytes=99999999999999999999-", b"Range: lines=1-2",
    b"Accept-Encoding: " + b"gzip;q=" * 1500, b"Accept-Encoding: gzip;q=\xff", b"Accept-Encoding: gzip;q=nan, identity;q=0", b"Accept-Encoding: ,;=,;;",
    b"Accept: " + b"*/*;" * 3000, b"Cookie: " + b"a=b;" * 3000, b"Cookie: \xff=\xfe", b"Cookie: skinproof_session=" + LONG, b"Authorization: \xff",
    b"Authorization: Bearer " + LONG, b"Expect: 100-continue", b"Expect: " + LONG, b"Connection: \xff", b"Connection: keep-alive, close, upgrade",
    b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", b"X-Forwarded-For: " + b"1.2.3.4," * 1500,
    b"X-Forwarded-Proto: \xff", b"X-HTTP-Method-Override: DELETE", b"X-Original-URL: /../../etc/passwd", b"Forwarded: for=\xff",
)  # fmt: skip
HOSTS = (
    b"", b" ", b"\xff", b"127.0.0.1\0", b"evil.example", b"127.0.0.1@evil.example", b"127.0.0.1:99999999", b"127.0.0.1:a", b"[::1", b"::1", b"[::1]]",
    b"127.0.0.1/..", b"a" * 10_000, b"127.0.0.1, evil.example", b"127.0.0.1\r\nHost: evil.example", b"127.0.0.1\r\n evil.example", b"0177.0.0.1", b"127.1",
)  # fmt: skip


def test_headers_that_no_client_should_send(server: Serving) -> None:
    for header in HEADERS:
        for path in (b"/", b"/api/v1/count"):
            with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
                line.sendall(HEAD % (path, header + b"\r\nConnection: close\r\n"))
                line.shutdown(socket.SHUT_WR)  # what was promised and does not come is not waited for
                answer = read(line)
            assert status(answer) in (0, 200, 304, 400, 413, 417, 421, 431, 501), (header[:60], answer[:80])


def test_names_that_are_not_of_this_server(server: Serving) -> None:
    for host in HOSTS:
        answer = server.ask(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        own = host.partition(b":")[0].strip() == b"127.0.0.1"
        assert status(answer) in ((200, 400, 421) if own else (0, 400, 421)), (host[:40], answer[:80])
        assert b"evil.example" not in answer, host


def test_a_body_hides_no_second_request(server: Serving) -> None:
    """Two readers of one request must not find two requests in it (request smuggling)."""
    hidden = b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)
    for method in (b"GET", b"POST"):
        for framing, body in (
            (b"Content-Length: %d\r\nTransfer-Encoding: chunked" % len(hidden), b"0\r\n\r\n" + hidden),
            (b"Transfer-Encoding: chunked\r\nContent-Length: 4", chunk),
            (b"Transfer-Encoding : chunked", chunk),
            (b"Transfer-Encoding: identity", hidden),
            (b"Content-Length: 0\r\nContent-Length: %d" % len(hidden), hidden),
            (b"Content-Length: %d" % len(hidden), hidden),
            (b"Transfer-Encoding: chunked", chunk),
        ):
            start = (
                method + b" / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + framing + b"\r\nConnection: close\r\n\r\n"
            )
            answer = server.ask(start + body)
            assert b"skinproof_uptime_seconds" not in answer, framing
            assert answer.count(b"HTTP/1.1 ") <= 1, framing


PATHS = (
    "..",
    "%2e%2e",
    "%252e%252e",
    ".%2e",
    "..%00",
    "..;",
    "%c0%ae%c0%ae",
    "%uff0e%uff0e",
    "%EF%BC%8E%EF%BC%8E",
    "..%5c",
    "%5c..",
    "....",
    "..%ff",
)
SLASHES = ("/", "%2f", "%252f", "\\", "%5c", "//", "%c0%af", "%EF%BC%8F", "/./")


def test_no_spelling_of_a_path_leads_out(server: Serving) -> None:
    for start in ("/", "/static/", "/study/", "/cells/", "/api/v1/studies/", "/api/v1/papers/"):
        for up in PATHS:
            for slash in SLASHES:
                for file in ("etc/passwd", "CURRENT", "raw.sqlite"):
                    path = start + slash.join([up] * 6 + [file])
                    answer = server.get(path)
                    assert status(answer) in (308, 400, 404, 414), (path, answer[:80])
                    assert b"root:" not in answer and b"SQLite format" not in answer, path
                    location = re.search(rb"\r\nlocation: (.*)\r\n", answer)
                    assert location is None or re.match(rb"/([^/\\]|$)", location[1]), (path, location)


PATTERNS = (
    '"', '"' * 501, "(" * 500, "(" * 500 + "a" + ")" * 500, ")(" * 300, "a AND " * 500 + "b", "a OR " * 600 + "b", "NOT " * 600 + "a", "a NOT b " * 300,
    "NEAR(" * 200, "a* " * 500, "*" * 900, "**a**", "a" * 999, "a " * 499, "title:" * 160, "title:title:a", "-a -b", "^" * 500, "{" * 500, "[" * 500,
    "(a+)+" * 150 + "!", ".*" * 400, "\\" * 900, "%" * 900, "_" * 900, "'" * 900, "\u0301" * 400, "\u202e" * 300, "ﷺ" * 300, "İ" * 400, "ß" * 400,
    "1" * 999, "1.1." * 240, "1e9" * 300, "10^" * 300, "- " * 450, "exosome exosomes " * 55, "exosomes in acne vs placebo, " * 30, "\t\r\n" * 200, "\ufdd0\U0010ffff",
)  # fmt: skip
TEXTS = (
    "/studies.html?q=", "/papers.html?q=", "/claim.html?q=", "/?agent=", "/?country=", "/api/v1/find?q=", "/api/v1/papers?q=", "/api/v1/claim?q=",
    "/api/v1/measured?words=", "/api/v1/about?term=", "/api/v1/landscape?ratio=", "/api/v1/count?agent=", "/api/v1/count?country=", "/map.svg?agent=",
)  # fmt: skip


def test_patterns_that_are_slow_elsewhere(server: Serving) -> None:
    began = _cpu(server)
    asked = 0
    for address in TEXTS:
        for pattern in PATTERNS:
            answer = server.get(address + quote(pattern, safe="")[:3900].rpartition("%")[0])
            assert status(answer) in (200, 308, 400, 404, 414, 422), (address, pattern[:30], answer[:300])
            asked += 1
    assert _cpu(server) - began < 0.2 * asked


def _cpu(server: Serving) -> float:
    """Seconds that the server worked, whatever else the machine did."""
    times = Path(f"/proc/{server.process.pid}/stat")
    if not times.exists():
        return 0.0
    fields = times.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_a_query_of_a_million_letters(server: Serving) -> None:
    for start in TEXTS:
        assert status(server.get(start + "a" * 1_000_000)) in (0, 400, 414, 431)


def test_methods_that_no_address_has(server: Serving) -> None:
    for method in (
        b"POST",
        b"PUT",
        b"PATCH",
        b"DELETE",
        b"OPTIONS",
        b"TRACE",
        b"CONNECT",
        b"PROPFIND",
        b"get",
        b"G" * 5000,
        b"GE\xffT",
        b"G\0T",
        b"",
    ):
        for path in (b"/", b"/api/v1/count", b"/login", b"/judge", b"/api/v1/judgements", b"*", b"http://evil.example/", b"//evil.example/"):  # fmt: skip
            answer = server.ask(
                method + b" " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
            )
            assert status(answer) in (0, 400, 403, 404, 405, 413), (method[:20], path, answer[:80])


def test_many_requests_in_one_line_are_answered_in_their_order(server: Serving) -> None:
    paths = [b"/healthz", b"/robots.txt", b"/nothing.html"] * 60
    answer = server.ask(
        b"".join(HEAD % (path, b"") for path in paths) + HEAD % (b"/healthz", b"Connection: close\r\n")
    )
    found = re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)
    assert found == [b"200", b"200", b"404"] * 60 + [b"200"]


@pytest.mark.parametrize("start", [
    b"", b"G", b"GET / HTTP/1.1\r\nX-Slow: ", b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n\r\n", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n\r\n",
    b"POST /judge HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n"
    b"Content-Length: 9000\r\n\r\n",
    b"POST /api/v1/judgements HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAuthorization: Bearer " + TOKEN
    + b"\r\nContent-Length: 9000\r\n\r\n",
    b"POST /api/v1/judgements HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
], ids=["nothing", "a letter", "headers", "login", "page", "get", "form", "token", "chunked"])  # fmt: skip
def test_who_sends_a_letter_now_and_then_is_let_go(server: Serving, start: bytes) -> None:
    """Two hundred of them, a letter every while: none is held for long, and others are answered meanwhile."""
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=30) for _ in range(200)]
    try:
        for line in held:
            line.sendall(start)
        assert status(server.get("/healthz")) == 200
        for line in held[::40]:
            until(
                lambda line=line: not _takes_another_letter(line),
                "the end of a client that never ends its request",
            )
    finally:
        for line in held:
            line.close()


def _takes_another_letter(line: socket.socket) -> bool:
    try:
        line.sendall(b"a")
        line.settimeout(0.01)
        while line.recv(65536):
            pass
    except TimeoutError:
        return True
    except OSError:
        return False
    return False


def test_who_takes_nothing_of_an_answer_is_let_go(server: Serving) -> None:
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.settimeout(30)
        line.connect(("127.0.0.1", server.port))
        request = HEAD % (b"/vocabulary.html", b"") * 20
        longest = time.monotonic() + 60
        with pytest.raises(OSError):
            while time.monotonic() < longest:
                line.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    line.send(request)
                time.sleep(0.1)


def test_who_reads_nothing_or_slowly_holds_nobody_up(server: Serving) -> None:
    lines = []
    try:
        for at in range(100):
            line = socket.socket()
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            line.settimeout(30)
            line.connect(("127.0.0.1", server.port))
            line.sendall((HEAD % (b"/vocabulary.html", b"")) * (20 if at % 2 else 1))
            lines.append(line)
        for _ in range(20):
            for line in lines[::10]:
                line.recv(100)
            assert status(server.get("/healthz")) == 200
    finally:
        for line in lines:
            line.close()
