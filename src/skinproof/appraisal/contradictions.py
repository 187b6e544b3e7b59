"""Where what is told of a preparation contradicts itself: flags for a reader to look at, never a verdict.

Works on preparations read of a record and on ones made from a certificate; the flags show the words that clash.

Source: bands in `presets.yml`, each with its own source; many of them nobody has checked yet.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import msgspec

from skinproof.appraisal.presets import Presets, load_presets
from skinproof.extraction.reporting_words import CELL_FREE, EXOSOME
from skinproof.model.findings import Preparation, Quantity, Reading, Span

RULE = "contradictions/2"

KINDS = (
    "large_exosome", "cell_free_with_cells", "particles_per_protein", "topical_with_intravenous_dose",
    "dose_above_route", "dose_power_of_ten", "dose_conflict", "donor_both_ways",
)  # fmt: skip
"""large_exosome                  called exosome, and a mode, median, mean or whole range above the limit
cell_free_with_cells           vesicles or medium, which hold no cells, and the dose is a number of cells
particles_per_protein          particles per µg protein below the band of a pure product
topical_with_intravenous_dose  put on the skin, in an amount as given into a vein
dose_above_route               many times the largest dose documented for the route
dose_power_of_ten              two fields differ by a power of ten
dose_conflict                  two fields give doses that do not agree
donor_both_ways                said to be the patient's own and another person's
"""

_MOST = 60
"""Amounts of one product that are held against each other; a record with more is not a dose list."""

_OTHER_NAMES = frozenset({"agent:microvesicle", "agent:apoptotic_body"})


class Contradiction(msgspec.Struct, frozen=True, kw_only=True):
    """kind: one of KINDS; message: what clashes, in plain words; spans: the words, two or more where two clash;
    preset: source of the band it was judged by, "" where none was needed.
    """

    kind: str
    message: str
    spans: tuple[Span, ...]
    preset: str = ""


class _Dose(NamedTuple):
    """A quantity per one base unit with its reading."""

    low: float
    high: float
    quantity: Quantity
    reading: Reading

    @property
    def written(self) -> str:
        unit = self.quantity.unit
        return (
            f"{self.quantity.low:g} {unit}"
            if self.low == self.high
            else (f"{self.quantity.low:g}-{self.quantity.high:g} {unit}")
        )


def contradictions(preparation: Preparation, presets: Presets | None = None) -> tuple[Contradiction, ...]:
    """The contradictions of one preparation; empty for vesicles that are only measured."""
    if preparation.role == "measured":
        return ()
    bands = presets or load_presets()
    checks: tuple[Callable[[Preparation, Presets], Iterator[Contradiction]], ...] = (
        _large_exosome, _cell_free, _ratio, _route_dose, _dose_fields, _donor,
    )  # fmt: skip
    return tuple(found for check in checks for found in check(preparation, bands))


def _readings(preparation: Preparation, *names: str) -> list[Reading]:
    return [r for f in preparation.findings if f.property in names for r in f.readings]


def _spans(readings: Iterable[Reading]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(span for reading in readings for span in reading.spans[:1]))


def _doses(preparation: Preparation, *names: str) -> list[_Dose]:
    """Amounts of these findings, over one unit of what they stand over."""
    return [
        _Dose(q.low / q.per_value, q.high / q.per_value, q, r)
        for r in _readings(preparation, *names)
        if (q := r.quantity) is not None and q.per_value > 0
    ][:_MOST]


def _large_exosome(preparation: Preparation, presets: Presets) -> Iterator[Contradiction]:
    called = [r for r in _readings(preparation, "reporting") if r.value == EXOSOME]
    if not (called or "agent:exosome" in preparation.agents) or not _OTHER_NAMES.isdisjoint(
        preparation.agents
    ):
        return
    limit = presets.exosome_mode_above_nm
    for reading in _readings(preparation, "size"):
        size = reading.quantity
        if size is None or size.kind != "diameter" or size.low <= limit.value or size.bound == "less_than":
            continue
        what = next((f.partition(": ")[2] for f in reading.flags if f.startswith("statistic")), "size")
        yield Contradiction(
            kind="large_exosome",
            message=f"called exosome, and the {what} is {reading.value}: more than {limit.value:g} nm",
            spans=_spans([*called, reading]),
            preset=limit.source,
        )


def _cell_free(preparation: Preparation, presets: Presets) -> Iterator[Contradiction]:
    called = [r for r in _readings(preparation, "reporting") if r.value == CELL_FREE]
    cells = [d for d in _doses(preparation, "dose", "concentration", "basis") if d.quantity.kind == "cells"]
    if cells and preparation.agent_class in ("ev", "conditioned_medium"):
        what = "called cell-free" if called else "a product without cells"
        yield Contradiction(
            kind="cell_free_with_cells",
            message=f"{what}, and the dose is {cells[0].written}: cells that are given, or cells that the "
            "product came from?",
            spans=_spans([*called, *(d.reading for d in cells)]),
        )


def _ratio(preparation: Preparation, presets: Presets) -> Iterator[Contradiction]:
    limit = presets.particles_per_ug_protein.impure_below
    said = [
        d
        for d in _doses(preparation, "purity", "dose", "concentration", "yield")
        if d.quantity.kind == "particles" and d.quantity.per == "ug{protein}"
    ]
    for dose in said:
        if dose.high < limit.value:
            yield Contradiction(
                kind="particles_per_protein",
                message=f"{dose.high:.3g} particles per µg protein: less than {limit.value:.3g}, most of the protein is "
                "not of vesicles",
                spans=_spans([dose.reading]),
                preset=limit.source,
            )
    if said:
        return
    for name in ("dose", "concentration"):
        yield from _computed(_doses(preparation, name), limit.value, limit.source)


def _computed(doses: list[_Dose], limit: float, source: str) -> Iterator[Contradiction]:
    """The ratio of one particle number and one protein mass over the same base, where each is given once."""
    for per in dict.fromkeys(d.quantity.per for d in doses):
        of_base = [d for d in doses if d.quantity.per == per]
        particles = [d for d in of_base if d.quantity.kind == "particles"]
        protein = [d for d in of_base if d.quantity.kind == "protein" and d.low > 0]
        if len(particles) != 1 or len(protein) != 1:
            continue
        ratio = particles[0].high / protein[0].low
        if ratio < limit:
            yield Contradiction(
                kind="particles_per_protein",
                message=f"{particles[0].written} and {protein[0].written} make {ratio:.3g} particles per µg protein: "
                f"less than {limit:.3g}",
                spans=_spans([particles[0].reading, protein[0].reading]),
                preset=source,
            )


def _route_dose(preparation: Preparation, presets: Presets) -> Iterator[Contradiction]:
    routes = _readings(preparation, "route")
    groups = {presets.group_of(r.value) for r in routes}
    if len(groups) != 1 or None in groups:
        return
    group = str(groups.pop())
    seen: set[tuple[Span, ...]] = set()
    for dose in _doses(preparation, "dose", "basis", "concentration"):
        spans = _spans([routes[0], dose.reading])
        if spans in seen:
            continue
        found = _out_of_line(group, dose, spans, presets)
        if found is not None:
            seen.add(spans)
            yield found


def _out_of_line(group: str, dose: _Dose, spans: tuple[Span, ...], presets: Presets) -> Contradiction | None:
    quantity = dose.quantity
    if group == "topical" and quantity.per == "kg" and quantity.kind != "volume":
        return Contradiction(
            kind="topical_with_intravenous_dose",
            message=f"put on the skin, and the dose goes by body weight ({dose.written}), as of an infusion",
            spans=spans,
        )
    own = presets.bands_of(group, quantity.kind, quantity.per)
    if not own or dose.low <= presets.factor * max(band.high for band in own):
        return None
    most = max(own, key=lambda band: band.high)
    times = dose.low / most.high
    into_vein = presets.bands_of("intravenous", quantity.kind, quantity.per)
    if group == "topical" and any(dose.high >= band.low for band in into_vein):
        return Contradiction(
            kind="topical_with_intravenous_dose",
            message=f"put on the skin, and {dose.written} is {times:.3g} times the largest documented for the skin "
            "and in the range given into a vein",
            spans=spans,
            preset=f"{most.source}; {into_vein[0].source}",
        )
    return Contradiction(
        kind="dose_above_route",
        message=f"{dose.written} is {times:.3g} times the largest dose documented for this route ({group})",
        spans=spans,
        preset=most.source,
    )


def _dose_fields(preparation: Preparation, presets: Presets) -> Iterator[Contradiction]:
    doses = _doses(preparation, "dose")
    for kind, per in dict.fromkeys((d.quantity.kind, d.quantity.per) for d in doses):
        same = [d for d in doses if (d.quantity.kind, d.quantity.per) == (kind, per)]
        given = [d for d in same if _place(d) == "given"]
        told = [d for d in same if _place(d) == "told"]
        if not given or not told or any(_overlap(a, b) for a in given for b in told):
            continue
        first, second = given[0], told[0]
        ten = len(given) == len(told) == 1 and _power_of_ten(first, second)
        yield Contradiction(
            kind="dose_power_of_ten" if ten else "dose_conflict",
            message=f"{first.written} in arm or intervention, {second.written} in title, summary or description"
            + (": a slip of the exponent?" if ten else ""),
            spans=_spans([first.reading, second.reading]),
        )


def _place(dose: _Dose) -> str:
    field = dose.reading.spans[0].field if dose.reading.spans else ""
    if "armsInterventionsModule" in field:
        return "given"
    return "told" if "descriptionModule" in field or "identificationModule" in field else ""


def _overlap(one: _Dose, other: _Dose) -> bool:
    """Whether two amounts agree, one part in a hundred allowed for rounding."""
    return one.low <= other.high * 1.01 and other.low <= one.high * 1.01


def _power_of_ten(one: _Dose, other: _Dose) -> bool:
    low, high = sorted((one.low, other.low))
    return low > 0 and any(abs(high / low / 10**n - 1) < 0.01 for n in range(1, 7))


def _donor(preparation: Preparation, presets: Presets) -> Iterator[Contradiction]:
    readings = _readings(preparation, "donor")
    own = [r for r in readings if r.value == "autologous"]
    other = [r for r in readings if r.value == "allogeneic"]
    if not own or not other:
        return
    own_arms = {arm for r in own for arm in r.arms}
    other_arms = {arm for r in other for arm in r.arms}
    if own_arms and other_arms and own_arms.isdisjoint(other_arms):
        return
    yield Contradiction(
        kind="donor_both_ways",
        message="said to be the patient's own (autologous) and of another person (allogeneic)",
        spans=_spans([own[0], other[0]]),
    )
