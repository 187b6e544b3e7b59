"""Pooled questions of posted outcomes: what was measured on which scale, in people who got an agent, against whom.

Means in one unit are pooled as mean differences, in several units as standardised ones; counts as risk ratios. Studies
without a comparison are pooled apart, as means or shares. Scales, kinds (value, change, ...) and comparisons are never mixed.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from skinproof.errors import SynthesisError
from skinproof.synthesis.effects import LARGE_SMD, escalc
from skinproof.views.event_pool import exact
from skinproof.views.outcome_choice import OutcomeLeftOut, OutcomeStudy
from skinproof.views.outcome_kinds import KINDS, folded_words, time_words
from skinproof.views.pool_answer import pool_table
from skinproof.views.pool_table import PoolTable, TableRow
from skinproof.views.pooled import Asked, Pooling
from skinproof.views.pooled_words import interval, number, reading
from skinproof.views.print_words import printed
from skinproof.views.words import plural

COMPARATOR = "comparator"

TEST = "adhoc"
"""Knapp and Hartung's test, never narrower than the normal one: few studies that happen to agree would get an interval of next
to no width. Source: Röver et al. 2015, doi:10.1186/s12874-015-0091-1."""

NO_RATIO = "no ratio of risks: an arm has no event, or only events, and no other study tells one"


class OutcomeQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """One question with its rows and its answer.

    measured: key; label: its words; scale: key of the known scale or ""; kind: one of KINDS; compared: against another
    arm; studies: in the order of the table; left_out: of the same class and complaint, about this outcome or a whole study.
    """

    agent: str
    agent_label: str
    branch: str
    branch_label: str
    measured: str
    label: str
    scale: str
    kind: str
    compared: bool
    studies: tuple[OutcomeStudy, ...]
    left_out: tuple[OutcomeLeftOut, ...]
    table: PoolTable
    pooling: Pooling

    @property
    def title(self) -> str:
        """The question in words."""
        kind = "" if self.kind == "people" else f", {KINDS[self.kind]}"
        against = "against a comparator" if self.compared else "without a comparison"
        return f"{self.label}{kind}: {self.agent_label} {against}, {self.branch_label}"

    @property
    def k(self) -> int:
        """Studies that were pooled."""
        return self.pooling.overall.k if self.pooling.overall is not None else 0


def table_of(studies: Sequence[OutcomeStudy], name: str) -> PoolTable:
    """The studies as a table with metafor's columns."""
    rows = tuple(
        TableRow(
            row=place, line=place + 1, study=study.record_id,
            cells={"outcome": f"{study.outcome} {study.unit}", "year": "" if study.year is None else str(study.year)},
            numbers=_numbers(study), notes=(*_at(study), *study.notes, *_far_apart(study)),
        )
        for place, study in enumerate(studies, 1)
    )  # fmt: skip
    return PoolTable(name=name, columns=("study", "outcome", "year", *rows[0].numbers), rows=rows)


def _at(study: OutcomeStudy) -> tuple[str, ...]:
    return (f"measured at {time_words(study.days)}",) if study.days is not None else ()


def _numbers(study: OutcomeStudy) -> dict[str, float | None]:
    first = study.arms[0]
    if not study.compared:
        if first.xi is not None:
            return {"xi": first.xi, "ni": first.ni}
        return {"mi": first.mi, "sdi": first.sdi, "ni": first.ni}
    second = study.arms[1]
    if first.xi is not None:
        return {"ai": first.xi, "n1i": first.ni, "ci": second.xi, "n2i": second.ni}
    return {
        "m1i": first.mi, "sd1i": first.sdi, "n1i": first.ni, "m2i": second.mi, "sd2i": second.sdi, "n2i": second.ni,
    }  # fmt: skip


def _far_apart(study: OutcomeStudy) -> tuple[str, ...]:
    """A flag on arms that stand more than two standard deviations apart: most often a standard error taken for one."""
    if not study.compared or study.arms[0].xi is not None:
        return ()
    one, two = study.arms
    try:
        found = escalc("SMD", m1i=one.mi, sd1i=one.sdi, n1i=one.ni, m2i=two.mi, sd2i=two.sdi, n2i=two.ni)
        smd = float(np.ravel(found.yi)[0])
    except SynthesisError:
        return ()
    if not np.isfinite(smd) or abs(smd) <= LARGE_SMD:
        return ()
    return (
        f"the arms differ by {abs(smd):.1f} standard deviations: check whether a standard error was posted as one",
    )


def asked_for(studies: Sequence[OutcomeStudy], agent_label: str, better: str = "") -> Asked:
    """How a question is pooled.

    better: which end of the scale is the better one; taken for values and changes, not for gains, whose sign is as posted.
    Risk ratios are pooled by REML; by Mantel-Haenszel, without a constant, where an arm has no event or only events.
    """
    first = studies[0]
    side = better if better in ("lower", "higher") and first.kind in ("value", "change", "people") else ""
    counts = first.arms[0].xi is not None
    if not first.compared:
        names = (agent_label, COMPARATOR)
        if counts and len(studies) > 1:
            return Asked(measure="PLO", method="GLMM", test="t", arms=names)
        return Asked(measure="PAS" if counts else "MN", test=TEST, arms=names)
    names = (
        (agent_label, first.arms[1].group or COMPARATOR) if len(studies) == 1 else (agent_label, COMPARATOR)
    )
    if counts:
        edges = any(arm.xi in (0, arm.ni) for study in studies for arm in study.arms)
        how = ("MH", "z") if edges else ("REML", TEST)
        return Asked(measure="RR", method=how[0], test=how[1], arms=names, better=side)
    units = {folded_words(study.unit) for study in studies}
    return Asked(measure="MD" if len(units) == 1 else "SMD", test=TEST, arms=names, better=side)


