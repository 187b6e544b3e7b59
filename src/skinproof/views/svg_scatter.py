"""Four more pictures of a pooled answer, each a cloud of marks between two axes.

Baujat: which studies make the heterogeneity and which the result. L'Abbé: the risk of one arm against that of the other.
Bubble: effect against a moderator, with the line of the meta-regression. GOSH: the answer of every subset of studies.

Source: Baujat et al. 2002, doi:10.1002/sim.1221; L'Abbé, Detsky and O'Rourke 1987, doi:10.7326/0003-4819-107-2-224; Thompson
and Higgins 2002, doi:10.1002/sim.1187 (bubble); Olkin, Dahabreh and Trikalinos 2012, doi:10.1002/jrsm.1053 (GOSH).
"""

from collections.abc import Sequence
from math import exp, sqrt

import msgspec
import numpy as np

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.diagnostics import baujat, gosh
from skinproof.views.pool_answer import fit_again
from skinproof.views.pooled import Pooling, StudyLine
from skinproof.views.pooled_words import number
from skinproof.views.print_words import not_pooled
from skinproof.views.svg_plot import (
    Axis,
    caption,
    cut_to,
    effect_axis,
    framed,
    heading,
    mark_at,
    open_svg,
    side_ticks,
    text_at,
    tick_words,
    upright,
    width_of,
)

HEIGHT = 320.0
NAMED = 6
"""Studies of a Baujat plot that are named: those farthest from the corner."""
MOST = 5000
"""Marks that are drawn, those first in the table."""
SUBSETS, DOTS = 10_000, 4000
"""Subsets that GOSH fits, and how many of them are drawn."""


class _Frame(msgspec.Struct, frozen=True):
    """The picture's width, and where its plot stands."""

    width: float
    left: float
    right: float
    top: float

    @property
    def bottom(self) -> float:
        return self.top + HEIGHT


def _frame(title: str, narrow: bool, left: float = 58.0) -> tuple[list[str], _Frame]:
    width = 360.0 if narrow else 640.0
    body, top = heading(title, width)
    return body, _Frame(width, left, width - 24.0, top + 6)


def _closed(
    body: Sequence[str], frame: _Frame, told: Sequence[str], title: str, name: str, style: bool, dark: bool
) -> str:
    words, end = caption(told, frame.bottom + 44, frame.width)
    opening = open_svg(name, frame.width, end + 12, title, " ".join(told), style=style, dark=dark)
    return "\n".join([opening, *body, *words, "</svg>"])


def _some(pooling: Pooling, least: int, what: str) -> tuple[StudyLine, ...]:
    if len(pooling.used) < least:
        raise SynthesisError(f"{len(pooling.used)} studies were pooled; {what} needs {least}")
    return pooling.used


def draw_baujat(
    pooling: Pooling, title: str, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "baujat"
) -> str:  # fmt: skip
    """The Baujat plot. Raises: SynthesisError: fewer than three studies."""
    rows = _some(pooling, 3, "a Baujat plot")
    found = baujat(fit_again(pooling))
    body, frame = _frame(title, narrow)
    across, up = (np.nan_to_num(values, nan=0.0, posinf=0.0) for values in (found.x, found.y))
    x_axis = Axis(low=0.0, high=float(across.max()) * 1.08 or 1.0, left=frame.left, right=frame.right)
    y_axis = Axis(low=0.0, high=float(up.max()) * 1.08 or 1.0, left=frame.bottom, right=frame.top)
    ticks = [(x_axis.place(t), tick_words(t)) for t in x_axis.ticks(6)]
    body += framed(x_axis, ticks, frame.top, frame.bottom, "share of the heterogeneity (Q)")
    body += [
        *side_ticks(y_axis, frame.left),
        upright("influence on the pooled answer", 14, frame.top + HEIGHT / 2),
    ]
    named: list[float] = []
    far = set(np.argsort(-np.hypot(across / x_axis.high, up / y_axis.high))[:NAMED].tolist())
    spots = [(x_axis.place(float(x)), y_axis.place(float(y))) for x, y in zip(across, up, strict=True)]
    for place, (row, (x, y)) in enumerate(zip(rows[:MOST], spots, strict=False)):
        body.append(
            mark_at(
                x, y, f"{row.study}: heterogeneity {number(across[place])}, influence {number(up[place])}"
            )
        )
        side = 1 if x < (frame.left + frame.right) / 2 else -1
        reach = (x, x + side * (12 + width_of(row.study, soft=True)))
        free = not any(
            min(reach) - 5 < u < max(reach) + 5 and abs(v - y) < 11 for u, v in spots if (u, v) != (x, y)
        )
        if place in far and free and all(abs(y - other) > 13 for other in named):
            named.append(y)
            body.append(_beside(x, y, row.study, frame))
    told = [
        "Far right: a study that differs from the others. High up: a study that moves the answer. To be looked at, not to be thrown out."
    ]
    return _closed(body, frame, told, title, name, style, dark)


