"""Words that tell how a product is given, found near its mentions; those of other things are left out.

A cue is either explicit ("intravenously"), sited ("injected into the scalp"), a form ("gel", "sheet") or bare
("infusion", "injection"): bare words say how only together with what is treated.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import NamedTuple

from skinproof.extraction import route_words as words
from skinproof.extraction.letters import small
from skinproof.extraction.scene import TIERS, Scene, Zone
from skinproof.extraction.stems import Places, lower

EXPLICIT, SITED, FORM, BARE = "explicit", "sited", "form", "bare"
_FORMS = {
    "topical_form": "topical", "dressing_form": "wound_dressing", "spray_form": "spray",
    "bone_or_tooth": "injection_local",
}  # fmt: skip
_WINDOW = 70
_MOST_IN_ZONE = 150


class Cue(NamedTuple):
    """`text[start:end]` speaks for `route`; rank: place of its tier; weak: rather of something else."""

    route: str
    strength: str
    start: int
    end: int
    rank: int
    weak: bool = False


def cues(scene: Scene) -> Iterator[Cue]:
    """Every cue in the zones that speak of the product, closest zone first."""
    places = words.STEMS.places(scene.text.text)
    told = {start for group in _TELLING for start, _ in places[group].spans}
    told.update(match.start for match in scene.matches.get("route", ()))
    starts = sorted(told)
    for zone in scene.zones:
        if zone.tier == "other":
            return
        at = bisect_left(starts, zone.start)
        if at < len(starts) and starts[at] < zone.end:
            yield from _cues_in(scene, zone, places)


_TELLING = ("place_injection", "into", "put_in", "on", "drip", "shot", "drop")
"""Groups of stems that cues begin with; the others show that something else is given."""


def _cues_in(scene: Scene, zone: Zone, places: Mapping[str, Places]) -> Iterator[Cue]:
    rank = TIERS.index(zone.tier)
    told = zone.tier in ("said", "near", "rest")
    if told and places["animals"].any_within(zone.start, zone.end):
        return
    aside = told and places["background"].any_within(zone.start, zone.end)
    named = (
        Cue(_FORMS.get(route, route), FORM if route in _FORMS else EXPLICIT, match.start, match.end, rank)
        for match in scene.found("route", zone)[:_MOST_IN_ZONE]
        for route in (match.owner.partition(":")[2],)
    )
    text = scene.shared.low
    agents: _Agents | None = None
    sited = islice(_sited(text, zone, rank, places), _MOST_IN_ZONE)
    bare = islice(_bare(text, zone, rank, places), _MOST_IN_ZONE)
    for cue in chain(named, sited, bare):
        if cue.strength == EXPLICIT and words.TEARS.match(text, cue.start, cue.end):
            continue
        if agents is None:
            agents = _Agents(scene, zone)
        if not _said_of_else(scene, zone, cue, agents, places):
            yield cue._replace(weak=aside)


def _bare(text: str, zone: Zone, rank: int, places: Mapping[str, Places]) -> Iterator[Cue]:
    for route, groups, pattern in _BARE:
        for group in groups:
            for start, _ in places[group].within(zone.start, zone.end):
                if found := pattern.match(text, start, zone.end):
                    yield Cue(route, BARE, start, found.end(), rank)


_BARE = (
    ("infusion", ("into", "drip"), words.INFUSION),
    ("injection", ("into", "shot"), words.INJECTION),
    ("topical", ("on",), words.APPLIED),
    ("implant", ("put_in",), words.IMPLANT),
    ("drop", ("drop",), words.DROPS),
)
_SITED = (
    ("into", words.INTO, "", words.TO_IN),
    ("put_in", words.PUT_IN, "", words.TO_IN),
    ("on", words.ON, "topical", words.TO_ON),
)


def _sited(text: str, zone: Zone, rank: int, places: Mapping[str, Places]) -> Iterator[Cue]:
    """Verbs of giving that are followed by the place it goes into or onto: "injected around the ulcer"."""
    for start, _ in places["place_injection"].within(zone.start, zone.end):
        if found := words.PLACE_INJECTION.match(text, start, zone.end):
            yield Cue(_into(found[1]), SITED, start, found.end(), rank)
    for group, pattern, route, to in _SITED:
        for start, _ in places[group].within(zone.start, zone.end):
            if not (found := pattern.match(text, start, zone.end)):
                continue
            rest = _STOP.split(text[found.end() : min(zone.end, found.end() + _REACH)], maxsplit=1)[0]
            place = _place_after(rest, to)
            surface = place is not None and words.SURFACES.fullmatch(place[0]) is not None
            if place and _EFFECT_ON.match(rest) and "effect" in text[max(zone.start, start - 60) : start]:
                continue
            if place and not (group == "put_in" and surface and not _INSIDE.search(rest[: place.start()])):
                where = route if route and not words.DEEP.fullmatch(place[0]) else _into(place[0])
                yield Cue(where, SITED, start, found.end() + place.end(), rank)


_EFFECT_ON = small(r"(?: treatment| therapy)? on\b")
"""Behind "effects of an infusion": on what it acts, not where it goes."""
_INSIDE = small(
    r"\b(?:into|inside|within) (?:\w{1,12} ){0,2}(?:necrotic|bone|bony|osseous) $",
)


def _place_after(rest: str, to: re.Pattern[str]) -> re.Match[str] | None:
    """The place named after "into the ...", none where people or purposes are named instead."""
    for preposition in to.finditer(rest):
        place = words.PLACE.search(rest, preposition.end())
        if place is None:
            return None
        if place.start() - preposition.end() > _NEAR_PLACE:
            continue
        if words.NOT_A_PLACE.search(rest, preposition.end(), place.start()):
            continue
        if not words.PURPOSE.search(rest, 0, preposition.start()):
            return place
    return None


def _into(place: str) -> str:
    return "intra_articular" if words.JOINT.fullmatch(place) else "injection_local"


_STOP = re.compile(r"[.;:\n](?!\d)|\x1f|, (?!under |if |into |around |in the )")
_REACH = 110
_NEAR_PLACE = 60


def _same_cells(scene: Scene) -> frozenset[str]:
    """The product's agents, with those of other cells that the same interventions give: cells under two names."""
    own = scene.product
    if own.agent_class not in _CELLS:
        return frozenset(own.agents)
    same = (p for p in scene.products if p.agent_class in _CELLS and p.interventions == own.interventions)
    return frozenset(agent for product in same for agent in product.agents)


