"""What each study does to a pooled share: the share without it, and the share as studies came, year by year."""

from collections.abc import Mapping

import msgspec

from skinproof.views.event_pool import EventAnswer, EventQuestion, pool_events
from skinproof.views.pooled import Shown

FEW, MANY = 3, 40
"""Fewest studies of which leaving one out says more than the other one's name, and most for which it is done: each takes a
fit of its own."""


class EventStep(msgspec.Struct, frozen=True):
    """The share after the studies up to and with one: its place in the question, from 1; its name and year."""

    row: int
    record_id: str
    year: int
    answer: EventAnswer


def without_each(question: EventQuestion) -> dict[int, EventAnswer]:
    """Place of a study, from 1 -> the answer of the others; empty where nothing was pooled, or of too few or many studies."""
    studies = question.studies
    if question.answer.how not in ("random", "equal") or not FEW <= len(studies) <= MANY:
        return {}
    return {at + 1: pool_events([*studies[:at], *studies[at + 1 :]]) for at in range(len(studies))}


def steps_of(question: EventQuestion, years: Mapping[str, int]) -> tuple[EventStep, ...]:
    """The answers of the first 1, 2, ... studies by year; empty where a year is missing, since its place would be made up."""
    studies = question.studies
    if question.answer.how not in ("random", "equal", "no_event", "every") or len(studies) > MANY:
        return ()
    if len(studies) < 2 or any(study.record_id not in years for study in studies):
        return ()
    order = sorted(range(len(studies)), key=lambda at: (years[studies[at].record_id], at))
    return tuple(
        EventStep(at + 1, studies[at].record_id, years[studies[at].record_id], pool_events([studies[i] for i in order[: k + 1]]))
        for k, at in enumerate(order)
    )  # fmt: skip


def shown_without(found: Mapping[int, EventAnswer]) -> dict[int, Shown]:
    """Those that are a share with an interval."""
    return {row: answer.shown for row, answer in found.items() if answer.shown is not None}
