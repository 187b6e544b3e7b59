"""Several processes that serve together: each tells the others what it serves, so that all change over at the same time.

Each has a small file in a folder of their own, written anew twice a second and whenever something changes. Who has not written for
a while is thought to be gone, and nobody waits for it.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock

import msgspec

from skinproof.faces.web.metrics import Sample
from skinproof.faces.web.settings import Place
from skinproof.store.lock import Turn

GONE = 10.0
"""Seconds of silence after which a process is thought to be gone."""

_STEP = 0.02

Key = tuple[str, str]
"""Edition, and all else that its pages hang on."""


class State(msgspec.Struct, kw_only=True):
    """What one process tells. at: when it told it; serves, since: what it serves and when that was opened; ready, opened: what it
    could serve as soon as all others can; samples: what it counts. Times are of the machine's monotonic clock."""

    number: int
    at: float = 0.0
    serves: Key = ("", "")
    since: float = 0.0
    ready: Key = ("", "")
    opened: float = 0.0
    samples: tuple[Sample, ...] = ()

    def can(self, key: Key, opened: float) -> bool:
        """Whether it is ready for that, or for something newer."""
        return self.ready == key or self.opened > opened

    def does(self, key: Key, opened: float) -> bool:
        """Whether it serves that, or something newer."""
        return self.serves == key or self.since > opened


class Peers:
    """The processes beside this one; safe to use from several threads."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.turn = Turn(place.folder / "warming.lock")
        """Who makes large pages: one process at a time."""
        self.clocks = Turn(place.folder / "clocks.lock")
        """Who reads whose results are due."""
        self._own = State(number=place.number)
        self._mark = place.folder / "judged"
        self._seen = self._marked()
        self._lock = Lock()

    def tell(self, **changed: object) -> None:
        """Tell the others what changed, and that this process is there."""
        with self._lock:
            self._own = msgspec.structs.replace(self._own, **changed, at=time.monotonic())
            part = self._file(f".{self.place.number}")
            part.write_bytes(msgspec.json.encode(self._own))
            part.replace(self._file(str(self.place.number)))

    def others(self) -> Sequence[State]:
        """What the others told last, without those that are gone."""
        found = []
        for number in range(1, self.place.of + 1):
            if number != self.place.number:
                with suppress(OSError, msgspec.DecodeError):
                    state = msgspec.json.decode(self._file(str(number)).read_bytes(), type=State)
                    if time.monotonic() - state.at < GONE:
                        found.append(state)
        return found

    def meet(self, key: Key, opened: float, seconds: float) -> None:
        """Return when all can serve that; whoever takes longer is not waited for."""
        self.tell(ready=key, opened=opened)
        self._until(lambda state: state.can(key, opened), seconds)

    def follow(self, key: Key, opened: float, seconds: float) -> None:
        """Return when all serve that; whoever takes longer is not waited for."""
        self._until(lambda state: state.does(key, opened), seconds)

    def mark(self) -> None:
        """Something was written: the others look at once."""
        self._mark.touch()

    def marked(self) -> bool:
        """Whether another process wrote something since this was last asked. Cheap: a look at a file."""
        before, self._seen = self._seen, self._marked()
        return before != self._seen

    def _marked(self) -> int:
        try:
            return self._mark.stat().st_mtime_ns
        except OSError:
            return 0

    def _until(self, met: Callable[[State], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not all(map(met, self.others())):
            time.sleep(_STEP)

    def _file(self, name: str) -> Path:
        return self.place.folder / f"{name}.json"
