"""Pooling the counts themselves, for rare events: Mantel-Haenszel, Peto, mixed models, beta-binomial.

No constant is needed for cells of 0, and a study without an effect of its own takes part with its counts. Studies with no event
(or only events) in every arm are counted and named, with what the method does with them.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.rare_beta import MEASURES as BETA
from skinproof.synthesis.rare_beta import BetaBinomial, pool_beta_binomial
from skinproof.synthesis.rare_glmm import MODELS, Glmm, pool_glmm
from skinproof.synthesis.rare_mh import MEASURES as MH
from skinproof.synthesis.rare_mh import Pooled, pool_mh, pool_peto
from skinproof.views.pool_effects import Effects, Floats, renamed
from skinproof.views.pool_table import TableRow
from skinproof.views.pooled import COUNTS, FEW, MANY, Asked, Estimate, Pooling, Shown, StudyLine

Fit = Pooled | Glmm | BetaBinomial
Back = Callable[[object], Floats]

ADD_NOTHING = ("UM.FS", "CM.EL", "CM.AL")
"""Models in which a study with no event, or only events, in both arms adds nothing: it is named among the studies and counts
neither in degrees of freedom nor in the typical sampling variance behind I2, as with metafor's default (drop00)."""

_NEEDS = {
    "table": (("ai", "ci"), (("bi", "n1i"), ("di", "n2i"))), "rates": (("x1i", "x2i", "t1i", "t2i"), ()),
    "events": (("xi",), (("mi", "ni"),)), "rate": (("xi", "ti"), ()),
}  # fmt: skip
_KIND = {"OR": "table", "RR": "table", "RD": "table", "PETO": "table", "IRR": "rates", "IRD": "rates", "PLO": "events", "PR": "events", "IRLN": "rate"}  # fmt: skip


def count_methods(measure: str) -> tuple[str, ...]:
    """The methods that pool the counts of this measure.

    >>> count_methods("RR"), count_methods("PLO"), count_methods("SMD")
    (('MH', 'BB'), ('GLMM', 'BB'), ())
    """
    found = ["MH"] if measure in MH else []
    found += ["PETO"] if measure in ("OR", "PETO") else []
    found += MODELS.get(measure, ()) or (["GLMM"] if measure in MODELS else [])
    return (*found, *(["BB"] if measure in BETA else []))


def checked_counts(asked: Asked) -> Asked:
    """The options, where they fit a method of counts; Peto's odds ratio is a measure of its own.

    Raises: UsageError: a measure, test, moderator or weight that the method does not have.
    """
    if asked.method not in count_methods(asked.measure):
        fit = [m for m in _KIND if asked.method in count_methods(m)]
        models = count_methods(asked.measure)
        other = f" {asked.measure} has {', '.join(models)}." if models else ""
        raise UsageError(
            f"--method {asked.method} ({COUNTS[asked.method]}) pools {', '.join(fit)}, not {asked.measure}.{other}"
        )
    tests = ("z", "t") if asked.method in ("GLMM", "UM.FS", "UM.RS", "CM.EL", "CM.AL") else ("z",)
    if asked.test not in tests:
        raise UsageError(f"--test {asked.test}: method {asked.method} has {' and '.join(tests)}")
    if asked.mods:
        raise UsageError(f"--mods: method {asked.method} has no moderators here; take --method REML")
    if asked.method == "PETO":
        return msgspec.structs.replace(asked, measure="PETO")
    return asked


def complete_rows(
    effects: Effects, asked: Asked
) -> tuple[npt.NDArray[np.int64], dict[int, str], tuple[int, ...]]:
    """(places of rows that the method uses, place -> why not, rows of the table without any difference in outcomes).

    Raises: UsageError: effects are given and no counts.
    """
    if not effects.rows:
        return np.empty(0, dtype=np.int64), {}, ()
    kind = _KIND[asked.measure]
    needed, either = _NEEDS[kind]
    have = effects.rows[0].numbers
    lacking = [name for name in needed if name not in have]
    if lacking:
        raise UsageError(f"--method {asked.method} pools counts; the table lacks {', '.join(lacking)}")
    used, why, double = [], {}, []
    for place, row in enumerate(effects.rows):
        gone = [name for name in needed if row.numbers.get(name) is None]
        gone += [" or ".join(p) for p in either if all(row.numbers.get(n) is None for n in p)]
        if gone:
            why[place] = f"{', '.join(gone)} not reported"
            continue
        if _alike(row.numbers, kind):
            if asked.drop00 and kind in ("table", "rates"):
                why[place] = "no event, or only events, in both arms (--drop-double-zero)"
                continue
            double.append(row.row)
        used.append(place)
    return np.array(used, dtype=np.int64), why, tuple(double)


def _alike(given: Mapping[str, float | None], kind: str) -> bool:
    """Whether every arm has no event, or (of two arms of people) only events."""
    events = {"table": ("ai", "ci"), "rates": ("x1i", "x2i")}.get(kind, ("xi",))
    if all(given.get(name) == 0 for name in events):
        return True
    if kind != "table":
        return False
    return _others(given, "ai", "bi", "n1i") == 0 and _others(given, "ci", "di", "n2i") == 0


