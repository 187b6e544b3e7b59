"""Pages of pooled questions: which there are, and for each the picture, the rows, what is left out, and files that repeat it."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from markupsafe import Markup

from skinproof.faces.event_bundle import bundle_files, rows_csv, zipped
from skinproof.faces.site.outcome_pages import EXAMPLE, outcome_cells, outcome_summary
from skinproof.model.summary import EditionStamp
from skinproof.views.event_history import shown_without, steps_of, without_each
from skinproof.views.event_pool import (
    LEVEL,
    OUTCOMES,
    EventAnswer,
    EventLeftOut,
    EventQuestion,
    EventStudy,
    answer_lines,
    held_words,
    percent,
    range_words,
)
from skinproof.views.pooled import Shown
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
        "example": EXAMPLE,
        "measured": outcome_summary(found),
        "caveats": caveats(found.stamp),
        "outcomes": tuple(f"{words[0].upper()}{words[1:]}" for words in OUTCOMES.values()),
        "parts": [
            _part(list(own), found) for _, own in groupby(found.questions, lambda question: question.agent)
        ],
    }


def _answer(found: PooledQuestions) -> str:
    return held_words(found.n_with_results, found.n_held)


def _part(questions: list[EventQuestion], found: PooledQuestions) -> dict[str, Any]:
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
        "outcomes": outcome_cells(found, questions[0].agent), "no_outcomes": _no_outcomes(found, questions[0].agent),
    }  # fmt: skip


def _no_outcomes(found: PooledQuestions, agent: str) -> list[tuple[str, str]]:
    """Why posted outcomes are in no question, with the studies; the most frequent reasons first."""
    reasons: dict[str, dict[str, None]] = {}
    for one in found.outcomes_left_out.get(agent, ()):
        reasons.setdefault(one.why, {})[one.record_id] = None
    return [(why, _listed(list(ids))) for why, ids in sorted(reasons.items(), key=lambda item: -len(item[1]))]


def _listed(ids: list[str]) -> str:
    more = f" and {len(ids) - IDS_SHOWN:,} more" if len(ids) > IDS_SHOWN else ""
    return ", ".join(ids[:IDS_SHOWN]) + more


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
        rows.append((why, _listed(named)))
    return rows


def _cell(question: EventQuestion) -> dict[str, str | None]:
    """One question in a few words; a page only where there is a study."""
    answer = question.answer
    if not answer.k:
        return {"href": None, "words": f"no study ({len(question.left_out):,} left out)"}
    words = f"{answer.events:,} of {answer.people:,} people, {plural(answer.k, 'study', 'studies')}"
    return {"href": question_href(question), "words": words}


def question_context(
    question: EventQuestion, stamp: EditionStamp, hrefs: Mapping[str, str], years: Mapping[str, int]
) -> dict[str, Any]:
    """What the page of one question prints; hrefs: pages of the listed studies, by id; years: of studies, where known."""
    lines = answer_lines(question)
    drawn = question.answer.k > 0
    without = without_each(question)
    hidden = shown_without(without)
    return {
        "title": question.title,
        "lead": lines[0],
        "lines": lines[1:],
        "wide": _drawn(question, hidden, narrow=False) if drawn else None,
        "narrow": _drawn(question, hidden, narrow=True) if drawn else None,
        "csv": _beside(question, "csv").rpartition("/")[2],
        "zip": _beside(question, "zip").rpartition("/")[2] if bundle_files(question, stamp) else None,
        "level": f"{LEVEL:g}%",
        "facts": _facts(question),
        "notes": question.answer.notes,
        "rows": [
            _row(place, study, question, hrefs, years, without)
            for place, study in enumerate(question.studies[:STUDIES_SHOWN], 1)
        ],
        "without": [
            (str(row), question.studies[row - 1].record_id, *_share(answer))
            for row, answer in without.items()
        ],
        "steps": [
            (str(step.year), str(step.row), step.record_id, str(step.answer.k), *_share(step.answer))
            for step in steps_of(question, years)
        ],
        "more_rows": max(0, len(question.studies) - STUDIES_SHOWN),
        "left_out": [_left(one, hrefs) for one in question.left_out[:LEFT_OUT_SHOWN]],
        "more_left_out": max(0, len(question.left_out) - LEFT_OUT_SHOWN),
        "n_left_out": len(question.left_out),
    }


def _drawn(question: EventQuestion, hidden: Mapping[int, Shown], *, narrow: bool) -> Markup:
    name = "rates-narrow" if narrow else "rates-wide"
    return Markup(draw_rates(question, narrow=narrow, name=name, linked=True, without=hidden))  # noqa: S704


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


def _share(answer: EventAnswer) -> tuple[str, str]:
    if answer.shown is None:
        return "none", "the model could not be fitted"
    return percent(answer.shown.est), range_words(answer.shown)


def _row(
    place: int, study: EventStudy, question: EventQuestion, hrefs: Mapping[str, str], years: Mapping[str, int],
    without: Mapping[int, EventAnswer],
) -> dict[str, Any]:  # fmt: skip
    share, bounds = percent(study.shown.est), range_words(study.shown)
    left = without.get(place)
    answer = question.answer
    others = ""
    if left is not None and left.shown is not None and answer.shown is not None:
        others = (
            f"Without {study.record_id}: {percent(left.shown.est)} ({range_words(left.shown)}), {left.events:,} of {left.people:,}"
            f" people. With all: {percent(answer.shown.est)} ({range_words(answer.shown)})."
        )
    return {
        "row": str(place), "record_id": study.record_id, "href": _up(hrefs.get(study.record_id)), "title": study.title,
        "year": str(years.get(study.record_id, "")), "count": f"{study.xi:,} of {study.ni:,}", "share": share, "bounds": bounds,
        "effect": f"{study.shown.est:.6g}", "size": str(study.ni), "without": others,
        "told": f"{study.record_id}: {study.xi:,} of {study.ni:,} people, {share} ({bounds}).",
        "parts": [(part.group, f"{part.xi:,} of {part.ni:,}") for part in study.parts],
        "notes": study.notes, "origins": [(origin.path, origin.quote) for origin in study.origins],
    }  # fmt: skip


def _left(one: EventLeftOut, hrefs: Mapping[str, str]) -> dict[str, Any]:
    return {"record_id": one.record_id, "href": _up(hrefs.get(one.record_id)), "why": one.why}


def _up(href: str | None) -> str | None:
    return f"../{href}" if href else None
