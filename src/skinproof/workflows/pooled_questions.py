"""Questions of an edition that posted results may answer: people with an event, and outcomes, by agent class and complaint.

Every pair of a class of agents and a branch of complaints in which a study with posted results stands is a question, and
so is every class over all complaints; so that a reader sees which are empty, and why.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from skinproof.model.findings import Preparation
from skinproof.model.record import StudyRecord
from skinproof.model.summary import EditionStamp, Filters, StudySummary
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.event_pool import (
    OUTCOMES,
    EventLeftOut,
    EventQuestion,
    EventStudy,
    events_of,
    pool_events,
)
from skinproof.views.gapmap import GIVEN, OUTSIDE, SKIN
from skinproof.views.outcome_choice import OutcomeLeftOut, Posted
from skinproof.views.outcome_pool import OutcomeQuestion
from skinproof.views.outcome_rows import OutcomeRows, outcome_rows
from skinproof.views.words import AGENT_CLASS_LABELS, lower_first, title_of
from skinproof.vocabulary.term import Vocabulary
from skinproof.workflows.outcome_questions import Part, part_of, scale_keys
from skinproof.workflows.query import Workspace

_BATCH = 200
OTHER = "other"
"""The class of everything else: pooling it would say nothing."""

NOT_HELD = "the registry has results, but the version held here came without them"


class PooledQuestions(msgspec.Struct, frozen=True, kw_only=True):
    """The questions, in the order of classes, complaints and outcomes.

    questions: of events; outcomes: of posted outcome measures, and outcomes_left_out: what of them is no question, by
    class; n_with_results: studies that gave an agent and have results; n_held: those whose results are held here; n_skin:
    of these, those about skin; years: of every study that is a row, where its record tells.
    """

    stamp: EditionStamp
    questions: tuple[EventQuestion, ...]
    n_with_results: int
    n_held: int
    outcomes: tuple[OutcomeQuestion, ...] = ()
    outcomes_left_out: dict[str, tuple[OutcomeLeftOut, ...]] = {}
    n_skin: int = 0
    years: dict[str, int] = {}

    @property
    def answered(self) -> tuple[EventQuestion, ...]:
        """Those with at least one study."""
        return tuple(question for question in self.questions if question.studies)


class _Study(msgspec.Struct, frozen=True):
    """One study with results: places of the arms that get each class; rows: None where the results are not held; types: of
    its arms, as registered."""

    summary: StudySummary
    given: dict[str, frozenset[int]]
    branches: frozenset[str]
    rows: OutcomeRows | None
    types: tuple[str, ...]


def pooled_questions(
    workspace: Workspace,
    filters: Filters | None = None,
    as_of: str | None = None,
    *,
    classes: Collection[str] = (),
    branches: Collection[str] = (),
    outcomes: Sequence[str] = tuple(OUTCOMES),
    measured: bool = True,
    only: Collection[str] | None = None,
) -> PooledQuestions:
    """The questions of the studies that meet the filters.

    classes, branches: only these (a branch is an indication id; its descendants count to it), empty = all there are; a
    class or a branch that is named gives a question even where no study stands in it. measured: posted outcome measures, too;
    only: ids of the studies that may take part, None = all.
    Raises: UsageError as `Workspace.select`.
    """
    selection = workspace.select(filters or Filters(), as_of)
    chosen = [s for s in selection.studies if only is None or s.record_id in only]
    found = _studies(workspace, chosen, tuple(branches))
    questions: list[EventQuestion] = []
    parts: dict[str, Part] = {}
    for name in (c for c in AGENT_CLASSES if c != OTHER and (not classes or c in classes)):
        own = [study for study in found if name in study.given]
        if not own and name not in classes:
            continue
        for branch in branches or _shown_branches(workspace.vocabulary, own):
            inside = [study for study in own if not branch or branch in study.branches]
            questions += [_question(workspace.vocabulary, name, branch, one, inside) for one in outcomes]
        if measured:
            parts[name] = _measured(workspace.vocabulary, name, tuple(branches), own)
    return PooledQuestions(
        stamp=selection.stamp,
        questions=tuple(questions),
        n_with_results=len(found),
        n_held=sum(study.rows is not None for study in found),
        outcomes=tuple(question for part in parts.values() for question in part.questions),
        outcomes_left_out={name: part.left_out for name, part in parts.items() if part.left_out},
        n_skin=sum(study.rows is not None and study.summary.cutaneous == "yes" for study in found),
        years={s.summary.record_id: year for s in found if (year := _year(s.summary)) is not None},
    )


def _measured(vocabulary: Vocabulary, name: str, asked: tuple[str, ...], own: Sequence[_Study]) -> Part:
    """Questions of posted outcomes: by complaint, and of all together what no complaint holds."""
    branches: list[tuple[str, str, tuple[Posted, ...]]] = []
    for branch in asked or _shown_branches(vocabulary, own):
        inside = [s for s in own if (branch in s.branches if branch else not s.branches)]
        label = lower_first(vocabulary.label(branch)) if branch else "other complaints"
        branches.append((branch, label, tuple(_posted(study, name) for study in inside)))
    return part_of(name, lower_first(AGENT_CLASS_LABELS[name]), branches, NOT_HELD)


def _posted(study: _Study, name: str) -> Posted:
    s = study.summary
    return Posted(
        record_id=s.record_id, title=title_of(s), year=_year(s), given=study.given[name], types=study.types, rows=study.rows,
        randomised=None if s.allocation in (None, "NA") else s.allocation == "RANDOMIZED",
    )  # fmt: skip


def _year(summary: StudySummary) -> int | None:
    """Of the primary completion, else of the start."""
    date = summary.primary_completion_date or summary.completion_date or summary.start_date or ""
    return int(date[:4]) if date[:4].isdecimal() else None


def _studies(workspace: Workspace, summaries: Iterable[StudySummary], asked: tuple[str, ...]) -> list[_Study]:
    wanted = [s for s in summaries if s.has_results and set(s.agent_classes_given) - {OTHER}]
    below = _members(workspace.vocabulary, asked)
    scale_of = scale_keys()
    found = []
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        preparations = workspace.preparations_of_many(batch)
        for summary in batch:
            record = workspace.record(summary)
            rows = outcome_rows(record, scale_of) if record.results_section is not None else None
            given = _given(summary, preparations[summary.sha256], record)
            found.append(_Study(summary, given, _branches(summary, below), rows, _types(record)))
    return found


def _given(
    summary: StudySummary, preparations: Iterable[Preparation], record: StudyRecord
) -> dict[str, frozenset[int]]:
    """Which arms get each class; no arm where the record does not tell (the only arm gets it in any case)."""
    module = record.protocol_section.arms_interventions_module if record.protocol_section else None
    only = frozenset({0}) if module and len(module.arm_groups) == 1 else frozenset()
    found: dict[str, frozenset[int]] = {name: only for name in summary.agent_classes_given if name != OTHER}
    for one in preparations:
        if one.role in GIVEN and one.agent_class in found:
            found[one.agent_class] |= frozenset(one.arms)
    return found


def _types(record: StudyRecord) -> tuple[str, ...]:
    module = record.protocol_section.arms_interventions_module if record.protocol_section else None
    return tuple(arm.type or "" for arm in module.arm_groups) if module else ()


def _members(vocabulary: Vocabulary, asked: tuple[str, ...]) -> dict[str, frozenset[str]]:
    """Branch -> ids that count to it: the complaints just below skin, and just below all that is not skin."""
    ids = asked or (*vocabulary.children(SKIN), *vocabulary.children(OUTSIDE))
    return {branch: frozenset(vocabulary.descendants(branch)) for branch in ids}


def _branches(summary: StudySummary, below: dict[str, frozenset[str]]) -> frozenset[str]:
    """As the map has it: words of skin in a study that is not about skin do not count."""
    about = set(summary.indications)
    return frozenset(branch for branch, ids in below.items() if about & ids)


def _shown_branches(vocabulary: Vocabulary, studies: Sequence[_Study]) -> list[str]:
    """Skin first, then outside skin, in the order of the vocabulary; all together last."""
    held = {branch for study in studies for branch in study.branches}
    skin = set(vocabulary.children(SKIN))
    if all(study.summary.cutaneous == "no" for study in studies):
        held -= skin
    order = (*vocabulary.children(SKIN), *vocabulary.children(OUTSIDE))
    return [*(branch for branch in order if branch in held), ""]


def _question(
    vocabulary: Vocabulary, name: str, branch: str, outcome: str, studies: Sequence[_Study]
) -> EventQuestion:
    rows: list[EventStudy] = []
    left_out: list[EventLeftOut] = []
    for study in studies:
        record_id, title = study.summary.record_id, title_of(study.summary)
        found = (
            EventLeftOut(record_id, title, NOT_HELD)
            if study.rows is None
            else events_of(study.rows, study.given[name], outcome, record_id, title)
        )
        if isinstance(found, EventStudy):
            rows.append(found)
        else:
            left_out.append(found)
    return EventQuestion(
        agent=name, agent_label=lower_first(AGENT_CLASS_LABELS[name]), branch=branch,
        branch_label=lower_first(vocabulary.label(branch)) if branch else "all complaints",
        outcome=outcome, studies=tuple(rows), left_out=tuple(left_out), answer=pool_events(rows, left_out),
    )  # fmt: skip
