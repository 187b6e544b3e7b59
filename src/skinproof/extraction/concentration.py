"""How strong the product is: amount per mL or per gram, or per cent; else the dose over the volume it is given in.

Reads: `1×10^11 particles/ml`, `10% lotion`, `50μg MSC-Exo in 10μl PBS`. Must not read: `0.9% NaCl`, `4 mg/mL lidocaine`,
`2.5 x 10^9/L` of a blood count.
"""

from skinproof.extraction.dose import read_doses, readings_of
from skinproof.extraction.scene import Scene
from skinproof.extraction.whose import Place
from skinproof.model.findings import Finding

RULE = "concentration/1"
NAME = "concentration"

GIVEN_IN = "volume it is given in"


def read(scene: Scene) -> Finding:
    """The concentration finding of a product."""
    if scene.product.role == "measured":
        return scene.not_applicable(NAME, RULE, "the vesicles are only measured, not given")
    found = read_doses(scene)
    over = [place for place in found.doses if place.amount.quantity.per in ("mL", "g")]
    stated = [*found.strengths, *over]
    volumes = [place for place in found.volumes if _beside(place, (*found.doses, *found.strengths))]
    readings = (
        *readings_of(scene, stated, RULE),
        *readings_of(scene, volumes, RULE, {p.amount.start: (GIVEN_IN,) for p in volumes}),
    )
    if stated:
        return scene.reported(NAME, RULE, "an amount per volume, per gram or per cent is stated", *readings)
    if volumes:
        return scene.reported(NAME, RULE, "the dose and the volume it is given in are stated", *readings)
    return scene.not_reported(NAME, RULE, "intervention", "arm", "title", "said", "near", "rest")


def _beside(volume: Place, amounts: tuple[Place, ...]) -> bool:
    """Whether a volume stands beside a dose or a strength of the product: within 160 characters of one field."""
    return any(
        place.zone.field == volume.zone.field
        and place.amount.quantity.kind != "volume"
        and abs(place.amount.start - volume.amount.start) <= 160
        for place in amounts
    )
