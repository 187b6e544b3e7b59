"""Papers in an edition: read and tagged like studies, and never counted as one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from skinproof.model.papers import PaperFilters
from skinproof.model.summary import Filters
from skinproof.store.editions import Editions, verify
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import open_workspace
from tests.workflows.paper_records import ALONE, PAPERS, REVIEW, TRIAL, papers_file
from tests.workflows.records import ALL, PRP, SCAR
from tests.workflows.test_build import content, imported

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def with_papers(data: Path, *articles: str) -> Path:
    data.mkdir(exist_ok=True)
    name = f"{data.name}-papers-{len(list(data.parent.iterdir()))}.xml"
    import_files([papers_file(data.parent / name, *articles)], data, now=NOW)
    return data


def test_papers_never_enter_a_count_of_studies(tmp_path: Path) -> None:
    """A paper about a trial is no second trial."""
    data = imported(tmp_path / "data", ALL)
    build(data)
    before = open_workspace(data)
    counted = before.select(Filters()).studies
    stamp = before.stamp()
    report = build(with_papers(data, *PAPERS))
    assert (report.n_studies, report.n_papers, report.n_versions) == (4, 3, 8)
    after = open_workspace(data)
    assert after.select(Filters()).studies == counted
    assert (after.stamp().n_studies, after.stamp().n_versions) == (stamp.n_studies, stamp.n_versions)
    assert {h.summary.record_id for h in after.find("exosomes").hits} <= {s.record_id for s in counted}
    assert [p.record_id for p in after.papers(PaperFilters()).papers] == [
        "PMID:999000001",
        "PMID:999000002",
        "PMID:999000003",
    ]


def test_an_update_with_papers_gives_the_same_bytes_as_a_build_from_nothing(tmp_path: Path) -> None:
    """Skipping work must never show, in links neither."""
    data = with_papers(imported(tmp_path / "data", [SCAR]), ALONE)
    build(data)
    with_papers(imported(data, [PRP]), TRIAL, REVIEW)
    report = build(data)
    assert report.read == 3
    updated = content(data)
    build(data, clean=True)
    assert content(data) == updated
    other = with_papers(tmp_path / "other", *reversed(PAPERS))
    build(imported(other, [PRP, SCAR]))
    assert content(other) == updated
    assert not build(other).made
    editions = Editions(data / "editions")
    assert verify(editions.root / str(editions.current()), editions.manifest()) == []


def test_worker_processes_give_the_same_bytes_of_papers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many cores a machine has must never show."""
    one, two = (with_papers(imported(tmp_path / name, ALL), *PAPERS) for name in ("one", "two"))
    build(one, jobs=1)
    monkeypatch.setattr("skinproof.workflows.build.POOL_FROM", 0)
    build(two, jobs=2)
    assert content(one) == content(two)


def test_new_papers_leave_the_files_of_studies_alone(tmp_path: Path) -> None:
    """A nightly look at PubMed must not rewrite trials."""
    data = imported(tmp_path / "data", ALL)
    build(data)
    before = content(data)
    report = build(with_papers(data, *PAPERS))
    assert (report.read, report.reused) == (3, 5)
    after = content(data)
    tables = [name for name in before if name.endswith(".parquet")]
    assert tables and {name: after[name] for name in tables} == {name: before[name] for name in tables}


def test_papers_alone_can_be_built_and_asked(tmp_path: Path) -> None:
    """Somebody may begin with a search in PubMed."""
    data = with_papers(tmp_path / "data", *PAPERS)
    report = build(data)
    assert (report.n_studies, report.n_papers) == (0, 3)
    workspace = open_workspace(data)
    assert workspace.select(Filters()).studies == ()
    assert workspace.stamp().n_studies == 0
    assert workspace.find_papers("acne scar").total == 2
    assert workspace.links == ()
    workspace.close()


def test_what_a_paper_gives_stands_with_its_words(tmp_path: Path) -> None:
    """The same kernels, the same rule: no tag without a quote."""
    data = with_papers(tmp_path / "data", TRIAL)
    build(data)
    workspace = open_workspace(data)
    (paper,) = workspace.papers(PaperFilters(agent=("ev",), kind=("human",))).papers
    assert paper.kind_reasons == ("publication type Randomized Controlled Trial",)
    tags = workspace.tags_of([paper])[paper.sha256].tags
    text = workspace.paper(paper)
    assert tags and all(t.quote == (text.title or "")[t.start : t.end] for t in tags if t.field == "title")
    assert any(t.field == "abstract[0].text" for t in tags)
    assert workspace.preparations_of(paper)
    assert workspace.paper_for("999000001") == paper == workspace.paper_for("pmid:999000001")


def test_a_deleted_paper_is_found_by_its_id_only(tmp_path: Path) -> None:
    """What the source took away is no evidence, and whoever asks for it is told."""
    data = with_papers(tmp_path / "data", TRIAL, ALONE)
    gone = tmp_path / "gone.xml"
    gone.write_bytes(
        b'<?xml version="1.0"?>\n<PubmedArticleSet><DeleteCitation><PMID Version="1">999000003</PMID></DeleteCitation></PubmedArticleSet>'
    )
    import_files([gone], data, now=NOW)
    build(data)
    workspace = open_workspace(data)
    assert [p.record_id for p in workspace.papers(PaperFilters()).papers] == ["PMID:999000001"]
    assert workspace.paper_for("PMID:999000003").deleted
