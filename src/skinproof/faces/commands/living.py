"""`skinproof living DATA.csv`."""

from pathlib import Path

import click

from skinproof.faces.living_bundle import FILES, living_files
from skinproof.faces.living_text import HEADER, csv_rows, living_lines
from skinproof.faces.output import print_csv, print_json, print_lines, text_width
from skinproof.faces.picture_file import write_picture
from skinproof.faces.pool_bundle import write_bundle
from skinproof.faces.pool_options import PoolOptions, picture_option, pool_options
from skinproof.faces.table_file import table_option, write_tables
from skinproof.views.living_paper_table import living_paper_table
from skinproof.views.living_words import living_words
from skinproof.views.pool_living import POWER, living_table
from skinproof.views.svg_cumulative import draw_cumulative
from skinproof.views.svg_sequential import draw_sequential


@click.command("living")
@pool_options(
    own=(
        click.option(
            "--order", required=True, metavar="COL",
            help="Column that says when each study came: years, other numbers, or dates such as 2019-05.",
        ),
        click.option(
            "--power", default=POWER, type=float, show_default=True,
            help="Power of the trial sequential boundaries, percent.",
        ),
        picture_option("cumulative", "cumulative forest plot"),
        picture_option("sequential", "intervals and boundaries for repeated looks"),
        table_option,
    ),
)  # fmt: skip
def command(
    given: PoolOptions,
    order: str,
    power: float,
    cumulative: Path | None,
    sequential: Path | None,
    tables: tuple[Path, ...],
) -> None:
    """How a pooled answer came about, study by study, and what the newest study changed.

    The answer with its intervals after every study, what each study moved, and what may be said by somebody who looks
    again at every study: an always-valid interval and, with --mid, trial sequential boundaries. The table is that of
    `skinproof pool` with a column of times; docs/howto/keep-a-pool-living.md shows how. Nothing is stored.
    """
    table = given.table((order,))
    found = living_table(table, given.asked(), order, power=power)
    title = given.heading(found.pooling)
    for path, draw in ((cumulative, draw_cumulative), (sequential, draw_sequential)):
        if path is not None:
            write_picture(path, draw(found, title, narrow=given.narrow, style=True))
    write_tables(tables, lambda: living_paper_table(found, title))
    if given.bundle is not None:
        write_bundle(given.bundle, living_files(found), known=FILES)
    if given.as_json:
        said = living_words(found)
        print_json(found, plain_words=said.lines, limits=said.limits)
    elif given.as_csv:
        print_csv(HEADER, csv_rows(found))
    else:
        print_lines(living_lines(found, text_width()))
