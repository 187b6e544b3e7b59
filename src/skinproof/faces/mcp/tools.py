"""The tools: each asks the same function as the command of that name, and says what is left out of its shorter forms.

A new tool is a line in TOOLS, a type in `arguments.py` and a line in docs/reference/mcp.md.
"""

from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from skinproof.errors import UsageError
from skinproof.faces.ask import read_filters, said
from skinproof.faces.commands.about import named
from skinproof.faces.commands.claim import read_overrides
from skinproof.faces.commands.count import ask_count
from skinproof.faces.commands.find import ask_find
from skinproof.faces.commands.gaps import ask_gaps
from skinproof.faces.commands.landscape import ask_landscape
from skinproof.faces.commands.map import ask_map
from skinproof.faces.commands.pooled import MEASURED, ask_pooled
from skinproof.faces.commands.preparations import ask_preparations
from skinproof.faces.commands.show import page_of
from skinproof.faces.mcp import arguments
from skinproof.model.summary import EditionStamp
from skinproof.views.changes import headline
from skinproof.views.event_pool import OUTCOMES, answer_lines
from skinproof.views.outcome_pool import outcome_lines
from skinproof.views.studies import list_studies
from skinproof.views.study_page import StudyPage
from skinproof.views.terms import KINDS, list_terms
from skinproof.workflows.about import about_term
from skinproof.workflows.change_states import sides
from skinproof.workflows.changes import compare
from skinproof.workflows.claim import check_claim
from skinproof.workflows.evidence import EvidenceSource

if TYPE_CHECKING:
    from skinproof.workflows.query import Workspace


class Told(NamedTuple):
    """What a tool found. filters: as understood; rows: key of the rows in `answer`, total: how many there are from 0 on,
    offset: number of the first that is told; None and "" where there are no pages.
    """

    answer: dict[str, Any]
    stamp: EditionStamp
    filters: dict[str, Any]
    rows: str = ""
    total: int | None = None
    offset: int = 0


class Tool(NamedTuple):
    """One tool. takes: type of its arguments; without: keys of the answer that a shorter form leaves out."""

    name: str
    title: str
    about: str
    takes: type[msgspec.Struct]
    ask: Callable[["Workspace", Any], Told]
    without: dict[str, Collection[str]]


def count(workspace: "Workspace", asked: arguments.Filtered) -> Told:
    """How many studies of an agent."""
    filters = read_filters(asked.typed(), workspace)
    found = ask_count(workspace, filters, asked.as_of)
    return Told(_plain(found), found.stamp, said(filters))


def evidence_map(workspace: "Workspace", asked: arguments.Filtered) -> Told:
    """Agents by complaints. Empty cells are told only in full: no study is what is not listed."""
    filters = read_filters(asked.typed(), workspace)
    found = ask_map(workspace, filters, asked.as_of)
    answer = _plain(found)
    if asked.detail != "full":
        answer["cells"] = [cell for cell in answer["cells"] if cell["numbers"]["studies"]]
        answer["empty_cells"] = len(found.cells) - len(answer["cells"])
    return Told(answer, found.stamp, said(filters))


def listed(workspace: "Workspace", asked: arguments.Paged) -> Told:
    """Studies that meet the filters."""
    filters = read_filters(asked.typed(), workspace)
    selection = workspace.select(filters, asked.as_of)
    page = selection.studies[asked.offset : asked.offset + asked.limit]
    found = list_studies(page, workspace.vocabulary, selection.stamp)
    answer = _plain(found) | {"total": len(selection.studies)}
    return Told(answer, selection.stamp, said(filters), "rows", len(selection.studies), asked.offset)


def find(workspace: "Workspace", asked: arguments.Find) -> Told:
    """Full-text search."""
    filters = read_filters(asked.typed(), workspace)
    found = ask_find(workspace, asked.query, filters, asked.as_of, asked.limit, asked.offset)
    return Told(_plain(found), found.stamp, said(filters), "hits", found.total, asked.offset)


def show(workspace: "Workspace", asked: arguments.Show) -> Told:
    """One study with its quotes."""
    page = study(workspace, asked.record_id, asked.as_of)
    return Told(_plain(page), page.stamp, {})


