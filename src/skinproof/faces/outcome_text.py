"""Pooled questions of posted outcomes as text."""

from collections import Counter
from collections.abc import Sequence

from skinproof.errors import UsageError
from skinproof.faces.output import bold
from skinproof.views.outcome_kinds import KINDS, folded_words
from skinproof.views.outcome_pool import OutcomeQuestion, outcome_lines, short_words
from skinproof.views.pooled_words import interval, number
from skinproof.views.text import Column, clean, table, wrap
from skinproof.views.words import plural

WHOLE = 3
"""Questions up to which each is shown with its rows; of more a line each."""


def with_words(questions: Sequence[OutcomeQuestion], words: str | None) -> tuple[OutcomeQuestion, ...]:
    """Those whose outcome has these words; all where none are given."""
    wanted = folded_words(words or "").split()
    return tuple(
        q for q in questions if all(word in folded_words(f"{q.label} {q.measured}") for word in wanted)
    )


def one_outcome(questions: Sequence[OutcomeQuestion], option: str) -> OutcomeQuestion:
    """The only question. Raises: UsageError: there are none or several."""
    if len(questions) != 1:
        raise UsageError(
            f"{option} is of one question, and {len(questions):,} are asked; name --agent, --indication and --words"
        )
    return questions[0]


def outcome_text(questions: Sequence[OutcomeQuestion], width: int) -> list[str]:
    """The questions: few with their rows, many as a table."""
    if not questions:
        return wrap(
            "No posted outcome measure answers a question here. That is an empty place in the evidence.",
            width,
        )
    several = sum(question.k > 1 for question in questions)
    told = (
        f"{plural(several, 'is', 'are')} answered by two or more studies"
        if several
        else "none is answered by two or more studies"
    )
    lines = wrap(
        f"{plural(len(questions), 'question', 'questions')} of outcomes that were measured; {told}.", width
    )
    if len(questions) > WHOLE:
        heads = [Column("Agent"), Column("Complaint", wraps=True), Column("Measured", wraps=True), Column("Against"), Column("Answer", wraps=True)]  # fmt: skip
        rows = [
            (
                q.agent, clean(q.branch_label), clean(q.label if q.kind == "people" else f"{q.label}, {KINDS[q.kind]}"),
                "comparator" if q.compared else "nobody", clean(short_words(q)),
            )
            for q in questions
        ]  # fmt: skip
        return [*lines, "", *table(heads, rows, width)]
    for question in questions:
        lines += ["", *_whole(question, width)]
    return lines


def _whole(question: OutcomeQuestion, width: int) -> list[str]:
    lines = [bold(line) for line in wrap(clean(question.title), width)]
    for words in outcome_lines(question):
        lines += wrap(clean(words), width)
    heads = [Column("Study"), Column("Year"), Column("Arms", wraps=True), Column(question.pooling.asked.measure, right=True), Column("95% CI"), Column("To mind", wraps=True)]  # fmt: skip
    rows = [
        (
            row.study, "" if study.year is None else str(study.year), clean(" against ".join(row.arms)),
            "" if row.shown is None else number(row.shown.est), "" if row.shown is None else interval(row.shown),
            clean("; ".join([*([row.left_out] if row.left_out else []), *row.notes])),
        )
        for row, study in zip(question.pooling.rows, question.studies, strict=True)
    ]  # fmt: skip
    lines += ["", *table(heads, rows, width)]
    if question.left_out:
        lines += ["", f"Left out ({len(question.left_out):,}):"]
        for why, count in Counter(one.why for one in question.left_out).most_common():
            lines += wrap(clean(f"- {count:,}: {why}"), width, "  ")
    return lines
