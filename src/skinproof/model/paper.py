"""One paper as a bibliographic source tells of it: a *report* in PRISMA's words, never a study.

What a source does not say is None or empty here; two sources that say different things are two versions of one record.
"""

from typing import Literal

import msgspec

from skinproof.model.dates import PartialDate

Completeness = Literal["full", "partial"]


class Section(msgspec.Struct, frozen=True):
    """One part of an abstract. label: as printed (`METHODS`); category: the source's own class of it, where it has one."""

    text: str
    label: str | None = None
    category: str | None = None


class OtherAbstract(msgspec.Struct, frozen=True):
    """An abstract in another language or from another hand (plain language summary, publisher)."""

    sections: tuple[Section, ...]
    kind: str | None = None
    language: str | None = None


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """A person, or a group under `collective`."""

    last: str | None = None
    fore: str | None = None
    initials: str | None = None
    suffix: str | None = None
    collective: str | None = None
    orcid: str | None = None
    affiliations: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """`Last Initials`, the group's name, or what there is."""
        if self.collective:
            return self.collective
        return " ".join(part for part in (self.last, self.initials or self.fore, self.suffix) if part)


class Qualifier(msgspec.Struct, frozen=True):
    """A MeSH subheading; major None where the source does not say."""

    name: str
    ui: str | None = None
    major: bool | None = None


class MeshHeading(msgspec.Struct, frozen=True):
    """A MeSH descriptor with its subheadings."""

    descriptor: str
    ui: str | None = None
    major: bool | None = None
    qualifiers: tuple[Qualifier, ...] = ()


class Substance(msgspec.Struct, frozen=True):
    """A substance of the indexers' list. number: CAS, UNII or EC number; None where the source says 0 (none)."""

    name: str
    ui: str | None = None
    number: str | None = None


class RegistryId(msgspec.Struct, frozen=True):
    """An accession number the source lists apart from the text. bank: as named there (`ClinicalTrials.gov`)."""

    bank: str
    number: str


class CitedPaper(msgspec.Struct, frozen=True):
    """One entry of the reference list."""

    citation: str | None = None
    pmid: str | None = None
    doi: str | None = None
    pmcid: str | None = None


class Correction(msgspec.Struct, frozen=True):
    """A paper that this one corrects, comments on or replaces, or that does so to this one.

    kind: PubMed's RefType (`RetractionIn`, `ErratumFor`, `UpdateOf`...); other sources' words are brought to it where
    they mean the same, else kept.
    """

    kind: str
    citation: str | None = None
    pmid: str | None = None
    note: str | None = None


class SourceId(msgspec.Struct, frozen=True):
    """An id of the paper somewhere, under the name the source gives it (`pii`, `pmc`, `mid`, `PPR`...)."""

    kind: str
    value: str


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """One version of one paper's record.

    record_id: `PMID:1`, else `PMC:1`, `DOI:10...`, `EPMC:SRC/ID`, `RIS:...`; source: which reader read it
    completeness: `partial` where this kind of source leaves much out (search lists, RIS)
    published: of the journal issue, with the precision given; None also where a range cannot be one date
    published_text: that date as printed, such as `1998 Dec-1999 Jan`
    published_online: of the electronic version, where told apart
    first_published: what the source itself calls the first publication, printed or electronic
    entered, revised, completed: days the source took the record in, last changed it, and finished indexing it
    status: the source's state of the record (`MEDLINE`, `In-Process`, `Publisher`...)
    deleted: the source has taken the record away; nothing else is then told
    """

    record_id: str
    source: str
    completeness: Completeness
    pmid: str | None = None
    pmid_version: str | None = None
    doi: str | None = None
    pmcid: str | None = None
    ids: tuple[SourceId, ...] = ()
    title: str | None = None
    vernacular_title: str | None = None
    abstract: tuple[Section, ...] = ()
    other_abstracts: tuple[OtherAbstract, ...] = ()
    journal: str | None = None
    journal_short: str | None = None
    issns: tuple[str, ...] = ()
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    published: PartialDate | None = None
    published_text: str | None = None
    published_online: PartialDate | None = None
    first_published: PartialDate | None = None
    entered: PartialDate | None = None
    revised: PartialDate | None = None
    completed: PartialDate | None = None
    authors: tuple[Author, ...] = ()
    languages: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    mesh: tuple[MeshHeading, ...] = ()
    keywords: tuple[str, ...] = ()
    substances: tuple[Substance, ...] = ()
    registry_ids: tuple[RegistryId, ...] = ()
    references: tuple[CitedPaper, ...] = ()
    corrections: tuple[Correction, ...] = ()
    status: str | None = None
    deleted: bool = False

    @property
    def year(self) -> int | None:
        """The earliest year of publication that is told; None where none is."""
        days = (self.published, self.published_online, self.first_published)
        years = [day.year for day in days if day is not None]
        return min(years) if years else None


_KEPT_SOURCES = ("ris", "nbib", "europepmc", "pubmed")
"""Among versions of the same day: the source that tells more wins."""


class PaperVersion(msgspec.Struct, frozen=True):
    """What decides which version of a paper is in force. changed: day of its last change as ISO text, if told."""

    source: str
    completeness: str
    changed: str | None
    sha256: str
    pmid_version: int = 1
    deleted: bool = False


def in_force(versions: "tuple[PaperVersion, ...] | list[PaperVersion]") -> int:
    """The place of the version in force; the order given decides nothing.

    A deletion by the source stands before all (PubMed does not give a PMID again); then the highest version of the
    PMID, the fullest record, the newest change, the source that tells more, and at last the hash, so that there is
    always one answer. Raises: ValueError for no versions.
    """
    if not versions:
        raise ValueError("no versions")

    def weight(place: int) -> tuple[bool, int, bool, str, int, str]:
        v = versions[place]
        rank = _KEPT_SOURCES.index(v.source) if v.source in _KEPT_SOURCES else -1
        return v.deleted, v.pmid_version, v.completeness == "full", v.changed or "", rank, v.sha256

    return max(range(len(versions)), key=weight)


def version_of(paper: Paper, sha256: str) -> PaperVersion:
    """What decides about this version."""
    number = paper.pmid_version or ""
    return PaperVersion(
        paper.source,
        paper.completeness,
        paper.revised.text if paper.revised else None,
        sha256,
        int(number) if number.isdecimal() and number.isascii() and len(number) < 6 else 1,
        paper.deleted,
    )
