"""The papers of two states, and what is new about them: what `skinproof changes` and a watch tell of the literature."""

from collections.abc import Collection, Mapping

from skinproof.model.papers import PaperFilters, PaperSummary, paper_filters
from skinproof.model.summary import Filters, StudySummary
from skinproof.views.changes import Conclusion, PaperChange
from skinproof.views.paper_changes import PaperState, paper_changes, posted_by, study_links
from skinproof.views.words import title_of
from skinproof.workflows.change_states import Sides
from skinproof.workflows.query import Workspace

Rows = Mapping[str, StudySummary]


def compare_papers(
    found: Sides, filters: Filters, studies: Collection[str], rows: Rows
) -> tuple[tuple[PaperChange, ...], list[Conclusion]]:
    """What is new about papers from one side to the other.

    filters: with some, only papers that meet them too or are linked to one of the studies; rows: studies by record id.
    By the registry's clock a paper counts from the day it was published.
    """
    before, after = found.before.workspace, found.after.workspace
    if not before.has_papers() and not after.has_papers():
        return (), []
    if found.compared.by == "registry":
        held = _state(after)
        notices = [
            (k.from_id, k.to_id) for k in after.links if k.relation == "notice" and k.state == "linked"
        ]
        old, new = (
            posted_by(held, after.papers_dated(day), notices, day)
            for day in (found.compared.before_day, found.compared.after_day)
        )
    else:
        old, new = _state(before), _state(after)
    asked: set[str] | None = None
    if filters != Filters():
        asked = {paper for pairs in (old.links, new.links) for paper, study in pairs if study in studies}
        wanted = paper_filters(filters)
        if wanted is not None:
            asked |= {paper.record_id for paper in after.papers(wanted).papers}
    return paper_changes(old, new, _titles(rows, old, new), asked, found.seen)


def watched_papers(
    workspace: Workspace, told: Mapping[str, str], pairs: Collection[tuple[str, str]], answering: Collection[str],
    studies: Collection[str], seen: Mapping[str, str],
) -> tuple[tuple[PaperChange, ...], list[Conclusion]]:  # fmt: skip
    """What is new about the papers of a watch.

    told: record id -> sha256 of the paper's version that was told; pairs: (paper, study) that were told; answering: papers that
    answer it now; studies: studies that do.
    """
    now = papers_of_watch(workspace, answering, studies)
    columns = ("brief_title", "official_title")
    rows = {s.record_id: s for s in workspace.select(Filters(), columns=columns).studies} if now.links else {}
    if not now.papers and not told:
        return (), []
    past = {paper.record_id: paper for paper in workspace.papers_by_sha(sorted(set(told.values())))}
    old = PaperState(
        papers={name: past[name] for name in told if name in past},
        links={pair: link for pair, link in now.links.items() if pair in set(pairs)},
    )
    return paper_changes(old, now, _titles(rows, old, now), None, seen)


def papers_of_watch(workspace: Workspace, answering: Collection[str], studies: Collection[str]) -> PaperState:
    """The papers that answer a watch, and those linked to a study that does."""
    held = _state(workspace)
    wanted = set(answering) | {paper for paper, study in held.links if study in studies}
    return PaperState(
        papers={name: held.papers[name] for name in wanted if name in held.papers},
        links={pair: link for pair, link in held.links.items() if pair[0] in wanted},
    )


def answering_papers(workspace: Workspace, query: str, filters: Filters) -> dict[str, PaperSummary]:
    """The papers that answer a search of studies; none where a filter is of studies alone, such as a phase."""
    wanted: PaperFilters | None = paper_filters(filters)
    if wanted is None:
        return {}
    if query.strip():
        hits = workspace.find_papers(query, wanted, limit=1_000_000).hits
        return {hit.paper.record_id: hit.paper for hit in hits}
    return {paper.record_id: paper for paper in workspace.papers(wanted).papers}


def _state(workspace: Workspace) -> PaperState:
    """All papers, and their links to studies; a link to one of several registrations is one to the trial."""
    papers = workspace.all_papers()
    links = {
        (paper, workspace.registrations_of(study)[0]): link
        for (paper, study), link in study_links(workspace.links).items()
        if paper in papers
    }
    return PaperState(papers=papers, links=links)


def _titles(rows: Rows, *states: PaperState) -> dict[str, str]:
    named = {study for state in states for _, study in state.links}
    return {name: title_of(rows[name]) for name in named if name in rows}
