"""Which species a preparation comes from: said of the product, not of its medium, its models or a virus."""

import pytest

from skinproof.extraction import species
from tests.extraction.origin_given import origin_scene, values, verified


@pytest.mark.parametrize(
    ("given", "agent_class", "value"),
    [
        ("human umbilical cord mesenchymal stem cells", "msc", "human"),
        ("hUC-MSC, umbilical cord mesenchymal stem cells", "msc", "human"),
        ("recombinant human epidermal growth factor", "growth_factor", "human"),
        ("rhEGF (epidermal growth factor) spray", "growth_factor", "human"),
        ("grape exosomes", "ev", "grape"),  # NCT01668849
        ("exosomes of bovine milk", "ev", "bovine"),
        ("exosomes from healthy donors", "ev", "human"),
    ],
)
def test_the_species_said_of_the_product_is_read(given: str, agent_class: str, value: str) -> None:
    view = origin_scene(given, agent_class)
    found = species.read(view)
    assert found.state == "reported" and values(found) == [value] and verified(view, found)


@pytest.mark.parametrize(
    "said",
    [
        "Mesenchymal stem cells are given. They are cultured in fetal bovine serum.",
        "Mesenchymal stem cells are given. Carriers of human immunodeficiency virus are left out.",
        "Mesenchymal stem cells are given. Porcine mesenchymal stem cells have been shown to help in animals.",
        "Mesenchymal stem cells are given.",
    ],
)
def test_other_species_are_not_those_of_the_product(said: str) -> None:
    found = species.read(origin_scene("", description=said))
    assert found.state == "not_reported" and found.looked_in


@pytest.mark.parametrize("word", ["autologous", "allogeneic"])
def test_a_donor_of_the_patients_species_is_human(word: str) -> None:
    view = origin_scene(f"{word} mesenchymal stem cells")
    found = species.read(view)
    assert values(found) == ["human"] and found.readings[0].flags == ("inferred",) and verified(view, found)
    assert found.readings[0].spans[0].quote == word


@pytest.mark.parametrize(
    ("given", "state", "expected"),
    [
        ("Cream with growth factor. Growth factor is rich, and of bovine kind", "reported", ["bovine"]),
        ("Exosomes are sprayed, and human skin is covered", "reported", ["human"]),
        ("Exosomes are sprayed. Human skin is covered", "not_reported", []),
    ],
)
def test_a_species_in_a_sentence_on_the_product_counts_where_it_is_registered(
    given: str, state: str, expected: list[str]
) -> None:
    found = species.read(
        origin_scene(
            given,
            "growth_factor" if "Cream" in given else "ev",
            agents=("agent:growth_factor", "agent:exosome"),
        )
    )
    assert found.state == state and values(found) == expected
    story = species.read(
        origin_scene("", "ev", description="Exosomes are sprayed, and bovine skin is covered")
    )
    assert story.state == "not_reported"


def test_cord_alone_does_not_say_human() -> None:
    assert species.read(origin_scene("umbilical cord mesenchymal stem cells")).state == "not_reported"


def test_a_synthetic_peptide_has_no_species() -> None:
    found = species.read(origin_scene("cosmetic peptide cream", "peptide"))
    assert found.state == "not_applicable" and "synthetic" in found.reason


def test_two_species_named_as_closely_are_unclear() -> None:
    found = species.read(origin_scene("porcine exosomes or equine exosomes", "ev"))
    assert found.state == "unclear" and set(values(found)) == {"porcine", "equine"}


def test_measured_vesicles_have_the_species_that_is_said() -> None:
    said = origin_scene("Sampling", "ev", role="measured", summary="Human exosomes are counted.")
    assert values(species.read(said)) == ["human"]
    unsaid = origin_scene("Sampling", "ev", role="measured", summary="Exosomes are counted.")
    assert species.read(unsaid).state == "not_reported"


@pytest.mark.parametrize("piece", ["human ", "bovine milk exosomes ", "hhhh", "9"])
def test_a_text_of_a_million_characters_is_read_to_its_end(piece: str) -> None:
    view = origin_scene("exosomes", "ev", description=piece * (1_000_000 // len(piece)))
    assert species.read(view).property == "species"
