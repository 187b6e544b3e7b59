"""Pages of pooled questions: which there are, and for each the picture, the rows, what is left out, and files that repeat it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from markupsafe import Markup

from skinproof.faces.event_bundle import bundle_files, rows_csv, zipped
from skinproof.model.summary import EditionStamp
from skinproof.views.event_pool import (
    LEVEL,
    OUTCOMES,
    EventLeftOut,
    EventQuestion,
    EventStudy,
    answer_lines,
    percent,
    range_words,
)
from skinproof.views.stamp import caveats
from skinproof.views.svg_rates import draw_rates
from skinproof.views.words import plural
from skinproof.workflows.pooled_questions import PooledQuestions

INDEX = "pooled.html"

LEFT_OUT_SHOWN, STUDIES_SHOWN, IDS_SHOWN = 300, 300, 60
"""Rows of a page; the table file beside it holds all."""


def question_href(question: EventQuestion) -> str:
    """The page of one question; only questions with a study have one."""
    branch = question.branch.partition(":")[2] or "all"
    return f"pooled/{question.agent}-{branch}-{question.outcome}.html".replace("_", "-")


def _beside(question: EventQuestion, ending: str) -> str:
    return question_href(question).removesuffix("html") + ending


def pooled_files(found: PooledQuestions) -> Iterator[tuple[str, bytes]]:
    """Tables and archives: all rows, and those of each question with a study."""
    yield "pooled.csv", rows_csv(found.questions, found.stamp).encode("utf-8")
    for question in found.answered:
        yield _beside(question, "csv"), rows_csv([question], found.stamp).encode("utf-8")
        files = bundle_files(question, found.stamp)
        if files:
            yield _beside(question, "zip"), zipped(files)


def pooled_context(found: PooledQuestions) -> dict[str, Any]:
    """What the page of all questions prints."""
    return {
        "answer": _answer(found),
        "caveats": caveats(found.stamp),
        "outcomes": tuple(f"{words[0].upper()}{words[1:]}" for words in OUTCOMES.values()),
        "parts": [_part(list(own)) for _, own in groupby(found.questions, lambda question: question.agent)],
    }


def _answer(found: PooledQuestions) -> str:
    if not found.n_with_results:
        return "None of the studies held here that give an agent looked for has posted results."
    return (
        f"{plural(found.n_with_results, 'study', 'studies')} that gave an agent looked for have posted results in their registry; the"
        f" results of {found.n_held:,} are held here."
    )


def _part(questions: list[EventQuestion]) -> dict[str, Any]:
    rows = []
    for _, same in groupby(questions, lambda question: question.branch):
        own = {question.outcome: question for question in same}
        some = next(iter(own.values()))
        label = some.branch_label[0].upper() + some.branch_label[1:]
        rows.append({"label": label, "cells": [_cell(own[outcome]) for outcome in OUTCOMES]})
    label = questions[0].agent_label
    return {
        "id": questions[0].agent.replace("_", "-"), "title": label[0].upper() + label[1:], "rows": rows,
        "left_out": _reasons(question for question in questions if not question.branch),
    }  # fmt: skip


def _reasons(questions: Iterable[EventQuestion]) -> list[tuple[str, str]]:
    """Why studies are left out, and of which outcome where not of all; the most frequent reasons first."""
    found: dict[str, dict[str, list[str]]] = {}
    for question in questions:
        for one in question.left_out:
            found.setdefault(one.why, {}).setdefault(one.record_id, []).append(question.outcome)
    rows = []
    for why, ids in sorted(found.items(), key=lambda item: -len(item[1])):
        named = [
            key if len(own) == len(OUTCOMES) else f"{key} ({' and '.join(own)})" for key, own in ids.items()
        ]
        more = f" and {len(named) - IDS_SHOWN:,} more" if len(named) > IDS_SHOWN else ""
        rows.append((why, ", ".join(named[:IDS_SHOWN]) + more))
    return rows


def _cell(question: EventQuestion) -> dict[str, str | None]:
    """One question in a few words; a page only where there is a study."""
    answer = question.answer
    if not answer.k:
        return {"href": None, "words": f"no study ({len(question.left_out):,} left out)"}
    words = f"{answer.events:,} of {answer.people:,} people, {plural(answer.k, 'study', 'studies')}"
    return {"href": question_href(question), "words": words}


def question_context(
    question: EventQuestion, stamp: EditionStamp, hrefs: Mapping[str, str]
) -> dict[str, Any]:
    """What the page of one question prints; hrefs: pages of the listed studies, by id."""
    lines = answer_lines(question)
    drawn = question.answer.k > 0
    return {
        "title": question.title,
        "lead": lines[0],
        "lines": lines[1:],
        "wide": Markup(draw_rates(question, name="rates-wide")) if drawn else None,  # noqa: S704
        "narrow": Markup(draw_rates(question, narrow=True, name="rates-narrow")) if drawn else None,  # noqa: S704
        "csv": _beside(question, "csv").rpartition("/")[2],
        "zip": _beside(question, "zip").rpartition("/")[2] if bundle_files(question, stamp) else None,
        "level": f"{LEVEL:g}%",
        "facts": _facts(question),
        "notes": question.answer.notes,
        "rows": [_row(study, hrefs) for study in question.studies[:STUDIES_SHOWN]],
        "more_rows": max(0, len(question.studies) - STUDIES_SHOWN),
        "left_out": [_left(one, hrefs) for one in question.left_out[:LEFT_OUT_SHOWN]],
        "more_left_out": max(0, len(question.left_out) - LEFT_OUT_SHOWN),
        "n_left_out": len(question.left_out),
    }


def _facts(question: EventQuestion) -> list[tuple[str, str]]:
    """The numbers of the model, each with what it means."""
    answer = question.answer
    facts = [
        ("Studies", f"{answer.k:,}"),
        ("People with the event", f"{answer.events:,} of {answer.people:,}"),
    ]
    if answer.shown is not None and answer.k > 1:
        how = "Pooled share" if answer.how in ("random", "equal") else "Share, all people as of one study"
        facts.append((f"{how} ({LEVEL:g}% confidence interval)", f"{percent(answer.shown.est)} ({range_words(answer.shown)})"))  # fmt: skip
    if answer.shown_pi is not None:
        facts.append((f"Share in a new study like these ({LEVEL:g}% prediction interval)", range_words(answer.shown_pi)))  # fmt: skip
    if answer.tau2 is not None and answer.i2 is not None:
        facts.append(("Variance between studies (τ², log odds)", f"{answer.tau2:.3g}"))
        facts.append(("Share of it in the variance of a typical study (I²)", f"{answer.i2:.0f}%"))
    if answer.qe is not None and answer.qep is not None:
        p = "p < 0.001" if answer.qep < 0.001 else f"p = {answer.qep:.3f}"
        facts.append(("Test of one true share (likelihood ratio)", f"{answer.qe:.2f}, {p}"))
    return facts


def _row(study: EventStudy, hrefs: Mapping[str, str]) -> dict[str, Any]:
    return {
        "record_id": study.record_id, "href": _up(hrefs.get(study.record_id)), "title": study.title,
        "count": f"{study.xi:,} of {study.ni:,}", "share": percent(study.shown.est), "bounds": range_words(study.shown),
        "parts": [(part.group, f"{part.xi:,} of {part.ni:,}") for part in study.parts],
        "notes": study.notes, "origins": [(origin.path, origin.quote) for origin in study.origins],
    }  # fmt: skip


def _left(one: EventLeftOut, hrefs: Mapping[str, str]) -> dict[str, Any]:
    return {"record_id": one.record_id, "href": _up(hrefs.get(one.record_id)), "why": one.why}


def _up(href: str | None) -> str | None:
    return f"../{href}" if href else None


def question_pages(
    questions: Iterable[EventQuestion], stamp: EditionStamp, hrefs: Mapping[str, str]
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, template and context of each page."""
    for question in questions:
        yield question_href(question), "pooled_question.html", question_context(question, stamp, hrefs)
