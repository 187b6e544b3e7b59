"""The page of everything that was given: how much is reported, and a row for each preparation with its words."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from skinproof.faces.site.list_page import Box
from skinproof.faces.site.rows import study_href
from skinproof.model.preparations import PreparationRow
from skinproof.model.summary import EditionStamp
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.amounts import KIND_LABELS
from skinproof.views.doses import RELATIVE, SILENT, UNCLEAR, amount_state, points_of
from skinproof.views.gapmap import GapMap
from skinproof.views.preparations import (
    FACT_LABELS,
    STATE_WORDS,
    Cell,
    FactShare,
    PreparationLine,
    Value,
    fact_share,
    preparation_line,
)
from skinproof.views.stamp import caveats
from skinproof.views.text import cut
from skinproof.views.words import AGENT_CLASS_LABELS, NOT_REPORTED, lower_first, plural
from skinproof.vocabulary.term import Vocabulary

MAIN = ("source", "donor", "route", "dose", "schedule", "separation")
"""Facts with a column of their own; the others open below the row."""

MOST_ROWS = 2000
MOST_LETTERS = 1_500_000
"""Rows, and letters in them, that the page holds; the table file beside it holds every preparation."""

TEXT_SHOWN, QUOTE_SHOWN, VALUES_SHOWN, QUOTES_SHOWN = 90, 240, 6, 2
"""Letters of a cell and of a quote, values of a cell, quotes of a value; a study's page shows all."""

_NO_DOSE = {RELATIVE: "levels without an amount", UNCLEAR: "unclear", SILENT: NOT_REPORTED}


class ValueView(msgspec.Struct, frozen=True, kw_only=True):
    """One reading; quotes: (words, where they stand)."""

    text: str
    arms: str
    flags: tuple[str, ...]
    reason: str
    quotes: tuple[tuple[str, str], ...]


class CellView(msgspec.Struct, frozen=True, kw_only=True):
    """One fact of a row: short text, and what opens below it. more: values that only the study's page shows."""

    fact: str
    label: str
    short: str
    state: str
    state_words: str
    text: str
    reason: str
    values: tuple[ValueView, ...]
    more: int
    flagged: bool


