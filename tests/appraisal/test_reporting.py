"""The reporting score: every item has an answer, denominators leave out what cannot be asked, gaps can be acted on."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.appraisal.answers import _ANSWERS
from skinproof.appraisal.items import REQUIREMENTS, load_items
from skinproof.appraisal.reporting import DOCUMENTS, gaps, item_counts, score_preparation, score_study
from skinproof.errors import UsageError
from skinproof.model.findings import STATES, Finding, Preparation
from skinproof.model.tags import AGENT_CLASSES
from skinproof.vocabulary.loader import load_bundled
from tests.appraisal.made import FULL, finding, preparation, reading


def without(whole: Preparation, *names: str) -> Preparation:
    return msgspec.structs.replace(
        whole, findings=tuple(f for f in whole.findings if f.property not in names)
    )


def with_(whole: Preparation, *findings: Finding) -> Preparation:
    rest = without(whole, *(f.property for f in findings))
    return msgspec.structs.replace(rest, findings=(*rest.findings, *findings))


def test_there_are_thirty_items_each_with_an_answer_and_known_classes() -> None:
    items = load_items()
    assert len(items.items) == 30 and {item.id for item in items.items} == set(_ANSWERS)
    for item in items.items:
        assert item.requirement in REQUIREMENTS and set(item.classes) <= set(AGENT_CLASSES)
        for name in item.basis.split("; "):
            assert name in items.source or name == "our extension", name


def test_the_marker_categories_are_those_of_the_vocabulary() -> None:
    """A marker that only one of the two lists knows would be read and never counted."""
    vocabulary = load_bundled()
    headings = {t.id: t.label[6:8] for t in vocabulary.terms.values() if t.label.startswith("MISEV ")}
    listed = load_items()
    for term in vocabulary.terms.values():
        if term.kind == "marker" and term.id not in headings:
            above = sorted({headings[a] for a in vocabulary.ancestors(term.id) if a in headings})
            assert sorted(listed.categories(term.id.partition(":")[2])) == above, term.id
    known = {t.id for t in vocabulary.terms.values()}
    assert all(f"marker:{name}" in known for names in listed.markers.values() for name in names)


def test_a_product_that_reports_everything_has_a_share_of_one_and_no_gaps() -> None:
    score = score_preparation(FULL, "paper")
    assert score.share == 1.0 and score.n_reported == score.n_applicable == 29
    assert [item.id for item in score.items if item.state == "not_applicable"] == ["C5"]
    assert gaps(score) == () and score.document == "paper"
    assert score.item("I3").spans[0].quote == "120 nm"


def test_a_product_that_reports_nothing_has_gaps_mandatory_first() -> None:
    score = score_preparation(preparation(agents=("agent:exosome",)))
    assert score.share == 0.0 and score.n_applicable == 26
    order = [REQUIREMENTS.index(gap.requirement) for gap in gaps(score)]
    assert order == sorted(order) and len(order) == 26
    assert all(gap.missing and gap.asks for gap in gaps(score))


@pytest.mark.parametrize(
    ("item", "changed", "missing"),
    [
        ("S1", finding("species"), ("species",)),
        ("S3", finding("reporting"), ("donor screening",)),
        (
            "I3",
            finding("size", reading("120 nm", kind="diameter", low=120)),
            ("mode, median or mean", "the method"),
        ),
        ("C3", finding("markers", reading("cd9"), reading("tsg101")), ("three markers of vesicles",)),
        ("C1", finding("markers", reading("cd9", flags=("absent",))), ("a membrane protein of vesicles",)),
        (
            "C1",
            finding("markers", reading("cd73", flags=("of the source cells",))),
            ("a membrane protein of vesicles",),
        ),
        (
            "F1",
            finding("dose", reading("2 mL", kind="volume", low=2)),
            ("dose in particles, protein or cell equivalents",),
        ),
        ("F4", finding("purity", reading("sterility")), ("endotoxin",)),
        ("V1", finding("schedule"), ("schedule",)),
        ("Q3", finding("purity"), ("a ratio such as particles per µg protein",)),
        ("S2", finding("reporting"), ()),
    ],
)
def test_an_item_told_in_part_names_what_is_missing(
    item: str, changed: Finding, missing: tuple[str, ...]
) -> None:
    found = score_preparation(with_(FULL, changed)).item(item)
    assert found.missing == missing
    assert found.state == ("not_reported" if missing else "reported")


def test_two_global_amounts_are_two_kinds() -> None:
    particles = finding("dose", reading("1e9", kind="particles", low=1e9))
    one = score_preparation(preparation(particles)).item("Q1")
    assert one.state == "not_reported" and one.spans and "second" in one.missing[0]
    protein = finding("concentration", reading("5 ug/mL", kind="protein", low=5, per="mL"))
    assert score_preparation(preparation(particles, protein)).item("Q1").state == "reported"
    weighed = finding("concentration", reading("5 ug/mL", kind="mass", low=5, per="mL"))
    assert score_preparation(preparation(particles, weighed)).item("Q1").state == "not_reported"


def test_markers_only_tested_and_readings_that_compete_are_unclear() -> None:
    tested = finding("markers", reading("cd9", flags=("result not said",)))
    assert score_preparation(preparation(tested)).item("C1").state == "unclear"
    two = finding("source", reading("adipose"), reading("bone_marrow"), state="unclear")
    score = score_preparation(with_(FULL, two))
    assert score.item("S1").state == "unclear" and len(score.item("S1").spans) >= 2
    assert score.n_unclear == 1 and score.n_reported == score.n_applicable - 1
    assert gaps(score)[0].missing == ("which of the readings holds",)


def test_a_product_called_only_exosome_shows_that_word() -> None:
    called = finding("reporting", reading("claim:exosome", "exosomes"))
    score = score_preparation(preparation(called))
    assert score.item("G1").state == "not_reported" and score.item("G1").spans[0].quote == "exosomes"
    assert score.item("C5").state == "not_reported"


@pytest.mark.parametrize("agent_class", AGENT_CLASSES)
def test_every_class_of_product_has_a_score_over_what_can_be_asked(agent_class: str) -> None:
    score = score_preparation(preparation(agent_class=agent_class, agents=()))
    assert score.n_applicable > 0 and score.share == 0.0
    vesicle_items = {"C1", "I1", "I2", "Q3", "R1"}
    asked = {item.id for item in score.items if item.state != "not_applicable"}
    assert (vesicle_items <= asked) if agent_class == "ev" else vesicle_items.isdisjoint(asked)


def test_cells_are_not_asked_for_vesicle_markers_but_for_dose_and_donor() -> None:
    cells = preparation(
        finding("dose", reading("1e6 cells", kind="cells", low=1e6)),
        finding("donor", reading("autologous")),
        agent_class="msc",
    )
    score = score_preparation(cells)
    assert score.item("F1").state == "reported" and score.item("S3").state == "reported"
    assert score.item("P1").state == "not_applicable"


def test_measured_vesicles_are_not_asked_for_dose_or_potency() -> None:
    score = score_preparation(preparation(role="measured"))
    states = {item.id: item.state for item in score.items}
    assert states["F1"] == states["V1"] == states["S3"] == "not_applicable"
    assert states["I2"] == states["S1"] == "not_reported"


def test_a_study_is_as_well_reported_as_its_worst_preparation() -> None:
    poor = preparation(number=2)
    study = score_study([FULL, poor], "registry")
    asked = {item.id for item in score_preparation(poor).items if item.state != "not_applicable"}
    assert study.number == 0 and all(study.item(name).state == "not_reported" for name in asked)
    assert {item.id for item in study.items if item.state == "reported"} == {"P2", "P3", "C6", "C8"}
    compared = preparation(number=2, role="comparator")
    assert score_study([FULL, compared]).n_reported == score_preparation(FULL).n_reported
    empty = score_study([])
    assert empty.share is None and empty.n_applicable == 0 and gaps(empty) == ()


def test_documents_are_named_and_never_pooled() -> None:
    registry, paper = score_preparation(FULL, "registry"), score_preparation(preparation(), "paper")
    with pytest.raises(UsageError, match="not pooled"):
        item_counts([registry, paper])
    with pytest.raises(UsageError, match="unknown kind of document"):
        score_preparation(FULL, "blog")
    counts = item_counts([registry, score_preparation(preparation(), "registry")])
    by_id = {count.id: count for count in counts}
    assert by_id["S1"].n_reported == 1 and by_id["S1"].share_not_reported == 0.5
    assert by_id["P3"].n_applicable == 1 and by_id["P3"].share_not_reported == 0.0
    assert item_counts([]) == ()


def test_counts_of_one_requirement_and_an_unknown_item() -> None:
    score = score_preparation(FULL)
    assert score.counts("mandatory") == (12, 12)
    with pytest.raises(KeyError):
        score.item("Z9")


@given(
    st.lists(st.sampled_from([f.property for f in FULL.findings]), unique=True),
    st.sampled_from(STATES),
    st.sampled_from(DOCUMENTS),
)
def test_the_counts_always_add_up(removed: list[str], state: str, document: str) -> None:
    made = with_(without(FULL, *removed), finding("storage", reading("frozen"), state=state))
    score = score_preparation(made, document)
    states = [item.state for item in score.items]
    assert set(states) <= set(STATES)
    assert score.n_applicable + states.count("not_applicable") == len(states) == 30
    assert len(gaps(score)) == score.n_applicable - score.n_reported
    assert score.share is not None and 0 <= score.share <= 1


def test_less_told_never_scores_more() -> None:
    whole = score_preparation(FULL).n_reported
    for found in FULL.findings:
        assert score_preparation(without(FULL, found.property)).n_reported < whole or found.property in (
            "concentration",
        )
