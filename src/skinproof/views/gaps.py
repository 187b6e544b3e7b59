"""What a study or product leaves unsaid, and what it says that clashes: the list a manufacturer can act on."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from skinproof.appraisal.contradictions import Contradiction, contradictions
from skinproof.appraisal.presets import Presets
from skinproof.appraisal.reporting import (
    Gap,
    ItemCount,
    ReportingScore,
    gaps,
    item_counts,
    score_preparation,
    score_study,
)
from skinproof.model.findings import Preparation
from skinproof.model.preparations import PreparationRow
from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.views.amounts import number_words
from skinproof.views.words import AGENT_CLASS_LABELS, ROLE_WORDS, lower_first, title_of

DOCUMENT_WORDS = {"registry": "registry record", "paper": "paper", "certificate": "certificate"}

REQUIREMENT_WORDS = {
    "mandatory": "mandatory",
    "mandatory_if": "mandatory where it applies",
    "conditional": "where the method was used",
    "expected": "expected",
    "clinical": "of clinical products",
    "own": "asked by this project",
    "encouraged": "encouraged",
}

CLASH_WORDS = {
    "large_exosome": "large for an exosome",
    "cell_free_with_cells": "cell-free, and a cell dose",
    "particles_per_protein": "few particles per µg protein",
    "topical_with_intravenous_dose": "on the skin, in an intravenous-type dose",
    "dose_above_route": "far above the doses of its route",
    "dose_power_of_ten": "doses that differ by a power of ten",
    "dose_conflict": "doses that do not agree",
    "donor_both_ways": "donor said in two ways",
}


class PreparationGaps(msgspec.Struct, frozen=True, kw_only=True):
    """One preparation: its score, what is missing (mandatory first), and what clashes."""

    number: int
    name: str
    agent_class: str
    agent: str
    role: str
    role_words: str
    score: ReportingScore
    gaps: tuple[Gap, ...]
    contradictions: tuple[Contradiction, ...]


class StudyGaps(msgspec.Struct, frozen=True, kw_only=True):
    """One study: each item as well reported as in the preparation that reports it worst."""

    record_id: str
    title: str
    score: ReportingScore
    preparations: tuple[PreparationGaps, ...]


class GapReport(msgspec.Struct, frozen=True, kw_only=True):
    """Studies with their gaps; items: how often each item is reported, over all their preparations.

    document: the kind of document that was read; scores of two kinds are never pooled.
    """

    document: str
    n_studies: int
    n_preparations: int
    n_contradictions: int
    items: tuple[ItemCount, ...]
    studies: tuple[StudyGaps, ...]
    notes: tuple[str, ...]
    stamp: EditionStamp


def preparation_gaps(
    preparation: Preparation, document: str = "registry", presets: Presets | None = None
) -> PreparationGaps:
    """The gaps and contradictions of one preparation. presets: bands for the contradictions, None = the shipped ones."""
    score = score_preparation(preparation, document)
    return PreparationGaps(
        number=preparation.number,
        name=preparation.name,
        agent_class=preparation.agent_class,
        agent=AGENT_CLASS_LABELS[preparation.agent_class],
        role=preparation.role,
        role_words=ROLE_WORDS[preparation.role],
        score=score,
        gaps=gaps(score),
        contradictions=tuple(_readable(clash) for clash in contradictions(preparation, presets)),
    )


_POWER = re.compile(r"\d(?:\.\d{1,6})?e[+-]\d{2,3}")


def _readable(clash: Contradiction) -> Contradiction:
    """A contradiction whose message writes numbers as all answers do: 1×10¹⁰, not 1e+10."""
    return msgspec.structs.replace(
        clash, message=_POWER.sub(lambda found: number_words(float(found[0])), clash.message)
    )


def gap_report(
    rows: Iterable[PreparationRow], stamp: EditionStamp, presets: Presets | None = None
) -> GapReport:
    """The gaps of the registry records of these preparations, study by study."""
    by_study: dict[str, list[PreparationRow]] = {}
    for row in rows:
        by_study.setdefault(row.study.record_id, []).append(row)
    studies = tuple(
        _study_gaps(found[0].study, [row.preparation for row in found], presets)
        for found in by_study.values()
    )
    listed = [one for study in studies for one in study.preparations]
    return GapReport(
        document="registry",
        n_studies=len(studies),
        n_preparations=len(listed),
        n_contradictions=sum(len(one.contradictions) for one in listed),
        items=item_counts(one.score for one in listed),
        studies=studies,
        notes=notes("registry"),
        stamp=stamp,
    )


def _study_gaps(
    study: StudySummary, preparations: Sequence[Preparation], presets: Presets | None
) -> StudyGaps:
    return StudyGaps(
        record_id=study.record_id,
        title=title_of(study),
        score=score_study(preparations),
        preparations=tuple(preparation_gaps(p, presets=presets) for p in preparations),
    )


def notes(document: str) -> tuple[str, ...]:
    """What a reader must know before quoting a score."""
    said = [
        "Score: items reported, of those that can be asked of this kind of product.",
        "A contradiction is a place to look at, never a verdict; many of its bands are presets that nobody has checked.",
    ]
    if document == "certificate":
        said.insert(
            1,
            "Your file is scored as a certificate, a document of the maker: its score is never pooled with scores of "
            "registry records or papers.",
        )
    if document == "registry":
        said.insert(
            1,
            "A registry has no place for most items: the score is of the record, not of the product, and is never "
            "pooled with scores of papers.",
        )
    return tuple(said)


def score_words(score: ReportingScore) -> str:
    """A score in words: "7 of 24 items reported (29%), mandatory 3 of 11"."""
    if score.share is None:
        return "no item applies"
    reported, asked = score.counts("mandatory")
    unclear = f", {score.n_unclear} unclear" if score.n_unclear else ""
    return (
        f"{score.n_reported} of {score.n_applicable} items reported ({score.share:.0%}){unclear}; "
        f"mandatory {reported} of {asked}"
    )


def mandatory_reported(score: ReportingScore) -> tuple[str, ...]:
    """The mandatory items that count as reported: id and what they ask."""
    return tuple(
        f"{item.id} {lower_first(item.label)}"
        for item in score.items
        if (item.requirement, item.state) == ("mandatory", "reported")
    )


def clash_counts(report: GapReport) -> Mapping[str, int]:
    """Kind of contradiction -> how many, in the order of CLASH_WORDS; kinds without any are left out."""
    found = [c.kind for s in report.studies for p in s.preparations for c in p.contradictions]
    return {kind: found.count(kind) for kind in CLASH_WORDS if kind in found}
