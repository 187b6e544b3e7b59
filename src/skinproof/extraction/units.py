"""Units as people write them, as UCUM codes with the power of ten that leads to the base unit of their kind.

Read: `μg`, `µg`, `ug`, `mcg`, `cc`, `500ul`, `cells`, `UC-MSCs`, `nano vesicles`, `/kg body weight`, `per cm²`,
`/3 ml`. Not read: `g` of a centrifuge (`400 g for 5 min`), gauges (`27G`), people (`20 patients`).

Source: UCUM, https://ucum.org/ucum (codes, prefixes); kinds are this project's own axis, see QUANTITY_KINDS.
"""

import re
from typing import NamedTuple


class Unit(NamedTuple):
    """A unit that stands after a number.

    end: where it ends; kind: one of QUANTITY_KINDS; ucum: its UCUM code; shift: power of ten to the base unit;
    counted: the words that are counted or weighed, lower case; words_end: where these words end.
    """

    end: int
    kind: str
    ucum: str
    shift: int
    counted: str = ""
    words_end: int = 0


class Per(NamedTuple):
    """What an amount stands over: where it ends, one of PER_UNITS, how many of it."""

    end: int
    code: str
    value: float = 1.0


MEASURES: dict[str, tuple[str, str, int]] = {
    "pg": ("mass", "pg", -6), "ng": ("mass", "ng", -3), "ug": ("mass", "ug", 0), "mg": ("mass", "mg", 3),
    "g": ("mass", "g", 6), "nl": ("volume", "nL", -6), "ul": ("volume", "uL", -3), "ml": ("volume", "mL", 0),
    "dl": ("volume", "dL", 2), "l": ("volume", "L", 3), "pmol": ("lipid", "pmol", 0), "nmol": ("lipid", "nmol", 3),
    "umol": ("lipid", "umol", 6), "iu": ("activity", "[iU]", 0), "nm": ("diameter", "nm", 0),
    "%": ("fraction", "%", 0),
}  # fmt: skip
"""Name of a measure -> (kind, UCUM code, power of ten to the base unit of the kind)."""

_MEASURE = re.compile(
    r"(?P<pg>pg|picograms?)|(?P<ng>ng|nanograms?)|(?P<ug>[uµμ]gm?s?|mcgs?|1/2g|mu\s?g|micro[- ]?grams?)|(?P<mg>mgs?|milli?grams?)"
    r"|(?P<g>g|gm|gms|grams?|grs?)|(?P<nl>nl|nanolit(?:er|re)s?)|(?P<ul>[uµμ]l|1/2l|mu\s?l|mcl|micro[- ]?lit(?:er|re)s?)"
    r"|(?P<ml>mls?|cc|ccs|c\.c\.?|millilit(?:er|re)s?|cm\s?\^?(?:3|³)|cubic cent?imet(?:er|re)s?)|(?P<dl>dl)"
    r"|(?P<l>l|lit(?:er|re)s?)|(?P<pmol>pmols?)|(?P<nmol>nmols?)|(?P<umol>[uµμ]mols?)"
    r"|(?P<iu>iu|international units|units?|u)|(?P<nm>nm|nanomet(?:er|re)s?)|(?P<pc>%|％|percent|per cent)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_][\w+’'α-ω-]{0,30}")
