"""The history of a pooled answer: what each study did to it as it came, what the newest one changed, and what may be said
by somebody who looks again at every study.

Source: Lau et al. 1992, doi:10.1056/NEJM199207233270406 (cumulative meta-analysis); Elliott et al. 2017,
doi:10.1016/j.jclinepi.2017.08.010 (living systematic reviews). Of the sequential views: see `synthesis.sequential`.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from math import isfinite, log, nan

import msgspec
import numpy as np

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.diagnostics import leave_one_out
from skinproof.synthesis.living import Answer, changed, history
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.refit import Refits
from skinproof.synthesis.sequential import confidence_sequence, spending_boundaries, trial_sequential
from skinproof.views.living import Always, Boundaries, Living, Look, Moved, Newest, Step
from skinproof.views.pool_answer import by_test, fit_again, pool_table
from skinproof.views.pool_effects import Floats, way_back
from skinproof.views.pool_table import PoolTable
from skinproof.views.pooled import COUNTS, MANY, Asked, Estimate, Pooling, Shown, StudyLine
from skinproof.views.pooled_words import mid_effect, verdict_of

POWER = 80.0
"""Percent; the usual power of a trial's plan."""


def living_table(table: PoolTable, asked: Asked, order: str, *, power: float = POWER) -> Living:
    """The history of the answer to what the table asks, by the times in its column `order`.

    Raises:
        UsageError: no such column; a method or power that is none here.
        SynthesisError: a time that is none, by row; what `pool_table` raises.
    """
    if order not in table.columns:
        raise UsageError(f"{table.name} has no column {order!r}; it has {', '.join(table.columns)}")
    return living_of(
        pool_table(table, asked), {row.row: row.cells[order] for row in table.rows}, order, power=power
    )


def living_of(pooling: Pooling, when: Mapping[int, str], order: str, *, power: float = POWER) -> Living:
    """The history of an answer. when: row of the table -> when it came (a number such as a year, or a date); order: what
    these times are called.

    Raises: UsageError, SynthesisError: as `living_table`.
    """
    asked = pooling.asked
    if asked.method in COUNTS:
        raise UsageError(
            f"method {asked.method} pools counts and has no history yet; take --method REML or EE"
        )
    if not 50 <= power < 100:
        raise UsageError(f"power {power:g}: percent, from 50 to below 100")
    used = pooling.used
    times = _times(used, when, order)
    if not used:
        return Living(pooling=pooling, order=order)
    if len(used) > MANY:
        raise SynthesisError(
            f"{len(used):,} studies: a history is told of at most {MANY:,}; take fewer with --only"
        )
    fit = fit_again(pooling)
    found = history(fit, times)
    # with knha, verdicts rest on intervals that chance agreement does not narrow, at every look
    firm = by_test(fit, "adhoc") if fit.test == "knha" and fit.k > 1 else None
    wide = None if firm is None else history(firm, times).fits
    sequence = [int(place) for place in found.order]
    rows = [used[place] for place in sequence]
    words = [when[row.row] for row in rows]
    steps = _steps(pooling, (fit, firm), rows, sequence, words, (found.fits, wide))
    living = Living(
        pooling=pooling, order=order, steps=steps, newest=_newest(pooling, steps, [times[p] for p in sequence]),
        ties=tuple(dict.fromkeys(word for word, place in zip(words, sequence, strict=True) if times.count(times[place]) > 1)),
    )  # fmt: skip
    return _sequential(living, fit, times, power)


_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")


def _times(used: Sequence[StudyLine], when: Mapping[int, str], order: str) -> list[float]:
    """When each study came, as numbers that sort.

    Raises: SynthesisError: none, neither number nor date, or dates among numbers, by row.
    """
    kinds: list[str] = []
    times: list[float] = []
    for row in used:
        text = when.get(row.row, "")
        where = f"row {row.row} ({row.study}), column '{order}'"
        if not text:
            raise SynthesisError(f"{where}: empty; give the year, or leave the row out")
        dated = _DATE.fullmatch(text)
        value = _day(dated) if dated else _number(text)
        if value is None:
            raise SynthesisError(
                f"{where}: {text[:60]!r} is no time; give a number such as 2019, or a date such as 2019-05"
            )
        kinds.append("date" if dated else "number")
        times.append(value)
        if kinds[-1] != kinds[0]:
            raise SynthesisError(
                f"{where}: {text[:60]!r} is a {kinds[-1]} and the rows before have {kinds[0]}s; which came first"
                " cannot be told, so give all of one kind"
            )
    return times


