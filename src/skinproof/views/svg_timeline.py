"""A study in time: what happened and is planned, when results are due by each clock, and the versions that are held.

One row for each thing, named at its left; shape and words say what it is, colour only helps. Dates without a day are
bars over all days they can mean.
"""

from collections.abc import Sequence
from datetime import date
from html import escape
from typing import Literal

import msgspec

from skinproof.model.dates import PartialDate
from skinproof.model.record import PartialDateStruct, StudyRecord
from skinproof.model.sections import DateStruct
from skinproof.views.clock_lines import LAWS, ClockLine

WIDTH, NAMES, ROW, TOP = 720, 200, 26, 30
"""Pixels: of the picture, of the names, of a row, and of the years above."""

TIMELINE_CSS = """\
.timeline text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--ink);font-size:13px}
.timeline .year{fill:var(--soft);font-size:12px;text-anchor:middle}
.timeline .name{text-anchor:end}
.timeline .grid{stroke:var(--line)}
.timeline .day{stroke:var(--soft);stroke-dasharray:3 3}
.timeline .happened{fill:var(--link);stroke:var(--link)}
.timeline .planned{fill:var(--panel);stroke:var(--link);stroke-width:2}
.timeline .version{stroke:var(--link);stroke-width:2.5}
.timeline .due{fill:var(--panel);stroke:var(--warn-line);stroke-width:2}
.timeline .overdue{fill:var(--warn-line);stroke:var(--warn-line)}
.timeline .late{stroke:var(--warn-line);stroke-width:5;stroke-opacity:.45}
"""

Kind = Literal["happened", "planned", "due", "overdue", "version"]


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in time. first, last: days it can mean; until: last day of an overrun; words: said to readers."""

    label: str
    kind: Kind
    first: str
    last: str
    words: str
    until: str | None = None


def moments(record: StudyRecord, clocks: Sequence[ClockLine], versions: Sequence[str]) -> tuple[Moment, ...]:
    """What a timeline shows. versions: registry days of the versions held."""
    status = record.protocol_section.status_module
    named: tuple[tuple[str, PartialDateStruct | DateStruct | None], ...] = (
        ("First posted", status.study_first_post_date_struct),
        ("Start", status.start_date_struct),
        ("Primary completion", status.primary_completion_date_struct),
        ("Completion", status.completion_date_struct),
        ("Results posted", status.results_first_post_date_struct),
    )
    found = []
    for label, struct in named:
        span = _span(struct.date) if struct is not None and struct.date else None
        if struct is None or span is None:
            continue
        planned = label in ("Start", "Primary completion", "Completion") and struct.type == "ESTIMATED"
        words = f"{label}: {struct.date}{' (planned)' if planned else ''}"
        kind: Kind = "planned" if planned else "happened"
        found.append(Moment(label=label, kind=kind, first=span[0], last=span[1], words=words))
    for clock in clocks:
        if clock.due is not None:
            late = clock.state == "overdue"
            found.append(
                Moment(
                    label=f"Due: {LAWS[clock.name].removesuffix(' of 12 months')}", kind="overdue" if late else "due",
                    first=clock.due[0], last=clock.due[1], words=clock.words, until=clock.as_of if late else None,
                )
            )  # fmt: skip
    found += [
        Moment(label="Versions held", kind="version", first=span[0], last=span[1], words=f"Version of {day}")
        for day in sorted(set(versions))
        if (span := _span(day)) is not None
    ]
    return tuple(found)


def _span(text: str) -> tuple[str, str] | None:
    try:
        found = PartialDate.parse(text)
    except ValueError:
        return None
    return found.earliest().isoformat(), found.latest().isoformat()


def draw_timeline(shown: Sequence[Moment], on: str | None) -> str:
    """The timeline as one SVG element; "" where nothing has a date. on: the day for which clocks were read."""
    days = [day for one in shown for day in (one.first, one.last, one.until) if day] + ([on] if on else [])
    if not shown:
        return ""
    low, high = date.fromisoformat(min(days)).year, date.fromisoformat(max(days)).year + 1
    start, end = date(low, 1, 1).toordinal(), date(min(high, date.max.year), 1, 1).toordinal()
    room = WIDTH - NAMES - 24

    def x(day: str) -> float:
        return NAMES + 12 + room * (date.fromisoformat(day).toordinal() - start) / max(1, end - start)

    labels = list(dict.fromkeys(one.label for one in shown))
    height = TOP + ROW * len(labels) + 8
    step = max(1, -(-(high - low) // 10))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="timeline" role="img" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" aria-labelledby="timeline-title"><title id="timeline-title">'
        "The study in time; the same dates stand in words below</title>"
    ]
    for year in range(low, high + 1, step):
        at = x(f"{min(year, 9999):04d}-01-01")
        parts.append(
            f'<path class="grid" d="M{at:.1f} {TOP - 6}V{height - 4}"/><text class="year" x="{at:.1f}" y="16">{year}</text>'
        )
    if on:
        parts.append(
            f'<path class="day" d="M{x(on):.1f} {TOP - 6}V{height - 4}"><title>{escape(on)}</title></path>'
        )
    for n, label in enumerate(labels):
        y = TOP + ROW * n + ROW / 2
        parts.append(f'<text class="name" x="{NAMES}" y="{y + 4.5:.1f}">{escape(label)}</text>')
        parts += [
            _mark(one, x(one.first), x(one.last), x(one.until) if one.until else None, y)
            for one in shown
            if one.label == label
        ]
    return "\n".join((*parts, "</svg>"))


def _mark(one: Moment, first: float, last: float, until: float | None, y: float) -> str:
    title = f"<title>{escape(one.words)}</title>"
    if one.kind == "version":
        return f'<path class="version" d="M{first:.1f} {y - 7:.1f}v14">{title}</path>'
    late = f'<path class="late" d="M{last:.1f} {y:.1f}H{until:.1f}"/>' if until is not None else ""
    if one.kind in ("due", "overdue"):
        middle = (first + last) / 2
        half = max(6.0, (last - first) / 2)
        shape = f'<path class="{one.kind}" d="M{middle - half:.1f} {y:.1f}L{middle:.1f} {y - 6:.1f}L{middle + half:.1f} {y:.1f}L{middle:.1f} {y + 6:.1f}Z"/>'
    else:
        shape = f'<rect class="{one.kind}" x="{first - 5:.1f}" y="{y - 5:.1f}" width="{last - first + 10:.1f}" height="10" rx="5"/>'
    return f"<g>{title}{late}{shape}</g>"
