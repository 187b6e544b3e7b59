"""Which version of a paper is in force: one answer, whatever the order of imports."""

import itertools

import pytest

from skinproof.model.dates import PartialDate
from skinproof.model.paper import Author, Paper, PaperVersion, in_force, version_of

FULL_OLD = PaperVersion("pubmed", "full", "2020-01-01", "aa")
FULL_NEW = PaperVersion("europepmc", "full", "2021-01-01", "bb")
PARTIAL_NEWEST = PaperVersion("nbib", "partial", "2025-01-01", "cc")
RIS = PaperVersion("ris", "partial", None, "dd")


@pytest.mark.parametrize(
    ("versions", "wanted"),
    [
        ([FULL_OLD, PARTIAL_NEWEST, RIS], FULL_OLD),
        ([FULL_OLD, FULL_NEW, PARTIAL_NEWEST], FULL_NEW),
        ([RIS, PARTIAL_NEWEST], PARTIAL_NEWEST),
        ([FULL_OLD, PaperVersion("europepmc", "full", "2020-01-01", "zz")], FULL_OLD),
        ([FULL_NEW, PaperVersion("pubmed", "full", "2019-01-01", "ee", pmid_version=2)],
         PaperVersion("pubmed", "full", "2019-01-01", "ee", pmid_version=2)),
        ([FULL_NEW, PaperVersion("pubmed", "full", None, "ff", deleted=True)],
         PaperVersion("pubmed", "full", None, "ff", deleted=True)),
        ([FULL_OLD, PaperVersion("pubmed", "full", "2020-01-01", "ab")], PaperVersion("pubmed", "full", "2020-01-01", "ab")),
    ],
)  # fmt: skip
def test_the_fullest_then_the_newest_is_in_force_in_any_order(
    versions: list[PaperVersion], wanted: PaperVersion
) -> None:
    """A short search result of today must not hide the whole record of last year, nor an order of files decide."""
    for order in itertools.permutations(versions):
        assert order[in_force(list(order))] == wanted


def test_no_version_is_no_answer() -> None:
    with pytest.raises(ValueError, match="no versions"):
        in_force([])


def test_a_version_says_what_decides() -> None:
    paper = Paper(
        record_id="PMID:999000001", source="pubmed", completeness="full", pmid_version="2",
        revised=PartialDate(2020, 3, 4),
    )  # fmt: skip
    assert version_of(paper, "aa") == PaperVersion("pubmed", "full", "2020-03-04", "aa", 2)
    odd = Paper(record_id="PMID:1", source="ris", completeness="partial", pmid_version="٣")
    assert version_of(odd, "aa") == PaperVersion("ris", "partial", None, "aa", 1)


def test_the_year_is_the_earliest_that_is_told() -> None:
    paper = Paper(
        record_id="PMID:999000001", source="pubmed", completeness="full",
        published=PartialDate(2021), published_online=PartialDate(2020, 12),
    )  # fmt: skip
    assert paper.year == 2020
    assert Author(last="Example", suffix="Jr").name == "Example Jr" and Author().name == ""
