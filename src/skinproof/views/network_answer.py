"""Pooling a network: every pair of treatments, what each rests on, whether the parts agree, and ranks with their doubt."""

from collections.abc import Sequence
from math import exp, isfinite

import msgspec
import numpy as np
from scipy.special import ndtri

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.network import Comparison, NetworkResult, pool_network
from skinproof.synthesis.network_consistency import (
    NodeSplit,
    inconsistency,
    node_splits,
    ranking,
)
from skinproof.synthesis.network_data import Network, network_arms, network_contrasts
from skinproof.synthesis.network_effects import (
    EVENTS,
    MEASURES,
    arm_effects,
    network_of_arms,
    with_constant,
)
from skinproof.views.network_table import ARMS, NetworkRow, NetworkTable
from skinproof.views.networked import (
    DIRECT,
    INDIRECT,
    MIXED,
    LeftOut,
    NetworkAsked,
    Networked,
    Node,
    Pair,
    Rank,
    Split,
)
from skinproof.views.pooled import Shown
from skinproof.views.words import plural

MOST = 150
"""Treatments of one network; a table of all pairs of more could not be read."""

_SHOWN_PARTS = 12


def network_answer(table: NetworkTable, asked: NetworkAsked) -> Networked:
    """What the studies of a table say of all its treatments together.

    Raises:
        UsageError: options that do not fit.
        SynthesisError: the network is not connected, or numbers contradict each other; the message names what and where.
    """
    measure = MEASURES[asked.measure]
    if asked.add < 0 or not isfinite(asked.add):
        raise UsageError(f"--add {asked.add:g}: give a number above 0, such as 0.5")
    if asked.add and "xi" not in table.numbers:
        raise UsageError("--add is for counts of events; these rows have none")
    rows = _with_effect(table, asked)
    used = [row for row in rows if not row.left_out]
    left = tuple(_left_out(row) for row in rows if row.left_out)
    if not used:
        why = f": {left[0].study}: {left[0].why}" if left else ""
        raise SynthesisError(f"no study takes part, so there is no network{why}")
    whole = _network(table, asked, used)
    _check_reference(whole, asked)
    network, used = _part(whole, used, asked, left)
    names = network.treatments
    if len(names) > MOST:
        raise UsageError(f"{len(names)} treatments: at most {MOST} make a network; group them into classes")
    reference = _reference(network, asked)
    result = pool_network(network, reference, asked.method, asked.level)
    splits = node_splits(result)
    sides = {(s.treat1, s.treat2): s for s in splits}
    pairs = tuple(_pair(result, c, sides, measure.log) for c in result.league())
    ranks, note = _ranks(result, asked)
    people = _people(used)
    return Networked(
        asked=msgspec.structs.replace(asked, reference=reference), label=measure.label,
        scale=f"log {measure.label}" if measure.log else measure.label, log=measure.log, zero=1.0 if measure.log else 0.0,
        outcome=table.outcome, reference=reference, k=result.k, people=_sum(people.values()), nodes=_nodes(network, people),
        pairs=pairs, against=tuple(_pair(result, result.compare(name, reference), sides, measure.log) for name in result.names),
        tau2=result.tau2, i2=result.i2, q=result.q, q_df=result.q_df, qp=result.qp, inconsistency=inconsistency(result),
        splits=tuple(_split(s, result.level, measure.log) for s in splits), ranks=ranks, rank_note=note, left_out=left,
        notes=_notes(result, table, left),
    )  # fmt: skip


def network_of(table: NetworkTable, asked: NetworkAsked) -> tuple[Network, list[NetworkRow]]:
    """The trials of the table that are pooled, and their rows (for a bundle that repeats them)."""
    used = [row for row in _with_effect(table, asked) if not row.left_out]
    return _part(_network(table, asked, used), used, asked, ())


def given_variance(row: NetworkRow) -> float:
    """The variance of an effect that is given with it or with its standard error."""
    vi, sei = row.numbers.get("vi"), row.numbers.get("sei")
    return vi if vi is not None else (sei or np.nan) ** 2


def _column(rows: Sequence[NetworkRow], name: str) -> list[float]:
    return [np.nan if (value := row.numbers.get(name)) is None else value for row in rows]


def _raw(rows: Sequence[NetworkRow], measure: str) -> dict[str, list[float]]:
    return {name: _column(rows, name) for name in MEASURES[measure].needs}


