"""Meta-analyses, many and one, beside metafor (R) and PyMARE: the same simulated data, in one run, interleaved.

python benchmarks/synthesis.py [--pairs 7] [--metafor 500] [--seed 1]

Each pair runs ours and then each peer, one right after the other; times and ratios are medians over pairs. metafor fits one
meta-analysis at a time, so that it is timed on the first `--metafor` of 10,000 fits (or permutations) and on 2 of 1,000
refits, and multiplied; such figures carry a "~". The time of R is taken inside R: starting it and reading data do not
count. A peer that is not on this machine is named and left out.

A target is for the work as each package offers it: the fit (estimate, standard error, tau2), and the fit with p-values and
intervals, are measured apart, as p-values cost more than the fit. Needs no reference data.
"""

import argparse
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from skinproof.synthesis import pool, pool_many
from skinproof.synthesis.diagnostics import leave_one_out
from skinproof.synthesis.resampling import bootstrap, permutest

try:
    import pymare
    from pymare.estimators import VarianceBasedLikelihoodEstimator
except ImportError:
    pymare = None

MEMORY = 16 * 2**30
"""Address space that R may have: at k = 100,000 metafor asks for a matrix of 75 GB, which must fail, not be granted."""

Arrays = tuple[np.ndarray, np.ndarray]
Work = Callable[[], object]


def draw(rng: np.random.Generator, m: int, k: int) -> Arrays:
    """(m, k) effects of studies with 10 to 100 people an arm, tau2 0.1, and their variances."""
    v = 2.0 / np.exp(rng.uniform(np.log(10), np.log(100), (m, k)))
    return 0.3 + rng.standard_normal((m, k)) * np.sqrt(v + 0.1), v


