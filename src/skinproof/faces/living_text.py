"""The history of a pooled answer as text and as rows of a table."""

from skinproof.faces.output import bold
from skinproof.faces.pool_text import foot_lines
from skinproof.views.living import Boundaries, Living, Look, Moved, Step
from skinproof.views.living_words import VERDICT_WORDS, living_words
from skinproof.views.pooled import METHODS, TESTS, Shown
from skinproof.views.pooled_words import interval, number
from skinproof.views.text import Column, clean, table, wrap

LISTED = 200
"""Studies that are printed; --csv prints all."""

HEADER = (
    "place", "when", "row", "study", "own_est", "own_lb", "own_ub", "k", "people", "beta", "se", "pval", "ci_lb", "ci_ub", "pi_lb",
    "pi_ub", "tau2", "i2", "est", "est_lb", "est_ub", "est_pi_lb", "est_pi_ub", "verdict", "shift", "shift_in_ci", "ci_width",
    "conclusion", "expected", "without_est", "without_lb", "without_ub", "without_shift", "without_conclusion", "always_est",
    "always_lb", "always_ub", "p_any", "share", "zval", "boundary", "adjusted_lb", "adjusted_ub", "alpha_spent",
)  # fmt: skip
"""Columns of the CSV, one row for each study in the order in which they came."""


def living_lines(living: Living, width: int) -> list[str]:
    """Everything of a history, the plain words first."""
    said = living_words(living)
    lines = [bold("What the newest study changed")]
    for line in said.newest:
        lines += wrap(clean(line), width)
    lines += _paragraph("How the answer came about", said.course, width)
    if living.steps:
        lines += ["", bold(clean(f"Study by study, by {living.order} ({living.pooling.label})"))]
        lines += [*_course(living, width), *_more(living)]
        lines += wrap(clean(_how(living)), width)
    if any(step.without is not None for step in living.steps):
        lines += [
            "",
            bold("What each study changes in today's answer"),
            *_without(living, width),
            *_more(living),
        ]
    lines += _paragraph("Looking again at every study", said.looks, width)
    if living.always is not None or living.boundaries is not None:
        lines += ["", *_looks(living, width), *_more(living)]
    lines += _paragraph("Methods and their limits", said.limits, width)
    return lines + foot_lines(living.pooling, width)


def _paragraph(head: str, said: tuple[str, ...], width: int) -> list[str]:
    return ["", bold(head), *(part for line in said for part in wrap(clean(line), width))] if said else []


def _more(living: Living) -> list[str]:
    left = len(living.steps) - LISTED
    return [f"... and {left:,} more; --csv prints all."] if left > 0 else []


def _how(living: Living) -> str:
    asked = living.pooling.asked
    return f"Method {METHODS[asked.method]} ({asked.method}), test {asked.test} ({TESTS[asked.test]})."


def _course(living: Living, width: int) -> list[str]:
    asked = living.pooling.asked
    compared = living.pooling.zero is not None
    heads = [
        Column(clean(living.order)), Column("Study", wraps=True), Column(clean(asked.measure), right=True), Column("So far", right=True),
        Column(f"{asked.level:g}% CI", right=True), Column("Prediction", right=True), Column("Moved", right=True),
    ]  # fmt: skip
    if compared:
        heads.append(Column("The interval", wraps=True))
    rows = [_course_row(step)[: len(heads)] for step in living.steps[:LISTED]]
    return table(heads, rows, width)


def _course_row(step: Step) -> tuple[str, ...]:
    own = number(step.own.est)
    if step.look is None:
        return (step.when, step.study, own, "none", "no convergence", "", "", "")
    look = step.look
    predicted = "" if look.shown_pi is None else interval(look.shown_pi)
    said = step.moved.conclusion if step.moved is not None else _first(look)
    return (
        step.when,
        step.study,
        own,
        number(look.shown.est),
        interval(look.shown),
        predicted,
        _share(step.moved),
        said,
    )


def _first(look: Look) -> str:
    return "excludes" if look.ci_lb > 0 or look.ci_ub < 0 else "includes"


def _share(moved: Moved | None) -> str:
    """The shift in half-widths of the interval before, with its direction."""
    return "" if moved is None or moved.shift_in_ci is None else f"{moved.shift_in_ci:+.0%}"


