"""A study in a few lines: what was given, to whom, how, compared with what, measured by what, and how far it is.

Each line says where on the study's page its words stand. A line that the record leaves open is told as not reported.
"""

from collections.abc import Iterable, Sequence

import msgspec

from skinproof.model.findings import Preparation
from skinproof.model.record import StudyRecord
from skinproof.model.summary import StudySummary
from skinproof.views.evidence_studies import (
    COMPARED,
    EvidenceStudy,
    against_of,
    arms_of,
    compared_of,
    design_words,
    status_words,
)
from skinproof.views.preparations import PreparationLine
from skinproof.views.words import NOT_REPORTED, lower_first, people_words, sentence, upper_first

MOST, LONGEST = 3, 160
"""Things named in a line, and letters of each."""

_WAYS = ("route", "delivery", "dose", "schedule")
_GIVEN = ("given", "carrier")


class GlanceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line. anchor: part of the page where the words behind it stand; reported: False where the record does not say."""

    label: str
    words: str
    anchor: str
    reported: bool = True


def glance_of(
    study: StudySummary,
    record: StudyRecord,
    preparations: Sequence[Preparation],
    lines: Sequence[PreparationLine],
    results_words: str,
) -> tuple[GlanceLine, ...]:
    """The study in lines. preparations and lines: the same ones in the same order, as read and as shown."""
    given = [line for line, one in zip(lines, preparations, strict=True) if one.role in _GIVEN]
    used = given or list(lines)
    # Of what is only measured nobody got anything, so nothing can be told of what it was compared with.
    taken = tuple(one for one in preparations if one.role in _GIVEN)
    return (
        _line("Given" if given or not lines else "Measured", _several(line.name for line in used), "given"),
        _line("To whom", _people(study, record), "eligibility"),
        *((_line("How", _ways(given), "given"),) if given else ()),
        *((_line("Compared with", _compared(study, record, taken), "arms"),) if taken else ()),
        _line("Measured by", _primary(record), "outcomes"),
        _line("Design", upper_first(design_words(study)), "facts"),
        _line("How far", f"{status_words(study.overall_status)}. {results_words}", "results"),
    )


def _line(label: str, words: str | None, anchor: str) -> GlanceLine:
    return GlanceLine(label=label, words=words or NOT_REPORTED, anchor=anchor, reported=bool(words))


def _several(words: Iterable[str]) -> str:
    """The first few of them, each cut at a bound, and how many more there are."""
    found = list(dict.fromkeys(filter(None, (" ".join(word.split()) for word in words))))
    shown = [word if len(word) <= LONGEST else word[: LONGEST - 1].rstrip() + "…" for word in found[:MOST]]
    more = len(found) - MOST
    return "; ".join(shown) + (f"; {more} more" if more > 0 else "")


def _people(study: StudySummary, record: StudyRecord) -> str:
    """Conditions, number, ages and sex; what is missing of them is named."""
    who = record.protocol_section.eligibility_module
    low, high = who.minimum_age, who.maximum_age
    age = f"{low} to {high}" if low and high else f"from {low}" if low else f"up to {high}" if high else ""
    sex = "" if who.sex in (None, "ALL") else f"{sentence(who.sex).lower()} only"
    number = f"{people_words(study.enrollment_count, study.enrollment_type)} people"
    people = number if study.enrollment_count is not None else f"number of people {NOT_REPORTED}"
    # The limits of age and sex are of who may take part: the register does not say who did.
    return "; ".join(
        filter(
            None,
            (_several(record.conditions) or f"condition {NOT_REPORTED}", people, age and f"age {age}", sex),
        )
    )


def _ways(lines: Sequence[PreparationLine]) -> str:
    told = []
    for line in lines[:MOST]:
        cells = {cell.fact: cell for cell in line.cells}
        words = [
            f"{lower_first(cells[fact].label)}: {_several(value.text for value in cells[fact].values)}"
            for fact in _WAYS
            if fact in cells and cells[fact].values
        ]
        if words:
            told.append((f"{line.name}: " if len(lines) > 1 else "") + "; ".join(words))
    return ". ".join(told)


def _compared(study: StudySummary, record: StudyRecord, taken: tuple[Preparation, ...]) -> str:
    seen = EvidenceStudy(summary=study, preparations=taken, arms=arms_of(record))
    keys = compared_of(seen)
    if keys == ("not_reported",):
        return ""
    against = against_of(seen)
    return ", ".join(COMPARED[key] for key in keys) + (f" ({_several(against)})" if against else "")


def _primary(record: StudyRecord) -> str:
    outcomes = record.protocol_section.outcomes_module.primary_outcomes
    return _several(
        f"{one.measure} ({one.time_frame})" if one.time_frame else one.measure
        for one in outcomes
        if one.measure
    )
