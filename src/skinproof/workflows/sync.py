"""`skinproof sync`: sources asked for what is new, query by query, then an edition of it.

Exit code (`SyncReport.exit_code`), for the command line:
    0   every query holds as many records as its source reports
    9   a source could not be reached, or answered wrongly: the next sync goes on where this one stopped
    10  something is missing or could not be read; the ids are listed
    11  the source's answers have changed their shape
With 9 and 10 an edition is made all the same, of what is there: one source out of reach keeps nobody from what others
brought. It says of itself which queries are not held whole. With 11 none is: the last edition stays current.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from skinproof.errors import (
    BusyError,
    DriftError,
    EditionError,
    IncompleteError,
    InputError,
    NotFoundError,
    SkinproofError,
    SourceError,
    UsageError,
)
from skinproof.model.exchange import DescribedFeed, Fetch, Request, Response
from skinproof.sources.queries import NamedQuery, named, read_queries, shipped, with_own
from skinproof.store.raw import RawStore
from skinproof.workflows.build import build
from skinproof.workflows.sync_fields import FieldNews, field_news
from skinproof.workflows.sync_query import QuerySync, Stop, Tell, note_unasked, stored_of
from skinproof.workflows.sync_report import QueryReport, SyncReport
from skinproof.workflows.sync_sources import SITES, OpenFetch, Site, feed_of, site

OWN_FILE = "queries.yml"
"""A user's own queries, in the data folder."""
_LOOK_EVERY = 0.5
_BUILT = (0, SourceError.exit_code, IncompleteError.exit_code)

T = TypeVar("T")
Progress = Callable[[str, int, int | None], None]
"""Called now and then with source and query, records read so far, and how many the source says there are."""


def all_queries(data_dir: Path) -> tuple[NamedQuery, ...]:
    """The shipped queries and those of the data folder. Raises: InputError."""
    path = data_dir / OWN_FILE
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        return shipped()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    return with_own(read_queries(body, str(path)), str(path))


def sync(
    data_dir: Path,
    *,
    open_fetch: OpenFetch,
    environment: Mapping[str, str],
    now: Callable[[], datetime],
    sources: Sequence[str] = (),
    names: Sequence[str] = (),
    full: bool = False,
    ids_only: bool = False,
    make_edition: bool = True,
    jobs: int = 2,
    wait: float = 0.0,
    progress: Progress | None = None,
    on_build: Callable[[int, int], None] | None = None,
) -> SyncReport:
    """Bring queries up to date, and make an edition of what is stored.

    sources, names: all where empty. full: read all pages again; ids_only: ask for all ids
    instead of what changed, to find deletions and aliases.
    wait: seconds to wait while another process is writing.
    Raises: UsageError and NotFoundError for what there is not; InputError for own queries that are not in order;
    BusyError; StoreError; EditionError. What goes wrong with a source stands in the report.
    """
    sites = [site(name) for name in sources] or list(SITES.values())
    queries = all_queries(data_dir)
    chosen = [named(queries, name) for name in names] or list(queries)
    asked = [(one, query) for one in sites for query in chosen if one.name in query.sources]
    if not asked:
        raise UsageError(f"{', '.join(names)} is not asked of {', '.join(one.name for one in sites)}")
    stamp = _stamp(now)
    reports: list[QueryReport] = []
    fields: list[FieldNews] = []
    with _patiently(lambda: RawStore.open(data_dir, write=True), wait) as store:
        for one in sites:
            of_site = [query for place, query in asked if place is one]
            reports += _sync_site(
                store, one, of_site, open_fetch, environment, stamp, full, ids_only, progress, fields.append
            )
    report = SyncReport(
        stored=sum(query.stored for query in reports),
        reported=sum(query.reported or 0 for query in reports),
        complete=all(query.complete for query in reports),
        queries=tuple(reports),
        fields=tuple(news for news in fields if news.new or news.vanished),
    )
    if not make_edition or report.exit_code not in _BUILT:
        return report
    try:
        made = _patiently(lambda: build(data_dir, jobs=jobs, progress=on_build), wait)
    except NotFoundError:  # nothing was ever stored
        return report
    except (DriftError, EditionError, BusyError) as error:
        # What the sync did must be told whole, whatever becomes of the edition.
        return msgspec.structs.replace(report, build_error=str(error), build_error_code=error.exit_code)
    return msgspec.structs.replace(report, build=made)


