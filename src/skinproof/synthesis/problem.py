"""What is to be pooled, checked: effects and variances of many meta-analyses, moderators and weights.

Every refusal names the row and the column. Rows and studies are counted from 1.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError
from skinproof.synthesis.mean_rows import MeanRows
from skinproof.synthesis.regression_rows import RegressionRows
from skinproof.synthesis.sums import Floats, Ints, Rows, Scratch

LEAST, MOST = 1e-50, 1e50
"""Sampling variances, and effects above, are typing errors outside; inside, no product of weights overflows."""

UNEVEN = 1e7
"""Ratio of variances at which metafor warns that results may not be stable."""

_BLOCK = 65_536
"""Numbers of a block, 512 KiB an array: less costs more calls, more falls out of the cache."""

_RANK = 1e-10
"""A column counts as a combination of the others when this part of its length, or less, is its own."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """m meta-analyses of up to k studies.

    y, v: (m, k) effects and sampling variances; y = 0 and v = inf where there is no study. k: (m,) studies present.
    x: None where the mean is the only coefficient, else (k, p) or (m, k, p) with orthonormal columns, and back
    (p, p) or (m, p, p) turns its coefficients into those of the moderators as given. weights: (m, k), 0 where there is
    no study. ragged: whether a study is absent anywhere. full_rank: (m,) whether the coefficients can be told apart.
    intercept: whether the first column is the intercept.
    """

    y: Floats
    v: Floats
    k: Floats
    ragged: bool
    names: tuple[str, ...]
    intercept: bool
    x: Floats | None = None
    back: Floats | None = None
    weights: Floats | None = None
    full_rank: npt.NDArray[np.bool_] | None = None

    @property
    def p(self) -> int:
        """Coefficients of the model."""
        return len(self.names)

    def rows(self, index: Ints | slice, shared: Scratch | None = None) -> Rows:
        """The meta-analyses at these places, in the memory order in which sums over the studies are quick.

        shared: the scratch memory of rows that are done with.
        """
        y, v, k = self.y[index], self.v[index], self.k[index]
        if len(y) > y.shape[1] > 1:
            y, v = np.asfortranarray(y), np.asfortranarray(v)
        if self.x is None:
            return MeanRows(y, v, k, shared)
        return RegressionRows(y, v, k, self.x if self.x.ndim == 2 else self.x[index], shared)

    def spans_constant(self, index: Ints) -> npt.NDArray[np.bool_]:
        """(m,) whether some combination of the columns of x is 1 for every study."""
        if self.x is None:
            return np.ones(len(index), dtype=bool)
        x = self.x if self.x.ndim == 2 else self.x[index]
        explained = np.square(x.sum(axis=-2)).sum(axis=-1)
        spans: npt.NDArray[np.bool_] = self.k[index] - explained < _RANK * self.k[index]
        return spans

    def spread(self, index: Ints | slice) -> Floats:
        """(m,) the largest variance over the smallest of meta-analyses that have studies."""
        v = self.v[index]
        least, most = v.min(axis=1), np.where(np.isinf(v), 0.0, v).max(axis=1)
        spread: Floats = np.divide(most, least, out=np.ones(len(v)), where=np.isfinite(least))
        return spread

    def blocks(self, places: Ints) -> list[Ints]:
        """These places, in parts whose dozen temporary arrays stay in the processor's cache."""
        size = self.block
        return [places[start : start + size] for start in range(0, len(places), size)]

    @property
    def block(self) -> int:
        """Meta-analyses to work on at a time."""
        k: int = self.y.shape[1]
        return max(1, _BLOCK // max(k, 1))

    def weights_at(self, index: Ints | slice, rows: Rows) -> Floats | None:
        """The weights of the meta-analyses at these places, in the order of their rows."""
        return None if self.weights is None else rows.arranged(self.weights[index])


def numbers(values: npt.ArrayLike, name: str) -> Floats:
    """The values as a float array.

    Raises: SynthesisError: something is not a number.
    """
    try:
        array: Floats = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SynthesisError(_not_numbers(values, name)) from error
    return array


def _not_numbers(values: object, name: str) -> str:
    if isinstance(values, (Sequence, np.ndarray)) and not isinstance(values, str):
        for row, value in enumerate(values, 1):
            try:
                np.asarray(value, dtype=np.float64)
            except (TypeError, ValueError):
                return f"row {row}, column {name}: {str(value)[:40]!r} is not a number; give numbers, or NaN for none"
        return f"column {name}: the rows have different lengths; fill the shorter ones with NaN"
    return f"column {name}: {str(values)[:40]!r} is not a list of numbers"


def arrange(
    y: npt.ArrayLike,
    v: npt.ArrayLike,
    *,
    mods: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    intercept: bool = True,
    weights: npt.ArrayLike | None = None,
    absent: bool = True,
    omit: bool = False,
    words: tuple[str, str] = ("yi", "vi"),
) -> Problem:
    """The checked problem.

    y: (m, k); v: (m, k) or (k,); mods: (k,), (k, q) or (m, k, q) without the intercept; weights: (m, k) or (k,).
    A study with NaN in both y and v is absent, or refused unless `absent`; with NaN in one of them, in a moderator or in
    its weight it is refused, or left out if `omit`.

    Raises: SynthesisError: lengths differ, a value is no number, not finite, or a variance or weight not positive;
        moderators cannot be told apart.
    """
    effects, variances = np.array(numbers(y, words[0]), order="C"), numbers(v, words[1])
    if effects.ndim != 2:
        raise SynthesisError(
            f"{words[0]} has {effects.ndim} dimensions; give (m, k): a row for each meta-analysis"
        )
    m, k = effects.shape
    if variances.shape not in ((m, k), (k,)):
        raise SynthesisError(
            f"{words[0]} has shape {effects.shape} and {words[1]} {variances.shape}; give one variance for each effect"
        )
    variances = np.array(variances if variances.ndim == 2 else np.broadcast_to(variances, (m, k)), order="C")
    x = None if mods is None else _moderators(mods, m, k)
    w = None if weights is None else _weights(weights, m, k)
    ragged = _absent(effects, variances, x, w, (absent, omit), words)
    present = np.isfinite(variances)
    counts = np.count_nonzero(present, axis=1).astype(np.float64) if ragged else np.full(m, float(k))
    if w is not None and ragged:
        w = np.where(present, w, 0.0)
    if x is None and intercept:
        return Problem(
            y=effects, v=variances, k=counts, ragged=ragged, names=("intrcpt",), intercept=True, weights=w
        )
    if x is None:
        raise SynthesisError("neither moderators nor an intercept: there is nothing to estimate")
    labels = _names(names, x.shape[-1])
    if intercept:
        x = np.concatenate([np.ones((*x.shape[:-1], 1)), x], axis=-1)
        labels = ("intrcpt", *labels)
    else:
        intercept = bool(np.all(np.where(present, x[..., 0], 1.0) == 1.0))
    x, back, full_rank = _orthonormal(x, present, labels, ragged)
    return Problem(
        y=effects, v=variances, k=counts, ragged=ragged, names=labels, intercept=intercept,
        x=x, back=back, weights=w, full_rank=full_rank,
    )  # fmt: skip


def _moderators(mods: npt.ArrayLike, m: int, k: int) -> Floats:
    x = np.array(numbers(mods, "mods"))
    if x.ndim == 1:
        x = x[:, None]
    if x.shape[:-1] not in ((k,), (m, k)) or not x.shape[-1]:
        raise SynthesisError(f"mods has shape {x.shape}; give a row for each of the {k} studies")
    return x


def _names(names: Sequence[str] | None, q: int) -> tuple[str, ...]:
    if names is None:
        return ("mods",) if q == 1 else tuple(f"mods{place}" for place in range(1, q + 1))
    if len(names) != q:
        raise SynthesisError(f"{len(names)} names for {q} moderators")
    return tuple(names)


def _weights(weights: npt.ArrayLike, m: int, k: int) -> Floats:
    w = numbers(weights, "weights")
    if w.shape not in ((m, k), (k,)):
        raise SynthesisError(f"weights has shape {w.shape}; give one for each of the {k} studies")
    return np.array(np.broadcast_to(w, (m, k)))


def _absent(
    y: Floats, v: Floats, x: Floats | None, w: Floats | None, allow: tuple[bool, bool], words: tuple[str, str]
) -> bool:
    """Marks absent studies in place and says whether there are any; refuses what cannot be used."""
    # one pass each says whether all is well, without arrays of flags
    if not v.size or (
        v.min() >= LEAST
        and v.max() <= MOST
        and y.min() >= -MOST
        and y.max() <= MOST
        and (x is None or (np.isfinite(x.min()) and np.isfinite(x.max())))
        and (w is None or (w.min() > 0 and np.isfinite(w.max())))
    ):
        return False
    gone_y, gone_v = np.isnan(y), np.isnan(v)
    absent, omit = allow
    gone = gone_y & gone_v & (absent or omit)
    partly = {words[0]: gone_y & ~gone, words[1]: gone_v & ~gone}
    if x is not None:
        partly["mods"] = np.isnan(x).any(axis=-1) & ~gone
    if w is not None:
        partly["weights"] = np.isnan(w) & ~gone
    for name, where in partly.items():
        if omit:
            gone = gone | where
        elif where.any():
            raise SynthesisError(
                f"{_place(where, name)}: no number (NaN); complete it, or leave such studies out with missing='omit'"
            )
    _refuse(np.isinf(y) & ~gone, y, words[0], "is not finite")
    _refuse((np.abs(y) > MOST) & ~gone, y, words[0], "is beyond any unit; check it, or give other units")
    _refuse(~(v > 0) & ~gone, v, words[1], "is not a variance: it must be above 0")
    _refuse(
        ((v < LEAST) | (v > MOST)) & ~gone, v, words[1], "is beyond any unit; check it, or give other units"
    )
    if x is not None:
        _refuse(
            np.isinf(x).any(axis=-1) & ~gone, np.broadcast_to(np.inf, gone.shape), "mods", "is not finite"
        )
        x[np.isnan(x)] = 0.0
    if w is not None:
        _refuse(
            ~((w > 0) & np.isfinite(w)) & ~gone,
            w,
            "weights",
            "is not a weight: it must be above 0 and finite; leave the study out instead",
        )
    y[gone], v[gone] = 0.0, np.inf
    return bool(gone.any())


def _place(where: npt.NDArray[np.bool_], name: str) -> str:
    row, study = (int(place[0]) + 1 for place in np.nonzero(np.atleast_2d(where)))
    return (
        f"row {study}, column {name}"
        if len(where) == 1
        else f"meta-analysis {row}, study {study}, column {name}"
    )


def _refuse(where: npt.NDArray[np.bool_], values: Floats, name: str, why: str) -> None:
    if where.any():
        value = values[tuple(place[0] for place in np.nonzero(where))]
        raise SynthesisError(f"{_place(where, name)}: {value:g} {why}")


def _orthonormal(
    x: Floats, present: npt.NDArray[np.bool_], names: tuple[str, ...], ragged: bool
) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """The design with orthonormal columns, what turns its coefficients back, and whether each has full rank.

    Raises: SynthesisError: of a single design, naming the column that is a combination of those before it.
    """
    shared = x.ndim == 2
    if ragged:
        x = np.where(present[..., None], x, 0.0)  # absent studies say nothing about the rank
        shared = False
    designs = x[None] if shared else x
    if designs.shape[1] < designs.shape[2]:
        return designs[0] if shared else designs, np.eye(designs.shape[2]), np.zeros(len(present), dtype=bool)
    q, back, apart = _gram_schmidt(np.ascontiguousarray(designs.transpose(2, 1, 0)))
    full: npt.NDArray[np.bool_] = np.logical_and.reduce(apart, axis=0)
    if len(designs) == 1 and not full[0] and present[0].sum() >= len(names):
        column = names[int(np.argmin(apart[:, 0]))]
        raise SynthesisError(
            f"column {column} of mods is constant or a combination of the columns before it; leave it out"
        )
    if shared:
        return q[0], back[0], np.broadcast_to(full, (len(present),))
    return q, back, full


def _gram_schmidt(columns: Floats) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
    """(m, k, p) orthonormal columns, (m, p, p) what turns their coefficients back, and (p, m) whether each column is more
    than a combination of those before it. columns: (p, k, m), which is changed.

    What a column has along those before it is taken off twice: then nothing is left of it but rounding. LAPACK would
    be called once a row. Source: Giraud, Langou and Rozloznik 2005, doi:10.1016/j.camwa.2005.08.009.
    """
    p, _, m = columns.shape
    apart, turn = np.ones((p, m), dtype=bool), np.zeros((p, p, m))
    for place, column in enumerate(columns):
        length = np.sqrt(np.einsum("km,km->m", column, column))
        turn[place, place] = 1.0 / np.where(length > 0, length, 1.0)
        column *= turn[place, place]
        for _ in range(2):
            along = np.einsum("ckm,km->cm", columns[:place], column)
            column -= np.einsum("cm,ckm->km", along, columns[:place])
            turn[place] -= np.einsum("cm,cim->im", along, turn[:place])
        own = np.sqrt(np.einsum("km,km->m", column, column))
        apart[place] = own > _RANK
        scale = 1.0 / np.where(apart[place], own, 1.0)
        column *= scale
        turn[place] *= scale
    return columns.transpose(2, 1, 0), turn.transpose(2, 1, 0), apart
