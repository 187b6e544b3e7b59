"""Pictures as PNG: drawn from the SVG by resvg."""

from pathlib import Path

ZOOM = 2
"""Pixels of the file for one of the picture, so that print is sharp."""


def write_png(svg: str, path: Path) -> None:
    """Write a picture that carries its colours inside."""
    import resvg_py  # loaded only when a picture is asked for

    path.write_bytes(bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=ZOOM)))
