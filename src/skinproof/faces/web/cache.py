"""Answers that were made already: bounded in bytes, the one not asked for the longest goes first."""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple


class Answer(NamedTuple):
    """A finished answer. headers: beside those that every answer gets."""

    body: bytes
    media_type: str
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    keep: bool = True
    """Whether it may be given to the next one who asks the same."""
    packed: bytes | None = None
    """The body as gzip, where it is sent like that to who can read it."""


class AnswerCache:
    """Answers by key; safe to use from several threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: OrderedDict[tuple[str, ...], Answer] = OrderedDict()
        self._lock = Lock()
        self.bytes = self.hits = self.misses = 0

    def get(self, key: tuple[str, ...]) -> Answer | None:
        """The answer of that key, if it is held."""
        with self._lock:
            found = self._held.get(key)
            if found is None:
                self.misses += 1
                return None
            self._held.move_to_end(key)
            self.hits += 1
            return found

    def has(self, key: tuple[str, ...]) -> bool:
        """Whether the answer of that key is held."""
        return key in self._held

    def put(self, key: tuple[str, ...], answer: Answer) -> None:
        """Keep an answer, if it is one to keep and not larger than an eighth of all room."""
        size = _size(key, answer)
        if not answer.keep or size > self._most // 8:
            return
        with self._lock:
            old = self._held.pop(key, None)
            if old is not None:
                self.bytes -= _size(key, old)
            self._held[key] = answer
            self.bytes += size
            while self.bytes > self._most:
                gone, left = self._held.popitem(last=False)
                self.bytes -= _size(gone, left)

    def clear(self) -> None:
        """Forget everything: another edition is served."""
        with self._lock:
            self._held.clear()
            self.bytes = 0


def _size(key: tuple[str, ...], answer: Answer) -> int:
    return len(answer.body) + len(answer.packed or b"") + sum(map(len, key)) + 300
