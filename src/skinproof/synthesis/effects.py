"""Effect sizes and their sampling variances for each study: `escalc`, with metafor's argument names."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from skinproof.errors import UsageError
from skinproof.synthesis import transforms
from skinproof.synthesis.effect_inputs import (
    CHECKS,
    Array,
    Options,
    broadcast,
    complement,
    ratio,
    read_column,
    root,
    row_name,
)
from skinproof.synthesis.effect_zero import add_to_cells, chosen, zero_cells
from skinproof.synthesis.measures import Measure, measure_named, sample_size

# Above this a standardized effect is more often a standard error entered as a standard deviation than a finding.
LARGE_SMD = 2.0


class Status(IntFlag):
    """What is to be known about a row; several may hold at once."""

    GOOD = 0
    MISSING = 1
    """A column has no value here: yi and vi are NaN."""
    ZERO_CELL = 2
    """A cell of the table is 0."""
    DOUBLE_ZERO = 4
    """No events, or nothing but events, in either arm."""
    DROPPED = 8
    """Left out by drop00."""
    ADDED = 16
    """A constant was added to the cells, as asked."""
    UNDEFINED = 32
    """yi or vi does not exist for these numbers: NaN."""
    NO_VARIANCE = 64
    """vi is 0 or below: the study cannot be weighted by its inverse."""
    LARGE = 128
    """A standardized effect beyond 2 in size."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing to know about one row. row: index from 0, (row,) or (set, row); message: in words, from 1."""

    row: tuple[int, ...]
    status: Status
    message: str


@dataclass(frozen=True)
class EffectSizes:
    """Effects of k studies (or of m sets of k): yi and its sampling variance vi, on the measure's `scale`.

    yi, vi, ni: (k,) or (m, k); NaN where undefined, missing or dropped, and `flags` says why. ni counts people
    (person-time for rates). status: same shape, bits of `Status`. columns: the numbers as given, non-events filled
    in, before any constant. level: percent, of ci_lb and ci_ub.
    """

    measure: str
    yi: Array
    vi: Array
    ni: Array
    status: npt.NDArray[np.int16]
    columns: Mapping[str, Array]
    vtype: str
    correct: bool
    add: float
    to: str
    drop00: bool
    level: float

    @property
    def k(self) -> int:
        """Studies in a set, with and without an effect."""
        return int(self.yi.shape[-1])

    @property
    def usable(self) -> npt.NDArray[np.bool_]:
        """Rows that can be pooled by inverse variance."""
        return np.isfinite(self.yi) & (self.vi > 0)

    @property
    def scale(self) -> str:
        return measure_named(self.measure).scale

    @property
    def sei(self) -> Array:
        return root(self.vi)

    @property
    def zi(self) -> Array:
        return ratio(self.yi, self.sei)

    @property
    def pval(self) -> Array:
        out: Array = 2 * ndtr(-np.abs(self.zi))
        return out

    @property
    def ci_lb(self) -> Array:
        return self.yi - self._margin()

    @property
    def ci_ub(self) -> Array:
        return self.yi + self._margin()

    def _margin(self) -> Array:
        out: Array = ndtri(0.5 + self.level / 200) * self.sei
        return out

    @property
    def flags(self) -> tuple[Flag, ...]:
        """All that is to be known, row by row."""
        return tuple(flag for row in np.argwhere(self.status != 0) for flag in self._row_flags(row))

    def _row_flags(self, index: npt.NDArray[np.int64]) -> list[Flag]:
        row = tuple(int(i) for i in index)
        found = Status(int(self.status[row]))
        return [
            Flag(row, status, f"{row_name(row)}: {self._words(status, row)}")
            for status in Status
            if status & found
        ]

    def _words(self, status: Status, row: tuple[int, ...]) -> str:
        measure = measure_named(self.measure)
        values = {name: column[row] for name, column in self.columns.items()}
        if status is Status.MISSING:
            absent = ", ".join(name for name, value in values.items() if np.isnan(value))
            return f"{absent} missing, so there is no {measure.label}"
        if status is Status.ZERO_CELL:
            zeros = " and ".join(f"{name} = 0" for name in measure.cells if values[name] == 0)
            return zeros
        if status is Status.DOUBLE_ZERO:
            if measure.fill == "pairs":
                return "no pair differs between the two conditions: no information on a ratio"
            said = "both arms have no events, or nothing but events"
            return f"{said}: no information on a ratio" if measure.back == "exp" else said
        if status is Status.DROPPED:
            return "left out by drop00=True"
        if status is Status.ADDED:
            return f"{self.add:g} added to every cell (to='{self.to}')"
        if status is Status.UNDEFINED:
            return f"{measure.label} or its variance is undefined; {measure.undefined}"
        if status is Status.NO_VARIANCE:
            return f"the sampling variance is {self.vi[row]:g}: no inverse-variance weight exists"
        return (
            f"{measure.label} of {self.yi[row]:.2f} is unusually large; check whether a standard error"
            " was given as a standard deviation"
        )

    def back_transformed(self, x: Any = None) -> Array:
        """Values on the reader's scale: of `x` (a pooled answer, an interval) or of the studies themselves.

        For PFT and IRFT a pooled x is turned back at the harmonic mean of ni, a study's own at its own ni.
        """
        measure = measure_named(self.measure)
        values = self.yi if x is None else np.asarray(x, dtype=np.float64)
        if measure.name == "PFT":
            return transforms.ipft(values, self.ni if x is None else transforms.harmonic_mean(self.ni))
        if measure.name == "IRFT":
            return transforms.iirft(values, self.ni if x is None else transforms.harmonic_mean(self.ni))
        return back_transform(measure.name, values)


