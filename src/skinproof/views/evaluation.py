"""How well tags agree with a labelled table: scores per field and class, confusion, and every disagreement."""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from skinproof.model.tags import Call, Tag

FIELDS = ("agent_class", "ev_role", "cutaneous", "aesthetic")
"""What can be scored, by the gold table's column names."""

NOT_REPORTED = "not_reported"
"""An answer like any other: the record was read and lacks it."""

_Z95 = 1.959963984540054
_SHOWN_FOR = {
    "agent_class": ("agent",), "ev_role": ("agent",),
    "cutaneous": ("cutaneous", "indication"), "aesthetic": ("aesthetic", "indication"),
}  # fmt: skip


class Label(msgspec.Struct, frozen=True):
    """One row of a gold table: record id and field -> expected value (fields without an answer are absent)."""

    record_id: str
    values: dict[str, str]


class Answer(msgspec.Struct, frozen=True):
    """What tagging said of one study: field -> call, and the tags whose quotes explain it."""

    calls: Mapping[str, Call]
    tags: tuple[Tag, ...] = ()


class ClassScore(msgspec.Struct, frozen=True):
    """One class of one field. Intervals are Wilson 95 % bounds; None where nothing was expected or found.

    support: labels of this class; found: answers of this class.
    """

    precision: float | None
    precision_interval: tuple[float, float] | None
    recall: float | None
    recall_interval: tuple[float, float] | None
    f1: float
    support: int
    found: int


class FieldScore(msgspec.Struct, frozen=True):
    """One field. n: labels scored; macro_f1: mean F1 over every class that is expected or found; None if n = 0.

    left_out: labels not scored because the table says `not_seen` or nothing;
    confusion: expected -> found -> count.
    """

    n: int
    correct: int
    left_out: int
    accuracy: float | None
    accuracy_interval: tuple[float, float] | None
    macro_f1: float | None
    per_class: dict[str, ClassScore]
    confusion: dict[str, dict[str, int]]


class Quote(msgspec.Struct, frozen=True):
    """Words of the record: the field's path, the words, and what they were read as."""

    field: str
    quote: str
    read_as: str
    reason: str


class Disagreement(msgspec.Struct, frozen=True):
    """One label that tagging does not share, with its reason and the words it read."""

    record_id: str
    field: str
    expected: str
    found: str
    reason: str
    quotes: tuple[Quote, ...]


class EvaluationReport(msgspec.Struct, frozen=True):
    """Scores per field. missing: labelled ids that the data does not hold; they are not scored."""

    n_labels: int
    n_scored: int
    missing: tuple[str, ...]
    fields: dict[str, FieldScore]
    disagreements: tuple[Disagreement, ...]
    ignored_columns: tuple[str, ...] = ()


def score(
    labels: Sequence[Label],
    answers: Mapping[str, Answer],
    fields: Sequence[str] = FIELDS,
    ignored_columns: Sequence[str] = (),
) -> EvaluationReport:
    """The report on `labels` against `answers` (record id -> answer); order of labels does not matter."""
    known = sorted(
        (label for label in labels if label.record_id in answers), key=lambda label: label.record_id
    )
    missing = sorted(label.record_id for label in labels if label.record_id not in answers)
    disagreements = [
        _disagreement(label, field, answers[label.record_id])
        for field in fields
        for label in known
        if field in label.values and label.values[field] != answers[label.record_id].calls[field].value
    ]
    return EvaluationReport(
        n_labels=len(labels),
        n_scored=len(known),
        missing=tuple(missing),
        fields={field: _score_field(field, known, answers) for field in fields},
        disagreements=tuple(disagreements),
        ignored_columns=tuple(ignored_columns),
    )


def wilson(hits: int, n: int) -> tuple[float, float] | None:
    """Wilson 95 % interval of a share, None for n = 0.

    Source: Wilson 1927, 10.1080/01621459.1927.10502953.
    """
    if n == 0:
        return None
    share, z2 = hits / n, _Z95 * _Z95
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def _score_field(field: str, labels: Sequence[Label], answers: Mapping[str, Answer]) -> FieldScore:
    pairs = [
        (label.values[field], answers[label.record_id].calls[field].value)
        for label in labels
        if field in label.values
    ]
    confusion: dict[str, dict[str, int]] = {}
    for expected, found in sorted(pairs):
        row = confusion.setdefault(expected, {})
        row[found] = row.get(found, 0) + 1
    classes = sorted({name for pair in pairs for name in pair})
    per_class = {name: _score_class(name, pairs) for name in classes}
    correct = sum(expected == found for expected, found in pairs)
    n = len(pairs)
    return FieldScore(
        n=n,
        correct=correct,
        left_out=len(labels) - n,
        accuracy=correct / n if n else None,
        accuracy_interval=wilson(correct, n),
        macro_f1=math.fsum(entry.f1 for entry in per_class.values()) / len(per_class) if n else None,
        per_class=per_class,
        confusion=confusion,
    )


def _score_class(name: str, pairs: Iterable[tuple[str, str]]) -> ClassScore:
    hits = support = found_n = 0
    for expected, found in pairs:
        hits += expected == found == name
        support += expected == name
        found_n += found == name
    return ClassScore(
        precision=hits / found_n if found_n else None,
        precision_interval=wilson(hits, found_n),
        recall=hits / support if support else None,
        recall_interval=wilson(hits, support),
        f1=2 * hits / (support + found_n),
        support=support,
        found=found_n,
    )


def _disagreement(label: Label, field: str, answer: Answer) -> Disagreement:
    call = answer.calls[field]
    wanted = _SHOWN_FOR.get(field, ())
    tags = [tag for name in wanted for tag in answer.tags if tag.property == name]
    quotes = dict.fromkeys(
        Quote(tag.field, tag.quote, f"{tag.term} {tag.role}" if tag.role else tag.term, tag.reason)
        for tag in tags
    )
    return Disagreement(
        label.record_id, field, label.values[field], call.value, call.reason, tuple(list(quotes)[:8])
    )
