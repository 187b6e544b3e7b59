"""Wordings of tissue and donor met in real records."""

import pytest

from skinproof.extraction import donor, source
from tests.extraction.origin_given import origin_scene, values, verified


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (
            "Mesenchymal stem cell derived from human Bone Marrow & umbilical cord, in 6 divided doses",
            ["bone_marrow", "umbilical_cord"],
        ),  # NCT01877759
        ("Mesenchymal stem cells in a novel cancellous bone matrix, MSC", ["bone_matrix"]),  # NCT00988338
        (
            "Mesenchymal stem cells (MSCs) can be derived from umbilical cords, bone marrow, adipose tissue.",
            [],
        ),  # NCT03171194
    ],
)
def test_lists_matrices_and_what_could_be(given: str, wanted: list[str]) -> None:
    view = origin_scene(given)
    found = source.read(view)
    assert values(found) == wanted and found.state == ("reported" if wanted else "not_reported")
    assert verified(view, found)


def test_the_jelly_of_a_cord_says_more_than_the_cord() -> None:
    """NCT02418325 names the cord in the intervention and its jelly in the story."""
    view = origin_scene(
        "Umbilical Cord Tissue-Derived Mesenchymal Stem Cells",
        description="Investigational product: Wharton Jelly derived allogeneic MSCs.",
    )
    assert values(source.read(view)) == ["wharton_jelly"]


def test_cells_grown_from_embryonic_cells_have_these_as_their_source() -> None:
    """NCT03119636: neural precursors made from embryonic stem cells are no tissue of a nerve."""
    view = origin_scene(
        "human ESC-derived Neural Precursor Cells", "other_cell", agents=("agent:neural_cell",)
    )
    assert values(source.read(view)) == ["ipsc"]


def test_what_is_normally_used_is_not_the_source() -> None:
    """NCT00318110 explains where stem cells usually come from."""
    view = origin_scene(
        "Mesenchymal stem cells",
        description="Mesenchymal stem cells from bone marrow are normally used to treat cancers of the blood.",
    )
    assert source.read(view).state == "not_reported"


def test_vesicles_named_after_plasma_come_from_plasma() -> None:
    """NCT02565264 gives plasma exosomes."""
    assert values(source.read(origin_scene("plasma exosomes", "ev"))) == ["plasma"]


@pytest.mark.parametrize(
    ("given", "agent_class", "value"),
    [
        (
            "mesenchymal stem cells collected from the synovial membrane and fat of the injured knee",
            "msc",
            "autologous",
        ),  # NCT05120700
        ("infusions of expanded MSC from the donor, mesenchymal cells", "msc", "allogeneic"),  # NCT00314483
        (
            "PRP. Blood samples were collected from the test group patients.",
            "prp",
            "autologous",
        ),  # NCT02882464
        (
            "patients undergo a bone marrow aspirate concentration procedure for mesenchymal stem cells",
            "msc",
            "autologous",
        ),  # NCT03014037
    ],
)
def test_whose_cells_are_taken_is_read(given: str, agent_class: str, value: str) -> None:
    view = origin_scene(given, agent_class)
    found = donor.read(view)
    assert values(found) == [value] and verified(view, found)


@pytest.mark.parametrize(
    ("given", "said", "wanted"),
    [
        (
            "umbilical cord-derived mesenchymal stem cells",
            "Mesenchymal cells are given. No. Autologous stem cell transplantation does not help.",
            ["allogeneic"],
        ),  # NCT01129739
        (
            "Wharton's jelly mesenchymal stem cells",
            "Clinical trials have been performed using autologous mesenchymal stem cells.",
            ["allogeneic"],
        ),  # NCT01291329
        (
            "umbilical cord mesenchymal stem cells",
            "Mesenchymal stem cells as autologous mesenchymal stem cells of marrow lowered mortality.",
            ["allogeneic"],
        ),  # NCT03945487
        (
            "mesenchymal stem cells",
            "Tissue and mesenchymal stem cells for humanized xenograft studies.",
            [],
        ),  # NCT02331134
        (
            "mesenchymal stem cells",
            "Mesenchymal stem cells with homologous lyophilized bone chips.",
            [],
        ),  # NCT01892514
        (
            "mesenchymal stem cells",
            "Mesenchymal stem cells are given. They test their own blood glucose.",
            [],
        ),  # NCT00434811
    ],
)
def test_relations_of_others_are_left_out(given: str, said: str, wanted: list[str]) -> None:
    assert values(donor.read(origin_scene(given, description=said))) == wanted


@pytest.mark.parametrize(
    "said",
    [
        "Autologous or syngeneic peripheral blood stem cells are infused.",  # NCT00004158
        "Bone marrow autograft: implantation of blood stem cells.",  # NCT00904501
    ],
)
def test_the_donor_of_blood_stem_cells_is_read(said: str) -> None:
    view = origin_scene("", "other_cell", description=said, agents=("agent:hematopoietic",))
    assert values(donor.read(view)) == ["autologous"]
