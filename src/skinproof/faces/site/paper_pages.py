"""A paper's page, and the part of a study's page that tells which papers and registrations belong to it."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from skinproof.faces.site.names import paper_href
from skinproof.faces.site.safe import doi_link, paper_link, pubmed_link, registry_link
from skinproof.faces.site.study_pages import MENTIONS_SHOWN, kinds_of, marked
from skinproof.judgements.links import is_paper
from skinproof.views.links import LinkRow, evidence_words, marks_of, state_words
from skinproof.views.paper_page import PaperPage
from skinproof.views.study_papers import RETRACTED, StudyPapers
from skinproof.views.words import sentence
from skinproof.workflows.site_papers import PaperSource

AUTHORS_SHOWN = 12

LISTED, STUDIES_SHOWN = 500, 12
"""Papers of the list, and studies named in one of its rows; `skinproof find --papers` finds all."""

SOURCES = {
    "pubmed": "PubMed record", "europepmc": "Europe PMC record", "nbib": "citation file from PubMed",
    "ris": "citation file in RIS",
}  # fmt: skip

SUBJECTS = ("human", "animal", "laboratory", "review", "protocol", "notice", "unclear")
"""Kinds that say what a paper is; the others say how it stands."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One linked record in a list. href: its page here, seen from the top; out: where it stands; out_label: what that is.

    words: one line for each place its id stands.
    """

    record_id: str
    title: str
    href: str | None
    out: str | None
    out_label: str
    retracted: bool
    marks: tuple[str, ...]
    state: str
    relation: str
    reason: str
    words: tuple[str, ...]


def study_papers_context(found: StudyPapers, hrefs: Mapping[str, str]) -> dict[str, Any]:
    """What the study's page prints of papers and registrations. hrefs: pages of studies and papers."""

    def entries(rows: Iterable[LinkRow]) -> list[Entry]:
        return [_entry(row, _other(row, found), hrefs) for row in rows]

    lists = (
        ("reports", "Papers that report it", entries(found.reports)),
        ("background", "Papers its record cites as background: they do not report it", entries(found.background)),
        ("other", "Other papers that belong to it", entries(found.other)),
        ("related", "Registrations it is related to, counted as other studies", entries(found.related)),
        ("waiting", "Waiting for a person: not counted as belonging to it", entries(found.waiting)),
        ("rejected", "Rejected by a person", entries(found.rejected)),
    )  # fmt: skip
    return {
        "registrations": [
            (r, hrefs.get(r.record_id), registry_link(r.record_id), r.record_id == found.record_id)
            for r in found.registrations
        ],
        "joins": entries(found.joins),
        "lists": [part for part in lists if part[2]],
        "nothing": found.nothing,
    }


def paper_context(page: PaperPage, hrefs: Mapping[str, str]) -> dict[str, Any]:
    """What the page of one paper prints."""
    linked = [
        _entry(row, row.to_id if row.from_id == page.record_id else row.from_id, hrefs)
        for row in sorted(page.linked, key=lambda r: (r.state != "linked", r.relation != "report", r.to_id))
    ]
    return {
        "page": page,
        "retracted": any(kind.kind in ("retracted", "deleted") for kind in page.kinds),
        "links": [
            (label, href)
            for label, href in (
                ("PubMed", pubmed_link(page.pmid)),
                ("DOI", doi_link(page.doi)),
                ("PubMed Central", paper_link(page.pmcid.replace("PMC", "PMC:", 1)) if page.pmcid else None),
            )
            if href
        ],
        "source": SOURCES.get(page.source, page.source),
        "authors": ", ".join(page.authors[:AUTHORS_SHOWN]),
        "more_authors": page.authors[AUTHORS_SHOWN:],
        "abstract": [(part.label, marked(part.text, part.marks)) for part in page.abstract],
        "linked": linked,
        "kinds": kinds_of(page.tags),
        "mentions_shown": MENTIONS_SHOWN,
    }


def papers_context(source: PaperSource, hrefs: Mapping[str, str]) -> dict[str, Any]:
    """What the list of papers prints."""
    rows = []
    for paper in source.in_order[:LISTED]:
        marks, studies = marks_of(paper), source.reported.get(paper.record_id, ())
        rows.append({
            "id": paper.record_id, "title": paper.title or "No title", "href": paper_href(paper.record_id), "marks": marks,
            "retracted": RETRACTED in marks, "kinds": [kind for kind in paper.kinds if kind in SUBJECTS], "journal": paper.journal,
            "published": paper.published or paper.published_text, "studies": [(i, hrefs.get(i)) for i in studies[:STUDIES_SHOWN]],
            "more": max(0, len(studies) - STUDIES_SHOWN),
        })  # fmt: skip
    return {"rows": rows, "total": len(source.listed), "reporting": len(source.reported)}


def _other(row: LinkRow, found: StudyPapers) -> str:
    """Which of the two records is not the study's own."""
    if row.relation == "registration" and row.state == "linked":
        return row.from_id if row.to_id == found.record_id else row.to_id
    own = {r.record_id for r in found.registrations}
    return row.from_id if row.to_id in own else row.to_id


def _entry(row: LinkRow, record_id: str, hrefs: Mapping[str, str]) -> Entry:
    paper = is_paper(record_id)
    title = row.from_title if record_id == row.from_id else row.to_title
    out = paper_link(record_id) if paper else registry_link(record_id)
    label = {"PMID": "PubMed", "PMC": "PubMed Central", "DOI": "DOI"}.get(record_id.partition(":")[0])
    return Entry(
        record_id=record_id,
        title=title or "No title",
        href=hrefs.get(record_id),
        out=out,
        out_label=label or "the register’s record",
        retracted=RETRACTED in row.marks and paper,
        marks=row.marks if paper else (),
        state=state_words(row),
        relation=sentence(row.relation_words),
        reason=row.reason,
        words=tuple(map(evidence_words, row.evidence)),
    )
