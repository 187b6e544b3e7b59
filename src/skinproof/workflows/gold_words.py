"""Reads the cells of a gold table about preparations and registry facts: what they say, or that nobody surely knows."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from skinproof.extraction.quantities import Amount, find_amounts
from skinproof.model.findings import Quantity
from skinproof.tagging.matcher import Form, Matcher
from skinproof.views.evaluation_judge import REPORTED, Expected
from skinproof.views.evaluation_words import NOT_REPORTED, WORDED, registry_label
from skinproof.vocabulary.term import Vocabulary

COLUMNS = {
    "separation": "isolation_method",
    "dose_reported": "dose_as_stated",
    "dose_value": "dose_as_stated",
    "dose_value_exact": "dose_as_stated",
    "size_or_purity": "size_or_purity_reported",
}
"""Field -> column of the gold table, where their names differ."""

_ABSENT = frozenset(("not_reported", "not reported", "none", "not applicable", "n/a", "na", "no"))
_UNSEEN = frozenset(("", "not_seen", "not seen", "not extracted", "not_extracted", "unknown"))
_NOT_SAID = re.compile(r"\bnot (?:reported|stated|given|quantified|specified|in the)\b")
_HOW_OFTEN = re.compile(
    r"\b(?:once|twice|thrice|single|daily|weekly|monthly|hourly|every|each day|times|times? a|per (?:day|week|month)"
    r"|repeat(?:ed)?|booster|consecutive days|(?:days?|weeks?|months?|wk) \d|\d (?:or \d )?(?:days|weeks)\b|h apart|days? apart"
    r"|(?:one|two|three|four|five|six|\d+)(?: (?:or|to) (?:one|two|three|four|five|six|\d+))?"
    r" (?:doses?|infusions?|injections?|treatments?|applications?|sessions?|instillations?|administrations?))"
)
_NO_GIVING = ("follow-up", "observational", "sampling", "ex vivo", "co-incubation")
_BARE = re.compile(
    r"(?<![\w.^])(\d{1,3}(?:[.,]\d{1,6})?\s?[x×*]\s?10\s?[\^eE]{1,2}\s?\d{1,2}|\d{1,3}(?:,\d{3}){1,4}|\d{5,12}"
    r"|\d{1,4}(?:\.\d{1,4})?\s?(?:million|mln\.?|billion))(?=\s*(?:/\s?kg|per\b|,|;|\)|\(|$|or\b|and\b|in\b|total\b|intra\w+|iv\b|i\.v\.|via\b))",
    re.IGNORECASE,
)
_IN = re.compile(r"\bin\s*$", re.IGNORECASE)
_TOTAL = re.compile(r"\btotal\b[^,;.)\d]{0,20}$", re.IGNORECASE)
_TOTAL_AFTER = re.compile(r"^\s?(?:in )?total\b", re.IGNORECASE)
_COUNTS = frozenset(("cells", "cell_equivalents", "particles", "platelets"))
_VIABLE = re.compile(r"\bviab", re.IGNORECASE)
_NO_AMOUNT = re.compile(r"times (?:the )?baseline|\bviability\b", re.IGNORECASE)


class Cell(NamedTuple):
    """One cell as read. value None: left out; understood False: left out because its words are not surely known."""

    value: str | None
    read: Expected | None = None
    understood: bool = True


class GoldReader:
    """Reads cells; holds the vocabulary's ways of separating, keeping and growing."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._matchers = {
            kind: Matcher(_forms(vocabulary, kind)) for kind in ("separation", "storage", "culture")
        }
        self._readers: dict[str, Callable[[str], Cell]] = {
            "separation": self._separation,
            "dose_reported": read_dose_state,
            "dose_value": read_dose,
            "dose_value_exact": read_dose,
            "schedule": read_schedule,
            "size_or_purity": lambda raw: Cell(REPORTED),
        }

    def read(self, field: str, raw: str) -> Cell:
        """What a cell says of a field."""
        plain = " ".join(raw.split()).casefold()
        if plain in _UNSEEN:
            return Cell(None)
        if plain in ("not_reported", "not reported"):
            return Cell(None if field.startswith("dose_value") else NOT_REPORTED)
        if field in WORDED:
            return _worded(field, plain)
        if field in self._readers:
            if plain in _ABSENT:
                return Cell(None if field.startswith("dose_value") else NOT_REPORTED)
            return self._readers[field](" ".join(raw.split()))
        value = registry_label(field, raw)
        return Cell(value, understood=value is not None)

    def _separation(self, raw: str) -> Cell:
        for kind, matcher in self._matchers.items():
            found = dict.fromkeys(match.owner for match in matcher.find(raw))
            terms = tuple((kind, self._accepted(term_id)) for term_id in found)
            if terms:
                return Cell(REPORTED, Expected(terms=terms))
        return Cell(REPORTED, Expected())

    def _accepted(self, term_id: str) -> frozenset[str]:
        """Names that are right for a term: itself, what it is a kind of, and its kinds."""
        near = (term_id, *self._vocabulary.ancestors(term_id), *self._vocabulary.descendants(term_id))
        return frozenset(name.partition(":")[2] for name in near)


