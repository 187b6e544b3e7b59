"""The score on labels that no rule was written from: the number validation/accuracy.md gives must stay true."""

import gzip
from pathlib import Path

import pytest

from skinproof.model.tags import StudyTags
from skinproof.sources.ctgov import read_ctgov
from skinproof.studies.documents import study_text
from skinproof.tagging.kernel import Tagger
from skinproof.vocabulary.loader import load_bundled
from skinproof.workflows.evaluate import evaluate, read_gold
from skinproof.workflows.site import held_out_scores
from tests.conftest import ROOT

TABLE = ROOT / "validation" / "labels" / "held_out.csv"


@pytest.fixture(scope="module")
def predictions(shared: Path) -> dict[str, StudyTags]:
    """Tags of the labelled records; of an id in both files the fuller record counts."""
    labels, _, _ = read_gold(TABLE.read_bytes())
    wanted = {label.record_id for label in labels}
    tagger, found = Tagger(load_bundled()), {}
    for name in ("trial_texts_v2", "msc_v2"):
        with gzip.open(shared / "data" / f"{name}.jsonl.gz") as lines:
            for line in lines:
                nct_id = line.partition(b'"nctId": "')[2][:11].decode()
                if nct_id in wanted:
                    record = read_ctgov(line).record
                    found[nct_id] = tagger.tag(record, study_text(record))
    return found


def test_the_held_out_labels_score_as_published(predictions: dict[str, StudyTags]) -> None:
    """Users are told these numbers; they may rise, not fall."""
    report = evaluate(TABLE, predictions)
    assert report.missing == ()
    scores = {name: round(report.fields[name].accuracy, 3) for name in report.fields}
    assert set(scores) == {"agent_class", "ev_role", "cutaneous", "aesthetic"}
    assert scores["agent_class"] >= 0.926
    assert scores["ev_role"] >= 0.99
    assert scores["cutaneous"] >= 0.963
    assert scores["aesthetic"] >= 0.987


def test_the_published_scores_are_the_measured_ones(predictions: dict[str, StudyTags]) -> None:
    """The method page prints these; they are written down, so they must be held against the measurement."""
    report = evaluate(TABLE, predictions)
    measured = {name: (score.n, round(score.accuracy, 3)) for name, score in report.fields.items()}
    told = {name: (n, round(share, 3)) for name, n, share in held_out_scores()}
    assert {name: told[name] for name in measured} == measured
