"""The vocabulary that ships: wide enough, well hung together, true to its code list."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from skinproof.model.tags import AGENT_CLASSES
from skinproof.vocabulary.loader import Vocabulary, bundled_files, load_bundled
from skinproof.vocabulary.term import KINDS

VESICLE_WORDS = ("vesicle", "vesicles", "exosome", "exosomes", "exosomal")

UNUSED = {
    "site": "body sites: no kind of term names one yet",
}
"""Roles of the shared code table whose codes no term carries, with the reason."""


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return load_bundled()


def test_it_names_enough_of_the_field(vocabulary: Vocabulary) -> None:
    """A complaint without a term falls out of the map."""
    skin = set(vocabulary.descendants("indication:skin"))
    outside = set(vocabulary.descendants("indication:outside-skin"))
    assert len(skin) >= 80 and len(outside) >= 30 and not skin & outside
    assert {t.agent_class for t in vocabulary.terms.values() if t.kind == "agent"} == set(AGENT_CLASSES)
    assert {t.kind for t in vocabulary.terms.values()} == set(KINDS)


@pytest.mark.parametrize(
    ("form", "term"),
    [
        ("exosomes", "agent:exosome"),
        ("microvesicles", "agent:microvesicle"),
        ("ectosome", "agent:microvesicle"),
        ("DB-001", "agent:exoflo"),
        ("AGLE-102", "agent:agle_102"),
        ("UNEX-42", "agent:unex_42"),
        ("mesenchymal stromal cells", "agent:msc"),
        ("conditioned media", "agent:conditioned_medium"),
        ("secretome", "agent:secretome"),
        ("rhEGF", "agent:egf"),
        ("bFGF", "agent:fgf"),
        ("becaplermin", "agent:pdgf"),
        ("TGF-β3", "agent:tgf_beta"),
        ("PRP", "agent:prp"),
        ("PRF", "agent:prf"),
        ("PEP", "agent:pep"),
        ("argireline", "agent:acetyl_hexapeptide"),
        ("miRNAs", "agent:mirna"),
        ("PDRN", "agent:pdrn"),
        ("platelet lysate", "agent:platelet_lysate"),
        ("androgenetic alopecia", "indication:androgenetic_alopecia"),
        ("diabetic foot ulcers", "indication:diabetic_foot"),
        ("keloids", "indication:keloid"),
        ("photoaging", "indication:photoageing"),
        ("haemostasis", "process:haemostasis"),
        ("hemostasis", "process:haemostasis"),
        ("remodeling", "process:remodelling"),
        ("micro-needling", "procedure:needling"),
        ("fractional CO2 laser", "procedure:ablative_laser"),
        ("Wharton's jelly", "source:wharton_jelly"),
    ],
)
def test_words_people_use_lead_to_the_term(vocabulary: Vocabulary, form: str, term: str) -> None:
    """These are the words of the question the project answers."""
    assert term in vocabulary.terms_for(form)


@pytest.mark.parametrize(
    ("term", "cutaneous", "aesthetic"),
    [
        ("hemifacial_atrophy", "yes", "yes"),
        ("keloid", "yes", "yes"),
        ("caesarean_scar", "yes", "yes"),
        ("scarring_alopecia", "yes", "yes"),
        ("vitiligo", "yes", "yes"),
        ("oily_skin", "yes", "yes"),
        ("burn", "yes", "no"),
        ("burn_scar", "yes", "yes"),
        ("diabetic_foot", "yes", "no"),
        ("systemic_sclerosis", "yes", "no"),
        ("melanoma", "yes", "no"),
        ("egfr_rash", "yes", "no"),
        ("mucosal_wound", "no", "no"),
        ("oral_mucositis", "no", "no"),
        ("frailty", "no", "no"),
        ("gvhd", "no", "no"),
    ],
)
def test_flags_follow_the_labelled_table(
    vocabulary: Vocabulary, term: str, cutaneous: str, aesthetic: str
) -> None:
    """The two counts of the review, cutaneous and aesthetic, rest on these flags."""
    found = vocabulary.terms[f"indication:{term}"]
    assert (found.cutaneous, found.aesthetic) == (cutaneous, aesthetic)


@pytest.mark.parametrize(
    "form", ["EV", "MSC", "PRP", "PEP", "EGF", "ASC", "SVF", "CM", "EB", "AA", "AD", "SSc", "HS", "TEN"]
)
def test_short_forms_count_only_in_their_case_and_context(vocabulary: Vocabulary, form: str) -> None:
    """EB is also a virus, AD also a dementia, TEN also a number."""
    found = [s for s in vocabulary.surfaces() if s.text.lower() == form.lower()]
    assert found and all(s.case_sensitive and s.needs for s in found)


def test_no_form_of_two_letters_counts_in_any_case(vocabulary: Vocabulary) -> None:
    """Two letters in any case are a word of some language."""
    assert [s for s in vocabulary.surfaces() if len(s.text) <= 2 and not s.case_sensitive] == []


def test_receptors_are_not_growth_factors(vocabulary: Vocabulary) -> None:
    """Half of all EGF mentions in registries are about its receptor."""
    assert "epidermal growth factor receptor" in vocabulary.terms["agent:egf"].unless


def test_every_exosome_word_lies_under_extracellular_vesicles(vocabulary: Vocabulary) -> None:
    """The count of EV trials is the count of this branch."""
    branch = set(vocabulary.descendants("agent:ev"))
    strays = [
        s for s in vocabulary.surfaces()
        if s.term_id.startswith("agent:") and s.term_id not in branch
        and any(word in VESICLE_WORDS for word in re.split(r"\W+", s.text.lower()))
    ]  # fmt: skip
    assert strays == []
    assert {vocabulary.terms[key].agent_class for key in branch} == {"ev"}


def test_exosome_finds_extracellular_vesicle(vocabulary: Vocabulary) -> None:
    """`find exosome` must not miss the records that follow the naming rules of the field."""
    found = vocabulary.synonyms_of_word("exosome")
    assert {"extracellular vesicle", "microvesicles", "exosomal", "exoflo"} <= set(found)
    assert "ev" not in found


def test_all_terms_but_the_roots_have_a_place(vocabulary: Vocabulary) -> None:
    """An indication outside both branches would be in no column."""
    assert vocabulary.top_level("indication") == ("indication:skin", "indication:outside-skin")
    branches = set(vocabulary.children("indication:skin"))
    named = {
        "hair",
        "wound",
        "burn",
        "scar",
        "pigment",
        "ageing",
        "inflammatory",
        "skin_cancer",
        "genodermatosis",
    }
    assert {f"indication:{name}" for name in named} <= branches
    for key, term in vocabulary.terms.items():
        assert key in vocabulary.descendants(key)
        assert key not in vocabulary.ancestors(key)
        assert all(vocabulary.terms[parent].kind == term.kind for parent in term.parents)


def _table(shared: Path) -> Iterator[dict[str, str]]:
    with (shared / "domain" / "vocab.csv").open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def test_the_code_list_is_the_shared_one(vocabulary: Vocabulary, shared: Path) -> None:
    """A code or label that differs from its source points readers to another concept."""
    rows = list(_table(shared))
    assert {row["curie"]: row["label_in_source"] for row in rows} == {
        code.curie: code.label for code in vocabulary.codes.values()
    }


def test_every_code_is_carried_or_left_out_for_a_reason(vocabulary: Vocabulary, shared: Path) -> None:
    """A concept of the code table without a term could not be counted."""
    used = {code for term in vocabulary.terms.values() for code in term.codes}
    left = {row["role"] for row in _table(shared) if row["curie"] not in used}
    assert left == set(UNUSED)


def test_code_traps_are_stepped_around(vocabulary: Vocabulary) -> None:
    """MONDO:0005594 is cross-referenced to MeSH Cicatrix by mistake; melasma has no Mondo term."""
    carriers = {code: t.id for t in vocabulary.terms.values() for code in t.codes}
    assert carriers["MONDO:0005594"] == "indication:severe_drug_reaction"
    assert carriers["MESH:D002921"] == "indication:scar"
    assert vocabulary.terms["indication:melasma"].codes == ("MESH:D008548",)


def test_each_code_stands_in_one_term(vocabulary: Vocabulary) -> None:
    """One concept under two terms would be counted twice."""
    codes = [code for term in vocabulary.terms.values() for code in term.codes]
    assert sorted(codes) == sorted(set(codes))


def test_files_stay_short_enough_to_review() -> None:
    """A list nobody reads to its end hides its mistakes."""
    files = bundled_files()
    assert "codes.csv" in files
    assert max(body.count(b"\n") for name, body in files.items() if name.endswith(".yml")) <= 450


def test_plain_search_words_for_vesicles_are_found_in_real_records(
    vocabulary: Vocabulary, shared: Path
) -> None:
    """No labelled vesicle study may be without any vesicle form in its facts."""
    branch = set(vocabulary.descendants("agent:ev"))
    forms = [s.text.lower().replace("-", " ") for s in vocabulary.surfaces() if s.term_id in branch]
    with (shared / "gold" / "trials_from_pages.csv").open(encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row["agent_class"] == "ev"]
    missed = [
        row["registry_id"] for row in rows
        if not any(form in row["source_material"].lower().replace("-", " ") for form in forms)
    ]  # fmt: skip
    assert rows and missed == []
