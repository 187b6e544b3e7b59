"""The forest plot of a network: every treatment against the reference, in the order of names.

A square with a line is the estimate with its confidence interval, the bar below it the prediction interval; an arrow ends an
interval that leaves the axis. Beside it stands what the comparison rests on: the number of studies that made it, or that
none did. Plain SVG without script.
"""

import msgspec

from skinproof.views.network_words import context_lines, network_lines
from skinproof.views.networked import INDIRECT, Networked, Pair
from skinproof.views.pooled import Shown
from skinproof.views.pooled_words import number
from skinproof.views.print_words import printed
from skinproof.views.svg_plot import (
    Axis,
    axis_of,
    caption,
    cut_to,
    heading,
    minus,
    open_svg,
    said,
    text_at,
    tick_words,
    width_of,
)
from skinproof.views.words import plural

ROW, TALL = 34.0, 66.0
"""Height of a treatment's place, wide and narrow."""
SIDE = 9.0


class _Form(msgspec.Struct, frozen=True, kw_only=True):
    """Where the columns stand."""

    wide: bool
    width: float
    axis: Axis
    rests: float


def draw_network_forest(
    found: Networked, title: str, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "network-forest"
) -> str:  # fmt: skip
    """All treatments against the reference as one SVG element; see `svg_plot.open_svg` for style and dark."""
    form = _form(found, narrow=narrow)
    body, y = heading(title, form.width)
    y += 14
    body += _heads(found, form, y)
    y += 26 if form.wide else 18
    rows, start, bands = [], y, []
    for pair in found.against:
        rows += _row(found, pair, form, y)
        y += ROW if form.wide else TALL
        bands.append((y - 32, y - 6))
    for above, below in [(start, y)] if form.wide else bands:
        body += _grid(found, form, above, below)
    foot, y = _foot(found, form, y)
    lines, y = caption(printed([*context_lines(found), *found.notes]), y + 6, form.width - 24)
    opening = open_svg(
        name, form.width, y + 12, title, " ".join(printed(network_lines(found))), style=style, dark=dark
    )
    return "\n".join([opening, *body, *rows, *foot, *lines, "</svg>"])


def _form(found: Networked, *, narrow: bool) -> _Form:
    shown = [pair.shown for pair in found.against]
    wide = [pair.shown_pi for pair in found.against if pair.shown_pi is not None]
    centres = [s.est for s in shown] + [v for s in shown for v in (s.lb, s.ub)]
    ends = [(s.lb, s.ub) for s in (*shown, *wide)]

    def axis(left: float, right: float) -> Axis:
        return axis_of(centres, ends, log_scale=found.log, left=left, right=right, zero=found.zero)

    if narrow:
        return _Form(wide=False, width=360, axis=axis(16, 344), rests=12)
    label = min(240.0, max(100.0, *(width_of(pair.treat1) + 24 for pair in found.against)))
    rests = 12 + label
    values = max(width_of(_values(s)) * 1.06 for s in shown) + 24
    return _Form(wide=True, width=900, axis=axis(rests + 150, 900 - max(values, 150.0)), rests=rests)


def _values(shown: Shown) -> str:
    return minus(f"{_figure(shown.est)} [{_figure(shown.lb)}, {_figure(shown.ub)}]")


def _figure(value: float) -> str:
    """Two decimals wherever they say something, so that the column lines up."""
    return f"{value:.2f}" if 0.005 <= abs(value) < 1000 else number(value)


def _rests(pair: Pair) -> str:
    if pair.evidence == INDIRECT:
        return "indirect only"
    more = "" if pair.evidence == "direct only" else " + indirect"
    return f"{plural(len(pair.studies), 'study', 'studies')}{more}"


def _heads(found: Networked, form: _Form, y: float) -> list[str]:
    against = cut_to(f"Against {found.reference}", 300.0)
    if not form.wide:
        return [text_at(12, y + 10, against, "head")]
    return [
        text_at(12, y + 10, "Treatment", "head"), text_at(form.rests, y + 10, "Rests on", "head"),
        text_at((form.axis.left + form.axis.right) / 2, y + 10, against, "head middle"),
        text_at(form.width - 12, y + 10, f"{found.asked.measure} [{found.asked.level:g}% CI]", "head end"),
    ]  # fmt: skip


