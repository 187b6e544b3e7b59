"""Scores are what a person would count by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.model.tags import Call, Tag
from skinproof.views.evaluation import Answer, Label, score, wilson


def answer(value: str, *tags: Tag) -> Answer:
    return Answer({"agent_class": Call(value, f"because {value}", "r/1")}, tags)


def labels(**values: str) -> list[Label]:
    return [Label(key, {"agent_class": value} if value else {}) for key, value in values.items()]


def test_a_small_table_scores_as_counted_by_hand():
    gold = labels(a="ev", b="ev", c="msc", d="prp", e="")
    report = score(gold, {key: answer(value) for key, value in zip("abcde", ["ev", "msc", "msc", "prp", "ev"], strict=True)},
                   ("agent_class",))  # fmt: skip
    field = report.fields["agent_class"]
    assert (field.n, field.correct, field.left_out) == (4, 3, 1)
    assert field.accuracy == 0.75
    assert field.per_class["ev"].precision == 1.0 and field.per_class["ev"].recall == 0.5
    assert field.per_class["msc"].precision == 0.5 and field.per_class["msc"].recall == 1.0
    assert field.per_class["ev"].f1 == pytest.approx(2 / 3)
    assert field.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 1) / 3)
    assert field.confusion == {"ev": {"ev": 1, "msc": 1}, "msc": {"msc": 1}, "prp": {"prp": 1}}


def test_a_class_found_but_never_expected_counts_against_the_mean():
    report = score(labels(a="ev", b="ev"), {"a": answer("ev"), "b": answer("pdrn")}, ("agent_class",))
    field = report.fields["agent_class"]
    assert field.per_class["pdrn"].recall is None and field.per_class["pdrn"].f1 == 0
    assert field.macro_f1 == pytest.approx((2 / 3 + 0) / 2)


def test_ids_the_data_does_not_hold_are_listed_and_not_scored():
    report = score(labels(a="ev", z="ev"), {"a": answer("ev")}, ("agent_class",))
    assert report.missing == ("z",) and report.n_labels == 2 and report.n_scored == 1
    assert report.fields["agent_class"].n == 1


def test_nothing_scored_gives_no_number_rather_than_zero_or_one():
    field = score(labels(z="ev"), {}, ("agent_class",)).fields["agent_class"]
    assert (
        field.n == 0 and field.accuracy is None and field.macro_f1 is None and field.accuracy_interval is None
    )


def test_a_disagreement_shows_the_reason_and_the_words():
    tag = Tag(
        "agent", "agent:exosome", "measured", "x.briefTitle", 0, 7, "Exosome", "agent.role/1", "“urinary”"
    )
    off = Tag("indication", "indication:burn", None, "x.briefTitle", 9, 13, "burn", "r/1", "in the title")
    (found,) = score(labels(a="msc"), {"a": answer("ev", tag, off)}, ("agent_class",)).disagreements
    assert (found.record_id, found.expected, found.found, found.reason) == ("a", "msc", "ev", "because ev")
    assert [quote.quote for quote in found.quotes] == ["Exosome"]
    assert found.quotes[0].read_as == "agent:exosome measured"


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_bounds_are_the_published_ones(hits, n, low, high):
    """81 of 263: Newcombe 1998, 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I."""
    interval = wilson(hits, n)
    assert interval is not None
    assert interval == pytest.approx((low, high), abs=5e-5)


@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=3), st.sampled_from(["ev", "msc", "prp"]), min_size=1
    )
)
def test_order_of_labels_and_answers_changes_nothing(values):
    gold = [Label(key, {"agent_class": value}) for key, value in values.items()]
    answers = {key: answer("ev") for key in list(values)[::2]}
    assert score(gold, answers, ("agent_class",)) == score(
        gold[::-1], dict(reversed(answers.items())), ("agent_class",)
    )
