"""A bundle that repeats a pooled answer elsewhere: the rows, the options, a Python script and an R script with metafor.

Both scripts read the same two files and end with an error where a number differs from `results.json`.
"""

import json
from collections.abc import Collection
from pathlib import Path

from skinproof import __version__
from skinproof.errors import UsageError
from skinproof.faces.output import csv_text
from skinproof.synthesis.measures import MEASURES
from skinproof.views.pool_counts import ADD_NOTHING
from skinproof.views.pool_table import PoolTable
from skinproof.views.pooled import COUNTS, Estimate, Pooling

FILES = ("data.csv", "options.json", "results.json", "pool.py", "pool.R", "README.txt", "plots.pdf")

NAMES = (
    "k", "beta", "se", "zval", "pval", "ci_lb", "ci_ub", "pi_lb", "pi_ub", "tau2", "tau2_lb", "tau2_ub", "i2", "h2", "qe", "qep",
)  # fmt: skip
"""What is compared."""

_PYTHON = '''\
"""Pools data.csv as options.json says and compares with results.json. Needs: pip install skinproof"""

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np

from skinproof.synthesis import escalc, pool

here = Path(__file__).resolve().parent
asked = json.loads((here / "options.json").read_text(encoding="utf-8"))
expected = json.loads((here / "results.json").read_text(encoding="utf-8"))
with (here / "data.csv").open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))


def column(name):
    return np.array([float(row[name]) if row[name] else math.nan for row in rows])


if asked["columns"] == ["yi", "vi"]:
    yi, vi = column("yi"), column("vi")
else:
    given = {name: column(name) for name in asked["columns"]}
    found = escalc(asked["measure"], **given, add=asked["add"], to=asked["to"], drop00=asked["drop00"])
    yi, vi = found.yi, found.vi
keep = np.isfinite(yi) & (vi > 0)
weights = column("weights")[keep] if asked["method"] == "GENQ" else None
fit = pool(yi[keep], vi[keep], asked["method"], asked["test"], weights=weights, level=asked["level"])
got = {name: float(getattr(fit, name)) for name in expected if not name.startswith(("tau2_", "pi_"))}
if fit.k > 1:
    if "tau2_lb" in expected:
        interval = fit.tau2_interval()
        got |= {name: interval[name] for name in ("tau2_lb", "tau2_ub")}
    if "pi_lb" in expected:
        prediction = fit.predict(kind=asked["prediction"])
        got |= {"pi_lb": float(prediction.pi_lb), "pi_ub": float(prediction.pi_ub)}
wrong = [name for name in expected if not math.isclose(got[name], expected[name], rel_tol=1e-8, abs_tol=1e-10)]
for name, value in expected.items():
    print(f"{name:8} {got[name]!r:25} {'differs from ' + repr(value) if name in wrong else ''}".rstrip())
sys.exit(1 if wrong else 0)
'''

_PYTHON_COUNTS = '''\
"""Pools the counts of data.csv as options.json says and compares with results.json. Needs: pip install skinproof"""

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np

from skinproof.synthesis import pool_beta_binomial, pool_glmm, pool_mh, pool_peto

here = Path(__file__).resolve().parent
asked = json.loads((here / "options.json").read_text(encoding="utf-8"))
expected = json.loads((here / "results.json").read_text(encoding="utf-8"))
with (here / "data.csv").open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))


def column(name):
    return np.array([float(row[name]) if row[name] else math.nan for row in rows])


given = {name: column(name) for name in asked["columns"]}
measure, level = asked["measure"], asked["level"]
if asked["method"] == "MH":
    constants = {"add": (asked["add"] or 0.0, 0.0), "to": (asked["to"] or "none", "none")}
    fit = pool_mh(measure, **given, **constants, drop00=False, level=level)
elif asked["method"] == "PETO":
    fit = pool_peto(**given, level=level)
elif asked["method"] == "BB":
    fit = pool_beta_binomial(measure, **given, level=level)
else:
    model = "UM.FS" if asked["method"] == "GLMM" else asked["method"]
    fit = pool_glmm(measure, **given, model=model, test=asked["test"], drop00=asked["method"] in {silent}, level=level)
other = {} if asked["method"] in ("MH", "PETO", "BB") else {"qe": "qe_lrt", "qep": "qep_lrt"}
got = {name: float(getattr(fit, other.get(name, name))) for name in expected}
wrong = [name for name in expected if not math.isclose(got[name], expected[name], rel_tol=1e-8, abs_tol=1e-10)]
for name, value in expected.items():
    print(f"{name:8} {got[name]!r:25} {'differs from ' + repr(value) if name in wrong else ''}".rstrip())
sys.exit(1 if wrong else 0)
'''

