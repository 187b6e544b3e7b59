"""The loader refuses every kind of slip and says where it is."""

import pytest

from skinproof.errors import VocabularyError
from skinproof.vocabulary.loader import Vocabulary, load_vocabulary

CODES = b"# note\ncurie,label,source\nMESH:D055354,Exosomes,MeSH\n"
AGENT = "kind: agent\nsource:\n  mesh: MeSH\nterms:\n"
INDICATION = "kind: indication\nsource:\n  mesh: MeSH\nterms:\n"
EV = "  - id: ev\n    label: Extracellular vesicle\n    class: ev\n    source: mesh\n"
EXOSOME = "  - id: exosome\n    label: Exosome\n    parents: [ev]\n    source: mesh\n"


def load(*files: str, codes: bytes = CODES) -> Vocabulary:
    named = {f"terms/{number}.yml": body.encode() for number, body in enumerate(files)}
    return load_vocabulary({"codes.csv": codes, **named})


def refusal(*files: str, codes: bytes = CODES) -> str:
    with pytest.raises(VocabularyError) as caught:
        load(*files, codes=codes)
    return str(caught.value)


def test_a_good_file_loads_with_class_and_flags_from_the_parents() -> None:
    """A child without its own class must not fall into no row of the map."""
    vocabulary = load(AGENT + EV + EXOSOME + "    codes: [MESH:D055354]\n    also: [ev]\n")
    assert vocabulary.terms["agent:exosome"].agent_class == "ev"
    assert vocabulary.terms["agent:exosome"].codes == ("MESH:D055354",)
    assert vocabulary.codes["MESH:D055354"].label == "Exosomes"


def test_what_a_term_says_itself_outweighs_its_parents() -> None:
    """A wound inside the nose lies under wounds, yet is not about skin."""
    root = "  - {id: wound, label: Wound, cutaneous: yes, aesthetic: no, source: mesh}\n"
    child = "  - {id: nose, label: Nasal wound, parents: [wound], cutaneous: no, source: mesh}\n"
    vocabulary = load(INDICATION + root + child)
    assert (
        vocabulary.terms["indication:wound"].cutaneous,
        vocabulary.terms["indication:nose"].cutaneous,
    ) == (
        "yes",
        "no",
    )
    assert vocabulary.terms["indication:nose"].aesthetic == "no"


