"""Words that say how often, how many and how long something is given: each found with its place and short normal form."""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from skinproof.extraction import schedule_words as patterns
from skinproof.extraction.letters import Letters, Need, needs, small, tried
from skinproof.extraction.schedule_operations import NEEDS, OPERATION, say_operation
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


_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "twelve": "12", "fourteen": "14",
    "first": "1", "second": "2", "third": "3", "other": "2",
    "once": "1", "twice": "2", "thrice": "3",
}  # fmt: skip
_ORDINALS = {"2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth"}


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


def _digits(words: str) -> str:
    """A number or a range in digits: `two or three` -> `2-3`."""
    found = re.findall(r"\d{1,3}|[a-z]{3,8}", words.lower())
    numbers = [str(int(_WORDS.get(word, word))) for word in found if word in _WORDS or word.isdigit()]
    return "-".join(numbers[:2])


def _unit(word: str) -> str:
    """Singular name of a unit of time."""
    word = word.lower().rstrip("s")
    return {
        "d": "day", "w": "week", "wk": "week", "h": "hour", "hr": "hour", "min": "minute",
    }.get(word, word)  # fmt: skip


def _many(number: str, unit: str) -> str:
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"


def _say_count(match: re.Match[str]) -> str:
    noun, number = match["noun"].lower(), match["n"].lower()
    mid = match["mid"].lower()
    more = " more" if _MORE.search(f"{match['bound'] or ''}") or _MORE.search(mid) else ""
    often = _RHYTHM.search(mid)
    if mid.strip() in ("divided", "possible", "separate dose", "different possible"):
        return ""  # of one amount, given in parts; of which one is chosen
    one = noun.rstrip("s")
    if "single" in number or _digits(number) == "1":
        if number == "1" and not more:  # "EXO 1 inhalation", "phase 1 treatment"
            return ""
        if more:
            return f"{_bound(match)}1 more {one}"
        return f"single {one}" if noun == one else ""
    if noun == one:
        return ""
    said = f"{_bound(match)}{_digits(number)}{more} {one}s"
    return f"{said}; {_RHYTHMS.get(often[0], often[0])}" if often else said


_MORE = small(r"\b(?:additional|further|extra|more)$|^(?:additional|further|extra|more)\b")
_RHYTHM = small(r"\b(?:weekly|bi-?weekly|monthly|fortnightly|yearly)\b")
_RHYTHMS = {"bi-weekly": "biweekly", "fortnightly": "every 2 weeks"}


def _bound(match: re.Match[str]) -> str:
    """`up to ` for "no more than", `at least ` for "no less than", else nothing."""
    words = match["bound"] or match.groupdict().get("most") or ""
    if not words or words in ("additional", "extra", "further"):
        return ""
    least = any(word in words for word in ("less", "fewer", "sooner", "earlier", "least", "minimum"))
    return "at least " if least else "up to "


def _say_vague(match: re.Match[str]) -> str:
    noun = match["noun"].lower()
    return f"{match['n'].lower().replace('repeat', 'repeated').replace('eded', 'ed')} {noun.rstrip('s')}s"


def _say_times(match: re.Match[str]) -> str:
    number = _digits(match["n"])
    if match["n"][:6].lower() == "single":
        return "single administration"
    return "single administration" if number == "1" else f"{number} administrations"


def _say_per(match: re.Match[str]) -> str:
    adverb = match["adverb"].lower().replace("annually", "yearly")
    adverb = {"fortnightly": "every 2 weeks", "biweekly": "biweekly", "bi-weekly": "biweekly"}.get(
        adverb, adverb
    )
    return _times(match["n"]) + adverb


def _times(words: str | None) -> str:
    number = _digits(words or "")
    return {"": "", "1": "", "2": "twice "}.get(number, f"{number} times ")


def _say_a_day(match: re.Match[str]) -> str:
    every, unit = _digits(match["every"] or ""), _unit(match["unit"] or match["unit2"])
    if every in ("", "1"):
        return _times(match["n"]) + {"day": "daily"}.get(unit, f"{unit}ly")
    return _times(match["n"]) + f"every {_many(every, unit)}"


def _say_every(match: re.Match[str]) -> str:
    if match["alternate"]:
        return f"every 2 {_unit(match['days'])}s"
    number, unit = _digits((match["n"] or "").replace("alternate", "other")), _unit(match["unit"])
    if match[0][0] in "qQ" and not number:
        return ""
    if number in ("", "1"):
        return {"day": "daily"}.get(unit, f"{unit}ly")
    return f"every {_many(number, unit)}"


def _say_latin(match: re.Match[str]) -> str:
    latin = match["latin"].replace(".", "").lower()
    return {
        "qid": "4 times daily", "tid": "3 times daily", "bid": "twice daily", "qd": "daily", "qw": "weekly",
    }[latin]  # fmt: skip


def _say_span(match: re.Match[str]) -> str:
    for name in "abcde":
        if name in match.re.groupindex and match[name]:
            return _many(_digits(match[name]) or "1", _unit(match[name + "u"]))
    return ""


def _say_interval(match: re.Match[str]) -> str:
    """`14 days (+/- 7 days) apart`, `7 days to 6 weeks apart`, `at least 3 days apart`."""
    if match["v"]:
        unit = _unit(match["vu"])
        wide = _many(_digits(match["w"]), _unit(match["wu"] or unit))
        but = f", {match['but']}" if match["but"] else ""
        return f"{_many(_digits(match['v']), unit)} (+/- {wide}) apart{but}"
    if match["c"]:
        least, most = _unit(match["cu"]), _unit(match["du"])
        if least == most:
            return f"{_digits(match['c'])}-{_digits(match['d'])} {most}s apart"
        return f"{_many(_digits(match['c']), least)} to {_many(_digits(match['d']), most)} apart"
    return f"{_bound(match)}{_say_span(match)} apart"


