"""How donor and patient are related: a cell of another person has other risks than one's own."""

import re

import pytest

from skinproof.extraction import donor
from skinproof.extraction.origins import DONOR_OF
from skinproof.vocabulary.loader import load_bundled
from tests.extraction.origin_given import origin_scene, values, verified


@pytest.mark.parametrize(
    ("given", "agent_class", "value"),
    [
        ("autologous adipose-derived mesenchymal stem cells", "msc", "autologous"),
        ("expanded Allogeneic Adipose-derived Mesenchymal Stem Cells", "msc", "allogeneic"),  # NCT03392311
        ("mesenchymal stem cells from healthy donors", "msc", "allogeneic"),
        ("third party mesenchymal stromal cells", "msc", "allogeneic"),
        ("platelet-rich plasma, derived from a patients own blood", "prp", "autologous"),  # NCT02071979
        ("injection of patient's own platelets as platelet-rich plasma", "prp", "autologous"),
        ("plant-derived exosomes", "ev", "plant"),
    ],
)
def test_the_relation_that_is_said_of_the_product_is_read(given: str, agent_class: str, value: str) -> None:
    view = origin_scene(given, agent_class)
    found = donor.read(view)
    assert found.state == "reported" and values(found) == [value] and verified(view, found)
    assert "inferred" not in found.readings[0].flags or value == "plant"


@pytest.mark.parametrize(
    ("said", "agent_class"),
    [
        ("MSC are given, mesenchymal cells. Relapse after autologous hematopoietic stem cell transplantation.", "msc"),
        ("Platelet-rich plasma is applied. The control is an autologous skin graft.", "prp"),
        ("Platelet-rich plasma is applied to the donor site of a skin graft.", "prp"),
        ("Mesenchymal stem cells are given. In previous studies autologous MSC have been shown to be safe.", "msc"),
        ("Exosomes are given.", "ev"),
    ],
)  # fmt: skip
def test_relations_of_other_things_are_not_those_of_the_product(said: str, agent_class: str) -> None:
    found = donor.read(origin_scene("", agent_class, description=said))
    assert found.state == "not_reported" and found.looked_in


@pytest.mark.parametrize(
    "given", ["umbilical cord mesenchymal stem cells", "Wharton's jelly MSC, mesenchymal"]
)
def test_tissue_of_a_birth_is_another_persons_by_inference(given: str) -> None:
    view = origin_scene(given)
    found = donor.read(view)
    assert (
        values(found) == ["allogeneic"] and found.readings[0].flags == ("inferred",) and verified(view, found)
    )
    assert "inferred" in found.reason and found.readings[0].rule == donor.RULE


def test_what_another_study_gave_does_not_outweigh_the_cord() -> None:
    view = origin_scene(
        "umbilical cord mesenchymal stem cells",
        summary="Particularly, autologous bone marrow-derived mesenchymal stem cells have been demonstrated to help.",
    )
    assert values(donor.read(view)) == ["allogeneic"]


def test_tissue_taken_in_the_course_of_the_treatment_is_the_patients() -> None:
    view = origin_scene(
        "Mesenchymal stem cells", description="All subjects will undergo bone marrow aspiration."
    )
    found = donor.read(view)
    assert (
        values(found) == ["autologous"] and found.readings[0].flags == ("inferred",) and verified(view, found)
    )
    others = origin_scene("MSC, mesenchymal", description="Donors, not patients, undergo liposuction.")
    assert donor.read(others).state == "not_reported"


def test_two_relations_said_of_one_product_are_unclear() -> None:
    view = origin_scene("autologous mesenchymal stem cells or allogeneic mesenchymal stem cells")
    found = donor.read(view)
    assert (
        found.state == "unclear"
        and set(values(found)) == {"autologous", "allogeneic"}
        and verified(view, found)
    )


def test_two_relations_in_two_interventions_are_both_reported_with_their_arms() -> None:
    view = origin_scene(
        "", name="Autologous mesenchymal stem cells", more=(("Allogeneic mesenchymal stem cells", ""),)
    )
    found = donor.read(view)
    assert found.state == "reported"
    assert [(r.value, r.arms) for r in found.readings] == [("autologous", ("A",)), ("allogeneic", ("B",))]


def test_screening_and_health_of_donors_stand_as_flags() -> None:
    view = origin_scene(
        "mesenchymal stem cells from healthy donors",
        description="Donor screening of the mesenchymal stem cells is done.",
    )
    assert donor.read(view).readings[0].flags == ("donor health is said", "donor screening is said")


def test_salmon_is_another_species() -> None:
    view = origin_scene("polynucleotide filler for the skin", "pdrn", agents=("agent:pdrn",))
    found = donor.read(view)
    assert values(found) == ["xenogeneic"] and found.readings[0].flags == ("inferred",)


def test_factors_and_vesicles_that_are_only_measured_have_no_donor_unless_said() -> None:
    assert donor.read(origin_scene("autologous skin, EGF", "growth_factor")).state == "not_reported"
    measured = origin_scene("Sampling", "ev", role="measured", summary="Serum exosomes are counted.")
    assert donor.read(measured).state == "not_reported"
    said = origin_scene("Sampling", "ev", role="measured", summary="Autologous exosomes are counted.")
    assert values(donor.read(said)) == ["autologous"]


