"""The aid a product is given with: laser with PRP and laser against PRP are opposite trials."""

import pytest

from skinproof.extraction import delivery
from tests.extraction.origin_given import origin_scene, values, verified


@pytest.mark.parametrize(
    ("given", "agent_class", "value", "flags"),
    [
        ("microneedling followed by exosomes", "ev", "needling", ("before the product",)),
        ("exosomes applied after fractional CO2 laser", "ev", "ablative_laser", ("before the product",)),
        ("exosomes followed by fractional CO2 laser", "ev", "ablative_laser", ("after the product",)),
        ("microneedling plus platelet-rich plasma", "prp", "needling", ()),
        ("platelet-rich plasma with hyaluronic acid", "prp", "hyaluronic_acid", ()),
        ("mesenchymal stem cells in fibrin glue", "msc", "fibrin_glue", ()),
        (
            "the wound is covered with exosomes and then a foam dressing",
            "ev",
            "dressing",
            ("over the product",),
        ),
    ],
)
def test_an_aid_is_read_with_its_place_in_time(
    given: str, agent_class: str, value: str, flags: tuple[str, ...]
) -> None:
    view = origin_scene(given, agent_class)
    found = delivery.read(view)
    assert found.state == "reported" and verified(view, found)
    reading = next(reading for reading in found.readings if reading.value == value)
    assert reading.flags == flags


@pytest.mark.parametrize(
    "said",
    [
        "Platelet-rich plasma is compared with fractional CO2 laser.",
        "Platelet-rich plasma versus microneedling.",
        "PRP. Fat is harvested by liposuction with a cannula under tumescent anesthesia.",
        "Platelet-rich plasma or hyaluronic acid.",
    ],
)
def test_the_rival_treatment_and_the_harvest_are_no_aid(said: str) -> None:
    found = delivery.read(origin_scene("PRP", "prp", description=said))
    assert found.state == "not_reported" and values(found) == []


def test_measured_vesicles_need_no_aid() -> None:
    assert delivery.read(origin_scene(title="Exosomes in serum", role="measured")).state == "not_applicable"


def test_a_megabyte_of_aids_is_read_to_its_end() -> None:
    for words in ("MSC with laser ", "cannula ", "22G ", "3"):
        view = origin_scene("MSC", description=words * (1_000_000 // len(words)))
        assert delivery.read(view).property == "delivery"
