"""Words that say how often, how many and how long something is given: each found with its place and short normal form."""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from skinproof.extraction import schedule_words as patterns
from skinproof.extraction.letters import Letters, Need, needs, tried
from skinproof.extraction.schedule_operations import NEEDS, OPERATION, say_operation
from skinproof.extraction.schedule_says import (
    NUMBER_WORDS,
    say_a_day,
    say_again,
    say_beside,
    say_count,
    say_distance,
    say_every,
    say_interval,
    say_latin,
    say_length,
    say_moment,
    say_per,
    say_points,
    say_span,
    say_times,
    say_vague,
    say_within,
)
from skinproof.extraction.stems import lower

PARTS = ("count", "frequency", "length", "points", "interval", "again", "over", "moment")
"""What a cue tells, in the order in which a value names them.

count      how many ("two doses", "5 times")             frequency  how often ("twice weekly", "every 12 hours")
length     for how long ("for 28 days")                  points     when ("days 1, 8, 15")
interval   how far apart ("7 days apart")                again      a later dose ("booster after 3 weeks")
over       how long one takes ("over 60 minutes")        moment     with what ("after vitrectomy")
"""

LIMIT = 60
"""Cues of one part that are kept of one text: a real record has a handful."""


class Cue(NamedTuple):
    """`text[start:end]` says `value` about `part`."""

    start: int
    end: int
    part: str
    value: str


def find_cues(text: str) -> list[Cue]:
    """Every cue in `text`, in reading order; of two that overlap the longer stays.

    >>> [cue.value for cue in find_cues("5 times (2 ml at Day 1, Day 2)")]
    ['5 administrations', 'days 1, 2']
    """
    low = lower(text)
    return cues_within(text, low, Letters(low), 0, len(text))


def cues_within(text: str, low: str, letters: Letters, start: int, end: int) -> list[Cue]:
    """The same of `text[start:end]`, by offsets of `text`; low: it in small letters, letters: what stands in it."""
    numbered = letters.within(_NUMBERS, start, end)
    if not numbered and not letters.within(_WITHOUT_NUMBER, start, end):
        return []
    cues: list[Cue] = []
    for kind in KINDS:
        if (kind.numbered and not numbered) or not letters.within(kind.needs, start, end):
            continue
        words = text if kind.exact else low
        if kind.starts is None:
            found = kind.pattern.finditer(words, start, end)
        else:
            found = tried(kind.pattern, words, letters.between(kind.starts, start, end), end)
        for match in islice(found, LIMIT):
            if value := kind.say(match):
                cues.append(Cue(match.start(), match.end(), kind.part, value))
    return _apart(cues) if len(cues) > 1 else cues


def _apart(cues: list[Cue]) -> list[Cue]:
    """The cues that overlap no longer one."""
    cues.sort(key=lambda cue: (cue.start, cue.start - cue.end))
    kept: list[Cue] = []
    for cue in cues:
        if kept and cue.start < kept[-1].end:
            if cue.end - cue.start > kept[-1].end - kept[-1].start:
                kept[-1] = cue
        else:
            kept.append(cue)
    return kept


_LONG_UNITS = ("day", "week", "wk", "month")
_UNITS = (*_LONG_UNITS, "hour", "year")
_NOUNS = (
    "administration", "injection", "infusion", "dose", "application", "treatment", "session", "inhalation",
    "instillation", "plantation", "vaccination", "course", "cycle", "booster", "shot", "transfusion", "procedure",
    "graft", "occasion", "round",
)  # fmt: skip
_CUTS = (
    "ectomy", "plasty", "tomy", "scopy", "section", "surg", "operation", "debridement", "graft", "laser", "radi",
    "chemo", "needling", "excision", "closure", "extraction", "plantation", "depletion", "peeling", "reperfusion",
    "revision", "subcision", "bypass", "suction", "delivery", "procedure",
)  # fmt: skip


class _Kind(NamedTuple):
    """part: what a match tells; say: its short normal form, "" for none; needs: letters of which some stand in every
    match; starts: letters of which each match begins with some (None: it is searched for); numbered: it cannot match without a number;
    exact: it is tried on the text as it is written.
    """

    pattern: re.Pattern[str]
    part: str
    say: Callable[[re.Match[str]], str]
    needs: Need
    starts: Need | None = None
    numbered: bool = True
    exact: bool = False


