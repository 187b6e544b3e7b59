"""Questions of posted outcomes of one class of agents: what several studies measured, or one as its primary outcome."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

import msgspec

from skinproof.errors import SynthesisError
from skinproof.views.outcome_choice import OutcomeLeftOut, OutcomeStudy, Posted, outcomes_of
from skinproof.views.outcome_pool import OutcomeQuestion, asked_for, pooled_outcomes, table_of
from skinproof.views.pool_table import PoolTable
from skinproof.workflows.pool_scales import OutcomeScale, checked, outcome_scales, scale_of

NO_QUESTION = "no primary outcome, on no scale of skin outcomes known here, and no other study has it"

NO_SCALES = ("adverse",)
"""Not scales of an outcome: events are counted by many definitions, and questions of their own pool them."""


class Part(msgspec.Struct, frozen=True):
    """The questions of one class of agents, and what of its studies is in none of them."""

    questions: tuple[OutcomeQuestion, ...]
    left_out: tuple[OutcomeLeftOut, ...]


@cache
def _scales() -> dict[str, OutcomeScale]:
    return {scale.key: scale for scale in outcome_scales()}


def scale_keys() -> Callable[[str], str]:
    """The key of the scale that a text names, or ""."""
    scales = tuple(scale for scale in _scales().values() if scale.key not in NO_SCALES)

    @cache
    def key(text: str) -> str:
        found = scale_of(text, scales)
        return found.key if found is not None else ""

    return key


def part_of(
    name: str, label: str, branches: Iterable[tuple[str, str, Sequence[Posted]]], not_held: str
) -> Part:
    """The questions of a class. branches: (id, label, its studies), each a complaint by itself."""
    questions: list[OutcomeQuestion] = []
    rest: list[OutcomeLeftOut] = []
    for branch, branch_label, studies in branches:
        rows: list[OutcomeStudy] = []
        left_out: list[OutcomeLeftOut] = []
        for posted in studies:
            found, lost = outcomes_of(posted, not_held)
            rows += found
            left_out += lost
        groups: dict[tuple[str, str, bool], list[OutcomeStudy]] = {}
        for row in rows:
            groups.setdefault((row.measured, row.kind, row.compared), []).append(row)
        head = (name, label, branch, branch_label)
        for group in groups.values():
            if _is_question(group):
                questions.append(_question(head, group, left_out, rows))
            else:
                rest += [_no_question(row) for row in group]
        rest += left_out
    return Part(tuple(questions), tuple(dict.fromkeys(rest)))


def _is_question(group: Sequence[OutcomeStudy]) -> bool:
    return len(group) > 1 or any(row.scale or row.role == "PRIMARY" for row in group)


def _no_question(row: OutcomeStudy) -> OutcomeLeftOut:
    named = f"{row.outcome}: {row.what}" if row.what else row.outcome
    return OutcomeLeftOut(
        record_id=row.record_id, title=row.title, outcome=named, why=NO_QUESTION, measured=row.measured
    )


def _question(
    head: tuple[str, str, str, str], group: Sequence[OutcomeStudy], left_out: Sequence[OutcomeLeftOut], rows: Sequence[OutcomeStudy]
) -> OutcomeQuestion:  # fmt: skip
    name, label, branch, branch_label = head
    first = group[0]
    group = sorted(group, key=lambda row: (row.year or 9999, row.record_id))
    scale = _scales().get(first.scale)
    asked = asked_for(group, label, scale.better if scale else "")
    table = _checked(table_of(group, f"{name}-{first.measured}"), asked.measure, scale)
    own = {row.record_id for row in group}
    lost = [
        one for one in left_out if one.measured == first.measured or (not one.measured and not one.outcome)
    ]
    lost += [_elsewhere(row) for row in rows if row.measured == first.measured and row not in group]
    told = {one.record_id for one in lost} | own
    without = {row.record_id: row for row in rows if row.record_id not in told}
    lost += [
        OutcomeLeftOut(record_id=row.record_id, title=row.title, outcome="", why="posted no such outcome, as far as its words tell")
        for row in without.values()
    ]  # fmt: skip
    return OutcomeQuestion(
        agent=name, agent_label=label, branch=branch, branch_label=branch_label, measured=first.measured,
        label=_label(group, scale), scale=first.scale, kind=first.kind, compared=first.compared,
        studies=tuple(group), left_out=tuple(dict.fromkeys(lost)), table=table, pooling=pooled_outcomes(table, asked, group),
    )  # fmt: skip


def _label(group: Sequence[OutcomeStudy], scale: OutcomeScale | None) -> str:
    """The name of the scale; else the words that the studies share, and of one study its whole title."""
    first = group[0]
    label = scale.label if scale else first.label if len(group) > 1 else first.outcome
    part = first.label.partition(": ")[2]
    if not scale and part and len(group) == 1:
        label = f"{label}: {part}"
    unit = f" ({first.unit})" if not scale and first.arms[0].xi is None and first.unit else ""
    return f"{label[:1].upper()}{label[1:]}{unit}" if len(label.split(" ")) > 1 else f"{label}{unit}"


def _elsewhere(row: OutcomeStudy) -> OutcomeLeftOut:
    """Of the same outcome, in another kind or with another comparison."""
    named = f"{row.outcome}: {row.what}" if row.what else row.outcome
    why = "the same outcome, posted as another kind or without the same comparison: a question by itself"
    return OutcomeLeftOut(
        record_id=row.record_id, title=row.title, outcome=named, why=why, measured=row.measured
    )


def _checked(table: PoolTable, measure: str, scale: OutcomeScale | None) -> PoolTable:
    """The table with what the scale says of its values; of counts a scale says nothing."""
    if scale is None or measure in ("RR", "PAS", "PLO"):
        return table
    try:
        return checked(table, measure, (scale,), standardized=measure == "SMD")
    except SynthesisError as error:
        return msgspec.structs.replace(table, notes=(*table.notes, f"{error}."))
