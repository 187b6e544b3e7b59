"""Write docs/img/gap-map.svg, the map of the bundled facts that the README shows.

    .venv/bin/python tools/make_picture.py [--out docs/img/gap-map.svg]

Imports the bundled facts into a folder that is thrown away, builds, and draws the same map as the site, with its
colours inside, on paper of its own, and without links. The same facts, vocabulary and rules give the same picture.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from skinproof.faces.site.map_pages import picture_of
from skinproof.model.summary import Filters
from skinproof.views.gapmap import gap_map
from skinproof.views.svg_map import MapPicture, draw_map
from skinproof.workflows.demo import demo
from skinproof.workflows.query import open_workspace

DESCRIPTION = (
    "Rows are agents given to people, columns are complaints. Numbers are studies, rings are participants. Drawn from "
    "the facts that ship with skinproof: partial, not a census."
)
PAPER = (
    "<style>.map{--paper:#ffffff}@media (prefers-color-scheme:dark){.map{--paper:#11181f}}</style>"
    '<rect width="100%" height="100%" fill="var(--paper)"/>'
)


def without_links(picture: MapPicture) -> MapPicture:
    """The picture for a page where its links would lead nowhere."""
    return msgspec.structs.replace(
        picture,
        description=DESCRIPTION,
        rows=tuple(msgspec.structs.replace(row, href=None) for row in picture.rows),
        columns=tuple(msgspec.structs.replace(column, href=None) for column in picture.columns),
        tiles={key: msgspec.structs.replace(tile, href=None) for key, tile in picture.tiles.items()},
    )


def draw() -> str:
    """The picture as SVG text."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        now = datetime(2026, 11, 23, tzinfo=UTC)
        demo(
            out,
            now,
            lambda text: None,
            map_text=lambda data: "",
            method_text=str,
            write_site=lambda data, site: None,
        )
        workspace = open_workspace(out / "data")
        selection = workspace.select(Filters())
        gap = gap_map(selection.studies, workspace.vocabulary, selection.stamp)
    svg = draw_map(without_links(picture_of(gap)), style=True)
    return svg.replace("</style>", f"</style>{PAPER}", 1) + "\n"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the README's picture of the map.")
    default = Path(__file__).parents[1] / "docs/img/gap-map.svg"
    parser.add_argument("--out", type=Path, default=default)
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
