"""`skinproof multilevel DATA.csv`."""

from pathlib import Path

import click

from skinproof.errors import UsageError
from skinproof.faces.multilevel_bundle import several_files
from skinproof.faces.multilevel_text import HEADER, csv_rows, several_lines
from skinproof.faces.output import print_csv, print_json, print_lines, text_width
from skinproof.faces.picture_file import write_picture
from skinproof.faces.pool_bundle import write_bundle
from skinproof.faces.pool_options import (
    PoolOptions,
    mods_option,
    picture_option,
    pool_options,
    table_body,
    two_arms,
)
from skinproof.faces.table_file import table_option, write_tables
from skinproof.synthesis.measures import MEASURES
from skinproof.views.multilevel import RHOS, ROBUST, Multilevel, MultilevelAsked
from skinproof.views.multilevel_answer import pool_several
from skinproof.views.multilevel_words import as_pooling, estimate_of, reading_several
from skinproof.views.paper_table import PaperTable
from skinproof.views.pool_paper_table import pool_paper_table
from skinproof.views.svg_forest import draw_forest
from skinproof.workflows.pool_data import read_table
from skinproof.workflows.pool_scales import checked, outcome_scales


@click.command("multilevel")
@pool_options(
    methods=("REML", "ML"),
    tests=("contain", "t", "z"),
    about_method="Estimator of the variances.",
    about_test="Test and interval: t by studies, t by effects, or normal [default: contain].",
    own=(
        click.option("--cluster", default="study", show_default=True, metavar="COL", help="The column of studies."),
        click.option("--outcome", metavar="COL", help="The column of outcomes or times; each gets its average, too."),
        click.option("--groups", metavar="COL,COL", help="Columns of the two groups compared, where effects share one."),
        click.option(
            "--rho", default=0.6, show_default=True, type=float, help="Assumed correlation of effects of one study."
        ),
        click.option(
            "--rho-range", metavar="LIST", help="Correlations to try beside it [default: 0,0.2,0.4,0.6,0.8]."
        ),
        click.option(
            "--robust", default="CR2", type=click.Choice(ROBUST), show_default=True, help="Cluster-robust errors beside it."
        ),
        mods_option,
        picture_option("forest", "forest plot, effects by study"),
        table_option,
    ),
)  # fmt: skip
def command(
    given: PoolOptions, cluster: str, outcome: str | None, groups: str | None, rho: float, rho_range: str | None, robust: str,
    mods: tuple[str, ...], forest: Path | None, tables: tuple[Path, ...],
) -> None:  # fmt: skip
    """What studies with several effects each say together: outcomes, times, arms.

    Effects of the same people are no independent effects. The model knows which are of one study, so that nobody counts
    twice; a cluster-robust interval and other assumed correlations say what hangs on it. Columns as in `pool`, with a
    row for each effect; docs/howto/several-effects-per-study.md shows how. Nothing is stored.
    """
    pair = _groups(groups)
    asked = MultilevelAsked(
        measure=given.measure, cluster=cluster, outcome=outcome, groups=pair, rho=rho, rhos=_rhos(rho_range), method=given.method or "REML",
        test=given.test or "contain", robust=robust, level=given.level, add=given.add, to=given.to, drop00=given.drop00, mods=mods,
        mid=given.mid, better=given.better or "", arms=two_arms(given.arms),
    )  # fmt: skip
    words = tuple(dict.fromkeys((cluster, *((outcome,) if outcome else ()), *(pair or ()), *mods)))
    table = read_table(
        table_body(given.data), given.data.name, given.measure, only=given.only, words=words, several=True
    )
    standardized = given.measure in MEASURES and MEASURES[given.measure].standardized
    table = checked(table, given.measure, outcome_scales(), standardized=standardized)
    found = pool_several(table, asked)
    if forest is not None:
        write_picture(forest, _forest(found, given))
    write_tables(tables, lambda: _table(found, given))
    if given.bundle is not None:
        write_bundle(given.bundle, several_files(found, table))
    if given.as_json:
        said = reading_several(found)
        print_json(found, verdict=said.verdict, plain_words=said.lines)
    elif given.as_csv:
        print_csv(HEADER, csv_rows(found))
    else:
        print_lines(several_lines(found, text_width()))


def _forest(found: Multilevel, given: PoolOptions) -> str:
    pooling = as_pooling(found)
    beside = (
        ()
        if found.robust is None
        else (estimate_of(found, found.robust, f"Cluster-robust ({found.asked.robust})"),)
    )
    return draw_forest(
        pooling, given.heading(pooling), narrow=given.narrow, style=True, beside=beside, words=reading_several(found).lines, unit="Effect"
    )  # fmt: skip


def _table(found: Multilevel, given: PoolOptions) -> PaperTable:
    pooling = as_pooling(found)
    return pool_paper_table(
        pooling, given.heading(pooling), unit="Effect", notes=reading_several(found).lines
    )


def _groups(text: str | None) -> tuple[str, str] | None:
    if text is None:
        return None
    first, mark, second = (part.strip() for part in text.partition(","))
    if not (first and mark and second) or "," in second:
        raise UsageError(
            f"--groups {text!r}: write two columns with a comma between them, such as treated,control"
        )
    return (first, second)


def _rhos(text: str | None) -> tuple[float, ...]:
    if text is None:
        return RHOS
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(
            f"--rho-range {text!r}: write numbers with commas between them, such as 0,0.5,0.9"
        ) from error
