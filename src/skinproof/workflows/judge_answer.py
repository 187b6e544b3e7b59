"""What a person says of an answer about a study, written into the journal; nothing is built again."""

from pathlib import Path

from skinproof.errors import NotFoundError, UsageError
from skinproof.judgements.answers import KINDS, Judged, Seen, Subject, read_subject, rejected_value, seen
from skinproof.model.journal import JournalLine, Judgement, Verdict
from skinproof.model.summary import StudySummary
from skinproof.store.raw import RawStore
from skinproof.workflows.judge_values import LONGEST_NAME, LONGEST_REASON, checked_value, subject_of
from skinproof.workflows.query import Workspace

VERDICTS: tuple[Verdict, ...] = ("accept", "correct", "reject")


def judgement_of(
    workspace: Workspace, record: str, name: str, *, verdict: Verdict, who: str, reason: str, value: str = "",
    product: int | None = None, fingerprint: str | None = None,
) -> Judgement:  # fmt: skip
    """What is to be written.

    record: id of a study or an alias; name: a call, a fact, or a term by id, label or synonym; product: number of the preparation
    of a fact. fingerprint: of the answer the person saw, where it was shown before; None: the one that is read now.
    Raises: NotFoundError, UsageError.
    """
    summary, _ = workspace.version_for(record)
    subject = subject_of(
        summary.record_id, name, product, workspace.as_ruled(summary).preparations, workspace.vocabulary
    )
    found = machine_answer(workspace, summary, subject)
    if fingerprint is not None and fingerprint != found.fingerprint:
        raise UsageError(
            "the rules say something else than what this page showed: load it again, look, then judge"
        )
    if verdict not in VERDICTS:
        raise UsageError(f"there is no verdict {verdict!r}; there are {', '.join(VERDICTS)}")
    if verdict == "reject" and rejected_value(subject, found.value) is None:
        raise UsageError(f"the rules say {found.value!r} here; name the right answer as a correction")
    right = checked_value(subject, value, workspace.vocabulary) if verdict == "correct" else None
    return Judgement(
        who=person(who), kind=subject.kind, subject=subject.text, verdict=verdict, value=right, reason=said(reason),
        fingerprint=found.fingerprint,
    )  # fmt: skip


def machine_answer(workspace: Workspace, summary: StudySummary, subject: Subject) -> Seen:
    """What the rules say of a subject. Raises: NotFoundError for a fact that was not read."""
    found = seen(subject, workspace.as_ruled(summary))
    if found is None:
        raise NotFoundError(f"the rules did not read {subject.name} of {summary.record_id}")
    return found


def withdrawal(lines: tuple[JournalLine, ...], number: int, who: str, reason: str) -> Judgement:
    """What takes back a line of the journal. Raises: NotFoundError for a line that does not stand or is of something else."""
    line = next((one for one in lines if one.id == number), None)
    if line is None:
        raise NotFoundError(f"the journal has no line {number}")
    if line.kind not in KINDS or line.verdict == "withdraw":
        raise UsageError(
            f"line {number} judges no answer of a study ({line.kind}, {line.verdict}), so this takes nothing back"
        )
    taken = {one.value for one in lines if one.verdict == "withdraw" and one.subject == line.subject}
    if str(number) in taken:
        raise UsageError(f"line {number} was taken back already")
    return Judgement(
        who=person(who), kind=line.kind, subject=line.subject, verdict="withdraw", value=str(number),
        reason=said(reason), fingerprint=line.fingerprint,
    )  # fmt: skip


def person(who: str) -> str:
    """A name as the journal writes it. Raises: UsageError."""
    name = " ".join(who.split())
    if not name or len(name) > LONGEST_NAME:
        raise UsageError(f"who says it? a name has 1 to {LONGEST_NAME} letters")
    return name


def said(reason: str) -> str:
    """A reason as the journal writes it. Raises: UsageError."""
    text = " ".join(reason.split())
    if not text:
        raise UsageError("a judgement needs a reason: the next reader will ask why")
    if len(text) > LONGEST_REASON:
        raise UsageError(f"a reason has at most {LONGEST_REASON:,} letters")
    return text


def write_judgement(data_dir: Path, judgement: Judgement, now: str) -> JournalLine:
    """Add a line to the journal. now: ISO date and time, UTC. Raises: StoreError."""
    with RawStore.open(data_dir, write=True) as store:
        (line,) = store.journal().add([judgement], now)
    return line


def undo_line(data_dir: Path, number: int, *, who: str, reason: str, now: str) -> JournalLine:
    """Take back a line of the journal, whoever wrote it. Raises: as `withdrawal`; StoreError."""
    with RawStore.open(data_dir, write=True) as store:
        journal = store.journal()
        (line,) = journal.add([withdrawal(journal.lines(), number, who, reason)], now)
    return line


def judged_now(workspace: Workspace, line: JournalLine) -> Judged | None:
    """The answer that a line is about, as it holds in a workspace opened since; None where nothing stands."""
    subject = read_subject(line.kind, line.subject)
    if subject is None:
        return None
    summary, _ = workspace.version_for(subject.record_id)
    return next((one for one in workspace.judged_of(summary) if one.subject == line.subject), None)
