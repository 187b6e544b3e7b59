"""`skinproof build`."""

import getpass

import click

from skinproof.faces.options import data_option, json_option, pass_services, progress_option
from skinproof.faces.output import print_json, print_lines
from skinproof.faces.progress import Progress
from skinproof.faces.services import Services
from skinproof.views.words import plural


@click.command("build")
@data_option
@json_option
@progress_option
@click.option("--clean", is_flag=True, help="Take nothing over from earlier editions or kept answers.")
@click.option(
    "--accept-drift",
    multiple=True,
    metavar="FIELD",
    help="SOURCE:PATH as the error names it: this change of the source's fields is as it should be; noted for good.",
)
@click.option("--who", metavar="NAME", help="Who accepts it [default: the name you are logged in by].")
@click.option("--jobs", type=click.IntRange(1, 64), default=2, show_default=True, help="Worker processes.")
@pass_services
def command(
    services: Services,
    data: str | None,
    as_json: bool,
    progress: bool | None,
    clean: bool,
    jobs: int,
    accept_drift: tuple[str, ...],
    who: str | None,
) -> None:
    """Make a new edition of everything imported so far.

    It becomes current once it has passed its checks; one of them is that no field was renamed or emptied at its source (exit code 11). Only what changed since the last edition is worked on. If the build fails, the last edition stays current.
    """
    folder = services.data_dir(data)
    if accept_drift:
        services.accept_drift(folder, accept_drift, who or _user())
    with Progress(progress) as shown:

        def tell(done: int, total: int) -> None:
            shown.say(f"building {done:,} of {total:,}")

        report = services.build(folder, clean, tell if shown.on else None, jobs)
    if as_json:
        print_json(report, data=str(folder))
        return
    made = "is made and current" if report.made else "already says all of this; nothing to do"
    papers = f"{plural(report.n_papers, 'paper')}, " if report.n_papers else ""
    print_lines(
        [
            f"Edition {report.edition} {made}",
            f"{plural(report.n_studies, 'study', 'studies')}, {papers}{plural(report.n_versions, 'version')} "
            f"({report.read:,} read, {report.reused:,} taken over)",
            f"{plural(report.issues, 'reading issue')}, {plural(report.suggestions, 'spelling')} to review "
            "(skinproof issues)",
        ]
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
