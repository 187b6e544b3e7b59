"""Words for growing and treating cells: what was done to them before they were given."""

import pytest

from skinproof.extraction import culture
from tests.extraction.origin_given import origin_scene, values


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Mesenchymal stem cells or MSCs RNA-engineered to secrete DNases", "gene_modified"),  # NCT04524962
        (
            "harvested in healthy donors followed by separation and cultivation of MSCs",
            "cultured",
        ),  # NCT02594839
        ("adult mesenchymal stem cells expanded and pulsed with H2O2", "primed"),  # NCT02917291
        ("decellularised tracheal scaffold seeded with mesenchymal stem cells", "seeded"),  # NCT02949414
        (
            "After invitro expansion of mesenchymal stem cells, patients receive them",
            "expanded",
        ),  # NCT02705742
    ],
)
def test_other_words_for_growing_and_treating_cells_are_read(given: str, expected: str) -> None:
    assert expected in values(culture.read(origin_scene(given, "msc")))


@pytest.mark.parametrize(
    "given",
    [
        "Mesenchymal stem cells for the expansion cohort",  # synthetic
        "Mesenchymal stem cells have ease of isolation and expansion",  # NCT05284604
    ],
)
def test_other_expansions_are_no_culture(given: str) -> None:
    assert culture.read(origin_scene(given, "msc")).state == "not_reported"
