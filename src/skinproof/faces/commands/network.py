"""`skinproof network DATA.csv`."""

from collections.abc import Callable
from pathlib import Path

import click

from skinproof.faces.network_bundle import FILES, bundle_files
from skinproof.faces.network_text import HEADER, csv_rows, league_rows, network_text
from skinproof.faces.options import csv_option, json_option
from skinproof.faces.output import csv_text, print_csv, print_json, print_lines, text_width
from skinproof.faces.picture_file import write_picture
from skinproof.faces.pool_bundle import write_bundle
from skinproof.faces.pool_options import level_option, picture_option, table_body
from skinproof.faces.table_file import table_option, write_tables
from skinproof.faces.whole_file import write_whole
from skinproof.synthesis.network import METHODS
from skinproof.views.network_answer import network_answer
from skinproof.views.network_paper_table import network_paper_table
from skinproof.views.network_words import network_lines
from skinproof.views.networked import NetworkAsked
from skinproof.views.svg_network import draw_network
from skinproof.views.svg_network_forest import draw_network_forest
from skinproof.workflows.network_data import read_network

Draw = Callable[..., str]


@click.command("network")
@click.argument("data", metavar="DATA.csv", type=click.Path(path_type=Path))
@click.option(
    "--measure",
    required=True,
    metavar="NAME",
    help="OR, RR, RD, MD, SMD, ROM, HR, IRR, or GEN for yi as it is.",
)
@click.option(
    "--study", default="study", metavar="COL", show_default=True, help="Column that names the study."
)
@click.option("--treatment", metavar="COL", help="Column of the treatment [default: treatment, or treat1].")
@click.option(
    "--versus", metavar="COL", help="Second treatment of a contrast: rows are yi of the first minus it."
)
@click.option("--reference", metavar="NAME", help="Tell effects against it [default: in most studies].")
@click.option(
    "--method", default="REML", type=click.Choice(METHODS), show_default=True, help="Estimator of tau2."
)
@level_option
@click.option(
    "--add",
    default=0.0,
    type=float,
    metavar="NUMBER",
    help="Add this to cells of studies with an arm of 0 events.",
)
@click.option(
    "--only", multiple=True, metavar="COL=VALUE", help="Only rows with this value; may be given again."
)
@click.option("--part", metavar="NAME", help="Only the connected part that this treatment is in.")
@click.option(
    "--better",
    type=click.Choice(("lower", "higher")),
    help="Which end of the outcome is better; ranks need it.",
)
@click.option(
    "--seed",
    default=1,
    type=click.IntRange(0),
    show_default=True,
    help="Seed of the draws behind rank probabilities.",
)
@click.option("--title", metavar="TEXT", help="Title of the pictures.")
@picture_option("graph", "picture of who was compared with whom")
@picture_option("forest", "forest plot against the reference")
@click.option(
    "--league",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the league table (.csv).",
)
@table_option
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
    data: Path, measure: str, study: str, treatment: str | None, versus: str | None, reference: str | None, method: str, level: float,
    add: float, only: tuple[str, ...], part: str | None, better: str | None, seed: int, title: str | None, graph: Path | None,
    forest: Path | None, league: Path | None, tables: tuple[Path, ...], narrow: bool, bundle: Path | None, as_json: bool, as_csv: bool,
) -> None:  # fmt: skip
    """Many treatments compared at once, through each other.

    A network meta-analysis: who was compared with whom, every treatment against the reference and against every other, how far studies differ, whether
    direct and indirect evidence agree, and ranks with their doubt. One row an arm (study, treatment, and events and n, or mean,
    sd and n), or one row a contrast (treat1, treat2, yi and vi). docs/howto/compare-many-agents.md shows how. Nothing is stored.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot both be asked for")
    table = read_network(
        table_body(data), data.name, measure, study=study, treatment=treatment, versus=versus, only=only
    )
    asked = NetworkAsked(
        measure=measure, reference=reference, method=method, level=level, better=better or "", seed=seed, add=add, part=part
    )  # fmt: skip
    found = network_answer(table, asked)
    about = f"{found.outcome}: " if found.outcome else ""
    pictures: tuple[tuple[Path | None, Draw, str], ...] = (
        (graph, draw_network, f"{about}who was compared with whom"),
        (forest, draw_network_forest, f"{about}{found.label}, all treatments against {found.reference}"),
    )
    for path, draw, words in pictures:
        if path is not None:
            write_picture(
                path, draw(found, title or words[:1].upper() + words[1:], narrow=narrow, style=True)
            )
    write_tables(tables, lambda: network_paper_table(found, title or f"{about}{found.label}"))
    if league is not None:
        write_whole(league, csv_text(*league_rows(found)).encode("utf-8"))
    if bundle is not None:
        write_bundle(bundle, bundle_files(found, table), known=FILES)
    if as_json:
        print_json(found, plain_words=network_lines(found))
    elif as_csv:
        print_csv(HEADER, csv_rows(found))
    else:
        print_lines(network_text(found, text_width()))
