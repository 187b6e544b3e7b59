"""Reads the aid a preparation is given with: needling, laser, device, carrier, a dressing over it.

Reads: "fractional CO2 laser followed by topical exosomes" -> ablative_laser, flagged as before the product.
Must not: "PRP was compared with fractional CO2 laser" -> nothing.
"""

import re
from collections.abc import Iterator
from itertools import islice

from skinproof.extraction.letters import small
from skinproof.extraction.making import of_others
from skinproof.extraction.route_words import STEMS
from skinproof.extraction.scene import Scene, Zone
from skinproof.extraction.stems import Stems
from skinproof.model.findings import Finding, Reading

RULE = "delivery/1"

_TIERS = ("intervention", "arm", "title", "said", "near")
_MOST = 150
_AIDS = frozenset({
    "laser", "fractional_laser", "ablative_laser", "non_ablative_laser", "pulsed_dye_laser", "pigment_laser", "ipl",
    "low_level_light", "radiofrequency", "rf_microneedling", "ultrasound_device", "plasma_device",
    "needling", "mesotherapy", "dermabrasion", "peel", "subcision", "iontophoresis", "dressing",
    "hydrogel", "scaffold", "fat_grafting", "skin_grafting", "negative_pressure",
    "hair_transplantation",
})  # fmt: skip
"""Procedures of the vocabulary that carry, open the way for, or cover a product."""

_COVERED = small(
    r"cover|wrap|occlu|over\b|applied (?:on|over)|then\b|after|bandag|gauze|secondary|fix",
)
_ELSEWHERE = small(
    r"membrane peel|ilm peel|limiting membrane|compressive dressing|for later dressing",
)
_MATTER = ("fibrin_glue", "hyaluronic_acid")
"""Carriers that may be a rival or a filler: they count only where the product is named beside them."""
_CARRIERS = re.compile(
    r"(?P<fibrin_glue>fibrin (?:glue|sealant|gel|hydrogel|spray)|tisseel|evicel)"
    r"|(?P<hyaluronic_acid>hyaluronic acid|hyaluronate|hyaluronan)|(?P<cannula>(?:blunt |micro-?)?cannula)"
    r"|(?P<mesogun>meso-?gun)|(?P<ultrasound_guidance>ultrasound[- ]guid(?:ed|ance))"
    r"|(?P<nebulizer>nebuli[sz]er|atomi[sz]er)"
    r"|(?P<needle>insulin syringe|\d{2}[- ]?(?:(?-i:G)\b(?!/)|gauge\b)(?: needle)?)|(?P<catheter>catheter)\b",
    re.IGNORECASE,
)
_CARRIER_STEMS = Stems(
    {
        "carrier": "fibrin, tisseel, evicel, hyaluron, blunt cannula, cannula, microcannula, "
        "micro-cannula, mesogun, meso-gun,"
        "ultrasound-guid, ultrasound guid, nebuli, atomi, insulin syringe, catheter,"
        + ",".join(str(size) for size in range(14, 35))
    }
)
_SIDE_BY_SIDE = small(
    r"\bversus\b|\bvs\b|\bcompar(?:ed|ing|ison|e)\b|\balone\b|\bonly\b|\bor\b|\bcontrol\b|instead"
    r"|rather than|without|other side|superior|unlike",
)
_JOINED = small(
    r"\bwith\b|\+|\bplus\b|\bcombin|\bfollow|\bafter\b|\bbefore\b|\bprior\b|\band\b|\bvia\b|\bthrough\b"
    r"|\bby\b|\busing\b|\bassist|\bin\b|\bunder\b|\bthen\b|\bcover"
    r"|\bimmediately\b|\bwrap|&|/",
)
_FIRST = small(
    r"followed by|following|\bthen\b|and then|immediately after|after (?:the )?$|\bafterwards?\b"
    r"|\bprior to\b|\bbefore\b|\bafter\b",
)


