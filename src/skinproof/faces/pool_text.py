"""A pooled answer as text and as rows of a table."""

from collections.abc import Iterable, Sequence

from skinproof.faces.output import bold
from skinproof.views.pooled import (
    COUNTS,
    MANY,
    METHODS,
    TESTS,
    Absolute,
    Estimate,
    Pooling,
    Regression,
    Shown,
    StudyLine,
)
from skinproof.views.pooled_words import interval, number, p_words, reading, test_words
from skinproof.views.text import Column, clean, pairs, table, wrap
from skinproof.views.words import plural

MARK = "Influential"
LISTED = 200
"""Studies that are printed; --csv prints all."""

HEADER = (
    "kind", "label", "row", "subgroup", "arm1", "arm2", "k", "ni", "yi", "vi", "se", "ci_lb", "ci_ub", "weight", "est", "est_lb",
    "est_ub", "pi_lb", "pi_ub", "pval", "tau2", "i2", "qe", "qep", "without_est", "without_lb", "without_ub", "cook_d", "is_infl",
    "left_out", "notes",
)  # fmt: skip
"""Columns of the CSV: studies first, then subgroups, then the pooled answer."""


def pooling_lines(pooling: Pooling, width: int) -> list[str]:
    """Everything of a pooled answer, the plain words first."""
    lines = [bold("In plain words")]
    for line in reading(pooling).lines:
        lines += wrap(clean(line), width)
    lines += ["", bold(f"Studies ({clean(pooling.told)})"), *_studies(pooling, width)]
    if pooling.overall is not None:
        lines += ["", bold("Pooled"), *_pooled(pooling, pooling.overall, width)]
    if pooling.absolute is not None:
        lines += ["", bold("Events per 1,000 people"), *_absolute(pooling, pooling.absolute, width)]
    if pooling.groups:
        lines += ["", bold(clean(f"Subgroups by {pooling.asked.subgroup}")), *_groups(pooling, width)]
    if pooling.regression is not None:
        lines += ["", bold("Moderators"), *_regression(pooling, pooling.regression, width)]
    if any(row.without is not None for row in pooling.rows):
        lines += ["", bold("Without each study"), *_without(pooling, width)]
    if pooling.overall is not None and pooling.overall.k > MANY:
        lines += ["", *wrap(f"Leaving out each study is done for at most {MANY:,} studies.", width)]
    small = _small_studies(pooling)
    if small:
        lines += ["", bold("Small studies"), *(part for line in small for part in wrap(clean(line), width))]
    return lines + foot_lines(pooling, width)


def _studies(pooling: Pooling, width: int) -> list[str]:
    used = pooling.used
    heads = [Column("Study", wraps=True)]
    arms = max((len(row.arms) for row in used), default=0)
    names = pooling.asked.arms if arms == 2 else ("Data",)
    heads += [Column(clean(name), right=True) for name in names[:arms]]
    level = f"{pooling.asked.level:g}% CI"
    heads += [
        Column(clean(pooling.column), right=True),
        Column(level, right=True),
        Column("Weight", right=True),
    ]
    rows = [
        (row.study, *row.arms, *([""] * (arms - len(row.arms))), *_values(row.shown), "" if row.weight is None else f"{row.weight:.1f}%")
        for row in used[:LISTED]
    ]  # fmt: skip
    lines = table(*filled(heads, rows), width) if rows else ["none"]
    if len(used) > LISTED:
        lines.append(f"... and {len(used) - LISTED:,} more; --csv prints all.")
    return lines


def filled(
    heads: Sequence[Column], rows: Sequence[tuple[str, ...]]
) -> tuple[list[Column], list[tuple[str, ...]]]:
    """The table without the columns that hold nothing: a method that has no weights has no column of them.

    A mark of some rows, such as "yes", keeps its column where any other number of its kind is there.
    """
    kept = [
        at
        for at in range(len(heads))
        if any(row[at] for row in rows) or (heads[at].head == MARK and any(row[at - 1] for row in rows))
    ]
    return [heads[at] for at in kept], [tuple(row[at] for at in kept) for row in rows]


def _values(shown: Shown | None) -> tuple[str, str]:
    return ("", "") if shown is None else (number(shown.est), interval(shown))


