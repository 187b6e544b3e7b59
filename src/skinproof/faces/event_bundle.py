"""A pooled share as files that repeat it: the rows, and scripts for Python and for R."""

import io
import json
import zipfile
from collections.abc import Iterable

from skinproof import __version__
from skinproof.faces.output import csv_text
from skinproof.model.summary import EditionStamp
from skinproof.views.event_pool import LEVEL, NO_COMPARISON, EventQuestion, EventStudy, answer_lines

HEADER = (
    "agent",
    "branch",
    "outcome",
    "row",
    "study",
    "group",
    "xi",
    "ni",
    "share",
    "ci_lb",
    "ci_ub",
    "what",
    "origins",
    "notes",
)
"""Columns of a table of rows; what: study | group (a part of the study above it) | left_out | pooled | prediction."""

_NAMES = ("beta", "se", "ci_lb", "ci_ub", "pi_lb", "pi_ub", "tau2", "i2")

_PYTHON = '''\
"""Pools data.csv and compares with results.json. Needs: pip install skinproof"""

import csv
import json
import math
import sys
from pathlib import Path

from scipy.stats import beta

from skinproof.synthesis.rare_glmm import pool_glmm

here = Path(__file__).resolve().parent
expected = json.loads((here / "results.json").read_text(encoding="utf-8"))
with (here / "data.csv").open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
xi, ni = [int(row["xi"]) for row in rows], [int(row["ni"]) for row in rows]
model = expected.pop("model")
if model == "exact":
    x, n = sum(xi), sum(ni)
    tail = (1 - LEVEL / 100) / 2
    got = {"share": x / n, "ci_lb": beta.ppf(tail, x, n - x + 1) if x else 0.0,
           "ci_ub": beta.ppf(1 - tail, x + 1, n - x) if x < n else 1.0}
else:
    fit = pool_glmm("PLO", xi=xi, ni=ni, method=model, test="t", level=LEVEL)
    got = {name: getattr(fit, name) for name in expected}
wrong = [name for name in expected if not math.isclose(got[name], expected[name], rel_tol=1e-6, abs_tol=1e-9)]
for name, value in expected.items():
    print(f"{name:8} {got[name]!r:25} {'differs from ' + repr(value) if name in wrong else ''}".rstrip())
sys.exit(1 if wrong else 0)
'''.replace("LEVEL", f"{LEVEL:g}")

_R = """\
# Pools data.csv with metafor and compares with results.json (optimisers agree to some 1e-3).
# Needs: install.packages(c("metafor", "jsonlite", "lme4"))
library(metafor)
dat <- read.csv("data.csv", stringsAsFactors = FALSE, fileEncoding = "UTF-8")
expected <- jsonlite::fromJSON("results.json")
if (expected$model == "exact") {
  res <- binom.test(sum(dat$xi), sum(dat$ni), conf.level = LEVEL / 100)
  got <- list(share = unname(res$estimate), ci_lb = res$conf.int[1], ci_ub = res$conf.int[2])
} else {
  res <- rma.glmm(measure = "PLO", xi = xi, ni = ni, data = dat, method = expected$model, test = "t", level = LEVEL)
  pred <- predict(res)
  got <- list(beta = as.numeric(res$beta), se = res$se, ci_lb = res$ci.lb, ci_ub = res$ci.ub,
              pi_lb = pred$pi.lb, pi_ub = pred$pi.ub, tau2 = res$tau2, i2 = res$I2)
}
print(res)
wrong <- 0
for (name in setdiff(names(expected), "model")) {
  off <- abs(got[[name]] - expected[[name]]) / max(1, abs(expected[[name]]))
  if (!isTRUE(off < 2e-3)) wrong <- wrong + 1
  cat(sprintf("%-8s %.8f %s\\n", name, got[[name]], if (isTRUE(off < 2e-3)) "" else "DIFFERS"))
}
if (wrong > 0) quit(status = 1)
""".replace("LEVEL", f"{LEVEL:g}")


def rows_csv(questions: Iterable[EventQuestion], stamp: EditionStamp) -> str:
    """Every row, part, study left out and answer, one line each, with the stamp at the end of each."""
    rows = [(*row, stamp.edition, stamp.as_of) for question in questions for row in csv_rows(question)]
    return csv_text((*HEADER, "edition", "as_of"), rows)


def csv_rows(question: EventQuestion) -> list[tuple[object, ...]]:
    """The rows of one question, by `HEADER`. Shares are fractions."""
    head = (question.agent, question.branch or "all", question.outcome)
    rows: list[tuple[object, ...]] = []
    for place, study in enumerate(question.studies, 1):
        shown = study.shown
        rows.append(
            (
                *head, place, study.record_id, None, study.xi, study.ni, shown.est, shown.lb, shown.ub, "study",
                _origins(study), "; ".join(study.notes),
            )
        )  # fmt: skip
        rows += [
            (*head, place, study.record_id, p.group, p.xi, p.ni, p.xi / p.ni, None, None, "group", None, None)
            for p in study.parts
        ]  # fmt: skip
    rows += [
        (*head, None, one.record_id, None, None, None, None, None, None, "left_out", None, one.why)
        for one in question.left_out
    ]
    answer = question.answer
    for what, found in (("pooled", answer.shown), ("prediction", answer.shown_pi)):
        if found is not None and answer.k > 1:
            counts = (answer.events, answer.people) if what == "pooled" else (None, None)
            note = f"how: {answer.how}; {answer.k} studies"
            rows.append((*head, None, None, None, *counts, found.est, found.lb, found.ub, what, None, note))
    return rows


def _origins(study: EventStudy) -> str:
    return " | ".join(f"{origin.path} = {origin.quote}" for origin in study.origins)


def bundle_files(question: EventQuestion, stamp: EditionStamp) -> dict[str, str]:
    """Name -> text of every file that repeats the answer; empty where there is no number to repeat."""
    answer = question.answer
    if answer.shown is None:
        return {}
    model = {"random": "ML", "equal": "EE"}.get(answer.how, "exact")
    results: dict[str, object] = {"model": model}
    if model == "exact":
        results |= {"share": answer.shown.est, "ci_lb": answer.shown.lb, "ci_ub": answer.shown.ub}
    else:
        results |= {name: value for name in _NAMES if (value := getattr(answer, name)) is not None}
    said = "\n".join(f"  {line}" for line in answer_lines(question)[:-1])
    readme = (
        f"{question.title}\n{said}\n\n{NO_COMPARISON}\n\n"
        f"From edition {stamp.edition}{f', as of {stamp.as_of}' if stamp.as_of else ''}; made with skinproof {__version__}.\n\n"
        "data.csv      one row a study: people with the event (xi) of people at risk (ni)\n"
        "results.json  what both scripts must find, on log odds (model ML or EE) or as shares (exact)\n"
        "pool.py       python pool.py (needs skinproof); ends with 1 where a number differs\n"
        "pool.R        Rscript pool.R, in this folder (needs R with metafor, lme4 and jsonlite)\n"
    )
    return {
        "data.csv": csv_text(("study", "xi", "ni"), [(s.record_id, s.xi, s.ni) for s in question.studies]),
        "results.json": json.dumps(results, indent=2) + "\n",
        "pool.py": _PYTHON,
        "pool.R": _R,
        "README.txt": readme,
    }


def zipped(files: dict[str, str]) -> bytes:
    """The files as one archive; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(
                zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text.encode("utf-8"), zipfile.ZIP_DEFLATED
            )
    return out.getvalue()
