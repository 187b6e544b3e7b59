"""The cumulative forest plot: a line for every look, with the answer of the studies so far.

A square with its line is the pooled answer with its confidence interval, the bar around it the prediction interval; the
diamond is today's answer. The studies are those of `pool_living`, in the order in which they came.

Source: Lau et al. 1992, doi:10.1056/NEJM199207233270406.
"""

from collections.abc import Sequence

import msgspec

from skinproof.views.forest_words import bounds_of, values_of
from skinproof.views.living import Living, Look, Step
from skinproof.views.living_words import living_words
from skinproof.views.pooled import Pooling, Shown
from skinproof.views.print_words import printed
from skinproof.views.svg_forest import whisker
from skinproof.views.svg_forest_frame import sides
from skinproof.views.svg_plot import (
    Axis,
    axis_of,
    caption,
    cut_to,
    framed,
    heading,
    open_svg,
    said,
    text_at,
    tick_words,
    width_of,
)

ROW, TALL = 24.0, 56.0
"""Height of a line, and of its place in the narrow form: study, answer, line."""
SIDE = 9.0
BAND = 25.0
"""Height of the grid behind a line of the narrow form; study and numbers stand above it."""
BOLD = 1.1
"""How much wider bold letters run."""
MOST = 400
"""Looks that are drawn, the last ones."""


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    wide: bool
    width: float
    axis: Axis
    label: float
    counts: tuple[float, float]
    estimate: float
    predicted: float


def draw_cumulative(
    living: Living, title: str, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "cumulative"
) -> str:  # fmt: skip
    """The cumulative forest plot as one SVG element; see `svg_plot.open_svg` for style and dark."""
    looks = [(step, step.look) for step in living.steps if step.look is not None][-MOST:]
    form = _form(living.pooling, looks, narrow=narrow)
    body, y = heading(title, form.width)
    rows: list[str] = []
    y += 8
    if form.wide:
        rows += _heads(living, form, y + 14)
        y += 24
    top = y
    for place, (step, look) in enumerate(looks):
        rows += _row(living.pooling, form, step, look, y, last=place == len(looks) - 1)
        y += ROW if form.wide else TALL
        if not form.wide:
            body += _grid(living.pooling, form.axis, y - BAND, y - 3)
    if not looks:
        rows.append(text_at(12, y + 15, "No study could be pooled.", "head"))
        y += ROW
    body += (_grid(living.pooling, form.axis, top, y) if form.wide else []) + rows
    body += _foot_axis(living.pooling, form.axis, y)
    y += 42
    told, y = sides(living.pooling, form.axis, y - 7)
    body += told
    y += 8
    spoken = living_words(living)
    said_lines = printed((*spoken.newest, *spoken.course), living.pooling)
    foot, y = caption((_legend(living), *said_lines), y, form.width)
    words = " ".join(said_lines)
    return "\n".join(
        [open_svg(name, form.width, y + 12, title, words, style=style, dark=dark), *body, *foot, "</svg>"]
    )


def _legend(living: Living) -> str:
    level = f"{living.pooling.asked.level:g}%"
    left = len(living.steps) - MOST
    more = f" The first {left:,} studies are not drawn." if left > 0 else ""
    bar = "" if living.pooling.overall is None or living.pooling.overall.shown_pi is None else (
        "; bar: prediction interval"
    )  # fmt: skip
    return f"Each line: all studies so far. Line: {level} confidence interval{bar}; diamond: today.{more}"


def _form(pooling: Pooling, looks: Sequence[tuple[Step, Look]], *, narrow: bool) -> _Form:
    shown = [look.shown for _, look in looks]
    today = looks[-1][1] if looks else None
    predicted = [today.shown_pi] if today is not None and today.shown_pi is not None else []
    centres = [s.est for s in shown] + [v for s in predicted for v in (s.lb, s.ub)]
    ends = [(s.lb, s.ub) for s in shown]

    def axis(left: float, right: float) -> Axis:
        return axis_of(
            centres or [0.5, 1.0], ends, log_scale=pooling.log, left=left, right=right, zero=pooling.zero
        )

    if narrow:
        return _Form(
            wide=False, width=360, axis=axis(16, 344), label=336, counts=(0, 0), estimate=348, predicted=348
        )
    label = min(270.0, max([110.0, *(width_of(_label(step)) * BOLD + 12 for step, _ in looks)]))
    people = any(look.people is not None for _, look in looks)
    counts = (label + 36, label + (110 if people else 36))
    beside = max([110.0, *(width_of(values_of(s, pooling)) * 1.06 for s in shown)]) + 18
    bounds = [look.shown_pi for _, look in looks if look.shown_pi is not None]
    far = max([84.0, *(width_of(bounds_of(s, pooling)) * 1.02 for s in bounds)]) + 16 if bounds else 0.0
    left = counts[1] + 24
    width = max(880.0, left + 304 + beside + far)
    return _Form(
        wide=True, width=width, axis=axis(left, width - beside - far - 20), label=label, counts=counts,
        estimate=width - 12 - far, predicted=width - 12,
    )  # fmt: skip


