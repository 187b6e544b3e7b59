"""Mantel-Haenszel and Peto without each study in turn: is the answer that of one study?"""

from typing import Any

import numpy as np

from skinproof.errors import SynthesisError
from skinproof.synthesis.rare_mh import CELLS, Pooled, pool_mh, pool_peto


def leave1out_mh(measure: str, *columns: Any, **options: Any) -> tuple[Pooled | None, ...]:
    """`pool_mh` without each study in turn; None where nothing can be pooled without it. Raises: as `pool_mh`."""
    whole = pool_mh(measure, *columns, **options)
    given = {**dict(zip(CELLS, columns, strict=False)), **options}
    return tuple(
        _try(lambda chosen: pool_mh(measure, **chosen), given, row) for row in _rows_used(whole, given)
    )


def leave1out_peto(*columns: Any, **options: Any) -> tuple[Pooled | None, ...]:
    """`pool_peto` without each study in turn; None where nothing can be pooled without it. Raises: as `pool_peto`."""
    whole = pool_peto(*columns, **options)
    given = {**dict(zip(CELLS, columns, strict=False)), **options}
    return tuple(_try(lambda chosen: pool_peto(**chosen), given, row) for row in _rows_used(whole, given))


def _rows_used(whole: Pooled, given: dict[str, Any]) -> list[int]:
    size = max(np.size(value) for name, value in given.items() if _is_column(name, value))
    table = np.vstack(
        [np.broadcast_to(np.asarray(v, dtype=float), size) for n, v in given.items() if _is_column(n, v)]
    )
    rows = [int(row) for row in np.flatnonzero(np.isfinite(table).all(axis=0))]
    if len(rows) < 2 or len(rows) != whole.k:
        raise SynthesisError("one study: nothing is left when it is left out")
    return rows


def _is_column(name: str, value: Any) -> bool:
    return name[-1:] == "i" and value is not None


def _try(pool: Any, given: dict[str, Any], row: int) -> Pooled | None:
    chosen = {
        name: np.delete(np.asarray(value, dtype=float), row) if _is_column(name, value) else value
        for name, value in given.items()
    }
    try:
        pooled: Pooled = pool(chosen)
    except SynthesisError:
        return None
    return pooled
