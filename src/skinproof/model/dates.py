"""Registry dates with the precision they were given: a year, a month or a day."""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Literal, Self

import msgspec

Precision = Literal["year", "month", "day"]

_SHAPE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
_TIMED = re.compile(r"(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_LONGEST = len("YYYY-MM-DD")


class PartialDate(msgspec.Struct, frozen=True, gc=False):
    """A year, a month of a year, or a day of the Gregorian calendar. Rounding is the reader's choice.

    Not ordered by itself: `2020` lies neither before nor after `2020-05`. Compare `earliest()` or
    `latest()`, or ask `surely_before`. Raises: ValueError if built from parts that are no date.
    """

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if self.month is None and self.day is not None:
            raise ValueError(f"a day needs its month: year {self.year}, day {self.day}")
        self.earliest()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The date that `text` gives. Raises: ValueError if it is not a date; nothing is trimmed or guessed."""
        shape = _SHAPE.fullmatch(text)
        if not shape:
            raise ValueError(f"not YYYY, YYYY-MM or YYYY-MM-DD: {text[:40]!r}")
        try:
            return cls(*(int(part) for part in shape.groups() if part is not None))
        except ValueError as error:
            raise ValueError(f"not in the calendar: {text!r} ({error})") from error

    @property
    def precision(self) -> Precision:
        if self.month is None:
            return "year"
        return "month" if self.day is None else "day"

    @property
    def text(self) -> str:
        """ISO 8601 text of the same precision; `parse(d.text) == d`."""
        parts = (f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part is not None))
        return "-".join(parts)

    def earliest(self) -> date:
        """The first day it can mean."""
        return date(self.year, 1 if self.month is None else self.month, 1 if self.day is None else self.day)

    def latest(self) -> date:
        """The last day it can mean."""
        month = 12 if self.month is None else self.month
        return date(self.year, month, monthrange(self.year, month)[1] if self.day is None else self.day)

    def surely_before(self, other: Self) -> bool:
        """True where every day this can mean lies before every day the other can mean."""
        return self.latest() < other.earliest()

    def may_equal(self, other: Self) -> bool:
        """True where both can mean the same day."""
        return self.earliest() <= other.latest() and other.earliest() <= self.latest()

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=1 << 16)
def _date_fault(text: str) -> str | None:
    try:
        PartialDate.parse(text)
    except ValueError as error:
        return str(error)
    return None


def date_fault(text: str) -> str | None:
    """Why `text` is no partial date; None if it is one."""
    if len(text) > _LONGEST:
        return f"not YYYY, YYYY-MM or YYYY-MM-DD: {text[:40]!r}"
    return _date_fault(text)


def date_time_fault(text: str) -> str | None:
    """Why `text` is no `YYYY-MM-DDTHH:MM`; None if it is one."""
    shape = _TIMED.fullmatch(text)
    return _date_fault(shape[1]) if shape else f"not YYYY-MM-DDTHH:MM: {text[:40]!r}"
