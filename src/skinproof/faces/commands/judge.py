"""`skinproof judge`."""

from contextlib import closing
from datetime import UTC
from pathlib import Path

import click

from skinproof.faces.options import csv_option, data_option, json_option, pass_services
from skinproof.faces.output import bold, print_csv, print_json, print_lines, stamp_lines, text_width
from skinproof.faces.services import Services
from skinproof.model.journal import JournalLine, Verdict
from skinproof.views.judged import JudgedList, JudgedRow, judged_list, judged_row, told
from skinproof.views.text import clean, pairs, wrap
from skinproof.views.words import plural

HEADER = (
    "record_id", "subject", "kind", "name", "product", "label", "state", "verdict", "value", "machine", "rule", "who", "at",
    "reason", "line", "said_by",
)  # fmt: skip


@click.command("judge")
@click.argument("record_id", metavar="[STUDY]", required=False)
@click.argument("name", metavar="[PROPERTY]", required=False)
@click.option("--accept", is_flag=True, help="The rules are right.")
@click.option("--correct", metavar="VALUE", help="This is right.")
@click.option("--reject", is_flag=True, help="The rules are wrong: the study does not say this.")
@click.option("--product", type=click.IntRange(1), metavar="N", help="Of a fact: the number of the product.")
@click.option("--reason", default="", metavar="TEXT", help="Why; kept in the journal. Always needed.")
@click.option("--who", metavar="NAME", help="Who says it [default: the login name].")
@click.option("--undo", type=click.IntRange(1), metavar="LINE", help="Take back this line of the journal.")
@click.option("--list", "as_list", is_flag=True, help="Every judged answer, newest first.")
@click.option("--stale", is_flag=True, help="With --list: only where the rules say something else since.")
@click.option("--disputed", is_flag=True, help="With --list: only where people differ.")
@data_option
@json_option
@csv_option
@pass_services
def command(
    services: Services, record_id: str | None, name: str | None, accept: bool, correct: str | None, reject: bool,
    product: int | None, reason: str, who: str | None, undo: int | None, as_list: bool, stale: bool, disputed: bool,
    data: str | None, as_json: bool, as_csv: bool,
) -> None:  # fmt: skip
    """Accept, correct or reject an answer about a study; take a line back; what waits for a look.

    PROPERTY is agent_class, ev_role, cutaneous or aesthetic; an agent, complaint, procedure or process; or a fact of a preparation such
    as dose or route. What a person says counts at once in every answer; what the rules said stays beside it.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot both be asked for")
    folder = services.data_dir(data)
    if as_list or stale or disputed:
        if record_id or accept or correct is not None or reject or undo:
            raise click.UsageError("--list stands alone, or with --stale and --disputed")
        states = [word for word, wanted in (("stale", stale), ("disputed", disputed)) if wanted]
        _print_list(services, folder, states, as_json, as_csv)
        return
    if as_csv:
        raise click.UsageError("--csv is for --list")
    said: list[tuple[Verdict, str]] = []
    if accept:
        said.append(("accept", ""))
    if correct is not None:
        said.append(("correct", correct))
    if reject:
        said.append(("reject", ""))
    if undo is not None:
        if said or record_id:
            raise click.UsageError("--undo LINE stands alone")
        line = services.undo(folder, undo, who or services.who(), reason, _now(services))
    else:
        if len(said) != 1 or not record_id or not name:
            raise click.UsageError(
                "name a study, a property and one of --accept, --correct VALUE, --reject; or --undo LINE, or --list"
            )
        line = _judge(services, folder, record_id, name, said[0], product, reason, who)
    _print_line(services, folder, line, as_json)


def _judge(
    services: Services, folder: Path, record_id: str, name: str, said: tuple[Verdict, str], product: int | None,
    reason: str, who: str | None,
) -> JournalLine:  # fmt: skip
    from skinproof.workflows.judge_answer import judgement_of

    with closing(services.open_workspace(folder)) as workspace:
        judgement = judgement_of(
            workspace, record_id, name, verdict=said[0], value=said[1], product=product, reason=reason,
            who=who or services.who(),
        )  # fmt: skip
    return services.judge(folder, judgement, _now(services))


def _now(services: Services) -> str:
    return services.now().astimezone(UTC).isoformat(timespec="seconds")


def _print_line(services: Services, folder: Path, line: JournalLine, as_json: bool) -> None:
    from skinproof.workflows.judge_answer import judged_now

    with closing(services.open_workspace(folder)) as workspace:
        found = judged_now(workspace, line)
        row = judged_row(found, workspace.vocabulary) if found else None
    if as_json:
        print_json(line, holds=row)
        return
    width = text_width()
    words = f"{row.record_id}, {row.label}: {told(row)}" if row else "nobody's word stands; the rules hold"
    notes = wrap(clean(_HINTS[line.subject.rpartition("|")[2]]), width) if _hinted(line) else []
    print_lines([*wrap(clean(words), width), *notes, f"journal line {line.id}"])


_HINTS = {
    "agent_class": "This names the study. What studies are counted by are its agents: judge these too where they are wrong."
}


def _hinted(line: JournalLine) -> bool:
    return line.kind == "call" and line.verdict != "withdraw" and line.subject.rpartition("|")[2] in _HINTS


def _print_list(services: Services, folder: Path, states: list[str], as_json: bool, as_csv: bool) -> None:
    with closing(services.open_workspace(folder)) as workspace:
        found = judged_list(workspace.judged(), workspace.vocabulary, workspace.stamp(), states)
    if as_json:
        print_json(found)
    elif as_csv:
        print_csv((*HEADER, "edition"), csv_rows(found))
    else:
        width = text_width()
        print_lines([*_lines(found, width), *stamp_lines(found.stamp, width)])


def csv_rows(found: JudgedList) -> list[tuple[object, ...]]:
    """A row for each judged answer, in the columns of HEADER and the edition."""
    return [(*(_cell(row, name) for name in HEADER), found.stamp.edition) for row in found.rows]


def _cell(row: JudgedRow, name: str) -> object:
    value = getattr(row, name)
    return "; ".join(value) if name == "said_by" else value


def _lines(found: JudgedList, width: int) -> list[str]:
    if not found.total:
        return wrap("Nobody has judged an answer of a study that is held.", width)
    head = f"{plural(found.total, 'judged answer')}, {found.stale:,} stale, {found.disputed:,} disputed"
    rows = [(f"{row.record_id} {row.label}", f"{told(row)} [line {row.line}]") for row in found.rows]
    none = [] if rows else ["None of them is asked for."]
    return [bold(head), *none, *pairs(rows, width)]
