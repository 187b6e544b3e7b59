"""Rows that stand under a text, for a few texts at a time: from whole partitions that are kept in memory, bounded in bytes.

A partition is a small file. Read once it is a table in order of its texts, in which the rows of one text are found by halving; asked
of the file each time, the same rows cost ten times as much.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

KEPT = 64 << 20
"""Bytes of partitions that one edition keeps."""


class TextRows:
    """Partitions of one edition. Safe to use from several threads.

    texts: of each version its text id, and the place of its partition in `partitions`; sorted by text id.
    read: a file as a table, sorted by text id and `seq`.
    """

    def __init__(
        self,
        partitions: Sequence[Mapping[str, str]],
        texts: "tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]",
        read: "Callable[[str], pa.Table]",
        most_bytes: int = KEPT,
    ) -> None:
        """partitions: of each, the files of its tables by name."""
        self._partitions, self._read, self._most = partitions, read, most_bytes
        self._texts, self._places = texts
        self._held: OrderedDict[str, tuple[npt.NDArray[np.int64], pa.Table]] = OrderedDict()
        self._lock = Lock()
        self.bytes = 0

    def rows(self, table: str, text_ids: Sequence[int], columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """(text id, seq, *columns) of the rows under these texts, in that order; a text in several partitions is read once."""
        found: list[tuple[Any, ...]] = []
        names = ("text_id", "seq", *columns)
        for text_id in sorted(set(text_ids)):
            start, end = self._texts.searchsorted(text_id, "left"), self._texts.searchsorted(text_id, "right")
            for place in sorted(set(self._places[start:end].tolist())):
                file = self._partitions[place].get(table)
                if file is None:
                    continue
                ids, held = self._table(file)
                first, last = int(ids.searchsorted(text_id, "left")), int(ids.searchsorted(text_id, "right"))
                if first < last:
                    part = held.slice(first, last - first)
                    found += zip(*(part.column(name).to_pylist() for name in names), strict=True)
                    break
        return found

    def _table(self, file: str) -> "tuple[npt.NDArray[np.int64], pa.Table]":
        with self._lock:
            held = self._held.get(file)
            if held is not None:
                self._held.move_to_end(file)
                return held
        table = self._read(file).combine_chunks()
        made = table.column("text_id").to_numpy(), table
        with self._lock:
            if file not in self._held:
                self._held[file] = made
                self.bytes += _size(made[1])
            while self.bytes > self._most and len(self._held) > 1:
                _, (_, gone) = self._held.popitem(last=False)
                self.bytes -= _size(gone)
        return made


def _size(table: "pa.Table") -> int:
    size: int = table.nbytes
    return size
