"""The words of a claim that are no term of the vocabulary: what it says happens, what with, how many, until when."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from skinproof.model.dates import PartialDate

DIRECTIONS = {
    "benefit": "it helps",
    "harm": "it does harm",
    "no_effect": "it does not help",
    "safe": "it is safe",
    "none": "not said",
}
"""What a claim says of the effect, and how that is shown back."""

COMPARATORS = {
    "placebo": "a placebo",
    "sham": "a sham procedure",
    "no_treatment": "no treatment",
    "usual_care": "usual care or another treatment",
}
"""Comparators that are no agent, and how they are shown back."""

_COMPARATOR_WORDS = re.compile(
    r"\b(?P<placebo>placebos?|vehicle|saline)\b|\b(?P<sham>sham)\b|"
    r"\b(?P<no_treatment>no treatment|nothing|untreated|non-?treatment|controls?)\b|"
    r"\b(?P<usual_care>(?:usual|standard|conventional|routine) (?:care|treatment|therapy))\b"
)
_AGAINST = re.compile(
    r"\b(?:vs|versus|compared (?:with|to|against)|in comparison (?:with|to)|against|than|superior to|inferior to|over)\b"
)
_BENEFIT = re.compile(
    r"\b(?:improv(?:e|es|ed|ing|ements?)|help(?:s|ed|ful|ing)?|works?|worked|treat(?:s|ed|ing)?|cur(?:e|es|ed)|heal(?:s|ed|ing)?|"
    r"reduc(?:e|es|ed|ing)|decreas(?:e|es|ed)|regrow(?:s|th)?|restor(?:e|es|ed)|effective(?:ly)?|efficacious|better|benefits?|"
    r"beneficial|rejuvenat(?:e|es|ed)|prevent(?:s|ed)?|speed(?:s|ed)?(?: up)?|accelerat(?:e|es|ed)|fad(?:e|es|ed)|"
    r"lighten(?:s|ed)?|repair(?:s|ed)?|stimulat(?:e|es|ed)|promot(?:e|es|ed)|boost(?:s|ed)?|clear(?:s|ed)?|"
    r"reverse(?:s|d)?|good for|superior|increas(?:e|es|ed)|enhanc(?:e|es|ed)|relie(?:ve|ves|ved))\b"
)
_HARM = re.compile(
    r"\b(?:caus(?:e|es|ed|ing)|worsen(?:s|ed)?|harm(?:s|ed|ful)?|dangerous|unsafe|trigger(?:s|ed)?|side[- ]effects?|"
    r"adverse (?:events?|effects?|reactions?)|toxic|risky?|make(?:s)? (?:\w+ ){0,3}worse)\b"
)
_SAFE = re.compile(r"\b(?:safe|safely|safety|harmless|well tolerated)\b")
_NOTHING = re.compile(
    r"\b(?:ineffective|useless|no (?:effects?|benefits?|better|difference|use|value|improvements?)|do(?:es)? nothing|"
    r"waste of (?:money|time)|placebo effect)\b"
)
_NOT = re.compile(
    r"\b(?:not|never|cannot|can ?not|can't|cant|don't|dont|doesn't|doesnt|didn't|didnt|won't|wont|isn't|isnt|aren't|arent|"
    r"fail(?:s|ed)? to|hardly|no evidence that|unable to|nor|no)\b"
)
_PURPOSE = re.compile(
    r"\bfor (?:the )?(?:[\w-]+ ){0,2}(?:healing|regrowth|repair|restoration|improvements?)\b"
)
"""What something is for is no word that it does it: "PRP for hair regrowth"."""
_REACH = 40
"""Characters before a word of effect in which a "not" counts: "do not seem to help"."""

_COUNT = re.compile(
    r"(?<![\w.,])(?P<n>\d{1,3}(?:[ ,]\d{3}){1,2}|\d{1,7})(?![\w]|[.,]\d)"
    r"(?P<gap>(?: [a-z-]+){0,4}?) ?(?P<what>trials?|studies|study|records?|on|of (?:them|these|which)|in)\b"
)
_NOT_COUNTED = re.compile(r"\b(?:patients?|people|participants?|subjects?|women|men|volunteers|weeks?|months?|days?|years?|per ?cent|sessions?|mg|ml|nm)\b")  # fmt: skip
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")  # fmt: skip
_DAY = re.compile(
    r"\b(?:as of|by|until|till|up to|in|on|before|to|through|at)(?: the end of| end of)? (?:"
    r"(?P<iso>(?:19|20)\d\d(?:-\d\d(?:-\d\d)?)?)(?![\w-])|"
    r"(?:(?P<d>\d{1,2}) )?(?P<m>[a-z]{3,9})\.? (?:(?P<d2>\d{1,2})(?:st|nd|rd|th)?,? )?(?P<y>(?:19|20)\d\d)\b)"
)

LAY_WORDS: dict[str, tuple[str, ...]] = {
    "topical": ("route:topical", "procedure:topical"), "topically": ("route:topical", "procedure:topical"),
    "serum": ("route:topical", "procedure:topical"), "cream": ("route:topical", "procedure:topical"),
    "creams": ("route:topical", "procedure:topical"), "serums": ("route:topical", "procedure:topical"),
    "gel": ("route:topical", "procedure:topical"), "lotion": ("route:topical", "procedure:topical"),
    "injection": ("route:injection_local", "route:intradermal", "route:subcutaneous", "procedure:intradermal", "procedure:intralesional"),
    "injections": ("route:injection_local", "route:intradermal", "route:subcutaneous", "procedure:intradermal", "procedure:intralesional"),
    "injected": ("route:injection_local", "route:intradermal", "route:subcutaneous", "procedure:intradermal", "procedure:intralesional"),
    "dressing": ("procedure:dressing", "route:wound_dressing"), "dressings": ("procedure:dressing", "route:wound_dressing"),
    "aging": ("indication:ageing",), "ageing": ("indication:ageing",), "anti-aging": ("indication:ageing",),
    "antiaging": ("indication:ageing",), "anti-ageing": ("indication:ageing",), "rejuvenation": ("indication:ageing",),
    "rejuvenate": ("indication:ageing",), "rejuvenates": ("indication:ageing",),
    "hair": ("indication:hair",), "scalp": ("indication:hair",), "skin": ("indication:skin",),
    "cutaneous": ("indication:skin",), "dermatology": ("indication:skin",), "nails": ("indication:nail",),
    "pigmentation": ("indication:hyperpigmentation",), "ulcer": ("indication:skin_ulcer",), "ulcers": ("indication:skin_ulcer",),
    "platelets": ("agent:platelet_product",), "platelet": ("agent:platelet_product",),
    "vesicle": ("agent:ev",), "vesicles": ("agent:ev",), "peptides": ("agent:peptide",), "fat": ("agent:fat_graft",),
}  # fmt: skip
"""What people type that no record form is, and the terms it may mean, the likeliest first. All the terms of a way of giving
count together."""

VESICLES_OF = {
    "agent:msc": "agent:msc_ev", "agent:stem_cell": "agent:msc_ev", "agent:adipose_msc": "agent:adipose_msc_ev",
    "agent:umbilical_msc": "agent:umbilical_msc_ev", "agent:wharton_msc": "agent:umbilical_msc_ev",
    "agent:cord_blood_msc": "agent:umbilical_msc_ev", "agent:marrow_msc": "agent:marrow_msc_ev",
    "agent:placental_msc": "agent:placental_ev", "agent:amnion": "agent:placental_ev", "agent:ipsc_msc": "agent:ipsc_ev",
    "agent:pluripotent": "agent:ipsc_ev", "agent:platelet_product": "agent:platelet_ev", "agent:prp": "agent:platelet_ev",
}  # fmt: skip
"""Cells -> the vesicles made of them: "stem cell exosomes" are one agent, not two."""

SCOPE_WORDS = {
    "cutaneous": re.compile(r"\b(?:skin|cutaneous|dermatolog\w*|dermal)\b"),
    "aesthetic": re.compile(r"\b(?:aesthetics?|esthetics?|cosmetics?)\b"),
}
"""Scope of a count -> the words that ask for it."""

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")

STOP = frozenset(
    """
    a an the and or but of for in on at to with by from as is are was were be been being has have had do
    does did can could may might will would should must that this these those it its they them their
    there than then so such very really also just all any some more most much many people patient
    patients person persons human humans clinical trial trials study studies registered registry
    research evidence results result treatment treatments therapy therapies treat use used using when if
    after before following during plus combined combination together along per into onto about regarding
    concerning alone only give given giving gives get gets receive received therapy works work proven
    show shows shown prove proves claim claims claimed say says said i you we my your our his her what
    which who whom how why where one two both either each other another new good great best well like
    via through between within without not no never don't dont doesn't doesnt didn't didnt isn't isnt
    aren't arent won't can't cant cannot fail fails failed hardly nor better worse vs versus compared
    comparison against over superior inferior severe mild moderate lead leads leading make makes made
    cause causes caused product products application applied apply
    """.split()  # noqa: SIM905 (a word a line is two hundred lines)
)
"""Words that carry nothing to be understood."""


class Direction(msgspec.Struct, frozen=True):
    """What the claim says of the effect. value: a key of DIRECTIONS; quote: the words, "" where none say it."""

    value: str
    quote: str


class CountSaid(msgspec.Struct, frozen=True):
    """A number of studies that the claim states, and where. text[start:end] are its words."""

    n: int
    start: int
    end: int
    quote: str


def plain(text: str) -> str:
    """The text in lower case with plain quotes and spaces, as long as it was."""
    swapped = text.translate(
        {0x2019: "'", 0x2018: "'", 0xA0: " ", 0x2010: "-", 0x2011: "-", 0x2013: "-", 10: " ", 9: " ", 13: " "}
    )
    lower = swapped.lower()
    return lower if len(lower) == len(text) else swapped


def direction_of(low: str, named: Iterable[tuple[int, int]] = ()) -> Direction:
    """What is said of the effect in a text from `plain`. named: places of complaints, whose words assert nothing ("wound healing").

    >>> direction_of("exosomes do not help hair loss"), direction_of("prp improves melasma").value
    (Direction(value='no_effect', quote='not help'), 'benefit')
    """
    for start, end in (*named, *(found.span() for found in _PURPOSE.finditer(low))):
        low = low[:start] + " " * (end - start) + low[end:]
    nothing = _NOTHING.search(low)
    if nothing:
        return Direction("no_effect", nothing[0])
    for value, words in (("harm", _HARM), ("safe", _SAFE), ("benefit", _BENEFIT)):
        found = words.search(low)
        if not found:
            continue
        before = low[max(0, found.start() - _REACH) : found.start()]
        nots = list(_NOT.finditer(before))
        if not nots:
            return Direction(value, found[0])
        start = max(0, found.start() - _REACH) + nots[-1].start()
        turned = {"benefit": "no_effect", "safe": "harm", "harm": "safe"}[value]
        return Direction(turned, low[start : found.end()])
    return Direction("none", "")


def comparators_of(low: str) -> Iterator[tuple[str, int, int]]:
    """(key of COMPARATORS, start, end) of every plain comparator, of a text from `plain`."""
    for found in _COMPARATOR_WORDS.finditer(low):
        if found.lastgroup:
            yield found.lastgroup, found.start(), found.end()


def unknown_rivals(
    low: str, ends: Iterable[tuple[int, int]], left: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Places of words without meaning here that follow at once after "than", "versus" and the like. ends: places of those; left: of
    the words."""
    after = sorted(left)
    for start, end in ends:
        if low[start:end] == "over":  # "over twelve weeks" compares with nothing
            continue
        found = next(((a, b) for a, b in after if a >= end), None)
        if (
            found
            and low[found[0] : found[1]].isalpha()
            and all(w in STOP for w in low[end : found[0]].split())
        ):
            yield found