def _day(found: re.Match[str]) -> float | None:
    """A month without its day stands at its start."""
    try:
        return float(date(int(found[1]), int(found[2]), int(found[3] or 1)).toordinal())
    except ValueError:
        return None


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) else None


def _steps(
    pooling: Pooling, models: tuple[PoolResult, PoolResult | None], rows: Sequence[StudyLine], sequence: Sequence[int], words: Sequence[str],
    fits: tuple[Refits, Refits | None],
) -> tuple[Step, ...]:  # fmt: skip
    """Every study in order, with the answer before it, with it, and today's without it.

    models, fits: as asked, and, where verdicts rest on another test, by that."""
    looks = [_look(pooling, fits, place, rows[: place + 1]) for place in range(len(rows))]
    fit, firm = models
    rest = None if fit.k < 2 else (leave_one_out(fit), None if firm is None else leave_one_out(firm))
    today = looks[-1]
    steps = []
    for place, row in enumerate(rows):
        assert row.shown is not None
        before, look = looks[place - 1] if place else None, looks[place]
        others = [other for other in rows if other is not row]
        without = _look(pooling, rest, sequence[place], others) if rest is not None else None
        steps.append(
            Step(
                row=row.row, study=row.study, when=words[place], own=row.shown, look=look, moved=_moved(pooling, before, look),
                without=without, left=_moved(pooling, without, today),
            )
        )  # fmt: skip
    return tuple(steps)


def _look(
    pooling: Pooling, both: tuple[Refits, Refits | None], place: int, rows: Sequence[StudyLine]
) -> Look | None:
    """One of the fits, on both scales. both: as asked, and the fits on which verdicts rest; rows: the studies in it."""
    fits, wide = both
    if fits.status[place]:
        return None
    judged = fits if wide is None or wide.status[place] else wide
    overall, several = pooling.overall, len(rows) > 1
    assert overall is not None
    sizes = np.array([nan if row.ni is None else row.ni for row in rows])
    back = way_back(pooling.asked.measure, sizes)

    def at(name: str) -> float:
        return float(getattr(fits, name)[place])

    def shown(*values: float) -> Shown:
        return Shown(*(float(value) for value in back(np.array(values))))

    bounds = (at("pi_lb"), at("pi_ub")) if several and isfinite(at("pi_lb")) else None
    equal = overall.tau2 is None and overall.k > 1
    return Look(
        k=len(rows), people=round(float(sizes.sum())) if np.isfinite(sizes).all() else None,
        beta=at("beta"), se=at("se"), pval=at("pval"), ci_lb=at("ci_lb"), ci_ub=at("ci_ub"),
        pi_lb=bounds[0] if bounds else None, pi_ub=bounds[1] if bounds else None,
        tau2=at("tau2") if several and not equal else None, i2=at("i2") if several else None,
        shown=shown(at("beta"), at("ci_lb"), at("ci_ub")), shown_pi=shown(at("beta"), *bounds) if bounds else None,
        verdict=verdict_of(pooling, _as_estimate(overall, len(rows), at("beta"), float(judged.ci_lb[place]), float(judged.ci_ub[place]))),
    )  # fmt: skip


def _as_estimate(overall: Estimate, k: int, beta: float, ci_lb: float, ci_ub: float) -> Estimate:
    return msgspec.structs.replace(overall, k=k, beta=beta, ci_lb=ci_lb, ci_ub=ci_ub, wider=None)


def _moved(pooling: Pooling, before: Look | None, after: Look | None) -> Moved | None:
    if before is None or after is None:
        return None
    found = changed(_answer(before), _answer(after))
    return Moved(
        shift=found.shift, shift_in_ci=_finite(found.shift_in_ci), ci_width=_finite(found.ci_width),
        conclusion="" if pooling.zero is None else found.conclusion, expected=found.expected,
    )  # fmt: skip


def _answer(look: Look) -> Answer:
    def or_nan(value: float | None) -> float:
        return nan if value is None else value

    return Answer(
        k=look.k, beta=look.beta, se=look.se, pval=look.pval, ci_lb=look.ci_lb, ci_ub=look.ci_ub, pi_lb=or_nan(look.pi_lb),
        pi_ub=or_nan(look.pi_ub), tau2=or_nan(look.tau2), i2=or_nan(look.i2),
    )  # fmt: skip


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _newest(pooling: Pooling, steps: Sequence[Step], times: Sequence[float]) -> Newest | None:
    """What came last: those of one time together, so that the order of their rows does not matter."""
    came = [step for step, time in zip(steps, times, strict=True) if time == times[-1]]
    earlier = len(steps) - len(came)
    before, after = steps[earlier - 1].look if earlier else None, steps[-1].look
    if after is None:
        return None
    return Newest(
        studies=tuple(step.study for step in came), when=came[-1].when, before=before, after=after,
        moved=_moved(pooling, before, after),
    )  # fmt: skip


