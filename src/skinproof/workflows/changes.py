"""`skinproof changes`: two states of the evidence compared, and the history of one study.

Whole records are read only of studies whose version in force is another one, and of those whose clock ran out meanwhile.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from skinproof.appraisal.clocks import GRACE_DAYS, add_months, clocks
from skinproof.model.dates import PartialDate
from skinproof.model.findings import Preparation
from skinproof.model.record import StudyRecord
from skinproof.model.summary import Filters, StudySummary
from skinproof.store.raw import RawStore, SeenRow
from skinproof.views.change_conclusions import (
    clock_conclusions,
    map_conclusions,
    outcome_conclusions,
    pooled_conclusions,
    reporting_conclusion,
)
from skinproof.views.change_items import Change
from skinproof.views.changes import (
    CONCLUSIONS,
    ChangeReport,
    Compared,
    Conclusion,
    Event,
    Mark,
    PaperChange,
    StudyChange,
    changed_rules,
    new_study,
    ordered,
    readings,
    study_change,
)
from skinproof.views.clock_lines import stamp_day
from skinproof.views.gapmap import gap_map
from skinproof.views.record_changes import record_changes
from skinproof.views.words import plural, title_of
from skinproof.workflows.change_papers import compare_papers
from skinproof.workflows.change_states import Sides, State
from skinproof.workflows.partitions import READERS
from skinproof.workflows.pooled_questions import OTHER, pooled_questions
from skinproof.workflows.query import Workspace

_COLUMNS = (
    "source", "sha256", "completeness", "registry_date", "first_posted", "brief_title", "official_title",
    "overall_status", "allocation", "enrollment_count", "enrollment_type", "primary_completion_date", "completion_date",
    "has_results", "agent_class", "ev_role", "agents", "agent_classes_given", "indications", "cutaneous", "aesthetic",
    "text_id",
)  # fmt: skip

Rows = Mapping[str, StudySummary]


class _Side(NamedTuple):
    """One side as it was asked: every study, and those that meet the filters."""

    state: State
    rows: Rows
    asked: frozenset[str]


def last_year(workspace: Workspace, as_of: str | None) -> ChangeReport | None:
    """What the registry posted in the year up to the newest day held, or up to a day; None where no day is held.

    It hangs on the edition and, for what became of records at their sources, on the store; never on the clock. Those notes
    are the ones of that year and since; as of a day, none from after it.
    """
    stamp = workspace.stamp(as_of)
    last = stamp_day(stamp)
    if last is None:
        return None
    first = add_months(last, -12)
    states = [State(workspace, day.isoformat()) for day in (first, last)]
    compared = Compared(
        by="registry", before_day=first.isoformat(), after_day=last.isoformat(), to_edition=stamp.edition,
        words=f"versions that the registry posted by {first.isoformat()} with those posted by {last.isoformat()}",
    )  # fmt: skip
    report = compare(Sides(states[0], states[1], compared, {}, noticed=(first.isoformat(), None)))
    if as_of is None:
        return report
    kept = tuple(event for event in report.events if event.at[:10] <= as_of)
    return msgspec.structs.replace(report, events=kept)


def compare(
    found: Sides, filters: Filters | None = None, scope: Collection[str] | None = None
) -> ChangeReport:
    """What changed from one side to the other, in the studies that meet the filters on either side.

    scope: only these record ids. Raises: UsageError as `Workspace.select`.
    """
    wanted = filters or Filters()
    before, after = _side(found.before, wanted, scope), _side(found.after, wanted, scope)
    ids = before.asked | after.asked
    rules = changed_rules(found.before.workspace.manifest.rules, found.after.workspace.manifest.rules)
    same_vocabulary = found.before.workspace.manifest.vocabulary == found.after.workspace.manifest.vocabulary
    if not same_vocabulary:
        old, new = found.before.workspace.manifest.vocabulary, found.after.workspace.manifest.vocabulary
        rules = (*rules, f"vocabulary: {old[:12]} -> {new[:12]}")
    moved = sorted(name for name in ids if _sha(before.rows, name) != _sha(after.rows, name))
    cause = "both" if rules else "record"
    studies, conclusions, same_content = _studies(found, before, after, moved, cause)
    same = {name for name in ids if name in before.rows and _sha(before.rows, name) == _sha(after.rows, name)}
    conclusions += _map(before, after, same, rules_changed=bool(rules))
    conclusions += _pools(before, after, wanted, scope, moved, cause)
    conclusions += _clocks_that_ran_out(found, after, same)
    papers: tuple[PaperChange, ...] = ()
    if scope is None:
        papers, turned = compare_papers(found, wanted, ids, {**before.rows, **after.rows})
        conclusions += turned
    first = sum(
        before.rows[n].later_version and (after.rows[n].registry_date or "") > found.compared.before_day
        for n in same
    )
    return ChangeReport(
        compared=found.compared, n_before=len(before.asked), n_after=len(after.asked), n_same_content=same_content,
        n_first_versions=first, studies=ordered(studies, conclusions), conclusions=in_order(conclusions),
        readings=readings(
            {n: before.rows[n] for n in ids if n in before.rows}, {n: after.rows[n] for n in ids if n in after.rows},
            found.before.workspace.vocabulary, found.after.workspace.vocabulary,
        ) if rules else (),
        rules=rules, events=_events(found, None if wanted == Filters() and scope is None else ids),
        notes=(*found.notes, *_notes(found, first, same_content)), stamp=found.after.workspace.stamp(found.after.as_of),
        papers=papers,
    )  # fmt: skip


def _side(state: State, filters: Filters, scope: Collection[str] | None) -> _Side:
    rows = {s.record_id: s for s in state.workspace.select(Filters(), state.as_of, _COLUMNS).studies}
    asked = frozenset(rows)
    if filters != Filters():
        asked = frozenset(
            s.record_id for s in state.workspace.select(filters, state.as_of, ("sha256",)).studies
        )
    return _Side(state, rows, asked if scope is None else asked & frozenset(scope))


def _sha(rows: Rows, name: str) -> str | None:
    return rows[name].sha256 if name in rows else None


def _studies(
    found: Sides, before: _Side, after: _Side, moved: Sequence[str], cause: str
) -> tuple[list[StudyChange], list[Conclusion], int]:
    """The studies whose version is another one, with what of their clocks and reporting changed."""
    studies: list[StudyChange] = []
    conclusions: list[Conclusion] = []
    same_content = 0
    vocabulary = after.state.workspace.vocabulary
    both = [name for name in moved if name in before.rows and name in after.rows]
    told = _preparations(before, both), _preparations(after, both)
    for name in moved:
        was, is_now = before.rows.get(name), after.rows.get(name)
        changes: Sequence[Change]
        if was is None and is_now is not None:
            changes = (new_study(is_now, vocabulary),)
        elif is_now is None and was is not None:
            changes = (Change(kind="source", field="", label="Not in the newer state", old=title_of(was)),)
        else:
            assert was is not None and is_now is not None
            one, two = before.state.workspace.record(was), after.state.workspace.record(is_now)
            partial = "partial" in (was.completeness, is_now.completeness)
            changes = record_changes(one, two, partial=partial and was.completeness != is_now.completeness)
            title = title_of(is_now)
            days = [date.fromisoformat(day) for day in (found.compared.before_day, found.compared.after_day)]
            conclusions += clock_conclusions(name, title, clocks(one, days[0]), clocks(two, days[1]), cause)
            if was.text_id != is_now.text_id or cause == "both":
                told_now = reporting_conclusion(
                    name, title, told[0].get(was.sha256, ()), told[1].get(is_now.sha256, ()), cause
                )
                conclusions += [told_now] if told_now else []
        if changes:
            studies.append(study_change(was, is_now, changes, found.seen))
        else:
            same_content += 1
    return studies, conclusions, same_content


def _preparations(side: _Side, ids: Iterable[str]) -> dict[str, tuple[Preparation, ...]]:
    wanted = [side.rows[name] for name in ids if side.rows[name].agents]
    return side.state.workspace.preparations_of_many(wanted) if wanted else {}


def _map(before: _Side, after: _Side, same: Collection[str], *, rules_changed: bool) -> list[Conclusion]:
    tables = []
    for side in (before, after):
        stamp = side.state.workspace.stamp(side.state.as_of)
        rows = [side.rows[name] for name in sorted(side.asked)]
        tables.append(gap_map(rows, side.state.workspace.vocabulary, stamp))
    return map_conclusions(tables[0], tables[1], same, rules_changed=rules_changed)


def _pools(
    before: _Side,
    after: _Side,
    filters: Filters,
    scope: Collection[str] | None,
    moved: Sequence[str],
    cause: str,
) -> list[Conclusion]:
    """Pooled answers before and after; asked only where a study that moved has results, of its classes alone.

    Within a watch nothing is pooled: its studies are picked by words, not by a question.
    """
    rows = [side.rows[name] for side in (before, after) for name in moved if name in side.rows]
    classes = {name for row in rows if row.has_results for name in row.agent_classes_given if name != OTHER}
    if not classes or scope is not None:
        return []
    one, two = (
        pooled_questions(side.state.workspace, filters, side.state.as_of, classes=sorted(classes))
        for side in (before, after)
    )
    return [
        *pooled_conclusions(one.questions, two.questions, cause, moved),
        *outcome_conclusions(one.outcomes, two.outcomes, cause, moved),
    ]


def _clocks_that_ran_out(found: Sides, after: _Side, same: set[str]) -> list[Conclusion]:
    """Studies whose record is as it was, and whose results came to be overdue by the passing of time alone."""
    first, last = (date.fromisoformat(day) for day in (found.compared.before_day, found.compared.after_day))
    if last <= first:
        return []
    conclusions: list[Conclusion] = []
    near = [
        after.rows[name] for name in sorted(same & after.asked) if _may_turn(after.rows[name], first, last)
    ]
    for row in near:
        record = after.state.workspace.record(row)
        conclusions += clock_conclusions(
            row.record_id, title_of(row), clocks(record, first), clocks(record, last), "time"
        )
    return conclusions


def _may_turn(row: StudySummary, first: date, last: date) -> bool:
    """Whether a deadline can have run out between two days: one or, with a certificate, up to three years after completion.

    Half a year is the time of EU trials with children; a certificate's own day is not in the summary, so that two years of
    days count for it.
    """
    text = row.primary_completion_date or row.completion_date
    if row.has_results or text is None or row.overall_status == "WITHDRAWN":
        return False
    try:
        day = PartialDate.parse(text)
    except ValueError:
        return False
    low, high = add_months(day.earliest(), 6), add_months(day.latest(), 36)
    return low <= last and (high - first).days + GRACE_DAYS >= 0


def in_order(found: Iterable[Conclusion]) -> tuple[Conclusion, ...]:
    """The most telling first."""
    order = list(CONCLUSIONS)
    return tuple(sorted(found, key=lambda one: order.index(one.kind)))


def _events(found: Sides, ids: Collection[str] | None) -> tuple[Event, ...]:
    """What sources said of records between the two states; ids: only of these (None: of all)."""
    if found.noticed is None:
        return ()
    since, until = found.noticed
    with RawStore.open(found.after.workspace.data_dir, write=False) as raw:
        rows = raw.sync_state().events(since=since)
    return tuple(
        Event(at=row.at, source=row.source, record_id=row.record_id, kind=row.kind, detail=row.detail)
        for row in rows
        if (ids is None or row.record_id in ids) and (until is None or row.at < until)
    )


def _notes(found: Sides, first: int, same_content: int) -> list[str]:
    said = []
    if first:
        said.append(
            f"{plural(first, 'study was', 'studies were')} updated in the registry since then, but no version from before is "
            "held: what changed in them cannot be said."
        )
    if same_content:
        said.append(f"{plural(same_content, 'new version says', 'new versions say')} the same as before.")
    if found.compared.by == "registry":
        said.append("A version counts from the day the registry posted it, whenever it was stored here.")
    return said


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One version in the history of a study, and what changed since the one before; same: how many more versions say the
    same; first: nothing stands before it."""

    version: Mark
    changes: tuple[Change, ...]
    same: int
    first: bool


