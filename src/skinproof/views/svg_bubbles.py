"""The evidence map as a picture: a bubble as large as the number of studies, on a tile as dark as their best design.

Nothing rests on colour alone: the number stands in the bubble, the design's letter in the corner, and two marks say that
results are posted (a tick) or overdue (a clock). Tiles, names and the signs that unfold are links where they have
addresses; each says in words what it shows.
"""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from math import sqrt

import msgspec

from skinproof.views.design import DESIGN_LETTERS, DESIGN_WORDS, DESIGNS
from skinproof.views.evidence_map import EvidenceMap, Head, Tally
from skinproof.views.paper_counts import PaperTally, paper_words
from skinproof.views.svg_map import CHAR_W, EMPTY_WORDS, LINE, MAP_CSS, map_words, wrapped
from skinproof.views.words import plural

SIDE, GAP, GROUP_GAP = 46, 3, 14
"""Pixels of a tile, between two, and before what stands apart."""
NAMES_W = 178
STRIP = 14
"""Pixels below a tile for the papers beside its studies."""
PAPER_KINDS = {"human": "in people", "animal": "in animals", "laboratory": "in the laboratory"}
SIGN = 24
"""Side of the place that unfolds a row or column: as large as a finger needs."""
LARGEST, SMALLEST = 20.0, 9.5
"""Radius of a bubble; the smallest still holds a figure."""
_SLANT = 0.71
_SHADES = {"unknown": 1, "observational": 2, "uncontrolled": 3, "controlled": 4, "randomised": 6}

BUBBLE_CSS = """\
.map .letter{font-size:10px;font-weight:700;fill:var(--tile-ink)}
.map .pp{font-size:10px;text-anchor:middle;fill:var(--map-ink)}
.map .pp.long{font-size:8.5px}
.map .pp.none{opacity:.8}
.map .sub{font-size:12px}
.map .m{font-size:13px;font-weight:700;text-anchor:middle;fill:var(--tile-ink)}
.map .m.long{font-size:11px}
.map .bubble{fill:var(--ring-fill);fill-opacity:.5;stroke:var(--ring);stroke-width:1.5}
.map .bubble.cut{stroke-dasharray:4 2.5}
.map .unsaid{stroke:var(--ring);stroke-width:1;stroke-dasharray:2 3;stroke-opacity:.6}
.map .sign{fill:var(--tile0)}
.map .stroke{fill:none;stroke:var(--map-ink);stroke-width:2;stroke-linecap:round}
.map .mark{fill:none;stroke:var(--tile-ink);stroke-width:1.7;stroke-linecap:round;stroke-linejoin:round}
.map .chosen{fill:none;stroke:var(--map-focus);stroke-width:3.5}
.map a:hover .sign{stroke:var(--ring);stroke-width:1.5}
.map a:focus-visible .sign{stroke:var(--map-focus);stroke-width:3}
"""
"""Beside svg_map.MAP_CSS."""


class Links(msgspec.Struct, frozen=True):
    """Where parts of the picture lead, None = nowhere: a pair, a name, and the sign that unfolds a row or column."""

    cell: Callable[[str, str], str | None] = lambda row, column: None
    name: Callable[[str], str | None] = lambda name: None
    fold: Callable[[Head], str | None] = lambda head: None


def tally_words(tally: Tally) -> str:
    """A cell in words: "8 studies, 300 participants, best design randomised controlled, 2 with posted results, 1 overdue"."""
    said = [map_words(tally.studies, tally.participants), f"best design: {DESIGN_WORDS[tally.best]}"]
    if tally.with_results:
        said.append(f"{tally.with_results:,} with posted results")
    if tally.overdue:
        said.append(f"results of {tally.overdue:,} overdue")
    return ", ".join(said)


def bubble_cap(shown: EvidenceMap) -> int:
    """Studies of the largest bubble: the most in one tile of the skin and of the agents looked for."""
    apart = {head.id for head in (*shown.rows, *shown.columns) if head.apart}
    within = [tally.studies for key, tally in shown.cells.items() if not apart & set(key)]
    return max(within, default=0) or max((tally.studies for tally in shown.cells.values()), default=0)


def bubble_radius(studies: int, cap: int) -> float:
    """Pixels, so that the area follows the number of studies, with a smallest bubble that holds a figure."""
    return max(SMALLEST, LARGEST * sqrt(min(studies, cap) / cap)) if studies and cap else 0.0


