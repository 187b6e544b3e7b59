"""Conclusions that changed between two states: counts of the map, gaps, reporting, pooled answers, clocks."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import nan

from skinproof.appraisal.clocks import Clock, Clocks
from skinproof.appraisal.reporting import score_study
from skinproof.model.findings import Preparation
from skinproof.synthesis.living import Answer, changed
from skinproof.views.changes import Conclusion
from skinproof.views.event_pool import OUTCOMES, EventAnswer, EventQuestion, percent, range_words
from skinproof.views.gapmap import GapMap
from skinproof.views.outcome_pool import OutcomeQuestion, short_words
from skinproof.views.pooled import Estimate
from skinproof.views.text import cut
from skinproof.views.words import AGENT_CLASS_LABELS, lower_first, plural

CLOCK_LABELS = {"legal_us": "US law", "legal_eu": "EU law", "ethical_12m": "WHO norm"}

TITLE = 80
"""Characters of a title within a sentence."""

STATE_WORDS = {
    "does_not_apply": "does not apply",
    "not_due": "not due yet",
    "due": "due, or just over",
    "overdue": "overdue",
    "submitted": "submitted, not posted yet",
    "posted": "posted",
    "delay_certified": "delay certified",
    "waived": "waived",
    "unknown": "not known",
}


def map_conclusions(
    before: GapMap, after: GapMap, same: Collection[str], *, rules_changed: bool
) -> list[Conclusion]:
    """Cells whose studies are not the same ones. same: ids whose record did not change."""
    old = {(cell.row, cell.column): cell for cell in before.cells}
    new = {(cell.row, cell.column): cell for cell in after.cells}
    labels = {axis.id: axis.label for table in (before, after) for axis in (*table.rows, *table.columns)}
    found = []
    for key in dict.fromkeys((*new, *old)):
        if key[0] == "other":
            continue
        was = set(old[key].numbers.record_ids) if key in old else set()
        is_now = set(new[key].numbers.record_ids) if key in new else set()
        moved = was ^ is_now
        if len(was) == len(is_now):
            continue
        about = f"{AGENT_CLASS_LABELS[key[0]]}, {lower_first(labels[key[1]])}"
        found.append(
            Conclusion(
                kind="gap" if not was or not is_now else "count", about=about, before=_studies(was), after=_studies(is_now),
                cause=_cause(moved, same, rules_changed), record_ids=tuple(sorted(moved)),
            )
        )  # fmt: skip
    return found


def _studies(ids: Collection[str]) -> str:
    return plural(len(ids), "study", "studies") if ids else "no registered study"


def _cause(moved: Collection[str], same: Collection[str], rules_changed: bool) -> str:
    """A study whose record did not change moves only by our rules; one whose record did may move by both."""
    read = {name for name in moved if name in same}
    if read and len(read) == len(moved):
        return "reading"
    return "both" if read or rules_changed else "record"


def reporting_conclusion(
    record_id: str, title: str, before: Sequence[Preparation], after: Sequence[Preparation], cause: str
) -> Conclusion | None:
    """Items of reporting that a study came to report, or stopped reporting."""
    if not before or not after:
        return None
    old, new = score_study(before), score_study(after)
    was = {item.id: item.state for item in old.items}
    now_told = [
        i.label for i in new.items if i.state == "reported" and was.get(i.id) in ("not_reported", "unclear")
    ]
    now_silent = [i.label for i in new.items if i.state == "not_reported" and was.get(i.id) == "reported"]
    if not now_told and not now_silent:
        return None
    told = [f"now reported: {', '.join(map(lower_first, now_told))}"] if now_told else []
    told += [f"not reported any more: {', '.join(map(lower_first, now_silent))}"] if now_silent else []
    return Conclusion(
        kind="reporting", about=f"{record_id}: {cut(title, TITLE)}", before=f"{old.n_reported} of {old.n_applicable} items reported",
        after=f"{new.n_reported} of {new.n_applicable} ({'; '.join(told)})", cause=cause, record_ids=(record_id,),
    )  # fmt: skip


def clock_conclusions(
    record_id: str, title: str, before: Clocks, after: Clocks, cause: str
) -> list[Conclusion]:
    """Clocks of one study that came to say overdue, or stopped saying so; those that say the same stand together."""
    turned: dict[tuple[str, str], list[str]] = {}
    for was, clock in zip(before.all, after.all, strict=True):
        if was.state != clock.state and "overdue" in (was.state, clock.state):
            label = CLOCK_LABELS[clock.name] + (" (if it applies)" if clock.applies == "unknown" else "")
            turned.setdefault((clock_words(was), clock_words(clock)), []).append(label)
    return [
        Conclusion(
            kind="overdue", about=f"{record_id}: {cut(title, TITLE)}, {' and '.join(labels)}", before=was_said,
            after=said, cause=cause, record_ids=(record_id,),
        )
        for (was_said, said), labels in turned.items()
    ]  # fmt: skip


def clock_words(clock: Clock) -> str:
    """The state of a clock with its deadline and how late: "overdue: due 2021-02-01 to 2021-02-28, 122 to 149 days late"."""
    said = STATE_WORDS[clock.state]
    if clock.due is None or clock.state == "does_not_apply":
        return said
    day = clock.due[0] if clock.due[0] == clock.due[1] else f"{clock.due[0]} to {clock.due[1]}"
    late = ""
    if clock.late_days:
        low, high = clock.late_days
        late = f", {high if low == high else f'{low} to {high}'} days late"
    return f"{said}: due {day}{late}"


def pooled_conclusions(
    before: Iterable[EventQuestion], after: Iterable[EventQuestion], cause: str, moved: Collection[str]
) -> list[Conclusion]:
    """Pooled shares of people with adverse events that came out otherwise."""
    old = {(q.agent, q.branch, q.outcome): q for q in before}
    new = {(q.agent, q.branch, q.outcome): q for q in after}
    found = []
    for key in dict.fromkeys((*new, *old)):
        was, is_now = old.get(key), new.get(key)
        words = [event_words(q.answer) if q else NOTHING for q in (was, is_now)]
        if words[0] == words[1]:
            continue
        one = is_now or was
        assert one is not None
        rows: list[Mapping[str, object]] = [
            {s.record_id: s for s in q.studies} if q else {} for q in (was, is_now)
        ]
        ids = _moved(rows, moved)
        about = f"{OUTCOMES[one.outcome].capitalize()}: {one.agent_label}, {one.branch_label}"
        found.append(
            Conclusion(
                kind="pooled", about=about, before=words[0], after=words[1], cause=cause, record_ids=ids
            )
        )
    return found


NOTHING = "no study with posted results"


def event_words(answer: EventAnswer) -> str:
    """A pooled share in a few words."""
    if not answer.k:
        return NOTHING
    head = f"{plural(answer.k, 'study', 'studies')}, {answer.people:,} people"
    if answer.shown is None:
        return f"{head}: not pooled"
    return f"{head}: {percent(answer.shown.est)} ({range_words(answer.shown)})"


def outcome_conclusions(
    before: Iterable[OutcomeQuestion], after: Iterable[OutcomeQuestion], cause: str, moved: Collection[str]
) -> list[Conclusion]:
    """Pooled answers of posted outcomes that came out otherwise."""
    old = {(q.agent, q.branch, q.measured, q.kind, q.compared): q for q in before}
    new = {(q.agent, q.branch, q.measured, q.kind, q.compared): q for q in after}
    found = []
    for key in dict.fromkeys((*new, *old)):
        was, is_now = old.get(key), new.get(key)
        words = [short_words(q) if q else NOTHING for q in (was, is_now)]
        if words[0] == words[1]:
            continue
        one = is_now or was
        assert one is not None
        rows: list[Mapping[str, object]] = [
            {s.record_id: s for s in q.studies} if q else {} for q in (was, is_now)
        ]
        turned = _turned(was, is_now)
        found.append(
            Conclusion(
                kind="pooled", about=one.title, before=words[0], after=words[1] + turned, cause=cause,
                record_ids=_moved(rows, moved),
            )
        )  # fmt: skip
    return found


def _turned(was: OutcomeQuestion | None, is_now: OutcomeQuestion | None) -> str:
    """Whether the interval came to lie on one side of no effect, or stopped doing so."""
    if was is None or is_now is None or not is_now.compared:
        return ""
    one, two = was.pooling.overall, is_now.pooling.overall
    if one is None or two is None or was.pooling.asked.measure != is_now.pooling.asked.measure:
        return ""
    conclusion = changed(_answer(one), _answer(two)).conclusion
    return "" if conclusion == "same" else TURNS[conclusion]


TURNS = {
    "turned": "; the direction turned",
    "now excludes": "; now excludes no difference",
    "no longer excludes": "; no longer excludes no difference",
}


def _answer(one: Estimate) -> Answer:
    return Answer(
        k=one.k, beta=one.beta, se=one.se, pval=one.pval, ci_lb=one.ci_lb, ci_ub=one.ci_ub, pi_lb=_number(one.pi_lb),
        pi_ub=_number(one.pi_ub), tau2=_number(one.tau2), i2=_number(one.i2),
    )  # fmt: skip


def _number(value: float | None) -> float:
    return nan if value is None else value


def _moved(rows: Sequence[Mapping[str, object]], changed: Collection[str]) -> tuple[str, ...]:
    """Studies that came, went, or whose own row is otherwise."""
    old, new = rows
    ids = {name for name in (*old, *new) if old.get(name) != new.get(name)}
    return tuple(sorted(ids & set(changed) or ids))
