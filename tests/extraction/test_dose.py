"""Whose dose, how much, for which arm: a comparator's dose on a product's row would be worse than an empty cell."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skinproof.extraction import basis, concentration, dose
from skinproof.extraction.dose_words import TAKEN
from skinproof.extraction.products import Product
from skinproof.extraction.quantities import find_amounts
from skinproof.extraction.scene import Scene
from skinproof.model.findings import QUANTITY_KINDS, Finding
from skinproof.studies.documents import study_text
from skinproof.tagging.matcher import Form, Matcher
from skinproof.vocabulary.term import Term, Vocabulary
from tests.chance import examples
from tests.tagging.records import record

FORMS = {
    "exosomes": "agent:exosome", "MSC-Exo": "agent:exosome", "ExoFlo": "agent:exosome", "MSCs": "agent:msc",
    "mesenchymal stem cells": "agent:msc", "secretome": "agent:secretome", "PRP": "agent:prp",
    "platelet rich plasma": "agent:prp", "EGF": "agent:egf", "PEP": "agent:exosome",
}  # fmt: skip
AGENTS = {
    "ev": "agent:exosome", "msc": "agent:msc", "conditioned_medium": "agent:secretome", "prp": "agent:prp",
    "growth_factor": "agent:egf",
}  # fmt: skip
MORE = {"eye drops of saline": ("DRUG", "Saline", "saline drops", ("B",))}


def scene(
    words: str = "",
    *,
    kind: str = "ev",
    arm: str = "",
    arms: tuple[tuple[str, str], ...] = (),
    title: str = "A study",
    description: str | None = None,
    summary: str | None = None,
    eligibility: str = "Adults",
    also: tuple[str, ...] = (),
    role: str = "given",
    comparator: str = "Triamcinolone acetonide 40 mg",
) -> Scene:
    """A synthetic study whose first intervention is described by `words`; `also`: classes of further products."""
    labels = [("EXPERIMENTAL", label, text) for label, text in arms] or [("EXPERIMENTAL", "A", arm)]
    study = record(
        title,
        summary=summary,
        description=description,
        arms=(*labels, ("ACTIVE_COMPARATOR", "B", "Triamcinolone acetonide 40 mg/mL, 2 mL")),
        interventions=(
            ("DRUG", "The product", words, tuple(label for _, label, _ in labels)),
            ("DRUG", "Triamcinolone", comparator, ("B",)),
        ),
        outcomes=("Insulin need, 5 mg of exosomes",),
        eligibility=eligibility,
    )
    text = study_text(study)
    own = tuple(range(len(labels)))
    products = (
        Product(1, kind, role, (AGENTS[kind],), "The product", (0,), own, (1,)),
        *(
            Product(number, other, "given", (AGENTS[other],), other, (0,), own, (1,))
            for number, other in enumerate(also, 2)
        ),
    )
    found = Matcher([Form(form, owner) for form, owner in FORMS.items()]).find(text.text)
    return Scene(study, text, Vocabulary(()), {"agent": found}, products, products[0])


def verified(here: Scene, finding: Finding) -> Finding:
    for reading in finding.readings:
        for span in reading.spans:
            assert (here.text.text_of(span.field) or "")[span.start : span.end] == span.quote
    return finding


def doses(words: str = "", **more: object) -> list[str]:
    here = scene(words, **more)  # type: ignore[arg-type]
    return [reading.value for reading in verified(here, dose.read(here)).readings]


@pytest.mark.parametrize(
    ("kind", "words", "values"),
    [
        # words of NCT04276987, NCT03437759, NCT05125562, NCT04356300, NCT04388982, NCT04491240
        ("ev", "inhalation of MSC exosomes (2.0*10E8 nano vesicles/3 ml at Day 1)", ["2e8 {particles}/(3.mL)"]),
        ("ev", "50μg or 20μg MSC-Exo in 10μl PBS was dripped", ["50 ug", "20 ug"]),
        ("ev", "Normal saline 90 mL and ExoFlo 10 mL, which is 7x1011 EVs", ["10 mL", "7e11 {particles}"]),
        ("ev", "exosomes at a dose of 150mg will be given intravenously", ["1.5e5 ug"]),
        ("ev", "Dosage：5μg MSC-Exo,Total volume： 1ml", ["5 ug"]),
        ("ev", "inhalation of 3 ml special solution contained 0.5-2x10^10 of nanoparticles", ["5e9-2e10 {particles}"]),
        ("ev", "exosomes 10ug/drop, four times a day for 14 days", ["10 ug/{drop}"]),
        ("ev", "a dose of the supernatant produced from (1.22-1.51) × 10 (6)/kg", ["1.22e6-1.51e6 {cells}/kg"]),
        ("msc", "ADSTEM Inj. 1.0x10^8 mesenchymal stem cells as an infusion", ["1e8 {cells}"]),
        ("msc", "a total of 10 mln. of cultured cells", ["1e7 {cells}"]),
        ("msc", "Dose: 1x10e7 cells/500ul", ["1e7 {cells}/(0.5.mL)"]),
        ("msc", "1 million MSCs/kg suspended in 50 mL of PlasmaLyte A", ["1e6 {cells}/kg"]),
        ("conditioned_medium", "Day 1: secretome 1 cc every 12 hours", ["1 mL"]),
        ("prp", "2 ml of PRP were injected after 20 ml of venous blood were drawn", ["2 mL"]),
        ("growth_factor", "EGF 75 µg intralesional", ["75 ug"]),
        # words of NCT03609905, NCT05279768, NCT00314106, NCT03602872, NCT02467387
        ("msc", "The MSCs of 5×10*7 will be given in different sites", ["5e7 {cells}"]),
        ("msc", "IV 0.3 million kg/bb UC-MSCs once", ["3e5 {cells}/kg"]),
        ("msc", "MSCs (minimum 3 X 10 (9) and up to a maximum of 3 X 10(11) lymphocytes)", ["3e9-3e11 {cells}"]),
        ("msc", "a single intraarticular 20x10^6 dose of human mesenchymal stem cells", ["2e7 {cells}"]),
        ("msc", "One time intravenous infusion of 1.5 million (aMBMC) per kg", ["1.5e6 {cells}/kg"]),
        # words of NCT00644410, NCT02385019, NCT03028428, NCT02057965, NCT03367117
        ("msc", "Mesenchymal stem cells 20 - 40 mill.", ["2e7-4e7 {cells}"]),
        ("msc", "0.5 x 10^6, 2-3 x 10^6 donor MSCs/kg", ["5e5 {cells}/kg", "2e6-3e6 {cells}/kg"]),
        ("msc", "1ml 1*10^7 mesenchymal stem cells administered into the knee joint once", ["1e7 {cells}"]),
        ("msc", "Doses of MSCs will be 1-2x10^6 MSCs per/kg body weight", ["1e6-2e6 {cells}/kg"]),
        ("msc", "a minimum of 2 * 10^6 CD34 + cells / kg of MSCs", ["2e6 {cells}/kg"]),
        # words of NCT03346967, NCT02407470, NCT03237442, NCT03504241
        ("msc", "MSCs with Dosage at 1 million cells per body-weight kilogram", ["1e6 {cells}/kg"]),
        ("msc", "rabbit ATG at 3.5 mg/kg, then MSCs at a dose of 3000000 cells/kg", ["3e6 {cells}/kg"]),
        ("msc", "human MSCs: 0.2ml(about 2*10^6 cells) subconjunctival injection", ["2e6 {cells}"]),
        ("msc", "12 infusions of 10^4 donor-derived Mesenchymal Stem Cells (MSCs) cells/kg", ["10000 {cells}/kg"]),
        ("msc", "Between 5 to 10 million MSC-NPs will be administered", ["5e6-1e7 {cells}"]),  # NCT03822858
        ("msc", "infusion of 1x10^6 unit of umbilical-cord MSCs/kgBW in 100 cc", ["1e6 {cells}/kg"]),  # NCT04457609
        # words of NCT02108132, NCT02379442, NCT01495637, NCT02855450
        ("msc", "MSCs washed and suspended in saline in a dose of 2 million cells per kg", ["2e6 {cells}/kg"]),
        ("msc", "MSCs at a target dose of 2 times 10(6) BMSC/kg for up to 12 doses", ["2e6 {cells}/kg"]),
        ("growth_factor", "EGF at a dose of 30, 62, or 125 mcg/m2", ["30 ug/m2", "62 ug/m2", "125 ug/m2"]),
        ("growth_factor", "EGF 120 1/2g/kg", ["120 ug/kg"]),
    ],
)  # fmt: skip
def test_doses_as_records_state_them(kind: str, words: str, values: list[str]) -> None:
    assert doses(words, kind=kind) == values


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("ev", "exosomes; triamcinolone 40 mg in the other group"),
        ("ev", "exosomes from MSCs seeded at 5 x 10^3 cells/cm2"),
        ("ev", "exosomes in 90 ml normal saline"),
        ("growth_factor", "EGF until haemoglobin is 13 g/dL"),
        ("ev", "In mice exosomes were given at 5 mg/kg"),
        ("ev", "exosomes in escalating doses: 1X, 2X, 4X level"),
        ("msc", "MSCs after cyclophosphamide 50 mg/kg"),
        ("msc", "20 ml of bone marrow aspirate; MSCs are expanded"),
        ("msc", "MSCs if neutrophils are > 2.5 x 10^9/L"),
        ("prp", "60 mL of venous blood will be withdrawn for PRP"),
        ("prp", "PRP of 20 patients, viability 95%"),
        ("ev", "exosomes from 200-300 ml adipose tissue"),  # words of NCT05475418
        ("prp", "an additional 1 mL of platelet rich plasma for lab analysis"),  # words of NCT01911650
        ("msc", "MSCs plated in 40 ml medium,0.5 ml amphotericin B"),  # words of NCT02387749
        ("msc", "thereby introducing 1×10(6) MSCs per minute"),  # words of NCT04325594
        ("growth_factor", "EGF after IL-2 (720,000 IU/kg every 8 hours)"),  # words of NCT00089778
        ("growth_factor", "EGF added to Mpred at a dose of 1000 mg per day"),  # words of NCT00355095
        (
            "prp",
            "PRP; will be taken from the iliac crest (60 ml) and homolateral tibia (30 ml)",
        ),  # NCT04310852
        ("conditioned_medium", "secretome; 300 patients; 5 nm filters"),
    ],
)
def test_what_is_not_the_dose_of_the_product_is_not_read(kind: str, words: str) -> None:
    here = scene(words, kind=kind)
    assert dose.read(here).state == "not_reported"


def test_neither_comparator_nor_eligibility_nor_outcome_gives_a_dose() -> None:
    here = scene("Exosomes", eligibility="Insulin >= 0.4 IU/kg; exosomes 5 mg before")
    finding = dose.read(here)
    assert finding.state == "not_reported"
    assert "intervention" in finding.looked_in
    assert "eligibility" not in finding.looked_in


def test_levels_without_amounts_are_said_in_the_reason() -> None:
    finding = dose.read(
        scene("Exosomes", arms=(("Low-dose group", "low dose"), ("High-dose group", "high dose")))
    )
    assert finding.state == "not_reported"
    assert finding.reason.startswith("dose levels are named, but no amounts")


def test_each_level_belongs_to_its_arm() -> None:
    here = scene("Exosomes", arms=(("Low", "exosomes 20 µg"), ("High", "exosomes 60 µg")))
    readings = dose.read(here).readings
    assert [(r.value, r.arms) for r in readings] == [("20 ug", ("Low",)), ("60 ug", ("High",))]


def test_a_dose_said_twice_is_one_reading_with_both_places() -> None:
    here = scene("MSCs 2 million cells/kg", kind="msc", arm="MSCs at a dose of 2 x 10^6 cells/kg")
    (reading,) = dose.read(here).readings
    assert len(reading.spans) == 2
    assert reading.arms == ("A",)


def test_a_total_over_the_course_is_flagged() -> None:
    """Words of NCT05512988: otherwise the total would stand beside other studies' single doses."""
    here = scene("set at 1×10^6/Kg/time, with a total dose of 2×10^6/Kg/person of MSCs", kind="msc")
    first, second = dose.read(here).readings
    assert first.flags == ("what is counted is not named",)
    assert dose.TOTAL in second.flags


