"""`skinproof find QUERY`."""

import re
from typing import TYPE_CHECKING

import click
import msgspec

from skinproof.faces.ask import open_asked, read_filters, said
from skinproof.faces.found_papers import (
    FoundPaperList,
    ask_papers,
    filters_of_papers,
    not_of_papers,
    paper_lines,
    print_papers,
)
from skinproof.faces.options import Asked, pass_services, reading_options
from skinproof.faces.output import (
    bold,
    filter_lines,
    print_csv,
    print_json,
    print_lines,
    stamp_lines,
    stamped,
    text_width,
)
from skinproof.faces.services import Services
from skinproof.model.summary import EditionStamp, Filters
from skinproof.views.studies import StudyRow, study_row
from skinproof.views.text import clean, wrap
from skinproof.views.words import plural

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace

_MARKED = re.compile("\x02([^\x03]*)\x03")
SYNONYMS_SHOWN = 12
HEADER = ("record_id", "title", "agents", "about", "status", "field", "snippet", "removed")


class Snippet(msgspec.Struct, frozen=True, kw_only=True):
    """An excerpt of one search field; marks: (start, end) of the found words in `text`."""

    field: str
    text: str
    marks: tuple[tuple[int, int], ...]


class FoundStudy(msgspec.Struct, frozen=True, kw_only=True):
    """One study found, with where the words stand. removed: the day on which a sync noticed that its register no longer has it."""

    study: StudyRow
    snippets: tuple[Snippet, ...]
    removed: str | None = None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `find`, best first. expanded: synonyms that were searched as well."""

    query: str
    total: int
    offset: int
    hits: tuple[FoundStudy, ...]
    expanded: tuple[str, ...]
    stamp: EditionStamp


@click.command("find")
@click.argument("query", nargs=-1, required=True, metavar="QUERY")
@reading_options
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="Most studies.")
@click.option("--offset", type=click.IntRange(0), default=0, help="Studies to pass over first.")
@click.option(
    "--papers/--no-papers", default=None, help="Only papers; or none of them. [default: both, apart]"
)
@pass_services
def command(
    services: Services, query: tuple[str, ...], asked: Asked, limit: int, offset: int, papers: bool | None
) -> None:
    """Full-text search in the records, with synonyms.

    Words (all must occur), "a phrase", prefix*, AND, OR, NOT, brackets, and field:word with the fields title, condition,
    intervention, outcome, description, eligibility, sponsor, reference. A record id finds its study. Papers stand apart,
    after the studies, and are never counted with them; --csv has the studies, or with --papers the papers.
    """
    text = " ".join(query)
    with open_asked(services, asked) as workspace:
        filters = read_filters(asked.typed, workspace)
        if papers:
            wanted = filters_of_papers(filters, asked.as_of)
            print_papers(ask_papers(workspace, text, wanted, limit, offset), asked, filters)
            return
        found = ask_find(workspace, text, filters, asked.as_of, limit, offset)
        beside, why = None, None
        if papers is None and not asked.as_csv and workspace.has_papers():
            why = not_of_papers(filters, asked.as_of)
            if why is None:
                wanted = filters_of_papers(filters, asked.as_of)
                beside = ask_papers(workspace, text, wanted, limit, offset)
    if asked.as_json:
        told = {"papers": beside, "papers_not_searched": why} if papers is None else {}
        print_json(found, filters=said(filters), **told)
    elif asked.as_csv:
        print_csv(stamped(HEADER), csv_rows(found))
    else:
        width = text_width()
        lines = [
            *filter_lines(said(filters), width),
            *_lines(found, width, beside),
            *_beside(beside, why, width),
        ]
        print_lines([*lines, *stamp_lines(found.stamp, width)])


def ask_find(
    workspace: "Workspace", query: str, filters: Filters, as_of: str | None, limit: int, offset: int
) -> Found:
    """The studies whose records have the words. Raises: UsageError."""
    result = workspace.find(query, filters, as_of, limit, offset)
    return Found(
        query=query,
        total=result.total,
        offset=offset,
        hits=tuple(
            FoundStudy(
                study=study_row(hit.summary, workspace.vocabulary),
                snippets=tuple(snippet(field, text) for field, text in hit.snippets),
                removed=workspace.removed_on(hit.summary.record_id),
            )
            for hit in result.hits
        ),
        expanded=result.expanded,
        stamp=result.stamp,
    )


def snippet(field: str, marked: str) -> Snippet:
    """An excerpt without its marks, and where they were.

    >>> snippet("title", "an \\x02exosome\\x03 trial").marks
    ((3, 10),)
    """
    text, marks, at = "", [], 0
    for found in _MARKED.finditer(marked):
        text += marked[at : found.start()]
        marks.append((len(text), len(text) + len(found[1])))
        text += found[1]
        at = found.end()
    return Snippet(field=field, text=text + marked[at:], marks=tuple(marks))


def csv_rows(found: Found) -> list[tuple[object, ...]]:
    """A row for each snippet, in the columns of HEADER and the stamp."""
    stamp = found.stamp
    return [
        (
            hit.study.record_id, hit.study.title, hit.study.agents, hit.study.about, hit.study.status,
            part.field, part.text, hit.removed, stamp.edition, stamp.as_of,
        )
        for hit in found.hits
        for part in hit.snippets or (Snippet(field="", text="", marks=()),)
    ]  # fmt: skip


def _beside(papers: FoundPaperList | None, why: str | None, width: int) -> list[str]:
    """The papers after the studies, or why they were not searched."""
    if papers is not None:
        return ["", bold("Papers"), *paper_lines(papers, width)]
    return ["", *wrap(f"Papers were not searched: {why}.", width)] if why else []


def _lines(found: Found, width: int, papers: FoundPaperList | None) -> list[str]:
    if not found.total:
        lines = wrap(clean(f"No record in these data has {found.query!r}."), width)
    else:
        last = found.offset + len(found.hits)
        span = f" ({found.offset + 1:,} to {last:,} shown)" if len(found.hits) < found.total else ""
        beside = f"; {plural(papers.total, 'paper')}, after them" if papers is not None else ""
        lines = [f"{found.total:,} {'study' if found.total == 1 else 'studies'}{span}{beside}"]
    if found.expanded:
        words = ", ".join(found.expanded[:SYNONYMS_SHOWN])
        more = (
            f" and {len(found.expanded) - SYNONYMS_SHOWN} more"
            if len(found.expanded) > SYNONYMS_SHOWN
            else ""
        )
        lines += wrap(clean(f"Searched as well: {words}{more}"), width)
    for hit in found.hits:
        row = hit.study
        lines += ["", *(bold(line) for line in wrap(clean(f"{row.record_id}  {row.title}"), width))]
        lines += wrap(clean(f"{row.agents}; {row.about}; {row.status}; {row.participants}"), width, "  ")
        if hit.removed:
            lines += wrap(f"The register no longer has this record (noticed on {hit.removed}).", width, "  ")
        for part in hit.snippets:
            lines += wrap(f"{clean(part.field)}: {_shown(part)}", width, "  ")
    return lines


def _shown(part: Snippet) -> str:
    """The excerpt as one line, found words in square brackets: they read aloud and survive a pipe."""
    text, at = "", 0
    for start, end in part.marks:
        text += f"{part.text[at:start]}[{part.text[start:end]}]"
        at = end
    return clean(text + part.text[at:])
