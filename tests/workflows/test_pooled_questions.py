"""Pooled questions: the treated arm only, nothing added twice, and an empty place never looks like safety."""

from collections.abc import Iterator
from datetime import UTC, datetime
from math import exp, isclose, log

import pytest

from skinproof.errors import UsageError
from skinproof.synthesis.rare_glmm import pool_glmm
from skinproof.views.arm_map import Group, Match
from skinproof.views.event_pool import (
    EventQuestion,
    EventStudy,
    answer_lines,
    any_event,
    events_of,
    exact,
    pool_events,
)
from skinproof.views.outcome_rows import EventRow, outcome_rows
from skinproof.views.svg_rates import draw_rates
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.pooled_questions import NOT_HELD, PooledQuestions, pooled_questions
from skinproof.workflows.query import Workspace, open_workspace
from tests.views.results_samples import arm, event_group, flow, record
from tests.workflows.pooled_records import POSTED
from tests.workflows.records import lines

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("pooled")
    import_files([lines(folder / "records.jsonl", POSTED)], data_dir=folder / "data", now=NOW)
    build(folder / "data")
    opened = open_workspace(folder / "data")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def found(workspace: Workspace) -> PooledQuestions:
    return pooled_questions(workspace)


def asked(found: PooledQuestions, agent: str, branch: str, outcome: str) -> EventQuestion:
    (one,) = [q for q in found.questions if (q.agent, q.branch, q.outcome) == (agent, branch, outcome)]
    return one


def study(xi: int, ni: int) -> EventStudy:
    return EventStudy(
        record_id=f"S{xi}-{ni}", title="", xi=xi, ni=ni, shown=exact(xi, ni), parts=(), origins=()
    )


def test_the_treated_arm_alone_is_counted(found: PooledQuestions) -> None:
    """The control had nine events in every study: none of them may appear."""
    burns = asked(found, "msc", "indication:burn", "serious")
    assert [(s.record_id, s.xi, s.ni) for s in burns.studies] == [
        ("NCT99000021", 1, 20),
        ("NCT99000022", 4, 30),
    ]
    everywhere = asked(found, "msc", "", "serious")
    assert [s.xi for s in everywhere.studies] == [1, 4, 0]
    deaths = asked(found, "msc", "", "deaths")
    assert [s.xi for s in deaths.studies] == [1, 0, 0]


def test_what_is_left_out_is_named_with_its_reason(found: PooledQuestions) -> None:
    reasons = {one.record_id: one.why for one in asked(found, "msc", "", "serious").left_out}
    assert set(reasons) == {"NCT99000024", "NCT99000025"}
    assert "crossover" in reasons["NCT99000024"]
    assert "to be reviewed" in reasons["NCT99000025"]
    (missing,) = asked(found, "ev", "", "serious").left_out
    assert missing.why == NOT_HELD
    assert (found.n_with_results, found.n_held) == (7, 6)


def test_the_answer_is_that_of_the_binomial_normal_model(found: PooledQuestions) -> None:
    answer = asked(found, "msc", "", "serious").answer
    fit = pool_glmm("PLO", xi=[1, 4, 0], ni=[20, 30, 15], test="t")
    assert (answer.how, answer.k, answer.people, answer.events) == ("random", 3, 65, 5)
    assert answer.beta == fit.beta and answer.ci_lb == fit.ci_lb and answer.pi_ub == fit.pi_ub
    assert answer.shown is not None
    assert isclose(log(answer.shown.est / (1 - answer.shown.est)), fit.beta, rel_tol=1e-12)


def test_no_study_one_study_and_no_event_are_three_messages_and_none_says_safe(
    found: PooledQuestions,
) -> None:
    none = " ".join(answer_lines(asked(found, "ev", "", "serious")))
    one = " ".join(answer_lines(asked(found, "prp", "", "serious")))
    zero = " ".join(answer_lines(asked(found, "msc", "", "serious").__class__(
        agent="msc", agent_label="cells", branch="b", branch_label="burns", outcome="serious",
        studies=(study(0, 12), study(0, 7)), left_out=(), answer=pool_events([study(0, 12), study(0, 7)]))))  # fmt: skip
    assert "No study to count" in none and "does not mean that nothing happened, nor that it is safe" in none
    assert "One study only: 0 of 12 people" in one and "no proof of safety" in one
    assert "None of 19 people in 2 studies" in zero and "no proof of safety" in zero
    assert "no rate of a product" in one and "no rate of a product" in zero
    assert len({none, one, zero}) == 3


def test_any_event_is_not_pooled_over_a_biased_choice(found: PooledQuestions) -> None:
    """It follows mostly where nobody or everybody was affected."""
    question = asked(found, "msc", "", "any")
    assert [(s.record_id, s.xi) for s in question.studies] == [("NCT99000021", 1), ("NCT99000023", 0)]
    assert [one.why for one in question.left_out if one.partial] == [
        "people with serious and with other events may be the same: 5 to 9 of 30"
    ]
    assert question.answer.how == "selected" and question.answer.shown is None
    assert "biased choice" in " ".join(answer_lines(question))


