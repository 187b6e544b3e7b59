"""Amounts in running text: number, unit, what is counted, and what it stands over, as quantities of one kind.

Reads `100 µg MSC exosomes/g ointment`, `1.22 to 1.51 million MSCs/kg`, `20, 60, 200 pmol phospholipid/kg`,
`exosomes from 1 x 10^7 MSCs` (cell equivalents). Not amounts: `20 patients`, `Day 14`, `CD34`, `1X, 2X, 4X level`
(levels without amounts, see `find_levels`).

Bounds of plausibility by kind (BOUNDS_OF) decide between two readings of one number, and both are kept. They are wide
on purpose: the smallest and largest amounts given to people in the records that were read, and two powers of ten.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from skinproof.extraction.amount_words import (
    AND,
    BETWEEN,
    BODY_SIZE,
    BOUND_BEFORE,
    CELLS_PER,
    COUNTED_BEFORE,
    DOSE_OF,
    DOSE_WORD,
    EQUIVALENT,
    FRONT_PER,
    LIMITS,
    LIST,
    LONGEST_GAP,
    LOOK,
    NAME_PER,
    NEGATIVE,
    NOT_LISTED,
    OUTPUT_OF,
    PEOPLE,
    RANGE,
    RATIO,
    RESTATED,
    SENTENCE_END,
    TOLERANCE,
)
from skinproof.extraction.numbers import E_NOTATION, LOST, Number, find_numbers, value_of
from skinproof.extraction.units import PERS, Per, Unit, read_counted, read_measure, read_per, what_follows
from skinproof.model.findings import BASE_UNITS, Quantity

RULE = "quantities/4"

UNNAMED = "what is counted is not named"
IMPOSSIBLE = "impossible"
UNLIKELY = "unlikely"

BOUNDS_OF: dict[str, tuple[float, float]] = {
    "particles": (1e5, 1e16), "cells": (1e3, 1e13), "cell_equivalents": (1e3, 1e13), "platelets": (1e3, 1e14),
    "molecules": (1e6, 1e18), "mass": (1e-6, 1e9), "protein": (1e-6, 1e8), "rna": (1e-6, 1e7),
    "volume": (1e-6, 1e4), "lipid": (1e-3, 1e9), "fraction": (0.0, 100.0), "activity": (1e-3, 1e9),
    "diameter": (1.0, 1e5),
}  # fmt: skip
"""Kind -> the least and the most that is plausible for a person, in base units."""

_BEYOND = 1e4
"""Times over the upper bound from which an amount is no longer unlikely but impossible (10^40 particles)."""
_COUNTS = frozenset({"particles", "cells", "cell_equivalents", "platelets", "molecules", "activity"})


class Amount(NamedTuple):
    """`text[start:end]` as a quantity.

    others: competing readings of the same words, less likely; flags: what a reader must know of it;
    counted: the words counted or weighed, lower case, at most 60 characters.
    """

    start: int
    end: int
    quantity: Quantity
    others: tuple[Quantity, ...] = ()
    flags: tuple[str, ...] = ()
    counted: str = ""


class _Item(NamedTuple):
    """One number with the unit that stands right after it, if any."""

    number: Number
    unit: Unit | None
    per: Per | None
    end: int


def find_amounts(text: str) -> tuple[Amount, ...]:
    """Every amount of a text, in order; linear in its length.

    >>> [(a.quantity.low, a.quantity.unit) for a in find_amounts("2.0*10^8 nano vesicles/3 ml for 5 days")]
    [(200000000.0, '{particles}/(3.mL)')]
    """
    return tuple(each_amount(text))


def each_amount(text: str) -> Iterator[Amount]:
    """The same one by one, for a reader that stops early."""
    # The registry's newer texts escape signs as Markdown does: 0.5x10\^8 (NCT04137562). A blank keeps every offset.
    text = text.replace("\\", " ")
    numbers = find_numbers(text)
    place = taken = 0
    while place < len(numbers):
        if numbers[place].start < taken:
            place += 1
            continue
        group, seps, seen = _group(text, numbers, place)
        if amounts := _amounts(text, group, seps):
            yield from amounts
            taken = group[-1].end
        place += seen


def find_levels(text: str) -> tuple[tuple[int, int], ...]:
    """Where a text names dose levels by multiples or rank (`1X, 2X, 4X level`, `three escalating doses`)."""
    return tuple((m.start(), m.end()) for m in _LEVELS.finditer(text))


_LEVELS = re.compile(
    r"\b\d{1,3}\s?[xX](?:\s?(?:,|and|or|/|, and)\s?\d{1,3}\s?[xX]\b){1,6}|\b\d{1,3}\s?[xX]\s(?:dose|level|concentration)s?\b"
    r"|\b(?:low|medium|mid|middle|high|lowest|highest)[- ](?:dose|dosage|dose level)\b"
    r"|\bdose level \d\b|\b(?:escalating|increasing|ascending) (?:doses?|dosages?|dose levels)\b"
    r"|\bdose[- ]escalation\b",
    re.IGNORECASE,
)


def _item(text: str, number: Number) -> _Item:
    at = restated.end() if (restated := RESTATED.match(text, number.end)) else number.end
    unit = read_measure(text, at)
    if unit is not None and unit.kind == "activity" and number.scaled:
        unit = read_counted(text, unit.end) or unit  # "1x10^6 unit of UC-MSCs/kg"
    if unit is None:
        unit = read_counted(text, at)
        if unit is None and number.scaled:
            unit = _after_words(text, number)
        if unit is not None and not _may_count(text, number, unit):
            unit = None
    end = unit.end if unit else at
    per = read_per(text, end)
    if per is None and unit and number.scaled and (again := CELLS_PER.match(text, end)):
        per = read_per(text, again.end())
    if per is None and unit is None and number.scaled and (name := NAME_PER.match(text, end)):
        per = read_per(text, name.end())
        per = per if per and per.code in BODY_SIZE else None
    if per is None and unit and unit.words_end > unit.end:
        per = read_per(text, unit.words_end)
    if per and unit is None and number.scaled and (named := read_counted(text, per.end)):
        unit = named._replace(end=end)  # "1x10^6/kg of WJMSCs"
    elif per and unit and not unit.counted:
        unit = unit._replace(counted=what_follows(text, per.end)[0])  # "375 mg/m2 rituximab"
    return _Item(number, unit, per, per.end if per else end)


def _after_words(text: str, number: Number) -> Unit | None:
    """The noun behind a bracket or "dose of": `(2×10^6) MSC`, `20x10^6 dose of human mesenchymal cells`."""
    if dose := DOSE_OF.match(text, number.end):
        return read_counted(text, dose.end())
    return read_counted(text, number.end + 1) if text[number.end : number.end + 1] == ")" else None


def _may_count(text: str, number: Number, unit: Unit) -> bool:
    """Whether a noun some words away is counted by this number: small bare numbers count only what is next to them."""
    if number.scaled or any(value_of(r) >= 1e4 for r in number.readings):
        return PEOPLE.match(text, number.end) is None
    return len(unit.counted) <= 24 and unit.end - number.end <= 30


def _group(text: str, numbers: list[Number], place: int) -> tuple[list[_Item], list[str], int]:
    """The numbers from `place` on that share one unit, what stands between them, and how many numbers were seen.

    Between two stands `range`, `list` or `tolerance`.
    """
    items = [_item(text, numbers[place])]
    seps: list[str] = []
    while place + len(items) < len(numbers) and len(items) < 12:
        here, following = items[-1], numbers[place + len(items)]
        start = here.end if here.unit or here.per else here.number.end
        if following.start - start > LONGEST_GAP or following.start < start:
            break
        sep = _separator(text, start, following.start, items, seps)
        if not sep:
            break
        item = _item(text, following)
        if sep == "tolerance" and item.unit and item.unit.kind == "fraction":
            break
        if here.unit and (item.unit is None or item.unit.kind != here.unit.kind):
            break
        items.append(item)
        seps.append(sep)
    seen = len(items)
    while len(items) > 1 and items[-1].unit is None and items[-1].per is None and not items[-1].number.scaled:
        items.pop()
        seps.pop()
    return items, seps, seen


def _separator(text: str, start: int, end: int, items: list[_Item], seps: list[str]) -> str:
    if (m := RANGE.match(text, start)) and m.end() == end and (not seps or seps[-1] != "range"):
        return (
            "" if RATIO.search(text, max(0, items[-1].number.start - 4), items[-1].number.start) else "range"
        )
    if (m := TOLERANCE.match(text, start)) and m.end() == end:
        return "tolerance"
    first = items[-1].number.start
    if (m := LIMITS.match(text, start)) and m.end() == end and not seps and _bound(text, first) == "at_least":
        return "limits"
    if (m := AND.match(text, start)) and m.end() == end and BETWEEN.search(text, max(0, first - 9), first):
        return "range"
    if (m := LIST.match(text, start)) and m.end() == end:
        head = items[0].number.start
        return "" if NOT_LISTED.search(text, max(0, head - 44), head) else "list"
    return ""


def _amounts(text: str, items: list[_Item], seps: list[str]) -> list[Amount]:
    """One amount per number or range of a group; the last unit and power serve the numbers before it."""
    found: list[Amount] = []
    unit, per, last = items[-1].unit, items[-1].per, items[-1].number
    place = len(items) - 1
    while place >= 0:
        item = items[place]
        unit, per = (
            item.unit or unit,
            item.per or (per if not item.unit or item.unit.end == item.end else None),
        )
        last = item.number if item.number.scaled or item.unit else last
        low = item
        start = place
        if place and seps[place - 1] in ("range", "limits", "tolerance"):
            start = place - 1
            low = items[start]
        amount = _amount(text, low, item, seps[start] if start < place else "", unit, per, last)
        if amount is not None:
            found.append(amount)
        place = start - 1
    found.reverse()
    return found


def _amount(
    text: str, low: _Item, high: _Item, sep: str, unit: Unit | None, per: Per | None, shared: Number
) -> Amount | None:
    start, end = low.number.start, high.end
    kind, counted, shift, flags = "", "", 0, []
    if per is None:
        per = _per_in_front(text, start, end)
    if unit is not None:
        kind, counted, shift = unit.kind, unit.counted, unit.shift
        if kind == "fraction" and TOLERANCE.search(text, max(0, start - 5), start):
            return None
    else:
        kind, counted = _unnamed(text, start, end, high, per)
        if not kind:
            return None
        if not counted:
            flags.append(UNNAMED)
    if kind == "cells" and (
        OUTPUT_OF.search(text[max(0, start - LOOK) : start].lower())
        or EQUIVALENT.match(text, unit.end if unit else end)
    ):
        kind = "cell_equivalents"
    if (
        ")" in text[start:end]
        and text[start - 1 : start] == "("
        and "(" not in text[start : text.index(")", start)]
    ):
        start -= 1
    bound = "" if sep == "limits" else _bound(text, start)
    readings = [
        q
        for q in (
            _quantity(kind, a, b, per, bound) for a, b in _values(low.number, high.number, sep, shared, shift)
        )
        if q is not None
    ]
    readings = list(dict.fromkeys(readings))
    if not readings:
        return None
    best = _best(readings, high.number, kind)
    others = tuple(q for q in readings if q != best)
    doubt = high.number.doubt or low.number.doubt or shared.doubt
    if kind not in _COUNTS:
        others = ()  # "106 mg" is 106 mg: superscripts are lost in counts
    if others and doubt:
        flags.append(f"{doubt}: also readable as {_plain(others[0])}")
    least, most = BOUNDS_OF[kind]
    bare = not high.number.scaled and (per is None or per.code.startswith("{"))
    if kind in _COUNTS and kind != "activity" and best.high < least and bare:
        return None  # "3 infusions of MSCs", "6 MSC vials"
    if kind in _COUNTS and not (high.number.scaled or per) and 1950 <= best.low <= 2050:
        return None  # a year
    if best.high > most * _BEYOND or (kind == "fraction" and best.high > 1000):
        flags.append(f"{IMPOSSIBLE}: more than {most:g} {BASE_UNITS[kind]}")
    elif NEGATIVE.search(text, max(0, start - 2), start) and not _bullet(text, start):
        flags.append(f"{IMPOSSIBLE}: a minus stands before it")
    elif not least <= best.low <= best.high <= most:
        flags.append(f"{UNLIKELY}: outside {least:g} to {most:g} {BASE_UNITS[kind]}")
    return Amount(start, end, best, others, tuple(flags), counted)


def _per_in_front(text: str, start: int, end: int) -> Per | None:
    """What an amount stands over, where that is said before it: "for each kg, 1 million cells"."""
    before = text[max(0, start - LOOK) : start].lower()
    if not any(unit in before for unit in ("kg", "kilogram", "cm", "square", "nostril", "eye")):
        return None
    front = FRONT_PER.search(text, max(0, start - LOOK), start)
    return Per(end, PERS[front.lastgroup or "kg"][0]) if front else None


def _bullet(text: str, start: int) -> bool:
    """Whether the minus before `start` is a list mark: it opens a line of several."""
    return text[max(0, start - 2) : start - 1] == "\n"


def _values(low: Number, high: Number, sep: str, shared: Number, shift: int) -> list[tuple[float, float]]:
    """(low, high) of each way to read a number or a range, the likeliest first."""
    pairs = []
    for place, reading in enumerate(shared.readings):
        top = _scaled(high, shared, reading, place, shift)
        bottom = top if sep not in ("range", "limits") else _scaled(low, shared, reading, place, shift)
        if sep == "tolerance":
            top = bottom = _scaled(low, shared, reading, place, shift)
        if bottom > top:
            own = value_of(low.readings[min(place, len(low.readings) - 1)], shift)
            bottom = own if own <= top else top
        pairs.append((bottom, top))
    return pairs


def _scaled(number: Number, shared: Number, reading: tuple[str, int], place: int, shift: int) -> float:
    """A number with the power it shares with a later one (`0.5-1 × 10⁶`), or with its own."""
    if number.start == shared.start:
        return value_of(reading, shift)
    if number.scaled or not shared.scaled:
        return value_of(number.readings[min(place, len(number.readings) - 1)], shift)
    alone = value_of(number.readings[0], shift)
    if alone >= 1e4 and reading[1] >= 3:
        return alone  # "500,000 to 1 million"
    literal = place > 0 and shared.doubt == LOST
    return alone if literal else value_of((number.readings[0][0], number.readings[0][1] + reading[1]), shift)


def _quantity(kind: str, low: float, high: float, per: Per | None, bound: str) -> Quantity | None:
    if not 0 < low <= high < float("inf"):
        return None
    code, value = (per.code, per.value) if per else ("", 1.0)
    return Quantity(kind=kind, low=low, high=high, per=code, per_value=value, bound=bound)


def _best(readings: list[Quantity], number: Number, kind: str) -> Quantity:
    """The first plausible reading; a lost superscript is preferred only in what is counted."""
    if kind not in _COUNTS:
        return readings[-1] if number.doubt == LOST and number.scaled else readings[0]
    least, most = BOUNDS_OF[kind]
    if number.doubt == E_NOTATION and number.readings[0][0] != "1":
        return readings[0]  # after a multiplier 10E6 is a power; alone, what is plausible decides
    for quantity in readings:
        if least <= quantity.low and quantity.high <= most:
            return quantity
    return readings[0]


def _bound(text: str, start: int) -> str:
    match = BOUND_BEFORE.search(text[max(0, start - 48) : start].lower())
    return (match.lastgroup or "") if match else ""


def _unnamed(text: str, start: int, end: int, item: _Item, per: Per | None) -> tuple[str, str]:
    """(kind, counted words) of a number that no noun follows; ("", "") where nothing says that it is an amount.

    `1x10^6/kg`, `5.0*10^8~5.0*10^9`, `50 million`: the nearest countable noun before it in the sentence, or cells
    where only what it stands over tells that it is an amount.
    """
    number = item.number
    large = number.scaled or any(value_of(r) >= 1e5 for r in number.readings)
    if not large or PEOPLE.match(text, number.end):
        return "", ""
    before = text[max(0, start - LOOK) : start]
    cuts = [m.end() for m in SENTENCE_END.finditer(before)]
    before = before[cuts[-1] :] if cuts else before
    nouns = list(COUNTED_BEFORE.finditer(before))
    if per is None and not (nouns and (number.scaled or before[nouns[-1].end() :].count(" ") < 4)):
        return ("cells", "") if number.scaled and DOSE_WORD.search(before) else ("", "")
    if per is not None and per.code not in ("kg", "m2", "mL", "cm2", "cm3", "L", "g") and not nouns:
        return "", ""
    if not nouns:
        return "cells", ""
    return nouns[-1].lastgroup or "cells", nouns[-1][0].lower()[:60]


def quantity_text(quantity: Quantity) -> str:
    """Short normal text of a quantity: `2e8 {particles}/(3.mL)`, `1.22e6-1.51e6 {cells}/kg`."""
    return f"{_plain(quantity)} {quantity.unit}"


def _plain(quantity: Quantity) -> str:
    if quantity.low == quantity.high:
        return _short(quantity.low)
    return f"{_short(quantity.low)}-{_short(quantity.high)}"


def _short(value: float) -> str:
    """A number without needless digits: 2e8, 0.5, 150000 as 1.5e5."""
    if 1e-3 <= value < 1e5:
        return f"{value:.10g}"
    mantissa, _, exponent = f"{value:.9e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
