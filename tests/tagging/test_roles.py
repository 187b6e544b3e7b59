"""Classes of error found on blind-labelled records: what is care, adjuvant, comparator, sample, and what is given."""

import pytest

from skinproof.model.record import StudyRecord
from skinproof.model.tags import StudyTags
from skinproof.studies.documents import study_text
from skinproof.tagging.context import words_around
from skinproof.tagging.kernel import Tagger
from skinproof.tagging.special import compared, setting
from skinproof.vocabulary.loader import load_bundled
from tests.tagging.records import record

TAGGER = Tagger(load_bundled())


def tag(study: StudyRecord) -> StudyTags:
    return TAGGER.tag(study, study_text(study))


@pytest.mark.parametrize(
    "title",
    [
        "Synthetic drug for prophylaxis of graft versus host disease in donor hematopoietic stem cell transplantation",
        "Synthetic lozenges in patients undergoing autologous stem cell transplantation",
        "Synthetic immune globulin in allogeneic stem cell transplant recipients",
        "Synthetic drug for collection of autologous peripheral blood stem cells",
        "Synthetic antiemetic in autologous hematopoietic stem cell transplantation",
    ],
)
def test_a_transplantation_that_is_the_setting_is_not_the_agent(title):
    assert tag(record(title, summary="Stem cell transplants are done as usual.")).agent_class.value == "other"


@pytest.mark.parametrize(
    ("title", "agent"),
    [
        ("Autologous stem cell transplantation for systemic sclerosis", "other_cell"),
        ("Synthetic interleukin after chemotherapy and lymphocyte transfer in melanoma", "other_cell"),
        ("Synthetic laser on melanocyte regeneration in a skin model", "other"),
        ("The role of regulatory T cells in synthetic purpura", "other"),
        ("Stromal vascular fraction for synthetic scars", "other_cell"),
        ("Fat-derived stem cells (stromal vascular fraction) for synthetic scars", "other_cell"),
        ("Mesenchymal stem cells with platelet-rich plasma for scars", "msc"),
        ("Platelet-rich plasma with mesenchymal stem cells for scars", "prp"),
        ("Growth factors (PDGF), applied as autologous thrombocyte concentrate", "prp"),
        ("Multipeptide vaccine with or without sargramostim in melanoma", "peptide"),
        ("A VEGF plasmid in a synthetic bone substitute", "other"),
    ],
)
def test_the_title_names_what_is_studied(title, agent):
    assert tag(record(title)).agent_class.value == agent


def test_gm_csf_beside_a_vaccine_gives_way_to_the_peptides():
    study = record(
        "Vaccine therapy with or without sargramostim in melanoma",
        description="Patients receive vaccination comprising synthetic melanoma peptides and sargramostim.",
    )
    assert tag(study).agent_class.value == "peptide"


def test_what_a_treatment_is_compared_with_is_the_comparator():
    study = record(
        "Exosomes for hair loss", summary="Exosomes are injected and compared with platelet-rich plasma.",
        interventions=(("DRUG", "Exosomes", "", ()),),
    )  # fmt: skip
    assert dict(tag(study).agents)["agent:prp"] == "comparator"


def test_the_only_agent_is_given_even_where_it_stands_behind_versus():
    study = record("Synthetic laser versus platelet-rich plasma for scars")
    found = tag(study)
    assert found.agent_class.value == "prp" and dict(found.agents)["agent:prp"] == "given"


def test_a_comparison_of_two_agents_studies_both():
    text = "A comparison of SVF versus PRP in scars"
    assert compared(words_around(text, text.index("PRP"), text.index("PRP") + 3)) is None


def test_treatment_with_a_transplant_is_no_setting():
    text = "Chemotherapy plus stem cell transplantation in leukemia"
    assert setting(words_around(text, 18, 44)) is None


def test_growth_factors_and_rna_in_outcomes_are_measured():
    study = record(
        "Mesenchymal stem cells for scars", outcomes=("mRNA of collagen after treatment", "Effect of VEGF treatment"),
        interventions=(("BIOLOGICAL", "Mesenchymal stem cells", "", ()),),
    )  # fmt: skip
    roles = dict(tag(study).agents)
    assert roles["agent:mrna"] == "measured" and roles["agent:vegf"] == "measured"


