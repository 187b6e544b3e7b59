"""One study's page: its facts, the quotes behind its tags, and its posted results by group."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from markupsafe import Markup, escape

from skinproof.faces.site.gaps_page import GapView, gap_view
from skinproof.faces.site.safe import pubmed_link, visible, web_link
from skinproof.model.findings import Preparation
from skinproof.model.summary import EditionStamp
from skinproof.views.answers import TagGroup
from skinproof.views.gaps import preparation_gaps
from skinproof.views.judged import told
from skinproof.views.preparations import Cell, PreparationLine
from skinproof.views.results import HarmRow, Measure
from skinproof.views.study_page import StudyPage, study_page
from skinproof.views.words import SHOWN_ROLES, lower_first
from skinproof.vocabulary.term import Vocabulary
from skinproof.workflows.site import Study

MENTIONS_SHOWN = 5
"""Quotes of one tag shown at once; the others stand behind a button."""

_P = "protocolSection."
SUMMARY = f"{_P}descriptionModule.briefSummary"
DESCRIPTION = f"{_P}descriptionModule.detailedDescription"
CRITERIA = f"{_P}eligibilityModule.eligibilityCriteria"

KINDS = {
    "agent": "Agents",
    "indication": "Complaints and conditions",
    "cutaneous": "About skin, hair or nails",
    "aesthetic": "About appearance",
    "procedure": "Procedures",
    "process": "Processes",
}

SOURCES = {
    "ctgov": "ClinicalTrials.gov record",
    "ctgov_csv": "row of a ClinicalTrials.gov table download",
    "snapshot": "facts that ship with skinproof, restated in our words",
}


class Grid(msgspec.Struct, frozen=True):
    """A table of posted values: one row per thing, one column per group; empty cells were not posted."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def study_context(
    study: Study, vocabulary: Vocabulary, stamp: EditionStamp, hrefs: Mapping[str, str]
) -> dict[str, Any]:
    """What the page of one study prints. hrefs: pages of papers, by record id."""
    page = study_page(
        study.summary,
        study.record,
        vocabulary,
        stamp,
        tags=study.tags.tags,
        calls=study.tags.calls,
        preparations=study.preparations,
        judged=study.judged,
        removed=study.removed,
    )
    results = page.results
    return {
        "page": page,
        "source": SOURCES.get(page.version.source, page.version.source),
        "summary": _text(page.summary, SUMMARY, page.tags),
        "description": _text(page.detailed_description, DESCRIPTION, page.tags),
        "criteria": CRITERIA,
        "sections": [_section(section, page) for section in page.sections],
        "missing": [fact.label for section in page.sections for fact in section.facts if not fact.reported],
        "kinds": kinds_of(page.tags),
        "preparations": [
            (line, *_cells(line), _scored(preparation))
            for line, preparation in zip(page.preparations, study.preparations, strict=True)
        ],
        "mentions_shown": MENTIONS_SHOWN,
        "judged": [(row, told(row)) for row in page.judged],
        "said": {(row.kind, row.name, row.product or 0): row for row in page.judged},
        "judging": None,
        "slip": None,
        "may_log_in": False,
        "references": [
            (ref, hrefs.get(f"PMID:{ref.pmid}"), pubmed_link(ref.pmid)) for ref in page.references
        ],
        "links": [(link.label, web_link(link.url), link.url) for link in page.links],
        "suggestions": [row for row in study.issues if row.kind == "suggestion"],
        "issues": [row for row in study.issues if row.kind != "suggestion"],
        "flow": _grid((r.group, f"{r.period}: {r.what}", r.people) for r in results.flow)
        if results
        else None,
        "baseline": [(m, measure_grid(m)) for m in results.baseline] if results else [],
        "outcomes": [(m, measure_grid(m)) for m in results.outcomes] if results else [],
        "harms": _harm_grids(results.harms) if results else [],
    }


