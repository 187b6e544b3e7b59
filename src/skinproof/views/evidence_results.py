"""What posted results say of a set of studies: how large a difference on which scale, and what harm was counted.

Numbers are those of the pooled questions. A question counts only where all its studies are in the set; events are counted
again from the rows of the studies that are. What a difference is worth is told by the smallest one that matters to people (MCID),
or by the words "MCID unknown": never by a guess.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from skinproof.views.event_pool import OUTCOMES, EventQuestion, answer_lines, pool_events
from skinproof.views.outcome_kinds import KINDS
from skinproof.views.outcome_pool import OutcomeQuestion
from skinproof.views.pooled import Estimate, Pooling
from skinproof.views.pooled_words import interval, number, verdict_of

UNIT_SHOWN = 40
"""Letters of a unit, which is registry text, that are shown."""

STATES = {
    "difference_matters": "a difference that matters",
    "difference_may_matter": "a difference that may or may not matter",
    "difference_too_small": "a difference too small to matter",
    "difference": "a difference; whether it matters is unknown",
    "no_difference": "no difference that matters",
    "too_imprecise": "too imprecise to tell",
    "not_judged": "no clear difference, which is not the same as none",
    "one_group": "no comparison",
    "nothing": "cannot be pooled",
}
"""What the posted numbers of one question show: the verdicts of `pooled_words`, of one study as of several."""

DIFFERENCES = ("difference_matters", "difference_may_matter", "difference_too_small", "difference")


class Mcid(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest difference on a scale that people notice. value: in its units, None where it is no number; known: checked | from memory."""

    words: str
    source: str
    known: str
    value: float | None = None


class OutcomeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One outcome in numbers. key: place of the question among those asked; state: a key of STATES; favours: agent | comparator | ""
    (not told, or no difference); size: the estimate with its interval, in the scale's own unit; mcid: words, or that it is unknown.
    """

    key: int
    agent_label: str
    complaint: str
    label: str
    against: str
    scale: str
    k: int
    people: int | None
    primary: bool
    size: str
    unit: str
    mcid: str
    state: str
    state_words: str
    favours: str
    record_ids: tuple[str, ...]


class HarmLine(msgspec.Struct, frozen=True, kw_only=True):
    """People with an event: of one class of agents. words: the numbers with their interval; record_ids: the rows."""

    agent: str
    agent_label: str
    outcome: str
    label: str
    events: int
    people: int
    k: int
    words: str
    record_ids: tuple[str, ...]


def outcome_lines_of(
    questions: Sequence[OutcomeQuestion], ids: Collection[str], mcids: Mapping[str, Mcid]
) -> tuple[tuple[OutcomeLine, ...], int]:
    """(the questions answered by studies in `ids` alone, how many more these studies share with others): compared ones first, of
    these the one with most studies, then a primary outcome, then most people.
    """
    lines: list[OutcomeLine] = []
    shared = 0
    seen: set[tuple[object, ...]] = set()
    for key, question in enumerate(questions):
        own = {study.record_id for study in question.studies}
        # A study about two complaints stands in the questions of both.
        same = (question.agent, question.measured, question.kind, question.compared, frozenset(own))
        if not own & set(ids) or same in seen:
            continue
        seen.add(same)
        if not own <= set(ids):
            shared += 1
            continue
        lines.append(_outcome_line(key, question, mcids.get(question.scale)))
    lines.sort(
        key=lambda line: (
            not line.against,
            line.state == "nothing",
            -line.k,
            not line.primary,
            -(line.people or 0),
            line.key,
        )
    )
    return tuple(lines), shared


def _outcome_line(key: int, question: OutcomeQuestion, mcid: Mcid | None) -> OutcomeLine:
    pooling, overall = question.pooling, question.pooling.overall
    usable = (
        mcid
        if mcid and mcid.value and pooling.asked.measure == "MD" and question.kind in ("value", "change")
        else None
    )
    state = state_of(question, usable.value if usable else None)
    unit = " ".join(question.studies[0].unit.split())[:UNIT_SHOWN] if question.kind != "people" else ""
    size = (
        f"{pooling.shown_scale} {number(overall.shown.est)} ({interval(overall.shown)})"
        if overall
        else "none"
    )
    people = sum(arm.ni for study in question.studies for arm in study.arms)
    return OutcomeLine(
        key=key, agent_label=question.agent_label, complaint=question.branch_label, label=question.label if question.kind == "people" else f"{question.label}, {KINDS[question.kind]}",
        against=_against(question), scale=question.scale, k=len(question.studies), people=people,
        primary=any(study.role == "PRIMARY" for study in question.studies), size=size, unit=unit, mcid=_mcid_words(question, mcid),
        state=state, state_words=STATES[state], favours=_favours(pooling, overall) if state in DIFFERENCES else "",
        record_ids=tuple(study.record_id for study in question.studies),
    )  # fmt: skip


def _against(question: OutcomeQuestion) -> str:
    """The arm of one study that is compared with, by its title; of several, that there is one."""
    if not question.compared:
        return ""
    groups = {study.arms[1].group for study in question.studies}
    return " ".join(next(iter(groups)).split())[:80] if len(groups) == 1 else "a comparator"


def _mcid_words(question: OutcomeQuestion, mcid: Mcid | None) -> str:
    if question.kind == "people" and mcid is None:
        return "People are counted: no MCID applies"
    if mcid is None:
        return "MCID unknown"
    memory = ", from memory" if mcid.known != "checked" else ""
    return f"MCID {mcid.words} ({mcid.source}{memory})"


def state_of(question: OutcomeQuestion, mid: float | None) -> str:
    """A key of STATES. mid: the smallest difference that matters, in units of the scale."""
    pooling, overall = question.pooling, question.pooling.overall
    if overall is None:
        return "nothing"
    if not question.compared:
        return "one_group"
    asked = msgspec.structs.replace(pooling, asked=msgspec.structs.replace(pooling.asked, mid=mid))
    # One study is judged as several would be; that it is only one is said beside it.
    return verdict_of(asked, msgspec.structs.replace(overall, k=max(overall.k, 2)))


def _favours(pooling: Pooling, overall: Estimate | None) -> str:
    if overall is None or not pooling.asked.better:
        return ""
    return "agent" if (overall.beta < 0) == (pooling.asked.better == "lower") else "comparator"


def harm_lines(
    questions: Sequence[EventQuestion], ids: Collection[str], classes: Collection[str]
) -> tuple[HarmLine, ...]:
    """People with events in the studies of `ids`, for each class of agents by itself, counted from the rows of the questions."""
    rows: dict[tuple[str, str], EventQuestion] = {}
    for question in questions:
        own = tuple(study for study in question.studies if study.record_id in ids)
        key = (question.agent, question.outcome)
        held = rows.get(key)
        if question.agent not in classes or not own or (held is not None and len(held.studies) >= len(own)):
            continue
        left = tuple(one for one in question.left_out if one.record_id in ids)
        rows[key] = msgspec.structs.replace(question, studies=own, left_out=left)
    lines = []
    for name in dict.fromkeys(agent for agent, _ in rows):
        for outcome, label in OUTCOMES.items():
            asked = rows.get((name, outcome))
            if asked is None:
                continue
            pooled = msgspec.structs.replace(asked, answer=pool_events(asked.studies, asked.left_out))
            answer = pooled.answer
            lines.append(
                HarmLine(
                    agent=name, agent_label=asked.agent_label, outcome=outcome, label=label, events=answer.events,
                    people=answer.people, k=answer.k, words=answer_lines(pooled)[0],
                    record_ids=tuple(study.record_id for study in asked.studies),
                )
            )  # fmt: skip
    return tuple(lines)
