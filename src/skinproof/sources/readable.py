"""Texts of registries with HTML in them -> readable text on lines of its own.

>>> readable("Inclusion:<br>- age &gt; 18 y\\r<br>- 10<sup>9</sup> cells, p&lt;0.05")
'Inclusion:\\n- age > 18 y\\n- 10⁹ cells, p<0.05'
"""

import html
import re

from skinproof.sources.xml_tree import raised

_TAG = re.compile(
    r"<(/?)(a|b|big|blockquote|br|center|dd|div|dl|dt|em|font|h[1-6]|hr|i|li|ol|p|pre|s|small|span|strong|sub|sup|"
    r"table|tbody|td|th|thead|tr|tt|u|ul)"
    r"(?:\s+[\w:-]{1,40}\s*=\s*(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}'|[^\s\"'<>]{1,100})){0,20}\s*/?>",
    re.IGNORECASE,
)
"""Names of elements that a registry's form puts in; `<45 mL` and `<TGF-b>` are words of the text."""
_SUP = re.compile(r"<sup>([^<>]{0,40})</sup>", re.IGNORECASE)
_WITHIN_A_LINE = frozenset(
    {"a", "b", "big", "em", "font", "i", "s", "small", "span", "strong", "sub", "sup", "tt", "u"}
)
_CELL = frozenset({"td", "th"})
_SPACES = re.compile(r"[^\S\n]+")
_BLANKS = re.compile(r"\n{3,}")
_WRAPPED = re.compile(r"\n {8,}\S")
_OTHER_BREAKS = str.maketrans(
    {"\r": None, "\x0b": "\n", "\x0c": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n"}
)


def readable(text: str) -> str:
    """A text without tags and entities, its breaks as line ends, blank lines never doubled.

    Lines that ClinicalTrials.gov's old form broke at 90 characters (all begin with 8 spaces) are joined again.
    """
    for _ in range(2):  # tags can hide in entities, once
        text = html.unescape(_TAG.sub(_instead, _SUP.sub(lambda found: raised(found[1]), text)))
    text = _TAG.sub(_instead, text).translate(_OTHER_BREAKS)
    if _WRAPPED.search(text):
        text = "\n\n".join(" ".join(part.split()) for part in re.split(r"\n[^\S\n]*\n", text))
    lines = (_SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return _BLANKS.sub("\n\n", "\n".join(lines)).strip()


def _instead(tag: re.Match[str]) -> str:
    name = tag[2].lower()
    if name in _WITHIN_A_LINE:
        return ""
    if name in _CELL:
        return " " if tag[1] else ""
    return "" if tag[1] and name == "li" else "\n"


def numbered(text: str) -> list[str]:
    """The points of a list that is numbered from 1 without a gap; the whole text where it is none.

    >>> numbered("1. Pain at day 7\\n2. Scar height")
    ['1. Pain at day 7', '2. Scar height']
    """
    starts = list(_POINT.finditer(text))
    if len(starts) < 2 or [int(found[1]) for found in starts] != list(range(1, len(starts) + 1)):
        return [text] if text else []
    if text[: starts[0].start()].strip():
        return [text]
    ends = [*(found.start() for found in starts[1:]), len(text)]
    return [text[found.start() : end].strip() for found, end in zip(starts, ends, strict=True)]


_POINT = re.compile(r"^[ \t]*(\d{1,2})[.)][ \t]*(?=\S)(?!\d)", re.MULTILINE)
