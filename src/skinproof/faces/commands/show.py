"""`skinproof show ID`."""

from datetime import date
from typing import TYPE_CHECKING

import click

from skinproof.errors import NotFoundError, UsageError
from skinproof.faces.ask import open_asked, read_filters, said
from skinproof.faces.changes_text import history_lines
from skinproof.faces.options import Asked, pass_services, reading_options
from skinproof.faces.output import print_csv, print_json, print_lines, stamp_lines, stamped, text_width
from skinproof.faces.page_text import page_lines
from skinproof.faces.paper_text import paper_lines, study_links
from skinproof.faces.services import Services
from skinproof.judgements.links import is_paper
from skinproof.model.summary import EditionStamp, Filters, StudySummary
from skinproof.views.paper_page import PaperPage, paper_page
from skinproof.views.study_page import StudyPage, study_page

if TYPE_CHECKING:
    from skinproof.workflows.changes import StudyHistory
    from skinproof.workflows.query import Workspace

HEADER = (
    "record_id", "property", "term", "label", "role", "field", "start", "end", "before", "quote", "after", "reason", "rule",
)  # fmt: skip


HISTORY = ("record_id", "registry_date", "seen", "sha256", "kind", "label", "about", "field", "old", "new")


@click.command("show")
@click.argument("record_id", metavar="ID")
@reading_options
@click.option("--full", is_flag=True, help="Print long texts, every quote and every adverse event.")
@click.option("--history", is_flag=True, help="Every version held, and what changed from one to the next.")
@pass_services
def command(services: Services, record_id: str, asked: Asked, full: bool, history: bool) -> None:
    """One study or paper, with the quotes behind each tag.

    What is registered, what was posted, and the words that decided each answer. --csv prints the quotes. PMID:123 shows a paper. A study that does
    not meet the filters is refused.
    """
    with open_asked(services, asked) as workspace:
        filters = read_filters(asked.typed, workspace)
        if is_paper(record_id.strip().upper()):
            _show_paper(workspace, record_id, asked, full)
            return
        summary, stamp = workspace.version_for(record_id, asked.as_of)
        _check(workspace, summary, filters, asked.as_of)
        if history:
            _history(services.history(workspace, summary.record_id), asked, full)
            return
        linked = workspace.link_rows(workspace.links_of(summary.record_id))
        registrations = workspace.registrations_of(summary.record_id)
        has_papers = workspace.has_papers()
        page = page_of(workspace, summary, stamp, None if asked.as_of else services.now().date())
    if asked.as_json:
        print_json(page, filters=said(filters), registrations=registrations, linked=linked)
    elif asked.as_csv:
        print_csv(stamped(HEADER), quote_rows(page))
    else:
        width = text_width()
        links = study_links(linked, registrations, summary.record_id, has_papers, width)
        print_lines([*page_lines(page, width, full), *links, *stamp_lines(stamp, width)])


def _show_paper(workspace: "Workspace", name: str, asked: Asked, full: bool) -> None:
    if asked.as_of or any(asked.typed.values()):
        raise UsageError("filters and --as-of are of studies; a paper is shown as its newest record tells")
    summary = workspace.paper_for(name)
    rows = workspace.tags(summary)
    page = paper_page(
        summary,
        workspace.paper(summary),
        workspace.vocabulary,
        workspace.stamp(),
        tags=rows.tags,
        calls=rows.calls,
        preparations=workspace.preparations_of(summary),
        linked=workspace.link_rows(workspace.links_of(summary.record_id)),
    )
    if asked.as_json:
        print_json(page)
    elif asked.as_csv:
        print_csv(stamped(HEADER), quote_rows(page))
    else:
        width = text_width()
        print_lines([*paper_lines(page, width, full), *stamp_lines(page.stamp, width)])


def _check(workspace: "Workspace", summary: StudySummary, filters: Filters, as_of: str | None) -> None:
    if filters == Filters():
        return
    if all(study.record_id != summary.record_id for study in workspace.select(filters, as_of).studies):
        raise NotFoundError(f"{summary.record_id} is in this edition but does not meet the filters")


def _history(found: "StudyHistory", asked: Asked, full: bool) -> None:
    if asked.as_json:
        print_json(found)
    elif asked.as_csv:
        print_csv(HISTORY, history_rows(found))
    else:
        print_lines(history_lines(found, text_width(), full))


def history_rows(found: "StudyHistory") -> list[tuple[object, ...]]:
    """A row for each change, with the version that brought it, in the columns of HISTORY."""
    return [
        (
            found.record_id, step.version.registry_date, step.version.seen, step.version.sha256,
            change.kind, change.label, change.about, change.field, change.old, change.new,
        )
        for step in found.steps
        for change in step.changes
    ]  # fmt: skip


def page_of(
    workspace: "Workspace", summary: StudySummary, stamp: EditionStamp, day: date | None = None
) -> StudyPage:
    """One version of a study with the words behind each answer. day: of the clocks, None = that of the stamp."""
    rows = workspace.tags(summary)
    return study_page(
        summary,
        workspace.record(summary),
        workspace.vocabulary,
        stamp,
        tags=rows.tags,
        calls=rows.calls,
        issues=workspace.issues_of(summary),
        preparations=workspace.preparations_of(summary),
        day=day,
        judged=workspace.judged_of(summary),
        removed=workspace.removed_on(summary.record_id),
    )


def quote_rows(page: StudyPage | PaperPage) -> list[tuple[object, ...]]:
    """A row for each quote behind a tag, in the columns of HEADER and the stamp."""
    stamp = page.stamp
    return [
        (
            page.record_id, group.property, group.term, group.label, group.role,
            *(getattr(mention, name) for name in HEADER[5:]), stamp.edition, stamp.as_of,
        )
        for group in page.tags
        for mention in group.mentions
    ]  # fmt: skip
