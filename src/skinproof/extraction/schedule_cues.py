"""Words that say how often, how many and how long something is given: each found with its place and short normal form.

Every pattern is bounded: the time taken grows with the length of the text and nothing else.
"""

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

import ahocorasick_rs

from skinproof.extraction.schedule_operations import NEEDS, OPERATION, say_operation

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
_NUM = r"(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen)"
_RANGE = rf"{_NUM}(?:\s?(?:-|–|~|～|to|or)\s?{_NUM})?"
_LEFT = r"(?<![\w.,^×*/+])(?<!\w[-–])"
_LONG = r"(?:days?|weeks?|wks?|months?|years?)"
_SPAN = r"(?:days?|weeks?|wks?|months?)"
_SHORT = r"(?:hours?|hrs?|minutes?|mins?)"
_NOUN = (
    r"(?:administrations?|injections?|infusions?|doses?|applications?|treatments?|sessions?|inhalations?|"
    r"instillations?|transplantations?|implantations?|vaccinations?|courses?|cycles?|boosters?|shots?|"
    r"transfusions?|procedures?|grafts?|occasions?|rounds?)"
)
_GIVEN_NOUN = (
    r"(?:administrations?|injections?|infusions?|doses?|applications?|treatments?|inhalations?|instillations?|"
    r"transplantations?|vaccinations?|courses?|transfusions?)"
)
_BETWEEN = (
    r"(?:(?!(?:groups?|arms?|patients?|subjects?|days?|weeks?|months?|years?|hours?|minutes?|m[lg]|cc|µg|μg|ug|ng|"
    r"million|billion|times?|of|and|or|to|cells?|levels?|different|participants?|in|at|with|for|after|phases?|escalating|ascending|increasing|"
    r"sites?|cm|centers?|centres?|cohorts?|eyes?|is|was|will|are|the)\b)[a-zµ][\w/-]{0,24}\s{1,3}){0,3}"
)
_NOT_DOSE = (
    r"(?![- ]{0,2}(?:groups?|arms?|levels?|regimens?|escalation|cohorts?|modalit|strateg|options?|limiting|"
    r"days?\b|sites?|phases?|tiers?|concentrations?))"
)
_EACH_UNIT = r"(?:days?|weeks?|months?|years?|hours?)"
_ADVERB = r"(?:daily|weekly|monthly|yearly|annually|fortnightly|biweekly|bi-weekly|hourly)"
_TIMES = rf"(?:once|twice|thrice|{_RANGE}\s{{1,2}}times?)"
_I = re.IGNORECASE

