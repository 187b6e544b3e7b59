"""Papers that a search found, as text, JSON and CSV."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import msgspec

from skinproof.faces.ask import said
from skinproof.faces.options import Asked
from skinproof.faces.output import print_csv, print_json, print_lines, stamp_lines, stamped, text_width
from skinproof.faces.paper_text import paper_row_lines
from skinproof.model.papers import PaperFilters, PaperSummary, paper_filters
from skinproof.model.summary import EditionStamp, Filters
from skinproof.views.links import marks_of
from skinproof.views.text import clean, wrap
from skinproof.views.words import agent_words, indication_words, plural

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace

HEADER = ("record_id", "title", "marks", "kinds", "journal", "published", "field", "snippet")


class FoundPaper(msgspec.Struct, frozen=True, kw_only=True):
    """One paper. agents, about: in the vocabulary's words; studies: those held that it is linked to as their report, a trial with
    several registrations once; snippets: (field, excerpt), found words in square brackets."""

    record_id: str
    title: str
    marks: tuple[str, ...]
    kinds: tuple[str, ...]
    journal: str | None
    published: str | None
    publication_types: tuple[str, ...]
    authors: tuple[str, ...]
    pmid: str | None
    doi: str | None
    agents: str
    about: str
    studies: tuple[str, ...]
    snippets: tuple[tuple[str, str], ...]


class FoundPaperList(msgspec.Struct, frozen=True, kw_only=True):
    """The papers of `find`, best first. query: None where all that meet the filters are listed."""

    query: str | None
    total: int
    offset: int
    hits: tuple[FoundPaper, ...]
    expanded: tuple[str, ...]
    stamp: EditionStamp


def filters_of_papers(filters: Filters, as_of: str | None) -> PaperFilters:
    """The filters of papers that say the same. Raises: click.UsageError where one, or a day, is of studies alone."""
    why = not_of_papers(filters, as_of)
    found = paper_filters(filters)
    if why or found is None:
        raise click.UsageError(f"papers cannot be searched so: {why}")
    return found


def not_of_papers(filters: Filters, as_of: str | None) -> str | None:
    """Why papers are not searched beside studies; None where they are."""
    if as_of:
        return "--as-of is of studies; papers are told by their newest records"
    if paper_filters(filters) is None:
        return "papers know only --agent, --role, --indication, --cutaneous and --aesthetic"
    return None


def ask_papers(
    workspace: "Workspace", query: str, filters: PaperFilters, limit: int, offset: int
) -> FoundPaperList:
    """The papers with the words. Raises: UsageError."""
    found = workspace.find_papers(query, filters, limit, offset)
    return FoundPaperList(
        query=query,
        total=found.total,
        offset=offset,
        hits=tuple(found_paper(hit.paper, workspace, hit.snippets) for hit in found.hits),
        expanded=found.expanded,
        stamp=workspace.stamp(),
    )


def found_paper(
    paper: PaperSummary, workspace: "Workspace", snippets: Sequence[tuple[str, str]] = ()
) -> FoundPaper:
    """A paper as a row."""
    return FoundPaper(
        record_id=paper.record_id, title=paper.title or "No title", marks=marks_of(paper), kinds=paper.kinds,
        journal=paper.journal, published=paper.published or paper.published_text,
        publication_types=paper.publication_types, authors=paper.authors, pmid=paper.pmid, doi=paper.doi,
        agents=agent_words(paper, workspace.vocabulary), about=indication_words(paper, workspace.vocabulary),
        studies=workspace.reporting.get(paper.record_id, ()),
        snippets=tuple((field, text.translate({2: "[", 3: "]"})) for field, text in snippets),
    )  # fmt: skip


def csv_rows(answer: FoundPaperList) -> list[tuple[object, ...]]:
    """A row for each snippet, in the columns of HEADER and the stamp."""
    return [
        (
            hit.record_id, hit.title, "; ".join(hit.marks), hit.kinds, hit.journal, hit.published, *part,
            answer.stamp.edition, answer.stamp.as_of,
        )
        for hit in answer.hits
        for part in hit.snippets or (("", ""),)
    ]  # fmt: skip


def print_papers(answer: FoundPaperList, asked: Asked, filters: Filters) -> None:
    """Print papers alone in the form that was asked for."""
    if asked.as_json:
        print_json(answer, filters=said(filters))
    elif asked.as_csv:
        print_csv(stamped(HEADER), csv_rows(answer))
    else:
        width = text_width()
        print_lines([*paper_lines(answer, width), *stamp_lines(answer.stamp, width)])


def paper_lines(answer: FoundPaperList, width: int) -> list[str]:
    """What was found, as text."""
    if not answer.total:
        lines = wrap(
            clean(f"No paper in these data has {answer.query!r}. That is no sign that none exists."), width
        )
    else:
        last = answer.offset + len(answer.hits)
        part = f" ({answer.offset + 1:,} to {last:,} shown)" if len(answer.hits) < answer.total else ""
        lines = [f"{plural(answer.total, 'paper')}{part}; papers are reports and no studies"]
    for hit in answer.hits:
        about = "; ".join(part for part in (", ".join(hit.kinds), hit.journal, hit.published) if part)
        lines += ["", *paper_row_lines(hit.record_id, hit.title, hit.marks, about, width)]
        for field, text in hit.snippets:
            lines += wrap(f"{clean(field)}: {clean(text)}", width, "  ")
    return lines
