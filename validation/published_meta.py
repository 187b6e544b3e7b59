"""Published pooled results, pooled again from the rows that were published with them, and what of the rest can be checked.

Run: `python validation/published_meta.py` prints the page, `--write` puts it into `published-meta.md`. The numbers are those
of `gold/published_meta.csv` in the reference data (`../shared`, or SKINPROOF_SHARED); without it the script says so
and stops. A result counts as reproduced when it rounds to the printed number, or, where effects were pooled that were
themselves printed rounded, when the printed number lies in the range that their rounding allows.
"""

import csv
import itertools
import math
import os
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from scipy.special import chdtrc, ndtr, ndtri

from skinproof.synthesis import escalc, pool, pool_many
from skinproof.synthesis.convert import ratio_from_ci
from skinproof.synthesis.rare_mh import Pooled, pool_mh

HERE = Path(__file__).resolve().parent
PAGE = HERE / "published-meta.md"
TABLE = "published_meta.csv"
Row = dict[str, str]

PERCENT = "proportion percent"
RATIOS = {"RR", "OR", "reported as OR", "OR as reported"}
"""Measures whose intervals are symmetric on the log scale."""

GVHD = "chronic GVHD, MSC co-infusion vs none, RCTs"
SET_ASIDE = "not needed to reproduce"
"""The table's own words about the trial of which only one kind of the outcome was printed."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One comparison, as text. agrees: None for a number that stands beside a published one and need not be it."""

    what: str
    printed: str
    ours: str
    difference: str
    agrees: bool | None
    reason: str


def rows(lines: Iterable[str]) -> list[Row]:
    """The rows of the table."""
    return list(csv.DictReader(lines))


def printed_pools(table: Sequence[Row]) -> list[Row]:
    """The rows that are pooled results."""
    return [row for row in table if row["level"] in ("pooled", "subgroup")]


def digits(text: str) -> int:
    """Digits after the point of a printed number."""
    return len(text.partition(".")[2])


def rounds_to(value: float, text: str) -> bool:
    """Whether a value is printed like this; half a unit in the last place either way."""
    return abs(value - float(text)) <= 0.5 * 10.0 ** -digits(text) + 1e-12


def gap(value: float, text: str) -> str:
    """Ours less the printed number."""
    return f"{value - float(text):+.{digits(text) + 1}f}"


def gvhd(table: Sequence[Row]) -> Iterator[Line]:
    """Chronic graft-versus-host disease after transplantation with and without mesenchymal cells (counts)."""
    trials = [row for row in table if row["outcome"] == GVHD and row["level"] == "study"]
    published = next(row for row in table if row["outcome"] == GVHD and row["level"] == "pooled")
    chosen = [row for row in trials if SET_ASIDE not in row["study_or_pooled"]]
    names = ", ".join(row["study_or_pooled"] for row in chosen)
    ours = risk_ratio_mh(chosen)
    for what, text, value in (
        (f"M18 {GVHD}: RR", published["effect"], math.exp(ours.beta)),
        (f"M18 {GVHD}: p", published["p"], ours.pval),
    ):
        yield Line(
            what=what, printed=text, ours=f"{value:.4f}", difference=gap(value, text), agrees=rounds_to(value, text),
            reason=f"Mantel-Haenszel, common effect, over {names}; which trials entered and the model are inferred, the "
            "abstract states neither",
        )  # fmt: skip
    others = {f"Mantel-Haenszel with {row['study_or_pooled'].partition(' (')[0]}": risk_ratio_mh([*chosen, row])
              for row in trials if row not in chosen}  # fmt: skip
    effects = escalc("RR", **cells(chosen))
    others["inverse variance, common effect"] = pool(effects.yi, effects.vi, "EE")
    others["inverse variance, random effects (DL)"] = pool(effects.yi, effects.vi, "DL")
    others["inverse variance, random effects (REML, Knapp-Hartung)"] = pool(
        effects.yi, effects.vi, "REML", "knha"
    )
    for name, other in others.items():
        value, text = math.exp(other.beta), published["effect"]
        low, high = math.exp(other.ci_lb), math.exp(other.ci_ub)
        yield Line(
            what=f"M18 the same by {name}", printed=text, ours=f"{value:.3f} [{low:.3f}, {high:.3f}], p {other.pval:.3f}",
            difference=gap(value, text), agrees=None,
            reason="another set of trials than the one that gives the printed numbers" if " with " in name else
            "another model than the one that gives the printed numbers; with single events in three of four treated arms, the choice decides",
        )  # fmt: skip


def cells(trials: Sequence[Row]) -> dict[str, list[float]]:
    """The columns of 2x2 tables."""
    names = {"ai": "events_or_mean_1", "n1i": "n1", "ci": "events_or_mean_2", "n2i": "n2"}
    return {ours: [float(row[theirs]) for row in trials] for ours, theirs in names.items()}


