"""No vesicle study that a plain search for vesicle words finds may be missed, in any of the records at hand."""

import gzip
import json
import re

import msgspec
import pytest

from skinproof.model.record import StudyRecord
from skinproof.studies.documents import study_text
from skinproof.tagging.kernel import Tagger
from skinproof.vocabulary.loader import load_bundled

PLAIN = re.compile(r"exosom|extra-?\s?cellular[\s-]+(?:\w+[\s-]+)?vesic|micro-?\s?vesicle", re.IGNORECASE)

EXPLAINED = {
    "trial_texts_v2": {},
    "msc_v2": {},
}
"""Records that the plain search finds and tagging does not, with the reason; validation/ev-recall.md tells more."""


@pytest.mark.parametrize("name", sorted(EXPLAINED))
def test_every_record_that_plain_search_finds_names_a_vesicle(shared, name):
    tagger, missed, n = Tagger(load_bundled()), {}, 0
    with gzip.open(shared / "data" / f"{name}.jsonl.gz", "rb") as lines:
        for line in lines:
            if not PLAIN.search(line.decode()):
                continue
            record = msgspec.convert(json.loads(line), StudyRecord, strict=False)
            text = study_text(record)
            if not PLAIN.search(text.text):
                continue
            n += 1
            found = tagger.tag(record, text)
            if not any(tagger.vocabulary.terms[term].agent_class == "ev" for term, _ in found.agents):
                missed[record.nct_id] = PLAIN.search(text.text)[0]
    assert n >= 26
    assert missed == EXPLAINED[name]
