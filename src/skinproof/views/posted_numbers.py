"""Numbers as a registry posts them: texts that may be numbers, and where each stands."""

import re
from math import isfinite

import msgspec

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?")


class Origin(msgspec.Struct, frozen=True):
    """Where a number stands: JSON path in the record, and the number as it is written there."""

    path: str
    quote: str


def number_of(text: str | None) -> float | None:
    """The number that a posted text is, None where it is none ("NA", "<0.001", "").

    >>> number_of("1,234.5"), number_of("NA"), number_of("<0.1")
    (1234.5, None, None)
    """
    plain = (text or "").strip().replace("\u2212", "-")
    if not plain or not any(c.isdigit() for c in plain) or not _NUMBER.fullmatch(plain):
        return None
    value = float(plain.replace(",", ""))
    return value if isfinite(value) else None
