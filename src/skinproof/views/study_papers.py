"""What belongs to one study: its other registrations, the papers that report it, those it cites, and what a person must decide."""

from collections.abc import Iterable, Sequence

import msgspec

from skinproof.studies.registers import register_of
from skinproof.views.links import MARKS, LinkRow

NONE_LINKED = "No paper is linked to this study. That is no sign that none exists: only papers that were brought in can be linked."
NONE_HELD = (
    "No paper is held in these data, so none can be linked to this study. That is no sign that none exists."
)
RETRACTED = MARKS["retracted"]


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """A record of the study in a register. shown: the study is counted under this id.

    register: None where the id's shape is none that is known
    """

    record_id: str
    register: str | None
    shown: bool


class StudyPapers(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to a study; in each list what is retracted stands first.

    registrations: the one shown first; only itself where there is no other
    joins: why they are one; related: registrations that name it and are not taken for the same
    reports: papers linked as reports of it; background: papers its record cites and that do not report it
    other: linked in another way; waiting: a person must decide; rejected: a person said no
    nothing: what to read where no paper is linked, None where one is
    """

    record_id: str
    registrations: tuple[Registration, ...]
    joins: tuple[LinkRow, ...]
    related: tuple[LinkRow, ...]
    reports: tuple[LinkRow, ...]
    background: tuple[LinkRow, ...]
    other: tuple[LinkRow, ...]
    waiting: tuple[LinkRow, ...]
    rejected: tuple[LinkRow, ...]
    nothing: str | None


def study_papers(
    record_id: str, registrations: Sequence[str], rows: Iterable[LinkRow], *, has_papers: bool
) -> StudyPapers:
    """Sort the links of a study. registrations: all its record ids, the one shown first; rows: its links."""
    held = sorted(rows, key=_first)
    of_records = [row for row in held if row.relation in ("registration", "related")]
    papers = [row for row in held if row.relation not in ("registration", "related")]
    linked = [row for row in papers if row.state == "linked"]
    named = {name: register_of(name) for name in registrations}
    return StudyPapers(
        record_id=record_id,
        registrations=tuple(
            Registration(record_id=name, register=found.register if found else None, shown=not place)
            for place, (name, found) in enumerate(named.items())
        ),
        joins=tuple(r for r in of_records if r.state == "linked" and r.relation == "registration"),
        related=tuple(r for r in of_records if r.state == "linked" and r.relation == "related"),
        reports=tuple(r for r in linked if r.relation == "report"),
        background=tuple(r for r in linked if r.relation == "background"),
        other=tuple(r for r in linked if r.relation not in ("report", "background")),
        waiting=tuple(r for r in held if r.state == "review"),
        rejected=tuple(r for r in held if r.state == "rejected"),
        nothing=None if linked else NONE_LINKED if has_papers else NONE_HELD,
    )


def _first(row: LinkRow) -> tuple[bool, bool, str, str]:
    return RETRACTED not in row.marks, not row.marks, row.from_id, row.to_id
