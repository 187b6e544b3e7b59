"""A claim as it was understood: agent, complaint, how it is given, what it is compared with, and what was not understood.

Every part says which words it came from, and which other readings there are, so that a person can set it right. A spelling
that is only near a term is read and marked: what is understood is shown back before any answer.
"""

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

import msgspec

from skinproof.model.tags import AGENT_CLASSES
from skinproof.tagging.matcher import Form, KindMatcher, Match
from skinproof.views.claim_words import (
    COMPARATORS,
    LAY_WORDS,
    SCOPE_WORDS,
    STOP,
    VESICLES_OF,
    CountSaid,
    Direction,
    against_places,
    comparators_of,
    counts_of,
    day_of,
    direction_of,
    left_words,
    plain,
    said_places,
    unknown_rivals,
)
from skinproof.views.words import AGENT_CLASS_LABELS, lower_first
from skinproof.vocabulary.forms import normal_form
from skinproof.vocabulary.term import Vocabulary

LONGEST = 400
"""Characters of a claim that are read."""

KINDS = ("agent", "indication", "procedure", "route")
"""Kinds of term looked for; where two claim the same words, the first kind has them."""

_NEAR = 0.84
_SHORTEST, _MOST_ODD = 5, 12
"""Letters a misspelt word must have, and most such words that are looked up."""

_OTHERS = 12
"""Other readings offered of one part."""


class Choice(msgspec.Struct, frozen=True):
    """One reading that could be chosen instead. id: a vocabulary id, an agent class, or a key of COMPARATORS."""

    id: str
    label: str


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a claim. how: words | spelling | short (a short form, read without its context) | asked (chosen by the user).

    quote: the words it came from, "" where the user chose it; text[start:end] == quote; others: other readings.
    """

    id: str
    label: str
    how: str
    start: int = 0
    end: int = 0
    quote: str = ""
    others: tuple[Choice, ...] = ()


class CountClaim(msgspec.Struct, frozen=True, kw_only=True):
    """A number of studies that is claimed: of these agents, in this scope (all | cutaneous | aesthetic), about these complaints."""

    n: int
    quote: str
    agents: tuple[str, ...]
    scope: str
    indications: tuple[str, ...]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as understood. day: the day it speaks of, ISO text of the precision stated; not_understood: words that carry
    something and were not understood; rivals_not_understood: those of them that it compares with; cut: the text went on after what was read."""

    text: str
    cut: bool
    agents: tuple[Understood, ...]
    indications: tuple[Understood, ...]
    ways: tuple[Understood, ...]
    comparators: tuple[Understood, ...]
    direction: Direction
    counts: tuple[CountClaim, ...]
    day: str | None
    not_understood: tuple[str, ...]
    rivals_not_understood: tuple[str, ...] = ()


class Overrides(msgspec.Struct, frozen=True, kw_only=True):
    """What a user chose instead of what was read; None: nothing chosen, empty: none is meant. Ids as in `Choice`."""

    agents: tuple[str, ...] | None = None
    indications: tuple[str, ...] | None = None
    ways: tuple[str, ...] | None = None
    comparators: tuple[str, ...] | None = None


class _Found(msgspec.Struct, frozen=True):
    start: int
    end: int
    kind: str
    ids: tuple[str, ...]
    how: str


