"""The forest plot: a line for every study, subgroups, the pooled answer, and the prediction interval.

Area of a square: weight. A diamond is a pooled answer with its confidence interval, a bar the prediction interval: shape
and place tell them apart, not colour alone. An arrow ends an interval that leaves the axis. Studies that take no part
are listed with the reason. Plain SVG without script, wide or (narrow) for small screens.

Source: Lewis and Clarke 2001, doi:10.1136/bmj.322.7300.1479 (what a forest plot shows).
"""

from collections.abc import Sequence

import msgspec

from skinproof.views.pooled import Estimate, Pooling, Shown, StudyLine
from skinproof.views.pooled_words import number, p_words, reading
from skinproof.views.svg_link import linked_to
from skinproof.views.svg_plot import (
    Axis,
    axis_of,
    cut_to,
    folded,
    minus,
    open_svg,
    said,
    shown_number,
    text_at,
    tick_words,
    width_of,
)
from skinproof.views.words import plural

ROW, HEAD, LINE = 22.0, 22.0, 16.0
TALL = 58.0
"""Height of a study's place in the narrow form: name, data, and the line below them."""
BAND = 25.0
"""Height of the band of grid lines behind a line in the narrow form; names and numbers stand above it."""
LARGEST, SMALLEST = 15.0, 4.0
"""Sides of the squares of the heaviest study, and the least that can be seen."""
MOST = 400
"""Studies that are drawn one by one; of more only the pooled answers are."""


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    """Where the columns of one picture stand."""

    wide: bool
    width: float
    axis: Axis
    data: tuple[float, ...]
    weight: float
    estimate: float
    label: float


def draw_forest(
    pooling: Pooling, title: str, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "forest",
    beside: Sequence[Estimate] = (), words: Sequence[str] | None = None, unit: str = "Study", linked: bool = False,
) -> str:  # fmt: skip
    """The forest plot of a pooled answer as one SVG element; see `svg_plot.open_svg` for style and dark.

    Rows with a subgroup that is not pooled by itself stand below its name. beside: further intervals of the answer; words:
    what stands at the foot instead of `reading`; unit: what a row is; linked: a study leads to `#study-ROW` of its page, and
    the answers without each study stand by, hidden, for the page's script.
    """
    words = reading(pooling).lines if words is None else words
    rows = pooling.used if len(pooling.used) <= MOST else ()
    form = _form(pooling, rows, narrow=narrow)
    body: list[str] = []
    y = 8.0
    for line in folded([title], (form.width - 24) * 0.7):
        y += 20
        body.append(text_at(12, y, line, "title"))
    top = y + 8
    body += _heads(pooling, form, top, unit)
    y = top + (HEAD if form.wide else 8)
    drawn: list[str] = []
    start, bands = y, []
    for part, y_after in _parts(pooling, rows, form, y, beside, linked=linked):
        drawn += part
        y = y_after
        if any('role="img"' in text for text in part):
            bands.append((y - BAND, y - 3))
    for above, below in [(start, y)] if form.wide else bands:
        body += _grid(pooling, form, above, below)
    body += drawn
    foot, y = _foot(pooling, form, y, words)
    body += foot
    opening = open_svg(name, form.width, y + 10, title, " ".join(words), style=style, dark=dark)
    return "\n".join([opening, *body, "</svg>"])


def _form(pooling: Pooling, rows: Sequence[StudyLine], *, narrow: bool) -> _Form:
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
        return _Form(wide=False, width=360, axis=axis(16, 344), data=(), weight=348, estimate=348, label=330)
    label = min(
        230.0,
        max(
            [
                100.0,
                *(width_of(row.study) + 10 for row in rows),
                *(width_of(e.label) + 30 for e in pooling.groups),
            ]
        ),
    )
    arms = max((len(row.arms) for row in rows), default=0)
    label = max(label, 190.0 - 60.0 * arms)
    column = max([62.0, *(width_of(arm) + 16 for row in rows for arm in row.arms)])
    if arms == 2:
        column = max(column, *(min(width_of(arm), 120) + 14 for arm in pooling.asked.arms))
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
    return _Form(
        wide=True, width=width, axis=axis(left, width - beside - 74), data=data, weight=width - beside, estimate=width - 12, label=label
    )  # fmt: skip


