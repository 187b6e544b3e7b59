"""Zero cells, by stated choice: which tables get which constant, and which are left out."""

from collections.abc import Mapping

import numpy as np

from skinproof.errors import UsageError
from skinproof.synthesis.effect_inputs import Array, Flags

TO = ("none", "only0", "if0all", "all")


def chosen(add: float | None, to: str | None) -> tuple[float, str]:
    """The constant and the tables it goes to; nothing is added unless the caller says so.

    `add=0.5` alone means the tables with a zero cell (`only0`, as in metafor); `to=` alone is refused, since
    the constant would be a silent choice.

    Raises:
        UsageError: an unknown `to`, a negative constant, or `to` without a constant.
    """
    if to is not None and to not in TO:
        raise UsageError(f"to={to!r} is not one of {', '.join(TO)}")
    if add is None:
        if to is not None and to != "none":
            raise UsageError(f"to={to!r} needs the constant as well, for example add=0.5")
        return 0.0, "none"
    if not np.isfinite(add) or add < 0:
        raise UsageError(f"add={add:g} is not a constant for zero cells; give 0 or more")
    return float(add), to or "only0"


def zero_cells(cells: Mapping[str, Array]) -> Flags:
    """Rows with a zero in any of these columns."""
    marks = [column == 0 for column in cells.values()]
    found: Flags = np.logical_or.reduce(marks)
    return found


def add_to_cells(cells: Mapping[str, Array], add: float, to: str) -> dict[str, Array]:
    """The cells after the constant: `only0` rows with a zero, `if0all` all rows of a set with one, `all`.

    A set is the last axis: in a batch (m, k), `if0all` looks at each of the m sets on its own.
    """
    if add == 0 or to == "none":
        return dict(cells)
    zero = zero_cells(cells)
    if to == "if0all":
        zero = np.broadcast_to(zero.any(axis=-1, keepdims=True), zero.shape)
    where = np.ones_like(zero) if to == "all" else zero
    return {name: column + add * where for name, column in cells.items()}
