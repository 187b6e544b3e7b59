"""One study in, all its tags out: who gets what, what it is about, and the words that say so."""

import gzip
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.model.record import StudyRecord
from skinproof.model.tags import AGENT_CLASSES, ROLES, StudyTags
from skinproof.studies.documents import study_text
from skinproof.tagging.kernel import RULES, Tagger
from skinproof.vocabulary.loader import load_bundled
from tests.tagging.records import record

TAGGER = Tagger(load_bundled())
OTHER = Tagger(load_bundled())


def tag(study: StudyRecord) -> StudyTags:
    return TAGGER.tag(study, study_text(study))


def calls(study: StudyRecord) -> tuple[str, str]:
    found = tag(study)
    return found.agent_class.value, found.ev_role.value


DRUG = "BIOLOGICAL"


def test_exosomes_in_an_intervention_are_given():
    study = record(
        "Synthetic: a gel for wounds", study_type="INTERVENTIONAL", purpose="TREATMENT",
        arms=(("EXPERIMENTAL", "Gel", "daily"), ("PLACEBO_COMPARATOR", "Vehicle", "daily")),
        interventions=((DRUG, "MSC-derived exosomes", "topical", ("Gel",)),),
    )  # fmt: skip
    assert calls(study) == ("ev", "therapeutic")
    assert ("agent:msc_ev", "given") in tag(study).agents


def test_exosomes_that_are_only_measured_are_a_biomarker():
    study = record("Urinary exosomal proteins in thyroid cancer", summary="Urine exosomes will be analysed.")
    assert calls(study) == ("ev", "biomarker")
    assert tag(study).agents[0] == ("agent:exosome", "measured")


def test_exosomes_in_a_reference_or_told_as_mechanism_leave_the_cells_the_agent():
    study = record(
        "Mesenchymal stem cells in stroke", description="MSC secrete exosomes that calm inflammation.",
        interventions=((DRUG, "Mesenchymal stem cells", "", ()),), citations=("Exosomes in stroke. 2015.",),
    )  # fmt: skip
    assert calls(study) == ("msc", "none")
    assert ("agent:exosome", "background") in tag(study).agents


def test_a_loaded_exosome_is_a_drug_carrier_and_its_role_is_carrier():
    study = record(
        "Exosomes loaded with curcumin in colon cancer",
        summary="Patients receive exosomes loaded with curcumin.",
    )
    assert calls(study) == ("ev", "drug_carrier")
    assert ("agent:exosome", "carrier") in tag(study).agents


def test_an_arm_that_gets_vesicles_beside_cells_makes_a_vesicle_study():
    study = record(
        "Mesenchymal stem cell therapy in lung injury", study_type="INTERVENTIONAL",
        arms=(("EXPERIMENTAL", "Two MSC infusions", ""), ("EXPERIMENTAL", "MSC plus two EVs infusions", "exosomes")),
        interventions=((DRUG, "Cell therapy", "MSC", ("Two MSC infusions",)),),
    )  # fmt: skip
    assert calls(study) == ("ev", "therapeutic")


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Secretome of mesenchymal stem cells for burns", "conditioned_medium"),
        ("Mesenchymal stem cells and conditioned medium for keloid", "conditioned_medium"),
        ("Stem cells and platelet-rich plasma in scars", "prp"),
        ("Fat injection and platelet-rich plasma in facial scars", "prp"),
        ("Keratinocyte suspension versus adipose-derived stem cells with keratinocytes", "other_cell"),
        ("Bone marrow mesenchymal stem cells and mononuclear cells in foot ulcer", "msc"),
        ("Stromal vascular fraction for systemic sclerosis", "other_cell"),
        ("Becaplermin gel for leg ulcers", "growth_factor"),
        ("Topical acetyl hexapeptide-8 and oily skin", "peptide"),
        ("Intradermal remlarsen in keloid", "mirna"),
        ("Polydeoxyribonucleotide injection for wrinkles", "pdrn"),
        ("Dehydrated human amnion allograft in diabetic foot ulcer", "other"),
        ("Timolol for infantile hemangioma", "other"),
        ("microRNAs in psoriasis skin", "other"),
    ],
)
def test_the_class_of_a_title(title, expected):
    assert tag(record(title)).agent_class.value == expected


