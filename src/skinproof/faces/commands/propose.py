"""`skinproof propose ID...`."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from skinproof.errors import UsageError
from skinproof.extraction.proposals import REASONS, Compared, compare
from skinproof.faces.ask import open_asked
from skinproof.faces.options import Asked, data_option, json_option, pass_services, progress_option
from skinproof.faces.output import print_json, print_lines, text_width
from skinproof.faces.progress import Progress
from skinproof.faces.services import Services
from skinproof.studies.documents import study_text
from skinproof.views.text import Column, clean, table, wrap
from skinproof.workflows import model_client
from skinproof.workflows import propose as work

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace

COLUMNS = (
    Column("No."), Column("Fact"), Column("Verdict"), Column("Proposed", wraps=True),
    Column("Read by rule", wraps=True), Column("Quote", wraps=True),
)  # fmt: skip


class Shown(msgspec.Struct):
    """One answer that is kept for one study, each proposal beside what the rules read."""

    record_id: str
    model: str
    prompt: str
    at: str
    left_out: int
    dropped: dict[str, int]
    proposals: list[Compared]


@click.command("propose")
@click.argument("record_ids", metavar="ID...", nargs=-1, required=True)
@click.option(
    "--url", metavar="URL", help="Base URL of an OpenAI-compatible service: http://127.0.0.1:8080/v1."
)
@click.option("--model", metavar="NAME", help="Model to ask for.")
@click.option("--yes", is_flag=True, help="Send to another machine.")
@click.option("--again", is_flag=True, help="Ask about records that were answered before, too.")
@click.option(
    "--timeout",
    type=click.FloatRange(0.1, 3600),
    default=60.0,
    show_default=True,
    help="Seconds for one answer.",
)
@click.option(
    "--retries", type=click.IntRange(0, 10), default=2, show_default=True, help="How often to ask once more."
)
@data_option
@json_option
@progress_option
@pass_services
def command(
    services: Services,
    record_ids: tuple[str, ...],
    url: str | None,
    model: str | None,
    yes: bool,
    again: bool,
    timeout: float,
    retries: int,
    data: str | None,
    as_json: bool,
    progress: bool | None,
) -> None:
    """What a language model says of some studies, beside what the rules read.

    Nothing is sent without --url and --model: then only what is kept from earlier is printed. Proposals whose quote does not
    stand in the record, word for word, are dropped and counted. No proposal ever changes an answer of skinproof.
    """
    if bool(url) != bool(model):
        raise click.UsageError("--url and --model go together")
    folder = services.data_dir(data)
    report = None
    with open_asked(services, Asked(data, None, as_json, False, {})) as workspace:
        sources = _sources(workspace, record_ids)
        if url and model:
            key = model_client.key_of(os.environ)
            client = model_client.Client(
                model_client.read_address(url), model, key=key, timeout=timeout, retries=retries
            )
            given = [source for source in sources if source.preparations]
            plan = work.plan(given, model, folder, workspace.vocabulary, again)
            _allow(plan, client.address, yes)
            with Progress(progress) as shown:
                report = work.propose(
                    plan, client, folder, services.now, lambda done, of: shown.say(f"asked {done} of {of}")
                )
    answers = [answer for source in sources for answer in _shown(folder, source)]
    if as_json:
        print_json({"answers": answers, "report": report})
    else:
        print_lines(_lines(answers, sources, report, text_width()))
    if report:
        work.check_report(report)


def _sources(workspace: "Workspace", record_ids: Sequence[str]) -> list[work.Source]:
    found = {}
    for record_id in record_ids:
        summary, _ = workspace.version_for(record_id)
        text = study_text(workspace.record(summary))
        given = workspace.preparations_of(summary)
        found[summary.record_id] = work.Source(summary.record_id, summary.sha256, text, given)
    return list(found.values())


def _allow(plan: work.Plan, address: model_client.Address, yes: bool) -> None:
    """Say what is sent and where. Raises: UsageError where it would leave this machine without --yes."""
    count = len(plan.prompts)
    what = f"{count} record{'' if count == 1 else 's'}, {plan.characters:,} characters, to {address.shown}"
    if count and not address.loopback and not yes:
        raise UsageError(f"this would send {what}; nothing was sent. Add --yes to send it")
    if count:
        click.echo(f"sending {clean(what)}", err=True)


def _shown(folder: Path, source: work.Source) -> Iterator[Shown]:
    for kept in work.proposals_of(folder, source.text):
        found = [c for p in source.preparations for c in compare(kept.proposals, p)]
        yield Shown(source.record_id, kept.model, kept.prompt, kept.at, kept.left_out, kept.dropped, found)


def _lines(
    answers: Sequence[Shown], sources: Sequence[work.Source], report: work.Report | None, width: int
) -> list[str]:
    lines: list[str] = []
    for answer in answers:
        lines += wrap(clean(f"{answer.record_id}  {answer.model}, {answer.prompt}, {answer.at}"), width)
        if answer.proposals:
            lines += table(COLUMNS, [_row(compared) for compared in answer.proposals], width)
        else:
            lines.append("no proposal")
        lines += [f"dropped {n}: {REASONS.get(why, clean(why))}" for why, n in sorted(answer.dropped.items())]
        if answer.left_out:
            lines.append(f"{answer.left_out} fields were too much to send")
        lines.append("")
    for source in sources:
        if not source.preparations:
            lines.append(f"{clean(source.record_id)}: no preparation, so there is nothing to ask")
        elif all(answer.record_id != source.record_id for answer in answers):
            lines.append(f"{clean(source.record_id)}: no answer is kept")
    if report is None:
        lines.append("Nothing was sent: that takes --url and --model.")
    else:
        lines.append(f"{report.answered} answered, {report.known} known before, {len(report.failed)} failed.")
    return [*lines, *wrap("Proposals are not findings: no answer of skinproof is made from them.", width)]


def _row(compared: Compared) -> tuple[str, ...]:
    proposal = compared.proposal
    ours = "; ".join(compared.ours) or compared.state.replace("_", " ")
    return (
        str(proposal.preparation), proposal.fact, compared.verdict, proposal.value, ours, proposal.span.quote,
    )  # fmt: skip
