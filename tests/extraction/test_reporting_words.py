"""Words that answer a reporting item, and words that only look like it."""

import pytest

from skinproof.extraction import reporting_words
from skinproof.extraction.reporting_words import CELL_FREE, EXOSOME, find_claims
from tests.extraction.given import scene


def items(given: str = "", description: str = "", **more: str) -> dict[str, str]:
    view = scene(given, description, name=more.pop("name", "MSC vesicle"), **more)  # type: ignore[arg-type]
    found = reporting_words.read(view)
    for reading in found.readings:
        for span in reading.spans:
            assert (view.text.text_of(span.field) or "")[span.start : span.end] == span.quote
    return {reading.value: reading.spans[0].quote for reading in found.readings}


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ("G1", "Extracellular vesicles (exosomes) were isolated."),
        ("S2", "200 mL of bone marrow are obtained from each donor."),
        ("screening", "Cord tissue of donors screened for HIV and hepatitis."),
        ("P2", "Medium was centrifuged for 70 min at 100,000 x g to pellet vesicles."),
        ("P3", "Vesicles were recovered at a density of 1.13-1.19 g/mL."),
        ("C7", "Vesicles were treated with proteinase K to show luminal cargo."),
        ("C8", "Vesicles were stained with anti-CD63 (BD Pharmingen)."),
        ("I1", "Vesicles were imaged by transmission electron microscopy."),
        ("I2", "Vesicles were counted by nanoparticle tracking analysis."),
        ("Q1:protein", "Vesicle protein content was measured by BCA."),
        ("Q1:particles", "Particle number of the vesicles was measured."),
        ("Q1:lipid", "Phospholipid content of the vesicles was measured."),
        ("F2", "The control group receives placebo."),
        ("lot", "Lot-to-lot variation was below 20 %."),
        ("R1", "Methods are in EV-TRACK EV200001."),
        ("R2", "Raw data are in ProteomeXchange."),
    ],
)
def test_each_item_is_read_from_a_sentence(item: str, sentence: str) -> None:
    assert item in items("", sentence)


@pytest.mark.parametrize(
    ("item", "sentence"),
    [
        ("I1", "Skin biopsies of patients are seen by electron microscopy, vesicles are counted."),
        ("I2", "T cells are counted by flow cytometry in patients' blood with vesicles."),
        ("F2", "This is an open-label, non-placebo controlled trial."),
        ("C8", "Cells are grown in platelet lysate."),
        ("S2", "Patients get an injection of 40 ml of bone marrow."),
        ("P2", "Saliva was centrifuged at 1500 g."),
        ("R2", "Patients take pride in their skin."),
        ("G1", "Exosomes are extracellular vesicles that are 30 to 150 nm in diameter."),  # NCT05402748
    ],
)
def test_what_only_looks_like_an_item_is_left(item: str, sentence: str) -> None:
    assert item not in items("", sentence)


def test_what_a_product_is_called_is_kept_as_a_claim() -> None:
    found = items("cell-free therapy", name="MSC exosomes")
    assert found[EXOSOME] == "exosomes" and found[CELL_FREE] == "cell-free"
    assert EXOSOME not in items("", "Exosomes are known to many.", name="EV", agent_class="msc")
    assert [value for value, _, _ in find_claims("Acellular exosomal serum")] == [EXOSOME, CELL_FREE]


def test_a_record_that_says_none_of_it_says_where_we_looked() -> None:
    found = reporting_words.read(scene("", name="MSC", agent_class="msc", agents=("agent:msc",)))
    assert found.state == "not_reported" and "intervention" in found.looked_in


@pytest.mark.parametrize(
    "pattern", ["centrifuged ", "centrifuged 5 ", "10 mL of ", "placebo ", "donor ", "vesicle TEM "]
)
def test_a_text_of_a_megabyte_is_read_to_its_end(pattern: str) -> None:
    view = scene("", pattern * (1_000_000 // len(pattern)))
    assert view.zones
    assert reporting_words.read(view).property == "reporting"
