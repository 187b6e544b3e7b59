"""Answers are made in a few threads; how many may wait, how long, and that nothing is made twice at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from skinproof.errors import SkinproofError
from skinproof.faces.web.cache import Answer
from skinproof.store.deadline import deadline

Key = tuple[str, ...]


class Overloaded(SkinproofError):
    """More was asked at once than is worked on."""

    http_status = 503


class TookTooLong(SkinproofError):
    """An answer is still being made; whoever asked need not wait for it."""

    http_status = 503


class Workshop:
    """Makes answers in `threads` threads, at most `waiting` at a time, each within `seconds`."""

    def __init__(self, threads: int, waiting: int, seconds: float) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="skinproof-answer")
        self._most = threads + waiting
        self._seconds = seconds
        self._under_way: dict[Key, asyncio.Future[Answer]] = {}
        self.busy = 0

    async def make(
        self,
        key: Key | None,
        make: Callable[[], Answer],
        hold: Callable[[], None],
        release: Callable[[], None],
    ) -> Answer:
        """The answer; one that is being made under the same key is waited for, not made again.

        hold, release: called once each for an answer that is made, before and after, whether anybody waits for it or not.

        Raises: Overloaded where too much is under way already, TookTooLong, and what `make` raises.
        """
        task = self._under_way.get(key) if key else None
        if task is None:
            if self.busy >= self._most:
                raise Overloaded("too much is asked at once; ask again in a moment")
            hold()
            task = asyncio.ensure_future(self._make(make))
            task.add_done_callback(lambda _: release())
            if key:
                self._under_way[key] = task
                task.add_done_callback(lambda _: self._under_way.pop(key, None))
            task.add_done_callback(_seen)
        try:
            return await asyncio.wait_for(asyncio.shield(task), self._seconds + 0.5)
        except TimeoutError as error:
            raise TookTooLong("this answer takes long to make; ask again in a moment, or for less") from error

    async def _make(self, make: Callable[[], Answer]) -> Answer:
        self.busy += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._timed, make)
        finally:
            self.busy -= 1

    def _timed(self, make: Callable[[], Answer]) -> Answer:
        with deadline(self._seconds):
            return make()

    def close(self) -> None:
        """Take no more work; what is under way ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _seen(task: "asyncio.Future[Answer]") -> None:
    """An error nobody waits for any more is no news."""
    if not task.cancelled():
        task.exception()
