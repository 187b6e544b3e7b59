"""`skinproof restore FILE`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from skinproof.faces.options import data_option, json_option, pass_services
from skinproof.faces.output import print_json, print_lines, text_width
from skinproof.faces.services import Services
from skinproof.views.text import clean, wrap
from skinproof.views.words import plural

if TYPE_CHECKING:
    from skinproof.workflows.upkeep import BackupReport


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@data_option
@json_option
@pass_services
def command(services: Services, file: Path, data: str | None, as_json: bool) -> None:
    """Put a backup back into an empty store.

    The whole FILE is checked against its hashes first; then all of it is written, or nothing. A store that holds other data is
    refused; one that holds exactly this stays as it is. With SKINPROOF_STORE_URL set it goes to the server, wherever it was
    backed up from. Then run `skinproof build`.
    """
    report = services.restore(services.data_dir(data), file)
    if as_json:
        print_json(report)
        return
    done = "is restored; run `skinproof build`" if report.written else "is what the store holds already"
    print_lines(report_lines(report, done, text_width()))


def report_lines(report: "BackupReport", done: str, width: int) -> list[str]:
    """What a backup holds, in two lines."""
    rows = report.rows
    held = [
        plural(rows.get("raw_version", 0), "record version"),
        plural(rows.get("sync_run", 0), "sync"),
        plural(rows.get("journal", 0), "journal line"),
    ]
    if report.files:
        held.append(f"your own {', '.join(report.files)}")
    return [
        *wrap(clean(f"{report.file} ({report.bytes:,} bytes, made {report.made}) {done}"), width),
        *wrap(clean(f"It holds {', '.join(held)}."), width),
    ]
