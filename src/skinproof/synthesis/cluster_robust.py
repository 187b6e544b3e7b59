"""Standard errors that hold whatever the dependence within clusters: the sandwich, and its small-sample
forms.

Source: Hedges, Tipton and Johnson 2010, doi:10.1002/jrsm.5 (robust variances in meta-analysis); Pustejovsky
and Tipton 2018, doi:10.1080/07350015.2016.1247004 (CR2, Satterthwaite's degrees of freedom and the test of
several coefficients); Tipton 2015, doi:10.1037/met0000011 (fewer than 4 degrees of freedom).
"""

from collections.abc import Sequence
from functools import cached_property

import msgspec
import numpy as np
from scipy import special

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis import confidence
from skinproof.synthesis.covariance import codes, members
from skinproof.synthesis.multilevel_diagnostics import require_blocks_within
from skinproof.synthesis.multilevel_result import MultilevelResult
from skinproof.synthesis.pool_result import PoolResult
from skinproof.synthesis.sums import Floats, Ints

ADJUSTMENTS = ("CR0", "CR1", "CR2")


class _Cluster(msgspec.Struct, frozen=True):
    """Rows of a cluster: design x (n, p), weights times design wx (n, p), residuals r (n,), working variance
    phi (n, n).
    """

    x: Floats
    wx: Floats
    r: Floats
    phi: Floats


