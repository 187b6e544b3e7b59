"""What an unreported within-person correlation does to a paired result: the whole plausible range, not one guess.

Split-face and split-scalp trials often print the two sides as if they were two groups. The correlation of the two
sides decides the variance; where it is not reported, the answer is shown for a range of it.

Source: Cochrane Handbook, section 23.2.7 (approximate analyses where the correlation is not reported).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from skinproof.errors import UsageError
from skinproof.synthesis.effect_inputs import (
    Array,
    broadcast,
    check_count,
    check_size,
    first_row,
    read_column,
    refuse,
    row_name,
)
from skinproof.synthesis.effects import EffectSizes, escalc
from skinproof.synthesis.measures import measure_named

# From no correlation to a strong one; 0.5 is the usual single guess and stands in the middle.
PLAUSIBLE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


def over_correlations(
    measure: str, *, ri: Any = None, assumed: Sequence[float] = PLAUSIBLE, **columns: Any
) -> EffectSizes:
    """Effect sizes of a paired measure at each assumed correlation: yi and vi are (len(assumed), k).

    ri: reported correlations (k,), kept where there are any; NaN or absent where the assumption is to stand in.
    The other columns and options are those of `escalc`.

    Raises:
        UsageError: a measure that has no correlation.
        SynthesisError: as `escalc`.
    """
    if "ri" not in measure_named(measure).needs or measure in ("COR", "UCOR", "ZCOR"):
        raise UsageError(
            f"{measure} does not depend on a within-person correlation; use MC, SMCC, SMCR, ROMC or MPORM"
        )
    guesses = read_column("assumed", list(assumed))[:, None]
    known = np.full((1,), np.nan) if ri is None else read_column("ri", ri)
    return escalc(measure, ri=np.where(np.isnan(known), guesses, known), **columns)


def matched_cells(ni: Any, x1i: Any, x2i: Any, ri: Any) -> dict[str, Array]:
    """The four cells of pairs (`ai` both, `bi` first only, `ci` second only, `di` neither) from what papers print.

    ni: pairs; x1i, x2i: how many had the event in condition 1 and 2; ri: the phi correlation of the two, reported
    or assumed. The cells are expected counts and need not be whole.

    Raises:
        SynthesisError: more events than pairs, or a correlation that these margins cannot have, with its limits.
    """
    given = {"ni": ni, "x1i": x1i, "x2i": x2i, "ri": ri}
    c = broadcast({name: read_column(name, value) for name, value in given.items()})
    check_size("ni", c["ni"])
    for name in ("x1i", "x2i"):
        check_count(name, c[name])
        refuse(c[name] > c["ni"], name, c[name], "events are more than the pairs")
    p1, p2 = c["x1i"] / c["ni"], c["x2i"] / c["ni"]
    spread = np.sqrt(p1 * (1 - p1) * p2 * (1 - p2))
    both = p1 * p2 + c["ri"] * spread
    least, most = np.maximum(0.0, p1 + p2 - 1), np.minimum(p1, p2)
    row = first_row((both < least - 1e-12) | (both > most + 1e-12))
    if row is not None:
        limits = [(edge[row] - p1[row] * p2[row]) / spread[row] for edge in (least, most)]
        refuse((both < least - 1e-12) | (both > most + 1e-12), "ri", c["ri"],
               f"is impossible with these margins, which allow {limits[0]:.2f} to {limits[1]:.2f} ({row_name(row)})")  # fmt: skip
    ai = np.clip(both, least, most) * c["ni"]
    return {"ai": ai, "bi": c["x1i"] - ai, "ci": c["x2i"] - ai, "di": c["ni"] - c["x1i"] - c["x2i"] + ai}
