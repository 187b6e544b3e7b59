"""A network as a table of a paper: every pair of treatments, those against the reference first."""

from skinproof.views.network_words import network_lines
from skinproof.views.networked import Networked, Pair
from skinproof.views.paper_table import PaperColumn, PaperRow, PaperTable
from skinproof.views.pooled import Shown
from skinproof.views.pooled_words import number, p_words
from skinproof.views.print_words import printed
from skinproof.views.svg_plot import minus


def network_paper_table(found: Networked, title: str) -> PaperTable:
    """The table, and what it says in words. A pair is its first treatment against its second."""
    level = f"{found.asked.level:g}%"
    columns = (
        PaperColumn("Comparison"), PaperColumn("Studies of both", numeric=True), PaperColumn("Evidence"),
        *(PaperColumn(head, numeric=True) for head in (found.asked.measure, f"{level} CI", f"{level} PI", "p")),
    )  # fmt: skip
    blank = ("",) * (len(columns) - 1)
    against = {frozenset((pair.treat1, pair.treat2)) for pair in found.against}
    others = [pair for pair in found.pairs if frozenset((pair.treat1, pair.treat2)) not in against]
    rows = [PaperRow((f"Against {found.reference}", *blank), "group"), *map(_row, found.against)]
    if others:
        rows += [PaperRow(("Other pairs", *blank), "group"), *map(_row, others)]
    notes = [f"{found.asked.measure}: {found.label}. CI: confidence interval. PI: prediction interval."]
    return PaperTable(
        title=title[:1].upper() + title[1:],
        columns=columns,
        rows=tuple(rows),
        notes=(*notes, *printed(network_lines(found))),
    )


def _row(pair: Pair) -> PaperRow:
    p = p_words(pair.pval).removeprefix("p ").removeprefix("= ")
    predicted = _bounds(pair.shown_pi) if pair.shown_pi else ""
    return PaperRow((
        f"{pair.treat1} against {pair.treat2}", f"{len(pair.studies):,}", pair.evidence, minus(number(pair.shown.est)),
        _bounds(pair.shown), predicted, p,
    ))  # fmt: skip


def _bounds(shown: Shown) -> str:
    return minus(f"[{number(shown.lb)}, {number(shown.ub)}]")
