"""Views of versions: what changed, how one study came to be as it is, its stored record; and the links between records."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import msgspec

from skinproof.errors import UsageError
from skinproof.faces.commands import changes as changes_command
from skinproof.faces.commands import links as links_command
from skinproof.faces.commands import show as show_command
from skinproof.faces.output import stamped
from skinproof.faces.web.api.endpoint import Asked, Reply, told
from skinproof.model.summary import EditionStamp
from skinproof.views.changes import ChangeReport
from skinproof.workflows.change_states import sides
from skinproof.workflows.changes import StudyHistory, compare, study_history

LONGEST = 100
"""Letters of a time, or of an edition's id."""


class StoredRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A record as it was stored. record: its content, where it is JSON; text: as text, where it is not (XML, a row)."""

    record_id: str
    source: str
    sha256: str
    registry_date: str | None
    record: msgspec.Raw
    text: str | None
    stamp: EditionStamp


def changes(asked: Asked, today: Callable[[], date] = lambda: datetime.now(UTC).date()) -> Reply:
    """What changed between two editions, or since a day. Nothing is kept: what is stored and what is overdue move on."""
    question = asked.question
    since, by = question.one("since"), question.one("by")
    first, last = question.one("from"), question.one("to")
    for name, value in (("since", since), ("from", first), ("to", last)):
        if value is not None and len(value) > LONGEST:
            raise UsageError(f"{name} has at most {LONGEST} letters")
    if by is not None and since is None:
        raise UsageError("by belongs to since")
    filters = asked.filters(without=("from", "to"))
    live, day = asked.live, today()

    def make() -> ChangeReport:
        workspace = live.workspace
        found = sides(
            workspace.data_dir, day, since=since, by=by or "seen", from_edition=first, to_edition=last, edition=live.edition
        )  # fmt: skip
        try:
            return compare(found, filters)
        finally:
            found.close()

    key = ("changes", day.isoformat(), repr((since, by, first, last)), repr(filters))
    whole: ChangeReport = live.kept(key, make)
    answer = msgspec.structs.replace(whole, studies=asked.part(whole.studies))
    header = stamped(changes_command.HEADER)
    first_part = answer.studies[:1] == whole.studies[:1]  # a table in parts has each note from a source once
    table = answer if first_part else msgspec.structs.replace(answer, events=())
    return Reply(
        answer,
        lambda: (header, changes_command.csv_rows(table)),
        len(whole.studies),
        told(filters),
        keep=False,
    )


def links(asked: Asked) -> Reply:
    """Which papers report which studies, and which registrations are one trial."""
    question = asked.question
    answer = links_command.ask_links(
        asked.live.workspace, question.one("id"), question.one("relation"), review=question.flag("review") is True,
        limit=asked.limit, offset=asked.offset,
    )  # fmt: skip
    header = (*links_command.HEADER, "edition")
    return Reply(answer, lambda: (header, links_command.csv_rows(answer)), answer.total)


def history(asked: Asked) -> Reply:
    """The versions held of one study. Not kept: a version may be stored before an edition is made of it."""
    found: StudyHistory = study_history(asked.live.workspace, asked.name)
    return Reply(found, lambda: (show_command.HISTORY, show_command.history_rows(found)), keep=False)


def stored(asked: Asked) -> Reply:
    """The record itself, as it came."""
    workspace = asked.live.workspace
    summary, stamp = workspace.version_for(asked.name, asked.as_of)
    body = workspace.body(summary)
    try:
        msgspec.json.decode(body)
        record, text = msgspec.Raw(body), None
    except msgspec.DecodeError:
        record, text = msgspec.Raw(b"null"), body.decode("utf-8", "replace")
    answer = StoredRecord(
        record_id=summary.record_id, source=summary.source, sha256=summary.sha256, registry_date=summary.registry_date,
        record=record, text=text, stamp=stamp,
    )  # fmt: skip
    return Reply(answer)
