"""One row of an edition's `papers` table: what `find`, `show`, links and counts of reports read of a paper."""

import msgspec

from skinproof.model.summary import EditionStamp, Filters


class PaperSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One paper as its record in force tells of it. Dates are ISO text with the precision given.

    `None` and empty tuples mean: not said in this version. published: the earliest of print and electronic
    kinds: what it is and how it stands (`studies.paper_kinds`), each with reason and place in the lists beside it;
    kind_fields, kind_starts, kind_ends, kind_quotes are None where headings or types say so
    agents to text_id: as in `StudySummary`, read from title, abstract, keywords and headings
    """

    record_id: str
    source: str
    sha256: str
    completeness: str
    registry_date: str | None
    body_size: int
    pmid: str | None
    pmid_version: int
    doi: str | None
    pmcid: str | None
    title: str | None
    journal: str | None
    published: str | None
    published_text: str | None
    year: int | None
    authors: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    status: str | None
    deleted: bool
    kinds: tuple[str, ...] = ()
    kind_reasons: tuple[str, ...] = ()
    kind_fields: tuple[str | None, ...] = ()
    kind_starts: tuple[int | None, ...] = ()
    kind_ends: tuple[int | None, ...] = ()
    kind_quotes: tuple[str | None, ...] = ()
    agent_class: str
    ev_role: str
    agents: tuple[str, ...] = ()
    agent_classes_given: tuple[str, ...] = ()
    indications: tuple[str, ...] = ()
    cutaneous: str
    aesthetic: str
    suggestion_count: int = 0
    issue_count: int = 0
    text_id: int = 0


class PaperFilters(msgspec.Struct, frozen=True, kw_only=True):
    """What a user asked to see of papers; empty = everything. Several values of one filter mean OR, filters mean AND.

    agent, role, indication, cutaneous, aesthetic: as in `Filters`; kind: one of `studies.paper_kinds.KINDS`, or TRIAL;
    evidence: one of `studies.paper_kinds.EVIDENCE`; year_from, year_to: of publication, inclusive; year: of publication;
    linked: whether it is linked as the report of a study that is held; apart: whether it is evidence beside the studies: it
    reports something of its own and is linked to no study that is held; published_by: ISO day by whose end it was published.
    """

    agent: tuple[str, ...] = ()
    role: tuple[str, ...] = ()
    indication: tuple[str, ...] = ()
    cutaneous: str | None = None
    aesthetic: str | None = None
    kind: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    year: tuple[int, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    linked: bool | None = None
    apart: bool | None = None
    published_by: str | None = None


def paper_filters(filters: Filters) -> PaperFilters | None:
    """The filters of papers that say the same; None where one of them is of studies alone (a phase, a country...)."""
    shared = ("agent", "role", "indication", "cutaneous", "aesthetic")
    alone = Filters(**{name: getattr(filters, name) for name in shared})
    return PaperFilters(**{name: getattr(filters, name) for name in shared}) if alone == filters else None


class PaperSelection(msgspec.Struct, frozen=True):
    """The papers that meet the filters, sorted by record id; papers are reports and no study count includes them."""

    stamp: EditionStamp
    papers: tuple[PaperSummary, ...]
