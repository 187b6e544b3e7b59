"""XML is cut into records in bounded memory; what is bad costs itself, and nothing can be smuggled in."""

import gzip
import io
import time
import tracemalloc
from typing import Any

import pytest

from skinproof.model.raw import Limits, RawItem
from skinproof.sources.files import iter_records
from skinproof.sources.files_record import BadRecord
from skinproof.sources.xml_tree import DEEPEST, words, xml_tree
from tests.sources.paper_samples import article, article_set, read
from tests.sources.raw_samples import zipped


def ids(items: list[RawItem]) -> list[int]:
    return [int(item.record_id.removeprefix("PMID:")) - 999_000_000 for item in items]


@pytest.mark.parametrize(
    "data",
    [
        article_set(article(1), article(2)),
        b"\xef\xbb\xbf" + article_set(article(1), article(2)),
        gzip.compress(article_set(article(1), article(2))),
        zipped({"a.xml": article_set(article(1)), "b.xml": article_set(article(2))}),
        article_set(article(1)) + article_set(article(2)),
        article_set(article(1), "<!-- <PubmedArticleX> -->", article(2)),
        article(1).encode() + b"\n" + article(2).encode(),
    ],
    ids=["plain", "bom", "gzip", "zip", "two files in one", "comment", "no list"],
)
def test_articles_are_found_however_they_are_packed(data: bytes) -> None:
    items, refusals = read(data)
    assert (ids(items), refusals) == ([1, 2], [])
    assert {item.source for item in items} == {"pubmed"}
    assert {item.registry_date for item in items} == {"2020-03-04"}


