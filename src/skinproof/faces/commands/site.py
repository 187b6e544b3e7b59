"""`skinproof site DIR`."""

from pathlib import Path

import click

from skinproof.faces.ask import open_asked
from skinproof.faces.options import (
    Asked,
    as_of_option,
    data_option,
    json_option,
    pass_services,
    progress_option,
)
from skinproof.faces.output import print_json, print_lines
from skinproof.faces.progress import Progress
from skinproof.faces.services import Services
from skinproof.views.text import clean


@click.command("site")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@as_of_option
@data_option
@json_option
@progress_option
@pass_services
def command(
    services: Services,
    directory: Path,
    as_of: str | None,
    data: str | None,
    as_json: bool,
    progress: bool | None,
) -> None:
    """Write a static site of the current edition.

    Map, list, preparations, doses, gaps, a page per study, method. DIR must be new, empty, or an older site of skinproof, which is replaced whole. It works from disk.
    """
    asked = Asked(data, as_of, as_json, False, {})
    with open_asked(services, asked) as workspace, Progress(progress) as shown:

        def tell(done: int, total: int) -> None:
            shown.say(f"writing {done:,} of {total:,} files")

        report = services.write_site(workspace, directory, as_of, tell if shown.on else None)
    if as_json:
        print_json(report, site=str(directory))
        return
    size = f"{report.pages:,} pages, {report.bytes / 1e6:,.1f} MB, edition {report.edition}"
    print_lines([f"{size}", f"Open {clean(str(directory / 'index.html'))} in a browser."])
