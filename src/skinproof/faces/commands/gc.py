"""`skinproof gc`."""

import click

from skinproof.faces.options import data_option, json_option, pass_services
from skinproof.faces.output import print_json, print_lines
from skinproof.faces.services import Services
from skinproof.views.text import Column, clean, table
from skinproof.views.words import plural


@click.command("gc")
@click.option(
    "--keep", type=click.IntRange(1), default=3, show_default=True, help="Newest editions that stay."
)
@click.option(
    "--older-than",
    type=click.FloatRange(0),
    default=0,
    metavar="DAYS",
    help="Only editions that were replaced longer ago.",
)
@click.option("--dry-run", is_flag=True, help="Remove nothing; say what would go.")
@data_option
@json_option
@pass_services
def command(
    services: Services, keep: int, older_than: float, dry_run: bool, data: str | None, as_json: bool
) -> None:
    """Remove earlier editions and what killed builds left behind.

    Never the current edition, never one that was current within the last hour (a command may still read it), and nothing that
    cannot be made again: record versions, journal and sync state stay. Editions share files; the bytes are those that are freed.
    """
    found = services.collect(services.data_dir(data), keep, older_than, dry_run)
    if as_json:
        print_json(found, removed=not dry_run)
        return
    lines = table(
        [Column("Edition"), Column("What becomes of it", wraps=True)],
        [
            *((one.name, f"{'would go' if dry_run else 'removed'}: {one.kind}, {one.days:,.1f} days old") for one in found.go),
            *((name, f"stays: {why}") for name, why in found.stay.items()),
        ],
        100,
    )  # fmt: skip
    verb = "would free" if dry_run else "freed"
    what = f"{plural(len(found.go), 'folder')} {'would go' if dry_run else 'removed'}; that {verb} {found.bytes:,} bytes"
    print_lines([*(lines if found.go or found.stay else ()), clean(what)])
