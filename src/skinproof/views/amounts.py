"""Amounts as people read and write them: `2e9 {particles}/ug{protein}` in, "2×10⁹ particles per µg protein" out."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from math import floor, isfinite, log10

from skinproof.model.findings import PER_UNITS, Quantity

KIND_LABELS = {
    "particles": "particles",
    "protein": "protein mass",
    "mass": "mass, not said of what",
    "volume": "product volume",
    "cells": "cells",
    "cell_equivalents": "cell equivalents",
    "platelets": "platelets",
    "rna": "RNA mass",
    "lipid": "phospholipid",
    "molecules": "molecules",
    "fraction": "per cent of the product",
    "activity": "units of activity",
    "diameter": "diameter",
}
"""What each kind of amount counts, in the order in which kinds are shown."""

UNIT_WORDS = {
    "particles": "particles", "protein": "µg protein", "mass": "µg", "volume": "mL", "cells": "cells",
    "cell_equivalents": "cell equivalents", "platelets": "platelets", "rna": "µg RNA", "lipid": "pmol phospholipid",
    "molecules": "molecules", "fraction": "%", "activity": "IU", "diameter": "nm",
}  # fmt: skip

PER_WORDS = {
    "cm2": "cm²", "m2": "m²", "cm3": "cm³", "ug{protein}": "µg protein", "{cells}": "cell", "d": "day", "wk": "week",
    "mo": "month",
}  # fmt: skip
"""What an amount stands over, where the UCUM code is not the word itself."""

BOUND_WORDS = {
    "": "", "about": "about ", "up_to": "up to ", "at_least": "at least ", "less_than": "less than ",
    "more_than": "more than ",
}  # fmt: skip

UNITS: dict[str, tuple[str, float]] = {
    "{particles}": ("particles", 1.0), "{cells}": ("cells", 1.0), "{cell_equivalents}": ("cell_equivalents", 1.0),
    "{platelets}": ("platelets", 1.0), "{molecules}": ("molecules", 1.0), "%": ("fraction", 1.0),
    "[iU]": ("activity", 1.0), "nm": ("diameter", 1.0), "pmol{phospholipid}": ("lipid", 1.0),
    "mL": ("volume", 1.0), "uL": ("volume", 1e-3), "L": ("volume", 1e3),
    **{
        f"{prefix}g{mark}": (kind, factor)
        for mark, kind in (("", "mass"), ("{protein}", "protein"), ("{RNA}", "rna"))
        for prefix, factor in (("p", 1e-6), ("n", 1e-3), ("u", 1.0), ("m", 1e3), ("", 1e6))
    },
}  # fmt: skip
"""UCUM codes that are understood -> kind, and how many base units of the kind one is. `{cell_equivalents}` tells cells
whose output is given from cells that are given, which UCUM writes alike."""

_NUMBER = r"\d{1,15}(?:\.\d{1,15})?(?:[eE][+-]?\d{1,3})?"
_AMOUNT = re.compile(
    rf"(?P<low>{_NUMBER})(?: ?(?:-|–|to) ?(?P<high>{_NUMBER}))? ?(?P<unit>[^\s/]{{1,24}})"
    rf"(?: ?/ ?(?:(?P<count>{_NUMBER}) )?(?P<per>[^\s/]{{1,24}}))?"
)
_DIGITS = r"\d[\d.,]{0,119}(?:[eE][+-]?\d{1,3})?"
_BARE = re.compile(rf"{_DIGITS}(?: ?(?:-|–|to) ?{_DIGITS})?(?: ?/.{{0,120}})?")
"""A number without a unit, with or without what it stands over."""
_WORDY = re.compile(
    rf"{_NUMBER}(?: ?(?:-|–|to) ?{_NUMBER})? ?(?P<unit>[^\d/][^/]{{0,60}}?)(?: ?(?:/| per ) ?(?P<per>[^/]{{1,40}}))?"
)
"""An amount whose unit may be written as words: "5 mg protein", "1e9 particles per mL"."""
_OTHER_NAMES = {
    "mcg": "ug", "mcgprotein": "ug{protein}", "vesicles": "{particles}", "exosomes": "{particles}", "evs": "{particles}",
    "percent": "%", "units": "[iU]", "vesicle": "{particles}",
}  # fmt: skip
"""What people write for a unit -> its UCUM code, to be named where the text is refused."""
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
LONGEST = 120
"""Characters of an amount that are looked at."""


def number_words(number: float) -> str:
    """A number in at most three digits that tell: 1,500, 0.05, 2×10⁹.

    >>> number_words(2e9), number_words(1500), number_words(0.05), number_words(1.25e10)
    ('2×10⁹', '1,500', '0.05', '1.25×10¹⁰')
    """
    if number == 0:
        return "0"
    if 1e-3 <= abs(number) < 1e5:
        rounded = float(f"{number:.3g}") if abs(number) < 1000 else round(number)
        return f"{rounded:,.10g}"
    power = floor(log10(abs(number)))
    digits = f"{number / 10**power:.3g}"
    if digits == "10":
        power, digits = power + 1, "1"
    return f"{digits}×10{str(power).translate(_SUPERSCRIPT)}"


def unit_words(kind: str, per: str = "", per_value: float = 1.0) -> str:
    """A unit in words: "particles per mL", "µg protein per 3 cm²"."""
    if not per:
        return UNIT_WORDS[kind]
    count = "" if per_value == 1.0 else f"{number_words(per_value)} "
    return f"{UNIT_WORDS[kind]} per {count}{PER_WORDS.get(per, per.strip('{}'))}"


def amount_words(quantity: Quantity) -> str:
    """An amount in words, in a unit of a handy size: "up to 5×10⁸–1×10⁹ particles per mL", "150 mg"."""
    sign, factor = _handy(quantity)
    low, high = number_words(quantity.low * factor), number_words(quantity.high * factor)
    number = low if quantity.low == quantity.high else f"{low}–{high}"
    unit = unit_words(quantity.kind, quantity.per, quantity.per_value)
    if sign:
        unit = sign + unit[2:]
    return f"{BOUND_WORDS[quantity.bound]}{number}{'' if unit == '%' else ' '}{unit}"


def _handy(quantity: Quantity) -> tuple[str, float]:
    """(unit to write instead of the first two letters of the base unit, what to multiply by); ("", 1) to leave it."""
    steps = _STEPS.get(quantity.kind, ())
    return next(((sign, factor) for least, sign, factor in steps if quantity.high >= least), ("", 1.0))


_MASS = ((1e6, "g", 1e-6), (1e3, "mg", 1e-3), (0.1, "", 1.0), (1e-7, "ng", 1e3))
_STEPS = {
    "mass": _MASS,
    "protein": _MASS,
    "rna": _MASS,
    "volume": ((1e3, "L", 1e-3), (0.1, "", 1.0), (1e-9, "µL", 1e3)),
}
"""From which amount in the base unit on another unit is written, largest first."""


def parse_amount(text: str) -> Quantity:
    """The amount that a strict text states: `NUMBER[-NUMBER] UNIT[/[NUMBER] UNIT]`, units as UCUM codes of UNITS.

    Raises: ValueError saying in plain words what is wrong.
    """
    if len(text) > LONGEST:
        raise ValueError(f"an amount of more than {LONGEST} characters")
    said = " ".join(text.split())
    if re.match(r"[-−–] ?[\d.]", said):
        raise ValueError("the number is negative: an amount is none below 0")
    if _BARE.fullmatch(said):
        raise ValueError(
            "the unit is missing: write it as a UCUM code, as in `1e10 {particles}/mL` (no comma inside a number)"
        )
    found = _AMOUNT.fullmatch(said)
    if found is None or found["unit"] not in UNITS:
        raise ValueError(_unit_refused(said))
    kind, factor = UNITS[found["unit"]]
    low = float(found["low"]) * factor
    high = float(found["high"]) * factor if found["high"] else low
    count = float(found["count"]) if found["count"] else 1.0
    per, count = _per(found["per"], count)
    if not (isfinite(low) and isfinite(high) and isfinite(count)):
        raise ValueError("the number is too large to be an amount")
    if low > high:
        raise ValueError("the first number of a range is the larger one")
    if count <= 0:
        raise ValueError("an amount cannot stand over 0")
    return Quantity(kind=kind, low=low, high=high, per=per, per_value=count)


def _unit_refused(said: str) -> str:
    """Why the unit of an amount is not understood, with the codes that are near."""
    found = _WORDY.fullmatch(said)
    unit = found["unit"] if found else None
    if found is None or unit is None:
        return _WRITE
    if unit in UNITS and found["per"]:
        return _per_refused(found["per"])
    near = _near(unit, UNITS)
    if not near:
        return _WRITE if " " in unit else f"there is no unit {unit!r}; units are {', '.join(UNITS)}"
    count, _, base = (
        (found["per"] or "").rpartition(" ") if (found["per"] or "")[:1].isdigit() else ("", "", found["per"])
    )
    over = f"{count} {(_near(base, PER_UNITS) or (base,))[0]}".strip() if base else ""
    codes = " or ".join(f"`{code}{'/' if over else ''}{over}`" for code in near)
    return f"there is no unit {unit!r}; did you mean {codes}? (units are {', '.join(UNITS)})"


_WRITE = "write a number and a unit, as in `1e10 {particles}/mL`"


def _near(word: str, codes: Iterable[str]) -> tuple[str, ...]:
    """The codes that a word may mean: the same but for case, braces, spaces; else the closest, where it is one word."""
    of = {_plain(code): code for code in codes}
    plain = _plain(word)
    if plain in of:
        return (of[plain],)
    if _OTHER_NAMES.get(plain) in of.values():
        return (_OTHER_NAMES[plain],)
    # Short codes differ by a letter that is a factor of a thousand: `kg` is near to none of them.
    return () if " " in word or len(plain) < 4 else tuple(_closest(plain, of))


def _closest(plain: str, of: Mapping[str, str]) -> list[str]:
    return [of[form] for form in get_close_matches(plain, of, 3, 0.7)]


def _plain(code: str) -> str:
    return code.translate(_BARE_LETTERS).lower()


_BARE_LETTERS = str.maketrans({"µ": "u", "μ": "u", "²": "2", "³": "3", **dict.fromkeys("{}[] ", "")})


def _per_refused(unit: str) -> str:
    near = _near(unit, PER_UNITS)
    hint = f"; did you mean {' or '.join(f'`{code}`' for code in near)}?" if near else ""
    return f"an amount cannot stand over {unit!r}{hint} (it can over {', '.join(PER_UNITS)})"


def _per(unit: str | None, count: float) -> tuple[str, float]:
    if unit is None:
        return "", 1.0
    if unit in PER_UNITS:
        return unit, count
    if unit in UNITS and UNITS[unit][0] == "protein":
        return "ug{protein}", count * UNITS[unit][1]
    raise ValueError(_per_refused(unit))


_SAME_AXIS = {"L": ("mL", 1000.0), "m2": ("cm2", 10_000.0), "{dose}": ("", 1.0), "{session}": ("", 1.0)}
"""Units that are read on the axis of another one: a litre is 1000 mL, a dose or session is one administration."""


def in_volume(quantity: Quantity) -> bool:
    """Whether an amount stands over a volume that is more than the unit itself: "2e8 particles/3 mL", not "5 µg/mL"."""
    return quantity.per in ("mL", "L") and quantity.per_value != 1.0


def on_axis(quantity: Quantity) -> tuple[str, float, float]:
    """(per, low, high) of an amount on the axis where it is compared: over one of `per`, in the base unit of its kind."""
    per, factor = _SAME_AXIS.get(quantity.per, (quantity.per, 1.0))
    over = quantity.per_value * factor
    return per, quantity.low / over, quantity.high / over
