"""How often the intervals hold what they promise: simulated meta-analyses over a written grid, with a seed.

Run: `python validation/coverage.py` prints the page, `--write` puts it into `coverage.md`; `--replicates 1000` for a quick look.
Needs nothing but the package.

Each replicate draws the true effects of k studies from N(mu, tau2) and the data of each study given its effect; then it is
pooled as a user would pool it. A confidence interval is right when it holds mu. A prediction interval is right as often as
the effect of a new study falls into it, which is known exactly for each replicate: its mass under N(mu, tau2).

Sources: IntHout, Ioannidis and Borm 2014, doi:10.1186/1471-2288-14-25, and Langan et al. 2019, doi:10.1002/jrsm.1316 (simulations of
this kind); Partlett and Riley 2017, doi:10.1002/sim.7140 (prediction intervals).
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit, ndtr

from skinproof.synthesis import escalc, pool_many
from skinproof.synthesis.results import OK, PoolMany

PAGE = Path(__file__).resolve().parent / "coverage.md"
SEED = 20_241_119
REPLICATES = 10_000
LEVEL = 0.95
HELD = 3.0
"""Standard errors of the simulation within which a coverage counts as nominal; of 108 cells a third of one is outside by chance."""

NEAR = 1.5
"""Points of a hundred within which a coverage is good enough for most uses, however many replicates see the difference."""

Floats = npt.NDArray[np.float64]
Draw = Callable[[np.random.Generator, Floats], tuple[Floats, Floats]]

STUDIES = (2, 3, 5, 10, 20, 50)
RATES = (0.01, 0.05, 0.2, 0.5)


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of data. mu: the average effect; tau2: none, small, large; draw: effects (m, k) -> yi, vi (NaN: no study)."""

    name: str
    words: str
    mu: float
    tau2: tuple[float, float, float]
    draw: Draw


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the grid; index seeds it, so that it comes out the same alone and among the others."""

    index: int
    kind: Kind
    k: int
    tau2: float


class Share(msgspec.Struct, frozen=True):
    """A mean over replicates and its Monte Carlo error."""

    mean: float
    error: float

    @property
    def verdict(self) -> str:
        """ "held", "low" or "high" against the nominal level."""
        # the error at the nominal level: a coverage of exactly 1 has none of its own
        apart = (self.mean - LEVEL) / max(self.error, 1e-12)
        return "held" if abs(apart) <= HELD else "low" if apart < 0 else "high"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a cell says. pooled: share of replicates with two studies or more that say something; intervals: coverage by
    name of interval; bias: of tau2, by method."""

    cell: Cell
    pooled: float
    intervals: dict[str, Share]
    bias: dict[str, Share]


def arms(rng: np.random.Generator, shape: tuple[int, ...], low: int, high: int) -> Floats:
    """People in each of two equal arms: log-uniform from low to high, since trials are more often small than large."""
    return np.floor(np.exp(rng.uniform(np.log(low), np.log(high + 1), shape)))


def normal(rng: np.random.Generator, theta: Floats) -> tuple[Floats, Floats]:
    """Normal effects with sampling variances that are known: the model itself."""
    v = 2.0 / arms(rng, theta.shape, 10, 100)
    return theta + rng.standard_normal(theta.shape) * np.sqrt(v), v


def smd(rng: np.random.Generator, theta: Floats) -> tuple[Floats, Floats]:
    """Standardized mean differences of normal measurements; standard deviations are estimated."""
    n = arms(rng, theta.shape, 10, 100)
    sd1, sd2 = (np.sqrt(rng.chisquare(n - 1) / (n - 1)) for _ in range(2))
    found = escalc(
        "SMD", m1i=theta + rng.standard_normal(n.shape) / np.sqrt(n), sd1i=sd1, n1i=n,
        m2i=rng.standard_normal(n.shape) / np.sqrt(n), sd2i=sd2, n2i=n,
    )  # fmt: skip
    return found.yi, found.vi


def odds_ratio(rate: float) -> Draw:
    """Log odds ratios of two arms whose log odds lie half the effect on either side of those of `rate`."""

    def draw(rng: np.random.Generator, theta: Floats) -> tuple[Floats, Floats]:
        n = arms(rng, theta.shape, 20, 200)
        a = rng.binomial(n.astype(np.int64), expit(logit(rate) + theta / 2))
        c = rng.binomial(n.astype(np.int64), expit(logit(rate) - theta / 2))
        found = escalc("OR", ai=a, n1i=n, ci=c, n2i=n, add=0.5, to="only0", drop00=True)
        return found.yi, found.vi

    return draw


