"""The rows of a table with several effects per study: their studies, their people, and how their errors are correlated."""

import re
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from skinproof.errors import SynthesisError
from skinproof.synthesis.covariance import Covariance, vcalc
from skinproof.views.multilevel import MultilevelAsked
from skinproof.views.pool_effects import Effects, Floats, column_of
from skinproof.views.pool_table import PoolTable, TableRow

_ROWS = re.compile(r"^rows? ([\d, ]+\d)( \.\.\.)?")


class Used(msgspec.Struct, frozen=True):
    """The effects that are pooled. y, v, n: (k,) effects, variances, people; clusters: the study of each; places: 1 to k."""

    table_rows: tuple[TableRow, ...]
    y: Floats
    v: Floats
    n: Floats
    clusters: list[str]
    places: list[int]

    @classmethod
    def of(cls, effects: Effects, keep: npt.NDArray[np.int64], asked: MultilevelAsked) -> "Used":
        rows = tuple(effects.rows[place] for place in keep)
        return cls(
            rows, effects.yi[keep], effects.vi[keep], effects.ni[keep],
            [row.cells[asked.cluster] for row in rows], list(range(1, len(rows) + 1)),
        )  # fmt: skip

    @property
    def rows(self) -> list[int]:
        """Their numbers in the table."""
        return [row.row for row in self.table_rows]


def check_clusters(table: PoolTable, cluster: str) -> None:
    """Raises: SynthesisError: an effect of no named study."""
    for row in table.rows:
        if not row.left_out and not row.cells[cluster]:
            raise SynthesisError(
                f"row {row.row} (line {row.line}), column '{cluster}': empty; name the study of every effect, or which effects"
                " are of the same people cannot be told"
            )


def covariance(used: Used, asked: MultilevelAsked, rho: float) -> Covariance:
    """The covariances of the sampling errors: 0 between studies; within one by rho, or by the groups that effects share.

    With groups, two effects of one outcome have the correlation that their shared groups give (from arm sizes where the table
    has them), two effects of different outcomes rho times that.

    Raises: SynthesisError: the correlations cannot all be true, by rows of the table; a group is not named.
    """
    more: dict[str, Any] = {"rho": rho}
    if asked.groups:
        one, two = ([row.cells[name] for row in used.table_rows] for name in asked.groups)
        for row, a, b in zip(used.table_rows, one, two, strict=True):
            for name, value in zip(asked.groups, (a, b), strict=True):
                if not value:
                    raise SynthesisError(
                        f"{row.named}, column '{name}': empty; name both groups of every effect"
                    )
            if a == b:
                raise SynthesisError(f"{row.named}: {a!r} is compared with itself; name two groups")
        sizes = [column_of(used.table_rows, name) for name in ("n1i", "n2i")]
        more = {"grp1": one, "grp2": two}
        if all((size > 0).all() for size in sizes):
            more |= {"w1": sizes[0], "w2": sizes[1]}
        if asked.outcome:
            kinds = [row.cells[asked.outcome] or "not reported" for row in used.table_rows]
            more |= {"rho": (1.0, rho), "type": kinds}
    try:
        return vcalc(used.v, used.clusters, **more)
    except SynthesisError as error:
        raise _renamed(error, used, asked) from error


def _renamed(error: SynthesisError, used: Used, asked: MultilevelAsked) -> SynthesisError:
    """The message with the rows of the table, and what to do about it here."""
    text = str(error)
    found = _ROWS.match(text)
    if found is None:
        return error
    rows = [used.table_rows[int(number) - 1] for number in found[1].split(", ")]
    listed = ", ".join(str(row.row) for row in rows) + (found[2] or "")
    if "not positive definite" not in text:
        return SynthesisError(f"rows {listed}{text[found.end() :]}")
    what = (
        "two of its effects are of the same groups and outcome, or one follows from the others; name the --outcome, or leave one out"
        if asked.groups
        else "the correlations cannot all be true at once; give a --rho nearer to 0"
    )
    return SynthesisError(
        f"rows {listed} (column '{asked.cluster}': {rows[0].cells[asked.cluster]}): with these correlations the covariance matrix of"
        f" the study is not positive definite: {what}"
    )


def people_of(used: Used, asked: MultilevelAsked) -> int | None:
    """At least so many people, nobody twice: of each study its largest effect, or with named groups each group once.

    None: an effect does not say of how many people it is.
    """
    total = 0.0
    by_study: dict[str, dict[object, float]] = {}
    sizes = [column_of(used.table_rows, name) for name in ("n1i", "n2i")]
    for place, row in enumerate(used.table_rows):
        groups = by_study.setdefault(used.clusters[place], {})
        if asked.groups and all(np.isfinite(size[place]) for size in sizes):
            named = [
                (row.cells[name], float(size[place])) for name, size in zip(asked.groups, sizes, strict=True)
            ]
        elif np.isfinite(used.n[place]):
            named = [("", float(used.n[place]))]
        else:
            return None
        for name, size in named:
            groups[name] = max(groups.get(name, 0.0), size)
    for groups in by_study.values():
        total += sum(groups.values())
    return round(total)
