"""What a preparation was made from: a wrong tissue would put a product among the wrong ones."""

import pytest

from skinproof.extraction import source
from skinproof.extraction.origins import FLUIDS, MADE_FROM, NEVER, NOT_CELLS
from skinproof.extraction.scene import Scene
from skinproof.vocabulary.loader import load_bundled
from tests.extraction.origin_given import origin_scene, values, verified


@pytest.mark.parametrize(
    ("given", "agent_class", "value"),
    [
        ("Expanded Allogeneic Adipose-derived Mesenchymal Stem Cells", "msc", "adipose"),  # NCT03392311
        ("Bone marrow derived allogeneic MMSCs infusion of mesenchymal stromal cells", "msc", "bone_marrow"),
        ("mesenchymal stem cells, isolated from the patient's bone marrow", "msc", "bone_marrow"),
        ("umbilical cord Wharton's jelly-derived MSC, 1 infusion of mesenchymal cells", "msc", "wharton_jelly"),
        ("umbilical cord blood mesenchymal stem cells", "msc", "cord_blood"),
        ("exosomes derived from adipose mesenchymal stem cells", "ev", "adipose"),
        ("Placental Derived Exosomes and Umbilical Cord Mesenchymal Stem Cells", "ev", "placenta"),  # NCT05387278
        ("ExoFlo, 15 mL", "ev", "bone_marrow"),
        ("autologous platelet-rich plasma", "prp", "plasma"),
        ("Epidermal growth factor cream", "growth_factor", "recombinant"),
        ("cultured keratinocytes", "other_cell", "keratinocyte"),
        ("dehydrated human amnion/chorion membrane", "other", "amnion"),
        ("secretome and conditioned medium of menstrual blood stem cells", "conditioned_medium", "menstrual_blood"),
        ("plant-derived exosomes", "ev", "plant"),
    ],
)  # fmt: skip
def test_the_tissue_that_is_bound_to_the_product_is_read(given: str, agent_class: str, value: str) -> None:
    view = origin_scene(given, agent_class)
    found = source.read(view)
    assert found.state == "reported" and values(found) == [value] and verified(view, found)


@pytest.mark.parametrize(
    "said",
    [
        "Mesenchymal stem cells are given after bone marrow transplantation.",
        "MSC can be isolated from bone marrow, adipose tissue and placenta.",
        "Mesenchymal stem cells are given to patients with bone marrow failure.",
        "In previous studies bone marrow mesenchymal stem cells have been shown to help in rats.",
        "Mesenchymal stem cells are given. Plasma is kept and urine is tested.",
    ],
)
def test_tissues_of_other_things_are_not_the_source(said: str) -> None:
    found = source.read(origin_scene("MSC are infused as mesenchymal cells", description=said))
    assert values(found) == [] or found.readings[0].spans[0].field.endswith("name")
    assert found.state == "not_reported" and "intervention" in found.looked_in


def test_what_is_registered_outweighs_the_story_around_it() -> None:
    view = origin_scene(
        "adipose-derived mesenchymal stem cells",
        summary="Bone marrow mesenchymal stem cells were the first to be given.",
    )
    assert values(source.read(view)) == ["adipose"]


def test_two_tissues_named_as_closely_stand_side_by_side() -> None:
    view = origin_scene(
        "mesenchymal stem cells taken from bone marrow. Mesenchymal stem cells taken from adipose tissue."
    )
    found = source.read(view)
    assert (
        found.state == "unclear"
        and set(values(found)) == {"bone_marrow", "adipose"}
        and verified(view, found)
    )


def test_two_makes_in_two_arms_are_both_reported_with_their_arms() -> None:
    view = origin_scene(
        "",
        name="Adipose-derived mesenchymal stem cells",
        more=(("Umbilical cord mesenchymal stem cells", ""),),
        agents=("agent:adipose_msc", "agent:umbilical_msc"),
    )
    found = source.read(view)
    assert found.state == "reported"
    assert [(r.value, r.arms) for r in found.readings] == [("adipose", ("A",)), ("umbilical_cord", ("B",))]


def test_a_tissue_that_patients_must_give_is_read_where_nothing_else_tells() -> None:
    asked = "Subjects unwilling to undergo bone marrow aspiration"  # NCT01716481
    view = origin_scene("intravenous mesenchymal stem cells", eligibility=asked)
    found = source.read(view)
    assert values(found) == ["bone_marrow"] and verified(view, found)
    factor = origin_scene("EGF and epidermal growth factor", "growth_factor", eligibility=asked)
    assert values(source.read(factor)) == ["recombinant"]


