"""Hard sentences of real records and what is read of them, as the page `hard-sentences.md`.

Run: `python validation/hard_sentences.py` prints the page, `--write` writes it. The records are those of the reference data in `../shared`
(or SKINPROOF_SHARED); the sentences quoted here are short.
"""

import gzip
import os
import sys
from pathlib import Path

from skinproof.extraction.kernel import Extractor
from skinproof.model.findings import Preparation
from skinproof.sources.ctgov import read_ctgov
from skinproof.studies.documents import study_text
from skinproof.tagging.kernel import Tagger
from skinproof.views.preparations import fact_cell
from skinproof.vocabulary.loader import load_bundled

HERE = Path(__file__).resolve().parent
PAGE = HERE / "hard-sentences.md"

SENTENCES: tuple[tuple[str, str, str], ...] = (
    ("NCT04276987", "dose", "2.0*10E8 nano vesicles/3 ml at Day 1, Day 2, Day 3, Day 4, Day 5"),
    ("NCT05125562", "dose", "ExoFlo 15 mL, which is 10.5x1011 EVs"),
    ("NCT02138331", "dose", "in a dose of the supernatant produced from (1.22-1.51) × 10 (6)/kg/IV"),
    ("NCT05078385", "dose", "1 X 104 MSCs for each cm2"),
    ("NCT04491240", "dose", "0.5-2x10^10 of nanoparticles (exosomes"),
    ("NCT04798716", "concentration", "2 X 10^9, 4 X 10^9, 8 X 10^9/mL"),
    ("NCT03437759", "dose", "50μg or 20μg MSC-Exo in 10μl PBS was dripped into vitreous cavity"),
    ("NCT05523011", "concentration", "100 µg MSC exosomes/g"),
    ("NCT04213248", "dose", "10ug/drop"),
    ("NCT05060107", "dose", "3-5x10e11 particles/dose"),
    ("NCT04544215", "dose", "8.0*108 nano vesicles/3 ml"),
    ("NCT05490173", "dose", "120 million MSCs"),
)
"""Record, fact, and the words that are hard: lost superscripts, shared powers, cells that are only the source."""


def shared_folder() -> Path:
    """Where the reference data is."""
    return Path(os.environ.get("SKINPROOF_SHARED", HERE.parents[1] / "shared"))


def read(shared: Path) -> dict[str, tuple[str, Preparation]]:
    """Record id -> (its whole text, its main preparation), of the records named here."""
    wanted = {record_id for record_id, _, _ in SENTENCES}
    vocabulary = load_bundled()
    tagger, extractor = Tagger(vocabulary), Extractor(vocabulary)
    found: dict[str, tuple[str, Preparation]] = {}
    with gzip.open(shared / "data" / "msc_v2.jsonl.gz") as lines:
        for line in lines:
            nct_id = line.partition(b'"nctId": "')[2][:11].decode()
            if nct_id in wanted and nct_id not in found:
                record = read_ctgov(line).record
                text = study_text(record)
                found[nct_id] = text.text, extractor.read(record, text, tagger.tag(record, text))[0]
    return found


def page(shared: Path) -> str:
    """The page. Raises: ValueError where a sentence no longer stands in its record."""
    vocabulary = load_bundled()
    found = read(shared)
    lines = [
        "# Hard sentences",
        "",
        "What is read of amounts that are written in difficult ways; made by `hard_sentences.py`. A flag says what a reader must mind.",
        "",
        "| record | the words | read as | flags |",
        "|---|---|---|---|",
    ]
    for record_id, fact, words in SENTENCES:
        text, preparation = found[record_id]
        if words not in text:
            raise ValueError(f"{record_id} does not say {words!r}")
        cell = fact_cell(preparation, fact, vocabulary)
        flags = "; ".join(dict.fromkeys(flag for value in cell.values for flag in value.flags))
        lines.append(f"| {record_id} | {words} | {cell.label.lower()}: {cell.text} | {flags} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    made = page(shared_folder())
    if "--write" in sys.argv[1:]:
        PAGE.write_text(made, encoding="utf-8")
    else:
        print(made, end="")
