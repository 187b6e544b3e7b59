"""Questions for a list of papers that is narrowed step by step, and for the papers that a map shows beside the studies."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from skinproof.model.papers import PaperFilters, paper_filters
from skinproof.model.summary import Filters
from skinproof.store.read_paper_facets import PaperCombo, PaperFacetConditions, PaperFacetReader
from skinproof.studies.paper_kinds import EVIDENCE, TRIAL_TYPES
from skinproof.workflows.facets import shared_counts
from skinproof.workflows.once import once
from skinproof.workflows.query import Workspace, last_day

if TYPE_CHECKING:
    import pyarrow as pa


class PaperFacets:
    """Questions to the papers of one edition; safe to ask from several threads."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    @once
    def _reader(self) -> PaperFacetReader:
        return PaperFacetReader(self.workspace._reader, TRIAL_TYPES)

    def conditions(
        self, filters: PaperFilters, combos: Sequence[int] | None = None, hits: "pa.Table | None" = None
    ) -> PaperFacetConditions:
        """The filters, expanded. Raises: UsageError for a word that means nothing."""
        base = msgspec.structs.replace(self.workspace._paper_conditions(filters), deleted=False)
        return PaperFacetConditions(
            base=base, combos=tuple(combos) if combos is not None else None, hits=hits
        )

    def count(self, wanted: PaperFacetConditions) -> int:
        """How many papers meet the conditions."""
        return self._reader.count(wanted)

    def ids(
        self, wanted: PaperFacetConditions, order: str, limit: int, offset: int = 0
    ) -> list[tuple[str, int]]:
        """(record id, text id) of some of the papers, in order."""
        return self._reader.ids(wanted, order, limit, offset)

    def undated(self) -> int:
        """Papers without a date of publication: they stand in no answer as of a day."""
        return self._reader.undated()

    def years(self) -> tuple[int, ...]:
        """Years in which papers were published, the newest first."""
        found = self._reader.counts("year", self.conditions(PaperFilters()))
        return tuple(sorted((year for year, _ in found if year is not None), reverse=True))

    def beside(
        self, filters: Filters, as_of: str | None, evidence: Sequence[str] = ()
    ) -> list[PaperCombo] | None:
        """The papers that are evidence beside the studies of a map, added up by what they name; as of a day: published by then.

        evidence: only these (EVIDENCE). None where no paper is held, or where papers cannot be asked the same (a phase, a country).
        Raises: UsageError.
        """
        wanted = paper_filters(filters)
        if wanted is None or not self.workspace.has_papers():
            return None
        wanted = msgspec.structs.replace(
            wanted, evidence=tuple(evidence), apart=True, published_by=last_day(as_of)
        )
        return self._reader.combos(self.conditions(wanted))

    def facet(
        self, by: str, filters: PaperFilters, combos: Sequence[int] | None, hits: "pa.Table | None"
    ) -> dict[str, int]:
        """Papers for each value of a filter, all other filters in force: what choosing it would leave.

        by: `agent` (classes), `role`, `indication`, or one of store.read_paper_facets.COUNTED.
        """
        bare: dict[str, dict[str, object]] = {
            "agent": {"agent": (), "role": ()}, "role": {"agent": (), "role": ()}, "indication": {"indication": ()},
            "kind": {"kind": ()}, "evidence": {"evidence": ()}, "year": {"year": ()}, "linked": {"linked": None},
        }  # fmt: skip
        wanted = self.conditions(msgspec.structs.replace(filters, **bare[by]), combos, hits)
        if by in ("agent", "role", "indication"):
            groups = self._reader.combos(wanted)
            return shared_counts(by, filters.agent, filters.role, self.workspace, groups)
        if by == "linked":
            reporting = tuple(self.workspace.reporting)
            wanted = msgspec.structs.replace(
                wanted, base=msgspec.structs.replace(wanted.base, reporting=reporting)
            )
        named: dict[str, int] = {}
        for value, n in self._reader.counts(by, wanted):
            if value is None or (value in EVIDENCE) != (by == "evidence"):
                continue
            named[("yes" if value else "no") if isinstance(value, bool) else str(value)] = n
        return named
