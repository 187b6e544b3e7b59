"""`skinproof demo [DIR]`."""

from contextlib import closing
from pathlib import Path

import click

from skinproof.faces.commands.map import ask_map, map_lines
from skinproof.faces.options import pass_services
from skinproof.faces.output import print_lines, text_width
from skinproof.faces.services import Services
from skinproof.model.summary import Filters


@click.command("demo")
@click.argument("directory", metavar="[DIR]", required=False, default="demo", type=click.Path(path_type=Path))
@pass_services
def command(services: Services, directory: Path) -> None:
    """The bundled facts through import, build, map and site.

    Writes DIR/data (a data folder) and DIR/site [default: demo]. The facts are partial and not a census.
    """

    def map_text(folder: Path) -> str:
        with closing(services.open_workspace(folder)) as workspace:
            return "\n".join(map_lines(ask_map(workspace, Filters(), None), text_width()))

    def write_site(folder: Path, out_dir: Path) -> None:
        with closing(services.open_workspace(folder)) as workspace:
            services.write_site(workspace, out_dir, None, None)

    services.demo(directory, lambda text: print_lines(text.split("\n")), map_text, write_site)
