"""A network of arms from their raw data: events of people, or means with standard deviations.

Arms of a trial share their comparator, so its contrasts are correlated; the covariances follow from the arms themselves.

Source: Franchini et al. 2012, doi:10.1002/jrsm.1049 (arms and covariances of their contrasts); Gleser and Olkin 2009, in
Cooper et al., Handbook of Research Synthesis, 2nd ed., ch. 19 (standardized mean differences with one control group).
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.covariance import codes
from skinproof.synthesis.effect_continuous import exact_correction
from skinproof.synthesis.network_data import Network, Trial, network_arms
from skinproof.synthesis.problem import numbers
from skinproof.synthesis.sums import Floats

EVENTS, MEANS = ("xi", "ni"), ("mi", "sdi", "ni")


class NetworkMeasure(msgspec.Struct, frozen=True):
    """What a network is told in. needs: columns of an arm (none: only effects that are given). log: effects are log ratios."""

    label: str
    needs: tuple[str, ...] = ()
    log: bool = False
    undefined: str = ""


MEASURES = {
    "OR": NetworkMeasure("odds ratio", EVENTS, True, "an arm in which nobody or everybody has the event has no odds"),
    "RR": NetworkMeasure(
        "risk ratio", EVENTS, True, "an arm in which nobody or everybody has the event has no log risk with a variance"
    ),
    "RD": NetworkMeasure(
        "risk difference", EVENTS, False, "an arm in which nobody or everybody has the event has no variance of its risk"
    ),
    "MD": NetworkMeasure("mean difference", MEANS),
    "SMD": NetworkMeasure("standardized mean difference (Hedges' g)", MEANS),
    "ROM": NetworkMeasure("ratio of means", MEANS, True, "a mean that is not above 0 has no ratio"),
    "HR": NetworkMeasure("hazard ratio", (), True),
    "IRR": NetworkMeasure("rate ratio", (), True),
    "GEN": NetworkMeasure("effect as given"),
}  # fmt: skip
"""By metafor's names; HR and IRR are log ratios that are given, GEN is whatever is given."""


def arm_effects(
    measure: str, xi: npt.ArrayLike = (), ni: npt.ArrayLike = (), mi: npt.ArrayLike = (), sdi: npt.ArrayLike = ()
) -> tuple[Floats, Floats]:  # fmt: skip
    """(k,) outcome of each arm on the scale of the pooling, and its variance; NaN where an arm has none.

    OR: log odds, RR: log risk, RD: risk, MD and SMD: mean, ROM: log mean with Lajeunesse's correction. Raises: UsageError: no measure of arms.
    """
    if measure not in MEASURES or not MEASURES[measure].needs:
        known = ", ".join(name for name, row in MEASURES.items() if row.needs)
        raise UsageError(f"measure {measure!r} is not computed of arms; there are {known}")
    n = np.atleast_1d(numbers(ni, "ni"))
    with np.errstate(divide="ignore", invalid="ignore"):
        if MEASURES[measure].needs == EVENTS:
            x = np.atleast_1d(numbers(xi, "xi"))
            y, v = _counted(measure, x, n)
        else:
            m, sd = np.atleast_1d(numbers(mi, "mi")), np.atleast_1d(numbers(sdi, "sdi"))
            spread = sd**2 / (n * m**2)
            y, v = (m, sd**2 / n) if measure != "ROM" else (np.log(m) + spread / 2, spread)
    bad = ~np.isfinite(y) | ~np.isfinite(v) | (v <= 0)
    return np.where(bad, np.nan, y), np.where(bad, np.nan, v)


def _counted(measure: str, x: Floats, n: Floats) -> tuple[Floats, Floats]:
    if measure == "OR":
        return np.log(x / (n - x)), 1 / x + 1 / (n - x)
    if measure == "RR":
        return np.log(x / n), 1 / x - 1 / n
    return x / n, x * (n - x) / n**3


def with_constant(study: Sequence[object], xi: Floats, ni: Floats, add: float) -> tuple[Floats, Floats]:
    """Events and people with a constant added to events and to non-events of every arm of the studies in which some arm
    has no event or nothing but events.
    """
    group, _ = codes(study, "study", len(xi))
    bare = np.isin(group, group[(xi == 0) | (xi == ni)])
    return np.where(bare, xi + add, xi), np.where(bare, ni + 2 * add, ni)


def network_of_arms(
    measure: str, study: Sequence[object], treatment: Sequence[object], *, xi: npt.ArrayLike = (), ni: npt.ArrayLike = (),
    mi: npt.ArrayLike = (), sdi: npt.ArrayLike = (), add: float = 0.0,
) -> Network:  # fmt: skip
    """The network of arms by their raw data, one row each.

    measure: OR, RR, RD of events xi among ni people; MD, SMD, ROM of means mi with sdi. add: see `with_constant`.

    Raises:
        UsageError: no measure of arms.
        SynthesisError: as `network_arms`; an arm without an effect is named by its row.
    """
    if add and measure in MEASURES and MEASURES[measure].needs == EVENTS:
        xi, ni = with_constant(study, np.atleast_1d(numbers(xi, "xi")), np.atleast_1d(numbers(ni, "ni")), add)
    y, v = arm_effects(measure, xi, ni, mi, sdi)
    network = network_arms(study, treatment, y, v)
    if measure != "SMD":
        return network
    sizes, spreads = np.atleast_1d(numbers(ni, "ni")), np.atleast_1d(numbers(sdi, "sdi"))
    rows = {(str(s), str(t)): place for place, (s, t) in enumerate(zip(study, treatment, strict=True))}
    return Network(trials=tuple(_standardized(trial, rows, sizes, spreads) for trial in network.trials))


def _standardized(trial: Trial, rows: dict[tuple[str, str], int], ni: Floats, sdi: Floats) -> Trial:
    """The trial in standard deviations, pooled over its arms, with Hedges' exact correction."""
    places = [rows[trial.name, arm] for arm in trial.arms]
    n, sd = ni[places], sdi[places]
    df = float(n.sum()) - len(n)
    if df <= 1:
        raise SynthesisError(
            f"study {trial.name}: {n.sum():g} people in {len(n)} arms are too few for a standard deviation; leave it out or use"
            " measure MD"
        )
    pooled = float(np.sqrt(np.sum((n - 1) * sd**2) / df))
    g: Floats = trial.y / pooled * float(exact_correction(np.array([df]))[0])
    v = np.diag(1 / n[1:]) + 1 / n[0] + np.outer(g, g) / (2 * n.sum())
    return Trial(name=trial.name, arms=trial.arms, y=g, v=v)
