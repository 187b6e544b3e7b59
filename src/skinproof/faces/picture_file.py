"""Pictures as files: SVG as drawn, PNG by resvg, PDF with its shapes and letters by Typst."""

import re
from html import unescape
from pathlib import Path

import click

from skinproof.errors import UsageError
from skinproof.faces.whole_file import write_whole

ZOOM = 2
"""Pixels of a PNG for one of the picture, so that print is sharp."""

KINDS = (".svg", ".png", ".pdf")

_DARK_RULES = re.compile("@media[^<]*(?=</style>)")
_PAGE = b"""\
#set document(title: sys.inputs.title, date: none)
#set text(lang: "en")
#set page(width: auto, height: auto, margin: 0pt)
#image(bytes(sys.inputs.svg), format: "svg", alt: sys.inputs.words)
"""
"""The picture fills its page. What a picture says comes in as an input, never as a part of this text."""


def write_picture(path: Path, svg: str) -> None:
    """Write a picture that carries its colours inside, in the format that the name of its file says.

    svg: one SVG element, its style element closed by the rules for dark grounds where it has any; they are for screens
    and stay out of PNG and PDF. A PDF has text that can be searched, and the picture's title and description for
    readers that speak (PDF/UA-1); it holds no date, so the same picture gives the same bytes.
    Raises: UsageError: another suffix, or the file cannot be written.
    """
    write_whole(path, picture_bytes(svg, picture_kind(path), path.stem))


def picture_kind(path: Path) -> str:
    """The suffix of a picture's file. Raises: UsageError: it is none of KINDS."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise UsageError(f"{path.name}: pictures are written as .svg, .png or .pdf")
    return kind


def checked_path(_context: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    """The path of an option that writes a picture, so that a wrong suffix ends the command before its work.

    Raises: UsageError: as `picture_kind`.
    """
    if path is not None:
        picture_kind(path)
    return path


def picture_bytes(svg: str, kind: str, name: str) -> bytes:
    """A picture in one of KINDS. name: the title of a PDF whose picture has none."""
    if kind == ".svg":
        return (svg.rstrip("\n") + "\n").encode("utf-8")
    light = _DARK_RULES.sub("", svg)
    if kind == ".png":
        import resvg_py  # loaded only when a picture is asked for

        return bytes(resvg_py.svg_to_bytes(svg_string=light, zoom=ZOOM))
    import typst

    title = _said(light, "title") or name
    words = _said(light, "desc")
    inputs = {"svg": light, "title": title, "words": f"{title}. {words}" if words else title}
    return bytes(typst.compile(_PAGE, format="pdf", sys_inputs=inputs, pdf_standards="ua-1"))


def _said(svg: str, element: str) -> str:
    """The text of the first element of that name, nothing where there is none."""
    found = re.search(rf"<{element}\b[^>]*>([^<]*)</{element}>", svg)
    return unescape(found[1]).strip() if found else ""
