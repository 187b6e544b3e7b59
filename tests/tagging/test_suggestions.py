"""Odd spellings are put before a person; real words are left in peace."""

import pytest

from skinproof.model.tags import Suggestion
from skinproof.studies.documents import study_text
from skinproof.tagging.kernel import Tagger
from skinproof.tagging.suggestions import edit_distance
from skinproof.vocabulary.loader import load_bundled
from tests.tagging.records import record

TAGGER = Tagger(load_bundled())


def suggestions(summary: str) -> tuple[Suggestion, ...]:
    study = record("Synthetic title", summary=summary)
    return TAGGER.tag(study, study_text(study)).suggestions


@pytest.mark.parametrize(
    ("summary", "quote", "term"),
    [
        ("A stem cell derived exome gel for the diabetic foot.", "exome", "agent:exosome"),
        ("Injection of exosime into facial skin.", "exosime", "agent:exosome"),
        ("Exsomes were given.", "Exsomes", "agent:exosome"),
        ("Mesencymal cells were infused.", "Mesencymal", "agent:msc"),
        ("The extracelular fluid.", "extracelular", "agent:ev"),
    ],
)
def test_a_slip_is_suggested_and_never_tagged(summary, quote, term):
    study = record("Synthetic title", summary=summary)
    found = TAGGER.tag(study, study_text(study))
    (said,) = found.suggestions
    assert (said.quote, said.term) == (quote, term)
    assert all(quote not in tag.quote for tag in found.tags if tag.property == "agent")


@pytest.mark.parametrize(
    "summary",
    [
        "Whole exome sequencing of skin tumours.",
        "Clinical exome analysis finds the variant gene and treatment follows.",
        "Exosomes, exosomal, extracellular vesicles and mesenchymal cells.",
        "Exogenous insulin, exon skipping, an exostosis, exotropia, mesenteric ischaemia, vesical stones.",
        "",
    ],
)
def test_real_words_are_not_suggested(summary):
    assert suggestions(summary) == ()


def test_one_spelling_is_suggested_once():
    assert len(suggestions("Exosime. exosime, EXOSIME")) == 1


def test_eligibility_and_references_are_not_searched():
    study = record("Synthetic title", eligibility="prior exosime therapy", citations=("Exosime. 2020.",))
    assert TAGGER.tag(study, study_text(study)).suggestions == ()


@pytest.mark.parametrize(
    ("first", "second", "edits"),
    [("exosime", "exosome", 1), ("exsome", "exosome", 1), ("exosmoe", "exosome", 1), ("exosome", "exosome", 0),
     ("exome", "exosome", 2), ("skin", "exosome", 3)],
)  # fmt: skip
def test_edits_are_counted_up_to_the_limit(first, second, edits):
    assert edit_distance(first, second, 2) == edits