def test_mrna_named_by_a_study_that_only_observes_is_measured():
    study = record(
        "Synthetic prediction",
        study_type="OBSERVATIONAL",
        interventions=(("GENETIC", "mRNAs encoding genes", "", ()),),
    )
    assert dict(tag(study).agents) == {"agent:mrna": "measured"}
    assert tag(study).agent_class.value == "other"


def test_blood_cells_that_are_only_sampled_are_measured():
    study = record("Synthetic antibody in atopic dermatitis", summary="Immunophenotyping of PBMC is done.")
    assert dict(tag(study).agents) == {"agent:blood_cells": "measured"}


def test_vesicles_measured_beside_given_cells_are_no_biomarker_study():
    study = record(
        "Mesenchymal stem cells for stroke", outcomes=("Level of circulating extracellular vesicles",),
        interventions=(("BIOLOGICAL", "Mesenchymal stem cells", "", ()),),
    )  # fmt: skip
    found = tag(study)
    assert found.ev_role.value == "none" and dict(found.agents)["agent:ev"] == "measured"


def test_vesicles_in_the_title_stay_a_biomarker_beside_given_cells():
    study = record(
        "Circulating exosomes after mesenchymal stem cell infusion", summary="Serum exosomes are measured.",
        interventions=(("BIOLOGICAL", "Mesenchymal stem cells", "", ()),),
    )  # fmt: skip
    assert tag(study).ev_role.value == "biomarker"


def test_cells_that_carry_a_gene_are_the_product():
    study = record(
        "Synthetic gene therapy", study_type="INTERVENTIONAL", purpose="TREATMENT",
        arms=(("EXPERIMENTAL", "A", "Autologous mesenchymal stem cells with the gene are infused"),),
        interventions=(("GENETIC", "Lentiviral vector gene therapy", "", ("A",)),),
    )  # fmt: skip
    assert tag(study).agent_class.value == "msc"


@pytest.mark.parametrize(
    ("title", "conditions", "skin"),
    [
        ("Cells for cicatricial conjunctivitis", ("Stevens-Johnson Syndrome",), "no"),
        ("Cells for blisters", ("Stevens-Johnson Syndrome",), "yes"),
        ("Prevention of scarring after trabeculectomy", (), "no"),
        ("Cells for uremic calciphylaxis", ("Chronic Kidney Diseases",), "yes"),
    ],
)
def test_the_site_decides_for_diseases_of_skin_and_membranes(title, conditions, skin):
    assert tag(record(title, conditions=conditions)).cutaneous.value == skin


@pytest.mark.parametrize(
    "said",
    [
        "Low-dose radiation inhibits fibroblast and osteoblast activity.",
        "The drug stimulates fibroblasts to make collagen.",
        "The dose suppresses keratinocyte proliferation.",
        "It blocks the activation of T cells, NK cells and keratinocytes.",
    ],
)
def test_cells_of_the_body_that_something_acts_on_are_not_given(said):
    found = tag(record("Low-dose radiation after surgery", description=said, summary=said))
    assert found.agent_class.value == "other" and "given" not in {role for _, role in found.agents}


@pytest.mark.parametrize(
    "said", ["Stimulated keratinocytes are applied.", "Keratinocytes activated by light are applied."]
)
def test_a_product_of_treated_cells_is_given(said):
    assert tag(record("A trial in burns", summary=said)).agent_class.value == "other_cell"


@pytest.mark.parametrize(
    ("title", "summary", "skin"),
    [
        ("Radiation to prevent complications of back surgery", "Scars form after it.", "no"),
        ("Radiation before a second operation", "Scars form on the spinal cord. Such scars hurt.", "no"),
        ("Radiation before a second operation", "Scars form on the skin over the spine.", "yes"),
        ("Radiation before a second operation", "Scars form after it.", "yes"),
    ],
)
def test_a_scar_that_only_a_summary_names_is_where_the_summary_says(title, summary, skin):
    found = tag(record(title, summary=summary))
    assert found.cutaneous.value == skin
