"""Which products a study gives. A product too many doubles a study in the landscape; one too few hides a dose.

All records here are synthetic; the wording follows real ones where an id is named.
"""

import pytest

from skinproof.extraction.kernel import Extractor
from skinproof.model.findings import Preparation
from skinproof.model.record import StudyRecord
from skinproof.studies.documents import study_text
from skinproof.tagging.kernel import Tagger
from skinproof.vocabulary.loader import load_bundled
from tests.tagging.records import record

_VOCABULARY = load_bundled()
_TAGGER = Tagger(_VOCABULARY)
_EXTRACTOR = Extractor(_VOCABULARY)


def _preparations(study: StudyRecord) -> tuple[Preparation, ...]:
    text = study_text(study)
    return _EXTRACTOR.read(study, text, _TAGGER.tag(study, text))


def test_one_intervention_with_cells_and_one_with_medium_are_two_products() -> None:
    """As NCT04326959 words it."""
    study = record(
        "Implantation of Mesenchymal Stem Cell, Conditioned Medium, or Triamcinolone Acetonide for Keloid",
        study_type="INTERVENTIONAL",
        purpose="TREATMENT",
        arms=(
            ("EXPERIMENTAL", "UC-MSCs + CM", "UC-MSCs 2 million cells / cm3"),
            ("EXPERIMENTAL", "CM + CM", "CM 1 cc / cm3"),
            ("EXPERIMENTAL", "Triamcinolon acetonide", "40 mg"),
        ),
        interventions=(
            (
                "BIOLOGICAL",
                "Umbilical Cord-Mesenchymal Stem Cells and Conditioned Medium",
                "Injection",
                ("UC-MSCs + CM",),
            ),
            ("BIOLOGICAL", "Conditioned Medium", "Injection", ("CM + CM", "UC-MSCs + CM")),
            ("BIOLOGICAL", "Triamcinolone Acetonide", "Injection", ("Triamcinolon acetonide",)),
        ),
    )
    medium, cells = _preparations(study)
    assert (medium.agent_class, medium.interventions, medium.arms) == ("conditioned_medium", (0, 1), (0, 1))
    assert (cells.agent_class, cells.interventions, cells.arms) == ("msc", (0,), (0,))


@pytest.mark.parametrize(
    "name",
    [
        "Allogeneic human menstrual blood stem cells secretome",  # NCT05019287
        "Exosome-MSC Intravenous injection",  # NCT05216562
        "placenal MSC derived exosomes",  # NCT05499156
    ],
)
def test_cells_named_only_as_the_origin_of_a_product_are_no_product(name: str) -> None:
    study = record(
        f"Safety of {name}",
        study_type="INTERVENTIONAL",
        purpose="TREATMENT",
        summary="MSCs are safe. MSC treatment of patients is studied.",
        arms=(("EXPERIMENTAL", "Treated", "single injection"),),
        interventions=(("BIOLOGICAL", name, "given once", ("Treated",)),),
    )
    (found,) = _preparations(study)
    assert found.agent_class in ("ev", "conditioned_medium")
    assert found.name == name


def test_placebo_interventions_and_arms_do_not_belong_to_the_product() -> None:
    study = record(
        "Exosomes for scars",
        study_type="INTERVENTIONAL",
        purpose="TREATMENT",
        arms=(
            ("PLACEBO_COMPARATOR", "Placebo", "saline without exosomes"),
            ("EXPERIMENTAL", "Exosomes", "exosomes once"),
        ),
        interventions=(
            ("DRUG", "Exosomes", "once", ("Exosomes",)),
            ("DRUG", "Placebo of exosomes", "once", ("Placebo",)),
        ),
    )
    (found,) = _preparations(study)
    assert (found.interventions, found.arms) == ((0,), (1,))


def test_vesicles_that_are_only_measured_are_one_measured_preparation() -> None:
    study = record(
        "Urinary exosomes as a biomarker of melanoma",
        study_type="OBSERVATIONAL",
        summary="Exosomes will be isolated from urine and their proteins measured.",
    )
    (found,) = _preparations(study)
    assert (found.role, found.interventions) == ("measured", ())


def test_a_study_without_an_agent_has_no_preparation() -> None:
    assert _preparations(record("Aspirin for headache", summary="Aspirin is compared with placebo.")) == ()


def test_a_product_that_no_intervention_names_is_called_by_the_title() -> None:
    """NCT00955669 lists an examination as its only intervention: nobody is given that."""
    study = record(
        "Comparison of Autologous Mesenchymal Stem Cells and Mononuclear Cells",
        study_type="INTERVENTIONAL",
        purpose="TREATMENT",
        interventions=(("PROCEDURE", "Symptoms and Objective Examination", "", ()),),
    )
    assert {found.name for found in _preparations(study)} == {study.brief_title}


def test_two_makes_of_one_class_with_different_sources_are_two_products() -> None:
    """As IRCT-76960 lists them in the bundled facts; one row would lend the one the other's source."""
    study = record(
        "Plant and stem cell exosomes for hair loss",
        study_type="INTERVENTIONAL",
        purpose="TREATMENT",
        interventions=(
            ("BIOLOGICAL", "Plant exosomes", "once daily", ()),
            ("BIOLOGICAL", "Wharton jelly stem cell exosomes", "once daily", ()),
        ),
    )
    plant, cord = _preparations(study)
    assert (plant.name, plant.interventions) == ("Plant exosomes", (0,))
    assert (cord.name, cord.interventions) == ("Wharton jelly stem cell exosomes", (1,))


def test_two_doses_of_one_make_are_one_product() -> None:
    study = record(
        "Adipose exosomes for scars",
        study_type="INTERVENTIONAL",
        purpose="TREATMENT",
        interventions=(
            ("BIOLOGICAL", "Adipose exosomes low dose", "5 ug", ()),
            ("BIOLOGICAL", "Adipose exosomes high dose", "20 ug", ()),
        ),
    )
    (found,) = _preparations(study)
    assert found.interventions == (0, 1)
