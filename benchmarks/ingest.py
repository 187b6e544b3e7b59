"""Import + build against pandas.json_normalize on the same records in the same run; memory; the second build.

python benchmarks/ingest.py [--records 50000] [--large 200000] [--pairs 3]
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from common import SKINPROOF, changed, replicated, run, write_lines

FLATTEN = """
import json, sys, time, pandas
records = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
lists = [("armsInterventionsModule", "armGroups"), ("armsInterventionsModule", "interventions"),
         ("outcomesModule", "primaryOutcomes"), ("outcomesModule", "secondaryOutcomes"),
         ("contactsLocationsModule", "locations"), ("referencesModule", "references")]
start = time.perf_counter()
frame = pandas.json_normalize(records)
one = time.perf_counter() - start
for module, name in lists:
    rows = [{"nctId": r["protocolSection"]["identificationModule"]["nctId"], name: r["protocolSection"][module][name]}
            for r in records if name in r["protocolSection"].get(module, {})]
    pandas.json_normalize(rows, record_path=name, meta="nctId")
print(one, time.perf_counter() - start)
"""
"""Parsing is not timed. First number: one call, lists left as they are; second: with six child tables, as ours has."""


CHANGES = {
    "status and day": {"title": False, "new_day": "2026-11-20"},
    "title, status and day": {"title": True, "new_day": "2026-11-21"},
    "title and status, day kept": {"title": True, "new_day": None},
}
"""What an update moves. The registry dates every update anew; the last line is the worst case for our layout."""


def ours(data: Path, lines: Path) -> tuple[float, float, float, float]:
    """(wall of import + build, cpu of import, cpu of build, peak MB) into an empty data folder."""
    shutil.rmtree(data, ignore_errors=True)
    imported = run([*SKINPROOF, "import", str(lines), "--data", str(data)])
    built = run([*SKINPROOF, "build", "--data", str(data)])
    print(f"  import {imported.wall:.2f} s wall, {imported.cpu:.2f} s cpu, {imported.peak:.0f} MB; "
          f"build {built.wall:.2f} s wall, {built.cpu:.2f} s cpu, {built.peak:.0f} MB", flush=True)  # fmt: skip
    return imported.wall + built.wall, imported.cpu, built.cpu, max(imported.peak, built.peak)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--records", type=int, default=50_000)
    options.add_argument("--large", type=int, default=200_000)
    options.add_argument("--pairs", type=int, default=3)
    options.add_argument("--texts", choices=("same", "distinct", "both"), default="both")
    asked = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="skinproof-bench-"))
    lines, data = folder / "records.jsonl", folder / "data"
    try:
        kinds = {"same": (False,), "distinct": (True,), "both": (False, True)}[asked.texts]
        for distinct in kinds if asked.records else ():
            name = "no two texts alike" if distinct else "real records replicated with changed ids"
            print(f"\n{asked.records:,} records, {name}")
            write_lines(lines, replicated(asked.records, distinct=distinct))
            pairs = []
            for _ in range(asked.pairs):
                one, tables = map(float, run([sys.executable, "-c", FLATTEN, str(lines)]).out.split())
                mine, _, first_cpu, _ = ours(data, lines)
                pairs.append((one / mine, tables / mine))
                print(f"  import + build {mine:.2f} s; pandas.json_normalize alone: one call {one:.2f} s (ratio "
                      f"{one / mine:.2f}), to the same seven tables {tables:.2f} s (ratio {tables / mine:.2f})",
                      flush=True)  # fmt: skip
            once, all_tables = (statistics.median(pair[n] for pair in pairs) for n in (0, 1))
            print(f"  MEDIAN ratio pandas / (import + build): one call {once:.2f}, seven tables {all_tables:.2f}  "
                  f"(target >= 1)")  # fmt: skip
            for what, values in CHANGES.items():
                write_lines(lines, changed(asked.records, 0.01, distinct=distinct, **values))
                update = run([*SKINPROOF, "import", str(lines), "--data", str(data)])
                again = run([*SKINPROOF, "build", "--data", str(data)])
                print(f"  1% changed, {what}: import {update.cpu:.2f} s cpu, second build {again.cpu:.2f} s cpu = "
                      f"{100 * again.cpu / first_cpu:.1f}% of the first build's {first_cpu:.2f} s  (target <= 5%)",
                      flush=True)  # fmt: skip
        if asked.large:
            for distinct in kinds:
                print(f"\n{asked.large:,} records, {'no two texts alike' if distinct else 'replicated'}")
                write_lines(lines, replicated(asked.large, distinct=distinct))
                *_, first_cpu, peak = ours(data, lines)
                print(f"  PEAK memory of all processes together {peak:.0f} MB  (target < 700)")
                write_lines(lines, changed(asked.large, 0.01, distinct=distinct, **CHANGES["status and day"]))
                run([*SKINPROOF, "import", str(lines), "--data", str(data)])
                again = run([*SKINPROOF, "build", "--data", str(data)])
                print(f"  1% changed: second build {again.cpu:.2f} s cpu = {100 * again.cpu / first_cpu:.1f}% "
                      f"of the first; {again.peak:.0f} MB", flush=True)  # fmt: skip
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
