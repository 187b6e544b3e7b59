"""`skinproof list`."""

from typing import TYPE_CHECKING

import click

from skinproof.faces.ask import open_asked, read_filters, said
from skinproof.faces.options import Asked, pass_services, reading_options
from skinproof.faces.output import (
    filter_lines,
    print_csv,
    print_json,
    print_lines,
    stamp_lines,
    stamped,
    text_width,
)
from skinproof.faces.services import Services
from skinproof.views.clock_lines import stamp_day
from skinproof.views.overdue import ASKED, OverdueList, OverdueRow, overdue_list
from skinproof.views.studies import StudyList, StudyRow, list_studies
from skinproof.views.text import Column, clean, table, wrap
from skinproof.views.words import plural

if TYPE_CHECKING:
    from skinproof.model.summary import Filters
    from skinproof.workflows.query import Selection, Workspace

SHOWN = 50
HEADER = StudyRow.__struct_fields__


@click.command("list")
@reading_options
@click.option("--limit", type=click.IntRange(0), help="Most rows; 0 = all [default: 50 as text, else all].")
@click.option(
    "--overdue", type=click.Choice(("any", *ASKED)),
    help="Only studies that owe results: by US law, EU law, the WHO's 12 months, or any.",
)  # fmt: skip
@pass_services
def command(services: Services, asked: Asked, limit: int | None, overdue: str | None) -> None:
    """Studies that meet the filters, one row each.

    With --overdue who owes results, by which clock, and how late, the latest first. The day is that of --as-of, else the newest
    registry day held, as on the pages. A flag is no accusation: no public record tells all that a rule asks for.
    """
    if limit is None and not (asked.as_json or asked.as_csv):
        limit = SHOWN
    with open_asked(services, asked) as workspace:
        filters = read_filters(asked.typed, workspace)
        selection = workspace.select(filters, asked.as_of)
        if overdue is not None:
            print_overdue(ask_overdue(workspace, selection, overdue, limit or None), asked, filters)
            return
        found = list_studies(selection.studies, workspace.vocabulary, selection.stamp, limit or None)
    if asked.as_json:
        print_json(found, filters=said(filters))
    elif asked.as_csv:
        stamp = found.stamp
        print_csv(
            stamped(HEADER),
            [(*(getattr(row, name) for name in HEADER), stamp.edition, stamp.as_of) for row in found.rows],
        )
    else:
        width = text_width()
        print_lines(
            [*filter_lines(said(filters), width), *_lines(found, width), *stamp_lines(found.stamp, width)]
        )


def ask_overdue(workspace: "Workspace", selection: "Selection", which: str, limit: int | None) -> OverdueList:
    """Those of the studies that owe results by a clock. which: `any`, or a key of ASKED."""
    from skinproof.workflows.overdue import clocks_of

    names = tuple(ASKED.values()) if which == "any" else (ASKED[which],)
    day = stamp_day(selection.stamp)
    found = clocks_of(workspace, selection.studies, day) if day else ()
    return overdue_list(found, names, day.isoformat() if day else None, selection.stamp, limit)


def print_overdue(found: OverdueList, asked: Asked, filters: "Filters") -> None:
    """As text, JSON or CSV."""
    if asked.as_json:
        print_json(found, filters=said(filters))
        return
    if asked.as_csv:
        stamp, names = found.stamp, OverdueRow.__struct_fields__
        rows = [(*(getattr(row, name) for name in names), stamp.edition, stamp.as_of) for row in found.rows]
        print_csv(stamped(names), rows)
        return
    width = text_width()
    lines = filter_lines(said(filters), width)
    lines.append(
        f"{plural(found.total, 'study owes', 'studies owe')} results on {found.day}"
        if found.day
        else "No day is known for which to read the clocks: give --as-of."
    )
    past = ""
    for row in found.rows:
        if row.record_id != past:
            past = row.record_id
            lines += ["", *wrap(clean(f"{row.record_id}  {row.title}"), width)]
            lines += wrap(
                clean(f"{row.status}; {row.participants}; {row.sponsor or 'sponsor not reported'}"),
                width,
                "  ",
            )
        lines += wrap(clean(row.words), width, "  ")
    shown = len({row.record_id for row in found.rows})
    if shown < found.total:
        lines += ["", f"{shown} of {found.total:,} shown; --limit 0 shows all"]
    print_lines([*lines, *stamp_lines(found.stamp, width)])


def _lines(found: StudyList, width: int) -> list[str]:
    if not found.total:
        return ["No registered studies in these data meet the filters."]
    columns = [
        Column("Id"), Column("Title", wraps=True), Column("Agents", wraps=True), Column("About", wraps=True),
        Column("Status", wraps=True), Column("Phase", wraps=True), Column("Participants", wraps=True),
    ]  # fmt: skip
    rows = [(r.record_id, r.title, r.agents, r.about, r.status, r.phase, r.participants) for r in found.rows]
    lines = [plural(found.total, "study", "studies"), "", *table(columns, rows, width)]
    if len(found.rows) < found.total:
        lines.append(f"{len(found.rows)} of {found.total:,} shown; --limit 0 shows all")
    return lines
