"""One query of one source, brought up to date: pages in, what is new stored, and what is stored held against what the
source says it has.

The first run reads all pages. Later runs ask for what changed since a week before the newest change held, and for the
ids of the whole query with their dates (at once where they fit on a few pages, else once a week and whenever the
source's count differs), and fetch by id what is missing or has another date. A run that stops goes on at the page
where it stopped; where the source's data changed meanwhile it begins again, and what is stored stays.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from skinproof.errors import CursorExpired, DriftError, SourceError
from skinproof.model.exchange import Feed, Fetch, Page, Query
from skinproof.model.raw import RawItem, Refusal
from skinproof.sources.files_record import BadRecord
from skinproof.sources.queries import fingerprint
from skinproof.store.blocks import pack
from skinproof.store.raw import ImportRun, RawStore
from skinproof.store.sync_state import DoneRun, OpenRun
from skinproof.workflows.sync_report import LISTED, QueryReport, Unread

LAG_DAYS = 7
"""Days before the newest change held from which changes are asked for: a record can change twice on a day, and the
registry posts some changes days after their date."""
SWEEP_DAYS = 7
SWEEP_PAGES = 3
"""Queries of at most so many pages of ids are swept in every run."""
_SWEEPS = 4
_RESTARTS = 10
_BATCH = 250
"""Records read and packed together: bounds memory."""
_EXCERPT = 200

Tell = Callable[[int, int | None], None]
"""Called now and then with the records of the query read so far, and how many the source says there are."""


class Stop(Exception):
    """A query could not come to its end; `report` says how far it came, `__cause__` why."""

    def __init__(self, report: QueryReport) -> None:
        super().__init__(report.name)
        self.report = report


class QuerySync:
    """One run. now: gives the time, with time zone. Use once."""

    def __init__(
        self,
        store: RawStore,
        feed: Feed,
        fetch: Fetch,
        query: Query,
        now: Callable[[], str],
        tell: Tell | None = None,
    ) -> None:
        self._feed, self._fetch, self._query, self._now, self._tell = feed, fetch, query, now, tell
        self._store, self._state = store, store.sync_state()
        self._key = fingerprint(query)
        self._where = f"{query.source} query {query.name}"
        self._unread: dict[str, Unread] = {}
        self._excerpts: dict[str, str] = {}
        self._restarts = self._read = 0
        self._gone: list[str] = []
        self._left: list[str] = []
        self._aliases: list[tuple[str, str]] = []
        self._imports: ImportRun
        self._run: OpenRun

    def run(self, *, full: bool = False, ids_only: bool = False) -> QueryReport:
        """Bring the query up to date. full: all pages again; ids_only: all ids instead of what changed.

        Raises: StoreError. A SourceError or DriftError comes as the cause of a Stop.
        """
        last = self._state.last(self._key, self._query.name)
        self._imports = self._store.run(self._now())
        resumed = False
        try:
            version = self._feed.data_version(self._fetch)
            resumed = self._begin(last, full, version)
            if not ids_only or self._run.kind == "full":
                self._pages()
            return self._end(last, ids_only, resumed)
        except (SourceError, DriftError) as error:
            if not hasattr(self, "_run"):  # not one answer came: the next run begins where this one wanted to
                self._begin(last, full, None)
            raise Stop(self._stopped(resumed)) from error
        finally:
            self._imports.finish(self._now())

    # -- pages

    def _begin(self, last: DoneRun | None, full: bool, version: str | None) -> bool:
        """Begin a run, or take up the one that was cut off. Returns: whether it was taken up."""
        since = None if full or last is None else self._since(last)
        wanted = "full" if since is None else "changed"
        stopped = self._state.unfinished(self._key, self._query.name)
        unread = (
            stopped is not None and (stopped.data_version, stopped.place, stopped.reported) == (None,) * 3
        )
        if stopped is not None and unread and stopped.kind == "full":
            wanted, since = "full", None  # noted when the source gave no answer: nothing to go on with
        elif stopped is not None and not unread and (stopped.kind == "full" or wanted == "changed"):
            # If the data changed meanwhile the page token has expired, or `_moved` has all ids asked for at the end.
            self._run = stopped
            return True
        self._run = self._state.begin(self._query, self._key, wanted, since, version, self._now())
        self._imports.commit()
        return False

    def _since(self, last: DoneRun) -> str | None:
        """The day from which changes are asked for; None where none can be named."""
        days = [day for held in self._held(self._state.ids(last.ids)).values() for day in held if day]
        days = [day for day in days if len(day) == 10]
        newest = min([max(days), *([last.data_version[:10]] if last.data_version else [])]) if days else None
        try:
            return (date.fromisoformat(newest) - timedelta(days=LAG_DAYS)).isoformat() if newest else None
        except (ValueError, OverflowError):
            return None

    def _again(self, version: str | None) -> None:
        self._restarts += 1
        if self._restarts > _RESTARTS:
            raise SourceError(
                f"{self._where}: the source's data changed {_RESTARTS} times while it was read; run again later"
            )
        self._unread.clear()
        self._state.restart(self._run.id, version)
        self._run = self._run._replace(place=None, reported=None, data_version=version)

    def _pages(self) -> None:
        if self._run.place is None and self._run.reported is not None:
            return  # all pages were read before it was cut off
        while True:
            try:
                pages = self._feed.pages(self._fetch, self._query, self._run.place, self._run.since)
                for page in pages:
                    ids = self._take(page)
                    total = page.total if page.total is not None else self._run.reported
                    self._run = self._run._replace(place=page.cursor, reported=total)
                    self._state.page(self._run.id, ids, page.cursor, page.total)
                    self._imports.commit()
                    if self._tell:
                        self._tell(self._read, total)
                return
            except CursorExpired:
                self._again(self._feed.data_version(self._fetch))
                self._imports.commit()

    def _take(self, page: Page) -> list[str]:
        """Store the records of a page. Returns: their ids, also of those that cannot be read but can be named."""
        ids: list[str] = []
        for at in range(0, len(page.bodies), _BATCH):
            items: list[RawItem] = []
            for body, name in zip(page.bodies[at : at + _BATCH], page.ids[at : at + _BATCH], strict=True):
                self._read += 1
                where = name or f"record {self._read}"
                try:
                    item = self._feed.item(body, where)
                except BadRecord as error:
                    self._unread[where] = Unread(name, where, error.reason)
                    self._excerpts[where] = body[:_EXCERPT].decode("utf-8", "replace")
                    ids += [name] if name else []
                    continue
                if self._query.fields:
                    item = msgspec.structs.replace(item, completeness="partial")
                self._unread.pop(where, None)
                items.append(item)
                ids.append(item.record_id)
            self._imports.put(pack(items))
        return ids

    # -- all ids, and what is missing

    def _end(self, last: DoneRun | None, sweep: bool, resumed: bool) -> QueryReport:
        """Find the exact ids of the query, fetch what is missing, and close the run."""
        came = self._state.seen(self._run.id)
        before = self._state.ids(last.ids) if last is not None else frozenset()
        ids = came if self._run.kind == "full" else came | before
        reported = self._run.reported if self._run.kind == "full" else None
        swept = False
        if sweep or self._due(last, ids) or (reported is not None and reported != len(ids)) or self._moved():
            swept, (ids, reported) = True, self._sweep(came)
        elif self._run.kind == "changed":
            reported = self._feed.total(self._fetch, self._query)
            if reported is not None and reported != len(ids):
                swept, (ids, reported) = True, self._sweep(came)
        ids, reported = self._settle(ids, reported, swept)
        departed = sorted(before - ids) if swept or self._run.kind == "full" else []
        events = [
            *self._farewell(departed),
            *[(name, "back", self._query.name) for name in sorted(ids - before)],
        ]
        return self._close(
            ids, reported, swept, events if last is not None else events[: len(departed)], resumed
        )

    def _due(self, last: DoneRun | None, ids: Collection[str]) -> bool:
        """Whether all ids are asked for as a matter of course."""
        if self._run.kind == "full" or last is None:
            return False
        if len(ids) <= SWEEP_PAGES * self._feed.page_size:
            return True
        swept = self._state.last_sweep(self._key, self._query.name)
        return swept is None or _days(swept, self._now()) >= SWEEP_DAYS

    def _moved(self) -> bool:
        """Whether the source's data changed while all pages were read, so that their ids may be of two states."""
        if self._run.kind != "full" or self._run.data_version is None:
            return False
        return self._feed.data_version(self._fetch) != self._run.data_version

    def _sweep(self, came: Collection[str]) -> tuple[set[str], int | None]:
        """All ids of the query now, and how many the source says; fetches what has another date than is held.

        A list that is shorter than the source's count is asked for again, and lists that each lack some are joined.
        """
        joined: set[str] = set()
        ids: set[str] = set()
        total: int | None = None
        for _ in range(_SWEEPS):
            dates, total = self._list()
            ids = set(dates)
            if total is not None and total != len(ids):
                joined |= ids
                whole = next((some for some in (joined, joined | set(came)) if len(some) == total), None)
                if whole is None:
                    continue
                ids = whole
            break
        held = self._held(ids)
        other = [
            name for name, day in dates.items() if name in held and day is not None and day not in held[name]
        ]
        self._fetch_by_id(sorted(other))
        return ids, total

    def _list(self) -> tuple[dict[str, str | None], int | None]:
        for _ in range(_RESTARTS):
            dates: dict[str, str | None] = {}
            total: int | None = None
            try:
                for page in self._feed.ids(self._fetch, self._query, None):
                    dates.update(zip(page.ids, page.dates or (None,) * len(page.ids), strict=True))
                    total = page.total if page.total is not None else total
                return dates, total
            except CursorExpired:
                continue
        raise SourceError(
            f"{self._where}: the source's data changed while its ids were read; run again later"
        )

    def _settle(self, ids: Collection[str], reported: int | None, swept: bool) -> tuple[set[str], int | None]:
        """Fetch by id what is not held; ids that are gone leave the set, and the source is asked for its count anew."""
        ids = set(ids)
        missing = sorted(ids - set(self._held(ids)))
        if not missing:
            return ids, reported
        gone, aliases = self._fetch_by_id(missing)
        ids -= gone
        for name, now in aliases.items():
            ids.discard(name)
            ids.add(now)
        if gone and reported is not None:
            reported = self._feed.total(self._fetch, self._query)
        return ids, reported

    def _fetch_by_id(self, names: Sequence[str]) -> tuple[set[str], dict[str, str]]:
        """Store the records of some ids. Returns: those that are gone, and those that go by another id now."""
        gone: set[str] = set()
        aliases: dict[str, str] = {}
        if names:
            for page in self._feed.records(self._fetch, self._query, names):
                self._take(page)
                self._imports.commit()
                gone.update(page.gone)
                aliases.update(page.aliases)
        self._gone += sorted(gone)
        self._aliases += sorted(aliases.items())
        return gone, aliases

    def _farewell(self, departed: Sequence[str]) -> list[tuple[str, str, str]]:
        """What became of ids that the query gave before and gives no more, as events."""
        if not departed:
            return []
        gone, aliases = self._fetch_by_id(departed)
        self._left = [name for name in departed if name not in gone and name not in aliases]
        return [
            (name, "gone", "") if name in gone
            else (name, "alias", aliases[name]) if name in aliases
            else (name, "left", self._query.name)
            for name in departed
        ]  # fmt: skip

    # -- the end

    def _close(
        self,
        ids: Collection[str],
        reported: int | None,
        swept: bool,
        events: Iterable[tuple[str, str, str]],
        resumed: bool,
    ) -> QueryReport:
        missing = sorted(set(ids) - set(self._held(ids)))
        stored = len(ids) - len(missing)
        short = max(0, (reported or 0) - len(ids))
        if stored == reported:  # a record that came unreadable, without a name, came again
            self._unread = {where: unread for where, unread in self._unread.items() if unread.record_id}
        complete = not missing and not self._unread and (reported is None or reported == stored)
        refused = [
            Refusal(self._where, where, unread.reason, self._excerpts[where])
            for where, unread in self._unread.items()
        ]
        self._imports.refuse(refused)
        self._imports.file(self._where, stored, len(refused), "")
        known = self._state.events()
        ended = {event.record_id for event in known if event.source == self._query.source}
        for name, kind, detail in events:
            if kind != "back" or name in ended:
                self._state.event(self._run.id, self._now(), self._query.source, name, kind, detail)
        self._state.finish(
            self._run.id,
            ids,
            reported=reported,
            stored=stored,
            swept=swept,
            missing=missing,
            complete=complete,
            now=self._now(),
        )
        return msgspec.structs.replace(
            self._stopped(resumed),
            swept=swept,
            reported=reported,
            stored=stored,
            n_missing=len(missing),
            missing=tuple(missing[:LISTED]),
            unexplained=short,
            complete=complete,
        )

    def _stopped(self, resumed: bool) -> QueryReport:
        """What can be said so far."""
        counts = self._imports.counts
        run = getattr(self, "_run", None)
        return QueryReport(
            name=self._query.name,
            source=self._query.source,
            title=self._query.title,
            kind=run.kind if run is not None else "full",
            since=run.since if run is not None else None,
            resumed=resumed,
            restarts=self._restarts,
            reported=run.reported if run is not None and run.kind == "full" else None,
            stored=stored_of(self._store, self._query),
            new=counts.new,
            changed=counts.changed,
            unchanged=counts.unchanged,
            unread=tuple(self._unread.values()),
            gone=tuple(self._gone),
            left=tuple(self._left),
            aliases=tuple(self._aliases),
            data_version=run.data_version if run is not None else None,
        )

    def _held(self, ids: Iterable[str]) -> dict[str, set[str | None]]:
        return self._state.held(self._query.source, ids)


def stored_of(store: RawStore, query: Query) -> int:
    """How many records of a query are held: of its last finished run, and of the one that stopped, however often it was resumed."""
    state, key = store.sync_state(), fingerprint(query)
    last, stopped = state.last(key, query.name), state.unfinished(key, query.name)
    ids = set(state.ids(last.ids)) if last is not None else set()
    if stopped is not None:
        ids |= state.seen(stopped.id)
    return len(state.held(query.source, ids))


def note_unasked(store: RawStore, query: Query, now: Callable[[], str]) -> None:
    """Note a run of a query that was not asked, as its source was out of reach: no answer may look up to date."""
    imports, state, key = store.run(now()), store.sync_state(), fingerprint(query)
    if state.unfinished(key, query.name) is None:
        state.begin(
            query, key, "full" if state.last(key, query.name) is None else "changed", None, None, now()
        )
    imports.finish(now())


def _days(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)) / timedelta(days=1)
