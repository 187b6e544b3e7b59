"""A session of living evidence, from the first sync to a field renamed upstream, through the command line.

Run: `python validation/living_session.py` prints the page, `--write` puts it into `living_session.md`; `--keep DIR` keeps the
data folder and the site of the end, to look at. Needs the package and `tests/`.

Records are real ones (dated versions of `ctgov_v2_versions.jsonl.gz` of the reference data: the oldest version held first,
newer ones as updates) where they are on this machine, else synthetic ones. They are served by a local server that does what
it is told. What is done to them on purpose is said at each step.
"""

import argparse
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.transport.misbehaving import Registry, record  # noqa: E402

PAGE = Path(__file__).resolve().parent / "living_session.md"
SHARED = Path(os.environ.get("SKINPROOF_SHARED", ROOT.parent / "shared"))
PAGE_SIZE = 80
"""Records of a page: several pages, so that a run can be cut between them."""
STATUS = "ctgov:protocolSection.statusModule.overallStatus"
_SYNC = ("sync", "ctgov", "--query", "ev")
_SHOWN = 48

Record = dict[str, Any]


class Step(msgspec.Struct, kw_only=True):
    """One command. says: what a reader should see in it; code: -9 for a process that was killed."""

    title: str
    command: str
    code: int
    out: str
    requests: int
    seconds: float
    checks: list[tuple[str, bool]] = msgspec.field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether all that was expected is so."""
        return all(held for _, held in self.checks)


class Material(msgspec.Struct):
    """What the server serves first, and two sets of newer versions for updates."""

    what: str
    first: list[Record]
    newer: list[Record]
    later: list[Record]


def synthetic(n: int = 240) -> Material:
    """Records of no real study."""
    first = [record(number) for number in range(n)]
    newer, later = [], []
    for number in range(0, n, 8):
        one = record(number, "2026-11-18", overallStatus="COMPLETED")
        one["protocolSection"]["outcomesModule"]["primaryOutcomes"][0]["measure"] = (
            "Scar score by a blinded assessor"
        )
        newer.append(one)
    later = [record(number, "2026-11-20", overallStatus="TERMINATED") for number in range(1, n, 8)]
    return Material(f"{n} synthetic records", first, newer, later)


def real() -> Material | None:
    """Dated versions of real records; None where they are not on this machine."""
    path = SHARED / "data" / "ctgov_v2_versions.jsonl.gz"
    if not path.is_file():
        return None
    versions: dict[str, dict[str, Record]] = defaultdict(dict)
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            held = json.loads(line)
            day = (
                held["record"]["protocolSection"]["statusModule"]
                .get("lastUpdatePostDateStruct", {})
                .get("date", "")
            )
            versions[held["nctId"]].setdefault(day, held["record"])
    first, moved = [], []
    for name in sorted(versions):
        days = sorted(versions[name])
        first.append(versions[name][days[0]])
        if len(days) > 1:
            moved.append(versions[name][days[-1]])
    if len(moved) < 16:
        return None
    cut = len(moved) * 2 // 3
    what = f"the oldest dated versions of {len(first)} real records; {len(moved)} of them have a newer one"
    return Material(what, first, moved[:cut], moved[cut:])


def stamped(records: Sequence[Record], day: str) -> list[Record]:
    """The records as the API gives them on a day: it writes the day of its data into each."""
    for one in records:
        one.setdefault("derivedSection", {}).setdefault("miscInfoModule", {})["versionHolder"] = day
    return list(records)


class Session:
    """A server, a data folder, and the steps so far."""

    def __init__(self, server: Registry, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.steps: list[Step] = []
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("SKINPROOF_")}
        self._environment = inherited | {
            "SKINPROOF_DATA_DIR": str(folder / "data"),
            "SKINPROOF_CTGOV_BASE_URL": server.base,
            "COLUMNS": "110",
        }

    def run(self, title: str, *words: str, cut: Callable[[], bool] | None = None, code: int = 0) -> Step:
        """Run a command to its end, or kill it as soon as `cut` says so; noted as a step that should end with `code`."""
        before, start = len(self.server.requests), time.perf_counter()
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", "from skinproof.faces.cli import main; main()", *words],
            env=self._environment, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if cut is not None:
            while process.poll() is None and not cut():
                time.sleep(0.002)
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
        out, _ = process.communicate()
        out = out.replace(str(self.folder), "~")
        step = Step(
            title=title,
            command=" ".join(["skinproof", *words]),
            code=process.returncode,
            out=out,
            requests=len(self.server.requests) - before,
            seconds=time.perf_counter() - start,
        )
        step.checks.append((f"exit code {code}", step.code == code))
        self.steps.append(step)
        return step

    def json(self, title: str, *words: str, code: int = 0) -> tuple[Step, Mapping[str, Any]]:
        """The same with --json. Returns: the step and what it printed."""
        step = self.run(title, *words, "--json", code=code)
        try:
            told = json.loads(step.out[step.out.index("{") : step.out.rindex("}") + 1])
            step.out = json.dumps(_short(told), ensure_ascii=False, indent=1)
            return step, told
        except ValueError:
            step.checks.append(("prints JSON", False))
            return step, defaultdict(dict)


def play(material: Material, folder: Path) -> list[Step]:
    """The whole session. Returns: its steps, each with what was checked."""
    with Registry(stamped(material.first, "2026-11-17")) as server:
        server.largest_page = PAGE_SIZE
        session = Session(server, folder)
        _first(session, server, len(material.first))
        _updates(session, server, material)
        _rename(session, server, material)
        return session.steps


def _first(session: Session, server: Registry, n: int) -> None:
    server.drip = 0.2  # the third page comes so slowly that the process can be killed in the middle of it
    server.next(None, None, None, "drip")
    step = session.run(
        "First sync, killed in the middle of the third page",
        *_SYNC,
        code=-signal.SIGKILL,
        cut=lambda: len(server.requests) >= 4,
    )
    step, told = session.json("What is left of it", "doctor")
    step.checks.append(
        (
            "says that a sync stopped",
            "stopped before its end" in " ".join(map(str, told.get("health", {}).get("notes", []))),
        )
    )
    step, told = session.json("The next sync goes on at that page", *_SYNC)
    (query,) = told["queries"] or [defaultdict(int)]
    step.checks += [
        ("went on where it was cut", query["resumed"] is True),
        (f"{n} reported, {n} stored", told.get("stored") == told.get("reported") == n),
        (
            f"pages that had come did not come again ({query['new']} new now)",
            query["new"] == n - 2 * PAGE_SIZE,
        ),
    ]
    step = session.run("Second sync: nothing is new", *_SYNC)
    step.checks += [
        (f"a handful of requests ({step.requests})", step.requests <= 8),
        ("nothing is built", "already says all of this" in step.out),
    ]
    step, told = session.json("How many there are", "count")
    step.checks.append(("no query is named as not whole", not told["stamp"]["incomplete"]))


def _updates(session: Session, server: Registry, material: Material) -> None:
    moved = {_name(one) for one in material.newer + material.later}
    rest = [name for name in server.names if name not in moved]
    gone, old, new = rest[0], rest[1], rest[2]
    server.put(stamped(material.newer, "2026-11-18"))
    step, told = session.json(f"{len(material.newer)} records are updated at the source", *_SYNC)
    (query,) = told["queries"] or [defaultdict(int)]
    step.checks.append((f"{len(material.newer)} changed", query["changed"] == len(material.newer)))
    step = session.run("What changed", "changes")
    step.checks.append(("a status moved", "Status" in step.out or "status" in step.out))
    step, told = session.json("The same for a program", "changes")
    step.checks.append((f"{len(told['studies'])} studies", 0 < len(told["studies"]) <= len(material.newer)))
    step = session.run("The same as a feed", "changes", "--atom", "feed.xml")
    feed = (session.folder / "feed.xml").read_text(encoding="utf-8")
    step.checks.append((f"{feed.count('<entry>')} entries", feed.count("<entry>") > 0))
    server.delete(gone, old)
    server.aliases[old] = new
    step, told = session.json("A record is deleted, another goes by another's id now", *_SYNC)
    (query,) = told["queries"] or [defaultdict(int)]
    step.checks += [
        (f"gone: {gone}", query["gone"] == [gone]),
        (f"alias: {old} is {new}", query["aliases"] == [[old, new]]),
        ("still whole", told["complete"] is True),
    ]
    day = time.strftime("%Y-%m-%d", time.gmtime())
    step = session.run("What sources said of records since today", "changes", "--since", day)
    step.checks.append(("the deletion is told", gone in step.out))
    step, told = session.json(
        "The ids that the query gave, beside our count", "sync", "--ids", "ev", "--on", day
    )
    step.checks.append((f"{told['n']} ids", told["n"] == len(server.names)))


def _rename(session: Session, server: Registry, material: Material) -> None:
    pointer = session.folder / "data" / "editions" / "CURRENT"
    before = pointer.read_text()
    server.body_edit = (b'"overallStatus"', b'"recruitmentState"')
    server.put(stamped(material.later, "2026-11-20"))
    step, told = session.json(
        f"A field is renamed upstream: {len(material.later)} records come with the new name", *_SYNC, code=11
    )
    step.checks += [
        ("all records are stored", told["stored"] == told["reported"]),
        ("the message names the new name", "recruitmentState" in str(told["build_error"])),
        ("the old edition stays current", pointer.read_text() == before),
    ]
    step = session.run("Answers stay what they were", "count")
    step.checks.append(("by the old edition", before.strip() in step.out))
    server.body_edit = None
    server.put(stamped([*material.newer, *material.later], "2026-11-21"))
    step = session.run(
        "The source takes it back: the next full sync brings the records as they should be",
        *_SYNC,
        "--full",
        code=11,
    )
    step.checks.append(
        (
            "the damaged versions are newest still, so nothing is current by itself",
            pointer.read_text() == before,
        )
    )
    step, told = session.json(
        "A person looks and accepts it, once", "build", "--accept-drift", STATUS, "--who", "a curator"
    )
    step.checks.append(("an edition is made", pointer.read_text() != before))
    step = session.run("Sync again", *_SYNC)
    step.checks.append(("all there", "all there" in step.out))


def _short(value: Any, depth: int = 0) -> Any:
    """What a page has room for of printed JSON: lists as their length and first items, deep parts as sizes."""
    if isinstance(value, dict):
        if depth > 2:
            return f"{len(value)} keys"
        return {
            key: _short(inner, depth + 1) for key, inner in value.items() if inner not in (None, [], {}, "")
        }
    if isinstance(value, list):
        few = [_short(inner, depth + 1) for inner in value[:2]]
        return few if len(value) <= 2 else [*few, f"... {len(value)} in all"]
    return value if not isinstance(value, str) or len(value) <= 400 else value[:400] + "..."


def _name(one: Record) -> str:
    return str(one["protocolSection"]["identificationModule"]["nctId"])


def page(material: Material, steps: Sequence[Step]) -> str:
    """The session as a page."""
    held = sum(ok for step in steps for _, ok in step.checks)
    of = sum(len(step.checks) for step in steps)
    lines = [
        "# A session of living evidence",
        "",
        "Written by `python validation/living_session.py --write`: every command was run by the real program, one process each, against a",
        f"local server. Served: {material.what}; pages of {PAGE_SIZE}. {held} of {of} expectations held.",
        "",
    ]
    for number, step in enumerate(steps, 1):
        lines += [
            f"## {number}. {step.title}",
            "",
            "```text",
            f"$ {step.command}",
            *_key_output(step.out),
            "```",
            "",
        ]
        lines += [f"Exit code {step.code}, {step.requests} requests.", ""]
        lines += [f"- {'holds' if ok else '**does not hold**'}: {words}" for words, ok in step.checks] + [""]
    return "\n".join(lines)


def _key_output(out: str) -> list[str]:
    lines = [line[:150].rstrip() for line in re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", out).splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    return lines if len(lines) <= _SHOWN else [*lines[:_SHOWN], f"... {len(lines) - _SHOWN} more lines"]


def main() -> int:
    """Exit code 0 when every expectation held."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--write", action="store_true")
    options.add_argument("--keep", type=Path)
    asked = options.parse_args()
    material = real() or synthetic()
    with tempfile.TemporaryDirectory(prefix="skinproof-living-") as made:
        folder = asked.keep or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        steps = play(material, folder)
    text = page(material, steps)
    if asked.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text)
    return 0 if all(step.good for step in steps) else 1


if __name__ == "__main__":
    raise SystemExit(main())
