"""Stems are looked for in one pass: scanning every window again took most of the reading time."""

from hypothesis import given
from hypothesis import strategies as st

from skinproof.extraction.stems import Stems, lower

WORDS = Stems({"animal": "rat|, mice|", "give": "inject, infus"})


def test_a_stem_counts_at_the_start_of_a_word_in_any_case() -> None:
    text = "The ratio. RAT Injected; reinjected mices mice"
    found = WORDS.places(text)
    assert [text[a:b] for a, b in found["animal"].spans] == ["RAT", "mice"]
    assert [text[a:b] for a, b in found["give"].spans] == ["Inject"]


def test_a_window_holds_what_lies_wholly_inside_it() -> None:
    found = WORDS.places("inject rat infuse")["give"]
    assert list(found.within(0, 6)) == [(0, 6)]
    assert not found.any_within(1, 15) and found.any_within(7, 17)


@given(st.text(max_size=200))
def test_small_letters_keep_every_letter_at_its_place(text: str) -> None:
    assert len(lower(text)) == len(text)


@given(st.text(alphabet="İßinjectraµé RAT.", max_size=80))
def test_every_place_quotes_its_stem(text: str) -> None:
    for group, stems in (("animal", {"rat", "mice"}), ("give", {"inject", "infus"})):
        for start, end in WORDS.places(text)[group].spans:
            assert lower(text)[start:end] in stems
