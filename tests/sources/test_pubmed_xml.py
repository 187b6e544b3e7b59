"""PubMed XML becomes papers: every date with its precision, every id, and nothing lost."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from skinproof.errors import InputError
from skinproof.model.paper import Paper
from skinproof.model.raw import RawItem
from skinproof.sources.files import iter_records
from skinproof.sources.paper_dates import printed_date
from skinproof.sources.pubmed_xml import read_pubmed
from tests.sources.paper_samples import article, article_set, read


def paper(inside: str = "", around: str = "", title: str = "Synthetic example.") -> Paper:
    """The synthetic paper with some XML in its article, or behind its citation."""
    text = article(1, inside=inside, title=title).replace("</MedlineCitation>", f"{around}</MedlineCitation>")
    (item,), refusals = read(article_set(text))
    assert refusals == []
    return read_pubmed(item.body).record


DATES = {
    "<Year>2012</Year><Month>Jul</Month><Day>12</Day>": ("2012-07-12", "2012 Jul 12"),
    "<Year>2019</Year><Month>09</Month>": ("2019-09", "2019 09"),
    "<Year>2019</Year>": ("2019", "2019"),
    "<Year>2019</Year><Season>Winter</Season>": ("2019", "2019 Winter"),
    "<MedlineDate>2012 Jul-Aug</MedlineDate>": ("2012", "2012 Jul-Aug"),
    "<MedlineDate>2000 Spring</MedlineDate>": ("2000", "2000 Spring"),
    "<MedlineDate>1975 Jul 7-10</MedlineDate>": ("1975", "1975 Jul 7-10"),
    "<MedlineDate>1998 Dec-1999 Jan</MedlineDate>": (None, "1998 Dec-1999 Jan"),
    "<MedlineDate>Winter</MedlineDate>": (None, "Winter"),
    "<Year>2019</Year><Month>Feb</Month><Day>30</Day>": ("2019", "2019 Feb 30"),
    "": (None, None),
}


@pytest.mark.parametrize("given", DATES)
def test_a_date_keeps_the_precision_it_was_printed_with(given: str) -> None:
    """A range is never shown as its first day, a season never as a month."""
    day, printed = DATES[given]
    found = paper(f"<Journal><JournalIssue><PubDate>{given}</PubDate></JournalIssue></Journal>")
    assert (str(found.published) if found.published else None, found.published_text) == (day, printed)


def test_a_range_over_two_years_is_an_issue_with_its_words() -> None:
    inside = "<Journal><JournalIssue><PubDate><MedlineDate>1998 Dec-1999 Jan</MedlineDate></PubDate></JournalIssue></Journal>"
    (item,), _ = read(article_set(article(1, inside=inside)))
    (issue,) = read_pubmed(item.body).issues
    assert (issue.kind, issue.path, issue.found) == ("bad_date", "PubDate", "1998 Dec-1999 Jan")


@pytest.mark.parametrize("text", ["", "n.d.", "20199", "2019 Foo", "13/2019", "9" * 500])
def test_what_is_no_date_is_none(text: str) -> None:
    assert printed_date(text) is None or printed_date(text).precision == "year"  # type: ignore[union-attr]


def test_titles_and_abstracts_keep_readable_words() -> None:
    found = paper(
        '<Abstract><AbstractText Label="METHODS" NlmCategory="METHODS">We gave 2 x 10<sup>9</sup> '
        "<i>CD63</i><sup>+</sup> vesicles/cm<sup>2</sup> in H<sub>2</sub>O; p&lt;0.05.</AbstractText>"
        "<AbstractText>No label.</AbstractText><AbstractText/></Abstract>"
        "<VernacularTitle>Ein synthetisches Beispiel.</VernacularTitle>",
        title="[Synthetic <i>in vitro</i> example.]",
    )
    assert found.title == "[Synthetic in vitro example.]"
    assert found.vernacular_title == "Ein synthetisches Beispiel."
    (first, second) = found.abstract
    assert (first.label, first.category) == ("METHODS", "METHODS")
    assert first.text == "We gave 2 x 10⁹ CD63+ vesicles/cm² in H2O; p<0.05."
    assert (second.label, second.text) == (None, "No label.")


def test_absence_is_no_default() -> None:
    """A paper without an abstract has none; it is not an empty one."""
    bare = msgspec.structs.asdict(paper())
    told = {"record_id", "source", "completeness", "pmid", "pmid_version", "title", "revised", "status"}
    assert {name for name, value in bare.items() if value not in (None, (), False)} == told
    assert paper().year is None


def test_ids_of_registries_links_and_substances_are_read() -> None:
    found = paper(
        '<ELocationID EIdType="doi" ValidYN="N">10.9999/wrong</ELocationID>'
        '<ELocationID EIdType="doi" ValidYN="Y">10.9999/SYNTH.1</ELocationID>'
        "<DataBankList><DataBank><DataBankName>ClinicalTrials.gov</DataBankName><AccessionNumberList>"
        "<AccessionNumber>NCT99900001</AccessionNumber></AccessionNumberList></DataBank></DataBankList>",
        '<CommentsCorrectionsList><CommentsCorrections RefType="RetractionIn"><RefSource>Synth J</RefSource>'
        '<PMID Version="1">999000002</PMID></CommentsCorrections></CommentsCorrectionsList>'
        "<ChemicalList><Chemical><RegistryNumber>0</RegistryNumber><NameOfSubstance UI='D1'>Synthetic</NameOfSubstance>"
        "</Chemical></ChemicalList>",
    )
    assert found.doi == "10.9999/synth.1"
    assert [(i.bank, i.number) for i in found.registry_ids] == [("ClinicalTrials.gov", "NCT99900001")]
    assert [(c.kind, c.pmid) for c in found.corrections] == [("RetractionIn", "999000002")]
    assert [(s.name, s.number) for s in found.substances] == [("Synthetic", None)]


def test_a_book_chapter_is_a_paper_of_its_book() -> None:
    book = (
        "<PubmedBookArticle><BookDocument><PMID Version='1'>999000003</PMID><ArticleIdList>"
        "<ArticleId IdType='bookaccession'>NBK999</ArticleId></ArticleIdList><Book><BookTitle>Synthetic book</BookTitle>"
        "<PubDate><Year>2020</Year><Month>01</Month></PubDate></Book><ArticleTitle>Synthetic chapter</ArticleTitle>"
        "<Language>eng</Language><AuthorList><Author><LastName>Example</LastName><Initials>A</Initials></Author></AuthorList>"
        "<PublicationType>Review</PublicationType><Abstract><AbstractText>Synthetic.</AbstractText></Abstract>"
        "</BookDocument></PubmedBookArticle>"
    )
    (item,), refusals = read(article_set(book))
    found = read_pubmed(item.body).record
    assert refusals == [] and item.record_id == found.record_id == "PMID:999000003"
    assert (found.title, found.journal, str(found.published)) == (
        "Synthetic chapter",
        "Synthetic book",
        "2020-01",
    )
    assert found.publication_types == ("Review",) and found.authors[0].name == "Example A"
    assert found.abstract[0].text == "Synthetic."


def test_a_deletion_is_a_version_of_each_paper_it_names() -> None:
    """PubMed's update files take papers back; not to hear of it would keep them for ever."""
    text = "<DeleteCitation>\n<PMID Version='1'>999000001</PMID>\n<PMID Version='1'>999000002</PMID>\n</DeleteCitation>"
    items, refusals = read(article_set(article(1), text))
    assert [item.record_id for item in items] == ["PMID:999000001", "PMID:999000001", "PMID:999000002"]
    assert refusals == [] and [read_pubmed(item.body).record.deleted for item in items] == [False, True, True]


