"""Every kind of page, as a file and from a server: rules of WCAG 2.2 AA in light and dark, and nothing to scroll sideways when zoomed."""

import contextlib
from typing import Any

import pytest

from tests.browser.conftest import Seen
from tests.browser.pages import BOTH, LIVE, OWN_FILE

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "preload": False,
}
IN_DARK = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, "preload": False}
REFUSED = ("nothing.html", "?agent=exozome")

WIDER = """() => {
  const wide = document.scrollingElement;
  if (wide.scrollWidth <= window.innerWidth) return [];
  const out = [...document.querySelectorAll('main *')].filter(e => e.getBoundingClientRect().right > window.innerWidth + 1);
  return [wide.scrollWidth + ' > ' + window.innerWidth, ...out.slice(0, 3).map(e => e.outerHTML.slice(0, 120))];
}"""

TRIM = """() => {
  for (const [of, most] of [['tbody', 8], ['ul', 12], ['ol', 12], ['dl', 16], ['svg', 150], ['select', 6]])
    for (const list of document.querySelectorAll(of))
      while (list.children.length > most) list.lastElementChild.remove();
}"""
"""Long tables and lists are cut to their first rows: the rest is of the same make, and the rules take a minute for thousands."""


def broken(page: Any, options: dict[str, Any]) -> list[str]:
    """What axe-core finds on the open page, one line a place."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"][:4]]


@pytest.fixture(
    scope="module", params=[(1280, 900, 1), (640, 450, 2), (320, 640, 1)], ids=["desktop", "zoomed", "narrow"]
)
def sized(request: pytest.FixtureRequest, browser: Any) -> Any:
    """A page of a size: a desktop, the same zoomed to 200 %, and as narrow as text must still flow."""
    width, height, density = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, device_scale_factor=density)
    seen = Seen()
    yield seen.watch(context.new_page()), width, seen
    context.close()


@pytest.mark.parametrize(
    ("where", "name"), [("file", name) for name in BOTH] + [("server", name) for name in (*BOTH, *LIVE)]
)
def test_a_page_can_be_used_by_everyone(sized: Any, where: str, name: str, folder: str, live: str) -> None:
    page, width, seen = sized
    if where == "file" and width == 320:
        return  # the same page as the server's
    seen.problems.clear()
    page.goto(f"{folder if where == 'file' else live}/{name}")
    assert page.evaluate(WIDER) == []
    if width == 1280 and (where == "server" or name in OWN_FILE):
        page.evaluate(TRIM)
        page.emulate_media(color_scheme="light")
        assert broken(page, RULES) == []
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        assert broken(page, IN_DARK) == []
    if name in REFUSED:
        with contextlib.suppress(ValueError):
            seen.problems.remove(next((p for p in seen.problems if "Failed to load resource" in p), ""))
    assert seen.problems == []
