"""The picture of a pooled share: each study's people with the event as a mark with its exact interval, the pooled one below.

It has no weights: the model pools counts, and gives a study no share of the answer that could be printed.
"""

from collections.abc import Mapping, Sequence

from skinproof.views.event_pool import LEVEL, OUTCOMES, EventQuestion, answer_lines, percent, range_words
from skinproof.views.pooled import Shown
from skinproof.views.svg_link import linked_to
from skinproof.views.svg_plot import Axis, caption, cut_to, folded, minus, open_svg, said, text_at, width_of

ROW, TALL = 26, 52
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
MOST = 200
"""Studies that are drawn; the table holds all."""


def draw_rates(
    question: EventQuestion,
    *,
    narrow: bool = False,
    style: bool = False,
    dark: bool = True,
    name: str = "rates",
    linked: bool = False,
    without: Mapping[int, Shown] | None = None,
) -> str:
    """The picture as one SVG element, for a page (style off) or alone; see `svg_plot.open_svg`.

    linked: a study leads to `#study-ROW` of its page; without: row -> the answer without that study, drawn hidden.
    """
    width = 360.0 if narrow else 880.0
    axis = Axis(low=0, high=1, left=20 if narrow else 400, right=332 if narrow else 690)
    titles = folded([question.title], (width - 24) * 0.66)  # bold letters are wider
    body = [text_at(12, 24 + 20 * at, line, "title") for at, line in enumerate(titles)]
    y = 26.0 + 20 * len(titles)
    if not narrow:
        body += [
            text_at(12, y + 12, "Study", "head"), text_at(380, y + 12, "With event/people", "head end"),
            text_at(width - 12, y + 12, f"Share [{LEVEL:g}% CI]", "head end"),
        ]  # fmt: skip
        y += 24
    top = y
    drawn: list[str] = []
    for place, study in enumerate(question.studies[:MOST], 1):
        data = f"{study.xi:,}/{study.ni:,}"
        part, y = _row(study.record_id, data, study.shown, axis, width, y, narrow=narrow, kind="study")
        words = f"{study.record_id}: {study.xi:,} of {study.ni:,}, {percent(study.shown.est)} ({range_words(study.shown)})"
        drawn += [linked_to(place, words, part)] if linked else part
    answer = question.answer
    if answer.shown is not None and answer.k > 1:
        label = "Pooled" if answer.how in ("random", "equal") else "All as of one study"
        data = f"{answer.events:,}/{answer.people:,}"
        part, y = _row(label, data, answer.shown, axis, width, y + 4, narrow=narrow, kind="pooled")
        drawn += part
        middle = y - ROW / 2 if not narrow else y - 16
        drawn += [
            f'<path class="without" data-row="{row}" d="{_diamond(axis, found, middle)}"/>'
            for row, found in (without or {}).items()
        ]
    if answer.shown_pi is not None:
        part, y = _row("A new study", "", answer.shown_pi, axis, width, y, narrow=narrow, kind="predicted")
        drawn += part
    if not narrow:
        body += [f'<path class="grid" d="M{axis.place(tick):.1f} {top:.1f}V{y:.1f}"/>' for tick in TICKS]
    body += drawn
    body += _axis(axis, y + 4)
    foot, y = caption(_below(question), y + 44, width)
    body += foot
    words = " ".join(answer_lines(question))
    return "\n".join([open_svg(name, width, y + 12, question.title, words, style=style, dark=dark), *body, "</svg>"])  # fmt: skip


def _axis(axis: Axis, y: float) -> list[str]:
    parts = [f'<path class="axis" d="M{axis.left:.1f} {y:.1f}H{axis.right:.1f}"/>']
    for tick in TICKS:
        x = axis.place(tick)
        parts.append(f'<path class="axis" d="M{x:.1f} {y:.1f}v4"/>')
        parts.append(text_at(x, y + 17, percent(tick), "tick"))
    parts.append(text_at((axis.left + axis.right) / 2, y + 33, "share of people", "soft middle"))
    return parts


def _row(
    label: str, data: str, shown: Shown, axis: Axis, width: float, top: float, *, narrow: bool, kind: str
) -> tuple[list[str], float]:  # fmt: skip
    """One line of the picture and where it ends. kind: study | pooled | predicted."""
    bounds = f"[{range_words(shown).replace(' to ', ', ')}]"
    values = bounds if kind == "predicted" else f"{percent(shown.est)} {bounds}"
    weight = "head " if kind == "pooled" else ""
    if narrow:
        middle, end = top + TALL - 16, top + TALL
        both = f"{label}{'  ' if data else ''}{data}"
        texts = [
            text_at(12, top + 15, cut_to(both, 336 - width_of(values) - 6), weight.strip()),
            text_at(width - 12, top + 15, values, f"{weight}end"),
        ]
    else:
        middle, end = top + ROW / 2, top + ROW
        texts = [
            text_at(12, middle + 4.5, cut_to(label, 230), weight.strip()),
            text_at(380, middle + 4.5, data, f"{weight}end"), text_at(width - 12, middle + 4.5, values, f"{weight}end"),
        ]  # fmt: skip
    words = minus(f"{label}{': ' if data else ''}{data.replace('/', ' of ')}{', ' if data else ': '}{values}")
    mark = _mark(kind, axis.place(shown.lb), axis.place(shown.est), axis.place(shown.ub), middle)
    return [*texts, f'<g role="img" aria-label="{said(words)}"><title>{said(words)}</title>{mark}</g>'], end


def _diamond(axis: Axis, shown: Shown, y: float) -> str:
    left, x, right = (axis.place(value) for value in (shown.lb, shown.est, shown.ub))
    return f"M{left:.1f} {y:.1f}L{x:.1f} {y - 8:.1f}L{right:.1f} {y:.1f}L{x:.1f} {y + 8:.1f}Z"


def _mark(kind: str, left: float, x: float, right: float, y: float) -> str:
    if kind == "study":
        return (
            f'<path class="whisker" d="M{left:.1f} {y:.1f}H{right:.1f}"/>'
            f'<rect class="study" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>'
        )
    if kind == "pooled":
        return f'<path class="{kind}" d="M{left:.1f} {y:.1f}L{x:.1f} {y - 8:.1f}L{right:.1f} {y:.1f}L{x:.1f} {y + 8:.1f}Z"/>'
    return f'<path class="predicted" d="M{left:.1f} {y - 3:.1f}H{right:.1f}V{y + 3:.1f}H{left:.1f}Z"/>'


def _below(question: EventQuestion) -> Sequence[str]:
    """What stands below the axis: how it was pooled, what is not there, what it is not."""
    answer = question.answer
    lines = []
    if len(question.studies) > MOST:
        lines.append(f"The first {MOST} of {len(question.studies):,} studies are drawn.")
    if answer.how == "random":
        lines.append(
            "Binomial-normal model (log odds, maximum likelihood, t). Exact intervals of the studies."
            f" Variance between studies {answer.tau2 or 0:.2g}, I² {answer.i2 or 0:.0f}%."
        )
    elif answer.how == "equal":
        lines.append("Equal effects (binomial, t): the model with differences between studies could not be fitted.")  # fmt: skip
    if question.left_out:
        lines.append(f"{len(question.left_out):,} more with posted results took no part.")
    return [*lines, *answer_lines(question)[-1:]] if question.studies else [f"No study: {OUTCOMES[question.outcome]}."]  # fmt: skip
