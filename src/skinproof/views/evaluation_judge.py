"""What one labelled cell and our answer have to do with each other: the same, another value, or another state."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from skinproof.extraction.dose import LIMIT, TOTAL
from skinproof.model.findings import Finding, Preparation, Quantity, Reading
from skinproof.model.summary import StudySummary
from skinproof.model.tags import Call, Tag
from skinproof.views.evaluation_words import (
    MANY_VALUED,
    NOT_REPORTED,
    REGISTRY_FIELDS,
    WORDED,
    registry_fact,
)

CALL_FIELDS = ("agent_class", "ev_role", "cutaneous", "aesthetic")
"""Decided once for a study."""

PREPARATION_FIELDS = (
    "source_normalised", "donor_relation", "route", "separation", "dose_reported", "dose_value", "dose_value_exact",
    "schedule", "size_or_purity",
)  # fmt: skip
"""Read of the study's main product."""

FIELDS = (*CALL_FIELDS, *PREPARATION_FIELDS, *REGISTRY_FIELDS)
"""What can be scored."""

REPORTED, OTHER_VALUE, UNCLEAR = "reported", "other_value", "unclear"

_SHOWN_FOR = {
    "agent_class": ("agent",), "ev_role": ("agent",),
    "cutaneous": ("cutaneous", "indication"), "aesthetic": ("aesthetic", "indication"),
}  # fmt: skip
_STATE_OF = {
    "dose_reported": ("dose", "concentration", "basis"), "schedule": ("schedule",),
    "size_or_purity": ("size", "purity", "markers"),
}  # fmt: skip
_SEPARATION = ("separation", "storage", "culture")
_BESIDE_DOSES = frozenset((TOTAL, LIMIT))
_SAME = 1e-9
_WORD = re.compile(r"[^\W\d_]{4,40}")
_EMPTY_WORDS = frozenset(
    (
        "from",
        "with",
        "then",
        "were",
        "system",
        "method",
        "technique",
        "cells",
        "cell",
        "times",
        "tissue",
        "human",
    )
)


class Expected(msgspec.Struct, frozen=True):
    """What was read of one gold cell beyond its words.

    terms: (fact, names that would be right) for each method the words name, of one fact only;
    amounts: every amount in the words; unread: it holds digits that are no amount to our grammar.
    """

    terms: tuple[tuple[str, frozenset[str]], ...] = ()
    amounts: tuple[Quantity, ...] = ()
    unread: bool = False


class Label(msgspec.Struct, frozen=True):
    """One row of a gold table: record id and field -> expected value (fields without an answer are absent).

    words: field -> the cell as written, where that is more than the value; read: field -> what was read of it.
    """

    record_id: str
    values: dict[str, str]
    words: dict[str, str] = {}
    read: dict[str, Expected] = {}


class Answer(msgspec.Struct, frozen=True):
    """What skinproof says of one study.

    calls: field -> call, with the tags whose quotes explain it; preparations: what was read of its products, none
    where no agent is given, None where preparations were not read at all; study: what the registry states.
    """

    calls: Mapping[str, Call]
    tags: tuple[Tag, ...] = ()
    preparations: tuple[Preparation, ...] | None = None
    study: StudySummary | None = None

    def can_say(self, field: str) -> bool:
        """Whether this answer speaks of a field at all."""
        if field in CALL_FIELDS:
            return field in self.calls
        return self.study is not None if field in REGISTRY_FIELDS else self.preparations is not None

    @property
    def main(self) -> Preparation | None:
        """The product that the labels are about: the first of the study's own agent class, else the first."""
        products = self.preparations or ()
        own = self.calls["agent_class"].value if "agent_class" in self.calls else ""
        return next((p for p in products if p.agent_class == own), products[0] if products else None)


class Quote(msgspec.Struct, frozen=True):
    """Words of the record: the field's path, the words, and what they were read as."""

    field: str
    quote: str
    read_as: str
    reason: str


class Verdict(msgspec.Struct, frozen=True):
    """One cell against one answer. expected, found: classes, equal where we are right; says: our answer in full."""

    expected: str
    found: str
    says: str
    reason: str
    quotes: tuple[Quote, ...] = ()

    @property
    def right(self) -> bool:
        """Whether the answer counts as right."""
        return self.expected == self.found

    @property
    def outcome(self) -> str:
        """One of the names of `StateCounts`."""
        if self.right:
            return "absent_right" if self.expected == NOT_REPORTED else "reported_right"
        if self.found == UNCLEAR:
            return "unclear"
        if self.found == NOT_REPORTED:
            return "missed"
        return "reported_but_absent" if self.expected == NOT_REPORTED else "reported_wrong_value"


