"""Parts of the site: file names, links, visible text, marks, tables of results, colours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from skinproof.faces.site.environment import environment, static_file
from skinproof.faces.site.names import cell_href
from skinproof.faces.site.safe import file_stem, pubmed_link, visible, web_link, whole_dates
from skinproof.faces.site.study_pages import marked, measure_grid
from skinproof.views.results import Measure, ValueRow
from skinproof.views.svg_map import MAP_CSS
from tests.faces.site_checks import Page, colours, contrast, mixed

IDS = [
    "CTRI/2012/05/002627",
    "AGE-ZERO-AGA (NCT id not shown)",
    "../../etc/passwd",
    "..",
    "",
    "CON",
    "NUL",
    "a b",
    "é",
    "\ud800",
    "x" * 300,
]


@pytest.mark.parametrize("name", IDS)
def test_odd_ids_become_plain_file_names(name: str) -> None:
    """An id is a stranger's text: it must never choose where a file lands."""
    stem = file_stem(name)
    assert stem and stem.isascii() and len(stem) < 80
    assert stem.replace("-", "").isalnum()
    assert stem.split("-")[0].upper() not in ("CON", "NUL") or "-" in stem


@given(st.text(max_size=40), st.text(max_size=40))
def test_different_ids_never_share_a_page(one: str, other: str) -> None:
    """Not even on systems that take upper and lower case for the same."""
    if one != other:
        assert file_stem(one).casefold() != file_stem(other).casefold()


def test_plain_ids_keep_their_name() -> None:
    assert file_stem("NCT99999901") == "NCT99999901"
    assert (
        cell_href("conditioned_medium", "indication:outside-skin")
        == "cells/conditioned-medium--outside-skin.html"
    )


@pytest.mark.parametrize(
    "address",
    [None, "", "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x", "file:///etc/passwd",
     "//example.org", "https://", "https://a@example.org/", "https://example.org/\"x", "https://exa\u202emple.org",
     "https://example.org/ x", "vbscript:x", "https://[::1", "ftp://example.org/x", "https://example.org/\n"],
)  # fmt: skip
def test_what_is_not_a_plain_web_address_is_not_linked(address: str | None) -> None:
    found = web_link(address)
    assert found is None or found == "https://example.org/"


def test_web_addresses_and_pubmed_ids_are_linked() -> None:
    assert web_link("https://example.org/a?b=1#c") == "https://example.org/a?b=1#c"
    assert pubmed_link("99999901") == "https://pubmed.ncbi.nlm.nih.gov/99999901/"
    assert pubmed_link("12 OR 1=1") is None and pubmed_link(None) is None


def test_hidden_characters_are_written_out() -> None:
    assert visible("a\u202eb\x00c\ud800") == "a[U+202E]b[U+0000]c[U+D800]"
    assert visible("plain\ntext\twith é") == "plain\ntext\twith é"


def test_no_line_breaks_within_a_date() -> None:
    shown = whole_dates("due 2024-04-03 to 2024-05: <b> NCT1-2024-04-03\u202e")
    assert shown == (
        'due <span class="nowrap">2024-04-03</span> to <span class="nowrap">2024-05</span>: &lt;b&gt; '
        "NCT1-2024-04-03[U+202E]"
    )


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70)), max_size=6))
def test_marks_never_change_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    """Whatever is marked, the words are those of the record, and the markup is whole."""
    page = Page(f"<p>{marked(text, spans)}</p>")
    assert page.problems == []
    assert "".join(page.words).replace("\r\n", "\n").replace("\r", "\n") == visible(text).replace(
        "\r\n", "\n"
    ).replace("\r", "\n")


def test_marks_stand_where_the_spans_are() -> None:
    assert marked("a <exosome> b", [(2, 11)]) == Markup("a <mark>&lt;exosome&gt;</mark> b")
    assert marked("abcdef", [(1, 3), (2, 4), (5, 9)]) == Markup("a<mark>bcd</mark>ef")


def test_absent_values_say_so_and_numbers_have_separators() -> None:
    shown = (
        environment().from_string("{{ a }}|{{ b }}|{{ c }}|{{ d }}").render(a=None, b=12345, c=True, d="<b>")
    )
    assert shown == '<span class="missing">not reported</span>|12,345|yes|&lt;b&gt;'
    with pytest.raises(TypeError):
        environment().from_string("{{ a }}").render(a=1.5)


def test_values_of_a_measure_keep_group_and_denominator() -> None:
    """A second value for the same group and row is shown in its own row, never dropped."""

    def row(group: str, analysed: str, what: str, value: str) -> ValueRow:
        return ValueRow(group=group, analysed=analysed, what=what, value=value)

    measure = Measure(
        kind="Primary", title="Synthetic", time_frame=None, unit="days", description=None, posted=True, analyses=(),
        values=(row("A", "10", "Day 1", "1"), row("B", "9", "Day 1", "2"), row("B", "8", "Day 2", "3"), row("A", "10", "Day 1", "4")),
    )  # fmt: skip
    grid = measure_grid(measure)
    assert grid.columns == ("A (n = 10)", "B")
    assert grid.rows == (("Day 1", ("1", "2 (n = 9)")), ("Day 2", ("", "3 (n = 8)")), ("Day 1", ("4", "")))


TEXT_ON = [
    ("ink", "page"), ("ink", "panel"), ("soft", "page"), ("soft", "panel"), ("soft", "sunk"), ("ink", "sunk"),
    ("link", "page"), ("link", "panel"), ("panel", "link"), ("mark-ink", "mark"), ("chip-ink", "chip"),
    ("warn-ink", "warn"),
]  # fmt: skip


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON)
def test_text_stands_out_from_its_ground(text: str, ground: str, dark: bool) -> None:
    """WCAG 2.2 AA: 4.5 to 1, in both colour schemes."""
    found = colours(static_file("site.css"), dark)
    assert contrast(found[f"--{text}"], found[f"--{ground}"]) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("step", range(7))
def test_numbers_stand_out_from_their_tile_and_ring(step: int, dark: bool) -> None:
    found = colours(MAP_CSS, dark)
    tile, ink = found[f"--tile{step}"], found["--tile-ink"]
    assert contrast(ink, tile) >= 4.5
    assert contrast(ink, mixed(found["--ring-fill"], tile, 0.42)) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_dots_focus_and_rings_can_be_seen(dark: bool) -> None:
    """WCAG 2.2: 4.5 to 1 for the dot of an empty tile (it is text), 3 to 1 for focus and rings."""
    site, tiles = colours(static_file("site.css"), dark), colours(MAP_CSS, dark)
    assert contrast(tiles["--map-soft"], tiles["--tile0"]) >= 4.5
    assert contrast(site["--focus"], site["--page"]) >= 3
    assert contrast(tiles["--map-focus"], site["--panel"]) >= 3
    for step in range(1, 7):
        assert contrast(tiles["--ring"], tiles[f"--tile{step}"]) >= 3


def test_both_colour_schemes_name_the_same_colours() -> None:
    for css in (static_file("site.css"), MAP_CSS):
        assert colours(css, False) != colours(css, True)
        assert set(colours(css, False)) == set(colours(css, True))


def test_motion_print_and_small_screens_are_thought_of() -> None:
    css = static_file("site.css")
    for words in (
        "prefers-reduced-motion",
        "@media print",
        "max-width: 44rem",
        ":focus-visible",
        "forced-colors",
    ):
        assert words in css
