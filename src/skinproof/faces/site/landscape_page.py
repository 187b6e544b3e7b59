"""The page of doses: a picture and its table for vesicles, for vesicles on skin, and for every other class."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from markupsafe import Markup

from skinproof.model.preparations import PreparationRow
from skinproof.model.summary import EditionStamp
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.amounts import number_words
from skinproof.views.doses import DosePoint
from skinproof.views.gapmap import GIVEN
from skinproof.views.landscape import ALL, Group, Landscape, Spread, axis_words, landscape, silent_groups
from skinproof.views.preparations import with_roles
from skinproof.views.stamp import caveats, stamp_line
from skinproof.views.svg_landscape import draw_landscape, picture_of
from skinproof.views.words import AGENT_CLASS_LABELS, lower_first, plural
from skinproof.vocabulary.term import Vocabulary

DRAWN = 1500
"""Points of a picture that stand in the page; a fuller picture stands in its own file only."""


SILENT_NAMED = 12
"""Routes without any dose that the sentence above a picture names; the table below it holds all."""


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the page: which preparations, and their landscape."""

    id: str
    title: str
    found: Landscape


def scenes(rows: Sequence[PreparationRow], vocabulary: Vocabulary, stamp: EditionStamp) -> tuple[Scene, ...]:
    """Vesicles, vesicles in studies about skin, then every other class that is given."""
    given = with_roles(rows, GIVEN)
    vesicles = [row for row in given if row.preparation.agent_class == "ev"]
    parts = [
        ("ev", AGENT_CLASS_LABELS["ev"], vesicles),
        ("ev-skin", "Extracellular vesicles, studies about skin only", [r for r in vesicles if r.study.cutaneous == "yes"]),
        *(
            (name.replace("_", "-"), AGENT_CLASS_LABELS[name], [r for r in given if r.preparation.agent_class == name])
            for name in AGENT_CLASSES
            if name != "ev"
        ),
    ]  # fmt: skip
    return tuple(
        Scene(id=name, title=title, found=landscape(found, vocabulary, stamp))
        for name, title, found in parts
        if found
    )


def picture_name(scene: Scene) -> str:
    """The file of the picture alone."""
    return f"doses-{scene.id}.svg"


def picture_file(scene: Scene) -> str:
    """The picture alone, with its colours, key, notes and edition inside."""
    found = scene.found
    title = f"Doses in registered studies: {lower_first(scene.title)}"
    caption = [title, *found.notes, stamp_line(found.stamp), *caveats(found.stamp)]
    return draw_landscape(picture_of(found, title, caption=caption), style=True) + "\n"


def landscape_context(
    found: Iterable[Scene], hrefs: Mapping[str, str], stamp: EditionStamp, most: int | None = None
) -> dict[str, Any]:
    """What the page prints; hrefs: pages of the listed studies, by id; most: points of a picture that stands in the page,
    DRAWN by default."""
    parts = [_part(scene, hrefs, DRAWN if most is None else most) for scene in found]
    contents = [(f"#{part['id']}", part["title"], False) for part in parts]
    return {"parts": parts, "contents": contents, "caveats": caveats(stamp)}


def _part(scene: Scene, hrefs: Mapping[str, str], most: int) -> dict[str, Any]:
    found = scene.found
    whole = _whole(found)

    def href(point: DosePoint) -> str | None:
        page = hrefs.get(point.record_id)
        return f"{page}#given" if page else None

    picture = picture_of(found, f"Doses in registered studies: {lower_first(scene.title)}", href=href)
    drawn = 0 < len(found.points) <= most
    return {
        "id": scene.id,
        "title": scene.title,
        "words": _words(whole),
        "silent": _silent_words(found),
        "svg": picture_name(scene),
        "n_points": len(found.points),
        "wide": _svg(draw_landscape(picture, name=f"w-{scene.id}")) if drawn else None,
        "narrow": _svg(draw_landscape(picture, narrow=True, name=f"n-{scene.id}")) if drawn else None,
        "spreads": [_spread(s, found) for s in _in_axes(found) if s.indication == ALL],
        "by_complaint": [
            _spread(s, found) for s in _in_axes(found) if s.indication != ALL and s.route != ALL
        ],
        "groups": [_group(g, found) for g in found.groups if g.indication == ALL and g.studies],
    }


def _whole(found: Landscape) -> Group:
    """The group of all routes and complaints; a part has one class of agent."""
    return next(g for g in found.groups if (g.indication, g.route) == (ALL, ALL))


def _words(whole: Group) -> str:
    if not whole.studies:
        return "No study is asked for a dose here."
    words = f"{plural(whole.studies, 'study', 'studies')}. {whole.reported:,} "
    words += "states a dose" if whole.reported == 1 else "state a dose"
    parts = []
    if whole.not_reported:
        parts.append(f"{whole.not_reported:,} {'does' if whole.not_reported == 1 else 'do'} not")
    if whole.relative:
        parts.append(
            f"{whole.relative:,} {'names' if whole.relative == 1 else 'name'} levels without an amount"
        )
    if whole.unclear:
        parts.append(f"{whole.unclear:,} can be read in more than one way")
    return f"{words}{'; ' if parts else ''}{', '.join(parts)}."


def _silent_words(found: Landscape) -> str:
    """The routes by which no study states a dose, in one sentence; empty where there are none."""
    silent = silent_groups(found)
    if not silent:
        return ""
    named = [
        f"{found.routes[group.route]} ({plural(group.studies, 'study', 'studies')})"
        for group in silent[:SILENT_NAMED]
    ]
    if len(silent) > SILENT_NAMED:
        named.append(f"{len(silent) - SILENT_NAMED} more below")
    return f"No study states a dose in any unit for: {', '.join(named)}."


def _in_axes(found: Landscape) -> list[Spread]:
    routes, branches = list(found.routes), list(found.indications)
    return sorted(
        found.spreads,
        key=lambda s: (found.axes.index((s.kind, s.per)), branches.index(s.indication), s.route != ALL, routes.index(s.route)),
    )  # fmt: skip


def _spread(s: Spread, found: Landscape) -> dict[str, str]:
    group = found.group(s.agent_class, s.indication, s.route)
    span = "none clear"
    if s.low is not None and s.high is not None:
        span = number_words(s.low) + ("" if s.low == s.high else f" to {number_words(s.high)}")
    return {
        "axis": axis_words(s.kind, s.per),
        "complaint": found.indications[s.indication],
        "route": found.routes[s.route],
        "n": f"{s.n_points:,}" + (f" (+{s.n_unclear} unclear)" if s.n_unclear else ""),
        "studies": f"{s.n_studies:,}",
        "median": "-" if s.median is None else number_words(s.median),
        "span": span,
        "missing": _missing(group),
    }


def _group(group: Group, found: Landscape) -> dict[str, str]:
    return {
        "route": found.routes[group.route],
        "studies": f"{group.studies:,}",
        "reported": f"{group.reported:,}",
        "unclear": f"{group.unclear:,}",
        "relative": f"{group.relative:,}",
        "missing": _missing(group),
    }


def _missing(group: Group) -> str:
    if group.share_not_reported is None:
        return "not asked"
    return f"{group.share_not_reported:.0%} of {group.studies:,}"


def _svg(text: str) -> Markup:
    """Pictures are drawn by `svg_landscape`, which escapes every word itself."""
    return Markup(text)  # noqa: S704
