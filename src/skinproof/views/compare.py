"""One product beside what was given in registered studies: each of its amounts on the axis of its own unit kind."""

from collections.abc import Iterable, Sequence

import msgspec

from skinproof.model.preparations import PreparationRow
from skinproof.model.summary import EditionStamp
from skinproof.views.amounts import number_words, unit_words
from skinproof.views.certificate import Certificate
from skinproof.views.doses import STATED, DosePoint, dose_points, points_of, routes_of
from skinproof.views.landscape import (
    ALL,
    Group,
    Spread,
    axes_of,
    axis_words,
    group_of,
    median_words,
    spread_of,
)
from skinproof.views.preparations import finding_of, value_words
from skinproof.views.words import AGENT_CLASS_LABELS, lower_first, plural
from skinproof.vocabulary.term import Vocabulary

_OWN = ""
"""The record id of the product itself: it has none."""


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """One amount of the product beside one group of registered preparations.

    group: the group in words; studies: how many it holds, silent: how many of these state no dose; n_points, n_studies,
    median (of three or more), low, high: of clear amounts on the same axis; lower, equal: how many of these points are lower than the
    product's amount, or the same; elsewhere: points of the group on other axes, by axis; words: all in a sentence.
    """

    group: str
    studies: int
    silent: int
    n_points: int
    n_studies: int
    median: float | None
    low: float | None
    high: float | None
    lower: int
    equal: int
    elsewhere: dict[str, int]
    record_ids: tuple[str, ...]
    words: str


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """One amount of the product (value, low and high in `unit`) with what it stands beside, narrowest group first."""

    fact: str
    text: str
    kind: str
    per: str
    axis: str
    unit: str
    value: float
    low: float
    high: float
    beside: tuple[Beside, ...]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The product on the landscape. placed: empty where it states no amount; notes: what to mind."""

    product: str
    agent_class: str
    agent: str
    routes: tuple[str, ...]
    indications: tuple[str, ...]
    placed: tuple[Placed, ...]
    notes: tuple[str, ...]
    stamp: EditionStamp


class _Set(msgspec.Struct, frozen=True):
    """Registered preparations with those of their points that count for it."""

    words: str
    group: Group
    points: tuple[DosePoint, ...]


def compare(
    certificate: Certificate, rows: Iterable[PreparationRow], vocabulary: Vocabulary, stamp: EditionStamp
) -> Comparison:
    """The product beside the preparations of its agent class: for its complaint and route, then more widely."""
    preparation = certificate.preparation
    same = [row for row in rows if row.preparation.agent_class == preparation.agent_class]
    sets = _sets(certificate, same, vocabulary)
    points = points_of(_OWN, preparation)
    return Comparison(
        product=certificate.product,
        agent_class=preparation.agent_class,
        agent=AGENT_CLASS_LABELS[preparation.agent_class],
        routes=_stated_routes(certificate),
        indications=certificate.indications,
        placed=tuple(_place(point, sets) for point in points),
        notes=_notes(certificate, points, len({row.study.record_id for row in same})),
        stamp=stamp,
    )


def _stated_routes(certificate: Certificate) -> tuple[str, ...]:
    finding = finding_of(certificate.preparation, "route")
    return routes_of(certificate.preparation) if finding and finding.state == "reported" else ()


def _sets(certificate: Certificate, rows: Sequence[PreparationRow], vocabulary: Vocabulary) -> list[_Set]:
    """What the product is compared with, the narrowest first; a set that its file cannot name is left out."""
    routes = frozenset(_stated_routes(certificate))
    wanted = {below for term in certificate.indications for below in vocabulary.descendants(term)}
    about = " or ".join(lower_first(vocabulary.label(term)) for term in certificate.indications)
    way = " or ".join(value_words("route", route, vocabulary) for route in sorted(routes))
    agent = lower_first(AGENT_CLASS_LABELS[certificate.preparation.agent_class])
    asked = ((True, True), (True, False), (False, True), (False, False))
    found = []
    for by_route, by_complaint in asked:
        if (by_route and not routes) or (by_complaint and not wanted):
            continue
        kept = [
            row for row in rows
            if not (by_complaint and wanted.isdisjoint(row.study.indications))
            and not (by_route and routes.isdisjoint(routes_of(row.preparation)))
        ]  # fmt: skip
        points = [
            p for row in kept for p in dose_points(row) if not (by_route and routes.isdisjoint(p.routes))
        ]
        words = f"{agent}, {way if by_route else 'any route'}, {about if by_complaint else 'any complaint'}"
        key = (certificate.preparation.agent_class, ALL, ALL)
        found.append(_Set(words, group_of(key, kept, points), tuple(points)))
    return found


def _place(point: DosePoint, sets: Sequence[_Set]) -> Placed:
    return Placed(
        fact=point.fact,
        text=point.text,
        kind=point.kind,
        per=point.per,
        axis=axis_words(point.kind, point.per),
        unit=unit_words(point.kind, point.per),
        value=point.value,
        low=point.low,
        high=point.high,
        beside=tuple(_beside(point, one) for one in sets),
    )


def _beside(point: DosePoint, one: _Set) -> Beside:
    axis = (point.kind, point.per)
    places = [i for i, p in enumerate(one.points) if (p.kind, p.per) == axis]
    spread = spread_of((point.agent_class, ALL, ALL), *axis, places, one.points)
    clear = [one.points[i] for i in places if one.points[i].state == STATED]
    lower = sum(p.value < point.value for p in clear)
    equal = sum(p.value == point.value for p in clear)
    others = [p for p in one.points if (p.kind, p.per) != axis]
    elsewhere = {axis_words(*a): sum((p.kind, p.per) == a for p in others) for a in axes_of(others)}
    return Beside(
        group=one.words,
        studies=one.group.studies,
        silent=one.group.not_reported + one.group.relative,
        n_points=spread.n_points,
        n_studies=spread.n_studies,
        median=spread.median,
        low=spread.low,
        high=spread.high,
        lower=lower,
        equal=equal,
        elsewhere=elsewhere,
        record_ids=tuple(sorted({p.record_id for p in clear})),
        words=_words(spread, lower, equal, one.group, elsewhere),
    )


def _words(spread: Spread, lower: int, equal: int, group: Group, elsewhere: dict[str, int]) -> str:
    if not group.studies:
        return "no such study in these data: nothing to compare with"
    silent = group.not_reported + group.relative
    said = f"no dose in any unit in {silent} of {plural(group.studies, 'study', 'studies')}"
    if spread.low is None or spread.high is None:
        if not elsewhere:
            return f"nothing to compare with: {said}"
        other = "; ".join(f"{axis}: {n}" for axis, n in elsewhere.items())
        return (
            f"nothing to compare with on this axis; doses in other units are not compared ({other}); {said}"
        )
    same = f", {equal} the same" if equal else ""
    ends = number_words(spread.low), number_words(spread.high)
    span = f"all {ends[0]}" if ends[0] == ends[1] else f"range {ends[0]}–{ends[1]}"
    return (
        f"{lower} of {plural(spread.n_points, 'dose')} lower{same} ({plural(spread.n_studies, 'study', 'studies')}; "
        f"{median_words(spread)}, {span}); {said}"
    )


def _notes(certificate: Certificate, points: Sequence[DosePoint], studies: int) -> tuple[str, ...]:
    said = ["The file was read here; nothing of it was sent or kept."]
    agent = lower_first(AGENT_CLASS_LABELS[certificate.preparation.agent_class])
    if not points:
        said.append("The file states no dose and no concentration, so that there is nothing to place.")
    if not studies:
        said.append(f"No study in these data gives {agent}: there is nothing to compare with.")
    if not _stated_routes(certificate):
        said.append("The file states no route: the product is compared over all routes.")
    if not certificate.indications:
        said.append("The file names no indication: the product is compared over all complaints.")
    said += [
        "Only amounts of one unit kind over one basis are compared; nothing is converted. A dose in a stated volume "
        "(such as particles per 3 mL) is the amount given in it.",
        "Only doses and concentrations are compared. Purity, size, markers and the rest of your file count in the "
        "reporting score and in the contradictions.",
        "What others gave says nothing of whether a dose is safe or works.",
    ]
    return tuple(said)
