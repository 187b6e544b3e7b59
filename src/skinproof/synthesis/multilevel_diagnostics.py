"""Which effects drive a multilevel meta-analysis: weights, predicted random effects, and what each row
changes.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.covariance import codes, members
from skinproof.synthesis.multilevel_likelihood import Maximum, Model, climb, highest, scales, starts
from skinproof.synthesis.multilevel_result import MultilevelResult
from skinproof.synthesis.multilevel_terms import Term
from skinproof.synthesis.sums import Floats, Ints


def weights(result: MultilevelResult) -> Floats:
    """(k,) percent of the weight of each row: the row sums of the inverse of the marginal variance matrix."""
    found = np.empty(result.k)
    for rows, m in result.marginal:
        found[rows] = np.linalg.solve(m, np.ones((*rows.shape, 1)))[:, :, 0]
    percent: Floats = 100 * found / found.sum()
    return percent


def i2(result: MultilevelResult) -> Floats:
    """Percent of the variance of the effects that each random intercept makes; their sum is the total I2.

    The rest is the typical sampling variance of Higgins and Thompson.

    Source: Nakagawa and Santos 2012, doi:10.1007/s10682-012-9555-5.

    Raises: UsageError: the model has structured random effects: heterogeneity differs from level to level.
    """
    model = result.model
    if any(term.struct != "1" for term in model.terms):
        raise UsageError("I2 needs random intercepts only; heterogeneity here differs from level to level")
    gram, squares, trace = np.zeros((model.p, model.p)), np.zeros((model.p, model.p)), 0.0
    for rows, block in zip(model.v.rows, model.v.blocks, strict=True):
        w = np.linalg.inv(block)
        wx = w @ model.x[rows]
        trace += float(np.trace(w))
        gram += model.x[rows].T @ wx
        squares += wx.T @ wx
    typical = (model.k - model.p) / (trace - float(np.trace(np.linalg.solve(gram, squares))))
    percent: Floats = 100 * result.sigma2 / (result.sigma2.sum() + typical)
    return percent


def hatvalues(result: MultilevelResult) -> Floats:
    """(k,) the leverage of each row."""
    model, found = result.model, np.empty(result.k)
    vb = np.linalg.inv(result.maximum.point.information)
    for rows, m in result.marginal:
        x = model.x[rows]
        found[rows] = np.einsum("bnp,pq,bnq->bn", x, vb, np.linalg.solve(m, x))
    return found


class RandomEffects(msgspec.Struct, frozen=True, kw_only=True):
    """Predicted random effects of a term. groups, levels, intrcpt, se: one for each group, or group and
    level.
    """

    term: str
    groups: tuple[str, ...]
    levels: tuple[str, ...]
    intrcpt: Floats
    se: Floats


def ranef(result: MultilevelResult) -> tuple[RandomEffects, ...]:
    """Best linear unbiased predictions of the random effects; se: of prediction minus the true effect.

    Source: Robinson 1991, doi:10.1214/ss/1177011926.
    """
    return tuple(_ranef(result, number) for number in range(len(result.model.terms)))


def _ranef(result: MultilevelResult, number: int) -> RandomEffects:
    model, term = result.model, result.model.terms[number]
    g = term.matrix(result.maximum.u[model.parts[number]])
    single = term.struct == "1"
    keys, effect = np.unique(
        term.group * (1 if single else term.p) + (0 if single else term.level), return_inverse=True
    )
    groups, levels = (
        (keys, np.zeros(len(keys), dtype=np.int64)) if single else (keys // term.p, keys % term.p)
    )
    vb = np.linalg.inv(result.maximum.point.information)
    residuals = model.y - model.x @ result.maximum.point.beta
    predicted, se = np.zeros(len(keys)), np.zeros(len(keys))
    for rows, ms in result.marginal:
        for row, m in zip(rows, ms, strict=True):
            here = np.unique(effect[row])
            same = groups[here][:, None] == term.group[row]
            c = np.where(same, g[levels[here][:, None], term.level[row]], 0.0)
            solved = np.linalg.solve(m, np.column_stack([residuals[row], model.x[row], c.T]))
            p = model.p
            predicted[here] = c @ solved[:, 0]
            by_mean = c @ solved[:, 1 : p + 1]
            lost = np.einsum("en,ne->e", c, solved[:, p + 1 :]) - np.einsum(
                "ep,pq,eq->e", by_mean, vb, by_mean
            )
            se[here] = np.sqrt(np.maximum(np.diagonal(g)[levels[here]] - lost, 0.0))
    return RandomEffects(
        term=term.name,
        groups=tuple(term.names[i] for i in groups),
        levels=tuple(term.levels[i] for i in levels),
        intrcpt=predicted,
        se=se,
    )


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """What leaving out each row, or each cluster, changes.

    labels: of the clusters, or row numbers from 1. cook_d: (n,) Cook's distance. beta: (n, p) coefficients
    without it. resid, se, z: (k,) each row's residual from the model without its cluster, and its standard
    error. status: (n,) 0, or 1 where the rest cannot be pooled: NaN stands for its numbers.
    """

    labels: tuple[str, ...]
    cook_d: Floats
    beta: Floats
    resid: Floats
    se: Floats
    z: Floats
    status: Ints


def deleted(result: MultilevelResult, cluster: Sequence[object] | None = None) -> Deleted:
    """The model refitted without each row, or without each cluster.

    metafor (3.8) gives NA where its search from scratch fails; here each refit begins at the whole model's
    estimates.
    """
    model, k, p = result.model, result.k, result.p
    groups, labels = codes(range(1, k + 1) if cluster is None else cluster, "cluster", k)
    n = len(labels)
    cook, betas = np.full(n, np.nan), np.full((n, p), np.nan)
    resid, se = np.full(k, np.nan), np.full(k, np.nan)
    status = np.ones(n, dtype=np.int64)
    own = np.empty(k)
    for number, out in enumerate(members(groups)):
        keep = np.ones(k, dtype=bool)
        keep[out] = False
        rest = _without(model, keep)
        found = None if rest is None else _refit(rest, result)
        if rest is None or found is None:
            continue
        vb = np.linalg.inv(found.point.information)
        change = result.maximum.point.beta - found.point.beta
        cook[number] = float(change @ result.maximum.point.information @ change)
        betas[number] = result.back @ found.point.beta
        own[out] = model.v.diagonal[out]
        for term, part in zip(model.terms, model.parts, strict=True):
            own[out] += np.diagonal(term.matrix(found.u[part]))[term.level[out]]
        x = model.x[out]
        resid[out] = model.y[out] - x @ found.point.beta
        se[out] = np.sqrt(own[out] + np.einsum("np,pq,nq->n", x, vb, x))
        status[number] = 0
    return Deleted(labels=labels, cook_d=cook, beta=betas, resid=resid, se=se, z=resid / se, status=status)


def _refit(rest: Model, result: MultilevelResult) -> Maximum | None:
    found = climb(rest, result.maximum.u, scales(rest), result.maxiter)
    if found is None or not found.found or (result.maximum.u == 0).any():
        found = highest(rest, [result.maximum.u, *starts(rest)], result.maxiter)
    return found if found is not None and found.found else None


def _without(model: Model, keep: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Model | None:
    """The model of the rows to keep, with the same columns and parameters; None where they are too few."""
    if keep.sum() <= model.p or np.linalg.matrix_rank(model.x[keep]) < model.p:
        return None
    terms: list[Term] = []
    for term in model.terms:
        group = term.group[keep]
        terms.append(msgspec.structs.replace(term, group=group, level=term.level[keep]))
    return Model(model.y[keep], model.x[keep], model.v.subset(keep), tuple(terms), model.restricted)


def require_blocks_within(result: MultilevelResult, groups: Ints) -> None:
    """Raises: SynthesisError: rows of different clusters depend on each other."""
    for rows, m in result.marginal:
        cross = (groups[rows][:, :, None] != groups[rows][:, None, :]) & (m != 0)
        if cross.any():
            block, one, two = (int(place[0]) for place in np.nonzero(cross))
            raise SynthesisError(
                f"rows {rows[block, one] + 1} and {rows[block, two] + 1} are in different clusters but depend on each "
                "other in the model; take clusters that hold all rows that share a random effect or a covariance"
            )
