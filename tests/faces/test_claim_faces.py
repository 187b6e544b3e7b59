"""Claims and pages of agents and complaints on the command line and in the site: thin faces over tested views."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from skinproof.faces.cli import main
from skinproof.faces.site.write import write_site
from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import open_workspace
from tests.faces.site_checks import broken_links, read_site
from tests.workflows.records import given, lines, record

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> \x1b[31m"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder of two synthetic studies, one of them hostile."""
    tmp = tmp_path_factory.mktemp("faces")
    records = [
        record(1, title="Exosomes for acne scar", updated="2022-01-01", **given("Exosomes", "Acne scar")),
        record(2, title=f"PRP for hair loss {EVIL}", updated="2022-01-01", **given(f"Platelet-rich plasma {EVIL}", "Alopecia")),
    ]  # fmt: skip
    import_files([lines(tmp / "records.jsonl", records)], tmp / "data", NOW)
    build(tmp / "data")
    return tmp / "data"


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(main, [*words, "--data", str(folder)])


def test_a_claim_is_shown_as_understood_before_its_answer(folder: Path) -> None:
    """A reader would take the answer to another claim for the answer to theirs."""
    said = run(folder, "claim", "exosmes improve acne scars")
    assert said.exit_code == 0, said.output
    assert said.output.index("read as this") < said.output.index("Answer: no results.")
    assert "No posted counts. That is no sign of safety." in said.output


def test_options_set_a_reading_right(folder: Path) -> None:
    """What was read wrongly could not be changed."""
    said = run(
        folder,
        "claim",
        "exosomes improve acne scars",
        "--agent",
        "PRP",
        "--indication",
        "hair loss",
        "--json",
    )
    answer = json.loads(said.output)
    assert answer["claim"]["agents"][0]["id"] == "prp"
    assert answer["evidence"]["numbers"]["record_ids"] == ["NCT99000002"]
    assert (
        json.loads(run(folder, "claim", "exosomes for acne scars", "--agent", "none", "--json").output)[
            "kind"
        ]
        == "not_understood"
    )


@pytest.mark.parametrize("words", [
    ("claim", ""), ("claim", "x", "--agent", "nothing at all"), ("claim", "x", "--as-of", "soon"), ("about", "nothing at all"), ("about", ""),
])  # fmt: skip
def test_what_means_nothing_is_refused(folder: Path, words: tuple[str, ...]) -> None:
    """A typing error would look like a gap in the evidence."""
    said = run(folder, *words)
    assert said.exit_code == 2, said.output


@pytest.mark.parametrize(
    "text", ["a" * 1_000_000, "'; DROP TABLE studies;--", EVIL, "\x00", "%s%n{0}{{7*7}}"]
)
def test_hostile_claims_are_answered_and_steer_no_terminal(folder: Path, text: str) -> None:
    """A pasted text would break the program or the terminal."""
    said = run(folder, "claim", text)
    assert said.exit_code == 0 and "Answer: not understood." in said.output
    assert "\x1b" not in said.output and len(said.output) < 5000


def test_about_has_the_studies_of_the_list(folder: Path) -> None:
    """The page and the list it names would disagree."""
    page = json.loads(run(folder, "about", "hair loss", "--json").output)
    listed = json.loads(run(folder, "list", *page["list_options"].split(), "--json").output)
    assert (
        page["evidence"]["numbers"]["record_ids"]
        == [row["record_id"] for row in listed["rows"]]
        == ["NCT99000002"]
    )
    assert "\x1b" not in run(folder, "about", "hair loss").output


def test_the_site_has_a_page_for_each_name_of_the_map(folder: Path, tmp_path: Path) -> None:
    """A name of the map would lead nowhere, or run what a record holds."""
    write_site(open_workspace(folder), tmp_path / "site")
    pages = read_site(tmp_path / "site")
    assert not broken_links(tmp_path / "site", pages)
    for name in (
        "agent/all-ev.html",
        "agent/exosome.html",
        "agent/all-pdrn.html",
        "indication/acne-scar.html",
        "claim.html",
    ):
        assert name in pages
    picture = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert 'href="agent/all-ev.html"' in picture and 'href="indication/scar.html"' in picture
    text = (tmp_path / "site" / "indication" / "alopecia.html").read_text("utf-8")
    assert "<script>alert" not in text and "<img src=x" not in text
    empty = (tmp_path / "site" / "agent" / "all-pdrn.html").read_text("utf-8")
    assert "gap in what is registered" in empty


def test_every_number_of_a_page_leads_to_its_studies(folder: Path, tmp_path: Path) -> None:
    """A number could not be checked."""
    write_site(open_workspace(folder), tmp_path / "site")
    text = (tmp_path / "site" / "agent" / "exosome.html").read_text("utf-8")
    targets = set(re.findall(r'id="(of-[a-z0-9-]+)"', text))
    asked = set(re.findall(r'href="#(of-[a-z0-9-]+)"', text))
    assert asked and asked <= targets
    assert "study/NCT99000001.html" in text
