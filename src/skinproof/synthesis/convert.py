"""Effects and variances from what papers print instead: intervals, p values, t, F, standard errors, hazard ratios.

Every result names how it was made and carries notes by row, so that a table can mark converted studies.

Sources: Higgins JPT et al., Cochrane Handbook for Systematic Reviews of Interventions, ch. 6 (sections 6.3, 6.5,
6.8); hazard ratios: Parmar MKB et al. (1998), Statistics in Medicine 17:2815-2834 and Tierney JF et al. (2007),
Trials 8:16, doi:10.1186/1745-6215-8-16.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri, stdtrit

from skinproof.errors import UsageError
from skinproof.synthesis.effect_continuous import exact_correction
from skinproof.synthesis.effect_inputs import (
    Array,
    broadcast,
    check_positive_sd,
    check_size,
    first_row,
    log,
    read_column,
    refuse,
    row_name,
)

# An estimate this far from the middle of its interval, as a share of half the width, is more than rounding.
LOPSIDED = 0.1


@dataclass(frozen=True)
class Converted:
    """yi, vi: (k,) on `scale`; method: how they were made; notes: what to look at, by row."""

    yi: Array
    vi: Array
    scale: str
    method: str
    notes: tuple[str, ...] = ()

    @property
    def sei(self) -> Array:
        return np.sqrt(self.vi)


def _columns(**values: Any) -> dict[str, Array]:
    return broadcast({name: read_column(name, value) for name, value in values.items()})


def _tail(level: float) -> float:
    percent = 100 * level if 0 < level < 1 else level
    if not 0 < percent < 100:
        raise UsageError(f"level={level:g} is not a percentage between 0 and 100")
    return 0.5 + percent / 200


def _critical(probability: Any, df: Array | None) -> Array:
    """The quantile of the normal or t distribution at this probability."""
    out: Array = ndtri(probability) if df is None else stdtrit(df, probability)
    return np.asarray(out, dtype=np.float64)


def check_p(name: str, column: Array) -> None:
    refuse((column <= 0) | (column > 1), name, column, "is not a p value above 0 and at most 1;"
           " for 'p < 0.001' give 0.001 and say that it is a bound")  # fmt: skip


def _ordered(c: dict[str, Array]) -> None:
    refuse(c["ci_lb"] >= c["ci_ub"], "ci_lb", c["ci_lb"], "is not below the upper bound of the interval")


def sei_from_ci(ci_lb: Any, ci_ub: Any, *, level: float = 95.0, df: Any = None) -> Array:
    """Standard error of an estimate from its confidence interval, on the scale where the interval is symmetric.

    df: degrees of freedom of a t interval (small studies); without it the interval is taken as normal.

    Raises:
        SynthesisError: a lower bound that is not below the upper one, by row.
    """
    c = _columns(ci_lb=ci_lb, ci_ub=ci_ub, **({} if df is None else {"df": df}))
    _ordered(c)
    return (c["ci_ub"] - c["ci_lb"]) / (2 * _critical(_tail(level), c.get("df")))


def ratio_from_ci(
    estimate: Any, ci_lb: Any, ci_ub: Any, *, level: float = 95.0, name: str = "ratio"
) -> Converted:
    """Log ratio and variance from a ratio (HR, OR, RR) and its interval, all on the ratio's own scale.

    Where the estimate is not near the geometric middle of the interval, a note says so: a typing error, an
    interval that is not a log interval, or an adjusted estimate beside a crude interval.

    Raises:
        SynthesisError: ratios or bounds at or below 0, an interval the wrong way round, or an estimate outside it.
    """
    c = _columns(estimate=estimate, ci_lb=ci_lb, ci_ub=ci_ub)
    for column, values in c.items():
        refuse(values <= 0, column, values, "is not a ratio; give the ratio itself, not its log")
    _ordered(c)
    refuse((c["estimate"] < c["ci_lb"]) | (c["estimate"] > c["ci_ub"]), "estimate", c["estimate"],
           "lies outside its own interval")  # fmt: skip
    yi, low, high = log(c["estimate"]), log(c["ci_lb"]), log(c["ci_ub"])
    sei = (high - low) / (2 * _critical(_tail(level), None))
    lean = np.abs(yi - (low + high) / 2) / ((high - low) / 2)
    notes = tuple(
        f"{row_name(tuple(row))}: the estimate is {lean[tuple(row)]:.0%} of half the interval off its middle;"
        " check the numbers against the paper"
        for row in np.argwhere(lean > LOPSIDED)
    )
    return Converted(
        yi, sei**2, f"log {name}", f"{name} and {100 * (2 * _tail(level) - 1):g}% interval", notes
    )


def hr_from_ci(hr: Any, ci_lb: Any, ci_ub: Any, *, level: float = 95.0) -> Converted:
    """Log hazard ratio and variance from a hazard ratio and its interval."""
    return ratio_from_ci(hr, ci_lb, ci_ub, level=level, name="hazard ratio")


def hr_from_logrank(o_minus_e: Any, variance: Any) -> Converted:
    """Log hazard ratio from observed minus expected events and the logrank variance."""
    c = _columns(o_minus_e=o_minus_e, variance=variance)
    refuse(c["variance"] <= 0, "variance", c["variance"], "is not a logrank variance above 0")
    return Converted(
        c["o_minus_e"] / c["variance"],
        1 / c["variance"],
        "log hazard ratio",
        "observed - expected and logrank variance",
    )


def hr_from_p(pval: Any, events: Any, n1i: Any, n2i: Any, *, favours_first: Any) -> Converted:
    """Log hazard ratio from a two-sided logrank p value, total events and arm sizes (an approximation).

    The variance is 1 / (events r (1 - r)) with r the share randomized to arm 1. favours_first: whether fewer
    events befell arm 1 (true or false by row).
    """
    c = _columns(pval=pval, events=events, n1i=n1i, n2i=n2i)
    check_p("pval", c["pval"])
    check_size("n1i", c["n1i"])
    check_size("n2i", c["n2i"])
    refuse(c["events"] <= 0, "events", c["events"], "events: a hazard ratio needs at least one")
    share = c["n1i"] / (c["n1i"] + c["n2i"])
    information = c["events"] * share * (1 - share)
    sign = np.where(np.asarray(favours_first, dtype=np.bool_), -1.0, 1.0)
    yi = sign * np.abs(_critical(c["pval"] / 2, None)) / np.sqrt(information)
    return Converted(
        yi, 1 / information, "log hazard ratio", "logrank p value, events and arm sizes (approximate)"
    )


def sei_from_p(yi: Any, pval: Any, *, df: Any = None) -> Array:
    """Standard error of an estimate from its two-sided p value (of a z test, or a t test with df).

    Raises:
        SynthesisError: a p value outside (0, 1], or an estimate of 0 or a p of 1, which say nothing of the error.
    """
    c = _columns(yi=yi, pval=pval, **({} if df is None else {"df": df}))
    check_p("pval", c["pval"])
    refuse((c["yi"] == 0) | (c["pval"] == 1), "yi", c["yi"],
           "with this p value does not determine a standard error; find an interval or a standard deviation")  # fmt: skip
    return np.abs(c["yi"] / _critical(c["pval"] / 2, c.get("df")))


def sei_from_t(yi: Any, ti: Any) -> Array:
    """Standard error of an estimate from its own t (or z) value.

    Raises:
        SynthesisError: a t value or an estimate of 0, which says nothing of the error.
    """
    c = _columns(yi=yi, ti=ti)
    refuse((c["yi"] == 0) | (c["ti"] == 0), "ti", c["ti"],
           "with this estimate does not determine a standard error; find an interval or a standard deviation")  # fmt: skip
    return np.abs(c["yi"] / c["ti"])


def sei_from_f(yi: Any, fi: Any) -> Array:
    """Standard error of an estimate from its F value with 1 numerator degree of freedom (t squared)."""
    f = read_column("fi", fi)
    refuse(f < 0, "fi", f, "is negative; an F value starts at 0")
    return sei_from_t(yi, np.sqrt(f))


def sd_from_se(sei: Any, ni: Any) -> Array:
    """Standard deviation from the standard error of a mean of n people."""
    c = _columns(sei=sei, ni=ni)
    check_positive_sd("sei", c["sei"])
    check_size("ni", c["ni"])
    return c["sei"] * np.sqrt(c["ni"])


def sd_from_ci(ci_lb: Any, ci_ub: Any, ni: Any, *, level: float = 95.0) -> Array:
    """Standard deviation from the t interval of a mean of n people."""
    c = _columns(ci_lb=ci_lb, ci_ub=ci_ub, ni=ni)
    check_size("ni", c["ni"])
    refuse(c["ni"] < 2, "ni", c["ni"], "people: an interval of a mean needs at least 2")
    return sd_from_se(sei_from_ci(c["ci_lb"], c["ci_ub"], level=level, df=c["ni"] - 1), c["ni"])


def smd_from_t(ti: Any, n1i: Any, n2i: Any) -> Converted:
    """Hedges' g from the t value of two independent arms; the sign of t is kept."""
    c = _columns(ti=ti, n1i=n1i, n2i=n2i)
    check_size("n1i", c["n1i"])
    check_size("n2i", c["n2i"])
    alone, total = 1 / c["n1i"] + 1 / c["n2i"], c["n1i"] + c["n2i"]
    yi = exact_correction(total - 2) * c["ti"] * np.sqrt(alone)
    return Converted(yi, alone + yi**2 / (2 * total), "standardized mean difference", "t value and arm sizes")


