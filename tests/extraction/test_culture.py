"""How cells were grown: what is said of these cells, not of a wound, a patient or another laboratory."""

import pytest

from skinproof.extraction import culture
from tests.extraction.origin_given import origin_scene, values, verified


@pytest.mark.parametrize(
    ("given", "agent_class", "expected"),
    [
        ("ex-vivo expanded mesenchymal stem cells", "msc", ["expanded"]),
        ("Injection of hypoxic secretome of mesenchymal stem cells", "conditioned_medium", ["hypoxic"]),
        ("Interferon gamma-primed mesenchymal stromal cells", "msc", ["interferon_primed"]),
        (
            "UC-MSCs (mesenchymal), expanded in vitro. The mesenchymal cells are grown in serum-free and xeno-free medium",
            "msc",
            ["expanded", "serum_free", "xeno_free"],
        ),
        ("mesenchymal stem cells made in a 3D bioreactor under GMP", "msc", ["bioreactor", "gmp"]),
        ("mesenchymal stem cells cultured in human platelet lysate", "msc", ["cultured", "platelet_lysate"]),
        ("non-cultured autologous keratinocytes", "other_cell", ["uncultured"]),
        ("mesenchymal stem cells of passage 4", "msc", ["passage 4"]),
        ("mesenchymal stem cells, passages 3-6 of the cells", "msc", ["passage 3 to 6"]),
        ("mesenchymal stem cells, cultured cells of the third passage", "msc", ["cultured", "passage 3"]),
    ],
)
def test_culture_said_of_the_cells_is_read(given: str, agent_class: str, expected: list[str]) -> None:
    view = origin_scene(given, agent_class)
    found = culture.read(view)
    assert found.state == "reported" and values(found) == expected and verified(view, found)


@pytest.mark.parametrize(
    "said",
    [
        "Mesenchymal stem cells are given. Patients have hypoxic ischemic encephalopathy.",
        "Mesenchymal stem cells are given. A wound culture is taken.",
        "Mesenchymal stem cells are given. Retrograde passage of the catheter is possible.",
        "Mesenchymal stem cells are given. Hypoxic mesenchymal stem cells have been shown to work in animals.",
        "Mesenchymal stem cells are given without ex vivo cultured cells.",
    ],
)
def test_other_cultures_are_not_read(said: str) -> None:
    found = culture.read(origin_scene("", description=said))
    assert (
        "hypoxic" not in values(found) and "cultured" not in values(found) and "expanded" not in values(found)
    )
    assert found.state == "not_reported" or values(found) == ["uncultured"]


def test_a_title_tells_of_the_culture_only_with_words_that_mean_nothing_else() -> None:
    title = "Mesenchymal stem cells, and GMP, and hypoxia, and passage 3 of the cells"
    assert values(culture.read(origin_scene("", title=title))) == ["gmp"]


def test_a_wide_word_far_from_the_product_and_a_p_value_are_not_read() -> None:
    said = "Mesenchymal stem cells are made under GMP. Hypoxia of cells is common. Cells differ at p3 and p5."
    assert values(culture.read(origin_scene("", description=said))) == ["gmp"]


@pytest.mark.parametrize(
    ("agent_class", "role"), [("prp", "given"), ("growth_factor", "given"), ("peptide", "given"), ("ev", "measured")]
)  # fmt: skip
def test_what_is_not_grown_has_no_culture(agent_class: str, role: str) -> None:
    found = culture.read(origin_scene("cultured in serum-free medium", agent_class, role=role))
    assert found.state == "not_applicable" and found.reason and not found.readings


def test_silence_on_culture_says_where_it_was_looked_for() -> None:
    found = culture.read(origin_scene("mesenchymal stem cells"))
    assert found.state == "not_reported" and "intervention" in found.looked_in


@pytest.mark.parametrize("piece", ["passage ", "P3 ", "3 passages of cells ", "cultured in hypoxia ", "9"])
def test_a_text_of_a_million_characters_is_read_to_its_end(piece: str) -> None:
    view = origin_scene("mesenchymal stem cells", description=piece * (1_000_000 // len(piece)))
    assert culture.read(view).property == "culture"
