"""Where facts are looked for: zones cover the text once, quotes always verify, time stays in proportion."""

from hypothesis import given
from hypothesis import strategies as st

from skinproof.extraction.products import Product
from skinproof.extraction.scene import TIERS, Scene
from skinproof.extraction.sentences import sentence_at, sentences
from skinproof.studies.documents import study_text
from skinproof.tagging.matcher import Form, Matcher
from skinproof.vocabulary.term import Vocabulary
from tests.tagging.records import record

_PRODUCT = Product(1, "ev", "given", ("agent:exosome",), "Exosomes", (0,), (0,), (1,))


def _scene() -> Scene:
    study = record(
        "Exosomes for scars",
        summary="Exosomes are given. They come frozen. Scars are common.",
        arms=(("EXPERIMENTAL", "A", "exosomes daily"), ("ACTIVE_COMPARATOR", "B", "laser")),
        interventions=(("DRUG", "Exosomes", "1 mL", ("A",)), ("DEVICE", "Laser", "once", ("B",))),
        outcomes=("Scar score",),
        eligibility="Adults",
    )
    text = study_text(study)
    found = Matcher([Form("exosomes", "agent:exosome")]).find(text.text)
    return Scene(study, text, Vocabulary(()), {"agent": found}, (_PRODUCT,), _PRODUCT)


def test_the_interventions_and_arms_of_the_product_come_first_and_those_of_others_last() -> None:
    scene = _scene()
    by_tier = {tier: [scene.words(zone).strip() for zone in scene.within(tier)] for tier in TIERS}
    assert by_tier == {
        "intervention": ["Exosomes", "1 mL"],
        "arm": ["A", "exosomes daily"],
        "title": ["Exosomes for scars"],
        "said": ["Exosomes are given."],
        "near": ["They come frozen."],
        "rest": ["Scars are common."],
        "other": ["B", "laser", "Laser", "once", "Scar score", "Adults"],
    }
    assert [zone.tier for zone in scene.zones] == sorted((z.tier for z in scene.zones), key=TIERS.index)


def test_an_intervention_is_tied_to_the_arms_the_registry_links_it_to() -> None:
    scene = _scene()
    assert scene.arm_labels(scene.within("intervention")[0]) == ("A",)
    assert scene.arm_labels(scene.within("title")[0]) == ()


def test_a_span_quotes_its_field_and_one_that_leaves_the_field_is_refused() -> None:
    scene = _scene()
    for zone in scene.zones:
        span = scene.span(zone.start, zone.end)
        assert scene.text.text_of(span.field) is not None
        assert (
            (scene.text.text_of(span.field) or "")[span.start : span.end] == span.quote == scene.words(zone)
        )
    first = scene.zones[0]
    try:
        scene.span(first.start, first.end + 5)
    except ValueError as error:
        assert "leaves the field" in str(error)
    else:
        raise AssertionError("a span across two fields was made")


@given(st.text("aB .;!?\n-10x×()", max_size=80))
def test_sentences_together_are_the_whole_text(text: str) -> None:
    cut = sentences(text)
    assert "".join(text[s.start : s.end] for s in cut) == text
    for place, found in enumerate(cut):
        assert found.end > found.start
        assert sentence_at(cut, found.start) == place


def test_numbers_and_abbreviations_do_not_end_a_sentence() -> None:
    text = "A dose of 2.5 mL, i.e. 1 x 10. approx. twice. Then rest."
    assert [text[s.start : s.end].strip() for s in sentences(text)] == [
        "A dose of 2.5 mL, i.e. 1 x 10. approx. twice.",
        "Then rest.",
    ]
