"""What a pooled answer says in plain words, and what it does not.

Seven verdicts, of which no two read alike: no study, one study, a difference that matters, a difference that may or may not
matter, a difference too small to matter, no difference that matters, and too imprecise to tell. The last four need
a smallest difference of interest; without one "no difference" and "too imprecise" cannot be told apart, and that is said.

Source: Schuenemann et al., Cochrane Handbook (version 6.5), chapter 15.4 (absence of evidence is no evidence of absence);
IntHout et al. 2016, doi:10.1136/bmjopen-2015-010247 (prediction intervals).
"""

from collections.abc import Sequence
from math import isnan, log

import msgspec

from skinproof.views.pooled import Estimate, Pooling, Regression, Shown, StudyLine
from skinproof.views.words import plural

VERDICTS = (
    "no_study", "one_study", "one_group", "difference", "difference_matters", "difference_may_matter", "difference_too_small",
    "no_difference", "too_imprecise", "not_judged",
)  # fmt: skip


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The plain words. verdict: one of `VERDICTS`; lines: size, certainty, prediction, what would change it."""

    verdict: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All in one paragraph."""
        return " ".join(self.lines)


def number(value: float) -> str:
    """A number as it is printed: two decimals, more where the value is small, none where it is large, a power of ten beyond.

    >>> number(0.4894), number(0.00137), number(12345.6), number(-0.0), number(216186577450825.8)
    ('0.49', '0.0014', '12,346', '0.00', '2.2 × 10^14')
    """
    size = abs(value)
    if size == float("inf"):
        return "infinity" if value > 0 else "-infinity"
    if size < 0.00005:
        return "0.00"
    if size >= 1e9:
        digits, _, power = f"{value:.1e}".partition("e")
        return f"{digits} × 10^{int(power)}"
    if size >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if size >= 0.1 else f"{value:.2g}" if size < 0.01 else f"{value:.3f}"


def interval(shown: Shown, zero: float | None = None) -> str:
    """The bounds: "0.33 to 0.73". zero: what no difference is, on which no bound may be rounded that is not there.

    >>> interval(Shown(1.31, 1.0021, 1.71)), interval(Shown(1.31, 1.0021, 1.71), 1.0)
    ('1.00 to 1.71', '1.002 to 1.71')
    """
    return f"{_bound(shown.lb, zero)} to {_bound(shown.ub, zero)}"


def _bound(value: float, zero: float | None) -> str:
    said = number(value)
    if zero is None or value == zero or said != number(zero):
        return said
    longer = (f"{value:.{digits}f}" for digits in range(3, 7))
    return next((text for text in longer if float(text) != zero), said)


def p_words(p: float) -> str:
    """A p-value as it is printed.

    >>> p_words(0.00019), p_words(0.0314), p_words(1.0), p_words(float("nan"))
    ('p < 0.001', 'p = 0.031', 'p = 1.000', 'no p-value')
    """
    if isnan(p):
        return "no p-value"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def test_words(found: Regression) -> str:
    """The test of all moderators together."""
    if found.qm is None or found.qmp is None:
        return "no test can be had"
    if found.dfs is None:
        return f"QM {found.qm:.2f}, df {found.qm_df}, {p_words(found.qmp)}"
    return f"F {found.qm:.2f}, df {found.qm_df} and {found.dfs:g}, {p_words(found.qmp)}"


def reading(pooling: Pooling) -> Reading:
    """The answer in plain words."""
    overall = pooling.overall
    if overall is None:
        return Reading(verdict="no_study", lines=(*_nothing(pooling), *pooling.doubts, *pooling.cautions))
    verdict = verdict_of(pooling, overall)
    lines = [
        *pooling.doubts,
        _size(pooling, overall),
        *_absolute(pooling),
        *_few(overall),
        *_certainty(pooling, overall, verdict),
        *pooling.cautions,
    ]
    if overall.k > 1:
        lines += [*_prediction(pooling, overall), *_change(pooling, overall, verdict)]
    return Reading(verdict=verdict, lines=tuple(lines))


def verdict_of(pooling: Pooling, found: Estimate) -> str:
    """Which of the `VERDICTS` an answer is."""
    if found.k == 1:
        return "one_study"
    if pooling.zero is None:
        return "one_group"
    low, high = found.judged
    apart = low > 0 or high < 0
    if pooling.asked.mid is None:
        return "difference" if apart else "not_judged"
    mid = mid_effect(pooling)
    inside = -mid < low and high < mid
    if apart and inside:
        return "difference_too_small"
    if inside:
        return "no_difference"
    if low >= mid or high <= -mid:
        return "difference_matters"
    return "difference_may_matter" if apart else "too_imprecise"


def mid_effect(pooling: Pooling) -> float:
    """The smallest difference of interest on the scale of the pooling."""
    mid = pooling.asked.mid or 0.0
    return abs(log(mid)) if pooling.log else mid


