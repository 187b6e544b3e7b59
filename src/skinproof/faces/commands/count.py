"""`skinproof count`."""

from typing import TYPE_CHECKING

import click
import msgspec

from skinproof.faces.ask import agent_label, agent_terms, open_asked, read_filters, role_groups, said
from skinproof.faces.options import Asked, pass_services, reading_options
from skinproof.faces.output import bold, print_csv, print_json, print_lines, stamp_lines, stamped, text_width
from skinproof.faces.services import Services
from skinproof.model.summary import Filters
from skinproof.model.tags import ROLES
from skinproof.views.counts import ALL, GROUP_WORDS, SCOPES, Counts, count_studies
from skinproof.views.report_counts import report_counts
from skinproof.views.stamp import stamp_line
from skinproof.views.text import Column, clean, pairs, table, wrap
from skinproof.views.words import sentence

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace

DEFAULT_AGENT = ("ev",)
RECORDS_HEADER = ("what", "n", "means")
HEADER = ("agent", "scope", "role", "study_type", "n", "record_ids")


@click.command("count")
@reading_options
@click.option("--ids", is_flag=True, help="Print the ids behind each number.")
@click.option(
    "--records", is_flag=True, help="Count records, reports and studies, in PRISMA's words, instead."
)
@pass_services
def command(services: Services, asked: Asked, ids: bool, records: bool) -> None:
    """How many studies of an agent: in all, cutaneous, aesthetic, by role.

    By default extracellular vesicles; --agent asks for another. Split by role (given to people, drug carrier, only
    measured) and by study type; --json and --csv hold the ids behind each number, --ids prints them.
    """
    with open_asked(services, asked) as workspace:
        if records:
            _records(workspace, asked, ids)
            return
        filters = read_filters(asked.typed, workspace)
        counts = ask_count(workspace, filters, asked.as_of)
    if asked.as_json:
        print_json(counts, filters=said(filters))
    elif asked.as_csv:
        print_csv(stamped(HEADER), csv_rows(counts))
    else:
        width = text_width()
        print_lines([*_lines(counts, width), *(_ids(counts, width) if ids else ()), *_foot(counts, width)])


def _records(workspace: "Workspace", asked: Asked, ids: bool) -> None:
    if ids or asked.as_of or any(asked.typed.values()):
        raise click.UsageError("--records counts the whole edition: leave filters, --as-of and --ids out")
    found = report_counts(stamp=workspace.stamp(), **msgspec.structs.asdict(workspace.reports()))
    if asked.as_json:
        print_json(found)
    elif asked.as_csv:
        rows = [(c.what, c.n, c.means, found.stamp.edition, found.stamp.as_of) for c in found.counts]
        print_csv(stamped(RECORDS_HEADER), rows)
    else:
        width = text_width()
        heads = [Column("What"), Column("Held", right=True), Column("What the word means", wraps=True)]
        cells = [(c.what.capitalize(), f"{c.n:,}", c.means) for c in found.counts]
        print_lines([*table(heads, cells, width), *stamp_lines(found.stamp, width)])


def ask_count(workspace: "Workspace", filters: Filters, as_of: str | None) -> Counts:
    """The counts of the studies that meet the filters; without an agent those of extracellular vesicles."""
    names = filters.agent or DEFAULT_AGENT
    # In any role: those that only mention the agent are listed beside the total.
    naming = msgspec.structs.replace(filters, agent=names, role=ROLES)
    selection = workspace.select(naming, as_of)
    return count_studies(
        selection.studies,
        workspace.vocabulary,
        selection.stamp,
        agents=agent_terms(names, workspace.vocabulary),
        agent_label=agent_label(names, workspace.vocabulary),
        roles=role_groups(filters.role) if filters.role else (),
        undated=workspace.undated(naming) if as_of else (),
        removed_on=workspace.removed_on,
    )


def csv_rows(counts: Counts) -> list[tuple[object, ...]]:
    """A row for each number, in the columns of HEADER and the stamp."""
    stamp = counts.stamp
    return [
        (counts.agent, c.scope, c.role, c.study_type, c.n, c.record_ids, stamp.edition, stamp.as_of)
        for c in counts.counts
    ]


def _lines(counts: Counts, width: int) -> list[str]:
    rows = []
    for role in (ALL, *counts.roles):
        rows.append((GROUP_WORDS[role].capitalize(), *_across(counts, role, ALL)))
        types = dict.fromkeys(
            c.study_type for c in counts.counts if c.role == role and c.n and c.study_type != ALL
        )
        rows += [(f"- {sentence(t).lower()}", *_across(counts, role, t)) for t in types]
    heads = [Column("", wraps=True), *(Column(scope.capitalize(), right=True) for scope in SCOPES)]
    return [*(bold(line) for line in wrap(clean(counts.sentence), width)), "", *table(heads, rows, width)]


def _across(counts: Counts, role: str, study_type: str) -> tuple[str, ...]:
    return tuple(f"{counts.count(scope, role, study_type).n:,}" for scope in SCOPES)


def _ids(counts: Counts, width: int) -> list[str]:
    lines = ["", bold("Ids")]
    for scope in SCOPES:
        for role in (ALL, *counts.roles):
            count = counts.count(scope, role)
            if count.n:
                lines.append(f"{scope}, {GROUP_WORDS[role]}: {count.n:,}")
                lines += wrap(clean(" ".join(count.record_ids)), width, "  ")
    return lines


def _foot(counts: Counts, width: int) -> list[str]:
    lines = ["", bold("What the words mean"), *pairs(counts.definitions.items(), width), ""]
    for line in (stamp_line(counts.stamp), *counts.caveats):
        lines += wrap(clean(line), width)
    return lines
