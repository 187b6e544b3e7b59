"""Who owes results: the studies of which a clock says overdue, one row a clock, the latest first."""

from collections.abc import Iterable

import msgspec

from skinproof.appraisal.clocks import Clocks
from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.views.clock_lines import clock_sentence
from skinproof.views.words import people_words, sentence, title_of

ASKED = {"us": "legal_us", "eu": "legal_eu", "who": "ethical_12m"}
"""How a clock is asked for -> its name."""


class OverdueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One study by one clock. applies: `yes`, or `unknown` where no public record tells whether the rule binds it.

    due_first, due_last: what the deadline can mean; late_least, late_most: days since, None where the record does not say.
    """

    record_id: str
    title: str
    status: str
    participants: str
    sponsor: str | None
    clock: str
    applies: str
    due_first: str | None
    due_last: str | None
    late_least: int | None
    late_most: int | None
    words: str


class OverdueList(msgspec.Struct, frozen=True, kw_only=True):
    """total: studies with a row; rows: of the first studies; day: for which the clocks were read (None: no day is known)."""

    total: int
    day: str | None
    rows: tuple[OverdueRow, ...]
    stamp: EditionStamp


def overdue_list(
    found: Iterable[tuple[StudySummary, Clocks]], names: tuple[str, ...], day: str | None, stamp: EditionStamp,
    limit: int | None = None,
) -> OverdueList:  # fmt: skip
    """The rows. found: studies with their clocks; names: clocks that are asked for; limit: most studies."""
    late: list[tuple[OverdueRow, ...]] = []
    for study, clocks in found:
        rows = []
        for clock in clocks.all:
            if clock.name not in names or clock.state != "overdue":
                continue
            due, days = clock.due or (None, None), clock.late_days or (None, None)
            rows.append(
                OverdueRow(
                    record_id=study.record_id, title=title_of(study), status=sentence(study.overall_status),
                    participants=people_words(study.enrollment_count, study.enrollment_type), sponsor=study.lead_sponsor,
                    clock=clock.name, applies=clock.applies, due_first=due[0], due_last=due[1], late_least=days[0],
                    late_most=days[1], words=clock_sentence(clock),
                )
            )  # fmt: skip
        if rows:
            late.append(tuple(rows))
    late.sort(key=lambda rows: (-max(row.late_least or 0 for row in rows), rows[0].record_id))
    shown = late[:limit] if limit else late
    return OverdueList(total=len(late), day=day, rows=tuple(r for rows in shown for r in rows), stamp=stamp)
