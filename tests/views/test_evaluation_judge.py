"""A labelled cell and an answer agree as a person would say they do, and an error is called by its kind."""

import msgspec
import pytest

from skinproof.extraction.dose import TOTAL
from skinproof.model.findings import Finding, Preparation, Quantity, Reading, Span
from skinproof.model.tags import Call
from skinproof.views.evaluation import score
from skinproof.views.evaluation_judge import Answer, Expected, Label, judge, same_amount
from skinproof.views.evaluation_words import registry_fact, registry_label
from tests.views.synthetic import summary


def reading(value: str, quantity: Quantity | None = None, quote: str = "synthetic words") -> Reading:
    span = Span("protocolSection.x", 0, len(quote), quote)
    return Reading(value=value, spans=(span,), rule="r/1", reason="synthetic", quantity=quantity)


def finding(name: str, *readings: Reading, state: str = "reported") -> Finding:
    return Finding(property=name, state=state, rule="r/1", reason="synthetic", readings=readings)


def nothing(name: str) -> Finding:
    return finding(name, state="not_reported")


def product(*findings: Finding, agent_class: str = "ev", number: int = 1) -> Preparation:
    return Preparation(
        number=number, agent_class=agent_class, role="given", agents=(), name="synthetic", findings=findings
    )


def answer(*products: Preparation, agent_class: str = "ev") -> Answer:
    return Answer({"agent_class": Call(agent_class, "synthetic", "r/1")}, (), products)


def cell(field: str, value: str, words: str = "", **read: object) -> Label:
    return Label("NCT99999901", {field: value}, {field: words or value}, {field: Expected(**read)})  # type: ignore[arg-type]


def amount(
    kind: str, low: float, per: str = "", per_value: float = 1.0, high: float | None = None
) -> Quantity:
    return Quantity(kind=kind, low=low, high=low if high is None else high, per=per, per_value=per_value)


@pytest.mark.parametrize(
    ("label", "found", "outcome"),
    [
        ("adipose", finding("source", reading("adipose")), "reported_right"),
        ("umbilical_cord", finding("source", reading("cord_blood")), "reported_right"),
        ("other", finding("source", reading("keratinocyte")), "reported_right"),
        ("adipose", finding("source", reading("bone_marrow")), "reported_wrong_value"),
        ("not_reported", finding("source", reading("adipose")), "reported_but_absent"),
        ("adipose", nothing("source"), "missed"),
        ("not_reported", nothing("source"), "absent_right"),
        ("adipose", finding("source", state="not_applicable"), "missed"),
        ("adipose", finding("source", reading("adipose"), reading("plasma"), state="unclear"), "unclear"),
        ("not_reported", finding("source", reading("adipose"), state="unclear"), "unclear"),
    ],
)  # fmt: skip
def test_each_kind_of_error_has_its_own_name(label: str, found: Finding, outcome: str) -> None:
    verdict = judge("source_normalised", cell("source_normalised", label), answer(product(found)))
    assert verdict.outcome == outcome
    assert verdict.right == outcome.endswith("right")


def test_the_first_reading_is_the_answer_and_other_covers_mixed_routes() -> None:
    mixed = answer(product(finding("route", reading("intravenous"), reading("intrathecal"))))
    assert judge("route", cell("route", "intravenous"), mixed).right
    assert judge("route", cell("route", "other"), mixed).right
    assert not judge("route", cell("route", "topical"), mixed).right
    later = answer(product(finding("route", reading("intravenous"), reading("topical"))))
    assert not judge("route", cell("route", "topical"), later).right


def test_a_study_without_a_product_says_nothing_of_one() -> None:
    for field in ("source_normalised", "route", "separation", "dose_reported", "schedule", "size_or_purity"):
        assert judge(field, cell(field, "not_reported"), answer()).outcome == "absent_right"


def test_the_product_of_the_studys_own_class_is_the_one_that_is_scored() -> None:
    cells = product(finding("source", reading("plasma")), agent_class="msc")
    vesicles = product(finding("source", reading("adipose")), agent_class="ev", number=2)
    both = (cells, vesicles)
    assert answer(*both).main == vesicles
    assert answer(*both, agent_class="prp").main == cells


def test_a_state_is_right_whatever_the_value() -> None:
    told = answer(product(finding("schedule", reading("daily"))))
    assert judge("schedule", cell("schedule", "reported"), told).outcome == "reported_right"
    assert judge("schedule", cell("schedule", "not_reported"), told).outcome == "reported_but_absent"
    competing = answer(product(finding("dose", reading("2e9"), reading("109"), state="unclear")))
    assert judge("dose_reported", cell("dose_reported", "reported"), competing).right


