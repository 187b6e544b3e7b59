"""What is known of a set of studies on one page: people, design, comparison, size, harm, preparations, what runs, what is missing.

Registered studies of people only. Papers on animals and of laboratories are listed apart, and no number here counts them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from skinproof.model.findings import Preparation
from skinproof.model.preparations import PreparationRow
from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.views.amounts import number_words
from skinproof.views.doses import STATED, dose_points
from skinproof.views.event_pool import EventQuestion
from skinproof.views.evidence_results import HarmLine, Mcid, OutcomeLine, harm_lines, outcome_lines_of
from skinproof.views.gapmap import Numbers, numbers
from skinproof.views.landscape import Spread, axes_of, axis_words, median_words, spread_of
from skinproof.views.outcome_pool import OutcomeQuestion
from skinproof.views.preparations import FACT_LABELS, fact_share, finding_of, value_words
from skinproof.views.words import (
    NOT_REPORTED,
    lower_first,
    people_words,
    phase_words,
    plural,
    sentence,
    title_of,
)
from skinproof.vocabulary.forms import plural as plural_form
from skinproof.vocabulary.term import Vocabulary

RUNNING = ("RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION", "ACTIVE_NOT_RECRUITING")
"""Statuses of studies that run or are about to."""

COMPARED = {
    "placebo": "a placebo or a sham",
    "no_treatment": "no treatment",
    "other": "another treatment",
    "variants": "other doses or forms of the same",
    "none": "nothing: one group only",
    "not_reported": "not reported",
}
"""What the people who got the agent were compared with, by the arms that are registered."""

ASKED_FACTS = ("source", "donor", "separation", "size", "dose", "schedule", "route")
"""What the page says of preparations, in this order."""

PAPER_KINDS = ("human", "animal", "laboratory", "review", "protocol", "unclear")
"""Kinds of paper that the page counts apart; only the first is about people."""


class Arm(msgspec.Struct, frozen=True):
    """One arm as registered: its label and the registry's word for its type, "" where there is none."""

    label: str
    type: str


class EvidenceStudy(msgspec.Struct, frozen=True, kw_only=True):
    """One study that goes in. preparations: those of the agents asked for, given or a carrier; ways: ids of procedures and routes
    that the study names, other than in its criteria."""

    summary: StudySummary
    preparations: tuple[Preparation, ...] = ()
    arms: tuple[Arm, ...] = ()
    ways: frozenset[str] = frozenset()


class PaperLine(msgspec.Struct, frozen=True, kw_only=True):
    """One paper; kind: one of PAPER_KINDS; flags: how it stands (preprint, retracted, ...)."""

    record_id: str
    title: str
    year: int | None
    kind: str
    flags: tuple[str, ...] = ()


class StudyInWords(msgspec.Struct, frozen=True, kw_only=True):
    """One study in words."""

    record_id: str
    title: str
    year: str
    design: str
    randomised: bool
    participants: str
    status: str
    results: str
    compared: tuple[str, ...]
    against: tuple[str, ...]
    given: str


class EvidenceGroup(msgspec.Struct, frozen=True):
    """Some studies with what they have in common."""

    label: str
    record_ids: tuple[str, ...]


class DoseLine(msgspec.Struct, frozen=True, kw_only=True):
    """Doses of one kind of unit: clear amounts and their studies, with the median where it can be told."""

    axis: str
    n_points: int
    n_studies: int
    words: str
    record_ids: tuple[str, ...]


