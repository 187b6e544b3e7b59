"""Filters of the map and the explorer, asked of the whole edition at once: counts, cells, ids, and which results are due."""

import threading
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import msgspec

from skinproof.appraisal.clocks import add_months, clocks
from skinproof.errors import SkinproofError, UsageError
from skinproof.model.summary import EditionStamp, Filters
from skinproof.model.tags import ROLES
from skinproof.store.read_facets import Combo, FacetConditions, FacetReader
from skinproof.views.clock_lines import stamp_day
from skinproof.views.design import DESIGNS, design_of
from skinproof.views.evidence_map import EvidenceMap, evidence_map
from skinproof.views.gapmap import GIVEN
from skinproof.workflows.query import ACTIVE_ROLES, GIVEN_ROLES, Workspace, last_day

if TYPE_CHECKING:
    import pyarrow as pa

PATIENCE = 2.0
"""Seconds that an answer waits for the clocks; afterwards it says that they are still being read."""


class Picked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: the filters of every face, and more. Several values of one mean OR.

    route: vocabulary ids of kind route, with what lies below; design: words of views.design.DESIGNS; results: with or without posted
    results, by the registry; overdue: only studies that owe results by the norm of 12 months; year: first posted.
    """

    filters: Filters = Filters()
    route: tuple[str, ...] = ()
    design: tuple[str, ...] = ()
    results: bool | None = None
    overdue: bool | None = None
    year: tuple[int, ...] = ()


class FacetQueries:
    """Questions to one edition; safe to ask from several threads."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        place = {name: n for n, name in enumerate(DESIGNS)}
        self._reader = FacetReader(workspace._reader, lambda *words: place[design_of(*words)], len(DESIGNS))
        self._clocks: dict[str | None, threading.Event] = {}
        self._lock = threading.Lock()

    def conditions(
        self, picked: Picked, combos: Sequence[int] | None = None, hits: "pa.Table | None" = None
    ) -> FacetConditions:
        """The filters, expanded. Raises: UsageError for a word that means nothing."""
        vocabulary = self.workspace.vocabulary
        routes: list[str] = []
        for name in picked.route:
            if name not in vocabulary.terms or vocabulary.terms[name].kind != "route":
                raise UsageError(
                    f"there is no route {name!r}; `skinproof vocabulary --kind route` lists them"
                )
            routes += [term.partition(":")[2] for term in vocabulary.descendants(name)]
        for word in picked.design:
            if word not in DESIGNS:
                raise UsageError(f"there is no design {word[:60]!r} (design: {', '.join(reversed(DESIGNS))})")
        return FacetConditions(
            base=self.workspace._conditions(picked.filters),
            routes=tuple(routes) or None,
            route_roles=picked.filters.role or GIVEN_ROLES,
            designs=tuple(DESIGNS.index(word) for word in picked.design) or None,
            results=picked.results,
            overdue=picked.overdue,
            years=picked.year or None,
            combos=tuple(combos) if combos is not None else None,
            hits=hits,
        )

    def map(self, picked: Picked, as_of: str | None, unfolded: Sequence[str] = ()) -> EvidenceMap:
        """The map of the studies that meet the filters; a role is where an agent must stand to be on the map."""
        found = picked.filters
        roles = found.role or GIVEN
        narrow = found.agent or found.role
        chosen = msgspec.structs.replace(found, role=roles if narrow else ())
        wanted = self.conditions(msgspec.structs.replace(picked, filters=chosen))
        return evidence_map(
            self._reader.combos(wanted, last_day(as_of)),
            self.workspace.vocabulary,
            self.workspace.stamp(as_of),
            roles=roles,
            agents=frozenset(self.workspace._agents(found.agent)) if found.agent else None,
            under=found.indication,
            unfolded=unfolded,
        )

    def cell_conditions(self, picked: Picked, combos: Sequence[int]) -> FacetConditions:
        """The studies of a cell of the map of `picked`."""
        roles = picked.filters.role or GIVEN
        narrow = picked.filters.agent or picked.filters.role
        chosen = msgspec.structs.replace(picked.filters, role=roles if narrow else ())
        return self.conditions(msgspec.structs.replace(picked, filters=chosen), combos)

    def ids(
        self, wanted: FacetConditions, as_of: str | None, order: str, limit: int, offset: int = 0
    ) -> list[tuple[str, int]]:
        """(record id, text id) of some of the studies, in order."""
        return self._reader.ids(wanted, last_day(as_of), order, limit, offset)

    def count(self, wanted: FacetConditions, as_of: str | None) -> int:
        """How many studies meet the conditions."""
        return self._reader.count(wanted, last_day(as_of))

    def counts(self, by: str, wanted: FacetConditions, as_of: str | None) -> list[tuple[object, int]]:
        """(value, studies) by one of store.read_facets.COUNTED, None = the record does not say."""
        return self._reader.counts(by, wanted, last_day(as_of))

    def combos(self, wanted: FacetConditions, as_of: str | None) -> list[Combo]:
        """The studies by what they name."""
        return self._reader.combos(wanted, last_day(as_of))

    def clocks_read(self, as_of: str | None, patience: float = PATIENCE) -> bool:
        """Whether it is known which studies owe results; the first to ask makes a thread begin to find out."""
        day = last_day(as_of)
        with self._lock:
            done = self._clocks.get(day)
            if done is None:
                done = self._clocks[day] = threading.Event()
                for old in [key for key in self._clocks if key is not None][:-3]:
                    del self._clocks[old]
                stamp = self.workspace.stamp(day)
                threading.Thread(target=self._read_clocks, args=(day, stamp, done), daemon=True).start()
        return done.wait(patience)

    def _read_clocks(self, day: str | None, stamp: EditionStamp, done: threading.Event) -> None:
        on = stamp_day(stamp)
        if on is None:
            done.set()
            return
        try:
            self._reader.mark_overdue(day, self.overdue_ids(day, on))
            done.set()
        except (SkinproofError, OSError):
            with self._lock:
                self._clocks.pop(day, None)

    def overdue_ids(self, as_of: str | None, on: date) -> list[str]:
        """Studies whose results were due by the norm of 12 months on a day and are not posted, as their pages say it."""
        from skinproof.store.raw import RawStore
        from skinproof.workflows.partitions import READERS

        rows = self._reader.may_be_overdue(as_of, add_months(on, -12).isoformat())
        late = []
        with RawStore.open(self.workspace.data_dir, write=False) as raw:
            keys = [(source, record_id, sha) for record_id, source, sha in rows]
            for (source, record_id, _), body in zip(keys, raw.bodies(keys), strict=True):
                if clocks(READERS[source](body).record, on).ethical_12m.state == "overdue":
                    late.append(record_id)
        return late


__all__ = ["ACTIVE_ROLES", "ROLES", "FacetQueries", "Picked"]
