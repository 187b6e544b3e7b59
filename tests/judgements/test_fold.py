"""What holds of people's judgements: the newest of each person, and nobody's where two differ."""

from hypothesis import given
from hypothesis import strategies as st

from skinproof.judgements.fold import fold, standing_line
from skinproof.model.journal import JournalLine

KEY = ("link", "a|b")


def line(
    number: int, verdict: str, who: str = "ada", value: str | None = None, seen: str = "f"
) -> JournalLine:
    return JournalLine(
        id=number, at="2026-11-23", who=who, kind="link", subject="a|b", verdict=verdict, value=value, fingerprint=seen
    )  # type: ignore[arg-type]  # fmt: skip


def test_the_newest_word_of_a_person_stands() -> None:
    """A person may change his mind."""
    held = fold([line(1, "reject"), line(2, "accept")])[KEY]
    assert (held.verdict, held.disputed, held.line.id) == ("accept", False, 2)


def test_an_undo_brings_back_what_was_said_before() -> None:
    """Undo means: as if that line had never been written."""
    lines = [line(1, "reject"), line(2, "accept"), line(3, "withdraw", value="2")]
    assert fold(lines)[KEY].verdict == "reject"
    assert KEY not in fold([*lines, line(4, "withdraw", value="1")])
    assert fold([line(1, "reject"), line(2, "accept"), line(3, "withdraw")])[KEY].verdict == "reject"


def test_a_withdrawal_without_a_number_takes_back_only_ones_own() -> None:
    """Nobody can silence somebody else by mistake."""
    assert fold([line(1, "reject"), line(2, "withdraw", who="ben")])[KEY].verdict == "reject"
    assert KEY not in fold([line(1, "reject"), line(2, "withdraw", who="ben", value="1")])


def test_two_people_who_differ_are_a_dispute_and_neither_holds() -> None:
    """The last to write must not win."""
    lines = [line(1, "reject"), line(2, "accept", who="ben")]
    assert fold(lines)[KEY].disputed
    agreed = fold([*lines, line(3, "reject", who="ben")])[KEY]
    assert (agreed.verdict, len(agreed.standing)) == ("reject", 2)
    assert fold([line(1, "correct", value="x"), line(2, "correct", who="ben", value="y")])[KEY].disputed


def test_a_judgement_of_another_answer_is_stale() -> None:
    """What was said of an old answer may not fit the new one."""
    held = fold([line(1, "accept", seen="old")])[KEY]
    assert held.stale("new") and not held.stale("old")


def test_the_standing_line_is_what_an_undo_takes_back() -> None:
    """Undo after undo walks back, and ends."""
    lines = [line(1, "reject"), line(2, "accept", who="ben")]
    found = standing_line(lines, *KEY)
    assert found is not None and found.id == 2
    assert (
        standing_line([*lines, line(3, "withdraw", value="2"), line(4, "withdraw", value="1")], *KEY) is None
    )


@given(
    st.lists(st.tuples(st.sampled_from(["accept", "reject", "withdraw"]), st.sampled_from("ab")), max_size=12)
)
def test_the_order_in_which_lines_are_given_never_matters(steps: list[tuple[str, str]]) -> None:
    """A file sorted another way says the same."""
    lines = [line(number, verdict, who) for number, (verdict, who) in enumerate(steps, 1)]
    assert fold(lines) == fold(reversed(lines))
