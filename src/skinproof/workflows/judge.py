"""What a person says of a link, written into the journal; nothing is built again."""

from pathlib import Path

from skinproof.errors import NotFoundError, UsageError
from skinproof.judgements.fold import standing_line
from skinproof.judgements.links import KIND, JudgedLink, is_paper
from skinproof.model.journal import JournalLine, Judgement, Verdict
from skinproof.model.links import pair_key
from skinproof.store.raw import RawStore
from skinproof.workflows.query import Workspace, open_workspace

_SAYING_YES = {
    "report": "report",
    "mention": "report",
    "registration": "registration",
    "notice": "notice",
    "update": "update",
}
"""Relation a rule gave -> relation that an acceptance of it means."""


def judge_link(
    data_dir: Path, what: str, one: str, other: str, *, who: str, reason: str, now: str
) -> tuple[JournalLine, JudgedLink]:
    """Accept, reject or undo (`what`) the link of two records; returns the line written and the link as it holds now.

    accept: the paper reports the study, the two registrations are one trial. A pair that no rule found can be accepted.
    undo: takes back the newest standing judgement of the pair, whoever made it.
    Raises: NotFoundError for a record that is not held, or nothing to undo; UsageError for a pair that makes no sense.
    """
    workspace = open_workspace(data_dir)
    try:
        a, b = (_named(workspace, name) for name in (one, other))
        if a == b:
            raise UsageError(f"{a} is one record; a link has two")
        found = next((k for k in workspace.links if {k.from_id, k.to_id} == {a, b}), None)
        said = _said(workspace, what, a, b, found, who, reason)
    finally:
        workspace.close()
    with RawStore.open(data_dir, write=True) as store:
        (line,) = store.journal().add([said], now)
    workspace = open_workspace(data_dir)
    try:
        after = next((k for k in workspace.links if {k.from_id, k.to_id} == {a, b}), None)
    finally:
        workspace.close()
    if after is None:  # a pair that only people linked, taken back
        assert found is not None
        after = found
    return line, after


def read_journal(data_dir: Path) -> tuple[JournalLine, ...]:
    """All lines, oldest first. Raises: NotFoundError when nothing was stored yet."""
    with RawStore.open(data_dir, write=False) as store:
        return store.journal().lines()


def _named(workspace: Workspace, name: str) -> str:
    """The record id that a person means by a name."""
    if not is_paper(name.strip().upper()):
        try:
            return workspace.version_for(name)[0].record_id
        except NotFoundError:
            pass
    try:
        return workspace.paper_for(name).record_id
    except NotFoundError as error:
        raise NotFoundError(
            f"no study or paper {name!r} in edition {workspace.manifest.edition}; import its record"
        ) from error


def _said(
    workspace: Workspace, what: str, a: str, b: str, found: JudgedLink | None, who: str, reason: str
) -> Judgement:
    subject = pair_key(a, b)
    seen = found.fingerprint if found is not None else ""
    verdict: Verdict
    value: str | None = None
    if what == "undo":
        lines = [line for held in workspace.judgements.values() for line in held.standing]
        standing = standing_line(lines, KIND, subject)
        if standing is None:
            raise NotFoundError(f"nobody has said anything of {a} and {b} that still stands")
        verdict, value = "withdraw", str(standing.id)
    elif what == "reject":
        verdict = "reject"
    else:
        if is_paper(a) and is_paper(b) and found is None:
            raise UsageError(
                "two papers are linked by their sources only, where one is a notice about the other"
            )
        meant = "report" if is_paper(a) or is_paper(b) else "registration"
        machine = found.machine_relation if found is not None else None
        verdict = "accept"
        if machine is None or machine not in _SAYING_YES:
            verdict, value = "correct", meant
    return Judgement(
        who=who, kind=KIND, subject=subject, verdict=verdict, value=value, reason=reason, fingerprint=seen
    )
