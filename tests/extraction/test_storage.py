"""How the product is kept: frozen cells and fresh cells are not the same product."""

import pytest

from skinproof.extraction import storage
from tests.extraction.origin_given import origin_scene, values, verified


@pytest.mark.parametrize(
    ("given", "agent_class", "expected"),
    [
        ("apply stem cell-derived lyophilized powder", "conditioned_medium", ["freeze_dried"]),  # NCT04235868
        ("Cryopreserved cell suspension of early passages", "msc", ["cryopreserved"]),  # NCT03113747
        ("Dehydrated human amnion/chorion membrane", "other", ["dehydrated"]),  # NCT05120726
        ("hypothermically stored human amniotic membrane", "other", ["hypothermic"]),  # NCT02880592
        ("exosomes stored at -80 °C", "ev", ["frozen"]),
        ("exosomes kept at 4 °C", "ev", ["hypothermic"]),
        ("autologous (Fresh and Stored) stem cells", "msc", ["fresh_and_stored"]),  # NCT03887208
        ("fresh stem cells", "msc", ["fresh"]),
        ("MSC thawed before the infusion", "msc", ["thawed"]),
        ("MSC thawed and diluted 1:1 with 5% human serum albumin", "msc", ["thawed"]),  # NCT03818854
        (
            "MSC isolated with anti-STRO-3 antibodies, expanded ex vivo, and cryopreserved",
            "msc",
            ["cryopreserved"],
        ),  # NCT02032004
    ],
)
def test_how_the_product_is_kept_is_read(given: str, agent_class: str, expected: list[str]) -> None:
    view = origin_scene(given, agent_class)
    found = storage.read(view)
    assert found.state == "reported" and values(found) == expected and verified(view, found)


@pytest.mark.parametrize(
    "said",
    [
        "Bone biopsies will be stored in 4% formaldehyde.",
        "Serum samples are stored at -80 °C until analysis.",
        "Lesions are treated by liquid nitrogen spraying.",
        "Frozen sections are made of the tumour.",
    ],
)
def test_samples_and_other_cold_things_are_not_the_product(said: str) -> None:
    assert storage.read(origin_scene("Mesenchymal stem cells", description=said)).state == "not_reported"


def test_measured_vesicles_have_no_storage() -> None:
    assert storage.read(origin_scene(title="Exosomes in serum", role="measured")).state == "not_applicable"


def test_a_megabyte_of_degrees_is_read_to_its_end() -> None:
    for words in ("stored at -80 ", "kept ", "-80 °C ", "8"):
        view = origin_scene("MSC", description=words * (1_000_000 // len(words)))
        assert storage.read(view).property == "storage"