def back_transform(measure: str, x: Any, ni: Any = None) -> Array:
    """Values of a measure's scale on the reader's scale (log ratios as ratios, logits as proportions).

    ni: the studies' sizes, for PFT and IRFT, whose scale depends on them (harmonic mean).

    Raises:
        UsageError: PFT or IRFT without ni.
    """
    row = measure_named(measure)
    if row.back in ("ipft_hm", "iirft_hm"):
        if ni is None:
            raise UsageError(
                f"{measure} needs ni, the studies' sizes, to be turned back into a {row.back_scale}"
            )
        size = transforms.harmonic_mean(ni)
        return transforms.ipft(x, size) if row.back == "ipft_hm" else transforms.iirft(x, size)
    if row.back is None:
        return np.asarray(x, dtype=np.float64)
    out: Array = getattr(transforms, row.back)(x)
    return out


def escalc(
    measure: str,
    *,
    ai: Any = None,
    bi: Any = None,
    ci: Any = None,
    di: Any = None,
    n1i: Any = None,
    n2i: Any = None,
    x1i: Any = None,
    x2i: Any = None,
    t1i: Any = None,
    t2i: Any = None,
    m1i: Any = None,
    m2i: Any = None,
    sd1i: Any = None,
    sd2i: Any = None,
    ri: Any = None,
    ni: Any = None,
    xi: Any = None,
    mi: Any = None,
    ti: Any = None,
    sdi: Any = None,
    add: float | None = None,
    to: str | None = None,
    drop00: bool = False,
    vtype: str | None = None,
    correct: bool = True,
    level: float = 95.0,
) -> EffectSizes:
    """Effect sizes and sampling variances of studies, (k,) or (m, k); scalars broadcast.

    Names, measures and formulas as in metafor 5.x (`measures.MEASURES`), which differs from 3.x in ROM, ROMC, CVR,
    CVRC (bias corrected unless `correct` is off) and in the variances of SMDH and SMCRH. One difference on purpose:
    nothing is added to zero cells unless `add` says so (metafor adds 0.5 silently); a log ratio that does not exist
    is NaN, with a flag that says what to choose. `add=0.5` alone means `to="only0"`.

    `drop00`: leave out tables without events, or with nothing but events, in both arms. `level`: 95 or 0.95.

    Raises:
        UsageError: an unknown measure, vtype or `to`, or a column that the measure needs and did not get.
        SynthesisError: impossible numbers (negative counts or sizes, more events than people, correlations beyond
            1, text, a standard deviation of 0 that the measure divides by), by row and column.
    """
    row = measure_named(measure)
    given = {name: value for name, value in locals().items() if name in _COLUMNS and value is not None}
    options = Options(_variance_formula(row, vtype), correct)
    constant, where = chosen(add, to)
    if (constant > 0 or drop00) and not row.cells:
        raise UsageError(f"{measure} has no cells of counts: add, to and drop00 do not apply to it")
    if 0 < level < 1:
        level = 100 * level
    if not 0 < level < 100:
        raise UsageError(f"level={level:g} is not a percentage between 0 and 100")
    columns = _checked(row, given)

    status = np.zeros(next(iter(columns.values())).shape, dtype=np.int16)
    missing = np.logical_or.reduce([np.isnan(column) for column in columns.values()])
    status[missing] |= Status.MISSING
    used = {name: np.where(missing, np.nan, column) for name, column in columns.items()}
    if row.cells:
        used, constants = _cells(row, used, status, constant, where, drop00)
        status[constants] |= Status.ADDED
    yi, vi = row.compute(used, options)
    lost = ~(np.isfinite(yi) & np.isfinite(vi))
    # Fisher's z of 3 people has a value and no variance; everything else is missing as a pair.
    yi = np.where(lost, np.nan, yi) if row.name != "ZCOR" else yi
    vi = np.where(lost, np.nan, vi)
    known = status & (Status.MISSING | Status.DROPPED) == 0
    status[lost & known] |= Status.UNDEFINED
    status[~lost & (vi <= 0)] |= Status.NO_VARIANCE
    if row.standardized:
        status[np.abs(yi) > LARGE_SMD] |= Status.LARGE
    size = np.where(missing, np.nan, sample_size(row, columns))
    return EffectSizes(
        measure, yi, vi, size, status, columns, options.vtype, correct, constant, where, drop00, level
    )