_R_HEAD = """\
# Pools data.csv with metafor and compares with results.json.
# Needs: install.packages(c("metafor", "jsonlite")); metafor 5 or later for ROM, CVR, ROMC, CVRC, SMDH and SMCRH.
library(metafor)
dat <- read.csv("data.csv", stringsAsFactors = FALSE, fileEncoding = "UTF-8")
expected <- jsonlite::fromJSON("results.json")
"""

_R_FOOT = """\
print(res, digits = 6)
got <- list(k = res$k, beta = as.numeric(res$beta), se = res$se, zval = res$zval, pval = res$pval,
            ci_lb = res$ci.lb, ci_ub = res$ci.ub, tau2 = res$tau2, i2 = res$I2, h2 = res$H2, qe = res$QE, qep = res$QEp)
pred <- predict(res)
got$pi_lb <- pred$pi.lb
got$pi_ub <- pred$pi.ub
{riley}if (!is.null(expected$tau2_lb)) {
  ci <- confint(res)$random
  got$tau2_lb <- ci[1, 2]
  got$tau2_ub <- ci[1, 3]
}
wrong <- 0
for (name in names(expected)) {
  off <- abs(got[[name]] - expected[[name]]) / max(1, abs(expected[[name]]))
  if (!isTRUE(off < 1e-4)) wrong <- wrong + 1
  cat(sprintf("%-8s %.10f %s\\n", name, got[[name]], if (isTRUE(off < 1e-4)) "" else "DIFFERS"))
}
"""

R_END = "if (wrong > 0) quit(status = 1)\n"
"""The last line of a script in R: it fails where a number differs, after all it draws."""


_R_RILEY = """\
reach <- qt(1 - res$level / 2, df = max(res$k - 2, 1)) * sqrt(res$se^2 + res$tau2)
got$pi_lb <- got$beta - reach
got$pi_ub <- got$beta + reach
"""


def bundle_files(pooling: Pooling, table: PoolTable) -> dict[str, str]:
    """Name -> text of every file of the bundle.

    Raises: UsageError: there is nothing to repeat.
    """
    overall = pooling.overall
    if overall is None:
        raise UsageError("no study could be pooled, so there is nothing to repeat in a bundle")
    columns = columns_of(table)
    asked = pooling.asked
    options = {
        "measure": asked.measure, "method": asked.method, "test": asked.test, "level": asked.level, "add": added(pooling)[0],
        "to": added(pooling)[1], "drop00": asked.drop00, "prediction": asked.prediction, "subgroup": asked.subgroup,
        "mods": list(asked.mods), "mid": asked.mid, "columns": columns, "source": table.name, "skinproof": __version__,
    }  # fmt: skip
    return {
        "data.csv": _data(pooling, table, columns),
        "options.json": json.dumps(options, indent=2, ensure_ascii=False) + "\n",
        "results.json": json.dumps(_results(overall, asked.method), indent=2) + "\n",
        "pool.py": _PYTHON_COUNTS.replace("{silent}", repr(ADD_NOTHING))
        if asked.method in COUNTS
        else _PYTHON,
        **_in_r(pooling, columns),
        "README.txt": _readme(pooling, table),
    }


def write_bundle(folder: Path, files: dict[str, str], known: Collection[str] = FILES) -> None:
    """Write the files. known: all names that a bundle of the kind may have left in the folder.

    Raises: UsageError: the folder holds other things.
    """
    if folder.exists() and (not folder.is_dir() or {p.name for p in folder.iterdir()} - set(known)):
        raise UsageError(f"{folder} holds other things; name a new folder for the bundle")
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def columns_of(table: PoolTable) -> list[str]:
    """The columns of numbers from which the scripts start."""
    numbers = next(row.numbers for row in table.rows if not row.left_out)
    if "yi" in numbers:
        return ["yi", "vi"]
    return [name for name in numbers if name != "weights"]


