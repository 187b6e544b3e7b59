"""One map of arms: a group is never taken for another arm, and what cannot be told is left to a person."""

import pytest

from skinproof.views.arm_map import CROSSOVER, arm_map, same_words
from tests.views.results_samples import arm, event_group, flow, outcome, record

TWO = [arm("MSC group"), arm("Placebo", "PLACEBO_COMPARATOR")]


def events(*titles: str) -> list[dict[str, object]]:
    return [event_group(i, title, (0, 10), (1, 10)) for i, title in enumerate(titles)]


def places(found: object) -> list[tuple[object, str]]:
    return [(m.arm, m.how) for m in found.events]  # type: ignore[attr-defined]


def test_the_same_words_are_the_same_arm_whatever_their_case_marks_and_order() -> None:
    found = arm_map(record(TWO, events=events("PLACEBO", "Msc Group")))
    assert places(found) == [(1, "title"), (0, "title")]
    assert found.review == ()


@pytest.mark.parametrize(
    ("one", "other"), [("2×10^6 MSCs/kg", "2x10^6 MSCs / kg"), ("ＰＲＰ Group", "prp"), ("Arm", "arm")]
)
def test_words_that_say_nothing_do_not_count(one: str, other: str) -> None:
    assert same_words(one) == same_words(other) != ""


def test_an_arm_is_known_by_its_description() -> None:
    arms = [arm("A", text="Cells into the knee."), arm("B", text="Saline into the knee")]
    groups = [event_group(0, "Salt water", (0, 9), (0, 9), description="Saline into the knee."),
              event_group(1, "Cells", (0, 9), (0, 9), description="Cells into the knee")]  # fmt: skip
    assert places(arm_map(record(arms, events=groups))) == [(1, "description"), (0, "description")]


def test_place_in_the_list_counts_only_with_a_note() -> None:
    (first, second) = arm_map(
        record([arm("1"), arm("2")], events=events("Fractional laser", "Peeling"))
    ).events
    assert (first.arm, second.arm, first.how) == (0, 1, "place")
    assert "place in the list only" in first.note


def test_a_control_in_the_place_of_the_treatment_is_for_a_person() -> None:
    """Swapped groups would turn the harm of one arm into that of the other."""
    found = arm_map(record(TWO, events=events("Sham injection", "Stem cells")))
    assert [m.arm for m in found.events] == [None, None]
    assert len(found.review) == 2


def test_words_of_another_arm_speak_against_the_place() -> None:
    arms = [arm("Cells low dose"), arm("Cells high dose")]
    found = arm_map(record(arms, events=events("High dose of cells", "Low dose of cells")))
    assert [m.arm for m in found.events] == [None, None]


def test_fewer_or_more_groups_than_arms_are_never_matched_by_place() -> None:
    found = arm_map(record([arm("1"), arm("2")], events=events("Laser", "Peeling", "Both")))
    assert [m.arm for m in found.events] == [None, None, None]


def test_two_groups_that_look_like_one_arm_are_for_a_person() -> None:
    found = arm_map(record(TWO, events=events("MSC", "MSC group", "Placebo")))
    assert [m.arm for m in found.events] == [None, None, 1]


def test_a_name_settled_in_the_flow_holds_for_the_events() -> None:
    made = record(
        [arm("1"), arm("2"), arm("3")],
        flows=flow(["Laser", "Peeling", "Cream"], [5, 5, 5]),
        events=events("Peeling"),
    )
    assert places(arm_map(made)) == [(1, "flow")]


def test_the_only_group_of_the_only_arm_is_that_arm() -> None:
    assert places(arm_map(record([arm("Cells")], events=events("Everybody treated")))) == [(0, "only")]


def test_parts_of_the_only_arm_that_the_flow_knows_are_apart() -> None:
    found = arm_map(
        record([arm("Cells")], flows=flow(["Dose 1", "Dose 2"], [3, 3]), events=events("Dose 1", "Dose 2"))
    )
    assert [(m.arm, m.how, m.overlap) for m in found.events] == [(0, "part", ""), (0, "part", "")]


def test_parts_that_the_flow_does_not_know_may_overlap() -> None:
    found = arm_map(record([arm("Cells")], events=events("Safety set", "Those with pain")))
    assert all("same people" in m.overlap for m in found.events)


def test_a_control_is_no_part_of_the_only_arm() -> None:
    """NCT00410280: one registered arm, and results of it and of a placebo group."""
    found = arm_map(
        record([arm("1")], flows=flow(["Drug", "Placebo"], [5, 5]), events=events("Drug", "Placebo"))
    )
    assert [m.arm for m in found.events] == [0, None]


def test_a_crossover_puts_everybody_into_several_groups() -> None:
    found = arm_map(record(TWO, events=events("MSC group", "Placebo"), model="CROSSOVER"))
    assert {m.overlap for m in found.events} == {CROSSOVER}


@pytest.mark.parametrize(
    ("title", "why"),
    [("Course 2", "course"), ("Total", "several groups at once"), ("All participants", "several")],
)
def test_courses_and_totals_are_marked(title: str, why: str) -> None:
    arms = [arm("1"), arm("2"), arm("3")]
    (found,) = arm_map(record(arms, events=events(title))).events
    assert found.arm is None
    assert why in found.overlap


def test_every_outcome_has_its_own_groups_and_a_record_without_results_none() -> None:
    values = [{"n": "5", "value": "1"}] * 2
    made = outcome("Pain", "MEAN", None, "mm", values, titles=["Placebo", "MSC"])
    (groups,) = arm_map(record(TWO, outcomes=[made])).outcomes
    assert [m.arm for m in groups] == [1, 0]
    assert groups[0].group.path == "resultsSection.outcomeMeasuresModule.outcomeMeasures[0].groups[0]"
    empty = arm_map(record(TWO))
    assert (empty.flow, empty.events, empty.outcomes) == ((), (), ())