def _say_points(match: re.Match[str]) -> str:
    unit = _unit(match["unit"] or match["nthu"])
    words = match["list"] or match["nth"]
    words = re.sub(r"\s?(?:–|~|to|through|until)\s?|(?<=\d)\s?-\s?(?=\d)", "~", words)
    numbers = [
        "-".join(str(int(n)) for n in pair.split("~") if n)
        for pair in re.findall(r"-?\d{1,3}(?:~(?:days?|weeks?)?\s?-?\d{1,3})?", words.replace("+", ""))
        if not re.search(r"[a-z]", pair)
    ]
    if not numbers:
        return ""
    plural = "s" if len(numbers) > 1 or "-" in numbers[0][1:] else ""
    return f"{unit}{plural} {', '.join(dict.fromkeys(numbers))}"


def _say_again(match: re.Match[str]) -> str:
    after = f" after {_say_span(match)}" if _say_span(match) else ""
    if match["what"]:
        what = _ORDINALS.get(match["what"].lower(), match["what"].lower())
        return f"{what} {match['noun'].lower().rstrip('s')}{after}"
    return ("booster" if (match["boost"] or "").lower() == "booster" else "again") + after


def _say_moment(match: re.Match[str]) -> str:
    when = match["when"].lower().replace("following", "after").replace("immediately ", "")
    if match["what"].lower() == "procedure" and when not in ("during", "at the time of"):
        return ""
    return f"{when} {match['what'].lower()}"


def _say_distance(match: re.Match[str]) -> str:
    numbers = re.sub(r"[a-z]{3,8}", lambda m: _WORDS.get(m[0], m[0]), match["n"].lower())
    when = (
        match["when"]
        .lower()
        .replace("following", "after")
        .replace("prior to", "before")
        .replace("post", "after")
    )
    unit = _unit(match["unit"]) + ("" if numbers == "1" else "s")
    return f"{numbers} {unit} {when} {match['what'].lower().removesuffix(' of')}"


def _say_length(match: re.Match[str]) -> str:
    if "until" in match.re.groupindex and match["until"]:
        return f"until {match['until'].lower()} {int(match['at'])}"
    bound = _bound(match) if "bound" in match.re.groupindex else ""
    return f"for {bound}{_say_span(match)}"


def _say_beside(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - 50) : match.start()]
    return f"for {_say_span(match)}" if patterns.OFTEN_BEFORE.search(before) else ""


def _say_within(match: re.Match[str]) -> str:
    first = "the first " if " first " in match[0][: match.start("n") - match.start()] else ""
    said = _many(_digits(match["n"]), _unit(match["unit"]))
    what = " ".join(match["what"].split()).removesuffix(" of")
    return f"within {first}{said} {match['when']} {match['the']}{what}"


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


_NUMBER = (*"0123456789", *_WORDS, "single")
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
        _say_count,
        needs(*_NOUNS),
        needs(*_NUMBER, *_BOUNDS, "additional", "extra", "further"),
    ),
    _Kind(patterns.VAGUE, "count", _say_vague, needs(*_VAGUES), needs(*_VAGUES), numbered=False),
    _Kind(
        patterns.TIMES_ONLY,
        "count",
        _say_times,
        needs("once", "twice", "thrice", "time", "single i"),
        _NUMBERS,
    ),
    _Kind(patterns.PER, "frequency", _say_per, needs(*_ADVERBS), needs(*_NUMBER, *_ADVERBS), numbered=False),
    _Kind(patterns.A_DAY, "frequency", _say_a_day, needs(*_UNITS), _NUMBERS),
    _Kind(
        patterns.EVERY,
        "frequency",
        _say_every,
        needs("every", "each", "q", "alternat"),
        needs("every", "each", "q", "alternat"),
        numbered=False,
    ),
    _Kind(
        patterns.LATIN, "frequency", _say_latin, needs(*_LATINS), needs(*_LATINS), numbered=False, exact=True
    ),
    _Kind(
        patterns.INTERVAL,
        "interval",
        _say_interval,
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
        _say_length,
        needs(*_LONG_UNITS, "year"),
    ),
    _Kind(
        patterns.LENGTH_FIRST,
        "length",
        _say_length,
        needs("consec", "success", "contin", "in a row", " of treat", "course", "topical app", "nt period"),
        _NUMBERS,
    ),
    _Kind(patterns.LENGTH_BESIDE, "length", _say_beside, needs(*_LONG_UNITS), _NUMBERS),
    _Kind(
        patterns.POINTS,
        "points",
        _say_points,
        needs(*_LONG_UNITS, *_DAY_1),
        needs(*_LONG_UNITS, *_DAY_1, *"0123456789"),
        exact=True,
    ),
    _Kind(
        patterns.AGAIN,
        "again",
        _say_again,
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
        lambda match: f"{'within' if match['b'] or match['c'] else 'over'} {_say_span(match)}",
        needs("min", "hour", "hr"),
    ),
    _Kind(
        patterns.MOMENT,
        "moment",
        _say_moment,
        needs(*_CUTS),
        numbered=False,
    ),
    _Kind(patterns.WITHIN, "moment", _say_within, needs("within "), needs("within ")),
    _Kind(patterns.DISTANCE, "moment", _say_distance, needs(*_UNITS), _NUMBERS),
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