def _sequential(living: Living, fit: PoolResult, times: Sequence[float], power: float) -> Living:
    """With the views for repeated looks, or why they are not there."""
    pooling, steps = living.pooling, living.steps
    asked = pooling.asked
    if fit.k < 2:
        return _unsaid(living, "Repeated looks need two studies or more: of one, heterogeneity is unknown.")
    if asked.method == "GENQ":
        return _unsaid(
            living,
            "Intervals for repeated looks rest on weights by precision; with given weights there are none.",
        )
    effect = mid_effect(pooling) if asked.mid is not None else _small_effect(pooling)
    if effect is None:
        living = _unsaid(
            living, f"An always-valid interval of the {pooling.scale} needs --mid: for which difference it is to be narrowest."
        )  # fmt: skip
    else:
        living = msgspec.structs.replace(living, always=_always(living, fit, times, effect))
    if asked.mid is None:
        why = (
            "measures of one group have nothing to test"
            if pooling.zero is None
            else "they need --mid, the effect to be found"
        )
        return _unsaid(living, f"There are no trial sequential boundaries: {why}.")
    found = trial_sequential(fit, times, effect=mid_effect(pooling), power=power / 100)
    people = steps[-1].look.people if steps[-1].look else None
    boundary = [_finite(value) for value in found.boundary.tolist()]
    bounds = zip(found.beta.tolist(), found.ci_lb.tolist(), found.ci_ub.tolist(), strict=True)
    return msgspec.structs.replace(
        living,
        boundaries=Boundaries(
            effect=mid_effect(pooling), power=power, tau2=found.tau2, required=found.required,
            people=round(people / float(found.share[-1])) if people else None, share=tuple(found.share.tolist()),
            zval=tuple(found.zval.tolist()), boundary=tuple(boundary), alpha_spent=tuple(found.alpha_spent.tolist()),
            shown=tuple(_shown(living, at, *values) if boundary[at] is not None else None for at, values in enumerate(bounds)),
            crossed_at=found.crossed_at, last=_last(found.share, 1 - fit.level),
        ),
    )  # fmt: skip


def _last(share: Floats, alpha: float) -> float | None:
    if share[-1] >= 1:
        return None
    return _finite(float(spending_boundaries(np.append(share, 1.0), alpha)[0][-1]))


def _unsaid(living: Living, why: str) -> Living:
    return msgspec.structs.replace(living, unsaid=(*living.unsaid, why))


SMALL_RATIO, SMALL_D, SMALL_SHARE = 1.25, 0.2, 0.05
"""Effects for which the always-valid interval is narrowest where none is asked for: a ratio (the usual bound of
bioequivalence), standard deviations (Cohen's small effect), a share of people (ours). Any value is valid if it is chosen
before the data, and the width hardly rests on it."""


def _small_effect(pooling: Pooling) -> float | None:
    """An effect that is small on the scale of the pooling, or None where units decide what is small."""
    scale = pooling.scale
    if scale.startswith("log "):
        return log(SMALL_RATIO)
    if "standardized" in scale or "correlation" in scale or scale.startswith("Fisher"):
        return SMALL_D
    if scale in ("risk difference", "proportion") or "arcsine" in scale:
        return SMALL_SHARE
    return None


def _always(living: Living, fit: PoolResult, times: Sequence[float], effect: float) -> Always:
    found = confidence_sequence(fit, times, effect=effect)
    bounds = list(zip(found.beta.tolist(), found.ci_lb.tolist(), found.ci_ub.tolist(), strict=True))
    one_group = living.pooling.zero is None
    outside = [at for at, (_, low, high) in enumerate(bounds) if low > 0 or high < 0]
    return Always(
        effect=effect, tau2=found.tau2, ci_lb=tuple(found.ci_lb.tolist()), ci_ub=tuple(found.ci_ub.tolist()), shown=tuple(_shown(living, at, *values) for at, values in enumerate(bounds)),
        p_any=None if one_group else tuple(found.p_any.tolist()),
        excludes_since=outside[0] if outside and not one_group else None,
    )  # fmt: skip


def _shown(living: Living, at: int, *values: float) -> Shown:
    """An estimate of the first studies with its interval, on the reader's scale."""
    by_row = {row.row: row.ni for row in living.pooling.used}
    sizes = [by_row[step.row] for step in living.steps[: at + 1]]
    back = way_back(living.pooling.asked.measure, np.array([nan if n is None else n for n in sizes]))
    return Shown(*(float(value) for value in back(np.array(values))))
