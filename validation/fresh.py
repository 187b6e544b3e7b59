"""Every estimator against metafor on data that no file holds: drawn with a seed, fitted by both, compared number by number.

Run: `python validation/fresh.py [--sets 60] [--seed 1]`. Needs R with metafor (Debian: `apt-get install r-cran-metafor`) and says so where
there is none. Sets have 3 to 25 studies with variances alike to very uneven, effects that agree or differ widely, some rounded so that
many are equal. Each is fitted with 11 methods and 2 tests, without and with a moderator. Where metafor ends at a lower maximum of
the likelihood than we do, that is said and nothing else of the fit is compared. Other answers that differ by more than 1e-6
are listed, and make the script end with 1.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from skinproof.errors import SynthesisError
from skinproof.synthesis import pool
from skinproof.synthesis.pool_result import PoolResult

ALLOWED = 1e-6
Set = tuple[np.ndarray, np.ndarray, np.ndarray]


def draw(count: int, seed: int) -> list[Set]:
    """(yi, vi, moderator) of each set; the moderator has numbers or two levels."""
    rng = np.random.default_rng(seed)
    sets = []
    for number in range(count):
        k = int(rng.integers(3, 26))
        v = 0.1 * np.exp(rng.normal(0, rng.choice([0.2, 1.0, 2.5]), k))
        y = rng.normal(0.3, np.sqrt(v + rng.choice([0.0, 0.05, 0.5, 5.0])))
        y = np.round(y, 1) if number % 10 == 0 else y
        sets.append((y, v, rng.normal(size=k) if number % 2 else (np.arange(k) % 2).astype(float)))
    return sets


def answers(sets: list[Set]) -> Iterator[list[str]]:
    """metafor's lines, in words. Raises: SystemExit: R or metafor is not here."""
    with tempfile.TemporaryDirectory(prefix="skinproof-fresh-") as folder:
        path = Path(folder) / "sets.txt"
        lines = [" ".join(f"{x:.17g}" for x in (len(y), *y, *v, *mods)) for y, v, mods in sets]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        script = str(Path(__file__).with_suffix(".R"))
        rscript = shutil.which("Rscript")
        if rscript is None:
            raise SystemExit(
                "skipped: Rscript is not on this machine (Debian: apt-get install r-cran-metafor)"
            )
        command = [rscript, "--vanilla", script, str(path)]
        found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if not found.stdout.startswith("about"):
            raise SystemExit("skipped: R is here without metafor (Debian: apt-get install r-cran-metafor)")
        for line in found.stdout.splitlines():
            yield line.split()


def units(result: PoolResult) -> dict[str, float]:
    """What a difference is judged by where the value itself is smaller."""
    se, vt = float(np.max(np.asarray(result.se))), result.vt
    return {"beta": se, "ci_lb": se, "ci_ub": se, "pi_lb": se, "pi_ub": se, "zval": 1.0, "tau2": vt, "se_tau2": vt, "i2": 100.0,
            "h2": 1.0, "qm": 1.0}  # fmt: skip


def main() -> int:
    """Prints the largest deviation of each quantity, and what differs."""
    options = argparse.ArgumentParser()
    options.add_argument("--sets", type=int, default=60)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    sets = draw(chosen.sets, chosen.seed)
    largest: dict[str, tuple[float, str]] = {}
    refused: Counter[str] = Counter()
    fits: dict[tuple[str, ...], PoolResult] = {}
    numbers, far, lower = 0, [], {}
    for words in answers(sets):
        if words[0] == "about":
            print(" ".join(words[1:]))
            continue
        key, (name, *values) = tuple(words[:4]), words[4:]
        if name == "error":
            refused[values[0].replace("_", " ")] += 1
            continue
        if key not in fits:
            y, v, mods = sets[int(key[0]) - 1]
            try:
                fits[key] = pool(y, v, key[2], key[3], mods=mods if key[1] == "1" else None)
            except SynthesisError as error:
                far.append(f"{' '.join(key)}: refused here, {error}")
                continue
        result, name = fits[key], name.lower().replace(".", "_")
        if name == "ll" and (gain := result.fit_stats()["ll"] - float(values[0])) > ALLOWED:
            lower[key] = f"{' '.join(key)}: by {gain:.3g}; tau2 {result.tau2:.3g} here"
        if name == "ll" or key in lower:
            continue
        ours = np.atleast_1d(np.asarray(getattr(result, name), dtype=np.float64))
        theirs = np.array(
            [float(value.replace("NA", "nan")) if value != "NaN" else np.nan for value in values]
        )
        same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        size = np.abs(ours - theirs)[~same] / np.maximum(
            np.abs(theirs[~same]), units(result).get(name, 1e-300)
        )
        worst = float(np.max(np.where(np.isnan(size), np.inf, size), initial=0.0))
        numbers += len(ours)
        if worst >= largest.get(name, (-1.0, ""))[0]:
            largest[name] = worst, " ".join(key)
        if not worst <= ALLOWED:
            far.append(f"{' '.join(key)} {name}: {ours} here, {theirs} in metafor")
    print(
        f"{chosen.sets} sets (seed {chosen.seed}), {len(fits)} fits, {numbers:,} numbers; largest deviation (set, moderator, method, test):"
    )
    for name, (size, where) in largest.items():
        print(f"  {name:<8} {size:8.1e}  {where}")
    for words, count in refused.most_common():
        print(f"metafor stopped {count} times: {words}")
    for words in lower.values():
        print(f"metafor's likelihood is lower: {words}")
    print("\n".join(far) or f"nothing differs by more than {ALLOWED:g}")
    return int(bool(far))


if __name__ == "__main__":
    sys.exit(main())