def _others(given: Mapping[str, float | None], events: str, others: str, size: str) -> float | None:
    rest, e, n = given.get(others), given.get(events), given.get(size)
    if rest is not None or e is None or n is None:
        return rest
    return n - e


def lines_of_counts(
    lines: tuple[StudyLine, ...], effects: Effects, used: npt.NDArray[np.int64], why: dict[int, str]
) -> tuple[StudyLine, ...]:
    """The lines where counts are pooled: a study without an effect of its own takes part all the same."""
    places = {row.row: place for place, row in enumerate(effects.rows)}
    inside = set(map(int, used))
    changed = []
    for line in lines:
        place = places.get(line.row)
        if place in inside and line.left_out:
            notes = (*line.notes, "no effect of its own, or none with a variance; its counts take part")
            line = msgspec.structs.replace(line, left_out="", notes=notes)
        elif place in why:
            line = msgspec.structs.replace(
                line, left_out=why[place], yi=None, vi=None, ci_lb=None, ci_ub=None, shown=None
            )
        changed.append(line)
    return tuple(changed)


def pooled_counts(
    pooling: Pooling, effects: Effects, used: npt.NDArray[np.int64], double: tuple[int, ...]
) -> Pooling:
    """The pooling with its answer, its subgroups, weights where the method has them, and each study left out.

    Raises: SynthesisError: the counts do not allow an estimate.
    """
    asked, back = pooling.asked, effects.back
    rows, ni = [effects.rows[place] for place in used], effects.ni[used]
    fit = fit_counts(rows, asked)
    zeros = frozenset(double)
    groups = []
    if asked.subgroup:
        names = [row.cells[asked.subgroup] or "not reported" for row in rows]
        for name in dict.fromkeys(names):
            inside = np.array([other == name for other in names])
            chosen = [row for row, here in zip(rows, inside, strict=True) if here]
            try:
                one = fit_counts(chosen, asked)
            except SynthesisError as error:
                raise SynthesisError(f"subgroup {name!r}: {error}") from error
            groups.append(_estimate(name, one, ni[inside], asked, back, chosen, zeros))
    overall = _estimate("All studies", fit, ni, asked, back, rows, zeros)
    return msgspec.structs.replace(
        pooling,
        rows=_moved(pooling.rows, rows, fit, asked, back),
        overall=msgspec.structs.replace(
            overall, notes=tuple(note for note in overall.notes if not _of_zeros(note))
        ),
        groups=tuple(groups),
        cautions=(*(note for note in overall.notes if _of_zeros(note)), *pooling.cautions),
    )


def _of_zeros(note: str) -> bool:
    return "in every arm" in note


def fit_counts(rows: Sequence[TableRow], asked: Asked) -> Fit:
    """The model of these rows. Raises: SynthesisError: with the row of the table where one is to blame."""
    given = {
        name: np.array([np.nan if (v := row.numbers.get(name)) is None else v for row in rows])
        for name in rows[0].numbers if name != "weights"
    }  # fmt: skip
    # a size that some rows lack is filled from the other column, row by row, by what reads the counts
    try:
        fit = _fit(given, asked)
    except SynthesisError as error:
        raise renamed(error, rows) from error
    if not np.isfinite([fit.beta, fit.se, fit.ci_lb, fit.ci_ub]).all():
        raise SynthesisError(
            f"every event is in one arm: {asked.measure} has no estimate by method {asked.method}; take --measure RD, or"
            " --method PETO with --measure OR"
        )
    return fit


def _fit(given: dict[str, Floats], asked: Asked) -> Fit:
    level = asked.level
    if asked.method == "MH":
        add = asked.add or 0.0
        to = asked.to or ("only0" if add else "none")
        return pool_mh(asked.measure, **given, add=(add, 0.0), to=(to, "none"), drop00=False, level=level)  # type: ignore[arg-type]
    if asked.method == "PETO":
        return pool_peto(**given, level=level)  # type: ignore[arg-type]
    if asked.method == "BB":
        return pool_beta_binomial(asked.measure, **given, level=level)  # type: ignore[arg-type]
    model = "UM.FS" if asked.method == "GLMM" else asked.method
    silent = asked.method in ADD_NOTHING
    found = pool_glmm(asked.measure, **given, model=model, test=asked.test, level=level, drop00=silent)  # type: ignore[arg-type]
    if not silent:
        return found
    notes = tuple(note.replace("they were left out (drop00)", "the model lets them add nothing to the effect") for note in found.notes)  # fmt: skip
    return msgspec.structs.replace(found, k=found.k + found.k_double_zero, notes=notes)


