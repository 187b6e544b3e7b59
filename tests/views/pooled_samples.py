"""Small tables whose pooled answers can be worked out by hand, for the tests of words and pictures."""

from pathlib import Path

from skinproof.views.pool_answer import pool_table
from skinproof.views.pooled import Asked, Pooling
from skinproof.workflows.pool_data import read_table

BCG = (Path(__file__).resolve().parents[2] / "docs/examples/bcg-trials.csv").read_bytes()


def bcg(**asked) -> Pooling:  # type: ignore[no-untyped-def]
    """The BCG trials of Colditz et al. 1994 as risk ratios."""
    asked = {"measure": "RR", **asked}
    words = [name for name in (asked.get("subgroup"), *asked.get("mods", ())) if name]
    return pool_table(read_table(BCG, "bcg-trials.csv", asked["measure"], words=words), Asked(**asked))


def given(*effects: tuple[float, float], measure: str = "GEN", **asked) -> Pooling:  # type: ignore[no-untyped-def]
    """Effects with their variances, named A, B, ..."""
    rows = [f"{chr(65 + place % 26)}{place // 26 or ''},{y},{v},50" for place, (y, v) in enumerate(effects)]
    body = "\n".join(["study,yi,vi,ni", *rows]) + "\n"
    return pool_table(read_table(body.encode(), "t.csv", measure), Asked(measure=measure, **asked))