class Robust:
    """Coefficients with cluster-robust standard errors; names as in the result they come from.

    n_clusters: clusters; adjust: CR0, CR1 or CR2; dfs: (p,) degrees of freedom, n_clusters - p or
    Satterthwaite's. qm: the F test of all coefficients but the intercept with qm_df degrees of freedom (CR2:
    Hotelling's T2 with approximated ones).
    """

    def __init__(
        self,
        names: tuple[str, ...],
        intercept: bool,
        beta: Floats,
        parts: list[_Cluster],
        bread: Floats,
        back: Floats,
        adjust: str,
        level: float,
    ) -> None:
        self.names, self.adjust, self.level = names, adjust, level
        self.p, self.n_clusters = len(names), len(parts)
        self._beta, self._back = beta, back
        self._tested = slice(1, None) if intercept and self.p > 1 else slice(None)
        self._parts, self._bread = parts, bread
        middle = np.zeros((self.p, self.p))
        self._ts: list[Floats] = []
        for part in parts:
            t = self._adjusted(part) if adjust == "CR2" else part.wx
            score = t.T @ part.r
            middle += np.outer(score, score)
            self._ts.append(t)
        if adjust == "CR1":
            middle *= self.n_clusters / (self.n_clusters - self.p)
        self._vb = back @ bread @ middle @ bread @ back.T
        if not (np.diagonal(self._vb) > 0).all():
            name = names[int(np.argmin(np.diagonal(self._vb)))]
            raise SynthesisError(
                f"coefficient {name}: the clusters do not differ at all; check the rows for copies"
            )

    @cached_property
    def _spread(self) -> Floats:
        """(p, p) the variance of the coefficients under the working model, in the columns worked with."""
        inner = sum((part.wx.T @ part.phi @ part.wx for part in self._parts), np.zeros((self.p, self.p)))
        spread: Floats = self._bread @ inner @ self._bread
        return spread

    def _adjusted(self, part: _Cluster) -> Floats:
        """(n, p) A'W X with the adjustment that makes the sandwich right on average under the working
        model.
        """
        hat = part.x @ self._bread @ part.wx.T
        lost = hat @ part.phi
        left = part.phi - lost - lost.T + part.x @ self._spread @ part.x.T
        root = np.linalg.cholesky(part.phi).T
        values, vectors = np.linalg.eigh(root @ left @ root.T)
        keep = values > 1e-10 * max(float(values[-1]), 1e-300)
        inverse = (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T
        a = root.T @ inverse @ root
        adjusted: Floats = a.T @ part.wx
        return adjusted

    @property
    def _plain(self) -> bool:
        return self.names == ("intrcpt",)

    def _shown(self, values: Floats) -> float | Floats:
        return float(values[0]) if self._plain else values

    @property
    def vb(self) -> float | Floats:
        """(p, p) the robust variance of the coefficients."""
        return float(self._vb[0, 0]) if self._plain else self._vb

    @property
    def beta(self) -> float | Floats:
        return self._shown(self._beta)

    @property
    def _se(self) -> Floats:
        return np.sqrt(np.diagonal(self._vb))

    @property
    def se(self) -> float | Floats:
        return self._shown(self._se)

    @property
    def zval(self) -> float | Floats:
        return self._shown(self._beta / self._se)

    @cached_property
    def dfs(self) -> Floats:
        """(p,) degrees of freedom."""
        if self.adjust != "CR2":
            return np.full(self.p, float(self.n_clusters - self.p))
        return np.array([1 / self._moments(row[None, :])[1] for row in self._back])

    @property
    def pval(self) -> float | Floats:
        return self._shown(confidence.two_sided(self._beta / self._se, self.dfs))

    @property
    def _half(self) -> Floats:
        return confidence.critical(self.dfs, self.level) * self._se

    @property
    def ci_lb(self) -> float | Floats:
        return self._shown(self._beta - self._half)

    @property
    def ci_ub(self) -> float | Floats:
        return self._shown(self._beta + self._half)

    def _moments(self, contrast: Floats) -> tuple[float, float]:
        """The sums over pairs of clusters of tr(O)^2 and tr(O O), O (q, q) the covariance of two clusters'
        scores.

        contrast: (q, p) of the coefficients worked with. The scores are whitened by the variance they should
        have. O = [same cluster] D - a B b' - b B a' + a C a', so no pair of clusters is visited one by one.
        """
        q = len(contrast)
        values, vectors = np.linalg.eigh(contrast @ self._spread @ contrast.T)
        white = (vectors / np.sqrt(values)) @ vectors.T
        side = self._bread @ contrast.T @ white.T
        n = self.n_clusters
        a, b, d = np.empty((n, q, self.p)), np.empty((n, q, self.p)), np.empty((n, q, q))
        for place, (part, t) in enumerate(zip(self._parts, self._ts, strict=True)):
            g = t @ side
            a[place], b[place] = g.T @ part.x, g.T @ part.phi @ part.wx
            d[place] = g.T @ part.phi @ g
        # O_gh = left_g right_h' with these, beside the D of the same cluster
        left = np.concatenate([-a @ self._bread, -b @ self._bread, a @ self._spread], axis=2)
        right = np.concatenate([b, a, a], axis=2)
        own = np.einsum("gqi,gri->gqr", left, right)
        trace_d = np.einsum("gqq->g", d)
        trace_own = np.einsum("gqq->g", own)
        # sum over g, h of tr(left_g right_h')^2, by the moments of the flattened sides
        flat_left, flat_right = left.reshape(n, -1), right.reshape(n, -1)
        squares = float(np.sum((flat_left.T @ flat_left) * (flat_right.T @ flat_right)))
        # sum over g, h of tr(left_g right_h' left_g right_h'): pairs of sides within each cluster
        lefts = np.einsum("gqi,grj->qirj", left, left)
        rights = np.einsum("hqi,hrj->qirj", right, right)
        products = float(np.einsum("qirj,riqj->", lefts, rights))
        squares += float(np.sum(trace_d**2 + 2 * trace_d * trace_own))
        products += float(np.einsum("gqr,grq->", d, d) + 2 * np.einsum("gqr,grq->", d, own))
        return squares, products

    @cached_property
    def _test(self) -> tuple[float, int, float]:
        beta, vb = self._beta[self._tested], self._vb[self._tested, self._tested]
        m = len(beta)
        if np.linalg.matrix_rank(vb, hermitian=True) < m:
            raise SynthesisError(f"{self.n_clusters} clusters are too few to test {m} coefficients at once")
        statistic = float(beta @ np.linalg.solve(vb, beta)) / m
        if self.adjust != "CR2":
            return statistic, m, float(self.n_clusters - self.p)
        squares, products = self._moments(self._back[self._tested])
        eta = m * (m + 1) / (squares + products)
        if eta <= m - 1:
            raise SynthesisError(
                f"{self.n_clusters} clusters are too few to test {m} coefficients at once by CR2"
            )
        return statistic * (eta - m + 1) / eta, m, eta - m + 1

    @property
    def qm(self) -> float:
        return self._test[0]

    @property
    def qm_df(self) -> tuple[int, float]:
        return self._test[1], self._test[2]

    @property
    def qmp(self) -> float:
        statistic, m, df = self._test
        return float(special.fdtrc(m, df, statistic))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the numbers."""
        few = [name for name, df in zip(self.names, self.dfs, strict=True) if self.adjust == "CR2" and df < 4]
        said = [
            f"{name}: fewer than 4 degrees of freedom; its p-value is not to be relied on." for name in few
        ]
        if self.adjust != "CR2" and self.n_clusters < 40:
            said.append(
                f"{self.n_clusters} clusters: {self.adjust} is too narrow with fewer than about 40; take CR2."
            )
        return tuple(said)


def robust(result: PoolResult | MultilevelResult, cluster: Sequence[object], adjust: str = "CR2") -> Robust:
    """The result's coefficients with standard errors robust to any dependence within clusters.

    cluster: (k,) labels of the rows that were pooled. adjust: CR0 the plain sandwich; CR1 times clusters /
    (clusters - p), both with t of clusters - p degrees of freedom; CR2 the bias-reduced one with the result's
    own model as working model, and Satterthwaite's degrees of freedom.

    Raises:
        UsageError: no such adjustment.
        SynthesisError: labels are missing; no more clusters than coefficients; one cluster alone decides a
            coefficient; rows of different clusters depend on each other in the model (CR2).
    """
    if adjust not in ADJUSTMENTS:
        raise UsageError(f"no adjustment {adjust!r}; there are {', '.join(ADJUSTMENTS)}")
    k = result.k
    groups, labels = codes(cluster, "cluster", k)
    p = len(result.names)
    if len(labels) <= p:
        raise SynthesisError(
            f"{len(labels)} clusters for {p} coefficients: there must be more clusters; take fewer moderators"
        )
    if isinstance(result, MultilevelResult):
        parts, bread = _of_multilevel(result, groups, adjust)
        beta, back, intercept = result._beta, result.back, result.intercept
    else:
        parts, bread, beta, back = _of_pool(result, groups)
        intercept = result.many.problem.intercept
    if adjust == "CR2":
        _refuse_decisive(parts, bread, back, result.names, labels)
    return Robust(result.names, intercept, beta, parts, bread, back, adjust, result.level)


def _refuse_decisive(
    parts: list[_Cluster], bread: Floats, back: Floats, names: tuple[str, ...], labels: tuple[str, ...]
) -> None:
    """A coefficient that one cluster alone decides has no variance between clusters."""
    for place, part in enumerate(parts):
        rest = np.linalg.inv(bread) - part.x.T @ part.wx
        values, vectors = np.linalg.eigh(0.5 * (rest + rest.T))
        if values[0] <= 1e-10 * values[-1]:
            name = names[int(np.argmax(np.abs(back @ vectors[:, 0])))]
            raise SynthesisError(
                f"coefficient {name}: cluster {labels[place]} alone decides it, so CR2 has nothing to compare; leave "
                "the moderator out, or take larger clusters"
            )


def _of_multilevel(result: MultilevelResult, groups: Ints, adjust: str) -> tuple[list[_Cluster], Floats]:
    model = result.model
    if adjust == "CR2":
        require_blocks_within(result, groups)
    wx = np.empty_like(model.x)
    where: dict[int, tuple[int, int]] = {}
    for number, (rows, m) in enumerate(result.marginal):
        wx[rows] = np.linalg.solve(m, model.x[rows])
        for block, row in enumerate(rows):
            where |= {int(r): (number, block) for r in row} if adjust == "CR2" else {}
    residuals = model.y - model.x @ result.maximum.point.beta
    parts = []
    for rows in members(groups):
        phi = np.zeros((len(rows), len(rows)))
        if adjust == "CR2":
            place = {int(row): i for i, row in enumerate(rows)}
            for number, block in {where[int(row)] for row in rows}:
                inside = result.marginal[number][0][block]
                at = [place[int(row)] for row in inside]
                phi[np.ix_(at, at)] = result.marginal[number][1][block]
        parts.append(_Cluster(model.x[rows], wx[rows], residuals[rows], phi))
    bread: Floats = np.linalg.inv(result.maximum.point.information).astype(np.float64)
    return parts, bread


def _of_pool(result: PoolResult, groups: Ints) -> tuple[list[_Cluster], Floats, Floats, Floats]:
    problem, settings = result.many.problem, result.many.settings
    kept = np.isfinite(problem.v[0])
    y, v = problem.y[0][kept], problem.v[0][kept]
    x, back = np.ones((len(y), 1)), np.eye(1)
    if problem.x is not None and problem.back is not None:
        x = (problem.x if problem.x.ndim == 2 else problem.x[0])[kept]
        back = problem.back if problem.back.ndim == 2 else problem.back[0]
    phi = v + result.tau2
    weights = 1 / phi
    if problem.weights is not None:
        weights = problem.weights[0][kept]
    elif not settings.weighted:
        weights = np.ones_like(phi)
    wx = weights[:, None] * x
    bread = np.linalg.inv(x.T @ wx)
    beta = bread @ (wx.T @ y)
    residuals = y - x @ beta
    parts = [_Cluster(x[rows], wx[rows], residuals[rows], np.diag(phi[rows])) for rows in members(groups)]
    return parts, bread, back @ beta, back
