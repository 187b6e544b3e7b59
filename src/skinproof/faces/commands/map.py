"""`skinproof map`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from skinproof.faces.ask import agent_terms, no_cycles, open_asked, read_filters, said
from skinproof.faces.options import Asked, pass_services, reading_options
from skinproof.faces.output import (
    bold,
    filter_lines,
    print_csv,
    print_json,
    print_lines,
    stamp_lines,
    stamped,
    text_width,
)
from skinproof.faces.services import Services
from skinproof.model.summary import Filters
from skinproof.studies.paper_kinds import EVIDENCE
from skinproof.views.gapmap import GIVEN, GapMap, Numbers, gap_map
from skinproof.views.paper_counts import NOT_TOLD, paper_figures, paper_words
from skinproof.views.text import Column, clean, cut, table, wrap
from skinproof.views.words import AGENT_CLASS_SHORT, NO_STUDIES, NOT_REPORTED, plural

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace

HEADER = (
    "agent_class", "agent", "indication", "complaint", "studies", "participants", "planned", "without_enrollment",
    "randomised", "completed", "with_results", "results_unknown", "record_ids", "papers_beside", "papers_human", "papers_animal",
    "papers_laboratory", "papers_unclear",
)  # fmt: skip


@click.command("map")
@reading_options
@click.option("--no-outside", is_flag=True, help="Leave out the column for everything outside skin.")
@click.option(
    "--evidence", multiple=True, type=click.Choice(EVIDENCE),
    help="Of the papers beside the studies only those: human leaves out animals and the laboratory.",
)  # fmt: skip
@pass_services
def command(services: Services, asked: Asked, no_outside: bool, evidence: tuple[str, ...]) -> None:
    """The evidence map: agents by complaints.

    Every cell: studies, participants, randomised, completed, with posted results. By default agents that are given
    to people or carry a drug; --role measured maps what is only measured. --indication NAME opens one branch. Where papers are
    held, each cell also tells those beside the studies: in people, in animals, in the laboratory.
    """
    with open_asked(services, asked) as workspace:
        filters = read_filters(asked.typed, workspace)
        gap = ask_map(workspace, filters, asked.as_of, outside=not no_outside, evidence=evidence)
        if asked.as_json:
            print_json(gap, filters=said(filters))
        elif asked.as_csv:
            print_csv(stamped(HEADER), csv_rows(gap))
        else:
            width = text_width()
            print_lines([*filter_lines(said(filters), width), *map_lines(gap, width)])


def ask_map(
    workspace: "Workspace",
    filters: Filters,
    as_of: str | None,
    *,
    outside: bool = True,
    evidence: Sequence[str] = (),
) -> GapMap:
    """The map of the studies that meet the filters; a role is where an agent must stand to be on the map.

    evidence: of the papers beside the studies only those.
    """
    from skinproof.workflows.paper_facets import PaperFacets
    from skinproof.workflows.site import MAP_COLUMNS

    roles = filters.role or GIVEN
    narrow = filters.agent or filters.role
    chosen = msgspec.structs.replace(filters, role=roles if narrow else ())
    with no_cycles():
        selection = workspace.select(chosen, as_of, MAP_COLUMNS)
        papers = PaperFacets(workspace).beside(filters, as_of, evidence)
        gap = gap_map(
            selection.studies,
            workspace.vocabulary,
            selection.stamp,
            roles=roles,
            agents=agent_terms(filters.agent, workspace.vocabulary) if filters.agent else None,
            under=filters.indication,
            outside=outside,
            papers=papers,
        )
    if evidence and papers is None:
        return msgspec.structs.replace(gap, notes=(*gap.notes, NOT_TOLD))
    return gap


def csv_rows(gap: GapMap) -> list[tuple[object, ...]]:
    """One row per cell, empty cells too."""
    rows, columns = ({axis.id: axis.label for axis in axes} for axes in (gap.rows, gap.columns))
    return [
        (
            cell.row, rows[cell.row], cell.column, columns[cell.column],
            *_figures(cell.numbers), cell.numbers.record_ids, *paper_figures(cell.papers), gap.stamp.edition, gap.stamp.as_of,
        )
        for cell in gap.cells
    ]  # fmt: skip


def _figures(n: Numbers) -> tuple[int | None, ...]:
    return (
        n.studies, n.participants, n.planned, n.without_enrollment, n.randomised, n.completed, n.with_results,
        n.results_unknown,
    )  # fmt: skip


def map_lines(gap: GapMap, width: int) -> list[str]:
    """The map as text: studies in each cell, then everything known of the cells that are not empty."""
    lines = [bold("Studies by complaint (down) and agent (across)"), ""]
    lines += _grid(gap, width)
    key = ", ".join(f"{AGENT_CLASS_SHORT[row.id]} {row.label}" for row in gap.rows)
    lines += ["", *wrap(f". = {NO_STUDIES}. {clean(key)}.", width), ""]
    lines += [bold("Cells with studies"), "", *_details(gap, width), ""]
    for cell in gap.cells:
        if cell.papers is not None and cell.papers.papers:
            names = {axis.id: axis.label for axis in (*gap.rows, *gap.columns)}
            told = f"{names[cell.row]}, {names[cell.column]}: {paper_words(cell.papers)}"
            lines += wrap(clean(told), width)
    for note in gap.notes:
        lines += wrap(clean(note), width)
    lines += _unplaced(gap, width)
    return lines + stamp_lines(gap.stamp, width)


def _grid(gap: GapMap, width: int) -> list[str]:
    heads = [Column(AGENT_CLASS_SHORT[row.id], right=True) for row in gap.rows]
    room = max(16, width - sum(max(4, len(head.head)) + 2 for head in heads) - 8)
    numbers = {(cell.row, cell.column): cell.numbers.studies for cell in gap.cells}
    body = [
        (
            cut(clean(column.label), room),
            *(str(numbers[row.id, column.id] or ".") for row in gap.rows),
            str(gap.column_totals[column.id].studies),
        )
        for column in gap.columns
    ]
    total = (
        "Each study once",
        *(str(gap.row_totals[r.id].studies) for r in gap.rows),
        str(gap.total.studies),
    )
    return table([Column("Complaint"), *heads, Column("All", right=True)], [*body, total], width)


def _details(gap: GapMap, width: int) -> list[str]:
    """Each agent with its total, then its cells that are not empty."""
    labels = {axis.id: axis.label for axis in gap.columns}
    rows: list[tuple[str, ...]] = []
    for row in gap.rows:
        total = gap.row_totals[row.id]
        rows.append(
            (row.label, *_words(total)) if total.studies else (f"{row.label}: {NO_STUDIES}", *[""] * 5)
        )
        cells = [cell for cell in gap.cells if cell.row == row.id and cell.numbers.studies]
        rows += [(f"- {labels[cell.column]}", *_words(cell.numbers)) for cell in cells]
    rows.append(("All, each study once", *_words(gap.total)))
    names = ("Studies", "Participants", "Randomised", "Completed", "Results")
    heads = [Column("Agent, - complaint", wraps=True), *(Column(name, right=True) for name in names)]
    return table(heads, rows, width)


def _words(n: Numbers) -> tuple[str, ...]:
    """The figures of a cell; `+2?`: two more studies that state no number."""
    people = NOT_REPORTED if n.participants is None else f"{n.participants:,}"
    if n.participants is not None and n.without_enrollment:
        people += f" +{n.without_enrollment}?"
    return (f"{n.studies:,}", people, f"{n.randomised:,}", f"{n.completed:,}", f"{n.with_results:,}")


def _unplaced(gap: GapMap, width: int) -> list[str]:
    lines = []
    if gap.total.without_enrollment:
        count = plural(gap.total.without_enrollment, "study states", "studies state")
        lines += wrap(f"{count} no number of participants (+n? in a cell).", width)
    if gap.total.results_unknown:
        count = plural(gap.total.results_unknown, "record does", "records do")
        lines += wrap(f"{count} not say whether results are posted.", width)
    if gap.unplaced["agent"]:
        count = plural(len(gap.unplaced["agent"]), "selected study has", "selected studies have")
        lines += wrap(f"{count} none of these agents in this role and stand nowhere on the map.", width)
    if gap.unplaced["indication"]:
        count = plural(len(gap.unplaced["indication"]), "selected study is", "selected studies are")
        lines += wrap(f"{count} about none of these complaints and stand nowhere on the map.", width)
    return lines
