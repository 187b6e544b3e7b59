"""The answer of a network as text, as rows of a table, and as a league table."""

from collections.abc import Iterable

from skinproof.faces.output import bold
from skinproof.views.network_words import network_lines
from skinproof.views.networked import INDIRECT, MIXED, Networked, Pair, Split
from skinproof.views.pooled import Shown
from skinproof.views.pooled_words import interval, number, p_words
from skinproof.views.svg_plot import minus
from skinproof.views.text import Column, clean, pairs, table, wrap
from skinproof.views.words import plural

LISTED = 60
"""Pairs, designs or rows that are printed; --csv prints all."""

HEADER = (
    "kind", "treat1", "treat2", "studies", "people", "evidence", "estimate", "se", "ci_lb", "ci_ub", "pi_lb", "pi_ub", "est", "est_lb", "est_ub",
    "pval", "direct", "direct_lb", "direct_ub", "indirect", "indirect_lb", "indirect_ub", "difference", "difference_se",
    "difference_pval", "p_score", "sucra", "mean_rank", "rank_lb", "rank_ub", "tau2", "i2", "q", "q_df", "q_pval", "row", "notes",
)  # fmt: skip
"""Columns of the CSV: treatments, every pair, the network as a whole, its designs, rows that take no part."""

METHODS = {
    "EE": "one common effect for each pair", "DL": "DerSimonian-Laird moments", "REML": "restricted maximum likelihood",
    "ML": "maximum likelihood",
}  # fmt: skip


def network_text(found: Networked, width: int) -> list[str]:
    """Everything of the answer, the plain words first."""
    lines = [bold("In plain words")]
    for line in network_lines(found):
        lines += wrap(clean(line), width)
    level = f"{found.asked.level:g}%"
    lines += ["", bold("Treatments, by name"), *_nodes(found, width)]
    lines += [
        "",
        bold(clean(f"Against {found.reference} ({found.label})")),
        *_pairs(found, found.against, width, against=True),
    ]
    if len(found.nodes) > 2:
        lines += ["", bold("Every pair, by name"), *_pairs(found, found.pairs[:LISTED], width, against=False)]
        if len(found.pairs) > LISTED:
            lines.append(f"... and {len(found.pairs) - LISTED:,} more; --csv and --league have all.")
    lines += ["", bold(f"How far studies differ (intervals: {level})"), *_heterogeneity(found, width)]
    lines += ["", bold("Direct beside indirect evidence"), *_agreement(found, width)]
    if found.ranks:
        lines += ["", bold("Ranks, 1 the best; read the caution first"), *_ranks(found, width)]
    return lines + _foot(found, width)


def _nodes(found: Networked, width: int) -> list[str]:
    heads = [
        Column("Treatment", wraps=True), Column("Studies", right=True), Column("People", right=True),
        Column("Compared directly with", right=True),
    ]  # fmt: skip
    rows = [
        (n.name, str(n.studies), "not told" if n.people is None else f"{n.people:,}", str(n.partners)) for n in found.nodes
    ]  # fmt: skip
    return table(heads, rows, width)


def _pairs(found: Networked, listed: Iterable[Pair], width: int, *, against: bool) -> list[str]:
    """A table of pairs. against: all of them against the reference, which the head names."""
    level = f"{found.asked.level:g}%"
    heads = [
        Column("Treatment", wraps=True), *([] if against else [Column("against", wraps=True)]), Column("Studies of both", wraps=True),
        Column(found.asked.measure, right=True), Column(f"{level} CI", right=True), Column("Prediction", right=True), Column("p", right=True),
    ]  # fmt: skip
    rows = [
        (
            p.treat1, *([] if against else [p.treat2]), _rests(p), number(p.shown.est), interval(p.shown),
            "" if p.shown_pi is None else interval(p.shown_pi), _p(p.pval),
        )
        for p in listed
    ]  # fmt: skip
    return table(heads, rows, width)


def _rests(pair: Pair) -> str:
    if pair.evidence == INDIRECT:
        return INDIRECT
    return f"{len(pair.studies)} + indirect" if pair.evidence == MIXED else f"{len(pair.studies)}"


def _p(value: float | None) -> str:
    return "" if value is None else p_words(value).removeprefix("p ").removeprefix("= ")


def _heterogeneity(found: Networked, width: int) -> list[str]:
    if found.q_df == 0:
        return wrap("Unknown: no comparison is made twice.", width)
    rows = [
        ("tau2", f"{number(found.tau2)} (one for all pairs; on the scale of the {found.scale})"),
        ("I2", f"{found.i2:.1f}%"),
        ("Q", f"{found.q:.2f}, df {found.q_df}, {p_words(found.qp)}"),
        ("method", f"{METHODS[found.asked.method]} ({found.asked.method})"),
    ]
    return pairs(rows, width)


def _agreement(found: Networked, width: int) -> list[str]:
    parts = found.inconsistency
    if parts.between.df == 0:
        return wrap("Cannot be compared: no loop of comparisons rests on different studies.", width)
    rows = [
        (name, f"Q {test.q:.2f}, df {test.df}, {p_words(test.pval)}")
        for name, test in (
            ("within designs", parts.within), ("between designs", parts.between),
            ("between, with tau2", parts.between_random),
        )
    ]  # fmt: skip
    heads = [
        Column("Treatment", wraps=True), Column("against", wraps=True), Column("Studies", right=True), Column("Direct", right=True),
        Column("Indirect", right=True), Column("p apart", right=True),
    ]  # fmt: skip
    shown = [
        (s.treat1, s.treat2, str(s.studies), _both(s.direct), "none" if s.indirect is None else _both(s.indirect), _p(s.pval))
        for s in found.splits[:LISTED]
    ]  # fmt: skip
    told = "p apart: how likely direct and indirect evidence lie this far apart by chance."
    what = "A design is a set of treatments that studies compare: between designs stands what does not agree."
    return [*pairs(rows, width), *wrap(what, width), "", *table(heads, shown, width), *wrap(told, width)]


