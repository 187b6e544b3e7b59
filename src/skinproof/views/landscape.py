"""The dose landscape: which doses were given, by agent, complaint and route, each unit kind on an axis of its own.

A preparation stands in the group of every route it is given by and every complaint its study is about, so groups do
not add up. Medians are over the points of a group and only of amounts that are clear; a study with five dose levels
has five points. Fewer than three clear points have a range and no median.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median_high, median_low

import msgspec

from skinproof.model.preparations import PreparationRow
from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.amounts import KIND_LABELS, number_words, unit_words
from skinproof.views.doses import (
    AMOUNT_STATES,
    DOSE_KINDS,
    OUT,
    RELATIVE,
    ROUTE_NOT_SAID,
    SILENT,
    STATED,
    UNCLEAR,
    DosePoint,
    Ratio,
    amount_state,
    dose_points,
    middle,
    routes_of,
)
from skinproof.views.gapmap import gap_map
from skinproof.views.preparations import STATE_WORDS, value_words
from skinproof.views.ratios import Conversion, convert, own_ratios, ratio_words
from skinproof.views.words import AGENT_CLASS_LABELS, plural
from skinproof.vocabulary.term import Vocabulary

ALL = "all"
"""The group of every complaint, or of every route."""
FEWEST = 3
"""Clear points that a median needs."""
NO_COMPLAINT = "none"
"""The group of studies that are about none of the complaints looked for."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Preparations of one agent class for one complaint by one route, and what they say of their dose.

    indication: id of a branch, `all` or `none`; route: a vocabulary name, `not_reported`, `unclear`, or `all`.
    studies: to which the question applies; of these, reported: with an amount; unclear: with amounts that compete
    only; relative: with levels only ("1X, 2X"); not_reported: without any; share_not_reported: of the last two, None
    where no study is asked; record_ids: of `studies`.
    """

    agent_class: str
    indication: str
    route: str
    studies: int
    preparations: int
    reported: int
    unclear: int
    relative: int
    not_reported: int
    share_not_reported: float | None
    record_ids: tuple[str, ...]


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The points of one group on one axis: lowest and highest of the clear ones, None where there are none.

    median: of the clear ones, None where they are fewer than FEWEST.

    n_points, n_studies: clear amounts, and the studies they come from; n_unclear: amounts that compete; n_limits: clear
    amounts that are limits ("up to"); points: places in `Landscape.points`, clear ones first, by size.
    """

    agent_class: str
    indication: str
    route: str
    kind: str
    per: str
    n_points: int
    n_studies: int
    n_unclear: int
    n_limits: int
    median: float | None
    low: float | None
    high: float | None
    points: tuple[int, ...]


