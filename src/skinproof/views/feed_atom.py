"""Changes as an Atom feed: one entry a study, with an id that stays the same however often the feed is written.

Source: RFC 4287 (Atom), RFC 9562 (UUIDs from names).
"""

import uuid
import xml.etree.ElementTree as ET
from collections.abc import Iterable

from skinproof.views.changes import (
    CAUSES,
    CONCLUSIONS,
    ChangeReport,
    Conclusion,
    PaperChange,
    StudyChange,
    change_words,
    event_words,
    headline,
)
from skinproof.views.text import clean, cut

ATOM = "http://www.w3.org/2005/Atom"
SPACE = uuid.UUID("6f2b3f6e-0f0c-5c8e-9a55-7d1d5a3c1f10")
"""Under which the ids are drawn; never to be changed."""

ENTRIES = 500
CHANGES_SHOWN = 40
_REGISTRY = "https://clinicaltrials.gov/study/"
_PUBMED = "https://pubmed.ncbi.nlm.nih.gov/"
_LONGEST = 1500


def atom_feed(report: ChangeReport, title: str = "skinproof: what changed") -> bytes:
    """The feed as UTF-8 XML; the same report gives the same bytes. Text is escaped, cleaned of controls, and bounded."""
    updated = max(
        (_updated(study, report) for study in report.studies), default=_day(report.compared.after_day)
    )
    subtitle = f"{headline(report)} Compared: {report.compared.words}."
    feed = _head(title, subtitle, report.compared.watch or report.compared.by, updated)
    alone = [
        one
        for one in report.conclusions
        if not one.papers and (not one.record_ids or one.cause in ("time", "reading"))
    ]
    for conclusion in alone[:ENTRIES]:
        _conclusion(feed, conclusion, report)
    for study in report.studies[:ENTRIES]:
        _entry(feed, study, report)
    for paper in report.papers[:ENTRIES]:
        _paper(feed, paper, report)
    for event in report.events[:ENTRIES]:
        said = f"{event.record_id} {event_words(event)}"
        _plain(feed, said, said, _id("event", event.record_id, event.kind, event.at), _time(event.at))
    return _bytes(feed)


def empty_feed(title: str = "skinproof: what changed") -> bytes:
    """A feed without entries, of data that hold no day to compare."""
    return _bytes(_head(title, "There is no day to compare with.", "registry", _day("1970-01-01")))


def _head(title: str, subtitle: str, name: str, updated: str) -> ET.Element:
    feed = ET.Element("feed", {"xmlns": ATOM})
    _text(feed, "title", title)
    _text(feed, "subtitle", subtitle)
    _text(feed, "id", _id("feed", name))
    _text(feed, "updated", updated)
    _text(ET.SubElement(feed, "author"), "name", "skinproof")
    _text(feed, "generator", "skinproof")
    return feed


def _bytes(feed: ET.Element) -> bytes:
    ET.indent(feed, " ")
    body = ET.tostring(feed, encoding="unicode").encode("utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + body + b"\n"


def _entry(feed: ET.Element, study: StudyChange, report: ChangeReport) -> None:
    marks = [mark.sha256 if mark else "none" for mark in (study.before, study.after)]
    head = "New: " if study.new else ""
    entry = _plain(
        feed, f"{head}{study.record_id}: {study.title}", "\n".join(_lines(study, report)),
        _id("study", study.record_id, *marks), _updated(study, report),
    )  # fmt: skip
    if len(study.record_id) == 11 and study.record_id.startswith("NCT") and study.record_id[3:].isdecimal():
        ET.SubElement(entry, "link", {"rel": "alternate", "href": _REGISTRY + study.record_id})
    for kind in dict.fromkeys(change.kind for change in study.changes):
        ET.SubElement(entry, "category", {"term": kind})


def _paper(feed: ET.Element, paper: PaperChange, report: ChangeReport) -> None:
    stands = f" [{'; '.join(paper.marks)}]" if paper.marks else ""
    told = [f"{one.kind} {one.study or ''}" for one in paper.news]
    altered = [f"Alters: {_said(one)}" for one in report.conclusions if paper.record_id in one.papers]
    words = [one.words[:1].upper() + one.words[1:] for one in paper.news]
    shown = words[:CHANGES_SHOWN] + (
        [f"and {len(words) - CHANGES_SHOWN} more"] if len(words) > CHANGES_SHOWN else []
    )
    day = paper.published if paper.published and len(paper.published) == 10 else report.compared.after_day
    entry = _plain(
        feed, f"Paper {paper.record_id}: {paper.title}{stands}", "\n".join((*altered, *shown, f"sha256 {paper.sha256}")),
        _id("paper", paper.record_id, paper.sha256, *told), _time(paper.seen) if paper.seen else _day(day),
    )  # fmt: skip
    number = paper.record_id.removeprefix("PMID:")
    if number != paper.record_id and number.isdecimal():
        ET.SubElement(entry, "link", {"rel": "alternate", "href": _PUBMED + number})
    for kind in dict.fromkeys(one.kind for one in paper.news):
        ET.SubElement(entry, "category", {"term": f"paper_{kind}"})


def _lines(study: StudyChange, report: ChangeReport) -> Iterable[str]:
    for kind in study.alters:
        for one in report.conclusions:
            if one.kind == kind and study.record_id in one.record_ids:
                yield f"Alters: {_said(one)}"
    for change in study.changes[:CHANGES_SHOWN]:
        yield change_words(change)
    if len(study.changes) > CHANGES_SHOWN:
        yield f"and {len(study.changes) - CHANGES_SHOWN} more"
    for label, mark in (("before", study.before), ("after", study.after)):
        if mark:
            seen = f", seen {mark.seen[:10]}" if mark.seen else ""
            yield f"{label}: registry date {mark.registry_date or 'not reported'}{seen}, sha256 {mark.sha256}"


def _conclusion(feed: ET.Element, one: Conclusion, report: ChangeReport) -> None:
    """One that no change of a record explains: time passed, or our rules changed."""
    key = _id("conclusion", one.kind, one.about, one.before, one.after)
    _plain(feed, f"{CONCLUSIONS[one.kind]}: {one.about}", _said(one), key, _day(report.compared.after_day))


def _said(one: Conclusion) -> str:
    return f"{one.about}: {one.before} -> {one.after} ({CAUSES[one.cause]})"


def _plain(feed: ET.Element, title: str, content: str, key: str, updated: str) -> ET.Element:
    entry = ET.SubElement(feed, "entry")
    _text(entry, "title", cut(clean(title), 200))
    _text(entry, "id", key)
    _text(entry, "updated", updated)
    body = ET.SubElement(entry, "content", {"type": "text"})
    body.text = "\n".join(cut(clean(line), _LONGEST) for line in content.split("\n"))
    return entry


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = clean(text)


def _id(*parts: str) -> str:
    return uuid.uuid5(SPACE, "\x1f".join(parts)).urn


def _updated(study: StudyChange, report: ChangeReport) -> str:
    """When the version was stored here, else the registry's day of it, else the day that was compared."""
    mark = study.after or study.before
    if mark is not None and mark.seen:
        return _time(mark.seen)
    day = mark.registry_date if mark is not None else None
    return _day(day if day and len(day) == 10 else report.compared.after_day)


def _time(text: str) -> str:
    """An RFC 3339 time; times of the store have their zone."""
    return text if "T" in text and (text.endswith("Z") or "+" in text[10:]) else _day(text[:10])


def _day(text: str) -> str:
    return f"{text[:10]}T00:00:00Z"
