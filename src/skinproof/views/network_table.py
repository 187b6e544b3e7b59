"""A table of a network as it was read: one row an arm or a contrast, numbers checked, everything else as text."""

from collections.abc import Mapping

import msgspec

ARMS, CONTRASTS = "arms", "contrasts"


class NetworkRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row. row: place in the table, from 1; line: in the file; versus: the second treatment of a contrast, else "".

    numbers: by metafor's names; None where it is not reported. left_out: why the row takes no part, or "".
    """

    row: int
    line: int
    study: str
    treatment: str
    numbers: Mapping[str, float | None]
    versus: str = ""
    left_out: str = ""

    @property
    def named(self) -> str:
        """How a message names the row."""
        return f"row {self.row} (line {self.line}, {self.study})"


class NetworkTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table of a network. kind: ARMS or CONTRASTS; numbers: metafor's names of what the measure uses, in order; notes:
    what is odd but can be true."""

    name: str
    kind: str
    numbers: tuple[str, ...]
    rows: tuple[NetworkRow, ...]
    outcome: str = ""
    notes: tuple[str, ...] = ()