def smd_from_f(fi: Any, n1i: Any, n2i: Any, *, first_higher: Any) -> Converted:
    """Hedges' g from the F value of two arms (1 numerator degree of freedom); F has no sign, so it is asked for."""
    f = read_column("fi", fi)
    refuse(f < 0, "fi", f, "is negative; an F value starts at 0")
    sign = np.where(np.asarray(first_higher, dtype=np.bool_), 1.0, -1.0)
    made = smd_from_t(sign * np.sqrt(f), n1i, n2i)
    return Converted(made.yi, made.vi, made.scale, "F value (1 df) and arm sizes")


def smd_from_p(pval: Any, n1i: Any, n2i: Any, *, first_higher: Any) -> Converted:
    """Hedges' g from the two-sided p value of a t test between two arms."""
    c = _columns(pval=pval, n1i=n1i, n2i=n2i)
    check_p("pval", c["pval"])
    df = c["n1i"] + c["n2i"] - 2
    refuse(df < 1, "n1i", c["n1i"], "people in arm 1: a t test needs more than 2 people in all")
    sign = np.where(np.asarray(first_higher, dtype=np.bool_), 1.0, -1.0)
    made = smd_from_t(sign * np.abs(_critical(c["pval"] / 2, df)), n1i, n2i)
    return Converted(made.yi, made.vi, made.scale, "p value of a t test and arm sizes")


