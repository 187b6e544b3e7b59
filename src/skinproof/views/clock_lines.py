"""When results are due, in plain words: one line a clock, with its rule, the fields it was read from, and what is open."""

from datetime import date

import msgspec

from skinproof.appraisal.clocks import Basis, Clock, FieldUsed, clocks
from skinproof.model.record import StudyRecord
from skinproof.model.summary import EditionStamp

LAWS = {"legal_us": "US law", "legal_eu": "EU law", "ethical_12m": "WHO norm of 12 months"}


class ClockLine(msgspec.Struct, frozen=True, kw_only=True):
    """One clock. words: where the study stands, in a sentence; the rest as `appraisal.clocks.Clock` has it."""

    name: str
    as_of: str
    words: str
    state: str
    applies: str
    due: tuple[str, str] | None
    rough: bool
    late_days: tuple[int, int] | None
    basis: tuple[Basis, ...]
    fields: tuple[FieldUsed, ...]
    unknown: tuple[str, ...]


def clock_lines(record: StudyRecord, day: date) -> tuple[ClockLine, ...]:
    """The three clocks of a study on a day."""
    return tuple(
        ClockLine(
            name=one.name, as_of=one.as_of, words=clock_sentence(one), state=one.state, applies=one.applies, due=one.due,
            rough=one.rough, late_days=one.late_days, basis=one.basis, fields=one.fields, unknown=one.unknown,
        )
        for one in clocks(record, day).all
    )  # fmt: skip


def stamp_day(stamp: EditionStamp) -> date | None:
    """The day for which a page of an edition reads clocks: the day asked for, else the newest registry day held.

    A page says the same whenever it is written; None where no day is known.
    """
    day = stamp.as_of or stamp.newest_registry_date
    return date.fromisoformat(day) if day and len(day) == 10 else None


def clock_sentence(clock: Clock) -> str:
    """ "Results were due on 2022-05-01 (US law, if it applies); none posted, 245 days later"."""
    law = LAWS[clock.name] + (", if it applies" if clock.applies == "unknown" else "")
    if clock.state == "does_not_apply":
        return f"{law}: does not apply; {clock.why}"
    if clock.due is None:
        return f"{law}: {clock.why}"
    first, last = clock.due
    on = f"on {first}" if first == last else f"between {first} and {last}"
    match clock.state:
        case "not_due":
            return f"Results are due {on} ({law})"
        case "posted" | "submitted":
            late = f", {late_words(clock)} late" if clock.late_days else ""
            return f"Results were due {on} ({law}); {clock.why}{late}"
        case "delay_certified":
            return f"Results are due by {last} at the latest ({law}); {clock.why}"
        case "due" | "overdue":
            return f"Results were due {on} ({law}); none posted{f', {late_words(clock)} later' if clock.late_days else ''}"
        case _:
            return f"Results were due {on} ({law}); {clock.why}"


def late_words(clock: Clock) -> str:
    """ "122 to 149 days"."""
    low, high = clock.late_days or (0, 0)
    return f"{high:,} {'day' if high == 1 else 'days'}" if low == high else f"{low:,} to {high:,} days"
