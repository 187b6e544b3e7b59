"""Whether an amount is the product's: given to a person, not harvested, not measured, not another drug's.

Read: `50μg MSC-Exo in 10μl PBS` (both, the volume as what it is given in). Not read: `triamcinolone 40 mg` of a
comparator, `20 ml of venous blood`, `90 ml normal saline`, `5 mg/kg in mice`, `2.5 x 10^9/L` of a blood count.
"""

import re
from bisect import bisect_left
from typing import NamedTuple

import msgspec

from skinproof.extraction.dose_words import (
    ABBREVIATED,
    ASPIRATE,
    BLOOD_COUNT,
    CARRIER,
    CELL_FREE,
    CHANGED,
    CLASS_NOUNS,
    CODE,
    COUNTED_KINDS,
    DOSE_OF,
    DRUG,
    EACH_TIME,
    ELSEWHERE,
    FIRST_WORDS,
    FORM,
    GENERIC,
    GIVEN_AFTER,
    GIVEN_OF,
    GIVES,
    KINDS_OF,
    NO_DRUG,
    NO_NAME,
    OTHER_CELLS,
    OTHER_STUFF,
    OUT_OF,
    RATE,
    RESULT,
    SOME_DRUG,
    SPELLED_OUT,
    TAKEN,
    TAKEN_AFTER,
    TAKEN_BEFORE,
    UNNAMED_PRODUCT,
)
from skinproof.extraction.quantities import IMPOSSIBLE, UNNAMED, Amount
from skinproof.extraction.scene import Scene, Zone


class Mention(NamedTuple):
    """A name in the text. own: it is the product's; owner: vocabulary id, "" for a registered name."""

    start: int
    end: int
    own: bool
    owner: str


class Place(NamedTuple):
    """An amount that is the product's.

    part: `dose`; `volume`, what it is given in; `diluent`, the same of saline or the like; `either`, a volume that is the dose where nothing is counted or weighed;
    `strength`, per mL, per gram or per cent.
    """

    amount: Amount
    zone: Zone
    part: str


def places_in(scene: Scene, zone: Zone, amounts: tuple[Amount, ...], starts: list[int]) -> list[Place]:
    """The product's amounts inside a zone, in order. amounts: of the whole text, starts: their offsets."""
    first = bisect_left(starts, zone.start)
    found = []
    for place in range(first, len(amounts)):
        amount = _named_by_class(amounts[place], scene.product.agent_class)
        if amount.start >= zone.end:
            break
        part = _part(scene, zone, amount)
        if part:
            found.append(Place(amount, zone, part))
    return found


def _named_by_class(amount: Amount, agent_class: str) -> Amount:
    """A number of vesicle size that no noun follows, for a product of vesicles: particles, and the flag stays."""
    quantity = amount.quantity
    if agent_class != "ev" or quantity.kind != "cells" or UNNAMED not in amount.flags or quantity.low < 1e7:
        return amount
    return amount._replace(quantity=msgspec.structs.replace(quantity, kind="particles"))


def _part(scene: Scene, zone: Zone, amount: Amount) -> str:
    """What an amount is of the product: `dose`, `volume`, `strength`, or "" where it is not the product's."""
    quantity = amount.quantity
    kind = quantity.kind
    agent_class = scene.product.agent_class
    if kind not in KINDS_OF.get(agent_class, DRUG) and not (kind == "cells" and agent_class in CELL_FREE):
        return ""
    text = scene.shared.low
    first, last = scene.sentence(amount.start)
    first, last = max(first, amount.start - 240), min(max(last, amount.end), amount.end + 160)
    before, after = text[first : amount.start], text[amount.end : last]
    own = zone.tier in ("intervention", "arm")
    if _barred(zone, amount, before, after) or RATE.match(after):
        return ""
    mentions = _mentions(scene, first, last)
    if _others(scene, zone, mentions, amount):
        return ""
    if kind == "fraction":
        return _strength_in_percent(scene, amount, before)
    if kind == "volume":
        return _volume(scene, zone, amount, before, after, mentions, own)
    if kind == "cells" and agent_class in CELL_FREE and not (own and _touches(mentions, amount)):
        return ""
    if kind in COUNTED_KINDS:
        if (
            scene.product.agent_class == "msc"
            and OTHER_CELLS.search(amount.counted)
            and not _close(scene, mentions, amount)
        ):
            return ""
        heading = text[max(0, first - 60) : first].rpartition("\x1f")[2] if zone.tier == "near" else ""
        if zone.tier in ("near", "rest") and not GIVES.search(f"{heading} {before} {after}"):
            return ""
    elif not _weighed(scene, zone, amount, before, mentions, own):
        return ""
    if quantity.per in ("mL", "g") and quantity.per_value == 1.0:
        return "strength"
    return "dose"


