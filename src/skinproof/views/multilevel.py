"""An answer from several effects per study, as every face shows it.

Values stand on two scales, as in `pooled`: that of the pooling, and as `shown` that of the reader.
"""

import msgspec

from skinproof.views.pooled import Coefficient, Shown

ROBUST = ("CR2", "CR1", "CR0", "none")
RHOS = (0.0, 0.2, 0.4, 0.6, 0.8)
"""Correlations that are tried where the true ones are not known."""


class MultilevelAsked(msgspec.Struct, frozen=True, kw_only=True):
    """How to pool. cluster: the column of studies; outcome: the column of what was measured; groups: the columns of the two
    groups that an effect compares.

    rho: the assumed correlation of the sampling errors of two effects of one study; rhos: those that are tried beside it.
    test: "z", "t" (k - p degrees of freedom) or "contain" (studies - p for the average); robust: one of `ROBUST`.
    """

    measure: str
    cluster: str = "study"
    outcome: str | None = None
    groups: tuple[str, str] | None = None
    rho: float = 0.6
    rhos: tuple[float, ...] = RHOS
    method: str = "REML"
    test: str = "contain"
    robust: str = "CR2"
    level: float = 95.0
    add: float | None = None
    to: str | None = None
    drop00: bool = False
    mods: tuple[str, ...] = ()
    mid: float | None = None
    better: str = ""
    arms: tuple[str, str] = ("arm 1", "arm 2")


class EffectLine(msgspec.Struct, frozen=True, kw_only=True):
    """One effect. label: what tells it from the others of its study; left_out: why it takes no part, or "".

    weight: percent, from its row of the inverse of the variances; below 0 is possible where effects depend on each other.
    """

    row: int
    study: str
    label: str
    arms: tuple[str, ...] = ()
    ni: float | None = None
    yi: float | None = None
    vi: float | None = None
    ci_lb: float | None = None
    ci_ub: float | None = None
    weight: float | None = None
    shown: Shown | None = None
    left_out: str = ""
    notes: tuple[str, ...] = ()


class Average(msgspec.Struct, frozen=True, kw_only=True):
    """An average effect. dfs: degrees of freedom, None for the normal distribution; zval, pval: None where no test is made."""

    label: str
    beta: float
    se: float
    ci_lb: float
    ci_ub: float
    shown: Shown
    zval: float | None = None
    pval: float | None = None
    dfs: float | None = None
    k: int | None = None
    studies: int | None = None


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """How much true effects vary at one level. groups: how many there are; ci_lb, ci_ub: of the profile likelihood, None
    where it was not asked; share: percent of the variance of the effects."""

    name: str
    groups: int
    sigma2: float
    share: float
    ci_lb: float | None = None
    ci_ub: float | None = None


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """The answer under one assumed correlation; refused: why there is none, or ""."""

    rho: float
    average: Average | None = None
    robust: Average | None = None
    sigma2: tuple[float, ...] = ()
    refused: str = ""


class Moderators(msgspec.Struct, frozen=True, kw_only=True):
    """A meta-regression with several effects per study; robust: the same coefficients with cluster-robust errors.

    qm: the test of all moderators, F with qm_df and dfs, or chi-square (dfs None); robust_qmp: the p-value of the robust ones,
    None where there are too few studies for it. robust_refused: why there are no robust errors, or "".
    """

    coefficients: tuple[Coefficient, ...]
    robust: tuple[Coefficient, ...]
    robust_dfs: tuple[float, ...]
    qm: float
    qm_df: int
    dfs: float | None
    qmp: float
    robust_qmp: float | None
    sigma2: tuple[float, ...]
    robust_refused: str = ""


class Outcomes(msgspec.Struct, frozen=True, kw_only=True):
    """The average of each outcome, in one model, and whether they differ; refused: why there is none, or ""."""

    averages: tuple[Average, ...] = ()
    qm: float | None = None
    qm_df: int | None = None
    dfs: float | None = None
    qmp: float | None = None
    refused: str = ""


class Multilevel(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. k: effects; studies: independent groups of people; people: at least so many, nobody twice, or None.

    overall: None where no effect could be pooled. sampling: percent of the variance that is sampling error. qe: the test that
    all effects share one true value, with k - 1 degrees of freedom. other fields as in `Pooling`.
    """

    asked: MultilevelAsked
    label: str
    scale: str
    shown_scale: str
    zero: float | None
    log: bool
    rows: tuple[EffectLine, ...]
    k: int
    studies: int
    several: int = 0
    people: int | None = None
    overall: Average | None = None
    pi_lb: float | None = None
    pi_ub: float | None = None
    shown_pi: Shown | None = None
    levels: tuple[Level, ...] = ()
    sampling: float | None = None
    qe: float | None = None
    qep: float | None = None
    robust: Average | None = None
    robust_refused: str = ""
    tried: tuple[Tried, ...] = ()
    outcomes: Outcomes | None = None
    moderators: Moderators | None = None
    outcome: str = ""
    better: str = ""
    notes: tuple[str, ...] = ()

    @property
    def used(self) -> tuple[EffectLine, ...]:
        """The effects that were pooled."""
        return tuple(row for row in self.rows if not row.left_out)