def _nothing(pooling: Pooling) -> tuple[str, ...]:
    rows = len(pooling.rows)
    why = f" The table has {plural(rows, 'row')}; why none takes part is listed." if rows else ""
    return (
        f"No study could be pooled.{why} This says nothing about the effect: not that there is none, nor that there is one.",
    )


def _size(pooling: Pooling, found: Estimate) -> str:
    level = f"{pooling.asked.level:g}%"
    value = f"{pooling.shown_scale} {number(found.shown.est)} ({level} confidence interval {interval(found.shown, pooling.zero)})"
    rate = pooling.asked.measure.startswith("IR")
    people = (
        ""
        if found.people is None
        else f" with {found.people:,} {'units of person-time' if rate else 'people'}"
    )
    if found.k == 1:
        return f"One study only{people}: {value}. Nothing is pooled."
    return f"Pooled {value}, from {found.k:,} studies{people}.{_in_words(pooling, found)}"


def _in_words(pooling: Pooling, found: Estimate) -> str:
    """The size once more, as a sentence; nothing for measures of one group."""
    if pooling.zero is None or found.beta == 0:
        return ""
    first, second = pooling.asked.arms
    word = "lower" if found.beta < 0 else "higher"
    if pooling.log:
        percent = abs(found.shown.est - 1)
        if percent < 0.005:
            return ""  # "0% higher" is no size, and "the same" would be a verdict
        what = {"risk ratio": "The risk", "odds ratio": "The odds", "ratio of means": "The mean", "rate ratio": "The rate"}.get(
            pooling.shown_scale, "The value"
        )  # fmt: skip
        size = (
            f"{percent:.0%} {word}"
            if found.beta < 0 or percent < 1
            else f"{number(found.shown.est)} times as high"
        )
        than = "than" if size.endswith(word) else "as"
        verb = "are" if what == "The odds" else "is"
        return f" {what} {verb} {size} with {first} {than} with {second}, on average{_side(pooling, found.beta)}."
    unit = " standard deviations" if "standardized" in pooling.scale else ""
    if pooling.scale in (
        "mean difference",
        "mean change",
        "standardized mean difference",
        "standardized mean change",
    ):
        size = f"{number(abs(found.shown.est))}{unit}"
        return f" The mean is {size} {word} with {first} than with {second}{_side(pooling, found.beta)}."
    if pooling.scale == "risk difference":
        size = f"{abs(found.shown.est) * 100:.3g} percentage points"
        return f" The risk is {size} {word} with {first} than with {second}{_side(pooling, found.beta)}."
    return ""


def _absolute(pooling: Pooling) -> list[str]:
    """The same for 1,000 people in each arm."""
    found = pooling.absolute
    if found is None:
        return []
    first, second = pooling.asked.arms
    least, most = sorted((found.difference.lb, found.difference.ub))
    change = "the same number" if round(found.difference.est, 1) == 0 else more_words(found.difference.est)
    spread = (
        "an interval without width" if least == most else
        f"{more_words(least)} to {more_words(most)}" if (least < 0 < most) else
        f"{count_words(min(abs(least), abs(most)))} to {count_words(max(abs(least), abs(most)))} {'fewer' if most <= 0 else 'more'}"
    )  # fmt: skip
    return [
        f"Of 1,000 people with {second}, {count_words(found.baseline)} would have the event ({found.source}); with {first},"
        f" {count_words(found.treated.est)} would: {change} ({spread})."
    ]


def count_words(value: float) -> str:
    """A number of people, which need not be whole."""
    return f"{value:,.0f}" if value >= 10 or value == 0 else f"{value:.2g}"


def more_words(value: float) -> str:
    """A difference of people: "4.6 fewer"."""
    return f"{count_words(abs(value))} {'fewer' if value < 0 else 'more'}"


def _side(pooling: Pooling, beta: float) -> str:
    """Which side that favours, where it is known which end is better and the interval leaves no doubt of the side."""
    overall = pooling.overall
    if not pooling.better or overall is None or overall.judged[0] <= 0 <= overall.judged[1]:
        return ""
    first, second = pooling.asked.arms
    return f", which favours {first if (beta < 0) == (pooling.better == 'lower') else second}"


FEW_STUDIES = 5
"""Studies below which how much studies differ is so uncertain that the words say so before they go on."""


def _few(found: Estimate) -> list[str]:
    if not 1 < found.k < FEW_STUDIES:
        return []
    return [
        f"{found.k} studies tell little of how much studies differ: the next one may move this interval and any prediction."
    ]


def _certainty(pooling: Pooling, found: Estimate, verdict: str) -> list[str]:
    if found.wider is None or pooling.zero is None:
        return _judged(pooling, verdict)
    return [
        "The studies agree more closely than chance alone would make them, which narrows this interval (test knha). What follows"
        f" rests on the interval that is not narrowed for it (test adhoc): {interval(found.wider.shown, pooling.zero)}.",
        *_judged(pooling, verdict),
    ]


