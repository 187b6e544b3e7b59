"""`skinproof changes`."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skinproof.errors import UsageError
from skinproof.faces.ask import no_cycles, read_filters, said
from skinproof.faces.changes_text import change_lines
from skinproof.faces.options import (
    FILTER_NAMES,
    csv_option,
    data_option,
    filter_options,
    json_option,
    pass_services,
)
from skinproof.faces.output import filter_lines, print_csv, print_json, print_lines, stamped, text_width
from skinproof.faces.services import Services
from skinproof.faces.whole_file import write_whole
from skinproof.views.changes import ChangeReport, change_words, event_words
from skinproof.views.feed_atom import atom_feed

if TYPE_CHECKING:
    from skinproof.model.summary import Filters

HEADER = (
    "record_id", "title", "kind", "label", "about", "field", "old", "new", "alters", "before_registry_date", "before_seen",
    "before_sha256", "after_registry_date", "after_seen", "after_sha256",
)  # fmt: skip


@click.command("changes")
@click.option("--since", metavar="DATE", help="Compare with a day, or a time such as 2026-11-23T18:00 (UTC).")
@click.option(
    "--by", type=click.Choice(("seen", "registry")), default="seen", show_default=True,
    help="With --since: when versions were stored here, or posted by the registry.",
)  # fmt: skip
@click.option(
    "--from", "from_edition", metavar="EDITION", help="Compare with an edition [default: the one before]."
)
@click.option("--to", "to_edition", metavar="EDITION", help="The newer edition [default: the current one].")
@click.option("--watch", "watch", metavar="NAME", help="What is new for a watch; it does not count as told.")
@filter_options(without=("start_from", "start_to"))
@click.option("--all", "everything", is_flag=True, help="Print every study and change.")
@click.option("--atom", type=click.Path(path_type=Path), metavar="FILE", help="Write an Atom feed, too.")
@data_option
@json_option
@csv_option
@pass_services
def command(
    services: Services, /, since: str | None, by: str, from_edition: str | None, to_edition: str | None, watch: str | None,
    everything: bool, atom: Path | None, data: str | None, as_json: bool, as_csv: bool, **typed: Any,
) -> None:  # fmt: skip
    """What changed, and what of it alters a conclusion.

    New studies, status, enrolment, outcomes, dates, results, sites and the rest, field by field; papers newly linked, retracted, corrected or questioned. Without options the current edition is compared with the one before. --since compares with a day.
    What our own rules read otherwise is told apart from what the records say.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot both be asked for")
    if by == "registry" and since is None:
        raise UsageError("--by belongs to --since")
    folder = services.data_dir(data)
    typed = dict.fromkeys(FILTER_NAMES) | typed
    filters: Filters | None = None
    with no_cycles():
        if watch is not None:
            if (
                since
                or from_edition
                or to_edition
                or any(value not in (None, ()) for value in typed.values())
            ):
                raise UsageError("--watch has its own filters and its own time")
            report = services.news(folder, watch).report
        else:
            with closing(services.open_workspace(folder)) as workspace:
                filters = read_filters(typed, workspace)
            report = services.changes(
                folder, filters, since=since, by=by, from_edition=from_edition, to_edition=to_edition
            )
    if atom is not None:
        write_whole(atom, atom_feed(report))
    asked = said(filters) if filters else {}
    if as_json:
        print_json(report, filters=asked)
    elif as_csv:
        print_csv(stamped(HEADER), csv_rows(report))
    else:
        width = text_width()
        print_lines([*filter_lines(asked, width), *change_lines(report, width, everything)])


def csv_rows(report: ChangeReport) -> list[tuple[object, ...]]:
    """One row a change, then one for each news of a paper, then one for each note from a source.

    Of a paper: kind `paper_...`, the study in `about`, its day of publication in `after_registry_date`; of a note: its kind,
    what it says, and when it was noticed (`after_seen`).
    """
    changes: list[tuple[object, ...]] = [
        (
            study.record_id, study.title, change.kind, change_words(change) if change.pieces else change.label, change.about,
            change.field, change.old, change.new, study.alters,
            *(getattr(mark, name, None) for mark in (study.before, study.after) for name in ("registry_date", "seen", "sha256")),
            report.stamp.edition, report.stamp.as_of,
        )
        for study in report.studies
        for change in study.changes
    ]  # fmt: skip
    events: list[tuple[object, ...]] = [
        (
            event.record_id, None, event.kind, event_words(event), None, None, None, event.detail or None, (), None, None, None,
            None, event.at, None, report.stamp.edition, report.stamp.as_of,
        )
        for event in report.events
    ]  # fmt: skip
    papers: list[tuple[object, ...]] = [
        (
            paper.record_id, paper.title, f"paper_{news.kind}", news.words, news.study, news.field, None, news.quote, paper.alters,
            None, None, None, paper.published, paper.seen, paper.sha256, report.stamp.edition, report.stamp.as_of,
        )
        for paper in report.papers
        for news in paper.news
    ]  # fmt: skip
    return [*changes, *papers, *events]
