"""`skinproof pool DATA.csv`."""

from collections.abc import Callable
from pathlib import Path

import click

from skinproof.faces.output import print_csv, print_json, print_lines, text_width
from skinproof.faces.picture_file import write_picture
from skinproof.faces.pool_bundle import bundle_files, write_bundle
from skinproof.faces.pool_options import PoolOptions, mods_option, picture_option, pool_options
from skinproof.faces.pool_text import HEADER, csv_rows, pooling_lines
from skinproof.faces.table_file import table_option, write_tables
from skinproof.synthesis.tau2 import METHODS
from skinproof.views.pool_answer import pool_table
from skinproof.views.pool_paper_table import pool_paper_table
from skinproof.views.pooled import COUNTS
from skinproof.views.pooled_words import reading
from skinproof.views.svg_forest import draw_forest
from skinproof.views.svg_funnel import draw_funnel
from skinproof.views.svg_scatter import draw_baujat, draw_bubble, draw_gosh, draw_labbe

Draw = Callable[..., str]


@click.command("pool")
@pool_options(
    methods=(*METHODS, *COUNTS),
    about_method="Estimator of tau2, or a method for counts and rare events (MH to BB).",
    about_test="Test and interval [default: adhoc; z for methods of counts].",
    own=(
        click.option(
            "--prediction", default="t", type=click.Choice(("t", "riley")), show_default=True,
            help="Kind of prediction interval.",
        ),
        mods_option,
        click.option("--subgroup", metavar="COL", help="Pool the groups of this column apart, too."),
        click.option(
            "--baseline-risk", type=float, metavar="SHARE",
            help="Risk in arm 2 for events per 1,000 [default: the pooled one].",
        ),
        picture_option("forest", "forest plot"),
        picture_option("funnel", "funnel plot"),
        picture_option("baujat", "Baujat plot: heterogeneity and influence"),
        picture_option("labbe", "L'Abbé plot: risk against risk"),
        picture_option("bubble", "bubble plot of one moderator"),
        picture_option("gosh", "answers of subsets of studies"),
        table_option,
    ),
)  # fmt: skip
def command(
    given: PoolOptions, prediction: str, mods: tuple[str, ...], subgroup: str | None, baseline_risk: float | None,
    forest: Path | None, funnel: Path | None, baujat: Path | None, labbe: Path | None, bubble: Path | None, gosh: Path | None,
    tables: tuple[Path, ...],
) -> None:  # fmt: skip
    """What the studies of a table say together: a meta-analysis.

    Effect sizes, the pooled answer with its confidence and prediction intervals, how much studies differ, what each
    study does to it, and all of that in plain words. Columns have metafor's names (ai, n1i, ci, n2i, m1i, sd1i, ..., or
    yi and vi); docs/howto/pool-a-table.md shows how. Nothing is stored.
    """
    asked = given.asked(
        test="z" if given.method in COUNTS else "adhoc", prediction=prediction, mods=mods, subgroup=subgroup,
        baseline_risk=baseline_risk,
    )  # fmt: skip
    table = given.table(tuple(dict.fromkeys((*mods, *((subgroup,) if subgroup else ())))))
    found = pool_table(table, asked)
    heading = given.heading(found)
    pictures: tuple[tuple[Path | None, Draw], ...] = (
        (forest, draw_forest), (funnel, draw_funnel), (baujat, draw_baujat), (labbe, draw_labbe), (bubble, draw_bubble), (gosh, draw_gosh),
    )  # fmt: skip
    for path, draw in pictures:
        if path is not None:
            write_picture(path, draw(found, heading, narrow=given.narrow, style=True))
    write_tables(tables, lambda: pool_paper_table(found, heading))
    if given.bundle is not None:
        write_bundle(given.bundle, bundle_files(found, table))
    if given.as_json:
        said = reading(found)
        print_json(found, verdict=said.verdict, plain_words=said.lines)
    elif given.as_csv:
        print_csv(HEADER, csv_rows(found))
    else:
        print_lines(pooling_lines(found, text_width()))
