"""Pooled adverse events as a table of a paper: a row for every question, with what is known of it and what is not."""

from collections.abc import Sequence

from skinproof.views.event_pool import (
    LEVEL,
    NO_COMPARISON,
    OUTCOMES,
    EventAnswer,
    EventQuestion,
    percent,
    range_words,
)
from skinproof.views.paper_table import PaperColumn, PaperRow, PaperTable
from skinproof.views.words import plural

HOW = {
    "none": "no study", "one": "one study, nothing pooled", "selected": "not pooled: a biased choice of studies",
    "no_event": "no event; all people as of one study", "every": "all had one; all people as of one study",
    "random": "random effects", "equal": "one common share", "failed": "could not be pooled",
}  # fmt: skip
"""What `EventAnswer.how` is called."""


def event_paper_table(questions: Sequence[EventQuestion], more: Sequence[str] = ()) -> PaperTable:
    """The table, by what was counted. more: further notes, such as the edition that the numbers are from."""
    columns = (
        PaperColumn("Agent, complaint"), *(PaperColumn(head, numeric=True) for head in ("Studies", "Events", "People", "Share", f"{LEVEL:g}% CI", f"{LEVEL:g}% PI")),
        PaperColumn("How"), PaperColumn("Left out", numeric=True),
    )  # fmt: skip
    rows: list[PaperRow] = []
    for outcome, words in OUTCOMES.items():
        asked = [question for question in questions if question.outcome == outcome]
        if asked:
            rows.append(PaperRow((words[0].upper() + words[1:], *("",) * (len(columns) - 1)), "group"))
            rows += map(_row, asked)
    return PaperTable(title="People with adverse events in studies with posted results", columns=columns, rows=tuple(rows), notes=_notes(questions, more))  # fmt: skip


def _row(question: EventQuestion) -> PaperRow:
    found = question.answer
    name = f"{question.agent_label}, {question.branch_label}"
    shown = (percent(found.shown.est), range_words(found.shown)) if found.shown else ("", "")
    predicted = range_words(found.shown_pi) if found.shown_pi else ""
    return PaperRow((
        name[:1].upper() + name[1:], f"{found.k:,}", *_counted(found), *shown, predicted, HOW[found.how],
        f"{len(question.left_out):,}",
    ))  # fmt: skip


def _counted(found: EventAnswer) -> tuple[str, str]:
    """Events and people; nothing where there is no study, which is not the same as no event."""
    return (f"{found.events:,}", f"{found.people:,}") if found.k else ("", "")


def _notes(questions: Sequence[EventQuestion], more: Sequence[str]) -> tuple[str, ...]:
    empty = sum(not question.studies for question in questions)
    lines = [
        "Events: people with at least one. CI: confidence interval (one study, or no event at all: exact). PI: prediction interval, where the true share"
        " of a new study is expected. Random effects: binomial-normal model of the log odds. Left out: studies with posted results that take no part.",
        NO_COMPARISON,
    ]
    if empty:
        lines.append(f"{plural(empty, 'question')} without a study: an empty place in the evidence, no sign of safety.")  # fmt: skip
    return (*lines, *more)
