"""Rewrites the expected readings of the golden records: `python -m tests.sources.regold`, then read the diff."""

from pathlib import Path
from typing import Any

import msgspec

from skinproof.model.dates import PartialDate
from skinproof.model.record import StudyRecord
from skinproof.sources.ctgov import read_ctgov

GOLDEN = Path(__file__).parent / "golden"
PROPERTIES = tuple(name for name, value in vars(StudyRecord).items() if isinstance(value, property))
DATES = ("start_date", "primary_completion_date", "completion_date", "first_posted", "last_update_posted")


def golden_ids() -> list[str]:
    return sorted(path.stem for path in GOLDEN.glob("NCT*.json") if "." not in path.stem)


def golden_body(nct_id: str) -> bytes:
    return (GOLDEN / f"{nct_id}.json").read_bytes()


def reading(nct_id: str) -> dict[str, Any]:
    """What is pinned of one golden record: its short properties, what its dates can mean, its issues."""
    result = read_ctgov(golden_body(nct_id))
    facts = {name: getattr(result.record, name) for name in PROPERTIES}
    dates = {name: PartialDate.parse(facts[name]) for name in DATES if facts[name]}
    spans = {name: [date.precision, date.earliest(), date.latest()] for name, date in dates.items()}
    return msgspec.to_builtins({"properties": facts, "dates": spans, "issues": result.issues})


def expected_path(nct_id: str) -> Path:
    return GOLDEN / f"{nct_id}.expected.json"


if __name__ == "__main__":
    for nct_id in golden_ids():
        text = msgspec.json.format(msgspec.json.encode(reading(nct_id)))
        expected_path(nct_id).write_bytes(text + b"\n")
