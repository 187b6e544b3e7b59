"""Preparations, doses, gaps and comparisons as text for a terminal."""

from collections.abc import Iterable

from skinproof.appraisal.reporting import Gap
from skinproof.faces.output import bold
from skinproof.views.amounts import number_words
from skinproof.views.answers import field_words
from skinproof.views.compare import Comparison, Placed
from skinproof.views.gaps import (
    CLASH_WORDS,
    REQUIREMENT_WORDS,
    GapReport,
    PreparationGaps,
    StudyGaps,
    mandatory_reported,
    score_words,
)
from skinproof.views.landscape import ALL, Group, Landscape, Spread, axis_words
from skinproof.views.preparations import Cell, FactShare, PreparationLine, PreparationTable, flag_words
from skinproof.views.text import Column, clean, cut, pairs, table, wrap
from skinproof.views.words import lower_first, plural

QUOTE_SHOWN, VALUE_SHOWN, QUOTES_SHOWN = 200, 60, 8
"""Letters of a quote and of the value it is of, and quotes of a fact, that are printed; `--json` and `--csv` hold all."""


def preparation_lines(found: PreparationTable, width: int, quotes: bool) -> list[str]:
    """Each preparation as a short block, then how much is not reported. quotes: with the words behind each value."""
    if not found.total:
        return ["No preparation in these data meets the filters."]
    count = f"{plural(found.total, 'preparation')} in {plural(found.studies, 'study', 'studies')}"
    lines = [bold(count)]
    for line in found.rows:
        lines += ["", *block_lines(line, width, quotes)]
    if len(found.rows) < found.total:
        lines += ["", f"{len(found.rows)} of {found.total:,} shown; --limit 0 shows all"]
    lines += [
        "",
        bold(f"What the {plural(found.total, 'preparation')} report"),
        "",
        *share_lines(found.shares, width),
    ]
    for note in found.notes:
        lines += wrap(clean(note), width)
    return lines


def block_lines(line: PreparationLine, width: int, quotes: bool) -> list[str]:
    """One preparation: who, then each fact that is told, then what is not. quotes: with the words behind values."""
    head = f"{line.record_id} ({line.number}) {line.name or line.title}"
    under = f"{line.agent}, {line.role_words}; about: {line.about}; status {lower_first(line.status)}"
    lines = [*(bold(part) for part in wrap(clean(head), width)), *wrap(clean(under), width)]
    told = [cell for cell in line.cells if cell.state in ("reported", "unclear")]
    lines += pairs(((cell.label, _cell(cell, quotes)) for cell in told), width)
    for state, words in (
        ("not_reported", "Not reported"), ("not_applicable", "Not applicable"), ("not_read", "Not read"),
    ):  # fmt: skip
        names = ", ".join(lower_first(cell.label) for cell in line.cells if cell.state == state)
        if names:
            lines += wrap(f"{words}: {names}", width)
    return lines


def _cell(cell: Cell, quotes: bool) -> str:
    flags = flag_words(cell.values)
    text = cell.text + (f" [{'; '.join(flags)}]" if flags else "")
    if not quotes:
        return text
    said = _said(cell)
    return f"{text} - {'; '.join(said)}" if said else text


def _said(cell: Cell) -> list[str]:
    """The deciding quote of each distinct value (one for each part of "3 courses; every 14 days"), bounded.

    It says whose quote it is where there are several values and quotes.
    """
    first = {value.text: value for value in reversed(cell.values) if value.quotes}
    quotes: dict[tuple[str, str], list[str]] = {}
    for text in dict.fromkeys(value.text for value in cell.values if value.quotes):
        told = dict.fromkeys((quote.where, quote.quote) for quote in first[text].quotes)
        for key in list(told)[: text.count("; ") + 1]:
            quotes.setdefault(key, []).append(text)
    lines = []
    for (where, quote), texts in quotes.items():
        whose = f"{cut(', '.join(texts), VALUE_SHOWN)} in " if len(quotes) > 1 and len(first) > 1 else ""
        lines.append(f'{whose}{where}: "{cut(clean(quote), QUOTE_SHOWN)}"')
    more = len(lines) - QUOTES_SHOWN
    return [*lines[:QUOTES_SHOWN], *([f"{plural(more, 'more quote')}"] if more > 0 else [])]