@pytest.mark.parametrize(
    ("said", "fluids"),
    [
        ("Serum exosomes are counted.", ["plasma"]),
        ("Circulating exosomes are counted.", ["plasma"]),
        ("Urinary exosomes are counted.", ["urine"]),
        ("Metabolites in plasma and urine, exosome analysis.", ["plasma", "urine"]),  # NCT02890121
        ("Exosomes of cerebrospinal fluid are counted.", ["cerebrospinal_fluid"]),
        ("Exosomes are counted.", []),
    ],
)
def test_vesicles_that_are_measured_come_from_the_fluid_that_was_sampled(
    said: str, fluids: list[str]
) -> None:
    view = origin_scene("Sampling", "ev", summary=said, role="measured")
    found = source.read(view)
    assert values(found) == fluids and verified(view, found)
    assert found.state == ("reported" if fluids else "not_reported")


def test_vesicles_of_vessels_are_measured_in_blood_even_unsaid() -> None:
    view = origin_scene(
        "Sampling", "ev", summary="Endothelial microparticles are counted by flow cytometry.", role="measured",
        agents=("agent:microvesicle",),
    )  # fmt: skip
    found = source.read(view)
    assert values(found) == ["plasma"] and found.readings[0].flags == ("inferred",) and verified(view, found)


def test_lysed_platelets_are_the_source_of_a_lysate() -> None:
    lysate = origin_scene(
        "allogenic platelet-rich plasma lysate", "prp", agents=("agent:platelet_lysate", "agent:prp")
    )
    assert values(source.read(lysate)) == ["platelet"]


def test_plasma_whose_platelets_are_lysed_counts_as_platelets() -> None:
    view = origin_scene("platelet-rich plasma", "prp", agents=("agent:platelet_lysate", "agent:prp"))
    assert values(source.read(view)) == ["platelet"]


def test_vesicles_taken_from_a_fluid_have_it_as_their_source() -> None:
    assert values(source.read(origin_scene("exosomes separated from plasma", "ev"))) == ["plasma"]
    story = origin_scene("exosomes", "ev", description="Exosomes isolated from plasma are counted.")
    assert source.read(story).state == "not_reported"


def test_an_outcome_tells_the_tissue_where_nothing_else_does() -> None:
    outcome = "Dose of bone marrow mesenchymal stem cells; serum of patients"
    assert values(source.read(origin_scene("the cells", outcome=outcome))) == ["bone_marrow"]
    assert source.read(origin_scene("the gel", "prp", outcome=outcome)).state == "not_reported"


def test_what_another_intervention_gives_is_not_asked_for_the_source() -> None:
    view = origin_scene("adipose tissue harvest is done", role="measured", agents=("agent:msc",))
    assert source.read(view).state == "not_reported"
    other = Scene(
        view.record, view.text, view.vocabulary, view.matches, (),
        view.product._replace(role="given", interventions=(), arms=()),
    )  # fmt: skip
    assert source.read(other).state == "not_reported"


def test_platelets_of_cord_blood_are_told_from_platelets_of_plasma() -> None:
    title = "Clinical Efficacy of Platelet Gel From Cord Blood"  # NCT02389010
    view = origin_scene("", "prp", title=title, agents=("agent:platelet_gel",))
    assert values(source.read(view)) == ["cord_blood"]


def test_cord_blood_transplanted_beside_the_cells_is_not_their_source() -> None:
    title = "Intra-osseous Co-transplant of Cord Blood and Mesenchymal Stromal Cells"  # NCT02181478
    assert source.read(origin_scene("", title=title)).state == "not_reported"


def test_a_nucleus_alone_does_not_say_marrow() -> None:
    cells = ("agent:marrow_cells",)
    said = origin_scene("autologous mononuclear cells", "other_cell", agents=cells)
    assert source.read(said).state == "not_reported"
    marrow = origin_scene("bone marrow mononuclear cells", "other_cell", agents=cells)
    assert values(source.read(marrow)) == ["bone_marrow"]


def test_the_tissue_of_the_cells_is_that_of_their_vesicles() -> None:
    view = origin_scene("exosomes made by adipose mesenchymal stem cells", "ev")
    assert values(source.read(view)) == ["adipose"]
    view = origin_scene("exosomes", "ev", summary="Stromal vascular fraction gives the exosomes.")
    assert values(source.read(view)) == ["adipose"]


def test_the_same_answer_is_given_when_asked_again() -> None:
    view = origin_scene("bone marrow mesenchymal stem cells")
    assert source.read(view) is source.read(view)


def test_every_name_in_the_tables_is_in_the_vocabulary() -> None:
    terms = load_bundled().terms
    assert set(MADE_FROM) | set(MADE_FROM.values()) <= set(terms)
    assert {f"source:{name}" for name in (*FLUIDS, *FLUIDS.values(), *NOT_CELLS, *NEVER)} <= set(terms)


@pytest.mark.parametrize("piece", ["bone marrow ", "MSC from ", "adipose MSC, ", "( from of derived ", "9"])
def test_a_text_of_a_million_characters_is_read_to_its_end(piece: str) -> None:
    view = origin_scene("mesenchymal stem cells", description=piece * (1_000_000 // len(piece)))
    found = source.read(view)
    assert found.property == "source"
