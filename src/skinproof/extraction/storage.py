"""Reads how a preparation is preserved and kept: frozen, freeze-dried, dehydrated, cold, fresh, from a bank.

Reads: "the wounds in the experimental group apply stem cell-derived lyophilized powder" -> freeze_dried.
Must not: "bone biopsies will be stored in 4% formaldehyde" -> nothing.

Source: MISEV2023, storage and stability (DOI 10.1002/jev2.12404).
"""

import re
from itertools import islice

from skinproof.extraction.letters import small
from skinproof.extraction.making import of_assay, of_others
from skinproof.extraction.scene import Scene, Zone
from skinproof.model.findings import Finding, Reading
from skinproof.tagging.matcher import Match

RULE = "storage/2"

_TIERS = ("intervention", "arm", "title", "said", "near", "rest")
_MOST = 400
_COLD = small(
    r"(?:stored|kept|frozen|cryopreserved|preserved|maintained|transported"
    r"|storage)\b[^.;\n]{0,40}?(?P<degrees>[-\u2212\u2013]?\s?\d{1,3}(?:\s?(?:-|to"
    r"|\u2013)\s?\d{1,2})?)\s?(?:°|º|o|degrees?)\s?C\b",
)
_DEGREES = ("°", "º", "egree", "oC", "o C")
_SAMPLES = small(
    r"biops(?:y|ies)|formaldehyde|formalin|\brna|samples?\b|urine|serum\b(?! albumin)|for (?:later|further) analys"
    r"|bone flap|until (?:analysis|assay)|stool|tears|sperm|embryo"
    r"|oocyte|xenograft|cord blood bank|(?:stored|frozen|lyophili[sz]ed|thawed) antibod|reagent|questionnaire|tubes? (?:were|will be) stored",
)


def read(scene: Scene) -> Finding:
    """How the product is preserved and kept, in the order of the text.

    Reads: "Cryopreserved cell suspension of early passages" -> cryopreserved.
    Must not: "frozen sections" -> nothing.
    """
    readings: dict[str, Reading] = {}
    text = scene.text.text
    degrees = any(sign in text for sign in _DEGREES)
    if not degrees and not scene.matches.get("storage"):
        return _finding(scene, readings)
    for zone in scene.within(*_TIERS):
        for match in scene.found("storage", zone)[:_MOST]:
            value = match.owner.partition(":")[2]
            if value not in readings and _counts(scene, zone, match):
                readings[value] = scene.reading(
                    value, [(match.start, match.end)], RULE, "said of the product"
                )
        if not degrees or all(text.find(sign, zone.start, zone.end) < 0 for sign in _DEGREES):
            continue
        for found in islice(_COLD.finditer(scene.shared.low, zone.start, zone.end), _MOST):
            value = _by_degrees(found["degrees"])
            if value not in readings and _counts(scene, zone, Match(found.start(), found.end(), "")):
                readings[value] = scene.reading(value, [found.span()], RULE, "told by the temperature")
    return _finding(scene, readings)


def _finding(scene: Scene, readings: dict[str, Reading]) -> Finding:
    if scene.product.role == "measured":
        return scene.not_applicable("storage", RULE, "only measured in samples, not given to anyone")
    if not readings:
        return scene.not_reported("storage", RULE, *_TIERS)
    return scene.reported("storage", RULE, "said how it is preserved or kept", *readings.values())


def _counts(scene: Scene, zone: Zone, match: Match) -> bool:
    text = scene.shared.low
    first, last = max(zone.start, match.start - 90), min(zone.end, match.end + 60)
    if _SAMPLES.search(text, first, last):
        return False
    return not of_others(scene, zone, match.start, match.end) and not of_assay(
        scene, zone, match.start, match.end
    )


def _by_degrees(words: str) -> str:
    """frozen below zero, hypothermic up to 10, room_temperature above."""
    cold = words.lstrip()[:1] in "-\u2212\u2013"
    first = re.search(r"\d{1,3}", words)
    degrees = int(first[0]) if first else 0
    if cold:
        return "cryopreserved" if degrees > 120 else "frozen"
    return "hypothermic" if degrees <= 10 else "room_temperature"
