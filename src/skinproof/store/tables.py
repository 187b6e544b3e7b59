"""The tables of an edition: their columns, and how rows become one sorted Arrow table.

`studies`, `papers`, `ids`, `sites` and `issues` have rows per record version: they start with `record_id, source, sha256`.
A version is either of a study or of a paper: it has a row in `studies` or in `papers`, never in both. All that
is read from the words of a record alone stands under those words: the other tables start with `text_id`, which
`studies.text_id` names. Versions that say the same in the same words share these rows, however many there are.
`seq` is a row's place in its version or text, so that order never depends on how a build was cut into pieces.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

SCHEMA_VERSION = 4
"""Raised when a column changes: every partition is then computed again."""

LINKS = "links"
"""The partition of an edition that is drawn from all others: what belongs together, and which papers are in force."""

_VERSION = [("record_id", pa.string()), ("source", pa.string()), ("sha256", pa.string())]
_SEQ = [("seq", pa.int32())]
_TEXT = [("text_id", pa.int64()), *_SEQ]
_TEXTS = pa.list_(pa.string())
_INTS = pa.list_(pa.int32())


def _schema(head: list[tuple[str, pa.DataType]], *columns: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in (*head, *columns)])


def _texts(*names: str) -> list[tuple[str, pa.DataType]]:
    return [(name, pa.string()) for name in names]


TABLES: dict[str, pa.Schema] = {
    "studies": _schema(
        _VERSION,
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
        ("suggestion_count", pa.int32()),
        ("issue_count", pa.int32()),
        ("text_id", pa.int64()),
    ),
    "papers": _schema(
        _VERSION,
        *_texts("completeness", "registry_date"),
        ("body_size", pa.int64()),
        *_texts("pmid"),
        ("pmid_version", pa.int32()),
        *_texts("doi", "pmcid", "title", "journal", "published", "published_text"),
        ("year", pa.int32()),
        ("authors", _TEXTS),
        ("publication_types", _TEXTS),
        *_texts("status"),
        ("deleted", pa.bool_()),
        # What the paper is and how it stands: these lists go together.
        ("kinds", _TEXTS),
        ("kind_reasons", _TEXTS),
        ("kind_fields", _TEXTS),
        ("kind_starts", _INTS),
        ("kind_ends", _INTS),
        ("kind_quotes", _TEXTS),
        *_texts("agent_class", "ev_role"),
        ("agents", _TEXTS),
        ("agent_classes_given", _TEXTS),
        ("indications", _TEXTS),
        *_texts("cutaneous", "aesthetic"),
        ("suggestion_count", pa.int32()),
        ("issue_count", pa.int32()),
        ("text_id", pa.int64()),
    ),
    "ids": _schema(
        [*_VERSION, *_SEQ],
        *_texts("place", "register", "given", "id", "note", "field"),
        ("start", pa.int32()),
        ("end", pa.int32()),
        *_texts("quote"),
    ),
    "calls": _schema(_TEXT, *_texts("property", "value", "reason", "rule")),
    "tags": _schema(
        _TEXT,
        *_texts("property", "term", "role", "field"),
        ("start", pa.int32()),
        ("end", pa.int32()),
        *_texts("quote", "rule", "reason"),
    ),
    "suggestions": _schema(
        _TEXT,
        *_texts("term", "field"),
        ("start", pa.int32()),
        ("end", pa.int32()),
        *_texts("quote", "reason"),
    ),
    "preparations": _schema(
        _TEXT,
        ("number", pa.int32()),
        *_texts("agent_class", "role"),
        ("agents", _TEXTS),
        *_texts("name"),
        ("interventions", _INTS),
        ("arms", _INTS),
    ),
    # One row a reading; a finding without a reading has one row with no value. A reading may quote several places:
    # the lists fields, starts, ends and quotes go together.
    "findings": _schema(
        _TEXT,
        ("preparation", pa.int32()),
        *_texts("property", "state", "reason"),
        ("looked_in", _TEXTS),
        *_texts("rule", "value", "value_reason", "value_rule", "kind"),
        ("low", pa.float64()),
        ("high", pa.float64()),
        *_texts("per"),
        ("per_value", pa.float64()),
        *_texts("bound"),
        ("arms", _TEXTS),
        ("flags", _TEXTS),
        ("fields", _TEXTS),
        ("starts", _INTS),
        ("ends", _INTS),
        ("quotes", _TEXTS),
    ),
    "issues": _schema([*_VERSION, *_SEQ], *_texts("kind", "path", "found", "message")),
    "arms": _schema(_TEXT, *_texts("label", "type", "description"), ("intervention_names", _TEXTS)),
    "interventions": _schema(
        _TEXT, *_texts("type", "name", "description"), ("other_names", _TEXTS), ("arm_group_labels", _TEXTS)
    ),
    "outcomes": _schema(_TEXT, *_texts("kind", "measure", "time_frame", "description")),
    "sites": _schema([*_VERSION, *_SEQ], *_texts("facility", "city", "state", "country", "status")),
    "references": _schema(_TEXT, *_texts("pmid", "type", "citation")),
}

DRAWN: dict[str, pa.Schema] = {
    "links": _schema(
        [],
        *_texts("from_id", "to_id", "relation", "rule"),
        ("score", pa.float64()),
        *_texts("state", "reason", "named", "record_id", "source", "sha256", "field"),
        ("start", pa.int32()),
        ("end", pa.int32()),
        *_texts("quote", "fingerprint"),
    ),
    "reports": _schema(_VERSION),
}
"""The tables of the partition LINKS."""


TEXT_TABLES = tuple(name for name, schema in TABLES.items() if schema.names[0] == "text_id")
"""Tables whose rows stand under the words they were read from."""


class RowBatch:
    """Rows of every table, as a kernel fills them version by version, text by text."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}

    def add(self, key: tuple[Any, ...], rows: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
        """Add rows, by table, without their key and `seq`; key: (record_id, source, sha256), or (text_id,)."""
        for table, found in rows.items():
            if table in ("studies", "papers"):
                self._rows[table] += [key + row for row in found]
            elif found:
                self._rows[table] += [(*key, seq, *row) for seq, row in enumerate(found)]

    def arrow(self, table: str) -> pa.Table:
        """The rows so far as an Arrow table, in the order they were added."""
        schema, rows = TABLES[table], self._rows[table]
        if not rows:
            return schema.empty_table()
        columns = zip(*rows, strict=True)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema)


def sorted_table(table: str, pieces: Sequence[pa.Table]) -> pa.Table:
    """The pieces as one table in canonical order, one chunk a column: equal rows give equal bytes when written."""
    whole = pa.concat_tables(pieces)
    heads = [
        name for name in ("text_id", "record_id", "sha256", "source", "seq") if name in TABLES[table].names
    ]
    if table in ("studies", "papers"):
        heads.remove("text_id")
    return whole.sort_by([(name, "ascending") for name in heads]).combine_chunks()
