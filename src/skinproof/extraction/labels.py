"""Facts under a label of their own: "Cell source: plasma.", "Donor: autologous"."""

import re
from collections.abc import Iterator

from skinproof.extraction.scene import Scene, Zone
from skinproof.model.findings import Reading
from skinproof.tagging.matcher import Match

_TIERS = ("intervention", "arm", "said", "near")
_LABELS = {
    "source": re.compile(r"\b(?:cell |tissue )?source\s{0,2}:\s{0,2}(?P<said>[^.;:\n]{2,60})", re.IGNORECASE),
    "donor": re.compile(r"\bdonor(?: relation)?\s{0,2}:\s{0,2}(?P<said>[^.;:\n]{2,60})", re.IGNORECASE),
}
_LETTERS = {"source": "ource", "donor": "onor"}


def labelled(scene: Scene, kind: str) -> Iterator[tuple[Match, Zone]]:
    """The forms of a vocabulary kind behind its label, with the zone they stand in, closest zone first.

    Reads "Cell source: plasma." -> plasma. Must not: "Cell source: not reported." -> nothing.
    """
    if _LETTERS[kind] not in scene.text.text:
        return
    for zone in scene.within(*_TIERS):
        for label in _LABELS[kind].finditer(scene.words(zone)):
            start, end = zone.start + label.start("said"), zone.start + label.end("said")
            for match in scene.found(kind, Zone(start, end, zone.field, zone.tier)):
                yield match, zone


def under_a_label(scene: Scene, kind: str, rule: str) -> tuple[Reading, ...]:
    """A reading of each value behind the label, once."""
    by_value: dict[str, Reading] = {}
    for match, zone in labelled(scene, kind):
        value = match.owner.partition(":")[2]
        reading = scene.reading(
            value,
            [(match.start, match.end)],
            rule,
            "named under a label of its own",
            arms=scene.arm_labels(zone),
        )
        by_value.setdefault(value, reading)
    return tuple(by_value.values())
