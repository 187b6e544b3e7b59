"""`skinproof pool DATA.csv`."""

from collections.abc import Callable
from pathlib import Path

import click

from skinproof.errors import InputError, UsageError
from skinproof.faces.options import csv_option, json_option
from skinproof.faces.output import print_csv, print_json, print_lines, text_width
from skinproof.faces.picture_file import write_png
from skinproof.faces.pool_bundle import bundle_files, write_bundle
from skinproof.faces.pool_text import HEADER, csv_rows, pooling_lines
from skinproof.synthesis.measures import MEASURES
from skinproof.synthesis.results import TESTS
from skinproof.synthesis.tau2 import METHODS
from skinproof.views.pool_answer import pool_table
from skinproof.views.pooled import COUNTS, GIVEN, Asked, Pooling
from skinproof.views.pooled_words import reading
from skinproof.views.svg_forest import draw_forest
from skinproof.views.svg_funnel import draw_funnel
from skinproof.views.svg_scatter import draw_baujat, draw_bubble, draw_gosh, draw_labbe
from skinproof.workflows.pool_data import LARGEST, read_table
from skinproof.workflows.pool_scales import checked, outcome_scales

Draw = Callable[..., str]
_PICTURE = click.Path(path_type=Path, dir_okay=False)


def _picture(name: str, words: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option(f"--{name}", type=_PICTURE, metavar="FILE", help=f"Write the {words} (.svg or .png).")


@click.command("pool")
@click.argument("data", metavar="DATA.csv", type=click.Path(path_type=Path))
@click.option(
    "--measure", required=True, metavar="NAME", help="RR, OR, RD, SMD, MD, PLO, ..., or GEN for yi and vi."
)
@click.option(
    "--method",
    default="REML",
    type=click.Choice((*METHODS, *COUNTS)),
    show_default=True,
    help="Estimator of tau2, or a method for counts and rare events (MH to BB).",
)
@click.option(
    "--test", type=click.Choice(TESTS), help="Test and interval [default: knha; z for methods of counts]."
)
@click.option("--level", default=95.0, type=float, show_default=True, help="Level of all intervals, percent.")
@click.option(
    "--prediction",
    default="t",
    type=click.Choice(("t", "riley")),
    show_default=True,
    help="Kind of prediction interval.",
)
@click.option("--add", type=float, help="Add this to cells of counts; nothing is added unasked.")
@click.option(
    "--to", type=click.Choice(("only0", "if0all", "all", "none")), help="To which tables [default: only0]."
)
@click.option(
    "--drop-double-zero", "drop00", is_flag=True, help="Leave out studies without events in either arm."
)
@click.option("--mods", multiple=True, metavar="COL", help="A moderator; may be given again.")
@click.option("--subgroup", metavar="COL", help="Pool the groups of this column apart, too.")
@click.option(
    "--only", multiple=True, metavar="COL=VALUE", help="Only rows with this value; may be given again."
)
@click.option(
    "--mid", type=float, metavar="VALUE", help="Smallest difference of interest (a ratio for ratios)."
)
@click.option(
    "--baseline-risk",
    type=float,
    metavar="SHARE",
    help="Risk in arm 2 for events per 1,000 [default: the pooled one].",
)
@click.option("--better", type=click.Choice(("lower", "higher")), help="Which end of the outcome is better.")
@click.option("--arms", metavar="A,B", help="What the two arms are called.")
@click.option("--title", metavar="TEXT", help="Title of the pictures.")
@_picture("forest", "forest plot")
@_picture("funnel", "funnel plot")
@_picture("baujat", "Baujat plot: heterogeneity and influence")
@_picture("labbe", "L'Abbé plot: risk against risk")
@_picture("bubble", "bubble plot of one moderator")
@_picture("gosh", "answers of subsets of studies")
@click.option("--narrow", is_flag=True, help="Draw pictures for a small screen.")
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write rows, options and scripts that repeat it.",
)
@json_option
@csv_option
def command(
    data: Path, measure: str, method: str, test: str | None, level: float, prediction: str, add: float | None, to: str | None, drop00: bool,
    mods: tuple[str, ...], subgroup: str | None, only: tuple[str, ...], mid: float | None, baseline_risk: float | None, better: str | None, arms: str | None,
    title: str | None, forest: Path | None, funnel: Path | None, baujat: Path | None, labbe: Path | None, bubble: Path | None,
    gosh: Path | None, narrow: bool, bundle: Path | None, as_json: bool, as_csv: bool,
) -> None:  # fmt: skip
    """What the studies of a table say together: a meta-analysis.

    Effect sizes, the pooled answer with its confidence and prediction intervals, how much studies differ, what each
    study does to it, and all of that in plain words. Columns have metafor's names (ai, n1i, ci, n2i, m1i, sd1i, ..., or
    yi and vi); docs/howto/pool-a-table.md shows how. Nothing is stored.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot both be asked for")
    asked = Asked(
        measure=measure, method=method, test=test or ("z" if method in COUNTS else "knha"), level=level, prediction=prediction, add=add, to=to, drop00=drop00,
        mods=mods, subgroup=subgroup, mid=mid, better=better or "", arms=_arms(arms),
        baseline_risk=baseline_risk,
    )  # fmt: skip
    words = tuple(dict.fromkeys((*mods, *((subgroup,) if subgroup else ()))))
    table = read_table(_body(data), data.name, measure, only=only, words=words)
    standardized = measure in MEASURES and MEASURES[measure].standardized
    table = checked(table, measure, outcome_scales(), standardized=standardized)
    found = pool_table(table, asked)
    heading = title or _title(found)
    pictures: tuple[tuple[Path | None, Draw], ...] = (
        (forest, draw_forest), (funnel, draw_funnel), (baujat, draw_baujat), (labbe, draw_labbe), (bubble, draw_bubble), (gosh, draw_gosh),
    )  # fmt: skip
    for path, draw in pictures:
        if path is not None:
            _write(path, draw, found, heading, narrow=narrow)
    if bundle is not None:
        write_bundle(bundle, bundle_files(found, table))
    if as_json:
        said = reading(found)
        print_json(found, verdict=said.verdict, plain_words=said.lines)
    elif as_csv:
        print_csv(HEADER, csv_rows(found))
    else:
        print_lines(pooling_lines(found, text_width()))


def _body(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


def _arms(text: str | None) -> tuple[str, str]:
    if text is None:
        return ("arm 1", "arm 2")
    first, mark, second = (part.strip() for part in text.partition(","))
    if not (first and mark and second):
        raise UsageError(f"--arms {text!r}: write two names with a comma between them, such as 'PRP,saline'")
    return (first, second)


def _title(found: Pooling) -> str:
    first, second = found.asked.arms
    outcome = f"{found.outcome}: " if found.outcome else ""
    if found.zero is None or found.asked.measure == GIVEN or first == "arm 1":
        return f"{outcome}{found.label}"
    return f"{outcome}{first} against {second}"


def _write(path: Path, draw: Draw, found: Pooling, title: str, *, narrow: bool) -> None:
    """One picture, in the format that the name of its file says."""
    kind = path.suffix.lower()
    if kind == ".png":
        write_png(draw(found, title, narrow=narrow, style=True, dark=False), path)
    elif kind == ".svg":
        path.write_text(draw(found, title, narrow=narrow, style=True) + "\n", encoding="utf-8")
    else:
        raise UsageError(f"{path.name}: pictures are written as .svg or .png")
