"""Finds where words begin with one of many stems, for several groups of stems in one pass over a text.

A stem counts at the start of a word, in any case; one that ends in "|" only as a whole word ("rat|" is not
"ratio"). One pass takes time linear in the text, however many stems there are.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache

import ahocorasick_rs


class Places:
    """Where the stems of one group stand, as (start, end) by start; windows are looked up, not scanned."""

    __slots__ = ("_starts", "spans")

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self.spans = spans
        self._starts = [start for start, _ in spans]

    def within(self, start: int, end: int) -> Sequence[tuple[int, int]]:
        """The places that begin at or after `start` and end at or before `end`."""
        first = bisect_left(self._starts, start)
        last = bisect_left(self._starts, end, first)
        return [span for span in self.spans[first:last] if span[1] <= end] if first < last else ()

    def any_within(self, start: int, end: int) -> bool:
        """Whether a place lies between two offsets."""
        return bool(self.within(start, end))


class Stems:
    """Groups of stems by name; `places(text)` keeps its last answers, since several products share a text."""

    def __init__(self, groups: Mapping[str, str]) -> None:
        """groups: name -> stems, separated by commas."""
        listed = [
            (group, stem.strip(" \n|"), stem.strip().endswith("|"))
            for group, stems in groups.items()
            for stem in stems.split(",")
            if stem.strip()
        ]
        self._groups = tuple(groups)
        self._listed = listed
        self._automaton: ahocorasick_rs.AhoCorasick | None = None
        self.places = lru_cache(maxsize=4)(self._places)

    def _places(self, text: str) -> Mapping[str, Places]:
        if self._automaton is None:
            self._automaton = ahocorasick_rs.AhoCorasick(
                [stem for _, stem, _ in self._listed], implementation=ahocorasick_rs.Implementation.DFA
            )
        low = lower(text)
        found: dict[str, list[tuple[int, int]]] = {group: [] for group in self._groups}
        last = len(low)
        for number, start, end in self._automaton.find_matches_as_indexes(low, overlapping=True):
            if start and low[start - 1].isalnum():
                continue
            group, _, whole = self._listed[number]
            if whole and end < last and low[end].isalnum():
                continue
            found[group].append((start, end))
        return {group: Places(sorted(spans)) for group, spans in found.items()}


def lower(text: str) -> str:
    """`text` in small letters, every letter at its old place.

    >>> lower("PRP İ")
    'prp İ'
    """
    low = text.lower()
    if len(low) == len(text):
        return low
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
