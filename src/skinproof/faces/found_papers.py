"""Papers that a search found, as text, JSON and CSV."""

from typing import TYPE_CHECKING

import click
import msgspec

from skinproof.faces.options import Asked
from skinproof.faces.output import print_csv, print_json, print_lines, stamp_lines, stamped, text_width
from skinproof.faces.paper_text import paper_row_lines
from skinproof.model.papers import PaperFilters
from skinproof.model.summary import EditionStamp, Filters
from skinproof.views.links import marks_of
from skinproof.views.text import clean, wrap
from skinproof.views.words import plural

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace

HEADER = ("record_id", "title", "marks", "kinds", "journal", "published", "field", "snippet")


class FoundPaper(msgspec.Struct, frozen=True, kw_only=True):
    """One paper. snippets: (field, excerpt), found words in square brackets."""

    record_id: str
    title: str
    marks: tuple[str, ...]
    kinds: tuple[str, ...]
    journal: str | None
    published: str | None
    snippets: tuple[tuple[str, str], ...]


class FoundPaperList(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `find --papers`, best first."""

    query: str
    total: int
    offset: int
    hits: tuple[FoundPaper, ...]
    expanded: tuple[str, ...]
    stamp: EditionStamp


def paper_filters(filters: Filters) -> PaperFilters:
    """The filters of papers among those of studies. Raises: click.UsageError where one is of studies alone."""
    mine = PaperFilters(
        agent=filters.agent, role=filters.role, indication=filters.indication, cutaneous=filters.cutaneous,
        aesthetic=filters.aesthetic,
    )  # fmt: skip
    same = Filters(
        agent=mine.agent, role=mine.role, indication=mine.indication, cutaneous=mine.cutaneous, aesthetic=mine.aesthetic
    )  # fmt: skip
    if same != filters:
        raise click.UsageError(
            "with --papers only --agent, --role, --indication, --cutaneous and --aesthetic"
        )
    return mine


def print_papers(
    workspace: "Workspace", query: str, filters: Filters, asked: Asked, limit: int, offset: int
) -> None:
    """Search papers and print what was found in the form that was asked for."""
    if asked.as_of:
        raise click.UsageError("--as-of is of studies; papers are searched as their newest records tell")
    found = workspace.find_papers(query, paper_filters(filters), limit, offset)
    hits = tuple(
        FoundPaper(
            record_id=hit.paper.record_id, title=hit.paper.title or "No title", marks=marks_of(hit.paper),
            kinds=hit.paper.kinds, journal=hit.paper.journal, published=hit.paper.published,
            snippets=tuple((field, text.translate({2: "[", 3: "]"})) for field, text in hit.snippets),
        )
        for hit in found.hits
    )  # fmt: skip
    answer = FoundPaperList(
        query=query, total=found.total, offset=offset, hits=hits, expanded=found.expanded, stamp=workspace.stamp()
    )  # fmt: skip
    if asked.as_json:
        print_json(answer)
    elif asked.as_csv:
        rows = [
            (
                hit.record_id, hit.title, "; ".join(hit.marks), hit.kinds, hit.journal, hit.published, *part,
                answer.stamp.edition, answer.stamp.as_of,
            )
            for hit in hits
            for part in hit.snippets or (("", ""),)
        ]  # fmt: skip
        print_csv(stamped(HEADER), rows)
    else:
        print_lines(_lines(answer, text_width()))


def _lines(answer: FoundPaperList, width: int) -> list[str]:
    if not answer.total:
        lines = wrap(clean(f"No paper in these data has {answer.query!r}."), width)
    else:
        last = answer.offset + len(answer.hits)
        part = f" ({answer.offset + 1:,} to {last:,} shown)" if len(answer.hits) < answer.total else ""
        lines = [f"{plural(answer.total, 'paper')}{part}; papers are reports and no studies"]
    for hit in answer.hits:
        about = "; ".join(part for part in (", ".join(hit.kinds), hit.journal, hit.published) if part)
        lines += ["", *paper_row_lines(hit.record_id, hit.title, hit.marks, about, width)]
        for field, text in hit.snippets:
            lines += wrap(f"{clean(field)}: {clean(text)}", width, "  ")
    return [*lines, *stamp_lines(answer.stamp, width)]
