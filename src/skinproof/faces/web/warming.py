"""Large pages are worked out before somebody asks for them: one after the other, in one thread, when nobody else waits.

Whoever asks for one that is not there yet waits for it without taking up a thread, which would be missing for everybody else.
Where that takes long, the page of the edition before is given, whole; where there is none, the reader is told to come again.
"""

import asyncio
import ctypes
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from skinproof.faces.web.asking import Question
from skinproof.faces.web.live import OTHERS
from skinproof.faces.web.packing import packed
from skinproof.faces.web.pages import page_answer
from skinproof.faces.web.problems import Refused
from skinproof.model.summary import Filters
from skinproof.store.deadline import deadline

if TYPE_CHECKING:
    from skinproof.faces.web.app import Web
    from skinproof.faces.web.live import Live

log = logging.getLogger("skinproof.web")

STEP_SECONDS = 300.0
"""Longest work on one page."""

NOTHING_ELSE = 3.0
"""So many times longer waits who could be given nothing else."""

GIVE_WAY = 3.0
"""Seconds that work waits for requests that are being answered, before it goes on all the same."""

COME_AGAIN = "2"
"""Seconds after which a browser asks again by itself; programs are told by Retry-After, as with every 503."""

_STEP = 0.05


class Step(NamedTuple):
    """A page to be made, and the beginnings of addresses that need what it needs. own: so quickly made that each of several
    processes makes it for itself."""

    name: str
    path: str
    also: tuple[str, ...]
    own: bool = False


STEPS = (
    Step("index.html", "/", ("/map.", "/api/v1/map"), own=True),
    Step("studies.html", "/studies.html", (), own=True),
    Step("preparations.html", "/preparations.html", ("/preparations.", "/api/v1/preparations")),
    Step("landscape.html", "/landscape.html", ("/landscape.", "/doses-", "/api/v1/landscape")),
    Step("gaps.html", "/gaps.html", ("/gaps.", "/api/v1/gaps")),
    Step("changes.html", "/changes.html", ("/feed.xml",)),
    Step("issues.html", "/issues.html", ("/api/v1/issues",)),
    Step("pooled.html", "/pooled.html", ("/pooled", "/api/v1/pooled", "/api/v1/measured")),
)
"""In the order in which they are made, unless somebody asks."""

OPENED = (("studies.html", (("q", "exosome"),)), ("index.html", (("posted_from", "2000"),)))
"""A search and a filtered map: the first of each reads what all later ones use."""

_BY_NAME = {step.name: step for step in STEPS}


class BeingWorkedOut(Refused):
    """What was asked for will be there soon."""

    def __init__(self) -> None:
        headers = (("refresh", COME_AGAIN),)
        super().__init__(
            503, "This page is being worked out from the new edition; try again in a few seconds.", headers
        )


