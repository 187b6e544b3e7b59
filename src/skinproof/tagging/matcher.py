"""Finds every written form of the vocabulary in a text, in one pass, with offsets true to the original.

How forms compare: ASCII letters without case; one space, hyphen, slash or other single sign between words is
the same ("platelet-rich plasma" = "Platelet rich plasma"), two signs are not ("skin, graft" is not "skin graft");
a line break with its indent, or several blanks, count as one space; accented Latin letters as their plain
letter; the micro sign as Greek mu. Both ends must be word ends. Of overlapping forms the first, then the longest
counts, whatever its term ("epidermal growth factor receptor" hides the growth factor); forms that do not
hold here (wrong case, missing context) hide nothing.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import ahocorasick_rs

RULE = "match/1"

_RUN = re.compile(r"[ \t\xa0]{2,}|[ \t]*\r?\n[ \t]+|[ \t]+\r?\n|\r\n")
"""White space that counts as one space: never an empty line, which ends a paragraph."""

_OUTSIDE = re.compile(r"[^\t\n\r -~]")
_PLAIN = dict.fromkeys(range(128), " ")
_PLAIN.update({ord(c): c for c in "abcdefghijklmnopqrstuvwxyz0123456789"})
_PLAIN.update({ord(c): c.lower() for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"})
_PLAIN.update({code: chr(code) for code in (*range(1, 9), *range(14, 32), 127)})
_OTHER = "\x7f"
"""Stands for a letter that no form contains."""
_FREE = [chr(code) for code in (*range(1, 9), *range(14, 32))]
"""Codes for the non-Latin letters that forms do contain (alpha, beta, ...)."""


class Form(NamedTuple):
    """One written form to look for. `exact`: only as written; `needs`: one of these must occur in the text;
    `owner`: what the caller wants back (None = a phrase that only hides the shorter forms inside it).
    """

    text: str
    owner: str | None
    exact: bool = False
    needs: tuple[str, ...] = ()


class Match(NamedTuple):
    """`text[start:end]` is a written form of `owner`."""

    start: int
    end: int
    owner: str


def fold_character(char: str) -> str:
    """`char` as forms compare it: one character, a space for every sign that is no letter, digit or mark."""
    if char.isascii():
        return char.lower() if char.isalnum() else " "
    if char == "\u00b5":
        return "\u03bc"
    base = unicodedata.normalize("NFKD", char)
    if base[0].isascii() and base[0].isalpha() and all(unicodedata.combining(c) for c in base[1:]):
        return base[0].lower()
    lower = char.lower()
    if len(lower) == 1 and (lower.isalnum() or unicodedata.category(lower)[0] == "M"):
        return lower
    return char if char.isalnum() else " "


class _Outside(dict[str, str]):
    """Non-ASCII characters to their one-character stand-ins, worked out when first seen."""

    def __init__(self, letters: Iterable[str]) -> None:
        self._letters = dict(zip(sorted(letters), _FREE, strict=False))

    def __missing__(self, char: str) -> str:
        folded = fold_character(char)
        if not folded.isascii():
            folded = self._letters.get(folded, _OTHER)
        if len(self) < 20_000:
            self[char] = folded
        return folded


class Matcher:
    """An automaton over all forms. `find(text)` gives what counts, `scan(text)` also where words begin that start
    with one of `probes` (lower case, plain letters): the same pass serves the search for odd spellings.
    """

    def __init__(self, forms: Iterable[Form], probes: Iterable[str] = ()) -> None:
        groups: dict[str, list[Form]] = {}
        for form in forms:
            key = " ".join("".join(map(fold_character, form.text)).split())
            if key:
                groups.setdefault(key, []).append(form)
        letters = {c for key in groups for c in key if not c.isascii()}
        self._outside = _Outside(letters)
        self._forms: list[tuple[Form, ...]] = [tuple(dict.fromkeys(group)) for group in groups.values()]
        self._plain = [all(not f.exact and not f.needs for f in group) for group in self._forms]
        patterns = [f" {self._fold_plain(key)} " for key in groups]
        self._n_forms = len(patterns)
        patterns.extend(f" {probe}" for probe in probes)
        self._automaton = ahocorasick_rs.AhoCorasick(
            patterns or ["\x00"], implementation=ahocorasick_rs.Implementation.DFA, store_patterns=False
        )
        self._places = self._automaton.find_matches_as_indexes
        words = sorted({word for group in self._forms for form in group for word in form.needs})
        self._needs: Matcher | None = Matcher(Form(word, word) for word in words) if words else None

    def _fold_plain(self, text: str) -> str:
        """`text` folded, of the same length, all ASCII."""
        if not text.isascii() or not text.isprintable():
            outside = self._outside
            text = _OUTSIDE.sub(lambda found: outside[found[0]], text)
        return text.translate(_PLAIN)

    def candidates(self, text: str) -> list[tuple[int, int, int]]:
        """(form number, start, end) of everything that occurs; numbers past the forms are probes."""
        shift: tuple[list[int], list[int]] | None = None
        body = text
        if _RUN.search(text):
            body, shift = _without_runs(text)
        found: list[tuple[int, int, int]] = self._places(f" {self._fold_plain(body)} ", overlapping=True)
        if shift is None or not found:
            return [(number, start, end - 2) for number, start, end in found]
        cuts, lost = shift
        return [
            (number, start + _lost(cuts, lost, start), end - 2 + _lost(cuts, lost, end - 3))
            for number, start, end in found
        ]

    def find(self, text: str) -> list[Match]:
        """The forms that count, by place; forms that several owners share give one match each."""
        return self.scan(text)[0]

    def scan(self, text: str) -> tuple[list[Match], list[int]]:
        """(what `find` gives, where words begin that start with a probe)."""
        found = self.candidates(text)
        kept: list[Match] = []
        starts: list[int] = []
        if not found:
            return kept, starts
        found.sort(key=_by_place)
        seen: frozenset[str] | None = None
        last = -1
        for number, start, end in found:
            if number >= self._n_forms:
                starts.append(start)
                continue
            if start < last:
                continue
            forms: Sequence[Form] = self._forms[number]
            if not self._plain[number]:
                if seen is None:
                    seen = self._seen(text)
                forms = [form for form in forms if _holds(form, text[start:end], seen)]
                if not forms:
                    continue
            last = end
            owners = dict.fromkeys(form.owner for form in forms if form.owner is not None)
            kept.extend(Match(start, end, owner) for owner in owners)
        return kept, starts

    def _seen(self, text: str) -> frozenset[str]:
        """The context words that occur in `text`."""
        if self._needs is None:
            return frozenset()
        words = self._needs.candidates(text)
        forms = self._needs._forms
        return frozenset(forms[number][0].text for number, _, _ in words)


def _by_place(found: tuple[int, int, int]) -> tuple[int, int]:
    return found[1], -found[2]


def _holds(form: Form, quote: str, seen: frozenset[str]) -> bool:
    if form.exact and _as_written(quote) != _as_written(form.text):
        return False
    return not form.needs or not seen.isdisjoint(form.needs)


def _as_written(text: str) -> str:
    """`text` with every sign between words as one space, case kept."""
    return " ".join("".join(c if fold_character(c) != " " else " " for c in text).split())


def _without_runs(text: str) -> tuple[str, tuple[list[int], list[int]]]:
    """`text` with every white-space run as one space, and (where, characters lost up to there)."""
    parts: list[str] = []
    cuts: list[int] = []
    lost: list[int] = []
    at = gone = length = 0
    for run in _RUN.finditer(text):
        parts.append(text[at : run.start()])
        length += run.start() - at + 1
        at = run.end()
        gone += run.end() - run.start() - 1
        cuts.append(length)
        lost.append(gone)
    parts.append(text[at:])
    return " ".join(parts), (cuts, lost)


def _lost(cuts: list[int], lost: list[int], offset: int) -> int:
    place = bisect_right(cuts, offset)
    return lost[place - 1] if place else 0
