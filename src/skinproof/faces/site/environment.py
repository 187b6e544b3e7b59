"""The template engine, set so that nothing a registry says can become markup, script or a wrong link."""

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from skinproof.faces.site.names import anchor
from skinproof.faces.site.safe import ticked, visible, whole_dates
from skinproof.views.words import lower_first, upper_first

CSP = (
    "default-src 'none'; style-src 'self' file:; script-src 'self' file:; img-src 'self' file: data:; "
    "base-uri 'none'; form-action 'none'"
)
"""`file:` beside `'self'`: opened from disk a page has no origin of its own, and `'self'` then means nothing
in some browsers. On a web server no page can load a file address, so it opens nothing there."""

NOT_REPORTED_MARK = Markup('<span class="missing">not reported</span>')


def _shown(value: Any) -> Any:
    """What a template prints: absent values say so, text shows its hidden characters, markup passes."""
    if type(value) is str:  # nearly all that is printed
        return visible(value)
    if value is None:
        return NOT_REPORTED_MARK
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    raise TypeError(f"templates print text and whole numbers, not {type(value).__name__}")


@cache
def environment() -> Environment:
    """The one environment; templates come from the package and are compiled once."""
    folder = files("skinproof.faces.site") / "templates"
    sources = {path.name: path.read_text("utf-8") for path in folder.iterdir() if path.name.endswith(".html")}
    made = Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
        auto_reload=False,
    )
    made.globals["csp"] = CSP
    made.filters |= {
        "whole_dates": whole_dates, "ticked": ticked, "upper_first": upper_first, "lower_first": lower_first,
    }  # fmt: skip
    made.globals["anchor"] = anchor
    return made


def static_file(name: str) -> str:
    """The text of a file of the folder `static`."""
    return (files("skinproof.faces.site") / "static" / name).read_text("utf-8")