def judge(field: str, label: Label, answer: Answer) -> Verdict:
    """How the answer stands to a label that speaks of `field`."""
    expected = label.values[field]
    if field in CALL_FIELDS:
        return _judge_call(field, expected, answer)
    if field in REGISTRY_FIELDS:
        return _judge_registry(field, expected, answer)
    product = answer.main
    if product is None:
        return Verdict(expected, NOT_REPORTED, NOT_REPORTED, "no product was found in the study")
    if field in WORDED:
        return _judge_word(field, expected, product)
    if field in _STATE_OF:
        return _judge_state(field, expected, product)
    read = label.read.get(field, Expected())
    if field == "separation":
        return _judge_separation(expected, label.words.get(field, ""), read, product)
    beside = [p for p in answer.preparations or () if p is not product and p.role == "given"]
    return _judge_amounts(expected, read, product, beside, exact=field == "dose_value_exact")


def _judge_call(field: str, expected: str, answer: Answer) -> Verdict:
    call = answer.calls[field]
    tags = [tag for name in _SHOWN_FOR[field] for tag in answer.tags if tag.property == name]
    quotes = (
        Quote(tag.field, tag.quote, f"{tag.term} {tag.role}" if tag.role else tag.term, tag.reason)
        for tag in tags
    )
    return Verdict(expected, call.value, call.value, call.reason, _first(quotes))


def _judge_registry(field: str, expected: str, answer: Answer) -> Verdict:
    assert answer.study is not None
    found = registry_fact(field, answer.study)
    reason = f"the record's own field; the table says {expected}"
    if field not in MANY_VALUED:
        return Verdict(expected, found, found, reason)
    states = [NOT_REPORTED if value == NOT_REPORTED else REPORTED for value in (expected, found)]
    if states[0] == states[1] == REPORTED and expected != found:
        states[1] = OTHER_VALUE
    return Verdict(states[0], states[1], found, reason)


def _judge_word(field: str, expected: str, product: Preparation) -> Verdict:
    """The first reading is the answer: a gold cell holds one word.

    `other` is right where any reading is, because the gold says so of mixed routes and sources.
    """
    name, words_of, _ = WORDED[field]
    finding = _finding(product, name)
    values = [reading.value for reading in finding.readings]
    if finding.state == "unclear":
        found = UNCLEAR
    elif finding.state != "reported" or not values:
        found = NOT_REPORTED
    else:
        first = words_of(values[0])
        later = {word for value in values[1:] for word in words_of(value)}
        same = expected in first or (expected == "other" and expected in later)
        found = expected if same else first[0]
    return Verdict(expected, found, _says(finding), finding.reason, _quotes(finding.readings))


def _judge_state(field: str, expected: str, product: Preparation) -> Verdict:
    """Whether the record says anything of it. Competing readings are something said."""
    findings = [_finding(product, name) for name in _STATE_OF[field]]
    told = [finding for finding in findings if finding.state in ("reported", "unclear")]
    readings = [reading for finding in told for reading in finding.readings]
    found = REPORTED if told else NOT_REPORTED
    says = "; ".join(_says(finding) for finding in told) or NOT_REPORTED
    return Verdict(expected, found, says, (told or findings)[0].reason, _quotes(readings))


def _judge_separation(expected: str, words: str, read: Expected, product: Preparation) -> Verdict:
    """Right where the states agree and, where reported, what the gold names is among ours.

    The gold's column also holds ways of keeping and of growing ("cryopreserved", "culture expansion"): words of such
    a kind are looked for in our fact of that kind. Of several steps half must be ours. Words that the vocabulary does
    not know are right where one telling word of them stands in the words we quote.
    """
    if expected == NOT_REPORTED:
        finding = _finding(product, "separation")
        found = {"reported": REPORTED, "unclear": UNCLEAR}.get(finding.state, NOT_REPORTED)
        return Verdict(expected, found, _says(finding), finding.reason, _quotes(finding.readings))
    if read.terms:
        findings = [_finding(product, read.terms[0][0])]
        ours = {reading.value for reading in findings[0].readings}
        same = 2 * sum(not names.isdisjoint(ours) for _, names in read.terms) >= len(read.terms)
        how = "terms compared"
    else:
        findings = [_finding(product, name) for name in _SEPARATION]
        quoted = _telling(span.quote for f in findings for r in f.readings for span in r.spans)
        same = not _telling([words]).isdisjoint(quoted)
        how = "the table's words are not in the vocabulary: compared by telling words in our quotes"
    told = [finding for finding in findings if finding.state in ("reported", "unclear")]
    if not told:
        found = NOT_REPORTED
    elif all(finding.state == "unclear" for finding in told):
        found = UNCLEAR
    else:
        found = REPORTED if same else OTHER_VALUE
    reason = f"{(told or findings)[0].reason} ({how})"
    readings = [reading for finding in told for reading in finding.readings]
    return Verdict(
        expected, found, "; ".join(_says(f) for f in told) or NOT_REPORTED, reason, _quotes(readings)
    )


