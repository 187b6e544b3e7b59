"""The funnel plot: studies where their error puts them, filled ones told apart, and no verdict from a few."""

import re
import xml.etree.ElementTree as ET

import pytest

from skinproof.views.svg_funnel import draw_funnel
from tests.views.pooled_samples import bcg, given

SVG = "{http://www.w3.org/2000/svg}"


def labels(svg: str) -> list[str]:
    return [node.get("aria-label", "") for node in ET.fromstring(svg).iter() if node.get("aria-label")]


def texts(svg: str) -> str:
    return " ".join("".join(node.itertext()) for node in ET.fromstring(svg).iter(f"{SVG}text"))


def marks(svg: str, kind: str) -> list[tuple[float, float]]:
    """Centres of the marks of the picture, without those of its legend."""
    found = re.findall(rf'<circle class="{kind}" cx="([\d.]+)" cy="([\d.]+)"', svg)
    return [(float(x), float(y)) for x, y in found]


@pytest.mark.parametrize("narrow", [False, True])
def test_studies_stand_by_effect_and_error_and_the_filled_one_is_hollow(narrow: bool) -> None:
    """metafor (trimfill, L0, REML) adds one study on the right of the BCG trials; pooled 0.52 [0.37, 0.74] by z there."""
    svg = draw_funnel(bcg(), "BCG", narrow=narrow)
    points, filled = marks(svg, "point"), marks(svg, "filled")
    assert len(points) == 13 and len(filled) == 1
    order = sorted(range(13), key=lambda at: points[at][1])
    assert (
        order[0] == 7 and order[-1] == 11
    )  # TPT Madras has the smallest error, Comstock & Webster the largest
    assert filled[0][0] > points[7][0]
    assert "Trim and fill (L0) adds 1 study on the right" in texts(svg)
    assert "no data" in labels(svg)[0] and labels(svg)[1].startswith(
        "Aronson 1948: RR 0.41, standard error 0.57"
    )


def test_of_few_studies_the_shape_is_not_judged() -> None:
    svg = draw_funnel(given((0.1, 0.1), (0.2, 0.2), (0.9, 0.4)), "t")
    assert "fewer than ten" in texts(svg) and "Egger" not in texts(svg) and not marks(svg, "filled")


def test_a_measure_of_one_group_has_no_contours() -> None:
    from skinproof.views.pool_answer import pool_table
    from skinproof.views.pooled import Asked
    from skinproof.workflows.pool_data import read_table

    table = read_table(b"study,xi,ni\nA,3,30\nB,6,40\nC,9,50\n", "t.csv", "PLO")
    svg = draw_funnel(pool_table(table, Asked(measure="PLO")), "t")
    assert 'class="band' not in svg and 'class="zero"' not in svg


@pytest.mark.parametrize("narrow", [False, True])
def test_no_study_gives_words_and_no_empty_axes(narrow: bool) -> None:
    svg = draw_funnel(given(), "t", narrow=narrow)
    assert "nothing to see" in texts(svg) and 'class="axis"' not in svg


def test_all_marks_lie_inside_the_frame() -> None:
    svg = draw_funnel(given((5, 0.0001), (-5, 3), (0, 1)), "t", style=True)
    root = ET.fromstring(svg)
    for x, y in marks(svg, "point"):
        assert 50 <= x <= 630 and 0 <= y <= float(root.get("height", "0"))