def test_the_same_paper_laid_out_otherwise_is_the_same_version() -> None:
    one = article(1, inside="<Pagination><MedlinePgn>1-2</MedlinePgn></Pagination>")
    pretty = one.replace("><", ">\n   <")
    (a,), _ = read(article_set(one))
    (b,), _ = read(article_set(pretty))
    assert (a.sha256, a.body) == (b.sha256, b.body)


def test_a_body_that_is_none_is_an_error_not_an_empty_paper() -> None:
    for body in (b"", b"{", b"[]", b"1"):
        with pytest.raises(InputError):
            read_pubmed(body)


# -- real samples


def samples(shared: Path) -> list[Path]:
    folder = shared / "data" / "samples"
    return sorted([*(folder / "medline").glob("*.xml"), *(folder / "pubmed").glob("*.xml")])


def items_of(path: Path) -> list[RawItem]:
    parts = list(iter_records(io.BytesIO(path.read_bytes()), path.name))
    assert all(isinstance(part, RawItem) for part in parts), parts
    return [part for part in parts if isinstance(part, RawItem)]


def originals(path: Path) -> list[ElementTree.Element]:
    return list(ElementTree.parse(path).getroot())


def tree_texts(node: list[Any]) -> Iterator[str]:
    for child in node[2:]:
        if isinstance(child, str):
            yield child
        else:
            yield from tree_texts(child)