def test_target_doses_of_two_arms_are_no_totals() -> None:
    here = scene(
        "MSCs", kind="msc", arms=(("1", "Target dose 20 million MSCs"), ("2", "Target dose 100 million MSCs"))
    )
    assert [r.flags for r in dose.read(here).readings] == [(), ()]


def test_a_limit_beside_a_dose_per_kg_is_flagged() -> None:
    here = scene("2 million cells/kg of MSCs (up to a maximum of 200 million cells)", kind="msc")
    assert dose.read(here).readings[1].flags == (dose.LIMIT,)


def test_an_impossible_amount_is_unclear_and_never_a_dose() -> None:
    finding = dose.read(scene("exosomes 10^40 particles"))
    assert finding.state == "unclear"
    assert finding.readings[0].flags[0].startswith("impossible")
    both = dose.read(scene("exosomes 10^40 particles", arm="exosomes 10^10 particles"))
    assert [r.value for r in both.readings] == ["1e10 {particles}"]


def test_only_an_unlikely_amount_is_unclear() -> None:
    """Words of NCT01540292, where a factor of a million is missing."""
    finding = dose.read(scene("MSCs (1.5-2 cells/kg BW)", kind="msc"))
    assert (finding.state, finding.reason) == ("unclear", "only an unlikely amount is stated")


