"""Preparations as a table: one row per study and product, one cell per fact, each with its words and their place."""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from skinproof.appraisal.items import load_items
from skinproof.model.findings import STATES, Finding, Preparation, Reading
from skinproof.model.preparations import PreparationRow
from skinproof.model.summary import EditionStamp
from skinproof.views.amounts import amount_words
from skinproof.views.answers import field_words
from skinproof.views.words import (
    AGENT_CLASS_LABELS,
    NOT_REPORTED,
    ROLE_WORDS,
    indication_words,
    lower_first,
    sentence,
    title_of,
)
from skinproof.vocabulary.term import Vocabulary

FACT_LABELS = {
    "source": "Cell or tissue source",
    "species": "Species",
    "donor": "Donor",
    "culture": "Culture",
    "separation": "Separation",
    "size": "Size",
    "purity": "Purity",
    "markers": "Markers",
    "storage": "Storage",
    "dose": "Dose per administration",
    "concentration": "Concentration",
    "basis": "Area or weight basis",
    "schedule": "Schedule",
    "route": "Route",
    "delivery": "Delivery aid",
    "yield": "Yield",
    "potency": "Potency",
    "reporting": "Other reporting",
}
"""Facts in the order of extraction.catalogue, with the heads of their columns."""

FACT_KINDS = {
    "source": "source", "species": "species", "donor": "donor", "culture": "culture", "separation": "separation",
    "markers": "marker", "storage": "storage", "route": "route", "delivery": "procedure", "potency": "potency",
}  # fmt: skip
"""Which kind of vocabulary the values of a fact come from."""

NOT_READ = "not_read"
"""State of a fact that this edition did not look for: it says nothing of the record."""

STATE_WORDS = {
    "reported": "reported",
    "not_reported": NOT_REPORTED,
    "not_applicable": "not applicable",
    "unclear": "unclear",
    NOT_READ: "not read in this edition",
}


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """Words of the record: `text_of(field)[start:end] == quote`; where names the field in words."""

    where: str
    field: str
    start: int
    end: int
    quote: str


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """One reading in words. value: as the rule gave it; unit: UCUM code, low and high in it, where it is an amount."""

    text: str
    value: str
    reason: str
    rule: str
    quotes: tuple[Quote, ...]
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    arms: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of one preparation: its state, a short text that says state and values, and what stands behind it."""

    fact: str
    label: str
    state: str
    text: str
    reason: str
    values: tuple[Value, ...] = ()
    looked_in: tuple[str, ...] = ()


class PreparationLine(msgspec.Struct, frozen=True, kw_only=True):
    """One preparation of one study in words."""

    record_id: str
    number: int
    title: str
    name: str
    agent_class: str
    agent: str
    agents: tuple[str, ...]
    role: str
    role_words: str
    about: str
    cutaneous: str
    status: str
    cells: tuple[Cell, ...]

    def cell(self, fact: str) -> Cell:
        """The cell of a fact. Raises: KeyError."""
        for found in self.cells:
            if found.fact == fact:
                return found
        raise KeyError(fact)


class FactShare(msgspec.Struct, frozen=True, kw_only=True):
    """How many preparations report a fact.

    share_not_reported: not reported, of the preparations to which the fact applies; None where there are none.
    """

    fact: str
    label: str
    reported: int
    unclear: int
    not_reported: int
    not_applicable: int
    not_read: int
    share_not_reported: float | None


class PreparationTable(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of the first `len(rows)` of `total` preparations; shares are of all of them."""

    total: int
    studies: int
    facts: tuple[str, ...]
    rows: tuple[PreparationLine, ...]
    shares: tuple[FactShare, ...]
    notes: tuple[str, ...]
    stamp: EditionStamp


def with_roles(rows: Iterable[PreparationRow], roles: Collection[str]) -> tuple[PreparationRow, ...]:
    """The rows whose preparation stands in one of these roles (given, carrier, ...)."""
    return tuple(row for row in rows if row.preparation.role in roles)


