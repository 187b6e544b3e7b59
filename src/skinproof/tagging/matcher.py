"""Finds every written form of the vocabulary in a text, in one pass, with offsets true to the original.

How forms compare: ASCII letters without case; one space, hyphen, slash or other single sign between words is
the same ("platelet-rich plasma" = "Platelet rich plasma"), two signs are not ("skin, graft" is not "skin graft"),
but a form that holds two signs itself ("dermatitis, atopic", "CD34+ cell") is found with two and with one;
a line break with its indent, or several blanks, count as one space; accented Latin letters as their plain
letter; the micro sign as Greek mu. Both ends must be word ends. Of overlapping forms the longest, then the first
counts, whatever its term ("epidermal growth factor receptor" hides the growth factor); forms that do not
hold here (wrong case, missing context) hide nothing.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

import ahocorasick_rs

RULE = "match/2"

_RUN = re.compile(r"[ \t\xa0\r\n]{2,}")
"""White space that counts as one space, unless it holds an empty line, which ends a paragraph."""

_RUNS = ("  ", "\n ", " \n", "\t", "\r", "\xa0")
"""What a run holds; cheap to look for."""

_OUTSIDE = re.compile(r"[^\t\n\r -~]")
_FREE = [chr(code) for code in (*range(1, 9), *range(14, 32))]
"""Codes that stand for the non-Latin letters that forms do contain (alpha, beta, ...)."""
_OTHER = "\x7f"
"""Stands for a letter that no form contains."""


def _table(kept: Iterable[str]) -> bytes:
    """256 bytes: letters lower, digits and `kept` as they are, everything else a space."""
    table = bytearray(b" " * 256)
    for code in range(128):
        if chr(code).isalnum():
            table[code] = ord(chr(code).lower())
    for char in kept:
        table[ord(char)] = ord(char)
    return bytes(table)


_ASCII = _table(())
_CODED = _table((*_FREE, _OTHER))
_BLANKS = bytes(32 if code in (9, 10, 13) else code for code in range(256))


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


def _keys(text: str) -> tuple[str, ...]:
    """`text` folded as texts are, and with its signs between two words as one space; none where no letter is in it."""
    folded = "".join(map(fold_character, text))
    return tuple(dict.fromkeys(key for key in (folded.strip(), " ".join(folded.split())) if key))


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
            for key in _keys(form.text):
                groups.setdefault(key, []).append(form)
        self._outside = _Outside({c for key in groups for c in key if not c.isascii()})
        self._forms: list[tuple[Form, ...]] = [tuple(dict.fromkeys(group)) for group in groups.values()]
        self._plain = [all(not f.exact and not f.needs for f in group) for group in self._forms]
        numbers = {key: number for number, key in enumerate(groups)}
        self._n_forms = len(numbers)
        words = sorted({word for group in self._forms for form in group for word in form.needs})
        self._needed = {
            word: frozenset(numbers.setdefault(key, len(numbers)) for key in _keys(word)) for word in words
        }
        self._n_probes_from = len(numbers)
        patterns = [b" %b " % self._fold(key) for key in numbers]
        patterns.extend(b" " + probe.encode() for probe in probes)
        self._automaton = ahocorasick_rs.BytesAhoCorasick(
            patterns or [b"\x00"], implementation=ahocorasick_rs.Implementation.DFA
        )
        self._places = self._automaton.find_matches_as_indexes

    def _fold(self, text: str) -> bytes:
        """`text` folded to one byte a character."""
        if text.isascii():
            return text.encode("ascii").translate(_ASCII)
        outside = self._outside
        return _OUTSIDE.sub(lambda found: outside[found[0]], text).encode("ascii").translate(_CODED)

    def scan(self, text: str) -> tuple[list[Match], list[int]]:
        """(what `find` gives, where words begin that start with a probe)."""
        cuts: list[int] = []
        lost: list[int] = []
        body = text
        if _has_runs(text):
            body, cuts, lost = _without_runs(text)
        matches, starts = self._scan(body)
        if cuts:
            matches = [
                Match(m.start + _lost(cuts, lost, m.start), m.end + _lost(cuts, lost, m.end - 1), m.owner)
                for m in matches
            ]
            starts = [start + _lost(cuts, lost, start) for start in starts]
        return matches, starts

    def find(self, text: str) -> list[Match]:
        """The forms that count, by place; forms that several owners share give one match each."""
        return self.scan(text)[0]

    def _scan(self, body: str) -> tuple[list[Match], list[int]]:
        """`scan` of a text without runs of white space."""
        places: list[tuple[int, int, int]] = self._places(b" %b " % self._fold(body), overlapping=True)
        if not places:
            return [], []
        found = sorted([(start, 2 - end, number) for number, start, end in places])
        return self._choose(body, found, found, self._forms, self._plain)

    def _choose(
        self,
        body: str,
        found: Sequence[tuple[int, int, int]],
        everything: Sequence[tuple[int, int, int]],
        all_forms: Sequence[Sequence[Form]],
        plain: Sequence[bool],
    ) -> tuple[list[Match], list[int]]:
        """What counts of `found` (start, minus end, number of the key; sorted), and where probes begin.

        everything: all that was found in the text, in which the words that forms need are looked for.
        """
        kept: list[Match] = []
        starts: list[int] = []
        n_forms = self._n_forms
        seen: frozenset[int] | None = None
        group: list[_Found] = []
        group_end = -1
        for start, minus_end, number in found:
            if number >= n_forms:
                if number >= self._n_probes_from:
                    starts.append(start)
                continue
            forms: Sequence[Form] = all_forms[number]
            end = -minus_end
            if not plain[number]:
                if seen is None:
                    seen = frozenset([n for _, _, n in everything])
                forms = [form for form in forms if self._holds(form, body[start:end], seen)]
                if not forms:
                    continue
            if start >= group_end:
                if group:
                    _keep(_longest_first(group) if len(group) > 1 else group, kept)
                group = [(start, end, forms)]
                group_end = end
            else:
                group.append((start, end, forms))
                if end > group_end:
                    group_end = end
        if group:
            _keep(_longest_first(group) if len(group) > 1 else group, kept)
        return kept, starts

    def _holds(self, form: Form, quote: str, seen: frozenset[int]) -> bool:
        """True where `form` counts: written as it must be, and with a word it needs somewhere in the text."""
        if form.exact and quote != form.text and _as_written(quote) != _as_written(form.text):
            return False
        return not form.needs or any(not self._needed[word].isdisjoint(seen) for word in form.needs)


class KindMatcher(Matcher):
    """One automaton for forms of several kinds that do not hide each other: "adipose" (a source) is found inside
    "adipose-derived stem cell" (an agent). One pass over the text serves all kinds.
    """

    def __init__(self, forms: Mapping[str, Iterable[Form]]) -> None:
        by_kind = {kind: tuple(found) for kind, found in forms.items()}
        super().__init__(form for found in by_kind.values() for form in found)
        self._of_kind: dict[str, tuple[list[tuple[Form, ...]], list[bool]]] = {}
        self._kinds: list[list[str]] = [[] for _ in self._forms]
        for kind, found in by_kind.items():
            own = frozenset(found)
            kept = [tuple(f for f in group if f in own) for group in self._forms]
            for number, group in enumerate(kept):
                if group:
                    self._kinds[number].append(kind)
            self._of_kind[kind] = kept, [all(not f.exact and not f.needs for f in group) for group in kept]

    def find_kinds(self, text: str) -> dict[str, list[Match]]:
        """Kind -> what `Matcher.find` of its forms alone gives."""
        cuts: list[int] = []
        lost: list[int] = []
        body = text
        if _has_runs(text):
            body, cuts, lost = _without_runs(text)
        places: list[tuple[int, int, int]] = self._places(b" %b " % self._fold(body), overlapping=True)
        found = sorted([(start, 2 - end, number) for number, start, end in places])
        sorted_out: dict[str, list[tuple[int, int, int]]] = {kind: [] for kind in self._of_kind}
        kinds, n_forms = self._kinds, self._n_forms
        for item in found:
            if item[2] < n_forms:
                for kind in kinds[item[2]]:
                    sorted_out[kind].append(item)
        answer: dict[str, list[Match]] = {}
        for kind, of_kind in sorted_out.items():
            matches = self._choose(body, of_kind, found, *self._of_kind[kind])[0] if of_kind else []
            if cuts:
                matches = [
                    Match(m.start + _lost(cuts, lost, m.start), m.end + _lost(cuts, lost, m.end - 1), m.owner)
                    for m in matches
                ]
            answer[kind] = matches
        return answer


_Found = tuple[int, int, Sequence[Form]]


def _longest_first(group: list[_Found]) -> list[_Found]:
    """What counts of forms that overlap: the longest, then the first, then what these leave free; by place."""
    chosen: list[_Found] = []
    for start, end, forms in sorted(group, key=_by_length):
        if all(end <= other or start >= until for other, until, _ in chosen):
            chosen.append((start, end, forms))
    chosen.sort(key=_by_start)
    return chosen


def _keep(group: list[_Found], kept: list[Match]) -> None:
    """Adds one match to `kept` for every owner of the forms in `group`."""
    for start, end, forms in group:
        if len(forms) == 1:
            owner = forms[0].owner
            if owner is not None:
                kept.append(Match(start, end, owner))
        else:
            owners = dict.fromkeys(form.owner for form in forms if form.owner is not None)
            kept.extend(Match(start, end, owner) for owner in owners)


def _by_length(item: _Found) -> tuple[int, int]:
    return item[0] - item[1], item[0]


def _by_start(item: _Found) -> int:
    return item[0]


def _has_runs(text: str) -> bool:
    """True if `text` may hold a run of white space that counts as one space (empty lines do not)."""
    if text.isascii() and b"  " not in text.encode("ascii").translate(_BLANKS):
        return False
    return any(run in text for run in _RUNS)


@lru_cache(maxsize=4096)
def _as_written(text: str) -> str:
    """`text` with every sign between words as one space, case kept."""
    return " ".join("".join(c if fold_character(c) != " " else " " for c in text).split())


def _without_runs(text: str) -> tuple[str, list[int], list[int]]:
    """(`text` with every white-space run as one space, where those are, characters lost up to each)."""
    parts: list[str] = []
    cuts: list[int] = []
    lost: list[int] = []
    at = gone = length = 0
    for run in _RUN.finditer(text):
        if run[0].count("\n") > 1 or run[0].count("\r") > 1:
            continue
        parts.append(text[at : run.start()])
        length += run.start() - at + 1
        at = run.end()
        gone += run.end() - run.start() - 1
        cuts.append(length)
        lost.append(gone)
    parts.append(text[at:])
    return " ".join(parts), cuts, lost


def _lost(cuts: list[int], lost: list[int], offset: int) -> int:
    place = bisect_right(cuts, offset)
    return lost[place - 1] if place else 0