_COLUMNS = [
    "ai",
    "bi",
    "ci",
    "di",
    "n1i",
    "n2i",
    "x1i",
    "x2i",
    "t1i",
    "t2i",
    "m1i",
    "m2i",
    "sd1i",
    "sd2i",
    "ri",
    "ni",
    "xi",
    "mi",
    "ti",
    "sdi",
]


def _variance_formula(row: Measure, vtype: str | None) -> str:
    chosen_type = row.vtypes[0] if vtype is None else vtype
    if chosen_type not in row.vtypes:
        raise UsageError(
            f"vtype={vtype!r} is not a variance of {row.name}; there are {', '.join(row.vtypes)}"
        )
    return chosen_type


def _checked(row: Measure, given: dict[str, Any]) -> dict[str, Array]:
    """The columns a measure needs, in one shape and possible; what it does not need is refused, not ignored."""
    usable = set(row.needs)
    if row.fill == "table":
        usable |= {"n1i", "n2i"}
    elif row.fill == "single":
        usable |= {"ni"}
    if "sd1i" in row.needs:
        # Ratios of standard deviations do without the means that stand beside them in the same table.
        usable |= {"m1i", "m2i"}
    extra = sorted(set(given) - usable)
    if extra:
        raise UsageError(f"{row.name} does not use {', '.join(extra)}; it needs {', '.join(row.needs)}")
    absent = [name for name in row.needs if name not in given and name not in _FILLED.get(row.fill, ())]
    if absent:
        raise UsageError(f"{row.name} needs {', '.join(row.needs)}; not given: {', '.join(absent)}")
    columns = broadcast({name: read_column(name, value) for name, value in given.items()})
    if row.fill == "table":
        complement(columns, "ai", "bi", "n1i")
        complement(columns, "ci", "di", "n2i")
    elif row.fill == "single":
        complement(columns, "xi", "mi", "ni")
    for name, kind in row.needs.items():
        CHECKS[kind](name, columns[name])
    columns = {name: columns[name] for name in row.needs}
    if row.check is not None:
        row.check(columns)
    return columns


_FILLED: Mapping[str | None, tuple[str, ...]] = {"table": ("bi", "di"), "single": ("mi",)}


def _cells(
    row: Measure, used: dict[str, Array], status: npt.NDArray[np.int16], add: float, to: str, drop00: bool
) -> tuple[dict[str, Array], npt.NDArray[np.bool_]]:
    """The columns after drop00 and the constant, marking zero cells in `status`; and where something was added."""
    cells = {name: used[name] for name in row.cells}
    zero = zero_cells(cells)
    status[zero] |= Status.ZERO_CELL
    double = _double_zero(row, cells)
    status[double] |= Status.DOUBLE_ZERO
    if drop00:
        status[double] |= Status.DROPPED
        cells = {name: np.where(double, np.nan, cell) for name, cell in cells.items()}
    constants = add_to_cells(cells, add, to)
    added = np.zeros(zero.shape, dtype=np.bool_)
    for name, cell in cells.items():
        added |= constants[name] > cell
    return {**used, **constants}, added


def _double_zero(row: Measure, c: dict[str, Array]) -> npt.NDArray[np.bool_]:
    none = {name: np.asarray(column == 0, dtype=np.bool_) for name, column in c.items()}
    if row.fill == "table":
        return (none["ai"] & none["ci"]) | (none["bi"] & none["di"])
    if row.fill == "pairs":
        # No pair differs: neither condition can be said to be better.
        return none["bi"] & none["ci"]
    if set(c) == {"x1i", "x2i"}:
        return none["x1i"] & none["x2i"]
    return np.zeros(next(iter(c.values())).shape, dtype=np.bool_)
