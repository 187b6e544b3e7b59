"""A bundle that repeats an answer from several effects per study: rows, options, a Python script, an R script with metafor.

The scripts work out effects, covariances and the model anew and mark every number of `results.json` that differs.
"""

import json

from skinproof import __version__
from skinproof.errors import UsageError
from skinproof.faces.output import csv_text
from skinproof.faces.pool_bundle import R_END, added, columns_of, exact
from skinproof.views.multilevel import Multilevel
from skinproof.views.multilevel_words import as_pooling
from skinproof.views.pool_table import PoolTable

_PYTHON = '''\
"""Pools data.csv as options.json says and compares with results.json. Needs: pip install skinproof"""

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np

from skinproof.synthesis import escalc
from skinproof.synthesis.cluster_robust import robust
from skinproof.synthesis.covariance import vcalc
from skinproof.synthesis.multilevel import pool_multilevel
from skinproof.synthesis.multilevel_diagnostics import i2
from skinproof.synthesis.multilevel_profile import confint
from skinproof.synthesis.regression import design

here = Path(__file__).resolve().parent
asked = json.loads((here / "options.json").read_text(encoding="utf-8"))
expected = json.loads((here / "results.json").read_text(encoding="utf-8"))
with (here / "data.csv").open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))


def column(name):
    return np.array([float(row[name]) if row[name] else math.nan for row in rows])


def words(name):
    return [row[name].removeprefix("'") for row in rows]


if asked["columns"] == ["yi", "vi"]:
    yi, vi = column("yi"), column("vi")
else:
    given = {name: column(name) for name in asked["columns"]}
    found = escalc(asked["measure"], **given, add=asked["add"], to=asked["to"], drop00=asked["drop00"])
    yi, vi = found.yi, found.vi
cluster = words("cluster")
shared = {}
if asked["groups"]:
    shared = {"grp1": words("grp1"), "grp2": words("grp2")}
    if asked["sizes"]:
        shared |= {"w1": column("n1i"), "w2": column("n2i")}
    if asked["outcome"]:
        shared |= {"rho": (1.0, asked["rho"]), "type": words("outcome")}
else:
    shared = {"rho": asked["rho"]}
V = vcalc(vi, cluster, **shared)
test, dfs = ("t", "contain") if asked["test"] == "contain" else (asked["test"], "residual")
model = {"clusters": {"cluster": cluster, "effect": words("row")}, "method": asked["method"], "test": test, "dfs": dfs}
fit = pool_multilevel(yi, V, **model, level=asked["level"])
prediction = fit.predict()
got = {name: float(getattr(fit, name)) for name in ("k", "beta", "se", "pval", "ci_lb", "ci_ub", "qe", "qep")}
got |= {"pi_lb": float(prediction.pi_lb[0]), "pi_ub": float(prediction.pi_ub[0])}
got |= {f"sigma2_{n}": float(value) for n, value in enumerate(fit.sigma2, 1)}
got |= {f"share_{n}": float(value) for n, value in enumerate(i2(fit), 1)}
if "sigma2_1_lb" in expected:
    for n, one in enumerate(confint(fit), 1):
        got |= {f"sigma2_{n}_lb": one.ci_lb, f"sigma2_{n}_ub": one.ci_ub}
if "robust_se" in expected:
    by_cluster = robust(fit, cluster, asked["robust"])
    got |= {f"robust_{name}": float(getattr(by_cluster, name)) for name in ("se", "pval", "ci_lb", "ci_ub")}
    got["robust_df"] = float(by_cluster.dfs[0])
if "outcomes_b1" in expected:
    names = sorted(set(words("outcome")))
    by_outcome = pool_multilevel(yi, V, **model, level=asked["level"], mods=design({"outcome": words("outcome")}))
    each = by_outcome.predict(np.vstack([np.zeros(len(names) - 1), np.eye(len(names) - 1)]))
    for n in range(len(names)):
        got |= {f"outcomes_b{n + 1}": float(each.pred[n]), f"outcomes_se{n + 1}": float(each.se[n])}
        got |= {f"outcomes_lb{n + 1}": float(each.ci_lb[n]), f"outcomes_ub{n + 1}": float(each.ci_ub[n])}
    got["outcomes_qm"] = float(by_outcome.qm)
if asked["moderators"]:
    mods = {}
    for n, kind in enumerate(asked["moderators"], 1):
        mods[f"moderator{n}"] = words(f"moderator{n}") if kind == "words" else column(f"moderator{n}")
    regression = pool_multilevel(yi, V, **model, level=asked["level"], mods=design(mods))
    for n, (beta, se) in enumerate(zip(regression.beta, regression.se)):
        got |= {f"moderators_b{n}": float(beta), f"moderators_se{n}": float(se)}
    got["moderators_qm"] = float(regression.qm)


def same(one, two):
    return two is None and math.isinf(one) or two is not None and math.isclose(one, two, rel_tol=1e-6, abs_tol=1e-8)


wrong = [name for name in expected if not same(got[name], expected[name])]
for name, value in expected.items():
    print(f"{name:14} {got[name]!r:25} {'differs from ' + repr(value) if name in wrong else ''}".rstrip())
sys.exit(1 if wrong else 0)
'''

