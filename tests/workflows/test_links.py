"""Links from build to answer: counted once, judged without a build, undone without a trace."""

from pathlib import Path

import pytest

from skinproof.errors import NotFoundError
from skinproof.model.summary import Filters
from skinproof.workflows.build import build
from skinproof.workflows.judge import judge_link
from skinproof.workflows.query import open_workspace
from tests.workflows.paper_records import PAPERS, named
from tests.workflows.records import ALL
from tests.workflows.test_build import imported
from tests.workflows.test_build_papers import with_papers

NOW = "2026-11-23T12:00:00+00:00"
PAIR = ("PMID:999000001", "NCT99000001")


def state(data: Path, one: str, other: str) -> tuple[str, str]:
    workspace = open_workspace(data)
    found = next(k for k in workspace.links if {k.from_id, k.to_id} == {one, other})
    workspace.close()
    return found.relation, found.state


def test_a_review_waits_and_a_paper_with_the_same_title_is_not_linked(tmp_path: Path) -> None:
    """The whole way, from files."""
    data = with_papers(imported(tmp_path / "data", ALL), *PAPERS)
    build(data)
    workspace = open_workspace(data)
    assert [(k.from_id, k.to_id, k.relation, k.state) for k in workspace.links] == [
        (*PAIR, "report", "linked"),
        ("PMID:999000002", "NCT99000001", "mention", "review"),
        ("PMID:999000002", "NCT99000002", "mention", "review"),
    ]
    (row, *_) = workspace.link_rows(workspace.links_of("NCT99000001"))
    assert row.to_title == "Exosomes for acne scar, enlarged"
    for link in workspace.links:
        paper = workspace.paper(workspace.paper_for(link.from_id))
        for place in link.evidence:
            text = (
                paper.abstract[0].text if place.field.startswith("abstract") else paper.registry_ids[0].number
            )
            assert text[place.start : place.end] == place.quote
    counts = workspace.reports()
    assert (counts.registry_records, counts.papers, counts.studies, counts.reported) == (4, 3, 4, 1)


def test_a_person_rejects_and_takes_it_back_without_a_build(tmp_path: Path) -> None:
    """An error of ours is mended in a second and leaves a trace."""
    data = with_papers(imported(tmp_path / "data", ALL), *PAPERS)
    edition = build(data).edition
    line, link = judge_link(data, "reject", *PAIR, who="ada", reason="another trial", now=NOW)
    assert (line.id, link.state, link.machine_state, link.who) == (1, "rejected", "linked", "ada")
    judge_link(data, "accept", *PAIR, who="ben", reason="", now=NOW)
    assert state(data, *PAIR) == ("report", "review")  # they differ
    judge_link(data, "undo", *PAIR, who="ben", reason="", now=NOW)
    assert state(data, *PAIR) == ("report", "rejected")
    judge_link(data, "undo", *PAIR, who="ada", reason="", now=NOW)
    assert state(data, *PAIR) == ("report", "linked")
    with pytest.raises(NotFoundError, match="stands"):
        judge_link(data, "undo", *PAIR, who="ada", reason="", now=NOW)
    assert not build(data).made and build(data).edition == edition


def test_a_person_can_link_what_no_rule_found(tmp_path: Path) -> None:
    """A paper that names no id may still be the report."""
    data = with_papers(imported(tmp_path / "data", ALL), *PAPERS)
    build(data)
    judge_link(data, "accept", "pmid:999000003", "nct99000001", who="ada", reason="same authors", now=NOW)
    assert state(data, "PMID:999000003", "NCT99000001") == ("report", "linked")
    judge_link(data, "accept", "PMID:999000002", "NCT99000002", who="ada", reason="", now=NOW)
    assert state(data, "PMID:999000002", "NCT99000002") == ("report", "linked")
    with pytest.raises(NotFoundError, match="no study or paper"):
        judge_link(data, "accept", "PMID:5", "NCT99000001", who="ada", reason="", now=NOW)


def test_two_registrations_count_once_until_a_person_parts_them(tmp_path: Path) -> None:
    """One trial in two registers is one trial, in every number."""
    data = imported(tmp_path / "data", [named(11, "NCT99000012"), named(12)])
    build(data)
    assert len(open_workspace(data).select(Filters()).studies) == 2  # one register: two trials
    judge_link(data, "accept", "NCT99000011", "NCT99000012", who="ada", reason="typed twice", now=NOW)
    workspace = open_workspace(data)
    assert [s.record_id for s in workspace.select(Filters()).studies] == ["NCT99000011"]
    assert workspace.stamp().n_studies == 1
    assert workspace.find("synthetic trial").total == 1
    assert workspace.version_for("NCT99000012")[0].record_id == "NCT99000012"
    assert workspace.find("NCT99000012").total == 1
    assert workspace.registrations_of("NCT99000012") == ("NCT99000011", "NCT99000012")
    judge_link(data, "undo", "NCT99000011", "NCT99000012", who="ada", reason="", now=NOW)
    assert len(open_workspace(data).select(Filters()).studies) == 2
