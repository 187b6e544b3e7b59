"""What a workspace answers about papers and links; `workflows.query.Workspace` has it all."""

from collections.abc import Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING

import msgspec

from skinproof.errors import NotFoundError, UsageError
from skinproof.judgements.fold import Held, fold
from skinproof.judgements.links import JudgedLink, judged_links, trials
from skinproof.model.journal import JournalLine
from skinproof.model.paper import Paper
from skinproof.model.papers import PaperFilters, PaperSelection, PaperSummary
from skinproof.store.editions import Manifest
from skinproof.store.search_query import fts_expression
from skinproof.studies.paper_kinds import EVIDENCE, KINDS, NO_FINDINGS, TRIAL, TRIAL_TYPES
from skinproof.views.links import LinkRow, link_rows, papers_named
from skinproof.vocabulary.term import Vocabulary
from skinproof.workflows.once import once

if TYPE_CHECKING:
    from skinproof.model.summary import EditionStamp
    from skinproof.store.raw import RawStore
    from skinproof.store.read import EditionReader
    from skinproof.store.read_papers import PaperConditions


class PaperHit(msgspec.Struct, frozen=True):
    """One paper found; snippets are (field, excerpt), found words between \\x02 and \\x03."""

    paper: PaperSummary
    snippets: tuple[tuple[str, str], ...]


class FoundPapers(msgspec.Struct, frozen=True):
    """Papers found, best first. expanded: synonyms that were searched as well."""

    total: int
    hits: tuple[PaperHit, ...]
    expanded: tuple[str, ...]


class Reports(msgspec.Struct, frozen=True, kw_only=True):
    """How many records, reports and studies there are, in PRISMA's words.

    registry_records: records of registries; papers: records of papers that their sources did not take away; reports: both
    together, a paper held under two ids once; studies: trials, those with several registrations once
    reported: studies with at least one linked paper that reports them
    """

    registry_records: int
    papers: int
    reports: int
    studies: int
    reported: int


