"""Questions to one edition, answered by DuckDB over its Parquet files: no lock, no server, nothing written.

Versions in force. A study may have many record versions. As of a day D the one in force is, in this order: a full
record before a partial one; a version the registry had posted by D before a later one; of those the newest (if all
are later than D: the oldest, marked `later_version`); then the newest export, the larger body, the hash. Import
order never matters. A study is visible as of D when it was first posted by the end of D.

Of a trial with several registrations one is counted: the first of them that is visible. The others are found by their id.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import msgspec

from skinproof.model.issue import Issue
from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.model.tags import Call, Suggestion, Tag
from skinproof.store.editions import Manifest
from skinproof.store.read_judged import NOTHING, Laid, Overlay, lay_over
from skinproof.store.read_papers import PaperReader
from skinproof.store.tables import TABLES
from skinproof.store.text_rows import TextRows

if TYPE_CHECKING:
    import pyarrow as pa

_SUMMARY = [name for name in StudySummary.__struct_fields__ if name != "later_version"]
_LISTS = {"aliases", "phases", "countries", "conditions", "agents", "agent_classes_given", "indications"}

RANKED = """
version as (
    select record_id, source, sha256, completeness, registry_date, version_holder, body_size,
        (registry_date is null or $as_of is null or registry_date <= $as_of) as posted_by_then,
        min(first_posted_latest) over (partition by record_id) as visible_from
    from {studies}
),
ranked as (
    select record_id, source, sha256, visible_from, not posted_by_then as later_version,
        row_number() over (partition by record_id order by
            (completeness = 'full') desc,
            (registry_date is not null and posted_by_then) desc,
            case when posted_by_then then registry_date end desc nulls last,
            registry_date asc nulls last,
            version_holder desc nulls last, body_size desc, sha256) as place
    from version
)"""
"""The versions of each study in the order in which they describe it as of a day; place 1 is in force."""

_IN_FORCE = (
    "create table {name} as with "
    + RANKED
    + """,