def test_the_title_names_the_agent_where_interventions_add_another():
    study = record(
        "Adipose-derived stem cells in lung disease", study_type="INTERVENTIONAL", purpose="TREATMENT",
        interventions=((DRUG, "Stem cells with platelet-rich plasma", "", ()),),
    )  # fmt: skip
    assert tag(study).agent_class.value == "msc"


def test_an_agent_of_the_comparator_arm_alone_is_a_comparator():
    study = record(
        "A gel for wounds", study_type="INTERVENTIONAL", purpose="TREATMENT",
        arms=(("EXPERIMENTAL", "A", "conditioned medium gel"), ("ACTIVE_COMPARATOR", "B", "")),
        interventions=((DRUG, "Conditioned medium", "", ("A",)), (DRUG, "Platelet-rich plasma", "", ("B",))),
    )  # fmt: skip
    found = tag(study)
    assert found.agent_class.value == "conditioned_medium"
    assert ("agent:prp", "comparator") in found.agents


def test_eligibility_text_gives_nothing():
    study = record(
        "A cream for scars", eligibility="No prior platelet-rich plasma; history of exosome therapy"
    )
    found = tag(study)
    assert found.agent_class.value == "other" and found.ev_role.value == "none"
    assert dict(found.agents) == {"agent:prp": "prior", "agent:exosome": "prior"}


@pytest.mark.parametrize(
    ("title", "conditions", "cutaneous", "aesthetic"),
    [
        ("A gel", ("Diabetic Foot Ulcer",), "yes", "no"),
        ("A gel", ("Keloid",), "yes", "yes"),
        ("A gel", ("Androgenetic Alopecia",), "yes", "yes"),
        ("A gel", ("Psoriasis",), "yes", "no"),
        ("A gel for wound healing after endonasal surgery", ("Nasal surgery wound",), "no", "no"),
        ("A gel for corneal burns", ("Chemical Burns",), "no", "no"),
        ("A gel", ("Ulcerative Colitis",), "no", "no"),
        ("A gel", ("Critical Limb Ischemia",), "no", "no"),
        ("A gel for ulcers in critical limb ischemia", ("Critical Limb Ischemia",), "yes", "no"),
        ("Bone marrow cells in chronic wounds", ("Non Healing Wounds",), "yes", "no"),
    ],
)
def test_skin_and_appearance(title, conditions, cutaneous, aesthetic):
    found = tag(record(title, conditions=conditions))
    assert (found.cutaneous.value, found.aesthetic.value) == (cutaneous, aesthetic), found.cutaneous.reason


def test_a_condition_of_eligibility_is_not_what_the_study_is_about():
    found = tag(record("A cream", conditions=("Asthma",), eligibility="Exclusion: psoriasis, burns"))
    assert found.cutaneous.value == "no"
    assert "indication:psoriasis" not in found.indications
    roles = {t.role for t in found.tags if t.term == "indication:psoriasis"}
    assert roles == {"background"}


def test_only_the_most_specific_indications_are_listed():
    found = tag(record("Alopecia: androgenetic alopecia", conditions=("Androgenetic alopecia",)))
    assert found.indications == ("indication:androgenetic_alopecia",)


def test_a_general_word_for_the_same_thing_is_not_called_off_topic():
    found = tag(record("Wound care in diabetic foot ulcer", conditions=("Diabetic foot ulcer",)))
    assert "indication:wound" not in found.indications
    assert {t.role for t in found.tags if t.term == "indication:wound"} == {None}


def test_cells_that_are_measured_in_the_title_are_not_given():
    found = tag(record("Mesenchymal stem cell response measured in burns"))
    assert found.agent_class.value == "other" and found.agents == (("agent:msc", "measured"),)


def test_a_yes_on_skin_shows_its_words():
    found = tag(record("A gel", conditions=("Keloid",)))
    (shown,) = [t for t in found.tags if t.property == "cutaneous"]
    assert (shown.quote, shown.term, shown.field) == (
        "Keloid",
        "yes",
        "protocolSection.conditionsModule.conditions[0]",
    )


