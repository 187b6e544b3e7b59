"""Baujat, L'Abbé, bubble and GOSH: marks where the numbers put them."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from skinproof.errors import SynthesisError, UsageError
from skinproof.views.pool_answer import pool_table
from skinproof.views.pooled import Asked
from skinproof.views.svg_plot import width_of
from skinproof.views.svg_scatter import draw_baujat, draw_bubble, draw_gosh, draw_labbe
from skinproof.workflows.pool_data import read_table
from tests.views.pooled_samples import bcg, given

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert(1)</script>\x1b[31m&amp;'"
DRAWN = (draw_baujat, draw_labbe, draw_bubble, draw_gosh)


def labels(svg: str) -> list[str]:
    return [node.get("aria-label", "") for node in ET.fromstring(svg).iter() if node.get("aria-label")]


def centres(svg: str) -> list[tuple[float, float]]:
    found = re.findall(r'<circle class="point" cx="([\d.]+)" cy="([\d.]+)"', svg)
    return [(float(x), float(y)) for x, y in found]


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("style", [False, True])
def test_every_picture_is_well_formed_and_safe(draw: Callable[..., str], narrow: bool, style: bool) -> None:
    found = bcg(mods=("latitude",), arms=(HOSTILE, HOSTILE))
    rows = tuple(msgspec.structs.replace(row, study=HOSTILE) for row in found.rows)
    svg = draw(msgspec.structs.replace(found, rows=rows), HOSTILE, narrow=narrow, style=style)
    root = ET.fromstring(svg)
    assert "<script" not in svg and "\x1b" not in svg and root.get("width") == ("360" if narrow else "640")
    assert "var(" not in svg
    for x, y in centres(svg):
        assert 0 <= x <= float(root.get("width", "0")) and 0 <= y <= float(root.get("height", "0"))


def test_baujat_stands_where_metafor_puts_the_studies(shared: Path) -> None:
    import gzip
    import json

    reference = json.loads(gzip.decompress((shared / "reference/metafor/dat.bcg.json.gz").read_bytes()))
    x = reference["suites"]["RR"]["baujat"]["x"]
    marks = centres(draw_baujat(bcg(test="z"), "t"))
    across = [place for place, _ in marks]
    scale = (across[7] - across[5]) / (x[7] - x[5])
    assert [(place - across[5]) / scale for place in across] == pytest.approx(
        [value - x[5] for value in x], abs=2e-3
    )


def test_labbe_tells_both_risks_and_keeps_studies_without_events() -> None:
    said = labels(draw_labbe(bcg(), "t"))
    assert (
        said[0] == "Aronson 1948: 4/123 against 11/139, 3.25% against 7.91%, weight 5.1%" and len(said) == 13
    )
    table = read_table(b"study,ai,n1i,ci,n2i\nA,0,20,3,20\nB,2,30,5,30\nC,4,50,4,50\n", "t.csv", "RD")
    svg = draw_labbe(pool_table(table, Asked(measure="RD")), "t")
    assert len(centres(svg)) == 3 and 'class="average"' in svg


def test_labbe_needs_events_in_two_arms() -> None:
    with pytest.raises(UsageError, match="shows events in two arms"):
        draw_labbe(given((0.1, 0.1), (0.2, 0.1)), "t")


def test_bubble_draws_the_line_of_the_regression() -> None:
    """Colditz's latitude: log risk ratio 0.2515 - 0.0291 a degree, so no difference near 8.6 degrees, off this axis."""
    found = bcg(mods=("latitude",))
    assert found.regression is not None
    first, last = found.regression.curve[0], found.regression.curve[-1]
    assert (first[0], last[0]) == (13.0, 55.0)
    assert first[1] == pytest.approx(0.251468 - 0.029101725 * 13, abs=1e-5)
    assert last[1] == pytest.approx(0.251468 - 0.029101725 * 55, abs=1e-5)
    assert all(low < middle < high for _, middle, low, high in found.regression.curve)
    assert any(
        words.startswith("Aronson 1948: latitude 44, RR 0.41") for words in labels(draw_bubble(found, "t"))
    )


@pytest.mark.parametrize("mods", [(), ("allocation",), ("latitude", "year")])
def test_bubble_needs_one_moderator_in_numbers(mods: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="exactly one moderator in numbers"):
        draw_bubble(bcg(mods=mods), "t")


def test_gosh_pools_all_subsets_and_names_the_most_influential_study() -> None:
    svg = draw_gosh(bcg(), "t")
    said = "".join(ET.fromstring(svg).itertext())
    assert "All 8,178 subsets of two studies or more" in said and "Hart & Sutherland 1977" in said
    assert svg == draw_gosh(bcg(), "t")


@pytest.mark.parametrize("draw", [draw_baujat, draw_gosh])
def test_two_studies_are_too_few(draw: Callable[..., str]) -> None:
    with pytest.raises(SynthesisError, match="2 studies were pooled"):
        draw(given((0.1, 0.1), (0.2, 0.1)), "t")


def test_identical_studies_do_not_break_a_picture() -> None:
    same = given((0.3, 0.1), (0.3, 0.1), (0.3, 0.1), test="z")
    for draw in (draw_baujat, draw_gosh):
        ET.fromstring(draw(same, "t"))


def test_labbe_names_trials_that_it_cannot_draw_and_keeps_its_last_tick_whole() -> None:
    body = b"study,ai,n1i,ci,n2i\nA,0,20,0,20\nB,1,20,3,20\nC,5,9,9,9\nD,2,40,4,40\n"
    found = pool_table(read_table(body, "t.csv", "OR"), Asked(measure="OR"))
    svg = draw_labbe(found, "t")
    words = " ".join(
        "".join(node.itertext()) for node in ET.fromstring(svg).iter() if node.tag.endswith("}text")
    )
    assert "Not drawn (" in words and "): A." in words and "): C." in words
    svg = draw_labbe(pool_table(read_table(body, "t.csv", "RD"), Asked(measure="RD")), "t", narrow=True)
    (last,) = [n for n in ET.fromstring(svg).iter() if n.text == "100%" and n.get("class") == "tick"]
    assert float(last.get("x") or 0) + width_of("100%", soft=True) / 2 < 360
