"""`skinproof evaluate GOLD.csv`."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from skinproof.errors import InputError
from skinproof.faces.ask import open_asked
from skinproof.faces.evaluation_text import report_lines
from skinproof.faces.options import Asked, as_of_option, csv_option, data_option, json_option, pass_services
from skinproof.faces.output import print_csv, print_json, print_lines, stamp_lines, text_width
from skinproof.faces.services import Services
from skinproof.model.summary import Filters, StudySummary

if TYPE_CHECKING:
    from skinproof.views.evaluation import Answer
    from skinproof.workflows.query import Workspace

HEADER = ("record_id", "field", "expected", "found", "reason", "quotes")


@click.command("evaluate")
@click.argument("gold", metavar="GOLD.csv", type=click.Path(path_type=Path))
@data_option
@as_of_option
@json_option
@csv_option
@click.option(
    "--limit", type=click.IntRange(0), default=50, show_default=True, help="Disagreements printed; 0 = all."
)
@pass_services
def command(
    services: Services,
    gold: Path,
    data: str | None,
    as_of: str | None,
    as_json: bool,
    as_csv: bool,
    limit: int,
) -> None:
    """Score the tags against a labelled table.

    GOLD.csv has a column registry_id and any of agent_class, ev_role, cutaneous, aesthetic, source_normalised,
    donor_relation, route, isolation_method, dose_as_stated, schedule, size_or_purity_reported, phase, status,
    start_year, first_posted, enrollment, allocation, masking, country, has_posted_results; cells `not_seen` are left
    out. --csv prints the disagreements.
    """
    from skinproof.workflows.evaluate import evaluate, read_table

    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot both be asked for")
    asked = Asked(data, as_of, as_json, as_csv, {})
    try:
        body = gold.read_bytes()
    except OSError as error:
        raise InputError(f"{gold}: {error.strerror or error}") from error
    with open_asked(services, asked) as opened, closing(opened.rules_alone()) as workspace:
        vocabulary = workspace.vocabulary
        labels = read_table(body, str(gold), vocabulary).labels
        selection = workspace.select(Filters(), as_of)
        answers = _answers(workspace, selection.studies, {label.record_id for label in labels})
    report = evaluate(body, answers, vocabulary)
    if as_json:
        print_json(report, stamp=selection.stamp)
    elif as_csv:
        rows = [
            (d.record_id, d.field, d.expected, d.found, d.reason, " | ".join(q.quote for q in d.quotes))
            for d in report.disagreements
        ]
        print_csv(HEADER, rows)
    else:
        width = text_width()
        print_lines([*report_lines(report, width, limit or None), *stamp_lines(selection.stamp, width)])


def _answers(
    workspace: "Workspace", studies: tuple[StudySummary, ...], labelled: set[str]
) -> dict[str, "Answer"]:
    """What the edition says of the labelled studies, under the id the table uses."""
    from skinproof.workflows.evaluate import answer_from

    by_id = {alias: study for study in studies for alias in study.aliases}
    by_id |= {study.record_id: study for study in studies}
    wanted = {name: by_id[name] for name in sorted(labelled) if name in by_id}
    tags = workspace.tags_of(wanted.values())
    products = workspace.preparations_of_many(wanted.values())
    return {
        name: answer_from(tags[s.sha256].calls, tags[s.sha256].tags, products.get(s.sha256, ()), s)
        for name, s in wanted.items()
    }
