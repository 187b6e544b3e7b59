"""The dose landscape as a picture: a panel for every unit kind, a row for every route and agent, a mark for every dose.

Marks stand where the record puts them on a scale of powers of ten; nothing is smoothed or joined. Shape and colour
both tell the agent, which is also printed at the row; hollow marks are amounts that can be read in more than one
way. The picture is plain SVG without script, in a wide form and a narrow one for small screens.
"""

from collections.abc import Callable, Iterable, Sequence
from html import escape
from math import ceil, floor, isfinite, log10

import msgspec

from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.amounts import number_words
from skinproof.views.doses import STATED, DosePoint
from skinproof.views.landscape import (
    ALL,
    Group,
    Landscape,
    Spread,
    axis_words,
    median_words,
    silent_groups,
)
from skinproof.views.svg_landscape_style import DARK, LIGHT, SHAPES, literal_css
from skinproof.views.svg_map import CHAR_W, wrapped
from skinproof.views.text import clean, cut
from skinproof.views.words import AGENT_CLASS_LABELS, plural


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One dose: where it stands, what is said of it in words, where it leads; limit: -1 "up to", 1 "at least"."""

    value: float
    low: float
    high: float
    words: str
    href: str | None = None
    hollow: bool = False
    limit: int = 0


class DoseRow(msgspec.Struct, frozen=True, kw_only=True):
    """One route and agent class of one panel; counted and missing: what is printed beside its marks."""

    label: str
    agent_class: str
    marks: tuple[Mark, ...]
    median: float | None
    median_words: str
    counted: str
    missing: str


class DosePanel(msgspec.Struct, frozen=True, kw_only=True):
    """One unit kind over one basis."""

    title: str
    rows: tuple[DoseRow, ...]


class DosePicture(msgspec.Struct, frozen=True, kw_only=True):
    """All that is drawn. silent: groups without any dose, in words; caption: lines at the foot."""

    title: str
    description: str
    panels: tuple[DosePanel, ...]
    silent: tuple[str, ...] = ()
    caption: tuple[str, ...] = ()


class _Frame(msgspec.Struct, frozen=True):
    """Where things stand in one form of the picture. beside: names and numbers stand beside the marks, not above."""

    width: int
    left: int
    right: int
    beside: bool
    ticks: int


WIDE = _Frame(900, 216, 260, True, 9)
NARROW = _Frame(360, 14, 14, False, 5)
LANE, HEAD, FOOT, LINE = 11, 34, 40, 16
QUOTE_SHOWN = 160
"""Letters of a quote that a mark says."""


def picture_of(
    found: Landscape,
    title: str,
    *,
    indication: str = ALL,
    href: Callable[[DosePoint], str | None] = lambda point: None,
    caption: Sequence[str] = (),
) -> DosePicture:
    """The picture of a landscape. indication: which complaint; href: where the mark of a point leads."""
    groups = {(g.agent_class, g.route): g for g in found.groups if g.indication == indication}
    panels = []
    for kind, per in found.axes:
        rows = [
            _row(spread, groups[spread.agent_class, spread.route], found, href)
            for spread in _by_route(found, indication, kind, per)
        ]
        if rows:
            panels.append(DosePanel(title=axis_words(kind, per), rows=tuple(rows)))
    return DosePicture(
        title=title,
        description=_description(panels),
        panels=tuple(panels),
        silent=_silent(found, indication),
        caption=tuple(caption),
    )


def _silent(found: Landscape, indication: str) -> tuple[str, ...]:
    return tuple(
        f"{found.routes[group.route]}, {AGENT_CLASS_LABELS[group.agent_class]}: {missing_words(group)}"
        for group in silent_groups(found, indication)
    )


def _by_route(found: Landscape, indication: str, kind: str, per: str) -> list[Spread]:
    routes = list(found.routes)
    spreads = [
        s for s in found.spreads
        if (s.indication, s.kind, s.per) == (indication, kind, per) and s.route != ALL
    ]  # fmt: skip
    return sorted(spreads, key=lambda s: (AGENT_CLASSES.index(s.agent_class), routes.index(s.route)))


def _row(spread: Spread, group: Group, found: Landscape, href: Callable[[DosePoint], str | None]) -> DoseRow:
    counted = f"n = {spread.n_points} in {plural(spread.n_studies, 'study', 'studies')}"
    unclear = f", {spread.n_unclear} unclear" if spread.n_unclear else ""
    return DoseRow(
        label=found.routes[spread.route],
        agent_class=spread.agent_class,
        marks=tuple(_mark(found.points[place], found, href) for place in spread.points),
        median=spread.median,
        median_words=median_words(spread),
        counted=counted + unclear,
        missing=missing_words(group),
    )


def missing_words(group: Group) -> str:
    """How many studies of a group state no dose: "no dose in any unit: 60% of 12 studies"."""
    if group.share_not_reported is None:
        return "no dose asked for"
    share = f"{group.share_not_reported:.0%} of {plural(group.studies, 'study', 'studies')}"
    return f"no dose in any unit: {share}"


def _mark(point: DosePoint, found: Landscape, href: Callable[[DosePoint], str | None]) -> Mark:
    quote = cut(clean(point.quotes[0].quote), QUOTE_SHOWN) if point.quotes else ""
    parts = [f"{point.record_id}: {point.text}", *(found.routes.get(route, route) for route in point.routes)]
    if point.state != STATED:
        parts.append("unclear, can be read in more than one way")
    parts += point.flags
    limits = {"up_to": -1, "less_than": -1, "at_least": 1, "more_than": 1}
    return Mark(
        value=point.value,
        low=point.low,
        high=point.high,
        words=clean("; ".join(parts) + (f'; "{quote}"' if quote else "")),
        href=href(point),
        hollow=point.state != STATED,
        limit=limits.get(point.bound, 0),
    )


def _description(panels: Sequence[DosePanel]) -> str:
    if not panels:
        return "No dose is stated."
    said = "; ".join(f"{panel.title}: {plural(len(panel.rows), 'row')}" for panel in panels)
    return f"One panel for each unit kind, on scales of powers of ten. {said}."


def draw_landscape(
    picture: DosePicture, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "doses"
) -> str:
    """The whole picture as one SVG element.

    narrow: for small screens, names above the marks; style: carry the colours inside, for a picture that stands alone
    (dark: for both colour schemes); name: begins every id, so that two pictures can stand on one page.
    """
    frame = NARROW if narrow else WIDE
    body, y = _heading(picture.title, frame) if style else ([], 0.0)
    legend, y = _legend(picture, frame, y)
    body += legend
    for panel in picture.panels:
        parts, y = _panel(panel, frame, y)
        body += parts
    if not picture.panels:
        body.append(f'<text x="12" y="{y + 18:.0f}">No dose is stated in these records.</text>')
        y += 30
    if picture.silent:
        y += LINE
        body.append(f'<text class="panel" x="12" y="{y:.0f}">Without a dose in any unit</text>')
    for line in _folded(
        (*picture.silent, *([""] if picture.silent else []), *picture.caption), frame.width - 24
    ):
        y += LINE
        body.append(f'<text class="soft" x="12" y="{y:.0f}">{_said(line)}</text>')
    return "\n".join([_open(picture, frame.width, y + 12, name, style, dark), *body, "</svg>"])


def _open(picture: DosePicture, width: int, height: float, name: str, style: bool, dark: bool) -> str:
    css = ""
    if style:
        night = f"@media screen and (prefers-color-scheme:dark){{{literal_css(DARK)}}}" if dark else ""
        rules = escape(literal_css(LIGHT) + night, quote=False)
        css = f'<style>{rules}</style><rect class="ground" width="100%" height="100%"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="dose" role="group" width="{width}" height="{height:.0f}" '
        f'viewBox="0 0 {width} {height:.0f}" aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
        f'<title id="{name}-title">{_said(picture.title)}</title>'
        f'<desc id="{name}-desc">{_said(picture.description)}</desc>{css}'
    )


def _heading(title: str, frame: _Frame) -> tuple[list[str], float]:
    """The title, for a picture that no page stands around; and where it ends."""
    lines = _folded([title], (frame.width - 24) * 0.85)
    drawn = [
        f'<text class="panel" x="12" y="{24 + at * 20}">{_said(line)}</text>' for at, line in enumerate(lines)
    ]
    return drawn, 12 + 20.0 * len(lines)


def _legend(picture: DosePicture, frame: _Frame, top: float) -> tuple[list[str], float]:
    """What shapes, hollow marks, bars and lines mean; and where it ends."""
    used = {row.agent_class for panel in picture.panels for row in panel.rows}
    agents = [name for name in AGENT_CLASSES if name in used]
    items = [
        (f'<g class="c-{name}"><path class="mark" d="{SHAPES[name]}"/></g>', AGENT_CLASS_LABELS[name])
        for name in agents
    ]
    if agents:
        shape, line = SHAPES[agents[0]], f'<g class="c-{agents[0]}"><path class="span" d="M-7 0H7"/></g>'
        items += [
            (f'<g class="c-{agents[0]}"><g class="hollow"><path class="mark" d="{shape}"/></g></g>', "unclear, not in the median"),
            ('<path class="median" d="M0-8V8"/>', "median"),
            (line, "range or limit"),
        ]  # fmt: skip
    parts, x, y = [], 14.0, top + 20.0
    for mark, words in items:
        wide = 28 + len(words) * CHAR_W
        if x > 14 and x + wide > frame.width:
            x, y = 14.0, y + 22
        parts.append(f'<g transform="translate({x + 6:.0f} {y:.0f})">{mark}</g>')
        parts.append(f'<text class="soft" x="{x + 18:.0f}" y="{y + 4:.0f}">{_said(words)}</text>')
        x += wide
    return parts, y + 10


def _panel(panel: DosePanel, frame: _Frame, top: float) -> tuple[list[str], float]:
    first, last = _decades(panel.rows)
    span = frame.width - frame.left - frame.right

    def place(value: float) -> float:
        return frame.left + 12 + (log10(value) - first) / (last - first) * (span - 24)

    ticks = {
        power: frame.left + 12 + (power - first) / (last - first) * (span - 24)
        for power in range(first, last + 1, max(1, ceil((last - first) / frame.ticks)))
    }
    title = _folded([panel.title], (frame.width - 24) * 0.85)
    y = top + HEAD - 8 - 18
    body = [f'<text class="panel" x="12" y="{(y := y + 18):.0f}">{_said(line)}</text>' for line in title]
    y += 8
    for row in panel.rows:
        parts, y = _drawn_row(row, frame, place, ticks.values(), y)
        body += parts
    for power, x in ticks.items():
        body.append(f'<text class="tick" x="{x:.1f}" y="{y + 12:.0f}">{_tick(power)}</text>')
    return body, y + FOOT


def _tick(power: int) -> str:
    return number_words(10.0**power).removeprefix("1×") if isfinite(10.0**power) else ""


def _decades(rows: Iterable[DoseRow]) -> tuple[int, int]:
    """First and last power of ten of the scale."""
    ends = [end for row in rows for m in row.marks for end in (m.low or m.value, m.high)]
    first, last = floor(log10(min(ends))), ceil(log10(max(ends)))
    return (first, last) if last > first else (first - 1, first + 1)


def _drawn_row(
    row: DoseRow, frame: _Frame, place: Callable[[float], float], ticks: Iterable[float], top: float
) -> tuple[list[str], float]:
    lanes = _lanes([place(mark.value) for mark in row.marks])
    used = max(lanes, default=0) + 1
    deep = max(used * LANE + 8, 20)
    if frame.beside:
        lines = wrapped(row.label, 26)
        height = max(deep, 16 * (len(lines) + 1) + 4, 3 * LINE + 2)
        strip = top + (height - deep) / 2
        parts = _beside(row, frame, lines, top)
    else:
        height = deep + 3 * LINE + 12
        strip = top + LINE + 6
        parts = _around(row, strip, deep, top)
    body = [
        f'<rect class="strip" x="{frame.left}" y="{strip:.1f}" width="{frame.width - frame.left - frame.right}" '
        f'height="{deep:.1f}" rx="4"/>',
        *(f'<path class="grid" d="M{x:.1f} {strip:.1f}v{deep:.1f}"/>' for x in ticks),
    ]
    if row.median is not None:
        x = place(row.median)
        body.append(
            f'<g role="img" aria-label="{_said(row.median_words)}"><title>{_said(row.median_words)}</title>'
            f'<path class="median" d="M{x:.1f} {strip:.1f}v{deep:.1f}"/></g>'
        )
    ends = (frame.left + 2.0, frame.width - frame.right - 2.0)
    for mark, lane in zip(row.marks, lanes, strict=True):
        middle = strip + deep / 2 + (_offset(lane) - (0 if used % 2 else 0.5)) * LANE
        body.append(_drawn_mark(mark, row.agent_class, place, middle, ends))
    return [*parts, f'<g class="c-{row.agent_class}">', *body, "</g>"], top + height + 6


def _beside(row: DoseRow, frame: _Frame, lines: Sequence[str], top: float) -> list[str]:
    """Names at the left, numbers at the right."""
    x = frame.width - frame.right + 12
    named = [
        f'<text x="12" y="{top + 15 + at * LINE:.0f}">{_said(line)}</text>' for at, line in enumerate(lines)
    ]
    agent = f'<text class="soft" x="12" y="{top + 15 + len(lines) * LINE:.0f}">{_said(AGENT_CLASS_LABELS[row.agent_class])}</text>'
    told = [
        f'<text class="soft" x="{x}" y="{top + 14 + at * LINE:.0f}">{_said(line)}</text>'
        for at, line in enumerate((row.counted, row.median_words, row.missing))
    ]
    return [*named, agent, *told]


def _around(row: DoseRow, strip: float, deep: float, top: float) -> list[str]:
    """Names above, numbers below."""
    below = strip + deep + 14
    return [
        f'<text x="14" y="{top + 15:.0f}">{_said(row.label)}, {_said(AGENT_CLASS_LABELS[row.agent_class])}</text>',
        f'<text class="soft" x="14" y="{below:.0f}">{_said(f"{row.counted}; {row.median_words}")}</text>',
        f'<text class="soft" x="14" y="{below + LINE - 2:.0f}">{_said(row.missing)}</text>',
    ]


def _lanes(places: Sequence[float]) -> list[int]:
    """Which lane each mark stands in, so that none hides another: the first that is free for 11 pixels."""
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    ends: list[float] = []
    lanes = [0] * len(places)
    for i in order:
        free = next((lane for lane, end in enumerate(ends) if places[i] - end >= LANE), len(ends))
        if free == len(ends):
            ends.append(places[i])
        ends[free] = places[i]
        lanes[i] = free
    return lanes


def _offset(lane: int) -> float:
    """0, 1, -1, 2, -2, ...: lanes around the middle; with `deep` for all lanes they stay inside the strip."""
    return (lane + 1) // 2 * (1 if lane % 2 else -1)


def _drawn_mark(
    mark: Mark, agent_class: str, place: Callable[[float], float], y: float, ends: tuple[float, float]
) -> str:
    x = place(mark.value)
    line = ""
    if mark.low < mark.high:
        left = place(mark.low) if mark.low > 0 else ends[0]
        line = f'<path class="span" d="M{left:.1f} {y:.1f}H{place(mark.high):.1f}"/>'
    elif mark.limit:
        line = f'<path class="span" d="M{x:.1f} {y:.1f}h{13 * mark.limit}"/>'
    shape = f'{line}<path class="mark" transform="translate({x:.1f} {y:.1f})" d="{SHAPES[agent_class]}"/>'
    words = escape(mark.words)
    kind = ' class="hollow"' if mark.hollow else ""
    if mark.href is None:
        return f'<g{kind} role="img" aria-label="{words}"><title>{words}</title>{shape}</g>'
    return f'<a{kind} href="{_said(mark.href)}" aria-label="{words}"><title>{words}</title>{shape}</a>'


def _folded(lines: Iterable[str], width: float) -> list[str]:
    """Lines of the caption, folded to the width."""
    room = int(width / (CHAR_W * 0.93))
    folded: list[str] = []
    for line in lines:
        words, now = clean(line).split(), ""
        for word in words:
            if now and len(now) + len(word) >= room:
                folded.append(now)
                now = ""
            now = f"{now} {word}".strip()
        folded.append(now)
    return folded


def _said(text: str) -> str:
    """Text of a record or of ours as it may stand in SVG: no marks of XML, no controls."""
    return escape(clean(text))
