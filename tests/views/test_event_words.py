"""What the answer of a question on adverse events says first."""

from skinproof.views.event_pool import EventQuestion, EventStudy, answer_lines, exact, held_words, pool_events


def question(*counts: tuple[int, int]) -> EventQuestion:
    studies = tuple(
        EventStudy(record_id=f"NCT9999990{n}", title="synthetic", xi=x, ni=n_, shown=exact(x, n_), parts=(), origins=())
        for n, (x, n_) in enumerate(counts, 1)
    )  # fmt: skip
    return EventQuestion(
        agent="msc", agent_label="MSC", branch="bone", branch_label="bone", outcome="any", studies=studies, left_out=(),
        answer=pool_events(studies),
    )  # fmt: skip


def test_an_interval_over_nearly_everything_is_no_pooled_share() -> None:
    """13 of 19 people in 2 studies: "84% (below 0.01% to almost 100%)" must not be the first thing read."""
    first = answer_lines(question((12, 12), (1, 7)))[0]
    assert first.startswith(
        "Nothing useful can be pooled: 13 of 19 people in 2 studies had any adverse event"
    )
    assert not first.startswith("Pooled")


def test_a_useful_interval_is_still_pooled() -> None:
    assert answer_lines(question((12, 40), (9, 35), (20, 61)))[0].startswith("Pooled 3")


def test_posted_results_that_are_not_held_are_told_as_nothing_to_pool() -> None:
    assert held_words(3, 0).startswith(
        "Nothing can be pooled here yet: 3 studies that gave an agent have posted results"
    )
    assert held_words(0, 0).startswith("None of the studies")
    assert "2 of them came here with their results" in held_words(3, 2)
