"""`skinproof pooled`."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from skinproof.errors import UsageError
from skinproof.faces.ask import agent_id, open_asked, term_id
from skinproof.faces.event_bundle import HEADER, bundle_files, csv_rows
from skinproof.faces.options import (
    FILTER_NAMES,
    Asked,
    as_of_option,
    csv_option,
    data_option,
    json_option,
    pass_services,
)
from skinproof.faces.outcome_bundle import HEADER as OUTCOME_HEADER
from skinproof.faces.outcome_bundle import csv_rows as outcome_rows
from skinproof.faces.outcome_bundle import outcome_files
from skinproof.faces.outcome_text import one_outcome, outcome_text, with_words
from skinproof.faces.output import bold, print_csv, print_json, print_lines, stamp_lines, stamped, text_width
from skinproof.faces.picture_file import write_picture
from skinproof.faces.pool_bundle import write_bundle
from skinproof.faces.pool_options import picture_option
from skinproof.faces.services import Services
from skinproof.faces.table_file import table_option, write_tables
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.event_paper_table import event_paper_table
from skinproof.views.event_pool import (
    LEVEL,
    OUTCOMES,
    EventQuestion,
    answer_lines,
    held_words,
    percent,
    range_words,
)
from skinproof.views.outcome_pool import outcome_lines
from skinproof.views.paper_table import PaperTable
from skinproof.views.stamp import caveats, stamp_line
from skinproof.views.svg_forest import draw_forest
from skinproof.views.svg_rates import draw_rates
from skinproof.views.text import Column, clean, table, wrap
from skinproof.views.words import plural

if TYPE_CHECKING:
    from skinproof.vocabulary.term import Vocabulary
    from skinproof.workflows.pooled_questions import PooledQuestions
    from skinproof.workflows.query import Workspace

MEASURED = "measured"

_FOLD = 8
"""Studies left out that are named one by one where several questions are shown."""


@click.command("pooled")
@click.option(
    "--agent", multiple=True, metavar="CLASS", help="Class of agents: ev, msc, prp...; may be given again."
)
@click.option(
    "--indication", multiple=True, metavar="NAME", help="Complaint (with all below); may be given again."
)
@click.option(
    "--outcome",
    multiple=True,
    type=click.Choice((*OUTCOMES, MEASURED)),
    help="Events that were counted, or what was measured [default: each].",
)
@click.option("--words", metavar="WORDS", help="Of what was measured only outcomes with these words.")
@picture_option("forest", "picture of the one question")
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write rows and scripts that repeat the one answer.",
)
@table_option
@as_of_option
@data_option
@json_option
@csv_option
@pass_services
def command(
    services: Services, agent: tuple[str, ...], indication: tuple[str, ...], outcome: tuple[str, ...], words: str | None, forest: Path | None,
    bundle: Path | None, tables: tuple[Path, ...], as_of: str | None, data: str | None, as_json: bool, as_csv: bool,
) -> None:  # fmt: skip
    """Adverse events and outcomes in the studies that posted results, pooled.

    By class of agents and complaint, from the results sections of registry records: how many of the people who got the
    agent had a serious adverse event, any, or died; and what was measured, against another arm where there is one. One
    row a study; groups that may hold the same people are never added. No study is no sign of safety, and no number of
    events here is a rate of a product.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv cannot both be asked for")
    only = MEASURED in outcome or words is not None
    asked = Asked(data, as_of, as_json, as_csv, dict.fromkeys(FILTER_NAMES))
    with open_asked(services, asked) as workspace:
        found = ask_pooled(workspace, agent, indication, outcome, words, as_of)
    if forest is not None:
        write_picture(forest, _picture(found, only=only))
    if tables and only:
        raise UsageError("--table is of events; --csv gives the rows of what was measured")
    write_tables(tables, lambda: _table(found, named=bool(agent or indication)))
    if bundle is not None:
        files = (
            outcome_files(one_outcome(found.outcomes, "--bundle"))
            if only
            else bundle_files(_one(found, "--bundle"), found.stamp)
        )
        if not files:
            raise UsageError("there is no pooled number to repeat in a bundle")
        write_bundle(bundle, files)
    if as_json:
        print_json(
            found, plain_words=[answer_lines(question) for question in found.questions],
            plain_words_outcomes=[outcome_lines(question) for question in found.outcomes],
        )  # fmt: skip
    elif as_csv:
        stamp = (found.stamp.edition, found.stamp.as_of)
        if only:
            rows = [(*row, *stamp) for one in found.outcomes for row in outcome_rows(one)]
            print_csv(stamped(OUTCOME_HEADER), rows)
        else:
            print_csv(stamped(HEADER), [(*row, *stamp) for one in found.questions for row in csv_rows(one)])
    elif only:
        print_lines([*outcome_text(found.outcomes, text_width()), *stamp_lines(found.stamp, text_width())])
    else:
        lines = _lines(found, text_width(), named=bool(agent or indication))
        if not outcome:
            lines += ["", bold("What was measured"), "", *outcome_text(found.outcomes, text_width())]
        print_lines([*lines, *stamp_lines(found.stamp, text_width())])