def _label(step: Step) -> str:
    """The study with its time, which is not said twice where the name has it."""
    return step.study if step.when in step.study else f"{step.study} ({step.when})"


def _heads(living: Living, form: _Form, y: float) -> list[str]:
    asked = living.pooling.asked
    heads = [
        text_at(12, y, cut_to(f"With (by {living.order})", form.label), "head"),
        text_at(form.counts[0], y, "k", "head end"),
        text_at(form.estimate, y, f"{asked.measure} [{asked.level:g}% CI]", "head end"),
    ]
    if form.counts[1] > form.counts[0]:
        heads.append(text_at(form.counts[1], y, "People", "head end"))
    if form.predicted > form.estimate:
        heads.append(text_at(form.predicted, y, "Prediction", "head end"))
    return heads


def _row(pooling: Pooling, form: _Form, step: Step, look: Look, top: float, *, last: bool) -> list[str]:
    values = values_of(look.shown, pooling)
    predicted = "" if look.shown_pi is None else bounds_of(look.shown_pi, pooling)
    kind = "head " if last else ""
    people = "" if look.people is None else f"{look.people:,}"
    if form.wide:
        middle = top + ROW / 2
        y = middle + 4.5
        texts = [
            text_at(12, y, cut_to(_label(step), form.label / BOLD), kind.strip()),
            text_at(form.counts[0], y, f"{look.k:,}", "end"),
            text_at(form.estimate, y, values, f"{kind}end"),
        ]
        if form.counts[1] > form.counts[0]:
            texts.append(text_at(form.counts[1], y, people, "end"))
        if predicted:
            texts.append(text_at(form.predicted, y, predicted, "end"))
    else:
        middle = top + TALL - 14
        data = f"k {look.k:,}" + (f", {people} people" if people else "")
        room = 336 - width_of(values) * (1.08 if last else 1.0) - 12
        texts = [
            text_at(12, top + 15, cut_to(_label(step), room), kind.strip()),
            text_at(348, top + 15, values, f"{kind}end"),
            text_at(12, top + 30, data, "soft"),
            text_at(348, top + 30, f"prediction {predicted}" if predicted else "", "soft end"),
        ]
    words = f"With {_label(step)}, {look.k:,} so far: {pooling.asked.measure} {values}" + (
        f"; prediction interval {predicted}" if predicted else ""
    )
    drawn = _marks(form.axis, look, middle, last=last)
    return [
        *(text for text in texts if "></text>" not in text),
        f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title>{drawn}</g>',
    ]


def _marks(axis: Axis, look: Look, y: float, *, last: bool) -> str:
    bar = "" if look.shown_pi is None else _bar(axis, look.shown_pi, y)
    x = axis.inside(look.shown.est)
    if last:
        left, right = axis.inside(look.shown.lb), axis.inside(look.shown.ub)
        shape = f"M{left:.1f} {y:.1f}L{x:.1f} {y - 8:.1f}L{right:.1f} {y:.1f}L{x:.1f} {y + 8:.1f}Z"
        return f'{bar}<path class="pooled" d="{shape}"/>'
    half = SIDE / 2
    square = f'<rect class="study" x="{x - half:.1f}" y="{y - half:.1f}" width="{SIDE}" height="{SIDE}"/>'
    return f"{bar}{whisker(axis, look.shown, y)}{square}"


def _bar(axis: Axis, shown: Shown, y: float) -> str:
    """The prediction interval: a pale band, which ends with a stroke where it ends on the axis."""
    left, right = axis.inside(shown.lb), axis.inside(shown.ub)
    ends = "".join(
        f"M{x:.1f} {y - 6:.1f}v12" for x, end in ((left, shown.lb), (right, shown.ub)) if axis.holds(end)
    )
    band = (
        f'<rect class="band" x="{left:.1f}" y="{y - 6:.1f}" width="{max(right - left, 1):.1f}" height="12"/>'
    )
    return band + (f'<path class="axis" d="{ends}"/>' if ends else "")


def _grid(pooling: Pooling, axis: Axis, top: float, bottom: float) -> list[str]:
    lines = [
        f'<path class="grid" d="M{axis.place(tick):.1f} {top:.1f}V{bottom:.1f}"/>' for tick in axis.ticks(6)
    ]
    if pooling.zero is not None:
        lines.append(f'<path class="zero" d="M{axis.place(pooling.zero):.1f} {top:.1f}V{bottom:.1f}"/>')
    return lines


def _foot_axis(pooling: Pooling, axis: Axis, y: float) -> list[str]:
    ticks = [(axis.place(tick), tick_words(tick)) for tick in axis.ticks(6)]
    scale = f"{pooling.shown_scale}{' (scale of ratios)' if pooling.log else ''}"
    return framed(axis, ticks, y, y, scale)