def changes(workspace: "Workspace", asked: arguments.Changes) -> Told:
    """What changed between two editions, or since a day."""
    if asked.as_of is not None:
        raise UsageError(
            "changes has no as_of: name the two states with since, or from_edition and to_edition"
        )
    if asked.by is not None and asked.since is None:
        raise UsageError("by belongs to since")
    filters = read_filters(asked.typed(), workspace)
    found = sides(
        workspace.data_dir, datetime.now(UTC).date(), since=asked.since, by=asked.by or "seen", from_edition=asked.from_edition,
        to_edition=asked.to_edition, edition=workspace.manifest.edition,
    )  # fmt: skip
    try:
        report = compare(found, filters)
    finally:
        found.close()
    rows = report.studies[asked.offset : asked.offset + asked.limit]
    answer = _plain(msgspec.structs.replace(report, studies=rows)) | {"headline": headline(report)}
    return Told(answer, report.stamp, said(filters), "studies", len(report.studies), asked.offset)


def claim(workspace: "Workspace", asked: arguments.Claim) -> Told:
    """What the records say of a claim."""
    overrides = read_overrides(
        asked.agent, asked.indication, asked.route, asked.comparator, workspace.vocabulary
    )
    found = check_claim(workspace, asked.text, overrides, asked.as_of)
    day = asked.as_of or found.claim.day
    stamp = found.evidence.stamp if found.evidence is not None else workspace.stamp(day)
    return Told(_plain(found), stamp, {})


def about(workspace: "Workspace", asked: arguments.AboutTerm) -> Told:
    """One agent or complaint."""
    found = about_term(EvidenceSource(workspace, asked.as_of), named(asked.term, workspace.vocabulary))
    return Told(_plain(found), found.evidence.stamp, {})


def study(workspace: "Workspace", record_id: str, as_of: str | None = None) -> StudyPage:
    """The page of one study. Raises: NotFoundError."""
    summary, stamp = workspace.version_for(record_id, as_of)
    return page_of(workspace, summary, stamp)


def preparations(workspace: "Workspace", asked: arguments.Given) -> Told:
    """What was given."""
    filters = read_filters(asked.typed(), workspace)
    last = asked.offset + asked.limit
    found = ask_preparations(workspace, filters, asked.as_of, asked.fact, asked.measured, last)
    rows = found.rows[asked.offset :]
    answer = _plain(msgspec.structs.replace(found, rows=rows))
    return Told(answer, found.stamp, said(filters), "rows", found.total, asked.offset)


def landscape(workspace: "Workspace", asked: arguments.Doses) -> Told:
    """Doses, each unit kind by itself."""
    filters = read_filters(asked.typed(), workspace)
    found = ask_landscape(workspace, filters, asked.as_of, asked.convert, asked.ratio)
    return Told(_plain(found), found.stamp, said(filters))


def gaps(workspace: "Workspace", asked: arguments.Gaps) -> Told:
    """What studies leave unsaid."""
    filters = read_filters(asked.typed(), workspace)
    found = ask_gaps(workspace, filters, asked.as_of, asked.record_id)
    return Told(_plain(found), found.stamp, said(filters))


def pooled(workspace: "Workspace", asked: arguments.Pooled) -> Told:
    """Pooled questions."""
    known = (*OUTCOMES, MEASURED)
    for word in asked.outcome:
        if word not in known:
            raise UsageError(f"there is no outcome {word!r} (outcome: {', '.join(known)})")
    found = ask_pooled(workspace, asked.agent, asked.indication, asked.outcome, asked.words, asked.as_of)
    if not (asked.agent or asked.indication):
        found = msgspec.structs.replace(found, questions=found.answered)
    answer = _plain(found)
    for made, question in zip(answer["questions"], found.questions, strict=True):
        made["plain_words"] = answer_lines(question)
    for made, outcome in zip(answer["outcomes"], found.outcomes, strict=True):
        made["plain_words"] = outcome_lines(outcome)
    return Told(answer, found.stamp, {})


def vocabulary(workspace: "Workspace", asked: arguments.Terms) -> Told:
    """Terms that are looked for, of the edition's own vocabulary."""
    if asked.kind is not None and asked.kind not in KINDS:
        raise UsageError(f"there is no kind {asked.kind!r} (kind: {', '.join(KINDS)})")
    found = list_terms(workspace.vocabulary, asked.words, asked.kind)
    rows = found.rows[asked.offset : asked.offset + asked.limit]
    answer = _plain(msgspec.structs.replace(found, rows=rows))
    return Told(answer, workspace.stamp(), {}, "rows", found.total, asked.offset)


def without(value: Any, names: Collection[str]) -> Any:
    """The value without the keys of these names, at any depth."""
    if isinstance(value, dict):
        return {key: without(item, names) for key, item in value.items() if key not in names}
    if isinstance(value, list | tuple):
        return [without(item, names) for item in value]
    return value


