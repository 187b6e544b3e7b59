"""The drift alarm's judgement: a field that was renamed or emptied is told, people's edits are not."""

import pytest

from skinproof.views.fill import (
    ALPHA,
    Fill,
    Knowledge,
    Seen,
    drift_line,
    find_drift,
    lowest_share,
    percent,
    tail_at_least,
    tail_at_most,
)

FIELDS = ("id", "a", "a.status", "a.title", "b", "b.note")
KNOWLEDGE = Knowledge(
    described=frozenset(FIELDS),
    always=frozenset({"id", "a.status"}),
    come_and_go=("b.note",),
    not_read=("z",),
)
REFERENCE = Fill(versions=500, sampled=500, newest=None, paths=dict.fromkeys(FIELDS, 500))


def new(*without: str, plus: tuple[str, ...] = (), paired: bool = True) -> Seen:
    paths = frozenset(FIELDS) - set(without) | set(plus)
    return Seen(paths=paths, before=frozenset(FIELDS) if paired else None)


def found(seen: list[Seen], accepted: tuple[str, ...] = ()) -> dict[str, str | None]:
    drifts = find_drift("ctgov", seen, REFERENCE, KNOWLEDGE, accepted)
    return {drift.path: drift.renamed_to for drift in drifts}


@pytest.mark.parametrize(
    ("k", "n", "p"), [(3, 10, 0.01), (0, 5, 0.5), (40, 500, 0.05), (500, 500, 0.99), (1, 2000, 1e-4)]
)
def test_tails_are_those_of_the_binomial(k: int, n: int, p: float) -> None:
    """A stated rate of false alarms holds only if the chances are right."""
    stats = pytest.importorskip("scipy.stats")
    assert tail_at_least(k, n, p) == pytest.approx(stats.binom.sf(k - 1, n, p), rel=1e-9)
    assert tail_at_most(k, n, p) == pytest.approx(stats.binom.cdf(k, n, p), rel=1e-9)
    assert lowest_share(k, n) == pytest.approx(
        stats.binomtest(k, n).proportion_ci(0.9998, "wilson").low, abs=1e-4
    )


def test_a_renamed_field_is_named_with_its_new_name_from_three_records_on() -> None:
    """Three records of an hourly sync are enough: the fourth must not be stored without its status."""
    assert found([new("a.status", plus=("a.state",))] * 3) == {"a.status": "a.state"}
    assert found([new("a.status", plus=("a.state",))] * 2) == {}


def test_a_rename_in_a_few_of_many_records_is_found_by_the_new_name() -> None:
    """A registry that moves page by page changes few records at first."""
    seen = [new("a.title", plus=("a.heading",))] * 4 + [new()] * 900
    assert found(seen) == {"a.title": "a.heading"}


def test_people_who_empty_a_field_now_and_then_raise_no_alarm() -> None:
    """An alarm that cries wolf is switched off."""
    assert found([new("a.title")] * 5 + [new()] * 200) == {}
    assert found([new("b.note")] * 15 + [new()] * 5) == {}


def test_a_field_that_all_lose_is_told_even_where_the_registry_empties_it_at_times() -> None:
    """Twenty studies do not all stop recruiting on one day."""
    assert found([new("b.note")] * 20) == {"b.note": None}


def test_records_that_were_never_held_are_compared_with_the_last_edition() -> None:
    """A new query brings studies without an earlier version: a loader then loses a column without a word."""
    assert found([new("a.title", paired=False)] * 12) == {"a.title": None}
    assert found([new("a.title", paired=False)] * 2) == {}


def test_records_of_another_kind_may_have_a_field_less_often() -> None:
    """Observational studies have no arms: a query for them is no drift."""
    reference = Fill(versions=500, sampled=500, newest=None, paths={"id": 500, "arms": 400})
    seen = [Seen(paths=frozenset({"id", "arms"} if n % 3 else {"id"}), before=None) for n in range(90)]
    assert find_drift("ctgov", seen, reference, KNOWLEDGE) == ()


def test_only_the_outermost_field_is_told() -> None:
    """A module that vanishes is one message, not forty."""
    assert found([new("a", "a.status", "a.title")] * 30) == {"a": None}


def test_what_was_accepted_is_not_asked_again_and_fields_nobody_reads_are_not_told() -> None:
    """The person who looked at it must not be asked every hour."""
    assert found([new("a.title")] * 30, accepted=("a.title",)) == {}
    assert found([new("a", "a.status", "a.title")] * 30, accepted=("a",)) == {}
    reference = Fill(versions=500, sampled=500, newest=None, paths={"z.leaves": 500})
    seen = [Seen(paths=frozenset({"id"}), before=frozenset({"z.leaves"}))] * 50
    assert find_drift("ctgov", seen, reference, KNOWLEDGE) == ()


def test_a_rename_before_the_first_edition_is_found_where_a_field_is_always_there() -> None:
    """Whoever installs skinproof after the registry changed must hear it, too."""
    seen = [Seen(paths=frozenset({"id", "a", "a.state"}), before=None)] * 12
    assert [d.path for d in find_drift("ctgov", seen, None, KNOWLEDGE)] == ["a.status"]
    silent = [Seen(paths=frozenset({"id", "a"}), before=None)] * 12
    assert find_drift("ctgov", silent, None, KNOWLEDGE) == ()


def test_old_downloads_are_not_compared_with_newer_ones() -> None:
    """Somebody who imports the records of 2019 next to those of today has no drift."""
    old = Seen(paths=frozenset({"id"}), before=None, current=False)
    assert find_drift("ctgov", [old] * 100, REFERENCE, KNOWLEDGE) == ()


def test_the_line_says_before_after_and_the_new_name() -> None:
    """A person must be able to decide without opening the store."""
    (drift,) = find_drift(
        "ctgov", [new("a.status", plus=("a.state",))] * 40 + [new()] * 2, REFERENCE, KNOWLEDGE
    )
    assert drift.field == "ctgov:a.status"
    assert drift_line(drift) == (
        "a.status (ctgov) is filled in 2 of 42 new records looked at (4.76 %), before in 100 % of records; 40 of 42 that "
        "had it lost it; probably renamed to a.state, which 40 of these now have"
    )


def test_shares_never_round_to_all_or_nothing() -> None:
    """1 of 2,000 is not 0 %."""
    assert [percent(share) for share in (0.0, 0.0005, 0.5, 0.9999, 1.0)] == [
        "0 %", "< 0.1 %", "50 %", "> 99.9 %", "100 %",
    ]  # fmt: skip
    assert ALPHA <= 1e-6
