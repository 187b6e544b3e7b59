"""What an answer from several effects per study says in plain words.

The verdict and its words are those of `pooled_words`, from the interval of the multilevel model; what several effects add is
said after the size: whose effects they are, where they vary, and whether the answer hangs on what was assumed.
"""

from collections.abc import Sequence

from skinproof.views.multilevel import Average, EffectLine, Multilevel
from skinproof.views.pooled import Asked, Estimate, Pooling, StudyLine
from skinproof.views.pooled_words import Reading, number, reading, verdict_of
from skinproof.views.words import plural

FEW_DFS = 4
"""Degrees of freedom below which a cluster-robust interval does not hold its level (Tipton 2015, doi:10.1037/met0000011)."""


def reading_several(found: Multilevel) -> Reading:
    """The answer in plain words."""
    said = reading(as_pooling(found))
    if found.overall is None:
        return said
    first, *rest = said.lines
    return Reading(
        verdict=said.verdict,
        lines=(
            first,
            _whose(found),
            *rest,
            *_spread(found),
            *_robust(found),
            *_tried(found),
            *_outcomes(found),
        ),
    )


def by_study(rows: Sequence[EffectLine]) -> list[EffectLine]:
    """The effects with those of one study together, studies in the order in which they come first."""
    order: dict[str, int] = {}
    for row in rows:
        order.setdefault(row.study, len(order))
    return sorted(rows, key=lambda row: order[row.study])


def as_pooling(found: Multilevel) -> Pooling:
    """The answer in the shape that words and pictures of pooled answers take; k of the answer: studies."""
    asked = found.asked
    rows = tuple(
        StudyLine(
            row=row.row, study=row.label if row.study else f"row {row.row}", subgroup=row.study, arms=row.arms, ni=row.ni, yi=row.yi, vi=row.vi,
            ci_lb=row.ci_lb, ci_ub=row.ci_ub, weight=row.weight, shown=row.shown,
            left_out=row.left_out, notes=row.notes,
        )
        for row in by_study(found.rows)
    )  # fmt: skip
    overall = None if found.overall is None else estimate_of(found, found.overall, "All effects")
    return Pooling(
        asked=Asked(
            measure=asked.measure, method=asked.method, test=asked.test, level=asked.level, add=asked.add, to=asked.to,
            drop00=asked.drop00, mid=asked.mid, better=asked.better, arms=asked.arms,
        ),
        label=found.label, scale=found.scale, shown_scale=found.shown_scale, zero=found.zero, log=found.log, rows=rows,
        overall=overall, outcome=found.outcome, better=found.better, notes=found.notes,
    )  # fmt: skip


def estimate_of(found: Multilevel, average: Average, label: str) -> Estimate:
    """An average of the answer as the words and pictures of pooled answers take it. I2 and the like are told by level."""
    own = average is found.overall
    return Estimate(
        label=label, k=found.studies, people=None, beta=average.beta, se=average.se, zval=average.zval,
        pval=1.0 if average.pval is None else average.pval, ci_lb=average.ci_lb, ci_ub=average.ci_ub,
        shown=average.shown, dfs=average.dfs, tau2=None, tau2_lb=None, tau2_ub=None, se_tau2=None, i2=None, i2_lb=None,
        i2_ub=None, h2=None, qe=found.qe, qep=found.qep, pi_lb=found.pi_lb if own else None,
        pi_ub=found.pi_ub if own else None, shown_pi=found.shown_pi if own else None,
    )  # fmt: skip


def _whose(found: Multilevel) -> str:
    people = "" if found.people is None else f" with at least {found.people:,} people"
    asked = found.asked
    how = f"their errors are taken to be correlated by {asked.rho:g}"
    if asked.groups:
        how = "the groups they share say how their errors are correlated"
        if asked.outcome:
            how += f", times {asked.rho:g} between outcomes"
    return (
        f"{plural(found.k, 'effect')} of {plural(found.studies, 'study', 'studies')}{people};"
        f" {plural(found.several, 'study has', 'studies have')} more than one effect. Nobody counts twice: effects of one study share"
        f" a random effect, and {how}."
    )


def _spread(found: Multilevel) -> list[str]:
    """Where the effects vary."""
    if found.sampling is None or len(found.levels) != 2:
        return []
    between, within = found.levels
    return [
        f"Of the variance of the effects, {between.share:.0f}% lies between studies, {within.share:.0f}% between effects of the same"
        f" study, and {found.sampling:.0f}% is chance."
    ]


def _robust(found: Multilevel) -> list[str]:
    asked = found.asked
    if found.robust_refused:
        return [f"No cluster-robust interval ({asked.robust}): {found.robust_refused}."]
    if found.robust is None or found.overall is None:
        return []
    shown = found.robust.shown
    said = (
        f"Whatever the correlation within studies, the cluster-robust interval ({asked.robust}) is {number(shown.lb)} to"
        f" {number(shown.ub)}"
    )
    if found.robust.dfs is not None and found.robust.dfs < FEW_DFS:
        return [
            f"{said}; with {found.robust.dfs:.3g} degrees of freedom (fewer than {FEW_DFS}) it is not to be relied on, and neither confirms"
            " nor contradicts the answer."
        ]
    other = _verdict(found, found.robust)
    return [
        f"{said}; it {'agrees' if other == _verdict(found, found.overall) else 'leads to another verdict, so be careful'}."
    ]


def _verdict(found: Multilevel, average: Average) -> str:
    return verdict_of(as_pooling(found), estimate_of(found, average, ""))


def _tried(found: Multilevel) -> list[str]:
    """Whether the answer hangs on the assumed correlation."""
    held = [one for one in found.tried if one.average is not None]
    if len(held) < 2 or found.overall is None:
        return []
    averages = [one.average for one in held if one.average is not None]
    shown = [average.shown.est for average in averages]
    verdict = _verdict(found, found.overall)
    turned = [
        one.rho for one, average in zip(held, averages, strict=True) if _verdict(found, average) != verdict
    ]
    end = (
        "the verdict stays the same"
        if not turned
        else f"the verdict is another one at {', '.join(f'{rho:g}' for rho in turned)}"
    )
    low, high = min(shown), max(shown)
    lies = (
        f"is {number(low)}"
        if number(low) == number(high)
        else f"lies between {number(low)} and {number(high)}"
    )
    return [
        f"With assumed correlations from {held[0].rho:g} to {held[-1].rho:g} the pooled value {lies}, and {end}."
    ]


def _outcomes(found: Multilevel) -> list[str]:
    outcomes = found.outcomes
    if outcomes is None or outcomes.qmp is None:
        return []
    if outcomes.qmp < 0.05:
        return [
            "The outcomes differ from each other, so that one average over them hides something: read them one by one."
        ]
    return ["No difference between the outcomes was shown; that does not mean that they are alike."]
