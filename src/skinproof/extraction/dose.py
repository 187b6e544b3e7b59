"""The product's dose per administration, one reading per level, tied to its arms by the registry's own links.

Reads: `Exosome of MSC at a dose of 150mg will be given intravenously`. Must not read: `the supernatant was taken from
1 x 10^6 cells/cm2`, `Triamcinolone 40 mg` of the comparator, an eligibility limit, a volume of saline.

Interventions and arms are read together; sentences of summary and description only where these state no amount, or
no more than a volume.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from skinproof.extraction.letters import needs
from skinproof.extraction.quantities import UNLIKELY, Amount, each_amount, find_levels, quantity_text
from skinproof.extraction.scene import Scene, Zone
from skinproof.extraction.whose import Place, further_doses, impossible, places_in
from skinproof.model.findings import Finding, Quantity, Reading
from skinproof.studies.documents import StudyText

RULE = "dose/3"
NAME = "dose"

TOTAL = "total over the course"
LIMIT = "a limit of the dose"

_FIELDS = frozenset(("title", "summary", "description", "design", "arm", "intervention"))
_TIERS = ("intervention", "arm", "title", "said", "near", "rest")
_TOTAL = re.compile(
    r"\b(?:total(?: dose| number| amount)?|cumulative(?: minimum)?(?: dose)?|target dose|overall dose|in total)\b[^.;\x1f]{0,30}$",
    re.IGNORECASE,
)
_TOTAL_AFTER = re.compile(r"^\s?(?:in total|total\b|overall|cumulative)", re.IGNORECASE)
_PLAN = re.compile(r"\b(?:will|shall|to be|receives?|randomi[sz]ed|is|are)\b", re.IGNORECASE)
_BESIDE = 14
"""Characters between a volume and the count that stands in it."""
_PLACE_LIMIT = 200
"""Amounts that are kept of one product; records of real studies state fewer than forty."""
_AMOUNT_LIMIT = 3000
"""Amounts of one text that are looked at; no record that was read states more than a few hundred."""


class Doses(NamedTuple):
    """What was read of one product's amounts: doses, strengths (per mL, per cent) and volumes it is given in."""

    doses: tuple[Place, ...] = ()
    strengths: tuple[Place, ...] = ()
    volumes: tuple[Place, ...] = ()
    impossible: tuple[Place, ...] = ()


def read(scene: Scene) -> Finding:
    """The dose finding of a product."""
    if scene.product.role == "measured":
        return scene.not_applicable(NAME, RULE, "the vesicles are only measured, not given")
    found = read_doses(scene)
    if found.doses:
        readings = _readings(scene, found.doses)
        if clash := _clash(scene, readings):
            return scene.unclear(NAME, RULE, clash, *readings)
        if all(any(flag.startswith(UNLIKELY) for flag in reading.flags) for reading in readings):
            return scene.unclear(NAME, RULE, "only an unlikely amount is stated", *readings)
        return scene.reported(NAME, RULE, _why(found.doses), *readings)
    if found.impossible:
        return scene.unclear(
            NAME, RULE, "only an impossible amount is stated", *_readings(scene, found.impossible)
        )
    return _absent(scene)


def read_doses(scene: Scene) -> Doses:
    """Every amount of the product, from the nearest zones that state one."""
    return scene.once(_read_doses)


def _read_doses(scene: Scene) -> Doses:
    amounts = _amounts(scene.text)
    if not amounts:
        return Doses()
    starts = [amount.start for amount in amounts]
    kept: list[Place] = []
    for tiers in (("intervention", "arm"), ("title", "said"), ("near",), ("rest",)):
        here = [place for zone in scene.within(*tiers) for place in places_in(scene, zone, amounts, starts)]
        nearer = [p for p in kept if p.part in ("dose", "either")]
        if nearer:
            for place in here[:_PLACE_LIMIT]:
                if (tiers[-1] == "said" and _adds(scene, place, kept)) or _counts(scene, place, nearer):
                    kept.append(place)
            continue
        kept += here[: _PLACE_LIMIT - len(kept)]
    sane = _planned(scene, [place for place in kept if not impossible(place.amount)])
    if not scene.record.interventions and any(p.part == "dose" for p in sane):
        given = [p for p in sane if p.part == "dose"]
        for zone in scene.within("said", "near", "rest"):
            sane += further_doses(scene, zone, amounts, starts, given)[: max(0, _PLACE_LIMIT - len(sane))]
    counted = any(place.part == "dose" and place.amount.quantity.kind != "volume" for place in sane)
    if counted and scene.product.agent_class in ("msc", "other_cell"):
        sane = [_in_a_volume(p, sane) for p in sane]
    strong = {p.zone for p in sane if p.part == "strength"}
    doses = [p for p in sane if _is_dose(p, counted, strong)]
    volumes = [p for p in sane if p.part == "volume" or (p.part == "either" and p not in doses)]
    diluents = [p for p in sane if p.part == "diluent"]
    if not doses and volumes and not any(p.part == "strength" for p in sane):
        doses, volumes = [p for p in volumes if p.zone.tier in ("intervention", "arm")], []
    return Doses(
        tuple(doses),
        tuple(place for place in sane if place.part == "strength"),
        (*volumes, *diluents),
        tuple(place for place in kept if impossible(place.amount)),
    )


