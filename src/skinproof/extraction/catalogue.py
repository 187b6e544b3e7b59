"""Every fact that is read of a preparation, in the order it is shown, with the function that reads it."""

from collections.abc import Callable
from typing import NamedTuple

from skinproof.extraction import (
    basis,
    concentration,
    culture,
    delivery,
    donor,
    dose,
    markers,
    potency,
    purity,
    reporting_words,
    route,
    schedule,
    separation,
    size,
    source,
    species,
    storage,
    yield_,
)
from skinproof.extraction.scene import Scene
from skinproof.model.findings import Finding


class Fact(NamedTuple):
    """One fact: its name in tables, the label readers see, what it tells, who reads it, under which rule."""

    name: str
    label: str
    tells: str
    read: Callable[[Scene], Finding]
    rule: str


FACTS: tuple[Fact, ...] = (
    Fact("source", "Source", "tissue, cell or fluid it was made from", source.read, source.RULE),
    Fact("species", "Species", "species it comes from", species.read, species.RULE),
    Fact(
        "donor",
        "Donor",
        "whose it is: the patient's, another person's, of an animal or a plant",
        donor.read,
        donor.RULE,
    ),
    Fact(
        "culture",
        "Culture",
        "how the cells were grown: medium, oxygen, vessel, priming, passage",
        culture.read,
        culture.RULE,
    ),
    Fact(
        "separation",
        "Separation",
        "steps by which the product was separated",
        separation.read,
        separation.RULE,
    ),
    Fact("size", "Size", "diameter of the particles, with statistic and method", size.read, size.RULE),
    Fact(
        "purity",
        "Purity",
        "particles per µg protein, viability, purity in per cent, release tests",
        purity.read,
        purity.RULE,
    ),
    Fact("markers", "Markers", "proteins shown to be there or absent", markers.read, markers.RULE),
    Fact("storage", "Storage", "how the product is preserved and kept", storage.read, storage.RULE),
    Fact("dose", "Dose", "amount per administration, one for each level", dose.read, dose.RULE),
    Fact(
        "concentration",
        "Concentration",
        "amount per mL, per gram or per cent, or the volume it is given in",
        concentration.read,
        concentration.RULE,
    ),
    Fact("basis", "Basis", "what the dose is per: kg, cm2, site, eye", basis.read, basis.RULE),
    Fact(
        "schedule", "Schedule", "how often, how many, how long, on which days", schedule.read, schedule.RULE
    ),
    Fact("route", "Route", "how it is given", route.read, route.RULE),
    Fact(
        "delivery", "Delivery", "needling, laser, carrier or cover used with it", delivery.read, delivery.RULE
    ),
    Fact("yield", "Yield", "amount that came out of a starting amount", yield_.read, yield_.RULE),
    Fact("potency", "Potency", "test of what the product does", potency.read, potency.RULE),
    Fact(
        "reporting",
        "Reporting",
        "controls, images, amounts of source and data that the record tells of",
        reporting_words.read,
        reporting_words.RULE,
    ),
)