def _both(shown: Shown) -> str:
    return f"{number(shown.est)} ({interval(shown)})"


def _ranks(found: Networked, width: int) -> list[str]:
    heads = [
        Column("Treatment, by name", wraps=True), Column("P-score", right=True), Column("SUCRA", right=True), Column("Mean rank", right=True),
        Column(f"{found.asked.level:g}% of ranks", right=True), Column("First", right=True), Column("Last", right=True),
    ]  # fmt: skip
    rows = [
        (
            r.treatment, f"{r.p_score:.2f}", f"{r.sucra:.2f}", f"{r.mean_rank:.1f}", f"{r.rank_lb:.0f} to {r.rank_ub:.0f}",
            f"{r.probabilities[0]:.0%}", f"{r.probabilities[-1]:.0%}",
        )
        for r in found.ranks
    ]  # fmt: skip
    return [*wrap(found.rank_note, width), *table(heads, rows, width)]


def _foot(found: Networked, width: int) -> list[str]:
    lines: list[str] = []
    if found.left_out:
        lines += ["", bold(f"Not pooled ({plural(len(found.left_out), 'row')})")]
        for row in found.left_out[:LISTED]:
            lines += wrap(clean(f"Row {row.row}, {row.study}, {row.treatment}: {row.why}."), width)
        if len(found.left_out) > LISTED:
            lines.append(f"... and {len(found.left_out) - LISTED:,} more; --csv prints all.")
    lines += ["", bold("To mind")]
    for note in found.notes:
        lines += wrap(clean(note), width)
    return lines


def league_rows(found: Networked) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows of the league table: the treatment of the row against that of the column, with its interval."""
    names = tuple(node.name for node in found.nodes)
    rows = [(row, *(_cell(found, row, column) for column in names)) for row in names]
    return (f"{found.asked.measure}, row against column", *names), rows


def _cell(found: Networked, row: str, column: str) -> str:
    if row == column:
        return ""
    pair = found.pair(row, column)
    if pair is not None:
        shown = pair.shown
    else:
        turned = found.pair(column, row)
        assert turned is not None  # pairs hold every two treatments in one of the two orders
        est, lower, upper = turned.shown.est, turned.shown.lb, turned.shown.ub
        shown = Shown(1 / est, 1 / upper, 1 / lower) if found.log else Shown(-est, -upper, -lower)
    return minus(f"{number(shown.est)} [{number(shown.lb)}, {number(shown.ub)}]")


def csv_rows(found: Networked) -> list[tuple[object, ...]]:
    """One row for every treatment, pair, the network, its designs, and every row that takes no part."""
    ranks = {rank.treatment: rank for rank in found.ranks}
    splits = {(s.treat1, s.treat2): s for s in found.splits}
    made: list[dict[str, object]] = []
    for node in found.nodes:
        rank = ranks.get(node.name)
        made.append(
            {"kind": "treatment", "treat1": node.name, "studies": node.studies, "people": node.people}
        )
        if rank is not None:
            made[-1] |= {
                name: getattr(rank, name) for name in ("p_score", "sucra", "mean_rank", "rank_lb", "rank_ub")
            }
            made[-1]["notes"] = found.rank_note
    made += [_pair_row(pair, splits.get((pair.treat1, pair.treat2))) for pair in found.pairs]
    made.append(
        {
            "kind": "network", "treat2": found.reference, "studies": found.k, "people": found.people, "tau2": found.tau2, "i2": found.i2, "q": found.q,
            "q_df": found.q_df, "q_pval": found.qp, "notes": " ".join(found.notes),
        }
    )  # fmt: skip
    test = found.inconsistency.between_random
    made.append(
        {
            "kind": "inconsistency",
            "q": test.q,
            "q_df": test.df,
            "q_pval": test.pval,
            "tau2": found.inconsistency.tau2_within,
        }
    )
    made += [
        {"kind": "design", "treat1": " : ".join(d.design), "studies": d.trials, "q": d.q.q, "q_df": d.q.df, "q_pval": d.q.pval}
        for d in found.inconsistency.designs
    ]  # fmt: skip
    made += [
        {"kind": "left out", "treat1": row.treatment, "row": row.row, "notes": f"{row.study}: {row.why}"} for row in found.left_out
    ]  # fmt: skip
    return [tuple(row.get(name) for name in HEADER) for row in made]


def _pair_row(pair: Pair, split: Split | None) -> dict[str, object]:
    row: dict[str, object] = {
        "kind": "pair", "studies": len(pair.studies), "est": pair.shown.est, "est_lb": pair.shown.lb, "est_ub": pair.shown.ub,
        **{n: getattr(pair, n) for n in ("treat1", "treat2", "evidence", "estimate", "se", "ci_lb", "ci_ub", "pi_lb", "pi_ub", "pval")},
    }  # fmt: skip
    if split is not None:
        row |= {
            "direct": split.direct.est,
            "direct_lb": split.direct.lb,
            "direct_ub": split.direct.ub,
            "notes": split.reason or None,
        }
        row |= {
            "difference": split.difference,
            "difference_se": split.difference_se,
            "difference_pval": split.pval,
        }
        if split.indirect is not None:
            row |= {
                "indirect": split.indirect.est,
                "indirect_lb": split.indirect.lb,
                "indirect_ub": split.indirect.ub,
            }
    return row
