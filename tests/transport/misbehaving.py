"""A local server with an API like ClinicalTrials.gov's (v2), which misbehaves on purpose when told to.

Records are synthetic (ids NCT999xxxxx) unless others are given. In a test: `with Registry(records) as server`, then
`server.base`, `server.next("429", "cut")` for the next requests, or `server.often(0.2, seed)` for faults by chance.
As a program, for benchmarks: `python -m tests.transport.misbehaving --records 10000` prints its base address.
"""

import argparse
import base64
import gzip
import json
import random
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

FAULTS = (
    "429", "429-date", "500", "503", "drip", "cut", "gzip-cut", "gzip-damaged", "type", "html", "html-as-json",
    "not-json", "token-again", "expired", "total", "duplicate", "missing", "huge", "loop", "private", "away",
)  # fmt: skip
"""What one answer can have wrong with it."""
STOPPING = ("huge", "loop", "private", "away")
"""Of these, the ones that a client must not try again."""

_SINCE = re.compile(r"AREA\[LastUpdatePostDate\]RANGE\[(\d{4}-\d\d-\d\d),MAX\]")
_HUGE = 64 << 20


def name_of(number: int) -> str:
    """The id of a synthetic record; no real study has it."""
    return f"NCT{99_900_000 + number:08d}"


def record(number: int, day: str = "2024-03-05", **status: Any) -> dict[str, Any]:
    """A synthetic record of the API's shape; its id is no real study's. status: further fields of the status module."""
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": name_of(number),
                "briefTitle": "Synthetic study of exosomes on facial scars",
            },
            "statusModule": {
                "overallStatus": "RECRUITING",
                "studyFirstPostDateStruct": {"date": "2023-01-02", "type": "ACTUAL"},
                "lastUpdatePostDateStruct": {"date": day, "type": "ACTUAL"},
                **status,
            },
            "designModule": {"studyType": "INTERVENTIONAL", "enrollmentInfo": {"count": 10 + number % 90}},
            "conditionsModule": {"conditions": ["Scar"]},
            "armsInterventionsModule": {"interventions": [{"type": "BIOLOGICAL", "name": "Exosomes"}]},
            "outcomesModule": {"primaryOutcomes": [{"measure": "Scar score", "timeFrame": "12 weeks"}]},
        },
        "derivedSection": {"miscInfoModule": {"versionHolder": "2026-11-20"}},
        "hasResults": False,
    }


