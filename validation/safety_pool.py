"""Adverse events of extracellular vesicles pooled from single arms, beside the range that was published.

Run: `python validation/safety_pool.py`. The rows are those of `gold/outcomes.csv` in the reference data (`../shared`, or
SKINPROOF_SHARED); without it the script says so and stops. The published pool is Van Delen 2024
(10.1002/jev2.12458): 21 reports, serious adverse events 0.7% (0.1 to 5.2), adverse events 4.4% (0.7 to 22.2).
"""

import csv
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from scipy.special import expit
from scipy.stats import beta

from skinproof.errors import SynthesisError
from skinproof.synthesis.rare_beta import pool_beta_binomial
from skinproof.synthesis.rare_glmm import pool_glmm

PUBLISHED = {"serious": "0.7% (0.1 to 5.2), 21 reports", "any": "4.4% (0.7 to 22.2), 21 reports"}
FAMILIES = ("EV_AE", "EV_SAE_registry")
Row = dict[str, str]
Arm = tuple[str, int, int]

REMARKS = """\
Read with care:
* The published pool rests on 21 reports, ours on the few whose counts could be read; one trial of 2 treated infants holds
  the only serious event and most of the heterogeneity. Its weight, not the vesicles, sets the width of our intervals.
* "Any adverse event" is counted differently by each report: product-related, prespecified, treatment-emergent, or
  "other" in a registry (which leaves the serious ones out). A pooled risk of such a mixture describes the reports.
* Reports without an event enter in full; nothing is added to them. Where heterogeneity is large the risk at the average
  log odds (the estimate) is far below the average risk over studies (the crude share), as it must be.
* Patients gathered because of a complication (case series) have no denominator and are left out.
* So agreement is that the intervals overlap. A closer match would say nothing, as the reports are not the same."""


def serious(row: Row) -> Arm | None:
    """Serious events: of rows about them, and of rows in which nobody had any event at all."""
    events, people = int(row["events1"]), int(row["total1"])
    if "serious" in row["outcome"]:
        return row["study"], events, people
    # no event related to treatment does not exclude serious ones
    return (row["study"], 0, people) if events == 0 and "related" not in row["outcome"] else None


def serious_only(row: Row) -> Arm | None:
    """Serious events of rows that are about them."""
    return serious(row) if "serious" in row["outcome"] else None


def any_event(row: Row) -> Arm | None:
    """Events as each report counts them; for registry rows the `other` events beside the serious ones."""
    if "serious" not in row["outcome"]:
        return row["study"], int(row["events1"]), int(row["total1"])
    other = re.search(r"other AE (\d+)/(\d+)", row["ae_arm1"])
    return (row["study"], int(other[1]), int(other[2])) if other else None


def any_event_of_more(row: Row) -> Arm | None:
    """As `any_event`, without the trial of two treated infants."""
    return any_event(row) if int(row["total1"]) > 2 else None


def rows(lines: Iterable[str]) -> list[Row]:
    """The rows of vesicles that may be pooled."""
    return [
        row
        for row in csv.DictReader(lines)
        if row["family"] in FAMILIES and row["use_in_pool"] == "y" and row["total1"]
    ]


def report(arms: Sequence[Arm], title: str, published: str) -> Iterator[str]:
    """The arms and their pool, as lines of text."""
    xi, ni = [arm[1] for arm in arms], [arm[2] for arm in arms]
    yield f"{title}: {len(arms)} arms, {sum(xi)} of {sum(ni)} people"
    yield from (f"  {events:>3}/{people:<4} {study}" for study, events, people in arms)
    low = float(beta.ppf(0.025, sum(xi), sum(ni) - sum(xi) + 1)) if sum(xi) else 0.0
    high = float(beta.ppf(0.975, sum(xi) + 1, sum(ni) - sum(xi)))
    yield f"  {'published':<38}{published}"
    yield f"  {'crude share (exact binomial)':<38}{_percent(sum(xi) / sum(ni), low, high)}"
    yield from (f"  {name:<38}{_tried(pool, xi, ni)}" for name, pool in POOLS.items())


def _binomial_normal(xi: list[int], ni: list[int], nagq: int) -> str:
    pooled = pool_glmm("PLO", xi=xi, ni=ni, nagq=nagq)
    risk, low, high = (float(expit(x)) for x in (pooled.beta, pooled.ci_lb, pooled.ci_ub))
    return f"{_percent(risk, low, high)}  tau2 {pooled.tau2:.2f}"


def _beta_binomial(xi: list[int], ni: list[int]) -> str:
    pooled = pool_beta_binomial("PR", xi=xi, ni=ni)
    return f"{_percent(pooled.beta, pooled.ci_lb, pooled.ci_ub)}  rho {pooled.rho:.3f}"


POOLS: dict[str, Callable[[list[int], list[int]], str]] = {
    "binomial-normal GLMM, 7 points": lambda xi, ni: _binomial_normal(xi, ni, 7),
    "binomial-normal GLMM, 51 points": lambda xi, ni: _binomial_normal(xi, ni, 51),
    "beta-binomial": _beta_binomial,
}


def _tried(pool: Callable[[list[int], list[int]], str], xi: list[int], ni: list[int]) -> str:
    try:
        return pool(xi, ni)
    except SynthesisError as error:
        return f"refused: {error}"


def _percent(risk: float, low: float, high: float) -> str:
    return f"{100 * risk:.2g}% ({100 * low:.2g} to {100 * high:.2g})"


def safety(lines: Iterable[str]) -> Iterator[str]:
    """The whole report."""
    found = rows(lines)
    for pick, title, key in (
        (serious_only, "Serious adverse events, rows about them", "serious"),
        (serious, "Serious adverse events, with arms in which nobody had any event", "serious"),
        (any_event, "Adverse events as each report counts them", "any"),
        (any_event_of_more, "The same without the trial of two infants", "any"),
    ):
        arms = [arm for arm in map(pick, found) if arm]
        yield from report(arms, title, PUBLISHED[key])
        yield ""
    yield REMARKS


def main() -> int:
    """Prints the report; 0 also where the reference data are absent."""
    shared = Path(os.environ.get("SKINPROOF_SHARED", Path(__file__).resolve().parents[2] / "shared"))
    table = shared / "gold" / "outcomes.csv"
    if not table.is_file():
        print(
            f"skipped: {table.name} of the reference data (SKINPROOF_SHARED or ../shared) is not on this machine"
        )
        return 0
    with table.open(encoding="utf-8", newline="") as stream:
        print("\n".join(safety(stream)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
