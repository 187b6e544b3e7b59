"""Papers in a real browser: from a cell of the map to a paper and out to PubMed, from studies to papers, with and without script."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from skinproof.workflows.build import build
from tests.browser.conftest import served
from tests.browser.test_every_page import IN_DARK, RULES, TRIM, broken
from tests.faces.test_paper_commands import OTHER, RETRACTED
from tests.workflows.paper_records import PAPERS, paper
from tests.workflows.records import ALL
from tests.workflows.test_build import imported
from tests.workflows.test_build_papers import with_papers

PEOPLE = paper(
    13, "Synthetic: exosomes for scar in 9 patients", "Synthetic. 9 patients with a scar received exosomes.",
    types=("Clinical Trial",),
)  # fmt: skip
MICE = paper(
    11, "Synthetic: exosomes for scars in mice", "Synthetic. Nude mice with a scar received exosomes."
)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server over studies and papers."""
    folder = imported(tmp_path_factory.mktemp("papers") / "data", ALL)
    build(with_papers(folder, *PAPERS, RETRACTED, OTHER, MICE, PEOPLE))
    with served(folder) as address:
        yield address


def test_from_a_cell_to_a_paper_and_out_to_pubmed(page: Any, papers: str) -> None:
    page.goto(f"{papers}/?evidence=human")
    page.get_by_role(
        "link", name=re.compile("^Extracellular vesicles, Scar: .*papers? beside the studies: 1 in people")
    ).first.click()
    beside = page.locator("#cell")
    expect(beside).to_be_focused()
    expect(beside).not_to_contain_text("in animals")
    beside.get_by_role("link", name="exosomes for scar in 9 patients").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Synthetic: exosomes for scar in 9 patients")
    out = page.get_by_role("link", name="PubMed", exact=True)
    assert out.get_attribute("href") == "https://pubmed.ncbi.nlm.nih.gov/999000013/"
    page.get_by_role("link", name="Papers", exact=True).last.click()
    expect(page.locator("#result-line")).to_contain_text("7 papers")


def test_a_search_goes_along_from_studies_to_papers_and_narrows(page: Any, papers: str) -> None:
    page.goto(f"{papers}/studies.html")
    page.get_by_label("Words to find").fill("exosomes")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=exosomes"))
    page.get_by_role("navigation", name="Studies or papers").get_by_role("link", name="Papers").click()
    expect(page).to_have_url(re.compile(r"papers\.html\?q=exosomes"))
    choice = page.get_by_role("link", name=re.compile("^What was studied: In animals"))
    told = int(re.search(r"(\d+)\s+paper", choice.text_content() or "")[1])  # type: ignore[index]
    choice.click()
    expect(page.locator("#result-line")).to_contain_text(re.compile(f"^{told} paper"))
    expect(page.get_by_role("link", name="Remove What was studied: In animals")).to_be_visible()


def test_without_script_tabs_and_choices_are_links(plain: Any, papers: str) -> None:
    plain.goto(f"{papers}/studies.html?q=exosomes")
    plain.get_by_role("navigation", name="Studies or papers").get_by_role("link", name="Papers").click()
    plain.get_by_text("Narrow the papers").click()
    plain.get_by_role("link", name=re.compile("^Kind of paper: Retracted")).click()
    expect(plain.locator(".hits s").first).to_be_visible()
    assert "kind=retracted" in plain.url


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_reaches_beyond_the_page(page: Any, papers: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for name in (
        "papers.html?q=exosomes",
        "studies.html?q=exosomes",
        "?cell=ev~indication%3Ascar",
        "paper/PMID-999000004.html",
    ):
        page.goto(f"{papers}/{name}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
        if width == 1280:
            page.evaluate(TRIM)
            page.emulate_media(color_scheme="light")
            assert broken(page, RULES) == []
            page.emulate_media(color_scheme="dark")
            assert broken(page, IN_DARK) == []
