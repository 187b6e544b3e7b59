"""Filters of the map and the explorer, asked of the whole edition at once: counts, cells, ids, and which results are due."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import date
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import msgspec

from skinproof.appraisal.clocks import add_months, clocks
from skinproof.errors import SkinproofError, UsageError
from skinproof.model.summary import Filters
from skinproof.model.tags import AGENT_CLASSES, ROLES
from skinproof.store.read_facets import Combo, FacetConditions, FacetReader
from skinproof.views.clock_lines import stamp_day
from skinproof.views.design import DESIGNS, design_of
from skinproof.views.evidence_map import EvidenceMap, evidence_map
from skinproof.views.gapmap import GIVEN
from skinproof.workflows.once import once
from skinproof.workflows.query import ACTIVE_ROLES, GIVEN_ROLES, Workspace, last_day

if TYPE_CHECKING:
    import pyarrow as pa

    from skinproof.store.read_paper_facets import PaperCombo
    from skinproof.workflows.paper_facets import PaperFacets

WORDS_KEPT = 40
"""Searches whose texts are kept, so that a filter, a sort or the next page need not search again."""

WORDS_BYTES = 16 << 20
"""Bytes of texts that they may take together."""

FACETS_KEPT = 300
"""Counts of one filter that are kept: they are the same on every page of a list, however it is sorted."""

MEMBERS_KEPT = 64
"""Filters of which it is kept what each choice stands for."""

UNSAID = {"status": "statuses", "phase": "phases", "country": "countries", "year": "years"}
"""Filters of which NOT_REPORTED can be asked -> the condition of the store."""

NOT_REPORTED = "not_reported"

PATIENCE = 2.0
"""Seconds that an answer waits for the clocks; afterwards it says that they are still being read."""

DAYS_WAITING = 3
"""Days of the past whose clocks may wait to be read; of more only those asked for last."""


class Picked(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for: the filters of every face, and more. Several values of one mean OR.

    route: vocabulary ids of kind route, with what lies below; design: words of views.design.DESIGNS; results: with or without posted
    results, by the registry; overdue: only studies that owe results by the norm of 12 months; year: first posted; evidence: of the
    papers beside the studies only those (`studies.paper_kinds.EVIDENCE`): registered studies are of people, and all stay; unsaid: of
    these filters (UNSAID) studies whose records say nothing are asked for, beside those of the values that are.
    """

    filters: Filters = Filters()
    route: tuple[str, ...] = ()
    design: tuple[str, ...] = ()
    results: bool | None = None
    overdue: bool | None = None
    year: tuple[int, ...] = ()
    evidence: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()


class Words(msgspec.Struct, frozen=True):
    """The texts that hold the words of a search, best first: `text_id`, `rank`, and `row` of the index. expanded: synonyms that
    were searched as well; record_ids: where the words are the id of a study, these studies and nothing else, and no texts."""

    texts: Any
    phrases: tuple[str, ...]
    expanded: tuple[str, ...]
    record_ids: tuple[str, ...] = ()


