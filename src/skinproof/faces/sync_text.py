"""What `skinproof sync` says, as lines of text."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from skinproof.faces.output import bold
from skinproof.views.text import Column, clean, pairs, table, wrap
from skinproof.views.words import plural
from skinproof.workflows.sync_fields import FieldNews
from skinproof.workflows.sync_ids import IdsReport
from skinproof.workflows.sync_report import QueryReport, SyncReport

if TYPE_CHECKING:
    from skinproof.workflows.sync import ListedQuery

SHOWN = 20
"""Missing ids and unreadable records that are printed; --json has more."""


def sync_lines(report: SyncReport, folder: Path, width: int) -> list[str]:
    """A table of the queries, what is missing, and what became of the edition."""
    heads = [
        Column("Query", wraps=True), Column("Source"), Column("Reported", right=True), Column("Stored", right=True),
        Column("New", right=True), Column("Changed", right=True), Column("Requests", right=True), Column("", wraps=True),
    ]  # fmt: skip
    rows = [
        (q.name, q.source, "" if q.reported is None else f"{q.reported:,}", f"{q.stored:,}", f"{q.new:,}",
         f"{q.changed:,}", f"{q.requests:,}", _outcome(q))
        for q in report.queries
    ]  # fmt: skip
    lines = table(heads, rows, width)
    for query in report.queries:
        lines += _details(query, width)
    for news in report.fields:
        lines += _field_lines(news, width)
    lines.append("")
    if report.build is not None:
        made = "is made and current" if report.build.made else "already says all of this"
        lines.append(
            f"Edition {report.build.edition} {made}: {plural(report.build.n_studies, 'study', 'studies')}"
        )
        if report.exit_code:
            lines += wrap(
                "It is made of what is there. What stopped or is missing is named above, in `skinproof doctor` and with every "
                "answer; the next sync goes on from there.",
                width,
            )
    elif report.exit_code:
        lines += wrap(
            "No edition was made: the last one stays current. What was stored stays; the next sync goes on from there.",
            width,
        )
    return [*lines, *wrap(clean(f"Stored in {folder}"), width)]


def query_lines(listed: Sequence["ListedQuery"], width: int) -> list[str]:
    """The named queries."""
    lines: list[str] = []
    for query in listed:
        lines += [
            bold(clean(query.name)),
            *pairs(
                [
                    ("what", clean(query.title)),
                    ("written", query.written),
                    *((f"asked of {source}", clean(terms)) for source, terms in query.terms.items()),
                    *((f"last sync of {source}", clean(words)) for source, words in query.last.items()),
                ],
                width,
            ),
            "",
        ]
    return lines


def ids_lines(found: IdsReport, width: int) -> list[str]:
    """The ids of a query, and our count beside them."""
    basis = "all asked for in that run" if found.swept else "of the run before, with what changed since"
    lines = [
        bold(clean(f"{found.title} ({found.query} at {found.source})")),
        *pairs(
            [
                ("asked", clean(found.asked)),
                ("written", found.written),
                ("asked on", found.asked_on),
                ("data of", clean(found.data_version or "not said")),
                ("reported", "not said" if found.reported is None else f"{found.reported:,}"),
                ("ids", f"{found.n:,}, {basis}"),
            ],
            width,
        ),
    ]
    if found.beside is None:
        lines += ["", "No count of ours stands beside it: there is no edition, or the query names none."]
    else:
        ours = found.beside
        lines += [
            "",
            f"Our count as of {ours.as_of}: {ours.n:,} (edition {ours.edition})",
            *_listed("In both", ours.both, width),
            *_listed("Given by the source, held, not counted by us", ours.only_theirs, width),
            *_listed("Given by the source, not in our edition of that day", ours.not_held, width),
            *_listed("Counted by us, not given by the source", ours.only_ours, width),
        ]
    return [*lines, *_listed("All ids", found.ids, width)]


def _listed(words: str, ids: Sequence[str], width: int) -> list[str]:
    return ["", f"{words}: {len(ids):,}", *wrap(clean(" ".join(ids)), width, "  ")]


def _outcome(query: QueryReport) -> str:
    if query.error:
        return "stopped"
    if not query.complete:
        return "incomplete"
    return "all there" if query.reported is not None else "done; the source gives no total"


def _field_lines(news: FieldNews, width: int) -> list[str]:
    lines: list[str] = []
    if news.new:
        lines += wrap(
            clean(
                f"{news.source} has fields that are new, and that skinproof does not read: {_some(news.new)}"
            ),
            width,
        )
    if news.vanished:
        accept = " ".join(f"--accept-drift {news.source}:{path}" for path in news.vanished[:SHOWN])
        lines += wrap(
            clean(
                f"{news.source} does not list these fields any more, which skinproof reads: {_some(news.vanished)}. "
                f"All records are stored. Look at a new record at the source: if skinproof should read a new name, report "
                f"it or wait for an update; if the change is as it should be: skinproof build {accept}"
            ),
            width,
        )
    return lines


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")


def _details(query: QueryReport, width: int) -> list[str]:
    lines: list[str] = []
    if query.error:
        lines += wrap(clean(f"{query.name}: {query.error}"), width)
    if query.n_missing:
        more = " ..." if query.n_missing > SHOWN else ""
        lines += wrap(
            clean(f"{query.name}: {query.n_missing:,} missing: {' '.join(query.missing[:SHOWN])}{more}"),
            width,
        )
    if query.unexplained:
        lines += wrap(
            f"{query.name}: the source counts {query.unexplained:,} more than it gives ids of", width
        )
    for unread in query.unread[:SHOWN]:
        lines += wrap(clean(f"{query.name}: cannot read {unread.where}: {unread.reason}"), width)
    if len(query.unread) > SHOWN:
        lines.append(f"{query.name}: ... and {len(query.unread) - SHOWN:,} more that cannot be read")
    for words, ids in (("no longer at the source", query.gone), ("no longer in the answer", query.left)):
        if ids:
            more = " ..." if len(ids) > SHOWN else ""
            lines += wrap(clean(f"{query.name}: {words}: {' '.join(ids[:SHOWN])}{more}"), width)
    for old, new in query.aliases[:SHOWN]:
        lines += wrap(clean(f"{query.name}: {old} goes by {new} now"), width)
    return lines