def _beside(x: float, y: float, words: str, frame: _Frame) -> str:
    """A name beside a mark, on the side where there is room."""
    if x < (frame.left + frame.right) / 2:
        return text_at(x + 8, y + 4, cut_to(words, frame.right - x - 8), "soft")
    return text_at(x - 8, y + 4, cut_to(words, x - 8 - frame.left), "soft end")


def draw_labbe(
    pooling: Pooling, title: str, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "labbe"
) -> str:  # fmt: skip
    """L'Abbé's plot of two arms with counts. Raises: UsageError: the effects are of another kind."""
    rows = [row for row in pooling.rows if row.risks is not None and (not row.left_out or row.vi is not None)]
    if not rows:
        raise UsageError(
            f"an L'Abbé plot shows events in two arms; {pooling.asked.measure} of this table has none"
        )
    body, frame = _frame(title, narrow)
    risks = [risk for row in rows for risk in row.risks or ()]
    # ratios are even on a scale of ratios, which has no place for a risk of 0
    ratios = pooling.log and min(risks) > 0
    low, high = (
        (0.8 * min(risks), min(1.0, 1.25 * max(risks)))
        if ratios
        else (0.0, min(1.0, 1.08 * max(risks)) or 1.0)
    )
    x_axis = Axis(low=low, high=high, left=frame.left, right=frame.right, log=ratios)
    y_axis = Axis(low=low, high=high, left=frame.bottom, right=frame.top, log=ratios)
    first, second = pooling.asked.arms
    ticks = [(x_axis.place(t), _percent(t)) for t in x_axis.ticks(6)]
    body += framed(x_axis, ticks, frame.top, frame.bottom, f"with the event: {second}")
    for tick in y_axis.ticks(6):
        body.append(text_at(frame.left - 7, y_axis.place(tick) + 4, _percent(tick), "soft end"))
    body.append(upright(f"with the event: {first}", 14, frame.top + HEIGHT / 2))
    body.append(
        f'<path class="zero" d="M{frame.left:.1f} {frame.bottom:.1f}L{frame.right:.1f} {frame.top:.1f}"/>'
    )
    body.append(_pooled_line(pooling, x_axis, y_axis))
    heaviest = max((row.weight or 0.0 for row in rows), default=0.0) or 1.0
    for row in rows[:MOST]:
        one, two = row.risks or (0.0, 0.0)
        weight = "" if row.weight is None else f", weight {row.weight:.1f}%"
        words = f"{row.study}: {' against '.join(row.arms)}, {_percent(one)} against {_percent(two)}{weight}"
        radius = 3 + 7 * sqrt((row.weight or 0.0) / heaviest)
        body.append(mark_at(x_axis.place(two), y_axis.place(one), words, radius=radius))
    told = [
        f"Below the line more people have the event with {second}, above it with {first}. Area: weight."
        + (" Dashed: the pooled answer." if pooling.asked.measure in _RISKS and pooling.overall else ""),
        *not_pooled([row for row in pooling.rows if row.risks is not None and row not in rows], "Not drawn"),
    ]
    return _closed(body, frame, told, title, name, style, dark)


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


_RISKS = ("RR", "OR", "RD")


def _pooled_line(pooling: Pooling, x_axis: Axis, y_axis: Axis) -> str:
    """Where both arms stand if the pooled answer holds for every risk of the second arm."""
    if pooling.asked.measure not in _RISKS or pooling.overall is None:
        return ""
    effect = pooling.overall.shown.est
    points = []
    for step in range(41):
        second = x_axis.value(step / 40)
        first = {
            "RR": second * effect,
            "OR": second * effect / (1 - second + second * effect),
            "RD": second + effect,
        }[pooling.asked.measure]
        if y_axis.holds(first):
            points.append(f"{x_axis.place(second):.1f} {y_axis.place(first):.1f}")
    return f'<path class="average" d="M{"L".join(points)}"/>' if len(points) > 1 else ""


