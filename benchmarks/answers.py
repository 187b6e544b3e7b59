"""How soon an answer is there: start-up, map and count on the real corpus, find beyond start-up.

python benchmarks/answers.py [--runs 9]      (imports every record file of the reference data into a temporary folder)
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from common import SHARED, SKINPROOF, run

QUERIES = [
    "exosome", "melasma", "wound healing", '"diabetic foot ulcer"', "platelet rich plasma", "scar", "psoriasis",
    "keloid OR scar", "exosome NOT cancer", "title:vesicle", "burn*", "hair loss", "mesenchymal AND skin",
    "atopic dermatitis", "laser", "growth factor", "conditioned medium", "epidermolysis bullosa", "vitiligo", "acne",
]  # fmt: skip


def median_wall(command: list[str], runs: int) -> float:
    """Milliseconds, median of runs after one to warm the disk cache."""
    run(command)
    return 1000 * statistics.median(run(command).wall for _ in range(runs))


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--runs", type=int, default=9)
    runs = options.parse_args().runs
    data = Path(tempfile.mkdtemp(prefix="skinproof-bench-"))
    try:
        files = sorted(str(path) for path in (SHARED / "data").glob("*.jsonl.gz"))
        run([*SKINPROOF, "import", *files, "--data", str(data)])
        print(run([*SKINPROOF, "build", "--data", str(data)]).out.strip())
        here = ["--data", str(data)]
        print(
            f"python -c pass      {median_wall([SKINPROOF[0].replace('skinproof', 'python'), '-c', 'pass'], runs):6.0f} ms"
        )
        print(f"skinproof --help    {median_wall([*SKINPROOF, '--help'], runs):6.0f} ms  (target <= 150)")
        for command in (
            ["map"],
            ["map", "--as-of", "2020-01-01"],
            ["count"],
            ["count", "--as-of", "2020-01-01"],
        ):
            print(
                f"skinproof {' '.join(command):25} {median_wall([*SKINPROOF, *command, *here], runs):6.0f} ms  (target <= 500)"
            )
        from skinproof.workflows.query import open_workspace

        workspace = open_workspace(data)
        workspace.find("warm up")
        times = []
        for query in QUERIES * 3:
            start = time.perf_counter()
            workspace.find(query)
            times.append(1000 * (time.perf_counter() - start))
        times.sort()
        print(f"find, beyond start-up: p50 {statistics.median(times):.1f} ms, p95 {times[int(0.95 * len(times))]:.1f} ms "
              f"over {len(times)} searches  (target p50 <= 50)")  # fmt: skip
    finally:
        shutil.rmtree(data)


if __name__ == "__main__":
    main()