def _heads(pooling: Pooling, form: _Form, top: float, unit: str) -> list[str]:
    if not form.wide:
        return []
    y = top + 12
    level = f"{pooling.asked.level:g}%"
    heads = [text_at(12, y, unit, "head")]
    names = pooling.asked.arms if len(form.data) == 2 else ("Data",)
    heads += [text_at(x, y, cut_to(arm, 120), "head end") for x, arm in zip(form.data, names, strict=False)]
    heads.append(text_at(form.weight, y, "Weight", "head end"))
    heads.append(text_at(form.estimate, y, f"{pooling.asked.measure} [{level} CI]", "head end"))
    return heads


def _parts(
    pooling: Pooling,
    rows: Sequence[StudyLine],
    form: _Form,
    top: float,
    beside: Sequence[Estimate],
    *,
    linked: bool,
) -> list[tuple[list[str], float]]:
    """The drawn rows with where each ends: groups with their studies, then the pooled answer."""
    parts: list[tuple[list[str], float]] = []
    y = top
    heaviest = max((row.weight or 0.0 for row in rows), default=1.0) or 1.0

    def add(part: tuple[list[str], float]) -> None:
        nonlocal y
        parts.append(part)
        y = part[1]

    def add_study(row: StudyLine) -> None:
        part, end = _study(pooling, row, form, y, heaviest)
        add(([linked_to(row.row, _row_words(pooling, row), part)] if linked else part, end))

    if pooling.groups:
        for group in pooling.groups:
            inside = [row for row in rows if (row.subgroup or "not reported") == group.label]
            add(([text_at(12, y + 15, cut_to(group.label, form.label + 120), "head")], y + ROW))
            for row in inside:
                add_study(row)
            add(_summary(pooling, group, f"{group.label}: {plural(group.k, 'study', 'studies')}", form, y))
            add(([], y + 8))
    else:
        name: str | None = None
        for row in rows:
            if row.subgroup is not None and row.subgroup != name:
                add(([text_at(12, y + 15, cut_to(row.subgroup, form.label + 120), "head")], y + ROW))
            name = row.subgroup
            add_study(row)
    if pooling.overall is not None:
        y += 4
        add(
            _summary(
                pooling, pooling.overall, overall_words(pooling.overall), form, y, rows if linked else ()
            )
        )
        for found in beside:
            add(_summary(pooling, found, found.label, form, y))
        if pooling.overall.shown_pi is not None:
            add(_predicted(pooling, pooling.overall.shown_pi, form, y))
    else:
        add(([text_at(12, y + 15, "No study could be pooled.", "head")], y + ROW))
    return parts


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