class Landscape(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. agents, indications, routes: id -> label, in the order shown; axes: (kind, per) in the order shown."""

    agents: dict[str, str]
    indications: dict[str, str]
    routes: dict[str, str]
    axes: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]
    spreads: tuple[Spread, ...]
    points: tuple[DosePoint, ...]
    conversion: Conversion | None
    notes: tuple[str, ...]
    stamp: EditionStamp

    def group(self, agent_class: str, indication: str = ALL, route: str = ALL) -> Group:
        """The group of these. Raises: KeyError."""
        wanted = (agent_class, indication, route)
        for found in self.groups:
            if (found.agent_class, found.indication, found.route) == wanted:
                return found
        raise KeyError(wanted)


Key = tuple[str, str, str]


def landscape(
    rows: Iterable[PreparationRow],
    vocabulary: Vocabulary,
    stamp: EditionStamp,
    *,
    under: Sequence[str] = (),
    to: str | None = None,
    ratio: Ratio | None = None,
) -> Landscape:
    """The landscape of these preparations.

    under: as in `gap_map`: one indication id shows its children; to: kind that doses are converted to, through the
    ratio each study states itself, else through `ratio`. Raises: UsageError where that cannot be done.
    """
    found = tuple(rows)
    branches, indications = _branches(found, vocabulary, stamp, under)
    points = [point for row in found for point in dose_points(row)]
    conversion = None
    if to:
        moved, conversion = convert(points, to, ratio, own_ratios(found))
        points = list(moved)
    points.sort(key=lambda p: (p.state != STATED, p.value, p.record_id, p.number))
    members: dict[Key, list[PreparationRow]] = {}
    for row in found:
        for key in _keys(
            row.preparation.agent_class, branches[row.study.record_id], routes_of(row.preparation)
        ):
            members.setdefault(key, []).append(row)
    placed: dict[Key, list[int]] = {}
    for place, point in enumerate(points):
        for key in _keys(point.agent_class, branches[point.record_id], point.routes):
            placed.setdefault(key, []).append(place)
    routes = _routes(members, vocabulary)
    order = _order(indications, routes)
    keys = sorted(members, key=order)
    groups = tuple(group_of(key, members[key], [points[i] for i in placed.get(key, ())]) for key in keys)
    spreads = tuple(spread for key in keys for spread in _spreads(key, placed.get(key, ()), points))
    return Landscape(
        agents={name: AGENT_CLASS_LABELS[name] for name in AGENT_CLASSES if any(k[0] == name for k in keys)},
        indications={key: label for key, label in indications.items() if any(k[1] == key for k in keys)},
        routes=routes,
        axes=axes_of(points),
        groups=groups,
        spreads=spreads,
        points=tuple(points),
        conversion=conversion,
        notes=_notes(groups, conversion),
        stamp=stamp,
    )


def axes_of(points: Iterable[DosePoint]) -> tuple[tuple[str, str], ...]:
    """(kind, per) of these points: kinds in their order, within a kind alone first, then the fullest first."""
    counts: dict[tuple[str, str], int] = {}
    for point in points:
        counts[point.kind, point.per] = counts.get((point.kind, point.per), 0) + 1
    return tuple(sorted(counts, key=lambda a: (DOSE_KINDS.index(a[0]), a[1] != "", -counts[a], a[1])))


def axis_words(kind: str, per: str) -> str:
    """An axis in words: "Particles per administration", "Protein mass, µg protein per kg"."""
    if kind == "fraction" and not per:
        return "Per cent of the product"
    over = unit_words(kind, per) if per else f"{unit_words(kind)} per administration"
    words = over if over.startswith(KIND_LABELS[kind]) else f"{KIND_LABELS[kind]}, {over}"
    return words[:1].upper() + words[1:]


def spread_of(key: Key, kind: str, per: str, places: Sequence[int], points: Sequence[DosePoint]) -> Spread:
    """The points at `places` of `points`, all of one axis, as one spread."""
    clear = [points[i] for i in places if points[i].state == STATED]
    return Spread(
        agent_class=key[0],
        indication=key[1],
        route=key[2],
        kind=kind,
        per=per,
        n_points=len(clear),
        n_studies=len({point.record_id for point in clear}),
        n_unclear=len(places) - len(clear),
        n_limits=sum(point.bound not in ("", "about") for point in clear),
        median=_median([point.value for point in clear]),
        low=min((point.low for point in clear), default=None),
        high=max((point.high for point in clear), default=None),
        points=tuple(places),
    )


def _median(values: Sequence[float]) -> float | None:
    """The median on a scale of powers: of an even number the geometric middle of the two in the middle."""
    return middle(median_low(values), median_high(values)) if len(values) >= FEWEST else None


def median_words(spread: Spread) -> str:
    """The median of a spread, or why there is none."""
    if spread.median is not None:
        return f"median {number_words(spread.median)}"
    return "too few for a median" if spread.n_points else "no median"


def silent_groups(found: Landscape, indication: str = ALL) -> tuple[Group, ...]:
    """The groups by route of which no study states a dose: they have no mark, and must not look like no group at all."""
    return tuple(
        group
        for group in found.groups
        if (group.indication, group.route != ALL) == (indication, True)
        and group.studies
        and not group.reported
        and not group.unclear
    )


def route_label(route: str, vocabulary: Vocabulary) -> str:
    """A route as readers see it."""
    if route in ROUTE_NOT_SAID or route == "unclear":
        return f"route {STATE_WORDS[route]}"
    return "all routes" if route == ALL else value_words("route", route, vocabulary)


def _keys(agent_class: str, branches: Sequence[str], routes: Sequence[str]) -> list[Key]:
    return [(agent_class, b, r) for b in (ALL, *branches) for r in dict.fromkeys((ALL, *routes))]


def _branches(
    rows: Sequence[PreparationRow], vocabulary: Vocabulary, stamp: EditionStamp, under: Sequence[str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Record id -> the columns of the gap map it stands in; and their labels."""
    studies: dict[str, StudySummary] = {row.study.record_id: row.study for row in rows}
    gap = gap_map(studies.values(), vocabulary, stamp, under=under)
    of: dict[str, list[str]] = {record_id: [] for record_id in studies}
    for column in gap.columns:
        for record_id in gap.column_totals[column.id].record_ids:
            of[record_id].append(column.id)
    labels = {ALL: "all complaints", **{column.id: column.label for column in gap.columns}}
    labels[NO_COMPLAINT] = "none of the complaints looked for"
    return {key: tuple(found) or (NO_COMPLAINT,) for key, found in of.items()}, labels


def _routes(members: Mapping[Key, Sequence[PreparationRow]], vocabulary: Vocabulary) -> dict[str, str]:
    """Routes with their labels, the most used first, those that are not said last."""
    counts: dict[str, int] = {}
    for (_, branch, route), rows in members.items():
        if branch == ALL:
            counts[route] = counts.get(route, 0) + len(rows)

    def last(route: str) -> int:
        return (route == "unclear") + 2 * (route in ROUTE_NOT_SAID) - 2 * (route == ALL)

    ordered = sorted(counts, key=lambda r: (last(r), -counts[r], r))
    return {route: route_label(route, vocabulary) for route in ordered}


def _order(
    indications: Mapping[str, str], routes: Mapping[str, str]
) -> Callable[[Key], tuple[int, int, int]]:
    columns, ways = list(indications), list(routes)
    return lambda key: (columns.index(key[1]), AGENT_CLASSES.index(key[0]), ways.index(key[2]))


def group_of(key: Key, rows: Iterable[PreparationRow], points: Iterable[DosePoint]) -> Group:
    """The group of these preparations, given those of their points that belong to it."""
    of: dict[tuple[str, int], list[DosePoint]] = {}
    for point in points:
        of.setdefault((point.record_id, point.number), []).append(point)
    best: dict[str, str] = {}
    asked = 0
    for row in rows:
        record_id = row.study.record_id
        state = amount_state(row.preparation, of.get((record_id, row.preparation.number), ()))
        asked += state != OUT
        best[record_id] = min(best.get(record_id, OUT), state, key=AMOUNT_STATES.index)
    counts = {state: sum(s == state for s in best.values()) for state in AMOUNT_STATES}
    studies = len(best) - counts[OUT]
    silent = counts[RELATIVE] + counts[SILENT]
    return Group(
        agent_class=key[0],
        indication=key[1],
        route=key[2],
        studies=studies,
        preparations=asked,
        reported=counts[STATED],
        unclear=counts[UNCLEAR],
        relative=counts[RELATIVE],
        not_reported=counts[SILENT],
        share_not_reported=silent / studies if studies else None,
        record_ids=tuple(sorted(key for key, state in best.items() if state != OUT)),
    )


def _spreads(key: Key, places: Sequence[int], points: Sequence[DosePoint]) -> list[Spread]:
    by_axis: dict[tuple[str, str], list[int]] = {}
    for place in places:
        by_axis.setdefault((points[place].kind, points[place].per), []).append(place)
    axes = axes_of(points[place] for place in places)
    return [spread_of(key, kind, per, by_axis[kind, per], points) for kind, per in axes]


def _notes(groups: Sequence[Group], conversion: Conversion | None) -> tuple[str, ...]:
    said = [
        "Each unit kind has an axis of its own: particles, mass and cells are not compared with each other.",
        "A point is one amount that a record states; a study with several dose levels has several. The median is over "
        "points that are clear, where there are three or more; a range stands at its geometric middle, and so does the "
        "median of an even number.",
        "A dose in a stated volume (such as particles per 3 mL) is the amount given in it and stands per administration; "
        "its concentration stands per mL.",
        "A preparation with several routes or complaints stands in several groups, so groups do not add up.",
        "Not reported: the share of the studies of the group whose record states no amount of any kind.",
    ]
    relative = sum(g.relative for g in groups if (g.indication, g.route) == (ALL, ALL))
    if relative:
        said.append(
            f"{plural(relative, 'study names', 'studies name')} dose levels without an amount (such as 1X, 2X) and "
            f"{'counts' if relative == 1 else 'count'} as not reported."
        )
    return (*said, *(conversion_notes(conversion) if conversion else ()))


def conversion_notes(done: Conversion) -> tuple[str, ...]:
    """What was converted, by what, and what could not be."""
    said = []
    if done.own:
        said.append(
            f"{plural(done.own, 'dose')} converted to {KIND_LABELS[done.to]} by the study's own ratio."
        )
    if done.named:
        said.append(
            f"{plural(done.by_name, 'dose')} converted by the ratio given: {ratio_words(done.named)}."
        )
    if done.kept:
        said.append(
            f"{plural(done.kept, 'dose')} of other unit kinds stay on their axes: no ratio leads from them."
        )
    return tuple(said)
