"""Pooling a table with several effects per study: outcomes, times, or arms that share a control group.

The model has a random effect for each study and one for each effect within it; sampling errors of one study's effects are
correlated as assumed (or as the groups they share tell), and a cluster-robust interval stands beside it.

Source: Konstantopoulos 2011, doi:10.1002/jrsm.35; Pustejovsky and Tipton 2022, doi:10.1007/s11121-021-01246-3 (a working
model with an assumed correlation, and robust variances beside it).
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
from scipy.special import ndtri

from skinproof.errors import SkinproofError, SynthesisError, UsageError
from skinproof.synthesis.cluster_robust import Robust, robust
from skinproof.synthesis.measures import MEASURES
from skinproof.synthesis.multilevel import pool_multilevel
from skinproof.synthesis.multilevel_diagnostics import i2, weights
from skinproof.synthesis.multilevel_profile import confint
from skinproof.synthesis.multilevel_result import MultilevelResult
from skinproof.synthesis.regression import Design, design
from skinproof.views.multilevel import (
    Average,
    EffectLine,
    Level,
    Moderators,
    Multilevel,
    MultilevelAsked,
    Outcomes,
    Tried,
)
from skinproof.views.multilevel_rows import Used, check_clusters, covariance, people_of
from skinproof.views.pool_effects import Effects, arms_of, effects_of
from skinproof.views.pool_moderators import moderator
from skinproof.views.pool_table import PoolTable
from skinproof.views.pooled import GIVEN, SINGLE, Asked, Coefficient, Shown

PROFILED = 1000
"""Most effects of which the variances get an interval: each bound takes some dozen fits."""

Back = Callable[[object], np.ndarray]


def pool_several(table: PoolTable, asked: MultilevelAsked) -> Multilevel:
    """The pooled answer to what a table with several effects per study asks.

    Raises:
        UsageError: options that do not fit.
        SynthesisError: numbers that cannot be pooled so, by row and column; one study; one effect in every study.
    """
    measure = MEASURES.get(asked.measure)
    if asked.measure != GIVEN and measure is None:
        raise UsageError(
            f"measure {asked.measure!r} is not known; there are {', '.join(MEASURES)}, and {GIVEN}"
        )
    single = asked.measure in SINGLE
    log = measure is not None and measure.back == "exp" and not single
    _check(asked, single=single, log=log)
    check_clusters(table, asked.cluster)
    effects = effects_of(table, _plain(asked))
    keep = np.flatnonzero(np.isfinite(effects.yi) & (effects.vi > 0))
    used = Used.of(effects, keep, asked)
    found = Multilevel(
        asked=asked,
        label=measure.label if measure else "effect as given",
        scale=measure.scale if measure else "as given",
        shown_scale=(measure.back_scale or measure.scale) if measure else "effect",
        zero=None if single else (1.0 if log else 0.0),
        log=log,
        rows=_lines(table, effects, set(map(int, keep)), asked),
        k=len(keep),
        studies=len(set(used.clusters)),
        several=sum(used.clusters.count(name) > 1 for name in set(used.clusters)),
        people=people_of(used, asked),
        outcome=table.outcome,
        better=asked.better or table.better,
        notes=table.notes,
    )
    if not len(keep):
        return found
    _refuse_few(found, asked)
    return _pooled(found, used, effects.back)


def _plain(asked: MultilevelAsked) -> Asked:
    return Asked(measure=asked.measure, level=asked.level, add=asked.add, to=asked.to, drop00=asked.drop00)


def _check(asked: MultilevelAsked, *, single: bool, log: bool) -> None:
    for rho in (asked.rho, *asked.rhos):
        if not -1 < rho < 1:
            raise UsageError(
                f"a correlation of {rho:g} within studies: give a number between -1 and 1, such as 0.6; at 1 the second effect of"
                " a study would tell nothing new"
            )
    if not 0 < asked.level < 100:
        raise UsageError(f"--level {asked.level:g}: give percent, between 0 and 100")
    if asked.mid is None:
        return
    if single:
        raise UsageError(f"{asked.measure} is of one group: there is no smallest difference of interest")
    if asked.mid <= 0 or (log and asked.mid == 1):
        raise UsageError(f"--mid {asked.mid:g}: give a difference above 0 (a ratio other than 1 for ratios)")


def _refuse_few(found: Multilevel, asked: MultilevelAsked) -> None:
    if found.studies < 2:
        effects = "the only effect is" if found.k == 1 else f"all {found.k} effects are"
        raise SynthesisError(
            f"column '{asked.cluster}': {effects} of one study; how studies differ cannot be told from one. Pool"
            " several studies, or report this one by itself"
        )
    if found.studies == found.k:
        raise SynthesisError(
            f"column '{asked.cluster}': each of the {found.k} studies has one effect, so there are no levels to tell apart; use"
            " `skinproof pool`"
        )


def _lines(
    table: PoolTable, effects: Effects, used: set[int], asked: MultilevelAsked
) -> tuple[EffectLine, ...]:
    half = float(ndtri(0.5 + asked.level / 200)) * np.sqrt(np.where(effects.vi > 0, effects.vi, np.nan))
    bounds = (effects.yi, effects.yi - half, effects.yi + half)
    shown = [effects.back(values) for values in bounds]
    places = {row.row: place for place, row in enumerate(effects.rows)}
    lines = []
    for row in table.rows:
        line = EffectLine(
            row=row.row, study=row.cells[asked.cluster], label=_label(row.cells, asked) or f"row {row.row}",
            arms=arms_of(row.numbers), left_out=row.left_out, notes=row.notes,
        )  # fmt: skip
        place = places.get(row.row)
        if place is None:
            lines.append(line)
            continue
        notes = effects.notes[place]
        if place in used:
            ni = float(effects.ni[place])
            line = msgspec.structs.replace(
                line, ni=ni if np.isfinite(ni) else None, vi=float(effects.vi[place]), notes=row.notes + notes,
                yi=float(bounds[0][place]), ci_lb=float(bounds[1][place]), ci_ub=float(bounds[2][place]),
                shown=Shown(*(float(values[place]) for values in shown)),
            )  # fmt: skip
        else:
            why = "; ".join(note.partition("; ")[0] for note in notes)
            line = msgspec.structs.replace(
                line, left_out=why or "no effect, or a variance of 0, which would give it all the weight"
            )
        lines.append(line)
    return tuple(lines)


def _label(cells: Mapping[str, str], asked: MultilevelAsked) -> str:
    """What tells an effect from the others of its study: outcome, groups."""
    parts = [cells.get(asked.outcome or "outcome", "")]
    if asked.groups:
        parts.append(" v ".join(cells[name] for name in asked.groups))
    return ", ".join(part for part in parts if part)


def _fit(used: Used, asked: MultilevelAsked, rho: float, mods: Design | None = None) -> MultilevelResult:
    test, dfs = ("t", "contain") if asked.test == "contain" else (asked.test, "residual")
    clusters: dict[str, Sequence[object]] = {asked.cluster: used.clusters, "effect": used.places}
    return pool_multilevel(
        used.y, covariance(used, asked, rho), clusters=clusters, mods=mods, method=asked.method, level=asked.level,
        test=test, dfs=dfs,
    )  # fmt: skip


def _pooled(found: Multilevel, used: Used, back: Back) -> Multilevel:
    asked = found.asked
    fit = _fit(used, asked, asked.rho)
    overall = _average("All effects", fit, back)
    prediction = fit.predict()
    bounds = float(prediction.pi_lb[0]), float(prediction.pi_ub[0])
    by_rows, refused = _robust(fit, used, asked)
    share = dict(zip(used.rows, weights(fit).tolist(), strict=True))
    shares = i2(fit)
    notes = [note for note in fit.notes if not note.startswith("Only ")]
    if found.studies < 5:
        notes.append(f"{found.studies} studies: how much studies differ is very uncertain.")
    notes += [] if by_rows is None else [_on_robust(by_rows, asked.cluster)]
    return msgspec.structs.replace(
        found,
        rows=tuple(
            msgspec.structs.replace(row, weight=share[row.row]) if row.row in share else row
            for row in found.rows
        ),
        overall=msgspec.structs.replace(overall, k=found.k, studies=found.studies),
        pi_lb=bounds[0],
        pi_ub=bounds[1],
        shown_pi=_shown(back, overall.beta, *bounds),
        levels=_levels(fit, shares),
        sampling=100 - float(shares.sum()),
        qe=fit.qe,
        qep=fit.qep,
        robust=None if by_rows is None else _average(asked.robust, by_rows, back),
        robust_refused=refused,
        tried=tuple(_tried(used, asked, rho, back) for rho in _rhos(asked)),
        outcomes=_outcomes(used, asked, back),
        moderators=_moderators(used, asked) if asked.mods else None,
        notes=tuple(note for note in (*found.notes, *notes) if note),
    )


def _rhos(asked: MultilevelAsked) -> tuple[float, ...]:
    """Nothing to try where shared groups, not an assumption, give all correlations."""
    if asked.groups and not asked.outcome:
        return ()
    return tuple(sorted({*asked.rhos, asked.rho}))


def _robust(fit: MultilevelResult, used: Used, asked: MultilevelAsked) -> tuple[Robust | None, str]:
    if asked.robust == "none":
        return None, ""
    try:
        return robust(fit, used.clusters, asked.robust), ""
    except SynthesisError as error:
        return None, str(error)


def _on_robust(found: Robust, cluster: str) -> str:
    if found.adjust == "CR2" and float(found.dfs[0]) < 4:
        return f"The robust interval has {float(found.dfs[0]):.2f} degrees of freedom; below 4 its p-value is not to be relied on."
    if found.adjust != "CR2" and found.n_clusters < 40:
        return f"{found.n_clusters} studies: {found.adjust} is too narrow with fewer than about 40; take CR2."
    return ""


def _average(label: str, fit: MultilevelResult | Robust, back: Back) -> Average:
    beta, se, z, p, low, high = (
        float(np.atleast_1d(np.asarray(value))[0])
        for value in (fit.beta, fit.se, fit.zval, fit.pval, fit.ci_lb, fit.ci_ub)
    )
    df = float((fit.ddf if isinstance(fit, MultilevelResult) else fit.dfs)[0])
    return Average(
        label=label, beta=beta, se=se, zval=z, pval=p, ci_lb=low, ci_ub=high, dfs=df if np.isfinite(df) else None,
        shown=_shown(back, beta, low, high),
    )  # fmt: skip


def _shown(back: Back, *values: float) -> Shown:
    return Shown(*(float(value) for value in back(np.array(values))))


def _levels(fit: MultilevelResult, shares: np.ndarray) -> tuple[Level, ...]:
    intervals = confint(fit) if fit.k <= PROFILED else (None,) * len(shares)
    names = ("between studies", "between effects of a study")
    return tuple(
        Level(
            name=name, groups=len(term.names), sigma2=float(sigma2), share=float(share),
            ci_lb=None if interval is None else interval.ci_lb, ci_ub=None if interval is None else interval.ci_ub,
        )
        for name, term, sigma2, share, interval in zip(
            names, fit.model.terms, fit.sigma2, shares, intervals, strict=True
        )
    )  # fmt: skip


def _tried(used: Used, asked: MultilevelAsked, rho: float, back: Back) -> Tried:
    try:
        fit = _fit(used, asked, rho)
    except SynthesisError as error:
        return Tried(rho=rho, refused=str(error))
    by_rows, _ = _robust(fit, used, asked)
    return Tried(
        rho=rho, average=_average(f"rho {rho:g}", fit, back), sigma2=tuple(fit.sigma2.tolist()),
        robust=None if by_rows is None else _average(asked.robust, by_rows, back),
    )  # fmt: skip


def _outcomes(used: Used, asked: MultilevelAsked, back: Back) -> Outcomes | None:
    """The average of each outcome: one model with the outcome as a moderator, in which outcomes share the variances."""
    if not asked.outcome:
        return None
    values = [row.cells[asked.outcome] or "not reported" for row in used.table_rows]
    names = sorted(set(values))
    if len(names) < 2:
        return Outcomes(refused=f"all effects are of one outcome ({names[0]})")
    try:
        fit = _fit(used, asked, asked.rho, design({asked.outcome: values}))
        found = fit.predict(np.vstack([np.zeros(len(names) - 1), np.eye(len(names) - 1)]))
        qm, (m, df), qmp = fit.qm, fit.qm_df, fit.qmp
    except SynthesisError as error:
        return Outcomes(refused=str(_by_option(error)))
    dfs = float(fit.ddf.min())
    averages = []
    for place, name in enumerate(names):
        inside = [at for at, value in enumerate(values) if value == name]
        triple = [float(each[place]) for each in (found.pred, found.ci_lb, found.ci_ub)]
        averages.append(
            Average(
                label=name, beta=triple[0], se=float(found.se[place]), ci_lb=triple[1], ci_ub=triple[2], shown=_shown(back, *triple),
                dfs=dfs if np.isfinite(dfs) else None, k=len(inside), studies=len({used.clusters[at] for at in inside}),
            )
        )  # fmt: skip
    return Outcomes(averages=tuple(averages), qm=qm, qm_df=m, dfs=df if np.isfinite(df) else None, qmp=qmp)


def _moderators(used: Used, asked: MultilevelAsked) -> Moderators:
    columns: dict[str, Sequence[object]] = {name: moderator(used.table_rows, name) for name in asked.mods}
    fit = _fit(used, asked, asked.rho, design(columns))
    by_rows, refused = _robust(fit, used, asked)
    try:
        m, df = fit.qm_df
    except SynthesisError as error:
        raise _by_option(error) from error
    robust_qmp = None
    if by_rows is not None:
        try:
            robust_qmp = by_rows.qmp
        except SkinproofError:
            robust_qmp = None  # too few studies to test all at once: each coefficient still has its own test
    return Moderators(
        coefficients=_coefficients(fit),
        robust=() if by_rows is None else _coefficients(by_rows),
        robust_dfs=() if by_rows is None else tuple(by_rows.dfs.tolist()),
        qm=fit.qm,
        qm_df=m,
        dfs=df if np.isfinite(df) else None,
        qmp=fit.qmp,
        robust_qmp=robust_qmp,
        robust_refused=refused,
        sigma2=tuple(fit.sigma2.tolist()),
    )


def _by_option(error: SynthesisError) -> SynthesisError:
    """The message with the option that helps."""
    return SynthesisError(str(error).replace("dfs='residual'", "--test t or z"))


def _coefficients(fit: MultilevelResult | Robust) -> tuple[Coefficient, ...]:
    columns = (
        np.atleast_1d(np.asarray(value)).tolist()
        for value in (fit.beta, fit.se, fit.zval, fit.pval, fit.ci_lb, fit.ci_ub)
    )
    return tuple(
        Coefficient(name=name, beta=b, se=s, zval=z, pval=p, ci_lb=low, ci_ub=high)
        for name, b, s, z, p, low, high in zip(fit.names, *columns, strict=True)
    )
