"""What a ratio means for people: events among 1,000 treated and 1,000 untreated.

Source: Schuenemann et al., Cochrane Handbook (version 6.5), chapter 15.4.4 (absolute effects from relative ones and a
baseline risk); Deeks & Higgins, there, chapter 10.4.3.
"""

from collections.abc import Sequence

import msgspec

from skinproof.errors import UsageError
from skinproof.views.pooled import Absolute, Asked, Pooling, Shown

MEASURES = ("RR", "OR", "PETO", "RD")


def check_baseline(asked: Asked) -> None:
    """Raises: UsageError: no risk, or a measure that has nothing to do with one."""
    risk = asked.baseline_risk
    if risk is None:
        return
    if asked.measure not in MEASURES:
        raise UsageError(f"--baseline-risk: is for {', '.join(MEASURES)}, not for {asked.measure}")
    if not 0 < risk < 1:
        raise UsageError(f"--baseline-risk {risk:g}: give a share above 0 and below 1, such as 0.12 for 12%")


def absolute_of(pooling: Pooling) -> Absolute | None:
    """Events per 1,000 people in arm 1 and arm 2; None for other measures, or where no baseline risk is known.

    The baseline is what was asked for, else all events over all people of the second arms that were pooled. Its own
    uncertainty is no part of the interval. Risks that a difference puts outside 0 to 1 end there.
    """
    found, asked = pooling.overall, pooling.asked
    if found is None or asked.measure not in MEASURES:
        return None
    second = asked.arms[1]
    if asked.baseline_risk is not None:
        risk, source = asked.baseline_risk, "the baseline risk that was given"
    else:
        arms = [row.control for row in pooling.used if row.control is not None]
        events, people = sum(e for e, _ in arms), sum(n for _, n in arms)
        if not arms or not 0 < events < people:
            return None
        risk = events / people
        source = f"the pooled risk of {second}: {events:,.0f} events among {people:,.0f} people"
    treated = [_treated(asked.measure, risk, value) for value in _three(found.shown)]
    first = [1000 * min(max(value, 0.0), 1.0) for value in treated]
    base = 1000 * risk
    return Absolute(
        baseline=base,
        source=source,
        treated=Shown(*first),
        difference=Shown(*(value - base for value in first)),
    )


def _treated(measure: str, risk: float, effect: float) -> float:
    """The risk in arm 1 from that in arm 2 and a ratio or difference."""
    if measure == "RD":
        return risk + effect
    if measure == "RR":
        return risk * effect
    odds = effect * risk / (1 - risk)
    return odds / (1 + odds)


def _three(shown: Shown) -> Sequence[float]:
    return (shown.est, shown.lb, shown.ub)


def with_absolute(pooling: Pooling) -> Pooling:
    """The pooling with events per 1,000 people, where there are any."""
    return msgspec.structs.replace(pooling, absolute=absolute_of(pooling))