_CELLS = ("msc", "other_cell")


class _Agents:
    """Where a zone names the product, and where it names another agent."""

    __slots__ = ("_text", "other", "own")

    def __init__(self, scene: Scene, zone: Zone) -> None:
        mine = _same_cells(scene)
        found = scene.found("agent", zone)[:_MOST_IN_ZONE]
        self._text = scene.shared.low
        self.own = [(m.start, m.end) for m in found if m.owner in mine]
        self.other = [(m.start, m.end) for m in found if m.owner not in mine]

    def joined(self, start: int) -> bool:
        """Whether the product stands right before a drug, joined to it: "PRP and hyaluronic acid are injected"."""
        return any(
            0 < start - end <= 6 and _BOTH.fullmatch(self._text, end, start) is not None
            for _, end in self.own
        )

    def gap(self, spans: Sequence[tuple[int, int]], cue: Cue) -> int:
        """How far the nearest of `spans` stands from a cue; what follows without "of" is farther.

        "PRP is injected intradermally, also fat": the injection is of the PRP.
        """
        best = _FAR
        for start, end in spans:
            gap = _gap(start, end, cue)
            if gap < best:
                if start >= cue.end and not _OF.search(self._text, cue.end, min(start, cue.end + 60)):
                    gap += 40
                best = min(best, gap)
        return best


_BOTH = small(r"\s{0,2}(?:and|or|&|/)\s{0,2}")
_FAR = 10**6
_TRAY = small(r"\s{1,2}(?:of (?:the|a) )?(?:tray|table|plate|glass|dish)")
_EATEN_REACH = 40
_NEVER_EATEN = ("ev", "conditioned_medium", "msc", "other_cell", "prp")
"""Hardly ever given by mouth: a capsule counts only beside their name."""


def _said_of_else(scene: Scene, zone: Zone, cue: Cue, agents: _Agents, places: Mapping[str, Places]) -> bool:
    """Whether a cue belongs to numbing, to taking tissue, to another drug or to another product."""
    text = scene.shared.low
    if cue.strength == EXPLICIT and _of_another(scene, zone, cue):
        return True
    first, last = max(zone.start, cue.start - _WINDOW), min(zone.end, cue.end + _WINDOW)
    first = max(first, _after_stop(text, first, cue.start))
    last = _before_stop(text, cue.end, last)
    mine = agents.gap(agents.own, cue)

    def nearest(group: str) -> int:
        return min((_gap(*span, cue) for span in places[group].within(first, last)), default=_FAR)

    if nearest("numbing") < min(mine, 45):
        return True
    drugs = (
        span
        for span in places["drug"].within(first, last)
        if not _apart(text, *span, cue) and not agents.joined(span[0])
    )
    if min((_gap(*span, cue) for span in drugs), default=_FAR) < min(mine, 40):
        return True
    if cue.strength != SITED and nearest("taking") < min(mine, 25):
        return True
    if cue.strength == BARE and text[cue.start : cue.start + 7] == "syringe" and nearest("taking") < _FAR:
        return True
    if cue.strength == SITED and _TRAY.match(text, cue.end, min(zone.end, cue.end + 20)):
        return True
    if cue.strength == BARE and mine > _BARE_REACH and text[cue.start : cue.start + 8] == "transfus":
        return True
    if cue.route == "oral" and mine > _EATEN_REACH and scene.product.agent_class in _NEVER_EATEN:
        return True
    if zone.shared and agents.gap(agents.other, cue) < mine:
        return True
    if _ADJECTIVE.match(text, cue.end, min(zone.end, cue.end + 30)) or _NUMERAL.search(
        scene.text.text[max(zone.start, cue.start - 14) : cue.start]
    ):
        return cue.strength == EXPLICIT
    if (
        cue.strength == FORM
        and _DRESSING.fullmatch(text, cue.start, cue.end)
        and not _worn(text, zone, cue, mine)
    ):
        return True
    if cue.strength == FORM and zone.tier not in ("intervention", "arm", "title") and mine > _FORM_REACH:
        return True
    return _of_control(zone, cue, mine, places)


