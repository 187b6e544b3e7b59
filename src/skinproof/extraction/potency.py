"""Potency: a test of what the product does, named where the product is described.

Reads "each lot is released on a T-cell suppression assay"; not "multipotency", not "sexual potency", and not a test
among the outcomes that patients are followed with.

Source: MISEV2023 (10.1002/jev2.12404), chapter on functional studies; wording common in trial records.
"""

from skinproof.extraction.letters import small
from skinproof.extraction.scene import Scene
from skinproof.extraction.statements import MOST, is_general, is_tied, sentence_text
from skinproof.model.findings import Finding, Reading

RULE = "potency/1"

_TIERS = ("intervention", "arm", "said", "near", "rest")
_PATIENT = small(
    r"blood samples?|peripheral blood|from (?:the )?(?:patients|subjects|participants|recipients)|periodically|"
    r"will be seen|at (?:month|week|day|visit) \d|follow-?up"
)
_NOT_ASKED = {"prp": "platelet products are made at the bedside and given at once"}


def read(scene: Scene) -> Finding:
    """The finding on tests of potency; each test named is one reading."""
    if scene.product.role == "measured":
        return scene.not_applicable("potency", RULE, "only measured in samples, not given for what it does")
    if scene.product.agent_class in _NOT_ASKED:
        return scene.not_applicable("potency", RULE, _NOT_ASKED[scene.product.agent_class])
    places = scene.matches.get("potency", ())[:MOST]
    found: dict[str, Reading] = {}
    for start, end, owner in places:
        zone = scene.zone_at(start)
        if zone is None or zone.tier not in _TIERS or end > zone.end:
            continue
        words = sentence_text(scene, *scene.sentence(start), start)
        near = zone.tier in ("intervention", "arm")
        if is_general(words) or not (near or (is_tied(words) and not _PATIENT.search(words))):
            continue
        value = owner.partition(":")[2]
        reason = f"a test of what the product does is named ({zone.tier})"
        arms = scene.arm_labels(zone)
        found.setdefault(value, scene.reading(value, [(start, end)], RULE, reason, arms=arms))
    if found:
        return scene.reported("potency", RULE, "a test of what the product does is named", *found.values())
    return scene.not_reported("potency", RULE, *_TIERS)
