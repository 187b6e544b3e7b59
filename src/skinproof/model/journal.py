"""The journal of people's judgements: lines that are only ever added.

What a machine said stays beside what a person says of it; which of them holds is folded from the lines
(`judgements.fold`), so that every step can be seen again and taken back.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

Verdict = Literal["accept", "correct", "reject", "withdraw"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""accept: the machine is right; correct: `value` is right; reject: the machine is wrong; withdraw: an earlier line is
taken back."""

START = "0" * 64
"""What the first line of a chain follows."""


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a person says, before it is a line.

    kind: what is judged (`link`, ...); subject: which one, as its kind names it (`PMID:1|NCT00000001`)
    value: of `correct` the right answer; of `withdraw` the number of the line taken back, None: the person's own
        standing one
    fingerprint: of the machine's answer the person saw, empty where there was none
    """

    who: str
    kind: str
    subject: str
    verdict: Verdict
    value: str | None = None
    reason: str = ""
    fingerprint: str = ""


class JournalLine(Judgement, frozen=True, kw_only=True):
    """One line of the journal.

    id: number, from 1, without gaps; at: ISO date and time, UTC
    chain: sha256, in hex, over the chain of the line before and all of this line: whoever changes, drops or moves a
        line breaks every chain after it
    """

    id: int
    at: str
    chain: str = ""


def chained(line: JournalLine, before: str) -> str:
    """The chain of a line that follows a line with the chain `before`."""
    words = [
        before, line.id, line.at, line.who, line.kind, line.subject, line.verdict, line.value, line.reason, line.fingerprint,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(words, ensure_ascii=True).encode()).hexdigest()


def broken(lines: Iterable[JournalLine]) -> str | None:
    """What is wrong with the chain of a whole journal, oldest line first; None: nothing.

    It cannot see that lines are missing at the end: compare the last chain with one that was noted elsewhere.
    """
    before = START
    for number, line in enumerate(lines, 1):
        if line.id != number:
            return f"line {line.id} stands where line {number} should be: a line was dropped, added or moved"
        if line.chain != chained(line, before):
            return f"line {line.id} ({line.kind} {line.subject}) is not as it was written, or one before it is missing"
        before = line.chain
    return None
