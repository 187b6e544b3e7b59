"""Somebody logs in, corrects an answer, sees it everywhere, and takes it back; the pages of that are held to the rules too."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from skinproof.workflows.build import build
from skinproof.workflows.import_ import import_files
from skinproof.workflows.logins import add_login
from tests.browser.conftest import NOW, served
from tests.browser.test_every_page import RULES, WIDER, broken
from tests.faces.test_site import hostile, posted
from tests.workflows.records import ALL, lines

SCAR = "study/NCT99000001.html"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server whose data folder takes judgements."""
    folder = tmp_path_factory.mktemp("judged")
    import_files([lines(folder / "r.jsonl", [*ALL, hostile(), posted()])], folder / "data", NOW)
    build(folder / "data")
    add_login(folder / "logins.json", "anna", "a long pass phrase")
    with served(folder / "data", logins=Path(folder / "logins.json")) as address:
        yield address


def test_an_answer_is_corrected_seen_everywhere_and_taken_back(page: Any, judged: str) -> None:
    def on_the_map() -> str:
        page.goto(f"{judged}/?agent=ev")
        return str(page.locator("#result-line").text_content())

    before = on_the_map()
    page.goto(f"{judged}/login.html")
    assert broken(page, RULES) == []
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill("a long pass phrase")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("Logged in as anna").first).to_be_visible()

    page.goto(f"{judged}/{SCAR}")
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert broken(page, RULES) == [] and page.evaluate(WIDER) == []
    form = page.locator('form:has(input[name="property"][value="cutaneous"])').first
    form.get_by_label("Something else is right").check()
    choice = form.locator('[name="value"]')
    choice.select_option("no") if choice.evaluate("e => e.tagName") == "SELECT" else choice.fill("no")
    form.get_by_label("Reason").fill("the scar is not of skin <b>here</b>")
    form.get_by_role("button", name="Save as anna").click()
    expect(page).to_have_url(re.compile("#judge-call-cutaneous$"))
    beside = page.locator("#judge-call-cutaneous")
    expect(beside).to_be_focused()
    expect(beside.get_by_role("status")).to_have_text("Saved. What holds now: no (corrected by anna).")
    expect(page.locator("footer")).to_contain_text("people judged 1 of the answers")

    page.goto(f"{judged}/judgements.html")
    expect(page.locator("main")).to_contain_text("the scar is not of skin <b>here</b>")
    expect(page.locator("main")).to_contain_text("anna")
    assert broken(page, RULES) == []
    told = page.request.get(f"{judged}/api/v1/studies?cutaneous=true&agent=ev&format=json")
    assert told.ok and "NCT99000001" not in {row["record_id"] for row in told.json()["rows"]}

    page.locator("details.judge > summary").filter(has_text="Take back").first.click()
    undo = page.locator('form:has(input[name="undo"])').first
    undo.get_by_label("Reason").fill("read once more")
    undo.get_by_role("button").click()
    page.wait_for_load_state()
    told = page.request.get(f"{judged}/api/v1/studies?cutaneous=true&agent=ev")
    assert "NCT99000001" in {row["record_id"] for row in told.json()["rows"]}
    assert on_the_map() == before
