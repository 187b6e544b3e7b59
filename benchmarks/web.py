"""The pages under load: latency at a steady rate, requests a second beside Datasette, a larger corpus, the map in a browser, a soak.

python benchmarks/web.py [--data FOLDER] [--large FOLDER --factor 20] [--only rate,peer,large,map,soak] [--soak 60] [--pairs 5]

--data and --large: folders that benchmarks/web_data.py made (or will: what is not there is made, in a temporary folder if no name
is given; without --large the larger corpus is left out, as making it takes a quarter of an hour).
"""

import argparse
import contextlib
import csv
import http.client
import io
import json
import os
import random
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from common import SKINPROOF, real_records, run, write_lines
from web_data import made

OURS = """
import sys
from pathlib import Path
from skinproof.faces.web.app import Settings, make_app
from skinproof.faces.web.server import run
from skinproof.workflows.query import open_workspace
folder, port, kept = sys.argv[1:]
settings = Settings(api_per_second=0, cache_bytes=int(kept), threads=Settings().threads, warm=True)
run(make_app(Path(folder), open_workspace, settings), "127.0.0.1", int(port))
"""
KEPT = 64 << 20
"""Bytes of answers that the server keeps unless told otherwise."""
TICKS = os.sysconf("SC_CLK_TCK")
WORDS = ("exosome", "melasma", "wound", "scar", "psoriasis", "laser", "hair loss", "acne", "burn", "vitiligo", "keloid", "skin ageing", "stem cell",
         "platelet", "diabetic foot", "lupus", "dermatitis", "growth factor", "secretome", "heart failure")  # fmt: skip


class Server:
    """A server in a process of its own, up when made."""

    def __init__(self, command: Callable[[int], list[str]], ready: str = "/") -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        self.process = subprocess.Popen(command(self.port), stdout=self.log, stderr=self.log)
        until = time.monotonic() + 120
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if ask(self.port, ready)[0] == 200:
                    return
            time.sleep(0.1)
        raise SystemExit(f"{command(self.port)} did not start: {self.said()}")

    def cpu(self) -> float:
        """Seconds of processor time so far."""
        parts = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) / TICKS

    def memory(self) -> float:
        """Resident megabytes."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024

    def said(self) -> str:
        """The end of what it wrote."""
        self.log.seek(0)
        return self.log.read()[-5000:].decode(errors="replace")

    def close(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


@contextlib.contextmanager
def ours(folder: Path, kept: int = KEPT) -> Iterator[Server]:
    """Our server over a data folder."""
    server = Server(lambda port: [sys.executable, "-c", OURS, str(folder), str(port), str(kept)], "/healthz")
    try:
        yield server
    finally:
        server.close()


def ask(port: int, address: str, line: http.client.HTTPConnection | None = None) -> tuple[int, bytes]:
    """Status and body of one question."""
    line = line or http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", address, headers={"Accept-Encoding": "gzip"})
    answer = line.getresponse()
    return answer.status, answer.read()


def plain(port: int, address: str) -> str:
    """The text of an answer."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    line.request("GET", address)
    answer = line.getresponse()
    body = answer.read().decode("utf-8-sig")
    assert answer.status == 200, (address, answer.status, body[:300])
    return body


# (a) at a steady rate


class Mix(NamedTuple):
    """Kinds of questions with their share, and what gives one of each."""

    kinds: tuple[tuple[str, float, Callable[[random.Random], str]], ...]
    warm: tuple[str, ...]

    def without(self, lost: list[str]) -> "Mix":
        """The same without some fixed pages."""
        fixed = [address for address in self.warm if address not in lost and "?" not in address]
        kinds = tuple(
            (name, share, (lambda r: r.choice(fixed)) if name == "fixed" else make)
            for name, share, make in self.kinds
        )
        return Mix(kinds, tuple(fixed))


