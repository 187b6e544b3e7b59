"""Processes that read chunks of registry files and pack their records, while the import cuts files and stores.

Plain pipes and processes, not `concurrent.futures`: its workers outlive an import that is killed, and wait for ever.
These end when their pipe does.
"""

import gc
import multiprocessing
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

import msgspec

from skinproof.errors import SkinproofError
from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.files import Chunk, filled, read_chunk
from skinproof.store.blocks import Frame, pack

Mark = TypeVar("Mark")


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """What a batch of chunks holds. loaded: records of each chunk, by file; size: of their bodies, in bytes."""

    loaded: tuple[tuple[str, int], ...]
    refusals: tuple[Refusal, ...]
    frames: tuple[Frame, ...]
    size: int


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE_BATCH = msgspec.msgpack.Decoder(Batch).decode


def work(chunks: Iterable[Chunk], limits: Limits) -> Batch:
    """Read and pack some chunks."""
    items: list[RawItem] = []
    refusals: list[Refusal] = []
    loaded: list[tuple[str, int]] = []
    for chunk in chunks:
        before = len(items)
        for item in read_chunk(_with_lines(chunk, refusals), limits):
            if isinstance(item, RawItem):
                items.append(item)
            else:
                refusals.append(item)
        loaded.append((chunk.name, len(items) - before))
    size = sum(len(item.body) for item in items)
    return Batch(tuple(loaded), tuple(refusals), tuple(pack(items)), size)


def _with_lines(chunk: Chunk, refusals: list[Refusal]) -> Chunk:
    """The chunk, its lines read from the file where it names only their place."""
    if not chunk.length or chunk.lines[2]:
        return chunk
    try:
        with Path(chunk.name).open("rb", buffering=0) as file:
            return filled(chunk, file)
    except OSError as error:
        where = f"line {chunk.lines[1]}, byte {chunk.lines[0]}"
        refusals.append(Refusal(chunk.name, where, f"cannot be read any further: {error.strerror or error}"))
        return chunk


class Workers(Generic[Mark]):
    """Does `work` on batches of chunks, several at a time, and gives the answers in the order of the batches.

    jobs: worker processes; below 2 the work is done here. Marks are values that pass through in their place.
    """

    def __init__(self, jobs: int, limits: Limits) -> None:
        self._limits = limits
        self._processes: list[multiprocessing.process.BaseProcess] = []
        self._free: SimpleQueue[Connection] = SimpleQueue()
        self._ends: list[Connection] = []
        if jobs > 1:
            self._start(jobs)
        self._threads = ThreadPoolExecutor(jobs) if jobs > 1 else None

    def _start(self, jobs: int) -> None:
        context = multiprocessing.get_context(_start_method())
        for _ in range(jobs):
            ours, theirs = context.Pipe()
            self._ends.append(ours)
            inherited = tuple(self._ends) if context.get_start_method() == "fork" else ()
            process = context.Process(target=_serve, args=(theirs, inherited, self._limits), daemon=True)  # type: ignore[attr-defined]
            process.start()
            theirs.close()
            self._free.put(ours)
            self._processes.append(process)

    def answers(self, batches: Iterable[tuple[Chunk, ...] | Mark]) -> Iterator[Batch | Mark]:
        """The answer to each batch, and each mark, in order; reads no further ahead than keeps the workers busy."""
        waiting: deque[Future[Batch] | Mark] = deque()
        busy = 0
        for batch in batches:
            if not isinstance(batch, tuple):
                waiting.append(batch)
            elif self._threads is None:
                waiting.append(_done(work(batch, self._limits)))
                busy += 1
            else:
                waiting.append(self._threads.submit(self._ask, _ENCODE(batch)))
                busy += 1
            while waiting and (busy > len(self._processes) or not isinstance(waiting[0], Future)):
                first = waiting.popleft()
                if isinstance(first, Future):
                    busy -= 1
                    yield first.result()
                else:
                    yield first
        for rest in waiting:
            yield rest.result() if isinstance(rest, Future) else rest

    def _ask(self, batch: bytes) -> Batch:
        end = self._free.get()
        try:
            end.send_bytes(batch)
            answer = end.recv_bytes()
        except (EOFError, OSError) as error:
            raise SkinproofError(
                "a worker process ended before its work was done; was there enough memory? Import again: "
                "what was stored is kept"
            ) from error
        finally:
            self._free.put(end)  # a broken end too: whoever waits for one gets the same error, not for ever
        return _DECODE_BATCH(answer)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            for process in self._processes:
                process.terminate()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for end in self._ends:
            end.close()
        for process in self._processes:
            process.join()


def _serve(pipe: Connection, inherited: tuple[Connection, ...], limits: Limits) -> None:
    """A worker's life: ends when the import does, however that ends."""
    for end in inherited:
        end.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(500_000)
    decode = msgspec.msgpack.Decoder(tuple[Chunk, ...]).decode
    while True:
        try:
            pipe.send_bytes(_ENCODE(work(decode(pipe.recv_bytes()), limits)))
        except (EOFError, OSError):
            return


def _done(batch: Batch) -> "Future[Batch]":
    future: Future[Batch] = Future()
    future.set_result(batch)
    return future


def _start_method() -> str:
    """`fork` where it is safe (Linux, no thread beside this one): it starts in 10 ms, `spawn` in 200."""
    tasks = Path("/proc/self/task")
    alone = threading.active_count() == 1 and tasks.is_dir() and len(list(tasks.iterdir())) == 1
    return "fork" if sys.platform == "linux" and alone else "spawn"
