"""Rows of a few texts from partitions that are kept: in order, each text once, never more bytes than allowed."""

import numpy as np
import pyarrow as pa

from skinproof.store.text_rows import TextRows

FILES = {
    "a": pa.table({"text_id": [-5, -5, 7], "seq": [0, 1, 0], "word": ["x", "y", "z"]}),
    "b": pa.table({"text_id": [7, 9], "seq": [0, 0], "word": ["z", "w"]}),
}


def opened(most_bytes: int = 1 << 20) -> tuple[TextRows, list[str]]:
    """Two partitions, of which the second has no table `other`, and the files as they are read."""
    read: list[str] = []

    def table(file: str) -> pa.Table:
        read.append(file)
        return FILES[file]

    texts = np.array([-5, 7, 7, 9], np.int64), np.array([0, 0, 1, 1], np.int32)
    return TextRows([{"tags": "a", "other": "a"}, {"tags": "b"}], texts, table, most_bytes), read


def test_rows_stand_in_order_and_a_text_of_two_partitions_is_read_once() -> None:
    rows, read = opened()
    assert rows.rows("tags", [9, 7, -5, 7, 1000], ["word"]) == [
        (-5, 0, "x"),
        (-5, 1, "y"),
        (7, 0, "z"),
        (9, 0, "w"),
    ]
    assert rows.rows("other", [9], ["word"]) == []
    assert rows.rows("nothing", [9], ["word"]) == []
    assert sorted(read) == ["a", "b"]


def test_no_more_bytes_are_kept_than_allowed() -> None:
    rows, read = opened(most_bytes=FILES["a"].nbytes)
    for _ in range(2):
        assert rows.rows("tags", [-5, 9], ["word"])[-1] == (9, 0, "w")
        assert rows.bytes <= FILES["a"].nbytes
    assert read == ["a", "b", "a", "b"]