@pytest.mark.parametrize(
    ("given", "agents", "value"),
    [
        ("ADSTEM Inj.", ("agent:adstem",), "autologous"),  # NCT04137562
        ("ALLO-ASC-DFU", ("agent:allo_asc",), "allogeneic"),  # NCT03183726
        ("NurOwn (MSC-NTF cells)", ("agent:nurown",), "autologous"),
    ],
)
def test_the_name_of_a_product_tells_where_no_word_does(
    given: str, agents: tuple[str, ...], value: str
) -> None:
    view = origin_scene(given, agents=agents)
    found = donor.read(view)
    assert values(found) == [value] and found.readings[0].flags == ("inferred",) and verified(view, found)
    said = origin_scene(given, agents=agents, summary="Allogeneic mesenchymal stem cells are given.")
    assert donor.read(said).readings[0].flags == ()


@pytest.mark.parametrize(
    ("said", "agents", "value"),
    [
        (
            "Cells were collected from healthy male donors for the mesenchymal stem cells.",
            ("agent:msc",),
            "allogeneic",
        ),
        ("Liposuction is carried out in general anesthesia.", ("agent:svf",), "autologous"),  # NCT02240823
        (
            "Transplantation of allogeneic pancreatic islet cells is done.",
            ("agent:liver_cell",),
            "allogeneic",
        ),
    ],
)
def test_donors_under_other_words_are_read(said: str, agents: tuple[str, ...], value: str) -> None:
    kind = "msc" if agents == ("agent:msc",) else "other_cell"
    view = origin_scene("the cells", kind, summary=said, agents=agents)
    found = donor.read(view)
    assert values(found) == [value] and verified(view, found)


def test_a_cord_is_the_patients_own_only_where_the_word_stands_with_it() -> None:
    own = origin_scene("", "other_cell", title="Autologous Cord Blood Cells", agents=("agent:hematopoietic",))
    assert values(donor.read(own)) == ["autologous"]  # NCT01649648
    other = origin_scene(
        "cord blood cells",
        "other_cell",
        description="They go to the patient's bone marrow.",
        agents=("agent:hematopoietic",),
    )
    assert values(donor.read(other)) == ["allogeneic"]


def test_an_aim_of_this_study_is_no_background() -> None:
    said = (
        "The investigators propose to study autologous mesenchymal stromal cells, an alternative to surgery."
    )
    assert values(donor.read(origin_scene("", description=said))) == ["autologous"]  # after NCT03014219


@pytest.mark.parametrize(
    "given",
    [
        "mesenchymal stem cells. Autografts are covered.",
        "mesenchymal stem cells are mixed into platelet-rich plasma and, after a while at rest, autologous matter",
    ],
)
def test_a_graft_or_another_agent_keeps_its_own_word(given: str) -> None:
    assert donor.read(origin_scene(given)).state == "not_reported"


def test_newborns_do_not_give_marrow() -> None:
    title = "Vesicles of bone marrow mesenchymal stem cells in preterm neonates"  # after NCT03857841
    view = origin_scene("extracellular vesicles", "ev", title=title)
    found = donor.read(view)
    assert values(found) == ["allogeneic"] and "newborns" in found.reason and verified(view, found)
    adults = origin_scene("extracellular vesicles", "ev", title=title.replace("preterm neonates", "adults"))
    assert donor.read(adults).state == "not_reported"


def test_products_known_by_name_are_in_the_vocabulary() -> None:
    known = load_bundled().terms
    assert set(DONOR_OF) <= set(known)
    assert {relation for relation, _ in DONOR_OF.values()} <= {"autologous", "allogeneic"}
    assert all(re.fullmatch(r"NCT\d{8}", said) for _, said in DONOR_OF.values())


def test_a_recombinant_factor_of_any_class_has_no_donor() -> None:
    view = origin_scene("filgrastim after allogeneic transplantation", "other", agents=("agent:g_csf",))
    assert donor.read(view).state == "not_reported"


def test_somebodys_own_must_be_something_of_the_body() -> None:
    body = origin_scene("mesenchymal stem cells", description="Cells come from the patient's own fat.")
    assert values(donor.read(body)) == ["autologous"]
    other = origin_scene("mesenchymal stem cells", description="The patient's own physician is told.")
    assert donor.read(other).state == "not_reported"


def test_a_sample_that_a_product_is_tried_on_does_not_tell_its_donor() -> None:
    said = "Co-incubation of patient-derived whole blood samples with mesenchymal stem cell derived exosomes"
    assert donor.read(origin_scene(said, "ev")).state == "not_reported"  # NCT05191381


def test_the_donor_is_read_from_an_outcome_where_nothing_else_tells() -> None:
    outcome = "Effect of injection of autologous mesenchymal stem cells"  # NCT02116634
    view = origin_scene("mesenchymal stem cells", outcome=outcome)
    found = donor.read(view)
    assert values(found) == ["autologous"] and verified(view, found)


def test_blood_of_a_vein_that_is_spun_is_the_patients() -> None:
    said = "PRF was prepared by obtaining 10 ml venous blood, centrifugation and extraction of the gel"  # NCT02397122
    view = origin_scene("platelet-rich fibrin", "prp", description=said, agents=("agent:prf",))
    assert values(donor.read(view)) == ["autologous"]


@pytest.mark.parametrize(
    "piece", ["autologous ", "centrifug venous blood ", "from the patient ", "undergo a the an ", "9"]
)
def test_a_text_of_a_million_characters_is_read_to_its_end(piece: str) -> None:
    view = origin_scene("mesenchymal stem cells", description=piece * (1_000_000 // len(piece)))
    assert donor.read(view).property == "donor"