def mix(port: int) -> Mix:
    """What people ask: fixed pages, pages of any study, and searches that nobody asked before."""
    some = json.loads(plain(port, "/api/v1/studies?agent=ev&agent=msc&agent=prp&role=given&limit=100"))
    ids = [row["record_id"] for row in some["rows"]]
    total = json.loads(plain(port, "/api/v1/studies?limit=1"))["total"]
    for offset in random.Random(3).sample(range(total), 12):
        ids += [
            r["record_id"]
            for r in json.loads(plain(port, f"/api/v1/studies?limit=50&offset={offset}"))["rows"]
        ]
    agents = ("all-ev", "all-prp", "exosome", "all-growth-factor", "all-conditioned-medium")
    complaints = ("scar", "ageing", "wound", "hair", "pigment")
    fixed = ("/", "/preparations.html", "/gaps.html", "/landscape.html", "/method.html", "/changes.html", "/pooled.html", "/static/site.css",
             *(f"/agent/{name}.html" for name in agents), *(f"/indication/{name}.html" for name in complaints))  # fmt: skip
    years = ("2012", "2016", "2020", "2022")
    cells = [
        f"/?agent={agent}&cell={agent}~indication%3A{c}" for agent in ("ev", "msc", "prp") for c in complaints
    ]
    claims = (
        "exosomes+improve+acne+scars",
        "PRP+works+for+melasma",
        "217+clinical+trials+on+EVs",
        "secretome+for+hair+loss",
    )
    return Mix(
        (
            ("study", 0.30, lambda r: f"/study/{r.choice(ids)}.html"),
            ("search", 0.15, lambda r: f"/studies.html?q={r.choice(WORDS).replace(' ', '+')}&year={r.randint(2005, 2022)}"),
            ("list", 0.10, lambda r: f"/studies.html?limit=100&offset={r.randrange(0, total)}"),
            ("fixed", 0.20, lambda r: r.choice(fixed)),
            ("map, filtered", 0.12, lambda r: r.choice([*cells, *(f"/?posted_from={y}-01-01&design=randomised" for y in years)])),
            ("claim", 0.05, lambda r: f"/claim.html?q={r.choice(claims)}"),
            ("API", 0.08, lambda r: f"/api/v1/count?agent=ev&posted_from={r.randint(2000, 2022)}-01-01"),
        ),
        (*fixed, *cells, *(f"/claim.html?q={c}" for c in claims)),
    )  # fmt: skip


def steady(port: int, questions: Mix, rate: float, seconds: float, seed: int) -> dict[str, list[float]]:
    """Milliseconds by kind, from when a question was due to its last byte; a server that lags is not spared the queue."""
    chance = random.Random(seed)
    lines = threading.local()
    taken: dict[str, list[float]] = {}
    bad: list[tuple[int, str]] = []
    start = time.perf_counter() + 0.3

    def one(due: float, kind: str, address: str) -> None:
        wait = due - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        if not hasattr(lines, "one"):
            lines.one = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        status, _ = ask(port, address, lines.one)
        taken.setdefault(kind, []).append(1000 * (time.perf_counter() - due))
        if status != 200:
            bad.append((status, address))

    names, shares, makers = zip(*questions.kinds, strict=True)
    with ThreadPoolExecutor(24) as pool:
        for at in range(int(rate * seconds)):
            kind = chance.choices(range(len(names)), shares)[0]
            pool.submit(one, start + at / rate, names[kind], makers[kind](chance))
    assert not bad, bad[:5]
    return taken


def part(times: list[float], share: float) -> float:
    """The time that `share` of the times do not exceed."""
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def calm(server: Server) -> None:
    """Wait until nothing is worked out beforehand any more, as on a server that has run for a minute."""
    until = time.monotonic() + 300
    while time.monotonic() < until:
        spent = server.cpu()
        time.sleep(2)
        if server.cpu() - spent < 0.1:
            return


def rate(folder: Path, seconds: float, say: str, target: float) -> float:
    """Print percentiles at 50 questions a second; answers the p95."""
    with ours(folder) as server:
        questions = mix(server.port)
        began = time.perf_counter()
        late = [address for address in questions.warm if ask(server.port, address)[0] != 200]
        print(
            f"  {say}: first answers of {len(questions.warm)} fixed pages took {time.perf_counter() - began:.1f} s together"
        )
        if late:  # an answer that takes too long goes on being made for whoever asks again
            time.sleep(60)
            lost = [address for address in late if ask(server.port, address)[0] != 200]
            print(f"  {say}: refused at first as too slow {late}; a minute later still {lost}")
            questions = questions.without(lost)
        calm(server)
        spent = server.cpu()
        taken = steady(server.port, questions, 50, seconds, 1)
        spent = server.cpu() - spent
        every = [t for times in taken.values() for t in times]
        for kind, times in [*taken.items(), ("all", every)]:
            print(f"    {kind:14} n {len(times):5}  p50 {part(times, 0.5):6.1f}  p95 {part(times, 0.95):6.1f}  p99 {part(times, 0.99):6.1f}  "
                  f"worst {max(times):6.1f} ms")  # fmt: skip
        p95 = part(every, 0.95)
        print(f"  {say}: p95 {p95:.1f} ms at 50 requests a second (target <= {target:.0f} ms); fixed pages were asked once before, studies, lists and most "
              f"searches were not; server {100 * spent / seconds:.0f}% of a processor, {server.memory():.0f} MB")  # fmt: skip
        return p95


