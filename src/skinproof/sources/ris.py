"""RIS, the tagged text of reference managers and databases -> papers; always partial.

Source: the RIS format specification of Research Information Systems, as kept by reference managers. Exporters differ
in their use of tags; only what several agree on is read, all of it is kept.
"""

import re
from collections.abc import Iterator
from hashlib import sha256

import msgspec

from skinproof.model.dates import PartialDate
from skinproof.model.issue import Issue
from skinproof.model.paper import Author, Paper, Section, SourceId
from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.files_json import Value
from skinproof.sources.files_packed import Stream
from skinproof.sources.files_record import BadRecord
from skinproof.sources.paper_dates import date_of_parts, printed_date
from skinproof.sources.paper_item import PaperResult, body_value, doi_of, paper_item, pmc_of, record_id_of
from skinproof.sources.tagged_text import cut_at, field_tree
from skinproof.sources.xml_tree import Node, kids, words

_START = re.compile(rb"(?:\A|[\r\n])(?=(TY  ?-))")
_TAG = re.compile(r"([A-Z][A-Z0-9])  ?-(?: (.*))?")
_CONTINUED = re.compile(r".*")
_END = re.compile(rb"(?:^|[\r\n])ER  ?- ?[ \t]*(?=[\r\n]|\Z)")
_PMID = re.compile(r"(?:PMID:? ?)?([1-9]\d{0,8})", re.ASCII | re.IGNORECASE)
_PUBMED_URL = re.compile(
    r"https?://(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/([1-9]\d{0,8})/?",
    re.ASCII,
)
_PUBMED = re.compile(r"pubmed|medline|national library of medicine|\bnlm\b", re.IGNORECASE)
_DOI_URL = re.compile(r"https?://(?:dx\.)?doi\.org/\S+", re.IGNORECASE)
_SLASHED = re.compile(r"(\d{4})/(\d{1,2})?/?(\d{1,2})?/?.*", re.ASCII)


def detect(head: bytes) -> bool:
    """Whether a text that begins like this is RIS."""
    return re.match(rb"(?:\xef\xbb\xbf)?\s*TY  ?- ?[A-Z]", head) is not None


def pieces(stream: Stream, name: str, place: str, limits: Limits) -> Iterator[Value | Refusal]:
    """The text of each record."""
    return cut_at(stream, name, place, limits, _START)


def item(data: bytes, where: str) -> RawItem:
    """The raw item of one record. Raises: BadRecord, also for a record without its last line `ER  -`: it was cut."""
    end = _END.search(data)
    if end is None:
        raise BadRecord("no last line 'ER  -': the record was cut off, or add the line")
    if data[end.end() :].strip():
        raise BadRecord("text behind the last line `ER  -` that belongs to no record", end.end())
    tree = field_tree(data[: end.start()], "ris", _TAG, _CONTINUED)
    if not any(len(node) > 2 and node[0] != "TY" for node in kids(tree)):
        raise BadRecord("a record with nothing in it")
    return paper_item(_record_id(tree), tree, "ris", "partial", None, where)


def read_ris(body: bytes) -> PaperResult:
    """The paper that a canonical body of `item` holds, and what was odd in it. Raises: InputError if it is none."""
    tree = body_value(body)
    issues: list[Issue] = []
    pmid, pmcid, doi = _own_ids(tree)
    printed = _one(tree, "DA", "PY", "Y1")
    published = _date(printed)
    if published is None and printed != (year := _one(tree, "PY", "Y1")):
        published = _date(year)
    if printed and published is None:
        issues.append(Issue("bad_date", "DA", printed[:200], "no one date; kept as text"))
    abstract = _one(tree, "AB", "N2")
    pages = [page for page in (_one(tree, "SP"), _one(tree, "EP")) if page]
    paper = Paper(
        record_id=_record_id(tree),
        source="ris",
        completeness="partial",
        pmid=pmid,
        doi=doi,
        pmcid=pmcid,
        ids=tuple(SourceId("accession", text) for text in _all(tree, "AN")),
        title=_one(tree, "TI", "T1", "CT", "BT"),
        vernacular_title=_one(tree, "TT"),
        abstract=(Section(abstract),) if abstract else (),
        journal=_one(tree, "JF", "JO", "T2"),
        journal_short=_one(tree, "J2", "JA"),
        issns=_all(tree, "SN"),
        volume=_one(tree, "VL"),
        issue=_one(tree, "IS"),
        pages="-".join(pages) or None,
        published=published,
        published_text=printed,
        authors=tuple(_author(text) for tag in ("AU", "A1") for text in _all(tree, tag)),
        languages=_all(tree, "LA"),
        publication_types=tuple(t.strip() for text in _all(tree, "M3") for t in text.split(";") if t.strip()),
        keywords=_all(tree, "KW"),
    )
    return PaperResult(paper, tuple(issues))


def _record_id(tree: Node) -> str:
    """By PMID, PMC id or DOI; a paper without any has an id made of all that the record says."""
    return record_id_of(*_own_ids(tree)) or f"RIS:{sha256(msgspec.json.encode(tree)).hexdigest()[:16]}"


def _own_ids(tree: Node) -> tuple[str | None, str | None, str | None]:
    """(PMID, PMC id, DOI). A bare number is a PMID only where the record says it is from PubMed or MEDLINE."""
    pmids = [found[1] for text in _all(tree, "UR") if (found := _PUBMED_URL.fullmatch(text))]
    if any(_PUBMED.search(text) for tag in ("DB", "DP") for text in _all(tree, tag)):
        pmids += [found[1] for text in _all(tree, "AN") if (found := _PMID.fullmatch(text))]
    pmids += [
        f[1]
        for tag in ("AN", "C1", "N1")
        for t in _all(tree, tag)
        if t[:4].upper() == "PMID" and (f := _PMID.fullmatch(t))
    ]
    pmcs = [pmc for t in _all(tree, "C2") if t[:3].upper() == "PMC" and (pmc := pmc_of(t))]
    texts = (*_all(tree, "DO"), *(text for text in _all(tree, "UR") if _DOI_URL.match(text)))
    dois = [doi for text in texts if (doi := doi_of(text))]
    # Two different ids of one kind: nothing tells which is the paper's own.
    return _only(pmids), _only(pmcs), _only(dois)


def _only(found: list[str]) -> str | None:
    return found[0] if len(set(found)) == 1 else None


def _all(tree: Node, tag: str) -> tuple[str, ...]:
    return tuple(text for node in kids(tree, tag) if (text := words(node)) is not None)


def _one(tree: Node, *tags: str) -> str | None:
    return next((text for tag in tags for text in _all(tree, tag)), None)


def _author(text: str) -> Author:
    last, comma, fore = text.partition(",")
    fore, _, suffix = fore.strip().partition(",")
    if not comma:
        return Author(collective=text)
    return Author(last=last.strip(), fore=fore.strip() or None, suffix=suffix.strip() or None)


def _date(text: str | None) -> PartialDate | None:
    if text is None:
        return None
    slashed = _SLASHED.fullmatch(text)
    return (date_of_parts(*slashed.groups()) if slashed else None) or printed_date(text)
