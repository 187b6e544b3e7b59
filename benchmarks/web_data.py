"""Data folders for benchmarks/web.py: the whole reference corpus, and the same with every record several times under other ids.

python benchmarks/web_data.py FOLDER [--factor 20]      makes FOLDER once; what is there is kept
"""

import argparse
import gzip
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from common import SHARED, SKINPROOF, run

NCT = re.compile(rb"NCT\d{8}")
FIRST = 10_000_000
"""Number of the first made-up id; real ones are smaller."""


def corpus() -> list[Path]:
    """The record files of the reference data."""
    return sorted((SHARED / "data").glob("*.jsonl.gz"))


def made(folder: Path, factor: int = 1) -> Path:
    """A data folder with the corpus `factor` times; made once, then used as it is."""
    if (folder / "editions" / "CURRENT").is_file():
        return folder
    run([*SKINPROOF, "import", *map(str, corpus()), "--data", str(folder)])
    for copy in range(1, factor):
        with tempfile.TemporaryDirectory(prefix="skinproof-bench-") as place:
            file = Path(place) / "copy.jsonl.gz"
            with gzip.open(file, "wb", compresslevel=1) as out:
                out.writelines(renamed(copy))
            run([*SKINPROOF, "import", str(file), "--data", str(folder)])
    run([*SKINPROOF, "build", "--data", str(folder)])
    return folder


def renamed(copy: int) -> Iterator[bytes]:
    """Every line of the corpus with other ids: the same record has the same new id in all files of a copy."""
    seen: dict[bytes, bytes] = {}

    def other(found: "re.Match[bytes]") -> bytes:
        return seen.setdefault(found[0], b"NCT%08d" % (FIRST + copy * 200_000 + len(seen)))

    for file in corpus():
        with gzip.open(file, "rb") as lines:
            for line in lines:
                yield NCT.sub(other, line)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--factor", type=int, default=20)
    asked = options.parse_args()
    made(asked.folder, asked.factor)


if __name__ == "__main__":
    main()
