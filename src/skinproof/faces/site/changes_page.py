"""The page of what changed in the last year of registry days, and its feed."""

from collections.abc import Mapping
from typing import Any

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
from skinproof.views.feed_atom import atom_feed, empty_feed
from skinproof.views.links import MARKS
from skinproof.views.paper_changes import NEWS
from skinproof.views.record_changes import KINDS
from skinproof.views.words import plural

PAGE, FEED = "changes.html", "feed.xml"

STUDIES_SHOWN, CONCLUSIONS_SHOWN, CHANGES_SHOWN = 100, 25, 12
"""How many of a group, of a kind of conclusion, and of the changes of one study stand on the page; the command has all."""


def changes_context(report: ChangeReport | None, hrefs: Mapping[str, str]) -> dict[str, Any]:
    """What the page prints. report: None where the edition has no registry day to count from."""
    if report is None:
        return {
            "report": None, "headline": "", "conclusions": [], "events": [], "groups": [], "papers": [], "feed": FEED,
        }  # fmt: skip
    return {
        "report": report,
        "headline": headline(report),
        "feed": FEED,
        "n_events": len(report.events),
        "events": [
            (event.at[:10], event.record_id, hrefs.get(event.record_id), event_words(event))
            for event in reversed(report.events[-STUDIES_SHOWN:])
        ],
        "conclusions": [
            (label, len(found), [_conclusion(one, hrefs) for one in found[:CONCLUSIONS_SHOWN]])
            for kind, label in CONCLUSIONS.items()
            if (found := [one for one in report.conclusions if one.kind == kind])
        ],
        "papers": [
            (kind, label, len(some), [_paper(paper, hrefs) for paper in some[:STUDIES_SHOWN]])
            for kind, label in NEWS.items()
            if (some := [p for p in report.papers if p.news[0].kind == kind])
        ],
        "groups": [
            (kind, label, len(listed), [_study(study, hrefs) for study in listed[:STUDIES_SHOWN]])
            for kind, label in KINDS.items()
            if (listed := [s for s in report.studies if s.changes and s.changes[0].kind == kind])
        ],
    }


def changes_feed(report: ChangeReport | None) -> bytes:
    """The feed; empty of entries where there is nothing to compare."""
    return atom_feed(report) if report is not None else empty_feed()


def _conclusion(one: Conclusion, hrefs: Mapping[str, str]) -> dict[str, Any]:
    ids = one.record_ids[:3]
    return {
        "about": one.about,
        "before": one.before,
        "after": one.after,
        "cause": CAUSES[one.cause],
        "studies": [(record_id, hrefs.get(record_id)) for record_id in ids],
        "more": len(one.record_ids) - len(ids),
    }


def _paper(paper: PaperChange, hrefs: Mapping[str, str]) -> dict[str, Any]:
    shown = paper.news[:CHANGES_SHOWN]
    return {
        "record_id": paper.record_id,
        "title": paper.title,
        "href": hrefs.get(paper.record_id),
        "marks": paper.marks,
        "fallen": MARKS["retracted"] in paper.marks or MARKS["deleted"] in paper.marks,
        "published": paper.published,
        "alters": [CONCLUSIONS[kind] for kind in paper.alters],
        "news": [(one.words, one.study, hrefs.get(one.study or "")) for one in shown],
        "more": len(paper.news) - len(shown),
    }


def _study(study: StudyChange, hrefs: Mapping[str, str]) -> dict[str, Any]:
    shown = study.changes[:CHANGES_SHOWN]
    return {
        "record_id": study.record_id,
        "title": study.title,
        "href": hrefs.get(study.record_id),
        "alters": [CONCLUSIONS[kind] for kind in study.alters],
        "versions": [(name, m) for name, m in (("before", study.before), ("after", study.after)) if m],
        "changes": [(c, change_words(c)) for c in shown],
        "more": plural(len(study.changes) - len(shown), "more change")
        if len(study.changes) > len(shown)
        else "",
    }