def _judged(pooling: Pooling, verdict: str) -> list[str]:
    if verdict == "one_study":
        return ["How far studies differ is unknown, and one study is not a body of evidence."]
    if verdict == "one_group":
        return ["There is no comparison group: this is how often or how much, not what the treatment does."]
    first, second = pooling.asked.arms
    arms = f"{first} and {second}"
    both = _both(pooling)
    if verdict == "difference":
        return [
            f"The interval excludes no difference between {arms}; whether it is large enough to matter needs --mid."
        ]
    if verdict == "not_judged":
        return [
            f"The interval includes {both}. Whether the studies show no difference or are too imprecise to tell cannot be judged"
            " without a smallest difference of interest (--mid)."
        ]
    mid = mid_words(pooling)
    return [
        {
            "difference_matters": f"The whole interval lies beyond the smallest difference of interest ({mid}).",
            "difference_may_matter": (
                f"There is a difference between {arms}, but the interval reaches to both sides of the smallest one of interest"
                f" ({mid}): whether it matters is open."
            ),
            "difference_too_small": (
                f"There is a difference between {arms}, and it is smaller than the smallest one of interest ({mid})."
            ),
            "no_difference": (
                f"The studies show no difference that matters: the whole interval lies within the smallest one of interest ({mid})."
            ),
            "too_imprecise": (
                f"Too imprecise to tell: the interval includes no difference and differences as large as {mid}."
                " This is not evidence of no difference."
            ),
        }[verdict]
    ]  # fmt: skip


def _both(pooling: Pooling) -> str:
    if pooling.better:
        first = pooling.asked.arms[0]
        return f"both benefit and harm of {first}"
    return "differences in both directions"


def mid_words(pooling: Pooling) -> str:
    """The smallest difference of interest, both ways: "0.80 or 1.25"."""
    mid = pooling.asked.mid or 0.0
    if pooling.log:
        small, large = sorted((mid, 1 / mid))
        return f"{number(small)} or {number(large)}"
    return f"{number(mid)} in either direction"


def _prediction(pooling: Pooling, found: Estimate) -> list[str]:
    if pooling.asked.method == "BB":
        return [
            "The beta-binomial model tells how risks differ, and has no prediction interval of the effect."
        ]
    given = found.wider or found
    if given.shown_pi is None or given.pi_lb is None or given.pi_ub is None:
        return ["Studies are taken to share one true effect, so there is no prediction interval."]
    start = "As far as so few studies tell, in" if found.k < FEW_STUDIES else "In"
    said = f"{start} a new study like these the true effect is expected between {number(given.shown_pi.lb)} and {number(given.shown_pi.ub)}"
    if pooling.zero is None:
        return [f"{said}."]
    spans = given.pi_lb < 0 < given.pi_ub
    low, high = found.judged
    apart = low > 0 or high < 0
    if spans and apart:
        return [f"{said}: the average hides settings where it may be absent or reversed."]
    if spans:
        return [f"{said}, in either direction."]
    if found.k < FEW_STUDIES:
        return [f"{said}."]
    return [f"{said}, on one side of no difference."]


def _change(pooling: Pooling, found: Estimate, verdict: str) -> list[str]:
    """What would change the answer: a single study left out, more studies, other methods."""
    said = []
    turning = turning_studies(pooling, found, verdict)
    if len(turning) == 1:
        said.append(f"What would change it: without {turning[0].study} the verdict is another one.")
    elif turning:
        named = ", ".join(row.study for row in turning[:3])
        more = f" (or of {len(turning) - 3} more)" if len(turning) > 3 else ""
        said.append(f"What would change it: the loss of any one of these studies: {named}{more}.")
    elif pooling.doubts:
        said.append(
            "What would change it: the loss of one row tells nothing here, because rows that repeat a study stay when one of them goes."
        )
    elif found.k >= 3 and any(row.without_beta is not None for row in pooling.used):
        said.append("What would change it: not the loss of any one study.")
    if verdict in ("too_imprecise", "not_judged"):
        said.append("More people, and studies that differ less, would narrow the interval.")
    if pooling.egger_p is not None and pooling.egger_p < 0.1:
        said.append(
            f"Small studies find other effects than large ones ({p_words(pooling.egger_p)}): studies may be missing."
        )
    return said


def turning_studies(pooling: Pooling, found: Estimate, verdict: str) -> Sequence[StudyLine]:
    """Studies without which the verdict is another one, the most influential first."""
    turning = [
        row for row in pooling.used
        if row.without_beta is not None and verdict_of(pooling, _without(found, row)) != verdict
    ]  # fmt: skip
    return sorted(turning, key=lambda row: -(row.cook_d or 0.0))


def _without(found: Estimate, row: StudyLine) -> Estimate:
    assert row.without_beta is not None and row.without_ci is not None
    low, high = row.without_wider or row.without_ci
    return msgspec.structs.replace(found, beta=row.without_beta, ci_lb=low, ci_ub=high, wider=None)
