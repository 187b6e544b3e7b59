"""The gap map as a picture: agents down, skin branches across, one tile for every pair.

Colour says how many studies, the area of the ring how many participants, and the number of studies is
printed, so nothing rests on colour alone. A pair without studies is a dot that reads "no registered
studies": it is a gap in what is known, not a finding. The picture is plain SVG without script; where
tiles have addresses each is a link that can be reached by keyboard and says its numbers in words.
"""

import itertools
from collections.abc import Iterable, Sequence
from html import escape
from math import sqrt

import msgspec

EMPTY_WORDS = "no registered studies"

STEPS: tuple[int, ...] = (1, 2, 5, 10, 20, 50)
"""Smallest number of studies of each colour; the last colour has no upper end."""

TILE_W, TILE_H, GAP = 43, 43, 3
LABEL_W = 150
GROUP_GAP = 14
"""Space before a column that stands apart (everything outside skin)."""
RING_MAX, RING_MIN = 12.0, 2.5
CHAR_W = 6.7
"""Width of an average letter at 13 px in the sans-serif fonts of today's systems; only spacing rests on it."""
LINE = 15
SLANT = 0.71
WRAP_COLUMN, WRAP_APART, WRAP_ROW = 17, 8, 20
"""Names longer than this many letters get a second line."""

MAP_CSS = """\
.map{--tile0:#f0f3f5;--tile1:#e3f2ef;--tile2:#c8e6e0;--tile3:#a6d6cd;--tile4:#83c4b9;--tile5:#62b1a5;\
--tile6:#489d91;--tile-ink:#06231f;--ring:#07423c;--ring-fill:#ffffff;--map-ink:#18212b;--map-soft:#4d5b69;\
--map-focus:#a33a00;--map-ground:#ffffff}
@media screen and (prefers-color-scheme:dark){.map{--tile0:#1b232b;--tile1:#15332f;--tile2:#184039;--tile3:#1c4e46;\
--tile4:#205d54;--tile5:#256d62;--tile6:#2a7d71;--tile-ink:#f4fffd;--ring:#8fe0d3;--ring-fill:#000000;\
--map-ink:#e8edf2;--map-soft:#aab7c4;--map-focus:#ffb489;--map-ground:#171f26}}
.map text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--map-ink)}
.map .ground{fill:var(--map-ground)}
.map .name{font-size:13px}
.map .n{font-size:14px;font-weight:700;fill:var(--tile-ink)}
.map .n.long{font-size:12px}
.map .dot{font-size:16px;text-anchor:middle;fill:var(--map-soft)}
.map .soft{font-size:12px;fill:var(--map-soft)}
.map .t0{fill:var(--tile0)}.map .t1{fill:var(--tile1)}.map .t2{fill:var(--tile2)}.map .t3{fill:var(--tile3)}\
.map .t4{fill:var(--tile4)}.map .t5{fill:var(--tile5)}.map .t6{fill:var(--tile6)}
.map .ring{fill:var(--ring-fill);fill-opacity:.42;stroke:var(--ring);stroke-width:1.5}
.map .ring.cut{stroke-dasharray:4 2.5}
.map a{text-decoration:none;outline:none}
.map a:hover .tile{stroke:var(--ring);stroke-width:2}
.map a:hover .name{text-decoration:underline}
.map a:focus-visible .tile{stroke:var(--map-focus);stroke-width:4}
.map a:focus-visible .name{fill:var(--map-focus);font-weight:700;text-decoration:underline}
"""
"""The picture's colours and type, for both colour schemes; a page puts it into its style sheet."""


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """One row or column: its id, its name, where its name leads (or nowhere), and if it stands apart."""

    id: str
    label: str
    href: str | None = None
    apart: bool = False


