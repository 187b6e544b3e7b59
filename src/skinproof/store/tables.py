"""The tables of an edition: their columns, and how rows become one sorted Arrow table.

Every table starts with `record_id, source, sha256`: the record version a row was read from. Child tables add
`seq`, the row's place in that version, so that order never depends on how a build was cut into pieces.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

SCHEMA_VERSION = 1
"""Raised when a column changes: every partition is then computed again."""

_KEY = [("record_id", pa.string()), ("source", pa.string()), ("sha256", pa.string())]
_TEXTS = pa.list_(pa.string())


def _schema(*columns: tuple[str, pa.DataType], seq: bool = True) -> pa.Schema:
    head = [*_KEY, ("seq", pa.int32())] if seq else _KEY
    return pa.schema([pa.field(name, kind) for name, kind in (*head, *columns)])


def _texts(*names: str) -> list[tuple[str, pa.DataType]]:
    return [(name, pa.string()) for name in names]


TABLES: dict[str, pa.Schema] = {
    "studies": _schema(
        *_texts("completeness", "registry_date", "version_holder"),
        ("body_size", pa.int64()),
        *_texts("first_posted", "first_posted_latest", "brief_title", "official_title", "acronym"),
        ("aliases", _TEXTS),
        *_texts("overall_status", "study_type"),
        ("phases", _TEXTS),
        *_texts("allocation", "intervention_model", "masking", "primary_purpose"),
        ("enrollment_count", pa.int64()),
        *_texts("enrollment_type", "start_date", "primary_completion_date", "completion_date"),
        *_texts("lead_sponsor", "lead_sponsor_class"),
        ("countries", _TEXTS),
        ("conditions", _TEXTS),
        ("has_results", pa.bool_()),
        *_texts("agent_class", "ev_role"),
        ("agents", _TEXTS),
        ("agent_classes_given", _TEXTS),
        ("indications", _TEXTS),
        *_texts("cutaneous", "aesthetic"),
        ("issue_count", pa.int32()),
        ("suggestion_count", pa.int32()),
        ("search_id", pa.int64()),
        seq=False,
    ),
    "calls": _schema(*_texts("property", "value", "reason", "rule")),
    "tags": _schema(
        *_texts("property", "term", "role", "field"),
        ("start", pa.int32()),
        ("end", pa.int32()),
        *_texts("quote", "rule", "reason"),
    ),
    "suggestions": _schema(
        *_texts("term", "field"),
        ("start", pa.int32()),
        ("end", pa.int32()),
        *_texts("quote", "reason"),
    ),
    "issues": _schema(*_texts("kind", "path", "found", "message")),
    "arms": _schema(*_texts("label", "type", "description"), ("intervention_names", _TEXTS)),
    "interventions": _schema(
        *_texts("type", "name", "description"), ("other_names", _TEXTS), ("arm_group_labels", _TEXTS)
    ),
    "outcomes": _schema(*_texts("kind", "measure", "time_frame", "description")),
    "sites": _schema(*_texts("facility", "city", "state", "country", "status")),
    "references": _schema(*_texts("pmid", "type", "citation")),
}


class RowBatch:
    """Rows of every table, column by column, as a kernel fills them version by version."""

    def __init__(self) -> None:
        self._keys: tuple[list[str], list[str], list[str]] = ([], [], [])
        self._version: dict[str, list[int]] = {name: [] for name in TABLES}
        self._seq: dict[str, list[int]] = {name: [] for name in TABLES}
        self._columns: dict[str, list[list[Any]]] = {
            name: [[] for _ in range(len(schema) - _heads(schema))] for name, schema in TABLES.items()
        }

    def add(self, key: tuple[str, str, str], rows: Mapping[str, Sequence[Sequence[Any]]]) -> None:
        """Add the rows of one version (record_id, source, sha256): table -> rows without the key and `seq`.

        Versions must come in the order of `sorted_table`.
        """
        version = len(self._keys[0])
        for column, value in zip(self._keys, key, strict=True):
            column.append(value)
        for table, found in rows.items():
            if found:
                self._version[table] += [version] * len(found)
                self._seq[table] += range(len(found))
                for column, values in zip(self._columns[table], zip(*found, strict=True), strict=True):
                    column += values

    def arrow(self, table: str) -> pa.Table:
        """The rows so far as an Arrow table, in the order they were added."""
        schema = TABLES[table]
        version = pa.array(self._version[table], pa.int32())
        arrays = [pa.array(column, pa.string()).take(version) for column in self._keys]
        columns = self._columns[table]
        if "seq" in schema.names:
            columns = [self._seq[table], *columns]
        arrays += [
            pa.array(values, field.type) for values, field in zip(columns, list(schema)[3:], strict=True)
        ]
        return pa.Table.from_arrays(arrays, schema=schema)


def _heads(schema: pa.Schema) -> int:
    return 4 if "seq" in schema.names else 3


def sorted_table(table: str, pieces: Sequence[pa.Table]) -> pa.Table:
    """The pieces as one table in canonical order, one chunk a column: equal rows give equal bytes when written.

    A single piece is in order already, because versions are added in order.
    """
    pieces = [piece for piece in pieces if piece.num_rows] or [TABLES[table].empty_table()]
    if len(pieces) == 1:
        return pieces[0].combine_chunks()
    keys = [
        (name, "ascending")
        for name in ("record_id", "sha256", "source", "seq")
        if name in pieces[0].schema.names
    ]
    return pa.concat_tables(pieces).sort_by(keys).combine_chunks()
