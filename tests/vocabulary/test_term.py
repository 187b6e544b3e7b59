"""What readers of a vocabulary ask of it: forms, plurals, the hierarchy, search words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.vocabulary.forms import normal_form, plural
from skinproof.vocabulary.loader import Term, Vocabulary, load_bundled


@pytest.fixture(scope="module")
def small() -> Vocabulary:
    ev = Term(
        id="agent:ev", kind="agent", label="Extracellular vesicle", exact=("EV",), needs={"EV": ("vesicle",)}
    )
    exosome = Term(
        id="agent:exosome",
        kind="agent",
        label="Exosome",
        parents=("agent:ev",),
        synonyms=("exosomal", "exosome-like body"),
        also=("agent:ev",),
    )
    body = Term(id="agent:body", kind="agent", label="Bodies", group=True, synonyms=("exosome-like bodies",))
    return Vocabulary((ev, exosome, body))


def test_plurals_are_made_unless_another_term_lists_them(small: Vocabulary) -> None:
    """Readers write exosomes; a made plural must not take a form from the term that lists it."""
    found = {(s.text, s.term_id) for s in small.surfaces()}
    assert {("Exosomes", "agent:exosome"), ("Extracellular vesicles", "agent:ev")} <= found
    assert ("exosome-like bodies", "agent:body") in found
    assert ("exosome-like bodies", "agent:exosome") not in found


def test_a_heading_is_no_form(small: Vocabulary) -> None:
    """A branch name such as Wound or ulcer is made for readers, not found in texts."""
    assert "Bodies" not in {s.text for s in small.surfaces()}


def test_exact_forms_keep_case_and_context(small: Vocabulary) -> None:
    """EV is also an end-of-visit; it counts only beside the word vesicle."""
    (short,) = [s for s in small.surfaces() if s.case_sensitive]
    assert (short.text, short.term_id, short.needs) == ("EV", "agent:ev", ("vesicle",))


def test_the_hierarchy_is_walked_both_ways(small: Vocabulary) -> None:
    """Filters include what lies below; an unknown id gives nothing rather than an error."""
    assert small.ancestors("agent:exosome") == ("agent:ev",)
    assert small.descendants("agent:ev") == ("agent:ev", "agent:exosome")
    assert small.children("agent:ev") == ("agent:exosome",)
    assert small.descendants("agent:no") == small.ancestors("agent:no") == ()
    assert small.top_level("agent") == ("agent:ev", "agent:body")
    assert (small.label("agent:ev"), small.label("agent:no")) == ("Extracellular vesicle", "agent:no")


def test_a_search_word_brings_the_words_for_the_same_thing(small: Vocabulary) -> None:
    """Someone who types exosome must find extracellular vesicle, and nothing ambiguous."""
    found = small.synonyms_of_word("Exosomes")
    assert {"extracellular vesicle", "exosome", "exosomal"} <= set(found)
    assert "ev" not in found and "exosomes" not in found
    assert "exosome like body" not in found  # the word exosome finds it already
    assert small.synonyms_of_word("aspirin") == ()


def test_json_gives_back_the_same_vocabulary(small: Vocabulary) -> None:
    """An edition carries its vocabulary; what it says must not change by being stored."""
    for vocabulary in (small, load_bundled()):
        again = Vocabulary.from_json(vocabulary.to_json())
        assert dict(again.terms) == dict(vocabulary.terms)
        assert dict(again.codes) == dict(vocabulary.codes)
        assert again.version == vocabulary.version
        assert again.surfaces() == vocabulary.surfaces()
        assert again.to_json() == vocabulary.to_json()


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("exosome", "exosomes"),
        ("apoptotic body", "apoptotic bodies"),
        ("assay", "assays"),
        ("skin patch", "skin patches"),
        ("MSC", "MSCs"),
        ("acne", "acnes"),
        ("psoriasis", None),
        ("hair loss", None),
        ("CD34+", None),
        ("miR-29", None),
        ("MSC-EV", None),
        ("dermatitis, atopic", None),
    ],
)
def test_regular_plurals_only(form: str, expected: str | None) -> None:
    """A wrong plural costs time in every match and could meet another word."""
    assert plural(form) == expected


def test_forms_compare_without_case_hyphen_and_kind_of_apostrophe() -> None:
    """The duplicate check and the search see one form where a reader sees one."""
    same = {"Wharton's-jelly  MSC", "wharton’s jelly msc", "WHARTON'S JELLY‐MSC", " Wharton`s jelly MSC\n"}
    assert {normal_form(form) for form in same} == {"wharton's jelly msc"}


@given(st.text())
def test_a_normal_form_is_its_own_normal_form(form: str) -> None:
    """Forms compared twice must compare the same."""
    once = normal_form(form)
    assert normal_form(once) == once


@given(st.text(st.characters(codec="ascii")))
def test_the_quick_way_for_plain_text_is_the_same_way(form: str) -> None:
    """The short cut for ASCII must not give other forms: a non-ASCII neighbour makes the long way run."""
    assert normal_form(form + " é") == " ".join([*normal_form(form).split(), "é"])