@pytest.mark.parametrize(
    ("serious", "other", "threshold", "known"),
    [((0, 10), (3, 10), 0.0, 3), ((2, 10), (0, 10), 0.0, 2), ((10, 10), (4, 10), 5.0, 10), ((1, 10), (10, 10), None, 10),
     ((0, 10), (3, 10), 5.0, 3), ((0, 40), (3, 40), 5.0, None), ((0, 10), (3, 10), None, None), ((2, 10), (3, 10), 0.0, None),
     ((0, 10), (3, 9), 0.0, None)],
)  # fmt: skip
def test_people_with_any_event_are_known_only_where_it_follows(
    serious: tuple[int, int], other: tuple[int, int], threshold: float | None, known: int | None
) -> None:
    match = Match(group=Group(path="p", id="EG000", title="A"), arm=0, how="title")
    rows = [
        EventRow(kind=k, match=match, xi=x, ni=n, origins=())
        for k, (x, n) in (("serious", serious), ("other", other))
    ]
    answer = any_event(rows[0], rows[1], threshold)
    assert answer == known if known is not None else isinstance(answer, str)


def test_dose_levels_are_added_and_more_people_than_started_never() -> None:
    arms = [arm("Dose 1"), arm("Dose 2"), arm("Placebo", "PLACEBO_COMPARATOR")]
    groups = [
        event_group(0, "Dose 1", (1, 10), (0, 10)),
        event_group(1, "Dose 2", (2, 11), (0, 11)),
        event_group(2, "Placebo", (5, 9), (0, 9)),
    ]
    made = record(arms, events=groups, flows=flow(["Dose 1", "Dose 2", "Placebo"], [10, 11, 9]), enrolled=30)
    row = events_of(outcome_rows(made), {0, 1}, "serious", "S", "")
    assert isinstance(row, EventStudy)
    assert (row.xi, row.ni, [p.group for p in row.parts]) == (3, 21, ["Dose 1", "Dose 2"])
    few = record(arms, events=groups, enrolled=20)
    assert "only 20 started" in events_of(outcome_rows(few), {0, 1}, "serious", "S", "").why  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("given", "groups", "why"),
    [({0}, None, "no adverse events"), (set(), ["A", "B"], "which of its arms"), ({0}, ["B"], "no arm that gets the agent"), ({0}, ["C", "B"], "")],
)  # fmt: skip
def test_a_study_is_left_out_where_the_arm_is_not_told(
    given: set[int], groups: list[str] | None, why: str
) -> None:
    events = None if groups is None else [event_group(i, t, (1, 9), (1, 9)) for i, t in enumerate(groups)]
    made = record([arm("A"), arm("B")], events=events)
    row = events_of(outcome_rows(made), given, "serious", "S", "")
    assert (isinstance(row, EventStudy) and why == "") or why in row.why  # type: ignore[union-attr]


def test_the_exact_interval_is_that_of_published_tables() -> None:
    """Clopper and Pearson for 0 and 10 of 10: 1 - 0.025^(1/10)."""
    bound = 1 - exp(log(0.025) / 10)
    assert isclose(exact(0, 10).ub, bound, rel_tol=1e-12) and exact(0, 10).lb == 0
    assert isclose(exact(10, 10).lb, 1 - bound, rel_tol=1e-12) and exact(10, 10).ub == 1


def test_where_the_model_fails_equal_effects_or_nothing_are_said() -> None:
    split = pool_events([study(3, 3), study(0, 4)])
    assert split.how in ("random", "equal", "failed")
    if split.how == "equal":
        assert split.shown_pi is None and any(note.startswith("Random effects") for note in split.notes)
    assert pool_events([study(3, 3), study(4, 4)]).how == "every"
    assert pool_events([]).how == "none"


def test_a_class_or_complaint_that_is_asked_for_is_answered_even_where_empty(workspace: Workspace) -> None:
    made = pooled_questions(workspace, classes=["mirna"], branches=["indication:scar"], outcomes=["deaths"])
    (question,) = made.questions
    assert (question.agent, question.branch, question.answer.how) == ("mirna", "indication:scar", "none")
    with pytest.raises(UsageError):
        pooled_questions(workspace, as_of="the day before")


def test_the_picture_says_what_it_shows(found: PooledQuestions) -> None:
    question = asked(found, "msc", "", "serious")
    for narrow in (False, True):
        drawn = draw_rates(question, narrow=narrow, style=True)
        assert (
            "NCT99000022" in drawn and "4/30" in drawn and "no rate of a product" in " ".join(drawn.split())
        )
    assert "Pooled" in drawn and "A new study" in drawn
    assert "No study" in draw_rates(asked(found, "ev", "", "serious"))
