"""What a match of each pattern of a schedule says, in short normal form: "twice a week" is `twice weekly`."""

import re

from skinproof.extraction.letters import small
from skinproof.extraction.schedule_words import OFTEN_BEFORE

NUMBER_WORDS = {
    "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "twelve": "12", "fourteen": "14",
    "first": "1", "second": "2", "third": "3", "other": "2",
    "once": "1", "twice": "2", "thrice": "3",
}  # fmt: skip
_ORDINALS = {"2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth"}


def _digits(words: str) -> str:
    """A number or a range in digits: `two or three` -> `2-3`."""
    found = re.findall(r"\d{1,3}|[a-z]{3,8}", words.lower())
    numbers = [
        str(int(NUMBER_WORDS.get(word, word))) for word in found if word in NUMBER_WORDS or word.isdigit()
    ]
    return "-".join(numbers[:2])


def _unit(word: str) -> str:
    """Singular name of a unit of time."""
    word = word.lower().rstrip("s")
    return {
        "d": "day", "w": "week", "wk": "week", "h": "hour", "hr": "hour", "min": "minute",
    }.get(word, word)  # fmt: skip


def _many(number: str, unit: str) -> str:
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"


def say_count(match: re.Match[str]) -> str:
    """`3 doses`, `up to 2 more administrations`, `4 sessions; biweekly`; "" for what is no count."""
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


def say_vague(match: re.Match[str]) -> str:
    """`repeated injections`."""
    noun = match["noun"].lower()
    return f"{match['n'].lower().replace('repeat', 'repeated').replace('eded', 'ed')} {noun.rstrip('s')}s"


def say_times(match: re.Match[str]) -> str:
    """`2 administrations` for "twice"."""
    number = _digits(match["n"])
    if match["n"][:6].lower() == "single":
        return "single administration"
    return "single administration" if number == "1" else f"{number} administrations"


def say_per(match: re.Match[str]) -> str:
    """`twice weekly`, `biweekly`, `every 2 weeks` for "fortnightly"."""
    adverb = match["adverb"].lower().replace("annually", "yearly")
    adverb = {"fortnightly": "every 2 weeks", "biweekly": "biweekly", "bi-weekly": "biweekly"}.get(
        adverb, adverb
    )
    return _times(match["n"]) + adverb


def _times(words: str | None) -> str:
    number = _digits(words or "")
    return {"": "", "1": "", "2": "twice "}.get(number, f"{number} times ")


def say_a_day(match: re.Match[str]) -> str:
    """`twice daily`, `every 3 weeks`."""
    every, unit = _digits(match["every"] or ""), _unit(match["unit"] or match["unit2"])
    if every in ("", "1"):
        return _times(match["n"]) + {"day": "daily"}.get(unit, f"{unit}ly")
    return _times(match["n"]) + f"every {_many(every, unit)}"


def say_every(match: re.Match[str]) -> str:
    """`every 12 hours`, `daily` for "every day"."""
    if match["alternate"]:
        return f"every 2 {_unit(match['days'])}s"
    number, unit = _digits((match["n"] or "").replace("alternate", "other")), _unit(match["unit"])
    if match[0][0] in "qQ" and not number:
        return ""
    if number in ("", "1"):
        return {"day": "daily"}.get(unit, f"{unit}ly")
    return f"every {_many(number, unit)}"


def say_latin(match: re.Match[str]) -> str:
    """`3 times daily` for "TID"."""
    latin = match["latin"].replace(".", "").lower()
    return {
        "qid": "4 times daily", "tid": "3 times daily", "bid": "twice daily", "qd": "daily", "qw": "weekly",
    }[latin]  # fmt: skip


def say_span(match: re.Match[str]) -> str:
    """`4 weeks`: the first number with a unit."""
    for name in "abcde":
        if name in match.re.groupindex and match[name]:
            return _many(_digits(match[name]) or "1", _unit(match[name + "u"]))
    return ""


def say_interval(match: re.Match[str]) -> str:
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
    return f"{_bound(match)}{say_span(match)} apart"


def say_points(match: re.Match[str]) -> str:
    """`days 1, 8, 15`."""
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


def say_again(match: re.Match[str]) -> str:
    """`booster after 3 weeks`."""
    after = f" after {say_span(match)}" if say_span(match) else ""
    if match["what"]:
        what = _ORDINALS.get(match["what"].lower(), match["what"].lower())
        return f"{what} {match['noun'].lower().rstrip('s')}{after}"
    return ("booster" if (match["boost"] or "").lower() == "booster" else "again") + after


def say_moment(match: re.Match[str]) -> str:
    """`after vitrectomy`."""
    when = match["when"].lower().replace("following", "after").replace("immediately ", "")
    if match["what"].lower() == "procedure" and when not in ("during", "at the time of"):
        return ""
    return f"{when} {match['what'].lower()}"


def say_distance(match: re.Match[str]) -> str:
    """`48 hours after reperfusion`."""
    numbers = re.sub(r"[a-z]{3,8}", lambda m: NUMBER_WORDS.get(m[0], m[0]), match["n"].lower())
    when = (
        match["when"]
        .lower()
        .replace("following", "after")
        .replace("prior to", "before")
        .replace("post", "after")
    )
    unit = _unit(match["unit"]) + ("" if numbers == "1" else "s")
    return f"{numbers} {unit} {when} {match['what'].lower().removesuffix(' of')}"


def say_length(match: re.Match[str]) -> str:
    """`for 4 weeks`, `for up to 8 weeks`, `until week 16`."""
    if "until" in match.re.groupindex and match["until"]:
        return f"until {match['until'].lower()} {int(match['at'])}"
    bound = _bound(match) if "bound" in match.re.groupindex else ""
    return f"for {bound}{say_span(match)}"


def say_beside(match: re.Match[str]) -> str:
    """`for 4 weeks` where a rhythm stands right before, as in "twice a week, 4 weeks"; else ""."""
    before = match.string[max(0, match.start() - 50) : match.start()]
    return f"for {say_span(match)}" if OFTEN_BEFORE.search(before) else ""


def say_within(match: re.Match[str]) -> str:
    """`within 48 hours of the burn injury`."""
    first = "the first " if " first " in match[0][: match.start("n") - match.start()] else ""
    said = _many(_digits(match["n"]), _unit(match["unit"]))
    what = " ".join(match["what"].split()).removesuffix(" of")
    return f"within {first}{said} {match['when']} {match['the']}{what}"