_R_HEAD = """\
# Pools data.csv with metafor and compares with results.json.
# Needs: install.packages(c("metafor", "jsonlite"{more})); metafor 3.8 or later.
library(metafor)
dat <- read.csv("data.csv", stringsAsFactors = FALSE, fileEncoding = "UTF-8")
expected <- jsonlite::fromJSON("results.json")
"""

_R_FIT = """\
# where a tight tolerance does not converge (a variance of 0), the next one is tried
climb <- function(fit) {
  fit <- substitute(fit)
  for (control in list(list(rel.tol = 1e-12), list(rel.tol = 1e-10), list(), list(optimizer = "Nelder-Mead"))) {
    fit$control <- control
    found <- tryCatch(eval(fit, globalenv()), error = function(problem) problem)
    if (!inherits(found, "error")) return(found)
  }
  stop(found)
}
"""

_R_GOT = """\
print(res, digits = 6)
pred <- predict(res)
got <- list(k = res$k, beta = as.numeric(res$beta), se = res$se, pval = res$pval, ci_lb = res$ci.lb, ci_ub = res$ci.ub,
            qe = res$QE, qep = res$QEp, pi_lb = pred$pi.lb, pi_ub = pred$pi.ub,
            sigma2_1 = res$sigma2[1], sigma2_2 = res$sigma2[2])
W <- solve(V)
X <- model.matrix(res)
P <- W - W %*% X %*% solve(t(X) %*% W %*% X) %*% t(X) %*% W
typical <- (res$k - res$p) / sum(diag(P))
got$share_1 <- 100 * res$sigma2[1] / (sum(res$sigma2) + typical)
got$share_2 <- 100 * res$sigma2[2] / (sum(res$sigma2) + typical)
"""

_R_ROBUST = """\
sand <- robust(res, cluster = dat$cluster, {how})
got$robust_se <- sand$se
got$robust_pval <- sand$pval
got$robust_ci_lb <- sand$ci.lb
got$robust_ci_ub <- sand$ci.ub
got$robust_df <- if (is.null(sand$dfs)) sand$ddf else sand$dfs
"""

_R_OUTCOMES = """\
# the average of each outcome; its df is the smallest of the model's coefficients (studies - outcomes): averages vary between studies
kinds <- sort(unique(as.character(dat$outcome)), method = "radix")
by_outcome <- climb(rma.mv(yi, V, mods = ~ factor(outcome, levels = kinds), {model}))
print(by_outcome, digits = 6)
each <- predict(by_outcome, newmods = rbind(0, diag(length(kinds) - 1)))
for (i in seq_along(kinds)) {
  got[[paste0("outcomes_b", i)]] <- each$pred[i]
  got[[paste0("outcomes_se", i)]] <- each$se[i]
  got[[paste0("outcomes_lb", i)]] <- each$ci.lb[i]
  got[[paste0("outcomes_ub", i)]] <- each$ci.ub[i]
}
got$outcomes_qm <- by_outcome$QM
"""

_R_FOOT = """\
wrong <- 0
for (name in names(expected)) {
  if (is.null(got[[name]])) {
    cat(sprintf("%-14s not computed here\\n", name))
    next
  }
  off <- abs(got[[name]] - expected[[name]]) / max(1, abs(expected[[name]]))
  if (!isTRUE(off < 1e-4)) wrong <- wrong + 1
  cat(sprintf("%-14s %.10f %s\\n", name, got[[name]], if (isTRUE(off < 1e-4)) "" else "DIFFERS"))
}
# intervals of the variances: print(confint(res))
pdf("plots.pdf", width = 9, height = 3 + res$k / 5)
forest(res, slab = paste(dat$cluster, dat$label, sep = ", "), addpred = TRUE)
invisible(dev.off())
"""


