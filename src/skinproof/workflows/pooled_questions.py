"""Questions of an edition that posted results may answer: how many people had an event, by agent class and complaint.

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
from skinproof.views.outcome_rows import OutcomeRows, outcome_rows
from skinproof.views.words import AGENT_CLASS_LABELS, lower_first, title_of
from skinproof.vocabulary.term import Vocabulary
from skinproof.workflows.query import Workspace

_BATCH = 200
OTHER = "other"
"""The class of everything else: pooling it would say nothing."""

NOT_HELD = "the registry has results, but the version held here came without them"


class PooledQuestions(msgspec.Struct, frozen=True, kw_only=True):
    """The questions, in the order of classes, complaints and outcomes. n_with_results: studies that gave an agent and have
    results; n_held: those whose results are held here."""

    stamp: EditionStamp
    questions: tuple[EventQuestion, ...]
    n_with_results: int
    n_held: int

    @property
    def answered(self) -> tuple[EventQuestion, ...]:
        """Those with at least one study."""
        return tuple(question for question in self.questions if question.studies)


class _Study(msgspec.Struct, frozen=True):
    """One study with results: places of the arms that get each class; rows: None where the results are not held."""

    summary: StudySummary
    given: dict[str, frozenset[int]]
    branches: frozenset[str]
    rows: OutcomeRows | None


def pooled_questions(
    workspace: Workspace,
    filters: Filters | None = None,
    as_of: str | None = None,
    *,
    classes: Collection[str] = (),
    branches: Collection[str] = (),
    outcomes: Sequence[str] = tuple(OUTCOMES),
) -> PooledQuestions:
    """The questions of the studies that meet the filters.

    classes, branches: only these (a branch is an indication id; its descendants count to it), empty = all there are; a
    class or a branch that is named gives a question even where no study stands in it.
    Raises: UsageError as `Workspace.select`.
    """
    selection = workspace.select(filters or Filters(), as_of)
    found = _studies(workspace, selection.studies, tuple(branches))
    questions: list[EventQuestion] = []
    for name in (c for c in AGENT_CLASSES if c != OTHER and (not classes or c in classes)):
        own = [study for study in found if name in study.given]
        if not own and name not in classes:
            continue
        for branch in branches or _shown_branches(workspace.vocabulary, own):
            inside = [study for study in own if not branch or branch in study.branches]
            questions += [_question(workspace.vocabulary, name, branch, one, inside) for one in outcomes]
    return PooledQuestions(
        stamp=selection.stamp,
        questions=tuple(questions),
        n_with_results=len(found),
        n_held=sum(study.rows is not None for study in found),
    )


def _studies(workspace: Workspace, summaries: Iterable[StudySummary], asked: tuple[str, ...]) -> list[_Study]:
    wanted = [s for s in summaries if s.has_results and set(s.agent_classes_given) - {OTHER}]
    below = _members(workspace.vocabulary, asked)
    found = []
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        preparations = workspace.preparations_of_many(batch)
        for summary in batch:
            record = workspace.record(summary)
            rows = outcome_rows(record) if record.results_section is not None else None
            given = _given(summary, preparations[summary.sha256], record)
            found.append(_Study(summary, given, _branches(summary, below), rows))
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