def share_lines(shares: Iterable[FactShare], width: int) -> list[str]:
    """How many preparations report each fact, as a table."""
    heads = ("Reported", "Unclear", "Not reported", "Not applicable")
    rows = [
        (s.label, str(s.reported), str(s.unclear), _share(s.not_reported, s.share_not_reported), str(s.not_applicable))
        for s in shares
        if s.share_not_reported is not None or s.not_applicable
    ]  # fmt: skip
    return table([Column("Fact", wraps=True), *(Column(head, right=True) for head in heads)], rows, width)


def _share(count: int, share: float | None) -> str:
    return str(count) if share is None else f"{count} ({share:.0%})"


def landscape_lines(found: Landscape, width: int, by_complaint: bool) -> list[str]:
    """A table for every axis, then the groups with the share that states no dose."""
    if not found.groups:
        return ["No preparation in these data meets the filters."]
    kept = [s for s in found.spreads if s.route != ALL and (s.indication == ALL) != by_complaint]
    lines: list[str] = []
    for kind, per in found.axes:
        rows = [_spread(s, found, by_complaint) for s in kept if (s.kind, s.per) == (kind, per)]
        heads = [
            *([Column("Complaint", wraps=True)] if by_complaint else []),
            Column("Agent", wraps=True), Column("Route", wraps=True), Column("n", right=True), Column("Studies", right=True),
            Column("Median", right=True), Column("Range", right=True), Column("Unclear", right=True),
        ]  # fmt: skip
        lines += [bold(axis_words(kind, per)), "", *table(heads, rows, width), ""]
    groups = [g for g in found.groups if g.route != ALL and (g.indication == ALL) != by_complaint]
    lines += [bold("Who states no dose"), "", *_silent(groups, found, by_complaint, width), ""]
    for note in found.notes:
        lines += wrap(clean(note), width)
    return lines


def _spread(s: Spread, found: Landscape, by_complaint: bool) -> tuple[str, ...]:
    median = "-" if s.median is None else number_words(s.median)
    span = "-"
    if s.low is not None and s.high is not None:
        span = number_words(s.low) + ("" if s.low == s.high else f" to {number_words(s.high)}")
    return (
        *((found.indications[s.indication],) if by_complaint else ()),
        found.agents[s.agent_class], found.routes[s.route], str(s.n_points), str(s.n_studies), median, span,
        str(s.n_unclear or ""),
    )  # fmt: skip


def _silent(groups: Iterable[Group], found: Landscape, by_complaint: bool, width: int) -> list[str]:
    heads = [
        *([Column("Complaint", wraps=True)] if by_complaint else []),
        Column("Agent", wraps=True), Column("Route", wraps=True), Column("Studies", right=True),
        Column("State no dose", right=True), Column("Levels only", right=True), Column("Unclear", right=True),
    ]  # fmt: skip
    rows = [
        (
            *((found.indications[g.indication],) if by_complaint else ()),
            found.agents[g.agent_class], found.routes[g.route], str(g.studies),
            _share(g.not_reported + g.relative, g.share_not_reported), str(g.relative or ""), str(g.unclear or ""),
        )
        for g in groups
        if g.studies
    ]  # fmt: skip
    return table(heads, rows, width)


def comparison_lines(found: Comparison, width: int) -> list[str]:
    """The product, each of its amounts with what it stands beside, and what to mind."""
    lines = [bold(part) for part in wrap(clean(found.product), width)]
    lines += wrap(clean(f"{found.agent}; compared with what registered studies state"), width)
    for placed in found.placed:
        lines += ["", *_placed(placed, width)]
    lines.append("")
    for note in found.notes:
        lines += wrap(clean(note), width)
    return lines


def _placed(placed: Placed, width: int) -> list[str]:
    head = f"{placed.fact.capitalize()}: {placed.text} ({placed.axis})"
    lines = [bold(part) for part in wrap(clean(head), width)]
    for beside in placed.beside:
        lines += wrap(clean(beside.group), width, "  ")
        lines += wrap(clean(beside.words), width, "    ")
    return lines


