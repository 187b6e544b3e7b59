"""`skinproof landscape`."""

from pathlib import Path
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
from skinproof.faces.picture_file import picture_bytes
from skinproof.faces.preparation_text import landscape_lines
from skinproof.faces.services import Services
from skinproof.faces.whole_file import write_whole
from skinproof.model.summary import Filters
from skinproof.views.gapmap import GIVEN
from skinproof.views.landscape import Landscape, landscape
from skinproof.views.preparations import with_roles
from skinproof.views.ratios import CONVERTED, parse_ratio
from skinproof.views.stamp import caveats, stamp_line
from skinproof.views.svg_landscape import DosePicture, draw_landscape, picture_of
from skinproof.views.words import AGENT_CLASS_LABELS, lower_first
from skinproof.vocabulary.term import Vocabulary

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace

HEADER = (
    "record_id", "number", "name", "agent_class", "routes", "fact", "kind", "per", "value", "low", "high", "bound",
    "state", "text", "arms", "flags", "ratio", "ratio_source", "field", "quote", "reason",
)  # fmt: skip


@click.command("landscape")
@reading_options
@click.option("--by-complaint", is_flag=True, help="Split the tables by complaint.")
@click.option(
    "--svg", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write the picture."
)
@click.option(
    "--png", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it as PNG."
)
@click.option(
    "--pdf", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write it as PDF."
)
@click.option("--narrow", is_flag=True, help="Draw the picture for a small screen.")
@click.option(
    "--convert",
    "to",
    type=click.Choice(CONVERTED),
    help="Convert doses to this kind, through stated ratios only.",
)
@click.option("--ratio", metavar="TEXT", help="'NAME=2e9 {particles}/ug{protein} (source)', for --convert.")
@pass_services
def command(
    services: Services, asked: Asked, by_complaint: bool, svg: Path | None, png: Path | None, pdf: Path | None, narrow: bool,
    to: str | None, ratio: str | None,
) -> None:  # fmt: skip
    """Doses by agent, complaint and route, each unit kind by itself.

    n, median, range, and how many studies state no dose. Particles and mass are never mixed: --convert works only through
    the ratio a study states itself or the one --ratio names. --csv prints the points.
    """
    with open_asked(services, asked) as workspace:
        filters = read_filters(asked.typed, workspace)
        found = ask_landscape(workspace, filters, asked.as_of, to, ratio)
        asked_words = _words(filters, workspace.vocabulary)
    picture = _picture(found, asked_words)
    for path, kind in ((svg, ".svg"), (png, ".png"), (pdf, ".pdf")):
        if path:
            drawn = draw_landscape(picture, narrow=narrow, style=True)
            write_whole(path, picture_bytes(drawn, kind, path.stem))
    if asked.as_json:
        print_json(found, filters=said(filters))
    elif asked.as_csv:
        print_csv(stamped(HEADER), csv_rows(found))
    else:
        width = text_width()
        body = landscape_lines(found, width, by_complaint)
        print_lines([*filter_lines(said(filters), width), *body, *stamp_lines(found.stamp, width)])


def ask_landscape(
    workspace: "Workspace",
    filters: Filters,
    as_of: str | None,
    to: str | None = None,
    ratio: str | None = None,
) -> Landscape:
    """The doses of the studies that meet the filters. Raises: UsageError for a ratio that cannot be read or used."""
    if ratio and not to:
        raise UsageError(
            f"--ratio needs --convert {' or --convert '.join(CONVERTED)}: say what doses are converted to"
        )
    named = parse_ratio(ratio) if ratio else None
    held = workspace.preparations(filters, as_of)
    rows = with_roles(held.rows, filters.role or GIVEN)
    return landscape(rows, workspace.vocabulary, held.stamp, under=filters.indication, to=to, ratio=named)


def _picture(found: Landscape, asked: str) -> DosePicture:
    title = f"Doses in registered studies{': ' if asked else ''}{asked}"
    caption = [*found.notes, stamp_line(found.stamp), *caveats(found.stamp)]
    return picture_of(found, title, caption=caption)


def _words(filters: Filters, vocabulary: Vocabulary) -> str:
    """What was asked for, as a title says it."""
    parts = []
    for name, value in said(filters).items():
        if name in ("cutaneous", "aesthetic"):
            parts.append(name if value == "yes" else f"not {name}")
        elif isinstance(value, list):
            labels = (AGENT_CLASS_LABELS.get(v) or vocabulary.label(v) for v in value)
            parts.append(" or ".join(map(lower_first, labels)))
        else:
            parts.append(f"{name.replace('_', ' ')} {value}")
    return "; ".join(parts)


def csv_rows(found: Landscape) -> list[tuple[object, ...]]:
    """One row per point; a converted one carries its ratio and source, and its text stays as the record states it."""
    stamp = found.stamp
    return [
        (
            p.record_id, p.number, p.name, p.agent_class, p.routes, p.fact, p.kind, p.per, p.value, p.low, p.high, p.bound,
            p.state, p.text, "; ".join(p.arms), "; ".join(p.flags), p.ratio.name if p.ratio else None,
            p.ratio.source if p.ratio else None, p.quotes[0].field if p.quotes else None,
            p.quotes[0].quote if p.quotes else None, p.reason, stamp.edition, stamp.as_of,
        )
        for p in found.points
    ]  # fmt: skip