class Registry:
    """The server and what it serves. Change `records` with `put` and `delete` only."""

    def __init__(self, records: Iterable[Mapping[str, Any]] = (), *, pack: bool = True) -> None:
        self._lock = threading.Lock()
        self._bodies: dict[str, bytes] = {}
        self._days: dict[str, str] = {}
        self.aliases: dict[str, str] = {}
        self.version = 1
        self.pack = pack
        self.requests: list[str] = []
        self.studies_named = "studies"
        """The key of a page's studies: another one is a field renamed upstream."""
        self.body_edit: tuple[bytes, bytes] | None = None
        """Replaced in every body that is sent: another way to rename a field."""
        self.fields: list[dict[str, Any]] | None = None
        """What /studies/metadata says; None: the server has no such page."""
        self.drip = 0.002
        self.largest_page = 1000
        self._queue: list[str | None] = []
        self._rate, self._chance, self._kinds = 0.0, random.Random(0), FAULTS
        self._cache: dict[str, bytes] = {}
        self.put(records)
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    @property
    def base(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/api/v2"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, records: Iterable[Mapping[str, Any]]) -> None:
        """Add or replace records; the data has another version then, and old page tokens expire."""
        with self._lock:
            for one in records:
                protocol = one["protocolSection"]
                name = protocol["identificationModule"]["nctId"]
                self._bodies[name] = json.dumps(one, ensure_ascii=False, separators=(",", ":")).encode()
                self._days[name] = (
                    protocol["statusModule"].get("lastUpdatePostDateStruct", {}).get("date", "")
                )
            self._changed()

    def touch(self, number: int, day: str) -> None:
        """Give some records, evenly spread, another status and last-update day."""
        every = max(1, len(self._bodies) // number)
        some = [json.loads(self._bodies[name]) for name in list(self._bodies)[::every][:number]]
        for one in some:
            status = one["protocolSection"]["statusModule"]
            status["overallStatus"] = (
                "TERMINATED" if status.get("overallStatus") != "TERMINATED" else "UNKNOWN"
            )
            status["lastUpdatePostDateStruct"] = {"date": day, "type": "ACTUAL"}
        self.put(some)

    def put_raw(self, name: str, body: bytes, day: str = "2024-03-05") -> None:
        """Serve a body as it is, whatever it holds."""
        with self._lock:
            self._bodies[name], self._days[name] = body, day
            self._changed()

    def delete(self, *names: str) -> None:
        """Take records away."""
        with self._lock:
            for name in names:
                del self._bodies[name], self._days[name]
            self._changed()

    def _changed(self) -> None:
        self.version += 1
        self._cache.clear()

    @property
    def names(self) -> list[str]:
        """The ids it has."""
        return list(self._bodies)

    def next(self, *faults: str | None) -> None:
        """The faults of the next answers, in order; None: none."""
        self._queue += faults

    def often(self, rate: float, seed: int, kinds: tuple[str, ...] = FAULTS) -> None:
        """A fault in this share of answers, from now on."""
        self._rate, self._chance, self._kinds = rate, random.Random(seed), kinds

    def fault(self) -> str | None:
        """What is to go wrong with the answer that is made now."""
        with self._lock:
            if self._queue:
                return self._queue.pop(0)
            if self._rate and self._chance.random() < self._rate:
                return self._chance.choice(self._kinds)
            return None

    def page(self, asked: Mapping[str, str], fault: str | None) -> tuple[int, bytes]:
        """Status and body of /studies."""
        with self._lock:
            ids = self._ids(asked)
            offset, size = 0, min(int(asked.get("pageSize", 10) or 10), self.largest_page)
            if token := asked.get("pageToken"):
                try:
                    version, offset = map(int, base64.urlsafe_b64decode(token).decode().split("."))
                except ValueError:
                    return 400, b"Invalid page token"
                if version != self.version or fault == "expired":
                    return 400, b"Page token is out of date"
            chosen = ids[offset : offset + size]
            if fault == "missing" and chosen:
                chosen.pop(len(chosen) // 2)
            if fault == "duplicate" and chosen:
                chosen.append(chosen[0])
            swept = "fields" in asked and set(asked["fields"].split("|")) <= {"NCTId", "LastUpdatePostDate"}
            bodies = [self._named(name) if swept else self._bodies[name] for name in chosen]
            total = len(ids) + (3 if fault == "total" else 0)
            head = f'"totalCount":{total},' if asked.get("countTotal") == "true" and not token else ""
            after = offset + size
            if fault == "token-again":
                after = offset
            tail = f',"nextPageToken":"{self._token(after)}"' if after < len(ids) else ""
            return 200, b"".join(
                (
                    f'{{{head}"{self.studies_named}":['.encode(), b",".join(bodies), f"]{tail}}}".encode(),
                )
            )  # fmt: skip

    def one(self, name: str) -> tuple[int, bytes]:
        """Status and body of /studies/{nctId}."""
        with self._lock:
            if name in self.aliases:
                return 301, f"/api/v2/studies/{self.aliases[name]}".encode()
            if name not in self._bodies:
                return 404, b"NCT number not found"
            return 200, self._bodies[name]

    def packed(self, key: str, body: bytes) -> bytes:
        """The body as gzip, kept for the next time."""
        key = f"{self.version} {self.studies_named} {key}"
        found = self._cache.get(key)
        if found is None:
            found = self._cache[key] = gzip.compress(body, 1)
        return found

    def _ids(self, asked: Mapping[str, str]) -> list[str]:
        ids = list(self._bodies)
        if wanted := asked.get("filter.ids"):
            chosen = set(re.split(r"[|,]", wanted))
            ids = [name for name in ids if name in chosen]
        if since := _SINCE.search(asked.get("filter.advanced", "")):
            ids = [name for name in ids if self._days[name] >= since[1]]
        return ids

    def _named(self, name: str) -> bytes:
        status = f'"statusModule":{{"lastUpdatePostDateStruct":{{"date":"{self._days[name]}"}}}}'
        return f'{{"protocolSection":{{"identificationModule":{{"nctId":"{name}"}},{status}}}}}'.encode()

    def _token(self, offset: int) -> str:
        return base64.urlsafe_b64encode(f"{self.version}.{offset}".encode()).decode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is no news."""


def _handler(registry: Registry) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            registry.requests.append(self.path)
            try:
                self._answer(registry.fault())
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def _answer(self, fault: str | None) -> None:
            parts = urlsplit(self.path)
            asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            path = parts.path.removeprefix("/api/v2")
            if fault in ("429", "429-date", "500", "503"):
                after = formatdate(time.time() + 1, usegmt=True) if fault == "429-date" else "0"
                more = {"Retry-After": after} if fault.startswith("429") or fault == "503" else {}
                self._send(int(fault[:3]), b"busy", "text/plain", more)
            elif fault in ("loop", "private", "away"):
                place = {
                    "loop": self.path,
                    "private": "http://169.254.169.254/latest/meta-data",
                    "away": "https://example.org/api",
                }[fault]
                self._send(302, b"", "text/plain", {"Location": place})
            elif fault == "html":
                self._send(
                    200, b"<!DOCTYPE html><html><body>Maintenance</body></html>", "text/html; charset=utf-8"
                )
            elif fault == "html-as-json":
                self._send(200, b"<html><body>Sign in</body></html>", "application/json")
            elif fault == "not-json":
                self._send(200, b'{"studies":[{"protocolSection":}', "application/json")
            elif fault == "huge":
                self._send(
                    200, gzip.compress(b" " * _HUGE, 1), "application/json", {"Content-Encoding": "gzip"}
                )
            else:
                self._right(path, asked, fault)

        def _right(self, path: str, asked: Mapping[str, str], fault: str | None) -> None:
            if path == "/version":
                stamp = json.dumps(
                    {"apiVersion": "2.0.5", "dataTimestamp": f"2026-11-20T09:{registry.version:02d}:00"}
                )
                status, body = 200, stamp.encode()
            elif path == "/studies/metadata" and registry.fields is not None:
                status, body = 200, json.dumps(registry.fields).encode()
            elif path == "/studies":
                status, body = registry.page(asked, fault)
            elif path.startswith("/studies/"):
                status, body = registry.one(path.removeprefix("/studies/"))
            else:
                status, body = 404, b"not found"
            if status == 301:
                self._send(301, b"", "text/plain", {"Location": body.decode()})
                return
            if status != 200:
                self._send(status, body, "text/plain")
                return
            plain = fault is None and registry.body_edit is None
            if registry.body_edit is not None:
                body = body.replace(*registry.body_edit)
            kind = "text/plain" if fault == "type" else "application/json"
            more = {}
            if registry.pack or fault in ("gzip-cut", "gzip-damaged"):
                body = registry.packed(self.path, body) if plain else gzip.compress(body, 1)
                more["Content-Encoding"] = "gzip"
            if fault == "gzip-cut":
                body = body[: len(body) * 2 // 3]
            elif fault == "gzip-damaged":
                middle = len(body) // 2
                body = (
                    body[:middle]
                    + bytes(255 - byte for byte in body[middle : middle + 40])
                    + body[middle + 40 :]
                )
            self._send(200, body, kind, more, cut=fault == "cut", drip=fault == "drip")

        def _send(
            self,
            status: int,
            body: bytes,
            kind: str,
            more: Mapping[str, str] | None = None,
            *,
            cut: bool = False,
            drip: bool = False,
        ) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            for name, value in (more or {}).items():
                self.send_header(name, value)
            self.end_headers()
            if cut:
                self.wfile.write(body[: len(body) // 2])
                self.close_connection = True
                return
            if drip:
                for at in range(min(len(body), 30)):
                    self.wfile.write(body[at : at + 1])
                    self.wfile.flush()
                    time.sleep(registry.drip)
                body = body[30:]
            self.wfile.write(body)

    return Handler


def main() -> None:
    """Serve until stdin ends; a line on it changes the data (`WORDS` says how) and is answered with `ok`."""
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=10_000)
    options.add_argument(
        "--lines", type=Path, help="records of a file of JSON lines instead of synthetic ones"
    )
    options.add_argument("--faults", type=float, default=0.0)
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    if asked.lines:
        with asked.lines.open(encoding="utf-8") as lines:
            records = [json.loads(line) for line in lines]
    else:
        records = [record(number) for number in range(asked.records)]
    with Registry(records) as server:
        server.often(asked.faults, asked.seed)
        print(server.base, flush=True)
        for line in sys.stdin:
            word, *numbers = line.split()
            WORDS[word](server, *numbers)
            print("ok", flush=True)


WORDS: Mapping[str, Callable[..., None]] = {
    "put": lambda server, first, last, day: server.put(
        record(number, day, overallStatus="COMPLETED") for number in range(int(first), int(last))
    ),
    "touch": lambda server, number, day: server.touch(int(number), day),
    "delete": lambda server, *numbers: server.delete(*(name_of(int(number)) for number in numbers)),
    "faults": lambda server, rate, seed: server.often(float(rate), int(seed)),
}
"""put FIRST LAST DAY; touch NUMBER DAY; delete NUMBER...; faults RATE SEED."""


if __name__ == "__main__":
    main()
