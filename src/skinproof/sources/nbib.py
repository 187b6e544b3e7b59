"""NBIB, the MEDLINE tagged text that PubMed's "Send to: Citation manager" gives -> papers.

Source: MEDLINE/PubMed data element (field) descriptions, https://www.nlm.nih.gov/bsd/mms/medlineelements.html.
A line goes on with the field before where it begins with spaces. Structured abstracts stand in one field here.
"""

import re
from collections.abc import Iterator

from skinproof.model.dates import PartialDate
from skinproof.model.issue import Issue
from skinproof.model.paper import (
    Author,
    Correction,
    MeshHeading,
    OtherAbstract,
    Paper,
    Qualifier,
    RegistryId,
    Section,
    SourceId,
    Substance,
)
from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.files_json import Value
from skinproof.sources.files_packed import Stream
from skinproof.sources.files_record import BadRecord
from skinproof.sources.paper_dates import date_of_parts, printed_date
from skinproof.sources.paper_item import PaperResult, body_value, doi_of, paper_item, pmc_of
from skinproof.sources.tagged_text import cut_at, field_tree
from skinproof.sources.xml_tree import Node, kids, words

_START = re.compile(rb"(?:\A|[\r\n])(?=(PMID- ?\d))")
_TAG = re.compile(r"([A-Z][A-Z0-9]{1,3}) {0,2}-(?: (.*))?")
_CONTINUED = re.compile(r"\s{2,}\S.*")
_PMID = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_COMPACT = re.compile(r"(\d{4})[/-]?(\d\d)?[/-]?(\d\d)?(?: \d\d:\d\d)?", re.ASCII)
_CITED = re.compile(r"PMID: ?([1-9]\d{0,8})", re.ASCII)
_SUBSTANCE = re.compile(r"(0|(?:EC )?\S+) \((.+)\)")
CORRECTIONS = {
    "CIN": "CommentIn", "CON": "CommentOn", "EIN": "ErratumIn", "EFR": "ErratumFor", "RIN": "RetractionIn",
    "ROF": "RetractionOf", "PRIN": "PartialRetractionIn", "PROF": "PartialRetractionOf", "RPI": "RepublishedIn",
    "RPF": "RepublishedFrom", "CRI": "CorrectedandRepublishedIn", "CRF": "CorrectedandRepublishedFrom",
    "RRI": "RetractedandRepublishedIn", "RRF": "RetractedandRepublishedFrom", "ECI": "ExpressionOfConcernIn",
    "ECF": "ExpressionOfConcernFor", "UIN": "UpdateIn", "UOF": "UpdateOf", "SPIN": "SummaryForPatientsIn",
    "ORI": "OriginalReportIn", "DDIN": "AssociatedDataset", "DRIN": "AssociatedPublication",
}  # fmt: skip
"""NBIB's tags and the RefType that PubMed XML has for them."""


def detect(head: bytes) -> bool:
    """Whether a text that begins like this is NBIB."""
    return re.match(rb"(?:\xef\xbb\xbf)?\s*PMID- ?\d", head) is not None


def pieces(stream: Stream, name: str, place: str, limits: Limits) -> Iterator[Value | Refusal]:
    """The text of each record."""
    return cut_at(stream, name, place, limits, _START)


def item(data: bytes, where: str) -> RawItem:
    """The raw item of one record. Raises: BadRecord."""
    tree = field_tree(data, "nbib", _TAG, _CONTINUED)
    pmid = _one(tree, "PMID")
    if pmid is None or not _PMID.fullmatch(pmid):
        raise BadRecord(f"no PMID, {'there is none' if pmid is None else f'found {pmid[:40]!r}'}")
    revised = _compact(_one(tree, "LR"))
    return paper_item(f"PMID:{pmid}", tree, "nbib", "partial", revised.text if revised else None, where)


