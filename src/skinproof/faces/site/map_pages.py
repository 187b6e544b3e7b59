"""The front page with the map, and a page for every tile that holds studies."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from skinproof.faces.site.names import about_href, cell_href
from skinproof.faces.site.rows import ON_MAP, ListRow
from skinproof.model.summary import EditionStamp
from skinproof.views import svg_map
from skinproof.views.counts import Counts
from skinproof.views.gapmap import OUTSIDE, Cell, GapMap
from skinproof.views.paper_counts import paper_figures
from skinproof.views.stamp import caveats, stamp_line
from skinproof.views.svg_map import draw_map
from skinproof.views.words import NO_STUDIES, NOT_REPORTED, plural

TITLE = "Evidence map: which agent was given for which complaint"


def list_hash(**filters: str) -> str:
    """The part of an address after `#` that sets the filters of the study list."""
    return "&".join(f"{name}={value.replace(':', '%3A')}" for name, value in filters.items())


def picture_of(gap: GapMap) -> svg_map.MapPicture:
    """The map as a picture whose tiles lead to their pages and whose names lead to the page of each agent and complaint."""
    tiles = {
        (cell.row, cell.column): svg_map.Tile(
            studies=cell.numbers.studies,
            participants=cell.numbers.participants,
            words=cell_words(cell),
            href=cell_href(cell.row, cell.column),
        )
        for cell in gap.cells
        if cell.numbers.studies
    }
    return svg_map.MapPicture(
        title=TITLE,
        description="Rows are agents given to people, columns are skin complaints. Each tile with studies is a "
        "link that says how many studies and participants it holds. The same numbers stand in a table below.",
        rows=tuple(
            svg_map.Axis(
                id=axis.id,
                label=axis.label,
                apart=axis.id == "other",
                href=f"studies.html#{list_hash(agent=axis.id, role=ON_MAP)}"
                if axis.id == "other"
                else about_href(axis.id),
            )
            for axis in gap.rows
        ),
        columns=tuple(
            svg_map.Axis(
                id=axis.id,
                label=axis.label,
                apart=axis.apart,
                href=f"studies.html#{list_hash(indication=axis.id)}"
                if axis.id == OUTSIDE
                else about_href(axis.id),
            )
            for axis in gap.columns
        ),
        tiles=tiles,
    )


def map_file(gap: GapMap) -> str:
    """The picture alone, with its key and where it comes from, for a README, a slide or print."""
    caption = (
        "Number and colour: registered studies that give the agent. Ring: participants they state. "
        f"Dot: {NO_STUDIES}, which says nothing of whether something works.",
        f"{stamp_line(gap.stamp)}.",
        *caveats(gap.stamp),
    )
    return draw_map(picture_of(gap), style=True, caption=caption) + "\n"


def cell_words(cell: Cell) -> str:
    """A tile's numbers in words: "8 studies, 300 participants", or that there are none."""
    return (
        svg_map.map_words(cell.numbers.studies, cell.numbers.participants)
        if cell.numbers.studies
        else NO_STUDIES
    )


def index_context(gap: GapMap, counts: Counts, stamp: EditionStamp, n_listed: int) -> dict[str, Any]:
    """What the front page prints."""
    picture = picture_of(gap)
    cap = svg_map.ring_cap(picture)
    names = {axis.id: axis.label for axis in (*gap.rows, *gap.columns)}
    has_papers = any(cell.papers is not None and cell.papers.papers for cell in gap.cells)
    cells = [
        _cell_line(cell, names)
        for cell in gap.cells
        if cell.numbers.studies or (cell.papers is not None and cell.papers.papers)
    ]
    empty = {
        axis.label: [names[c.column] for c in gap.cells if c.row == axis.id and not c.numbers.studies]
        for axis in gap.rows
    }
    rings: list[tuple[Markup, str]] = [
        (_svg(svg_map.draw_ring_key(number, cap)), f"{number:,}") for number in svg_map.ring_steps(cap)
    ]
    if any((tile.participants or 0) > cap for tile in picture.tiles.values()):
        rings.append((_svg(svg_map.draw_ring_key(cap, cap, cut=True)), f"more than {cap:,}"))
    labels = ("none", *svg_map.step_labels())
    return {
        "stamp": stamp,
        "answer": _answer(gap),
        "caveats": caveats(stamp),
        "cards": _cards(counts),
        "count_sentence": counts.sentence,
        "definitions": tuple(counts.definitions.items()),
        "names_svg": _svg(svg_map.draw_row_names(picture)),
        "map_svg": _svg(svg_map.draw_map(picture, labels=False)),
        "colour_keys": [(_svg(svg_map.draw_colour_key(step)), label) for step, label in enumerate(labels)],
        "ring_keys": rings,
        "notes": (*gap.notes, *_unplaced(gap)),
        "cells": cells,
        "papers": has_papers,
        "empty_by_agent": [(agent, ", ".join(branches)) for agent, branches in empty.items() if branches],
        "n_empty": sum(len(branches) for branches in empty.values()),
        "n_listed": n_listed,
    }


