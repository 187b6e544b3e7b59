"""How closely a word of the record stands to the product it may describe: shared by the facts on where it is from.

"Bone marrow" in "autologous bone marrow MSCs" belongs to the cells; in "after bone marrow transplantation" it does
not. Only windows of a bounded size around a word are looked at, so that reading stays linear in the text.
"""

from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator
from typing import NamedTuple

from skinproof.extraction.letters import needs, small
from skinproof.extraction.scene import Scene, Zone
from skinproof.extraction.shared import Shared
from skinproof.tagging.matcher import Match

BEFORE = 45
"""How far a word may stand before the mention it describes ("autologous, ex vivo expanded, adipose-derived MSCs")."""

AFTER = 90
"""How far behind it ("MSCs that will be isolated from the patient's bone marrow")."""

INSIDE, ATTACHED, SAME_SENTENCE, SAME_PLACE = 4, 3, 2, 1
"""Closeness: part of the mention; bound to it by a few words; in its sentence; only in the same zone."""

WEIGHTS = {"intervention": 5.0, "arm": 4.5, "title": 4.5, "said": 2.5, "near": 1.5, "rest": 0.5}
"""What a zone counts: by the gold table, name and description of an intervention outweigh the story around it."""

_GAIN = {INSIDE: 3.0, ATTACHED: 2.8, SAME_SENTENCE: 1.0, SAME_PLACE: 0.0}

_MAKER_CLASSES = {
    "ev": ("ev", "msc", "other_cell"),
    "conditioned_medium": ("conditioned_medium", "msc", "other_cell"),
    "other": ("other", "msc", "other_cell"),
    "msc": ("msc",),
}
"""Class of a product -> classes of agent whose words also tell what it was made from."""

_TISSUE = ("agent:svf", "agent:fat_graft", "agent:marrow_cells")
_TAKEN = small(
    r"\b(?:from|origin|sources?|derived|isolated|obtained|harvested|extracted|collected|taken|separated|produced|"
    r"secreted|purified|sourced)\b|^.?[ (]{0,2}\(|^ of\b",
)
_BREAK = small(
    r"[.;!?\n\x1f]|\b(?:and|or|versus|vs|with|plus|than|into|after|following|in patients)\b",
)
_BACKGROUND = "background"
_PAST_LETTERS = needs(
    "previous", "in a phase", "first study", "first isolated", "first described", "been ", "animal", "mice", "rats", "murine",
    "preclinical", "pre-clinical", "literature", "such as", "e.g.", "including", "unlike", "superior to", "similar to",
    "sources", "can be ", "be isolated from", "different tissues", "in contrast", "et al", "commonly", "alternative",
    "trials are", "clinical trials using", "occurs in", "normally ", "usually ",
)  # fmt: skip
"""One of these stands in every sentence that `_PAST` finds: looked for first, because that is quick."""

_PAST = small(
    r"previous(?:ly)? (?:stud|report|clinical|trial|work|shown|publish)|in a phase|first study|"
    r"ha(?:s|ve) (?:\w{1,12} ){0,2}been (?:\w{1,12} )?"
    r"(?:shown|reported|used|performed|conducted|demonstrated|proven|administered|suggested)|"
    r"animal (?:model|stud|experiment|trial|data|test)|in animals|\bmice\b|\brats?\b|\bmurine\b|pre-?clinical|"
    r"literature|such as|e\.g\.|including|unlike|superior to|similar to|various sources|variable sources|"
    r"can be (?:isolated|obtained|derived|harvested|found)|be isolated from|different (?:sources|tissues)|"
    r"in contrast|first (?:isolated|described)|\bet al\b|\bcommonly\b|alternative|trials are|"
    r"clinical trials using|occurs in|\b(?:normally|usually) (?:used|obtained|isolated|taken)",
)
"""A sentence of background: what others did, or what could be."""

_TO_COME = small(
    r"(?:will|shall|are to) be (?:\w{1,12} )?"
    r"(?:isolated|obtained|harvested|collected|taken|extracted|given|infused|injected)|will (?:receive|undergo)|"
    r"(?:investigators|authors|we) (?:propose|plan|aim|will|intend)|(?:aim|purpose|objective|goal)s? of (?:this|the)|"
    r"this (?:study|trial) (?:will|aims|is)|in (?:this|the present) (?:study|trial)",
)
"""What is going to be done: no background, whatever else the sentence says."""

_LOOKED_AT = 1500
"""How much of a very long sentence is looked at."""


_GENERAL = frozenset({"source:msc_cell"})
"""Words that say no more than the product's own name."""


class Word(NamedTuple):
    """A vocabulary word that may describe the product. closeness: one of INSIDE ... SAME_PLACE; weight: the higher,
    the more it counts; background: stands in a sentence on what others did."""

    owner: str
    start: int
    end: int
    zone: Zone
    closeness: int
    weight: float
    background: bool = False


