"""`skinproof import FILE...`."""

from pathlib import Path

import click

from skinproof.faces.options import data_option, json_option, pass_services, progress_option
from skinproof.faces.output import print_json, print_lines, text_width
from skinproof.faces.progress import Progress
from skinproof.faces.services import Services
from skinproof.views.text import clean, wrap
from skinproof.workflows.import_ import ImportReport

SHOWN = 20
"""Refusals that are printed; --json has more."""


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@data_option
@json_option
@progress_option
@click.option("--jobs", type=click.IntRange(1, 64), help="Worker processes [default: processors, at most 4].")
@pass_services
def command(
    services: Services,
    files: tuple[Path, ...],
    data: str | None,
    as_json: bool,
    progress: bool | None,
    jobs: int | None,
) -> int:
    """Store every record version of some files or folders.

    JSON of ClinicalTrials.gov (array, API page, one study, JSON lines) and its CSV; papers as PubMed XML, Europe PMC
    JSON, NBIB and RIS; each plain, .gz or .zip. What cannot be read is refused with its place and reason, and the
    rest goes on. Importing again stores nothing twice.
    """
    folder = services.data_dir(data)
    with Progress(progress) as shown:

        def tell(done: int, total: int, records: int) -> None:
            shown.say(f"reading {done / 1e6:,.0f} of {total / 1e6:,.0f} MB, {records:,} records")

        report = services.import_files(list(files), folder, tell if shown.on else None, jobs)
    if as_json:
        print_json(report, data=str(folder))
    else:
        print_lines(_lines(report, folder, text_width()))
    return report.exit_code


def _lines(report: ImportReport, folder: Path, width: int) -> list[str]:
    lines = [
        f"{report.new:,} new, {report.changed:,} changed, {report.unchanged:,} unchanged, {report.refused:,} refused"
    ]
    for file in report.files:
        if file.remark or not file.loaded:
            words = file.remark or ("nothing could be read" if file.refused else "no records in it")
            lines += wrap(clean(f"{file.name}: {words}"), width)
    for refusal in report.refusals[:SHOWN]:
        place = f" ({refusal.where})" if refusal.where else ""
        lines += wrap(clean(f"refused: {refusal.name}{place}: {refusal.reason}"), width)
    if report.refused > SHOWN:
        lines.append(f"... and {report.refused - SHOWN:,} more; `skinproof issues` lists refusals")
    lines += wrap(clean(f"Stored in {folder}"), width)
    if report.new or report.changed:
        lines.append("Next: skinproof build")
    return lines