def _of_another(scene: Scene, zone: Zone, cue: Cue) -> bool:
    """Whether another intervention is what goes this way: "topical application of fitostimoline"."""
    theirs = scene.once(_telling_of_others)
    if not theirs or zone.tier == "intervention":
        return False
    follows = words.OF_WHAT.match(scene.shared.low, cue.end, min(zone.end, cue.end + 90))
    return follows is not None and not theirs.isdisjoint(follows["what"].split())


def _telling_of_others(scene: Scene) -> frozenset[str]:
    """Words in the names of other interventions that no intervention of the product and no agent of it has."""
    interventions, product = scene.record.interventions, scene.product

    def telling(places: Sequence[int]) -> set[str]:
        names = (lower(interventions[place].name or "")[:200] for place in places)
        return {word for name in names for word in _LONG_WORD.findall(name)}

    ours = {
        word for m in scene.mentions[:40] for word in _LONG_WORD.findall(scene.shared.low[m.start : m.end])
    }
    return frozenset(telling(product.others) - telling(product.interventions) - ours - _NOT_TELLING)


_LONG_WORD = re.compile(r"[a-z][\w-]{3,30}")
_NOT_TELLING = frozenset({
    "administration", "application", "autologous", "allogeneic", "bone", "cell", "cells", "control", "derived", "dose",
    "group", "human", "infusion", "injection", "intravenous", "local", "marrow", "mesenchymal", "product", "single",
    "standard", "stem", "study", "subcutaneous", "therapy", "topical", "transplantation", "treatment",
})  # fmt: skip


def _of_control(zone: Zone, cue: Cue, mine: int, places: Mapping[str, Places]) -> bool:
    """Whether the control is spoken of just before the cue, and the product not since."""
    if zone.tier == "intervention":
        return False
    before = [end for _, end in places["control"].within(max(zone.start, cue.start - 90), cue.start)]
    return bool(before) and cue.start - before[-1] < mine


def _apart(text: str, start: int, end: int, cue: Cue) -> bool:
    """Whether a joining word parts a drug from a cue: "chemotherapy followed by an infusion" of cells."""
    left, right = (end, cue.start) if end <= cue.start else (cue.end, start)
    return left < right and bool(_JOINING.search(text, left, right))


_JOINING = small(
    r"\b(?:followed|follow|then|plus|and|with|or|after|before|combined|prior)\b|\+|;",
)


_OF = small(r"\b(?:of|with)\b")


def _gap(start: int, end: int, cue: Cue) -> int:
    if start < cue.end and end > cue.start:
        return 0
    return cue.start - end if end <= cue.start else start - cue.end


def _worn(text: str, zone: Zone, cue: Cue, mine: int) -> bool:
    """Whether a dressing is the product and not its cover: "dressing containing cells"."""
    follows = _DRESSING_OF.match(text, cue.end, min(zone.end, cue.end + 30))
    return bool(follows) or (mine <= 3 and not _AND.search(text[max(zone.start, cue.start - 8) : cue.start]))


_DRESSING = small(r"dressings?|bandages?|films?")
_DRESSING_OF = small(
    r"\s{1,2}(?:for\b|contain|loaded|seeded|made of|with (?:stem|msc|exosom))",
)
_AND = small(r"(?:and|with|plus|or|,)\s$")
_FORM_REACH = 70
_BARE_REACH = 60
_ADJECTIVE = small(
    r"\s{1,2}(?:infiltrat\w{1,4} (?:with|of|by) (?:TIL|T.?cell|lymph|immune)|heterogen|immune|skin|tissue|CD\d|T.?cell|biops|lymphocyt|surgery|bleeding|mucositis|lesions? of)",
)
_NUMERAL = re.compile(
    r"(?:\b[IVX]{1,4}[ABCabc]?|(?i:annex|appendix|phase|stage|arm|type|grade|class|cohort|part|group|level"
    r"|factor|degree))"
    r"(?:[\s,/\-\u2013]{1,3}|\s(?:and|or|to|&)\s)$"
)
_STOPS = (". ", "; ", "\n")


def _after_stop(text: str, first: int, until: int) -> int:
    return max(
        (text.rfind(stop, first, until) + len(stop) for stop in _STOPS if stop in text[first:until]),
        default=first,
    )


def _before_stop(text: str, first: int, until: int) -> int:
    return min((place for stop in _STOPS if (place := text.find(stop, first, until)) >= 0), default=until)
