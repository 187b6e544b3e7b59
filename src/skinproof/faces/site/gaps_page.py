"""The page of gaps: which items vesicle preparations leave out most, and for each preparation what is missing."""

from collections.abc import Container, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

import msgspec

from skinproof.appraisal.items import REQUIREMENTS, load_items
from skinproof.appraisal.reporting import Gap, ItemCount
from skinproof.faces.site.preparation_pages import Bar
from skinproof.faces.site.safe import file_stem
from skinproof.model.findings import Span
from skinproof.model.preparations import PreparationRow
from skinproof.model.summary import EditionStamp
from skinproof.views.answers import field_words
from skinproof.views.gapmap import GIVEN
from skinproof.views.gaps import (
    CLASH_WORDS,
    REQUIREMENT_WORDS,
    GapReport,
    PreparationGaps,
    gap_report,
    score_words,
)
from skinproof.views.preparations import with_roles
from skinproof.views.stamp import caveats
from skinproof.views.text import cut
from skinproof.views.words import plural

PREPARATIONS_SHOWN = 500
"""Preparations whose gaps the page lists; the table file beside it holds all."""

QUOTE_SHOWN, QUOTES_SHOWN = 240, 3


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """A contradiction in words; quotes: (words, where they stand)."""

    label: str
    message: str
    quotes: tuple[tuple[str, str], ...]
    preset: str


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """An item of which something is said. missing: what is still to be said, "" where nothing is."""

    label: str
    missing: str
    quotes: tuple[tuple[str, str], ...]


class GapView(msgspec.Struct, frozen=True, kw_only=True):
    """One preparation. told, partly: items with words; missing: (how strongly asked, items); clashes: what to look at."""

    number: int
    name: str
    agent: str
    role: str
    role_words: str
    score: str
    told: tuple[Part, ...]
    partly: tuple[Part, ...]
    missing: tuple[tuple[str, str], ...]
    clashes: tuple[Clash, ...]


def vesicle_report(rows: Iterable[PreparationRow], stamp: EditionStamp) -> GapReport:
    """The gaps of every vesicle preparation that is given, study by study, in the order of their ids."""
    found = [row for row in with_roles(rows, GIVEN) if row.preparation.agent_class == "ev"]
    found.sort(key=lambda row: (row.study.record_id, row.preparation.number))
    return gap_report(found, stamp)


def gaps_context(report: GapReport, hrefs: Mapping[str, str], partial: Container[str]) -> dict[str, Any]:
    """What the page prints; hrefs: pages of the listed studies, by id; partial: ids known from a partial record."""
    listed = [(study, one) for study in report.studies for one in study.preparations]
    shown: list[dict[str, Any]] = [
        {
            "record_id": study.record_id,
            "anchor": f"g-{file_stem(study.record_id)}-{one.number}",
            "title": study.title,
            "href": hrefs.get(study.record_id),
            "partial": study.record_id in partial,
            "view": gap_view(one),
        }
        for study, one in listed[:PREPARATIONS_SHOWN]
    ]
    return {
        "answer": _answer(report, [one for _, one in listed]),
        "caveats": caveats(report.stamp),
        "items": _items(report.items),
        "shown": shown,
        "left_out": len(listed) - len(shown),
        "clashing": [one for one in shown if one["view"].clashes],
    }


def _answer(report: GapReport, listed: Sequence[PreparationGaps]) -> str:
    shares = sorted(one.score.share for one in listed if one.score.share is not None)
    if not shares:
        return "None of the studies held here gives extracellular vesicles."
    never = [item for item in report.items if item.n_applicable and item.n_reported == 0]
    words = (
        f"{plural(report.n_preparations, 'vesicle preparation')} in {plural(report.n_studies, 'registered study', 'registered studies')}. "
        f"The median record reports {median(shares):.0%} of the items that apply to it (range {shares[0]:.0%} to {shares[-1]:.0%})."
    )  # fmt: skip
    if never:
        words += f" {plural(len(never), 'item is', 'items are')} reported by none."
    return words


def _items(items: Iterable[ItemCount]) -> list[dict[str, Any]]:
    """Items that apply to any, least often reported first, then as strongly as they are asked for."""
    asks = {item.id: item.asks for item in load_items().items}
    asked = [item for item in items if item.n_applicable]
    asked.sort(key=lambda i: (i.n_reported / i.n_applicable, REQUIREMENTS.index(i.requirement)))
    return [
        {
            "label": item.label,
            "asked": REQUIREMENT_WORDS[item.requirement],
            "asks": asks[item.id],
            "bar": _bar(item),
        }
        for item in asked
    ]


def _bar(item: ItemCount) -> Bar:
    told = round(100 * item.n_reported / item.n_applicable)
    unclear = round(100 * item.n_unclear / item.n_applicable)
    extra = f", {item.n_unclear:,} unclear" if item.n_unclear else ""
    return Bar(
        told=told,
        open=min(unclear, 100 - told),
        words=f"{item.n_reported:,} of {item.n_applicable:,}{extra}",
        title=f"{item.label}: {told}% report it",
    )


def gap_view(one: PreparationGaps) -> GapView:
    """Score, gaps and contradictions of one preparation as pages print them."""
    open_items = [gap for gap in one.gaps if not gap.already]
    missing = {
        REQUIREMENT_WORDS[name]: "; ".join(_label(gap) for gap in open_items if gap.requirement == name)
        for name in REQUIREMENTS
    }
    return GapView(
        number=one.number,
        name=one.name,
        agent=one.agent,
        role=one.role,
        role_words=one.role_words,
        score=score_words(one.score),
        told=tuple(
            Part(label=item.label, missing="", quotes=_quotes(item.spans))
            for item in one.score.items
            if item.state == "reported"
        ),
        partly=tuple(
            Part(label=gap.label, missing=_missing(gap), quotes=_quotes(gap.already))
            for gap in one.gaps
            if gap.already
        ),
        missing=tuple((words, labels) for words, labels in missing.items() if labels),
        clashes=tuple(
            Clash(label=CLASH_WORDS.get(c.kind, c.kind), message=c.message, quotes=_quotes(c.spans), preset=c.preset)
            for c in one.contradictions
        ),
    )  # fmt: skip


def _label(gap: Gap) -> str:
    return f"{gap.label} (unclear)" if gap.state == "unclear" else gap.label


def _missing(gap: Gap) -> str:
    words = ", ".join(gap.missing) or gap.asks
    return f"unclear: {words}" if gap.state == "unclear" else words


def _quotes(spans: Iterable[Span]) -> tuple[tuple[str, str], ...]:
    found = dict.fromkeys((cut(span.quote, QUOTE_SHOWN), field_words(span.field)) for span in spans)
    return tuple(found)[:QUOTES_SHOWN]
