"""Pooled questions of posted outcomes as tables, and the archive that repeats the answer."""

from collections.abc import Iterable

from skinproof.faces.output import csv_text
from skinproof.faces.pool_bundle import bundle_files
from skinproof.model.summary import EditionStamp
from skinproof.views.outcome_choice import OutcomeLeftOut, OutcomeStudy
from skinproof.views.outcome_pool import OutcomeQuestion

HEADER = (
    "agent", "branch", "measured", "kind", "compared", "row", "study", "year", "outcome", "part", "unit", "time_frame", "days",
    "group1", "m1i", "sd1i", "x1i", "n1i", "group2", "m2i", "sd2i", "x2i", "n2i", "measure", "yi", "vi", "est", "ci_lb", "ci_ub",
    "weight", "what", "origins", "notes",
)  # fmt: skip
"""Columns of a table of rows; what: study | left_out | pooled | prediction. yi, vi: on the scale of the pooling."""


def rows_csv(questions: Iterable[OutcomeQuestion], stamp: EditionStamp) -> str:
    """Every row, what is left out and the answers, one line each, with the stamp at the end of each."""
    rows = [(*row, stamp.edition, stamp.as_of) for question in questions for row in csv_rows(question)]
    return csv_text((*HEADER, "edition", "as_of"), rows)


def left_out_csv(found: dict[str, tuple[OutcomeLeftOut, ...]], stamp: EditionStamp) -> str:
    """All that is in no question, by class of agents."""
    rows = [
        (name, one.record_id, one.outcome, one.why, stamp.edition, stamp.as_of) for name, own in found.items() for one in own
    ]  # fmt: skip
    return csv_text(("agent", "study", "outcome", "why", "edition", "as_of"), rows)


def csv_rows(question: OutcomeQuestion) -> list[tuple[object, ...]]:
    """The rows of one question, by `HEADER`."""
    head = (
        question.agent, question.branch or "other", question.measured, question.kind,
        "comparator" if question.compared else "none",
    )  # fmt: skip
    measure = question.pooling.asked.measure
    rows: list[tuple[object, ...]] = []
    for line, study in zip(question.pooling.rows, question.studies, strict=True):
        shown = line.shown
        rows.append(
            (
                *head, line.row, study.record_id, study.year, study.outcome, study.what, study.unit, study.time_frame, study.days,
                *_arms(study), measure, line.yi, line.vi, *((shown.est, shown.lb, shown.ub) if shown else (None, None, None)),
                line.weight, "study", " | ".join(f"{origin.path} = {origin.quote}" for origin in study.origins),
                "; ".join([*([line.left_out] if line.left_out else []), *line.notes]),
            )
        )  # fmt: skip
    empty = (None,) * 10
    rows += [
        (*head, None, one.record_id, None, one.outcome, *(None,) * 4, *empty, measure, *(None,) * 6, "left_out", None, one.why)
        for one in question.left_out
    ]  # fmt: skip
    overall = question.pooling.overall
    if overall is not None and overall.k > 1:
        for what, found in (("pooled", overall.shown), ("prediction", overall.shown_pi)):
            if found is not None:
                note = f"{question.pooling.asked.method}, test {question.pooling.asked.test}; {overall.k} studies"
                rows.append(
                    (*head, *(None,) * 8, *empty, measure, None, None, found.est, found.lb, found.ub, None, what, None, note)
                )  # fmt: skip
    return rows


def _arms(study: OutcomeStudy) -> tuple[object, ...]:
    values: list[object] = []
    for place in (0, 1):
        arm = study.arms[place] if place < len(study.arms) else None
        values += [None] * 5 if arm is None else [arm.group, arm.mi, arm.sdi, arm.xi, arm.ni]
    return tuple(values)


def outcome_files(question: OutcomeQuestion) -> dict[str, str]:
    """Name -> text of every file that repeats the answer; empty where there is none that a model gave.

    The exact interval of the share in one group is no answer of a model: it follows from two numbers.
    """
    overall = question.pooling.overall
    if overall is None or question.pooling.asked.measure == "PAS":
        return {}
    return bundle_files(question.pooling, question.table)
