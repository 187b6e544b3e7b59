"""Random effects of a multilevel model: which rows share one, and how their covariance depends on parameters.

A term adds c[pattern] to the covariance of two rows of the same group, where the pattern is known and c
depends on a few parameters. The optimiser moves free numbers u: a standard deviation is u (or u^2), a
correlation is a sine or cosine. An estimate at its bound (a variance of 0, a correlation of 1) is then an
ordinary maximum, reached quadratically.

Source: Pinheiro and Bates 1996, doi:10.1007/BF00140873 (spherical parametrisation of correlations).
"""

from collections.abc import Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError, UsageError
from skinproof.synthesis.covariance import codes
from skinproof.synthesis.problem import numbers
from skinproof.synthesis.sums import Floats, Ints

STRUCTS = ("CS", "HCS", "UN", "ID", "DIAG", "AR", "HAR", "CAR")


class Intercepts(msgspec.Struct, frozen=True):
    """A random effect that all rows of a group share (~ 1 | group), with variance sigma2.

    labels: (k,) of the groups. sigma2: fixes the variance.
    """

    labels: Sequence[object]
    name: str = "cluster"
    sigma2: float | None = None


class Structured(msgspec.Struct, frozen=True):
    """A random effect for each level within each group (~ levels | group), correlated within the group.

    levels: (k,), an outcome, arm or time; group: (k,). struct: CS (one variance, one correlation), HCS (a
    variance for each level, one correlation), UN (a correlation for each pair), ID and DIAG (no correlation),
    AR and HAR (levels at equal distances in the order of their numbers or names), CAR (levels are times).
    tau2, rho: fix them.
    """

    levels: Sequence[object] | Floats
    group: Sequence[object]
    struct: str = "CS"
    name: str = "level"
    group_name: str = "cluster"
    tau2: float | Sequence[float] | None = None
    rho: float | None = None


