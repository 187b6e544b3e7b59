"""The funnel plot: effect against standard error, with contours of significance and the studies that trim and fill adds.

The contours are centred on no difference: a funnel that is empty only where results are not significant points to studies
that were not published; one that is empty elsewhere has another cause. Filled studies are hollow: they are no data.

Source: Peters et al. 2008, doi:10.1016/j.jclinepi.2007.11.010 (contours); Duval and Tweedie 2000, doi:10.2307/2669529.
"""

from math import sqrt

from scipy.special import ndtri

from skinproof.views.pooled import Pooling
from skinproof.views.pooled_words import interval, number, p_words
from skinproof.views.svg_link import linked_to
from skinproof.views.svg_plot import (
    Axis,
    caption,
    effect_axis,
    framed,
    heading,
    mark_at,
    open_svg,
    side_ticks,
    text_at,
    upright,
)
from skinproof.views.words import plural

HEIGHT = 340.0
LEVELS = (0.1, 0.05, 0.01)
"""p-values at which the shade changes."""
MOST = 5000
"""Marks that are drawn; of more, the ones first in the table."""


def draw_funnel(
    pooling: Pooling, title: str, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "funnel",
    linked: bool = False,
) -> str:  # fmt: skip
    """The funnel plot of a pooled answer as one SVG element; see `svg_plot.open_svg` for style and dark.

    linked: a study leads to `#study-ROW` of its page.
    """
    width = 360.0 if narrow else 640.0
    body, top = heading(title, width)
    top += 6
    rows = tuple(row for row in pooling.used if row.yi is not None)[:MOST]
    if not rows or pooling.overall is None:
        why = "No study has an effect of its own" if pooling.used else "No study could be pooled"
        body.append(text_at(12, top + 20, f"{why}, so there is nothing to see."))
        opening = open_svg(name, width, top + 40, title, f"{why}.", style=style, dark=dark)
        return "\n".join([opening, *body, "</svg>"])
    filled = pooling.filled
    points = [(row.yi or 0.0, sqrt(row.vi or 0.0)) for row in rows]
    added = [] if filled is None else [(y, sqrt(v)) for y, v in zip(filled.yi, filled.vi, strict=True)]
    deepest = max(se for _, se in (*points, *added)) * 1.06
    upper = Axis(low=0.0, high=deepest, left=top, right=top + HEIGHT)
    centre = pooling.overall.beta
    left, right = 52.0, width - 14.0
    axis, ticks = effect_axis(
        *_ends(pooling, [y for y, _ in (*points, *added)], deepest), log_scale=pooling.log, left=left, right=right,
        most=5 if narrow else 7,
    )  # fmt: skip
    if pooling.zero is not None:
        body += _contours(axis, upper)
    body += _funnel(axis, upper, centre)
    body += framed(axis, ticks, top, top + HEIGHT, _label(pooling))
    body += side_ticks(upper, left)
    body.append(upright("standard error", 14, top + HEIGHT / 2))
    for y, se in added:
        words = f"added by trim and fill, no data: {number(y)}, standard error {number(se)}"
        body.append(mark_at(axis.inside(y), upper.place(se), words, "filled"))
    for row, (y, se) in zip(rows, points, strict=True):
        value = number(row.shown.est) if row.shown else number(y)
        words = f"{row.study}: {pooling.asked.measure} {value}, standard error {number(se)}"
        mark = mark_at(axis.inside(y), upper.place(se), words)
        body.append(linked_to(row.row, words, [mark]) if linked else mark)
    legend, y_end = _legend(pooling, top + HEIGHT + 52, width)
    told, y_end = caption(_told(pooling), y_end, width)
    opening = open_svg(name, width, y_end + 12, title, " ".join(_told(pooling)), style=style, dark=dark)
    return "\n".join([opening, *body, *legend, *told, "</svg>"])


def _label(pooling: Pooling) -> str:
    if pooling.log:
        return f"{pooling.shown_scale} (scale of ratios)"
    return pooling.scale if pooling.scale != "as given" else "effect"


def _ends(pooling: Pooling, effects: list[float], deepest: float) -> tuple[float, float]:
    """The ends of the axis: all studies and the whole funnel."""
    assert pooling.overall is not None
    reach = 1.96 * deepest
    centre = pooling.overall.beta
    low, high = min(*effects, centre - reach), max(*effects, centre + reach)
    pad = 0.04 * (high - low)
    return low - pad, high + pad


