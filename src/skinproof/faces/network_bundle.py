"""A bundle that repeats the answer of a network elsewhere: rows, options, a Python script and an R script with metafor.

Both scripts read the same files and say where a number differs from `results.json`. The R script builds the contrasts and their
covariances itself and fits them with `rma.mv`, so that it checks more than it copies.
"""

import json

from skinproof import __version__
from skinproof.faces.output import csv_cell, csv_text
from skinproof.synthesis.network_effects import EVENTS, MEASURES
from skinproof.views.network_answer import given_variance, network_of
from skinproof.views.network_table import CONTRASTS, NetworkRow, NetworkTable
from skinproof.views.networked import Networked

FILES = ("data.csv", "options.json", "results.json", "network.py", "network.R", "README.txt")

_PYTHON = '''\
"""Pools the network of data.csv as options.json says and compares with results.json. Needs: pip install skinproof"""

import csv
import json
import math
import sys
from pathlib import Path

from skinproof.synthesis import network_arms, network_contrasts, network_of_arms, pool_network

here = Path(__file__).resolve().parent
asked = json.loads((here / "options.json").read_text(encoding="utf-8"))
expected = json.loads((here / "results.json").read_text(encoding="utf-8"))
with (here / "data.csv").open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))

column = {name: [row[name] for row in rows] for name in rows[0]}
numbers = {name: [float(value) for value in column[name]] for name in asked["columns"]}
if asked["kind"] == "contrasts":
    network = network_contrasts(column["study"], column["treat1"], column["treat2"], numbers["yi"], numbers["vi"])
elif "yi" in numbers:
    network = network_arms(column["study"], column["treatment"], numbers["yi"], numbers["vi"])
else:
    network = network_of_arms(
        asked["measure"], column["study"], column["treatment"], add=asked["add"], **numbers
    )
found = pool_network(network, asked["reference"], asked["method"], asked["level"])
got = {"k": found.k, "tau2": found.tau2, "q": found.q, "q_df": found.q_df}
for name in found.names:
    pair = found.compare(name, asked["reference"])
    got[f"beta: {name}"], got[f"se: {name}"] = pair.estimate, pair.se
wrong = [name for name in expected if not math.isclose(got[name], expected[name], rel_tol=1e-8, abs_tol=1e-10)]
for name, value in expected.items():
    print(f"{name:30} {got[name]!r:25} {'differs from ' + repr(value) if name in wrong else ''}".rstrip())
sys.exit(1 if wrong else 0)
'''

_R_HEAD = """\
# Pools the network of data.csv with metafor and compares with results.json.
# Needs: install.packages(c("metafor", "jsonlite"))
library(metafor)
dat <- read.csv("data.csv", stringsAsFactors = FALSE, fileEncoding = "UTF-8", colClasses = c({text}))
asked <- jsonlite::fromJSON("options.json")
expected <- jsonlite::fromJSON("results.json")
"""

_R_ADD = """\
bare <- ave(as.numeric(dat$xi == 0 | dat$xi == dat$ni), dat$study, FUN = max) == 1
dat$xi[bare] <- dat$xi[bare] + asked$add
dat$ni[bare] <- dat$ni[bare] + 2 * asked$add
"""

_R_ARMS = """\
# the arms of a study against its first: what they share is the variance of that first arm
contrasts <- function(d) {
  d <- d[order(d$treatment), ]
  n <- nrow(d) - 1
  list(y = d$yi[-1] - d$yi[1], V = diag(d$vi[-1], n) + d$vi[1], one = d$treatment[-1], base = d$treatment[1])
}
"""

_R_SMD = """\
# the arms of a study against its first, in standard deviations pooled over its arms, with Hedges' correction
contrasts <- function(d) {
  d <- d[order(d$treatment), ]
  n <- nrow(d) - 1
  m <- sum(d$ni) - nrow(d)
  s <- sqrt(sum((d$ni - 1) * d$sdi^2) / m)
  g <- (d$mi[-1] - d$mi[1]) / s * exp(lgamma(m / 2) - lgamma((m - 1) / 2)) / sqrt(m / 2)
  list(y = g, V = diag(1 / d$ni[-1], n) + 1 / d$ni[1] + outer(g, g) / (2 * sum(d$ni)), one = d$treatment[-1],
       base = d$treatment[1])
}
"""

_R_CONTRASTS = """\
# the contrasts of a study with its first arm: the variances of the others say what they share
contrasts <- function(d) {
  arms <- sort(unique(c(d$treat1, d$treat2)))
  m <- length(arms)
  y <- v <- matrix(0, m, m, dimnames = list(arms, arms))
  for (i in seq_len(nrow(d))) {
    y[d$treat1[i], d$treat2[i]] <- d$yi[i]
    y[d$treat2[i], d$treat1[i]] <- -d$yi[i]
    v[d$treat1[i], d$treat2[i]] <- v[d$treat2[i], d$treat1[i]] <- d$vi[i]
  }
  means <- rowMeans(y)
  V <- outer(v[-1, 1], v[1, -1], "+") - v[-1, -1, drop = FALSE]
  list(y = unname(means[-1] - means[1]), V = unname(V) / 2, one = arms[-1], base = arms[1])
}
"""

