"""What the pictures of a pooled answer share: colours for light and dark grounds, scales, ticks, text that is safe in SVG."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from math import ceil, exp, floor, isfinite, log, log10
from unicodedata import east_asian_width

import msgspec

from skinproof.views.pooled_words import number
from skinproof.views.text import clean

LIGHT = {
    "ink": "#18212b", "soft": "#4d5b69", "line": "#c9d2da", "strip": "#f2f5f7", "ground": "#ffffff", "study": "#0067a5",
    "pooled": "#b94e00", "predicted": "#00795a", "filled": "#a8407e", "band1": "#e3ebf2", "band2": "#cddae6", "band3": "#b5c8d9",
}  # fmt: skip
DARK = {
    "ink": "#e8edf2", "soft": "#aab7c4", "line": "#3a4650", "strip": "#1f2830", "ground": "#171f26", "study": "#6bbcf0",
    "pooled": "#ff9a5c", "predicted": "#3ecf9f", "filled": "#eda6d0", "band1": "#222d36", "band2": "#2d3b47", "band3": "#3a4b5a",
}  # fmt: skip
"""Colours after Okabe and Ito (https://jfly.uni-koeln.de/color/), 4.5 : 1 or more from their ground; shapes tell apart what
colour does not. No colour says good or bad."""

_RULES = """\
.plot text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--plot-ink);font-size:13px}
.plot .ground{fill:var(--plot-ground)}
.plot .head{font-weight:700}
.plot .title{font-size:15px;font-weight:700}
.plot .soft{font-size:12px;fill:var(--plot-soft)}
.plot .tick{font-size:12px;fill:var(--plot-soft);text-anchor:middle}
.plot .end{text-anchor:end}
.plot .middle{text-anchor:middle}
.plot .strip{fill:var(--plot-strip)}
.plot .axis{stroke:var(--plot-soft);stroke-width:1;fill:none}
.plot .grid{stroke:var(--plot-line);stroke-width:1}
.plot .zero{stroke:var(--plot-ink);stroke-width:1.4}
.plot .average{stroke:var(--plot-pooled);stroke-width:1.4;stroke-dasharray:5 4;fill:none}
.plot .whisker{stroke:var(--plot-study);stroke-width:1.8;fill:none}
.plot .study{fill:var(--plot-study);stroke:var(--plot-study)}
.plot .point{fill:var(--plot-study);fill-opacity:.78;stroke:var(--plot-study);stroke-width:1.2}
.plot .filled{fill:var(--plot-ground);stroke:var(--plot-filled);stroke-width:2}
.plot .pooled{fill:var(--plot-pooled);stroke:var(--plot-pooled);stroke-width:1}
.plot .predicted{fill:var(--plot-predicted);stroke:var(--plot-predicted);stroke-width:1}
.plot .band0{fill:var(--plot-ground)}
.plot .band1{fill:var(--plot-band1)}
.plot .band2{fill:var(--plot-band2)}
.plot .band3{fill:var(--plot-band3)}
.plot .band{fill:var(--plot-study);fill-opacity:.16;stroke:none}
.plot .line{stroke:var(--plot-study);stroke-width:2;fill:none}
.plot .dots{stroke:var(--plot-study);stroke-width:3;stroke-linecap:round;stroke-opacity:.45;fill:none}
.plot .dots.with{stroke:var(--plot-pooled);stroke-width:1.6}
.plot .frame{fill:none;stroke:var(--plot-line)}
.plot .edge{stroke:var(--plot-soft);stroke-opacity:.55;fill:none}
.plot .edge.once{stroke-dasharray:5 4;stroke-opacity:.9}
"""


def _palette(colours: Mapping[str, str]) -> str:
    return ";".join(f"--plot-{name}:{colour}" for name, colour in colours.items())


PLOT_CSS = f".plot{{{_palette(LIGHT)}}}\n@media screen and (prefers-color-scheme:dark){{.plot{{{_palette(DARK)}}}}}\n{_RULES}"
"""Colours and type for both colour schemes; a page puts it into its style sheet."""


def literal_css(colours: Mapping[str, str]) -> str:
    """The rules with colours written out, for programs that draw SVG but know no CSS variables."""
    rules = _RULES
    for name, colour in colours.items():
        rules = rules.replace(f"var(--plot-{name})", colour)
    return rules


def open_svg(
    name: str, width: float, height: float, title: str, description: str, *, style: bool, dark: bool
) -> str:
    """The start of a picture. style: carry the colours inside, for a picture that stands alone (dark: both schemes)."""
    css = ""
    if style:
        night = f"@media screen and (prefers-color-scheme:dark){{{literal_css(DARK)}}}" if dark else ""
        rules = escape(literal_css(LIGHT) + night, quote=False)
        css = f'<style>{rules}</style><rect class="ground" width="100%" height="100%"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="group" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" aria-labelledby="{said(name)}-title" aria-describedby="{said(name)}-desc">'
        f'<title id="{said(name)}-title">{said(title)}</title><desc id="{said(name)}-desc">{said(description)}</desc>{css}'
    )


def said(text: str) -> str:
    """Text as it may stand in SVG: no marks of XML, no controls."""
    return escape(clean(text))


def text_at(x: float, y: float, words: str, kind: str = "") -> str:
    """One line of text. kind: its classes."""
    named = f' class="{kind}"' if kind else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}">{said(words)}</text>'


_NARROW = frozenset("iIjlftr.,:;'|!()[]/ ")
_WIDE = frozenset("mwMW@%\N{HORIZONTAL ELLIPSIS}\N{EM DASH}")


def width_of(words: str, soft: bool = False) -> float:
    """About how wide a line is drawn, at most: by the letters of DejaVu Sans, the widest of the fonts that are asked for."""
    return sum(map(_letter, words)) * (0.93 if soft else 1.0)


def _letter(letter: str) -> float:
    if letter in _NARROW:
        return 4.6
    if letter in _WIDE or east_asian_width(letter) in "WF":
        return 12.6
    return 9.0 if letter.isupper() else 8.0


def folded(lines: Iterable[str], width: float) -> list[str]:
    """Lines folded to a width in pixels, for soft text; a wider word is broken."""
    return [part for line in lines for part in _fold(clean(line), max(width, 50.0))]


def _fold(line: str, width: float) -> list[str]:
    found, used, space = [""], 0.0, width_of(" ", soft=True)
    for word in line.split():
        size = width_of(word, soft=True)
        if found[-1] and used + space + size > width:
            found.append("")
            used = 0.0
        while size > width:
            room = max(1, int(len(word) * width / size * 0.8))
            found[-1:] = [word[:room], ""]
            word = word[room:]
            size = width_of(word, soft=True)
        used += size + (space if found[-1] else 0.0)
        found[-1] += f" {word}" if found[-1] else word
    return found


def cut_to(words: str, width: float, soft: bool = False) -> str:
    """The words, cut with an ellipsis where they are wider; three letters are always left."""
    if width_of(words, soft) <= width:
        return words
    kept = len(words) - 1
    while kept > 3 and width_of(words[:kept] + "…", soft) > width:
        kept -= 1
    return words[:kept].rstrip() + "…"


class Axis(msgspec.Struct, frozen=True, kw_only=True):
    """A scale of the reader from `low` to `high`, drawn between pixels `left` and `right`. log: by ratios."""

    low: float
    high: float
    left: float
    right: float
    log: bool = False

    def place(self, value: float) -> float:
        """The pixel of a value, ends included; beyond them it lies outside."""
        low, high, at = (self._plain(v) for v in (self.low, self.high, value))
        return self.left + (at - low) / (high - low) * (self.right - self.left)

    def value(self, share: float) -> float:
        """The value that far along the axis, from 0 at its low to 1 at its high end."""
        if self.log:
            return float(self.low * (self.high / self.low) ** share)
        return self.low + (self.high - self.low) * share

    def inside(self, value: float) -> float:
        """The pixel of a value, at most at the ends."""
        return min(max(self.place(value), self.left), self.right)

    def holds(self, value: float) -> bool:
        """Whether the value lies on the axis."""
        return self.low <= value <= self.high

    def _plain(self, value: float) -> float:
        return log(max(value, 1e-300)) if self.log else value

    def ticks(self, most: int = 6) -> list[float]:
        """Round values on the axis, at most `most`."""
        return log_ticks(self.low, self.high, most) if self.log else even_ticks(self.low, self.high, most)


def even_ticks(low: float, high: float, most: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten between two values."""
    raw = (high - low) / max(most - 1, 1)
    power = 10.0 ** floor(log10(raw))
    for factor in (1, 2, 5, 10, 20):
        step = factor * power
        first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
        if last - first + 1 <= most:
            return [place * step for place in range(first, last + 1)]
    return [low, high]


