"""Pictures as PNG: drawn from the SVG by an optional library."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from skinproof.errors import UsageError

RENDERER = "resvg_py"
ZOOM = 2
"""Pixels of the file for one of the picture, so that print is sharp."""


def write_png(svg: str, path: Path) -> None:
    """Write a picture that carries its colours inside. Raises: UsageError where the library is not installed."""
    if find_spec(RENDERER) is None:
        raise UsageError(
            "PNG needs the library resvg-py (`pip install resvg-py`); --svg needs nothing, and any browser opens it"
        )
    path.write_bytes(bytes(import_module(RENDERER).svg_to_bytes(svg_string=svg, zoom=ZOOM)))