answer as (
    select study.*, visible_from, later_version, (select max(registry_date) from version) as newest_registry_date,
        ($as_of is null or coalesce(visible_from <= $as_of, false)) as visible
    from {studies} study join ranked using (record_id, source, sha256)
    where place = 1
),
-- A trial with several registrations is counted once: as the first of them that is visible.
shown as (
    select record_id, row_number() over (partition by trial order by registration.place) as turn
    from registration join answer using (record_id) where visible
)
select answer.*, visible and coalesce(turn, 1) = 1 as counted from answer left join shown using (record_id)
"""
)
_DAYS_KEPT = 4
"""Days of the past whose tables are kept."""
_STAMPS_KEPT = 1000
_FEW = 200
"""So many texts or ids are looked for one by one; more, in one reading of all."""


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """Filters with every id already expanded; None = not asked. Words are compared as the registry prints them."""

    agents: tuple[str, ...] | None = None
    """`term|role` pairs, any of which a study must have."""
    indications: tuple[str, ...] | None = None
    cutaneous: str | None = None
    aesthetic: str | None = None
    phases: tuple[str, ...] | None = None
    statuses: tuple[str, ...] | None = None
    countries: tuple[str, ...] | None = None
    start_from: str | None = None
    start_to: str | None = None
    posted_from: str | None = None
    posted_to: str | None = None
    record_ids: tuple[str, ...] | None = None
    text_ids: tuple[int, ...] | None = None
    undated: bool | None = None
    """Only studies without (True) or with a first-posted day."""
    not_started: bool | None = None
    """Only studies without (True) or with a start date."""
    every: bool | None = None
    """True: registrations that are counted with another one, too."""


_WHERE = {
    "agents": "list_has_any(agents, $agents)",
    "indications": "list_has_any(indications, $indications)",
    "cutaneous": "cutaneous = $cutaneous",
    "aesthetic": "aesthetic = $aesthetic",
    "phases": "list_has_any(phases, $phases)",
    "statuses": "list_contains($statuses, overall_status)",
    "countries": "list_has_any(list_transform(countries, lambda c: lower(c)), $countries)",
    # A date of month or year precision is kept when any day of it fits.
    "start_from": "start_date || substr('0000-12-31', length(start_date) + 1) >= $start_from",
    "start_to": "start_date || substr('0000-01-01', length(start_date) + 1) <= $start_to",
    "posted_from": "visible_from >= $posted_from",
    "posted_to": "visible_from <= $posted_to",
    "record_ids": "record_id in (select unnest($record_ids))",
    "undated": "(visible_from is null) = $undated",
    "not_started": "(start_date is null) = $not_started",
    "text_ids": "text_id in (select unnest($text_ids))",
}


class EditionReader(PaperReader):
    """One edition, open for reading.

    trials: the records of each trial that has several registrations, the one to show first; asked when studies are first
    read. None: every registration is counted.
    overlay: what people said of studies, asked at the same time; None: what the rules said is all.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        trials: "Callable[[EditionReader], Iterable[Sequence[str]]] | None" = None,
        overlay: Callable[[], Overlay | None] | None = None,
    ) -> None:
        super().__init__(folder, manifest)
        self._trials = trials
        self._overlay = overlay
        self._laid: dict[str | None, Laid] = {}
        self._registrations = False
        self._days: dict[str | None, str] = {}
        self._made = 0
        self._making = RLock()
        self._named = False
        self._text_rows: TextRows | None = None
        self._stamps: dict[str | None, EditionStamp] = {}

    def _in_force(self, as_of: str | None) -> str:
        """Name of the table of versions in force on a day; made at the first question, kept for the next ones."""
        name = self._days.get(as_of)
        if name is not None:
            return name
        with self._making:
            return self._make_in_force(as_of)

    def _make_in_force(self, as_of: str | None) -> str:
        name = self._days.get(as_of)
        if name is None:
            past = [
                day for day in self._days if day is not None
            ]  # the newest versions are asked for all the time
            if len(past) >= _DAYS_KEPT:
                self._db.execute(f"drop table {self._days.pop(past[0])}")
            if not self._registrations:
                self._write_registrations()
            self._made += 1
            name = f"in_force_{self._made}"
            studies, files = "read_parquet($files)", self._files("studies")
            if not files:  # papers alone were imported
                studies = "no_studies"
            sql = _IN_FORCE.format(name=name, studies=studies)
            self._db.execute(sql, {"as_of": as_of, **({"files": files} if files else {})})
            try:
                overlay = self._overlay() if self._overlay is not None else None
                self._laid[as_of] = lay_over(
                    lambda sql, values: self._rows(sql, values), self._db, name, overlay
                )
                self._db.execute(f"create index {name}_id on {name} (record_id)")
            except BaseException:
                self._db.execute(f"drop table {name}")
                raise
            self._days[as_of] = name
        return name

    def _write_registrations(self) -> None:
        trials = list(self._trials(self)) if self._trials else []
        rows = [(str(n), place, name) for n, names in enumerate(trials) for place, name in enumerate(names)]
        self._db.execute("create table registration (trial varchar, place integer, record_id varchar)")
        if rows:
            self._db.executemany("insert into registration values (?, ?, ?)", rows)
        if not self._files("studies"):
            self._db.register("no_studies", TABLES["studies"].empty_table())
        self._registrations = True  # last: what could not be read now may be read later

    def studies(
        self,
        conditions: Conditions,
        as_of: str | None,
        columns: Sequence[str],
        page: tuple[int, int] | None = None,
    ) -> list[tuple[Any, ...]]:
        """Rows of `columns` for the visible studies that meet the conditions, sorted by record id.

        page: (most rows, rows passed over first).
        """
        sql, values = self._question(conditions, as_of, columns)
        sql += " order by record_id"
        if page is not None:
            sql += " limit $limit offset $offset"
            values["limit"], values["offset"] = page
        return self._rows(sql, values)

    def _question(
        self, conditions: Conditions, as_of: str | None, columns: Sequence[str]
    ) -> tuple[str, dict[str, Any]]:
        values: dict[str, Any] = {}
        where = ["visible" if conditions.every else "counted"]
        for name in conditions.__struct_fields__:
            value = getattr(conditions, name)
            if name == "record_ids" and value is not None and 0 < len(value) <= _FEW:  # found by the index
                values |= {f"id_{n}": record_id for n, record_id in enumerate(value)}
                where.append(f"record_id in ({', '.join(f'$id_{n}' for n in range(len(value)))})")
            elif value is not None and name != "every":
                values[name] = list(value) if isinstance(value, tuple) else value
                where.append(_WHERE[name])
        table = self._in_force(as_of)
        return f"select {', '.join(columns)} from {table} where {' and '.join(where)}", values

    def countries(self) -> list[str]:
        """Every country that a study names, sorted."""
        sql = f"select distinct unnest(countries) from {self._in_force(None)} where counted order by 1"
        return [row[0] for row in self._rows(sql, {})]

    def count(self, conditions: Conditions, as_of: str | None) -> int:
        """How many studies `studies` would give."""
        sql, values = self._question(conditions, as_of, ("1",))
        return int(self._rows(f"select count(*) from ({sql})", values)[0][0])

    def summaries(
        self,
        conditions: Conditions,
        as_of: str | None,
        columns: Sequence[str] | None = None,
        page: tuple[int, int] | None = None,
    ) -> tuple[StudySummary, ...]:
        """One summary per study in force as of the day, that meets the conditions, sorted by record id.

        columns: only these are read, the others are left None or empty (a map of all studies needs few of them).
        page: (most studies, studies passed over first).
        """
        wanted = set(columns) | {"record_id"} if columns is not None else set(_SUMMARY)
        names = [*(name for name in _SUMMARY if name in wanted), "later_version"]
        lists = [names.index(name) for name in names if name in _LISTS]
        blank: dict[str, Any] = {
            name: () if name in _LISTS else None for name in _SUMMARY if name not in wanted
        }
        found = []
        for row in self.studies(conditions, as_of, names, page):
            values = list(row)
            for place in lists:
                values[place] = tuple(values[place] or ())
            found.append(StudySummary(**dict(zip(names, values, strict=True)), **blank))
        return tuple(found)

    def stamp(self, as_of: str | None) -> EditionStamp:
        """How much this edition holds and what a dated answer leaves out."""
        found = self._stamps.get(as_of)
        if found is None:
            found = self._stamp(as_of)
            if len(self._stamps) < _STAMPS_KEPT:
                self._stamps[as_of] = found
        return found

    def _stamp(self, as_of: str | None) -> EditionStamp:
        row = self._rows(
            f"""select
                count(*) filter (counted),
                count(*) filter (counted and completeness = 'partial'),
                count(*) filter (visible_from is null),
                count(*) filter (counted and later_version),
                any_value(newest_registry_date)
                from {self._in_force(as_of)}""",
            {},
        )[0]
        return EditionStamp(
            edition=self.manifest.edition,
            as_of=as_of,
            n_versions=self.manifest.rows.get("studies", 0),
            n_studies=row[0],
            n_partial=row[1],
            undated=row[2],
            later_described=row[3],
            newest_registry_date=row[4],
            rules=self.manifest.rules,
            incomplete=self.manifest.incomplete,
            judged=self._laid.get(as_of, NOTHING).judged,
            to_look_at=self._laid.get(as_of, NOTHING).to_look_at,
        )

    def record_ids_of(self, name: str) -> list[str]:
        """Record ids that are, or have as an alias, this id (without case)."""
        table = self._in_force(None)
        with self._making:
            if not self._named:
                self._db.execute(
                    f"""create table named as
                    select upper(record_id) as name, record_id from {table}
                    union select unnest(aliases), record_id from {table}"""
                )
                self._db.execute("create index named_name on named (name)")
                self._named = True
        rows = self._rows(
            "select distinct record_id from named where name = $name order by 1", {"name": name.upper()}
        )
        return [row[0] for row in rows]

    def _of_texts(self, table: str, text_ids: Sequence[int], columns: Sequence[str]) -> list[tuple[Any, ...]]:
        """(text id, seq, *columns) under these texts in order; the same text may stand in several partitions, and is read once."""
        files = self._files(table)
        if not files or not text_ids:
            return []
        if len(text_ids) <= _FEW:
            return self._few_texts().rows(table, text_ids, columns)
        return self._rows(
            f"""select distinct text_id, seq, {_quoted(columns)} from read_parquet($files)
                where text_id in (select unnest($text_ids)) order by text_id, seq""",
            {"files": files, "text_ids": list(text_ids)},
        )

    def _few_texts(self) -> TextRows:
        with self._making:
            if self._text_rows is None:
                self._text_rows = self._open_text_rows()
            return self._text_rows

    def _open_text_rows(self) -> TextRows:
        import numpy as np

        partitions = [
            {table: f"{self.folder}/{entry.path}" for table, entry in partition.files.items()}
            for partition in self.manifest.partitions.values()
        ]
        place_of = {
            files[table]: place
            for place, files in enumerate(partitions)
            for table in ("studies", "papers")
            if table in files
        }
        if not place_of:
            return TextRows((), (np.empty(0, np.int64), np.empty(0, np.int32)), self._table)
        with self._db.cursor() as cursor:
            every = cursor.sql(
                "select text_id, filename from read_parquet($files, filename = true, union_by_name = true)",
                params={"files": list(place_of)},
            ).to_arrow_table()
        named = every.column("filename").combine_chunks().dictionary_encode()
        places = np.array([place_of[file] for file in named.dictionary.to_pylist()], np.int32)
        text_ids = every.column("text_id").to_numpy()
        order = np.argsort(text_ids, kind="stable")
        where = places[named.indices.to_numpy()][order]
        return TextRows(partitions, (text_ids[order], where), self._table)

    def _table(self, file: str) -> "pa.Table":
        """A file of the edition as a table."""
        with self._db.cursor() as cursor:
            return cursor.sql("select * from read_parquet($file)", params={"file": file}).to_arrow_table()

    def tags_of(self, text_ids: Sequence[int]) -> dict[int, list[Tag]]:
        """The tags read from texts, by text id, in reading order."""
        found: dict[int, list[Tag]] = {}
        for row in self._of_texts("tags", text_ids, Tag.__struct_fields__):
            found.setdefault(row[0], []).append(Tag(*row[2:]))
        return found

    def calls_of(self, text_ids: Sequence[int]) -> dict[int, dict[str, Call]]:
        """agent_class, ev_role, cutaneous and aesthetic of texts, by text id, each with its reason."""
        found: dict[int, dict[str, Call]] = {}
        for row in self._of_texts("calls", text_ids, ("property", *Call.__struct_fields__)):
            found.setdefault(row[0], {})[row[2]] = Call(*row[3:])
        return found

    def suggestions_of(self, text_ids: Sequence[int]) -> dict[int, list[Suggestion]]:
        """Near-miss spellings in texts, by text id."""
        found: dict[int, list[Suggestion]] = {}
        for row in self._of_texts("suggestions", text_ids, Suggestion.__struct_fields__):
            found.setdefault(row[0], []).append(Suggestion(*row[2:]))
        return found

    def preparation_rows(self, table: str, text_ids: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
        """Rows of `preparations` or `findings` without their key, by text id, in reading order."""
        found: dict[int, list[tuple[Any, ...]]] = {}
        for row in self._of_texts(table, text_ids, TABLES[table].names[2:]):
            found.setdefault(row[0], []).append(row[2:])
        return found

    def issues(self, shas: Sequence[str]) -> list[tuple[str, Issue]]:
        """(record id, reading issue) of the given record versions."""
        files = self._files("issues")
        if not files or not shas:
            return []
        rows = self._rows(
            """select record_id, kind, path, found, message from read_parquet($files)
               where sha256 in (select unnest($shas)) order by record_id, sha256, seq""",
            {"files": files, "shas": list(shas)},
        )
        return [(row[0], Issue(*row[1:])) for row in rows]


def _quoted(columns: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
