"""PubMed XML (efetch, the MEDLINE baseline and update files, the website's export) -> papers.

Bytes are cut into articles (`pieces`), each becomes a canonical tree of all its content (`item`), and the tree is
read into a `Paper` (`read_pubmed`). Source: the PubMed DTD and its element descriptions,
https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html.
"""

import re
from collections.abc import Iterator

from skinproof.model.dates import PartialDate
from skinproof.model.issue import Issue
from skinproof.model.paper import (
    Author,
    CitedPaper,
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
from skinproof.sources.files_xml import XmlCutter, xml_starts
from skinproof.sources.paper_dates import date_of_parts, printed_date
from skinproof.sources.paper_item import PaperResult, body_value, doi_of, paper_item, pmc_of
from skinproof.sources.xml_tree import Node, at, attribute, kids, words, xml_tree

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


def read_pubmed(body: bytes) -> PaperResult:
    """The paper that a canonical body of `item` holds, and what was odd in it.

    Raises: InputError if the body is not such a tree.
    """
    tree = body_value(body)
    issues: list[Issue] = []
    pmid = words(_pmid(tree))
    if tree[0] == _DELETED:
        deleted = Paper(
            record_id=f"PMID:{pmid}", source="pubmed", completeness="full", pmid=pmid, deleted=True
        )
        return PaperResult(deleted, ())
    book = at(tree, "BookDocument")
    paper = _book(tree, book, issues) if book is not None else _article(tree, issues)
    return PaperResult(paper, tuple(issues))


def _article(tree: Node, issues: list[Issue]) -> Paper:
    citation, data = at(tree, "MedlineCitation"), at(tree, "PubmedData")
    article = at(citation, "Article")
    issue = at(article, "Journal", "JournalIssue")
    pmid = words(_pmid(tree))
    ids = _ids(article, data)
    history = {attribute(node, "PubStatus"): node for node in kids(at(data, "History"), "PubMedPubDate")}
    published, printed = _printed(at(issue, "PubDate"), "PubDate", issues)
    online = next(kids(article, "ArticleDate"), None)
    entered = history.get("entrez") or history.get("pubmed")
    return Paper(
        record_id=f"PMID:{pmid}",
        source="pubmed",
        completeness="full",
        pmid=pmid,
        pmid_version=attribute(_pmid(tree), "Version"),
        doi=next((doi for i in ids if i.kind == "doi" and (doi := doi_of(i.value))), None),
        pmcid=next((pmc for i in ids if i.kind == "pmc" and (pmc := pmc_of(i.value))), None),
        ids=ids,
        title=words(at(article, "ArticleTitle")),
        vernacular_title=words(at(article, "VernacularTitle")),
        abstract=_sections(at(article, "Abstract")),
        other_abstracts=_other_abstracts(citation),
        journal=words(at(article, "Journal", "Title")),
        journal_short=words(at(citation, "MedlineJournalInfo", "MedlineTA"))
        or words(at(article, "Journal", "ISOAbbreviation")),
        issns=_texts(kids(at(article, "Journal"), "ISSN")),
        volume=words(at(issue, "Volume")),
        issue=words(at(issue, "Issue")),
        pages=_pages(at(article, "Pagination")),
        published=published,
        published_text=printed,
        published_online=_date(online, "ArticleDate", issues),
        entered=_date(entered, "History", issues),
        revised=_date(at(citation, "DateRevised"), "DateRevised", issues),
        completed=_date(at(citation, "DateCompleted"), "DateCompleted", issues),
        authors=tuple(_author(node) for node in kids(at(article, "AuthorList"), "Author")),
        languages=_texts(kids(article, "Language")),
        publication_types=_texts(kids(at(article, "PublicationTypeList"), "PublicationType")),
        mesh=tuple(_mesh(citation)),
        keywords=_keywords(citation),
        substances=tuple(_substances(citation)),
        registry_ids=tuple(_registry_ids(article)),
        references=tuple(_references(data)),
        corrections=tuple(_corrections(citation)),
        status=attribute(citation, "Status"),
    )


def _book(tree: Node, document: Node, issues: list[Issue]) -> Paper:
    """A chapter or a book of the NCBI Bookshelf: `journal` is the book's title."""
    data, book = at(tree, "PubmedBookData"), at(document, "Book")
    pmid = words(_pmid(tree))
    ids = (*_article_ids(document), *_article_ids(data))
    published, printed = _printed(at(book, "PubDate"), "Book.PubDate", issues)
    title = words(at(document, "ArticleTitle"))
    history = {attribute(node, "PubStatus"): node for node in kids(at(data, "History"), "PubMedPubDate")}
    return Paper(
        record_id=f"PMID:{pmid}",
        source="pubmed",
        completeness="full",
        pmid=pmid,
        pmid_version=attribute(_pmid(tree), "Version"),
        doi=next((doi for i in ids if i.kind == "doi" and (doi := doi_of(i.value))), None),
        pmcid=next((pmc for i in ids if i.kind == "pmc" and (pmc := pmc_of(i.value))), None),
        ids=tuple(dict.fromkeys(ids)),
        title=title or words(at(book, "BookTitle")),
        vernacular_title=words(at(document, "VernacularTitle")),
        abstract=_sections(at(document, "Abstract")),
        journal=words(at(book, "BookTitle")) if title else None,
        volume=words(at(book, "Volume")),
        pages=_pages(at(document, "Pagination")),
        published=published,
        published_text=printed,
        entered=_date(history.get("entrez") or history.get("pubmed"), "History", issues),
        revised=_date(at(document, "DateRevised"), "DateRevised", issues),
        authors=tuple(
            _author(node) for names in kids(document, "AuthorList") for node in kids(names, "Author")
        ),
        languages=_texts(kids(document, "Language")),
        publication_types=_texts(kids(document, "PublicationType")),
        keywords=_keywords(document),
        references=tuple(_references(document)),
    )


def _sections(abstract: Node | None) -> tuple[Section, ...]:
    return tuple(
        Section(text, attribute(node, "Label"), attribute(node, "NlmCategory"))
        for node in kids(abstract, "AbstractText")
        if (text := words(node)) is not None
    )


def _other_abstracts(citation: Node | None) -> tuple[OtherAbstract, ...]:
    return tuple(
        OtherAbstract(sections, attribute(node, "Type"), attribute(node, "Language"))
        for node in kids(citation, "OtherAbstract")
        if (sections := _sections(node))
    )


def _ids(article: Node | None, data: Node | None) -> tuple[SourceId, ...]:
    """Ids of the paper, each once, those marked invalid left out; the DOI of the article's own record first."""
    located = [
        SourceId(attribute(node, "EIdType") or "", text)
        for node in kids(article, "ELocationID")
        if attribute(node, "ValidYN") != "N" and (text := words(node))
    ]
    return tuple(dict.fromkeys((*located, *_article_ids(data))))


def _article_ids(node: Node | None) -> tuple[SourceId, ...]:
    return tuple(
        SourceId(attribute(found, "IdType") or "", text)
        for found in kids(at(node, "ArticleIdList"), "ArticleId")
        if (text := words(found))
    )


def _author(node: Node) -> Author:
    orcid = next((words(i) for i in kids(node, "Identifier") if attribute(i, "Source") == "ORCID"), None)
    return Author(
        last=words(at(node, "LastName")),
        fore=words(at(node, "ForeName")),
        initials=words(at(node, "Initials")),
        suffix=words(at(node, "Suffix")),
        collective=words(at(node, "CollectiveName")),
        orcid=orcid.rstrip("/").rpartition("/")[2] if orcid else None,
        affiliations=tuple(
            text for info in kids(node, "AffiliationInfo") if (text := words(at(info, "Affiliation")))
        ),
    )


def _mesh(citation: Node | None) -> Iterator[MeshHeading]:
    for heading in kids(at(citation, "MeshHeadingList"), "MeshHeading"):
        name = at(heading, "DescriptorName")
        if (text := words(name)) is None:
            continue
        qualifiers = tuple(
            Qualifier(said, attribute(node, "UI"), _yes(node, "MajorTopicYN"))
            for node in kids(heading, "QualifierName")
            if (said := words(node))
        )
        yield MeshHeading(text, attribute(name, "UI"), _yes(name, "MajorTopicYN"), qualifiers)


def _keywords(node: Node | None) -> tuple[str, ...]:
    return tuple(
        text for group in kids(node, "KeywordList") for k in kids(group, "Keyword") if (text := words(k))
    )


def _substances(citation: Node | None) -> Iterator[Substance]:
    for node in kids(at(citation, "ChemicalList"), "Chemical"):
        name, number = at(node, "NameOfSubstance"), words(at(node, "RegistryNumber"))
        if (text := words(name)) is not None:
            yield Substance(text, attribute(name, "UI"), None if number == "0" else number)


def _registry_ids(article: Node | None) -> Iterator[RegistryId]:
    for bank in kids(at(article, "DataBankList"), "DataBank"):
        name = words(at(bank, "DataBankName"))
        for number in kids(at(bank, "AccessionNumberList"), "AccessionNumber"):
            if (text := words(number)) is not None:
                yield RegistryId(name or "", text)


def _references(node: Node | None) -> Iterator[CitedPaper]:
    """Entries of reference lists, also of lists inside lists."""
    for group in kids(node, "ReferenceList"):
        for entry in kids(group, "Reference"):
            ids = {i.kind: i.value for i in reversed(_article_ids(entry))}
            pmid = ids.get("pubmed")
            yield CitedPaper(
                words(at(entry, "Citation")),
                pmid if pmid and _PMID.fullmatch(pmid) else None,
                doi_of(ids.get("doi")),
                pmc_of(ids.get("pmc")),
            )
        yield from _references(group)


def _corrections(citation: Node | None) -> Iterator[Correction]:
    for node in kids(at(citation, "CommentsCorrectionsList"), "CommentsCorrections"):
        yield Correction(
            attribute(node, "RefType") or "",
            words(at(node, "RefSource")),
            words(at(node, "PMID")),
            words(at(node, "Note")),
        )


def _pages(node: Node | None) -> str | None:
    printed = words(at(node, "MedlinePgn"))
    first, last = words(at(node, "StartPage")), words(at(node, "EndPage"))
    return printed or ("-".join(page for page in (first, last) if page) or None)


def _texts(nodes: Iterator[Node]) -> tuple[str, ...]:
    return tuple(text for node in nodes if (text := words(node)) is not None)


def _yes(node: Node | None, name: str) -> bool | None:
    return {"Y": True, "N": False}.get(attribute(node, name) or "")


def _printed(node: Node | None, path: str, issues: list[Issue]) -> tuple[PartialDate | None, str | None]:
    """The date of an issue and its words, from `Year Month Day`, `Year Season` or a free text."""
    free = words(at(node, "MedlineDate"))
    parts = [words(at(node, name)) for name in ("Year", "Month", "Season", "Day")]
    text = free or " ".join(part for part in parts if part) or None
    if text is None:
        return None, None
    found = printed_date(text)
    if found is None:
        issues.append(Issue("bad_date", path, text[:200], "no one date; kept as text"))
    return found, text


def _date(node: Node | None, path: str, issues: list[Issue]) -> PartialDate | None:
    if node is None:
        return None
    year, month, day = (words(at(node, name)) for name in ("Year", "Month", "Day"))
    found = date_of_parts(year, month, day)
    if found is None:
        told = " ".join(part for part in (year, month, day) if part)
        issues.append(Issue("bad_date", path, told[:200], "expected a year, month and day"))
    return found


def _pmid(tree: Node) -> Node | None:
    return at(tree, "MedlineCitation", "PMID") or at(tree, "BookDocument", "PMID") or at(tree, "PMID")


def _day(node: Node | None) -> str | None:
    """A day as ISO text, None where it is none."""
    found = date_of_parts(*(words(at(node, name)) for name in ("Year", "Month", "Day")))
    return found.text if found else None