BAD = {
    "not well-formed": (article(9, inside="<b>open"), "not XML: mismatched tag"),
    "an unknown entity": (article(9, inside="<Abstract><AbstractText>&nbsp;</AbstractText></Abstract>"), "undefined entity"),
    "no PMID": (article(9).replace(">999000009<", "><"), "no PMID"),
    "another PMID": (article(9).replace(">999000009<", ">12a<"), "no PMID, found '12a'"),
    "never closed": (article(9).removesuffix("</PubmedArticle>"), "not closed before the next begins"),
    "text between": ("<Other>lost?</Other>", "between records"),
    "too deep": (article(9, inside="<x>" * 100 + "</x>" * 100), f"deeper than {DEEPEST}"),
    "an attribute twice": (article(9).replace('Status="MEDLINE"', 'a="1" a="2"'), "duplicate attribute"),
    "a document type inside": (article(9, inside='<!DOCTYPE x [<!ENTITY a "b">]>'), "document type declaration"),
    "a control character": (article(9, title="Synthetic \x01"), "not well-formed"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_article_costs_only_itself(case: str) -> None:
    bad, reason = BAD[case]
    items, refusals = read(article_set(article(1), bad, article(2)))
    assert ids(items) == [1, 2]
    (refusal,) = refusals
    assert reason in refusal.reason
    assert refusal.where.startswith("line ") and ", byte " in refusal.where


def test_bytes_that_are_not_utf8_cost_only_their_article() -> None:
    data = article_set(article(1), article(9, title="Synthetic @"), article(2)).replace(b"@", b"\xe9t\xe9")
    items, refusals = read(data)
    assert ids(items) == [1, 2] and "not well-formed (invalid token)" in refusals[0].reason


def test_a_file_in_another_encoding_is_refused_whole() -> None:
    data = article_set(article(1)).replace(b"utf-8", b"iso-8859-1")
    assert read(data)[0] == [] and "XML in iso-8859-1; save the file as UTF-8" in read(data)[1][0].reason


@pytest.mark.parametrize(
    "declared",
    [
        "".join(f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' for n in range(1, 10)),
        '<!ENTITY lol9 SYSTEM "file:///etc/passwd">',
        '<!ENTITY % lol SYSTEM "http://127.0.0.1:9/x.dtd"> %lol;',
    ],
    ids=["a billion laughs", "a file of this machine", "an address"],
)
def test_entities_are_never_expanded_or_fetched(declared: str) -> None:
    """A hostile file must neither fill memory nor read what it names."""
    bomb = article_set(article(1), article(2, title="Synthetic &lol9;")).replace(
        b'SYSTEM "http://dtd.test/x.dtd"', b"[" + declared.encode() + b"]"
    )
    items, refusals = read(bomb)
    assert ids(items) in ([1], [])
    assert any("entit" in r.reason or "XML" in r.reason for r in refusals)
    assert not any(b"root:" in item.body or b"lollol" in item.body for item in items)


def test_a_file_cut_in_the_middle_keeps_what_is_whole() -> None:
    data = article_set(article(1), article(2))
    items, refusals = read(data[:-60])
    assert ids(items) == [1] and refusals[0].reason == "ends in the middle of a record"
    items, refusals = read(data[: data.rindex(b"</PubmedArticleSet")])
    assert ids(items) == [1, 2] and "the list is never closed" in refusals[0].reason
    items, refusals = read(gzip.compress(data)[:-20])
    assert len(refusals) == 1 and "gzip file is cut off" in refusals[0].reason


def test_a_record_beyond_the_limit_is_refused_and_the_next_is_found() -> None:
    limits = Limits(record_bytes=5 << 20)
    huge = article(9, title="Synthetic " + "x" * (9 << 20))
    items, refusals = read(article_set(article(1), huge, article(2)), limits=limits)
    assert ids(items) == [1, 2] and [r.reason[:31] for r in refusals] == ["larger than the limit of 5,242,"]
    million = article(3, title="Synthetic " + "word " * 200_000)
    assert ids(read(article_set(million), limits=limits)[0]) == [3]


def test_the_place_of_a_refusal_is_where_it_stands() -> None:
    data = article_set(article(1), BAD["not well-formed"][0])
    (refusal,) = read(data)[1]
    line, byte = (int(part.split()[1]) for part in refusal.where.split(", "))
    assert data[byte:].startswith(b"</Article>") or data[byte - 2 :].startswith(b"</Article>")
    assert data[:byte].count(b"\n") + 1 == line


class Endless(io.RawIOBase):
    """Many articles, made as they are read."""

    def __init__(self, count: int) -> None:
        self._parts = self._make(count)
        self._rest = b""

    def _make(self, count: int) -> Any:
        yield b"<PubmedArticleSet>"
        for n in range(count):
            yield article(n + 1, inside="<a>" + "synthetic words " * 1500 + "</a>").encode()
        yield b"</PubmedArticleSet>"

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        pieces, held = [self._rest], len(self._rest)
        while held < size and (more := next(self._parts, b"")):
            pieces.append(more)
            held += len(more)
        whole = b"".join(pieces)
        self._rest = whole[size:]
        return whole[:size]


def test_a_long_file_is_read_in_flat_memory_and_steady_time() -> None:
    """500 MB must not need 500 MB."""
    peaks, times = [], []
    for count in (600, 1_800):
        tracemalloc.start()
        begin = time.process_time()
        found = sum(isinstance(part, RawItem) for part in iter_records(Endless(count), "x"))  # type: ignore[arg-type]
        times.append(time.process_time() - begin)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert found == count
    assert peaks[1] < 1.2 * peaks[0]
    assert times[1] < 6 * times[0]


def test_words_keep_powers_apart_from_numbers() -> None:
    """10<sup>9</sup> particles read as 109 would be a wrong dose."""
    tree = xml_tree(
        b"<t>1 x 10<sup>9</sup> of <i>CD4</i><sup>+</sup> in H<sub>2</sub>O, mL<sup>-1</sup>\n  end</t>"
    )
    assert words(tree) == "1 x 10⁹ of CD4+ in H2O, mL⁻¹ end"
    assert words(xml_tree(b"<t><i>a</i> <b>b</b></t>")) == "a b"
    assert words(xml_tree(b"<t> </t>")) is None


def test_indentation_is_no_content_but_words_are() -> None:
    one = xml_tree(b"<a>\n  <d>x</d>\n  <c/>\n</a>")
    assert one == ["a", {}, ["d", {}, "x"], ["c", {}]] == xml_tree(b"<a><d>x</d><c></c></a>")
    assert xml_tree(b"<a>x <b>y</b> </a>") == ["a", {}, "x ", ["b", {}, "y"], " "]


def test_a_record_of_nothing_but_tags_is_refused() -> None:
    with pytest.raises(BadRecord, match="mostly tags"):
        xml_tree(b"<a>" + b"<b/>" * 2_000_001 + b"</a>")
