"""Every value of every preparation of all real records at hand quotes its field, word for word."""

import gzip
import json
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from skinproof.extraction.catalogue import FACTS
from skinproof.extraction.kernel import Extractor
from skinproof.model.findings import BASE_UNITS, BOUNDS, PER_UNITS, STATES, Finding
from skinproof.sources.ctgov import read_ctgov
from skinproof.studies.documents import StudyText, study_text
from skinproof.tagging.kernel import Tagger
from skinproof.vocabulary.loader import load_bundled

FILES = (
    "msc_v2.jsonl.gz", "ctgov_v2.jsonl.gz", "ctgov_v2_versions.jsonl.gz", "fullstudies_v2.jsonl.gz",
    "trial_texts_v2.jsonl.gz",
)  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_every_quote_of_the_real_records_verifies(shared: Path, name: str) -> None:
    vocabulary = load_bundled()
    tagger, extractor = Tagger(vocabulary), Extractor(vocabulary)
    seen: set[str] = set()
    states: Counter[str] = Counter()
    with gzip.open(shared / "data" / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            body = json.loads(line)
            record = read_ctgov(msgspec.json.encode(body.get("record", body))).record
            text = study_text(record)
            if text.text in seen:
                continue
            seen.add(text.text)
            for preparation in extractor.read(record, text, tagger.tag(record, text)):
                assert [found.property for found in preparation.findings] == [fact.name for fact in FACTS]
                for finding in preparation.findings:
                    _check(finding, text)
                    states[finding.state] += 1
    assert states["reported"] > 0 and states["not_reported"] > 0


def _check(finding: Finding, text: StudyText) -> None:
    assert finding.state in STATES
    assert bool(finding.readings) == (finding.state in ("reported", "unclear")), finding
    assert finding.state != "not_reported" or finding.reason
    for reading in finding.readings:
        assert reading.spans, "a value without words of the record"
        for span in reading.spans:
            field = text.text_of(span.field)
            assert field is not None and field[span.start : span.end] == span.quote != ""
        amount = reading.quantity
        if amount is not None:
            assert 0 <= amount.low <= amount.high < float("inf") and amount.per_value > 0
            assert amount.kind in BASE_UNITS and amount.bound in BOUNDS
            assert amount.per == "" or amount.per in PER_UNITS