class FacetQueries:
    """Questions to one edition; safe to ask from several threads."""

    def __init__(
        self,
        workspace: Workspace,
        late: Callable[[str | None, Callable[[], list[str]]], list[str]] | None = None,
        hold: Callable[[], None] = lambda: None,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        """late: told a day and how to find who owes results then, gives what was found before, or finds it.

        hold, release: called before and after work that nobody may wait for any more; the workspace stays open between them.
        """
        self.workspace = workspace
        self._late = late or (lambda _, find: find())
        self._hold, self._release = hold, release
        place = {name: n for n, name in enumerate(DESIGNS)}
        self._reader = FacetReader(
            workspace._reader,
            lambda *words: place[design_of(*words)],
            len(DESIGNS),
            lambda: workspace._judged,
        )
        self._words: OrderedDict[str, Words] = OrderedDict()
        self._facets: OrderedDict[tuple[object, ...], tuple[pa.Table | None, dict[str, int]]] = OrderedDict()
        self._clocks: dict[str | None, threading.Event] = {}  # days that are waited for
        self._reading = False
        self._lock = threading.Lock()
        self._members = lru_cache(MEMBERS_KEPT)(partial(facet_members, workspace=workspace))

    @once
    def papers(self) -> "PaperFacets":
        """The same for papers."""
        from skinproof.workflows.paper_facets import PaperFacets

        return PaperFacets(self.workspace)

    def words(self, query: str, *, of_papers: bool = False) -> Words:
        """Where the words of a search stand; the last few searches are kept. Raises: UsageError when it cannot be read.

        of_papers: an id is looked for among papers, not among studies.
        """
        named = query.strip()
        ids: Sequence[str] = ()
        if named and of_papers:
            ids = [paper.record_id for paper in self.workspace._papers_named(named)]
        elif named:
            ids = self.workspace._reader.record_ids_of(named)
        return Words(None, (), (), tuple(ids)) if ids else self._words_of(query)

    def _words_of(self, query: str) -> Words:
        import pyarrow as pa

        from skinproof.store.search import SearchReader
        from skinproof.store.search_query import fts_expression

        with self._lock:
            held = self._words.get(query)
            if held is not None:
                self._words.move_to_end(query)
                return held
        expression = fts_expression(query, self.workspace.vocabulary.synonyms_of_word)
        with closing(SearchReader(self.workspace.data_dir / "search.sqlite")) as search:
            found = search.ranked(expression.match)
        texts = pa.table(
            {
                "text_id": pa.array([text for _, text in found], pa.int64()),
                "rank": pa.array(range(len(found)), pa.int64()),
                "row": pa.array([row for row, _ in found], pa.int64()),
            }
        )
        made = Words(texts, expression.phrases, expression.expanded)
        with self._lock:
            self._words[query] = made
            while len(self._words) > WORDS_KEPT or (
                len(self._words) > 1
                and sum(words.texts.nbytes for words in self._words.values()) > WORDS_BYTES
            ):
                self._words.popitem(last=False)
        return made

    def snippets(self, words: Words, text_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
        """(field, excerpt) pairs by text id, found words between \\x02 and \\x03."""
        import numpy as np

        from skinproof.store.search import SearchReader

        if words.texts is None:
            return {}
        held = words.texts.column("text_id").to_numpy()
        places = np.flatnonzero(np.isin(held, text_ids))
        rows = dict(
            zip(words.texts.column("row").to_numpy()[places].tolist(), held[places].tolist(), strict=True)
        )
        if not rows:
            return {}
        with closing(SearchReader(self.workspace.data_dir / "search.sqlite")) as search:
            found = search.snippets(words.phrases, sorted(rows))
        return {rows[row]: parts for row, parts in found.items()}

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
            unsaid=tuple(UNSAID[name] for name in picked.unsaid),
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
            papers=self._paper_groups(picked, as_of),
        )

    def map_with(self, row: str, column: str, picked: Picked, as_of: str | None) -> EvidenceMap | None:
        """The map unfolded so far that it has this row and column; None where it never has."""
        vocabulary = self.workspace.vocabulary
        above = [*vocabulary.ancestors(row), *vocabulary.ancestors(column)]
        term = vocabulary.terms.get(row)
        of_class = (term.agent_class,) if term and term.agent_class else ()
        shown = self.map(picked, as_of, (*above, *of_class))
        has = row in {head.id for head in shown.rows} and column in {head.id for head in shown.columns}
        return shown if has else None

    def _paper_groups(self, picked: Picked, as_of: str | None) -> "list[PaperCombo] | None":
        """The papers beside the studies; None where there are none, or where papers cannot be asked the same."""
        alone = Picked(filters=picked.filters, evidence=picked.evidence)
        return self.papers.beside(picked.filters, as_of, picked.evidence) if picked == alone else None

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
        """Whether it is known which studies owe results; waits for it up to `patience` seconds.

        One thread finds out, a day after the other: each day takes a reading of every record that may.
        """
        day = last_day(as_of)
        with self._lock:
            if self._reader.knows_overdue(day):
                return True
            done = self._clocks.setdefault(day, threading.Event())
            for old in [waiting for waiting in self._clocks if waiting is not None][:-DAYS_WAITING]:
                self._clocks.pop(old).set()
            if not self._reading:
                self._hold()
                self._reading = True
                threading.Thread(target=self._read_clocks, name="skinproof-clocks", daemon=True).start()
        done.wait(patience)
        return self._reader.knows_overdue(day)

    def _read_clocks(self) -> None:
        """In a thread of its own: every day that is waited for, the newest versions first, then what was asked for last."""
        try:
            while True:
                with self._lock:
                    if not self._clocks:
                        self._reading = False
                        return
                    day = None if None in self._clocks else next(reversed(self._clocks))
                with suppress(SkinproofError, OSError):  # whoever asks next has it tried again
                    self._find_overdue(day)
                with self._lock:
                    done = self._clocks.pop(day, None)
                if done is not None:
                    done.set()
        except BaseException:
            with self._lock:
                self._reading = False
                while self._clocks:
                    self._clocks.popitem()[1].set()
            raise
        finally:
            self._release()

    def _find_overdue(self, day: str | None) -> None:
        on = stamp_day(self.workspace.stamp(day))
        late = self._late(day, lambda: self.overdue_ids(day, on)) if on is not None else []
        self._reader.mark_overdue(day, late)

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

    def facet(
        self,
        by: str,
        picked: Picked,
        combos: Sequence[int] | None,
        hits: "pa.Table | None",
        as_of: str | None,
    ) -> dict[str, int]:
        """Studies for each value of a filter, all other filters in force: what choosing it would leave.

        by: `agent` (classes), `role`, `indication` (branches and what lies below them), or one of store.read_facets.COUNTED.
        """
        key = (by, picked, None if combos is None else tuple(combos), as_of)
        with self._lock:
            held = self._facets.get(key)
            if held is not None and held[0] is hits:
                self._facets.move_to_end(key)
                return held[1]
        made = self._facet(by, picked, combos, hits, as_of)
        if by != "overdue" and picked.overdue is None:  # those change once the clocks are read
            with self._lock:
                self._facets[key] = (hits, made)
                while len(self._facets) > FACETS_KEPT:
                    self._facets.popitem(last=False)
        return made

    def _facet(
        self,
        by: str,
        picked: Picked,
        combos: Sequence[int] | None,
        hits: "pa.Table | None",
        as_of: str | None,
    ) -> dict[str, int]:
        if by in ("agent", "role", "indication"):
            return self._named(by, picked, combos, hits, as_of)
        if by == "route":
            return self._routes(picked, combos, hits, as_of)
        found = picked.filters
        without: dict[str, dict[str, Any]] = {
            "status": {"filters": msgspec.structs.replace(found, status=())},
            "phase": {"filters": msgspec.structs.replace(found, phase=())},
            "country": {"filters": msgspec.structs.replace(found, country=())},
            "cutaneous": {"filters": msgspec.structs.replace(found, cutaneous=None)},
            "aesthetic": {"filters": msgspec.structs.replace(found, aesthetic=None)},
            "year": {"year": ()}, "results": {"results": None}, "design": {"design": ()}, "overdue": {"overdue": None},
        }  # fmt: skip
        if by in UNSAID:
            without[by]["unsaid"] = tuple(name for name in picked.unsaid if name != by)
        wanted = self.conditions(msgspec.structs.replace(picked, **without[by]), combos, hits)
        named: dict[str, int] = {}
        for value, n in self.counts(by, wanted, as_of):
            word = _facet_word(by, value)
            if word is not None:
                named[word] = named.get(word, 0) + n
        return named

    def _routes(
        self, picked: Picked, combos: Sequence[int] | None, hits: "pa.Table | None", as_of: str | None
    ) -> dict[str, int]:
        """Studies of each route that has none above it, with what lies below it."""
        names = [
            t.id for t in self.workspace.vocabulary.terms.values() if t.kind == "route" and not t.parents
        ]
        asked = {
            name: self.conditions(msgspec.structs.replace(picked, route=(name,)), combos, hits)
            for name in names
        }
        found = {name: self._reader.count(wanted, last_day(as_of)) for name, wanted in asked.items()}
        return {name: n for name, n in found.items() if n}

    def _named(
        self,
        by: str,
        picked: Picked,
        combos: Sequence[int] | None,
        hits: "pa.Table | None",
        as_of: str | None,
    ) -> dict[str, int]:
        found = picked.filters
        bare = {"indication": ()} if by == "indication" else {"agent": (), "role": ()}
        wanted = self.conditions(
            msgspec.structs.replace(picked, filters=msgspec.structs.replace(found, **bare)), combos, hits
        )
        column = "indications" if by == "indication" else "agents"
        return self._reader.named(column, self._members(by, found.agent, found.role), wanted, last_day(as_of))


def facet_members(
    by: str, agents: Sequence[str], roles: Sequence[str], workspace: Workspace
) -> dict[str, frozenset[str]]:
    """What a record must name to fall under each class of agents, role, or complaint with what lies below it (`by`).

    agents, roles: those that are asked for, which say in what role a class counts, and of what agents a role.
    """
    if by == "indication":
        vocabulary = workspace.vocabulary
        tops = [
            child
            for top in vocabulary.top_level("indication")
            for child in vocabulary.children(top) or (top,)
        ]
        names = [name for top in tops for name in (top, *vocabulary.children(top))]
        return {
            name: frozenset(vocabulary.meant_by(name))
            for name in (*names, *vocabulary.top_level("indication"))
        }
    if by == "agent":
        return {
            name: frozenset(
                f"{term}|{role}" for term in workspace._agents((name,)) for role in roles or ACTIVE_ROLES
            )
            for name in AGENT_CLASSES
        }
    terms = workspace._agents(agents)
    return {role: frozenset(f"{term}|{role}" for term in terms) for role in ROLES}


def shared_counts(
    by: str,
    agents: Sequence[str],
    roles: Sequence[str],
    workspace: Workspace,
    groups: "Sequence[Combo] | Sequence[PaperCombo]",
) -> dict[str, int]:
    """How many records of the groups fall under each class of agents, role, or complaint with what lies below it (`by`).

    agents, roles: those that are asked for, which say in what role a class counts, and of what agents a role.
    """
    members = facet_members(by, agents, roles, workspace)
    counted = [(group, group.studies if isinstance(group, Combo) else group.papers) for group in groups]
    if by == "indication":
        return _shared(members, [(frozenset(group.indications), n) for group, n in counted])
    return _shared(members, [(frozenset(group.agents), n) for group, n in counted])


def _shared(members: dict[str, frozenset[str]], said: Sequence[tuple[frozenset[str], int]]) -> dict[str, int]:
    """Studies of the groups that hold a member of each name; names that no group holds are left out. One pass over the groups."""
    names_of: dict[str, list[str]] = {}
    for name, ids in members.items():
        for one in ids:
            names_of.setdefault(one, []).append(name)
    totals = dict.fromkeys(members, 0)
    for own, studies in said:
        for name in {name for one in own for name in names_of.get(one, ())}:
            totals[name] += studies
    return {name: total for name, total in totals.items() if total}


def _facet_word(by: str, value: object) -> str | None:
    """A value as the filter of that name takes it; None for what no filter can ask for."""
    if value is None:
        return NOT_REPORTED if by in UNSAID else None
    if by == "design":
        return DESIGNS[int(str(value))]
    if isinstance(value, bool):
        return "yes" if value else "no" if by == "results" else None
    return str(value)
