"""Size, purity, markers, yield and potency: what is read of the product, and what only looks like it."""

import pytest

from skinproof.extraction import markers, potency, purity, size, yield_
from skinproof.extraction.scene import Scene
from skinproof.extraction.statements import is_general
from skinproof.model.findings import Finding
from tests.extraction.given import scene

MSC = {"agent_class": "msc", "name": "MSC", "agents": ("agent:msc",)}


def values(finding: Finding) -> list[str]:
    return [reading.value for reading in finding.readings]


def verified(view: Scene, finding: Finding) -> bool:
    spans = [span for reading in finding.readings for span in reading.spans]
    return all((view.text.text_of(s.field) or "")[s.start : s.end] == s.quote for s in spans)


@pytest.mark.parametrize(
    ("given", "value", "flags"),
    [
        # NCT02138331
        ("Exosomes: (Size) 40-100 nm, (markers) CD63", "40-100 nm", ("statistic: range",)),
        (
            "Mode diameter 120 nm by nanoparticle tracking analysis",
            "120 nm",
            ("statistic: mode", "method: NTA"),
        ),
        ("mean size of 110 ± 20 nm (DLS)", "110 nm", ("statistic: mean", "method: DLS")),
        ("EVs with a median size of 0,15 µm", "150 nm", ("statistic: median",)),
        ("microvesicles between 100 and 1,000 nm", "100-1000 nm", ("statistic: range",)),
    ],
)
def test_a_size_is_read_with_its_statistic_and_method(given: str, value: str, flags: tuple[str, ...]) -> None:
    view = scene(given)
    found = size.read(view)
    assert found.state == "reported" and values(found) == [value] and verified(view, found)
    assert found.readings[0].flags == flags
    quantity = found.readings[0].quantity
    assert quantity is not None and quantity.kind == "diameter"


@pytest.mark.parametrize(
    "given",
    [
        "Exosomes are extracellular vesicles that are 30 to 150 nm in diameter.",  # NCT05402748
        "Exosomes are vesicles with a size of 30-100 nanometers originating from within cells.",  # NCT05216562
    ],
)
def test_what_exosomes_are_in_general_is_no_size_of_the_product(given: str) -> None:
    for view in (scene(given), scene("", given)):
        found = size.read(view)
        assert found.state == "not_reported" and "only a general statement" in found.reason


@pytest.mark.parametrize(
    "given",
    [
        "Exosomes were passed through a 0.22 µm filter before use",
        "exosomes applied after a 1550 nm laser",
        "vesicles given with microneedles of 500 µm",
        "RNA that consists primarily of short RNAs of less than 300 nm",  # NCT02138331
        "exosomes 10 mL",
        "exosomes of 900000 nm size",
    ],
)
def test_other_lengths_are_no_particle_size(given: str) -> None:
    assert size.read(scene(given)).state == "not_reported"


def test_size_is_not_asked_of_cells_and_platelets() -> None:
    assert size.read(scene("cells of 20 µm size", **MSC)).state == "not_applicable"
    assert size.read(scene("", agent_class="prp")).state == "not_applicable"
    assert size.read(scene("frozen", agent_class="conditioned_medium")).state == "not_applicable"


def test_a_sentence_that_names_the_study_is_not_general() -> None:
    assert not is_general("The exosomes used in this study are 30-150 nm.")
    assert is_general("EVs are nano-sized particles of 30-150 nm.")


def test_markers_are_read_with_what_was_found() -> None:
    view = scene("Exosomes were positive for CD9, CD63 and TSG101 and negative for calnexin.")
    found = markers.read(view)
    assert [(r.value, r.flags) for r in found.readings] == [
        ("cd9", ()),
        ("cd63", ()),
        ("tsg101", ()),
        ("calnexin", (markers.ABSENT,)),
    ]
    assert verified(view, found)


def test_a_phenotype_of_signs_is_read() -> None:
    given = "The MSCs were characterized by immunophenotyping as CD90+CD105 +CD45-CD34-cells."  # NCT02497443
    found = markers.read(scene(given, **MSC))
    assert {r.value: r.flags for r in found.readings} == {
        "cd90": (),
        "cd105": (),
        "cd45": (markers.ABSENT,),
        "cd34": (markers.ABSENT,),
    }


def test_markers_that_are_only_to_be_tested_say_so() -> None:
    given = "The MSC product will be tested for recognized surface markers (CD73, CD90, CD105) using flow cytometry."
    found = markers.read(scene("", given, **MSC))
    assert {r.flags for r in found.readings} == {(markers.TESTED,)} and len(found.readings) == 3


def test_markers_said_to_be_confirmed_are_there() -> None:
    told = (
        "to assess the expression of CD9, CD63 and CD81 were confirmed with flow cytometry and western blot."
    )
    found = markers.read(scene("", f"The exosomes were measured; {told}"))  # NCT05499156
    assert [(r.value, r.flags) for r in found.readings] == [("cd9", ()), ("cd63", ()), ("cd81", ())]


def test_markers_of_the_cells_that_vesicles_come_from_say_so() -> None:
    found = markers.read(scene("The MenSC were characterized as CD90+, CD73+ and CD105+."))
    assert {r.flags for r in found.readings} == {(markers.OF_CELLS,)}


