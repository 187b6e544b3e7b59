"""How many people had an event in the studies that gave one class of agents: one arm-sum per study, and their pooled share.

A row is a study: the groups that got the agent, added only where no person can stand in two of them. The shares are pooled
by a binomial-normal model on the log odds (no constant is added to zeros). They are reports of single studies, whatever
the cause of an event was, and no rates of a product.

Sources: Stijnen, Hamza & Ozdemir 2010, doi:10.1002/sim.4040 (the model); Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404
(the interval of one study); Hanley & Lippman-Hand 1983, doi:10.1001/jama.1983.03330370053031 (no event is no proof of none).
"""

from collections.abc import Collection, Sequence
from functools import lru_cache
from math import isfinite

import msgspec
from scipy.special import betaincinv, expit

from skinproof.errors import SynthesisError
from skinproof.synthesis.rare_glmm import Glmm, pool_glmm
from skinproof.views.arm_map import Match
from skinproof.views.outcome_rows import EventRow, OutcomeRows
from skinproof.views.pooled import Shown
from skinproof.views.posted_numbers import Origin
from skinproof.views.words import plural

OUTCOMES = {
    "serious": "serious adverse events",
    "any": "any adverse event",
    "deaths": "deaths from any cause",
}
"""Key -> what was counted: people with at least one."""

SAID = {
    "serious": "had a serious adverse event",
    "any": "had any adverse event",
    "deaths": "died, of any cause",
}
"""Key -> what is said of people."""

LEVEL = 95.0


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One group that was added: its title, people with the event, people at risk."""

    group: str
    xi: int
    ni: int
    note: str = ""


class EventStudy(msgspec.Struct, frozen=True, kw_only=True):
    """One study as a row: xi of ni people; shown: share with its exact interval; parts: the groups that were added."""

    record_id: str
    title: str
    xi: int
    ni: int
    shown: Shown
    parts: tuple[Part, ...]
    origins: tuple[Origin, ...]
    notes: tuple[str, ...] = ()


class EventLeftOut(msgspec.Struct, frozen=True):
    """A study that gave the agent and is no row, and why. partial: its numbers are posted, but the one asked for does not follow."""

    record_id: str
    title: str
    why: str
    partial: bool = False


class EventAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The pooled share. how: none | one | selected | no_event | every | random | equal | failed.

    selected: not pooled, because which studies are rows depends on what happened in them.

    shown: share with its interval (of "no_event" and "every": all people as of one study, exact); shown_pi: share of a new
    study; beta ... qep: of the model, on log odds; None where there is no model.
    """

    how: str
    k: int
    people: int
    events: int
    shown: Shown | None = None
    shown_pi: Shown | None = None
    beta: float | None = None
    se: float | None = None
    ci_lb: float | None = None
    ci_ub: float | None = None
    pi_lb: float | None = None
    pi_ub: float | None = None
    dfs: float | None = None
    tau2: float | None = None
    i2: float | None = None
    qe: float | None = None
    qep: float | None = None
    notes: tuple[str, ...] = ()


class EventQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One question with its rows and its answer. branch: id of the complaint, "" for all together."""

    agent: str
    agent_label: str
    branch: str
    branch_label: str
    outcome: str
    studies: tuple[EventStudy, ...]
    left_out: tuple[EventLeftOut, ...]
    answer: EventAnswer

    @property
    def title(self) -> str:
        """The question in words."""
        what = OUTCOMES[self.outcome]
        return f"{what[0].upper()}{what[1:]}: {self.agent_label}, {self.branch_label}"


class _Unknown(str):
    """Why a number does not follow from numbers that are posted."""


def events_of(
    rows: OutcomeRows, given: Collection[int], outcome: str, record_id: str, title: str
) -> EventStudy | EventLeftOut:
    """The row of one study, or why there is none. given: places of the registered arms that get the agent."""
    groups = _groups(rows, given)
    if isinstance(groups, str):
        return EventLeftOut(record_id, title, groups)
    parts: list[Part] = []
    origins: list[Origin] = []
    for match in groups:
        found = _part(rows, match, outcome)
        if isinstance(found, str):
            why = f"{match.group.title}: {found}" if len(groups) > 1 else str(found)
            return EventLeftOut(record_id, title, why, isinstance(found, _Unknown))
        parts.append(found[0])
        origins += found[1]
    xi, ni = sum(part.xi for part in parts), sum(part.ni for part in parts)
    if len(parts) > 1 and rows.started is not None and ni > rows.started:
        why = f"groups are not added: {ni:,} people at risk in them, and only {rows.started:,} started"
        return EventLeftOut(record_id, title, why)
    return EventStudy(
        record_id=record_id, title=title, xi=xi, ni=ni, shown=exact(xi, ni), parts=tuple(parts), origins=tuple(origins),
        notes=_notes(rows, given, groups),
    )  # fmt: skip


def _groups(rows: OutcomeRows, given: Collection[int]) -> list[Match] | str:
    """The groups that got the agent, which can be added; else why not."""
    if not rows.arms.events:
        return "no adverse events among its posted results"
    if not given:
        return "the record does not tell which of its arms get the agent"
    unclear = [match for match in rows.arms.events if match.arm is None]
    if unclear and not set(given) <= {match.arm for match in rows.arms.events}:
        named = ", ".join(match.group.title or match.group.id for match in unclear)
        return f"to be reviewed: which arm a group is cannot be told ({named}: {unclear[0].note})"
    groups = [match for match in rows.arms.events if match.arm in given]
    if not groups:
        return "adverse events are posted for no arm that gets the agent"
    overlap = next((match.overlap for match in groups if match.overlap), "")
    return f"groups are not added: {overlap}" if overlap else groups


def _notes(rows: OutcomeRows, given: Collection[int], groups: Sequence[Match]) -> tuple[str, ...]:
    said = [f"{match.group.title}: {match.note}" for match in groups if match.note]
    if len(groups) > 1:
        said.append(
            f"{len(groups)} groups added; each person stands in one of them, as far as the record tells"
        )
    absent = [rows.arms.arms[place] for place in sorted(set(given) - {match.arm for match in groups})]
    if absent:
        said.append(f"no adverse events are posted for {', '.join(absent)}")
    return tuple(said)


def _part(rows: OutcomeRows, match: Match, outcome: str) -> tuple[Part, tuple[Origin, ...]] | str:
    kinds = {row.kind: row for row in rows.events if row.match.group.path == match.group.path}
    if outcome != "any":
        row = kinds.get(outcome)
        if row is None:
            return f"{OUTCOMES[outcome]} are not posted with the number of people"
        return Part(group=match.group.title, xi=row.xi, ni=row.ni), row.origins
    serious, other = kinds.get("serious"), kinds.get("other")
    if serious is None or other is None:
        return "serious and other adverse events are not both posted with the number of people"
    found = any_event(serious, other, rows.frequency_threshold)
    if isinstance(found, str):
        return _Unknown(found)
    return Part(group=match.group.title, xi=found, ni=serious.ni), (*serious.origins, *other.origins)


def any_event(serious: EventRow, other: EventRow, threshold: float | None) -> int | str:
    """People with any adverse event, where that follows; else why it does not.

    People with a serious and people with another event are posted apart, and a person may be among both: the number of
    both together is known only where one of the two is nobody or everybody. Other events up to `threshold` percent of a
    group were not posted; where one person is more than that, nothing is missing.
    """
    n = serious.ni
    if other.ni != n:
        return f"serious events are of {n:,} people and other events of {other.ni:,}"
    if n in (serious.xi, other.xi):
        return n
    if threshold is None or 100 / n <= threshold:
        least = f"{threshold:g}%" if threshold is not None else "an unknown share"
        return f"other events of up to {least} of people were not posted, so at least {max(serious.xi, other.xi):,} of {n:,} people"
    if 0 in (serious.xi, other.xi):
        return serious.xi + other.xi
    low, high = max(serious.xi, other.xi), min(n, serious.xi + other.xi)
    return f"people with serious and with other events may be the same: {low:,} to {high:,} of {n:,}"


def exact(xi: int, ni: int, level: float = LEVEL) -> Shown:
    """The share with the interval of Clopper and Pearson.

    >>> round(exact(0, 10).ub, 4)
    0.3085
    """
    tail = (1 - level / 100) / 2
    low = 0.0 if xi == 0 else float(betaincinv(xi, ni - xi + 1, tail))
    high = 1.0 if xi == ni else float(betaincinv(xi + 1, ni - xi, 1 - tail))
    return Shown(xi / ni, low, high)


def pool_events(studies: Sequence[EventStudy], left_out: Sequence[EventLeftOut] = ()) -> EventAnswer:
    """The pooled share; what cannot be pooled says so in `how`.

    Where studies were left out because the number does not follow from theirs, nothing is pooled: it follows most often
    where nobody or everybody was affected, and a share of such studies would be a share of a biased choice.
    """
    k, people, events = len(studies), sum(s.ni for s in studies), sum(s.xi for s in studies)
    if k == 0:
        return EventAnswer(how="none", k=0, people=0, events=0)
    if k > 1 and any(study.partial for study in left_out):
        return EventAnswer(how="selected", k=k, people=people, events=events)
    if k == 1 or events in (0, people):
        how = "one" if k == 1 else "no_event" if events == 0 else "every"
        return EventAnswer(how=how, k=k, people=people, events=events, shown=exact(events, people))
    return _pooled(tuple(study.xi for study in studies), tuple(study.ni for study in studies))


@lru_cache(maxsize=512)
def _pooled(xi: tuple[int, ...], ni: tuple[int, ...]) -> EventAnswer:
    """The pooled share of two studies or more; kept, as branches and states that are compared often hold the same studies."""
    k, people, events = len(ni), sum(ni), sum(xi)
    said: tuple[str, ...] = ()
    for method, how in (("ML", "random"), ("EE", "equal")):
        try:
            fit = pool_glmm("PLO", xi=list(xi), ni=list(ni), method=method, test="t", level=LEVEL)
        except SynthesisError as error:
            said = (*said, f"{'Random' if how == 'random' else 'Equal'} effects: {error}.")
            continue
        return _answer(fit, how, (people, events), said)
    return EventAnswer(how="failed", k=k, people=people, events=events, notes=said)


def _answer(fit: Glmm, how: str, counted: tuple[int, int], said: tuple[str, ...]) -> EventAnswer:
    people, events = counted
    random = how == "random"
    return EventAnswer(
        how=how, k=fit.k, people=people, events=events, shown=_shown(fit.beta, fit.ci_lb, fit.ci_ub),
        shown_pi=_shown(fit.beta, fit.pi_lb, fit.pi_ub) if random else None, beta=fit.beta, se=fit.se, ci_lb=fit.ci_lb,
        ci_ub=fit.ci_ub, pi_lb=fit.pi_lb if random else None, pi_ub=fit.pi_ub if random else None, dfs=_finite(fit.dfs),
        tau2=fit.tau2 if random else None, i2=fit.i2 if random else None, qe=_finite(fit.qe_lrt), qep=_finite(fit.qep_lrt),
        notes=(*said, *fit.notes),
    )  # fmt: skip


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _shown(*values: float) -> Shown:
    return Shown(*(float(expit(value)) for value in values))


def percent(share: float) -> str:
    """A share as it is printed.

    >>> percent(0.0524), percent(0.3333), percent(0.0), percent(1.0), percent(0.00042), percent(0.9996)
    ('5.2%', '33%', '0%', '100%', '0.042%', '99.96%')
    """
    value = 100 * share
    if value in (0, 100):
        return f"{value:.0f}%"
    if value > 99:
        return f"{value:.1f}%" if value < 99.95 else f"{value:.2f}%" if value < 99.995 else "almost 100%"
    if value < 0.0095:
        return "below 0.01%"
    return f"{value:.0f}%" if value >= 9.95 else f"{value:.1f}%" if value >= 0.095 else f"{value:.2g}%"


def range_words(shown: Shown) -> str:
    """The interval: "0.5% to 12%"."""
    return f"{percent(shown.lb)} to {percent(shown.ub)}"


USELESS = 0.9
"""Width of the interval of a share, of at most 1, beyond which it says nothing that was not known before."""


def held_words(posted: int, held: int) -> str:
    """How many studies there is something of to pool. posted: studies that gave an agent and have results; held: of these, here."""
    if not posted:
        return "None of the studies held here that give an agent looked for has posted results."
    have = plural(posted, "study that gave an agent has", "studies that gave an agent have")
    if not held:
        return f"Nothing can be pooled here yet: {have} posted results in the registry, but the records held here came without them."
    return f"{have[0].upper()}{have[1:]} posted results in the registry; {held:,} of them came here with their results, and these are pooled below."


NO_COMPARISON = (
    "Each number is what one study reported of its own people, whatever the cause: illness, other treatments, time. There is no"
    " comparison group here, so this is no rate of a product and does not say what an agent causes."
)


def answer_lines(question: EventQuestion) -> tuple[str, ...]:
    """The answer in plain words: size, certainty, a new study, what it is not."""
    found, what = question.answer, SAID[question.outcome]
    if found.how == "none":
        tail = (
            f" {plural(len(question.left_out), 'study', 'studies')} with posted results took no part; the reasons are listed."
            if question.left_out
            else ""
        )
        return (
            f"No study to count: nothing held here tells how many people {what}.{tail}",
            "That is an empty place in the evidence. It does not mean that nothing happened, nor that it is safe.",
        )
    of = f"{found.events:,} of {found.people:,} people"
    studies = plural(found.k, "study", "studies")
    if found.how == "selected":
        return (f"{of} in {studies} {what}; this is not pooled.", *_selected(question), NO_COMPARISON)
    if found.shown is None:
        return (f"{of} in {studies}; they cannot be pooled.", *found.notes, NO_COMPARISON)
    bounds = f"{LEVEL:g}% confidence interval {range_words(found.shown)}"
    if found.how == "one":
        return (
            f"One study only: {of} {what} ({percent(found.shown.est)}, {bounds}). Nothing is pooled.",
            *(_ZERO if found.events == 0 else ()),
            *_selected(question),
            "One study is not a body of evidence, and how far studies differ is unknown.",
            NO_COMPARISON,
        )
    if found.how in ("no_event", "every"):
        said = "None" if found.how == "no_event" else "All"
        return (
            f"{said} of {found.people:,} people in {studies} {what}. Taken together as if of one study: {bounds}.",
            *(_ZERO if found.how == "no_event" else ()),
            "How far studies differ cannot be told from such numbers.",
            NO_COMPARISON,
        )
    if found.shown.ub - found.shown.lb > USELESS:
        return (
            f"Nothing useful can be pooled: {of} in {studies} {what}, and the interval of a pooled share leaves open almost"
            f" everything ({bounds}).",
            "How far these studies differ cannot be told from such numbers; see each by itself.",
            NO_COMPARISON,
        )
    lines = [f"Pooled {percent(found.shown.est)} of people ({bounds}) {what}: {of} in {studies}."]
    if found.shown_pi is None:
        lines.append("Studies are taken to share one true share, so nothing is said of a new study.")
    elif found.tau2 == 0:
        lines.append(
            "No difference between studies is seen beyond chance, which with few studies or events is no proof that there is"
            f" none; a new study like these is expected at {range_words(found.shown_pi)} or further off."
        )
    else:
        lines.append(
            f"In a new study like these the true share is expected at {range_words(found.shown_pi)}."
        )
    if found.k < 5:
        lines.append(
            f"{found.k} studies tell little of how much studies differ: the next one may move both intervals."
        )
    if not question.branch:
        lines.append(
            "People with very different illnesses stand side by side here; look at each complaint, too."
        )
    return (*lines, NO_COMPARISON)


def _selected(question: EventQuestion) -> tuple[str, ...]:
    partial = sum(study.partial for study in question.left_out)
    if not partial:
        return ()
    return (
        f"From the posted numbers of {plural(partial, 'further study', 'further studies')} it does not follow, because people with"
        " serious and people with other events are posted apart. It follows most often where nobody or everybody was affected, so a"
        " share over such studies would be one of a biased choice.",
    )


_ZERO = ("No event seen is no proof of safety: see how high the interval reaches.",)
