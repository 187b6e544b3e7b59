"""Saved searches: what is new for one since it was last told, and that it was told.

A study is told once for each version: the hashes that were told are kept, not a time, so that a record stored late, or
between two runs, is never skipped. Nothing counts as told before it was delivered.
"""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from skinproof.errors import UsageError
from skinproof.model.summary import Filters
from skinproof.store.watches import Watch, Watches
from skinproof.views.changes import ChangeReport, Event
from skinproof.workflows.change_papers import answering_papers, papers_of_watch, watched_papers
from skinproof.workflows.change_states import watched
from skinproof.workflows.changes import compare, in_order
from skinproof.workflows.query import Workspace

_ALL = 1_000_000


class News(NamedTuple):
    """What a watch has to tell, and the watch as it is once that was told."""

    watch: Watch
    report: ChangeReport
    then: Watch


def add_watch(data_dir: Path, name: str, query: str, filters: Filters, now: datetime) -> Watch:
    """Save a search; what answers it now counts as told.

    Raises: UsageError for a name that is taken or cannot be one, for words that cannot be searched; NotFoundError.
    """
    store = Watches(data_dir)
    with store.writing():
        if any(watch.name == name for watch in store.all()):
            raise UsageError(f"there is a watch {name!r} already; remove it first, or take another name")
        if not query.strip() and filters == Filters():
            raise UsageError("a watch needs words or filters; `skinproof changes` tells of everything")
        at = now.isoformat(timespec="seconds")
        answers = _answering(data_dir, query, filters)
        watch = Watch(
            name=name, query=query, filters=filters, made=at, told_at=at, told=answers.studies, papers=answers.papers,
            links=answers.links,
        )  # fmt: skip
        store.put(watch)
    return watch


def news(data_dir: Path, name: str, now: datetime) -> News:
    """What is new for a watch. Raises: NotFoundError."""
    watch = Watches(data_dir).get(name)
    answers = _answering(data_dir, watch.query, watch.filters)
    answering = answers.studies
    scope = {*answering, *watch.told}
    found = watched(data_dir, now.date(), watch.name, watch.told, answering, watch.told_at)
    try:
        report = compare(found, None, scope)
        papers, turned = watched_papers(
            found.after.workspace, *_told_papers(watch, answers), answers.found, answering, found.seen
        )
    finally:
        found.close()
    left = [record_id for record_id in watch.told if record_id not in answering]
    events = [e for e in report.events if e.at >= watch.made and _key(e) not in watch.events]
    told_now = [
        Event(at=now.isoformat(timespec="seconds"), source="watch", record_id=record_id, kind="left", detail=watch.name)
        for record_id in left
    ]  # fmt: skip
    report = msgspec.structs.replace(
        report,
        events=(*events, *told_now),
        papers=papers,
        conclusions=in_order((*report.conclusions, *turned)),
    )
    then = msgspec.structs.replace(
        watch,
        told=answering,
        told_at=now.isoformat(timespec="seconds"),
        events=(*watch.events, *map(_key, events)),
        papers=answers.papers,
        links=answers.links,
    )
    return News(watch, report, then)


def _told_papers(watch: Watch, answers: "_Answers") -> tuple[dict[str, str], Collection[tuple[str, str]]]:
    """The papers and links that were told; of a watch made before papers were told, those that there are now."""
    if watch.papers is None:
        return answers.papers, answers.links
    return watch.papers, watch.links or ()


def told(data_dir: Path, found: News) -> None:
    """Note that news were delivered; a watch that was changed or told meanwhile stays as it is then."""
    store = Watches(data_dir)
    with store.writing():
        if store.get(found.watch.name) == found.watch:
            store.put(found.then)


class _Answers(NamedTuple):
    """What answers a search. studies, papers: record id -> sha256 of the version in force; links: pairs of them.

    found: the papers that answer it themselves; papers holds those linked to a study that does, too.
    """

    studies: dict[str, str]
    papers: dict[str, str]
    links: tuple[tuple[str, str], ...]
    found: frozenset[str]


def _answering(data_dir: Path, query: str, filters: Filters) -> _Answers:
    workspace = Workspace(data_dir)
    try:
        if query.strip():
            hits = workspace.find(query, filters, limit=_ALL).hits
            studies = {hit.summary.record_id: hit.summary.sha256 for hit in hits}
        else:
            rows = workspace.select(filters, columns=("sha256",)).studies
            studies = {study.record_id: study.sha256 for study in rows}
        found = frozenset(answering_papers(workspace, query, filters))
        held = papers_of_watch(workspace, found, studies)
        papers = {name: held.papers[name].sha256 for name in sorted(held.papers)}
        return _Answers(studies, papers, tuple(sorted(held.links)), found)
    finally:
        workspace.close()


def _key(event: Event) -> str:
    return f"{event.at} {event.source} {event.record_id} {event.kind} {event.detail}"