def _study(
    pooling: Pooling, row: StudyLine, form: _Form, top: float, heaviest: float
) -> tuple[list[str], float]:
    shown = row.shown
    values = NO_EFFECT if shown is None else values_of(shown, pooling)
    share = max(row.weight or 0.0, 0.0) / heaviest
    side = max(SMALLEST, LARGEST * share**0.5)
    weight = f"{row.weight:.1f}%" if row.weight is not None else ""
    words = _row_words(pooling, row)
    if form.wide:
        middle = top + ROW / 2
        texts = [text_at(12, middle + 4.5, cut_to(row.study, form.label))]
        texts += [text_at(x, middle + 4.5, arm, "end") for x, arm in zip(form.data, row.arms, strict=False)]
        texts += [
            text_at(form.weight, middle + 4.5, weight, "end"),
            text_at(form.estimate, middle + 4.5, values, "end"),
        ]
        end = top + ROW
    else:
        middle = top + TALL - 16
        data = " and ".join(row.arms)
        texts = [
            text_at(12, top + 15, cut_to(row.study, 336 - width_of(values) - 12)),
            text_at(form.estimate, top + 15, values, "end"),
            text_at(12, top + 31, data, "soft"),
            text_at(form.weight, top + 31, weight, "soft end"),
        ]
        end = top + TALL
    if shown is None:
        return [*texts, f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title></g>'], end
    x = form.axis.inside(shown.est)
    mark = f'<rect class="study" x="{x - side / 2:.1f}" y="{middle - side / 2:.1f}" width="{side:.1f}" height="{side:.1f}"/>'
    drawn = f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title>{whisker(form.axis, shown, middle)}{mark}</g>'
    return [*texts, drawn], end


def _row_words(pooling: Pooling, row: StudyLine) -> str:
    values = NO_EFFECT if row.shown is None else f"{pooling.asked.measure} {values_of(row.shown, pooling)}"
    arms = f", {' against '.join(row.arms)}" if row.arms else ""
    weight = f", weight {row.weight:.1f}%" if row.weight is not None else ""
    said_ = "".join(f"; {note}" for note in row.notes)
    return f"{row.study}{arms}: {values}{weight}{said_}"


def whisker(axis: Axis, shown: Shown, y: float) -> str:
    """The line of an interval, with an arrow at each end that leaves the axis."""
    left, right = axis.inside(shown.lb), axis.inside(shown.ub)
    path = f"M{left:.1f} {y:.1f}H{right:.1f}"
    if shown.lb < axis.low:
        path += f"M{left + 6:.1f} {y - 4:.1f}L{left:.1f} {y:.1f}L{left + 6:.1f} {y + 4:.1f}"
    if shown.ub > axis.high:
        path += f"M{right - 6:.1f} {y - 4:.1f}L{right:.1f} {y:.1f}L{right - 6:.1f} {y + 4:.1f}"
    return f'<path class="whisker" d="{path}"/>'


def _summary(
    pooling: Pooling, found: Estimate, label: str, form: _Form, top: float, ghosts: Sequence[StudyLine] = ()
) -> tuple[list[str], float]:
    """A diamond with its words; ghosts: studies without which it would be another, drawn as hidden diamonds."""
    values = values_of(found.shown, pooling)
    details = heterogeneity_words(found)
    words = f"{label}: {pooling.asked.measure} {values}; {details}"
    if form.wide:
        middle = top + ROW / 2
        room = form.axis.left - 24
        texts = [
            text_at(12, middle + 4.5, cut_to(label, room), "head"),
            text_at(form.estimate, middle + 4.5, values, "head end"),
        ]
        end = top + ROW
        lines = folded([details], room)
        texts += [text_at(12, end + 12 + LINE * at, line, "soft") for at, line in enumerate(lines)]
        end += LINE * len(lines) if details else 0
    else:
        texts = [
            text_at(12, top + 15, cut_to(label, 336 - width_of(values) * 1.08 - 12), "head"),
            text_at(form.estimate, top + 15, values, "head end"),
        ]
        lines = folded([details], 336)
        texts += [text_at(12, top + 31 + LINE * at, line, "soft") for at, line in enumerate(lines)]
        middle = top + 31 + LINE * len(lines) + 2
        end = middle + 14
    shape = _diamond(form.axis, found.shown, middle)
    others = "".join(
        f'<path class="without" data-row="{row.row}" d="{_diamond(form.axis, row.without, middle)}"/>'
        for row in ghosts
        if row.without is not None
    )
    drawn = f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title><path class="pooled" d="{shape}"/></g>'
    return [*texts, drawn, *([others] if others else [])], end


def _diamond(axis: Axis, shown: Shown, middle: float) -> str:
    """The shape of an answer; its ends are cut off flat where the interval leaves the axis."""
    left, x, right = axis.inside(shown.lb), axis.inside(shown.est), axis.inside(shown.ub)
    shape = f"M{left:.1f} {middle:.1f}L{x:.1f} {middle - 8:.1f}L{right:.1f} {middle:.1f}L{x:.1f} {middle + 8:.1f}Z"
    if shown.lb < axis.low or shown.ub > axis.high:
        shape += _whisker_path(axis, shown, middle)
    return shape


def _whisker_path(axis: Axis, shown: Shown, y: float) -> str:
    """Bars at the ends where the diamond goes on beyond the axis."""
    path = ""
    if shown.lb < axis.low:
        path += f"M{axis.left:.1f} {y - 6:.1f}v12h1.5v-12Z"
    if shown.ub > axis.high:
        path += f"M{axis.right:.1f} {y - 6:.1f}v12h-1.5v-12Z"
    return path


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


def _predicted(pooling: Pooling, shown: Shown, form: _Form, top: float) -> tuple[list[str], float]:
    level = f"{pooling.asked.level:g}%"
    label = f"{level} prediction interval"
    values = bounds_of(shown, pooling)
    words = f"{label}: the true effect in a new study is expected here, {values}"
    if form.wide:
        middle, end = top + ROW / 2, top + ROW + 4
        texts = [
            text_at(12, middle + 4.5, label),
            text_at(form.estimate, middle + 4.5, values, "end"),
        ]
    else:
        middle, end = top + 30, top + 44
        texts = [text_at(12, top + 15, label), text_at(form.estimate, top + 15, values, "end")]
    left, right = form.axis.inside(shown.lb), form.axis.inside(shown.ub)
    bar = f"M{left:.1f} {middle - 3:.1f}H{right:.1f}V{middle + 3:.1f}H{left:.1f}Z"
    ends = "".join(f"M{x - 1:.1f} {middle - 7:.1f}h2v14h-2Z" for x in (left, right))
    drawn = f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title><path class="predicted" d="{bar}{ends}"/></g>'
    return [*texts, drawn], end


def _grid(pooling: Pooling, form: _Form, top: float, bottom: float) -> list[str]:
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


def _foot(pooling: Pooling, form: _Form, top: float, words: Sequence[str]) -> tuple[list[str], float]:
    axis, y = form.axis, top + 4
    parts = [f'<path class="axis" d="M{axis.left:.1f} {y:.1f}H{axis.right:.1f}"/>']
    for tick in axis.ticks(7 if form.wide else 5):
        x = axis.place(tick)
        parts.append(f'<path class="axis" d="M{x:.1f} {y:.1f}v4"/>')
        parts.append(text_at(x, y + 17, tick_words(tick), "tick"))
    y += 34
    scale = f"{pooling.shown_scale}{' (scale of ratios)' if pooling.log else ''}"
    parts.append(text_at((axis.left + axis.right) / 2, y, scale, "soft middle"))
    for side, place in sides(pooling, axis):
        y_side = y + 17
        parts.append(
            text_at(
                *((axis.left, y_side) if place == "left" else (axis.right, y_side)),
                side,
                "soft" if place == "left" else "soft end",
            )
        )
    y += 17 if pooling.zero is not None else 0
    notes = [
        *_group_test(pooling),
        *words,
        *(f"Not pooled: {row.study}: {row.left_out}." for row in pooling.rows[:2000] if row.left_out)
    ][:60]  # fmt: skip
    y += 10
    for line in folded(notes, form.width - 24):
        y += LINE
        parts.append(text_at(12, y, minus(line), "soft"))
    return parts, y


def sides(pooling: Pooling, axis: Axis) -> list[tuple[str, str]]:
    """What each side of no difference means."""
    if pooling.zero is None:
        return []
    first, second = pooling.asked.arms
    room = (axis.right - axis.left) / 2 - 6
    if pooling.better:
        left, right = (first, second) if pooling.better == "lower" else (second, first)
        return [(cut_to(f"← favours {left}", room), "left"), (cut_to(f"favours {right} →", room), "right")]
    return [
        (cut_to(f"← lower with {first}", room), "left"),
        (cut_to(f"higher with {first} →", room), "right"),
    ]


def _group_test(pooling: Pooling) -> list[str]:
    found = pooling.difference
    if found is None:
        return []
    df = f"{found.qm_df}" if found.dfs is None else f"{found.qm_df} and {found.dfs:g}"
    kind = "Q" if found.dfs is None else "F"
    if found.qm is None or found.qmp is None:
        return []
    return [f"Difference between subgroups: {kind} {shown_number(found.qm)} (df {df}), {p_words(found.qmp)}."]
