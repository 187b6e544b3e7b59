"""How the cells were grown or treated before they, or what they release, became the preparation.

Reads: "umbilical cord MSCs expanded in xeno-free, serum-free medium to passage 4". Must not read: "hypoxic wounds",
"wound culture", "MSCs cultured in hypoxia have been shown in animals to ...".
"""

import re
from collections.abc import Iterator

from skinproof.extraction.closeness import ATTACHED, SAME_SENTENCE, WEIGHTS, Nearness, Word, anchors
from skinproof.extraction.donor import TISSUE
from skinproof.extraction.letters import small
from skinproof.extraction.scene import Scene, Zone
from skinproof.model.findings import Finding, Reading

NAME = "culture"
RULE = "culture/1"

_GROWN = frozenset({"ev", "conditioned_medium", "msc", "other_cell", "other"})
"""Classes of product that can come from cells in culture."""

_MEDIA = frozenset({"agent:platelet_lysate", "agent:blood_derived", "agent:conditioned_medium"})
"""Agents that are also parts of a medium."""

_CUE = small(
    r"cultur|expan(?:d|sion)|\bmedi(?:um|a)\b|\bgrown\b|passag|manufactur|process(?:ed|ing)|prepar|produc|isolat|"
    r"condition|pre-?treat|\bcells?\b"
)
_NOT = small(r"\b(?:not|non|without|no|never|free of|instead of|rather than|unlike)[ -]{1,2}(?:\w{1,12} )?$")

_NUMBER = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "one": 1, "two": 2, "three": 3,
           "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}  # fmt: skip
_WORD = "|".join(_NUMBER)
_P = small(r"P(?<=\bP)[ -]?(?:numbers?|no\.?)?[ -]{0,2}\d")
"""A passage without the word; begins with a letter, which is looked for quickly."""
_PASSAGE = small(
    r"\b(?:passages?|p)[ -]?(?:numbers?|no\.?)?[ -]{0,2}(?P<after>\d{1,2})\b(?:[ ]?(?:-|–|to|or|and)[ ]?p?(?P<last>\d{1,2})\b)?"
    rf"|\b(?P<before>\d{{1,2}}|{_WORD})(?:st|nd|rd|th)?[ -](?:culture[ -]|cell[ -]|expansion[ -]|culture expansion[ -])?passages?\b"
)

_NARROWER = {"cultured": ("expanded", "uncultured"), "primed": ("interferon_primed",)}
"""A word that says nothing more once the other was read."""


def read(scene: Scene) -> Finding:
    """What is said of the culture, one reading per vocabulary name, and the passage where it is said."""
    kind = scene.product.agent_class
    if scene.product.role == "measured":
        return scene.not_applicable(NAME, RULE, "only measured: nothing was made from cultured cells")
    if kind not in _GROWN:
        return scene.not_applicable(NAME, RULE, "not a product of cells in culture")
    near = Nearness(scene, anchors(scene, TISSUE if kind == "msc" else ()), _MEDIA)
    found: dict[str, list[Word]] = {}
    for word in near.words("culture"):
        if _counts(scene, word):
            found.setdefault(word.owner.partition(":")[2], []).append(word)
    readings = [
        _reading(scene, name, words)
        for name, words in found.items()
        if not any(other in found for other in _NARROWER.get(name, ()))
    ]
    if found or "assage" in scene.shared.low:
        readings.extend(_passages(scene, near))
    if not readings:
        return scene.not_reported(NAME, RULE, *WEIGHTS)
    return scene.reported(NAME, RULE, "said of the cells the product is or comes from", *readings)


def _reading(scene: Scene, name: str, words: list[Word]) -> Reading:
    words = sorted(words, key=lambda word: -word.weight)
    places = [(word.start, word.end) for word in words[:3]]
    return scene.reading(
        name, places, RULE, f"{scene.vocabulary.label(words[0].owner)} ({words[0].zone.tier})"
    )


def _counts(scene: Scene, word: Word) -> bool:
    """Whether a word speaks of the culture of these cells."""
    text = scene.shared.low
    if word.background or _NOT.search(text, max(word.zone.start, word.start - 30), word.start):
        return False
    if word.closeness >= ATTACHED:
        return True
    if word.zone.tier == "title":
        return word.closeness >= SAME_SENTENCE and word.owner not in _LOOSE
    if word.owner in _LOOSE and word.closeness < SAME_SENTENCE:
        return False
    around = (max(word.zone.start, word.start - 150), min(word.zone.end, word.end + 150))
    return _cued(text, around, word)


_LOOSE = frozenset({"culture:hypoxic", "culture:normoxic", "culture:primed", "culture:monolayer", "culture:gene_modified",
                    "culture:cultured", "culture:expanded", "culture:autologous_serum", "culture:uncultured"})  # fmt: skip
"""Words that mean much else besides: they count only in a sentence on the product."""


def _cued(text: str, around: tuple[int, int], word: Word) -> bool:
    """Whether a word for growing or making stands near, outside the word itself."""
    start, end = around
    return bool(_CUE.search(text, start, word.start) or _CUE.search(text, word.end, end))


def _passages(scene: Scene, near: Nearness) -> Iterator[Reading]:
    """The passage of the cells: "passage 3", "P4", "up to five passages"."""
    text = scene.shared.low
    seen: set[str] = set()
    for zone in scene.within(*WEIGHTS):
        if zone.tier == "title":
            continue
        if text.find("passage", zone.start, zone.end) < 0 and not _P.search(text, zone.start, zone.end):
            continue
        for match in _PASSAGE.finditer(text, zone.start, zone.end):
            value = _passage(match)
            if value in seen or not _of_cells(scene, zone, match) or near.background(zone):
                continue
            seen.add(value)
            yield scene.reading(value, [match.span()], RULE, f"passage of the cells ({zone.tier})")


def _passage(match: re.Match[str]) -> str:
    last = f" to {int(match['last'])}" if match["last"] else ""
    said = match["after"] or match["before"]
    number = int(said) if said.isdigit() else _NUMBER[said]
    return f"passage {number}{last}"


def _of_cells(scene: Scene, zone: Zone, match: re.Match[str]) -> bool:
    """Whether the words around are about cells in culture (a p value or a catheter has passages too)."""
    start, end = match.span()
    if scene.text.text[start] == "p" and not match[0].startswith("passage"):
        return False
    around = scene.shared.low[max(zone.start, start - 120) : min(zone.end, end + 120)]
    return any(cue in around for cue in ("cell", "msc", "cultur", "expan", "fibroblast", "keratinocyte"))
