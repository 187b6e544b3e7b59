"""Shared by the benchmarks: real records in number, and a command's wall time, processor time and peak memory."""

import gzip
import json
import os
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import msgspec

from skinproof.model.record import StudyRecord
from skinproof.studies.documents import StudyText, study_text

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("SKINPROOF_SHARED", ROOT.parent / "shared"))
SKINPROOF = [str(Path(sys.executable).with_name("skinproof"))]


@dataclass
class Cost:
    """wall and cpu in seconds; peak: largest sum of proportional memory over the process and its children, MB."""

    wall: float
    cpu: float
    peak: float
    out: str


def run(command: list[str]) -> Cost:
    """Run a command to its end and measure it; a failing command stops the benchmark."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(process, peak))
    watcher.start()
    out, err = process.communicate()
    wall = time.perf_counter() - start
    watcher.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{err}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, peak[0], out)


def _watch(process: "subprocess.Popen[str]", peak: list[float]) -> None:
    while process.poll() is None:
        peak[0] = max(peak[0], sum(_resident(pid) for pid in _family(process.pid)))
        time.sleep(0.05)


def _family(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        try:
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def _resident(pid: int) -> float:
    """Proportional memory in MB: pages that processes share are counted once among them."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1000
    except (OSError, ValueError):
        pass
    return 0.0


def real_records() -> list[dict]:
    """The 1,535 real stem-cell records, parsed."""
    with gzip.open(SHARED / "data" / "msc_v2.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def replicated(n: int, *, distinct: bool) -> Iterator[dict]:
    """n real-shaped records: the real ones over and over with changed ids.

    distinct: every copy also has its id written into title, summary and description, so that no two have a text in
    common and nothing can be skipped because a text was seen before.
    """
    records = real_records()
    for number in range(n):
        record = json.loads(json.dumps(records[number % len(records)]))
        name = f"NCT{90_000_000 + number:08d}"
        protocol = record["protocolSection"]
        protocol["identificationModule"]["nctId"] = name
        if distinct:
            protocol["identificationModule"]["briefTitle"] += f" ({name})"
            for key in ("briefSummary", "detailedDescription"):
                if key in protocol.get("descriptionModule", {}):
                    protocol["descriptionModule"][key] += f" ({name})"
        yield record


def write_lines(path: Path, records: Iterator[dict]) -> None:
    """Records as JSON lines."""
    with path.open("w", encoding="utf-8") as out:
        for record in records:
            out.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")


def changed(n: int, share: float, *, distinct: bool, title: bool, new_day: str | None) -> Iterator[dict]:
    """A random share of `replicated(n)` with another status and, where asked, title and last-update day."""
    chosen = set(random.Random(1).sample(range(n), int(n * share)))
    for number, record in enumerate(replicated(n, distinct=distinct)):
        if number in chosen:
            protocol = record["protocolSection"]
            status = protocol["statusModule"]
            status["overallStatus"] = "TERMINATED" if status["overallStatus"] != "TERMINATED" else "UNKNOWN"
            if title:
                protocol["identificationModule"]["briefTitle"] += f" (amended {new_day})"
            if new_day:
                status["lastUpdatePostDateStruct"] = {"date": new_day, "type": "ACTUAL"}
            yield record


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def load_texts(name: str, limit: int | None) -> list[tuple[StudyRecord, StudyText]]:
    """Real records of a file of the reference data, with the text that is read of them."""
    with gzip.open(SHARED / "data" / name, "rt", encoding="utf-8") as lines:
        records = (
            msgspec.convert(json.loads(line), StudyRecord, strict=False) for line in islice(lines, limit)
        )
        return [(record, study_text(record)) for record in records]
