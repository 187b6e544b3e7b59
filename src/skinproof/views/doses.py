"""Dose points: every amount that a record states for a preparation, on the axis of its own unit kind.

A dose that stands over a stated volume ("2.0*10^8 nano vesicles/3 ml" per inhalation) is the amount given in that
volume: its point stands per administration, and the concentration that it makes stands per mL. A dose per one mL
("5 µg/mL") is only a concentration, because the volume that was given is not said.
"""

from collections.abc import Iterable, Sequence
from math import sqrt

import msgspec

from skinproof.extraction.dose import LIMIT, TOTAL
from skinproof.extraction.quantities import UNLIKELY
from skinproof.model.findings import Finding, Preparation, Quantity, Reading
from skinproof.model.preparations import PreparationRow
from skinproof.views.amounts import amount_words, in_volume, on_axis
from skinproof.views.preparations import NOT_READ, Quote, finding_of, quotes_of

AMOUNT_FACTS = ("dose", "concentration")
"""Facts whose amounts are dose points."""

DOSE_KINDS = (
    "particles", "protein", "mass", "volume", "cells", "cell_equivalents", "platelets", "rna", "lipid", "molecules",
    "fraction", "activity",
)  # fmt: skip
"""Kinds of amount that are doses, in the order in which they are shown; a diameter is none."""

COURSE = "{course}"
"""What an amount stands over that is the total of all administrations: an axis of its own, no dose of one day."""

IN_VOLUME = "amount in a stated volume: taken as what is given at once"
"""Flag of a point per administration whose words state it over a volume."""

ROUTE_NOT_SAID = ("not_reported", "not_applicable", NOT_READ)

STATED, UNCLEAR, RELATIVE, SILENT, OUT = "reported", "unclear", "relative", "not_reported", "not_asked"
"""What a preparation says of its dose: an amount; amounts that compete; levels without an amount ("1X, 2X");
nothing; or the question does not apply or was not asked. A study says the best that one of its preparations says."""
AMOUNT_STATES = (STATED, UNCLEAR, RELATIVE, SILENT, OUT)


_LEVELS = "dose levels are named"
"""How extraction.dose says that a record names levels without amounts."""


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """How many base units of `over` go with one base unit of `under`, e.g. particles with a µg of protein.

    source: who says so: a citation for a ratio given by name, the study's id and words for one it reports itself.
    """

    name: str
    over: str
    under: str
    low: float
    high: float
    source: str


class DosePoint(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One amount of one preparation, in base units of `kind` over one of `per` ("" = per administration, COURSE = all together).

    value: where it stands on the axis, the geometric middle of `low` and `high`; state: reported | unclear (one of
    several readings that compete); bound: how words limit the number; text: the amount as the record states it;
    routes: those of its arms, or `not_reported` / `unclear`; ratio: what it was converted by, if it was.
    """

    record_id: str
    number: int
    agent_class: str
    name: str
    fact: str
    kind: str
    per: str
    value: float
    low: float
    high: float
    state: str
    text: str
    routes: tuple[str, ...]
    reason: str
    quotes: tuple[Quote, ...]
    bound: str = ""
    arms: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    ratio: Ratio | None = None


def dose_points(row: PreparationRow) -> tuple[DosePoint, ...]:
    """The points of one preparation of a study."""
    return points_of(row.study.record_id, row.preparation)


def points_of(record_id: str, preparation: Preparation) -> tuple[DosePoint, ...]:
    """The points of a preparation: an amount that two facts state alike is one point, zero is no dose.

    A dose over a volume of its own stands per administration; its point per mL comes of the fact `concentration`.
    """
    found: dict[tuple[str, str, float, float, tuple[str, ...]], DosePoint] = {}
    for fact in AMOUNT_FACTS:
        finding = finding_of(preparation, fact)
        for reading in finding.readings if finding else ():
            quantity = reading.quantity
            if finding is None or quantity is None or quantity.kind not in DOSE_KINDS or quantity.high <= 0:
                continue
            point = _point(record_id, preparation, finding, reading, quantity)
            found.setdefault((point.kind, point.per, point.low, point.high, point.routes), point)
    return tuple(found.values())


def _point(
    record_id: str, preparation: Preparation, finding: Finding, reading: Reading, quantity: Quantity
) -> DosePoint:
    per, low, high = on_axis(quantity)
    flags = reading.flags
    if finding.property == "dose" and in_volume(quantity):
        per, low, high = "", quantity.low, quantity.high
        flags = (*flags, IN_VOLUME)
    if TOTAL in reading.flags and not per:
        per = COURSE
    return DosePoint(
        record_id=record_id,
        number=preparation.number,
        agent_class=preparation.agent_class,
        name=preparation.name,
        fact=finding.property,
        kind=quantity.kind,
        per=per,
        value=middle(low, high),
        low=low,
        high=high,
        state=STATED if finding.state == "reported" and not _unlikely(reading) else UNCLEAR,
        text=amount_words(quantity),
        routes=_routes_of(preparation, reading.arms),
        reason=reading.reason,
        quotes=quotes_of(reading),
        bound=quantity.bound or ("up_to" if LIMIT in reading.flags else ""),
        arms=reading.arms,
        flags=flags,
    )


def _unlikely(reading: Reading) -> bool:
    """Whether an amount lies outside what is plausible for its kind: shown hollow, and in no median."""
    return any(flag.startswith(UNLIKELY) for flag in reading.flags)


def middle(low: float, high: float) -> float:
    """The geometric middle of a range, as fits a scale of powers; the upper end where the range begins at 0."""
    if low == high or low <= 0:
        return high
    return sqrt(low) * sqrt(high)


def routes_of(preparation: Preparation) -> tuple[str, ...]:
    """Names of the routes a preparation is given by, or the one word for why there are none."""
    return _routes_of(preparation, ())


def _routes_of(preparation: Preparation, arms: Sequence[str]) -> tuple[str, ...]:
    finding = finding_of(preparation, "route")
    if finding is None:
        return (NOT_READ,)
    if finding.state != "reported":
        return (finding.state,)
    fitting = [r for r in finding.readings if not arms or not r.arms or not set(arms).isdisjoint(r.arms)]
    return tuple(dict.fromkeys(r.value for r in fitting or finding.readings)) or ("not_reported",)


def amount_state(preparation: Preparation, points: Iterable[DosePoint]) -> str:
    """What a preparation says of its dose (one of AMOUNT_STATES), given those of its points that are looked at."""
    found = {point.state for point in points}
    if found:
        return STATED if STATED in found else UNCLEAR
    findings = [f for f in (finding_of(preparation, fact) for fact in AMOUNT_FACTS) if f]
    if any(f.state == "not_reported" and f.reason.startswith(_LEVELS) for f in findings):
        return RELATIVE
    unquantified = [f for f in findings if not any(reading.quantity for reading in f.readings)]
    for state, meaning in (("unclear", UNCLEAR), ("reported", RELATIVE)):
        if any(f.state == state for f in unquantified):
            return meaning
    return SILENT if any(f.state != "not_applicable" for f in findings) else OUT
