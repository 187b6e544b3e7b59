"""Which studies of a day meet a condition, as one bit a study: conditions are joined and studies counted without asking a database.

A mask is a Python int whose bit n stands for the study at place n, in the order of record ids. 24,000 studies take 3 kB, half a million
60 kB; `and` and counting the bits of one take microseconds. Masks are kept, bounded in bytes, the one not used for the longest goes first.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

KEPT = 32 << 20
"""Bytes of masks that are kept of one day."""

Places = npt.NDArray[np.int32]
Held = TypeVar("Held", int, "dict[object, int]", "_Hits")


class _Hits(NamedTuple):
    """Where the texts of a search stand. It holds the table, so that nothing else gets the table's `id` while it is a key."""

    texts: pa.Table
    places: Places
    mask: int


class Masks:
    """The studies of one day: names, texts, and the masks that were asked for. Safe to use from several threads."""

    def __init__(self, record_ids: pa.Array, text_ids: npt.NDArray[np.int64], most_bytes: int = KEPT) -> None:
        """record_ids, text_ids: of each study, in the order of record ids."""
        self.record_ids, self.text_ids = record_ids, text_ids
        self.studies = len(text_ids)
        self.all = (1 << self.studies) - 1
        self._by_text = np.argsort(text_ids, kind="stable").astype(np.int32)
        self._sorted_texts = text_ids[self._by_text]
        self._most = most_bytes
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = Lock()
        self.orders: dict[str, Places] = {}
        """Places in an order that is not that of record ids, by its name."""
        self.bytes = 0

    def kept(self, key: Hashable, make: Callable[[], Held]) -> Held:
        """The mask, the masks by value, or the hits of that key; made where they are not held."""
        with self._lock:
            held = self._held.get(key)
            if held is not None:
                self._held.move_to_end(key)
                found: Held = held[0]  # a key stands for one kind
                return found
        made = make()
        size = (len(made) if isinstance(made, dict) else 1) * (self.studies // 8 + 100)
        if isinstance(made, _Hits):
            size += made.places.nbytes + made.texts.nbytes
        with self._lock:
            if key not in self._held:
                self._held[key] = made, size
                self.bytes += size
            while self.bytes > self._most and len(self._held) > 1:
                self.bytes -= self._held.popitem(last=False)[1][1]
        return made

    def forget(self, which: Callable[[Hashable], bool]) -> None:
        """Let go of the masks whose keys are such: what they say holds no longer."""
        with self._lock:
            for key in [key for key in self._held if which(key)]:
                self.bytes -= self._held.pop(key)[1]

    def of(self, places: Places) -> int:
        """The mask of some places."""
        bits = np.zeros(self.studies, np.bool_)
        bits[places] = True
        return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")

    def by_value(self, values: Iterable[object], places: Iterable[Places]) -> dict[object, int]:
        """The mask of each value."""
        return {value: self.of(own) for value, own in zip(values, places, strict=True)}

    def hits(self, texts: pa.Table) -> tuple[Places, int]:
        """The studies whose words are such a text, in the order of the texts, then of record ids; and their mask.

        texts: with a column `text_id`, the best first.
        """
        held: _Hits = self.kept(("texts", id(texts)), lambda: self._find(texts))
        return held.places, held.mask

    def _find(self, texts: pa.Table) -> "_Hits":
        wanted = texts.column("text_id").to_numpy()
        first = self._sorted_texts.searchsorted(wanted, "left")
        n = self._sorted_texts.searchsorted(wanted, "right") - first
        within = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        places = self._by_text[np.repeat(first, n) + within]
        return _Hits(texts, places, self.of(places))

    def some(self, mask: int, order: Places | None, limit: int, offset: int) -> list[tuple[str, int]]:
        """(record id, text id) of some of the studies of a mask. order: places in the order wanted; None: that of record ids."""
        if mask == self.all:
            chosen: npt.NDArray[np.integer] = np.arange(self.studies) if order is None else order
        else:
            raw = np.frombuffer(mask.to_bytes((self.studies + 7) // 8, "little"), np.uint8)
            bits = np.unpackbits(raw, count=self.studies, bitorder="little").view(np.bool_)
            chosen = np.flatnonzero(bits) if order is None else order[bits[order]]
        part = chosen[offset : offset + limit]
        names = self.record_ids.take(pa.array(part)).to_pylist()
        return list(zip(names, self.text_ids[part].tolist(), strict=True))


def counts(masks: Mapping[object, int], mask: int) -> list[tuple[object, int]]:
    """How many studies of a mask each value has; values that none has are left out."""
    return [(value, n) for value, own in masks.items() if (n := (own & mask).bit_count())]