class Term(msgspec.Struct, frozen=True, kw_only=True):
    """A random effect, ready to be estimated.

    group, level: (k,) of each row. names: of the groups. levels: of the levels. lags: between levels, for AR,
    HAR and CAR. lowest: correlation that is possible. fixed: (parameters,) values that are not estimated,
    else NaN. order: of the levels in UN, whose first two have a correlation that can be held.
    """

    struct: str
    name: str
    group_name: str
    group: Ints
    level: Ints
    names: tuple[str, ...]
    levels: tuple[str, ...]
    fixed: Floats
    lags: Floats
    lowest: float
    order: tuple[int, ...]

    @property
    def p(self) -> int:
        return len(self.levels)

    @property
    def variances(self) -> int:
        """How many variances the term has."""
        return self.p if self.struct in ("HCS", "UN", "DIAG", "HAR") else 1

    @property
    def correlations(self) -> int:
        if self.struct == "UN":
            return self.p * (self.p - 1) // 2
        return 0 if self.struct in ("1", "ID", "DIAG") else 1

    @property
    def parameters(self) -> int:
        return self.variances + self.correlations

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """The pairs of levels that correlations of UN are about: by column of the lower triangle."""
        return [(i, j) for j in range(self.p) for i in range(j + 1, self.p)]

    @property
    def joined(self) -> Ints:
        """(k,) groups whose rows depend on each other by this term."""
        if self.struct in ("ID", "DIAG"):
            joined: Ints = np.unique(self.group * self.p + self.level, return_inverse=True)[1].astype(
                np.int64
            )
            return joined
        return self.group

    def patterns(self, one: Ints, two: Ints) -> Ints:
        """The pattern of pairs of levels within a group, -1 for none; HCS, UN, AR, ... number the pairs of
        levels.
        """
        if self.struct == "1":
            return np.zeros(one.shape, dtype=np.int64)
        same = one == two
        if self.struct in ("ID", "CS"):
            return np.where(same, 0, -1 if self.struct == "ID" else 1)
        if self.struct == "DIAG":
            return np.where(same, one, -1)
        return one * self.p + two

    def values(self, u: Floats) -> tuple[Floats, Floats]:
        """c of each pattern, and its slopes (parameters, patterns)."""
        t, dt = self._deviations(u[: self.variances])
        if self.struct in ("1", "ID"):
            return np.array([t[0] ** 2]), np.array([[2 * t[0] * dt[0]]])
        if self.struct == "DIAG":
            return t**2, np.diag(2 * t * dt)
        if self.struct == "CS":
            rho, drho = self._correlation(u[-1])
            c = t[0] ** 2 * np.array([1.0, rho])
            return c, np.array([2 * t[0] * dt[0] * np.array([1.0, rho]), [0.0, t[0] ** 2 * drho]])
        r, dr = self._matrix(u[self.variances :])
        deviations = np.broadcast_to(t, (self.p,))
        scale = np.outer(deviations, deviations)
        slopes = []
        for i in range(self.variances):
            change = np.zeros((self.p, self.p))
            if self.variances == 1:
                change += 2 * t[0] * dt[0]
            else:
                change[i] += dt[i] * t
                change[:, i] += dt[i] * t
            slopes.append((change * r).ravel())
        slopes += [(scale * each).ravel() for each in dr]
        return (scale * r).ravel(), np.array(slopes)

    def _deviations(self, u: Floats) -> tuple[Floats, Floats]:
        # HCS and HAR hold one correlation for all signs, so deviations must not change sign: they are squares
        return (u * u, 2 * u) if self.struct in ("HCS", "HAR") else (u, np.ones_like(u))

    def _correlation(self, u: float) -> tuple[float, float]:
        if self.struct == "CAR":
            rho = float(np.exp(-u * u))
            return rho, -2 * u * rho
        half = (1 - self.lowest) / 2
        return float(self.lowest + half * (1 + np.sin(u))), float(half * np.cos(u))

    def _matrix(self, u: Floats) -> tuple[Floats, list[Floats]]:
        if self.struct == "UN":
            return spherical(u, self.order)
        rho, drho = self._correlation(float(u[0]))
        if self.struct == "HCS":
            off = 1.0 - np.eye(self.p)
            return np.eye(self.p) + rho * off, [drho * off]
        with np.errstate(divide="ignore", invalid="ignore"):
            r = np.where(self.lags == 0, 1.0, np.power(rho, self.lags))
            slope = np.where(self.lags == 0, 0.0, self.lags * np.power(rho, self.lags - 1) * drho)
        return r, [np.nan_to_num(slope)]

    def coordinate(self, parameter: int, value: float) -> float:
        """u of a variance or correlation."""
        if parameter < self.variances:
            return float(value**0.25 if self.struct in ("HCS", "HAR") else value**0.5)
        if self.struct == "UN":
            return float(np.arccos(np.clip(value, -1, 1)))
        if self.struct == "CAR":
            return float(np.sqrt(-np.log(np.clip(value, 1e-12, 1))))
        half = (1 - self.lowest) / 2
        return float(np.arcsin(np.clip((value - self.lowest) / half - 1, -1, 1)))

    def natural(self, u: Floats) -> Floats:
        """(parameters,) variances and correlations."""
        t, _ = self._deviations(u[: self.variances])
        if self.struct == "UN" and self.p > 1:
            r, _ = self._matrix(u[self.variances :])
            signs = np.where(t < 0, -1.0, 1.0)
            return np.concatenate([t**2, [signs[i] * signs[j] * r[i, j] for i, j in self.pairs]])
        found = t**2
        return np.append(found, self._correlation(float(u[-1]))[0]) if self.correlations else found

    def matrix(self, u: Floats) -> Floats:
        """(levels, levels) the covariance of the random effects of a group."""
        if self.struct == "1":
            return self.values(u)[0].reshape(1, 1)
        one, two = np.indices((self.p, self.p))
        found = self.patterns(one, two)
        c = self.values(u)[0]
        return np.where(found >= 0, c[np.maximum(found, 0)], 0.0)

    def first(self, i: int, j: int) -> "Term":
        """The same term with the correlation of two levels as the first of its correlations' coordinates
        (UN).
        """
        rest = tuple(level for level in range(self.p) if level not in (i, j))
        return msgspec.structs.replace(self, order=(i, j, *rest))


def spherical(u: Floats, order: Sequence[int]) -> tuple[Floats, list[Floats]]:
    """A correlation matrix from any angles, and its slopes; the levels in `order` take the rows of its root
    in turn.
    """
    p = len(order)
    angles = np.zeros((p, p))
    where: list[tuple[int, int]] = []
    for i in range(1, p):
        for j in range(i):
            angles[i, j] = u[len(where)]
            where.append((i, j))
    root = np.zeros((p, p))
    for i in range(p):
        root[i] = _row(angles[i], i)
    back = np.empty(p, dtype=np.int64)
    back[list(order)] = np.arange(p)
    slopes = []
    for i, j in where:
        change = np.zeros((p, p))
        change[i] = _row(angles[i], i, j)
        slope = change @ root.T
        slopes.append((slope + slope.T)[np.ix_(back, back)])
    return (root @ root.T)[np.ix_(back, back)], slopes


def _row(angles: Floats, i: int, by: int | None = None) -> Floats:
    """Row i of the root: cos a0, sin a0 cos a1, ..., or its slope by angle `by`."""
    row, product = np.zeros(len(angles)), 1.0
    for j in range(i):
        cosine, sine = np.cos(angles[j]), np.sin(angles[j])
        if j == by:
            row[j] = -sine * product
            row[:j] = 0.0
            product *= cosine
        else:
            row[j] = cosine * product
            product *= sine
    row[i] = product
    return row


