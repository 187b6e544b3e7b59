"""The evidence map: agent classes down, skin complaints across, and how much is registered in each cell.

A study stands in the cell of every class it uses (in the roles asked for) and every branch it is about, so cells do
not add up to the totals: a total counts each study once.
"""

from collections.abc import Collection, Iterable, Sequence

import msgspec

from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.paper_counts import PAPERS_RULE, STUDIES_RULE, PaperGroup, PaperTally, paper_tally
from skinproof.views.words import AGENT_CLASS_LABELS, ROLE_WORDS, pairs_of
from skinproof.vocabulary.term import Vocabulary

GIVEN = ("given", "carrier")
"""The roles of the default map: what people received, by itself or as the vehicle of a drug."""

SKIN, OUTSIDE = "indication:skin", "indication:outside-skin"


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """How much is registered in one cell, row, column or in all; every study is counted once.

    participants: sum of the stated enrolment, None where no study states one; planned: how many of the studies state
    a planned number; without_enrollment: how many state none; results_unknown: how many do not say if results are posted.
    """

    studies: int
    participants: int | None
    planned: int
    without_enrollment: int
    randomised: int
    completed: int
    with_results: int
    results_unknown: int
    record_ids: tuple[str, ...]


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """One row or column; apart: it stands apart from the rest (everything outside skin)."""

    id: str
    label: str
    apart: bool = False


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one agent class and one branch of complaints. papers: those beside the studies, None where they are not told."""

    row: str
    column: str
    numbers: Numbers
    papers: PaperTally | None = None


class GapMap(msgspec.Struct, frozen=True, kw_only=True):
    """The whole map: every pair of a row and a column has its cell, empty or not, row by row.

    unplaced: ids of selected studies that stand in no cell, by reason (`agent`: none in these roles;
    `indication`: not about any of these complaints).
    """

    roles: tuple[str, ...]
    rows: tuple[Axis, ...]
    columns: tuple[Axis, ...]
    cells: tuple[Cell, ...]
    row_totals: dict[str, Numbers]
    column_totals: dict[str, Numbers]
    total: Numbers
    unplaced: dict[str, tuple[str, ...]]
    notes: tuple[str, ...]
    stamp: EditionStamp

    def cell(self, row: str, column: str) -> Cell:
        """The cell of one pair. Raises: KeyError if the map has no such pair."""
        for found in self.cells:
            if found.row == row and found.column == column:
                return found
        raise KeyError((row, column))


class Places:
    """In which rows and columns of a map a study stands.

    Thousands of studies share a few hundred combinations of agents and complaints: each is looked up once.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        roles: Sequence[str] = GIVEN,
        agents: Collection[str] | None = None,
        under: Sequence[str] = (),
        *,
        outside: bool = True,
    ) -> None:
        self.columns = _columns(vocabulary, under, outside)
        self.with_none = agents is None and set(roles) == set(GIVEN)
        self._vocabulary, self._roles, self._agents = vocabulary, roles, agents
        # Where only some agents are looked at, the classes of the others are not empty: nobody asked for them.
        classes = (
            None if agents is None else {self._class(term) for term in agents if term in vocabulary.terms}
        )
        self.rows = tuple(
            Axis(id=name, label=AGENT_CLASS_LABELS[name], apart=name == "other")
            for name in AGENT_CLASSES
            if not classes or name in classes
        )
        self._whole = not under
        self._members = {axis.id: frozenset(vocabulary.descendants(axis.id)) for axis in self.columns}
        self._rest = _rest(self.columns, self._members, vocabulary, under)
        self._rows_of: dict[tuple[str, ...], set[str]] = {}
        self._columns_of: dict[tuple[tuple[str, ...], str], set[str]] = {}

    def rows_of(self, agents: tuple[str, ...]) -> Collection[str]:
        """The agent classes of `term|role` words."""
        if agents not in self._rows_of:
            found = self._classes(agents)
            self._rows_of[agents] = found or ({"other"} if self.with_none else set())
        return self._rows_of[agents]

    def columns_of(self, indications: tuple[str, ...], cutaneous: str) -> Collection[str]:
        """The branches of these complaints; cutaneous: whether the study is about skin."""
        said = (indications, cutaneous)
        if said not in self._columns_of:
            found = _across(set(indications), self.columns, self._members, self._rest)
            if cutaneous == "no" and found and self._whole:
                # "Laceration" of a meniscus is a wound, and not of the skin: the map says what the study page says.
                found = {axis.id for axis in self.columns if axis.apart}
            self._columns_of[said] = found
        return self._columns_of[said]

    def counts_in(self, term: str, role: str) -> bool:
        """Whether an agent in this role stands on the map."""
        return role in self._roles and (self._agents is None or term in self._agents)

    def shown(self, used: Collection[str]) -> tuple[Axis, ...]:
        """The columns to show where studies stand in `used`: the heading itself only where it has some."""
        if self._rest and self._rest[0].id in used:
            return _with_rest(self.columns, self._rest[0])
        return self.columns

    def _class(self, term: str) -> str:
        return self._vocabulary.terms[term].agent_class or "other"

    def _classes(self, agents: tuple[str, ...]) -> set[str]:
        terms = self._vocabulary.terms
        return {
            self._class(term)
            for term, role in pairs_of(agents)
            if term in terms and self.counts_in(term, role)
        }