def _with_effect(table: NetworkTable, asked: NetworkAsked) -> list[NetworkRow]:
    """The rows, with whole studies left out where an arm has no effect: nothing is added unasked."""
    rows = list(table.rows)
    used = [row for row in rows if not row.left_out]
    if "yi" in table.numbers or not used:
        return rows
    columns = _raw(used, asked.measure)
    if asked.add and MEASURES[asked.measure].needs == EVENTS:
        moved = with_constant(
            [row.study for row in used], np.array(columns["xi"]), np.array(columns["ni"]), asked.add
        )
        columns = {"xi": moved[0].tolist(), "ni": moved[1].tolist()}
    y, _ = arm_effects(asked.measure, **columns)
    bare = {used[place].study: used[place] for place in np.flatnonzero(np.isnan(y))[::-1]}
    return [_bare(row, bare, asked.measure) if not row.left_out else row for row in rows]


def _bare(row: NetworkRow, bare: dict[str, NetworkRow], measure: str) -> NetworkRow:
    first = bare.get(row.study)
    if first is None:
        return row
    return msgspec.structs.replace(
        row, left_out=f"{MEASURES[measure].undefined} (row {first.row}, {first.treatment})"
    )


def _network(table: NetworkTable, asked: NetworkAsked, rows: Sequence[NetworkRow]) -> Network:
    study, treatment = [row.study for row in rows], [row.treatment for row in rows]
    try:
        if table.kind == ARMS and "yi" not in table.numbers:
            return network_of_arms(
                asked.measure, study, treatment, add=asked.add, **_raw(rows, asked.measure)
            )
        v = [given_variance(row) for row in rows]
        if table.kind == ARMS:
            return network_arms(study, treatment, _column(rows, "yi"), v)
        return network_contrasts(study, treatment, [row.versus for row in rows], _column(rows, "yi"), v)
    except SynthesisError as error:
        raise _placed(error, rows) from error


def _placed(error: SynthesisError, rows: Sequence[NetworkRow]) -> SynthesisError:
    """The message with the rows of the table: of the study, or the one it counts."""
    text = str(error)
    for row in rows:
        if text.startswith(f"study {row.study}: "):
            listed = ", ".join(str(other.row) for other in rows if other.study == row.study)
            return SynthesisError(f"rows {listed} ({row.study}): {text.partition(': ')[2]}")
    head, mark, rest = text.partition(",")
    number = head.removeprefix("row ")
    if mark and number.isdecimal() and 1 <= int(number) <= len(rows):
        return SynthesisError(rows[int(number) - 1].named + mark + rest)
    return error


def _part(
    network: Network, rows: list[NetworkRow], asked: NetworkAsked, left: Sequence[LeftOut]
) -> tuple[Network, list[NetworkRow]]:
    """The network, or the part of it that is asked for.

    Raises: SynthesisError: it has several parts, which are named with their studies. UsageError: no such treatment.
    """
    parts = network.parts
    if asked.part is not None:
        inside = next((part for part in parts if asked.part in part), None)
        if inside is None:
            raise UsageError(
                f"--part {asked.part!r}: no such treatment; there are {', '.join(network.treatments)}"
            )
        trials = tuple(trial for trial in network.trials if trial.arms[0] in inside)
        return Network(trials=trials), [row for row in rows if row.treatment in inside]
    if len(parts) > 1:
        told = [
            f"{number}. {', '.join(part)} ({plural(sum(t.arms[0] in part for t in network.trials), 'study', 'studies')})"
            for number, part in enumerate(parts, 1)
        ]
        more = f"; and {len(told) - _SHOWN_PARTS} more" if len(told) > _SHOWN_PARTS else ""
        raise SynthesisError(
            f"the network is not connected: no study joins its {len(parts)} parts, so nothing can be said between them: "
            f"{'; '.join(told[:_SHOWN_PARTS])}{more}.{_lost(left)} Pool one part with --part {parts[0][0]!r}; check that a treatment has one"
            " name everywhere"
        )
    return network, rows


def _lost(left: Sequence[LeftOut]) -> str:
    """Studies whose absence may be what tears the network."""
    studies = {row.study for row in left}
    if not studies:
        return ""
    return f" {plural(len(studies), 'study takes', 'studies take')} no part or not in full, first {left[0].study}: {left[0].why}."


def _check_reference(network: Network, asked: NetworkAsked) -> None:
    """Before what a network in parts is told: a name that is nowhere is wrong in every part."""
    names = network.treatments
    if asked.reference is not None and asked.reference not in names:
        raise UsageError(f"--reference {asked.reference!r}: no such treatment; there are {', '.join(names)}")


def _reference(network: Network, asked: NetworkAsked) -> str:
    """What is asked for, or the treatment that most studies have (the first of them by name)."""
    if asked.reference is None:
        return max(network.treatments, key=lambda name: sum(name in trial.arms for trial in network.trials))
    _check_reference(network, asked)
    return asked.reference