class ClaimReader:
    """Reads claims with one vocabulary; make it once, it builds automata."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        kind_of = {term.id: term.kind for term in vocabulary.terms.values() if term.kind in KINDS}
        strict: dict[str, list[Form]] = {kind: [] for kind in KINDS}
        loose: dict[str, list[Form]] = {kind: [] for kind in KINDS}
        near: dict[tuple[str, int], dict[str, tuple[str, str]]] = {}
        for surface in vocabulary.surfaces():
            kind = kind_of.get(surface.term_id)
            if kind is None:
                continue
            strict[kind].append(Form(surface.text, surface.term_id, surface.case_sensitive, surface.needs))
            key = normal_form(surface.text)
            if key not in STOP:
                loose[kind].append(Form(surface.text, surface.term_id))
                if len(key) >= _SHORTEST:
                    near.setdefault((key[0], key.count(" ")), {}).setdefault(key, (kind, surface.term_id))
        for term_id, kind in kind_of.items():
            hiding = [Form(phrase, None) for phrase in vocabulary.terms[term_id].unless]
            strict[kind] += hiding
            loose[kind] += hiding
        for name, label in AGENT_CLASS_LABELS.items():
            if name != "other":
                near.setdefault((label[0].lower(), normal_form(label).count(" ")), {}).setdefault(
                    normal_form(label), ("agent", name)
                )
        self._strict, self._loose = KindMatcher(strict), KindMatcher(loose)
        self._lay = {
            word: known for word, ids in LAY_WORDS.items() if (known := tuple(i for i in ids if i in kind_of))
        }
        self._near = near

    def read(self, text: str, overrides: Overrides | None = None) -> Claim:
        """The claim as understood; what is chosen in `overrides` (ids that exist) stands instead of what was read."""
        asked = overrides or Overrides()
        shown = text[:LONGEST]
        low = plain(shown)
        found = self._terms(shown)
        counts = counts_of(low)
        day = day_of(low)
        taken = [(f.start, f.end) for f in found]
        taken += [(c.start, c.end) for c in counts]
        taken += [(day[1], day[2])] if day else []
        taken += [(a, b) for _, a, b in comparators_of(low)] + said_places(low)
        spelled, left = self._spelled(shown, taken)
        found = sorted((*found, *spelled), key=lambda f: f.start)
        against = self._against(found, low)
        agents = [f for f in found if f.kind == "agent" and f not in against]
        comparators = self._comparators(against, low, shown)
        lost = list(left_words(shown, [*taken, *((f.start, f.end) for f in spelled)]))
        rivals = unknown_rivals(low, against_places(low), lost)
        # "Wound healing" names a complaint and asserts nothing; "rejuvenates" is both.
        about = [(f.start, f.end) for f in found if f.kind == "indication" and " " in low[f.start : f.end]]
        parts = self._filled(shown, agents, found, against)
        return Claim(
            text=shown, cut=len(text) > LONGEST,
            agents=self._chosen(asked.agents, parts["agent"]),
            indications=self._chosen(asked.indications, parts["indication"]),
            ways=self._chosen(asked.ways, parts["way"]),
            comparators=self._chosen(asked.comparators, comparators),
            direction=direction_of(low, about), counts=tuple(_as_chosen(count, asked) for count in self._counts(counts, found, low)), day=day[0] if day else None, not_understood=left,
            rivals_not_understood=tuple(shown[a:b] for a, b in rivals) if asked.comparators is None else (),
        )  # fmt: skip

    def label(self, name: str) -> str:
        """A choice in words. name: an id as in `Choice`."""
        if name in AGENT_CLASSES:
            return AGENT_CLASS_LABELS[name]
        return COMPARATORS.get(name) or self.vocabulary.label(name)

    def _terms(self, text: str) -> list[_Found]:
        """Terms that are written, the longest of overlapping ones; then short forms where nothing else was read."""
        found: list[_Found] = []
        for matcher, how in ((self._strict, "words"), (self._loose, "short")):
            by_kind = matcher.find_kinds(text)
            rows = [(kind, match) for kind in KINDS for match in by_kind[kind]]
            rows.sort(key=lambda row: (row[1].start - row[1].end, KINDS.index(row[0])))
            for kind, match in rows:
                if all(match.end <= f.start or match.start >= f.end for f in found):
                    ids = _owners(by_kind[kind], match)
                    ids += tuple(
                        i for other in ("procedure", "route") if kind in ("procedure", "route") and other != kind
                        for i in _owners(by_kind[other], match)
                    )  # fmt: skip
                    found.append(_Found(match.start, match.end, kind, ids, how))
        taken = [(f.start, f.end) for f in found]
        ways = [(f.start, f.end) for f in found if f.kind in ("procedure", "route")]
        for start, end in left_words(text, ways):
            ids = self._lay.get(plain(text[start:end]), ())
            kind = self.vocabulary.terms[ids[0]].kind if ids else ""
            # "Topical EGF" is a form of EGF, and still says how it is given.
            if kind in ("procedure", "route") or (ids and all(end <= a or start >= b for a, b in taken)):
                found.append(_Found(start, end, kind, ids, "words"))
        return self._joined(sorted(found, key=lambda f: f.start), text)

    def _joined(self, found: list[_Found], text: str) -> list[_Found]:
        """The same with cells and the vesicles or medium made of them as one agent ("stem cell exosomes"), and without "skin"
        where a complaint of the skin is named."""
        kept: list[_Found] = []
        for one in found:
            last = kept[-1] if kept else None
            if (
                last is not None
                and last.kind == one.kind == "agent"
                and plain(text[last.end : one.start]).strip(" -") in ("", "derived")
            ):
                made = self._made_of(last.ids[0], one.ids[0])
                if made:
                    kept[-1] = _Found(
                        last.start,
                        one.end,
                        "agent",
                        tuple(dict.fromkeys((made, *one.ids, *last.ids))),
                        "words",
                    )
                    continue
            kept.append(one)
        skin = [f for f in kept if f.ids[0] == "indication:skin"]
        return (
            [f for f in kept if f not in skin]
            if any(f.kind == "indication" and f not in skin for f in kept)
            else kept
        )

    def _made_of(self, cells: str, product: str) -> str | None:
        """The one agent that a source and a product named in one breath are; None where they are two."""
        terms = self.vocabulary.terms
        if terms[product].agent_class == "conditioned_medium":
            return product
        if terms[product].agent_class != "ev":
            return None
        made = VESICLES_OF.get(cells)
        return made if made in terms else product

    def _spelled(self, text: str, taken: list[tuple[int, int]]) -> tuple[list[_Found], tuple[str, ...]]:
        """Words that are nearly a form (three words first), and those that are nothing known."""
        words = list(left_words(text, taken))[:_MOST_ODD]
        found: list[_Found] = []
        used: set[int] = set()
        spans = [(a, a + size - 1) for size in (3, 2, 1) for a in range(len(words) - size + 1)]
        for a, b in spans:
            inside = range(a, b + 1)
            apart = any(text[words[at][1] : words[at + 1][0]] not in (" ", "-") for at in range(a, b))
            if apart or not used.isdisjoint(inside):
                continue
            start, end = words[a][0], words[b][1]
            near = self._nearest(normal_form(text[start:end]))
            if near:
                found.append(_Found(start, end, near[0], (near[1],), "spelling"))
                used.update(inside)
        left = [text[start:end] for at, (start, end) in enumerate(words) if at not in used]
        return found, tuple(dict.fromkeys(left))

    def _nearest(self, word: str) -> tuple[str, str] | None:
        if len(word) < _SHORTEST or word in STOP:
            return None
        best: tuple[float, tuple[str, str] | None] = (_NEAR, None)
        for form, owner in self._near.get((word[0], word.count(" ")), {}).items():
            if abs(len(form) - len(word)) > 2:
                continue
            matcher = SequenceMatcher(None, form, word, autojunk=False)
            if matcher.real_quick_ratio() > best[0] and matcher.quick_ratio() > best[0]:
                ratio = matcher.ratio()
                if ratio > best[0]:
                    best = (ratio, owner)
        return best[1]

    def _against(self, found: Sequence[_Found], low: str) -> list[_Found]:
        """Agents and procedures that follow at once after "than", "versus" and the like."""
        chosen = []
        for _, end in against_places(low):
            after = [f for f in found if f.start >= end and f.kind in ("agent", "procedure")]
            if after and all(word in STOP for word in low[end : after[0].start].split()):
                chosen.append(after[0])
        return chosen

    def _comparators(self, against: Sequence[_Found], low: str, text: str) -> tuple[Understood, ...]:
        plain_ones = [
            Understood(id=key, label=COMPARATORS[key], how="words", start=a, end=b, quote=text[a:b], others=tuple(
                Choice(other, label) for other, label in COMPARATORS.items() if other != key))
            for key, a, b in comparators_of(low)
        ]  # fmt: skip
        return tuple({u.id: u for u in (*plain_ones, *(self._part(f, text) for f in against))}.values())

    def _filled(
        self, text: str, agents: Sequence[_Found], found: Sequence[_Found], against: Sequence[_Found]
    ) -> dict[str, tuple[Understood, ...]]:
        ways = [f for f in found if f.kind in ("procedure", "route") and f not in against]
        rows = {"agent": agents, "indication": [f for f in found if f.kind == "indication"], "way": ways}
        return {slot: _once(self._part(f, text) for f in of_slot) for slot, of_slot in rows.items()}

    def _part(self, found: _Found, text: str) -> Understood:
        first = found.ids[0]
        others = dict.fromkeys((*found.ids[1:], *self._around(first)))
        others.pop(first, None)
        return Understood(
            id=first, label=self.label(first), how=found.how, start=found.start, end=found.end, quote=text[found.start : found.end],
            others=tuple(Choice(name, self.label(name)) for name in list(others)[:_OTHERS]),
        )  # fmt: skip

    def _around(self, name: str) -> tuple[str, ...]:
        """Readings near one: what stands above it, what stands below, and the class of an agent."""
        term = self.vocabulary.terms.get(name)
        if term is None:
            return ()
        above = tuple(
            other
            for other in self.vocabulary.ancestors(name)
            if not self.vocabulary.terms[other].group or term.kind == "indication"
        )
        of_class = (term.agent_class,) if term.agent_class and term.agent_class != "other" else ()
        return (*above, *of_class, *self.vocabulary.children(name))

    def _chosen(self, asked: tuple[str, ...] | None, read: tuple[Understood, ...]) -> tuple[Understood, ...]:
        if asked is None:
            return read
        same = {part.id: part for part in read}
        offered = [choice for part in read for choice in (Choice(part.id, part.label), *part.others)]
        made = []
        for name in dict.fromkeys(asked):
            others = dict.fromkeys((*offered, *(Choice(i, self.label(i)) for i in self._around(name))))
            rest = tuple(choice for choice in others if choice.id != name)[: _OTHERS + 1]
            made.append(
                same.get(name) or Understood(id=name, label=self.label(name), how="asked", others=rest)
            )
        return tuple(made)

    def _counts(self, said: Sequence[CountSaid], found: Sequence[_Found], low: str) -> tuple[CountClaim, ...]:
        """Each number with the words up to the next one; an agent that is not named again is that of the number before."""
        made: list[CountClaim] = []
        ends = [*(count.start for count in said), len(low)][1:]
        agents: tuple[str, ...] = ()
        for at, (count, end) in enumerate(zip(said, ends, strict=True)):
            start = 0 if at == 0 else count.start
            inside = [f for f in found if start <= f.start < end]
            agents = tuple(f.ids[0] for f in inside if f.kind == "agent") or agents
            scope = next(
                (name for name, words in SCOPE_WORDS.items() if words.search(low, start, end)), "all"
            )
            about = tuple(
                f.ids[0] for f in inside if f.kind == "indication" and f.ids[0] != "indication:skin"
            )
            made.append(
                CountClaim(n=count.n, quote=count.quote, agents=agents, scope=scope, indications=about)
            )
        return tuple(made)


def _owners(matches: Iterable[Match], match: Match) -> tuple[str, ...]:
    """Every owner of the same words, the one met first."""
    same = [m.owner for m in matches if (m.start, m.end) == (match.start, match.end)]
    return tuple(dict.fromkeys(same))


def _as_chosen(count: CountClaim, asked: Overrides) -> CountClaim:
    """A count of what was chosen instead of what was read."""
    agents = count.agents if asked.agents is None else asked.agents
    about = count.indications if asked.indications is None else asked.indications
    return msgspec.structs.replace(count, agents=agents, indications=about)


def _once(parts: Iterable[Understood]) -> tuple[Understood, ...]:
    found: dict[str, Understood] = {}
    for part in parts:
        found.setdefault(part.id, part)
    return tuple(found.values())


def part_words(part: Understood) -> str:
    """A part as it is shown back: what it means, and from which words."""
    origin = {
        "words": f'from "{part.quote}"',
        "spelling": f'"{part.quote}" is not a known spelling: read as this',
        "short": f'from the short form "{part.quote}"',
        "asked": "as you chose",
    }[part.how]
    return f"{lower_first(part.label)} ({origin})"