KINDS = (
    Kind(name="normal", mu=0.3, tau2=(0.0, 0.02, 0.2), draw=normal,
         words="Normal effects, variances known (2/n, n = 10 to 100 an arm): the model itself"),
    Kind(name="SMD", mu=0.3, tau2=(0.0, 0.02, 0.2), draw=smd,
         words="Standardized mean differences, n = 10 to 100 an arm"),
    *(Kind(name=f"OR, rate {rate:g}", mu=-0.5, tau2=(0.0, 0.1, 0.5), draw=odds_ratio(rate),
           words=f"Log odds ratios, event rate {rate:g}, n = 20 to 200 an arm; 0.5 added to tables with a zero, tables without any event (or "
                 "with nothing else) left out")
      for rate in RATES),
)  # fmt: skip

INTERVALS = ("REML z", "REML knha", "REML adhoc", "DL z", "PI t(k-1)", "PI t(k-2)")
"""The confidence intervals by method and test; the prediction intervals are those of REML with knha, kinds "t" and "riley"."""


def grid(kinds: Sequence[Kind] = KINDS) -> list[Cell]:
    """Every cell."""
    cells = [(kind, k, tau2) for kind in kinds for k in STUDIES for tau2 in kind.tau2]
    return [Cell(index=index, kind=kind, k=k, tau2=tau2) for index, (kind, k, tau2) in enumerate(cells)]


def simulate(cell: Cell, replicates: int = REPLICATES, seed: int = SEED) -> Answer:
    """The cell's coverages and biases."""
    rng = np.random.default_rng([seed, cell.index])
    kind = cell.kind
    theta = kind.mu + np.sqrt(cell.tau2) * rng.standard_normal((replicates, cell.k))
    y, v = kind.draw(rng, theta)
    gone = ~(np.isfinite(y) & np.isfinite(v))
    y[gone] = v[gone] = np.nan
    enough = (~gone).sum(axis=1) >= 2
    y, v = y[enough], v[enough]
    fits = {name: pool_many(y, v, *name.split()) for name in INTERVALS[:4]}
    for name, fit in fits.items():
        assert (fit.status == OK).all(), name
    intervals = {name: covers(fit, kind.mu) for name, fit in fits.items()}
    for name, word in (("PI t(k-1)", "t"), ("PI t(k-2)", "riley")):
        found = fits["REML knha"].predict(kind=word)
        intervals[name] = share(mass(found.pi_lb, found.pi_ub, kind.mu, cell.tau2), coverage=True)
    bias = {name: share(fits[f"{name} z"].tau2 - cell.tau2) for name in ("REML", "DL")}
    return Answer(cell=cell, pooled=float(enough.mean()), intervals=intervals, bias=bias)


def covers(fit: PoolMany, mu: float) -> Share:
    """How often the confidence interval holds mu."""
    return share(((fit.ci_lb <= mu) & (mu <= fit.ci_ub)).astype(np.float64), coverage=True)


def mass(low: Floats, high: Floats, mu: float, tau2: float) -> Floats:
    """(m,) the probability that the effect of a new study falls into the interval."""
    if tau2 == 0:
        return ((low <= mu) & (mu <= high)).astype(np.float64)
    inside: Floats = ndtr((high - mu) / np.sqrt(tau2)) - ndtr((low - mu) / np.sqrt(tau2))
    return inside


def share(values: Floats, *, coverage: bool = False) -> Share:
    """Mean and Monte Carlo error; of a coverage at least that of the nominal level, where all or none is 1."""
    error = float(values.std(ddof=1) / np.sqrt(len(values)))
    if coverage and set(np.unique(values)) <= {0.0, 1.0}:
        error = max(error, float(np.sqrt(LEVEL * (1 - LEVEL) / len(values))))
    return Share(float(values.mean()), error)


def page(answers: Sequence[Answer], replicates: int, seed: int) -> str:
    """The whole page as Markdown."""
    return (
        "\n".join(
            [*_head(replicates, seed), *_summary(answers), *_follows(), *_where(answers), *_tables(answers)]
        )
        + "\n"
    )


def _head(replicates: int, seed: int) -> Iterator[str]:
    yield f"""\
# How often the intervals hold what they promise

Written by `coverage.py` ({replicates:,} replicates a cell, seed {seed}). Each cell of the grid draws true effects from N(mu, tau2), the
data of the studies given them, and pools as a user would. All numbers are for 95% intervals.

* A confidence interval is right when it holds the average effect mu: REML with z, with Knapp and
  Hartung's test (`knha`), with the same never narrower than by z's standard error (`adhoc`), and DL with z.
* A prediction interval is right as often as a new study's true effect falls into it; both are of REML with `knha`, with the quantile of
  t(k-1) (`kind="t"`, metafor's) and of t(k-2) (`kind="riley"`; at least one degree of freedom).
* "held" means within {HELD:g} Monte Carlo errors of 95%. The errors stand beside the numbers; with thousands of replicates even half a percent
  is seen, so "low" need not be much too low: read the number.
* "pooled" is the share of replicates in which two studies or more said anything; the others cannot be pooled and do not count.
"""