def _judge_amounts(
    expected: str, read: Expected, product: Preparation, beside: Sequence[Preparation], *, exact: bool
) -> Verdict:
    """Right where every amount of the gold's words is among ours.

    A cell may name the doses of two products ("3 cc; 20x10^6 cells"): of several amounts one must be the main product's,
    the others may be of a product given beside it. `exact`: and no other is among our doses (a strength or basis told
    beside them is no other dose, nor is what is flagged as a total over the course or a limit).
    """
    findings = [_finding(product, name) for name in _STATE_OF["dose_reported"]]
    told = [finding for finding in findings if finding.state in ("reported", "unclear")]
    readings = [reading for finding in told for reading in finding.readings]
    ours = {
        f.property: [r.quantity for r in f.readings if r.quantity is not None]
        for f in told
        if f.state == "reported"
    }
    every = [quantity for quantities in ours.values() for quantity in quantities]
    missing = [want for want in read.amounts if not any(same_amount(want, got) for got in every)]
    if len(missing) < len(read.amounts):
        more = _doses_of(beside)
        missing = [want for want in missing if not any(same_amount(want, got) for got in more)]
    same = not read.unread and not missing
    if exact:
        doses = [
            r.quantity
            for r in _finding(product, "dose").readings
            if r.quantity is not None and _BESIDE_DOSES.isdisjoint(r.flags)
        ] or every
        same = same and all(any(same_amount(want, got) for want in read.amounts) for got in doses)
    if not told:
        found = NOT_REPORTED
    elif not every and any(finding.state == "unclear" for finding in told):
        found = UNCLEAR
    else:
        found = expected if same else OTHER_VALUE
    reason = "the table's words hold a number our grammar cannot read" if read.unread else ""
    reason = reason or (told or findings)[0].reason
    says = "; ".join(_says(finding) for finding in told) or NOT_REPORTED
    return Verdict(expected, found, says, reason, _quotes(readings))


def _doses_of(products: Sequence[Preparation]) -> list[Quantity]:
    findings = [_finding(product, name) for product in products for name in _STATE_OF["dose_reported"]]
    return [
        r.quantity for f in findings if f.state == "reported" for r in f.readings if r.quantity is not None
    ]


def same_amount(gold: Quantity, ours: Quantity) -> bool:
    """Whether two amounts are of one kind and basis and of equal bounds, to 1e-9.

    A gold cell that says only `µg` does not say of what: mass there may be protein here. A number said with the volume
    it stands in ("2e8 in 3 mL") is the same total with and without that volume, and the volume is said by it; "per 1 mL"
    is a strength and is not.
    "Per dose" is what a number alone means.

    >>> same_amount(Quantity(kind="mass", low=5, high=5), Quantity(kind="protein", low=5, high=5))
    True
    >>> q = Quantity(kind="particles", low=2e8, high=2e8)
    >>> same_amount(q, Quantity(kind="cells", low=2e8, high=2e8))
    False
    """
    if gold.kind == "volume" and ours.per == "mL" and not gold.per and gold.low == gold.high:
        return math.isclose(gold.low, ours.per_value, rel_tol=_SAME)
    kinds = {gold.kind} | ({"protein"} if gold.kind == "mass" else set())
    return (
        ours.kind in kinds
        and _same_basis(gold, ours)
        and math.isclose(gold.low, ours.low, rel_tol=_SAME)
        and math.isclose(gold.high, ours.high, rel_tol=_SAME)
    )


def _same_basis(one: Quantity, other: Quantity) -> bool:
    bases = {("", 1.0) if q.per in ("", "{dose}") else (q.per, q.per_value) for q in (one, other)}
    if len(bases) == 1:
        return True
    over, number = next(basis for basis in bases if basis[0])
    return ("", 1.0) in bases and over == "mL" and number != 1.0


def _finding(product: Preparation, name: str) -> Finding:
    try:
        return product.finding(name)
    except KeyError:
        return Finding(property=name, state=NOT_REPORTED, rule="", reason=f"{name} was not read")


def _says(finding: Finding) -> str:
    if finding.state not in ("reported", "unclear"):
        return finding.state
    values = ", ".join(dict.fromkeys(reading.value for reading in finding.readings)) or REPORTED
    return f"unclear: {values}" if finding.state == "unclear" else values


def _quotes(readings: Sequence[Reading]) -> tuple[Quote, ...]:
    return _first(Quote(s.field, s.quote, r.value, r.reason) for r in readings for s in r.spans[:2])


def _first(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    return tuple(list(dict.fromkeys(quotes))[:8])


def _telling(texts: Iterable[str]) -> frozenset[str]:
    """Words worth comparing, cut to their first letters so that "filtered" meets "filtration"."""
    words = {word for text in texts for word in _WORD.findall(text.casefold())}
    return frozenset(word[:6] for word in words - _EMPTY_WORDS)