def _mentions(scene: Scene, first: int, last: int) -> list[Mention]:
    """Mentions of agents and of the product's registered names between two offsets, in order."""
    found = scene.matches.get("agent", ())
    at = bisect_left(found, (first, -1, ""))
    inside = []
    while at < len(found) and found[at].start < last:
        match = found[at]
        inside.append(Mention(match.start, match.end, match.owner in scene.product.agents, match.owner))
        at += 1
    names = _names(scene)
    for start, end in names[bisect_left(names, (first, 0)) : bisect_left(names, (last, 0))]:
        inside.append(Mention(start, end, True, ""))
    return sorted(inside)


def _names(scene: Scene) -> list[tuple[int, int]]:
    return scene.once(_find_names)


def _find_names(scene: Scene) -> list[tuple[int, int]]:
    """Where the product's registered names, code names (`UMSC-exo`, `BC-101`) and abbreviations stand in the text.

    An abbreviation is one that the text itself explains: `erythropoietin (Epo)`.
    """
    wanted: dict[str, None] = {}
    for place in scene.product.interventions[:20]:
        item = scene.record.interventions[place]
        for name in (item.name, *item.other_names[:10]):
            if name and 3 < len(name) <= 60:
                wanted[name] = None
            wanted.update(dict.fromkeys(CODE.findall((name or "")[:200])))
    text = scene.text.text
    if len(scene.products) == 1:
        wanted.update(dict.fromkeys((*UNNAMED_PRODUCT, *CLASS_NOUNS.get(scene.product.agent_class, ()))))
    for mention in scene.mentions[:40]:
        long = SPELLED_OUT.search(text[max(0, mention.start - 32) : mention.start])
        if long and long[1] not in NO_NAME:
            wanted[long[1]] = None
        short = ABBREVIATED.match(text[mention.end : mention.end + 52])
        if short and sum(char.isupper() for char in short[1]) > len(short[1]) // 4:
            wanted[short[1]] = None
    names = [name for name in sorted(wanted, key=len, reverse=True) if name not in NO_NAME]
    if not names:
        return []
    return _where(text, names[:40])


def _where(text: str, names: list[str]) -> list[tuple[int, int]]:
    """Where names stand as words of their own, the first of the list where several do."""
    found = []
    for rank, name in enumerate(names):
        at = text.find(name)
        while at >= 0:
            end = at + len(name)
            if not _in_word(text[at - 1 : at]) and not _in_word(text[end : end + 1]):
                found.append((at, rank, end))
            at = text.find(name, at + 1)
    kept: list[tuple[int, int]] = []
    for start, _, end in sorted(found):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _in_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"


def _others(scene: Scene, zone: Zone, mentions: list[Mention], amount: Amount) -> bool:
    """Whether the mention next to the amount is of another product of the study whose dose is of the same kind."""
    if len(scene.products) < 2 or not mentions:
        return False
    kind = amount.quantity.kind
    rivals = {
        term
        for product in scene.products
        if product.number != scene.product.number and kind in KINDS_OF.get(product.agent_class, DRUG)
        for term in product.agents
    } - set(scene.product.agents)
    after = [m for m in mentions if amount.start <= m.start <= amount.end + 8]
    if after and not any(m.own for m in after):
        return after[0].owner in rivals
    nearest = min(mentions, key=lambda m: _distance(m, amount))
    return nearest.owner in rivals and not any(
        m.own and _distance(m, amount) <= _distance(nearest, amount) + 12 for m in mentions
    )