def intercepts(term: Intercepts, k: int) -> Term:
    """Raises: SynthesisError: labels are missing, or all rows are of one group."""
    group, names = codes(term.labels, term.name, k)
    if len(names) < 2 and term.sigma2 is None:
        raise SynthesisError(
            f"all {k} rows are of one {term.name} ({names[0]!r}); its variance cannot be estimated, leave it out"
        )
    fixed = np.array([np.nan if term.sigma2 is None else _variance(term.sigma2, "sigma2")])
    return Term(
        struct="1", name=term.name, group_name=term.name, group=group, level=np.zeros(k, dtype=np.int64), names=names,
        levels=("1",), fixed=fixed, lags=np.zeros((1, 1)), lowest=-1.0, order=(0,),
    )  # fmt: skip


def structured(term: Structured, k: int) -> Term:
    """Raises: UsageError: no such structure. SynthesisError: labels are missing; levels that nothing can be
    told of.
    """
    if term.struct not in STRUCTS:
        raise UsageError(f"no struct {term.struct!r}; there are {', '.join(STRUCTS)}")
    group, names = codes(term.group, term.group_name, k)
    level, levels, at = _levels(term, k)
    p = len(levels)
    together = np.zeros((p, p), dtype=bool)
    largest = 1
    for rows in np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1]):
        inside = np.unique(level[rows])
        together[np.ix_(inside, inside)] = True
        largest = max(largest, len(inside))
    if term.struct in ("AR", "HAR", "CAR"):
        lags = np.abs(at[:, None] - at)
        lowest = -1.0
    else:
        lags = np.zeros((p, p))
        lowest = -1.0 if term.struct == "UN" else -1.0 / max(largest - 1, 1)
    made = Term(
        struct=term.struct, name=term.name, group_name=term.group_name, group=group, level=level, names=names,
        levels=levels, fixed=np.zeros(0), lags=lags, lowest=lowest, order=tuple(range(p)),
    )  # fmt: skip
    if made.correlations and term.rho is None:
        _refuse_unseen(made, together, largest)
    if len(names) < 2 and term.tau2 is None:
        raise SynthesisError(f"all {k} rows are of one {term.group_name}; the variances cannot be estimated")
    fixed = np.full(made.parameters, np.nan)
    if term.tau2 is not None:
        values = [
            _variance(value, "tau2") for value in np.atleast_1d(np.asarray(term.tau2, dtype=np.float64))
        ]
        if len(values) not in (1, made.variances):
            raise UsageError(f"tau2 fixes {len(values)} of {made.variances} variances; give one or all")
        fixed[: made.variances] = values
    if term.rho is not None and made.correlations:
        if not max(lowest, -1.0) <= term.rho <= 1:
            raise UsageError(f"rho={term.rho:g}: give {lowest:.3g} to 1")
        if term.struct == "UN" and p > 2:
            raise UsageError("a fixed rho for all pairs is struct HCS")
        fixed[made.variances :] = term.rho
    return msgspec.structs.replace(made, fixed=fixed)


def _levels(term: Structured, k: int) -> tuple[Ints, tuple[str, ...], Floats]:
    """Each row's level, the levels' names in order, and where they are on the line for AR, HAR and CAR."""
    code, seen = codes(term.levels, term.name, k)
    try:
        times = np.array([float(name) for name in seen])
        order = np.argsort(times, kind="stable")
    except ValueError:
        if term.struct == "CAR":
            raise SynthesisError(f"column {term.name}: struct CAR needs times, in numbers") from None
        times = np.zeros(len(seen))
        order = np.array(sorted(range(len(seen)), key=lambda place: seen[place]))
    place = np.empty(len(seen), dtype=np.int64)
    place[order] = np.arange(len(seen))
    at = numbers(times[order], term.name) if term.struct == "CAR" else np.arange(len(seen), dtype=np.float64)
    return place[code], tuple(seen[i] for i in order), at


def _refuse_unseen(term: Term, together: npt.NDArray[np.bool_], largest: int) -> None:
    if largest < 2:
        raise SynthesisError(
            f"no {term.group_name} has two levels of {term.name}: their correlation cannot be estimated; "
            "take struct DIAG or ID, or fix rho"
        )
    if term.struct == "UN":
        for i, j in term.pairs:
            if not together[i, j]:
                raise SynthesisError(
                    f"no {term.group_name} has both {term.levels[j]!r} and {term.levels[i]!r}: their correlation cannot "
                    "be estimated; take struct HCS or CS"
                )


def _variance(value: float, name: str) -> float:
    if not (np.isfinite(value) and value >= 0):
        raise UsageError(f"{name}={value:g} is not a variance: give 0 or more")
    return float(value)