class Warmer:
    """Works out the pages of the edition that is served. All but `_make` runs in the event loop."""

    def __init__(self, web: "Web", patience: float) -> None:
        """patience: seconds that a request waits for a page that is being made, where there is one of the edition before."""
        self._web, self._patience = web, patience
        self._turn = web.peers.turn if web.peers is not None else None
        self._live: Live | None = None
        self._made: dict[str, tuple[str, str]] = {}
        self._left: dict[str, asyncio.Event] = {}
        # Pages that others made, or that were made before the start: what filters and files beside them need is not here yet.
        self._found: set[str] = set()
        self._deep: set[str] = set()
        self._wanted: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._pool: ThreadPoolExecutor | None = None

    @property
    def left(self) -> int:
        """Pages that are still to be made."""
        return len(self._left)

    def follow(self, live: "Live") -> None:
        """Make the pages of this edition from now on; what was being made of another one is given up."""
        if live is self._live:
            return
        if self._task is not None:
            self._task.cancel()
        self._leave()
        self._live = live
        self._left = {step.name: asyncio.Event() for step in STEPS}
        self._begin(live)

    def _begin(self, live: "Live") -> None:
        live.take()
        self._task = asyncio.create_task(self._all(live))
        self._task.add_done_callback(lambda _: live.give_back())

    def before(self, path: str) -> tuple[str, str] | None:
        """Edition and journal of which a page, or what the answers beside it need, was made last."""
        step = step_of(path)
        return self._made.get(step.name) if step else None

    async def ready(self, path: str, nothing_else: bool) -> None:
        """Return when what a page needs is there. Raises: BeingWorkedOut where that takes long."""
        step = step_of(path)
        if step is not None and step.name in self._found:
            self._deepen(step.name)
        event = self._left.get(step.name) if step else None
        if step is None or event is None:
            return
        self._wanted = step.name
        try:
            await asyncio.wait_for(event.wait(), self._patience * (NOTHING_ELSE if nothing_else else 1))
        except TimeoutError as error:
            raise BeingWorkedOut from error

    def _deepen(self, name: str) -> None:
        """Work out here what a page was made from, as something beside the page is asked for."""
        self._found.discard(name)
        self._deep.add(name)
        self._left[name] = asyncio.Event()
        if self._live is not None and (self._task is None or self._task.done()):
            self._begin(self._live)

    async def stop(self) -> None:
        """Make no more pages."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._leave()
        self._live = self._task = self._pool = None
        if self._turn is not None:
            self._turn.give()

    def _leave(self) -> None:
        for event in self._left.values():
            event.set()
        self._left = {}
        self._found, self._deep = set(), set()

    async def _all(self, live: "Live") -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="skinproof-warm")
        await self._pages(live)
        live.take()
        work = asyncio.get_running_loop().run_in_executor(self._pool, self._rest, live)
        work.add_done_callback(lambda _: live.give_back())
        await asyncio.shield(work)
        await self._pages(live)  # what was asked for meanwhile
        if self._turn is not None:
            self._turn.give()

    async def _pages(self, live: "Live") -> None:
        while self._left:
            await self._give_way()
            name = self._next(live)
            if name is None:  # another process makes them
                await asyncio.sleep(OTHERS)
                continue
            live.take()
            work = asyncio.get_running_loop().run_in_executor(self._pool, self._make, live, _BY_NAME[name])
            work.add_done_callback(lambda _: live.give_back())
            try:
                await asyncio.shield(work)
            except Exception:
                # Whoever asks for it is told what is wrong.
                log.warning("%s could not be made beforehand", name, exc_info=True)
            self._left.pop(name).set()
            self._deep.discard(name)

    def _next(self, live: "Live") -> str | None:
        """A page that is there already, or that it is on this process to make; first the one that somebody waits for."""
        names = sorted(self._left, key=lambda name: name != self._wanted)
        cache, shelf = self._web.cache, self._web.shelf
        for name in names:
            key = _key(live, _BY_NAME[name])
            if (
                _BY_NAME[name].own
                or name in self._deep
                or cache.has(key)
                or (shelf is not None and shelf.has(key))
            ):
                return name
        return names[0] if self._turn is None or self._turn.take() else None

    async def _give_way(self) -> None:
        """Nobody who is being answered is slowed down, unless that goes on without end or somebody waits for a page."""
        waited = 0.0
        while self._web.workshop.busy and self._wanted not in self._left and waited < GIVE_WAY:
            await asyncio.sleep(_STEP)
            waited += _STEP

    def _rest(self, live: "Live") -> None:
        """What searches, filters and studies are read from, so that the first who asks does not wait for it; then the clocks."""
        try:
            with deadline(STEP_SECONDS):
                for name, asked in OPENED:
                    page_answer(live, name, Question(asked))
                for study in live.workspace.page(Filters(), None, 1, 0)[0]:
                    page_answer(live, f"study/{study.record_id}.html", Question())
        except Exception:
            log.warning("searches, filters and studies could not be opened beforehand", exc_info=True)
        self._with_clocks(live)
        give_memory_back()

    def _with_clocks(self, live: "Live") -> None:
        """The map once more, where it was not known yet whose results are due when it was made."""
        try:
            if live.facets.clocks_read(None, STEP_SECONDS):
                self._make(live, _BY_NAME["index.html"])
        except Exception:
            log.warning("the map could not be made beforehand", exc_info=True)

    def _make(self, live: "Live", step: Step) -> None:
        key = _key(live, step)
        deep = step.name in self._deep
        if self._web.cache.has(key) and not deep:
            self._made[step.name] = live.key
            return
        shelf = self._web.shelf
        answer = shelf.get(key) if shelf is not None and not deep else None
        if answer is not None:
            if step.also and not step.own and live is self._live:
                self._found.add(step.name)
        else:
            with deadline(STEP_SECONDS):
                answer = packed(page_answer(live, step.name, Question()))
            if shelf is not None:
                shelf.put(key, answer)
        self._web.cache.put(key, answer)
        self._made[step.name] = live.key


def give_memory_back() -> None:
    """Give the system what is free but still held: a server that goes from edition to edition would grow by what each left behind."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc; others have none
        if trim is not None:
            trim(0)


def step_of(path: str) -> Step | None:
    """What has to be made before an address can be answered."""
    return next((s for s in STEPS if path == s.path or path.startswith(s.also or ("\x00",))), None)


def _key(live: "Live", step: Step) -> tuple[str, ...]:
    return ("page", *live.key, step.path, "")