def _sync_site(
    store: RawStore,
    one: Site,
    queries: Sequence[NamedQuery],
    open_fetch: OpenFetch,
    environment: Mapping[str, str],
    stamp: Callable[[], str],
    full: bool,
    ids_only: bool,
    progress: Progress | None,
    tell_fields: Callable[[FieldNews], None],
) -> Iterator[QueryReport]:
    feed = feed_of(one, environment)
    if not queries:
        return
    asked_of: set[str] = set()
    with open_fetch(one) as fetch:
        for number, query in enumerate(queries):
            counted = _Counted(fetch)
            asked = query.asked(one.name)
            tell = _tell(progress, one, query)
            try:
                report = QuerySync(store, feed, counted, asked, stamp, tell).run(full=full, ids_only=ids_only)
            except Stop as stop:
                error = stop.__cause__
                assert isinstance(error, SkinproofError)
                yield msgspec.structs.replace(
                    stop.report, requests=counted.asked, error=str(error), error_code=error.exit_code
                )
                # One query that fails says little of the next; a source that is out of reach says all.
                if counted.answered:
                    continue
                for rest in queries[number + 1 :]:
                    note_unasked(store, rest.asked(one.name), stamp)
                    yield _not_asked(store, rest, one, error)
                return
            version = report.data_version
            if isinstance(feed, DescribedFeed) and version is not None and version not in asked_of:
                asked_of.add(version)
                tell_fields(field_news(store, feed, counted, version, stamp()))
            yield msgspec.structs.replace(report, requests=counted.asked)


class _Counted:
    """A fetch that counts. asked: requests sent, tries again and redirects included; answered: answers that came."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._before = self._sent()
        self.answered = 0

    def __call__(self, request: Request) -> Response:
        answer = self._fetch(request)
        self.answered += 1
        return answer

    @property
    def asked(self) -> int:
        return max(self.answered, self._sent() - self._before)

    def _sent(self) -> int:
        return int(getattr(self._fetch, "asked", 0))


def _not_asked(store: RawStore, query: NamedQuery, one: Site, error: SkinproofError) -> QueryReport:
    return QueryReport(
        name=query.name,
        source=one.name,
        title=query.title,
        kind="full",
        stored=stored_of(store, query.asked(one.name)),
        error=f"not asked, as {one.title} could not be reached",
        error_code=error.exit_code,
    )


def _tell(progress: Progress | None, one: Site, query: NamedQuery) -> Tell | None:
    if progress is None:
        return None
    said = progress
    return lambda read, total: said(f"{one.title}, {query.name}", read, total)


def _stamp(now: Callable[[], datetime]) -> Callable[[], str]:
    return lambda: now().astimezone(UTC).isoformat(timespec="seconds")


def _patiently(work: Callable[[], T], wait: float) -> T:
    """What `work` gives, tried again while another process is writing, for `wait` seconds. Raises: BusyError."""
    until = time.monotonic() + wait
    while True:
        try:
            return work()
        except BusyError:
            if time.monotonic() >= until:
                raise
            time.sleep(_LOOK_EVERY)


class ListedQuery(msgspec.Struct, frozen=True):
    """One named query. terms: as each source is asked; last: by source, how its newest finished sync ended."""

    name: str
    title: str
    written: str
    shipped: bool
    terms: dict[str, str]
    last: dict[str, str]


def list_queries(data_dir: Path) -> list[ListedQuery]:
    """Every named query and when it was asked. Raises: InputError, StoreError."""
    ships = {query.name for query in shipped()}
    last: dict[tuple[str, str], str] = {}
    try:
        with RawStore.open(data_dir) as store:
            for run in reversed(store.sync_state().runs()):
                last[run.query, run.source] = f"{run.finished}, {run.stored:,} stored, {run.state}"
    except NotFoundError:
        pass
    return [
        ListedQuery(
            query.name,
            query.title,
            query.written.isoformat(),
            query.name in ships,
            {source: query.asked(source).terms for source in query.sources},
            {source: last[query.name, source] for source in query.sources if (query.name, source) in last},
        )
        for query in all_queries(data_dir)
    ]
