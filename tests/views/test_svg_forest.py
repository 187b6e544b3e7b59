"""The forest plot: every number of it, in every form, safe and readable."""

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

from skinproof.views.pool_answer import pool_table
from skinproof.views.pooled import Asked, Pooling
from skinproof.views.svg_forest import MOST, draw_forest
from skinproof.views.svg_plot import (
    DARK,
    LIGHT,
    PLOT_CSS,
    Axis,
    axis_of,
    even_ticks,
    folded,
    literal_css,
    log_ticks,
    minus,
    tick_words,
    width_of,
)
from skinproof.workflows.pool_data import read_table
from tests.views.pooled_samples import bcg, given

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert(1)</script>\x1b[31m&amp;'"


def labels(svg: str) -> list[str]:
    return [node.get("aria-label", "") for node in ET.fromstring(svg).iter() if node.get("aria-label")]


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("subgroup", [None, "allocation"])
def test_numbers_are_those_that_metafor_prints_for_the_same_trials(
    narrow: bool, subgroup: str | None
) -> None:
    """Of the BCG trials, REML and Knapp-Hartung, as the forest plot of metafor shows them."""
    shown = texts(draw_forest(bcg(subgroup=subgroup), "BCG", narrow=narrow))
    for value in (
        "0.41 [0.13, 1.26]", "0.20 [0.09, 0.49]", "0.26 [0.07, 0.92]", "0.24 [0.18, 0.31]", "0.80 [0.52, 1.25]",
        "0.46 [0.39, 0.54]", "0.20 [0.08, 0.50]", "1.01 [0.89, 1.14]", "0.63 [0.39, 1.00]", "0.25 [0.15, 0.43]",
        "0.71 [0.57, 0.89]", "1.56 [0.37, 6.53]", "0.98 [0.58, 1.66]", "0.49 [0.33, 0.73]", "[0.14, 1.76]", "10.2%",
    ):  # fmt: skip
        assert value in shown, value


@pytest.mark.parametrize("narrow", [False, True])
def test_every_study_says_its_data_in_words(narrow: bool) -> None:
    said = labels(draw_forest(bcg(), "BCG", narrow=narrow))
    assert len(said) == 13 + 2
    assert said[0] == "Aronson 1948, 4/123 against 11/139: RR 0.41 [0.13, 1.26], weight 5.1%"
    assert "prediction interval" in said[-1]


def test_raw_data_and_arms_stand_beside_the_studies() -> None:
    shown = texts(draw_forest(bcg(arms=("BCG", "no BCG")), "t"))
    assert {"4/123", "11/139", "BCG", "no BCG", "Weight", "RR [95% CI]"} <= set(shown)


def test_subgroups_have_their_own_diamond_and_test() -> None:
    svg = draw_forest(bcg(subgroup="allocation"), "t")
    assert len(re.findall('class="pooled"', svg)) == 4
    assert any("Difference between subgroups: F 0.88 (df 2 and 10), p = 0.443" in line for line in texts(svg))


def test_an_interval_that_leaves_the_axis_has_an_arrow() -> None:
    svg = draw_forest(given((0, 0.01), (0.1, 0.01), (0.2, 40.0)), "t")
    paths = re.findall(r'class="whisker" d="([^"]+)"', svg)
    assert [path.count("M") for path in paths] == [1, 1, 3]


def test_the_side_of_no_difference_is_named_by_who_gains_only_where_that_is_known() -> None:
    known = texts(draw_forest(bcg(better="lower", arms=("BCG", "none")), "t"))
    assert "← favours BCG" in known and "favours none →" in known
    unknown = texts(draw_forest(bcg(arms=("BCG", "none")), "t"))
    assert "← lower with BCG" in unknown and not any("favours" in line for line in unknown)


@pytest.mark.parametrize("narrow", [False, True])
def test_no_study_and_one_study_are_drawn_as_what_they_are(narrow: bool) -> None:
    none = draw_forest(given(), "t", narrow=narrow)
    assert "No study could be pooled." in texts(none) and 'class="pooled"' not in none
    one = draw_forest(given((0.5, 0.1)), "t", narrow=narrow)
    assert (
        any(line.startswith("One study, nothing") for line in texts(one)) and 'class="predicted"' not in one
    )


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("style", [False, True])
def test_hostile_names_stay_text_in_every_form(narrow: bool, style: bool) -> None:
    found = bcg(arms=(HOSTILE, HOSTILE), subgroup="allocation")
    rows = tuple(
        msgspec.structs.replace(
            row, study=HOSTILE, left_out=HOSTILE if row.row > 11 else "", notes=(HOSTILE,)
        )
        for row in found.rows
    )
    groups = tuple(msgspec.structs.replace(group, label=HOSTILE) for group in found.groups)
    svg = draw_forest(
        msgspec.structs.replace(found, rows=rows, groups=groups), HOSTILE, narrow=narrow, style=style
    )
    root = ET.fromstring(svg)
    assert "<script" not in svg and "\x1b" not in svg
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= {
        "svg",
        "g",
        "path",
        "rect",
        "text",
        "title",
        "desc",
        "style",
    }


def test_all_ids_begin_with_the_name_so_that_two_pictures_can_stand_on_one_page() -> None:
    assert set(re.findall(r'id="([^"]+)"', draw_forest(bcg(), "t", name="q7"))) == {"q7-title", "q7-desc"}


def test_a_picture_alone_needs_no_css_variable_and_knows_both_schemes() -> None:
    svg = draw_forest(bcg(), "t", style=True)
    assert "var(" not in svg and "prefers-color-scheme:dark" in svg
    assert "prefers-color-scheme" not in draw_forest(bcg(), "t", style=True, dark=False)


def test_it_becomes_a_png(tmp_path: Path) -> None:
    from skinproof.faces.picture_file import write_picture

    write_picture(tmp_path / "f.png", draw_forest(bcg(), "t", style=True))
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")


def test_of_very_many_studies_only_the_answers_are_drawn() -> None:
    many = given(*[(0.1 * (place % 7), 0.5) for place in range(MOST + 1)])
    assert draw_forest(many, "t").count('class="study"') == 0


def test_the_narrow_form_is_as_wide_as_a_phone_and_no_line_leaves_it() -> None:
    root = ET.fromstring(draw_forest(bcg(subgroup="allocation"), "t" * 80, narrow=True))
    assert root.get("width") == "360"
    for node in root.iter(f"{SVG}text"):
        x, words = float(node.get("x", "0")), "".join(node.itertext())
        size = len(words) * (5.6 if "soft" in (node.get("class") or "") else 6.0)
        start = (
            x - size
            if "end" in (node.get("class") or "")
            else x - size / 2
            if "middle" in (node.get("class") or "")
            else x
        )
        if "tick" not in (node.get("class") or ""):
            assert start >= -2 and start + size <= 362, words


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
@pytest.mark.parametrize("name", ["ink", "soft", "study", "pooled", "predicted", "filled"])
def test_every_mark_stands_out_from_its_ground(colours: dict[str, str], name: str) -> None:
    assert _contrast(colours[name], colours["ground"]) >= 4.5


def test_both_schemes_have_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()
    assert set(re.findall(r"var\(--plot-(\w+)\)", PLOT_CSS)) <= LIGHT.keys()
    assert "var(" not in literal_css(DARK)


@pytest.mark.parametrize(
    ("low", "high", "most", "ticks"),
    [(0.0, 1.0, 6, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]), (-3.0, 7.0, 6, [-2.0, 0.0, 2.0, 4.0, 6.0]), (0.0, 0.034, 5, [0.0, 0.01, 0.02, 0.03])],
)  # fmt: skip
def test_even_ticks_are_round(low: float, high: float, most: int, ticks: list[float]) -> None:
    assert even_ticks(low, high, most) == pytest.approx(ticks)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [(0.08, 7, [0.1, 0.2, 0.5, 1, 2, 5]), (0.6, 1.7, [0.7, 1, 1.25, 1.5]), (1e-4, 1e4, [1e-4, 1e-2, 1, 1e2, 1e4]), (1.01, 1.04, [1.01, 1.02, 1.03, 1.04])],
)  # fmt: skip
def test_ticks_of_ratios_hold_one_where_they_can(low: float, high: float, ticks: list[float]) -> None:
    assert log_ticks(low, high, 6) == pytest.approx(ticks)