def anchors(scene: Scene, makers: Iterable[str] = ()) -> tuple[Match, ...]:
    """Mentions of the product, and of the cells it was made from, by place; makers: agents that count as such."""
    product, terms = scene.product, scene.vocabulary.terms
    classes = _MAKER_CLASSES.get(product.agent_class, ())
    wanted = {*product.agents, *makers}
    found = {mention.owner: terms[mention.owner].agent_class for mention in scene.matches.get("agent", ())}
    if "msc" in found.values():
        classes = tuple(name for name in classes if name != "other_cell")
        wanted.update(_TISSUE if "msc" in classes and product.agent_class != "msc" else ())
    wanted.update(owner for owner, name in found.items() if name in classes)
    return tuple(m for m in scene.matches.get("agent", ()) if m.owner in wanted)


class Nearness:
    """Measures words of one scene against the mentions of its product.

    mentions: what counts as a mention of it; ignored: agents whose mentions take no word away from it.
    """

    def __init__(
        self, scene: Scene, mentions: Iterable[Match] | None = None, ignored: Container[str] = ()
    ) -> None:
        self.scene = scene
        self.anchors = anchors(scene) if mentions is None else tuple(mentions)
        own = set(scene.product.agents)
        self.own = frozenset(m for m in self.anchors if m.owner in own)
        self._starts = [m.start for m in self.anchors]
        self.anchor_set = frozenset(self.anchors)
        others = scene.matches.get("agent", ()) if scene.product.role != "measured" else ()
        self.foreign = tuple(m for m in others if m not in self.anchor_set and m.owner not in ignored)
        self._foreign_starts = [m.start for m in self.foreign]

    def words(self, kind: str, tiers: Iterable[str] = tuple(WEIGHTS)) -> Iterator[Word]:
        """The words of a vocabulary kind in these tiers that are not part of another agent's name."""
        for zone, matches in self.scene.holding(kind, *tiers):
            background = None
            for match in matches:
                if match.owner in _GENERAL:
                    continue
                closeness, anchor = self.bond(match.start, match.end)
                if not closeness:
                    continue
                loss = 0.4 if anchor is not None and anchor not in self.own else 0.0
                if background is None:
                    background = self.background(zone)
                weight = self.weight(zone, closeness, background) - loss
                yield Word(match.owner, match.start, match.end, zone, closeness, weight, background)

    def weight(self, zone: Zone, closeness: int, background: bool = False) -> float:
        """What a word counts by its zone and its closeness."""
        field = self.scene.text.fields[zone.field]
        worth = WEIGHTS.get(zone.tier, 0.0) - (1.0 if field.kind in ("condition", "keyword") else 0.0)
        worth += 0.4 if field.kind == "summary" else 0.0
        return worth + _GAIN[closeness] - (2.0 if background else 0.0)

    def bond(self, start: int, end: int) -> tuple[int, Match | None]:
        """How closely `text[start:end]` stands to a mention, and to which; 0 where it belongs to another agent."""
        text = self.scene.shared.low
        at = bisect_left(self._starts, end)
        for place in range(max(0, at - 3), at):
            if self.anchors[place].end > start:
                return INSIDE, self.anchors[place]
        if self._overlaps_foreign(start, end):
            return 0, None
        gap_before = self._starts[at] - end if at < len(self.anchors) else BEFORE + 1
        other = self._foreign_after(end)
        free = other is None or at == len(self.anchors) or other > self._starts[at]
        if free and 0 <= gap_before <= BEFORE and not _BREAK.search(text, end, self._starts[at]):
            return ATTACHED, self.anchors[at]
        if at:
            last = self.anchors[at - 1].end
            between = text[last:start] if 0 <= start - last <= AFTER else ""
            if between and _TAKEN.search(between) and not _BREAK.search(between):
                return ATTACHED, self.anchors[at - 1]
        if other is not None and other - end <= 25 and not _BREAK.search(text, end, other):
            return 0, None
        first, last = self.scene.sentence(start)
        near = bisect_left(self._starts, first)
        if near < len(self.anchors) and self._starts[near] < last:
            return (0 if self._after_foreign(start, first, at) else SAME_SENTENCE), None
        return SAME_PLACE, None

    def _after_foreign(self, start: int, first: int, at: int) -> bool:
        """Whether another agent stands before the word in its sentence, closer than the product."""
        before = bisect_left(self._foreign_starts, start) - 1
        if before < 0 or self._foreign_starts[before] < first:
            return False
        return not at or self._starts[at - 1] < self._foreign_starts[before]

    def _overlaps_foreign(self, start: int, end: int) -> bool:
        at = bisect_left(self._foreign_starts, end)
        return any(self.foreign[place].end > start for place in range(max(0, at - 3), at))

    def _foreign_after(self, end: int) -> int | None:
        at = bisect_left(self._foreign_starts, end)
        return self._foreign_starts[at] if at < len(self.foreign) else None

    def background(self, zone: Zone) -> bool:
        if zone.tier not in ("said", "near", "rest"):
            return False
        shared = self.scene.shared
        end = min(zone.end, zone.start + _LOOKED_AT)
        return shared.once((_BACKGROUND, zone.start), lambda: _is_background(shared, zone.start, end))


def _is_background(shared: Shared, start: int, end: int) -> bool:
    """Whether a sentence tells what others did, and not what is going to be done."""
    return (
        shared.letters.within(_PAST_LETTERS, start, end)
        and _PAST.search(shared.low, start, end) is not None
        and _TO_COME.search(shared.low, start, end) is None
    )