class PaperQueries:
    """Questions about papers and links. Papers are reports: no count of studies holds any."""

    data_dir: Path
    manifest: Manifest
    _reader: "EditionReader"
    _store_lock: RLock

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary this edition was tagged with."""
        raise NotImplementedError

    @property
    def _raw(self) -> "RawStore":
        raise NotImplementedError

    def _agent_roles(self, agents: Sequence[str], roles: Sequence[str]) -> tuple[str, ...] | None:
        raise NotImplementedError

    def _indications(self, names: Sequence[str]) -> tuple[str, ...] | None:
        raise NotImplementedError

    def stamp(self, as_of: str | None = None) -> "EditionStamp":
        """What this edition holds, and what an answer as of a day leaves out."""
        raise NotImplementedError

    @once
    def _journal(self) -> tuple[JournalLine, ...]:
        try:
            with self._store_lock:
                return self._raw.journal().lines()
        except NotFoundError:  # an edition that was copied without its raw store
            return ()

    @property
    def journal_head(self) -> str:
        """Names the journal that is read: another one as soon as a line was added. Empty without lines."""
        return f"{self._journal[-1].id}-{self._journal[-1].chain[:12]}" if self._journal else ""

    def journal_now(self) -> str:
        """The `journal_head` of a workspace opened now. Raises: StoreError."""
        try:
            with self._store_lock:
                number, chain = self._raw.journal().head()
        except NotFoundError:
            return ""
        return f"{number}-{chain[:12]}" if number else ""

    @once
    def judgements(self) -> dict[tuple[str, str], Held]:
        """What people say, folded from the journal as it was when this was first asked, whatever edition is open."""
        return dict(fold(self._journal))

    @once
    def links(self) -> tuple[JudgedLink, ...]:
        """Every pair of records that the build or a person linked or doubts, as it holds now, sorted."""
        return judged_links(self._reader.links(), self.judgements)

    @once
    def trials(self) -> tuple[tuple[str, ...], ...]:
        """The records of each trial that has several registrations, the one to show first."""
        pairs = [link for link in self.links if link.relation == "registration" and link.state == "linked"]
        names = sorted({name for link in pairs for name in (link.from_id, link.to_id)})
        return trials(pairs, self._reader.facts(names))

    @once
    def _links_by_id(self) -> dict[str, list[JudgedLink]]:
        found: dict[str, list[JudgedLink]] = {}
        for link in self.links:
            for name in {link.from_id, link.to_id}:
                found.setdefault(name, []).append(link)
        return found

    @once
    def _trial_of(self) -> dict[str, tuple[str, ...]]:
        return {name: names for names in self.trials for name in names}

    def registrations_of(self, record_id: str) -> tuple[str, ...]:
        """All registrations of a trial, the one shown first; only itself where there is one."""
        return self._trial_of.get(record_id, (record_id,))

    def links_of(self, record_id: str) -> tuple[JudgedLink, ...]:
        """The pairs that a record is part of, sorted; of a study, those of its other registrations too."""
        names = self.registrations_of(record_id)
        found = {(k.from_id, k.to_id): k for name in names for k in self._links_by_id.get(name, ())}
        return tuple(found[pair] for pair in sorted(found))

    @once
    def reporting(self) -> dict[str, tuple[str, ...]]:
        """The studies that each paper reports, by the paper's id; a trial with several registrations once."""
        found: dict[str, dict[str, None]] = {}
        for link in self.links:
            if link.relation == "report" and link.state == "linked":
                found.setdefault(link.from_id, {})[self.registrations_of(link.to_id)[0]] = None
        return {paper: tuple(sorted(studies)) for paper, studies in found.items()}

    def link_rows(self, links: Sequence[JudgedLink]) -> tuple[LinkRow, ...]:
        """Links as rows, with the titles of both records."""
        from skinproof.store.read import Conditions

        papers, studies = papers_named(links)
        wanted = Conditions(record_ids=tuple(studies), every=True)
        columns = ("record_id", "brief_title", "official_title")
        rows = self._reader.studies(wanted, None, columns) if studies else []
        titles = {row[0]: row[1] or row[2] or "" for row in rows}
        return link_rows(links, self.papers_by_id(papers), titles)

    def has_papers(self) -> bool:
        """Whether this edition holds any paper."""
        return self._reader.has_papers()

    def papers(self, filters: PaperFilters) -> PaperSelection:
        """The papers that meet the filters, those left out that their source took away.

        Raises: UsageError for an unknown id, class, role or kind.
        """
        conditions = msgspec.structs.replace(self._paper_conditions(filters), deleted=False)
        return PaperSelection(self.stamp(), self._reader.papers(conditions))

    def paper_ids(self) -> tuple[str, ...]:
        """The id of every paper held, sorted."""
        return self._reader.paper_ids()

    def papers_by_id(self, record_ids: Sequence[str]) -> dict[str, PaperSummary]:
        """Papers by their record ids; ids that are not held are left out."""
        from skinproof.store.read_papers import PaperConditions

        if not record_ids:
            return {}
        found = self._reader.papers(PaperConditions(record_ids=tuple(sorted(set(record_ids)))))
        return {paper.record_id: paper for paper in found}

    def all_papers(self) -> dict[str, PaperSummary]:
        """Every paper held by its record id, those that their source took away too."""
        from skinproof.store.read_papers import PaperConditions

        return {paper.record_id: paper for paper in self._reader.papers(PaperConditions())}

    def papers_by_sha(self, shas: Sequence[str]) -> tuple[PaperSummary, ...]:
        """The versions of papers with these hashes, whether in force or not."""
        return self._reader.papers_by_sha(shas)

    def papers_dated(self, day: str) -> dict[str, PaperSummary]:
        """Of each paper the version in force of those that its source dates by an ISO day; without such a one, none."""
        shas = [sha for _, _, sha in self._reader.reports_in_force(dated_by=day)]
        return {paper.record_id: paper for paper in self.papers_by_sha(shas)}

    def paper_for(self, name: str) -> PaperSummary:
        """The paper with this PMID, PMC id, DOI or record id. Raises: NotFoundError when it is not held."""
        found = self._papers_named(name)
        if not found:
            raise NotFoundError(
                f"no paper {name!r} in edition {self.manifest.edition}; import its record, or search with `skinproof find`"
            )
        return found[0]

    def paper(self, summary: PaperSummary) -> Paper:
        """The whole record of a paper, read again from its raw body."""
        from skinproof.workflows.partitions import PAPER_READERS

        with self._store_lock:
            (body,) = self._raw.bodies([(summary.source, summary.record_id, summary.sha256)])
        paper: Paper = PAPER_READERS[summary.source](body).record
        return paper

    def find_papers(
        self, query: str, filters: PaperFilters | None = None, limit: int = 20, offset: int = 0
    ) -> FoundPapers:
        """Full-text search in the papers in force; an id finds its paper. Raises: as `find`."""
        from skinproof.store.search import SearchReader

        named = self._papers_named(query)
        if named:
            return FoundPapers(len(named), tuple(PaperHit(paper, ()) for paper in named), ())
        if not self.has_papers():
            return FoundPapers(0, (), ())
        expression = fts_expression(query, self.vocabulary.synonyms_of_word)
        search = SearchReader(self.data_dir / "search.sqlite")
        try:
            texts = search.ranked(expression.match)
            conditions = msgspec.structs.replace(
                self._paper_conditions(filters or PaperFilters()),
                text_ids=tuple(number for _, number in texts),
                deleted=False,
            )
            by_text: dict[int, list[PaperSummary]] = {}
            for paper in self._reader.papers(conditions):
                by_text.setdefault(paper.text_id, []).append(paper)
            ranked = [(rowid, paper) for rowid, number in texts for paper in by_text.get(number, ())]
            page = ranked[offset : offset + limit]
            snippets = search.snippets(expression.phrases, sorted({rowid for rowid, _ in page}))
        finally:
            search.close()
        hits = tuple(PaperHit(paper, tuple(snippets.get(rowid, ()))) for rowid, paper in page)
        return FoundPapers(len(ranked), hits, expression.expanded)

    def reports(self) -> Reports:
        """How many records, reports and studies this edition holds."""
        from skinproof.store.read import Conditions

        records = [r for (r,) in self._reader.studies(Conditions(every=True), None, ("record_id",))]
        papers = self.papers(PaperFilters()).papers
        studies = self.stamp().n_studies
        reporting = {k.to_id for k in self.links if k.relation == "report" and k.state == "linked"}
        shown = {self.registrations_of(record_id)[0] for record_id in reporting}
        by_pmid = {paper.doi for paper in papers if paper.pmid and paper.doi}
        twice = sum(1 for paper in papers if not paper.pmid and paper.doi in by_pmid)
        return Reports(
            registry_records=len(records), papers=len(papers), reports=len(records) + len(papers) - twice,
            studies=studies, reported=len(shown),
        )  # fmt: skip

    def _papers_named(self, name: str) -> tuple[PaperSummary, ...]:
        from skinproof.store.read_papers import PaperConditions

        words = name.strip().lower()
        return self._reader.papers(PaperConditions(named=words)) if words else ()

    def _paper_conditions(self, filters: PaperFilters) -> "PaperConditions":
        from skinproof.store.read_papers import PaperConditions

        for kind in filters.kind:
            if kind not in KINDS and kind != TRIAL:
                raise UsageError(
                    f"there is no kind of paper {kind!r}; kinds are {', '.join((*KINDS, TRIAL))}"
                )
        for kind in filters.evidence:
            if kind not in EVIDENCE:
                raise UsageError(f"there is no evidence of the kind {kind!r}: there is {', '.join(EVIDENCE)}")
        kinds = [kind for kind in filters.kind if kind != TRIAL]
        asks_links = filters.linked is not None or filters.apart
        return PaperConditions(
            agents=self._agent_roles(filters.agent, filters.role),
            indications=self._indications(filters.indication),
            cutaneous=filters.cutaneous,
            aesthetic=filters.aesthetic,
            kinds=(*kinds, *(sorted(TRIAL_TYPES) if TRIAL in filters.kind else ())) or None,
            evidence=filters.evidence or None,
            not_kinds=NO_FINDINGS if filters.apart else None,
            years=filters.year or None,
            year_from=filters.year_from,
            year_to=filters.year_to,
            published_by=filters.published_by,
            linked=False if filters.apart else filters.linked,
            record_ids=() if filters.apart and filters.linked else None,  # nothing is both
            reporting=tuple(self.reporting) if asks_links else (),
        )
