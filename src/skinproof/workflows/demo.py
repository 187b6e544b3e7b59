"""`skinproof demo`: the bundled facts through the same import, build, map and site as anyone's own records."""

from collections.abc import Callable
from datetime import datetime
from importlib import resources
from pathlib import Path

import msgspec

from skinproof.workflows.build import BuildReport, build
from skinproof.workflows.import_ import ImportReport, import_files

SNAPSHOT = "snapshot.csv"
NOTICE = (
    "These are facts about {n} trials that ship with skinproof, picked to show what it does.\n"
    "They are partial and not a census: a number here is not how many trials there are.\n"
    "Your own records: skinproof import FILE..., then skinproof build (see README.md)."
)


class DemoReport(msgspec.Struct, frozen=True):
    """What the demonstration made, and where."""

    data: Path
    site: Path
    imported: ImportReport
    built: BuildReport


def demo(
    out_dir: Path,
    now: datetime,
    echo: Callable[[str], None],
    *,
    map_text: Callable[[Path], str],
    method_text: Callable[[], str],
    write_site: Callable[[Path, Path], object],
) -> DemoReport:
    """Import the bundled facts into `out_dir/data`, build, print the map, write the site to `out_dir/site`.

    map_text: (data folder) -> what the `map` command prints; method_text: the worked example of pooling, which is no fact of
    the snapshot and says so; write_site: (data folder, site folder) -> None,
    as the `site` command does. Both come from the faces, so the demonstration has no door of its own.
    Running it again imports nothing new and makes the same edition.
    """
    data, site = out_dir / "data", out_dir / "site"
    data.mkdir(parents=True, exist_ok=True)
    with resources.as_file(resources.files("skinproof.data") / SNAPSHOT) as snapshot:
        imported = import_files([snapshot], data_dir=data, now=now, progress=None)
    built = build(data)
    echo(map_text(data))
    echo("\n" + NOTICE.format(n=built.n_studies))
    echo("\n" + method_text())
    write_site(data, site)
    echo(f"\nOpen {site / 'index.html'} in a browser.")
    return DemoReport(data, site, imported, built)