def ask_pooled(
    workspace: "Workspace",
    agent: Sequence[str],
    indication: Sequence[str],
    outcome: Sequence[str],
    words: str | None,
    as_of: str | None,
) -> "PooledQuestions":
    """The pooled questions that are meant; all of them where nothing is named. Raises: UsageError."""
    from skinproof.workflows.pooled_questions import pooled_questions

    only = MEASURED in outcome or words is not None
    if only and set(outcome) - {MEASURED}:
        raise UsageError(
            "events and what was measured are asked for apart: give --outcome measured by itself"
        )
    found = pooled_questions(
        workspace, as_of=as_of, classes=[_class(word, workspace.vocabulary) for word in agent],
        branches=[term_id(word, "indication", workspace.vocabulary) for word in indication],
        outcomes=() if only else tuple(dict.fromkeys(outcome)) or tuple(OUTCOMES), measured=only or not outcome,
    )  # fmt: skip
    return msgspec.structs.replace(found, outcomes=with_words(found.outcomes, words))


def _picture(found: "PooledQuestions", *, only: bool) -> str:
    if not only:
        return draw_rates(_one(found, "--forest"), style=True)
    question = one_outcome(found.outcomes, "--forest")
    return draw_forest(question.pooling, question.title, style=True, words=outcome_lines(question))


def _class(word: str, vocabulary: "Vocabulary") -> str:
    name = agent_id(word, vocabulary)
    if name not in AGENT_CLASSES or name == "other":
        known = ", ".join(c for c in AGENT_CLASSES if c != "other")
        raise UsageError(f"{word!r} is no class of agents that is pooled; there are {known}")
    return name


def _one(found: "PooledQuestions", option: str) -> EventQuestion:
    if len(found.questions) != 1:
        raise UsageError(
            f"{option} is of one question, and {len(found.questions):,} are asked; name --agent, --indication and --outcome"
        )
    return found.questions[0]


def _shown(found: "PooledQuestions", *, named: bool) -> tuple[EventQuestion, ...]:
    """Questions with a study; those without only where they were asked for."""
    return found.questions if named else found.answered


def _table(found: "PooledQuestions", *, named: bool) -> PaperTable:
    shown = _shown(found, named=named)
    more = [stamp_line(found.stamp), *caveats(found.stamp)]
    if empty := len(found.questions) - len(shown):
        more.insert(0, f"{plural(empty, 'further question has', 'further questions have')} no study and no row. No study is no sign of safety.")  # fmt: skip
    return event_paper_table(shown, more)


def _lines(found: "PooledQuestions", width: int, *, named: bool) -> list[str]:
    """The questions, and how many are not shown."""
    shown = _shown(found, named=named)
    lines = wrap(held_words(found.n_with_results, found.n_held), width)
    for question in shown:
        lines += ["", *_question(question, width, whole=len(shown) <= 3)]
    empty = len(found.questions) - len(shown)
    if empty:
        lines += ["", *wrap(f"{plural(empty, 'further question has', 'further questions have')} no study; --json lists them, with reasons. No study is no sign of safety.", width)]  # fmt: skip
    return lines


def _question(question: EventQuestion, width: int, *, whole: bool) -> list[str]:
    lines = [bold(line) for line in wrap(clean(question.title), width)]
    for words in answer_lines(question):
        lines += wrap(clean(words), width)
    if question.studies:
        heads = [Column("Study"), Column("Event", right=True), Column("People", right=True), Column("Share", right=True), Column(f"{LEVEL:g}% CI"), Column("Groups", wraps=True)]  # fmt: skip
        rows = [
            (s.record_id, f"{s.xi:,}", f"{s.ni:,}", percent(s.shown.est), range_words(s.shown), ", ".join(p.group for p in s.parts))
            for s in question.studies
        ]  # fmt: skip
        lines += ["", *table(heads, rows, width)]
    return [*lines, *_left_out(question, width, whole=whole)]


def _left_out(question: EventQuestion, width: int, *, whole: bool) -> Sequence[str]:
    if not question.left_out:
        return ()
    lines = ["", f"Left out ({len(question.left_out):,}):"]
    if whole or len(question.left_out) <= _FOLD:
        for one in question.left_out:
            lines += wrap(clean(f"- {one.record_id}: {one.why}"), width, "  ")
        return lines
    for why, count in Counter(one.why for one in question.left_out).most_common():
        lines += wrap(clean(f"- {plural(count, 'study', 'studies')}: {why}"), width, "  ")
    return lines
