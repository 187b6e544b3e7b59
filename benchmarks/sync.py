"""Sync against a local server that answers at once, beside a plain loop on the same pages; then the cost of an update.

python benchmarks/sync.py [--records 20000] [--pairs 3]

The peer is the loop people write: httpx2 asks for a page, `json` reads it, sqlite3 stores each record as one text under its id, with
a commit a page. It checks nothing, hashes nothing, packs nothing and counts nothing against the source. Both get the same gzip pages of 1,000
real-shaped records from a server in another process; processor times are those of the process that syncs.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from common import ROOT, Cost, replicated, run, write_lines

PEER = """
import json, sqlite3, sys
import httpx2
base, path = sys.argv[1:]
db = sqlite3.connect(path)
db.execute("create table study (id text primary key, body text)")
token, stored = None, 0
with httpx2.Client(headers={"accept-encoding": "gzip"}, timeout=60) as client:
    while True:
        asked = {"pageSize": "1000", "query.term": "exosome", **({"pageToken": token} if token else {})}
        page = client.get(base + "/studies", params=asked).json()
        rows = [(s["protocolSection"]["identificationModule"]["nctId"], json.dumps(s)) for s in page["studies"]]
        with db:
            db.executemany("insert or replace into study values (?, ?)", rows)
        stored += len(rows)
        token = page.get("nextPageToken")
        if token is None:
            break
print(stored)
"""
OURS = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from skinproof.workflows.sync import sync
from skinproof.workflows.sync_sources import polite
env = {"SKINPROOF_CTGOV_BASE_URL": sys.argv[1]}
report = sync(Path(sys.argv[2]), open_fetch=polite(env), environment=env, now=lambda: datetime.now(UTC),
              sources=["ctgov"], names=["ev"], make_edition=sys.argv[3] == "build", jobs=1)
assert report.exit_code == 0, report
print(report.stored, report.queries[0].requests, report.build is not None and report.build.made)
"""
STARTS = (
    "import httpx2, skinproof.workflows.sync, skinproof.transport.client",
    "import json, sqlite3, httpx2",
)
"""What ours and the peer pay before the first request is not part of the rate; it is measured and taken off."""


class Server:
    """The server in a process of its own."""

    def __init__(self, lines: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.transport.misbehaving", "--lines", str(lines)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.base = self._process.stdout.readline().strip()

    def tell(self, words: str) -> None:
        """Change what it serves."""
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == "ok"

    def close(self) -> None:
        """Stop it."""
        self._process.stdin.close()
        self._process.wait()


def ours(base: str, data: Path, build: bool = False) -> Cost:
    """One sync in a process of its own."""
    return run([sys.executable, "-c", OURS, base, str(data), "build" if build else "store"])


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=20_000)
    options.add_argument("--pairs", type=int, default=3)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="skinproof-bench-") as folder:
        lines = Path(folder) / "records.jsonl"
        write_lines(lines, replicated(asked.records, distinct=False))
        server = Server(lines)
        try:
            _rates(server, Path(folder), asked.records, asked.pairs)
            _update(server, Path(folder), asked.records)
        finally:
            server.close()


def _rates(server: Server, folder: Path, records: int, pairs: int) -> None:
    idle, idle_peer = (
        statistics.median(run([sys.executable, "-c", s]).cpu for _ in range(3)) for s in STARTS
    )
    run(
        [sys.executable, "-c", PEER, server.base, str(folder / "warm.sqlite")]
    )  # the server packs its pages once
    rates, peers = [], []
    for number in range(pairs):
        mine = ours(server.base, folder / f"data{number}")
        peer = run([sys.executable, "-c", PEER, server.base, str(folder / f"peer{number}.sqlite")])
        rates.append(records / (mine.cpu - idle))
        peers.append(records / (peer.cpu - idle_peer))
        sizes = [
            path.stat().st_size / 1e6
            for path in (folder / f"data{number}" / "raw.sqlite", folder / f"peer{number}.sqlite")
        ]
        print(f"  sync {mine.cpu - idle:.2f} s cpu, {mine.wall:.2f} s wall, {mine.peak:.0f} MB memory, {sizes[0]:.0f} MB stored; "
              f"plain loop {peer.cpu - idle_peer:.2f} s cpu, {peer.wall:.2f} s wall, {peer.peak:.0f} MB, {sizes[1]:.0f} MB", flush=True)  # fmt: skip
    print(f"  MEDIAN records a second of one processor: sync {statistics.median(rates):,.0f}, plain loop "
          f"{statistics.median(peers):,.0f} (imports taken off: {idle:.2f} and {idle_peer:.2f} s)")  # fmt: skip


def _update(server: Server, folder: Path, records: int) -> None:
    """One record in a hundred changes status and day; then nothing does."""
    data = folder / "updated"
    first = ours(server.base, data, build=True)
    server.tell(f"touch {records // 100} 2026-11-20")
    second = ours(server.base, data, build=True)
    third = ours(server.base, data, build=True)
    _, requests, made = third.out.split()
    print(f"  first sync and build {first.cpu:.2f} s cpu; update of 1% {second.cpu:.2f} s ({second.cpu / first.cpu:.1%}); nothing new "
          f"{third.cpu:.2f} s, {requests} requests, an edition made: {made}")  # fmt: skip


if __name__ == "__main__":
    main()
