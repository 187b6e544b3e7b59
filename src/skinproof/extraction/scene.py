"""What a fact reader sees: one study, one product, and the places of the text that speak of it, nearest first.

Every reader has the form `read(scene: Scene) -> Finding`. A reader looks for its words in `scene.zones`: the
interventions that the registry ties to the product, then its arms, then titles, then sentences of the summary and of
the description that name it, then the rest of these. The first zone that says something usually decides.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from skinproof.extraction.products import Product
from skinproof.extraction.sentences import Sentence, sentence_at, sentences
from skinproof.model.findings import Finding, Quantity, Reading, Span
from skinproof.model.record import StudyRecord
from skinproof.studies.documents import StudyText
from skinproof.tagging.matcher import Match
from skinproof.vocabulary.term import Vocabulary

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
    products: all products of the study; product: the one that is read.
    """

    def __init__(
        self,
        record: StudyRecord,
        text: StudyText,
        vocabulary: Vocabulary,
        matches: Mapping[str, Sequence[Match]],
        products: tuple[Product, ...],
        product: Product,
        cuts: dict[int, tuple[Sentence, ...]] | None = None,
    ) -> None:
        self.record = record
        self.text = text
        self.vocabulary = vocabulary
        self.matches = matches
        self.products = products
        self.product = product
        self._cuts = {} if cuts is None else cuts
        self._within: dict[tuple[str, ...], tuple[Zone, ...]] = {}

    @cached_property
    def mentions(self) -> tuple[Match, ...]:
        """Every mention of the product's agents."""
        wanted = set(self.product.agents)
        return tuple(m for m in self.matches.get("agent", ()) if m.owner in wanted)

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """Every part of the text but references, closest tier first, within a tier in reading order."""
        found = [zone for place in range(len(self.text.fields)) for zone in self._zones_of(place)]
        found.sort(key=lambda zone: (TIERS.index(zone.tier), zone.start))
        return tuple(found)

    def within(self, *tiers: str) -> tuple[Zone, ...]:
        """The zones of these tiers, in the order of `zones`."""
        if tiers not in self._within:
            self._within[tiers] = tuple(zone for zone in self.zones if zone.tier in tiers)
        return self._within[tiers]

    @cached_property
    def in_order(self) -> tuple[Zone, ...]:
        """Every zone in reading order."""
        return tuple(sorted(self.zones))

    def words(self, zone: Zone) -> str:
        """The text of a zone."""
        return self.text.text[zone.start : zone.end]

    def found(self, kind: str, zone: Zone) -> tuple[Match, ...]:
        """The forms of a vocabulary kind inside a zone, by place."""
        all_found = self.matches.get(kind, ())
        first = bisect_left(all_found, zone.start, key=lambda m: m.start)
        return tuple(m for m in _until(all_found, first, zone.end))

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
        place = self.text.field_at(offset)
        start = self.text.starts[place]
        cut = self._cut(place)
        if not cut:
            return start, start
        here = cut[sentence_at(cut, offset - start)]
        return start + here.start, start + here.end

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

    def _cut(self, place: int) -> tuple[Sentence, ...]:
        if place not in self._cuts:
            self._cuts[place] = sentences(self.text.fields[place].text)
        return self._cuts[place]

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
        for cut in self._cut(place):
            first, last = start + cut.start, start + cut.end
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


def _until(found: Sequence[Match], first: int, end: int) -> Iterator[Match]:
    for place in range(first, len(found)):
        if found[place].start >= end:
            return
        if found[place].end <= end:
            yield found[place]