def _answer(gap: GapMap) -> str:
    skin = {i for a in gap.columns if not a.apart for i in gap.column_totals[a.id].record_ids}
    given = {i for a in gap.rows if a.id != "other" for i in gap.row_totals[a.id].record_ids}
    pairs = [(a.id, c.id) for a in gap.rows if a.id != "other" for c in gap.columns if not c.apart]
    filled = sum(1 for cell in gap.cells if (cell.row, cell.column) in set(pairs) and cell.numbers.studies)
    return (
        f"{plural(len(skin & given), 'registered study', 'registered studies')} held here "
        f"{'gives' if len(skin & given) == 1 else 'give'} one of these preparations for a skin complaint. "
        f"Of {len(pairs)} pairs of preparation and complaint, {filled} have at least one study; "
        f"for {len(pairs) - filled} there are {NO_STUDIES}."
    )


def _unplaced(gap: GapMap) -> tuple[str, ...]:
    lost = len(gap.unplaced.get("indication", ()))
    if not lost:
        return ()
    return (
        f"{plural(lost, 'study names', 'studies name')} none of the complaints looked for: in no tile, but in the list.",
    )


def _cards(counts: Counts) -> list[dict[str, str]]:
    """The three headline numbers, with what each one counts."""
    made = []
    for scope, label in (("all", "in all"), ("cutaneous", "cutaneous"), ("aesthetic", "aesthetic")):
        roles = [
            f"{name} {counts.count(scope, role).n:,}"
            for role, name in (
                ("given", "given to people"),
                ("carrier", "drug carrier"),
                ("measured", "only measured"),
            )
        ]
        words = "" if scope == "all" else counts.definitions[scope].capitalize() + ". "
        made.append(
            {
                "number": f"{counts.count(scope).n:,}",
                "label": label,
                "words": words + ", ".join(roles).capitalize(),
            }
        )
    return made


def _cell_line(cell: Cell, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "href": cell_href(cell.row, cell.column) if cell.numbers.studies else None,
        "papers": paper_figures(cell.papers),
        "agent": names[cell.row],
        "branch": names[cell.column],
        "studies": f"{cell.numbers.studies:,}",
        "participants": _participants(cell),
        "randomised": f"{cell.numbers.randomised:,}",
        "completed": f"{cell.numbers.completed:,}",
        "with_results": _results(cell),
    }


def _participants(cell: Cell) -> str:
    return NOT_REPORTED if cell.numbers.participants is None else f"{cell.numbers.participants:,}"


def _results(cell: Cell) -> str:
    return (
        NOT_REPORTED
        if cell.numbers.results_unknown == cell.numbers.studies
        else f"{cell.numbers.with_results:,}"
    )


def cell_context(cell: Cell, gap: GapMap, rows: Mapping[str, ListRow]) -> dict[str, Any]:
    """What the page of one tile prints; rows: the listed studies by id."""
    names = {axis.id: axis.label for axis in (*gap.rows, *gap.columns)}
    shown = [rows[record_id] for record_id in cell.numbers.record_ids if record_id in rows]
    left = cell.numbers.studies - len(shown)
    people = _participants(cell)
    if cell.numbers.participants is not None:
        extra = [
            f"{plural(cell.numbers.planned, 'study states', 'studies state')} a planned number"
            if cell.numbers.planned
            else "",
            f"{plural(cell.numbers.without_enrollment, 'study states', 'studies state')} none"
            if cell.numbers.without_enrollment
            else "",
        ]
        people += "".join(f"; {words}" for words in extra if words)
    results = _results(cell)
    if 0 < cell.numbers.results_unknown < cell.numbers.studies:
        results += f"; {plural(cell.numbers.results_unknown, 'record does', 'records do')} not say"
    return {
        "agent": names[cell.row],
        "branch": names[cell.column],
        "words": cell_words(cell)[0].upper() + cell_words(cell)[1:],
        "facts": (
            ("Studies", f"{cell.numbers.studies:,}"),
            ("Participants", people),
            ("Randomised", f"{cell.numbers.randomised:,}"),
            ("Completed", f"{cell.numbers.completed:,}"),
            ("With posted results", results),
        ),
        "rows": shown,
        "left_out": left,
        "caption": f"Studies that give {names[cell.row].lower() if cell.row == 'other' else names[cell.row]} "
        f"in: {names[cell.column]}",
        "hash": list_hash(agent=cell.row, role=ON_MAP, indication=cell.column),
    }


def _svg(text: str) -> Markup:
    """Pictures are drawn by `svg_map`, which escapes every label itself."""
    return Markup(text)  # noqa: S704


def map_places(gap: GapMap, axes: Iterable[str]) -> dict[str, list[str]]:
    """Which rows (or columns) each study stands in, by record id; axes: `gap.row_totals` or `column_totals` ids."""
    found: dict[str, list[str]] = {}
    totals = {**gap.row_totals, **gap.column_totals}
    for axis in axes:
        for record_id in totals[axis].record_ids:
            found.setdefault(record_id, []).append(axis)
    return found
