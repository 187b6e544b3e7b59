"""Whether a sync can be broken: a source that misbehaves in a fifth of its answers, and a process that is killed.

Run: `python validation/sync_faults.py` prints the page, `--write` puts it into `sync_faults.md`; `--records 600 --kills 12`
for a quick look. Needs the package and `tests/`, and a system that can fork.

A child process syncs and builds again and again; it is killed without warning after a random time, and begun again. Whenever
it comes to its end, the source changes: one record in a hundred is updated, some are deleted, some added. After each
kill the current edition is read and the hashes of its files are checked. At the end the faults stay on, and the child runs
until it says that all is there; then every version that the source ever served is looked for, by its hash, once.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.transport.misbehaving import FAULTS, name_of, record  # noqa: E402

from skinproof.errors import NotFoundError, SkinproofError  # noqa: E402
from skinproof.sources.ctgov_api import CtgovFeed  # noqa: E402
from skinproof.store.editions import Editions, verify  # noqa: E402
from skinproof.store.raw import RawStore  # noqa: E402
from skinproof.transport.policy import Policy  # noqa: E402
from skinproof.workflows import sync_sources  # noqa: E402
from skinproof.workflows.sync import sync  # noqa: E402

PAGE = Path(__file__).resolve().parent / "sync_faults.md"
SEED = 20_261_123
RATE = 0.2
FIRST_DAY = "2024-03-05"
_POLICY = Policy(first_pause=0.005, longest_pause=0.05, tries=8, total=20.0, unpacked=32 << 20)
_LONGEST_ROUNDS = 400


class Outcome(msgspec.Struct, kw_only=True):
    """What was found; `faults` lists what must not be."""

    records: int
    page_size: int
    kills: int = 0
    ends: Counter[int] = msgspec.field(default_factory=Counter)
    updates: int = 0
    editions_seen: int = 0
    states_killed_in: Counter[str] = msgspec.field(default_factory=Counter)
    versions: int = 0
    expected: int = 0
    stored: int = 0
    reported: int = 0
    gone: int = 0
    deleted: int = 0
    seconds: float = 0.0
    faults: list[str] = msgspec.field(default_factory=list)


class Source:
    """The misbehaving server, in a process of its own, so that this one has no thread and can fork."""

    def __init__(self, records: int, rate: float, seed: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "tests.transport.misbehaving", "--records", str(records), "--faults", str(rate),
             "--seed", str(seed)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.base = self._line()

    def tell(self, *words: object) -> None:
        """Change what it serves."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        assert self._line() == "ok"

    def close(self) -> None:
        """Stop it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def run(records: int, kills: int, page_size: int, seed: int = SEED, rate: float = RATE) -> Outcome:
    """The whole test."""
    chance = random.Random(seed)  # noqa: S311
    found = Outcome(records=records, page_size=page_size)
    source = Source(records, rate, seed)
    start = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory(prefix="skinproof-faults-") as folder:
            _rounds(Path(folder), source, found, kills, chance)
    finally:
        source.close()
    found.seconds = time.perf_counter() - start
    return found


def _rounds(folder: Path, source: Source, found: Outcome, kills: int, chance: random.Random) -> None:
    feed = CtgovFeed(source.base, found.page_size)
    live = dict.fromkeys(range(found.records), FIRST_DAY)
    served = {_key(feed, number, day) for number, day in live.items()}
    with tempfile.TemporaryDirectory(prefix="skinproof-faults-") as other:
        begun = time.perf_counter()
        while _child(Path(other), source.base, found.page_size, None) != 0:
            begun = time.perf_counter()
    longest = time.perf_counter() - begun  # of the last run that came to its end, here and below
    following = found.records
    for _ in range(_LONGEST_ROUNDS + 3 * kills):
        last = found.kills >= kills
        begun = time.perf_counter()
        # At first so early that the first run is cut again and again, then anywhere, the build included.
        reach = longest / 12 if found.kills < kills // 5 else 1.2 * longest
        limit = None if last else chance.uniform(0.01, reach)
        code = _child(folder, source.base, found.page_size, limit)
        if code is None:
            found.kills += 1
            found.states_killed_in[_state(folder)] += 1
        else:
            found.ends[code] += 1
        _look(folder, found)
        if code != 0:
            continue
        longest = time.perf_counter() - begun
        if last:
            break
        found.updates += 1
        day = f"2025-{1 + found.updates // 28 % 12:02d}-{1 + found.updates % 28:02d}"
        some = max(1, found.records // 100)
        first = chance.randrange(found.records - some)
        source.tell("put", first, first + some, day)
        source.tell("put", following, following + 3, day)
        for number in (*range(first, first + some), *range(following, following + 3)):
            live[number] = day
            served.add(_key(feed, number, day))
        following += 3
        out = chance.choice(sorted(live))
        source.tell("delete", out)
        del live[out]
        found.deleted += 1
    else:
        found.faults.append(f"no sync came to its end in {_LONGEST_ROUNDS + 3 * kills} rounds")
    _judge(folder, feed, found, set(map(name_of, live)), served)


def _child(folder: Path, base: str, page_size: int, limit: float | None) -> int | None:
    """Exit code of a sync in a process of its own, None when it was killed at the limit (seconds)."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = _sync(folder, base, page_size)
        except SkinproofError as error:
            code = error.exit_code
        except BaseException as error:
            print(f"child: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    until = None if limit is None else time.perf_counter() + limit
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if until is not None and time.perf_counter() >= until:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return None
        time.sleep(0.002)


def _sync(folder: Path, base: str, page_size: int) -> int:
    site = sync_sources.SITES["ctgov"]._replace(feed=lambda at: CtgovFeed(at, page_size))
    sync_sources.SITES = {"ctgov": site}
    environment = {"SKINPROOF_CTGOV_BASE_URL": base}
    report = sync(
        folder,
        open_fetch=sync_sources.polite(environment, _POLICY),
        environment=environment,
        now=lambda: datetime.now(UTC),
        sources=["ctgov"],
        names=["ev"],
        jobs=1,
    )
    return report.exit_code


def _state(folder: Path) -> str:
    """What a kill fell into."""
    try:
        with RawStore.open(folder) as store:
            runs = store.sync_state().runs(limit=1)
            newest = store.runs()
            if newest and newest[-1][1] is None:
                return "while pages came in, later run" if runs else "while pages came in, first run"
    except (NotFoundError, SkinproofError):
        return "before anything was stored"
    return "between runs or while an edition was made"


def _look(folder: Path, found: Outcome) -> None:
    """Read the current edition whole, if there is one."""
    editions = Editions(folder / "editions")
    try:
        manifest = editions.manifest()
    except NotFoundError:
        return
    found.editions_seen += 1
    found.faults += [
        f"edition {manifest.edition}: {fault}" for fault in verify(editions.root / manifest.edition, manifest)
    ]


def _key(feed: CtgovFeed, number: int, day: str) -> tuple[str, str]:
    status = {} if day == FIRST_DAY else {"overallStatus": "COMPLETED"}
    item = feed.item(msgspec.json.encode(record(number, day, **status)), "")
    return item.record_id, item.sha256


def _judge(
    folder: Path, feed: CtgovFeed, found: Outcome, live: set[str], served: set[tuple[str, str]]
) -> None:
    with RawStore.open(folder) as store:
        store.check()
        rows = list(store.versions())
        held = [(row.record_id, row.sha256) for row in rows]
        bodies = store.bodies([(row.source, row.record_id, row.sha256) for row in rows])
        wrong = sum(feed.item(body, "").sha256 != row.sha256 for row, body in zip(rows, bodies, strict=True))
        state = store.sync_state()
        run = state.runs()[0]
        ids = state.ids(run.ids)
        gone = {event.record_id for event in state.events() if event.kind == "gone"}
    found.versions, found.expected = len(held), len(served)
    found.stored, found.reported = run.stored, run.reported or 0
    found.gone = len(gone)
    checks = {
        "a version is stored twice": len(held) != len(set(held)),
        f"{len(served - set(held))} versions that were served are not stored": bool(served - set(held)),
        f"{len(set(held) - served)} versions are stored that were never served": bool(set(held) - served),
        f"{wrong} bodies do not have their hash": bool(wrong),
        "the last run is not complete": run.state != "complete",
        "stored is not reported": run.stored != run.reported or run.stored != len(live),
        "the ids of the query are not those of the source": ids != live,
        "deleted records are not noted, or others are": len(gone) != found.deleted or bool(gone & live),
    }
    found.faults += [words for words, is_so in checks.items() if is_so]


def page(found: Outcome) -> str:
    """The page."""
    ends = ", ".join(f"{n} with exit code {code}" for code, n in sorted(found.ends.items()))
    rows = [
        ("records at the source", f"{found.records:,}, pages of {found.page_size}"),
        ("answers with a fault", f"{RATE:.0%}, of {len(FAULTS)} kinds"),
        ("processes killed", f"{found.kills}"),
        *((f"of them {words}", str(n)) for words, n in sorted(found.states_killed_in.items())),
        ("runs that came to their end", f"{sum(found.ends.values())}: {ends}"),
        (
            "changes of the source between runs",
            f"{found.updates}: one record in a hundred each, 3 new, 1 deleted",
        ),
        ("current edition read and hashed", f"{found.editions_seen} times"),
        ("versions the source served / stored", f"{found.expected:,} / {found.versions:,}, each once"),
        ("reported / stored at the end", f"{found.reported:,} / {found.stored:,}"),
        ("records deleted at the source / noted", f"{found.deleted} / {found.gone}"),
        ("faults of ours", "none" if not found.faults else "; ".join(found.faults)),
    ]
    lines = "\n".join(f"| {words} | {value} |" for words, value in rows)
    return f"""# Whether a sync can be broken

Written by `sync_faults.py` (seed {SEED}, {found.seconds:.0f} s). A child process syncs from a server that misbehaves on purpose
and builds an edition; it is killed without warning at random moments and begun again. After each kill the current edition is read whole.
At the end, with the faults still on, every version the source ever served must be stored once and have its hash.

| what | found |
|---|---|
{lines}

Kinds of fault: {", ".join(FAULTS)}. Exit code 9 is an answer that must not be tried again (a redirect in a circle, to a
private address or elsewhere, an answer too large), or more faults in a row than a request is tried: the next run goes on from there.
"""


def main() -> int:
    """Prints or writes the page; exit code 1 where a fault was found."""
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=10_000)
    options.add_argument("--kills", type=int, default=200)
    options.add_argument("--page-size", type=int, default=250)
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    found = run(asked.records, asked.kills, asked.page_size, asked.seed)
    text = page(found)
    if asked.write:
        PAGE.write_text(text, encoding="utf-8")
    print(text)
    return int(bool(found.faults))


if __name__ == "__main__":
    sys.exit(main())