def _people(rows: Sequence[NetworkRow]) -> dict[tuple[str, str], float | None]:
    """(study, treatment) -> people in the arm, None where it is not told."""
    found: dict[tuple[str, str], float | None] = {}
    for row in rows:
        sides = [(row.treatment, "n1i"), (row.versus, "n2i")] if row.versus else [(row.treatment, "ni")]
        for name, column in sides:
            value = row.numbers.get(column)
            found[row.study, name] = found.get((row.study, name)) if value is None else value
    return found


def _sum(values: object) -> int | None:
    listed = list(values)  # type: ignore[call-overload]
    return None if any(value is None for value in listed) else round(sum(listed))


def _nodes(network: Network, people: dict[tuple[str, str], float | None]) -> tuple[Node, ...]:
    return tuple(
        Node(
            name=name,
            studies=sum(name in trial.arms for trial in network.trials),
            people=_sum([n for (_, arm), n in people.items() if arm == name]),
            partners=len({arm for trial in network.trials if name in trial.arms for arm in trial.arms}) - 1,
        )
        for name in network.treatments
    )


def _shown(log: bool, *values: float) -> Shown:
    est, lower, upper = (exp(min(value, 700.0)) if log else value for value in values)
    return Shown(est, lower, upper)


def _pair(result: NetworkResult, c: Comparison, splits: dict[tuple[str, str], NodeSplit], log: bool) -> Pair:
    split = splits.get((c.treat1, c.treat2)) or splits.get((c.treat2, c.treat1))
    evidence = INDIRECT if split is None else (DIRECT if split.reason else MIXED)
    bounded = isfinite(c.pi_lb) and isfinite(c.pi_ub)
    return Pair(
        treat1=c.treat1, treat2=c.treat2, evidence=evidence, estimate=c.estimate, se=c.se, ci_lb=c.ci_lb, ci_ub=c.ci_ub,
        pval=c.pval, shown=_shown(log, c.estimate, c.ci_lb, c.ci_ub),
        studies=tuple(t.name for t in result.network.trials if c.treat1 in t.arms and c.treat2 in t.arms),
        pi_lb=c.pi_lb if bounded else None, pi_ub=c.pi_ub if bounded else None,
        shown_pi=_shown(log, c.estimate, c.pi_lb, c.pi_ub) if bounded else None,
    )  # fmt: skip


def _split(s: NodeSplit, level: float, log: bool) -> Split:
    z = float(ndtri(0.5 + level / 2))
    shared = {
        "treat1": s.treat1, "treat2": s.treat2, "studies": s.trials,
        "direct": _shown(log, s.direct, s.direct - z * s.direct_se, s.direct + z * s.direct_se),
    }  # fmt: skip
    if s.reason:
        return Split(**shared, indirect=None, difference=None, difference_se=None, pval=None, reason=s.reason)  # type: ignore[arg-type]
    indirect = _shown(log, s.indirect, s.indirect - z * s.indirect_se, s.indirect + z * s.indirect_se)
    return Split(
        **shared, indirect=indirect, difference=s.difference, difference_se=s.difference_se, pval=s.pval  # type: ignore[arg-type]
    )  # fmt: skip


def _ranks(result: NetworkResult, asked: NetworkAsked) -> tuple[tuple[Rank, ...], str]:
    if asked.better not in ("", "lower", "higher"):
        raise UsageError(f"better={asked.better!r}: 'lower' or 'higher'")
    if not asked.better:
        return (), "Nothing is ranked: which end of the outcome is better was not said (--better)."
    found = ranking(result, small_values="good" if asked.better == "lower" else "bad", seed=asked.seed)
    listed = zip(
        found.treatments, found.p_score.tolist(), found.sucra.tolist(), found.mean_rank.tolist(), found.rank_lb.tolist(),
        found.rank_ub.tolist(), found.probabilities.tolist(), strict=True,
    )  # fmt: skip
    return tuple(
        Rank(treatment=t, p_score=p, sucra=s, mean_rank=m, rank_lb=lo, rank_ub=hi, probabilities=tuple(row))
        for t, p, s, m, lo, hi, row in listed
    ), found.note


def _left_out(row: NetworkRow) -> LeftOut:
    named = f"{row.treatment} against {row.versus}" if row.versus else row.treatment
    return LeftOut(row=row.row, study=row.study, treatment=named, why=row.left_out)


def _notes(result: NetworkResult, table: NetworkTable, left: Sequence[LeftOut]) -> tuple[str, ...]:
    notes = [*result.notes, *table.notes]
    names = set(result.treatments)
    lost = sorted(
        {name for row in table.rows for name in (row.treatment, row.versus) if name} - names
        if left
        else set()
    )
    if lost:
        notes.append(f"Treatments of which no study takes part: {', '.join(lost)}. Nothing is said of them.")
    if result.contrasts and result.q_df == 0 and result.method != "EE":
        notes.append(
            "Intervals are those of studies that do not differ: how far they differ cannot be seen here."
        )
    return tuple(notes)