def test_arm_and_intervention_that_contradict_each_other_are_unclear() -> None:
    finding = dose.read(scene("exosomes 20 µg", arm="exosomes 50 µg"))
    assert finding.state == "unclear"
    assert [r.value for r in finding.readings] == ["20 ug", "50 ug"]


def test_a_lost_superscript_keeps_its_other_reading() -> None:
    (reading,) = dose.read(scene("8.0*108 exosomes")).readings
    assert reading.value == "8e8 {particles}"
    assert reading.flags == ("superscript lost: also readable as 864",)


def test_the_nearer_place_decides() -> None:
    """Words of NCT04356300: the summary tells of 180 mg of earlier studies, the arm of 150 mg."""
    assert doses(
        "exosomes at a dose of 150mg", description="The dose of exosomes of earlier use is 180mg once a time."
    ) == ["1.5e5 ug"]


def test_sentences_serve_where_arms_are_silent() -> None:
    assert doses("exosomes", description="Patients will receive exosomes at 5 x 10^9 particles.") == [
        "5e9 {particles}"
    ]
    assert doses("10 mL of exosomes", description="Exosomes: 7x10^11 particles will be infused.") == [
        "10 mL",
        "7e11 {particles}",
    ]


def only_text(words: str, kind: str) -> list[str]:
    """Doses of a record that holds nothing but a title and a description."""
    study = record("A study", description=words, arms=(), interventions=())
    text = study_text(study)
    products = (Product(1, kind, "given", (AGENTS[kind],), "The product", (), (), ()),)
    found = Matcher([Form(form, owner) for form, owner in FORMS.items()]).find(text.text)
    here = Scene(study, text, Vocabulary(()), {"agent": found}, products, products[0])
    return [reading.value for reading in verified(here, dose.read(here)).readings]


