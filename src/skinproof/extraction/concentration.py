"""How strong the product is: amount per mL or per gram, or per cent; else the dose over the volume it is given in.

Reads: `1×10^11 particles/ml`, `10% lotion`, `50μg MSC-Exo in 10μl PBS`. Must not read: `0.9% NaCl`, `4 mg/mL lidocaine`,
`2.5 x 10^9/L` of a blood count.
"""

from collections.abc import Sequence
from itertools import product

import msgspec

from skinproof.extraction.dose import read_doses, readings_of
from skinproof.extraction.quantities import quantity_text
from skinproof.extraction.scene import Scene
from skinproof.extraction.whose import Place
from skinproof.model.findings import Finding, Reading

RULE = "concentration/2"
NAME = "concentration"

GIVEN_IN = "the dose over the volume it is given in"
_NEAR = 160


def read(scene: Scene) -> Finding:
    """The concentration finding of a product."""
    if scene.product.role == "measured":
        return scene.not_applicable(NAME, RULE, "the vesicles are only measured, not given")
    found = read_doses(scene)
    over = [place for place in found.doses if place.amount.quantity.per in ("mL", "g")]
    stated = [*found.strengths, *over]
    made = _over_volume(scene, found.doses, found.volumes)
    readings = (*readings_of(scene, stated, RULE), *made)
    if stated:
        return scene.reported(NAME, RULE, "an amount per volume, per gram or per cent is stated", *readings)
    if made:
        return scene.reported(NAME, RULE, "the dose and the volume it is given in are stated", *readings)
    return scene.not_reported(NAME, RULE, "intervention", "arm", "title", "said", "near", "rest")


def _over_volume(scene: Scene, doses: Sequence[Place], volumes: Sequence[Place]) -> tuple[Reading, ...]:
    """Each fixed dose over the volume beside it, one reading per pair of amounts."""
    found: dict[str, Reading] = {}
    for dose, volume in _pairs(scene, doses, volumes):
        over = volume.amount.quantity
        quantity = msgspec.structs.replace(dose.amount.quantity, per="mL", per_value=over.low)
        value = quantity_text(quantity)
        if value not in found:
            places = [(place.amount.start, place.amount.end) for place in (dose, volume)]
            flags = (GIVEN_IN, *dose.amount.flags)
            arms = scene.arm_labels(dose.zone)
            found[value] = scene.reading(
                value, places, RULE, GIVEN_IN, quantity=quantity, arms=arms, flags=flags
            )
    return tuple(found.values())


def _pairs(scene: Scene, doses: Sequence[Place], volumes: Sequence[Place]) -> list[tuple[Place, Place]]:
    """Which dose stands in which volume: in one sentence one volume serves all doses, equal numbers go in order."""
    fixed = [
        p for p in doses if p.amount.quantity.kind != "volume" and p.amount.quantity.per in ("", "{dose}")
    ]
    single = [
        v for v in volumes if not v.amount.quantity.per and v.amount.quantity.low == v.amount.quantity.high
    ]
    sentences: dict[tuple[int, int], tuple[list[Place], list[Place]]] = {}
    for volume in single:
        sentences.setdefault(scene.sentence(volume.amount.start), ([], []))[1].append(volume)
    for dose in fixed:
        for (start, end), (beside, inside) in sentences.items():
            if start <= dose.amount.start < end and _close(dose, inside):
                beside.append(dose)
    pairs: list[tuple[Place, Place]] = []
    for beside, inside in sentences.values():
        if len(inside) == 1:
            pairs += product(beside, inside)
        elif len(beside) == len(inside):
            pairs += zip(beside, inside, strict=True)
    return pairs


def _close(dose: Place, volumes: Sequence[Place]) -> bool:
    return any(abs(dose.amount.start - volume.amount.start) <= _NEAR for volume in volumes)
