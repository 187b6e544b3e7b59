"""From one unit kind to another, only through a ratio that somebody states: the study itself, or the user by name.

Particles and mass are never mixed otherwise: how many particles go with a microgram of protein differs by orders of
magnitude between preparations (PMID 24009896), so that no ratio is assumed here.
"""

import re
from collections.abc import Iterable, Mapping

import msgspec

from skinproof.errors import UsageError
from skinproof.model.findings import Quantity
from skinproof.model.preparations import PreparationRow
from skinproof.views.amounts import KIND_LABELS, number_words, parse_amount, unit_words
from skinproof.views.doses import DosePoint, Ratio, middle
from skinproof.views.preparations import finding_of

CONVERTED = ("particles", "protein")
"""Kinds that doses can be converted to."""

_NAMED = re.compile(r"\s{0,9}([^=]{1,60}?)\s{0,9}=\s{0,9}([^()]{1,120}?)\s{0,9}\(([^()]{1,300})\)\s{0,9}")
_FORM = "write --ratio 'NAME=2e9 {particles}/ug{protein} (where the number is from)'"
_UNDER = {"ug{protein}": "protein", "{cells}": "cell_equivalents", "mL": "volume"}
"""What a ratio may stand over -> the kind of dose it converts."""


class Conversion(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for and what became of it.

    to: kind asked for; named: the ratio given by name; own: how many points went through a ratio of their study,
    by_name: how many through the named one, kept: how many of other kinds stayed where they were, for want of a ratio.
    """

    to: str
    named: Ratio | None
    own: int
    by_name: int
    kept: int


def parse_ratio(text: str) -> Ratio:
    """The ratio that `NAME=2e9 {particles}/ug{protein} (source)` states.

    Raises: UsageError: no name, no source, or no ratio of two kinds.
    """
    found = _NAMED.fullmatch(text[:600])
    if found is None or not found[1].strip() or not found[3].strip():
        raise UsageError(f"ratio {text[:80]!r} lacks a name, a number or a source; {_FORM}")
    name, stated, source = (" ".join(part.split()) for part in found.groups())
    try:
        quantity = parse_amount(stated)
    except ValueError as error:
        raise UsageError(f"ratio {name!r}: {error}; {_FORM}") from error
    under = _UNDER.get(quantity.per)
    if under is None or under == quantity.kind or quantity.low <= 0:
        over = ", ".join(_UNDER)
        raise UsageError(f"ratio {name!r}: a ratio is a positive amount over one of {over}; {_FORM}")
    return _ratio(name, source, under, quantity)


def _ratio(name: str, source: str, under: str, quantity: Quantity) -> Ratio:
    over = quantity.per_value
    return Ratio(
        name=name, over=quantity.kind, under=under, low=quantity.low / over, high=quantity.high / over, source=source
    )  # fmt: skip


def own_ratios(rows: Iterable[PreparationRow]) -> dict[tuple[str, int], Ratio]:
    """(record id, number of the preparation) -> particles per µg protein, where the record states it of this product.

    Only a number that is reported and no limit ("at least 3e9") is a ratio.
    """
    found: dict[tuple[str, int], Ratio] = {}
    for row in rows:
        finding = finding_of(row.preparation, "purity")
        readings = finding.readings if finding and finding.state == "reported" else ()
        for reading in readings:
            quantity = reading.quantity
            if quantity is None or (quantity.kind, quantity.per) != ("particles", "ug{protein}"):
                continue
            if quantity.low > 0 and quantity.bound in ("", "about"):
                quote = reading.spans[0].quote if reading.spans else ""
                source = f'{row.study.record_id} itself: "{quote}"'
                key = (row.study.record_id, row.preparation.number)
                found.setdefault(key, _ratio("own ratio", source, "protein", quantity))
    return found


def ratio_words(ratio: Ratio) -> str:
    """A ratio with its name and source, as every converted number carries it."""
    low, high = number_words(ratio.low), number_words(ratio.high)
    number = low if low == high else f"{low}–{high}"
    per = next(code for code, kind in _UNDER.items() if kind == ratio.under)
    return f"{number} {unit_words(ratio.over, per)} ({ratio.name}: {ratio.source})"


def convert(
    points: Iterable[DosePoint],
    to: str,
    named: Ratio | None = None,
    own: Mapping[tuple[str, int], Ratio] | None = None,
) -> tuple[tuple[DosePoint, ...], Conversion]:
    """The points with those that a ratio allows moved to the axis of kind `to`; the others stay as they are.

    A study's own ratio goes before the named one. Raises: UsageError where no point can be converted at all.
    """
    if to not in CONVERTED:
        raise UsageError(f"doses are converted to {' or '.join(CONVERTED)}, not to {to!r}")
    if named and to not in (named.over, named.under):
        raise UsageError(f"ratio {named.name!r} does not lead to {KIND_LABELS[to]}: {ratio_words(named)}")
    moved, counts = [], {"own": 0, "by_name": 0, "kept": 0}
    for point in points:
        if point.kind == to:
            moved.append(point)
            continue
        for source, ratio in (
            ("own", (own or {}).get((point.record_id, point.number))),
            ("by_name", named),
        ):
            if ratio and {point.kind, to} == {ratio.over, ratio.under}:
                moved.append(_moved(point, to, ratio))
                counts[source] += 1
                break
        else:
            moved.append(point)
            counts["kept"] += 1
    done = Conversion(to=to, named=named, **counts)
    if named is None and not done.own:
        raise UsageError(
            f"no dose here can be converted to {KIND_LABELS[to]}: particles and mass are only converted through a ratio, "
            f"none of these studies states one of its own, and none was given; {_FORM}"
        )
    return tuple(moved), done


def _moved(point: DosePoint, to: str, ratio: Ratio) -> DosePoint:
    if to == ratio.over:
        low, high = point.low * ratio.low, point.high * ratio.high
    else:
        low, high = point.low / ratio.high, point.high / ratio.low
    return msgspec.structs.replace(
        point, kind=to, low=low, high=high, value=middle(low, high), ratio=ratio,
        flags=(*point.flags, f"converted through {ratio_words(ratio)}"),
    )  # fmt: skip