def _plain(answer: object) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(answer, str_keys=True)
    plain.pop("stamp", None)
    return plain


_LONG = ("sites", "references", "links", "documents", "annotations", "results", "keywords", "mesh", "issues")

TOOLS = (
    Tool(
        "count_studies", "Count studies",
        "How many studies of an agent (extracellular vesicles by default): in all, cutaneous, aesthetic, by role and study type.",
        arguments.Filtered, count, {"counts": ("record_ids", "later_described"), "rows": ("later_described",)},
    ),
    Tool(
        "evidence_map", "Evidence map",
        "Agents by complaints: studies, participants, randomised, completed, with posted results. A cell that is not listed has no registered study in these data, which is no sign of safety or of no effect.",
        arguments.Filtered, evidence_map, {"counts": ("record_ids", "unplaced"), "rows": ("unplaced",)},
    ),
    Tool(
        "list_studies", "List studies",
        "Studies that meet the filters, one row each.",
        arguments.Paged, listed,
        {"counts": ("rows",), "rows": ("cutaneous", "aesthetic", "study_type", "allocation", "sponsor", "completeness", "countries")},
    ),
    Tool(
        "find", "Find studies by words",
        "Full-text search in the records, with synonyms; a record id finds its study. Snippets are words of the records.",
        arguments.Find, find,
        {"counts": ("hits",), "rows": ("cutaneous", "aesthetic", "study_type", "allocation", "sponsor", "completeness", "countries", "marks")},
    ),
    Tool(
        "show_study", "Show one study",
        "One study: what is registered, what was posted, what was given, and the words that decided each answer.",
        arguments.Show, show,
        {
            "counts": ("tags", "preparations", "arms", "interventions", "outcomes", "detailed_description", "sections", *_LONG),
            "rows": ("detailed_description", *_LONG),
        },
    ),
    Tool(
        "changes", "What changed",
        "What changed between two editions (the one before and the current one), or since a day, field by field, and what of it alters a conclusion.",
        arguments.Changes, changes,
        {"counts": ("studies", "conclusions", "readings", "events"), "rows": ("before", "after", "pieces", "events")},
    ),
    Tool(
        "claim", "Check a claim",
        "What the records say of a claim or of a published number of trials: the claim as understood, then one answer. No studies, no results, too imprecise, no difference and a difference are different answers.",
        arguments.Claim, claim,
        {"counts": ("evidence", "recounts", "near"), "rows": ("record_ids", "missed", "extra")},
    ),
    Tool(
        "about", "One agent or complaint",
        "One agent, class of agents or complaint: studies and people, what was compared, sizes with their MCID or MCID unknown, harm, preparations, what is running, what is missing.",
        arguments.AboutTerm, about, {"counts": ("record_ids", "studies"), "rows": ("record_ids",)},
    ),
    Tool(
        "preparations", "What was given",
        "Every preparation that people receive: source, donor, separation, dose, schedule, route and more, each with its words, or not reported.",
        arguments.Given, preparations, {"counts": ("rows",), "rows": ("rule", "where", "start", "end")},
    ),
    Tool(
        "landscape", "Doses",
        "Doses by agent, complaint and route, each unit kind by itself; how many studies state no dose. Particles and mass are never mixed.",
        arguments.Doses, landscape, {"counts": ("points", "record_ids"), "rows": ("origins", "start", "end")},
    ),
    Tool(
        "gaps", "Reporting gaps",
        "What studies leave unsaid of a preparation against reporting items after MISEV, and what contradicts itself.",
        arguments.Gaps, gaps, {"counts": ("studies", "record_ids"), "rows": ("score", "basis")},
    ),
    Tool(
        "pooled", "Pooled questions",
        "People with adverse events, and what was measured, in the studies that posted results, pooled by class of agents and complaint. No study is no sign of safety; no number here is a rate of a product.",
        arguments.Pooled, pooled,
        {
            "counts": ("studies", "left_out", "outcomes_left_out", "years", "pooling", "rows"),
            "rows": ("left_out", "outcomes_left_out", "parts", "origins", "pooling"),
        },
    ),
    Tool(
        "vocabulary", "Vocabulary",
        "Terms that are looked for, by id, label, synonym or code. Any of these can be given as agent or indication.",
        arguments.Terms, vocabulary, {"counts": ("rows",), "rows": ("codes",)},
    ),
)  # fmt: skip
