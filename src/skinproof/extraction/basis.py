"""What the dose is measured against: body weight, body surface, treated area, site, eye.

Reads: `2 x 10^6 cells/kg body weight`, `1 million cells for 1 cm2 area`. Must not read: `insulin need >= 0.4 IU/kg`
of an eligibility rule.

Rule: reported where a dose of the product stands over one of these; not applicable where doses are stated and all are
fixed amounts per administration; not reported where no dose is stated.
"""

from skinproof.extraction.dose import read_doses, readings_of
from skinproof.extraction.scene import Scene
from skinproof.model.findings import Finding

RULE = "basis/2"
NAME = "basis"

BASES = frozenset(
    ("kg", "m2", "cm2", "cm3", "{site}", "{eye}", "{nostril}", "{joint}", "{injection}", "{cells}", "g")
)


def read(scene: Scene) -> Finding:
    """The basis finding of a product."""
    if scene.product.role == "measured":
        return scene.not_applicable(NAME, RULE, "the vesicles are only measured, not given")
    found = read_doses(scene)
    over = [place for place in found.doses if place.amount.quantity.per in BASES]
    if over:
        bases = ", ".join(dict.fromkeys(place.amount.quantity.per for place in over))
        return scene.reported(NAME, RULE, f"doses are stated per {bases}", *readings_of(scene, over, RULE))
    if found.doses:
        return scene.not_applicable(NAME, RULE, "every stated dose is a fixed amount per administration")
    return scene.not_reported(NAME, RULE, "intervention", "arm", "title", "said", "near", "rest")
