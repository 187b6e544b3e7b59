"""`skinproof evaluate GOLD.csv`: a labelled table against what tagging says."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from skinproof.errors import InputError
from skinproof.model.tags import AGENT_CLASSES, EV_ROLES, Call, StudyTags, Tag
from skinproof.views.evaluation import FIELDS, NOT_REPORTED, Answer, EvaluationReport, Label, score

ID_COLUMNS = ("registry_id", "record_id", "nct_id")

_ALLOWED = {
    "agent_class": frozenset((*AGENT_CLASSES, NOT_REPORTED)),
    "ev_role": frozenset((*EV_ROLES.values(), "none", NOT_REPORTED)),
    "cutaneous": frozenset(("yes", "no", NOT_REPORTED)),
    "aesthetic": frozenset(("yes", "no", NOT_REPORTED)),
}
_SAME = {"y": "yes", "n": "no", "true": "yes", "false": "no", "not reported": NOT_REPORTED}
_LEFT_OUT = frozenset(("not_seen", "not seen", ""))


def evaluate(gold: Path | bytes, predictions: Mapping[str, Answer | StudyTags]) -> EvaluationReport:
    """The report on the gold table (a path or its bytes) against `predictions` (record id -> what tagging said).

    Raises:
        InputError: not a readable CSV, no id column, no column that can be scored, an unknown value,
            one id labelled in two ways.
    """
    name = str(gold) if isinstance(gold, Path) else "gold table"
    labels, fields, ignored = read_gold(_bytes(gold), name)
    answers = {
        key: answer_of(value) if isinstance(value, StudyTags) else value for key, value in predictions.items()
    }
    return score(labels, answers, fields, ignored)


def answer_of(tags: StudyTags) -> Answer:
    """The answer a tagged study gives to the scored fields."""
    return answer_from({field: getattr(tags, field) for field in FIELDS}, tags.tags)


def answer_from(calls: Mapping[str, Call], tags: Iterable[Tag]) -> Answer:
    """The same from calls by field name and tags, as an edition stores them."""
    return Answer({field: calls[field] for field in FIELDS}, tuple(tags))


def read_gold(
    body: bytes, name: str = "gold table"
) -> tuple[tuple[Label, ...], tuple[str, ...], tuple[str, ...]]:
    """(labels, scored columns, columns that are not scored) of a gold table."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name}: not UTF-8 text at byte {error.start}; save the table as UTF-8 CSV"
        ) from error
    if "\0" in text:
        raise InputError(f"{name}: holds zero bytes, so it is no CSV table")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns: Sequence[str] = [column.strip() for column in rows.fieldnames or ()]
        rows.fieldnames = columns
        id_column = next((column for column in ID_COLUMNS if column in columns), None)
        fields = tuple(field for field in FIELDS if field in columns)
        if id_column is None:
            raise InputError(
                f"{name}: no id column; expected one of {', '.join(ID_COLUMNS)}, found {_list(columns)}"
            )
        if not fields:
            raise InputError(
                f"{name}: nothing to score; expected one of {', '.join(FIELDS)}, found {_list(columns)}"
            )
        labels: dict[str, Label] = {}
        for row in rows:
            label = _read_row(row, id_column, fields, f"{name} line {rows.line_num}")
            first = labels.setdefault(label.record_id, label)
            if first != label:
                raise InputError(
                    f"{name} line {rows.line_num}: {label.record_id} is labelled twice, differently"
                )
    except csv.Error as error:
        raise InputError(f"{name} line {rows.line_num}: not readable as CSV: {error}") from error
    if not labels:
        raise InputError(f"{name}: no labelled rows")
    ignored = tuple(column for column in columns if column not in (id_column, *fields))
    return tuple(labels.values()), fields, ignored


def _read_row(row: Mapping[str, str | None], id_column: str, fields: Sequence[str], where: str) -> Label:
    record_id = (row[id_column] or "").strip()
    if not record_id:
        raise InputError(f"{where}: {id_column} is empty")
    values = {}
    for field in fields:
        raw = (row[field] or "").strip()
        value = _SAME.get(raw.lower(), raw.lower())
        if value in _LEFT_OUT:
            continue
        if value not in _ALLOWED[field]:
            known = ", ".join(sorted(_ALLOWED[field]))
            raise InputError(f"{where}: {field} of {record_id} is {raw[:60]!r}; known: {known}, not_seen")
        values[field] = value
    return Label(record_id, values)


def _bytes(gold: Path | bytes) -> bytes:
    if isinstance(gold, bytes):
        return gold
    try:
        return gold.read_bytes()
    except OSError as error:
        raise InputError(f"{gold}: cannot be read ({error.strerror})") from error


def _list(columns: Sequence[str]) -> str:
    return ", ".join(columns[:12]) or "nothing"
