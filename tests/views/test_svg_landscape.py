"""The picture of the dose landscape: what a reader sees, hears and can reach."""

import re
import xml.etree.ElementTree as ET

import msgspec
import pytest

from skinproof.model.tags import AGENT_CLASSES
from skinproof.views.landscape import landscape
from skinproof.views.svg_landscape import WIDE, DosePicture, Mark, _lanes, _offset, draw_landscape, picture_of
from skinproof.views.svg_landscape_style import DARK, DOSE_CSS, LIGHT, SHAPES, literal_css
from tests.views.synthetic import VOCABULARY, stamp
from tests.views.synthetic_preparations import ROWS, amount, row, said

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert(1)</script>\x1b[31m&amp;'"
GIVEN = tuple(r for r in ROWS if r.preparation.role in ("given", "carrier"))


def picture(*rows, **more) -> DosePicture:  # type: ignore[no-untyped-def]
    found = landscape(rows or GIVEN, VOCABULARY, stamp())
    return picture_of(found, more.pop("title", "Synthetic doses"), **more)


def labels(svg: str) -> list[str]:
    return [node.get("aria-label", "") for node in ET.fromstring(svg).iter() if node.get("aria-label")]


@pytest.mark.parametrize("narrow", [False, True])
def test_every_dose_is_a_mark_that_says_study_value_and_quote(narrow: bool) -> None:
    said_there = labels(draw_landscape(picture(), narrow=narrow))
    marks = [words for words in said_there if words.startswith("NCT")]
    assert len(marks) == 6
    assert 'NCT99999902: 100 µg protein; injection local; "synthetic words of dose"' in marks


@pytest.mark.parametrize("narrow", [False, True])
def test_n_median_and_the_share_without_a_dose_are_printed(narrow: bool) -> None:
    three = said("dose", *(amount("protein", value) for value in (20.0, 200.0, 2000.0)))
    svg = draw_landscape(picture(*GIVEN, row(1, three, number=3)), narrow=narrow)
    for words in (
        "n = 2 in 1 study, 2 unclear",
        "too few for a median",
        "median 200",
        "no dose in any unit: 0% of 2 studies",
    ):
        assert words in svg
    assert svg.count('aria-label="median 200"') == 1


def test_a_line_for_the_median_is_drawn_only_where_there_is_one() -> None:
    assert 'aria-label="too few' not in draw_landscape(picture())
    key_only = [line for line in draw_landscape(picture()).splitlines() if 'class="median"' in line]
    assert len(key_only) == 1


def test_words_beside_the_marks_stay_inside_the_picture() -> None:
    """ "100% of 1,000 studies" is as long as it gets; 12 pixels stand before it."""
    assert len("no dose in any unit: 100% of 1,000 studies") * 6.7 * 0.93 <= WIDE.right + 2


def test_a_group_without_any_dose_is_named() -> None:
    """A route that all studies are silent about must not look as if nobody used it."""
    assert "topical, Platelet products: no dose in any unit: 100% of 1 study" in picture().silent
    assert "Without a dose in any unit" in draw_landscape(picture())


def test_unclear_amounts_are_hollow_and_say_so() -> None:
    root = ET.fromstring(draw_landscape(picture()))
    hollow = [g for g in root.iter(f"{SVG}g") if g.get("class") == "hollow" and g.get("aria-label")]
    assert len(hollow) == 2
    assert all("unclear" in (g.get("aria-label") or "") for g in hollow)


def test_a_mark_leads_to_its_study() -> None:
    svg = draw_landscape(picture(href=lambda point: f"studies/{point.record_id}.html"))
    links = {a.get("href") for a in ET.fromstring(svg).iter(f"{SVG}a")}
    assert links == {f"studies/NCT999999{n}.html" for n in ("01", "02", "06")}


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("style", [False, True])
def test_text_of_a_record_cannot_leave_its_place(narrow: bool, style: bool) -> None:
    finding = said("dose", amount("protein", 5.0))
    reading = msgspec.structs.replace(
        finding.readings[0], spans=(msgspec.structs.replace(finding.readings[0].spans[0], quote=HOSTILE),)
    )
    hostile = row(
        0, msgspec.structs.replace(finding, readings=(reading,)), said("route", HOSTILE), name=HOSTILE
    )
    svg = draw_landscape(
        picture(hostile, title=HOSTILE, caption=[HOSTILE], href=lambda p: HOSTILE), narrow=narrow, style=style
    )
    root = ET.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert "\x1b" not in svg


def test_marks_stand_where_their_values_are() -> None:
    """On a scale of powers equal factors are equal distances."""
    rows = [
        row(0, said("route", "topical"), said("dose", amount("protein", 10.0**power))) for power in (1, 2, 4)
    ]
    svg = draw_landscape(picture(*rows))
    xs = [float(x) for x in re.findall(r'class="mark" transform="translate\(([\d.]+) ', svg)]
    assert xs[2] - xs[1] == pytest.approx(2 * (xs[1] - xs[0]), abs=0.3)


def test_marks_at_one_place_do_not_hide_each_other() -> None:
    assert _lanes([10.0, 10.0, 10.0, 30.0]) == [0, 1, 2, 0]
    assert [_offset(lane) for lane in range(5)] == [0, 1, -1, 2, -2]


@pytest.mark.parametrize("high", [1e-300, 1e300])
def test_a_value_beyond_all_sense_still_gives_a_picture(high: float) -> None:
    odd = row(0, said("route", "topical"), said("dose", amount("protein", high), amount("protein", 0.0, 5.0)))
    svg = draw_landscape(picture(odd))
    assert "nan" not in svg.split("</style>")[-1]
    assert len(list(ET.fromstring(svg).iter(f"{SVG}path"))) < 200


def test_a_limit_points_where_the_dose_may_lie() -> None:
    limited = row(0, said("route", "topical"), said("dose", amount("protein", 5.0, bound="up_to")))
    assert [m.limit for p in picture(limited).panels for r in p.rows for m in r.marks] == [-1]
    assert "h-13" in draw_landscape(picture(limited))


def test_an_empty_landscape_says_so() -> None:
    none = DosePicture(title="t", description="No dose is stated.", panels=())
    assert "No dose is stated in these records." in draw_landscape(none)
    assert ET.fromstring(draw_landscape(none, narrow=True)).tag == f"{SVG}svg"


def test_two_pictures_on_one_page_have_different_ids() -> None:
    ids = re.findall(
        r' id="([^"]+)"', draw_landscape(picture()) + draw_landscape(picture(), narrow=True, name="small")
    )
    assert len(ids) == len(set(ids)) == 4


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", [*AGENT_CLASSES, "ink", "soft"])
def test_marks_and_words_stand_out_from_their_ground(colours: dict[str, str], name: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 for text."""
    for ground in ("ground", "strip"):
        bright, dim = sorted((luminance(colours[name]), luminance(colours[ground])), reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5


def test_every_agent_class_has_a_shape_and_colours_of_its_own() -> None:
    assert set(SHAPES) == set(AGENT_CLASSES)
    assert len(set(SHAPES.values())) == len(AGENT_CLASSES)
    for colours in (LIGHT, DARK):
        assert len({colours[name] for name in AGENT_CLASSES}) == len(AGENT_CLASSES)


def test_a_picture_alone_needs_no_css_variables() -> None:
    """Programs other than browsers draw black where they meet a variable."""
    assert "var(" not in literal_css(LIGHT)
    alone = draw_landscape(picture(), style=True)
    assert "var(" not in alone
    assert "prefers-color-scheme:dark" in alone
    assert "@media" not in draw_landscape(picture(), style=True, dark=False)
    assert set(re.findall(r"var\((--[\w-]+)\)", DOSE_CSS)) <= set(re.findall(r"(--[\w-]+):", DOSE_CSS))


def test_a_mark_without_a_link_is_still_named() -> None:
    assert Mark(value=1.0, low=1.0, high=1.0, words="w").href is None
    root = ET.fromstring(draw_landscape(picture()))
    assert not list(root.iter(f"{SVG}a"))
