"""The edition that is being served: opened once, shared by requests, swapped when a new one is made current.

A request takes the edition that is current when it begins and keeps it to its end, so that no answer is put together
from two editions. An edition that was replaced is closed when the last request that uses it has ended.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from skinproof.errors import NotFoundError, SkinproofError, UsageError
from skinproof.faces.site.write import Site
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.peers import Peers
from skinproof.faces.web.pieces import Pieces
from skinproof.faces.web.shelf import Shelf
from skinproof.workflows.facets import FacetQueries, Picked
from skinproof.workflows.once import once
from skinproof.workflows.query import Workspace, last_day
from skinproof.workflows.site import SiteSource

DAYS_KEPT = 3
"""Days of the past whose pages keep what they were made from."""

WORKED_OUT = 8
"""Large answers of the API that are kept whole while their pages are asked for."""

OTHERS = 0.2
"""Seconds between two looks for what another process works out."""

LONGEST_DAY = 10
"""Letters of a date."""


class Live:
    """One edition with the pages made from it. Nothing in it changes but what it has worked out already."""

    def __init__(
        self,
        workspace: Workspace,
        shelf: Shelf | None = None,
        opened: float = 0.0,
        peers: Peers | None = None,
    ) -> None:
        """shelf: where what took long to make is kept; opened: when the workspace was opened, of a monotonic clock."""
        self.workspace = workspace
        self.edition = workspace.manifest.edition
        self.journal = workspace.journal_head
        self.key = (self.edition, f"{self.journal}/{workspace.noticed}")
        """All that pages of the same name hang on, but for the program."""
        self.opened = opened
        self._shelf, self._clocks_turn = shelf, peers.clocks if peers else None
        self.started = time.time()
        self._days: OrderedDict[str | None, Site] = OrderedDict()
        self._kept: OrderedDict[tuple[str, ...], Any] = OrderedDict()
        self._lock = Lock()
        self._users = 0
        self._retired = False

    def site(self, as_of: str | None = None) -> Site:
        """The pages as of a day (ISO text of any precision). Raises: UsageError for an impossible day."""
        if as_of is not None and len(as_of) > LONGEST_DAY:
            raise UsageError("that is not a date: write YYYY-MM-DD, YYYY-MM or YYYY")
        day = last_day(as_of or None)
        with self._lock:
            held = self._days.get(day)
            if held is not None:
                self._days.move_to_end(day)
                return held
        made = Site(SiteSource(self.workspace, day, all_pages=True), live=True)
        with self._lock:
            made = self._days.setdefault(day, made)
            for old in [d for d in self._days if d is not None][:-DAYS_KEPT]:
                del self._days[old]
        return made

    @once
    def facets(self) -> FacetQueries:
        """Counts over all studies, for the map and the explorer."""
        return FacetQueries(self.workspace, self._late, self.take, self.give_back)

    def _late(self, as_of: str | None, find: Callable[[], list[str]]) -> list[str]:
        """Who owes results as of a day: read from every record that may, once for an edition."""
        if self._retired:
            raise NoEdition("another edition is served by now")
        if self._shelf is None:
            return find()
        # What people say of a study's answers does not move its clocks.
        key = ("overdue", self.edition, as_of or "")
        while (held := self._shelf.get(key)) is None:
            if self._clocks_turn is None or self._clocks_turn.take():
                try:
                    found = find()
                    self._shelf.put(key, Answer("\n".join(found).encode(), "text/plain"))
                    return found
                finally:
                    if self._clocks_turn is not None:
                        self._clocks_turn.give()
            if self._retired:
                raise NoEdition("another edition is served by now")
            time.sleep(OTHERS)  # another process reads them
        return held.body.decode().splitlines()

    @once
    def pieces(self) -> Pieces:
        """Rows of studies as they were printed."""
        return Pieces()

    @once
    def years(self) -> tuple[int, ...]:
        """Years in which studies were first posted, the newest first."""
        found = self.facets.counts("year", self.facets.conditions(Picked()), None)
        return tuple(sorted((year for year, _ in found if isinstance(year, int)), reverse=True))

    @once
    def odd_names(self) -> dict[str, str]:
        """The page of each study whose id cannot stand in a file name as it is -> its id."""
        from skinproof.faces.site.safe import file_stem

        ids = self.workspace.record_ids()
        return {stem: name for name in ids if (stem := file_stem(name)) != name}

    @once
    def odd_papers(self) -> dict[str, str]:
        """The page of each paper whose name does not tell the paper's id -> its id."""
        from skinproof.faces.site.names import paper_named, paper_stem

        ids = self.workspace.paper_ids()
        return {stem: name for name in ids if paper_named(stem := paper_stem(name)) is None}

    def kept(self, key: tuple[str, ...], make: Callable[[], Any]) -> Any:
        """What `make` works out for that key; the last few are kept, so that the next page of rows costs little."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > WORKED_OUT:
                self._kept.popitem(last=False)
        return made

    def warm(self) -> None:
        """Work out what the front page needs, so that the first reader does not wait for it."""
        self.facets.clocks_read(None)
        self.facets.map(Picked(), None)

    def take(self) -> None:
        """One more request uses this edition."""
        with self._lock:
            self._users += 1

    def give_back(self) -> None:
        """A request has ended."""
        with self._lock:
            self._users -= 1
            last = self._retired and not self._users
        if last:
            self.workspace.close()

    def retire(self) -> None:
        """Another edition has taken this one's place: close it as soon as nobody uses it."""
        with self._lock:
            self._retired = True
            idle = not self._users
        if idle:
            self.workspace.close()


