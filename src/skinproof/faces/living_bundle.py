"""A bundle that repeats the history of a pooled answer: the rows in the order in which they came, the options, and scripts.

The Python script repeats every number of `results.json`; the R script, with metafor's cumul, those of the usual answers.
"""

import json

from skinproof import __version__
from skinproof.errors import UsageError
from skinproof.faces.output import csv_text
from skinproof.views.living import Living

FILES = ("data.csv", "options.json", "results.json", "living.py", "living.R", "README.txt", "plots.pdf")

_LOOKS = ("k", "beta", "se", "pval", "ci_lb", "ci_ub", "pi_lb", "pi_ub", "tau2")

_PYTHON = '''\
"""Repeats the history in results.json from data.csv, as options.json says. Needs: pip install skinproof"""

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np

from skinproof.synthesis import pool
from skinproof.synthesis.living import history
from skinproof.synthesis.sequential import confidence_sequence, trial_sequential

here = Path(__file__).resolve().parent
asked = json.loads((here / "options.json").read_text(encoding="utf-8"))
expected = json.loads((here / "results.json").read_text(encoding="utf-8"))
with (here / "data.csv").open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))


def column(name):
    return np.array([float(row[name]) for row in rows])


weights = column("weights") if asked["method"] == "GENQ" else None
fit = pool(column("yi"), column("vi"), asked["method"], asked["test"], weights=weights, level=asked["level"])
fits = history(fit).fits
got = {name: getattr(fits, name) for name in ("k", "beta", "se", "pval", "ci_lb", "ci_ub", "pi_lb", "pi_ub", "tau2")}
if asked["always_effect"] is not None:
    found = confidence_sequence(fit, effect=asked["always_effect"])
    got |= {"always_lb": found.ci_lb, "always_ub": found.ci_ub, "p_any": found.p_any}
if asked["effect"] is not None:
    found = trial_sequential(fit, effect=asked["effect"], power=asked["power"] / 100)
    got |= {"share": found.share, "zval": found.zval, "boundary": found.boundary, "alpha_spent": found.alpha_spent}
wrong = 0
for name, values in expected.items():
    for place, value in enumerate(values):
        if value is not None and not math.isclose(got[name][place], value, rel_tol=1e-8, abs_tol=1e-10):
            print(f"{name} of study {place + 1}: {got[name][place]!r} differs from {value!r}")
            wrong += 1
print(f"{len(rows)} studies, {sum(v is not None for values in expected.values() for v in values)} numbers, {wrong} differ")
sys.exit(1 if wrong else 0)
'''

_R = """\
# Repeats the usual answers of results.json with metafor's cumul. Needs: install.packages(c("metafor", "jsonlite"))
library(metafor)
dat <- read.csv("data.csv", stringsAsFactors = FALSE, fileEncoding = "UTF-8")
expected <- jsonlite::fromJSON("results.json")
res <- rma(yi, vi, data = dat, slab = dat$study, {how})
got <- cumul(res)
print(got)
for (name in c("beta", "se", "pval", "ci_lb", "ci_ub", "tau2")) {
  theirs <- got[[c(beta = "estimate", se = "se", pval = "pval", ci_lb = "ci.lb", ci_ub = "ci.ub", tau2 = "tau2")[[name]], exact = FALSE]]
  off <- abs(theirs - expected[[name]]) / pmax(1, abs(expected[[name]]))
  cat(sprintf("%-6s %d of %d differ by more than 1e-4\\n", name, sum(off > 1e-4, na.rm = TRUE), sum(!is.na(off))))
}
pdf("plots.pdf", width = 9, height = 3 + res$k / 5)
forest(got{back})
invisible(dev.off())
"""

_README = """\
Repeats the history of a pooled answer ({label}; {method}, test {test}), made with skinproof {version}.

data.csv      effects in the order in which the studies came, on the scale of the pooling
options.json  method, test, level, and the effects for which the views of repeated looks are made
results.json  the numbers of every look, which the scripts must find
living.py     python living.py (needs skinproof); ends with 1 where a number differs
living.R      Rscript living.R, in this folder (needs R with metafor and jsonlite); compares the usual answers,
              and draws plots.pdf; metafor has no always-valid interval and no boundaries
"""


def living_files(living: Living) -> dict[str, str]:
    """Name -> text of every file of the bundle.

    Raises: UsageError: there is nothing to repeat.
    """
    if not living.steps:
        raise UsageError("no study could be pooled, so there is nothing to repeat in a bundle")
    asked, always, found = living.pooling.asked, living.always, living.boundaries
    options = {
        "measure": asked.measure, "method": asked.method, "test": asked.test, "level": asked.level, "order": living.order,
        "mid": asked.mid, "always_effect": always.effect if always else None, "effect": found.effect if found else None,
        "power": found.power if found else None, "skinproof": __version__,
    }  # fmt: skip
    weighted = ", weights = weights" if asked.method == "GENQ" else ""
    how = f'method = "{asked.method}", test = "{asked.test}", level = {asked.level:g}{weighted}'
    readme = _README.format(
        label=living.pooling.label, method=asked.method, test=asked.test, version=__version__
    )
    return {
        "data.csv": _data(living),
        "options.json": json.dumps(options, indent=2, ensure_ascii=False) + "\n",
        "results.json": json.dumps(_results(living), indent=1) + "\n",
        "living.py": _PYTHON,
        "living.R": _R.replace("{how}", how).replace(
            "{back}", ", atransf = exp" if living.pooling.log else ""
        ),
        "README.txt": readme,
    }


def _data(living: Living) -> str:
    by_row = {row.row: row for row in living.pooling.used}
    weighted = living.pooling.asked.method == "GENQ"
    rows = []
    for step in living.steps:
        row = by_row[step.row]
        rows.append(
            (
                step.row,
                step.study,
                step.when,
                repr(row.yi),
                repr(row.vi),
                *((repr(row.weight),) if weighted else ()),
            )
        )
    return csv_text(("row", "study", "when", "yi", "vi", *(("weights",) if weighted else ())), rows)


def _results(living: Living) -> dict[str, list[float | None]]:
    """(k,) each; None where a number does not exist."""
    found: dict[str, list[float | None]] = {
        name: [getattr(step.look, name) if step.look is not None else None for step in living.steps]
        for name in _LOOKS
    }
    always, bound = living.always, living.boundaries
    if always is not None:
        found |= {"always_lb": list(always.ci_lb), "always_ub": list(always.ci_ub)}
        found |= {"p_any": list(always.p_any)} if always.p_any is not None else {}
    if bound is not None:
        found |= {
            "share": list(bound.share), "zval": list(bound.zval), "boundary": list(bound.boundary), "alpha_spent": list(bound.alpha_spent),
        }  # fmt: skip
    return found