def test_a_further_dose_in_the_same_unit_is_read_where_it_is_changed() -> None:
    """Words of NCT00270049, with another growth factor."""
    raised = "The original dose of 150 units/kg may be raised gradually to 300 units per kilogram."
    assert only_text(f"EGF 150 units per kilogram is given. {raised}", "growth_factor") == [
        "150 [iU]/kg", "300 [iU]/kg",
    ]  # fmt: skip
    other = "Cyclophosphamide is increased to 300 mg; then aspirin (600 units/kg) is raised."
    assert only_text(f"EGF 150 units per kilogram is given. {other}", "growth_factor") == ["150 [iU]/kg"]


def test_a_product_is_known_by_the_short_name_the_text_gives_it() -> None:
    """Words of NCT02811263 and NCT00261677, with another growth factor."""
    assert only_text("EGF (Epo) helps. Patients are given Epo 1000 U/kg IV.", "growth_factor") == [
        "1000 [iU]/kg"
    ]
    assert only_text("PROCRIT (EGF) helps. Patients receive PROCRIT 600 Units/kg.", "growth_factor") == [
        "600 [iU]/kg"
    ]
    assert only_text("EGF helps. The dose of study medication is 600 Units/kg.", "growth_factor") == [
        "600 [iU]/kg"
    ]
    assert only_text("EGF helps. The dose of aspirin is 600 Units/kg.", "growth_factor") == []


