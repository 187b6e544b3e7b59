"""The picture for repeated looks: the always-valid interval study by study, and |z| against trial sequential boundaries.

Above: the shaded band is the always-valid interval, the line with marks the answer with its usual interval, which holds for
one look. Below, where a smallest difference of interest was given: z of the studies so far against the share of the required
information, between its boundaries. Beyond a boundary there is a difference, by a test that allows for all looks.

Source: see `synthesis.sequential`.
"""

from collections.abc import Sequence

from skinproof.views.living import Boundaries, Living
from skinproof.views.living_words import living_words
from skinproof.views.pooled import Shown
from skinproof.views.print_words import printed
from skinproof.views.svg_plot import (
    Axis,
    axis_of,
    caption,
    cut_to,
    framed,
    heading,
    mark_at,
    open_svg,
    shown_number,
    side_ticks,
    text_at,
    tick_words,
    upright,
)

TALL, WIDE = 300.0, 880.0
MARKED = 80
"""Looks that are drawn one by one; more are drawn as lines."""
FULL = 2.0
"""Share of the required information beyond which nothing is drawn: all error is spent, and nothing is tested any more."""
HIGHEST = 8.0
"""Reach of the axis of z, farther only where z is; boundaries of the first looks lie beyond it and are not drawn."""


def draw_sequential(
    living: Living, title: str, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "sequential"
) -> str:  # fmt: skip
    """The picture as one SVG element; see `svg_plot.open_svg` for style and dark."""
    width = 360.0 if narrow else WIDE
    body, y = heading(title, width)
    y += 22
    if living.always is not None:
        part, y = _band(living, living.always.shown, width, y)
        body += part
    if living.boundaries is not None:
        part, y = _boundaries(living, living.boundaries, width, y + (26 if living.always is not None else 0))
        body += part
    spoken = living_words(living)
    said_lines = printed(spoken.looks) or ("Repeated looks need two studies or more.",)
    foot, y = caption((*_legend(living), *said_lines), y + 6, width)
    words = " ".join(said_lines)
    return "\n".join(
        [open_svg(name, width, y + 12, title, words, style=style, dark=dark), *body, *foot, "</svg>"]
    )


def _legend(living: Living) -> list[str]:
    level = f"{living.pooling.asked.level:g}%"
    said_ = []
    if living.always is not None:
        said_.append(f"Band: {level} always-valid interval. Line: the usual {level} interval, for one look.")
    if living.boundaries is not None:
        said_.append("Dashed: boundaries of z at these looks.")
        if living.boundaries.last is not None:
            said_.append("Diamonds: boundaries at the required information, if the next look had it all.")
        if living.boundaries.share[-1] > FULL:
            said_.append(f"Looks with more than {FULL:.0%} of it are not drawn.")
    return said_


