"""`skinproof compare PRODUCT.yml`."""

from pathlib import Path

import click
import msgspec

from skinproof.faces.ask import open_asked, read_filters, said
from skinproof.faces.commands.gaps import presets_of, read_small
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
from skinproof.faces.preparation_text import comparison_lines, own_gap_lines
from skinproof.faces.services import Services
from skinproof.views.certificate import LARGEST, read_certificate
from skinproof.views.compare import Comparison, compare
from skinproof.views.gapmap import GIVEN
from skinproof.views.gaps import notes, preparation_gaps
from skinproof.views.preparations import with_roles
from skinproof.views.text import wrap

HEADER = (
    "product", "fact", "text", "kind", "per", "value", "group", "studies", "silent", "n_points", "n_studies", "median",
    "low", "high", "lower", "equal", "record_ids",
)  # fmt: skip


@click.command("compare")
@click.argument("product", metavar="PRODUCT.yml", type=click.Path(path_type=Path))
@reading_options
@click.option("--presets", type=click.Path(path_type=Path), metavar="FILE", help="Bands to judge by, edited.")
@pass_services
def command(services: Services, product: Path, asked: Asked, presets: Path | None) -> None:
    """A product of your own beside what registered studies gave.

    PRODUCT.yml describes it (docs/examples/product.yml shows how). Each of its amounts is placed among those of the same
    agent, route, complaint and unit kind; then its reporting score, gaps and contradictions. Nothing is sent or stored.
    """
    bands = presets_of(presets)
    body = read_small(product, LARGEST)
    with open_asked(services, asked) as workspace:
        certificate = read_certificate(body, str(product), workspace.vocabulary)
        filters = read_filters(asked.typed, workspace)
        held = workspace.preparations(filters, asked.as_of)
        rows = with_roles(held.rows, filters.role or GIVEN)
        found = compare(certificate, rows, workspace.vocabulary, held.stamp)
    own = preparation_gaps(certificate.preparation, "certificate", bands)
    if asked.as_json:
        report = msgspec.to_builtins(own, str_keys=True)
        print_json(found, filters=said(filters), preparation=certificate.preparation, reporting=report)
    elif asked.as_csv:
        print_csv(stamped(HEADER), csv_rows(found))
    else:
        width = text_width()
        print_lines(
            [
                *filter_lines(said(filters), width),
                *comparison_lines(found, width),
                "",
                bold("Reporting"),
                *own_gap_lines(own, width),
                "",
                *(line for note in notes("certificate") for line in wrap(note, width)),
                *stamp_lines(found.stamp, width),
            ]
        )


def csv_rows(found: Comparison) -> list[tuple[object, ...]]:
    """One row per amount and group; one row where the file states no amount."""
    stamp = (found.stamp.edition, found.stamp.as_of)
    rows: list[tuple[object, ...]] = [
        (
            found.product, p.fact, p.text, p.kind, p.per, p.value, b.group, b.studies, b.silent, b.n_points, b.n_studies,
            b.median, b.low, b.high, b.lower, b.equal, b.record_ids, *stamp,
        )
        for p in found.placed
        for b in p.beside
    ]  # fmt: skip
    return rows or [(found.product, *[None] * (len(HEADER) - 1), *stamp)]
