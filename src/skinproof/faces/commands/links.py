"""`skinproof links`."""

from datetime import UTC
from typing import TYPE_CHECKING

import click
import msgspec

from skinproof.faces.options import csv_option, data_option, json_option, pass_services
from skinproof.faces.output import bold, print_csv, print_json, print_lines, stamp_lines, text_width
from skinproof.faces.services import Services
from skinproof.model.links import RELATIONS
from skinproof.model.summary import EditionStamp
from skinproof.views.links import LinkRow, evidence_words, state_words
from skinproof.views.text import clean, wrap
from skinproof.views.words import plural

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace

HEADER = (
    "from_id", "from_title", "to_id", "to_title", "relation", "state", "reason", "rule", "score", "record_id", "field", "start",
    "end", "quote", "named", "marks", "machine_relation", "machine_state", "verdict", "who", "at", "said", "stale", "disputed",
)  # fmt: skip
SHOWN = 50


class LinkList(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of `links`. to_review: pairs that wait for a person, of all."""

    total: int
    to_review: int
    links: tuple[LinkRow, ...]
    stamp: EditionStamp


@click.command("links")
@click.argument("record_id", metavar="[ID]", required=False)
@click.option("--review", is_flag=True, help="Only what waits for a person.")
@click.option("--relation", type=click.Choice(sorted(RELATIONS)), metavar="NAME", help="Only this relation.")
@click.option("--limit", type=click.IntRange(0), help="Most links; 0 = all [default: 50 as text, else all].")
@click.option("--accept", nargs=2, metavar="ID ID", help="Say that these two belong together.")
@click.option("--reject", nargs=2, metavar="ID ID", help="Say that they do not.")
@click.option("--undo", nargs=2, metavar="ID ID", help="Take back what was last said of them.")
@click.option("--reason", default="", metavar="TEXT", help="Why; kept in the journal.")
@click.option("--who", metavar="NAME", help="Who says it [default: the login name].")
@data_option
@json_option
@csv_option
@pass_services
def command(
    services: Services, record_id: str | None, review: bool, relation: str | None, limit: int | None,
    accept: tuple[str, str] | None, reject: tuple[str, str] | None, undo: tuple[str, str] | None, reason: str,
    who: str | None, data: str | None, as_json: bool, as_csv: bool,
) -> None:  # fmt: skip
    """Which papers report which studies, and which registrations are one trial.

    Each with its rule and the words it rests on; never on a title alone. --accept, --reject and --undo write into the
    journal and hold at once; the machine's answer stays beside.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot both be asked for")
    said = [(what, pair) for what, pair in (("accept", accept), ("reject", reject), ("undo", undo)) if pair]
    if len(said) > 1:
        raise click.UsageError("--accept, --reject and --undo: one at a time")
    folder = services.data_dir(data)
    if said:
        what, (one, other) = said[0]
        if what == "reject" and not reason.strip():
            raise click.UsageError("--reject needs --reason: the next reader will ask why")
        now = services.now().astimezone(UTC).isoformat(timespec="seconds")
        line, link = services.judge_link(folder, what, one, other, who or services.who(), reason.strip(), now)
        if as_json:
            print_json(line, state=link.state, relation=link.relation)
        else:
            print_lines(
                [
                    clean(f"{link.from_id} and {link.to_id}: {link.state} ({link.reason})"),
                    f"journal line {line.id}",
                ]
            )
        return
    workspace = services.open_workspace(folder)
    try:
        most = SHOWN if limit is None and not (as_json or as_csv) else limit
        answer = ask_links(workspace, record_id, relation, review=review, limit=most or None)
    finally:
        workspace.close()
    if as_json:
        print_json(answer)
    elif as_csv:
        print_csv((*HEADER, "edition"), csv_rows(answer))
    else:
        width = text_width()
        print_lines([*_lines(answer, width), *stamp_lines(answer.stamp, width)])


def ask_links(
    workspace: "Workspace", record_id: str | None, relation: str | None, *, review: bool, limit: int | None, offset: int = 0
) -> LinkList:  # fmt: skip
    """The links of a record, or all; relation: only these; review: only what waits for a person; limit: None = all."""
    found = workspace.links_of(_held(record_id)) if record_id else workspace.links
    asked = [
        link
        for link in found
        if (not review or link.to_look_at) and (relation is None or link.relation == relation)
    ]
    return LinkList(
        total=len(asked),
        to_review=sum(link.to_look_at for link in found),
        links=workspace.link_rows(asked[offset : None if limit is None else offset + limit]),
        stamp=workspace.stamp(),
    )


def _held(record_id: str) -> str:
    return (
        record_id.strip().upper()
        if record_id.strip()[:3].upper() in ("NCT", "PMI", "PMC")
        else record_id.strip()
    )


def csv_rows(answer: LinkList) -> list[tuple[object, ...]]:
    """A row for each place that a link rests on, in the columns of HEADER and the edition."""
    rows: list[tuple[object, ...]] = []
    for link in answer.links:
        for place in link.evidence or (None,):
            rows.append(
                (
                    *(
                        getattr(place, name, None)
                        if name in ("rule", "record_id", "field", "start", "end", "quote", "named")
                        else (place.score if place is not None else None)
                        if name == "score"
                        else getattr(link, name)
                        for name in HEADER
                    ),
                    answer.stamp.edition,
                )
            )
    return rows


def _lines(answer: LinkList, width: int) -> list[str]:
    if not answer.total:
        return wrap(
            "No links: no record held names the id of another held record. That says nothing of papers that are not held.",
            width,
        )
    lines = [bold(f"{plural(answer.total, 'link')}, {answer.to_review:,} to review")]
    for link in answer.links:
        lines += ["", *link_lines(link, width)]
    if len(answer.links) < answer.total:
        lines += ["", f"{len(answer.links)} of {answer.total:,} shown; --limit 0 shows all"]
    return lines


def link_lines(link: LinkRow, width: int) -> list[str]:
    """One link as text."""
    marks = f" [{'; '.join(link.marks)}]" if link.marks else ""
    lines = [bold(line) for line in wrap(clean(f"{link.from_id} -> {link.to_id}{marks}"), width)]
    for name, title in ((link.from_id, link.from_title), (link.to_id, link.to_title)):
        lines += wrap(clean(f"{name}: {title or 'no title'}"), width, "  ")
    lines += wrap(clean(f"{state_words(link)}; {link.relation}: {link.reason}"), width, "  ")
    if link.verdict is not None and link.machine_state is not None:
        lines += wrap(clean(f"by rule: {link.machine_state}, {link.machine_relation}"), width, "  ")
    for place in link.evidence:
        lines += wrap(clean(evidence_words(place)), width, "  ")
    return lines
