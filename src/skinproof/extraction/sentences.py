"""Cuts a field into sentences, with offsets; linear in the length of the text."""

import re
from bisect import bisect_right
from typing import NamedTuple

RULE = "sentences/1"

_END = re.compile(
    r"[.!?\n;](?:(?<=[.!?])(?=[\s\n)\]\"”]|$)|(?<=\n)(?:\s*\n|(?=\s*(?:[-*•–]|\d{1,2}[.)]|[A-Z(])))|(?<=;)\s)"
)
"""Begins with all signs that can end a sentence: the engine then passes by every other character quickly."""

_NOT_END = re.compile(
    r"(?:\b(?:e\.?g|i\.?e|vs|approx|ca|cf|no|nr|fig|al|dr|st|resp|incl|excl|min|max|spp?|inj|vol|conc|wt|etc)|\b[A-Z]|[x×*]\s?10|[^\w]\d)\.$",
    re.IGNORECASE,
)
_LOOK_BACK = 12
_LONGER = 8
"""No short form that `_NOT_END` knows has more than six letters; a word so long, with its point, has seven."""
_BEYOND = 1 << 60
"""Behind every offset: of sentences that start at one place the last is meant."""


class Sentence(NamedTuple):
    """`text[start:end]` is one sentence of a field."""

    start: int
    end: int


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of one field, in order, together the whole text.

    Line breaks end a sentence where a new item or a capital letter follows.

    >>> [("One. Two; three"[s.start:s.end]) for s in sentences("One. Two; three")]
    ['One.', ' Two; ', 'three']
    """
    found = []
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if (
            match[0] == "."
            and _may_be_short(text, end)
            and _NOT_END.search(text, max(start, end - _LOOK_BACK), end)
        ):
            continue
        if end > start:
            found.append(Sentence(start, end))
            start = end
    if start < len(text):
        found.append(Sentence(start, len(text)))
    return tuple(found)


def _may_be_short(text: str, end: int) -> bool:
    """Whether a point may close a short form: a letter or digit stands before it, and not a long word."""
    return text[end - 2 : end - 1].isalnum() and not (
        end > _LONGER and text[end - _LONGER : end - 1].isalpha()
    )


def sentence_at(cut: tuple[Sentence, ...], offset: int) -> int:
    """The place in `cut` of the sentence that holds `offset`."""
    return max(0, bisect_right(cut, (offset, _BEYOND)) - 1)
