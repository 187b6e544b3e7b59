"""`skinproof demo [DIR]`."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skinproof.faces.commands.map import ask_map, map_lines
from skinproof.faces.options import pass_services
from skinproof.faces.output import bold, print_lines, text_width
from skinproof.faces.preparation_text import share_lines
from skinproof.faces.services import Services
from skinproof.model.summary import Filters
from skinproof.views.outcome_pool import plain_lines
from skinproof.views.text import wrap
from skinproof.views.words import plural

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace


VESICLES = Filters(agent=("ev",))
FACTS = ("source", "donor", "separation", "size", "purity", "markers", "storage", "dose", "schedule", "route")


def _given(workspace: "Workspace") -> list[str]:
    """What the vesicles given to people were, as far as the facts tell."""
    from skinproof.views.preparations import preparation_table

    held = workspace.preparations(VESICLES)
    found = preparation_table(held.rows, workspace.vocabulary, held.stamp, facts=FACTS)
    studies = plural(found.studies, "study", "studies")
    return [
        "",
        bold(f"What is told of the {plural(found.total, 'preparation')} of vesicles given in {studies}"),
        "",
        *share_lines(found.shares, text_width()),
        "",
        "skinproof preparations, landscape, gaps and compare show them one by one, with the words of the record.",
    ]


def _method() -> list[str]:
    """How a pooled answer reads, on trials that are not about skin."""
    from skinproof.workflows.pool_example import pooling_example

    width = text_width()
    lines = [bold("How pooling reads: an example of the method, not of skin"), ""]
    lines += wrap(
        "13 published trials of BCG vaccine against tuberculosis (Colditz 1994), pooled as skinproof pool does with your table:", width
    )  # fmt: skip
    for words in plain_lines(pooling_example().pooling):
        lines += wrap(words, width, "  ")
    return [
        *lines,
        *wrap(
            "The facts above hold no posted results; skinproof pooled reads them from full records.", width
        ),
    ]


@click.command("demo")
@click.argument("directory", metavar="[DIR]", required=False, default="demo", type=click.Path(path_type=Path))
@pass_services
def command(services: Services, directory: Path) -> None:
    """The bundled facts through import, build, map and site.

    Writes DIR/data (a data folder) and DIR/site [default: demo]. The facts are partial and not a census. An example shows
    how pooling reads: real trials of a vaccine, which are no evidence on skin.
    """

    def map_text(folder: Path) -> str:
        with closing(services.open_workspace(folder)) as workspace:
            return "\n".join(
                [*map_lines(ask_map(workspace, Filters(), None), text_width()), *_given(workspace)]
            )

    def write_site(folder: Path, out_dir: Path) -> None:
        with closing(services.open_workspace(folder)) as workspace:
            services.write_site(workspace, out_dir, None, None)

    services.demo(
        directory, lambda text: print_lines(text.split("\n")), map_text, lambda: "\n".join(_method()), write_site
    )  # fmt: skip
