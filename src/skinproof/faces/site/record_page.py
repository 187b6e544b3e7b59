"""The record of one study on a server: the study in time, its versions and what changed, and its words with what was read in them."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from markupsafe import Markup

from skinproof.faces.site.names import anchor
from skinproof.model.findings import Preparation
from skinproof.model.summary import EditionStamp
from skinproof.model.tags import Tag
from skinproof.studies.documents import study_text
from skinproof.views.answers import field_words
from skinproof.views.changes import change_words
from skinproof.views.clock_lines import clock_lines, stamp_day
from skinproof.views.study_page import registry_link
from skinproof.views.svg_timeline import draw_timeline, moments
from skinproof.views.words import title_of
from skinproof.workflows.changes import StudyHistory
from skinproof.workflows.site import Study

CHANGES_SHOWN = 40
"""Changes of one version that are listed; the command has all."""


class Piece(NamedTuple):
    """A piece of a text. marked: something was read in it; anchors: of the quotes that begin here."""

    text: str
    marked: bool
    anchors: tuple[str, ...]


def record_context(study: Study, stamp: EditionStamp, history: StudyHistory) -> dict[str, Any]:
    """What the page prints."""
    day = stamp_day(stamp)
    clocks = clock_lines(study.record, day) if day else ()
    shown = moments(
        study.record, clocks, [s.version.registry_date for s in history.steps if s.version.registry_date]
    )
    return {
        "record_id": study.summary.record_id,
        "title": title_of(study.summary),
        "registry_url": registry_link(study.summary.record_id),
        "timeline": Markup(draw_timeline(shown, day.isoformat() if day else None)),  # noqa: S704
        "moments": shown,
        "history": history,
        "steps": [
            (step, [(change, change_words(change)) for change in step.changes[:CHANGES_SHOWN]], len(step.changes) - CHANGES_SHOWN)
            for step in history.steps
        ],
        "fields": _fields(study),
    }  # fmt: skip


def _fields(study: Study) -> list[tuple[str, list[Piece]]]:
    """Every text of the record, with what was read in it."""
    places: dict[str, list[tuple[int, int]]] = {}
    for field, start, end in (*_tagged(study.tags.tags), *_found(study.preparations)):
        places.setdefault(field, []).append((start, end))
    return [
        (field_words(field.path), pieces(field.path, field.text, places.get(field.path, ())))
        for field in study_text(study.record).fields
    ]


def _tagged(tags: Iterable[Tag]) -> Iterable[tuple[str, int, int]]:
    return ((tag.field, tag.start, tag.end) for tag in tags)


def _found(preparations: Iterable[Preparation]) -> Iterable[tuple[str, int, int]]:
    return (
        (span.field, span.start, span.end)
        for preparation in preparations
        for finding in preparation.findings
        for reading in finding.readings
        for span in reading.spans
    )


def pieces(path: str, text: str, places: Iterable[tuple[int, int]]) -> list[Piece]:
    """A text cut where quotes begin and end; quotes may overlap.

    >>> [(p.text, p.marked) for p in pieces("a", "an exosome trial", [(3, 10)])]
    [('an ', False), ('exosome', True), (' trial', False)]
    """
    held = sorted({(start, end) for start, end in places if 0 <= start < end <= len(text)})
    cuts = sorted({0, len(text), *(at for place in held for at in place)})
    made = []
    for start, end in pairwise(cuts):
        marked = any(first <= start and end <= last for first, last in held)
        begins = (anchor(path, start),) if any(first == start for first, _ in held) else ()
        made.append(Piece(text[start:end], marked, begins))
    return made
