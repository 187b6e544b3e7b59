"""Ask a language model what it reads in some records, and keep what stands the checks beside the editions.

Off unless asked for by name: nothing here runs without an address and a model that the user gave. Answers are kept in
`proposals.jsonl` in the data folder, one line for each record, model and prompt; no edition is made from them.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from skinproof.errors import InputError, StoreError
from skinproof.extraction.proposals import (
    PROMPT,
    Checked,
    Prompt,
    Proposal,
    check_answer,
    prompt_for,
    verified,
)
from skinproof.model.findings import Preparation
from skinproof.store.lock import writer_lock
from skinproof.studies.documents import StudyText
from skinproof.vocabulary.term import Vocabulary
from skinproof.workflows.model_client import Client, NoAnswer

FILE = "proposals.jsonl"
_GIVE_UP = 3
"""Records that fail one after another before the rest is left alone."""


class Source(NamedTuple):
    """One record to ask about: the version's sha256, its text, and the preparations the rules found in it."""

    record_id: str
    sha256: str
    text: StudyText
    preparations: tuple[Preparation, ...]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One line of FILE: what one model said of one record under one prompt.

    text_sha256: of the readable text; asked_sha256: of all words sent; dropped: reason -> how many entries;
    left_out: fields that were too much to send; at: when, in UTC.
    """

    record_id: str
    sha256: str
    text_sha256: str
    asked_sha256: str
    model: str
    prompt: str
    at: str
    proposals: tuple[Proposal, ...]
    dropped: dict[str, int]
    left_out: int = 0


class Plan(NamedTuple):
    """What asking would send. known: records that were answered before and are not asked again."""

    prompts: tuple[tuple[Source, Prompt], ...]
    known: int

    @property
    def characters(self) -> int:
        """Characters of all prompts."""
        return sum(prompt.characters for _, prompt in self.prompts)


class Report(msgspec.Struct, frozen=True):
    """What came of asking. failed: (record id, why); not_asked: records left alone after failures in a row."""

    answered: int
    known: int
    failed: tuple[tuple[str, str], ...]
    not_asked: int


def plan(
    sources: Sequence[Source],
    model: str,
    data_dir: Path,
    vocabulary: Vocabulary | None = None,
    again: bool = False,
) -> Plan:
    """What would be sent for some records; what the file holds already is not asked again, but with `again`.

    Raises: StoreError when the file cannot be read.
    """
    names = value_names(vocabulary) if vocabulary else {}
    held = (
        set() if again else {(kept.asked_sha256, kept.model, kept.prompt) for kept in _lines(data_dir / FILE)}
    )
    prompts = [(source, prompt_for(source.text, source.preparations, names)) for source in sources]
    new = tuple(pair for pair in prompts if (pair[1].sha256, model, PROMPT) not in held)
    return Plan(new, len(prompts) - len(new))


def value_names(vocabulary: Vocabulary) -> dict[str, tuple[str, ...]]:
    """Fact -> names its value may have, for facts that are read with a kind of vocabulary of the same name."""
    kinds = ("source", "species", "donor", "culture", "separation", "storage", "route")
    return {
        kind: found
        for kind in kinds
        if (found := tuple(t.id.partition(":")[2] for t in vocabulary.terms.values() if t.kind == kind))
    }


def propose(
    plan: Plan,
    client: Client,
    data_dir: Path,
    now: Callable[[], datetime],
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Ask for every prompt of the plan and keep each answer as it comes.

    An address that fails on several records one after another is left alone.
    Raises: StoreError when another process writes to the data folder, or it cannot be written to.
    """
    failed: list[tuple[str, str]] = []
    answered = in_row = done = 0
    with writer_lock(data_dir):
        for source, prompt in plan.prompts:
            if in_row == _GIVE_UP:
                break
            done += 1
            try:
                checked = _checked(client, source, prompt)
            except (NoAnswer, ValueError) as error:
                failed.append((source.record_id, str(error)))
                in_row += 1
            else:
                _append(data_dir / FILE, _kept(source, prompt, client.model, checked, now()))
                answered, in_row = answered + 1, 0
            if progress:
                progress(done, len(plan.prompts))
    return Report(answered, plan.known, tuple(failed), len(plan.prompts) - done)


def proposals_of(data_dir: Path, text: StudyText, model: str | None = None) -> tuple[Kept, ...]:
    """What the file holds for a text, the latest answer of each model and prompt; every quote is looked up again.

    Raises: StoreError when the file cannot be read.
    """
    wanted = text.sha256
    found: dict[tuple[str, str], Kept] = {}
    for kept in _lines(data_dir / FILE):
        if kept.text_sha256 == wanted and model in (None, kept.model):
            found.pop((kept.model, kept.prompt), None)
            found[kept.model, kept.prompt] = kept
    return tuple(msgspec.structs.replace(k, proposals=verified(k.proposals, text)) for k in found.values())


def _checked(client: Client, source: Source, prompt: Prompt) -> Checked:
    return check_answer(client.ask(prompt), source.text, prompt, client.model)


def _kept(source: Source, prompt: Prompt, model: str, checked: Checked, now: datetime) -> Kept:
    return Kept(
        record_id=source.record_id,
        sha256=source.sha256,
        text_sha256=source.text.sha256,
        asked_sha256=prompt.sha256,
        model=model,
        prompt=PROMPT,
        at=now.isoformat(timespec="seconds"),
        proposals=checked.proposals,
        dropped=checked.dropped,
        left_out=prompt.left_out,
    )


def _append(path: Path, kept: Kept) -> None:
    """Add one whole line; half a line left by a crash is closed first, so that it spoils no other."""
    line = msgspec.json.encode(kept) + b"\n"
    try:
        with path.open("ab+") as file:
            if file.seek(0, os.SEEK_END):
                file.seek(-1, os.SEEK_END)
                line = line if file.read(1) == b"\n" else b"\n" + line
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror}") from error


def _lines(path: Path) -> Iterator[Kept]:
    """The lines of the file that can be read, in order; none where there is no file."""
    try:
        with path.open("rb") as file:
            for line in file:
                try:
                    yield msgspec.json.decode(line, type=Kept)
                except (msgspec.MsgspecError, UnicodeError, RecursionError):
                    continue
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error


def check_report(report: Report) -> None:
    """Raises: InputError when some records were not answered."""
    if report.failed:
        record_id, reason = report.failed[0]
        more = f" and {len(report.failed) - 1} more" if len(report.failed) > 1 else ""
        left = f"; {report.not_asked} were not asked" if report.not_asked else ""
        raise InputError(f"no answer for {record_id}{more}: {reason}{left}")
