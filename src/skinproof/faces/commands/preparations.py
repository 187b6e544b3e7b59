"""`skinproof preparations`."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

import click

from skinproof.errors import UsageError
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
from skinproof.faces.preparation_text import preparation_lines
from skinproof.faces.services import Services
from skinproof.model.summary import Filters
from skinproof.views.preparations import FACT_LABELS, PreparationTable, csv_header, csv_row, preparation_table

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace

SHOWN = 20


@click.command("preparations")
@reading_options
@click.option("--fact", "facts", multiple=True, metavar="FACT", help="Only this fact: source, dose, route...")
@click.option("--quotes", is_flag=True, help="Print the words behind each value.")
@click.option("--measured", is_flag=True, help="Also vesicles that are only measured.")
@click.option("--limit", type=click.IntRange(0), help="Most rows; 0 = all [default: 20 as text, else all].")
@pass_services
def command(
    services: Services, asked: Asked, facts: tuple[str, ...], quotes: bool, measured: bool, limit: int | None
) -> None:
    """What was given: source, making, dose, schedule and route.

    Every preparation, one row per study and product. Each value keeps the words it was read from; what a record does not say is not
    reported, and what can be read in two ways is unclear.
    """
    most = limit if limit is not None else (0 if asked.as_json or asked.as_csv else SHOWN)
    with open_asked(services, asked) as workspace:
        filters = read_filters(asked.typed, workspace)
        table = ask_preparations(workspace, filters, asked.as_of, facts, measured, most or None)
    if asked.as_json:
        print_json(table, filters=said(filters))
    elif asked.as_csv:
        stamp = (table.stamp.edition, table.stamp.as_of)
        print_csv(stamped(csv_header(table.facts)), [(*csv_row(line), *stamp) for line in table.rows])
    else:
        width = text_width()
        body = preparation_lines(table, width, quotes)
        print_lines([*filter_lines(said(filters), width), *body, *stamp_lines(table.stamp, width)])


def ask_preparations(
    workspace: "Workspace",
    filters: Filters,
    as_of: str | None,
    facts: Sequence[str] = (),
    measured: bool = False,
    limit: int | None = None,
) -> PreparationTable:
    """The preparations of the studies that meet the filters; limit: most rows, None = all. Raises: UsageError."""
    wanted = fact_names(facts)
    found = workspace.preparations(filters, as_of, measured)
    return preparation_table(found.rows, workspace.vocabulary, found.stamp, facts=wanted, limit=limit)


def fact_names(words: Sequence[str]) -> tuple[str, ...]:
    """The facts that are meant, in the order of the table. Raises: UsageError."""
    meant = set()
    labels = {label.lower(): name for name, label in FACT_LABELS.items()}
    for word in words:
        key = word.strip().lower()
        name = key if key in FACT_LABELS else labels.get(key)
        if name is None:
            near = get_close_matches(key, [*FACT_LABELS, *labels], 1, 0.6)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UsageError(f"there is no fact {word!r}{hint} (facts: {', '.join(FACT_LABELS)})")
        meant.add(name)
    return tuple(name for name in FACT_LABELS if name in meant)