def _distance(mention: Mention, amount: Amount) -> int:
    """Characters between a mention and an amount; words after it count half, as "5 mL of PRP" names its own."""
    if mention.start >= amount.start:
        return max(0, mention.start - amount.end) // 2
    return max(0, amount.start - mention.end)


def _foreign(scene: Scene, mentions: list[Mention], amount: Amount) -> bool:
    """Whether the words after an amount name an agent of another class: `3 ml activated PRP` of a study of cells."""
    last = amount.end + len(amount.counted) + 4
    inside = [m for m in mentions if amount.start <= m.start < last]
    if not inside or any(m.own for m in inside):
        return False
    classes = {
        scene.vocabulary.terms[m.owner].agent_class for m in inside if m.owner in scene.vocabulary.terms
    }
    return bool(classes) and scene.product.agent_class not in classes


def _close(scene: Scene, mentions: list[Mention], amount: Amount) -> bool:
    return any(m.own and _distance(m, amount) < 12 for m in mentions)


def _touches(mentions: list[Mention], amount: Amount) -> bool:
    """Whether the product's name is the next words after an amount: `1 million cells/kg SF-MSC-EX`."""
    after = [m for m in mentions if m.start >= amount.end]
    return bool(after) and after[0].start <= amount.end + 12 and after[0].own


def _strength_in_percent(scene: Scene, amount: Amount, before: str) -> str:
    """`10% lotion`, `10 % PEP`: a share of the product in what is applied."""
    words = amount.counted
    if not words or OTHER_STUFF.search(words) or OTHER_STUFF.search(before[-24:]):
        return ""
    near = _mentions(scene, amount.start - 60, amount.end + 30)
    if any(m.own and amount.end - 1 <= m.start <= amount.end + 12 for m in near):
        return "strength"
    applied = FORM.match(words) and GIVES.search(before)
    return "strength" if applied or (FORM.search(words) and any(m.own for m in near)) else ""


def _volume(
    scene: Scene, zone: Zone, amount: Amount, before: str, after: str, mentions: list[Mention], own: bool
) -> str:
    words = amount.counted or FIRST_WORDS.split(after[:24])[0]
    after_it = [m for m in mentions if m.start >= amount.end]
    follows = any(m.own and m.start <= after_it[0].start + 16 for m in after_it if m.start <= amount.end + 30)
    precedes = any(m.own and 0 <= amount.start - m.end <= 12 for m in mentions)
    carrier = bool(CARRIER.search(before[-40:]))
    if TAKEN_AFTER.match(after):
        return ""
    if TAKEN_BEFORE.search(before[-160:]):
        return ""
    stuff = OTHER_STUFF.search(words) is not None
    if stuff and own and ASPIRATE.search(words) and GIVEN_OF.search(before[-48:]):
        return "either"  # "application of 9 ml of autologous bone marrow aspirate in the joint"
    if OUT_OF.search(before[-40:]) and not re.match(r"\s?to\b", after):
        return ""
    if not follows and _foreign(scene, mentions, amount):
        return ""
    if amount.quantity.per in ("{cells}", "{vial}") or OTHER_STUFF.search(before[-16:]):
        return ""
    if stuff:
        return "diluent" if carrier and (own or zone.tier == "said") else ""
    if follows or (precedes and not carrier):
        return "dose"
    if carrier:
        return "volume" if own or zone.tier == "said" else ""
    near = any(m.own for m in mentions)
    gives = GIVES.search(before[-140:]) or GIVES.search(after[:40])
    if own and (gives or near or len(before.strip()) < 12):
        return "either"
    if zone.tier == "near" and not amount.counted and EACH_TIME.search(before[-48:]):
        return "either"  # "9 to 18 injections (0.5 to 1.0 mL each)"
    if zone.tier in ("near", "rest") and GIVEN_AFTER.match(after):
        return "either"  # "Approximately 6 mL of micro-fragmented adipose will be injected"
    return "either" if near and gives else ""


