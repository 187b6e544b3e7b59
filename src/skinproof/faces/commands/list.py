"""`skinproof list`."""

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
from skinproof.views.studies import StudyList, StudyRow, list_studies
from skinproof.views.text import Column, table
from skinproof.views.words import plural

SHOWN = 50
HEADER = StudyRow.__struct_fields__


@click.command("list")
@reading_options
@click.option("--limit", type=click.IntRange(0), help="Most rows; 0 = all [default: 50 as text, else all].")
@pass_services
def command(services: Services, asked: Asked, limit: int | None) -> None:
    """Studies that meet the filters, one row each."""
    if limit is None and not (asked.as_json or asked.as_csv):
        limit = SHOWN
    with open_asked(services, asked) as workspace:
        filters = read_filters(asked.typed, workspace)
        selection = workspace.select(filters, asked.as_of)
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