def _band(living: Living, shown: Sequence[Shown], width: float, top: float) -> tuple[list[str], float]:
    """The always-valid interval at every look, with the usual one."""
    pooling, steps = living.pooling, living.steps
    left, right, bottom = 62.0, width - 16, top + TALL
    usual = [step.look.shown if step.look is not None else None for step in steps]
    seen = [s for s in usual if s is not None]
    side = axis_of(
        [s.est for s in (*shown, *seen)], [(s.lb, s.ub) for s in (*shown[1:], *seen[1:])],
        log_scale=pooling.log, left=bottom, right=top, zero=pooling.zero,
    )  # fmt: skip
    along = Axis(low=0.5, high=len(steps) + 0.5, left=left, right=right)
    places = [along.place(at + 1) for at in range(len(steps))]
    upper = [f"{x:.1f} {_clip(side, s.ub):.1f}" for x, s in zip(places, shown, strict=True)]
    lower = [f"{x:.1f} {_clip(side, s.lb):.1f}" for x, s in zip(places, shown, strict=True)]
    parts = [text_at(12, top, "The answer at every look", "head")]
    top_of = top + 12
    if len(places) > 1:
        parts.append(f'<path class="band" d="M{"L".join([*upper, *reversed(lower)])}Z"/>')
        for edge in (upper, lower):
            parts.append(f'<path class="frame" d="M{"L".join(edge)}"/>')
    if pooling.zero is not None and side.holds(pooling.zero):
        y = side.place(pooling.zero)
        parts.append(f'<path class="zero" d="M{left:.1f} {y:.1f}H{right:.1f}"/>')
    parts += _usual(living, side, places) if len(places) <= MARKED else _curve(side, places, usual)
    step_of = max(1, len(steps) // (12 if width > 400 else 5))
    ticks = [(places[at], tick_words(at + 1)) for at in range(0, len(steps), step_of)]
    parts += framed(along, ticks, top_of, bottom, cut_to(f"studies so far, by {living.order}", right - left))
    parts += side_ticks(side, left)
    parts.append(upright(cut_to(pooling.shown_scale, TALL - 20), 16, (top_of + bottom) / 2))
    return parts, bottom + 40


def _usual(living: Living, side: Axis, places: Sequence[float]) -> list[str]:
    """The usual answer of each look, with a mark that says its words."""
    assert living.always is not None
    parts = []
    for at, x in enumerate(places):
        words = f"{_label(living, at)}: always-valid {_said(living.always.shown[at])}"
        look = living.steps[at].look
        if look is None:
            continue
        low, high = _clip(side, look.shown.lb), _clip(side, look.shown.ub)
        parts.append(f'<path class="whisker" d="M{x:.1f} {low:.1f}V{high:.1f}"/>')
        parts.append(
            mark_at(x, _clip(side, look.shown.est), f"{words}; usual {_said(look.shown)}", radius=3.5)
        )
    return parts


def _curve(side: Axis, places: Sequence[float], usual: Sequence[Shown | None]) -> list[str]:
    """The usual answers as lines, where marks would lie over each other."""
    seen = [(x, shown) for x, shown in zip(places, usual, strict=True) if shown is not None]
    lines = []
    for kind, name in (("axis", "lb"), ("axis", "ub"), ("line", "est")):
        points = "L".join(f"{x:.1f} {_clip(side, getattr(shown, name)):.1f}" for x, shown in seen)
        lines.append(f'<path class="{kind}" d="M{points}"/>')
    return lines


def _clip(side: Axis, value: float) -> float:
    """The pixel of a value on the upright axis, whose low end is at the bottom."""
    return min(max(side.place(value), side.right + 12), side.left)


def _said(shown: Shown) -> str:
    return f"{shown_number(shown.est)} ({shown_number(shown.lb)} to {shown_number(shown.ub)})"


def _boundaries(living: Living, found: Boundaries, width: float, top: float) -> tuple[list[str], float]:
    """z against the share of the required information, with the boundaries."""
    left, right, bottom = 62.0, width - 16, top + TALL
    count = max(1, sum(share <= FULL for share in found.share))
    shares, zval, boundary = found.share[:count], found.zval[:count], found.boundary[:count]
    highest = max([HIGHEST, *(abs(z) + 0.5 for z in zval)])
    side = Axis(low=-highest, high=highest, left=bottom, right=top + 12)
    along = Axis(low=0.0, high=max(1.0, shares[-1]) * 1.06, left=left, right=right)
    xs = [along.place(share) for share in shares]
    middle, full = side.place(0.0), along.place(1.0)
    parts = [
        text_at(12, top, f"Trial sequential boundaries ({found.power:g}% power)", "head"),
        f'<path class="zero" d="M{left:.1f} {middle:.1f}H{right:.1f}"/>',
        f'<path class="axis" d="M{full:.1f} {top + 12:.1f}V{bottom:.1f}"/>',
        text_at(full - 5, bottom - 6, "required", "soft end"),
    ]
    limits = [(x, b) for x, b in zip(xs, boundary, strict=True) if b is not None and b <= highest]
    for sign in (1, -1):
        if len(limits) > 1:
            points = "L".join(f"{x:.1f} {side.place(sign * b):.1f}" for x, b in limits)
            parts.append(f'<path class="average" d="M{points}"/>')
    for sign in (1, -1) if found.last is not None else ():
        y = side.place(sign * (found.last or 0.0))
        parts.append(
            f'<path class="pooled" d="M{full - 6:.1f} {y:.1f}L{full:.1f} {y - 6:.1f}L{full + 6:.1f} {y:.1f}L{full:.1f} {y + 6:.1f}Z"/>'
        )
    path = "L".join(f"{x:.1f} {side.place(z):.1f}" for x, z in zip(xs, zval, strict=True))
    parts.append(f'<path class="line" d="M{left:.1f} {middle:.1f}L{path}"/>')
    for at, (x, z) in enumerate(zip(xs, zval, strict=True) if count <= MARKED else ()):
        limit = boundary[at]
        words = (
            f"{_label(living, at)}: z {shown_number(z)} with {found.share[at]:.1%} of the required information; "
            + ("no boundary yet" if limit is None else f"boundary {shown_number(limit)}")
        )
        parts.append(mark_at(x, side.place(z), words, radius=3.5))
    ticks = [(along.place(tick), f"{tick:.0%}") for tick in along.ticks(6)]
    label = "share of the required information"
    parts += framed(along, ticks, top + 12, bottom, label)
    parts += side_ticks(side, left)
    parts.append(upright("z of the studies so far", 16, (top + bottom) / 2))
    return parts, bottom + 40


def _label(living: Living, at: int) -> str:
    step = living.steps[at]
    return f"{step.study} ({step.when})"