class Share(msgspec.Struct, frozen=True):
    """A fact of the preparations: how many report it, of how many it could be told."""

    label: str
    reported: int
    asked: int


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """A study that runs. due: its next completion date as registered; passed: that day lies before the newest registry date held."""

    record_id: str
    title: str
    status: str
    due: str
    passed: bool
    participants: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All of it; see the module. not_skin: studies that name the complaint and are not about skin, which are in no number; not_held: studies with
    posted results whose records came without them.

    overdue: studies whose results are overdue, by clock, None where the clocks were not asked; papers: None where none are held.
    shared_outcomes: outcome questions that these studies share with studies outside the set, and that are therefore not told.
    """

    numbers: Numbers
    interventional: tuple[str, ...]
    randomised: tuple[str, ...]
    completed: tuple[str, ...]
    with_results: tuple[str, ...]
    lines: tuple[StudyInWords, ...]
    compared: tuple[EvidenceGroup, ...]
    outcomes: tuple[OutcomeLine, ...]
    shared_outcomes: int
    harms: tuple[HarmLine, ...]
    sources: tuple[EvidenceGroup, ...]
    routes: tuple[EvidenceGroup, ...]
    doses: tuple[DoseLine, ...]
    facts: tuple[Share, ...]
    n_preparations: int
    running: tuple[Running, ...]
    overdue: dict[str, tuple[str, ...]] | None
    papers: tuple[PaperLine, ...] | None
    not_skin: tuple[str, ...]
    not_held: tuple[str, ...]
    stamp: EditionStamp


def evidence_of(
    studies: Sequence[EvidenceStudy],
    vocabulary: Vocabulary,
    stamp: EditionStamp,
    *,
    classes: Collection[str],
    events: Sequence[EventQuestion] = (),
    outcomes: Sequence[OutcomeQuestion] = (),
    mcids: Mapping[str, Mcid] | None = None,
    overdue: Mapping[str, tuple[str, ...]] | None = None,
    papers: Sequence[PaperLine] | None = None,
    not_skin: Iterable[str] = (),
    not_held: Iterable[str] = (),
) -> Evidence:
    """The page of these studies, each given once.

    classes: agent classes whose events are counted; events, outcomes: pooled questions that hold rows of these studies;
    overdue: clock -> ids, of these studies and others.
    """
    found = sorted(studies, key=_weight)
    summaries = [study.summary for study in found]
    ids = frozenset(s.record_id for s in summaries)
    rows = [PreparationRow(study.summary, one) for study in found for one in study.preparations]
    lines, shared = outcome_lines_of(outcomes, ids, mcids or {})
    compared = {study.summary.record_id: compared_of(study) for study in found}
    return Evidence(
        numbers=numbers(summaries),
        interventional=_ids(s for s in summaries if s.study_type == "INTERVENTIONAL"),
        randomised=_ids(s for s in summaries if s.allocation == "RANDOMIZED"),
        completed=_ids(s for s in summaries if s.overall_status == "COMPLETED"),
        with_results=_ids(s for s in summaries if s.has_results is True),
        lines=tuple(_line(study, compared[study.summary.record_id], vocabulary) for study in found),
        compared=tuple(
            EvidenceGroup(label, tuple(i for i in sorted(ids) if key in compared[i]))
            for key, label in COMPARED.items()
            if any(key in own for own in compared.values())
        ),
        outcomes=lines,
        shared_outcomes=shared,
        harms=harm_lines(events, ids, classes),
        sources=_values("source", rows, vocabulary),
        routes=_values("route", rows, vocabulary),
        doses=_doses(rows),
        facts=_facts([row.preparation for row in rows]),
        n_preparations=len(rows),
        running=_running(summaries, stamp),
        overdue=None if overdue is None else {name: tuple(i for i in own if i in ids) for name, own in overdue.items()},
        papers=None if papers is None else tuple(papers),
        not_skin=tuple(sorted(not_skin)),
        not_held=tuple(sorted(set(not_held) & ids)),
        stamp=stamp,
    )  # fmt: skip


def _weight(study: EvidenceStudy) -> tuple[bool, bool, bool, bool, int, str]:
    """What a reader wants first: posted results, randomised, of people given something, completed, large."""
    s = study.summary
    return (
        s.has_results is not True, s.allocation != "RANDOMIZED", s.study_type != "INTERVENTIONAL", s.overall_status != "COMPLETED",
        -(s.enrollment_count or 0), s.record_id,
    )  # fmt: skip


def _ids(studies: Iterable[StudySummary]) -> tuple[str, ...]:
    return tuple(sorted(study.record_id for study in studies))


def compared_of(study: EvidenceStudy) -> tuple[str, ...]:
    """Keys of COMPARED that hold for a study, by the types of the arms that do not get the agent."""
    arms = study.arms
    if not arms:
        return ("not_reported",)
    if len(arms) == 1:
        return ("none",)
    others = _others(study)
    if not others:
        return ("variants",)
    kinds = {"PLACEBO_COMPARATOR": "placebo", "SHAM_COMPARATOR": "placebo", "NO_INTERVENTION": "no_treatment"}
    found = {kinds.get(arm.type, "other") for arm in others}
    return tuple(key for key in COMPARED if key in found)


def _others(study: EvidenceStudy) -> list[Arm]:
    """Arms that do not get the agent; where the record does not tell which do, those that are not experimental."""
    given = {place for one in study.preparations for place in one.arms}
    if given:
        return [arm for place, arm in enumerate(study.arms) if place not in given]
    return [arm for arm in study.arms if arm.type != "EXPERIMENTAL"]


def _line(study: EvidenceStudy, compared: Sequence[str], vocabulary: Vocabulary) -> StudyInWords:
    s = study.summary
    facts = [_said(fact, study.preparations, vocabulary) for fact in ("source", "route", "dose")]
    results = {True: "results posted", False: "no results posted", None: "results: not reported"}[
        s.has_results
    ]
    return StudyInWords(
        record_id=s.record_id, title=title_of(s), year=(s.start_date or "")[:4] or NOT_REPORTED, design=design_words(s),
        randomised=s.allocation == "RANDOMIZED", participants=people_words(s.enrollment_count, s.enrollment_type),
        status=sentence(s.overall_status), results=results, compared=tuple(COMPARED[key] for key in compared),
        against=tuple(arm.label for arm in _others(study) if arm.label) if len(study.arms) > 1 else (),
        given="; ".join(words for words in facts if words) or NOT_REPORTED,
    )  # fmt: skip


def design_words(s: StudySummary) -> str:
    """Design in a few words: "randomised, double-masked, phase 2"."""
    if s.study_type != "INTERVENTIONAL":
        return sentence(s.study_type).lower()
    allocation = {
        "RANDOMIZED": "randomised",
        "NON_RANDOMIZED": "not randomised",
        "NA": "one group",
        None: "allocation not reported",
    }
    said = [allocation.get(s.allocation, sentence(s.allocation).lower())]
    if s.masking and s.masking != "NONE":
        said.append(f"masking: {sentence(s.masking).lower()}")
    elif s.masking == "NONE":
        said.append("open")
    if s.phases and s.phases != ("NA",):
        said.append(phase_words(s.phases).lower())
    return ", ".join(said)


def _said(fact: str, preparations: Iterable[Preparation], vocabulary: Vocabulary) -> str:
    """The clear values of a fact, in words; "" where none is reported."""
    values: dict[str, None] = {}
    for one in preparations:
        finding = finding_of(one, fact)
        if finding is not None and finding.state == "reported":
            for reading in finding.readings:
                words = (
                    reading.spans[0].quote
                    if fact == "dose" and reading.spans
                    else value_words(fact, reading.value, vocabulary)
                )
                values[" ".join(words.split())[:60]] = None
    return ", ".join(list(values)[:3])


def _values(fact: str, rows: Sequence[PreparationRow], vocabulary: Vocabulary) -> tuple[EvidenceGroup, ...]:
    """Studies by the value of a fact, the most frequent first."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        finding = finding_of(row.preparation, fact)
        if finding is not None and finding.state == "reported":
            for reading in finding.readings:
                found.setdefault(value_words(fact, reading.value, vocabulary), {})[row.study.record_id] = None
    counted = Counter({label: len(own) for label, own in found.items()})
    return tuple(
        EvidenceGroup(label, tuple(sorted(found[label])))
        for label, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    )