_LOG_STEPS: tuple[tuple[float, ...], ...] = ((1, 1.25, 1.5, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,))


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Values that are read easily on a scale of ratios; 1 is among them where it lies between the two."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    for steps in _LOG_STEPS:
        ticks = _between({_tenth(step, power) for power in powers for step in steps}, low, high)
        if len(ticks) <= most:
            return ticks if len(ticks) > 1 else even_ticks(low, high, most)
    skip = ceil(len(powers) / most)
    return _between({10.0**power for power in powers if power % skip == 0}, low, high)


def _tenth(step: float, power: int) -> float:
    return float(f"{step}e{power}")


def _between(values: Iterable[float], low: float, high: float) -> list[float]:
    return sorted(v for v in values if low <= v * (1 + 1e-9) and v <= high * (1 + 1e-9))


def tick_words(value: float) -> str:
    """A tick as it is printed: no more digits than it has.

    >>> tick_words(0.30000000000000004), tick_words(2000.0), tick_words(-0.5)
    ('0.3', '2,000', '−0.5')
    """
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.6g}"
    return minus(text)


_NEGATIVE = re.compile(r"(?<![\w-])-(?=[\d.]|infinity)")


def minus(text: str) -> str:
    """The text with real minus signs before numbers."""
    return _NEGATIVE.sub("−", text)