def _contours(axis: Axis, upper: Axis) -> list[str]:
    """Shades around no difference, the least significant in the middle."""
    top, bottom, deepest = upper.left, upper.right, upper.high
    shades = [
        f'<rect class="band3" x="{axis.left:.1f}" y="{top:.1f}" width="{axis.right - axis.left:.1f}" height="{bottom - top:.1f}"/>'
    ]
    for p, kind in zip(reversed(LEVELS), ("band2", "band1", "band0"), strict=True):
        shades.append(
            f'<path class="{kind}" d="{_wedge(axis, 0.0, float(ndtri(1 - p / 2)), deepest, top, bottom)}"/>'
        )
    zero = axis.place(0.0)
    if axis.holds(0.0):
        shades.append(f'<path class="zero" d="M{zero:.1f} {top:.1f}V{bottom:.1f}"/>')
    return shades


def _wedge(axis: Axis, centre: float, z: float, deepest: float, top: float, bottom: float) -> str:
    """The triangle of all effects within z standard errors of the centre, cut off at the ends of the axis."""
    corners = [(axis.inside(centre), top)]
    for side in (1, -1):
        edge = axis.high if side > 0 else axis.low
        at = abs(edge - centre) / z
        outside = (edge - centre) * side <= 0
        leg = (
            []
            if outside
            else [(axis.inside(edge), top + (bottom - top) * at / deepest)]
            if at < deepest
            else []
        )
        foot = (axis.inside(centre + side * z * deepest), bottom)
        corners += [*leg, foot] if side > 0 else [foot, *leg]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "Z"


def _funnel(axis: Axis, upper: Axis, centre: float) -> list[str]:
    x, bottom, reach = axis.inside(centre), upper.right, 1.96 * upper.high
    left, right = axis.inside(centre - reach), axis.inside(centre + reach)
    return [
        f'<path class="average" d="M{left:.1f} {bottom:.1f}L{x:.1f} {upper.left:.1f}L{right:.1f} {bottom:.1f}M{x:.1f} {upper.left:.1f}V{bottom:.1f}"/>'
    ]


def _legend(pooling: Pooling, top: float, width: float) -> tuple[list[str], float]:
    items = [('<circle class="point" r="4.5"/>', "a study")]
    if pooling.filled is not None and pooling.filled.k0:
        items.append(('<circle class="filled" r="4.5"/>', "added by trim and fill, no data"))
    items.append(('<path class="average" d="M-9 0H9"/>', "pooled, with the 95% funnel"))
    if pooling.zero is not None:
        names = ("p > 0.10", "0.05 to 0.10", "0.01 to 0.05", "p < 0.01")
        items += [
            (
                f'<rect class="band{at}" x="-9" y="-6" width="18" height="12"/><rect class="frame" x="-9" y="-6" width="18" height="12"/>',
                words,
            )
            for at, words in enumerate(names)
        ]
    parts, x, y = [], 14.0, top
    for mark, words in items:
        wide = 38 + len(words) * 6.3
        if x > 14 and x + wide > width:
            x, y = 14.0, y + 21
        parts.append(f'<g transform="translate({x + 9:.0f} {y:.0f})">{mark}</g>')
        parts.append(text_at(x + 24, y + 4, words, "soft"))
        x += wide
    return parts, y + 12


def _told(pooling: Pooling) -> list[str]:
    """What the picture says in words."""
    assert pooling.overall is not None
    lines = []
    filled = pooling.filled
    if pooling.overall.k < 10:
        lines.append(
            f"{plural(pooling.overall.k, 'study', 'studies')}: with fewer than ten the shape of a funnel says nothing, and it is not tested."
        )
    if pooling.egger_p is not None:
        lines.append(f"Egger's regression test of asymmetry: {p_words(pooling.egger_p)}.")
    if filled is not None:
        added = (
            f"adds {plural(filled.k0, 'study', 'studies')} on the {filled.side}"
            if filled.k0
            else "adds no study"
        )
        lines.append(
            f"Trim and fill (L0) {added}; the pooled {pooling.shown_scale} would be {number(filled.shown.est)} ({interval(filled.shown)})."
        )
    lines.append(
        "Asymmetry has other causes than missing studies: true differences between small and large ones, and chance."
    )
    return lines
