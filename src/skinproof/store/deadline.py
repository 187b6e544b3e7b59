"""How long the queries of one piece of work may take: a server sets it, a command runs without.

A deadline belongs to the thread that set it. One watcher thread for the whole process stops what runs too long.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from skinproof.errors import TooSlow

_STEP = 0.05
"""Seconds between two looks of the watcher."""


class _Own(threading.local):
    until: float | None = None


_own = _Own()
_running: dict[int, tuple[float, Callable[[], None]]] = {}
_numbers = count()
_work = threading.Event()
_start = threading.Lock()
_watcher: threading.Thread | None = None


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Everything this thread asks of a database inside the block must be answered within so many seconds."""
    before, _own.until = _own.until, time.monotonic() + seconds
    try:
        yield
    finally:
        _own.until = before


@contextmanager
def stopped_by(interrupt: Callable[[], None]) -> Iterator[None]:
    """A query: `interrupt` is called if it still runs when the deadline of this thread passes.

    Raises: TooSlow where the deadline has passed before the query began.
    """
    until = _own.until
    if until is None:
        yield
        return
    if until <= time.monotonic():
        raise TooSlow("this takes longer than a server may work on one answer")
    number = next(_numbers)
    _running[number] = (until, interrupt)
    _watch()
    try:
        yield
    finally:
        _running.pop(number, None)


def _watch() -> None:
    global _watcher
    _work.set()
    if _watcher is None or not _watcher.is_alive():
        with _start:
            if _watcher is None or not _watcher.is_alive():
                _watcher = threading.Thread(target=_look, name="skinproof-deadlines", daemon=True)
                _watcher.start()


def _look() -> None:
    while True:
        _work.wait()
        _work.clear()
        while _running:
            now = time.monotonic()
            for number, (until, interrupt) in list(_running.items()):
                if until <= now and _running.pop(number, None) is not None:
                    interrupt()
            time.sleep(_STEP)
