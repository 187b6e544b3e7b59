"""A table of outcomes as it was read: one row a study, numbers checked, everything else as text."""

from collections.abc import Mapping

import msgspec


class TableRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row. row: place in the table, from 1; line: in the file; cells: every column as text, as it stands.

    numbers: by metafor's names, what the measure uses; None where the study does not report it. left_out: why the row
    takes no part, or "". notes: what to know of it.
    """

    row: int
    line: int
    study: str
    cells: Mapping[str, str]
    numbers: Mapping[str, float | None]
    left_out: str = ""
    notes: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        """How a message names the row."""
        return f"row {self.row} ({self.study})" if self.study else f"row {self.row}"


class PoolTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table of outcomes. columns: names in the order of the file; notes: what to know of the table as a whole; doubts: why
    its answer may be wrong from the start.

    better: which end of the outcome is the better one ("lower", "higher"), or "" where the table does not tell.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    better: str = ""
    outcome: str = ""