def risk_ratio_mh(trials: Sequence[Row]) -> Pooled:
    """The Mantel-Haenszel risk ratio of trials."""
    return pool_mh("RR", **cells(trials))


def ulcers(table: Sequence[Row]) -> Iterator[Line]:
    """Adverse events of platelet-rich plasma in three kinds of ulcer (ratios with intervals), pooled by DL."""
    here = [row for row in table if row["meta_id"] == "M1" and row["outcome"] == "adverse events"]
    studies = [row for row in here if row["level"] == "study"]
    published = next(row for row in here if row["level"] == "pooled")
    ours, low, high = from_rounded(studies)
    for name, text, at in (("RR", "effect", 0), ("lower bound", "ci_low", 1), ("upper bound", "ci_high", 2)):
        value = published[text]
        half = 0.5 * 10.0 ** -digits(value)
        reached = low[at] - half <= float(value) <= high[at] + half
        yield Line(
            what=f"M1 adverse events, platelet-rich plasma: {name}", printed=value,
            ours=f"{ours[at]:.3f} ({low[at]:.2f} to {high[at]:.2f})", difference=gap(ours[at], value), agrees=reached,
            reason="inverse variance, DL, of ratios printed with two digits after the point: in brackets the range that their rounding allows",
        )  # fmt: skip


def from_rounded(studies: Sequence[Row]) -> tuple[list[float], list[float], list[float]]:
    """Ratio and bounds pooled from printed ratios, and their least and largest values over all corners of rounding."""
    columns = ("effect", "ci_low", "ci_high")
    middle = np.array([[float(row[name]) for name in columns] for row in studies])
    half = np.array([[0.5 * 10.0 ** -digits(row[name]) for name in columns] for row in studies])
    # bounds printed as 0.05 have the largest part in it: their log is uncertain by a tenth
    corners = np.array(list(itertools.product((-1.0, 1.0), repeat=middle.size))).reshape(-1, *middle.shape)
    every = np.concatenate([middle[None], middle + corners * half])
    parts = [ratio_from_ci(values[:, 0], values[:, 1], values[:, 2], name="RR") for values in every]
    many = pool_many(np.array([part.yi for part in parts]), np.array([part.vi for part in parts]), "DL", "z")
    found = np.exp(np.column_stack([many.beta, many.ci_lb, many.ci_ub]))
    return found[0].tolist(), found.min(axis=0).tolist(), found.max(axis=0).tolist()


def heterogeneity(table: Sequence[Row]) -> Iterator[Line]:
    """I2 from Q and its degrees of freedom, where all three are printed."""
    for row in printed_pools(table):
        if row["q"] and row["df"] and row["i2"]:
            q, df = float(row["q"]), float(row["df"])
            value = max(0.0, 100 * (q - df) / q)
            yield Line(
                what=f"{row['meta_id']} {row['outcome']}: I2 from Q {row['q']} with {row['df']} df", printed=row["i2"],
                ours=f"{value:.2f}", difference=gap(value, row["i2"]), agrees=rounds_to(value, row["i2"]),
                reason=f"100 (Q - df) / Q; p of Q is {chdtrc(df, q):.2g}. The rows of the studies are in a picture only",
            )  # fmt: skip


def interval_checks(table: Sequence[Row]) -> Iterator[Line]:
    """For every printed pool with an interval: is its middle the effect, and does p follow from it?

    An interval need not be symmetric to the last digit, as its bounds are rounded: their rounding is allowed for.
    """
    for row in printed_pools(table):
        if not (row["effect"] and row["ci_low"] and row["ci_high"]):
            continue
        yield _checked(row)


def _scale(measure: str) -> tuple[str, Callable[[float], float]]:
    """The scale on which intervals of this measure are symmetric."""
    if measure in RATIOS:
        return "log", math.log
    if measure == PERCENT:
        return "logit", lambda value: math.log(value / (100 - value))
    return "", lambda value: value


def _checked(row: Row) -> Line:
    name, scale = _scale(row["effect_measure"])
    texts = [row[column] for column in ("effect", "ci_low", "ci_high")]
    effect, low, high = (scale(float(text)) for text in texts)
    allowed = 0.0
    for text, share in zip(texts, (1.0, 0.5, 0.5), strict=True):
        value, half = float(text), 0.5 * 10.0 ** -digits(text)
        allowed += share * (scale(value) - scale(value - half))
    off = effect - (low + high) / 2
    z = effect / ((high - low) / (2 * float(ndtri(0.975))))
    p = float(2 * ndtr(-abs(z)))
    symmetric, follows = abs(off) <= allowed + 1e-9, p_agrees(row["p"], p)
    said = []
    if not symmetric:
        said.append(f"the effect is not the middle of its interval on the {name or 'plain'} scale, where {row['effect_measure']} "
                    "should be symmetric")  # fmt: skip
    if not follows:
        said.append(f"the printed p does not follow from the interval, which gives {p:.2g}")
    return Line(
        what=title(row), printed=f"{texts[0]} [{texts[1]}, {texts[2]}]" + (f", p {row['p']}" if row["p"] else ""),
        ours=f"{p:.2g}", difference=f"{off:+.3f}" + f" ({name})" * bool(name), agrees=symmetric and follows,
        reason="; ".join(said),
    )  # fmt: skip


