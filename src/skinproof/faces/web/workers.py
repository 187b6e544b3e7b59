"""Several processes that serve together: one that looks after them, holds the sockets and serves nothing itself.

They share the sockets, so that whoever is free takes the next connection. Each begins anew (spawn): databases and threads do not
live through a fork, and what a fork would share is little beside the edition each of them reads. They end with the one that
looks after them, however that ends.
"""

import multiprocessing
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from skinproof.faces.web.settings import Place, Settings

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace

MOST = 32
"""Processes that one may ask for."""

ENDING = 12.0
"""Seconds that processes have for the requests they are answering, when they are told to end."""

FIRST_PAUSE, LONGEST_PAUSE, LONG_LIFE = 0.5, 30.0, 60.0
"""Seconds before a process that died is replaced, doubled each time; one that lived longer than the last number begins anew."""


class _Worker:
    def __init__(self, number: int) -> None:
        self.number = number
        self.process: BaseProcess | None = None
        self.began = self.next = 0.0
        self.pause = FIRST_PAUSE


class Workers:
    """The processes; `run` returns when they have ended."""

    def __init__(
        self,
        data_dir: Path,
        open_workspace: Callable[[Path], "Workspace"],
        settings: Settings,
        sockets: list[socket.socket],
        count: int,
    ) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._make = (data_dir, open_workspace, settings, sockets)
        self._workers = [_Worker(number) for number in range(1, count + 1)]
        self._stop: int | None = None
        self._wake, self._waker = socket.socketpair()

    def run(self) -> None:
        """Until SIGTERM or SIGINT, which then does what it does without this."""
        folder = Path(tempfile.mkdtemp(prefix="skinproof-serve-"))
        secret = secrets.token_bytes(32)
        names = (signal.SIGINT, signal.SIGTERM)
        before = {name: signal.signal(name, self._told) for name in names}
        try:
            while self._stop is None:
                for worker in self._workers:
                    if worker.process is None and worker.next <= time.monotonic():
                        self._start(worker, folder, secret)
                self._look(folder)
        finally:
            self._end()
            shutil.rmtree(folder, ignore_errors=True)
            for name, handler in before.items():
                signal.signal(name, handler)
        signal.raise_signal(self._stop)

    def _told(self, number: int, frame: object) -> None:
        self._stop = number
        with suppress(OSError):
            self._waker.send(b".")

    def _start(self, worker: _Worker, folder: Path, secret: bytes) -> None:
        place = Place(number=worker.number, of=len(self._workers), folder=folder, secret=secret)
        data_dir, open_workspace, settings, sockets = self._make
        own = msgspec.structs.replace(settings, place=place)
        worker.process = self._context.Process(
            target=serve_one,
            args=(data_dir, open_workspace, own, sockets),
            name=f"skinproof-worker-{worker.number}",
        )
        worker.process.start()
        worker.began = time.monotonic()

    def _look(self, folder: Path) -> None:
        """Wait until something happens; note who has died."""
        now = time.monotonic()
        waits = [worker.next - now for worker in self._workers if worker.process is None]
        alive = [worker.process.sentinel for worker in self._workers if worker.process is not None]
        wait([*alive, self._wake], max(0.01, min(waits, default=3600.0)))
        for worker in self._workers:
            if worker.process is None or worker.process.is_alive() or self._stop is not None:
                continue
            code = worker.process.exitcode
            worker.process.close()
            worker.process = None
            (folder / f"{worker.number}.json").unlink(missing_ok=True)  # nobody waits for it
            now = time.monotonic()
            if now - worker.began > LONG_LIFE:
                worker.pause = FIRST_PAUSE
            worker.next = now + worker.pause
            print(
                f"worker {worker.number} ended ({_ending(code)}); another one starts in {worker.pause:g} s",
                file=sys.stderr,
                flush=True,
            )
            worker.pause = min(2 * worker.pause, LONGEST_PAUSE)

    def _end(self) -> None:
        running = [worker.process for worker in self._workers if worker.process is not None]
        for process in running:
            process.terminate()
        until = time.monotonic() + ENDING
        for process in running:
            process.join(max(0.0, until - time.monotonic()))
        for process in running:
            if process.is_alive():
                process.kill()
                process.join()
        self._wake.close()
        self._waker.close()


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            return signal.Signals(-code).name
    return f"exit code {code}"


def serve_one(
    data_dir: Path,
    open_workspace: Callable[[Path], "Workspace"],
    settings: Settings,
    sockets: list[socket.socket],
) -> None:
    """One of the processes, from its beginning to its end."""
    from skinproof.faces.web.app import make_app
    from skinproof.faces.web.server import SharingServer, configured

    server = SharingServer(configured(make_app(data_dir, open_workspace, settings), "", 0))
    parent = multiprocessing.parent_process()

    def orphaned() -> None:
        assert parent is not None and settings.place is not None
        wait([parent.sentinel])
        shutil.rmtree(settings.place.folder, ignore_errors=True)
        server.should_exit = True
        time.sleep(ENDING)
        os._exit(1)  # whatever it still works on

    if parent is not None:
        threading.Thread(target=orphaned, name="skinproof-parent", daemon=True).start()
    with suppress(KeyboardInterrupt):  # Ctrl-C reaches every process of a terminal
        server.run(sockets)
