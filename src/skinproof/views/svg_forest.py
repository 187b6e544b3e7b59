"""The forest plot: a line for every study, subgroups, the pooled answer, and the prediction interval.

Area of a square: weight. A diamond is a pooled answer with its confidence interval, a bar the prediction interval: shape
and place tell them apart, not colour alone. An arrow ends an interval that leaves the axis. Studies that take no part
are listed with the reason. Plain SVG without script, wide or (narrow) for small screens.

Source: Lewis and Clarke 2001, doi:10.1136/bmj.322.7300.1479 (what a forest plot shows).
"""

from collections.abc import Sequence

from skinproof.views.forest_words import (
    NO_EFFECT,
    bounds_of,
    heterogeneity_words,
    overall_words,
    row_words,
    values_of,
)
from skinproof.views.pooled import Estimate, Pooling, Shown, StudyLine
from skinproof.views.pooled_words import reading
from skinproof.views.print_words import printed
from skinproof.views.svg_forest_frame import LINE, Form, foot_of, form_of, grid_of, heads
from skinproof.views.svg_link import linked_to
from skinproof.views.svg_plot import (
    Axis,
    cut_to,
    folded,
    open_svg,
    said,
    text_at,
    width_of,
)
from skinproof.views.words import plural

ROW, HEAD = 22.0, 22.0
TALL = 58.0
"""Height of a study's place in the narrow form: name, data, and the line below them."""
BAND = 25.0
"""Height of the band of grid lines behind a line in the narrow form; names and numbers stand above it."""
LARGEST, SMALLEST = 15.0, 4.0
"""Sides of the squares of the heaviest study, and the least that can be seen."""
MOST = 400
"""Studies that are drawn one by one; of more only the pooled answers are."""


def draw_forest(
    pooling: Pooling, title: str, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "forest",
    beside: Sequence[Estimate] = (), words: Sequence[str] | None = None, unit: str = "Study", linked: bool = False,
) -> str:  # fmt: skip
    """The forest plot of a pooled answer as one SVG element; see `svg_plot.open_svg` for style and dark.

    Rows with a subgroup that is not pooled by itself stand below its name. beside: further intervals of the answer; words:
    what stands at the foot instead of `reading`; unit: what a row is; linked: a study leads to `#study-ROW` of its page, and
    the answers without each study stand by, hidden, for the page's script.
    """
    words = printed(reading(pooling).lines if words is None else words, pooling)
    rows = pooling.used if len(pooling.used) <= MOST else ()
    form = form_of(pooling, rows, narrow=narrow)
    body: list[str] = []
    y = 8.0
    for line in folded([title], (form.width - 24) * 0.7):
        y += 20
        body.append(text_at(12, y, line, "title"))
    top = y + 8
    body += heads(pooling, form, top, unit)
    y = top + (HEAD if form.wide else 8)
    drawn: list[str] = []
    start, bands = y, []
    for part, y_after in _parts(pooling, rows, form, y, beside, linked=linked):
        drawn += part
        y = y_after
        if any('role="img"' in text for text in part):
            bands.append((y - BAND, y - 3))
    for above, below in [(start, y)] if form.wide else bands:
        body += grid_of(pooling, form, above, below)
    body += drawn
    foot, y = foot_of(pooling, form, y, words)
    body += foot
    opening = open_svg(name, form.width, y + 10, title, " ".join(words), style=style, dark=dark)
    return "\n".join([opening, *body, "</svg>"])


def _parts(
    pooling: Pooling,
    rows: Sequence[StudyLine],
    form: Form,
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
        add(([linked_to(row.row, row_words(pooling, row), part)] if linked else part, end))

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


def _study(
    pooling: Pooling, row: StudyLine, form: Form, top: float, heaviest: float
) -> tuple[list[str], float]:
    shown = row.shown
    values = NO_EFFECT if shown is None else values_of(shown, pooling)
    share = max(row.weight or 0.0, 0.0) / heaviest
    side = max(SMALLEST, LARGEST * share**0.5)
    weight = f"{row.weight:.1f}%" if row.weight is not None else ""
    words = row_words(pooling, row)
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
        data = " and ".join(row.arms)
        names, first, second = [row.study], top + 15, top + 15 + LINE
        if width_of(row.study) + 12 + width_of(values) > 336:
            # the name has lines of its own, and its data stand beside the numbers
            names = [cut_to(line, 336) for line in folded([row.study], 336 * 0.93)]
            first = second = first + LINE * len(names)
        texts = [
            *(text_at(12, top + 15 + LINE * at, name) for at, name in enumerate(names)),
            text_at(form.estimate, first, values, "end"),
            text_at(12, second, data, "soft"),
            text_at(form.weight, first + LINE, weight, "soft end"),
        ]
        end = first + TALL - 15
        middle = end - 16
    if shown is None:
        return [*texts, f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title></g>'], end
    x = form.axis.inside(shown.est)
    mark = f'<rect class="study" x="{x - side / 2:.1f}" y="{middle - side / 2:.1f}" width="{side:.1f}" height="{side:.1f}"/>'
    drawn = f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title>{whisker(form.axis, shown, middle)}{mark}</g>'
    return [*texts, drawn], end


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
    pooling: Pooling, found: Estimate, label: str, form: Form, top: float, ghosts: Sequence[StudyLine] = ()
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


def _predicted(pooling: Pooling, shown: Shown, form: Form, top: float) -> tuple[list[str], float]:
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
