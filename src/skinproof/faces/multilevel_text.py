"""An answer from several effects per study as text and as rows of a table."""

from skinproof.faces.output import bold
from skinproof.views.multilevel import Average, EffectLine, Multilevel
from skinproof.views.multilevel_words import by_study, reading_several
from skinproof.views.pooled import Coefficient, Shown
from skinproof.views.pooled_words import interval, number, p_words
from skinproof.views.text import Column, clean, pairs, table, wrap
from skinproof.views.words import plural

LISTED = 200
"""Effects that are printed; --csv prints all."""

HEADER = (
    "kind", "label", "row", "study", "arm1", "arm2", "k", "studies", "ni", "rho", "yi", "vi", "se", "ci_lb", "ci_ub", "weight", "est",
    "est_lb", "est_ub", "pi_lb", "pi_ub", "pval", "df", "sigma2", "share", "left_out", "notes",
)  # fmt: skip
"""Columns of the CSV: effects first, then outcomes, correlations tried, levels, robust and pooled answer."""

TESTS = {
    "z": "normal",
    "t": "t with effects - 1 degrees of freedom",
    "contain": "t with studies - 1 degrees of freedom",
}


def several_lines(found: Multilevel, width: int) -> list[str]:
    """Everything of the answer, the plain words first."""
    lines = [bold("In plain words")]
    for line in reading_several(found).lines:
        lines += wrap(clean(line), width)
    lines += ["", bold(f"Effects ({clean(found.label)})"), *_effects(found, width)]
    if found.overall is not None:
        lines += ["", bold("Pooled"), *_pooled(found, found.overall, width)]
        lines += ["", bold("Where effects vary"), *_levels(found, width)]
    if found.tried:
        lines += ["", bold("If effects of one study are correlated otherwise"), *_tried(found, width)]
    if found.outcomes is not None:
        lines += ["", bold(clean(f"By {found.asked.outcome}")), *_outcomes(found, width)]
    if found.moderators is not None:
        lines += ["", bold("Moderators"), *_moderators(found, width)]
    return lines + _foot(found, width)


def _effects(found: Multilevel, width: int) -> list[str]:
    used = found.used
    arms = max((len(row.arms) for row in used), default=0)
    names = found.asked.arms if arms == 2 else ("Data",)
    heads = [
        Column("Study", wraps=True), Column("Effect", wraps=True), *(Column(clean(name), right=True) for name in names[:arms]),
        Column(clean(found.asked.measure), right=True), Column(f"{found.asked.level:g}% CI", right=True), Column("Weight", right=True),
    ]  # fmt: skip
    rows = []
    before = None
    for row in by_study(used)[:LISTED]:
        study = "" if row.study == before else row.study
        before = row.study
        rows.append(
            (study, row.label, *row.arms, *([""] * (arms - len(row.arms))), *_values(row.shown), "" if row.weight is None else f"{row.weight:.1f}%")
        )  # fmt: skip
    lines = table(heads, rows, width) if rows else ["none"]
    if len(used) > LISTED:
        lines.append(f"... and {len(used) - LISTED:,} more; --csv prints all.")
    if any(row.weight is not None and row.weight < 0 for row in used):
        lines += wrap(
            "A weight below 0: an imprecise effect corrects more precise ones of the same people.", width
        )
    return lines


def _values(shown: Shown | None) -> tuple[str, str]:
    return ("", "") if shown is None else (number(shown.est), interval(shown))


def _said(average: Average, level: str) -> str:
    p = "" if average.pval is None else f", {p_words(average.pval)}"
    df = "" if average.dfs is None else f", df {average.dfs:.3g}"
    return f"{number(average.shown.est)} ({level} CI {interval(average.shown)}){p}{df}"


def _pooled(found: Multilevel, overall: Average, width: int) -> list[str]:
    asked = found.asked
    level = f"{asked.level:g}%"
    rows = [(clean(found.shown_scale), _said(overall, level))]
    if found.robust is not None:
        rows.append((f"cluster-robust ({asked.robust})", _said(found.robust, level)))
    elif found.robust_refused:
        rows.append((f"cluster-robust ({asked.robust})", f"none: {clean(found.robust_refused)}"))
    if found.shown_pi is not None:
        rows.append((f"{level} prediction interval", interval(found.shown_pi)))
    if found.log or found.scale != found.shown_scale:
        rows.append((clean(found.scale), f"{overall.beta:.4f} (SE {overall.se:.4f})"))
    if found.qe is not None and found.qep is not None:
        rows.append(("Q", f"{found.qe:.2f}, df {found.k - 1}, {p_words(found.qep)}"))
    rows.append(("within studies", _correlated(found)))
    rows.append(("method", f"three-level model, {asked.method}; test {asked.test} ({TESTS[asked.test]})"))
    return pairs(rows, width)


