"""`skinproof sync [SOURCE...]`."""

import click

from skinproof.errors import UsageError
from skinproof.faces.options import data_option, json_option, pass_services, progress_option
from skinproof.faces.output import print_json, print_lines, text_width
from skinproof.faces.progress import Progress
from skinproof.faces.services import Services
from skinproof.faces.sync_text import SHOWN, ids_lines, query_lines, sync_lines
from skinproof.sources.queries import SOURCES
from skinproof.views.text import clean


@click.command("sync")
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--query", "names", multiple=True, metavar="NAME", help="Only this named query; several may be given."
)
@click.option("--full", is_flag=True, help="Read all records of the query again.")
@click.option(
    "--ids-only", is_flag=True, help="Ask for all ids instead of changes: finds deletions and new names."
)
@click.option("--no-build", is_flag=True, help="Store only; make no edition.")
@click.option(
    "--wait", type=click.FloatRange(0, 86_400), default=0, metavar="SECONDS", help="Wait for another writer."
)
@click.option(
    "--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Worker processes of the build."
)
@click.option(
    "--queries", "list_queries", is_flag=True, help="List the named queries, and when each was asked."
)
@click.option("--ids", "ids_of", metavar="NAME", help="The ids a query gave, beside our own count.")
@click.option("--on", metavar="DATE", help="With --ids: as of a day [default: its newest run].")
@data_option
@json_option
@progress_option
@pass_services
def command(
    services: Services,
    sources: tuple[str, ...],
    names: tuple[str, ...],
    full: bool,
    ids_only: bool,
    no_build: bool,
    wait: float,
    jobs: int,
    list_queries: bool,
    ids_of: str | None,
    on: str | None,
    data: str | None,
    as_json: bool,
    progress: bool | None,
) -> int:
    """Bring new and changed records from the sources, and prove that none is missing.

    SOURCE: ctgov, pubmed, europepmc; all by default. The first sync of a query reads all its records, later ones what changed. A sync that was cut off goes on where it stopped. It ends with each query's records held against what the source reports, and builds an edition; where something is missing, the edition says so and the exit code is not 0.
    """
    folder = services.data_dir(data)
    if (full and ids_only) or (list_queries and ids_of) or (on and not ids_of):
        raise UsageError(
            "--full and --ids-only, and --queries and --ids, exclude each other; --on belongs to --ids"
        )
    if list_queries:
        listed = services.sync_queries(folder)
        if as_json:
            print_json({"queries": listed})
        else:
            print_lines(query_lines(listed, text_width()))
        return 0
    if ids_of:
        found = services.sync_ids(folder, ids_of, _one_source(sources), on)
        if as_json:
            print_json(found)
        else:
            print_lines(ids_lines(found, text_width()))
        return 0
    with Progress(progress) as shown:

        def tell(where: str, done: int, total: int | None) -> None:
            shown.say(f"{where}: {done:,} of {total:,} records" if total else f"{where}: {done:,} records")

        def tell_build(done: int, total: int) -> None:
            shown.say(f"building {done:,} of {total:,}")

        report = services.sync(
            folder,
            sources=sources,
            names=names,
            full=full,
            ids_only=ids_only,
            make_edition=not no_build,
            jobs=jobs,
            wait=wait,
            progress=tell if shown.on else None,
            on_build=tell_build if shown.on else None,
        )
    if as_json:
        print_json(report, data=str(folder), source=sources[0] if len(sources) == 1 else None)
    else:
        print_lines(sync_lines(report, folder, text_width()))
    for query in report.queries:
        if query.error:
            click.echo(f"error: {clean(f'{query.source} {query.name}: {query.error}')}", err=True)
    if report.build_error:
        click.echo(f"error: {clean(report.build_error)}", err=True)
    for news in report.fields:
        if news.vanished:
            named = clean(", ".join(news.vanished[:SHOWN]))
            click.echo(f"error: {news.source} does not list fields any more that are read: {named}", err=True)
    return report.exit_code


def _one_source(sources: tuple[str, ...]) -> str:
    if len(sources) > 1 or (sources and sources[0] not in SOURCES):
        raise UsageError(f"--ids takes one source; known: {', '.join(SOURCES)}")
    return sources[0] if sources else SOURCES[0]
