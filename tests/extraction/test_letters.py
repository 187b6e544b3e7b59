"""Letters are looked for once per study: trying every pattern everywhere took most of the reading time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.extraction.letters import Letters, needs, small, tried
from skinproof.extraction.scene import Scene
from skinproof.extraction.shared import Shared
from skinproof.extraction.stems import lower
from skinproof.studies.documents import study_text
from tests.extraction.given import scene
from tests.tagging.records import record

GIVEN = needs("inject", "infus", "abab")
OTHER = needs("fus", "é")
NUMBERS = needs("one", "tw")


def test_every_place_of_a_need_is_known_with_those_that_overlap() -> None:
    found = Letters("ababab injected, infused é")
    assert list(found.places(GIVEN)) == [0, 2, 7, 17]
    assert list(found.places(OTHER)) == [19, 25]
    assert found.has(GIVEN) and not found.has(needs("cream"))


def test_a_window_holds_letters_that_begin_inside_it() -> None:
    found = Letters("to inject")
    assert found.within(GIVEN, 3, 4)
    assert not found.within(GIVEN, 0, 3) and not found.within(GIVEN, 4, 9)


@given(st.text(alphabet="abINJECTinfusé İ", max_size=120))
def test_the_places_are_those_that_a_plain_search_finds(text: str) -> None:
    low = lower(text)
    plain = [at for at in range(len(low)) if low.startswith(("inject", "infus", "abab"), at)]
    assert list(Letters(low).places(GIVEN)) == plain


def test_letters_that_could_never_stand_in_small_letters_are_refused() -> None:
    with pytest.raises(ValueError, match="small and not empty"):
        needs("MSC")
    with pytest.raises(ValueError, match="small and not empty"):
        needs("")


def test_a_pattern_for_small_letters_keeps_its_classes_and_names() -> None:
    pattern = small(r"(?P<What>\bMSC)(?P=What)?\S\W[A-F]")
    assert pattern.pattern == r"(?P<What>\bmsc)(?P=What)?\S\W[a-f]"
    assert pattern.match("msc1.e")


def test_a_pattern_tried_where_it_begins_gives_what_a_search_gives() -> None:
    text = "one dose, two doses, twelve doses; onedose"
    pattern = small(r"\b(?:one|two|twelve) doses?")
    found = Letters(text)
    at = found.between(NUMBERS, 0, len(text))
    assert [m.span() for m in tried(pattern, text, at, len(text))] == [
        m.span() for m in pattern.finditer(text)
    ]
    assert [m[0] for m in tried(pattern, text, at, 12)] == ["one dose"]


def test_what_holds_for_all_products_of_a_study_is_worked_out_once() -> None:
    shared = Shared(study_text(record("Exosomes. Two sentences", summary="One. Two.")))
    asked = []

    def work() -> int:
        asked.append(1)
        return 7

    assert [shared.once(("here", 1), work), shared.once(("here", 1), work)] == [7, 7] and asked == [1]
    assert shared.low.startswith("exosomes. two") and shared.cut(0) is shared.cut(0)


def test_what_a_fact_asks_of_another_is_worked_out_once_for_one_product() -> None:
    asked: list[Scene] = []

    def work(here: Scene) -> int:
        asked.append(here)
        return len(asked)

    one, other = scene("exosomes daily"), scene("exosomes weekly")
    assert [one.once(work), one.once(work), other.once(work)] == [1, 1, 2] and asked == [one, other]


def test_zones_that_hold_a_kind_of_word_are_those_where_it_is_found() -> None:
    here = scene(
        "exosomes from fat. Also adipose tissue", "Bone marrow. Nothing here. Fat exosomes are given."
    )
    tiers = ("intervention", "said", "rest")
    plain = [(zone, found) for zone in here.within(*tiers) if (found := here.found("source", zone))]
    assert list(here.holding("source", *tiers)) == plain and len(plain) > 1
    assert all(here.zone_at(zone.start) == zone == here.zone_at(zone.end - 1) for zone in here.zones)
    assert here.zone_at(len(here.text.text) + 5) is None