@pytest.mark.parametrize(
    ("given", "description", "agent_class"),
    [
        (
            "",
            "Monocyte subsets (CD45, CD14, HLA-DR) are analyzed in peripheral blood by flow cytometry.",
            "msc",
        ),
        ("autologous CD34+ cells", "", "other_cell"),
        ("suspended in saline with 5% human albumin", "", "ev"),
        ("Exosomes are vesicles that carry the markers CD63, CD9 and CD81.", "", "ev"),
        ("", "Exosomes have specific protein markers, like CD63, CD9, CD81.", "ev"),
    ],
)
def test_names_that_are_no_markers_of_the_product_are_left(
    given: str, description: str, agent_class: str
) -> None:
    assert markers.read(scene(given, description, agent_class=agent_class)).state == "not_reported"


def test_markers_are_not_asked_of_platelets() -> None:
    assert markers.read(scene("CD41 positive", agent_class="prp")).state == "not_applicable"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("UC-MSC with viability>80%, and endotoxin<0.1 EU", ["viability", "endotoxin"]),
        (
            "tests are done: cell viability, sterility, Mycoplasma, endotoxin, and karyotyping.",
            ["viability", "endotoxin", "sterility", "mycoplasma", "karyotype"],
        ),
        ("purity of at least 95 %", ["purity"]),
        ("a certificate of analysis is kept", ["release_tests"]),
        ("2 x 10^9 particles per µg protein of EV", ["particles_per_protein"]),
        ("EV protein content measured by BCA", ["protein_content"]),
    ],
)
def test_purity_and_release_tests_are_read(given: str, expected: list[str]) -> None:
    view = scene(given) if "protein" in given else scene(given, **MSC)
    found = purity.read(view)
    assert values(found) == expected and verified(view, found)


def test_numbers_of_purity_are_kept_with_their_limit() -> None:
    viability = purity.read(scene("viability (must be more than 80%)", **MSC)).readings[0].quantity
    ratio = purity.read(scene("2 x 10^9 particles per µg protein of EV")).readings[0].quantity
    assert viability is not None and (viability.low, viability.bound) == (80, "more_than")
    assert ratio is not None and (ratio.low, ratio.unit) == (2e9, "{particles}/ug{protein}")


@pytest.mark.parametrize(
    "description",
    [
        "Patients undergo myocardial viability assessment.",
        "MSC protect lung tissue from endotoxin (LPS) -induced acute lung injury and were tested in mice.",
        "Patients with pneumonia caused by bacteria, Mycoplasma or Chlamydia were tested.",
        "This is a viable alternative that was evaluated before.",
        "Separation: not reported. Size or purity: not reported.",
    ],
)
def test_other_viability_and_toxins_are_no_purity(description: str) -> None:
    assert purity.read(scene("", description, **MSC)).state == "not_reported"


def test_a_yield_is_an_amount_per_starting_amount() -> None:
    view = scene("", "We obtain as many as 1*10^7 cells from 300 ml of lipoaspirate.", **MSC)
    found = yield_.read(view)
    quantity = found.readings[0].quantity
    assert quantity is not None and verified(view, found)
    assert (quantity.kind, quantity.low, quantity.unit) == ("cells", 1e7, "{cells}/(300.mL)")
    found = yield_.read(scene("2 x 10^9 particles per 10^6 cells were obtained"))
    quantity = found.readings[0].quantity
    assert quantity is not None
    assert (quantity.kind, quantity.low, quantity.per, quantity.per_value) == (
        "particles",
        2e9,
        "{cells}",
        1e6,
    )


@pytest.mark.parametrize(
    "given",
    [
        "2 x 10^8 nano vesicles/3 mL saline",
        "EVs from 1 x 10^7 MSCs",
        "1 x 10^6 cells per kg",
        "10 mL of medium",
    ],
)
def test_doses_and_equivalents_are_no_yield(given: str) -> None:
    assert yield_.read(scene(given)).state == "not_reported"


def test_a_potency_test_is_read_where_the_product_is_described() -> None:
    view = scene("", "Each batch was tested in a potency assay and by tube formation.")
    found = potency.read(view)
    assert values(found) == ["potency_assay", "angiogenesis_assay"] and verified(view, found)
    assert (
        potency.read(scene("", "MSC have multipotency; sexual potency was assessed.")).state == "not_reported"
    )
    blood = "Blood samples are obtained periodically and were tested in a mixed lymphocyte reaction."
    assert potency.read(scene("", blood)).state == "not_reported"
    assert potency.read(scene("", "", outcome="potency assay")).state == "not_reported"
    assert potency.read(scene(agent_class="prp")).state == "not_applicable"


def test_measured_vesicles_have_no_release_yield_or_potency() -> None:
    view = scene("exosomes were tested for sterility", role="measured")
    for fact in (purity, yield_, potency):
        assert fact.read(view).state == "not_applicable"
    assert size.read(view).state == "not_reported"


_NAMES = ("size", "purity", "markers", "yield", "potency")


@pytest.mark.parametrize(
    "pattern",
    [
        "1 nm ",
        "exosomes are ",
        "9" * 50 + " ",
        "CD9 positive, ",
        "per 10 cells 5 particles ",
        "viability 9% ",
        "protein ",
    ],
)
def test_a_text_of_a_megabyte_is_read_to_its_end(pattern: str) -> None:
    """Records are untrusted: a text made to be slow must not stop a build."""
    view = scene("", pattern * (1_000_000 // len(pattern)))
    assert view.zones
    for name, fact in zip(_NAMES, (size, purity, markers, yield_, potency), strict=True):
        assert fact.read(view).property == name
