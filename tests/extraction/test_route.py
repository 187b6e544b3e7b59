"""How a product is given: the route of the comparator or the numbing would put a cream among infusions."""

import pytest

from skinproof.extraction import route
from skinproof.extraction.catalogue import FACTS
from skinproof.extraction.products import Product
from skinproof.extraction.scene import Scene
from skinproof.studies.documents import study_text
from tests.extraction import given as scenes
from tests.extraction.origin_given import origin_scene, values, verified
from tests.tagging.records import record


@pytest.mark.parametrize(
    ("given", "agent_class", "value"),
    [
        (
            "Exosome at a dose of 150mg will be given intravenously once a day",
            "ev",
            "intravenous",
        ),  # NCT04356300
        ("Given IV", "msc", "intravenous"),
        ("Mesenchymal stem cells, 2 million cells/kg, drip through a peripheral vein", "msc", "intravenous"),
        ("Intranasal of 3 cc of conditioned medium each", "conditioned_medium", "intranasal"),  # NCT05008588
        ("5 times aerosol inhalation of MSCs-derived exosomes", "ev", "inhalation"),  # NCT04276987
        ("exosome eye drops, 10 ug/drop", "ev", "ocular"),
        ("Exosomes were dripped into vitreous cavity", "ev", "ocular"),
        ("Mesenchymal stem cells by lumbar puncture", "msc", "intrathecal"),
        ("PRP is injected intradermally", "prp", "intradermal"),
        ("via intralesional injection of conditioned medium", "conditioned_medium", "injection_local"),
        ("The cells are injected around the ulcer", "msc", "injection_local"),
        ("Exosomes are injected into the knee", "ev", "intra_articular"),
        ("a hydrogel sheet containing mesenchymal stem cells", "msc", "wound_dressing"),
        ("EGF cream twice daily", "growth_factor", "topical"),
        ("paint the mesenchymal stem cells on the wound", "msc", "topical"),
        ("Keratinocytes are sprayed onto the wound", "other_cell", "spray"),
        ("Subcutaneous injection of exosomes", "ev", "subcutaneous"),
    ],
)
def test_the_route_that_is_said_is_read(given: str, agent_class: str, value: str) -> None:
    view = origin_scene(given, agent_class)
    found = route.read(view)
    assert found.state == "reported" and values(found)[0] == value and verified(view, found)


@pytest.mark.parametrize(
    "said",
    [
        "Mesenchymal stem cells are studied in stage IV melanoma and in type IV collagen.",
        "Mesenchymal stem cells are given. The surgeon works under intravenous sedation.",
        "Mesenchymal stem cells. Subcutaneous adipose tissue is taken by liposuction.",
        "Mesenchymal stem cells are given with oral cyclosporine and topical corticosteroid.",
        "Mesenchymal stem cells. In mice, earlier studies used intravenous injection.",
    ],
)
def test_routes_of_something_else_are_not_those_of_the_product(said: str) -> None:
    assert route.read(origin_scene("Mesenchymal stem cells", description=said)).state == "not_reported"


def test_an_intramuscular_injection_is_local_only_where_the_muscle_is_ill() -> None:
    """NCT00955669 injects the ischaemic leg, NCT04753476 the shoulder muscle for the whole body."""
    limb = origin_scene("intramuscular injection of the cells", title="MSC in critical limb ischemia")
    away = origin_scene("intramuscular (deltoideus) injection of the cells", title="MSC in severe COVID-19")
    assert values(route.read(limb)) == ["injection_local"]
    assert values(route.read(away)) == ["intramuscular"]


def test_a_bare_infusion_or_injection_is_read_with_what_is_treated_and_says_so() -> None:
    infused = route.read(origin_scene("MSC infusion", title="MSC in psoriasis"))
    assert values(infused) == ["intravenous"] and "no other place" in infused.reason
    scalp = route.read(origin_scene("PRP injection", "prp", title="PRP in alopecia"))
    assert values(scalp) == ["injection_local"] and "one place" in scalp.reason
    knee = route.read(origin_scene("MSC injection", title="MSC in knee osteoarthritis"))
    assert values(knee) == ["intra_articular"]
    unsaid = route.read(origin_scene("MSC injection", title="MSC in a condition"))
    assert unsaid.state == "not_reported" and "intervention" in unsaid.looked_in


def test_two_routes_that_are_both_used_are_two_readings_the_first_one_first() -> None:
    found = route.read(origin_scene("MSC given intravenously, then MSC given intrathecally"))
    assert values(found) == ["intravenous", "intrathecal"]