class Tile(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one pair: studies (> 0), participants stated (None: no study states a number)."""

    studies: int
    participants: int | None
    words: str
    """The same in words, for people who do not see the picture: "8 studies, 300 participants"."""
    href: str | None = None


class MapPicture(msgspec.Struct, frozen=True, kw_only=True):
    """All that is drawn; pairs missing from `tiles` have no registered studies."""

    title: str
    description: str
    rows: tuple[Axis, ...]
    columns: tuple[Axis, ...]
    tiles: dict[tuple[str, str], Tile]


def colour_step(studies: int) -> int:
    """Which colour a number of studies gets: 0 for none, then 1 to 6."""
    return sum(studies >= least for least in STEPS)


def step_labels() -> tuple[str, ...]:
    """The ranges of the colours in words: 1, 2–4, 5–9, ... 50 or more."""
    spans = []
    for least, following in itertools.pairwise(STEPS):
        spans.append(str(least) if following - least == 1 else f"{least}–{following - 1}")
    return (*spans, f"{STEPS[-1]} or more")


def ring_cap(picture: MapPicture) -> int:
    """Participants of the largest ring: the most in one tile, leaving out rows and columns that stand apart.

    A column outside skin can hold a hundred times more people; on its scale every ring of the skin would
    shrink to a point. Tiles above the cap get the largest ring with a dashed line.
    """
    apart = {axis.id for axis in (*picture.rows, *picture.columns) if axis.apart}
    numbers = {key: tile.participants or 0 for key, tile in picture.tiles.items()}
    within = [number for key, number in numbers.items() if not apart & set(key)]
    return max(within, default=0) or max(numbers.values(), default=0)


def ring_radius(participants: int, cap: int) -> float:
    """Radius in pixels so that the area follows the number of participants, with a smallest visible ring."""
    if participants <= 0 or cap <= 0:
        return 0.0
    return max(RING_MIN, RING_MAX * sqrt(min(participants, cap) / cap))


def draw_map(
    picture: MapPicture, *, labels: bool = True, style: bool = False, caption: Sequence[str] = ()
) -> str:
    """The whole map as one SVG element.

    labels: draw row names at the left (a page that keeps them in view beside a scrolling map draws
    them with `draw_row_names`); style: carry the colours inside, for a picture that stands alone;
    caption: lines below the map that say what it shows and where it comes from.
    """
    left = LABEL_W if labels else 0
    head = _head_height(picture.columns)
    xs = _column_positions(picture.columns, left)
    right = _right_margin(picture.columns)
    width = (max(xs.values()) + TILE_W if xs else left) + right
    foot = head + len(picture.rows) * (TILE_H + GAP)
    height = foot + (len(caption) * 18 + 12 if caption else 0)
    parts = [_open(width, height, "gap-map", picture.title, picture.description, style)]
    parts += [_column_name(column, xs[column.id] + TILE_W / 2, head) for column in picture.columns]
    if labels:
        parts += _row_names(picture.rows, head)
    cap = ring_cap(picture)
    for index, row in enumerate(picture.rows):
        y = head + index * (TILE_H + GAP)
        for column in picture.columns:
            tile = picture.tiles.get((row.id, column.id))
            parts.append(_tile(row, column, tile, xs[column.id], y, cap))
    parts += [
        f'<text class="soft" x="{left + 2}" y="{foot + 18 * (at + 1):.0f}">{escape(line)}</text>'
        for at, line in enumerate(caption)
    ]
    parts.append("</svg>")
    return "\n".join(parts)


def draw_row_names(picture: MapPicture) -> str:
    """The row names alone, as high as the map drawn without them, to stand beside it."""
    head = _head_height(picture.columns)
    height = head + len(picture.rows) * (TILE_H + GAP)
    opening = _open(LABEL_W, height, "gap-map-rows", f"{picture.title}: names of the rows", "", False)
    return "\n".join([opening, *_row_names(picture.rows, head), "</svg>"])


def draw_colour_key(step: int) -> str:
    """A small square in the colour of a step (0 to 6), for the legend."""
    words = EMPTY_WORDS if step == 0 else f"{step_labels()[step - 1]} studies"
    mark = '<text class="dot" x="11" y="16" aria-hidden="true">·</text>' if step == 0 else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map key" width="22" height="22" viewBox="0 0 22 22" role="img"><title>{escape(words)}'
        f'</title><rect class="t{step}" width="22" height="22" rx="4"/>{mark}</svg>'
    )


def draw_ring_key(participants: int, cap: int, cut: bool = False) -> str:
    """A ring as large as it is drawn for this many participants, for the legend."""
    radius = ring_radius(participants, cap)
    side = 2 * radius + 3
    name = "ring cut" if cut else "ring"
    words = f"more than {cap:,} participants" if cut else f"{participants:,} participants"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map key" width="{side:.1f}" height="{side:.1f}" viewBox="0 0 {side:.1f} {side:.1f}" '
        f'role="img"><title>{words}</title><circle class="{name}" cx="{side / 2:.1f}" cy="{side / 2:.1f}" '
        f'r="{radius:.1f}"/></svg>'
    )


def ring_steps(cap: int) -> tuple[int, ...]:
    """Round numbers of participants for the legend, small to large, at most three, none above the cap."""
    steps = []
    for share in (0.05, 0.25, 1.0):
        number = int(cap * share)
        if number >= 1:
            unit = 10 ** (len(str(number)) - 1)
            steps.append(number // unit * unit)
    return tuple(sorted(set(steps)))


def _open(width: float, height: float, name: str, title: str, description: str, style: bool) -> str:
    described = f' aria-describedby="{name}-desc"' if description else ""
    desc = f'<desc id="{name}-desc">{escape(description)}</desc>' if description else ""
    ground = '<rect class="ground" width="100%" height="100%"/>'
    css = f"<style>{escape(MAP_CSS, quote=False)}</style>{ground}" if style else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map" role="group" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" aria-labelledby="{name}-title"'
        f'{described}><title id="{name}-title">{escape(title)}</title>{desc}{css}'
    )


def _head_height(columns: Iterable[Axis]) -> float:
    """Height of the slanted column names, at most two lines each."""
    longest = max((_longest_line(column) for column in columns), default=0)
    return round((longest * CHAR_W + LINE) * SLANT + 26)


def _longest_line(column: Axis) -> int:
    return max(len(line) for line in _column_lines(column))


def _column_lines(column: Axis) -> list[str]:
    """A column that stands apart is the last one: a short name keeps the picture narrow."""
    return wrapped(column.label, WRAP_APART if column.apart else WRAP_COLUMN)


def _right_margin(columns: tuple[Axis, ...]) -> float:
    """Room for the slanted names of the last columns, which reach beyond their tiles."""
    reach = 0.0
    for place, column in enumerate(reversed(columns)):
        width = (_longest_line(column) * CHAR_W + LINE) * SLANT
        reach = max(reach, width - (place + 0.5) * (TILE_W + GAP) + 12)
    return round(max(reach, 2))


def _column_positions(columns: Iterable[Axis], left: float) -> dict[str, float]:
    xs: dict[str, float] = {}
    x = left + 2
    for column in columns:
        if column.apart and xs:
            x += GROUP_GAP
        xs[column.id] = x
        x += TILE_W + GAP
    return xs


def _column_name(column: Axis, x: float, head: float) -> str:
    lines = _column_lines(column)
    spans = "".join(
        f'<tspan x="0" y="{(at - len(lines) + 1) * LINE}">{escape(line)}</tspan>'
        for at, line in enumerate(lines)
    )
    place = f"translate({x + 4 * len(lines):.0f} {head - 8:.0f}) rotate(-45)"
    text = f'<text class="name" transform="{place}">{spans}</text>'
    return _linked(text, column.href, f"{column.label}: all studies")


def _row_names(rows: Iterable[Axis], head: float) -> list[str]:
    names = []
    for index, row in enumerate(rows):
        middle = head + index * (TILE_H + GAP) + TILE_H / 2
        lines = wrapped(row.label, WRAP_ROW)
        top = middle + 4.5 - (len(lines) - 1) * 8
        spans = "".join(
            f'<tspan x="{LABEL_W - 8}" y="{top + at * 16:.1f}">{escape(line)}</tspan>'
            for at, line in enumerate(lines)
        )
        text = f'<text class="name" text-anchor="end">{spans}</text>'
        names.append(_linked(text, row.href, f"{row.label}: all studies"))
    return names


def wrapped(label: str, width: int) -> list[str]:
    """The label in at most two lines, broken at the space nearest its middle."""
    spaces = [at for at, letter in enumerate(label) if letter == " "]
    if len(label) <= width or not spaces:
        return [label]
    at = min(spaces, key=lambda space: abs(space - len(label) / 2))
    return [label[:at], label[at + 1 :]]


def _tile(row: Axis, column: Axis, tile: Tile | None, x: float, y: float, cap: int) -> str:
    pair = f"{row.label}, {column.label}"
    box = f'x="{x:.0f}" y="{y:.0f}" width="{TILE_W}" height="{TILE_H}" rx="5"'
    middle, base = x + TILE_W / 2, y + TILE_H / 2
    if tile is None:
        words = f"{pair}: {EMPTY_WORDS}"
        return (
            f'<g role="img" aria-label="{escape(words)}"><title>{escape(words)}</title>'
            f'<rect class="t0" {box}/><text class="dot" x="{middle:.0f}" y="{base + 5:.0f}">·</text></g>'
        )
    words = f"{pair}: {tile.words}"
    radius = ring_radius(tile.participants or 0, cap)
    name = "ring cut" if (tile.participants or 0) > cap else "ring"
    corner = f'cx="{x + TILE_W - 4 - radius:.1f}" cy="{y + TILE_H - 4 - radius:.1f}" r="{radius:.1f}"'
    ring = f'<circle class="{name}" {corner}/>' if radius else ""
    number = "n long" if tile.studies >= 1000 else "n"
    inside = (
        f'<rect class="tile t{colour_step(tile.studies)}" {box}/>{ring}'
        f'<text class="{number}" x="{x + 6:.0f}" y="{y + 19:.0f}">{tile.studies:,}</text>'
    )
    return _linked(inside, tile.href, words)


def _linked(inside: str, href: str | None, words: str) -> str:
    """A link where there is somewhere to go, else a named picture part; both say the same words."""
    title = f"<title>{escape(words)}</title>"
    if href is None:
        return f'<g role="img" aria-label="{escape(words)}">{title}{inside}</g>'
    return f'<a href="{escape(href)}" aria-label="{escape(words)}">{title}{inside}</a>'


def map_words(studies: int, participants: int | None) -> str:
    """Numbers of a tile in words: `8 studies, 300 participants`; what is not reported is said so."""
    counted = "1 study" if studies == 1 else f"{studies:,} studies"
    if participants is None:
        return f"{counted}, number of participants not reported"
    people = "1 participant" if participants == 1 else f"{participants:,} participants"
    return f"{counted}, {people}"
