"""Europe PMC's REST JSON (search pages of `resultType=core` or `lite`, one article, results alone) -> papers.

Source: Europe PMC's reference guide of the RESTful web service, https://europepmc.org/RestfulWebService.
"""

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from skinproof.errors import InputError
from skinproof.model.dates import PartialDate
from skinproof.model.issue import Issue
from skinproof.model.paper import (
    Author,
    Correction,
    MeshHeading,
    Paper,
    Qualifier,
    Section,
    SourceId,
    Substance,
)
from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.files_json import JsonReader, Lines, Value, clean_excerpt
from skinproof.sources.files_packed import PeekedStream, Stream
from skinproof.sources.files_record import BadRecord, read_json, refuse_hollow, refuse_repeated_keys
from skinproof.sources.paper_dates import printed_date
from skinproof.sources.paper_item import PaperResult, body_value, doi_of, paper_item, pmc_of, record_id_of
from skinproof.sources.xml_tree import raised

_SOURCES = "MED|PMC|PPR|AGR|CBA|CTX|ETH|HIR|NBK|PAT"
_RESULT = re.compile(rb'"source"\s*:\s*"(?:' + _SOURCES.encode() + rb')"')
_PMID = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_TAG = re.compile(
    r"<(/?)(i|b|u|em|strong|italic|bold|sub|sup|p|br|span|h[1-6]|sec|title|list|list-item|ul|ol|li|underline|sc)"
    r"(?:\s+[\w:-]+\s*=\s*(?:\"[^\"<>]{0,300}\"|'[^'<>]{0,300}'))*\s*/?>",
    re.IGNORECASE,
)
_SUP = re.compile(r"<sup>([^<>]{0,40})</sup>", re.IGNORECASE)
_HEADING = re.compile(r"<h[1-6]>([^<>]{1,200})</h[1-6]>", re.IGNORECASE)
_BREAKS = frozenset({"p", "br", "sec", "title", "list", "list-item", "ul", "ol", "li"})
_SPACES = re.compile(r"\s+")


class _Results(msgspec.Struct):
    result: list[msgspec.Raw] = []


class _Answer(msgspec.Struct):
    resultList: _Results | None = None
    result: msgspec.Raw = msgspec.Raw()


_ANSWER = msgspec.json.Decoder(_Answer).decode


