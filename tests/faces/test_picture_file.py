"""Pictures as files: the same picture in three formats, whole or not at all."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pypdfium2
import pytest

from skinproof.errors import UsageError
from skinproof.faces.picture_file import write_picture
from skinproof.views.svg_plot import open_svg, text_at


def drawn(words: str = "τ² 0.31, I² 92% ≤ ½ → 1") -> str:
    start = open_svg("p", 200, 100, "Title & <mark>", "What it says.", style=True, dark=True)
    line = '<path class="average" d="M10 80H190"/><circle class="point" cx="50" cy="60" r="9"/>'
    return start + text_at(10, 40, words) + line + "</svg>"


def page_of(path: Path) -> pypdfium2.PdfPage:
    return pypdfium2.PdfDocument(path)[0]


def test_a_pdf_has_the_words_of_the_picture_as_text_and_no_image(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.pdf", drawn())
    page = page_of(tmp_path / "a.pdf")
    assert "τ² 0.31, I² 92% ≤ ½ → 1" in page.get_textpage().get_text_range()
    kinds = {found.type for found in page.get_objects()}
    assert pypdfium2.raw.FPDF_PAGEOBJ_PATH in kinds and pypdfium2.raw.FPDF_PAGEOBJ_IMAGE not in kinds
    assert page.get_size() == (150, 75), "200 by 100 pixels of 1/96 inch, in points"


def test_a_pdf_says_what_the_picture_says_to_readers_that_speak(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.pdf", drawn())
    body = (tmp_path / "a.pdf").read_bytes()
    assert pypdfium2.PdfDocument(body).get_metadata_value("Title") == "Title & <mark>"
    assert b"/StructTreeRoot" in body and b"pdfuaid" in body


def test_a_pdf_looks_as_the_png_does(tmp_path: Path) -> None:
    """Bounds of the classes of the style sheet: the ground is white, the dashes and the point are coloured."""
    write_picture(tmp_path / "a.pdf", drawn())
    sheet = page_of(tmp_path / "a.pdf").render(scale=96 / 72)
    pixels = sheet.to_numpy()[:, :, :3].astype(int)
    assert pixels.shape[:2] == (100, 200) and tuple(pixels[2, 2]) == (255, 255, 255)
    dashes = (abs(pixels[80, 10:190] - 255).sum(axis=1) > 150).mean()
    assert 0.4 < dashes < 0.75, "5 drawn, 4 not"
    blue, _, red = pixels[60, 50]
    assert abs(red - 0.22 * 255) < 9 and abs(blue - (0.78 * 0xA5 + 0.22 * 255)) < 9, (
        "fill-opacity .78 on white"
    )


def test_the_rules_for_dark_grounds_stay_in_svg_alone(tmp_path: Path) -> None:
    light = open_svg("p", 200, 100, "T", "D", style=True, dark=False) + "</svg>"
    dark = open_svg("p", 200, 100, "T", "D", style=True, dark=True) + "</svg>"
    for suffix in ("pdf", "png"):
        write_picture(tmp_path / f"a.{suffix}", light)
        write_picture(tmp_path / f"b.{suffix}", dark)
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    write_picture(tmp_path / "b.svg", dark)
    assert (tmp_path / "b.svg").read_text(encoding="utf-8") == dark + "\n"


def test_registry_words_are_no_code_of_any_format(tmp_path: Path) -> None:
    hostile = '#panic("x") </text><script> $ \\ "); #read("/etc/passwd")'
    start = open_svg("p", 900, 100, hostile, hostile, style=True, dark=True)
    write_picture(tmp_path / "a.pdf", start + text_at(10, 40, hostile) + "</svg>")
    assert hostile in page_of(tmp_path / "a.pdf").get_textpage().get_text_range()
    write_picture(tmp_path / "a.svg", start + text_at(10, 40, hostile) + "</svg>")
    assert ET.fromstring((tmp_path / "a.svg").read_text(encoding="utf-8")).find("{*}script") is None


def test_another_suffix_is_refused_by_name_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"a\.jpg: pictures are written as \.svg, \.png or \.pdf"):
        write_picture(tmp_path / "a.jpg", drawn())
    with pytest.raises(UsageError, match="cannot be written"):
        write_picture(tmp_path / "no" / "a.svg", drawn())
    assert not list(tmp_path.iterdir())


def test_an_old_file_stays_where_the_new_one_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("old")
    with pytest.raises(RuntimeError):
        write_picture(tmp_path / "a.pdf", "no picture")
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]
