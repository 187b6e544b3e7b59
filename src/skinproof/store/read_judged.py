"""What people said of studies, laid over the versions in force: filters and counts then read it like any other column."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from skinproof.store.tables import TABLES

ANSWERS = ("agent_class", "ev_role", "agents", "agent_classes_given", "indications", "cutaneous", "aesthetic")
"""Columns of `studies` that a judgement can change."""

COLUMNS = ("record_id", "sha256", "text_id", "visible", *ANSWERS)


class Laid(NamedTuple):
    """rows: (record id, *ANSWERS) of studies that are other than the rules say; judged: answers that people's word holds
    for, of visible studies; to_look_at: those that are stale or disputed."""

    rows: Sequence[tuple[Any, ...]]
    judged: int
    to_look_at: int


class Overlay(Protocol):
    """Whoever knows what people said."""

    @property
    def record_ids(self) -> Sequence[str]:
        """Studies of which anything was said."""

    def lay_over(self, rows: Sequence[tuple[Any, ...]]) -> Laid:
        """What changes in these studies; rows: COLUMNS of each."""


NOTHING = Laid((), 0, 0)


def lay_over(
    ask: Callable[[str, dict[str, Any]], list[tuple[Any, ...]]], db: Any, table: str, overlay: Overlay | None
) -> Laid:
    """Change a table of versions in force to what people say. Costs nothing where nobody said anything."""
    if overlay is None or not overlay.record_ids:
        return NOTHING
    sql = f"select {', '.join(COLUMNS)} from {table} where record_id in (select unnest($ids)) order by record_id"
    laid = overlay.lay_over(ask(sql, {"ids": list(overlay.record_ids)}))
    if laid.rows:
        db.register("judged_rows", _arrow(laid.rows))
        changes = ", ".join(f"{name} = judged.{name}" for name in ANSWERS)
        db.execute(
            f"update {table} set {changes} from judged_rows judged where {table}.record_id = judged.record_id"
        )
        db.unregister("judged_rows")
    return laid


def _arrow(rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    schema = TABLES["studies"]
    fields = [schema.field(name) for name in ("record_id", *ANSWERS)]
    columns = zip(*rows, strict=True)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, fields, strict=True)]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))
