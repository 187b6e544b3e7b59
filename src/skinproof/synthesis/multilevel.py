"""Pooling effects that depend on each other: clusters, several outcomes or times, several arms.

Source: Konstantopoulos 2011, doi:10.1002/jrsm.35 (three levels); Berkey et al. 1998,
doi:10.1002/(SICI)1097-0258(19981130)17:22<2537::AID-SIM953>3.0.CO;2-C (several outcomes); Viechtbauer 2010,
doi:10.18637/jss.v036.i03 (names and conventions).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.covariance import Covariance, as_covariance, codes, members
from skinproof.synthesis.multilevel_likelihood import Model, highest, starts
from skinproof.synthesis.multilevel_result import MultilevelResult, Options
from skinproof.synthesis.multilevel_terms import Intercepts, Structured, Term, intercepts, structured
from skinproof.synthesis.problem import arrange, numbers
from skinproof.synthesis.regression import Design, unpack
from skinproof.synthesis.results import as_fraction
from skinproof.synthesis.sums import Floats

RandomEffect = Intercepts | Structured
Labels = Sequence[object] | npt.NDArray[Any]


def pool_multilevel(
    yi: npt.ArrayLike,
    V: npt.ArrayLike | Covariance | Sequence[npt.ArrayLike],
    *,
    clusters: Mapping[str, Labels] | Labels | None = None,
    levels: Labels | None = None,
    struct: str = "CS",
    random: Sequence[RandomEffect] | None = None,
    mods: npt.ArrayLike | Design | None = None,
    intercept: bool = True,
    names: Sequence[str] | None = None,
    method: str = "REML",
    test: str = "z",
    dfs: str = "residual",
    level: float = 95,
    missing: str = "refuse",
    maxiter: int = 200,
) -> MultilevelResult:
    """The pooled effect, or meta-regression, of k effects that depend on each other.

    yi: (k,). V: (k,) variances, a (k, k) matrix, a list of matrices along its diagonal, or a `Covariance`
    (see `vcalc`).

    clusters: labels of the rows, or nested labels by name from the outermost on: {"district": ..., "school":
    ...} is a random effect for each district and for each school within its district. With `levels`
    (outcomes, arms, times) the effects of the levels within a cluster are random and correlated by `struct`,
    one of STRUCTS. random: any list of `Intercepts` and `Structured` instead. Without them the only errors
    are those in V.

    mods, intercept, names, level, missing: as in `pool`. method: REML or ML. test: z, or t with k - p degrees
    of freedom (dfs="residual") or, with dfs="contain", the fewest clusters within which the coefficient's
    column is constant, minus p.

    The likelihood is climbed from several starts and the highest maximum taken; metafor (3.8 and 5.1) climbs
    from one. metafor drops moderators that cannot be told apart and carries on with a V that is not positive
    definite; both are refused here.

    Raises:
        UsageError: no such method, test or struct.
        SynthesisError: the data cannot be pooled; the message names row and column.
    """
    options = Options.of(method, test, dfs, as_fraction(level))
    if missing not in ("refuse", "omit"):
        raise UsageError(f"missing={missing!r}: 'refuse' or 'omit'")
    effects = np.atleast_1d(numbers(yi, "yi"))
    if effects.ndim != 1:
        raise SynthesisError(f"yi has {effects.ndim} dimensions; give a list of effects")
    k = len(effects)
    covariance = as_covariance(V, k)
    wanted = _random(clusters, levels, struct, random)
    moderators, names, intercept = unpack(mods, names, intercept)
    problem = arrange(
        effects[None], covariance.diagonal[None], mods=moderators, names=names, intercept=intercept, absent=False,
        omit=missing == "omit", words=("yi", "V"),
    )  # fmt: skip
    keep = np.isfinite(problem.v[0])
    if not keep.all():
        covariance, wanted = covariance.subset(keep), [_kept(term, keep) for term in wanted]
    k, p = int(keep.sum()), problem.p
    if k <= p:
        raise SynthesisError(
            f"{k} effects, {p} coefficients: there must be more effects; take fewer moderators"
        )
    x, back = np.full((k, 1), k**-0.5), np.full((1, 1), k**-0.5)
    if problem.x is not None and problem.back is not None:
        design = problem.x if problem.x.ndim == 2 else problem.x[0]
        x, back = design[keep], problem.back if problem.back.ndim == 2 else problem.back[0]
    terms = tuple(
        intercepts(term, k) if isinstance(term, Intercepts) else structured(term, k) for term in wanted
    )
    if sum(term.struct != "1" for term in terms) > 2:
        raise UsageError("more than two structured random effects; take random intercepts for the others")
    _refuse_alike(terms)
    model = Model(problem.y[0][keep], x, covariance, terms, options.method == "REML")
    found = highest(model, starts(model), maxiter)
    if found is None or not found.found:
        raise SynthesisError(
            f"the likelihood of {model.size} variances and correlations did not converge in {maxiter} steps; "
            "take a simpler struct, fix a parameter, or raise maxiter"
        )
    return MultilevelResult(model, found, options, problem.names, problem.intercept, back, maxiter)


def _random(
    clusters: Mapping[str, Labels] | Labels | None,
    levels: Labels | None,
    struct: str,
    random: Sequence[RandomEffect] | None,
) -> list[RandomEffect]:
    if random is not None:
        if clusters is not None or levels is not None:
            raise UsageError("give random, or clusters and levels, not both")
        return list(random)
    if clusters is None:
        if levels is not None:
            raise UsageError("levels need clusters: within what are the levels correlated?")
        return []
    named = dict(clusters) if isinstance(clusters, Mapping) else {"cluster": clusters}
    if levels is not None:
        if len(named) != 1:
            raise UsageError(f"levels within {len(named)} nested clusters: give one, or use random")
        ((name, group),) = named.items()
        return [Structured(list(levels), list(group), struct, group_name=name)]
    return nested(named)


def nested(labels: Mapping[str, Labels]) -> list[RandomEffect]:
    """Random intercepts of nested groups, from the outermost on; an inner label counts within its outer
    group.

    Raises: SynthesisError: lengths differ.
    """
    found: list[RandomEffect] = []
    path, name = None, ""
    for key, values in labels.items():
        inner = [None if value is None or value != value else value for value in values]
        if path is None:
            path, name = inner, key
        else:
            if len(inner) != len(path):
                raise SynthesisError(f"column {key} has {len(inner)} labels, the one before {len(path)}")
            group = codes(path, name)[0]
            path = [None if b is None else f"{a}/{_whole(b)}" for a, b in zip(group, inner, strict=True)]
            name = f"{name}/{key}"
        found.append(Intercepts(path, name))
    return found


def _whole(value: object) -> object:
    return int(value) if isinstance(value, (float, np.floating)) and float(value).is_integer() else value


def _kept(term: RandomEffect, keep: npt.NDArray[np.bool_]) -> RandomEffect:
    def choose(values: Sequence[object] | Floats) -> list[object]:
        return [value for value, kept in zip(values, keep, strict=True) if kept]

    if isinstance(term, Intercepts):
        return msgspec.structs.replace(term, labels=choose(term.labels))
    return msgspec.structs.replace(term, levels=choose(term.levels), group=choose(term.group))


def _refuse_alike(terms: Sequence[Term]) -> None:
    """Two random effects with the same groups cannot be told apart, as where every cluster has a single
    row.
    """
    seen: dict[bytes, str] = {}
    for term in terms:
        if term.struct != "1" or not np.isnan(term.fixed[0]):
            continue
        name = seen.setdefault(term.group.tobytes(), term.name)
        if name != term.name:
            single = all(len(rows) == 1 for rows in members(term.group))
            why = "every group has a single row" if single else "they have the same groups"
            raise SynthesisError(f"{name} and {term.name} cannot be told apart: {why}; leave one out")
