"""Dates as registers print them -> ISO dates with the precision given.

>>> [day_of(text).text for text in ("April 25, 2024", "January 2022", "20240408", "2009/04/01", "27 May 2024")]
['2024-04-25', '2022-01', '2024-04-08', '2009-04-01', '2024-05-27']
>>> [day_of(text).text for text in ("16/04/2024", "08/04/2024")], day_of("08/04/2024", day_first=True).text
(['2024-04-16', '2024'], '2024-04-08')
"""

import re
from typing import NamedTuple

from skinproof.model.dates import PartialDate
from skinproof.sources.paper_dates import date_of_parts

_TIME = r"(?:[T ]\d\d?:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?"
_YEAR_FIRST = re.compile(r"(\d{4})(?:([-/.])(\d\d?)(?:\2(\d\d?))?)?" + _TIME, re.ASCII)
_EIGHT = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.? (?:(\d\d?), ?)?(\d{4})" + _TIME, re.ASCII)
_DAY_NAMED = re.compile(r"(\d\d?)[ -]([A-Za-z]{3,9})\.?[ -](\d{4})" + _TIME, re.ASCII)
_SLASHED = re.compile(r"(\d\d?)([-/.])(\d\d?)\2(\d{4})" + _TIME, re.ASCII)


class Day(NamedTuple):
    """A date text. unsettled: day and month cannot be told apart, so that only the year is kept."""

    text: str
    unsettled: bool = False


def day_of(text: str, *, day_first: bool = False) -> Day:
    """The date a text surely means; a text that is no date comes back as it is, to become an issue.

    day_first: the register is known to write day/month/year. Unknown, `08/04/2024` settles the year alone.
    """
    text = text.strip()
    if (found := _EIGHT.fullmatch(text)) is not None:
        return _made(text, *found.groups())
    if (found := _YEAR_FIRST.fullmatch(text)) is not None:
        return _made(text, found[1], found[3], found[4])
    if (found := _MONTH_FIRST.fullmatch(text)) is not None:
        return _made(text, found[3], found[1], found[2])
    if (found := _DAY_NAMED.fullmatch(text)) is not None:
        return _made(text, found[3], found[2], found[1])
    if (found := _SLASHED.fullmatch(text)) is not None:
        first, second, year = int(found[1]), int(found[3]), found[4]
        if day_first or first > 12 or first == second:
            return _made(text, year, found[3], found[1])
        return _made(text, year, found[1], found[3]) if second > 12 else Day(year, True)
    return Day(text)


def _made(text: str, year: str | None, month: str | None, day: str | None) -> Day:
    date: PartialDate | None = date_of_parts(year, month, day)
    return Day(date.text if date else text)
