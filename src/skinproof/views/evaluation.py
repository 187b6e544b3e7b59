"""How well answers agree with a labelled table: scores per field, class and state, confusion, every disagreement."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from skinproof.views.evaluation_judge import FIELDS, Answer, Expected, Label, Quote, Verdict, judge
from skinproof.views.evaluation_words import NOT_REPORTED

__all__ = [
    "FIELDS", "NOT_REPORTED", "Answer", "ClassScore", "Disagreement", "EvaluationReport", "Expected", "FieldScore",
    "Label", "Quote", "StateCounts", "score", "wilson",
]  # fmt: skip

_Z95 = 1.959963984540054


class StateCounts(msgspec.Struct, frozen=True):
    """Cells of one field by what went right or wrong; a wrong "reported" and a wrong "not reported" differ.

    reported_right: the table and we say the same value; reported_wrong_value: both say one, not the same;
    reported_but_absent: we say a value where the table says not reported; missed: we say not reported where the
    table says a value; absent_right: both say not reported; unclear: our readings compete, which is never right.
    """

    reported_right: int = 0
    reported_wrong_value: int = 0
    reported_but_absent: int = 0
    missed: int = 0
    absent_right: int = 0
    unclear: int = 0


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

    left_out: labels not scored because the table says `not_seen` or nothing, or words we do not surely know;
    not_understood: those words, with how often; confusion: expected -> found -> count; states: see StateCounts.
    """

    n: int
    correct: int
    left_out: int
    accuracy: float | None
    accuracy_interval: tuple[float, float] | None
    macro_f1: float | None
    per_class: dict[str, ClassScore]
    confusion: dict[str, dict[str, int]]
    states: StateCounts = StateCounts()
    not_understood: dict[str, int] = {}


class Disagreement(msgspec.Struct, frozen=True):
    """One label that our answer does not share, with its reason and the words that were read."""

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
    not_understood: Mapping[str, Mapping[str, int]] | None = None,
) -> EvaluationReport:
    """The report on `labels` against `answers` (record id -> answer); order of labels does not matter.

    not_understood: field -> cell that no label came from, because its words are not surely known -> how often.
    """
    known = sorted(
        (label for label in labels if label.record_id in answers), key=lambda label: label.record_id
    )
    missing = sorted(label.record_id for label in labels if label.record_id not in answers)
    judged = {
        field: [
            (label, judge(field, label, answers[label.record_id]))
            for label in known
            if field in label.values and answers[label.record_id].can_say(field)
        ]
        for field in fields
    }
    unknown = not_understood or {}
    return EvaluationReport(
        n_labels=len(labels),
        n_scored=len(known),
        missing=tuple(missing),
        fields={
            field: _score_field([verdict for _, verdict in rows], len(known), unknown.get(field, {}))
            for field, rows in judged.items()
        },
        disagreements=tuple(
            _disagreement(field, label, verdict)
            for field, rows in judged.items()
            for label, verdict in rows
            if not verdict.right
        ),
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


def _score_field(verdicts: Sequence[Verdict], known: int, unknown: Mapping[str, int]) -> FieldScore:
    pairs = [(verdict.expected, verdict.found) for verdict in verdicts]
    confusion: dict[str, dict[str, int]] = {}
    for expected, found in sorted(pairs):
        row = confusion.setdefault(expected, {})
        row[found] = row.get(found, 0) + 1
    classes = sorted({name for pair in pairs for name in pair})
    per_class = {name: _score_class(name, pairs) for name in classes}
    correct = sum(verdict.right for verdict in verdicts)
    n = len(pairs)
    return FieldScore(
        n=n,
        correct=correct,
        left_out=known - n,
        accuracy=correct / n if n else None,
        accuracy_interval=wilson(correct, n),
        macro_f1=math.fsum(entry.f1 for entry in per_class.values()) / len(per_class) if n else None,
        per_class=per_class,
        confusion=confusion,
        states=StateCounts(**Counter(verdict.outcome for verdict in verdicts)),
        not_understood=dict(sorted(unknown.items())),
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


def _disagreement(field: str, label: Label, verdict: Verdict) -> Disagreement:
    expected = label.words.get(field, label.values[field])
    return Disagreement(label.record_id, field, expected, verdict.says, verdict.reason, verdict.quotes)