def test_an_axis_shows_all_centres_and_clips_what_lies_beyond() -> None:
    axis = axis_of([1, 2], [(0.5, 2000)], log_scale=True, left=10, right=110, zero=1.0)
    assert axis.holds(1) and axis.holds(2) and not axis.holds(2000)
    assert axis.inside(2000) == 110 and 10 <= axis.place(0.9) < axis.place(1.1) <= 110
    same = axis_of([3, 3], [], log_scale=False, left=0, right=10)
    assert same.low < 3 < same.high


def test_only_signs_of_numbers_become_minus_signs() -> None:
    assert (
        minus("-0.5 [-1.2, 0.3], Knapp-Hartung, --mid, 2020-10")
        == "−0.5 [−1.2, 0.3], Knapp-Hartung, --mid, 2020-10"
    )
    assert tick_words(-1200.0) == "−1,200"
    assert Axis(low=0, high=1, left=0, right=100).ticks(3) == [0.0, 0.5, 1.0]


LONG = "GRIGORIADIS-TYPE EXO-CD24 PHASE 2b 2024 (first author not shown)"


def one_arm(name: str) -> Pooling:
    body = f"study,xi,ni\n{name},1,91\nChandran 2025,1,10\nEast 2020,2,33\n"
    return pool_table(read_table(body.encode(), "t.csv", "PR"), Asked(measure="PR"))


def test_a_long_name_has_lines_of_its_own_on_a_small_screen() -> None:
    svg = draw_forest(one_arm(LONG), "t", narrow=True)
    lines = list(ET.fromstring(svg).iter(f"{SVG}text"))
    named = [node for node in lines if node.text and node.text in LONG and len(node.text) > 9]
    assert " ".join(node.text or "" for node in named) == LONG, "nothing of it is cut"
    assert all(width_of(node.text or "") <= 336 for node in named)
    beside = {node.get("y") for node in lines if node not in named}
    assert not beside & {node.get("y") for node in named}, "no number stands in its lines"


def test_a_long_name_is_whole_where_there_is_one_arm() -> None:
    name = "Grigoriadis-type EXO-CD24 phase 2b 2024 (first author not shown)"
    assert name in texts(draw_forest(one_arm(name), "t"))


@pytest.mark.parametrize("narrow", [False, True])
def test_sides_are_named_in_full_below_each_other_where_they_need_room(narrow: bool) -> None:
    arms = ("BCG vaccination of children", "no vaccination")
    shown = texts(draw_forest(bcg(arms=arms, better="lower"), "t", narrow=narrow))
    assert "← favours BCG vaccination of children" in shown
    assert "favours no vaccination →" in shown


def test_folded_lines_are_no_wider_than_their_room() -> None:
    words = ["NCT01586312 NCT02298023 MMMMMMMM " * 9, "W" * 300, "", "il " * 90]
    lines = folded(words, 300)
    assert all(width_of(line, soft=True) <= 300 for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(words).replace(" ", "")