def read_nbib(body: bytes) -> PaperResult:
    """The paper that a canonical body of `item` holds, and what was odd in it. Raises: InputError if it is none."""
    tree = body_value(body)
    issues: list[Issue] = []
    pmid, printed = _one(tree, "PMID"), _one(tree, "DP")
    ids = tuple(dict.fromkeys(_ids(tree)))
    abstract, other = _one(tree, "AB"), _one(tree, "OAB")
    published = printed_date(printed) if printed else None
    if printed and published is None:
        issues.append(Issue("bad_date", "DP", printed[:200], "no one date; kept as text"))
    paper = Paper(
        record_id=f"PMID:{pmid}",
        source="nbib",
        completeness="partial",
        pmid=pmid,
        doi=next((doi for i in ids if i.kind == "doi" and (doi := doi_of(i.value))), None),
        pmcid=pmc_of(_one(tree, "PMC")),
        ids=ids,
        title=_one(tree, "TI") or _one(tree, "BTI"),
        vernacular_title=_one(tree, "TT"),
        abstract=(Section(abstract),) if abstract else (),
        other_abstracts=(OtherAbstract((Section(other),), None, _one(tree, "OABL")),) if other else (),
        journal=_one(tree, "JT"),
        journal_short=_one(tree, "TA"),
        issns=tuple(dict.fromkeys(text.partition(" ")[0] for text in _all(tree, "IS"))),
        volume=_one(tree, "VI"),
        issue=_one(tree, "IP"),
        pages=_one(tree, "PG"),
        published=published,
        published_text=printed,
        published_online=_dated(tree, "DEP", issues),
        entered=_dated(tree, "CRDT", issues) or _dated(tree, "EDAT", issues),
        revised=_dated(tree, "LR", issues),
        completed=_dated(tree, "DCOM", issues),
        authors=tuple(_authors(tree)),
        languages=_all(tree, "LA"),
        publication_types=_all(tree, "PT"),
        mesh=tuple(_mesh(text) for text in _all(tree, "MH")),
        keywords=tuple(text.removeprefix("*") for text in _all(tree, "OT")),
        substances=tuple(_substances(tree)),
        registry_ids=tuple(_registry_ids(tree)),
        corrections=tuple(_corrections(tree)),
        status=_one(tree, "STAT"),
    )
    return PaperResult(paper, tuple(issues))


def _all(tree: Node, tag: str) -> tuple[str, ...]:
    return tuple(text for node in kids(tree, tag) if (text := words(node)) is not None)


def _one(tree: Node, tag: str) -> str | None:
    return next(iter(_all(tree, tag)), None)


def _ids(tree: Node) -> Iterator[SourceId]:
    for tag in ("LID", "AID"):
        for text in _all(tree, tag):
            value, _, kind = text.rpartition(" [")
            if value:
                yield SourceId(kind.rstrip("]"), value)


def _authors(tree: Node) -> Iterator[Author]:
    """Authors in order: `FAU` (full name) or `AU` where there is no full one, their `AD`, and groups (`CN`)."""
    fields: dict[str, str] | None = None
    places: list[str] = []
    for node in kids(tree):
        text = words(node)
        if text is None:
            continue
        if node[0] == "FAU" or node[0] == "CN" or (node[0] == "AU" and (fields is None or "AU" in fields)):
            if fields:
                yield _author(fields, places)
            fields, places = {node[0]: text}, []
        elif fields is not None and node[0] in ("AU", "AUID"):
            fields[node[0]] = text
        elif fields is not None and node[0] == "AD":
            places.append(text)
    if fields:
        yield _author(fields, places)


def _author(fields: dict[str, str], places: list[str]) -> Author:
    last, _, fore = fields.get("FAU", "").partition(", ")
    short, _, initials = fields.get("AU", "").rpartition(" ")
    orcid = fields.get("AUID", "")
    return Author(
        last=last or short or initials or None,
        fore=fore or None,
        initials=initials if short else None,
        collective=fields.get("CN"),
        orcid=orcid.rstrip("/").rpartition("/")[2].removeprefix("ORCID: ") if "ORCID" in orcid else None,
        affiliations=tuple(places),
    )


def _mesh(text: str) -> MeshHeading:
    """`Skin/*drug effects`: a star marks what the paper is mainly about."""
    name, *qualifiers = text.split("/")
    return MeshHeading(
        name.removeprefix("*"),
        None,
        name.startswith("*"),
        tuple(Qualifier(q.removeprefix("*"), None, q.startswith("*")) for q in qualifiers),
    )


def _substances(tree: Node) -> Iterator[Substance]:
    for text in _all(tree, "RN"):
        found = _SUBSTANCE.fullmatch(text)
        number = found[1] if found else None
        yield Substance(found[2] if found else text, None, None if number == "0" else number)


def _registry_ids(tree: Node) -> Iterator[RegistryId]:
    for text in _all(tree, "SI"):
        bank, slash, number = text.partition("/")
        yield RegistryId(bank if slash else "", number if slash else text)


def _corrections(tree: Node) -> Iterator[Correction]:
    for node in kids(tree):
        if node[0] in CORRECTIONS and (text := words(node)) is not None:
            cited = _CITED.search(text)
            yield Correction(CORRECTIONS[node[0]], text, cited[1] if cited else None)


def _compact(text: str | None) -> PartialDate | None:
    found = _COMPACT.fullmatch(text) if text else None
    return date_of_parts(*found.groups()) if found else None


def _dated(tree: Node, tag: str, issues: list[Issue]) -> PartialDate | None:
    text = _one(tree, tag)
    found = _compact(text)
    if text is not None and found is None:
        issues.append(Issue("bad_date", tag, text[:200], "expected YYYYMMDD or YYYY/MM/DD"))
    return found