def test_a_product_put_on_needled_skin_is_given_with_microneedling() -> None:
    found = route.read(origin_scene("microneedling followed by topical exosomes", "ev"))
    assert values(found) == ["microneedling"]
    lasered = route.read(origin_scene("topical exosomes after fractional CO2 laser", "ev"))
    assert values(lasered) == ["laser_assisted"]


def test_a_membrane_on_an_ulcer_is_a_dressing_even_where_no_verb_says_so() -> None:
    found = route.read(
        origin_scene("human amnion allograft", "other", title="Amnion allograft for leg ulcers")
    )
    assert values(found) == ["wound_dressing"] and "membrane" in found.reason


def test_measured_vesicles_have_no_route() -> None:
    assert route.read(origin_scene(title="Exosomes in serum", role="measured")).state == "not_applicable"


@pytest.mark.parametrize("words", ["injected into the ", "IV ", "gel applied to the wound ", "scalp ", "9"])
def test_a_megabyte_of_cues_is_read_to_its_end(words: str) -> None:
    text = (words * (1_000_000 // len(words)))[:1_000_000]
    view = origin_scene("Mesenchymal stem cells", description=text)
    assert route.read(view).property == "route"


def test_the_catalogue_lists_route_and_delivery_after_the_schedule() -> None:
    names = [fact.name for fact in FACTS]
    assert names.index("delivery") == names.index("route") + 1
    assert names.index("route") > names.index("schedule")


def test_what_is_placed_deep_is_no_skin_route_and_capsules_beside_cells_are_no_food() -> None:
    fistula = route.read(origin_scene("the cells are placed in the fistula", title="MSC in perianal fistula"))
    assert values(fistula) == ["injection_local"]
    eaten = origin_scene(
        "Mesenchymal stem cells. Every patient of the group also takes the other drug as capsules"
    )
    assert route.read(eaten).state == "not_reported"


def test_a_gel_that_is_injected_outside_the_skin_is_an_injection() -> None:
    found = route.read(
        origin_scene("Injection of the cells in collagen gel", title="MSC in urinary incontinence")
    )
    assert values(found) == ["injection_local"]


def test_a_closer_infusion_wins_over_a_pill_named_far_away() -> None:
    view = origin_scene(
        "MSC infusion", title="MSC in GVHD", description="Steroids are tapered and taken orally."
    )
    assert values(route.read(view)) == ["intravenous"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Route: microneedling. Dose: 5 billion or 50 billion exosomes.", ["microneedling"]),
        ("Route: laser-assisted. Schedule: three monthly sessions.", ["laser_assisted"]),
        ("Route of administration: oral", ["oral"]),
        ("Route: eye", ["ocular"]),
        ("Route: not reported. Dose: 2 mL.", []),
    ],
)
def test_behind_a_label_one_bare_word_names_the_route(said: str, expected: list[str]) -> None:
    """The bundled facts are written so; "eye" alone would elsewhere be no route."""
    assert list(values(route.read(origin_scene(said, "ev")))) == expected


def test_a_route_of_another_intervention_is_not_that_of_the_product() -> None:
    """NCT02943486: the cells go into the skin, fitostimoline onto it."""
    study = record(
        "Cells for ulcers",
        arms=(
            (
                "EXPERIMENTAL",
                "A",
                "Intradermal application of MSCs around the ulcer and topical application of fitostimoline",
            ),
        ),
        interventions=(("BIOLOGICAL", "MSCs", "", ("A",)), ("DRUG", "Fitostimoline", "", ("A",))),
    )
    text = study_text(study)
    view = origin_scene("MSCs")
    product = Product(1, "msc", "given", ("agent:msc",), "MSCs", (0,), (0,), (1,))
    matches = {kind: matcher.find(text.text) for kind, matcher in scenes.words()[1].items()}
    both = Scene(study, text, view.vocabulary, matches, (product,), product)
    assert values(route.read(both)) == ["intradermal"]
    alone = Scene(study, text, view.vocabulary, matches, (product,), product._replace(others=()))
    assert "topical" in values(route.read(alone)), "without the other intervention nothing tells them apart"


def test_artificial_tears_before_a_product_do_not_tell_its_route() -> None:
    """NCT04213248: tears come first; that a dose is a drop for the eye tells the route."""
    words = (
        "Participants receive artificial tears for 2 weeks, followed by exosomes 10ug/drop, four times a day"
    )
    eye = origin_scene(words, "ev", title="Exosomes for dry eye")
    found = route.read(eye)
    assert (values(found), [span.quote for r in found.readings for span in r.spans]) == (["ocular"], ["drop"])
    assert route.read(origin_scene(words, "ev", title="Exosomes for ageing")).state == "not_reported"