_R_FIT = """\
trials <- lapply(split(dat, dat$study), contrasts)
y <- unlist(lapply(trials, `[[`, "y"))
V <- bldiag(lapply(trials, `[[`, "V"))
arm <- unlist(lapply(trials, `[[`, "one"))
base <- rep(sapply(trials, `[[`, "base"), lengths(lapply(trials, `[[`, "y")))
study <- rep(seq_along(trials), lengths(lapply(trials, `[[`, "y")))
others <- setdiff(sort(unique(c(arm, base))), asked$reference)
X <- sapply(others, function(name) (arm == name) - (base == name))
X <- matrix(X, ncol = length(others), dimnames = list(NULL, others))
plain <- rma.mv(y, V, mods = X, intercept = FALSE)
res <- plain
{random}print(res, digits = 4)
got <- c(list(k = length(trials), tau2 = {tau2}, q = plain$QE, q_df = length(y) - length(others)),
         setNames(as.list(as.numeric(res$beta)), paste0("beta: ", others)),
         setNames(as.list(res$se), paste0("se: ", others)))
wrong <- 0
for (name in names(expected)) {
  off <- abs(got[[name]] - expected[[name]]) / max(1, abs(expected[[name]]))
  if (!isTRUE(off < 1e-4)) wrong <- wrong + 1
  cat(sprintf("%-30s %.10f %s\\n", name, got[[name]], if (isTRUE(off < 1e-4)) "" else "DIFFERS"))
}
if (wrong > 0) quit(status = 1)
"""

_R_ROM = """\
# log means with their correction for few people (Lajeunesse 2015)
dat$vi <- dat$sdi^2 / (dat$ni * dat$mi^2)
dat$yi <- log(dat$mi) + dat$vi / 2
"""

_R_MEASURES = {"OR": "PLO", "RR": "PLN", "RD": "PR", "MD": "MN"}
"""metafor's measure of one arm."""


def bundle_files(found: Networked, table: NetworkTable) -> dict[str, str]:
    """Name -> text of every file of the bundle."""
    asked = found.asked
    _, rows = network_of(table, asked)
    given = "yi" in table.numbers
    columns = ["yi", "vi"] if given else list(MEASURES[asked.measure].needs)
    options = {
        "measure": asked.measure, "method": asked.method, "level": asked.level, "reference": csv_cell(found.reference), "add": asked.add,
        "better": asked.better, "seed": asked.seed, "part": asked.part, "kind": table.kind, "columns": columns,
        "source": table.name, "skinproof": __version__,
    }  # fmt: skip
    results: dict[str, float] = {"k": found.k, "tau2": found.tau2, "q": found.q, "q_df": found.q_df}
    for pair in found.against:
        name = csv_cell(pair.treat1)  # as in data.csv, where a cell that looks like a formula is defused
        results |= {f"beta: {name}": pair.estimate, f"se: {name}": pair.se}
    return {
        "data.csv": _data(table, rows, columns),
        "options.json": json.dumps(options, indent=2, ensure_ascii=False) + "\n",
        "results.json": json.dumps(results, indent=2, ensure_ascii=False) + "\n",
        "network.py": _PYTHON,
        "network.R": _r_script(found, table, given=given),
        "README.txt": _readme(found, table),
    }


def _treatments(table: NetworkTable) -> tuple[str, ...]:
    return ("treat1", "treat2") if table.kind == CONTRASTS else ("treatment",)


def _data(table: NetworkTable, rows: list[NetworkRow], columns: list[str]) -> str:
    treatments = _treatments(table)
    made = []
    for row in rows:
        names = (row.treatment, row.versus)[: len(treatments)]
        numbers = [given_variance(row) if column == "vi" else row.numbers[column] for column in columns]
        made.append((row.row, row.study, *names, *(repr(value) for value in numbers)))
    return csv_text(("row", "study", *treatments, *columns), made)


def _r_script(found: Networked, table: NetworkTable, *, given: bool) -> str:
    asked = found.asked
    text = ", ".join(f'{name} = "character"' for name in ("study", *_treatments(table)))
    parts = [_R_HEAD.replace("{text}", text)]
    if asked.add:
        parts.append(_R_ADD)
    if table.kind == CONTRASTS:
        parts.append(_R_CONTRASTS)
    elif asked.measure == "SMD" and not given:
        parts.append(_R_SMD)
    else:
        if not given:
            needs = MEASURES[asked.measure].needs
            cells = "xi = xi, ni = ni" if needs == EVENTS else "mi = mi, sdi = sdi, ni = ni"
            if asked.measure == "ROM":
                parts.append(_R_ROM)
            else:
                parts.append(
                    f'dat <- escalc(measure = "{_R_MEASURES[asked.measure]}", {cells}, data = dat)\n'
                )
        parts.append(_R_ARMS)
    return "".join(parts) + _fit(found)


def _fit(found: Networked) -> str:
    """One variance for all contrasts, half of it shared by contrasts with an arm in common."""
    if found.asked.method == "EE" or found.q_df == 0:
        return _R_FIT.replace("{random}", "").replace("{tau2}", "0")
    how = f'method = "{found.asked.method}"'
    note = ""
    if found.asked.method == "DL":
        how, note = (
            "tau2 = expected$tau2",
            "# rma.mv has no moments for networks: tau2 is that of results.json\n",
        )
    call = f'res <- rma.mv(y, V, mods = X, intercept = FALSE, random = ~ arm | study, struct = "CS", rho = 0.5, {how})\n'
    return _R_FIT.replace("{random}", note + call).replace("{tau2}", "res$tau2")


def _readme(found: Networked, table: NetworkTable) -> str:
    return (
        f"Repeats the network of {table.name} ({found.label}; {found.asked.method}; against {found.reference}),\n"
        f"made with skinproof {__version__}.\n\n"
        "data.csv      the rows that were pooled, with metafor's column names\n"
        "options.json  measure, method, level, reference and what was added to cells\n"
        "results.json  the numbers that both scripts must find\n"
        "network.py    python network.py (needs skinproof); ends with 1 where a number differs\n"
        "network.R     Rscript network.R, in this folder (needs R with metafor and jsonlite);\n"
        "              marks what differs by more than 1e-4\n"
    )
