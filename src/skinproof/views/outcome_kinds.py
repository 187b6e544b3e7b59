"""What a posted outcome is: a value, a change or a gain; when it was measured; and which words name it.

All of it is read from the title, the names of its classes and the time frame, as posted.
"""

import re

KINDS = {
    "value": "value at the end",
    "change": "change from the start",
    "percent_change": "change in percent of the start",
    "gain": "gain or reduction, signed as posted",
    "people": "people",
}
"""Kinds that are never pooled with each other, and what they are called. `start` (a value before treatment) is no outcome."""

_UNIT_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
_NUMBER = r"\d{1,4}(?:\.\d{1,3})?"
_LIST = rf"{_NUMBER}(?:(?: ?, ?and | ?, ?| and | to | or | ?& ?| ?- ?){_NUMBER})*"
_UNIT = r"(hour|day|week|month|year)s?\b"
_TIME = re.compile(rf"\b{_UNIT}[ -]?({_LIST})(?!\d)|\b({_LIST})[ -]?{_UNIT}", re.I)
_PERCENT = re.compile(
    r"(percent(age)?|%) ?change|change \(%\)|change in percent|percent of (the )?baseline", re.I
)
_CHANGE = re.compile(r"\bchanges?\b|\bchanged\b|\bdifference from baseline\b", re.I)
_GAIN = re.compile(r"\b(reduction|improvement|decrease|increase|gain)s?\b", re.I)
_START = re.compile(
    r"^\W*(at |the )?(baseline|screening|pre[- ]?(treatment|injection|infusion|operative|op|dose|procedure)|before \w+|(day|week|month) 0)\b",
    re.I,
)
_LEAD = re.compile(
    r"^\W*((absolute|mean|average|percent(age)?|%|total) )*changes?( \(%\))?( (from|since|over|to) (the )?baseline)?( (in|of)| on)?( the| mean)? ",
    re.I,
)
_TAIL = re.compile(
    r"[,;:(]? ?\b(at|to|after|by|from|between|over|through|until|up to|within|on|post)( the)?( baseline)?( (and|to|through))?( the| post| final)?$",
    re.I,
)
_LONGEST = 600
"""Characters that are read; a title of the registry has at most 255 and a time frame is a sentence."""


def days_of(text: str) -> float | None:
    """The latest time that a text names, in days; None where it names none.

    >>> days_of("Baseline, Weeks 4, 8 and 12"), days_of("Day 28"), days_of("at the end")
    (84.0, 28.0, None)
    """
    found = []
    for match in _TIME.finditer(text[:_LONGEST]):
        unit, numbers = (match[1], match[2]) if match[1] else (match[4], match[3])
        found += [float(n) * _UNIT_DAYS[unit.casefold()] for n in re.findall(_NUMBER, numbers)]
    return max(found, default=None)


def time_words(days: float | None) -> str:
    """A time as people say it.

    >>> time_words(84.0), time_words(365.25), time_words(3 / 24), time_words(None)
    ('12 weeks', '12 months', '3 hours', 'time not told')
    """
    if days is None:
        return "time not told"
    for unit in ("month", "week", "day", "hour"):
        count = days / _UNIT_DAYS[unit]
        whole = round(count)
        if whole and abs(count - whole) < 0.01 and (unit != "week" or whole < 100):
            return f"{whole:,} {unit}{'' if whole == 1 else 's'}"
    return f"{days:.3g} days"


def is_start(title: str, what: str) -> bool:
    """Whether a value is one from before the treatment.

    >>> is_start("Pain", "Baseline"), is_start("Change from baseline in pain", "Week 4"), is_start("Baseline MASI", "")
    (True, False, True)
    """
    return (bool(_START.match(what)) and not _CHANGE.search(what)) or (not what and bool(_START.match(title)))


def kind_of(title: str, what: str, unit: str, *, start_beside: bool) -> tuple[str, str]:
    """The kind, and a note where the title says something else than the values beside it.

    start_beside: values from before the treatment stand in the same outcome, so that the others are values, too.
    """
    for words in (what, f"{title} {unit}"):
        beside = start_beside and words is not what
        for kind, pattern in (("percent_change", _PERCENT), ("change", _CHANGE), ("gain", _GAIN)):
            if pattern.search(words):
                if beside:
                    return (
                        "value",
                        "the title says change, and values from the start stand beside: taken as values",
                    )
                return kind, ""
    return "value", ""


def without_times(text: str) -> str:
    """A text without the times in it.

    >>> without_times("Post-injection 12 weeks"), without_times("Pain at Week 12")
    ('', 'Pain')
    """
    plain = " ".join(_TIME.sub(" ", text[:_LONGEST]).replace("()", "").split()).strip(" ,;:-")
    while (cut := _TAIL.sub("", plain).strip(" ,;:(-")) != plain:
        plain = cut
    return (
        ""
        if re.fullmatch(
            r"(post|after|at|follow)?\W*(injection|treatment|surgery|infusion|up|baseline)?\W*(and)?",
            plain,
            re.I,
        )
        else plain
    )


def measured_words(title: str, what: str) -> str:
    """What was measured, in the words of the record, without change, baseline and times.

    >>> measured_words("Change From Baseline in Visual Analog Scale (VAS) at 6 and 12 Weeks", "Post-injection 6 weeks")
    'Visual Analog Scale (VAS)'
    """
    plain = without_times(_LEAD.sub("", title)) or title.strip()
    part = without_times(what)
    if _CHANGE.search(part):
        part = ""
    return f"{plain}: {part}" if part else plain


def folded_words(text: str) -> str:
    """Words as a key: without case and marks."""
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())