class Metafor:
    """A running R with metafor, that times what it is asked; `missing` says why there is none."""

    def __init__(self, data: dict[str, Arrays], folder: Path) -> None:
        self.missing, self.about, self.process = "", "", None
        if shutil.which("Rscript") is None:
            self.missing = "Rscript is not on this machine (Debian: apt-get install r-cran-metafor)"
            return
        for name, (y, v) in data.items():
            for letter, values in (("y", y), ("v", v)):
                np.savetxt(folder / f"{name}_{letter}.txt", [*values.shape, *values.ravel()], fmt="%.17g")
        self.process = subprocess.Popen(
            ["Rscript", "--vanilla", str(Path(__file__).with_suffix(".R")), str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        )  # fmt: skip
        lines = self.ask("about 0")
        if lines:
            self.about = lines[0].removeprefix("about ").strip()
        else:
            self.process, self.missing = (
                None,
                "R is here without metafor (Debian: apt-get install r-cran-metafor)",
            )

    def ask(self, line: str) -> list[str]:
        """The lines R answers with; none when it has ended."""
        assert self.process is not None and self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return []
        lines = []
        for answer in self.process.stdout:
            if answer.strip() == "done":
                return lines
            lines.append(answer.strip())
        return []

    def seconds(self, task: str, times: int) -> float:
        """Wall time of the task; NaN where R stopped, whose words are kept in `said`."""
        lines = self.ask(f"{task} {times}")
        if lines and lines[-1].startswith("seconds"):
            return float(lines[-1].split()[1])
        self.said = lines[-1].removeprefix("error ") if lines else "R ended"
        return float("nan")

    def close(self) -> None:
        if self.process is not None and self.process.stdin:
            self.process.stdin.close()
            self.process.wait()


@dataclass
class Task:
    """What is timed. repeat: times within a sample; metafor: (task, how many of `whole`)."""

    name: str
    ours: Work
    peer: Work | None
    target: str
    repeat: int = 1
    metafor: tuple[str, int] | None = None
    whole: int = 1
    limits: dict[str, float] = field(default_factory=dict)


def seconds(work: Work, repeat: int) -> float:
    start = time.perf_counter()
    for _ in range(repeat):
        work()
    return (time.perf_counter() - start) / repeat


def pymare_fit(y: np.ndarray, v: np.ndarray) -> Any:
    """Studies in rows, meta-analyses in columns."""
    estimator = VarianceBasedLikelihoodEstimator(method="REML")
    return estimator.fit(y, v, np.ones((len(y), 1)))


def pymare_results(y: np.ndarray, v: np.ndarray, correction: str) -> Any:
    """With its results object, which intervals and permutations need."""
    estimator = VarianceBasedLikelihoodEstimator(method="REML", small_sample_correction=correction)
    return estimator.fit_dataset(pymare.Dataset(y=y, v=v)).summary()


def tasks(data: dict[str, Arrays], share: int) -> list[Task]:
    """Everything that is timed, in the order of the issue."""
    (y, v), (y1, v1), (yl, vl), (yp, vp), (yk, vk) = (
        data[name] for name in ("batch", "one", "left", "permute", "large")
    )
    yt, vt = np.ascontiguousarray(y.T), np.ascontiguousarray(v.T)
    k = yl.shape[1]
    without = np.array([np.delete(np.arange(k), i) for i in range(k)]).T
    fit = pool(yp[0], vp[0])
    regression = pool(yp[0], vp[0], mods=np.linspace(-1.0, 1.0, yp.shape[1]) ** 3)

    def whole(result: Any) -> object:
        return result.pval, result.ci_lb, result.ci_ub

    def stats() -> object:
        return pymare_results(yt, vt, "knapp-hartung").get_fe_stats()

    def profile() -> object:
        found = pymare_results(y1[0][:, None], v1[0][:, None], "wald")
        return found.get_fe_stats(), found.get_re_stats()

    def shuffled() -> object:
        return pymare_results(yp[0][:, None], vp[0][:, None], "wald").permutation_test(n_perm=10_000)

    m = len(y)
    return [
        Task(f"{m:,} x k=10, REML + Knapp-Hartung: fit", lambda: pool_many(y, v, "REML", "knha"), lambda: pymare_fit(yt, vt),
             ">= 2,000x metafor, >= 3x PyMARE", metafor=("batch", share), whole=m, limits={"metafor": 2000, "PyMARE": 3}),
        Task("the same with p-values and intervals", lambda: whole(pool_many(y, v, "REML", "knha")), stats,
             "(the fit's)", metafor=("batch", share), whole=m),
        Task("one REML fit (k=13) + Q-profile interval", lambda: pool(y1[0], v1[0]).tau2_interval(), profile,
             ">= 8x metafor", repeat=50, metafor=("one", 20), whole=20, limits={"metafor": 8}),
        Task(f"leave-one-out, k={k:,}", lambda: whole(leave_one_out(pool(yl[0], vl[0]))),
             lambda: pymare_fit(yl[0][without], vl[0][without]), "< 0.15 s", metafor=("left", 2), whole=k,
             limits={"seconds": 0.15}),
        Task("10,000 permutations, REML, k=20", lambda: permutest(fit, exact=False, count=10_000, seed=1), shuffled, "< 0.05 s",
             metafor=("permute", share), whole=10_000, limits={"seconds": 0.05}),
        Task("10,000 bootstrap samples, REML, k=20", lambda: bootstrap(fit, count=10_000, seed=1), None, "< 0.05 s",
             limits={"seconds": 0.05}),
        Task("10,000 permutations of a moderator, k=20", lambda: permutest(regression, exact=False, count=10_000, seed=1), None,
             "< 0.05 s", limits={"seconds": 0.05}),
        Task("10,000 bootstraps of that regression", lambda: bootstrap(regression, count=10_000, seed=1), None, "< 0.05 s",
             limits={"seconds": 0.05}),
        Task(f"one REML fit, k={yk.shape[1]:,}", lambda: pool(yk[0], vk[0]), lambda: pymare_fit(yk[0][:, None], vk[0][:, None]),
             "< 10 ms", repeat=3, metafor=("large", 1), limits={"seconds": 0.010}),
    ]  # fmt: skip


def measure(task: Task, r: Metafor, pairs: int) -> str:
    """The line of a task: medians over pairs."""
    times: dict[str, list[float]] = {"ours": [], "PyMARE": [], "metafor": []}
    task.ours()
    if task.peer and pymare:
        task.peer()
    said = ""
    for _ in range(pairs):
        times["ours"].append(seconds(task.ours, task.repeat))
        if task.peer and pymare:
            times["PyMARE"].append(seconds(task.peer, max(1, task.repeat // 5)))
        if task.metafor and r.process is not None and not said:
            name, n = task.metafor
            took = r.seconds(name, n)
            # one task repeats a whole fit, the others do a part of the whole
            took *= 1 / n if name == "one" else task.whole / n
            times["metafor"].append(took)
            said = f"  metafor: {r.said}" if took != took else ""
    ours = statistics.median(times["ours"])
    line = f"{task.name:<44}{clock(ours):>11}"
    reached = [ours <= task.limits["seconds"]] if "seconds" in task.limits else []
    for peer in ("PyMARE", "metafor"):
        found = [one for one in times[peer] if one == one]
        if not found:
            line += f"{'-':>12}{'':>9}"
            continue
        ratio = statistics.median(b / a for a, b in zip(times["ours"], times[peer], strict=True))
        scaled = peer == "metafor" and task.metafor is not None and task.whole > task.metafor[1]
        line += f"{'~' * scaled + clock(statistics.median(found)):>12}{ratio:>8,.{0 if ratio >= 20 else 1}f}x"
        if peer in task.limits:
            reached.append(ratio >= task.limits[peer])
    verdict = "" if not reached else "met" if all(reached) else "NOT MET"
    return f"{line}  {task.target}  {verdict}{said}"


def clock(value: float) -> str:
    if value >= 1:
        return f"{value:,.2f} s"
    return f"{1000 * value:.2f} ms"


def agreement(data: dict[str, Arrays], r: Metafor, n: int) -> None:
    """The same answers come first: the largest differences over the first n fits."""
    y, v = (values[:n] for values in data["batch"])
    ours = pool_many(y, v, "REML", "knha")
    if r.process is not None:
        lines = [line.split()[1:] for line in r.ask(f"values {n}")]
        theirs = np.array([[float(word) for word in line] for line in lines])
        good = np.isfinite(theirs).all(axis=1)
        gaps = np.abs(np.column_stack([ours.tau2, ours.beta, ours.se]) - theirs)[good].max(axis=0)
        print(f"against metafor, {good.sum()} of {n} fits (it stops at 1e-5): tau2 {gaps[0]:.1e}, beta {gaps[1]:.1e}, "
              f"se {gaps[2]:.1e}; not converged there: {n - good.sum()}")  # fmt: skip
    if pymare:
        found = pymare_results(y.T, v.T, "knapp-hartung")
        stats = found.get_fe_stats()
        gaps = [np.abs(a - np.ravel(b)).max() for a, b in
                ((ours.tau2, found.tau2), (ours.beta, stats["est"]), (ours.se, stats["se"]))]  # fmt: skip
        print(f"against PyMARE,  {n} of {n} fits: tau2 {gaps[0]:.1e}, beta {gaps[1]:.1e}, se {gaps[2]:.1e}")


def memory(rng: np.random.Generator) -> None:
    """Peak of what one fit allocates beyond its data, and how it grows."""
    print("\npeak memory of one REML fit beyond its data (traced apart from the times):")
    for k in (10_000, 100_000, 1_000_000):
        y, v = (values[0] for values in draw(rng, 1, k))
        line = f"  k={k:<10,} ours {peak(lambda y=y, v=v: pool(y, v)) / 1e6:8.1f} MB"
        if pymare:
            line += f"   PyMARE {peak(lambda y=y, v=v: pymare_fit(y[:, None], v[:, None])) / 1e6:8.1f} MB"
        print(line + f"   a k x k matrix {k * k * 8 / 1e9:10,.1f} GB")


def passes(y: np.ndarray, v: np.ndarray, pairs: int) -> None:
    """How far from the ground: the batch in units of one pass over the studies, which every step of any method makes."""
    y, v = np.asfortranarray(y), np.asfortranarray(v)
    tau2 = np.full(len(y), 0.1)

    def once() -> object:
        w = 1.0 / (v + tau2[:, None])
        return w.sum(axis=1), (w * y).sum(axis=1), (w * w).sum(axis=1)

    def fit() -> object:
        return pool_many(y, v, "REML", "knha")

    ratio = statistics.median(seconds(fit, 3) / seconds(once, 30) for _ in range(pairs))
    print(
        f"\none pass over the studies of the batch (weights and three sums): {clock(seconds(once, 30))}; the fits cost {ratio:.0f} of them"
    )


def peak(work: Work) -> float:
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--pairs", type=int, default=7)
    options.add_argument(
        "--metafor", type=int, default=500, help="fits or permutations that metafor does of 10,000"
    )
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    rng = np.random.default_rng(chosen.seed)
    sizes = {
        "batch": (10_000, 10),
        "one": (1, 13),
        "left": (1, 1000),
        "permute": (1, 20),
        "large": (1, 100_000),
    }
    data = {name: draw(rng, *size) for name, size in sizes.items()}
    with tempfile.TemporaryDirectory(prefix="skinproof-bench-") as folder:
        r = Metafor(data, Path(folder))
        print(
            f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}, {os.cpu_count()} processors"
        )
        print(f"metafor {r.about}" if r.about else f"metafor: left out, {r.missing}")
        print(
            f"PyMARE {pymare.__version__}"
            if pymare
            else "PyMARE: left out, it is not installed (it comes with `make bench`)"
        )
        agreement(data, r, min(200, chosen.metafor))
        print(f"\n{'':<44}{'ours':>11}{'PyMARE':>12}{'':>9}{'metafor':>12}{'':>9}  target")
        for task in tasks(data, chosen.metafor):
            print(measure(task, r, chosen.pairs), flush=True)
        passes(*data["batch"], chosen.pairs)
        memory(rng)
        r.close()


if __name__ == "__main__":
    sys.exit(main())