def test_every_amount_of_the_label_must_be_ours_and_for_exact_nothing_else() -> None:
    low, high, third = (amount("particles", n, "mL", 3) for n in (2e8, 4e8, 9e8))
    label = cell("dose_value", "particles/mL", amounts=(low, high))
    both = answer(product(finding("dose", reading("a", low), reading("b", high))))
    more = answer(product(finding("dose", *(reading(q.unit, q) for q in (low, high, third)))))
    fewer = answer(product(finding("dose", reading("a", low))))
    assert judge("dose_value", label, both).outcome == "reported_right"
    assert judge("dose_value", label, more).right
    assert judge("dose_value", label, fewer).outcome == "reported_wrong_value"
    assert judge("dose_value", label, answer(product(nothing("dose")))).outcome == "missed"
    exact = cell("dose_value_exact", "particles/mL", amounts=(low, high))
    assert judge("dose_value_exact", exact, both).right
    assert not judge("dose_value_exact", exact, more).right
    strength = finding("concentration", reading("c", third))
    beside = answer(product(finding("dose", reading("a", low), reading("b", high)), strength))
    assert judge("dose_value_exact", exact, beside).right


def test_a_label_may_name_the_doses_of_two_products_but_one_must_be_the_main_ones() -> None:
    volume, cells = amount("volume", 3), amount("cells", 2e7)
    main = product(finding("dose", reading("a", volume)))
    beside = product(finding("dose", reading("b", cells)), agent_class="msc", number=2)
    for field in ("dose_value", "dose_value_exact"):
        assert judge(field, cell(field, "both", amounts=(volume, cells)), answer(main, beside)).right
        assert not judge(field, cell(field, "cells", amounts=(cells,)), answer(main, beside)).right
        assert not judge(field, cell(field, "both", amounts=(volume, cells)), answer(main)).right


def test_a_total_over_the_course_is_no_other_dose() -> None:
    each, total = amount("cells", 1e7), amount("cells", 4e7)
    flagged = msgspec.structs.replace(reading("b", total), flags=(TOTAL,))
    label = cell("dose_value_exact", "cells", amounts=(each,))
    assert judge(
        "dose_value_exact", label, answer(product(finding("dose", reading("a", each), flagged)))
    ).right
    plain = answer(product(finding("dose", reading("a", each), reading("b", total))))
    assert not judge("dose_value_exact", label, plain).right


def test_one_of_two_competing_amounts_is_not_a_right_amount() -> None:
    want = amount("cells", 2e9)
    unclear = answer(
        product(finding("dose", reading("a", want), reading("b", amount("cells", 109)), state="unclear"))
    )
    assert judge("dose_value", cell("dose_value", "cells", amounts=(want,)), unclear).outcome == "unclear"


def test_a_label_our_grammar_cannot_read_counts_as_wrong() -> None:
    label = cell("dose_value", "not readable", "5 to 7 synthetic spoons", unread=True)
    verdict = judge("dose_value", label, answer(product(finding("dose", reading("a", amount("mass", 5))))))
    assert not verdict.right and "cannot read" in verdict.reason


@pytest.mark.parametrize(
    ("gold", "ours", "same"),
    [
        (amount("mass", 5), amount("protein", 5), True),
        (amount("protein", 5), amount("mass", 5), False),
        (amount("particles", 5), amount("cells", 5), False),
        (amount("cells", 5), amount("cell_equivalents", 5), False),
        (amount("cells", 1e6, "kg"), amount("cells", 1e6), False),
        (amount("particles", 2e8, "mL", 3), amount("particles", 2e8), True),
        (amount("particles", 2e8), amount("particles", 2e8, "mL", 10), True),
        (amount("particles", 2e8, "mL"), amount("particles", 2e8), False),
        (amount("volume", 10), amount("particles", 7e11, "mL", 10), True),
        (amount("volume", 10), amount("particles", 7e11, "mL", 3), False),
        (amount("cells", 1e6), amount("cells", 1e6, "{dose}"), True),
        (amount("cells", 1e6, high=2e6), amount("cells", 1e6), False),
        (amount("cells", 1e6), amount("cells", 1e6 * (1 + 1e-12)), True),
    ],
)
def test_amounts_are_the_same_only_of_one_kind_and_basis(gold: Quantity, ours: Quantity, same: bool) -> None:
    assert same_amount(gold, ours) is same


