"""Processor time of the step that links papers, studies and registrations, as a share of a build.

    python benchmarks/links.py DATA_DIR

DATA_DIR: a data folder with imported records that no edition holds yet (a first build, or an update).
"""

import resource
import sys
import time
from pathlib import Path
from typing import Any

import skinproof.workflows.build as building


def spent() -> float:
    """Seconds of processor time of this process and its finished children."""
    return sum(
        use.ru_utime + use.ru_stime
        for use in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    linking, link_edition = [0.0], building.link_edition

    def timed(*parts: Any) -> Any:
        start = time.process_time()
        made = link_edition(*parts)
        linking[0] += time.process_time() - start
        return made

    building.link_edition = timed
    start = spent()
    report = building.build(Path(sys.argv[1]))
    whole = spent() - start
    if not report.made:
        raise SystemExit("nothing to build: the edition holds all that is stored")
    rest = whole - linking[0]
    print(
        f"{report.n_studies:,} records, {report.n_papers:,} papers; {report.read:,} versions read, {report.reused:,} kept: "
        f"build {whole:.2f} s cpu, of which links {linking[0]:.2f} s = {100 * linking[0] / rest:.1f}% of the rest"
    )


if __name__ == "__main__":
    main()
