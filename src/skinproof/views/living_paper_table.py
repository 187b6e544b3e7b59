"""The history of a pooled answer as a table of a paper: every study as it came, and the answer with it."""

from skinproof.views.forest_words import bounds_of, figure
from skinproof.views.living import Living, Step
from skinproof.views.living_words import living_words
from skinproof.views.paper_table import PaperColumn, PaperRow, PaperTable
from skinproof.views.pool_paper_table import method_words, titled
from skinproof.views.print_words import printed


def living_paper_table(living: Living, title: str) -> PaperTable:
    """The table, in the order in which the studies came."""
    pooling = living.pooling
    level = f"{pooling.asked.level:g}%"
    heads = (pooling.asked.measure, f"{level} CI", "Studies so far", f"{pooling.asked.measure} so far", f"{level} CI so far", f"{level} PI so far")  # fmt: skip
    columns = (
        PaperColumn("Study"),
        PaperColumn(living.order),
        *(PaperColumn(head, numeric=True) for head in heads),
    )
    notes = [f"{pooling.asked.measure}: {pooling.label}. CI: confidence interval. PI: prediction interval."]
    if living.steps:
        notes.append(method_words(pooling))
    return PaperTable(
        title=titled(title, pooling), columns=columns, rows=tuple(_row(living, step) for step in living.steps),
        notes=(*notes, *printed(living_words(living).lines, pooling)),
    )  # fmt: skip


def _row(living: Living, step: Step) -> PaperRow:
    pooling, look = living.pooling, step.look
    own = (figure(step.own.est, pooling), bounds_of(step.own, pooling))
    if look is None:
        return PaperRow((step.study, step.when, *own, "", "not found", "", ""))
    predicted = bounds_of(look.shown_pi, pooling) if look.shown_pi else ""
    return PaperRow((
        step.study, step.when, *own, f"{look.k:,}", figure(look.shown.est, pooling), bounds_of(look.shown, pooling), predicted,
    ))  # fmt: skip
