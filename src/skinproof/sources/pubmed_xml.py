"""PubMed XML (efetch, the MEDLINE baseline and update files, the website's export) -> papers.

Bytes are cut into articles (`pieces`), each becomes a canonical tree of all its content (`item`), and the tree is
read into a `Paper` (`read_pubmed`). Source: the PubMed DTD and its element descriptions,
https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html.
"""

import re
from collections.abc import Iterator

from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.files_json import Value
from skinproof.sources.files_packed import Stream
from skinproof.sources.files_record import BadRecord
from skinproof.sources.files_xml import XmlCutter, xml_starts
from skinproof.sources.paper_item import paper_item
from skinproof.sources.xml_tree import Node, at, words, xml_tree

ARTICLES = ("PubmedArticle", "PubmedBookArticle")
_LISTS = ("PubmedArticleSet", "PubmedBookArticleSet", "BookDocumentSet")
_DELETED = "DeleteCitation"
_PMID = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_DELETED_ID = re.compile(rb"<PMID\b[^<>]*>[^<>]*</PMID\s*>")


def detect(head: bytes) -> bool:
    """Whether a text that begins like this is PubMed XML."""
    return xml_starts(head, (*_LISTS, *ARTICLES))


def pieces(stream: Stream, name: str, place: str, limits: Limits) -> Iterator[Value | Refusal]:
    """The text of each article, and of each deletion."""
    cutter = XmlCutter(stream, name, place, limits, records=(*ARTICLES, _DELETED), lists=_LISTS)
    for part in cutter:
        if isinstance(part, Value) and part.data.startswith(b"<DeleteCitation"):
            for found in _DELETED_ID.finditer(part.data):
                before = part.data.count(b"\n", 0, found.start())
                text = b"<DeleteCitation>" + found[0] + b"</DeleteCitation>"
                yield Value(part.offset + found.start(), part.line + before, text)
        else:
            yield part


def item(data: bytes, where: str) -> RawItem:
    """The raw item of one article's or deletion's XML. Raises: BadRecord."""
    tree = xml_tree(data)
    if tree[0] not in (*ARTICLES, _DELETED):
        raise BadRecord(f"an element {tree[0][:40]!r} where an article should be")
    pmid = words(_pmid(tree))
    if pmid is None or not _PMID.fullmatch(pmid):
        raise BadRecord(f"no PMID, {'there is none' if pmid is None else f'found {pmid[:40]!r}'}")
    revised = at(tree, "MedlineCitation", "DateRevised") or at(tree, "BookDocument", "DateRevised")
    return paper_item(f"PMID:{pmid}", tree, "pubmed", "full", _day(revised), where)


def _pmid(tree: Node) -> Node | None:
    return at(tree, "MedlineCitation", "PMID") or at(tree, "BookDocument", "PMID") or at(tree, "PMID")


def _day(node: Node | None) -> str | None:
    parts = [words(at(node, name)) for name in ("Year", "Month", "Day")]
    return "-".join(part.zfill(2) for part in parts if part) if node and parts[0] else None
