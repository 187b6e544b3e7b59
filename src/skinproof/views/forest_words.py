"""The words and numbers that forest plots and tables of pooled answers share: one value stands the same in both."""

from skinproof.views.pooled import Estimate, Pooling, Shown, StudyLine
from skinproof.views.pooled_words import number, p_words
from skinproof.views.svg_plot import minus, shown_number


def overall_words(overall: Estimate) -> str:
    """What the pooled answer is of."""
    return "One study, nothing pooled" if overall.k == 1 else f"All {overall.k:,} studies"


def values_of(shown: Shown, pooling: Pooling) -> str:
    """The estimate and its interval: "0.49 [0.34, 0.70]"."""
    return f"{figure(shown.est, pooling)} {bounds_of(shown, pooling)}"


def bounds_of(shown: Shown, pooling: Pooling) -> str:
    """The interval alone: "[0.34, 0.70]"."""
    return f"[{figure(shown.lb, pooling)}, {figure(shown.ub, pooling)}]"


def figure(value: float, pooling: Pooling) -> str:
    """A number with as many decimals as the others of the picture."""
    digits = 2 if pooling.log or pooling.overall is None or abs(pooling.overall.shown.est) >= 0.3 else 3
    if not 0.005 <= abs(value) < 1000:
        return shown_number(value)
    return minus(f"{value:.{digits}f}")


NO_EFFECT = "no effect of its own"
"""Of a study that takes part with its counts alone."""


def row_words(pooling: Pooling, row: StudyLine) -> str:
    values = NO_EFFECT if row.shown is None else f"{pooling.asked.measure} {values_of(row.shown, pooling)}"
    arms = f", {' against '.join(row.arms)}" if row.arms else ""
    weight = f", weight {row.weight:.1f}%" if row.weight is not None else ""
    said_ = "".join(f"; {note}" for note in row.notes)
    return f"{row.study}{arms}: {values}{weight}{said_}"


def heterogeneity_words(found: Estimate) -> str:
    """How far studies differ, in one line; nothing where that is not measured."""
    if found.k == 1 or found.i2 is None or found.qe is None or found.qep is None:
        return ""
    tau2 = ""
    if found.tau2 is not None:
        bounds = (
            ""
            if found.tau2_lb is None or found.tau2_ub is None
            else f" [{number(found.tau2_lb)}, {number(found.tau2_ub)}]"
        )
        tau2 = f"τ² {number(found.tau2)}{bounds}, "
    return f"{tau2}I² {found.i2:.0f}%, Q {number(found.qe)} (df {found.k - 1 if found.qe_df is None else found.qe_df}, {p_words(found.qep)})"


def group_test(pooling: Pooling) -> list[str]:
    found = pooling.difference
    if found is None:
        return []
    df = f"{found.qm_df}" if found.dfs is None else f"{found.qm_df} and {found.dfs:g}"
    kind = "Q" if found.dfs is None else "F"
    if found.qm is None or found.qmp is None:
        return []
    return [f"Difference between subgroups: {kind} {shown_number(found.qm)} (df {df}), {p_words(found.qmp)}."]
