"""Rows that are kept: in the order asked for, made once, never more bytes than allowed, and never those of another journal."""

from collections.abc import Mapping, Sequence

from skinproof.faces.web.pieces import AROUND, Pieces


def test_rows_are_made_once_and_bounded_in_bytes() -> None:
    asked: list[str] = []

    def make(names: Sequence[str]) -> Mapping[str, str]:
        asked.extend(names)
        return {name: name * 10 for name in names if name != "gone"}

    pieces = Pieces(most_bytes=3 * (10 + AROUND))
    assert pieces.rows("list", None, ["b", "gone", "a"], make) == ["b" * 10, "a" * 10]
    assert pieces.rows("list", None, ["a", "b"], make) == ["a" * 10, "b" * 10]
    assert asked == ["b", "gone", "a"]
    pieces.rows("list", "2020-12-31", ["a"], make)
    pieces.rows("json", None, ["a"], make)  # the fourth row: the one not shown for the longest goes
    assert pieces.bytes == 3 * (10 + AROUND)
    pieces.rows("list", None, ["b", "a"], make)
    assert asked[3:] == ["a", "a", "a"]
