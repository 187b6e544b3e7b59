"""`links`, `journal`, `find --papers`, `show PMID:`, `count --records`: what a user types and gets."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from skinproof.faces.cli import main
from skinproof.workflows.build import build
from tests.workflows.paper_records import PAPERS, named, paper
from tests.workflows.records import ALL
from tests.workflows.test_build import imported
from tests.workflows.test_build_papers import with_papers

PAIR = ("PMID:999000001", "NCT99000001")
RETRACTED = paper(
    4, "Synthetic: withdrawn words on exosomes", "Synthetic. NCT99000001 was registered.",
    types=("Retracted Publication", "Randomized Controlled Trial"),
)  # fmt: skip
OTHER = paper(5, "Synthetic: no vesicle", "Synthetic words of another matter.", bank=("NCT99999999",))


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Studies, papers (one retracted), and two registrations of one trial."""
    folder = tmp_path_factory.mktemp("papers") / "data"
    data = with_papers(imported(folder, [*ALL, named(7, "NCT99000008"), named(8)]), *PAPERS, RETRACTED, OTHER)
    build(data)
    return data


@pytest.fixture
def data(edition: Path, tmp_path: Path) -> Path:
    """A copy that a test may write judgements into."""
    return Path(shutil.copytree(edition, tmp_path / "data"))


def run(*words: str, data: Path | None = None) -> Result:
    return CliRunner().invoke(main, [*words, *(("--data", str(data)) if data else ())])


def said(*words: str, data: Path | None = None) -> str:
    found = run(*words, data=data)
    assert found.exit_code == 0, found.output
    return " ".join(found.output.split())


def answer(*words: str, data: Path) -> Any:
    found = run(*words, "--json", data=data)
    assert found.exit_code == 0, found.output
    return json.loads(found.output)


def rows(*words: str, data: Path) -> list[dict[str, str]]:
    found = run(*words, "--csv", data=data)
    assert found.exit_code == 0, found.output
    return list(csv.DictReader(io.StringIO(found.output)))


def test_links_as_text_json_and_csv_agree(edition: Path) -> None:
    text = said("links", data=edition)
    assert (
        "PMID:999000001 -> NCT99000001" in text
        and "PMID:999000001 says “NCT99000001” in abstract[0].text" in text
    )
    assert "[RETRACTED]" in text
    told = answer("links", data=edition)
    pairs = [(link["from_id"], link["to_id"], link["state"]) for link in told["links"]]
    assert (*PAIR, "linked") in pairs and told["total"] == len(pairs)
    assert sorted(set(pairs)) == sorted(
        {(r["from_id"], r["to_id"], r["state"]) for r in rows("links", data=edition)}
    )
    waiting = answer("links", "--review", data=edition)
    assert waiting["total"] == told["to_review"] == sum(state == "review" for *_, state in pairs)
    one = answer("links", "pmid:999000001", "--relation", "report", data=edition)
    assert [link["to_id"] for link in one["links"]] == ["NCT99000001"]


def test_a_rejected_link_is_gone_at_once_and_comes_back(data: Path) -> None:
    refused = run("links", "--reject", *PAIR, data=data)
    assert refused.exit_code == 2 and "--reason" in refused.output
    text = said("links", "--reject", *PAIR, "--reason", "of another trial", "--who", "ada", data=data)
    assert "rejected by ada: of another trial" in text and "journal line 1" in text
    assert "Rejected" in said("show", "NCT99000001", data=data) or "rejected" in said(
        "show", "NCT99000001", data=data
    )
    told = answer("links", "--accept", *PAIR, "--who", "ben", data=data)
    assert told["state"] == "review"  # they differ: nobody's word holds
    assert "people differ" in said("links", "--review", data=data)
    for who in ("ben", "ada"):
        last = answer("links", "--undo", *PAIR, "--who", who, data=data)
    assert (last["state"], last["relation"]) == ("linked", "report")
    assert run("links", "--undo", *PAIR, data=data).exit_code != 0  # nothing stands any more
    both = run("links", "--accept", *PAIR, "--undo", *PAIR, data=data)
    assert both.exit_code == 2 and "one at a time" in both.output


