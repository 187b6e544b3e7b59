"""The picture of the gap map: what a reader sees, hears and can reach."""

import re
import xml.etree.ElementTree as ET
from math import pi

import pytest

from skinproof.views import svg_map
from skinproof.views.svg_map import Axis, MapPicture, Tile, draw_map, draw_row_names, map_words

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "\"><script>alert(1)</script>&amp;'"


def picture(label: str = "Hair", href: str | None = "cells/ev--hair.html") -> MapPicture:
    """Two agents by three columns, one of them apart; synthetic numbers."""
    return MapPicture(
        title="Evidence gap map",
        description="Synthetic",
        rows=(Axis(id="ev", label="Extracellular vesicles"), Axis(id="prp", label="Platelet products")),
        columns=(
            Axis(id="hair", label=label),
            Axis(id="burn", label="Burns"),
            Axis(id="outside", label="Outside skin", apart=True),
        ),
        tiles={
            ("ev", "hair"): Tile(studies=8, participants=300, words=map_words(8, 300), href=href),
            ("prp", "hair"): Tile(studies=1, participants=None, words=map_words(1, None), href=href),
            ("ev", "outside"): Tile(studies=90, participants=90_000, words=map_words(90, 90_000), href=href),
        },
    )


def labels(svg: str) -> list[str]:
    return [node.get("aria-label", "") for node in ET.fromstring(svg).iter() if node.get("aria-label")]


def test_a_tile_is_a_link_that_says_its_numbers_in_words() -> None:
    """A screen reader user must hear what others see, and get to the same page."""
    links = {a.get("aria-label"): a.get("href") for a in ET.fromstring(draw_map(picture())).iter(f"{SVG}a")}
    assert links["Extracellular vesicles, Hair: 8 studies, 300 participants"] == "cells/ev--hair.html"


def test_an_empty_tile_reads_no_registered_studies() -> None:
    """An empty cell is a gap: it must say so, and must not be a link to nothing."""
    svg = draw_map(picture())
    assert "Platelet products, Burns: no registered studies" in labels(svg)
    assert len(list(ET.fromstring(svg).iter(f"{SVG}a"))) == 3
    assert not re.search(r"\b(safe|no risk|clear|ok|fine|good)\b", svg.split("</style>")[-1], re.I)


def test_every_pair_is_drawn_once() -> None:
    root = ET.fromstring(draw_map(picture()))
    tiles = list(root.iter(f"{SVG}rect"))
    assert len(tiles) == 6


def test_participants_that_no_study_states_are_not_drawn_as_a_ring() -> None:
    """A ring for an unknown number would be an invented number."""
    root = ET.fromstring(draw_map(picture()))
    assert len(list(root.iter(f"{SVG}circle"))) == 2
    assert any("number of participants not reported" in label for label in labels(draw_map(picture())))


@pytest.mark.parametrize("draw", [draw_map, draw_row_names, lambda p: draw_map(p, labels=False, style=True)])
def test_the_picture_is_well_formed_and_has_a_title(draw) -> None:  # type: ignore[no-untyped-def]
    root = ET.fromstring(draw(picture(label=HOSTILE, href='x.html#a="b"&c')))
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title") is not None
    assert not list(root.iter(f"{SVG}script"))


@pytest.mark.parametrize("step", range(7))
def test_the_colour_key_names_each_colour(step: int) -> None:
    title = ET.fromstring(svg_map.draw_colour_key(step)).find(f"{SVG}title")
    assert title is not None and title.text


def test_the_area_of_a_ring_follows_the_participants() -> None:
    """Twice the people, twice the area; a reader compares areas."""
    small, large = svg_map.ring_radius(250, 1000), svg_map.ring_radius(500, 1000)
    assert pi * large**2 == pytest.approx(2 * pi * small**2)


def test_a_column_outside_skin_does_not_shrink_the_rings_of_the_skin() -> None:
    """90,000 people in other organs must not make 300 people with hair loss invisible."""
    assert svg_map.ring_cap(picture()) == 300
    cut = [c for c in ET.fromstring(draw_map(picture())).iter(f"{SVG}circle") if c.get("class") == "ring cut"]
    assert len(cut) == 1


def test_no_study_in_skin_still_gives_a_scale() -> None:
    only = MapPicture(
        title="t",
        description="",
        rows=(Axis(id="ev", label="EV"),),
        columns=(Axis(id="outside", label="Outside skin", apart=True),),
        tiles={("ev", "outside"): Tile(studies=1, participants=40, words="", href=None)},
    )
    assert svg_map.ring_cap(only) == 40
    assert "circle" in draw_map(only)


def test_an_empty_map_is_still_a_picture() -> None:
    none = MapPicture(title="t", description="", rows=(), columns=(), tiles={})
    assert ET.fromstring(draw_map(none)).tag == f"{SVG}svg"
    assert svg_map.ring_steps(svg_map.ring_cap(none)) == ()


@pytest.mark.parametrize(
    ("studies", "step"),
    [(0, 0), (1, 1), (2, 2), (4, 2), (5, 3), (9, 3), (10, 4), (20, 5), (49, 5), (50, 6), (999, 6)],
)
def test_colours_follow_the_printed_ranges(studies: int, step: int) -> None:
    assert svg_map.colour_step(studies) == step


def test_the_ranges_are_printed_for_every_colour() -> None:
    assert svg_map.step_labels() == ("1", "2–4", "5–9", "10–19", "20–49", "50 or more")


@pytest.mark.parametrize(
    ("studies", "participants", "words"),
    [
        (1, 1, "1 study, 1 participant"),
        (1200, 30000, "1,200 studies, 30,000 participants"),
        (2, None, "2 studies, number of participants not reported"),
        (2, 0, "2 studies, 0 participants"),
    ],
)
def test_numbers_read_as_words(studies: int, participants: int | None, words: str) -> None:
    assert map_words(studies, participants) == words