def added(pooling: Pooling) -> tuple[float | None, str | None]:
    """The constant as both programs take it; (None, None) for measures without cells."""
    measure = MEASURES.get(pooling.asked.measure)
    if measure is None or not measure.cells:
        return None, None
    add = pooling.asked.add or 0.0
    return add, pooling.asked.to or ("only0" if add else "none")


def _data(pooling: Pooling, table: PoolTable, columns: list[str]) -> str:
    """The rows from which effects are computed, also those that turn out to have none."""
    asked = pooling.asked
    words = [name for name in dict.fromkeys((asked.subgroup, *asked.mods)) if name and name not in columns]
    weights = ["weights"] if asked.method == "GENQ" else []
    rows = []
    used = {row.row for row in pooling.used}
    for row in table.rows:
        if row.left_out or (asked.method in COUNTS and row.row not in used):
            continue
        numbers = dict(row.numbers)
        if columns == ["yi", "vi"] and numbers.get("vi") is None and numbers.get("sei") is not None:
            numbers["vi"] = (numbers["sei"] or 0.0) ** 2
        rows.append(
            (
                row.row,
                row.study,
                *(exact(numbers.get(c)) for c in (*columns, *weights)),
                *(row.cells[w] for w in words),
            )
        )
    return csv_text(("row", "study", *columns, *weights, *words), rows)


def exact(value: float | None) -> str | None:
    """A number with all its digits."""
    if value is None:
        return None
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _results(found: Estimate, method: str) -> dict[str, float]:
    """What is compared; k: the studies that the functions of counts take into the model."""
    results: dict[str, float] = {n: value for n in NAMES if (value := getattr(found, n)) is not None}
    if method in ADD_NOTHING:
        results["k"] = found.k - len(found.double_zero)
    return results


def _r_script(pooling: Pooling, columns: list[str]) -> str:
    asked = pooling.asked
    add, to = added(pooling)
    lines = [_R_HEAD.rstrip("\n")]
    if columns != ["yi", "vi"]:
        cells = "" if add is None else f', add = {add:g}, to = "{to}", drop00 = {str(asked.drop00).upper()}'
        given = ", ".join(f"{name} = {name}" for name in columns)
        lines.append(f'dat <- escalc(measure = "{asked.measure}", {given}, data = dat{cells})')
    lines.append("dat <- dat[is.finite(dat$yi) & dat$vi > 0, ]")
    weights = ", weights = weights" if asked.method == "GENQ" else ""
    test = asked.test
    tight = (
        ""
        if asked.method not in ("ML", "REML", "EB", "PM", "PMM")
        else ", control = list(tol = 1e-12, threshold = 1e-12, maxiter = 1000)"
    )
    if asked.method not in ("ML", "REML", "EB"):
        tight = ""
    how = f'method = "{asked.method}", test = "{test}", level = {asked.level:g}{weights}{tight}'
    lines.append(f"res <- rma(yi, vi, data = dat, {how})")
    lines.append(_R_FOOT.replace("{riley}", _R_RILEY if asked.prediction == "riley" else "").rstrip("\n"))
    if asked.subgroup:
        column = f"dat[[{json.dumps(asked.subgroup)}]]"
        lines.append(
            f"for (group in unique({column})) print(rma(yi, vi, data = dat[{column} == group, ], {how}))"
        )
        lines.append(f"print(rma(yi, vi, mods = ~ factor({column}), data = dat, {how}))")
    if asked.mods:
        terms = " + ".join(f"dat[[{json.dumps(name)}]]" for name in asked.mods)
        lines.append(f"print(rma(yi, vi, mods = ~ {terms}, data = dat, {how}))")
    back = {"exp": ", atransf = exp", "ilogit": ", atransf = transf.ilogit"}.get(
        (MEASURES[asked.measure].back or "") if asked.measure in MEASURES else "", ""
    )
    lines.append('pdf("plots.pdf", width = 9, height = 3 + res$k / 5)')
    lines.append(f"forest(res, slab = dat$study, addpred = TRUE{back})")
    lines += ["funnel(res)", "invisible(dev.off())"]
    return "\n".join(lines) + "\n" + R_END