def _in_a_volume(place: Place, places: list[Place]) -> Place:
    """A volume right beside counted cells is what they are given in: `1ml 1*10^7 stem cells`."""
    amount = place.amount
    if place.part != "dose" or amount.quantity.kind != "volume":
        return place
    beside = any(
        p.amount.quantity.kind == "cells"
        and (abs(p.amount.start - amount.end) <= _BESIDE or abs(amount.start - p.amount.end) <= _BESIDE)
        for p in places
    )
    return place._replace(part="volume") if beside else place


def _is_dose(place: Place, counted: bool, strong: set[Zone]) -> bool:
    """A volume is the dose where nothing is counted or weighed, or beside a strength ("5 million/mL, 0.5 mL per site")."""
    return place.part == "dose" or (place.part == "either" and (not counted or place.zone in strong))


def _planned(scene: Scene, places: list[Place]) -> list[Place]:
    """The places without those that only tell what was done elsewhere, where other sentences tell what is planned.

    `A single infusion of 1 x 10^6 MSCs was given in China. ... Patients will receive 4 x 10^8 cells.`
    """
    text = scene.text.text
    told = [p for p in places if p.zone.tier in ("said", "near", "rest")]
    planned = {
        p.amount.start for p in told if _PLAN.search(text[p.zone.start : min(p.zone.end, p.zone.start + 600)])
    }
    if not planned:
        return places
    return [p for p in places if p.zone.tier not in ("said", "near", "rest") or p.amount.start in planned]


def _adds(scene: Scene, place: Place, nearer: list[Place]) -> bool:
    """Whether a sentence adds to the amounts of interventions and arms: a strength, or a count where they say a volume."""
    if place.part == "strength":
        return not any(p.part == "strength" and p.zone.tier in ("intervention", "arm") for p in nearer)
    if place.part in ("volume", "either") and any(
        p.part == "strength" and p.zone == place.zone for p in nearer
    ):
        return True  # "5 million cells per ml (0.5 ml per quadrant)"
    return _counts(scene, place, nearer)


def _counts(scene: Scene, place: Place, nearer: list[Place]) -> bool:
    """Whether a place counts or weighs what nearer places tell only the volume of."""
    return (
        all(p.amount.quantity.kind == "volume" for p in nearer)
        and place.part == "dose"
        and place.amount.quantity.kind != "volume"
        and scene.product.agent_class in ("ev", "msc", "other_cell", "conditioned_medium")
    )


@lru_cache(maxsize=1)
def _amounts(text: StudyText) -> tuple[Amount, ...]:
    """Every amount of the fields that say what is given, with offsets of the joined text."""
    found: list[Amount] = []
    for field, start in zip(text.fields, text.starts, strict=True):
        if field.kind in _FIELDS:
            for amount in islice(each_amount(field.text), _AMOUNT_LIMIT - len(found)):
                found.append(amount._replace(start=amount.start + start, end=amount.end + start))
    return tuple(found)