def _pooled(pooling: Pooling, found: Estimate, width: int) -> list[str]:
    asked = pooling.asked
    level = f"{asked.level:g}%"
    rows = [
        (
            clean(pooling.shown_scale),
            # the p-value of a measure of one group tests a share of 50% or a mean of 0, which nobody asked
            f"{number(found.shown.est)} ({level} CI {interval(found.shown, pooling.zero)})"
            + ("" if pooling.zero is None else f", {p_words(found.pval)}"),
        ),
    ]
    if found.shown_pi is not None:
        rows.append((f"{level} prediction interval", interval(found.shown_pi)))
    if pooling.log or pooling.scale != pooling.shown_scale:
        rows.append((clean(pooling.scale), f"{found.beta:.4f} (SE {found.se:.4f})"))
    rows += _heterogeneity(found)
    if found.double_zero:
        listed = ", ".join(map(str, found.double_zero[:20])) + (
            ", ..." if len(found.double_zero) > 20 else ""
        )
        rows.append(
            (
                "no event, or only events",
                f"{plural(len(found.double_zero), 'study', 'studies')} in every arm (row {listed})",
            )
        )
    name = COUNTS.get(asked.method) or METHODS[asked.method]
    how = f"{name} ({asked.method})" if found.k > 1 else "nothing pooled"
    rows.append(("method", f"{how}; test {asked.test} ({TESTS[asked.test]})" if found.k > 1 else how))
    return pairs(rows, width)


def _absolute(pooling: Pooling, found: Absolute, width: int) -> list[str]:
    first, second = pooling.asked.arms
    level = f"{pooling.asked.level:g}% CI"
    rows = [
        (clean(second), f"{found.baseline:.1f} ({clean(found.source)})"),
        (clean(first), f"{found.treated.est:.1f} ({level} {found.treated.lb:.1f} to {found.treated.ub:.1f})"),
        (
            "difference",
            f"{found.difference.est:+.1f} ({level} {found.difference.lb:+.1f} to {found.difference.ub:+.1f})",
        ),
    ]
    return pairs(rows, width)


def _heterogeneity(found: Estimate) -> list[tuple[str, str]]:
    if found.k < 2:
        return [("heterogeneity", "unknown: one study")]
    if found.qe is None or found.qep is None or found.i2 is None or found.h2 is None:
        return [
            (
                "heterogeneity",
                "unknown: the method does not measure it, or too few studies have an effect of their own",
            )
        ]
    rows = []
    if found.tau2 is not None:
        bounds = (
            ""
            if found.tau2_lb is None or found.tau2_ub is None
            else f" (95% CI {number(found.tau2_lb)} to {number(found.tau2_ub)})"
        )
        rows.append(("tau2", number(found.tau2) + bounds.replace("95%", "Q-profile")))
    bounds = (
        "" if found.i2_lb is None or found.i2_ub is None else f" ({found.i2_lb:.1f}% to {found.i2_ub:.1f}%)"
    )
    rows.append(("I2", f"{found.i2:.1f}%{bounds}, H2 {number(found.h2)}"))
    rows.append(
        (
            "Q",
            f"{found.qe:.2f}, df {found.k - 1 if found.qe_df is None else found.qe_df}, {p_words(found.qep)}",
        )
    )
    return rows


def _groups(pooling: Pooling, width: int) -> list[str]:
    heads = [
        Column("Subgroup", wraps=True), Column("k", right=True), Column("People", right=True), Column(clean(pooling.column), right=True),
        Column("CI", right=True), Column("Prediction", right=True), Column("tau2", right=True), Column("I2", right=True),
    ]  # fmt: skip
    rows = [
        (
            g.label, str(g.k), "" if g.people is None else f"{g.people:,}", *_values(g.shown),
            "" if g.shown_pi is None else interval(g.shown_pi), "" if g.tau2 is None else number(g.tau2),
            "" if g.i2 is None else f"{g.i2:.0f}%",
        )
        for g in pooling.groups
    ]  # fmt: skip
    lines = table(heads, rows, width)
    found = pooling.difference
    if pooling.asked.method in COUNTS:
        return [
            *lines,
            *wrap(f"Method {pooling.asked.method} has no test of whether subgroups differ.", width),
        ]
    if found is None or found.qm is None or found.qmp is None:
        return [
            *lines,
            *wrap("Whether subgroups differ cannot be tested with these numbers of studies.", width),
        ]
    return [*lines, *wrap(f"Difference between subgroups (one tau2 for all): {test_words(found)}.", width)]