_COUNT = re.compile(
    rf"{_LEFT}(?<!one of )(?<!following )\b(?P<n>{_RANGE}|single|up to {_NUM})[ -](?P<mid>{_BETWEEN})(?P<noun>{_NOUN})\b{_NOT_DOSE}",
    _I,
)
_VAGUE = re.compile(
    rf"\b(?P<n>multiple|repeated|repeat|serial|several|consecutive)[ -]{_BETWEEN}(?P<noun>{_GIVEN_NOUN})\b{_NOT_DOSE}",
    _I,
)
_TIMES_ONLY = re.compile(
    rf"{_LEFT}\b(?P<n>once|twice|thrice|one[- ]time|single (?:i\.?v\.?|intravenous|intra-?[a-z]{4, 12})(?=\s?[,;.)])|{_RANGE}\s{{1,2}}(?:consecutive )?times)\b"
    r"(?!\s{0,2}(?:a|per|each|every(?! (?:\d|two|three|four|six|eight))|the|in\s(?:a|every|each)|they|patients?|daily|weekly|monthly|higher|lower|"
    r"greater|more|less|baseline|upper|as|faster|[a-z]{3,14}ed|eligible|consent|informed|all|he|she|participants?|"
    r"subjects?|this|is|was|has|have|been|it|we|you|your|/)\b)(?!\s{0,2}/)",
    _I,
)
_PER = re.compile(
    rf"{_LEFT}\b(?:(?P<n>{_TIMES}|{_RANGE} (?:doses|drops|applications|injections))\s{{1,2}})?(?P<adverb>{_ADVERB})\b(?!\s{{1,2}}(?:life|living|activit|function|practice|"
    r"routine|dose limit|quality|symptom|pain|skin care|exercise))",
    _I,
)
_A_DAY = re.compile(
    rf"{_LEFT}\b(?:once\s{{0,2}}(?:a|per|every|each|in an?|in every|in|/)\s{{0,2}}(?P<every>{_RANGE})?\s{{0,2}}[- ]?"
    rf"(?P<unit>{_EACH_UNIT})|(?P<n>twice|thrice|{_RANGE}\s{{1,2}}times?|{_RANGE} (?:doses|drops|applications|"
    rf"sessions|injections|infusions|treatments))\s{{0,2}}(?:a|per|each|every|/)\s{{0,2}}(?P<unit2>{_EACH_UNIT}))\b",
    _I,
)
_EVERY = re.compile(
    rf"\b(?:every|each|q)\s{{0,2}}(?P<n>{_RANGE}|other|second|third|alternate)?\s{{0,2}}[- ]?"
    rf"(?P<unit>{_EACH_UNIT}|[hdw](?=\b))\b|\b(?P<alternate>alternate|alternating) (?P<days>days|weeks)\b",
    _I,
)
_LATIN = re.compile(r"\b(?P<latin>[QBT]\.?I\.?D|[qbt]\.?i\.?d|Q[DW]|q\.?[dw])\b\.?(?:\s(?:per|a|each) day)?")
_INTERVAL = re.compile(
    rf"{_LEFT}\b(?P<a>{_RANGE})\s{{0,2}}-?\s{{0,2}}(?P<au>{_EACH_UNIT})['’]?\s{{0,2}}-?"
    r"(?:apart|(?:of )?intervals?|/time|between (?:each|doses|injections|infusions|sessions|treatments))\b"
    rf"|\b(?:intervals?|separated|spaced)\s{{1,2}}(?:\w{{1,12}}\s{{1,2}}){{0,5}}(?P<b>{_RANGE})"
    rf"\s{{0,2}}-?(?P<bu>{_EACH_UNIT})\b",
    _I,
)
_LENGTH = re.compile(
    r"\b(?:(?:for|during|over|x|×)\s{1,2}(?:an? (?:total|period|duration|course) of |a maximum of |up to |an? (?=[a-z\d]{1,8}[- ](?:day|week|month)s? (?:period|course))|"
    r"at least |the first |the next |the following |continuous |another )?|up to |duration\s{0,2}[:：of]{1,2}\s{0,2})"
    rf"(?P<a>{_RANGE})\s{{0,2}}-?\s{{0,2}}(?:consecutive |successive |continuous |treatment )?(?P<au>{_SPAN})\b"
    rf"|\b(?:consecutive|successive|continuous)\s{{1,2}}(?P<c>{_NUM})\s{{0,2}}(?P<cu>{_LONG})\b"
    rf"|\b(?:to|until|till|through)\s{{1,2}}(?P<until>day|week|month)\s(?P<at>\d{{1,3}})\b",
    _I,
)
_LENGTH_FIRST = re.compile(
    rf"{_LEFT}\b(?P<b>{_RANGE})\s{{0,2}}-?\s{{0,2}}(?:consecutive|successive|continuous)\s{{1,2}}(?P<bu>{_LONG})\b"
    rf"|{_LEFT}\b(?P<d>{_NUM})\s{{0,2}}(?P<du>{_LONG}) in a row\b"
    rf"|{_LEFT}\b(?P<e>{_NUM})\s{{0,2}}-?(?P<eu>{_SPAN}) (?:of treatment|course|treatment (?:course|period)|topical application)\b",
    _I,
)
_AND = r"(?:\s?(?:,|&|/|、|;)\s?(?:and |then )?|\s(?:and|or|then)\s(?:on |at )?)"
_ONE_POINT = r"[+-]?\d{1,3}(?:st|nd|rd|th)?(?![\d.]\d|\s?(?:%|m[lg]\b|cc\b|patients|subjects|x\s?10|×))"
_POINTS = re.compile(
    rf"\b(?P<unit>days?|weeks?|wks?|months?|(?<!vitamin[ -])[dw](?=\d))\s{{0,2}}[=:#]?\s{{0,2}}(?P<list>{_ONE_POINT}"
    rf"(?:(?:{_AND}|\s?(?:-|–|~|to|through|until)\s?)(?:(?P=unit)\s{{0,2}})?{_ONE_POINT}){{0,15}})"
    r"(?!\s?[-–]?\s?(?:hours?|years?|old))"
    rf"|{_LEFT}\b(?P<nth>\d{{1,3}}(?:st|nd|rd|th)(?:{_AND}\d{{1,3}}(?:st|nd|rd|th)){{0,9}})\s(?P<nthu>day|week|month)s?\b",
    _I,
)
_AGAIN = re.compile(
    rf"(?<!after )(?<!after the )(?<!before the )(?<!to the )\b(?P<what>booster|second|third|fourth|fifth|2nd|3rd|4th|5th|"
    rf"repeat)\s(?:[a-z]{{3,16}}\s){{0,1}}?(?P<noun>{_GIVEN_NOUN})\b{_NOT_DOSE}"
    rf"(?:,?\s(?:[a-z]{{2,12}}\s){{0,4}}?(?:in|at|after|following)\s(?:the )?(?P<a>{_RANGE})\s{{0,2}}-?(?P<au>{_EACH_UNIT})\b)?"
    rf"|\b(?P<boost>booster|again|repeated)\b(?:[^.;]{{0,60}}?)\b(?:in|at|after|following|later)"
    rf"\s{{1,2}}(?:the )?(?P<d>{_RANGE})\s{{0,2}}-?(?P<du>{_EACH_UNIT})\b"
    rf"|\bafter (?P<b>{_NUM}) (?P<bu>{_EACH_UNIT}),? (?:the )?(?:patients?|subjects?|participants?) (?:will|are|were)"
    r" (?:be )?(?:given|injected|receive)"
    rf"|{_LEFT}\b(?P<c>{_NUM}) (?P<cu>{_EACH_UNIT}) (?:later|after the first)\b",
    _I,
)
_OVER = re.compile(
    rf"\b(?:over|for|in|within|lasting|during)\s{{1,2}}(?:approximately |about |at least |a period of )?"
    rf"(?P<a>{_RANGE})\s{{0,2}}-?\s{{0,2}}(?P<au>{_SHORT})\b",
    _I,
)
_MOMENT = re.compile(
    r"\b(?P<when>at the time of|at the end of|simultaneously with|immediately after|at|during|after|following|before)"
    r"\s{1,2}(?:the |a |an |each |completion of (?:the )?)?(?:(?!and\b|or\b|the\b)[a-z][\w-]{0,20}\s{1,2}){0,2}?"
    r"(?P<what>[a-z-]{2,16}(?:ectomy|plasty|otomy|ostomy|scopy|section)|surgery|operation|debridement|resection|"
    r"(?:skin )?graft(?:ing)?|laser(?: treatment| therapy)?|radiotherapy|radiation|chemotherapy|microneedling|"
    r"excision|closure|extraction|irradiation|transplantation|lymphodepletion|peeling|reperfusion|"
    r"scar revision|subcision|bypass|angioplasty|liposuction|delivery|procedure)\b",
    _I,
)


