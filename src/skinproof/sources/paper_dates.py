"""Dates as bibliographic sources print them, with the precision they were given.

>>> [str(printed_date(text)) for text in ("2012 Jul 12", "2019 09", "2012 Jul-Aug", "2020 Winter", "1998 Dec-1999 Jan")]
['2012-07-12', '2019-09', '2012', '2020', 'None']
"""

import re

from skinproof.model.dates import PartialDate

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_PRINTED = re.compile(
    r"((?:1[5-9]|20|21)\d\d)(?:[\s/-]+([A-Za-z]{3,9}\.?|\d{1,2})(?:[\s/-]+(\d{1,2}))?)?/*", re.ASCII
)
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20|21)\d\d(?!\d)", re.ASCII)
LONGEST = 200


def printed_date(text: str) -> PartialDate | None:
    """The date a printed one surely means: a day, a month, or the year of a range or season within one year.

    None where no year is named, or two.
    """
    text = text.strip()[:LONGEST]
    shape = _PRINTED.fullmatch(text)
    if shape is not None and (found := date_of_parts(*shape.groups())) is not None:
        return found
    years = set(_YEAR.findall(text))
    return PartialDate(int(years.pop())) if len(years) == 1 else None


def date_of_parts(year: str | None, month: str | None, day: str | None) -> PartialDate | None:
    """The date of a year, a month as a number or an English name, and a day; None where they are no date."""
    if year is None or not re.fullmatch(r"\d{4}", year, re.ASCII):
        return None
    number = _month(month) if month else None
    if (month and number is None) or (day and number is None):
        return None
    try:
        return PartialDate(int(year), number, int(day) if day else None)
    except ValueError:
        return None


def _month(text: str) -> int | None:
    if text.isascii() and text.isdecimal():
        return int(text) if len(text) < 3 else None
    name = text.rstrip(".").lower()
    return _MONTHS.get(name[:3]) if name.isalpha() else None