_PARTICLES = re.compile(
    r"(?:.{0,30}-)?(?:particles?|exosomes?|exos?|evs?|s?evs?|vesicles?|nano-?vesicles?|nano-?particles?"
    r"|micro-?vesicles?|micro-?particles?|ev-particles)$"
)
_CELLS = re.compile(
    r".{0,30}?(?:cells?|mscs?|ascs?|d?adscs?|hscs?|mncs?|epcs?|npcs?|rpes?|mapcs?|mpcs?|[a-z]{1,6}scs?|mscs?-nps?|adrcs?|cdcs?|dcs|ctls?|tils?|t-?regs?|car-?ts?|fibroblasts?|keratinocytes?"
    r"|melanocytes?|chondrocytes?|hepatocytes?|lymphocytes?|leukocytes?|myoblasts?|progenitors?|precursors?|spheroids?)$"
)
_PLATELETS = re.compile(r"(?:platelets?|thrombocytes?|plts?)$")
_MOLECULES = re.compile(r"(?:molecules?|copies)$")
_STOP = frozenset({
    "in", "at", "on", "by", "for", "with", "and", "or", "per", "to", "from", "is", "are", "was", "were",
    "will", "be", "plus", "via", "into", "as", "the", "each", "a", "an", "who", "that", "than", "every",
    "followed", "twice", "once", "daily", "weekly", "times", "time", "day", "days", "week", "weeks",
    "month", "months", "year", "years", "hours", "hour", "minutes", "min", "group", "arm", "dose", "doses",
    "iv", "intravenous", "intravenously", "injected", "infused", "suspended", "diluted", "administered",
    "patients", "patient", "participants", "subjects", "people", "persons", "children", "adults", "infants",
    "women", "men", "individuals", "cases", "deaths", "dollars", "euros", "usd", "infections", "new",
})  # fmt: skip
_LONGEST = 8
"""Words between a number and the noun it counts: `5 x 10^6 autologous bone marrow derived mesenchymal stem cells`."""

_PROTEIN = re.compile(r"\bproteins?\b")
_RNA = re.compile(r"\b(?:[sm]i|micro|m|s)?-?rnas?\b|\bmirs?\b")
_LIPID = re.compile(r"lipids?\b")
_AFTER_NUMBER = re.compile(r"[ \u00a0\u2009\u202f]{0,2}[-–]?[ \u00a0]{0,1}(?:\+ )?\(?")
_GAP = re.compile(r"[ \u00a0]{0,2}\(?")
_SPIN = re.compile(r"[\s,]{0,3}(?:for|at|\(?\s?\d{1,3}\s?min|x\s|×)", re.IGNORECASE)

PERS: dict[str, tuple[str, float]] = {
    "kg": ("kg", 1.0), "ml": ("mL", 1.0), "ul": ("mL", 1e-3), "l": ("L", 1.0), "dl": ("mL", 100.0), "cm2": ("cm2", 1.0),
    "mm2": ("cm2", 1e-2), "m2": ("m2", 1.0), "cm3": ("cm3", 1.0), "g": ("g", 1.0), "mg": ("g", 1e-3),
    "day": ("d", 1.0), "week": ("wk", 1.0), "month": ("mo", 1.0), "site": ("{site}", 1.0),
    "drop": ("{drop}", 1.0), "dose": ("{dose}", 1.0), "vial": ("{vial}", 1.0), "eye": ("{eye}", 1.0),
    "nostril": ("{nostril}", 1.0), "joint": ("{joint}", 1.0), "injection": ("{injection}", 1.0),
    "session": ("{session}", 1.0), "protein": ("ug{protein}", 1.0), "proteinmg": ("ug{protein}", 1e3),
    "cells": ("{cells}", 1.0),
}  # fmt: skip
"""Name of what an amount stands over -> (one of PER_UNITS, how many of that it is)."""