class StudyHistory(msgspec.Struct, frozen=True, kw_only=True):
    """All versions held of one study, the newest first."""

    record_id: str
    n_versions: int
    steps: tuple[Step, ...]
    notes: tuple[str, ...]


def study_history(workspace: Workspace, record_id: str) -> StudyHistory:
    """What changed from version to version of one study, in the order of the registry's days.

    Raises: NotFoundError as `Workspace.version_for`.
    """
    name = workspace.version_for(record_id)[0].record_id
    with RawStore.open(workspace.data_dir, write=False) as raw:
        held = sorted((row for row in raw.seen(name) if row.source in READERS), key=_day)
        bodies = list(raw.bodies([(row.source, name, row.sha256) for row in held]))
    steps: list[Step] = []
    past: tuple[SeenRow, StudyRecord] | None = None
    for row, body in zip(held, bodies, strict=True):
        record = READERS[row.source](body).record
        full = row.source == "ctgov"
        version = Mark(
            sha256=row.sha256, source=row.source, completeness="full" if full else "partial",
            registry_date=row.registry_date, seen=row.first_seen,
        )  # fmt: skip
        if past is None:
            steps.append(Step(version=version, changes=(), same=0, first=True))
        else:
            changes = record_changes(past[1], record, partial=(past[0].source == "ctgov") != full)
            if changes:
                steps.append(Step(version=version, changes=changes, same=0, first=False))
            else:
                steps[-1] = msgspec.structs.replace(steps[-1], same=steps[-1].same + 1)
        past = row, record
    notes = ("These are the versions held here; the registry may have posted others.",)
    return StudyHistory(record_id=name, n_versions=len(held), steps=tuple(reversed(steps)), notes=notes)


def _day(row: SeenRow) -> tuple[str, str, str]:
    return row.registry_date or "", row.version_holder or "", row.first_seen
