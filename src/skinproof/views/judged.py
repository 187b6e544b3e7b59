"""Judged answers in words: what holds, what the rules said, who says so, when and why."""

from collections.abc import Iterable

import msgspec

from skinproof.judgements.amounts import read_amount
from skinproof.judgements.answers import ABOUT, BACKGROUND, NAMED, NOT_NAMED, Judged
from skinproof.model.findings import STATES
from skinproof.model.summary import EditionStamp
from skinproof.views.amounts import amount_words
from skinproof.views.answers import CALL_LABELS
from skinproof.views.preparations import FACT_LABELS, STATE_WORDS, value_words
from skinproof.views.words import AGENT_CLASS_LABELS, EV_ROLE_WORDS, ROLE_WORDS
from skinproof.vocabulary.term import Vocabulary

TAG_WORDS = {
    NOT_NAMED: "not in the study", ABOUT: "what the study is about", NAMED: "named", BACKGROUND: "only mentioned", **ROLE_WORDS,
}  # fmt: skip
DONE = {"accept": "accepted", "correct": "corrected", "reject": "rejected"}


class JudgedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One judged answer. machine, value: as the journal writes them; machine_words, value_words: for readers.

    state: `holds`, `stale` (the rules say something else since) or `disputed` (people differ); then `value` is that of the rules
    """

    record_id: str
    subject: str
    kind: str
    name: str
    product: int | None
    label: str
    machine: str
    machine_words: str
    rule: str
    value: str
    value_words: str
    verdict: str
    state: str
    who: str
    at: str
    reason: str
    line: int
    said_by: tuple[str, ...]


class JudgedList(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of `total` judged answers, newest first; stale, disputed: of all."""

    total: int
    stale: int
    disputed: int
    rows: tuple[JudgedRow, ...]
    stamp: EditionStamp


def judged_row(one: Judged, vocabulary: Vocabulary) -> JudgedRow:
    """One judged answer in words."""
    return JudgedRow(
        record_id=one.record_id,
        subject=one.subject,
        kind=one.kind,
        name=one.name,
        product=one.product,
        label=label_of(one.kind, one.name, one.product, vocabulary),
        machine=one.machine,
        machine_words=answer_words(one.kind, one.name, one.machine, vocabulary),
        rule=one.rule,
        value=one.value,
        value_words=answer_words(one.kind, one.name, one.value, vocabulary),
        verdict=one.verdict,
        state="disputed" if one.disputed else "stale" if one.stale else "holds",
        who=one.who,
        at=one.at,
        reason=one.said,
        line=one.line,
        said_by=one.said_by,
    )


def judged_list(
    found: Iterable[Judged], vocabulary: Vocabulary, stamp: EditionStamp, states: Iterable[str] = ()
) -> JudgedList:
    """The list; states: only these (none = all)."""
    rows = [judged_row(one, vocabulary) for one in found]
    wanted = tuple(states)
    return JudgedList(
        total=len(rows),
        stale=sum(row.state == "stale" for row in rows),
        disputed=sum(row.state == "disputed" for row in rows),
        rows=tuple(row for row in rows if not wanted or row.state in wanted),
        stamp=stamp,
    )


def label_of(kind: str, name: str, product: int | None, vocabulary: Vocabulary) -> str:
    """What is judged, in words."""
    if kind == "call":
        return CALL_LABELS.get(name, name)
    if kind == "tag":
        return vocabulary.label(name)
    return f"{FACT_LABELS.get(name, name)} (product {product})"


def answer_words(kind: str, name: str, value: str, vocabulary: Vocabulary) -> str:
    """An answer as readers see it."""
    if kind == "call":
        return {"agent_class": AGENT_CLASS_LABELS, "ev_role": EV_ROLE_WORDS}.get(name, {}).get(value, value)
    if kind == "tag":
        term, _, role = value.rpartition("|")
        if term:
            return f"{vocabulary.label(term)}, {TAG_WORDS.get(role, role)}"
        return vocabulary.label(value) if ":" in value else TAG_WORDS.get(value, value)
    if value in STATES:
        return STATE_WORDS[value]
    return "; ".join(_part_words(name, part, vocabulary) for part in value.split("; "))


def _part_words(fact: str, part: str, vocabulary: Vocabulary) -> str:
    amount = read_amount(part)
    return value_words(fact, part, vocabulary) if amount is None else amount_words(amount)


def told(row: JudgedRow) -> str:
    """What a person said, and what holds, in a sentence."""
    day = row.at[:10]
    said = f"{DONE.get(row.verdict, row.verdict)} by {row.who} on {day}: {row.reason}"
    if row.state == "disputed":
        return f"disputed ({'; '.join(row.said_by)}), so the rules hold: {row.machine_words}"
    if row.state == "stale":
        return f"{said}. The rules say something else since, so they hold until somebody looks again: {row.machine_words}"
    if row.value == row.machine:
        return f"{row.value_words}; {said}"
    return f"{row.value_words}; {said}. By rule: {row.machine_words} ({row.rule or 'no rule'})"