_SLASH = re.compile(
    r"\s{0,2}\)?\s{0,2}(?:(?:per\s?)?(?:/|／)\s{0,2}|[([]?\s?(?:per|each|in each|in every|for each|for every|for)\s(?=\S))"
    r"(?:each\s|every\s|one\s)?(?P<n>\d{1,6}(?:[.,]\d{1,4})?)?\s?-?"
)
_OVER = re.compile(
    r"(?P<kg>(?:body[- ](?:weight )?)?(?:kgs?(?:b\.?[bw])?|kilo(?:gram)?s?)\b)|(?P<protein>(?:[uµμ]g|mcg|micrograms?)(?:\s(?:of\s)?(?:total\s|ev\s)?proteins?)?\b)"
    r"|(?P<proteinmg>mg (?:of )?(?:total )?proteins?\b)"
    r"|(?P<cm2>cm\s?\^?\s?(?:2|²)|(?:sq\.?|square)[- ]?(?:cm|centimet(?:er|re)s?)|centimet(?:er|re)s? squared)"
    r"|(?P<mm2>mm\s?\^?(?:2|²))|(?P<m2>m\s?\^?(?:2|²)|square met(?:er|re)s?|met(?:er|re)s? squared)"
    r"|(?P<cm3>cm\s?\^?(?:3|³)|cubic centimet(?:er|re)s?)|(?P<ul>[uµμ]l\b|mcl\b|microlit(?:er|re)s?\b)"
    r"|(?P<dl>dl\b|decilit(?:er|re)s?\b)|(?P<ml>mls?\b|cc\b|millilit(?:er|re)s?\b)|(?P<l>l\b|lit(?:er|re)s?\b)|(?P<mg>mg\b)|(?P<g>g\b|gm\b|grams?\b)"
    r"|(?P<day>days?\b|d\b)|(?P<week>weeks?\b|wk\b)|(?P<month>months?\b)"
    r"|(?P<site>(?:injection |treatment |target |affected )?(?:sites?|points?|spots?|wounds?|ulcers?|lesions?|areas?|limbs?|legs?|fistulas?)\b)"
    r"|(?P<drop>drops?\b)|(?P<vial>vials?\b|ampoules?\b|syringes?\b|bottles?\b)|(?P<eye>eyes?\b)|(?P<nostril>nostrils?\b)"
    r"|(?P<joint>(?:(?:target|knee|affected) )?(?:joints?|knees?|hips?)\b)|(?P<injection>(?:intra\w{3,12} )?(?:injections?)\b)"
    r"|(?P<session>(?:treatment )?(?:sessions?|visits?)\b)"
    r"|(?P<dose>(?:single )?(?:doses?|times?|treatments?|infusions?|administrations?|applications?|inhalations?|transfusions?)\b)"
    r"|(?P<million>(?:1\s?)?million (?:\w{1,12} )?cells?\b)|(?P<cells>(?:\w{1,12} )?cells?\b)",
    re.IGNORECASE,
)
_MINUS_ONE = re.compile(
    r"\s?(?:\.|·)?\s?(?P<unit>kg|ml|mL|cm)\s?(?:\^?\s?[-−–]\s?(?P<n>[12])|⁻(?P<s>[¹²]))(?!\d)", re.IGNORECASE
)
_KG_BW = re.compile(r"\s?kg\s?/\s?b\.?[bw]\b\.?", re.IGNORECASE)
"""`0.3 million kg/bb` (berat badan, body weight) without the stroke before kg."""
_FOR_ONLY = frozenset({"cm2", "cm3", "kg", "site", "eye", "nostril", "joint"})
_BODY = re.compile(
    r"\s{0,2}\(?(?:of\s)?(?:the\s)?(?:patient'?s?\s)?(?:body[- ]?weight|b[bw]|b\.w\.|weight)\b\)?", re.I
)


def read_measure(text: str, start: int) -> Unit | None:
    """The unit of measure after a number that ends at `start`; None where there is none.

    >>> read_measure("50μg MSC-Exo", 2)
    Unit(end=4, kind='mass', ucum='ug', shift=0, counted='msc-exo', words_end=12)
    """
    gap = _AFTER_NUMBER.match(text, start)
    at = gap.end() if gap else start
    match = _MEASURE.match(text, at)
    if match is None:
        return None
    end = match.end()
    name = match.lastgroup or ""
    if name != "pc" and (text[end : end + 1].isalpha() or (text[end : end + 1].isdigit() and name != "ml")):
        return None
    if name == "g" and (
        match[0] == "G" or _SPIN.match(text, end) or "centrifug" in text[max(0, at - 80) : at].lower()
    ):
        return None
    if name == "iu" and match[0] in ("u", "unit", "units") and text[at - 1] == "-":
        return None
    if name in ("nm", "l") and match[0] in ("NM", "nM", "Nm"):
        return None
    kind, ucum, shift = MEASURES["%" if name == "pc" else name]
    counted, words_end = what_follows(text, end)
    if kind == "mass":
        near = f"{counted} {text[max(0, at - 30) : at].lower()}"
        kind = "protein" if _PROTEIN.search(counted) else "rna" if _RNA.search(counted) else "mass"
        if kind == "mass" and re.search(
            r"\bprotein(?: (?:content|amount|dose))?[ :=]{1,4}[\d.]{1,8}\s?$", near
        ):
            kind = "protein"
    if kind == "lipid" and not _LIPID.search(counted):
        return None
    return Unit(end, kind, ucum, shift, counted, words_end)