def detect(head: bytes) -> bool:
    """Whether a text that begins like this is JSON of Europe PMC."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:1] not in (b"{", b"[") or b'"protocolSection"' in head:
        return False
    return (
        b'"hitCount"' in start[:4096]
        or b'"resultList"' in start[:4096]
        or _RESULT.search(start[:4096]) is not None
    )


def pieces(stream: Stream, name: str, place: str, limits: Limits) -> Iterator[Value | Refusal]:
    """The text of each result."""
    text = PeekedStream(stream)
    skip = 3 if text.peek(3) == b"\xef\xbb\xbf" else 0
    text.read(skip)
    is_cut: Callable[[], bool] = lambda: text.fault is not None  # noqa: E731
    reader = JsonReader(text.read, name, place, limits, offset=skip, is_cut=is_cut)
    for part in reader:
        if isinstance(part, Refusal):
            yield part
        elif isinstance(part, Lines):
            offset = part.offset
            for n, line in enumerate(part.data.split(b"\n")):
                if line.strip():
                    yield from _results(Value(offset, part.line + n, line), name, place, limits)
                offset += len(line) + 1
        else:
            yield from _results(part, name, place, limits)


def _results(page: Value, name: str, place: str, limits: Limits) -> Iterator[Value | Refusal]:
    """The results of a page, or the one thing that is given."""
    try:
        answer = _ANSWER(page.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield page  # read again, and refused with its reason, as a result
        return
    if answer.resultList is None and not bytes(answer.result):
        if b'"hitCount"' in page.data and b'"source"' not in page.data:
            where = f"{place}line {page.line}, byte {page.offset}"
            shown = clean_excerpt(page.data[: 4 * limits.excerpt], limits.excerpt)
            yield Refusal(name, where, "an answer of Europe PMC without results", shown)
        else:
            yield page
        return
    texts = [
        *(answer.resultList.result if answer.resultList else ()),
        *([answer.result] if answer.result else ()),
    ]
    end, line = 0, page.line
    for raw in texts:
        text = bytes(raw)
        begin = page.data.find(text, end)
        line += page.data.count(b"\n", end, begin)
        yield Value(page.offset + begin, line, text)
        end = begin + len(text)
        line += text.count(b"\n")


def item(data: bytes, where: str) -> RawItem:
    """The raw item of one result. Raises: BadRecord."""
    refuse_hollow(data, 0, len(data))
    value = read_json(data)
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("source"), str)
        or not isinstance(value.get("id"), str)
    ):
        raise BadRecord("not a result of Europe PMC: no source and id")
    if not re.fullmatch(r"[A-Z]{2,5}", value["source"]) or not re.fullmatch(
        r"[\w./:-]{1,60}", value["id"], re.ASCII
    ):
        raise BadRecord(f"a result with an odd source or id: {value['source'][:20]!r}, {value['id'][:60]!r}")
    refuse_repeated_keys(data, 0, len(data), msgspec.json.encode(value))
    record_id = record_id_of(*_own_ids(value)) or f"EPMC:{value['source']}/{value['id']}"
    whole = isinstance(value.get("journalInfo"), dict) or "abstractText" in value or "dateOfCreation" in value
    day = value.get("dateOfRevision")
    return paper_item(
        record_id,
        value,
        "europepmc",
        "full" if whole else "partial",
        day if isinstance(day, str) else None,
        where,
    )


def id_of(body: bytes) -> str:
    """The record id of one result; "" where it cannot be read."""
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    if (
        not isinstance(value, dict)
        or not isinstance(value.get("id"), str)
        or not isinstance(value.get("source"), str)
    ):
        return ""
    return record_id_of(*_own_ids(value)) or f"EPMC:{value['source']}/{value['id']}"


def _own_ids(value: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """(PMID, PMC id, DOI) of a result."""
    pmid = _text(value, "pmid") or (value["id"] if value.get("source") == "MED" else None)
    pmid = pmid if pmid and _PMID.fullmatch(pmid) else None
    pmcid = pmc_of(_text(value, "pmcid") or (value["id"] if value.get("source") == "PMC" else None))
    return pmid, pmcid, doi_of(_text(value, "doi"))


def read_europepmc(body: bytes) -> PaperResult:
    """The paper that a canonical body of `item` holds, and what was odd in it. Raises: InputError if it is none."""
    value = body_value(body)
    if not isinstance(value, dict) or not isinstance(value.get("id"), str):
        raise InputError("the body of this paper is no result of Europe PMC; import it again")
    issues: list[Issue] = []
    pmid, pmcid, doi = _own_ids(value)
    info = _object(value, "journalInfo")
    journal = _object(info, "journal")
    whole = bool(info) or "abstractText" in value or "dateOfCreation" in value
    printed = _text(info, "dateOfPublication") or _text(value, "pubYear") or _text(info, "yearOfPublication")
    printed = None if printed == "0" else printed  # Europe PMC's word for a year it does not know
    published = _date(printed, "journalInfo.dateOfPublication", issues)
    online = _text(value, "electronicPublicationDate")
    return PaperResult(
        Paper(
            record_id=record_id_of(pmid, pmcid, doi) or f"EPMC:{value.get('source')}/{value['id']}",
            source="europepmc",
            completeness="full" if whole else "partial",
            pmid=pmid,
            doi=doi,
            pmcid=pmcid,
            ids=(SourceId(_text(value, "source") or "", value["id"]),),
            title=_readable(_text(value, "title")),
            abstract=tuple(_sections(_text(value, "abstractText"))),
            journal=_text(journal, "title"),
            journal_short=_text(journal, "medlineAbbreviation") or _text(value, "journalTitle"),
            issns=_issns(value, journal),
            volume=_text(info, "volume") or _text(value, "journalVolume"),
            issue=_text(info, "issue") or _text(value, "issue"),
            pages=_text(value, "pageInfo"),
            published=published,
            published_text=printed,
            published_online=_date(online, "electronicPublicationDate", issues),
            first_published=_date(_text(value, "firstPublicationDate"), "firstPublicationDate", issues),
            entered=_date(_text(value, "dateOfCreation"), "dateOfCreation", issues),
            revised=_date(_text(value, "dateOfRevision"), "dateOfRevision", issues),
            completed=_date(_text(value, "dateOfCompletion"), "dateOfCompletion", issues),
            authors=tuple(_authors(value)),
            languages=tuple(filter(None, (_text(value, "language"),))),
            publication_types=_types(value),
            mesh=tuple(_mesh(value)),
            keywords=tuple(
                k for k in _listed(value, "keywordList", "keyword") if isinstance(k, str) and k.strip()
            ),
            substances=tuple(_substances(value)),
            corrections=tuple(_corrections(value)),
            status=_text(value, "publicationStatus"),
        ),
        tuple(issues),
    )


def _sections(text: str | None) -> Iterator[Section]:
    """The parts of an abstract, parted at its headings."""
    parts = _HEADING.split(text or "")
    if (first := _readable(parts[0])) is not None:
        yield Section(first)
    for label, words in zip(parts[1::2], parts[2::2], strict=True):
        if (readable := _readable(words)) is not None:
            yield Section(readable, _readable(label))


def _readable(text: str | None) -> str | None:
    """Text without its tags, on one line; `10<sup>9</sup>` reads 10⁹."""
    if text is None:
        return None
    text = html.unescape(text)  # some titles come with their tags escaped, `&lt;i&gt;ATM&lt;/i&gt;`
    text = _SUP.sub(lambda found: raised(found[1]), text)
    text = _TAG.sub(lambda found: " " if found[2].lower() in _BREAKS else "", text)
    return _SPACES.sub(" ", text).strip() or None


def _types(value: dict[str, Any]) -> tuple[str, ...]:
    listed = [t for t in _listed(value, "pubTypeList", "pubType") if isinstance(t, str)]
    listed = listed or (_text(value, "pubType") or "").split(";")
    return tuple(dict.fromkeys(kind.strip() for kind in listed if kind.strip()))


def _issns(value: dict[str, Any], journal: dict[str, Any]) -> tuple[str, ...]:
    told = [_text(journal, "issn"), _text(journal, "essn"), *(_text(value, "journalIssn") or "").split(";")]
    return tuple(dict.fromkeys(issn.strip() for issn in told if issn and issn.strip()))


def _authors(value: dict[str, Any]) -> Iterator[Author]:
    listed = _listed(value, "authorList", "author")
    for author in listed:
        places = _listed(_object(author, "authorAffiliationDetailsList"), None, "authorAffiliation")
        own = _object(author, "authorId")
        yield Author(
            last=_text(author, "lastName"),
            fore=_text(author, "firstName"),
            initials=_text(author, "initials"),
            collective=_text(author, "collectiveName"),
            orcid=_text(own, "value") if _text(own, "type") == "ORCID" else None,
            affiliations=tuple(text for place in places if (text := _text(place, "affiliation"))),
        )
    if not listed:
        for name in (_text(value, "authorString") or "").rstrip(". ").split(", "):
            last, _, initials = name.strip().rpartition(" ")
            if name.strip():
                yield Author(last=last or name.strip(), initials=initials if last else None)


def _mesh(value: dict[str, Any]) -> Iterator[MeshHeading]:
    for heading in _listed(value, "meshHeadingList", "meshHeading"):
        if (name := _text(heading, "descriptorName")) is not None:
            qualifiers = tuple(
                Qualifier(said, None, _yes(q, "majorTopic_YN"))
                for q in _listed(heading, "meshQualifierList", "meshQualifier")
                if (said := _text(q, "qualifierName"))
            )
            yield MeshHeading(name, None, _yes(heading, "majorTopic_YN"), qualifiers)


def _substances(value: dict[str, Any]) -> Iterator[Substance]:
    for chemical in _listed(value, "chemicalList", "chemical"):
        if (name := _text(chemical, "name")) is not None:
            number = _text(chemical, "registryNumber")
            yield Substance(name, None, None if number == "0" else number)


def _corrections(value: dict[str, Any]) -> Iterator[Correction]:
    for entry in _listed(value, "commentCorrectionList", "commentCorrection"):
        kind = "".join(word[:1].upper() + word[1:] for word in (_text(entry, "type") or "").split())
        pmid = _text(entry, "id") if _text(entry, "source") == "MED" else None
        told = _text(entry, "reference")
        if pmid is None and told is None and _text(entry, "id"):
            told = f"{_text(entry, 'source') or ''} {_text(entry, 'id')}".strip()
        yield Correction(kind, told, pmid, _text(entry, "note"))


def _yes(value: Any, key: str) -> bool | None:
    return {"Y": True, "N": False}.get(_text(value, key) or "")


def _date(text: str | None, path: str, issues: list[Issue]) -> PartialDate | None:
    if text is None:
        return None
    found = printed_date(text)
    if found is None:
        issues.append(Issue("bad_date", path, text[:200], "no one date"))
    return found


def _object(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _listed(value: Any, group: str | None, key: str) -> list[Any]:
    found = (_object(value, group) if group else value).get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _text(value: Any, key: str) -> str | None:
    found = value.get(key) if isinstance(value, dict) else None
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found.strip() or None if isinstance(found, str) else None