def several_files(found: Multilevel, table: PoolTable) -> dict[str, str]:
    """Name -> text of every file of the bundle; the names are those of `pool_bundle.FILES`.

    Raises: UsageError: there is nothing to repeat.
    """
    if found.overall is None:
        raise UsageError("no effect could be pooled, so there is nothing to repeat in a bundle")
    asked = found.asked
    columns = columns_of(table)
    add, to = added(as_pooling(found))
    used = {row.row: row for row in found.used}
    rows = [row for row in table.rows if row.row in used]
    sizes = bool(asked.groups) and all(row.numbers.get(name) for row in rows for name in ("n1i", "n2i"))
    kinds = ["numbers" if _all_numbers([row.cells[name] for row in rows]) else "words" for name in asked.mods]
    options = {
        "measure": asked.measure, "method": asked.method, "test": asked.test, "level": asked.level, "rho": asked.rho, "robust": asked.robust,
        "cluster": asked.cluster, "outcome": asked.outcome, "groups": asked.groups, "sizes": sizes, "add": add, "to": to, "drop00": asked.drop00,
        "mods": list(asked.mods), "moderators": kinds, "columns": columns, "source": table.name, "skinproof": __version__,
    }  # fmt: skip
    body = []
    for row in rows:
        numbers = dict(row.numbers)
        if columns == ["yi", "vi"] and numbers.get("vi") is None:
            numbers["vi"] = (numbers.get("sei") or 0.0) ** 2
        named = [row.cells[asked.outcome]] if asked.outcome else []
        named += [row.cells[name] for name in asked.groups or ()]
        body.append(
            (row.row, row.cells[asked.cluster], used[row.row].label, *named, *(exact(numbers.get(c)) for c in columns), *(row.cells[m] for m in asked.mods))
        )  # fmt: skip
    header = (
        "row", "cluster", "label", *(["outcome"] if asked.outcome else []), *(["grp1", "grp2"] if asked.groups else []), *columns,
        *(f"moderator{n}" for n in range(1, len(asked.mods) + 1)),
    )  # fmt: skip
    return {
        "data.csv": csv_text(header, body),
        "options.json": json.dumps(options, indent=2, ensure_ascii=False) + "\n",
        "results.json": json.dumps(_results(found), indent=2) + "\n",
        "pool.py": _PYTHON,
        "pool.R": _r_script(found, columns, kinds, sizes=sizes, cells=(add, to)),
        "README.txt": _readme(found, table),
    }


def _all_numbers(texts: list[str]) -> bool:
    try:
        [float(text) for text in texts]
    except ValueError:
        return False
    return True


def _results(found: Multilevel) -> dict[str, float | None]:
    """What is compared; an upper bound without end is null."""
    overall = found.overall
    assert overall is not None and overall.pval is not None
    results: dict[str, float | None] = {
        "k": found.k, "beta": overall.beta, "se": overall.se, "pval": overall.pval, "ci_lb": overall.ci_lb, "ci_ub": overall.ci_ub,
        "qe": found.qe, "qep": found.qep, "pi_lb": found.pi_lb, "pi_ub": found.pi_ub,
    }  # fmt: skip
    for n, one in enumerate(found.levels, 1):
        results |= {f"sigma2_{n}": one.sigma2, f"share_{n}": one.share}
        if one.ci_lb is not None and one.ci_ub is not None:
            results |= {
                f"sigma2_{n}_lb": one.ci_lb,
                f"sigma2_{n}_ub": None if one.ci_ub == float("inf") else one.ci_ub,
            }
    sand = found.robust
    if sand is not None:
        results |= {
            "robust_se": sand.se, "robust_pval": sand.pval, "robust_ci_lb": sand.ci_lb, "robust_ci_ub": sand.ci_ub, "robust_df": sand.dfs
        }  # fmt: skip
    if found.outcomes is not None and found.outcomes.qm is not None and not _empty_outcome(found):
        for n, one_average in enumerate(found.outcomes.averages, 1):
            results |= {
                f"outcomes_b{n}": one_average.beta, f"outcomes_se{n}": one_average.se,
                f"outcomes_lb{n}": one_average.ci_lb, f"outcomes_ub{n}": one_average.ci_ub,
            }  # fmt: skip
        results["outcomes_qm"] = found.outcomes.qm
    if found.moderators is not None:
        for n, coefficient in enumerate(found.moderators.coefficients):
            results |= {f"moderators_b{n}": coefficient.beta, f"moderators_se{n}": coefficient.se}
        results["moderators_qm"] = found.moderators.qm
    return results