_NUMBER = (*"0123456789", *NUMBER_WORDS, "single")
_NUMBERS = needs(*_NUMBER)
_BOUNDS = ("up to", "no more", "no longer", "no later", "not ", "at most", "maximum of", "no less", "no fewer", "no sooner", "no earlier", "at least", "minimum of")  # fmt: skip
_ADVERBS = (
    "daily",
    "weekly",
    "monthly",
    "yearly",
    "annually",
    "fortnightly",
    "biweekly",
    "bi-weekly",
    "hourly",
)
_VAGUES = ("multiple", "repeat", "serial", "several", "consecutive")
_DAY_1 = tuple(f"{unit}{n}" for unit in "dw" for n in range(10))
_LATINS = ("qid", "q.i", "qi.", "bid", "b.i", "bi.", "tid", "t.i", "ti.", "qd", "q.d", "qw", "q.w")

KINDS = (
    _Kind(
        patterns.COUNT,
        "count",
        say_count,
        needs(*_NOUNS),
        needs(*_NUMBER, *_BOUNDS, "additional", "extra", "further"),
    ),
    _Kind(patterns.VAGUE, "count", say_vague, needs(*_VAGUES), needs(*_VAGUES), numbered=False),
    _Kind(
        patterns.TIMES_ONLY,
        "count",
        say_times,
        needs("once", "twice", "thrice", "time", "single i"),
        _NUMBERS,
    ),
    _Kind(patterns.PER, "frequency", say_per, needs(*_ADVERBS), needs(*_NUMBER, *_ADVERBS), numbered=False),
    _Kind(patterns.A_DAY, "frequency", say_a_day, needs(*_UNITS), _NUMBERS),
    _Kind(
        patterns.EVERY,
        "frequency",
        say_every,
        needs("every", "each", "q", "alternat"),
        needs("every", "each", "q", "alternat"),
        numbered=False,
    ),
    _Kind(
        patterns.LATIN, "frequency", say_latin, needs(*_LATINS), needs(*_LATINS), numbered=False, exact=True
    ),
    _Kind(
        patterns.INTERVAL,
        "interval",
        say_interval,
        needs("apart", "interval", "/time", "between", "separated", "spaced"),
        needs(
            *_NUMBER,
            *_BOUNDS,
            *(f"a {unit} apart" for unit in _UNITS),
            "an hour apart",
            "interval",
            "separated",
            "spaced",
        ),
        numbered=False,
    ),
    _Kind(
        patterns.LENGTH,
        "length",
        say_length,
        needs(*_LONG_UNITS, "year"),
    ),
    _Kind(
        patterns.LENGTH_FIRST,
        "length",
        say_length,
        needs("consec", "success", "contin", "in a row", " of treat", "course", "topical app", "nt period"),
        _NUMBERS,
    ),
    _Kind(patterns.LENGTH_BESIDE, "length", say_beside, needs(*_LONG_UNITS), _NUMBERS),
    _Kind(
        patterns.POINTS,
        "points",
        say_points,
        needs(*_LONG_UNITS, *_DAY_1),
        needs(*_LONG_UNITS, *_DAY_1, *"0123456789"),
        exact=True,
    ),
    _Kind(
        patterns.AGAIN,
        "again",
        say_again,
        needs(
            "boost",
            "second",
            "third",
            "fourth",
            "fifth",
            "2nd",
            "3rd",
            "4th",
            "5th",
            "repeat",
            "again",
            "after",
            "later",
        ),
        needs("booster", "second", "third", "fourth", "fifth", "repeat", "again", "after", *_NUMBER),
        numbered=False,
    ),
    _Kind(
        patterns.OVER,
        "over",
        lambda match: f"{'within' if match['b'] or match['c'] else 'over'} {say_span(match)}",
        needs("min", "hour", "hr"),
    ),
    _Kind(
        patterns.MOMENT,
        "moment",
        say_moment,
        needs(*_CUTS),
        numbered=False,
    ),
    _Kind(patterns.WITHIN, "moment", say_within, needs("within "), needs("within ")),
    _Kind(patterns.DISTANCE, "moment", say_distance, needs(*_UNITS), _NUMBERS),
    _Kind(OPERATION, "moment", say_operation, needs(*NEEDS), numbered=False),
)
"""What is looked for, in this order."""

_WITHOUT_NUMBER = needs(
    *_VAGUES, *_ADVERBS, " apart", "every", "each", "q", "alternat", *_LATINS, "boost", "second", "third", "fourth", "fifth",
    "repeat", "again", "after", "later", *_CUTS, *NEEDS,
)  # fmt: skip
"""One of these stands in every match without a number."""


def runs(cues: list[Cue]) -> Iterator[Cue]:
    """The cues, each once by part and value."""
    seen: set[tuple[str, str]] = set()
    for cue in cues:
        if (cue.part, cue.value) not in seen:
            seen.add((cue.part, cue.value))
            yield cue
