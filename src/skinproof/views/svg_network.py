"""The picture of a network: a disc for every treatment, a line for every two that some study compares.

Area of a disc: people (studies, where people are not all told). Width of a line: studies, with their number on it; broken
where it is one study. Discs stand on a circle in the order of names, so that place says nothing of effects. On small screens,
and where names are many or long, discs have numbers and the names stand below. Plain SVG without script.

Source: Chaimani et al. 2013, doi:10.1371/journal.pone.0076654 (pictures of networks).
"""

from collections.abc import Sequence
from math import cos, hypot, pi, sin

import msgspec

from skinproof.views.network_words import network_lines
from skinproof.views.networked import Networked, Node, Pair
from skinproof.views.print_words import printed
from skinproof.views.svg_plot import caption, heading, open_svg, said, text_at, width_of
from skinproof.views.words import plural

WIDE, NARROW = 760.0, 360.0
LONGEST = 200.0
"""Pixels of a name beside its disc; where one is longer, discs have numbers."""
BOLD = 1.14
"""How much wider than plain text bold text may be, in wide fonts."""
CROWDED = 16
"""Treatments above which names beside the discs would run into each other."""
LABELLED = 40
"""Lines above which their numbers would hide each other."""
THICKEST, THINNEST, A_STUDY = 13.0, 1.4, 3.0
"""Widths of lines: the most, the least, and the most for each study, so that one study never looks like many."""
HALF = 0.4
"""Where on a line its number stands: not in the middle, where lines across the circle meet."""


class _Place(msgspec.Struct, frozen=True):
    x: float
    y: float
    angle: float
    radius: float


def draw_network(
    found: Networked, title: str, *, narrow: bool = False, style: bool = False, dark: bool = True, name: str = "network"
) -> str:  # fmt: skip
    """The picture of who was compared with whom; see `svg_plot.open_svg` for style and dark."""
    width = NARROW if narrow else WIDE
    keyed = narrow or len(found.nodes) > CROWDED or any(width_of(n.name) > LONGEST for n in found.nodes)
    body, y = heading(title, width)
    places, bottom = _places(found, width, y + 8, keyed=keyed)
    labels: list[str] = []
    for pair in found.edges:
        line, label = _edge(found, pair, places)
        body.append(line)
        if len(found.edges) <= LABELLED:
            labels.append(label)
    body += labels
    for number, node in enumerate(found.nodes, 1):
        body += _disc(node, places[node.name], number if keyed else None)
    if keyed:
        listed = [f"{number}. {node.name}: {_told(node)}" for number, node in enumerate(found.nodes, 1)]
        lines, bottom = caption(listed, bottom, width)
        body += lines
    size = "people" if _by_people(found.nodes) else "studies"
    numbered = ", with their number" if len(found.edges) <= LABELLED else ""
    told = (
        f"Disc: {size}. Line: studies that compare the two{numbered}; broken where it is one study. Nothing here says which is"
        " better."
    )
    lines, bottom = caption([told], bottom + 8, width)
    opening = open_svg(
        name, width, bottom + 12, title, " ".join(printed(network_lines(found))), style=style, dark=dark
    )
    return "\n".join([opening, *body, *lines, "</svg>"])


def _by_people(nodes: Sequence[Node]) -> bool:
    return all(node.people is not None for node in nodes)


def _told(node: Node) -> str:
    people = "" if node.people is None else f"{node.people:,} people, "
    return f"{people}{plural(node.studies, 'study', 'studies')}"


def _places(found: Networked, width: float, top: float, *, keyed: bool) -> tuple[dict[str, _Place], float]:
    """Where each disc stands, and where the picture ends below."""
    nodes = found.nodes
    longest = max(max(width_of(node.name) * BOLD, width_of(_told(node), soft=True) * BOLD) for node in nodes)
    largest = 18.0 if keyed else 24.0
    beside = 34.0 if keyed else longest + largest + 22
    ring = min((width - 2 * beside) / 2, 210.0)
    over = 34.0 if keyed else largest + 44
    middle = top + over + ring
    sizes = [float(node.people or 0) if _by_people(nodes) else float(node.studies) for node in nodes]
    most = max(sizes) or 1.0
    places = {}
    for at, (node, size) in enumerate(zip(nodes, sizes, strict=True)):
        angle = -pi / 2 + 2 * pi * at / len(nodes)
        places[node.name] = _Place(
            width / 2 + ring * cos(angle), middle + ring * sin(angle), angle, max(6.0, largest * (size / most) ** 0.5)
        )  # fmt: skip
    return places, middle + ring + over


def _edge(found: Networked, pair: Pair, places: dict[str, _Place]) -> tuple[str, str]:
    """The line of a pair, and its number."""
    one, two = places[pair.treat1], places[pair.treat2]
    count = len(pair.studies)
    most = max(len(p.studies) for p in found.edges)
    widest = THICKEST if len(found.edges) <= LABELLED else THICKEST / 3
    thick = max(THINNEST, min(widest * count / most, A_STUDY * count))
    words = f"{pair.treat1} and {pair.treat2}: {plural(count, 'study', 'studies')}"
    kind = "edge once" if count == 1 else "edge"
    line = (
        f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title>'
        f'<path class="{kind}" stroke-width="{thick:.1f}" d="M{one.x:.1f} {one.y:.1f}L{two.x:.1f} {two.y:.1f}"/></g>'
    )
    if hypot(two.x - one.x, two.y - one.y) < 60:
        return line, ""
    x, y = one.x + HALF * (two.x - one.x), one.y + HALF * (two.y - one.y)
    half = width_of(str(count)) / 2 + 3
    back = (
        f'<rect class="ground" x="{x - half:.1f}" y="{y - 8:.1f}" width="{2 * half:.1f}" height="16" rx="4"/>'
    )
    return line, back + text_at(x, y + 4.5, str(count), "soft middle")


def _disc(node: Node, place: _Place, number: int | None) -> list[str]:
    words = f"{node.name}: {_told(node)}, compared directly with {plural(node.partners, 'treatment')}"
    disc = (
        f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title>'
        f'<circle class="study" cx="{place.x:.1f}" cy="{place.y:.1f}" r="{place.radius:.1f}"/></g>'
    )
    out = place.radius + (9 if number is not None else 10)
    x, y = place.x + out * cos(place.angle), place.y + out * sin(place.angle)
    if number is not None:
        return [disc, text_at(x, y + 4.5, str(number), "head middle")]
    sideways = cos(place.angle)
    side = "" if sideways > 0.2 else "end" if sideways < -0.2 else "middle"
    if side == "middle":
        y += 12 if place.angle > 0 else -14
    return [
        disc,
        text_at(x, y, node.name, f"head {side}".strip()),
        text_at(x, y + 15, _told(node), f"soft {side}".strip()),
    ]
