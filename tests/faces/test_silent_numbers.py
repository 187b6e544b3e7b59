"""What a record does not say never stands as a bare 0 on a page, and sentences of ours are written as sentences."""

import pytest

from skinproof.faces.site.environment import environment
from skinproof.faces.site.safe import ticked
from skinproof.views.words import counted_of


@pytest.mark.parametrize(
    ("number", "unsaid", "of", "words"),
    [
        (0, 0, 4, "0"),
        (7, 0, 9, "7"),
        (0, 2, 2, "not reported"),
        (0, 1, 3, "0 (1 not reported)"),
        (1204, 1500, 3000, "1,204 (1,500 not reported)"),
    ],
)
def test_silence_stands_beside_the_number(number: int, unsaid: int, of: int, words: str) -> None:
    assert counted_of(number, unsaid, of) == words


def test_commands_in_our_sentences_are_code_and_stay_escaped() -> None:
    assert ticked("ask `a <b>` or `c`; 5` wide") == "ask <code>a &lt;b&gt;</code> or <code>c</code>; 5` wide"


def test_a_line_begins_with_a_capital() -> None:
    made = environment().from_string("{{ words|upper_first }}")
    assert made.render(words="none of the agents looked for") == "None of the agents looked for"