_R_COMPARE = """\
print(res, digits = 6)
got <- list(k = res$k, beta = as.numeric(res$beta), se = res$se, zval = res$zval, pval = res$pval,
            ci_lb = res$ci.lb, ci_ub = res$ci.ub, tau2 = res$tau2, i2 = res$I2, h2 = res$H2, qe = res$QE, qep = res$QEp)
{mixed}wrong <- 0
for (name in names(expected)) {
  off <- abs(got[[name]] - expected[[name]]) / max(1, abs(expected[[name]]))
  if (!isTRUE(off < 1e-3)) wrong <- wrong + 1
  cat(sprintf("%-8s %.10f %s\\n", name, got[[name]], if (isTRUE(off < 1e-3)) "" else "DIFFERS"))
}
"""

_R_MIXED = """\
got$qe <- res$QE.LRT
got$qep <- res$QEp.LRT
pred <- predict(res)
got$pi_lb <- pred$pi.lb
got$pi_ub <- pred$pi.ub
"""


def _r_counts(pooling: Pooling, columns: list[str]) -> str:
    """metafor's functions for counts: rma.mh, rma.peto, rma.glmm."""
    asked, (add, to) = pooling.asked, added(pooling)
    head = _R_HEAD.replace(
        "; metafor 5 or later for ROM, CVR, ROMC, CVRC, SMDH and SMCRH",
        "; rma.glmm needs lme4, too (CM.EL: BiasedUrn)",
    )
    given = ", ".join(f"{name} = {name}" for name in columns) + f", data = dat, level = {asked.level:g}"
    if asked.method == "MH":
        cells = f'add = c({add or 0:g}, 0), to = c("{to or "none"}", "none"), drop00 = c(FALSE, FALSE)'
        call = f'rma.mh(measure = "{asked.measure}", {given}, {cells})'
    elif asked.method == "PETO":
        call = f'rma.peto({given}, add = c(0, 0), to = c("none", "none"), drop00 = c(FALSE, FALSE))'
    else:
        model = (
            ""
            if asked.method == "GLMM"
            else f', model = "{asked.method}", drop00 = {str(asked.method in ADD_NOTHING).upper()}'
        )
        call = f'rma.glmm(measure = "{asked.measure}", {given}{model}, test = "{asked.test}")'
    mixed = "" if asked.method in ("MH", "PETO") else _R_MIXED
    return f"{head}res <- {call}\n" + _R_COMPARE.replace("{mixed}", mixed) + R_END


def _in_r(pooling: Pooling, columns: list[str]) -> dict[str, str]:
    """The script for R, where metafor has the model."""
    if pooling.asked.method == "BB":
        return {}
    counts = pooling.asked.method in COUNTS
    return {"pool.R": _r_counts(pooling, columns) if counts else _r_script(pooling, columns)}


def _readme(pooling: Pooling, table: PoolTable) -> str:
    method = pooling.asked.method
    far, draws = ("1e-3", "") if method in COUNTS else ("1e-4", ", and draws plots.pdf")
    in_r = (
        "pool.R        Rscript pool.R, in this folder (needs R with metafor and jsonlite);\n"
        f"              ends with 1 where a number differs by more than {far}{draws}\n"
    )
    if method == "BB":
        in_r = "There is no script for R: metafor has no beta-binomial model.\n"
    return (
        f"Repeats a pooled answer of {table.name} ({pooling.label}; {method}, test {pooling.asked.test}),\n"
        f"made with skinproof {__version__}.\n\n"
        "data.csv      the rows, with metafor's column names\n"
        "options.json  measure, method, test, level and what was added to cells\n"
        f"results.json  the numbers that {'the script' if method == 'BB' else 'both scripts'} must find\n"
        "pool.py       python pool.py (needs skinproof); ends with 1 where a number differs\n"
        f"{in_r}"
    )
