"""Which species the cells, the tissue or the molecule of a preparation come from.

Reads: "recombinant human epidermal growth factor", "bovine milk exosomes". Must not read: "human papillomavirus",
"cultured in fetal bovine serum", "studies in murine models".
"""

import re

from skinproof.extraction.closeness import ATTACHED, SAME_PLACE, WEIGHTS, Nearness, Word, anchors
from skinproof.extraction.donor import TISSUE
from skinproof.extraction.donor import read as read_donor
from skinproof.extraction.scene import Scene
from skinproof.model.findings import Finding

NAME = "species"
RULE = "species/1"

_H = re.compile(r"r?h-?(?:[A-Z]|b-?[A-Z]|a[MF])")
"""The h of hUC-MSC, haMSC, rhEGF and rh-bFGF."""

_MADE = frozenset({"peptide", "mirna", "mrna"})
"""Made in a flask: without a word for it, no species can be asked for."""


def read(scene: Scene) -> Finding:
    """The species by vocabulary name; human also where words say that donors and patients are of one species."""
    words = [word for word in _near(scene) if _counts(scene, word)]
    if words:
        return _decide(scene, words)
    for mention in scene.mentions if scene.product.role == "measured" else anchors(scene):
        if _H.match(scene.text.text, mention.start, mention.end):
            reason = "h before the name stands for human"
            reading = scene.reading("human", [(mention.start, mention.end)], RULE, reason)
            return scene.reported(NAME, RULE, reason, reading)
    if scene.product.agent_class in _MADE:
        return scene.not_applicable(NAME, RULE, "synthetic: made, not taken from a species")
    donor = read_donor(scene)
    for reading in donor.readings:
        if reading.value in ("autologous", "allogeneic") and "inferred" not in reading.flags:
            reason = f"inferred: {reading.value} means of the species that is treated"
            place = _place(scene, reading.spans[0].field, reading.spans[0].start, reading.spans[0].end)
            found = scene.reading("human", [place], RULE, reason, flags=("inferred",))
            return scene.reported(NAME, RULE, reason, found)
    return scene.not_reported(NAME, RULE, *WEIGHTS)


def _near(scene: Scene) -> list[Word]:
    if scene.product.role == "measured":
        return list(Nearness(scene, scene.mentions).words("species"))
    near = Nearness(scene, anchors(scene, TISSUE if scene.product.agent_class == "msc" else ()))
    return list(near.words("species"))


def _counts(scene: Scene, word: Word) -> bool:
    """Whether a word speaks of the product: bound to it, or the name of a donor's species where it is described."""
    if word.background:
        return False
    if word.closeness >= ATTACHED:
        return True
    if word.owner == "species:human":
        said = scene.shared.low[word.start : word.end]
        return "donor" in said or (word.closeness > SAME_PLACE and word.zone.tier in ("intervention", "arm"))
    return word.closeness > SAME_PLACE and word.zone.tier in ("intervention", "arm")


def _decide(scene: Scene, words: list[Word]) -> Finding:
    best = max(word.weight for word in words)
    top = [word for word in words if word.weight >= best - 0.15]
    readings = []
    for owner in dict.fromkeys(word.owner for word in top):
        own = [word for word in top if word.owner == owner]
        reason = f"said of the product ({own[0].zone.tier})"
        places = [(word.start, word.end) for word in own[:3]]
        readings.append(scene.reading(owner.partition(":")[2], places, RULE, reason))
    if len(readings) == 1:
        return scene.reported(NAME, RULE, readings[0].reason, *readings)
    return scene.unclear(NAME, RULE, "said as closely: " + ", ".join(r.value for r in readings), *readings)


def _place(scene: Scene, path: str, start: int, end: int) -> tuple[int, int]:
    """Offsets of the joined text for offsets in one field."""
    field = next(i for i, known in enumerate(scene.text.fields) if known.path == path)
    return scene.text.starts[field] + start, scene.text.starts[field] + end
