"""How many records, reports and studies there are, in PRISMA 2020's words. Source: Page et al. 2021, doi:10.1136/bmj.n71."""

import msgspec

from skinproof.model.summary import EditionStamp


class ReportCount(msgspec.Struct, frozen=True, kw_only=True):
    """One number. what: records | reports | studies, or a part of one; means: its definition, one line."""

    what: str
    n: int
    means: str


class ReportCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of one edition, largest idea first; parts stand after what they are part of."""

    counts: tuple[ReportCount, ...]
    stamp: EditionStamp


def report_counts(
    *, registry_records: int, papers: int, reports: int, studies: int, reported: int, stamp: EditionStamp
) -> ReportCounts:
    """The numbers with what each means.

    registry_records, papers: records in force; reports: a paper held under two ids once; studies: several registrations once;
    reported: studies with a linked paper that reports them
    """
    rows = (
        ("records", registry_records + papers, "entries held, of registries and of databases of papers, each by its version in force"),
        ("records of registries", registry_records, "registrations; one trial can have several"),
        ("records of papers", papers, "citations with or without abstract; what their source took away is left out"),
        ("reports", reports, "documents that may tell of a study: registrations and papers, a paper held under two ids once"),
        ("studies", studies, "investigations, however many registrations or papers they have; this is what every other command counts"),
        ("studies with a paper", reported, "studies with at least one held paper linked as their report; no paper linked is no sign that none exists"),
    )  # fmt: skip
    return ReportCounts(
        counts=tuple(ReportCount(what=what, n=n, means=means) for what, n, means in rows), stamp=stamp
    )