def shown_number(value: float) -> str:
    """A number in a picture."""
    return minus(number(value))


def axis_of(
    centres: Sequence[float], ends: Sequence[tuple[float, float]], *, log_scale: bool, left: float, right: float,
    zero: float | None = None,
) -> Axis:  # fmt: skip
    """An axis that shows all centres and as much of the intervals as leaves the centres apart.

    centres: values that must be seen; ends: intervals that may leave the axis (they are drawn with an arrow there).
    """
    to: Callable[[float], float] = (lambda v: log(max(v, 1e-12))) if log_scale else (lambda v: v)
    back: Callable[[float], float] = exp if log_scale else (lambda v: v)
    must = [to(v) for v in (*centres, *(() if zero is None else (zero,))) if isfinite(v)]
    low, high = min(must), max(must)
    span = high - low or 1.0
    bounds = [(to(a), to(b)) for a, b in ends if isfinite(a) and isfinite(b)]
    low = max(low - 0.6 * span, min([low, *(a for a, _ in bounds)])) - 0.04 * span
    high = min(high + 0.6 * span, max([high, *(b for _, b in bounds)])) + 0.04 * span
    return Axis(low=back(low), high=back(high), left=left, right=right, log=log_scale)


def effect_axis(
    low: float, high: float, *, log_scale: bool, left: float, right: float, most: int = 6
) -> tuple[Axis, list[tuple[float, str]]]:
    """An even axis on the scale of the pooling, and its ticks as (pixel, words of the reader's scale)."""
    axis = Axis(low=low, high=high, left=left, right=right)
    if not log_scale:
        return axis, [(axis.place(tick), tick_words(tick)) for tick in axis.ticks(most)]
    ticks = log_ticks(exp(max(low, -200)), exp(min(high, 200)), most)
    return axis, [(axis.place(log(tick)), tick_words(tick)) for tick in ticks]


def framed(
    axis: Axis, ticks: Iterable[tuple[float, str]], top: float, bottom: float, label: str
) -> list[str]:
    """The axis below a picture, with its name."""
    parts = [
        f'<path class="axis" d="M{axis.left:.1f} {bottom:.1f}H{axis.right:.1f}M{axis.left:.1f} {top:.1f}V{bottom:.1f}"/>'
    ]
    for x, words in ticks:
        parts.append(f'<path class="axis" d="M{x:.1f} {bottom:.1f}v4"/>')
        parts.append(text_at(x, bottom + 17, words, "tick"))
    parts.append(text_at((axis.left + axis.right) / 2, bottom + 35, label, "soft middle"))
    return parts


def side_ticks(axis: Axis, x: float, most: int = 6) -> list[str]:
    """Ticks of an upright axis (its left and right are the pixels of its low and high end)."""
    parts = []
    for tick in axis.ticks(most):
        y = axis.place(tick)
        parts.append(f'<path class="axis" d="M{x:.1f} {y:.1f}h-4"/>')
        parts.append(text_at(x - 7, y + 4, tick_words(tick), "soft end"))
    return parts


def upright(words: str, x: float, y: float) -> str:
    """The name of an upright axis."""
    return (
        f'<text class="soft middle" transform="translate({x:.1f} {y:.1f}) rotate(-90)">{said(words)}</text>'
    )


def mark_at(x: float, y: float, words: str, kind: str = "point", radius: float = 4.5) -> str:
    """A round mark that says its words."""
    return (
        f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title>'
        f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/></g>'
    )


def heading(title: str, width: float) -> tuple[list[str], float]:
    """The title, folded, and where it ends."""
    lines = folded([title], (width - 24) * 0.7)
    return [text_at(12, 24 + 20 * at, line, "title") for at, line in enumerate(lines)], 12 + 20.0 * len(lines)


def caption(lines: Iterable[str], top: float, width: float) -> tuple[list[str], float]:
    """Lines at the foot, folded, and where they end."""
    shown = folded(lines, width - 24)
    return [
        text_at(12, top + 16 * (at + 1), minus(line), "soft") for at, line in enumerate(shown)
    ], top + 16 * len(shown)
