"""The page on what published review tables say of trials beside what is read of these trials, and every difference.

Run: `python validation/review_tables.py` (`--write` rewrites `review-tables.md`) with the reference data in `../shared` (or SKINPROOF_SHARED). The tables' facts
stand in `review_tables.csv`, restated; why we differ, found by reading the record, in `review_reasons.csv`.
A trial is read from its registry record where one is at hand, else from the row of the bundled snapshot, whose facts
were restated from such tables: there agreement says only that restated facts are read back as they were meant.
"""

import csv
import gzip
import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from skinproof.extraction.kernel import Extractor
from skinproof.model.findings import Finding, Preparation, Quantity
from skinproof.sources.ctgov import ReadResult, read_ctgov
from skinproof.sources.snapshot import read_snapshot, snapshot_record
from skinproof.studies.documents import study_text
from skinproof.tagging.kernel import Tagger
from skinproof.views.evaluation_words import route_words, source_words
from skinproof.vocabulary.loader import load_bundled

HERE = Path(__file__).resolve().parent
FIELDS = ("source", "donor", "route", "dose", "schedule")
SAID, READ = "registry record", "snapshot row"
NO_REASON = "NO REASON GIVEN"

_HEAD = """\
# Published review tables, read again

What tables of published reviews say of single trials, beside what skinproof reads of the same trials: source, donor relation, route, dose, schedule.
The tables' facts stand in [review_tables.csv](review_tables.csv), restated; why we differ, in [review_reasons.csv](review_reasons.csv), found by reading the
record. `python validation/review_tables.py` prints this page from both and the records, and
writes it with `--write`; a test keeps it as printed.

**Two kinds of trial.** Of some the registry's own record is at hand (ClinicalTrials.gov, 2022-10): there the comparison tests the rules. Of the others there is
only a row of the bundled snapshot, whose facts were themselves restated from such pages; there agreement says no more than that restated facts are read
back as they were meant. The two are counted apart:

{counts}

**How the facts are compared.** Only what a table states. Source and route in the words of the labelled table; a dose by its kind, its basis and its lowest and
highest level, since a table gives a range where a record gives each level, and a number
with the volume it is in is that number alone; a schedule is the same where each part of the table's stands among ours. Two of
the lines are of no review: a trial's own paper and a mirror of the registry, for two more trials whose record is at hand.
"""


class Line(NamedTuple):
    """One fact of one trial: what the table says, what we read, whether they agree, and why not."""

    table: str
    trial: str
    read_from: str
    field: str
    theirs: str
    ours: str
    same: bool
    reason: str


def shared_folder() -> Path:
    """Where the reference data is."""
    return Path(os.environ.get("SKINPROOF_SHARED", HERE.parents[1] / "shared"))


def lines(shared: Path) -> Iterator[Line]:
    """Every fact a table states, with what we read of the same trial; trials that nothing is at hand of are left out."""
    facts = _rows(HERE / "review_tables.csv")
    reasons = {(r["trial"], r["field"]): r["reason"] for r in _rows(HERE / "review_reasons.csv")}
    products = _products(shared, {row["trial"] for row in facts})
    for row in facts:
        if row["trial"] not in products:
            continue
        read_from, product = products[row["trial"]]
        for field in FIELDS:
            theirs = _dose_words(row) if field == "dose" else row[field]
            if not theirs:
                continue
            finding = _finding(product, field)
            same = _same(field, row, product, finding)
            reason = "" if same else reasons.get((row["trial"], field), NO_REASON)
            yield Line(
                row["table"], row["trial"], read_from, field, theirs, _ours(product, field), same, reason
            )


def not_at_hand(shared: Path) -> list[str]:
    """Trials of the tables that neither a record nor a snapshot row is at hand of."""
    trials = list(dict.fromkeys(row["trial"] for row in _rows(HERE / "review_tables.csv")))
    products = _products(shared, set(trials))
    return [trial for trial in trials if trial not in products]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def _products(shared: Path, trials: set[str]) -> dict[str, tuple[str, Preparation | None]]:
    """Trial -> (what it is read from, its first preparation)."""
    vocabulary = load_bundled()
    tagger, extractor = Tagger(vocabulary), Extractor(vocabulary)
    found: dict[str, tuple[str, Preparation | None]] = {}
    for read_from, trial, result in (*_records(shared, trials), *_snapshot(trials)):
        if trial not in found:
            text = study_text(result.record)
            products = extractor.read(result.record, text, tagger.tag(result.record, text))
            found[trial] = (read_from, products[0] if products else None)
    return found