def draw_bubbles(
    shown: EvidenceMap, title: str, links: Links, *, names: bool = True, style: bool = False, caption: Sequence[str] = (),
    chosen: tuple[str, str] | None = None, evidence: Sequence[str] = (),
) -> str:  # fmt: skip
    """The map as one SVG element. names: with the rows' names at the left; style: with its colours inside, to stand
    alone; caption: lines below; chosen: the cell whose studies are shown beside the map; evidence: the only kinds of papers that were
    asked for."""
    left = NAMES_W if names else 0
    head = _head_height(shown.columns)
    xs, right = _xs(shown.columns, left)
    ys, foot = _ys(shown, head)
    width = max(xs.values(), default=left) + SIDE + right
    height = foot + (len(caption) * 18 + 12 if caption else 0)
    words = (
        f"Rows are agents, columns are complaints; {plural(shown.total.studies, 'study', 'studies')} in all."
    )
    parts = [_open(width, height, "evidence-map", title, words, style)]
    signs = (
        SIGN if any(column.folds for column in shown.columns) else 0
    )  # names stand in one line, signs or not
    parts += [_column(column, xs[column.id], head, signs, links) for column in shown.columns]
    if names:
        parts += [_row(row, ys[row.id], links) for row in shown.rows]
    cap = bubble_cap(shown)
    for row in shown.rows:
        for column in shown.columns:
            tally = shown.cells.get((row.id, column.id))
            beside = shown.papers.get((row.id, column.id)) if shown.papers else None
            pair = f"{row.label}, {column.label}"
            x, y = xs[column.id], ys[row.id]
            here = (row.id, column.id) == chosen
            if tally is None and beside is None:
                parts.append(_empty(pair, x, y))
                continue
            inside, words = _empty_tile(x, y, here) if tally is None else _tile(tally, x, y, cap, here)
            if beside is not None:
                inside += _strip(beside, x, y + SIDE, evidence)
                words += f"; {paper_words(beside, evidence)}"
            parts.append(_linked(inside, links.cell(row.id, column.id), f"{pair}: {words}", here))
    parts += [
        f'<text class="soft" x="{left + 2}" y="{foot + 18 * (at + 1):.0f}">{escape(line)}</text>'
        for at, line in enumerate(caption)
    ]
    return "\n".join((*parts, "</svg>"))


def draw_names(shown: EvidenceMap, title: str, links: Links) -> str:
    """The names of the rows alone, as high as the map drawn without them."""
    head = _head_height(shown.columns)
    ys, height = _ys(shown, head)
    parts = [_open(NAMES_W, height, "evidence-map-rows", f"{title}: names of the rows", "", False)]
    return "\n".join((*parts, *(_row(row, ys[row.id], links) for row in shown.rows), "</svg>"))


def design_keys() -> tuple[tuple[str, str], ...]:
    """(picture, words) of each shade for the legend, the best first, and of an empty pair."""
    made = [(_key(_shade(name) + _letter(name, 0, 0, 24)), DESIGN_WORDS[name]) for name in reversed(DESIGNS)]
    dot = '<rect class="t0" width="24" height="24" rx="4"/><text class="dot" x="12" y="17" aria-hidden="true">·</text>'
    return (*made, (_key(dot), EMPTY_WORDS))


def mark_keys() -> tuple[tuple[str, str], ...]:
    """(picture, words) of the marks for the legend."""
    ground = '<rect class="t3" width="24" height="24" rx="4"/>'
    return (
        (_key(ground + _tick(12, 12)), "some results are posted"),
        (_key(ground + _clock(12, 12)), "some results are overdue"),
    )


def _key(inside: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="map key" width="24" height="24" viewBox="0 0 24 24" '
        f'aria-hidden="true">{inside}</svg>'
    )


def _shade(design: str) -> str:
    unsaid = " unsaid" if design == DESIGNS[0] else ""
    return f'<rect class="t{_SHADES[design]}{unsaid}" x=".5" y=".5" width="23" height="23" rx="4"/>'


def _letter(design: str, x: float, y: float, side: float) -> str:
    return f'<text class="letter" x="{x + 4:.0f}" y="{y + side - 4:.0f}">{DESIGN_LETTERS[design]}</text>'