def read_counted(text: str, start: int) -> Unit | None:
    """The noun that a number counts, with the words before it; None where no countable noun follows.

    >>> read_counted("2 million allogeneic UC-MSCs/kg", 9)
    Unit(end=28, kind='cells', ucum='{cells}', shift=0, counted='allogeneic uc-mscs', words_end=28)
    """
    at = start
    if text[at : at + 1] == ".":
        at += 1
    best: tuple[int, str] | None = None
    first = -1
    since = 0
    previous = ""
    for place in range(_LONGEST):
        gap = _AFTER_NUMBER.match(text, at)
        at = gap.end() if gap else at
        word = _WORD.match(text, at)
        if word is None:
            break
        low = word[0].lower()
        if low == "of" and best is None and (place < 2 or previous in ("number", "numbers", "amount")):
            at = word.end()
            continue
        if low in _STOP or low == "of":
            break
        if first < 0:
            first = at
        previous = low
        kind = _counts(low)
        if kind:
            best, since = (word.end(), kind), 0
        elif best is not None:
            since += 1
            if since > 1 and low != "derived":
                break
        at = word.end()
        if text[at : at + 1] in "/" or text[at : at + 1] == ")":
            break
    if best is None:
        return None
    end, kind = best
    code = {"cells": "{cells}", "particles": "{particles}", "platelets": "{platelets}"}.get(
        kind, "{molecules}"
    )
    return Unit(end, kind, code, 0, " ".join(text[first:end].lower().split())[:60], end)


def _counts(word: str) -> str:
    if _PARTICLES.match(word):
        return "particles"
    if _CELLS.match(word):
        return "cells"
    if _PLATELETS.match(word):
        return "platelets"
    return "molecules" if _MOLECULES.match(word) else ""


def what_follows(text: str, start: int) -> tuple[str, int]:
    """The words after a unit that say what is weighed, lower case, at most 60 characters, and where they end."""
    at = end = start
    words: list[str] = []
    for _ in range(9):
        gap = _GAP.match(text, at)
        at = gap.end() if gap else at
        word = _WORD.match(text, at)
        if word is None:
            break
        low = word[0].lower()
        if low != "of" and not (low in ("a", "an", "the") and not words):
            if low in _STOP:
                break
            words.append(low)
            end = word.end()
        at = word.end()
        if text[at : at + 1] not in (" ", "\u00a0", ")"):
            break
    return " ".join(words)[:60], end


def read_per(text: str, start: int) -> Per | None:
    """What the amount that ends at `start` stands over; None where it stands alone.

    >>> read_per("2.0*10^8 nano vesicles/3 ml", 22)
    Per(end=27, code='mL', value=3.0)
    """
    if power := _MINUS_ONE.match(text, start):
        square = "2" in (power["n"] or "") or "²" in (power["s"] or "")
        unit = power["unit"].lower()
        if (unit == "cm") == square:
            return Per(power.end(), {"kg": "kg", "ml": "mL", "cm": "cm2"}[unit])
    if weight := _KG_BW.match(text, start):
        return Per(weight.end(), "kg")
    slash = _SLASH.match(text, start)
    if slash is None:
        return None
    over = _OVER.match(text, slash.end())
    if over is None:
        return None
    name = over.lastgroup or ""
    if slash[0].strip(" ([)").startswith("for") and name not in _FOR_ONLY:
        return None
    if name == "protein" and slash[0].strip(" ([)")[:1] not in "/／p":
        return None
    end = over.end()
    number = float(slash["n"].replace(",", ".")) if slash["n"] else 1.0
    if not number:
        return None
    if name == "million":
        return Per(end, "{cells}", 1e6)
    if name == "kg" and (body := _BODY.match(text, end)):
        end = body.end()
    code, size = PERS[name]
    return Per(end, code, float(f"{number * size:.12g}"))
