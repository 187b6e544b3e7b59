"""One agent, or one complaint, on one printed page: what is registered, compared, posted, running, and missing."""

from collections.abc import Sequence

import msgspec

from skinproof.views.claim import missing_words
from skinproof.views.evidence import Evidence, count_words, many_words
from skinproof.views.gapmap import OUTSIDE, GapMap, Numbers
from skinproof.views.words import NO_STUDIES, lower_first, plural


class Across(msgspec.Struct, frozen=True, kw_only=True):
    """One row: a complaint of an agent's page, a class of agents of a complaint's page. id: as on the map; design_unknown,
    status_unknown: how many of its studies do not say whether they are randomised, or how far they are."""

    id: str
    label: str
    numbers: Numbers
    design_unknown: int = 0
    status_unknown: int = 0


class About(msgspec.Struct, frozen=True, kw_only=True):
    """The page. kind: agent | indication; id: vocabulary id or agent class; across: where the studies stand on the map, fullest
    first; empty: labels of the rows of the map without a study; list_options: options of `skinproof list` that show the same studies."""

    kind: str
    id: str
    label: str
    sentence: str
    evidence: Evidence
    across: tuple[Across, ...]
    empty: tuple[str, ...]
    missing: tuple[str, ...]
    below: tuple[tuple[str, str], ...]
    list_options: str


def about(
    kind: str,
    name: str,
    label: str,
    evidence: Evidence,
    gap: GapMap,
    *,
    below: Sequence[tuple[str, str]] = (),
    list_options: str = "",
) -> About:
    """The page of one agent or complaint. gap: the map of its studies alone; below: (id, label) of what stands under it."""
    axes, totals = (gap.columns, gap.column_totals) if kind == "agent" else (gap.rows, gap.row_totals)
    no_design, no_status = frozenset(evidence.allocation_unknown), frozenset(evidence.status_unknown)
    rows = [
        Across(
            id=axis.id, label=axis.label, numbers=totals[axis.id], design_unknown=len(no_design.intersection(totals[axis.id].record_ids)),
            status_unknown=len(no_status.intersection(totals[axis.id].record_ids)),
        )
        for axis in axes
        if axis.id != "other"
    ]  # fmt: skip
    full = sorted((row for row in rows if row.numbers.studies), key=lambda row: -row.numbers.studies)
    empty = tuple(row.label for row in rows if not row.numbers.studies)
    thing = "complaint" if kind == "agent" else "preparation"
    lost = (
        (f"{NO_STUDIES.capitalize()} for {plural(len(empty), thing)} of the map.",) if empty and full else ()
    )
    return About(
        kind=kind, id=name, label=label, sentence=_sentence(kind, label, evidence, full), evidence=evidence, across=tuple(full),
        empty=empty, missing=(*missing_words(evidence), *lost), below=tuple(below), list_options=list_options,
    )  # fmt: skip


def _sentence(kind: str, label: str, evidence: Evidence, full: Sequence[Across]) -> str:
    said = many_words(label) if kind == "agent" else lower_first(label)
    what = f"people {said}" if kind == "agent" else f"people a preparation looked for, for {said}"
    if not evidence.numbers.studies:
        return f"No study held here gives {what}. That is a gap in what is registered here, not a sign of safety and not a failure."
    gives = "gives" if evidence.numbers.studies == 1 else "give"
    inside = [row for row in full if row.id != OUTSIDE]
    where = "on the skin most often" if kind == "agent" else "most often"
    most = (
        f" {where.capitalize()}: {lower_first(inside[0].label)} ({inside[0].numbers.studies:,})."
        if inside and len(full) > 1
        else ""
    )
    results = plural(len(evidence.with_results), "has posted results", "have posted results")
    randomised = plural(len(evidence.randomised), "is randomised", "are randomised")
    unsaid = len(evidence.allocation_unknown)
    randomised += f" ({unsaid:,} {'does' if unsaid == 1 else 'do'} not say)" if unsaid else ""
    return f"{count_words(evidence)} {gives} {what}; {randomised}, {results}.{most}"