def _open(width: float, height: float, name: str, title: str, words: str, style: bool) -> str:
    described = f' aria-describedby="{name}-desc"' if words else ""
    desc = f'<desc id="{name}-desc">{escape(words)}</desc>' if words else ""
    ground = '<rect class="ground" width="100%" height="100%"/>'
    css = f"<style>{escape(MAP_CSS + BUBBLE_CSS, quote=False)}</style>{ground}" if style else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map" role="group" width="{width:.0f}" '
        f'height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" aria-labelledby="{name}-title"'
        f'{described}><title id="{name}-title">{escape(title)}</title>{desc}{css}'
    )


def _lines(head: Head) -> list[str]:
    return wrapped(head.label, 8 if head.apart else 17)


def _longest(head: Head) -> int:
    return max(map(len, _lines(head)))


def _head_height(columns: Sequence[Head]) -> float:
    longest = max(map(_longest, columns), default=0)
    return round((longest * CHAR_W + LINE) * _SLANT + 24 + (SIGN if any(c.folds for c in columns) else 0))


def _xs(columns: Sequence[Head], left: float) -> tuple[Mapping[str, float], float]:
    """Where columns begin, and the room to the right for the slanted names of the last ones."""
    xs: dict[str, float] = {}
    x = left + 2.0
    for column in columns:
        x += GROUP_GAP if column.apart and xs else 0
        xs[column.id] = x
        x += SIDE + GAP
    reach = [
        (_longest(column) * CHAR_W + LINE) * _SLANT - (place + 0.5) * (SIDE + GAP) + 14
        for place, column in enumerate(reversed(columns))
    ]
    return xs, round(max(2.0, *reach)) if reach else 2


def _ys(shown: EvidenceMap, top: float) -> tuple[Mapping[str, float], float]:
    """Where rows begin, with room below those that have papers beside their studies; and where the last one ends."""
    with_papers = {row for row, _ in shown.papers or ()}
    ys: dict[str, float] = {}
    y = top
    for row in shown.rows:
        y += GROUP_GAP if row.apart and ys else 0
        ys[row.id] = y
        y += SIDE + GAP + (STRIP if row.id in with_papers else 0)
    return ys, y


def _column(column: Head, x: float, head: float, signs: int, links: Links) -> str:
    lines = _lines(column)
    spans = "".join(
        f'<tspan x="0" y="{(at - len(lines) + 1) * LINE}">{escape(line)}</tspan>'
        for at, line in enumerate(lines)
    )
    middle = x + SIDE / 2
    place = f"translate({middle + 4 * len(lines):.0f} {head - 8 - signs:.0f}) rotate(-45)"
    text = f'<text class="name{" sub" if column.depth else ""}" transform="{place}">{spans}</text>'
    made = _linked(text, links.name(column.id), column.label)
    return made + _sign(column, middle - SIGN / 2, head - SIGN - 2, links)


def _row(row: Head, y: float, links: Links) -> str:
    lines = wrapped(row.label, 20)
    top = y + SIDE / 2 + 4.5 - (len(lines) - 1) * 8
    spans = "".join(
        f'<tspan x="{NAMES_W - SIGN - 8}" y="{top + at * 16:.1f}">{escape(line)}</tspan>'
        for at, line in enumerate(lines)
    )
    text = f'<text class="name{" sub" if row.depth else ""}" text-anchor="end">{spans}</text>'
    made = _linked(text, links.name(row.id), row.label)
    return made + _sign(row, NAMES_W - SIGN - 3, y + (SIDE - SIGN) / 2, links)


def _sign(head: Head, x: float, y: float, links: Links) -> str:
    """A plus that unfolds, a minus that folds."""
    href = links.fold(head) if head.folds else None
    if href is None:
        return ""
    upright = "" if head.unfolded else f"M{x + SIGN / 2:.1f} {y + 7:.1f}v{SIGN - 14}"
    path = f"M{x + 7:.1f} {y + SIGN / 2:.1f}h{SIGN - 14}{upright}"
    words = f"{head.label}: {'fold' if head.unfolded else 'unfold'}"
    box = f'<rect class="sign" x="{x:.1f}" y="{y:.1f}" width="{SIGN}" height="{SIGN}" rx="5"/>'
    return _linked(f'{box}<path class="stroke" d="{path}"/>', href, words)


def _empty(pair: str, x: float, y: float) -> str:
    inside, words = _empty_tile(x, y, False)
    return f'<g role="img" aria-label="{escape(f"{pair}: {words}")}">{inside}</g>'


