"""`skinproof issues`."""

import click

from skinproof.faces.ask import open_asked, read_filters, said
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
from skinproof.views.issues import KIND_WORDS, IssueLine, IssueList, list_issues
from skinproof.views.text import Column, clean, cut, pairs, table
from skinproof.views.words import plural

SHOWN = 50
MESSAGE_SHOWN = 90
"""Characters of a message in the table; --json and --csv have all of it."""
HEADER = IssueLine.__struct_fields__


@click.command("issues")
@reading_options
@click.option(
    "--kind", multiple=True, type=click.Choice(sorted(KIND_WORDS)), metavar="KIND", help="Only this kind."
)
@click.option("--limit", type=click.IntRange(0), help="Most rows; 0 = all [default: 50 as text, else all].")
@pass_services
def command(services: Services, asked: Asked, kind: tuple[str, ...], limit: int | None) -> None:
    """Odd values, near-miss spellings, refused records.

    Odd values are kept as they are and the record is loaded; near-miss spellings wait for a person and are no tags.
    Refused records are listed where no filter is set.
    """
    if limit is None and not (asked.as_json or asked.as_csv):
        limit = SHOWN
    with open_asked(services, asked) as workspace:
        filters = read_filters(asked.typed, workspace)
        stamp = workspace.stamp(asked.as_of)
        found = list_issues(workspace.issues(filters, asked.as_of), stamp, kind, limit or None)
    if asked.as_json:
        print_json(found, filters=said(filters))
    elif asked.as_csv:
        print_csv(
            stamped(HEADER),
            [(*(getattr(row, name) for name in HEADER), stamp.edition, stamp.as_of) for row in found.rows],
        )
    else:
        width = text_width()
        print_lines([*filter_lines(said(filters), width), *_lines(found, width), *stamp_lines(stamp, width)])


def _lines(found: IssueList, width: int) -> list[str]:
    if not found.total:
        return ["No issues."]
    lines = [bold(plural(found.total, "issue"))]
    lines += pairs(
        ((f"{n:,} {kind}", found.meanings.get(kind, "")) for kind, n in found.kinds.items()), width
    )
    columns = [
        Column("Kind"), Column("Record"), Column("Where", wraps=True), Column("Found", wraps=True),
        Column("What", wraps=True),
    ]  # fmt: skip
    rows = [
        (r.kind, r.record_id or "", _where(r.where), r.found, cut(clean(r.message), MESSAGE_SHOWN))
        for r in found.rows
    ]
    lines += ["", *table(columns, rows, width)]
    if len(found.rows) < found.total:
        lines.append(f"{len(found.rows)} of {found.total:,} shown; --limit 0 shows all")
    return lines


def _where(path: str) -> str:
    """The end of a JSON path: all begin alike."""
    return path.removeprefix("protocolSection.")