def against_places(low: str) -> tuple[tuple[int, int], ...]:
    """Where words stand that announce a comparator."""
    return tuple(found.span() for found in _AGAINST.finditer(low))


def counts_of(low: str) -> tuple[CountSaid, ...]:
    """Numbers of studies that are stated. A bare number counts only beside another one ("217 trials, 14 on skin").

    >>> [said.n for said in counts_of("there are 1,217 clinical trials on evs, 14 on skin, in 30 patients")]
    [1217, 14]
    """
    found = []
    sure = False
    for match in _COUNT.finditer(low):
        n = int(re.sub(r"[ ,]", "", match["n"]))
        named = match["what"].startswith(("trial", "stud", "record"))
        if _NOT_COUNTED.search(match["gap"]) or _NOT_COUNTED.match(low[match.end() :].lstrip()[:20]):
            continue
        if not named and (not sure or match["gap"].strip()):
            continue
        sure = sure or named
        found.append(CountSaid(n, match.start("n"), match.end("n"), match[0]))
    return tuple(found)


def day_of(low: str) -> tuple[str, int, int] | None:
    """(ISO date of the precision stated, start, end) of the day a claim speaks of, if any.

    >>> day_of("73 trials by june 10, 2022")[0], day_of("143 trials in aug 2021")[0], day_of("in 30 people")
    ('2022-06-10', '2021-08', None)
    """
    for found in _DAY.finditer(low):
        text = found["iso"]
        if text is None:
            month = next(
                (
                    at
                    for at, name in enumerate(_MONTHS, 1)
                    if len(found["m"]) > 2 and name.startswith(found["m"])
                ),
                None,
            )
            if month is None:
                continue
            day = found["d"] or found["d2"]
            text = f"{found['y']}-{month:02d}" + (f"-{int(day):02d}" if day else "")
        try:
            PartialDate.parse(text)
        except ValueError:
            continue
        return text, found.start(), found.end()
    return None


def left_words(text: str, taken: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Places of words that stand in none of the `taken` places and carry something."""
    for found in _WORD.finditer(text):
        start, end = found.span()
        if found[0].lower().replace("’", "'") in STOP or any(start < b and a < end for a, b in taken):
            continue
        yield start, end


def said_places(low: str) -> list[tuple[int, int]]:
    """Places of words of effect, of scope and of comparison: they are understood."""
    patterns = (_BENEFIT, _HARM, _SAFE, _NOTHING, _NOT, _AGAINST, *SCOPE_WORDS.values())
    return [found.span() for words in patterns for found in words.finditer(low)]