def test_a_method_is_right_when_what_the_table_names_is_among_ours() -> None:
    steps = (("separation", frozenset(("ultracentrifugation", "centrifugation"))),)
    label = cell("separation", "reported", "sequential ultracentrifugation", terms=steps)
    ours = answer(product(finding("separation", reading("filtration"), reading("ultracentrifugation"))))
    other = answer(product(finding("separation", reading("filtration"))))
    assert judge("separation", label, ours).right
    assert judge("separation", label, other).outcome == "reported_wrong_value"
    assert judge("separation", label, answer(product(nothing("separation")))).outcome == "missed"


def test_a_way_of_keeping_in_the_tables_column_is_looked_for_among_ours_of_that_kind() -> None:
    label = cell("separation", "reported", "dry", terms=(("storage", frozenset(("lyophilised",))),))
    kept = answer(product(nothing("separation"), finding("storage", reading("lyophilised"))))
    assert judge("separation", label, kept).outcome == "reported_right"
    absent = judge("separation", cell("separation", "not_reported"), kept)
    assert absent.outcome == "absent_right"


def test_words_the_vocabulary_does_not_know_are_compared_with_our_quotes() -> None:
    label = cell("separation", "reported", "Synthetic-Sieve machine")
    quoted = answer(product(finding("separation", reading("device", quote="the synthetically made sieve"))))
    verdict = judge("separation", label, quoted)
    assert verdict.right and "not in the vocabulary" in verdict.reason
    off = answer(product(finding("separation", reading("device", quote="a wheel"))))
    assert judge("separation", label, off).outcome == "reported_wrong_value"


@pytest.mark.parametrize(
    ("field", "raw", "read"),
    [
        ("phase", "Phase 1, Phase 2", "PHASE1|PHASE2"), ("phase", "Phase 1/Phase 2", "PHASE1|PHASE2"),
        ("phase", "N/A", "NA"), ("phase", "Phase 1 or so", None), ("status", "Unknown status", "UNKNOWN"),
        ("status", "Active, not recruiting", "ACTIVE_NOT_RECRUITING"), ("status", "completed (published)", None),
        ("allocation", "N/A", "NA"), ("allocation", "by lot", None), ("masking", "None (Open Label)", "NONE"),
        ("masking", "Single (observer-masked)", None), ("enrollment", "up to 25", None), ("enrollment", "0", "0"),
        ("start_year", "2020", "2020"), ("start_year", "autumn 2020", None),
        ("first_posted", "2020-02-19", "2020-02-19"), ("first_posted", "2020-02", None),
        ("country", "Korea, Republic of", "south korea"), ("country", "Germany, Austria", "austria|germany"),
        ("has_posted_results", "n", "no"), ("has_posted_results", "perhaps", None),
    ],
)  # fmt: skip
def test_registry_words_are_mapped_only_where_they_are_sure(field: str, raw: str, read: str | None) -> None:
    assert registry_label(field, raw) == read


def test_registry_facts_are_compared_with_the_records_own_fields() -> None:
    study = summary(1, phases=("PHASE2", "PHASE1"), enrollment_count=None, start_date="2020-03", countries=())
    said = Answer({}, (), None, study)
    assert registry_fact("phase", study) == "PHASE1|PHASE2"
    assert judge("phase", cell("phase", "PHASE1|PHASE2"), said).right
    assert judge("start_year", cell("start_year", "2020"), said).outcome == "reported_right"
    assert judge("start_year", cell("start_year", "2019"), said).outcome == "reported_wrong_value"
    assert judge("enrollment", cell("enrollment", "20"), said).outcome == "missed"
    assert judge("country", cell("country", "not_reported"), said).outcome == "absent_right"


def test_states_add_up_to_the_labels_scored() -> None:
    found = [
        finding("source", reading("adipose")), finding("source", reading("plasma")), nothing("source"),
        finding("source", reading("adipose"), state="unclear"),
    ]  # fmt: skip
    labels = [Label(f"r{i}", {"source_normalised": "adipose"}) for i in range(4)]
    answers = {f"r{i}": answer(product(f)) for i, f in enumerate(found)}
    field = score(labels, answers, ("source_normalised",), (), {"source_normalised": {"x": 2}}).fields[
        "source_normalised"
    ]
    states = field.states
    assert (states.reported_right, states.reported_wrong_value, states.missed, states.unclear) == (1, 1, 1, 1)
    assert field.accuracy == 0.25 and field.not_understood == {"x": 2}


def test_an_answer_without_preparations_is_not_held_against_the_labels_about_them() -> None:
    silent = Answer({"agent_class": Call("ev", "synthetic", "r/1")})
    field = score([Label("a", {"route": "topical"})], {"a": silent}, ("route",)).fields["route"]
    assert (field.n, field.left_out) == (0, 1)
