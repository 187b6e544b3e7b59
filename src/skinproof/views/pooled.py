"""A pooled question as every face shows it: studies with weights, the pooled answer, and what it depends on.

Values stand on two scales: that of the pooling (yi, ci_lb, ...: log ratios, logits, ...) and, as `shown`, that of the reader
(ratios, proportions). Where the two are the same, so are the numbers.
"""

import msgspec

GIVEN = "GEN"
"""Measure of effects that come as they are."""

SINGLE = ("MN", "PR", "PLN", "PLO", "PAS", "PFT", "IR", "IRLN", "IRS", "IRFT", "ARAW", "AHW", "ABT")
"""Measures of one group: there is nothing that 0 would mean no difference from."""

COUNTS = {
    "MH": "Mantel-Haenszel", "PETO": "Peto", "UM.FS": "mixed model of counts, a baseline for each study",
    "UM.RS": "mixed model of counts, random baselines", "CM.EL": "mixed model of counts, conditional, exact",
    "CM.AL": "mixed model of counts, conditional, approximate", "GLMM": "mixed model of the counts of one arm",
    "BB": "beta-binomial",
}  # fmt: skip
"""Methods that pool the counts themselves, by the names of metafor (BB: none there), and what they are called."""

METHODS = {
    "EE": "one common effect", "FE": "one common effect", "CE": "one common effect", "DL": "DerSimonian-Laird", "HE": "Hedges", "HS": "Hunter-Schmidt",
    "HSk": "Hunter-Schmidt, corrected", "SJ": "Sidik-Jonkman", "ML": "maximum likelihood",
    "REML": "restricted maximum likelihood", "EB": "empirical Bayes", "PM": "Paule-Mandel", "PMM": "Paule-Mandel, median",
    "GENQ": "generalised Q", "DLIT": "DerSimonian-Laird, iterated", "SJIT": "Sidik-Jonkman, iterated",
}  # fmt: skip
"""Estimators of tau2 and what they are called."""

TESTS = {
    "z": "normal", "t": "t with k - 1 degrees of freedom", "knha": "Knapp-Hartung", "adhoc": "Knapp-Hartung, never narrower",
}  # fmt: skip
"""Tests, which make the intervals, and what they are called."""

FEW, MANY = 3, 2000
"""Fewest studies of which leaving one out says more than the other one's name, and most for which it is done."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How to pool, and how to speak of it.

    level: percent; mid: the smallest difference of interest, on the reader's scale; better: which end of the outcome is the
    better one; arms: what the two arms are called; prediction: "t" or "riley"; subgroup, mods: columns of the table;
    baseline_risk: the share of people with the event in arm 2 from which events per 1,000 are told.
    """

    measure: str
    method: str = "REML"
    test: str = "adhoc"
    level: float = 95.0
    add: float | None = None
    to: str | None = None
    drop00: bool = False
    subgroup: str | None = None
    mods: tuple[str, ...] = ()
    mid: float | None = None
    better: str = ""
    arms: tuple[str, str] = ("arm 1", "arm 2")
    prediction: str = "t"
    baseline_risk: float | None = None


class Shown(msgspec.Struct, frozen=True):
    """An estimate with its interval, on the reader's scale."""

    est: float
    lb: float
    ub: float