def _cells(line: PreparationLine) -> tuple[list[Cell], list[str], list[str]]:
    """Cells with values, and the labels of those that are not reported and of those that do not apply."""
    told = [cell for cell in line.cells if cell.values]
    silent = [lower_first(cell.label) for cell in line.cells if cell.state == "not_reported"]
    outside = [lower_first(cell.label) for cell in line.cells if cell.state == "not_applicable"]
    return told, silent, outside


def _scored(preparation: Preparation) -> GapView | None:
    """Score, gaps and contradictions of what is given; vesicles that are only measured are not scored."""
    return None if preparation.role == "measured" else gap_view(preparation_gaps(preparation))


def _section(section: Any, page: StudyPage) -> dict[str, Any]:
    """A section whose stated facts are printed; long texts are marked where tags stand in them."""
    facts = []
    for fact in section.facts:
        value: str | Markup | None = fact.value if fact.reported else None
        if fact.reported and fact.label == "Criteria":
            value = _text(fact.value, CRITERIA, page.tags)
        facts.append((fact.label, value))
    return {"title": section.title, "facts": facts}


def kinds_of(groups: Iterable[TagGroup]) -> list[tuple[str, list[TagGroup], list[TagGroup]]]:
    """Tags by what they are about: (heading, what the study does or is about, what is only mentioned)."""
    found: dict[str, tuple[list[TagGroup], list[TagGroup]]] = {}
    for group in groups:
        weak = group.role is not None and group.role not in SHOWN_ROLES
        found.setdefault(group.property, ([], []))[weak].append(group)
    return [(KINDS.get(name, name), *parts) for name, parts in found.items()]


def _text(text: str | None, path: str, groups: Iterable[TagGroup]) -> Markup | None:
    if text is None:
        return None
    spans = [(m.start, m.end) for group in groups for m in group.mentions if m.field == path]
    return marked(text, spans)


def marked(text: str, spans: Iterable[tuple[int, int]]) -> Markup:
    """The text, escaped, with every span inside <mark>; spans that touch or overlap become one.

    Spans that do not lie in the text are left out: a mark must never move.
    """
    parts: list[str] = []
    at = 0
    for start, end in _merged(spans, len(text)):
        parts += [
            str(escape(visible(text[at:start]))),
            "<mark>",
            str(escape(visible(text[start:end]))),
            "</mark>",
        ]
        at = end
    parts.append(str(escape(visible(text[at:]))))
    return Markup("".join(parts))  # noqa: S704 - every piece is escaped above


def _merged(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if 0 <= span[0] < span[1] <= length):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def measure_grid(measure: Measure) -> Grid:
    """Values of one measure by group. How many were analysed stands in the head where it is one number."""
    analysed: dict[str, set[str]] = {}
    for row in measure.values:
        analysed.setdefault(row.group, set()).add(row.analysed)
    heads = {g: f"{g} (n = {next(iter(n))})" if len(n) == 1 else g for g, n in analysed.items()}
    return _grid(
        (
            heads[row.group],
            row.what or "Value",
            row.value if len(analysed[row.group]) == 1 else f"{row.value} (n = {row.analysed})",
        )
        for row in measure.values
    )


def _grid(cells: Iterable[tuple[str, str, str]]) -> Grid:
    """(group, thing, value) triples as a table; a second value of the same group and thing gets its own row."""
    columns: dict[str, int] = {}
    rows: dict[tuple[str, int], dict[str, str]] = {}
    for group, thing, value in cells:
        columns.setdefault(group, len(columns))
        again = 0
        while group in rows.setdefault((thing, again), {}):
            again += 1
        rows[thing, again][group] = value
    order = tuple(columns)
    return Grid(order, tuple((key[0], tuple(row.get(c, "") for c in order)) for key, row in rows.items()))


def _harm_grids(rows: Sequence[HarmRow]) -> list[tuple[str, Grid]]:
    grids = []
    for kind, label in (("serious", "Serious adverse events"), ("other", "Other adverse events")):
        found = [row for row in rows if row.seriousness == kind]
        if found:
            grids.append((label, _grid((r.group, f"{r.term} ({r.organ_system})", r.affected) for r in found)))
    return grids
