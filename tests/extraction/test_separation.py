"""How the product was separated: without it nobody can repeat a study of vesicles."""

import pytest

from skinproof.extraction import separation
from tests.extraction.origin_given import origin_scene, values, verified


@pytest.mark.parametrize(
    ("given", "agent_class", "expected"),
    [
        ("Exosomes isolated via sequential ultracentrifugation", "ev", ["differential_ultracentrifugation"]),
        ("secretome by tangential flow filtration (TFF)", "conditioned_medium", ["tangential_flow"]),
        ("exosomes by ultrafiltration and size exclusion chromatography", "ev",
         ["ultrafiltration", "size_exclusion"]),
        ("PRP by double spin", "prp", ["double_spin"]),
        ("fat is digested with collagenase, the cells are centrifuged", "other_cell",
         ["enzymatic_digestion", "centrifugation"]),
        ("keratinocytes processed in the Celution System", "other_cell", ["device"]),
        ("fat by Coleman's technique with cells", "other_cell", ["coleman"]),
        ("MSC by Ficoll density gradient", "msc", ["density_gradient"]),
    ],
)  # fmt: skip
def test_the_steps_are_read_in_their_order(given: str, agent_class: str, expected: list[str]) -> None:
    view = origin_scene(given, agent_class)
    found = separation.read(view)
    assert found.state == "reported" and values(found) == expected and verified(view, found)


def test_speed_and_time_stay_in_the_quote() -> None:
    found = separation.read(origin_scene("blood for PRP is centrifuged at 1500 rpm for 10 minutes", "prp"))
    assert "1500 rpm" in found.readings[0].spans[0].quote
    assert "10 minutes" in found.readings[0].spans[0].quote


@pytest.mark.parametrize(
    "said",
    [
        "MSC are given. Serum samples were separated by centrifugation and measured by ELISA.",
        "MSC are given. The glomerular filtration rate is monitored.",
        "MSC can be isolated by enzymatic digestion of many tissues.",
        "MSC are given. Erythrocyte sedimentation rate.",
        "MSC are given at a low concentration.",
    ],
)
def test_assays_and_general_remarks_are_no_separation(said: str) -> None:
    assert separation.read(origin_scene("Mesenchymal stem cells", description=said)).state == "not_reported"


def test_digesting_the_tissue_of_the_source_cells_is_no_separation_of_vesicles() -> None:
    told = "MSC were isolated with collagenase. Exosomes were isolated by ultracentrifugation."
    found = separation.read(origin_scene("Exosomes", "ev", description=told))
    assert values(found) == ["ultracentrifugation"]


def test_vesicles_that_are_only_measured_keep_how_they_were_separated() -> None:
    told = "Exosomes will be isolated by size exclusion chromatography."
    found = separation.read(
        origin_scene(title="Serum exosomes", agent_class="ev", description=told, role="measured")
    )
    assert values(found) == ["size_exclusion"]


def test_a_megabyte_of_steps_is_read_to_its_end() -> None:
    for words in ("filtered 5 g ", "collagenase ", "ELISA centrifuged ", "7"):
        view = origin_scene("MSC", description=(words * (1_000_000 // len(words))))
        assert separation.read(view).property == "separation"


@pytest.mark.parametrize(
    "said",
    [
        "The secretome may be separated from the vesicles by filtration and precipitation.",
        "The secretome is infused through a 200 μm filter.",
        "The secretome is compared with tissue. RegenKit.",
        "The secretome: cells pass a cell sorter (FACS) analysis and grow in filtered Dulbecco medium.",
    ],
)
def test_what_could_be_done_and_what_is_done_at_the_bedside_is_no_step(said: str) -> None:
    assert separation.read(origin_scene(said, "conditioned_medium")).state == "not_reported"


@pytest.mark.parametrize(
    ("given", "agent_class", "expected"),
    [
        ("SVF was obtained from lipoaspirates, using an automated processing system, and cells injected",
         "other_cell", "device"),  # NCT03060551
        ("bone marrow concentration with stem cells", "other_cell", "concentration"),  # NCT03792594
        ("stem cells (PBSC) are harvested and selected for CD34+ cells", "other_cell", "affinity"),  # NCT00004158
        ("PBMCs are collected by 1 or 2 leukaphereses", "other_cell", "apheresis"),  # NCT00569296
        ("The stem cells will be obtained by enzimatic digestion", "msc", "enzymatic_digestion"),  # NCT03766217
        ("Thawed cells: the UC-MSCs will be washed and suspended in Ringer Lactate", "msc", "washing"),  # NCT05345418
        ("blood tubes for PRP are transported to the Bank of Tissue where by centrifugation at 1800 rpm", "prp",
         "centrifugation"),  # NCT02650856
        ("mesenchymal stem cells after cell separation and preparation", "msc", "purified"),  # NCT01759784
    ],
)  # fmt: skip
def test_other_words_for_the_steps_are_read(given: str, agent_class: str, expected: str) -> None:
    assert expected in values(separation.read(origin_scene(given, agent_class)))


@pytest.mark.parametrize(
    "given",
    [
        "SVF cells by non enzymatic processing of lipoaspirate",  # NCT04340284
        "Manual Ability Classification System (MACS) of children given MSC",  # NCT03795974
        "keratinocytes prepared without centrifugation",  # synthetic
    ],
)
def test_steps_that_are_not_taken_are_not_read(given: str) -> None:
    assert separation.read(origin_scene(given, "other_cell")).state == "not_reported"


def test_a_product_named_a_lysate_says_how_it_was_made() -> None:
    """NCT02958761."""
    view = origin_scene(
        "three intraarticular injections of platelet lysate", "prp", agents=("agent:platelet_lysate",)
    )
    assert values(separation.read(view)) == ["lysis"]
