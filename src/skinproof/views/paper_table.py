"""A table as a paper prints it: plain words in cells, which every format of file is written from."""

import msgspec


class PaperColumn(msgspec.Struct, frozen=True):
    """One column. numeric: its cells are numbers, aligned to the right."""

    head: str
    numeric: bool = False


class PaperRow(msgspec.Struct, frozen=True):
    """One row. cells: one for each column, "" where there is nothing to say.

    kind: "" | "group" (a heading of the rows below it, in the first cell alone) | "total" (a pooled answer).
    """

    cells: tuple[str, ...]
    kind: str = ""


class PaperTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table. title: its caption; notes: what stands below it, a paragraph each. Text as it was found: nothing is escaped.

    The first column names the rows. groups: what the headings in the rows name, such as "Study": files for programs have a
    column of it instead of the headings; "": the headings stay rows there too.
    """

    title: str
    columns: tuple[PaperColumn, ...]
    rows: tuple[PaperRow, ...]
    notes: tuple[str, ...] = ()
    groups: str = ""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise ValueError(f"{len(row.cells)} cells for {len(self.columns)} columns: {row.cells}")
