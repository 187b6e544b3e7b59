"""Sampling errors that depend on each other: their covariances in blocks, checked, and ways to build them.

Estimates depend on each other when they come from the same people: several outcomes, several times, or
several arms compared with one control. Only the blocks are kept, so memory is the sum of their squared sizes.
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import cast

import msgspec
import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from skinproof.errors import SynthesisError
from skinproof.synthesis.problem import numbers
from skinproof.synthesis.sums import Floats, Ints

_SYMMETRIC = 1e-8
"""Two halves of a covariance matrix may differ by this part of their size: more is a typing error."""


class Covariance(msgspec.Struct, frozen=True, kw_only=True):
    """A (k, k) covariance matrix in blocks.

    rows: the places of each block, which together are 0 to k - 1; blocks: the (n, n) matrices of these
    places.
    """

    rows: tuple[Ints, ...]
    blocks: tuple[Floats, ...]

    @property
    def k(self) -> int:
        """Rows in all."""
        return sum(len(rows) for rows in self.rows)

    @property
    def diagonal(self) -> Floats:
        """(k,) the variances."""
        variances = np.empty(self.k)
        for rows, block in zip(self.rows, self.blocks, strict=True):
            variances[rows] = np.diagonal(block)
        return variances

    def dense(self) -> Floats:
        """(k, k): for small problems and for reading."""
        matrix = np.zeros((self.k, self.k))
        for rows, block in zip(self.rows, self.blocks, strict=True):
            matrix[np.ix_(rows, rows)] = block
        return matrix

    def subset(self, keep: npt.NDArray[np.bool_]) -> "Covariance":
        """The rows to keep, renumbered."""
        place = np.cumsum(keep) - 1
        parts = [
            (place[rows[keep[rows]]], block[np.ix_(keep[rows], keep[rows])])
            for rows, block in zip(self.rows, self.blocks, strict=True)
            if keep[rows].any()
        ]
        return Covariance(rows=tuple(rows for rows, _ in parts), blocks=tuple(block for _, block in parts))


def codes(labels: Iterable[object], name: str, k: int | None = None) -> tuple[Ints, tuple[str, ...]]:
    """Each row's label as a number, in order of first appearance, and the labels.

    Raises: SynthesisError: a label is missing, or there are not k of them.
    """
    seen: dict[str, int] = {}
    found: list[int] = []
    for row, label in enumerate(labels, 1):
        if label is None or (isinstance(label, float) and label != label) or str(label) == "":
            raise SynthesisError(f"row {row}, column {name}: no label; name the group of every row")
        if isinstance(label, (float, np.floating)) and float(label).is_integer():
            label = int(label)
        found.append(seen.setdefault(str(label), len(seen)))
    if k is not None and len(found) != k:
        raise SynthesisError(f"column {name} has {len(found)} labels for {k} rows; give one for each row")
    return np.array(found, dtype=np.int64), tuple(seen)


def members(group: Ints) -> tuple[Ints, ...]:
    """The places of each group, by its number."""
    order = np.argsort(group, kind="stable")
    return tuple(np.split(order, np.cumsum(np.bincount(group))[:-1]))


def as_covariance(v: npt.ArrayLike | Covariance | Sequence[npt.ArrayLike], k: int) -> Covariance:
    """Variances (k,), a matrix (k, k), a list of matrices along the diagonal, or blocks, as checked blocks.

    NaN in a row's own variance leaves its block unchecked: such rows are refused or left out later.

    Raises: SynthesisError: sizes do not fit k; not symmetric; not positive definite.
    """
    if isinstance(v, Covariance):
        found = v
    elif isinstance(v, (list, tuple)) and v and np.ndim(v[0]) == 2:
        found = _from_blocks([numbers(block, "V") for block in v])
    else:
        found = _from_array(numbers(cast(npt.ArrayLike, v), "V"), k)
    if found.k != k:
        raise SynthesisError(f"V covers {found.k} rows and yi has {k}; give a variance for each effect")
    for rows, block in zip(found.rows, found.blocks, strict=True):
        _check(rows, block)
    return found


def _from_blocks(blocks: Sequence[Floats]) -> Covariance:
    for number, block in enumerate(blocks, 1):
        if block.ndim != 2 or block.shape[0] != block.shape[1] or not block.size:
            raise SynthesisError(f"block {number} of V has shape {block.shape}; give square matrices")
    ends = np.cumsum([0, *(len(block) for block in blocks)])
    rows = tuple(np.arange(start, end) for start, end in pairwise(ends))
    return Covariance(rows=rows, blocks=tuple(blocks))


def _from_array(v: Floats, k: int) -> Covariance:
    if v.ndim <= 1:
        v = np.atleast_1d(v)
        return Covariance(rows=tuple(np.arange(len(v))[:, None]), blocks=tuple(v[:, None, None]))
    if v.ndim != 2 or v.shape[0] != v.shape[1]:
        raise SynthesisError(f"V has shape {v.shape}; give ({k},) variances or a ({k}, {k}) matrix")
    one, two = np.nonzero((v != 0) | (v.T != 0))
    groups = components(len(v), [(one, two)])
    rows = members(groups)
    return Covariance(rows=rows, blocks=tuple(v[np.ix_(part, part)] for part in rows))


def components(k: int, edges: Iterable[tuple[Ints, Ints]]) -> Ints:
    """(k,) the number of the part of the graph that each of k nodes is in."""
    pairs = [(np.asarray(one), np.asarray(two)) for one, two in edges]
    one = np.concatenate([np.zeros(0, dtype=np.int64), *(pair[0] for pair in pairs)])
    two = np.concatenate([np.zeros(0, dtype=np.int64), *(pair[1] for pair in pairs)])
    size = int(max(k, one.max(initial=-1) + 1, two.max(initial=-1) + 1))
    _, labels = connected_components(
        coo_array((np.ones(len(one)), (one, two)), shape=(size, size)), directed=False
    )
    return np.unique(labels[:k], return_inverse=True)[1].astype(np.int64)


def _check(rows: Ints, block: Floats) -> None:
    named = f"rows {', '.join(str(row + 1) for row in rows[:6])}{' ...' if len(rows) > 6 else ''}"
    if block.shape != (len(rows), len(rows)):
        raise SynthesisError(f"{named}: the block of V has shape {block.shape}")
    given = ~np.isnan(np.diagonal(block))
    block = block[np.ix_(given, given)]
    if not block.size:
        return
    if not np.isfinite(block).all():
        raise SynthesisError(f"{named}: a covariance in V is not a finite number; give all of the block")
    if len(block) == 1:
        return  # variances are checked with the effects, row by row
    variances = np.diagonal(block)
    if not (variances > 0).all():
        row = int(rows[given][int(np.argmin(variances))]) + 1
        raise SynthesisError(
            f"row {row}, column V: {variances.min():g} is not a variance: it must be above 0"
        )
    scale = np.sqrt(np.outer(variances, variances))
    if np.max(np.abs(block - block.T) / scale) > _SYMMETRIC:
        raise SynthesisError(f"{named}: V is not symmetric; give the same covariance in both halves")
    least = float(np.linalg.eigvalsh(block / scale)[0])
    if least <= 1e-10:
        raise SynthesisError(
            f"{named}: V is not positive definite (smallest eigenvalue of its correlations {least:.2g}); "
            "lower the assumed correlation, or leave out effects that others determine"
        )


def vcalc(
    vi: npt.ArrayLike,
    cluster: Sequence[object],
    *,
    rho: float | tuple[float, float] | None = None,
    type: Sequence[object] | None = None,  # metafor's name
    time: npt.ArrayLike | None = None,
    phi: float | None = None,
    grp1: Sequence[object] | None = None,
    grp2: Sequence[object] | None = None,
    w1: npt.ArrayLike | None = None,
    w2: npt.ArrayLike | None = None,
) -> Covariance:
    """The covariances of effects of the same cluster; effects of different clusters do not depend on each
    other.

    vi: (k,) variances. rho: the correlation of two effects of a cluster, or with `type` a pair: of the same
    type, and of different types. time, phi: the correlation falls as phi ** |difference in time|. grp1, grp2:
    the names of the two groups compared, with sizes w1, w2 (1 each where not given): effects that share a
    group have the correlation of differences of means, (1/n of the shared) / sqrt((1/n + 1/n)(1/n + 1/n)),
    negative where it changes sides. What is given is multiplied, as in metafor.

    Source: Gleser and Olkin 2009, in: The Handbook of Research Synthesis and Meta-Analysis (shared controls).

    Raises: SynthesisError: sizes differ; a correlation beyond -1 to 1; the result is not positive definite.

    >>> vcalc([1, 4], ["a", "a"], rho=0.5).blocks[0].tolist()
    [[1.0, 1.0], [1.0, 4.0]]
    """
    variances = np.atleast_1d(numbers(vi, "vi"))
    k = len(variances)
    within, _ = codes(cluster, "cluster", k)
    pair = rho if isinstance(rho, tuple) else (rho, rho)
    for value, name in ((pair[0], "rho"), (pair[1], "rho"), (phi, "phi")):
        if value is not None and not -1 <= value <= 1:
            raise SynthesisError(f"{name}={value:g} is not a correlation: give -1 to 1")
    if rho is None and time is None and grp1 is None:
        raise SynthesisError(
            "nothing says how effects depend on each other; give rho, time with phi, or grp1 and grp2"
        )
    kinds = np.zeros(k, dtype=np.int64) if type is None else codes(type, "type", k)[0]
    when = None if time is None else numbers(time, "time")
    if (when is None) != (phi is None):
        raise SynthesisError("time and phi go together; give both")
    shared = None if grp1 is None else _arms(grp1, grp2, w1, w2, k)
    blocks = []
    for rows in members(within):
        r = np.ones((len(rows), len(rows)))
        if rho is not None:
            same = kinds[rows][:, None] == kinds[rows]
            r *= np.where(same, np.float64(pair[0] or 0.0), np.float64(pair[1] or 0.0))
        if when is not None and phi is not None:
            r *= np.float64(phi) ** np.abs(when[rows][:, None] - when[rows])
        if shared is not None:
            r *= _overlap(shared[0][rows], shared[1][rows], shared[2][rows], shared[3][rows])
        np.fill_diagonal(r, 1.0)
        blocks.append(r * np.sqrt(np.outer(variances[rows], variances[rows])))
    return as_covariance(Covariance(rows=members(within), blocks=tuple(blocks)), k)


def _arms(
    grp1: Sequence[object],
    grp2: Sequence[object] | None,
    w1: npt.ArrayLike | None,
    w2: npt.ArrayLike | None,
    k: int,
) -> tuple[Ints, Ints, Floats, Floats]:
    if grp2 is None or len(grp1) != k or len(grp2) != k:
        raise SynthesisError(f"grp1 and grp2 name the two groups of each of the {k} effects; give both")
    both, _ = codes([*map(str, grp1), *map(str, grp2)], "grp1, grp2", 2 * k)
    sizes = [np.ones(k) if w is None else numbers(w, name) for w, name in ((w1, "w1"), (w2, "w2"))]
    for size, name in zip(sizes, ("w1", "w2"), strict=True):
        if size.shape != (k,) or not (size > 0).all():
            raise SynthesisError(f"{name}: give a size above 0 for each of the {k} effects")
    return both[:k], both[k:], sizes[0], sizes[1]


def _overlap(one: Ints, two: Ints, n1: Floats, n2: Floats) -> Floats:
    """Correlations of differences of means, group one minus group two, by the groups they share."""
    total = 1 / n1 + 1 / n2
    # where two rows name the same group their sizes should agree; the mean of 1/n is symmetric if they do not
    share = np.zeros((len(one), len(one)))
    for a, na, sign_a in ((one, n1, 1.0), (two, n2, -1.0)):
        for b, nb, sign_b in ((one, n1, 1.0), (two, n2, -1.0)):
            share += sign_a * sign_b * (a[:, None] == b) * 0.5 * (1 / na[:, None] + 1 / nb)
    correlations: Floats = share / np.sqrt(np.outer(total, total))
    return correlations


def aggregate(
    yi: npt.ArrayLike, v: Covariance, cluster: Sequence[object]
) -> tuple[Floats, Floats, tuple[str, ...]]:
    """One effect and variance for each cluster, weighted by the inverse of V, and the clusters' labels.

    yi: (k,) effects. Both arrays are (clusters,), in order of first appearance. Effects of different clusters
    must not depend on each other.

    Raises: SynthesisError: a block of V goes across clusters.
    """
    effects = numbers(yi, "yi")
    within, labels = codes(cluster, "cluster", len(effects))
    info, score = np.zeros(len(labels)), np.zeros(len(labels))
    for rows, block in zip(v.rows, v.blocks, strict=True):
        where = within[rows]
        if (where != where[0]).any():
            raise SynthesisError(
                f"row {rows[0] + 1}: its covariances reach beyond its cluster; take larger clusters"
            )
        weights = np.linalg.solve(block, np.ones(len(rows)))
        info[where[0]] += weights.sum()
        score[where[0]] += weights @ effects[rows]
    return score / info, 1 / info, labels