def draw_bubble(
    pooling: Pooling, title: str, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "bubble"
) -> str:  # fmt: skip
    """The bubble plot of a meta-regression. Raises: UsageError: not exactly one moderator in numbers."""
    found = pooling.regression
    if found is None or not found.curve:
        raise UsageError("a bubble plot needs exactly one moderator in numbers; give it by --mods")
    column = pooling.asked.mods[0]
    rows = [(float(row.moderators[column]), row) for row in pooling.used]
    body, frame = _frame(title, narrow)
    xs = [x for x, _ in rows]
    pad = 0.05 * (max(xs) - min(xs)) or 1.0
    x_axis = Axis(low=min(xs) - pad, high=max(xs) + pad, left=frame.left, right=frame.right)
    effects = [row.yi or 0.0 for _, row in rows] + [
        value for _, _, lo, hi in found.curve for value in (lo, hi)
    ]
    low, high = min(effects), max(effects)
    room = 0.06 * (high - low) or 1.0
    y_axis, side = effect_axis(
        low - room, high + room, log_scale=pooling.log, left=frame.bottom, right=frame.top
    )
    body += framed(
        x_axis, [(x_axis.place(t), tick_words(t)) for t in x_axis.ticks(6)], frame.top, frame.bottom, column
    )
    for y, words in side:
        body.append(f'<path class="axis" d="M{frame.left:.1f} {y:.1f}h-4"/>')
        body.append(text_at(frame.left - 7, y + 4, words, "soft end"))
    body.append(upright(pooling.shown_scale if pooling.log else pooling.scale, 14, frame.top + HEIGHT / 2))
    if pooling.zero is not None and y_axis.holds(0.0):
        body.append(f'<path class="zero" d="M{frame.left:.1f} {y_axis.place(0.0):.1f}H{frame.right:.1f}"/>')
    edge = [(x, lo) for x, _, lo, _ in found.curve] + [(x, hi) for x, _, _, hi in reversed(found.curve)]
    body.append(f'<path class="band" d="M{_path(edge, x_axis, y_axis)}Z"/>')
    body.append(f'<path class="line" d="M{_path([(x, y) for x, y, _, _ in found.curve], x_axis, y_axis)}"/>')
    heaviest = max((row.weight or 0.0 for _, row in rows), default=0.0) or 1.0
    for value, row in rows[:MOST]:
        shown = number(row.shown.est) if row.shown else ""
        words = f"{row.study}: {column} {tick_words(value)}, {pooling.asked.measure} {shown}"
        radius = 3 + 8 * sqrt((row.weight or 0.0) / heaviest)
        body.append(mark_at(x_axis.place(value), y_axis.place(row.yi or 0.0), words, radius=radius))
    explained = "" if found.r2 is None else f" {column} explains {found.r2:.0f}% of tau2."
    told = [
        f"Line and band: the average effect at each {column} with its {pooling.asked.level:g}% confidence interval. Area: weight."
        f"{explained} Studies are compared here, not people: other things that differ between them may be the cause."
    ]
    return _closed(body, frame, told, title, name, style, dark)


def _path(points: Sequence[tuple[float, float]], x_axis: Axis, y_axis: Axis) -> str:
    return "L".join(f"{x_axis.place(x):.1f} {y_axis.place(y):.1f}" for x, y in points)


def draw_gosh(
    pooling: Pooling, title: str, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "gosh",
    seed: int = 0,
) -> str:  # fmt: skip
    """The answers of subsets of studies. Raises: SynthesisError: fewer than three studies."""
    rows = _some(pooling, 3, "a GOSH plot")
    found = gosh(fit_again(pooling), most=SUBSETS, seed=seed)
    good = np.flatnonzero(
        (found.fits.status == 0) & (found.members.sum(axis=1) > 1) & np.isfinite(found.fits.i2)
    )
    if not len(good):
        raise SynthesisError("no subset of these studies could be pooled")
    # every so many of them, so that all sizes of subsets are seen
    shown = good[:: max(1, -(-len(good) // DOTS))]
    effects, i2 = found.fits.beta[shown], found.fits.i2[shown]
    body, frame = _frame(title, narrow)
    low, high = float(effects.min()), float(effects.max())
    room = 0.05 * (high - low) or 1.0
    x_axis, ticks = effect_axis(
        low - room, high + room, log_scale=pooling.log, left=frame.left, right=frame.right
    )
    y_axis = Axis(low=0.0, high=100.0, left=frame.bottom - 4, right=frame.top + 4)
    body += framed(
        x_axis, ticks, frame.top, frame.bottom, pooling.shown_scale if pooling.log else pooling.scale
    )
    body += [*side_ticks(y_axis, frame.left), upright("I² in percent", 14, frame.top + HEIGHT / 2)]
    heavy = int(np.argmax([row.cook_d or 0.0 for row in rows]))
    inside = found.members[shown, heavy]
    for kind, shape, chosen in (("dots", "h0", ~inside), ("dots with", "v4", inside)):
        path = "".join(
            f"M{x_axis.place(x):.0f} {y_axis.place(y):.0f}{shape}"
            for x, y in zip(effects[chosen], i2[chosen], strict=True)
        )
        if path:
            body.append(f'<path class="{kind}" d="{path}"/>')
    which = "All" if found.complete else "Drawn at random:"
    spread = [float(value) for value in np.percentile(effects, (2.5, 97.5))]
    ends = [exp(value) if pooling.log else value for value in spread]
    told = [
        f"{which} {len(good):,} subsets of two studies or more, pooled by themselves; {len(shown):,} are drawn. Their pooled answers lie"
        f" between {number(ends[0])} and {number(ends[1])} (95% of them). Upright strokes: with {rows[heavy].study}, the most influential study."
    ]
    return _closed(body, frame, told, title, name, style, dark)