def _correlated(found: Multilevel) -> str:
    asked = found.asked
    if not asked.groups:
        return f"errors correlated by {asked.rho:g} (assumed)"
    between = f"; outcomes of one comparison by {asked.rho:g} (assumed)" if asked.outcome else ""
    return f"errors correlated as shared groups say{between}"


def _levels(found: Multilevel, width: int) -> list[str]:
    level = f"{found.asked.level:g}% CI"
    heads = [
        Column("Level", wraps=True), Column("Groups", right=True), Column("sigma2", right=True), Column(level, right=True),
        Column("Share", right=True),
    ]  # fmt: skip
    rows = [
        (
            one.name, f"{one.groups:,}", number(one.sigma2),
            "" if one.ci_lb is None or one.ci_ub is None else f"{number(one.ci_lb)} to {number(one.ci_ub)}", f"{one.share:.1f}%",
        )
        for one in found.levels
    ]  # fmt: skip
    rows.append(
        ("chance (sampling error)", "", "", "", "" if found.sampling is None else f"{found.sampling:.1f}%")
    )
    lines = table(heads, rows, width)
    if any(one.ci_lb is None for one in found.levels):
        lines += wrap(f"Intervals of variances are worked out for fewer effects than {found.k:,}.", width)
    return lines


def _tried(found: Multilevel, width: int) -> list[str]:
    heads = [
        Column("Correlation", right=True), Column(clean(found.asked.measure), right=True), Column("CI", right=True), Column("p", right=True),
        Column("Robust CI", right=True), Column("sigma2 between", right=True), Column("within", right=True),
    ]  # fmt: skip
    rows = []
    refused = []
    for one in found.tried:
        if one.average is None:
            refused.append(f"Correlation {one.rho:g}: {one.refused}.")
            continue
        p = (
            ""
            if one.average.pval is None
            else p_words(one.average.pval).removeprefix("p ").removeprefix("= ")
        )
        robust = "" if one.robust is None else interval(one.robust.shown)
        mark = "*" if one.rho == found.asked.rho else ""
        rows.append((f"{mark}{one.rho:g}", *_values(one.average.shown), p, robust, *map(number, one.sigma2)))
    lines = table(heads, rows, width) if rows else []
    return [*lines, *(part for line in refused for part in wrap(clean(line), width)), "* the answer above"]


def _outcomes(found: Multilevel, width: int) -> list[str]:
    outcomes = found.outcomes
    assert outcomes is not None
    if outcomes.refused:
        return wrap(clean(f"Not told apart: {outcomes.refused}."), width)
    heads = [
        Column("Outcome", wraps=True), Column("Effects", right=True), Column("Studies", right=True), Column(clean(found.asked.measure), right=True),
        Column("CI", right=True), Column("df", right=True),
    ]  # fmt: skip
    rows = [
        (one.label, f"{one.k}", f"{one.studies}", *_values(one.shown), "" if one.dfs is None else f"{one.dfs:g}")
        for one in outcomes.averages
    ]  # fmt: skip
    test = _test(outcomes.qm, outcomes.qm_df, outcomes.dfs, outcomes.qmp)
    return [
        *table(heads, rows, width),
        *wrap(f"Difference between them, with the same variances for all: {test}.", width),
    ]


def _test(qm: float | None, m: int | None, dfs: float | None, p: float | None) -> str:
    if qm is None or p is None:
        return "no test can be had"
    return (
        f"QM {qm:.2f}, df {m}, {p_words(p)}"
        if dfs is None
        else f"F {qm:.2f}, df {m} and {dfs:g}, {p_words(p)}"
    )


