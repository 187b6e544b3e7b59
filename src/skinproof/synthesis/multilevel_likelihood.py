"""The likelihood of a multilevel model, block by block, and its highest point.

y ~ N(X b, M), M = V + what the random effects add. Rows that depend on each other, by V or by a random
effect, form a block; blocks of one size are worked on together. Memory is the sum of the squared sizes of the
blocks.

Source: Harville 1977, doi:10.1080/01621459.1977.10480998 (restricted likelihood and its slopes).
"""

from itertools import pairwise

import msgspec
import numpy as np

from skinproof.synthesis.covariance import Covariance, components, members
from skinproof.synthesis.likelihood import LOG_2PI
from skinproof.synthesis.multilevel_terms import Term
from skinproof.synthesis.sums import Floats, Ints


class Batch:
    """B blocks of n rows. rows: (B, n) their places; at, of: where in (B, n, n) each term adds which
    pattern.
    """

    def __init__(self, rows: Ints, v: Floats, y: Floats, x: Floats, terms: tuple[Term, ...]) -> None:
        self.rows, self.v, self.y, self.x = rows, v, y[rows], x[rows]
        self.at: list[Ints] = []
        self.of: list[Ints] = []
        for term in terms:
            group, level = term.group[rows], term.level[rows]
            shape = (*rows.shape, rows.shape[1])
            one, two = (np.broadcast_to(part, shape) for part in (level[:, :, None], level[:, None, :]))
            pattern = np.where(group[:, :, None] == group[:, None, :], term.patterns(one, two), -1).ravel()
            self.at.append(np.flatnonzero(pattern >= 0))
            self.of.append(pattern[self.at[-1]])

    def marginal(self, added: list[Floats]) -> Floats:
        """(B, n, n) M."""
        m = self.v.copy()
        flat = m.reshape(-1)
        for at, of, c in zip(self.at, self.of, added, strict=True):
            flat[at] += c[of]
        return m


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """The likelihood at some parameters. height: the log likelihood (that of the method); slope: by the free
    numbers u.

    beta: (p,); information: (p, p) X'M^-1 X; rss: weighted; log_det: of M.
    """

    height: float
    slope: Floats
    beta: Floats
    information: Floats
    rss: float
    log_det: float


class Model:
    """y: (k,); x: (k, p) with orthonormal columns; v: blocks; terms: random effects."""

    def __init__(
        self, y: Floats, x: Floats, v: Covariance, terms: tuple[Term, ...], restricted: bool
    ) -> None:
        self.y, self.x, self.v, self.terms, self.restricted = y, x, v, terms, restricted
        self.k, self.p = x.shape
        self.batches = self._batches()
        ends = np.cumsum([0, *(term.parameters for term in terms)])
        self.parts = [slice(int(a), int(b)) for a, b in pairwise(ends)]
        self.size = int(ends[-1])
        self.fixed = np.concatenate([np.zeros(0), *(term.fixed for term in terms)])

    def with_terms(self, terms: tuple[Term, ...]) -> "Model":
        """The same rows with other random effects of the same groups (a held value, another order of
        levels).
        """
        other = object.__new__(Model)
        other.__dict__.update(self.__dict__)
        other.terms = terms
        other.fixed = np.concatenate([np.zeros(0), *(term.fixed for term in terms)])
        return other

    def _batches(self) -> list[Batch]:
        edges: list[tuple[Ints, Ints]] = []
        start = self.k
        for rows in self.v.rows:
            if len(rows) > 1:
                edges.append((np.full(len(rows) - 1, rows[0]), rows[1:]))
        for term in self.terms:
            joined = term.joined
            edges.append((np.arange(self.k), start + joined))
            start += int(joined.max()) + 1
        # the blocks of V within each block of rows
        block_of = components(self.k, edges)
        blocks = members(block_of)
        place = np.empty(self.k, dtype=np.int64)
        for rows in blocks:
            place[rows] = np.arange(len(rows))
        sizes = np.array([len(rows) for rows in blocks])
        batches, index = {}, np.empty(len(blocks), dtype=np.int64)
        for n in np.unique(sizes):
            chosen = np.flatnonzero(sizes == n)
            index[chosen] = np.arange(len(chosen))
            batches[int(n)] = (chosen, np.zeros((len(chosen), n, n)))
        for rows, block in zip(self.v.rows, self.v.blocks, strict=True):
            into = int(block_of[rows[0]])
            target = batches[int(sizes[into])][1][index[into]]
            target[np.ix_(place[rows], place[rows])] = block
        return [
            Batch(np.stack([blocks[i] for i in chosen]), v, self.y, self.x, self.terms)
            for chosen, v in batches.values()
        ]

    def added(self, u: Floats) -> tuple[list[Floats], list[Floats]]:
        """What each term adds for each of its patterns, and the slopes of that."""
        found = [term.values(u[part]) for term, part in zip(self.terms, self.parts, strict=True)]
        return [c for c, _ in found], [slopes for _, slopes in found]

    def at(self, u: Floats, slopes: bool = True) -> Point | None:
        """The likelihood at u; None where M is not positive definite."""
        added, changes = self.added(u)
        p = self.p
        gram, vector, square, log_det = np.zeros((p, p)), np.zeros(p), 0.0, 0.0
        kept: list[tuple[Floats, Floats, Floats]] = []
        try:
            for batch in self.batches:
                root = np.linalg.cholesky(batch.marginal(added))
                log_det += 2 * float(np.log(np.diagonal(root, axis1=1, axis2=2)).sum())
                half = np.linalg.inv(root)
                x, y = half @ batch.x, (half @ batch.y[:, :, None])[:, :, 0]
                gram += np.einsum("bnp,bnq->pq", x, x)
                vector += np.einsum("bnp,bn->p", x, y)
                kept.append((half, x, y))
            whole = np.linalg.cholesky(gram)
        except np.linalg.LinAlgError:
            return None
        beta: Floats = np.linalg.solve(gram, vector).astype(np.float64)
        residuals = [y - x @ beta for _, x, y in kept]
        square = sum(float((r * r).sum()) for r in residuals)
        height = -0.5 * (self.k * LOG_2PI + log_det + square)
        if self.restricted:
            height += 0.5 * p * LOG_2PI - float(np.log(np.diagonal(whole)).sum())
        if not np.isfinite(height):
            return None
        slope = np.zeros(self.size)
        if slopes and self.size:
            by_pattern = [np.zeros(len(c)) for c in added]
            inverse = np.linalg.inv(whole)
            for batch, (half, x, _), r in zip(self.batches, kept, residuals, strict=True):
                turned = np.swapaxes(half, 1, 2)
                s = -(turned @ half)
                q = turned @ r[:, :, None]
                s += q @ np.swapaxes(q, 1, 2)
                if self.restricted:
                    h = turned @ (x @ inverse.T)
                    s += h @ np.swapaxes(h, 1, 2)
                flat = s.reshape(-1)
                for total, at, of in zip(by_pattern, batch.at, batch.of, strict=True):
                    total += np.bincount(of, flat[at], len(total))
            for part, change, total in zip(self.parts, changes, by_pattern, strict=True):
                slope[part] = 0.5 * change @ total
        return Point(height=height, slope=slope, beta=beta, information=gram, rss=square, log_det=log_det)