_DISTANCE = re.compile(
    rf"{_LEFT}\b(?P<n>{_RANGE}(?:\s?(?:,|and|&)\s?{_NUM}){{0,4}})\s{{0,2}}-?(?P<unit>hours?|days?|weeks?|months?)"
    r" (?P<when>after|before|following|prior to|post)\s{1,2}(?:the |a |an |last )?(?!treat|injec|infus|baseline|the\b|"
    r"random|enrol|follow|intervention|first|second|last|dos|admin|therap|discharge|inclusion|study|that|which|each|"
    r"completion|transplant|birth|their|his\b|her\b|your|any\b|being|participation|vaccin|initial|start)(?P<what>[a-z][\w-]{2,24}(?: (?!and\b|or\b|in\b|at\b|by\b|with\b|"
    r"for\b|the\b|will\b|is\b|was\b|to\b|as\b|via\b)[a-z][\w-]{1,24}){0,2})",
    _I,
)


def find_cues(text: str) -> list[Cue]:
    """Every cue in `text`, in reading order; of two that overlap the longer stays.

    >>> [cue.value for cue in find_cues("5 times (2 ml at Day 1, Day 2)")]
    ['5 administrations', 'days 1, 2']
    """
    cues: list[Cue] = []
    present = {number for number, _, _ in _STEMS.find_matches_as_indexes(text.lower(), overlapping=True)}
    if not present:
        return cues
    numbered = not _NUMBERS.isdisjoint(present)
    for (pattern, part, say, _), (stems, number) in zip(_PATTERNS, _NEEDS, strict=True):
        if stems.isdisjoint(present) or (number and not numbered):
            continue
        for match in islice(pattern.finditer(text), LIMIT):
            value = say(match)
            if value:
                cues.append(Cue(match.start(), match.end(), part, value))
    return _apart(cues)


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
    if match["mid"].lower().strip() in ("divided", "possible", "separate dose", "different possible"):
        return ""  # of one amount, given in parts; of which one is chosen
    one = noun.rstrip("s")
    if "single" in number or _digits(number) == "1":
        if number == "1":  # "EXO 1 inhalation", "phase 1 treatment"
            return ""
        return f"single {one}" if noun == one else ""
    if noun == one:
        return ""
    most = "up to " if number.startswith("up to") else ""
    return most + _many(_digits(number), one)


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
            return _many(_digits(match[name]), _unit(match[name + "u"]))
    return ""


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
    return f"for {_say_span(match)}"


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