def _moderators(found: Multilevel, width: int) -> list[str]:
    told = found.moderators
    assert told is not None
    heads = [
        Column("Coefficient", wraps=True),
        *(Column(name, right=True) for name in ("Estimate", "SE", "CI", "p")),
    ]
    heads += [Column(name, right=True) for name in ("Robust CI", "Robust p", "df")] if told.robust else []
    rows = []
    for place, one in enumerate(told.coefficients):
        cells = [one.name, f"{one.beta:.4f}", f"{one.se:.4f}", *_bounds(one)]
        if told.robust:
            cells += [*_bounds(told.robust[place]), f"{told.robust_dfs[place]:.3g}"]
        rows.append(tuple(cells))
    test = _test(told.qm, told.qm_df, told.dfs, told.qmp)
    robust = "" if told.robust_qmp is None else f"; cluster-robust {p_words(told.robust_qmp)}"
    if told.robust_refused:
        robust = f"; no cluster-robust errors: {told.robust_refused}"
    between, within = told.sigma2
    words = (
        f"Scale: {found.scale}. All moderators: {test}{robust}. Left unexplained: sigma2 {number(between)} between and"
        f" {number(within)} within studies."
    )
    if any(df < 4 for df in told.robust_dfs) and found.asked.robust == "CR2":
        words += " Robust p-values with fewer than 4 degrees of freedom are not to be relied on."
    return [*table(heads, rows, width), *wrap(clean(words), width)]


def _bounds(one: Coefficient) -> tuple[str, str]:
    return f"{one.ci_lb:.4f} to {one.ci_ub:.4f}", p_words(one.pval).removeprefix("p ").removeprefix("= ")


def _foot(found: Multilevel, width: int) -> list[str]:
    lines: list[str] = []
    left = [row for row in found.rows if row.left_out]
    if left:
        lines += ["", bold(f"Not pooled ({plural(len(left), 'row')})")]
        told = [f"Row {row.row}, {row.study}: {row.left_out}." for row in left[:LISTED]]
        lines += [part for line in told for part in wrap(clean(line), width)]
    notes = [*found.notes]
    notes += [f"Row {row.row}, {row.study}: {note}" for row in found.used for note in row.notes][:LISTED]
    if notes:
        lines += ["", bold("To mind"), *(part for note in notes for part in wrap(clean(note), width))]
    return lines


def csv_rows(found: Multilevel) -> list[tuple[object, ...]]:
    """One row for every effect, outcome, correlation tried, level, and the pooled answer."""
    rows = [_effect_row(row) for row in found.rows]
    rows += [_average_row("outcome", one) for one in (found.outcomes.averages if found.outcomes else ())]
    rows += [_average_row("rho", one.average, rho=one.rho) for one in found.tried if one.average is not None]
    for one in found.levels:
        rows.append(
            _filled(
                kind="level",
                label=one.name,
                k=one.groups,
                ci_lb=one.ci_lb,
                ci_ub=one.ci_ub,
                sigma2=one.sigma2,
                share=one.share,
            )
        )
    if found.robust is not None:
        rows.append(_average_row("robust", found.robust))
    if found.overall is not None:
        more = {"pi_lb": found.pi_lb, "pi_ub": found.pi_ub, "ni": found.people, "rho": found.asked.rho}
        rows.append(_average_row("pooled", found.overall, notes="; ".join(found.notes) or None, **more))
    return rows


def _filled(**cells: object) -> tuple[object, ...]:
    return tuple(cells.get(name) for name in HEADER)


def _effect_row(row: EffectLine) -> tuple[object, ...]:
    arms = dict(zip(("arm1", "arm2"), row.arms, strict=False))
    return _filled(
        kind="effect", label=row.label, row=row.row, study=row.study, ni=row.ni, yi=row.yi, vi=row.vi,
        se=None if row.vi is None else row.vi**0.5, ci_lb=row.ci_lb, ci_ub=row.ci_ub, weight=row.weight,
        left_out=row.left_out or None, notes="; ".join(row.notes) or None, **arms, **_three(row.shown),
    )  # fmt: skip


def _average_row(kind: str, one: Average, **more: object) -> tuple[object, ...]:
    return _filled(
        kind=kind, label=one.label, k=one.k, studies=one.studies, yi=one.beta, vi=one.se**2, se=one.se, ci_lb=one.ci_lb,
        ci_ub=one.ci_ub, pval=one.pval, df=one.dfs, **_three(one.shown), **more,
    )  # fmt: skip


def _three(shown: Shown | None) -> dict[str, object]:
    return {} if shown is None else {"est": shown.est, "est_lb": shown.lb, "est_ub": shown.ub}
