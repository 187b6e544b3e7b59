"""Changes and histories as text for a terminal or a mail: short, grouped, the most telling first."""

import sys
from collections.abc import Iterable

from skinproof.faces.output import bold
from skinproof.views.change_items import Change
from skinproof.views.changes import (
    CAUSES,
    CONCLUSIONS,
    ChangeReport,
    Mark,
    StudyChange,
    change_words,
    event_words,
    headline,
)
from skinproof.views.paper_changes import NEWS, paper_words
from skinproof.views.record_changes import KINDS
from skinproof.views.stamp import stamp_line
from skinproof.views.text import clean, cut, wrap
from skinproof.views.words import plural
from skinproof.workflows.changes import StudyHistory

STUDIES_SHOWN, LINES_SHOWN, CHANGES_SHOWN, LONGEST = 20, 10, 6, 300
"""How many studies of a group, lines of a list, of the changes of one study, and characters of one change are printed, unless all is asked for."""


def change_lines(report: ChangeReport, width: int, everything: bool = False) -> list[str]:
    """The report. everything: nothing is left out."""
    lines = [bold(headline(report)), *wrap(clean(f"Compared: {report.compared.words}."), width)]
    if report.empty:
        lines += wrap(
            f"{plural(report.n_before, 'study', 'studies')} before, {report.n_after:,} after.", width
        )
    limit, lines_limit = (sys.maxsize, sys.maxsize) if everything else (STUDIES_SHOWN, LINES_SHOWN)
    if report.conclusions:
        lines += ["", bold("What alters a conclusion")]
    for kind, label in CONCLUSIONS.items():
        found = [one for one in report.conclusions if one.kind == kind]
        said = [
            f"{one.about}: {one.before} -> {one.after} ({_why(one.cause, one.record_ids)})" for one in found
        ]
        lines += _group(label, said, width, lines_limit)
    changed = [study for study in report.studies if not study.new]
    for kind, label in KINDS.items():
        if kind == "new":
            lines += _new([study for study in report.studies if study.new], width, limit)
            continue
        first = [study for study in changed if study.changes and study.changes[0].kind == kind]
        lines += _studies(label, first, width, limit, everything)
    for kind, label in NEWS.items():
        some = [paper for paper in report.papers if paper.news[0].kind == kind]
        lines += _group(label, [paper_words(paper) for paper in some], width, limit)
    if report.rules:
        lines += ["", bold("Our rules changed, not the records")]
        for rule in report.rules:
            lines += wrap(clean(rule), width, "  ")
        if not report.readings:
            lines += wrap("No answer about a study whose record stayed came out otherwise.", width, "  ")
    said = [f"{one.record_id} {one.what}: {one.old} -> {one.new}" for one in report.readings]
    lines += _group("Read otherwise by the new rules", said, width, lines_limit)
    said = [f"{event.at[:10]} {event.record_id} {event_words(event)}" for event in report.events]
    lines += _group("Notes from the sources", said, width, lines_limit)
    for note in report.notes:
        lines += ["", *wrap(clean(note), width)]
    return [*lines, "", *wrap(clean(stamp_line(report.stamp)), width)]


def _why(cause: str, record_ids: tuple[str, ...]) -> str:
    if not record_ids:
        return CAUSES[cause]
    shown = ", ".join(record_ids[:3])
    more = f" and {len(record_ids) - 3} more" if len(record_ids) > 3 else ""
    return f"{CAUSES[cause]}: {shown}{more}"


def _group(label: str, said: list[str], width: int, limit: int) -> list[str]:
    if not said:
        return []
    lines = ["", f"{label} ({len(said):,})"]
    for text in said[:limit]:
        lines += _hang(text, width)
    if len(said) > limit:
        lines.append(f"  ... {len(said) - limit:,} more (--all)")
    return lines


def _new(studies: list[StudyChange], width: int, limit: int) -> list[str]:
    said = [f"{s.record_id} {s.title}: {s.changes[0].new}" for s in studies]
    return _group(KINDS["new"], said, width, limit)


def _studies(label: str, studies: list[StudyChange], width: int, limit: int, everything: bool) -> list[str]:
    if not studies:
        return []
    lines = ["", bold(f"{label} ({len(studies):,})")]
    for study in studies[:limit]:
        lines += ["", *wrap(clean(f"{study.record_id}  {study.title}"), width)]
        lines += wrap(clean(_versions(study.before, study.after)), width, "  ")
        lines += _changes(study.changes, width, everything)
    if len(studies) > limit:
        lines += ["", f"  ... {len(studies) - limit:,} more (--all)"]
    return lines


def _changes(changes: Iterable[Change], width: int, everything: bool) -> list[str]:
    found = list(changes)
    shown = found if everything else found[:CHANGES_SHOWN]
    lines = []
    for change in shown:
        words = change_words(change)
        lines += _hang(words if everything else cut(clean(words), LONGEST), width)
    if len(shown) < len(found):
        lines.append(f"    ... {len(found) - len(shown)} more (--all)")
    return lines


def _hang(text: str, width: int) -> list[str]:
    first, *others = wrap(clean(text), width, "    ")
    return [f"  - {first[4:]}", *others]


def _versions(before: Mark | None, after: Mark | None) -> str:
    return " -> ".join(version_words(mark) if mark else "nothing" for mark in (before, after))


def version_words(mark: Mark) -> str:
    """A version in a few words: "2023-01-26, seen 2024-06-01, 1f2e3d4c"."""
    seen = f", seen {mark.seen[:10]}" if mark.seen else ""
    part = "" if mark.completeness == "full" else ", partial record"
    return f"{mark.registry_date or 'no registry date'}{seen}{part}, {mark.sha256[:12]}"


def history_lines(history: StudyHistory, width: int, everything: bool = False) -> list[str]:
    """Every version of one study, the newest first, with what changed in it."""
    lines = [bold(f"{history.record_id}: {plural(history.n_versions, 'version')} held")]
    for step in history.steps:
        again = (
            f" ({plural(step.same, 'later version says', 'later versions say')} the same)"
            if step.same
            else ""
        )
        lines += ["", *wrap(clean(version_words(step.version) + again), width)]
        lines += ["  - the first version held"] if step.first else _changes(step.changes, width, everything)
    for note in history.notes:
        lines += ["", *wrap(clean(note), width)]
    return lines