def _estimate(
    label: str, fit: Fit, ni: Floats, asked: Asked, back: Back, rows: Sequence[TableRow], zeros: frozenset[int]
) -> Estimate:  # fmt: skip
    mixed = fit if isinstance(fit, Glmm) else None
    by_counts = fit if isinstance(fit, Pooled) else None
    several = fit.k > 1
    notes = tuple(_renumbered(note, rows) for note in fit.notes)
    if isinstance(fit, BetaBinomial):
        notes += (f"Correlation of two people of one study (rho): {fit.rho:.3g}; 0 would be plain binomial.",)
    if mixed is not None and several:
        notes += (
            f"Q is of the likelihood-ratio test of equal effects; by Wald it is {mixed.qe_wld:.2f} (p = {mixed.qep_wld:.3f}).",
        )
    qe, qep = (
        (mixed.qe_lrt, mixed.qep_lrt)
        if mixed
        else (by_counts.qe, by_counts.qep)
        if by_counts
        else (None, None)
    )
    part = mixed or by_counts
    df = mixed.qe_df if mixed else by_counts.k_yi - 1 if by_counts else 0
    if not several or df < 1 or qe is None or not np.isfinite(qe):
        qe, qep, part = None, None, None  # also: risk differences of studies whose own variance is 0
    predicted = mixed if several else None
    return Estimate(
        label=label, k=fit.k, people=round(float(ni.sum())) if np.isfinite(ni).all() else None,
        beta=fit.beta, se=fit.se, zval=_finite(fit.zval), pval=fit.pval, ci_lb=fit.ci_lb, ci_ub=fit.ci_ub,
        shown=_shown(back, fit.beta, fit.ci_lb, fit.ci_ub), dfs=_finite(mixed.dfs) if mixed else None,
        tau2=mixed.tau2 if mixed and several else None, tau2_lb=None, tau2_ub=None,
        se_tau2=_finite(mixed.tau2_se) if mixed and several else None,
        i2=_finite(part.i2) if part else None, i2_lb=None, i2_ub=None,
        h2=_finite(part.h2) if part else None,
        qe=_finite(qe), qep=_finite(qep),
        qe_df=df if qe is not None else None,
        pi_lb=predicted.pi_lb if predicted else None, pi_ub=predicted.pi_ub if predicted else None,
        shown_pi=_shown(back, predicted.beta, predicted.pi_lb, predicted.pi_ub) if predicted else None,
        notes=notes, double_zero=tuple(row.row for row in rows if row.row in zeros),
    )  # fmt: skip


def _finite(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else float(value)


def _shown(back: Back, *values: float) -> Shown:
    return Shown(*(float(value) for value in back(np.array(values))))


def _renumbered(note: str, rows: Sequence[TableRow]) -> str:
    """The note with the rows of the table in place of those that the method was given."""

    def named(found: re.Match[str]) -> str:
        return "(row " + ", ".join(str(rows[int(n) - 1].row) for n in found[1].split(", ")) + ")"

    return re.sub(r"\(row (\d+(?:, \d+)*)\)", named, note)


def _moved(
    lines: tuple[StudyLine, ...], rows: Sequence[TableRow], fit: Fit, asked: Asked, back: Back
) -> tuple[StudyLine, ...]:
    """The lines with weights and with what leaving each study out does, where the method makes that quick."""
    weights = _weights(rows, asked)
    quick = isinstance(fit, Pooled) and FEW <= fit.k <= MANY
    place_of = {row.row: place for place, row in enumerate(rows)}
    moved = []
    for line in lines:
        place = place_of.get(line.row)
        if place is not None:
            weight = None if weights is None else float(weights[place])
            line = msgspec.structs.replace(line, weight=weight)
            rest = _without(rows, place, asked) if quick else None
            if rest is not None:
                line = msgspec.structs.replace(
                    line, without=_shown(back, rest.beta, rest.ci_lb, rest.ci_ub), without_beta=rest.beta,
                    without_ci=(rest.ci_lb, rest.ci_ub), without_pval=_finite(rest.pval),
                )  # fmt: skip
        moved.append(line)
    return tuple(moved)


def _without(rows: Sequence[TableRow], place: int, asked: Asked) -> Fit | None:
    try:
        return fit_counts([*rows[:place], *rows[place + 1 :]], asked)
    except SynthesisError:
        return None  # nothing can be pooled without it


def _weights(rows: Sequence[TableRow], asked: Asked) -> Floats | None:
    """Percent; None for models of all counts together, which have no weight for a study."""
    if asked.method not in ("MH", "PETO"):
        return None
    raw = np.array([_weight(row.numbers, asked) for row in rows])
    total = float(raw.sum())
    return 100 * raw / total if total > 0 else None


def _weight(given: Mapping[str, float | None], asked: Asked) -> float:
    """Of one study, as the estimator's formula has it."""
    if asked.measure in ("IRR", "IRD"):
        x2, t1, t2 = (float(given[name] or 0) for name in ("x2i", "t1i", "t2i"))
        return (x2 if asked.measure == "IRR" else t2) * t1 / (t1 + t2)
    a, c = float(given["ai"] or 0), float(given["ci"] or 0)
    b, d = float(_others(given, "ai", "bi", "n1i") or 0), float(_others(given, "ci", "di", "n2i") or 0)
    one, two = a + b, c + d
    n = one + two
    if asked.method == "PETO":
        return one * two * (a + c) * (b + d) / (n * n * (n - 1)) if n > 1 else 0.0
    return {"OR": b * c, "RR": c * one, "RD": one * two}[asked.measure] / n