def _names_a_drug(scene: Scene, before: str, mentions: list[Mention], amount: Amount) -> bool:
    """Whether the words right before an amount name something that is no agent of ours: `IL-2 (720,000 IU/kg`."""
    tail = scene.text.text[amount.start - len(before[-60:]) : amount.start]
    drug = SOME_DRUG.search(tail)
    if drug is None or drug[1].lower() in NO_DRUG:
        return False
    start = amount.start - len(tail) + drug.start(1)
    return not any(m.start < start + len(drug[1]) and start < m.end for m in mentions)


def further_doses(
    scene: Scene, zone: Zone, amounts: tuple[Amount, ...], starts: list[int], doses: list[Place]
) -> list[Place]:
    """Amounts in the unit of a dose that is known, in a sentence that tells how doses are given or changed.

    `Epoetin alfa 150 units/kg. ... The dose may be raised gradually to 300 units per kilogram.`
    """
    known = {(p.amount.quantity.kind, p.amount.quantity.per) for p in doses}
    taken = {p.amount.start for p in doses}
    text = scene.shared.low
    found = []
    for place in range(bisect_left(starts, zone.start), len(amounts)):
        amount = amounts[place]
        if amount.start >= zone.end:
            break
        if impossible(amount):
            continue
        if (amount.quantity.kind, amount.quantity.per) not in known or amount.start in taken:
            continue
        if amount.quantity.kind not in ("activity", "mass", "protein"):
            continue
        first, last = max(zone.start, amount.start - 240), min(zone.end, amount.end + 160)
        before, after = text[first : amount.start], text[amount.end : last]
        mentions = _mentions(scene, first, last)
        if not CHANGED.search(before[-120:]) or _barred(zone, amount, before, after):
            continue
        if OTHER_STUFF.search(before[-40:]) or _foreign(scene, mentions, amount):
            continue
        named = any(word not in GENERIC for word in amount.counted.split())
        if not named and not _names_a_drug(scene, before, mentions, amount):
            found.append(Place(amount, zone, "dose"))
    return found


def _barred(zone: Zone, amount: Amount, before: str, after: str) -> bool:
    """Whether the words around an amount tell of animals, earlier studies, results, blood or a harvest."""
    quantity = amount.quantity
    if ELSEWHERE.search(f"{before} {after}") or quantity.per == "L":
        return True
    if quantity.per == "mL" and quantity.per_value == 100.0 and quantity.kind not in COUNTED_KINDS:
        return True  # "haemoglobin 13 g/dL"
    if zone.tier not in ("intervention", "arm") and RESULT.search(f"{before} {after}"):
        return True
    if (
        quantity.kind != "cell_equivalents"
        and TAKEN.search(before[-80:])
        and not DOSE_OF.search(before[-48:])
    ):
        return True
    return quantity.per == "mL" and BLOOD_COUNT.search(before[-80:]) is not None


def _weighed(
    scene: Scene, zone: Zone, amount: Amount, before: str, mentions: list[Mention], own: bool
) -> bool:
    """Whether a mass or activity is the product's: named beside it, or the zone is the product's alone."""
    if scene.product.agent_class in ("other_cell", "prp") and amount.quantity.per in ("kg", "m2"):
        return False  # cells and plasma are counted or measured, drugs weighed over the body
    own_end = max((m.end for m in mentions if m.own and m.end <= amount.start), default=0)
    between = before[-max(0, min(24, amount.start - own_end)) :] if own_end < amount.start else ""
    if OTHER_STUFF.search(amount.counted) or OTHER_STUFF.search(between):
        return False  # "placebo, 2) rHuEPO (5,000 IU)" is of the name that stands between
    if _close(scene, mentions, amount):
        return True
    if _foreign(scene, mentions, amount):
        return False
    if _names_a_drug(scene, before, mentions, amount):
        return False
    if any(word not in GENERIC for word in amount.counted.split()):
        return False  # something else is weighed, or nobody can tell
    near = any(m.own and _distance(m, amount) < 80 for m in mentions)
    if own and not zone.shared:
        return near or bool(GIVES.search(before[-60:])) or not before.strip()
    return near and (zone.tier in ("said", "title", "arm") or bool(GIVES.search(before)))


def impossible(amount: Amount) -> bool:
    """Whether an amount cannot be true (10^40 particles)."""
    return any(flag.startswith(IMPOSSIBLE) for flag in amount.flags)