def test_a_record_with_nothing_says_other_none_no_no():
    found = tag(StudyRecord())
    assert [found.agent_class.value, found.ev_role.value, found.cutaneous.value, found.aesthetic.value] == [
        "other", "none", "no", "no",
    ]  # fmt: skip
    assert found.tags == () and found.suggestions == ()


def test_the_version_moves_with_rules_and_vocabulary(monkeypatch):
    small = Tagger(type(TAGGER.vocabulary)(list(TAGGER.vocabulary.terms.values())[:5]))
    assert small.version != TAGGER.version
    assert Tagger(load_bundled()).version == TAGGER.version
    monkeypatch.setitem(RULES, "match", "match/999")
    assert Tagger(load_bundled()).version != TAGGER.version


WORDS = st.sampled_from(
    ["exosomes", "Exome", "exosime", "MSC", "EVs", "vesicle", "PRP", "platelet-rich plasma", "no", "prior", "serum", "with",
     "mesenchymal stem cells", "derived from", "topical", "injection", "keloid", "burn", "İstanbul", "ß", "µ", ".", "\n\n",
     "  ", "loaded with siRNA", "levels of", "laser", "hair loss", "miR-21", "becaplermin", "scar", "limb ischemia", "\x1f"]
)  # fmt: skip
TEXTS = st.one_of(st.none(), st.text(max_size=80), st.lists(WORDS, max_size=14).map(" ".join))
RECORDS = st.builds(
    record,
    TEXTS.map(lambda t: t or ""),
    official=TEXTS,
    summary=TEXTS,
    description=TEXTS,
    conditions=st.lists(TEXTS.map(lambda t: t or ""), max_size=2).map(tuple),
    keywords=st.lists(WORDS, max_size=2).map(tuple),
    study_type=st.sampled_from([None, "INTERVENTIONAL", "OBSERVATIONAL", "EXPANDED_ACCESS"]),
    purpose=st.sampled_from([None, "TREATMENT", "BASIC_SCIENCE", "DIAGNOSTIC"]),
    arms=st.lists(
        st.tuples(st.sampled_from(["EXPERIMENTAL", "ACTIVE_COMPARATOR", "NO_INTERVENTION"]), WORDS, WORDS), max_size=2
    ).map(tuple),
    interventions=st.lists(
        st.tuples(st.sampled_from(["DRUG", "DIAGNOSTIC_TEST", "OTHER"]), WORDS, WORDS, st.lists(WORDS, max_size=1).map(tuple)),
        max_size=2,
    ).map(tuple),
    outcomes=st.lists(WORDS, max_size=2).map(tuple),
    eligibility=TEXTS,
    citations=st.lists(WORDS, max_size=1).map(tuple),
)  # fmt: skip


@given(RECORDS)
def test_every_tag_and_suggestion_quotes_its_field(study):
    text = study_text(study)
    fields = {field.path: field.text for field in text.fields}
    found = TAGGER.tag(study, text)
    for said in (*found.tags, *found.suggestions):
        assert fields[said.field][said.start : said.end] == said.quote
        assert said.quote and said.reason
    assert found.agent_class.value in AGENT_CLASSES
    assert {role for _, role in found.agents} <= set(ROLES)
    assert len({term for term, _ in found.agents}) == len(found.agents)


@given(RECORDS)
def test_the_same_study_is_tagged_the_same_twice(study):
    first = TAGGER.tag(study, study_text(study))
    again = OTHER.tag(study, study_text(study))
    assert msgspec.json.encode(first) == msgspec.json.encode(again)


@pytest.mark.parametrize("name", ["msc_v2", "trial_texts_v2"])
def test_real_records_quote_their_fields(shared, name):
    with gzip.open(shared / "data" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % 20:
                continue
            study = msgspec.convert(json.loads(line), StudyRecord, strict=False)
            text = study_text(study)
            found = TAGGER.tag(study, text)
            fields = {field.path: field.text for field in text.fields}
            for said in (*found.tags, *found.suggestions):
                assert fields[said.field][said.start : said.end] == said.quote