def tree_tags(node: list[Any]) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    yield node[0], tuple(sorted(node[1].items()))
    for child in node[2:]:
        if isinstance(child, list):
            yield from tree_tags(child)


def test_no_text_element_or_attribute_of_a_real_sample_is_lost(shared: Path) -> None:
    """What the body does not hold can never be read later."""
    read_papers = 0
    for path in samples(shared):
        for element, item in zip(originals(path), items_of(path), strict=True):
            tree = msgspec.json.decode(item.body)
            said = re.sub(r"\s+", "", "".join(element.itertext()))
            assert re.sub(r"\s+", "", "".join(tree_texts(tree))) == said
            tags = [(e.tag, tuple(sorted(e.attrib.items()))) for e in element.iter()]
            assert list(tree_tags(tree)) == tags
            read_papers += 1
    assert read_papers == 346


KEPT_ONLY = {
    "GrantID", "Acronym", "Agency", "Country", "CitationSubset", "CoiStatement", "CopyrightInformation", "NlmUniqueID",
    "ISSNLinking", "ISOAbbreviation", "PublicationStatus", "Hour", "Minute", "SupplMeshName", "NumberOfReferences",
    "StartPage", "EndPage", "Year", "Month", "Day", "Season", "Identifier", "RegistryNumber", "MedlineTA", "ForeName",
    "Initials", "LastName", "ArticleId", "Title",
}  # fmt: skip
"""Elements whose text stays in the body, or is read into another form (dates, ids); every other text is in the paper."""


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from strings(inner)


def test_every_word_of_a_real_sample_is_in_its_paper(shared: Path) -> None:
    """A new element must not be passed over without anybody knowing."""
    lost: Counter[str] = Counter()
    for path in samples(shared):
        for element, item in zip(originals(path), items_of(path), strict=True):
            paper = read_pubmed(item.body).record
            told = {re.sub(r"\W+", "", text) for text in strings(msgspec.to_builtins(paper))}
            for node in element.iter():
                if node.tag in KEPT_ONLY or len(node) or not (node.text or "").strip():
                    continue
                if node.tag in ("i", "b", "sub", "sup", "u"):
                    continue  # part of the text around it, which is checked
                if re.sub(r"\W+", "", node.text or "") not in told:
                    lost[node.tag] += 1
            assert item.record_id == paper.record_id == f"PMID:{element.findtext('.//PMID')}"
    assert lost == Counter()


def test_the_real_samples_are_read_in_full(shared: Path) -> None:
    """Counts over 346 real papers, each found by reading the files with another parser."""
    papers = [read_pubmed(item.body) for path in samples(shared) for item in items_of(path)]
    assert [issue for result in papers for issue in result.issues] == []
    records = [result.record for result in papers]
    elements = [element for path in samples(shared) for element in originals(path)]

    def count(path: str) -> int:
        return sum(len(element.findall(path)) for element in elements)

    assert len(records) == 346
    assert sum(len(r.references) for r in records) == count(".//ReferenceList/Reference") == 4304
    assert sum(len(r.mesh) for r in records) == count(".//MeshHeading") == 1973
    assert sum(len(r.authors) for r in records) == count(".//AuthorList/Author") == 1871
    assert sum(len(r.registry_ids) for r in records) == count(".//AccessionNumber") == 9
    assert sum(len(r.corrections) for r in records) == count(".//CommentsCorrections") == 58
    assert sum(len(r.substances) for r in records) == count(".//Chemical") == 489
    assert sum(len(r.keywords) for r in records) == count(".//Keyword") - 1 == 1106  # one is empty
    assert sum(len(r.abstract) for r in records) == count(".//Article/Abstract/AbstractText") == 428
    precision = Counter(r.published.precision if r.published else "none" for r in records)
    assert precision == {"day": 191, "month": 113, "year": 42}
    assert all(r.revised and r.revised.precision == "day" for r in records)
    assert all(r.entered and r.entered.precision == "day" for r in records)
    trial = next(r for r in records if r.pmid == "22663011")
    assert [(i.bank, i.number) for i in trial.registry_ids] == [("ClinicalTrials.gov", "NCT01245062")]
    assert trial.doi == "10.1056/nejmoa1203421" and str(trial.published) == "2012-07-12"
    assert trial.pages == "107-14" and [s.label for s in trial.abstract][:2] == ["BACKGROUND", "METHODS"]
