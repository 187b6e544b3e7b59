"""Shapes and colours of the dose landscape, for light and dark grounds, with and without CSS variables."""

from collections.abc import Mapping

from skinproof.model.tags import AGENT_CLASSES

SHAPES = {
    "ev": "M0-5A5 5 0 1 1 0 5A5 5 0 1 1 0-5Z",
    "conditioned_medium": "M0-6.5L6.5 0L0 6.5L-6.5 0Z",
    "msc": "M-4.6-4.6H4.6V4.6H-4.6Z",
    "other_cell": "M0 6L-5.8-4.4H5.8Z",
    "prp": "M0-6L5.8 4.4H-5.8Z",
    "growth_factor": "M-2-6H2V-2H6V2H2V6H-2V2H-6V-2H-2Z",
    "peptide": "M-6-4L-4-6L0-2L4-6L6-4L2 0L6 4L4 6L0 2L-4 6L-6 4L-2 0Z",
    "mirna": "M-6 0L-3-5.2H3L6 0L3 5.2H-3Z",
    "mrna": "M0-6L5.7-1.9L3.5 4.9H-3.5L-5.7-1.9Z",
    "pdrn": "M-5.5-5.5H5.5L-5.5 5.5H5.5Z",
    "other": "M-6-2.6H6V2.6H-6Z",
}
"""Path of the mark of each agent class around (0, 0)."""

LIGHT = {
    "ink": "#18212b", "soft": "#4d5b69", "line": "#c9d2da", "strip": "#f0f3f5", "ground": "#ffffff", "focus": "#a33a00",
    "ev": "#0067a5", "conditioned_medium": "#00795a", "msc": "#b94e00", "other_cell": "#a8407e", "prp": "#7a6000",
    "growth_factor": "#5b3aa8", "peptide": "#2f6b7a", "mirna": "#8a3b3b", "mrna": "#3d5c1e", "pdrn": "#444a52",
    "other": "#6a6f76",
}  # fmt: skip
DARK = {
    "ink": "#e8edf2", "soft": "#aab7c4", "line": "#3a4650", "strip": "#1f2830", "ground": "#171f26", "focus": "#ffb489",
    "ev": "#6bbcf0", "conditioned_medium": "#3ecf9f", "msc": "#ff9a5c", "other_cell": "#eda6d0", "prp": "#e9d64a",
    "growth_factor": "#bda4f0", "peptide": "#7fc4d6", "mirna": "#f09a9a", "mrna": "#a6cf7c", "pdrn": "#c3c9d0",
    "other": "#a9afb6",
}  # fmt: skip
"""Colours after Okabe and Ito (https://jfly.uni-koeln.de/color/), darkened or lightened so that each mark stands out
from its ground by 4.5 : 1 or more; shapes tell apart what colour does not."""

_RULES = """\
.dose text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--dose-ink);font-size:13px}
.dose .ground{fill:var(--dose-ground)}
.dose .panel{font-size:15px;font-weight:700}
.dose .soft{font-size:12px;fill:var(--dose-soft)}
.dose .tick{font-size:12px;fill:var(--dose-soft);text-anchor:middle}
.dose .strip{fill:var(--dose-strip)}
.dose .grid{stroke:var(--dose-line);stroke-width:1}
.dose .median{stroke:var(--dose-ink);stroke-width:3}
.dose .span{stroke-width:2}
.dose .mark{stroke-width:1.6;fill-opacity:.82}
.dose .hollow .mark{fill:none}
.dose .hollow .span{stroke-dasharray:3 2}
.dose a{text-decoration:none;outline:none}
.dose a:hover .mark,.dose a:focus-visible .mark{stroke:var(--dose-focus);stroke-width:4}
"""

_MARK_RULES = "".join(
    f".dose .c-{name} .mark{{fill:var(--dose-{name});stroke:var(--dose-{name})}}"
    f".dose .c-{name} .hollow .mark{{fill:none}}.dose .c-{name} .span{{stroke:var(--dose-{name})}}\n"
    for name in AGENT_CLASSES
)


def _palette(colours: Mapping[str, str]) -> str:
    return ";".join(f"--dose-{name}:{colour}" for name, colour in colours.items())


DOSE_CSS = (
    f".dose{{{_palette(LIGHT)}}}\n"
    f"@media screen and (prefers-color-scheme:dark){{.dose{{{_palette(DARK)}}}}}\n{_RULES}{_MARK_RULES}"
)
"""The picture's colours and type, for both colour schemes; a page puts it into its style sheet."""


def literal_css(colours: Mapping[str, str]) -> str:
    """The rules with colours written out, for programs that draw SVG but know no CSS variables."""
    rules = _RULES + _MARK_RULES
    for name, colour in colours.items():
        rules = rules.replace(f"var(--dose-{name})", colour)
    return rules