def gap_map(
    studies: Iterable[StudySummary],
    vocabulary: Vocabulary,
    stamp: EditionStamp,
    *,
    roles: Sequence[str] = GIVEN,
    agents: Collection[str] | None = None,
    under: Sequence[str] = (),
    outside: bool = True,
    papers: Iterable[PaperGroup] | None = None,
) -> GapMap:
    """The map of the given studies.

    roles: in which of model.tags.ROLES an agent must stand; agents: vocabulary ids looked at (None = all);
    under: one indication id shows its children as columns, several show themselves; outside: with a column for
    everything outside skin (only where `under` is empty); papers: groups of papers that are evidence beside the studies.
    """
    places = Places(vocabulary, roles, agents, under, outside=outside)
    pairs: dict[tuple[str, str], list[StudySummary]] = {}
    placed: list[StudySummary] = []
    unplaced: dict[str, list[str]] = {"agent": [], "indication": []}
    for study in studies:
        rows, across = places.rows_of(study.agents), places.columns_of(study.indications, study.cutaneous)
        if not rows:
            unplaced["agent"].append(study.record_id)
        elif not across:
            unplaced["indication"].append(study.record_id)
        else:
            placed.append(study)
        for row in rows:
            for column in across:
                pairs.setdefault((row, column), []).append(study)
    beside: dict[tuple[str, str], list[PaperGroup]] = {}
    for group in papers or ():
        for row in places.rows_of(group.agents):
            for column in places.columns_of(group.indications, group.cutaneous):
                beside.setdefault((row, column), []).append(group)
    columns = places.shown({column for _, column in (*pairs, *beside)})
    return GapMap(
        roles=tuple(roles),
        rows=places.rows,
        columns=columns,
        cells=tuple(
            Cell(
                row=r.id,
                column=c.id,
                numbers=numbers(pairs.get((r.id, c.id), ())),
                papers=None if papers is None else paper_tally(beside.get((r.id, c.id), ())),
            )
            for r in places.rows
            for c in columns
        ),
        row_totals={r.id: _union(pairs, 0, r.id) for r in places.rows},
        column_totals={c.id: _union(pairs, 1, c.id) for c in columns},
        total=numbers(placed),
        unplaced={reason: tuple(ids) for reason, ids in unplaced.items()},
        notes=(
            *map_notes(roles, with_none=places.with_none),
            *(() if papers is None else (PAPERS_RULE, STUDIES_RULE)),
        ),
        stamp=stamp,
    )