def preparation_table(
    rows: Iterable[PreparationRow],
    vocabulary: Vocabulary,
    stamp: EditionStamp,
    *,
    facts: Sequence[str] = (),
    limit: int | None = None,
) -> PreparationTable:
    """The table. facts: names of the columns wanted (empty = all); limit: most rows (None = all)."""
    found = tuple(rows)
    wanted = tuple(facts) or tuple(FACT_LABELS)
    return PreparationTable(
        total=len(found),
        studies=len({row.study.record_id for row in found}),
        facts=wanted,
        rows=tuple(preparation_line(row, vocabulary, wanted) for row in found[:limit]),
        shares=tuple(fact_share(fact, (row.preparation for row in found)) for fact in wanted),
        notes=(
            "Read from registry records by rules; each value keeps the words it was read from.",
            "Not reported means that the record does not say it, where it was looked for: nothing is guessed.",
        ),
        stamp=stamp,
    )


def preparation_line(
    row: PreparationRow, vocabulary: Vocabulary, facts: Sequence[str] = ()
) -> PreparationLine:
    """One preparation in words."""
    study, preparation = row.study, row.preparation
    return PreparationLine(
        record_id=study.record_id,
        number=preparation.number,
        title=title_of(study),
        name=preparation.name,
        agent_class=preparation.agent_class,
        agent=AGENT_CLASS_LABELS[preparation.agent_class],
        agents=tuple(map(vocabulary.label, preparation.agents)),
        role=preparation.role,
        role_words=ROLE_WORDS[preparation.role],
        about=indication_words(study, vocabulary),
        cutaneous=study.cutaneous,
        status=sentence(study.overall_status),
        cells=tuple(fact_cell(preparation, fact, vocabulary) for fact in facts or FACT_LABELS),
    )


def fact_cell(preparation: Preparation, fact: str, vocabulary: Vocabulary) -> Cell:
    """One fact of a preparation in words."""
    finding = finding_of(preparation, fact)
    if finding is None:
        return Cell(fact=fact, label=_label(fact), state=NOT_READ, text=STATE_WORDS[NOT_READ], reason="")
    values = tuple(_value(fact, reading, vocabulary) for reading in finding.readings)
    return Cell(
        fact=fact,
        label=_label(fact),
        state=finding.state,
        text=_cell_text(finding, values),
        reason=finding.reason,
        values=values,
        looked_in=finding.looked_in,
    )


def finding_of(preparation: Preparation, fact: str) -> Finding | None:
    """The finding on a fact, None where the edition did not look for it."""
    return next((found for found in preparation.findings if found.property == fact), None)


def fact_share(fact: str, preparations: Iterable[Preparation]) -> FactShare:
    """How many of these preparations report a fact."""
    counts = dict.fromkeys((*STATES, NOT_READ), 0)
    for preparation in preparations:
        finding = finding_of(preparation, fact)
        counts[finding.state if finding else NOT_READ] += 1
    asked = counts["reported"] + counts["unclear"] + counts["not_reported"]
    return FactShare(
        fact=fact,
        label=_label(fact),
        reported=counts["reported"],
        unclear=counts["unclear"],
        not_reported=counts["not_reported"],
        not_applicable=counts["not_applicable"],
        not_read=counts[NOT_READ],
        share_not_reported=counts["not_reported"] / asked if asked else None,
    )


def value_words(fact: str, value: str, vocabulary: Vocabulary) -> str:
    """A value as readers see it: a vocabulary name by its label, other text as it is.

    >>> value_words("route", "injection_local", Vocabulary(()))
    'injection local'
    """
    if fact == "reporting":
        return _item_words(value)
    term = f"{FACT_KINDS.get(fact, fact)}:{value}"
    if term in vocabulary.terms:
        return lower_first(vocabulary.label(term))
    return value if " " in value else value.replace("_", " ")


