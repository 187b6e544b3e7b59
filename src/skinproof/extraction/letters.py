"""Which letters stand in a text, all asked for in one pass: a pattern is tried only where its letters are.

A pattern such as "manufactur|cultur|passag" takes a hundred times longer to fail than an automaton takes to tell that
none of these letters is there. Each reader names the letters that its patterns cannot match without, by `needs`;
the automaton over all of them is built when the first text is read.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

import ahocorasick_rs


class Need:
    """Letters of which one must stand where a pattern matches, in small letters. Made by `needs`."""

    __slots__ = ("numbers",)

    def __init__(self, numbers: frozenset[int]) -> None:
        self.numbers = numbers


_NUMBERS: dict[str, int] = {}
"""Every run of letters that some reader needs -> its number in the automaton."""

_AUTOMATA: dict[int, ahocorasick_rs.AhoCorasick] = {}
"""How many runs of letters were known -> the automaton over them."""


def needs(*letters: str) -> Need:
    """A need of one of these runs of letters, all in small letters.

    Raises: ValueError for a capital letter, which no text in small letters holds, and for an empty run.
    """
    wrong = [run for run in letters if not run or run != run.lower()]
    if wrong:
        raise ValueError(f"letters to look for must be small and not empty: {wrong}")
    return Need(frozenset(_NUMBERS.setdefault(run, len(_NUMBERS)) for run in letters))


_KEPT = re.compile(r"\\.|\(\?P[<=(]\w{1,30}")
"""What keeps its letters in a pattern for small letters: classes like `\\W`, names of groups."""


def small(words: str) -> re.Pattern[str]:
    """A pattern in small letters, for text in small letters: several times as fast as one that minds no case."""
    at, parts = 0, []
    for kept in _KEPT.finditer(words):
        parts += [words[at : kept.start()].lower(), kept[0]]
        at = kept.end()
    return re.compile("".join(parts) + words[at:].lower())


def tried(pattern: re.Pattern[str], text: str, places: Iterable[int], end: int) -> Iterator[re.Match[str]]:
    """What `pattern.finditer(text)` gives up to `end`, where every match begins at one of `places`."""
    last = 0
    for place in places:
        if place >= last and (match := pattern.match(text, place, end)) is not None:
            last = match.end()
            yield match


def _automaton() -> ahocorasick_rs.AhoCorasick:
    known = len(_NUMBERS)
    if known not in _AUTOMATA:
        _AUTOMATA.clear()
        _AUTOMATA[known] = ahocorasick_rs.AhoCorasick(
            list(_NUMBERS), implementation=ahocorasick_rs.Implementation.DFA
        )
    return _AUTOMATA[known]


class Letters:
    """Where the letters of every need stand in one text in small letters. Linear in the text to make."""

    __slots__ = ("_merged", "_starts")

    def __init__(self, low: str) -> None:
        """low: the text in small letters, as `lower` gives it."""
        self._starts: dict[int, list[int]] = {}
        self._merged: dict[Need, Sequence[int]] = {}
        starts = self._starts
        for number, start, _ in _automaton().find_matches_as_indexes(low, overlapping=True):
            if number in starts:
                starts[number].append(start)
            else:
                starts[number] = [start]

    def places(self, need: Need) -> Sequence[int]:
        """Where letters of a need begin, in order."""
        places = self._merged.get(need)
        if places is None:
            found = [self._starts[number] for number in need.numbers & self._starts.keys()]
            places = found[0] if len(found) == 1 else sorted({start for each in found for start in each})
            self._merged[need] = places
        return places

    def has(self, need: Need) -> bool:
        """Whether the text holds letters of a need."""
        return not need.numbers.isdisjoint(self._starts)

    def between(self, need: Need, start: int, end: int) -> Sequence[int]:
        """Where letters of a need begin, at or after `start` and before `end`, in order."""
        places = self.places(need)
        return places[bisect_left(places, start) : bisect_left(places, end)]

    def within(self, need: Need, start: int, end: int) -> bool:
        """Whether letters of a need begin at or after `start` and before `end`."""
        places = self.places(need)
        at = bisect_left(places, start)
        return at < len(places) and places[at] < end