def _summary(answers: Sequence[Answer]) -> Iterator[str]:
    yield "## In short\n"
    yield (
        f"Cells in which the coverage is held / within {NEAR:g} points of nominal; then the lowest and the highest coverage of all "
        "cells, in percent:\n"
    )
    yield f"| data | {' | '.join(INTERVALS)} |"
    yield "|---|" + "---|" * len(INTERVALS)
    for kind in dict.fromkeys(answer.cell.kind.name for answer in answers):
        cells = []
        for name in INTERVALS:
            found = [answer.intervals[name] for answer in answers if answer.cell.kind.name == kind]
            held = sum(one.verdict == "held" for one in found)
            means = [100 * one.mean for one in found]
            near = sum(abs(mean - 100 * LEVEL) <= NEAR for mean in means)
            cells.append(f"{held} / {near} of {len(found)}; {min(means):.1f} to {max(means):.1f}")
        yield f"| {kind} | {' | '.join(cells)} |"
    yield ""


def _follows() -> Iterator[str]:
    """Said from the tables below by a person; `tests/synthesis/test_coverage.py` holds the sentences to new numbers."""
    yield """\
## What follows

* REML with Knapp and Hartung's test covers the average effect nearly as promised for every number of studies, two included, with continuous
  data and at event rates of 20% and 50%: never more than a point and a half from 95%. Where it is outside the simulation error
  it is about a point too low, where effects differ. It is the test to take by default.
* With z (REML and DL alike) the interval is far too short wherever effects differ and studies are few, and somewhat too long where they do
  not differ. `adhoc` is safe and wasteful: with two or three studies it holds the truth nearly always, and hardly says anything.
* **Nominal coverage is not held at an event rate of 1%** by anything here, all of which adds 0.5 to zero cells: with `knha` the interval is
  too short (the few tables that can occur look alike, so their spread is too small, and the estimate is pulled towards no effect);
  with z and `adhoc` it is too long. Mantel-Haenszel, Peto and models of the counts do without the constant; they are not
  simulated here. At 5% it is nearly held up to 20 studies; with 50 the pull is larger than the interval allows.
* **Prediction intervals do not hold their level** with few studies, nor with small heterogeneity at any number of studies here: tau2 is estimated
  as 0 in many replicates, and the interval is then one of the average. With large heterogeneity they come near it from 20 studies
  on, and are within two points at 50 (not with events of 1% and 5%, where tau2 is underestimated most). The quantile of t(k-2) makes
  them too long at k = 3, changes little from 10 on, and is no remedy between. Where effects do not differ, and events are not rare,
  they are as wide as promised, or wider.
* tau2 is overestimated where there is none (it cannot be negative) and with few studies, and underestimated with rare events once
  studies are many.
"""


def _where(answers: Sequence[Answer]) -> Iterator[str]:
    yield "## Where the nominal coverage is not held\n"
    for name in INTERVALS:
        yield f"**{name}**\n"
        for verdict in ("low", "high"):
            for kind in dict.fromkeys(answer.cell.kind.name for answer in answers):
                here = [
                    a for a in answers if a.cell.kind.name == kind and a.intervals[name].verdict == verdict
                ]
                if here:
                    listed = "; ".join(
                        f"k={a.cell.k} tau2={a.cell.tau2:g}: {100 * a.intervals[name].mean:.1f}" for a in here
                    )
                    yield f"* {verdict}, {kind}: {listed}"
        yield ""


def _tables(answers: Sequence[Answer]) -> Iterator[str]:
    yield "## All cells\n"
    for kind in dict.fromkeys(answer.cell.kind.name for answer in answers):
        here = [answer for answer in answers if answer.cell.kind.name == kind]
        yield f"### {kind}\n\n{here[0].cell.kind.words}; mu = {here[0].cell.kind.mu:g}.\n"
        yield f"| k | tau2 | {' | '.join(INTERVALS)} | bias of tau2, REML | bias of tau2, DL | pooled |"
        yield "|---|---|" + "---|" * (len(INTERVALS) + 3)
        for answer in here:
            shares = [f"{100 * one.mean:.1f} ±{100 * one.error:.1f}" for one in answer.intervals.values()]
            biases = [f"{one.mean:+.3f} ±{one.error:.3f}" for one in answer.bias.values()]
            yield f"| {answer.cell.k} | {answer.cell.tau2:g} | {' | '.join([*shares, *biases])} | {100 * answer.pooled:.1f}% |"
        yield ""


def main(arguments: Sequence[str]) -> int:
    """Prints or writes the page."""
    options = argparse.ArgumentParser()
    options.add_argument("--replicates", type=int, default=REPLICATES)
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--write", action="store_true")
    chosen = options.parse_args(arguments)
    text = page(
        [simulate(cell, chosen.replicates, chosen.seed) for cell in grid()], chosen.replicates, chosen.seed
    )
    if chosen.write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