def test_a_volume_is_given_where_each_injection_or_a_verb_says_so() -> None:
    """Words of NCT02869061 and NCT04136743."""
    assert only_text("MSCs are used. 9 to 18 injections (0.5 to 1.0 mL each) are planned.", "msc") == [
        "0.5-1 mL"
    ]
    adipose = (
        "MSCs are used. Approximately 6 mL of micro-fragmented adipose will be injected into the tendon."
    )
    assert only_text(adipose, "msc") == ["6 mL"]
    assert only_text("MSCs are used. Approximately 6 mL of saline will be injected.", "msc") == []


def test_a_count_is_looked_for_where_only_a_volume_stands_nearer() -> None:
    """Words of NCT04877067."""
    words = "A total of 1.5 ml of the MSCs was injected. Saline is used. It is clear. Each patient received 6 x 10^6 cells."
    assert only_text(words, "msc") == ["1.5 mL", "6e6 {cells}"]


def test_a_heading_says_what_the_next_line_is() -> None:
    """Words of NCT04713878."""
    assert only_text("Dosage of mesenchymal stem cells:\n\n1 million cell/kg iv on day 0", "msc") == [
        "1e6 {cells}/kg"
    ]


def test_weights_of_other_drugs_are_no_dose_of_cells_or_plasma() -> None:
    """Words of NCT00929695."""
    assert doses("PRP; prednisone at a starting dose of 2 mg/kg is standard", kind="prp") == []


def test_a_foreign_agents_volume_is_not_the_products() -> None:
    """Words of NCT05280002: PRP is named beside cells, and is no product of the study."""
    plasma = Term(id="agent:prp", kind="agent", label="PRP", agent_class="prp")
    here = scene("MSCs and 3 ml activated PRP", kind="msc")
    known = Scene(here.record, here.text, Vocabulary((plasma,)), here.matches, here.products, here.product)
    assert dose.read(known).state == "not_reported"


def test_what_was_done_elsewhere_gives_way_to_what_is_planned() -> None:
    description = "In China 1 x 10^6 MSCs were given. Patients will receive 4 x 10^8 MSCs."
    assert doses("Cells", kind="msc", description=description) == ["4e8 {cells}"]


def test_cells_are_a_dose_of_vesicles_only_where_the_record_says_so() -> None:
    """Words of NCT05261360; "1 million cells/kg" of an exosome is kept as written, for a check to point at."""
    assert doses("1 million cells/kg MSC-Exo by injection") == ["1e6 {cells}/kg"]
    assert doses("MSC-Exo; in the other knee 1 million cells/kg") == []


def test_amounts_of_two_products_are_kept_apart() -> None:
    words = "3 cc of secretome, and 20x10^6 MSCs"
    assert doses(words, kind="conditioned_medium", also=("msc",)) == ["3 mL"]
    assert doses(words, kind="msc", also=("conditioned_medium",)) == ["2e7 {cells}"]
    assert doses("2 mL of PRP, 5 mL of secretome", kind="prp", also=("conditioned_medium",)) == ["2 mL"]


def test_vesicles_that_are_only_measured_have_no_dose() -> None:
    for fact in (dose, concentration, basis):
        assert fact.read(scene("exosomes 5 mg", role="measured")).state == "not_applicable"


@pytest.mark.parametrize(
    ("kind", "words", "values"),
    [
        ("ev", "exosomes 1×10^11 particles/ml, 3.0ml", ["1e11 {particles}/mL"]),
        ("ev", "100 µg MSC-Exo/g ointment", ["100 ug/g"]),
        ("ev", "10 % PEP; 20 % PEP", ["10 %", "20 %"]),
        ("ev", "50μg or 20μg MSC-Exo in 10μl PBS", ["50 ug/(0.01.mL)", "20 ug/(0.01.mL)"]),
        ("msc", "1 x 10^6 or 2 x 10^6 MSCs in 1 mL or in 2 mL", ["1e6 {cells}/mL", "2e6 {cells}/(2.mL)"]),
        ("growth_factor", "applied as EGF 0.1% cream", ["0.1 %"]),
        ("msc", "5 million MSCs/ml, 0.5 ml per site", ["5e6 {cells}/mL"]),
    ],
)
def test_strengths(kind: str, words: str, values: list[str]) -> None:
    here = scene(words, kind=kind)
    found = verified(here, concentration.read(here))
    assert found.state == "reported"
    assert [r.value for r in found.readings][: len(values)] == values


