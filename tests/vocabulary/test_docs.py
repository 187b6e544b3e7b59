"""The reference page says what the vocabulary says."""

from pathlib import Path

from skinproof.vocabulary.docs import reference_page
from skinproof.vocabulary.loader import load_bundled

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "vocabulary.md"


def test_every_term_is_on_the_reference_page_once() -> None:
    """A term that is not documented cannot be reviewed by someone who does not read YAML."""
    vocabulary = load_bundled()
    page = reference_page(vocabulary)
    assert [key for key in vocabulary.terms if page.count(f"`{key}`") != 1] == []


def test_the_page_in_the_repository_is_fresh() -> None:
    """Run `python -m skinproof.vocabulary.docs > docs/reference/vocabulary.md` after a change of terms."""
    assert PAGE.read_text(encoding="utf-8") == reference_page(load_bundled())
