"""The scores of the facts read of preparations, on the labelled table, the tuning labels and the held-out ones."""

import gzip
from pathlib import Path

import pytest

from skinproof.extraction.kernel import Extractor
from skinproof.sources.ctgov import read_ctgov
from skinproof.studies.documents import study_text
from skinproof.tagging.kernel import Tagger
from skinproof.views.evaluation import Answer, EvaluationReport
from skinproof.views.evaluation_judge import CALL_FIELDS, PREPARATION_FIELDS
from skinproof.vocabulary.loader import load_bundled
from skinproof.workflows.evaluate import answer_from, evaluate, read_gold
from tests.conftest import ROOT

LABELS = ROOT / "validation" / "labels"
TABLES = ("gold", "tuning", "held_out")


def table(shared: Path, name: str) -> Path:
    return shared / "gold" / "trials_labelled.csv" if name == "gold" else LABELS / f"preparations_{name}.csv"


@pytest.fixture(scope="module")
def answers(shared: Path) -> dict[str, Answer]:
    """What is read of every labelled record; of an id in both files the fuller record counts."""
    wanted = set()
    for name in TABLES:
        if (path := table(shared, name)).is_file():
            wanted |= {label.record_id for label in read_gold(path.read_bytes())[0]}
    vocabulary = load_bundled()
    tagger, extractor = Tagger(vocabulary), Extractor(vocabulary)
    found: dict[str, Answer] = {}
    for name in ("msc_v2", "trial_texts_v2"):
        with gzip.open(shared / "data" / f"{name}.jsonl.gz") as lines:
            for line in lines:
                nct_id = line.partition(b'"nctId": "')[2][:11].decode()
                if nct_id in wanted - set(found):
                    record = read_ctgov(line).record
                    text = study_text(record)
                    tags = tagger.tag(record, text)
                    calls = {field: getattr(tags, field) for field in CALL_FIELDS}
                    found[nct_id] = answer_from(calls, tags.tags, extractor.read(record, text, tags))
    return found


def report(shared: Path, answers: dict[str, Answer], name: str) -> EvaluationReport:
    path = table(shared, name)
    if not path.is_file():
        pytest.skip(f"{path.name} is not there")
    return evaluate(path, answers)


@pytest.mark.parametrize("name", TABLES)
def test_every_labelled_record_is_scored_on_every_fact(
    shared: Path, answers: dict[str, Answer], name: str
) -> None:
    found = report(shared, answers, name)
    assert found.missing == ()
    assert set(PREPARATION_FIELDS) <= set(found.fields)
    for field in PREPARATION_FIELDS:
        score = found.fields[field]
        states = score.states
        assert score.n + score.left_out == found.n_scored
        assert score.n == sum(getattr(states, part) for part in states.__struct_fields__)


@pytest.mark.parametrize("name", TABLES)
def test_every_disagreement_about_a_value_shows_the_words_it_was_read_from(
    shared: Path, answers: dict[str, Answer], name: str
) -> None:
    found = report(shared, answers, name)
    silent = ("not_reported", "not_applicable")
    for item in found.disagreements:
        if item.field in PREPARATION_FIELDS and item.found not in silent:
            assert item.quotes, item