def test_no_strength_in_saline_lab_values_or_shares_of_patients() -> None:
    words = "exosomes in 0.9% NaCl, lidocaine 4 mg/mL, in 25% of patients"
    assert concentration.read(scene(words)).state == "not_reported"


def test_the_dose_over_the_volume_it_is_given_in_is_told_apart_from_a_stated_strength() -> None:
    here = scene("10 million MSCs in 50 mL of PlasmaLyte", kind="msc")
    (made,) = verified(here, concentration.read(here)).readings
    assert made.flags == (concentration.GIVEN_IN,)
    assert [span.quote for span in made.spans] == ["10 million MSCs", "50 mL"]
    assert doses("10 million MSCs in 50 mL of PlasmaLyte", kind="msc") == ["1e7 {cells}"]


def test_a_dose_per_kg_makes_no_strength_with_its_volume() -> None:
    here = scene("1 million MSCs/kg in 50 mL of PlasmaLyte", kind="msc")
    assert concentration.read(here).state == "not_reported"


def test_basis_is_what_doses_stand_over() -> None:
    assert basis.read(scene("2 x 10^6 MSCs/kg body weight", kind="msc")).readings[0].value == "2e6 {cells}/kg"
    assert basis.read(scene("1 million MSCs for 1 cm2 area", kind="msc")).reason == "doses are stated per cm2"
    assert basis.read(scene("5 mL of exosomes")).state == "not_applicable"
    assert basis.read(scene("exosomes")).state == "not_reported"


def test_a_number_that_counts_nothing_named_is_particles_for_vesicles_and_cells_for_cells() -> None:
    assert doses("Escalating dose of exosomes: 2 X 10^9, 4 X 10^9 and 8 X 10^9") == [
        "2e9 {particles}", "4e9 {particles}", "8e9 {particles}",
    ]  # fmt: skip
    assert doses("5.0*108~5.0*109 MSCs and MNCs were transplant", kind="msc") == ["5e8-5e9 {cells}"]


@settings(max_examples=examples(60))
@given(
    st.lists(
        st.sampled_from(
            ["exosomes", "MSCs", "PRP", "5 mL", "2 x 109", "cells", "/kg", "10^40", "particles", "in", "of", "saline",
             "up to", "total dose", "1X, 2X", "%", "(", ")", "-", ",", ". ", "50 µg", "per", "cm2", "mice", "\n"]
        ),
        max_size=25,
    ),
    st.sampled_from(sorted(AGENTS)),
)  # fmt: skip
def test_every_quote_is_in_the_record_whatever_it_says(words: list[str], kind: str) -> None:
    here = scene(" ".join(words), kind=kind, description=" ".join(reversed(words)), also=())
    for fact in (dose, concentration, basis):
        finding = verified(here, fact.read(here))
        assert (finding.state in ("reported", "unclear")) == bool(finding.readings)
        for reading in finding.readings:
            assert reading.quantity is not None
            assert reading.quantity.kind in QUANTITY_KINDS


@pytest.mark.parametrize(
    ("piece", "size"),
    [
        ("10 mL of exosomes. ", 1_000_000), ("5 mg ", 200_000), ("exosomes ", 1_000_000),
        ("1 x 10^6 MSCs/kg, ", 200_000), ("(((", 1_000_000), ("per kg ", 1_000_000),
    ],
)  # fmt: skip
def test_a_megabyte_of_anything_is_read_to_its_end(piece: str, size: int) -> None:
    long = piece * (size // len(piece))
    here = scene("exosomes", description=long, summary=piece)
    finding = dose.read(here)
    assert len(finding.readings) <= 200


def test_cells_that_are_received_after_a_harvest_are_the_dose() -> None:
    """The words are those of NCT01501773."""
    said = (
        "BMMC arm will have bone marrow aspiration and receive autologous 30-500 million bone marrow mononuclear "
        "cells intravenously"
    )
    (found,) = find_amounts(said)
    assert TAKEN.search(said[: found.start]) is None
    assert TAKEN.search("marrow is aspirated, about ") is None
    assert TAKEN.search("bone marrow aspiration of ") is not None
