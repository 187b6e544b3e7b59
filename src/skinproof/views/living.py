"""The history of a pooled answer as every face shows it.

Values stand on two scales, as in `pooled`: that of the pooling, and as `shown` that of the reader.
"""

import msgspec

from skinproof.views.pooled import Pooling, Shown


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """A pooled answer at one time. shown, shown_pi: on the reader's scale; the rest on that of the pooling.

    None: does not exist (heterogeneity of one study, a prediction interval of equal effects). verdict: as `pooled_words`
    has them.
    """

    k: int
    people: int | None
    beta: float
    se: float
    pval: float
    ci_lb: float
    ci_ub: float
    pi_lb: float | None
    pi_ub: float | None
    tau2: float | None
    i2: float | None
    shown: Shown
    shown_pi: Shown | None
    verdict: str


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """The change from one answer to the next, on the scale of the pooling; see `synthesis.living.Change`.

    shift_in_ci, ci_width: None where the interval before had no width. conclusion: "" for measures of one group.
    """

    shift: float
    shift_in_ci: float | None
    ci_width: float | None
    conclusion: str
    expected: bool | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One study as it came. when: as the table says it; own: its own effect; look: the answer with it, None where there is
    none (the estimate of tau2 did not converge); moved: what it did to the answer before, None of the first.

    without, left: today's answer without this study, and the change that putting it back makes (None of fewer than two).
    """

    row: int
    study: str
    when: str
    own: Shown
    look: Look | None
    moved: Moved | None = None
    without: Look | None = None
    left: Moved | None = None


class Newest(msgspec.Struct, frozen=True, kw_only=True):
    """The study that came last, or all of them where several came at the same time. before: None: there was nothing."""

    studies: tuple[str, ...]
    when: str
    before: Look | None
    after: Look
    moved: Moved | None


class Always(msgspec.Struct, frozen=True, kw_only=True):
    """The always-valid intervals, one for each step. effect: for which they are narrowest, on the scale of the pooling;
    ci_lb, ci_ub: on that scale; p_any: None of one group; excludes_since: the step, from 0, at which an interval first left
    out no difference."""

    effect: float
    tau2: float
    ci_lb: tuple[float, ...]
    ci_ub: tuple[float, ...]
    shown: tuple[Shown, ...]
    p_any: tuple[float, ...] | None
    excludes_since: int | None


class Boundaries(msgspec.Struct, frozen=True, kw_only=True):
    """Trial sequential boundaries, one value for each step. boundary, shown: None where a look spends no error.

    effect: the smallest one of interest, on the scale of the pooling; required: information, 1 / variance; people: about
    how many those are with people like those so far; crossed_at: the step, from 0; last: the boundary at
    all the required information if the next look had it, None where it is there.
    """

    effect: float
    power: float
    tau2: float
    required: float
    people: int | None
    share: tuple[float, ...]
    zval: tuple[float, ...]
    boundary: tuple[float | None, ...]
    shown: tuple[Shown | None, ...]
    alpha_spent: tuple[float, ...]
    crossed_at: int | None
    last: float | None


class Living(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of today (`pooling`) and its history. order: the column of the times; ties: times at which several came;
    unsaid: why a sequential view is not there."""

    pooling: Pooling
    order: str
    steps: tuple[Step, ...] = ()
    newest: Newest | None = None
    always: Always | None = None
    boundaries: Boundaries | None = None
    ties: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()