def _regression(pooling: Pooling, found: Regression, width: int) -> list[str]:
    heads = [
        Column("Coefficient", wraps=True),
        *(Column(name, right=True) for name in ("Estimate", "SE", "CI", "p")),
    ]
    rows = [
        (
            c.name,
            f"{c.beta:.4f}",
            f"{c.se:.4f}",
            f"{c.ci_lb:.4f} to {c.ci_ub:.4f}",
            p_words(c.pval).removeprefix("p "),
        )
        for c in found.coefficients
    ]
    explained = "" if found.r2 is None else f"; they explain {found.r2:.0f}% of tau2"
    told = (
        f"On the scale of the {pooling.scale}. All moderators: {test_words(found)}{explained}. Left unexplained: tau2 {number(found.tau2)},"
        f" I2 {found.i2:.1f}%, QE {found.qe:.2f} ({p_words(found.qep)})."
    )
    return [*table(heads, rows, width), *wrap(clean(told), width)]


def _without(pooling: Pooling, width: int) -> list[str]:
    heads = [
        Column("Left out", wraps=True), Column(clean(pooling.column), right=True), Column("CI", right=True), Column("p", right=True),
        Column("tau2", right=True), Column("Cook's D", right=True), Column(MARK),
    ]  # fmt: skip
    rows = [_without_row(row) for row in pooling.used[:LISTED] if row.without is not None]
    return table(*filled(heads, rows), width)


def _without_row(row: StudyLine) -> tuple[str, ...]:
    p = "" if row.without_pval is None else p_words(row.without_pval).removeprefix("p ").removeprefix("= ")
    tau2 = "" if row.without_tau2 is None else number(row.without_tau2)
    cook = "" if row.cook_d is None else number(row.cook_d)
    return (row.study, *_values(row.without), p, tau2, cook, "yes" if row.is_infl else "")


def _small_studies(pooling: Pooling) -> list[str]:
    lines = []
    if pooling.egger_p is not None:
        lines.append(f"Egger's regression test of the funnel's asymmetry: {p_words(pooling.egger_p)}.")
    filled = pooling.filled
    if filled is not None:
        added = (
            f"adds {plural(filled.k0, 'study', 'studies')} on the {filled.side}"
            if filled.k0
            else "adds no study"
        )
        lines.append(
            f"Trim and fill (L0) {added}: {number(filled.shown.est)} ({interval(filled.shown)}). A what-if, no correction."
        )
    return lines


def foot_lines(pooling: Pooling, width: int) -> list[str]:
    """Rows that take no part, and what to mind."""
    lines: list[str] = []
    left = [row for row in pooling.rows if row.left_out]
    if left:
        lines += ["", bold(f"Not pooled ({plural(len(left), 'row')})")]
        told = [f"Row {row.row}, {row.study}: {row.left_out}." for row in left[:LISTED]]
        lines += [part for line in told for part in wrap(clean(line), width)]
    notes = [*pooling.notes, *(pooling.overall.notes if pooling.overall else ())]
    notes += [f"Row {row.row}, {row.study}: {note}." for row in pooling.used for note in row.notes][:LISTED]
    if notes:
        lines += ["", bold("To mind"), *(part for note in notes for part in wrap(clean(note), width))]
    return lines


def csv_rows(pooling: Pooling) -> list[tuple[object, ...]]:
    """One row for every row of the table, every subgroup and the pooled answer."""
    answers: Iterable[tuple[str, Estimate]] = [("subgroup", g) for g in pooling.groups]
    overall = [("pooled", pooling.overall)] if pooling.overall is not None else []
    return [
        *map(_study_row, pooling.rows),
        *(_answer_row(kind, found) for kind, found in (*answers, *overall)),
    ]


def _study_row(row: StudyLine) -> tuple[object, ...]:
    arms: Sequence[str | None] = (*row.arms, None, None)[:2]
    se = None if row.vi is None else row.vi**0.5
    return (
        "study", row.study, row.row, row.subgroup, *arms, None, row.ni, row.yi, row.vi, se, row.ci_lb, row.ci_ub, row.weight,
        *_three(row.shown), None, None, None, None, None, None, None, *_three(row.without), row.cook_d, row.is_infl,
        row.left_out or None, "; ".join(row.notes) or None,
    )  # fmt: skip


def _answer_row(kind: str, e: Estimate) -> tuple[object, ...]:
    return (
        kind, e.label, None, None, None, None, e.k, e.people, e.beta, e.se**2, e.se, e.ci_lb, e.ci_ub, 100.0 if kind == "pooled" else None,
        *_three(e.shown), e.pi_lb, e.pi_ub, e.pval, e.tau2, e.i2, e.qe, e.qep, None, None, None, None, None, None,
        "; ".join(e.notes) or None,
    )  # fmt: skip


def _three(shown: Shown | None) -> tuple[float | None, ...]:
    return (None, None, None) if shown is None else (shown.est, shown.lb, shown.ub)
