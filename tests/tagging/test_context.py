"""The words around a mention: what each cue must read, and what it must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.tagging.context import prior, read_mention, windows, words_around


def role(sentence: str, agent_class: str) -> str | None:
    """The role of the mention marked [so] in a sentence."""
    start = sentence.index("[")
    text = sentence.replace("[", "").replace("]", "")
    return read_mention(text, start, sentence.index("]") - 1, agent_class).role


@pytest.mark.parametrize(
    ("sentence", "agent_class"),
    [
        ("No [exosomes] were given to the control group.", "ev"),
        ("Cells were kept in [exosome]-free medium.", "ev"),
        ("Cells were kept in [exosome]-depleted serum.", "ev"),
        ("The control arm is treated without [PRP].", "prp"),
        ("A fat graft that is not enriched with [stem cells].", "msc"),
        ("No [MPCs-derived exosomes]", "ev"),
    ],
)
def test_a_stated_absence_is_excluded(sentence, agent_class):
    assert role(sentence, agent_class) == "excluded"


@pytest.mark.parametrize(
    "sentence",
    [
        "There was no significant difference between [exosomes] and placebo.",
        "Fat grafting with and without [mesenchymal stem cells] on one face.",
    ],
)
def test_a_negation_of_something_else_excludes_nothing(sentence):
    assert role(sentence, "ev") != "excluded"


@pytest.mark.parametrize(
    ("sentence", "agent_class"),
    [
        ("[Mesenchymal stem cell]-derived exosomes are injected.", "msc"),
        ("Exosomes derived from allogeneic [mesenchymal stem cells] are inhaled.", "msc"),
        ("MSC expanded with human plasma and [platelet lysate] were infused.", "prp"),
        ("Patients receive [adipose stem cell] component extract.", "msc"),
    ],
)
def test_what_a_product_is_made_from_is_the_source(sentence, agent_class):
    assert role(sentence, agent_class) == "source"


@pytest.mark.parametrize(
    ("sentence", "agent_class"),
    [
        ("Serum [exosomes] were isolated at baseline.", "ev"),
        ("We will measure circulating [exosomal] microRNA.", "ev"),
        ("Urinary [exosomes] predict response.", "ev"),
        ("Effects of ticagrelor on [microparticles] in blood.", "ev"),
        ("Expression of [miR]-210 in wound edge skin.", "mirna"),
    ],
)
def test_an_assay_is_measured(sentence, agent_class):
    assert role(sentence, agent_class) == "measured"


@pytest.mark.parametrize(
    ("sentence", "agent_class"),
    [
        ("Patients will receive topical [exosomes] twice a week.", "ev"),
        ("Efficacy and safety of [extracellular vesicles] in patients with burns.", "ev"),
        ("Treatment of facial scars with [platelet-rich plasma].", "prp"),
        ("Intradermal injection of the [miR-29b mimic] into healthy skin.", "mirna"),
        ("Two concentrations of intradermal [avotermin] in healthy volunteers.", "growth_factor"),
    ],
)
def test_what_people_receive_is_given(sentence, agent_class):
    assert role(sentence, agent_class) == "given"


@pytest.mark.parametrize(
    "sentence",
    [
        "[Exosomes] loaded with curcumin are taken by mouth.",
        "[Exosomes] with KRAS G12D siRNA are infused.",
        "allogenic [exosome] enriched by miR-124",
        "Paclitaxel-loaded [exosomes] are infused.",
    ],
)
def test_a_vesicle_with_cargo_is_a_carrier(sentence):
    assert role(sentence, "ev") == "carrier"


def test_cells_enriched_by_vesicles_do_not_make_the_vesicle_a_carrier():
    assert role("Mesenchymal stem cells enriched by [extracellular vesicles] are implanted.", "ev") == "given"


@pytest.mark.parametrize(
    "sentence",
    ["The cells secrete [exosomes] that calm inflammation.", "MSC act through paracrine [exosomes]."],
)
def test_a_mechanism_is_background(sentence):
    assert role(sentence, "ev") == "background"


@pytest.mark.parametrize(
    "sentence",
    [
        "Inhibition of [VEGF] in wet macular degeneration.",
        "[VEGF] blockade for retinopathy.",
        "Treatment with anti-[VEGF].",
    ],
)
def test_a_growth_factor_that_is_the_target_is_not_given(sentence):
    assert role(sentence, "growth_factor") == "background"


def test_earlier_treatment_is_prior():
    text = "History of receiving mesenchymal stem cell or exosome therapy."
    start = text.index("exosome")
    found = prior(words_around(text, start, start + 7))
    assert found is not None and found.role == "prior"
    assert prior(words_around("Exosome therapy is given.", 0, 7)) is None


def test_windows_stop_at_sentences_but_not_at_abbreviations():
    text = "Nothing here. PRP vs. exosomes in scars. Something else."
    start = text.index("exosomes")
    assert windows(text, start, start + 8) == (" PRP vs. ", " in scars")


@given(
    st.text(),
    st.integers(0, 50),
    st.integers(0, 50),
    st.sampled_from(["ev", "msc", "mirna", "growth_factor", "prp"]),
)
def test_any_text_is_read_without_failing(text, start, length, agent_class):
    start = min(start, len(text))
    read_mention(text, start, min(len(text), start + length), agent_class)