_PATTERNS: tuple[tuple[re.Pattern[str], str, Callable[[re.Match[str]], str], tuple[str, ...]], ...] = (
    (_COUNT, "count", _say_count, _NOUNS),
    (_VAGUE, "count", _say_vague, ("multiple", "repeat", "serial", "several", "consecutive")),
    (_TIMES_ONLY, "count", _say_times, ("once", "twice", "thrice", "time", "single i")),
    (_PER, "frequency", _say_per, ("daily", "weekly", "monthly", "yearly", "annually", "nightly", "hourly")),
    (_A_DAY, "frequency", _say_a_day, _UNITS),
    (_EVERY, "frequency", _say_every, ("every", "each", "q", "alternat")),
    (
        _LATIN,
        "frequency",
        _say_latin,
        ("qid", "q.", "bid", "b.i", "tid", "t.i", "qd", "qw", "bi.", "ti.", "qi."),
    ),
    (
        _INTERVAL,
        "interval",
        lambda match: f"{_say_span(match)} apart",
        ("apart", "interval", "/time", "between", "separated", "spaced"),
    ),
    (_LENGTH, "length", _say_length, _LONG_UNITS),
    (
        _LENGTH_FIRST,
        "length",
        _say_length,
        ("consec", "success", "contin", "in a row", " of treat", "course", "topical app", "nt period"),
    ),
    (_POINTS, "points", _say_points, (*_LONG_UNITS, *(f"{unit}{n}" for unit in "dw" for n in range(10)))),
    (
        _AGAIN,
        "again",
        _say_again,
        (
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
    ),
    (_OVER, "over", lambda match: f"over {_say_span(match)}", ("min", "hour", "hr")),
    (_MOMENT, "moment", _say_moment, _CUTS),
    (_DISTANCE, "moment", _say_distance, _UNITS),
    (OPERATION, "moment", say_operation, NEEDS),
)
"""Pattern, part, how its match is said, and the letters without one of which (in lower case) it cannot match."""


_NUMBER_LETTERS = (*"0123456789", *_WORDS, "single")
_ALL = tuple(sorted({*_NUMBER_LETTERS, *(letters for *_, needs in _PATTERNS for letters in needs)}))
_STEMS = ahocorasick_rs.AhoCorasick(_ALL)
_NUMBERS = frozenset(map(_ALL.index, _NUMBER_LETTERS))
_WITHOUT_NUMBER = frozenset({_VAGUE, _PER, _EVERY, _LATIN, _AGAIN, _MOMENT, OPERATION})
_NEEDS = tuple(
    (frozenset(map(_ALL.index, needs)), pattern not in _WITHOUT_NUMBER) for pattern, _, _, needs in _PATTERNS
)
"""For each pattern: the letters one of which must be there, and whether it cannot match without a number."""


def runs(cues: list[Cue]) -> Iterator[Cue]:
    """The cues, each once by part and value."""
    seen: set[tuple[str, str]] = set()
    for cue in cues:
        if (cue.part, cue.value) not in seen:
            seen.add((cue.part, cue.value))
            yield cue
