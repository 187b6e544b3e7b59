"""The evidence map with rows and columns that unfold: the numbers of `views.gapmap`, the best design and what is due.

The vocabulary is the hierarchy: below an agent class stand its agents, below a branch its complaints. Numbers come as
groups of studies that name the same agents and complaints; a group stands in a cell as a whole, and cells add groups up.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Protocol

import msgspec

from skinproof.model.summary import EditionStamp
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.design import DESIGNS
from skinproof.views.gapmap import GIVEN, Axis, Places, map_notes
from skinproof.views.paper_counts import Named, PaperGroup, PaperTally, paper_tally
from skinproof.views.words import pairs_of
from skinproof.vocabulary.term import Vocabulary


class Group(Named, Protocol):
    """Studies that name the same agents (`term|role`) and complaints, added up (see Tally for the numbers)."""

    @property
    def studies(self) -> int: ...
    @property
    def participants(self) -> int | None: ...
    @property
    def planned(self) -> int: ...
    @property
    def without_enrollment(self) -> int: ...
    @property
    def randomised(self) -> int: ...
    @property
    def completed(self) -> int: ...
    @property
    def with_results(self) -> int: ...
    @property
    def results_unknown(self) -> int: ...
    @property
    def overdue(self) -> int: ...
    @property
    def designs(self) -> tuple[int, ...]: ...


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """How much is registered, every study counted once; as `gapmap.Numbers`, and:

    overdue: how many owe results by the norm of 12 months; designs: how many are of each of DESIGNS.
    """

    studies: int
    participants: int | None
    planned: int
    without_enrollment: int
    randomised: int
    completed: int
    with_results: int
    results_unknown: int
    overdue: int
    designs: tuple[int, ...]

    @property
    def best(self) -> str:
        """The best design among the studies, one of DESIGNS."""
        return next(
            (name for name, n in zip(reversed(DESIGNS), reversed(self.designs), strict=True) if n), DESIGNS[0]
        )


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """One row or column. depth: how far it is unfolded below a class or branch; folds: whether something lies below it
    that has studies; unfolded: whether that is shown; empty: labels of what lies below it without any study."""

    id: str
    label: str
    depth: int = 0
    apart: bool = False
    folds: bool = False
    unfolded: bool = False
    empty: tuple[str, ...] = ()


class EvidenceMap(msgspec.Struct, frozen=True, kw_only=True):
    """Rows, columns, and the numbers of each pair that has studies. combos: the groups that stand in each of these.

    papers, paper_combos: the same of papers beside the studies, in each pair that has some; paper_total: each paper once. None where no
    paper is held, or where something is asked of studies that papers do not have, such as a phase.
    """

    roles: tuple[str, ...]
    rows: tuple[Head, ...]
    columns: tuple[Head, ...]
    cells: dict[tuple[str, str], Tally]
    combos: dict[tuple[str, str], tuple[int, ...]]
    row_totals: dict[str, Tally]
    column_totals: dict[str, Tally]
    total: Tally
    notes: tuple[str, ...]
    stamp: EditionStamp
    papers: dict[tuple[str, str], PaperTally] | None = None
    paper_combos: dict[tuple[str, str], tuple[int, ...]] | None = None
    paper_total: PaperTally | None = None


def evidence_map(
    groups: Iterable[Group],
    vocabulary: Vocabulary,
    stamp: EditionStamp,
    *,
    roles: Sequence[str] = GIVEN,
    agents: Collection[str] | None = None,
    under: Sequence[str] = (),
    unfolded: Collection[str] = (),
    papers: Iterable[PaperGroup] | None = None,
) -> EvidenceMap:
    """The map of groups of studies. roles, agents, under: as `gapmap.gap_map`; unfolded: ids of rows and columns that
    show what lies below them; papers: groups of papers that are evidence beside the studies."""
    places = Places(vocabulary, roles, agents, under)
    down: dict[str, list[Group]] = {}
    across: dict[str, list[Group]] = {}
    cells: dict[tuple[str, str], list[Group]] = {}
    placed: list[Group] = []
    rows_below = _Below(vocabulary, "agent")
    columns_below = _Below(vocabulary, "indication")

    def where(group: Group | PaperGroup) -> tuple[set[str], set[str]]:
        """The rows and columns of a group, with what lies below them; none where it stands nowhere."""
        rows, columns = places.rows_of(group.agents), places.columns_of(group.indications, group.cutaneous)
        if not rows or not columns:
            return set(), set()
        terms = [term for term, role in pairs_of(group.agents) if places.counts_in(term, role)]
        return {*rows, *rows_below.of(terms, rows)}, {*columns, *columns_below.of(group.indications, columns)}

    for group in groups:
        all_rows, all_columns = where(group)
        if not all_rows:
            continue
        placed.append(group)
        for row in all_rows:
            down.setdefault(row, []).append(group)
            for column in all_columns:
                cells.setdefault((row, column), []).append(group)
        for column in all_columns:
            across.setdefault(column, []).append(group)
    row_heads = _heads(places.rows, rows_below, down, unfolded)
    paper_cells: dict[tuple[str, str], list[PaperGroup]] = {}
    paper_groups: list[PaperGroup] = []
    for one in papers or ():
        all_rows, all_columns = where(one)
        if all_rows:
            paper_groups.append(one)
        for key in ((row, column) for row in all_rows for column in all_columns):
            paper_cells.setdefault(key, []).append(one)
    used = {*across, *(column for _, column in paper_cells)}
    column_heads = _heads(places.shown(used), columns_below, across, unfolded)
    shown = {
        (r.id, c.id): cells[r.id, c.id] for r in row_heads for c in column_heads if (r.id, c.id) in cells
    }
    beside = {
        (r.id, c.id): paper_cells[r.id, c.id]
        for r in row_heads
        for c in column_heads
        if (r.id, c.id) in paper_cells
    }
    return EvidenceMap(
        roles=tuple(roles),
        rows=row_heads,
        columns=column_heads,
        cells={key: tally(found) for key, found in shown.items()},
        combos={key: tuple(group.combo for group in found) for key, found in shown.items()},
        row_totals={head.id: tally(down.get(head.id, ())) for head in row_heads},
        column_totals={head.id: tally(across.get(head.id, ())) for head in column_heads},
        total=tally(placed),
        notes=map_notes(roles, with_none=places.with_none),
        stamp=stamp,
        papers=None if papers is None else {key: paper_tally(found) for key, found in beside.items()},
        paper_combos=None
        if papers is None
        else {key: tuple(g.combo for g in found) for key, found in beside.items()},
        paper_total=None if papers is None else paper_tally(paper_groups),
    )


class _Below:
    """What lies below rows (agent classes) or columns (branches), and where terms stand there."""

    def __init__(self, vocabulary: Vocabulary, kind: str) -> None:
        self._vocabulary, self._kind = vocabulary, kind
        self._children: dict[str, tuple[str, ...]] = {}
        self._up: dict[str, tuple[str, ...]] = {}

    def label(self, name: str) -> str:
        return self._vocabulary.label(name)

    def children(self, name: str) -> tuple[str, ...]:
        """Ids directly below: the topmost agents of a class, the children of a term that are of the same class."""
        found = self._children.get(name)
        if found is None:
            terms = self._vocabulary.terms
            if self._kind == "agent" and name in AGENT_CLASSES:
                of_class = [t for t in terms.values() if t.kind == "agent" and t.agent_class == name]
                found = tuple(t.id for t in of_class if not any(self._same(p, name) for p in t.parents))
                if len(found) == 1:  # a class of one heading: its kinds, not the heading again
                    found = self.children(found[0]) or found
            else:
                own = terms[name].agent_class if name in terms else None
                found = tuple(
                    child for child in self._vocabulary.children(name) if terms[child].agent_class == own
                )
            self._children[name] = found
        return found

    def _same(self, term: str, name: str) -> bool:
        held = self._vocabulary.terms.get(term)
        return held is not None and held.agent_class == name

    def of(self, terms: Iterable[str], tops: Collection[str]) -> set[str]:
        """Ids below these rows or columns at which something with these terms stands."""
        found: set[str] = set()
        for term in terms:
            if term not in self._up:
                self._up[term] = (term, *self._vocabulary.ancestors(term))
            found.update(self._up[term])
        return {name for name in found if any(self._under(name, top) for top in tops)}

    def _under(self, name: str, top: str) -> bool:
        if top in AGENT_CLASSES:
            return self._same(name, top)
        return name != top and top in self._vocabulary.ancestors(name)


def _heads(
    axes: Iterable[Axis], below: _Below, held: dict[str, list[Group]], unfolded: Collection[str]
) -> tuple[Head, ...]:
    found: list[Head] = []
    seen: set[str] = set()

    def walk(name: str, label: str, depth: int, apart: bool) -> None:
        if name in seen:
            return
        seen.add(name)
        children = below.children(name)
        full = [child for child in children if child in held]
        opened = name in unfolded and bool(full)
        found.append(
            Head(
                id=name, label=label, depth=depth, apart=apart, folds=bool(full), unfolded=opened,
                empty=tuple(below.label(child) for child in children if child not in held) if opened else (),
            )
        )  # fmt: skip
        for child in full if opened else ():
            walk(child, below.label(child), depth + 1, apart)

    for axis in axes:
        walk(axis.id, axis.label, 0, axis.apart)
    return tuple(found)


def tally(groups: Iterable[Group]) -> Tally:
    """Groups added up; each must be there once."""
    found = tuple(groups)
    people = [group.participants for group in found if group.participants is not None]
    return Tally(
        studies=sum(group.studies for group in found),
        participants=sum(people) if people else None,
        planned=sum(group.planned for group in found),
        without_enrollment=sum(group.without_enrollment for group in found),
        randomised=sum(group.randomised for group in found),
        completed=sum(group.completed for group in found),
        with_results=sum(group.with_results for group in found),
        results_unknown=sum(group.results_unknown for group in found),
        overdue=sum(group.overdue for group in found),
        designs=tuple(sum(group.designs[n] for group in found) for n in range(len(DESIGNS))),
    )