def read_dose_state(raw: str) -> Cell:
    """Whether a dose cell states an amount: "three escalating levels" and "at least 85% viability" do not."""
    amounts, unread = read_amounts(raw)
    return Cell(REPORTED if amounts or unread else NOT_REPORTED)


def read_dose(raw: str) -> Cell:
    """The amounts of a dose cell, named by their kinds; left out where it states none."""
    amounts, unread = read_amounts(raw)
    if not amounts and not unread:
        return Cell(None)
    kinds = dict.fromkeys(f"{q.kind}/{q.per}" if q.per else q.kind for q in amounts)
    return Cell(" + ".join(kinds) or "not readable", Expected(amounts=amounts, unread=unread))


def read_amounts(raw: str) -> tuple[tuple[Quantity, ...], bool]:
    """(every amount in the words of a dose cell, whether it holds digits but no amount that our grammar reads).

    A cell that says of its dose "not reported" or "not in the record" states none, whatever else it mentions. A large
    number without a unit counts cells, as its makers left the word out in rows about cells ("1x10^6/kg"). A volume that
    another amount is said to be in ("5 µg in 1 mL") is no dose of its own, nor a share beside a count ("20 x 10^6 in
    3 mL saline + 5% plasma"), nor a total in brackets after a smaller amount ("10 million each (40 million total)").

    >>> read_amounts("HD-PRP above 4-6 times baseline")
    ((), False)
    """
    if _NOT_SAID.search(raw.casefold()):
        return (), False
    words = _with_cells(raw)
    found = find_amounts(words)
    counted = any(amount.quantity.kind in _COUNTS for amount in found)
    held = any(amount.quantity.kind != "volume" for amount in found)
    amounts = [
        amount.quantity
        for amount in found
        if not (held and amount.quantity.kind == "volume" and _IN.search(words[: amount.start][-8:]))
        and not (counted and amount.quantity.kind == "fraction")
        and not _is_total(words, amount, found)
        and not (amount.quantity.kind == "fraction" and _VIABLE.search(raw))
    ]
    unread = not amounts and any(char.isdigit() for char in raw) and not _NO_AMOUNT.search(raw)
    return tuple(dict.fromkeys(amounts)), unread


def _is_total(words: str, amount: Amount, found: Sequence[Amount]) -> bool:
    """Whether a cell says in brackets that an amount is the total, and names a smaller one of its kind, the dose."""
    before = words[: amount.start][-60:]
    if before.rfind("(") <= before.rfind(")"):
        return False
    says = _TOTAL.search(before) or _TOTAL_AFTER.match(words[amount.end :][:12])
    kind, high = amount.quantity.kind, amount.quantity.high
    return bool(says) and any(other.quantity.kind == kind and other.quantity.high < high for other in found)


def _with_cells(raw: str) -> str:
    """The words with "cells" after each large number that no unit was found for."""
    read = sorted((amount.start, amount.end) for amount in find_amounts(raw))
    parts, at, place = [], 0, 0
    for match in _BARE.finditer(raw):
        while place < len(read) and read[place][1] <= match.start():
            place += 1
        if place == len(read) or read[place][0] >= match.end():
            parts += [raw[at : match.end()], " cells"]
            at = match.end()
    return "".join([*parts, raw[at:]])


def read_schedule(raw: str) -> Cell:
    """Whether a schedule cell says how often or for how long the product is given.

    Cells that say where or how instead ("with surgery"), or only how long people are followed, are left out.

    >>> read_schedule("weeks 0,2,4,6,8").value, read_schedule("follow-up 23 months").understood
    ('reported', False)
    """
    plain = raw.casefold()
    if any(word in plain for word in _NO_GIVING):
        return Cell(None, understood=False)
    said = _HOW_OFTEN.search(plain) is not None
    return Cell(REPORTED if said else None, understood=said)


def _worded(field: str, plain: str) -> Cell:
    _, words_of, known = WORDED[field]
    name = plain.replace(" ", "_")
    if plain in _ABSENT:
        return Cell(NOT_REPORTED)
    return Cell(words_of(name)[0]) if name in known else Cell(None, understood=False)


def _forms(vocabulary: Vocabulary, kind: str) -> Iterable[Form]:
    for surface in vocabulary.surfaces():
        if surface.term_id.startswith(f"{kind}:"):
            yield Form(surface.text, surface.term_id, surface.case_sensitive)
