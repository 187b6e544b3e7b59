"""The worked example of pooling that ships with skinproof: real trials, which are not about skin.

Source: Colditz et al. 1994, doi:10.1001/jama.1994.03510380076038: 13 trials of BCG vaccine against tuberculosis.
"""

from importlib.resources import files

import msgspec

from skinproof.views.living import Living
from skinproof.views.pool_answer import pool_table
from skinproof.views.pool_living import living_of
from skinproof.views.pool_table import PoolTable
from skinproof.views.pooled import Asked, Pooling
from skinproof.workflows.pool_data import read_table

NAME = "bcg-trials.csv"
ASKED = Asked(measure="RR", arms=("BCG vaccine", "no vaccine"), better="lower")


class Example(msgspec.Struct, frozen=True):
    """The table, its pooled answer and the history of it."""

    table: PoolTable
    pooling: Pooling
    living: Living


def pooling_example() -> Example:
    """The 13 trials pooled as risk ratios (REML, Knapp-Hartung)."""
    body = (files("skinproof.data") / NAME).read_bytes()
    table = read_table(body, NAME, ASKED.measure)
    pooling = pool_table(table, ASKED)
    return Example(
        table, pooling, living_of(pooling, {row.row: row.cells["year"] for row in table.rows}, "year")
    )
