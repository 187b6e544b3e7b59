"""JSON of Europe PMC becomes papers, from search pages of both kinds, single articles and results alone."""

import io
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from skinproof.model.raw import RawItem
from skinproof.sources.europepmc_json import read_europepmc
from skinproof.sources.files import iter_records
from skinproof.sources.paper_item import paper_identity
from tests.sources.paper_samples import read


def result(n: int = 1, **more: Any) -> dict[str, Any]:
    """A synthetic result of the `core` kind."""
    return {
        "id": f"{999_000_000 + n}",
        "source": "MED",
        "pmid": f"{999_000_000 + n}",
        "doi": "10.9999/SYNTH.1",
        "title": "Synthetic example.",
        "journalInfo": {
            "dateOfPublication": "2020 Mar",
            "yearOfPublication": 2020,
            "journal": {"title": "Synth J"},
        },
        "dateOfRevision": "2020-04-05",
        "citedByCount": 3,
        **more,
    }


def page(*results: Any) -> dict[str, Any]:
    return {
        "version": "6.9",
        "hitCount": len(results),
        "request": {"queryString": "synthetic"},
        "resultList": {"result": list(results)},
    }


LAYOUTS = {
    "page": lambda rs: json.dumps(page(*rs)),
    "page pretty": lambda rs: json.dumps(page(*rs), indent=2),
    "pages in lines": lambda rs: "".join(json.dumps(page(r)) + "\n" for r in rs),
    "pages one after another": lambda rs: "".join(json.dumps(page(r), indent=1) for r in rs),
    "list of pages": lambda rs: json.dumps([page(r) for r in rs]),
    "results in lines": lambda rs: "".join(json.dumps(r) + "\n" for r in rs),
    "list of results": lambda rs: json.dumps(rs, indent=1),
    "articles": lambda rs: "\n".join(json.dumps({"version": "6.9", "hitCount": 1, "result": r}) for r in rs),
    "byte order mark": lambda rs: "\ufeff" + json.dumps(page(*rs)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_results_are_found_in_every_layout(layout: str) -> None:
    results = [result(1), result(2, title='Synthetic {two} ["quoted"]')]
    items, refusals = read(LAYOUTS[layout](results).encode())
    assert refusals == []
    assert [item.record_id for item in items] == ["PMID:999000001", "PMID:999000002"]
    assert [msgspec.json.decode(item.body) for item in items] == results
    assert {(i.source, i.completeness, i.registry_date) for i in items} == {
        ("europepmc", "full", "2020-04-05")
    }


def test_the_place_of_a_result_is_where_it_stands() -> None:
    data = json.dumps(page(result(1), result(2)), indent=2).encode()
    for item in read(data)[0]:
        line, byte = (int(part.split()[1]) for part in item.where.split(", "))
        assert data[byte:].startswith(b"{") and data[:byte].count(b"\n") + 1 == line


@pytest.mark.parametrize(
    ("given", "record_id"),
    [
        ({}, "PMID:999000001"),
        (
            {"source": "PMC", "id": "PMC9999999", "pmid": None, "pmcid": "PMC9999999", "doi": None},
            "PMC:9999999",
        ),
        ({"source": "PPR", "id": "PPR9", "pmid": None}, "DOI:10.9999/synth.1"),
        ({"source": "PPR", "id": "PPR9", "pmid": None, "doi": "none"}, "EPMC:PPR/PPR9"),
        ({"source": "AGR", "id": "IND9", "pmid": None, "doi": None}, "EPMC:AGR/IND9"),
    ],
)
def test_a_paper_goes_by_the_first_id_it_has(given: dict[str, Any], record_id: str) -> None:
    (item,), _ = read(json.dumps(result(**given)).encode())
    assert item.record_id == record_id == read_europepmc(item.body).record.record_id


def test_abstracts_are_parted_at_their_headings_and_keep_powers() -> None:
    text = (
        "<h4>Background</h4>Synthetic p&lt;0.05 and a<b>b</b>.<h4>Methods</h4>1 x 10<sup>9</sup> of CD63<sup>+</sup>"
        " <i>EVs</i>;<p>next, if p<0.1 and q>2.</p>"
    )
    (item,), _ = read(
        json.dumps(result(abstractText=text, title="&lt;i&gt;In vitro&lt;/i&gt; synthetic")).encode()
    )
    found = read_europepmc(item.body).record
    assert found.title == "In vitro synthetic"
    assert [(s.label, s.text) for s in found.abstract] == [
        ("Background", "Synthetic p<0.05 and ab."),
        ("Methods", "1 x 10⁹ of CD63+ EVs; next, if p<0.1 and q>2."),
    ]


def test_a_count_of_citations_makes_no_new_version() -> None:
    """It changes daily, and nothing in the paper with it."""
    (a,), _ = read(json.dumps(result()).encode())
    (b,), _ = read(json.dumps(result(citedByCount=4)).encode())
    (c,), _ = read(json.dumps(result(title="Synthetic, corrected.")).encode())
    assert a.sha256 == b.sha256 != c.sha256 and a.body != b.body
    assert paper_identity(msgspec.json.decode(a.body), a.body) == a.sha256


BAD = {
    "no id": ({**result(9), "id": None}, "no source and id"),
    "an odd id": ({**result(9), "id": "../x y"}, "odd source or id"),
    "NaN": ({**result(9), "score": float("nan")}, "NaN"),
    "deep": ({**result(9), "x": json.loads("[" * 500 + "]" * 500)}, ""),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_result_costs_only_itself_in_lines(case: str) -> None:
    bad, reason = BAD[case]
    items, refusals = read("".join(json.dumps(r) + "\n" for r in (result(1), bad, result(2))).encode())
    assert [item.record_id for item in items if "9990000" in item.record_id][:1] == ["PMID:999000001"]
    assert items[-1].record_id == "PMID:999000002"
    assert case == "deep" or reason in refusals[0].reason


def test_a_key_that_is_there_twice_is_refused() -> None:
    text = json.dumps(result()).replace('"title":', '"title": "Synthetic other", "title":')
    assert "is there twice" in read(text.encode())[1][0].reason


def test_a_cut_page_is_refused_and_an_empty_answer_is_no_loss() -> None:
    data = json.dumps(page(result(1), result(2))).encode()
    items, refusals = read(data[:-40])
    assert items == [] and len(refusals) == 1
    assert read(json.dumps(page()).encode()) == ([], [])


def test_the_real_samples_are_read(shared: Path) -> None:
    found = []
    for path in sorted((shared / "data" / "samples" / "europepmc").iterdir()):
        given = json.loads(path.read_text())["resultList"]["result"]
        parts = list(iter_records(io.BytesIO(path.read_bytes()), path.name))
        items = [part for part in parts if isinstance(part, RawItem)]
        assert len(items) == len(parts) == len(given)
        for item, original in zip(items, given, strict=True):
            assert msgspec.json.decode(item.body) == original
            read_again = read_europepmc(item.body)
            record = read_again.record
            assert record.record_id == item.record_id and read_again.issues == ()
            assert record.title and "<" not in record.title and "&lt" not in record.title
            assert record.doi == (original["doi"].lower() if "doi" in original else None)
            assert record.first_published and record.first_published.text == original["firstPublicationDate"]
            assert all(section.text and "<h4>" not in section.text for section in record.abstract)
            found.append(record)
    assert len(found) == 21 and sum(r.completeness == "full" for r in found) == 3
    assert {r.record_id for r in found} >= {"PMC:13013079", "PMID:22663011"}
    same = next(r for r in found if r.pmid == "22663011")
    assert "randomized controlled trial" in same.publication_types and len(same.authors) == 26
