"""Pages of pooled questions of posted outcomes, and the worked example that is not about skin."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from skinproof.faces.event_bundle import zipped
from skinproof.faces.outcome_bundle import left_out_csv, outcome_files, rows_csv
from skinproof.faces.pool_bundle import bundle_files
from skinproof.faces.site.pooling_page import pooling_context
from skinproof.views.outcome_choice import OutcomeLeftOut
from skinproof.views.outcome_kinds import KINDS
from skinproof.views.outcome_pool import outcome_lines, plain_lines, short_words
from skinproof.views.svg_plot import minus
from skinproof.views.words import plural
from skinproof.workflows.pool_example import Example, pooling_example
from skinproof.workflows.pooled_questions import PooledQuestions

EXAMPLE = "pooled/how-pooling-reads.html"
LEFT_OUT_SHOWN = 300
_WORDS = 6
"""Words of an outcome in the address of its page."""

RULE = (
    "Read from what sponsors posted in the registry, not checked by a person. Of each study one row counts: the arm that got the agent,"
    " the one it is compared with, a primary outcome before a secondary one, and its latest time."
)
RULE_ALONE = f"{RULE} These studies have no comparison: people may have changed without any treatment."


def outcome_hrefs(found: PooledQuestions) -> dict[int, str]:
    """Place of a question -> its page. Names are of its class, complaint and outcome; what repeats gets a number."""
    hrefs: dict[int, str] = {}
    used: dict[str, int] = {}
    for place, question in enumerate(found.outcomes):
        plain = "".join(c if c.isascii() and c.isalnum() else " " for c in question.measured).split()
        branch = question.branch.partition(":")[2] or "other"
        against = "compared" if question.compared else "alone"
        name = "-".join([question.agent, branch, *plain[:_WORDS], question.kind, against]).replace("_", "-")[
            :110
        ]
        used[name] = used.get(name, 0) + 1
        number_ = f"-{used[name]}" if used[name] > 1 else ""
        hrefs[place] = f"pooled/outcome-{name}{number_}.html"
    return hrefs


def outcome_summary(found: PooledQuestions) -> list[str]:
    """How much of what was measured can be pooled, before any table."""
    if not found.outcomes:
        return [
            "No outcome measure with numbers is posted by a study held here that gave an agent looked for."
        ]
    several = sum(question.k > 1 for question in found.outcomes)
    pooled = f"{plural(several, 'question is', 'questions are')} answered by two or more studies" if several else "none is answered by two or more studies, so nothing of them is pooled"  # fmt: skip
    skin = (
        f"{plural(found.n_skin, 'study', 'studies')} with results held here {'is' if found.n_skin == 1 else 'are'} about skin."
        if found.n_skin
        else "No study with results held here is about skin."
    )
    return [
        f"{plural(len(found.outcomes), 'question', 'questions')} of outcomes that were measured: {pooled}. {skin}"
    ]


def outcome_cells(found: PooledQuestions, agent: str) -> list[dict[str, str]]:
    """The questions of one class, a line each."""
    hrefs = outcome_hrefs(found)
    return [
        {
            "complaint": f"{q.branch_label[:1].upper()}{q.branch_label[1:]}", "href": hrefs[place],
            "label": q.label if q.kind == "people" else f"{q.label}, {KINDS[q.kind]}",
            "compared": "against a comparator" if q.compared else "none", "words": minus(short_words(q)),
        }
        for place, q in enumerate(found.outcomes)
        if q.agent == agent
    ]  # fmt: skip


def outcome_files_of(found: PooledQuestions) -> Iterator[tuple[str, bytes]]:
    """Tables and archives: all rows, all that is left out, and those of each question."""
    yield "pooled-outcomes.csv", rows_csv(found.outcomes, found.stamp).encode("utf-8")
    yield "pooled-outcomes-left-out.csv", left_out_csv(found.outcomes_left_out, found.stamp).encode("utf-8")
    hrefs = outcome_hrefs(found)
    for place, question in enumerate(found.outcomes):
        top = hrefs[place].removesuffix("html")
        yield f"{top}csv", rows_csv([question], found.stamp).encode("utf-8")
        files = outcome_files(question)
        if files:
            yield f"{top}zip", zipped(files)


def outcome_page(found: PooledQuestions, place: int, href: str, hrefs: Mapping[str, str]) -> dict[str, Any]:
    """What the page of the question at `place` prints; href: its page; hrefs: pages of the listed studies, by id."""
    question = found.outcomes[place]
    beside = href.rpartition("/")[2].removesuffix("html")
    studies = dict(enumerate(question.studies, 1))
    years = {row: study.year for row, study in studies.items() if study.year is not None}
    named = {study.record_id for study in question.studies} | {one.record_id for one in question.left_out}
    up = {record_id: f"../{hrefs[record_id]}" for record_id in named if record_id in hrefs}
    return {
        "p": pooling_context(
            question.pooling, question.title, outcome_lines(question), years, hrefs=up,
            titles={row: study.title for row, study in studies.items()},
            origins={row: study.origins for row, study in studies.items()},
        ),
        "rule": RULE if question.compared else RULE_ALONE,
        "csv": f"{beside}csv",
        "zip": f"{beside}zip" if outcome_files(question) else None,
        "left_out": [_left(one, up) for one in question.left_out[:LEFT_OUT_SHOWN]],
        "more_left_out": max(0, len(question.left_out) - LEFT_OUT_SHOWN),
    }  # fmt: skip


def _left(one: OutcomeLeftOut, up: Mapping[str, str]) -> dict[str, str | None]:
    return {"record_id": one.record_id, "href": up.get(one.record_id), "outcome": one.outcome, "why": one.why}


@cache
def _example() -> Example:
    return pooling_example()


def example_page() -> tuple[str, str, dict[str, Any]]:
    """The worked example: name, template, context."""
    found = _example()
    years = {row.row: int(row.cells["year"]) for row in found.table.rows}
    lines = plain_lines(found.pooling)
    beside = EXAMPLE.rpartition("/")[2].removesuffix("html")
    page = pooling_context(
        found.pooling,
        "BCG vaccine against no vaccine: cases of tuberculosis (an example, not skin)",
        lines,
        years,
    )
    return EXAMPLE, "pooled_example.html", {"p": page, "csv": f"{beside}csv", "zip": f"{beside}zip"}


def example_files() -> Iterator[tuple[str, bytes]]:
    """Its table, and the archive that repeats it."""
    found = _example()
    files = bundle_files(found.pooling, found.table)
    top = EXAMPLE.removesuffix("html")
    yield f"{top}csv", files["data.csv"].encode("utf-8")
    yield f"{top}zip", zipped(files)
