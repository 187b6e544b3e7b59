"""Text for terminals: nothing in a record can steer the terminal, and tables fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skinproof.views.text import Column, clean, clean_lines, cut, pairs, table, width_of, wrap


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "[U+001B][31mred[U+001B][0m"),
        ("\x1b]0;title\x07", "[U+001B]]0;title[U+0007]"),
        ("\x9b31m", "[U+009B]31m"),
        ("a\nb\tc  d\r\ne\u2028f", "a b c d e f"),
        ("abc\u202edef", "abc[U+202E]def"),
        ("half \ud800", "half [U+D800]"),
        ("Türkiye 皮膚", "Türkiye 皮膚"),
    ],
)
def test_controls_are_written_out(text: str, expected: str) -> None:
    """A title with an escape sequence must not recolour, retitle or overwrite a reader's terminal."""
    assert clean(text) == expected


@given(st.text())
def test_cleaned_text_holds_nothing_that_moves_the_cursor(text: str) -> None:
    for line in (clean(text), *clean_lines(text)):
        assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line)
        line.encode("utf-8")


@given(st.text(), st.integers(min_value=2, max_value=60))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    shown = clean(text)
    lines = wrap(shown, width)
    assert all(width_of(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == shown.replace(" ", "")


def test_wide_letters_count_twice() -> None:
    assert width_of("皮膚") == 4
    assert width_of("e\u0301") == 1
    assert cut("皮膚皮膚皮膚", 9) == "皮膚皮..."
    assert cut("short", 9) == "short"


def test_a_table_is_aligned_and_gives_way_where_it_may() -> None:
    rows = [
        ("NCT99999901", "a long synthetic title that has to be wrapped", "7"),
        ("NCT99999902", "short", "12"),
    ]
    lines = table([Column("Id"), Column("Title", wraps=True), Column("N", right=True)], rows, 40)
    assert all(len(line) <= 40 for line in lines)
    assert lines[0].split() == ["Id", "Title", "N"]
    assert lines[2].startswith("NCT99999901  a long synthetic")
    assert lines[2].endswith(" 7")
    assert lines[-1].endswith("12")


def test_an_empty_table_keeps_its_head() -> None:
    assert table([Column("Id"), Column("N", right=True)], [], 80) == ["Id  N", "--  -"]


def test_pairs_line_up() -> None:
    assert pairs([("A", "one two three"), ("Longer", "x")], 28) == ["A       one two three", "Longer  x"]
    assert pairs([], 80) == []
    long = "a label that is longer than thirty columns"
    assert pairs([(long, "x")], 60) == [long, " " * 32 + "x"]