def _columns(vocabulary: Vocabulary, under: Sequence[str], outside: bool) -> tuple[Axis, ...]:
    if len(under) > 1:
        ids: tuple[str, ...] = tuple(dict.fromkeys(under))
    elif under:
        ids = vocabulary.children(under[0]) or (under[0],)
    else:
        tops = [top for top in vocabulary.top_level("indication") if top != OUTSIDE]
        ids = tuple(child for top in tops for child in vocabulary.children(top) or (top,))
    found = [Axis(id=key, label=vocabulary.label(key)) for key in ids]
    if outside and not under and OUTSIDE in vocabulary.terms:
        found.append(Axis(id=OUTSIDE, label=vocabulary.label(OUTSIDE), apart=True))
    return tuple(found)


def _rest(
    columns: Sequence[Axis],
    members: dict[str, frozenset[str]],
    vocabulary: Vocabulary,
    under: Sequence[str],
) -> tuple[Axis, frozenset[str]] | None:
    """The column for studies of the heading itself that name none of its branches, and the ids it takes."""
    head = (under[0] if len(under) == 1 else SKIN) if len(under) < 2 else None
    if head is None or head in members or head not in vocabulary.terms:
        return None
    axis = Axis(id=head, label=f"{vocabulary.label(head)}, no branch named")
    return axis, frozenset((head,))


def _across(
    about: set[str],
    columns: Sequence[Axis],
    members: dict[str, frozenset[str]],
    rest: tuple[Axis, frozenset[str]] | None,
) -> set[str]:
    """Ids of the columns that a study with these indications stands in."""
    found = {name for name, ids in members.items() if about & ids}
    within = found & {axis.id for axis in columns if not axis.apart}
    if rest and not within and about & rest[1]:
        found.add(rest[0].id)
    return found


def _with_rest(columns: Sequence[Axis], rest: Axis) -> tuple[Axis, ...]:
    within = [axis for axis in columns if not axis.apart]
    return (*within, rest, *(axis for axis in columns if axis.apart))


def _union(pairs: dict[tuple[str, str], list[StudySummary]], place: int, name: str) -> Numbers:
    found = {s.record_id: s for key, studies in pairs.items() if key[place] == name for s in studies}
    return numbers(found.values())


def numbers(studies: Iterable[StudySummary]) -> Numbers:
    """What is registered in these studies; each must be there once."""
    found = sorted(studies, key=lambda study: study.record_id)
    stated = [s for s in found if s.enrollment_count is not None]
    return Numbers(
        studies=len(found),
        participants=sum(s.enrollment_count or 0 for s in stated) if stated else None,
        planned=sum(s.enrollment_type == "ESTIMATED" for s in stated),
        without_enrollment=len(found) - len(stated),
        randomised=sum(s.allocation == "RANDOMIZED" for s in found),
        completed=sum(s.overall_status == "COMPLETED" for s in found),
        with_results=sum(s.has_results is True for s in found),
        results_unknown=sum(s.has_results is None for s in found),
        record_ids=tuple(s.record_id for s in found),
    )


def map_notes(roles: Sequence[str], *, with_none: bool) -> tuple[str, ...]:
    """What the numbers of a map count. with_none: a study without the agents looked for has a row."""
    words = " or ".join(ROLE_WORDS[role] for role in roles)
    said = [
        f"Rows: agents in the role {words}.",
        "A study with several agents or complaints stands in several cells; a total counts each study once.",
        "Participants: the number each record states, reached or planned; studies that state none add nothing.",
        "Randomised, completed and posted results are the registry's own words; completed does not mean that results "
        "are known, and results published elsewhere only are not counted.",
        "An empty cell means that no study is registered in these data; it says nothing of whether something works.",
    ]
    if with_none:
        said.insert(1, "A study that gives none of the agents looked for stands in the last row.")
    return tuple(said)
