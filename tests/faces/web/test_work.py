"""Answers are made once, a bounded number at a time, and what they hold is let go."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from skinproof.faces.web.cache import Answer, AnswerCache
from skinproof.faces.web.work import Overloaded, TookTooLong, Workshop

ONE = Answer(b"x", "text/plain")


def run(work: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: a browser that another test opened keeps a loop in this one."""
    with ThreadPoolExecutor(1) as own:
        own.submit(asyncio.run, work).result()


def test_the_same_answer_is_made_once_and_what_it_holds_is_let_go_once() -> None:
    made, held = [], []
    gate = threading.Event()

    def make() -> Answer:
        made.append(1)
        gate.wait(60)
        return ONE

    async def ask() -> None:
        shop = Workshop(2, 1, 5)
        waiting = [
            asyncio.ensure_future(shop.make(("a",), make, lambda: held.append(1), lambda: held.append(-1)))
            for _ in range(5)
        ]
        await asyncio.sleep(0.05)
        others = [
            asyncio.ensure_future(shop.make((str(n),), make, lambda: held.append(1), lambda: held.append(-1)))
            for n in range(2)
        ]
        await asyncio.sleep(0.05)
        with pytest.raises(Overloaded):
            await shop.make(("z",), make, lambda: held.append(1), lambda: held.append(-1))
        gate.set()
        assert await asyncio.gather(*waiting, *others) == [ONE] * 7
        await asyncio.sleep(0)
        shop.close()

    run(ask())
    assert len(made) == 3 and held.count(1) == held.count(-1) == 3


def test_whoever_asks_need_not_wait_for_ever() -> None:
    held = []

    async def ask() -> None:
        shop = Workshop(1, 1, 0.05)
        gate = threading.Event()

        def slow() -> Answer:
            gate.wait(60)
            return ONE

        with pytest.raises(TookTooLong):
            await shop.make(("a",), slow, lambda: held.append(1), lambda: held.append(-1))
        assert held == [1], "the thread still works"
        gate.set()
        while held == [1]:
            await asyncio.sleep(0.01)
        shop.close()

    run(ask())
    assert held == [1, -1]


def test_kept_answers_never_take_more_room_than_they_may() -> None:
    cache = AnswerCache(100_000)
    for number in range(1000):
        cache.put((str(number),), Answer(b"x" * 5_000, "text/plain"))
        assert cache.bytes <= 100_000
    assert cache.get(("999",)) and cache.get(("0",)) is None
    cache.put(("big",), Answer(b"x" * 50_000, "text/plain"))
    assert cache.get(("big",)) is None, "one answer may not push out all others"
    cache.clear()
    assert cache.bytes == 0