class Maximum(msgspec.Struct, frozen=True, kw_only=True):
    """Where the likelihood is highest. found: whether the search ended; flat: whether some direction hardly
    matters.
    """

    u: Floats
    point: Point
    found: bool
    flat: bool


def scales(model: Model) -> Floats:
    """(size,) by how much each free number should move to matter."""
    typical = _typical(model)
    found = [
        np.array([term.coordinate(i, typical) if i < term.variances else 1.0 for i in range(term.parameters)])
        for term in model.terms
    ]
    return np.concatenate([np.zeros(0), *found])


def _typical(model: Model) -> float:
    """The larger of a typical sampling variance and the variance of the residuals, for a scale."""
    variances = model.v.diagonal
    residuals: Floats = model.y - model.x @ (model.x.T @ model.y)
    spread = float(residuals @ residuals) / max(model.k - model.p, 1)
    return float(max(float(np.median(variances)), spread))


def starts(model: Model) -> list[Floats]:
    """Where to begin: heterogeneity shared equally, and by turns mostly in one component; correlations of
    both signs.
    """
    typical = _typical(model)
    n = len(model.terms)
    shares = [np.full(n, 1 / max(n, 1))]
    if n > 1:
        shares += [np.where(np.arange(n) == i, 0.8, 0.2 / (n - 1)) for i in range(min(n, 4))]
    structs = {term.struct for term in model.terms if term.correlations}
    signs = [0.5, -0.4, 0.9] if structs else [0.5]
    if structs & {"AR", "HAR", "CAR"}:
        signs.append(-0.8)  # these likelihoods often have a second maximum far out
    if n == 1 and len(signs) == 1:
        shares.append(np.array([0.05]))
    by_level = [np.full(term.variances, typical) for term in model.terms]
    choices = [(share, sign, by_level) for share in shares for sign in signs]
    if any(term.variances > 1 for term in model.terms):
        uneven = [_by_level(model, term, typical) for term in model.terms]
        choices += [(shares[0], sign, uneven) for sign in signs]
    found = []
    for share, sign, sizes in choices:
        parts = []
        for term, part, size in zip(model.terms, share, sizes, strict=True):
            rho = max(0.05, 0.5 + 0.5 * sign) if term.struct == "CAR" else max(sign, 0.8 * term.lowest)
            if term.struct == "UN" and term.p > 2 and sign < 0:
                rho = 0.0
            free = [*(size * float(part)).tolist(), *[rho] * term.correlations]
            held = [a if np.isnan(b) else b for a, b in zip(free, term.fixed, strict=True)]
            parts.append(np.array([term.coordinate(i, value) for i, value in enumerate(held)]))
        found.append(np.concatenate([np.zeros(0), *parts]))
    return found