def test_the_journal_is_listed_copied_and_verified_and_a_changed_copy_is_told(
    data: Path, tmp_path: Path
) -> None:
    assert "The journal is empty" in said("journal", data=data)
    said("links", "--reject", *PAIR, "--reason", "of another trial", "--who", "ada", data=data)
    said("links", "--undo", *PAIR, "--who", "ada", data=data)
    listed = said("journal", data=data)
    assert all(
        words in listed for words in ("reject", "link NCT99000001", "PMID:999000001", "of another trial")
    )
    copy = tmp_path / "journal.jsonl"
    copy.write_text(run("journal", "--jsonl", data=data).output, encoding="utf-8")
    lines = copy.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["verdict"] for line in lines] == ["reject", "withdraw"]
    assert "2 lines, each as it was written" in said("journal", "--verify", data=data)
    assert "2 lines, each as it was written" in said("journal", "--verify", "--file", str(copy))
    for tampered in (lines[0].replace("another", "no other"), None):
        copy.write_text("\n".join([*([tampered] if tampered else []), *lines[1:]]), encoding="utf-8")
        found = run("journal", "--verify", "--file", str(copy))
        assert found.exit_code == 3 and "not as it was written" in found.output
    copy.write_text(lines[0][:40], encoding="utf-8")
    found = run("journal", "--verify", "--file", str(copy))
    assert found.exit_code == 3 and "line 1" in found.output
    assert run("journal", "--verify", "--file", str(tmp_path / "none.jsonl")).exit_code == 6


def test_find_has_studies_and_papers_apart_with_the_count_of_each(edition: Path) -> None:
    text = said("find", "exosome", data=edition)
    assert "; 4 papers, after them" in text and "4 papers; papers are reports and no studies" in text
    assert "PMID:999000004 [RETRACTED]" in text
    told = answer("find", "exosome", data=edition)
    alone = answer("find", "exosome", "--no-papers", data=edition)
    assert told["total"] == alone["total"] and "papers" not in alone
    assert all(hit["study"]["record_id"].startswith("NCT") for hit in told["hits"])
    assert told["papers"]["total"] == 4 and told["papers_not_searched"] is None
    only = answer("find", "exosome", "--papers", data=edition)
    assert only["hits"] == told["papers"]["hits"]
    assert {row["record_id"] for row in rows("find", "exosome", "--papers", data=edition)} == {
        hit["record_id"] for hit in only["hits"]
    }
    assert all(row["record_id"].startswith("NCT") for row in rows("find", "exosome", data=edition))
    assert [hit["record_id"] for hit in answer("find", "999000005", data=edition)["papers"]["hits"]] == [
        "PMID:999000005"
    ]


def test_find_says_why_papers_are_not_searched(edition: Path) -> None:
    for words in (("--phase", "2"), ("--as-of", "2020")):
        text = said("find", "exosome", *words, data=edition)
        assert "Papers were not searched" in text
        assert answer("find", "exosome", *words, data=edition)["papers"] is None
        refused = run("find", "exosome", "--papers", *words, data=edition)
        assert refused.exit_code == 2 and "papers" in refused.output


def test_show_has_a_paper_with_how_it_stands_first(edition: Path) -> None:
    found = run("show", "PMID:999000004", data=edition)
    assert found.exit_code == 0 and "RETRACTED" in found.output.splitlines()[0]
    told = answer("show", "pmid:999000001", data=edition)
    assert told["record_id"] == "PMID:999000001" and [k["to_id"] for k in told["linked"]] == ["NCT99000001"]
    quotes = rows("show", "PMID:999000001", data=edition)
    assert quotes and {row["record_id"] for row in quotes} == {"PMID:999000001"}
    assert run("show", "PMID:1", data=edition).exit_code == 6
    study = said("show", "NCT99000001", data=edition)
    assert "Papers that report it: 2 held" in study


def test_records_reports_and_studies_are_three_numbers(edition: Path) -> None:
    told = {c["what"]: c["n"] for c in answer("count", "--records", data=edition)["counts"]}
    assert told["records"] == told["records of registries"] + told["records of papers"]
    assert told["records of papers"] == 5 and told["studies"] <= told["records of registries"]
    assert told["studies with a paper"] == 1
    assert {r["what"]: int(r["n"]) for r in rows("count", "--records", data=edition)} == told
    assert "no paper linked is no sign that none exists" in said("count", "--records", data=edition)
    refused = run("count", "--records", "--agent", "ev", data=edition)
    assert refused.exit_code == 2 and "whole edition" in refused.output
