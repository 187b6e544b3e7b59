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
from skinproof.views.evidence_studies import (
    COMPARED,
    EvidenceStudy,
    StudyInWords,
    allocation_unknown,
    compared_of,
    lateness_unknown,
    line_of,
)
from skinproof.views.gapmap import Numbers, numbers
from skinproof.views.landscape import Spread, axes_of, axis_words, median_words, spread_of
from skinproof.views.outcome_pool import OutcomeQuestion
from skinproof.views.preparations import FACT_LABELS, fact_share, finding_of, value_words
from skinproof.views.words import NOT_REPORTED, lower_first, people_words, plural, sentence, title_of
from skinproof.vocabulary.forms import plural as plural_form
from skinproof.vocabulary.term import Vocabulary

RUNNING = ("RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION", "ACTIVE_NOT_RECRUITING")
"""Statuses of studies that run or are about to."""

ASKED_FACTS = ("source", "donor", "separation", "size", "dose", "schedule", "route")
"""What the page says of preparations, in this order."""

PAPER_KINDS = ("human", "animal", "laboratory", "review", "protocol", "unclear")
"""Kinds of paper that the page counts apart; only the first is about people."""


class PaperLine(msgspec.Struct, frozen=True, kw_only=True):
    """One paper; kind: one of PAPER_KINDS; flags: how it stands (preprint, retracted, ...)."""

    record_id: str
    title: str
    year: int | None
    kind: str
    flags: tuple[str, ...] = ()


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

    allocation_unknown, status_unknown, lateness_unknown: studies whose records do not say whether they are randomised, how far they
    are, or enough to tell whether results are overdue: a 0 beside them is no "none"; partial: studies known only from a partial
    record; n_prepared: studies that the `n_preparations` preparations are of.
    overdue: studies whose results are overdue, by clock, None where the clocks were not asked; papers: None where none are held.
    shared_outcomes: outcome questions that these studies share with studies outside the set, and that are therefore not told.
    """

    numbers: Numbers
    interventional: tuple[str, ...]
    randomised: tuple[str, ...]
    completed: tuple[str, ...]
    with_results: tuple[str, ...]
    allocation_unknown: tuple[str, ...]
    status_unknown: tuple[str, ...]
    lateness_unknown: tuple[str, ...]
    partial: tuple[str, ...]
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
    n_prepared: int
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
        allocation_unknown=_ids(s for s in summaries if allocation_unknown(s)),
        status_unknown=_ids(s for s in summaries if s.overall_status is None),
        lateness_unknown=_ids(s for s in summaries if lateness_unknown(s)),
        partial=_ids(s for s in summaries if s.completeness == "partial"),
        lines=tuple(line_of(study, compared[study.summary.record_id], vocabulary) for study in found),
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
        n_prepared=len({row.study.record_id for row in rows}),
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


def design_counts(evidence: Evidence) -> str:
    """How many are randomised and completed, with how many do not say: "0 randomised (3 of 3 do not say), 1 completed"."""
    n = evidence.numbers
    interventional = len(evidence.interventional)
    return ", ".join(
        (
            f"{interventional:,} said to be interventional",
            f"{n.randomised:,} randomised{_unsaid(evidence.allocation_unknown, n.studies)}",
            f"{n.completed:,} completed{_unsaid(evidence.status_unknown, n.studies)}",
        )
    )


def overdue_words(evidence: Evidence) -> str:
    """How many results are overdue by each clock, and of how many that cannot be told; "" where the clocks were not asked."""
    if evidence.overdue is None:
        return ""
    untold = _unsaid(evidence.lateness_unknown, evidence.numbers.studies, "cannot be told")
    return f"{len(evidence.overdue['legal_us']):,} by US law, {len(evidence.overdue['ethical_12m']):,} by the norm of the WHO, 12 months{untold}"  # fmt: skip


def partial_words(evidence: Evidence) -> str:
    """That studies are known from partial records, and what that means; "" where none is."""
    n, of = len(evidence.partial), evidence.numbers.studies
    if not n:
        return ""
    return (
        f"{n:,} of {plural(of, 'study', 'studies')} {'is' if n == 1 else 'are'} known only from a table or a list of facts:"
        " what that does not say counts as not reported, though the register may say it"
    )


def _unsaid(ids: Sequence[str], n: int, words: str = "") -> str:
    if not ids:
        return ""
    return f" ({len(ids):,} of {n:,} {words or ('does' if len(ids) == 1 else 'do') + ' not say'})"


def prepared_words(evidence: Evidence) -> str:
    """What the numbers of the preparations are out of: "2 preparations are described in 2 of the 3 studies; ..."."""
    n = evidence.numbers.studies
    if not evidence.n_preparations:
        return "No preparation is described in these records." if n else ""
    one = evidence.n_preparations == 1
    return (
        f"{plural(evidence.n_preparations, 'preparation')} {'is' if one else 'are'} described in {evidence.n_prepared:,} of {plural(n, 'study', 'studies')}."
        " Each fact is out of those it can be told of."
    )  # fmt: skip


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