def pooled_outcomes(table: PoolTable, asked: Asked, studies: Sequence[OutcomeStudy]) -> Pooling:
    """The answer; rows that cannot be pooled say so, and nothing is pooled then."""
    try:
        pooling = pool_table(table, asked)
    except SynthesisError as error:
        why = NO_RATIO if asked.method == "MH" else str(error)
        rows = tuple(msgspec.structs.replace(row, left_out=why) for row in table.rows)
        plain = Asked(measure=asked.measure, arms=asked.arms, better=asked.better)
        pooling = pool_table(msgspec.structs.replace(table, rows=rows), plain)
    if asked.measure == "PAS" and pooling.overall is not None:
        pooling = _exactly(pooling, studies[0])
    return msgspec.structs.replace(pooling, cautions=(*pooling.cautions, *cautions_for(studies)))


def _exactly(pooling: Pooling, study: OutcomeStudy) -> Pooling:
    """The share of one study with the exact interval (Clopper and Pearson), in place of an approximate one."""
    arm = study.arms[0]
    shown = exact(arm.xi or 0, arm.ni)
    assert pooling.overall is not None
    row = msgspec.structs.replace(pooling.rows[0], shown=shown)
    overall = msgspec.structs.replace(pooling.overall, shown=shown)
    return msgspec.structs.replace(pooling, rows=(row,), overall=overall, cautions=("The interval is the exact one of a single group.",))  # fmt: skip


SMALL_ARM = 30
"""People in an arm below which the normal quantile is noticeably too small for the mean of one study (t: 2.04 at 30, 1.96)."""


def cautions_for(studies: Sequence[OutcomeStudy]) -> tuple[str, ...]:
    """What to mind of studies that stand side by side."""
    said = []
    times = {time_words(study.days) for study in sorted(studies, key=lambda s: s.days or 0.0)}
    if len(times) > 1:
        order = dict.fromkeys(
            time_words(study.days) for study in sorted(studies, key=lambda s: s.days or 0.0)
        )
        said.append(f"Measured at different times: {', '.join(order)}.")
    loose = sum(any("randomised" in note for note in study.notes) for study in studies)
    if loose:
        said.append(f"{plural(loose, 'study', 'studies')} not randomised, as far as the record tells: the arms may have differed from the start.")  # fmt: skip
    guessed = sum(any("from median" in note for note in study.notes) for study in studies)
    if guessed:
        said.append(f"Means and standard deviations of {plural(guessed, 'study', 'studies')} were estimated from medians.")  # fmt: skip
    if len({folded_words(study.unit) for study in studies}) > 1 and studies[0].arms[0].xi is None:
        said.append("The units differ, so that differences are told in standard deviations.")
    if not studies[0].scale:
        same = "; the studies stand together because they use the same words" if len(studies) > 1 else ""
        said.append(
            f"The outcome is on no scale of skin outcomes known here, so which end is the better one is not said{same}."
        )
    arms = studies[0].arms
    if len(studies) == 1 and arms[0].xi is None and min(arm.ni for arm in arms) < SMALL_ARM:
        said.append(
            f"The interval is by the normal distribution: with fewer than {SMALL_ARM} people in an arm the true one is wider, and it may"
            " pass the end of the scale."
        )
    return tuple(said)


def outcome_lines(question: OutcomeQuestion) -> tuple[str, ...]:
    """The answer in plain words, the verdict first, without words of the command line."""
    pooling = question.pooling
    lines = list(plain_lines(pooling))
    if pooling.overall is None:
        told = [f"{row.study}: {' against '.join(row.arms)} ({row.left_out})" for row in pooling.rows[:3]]
        lines[0] = f"Nothing can be pooled: {'; '.join(told)}."
        lines[1:1] = ["This says nothing about the effect: not that there is none, nor that there is one."]
    overall = pooling.overall
    if overall is not None and overall.k == 1 and question.compared:
        first, second = pooling.asked.arms
        one, two = pooling.used[0].arms
        excludes = "excludes" if overall.ci_lb > 0 or overall.ci_ub < 0 else "includes"
        lines.insert(
            1,
            f"{first[:1].upper()}{first[1:]}: {one}; {second}: {two}. The interval {excludes} no difference.",
        )
    return tuple(line for line in lines if line)


def plain_lines(pooling: Pooling) -> tuple[str, ...]:
    """The reading of an answer, without options of the command."""
    return printed(reading(pooling).lines, pooling)


def short_words(question: OutcomeQuestion) -> str:
    """The answer in a few words."""
    overall = question.pooling.overall
    if overall is None:
        return f"{plural(len(question.studies), 'study', 'studies')}, nothing can be pooled"
    size = f"{question.pooling.shown_scale} {number(overall.shown.est)} ({interval(overall.shown)})"
    people = f", {overall.people:,} people" if overall.people is not None else ""
    return f"{'one study only' if overall.k == 1 else f'{overall.k} studies'}{people}: {size}"
