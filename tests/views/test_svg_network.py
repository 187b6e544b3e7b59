"""Pictures of networks: every treatment and every comparison said in words, safe, and in both forms."""

import re
import xml.etree.ElementTree as ET

import pytest

from skinproof.views.svg_network import draw_network
from skinproof.views.svg_network_forest import draw_network_forest
from tests.views.network_samples import contrasts, quit_smoking

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "x<script>alert(1)</script>\x1b[31m&amp;'"


def labels(svg: str) -> list[str]:
    return [node.get("aria-label", "") for node in ET.fromstring(svg).iter() if node.get("aria-label")]


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("narrow", [False, True])
def test_the_picture_says_who_was_compared_with_whom(narrow: bool) -> None:
    svg = draw_network(quit_smoking(), "Who", narrow=narrow)
    said = labels(svg)
    assert "individual counselling and no contact: 15 studies" in said
    assert "self-help: 1,571 people, 6 studies, compared directly with 3 treatments" in said
    assert len(said) == 6 + 4
    assert "15" in texts(svg)
    assert any("self-help" in line for line in texts(svg)), "names stand there also where discs have numbers"


def test_lines_are_as_wide_as_they_have_studies_and_discs_as_large_as_they_have_people() -> None:
    svg = draw_network(quit_smoking(), "Who")
    widths = [float(w) for w in re.findall(r'stroke-width="([\d.]+)"', svg)]
    assert max(widths) == 13 and widths[3] == max(widths)
    radii = [float(r) for r in re.findall(r'r="([\d.]+)"/></g>', svg)]
    assert radii[1] == 24 and radii[0] == pytest.approx(24 * (555 / 7383) ** 0.5, abs=0.06)


def test_a_line_of_one_study_is_broken() -> None:
    svg = draw_network(contrasts("A,x,y,1,1,9,9", "B,y,z,1,1,9,9", "C,y,z,1,1,9,9"), "Who")
    assert svg.count('class="edge once"') == 1 and svg.count('class="edge"') == 1


def test_one_study_is_never_a_thick_line() -> None:
    assert 'stroke-width="3.0"' in draw_network(contrasts("A,x,y,1,1,9,9"), "Who")


def test_many_treatments_have_numbers_and_a_list_of_names() -> None:
    rows = [f"S{i},placebo,agent {i:02},1,1,9,9" for i in range(40)]
    svg = draw_network(contrasts(*rows), "Who")
    assert "17. agent 16: 9 people, 1 study" in texts(svg)


def test_discs_show_studies_where_people_are_not_told() -> None:
    svg = draw_network(contrasts("A,x,y,1,1,,"), "Who")
    assert "Disc: studies." in " ".join(texts(svg))


@pytest.mark.parametrize("narrow", [False, True])
def test_the_forest_has_every_treatment_against_the_reference(narrow: bool) -> None:
    svg = draw_network_forest(quit_smoking(), "All", narrow=narrow)
    shown = texts(svg)
    for value in ("2.38 [1.15, 4.94]", "2.03 [1.39, 2.98]", "1.49 [0.78, 2.83]", "15 studies + indirect"):
        assert value in shown, value
    assert "better than reference →" in shown and "← worse than reference" in shown
    assert any("prediction interval 0.48 to 8.66" in words for words in labels(svg))
    assert "do not say which product to use" in " ".join(shown).replace("  ", " ")


def test_a_forest_without_prediction_intervals_and_with_indirect_evidence() -> None:
    svg = draw_network_forest(contrasts("A,x,y,1,1,9,9", "B,y,z,1,1,9,9", reference="z"), "All")
    assert "indirect only" in texts(svg) and 'class="predicted"' not in svg


@pytest.mark.parametrize("draw", [draw_network, draw_network_forest])
@pytest.mark.parametrize("narrow", [False, True])
def test_names_cannot_leave_their_place(draw, narrow: bool) -> None:  # type: ignore[no-untyped-def]
    svg = draw(contrasts(f"A,{HOSTILE},y,1,1,9,9"), HOSTILE, narrow=narrow, style=True)
    assert "<script" not in svg and "\x1b" not in svg
    ET.fromstring(svg)
    assert "style=" not in svg, "pages forbid inline style"


@pytest.mark.parametrize("draw", [draw_network, draw_network_forest])
@pytest.mark.parametrize("narrow", [False, True])
def test_text_stays_inside_the_picture(draw, narrow: bool) -> None:  # type: ignore[no-untyped-def]
    long = "autologous platelet-rich plasma with needling"
    svg = draw(
        contrasts(f"A,{long},y,1,1,9,9", f"B,{long} twice,y,1,1,9,9", "C,a,y,1,1,9,9"), "All", narrow=narrow
    )
    width = float(ET.fromstring(svg).get("width", "0"))
    for node in ET.fromstring(svg).iter(f"{SVG}text"):
        kind, x, size = (
            node.get("class", ""),
            float(node.get("x", "0")),
            (7.3 if "head" in node.get("class", "") else 6.2) * len("".join(node.itertext())),
        )
        left = x - size if "end" in kind else x - size / 2 if "middle" in kind or "tick" in kind else x
        assert left >= -2 and left + size <= width + 2, "".join(node.itertext())