def _by_level(model: Model, term: Term, typical: float) -> Floats:
    """(variances,) the variance of the residuals of each level beyond sampling error."""
    if term.variances == 1:
        return np.full(1, typical)
    residuals = model.y - model.x @ (model.x.T @ model.y)
    excess = np.bincount(term.level, residuals**2 - model.v.diagonal, term.p)
    count = np.maximum(np.bincount(term.level, minlength=term.p), 1)
    found: Floats = np.maximum(excess / count, 0.01 * typical)
    return found


def climb(model: Model, u: Floats, scale: Floats, maxiter: int) -> Maximum | None:
    """The maximum that leads up from u: Newton's steps with the curvature from differences of exact slopes.

    Steps follow the absolute curvature, so they always lead up; they are shortened until the likelihood
    rises.
    """
    free = np.flatnonzero(np.isnan(model.fixed))
    here = model.at(u)
    if here is None:
        return None
    if not len(free):
        return Maximum(u=u, point=here, found=True, flat=False)
    last, flat = np.inf, False
    for _ in range(maxiter):
        slope = here.slope[free] * scale[free]
        values, vectors = np.linalg.eigh(_curvature(model, u, scale, free))
        size = np.maximum(np.abs(values), 1e-7 * max(float(np.max(np.abs(values))), 1e-3))
        step = vectors @ ((vectors.T @ slope) / size)
        gain = float(slope @ step)
        flat = bool(np.min(-values) < 1e-6 * np.max(np.abs(values)))
        if gain < 1e-22 or (gain < 1e-13 and gain > 0.25 * last):
            left = _leave_saddle(model, u, here, values, vectors, scale, free)
            if left is None:
                return Maximum(u=u, point=here, found=True, flat=flat)
            u, here = left
            last = np.inf
            continue
        last = gain
        step *= min(1.0, 1.5 / float(np.max(np.abs(step))))
        moved = _rise(model, u, here, step, scale, free, gain)
        if moved is None:
            return Maximum(u=u, point=here, found=gain < 1e-7, flat=flat)
        u, here = moved
    return Maximum(u=u, point=here, found=last < 1e-9, flat=flat)


def _leave_saddle(
    model: Model, u: Floats, here: Point, values: Floats, vectors: Floats, scale: Floats, free: Ints
) -> tuple[Floats, Point] | None:
    """A higher point beside a level one that is no maximum, such as a variance of 0 from which the likelihood
    rises.
    """
    if values[-1] <= 1e-5 * float(np.max(np.abs(values))):
        return None
    best: tuple[Floats, Point] | None = None
    for width in (0.1, -0.1, 0.01, -0.01):
        there = u.copy()
        there[free] += width * vectors[:, -1] * scale[free]
        point = model.at(there)
        if point is not None and point.height > (here if best is None else best[1]).height + 1e-10:
            best = there, point
    return best


def _rise(
    model: Model, u: Floats, here: Point, step: Floats, scale: Floats, free: Ints, gain: float
) -> tuple[Floats, Point] | None:
    """The next point: the step, shortened until the likelihood rises (or, very near the top, does not fall
    visibly).
    """
    slack = 1e-12 * (1 + abs(here.height)) if gain < 1e-8 else 0.0
    for _ in range(40):
        there = u.copy()
        there[free] += step * scale[free]
        point = model.at(there)
        if point is not None and point.height > here.height - slack:
            return there, point
        step = 0.5 * step
    return None


def _curvature(model: Model, u: Floats, scale: Floats, free: Ints) -> Floats:
    """(free, free) second derivatives by the scaled free numbers; minus one where the likelihood cannot be
    seen.
    """
    matrix = np.zeros((len(free), len(free)))
    for i, place in enumerate(free):
        width = 1e-4 * scale[place]
        ends = []
        for sign in (1.0, -1.0):
            there = u.copy()
            there[place] += sign * width
            ends.append(model.at(there))
        if ends[0] is None or ends[1] is None:
            matrix[i, i] = -1.0
        else:
            matrix[i] = (ends[0].slope - ends[1].slope)[free] * scale[free] / 2e-4
    return 0.5 * (matrix + matrix.T)


def highest(model: Model, begin: list[Floats], maxiter: int) -> Maximum | None:
    """The highest maximum that the starts lead to, with what is 0, or a correlation of 1, put there
    exactly.
    """
    scale = scales(model)
    best: Maximum | None = None
    for u in begin:
        found = climb(model, u, scale, maxiter)
        if found is not None and (best is None or found.point.height > best.point.height + 1e-9):
            best = found
    return None if best is None else _settle(model, best, scale, maxiter)


def _settle(model: Model, best: Maximum, scale: Floats, maxiter: int) -> Maximum:
    u = best.u.copy()
    changed = False
    for term, part in zip(model.terms, model.parts, strict=True):
        for i in range(term.variances):
            place = part.start + i
            if np.isnan(model.fixed[place]) and 0 < abs(u[place]) < 1e-4 * scale[place]:
                u[place], changed = 0.0, True
    point = model.at(u) if changed else None
    if point is None or point.height < best.point.height - 1e-10 * (1 + abs(best.point.height)):
        return best
    again = climb(model, u, scale, maxiter)  # the others, beside an exact 0
    return again if again is not None and again.found else best
