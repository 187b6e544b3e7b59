"""`skinproof backup FILE`."""

from pathlib import Path

import click

from skinproof.faces.commands.restore import report_lines
from skinproof.faces.options import data_option, json_option, pass_services
from skinproof.faces.output import print_json, print_lines, text_width
from skinproof.faces.services import Services


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@data_option
@json_option
@pass_services
def command(services: Services, file: Path, data: str | None, as_json: bool) -> None:
    """Write all that cannot be made again into one file.

    Record versions, where each sync stands, the journal, your own queries and watches; from the file in the data folder or from
    the team's server. Editions, index and cache are left out: `skinproof build` makes them again. Readers go on meanwhile. The
    file is whole or not there; a file that is there already is not replaced.
    """
    report = services.backup(services.data_dir(data), file)
    if as_json:
        print_json(report)
    else:
        print_lines(report_lines(report, "is written", text_width()))