def _doses(rows: Sequence[PreparationRow]) -> tuple[DoseLine, ...]:
    """Clear amounts on each axis of its own."""
    points = [point for row in rows for point in dose_points(row) if point.state == STATED]
    lines = []
    for kind, per in axes_of(points):
        places = [at for at, point in enumerate(points) if (point.kind, point.per) == (kind, per)]
        spread = spread_of(("", "", ""), kind, per, places, points)
        ids = tuple(sorted({points[at].record_id for at in places}))
        lines.append(
            DoseLine(
                axis=axis_words(kind, per),
                n_points=spread.n_points,
                n_studies=spread.n_studies,
                words=_dose_words(spread),
                record_ids=ids,
            )
        )
    return tuple(sorted(lines, key=lambda line: -line.n_studies))


def _dose_words(spread: Spread) -> str:
    if spread.low is None or spread.high is None:
        return "no clear amount"
    if spread.low == spread.high:
        return number_words(spread.low)
    return f"{number_words(spread.low)} to {number_words(spread.high)}, {median_words(spread)}"


def _facts(preparations: Sequence[Preparation]) -> tuple[Share, ...]:
    found = []
    for fact in ASKED_FACTS:
        share = fact_share(fact, preparations)
        asked = share.reported + share.unclear + share.not_reported
        if asked:
            found.append(Share(FACT_LABELS[fact], share.reported, asked))
    return tuple(found)


def _running(summaries: Iterable[StudySummary], stamp: EditionStamp) -> tuple[Running, ...]:
    today = stamp.as_of or stamp.newest_registry_date or ""
    found = []
    for s in summaries:
        if s.overall_status not in RUNNING:
            continue
        due = s.primary_completion_date or s.completion_date or ""
        found.append(
            Running(
                record_id=s.record_id, title=title_of(s), status=sentence(s.overall_status), due=due or NOT_REPORTED,
                passed=bool(due) and due[: len(due)] < today[: len(due)], participants=people_words(s.enrollment_count, s.enrollment_type),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda run: (run.due == NOT_REPORTED, run.due, run.record_id)))


def count_words(evidence: Evidence) -> str:
    """Studies and people in one phrase: "12 studies with 340 people (3 state a planned number, 2 state no number)"."""
    n = evidence.numbers
    studies = plural(n.studies, "study", "studies")
    if n.participants is None:
        return f"{studies} that {'states' if n.studies == 1 else 'state'} no number of people"
    said = [
        words
        for count, words in (
            (n.planned, f"{n.planned:,} {'states' if n.planned == 1 else 'state'} a planned number"),
            (
                n.without_enrollment,
                f"{n.without_enrollment:,} {'states' if n.without_enrollment == 1 else 'state'} no number",
            ),
        )
        if count
    ]
    more = f" ({', '.join(said)})" if said else ""
    return f"{studies} with {plural(n.participants, 'person', 'people')}{more}"


_COUNTED = (
    "vesicle",
    "exosome",
    "cell",
    "factor",
    "peptide",
    "product",
    "body",
    "fibroblast",
    "keratinocyte",
    "melanocyte",
)
"""Last words of labels that stand for many of their kind."""


def many_words(label: str) -> str:
    """A label inside a sentence, in the plural where many of it are given.

    >>> many_words("Exosome"), many_words("Platelet-rich plasma")
    ('exosomes', 'platelet-rich plasma')
    """
    words = lower_first(label)
    return (plural_form(words) or words) if words.endswith(_COUNTED) else words