def _without(living: Living, width: int) -> list[str]:
    heads = [
        Column("Study", wraps=True), Column("Without it", right=True), Column(f"{living.pooling.asked.level:g}% CI", right=True),
        Column("Prediction", right=True), Column("It moves", right=True), Column("Width", right=True),
    ]  # fmt: skip
    compared = living.pooling.zero is not None
    judged = living.pooling.asked.mid is not None
    if compared:
        heads.append(Column("Verdict without it" if judged else "The interval with it", wraps=True))
    today = living.newest.after.verdict if living.newest is not None else ""
    rows = []
    for step in living.steps[:LISTED]:
        look, left = step.without, step.left
        if look is None or left is None:
            continue
        predicted = "" if look.shown_pi is None else interval(look.shown_pi)
        wide = "" if left.ci_width is None else f"{left.ci_width - 1:+.0%}"
        said = (
            (VERDICT_WORDS[look.verdict] if look.verdict != today else "same") if judged else left.conclusion
        )
        row = (
            step.study,
            number(look.shown.est),
            interval(look.shown),
            predicted,
            _share(left),
            wide,
            said,
        )
        rows.append(row[: len(heads)])
    return table(heads, rows, width)


def _looks(living: Living, width: int) -> list[str]:
    """What may be said at every look: always-valid interval, boundaries."""
    found, bound = living.always, living.boundaries
    heads = [Column(clean(living.order)), Column("Study", wraps=True)]
    if found is not None:
        heads += [Column("Always valid", right=True)]
        heads += [Column("p any time", right=True)] if found.p_any is not None else []
    if bound is not None:
        heads += [Column(name, right=True) for name in ("Inform.", "z", "Boundary", "Adjusted CI")]
    rows = []
    for at, step in enumerate(living.steps[:LISTED]):
        cells = [step.when, step.study]
        if found is not None:
            cells.append(interval(found.shown[at]))
            cells += [_p(found.p_any[at])] if found.p_any is not None else []
        if bound is not None:
            cells += _bound_cells(bound, at)
        rows.append(cells)
    return table(heads, rows, width)


def _bound_cells(bound: Boundaries, at: int) -> list[str]:
    limit, shown = bound.boundary[at], bound.shown[at]
    return [
        f"{bound.share[at]:.1%}", f"{bound.zval[at]:.2f}", "none" if limit is None else f"{limit:.2f}",
        "none" if shown is None else interval(shown),
    ]  # fmt: skip


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def csv_rows(living: Living) -> list[tuple[object, ...]]:
    """One row for each study; columns are `HEADER`."""
    return [_csv_row(living, at, step) for at, step in enumerate(living.steps)]


def _csv_row(living: Living, at: int, step: Step) -> tuple[object, ...]:
    found, bound, look, moved, left = living.always, living.boundaries, step.look, step.moved, step.left
    answer: tuple[object, ...] = (None,) * 17
    if look is not None:
        answer = (
            look.k, look.people, look.beta, look.se, look.pval, look.ci_lb, look.ci_ub, look.pi_lb, look.pi_ub, look.tau2, look.i2,
            *_three(look.shown), *_three(look.shown_pi)[1:], look.verdict,
        )  # fmt: skip
    change: tuple[object, ...] = (None,) * 5
    if moved is not None:
        change = (moved.shift, moved.shift_in_ci, moved.ci_width, moved.conclusion or None, moved.expected)
    without = _three(step.without.shown) if step.without is not None else (None, None, None)
    always = _three(found.shown[at]) if found is not None else (None, None, None)
    p_any = found.p_any[at] if found is not None and found.p_any is not None else None
    bounds: tuple[object, ...] = (None,) * 6
    if bound is not None:
        bounds = (
            bound.share[at],
            bound.zval[at],
            bound.boundary[at],
            *_three(bound.shown[at])[1:],
            bound.alpha_spent[at],
        )
    return (
        at + 1, step.when, step.row, step.study, *_three(step.own), *answer, *change, *without, left.shift if left else None,
        (left.conclusion or None) if left else None, *always, p_any, *bounds,
    )  # fmt: skip


def _three(shown: Shown | None) -> tuple[float | None, ...]:
    return (None, None, None) if shown is None else (shown.est, shown.lb, shown.ub)
