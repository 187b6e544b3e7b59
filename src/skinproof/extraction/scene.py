"""What a fact reader sees: one study, one product, and the places of the text that speak of it, nearest first.

Every reader has the form `read(scene: Scene) -> Finding`. A reader looks for its words in `scene.zones`: the
interventions that the registry ties to the product, then its arms, then titles, then sentences of the summary and of
the description that name it, then the rest of these. The first zone that says something usually decides.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple, TypeVar, cast

from skinproof.extraction.products import Product
from skinproof.extraction.shared import Shared
from skinproof.model.findings import Finding, Quantity, Reading, Span
from skinproof.model.record import StudyRecord
from skinproof.studies.documents import StudyText
from skinproof.tagging.matcher import Match
from skinproof.vocabulary.term import Vocabulary

T = TypeVar("T")

TIERS = ("intervention", "arm", "title", "said", "near", "rest", "other")
"""How close a zone stands to the product.

intervention  name, other names, description of an intervention that gives it
arm           label or description of an arm that gets it
title         a title, conditions and keywords
said          a sentence of summary, description or design that names it
near          the sentence after one that names it
rest          all other sentences of summary, description and design
other         interventions and arms that give something else, eligibility, outcomes: seldom to be read
"""


class Zone(NamedTuple):
    """`scene.text.text[start:end]`, all of it inside field number `field`.

    tier: one of TIERS; shared: the zone also names another product of the study.
    """

    start: int
    end: int
    field: int
    tier: str
    shared: bool = False


class Scene:
    """One product of one study, for all fact readers. Offsets are of the joined text, `self.text.text`.

    matches: kind of vocabulary (`agent`, `source`, `route`, `separation`, ...) -> every form found, by place.
    products: all products of the study; product: the one that is read; shared: what holds for all of them.
    """

    def __init__(
        self,
        record: StudyRecord,
        text: StudyText,
        vocabulary: Vocabulary,
        matches: Mapping[str, Sequence[Match]],
        products: tuple[Product, ...],
        product: Product,
        shared: Shared | None = None,
    ) -> None:
        self.record = record
        self.text = text
        self.vocabulary = vocabulary
        self.matches = matches
        self.products = products
        self.product = product
        self.shared = shared or Shared(text)
        self._within: dict[tuple[str, ...], tuple[Zone, ...]] = {}
        self._held: dict[str, dict[int, tuple[Match, ...]]] = {}
        self._known: dict[Callable[[Scene], object], object] = {}

    @cached_property
    def mentions(self) -> tuple[Match, ...]:
        """Every mention of the product's agents."""
        wanted = set(self.product.agents)
        return tuple(m for m in self.matches.get("agent", ()) if m.owner in wanted)

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """Every part of the text but references, closest tier first, within a tier in reading order."""
        return tuple(zone for found in self._by_tier.values() for zone in found)

    @cached_property
    def _by_tier(self) -> dict[str, list[Zone]]:
        found: dict[str, list[Zone]] = {tier: [] for tier in TIERS}
        for zone in self.in_order:
            found[zone.tier].append(zone)
        return found

    def within(self, *tiers: str) -> tuple[Zone, ...]:
        """The zones of these tiers, in the order of `zones`."""
        zones = self._within.get(tiers)
        if zones is None:
            zones = tuple(zone for tier in TIERS if tier in tiers for zone in self._by_tier[tier])
            self._within[tiers] = zones
        return zones

    @cached_property
    def in_order(self) -> tuple[Zone, ...]:
        """Every zone in reading order."""
        return tuple(zone for place in range(len(self.text.fields)) for zone in self._zones_of(place))

    def words(self, zone: Zone) -> str:
        """The text of a zone."""
        return self.text.text[zone.start : zone.end]

    def found(self, kind: str, zone: Zone) -> tuple[Match, ...]:
        """The forms of a vocabulary kind inside a zone, by place."""
        all_found = self.matches.get(kind)
        if not all_found:
            return ()
        first = bisect_left(all_found, (zone.start, -1, ""))
        return _inside(all_found, first, zone.end)

    def holding(self, kind: str, *tiers: str) -> Iterator[tuple[Zone, tuple[Match, ...]]]:
        """The zones of these tiers that hold forms of a vocabulary kind, each with its forms by place."""
        held = self._held.get(kind)
        if held is None:
            held = self._held[kind] = self._hold(kind)
        if held:
            for zone in self.within(*tiers):
                if zone.start in held:
                    yield zone, held[zone.start]

    def _hold(self, kind: str) -> dict[int, tuple[Match, ...]]:
        """Start of a zone -> the forms inside it, for zones that have any."""
        held: dict[int, tuple[Match, ...]] = {}
        all_found = self.matches.get(kind, ())
        at = 0
        while at < len(all_found):
            zone = self.zone_at(all_found[at].start)
            if zone is None:
                at += 1
                continue
            inside = _inside(all_found, at, zone.end)
            if inside:
                held[zone.start] = inside
            at = bisect_left(all_found, (zone.end, -1, ""), at + 1)
        return held

    def zone_at(self, offset: int) -> Zone | None:
        """The zone that holds an offset; None between fields and in references."""
        place = bisect_right(self._zone_starts, offset) - 1
        if place < 0 or offset >= self.in_order[place].end:
            return None
        return self.in_order[place]

    @cached_property
    def _zone_starts(self) -> list[int]:
        return [zone.start for zone in self.in_order]

    def once(self, work: Callable[["Scene"], T]) -> T:
        """What `work` gives for this scene, worked out once: other facts ask for it again."""
        if work not in self._known:
            self._known[work] = work(self)
        return cast(T, self._known[work])

    def span(self, start: int, end: int) -> Span:
        """The words `text[start:end]` of the joined text as a span of their field.

        Raises: ValueError where they do not lie inside one field.
        """
        place = self.text.field_at(start)
        field, at = self.text.fields[place], start - self.text.starts[place]
        if not at <= at + end - start <= len(field.text):
            raise ValueError(f"{start}:{end} leaves the field {field.path}")
        return Span(field.path, at, at + end - start, field.text[at : at + end - start])

    def sentence(self, offset: int) -> tuple[int, int]:
        """(start, end) of the sentence around an offset."""
        return self.shared.sentence(offset)

    def arm_labels(self, zone: Zone) -> tuple[str, ...]:
        """Labels of the arms a zone belongs to by the registry's links; empty where it is tied to none."""
        field = self.text.fields[zone.field]
        if field.kind == "arm":
            label = self.record.arm_groups[field.index].label
            return (label,) if label else ()
        if field.kind == "intervention":
            return tuple(self.record.interventions[field.index].arm_group_labels)
        return ()

    def looked_in(self, *tiers: str) -> tuple[str, ...]:
        """Kinds of field that zones of these tiers (all, if none is named) come from."""
        zones = self.within(*tiers) if tiers else self.zones
        return tuple(dict.fromkeys(self.text.fields[zone.field].kind for zone in zones))

    def reading(
        self,
        value: str,
        places: Sequence[tuple[int, int]],
        rule: str,
        reason: str,
        *,
        quantity: Quantity | None = None,
        arms: tuple[str, ...] = (),
        flags: tuple[str, ...] = (),
    ) -> Reading:
        """A reading whose spans are `places` of the joined text."""
        spans = tuple(self.span(start, end) for start, end in places)
        return Reading(
            value=value, spans=spans, rule=rule, reason=reason, quantity=quantity, arms=arms, flags=flags
        )

    def reported(self, name: str, rule: str, reason: str, *readings: Reading) -> Finding:
        """The finding that the record says it; what it says are the readings."""
        return Finding(property=name, state="reported", rule=rule, reason=reason, readings=readings)

    def unclear(self, name: str, rule: str, reason: str, *readings: Reading) -> Finding:
        """The finding that the record can be read in more than one way: the readings compete."""
        return Finding(property=name, state="unclear", rule=rule, reason=reason, readings=readings)

    def not_reported(self, name: str, rule: str, *tiers: str) -> Finding:
        """The finding that nothing was said where we looked."""
        looked = self.looked_in(*tiers)
        where = ", ".join(looked) or "no field: the record has none of those read"
        return Finding(
            property=name, state="not_reported", rule=rule, reason=f"looked in: {where}", looked_in=looked
        )

    def not_applicable(self, name: str, rule: str, reason: str) -> Finding:
        """The finding that this cannot be said of this kind of product."""
        return Finding(property=name, state="not_applicable", rule=rule, reason=reason)

    def _zones_of(self, place: int) -> Iterator[Zone]:
        field, start = self.text.fields[place], self.text.starts[place]
        end = start + len(field.text)
        product = self.product
        if field.kind == "reference":
            return
        if field.kind in ("intervention", "arm"):
            own = product.interventions if field.kind == "intervention" else product.arms
            yield Zone(
                start, end, place, field.kind if field.index in own else "other", self._shared(start, end)
            )
        elif field.kind in ("title", "condition", "keyword"):
            yield Zone(start, end, place, "title", self._shared(start, end))
        elif field.kind in ("eligibility", "outcome"):
            yield Zone(start, end, place, "other")
        else:
            yield from self._sentence_zones(place, start)

    def _sentence_zones(self, place: int, start: int) -> Iterator[Zone]:
        after = False
        mentions = self.mentions
        at = 0
        for cut_start, cut_end in self.shared.cut(place):
            first, last = start + cut_start, start + cut_end
            while at < len(mentions) and mentions[at].start < first:
                at += 1
            said = at < len(mentions) and mentions[at].start < last
            tier = "said" if said else "near" if after else "rest"
            yield Zone(first, last, place, tier, self._shared(first, last))
            after = said

    def _shared(self, start: int, end: int) -> bool:
        """Whether another product of the study is named between two offsets."""
        if len(self.products) < 2:
            return False
        places = self._other_mentions
        first = bisect_left(places, start)
        return first < len(places) and places[first] < end

    @cached_property
    def _other_mentions(self) -> tuple[int, ...]:
        own = set(self.product.agents)
        others = {term for product in self.products for term in product.agents} - own
        return tuple(m.start for m in self.matches.get("agent", ()) if m.owner in others)


def _inside(found: Sequence[Match], first: int, end: int) -> tuple[Match, ...]:
    """The forms from place `first` on that end at or before `end`."""
    inside = []
    for place in range(first, len(found)):
        match = found[place]
        if match.start >= end:
            break
        if match.end <= end:
            inside.append(match)
    return tuple(inside)