class NoEdition(NotFoundError):
    """There is nothing to serve yet, or what there is cannot be read."""

    http_status = 503


class Served:
    """The data folder that is served: its current edition, looked for again when the pointer to it changes."""

    def __init__(
        self,
        data_dir: Path,
        open_workspace: Callable[[Path], Workspace],
        shelf: Shelf | None = None,
        peers: Peers | None = None,
        patience: float = 20.0,
    ) -> None:
        """peers: processes that change over together with this one; patience: seconds that it waits for them."""
        self.data_dir = data_dir
        self._open, self._shelf = open_workspace, shelf
        self._peers, self._patience = peers, patience
        self._pointer = data_dir / "editions" / "CURRENT"
        self._seen: tuple[int, int] | None = None
        self._live: Live | None = None
        self._lock = Lock()
        self._refreshing = Lock()
        self.trouble = "no edition yet"
        self.switches = 0

    @property
    def edition(self) -> str | None:
        """Id of the edition that is served, None while there is none."""
        live = self._live
        return live.edition if live else None

    @property
    def journal(self) -> str:
        """Names what people have said so far, empty where they said nothing."""
        live = self._live
        return live.journal if live else ""

    @contextmanager
    def using(self) -> Iterator[Live]:
        """The current edition, kept open for the block. Raises: NoEdition while there is none."""
        live = self.take()
        try:
            yield live
        finally:
            live.give_back()

    def take(self) -> Live:
        """The current edition; whoever takes it gives it back. Raises: NoEdition while there is none."""
        with self._lock:
            live = self._live
            if live is None:
                raise NoEdition("no edition can be served yet; `skinproof build` makes one")
            live.take()
            return live

    def changed(self) -> bool:
        """Whether there is another current edition, or another judgement, than last time. Cheap: a look at a file and a row."""
        return self._look() != self._seen or self._judged_anew()

    def _judged_anew(self) -> bool:
        try:
            with self.using() as live:
                return live.workspace.journal_now() != live.journal
        except SkinproofError:
            return False

    def refresh(self) -> bool:
        """Serve the current edition, with what people said by now, if either is new; what cannot be opened leaves the old one.

        True where something else is served than before.
        """
        with self._refreshing:
            return self._refresh()

    def _refresh(self) -> bool:
        seen = self._look()
        if seen == self._seen and not self._judged_anew():
            return False
        opened = time.monotonic()
        try:
            workspace = self._open(self.data_dir)
            try:
                workspace.stamp()  # an edition that cannot be read is not served
            except BaseException:
                workspace.close()
                raise
        except (SkinproofError, OSError) as error:
            self.trouble = str(error)
            # Nothing is served yet: look again, the reason may be gone by then.
            self._seen = seen if self._live is not None else None
            return False
        self._seen = seen
        fresh = Live(workspace, self._shelf, opened, self._peers)
        if (fresh.edition, fresh.journal) == (self.edition, self.journal):
            workspace.close()
            return False
        switched = fresh.edition != self.edition
        try:
            if self._live is not None:  # readers of the old one need not wait for the new one
                fresh.warm()
                if self._peers is not None:
                    self._peers.meet(fresh.key, opened, self._patience)
        except Exception:
            workspace.close()
            raise
        with self._lock:
            old, self._live = self._live, fresh
        if self._peers is not None:
            self._peers.tell(serves=fresh.key, since=opened, ready=fresh.key, opened=opened)
        self.switches += switched
        if old is not None:
            old.retire()
        return True

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self._pointer.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def close(self) -> None:
        """Let go of the edition as soon as nobody uses it."""
        with self._lock:
            old, self._live = self._live, None
            self._seen = None
        if old is not None:
            old.retire()