def _item_words(value: str) -> str:
    """An item of reporting by its label, a claim as what the product is called.

    >>> _item_words("claim:cell_free"), _item_words("lot")
    ('called cell free', 'lot')
    """
    name, _, rest = value.partition(":")
    if name == "claim":
        return f"called {rest.replace('_', ' ')}"
    label = next((lower_first(item.label) for item in load_items().items if item.id == name), None)
    return f"{label or name.replace('_', ' ')}{f' ({rest})' if rest else ''}"


def quotes_of(reading: Reading) -> tuple[Quote, ...]:
    """The words a reading rests on, the deciding ones first."""
    return tuple(
        Quote(where=field_words(s.field), field=s.field, start=s.start, end=s.end, quote=s.quote)
        for s in reading.spans
    )


def _label(fact: str) -> str:
    return FACT_LABELS.get(fact, sentence(fact))


def _value(fact: str, reading: Reading, vocabulary: Vocabulary) -> Value:
    quantity = reading.quantity
    return Value(
        text=_text(fact, reading, vocabulary),
        value=reading.value,
        reason=reading.reason,
        rule=reading.rule,
        quotes=quotes_of(reading),
        unit=quantity.unit if quantity else None,
        low=quantity.low if quantity else None,
        high=quantity.high if quantity else None,
        arms=reading.arms,
        flags=reading.flags,
    )


def _text(fact: str, reading: Reading, vocabulary: Vocabulary) -> str:
    """The words of one reading; of a test with a number both."""
    if reading.quantity is None:
        return value_words(fact, reading.value, vocabulary)
    amount = amount_words(reading.quantity)
    return f"{value_words(fact, reading.value, vocabulary)}: {amount}" if fact == "purity" else amount


def _cell_text(finding: Finding, values: Sequence[Value]) -> str:
    texts = list(dict.fromkeys(value.text for value in values))
    if finding.state == "reported":
        return "; ".join(texts) or "reported"
    if finding.state == "unclear" and texts:
        return f"unclear: {' or '.join(texts)}"
    return STATE_WORDS[finding.state]


CSV_HEAD = (
    "record_id", "number", "role", "agent_class", "name", "agents", "about", "cutaneous", "status", "title",
)  # fmt: skip


def csv_header(facts: Iterable[str]) -> tuple[str, ...]:
    """Columns of the table: who, then for every fact its text, its state, its flags and its quotes."""
    return (*CSV_HEAD, *(f"{fact}{part}" for fact in facts for part in ("", "_state", "_flags", "_quotes")))


def csv_row(line: PreparationLine) -> tuple[object, ...]:
    """The row under `csv_header`: values of one fact joined by "; ", each quote with the field it stands in.

    A flag that not all values carry names the one it belongs to: "5 µg: inferred".
    """
    head = (
        line.record_id, line.number, line.role, line.agent_class, line.name, "; ".join(line.agents), line.about,
        line.cutaneous, line.status, line.title,
    )  # fmt: skip
    cells = [
        part
        for cell in line.cells
        for part in (_csv_text(cell), cell.state, _csv_flags(cell), _csv_quotes(cell))
    ]
    return (*head, *cells)


def _csv_text(cell: Cell) -> str:
    return "; ".join(dict.fromkeys(value.text for value in cell.values))


def _csv_flags(cell: Cell) -> str:
    return "; ".join(flag_words(cell.values))


def flag_words(values: Sequence[Value]) -> tuple[str, ...]:
    """What a reader must know of these values: a flag alone where all carry it, else with the value it belongs to."""
    shared = set(values[0].flags).intersection(*(value.flags for value in values)) if values else set()
    said = (flag if flag in shared else f"{value.text}: {flag}" for value in values for flag in value.flags)
    return tuple(dict.fromkeys(said))


def _csv_quotes(cell: Cell) -> str:
    quotes = (f"{quote.field}: {quote.quote}" for value in cell.values for quote in value.quotes)
    return " | ".join(dict.fromkeys(quotes))