def _records(shared: Path, trials: set[str]) -> Iterator[tuple[str, str, ReadResult]]:
    with gzip.open(shared / "data" / "msc_v2.jsonl.gz") as records:
        for line in records:
            trial = line.partition(b'"nctId": "')[2][:11].decode()
            if trial in trials:
                yield SAID, trial, read_ctgov(line)


def _snapshot(trials: set[str]) -> Iterator[tuple[str, str, ReadResult]]:
    body = (files("skinproof") / "data" / "snapshot.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(body.splitlines()):
        if row["registry_id"] in trials:
            yield READ, row["registry_id"], read_snapshot(json.dumps(snapshot_record(row)).encode())


def _finding(product: Preparation | None, field: str) -> Finding | None:
    for finding in product.findings if product else ():
        if finding.property == field:
            return finding
    return None


def _dose_words(row: dict[str, str]) -> str:
    if row["dose_low"] in ("", "none"):
        return "no dose" if row["dose_low"] else ""
    low, high = float(row["dose_low"]), float(row["dose_high"])
    number = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    return f"{number} {row['dose_kind']}" + (f" per {row['dose_per']}" if row["dose_per"] else "")


def _ours(product: Preparation | None, field: str) -> str:
    names = ("dose", "concentration") if field == "dose" else (field,)
    said = []
    for finding in (_finding(product, name) for name in names):
        if finding is not None and finding.state in ("reported", "unclear"):
            values = ", ".join(dict.fromkeys(reading.value for reading in finding.readings))
            said.append(values if finding.state == "reported" else f"unclear: {values}")
    return "; ".join(said) or "not_reported"


def _same(field: str, row: dict[str, str], product: Preparation | None, finding: Finding | None) -> bool:
    if field == "dose":
        return _same_dose(row, product)
    values = [r.value for r in finding.readings] if finding and finding.state == "reported" else []
    if field == "schedule":
        parts = {part.strip() for value in values for part in value.split(";")}
        return {part.strip() for part in row[field].split(";")} <= parts
    said = {"source": source_words, "route": route_words}
    return bool(values) and row[field] in (values[0], *(said[field](values[0]) if field in said else ()))


def _same_dose(row: dict[str, str], product: Preparation | None) -> bool:
    """A table gives the lowest and the highest level where a record gives each: the two ends must be ours."""
    if row["dose_low"] == "none":
        return _ours(product, "dose") == "not_reported"
    ours = [
        reading.quantity
        for finding in (_finding(product, name) for name in ("dose", "concentration"))
        if finding is not None and finding.state == "reported"
        for reading in finding.readings
        if reading.quantity is not None and _comparable(reading.quantity, row)
    ]
    if not ours:
        return False
    low, high = min(q.low for q in ours), max(q.high for q in ours)
    return math.isclose(low, float(row["dose_low"]), rel_tol=1e-9) and math.isclose(
        high, float(row["dose_high"]), rel_tol=1e-9
    )


def _comparable(quantity: Quantity, row: dict[str, str]) -> bool:
    number, _, over = row["dose_per"].rpartition(" ")
    same_kind = quantity.kind == row["dose_kind"] or (quantity.kind, row["dose_kind"]) == ("protein", "mass")
    total_in_volume = bool(number) and not quantity.per
    return same_kind and (
        total_in_volume or (quantity.per == over and quantity.per_value == float(number or 1))
    )


def printed(line: Line) -> str:
    """A line as a row of the table in `review-tables.md`."""
    verdict = "same" if line.same else f"differs: {line.reason}"
    return "| " + " | ".join((*line[:6], verdict)) + " |"


def page(shared: Path) -> str:
    """The whole of `review-tables.md`."""
    found = list(lines(shared))
    counts = [
        f"- {read_from}: {sum(line.same for line in of)} of {len(of)} facts the same"
        for read_from in (SAID, READ)
        if (of := [line for line in found if line.read_from == read_from])
    ]
    counts.append(f"- nothing at hand of: {', '.join(not_at_hand(shared))}")
    heads = "| table | trial | read from | fact | the table says | we read | |\n|---|---|---|---|---|---|---|"
    return "\n".join((_HEAD.format(counts="\n".join(counts)), heads, *map(printed, found), ""))


def main(words: Sequence[str] = ()) -> int:
    """Prints the page, or writes it with `--write`; returns 1 where a difference has no reason."""
    text = page(shared_folder())
    if "--write" in words:
        (HERE / "review-tables.md").write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return int(NO_REASON in text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