def gap_lines(found: GapReport, width: int, full: bool) -> list[str]:
    """Scores, gaps and contradictions. full: every gap of every preparation, else one line per study."""
    if not found.studies:
        return ["No preparation in these data meets the filters."]
    lines = [
        bold(
            f"{plural(found.n_preparations, 'preparation')} in {plural(found.n_studies, 'study', 'studies')}: "
            f"{plural(found.n_contradictions, 'contradiction')}"
        )
    ]
    if full:
        for study in found.studies:
            lines += ["", *_study_gaps(study, width)]
    else:
        lines += ["", bold("Items, most often missing first"), "", *_items(found, width)]
        lines += ["", bold("Studies"), "", *_scores(found, width)]
    lines.append("")
    for note in found.notes:
        lines += wrap(clean(note), width)
    return lines


def _study_gaps(study: StudyGaps, width: int) -> list[str]:
    lines = [bold(part) for part in wrap(clean(f"{study.record_id} {study.title}"), width)]
    if len(study.preparations) > 1:
        lines += wrap(clean(f"Study (its worst reported preparation): {score_words(study.score)}"), width)
    for one in study.preparations:
        lines += ["", *own_gap_lines(one, width)]
    return lines


def own_gap_lines(one: PreparationGaps, width: int) -> list[str]:
    """Score, gaps and contradictions of one preparation."""
    head = f"({one.number}) {one.name}: {one.agent}, {one.role_words}"
    lines = [*wrap(clean(head), width), *wrap(clean(score_words(one.score)), width, "  ")]
    if told := mandatory_reported(one.score):
        lines += wrap(clean(f"Mandatory and reported: {'; '.join(told)}"), width, "  ")
    rows = [
        (
            gap.id, REQUIREMENT_WORDS[gap.requirement], gap.label,
            ("unclear: " if gap.state == "unclear" else "") + ("; ".join(gap.missing) or gap.asks), _already(gap),
        )
        for gap in one.gaps
    ]  # fmt: skip
    heads = [
        Column("Item"),
        *(Column(head, wraps=True) for head in ("Asked", "What", "Missing", "Said so far")),
    ]
    lines += ["", *table(heads, rows, width)] if rows else ["  Nothing that is asked for is missing."]
    for clash in one.contradictions:
        quotes = "; ".join(f'{_place_words(span.field)}: "{span.quote}"' for span in clash.spans)
        preset = f" (band: {clash.preset})" if clash.preset else ""
        lines += wrap(clean(f"! {CLASH_WORDS.get(clash.kind, clash.kind)}: {clash.message}{preset}"), width)
        lines += wrap(clean(quotes), width, "    ")
    return lines


def _place_words(field: str) -> str:
    """Where words stand: a field of the record, or a key of the file that was given."""
    key = field.removeprefix("certificate.")
    return field_words(field) if key == field else f"your file, {key}"


def _already(gap: Gap) -> str:
    return "; ".join(f'"{cut(clean(span.quote), 60)}"' for span in gap.already[:2])


def _items(found: GapReport, width: int) -> list[str]:
    heads = [
        Column("Item"), Column("What", wraps=True), Column("Asked", wraps=True), Column("Reported", right=True),
        Column("Unclear", right=True), Column("Not reported", right=True),
    ]  # fmt: skip
    asked = [item for item in found.items if item.n_applicable]
    asked.sort(key=lambda item: -(item.share_not_reported or 0))
    rows = [
        (
            i.id, i.label, REQUIREMENT_WORDS[i.requirement], f"{i.n_reported} of {i.n_applicable}", str(i.n_unclear or ""),
            _share(i.n_not_reported, i.share_not_reported),
        )
        for i in asked
    ]  # fmt: skip
    return table(heads, rows, width)


def _scores(found: GapReport, width: int) -> list[str]:
    heads = [Column("Id"), Column("Title", wraps=True), Column("Reported", right=True), Column("Contradictions", wraps=True)]  # fmt: skip
    rows = []
    for study in found.studies:
        clashes = dict.fromkeys(
            CLASH_WORDS.get(c.kind, c.kind) for p in study.preparations for c in p.contradictions
        )
        share = "" if study.score.share is None else f" ({study.score.share:.0%})"
        reported = f"{study.score.n_reported} of {study.score.n_applicable}{share}"
        rows.append((study.record_id, study.title, reported, "; ".join(clashes)))
    return table(heads, rows, width)
