"""Papers and links of one edition as pages need them: which papers have a page, and what belongs to a study."""

from collections.abc import Iterator, Sequence

from skinproof.judgements.links import is_paper
from skinproof.model.papers import PaperFilters, PaperSummary
from skinproof.views.links import LinkRow
from skinproof.views.paper_page import PaperPage, paper_page
from skinproof.views.study_papers import StudyPapers, study_papers
from skinproof.workflows.once import once
from skinproof.workflows.query import Workspace

LIST_ALL_UP_TO = 3000
"""Of more papers only those get a page in a folder of files that are linked, or name an agent looked for or skin."""

_BATCH = 500


class PaperSource:
    """Papers as their newest records tell; each part is read when it is first needed.

    all_pages: every paper has a page (a server makes it when it is asked for), and links are read for one record at a time.
    """

    def __init__(self, workspace: Workspace, *, all_pages: bool = False) -> None:
        self._workspace = workspace
        self._all_pages = all_pages

    @once
    def has_papers(self) -> bool:
        """Whether any paper is held."""
        return self._workspace.has_papers()

    def of_study(self, record_id: str) -> StudyPapers:
        """What belongs to a study, its other registrations' papers too."""
        names = self._workspace.registrations_of(record_id)
        return study_papers(record_id, names, self._rows(record_id), has_papers=self.has_papers)

    def has_page(self, record_id: str) -> bool:
        """Whether the paper has a page."""
        return record_id in (self._held_ids if self._all_pages else self._listed_ids)

    @once
    def listed(self) -> tuple[PaperSummary, ...]:
        """The papers that have a page in a folder of files, by id."""
        held = self._workspace.papers(PaperFilters()).papers
        if len(held) > LIST_ALL_UP_TO:
            held = tuple(
                p for p in held if p.agents or p.cutaneous == "yes" or p.record_id in self._by_record
            )
        known = {paper.record_id for paper in held}
        # What its source took away and a link still names is told, with that said first.
        gone = self._workspace.papers_by_id([i for i in self._by_record if is_paper(i) and i not in known])
        return tuple(sorted((*held, *gone.values()), key=lambda paper: paper.record_id))

    @property
    def reported(self) -> dict[str, tuple[str, ...]]:
        """The studies that each paper reports, by the paper's id."""
        return self._workspace.reporting

    @once
    def in_order(self) -> tuple[PaperSummary, ...]:
        """The listed papers: those that report a study first, then those that name an agent, the newest first."""
        return tuple(
            sorted(
                self.listed, key=lambda p: (p.record_id not in self.reported, not p.agents, -(p.year or 0))
            )
        )

    def page(self, name: str) -> PaperPage:
        """The page of a paper by any of its ids. Raises: NotFoundError."""
        return self.page_of(self._workspace.paper_for(name))

    def page_of(self, summary: PaperSummary) -> PaperPage:
        """The page of one paper."""
        return next(self._pages([summary]))

    def each(self) -> Iterator[PaperPage]:
        """The pages of the listed papers, read in batches."""
        for start in range(0, len(self.listed), _BATCH):
            yield from self._pages(self.listed[start : start + _BATCH])

    def _pages(self, batch: Sequence[PaperSummary]) -> Iterator[PaperPage]:
        workspace = self._workspace
        tags = workspace.tags_of(batch)
        for summary in batch:
            found = tags[summary.sha256]
            yield paper_page(
                summary,
                workspace.paper(summary),
                workspace.vocabulary,
                workspace.stamp(),
                tags=found.tags,
                calls=found.calls,
                preparations=workspace.preparations_of(summary),
                linked=self._rows(summary.record_id),
            )

    @once
    def _by_record(self) -> dict[str, list[LinkRow]]:
        """Every link as a row, under both its ids."""
        found: dict[str, list[LinkRow]] = {}
        for row in self._workspace.link_rows(self._workspace.links):
            for name in (row.from_id, row.to_id):
                found.setdefault(name, []).append(row)
        return found

    @once
    def _held_ids(self) -> frozenset[str]:
        return frozenset(self._workspace.paper_ids())

    @once
    def _listed_ids(self) -> frozenset[str]:
        return frozenset(paper.record_id for paper in self.listed)

    def _rows(self, record_id: str) -> tuple[LinkRow, ...]:
        """The links of a record, those of its other registrations too, each once."""
        if self._all_pages:
            return self._workspace.link_rows(self._workspace.links_of(record_id))
        names = self._workspace.registrations_of(record_id)
        rows = {(row.from_id, row.to_id): row for name in names for row in self._by_record.get(name, ())}
        return tuple(rows[pair] for pair in sorted(rows))
