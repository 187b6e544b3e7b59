"""The page of preparations and the page of doses as a server gives them: filters in the address, a part at a time."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from skinproof.errors import UsageError
from skinproof.faces.site.landscape_page import landscape_context
from skinproof.faces.site.preparation_pages import FILTERS, ShownRow, by_interest, overview, shown_row
from skinproof.faces.site.tables import preparations_csv
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.picking import Box, Option
from skinproof.model.preparations import PreparationRow
from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.words import AGENT_CLASS_LABELS, plural

if TYPE_CHECKING:
    from skinproof.faces.web.asking import Question
    from skinproof.faces.web.live import Live
    from skinproof.faces.web.pages import Found

ROWS = 100
"""Preparations on a page."""

LETTERS = 240_000
"""Letters of the rows of a page: a few records tell so much of each preparation that fewer rows must do."""

OPTIONS = 60
"""Choices of a box, the most frequent ones; words find the rest."""

DRAWN = 300
"""Points of a picture in the page; one with more stands in a file of its own, which the page shows."""

LONGEST_WORDS = 500


class Held(NamedTuple):
    """A preparation and what the filters compare. words: what a search looks through, in lower case."""

    row: PreparationRow
    columns: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    words: str


class Index(NamedTuple):
    """All preparations in the order of the page, and what the page says of all of them."""

    rows: tuple[Held, ...]
    facts: Mapping[str, Any]


def page(live: "Live", asked: "Question") -> "Found":
    """The preparations that meet the filters of the address. Raises: UsageError."""
    from skinproof.faces.web.pages import Found

    offset = asked.number("offset", 0, 0, 100_000_000)
    index = index_of(live, asked)
    found, counts = _chosen(index, asked)
    vocabulary = live.workspace.vocabulary
    shown: list[ShownRow] = []
    letters = 0
    for held in found[offset : offset + ROWS]:
        made = shown_row(held.row, vocabulary, held.columns)
        letters += made.letters
        if letters > LETTERS and shown:
            break
        shown.append(made)
    last = offset + len(shown)
    narrowed = asked.changed(offset=None, as_of=None)
    return Found(
        "preparations.html",
        {
            **index.facts,
            "rows": shown,
            "boxes": _boxes(live, asked, counts),
            "q": asked.one("q") or "",
            "chosen": bool(narrowed),
            "found": plural(len(found), "preparation"),
            "first": offset + 1,
            "last": last,
            "before": asked.changed(offset=max(0, offset - ROWS) or None) if offset else None,
            "after": asked.changed(offset=last) if last < len(found) else None,
            "table": f"preparations.csv?{narrowed}" if narrowed else "preparations.csv",
            "n_found": len(found),
        },
    )


def table(live: "Live", asked: "Question") -> Answer:
    """All preparations that meet the filters, with every quote, as CSV. Raises: UsageError."""
    site = live.site(asked.as_of)
    rows: Sequence[PreparationRow] = site.source.given
    if any(asked.values.get(name) for name in (*FILTERS, "q")):
        rows = [held.row for held in _chosen(index_of(live, asked), asked)[0]]
    body = preparations_csv(rows, live.workspace.vocabulary, site.stamp)
    return Answer(body.encode("utf-8", "backslashreplace"), "text/csv; charset=utf-8")


def doses_page(live: "Live", asked: "Question") -> "Found":
    """The doses of one class of agents: `part`, the first by default. Raises: UsageError for a part that is none."""
    from skinproof.faces.web.pages import Found

    site = live.site(asked.as_of)
    scenes = site.dose_scenes
    name = asked.one("part") or (scenes[0].id if scenes else "")
    part = [scene for scene in scenes if scene.id == name]
    if scenes and not part:
        raise UsageError(f"there is no part {name[:40]!r} (part: {', '.join(s.id for s in scenes)})")
    context = landscape_context(part, site.hrefs, site.stamp, DRAWN)
    contents = [
        ("landscape.html?" + asked.changed(part=scene.id), scene.title, scene.id == name) for scene in scenes
    ]
    return Found("landscape.html", {**context, "contents": contents})


def index_of(live: "Live", asked: "Question") -> Index:
    """Made once for an edition and day."""
    site = live.site(asked.as_of)

    def make() -> Index:
        gap, given, vocabulary = site.source.gap, site.source.given, live.workspace.vocabulary
        columns: dict[str, list[str]] = {}
        for axis in gap.columns:
            for record_id in gap.column_totals[axis.id].record_ids:
                columns.setdefault(record_id, []).append(axis.id)
        held = []
        for row in sorted(given, key=by_interest):
            own = tuple(columns.get(row.study.record_id, ()))
            made = shown_row(row, vocabulary, own)
            line = made.line
            values = {name: tuple(read(made).split(split)) for name, (_, split, read) in FILTERS.items()}
            words = (
                line.record_id,
                line.title,
                line.name,
                line.agent,
                line.about,
                *map(" ".join, values.values()),
            )
            held.append(Held(row, own, values, " ".join(words).casefold()))
        return Index(tuple(held), overview(given, gap.stamp))

    made: Index = live.kept(("given", asked.as_of or ""), make)
    return made


def _chosen(index: Index, asked: "Question") -> tuple[list[Held], dict[str, Counter[str]]]:
    """The rows that meet all filters; and for each box how many rows each choice leaves, the other boxes being as they are."""
    words = (asked.one("q") or "")[:LONGEST_WORDS].casefold().split()
    wanted = {name: frozenset(asked.all(name)) for name in FILTERS}
    counts: dict[str, Counter[str]] = {name: Counter() for name in FILTERS}
    found = []
    for held in index.rows:
        if not all(word in held.words for word in words):
            continue
        missed = [name for name, values in wanted.items() if values and values.isdisjoint(held.values[name])]
        if len(missed) > 1:
            continue
        for name in missed or FILTERS:
            counts[name].update(set(held.values[name]) - {""})
        if not missed:
            found.append(held)
    return found, counts


def _boxes(live: "Live", asked: "Question", counts: Mapping[str, Counter[str]]) -> tuple[Box, ...]:
    gap = live.site(asked.as_of).source.gap
    labels: dict[str, dict[str, str]] = {
        "agent": {name: AGENT_CLASS_LABELS[name] for name in AGENT_CLASSES},
        "indication": {axis.id: axis.label for axis in gap.columns},
    }
    boxes = []
    for name, (label, _, _) in FILTERS.items():
        own = asked.all(name)
        most = [value for value, _ in counts[name].most_common(OPTIONS)]
        known = labels.get(name)
        values = (
            [v for v in known if counts[name][v] or v in own] if known else sorted(most, key=str.casefold)
        )
        values += [v for v in own if v not in values]
        options = (Option(v, (known or {}).get(v, v), v in own, counts[name][v]) for v in values)
        boxes.append(Box(name, label, tuple(options)))
    return tuple(boxes)