def title(row: Row) -> str:
    """What a printed pool is about; the group where it is one."""
    group = row["study_or_pooled"]
    return f"{row['meta_id']} {row['outcome']}" + f" ({group})" * (group != "pooled all")


def p_agrees(text: str, p: float) -> bool:
    """Whether a p-value may be printed like this: a bound it keeps, or its rounding within a factor of 2.

    The factor is for z made of an interval with two digits, which hardly knows its p better.
    """
    found = re.match(r"\s*(<?)\s*(\d*\.\d+)", text)
    if not found:
        return True
    bound = float(found[2])
    if found[1]:
        return p < bound * 2
    half = 0.5 * 10.0 ** -digits(found[2])
    return (bound - half) / 2 <= p <= (bound + half) * 2


def without_rows(table: Sequence[Row]) -> list[Row]:
    """The printed pools that were not pooled again: the table has no row for each of their studies.

    Subgroups of several studies are no studies: pooling them is another calculation than the printed one.
    """
    done = {("M18", GVHD), ("M1", "adverse events")}
    return [row for row in printed_pools(table) if (row["meta_id"], row["outcome"]) not in done]


def page(table: Sequence[Row]) -> str:
    """The whole page as Markdown."""
    again = [*gvhd(table), *ulcers(table), *heterogeneity(table)]
    checks = list(interval_checks(table))
    odd = [line for line in checks if not line.agrees]
    left = defaultdict(list)
    for row in without_rows(table):
        left[row["meta_id"]].append(title(row).removeprefix(f"{row['meta_id']} "))
    pools = printed_pools(table)
    sources = sorted({(row["meta_id"], row["citation"]) for row in table}, key=lambda pair: int(pair[0][1:]))
    lines = [
        "# Published pooled results, pooled again",
        "",
        "Written by `published_meta.py` from the reference table of published meta-analyses; nothing here is typed by hand.",
        "",
        "## From the rows that were published with them",
        "",
        "A result agrees when it rounds to the printed number. Where rounded effects were pooled, the range that their rounding",
        "allows stands in brackets, and the printed number must lie in it.",
        "",
        "| what | printed | ours | difference | agrees | model, and where a difference comes from |",
        "|---|---|---|---|---|---|",
        *(_cells(line) for line in again),
        "",
        "## Pools that cannot be pooled again",
        "",
        f"{len(without_rows(table))} of {len(pools)} printed pools have no row for each of their studies here (subgroups of several",
        "studies are no studies), so nothing is claimed about them. M19 is set beside a pool of the reports at hand by `safety_pool.py`.",
        "",
        *(
            f"* {number}: {'; '.join(names)}"
            for number, names in sorted(left.items(), key=lambda pair: int(pair[0][1:]))
        ),
        "",
        "## What their own numbers say",
        "",
        f"{len(checks)} printed pools have an effect with its interval. Without the studies two things can still be checked: whether",
        "the effect is the middle of its interval (on the log scale for ratios, the logit for proportions), and whether the printed p follows from it, both as",
        f"far as rounding lets one see. {len(checks) - len(odd)} pass. These do not:",
        "",
        "| what | printed | p from the interval | effect less the middle | what is odd |",
        "|---|---|---|---|---|",
        *(
            f"| {line.what} | {line.printed} | {line.ours} | {line.difference} | {line.reason} |"
            for line in odd
        ),
        "",
        "An odd line is a reason to look into the paper, not a proof of an error.",
        "",
        "## Sources",
        "",
        *(f"* {number}: {citation}" for number, citation in sources),
    ]
    return "\n".join(lines) + "\n"


def _cells(line: Line) -> str:
    agrees = {True: "yes", False: "no", None: "-"}[line.agrees]
    return f"| {line.what} | {line.printed} | {line.ours} | {line.difference} | {agrees} | {line.reason} |"


def main(arguments: Sequence[str]) -> int:
    """Prints or writes the page; 0 also where the reference data are absent."""
    shared = Path(os.environ.get("SKINPROOF_SHARED", HERE.parents[1] / "shared"))
    path = shared / "gold" / TABLE
    if not path.is_file():
        print(
            f"skipped: {TABLE} of the reference data (SKINPROOF_SHARED or ../shared) is not on this machine"
        )
        return 0
    with path.open(encoding="utf-8", newline="") as stream:
        text = page(rows(stream))
    if "--write" in arguments:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
