"""What people come for, step by step, in a real browser: from a cell of the map to the words behind it, and the rest."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

CELL = re.compile(r"^Extracellular vesicles, Scar: \d+ stud")


def test_from_a_cell_to_a_study_to_its_words(page: Any, live: str) -> None:
    page.goto(live)
    page.get_by_role("link", name=CELL).first.click()
    beside = page.locator("#cell")
    expect(beside).to_be_focused()
    assert "cell=ev" in page.url
    beside.get_by_role("link", name=re.compile("^Exosomes for acne scar, enlarged")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exosomes for acne scar, enlarged")
    marked = page.locator("blockquote mark").filter(has_text=re.compile("exosomes", re.I)).first
    expect(marked).to_be_attached()
    expect(page.locator("blockquote .where").first).to_contain_text("agent.role/")
    page.go_back()
    expect(page.locator("#cell-title")).to_have_text("Extracellular vesicles: Scar")
    page.keyboard.press("Escape") if page.locator("#cell:focus-within").count() else page.get_by_role(
        "link", name="Close", exact=True
    ).click()
    expect(page.locator("#cell")).to_have_count(0)


def test_a_study_leads_to_the_paper_it_names(page: Any, live: str) -> None:
    page.goto(f"{live}/study/NCT99000005.html")
    paper = page.locator('a[href*="99999901"]').first
    expect(paper).to_be_attached()
    for link in page.locator('a[href^="http"]').all():
        assert "noreferrer" in (link.get_attribute("rel") or ""), link.get_attribute("href")


def test_a_filter_of_the_map_is_in_the_address_and_survives_a_reload(page: Any, live: str) -> None:
    page.goto(live)
    before = page.locator("#result-line").text_content()
    page.get_by_label("Agent", exact=True).select_option("ev")
    expect(page).to_have_url(re.compile(r"\?agent=ev$"))
    expect(page.locator("#result-line")).not_to_have_text(before or "")
    after = page.locator("#result-line").text_content()
    page.reload()
    expect(page.locator("#result-line")).to_have_text(after or "")
    expect(page.get_by_label("Agent", exact=True)).to_have_value("ev")
    page.go_back()
    expect(page.locator("#result-line")).to_have_text(before or "")
    expect(page.get_by_label("Agent", exact=True)).to_have_value("")


@pytest.mark.parametrize(
    ("name", "starts"), [("CSV", b"\xef\xbb\xbf|#|agent|row"), ("SVG", b"<svg|<\\?xml"), ("PNG", b"\x89PNG")]
)
def test_a_map_is_taken_along(page: Any, live: str, name: str, starts: bytes, tmp_path: Path) -> None:
    page.goto(f"{live}/?agent=ev")
    with page.expect_download() as caught:
        page.get_by_role("link", name=name, exact=True).first.click()
    caught.value.save_as(tmp_path / name)
    assert re.match(starts, (tmp_path / name).read_bytes())


def test_the_explorer_searches_narrows_and_gives_a_table(page: Any, live: str, tmp_path: Path) -> None:
    page.goto(f"{live}/studies.html")
    page.get_by_label("Words to find").fill("acne scar")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("q=acne"))
    expect(page.locator(".hits mark").first).to_be_visible()
    facet = page.get_by_role("link", name=re.compile("^Agent: Extracellular vesicles"))
    told = int(re.search(r"(\d+)\s+stud", facet.text_content() or "")[1])  # type: ignore[index]
    facet.click()
    expect(page).to_have_url(re.compile("agent=ev"))
    expect(page.locator("#result-line")).to_contain_text(re.compile(f"^{told} stud"))
    with page.expect_download() as caught:
        page.get_by_role("link", name="CSV", exact=True).click()
    caught.value.save_as(tmp_path / "found.csv")
    rows = [line for line in (tmp_path / "found.csv").read_text("utf-8-sig").splitlines() if line[:1] != "#"]
    assert len(rows) == told + 1
    address = page.url
    page.goto(live)
    page.goto(address)
    expect(page.locator("#result-line")).to_contain_text(re.compile(f"^{told} stud"))


def test_a_claim_is_checked_and_set_right(page: Any, live: str) -> None:
    page.goto(live)
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Claim").click()
    page.get_by_label(re.compile("^A claim, or a number")).fill("exosomes improve acne scars")
    page.keyboard.press("Enter")
    understood = page.locator(".facts").first
    expect(understood).to_contain_text("acne scar")
    expect(page.get_by_role("heading", name="Answer")).to_be_visible()
    page.get_by_label("For what", exact=True).select_option("indication:vascular_lesion")
    page.get_by_role("button", name="Check again").click()
    expect(page.locator(".facts").first).to_contain_text("vascular lesion")
    expect(page.locator(".plain-word").first).to_have_text("No studies")
    assert "indication=indication%3Avascular_lesion" in page.url


def test_the_feed_can_be_found_and_read(page: Any, live: str) -> None:
    page.goto(f"{live}/changes.html")
    feed = page.locator('a[href$="feed.xml"], link[type="application/atom+xml"]').first
    address = page.evaluate("e => e.href", feed.element_handle())
    body = page.request.get(address).body()
    tree = ET.fromstring(body)
    assert tree.tag == "{http://www.w3.org/2005/Atom}feed"
    for link in tree.iter("{http://www.w3.org/2005/Atom}link"):
        assert link.get("href")


def test_a_map_can_be_walked_by_keyboard(page: Any, live: str) -> None:
    page.goto(live)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    # It slides in, so it may take a moment until it is seen.
    page.wait_for_function("document.querySelector('.skip').getBoundingClientRect().top >= 0")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    cell = page.get_by_role("link", name=CELL).first
    cell.focus()
    outline = cell.evaluate("e => { const s = getComputedStyle(e), r = e.querySelector('rect'); "
                            "return [s.outlineStyle, r && getComputedStyle(r).stroke, r && getComputedStyle(r).strokeWidth]; }")  # fmt: skip
    assert outline[0] != "none" or outline[1] != "none", "where the keyboard is can be seen"
    page.keyboard.press("Enter")
    expect(page.locator("#cell")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#cell")).to_have_count(0)
    fold = page.get_by_role("link", name="Scar: unfold").first
    fold.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Scar: fold").first).to_be_focused()


@pytest.mark.parametrize("name", ["index.html", "studies.html", "claim.html", "study/NCT99000005.html"])
def test_no_place_holds_the_keyboard(page: Any, live: str, name: str) -> None:
    """Tab goes on from every element, the order is that of the page, and each stop is seen."""
    page.goto(f"{live}/{name}")
    page.evaluate("document.body.focus()")
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        stops.append(
            page.evaluate(
                """() => { const e = document.activeElement; window.places ||= [];
                   if (e === document.body) return null;
                   const before = window.places.at(-1); const again = window.places.includes(e); window.places.push(e);
                   const box = e.getBoundingClientRect();
                   return [again, !before || !!(before.compareDocumentPosition(e) & 4), box.width > 0 && box.height > 0]; }"""
            )
        )
    seen = stops[: stops.index(None)] if None in stops else stops
    assert len(seen) > 10 and all(stop == [False, True, True] for stop in seen)


def test_the_whole_way_without_javascript(plain: Any, live: str) -> None:
    plain.goto(live)
    plain.get_by_text("Filters", exact=True).click()
    plain.get_by_label("Agent", exact=True).select_option("ev")
    plain.get_by_role("button", name=re.compile("^(Show|Filter|Apply)")).first.click()
    assert "agent=ev" in plain.url
    plain.locator("svg a[href*='cell=ev~indication%3Ascar']").first.click()
    plain.locator("#cell").get_by_role("link", name=re.compile("^Exosomes for acne scar")).first.click()
    expect(plain.locator("blockquote mark").first).to_be_attached()
    plain.goto(f"{live}/studies.html")
    plain.get_by_label("Words to find").fill("exosome")
    plain.get_by_role("button", name="Search").click()
    expect(plain.locator(".hits li").first).to_be_visible()
    plain.get_by_text("Narrow the studies", exact=True).click()
    plain.get_by_role("link", name=re.compile("^Agent: Extracellular")).click()
    assert "agent=ev" in plain.url
    plain.goto(f"{live}/claim.html")
    plain.get_by_label(re.compile("^A claim, or")).fill("217 clinical trials on EVs")
    plain.get_by_role("button", name="Check").click()
    expect(plain.get_by_role("heading", name="Answer")).to_be_visible()


@pytest.mark.parametrize("name", ["", "studies.html", "study/NCT99000005.html"])
def test_nothing_moves_for_those_who_ask_for_rest(browser: Any, live: str, name: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{live}/{name}")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e);
           return s.animationName !== 'none' || s.transitionDuration.split(',').some(t => parseFloat(t) > 0)
             || s.scrollBehavior === 'smooth'; }).map(e => e.outerHTML.slice(0, 80))"""
    )
    context.close()
    assert moving == []


def test_paper_holds_the_words_and_no_controls(page: Any, live: str) -> None:
    page.goto(f"{live}/indication/scar.html")
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in (
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    )


@pytest.mark.parametrize("name", ["agent/all-ev.html", "agent/exosome.html", "indication/scar.html"])
def test_a_page_of_an_agent_or_a_complaint_is_one_page_on_paper(page: Any, live: str, name: str) -> None:
    page.goto(f"{live}/{name}")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
