"""Rows of studies as they are printed, kept one by one: a page of a list is put together from rows that other pages showed before.

An edition and what people said of it never change, so the rows belong to the `Live` that they were made from, and go with it. They are
bounded in bytes; the row not shown for the longest goes first.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar

KEPT = 24 << 20
"""Bytes of rows that are kept: all of some 20,000 studies."""

AROUND = 200
"""Bytes that keeping a row takes beside the row itself."""

Piece = TypeVar("Piece", bound="str | bytes")


class Pieces:
    """Rows by what they are for, the day, and the id of the study. Safe to use from several threads."""

    def __init__(self, most_bytes: int = KEPT) -> None:
        self._most = most_bytes
        self._held: OrderedDict[tuple[str, str | None, str], Any] = OrderedDict()
        self._lock = Lock()
        self.bytes = 0

    def rows(
        self,
        kind: str,
        day: str | None,
        ids: Sequence[str],
        make: Callable[[Sequence[str]], Mapping[str, Piece]],
    ) -> list[Piece]:
        """The rows of these studies, in order; `make` is asked for those that are not held, and may leave out what is no study."""
        with self._lock:
            found: dict[str, Piece] = {}
            for name in ids:
                held = self._held.get((kind, day, name))
                if held is not None:
                    self._held.move_to_end((kind, day, name))
                    found[name] = held
        missing = [name for name in ids if name not in found]
        if missing:
            made = make(missing)
            found |= made
            with self._lock:
                for name, piece in made.items():
                    if (kind, day, name) not in self._held:
                        self._held[kind, day, name] = piece
                        self.bytes += len(piece) + AROUND
                while self.bytes > self._most and self._held:
                    self.bytes -= len(self._held.popitem(last=False)[1]) + AROUND
        return [found[name] for name in ids if name in found]
