"""`skinproof evaluate GOLD.csv`: a labelled table against what skinproof says."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from skinproof.errors import InputError
from skinproof.model.findings import Preparation
from skinproof.model.summary import StudySummary
from skinproof.model.tags import AGENT_CLASSES, EV_ROLES, Call, StudyTags, Tag
from skinproof.views.evaluation import FIELDS, NOT_REPORTED, Answer, EvaluationReport, Expected, Label, score
from skinproof.views.evaluation_judge import CALL_FIELDS
from skinproof.vocabulary.loader import load_bundled
from skinproof.vocabulary.term import Vocabulary
from skinproof.workflows.gold_words import COLUMNS, GoldReader

ID_COLUMNS = ("registry_id", "record_id", "nct_id")

_ALLOWED = {
    "agent_class": frozenset((*AGENT_CLASSES, NOT_REPORTED)),
    "ev_role": frozenset((*EV_ROLES.values(), "none", NOT_REPORTED)),
    "cutaneous": frozenset(("yes", "no", NOT_REPORTED)),
    "aesthetic": frozenset(("yes", "no", NOT_REPORTED)),
}
_SAME = {"y": "yes", "n": "no", "true": "yes", "false": "no", "not reported": NOT_REPORTED}
_LEFT_OUT = frozenset(("not_seen", "not seen", ""))


class GoldTable(NamedTuple):
    """A gold table as read.

    fields: what it can score; ignored: columns that nothing is scored against; not_understood: field -> cell whose
    words are not surely known -> how often. Such a cell makes no label: it is counted, never guessed.
    """

    labels: tuple[Label, ...]
    fields: tuple[str, ...]
    ignored: tuple[str, ...]
    not_understood: dict[str, dict[str, int]]


def evaluate(
    gold: Path | bytes,
    predictions: Mapping[str, Answer | StudyTags],
    vocabulary: Vocabulary | None = None,
) -> EvaluationReport:
    """The report on the gold table (a path or its bytes) against `predictions` (record id -> what skinproof says).

    A field is scored where any answer speaks of it: tags alone answer the calls only. vocabulary: the bundled one,
    unless another is given; the table's words for separation methods are read with it.

    Raises:
        InputError: not a readable CSV, no id column, no column that can be scored, an unknown class, role or
            yes and no, one id labelled in two ways.
    """
    name = str(gold) if isinstance(gold, Path) else "gold table"
    table = read_table(_bytes(gold), name, vocabulary)
    answers = {
        key: answer_of(value) if isinstance(value, StudyTags) else value for key, value in predictions.items()
    }
    fields = tuple(
        field for field in table.fields if not answers or any(a.can_say(field) for a in answers.values())
    )
    scored = {COLUMNS.get(field, field) for field in fields}
    unscored = (COLUMNS.get(field, field) for field in table.fields)
    ignored = (*table.ignored, *dict.fromkeys(column for column in unscored if column not in scored))
    return score(table.labels, answers, fields, ignored, table.not_understood)


def answer_of(tags: StudyTags) -> Answer:
    """The answer a tagged study gives to the scored calls."""
    return answer_from({field: getattr(tags, field) for field in CALL_FIELDS}, tags.tags)


def answer_from(
    calls: Mapping[str, Call],
    tags: Iterable[Tag],
    preparations: Iterable[Preparation] | None = None,
    study: StudySummary | None = None,
) -> Answer:
    """The same from calls by field name, tags, preparations and the study, as an edition stores them."""
    products = None if preparations is None else tuple(preparations)
    return Answer({field: calls[field] for field in CALL_FIELDS}, tuple(tags), products, study)


def read_gold(
    body: bytes, name: str = "gold table"
) -> tuple[tuple[Label, ...], tuple[str, ...], tuple[str, ...]]:
    """(labels, scored fields, columns that are not scored) of a gold table."""
    return read_table(body, name)[:3]


def read_table(body: bytes, name: str = "gold table", vocabulary: Vocabulary | None = None) -> GoldTable:
    """A gold table, read strictly.

    Raises: InputError, as `evaluate`.
    """
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
        id_column, fields = _columns(columns, name)
        reader = _RowReader(id_column, fields, name, vocabulary)
        for row in rows:
            reader.take(row, rows.line_num)
    except csv.Error as error:
        raise InputError(f"{name} line {rows.line_num}: not readable as CSV: {error}") from error
    if not reader.labels:
        raise InputError(f"{name}: no labelled rows")
    used = {id_column, *(COLUMNS.get(field, field) for field in fields)}
    ignored = tuple(column for column in columns if column not in used)
    return GoldTable(tuple(reader.labels.values()), fields, ignored, reader.not_understood)


def _columns(columns: Sequence[str], name: str) -> tuple[str, tuple[str, ...]]:
    id_column = next((column for column in ID_COLUMNS if column in columns), None)
    fields = tuple(field for field in FIELDS if COLUMNS.get(field, field) in columns)
    if id_column is None:
        raise InputError(
            f"{name}: no id column; expected one of {', '.join(ID_COLUMNS)}, found {_list(columns)}"
        )
    if not fields:
        known = dict.fromkeys(COLUMNS.get(field, field) for field in FIELDS)
        raise InputError(
            f"{name}: nothing to score; expected one of {', '.join(known)}, found {_list(columns)}"
        )
    return id_column, fields


class _RowReader:
    """Turns rows into labels, one for each record id."""

    def __init__(
        self, id_column: str, fields: Sequence[str], name: str, vocabulary: Vocabulary | None
    ) -> None:
        self.labels: dict[str, Label] = {}
        self.not_understood: dict[str, dict[str, int]] = {}
        self._id_column = id_column
        self._name = name
        self._calls = tuple(field for field in fields if field in CALL_FIELDS)
        self._facts = tuple(field for field in fields if field not in CALL_FIELDS)
        self._reader = GoldReader(vocabulary or load_bundled()) if self._facts else None

    def take(self, row: Mapping[str, str | None], line: int) -> None:
        where = f"{self._name} line {line}"
        record_id = (row[self._id_column] or "").strip()
        if not record_id:
            raise InputError(f"{where}: {self._id_column} is empty")
        values: dict[str, str] = {}
        words: dict[str, str] = {}
        read: dict[str, Expected] = {}
        for field in self._calls:
            if value := _call_value(field, (row[field] or "").strip(), f"{where}: {field} of {record_id}"):
                values[field] = value
        unknown = []
        for field in self._facts:
            raw = (row[COLUMNS.get(field, field)] or "").strip()
            cell = self._reader.read(field, raw) if self._reader else None
            if cell is None or cell.value is None:
                if cell is not None and not cell.understood:
                    unknown.append((field, raw[:60]))
                continue
            values[field] = cell.value
            if cell.read is not None:
                read[field] = cell.read
            if raw != cell.value:
                words[field] = raw
        label = Label(record_id, values, words, read)
        first = self.labels.setdefault(record_id, label)
        if first != label:
            raise InputError(f"{where}: {record_id} is labelled twice, differently")
        for field, raw in unknown if first is label else ():
            counts = self.not_understood.setdefault(field, {})
            counts[raw] = counts.get(raw, 0) + 1


def _call_value(field: str, raw: str, where: str) -> str | None:
    value = _SAME.get(raw.lower(), raw.lower())
    if value in _LEFT_OUT:
        return None
    if value not in _ALLOWED[field]:
        known = ", ".join(sorted(_ALLOWED[field]))
        raise InputError(f"{where} is {raw[:60]!r}; known: {known}, not_seen")
    return value


def _bytes(gold: Path | bytes) -> bytes:
    if isinstance(gold, bytes):
        return gold
    try:
        return gold.read_bytes()
    except OSError as error:
        raise InputError(f"{gold}: cannot be read ({error.strerror})") from error


def _list(columns: Sequence[str]) -> str:
    return ", ".join(columns[:12]) or "nothing"