class StudyLine(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the table. weight: percent; left_out: why it takes no part, or ""; arms: the raw data of each arm.

    risks: the share of people with the event in each arm, of tables of counts; moderators: as the table says them;
    control: events and people of the second arm.
    Of a study that takes part, without_*: the pooled answer when it is left out (without_wider: its interval by the test of
    `Wider`, where the answer has one); cook_d, is_infl as `influence` has them.
    """

    row: int
    study: str
    subgroup: str | None
    arms: tuple[str, ...]
    ni: float | None = None
    yi: float | None = None
    vi: float | None = None
    ci_lb: float | None = None
    ci_ub: float | None = None
    weight: float | None = None
    shown: Shown | None = None
    left_out: str = ""
    notes: tuple[str, ...] = ()
    without: Shown | None = None
    without_beta: float | None = None
    without_ci: tuple[float, float] | None = None
    without_wider: tuple[float, float] | None = None
    without_pval: float | None = None
    without_tau2: float | None = None
    cook_d: float | None = None
    is_infl: bool | None = None
    risks: tuple[float, float] | None = None
    moderators: dict[str, str] = {}
    control: tuple[float, float] | None = None


class Wider(msgspec.Struct, frozen=True, kw_only=True):
    """The intervals by test adhoc, where studies that agree by chance narrowed those of Knapp and Hartung: verdicts rest on them.

    Source: Wiksten et al. 2016, doi:10.1002/sim.6879; Jackson et al. 2017, doi:10.1002/sim.7411 (the factor below 1 makes an
    interval shorter than one that ignores heterogeneity).
    """

    ci_lb: float
    ci_ub: float
    shown: Shown
    pi_lb: float | None
    pi_ub: float | None
    shown_pi: Shown | None


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """One pooled answer. None: does not exist (heterogeneity of one study, a prediction interval of equal effects).

    qe_df: degrees of freedom of qe where they are not k - 1. double_zero: rows of the table with no event, or only events,
    in every arm, of methods that pool counts. wider: only with test knha, where it narrowed the interval.
    """

    label: str
    k: int
    people: int | None
    beta: float
    se: float
    zval: float | None
    pval: float
    ci_lb: float
    ci_ub: float
    shown: Shown
    dfs: float | None
    tau2: float | None
    tau2_lb: float | None
    tau2_ub: float | None
    se_tau2: float | None
    i2: float | None
    i2_lb: float | None
    i2_ub: float | None
    h2: float | None
    qe: float | None
    qep: float | None
    pi_lb: float | None
    pi_ub: float | None
    shown_pi: Shown | None
    notes: tuple[str, ...] = ()
    qe_df: int | None = None
    double_zero: tuple[int, ...] = ()
    wider: Wider | None = None

    @property
    def judged(self) -> tuple[float, float]:
        """The confidence interval on which a verdict rests."""
        return (self.ci_lb, self.ci_ub) if self.wider is None else (self.wider.ci_lb, self.wider.ci_ub)


class Coefficient(msgspec.Struct, frozen=True, kw_only=True):
    """One coefficient of a meta-regression, on the scale of the pooling."""

    name: str
    beta: float
    se: float
    zval: float | None
    pval: float
    ci_lb: float
    ci_ub: float


class Regression(msgspec.Struct, frozen=True, kw_only=True):
    """A meta-regression: qm tests all moderators together (F with qm_df and dfs where the test is by t).

    curve: of a single moderator in numbers, (value, average effect, ci_lb, ci_ub) from its least to its largest.
    """

    coefficients: tuple[Coefficient, ...]
    k: int
    qm: float | None
    qm_df: int
    dfs: float | None
    qmp: float | None
    tau2: float
    i2: float
    r2: float | None
    qe: float
    qep: float
    curve: tuple[tuple[float, float, float, float], ...] = ()


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """Trim and fill (L0): studies that a symmetric funnel lacks on one side, and the pooled answer with them."""

    k0: int
    side: str
    yi: tuple[float, ...]
    vi: tuple[float, ...]
    shown: Shown


class Absolute(msgspec.Struct, frozen=True, kw_only=True):
    """Events per 1,000 people: baseline of arm 2 (source: whose risk that is), treated of arm 1, difference of the two."""

    baseline: float
    source: str
    treated: Shown
    difference: Shown


class Pooling(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. overall: None where no study could be pooled. difference: the test between subgroups.

    zero: what no difference is on the reader's scale, None for measures of one group. log: whether the reader's scale is one of
    ratios. cautions: what the plain words must not leave out; doubts: what they start with; notes: the rest. egger_p: of Egger's regression test, and filled: from ten studies on.
    """

    asked: Asked
    label: str
    scale: str
    shown_scale: str
    zero: float | None
    log: bool
    rows: tuple[StudyLine, ...]
    overall: Estimate | None
    groups: tuple[Estimate, ...] = ()
    difference: Regression | None = None
    regression: Regression | None = None
    egger_p: float | None = None
    filled: Filled | None = None
    absolute: Absolute | None = None
    outcome: str = ""
    better: str = ""
    cautions: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """What is pooled, as a heading says it: what is shown, where a measure of one group was turned back."""
        return self.shown_scale if self.zero is None and self.scale != self.shown_scale else self.label

    @property
    def column(self) -> str:
        """What a column of effects is called: the measure, or what it was turned back into (PLO: proportion)."""
        turned = self.zero is None and self.scale != self.shown_scale
        return self.shown_scale if turned else self.asked.measure

    @property
    def used(self) -> tuple[StudyLine, ...]:
        """The rows that were pooled."""
        return tuple(row for row in self.rows if not row.left_out)