# (b) beside Datasette


def peer_file(folder: Path, place: Path) -> Path:
    """The rows of our list of studies, all of them, as an SQLite table with the same columns."""
    with ours(folder) as server:
        first = json.loads(plain(server.port, "/api/v1/studies?limit=1"))
        rows: list[list[str]] = []
        header: list[str] = []
        while len(rows) < first["total"]:
            page = list(
                csv.reader(
                    io.StringIO(
                        plain(server.port, f"/api/v1/studies?format=csv&limit=1000&offset={len(rows)}")
                    )
                )
            )
            page = [row for row in page if row and not row[0].startswith("#")]
            header, more = page[0], page[1:]
            rows += more
            if not more:
                raise SystemExit(f"the list ended after {len(rows)} of {first['total']} rows")
    path = place / "skinproof.sqlite"
    columns = ", ".join(f'"{name}" text' for name in header)
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(f"create table studies ({columns}, primary key (record_id))")
        db.executemany(f"insert into studies values ({', '.join('?' * len(header))})", rows)
    return path


def per_second(server: Server, addresses: list[str], seconds: float) -> tuple[float, float]:
    """Requests a second of 4 clients, and processor milliseconds of the server for each."""
    stop = time.perf_counter() + seconds
    done = []

    def client(at: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        count = 0
        while time.perf_counter() < stop:
            status, _ = ask(server.port, addresses[(count * 4 + at) % len(addresses)], line)
            assert status == 200
            count += 1
        done.append(count)

    spent, began = server.cpu(), time.perf_counter()
    threads = [threading.Thread(target=client, args=(at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    return sum(done) / took, 1000 * (server.cpu() - spent) / max(1, sum(done))


def peer(folder: Path, pairs: int, seconds: float) -> None:
    """The same 100 rows a page, in turn from both, HTML and JSON."""
    with tempfile.TemporaryDirectory(prefix="skinproof-bench-") as place:
        file = peer_file(folder, Path(place))

        def datasette(*more: str) -> Callable[[int], list[str]]:
            program = [
                sys.executable,
                "-m",
                "datasette",
                str(file),
                "--host",
                "127.0.0.1",
                "--setting",
                "max_returned_rows",
                "1000",
            ]
            return lambda port: [*program, "--port", str(port), *more]

        offsets = range(0, 2000, 100)
        with contextlib.closing(sqlite3.connect(file)) as db:
            after = [
                db.execute(
                    "select record_id from studies order by record_id limit 1 offset ?", (o,)
                ).fetchone()[0]
                for o in offsets[1:]
            ]
        own = {
            "HTML": [f"/studies.html?limit=100&sort=id&offset={o}" for o in offsets],
            "JSON": [f"/api/v1/studies?limit=100&offset={o}" for o in offsets],
        }
        theirs = {"HTML": ["/skinproof/studies?_size=100", *(f"/skinproof/studies?_size=100&_next={a}" for a in after)],
                  "JSON": ["/skinproof/studies.json?_size=100&_shape=objects", *(f"/skinproof/studies.json?_size=100&_shape=objects&_next={a}" for a in after)]}  # fmt: skip
        with ours(folder) as kept, ours(folder, 0) as anew:
            usual = Server(datasette(), "/-/versions.json")
            lean = Server(
                datasette("--setting", "suggest_facets", "off", "--setting", "allow_facet", "off"),
                "/-/versions.json",
            )
            try:
                for kind in ("HTML", "JSON"):
                    runs = [(kept, own[kind]), (anew, own[kind]), (usual, theirs[kind]), (lean, theirs[kind])]
                    for server, addresses in runs:
                        for address in addresses:
                            assert ask(server.port, address)[0] == 200, address
                    found: list[list[tuple[float, float]]] = [[] for _ in runs]
                    for _ in range(pairs):
                        for at, (server, addresses) in enumerate(runs):
                            found[at].append(per_second(server, addresses, seconds))
                    names = (
                        "skinproof, answers kept",
                        "skinproof, nothing kept",
                        "Datasette as it comes",
                        "Datasette without facets",
                    )
                    for name, results in zip(names, found, strict=True):
                        print(f"    {kind} {name:26} {statistics.median(r for r, _ in results):8.1f} requests/s  "
                              f"{statistics.median(c for _, c in results):7.2f} ms of processor each")  # fmt: skip
                    for at, told in ((0, "answers kept, as served"), (1, "response cache off")):
                        for to, beside in ((2, "as it comes"), (3, "without facets")):
                            ratio = statistics.median(
                                a[0] / b[0] for a, b in zip(found[at], found[to], strict=True)
                            )
                            print(
                                f"  {kind}, 100 rows a page, 20 pages in turn, {told}: {ratio:.2f} x Datasette {beside} (target >= 5)"
                            )
                print("  Caches: all pages were asked once before. Datasette keeps no answers; its SQLite file is in the disk cache. Ours keeps "
                      "answers (first line) or none (second); its edition is in the disk cache in both.")  # fmt: skip
            finally:
                usual.close()
                lean.close()


# (d) the map in a browser


def map_page(folder: Path) -> None:
    """Bytes of the map page, and when Chromium has drawn its largest part."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with ours(folder) as server:
        body = plain(server.port, "/")
        packed = len(ask(server.port, "/")[1])
        charts = sum(len(svg.encode()) for svg in re.findall(r"<svg.*?</svg>", body, re.S))
        print(f"  map page {len(body.encode()) / 1000:.0f} kB, without its charts {(len(body.encode()) - charts) / 1000:.0f} kB (target <= 200 kB), "
              f"{packed / 1000:.0f} kB as sent (gzip)")  # fmt: skip
        if program is None:
            print("  no Chromium: largest contentful paint not measured")
            return
        from playwright.sync_api import sync_playwright

        wait = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
                  .observe({type: 'largest-contentful-paint', buffered: true}))"""
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            times = []
            for _ in range(7):
                context = chromium.new_context(viewport={"width": 1280, "height": 900})
                page = context.new_page()
                page.goto(f"http://127.0.0.1:{server.port}/")
                times.append(page.evaluate(wait))
                context.close()
            chromium.close()
        print(
            f"  largest contentful paint of the map {statistics.median(times):.0f} ms, median of 7 first visits, worst {max(times):.0f} (target <= 1000 ms)"
        )


# (e) a soak

NARROW = ("/studies.html", "/api/v1/studies?limit=20", "/study/{id}.html", "/", "/studies.html?q={word}", "/api/v1/find?q={word}",
          "/?agent=ev&cell=ev~indication%3Ascar", "/claim.html?q=exosomes+for+{word}", "/studies.csv?q={word}", "/papers.html", "/record/{id}.html")  # fmt: skip
BROAD = ("/preparations.html", "/landscape.html", "/gaps.html", "/changes.html", "/pooled.html", "/issues.html", "/feed.xml", "/judgements.html",
         "/agent/all-ev.html", "/indication/scar.html", "/method.html", "/api/v1/gaps", "/preparations.html?agent=ev")  # fmt: skip


def soak(seconds: float) -> None:
    """Mixed load, while a writer adds a study, builds a new edition and judges an answer, over and over."""
    with tempfile.TemporaryDirectory(prefix="skinproof-bench-") as place:
        folder, lines = Path(place) / "data", Path(place) / "records.jsonl"
        records = real_records()
        write_lines(lines, iter(records))
        run([*SKINPROOF, "import", str(lines), "--data", str(folder)])
        run([*SKINPROOF, "build", "--data", str(folder)])
        with ours(folder) as server:
            _soak(server, folder, records, seconds, Path(place))


def _soak(server: Server, folder: Path, records: list[dict], seconds: float, place: Path) -> None:
    stop = time.monotonic() + seconds
    totals: dict[str, dict[int, str]] = {}
    errors: list[str] = []
    waits: list[float] = []
    memory: list[tuple[float, float]] = []
    counts = {"requests": 0, "editions": 0}
    lock = threading.Lock()
    ids = [r["protocolSection"]["identificationModule"]["nctId"] for r in records]

    def note(edition: str, total: str | int, address: str) -> None:
        with lock:
            totals.setdefault(edition, {}).setdefault(int(str(total).replace(",", "")), address)

    def reader(seed: int) -> None:
        chance = random.Random(seed)
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        while time.monotonic() < stop:
            address = chance.choice(BROAD if chance.random() < 0.3 else NARROW)
            address = address.format(id=chance.choice(ids), word=chance.choice(WORDS).replace(" ", "+"))
            began = time.perf_counter()
            try:
                line.request("GET", address)
                answer = line.getresponse()
                body = answer.read().decode()
                if answer.status != 200:
                    errors.append(f"{answer.status} {address}")
                elif (found := re.search(r"<dt>Edition</dt><dd>([0-9a-f]{12})", body)) is not None:
                    note(found[1], re.search(r"<dt>Studies</dt><dd>([\d,]+)", body)[1], address)
                    if address == "/studies.html":
                        note(found[1], re.search(r"([\d,]+) studies, 1 to", body)[1], f"{address} list")
                elif address.startswith("/api/v1/studies?limit"):
                    told = json.loads(body)
                    note(told["stamp"]["edition"], told["total"], address)
            except Exception as error:
                errors.append(f"{type(error).__name__} {error} {address}")
                line.close()
            waits.append(time.perf_counter() - began)
            with lock:
                counts["requests"] += 1
            time.sleep(0.02)

    def writer() -> None:
        while time.monotonic() < stop:
            counts["editions"] += 1
            text = json.dumps(records[counts["editions"]])
            more = place / "more.jsonl"
            more.write_text(
                re.sub(r"NCT\d{8}", f"NCT{80_000_000 + counts['editions']}", text) + "\n", encoding="utf-8"
            )
            run([*SKINPROOF, "import", str(more), "--data", str(folder)])
            run([*SKINPROOF, "build", "--data", str(folder)])
            time.sleep(2)
            run([*SKINPROOF, "judge", ids[counts["editions"]], "cutaneous", "--correct", "yes", "--reason", "a trial of the server",
                 "--who", "benchmark", "--data", str(folder)])  # fmt: skip
            time.sleep(2)

    threads = [threading.Thread(target=reader, args=(seed,)) for seed in range(4)] + [
        threading.Thread(target=writer)
    ]
    for thread in threads:
        thread.start()
    while time.monotonic() < stop:
        memory.append((seconds - (stop - time.monotonic()), server.memory()))
        time.sleep(max(1.0, seconds / 60))
    for thread in threads:
        thread.join()
    mixed = {edition: found for edition, found in totals.items() if len(found) > 1}
    half = [m for at, m in memory if at > seconds / 2]
    step = max(1, len(memory) // 10)
    print(
        f"  {seconds:.0f} s: {counts['requests']} requests, {counts['editions']} editions built, {len(totals)} seen by readers"
    )
    print(
        f"  errors {len(errors)} {sorted(set(errors))[:5]} (target 0); answers mixed of two editions {len(mixed)} {list(mixed.values())[:3]} (target 0)"
    )
    if errors:
        print(server.said())
    print(
        f"  waited, s: p50 {part(waits, 0.5):.3f}, p95 {part(waits, 0.95):.2f}, p99 {part(waits, 0.99):.2f}, worst {max(waits):.1f}"
    )
    print("  memory, MB at seconds: " + ", ".join(f"{m:.0f} at {at:.0f}" for at, m in memory[::step]))
    print(f"  memory in the second half {min(half):.0f} to {max(half):.0f} MB (target: flat)")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--data", type=Path)
    options.add_argument("--large", type=Path)
    options.add_argument("--factor", type=int, default=20)
    options.add_argument("--only", default="rate,peer,large,map,soak")
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--soak", type=float, default=60)
    options.add_argument("--pairs", type=int, default=5)
    asked = options.parse_args()
    wanted = asked.only.split(",")
    print(f"  load of the machine at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    with tempfile.TemporaryDirectory(prefix="skinproof-bench-") as place:
        small = 0.0
        if {"rate", "peer", "map"} & set(wanted):
            folder = made(asked.data or Path(place) / "data")
        if "rate" in wanted:
            small = rate(folder, asked.seconds, "the corpus", 50)
        if "peer" in wanted:
            peer(folder, asked.pairs, 3)
        if "large" in wanted and asked.large:
            large = rate(
                made(asked.large, asked.factor),
                asked.seconds,
                f"{asked.factor} x the corpus",
                3 * (small or 50),
            )
            print(
                f"  {asked.factor} x the corpus: p95 {large / small:.1f} times that of the corpus (target <= 3)"
                if small
                else ""
            )
        if "map" in wanted:
            map_page(folder)
        if "soak" in wanted:
            soak(asked.soak)
    print(f"  load of the machine at the end: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
