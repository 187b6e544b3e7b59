"""Where a pattern stands, and whether the sentence speaks of the product given or of such products in general.

>>> is_general("Exosomes are extracellular vesicles that are 30 to 150 nm in diameter.")
True
>>> is_general("The exosomes used in this study are 30 to 150 nm in diameter.")
False
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from skinproof.extraction.letters import Need, small
from skinproof.extraction.scene import Scene, Zone

MOST = 200
"""Places looked at closely in one text: a text that repeats itself more often says nothing new."""

LONG = 600
"""A sentence is judged by so many characters around the place."""

_THINGS = (
    r"(?:exosomes?|(?:extracellular |micro|nano)?\s?vesicles?|evs?|ectosomes?|microparticles?|mscs?|"
    r"(?:stem|stromal) cells?|secretomes?)"
)
_GENERIC = small(
    rf"\b{_THINGS}\s?(?:\([^()]{{1,40}}\)\s?)?,?\s?(?:are|is|can be|may be|represent|refer to|range|vary|have|carry|contain|"
    r"were first|were originally)\b"
    rf"|\b(?:types|classes|subtypes|categories|kinds|populations)\b[^.]{{0,60}}\b{_THINGS}"
    rf"|\b{_THINGS}[^.]{{0,30}}\b(?:classified|divided|defined|known) (?:in|as|by)\b"
    r"|\b(?:minimal criteria|position statement|proposed (?:the|that)|by definition|is defined as|are defined as)\b"
)
_TIED = small(
    r"\b(?:(?:used|given|administered|produced|prepared|applied|tested|employed) in (?:this|the|our|current)|"
    r"(?:the|this|our|each|final|study|investigational|drug|test) (?:product|preparation|batch|lot|dose|formulation)|"
    r"first dose|second dose|in this (?:study|trial)|will be|shall be|must be|"
    r"(?:was|were|is|are|has been|have been) (?:then |further |also |routinely )?"
    r"(?:isolated|purified|separated|characteri[sz]ed|analy[sz]ed|measured|determined|evaluated|assessed|confirmed|"
    r"quantified|tested|checked|stained|verified|obtained|produced|prepared|identified by|performed|done|counted|"
    r"released|subjected|harvested|expanded)|"
    r"our|we|nanosight|nanoparticle tracking|tracking analysis|dynamic light|dls|nta|trps|certificate|specification|"
    r"release criteria|quality control|batch(?:es)?|lots?)\b"
)


class Hit(NamedTuple):
    """A match of a pattern in the joined text, with the zone it stands in and its sentence."""

    match: re.Match[str]
    zone: Zone
    start: int
    end: int

    @property
    def near_product(self) -> bool:
        """Whether it stands in an intervention or arm that is about the product."""
        return self.zone.tier in ("intervention", "arm")


def hits(
    scene: Scene,
    pattern: re.Pattern[str],
    *tiers: str,
    need: Need,
    starts: Need | None = None,
    exact: bool = False,
) -> Iterator[Hit]:
    """Matches of a pattern in zones of these tiers, in reading order; at most MOST matches are looked at.

    need: letters of which some stand in every text with such a match; starts: letters of which each match begins with
    some, so that only there it is tried (without: every zone that holds letters of `need` is searched);
    exact: the pattern minds capital letters.
    """
    letters = scene.shared.letters
    if not letters.has(need):
        return
    text = scene.text.text if exact else scene.shared.low
    tried = (
        _tried_at(scene, pattern, text, starts) if starts else _searched(scene, pattern, text, tiers, need)
    )
    for match, zone in islice(tried, MOST):
        if zone.tier in tiers:
            yield Hit(match, zone, *scene.sentence(match.start()))


def _tried_at(
    scene: Scene, pattern: re.Pattern[str], text: str, starts: Need
) -> Iterator[tuple[re.Match[str], Zone]]:
    """Matches that begin where letters of `starts` do, inside one zone."""
    last = 0
    for place in scene.shared.letters.places(starts):
        if place < last or not (match := pattern.match(text, place)):
            continue
        last = match.end()
        zone = scene.zone_at(place)
        if zone is not None and last <= zone.end:
            yield match, zone


def _searched(
    scene: Scene, pattern: re.Pattern[str], text: str, tiers: Sequence[str], need: Need
) -> Iterator[tuple[re.Match[str], Zone]]:
    """Matches in the zones that hold letters of `need`."""
    last = 0
    for place in scene.shared.letters.places(need):
        if place < last or (zone := scene.zone_at(place)) is None:
            continue
        last = zone.end
        if zone.tier in tiers:
            for match in pattern.finditer(text, zone.start, zone.end):
                yield match, zone


def sentence_text(scene: Scene, start: int, end: int, at: int) -> str:
    """The sentence `start:end` in small letters, cut to LONG characters around `at`."""
    return scene.shared.low[max(start, at - LONG // 2) : min(end, at + LONG // 2)]


def is_general(sentence: str) -> bool:
    """Whether a sentence says what such products are, and nothing ties it to the one that is given."""
    low = sentence.lower()
    return _GENERIC.search(low) is not None and _TIED.search(low) is None


def is_tied(sentence: str) -> bool:
    """Whether words of the sentence tie it to the product of the study: making, testing, dosing it."""
    return _TIED.search(sentence.lower()) is not None


def of_product(scene: Scene, hit: Hit) -> bool:
    """Whether what stands here is said of the product: in its intervention or arm unless it is a general statement,
    elsewhere only where the sentence is about making, testing or dosing it.
    """
    words = sentence_text(scene, hit.start, hit.end, hit.match.start())
    return not is_general(words) if hit.near_product else is_tied(words)
