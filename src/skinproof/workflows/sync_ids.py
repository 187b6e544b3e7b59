"""The ids that a live query gave on a day, beside our own count of that day: what differs, and why.

A search at the source and a classifier of ours are two ways of counting; either list is kept whole, so that a count
once published can be made again on its own terms.
"""

from datetime import date
from pathlib import Path

import msgspec

from skinproof.errors import NotFoundError, UsageError
from skinproof.model.summary import Filters
from skinproof.sources.queries import Compare, NamedQuery, named
from skinproof.store.raw import RawStore
from skinproof.workflows.query import open_workspace
from skinproof.workflows.sync import all_queries


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """Our count of the same day. counted: the filters it was made with.

    both: ids in either list; only_theirs: given by the source, not counted by us although held; not_held: given by
    the source, not in this edition or not yet posted on that day; only_ours: counted by us, not given by the source.
    """

    edition: str
    as_of: str
    counted: Compare
    n: int
    both: tuple[str, ...]
    only_theirs: tuple[str, ...]
    not_held: tuple[str, ...]
    only_ours: tuple[str, ...]


class IdsReport(msgspec.Struct, frozen=True, kw_only=True):
    """The ids of a query. asked_on: when the run began; swept: all ids were asked for in that run, else the set is that
    of the run before with what changed; beside: None where there is no edition, or nothing of ours to stand beside.
    """

    query: str
    source: str
    title: str
    asked: str
    written: str
    asked_on: str
    data_version: str | None
    state: str
    swept: bool
    reported: int | None
    n: int
    ids: tuple[str, ...]
    beside: Beside | None


def ids_on(data_dir: Path, name: str, source: str, on: str | None) -> IdsReport:
    """The ids that a query gave in its newest run on or before a day, and our count of the day of that run.

    on: YYYY-MM-DD, None: the newest run.
    Raises: UsageError for an impossible day; NotFoundError when the query was not asked by then.
    """
    if on is not None:
        try:
            on = date.fromisoformat(on).isoformat()
        except ValueError:
            raise UsageError(f"--on should be a day such as 2026-11-23, found {on[:40]!r}") from None
    with RawStore.open(data_dir) as store:
        state = store.sync_state()
        run = state.run_on(name, source, on)
        ids, asked = state.ids(run.ids), state.asked(run.id)
    return IdsReport(
        query=name,
        source=source,
        title=asked.title,
        asked=asked.terms,
        written=asked.written,
        asked_on=run.started,
        data_version=run.data_version,
        state=run.state,
        swept=run.swept or run.kind == "full",
        reported=run.reported,
        n=len(ids),
        ids=tuple(sorted(ids)),
        beside=_beside(data_dir, name, source, ids, run.started[:10]),
    )


def _beside(data_dir: Path, name: str, source: str, ids: frozenset[str], day: str) -> Beside | None:
    counted = _compare(data_dir, name)
    if counted is None or source != "ctgov":
        return None
    try:
        workspace = open_workspace(data_dir)
    except NotFoundError:
        return None
    filters = Filters(
        agent=counted.agent,
        indication=counted.indication,
        cutaneous=None if counted.cutaneous is None else "yes" if counted.cutaneous else "no",
    )
    columns = ("record_id",)
    ours = workspace.select(filters, day, columns)
    held = {study.record_id for study in workspace.select(Filters(), day, columns).studies}
    mine = {study.record_id for study in ours.studies if study.record_id.startswith("NCT")}
    workspace.close()
    return Beside(
        edition=ours.stamp.edition,
        as_of=day,
        counted=counted,
        n=len(mine),
        both=tuple(sorted(mine & ids)),
        only_theirs=tuple(sorted((ids - mine) & held)),
        not_held=tuple(sorted(ids - mine - held)),
        only_ours=tuple(sorted(mine - ids)),
    )


def _compare(data_dir: Path, name: str) -> Compare | None:
    try:
        query: NamedQuery = named(all_queries(data_dir), name)
    except NotFoundError:  # a query of one's own that was taken out since
        return None
    return query.compare