def _row(found: Networked, pair: Pair, form: _Form, top: float) -> list[str]:
    values = _values(pair.shown)
    words = f"{pair.treat1} against {pair.treat2}: {found.asked.measure} {values}; {_rests(pair)}"
    predicted = pair.shown_pi
    if predicted is not None:
        words += (
            f"; {found.asked.level:g}% prediction interval {number(predicted.lb)} to {number(predicted.ub)}"
        )
    if form.wide:
        y = top + 12
        texts = [
            text_at(12, y + 4.5, cut_to(pair.treat1, form.rests - 34)), text_at(form.rests, y + 4.5, _rests(pair), "soft"),
            text_at(form.width - 12, y + 4.5, values, "end"),
        ]  # fmt: skip
    else:
        y = top + 46
        texts = [
            text_at(12, top + 14, cut_to(pair.treat1, 336 - width_of(values) - 12)), text_at(348, top + 14, values, "end"),
            text_at(12, top + 30, _rests(pair), "soft"),
        ]  # fmt: skip
    axis = form.axis
    x = axis.inside(pair.shown.est)
    marks = _line(axis, pair.shown, y, "whisker")
    marks += (
        f'<rect class="study" x="{x - SIDE / 2:.1f}" y="{y - SIDE / 2:.1f}" width="{SIDE}" height="{SIDE}"/>'
    )
    if predicted is not None:
        left, right = axis.inside(predicted.lb), axis.inside(predicted.ub)
        bar = f"M{left:.1f} {y + 8:.1f}H{right:.1f}V{y + 11:.1f}H{left:.1f}Z"
        bar += _arrow(axis, predicted, y + 9.5)
        marks += f'<path class="predicted" d="{bar}"/>'
    return [*texts, f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title>{marks}</g>']


def _line(axis: Axis, shown: Shown, y: float, kind: str) -> str:
    left, right = axis.inside(shown.lb), axis.inside(shown.ub)
    path = f"M{left:.1f} {y:.1f}H{right:.1f}{_arrow(axis, shown, y)}"
    return f'<path class="{kind}" d="{path}"/>'


def _arrow(axis: Axis, shown: Shown, y: float) -> str:
    """Points at the ends that go on beyond the axis."""
    path = ""
    if shown.lb < axis.low:
        path += f"M{axis.left + 6:.1f} {y - 4:.1f}L{axis.left:.1f} {y:.1f}L{axis.left + 6:.1f} {y + 4:.1f}"
    if shown.ub > axis.high:
        path += f"M{axis.right - 6:.1f} {y - 4:.1f}L{axis.right:.1f} {y:.1f}L{axis.right - 6:.1f} {y + 4:.1f}"
    return path


def _grid(found: Networked, form: _Form, top: float, bottom: float) -> list[str]:
    axis = form.axis
    lines = [
        f'<path class="grid" d="M{axis.place(tick):.1f} {top:.1f}V{bottom:.1f}"/>'
        for tick in axis.ticks(7 if form.wide else 5)
    ]
    return [*lines, f'<path class="zero" d="M{axis.place(found.zero):.1f} {top:.1f}V{bottom:.1f}"/>']


def _foot(found: Networked, form: _Form, top: float) -> tuple[list[str], float]:
    axis, y = form.axis, top + 4
    parts = [f'<path class="axis" d="M{axis.left:.1f} {y:.1f}H{axis.right:.1f}"/>']
    for tick in axis.ticks(7 if form.wide else 5):
        x = axis.place(tick)
        parts += [
            f'<path class="axis" d="M{x:.1f} {y:.1f}v4"/>',
            text_at(x, y + 17, tick_words(tick), "tick"),
        ]
    scale = f"{found.label}{' (scale of ratios)' if found.log else ''}"
    parts.append(text_at((axis.left + axis.right) / 2, y + 34, scale, "soft middle"))
    better = found.asked.better
    left = f"← {'better' if better == 'lower' else 'worse' if better else 'lower'} than reference"
    right = f"{'better' if better == 'higher' else 'worse' if better else 'higher'} than reference →"
    parts += [text_at(axis.left, y + 51, left, "soft"), text_at(axis.right, y + 51, right, "soft end")]
    bar = "Square and line: estimate with confidence interval."
    if any(pair.shown_pi is not None for pair in found.against):
        bar += " Bar below: where the effect in a new study is expected."
    lines, y = caption([bar], y + 58, form.width)
    return [*parts, *lines], y
