"""What stands around the rows of a forest plot: where its columns are, their heads, the grid behind them, and its foot."""

from collections.abc import Sequence

import msgspec

from skinproof.views.forest_words import group_test, values_of
from skinproof.views.pooled import Pooling, StudyLine
from skinproof.views.print_words import not_pooled
from skinproof.views.svg_plot import (
    Axis,
    axis_of,
    cut_to,
    folded,
    minus,
    text_at,
    tick_words,
    width_of,
)

LINE = 16.0
"""Height of a line of soft text."""
LABEL, FREE = 290.0, 540.0
"""Widest column of names, and what names and arms may take together before the picture grows."""


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """Where the columns of one picture stand."""

    wide: bool
    width: float
    axis: Axis
    data: tuple[float, ...]
    weight: float
    estimate: float
    label: float


def form_of(pooling: Pooling, rows: Sequence[StudyLine], *, narrow: bool) -> Form:
    shown = [row.shown for row in rows if row.shown]
    estimates = [e for e in (pooling.overall, *pooling.groups) if e is not None]
    intervals = [*shown, *(e.shown for e in pooling.groups)]
    overall = [s for e in estimates[:1] for s in (e.shown, e.shown_pi) if s is not None]
    centres = [s.est for s in (*intervals, *overall)] + [v for s in overall for v in (s.lb, s.ub)]
    ends = [(s.lb, s.ub) for s in intervals]
    if pooling.zero is None and not centres:
        centres = [0.0, 1.0]

    def axis(left: float, right: float) -> Axis:
        return axis_of(centres, ends, log_scale=pooling.log, left=left, right=right, zero=pooling.zero)

    if narrow:
        return Form(wide=False, width=360, axis=axis(16, 344), data=(), weight=348, estimate=348, label=330)
    arms = max((len(row.arms) for row in rows), default=0)
    column = max([62.0, *(width_of(arm) + 16 for row in rows for arm in row.arms)])
    if arms == 2:
        column = max(column, *(min(width_of(arm), 120) + 14 for arm in pooling.asked.arms))
    label = min(
        max(LABEL, FREE - column * arms),
        max(
            [
                100.0,
                *(width_of(row.study) + 10 for row in rows),
                *(width_of(e.label) + 30 for e in pooling.groups),
            ]
        ),
    )
    label = max(label, 190.0 - 60.0 * arms)
    data = tuple(12 + label + column * (place + 1) for place in range(arms))
    left = (data[-1] if data else 12 + label) + 20
    beside = (
        max(
            [
                120.0,
                *(width_of(values_of(s, pooling)) * 1.06 for s in (*shown, *(e.shown for e in estimates))),
            ]
        )
        + 20
    )
    width = max(880.0, left + 260 + 74 + beside)
    return Form(
        wide=True, width=width, axis=axis(left, width - beside - 74), data=data, weight=width - beside, estimate=width - 12, label=label
    )  # fmt: skip


def heads(pooling: Pooling, form: Form, top: float, unit: str) -> list[str]:
    if not form.wide:
        return []
    y = top + 12
    level = f"{pooling.asked.level:g}%"
    heads = [text_at(12, y, unit, "head")]
    names = pooling.asked.arms if len(form.data) == 2 else ("Data",)
    heads += [text_at(x, y, cut_to(arm, 120), "head end") for x, arm in zip(form.data, names, strict=False)]
    if any(row.weight is not None for row in pooling.used):
        heads.append(text_at(form.weight, y, "Weight", "head end"))
    heads.append(text_at(form.estimate, y, f"{pooling.asked.measure} [{level} CI]", "head end"))
    return heads


def grid_of(pooling: Pooling, form: Form, top: float, bottom: float) -> list[str]:
    """What stands behind the rows: ticks, no difference, the pooled average."""
    axis = form.axis
    lines = [
        f'<path class="grid" d="M{axis.place(tick):.1f} {top:.1f}V{bottom:.1f}"/>'
        for tick in axis.ticks(7 if form.wide else 5)
    ]
    if pooling.zero is not None:
        lines.append(f'<path class="zero" d="M{axis.place(pooling.zero):.1f} {top:.1f}V{bottom:.1f}"/>')
    if pooling.overall is not None and pooling.overall.k > 1 and axis.holds(pooling.overall.shown.est):
        x = axis.place(pooling.overall.shown.est)
        lines.append(f'<path class="average" d="M{x:.1f} {top:.1f}V{bottom:.1f}"/>')
    return lines


def foot_of(pooling: Pooling, form: Form, top: float, words: Sequence[str]) -> tuple[list[str], float]:
    axis, y = form.axis, top + 4
    parts = [f'<path class="axis" d="M{axis.left:.1f} {y:.1f}H{axis.right:.1f}"/>']
    for tick in axis.ticks(7 if form.wide else 5):
        x = axis.place(tick)
        parts.append(f'<path class="axis" d="M{x:.1f} {y:.1f}v4"/>')
        parts.append(text_at(x, y + 17, tick_words(tick), "tick"))
    y += 34
    scale = f"{pooling.shown_scale}{' (scale of ratios)' if pooling.log else ''}"
    parts.append(text_at((axis.left + axis.right) / 2, y, scale, "soft middle"))
    told, y = sides(pooling, axis, y)
    parts += told
    notes = [*group_test(pooling), *words, *not_pooled(pooling.rows)]
    y += 10
    for line in folded(notes, form.width - 24):
        y += LINE
        parts.append(text_at(12, y, minus(line), "soft"))
    return parts, y


def sides(pooling: Pooling, axis: Axis, top: float) -> tuple[list[str], float]:
    """What each side of no difference means, below `top`, and where that ends: in one line where both fit, else in two."""
    if pooling.zero is None:
        return [], top
    first, second = pooling.asked.arms
    left, right = f"← lower with {first}", f"higher with {first} →"
    if pooling.better:
        one, two = (first, second) if pooling.better == "lower" else (second, first)
        left, right = f"← favours {one}", f"favours {two} →"
    room = axis.right - axis.left
    apart = width_of(left, soft=True) + width_of(right, soft=True) + 12 > room
    end = top + 17 + (LINE if apart else 0)
    return [
        text_at(axis.left, top + 17, cut_to(left, room, soft=True), "soft"),
        text_at(axis.right, end, cut_to(right, room, soft=True), "soft end"),
    ], end
