"""What is new about papers: linked, retracted, and what that alters; by every way to compare, and for a watch once."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from skinproof.faces.changes_text import change_lines
from skinproof.faces.commands.changes import HEADER, csv_rows
from skinproof.faces.site.changes_page import changes_context, changes_feed
from skinproof.faces.site.environment import environment
from skinproof.model.summary import Filters
from skinproof.views.changes import ChangeReport, headline
from skinproof.workflows.build import build
from skinproof.workflows.change_states import sides
from skinproof.workflows.changes import compare, last_year
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import Workspace
from skinproof.workflows.watch import add_watch, news, told
from tests.sources.paper_samples import article
from tests.workflows.paper_records import ABSTRACT, ALONE, BANK, TYPES, paper, papers_file
from tests.workflows.records import PRP, SCAR
from tests.workflows.test_changes import store

TODAY = date(2024, 6, 2)
NOW = datetime(2024, 6, 2, 8, tzinfo=UTC)
SECOND = datetime(2024, 6, 1, tzinfo=UTC)

STOOD = paper(1, "Synthetic: exosomes for acne scar", "Synthetic abstract.", bank=("NCT99000001",))
FELL = paper(
    1, "Synthetic: exosomes for acne scar", "Synthetic abstract.", types=("Retracted Publication",),
    bank=("NCT99000001",),
).replace("<Year>2020<", "<Year>2024<")  # fmt: skip
FIRST_OF_PRP = paper(5, "Synthetic: PRP", "Synthetic abstract of PRP for hair loss.", bank=("NCT99000002",))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report that is retracted and a first report of another study; a third paper stays as it was."""
    folder = tmp_path_factory.mktemp("papers")
    import_files(
        [papers_file(folder / "p.xml", STOOD, ALONE)], folder / "data", datetime(2024, 1, 1, tzinfo=UTC)
    )
    store(folder, "one", [SCAR, PRP], datetime(2024, 1, 1, tzinfo=UTC))
    add_watch(folder / "data", "scar", "", Filters(indication=("indication:scar",)), NOW)
    import_files([papers_file(folder / "q.xml", FELL, FIRST_OF_PRP)], folder / "data", SECOND)
    build(folder / "data", jobs=1)
    return folder / "data"


def found(data: Path, filters: Filters | None = None, **asked: str) -> ChangeReport:
    both = sides(data, TODAY, **asked)
    try:
        return compare(both, filters)
    finally:
        both.close()


def said(report: ChangeReport) -> dict[str, list[tuple[str, str | None]]]:
    return {paper.record_id: [(one.kind, one.study) for one in paper.news] for paper in report.papers}


@pytest.mark.parametrize("asked", [{}, {"since": "2024-03-01"}], ids=["editions", "seen"])
def test_a_retraction_and_a_first_report_are_told_and_alter_a_conclusion(
    data: Path, asked: dict[str, str]
) -> None:
    report = found(data, **asked)
    assert said(report) == {
        "PMID:999000001": [("retracted", None)],
        "PMID:999000005": [("linked", "NCT99000002")],
    }
    assert [(c.kind, c.record_ids, c.papers) for c in report.conclusions] == [
        ("retracted", ("NCT99000001",), ("PMID:999000001",)),
        ("report", ("NCT99000002",), ("PMID:999000005",)),
    ]
    assert report.conclusions[0].after == "PMID:999000001 was retracted; no report stands"
    assert report.conclusions[1].before == "no paper that reports it"
    assert "2 papers new, linked or marked, 2 conclusions altered." in headline(report)
    linked = report.papers[1].news[0]
    assert (linked.relation, linked.quote) == ("report", "NCT99000002")


def test_filters_keep_papers_that_meet_them_or_are_linked_to_a_study_that_does(data: Path) -> None:
    assert list(said(found(data, Filters(indication=("indication:scar",))))) == ["PMID:999000001"]


def test_nothing_is_told_where_nothing_came(data: Path) -> None:
    report = found(data, since="2024-06-01T12:00")
    assert report.empty and report.papers == ()


def test_by_the_registrys_clock_a_paper_counts_from_the_day_it_was_published(tmp_path: Path) -> None:
    """All was stored on one day; a paper of 2019 is no news, and since when one is retracted is not known."""
    inside = ABSTRACT.format("Synthetic.") + BANK.format("<AccessionNumber>NCT99000001</AccessionNumber>")
    dated = "<Journal><JournalIssue><PubDate><Year>{}</Year></PubDate></JournalIssue></Journal>"
    fallen = TYPES.format("<PublicationType>Retracted Publication</PublicationType>")
    old = article(1, title="Synthetic: old", inside=dated.format(2019) + inside + fallen)
    new = article(2, title="Synthetic: new", inside=dated.format(2024) + inside)
    import_files([papers_file(tmp_path / "p.xml", old, new)], tmp_path / "data", SECOND)
    store(tmp_path, "one", [SCAR], SECOND)
    report = found(tmp_path / "data", since="2023-06-01", by="registry")
    assert said(report) == {"PMID:999000002": [("linked", "NCT99000001")]}


def test_the_same_is_text_rows_feed_and_page(data: Path) -> None:
    report = found(data)
    text = "\n".join(change_lines(report, 200))
    assert "Papers retracted (1)" in text and "[RETRACTED]: was retracted (alters:" in text
    rows = [dict(zip(HEADER, row, strict=False)) for row in csv_rows(report)]
    assert [(r["kind"], r["record_id"], r["about"]) for r in rows] == [
        ("paper_retracted", "PMID:999000001", None),
        ("paper_linked", "PMID:999000005", "NCT99000002"),
    ]
    feed = changes_feed(report).decode()
    assert feed == changes_feed(report).decode()
    assert feed.count("<entry>") == 2 and "Alters: NCT99000001" in feed and "paper_retracted" in feed
    shown = changes_context(report, {"PMID:999000001": "papers/x.html"})
    template = environment().get_template("changes.html")
    page = "".join(template.blocks["main"](template.new_context({"root": "", **shown})))
    assert (
        '<a href="papers/x.html">PMID:999000001</a> <s>' in page
        and "Papers newly linked to a study (1)" in page
    )


def test_the_page_of_the_last_year_has_papers(data: Path) -> None:
    workspace = Workspace(data)
    report = last_year(workspace, None)
    workspace.close()
    assert report is not None and report.compared.by == "registry"


def test_a_watch_tells_papers_once(data: Path) -> None:
    """A paper that is retracted after it was told is told again; one about something else is not."""
    one = news(data, "scar", NOW)
    assert said(one.report) == {"PMID:999000001": [("retracted", None)]}
    assert [c.kind for c in one.report.conclusions] == ["retracted"]
    told(data, one)
    assert news(data, "scar", NOW).report.empty