def same(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities say the same: a dose "per dose" is the dose."""
    return _key(one) == _key(other)


def readings_of(
    scene: Scene, places: Sequence[Place], rule: str, flags: dict[int, tuple[str, ...]] | None = None
) -> tuple[Reading, ...]:
    """One reading per quantity, with every place that says it (at most four) and the arms it belongs to.

    flags: offset of an amount -> further flags of it.
    """
    groups: dict[tuple[object, ...], list[Place]] = {}
    for place in sorted(places, key=lambda p: not _with_volume(p.amount.quantity)):
        groups.setdefault(_key(place.amount.quantity), []).append(place)
    found = []
    order = {place.amount.start: at for at, place in enumerate(places)}
    for group in sorted(groups.values(), key=lambda g: min(order[p.amount.start] for p in g)):
        amount = group[0].amount
        arms = tuple(dict.fromkeys(label for place in group for label in scene.arm_labels(place.zone)))
        more = [
            flag
            for place in group
            for flag in (*place.amount.flags, *(flags or {}).get(place.amount.start, ()))
        ]
        if flags and any(place.amount.start not in flags for place in group):
            more = [flag for flag in more if flag not in (TOTAL, LIMIT)]
        quantity = _stated(amount.quantity)
        found.append(
            scene.reading(
                quantity_text(quantity),
                [(place.amount.start, place.amount.end) for place in group[:4]],
                rule,
                _where(group[0].zone),
                quantity=quantity,
                arms=arms,
                flags=tuple(dict.fromkeys(more)),
            )
        )
    return tuple(found)


def _stated(quantity: Quantity) -> Quantity:
    """The quantity as a dose: "per dose" is what a dose is."""
    if quantity.per != "{dose}":
        return quantity
    return Quantity(kind=quantity.kind, low=quantity.low, high=quantity.high, bound=quantity.bound)


def _with_volume(quantity: Quantity) -> bool:
    """Whether it is a total with the volume it stands in: `2e8 particles/3 mL`."""
    return quantity.per == "mL" and quantity.per_value != 1.0


def _key(quantity: Quantity) -> tuple[object, ...]:
    """What makes two doses one: `10 x 10^6 cells/20 mL` and `10 x 10^6 cells` are the same dose."""
    q = _stated(quantity)
    return (
        (q.kind, q.low, q.high)
        if _with_volume(q) or not q.per
        else (q.kind, q.low, q.high, q.per, q.per_value)
    )


def _readings(scene: Scene, places: tuple[Place, ...]) -> tuple[Reading, ...]:
    return readings_of(scene, places, RULE, _flags(scene, places))


def _flags(scene: Scene, places: tuple[Place, ...]) -> dict[int, tuple[str, ...]]:
    """Offset of an amount -> that it is a total over the course, or a limit beside a dose per kg."""
    text = scene.text.text
    found: dict[int, tuple[str, ...]] = {}
    for place in places:
        amount, quantity = place.amount, place.amount.quantity
        smaller = any(
            p.amount.quantity.kind == quantity.kind
            and p.amount.quantity.per == quantity.per
            and p.amount.quantity.high < quantity.high
            and _meet(scene, p, place)
            for p in places
        )
        before = text[max(place.zone.start, amount.start - 60) : amount.start]
        says_total = _TOTAL.search(before) or _TOTAL_AFTER.match(text[amount.end : amount.end + 20])
        if says_total and (smaller or "cumulative" in before.lower()):
            found[amount.start] = (TOTAL,)
        elif (
            quantity.bound == "up_to"
            and not quantity.per
            and any(p.amount.quantity.kind == quantity.kind and p.amount.quantity.per for p in places)
        ):
            found[amount.start] = (LIMIT,)
    return found


def _meet(scene: Scene, one: Place, other: Place) -> bool:
    """Whether two places can speak of one arm."""
    if one.zone == other.zone:
        return True
    ours, theirs = scene.arm_labels(one.zone), scene.arm_labels(other.zone)
    return not ours or not theirs or not set(ours).isdisjoint(theirs)


def _clash(scene: Scene, readings: tuple[Reading, ...]) -> str:
    """Why the doses compete: one product in one arm, and the arm states one amount, its intervention another."""
    if len(scene.product.arms) != 1 or len(scene.product.interventions) != 1 or len(readings) != 2:
        return ""
    one, other = readings
    first, second = one.quantity, other.quantity
    if first is None or second is None or one.flags or other.flags:
        return ""
    if (first.kind, first.per, first.bound) != (second.kind, second.per, second.bound):
        return ""
    if first.low <= second.low <= first.high or second.low <= first.low <= second.high:
        return ""
    fields = [{span.field.rpartition("].")[0] for span in reading.spans} for reading in readings]
    if len(fields[0]) == len(fields[1]) == 1 and fields[0] != fields[1]:
        return "the arm and the intervention state different amounts"
    return ""


_LEVELS = needs("dos", *(f"{n}{gap}x" for n in range(10) for gap in ("", " ", "\u00a0")))
"""What every name of a level holds: "low dose", "2X"."""


def _absent(scene: Scene) -> Finding:
    """Not reported; where levels are named without amounts, that is said."""
    finding = scene.not_reported(NAME, RULE, *_TIERS)
    named = [
        zone
        for zone in scene.within("intervention", "arm", "title", "said")
        if scene.shared.letters.within(_LEVELS, zone.start, zone.end) and find_levels(scene.words(zone))
    ]
    if not named:
        return finding
    return Finding(
        property=NAME,
        state=finding.state,
        rule=RULE,
        reason=f"dose levels are named, but no amounts; {finding.reason}",
        looked_in=finding.looked_in,
    )


def _why(places: tuple[Place, ...]) -> str:
    return "stated " + ", ".join(dict.fromkeys(_where(place.zone) for place in places))


def _where(zone: Zone) -> str:
    return {
        "intervention": "in an intervention that gives the product",
        "arm": "in an arm that gets the product",
        "title": "in a title",
        "said": "in a sentence that names the product",
        "near": "in the sentence after one that names the product",
    }.get(zone.tier, "in a sentence on what is given")