def read(scene: Scene) -> Finding:
    """The aids used with the product, flagged "before the product" or "after the product" where said.

    Reads: "microneedling plus topical PRP" -> needling.
    Must not: "liposuction under tumescent anesthesia with a cannula" -> nothing.
    """
    if scene.product.role == "measured":
        return scene.not_applicable("delivery", RULE, "only measured in samples, not given to anyone")
    readings: dict[str, Reading] = {}
    for zone in scene.within(*_TIERS):
        for value, start, end in islice(_aids(scene, zone), _MOST):
            if value in readings or not _with_product(scene, zone, value, start, end):
                continue
            flags = _timing(scene, zone, value, start, end)
            readings[value] = scene.reading(
                value,
                [(start, end)],
                RULE,
                "used together with the product",
                arms=scene.arm_labels(zone),
                flags=flags,
            )
    if not readings:
        return scene.not_reported("delivery", RULE, *_TIERS)
    return scene.reported("delivery", RULE, "an aid is named together with the product", *readings.values())


def _aids(scene: Scene, zone: Zone) -> Iterator[tuple[str, int, int]]:
    text = scene.text.text
    taken: list[tuple[int, int]] = []
    stems = _CARRIER_STEMS.places(text)["carrier"]
    for start, _ in islice(stems.within(zone.start, zone.end), _MOST):
        found = _CARRIERS.match(text, start, zone.end)
        if found and not _is_product(scene, found.start(), found.end()):
            taken.append(found.span())
            yield str(found.lastgroup), found.start(), found.end()
    for match in scene.found("procedure", zone)[:_MOST]:
        value = match.owner.partition(":")[2]
        overlaps = any(start < match.end and match.start < end for start, end in taken)
        if value in _AIDS and not overlaps and not _is_product(scene, match.start, match.end):
            yield value, match.start, match.end


def _is_product(scene: Scene, start: int, end: int) -> bool:
    """Whether the words are the product's own name ("nanofat grafting", "fibroblast scaffold")."""
    own = set(scene.product.agents)
    around = Zone(max(0, start - 60), end + 60, 0, "said")
    return any(m.owner in own and m.start < end and start < m.end for m in scene.found("agent", around))


def _with_product(scene: Scene, zone: Zone, value: str, start: int, end: int) -> bool:
    """Whether an aid goes with the product: not with control, numbing or harvest, and not as its rival."""
    text = scene.shared.low
    if of_others(scene, zone, start, end):
        return False
    first, last = max(zone.start, start - 60), min(zone.end, end + 60)
    if _ELSEWHERE.search(text, max(zone.start, start - 30), min(zone.end, end + 20)):
        return False
    places = STEMS.places(text)
    if places["numbing"].any_within(first, last) or places["taking"].any_within(first, last):
        return False
    own = set(scene.product.agents)
    gaps = []
    for match in scene.found("agent", zone)[:_MOST]:
        if match.owner in own:
            gaps.append(
                (max(0, match.start - end, start - match.end), min(match.end, end), max(match.start, start))
            )
    if not gaps:
        return (
            value not in _MATTER
            and zone.tier in ("intervention", "arm")
            and not _SIDE_BY_SIDE.search(text, max(zone.start, start - 40), min(zone.end, end + 30))
        )
    gap, left, right = min(gaps)
    if gap > 160:
        return False
    between = text[left:right] if left < right else ""
    return not _SIDE_BY_SIDE.search(between) and bool(_JOINED.search(between) or gap <= 3)


def _timing(scene: Scene, zone: Zone, value: str, start: int, end: int) -> tuple[str, ...]:
    """Whether the aid came before or after the product, where the words between them tell."""
    text = scene.shared.low
    if value == "dressing":
        covered = _COVERED.search(text, max(zone.start, start - 60), min(zone.end, end + 40))
        return ("over the product",) if covered else ()
    own = set(scene.product.agents)
    near = [m for m in scene.found("agent", zone)[:_MOST] if m.owner in own]
    if not near:
        return ()
    match = min(near, key=lambda m: max(0, m.start - end, start - m.end))
    if match.start >= end:
        told = _FIRST.search(text, end, match.start)
        order = ("before the product", "after the product")
    else:
        told = _FIRST.search(text, match.end, start)
        order = ("after the product", "before the product")
    if told is None:
        return ()
    word = told[0].lower().strip()
    turned = word in ("after", "after the", "following")
    return (order[1] if turned else order[0],)
