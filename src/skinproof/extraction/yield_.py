"""Yield: how much came out of how much: particles, protein or cells per cell, per mL of medium or fluid, per tissue.

Reads "2 x 10^9 particles per 10^6 cells" and "1*10^7 cells from 300 ml of lipoaspirate"; not "2 x 10^8 vesicles/3 mL"
of saline, which is a dose, and not "EVs from 1 x 10^7 MSCs", which gives no amount of what came out.

Source: MISEV2018, amounts are to be given per starting amount (as tabled in PMC9465297, table 3).
"""

import re

from skinproof.extraction.letters import needs, small
from skinproof.extraction.numbers import find_numbers, value_of
from skinproof.extraction.scene import Scene
from skinproof.extraction.statements import Hit, hits
from skinproof.model.findings import Finding, Quantity, Reading

RULE = "yield/1"

_TIERS = ("intervention", "arm", "said", "near", "rest")
_NOT_ASKED = frozenset({"growth_factor", "peptide", "mirna", "mrna", "pdrn", "other", "prp"})
_NEED = needs(
    "medium",
    "media",
    "supernatant",
    "cells",
    "lipoaspirate",
    "tissue",
    "aspirate",
    "plasma",
    "milk",
    "yield",
)
_BEGINNINGS = needs("per", "from", "out of", "/")
_SCALE = r"(?:million|billion|mln|thousand)"
_IN = small(
    r"(?:\bper\b|\bfrom\b|\bout of\b|/)\s{0,2}(?P<many>(?:about |approximately |every |each |one |a )?"
    rf"[\d.,]{{0,12}}(?:\s?[x×*]\s?10)?(?:\s?\^?\(?\d{{1,2}}\)?|[⁰¹²³⁴⁵⁶⁷⁸⁹]{{1,2}})?\s?{_SCALE}?\s?)"
    r"(?P<what>(?:m[ll]|l|lit(?:er|re)s?|millilit(?:er|re)s?|cc)s?\s(?:of )?(?:the )?(?:\w{1,14} ){0,2}"
    r"(?:medium|media|supernatants?|lipoaspirates?|aspirates?|plasma|milk|blood|cm)\b|"
    r"(?:(?:producer|producing|seeded|viable|cultured|parent|source|uc-|ad-|bm-)?\s?(?:mscs?|cells?))\b|"
    r"(?:g|grams?|kg)\s(?:of )?(?:\w{1,14} ){0,2}(?:tissue|fat|cord|placenta|plant|leaves|roots?)\b)"
)
_OUT = small(
    r"\s{0,2}(?:[µμu]g|mg|ng|mcg)?\s?(?:of )?(?:\w{1,14} )?(?P<what>particles?|vesicles?|exosomes?|evs?|protein|cells?|"
    r"mscs?|ascs?|adscs?)\b"
)
_WEIGHT = small(r"\s{0,2}(ng|[µμu]g|mcg|mg)\b")
_PER = {"m": "mL", "c": "mL", "l": "L", "g": "g", "k": "kg"}
_BACK = 70


def read(scene: Scene) -> Finding:
    """The finding on yield; each statement of an amount per starting amount is one reading."""
    if scene.product.role == "measured":
        return scene.not_applicable("yield", RULE, "only measured in samples, not made")
    if scene.product.agent_class in _NOT_ASKED:
        return scene.not_applicable("yield", RULE, "yield is asked of vesicles, media and cells")
    found: dict[str, Reading] = {}
    for hit in hits(scene, _IN, *_TIERS, need=_NEED, starts=_BEGINNINGS):
        reading = _reading(scene, hit)
        if reading is not None and len(found) < 6:
            found.setdefault(reading.value, reading)
    if found:
        return scene.reported("yield", RULE, "an amount per starting amount is given", *found.values())
    return scene.not_reported("yield", RULE, *_TIERS)


def _reading(scene: Scene, hit: Hit) -> Reading | None:
    text = scene.shared.low
    first = max(hit.start, hit.match.start() - _BACK)
    before = text[first : hit.match.start()]
    per = _PER.get(hit.match["what"].lstrip()[:1], "") if not _is_cells(hit.match["what"]) else "{cells}"
    for number in reversed(find_numbers(before)):
        out = _OUT.match(before, number.end)
        if out is None:
            continue
        between = before[out.end() :]
        if len(between) > 40 or any(sign in between for sign in ".;:"):
            return None
        quantity = _quantity(value_of(number.readings[0]), out, before[number.end :], per, hit.match["many"])
        if quantity is None or _same(quantity.kind, per):
            return None
        start = first + number.start
        quote = " ".join(scene.text.text[start : hit.match.end()].split())
        reason = f"an amount that came out of a starting amount ({hit.zone.tier})"
        return scene.reading(
            quote[:120],
            [(start, hit.match.end())],
            RULE,
            reason,
            quantity=quantity,
            arms=scene.arm_labels(hit.zone),
        )
    return None


def _is_cells(what: str) -> bool:
    return what.strip().endswith(("cell", "cells", "msc", "mscs"))


def _same(kind: str, per: str) -> bool:
    """Cells per cells is no yield: "5 x 10^6 cells from 1 x 10^6 MSCs" is an expansion."""
    return kind == "cells" and per == "{cells}"


def _quantity(value: float, out: re.Match[str], after: str, per: str, many: str) -> Quantity | None:
    weight = _WEIGHT.match(after)
    what = out["what"]
    if weight:
        scale = {"ng": 1e-3, "mg": 1e3}.get(weight[1], 1.0)
        kind, value = ("protein" if what == "protein" else "mass"), value * scale
    elif what == "protein":
        return None
    else:
        kind = "cells" if what.startswith(("cell", "msc", "asc", "adsc")) else "particles"
    if not 0 < value <= 1e20:
        return None
    numbers = find_numbers(many)
    over = value_of(numbers[0].readings[0]) if numbers else 1.0
    if not 0 < over <= 1e15 or not per:
        return None
    return Quantity(kind=kind, low=value, high=value, per=per, per_value=over)