class ShownRow(msgspec.Struct, frozen=True, kw_only=True):
    """One preparation. silent: (where it was looked for, facts that are not said there); f_*: what filters compare."""

    line: PreparationLine
    href: str
    partial: bool
    main: tuple[CellView, ...]
    others: tuple[CellView, ...]
    silent: tuple[tuple[str, str], ...]
    outside: str
    f_indication: str
    f_source: str
    f_donor: str
    f_route: str
    f_dose: str
    f_separation: str

    @property
    def more(self) -> str:
        """What opens below the row."""
        told = ", ".join(lower_first(cell.label) for cell in self.others if cell.fact != "reporting")
        return f"Also told: {told}" if told else "More facts, and what is not reported"

    @property
    def letters(self) -> int:
        """About how long the row is on the page."""
        cells = (*self.main, *self.others)
        told = sum(
            len(v.text) + len(v.arms) + len(v.reason) + sum(60 + len(words) for words, _ in v.quotes)
            for c in cells
            for v in c.values
        )
        return (
            1000
            + len(self.outside)
            + sum(120 + len(where) for where, _ in self.silent)
            + 120 * len(cells)
            + told
        )


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A share as a bar of 100 steps, and in words."""

    told: int
    open: int
    words: str
    title: str


def preparations_context(
    rows: Sequence[PreparationRow],
    vocabulary: Vocabulary,
    gap: GapMap,
    hrefs: Mapping[str, str],
) -> dict[str, Any]:
    """What the page prints; hrefs: pages of the listed studies, by id."""
    ordered = sorted((row for row in rows if row.study.record_id in hrefs), key=by_interest)
    columns: dict[str, list[str]] = {}
    for axis in gap.columns:
        for record_id in gap.column_totals[axis.id].record_ids:
            columns.setdefault(record_id, []).append(axis.id)
    shown: list[ShownRow] = []
    letters = 0
    for row in ordered[:MOST_ROWS]:
        made = shown_row(row, vocabulary, columns.get(row.study.record_id, ()))
        letters += made.letters
        if letters > MOST_LETTERS and shown:
            break
        shown.append(made)
    return {
        **overview(rows, gap.stamp),
        "rows": shown,
        "boxes": _boxes(shown, gap),
        "left_out": len(rows) - len(shown),
    }


def overview(rows: Sequence[PreparationRow], stamp: EditionStamp) -> dict[str, Any]:
    """What the page says of all preparations, whichever it shows."""
    groups = share_groups(rows)
    return {
        "answer": _answer(rows),
        "caveats": caveats(stamp),
        "groups": [(label, n) for label, n, _ in groups],
        "shares": [(FACT_LABELS[fact], [bars[fact] for _, _, bars in groups]) for fact in SHARED],
        "n_all": len(rows),
    }


SHARED = tuple(fact for fact in FACT_LABELS if fact != "reporting")
"""Facts of which it is shown how many preparations report them."""


def by_interest(row: PreparationRow) -> tuple[int, str, int]:
    """Order of the page: vesicles, those about skin first; other agents about skin; the rest by class; then by id."""
    skin = row.study.cutaneous == "yes"
    place = AGENT_CLASSES.index(row.preparation.agent_class)
    rank = (0 if skin else 1) if row.preparation.agent_class == "ev" else (2 if skin else 3 + place)
    return (rank, row.study.record_id, row.preparation.number)


def _answer(rows: Sequence[PreparationRow]) -> str:
    if not rows:
        return "None of the studies held here gives a preparation that is looked for."
    studies = {row.study.record_id for row in rows}
    words = f"{plural(len(rows), 'preparation')} in {plural(len(studies), 'registered study', 'registered studies')}."
    vesicles = [row.preparation for row in rows if row.preparation.agent_class == "ev"]
    if vesicles:
        made, way, dose = (_percent(fact_share(fact, vesicles)) for fact in ("source", "separation", "dose"))
        words += (
            f" {plural(len(vesicles), 'is', 'are')} of extracellular vesicles. Of their records, {made} tell what the product "
            f"was made from, {way} how it was separated, and {dose} its dose."
        )
    return words


def _percent(share: FactShare) -> str:
    asked = share.reported + share.unclear + share.not_reported
    return f"{share.reported / asked:.0%}" if asked else "0%"


def share_groups(rows: Sequence[PreparationRow]) -> list[tuple[str, int, dict[str, Bar]]]:
    """(label, number of preparations, bar of each fact): of the vesicles, of those about skin, and of all."""
    of = {
        "Vesicles": [r.preparation for r in rows if r.preparation.agent_class == "ev"],
        "About skin": [r.preparation for r in rows if r.study.cutaneous == "yes"],
        "All": [r.preparation for r in rows],
    }
    return [
        (label, len(found), {fact: bar_of(fact_share(fact, found)) for fact in SHARED})
        for label, found in of.items()
        if found
    ]


def bar_of(share: FactShare) -> Bar:
    """The share of one fact as a bar."""
    asked = share.reported + share.unclear + share.not_reported
    if not asked:
        words = "not read in this edition" if share.not_read else "does not apply"
        return Bar(told=0, open=0, words=words, title=words)
    told, unclear = round(100 * share.reported / asked), round(100 * share.unclear / asked)
    extra = f", {share.unclear:,} unclear" if share.unclear else ""
    return Bar(
        told=told,
        open=min(unclear, 100 - told),
        words=f"{share.reported:,} of {asked:,}{extra}",
        title=f"{share.label}: {told}% report it",
    )


def shown_row(row: PreparationRow, vocabulary: Vocabulary, columns: Iterable[str]) -> ShownRow:
    """One preparation as the page prints it; columns: of the map, in which its study stands."""
    line = preparation_line(row, vocabulary)
    cells = {cell.fact: cell_view(cell) for cell in line.cells}
    silent: dict[str, list[str]] = {}
    for cell in line.cells:
        if cell.state == "not_reported":
            silent.setdefault(", ".join(cell.looked_in), []).append(lower_first(cell.label))
    outside = [lower_first(cell.label) for cell in line.cells if cell.state == "not_applicable"]
    return ShownRow(
        line=line,
        href=study_href(line.record_id),
        partial=row.study.completeness == "partial",
        main=tuple(cells[fact] for fact in MAIN),
        others=tuple(cell for fact, cell in cells.items() if fact not in MAIN and cell.values),
        silent=tuple((where, ", ".join(facts)) for where, facts in silent.items()),
        outside=", ".join(outside),
        f_indication=" ".join(columns),
        f_source=_compared(line.cell("source")),
        f_donor=_compared(line.cell("donor")),
        f_route=_compared(line.cell("route")),
        f_dose="|".join(_dose_kinds(row)),
        f_separation=_state(line.cell("separation")),
    )


def cell_view(cell: Cell) -> CellView:
    """A cell, bounded: a record with a hundred doses must not make a page that nobody can load."""
    return CellView(
        fact=cell.fact,
        label=cell.label,
        short=cell.fact.capitalize(),
        state=cell.state,
        state_words=STATE_WORDS[cell.state],
        text=cut(cell.text, TEXT_SHOWN),
        reason=cell.reason if cell.state == "unclear" else "",
        values=tuple(map(_value_view, cell.values[:VALUES_SHOWN])),
        more=max(0, len(cell.values) - VALUES_SHOWN),
        flagged=any(value.flags for value in cell.values),
    )


def _value_view(value: Value) -> ValueView:
    quotes = dict.fromkeys((cut(quote.quote, QUOTE_SHOWN), quote.where) for quote in value.quotes)
    return ValueView(
        text=cut(value.text, QUOTE_SHOWN),
        arms=cut("; ".join(value.arms), QUOTE_SHOWN),
        flags=tuple(cut(flag, QUOTE_SHOWN) for flag in value.flags[:4]),
        reason=value.reason,
        quotes=tuple(quotes)[:QUOTES_SHOWN],
    )


def _compared(cell: Cell) -> str:
    if cell.state != "reported":
        return _state(cell)
    return "|".join(dict.fromkeys(value.text.replace("|", " ") for value in cell.values)) or _state(cell)


def _state(cell: Cell) -> str:
    return STATE_WORDS[cell.state]


def _dose_kinds(row: PreparationRow) -> tuple[str, ...]:
    """What its doses count, or why there are none."""
    points = points_of(row.study.record_id, row.preparation)
    kinds = tuple(dict.fromkeys(KIND_LABELS[point.kind] for point in points))
    return kinds or (_NO_DOSE.get(amount_state(row.preparation, points), "not applicable"),)


FILTERS: dict[str, tuple[str, str, Callable[[ShownRow], str]]] = {
    "agent": ("Agent", " ", lambda row: row.line.agent_class),
    "indication": ("Complaint", " ", lambda row: row.f_indication),
    "cutaneous": ("Cutaneous", " ", lambda row: row.line.cutaneous),
    "source": ("Source", "|", lambda row: row.f_source),
    "donor": ("Donor", "|", lambda row: row.f_donor),
    "route": ("Route", "|", lambda row: row.f_route),
    "dose": ("Dose stated as", "|", lambda row: row.f_dose),
    "separation": ("Separation", "|", lambda row: row.f_separation),
}
"""Filter -> (its label, what stands between several values, where they stand)."""


def _boxes(rows: Sequence[ShownRow], gap: GapMap) -> tuple[Box, ...]:
    agents = Counter(row.line.agent_class for row in rows)
    branches = Counter(branch for row in rows for branch in row.f_indication.split())
    skin = Counter(row.line.cutaneous for row in rows)
    return (
        Box("agent", "Agent", _counted(agents, {name: AGENT_CLASS_LABELS[name] for name in AGENT_CLASSES})),
        Box("indication", "Complaint", _counted(branches, {axis.id: axis.label for axis in gap.columns})),
        Box("cutaneous", "Cutaneous", _counted(skin, {"yes": "yes", "no": "no"})),
        *(_listed(name, rows) for name in ("source", "donor", "route", "dose", "separation")),
    )


def _counted(found: Counter[str], labels: Mapping[str, str]) -> tuple[tuple[str, str, int], ...]:
    return tuple((key, label, found[key]) for key, label in labels.items() if found[key])


def _listed(name: str, rows: Sequence[ShownRow]) -> Box:
    label, split, read = FILTERS[name]
    found = Counter(value for row in rows for value in set(read(row).split(split)))
    last = set(STATE_WORDS.values())
    ordered = sorted(found, key=lambda value: (value in last, value.casefold()))
    return Box(name, label, tuple((value, value, found[value]) for value in ordered))
