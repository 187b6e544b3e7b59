"""What a new study changed: a result before and after, in the numbers that a reader asks for.

Source: Elliott et al. 2017, doi:10.1016/j.jclinepi.2017.08.010 (living systematic reviews); Lau et al. 1992,
doi:10.1056/NEJM199207233270406 (cumulative meta-analysis).
"""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.diagnostics import cumulative, sorted_by
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.refit import Refits, refit, studies
from skinproof.synthesis.sums import Ints


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A pooled result. pi_lb, pi_ub: NaN where there is no prediction interval (equal effects)."""

    k: int
    beta: float
    se: float
    pval: float
    ci_lb: float
    ci_ub: float
    pi_lb: float
    pi_ub: float
    tau2: float
    i2: float


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """before, after; shift: of the estimate; shift_in_ci: the shift in half-widths of the interval before; ci_width: after
    over before; conclusion: "same", "now excludes" or "no longer excludes" no effect, or "turned" to the other side;
    expected: whether the result after lies inside the prediction interval before (None without one)."""

    before: Answer
    after: Answer
    shift: float
    shift_in_ci: float
    ci_width: float
    conclusion: str
    expected: bool | None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """(k,) fits of the first 1, 2, ... studies; order: the study that each added; conclusion: of each addition, the first
    "first"."""

    order: Ints
    fits: Refits
    conclusion: tuple[str, ...]


def answer(fit: PoolResult) -> Answer:
    """The result of a fit without moderators. Raises: SynthesisError: with moderators."""
    if fit.many.problem.x is not None:
        raise SynthesisError("what changed is asked of one pooled effect; fit it without moderators")
    names = ("beta", "se", "pval", "ci_lb", "ci_ub", "pi_lb", "pi_ub", "tau2", "i2")
    return Answer(k=fit.k, **{name: float(getattr(fit, name)) for name in names})


def what_changed(before: PoolResult, after: PoolResult) -> Change:
    """The change from one fit to another of the same question.

    Raises: UsageError: the fits differ in method, test or level, so that the change would be theirs. SynthesisError: a fit
        has moderators.
    """
    for name in ("method", "test", "level"):
        if getattr(before, name) != getattr(after, name):
            raise UsageError(
                f"{name} is {getattr(before, name)} before and {getattr(after, name)} after; fit both in one way"
            )
    return changed(answer(before), answer(after))


def changed(one: Answer, two: Answer) -> Change:
    """The change from one answer to another that was made in the same way."""
    half = (one.ci_ub - one.ci_lb) / 2
    shift = two.beta - one.beta
    inside = None if np.isnan(one.pi_lb) else bool(one.pi_lb <= two.beta <= one.pi_ub)
    return Change(
        before=one, after=two, shift=shift, shift_in_ci=shift / half if half > 0 else np.nan,
        ci_width=(two.ci_ub - two.ci_lb) / 2 / half if half > 0 else np.nan,
        conclusion=_conclusion((one.ci_lb, one.ci_ub), (two.ci_lb, two.ci_ub)), expected=inside,
    )  # fmt: skip


def what_a_study_changed(fit: PoolResult, place: int) -> Change:
    """The change that one study made: the fit without it, and with it.

    place: row of the study in what was given to the fit, from 0.
    Raises: UsageError: the fit did not use this row. SynthesisError: it is the only study; moderators.
    """
    given = studies(fit)
    if place not in given.place:
        raise UsageError(f"row {place + 1} is not a study of this fit")
    if given.k < 2:
        raise SynthesisError("one study: there is nothing before it")
    rest = given.place != place
    weights = None if given.weights is None else given.weights[None, rest]
    x = None if given.x is None else given.x[rest]
    return what_changed(PoolResult(refit(fit, given.y[None, rest], given.v[None, rest], x, weights)), fit)


def history(fit: PoolResult, order: Sequence[float] | npt.ArrayLike | None = None) -> History:
    """The cumulative meta-analysis, with what each study did to the conclusion.

    order: (k,) what to sort by, such as the year; ties and no order at all: as given. Its intervals hold for one look each;
    for repeated looks see `sequential`.

    Raises: SynthesisError: order is none; moderators.
    """
    given = studies(fit)
    if given.x is not None:
        raise SynthesisError("a history is one of a pooled effect; fit it without moderators")
    fits = cumulative(fit, order)
    sequence = np.arange(given.k) if order is None else sorted_by(order, given.k)
    intervals = list(zip(fits.ci_lb.tolist(), fits.ci_ub.tolist(), strict=True))
    steps = (_conclusion(*pair) for pair in pairwise(intervals))
    return History(order=given.place[sequence], fits=fits, conclusion=("first", *steps))


def _conclusion(before: tuple[float, float], after: tuple[float, float]) -> str:
    one, two = _side(before), _side(after)
    if one == two:
        return "same"
    if one and two:
        return "turned"
    return "now excludes" if two else "no longer excludes"


def _side(interval: tuple[float, float]) -> int:
    """1 or -1 where the interval lies on one side of no effect, else 0."""
    return int(interval[0] > 0) - int(interval[1] < 0)