def _empty_tile(x: float, y: float, chosen: bool) -> tuple[str, str]:
    """The picture and words of a pair without studies."""
    box = f'x="{x:.0f}" y="{y:.0f}" width="{SIDE}" height="{SIDE}" rx="6"'
    mark = f'<rect class="chosen" {box}/>' if chosen else ""
    dot = f'<text class="dot" x="{x + SIDE / 2:.0f}" y="{y + SIDE / 2 + 5:.0f}">·</text>'
    return f'<rect class="t0" {box}/>{dot}{mark}', EMPTY_WORDS


def _strip(found: PaperTally, x: float, y: float, evidence: Sequence[str]) -> str:
    """The papers beside the studies of a pair, below its tile: in people, in animals, in the laboratory; ? where nothing tells."""
    numbers = [
        (getattr(found, name), place)
        for place, name in enumerate(PAPER_KINDS)
        if not evidence or name in evidence
    ]
    if not any(n for n, _ in numbers):
        return f'<text class="pp" x="{x + SIDE / 2:.0f}" y="{y + STRIP - 3:.0f}">?</text>'
    return "".join(
        f'<text class="pp{" long" if n > 99 else ""}{" none" if not n else ""}" x="{x + SIDE * (2 * place + 1) / 6:.0f}" '
        f'y="{y + STRIP - 3:.0f}">{n if n < 1000 else f"{n // 1000}k"}</text>'
        for n, place in numbers
    )


def paper_places(evidence: Sequence[str] = ()) -> str:
    """What the numbers below a tile are, from left to right.

    >>> paper_places(), paper_places(["human"])
    ('in people, in animals, in the laboratory', 'in people')
    """
    return ", ".join(words for name, words in PAPER_KINDS.items() if not evidence or name in evidence)


def paper_key(evidence: Sequence[str] = ()) -> tuple[str, str]:
    """(picture, words) for the legend."""
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map key" width="{SIDE}" height="{STRIP + 12}" '
        f'viewBox="0 0 {SIDE} {STRIP + 12}" aria-hidden="true"><rect class="t3" width="{SIDE}" height="12" rx="4"/>'
        f"{_strip(PaperTally(papers=6, human=3, animal=2, laboratory=1), 0, 12, evidence)}</svg>"
    )
    return picture, f"below a tile: papers beside the studies, {paper_places(evidence)}"


def _tile(tally: Tally, x: float, y: float, cap: int, chosen: bool) -> tuple[str, str]:
    """The picture and words of a pair with studies."""
    best = tally.best
    box = f'x="{x:.0f}" y="{y:.0f}" width="{SIDE}" height="{SIDE}" rx="6"'
    unsaid = " unsaid" if best == DESIGNS[0] else ""
    middle, base = x + SIDE / 2, y + SIDE / 2
    radius = bubble_radius(tally.studies, cap)
    cut = " cut" if tally.studies > cap else ""
    number = f"{tally.studies:,}"
    parts = [
        f'<rect class="tile t{_SHADES[best]}{unsaid}" {box}/>',
        f'<circle class="bubble{cut}" cx="{middle:.0f}" cy="{base:.0f}" r="{radius:.1f}"/>',
        f'<text class="m{" long" if len(number) > 3 else ""}" x="{middle:.0f}" y="{base + 4.5:.1f}">{number}</text>',
        _letter(best, x, y, SIDE),
        _tick(x + SIDE - 8, y + 8) if tally.with_results else "",
        _clock(x + SIDE - 8, y + SIDE - 8) if tally.overdue else "",
        f'<rect class="chosen" {box}/>' if chosen else "",
    ]
    return "".join(parts), tally_words(tally)


def _tick(x: float, y: float) -> str:
    return f'<path class="mark" d="M{x - 4:.0f} {y:.0f}l3 3l5-6"/>'


def _clock(x: float, y: float) -> str:
    return f'<path class="mark" d="M{x - 5:.0f} {y:.0f}a5 5 0 1 0 10 0a5 5 0 1 0-10 0M{x:.0f} {y - 3:.0f}v3h2.5"/>'


def _linked(inside: str, href: str | None, words: str, chosen: bool = False) -> str:
    said = escape(words)
    if href is None:
        return f'<g role="img" aria-label="{said}">{inside}</g>'
    current = ' aria-current="true"' if chosen else ""
    return f'<a href="{escape(href)}" aria-label="{said}"{current}><title>{said}</title>{inside}</a>'