def r_from_t(ti: Any, df: Any) -> Array:
    """Correlation from the t value of its test with df degrees of freedom (n - 2)."""
    c = _columns(ti=ti, df=df)
    refuse(c["df"] <= 0, "df", c["df"], "degrees of freedom: a test of a correlation needs at least 1")
    return c["ti"] / np.sqrt(c["ti"] ** 2 + c["df"])


def ri_from_change(sd1i: Any, sd2i: Any, sd_change: Any) -> Array:
    """Within-person correlation from the standard deviations of the two conditions and of the change.

    Raises:
        SynthesisError: a change that varies more or less than any correlation allows, by row.
    """
    c = _columns(sd1i=sd1i, sd2i=sd2i, sd_change=sd_change)
    check_positive_sd("sd1i", c["sd1i"])
    check_positive_sd("sd2i", c["sd2i"])
    ri = (c["sd1i"] ** 2 + c["sd2i"] ** 2 - c["sd_change"] ** 2) / (2 * c["sd1i"] * c["sd2i"])
    row = first_row(np.abs(ri) > 1)
    if row is not None:
        refuse(np.abs(ri) > 1, "sd_change", c["sd_change"],
               f"would need a correlation of {ri[row]:.2f}; check whether it is a standard error")  # fmt: skip
    return ri


def sd_change_from_t(difference: Any, ti: Any, ni: Any) -> Array:
    """Standard deviation of a within-person change from its mean and its paired t value in n people."""
    c = _columns(difference=difference, ti=ti, ni=ni)
    check_size("ni", c["ni"])
    refuse((c["ti"] == 0) | (c["difference"] == 0), "ti", c["ti"], "does not determine a standard deviation")
    return np.abs(c["difference"] / c["ti"]) * np.sqrt(c["ni"])
