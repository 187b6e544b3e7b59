"""Numbers as people write them in records, with every way to read the ones that can be read in two ways.

Read: `2×10^9`, `2.0*10E8`, `10⁹`, `10(6)`, `1E10`, `2 x 109` (a lost superscript), `2.10^6`, `5 x 10~7`, `10^4-6`,
`7~8log10`, `1,000,000`, `0,5`, `5 million`, `10 mln.`, `twenty-five million`. Not read: numbers inside names (`CD34`), runs of more than 18 digits.
Kept as decimal text and exponent, so that no digit is lost when a unit moves the point.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

LOST = "superscript lost"
E_NOTATION = "E read as a power of ten"
POINT = "point read as thousands separator"

_WORD_BEFORE = re.compile(r"[A-Za-z0-9]{2,13}$")
_POINT_BEFORE = re.compile(r"(?:^|[\s(:=~])\.$")
_RUN = re.compile(r"\d\d*")
"""Not `\\d+`: a pattern that begins with one character is looked for several times as fast."""
_LONGEST_RUN = 18
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_PLAIN = str.maketrans(_SUPERSCRIPTS, "0123456789")

_TIMES = r"(?:[x×✕✖⨯хX*·•∙⋅]|times(?=\s))"
_EXPONENT = (
    r"(?:\s?(?:\^|\*\*|ˆ|˄|∧)\s?(?:[({\[]\s?\+?(\d{1,3})\s?[)}\]]|\+?(\d{1,3})(?!\d))"  # 10^6, 10^(6), 10**6
    r"|([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})"  # 10⁶
    r"|\s?\(\s?(\d{1,2})\s?\)"  # 10 (6)
    r"|\s?[eE]\s?\^?\+?\s?(\d{1,3})(?![\d.])"  # 10E6
    r"|\s?<sup>\s?(\d{1,2})\s?</sup>"
    r"|['´`](\d{1,2})(?!\d)"
    r"|\s?(?:exp|to the power(?: of)?|to the)\s?(\d{1,2})(?!\d))"
)
_E_GROUP = 5
"""The group of _EXPONENT for `10E6`."""
_MANTISSA = re.compile(
    r"(?P<grouped>[1-9]\d{0,2}(?:,\d{3}){1,6}(?![\d,]\d|\d)(?:\.\d{1,6})?"
    r"|[1-9]\d{0,2}(?:[ \u00a0\u2009\u202f']\d{3}){1,6}(?!\d|[.,]\d{4})"
    r"|[1-9]\d{0,2}(?:\.\d{3}){2,6}(?![\d.]))"
    r"|(?P<french>\d{1,3}(?:[.,]\d{1,3})??)(?=\s?[.·]\s?10(?:\^|[⁰¹²³⁴⁵⁶⁷⁸⁹])|\s10(?:\^|[⁰¹²³⁴⁵⁶⁷⁸⁹]))"
    r"|(?P<decimal>\d{1,18}(?:[.·]\d{1,12}|,\d{1,4}(?![\d,]))?)"
)
_DECIMAL = re.compile(r"(?P<grouped>(?!))?(?P<french>(?!))?(?P<decimal>\d{1,18}(?:[.·]\d{1,12})?)")
_FRENCH_POWER = re.compile(r"\s?[.·]?\s?10" + _EXPONENT)
_POWER = re.compile(rf"\s{{0,2}}\)?\s{{0,2}}{_TIMES}\s{{0,2}}10" + _EXPONENT)
_ODD_POWER = re.compile(
    rf"\s{{0,2}}{_TIMES}\s{{0,2}}10[*~]([3-9]|1[0-4])(?![\d.,]\d|\d|\s?(?:m[lgm]|cc|cm|µ|μ|u[lg]|mcg|%|min|h\b|hours?|days?|weeks?|times))"
)
"""A wrong sign for the power: `5×10*7`, `5 x 10~7`."""
_LOG = re.compile(r"(\d{1,2})(?:(\s?[-–~～]\s?)(?=\d{1,2}\s?log\s?10\b)|\s?log\s?10\b)", re.IGNORECASE)
_POWER_BEFORE = re.compile(r"(?<![x×✕✖⨯хX*·•∙⋅])(?<![x×✕✖⨯хX*·•∙⋅]\s)10\s?\^\s?(\d{1,2})[-–~～]$")
_SECOND_POWER = re.compile(r"(\d{1,2})(?![\d.,^]|\s?[x×*·(]|\s?log)")
"""`10^4-6`: both are powers of ten."""
_LOST_POWER = re.compile(
    rf"\s{{0,2}}\)?\s{{0,2}}{_TIMES}\s{{0,2}}10(?:([3-9]|1[0-5])(?!\d|[.,]\d)|(?:[ \u00a0]|/)([4-9]|1[0-4])(?=\s?[/a-zA-Z]))"
)
_ROUND_POWER = re.compile(rf"\s{{0,2}}{_TIMES}\s{{0,2}}1((?:0{{3,9}})|(?:,000){{1,3}})(?![\d,.]\d|\d)")
_BARE_POWER = re.compile(
    r"10(?:\s?(?:\^|\*\*|ˆ|˄|∧)\s?(?:[({\[]\s?\+?(\d{1,3})\s?[)}\]]|\+?(\d{1,3})(?!\d))|([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})"
    r"|\((\d{1,2})\)(?=\s?[/a-zA-Z])|\s?<sup>\s?(\d{1,2})\s?</sup>|\s?(?:exp|to the power(?: of)?)\s?(\d{1,2})(?!\d))"
)
_BARE_E = re.compile(r"10[eE]\^?\+?(\d{1,2})(?![\d.])")
_E = re.compile(r"[eE]\+?(\d{1,3})(?![\d.])")
_SCALES = {
    "hundred": 2, "thousand": 3, "lakh": 5, "million": 6, "mln": 6, "mio": 6, "mill": 6, "millon": 6,
    "millones": 6, "crore": 7, "billion": 9, "bn": 9, "bln": 9, "trillion": 12,
}  # fmt: skip
_SCALE = re.compile(
    r"[\s\u00a0-]{0,2}(?:[x×*]\s?)?(?:(hundred)[\s-])?"
    r"(hundred|thousand|lakh|million|mln|mio|mill(?=\.)|millones|millon|crore|billion|bln|bn|trillion)s?\b\.?"
    r"|[\s\u00a0]?(M)\b(?=\s?(?:[a-zA-Z-]{0,20}\s)?(?:(?:and|to|or|,|-)\s?\d{1,4}\s?M\s)?(?:[A-Za-z-]{0,12}(?:cell|MSC|ASC|MPC|MNC|EPC|EV|exosome|particle|vesicle|platelet|fibroblast)|/\s?kg))",
    re.IGNORECASE,
)
_LOST_BARE = re.compile(r"10([3-9]|1[0-4])$")
_LOST_FRENCH = re.compile(r"(\d{1,2})\.10([3-9]|1[0-4])$")
_POINT_GROUP = re.compile(r"[1-9]\d{0,2}\.\d{3}$")

_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "sixteen": 16, "eighteen": 18, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_UNIT_WORD = "one|two|three|four|five|six|seven|eight|nine"
_SPELLED = re.compile(
    rf"\b(?:(?P<half>half a|half)|(?P<a>an?|several)|(?P<tens>twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    rf"(?:[ -](?P<ones>{_UNIT_WORD}))?|(?P<small>{_UNIT_WORD}|ten|eleven|twelve|fifteen|sixteen|eighteen))"
    r"(?P<hundred>[ -]hundred)?"
    r"(?:(?P<scale>[ -](?:thousand|million|billion|trillion))s?\b|(?=[ -](?:(?:milli|micro|nano)?(?:lit(?:er|re)|gram)s?|m[lL]|cc|mg|drops?|µg|μg)\b))",
    re.IGNORECASE,
)
_SPELLED_HINTS = (
    "illion", "ILLION", "housand", "undred", " ml", " mL", " ML", "-ml", "-mL", " cc", " mg", " µg", " μg", " drop",
    "liter", "litre", "gram",
)  # fmt: skip


class Number(NamedTuple):
    """`text[start:end]` with the ways to read it, the likeliest first.

    readings: (decimal text, exponent of ten); scaled: whether it carries a power or a word like million of its own;
    doubt: why there is more than one reading, "" where there is one.
    """

    start: int
    end: int
    readings: tuple[tuple[str, int], ...]
    scaled: bool = False
    doubt: str = ""


def value_of(reading: tuple[str, int], shift: int = 0) -> float:
    """The number of one reading, the point moved by `shift`; infinite where it is too large for a float."""
    return float(f"{reading[0]}e{reading[1] + shift}")


def find_numbers(text: str) -> list[Number]:
    """Every number of a text, in order; linear in its length.

    >>> [n.readings for n in find_numbers("2 x 10^6 cells; CD34; five million")]
    [(('2', 6),), (('5', 6),)]
    """
    found = list(_digits(text))
    spelled = list(_spelled(text))
    if not spelled:
        return found
    return sorted([*found, *spelled])


def _digits(text: str) -> Iterator[Number]:
    last = 0
    for run in _RUN.finditer(text):
        start = run.start()
        if start < last:
            continue
        if run.end() - start > _LONGEST_RUN or _inside_name(text, start):
            last = run.end()
            continue
        number = _number_at(text, start)
        if number is not None and _POINT_BEFORE.search(text[max(0, start - 2) : start]):
            number = _below_one(number)
        if number is not None:
            last = number.end
            yield number


def _below_one(number: Number) -> Number:
    """A number whose zero is left out: `.5 x 10^6`."""
    readings = tuple((f"0.{digits}", power) for digits, power in number.readings if digits.isdigit())
    return number._replace(start=number.start - 1, readings=readings) if readings else number


def _inside_name(text: str, start: int) -> bool:
    """Whether the digit before `start` belongs to a name (`CD34`, `miR-124`): a letter stands right before it."""
    before = text[start - 1 : start]
    if before == "_":
        return True
    if before == "-" and start > 1 and text[start - 2].isalpha():
        word = _WORD_BEFORE.search(text[max(0, start - 14) : start - 1])
        if word and any(char.isdigit() for char in word[0]):
            return True  # "p16INK4a-37"
    if before == "-" and start > 1:
        return text[start - 2].isalpha() and text[max(0, start - 3) : start - 1].strip(" (").isupper()
    return before.isalpha() and before not in "xX×"


def _number_at(text: str, start: int) -> Number | None:
    if bare := _BARE_POWER.match(text, start):
        return Number(start, bare.end(), (("1", _exponent(bare)),), True)
    if (log := _LOG.match(text, start)) and int(log[1]) < _LONGEST_RUN:
        return Number(start, log.end(1) if log[2] else log.end(), (("1", int(log[1])),), True)
    if text[start - 1 : start] in ("-", "–", "~", "～") and (
        first := _POWER_BEFORE.search(text[max(0, start - 10) : start])
    ):
        second = _SECOND_POWER.match(text, start)
        if second and int(first[1]) < int(second[1]) < _LONGEST_RUN:
            return Number(start, second.end(), (("1", int(second[1])),), True)
    if bare := _BARE_E.match(text, start):
        exponent = int(bare[1])
        return Number(start, bare.end(), (("1", exponent), ("10", exponent)), True, E_NOTATION)
    mantissa = _MANTISSA.match(text, start)
    if mantissa is not None and mantissa["grouped"] and _in_list(text, start):
        mantissa = _DECIMAL.match(text, start)  # "20,60,200" is a list
    if mantissa is None:
        return None
    end = mantissa.end()
    digits = _plain(mantissa)
    if mantissa["french"] and (power := _FRENCH_POWER.match(text, end)):
        return Number(start, power.end(), ((digits, _exponent(power)),), True)
    if power := _POWER.match(text, end):
        exponent = _exponent(power)
        if power[_E_GROUP]:  # a pocket calculator reads 2 x 10E8 as 2 x 10 x 10^8
            return Number(start, power.end(), ((digits, exponent), (digits, exponent + 1)), True, E_NOTATION)
        return Number(start, power.end(), ((digits, exponent),), True)
    if power := _ODD_POWER.match(text, end):
        return Number(start, power.end(), ((digits, int(power[1])),), True)
    if power := _LOST_POWER.match(text, end):
        exponent = int(power[1] or power[2])
        literal = f"{float(digits) * int(f'10{exponent}'):.12g}"
        return Number(start, power.end(), ((digits, exponent), (literal, 0)), True, LOST)
    if power := _ROUND_POWER.match(text, end):
        return Number(start, power.end(), ((digits, power[1].count("0")),), True)
    if power := _E.match(text, end):
        return Number(start, power.end(), ((digits, int(power[1])),), True)
    if scale := _SCALE.match(text, end):
        if scale[3] and not scale[0].endswith("M"):  # a small m is a metre or a minute
            return Number(start, end, ((digits, 0),))
        word = (scale[2] or "million").lower().rstrip(".")
        exponent = _SCALES[word] + (2 if scale[1] else 0)
        return Number(start, scale.end(), ((digits, exponent),), True)
    return _unscaled(start, end, digits, mantissa[0])


def _in_list(text: str, start: int) -> bool:
    return start > 1 and text[start - 1] == "," and text[start - 2].isdigit()


def _unscaled(start: int, end: int, digits: str, written: str) -> Number:
    """A plain number, with the readings that a lost superscript or a point between thousands would give."""
    if lost := _LOST_BARE.match(written):
        return Number(start, end, ((digits, 0), ("1", int(lost[1]))), False, LOST)
    if lost := _LOST_FRENCH.match(written):
        return Number(start, end, ((digits, 0), (lost[1], int(lost[2]))), False, LOST)
    if _POINT_GROUP.match(written):
        return Number(start, end, ((digits, 0), (digits.replace(".", ""), 0)), False, POINT)
    return Number(start, end, ((digits, 0),))


def _plain(mantissa: re.Match[str]) -> str:
    written = mantissa[0]
    if mantissa["grouped"]:
        if "," in written:
            return written.replace(",", "")
        return re.sub(r"[^\d]", "", written)
    return written.replace(",", ".").replace("·", ".")


def _exponent(match: re.Match[str]) -> int:
    return int(next(group for group in match.groups() if group).translate(_PLAIN))


def _spelled_places(text: str) -> Iterator[re.Match[str]]:
    """Number words, looked for only where a word of scale or a unit follows: trying every word is ten times slower."""
    ends = set()
    for hint in _SPELLED_HINTS:
        at = text.find(hint)
        while at >= 0:
            if hint[0] not in " -" or text[at - 1 : at].isalpha():  # "five mL", not "5 mL"
                ends.add(at + len(hint))
            at = text.find(hint, at + 1)
    last = 0
    for end in sorted(ends):
        for match in _SPELLED.finditer(text, max(last, end - 44), end + 8):
            last = match.end()
            yield match


def _spelled(text: str) -> Iterator[Number]:
    for match in _spelled_places(text):
        scale = (match["scale"] or "").strip(" -").lower()
        exponent = _SCALES.get(scale, 0) + (2 if match["hundred"] else 0)
        if match["half"]:
            reading = ("0.5", exponent)
        elif match["a"]:
            if match["a"].lower() == "several" or not exponent:
                continue
            reading = ("1", exponent)
        elif match["tens"]:
            ones = _WORDS[match["ones"].lower()] if match["ones"] else 0
            reading = (str(_WORDS[match["tens"].lower()] + ones), exponent)
        else:
            reading = (str(_WORDS[match["small"].lower()]), exponent)
        yield Number(match.start(), match.end(), (reading,), bool(exponent))