REFUSED = {
    "duplicate id": (AGENT + EV + EV.replace("vesicle", "thing"), ":9: term agent:ev: id stands twice"),
    "duplicate key": (AGENT + EV + "    label: Again\n", ":9: term agent:ev: key 'label' stands twice"),
    "duplicate key at the top": (AGENT + EV + "kind: agent\n", ":9: key 'kind' stands twice"),
    "unknown key": (AGENT + EV + "    synonym: [EVs]\n", "unknown key 'synonym'; known: also, class"),
    "flag on an agent": (AGENT + EV + "    cutaneous: yes\n", "unknown key 'cutaneous'"),
    "unknown key at the top": (AGENT + EV + "note: x\n", ":9: unknown key 'note'"),
    "unknown code": (
        AGENT + EV + "    codes: [MESH:D000001]\n",
        ":9: term agent:ev: unknown code MESH:D000001",
    ),
    "bad class": (
        AGENT + EV.replace("class: ev", "class: vesicle"),
        ":7: term agent:ev: class 'vesicle' is not",
    ),
    "bad flag": (
        INDICATION + "  - {id: a, label: A a, cutaneous: maybe, aesthetic: no, source: mesh}\n",
        "cutaneous 'maybe' is not one of yes, no, context",
    ),
    "bad group": (AGENT + EV + "    group: yes\n", "group 'yes' is not one of true, false"),
    "no class anywhere": (AGENT + EV.replace("    class: ev\n", ""), "has no class and no parent"),
    "dangling parent": (AGENT + EXOSOME, ":7: term agent:exosome: parent agent:ev does not exist"),
    "dangling also": (AGENT + EV + "    also: [pdrn]\n", ":9: term agent:ev: also agent:pdrn does not exist"),
    "cycle": (
        AGENT + EV + "    parents: [exosome]\n" + EXOSOME,
        "its parents lead back to itself: agent:ev > agent:exosome > agent:ev",
    ),
    "own parent": (AGENT + EV + "    parents: [ev]\n", "lead back to itself: agent:ev > agent:ev"),
    "missing label": (
        AGENT + "  - {id: ev, class: ev, source: mesh}\n",
        ":5: term agent:ev: missing 'label'",
    ),
    "missing source": (
        AGENT + "  - {id: ev, label: EV x, class: ev}\n",
        ":5: term agent:ev: missing 'source'",
    ),
    "missing id": (AGENT + "  - {label: EV x, class: ev, source: mesh}\n", ":5: term agent:?: missing 'id'"),
    "bad id": (AGENT + "  - {id: E V, label: EV x, class: ev, source: mesh}\n", "id 'E V' may hold only"),
    "empty source": (AGENT + "  - {id: ev, label: EV x, class: ev, source: []}\n", "source is an empty list"),
    "unknown source": (AGENT + EV.replace("source: mesh", "source: hearsay"), "source 'hearsay' is neither"),
    "empty surface": (AGENT + EV + '    synonyms: ["  "]\n', ":9: term agent:ev: empty text"),
    "surface of dashes": (AGENT + EV + '    synonyms: ["--"]\n', "form '--' holds nothing to look for"),
    "missing value": (AGENT + EV + "    synonyms: [a, null, '']\n", "empty text"),
    "needs of an unlisted form": (
        AGENT + EV + "    exact: [EVs]\n    needs: {EV: [vesicle]}\n",
        ":10: term agent:ev: needs 'EV', which is not among the forms",
    ),
    "needs without words": (
        AGENT + EV + "    exact: [EV]\n    needs: {EV: []}\n",
        "needs 'EV' lists no context",
    ),
    "form twice in a term": (
        AGENT + EV + "    synonyms: [Extracellular-Vesicle]\n",
        "stands twice in this term",
    ),
    "unknown kind": (AGENT.replace("agent", "drug") + EV, ":1: unknown kind 'drug'; known: agent"),
    "no terms key": ("kind: agent\nsource: {mesh: MeSH}\n", "missing 'terms' at the top of the file"),
    "terms is no list": ("kind: agent\nsource: {mesh: MeSH}\nterms: {}\n", "`terms` must be a list"),
    "term is no mapping": (AGENT + "  - exosome\n", ":5: term agent:?: expected `key: value` lines here"),
    "list for text": (AGENT + EV.replace("Extracellular vesicle", "[a, b]"), "expected one piece of text"),
    "not YAML": (AGENT + "  - {id: ev\n", "not readable as YAML"),
    "empty file": ("", "empty file"),
    "two documents": (AGENT + EV + "---\nkind: agent\n", "not readable as YAML"),
    "no term at all": (AGENT.replace("terms:", "terms: []"), "no vocabulary terms"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_slip_is_refused_with_its_place(name: str) -> None:
    """A slip that loads silently would move tags, or drop a term from every count."""
    body, message = REFUSED[name]
    found = refusal(body)
    assert message in found
    assert name == "no term at all" or found.startswith("terms/0.yml")


@pytest.mark.parametrize("form", ["exosome like", "Exosome-Like", "EXOSOME–LIKE", " exosome  like "])
def test_one_form_cannot_belong_to_two_terms_of_a_kind(form: str) -> None:
    """Two owners of one form would count the same words as two agents."""
    first = EV + "    synonyms: [exosome-like]\n"
    found = refusal(AGENT + first, AGENT + EXOSOME + f'    synonyms: ["{form}"]\n')
    assert "already belongs to agent:ev (terms/0.yml:5)" in found
    assert found.startswith("terms/1.yml:9: term agent:exosome:")


def test_an_exact_form_counts_as_the_same_form() -> None:
    """Case alone cannot tell two terms apart, because one of them counts in any case."""
    found = refusal(AGENT + EV + "    exact: [EXO]\n" + EXOSOME + "    synonyms: [exo]\n")
    assert "form 'exo' already belongs to agent:ev" in found


def test_terms_of_two_kinds_may_share_a_form() -> None:
    """A fat graft is an agent and a procedure."""
    procedure = (
        "kind: procedure\nsource: {m: x}\nterms:\n  - {id: ev, label: Extracellular vesicle, source: m}\n"
    )
    assert set(load(AGENT + EV, procedure).terms) == {"agent:ev", "procedure:ev"}


def test_parents_that_differ_must_be_settled_by_the_term() -> None:
    """A silent choice between two parents would depend on their order."""
    roots = EV + "  - {id: msc, label: MSC x, class: msc, source: mesh}\n"
    child = "  - {id: both, label: Both x, parents: [ev, msc], source: mesh}\n"
    assert "its parents differ in class (ev, msc)" in refusal(AGENT + roots + child)
    settled = child.replace("source", "class: ev, source")
    assert load(AGENT + roots + settled).terms["agent:both"].agent_class == "ev"


def test_registry_ids_and_dois_are_sources_by_themselves() -> None:
    """A product name cites the record it was seen in without a line at the top of the file."""
    for source in ("NCT99999901", "10.1000/xyz", "PMID 1", "EudraCT 2020-000000-00", "[mesh, NCT99999901]"):
        load(AGENT + EV.replace("source: mesh", f"source: {source}"))


def test_bytes_that_are_no_text_are_refused() -> None:
    """A file saved in another encoding must not lose its letters silently."""
    with pytest.raises(VocabularyError, match=r"a\.yml: not UTF-8"):
        load_vocabulary({"codes.csv": CODES, "a.yml": b"\xff\xfe"})
    with pytest.raises(VocabularyError, match=r"codes\.csv: not UTF-8"):
        load_vocabulary({"codes.csv": b"\xff", "a.yml": b""})


def test_a_code_list_with_slips_is_refused() -> None:
    """A code without label or twice could attach the wrong concept."""
    assert "codes.csv:4: code MESH:D055354 stands twice" in refusal(
        AGENT + EV, codes=CODES + b"MESH:D055354,X,MeSH\n"
    )
    assert "codes.csv:4: expected curie,label,source" in refusal(AGENT + EV, codes=CODES + b"MESH:D1,,MeSH\n")
    assert "codes.csv:4: expected" in refusal(AGENT + EV, codes=CODES + b"MESH:D1,a,MeSH,b\n")


def test_the_version_follows_the_terms_only() -> None:
    """Comments and file names must not make every study be read again; a new form must."""
    plain = load(AGENT + EV + EXOSOME)
    parted = load("# a comment\n" + AGENT + EXOSOME, AGENT + EV)
    assert plain.version == parted.version
    assert plain.version != load(AGENT + EV + EXOSOME + "    synonyms: [exosomal]\n").version
