"""The views behind the addresses: each asks the edition what the command of the same name asks."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from skinproof.errors import UsageError
from skinproof.faces.ask import agent_id, term_id
from skinproof.faces.commands import count as count_command
from skinproof.faces.commands import find as find_command
from skinproof.faces.commands import gaps as gaps_command
from skinproof.faces.commands import issues as issues_command
from skinproof.faces.commands import landscape as landscape_command
from skinproof.faces.commands import list as list_command
from skinproof.faces.commands import map as map_command
from skinproof.faces.commands import preparations as preparations_command
from skinproof.faces.commands import show as show_command
from skinproof.faces.commands import vocabulary as vocabulary_command
from skinproof.faces.event_bundle import HEADER as EVENT_HEADER
from skinproof.faces.event_bundle import csv_rows as event_rows
from skinproof.faces.outcome_bundle import HEADER as OUTCOME_HEADER
from skinproof.faces.outcome_bundle import csv_rows as outcome_rows
from skinproof.faces.outcome_text import with_words
from skinproof.faces.output import stamped
from skinproof.faces.web.api.endpoint import MORE_FILTERS, Asked, Reply, told
from skinproof.faces.web.explore_page import read_search
from skinproof.model.preparations import Preparations
from skinproof.model.summary import EditionStamp, Filters
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.counts import Counts
from skinproof.views.event_pool import OUTCOMES, EventQuestion
from skinproof.views.gapmap import GIVEN, GapMap
from skinproof.views.gaps import GapReport, gap_report
from skinproof.views.issues import IssueList, list_issues
from skinproof.views.landscape import Landscape, landscape
from skinproof.views.outcome_pool import OutcomeQuestion
from skinproof.views.preparations import PreparationTable, csv_header, csv_row, preparation_table, with_roles
from skinproof.views.ratios import parse_ratio
from skinproof.views.stamp import caveats
from skinproof.views.studies import StudyList, StudyRow, list_studies
from skinproof.views.terms import TermList, list_terms
from skinproof.workflows.pooled_questions import pooled_questions
from skinproof.workflows.query import last_day

MORE_NAMES = tuple(param.name for param in MORE_FILTERS)

LONGEST_WORDS = 1000
"""Letters of a search."""


class Editions(msgspec.Struct, frozen=True, kw_only=True):
    """The edition that is served. caveats: what to know before a number is quoted."""

    edition: str
    stamp: EditionStamp
    caveats: tuple[str, ...]
    vocabulary: str
    rules: dict[str, str]


class PooledList(msgspec.Struct, frozen=True, kw_only=True):
    """Questions of adverse events; n_with_results: studies with posted results, n_held: those whose results are held."""

    total: int
    n_with_results: int
    n_held: int
    questions: tuple[EventQuestion, ...]
    stamp: EditionStamp


class MeasuredList(msgspec.Struct, frozen=True, kw_only=True):
    """Questions of outcomes that were measured."""

    total: int
    outcomes: tuple[OutcomeQuestion, ...]
    stamp: EditionStamp


def edition(asked: Asked) -> Reply:
    """Which edition is served, as of a day, and what it leaves out."""
    workspace = asked.live.workspace
    stamp = workspace.stamp(asked.as_of)
    answer = Editions(
        edition=stamp.edition, stamp=stamp, caveats=caveats(stamp), vocabulary=workspace.vocabulary.version, rules=stamp.rules
    )  # fmt: skip
    return Reply(answer)


def count(asked: Asked) -> Reply:
    """How many studies of an agent, by scope and role."""
    filters = asked.filters()
    counts: Counts = count_command.ask_count(asked.live.workspace, filters, asked.as_of)
    header = stamped(count_command.HEADER)
    return Reply(counts, lambda: (header, count_command.csv_rows(counts)), filters=told(filters))


def evidence_map(asked: Asked) -> Reply:
    """Agents by complaints."""
    filters = asked.filters()
    outside = asked.question.flag("outside") is not False
    evidence = asked.question.all("evidence")
    if filters == Filters() and outside and not evidence:
        gap: GapMap = asked.live.site(asked.as_of).source.gap
    else:
        gap = map_command.ask_map(
            asked.live.workspace, filters, asked.as_of, outside=outside, evidence=evidence
        )
    return Reply(gap, lambda: (stamped(map_command.HEADER), map_command.csv_rows(gap)), filters=told(filters))


def studies(asked: Asked) -> Reply:
    """Studies that meet the filters, by id."""
    workspace, facets = asked.live.workspace, asked.live.facets
    search = read_search(asked.live, asked.question)
    wanted = search.wanted
    total = facets.count(wanted, asked.as_of)
    ids = [name for name, _ in facets.ids(wanted, asked.as_of, "id", asked.limit, asked.offset)]
    stamp = workspace.stamp(asked.as_of)

    def rows(names: Sequence[str]) -> tuple[StudyRow, ...]:
        return list_studies(workspace.some(names, asked.as_of), workspace.vocabulary, stamp).rows

    def written(names: Sequence[str]) -> dict[str, bytes]:
        return {row.record_id: msgspec.json.encode(row) for row in rows(names)}

    told_rows: tuple[Any, ...]
    try:
        kept = asked.live.pieces.rows("json", last_day(asked.as_of), ids, written)
        told_rows = tuple(map(msgspec.Raw, kept))  # goes into the answer as it is
    except (
        UnicodeEncodeError
    ):  # half a surrogate pair in a record: the whole answer is written in another way
        told_rows = rows(ids)
    answer = StudyList(total=total, rows=told_rows, stamp=stamp)
    also = {name: list(asked.question.all(name)) for name in ("q", *MORE_NAMES) if asked.question.all(name)}
    also |= {name: [*asked.question.all(name)] for name in search.picked.unsaid}
    return Reply(
        answer,
        lambda: _fields(list_command.HEADER, rows(ids), stamp),
        total,
        told(search.picked.filters) | also,
    )


def study(asked: Asked) -> Reply:
    """One study with the words behind each tag."""
    workspace = asked.live.workspace
    summary, stamp = workspace.version_for(asked.name, asked.as_of)
    page = show_command.page_of(workspace, summary, stamp)
    return Reply(page, lambda: (stamped(show_command.HEADER), show_command.quote_rows(page)))


def find(asked: Asked) -> Reply:
    """Full-text search."""
    words = asked.question.one("q") or ""
    if len(words) > LONGEST_WORDS:
        raise UsageError(f"a search has at most {LONGEST_WORDS:,} letters; this one has {len(words):,}")
    filters, workspace = asked.filters(), asked.live.workspace
    found = find_command.ask_find(workspace, words, filters, asked.as_of, asked.limit, asked.offset)
    header = stamped(find_command.HEADER)
    return Reply(found, lambda: (header, find_command.csv_rows(found)), found.total, told(filters))


def preparations(asked: Asked) -> Reply:
    """What was given."""
    filters = asked.filters()
    measured = asked.question.flag("measured") is True
    facts = preparations_command.fact_names(asked.question.all("fact"))
    found = _prepared(asked, filters, measured=measured)
    # The shares are of all rows: the table is made of all, then cut.
    table: PreparationTable = asked.live.kept(
        ("preparations", asked.as_of or "", repr(filters), str(measured), str(facts)),
        lambda: preparation_table(found.rows, asked.live.workspace.vocabulary, found.stamp, facts=facts),
    )
    answer = msgspec.structs.replace(table, rows=asked.part(table.rows))
    stamp = (found.stamp.edition, found.stamp.as_of)
    return Reply(
        answer,
        lambda: (stamped(csv_header(answer.facts)), [(*csv_row(line), *stamp) for line in answer.rows]),
        table.total,
        told(filters),
    )


def doses(asked: Asked) -> Reply:
    """Doses by agent, complaint and route."""
    filters, words = asked.filters(), asked.question
    to, ratio = words.one("convert"), words.one("ratio")
    if ratio and not to:
        raise UsageError("ratio needs convert: say what doses are converted to")
    named = parse_ratio(ratio) if ratio else None
    found = _prepared(asked, filters)

    def make() -> Landscape:
        rows = with_roles(found.rows, filters.role or GIVEN)
        vocabulary = asked.live.workspace.vocabulary
        return landscape(rows, vocabulary, found.stamp, under=filters.indication, to=to, ratio=named)

    whole: Landscape = asked.live.kept(
        ("landscape", asked.as_of or "", repr(filters), to or "", ratio or ""), make
    )
    answer = msgspec.structs.replace(whole, points=asked.part(whole.points))
    header = stamped(landscape_command.HEADER)
    return Reply(
        answer, lambda: (header, landscape_command.csv_rows(answer)), len(whole.points), told(filters)
    )


def gaps(asked: Asked) -> Reply:
    """What studies leave unsaid of a preparation, and what clashes."""
    filters, ids = asked.filters(), asked.question.all("id")

    def make() -> GapReport:
        if ids:
            found = gaps_command.asked_for(asked.live.workspace, filters, asked.as_of, ids)
        else:
            held = _prepared(asked, filters)
            found = Preparations(held.stamp, with_roles(held.rows, filters.role or GIVEN))
        return gap_report(found.rows, found.stamp)

    whole: GapReport = asked.live.kept(("gaps", asked.as_of or "", repr(filters), str(ids)), make)
    answer = msgspec.structs.replace(whole, studies=asked.part(whole.studies))
    header = stamped(gaps_command.HEADER)
    return Reply(answer, lambda: (header, gaps_command.csv_rows(answer)), len(whole.studies), told(filters))


def pooled(asked: Asked) -> Reply:
    """People with adverse events in the studies that posted results."""
    found, words = asked.live.site(asked.as_of).source.pooled, asked.question
    outcomes = words.all("outcome") or tuple(OUTCOMES)
    if wanted := _pooled_for(asked):
        found = asked.live.kept(
            ("pooled", asked.as_of or "", repr(wanted)),
            lambda: pooled_questions(
                asked.live.workspace, as_of=asked.as_of, classes=wanted[0], branches=wanted[1], measured=False
            ),
        )
    questions = tuple(q for q in found.questions if q.outcome in outcomes)
    answer = PooledList(
        total=len(questions), n_with_results=found.n_with_results, n_held=found.n_held, questions=asked.part(questions),
        stamp=found.stamp,
    )  # fmt: skip
    stamp = (found.stamp.edition, found.stamp.as_of)
    return Reply(
        answer,
        lambda: (
            stamped(EVENT_HEADER),
            [(*row, *stamp) for one in answer.questions for row in event_rows(one)],
        ),
        len(questions),
    )


def measured(asked: Asked) -> Reply:
    """What was measured in the studies that posted results."""
    found = asked.live.site(asked.as_of).source.pooled
    classes = [_class(word, asked) for word in asked.question.all("agent")]
    own = with_words(found.outcomes, asked.question.one("words"))
    own = tuple(q for q in own if not classes or q.agent in classes)
    answer = MeasuredList(total=len(own), outcomes=asked.part(own), stamp=found.stamp)
    stamp = (found.stamp.edition, found.stamp.as_of)
    return Reply(
        answer,
        lambda: (
            stamped(OUTCOME_HEADER),
            [(*row, *stamp) for one in answer.outcomes for row in outcome_rows(one)],
        ),
        len(own),
    )


def issues(asked: Asked) -> Reply:
    """Odd values and near-miss spellings. Refused records are not told: a wrong path may name a private file."""
    filters, kinds = asked.filters(), asked.question.all("kind")
    source = asked.live.site(asked.as_of).source
    found = source.issues if filters == Filters() else asked.live.workspace.issues(filters, asked.as_of)
    whole = list_issues(found, source.stamp, kinds)
    answer: IssueList = msgspec.structs.replace(whole, rows=asked.part(whole.rows))
    return Reply(
        answer, lambda: _fields(issues_command.HEADER, answer.rows, source.stamp), whole.total, told(filters)
    )


def vocabulary(asked: Asked) -> Reply:
    """The terms that are looked for."""
    words = (asked.question.one("q") or "")[:LONGEST_WORDS]
    whole = list_terms(asked.live.workspace.vocabulary, words, asked.question.one("kind"))
    answer: TermList = msgspec.structs.replace(whole, rows=asked.part(whole.rows))
    header = vocabulary_command.HEADER
    return Reply(
        answer,
        lambda: (header, [[getattr(row, name) for name in header] for row in answer.rows]),
        whole.total,
    )


def _prepared(asked: Asked, filters: Filters, *, measured: bool = False) -> Preparations:
    """The preparations of the studies that meet the filters; all of an edition are read once."""
    source = asked.live.site(asked.as_of).source
    if filters == Filters() and not measured:
        return Preparations(source.stamp, source.given)
    key = ("rows", asked.as_of or "", repr(filters), str(measured))
    found: Preparations = asked.live.kept(
        key, lambda: asked.live.workspace.preparations(filters, asked.as_of, measured)
    )
    return found


def _pooled_for(asked: Asked) -> tuple[list[str], list[str]] | None:
    classes = [_class(word, asked) for word in asked.question.all("agent")]
    vocabulary = asked.live.workspace.vocabulary
    branches = [term_id(word, "indication", vocabulary) for word in asked.question.all("indication")]
    return (classes, branches) if classes or branches else None


def _class(word: str, asked: Asked) -> str:
    name = agent_id(word, asked.live.workspace.vocabulary)
    known = [c for c in AGENT_CLASSES if c != "other"]
    if name not in known:
        raise UsageError(f"{word[:60]!r} is no class of agents that is pooled; there are {', '.join(known)}")
    return name


def _fields(
    header: Sequence[str], rows: Iterable[Any], stamp: EditionStamp
) -> tuple[Sequence[str], list[tuple[object, ...]]]:
    told_rows = [(*(getattr(row, name) for name in header), stamp.edition, stamp.as_of) for row in rows]
    return stamped(header), told_rows