def _empty_outcome(found: Multilevel) -> bool:
    """Whether an effect names no outcome: its average is called "not reported", which the rows of data.csv do not say."""
    outcomes = found.outcomes
    return outcomes is not None and any(one.label == "not reported" for one in outcomes.averages)


def _r_script(
    found: Multilevel,
    columns: list[str],
    kinds: list[str],
    *,
    sizes: bool,
    cells: tuple[float | None, str | None],
) -> str:
    asked = found.asked
    sandwich = found.robust is not None and asked.robust == "CR2"
    lines = [_R_HEAD.replace("{more}", ', "clubSandwich"' if sandwich else "").rstrip("\n")]
    if columns != ["yi", "vi"]:
        add, to = cells
        constants = (
            "" if add is None else f', add = {add:g}, to = "{to}", drop00 = {str(asked.drop00).upper()}'
        )
        given = ", ".join(f"{name} = {name}" for name in columns)
        lines.append(f'dat <- escalc(measure = "{asked.measure}", {given}, data = dat{constants})')
    if not asked.groups:
        how = f"obs = row, rho = {asked.rho!r}"
    else:
        how = "grp1 = grp1, grp2 = grp2"
        how += ", w1 = n1i, w2 = n2i" if sizes else ""
        how += f", type = outcome, rho = {asked.rho!r}" if asked.outcome else ""
    lines.append(f"V <- vcalc(vi, cluster = cluster, {how}, data = dat)")
    test = '"t", dfs = "contain"' if asked.test == "contain" else f'"{asked.test}"'
    model = f'random = ~ 1 | cluster/row, data = dat, method = "{asked.method}", test = {test}, level = {asked.level:g}'
    lines.append(_R_FIT.rstrip("\n"))
    lines.append(f"res <- climb(rma.mv(yi, V, {model}))")
    lines.append(_R_GOT.rstrip("\n"))
    if found.robust is not None:
        if sandwich:
            lines.append('if (requireNamespace("clubSandwich", quietly = TRUE)) {')
            lines.append(_R_ROBUST.replace("{how}", "clubSandwich = TRUE").rstrip("\n"))
            lines.append("}")
        else:
            how = f"adjust = {str(asked.robust == 'CR1').upper()}"
            lines.append(_R_ROBUST.replace("{how}", how).rstrip("\n"))
    if "outcomes_b1" in _results(found):
        lines.append(_R_OUTCOMES.replace("{model}", model).rstrip("\n"))
    if kinds:
        # letters in the order of their codes, as Python sorts them, whatever the locale
        terms = " + ".join(
            f"moderator{n}"
            if kind == "numbers"
            else f'factor(moderator{n}, levels = sort(unique(moderator{n}), method = "radix"))'
            for n, kind in enumerate(kinds, 1)
        )
        lines.append(f"reg <- climb(rma.mv(yi, V, mods = ~ {terms}, {model}))")
        lines.append("print(reg, digits = 6)")
        lines.append(
            'for (i in seq_along(reg$beta)) {\n  got[[paste0("moderators_b", i - 1)]] <- reg$beta[i]'
        )
        lines.append('  got[[paste0("moderators_se", i - 1)]] <- reg$se[i]\n}\ngot$moderators_qm <- reg$QM')
    lines.append(_R_FOOT.rstrip("\n"))
    return "\n".join(lines) + "\n" + R_END


def _readme(found: Multilevel, table: PoolTable) -> str:
    return (
        f"Repeats a pooled answer of {table.name} with several effects per study ({found.label}; {found.asked.method}),\n"
        f"made with skinproof {__version__}.\n\n"
        "data.csv      the effects that were pooled; cluster: the study\n"
        "options.json  measure, correlations, method, test, level\n"
        "results.json  the numbers that both scripts must find (sigma2_1, share_1: between studies; _2: within)\n"
        "pool.py       python pool.py (needs skinproof); ends with 1 where a number differs\n"
        "pool.R        Rscript pool.R, in this folder (needs R with metafor and jsonlite);\n"
        "              ends with 1 where a number differs by more than 1e-4, and draws plots.pdf\n"
    )
