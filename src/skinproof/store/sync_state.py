"""Where each sync stands, in the raw store's own file, so that a page, its ids and the place to go on last together.

Nothing here commits: `ImportRun.commit` and `finish` do, with the versions of the same page.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import msgspec
import zstandard

from skinproof.errors import NotFoundError
from skinproof.model.exchange import Query
from skinproof.store.raw_file import Database, errors_of, marks

_ASKED = 500


class OpenRun(NamedTuple):
    """A run that is not finished. place: the source's mark of the next page, None at the beginning."""

    id: int
    kind: str
    since: str | None
    started: str
    data_version: str | None
    place: str | None
    reported: int | None


class DoneRun(NamedTuple):
    """A finished run. state: complete | incomplete; missing: ids not held, of an incomplete one; ids: key of its set."""

    id: int
    source: str
    query: str
    kind: str
    started: str
    finished: str
    state: str
    data_version: str | None
    reported: int | None
    stored: int
    swept: bool
    ids: int
    missing: tuple[str, ...]


class RecordEvent(NamedTuple):
    """What happened to a record at its source.

    kind: gone (the source has it no more), alias (it goes by the id in `detail` now), left (no longer an answer to
    the query in `detail`), back (an answer to it again, or there again).
    """

    at: str
    source: str
    record_id: str
    kind: str
    detail: str


class QueryState(NamedTuple):
    """The newest run of a query. state: running (it stopped before its end, or is going on) | complete | incomplete.

    kind: full | changed; reported, stored: of all the query's records; of a running one, of the pages read so far
    """

    source: str
    query: str
    kind: str
    state: str
    reported: int | None
    stored: int


class SourceFields(NamedTuple):
    """The fields that a source said its records can have. at: when it said so; vanished: fields that are read here and
    that it does not name any more."""

    data_version: str | None
    at: str
    fields: frozenset[str]
    vanished: tuple[str, ...]


class SyncState:
    """Sync runs, id sets and record events; get one from `RawStore.sync_state`."""

    def __init__(self, path: str, db: Database) -> None:
        self._path, self._db = path, db

    # -- a run

    def unfinished(self, fingerprint: str, name: str) -> OpenRun | None:
        """The newest run of a query, if it stopped before its end."""
        query = """select r.id, r.kind, r.since, r.started, r.data_version, r.place, r.reported, r.state
            from sync_run r join sync_query q on q.id = r.query
            where q.fingerprint = ? and q.name = ? order by r.id desc limit 1"""
        with errors_of(self._path):
            row = self._db.execute(query, (fingerprint, name)).fetchone()
        return OpenRun(*row[:7]) if row is not None and row[7] == "running" else None

    def begin(
        self, query: Query, fingerprint: str, kind: str, since: str | None, data_version: str | None, now: str
    ) -> OpenRun:
        """Begin a run; whatever stood unfinished of the same query is given up (what it stored stays)."""
        with errors_of(self._path):
            number = self._query(query, fingerprint)
            stopped = self._db.execute(
                "select id from sync_run where query = ? and state = 'running'", (number,)
            ).fetchall()
            for (run,) in stopped:
                self._db.execute("delete from sync_seen where run = ?", (run,))
                self._db.execute("delete from sync_run where id = ?", (run,))
            run = self._next("sync_run")
            self._db.execute(
                """insert into sync_run (id, query, kind, since, started, state, data_version)
                values (?, ?, ?, ?, ?, 'running', ?)""",
                (run, number, kind, since, now, data_version),
            )
        return OpenRun(run, kind, since, now, data_version, None, None)

    def restart(self, run: int, data_version: str | None) -> None:
        """Begin a run again from its first page: the source's data changed. What was stored stays."""
        with errors_of(self._path):
            self._db.execute("delete from sync_seen where run = ?", (run,))
            self._db.execute(
                "update sync_run set place = null, reported = null, data_version = ? where id = ?",
                (data_version, run),
            )

    def page(self, run: int, ids: Iterable[str], place: str | None, reported: int | None) -> None:
        """Note the ids of a page, where the next one is, and the total where the page says one."""
        with errors_of(self._path):
            self._db.executemany(
                "insert into sync_seen (run, record_id) values (?, ?) on conflict (run, record_id) do nothing",
                [(run, record_id) for record_id in ids],
            )
            self._db.execute(
                "update sync_run set place = ?, reported = coalesce(?, reported) where id = ?",
                (place, reported, run),
            )

    def seen(self, run: int) -> set[str]:
        """The ids noted in an unfinished run."""
        with errors_of(self._path):
            rows = self._db.execute("select record_id from sync_seen where run = ?", (run,))
            return {row[0] for row in rows}

    def finish(
        self,
        run: int,
        ids: Collection[str],
        *,
        reported: int | None,
        stored: int,
        swept: bool,
        missing: Sequence[str],
        complete: bool,
        now: str,
    ) -> None:
        """End a run with the exact ids of the query. missing: ids not held."""
        with errors_of(self._path):
            number = self._id_set(ids)
            self._db.execute(
                """update sync_run set finished = ?, state = ?, place = null, reported = ?, stored = ?, swept = ?,
                ids = ?, missing = ? where id = ?""",
                (
                    now,
                    "complete" if complete else "incomplete",
                    reported,
                    stored,
                    int(swept),
                    number,
                    json.dumps(list(missing)) if missing else None,
                    run,
                ),
            )
            self._db.execute("delete from sync_seen where run = ?", (run,))

    def event(self, run: int, now: str, source: str, record_id: str, kind: str, detail: str = "") -> bool:
        """Note what happened to a record, unless its last such event says the same. Returns: whether it is news.

        `left` and `back` are told of each query by itself.
        """
        with errors_of(self._path):
            where, values = "source = ? and record_id = ?", [source, record_id]
            if kind in ("left", "back"):
                where, values = f"{where} and (detail = ? or kind in ('gone', 'alias'))", [*values, detail]
            last = self._db.execute(
                f"select kind, detail from record_event where {where} order by id desc limit 1", values
            ).fetchone()
            if last == (kind, detail):
                return False
            self._db.execute(
                """insert into record_event (id, at, run, source, record_id, kind, detail)
                values (?, ?, ?, ?, ?, ?, ?)""",
                (self._next("record_event"), now, run, source, record_id, kind, detail),
            )
            return True

    # -- what is held

    def held(self, source: str, ids: Iterable[str]) -> dict[str, set[str | None]]:
        """Of some ids, those that a version is stored of, with the registry dates of their versions."""
        found: dict[str, set[str | None]] = {}
        wanted = sorted(set(ids))
        with errors_of(self._path):
            for at in range(0, len(wanted), _ASKED):
                some = wanted[at : at + _ASKED]
                query = f"""select record_id, registry_date from raw_version
                    where source = ? and record_id in ({marks(some)})"""
                for record_id, day in self._db.execute(query, (source, *some)):
                    found.setdefault(record_id, set()).add(day)
        return found

    # -- what is known of earlier runs

    def last(self, fingerprint: str, name: str) -> DoneRun | None:
        """The newest finished run of a query that asks the same."""
        found = self._done("q.fingerprint = ? and q.name = ?", (fingerprint, name), 1)
        return found[0] if found else None

    def last_sweep(self, fingerprint: str, name: str) -> str | None:
        """When all ids of a query were last asked for (a full run asks for them too); ISO date and time."""
        query = """select max(r.started) from sync_run r join sync_query q on q.id = r.query
            where q.fingerprint = ? and q.name = ? and r.finished is not null and (r.swept = 1 or r.kind = 'full')"""
        with errors_of(self._path):
            found: str | None = self._db.execute(query, (fingerprint, name)).fetchone()[0]
            return found

    def runs(self, name: str | None = None, source: str | None = None, limit: int = 1000) -> list[DoneRun]:
        """Finished runs, newest first; of one query, or of one source, where named."""
        where = [f"q.{key} = ?" for key, value in (("name", name), ("source", source)) if value is not None]
        values = [value for value in (name, source) if value is not None]
        return self._done(" and ".join(where) or "1 = 1", values, limit)

    def open_runs(self) -> list[tuple[str, str, OpenRun]]:
        """(source, query, run) of the runs that stopped before their end, or are going on."""
        query = """select q.source, q.name, r.id, r.kind, r.since, r.started, r.data_version, r.place, r.reported
            from sync_run r join sync_query q on q.id = r.query where r.state = 'running' order by r.id"""
        with errors_of(self._path):
            return [(row[0], row[1], OpenRun(*row[2:])) for row in self._db.execute(query).fetchall()]

    def newest_states(self) -> list[QueryState]:
        """The newest run of each query that was ever asked, by source and name."""
        query = """select q.source, q.name, r.kind, r.state, r.reported, coalesce(r.stored, 0), r.id
            from sync_run r join sync_query q on q.id = r.query
            where r.id = (select max(s.id) from sync_run s join sync_query p on p.id = s.query
                where p.source = q.source and p.name = q.name)
            order by q.source, q.name"""
        with errors_of(self._path):
            rows = self._db.execute(query).fetchall()
        return [
            QueryState._make((*row[:5], len(self.seen(row[6])) if row[3] == "running" else row[5]))
            for row in rows
        ]

    def run_on(self, name: str, source: str, day: str | None) -> DoneRun:
        """The newest finished run of a query that began on or before a day (None: the newest).

        Raises: NotFoundError when there is none: what a query gave before it was first asked, nobody can know.
        """
        where, values = "q.name = ? and q.source = ?", [name, source]
        if day is not None:
            where, values = f"{where} and substr(r.started, 1, 10) <= ?", [*values, day]
        found = self._done(where, values, 1)
        if not found:
            first = self._done("q.name = ? and q.source = ?", [name, source], 1, "asc")
            since = f"; it was first asked on {first[0].started[:10]}" if first else "; it was never asked"
            raise NotFoundError(f"no ids are kept of query {name!r} at {source} as of {day or 'now'}{since}")
        return found[0]

    def asked(self, run: int) -> Query:
        """The query as it was asked in a run."""
        query = "select q.asked from sync_run r join sync_query q on q.id = r.query where r.id = ?"
        with errors_of(self._path):
            (text,) = self._db.execute(query, (run,)).fetchone()
        return msgspec.json.decode(text, type=Query)

    def ids(self, key: int) -> frozenset[str]:
        """The ids of a set."""
        with errors_of(self._path):
            (packed,) = self._db.execute("select packed from id_set where id = ?", (key,)).fetchone()
            text = zstandard.ZstdDecompressor().decompress(packed).decode()
        return frozenset(text.split("\n")) if text else frozenset()

    def events(self, record_id: str | None = None, since: str | None = None) -> list[RecordEvent]:
        """What happened to records at their sources, oldest first; of one record, or from a time on, where named."""
        asked = [("record_id = ?", record_id), ("at >= ?", since)]
        where = " and ".join(["1 = 1", *(words for words, value in asked if value is not None)])
        query = f"select at, source, record_id, kind, detail from record_event where {where} order by id"
        with errors_of(self._path):
            rows = self._db.execute(query, [value for _, value in asked if value is not None])
            return [RecordEvent(*row) for row in rows]

    # -- the fields of a source

    def fields(self, source: str) -> SourceFields | None:
        """What a source said of its fields when it was last asked for them; None: it never was."""
        query = "select data_version, at, fields, vanished from source_fields where source = ?"
        with errors_of(self._path):
            row = self._db.execute(query, (source,)).fetchone()
        if row is None:
            return None
        return SourceFields(row[0], row[1], frozenset(json.loads(row[2])), tuple(json.loads(row[3])))

    def keep_fields(self, source: str, said: SourceFields) -> None:
        """Keep the fields of a source, in place of those it had."""
        with errors_of(self._path):
            self._db.execute(
                """insert into source_fields (source, data_version, at, fields, vanished) values (?, ?, ?, ?, ?)
                on conflict (source) do update set data_version = excluded.data_version, at = excluded.at,
                fields = excluded.fields, vanished = excluded.vanished""",
                (
                    source,
                    said.data_version,
                    said.at,
                    json.dumps(sorted(said.fields)),
                    json.dumps(said.vanished),
                ),
            )

    # -- helpers

    def _done(self, where: str, values: Sequence[str], limit: int, order: str = "desc") -> list[DoneRun]:
        query = f"""select r.id, q.source, q.name, r.kind, r.started, r.finished, r.state, r.data_version, r.reported,
            r.stored, r.swept, r.ids, r.missing from sync_run r join sync_query q on q.id = r.query
            where r.finished is not null and {where} order by r.id {order} limit ?"""
        with errors_of(self._path):
            rows = self._db.execute(query, (*values, limit)).fetchall()
        return [
            DoneRun._make((*row[:10], bool(row[10]), row[11], tuple(json.loads(row[12] or "[]"))))
            for row in rows
        ]

    def _query(self, query: Query, fingerprint: str) -> int:
        key = (fingerprint, query.name)
        found = self._db.execute(
            "select id from sync_query where fingerprint = ? and name = ?", key
        ).fetchone()
        if found is not None:
            return int(found[0])
        number = self._next("sync_query")
        asked = msgspec.json.encode(query).decode()
        self._db.execute(
            "insert into sync_query (id, source, name, fingerprint, asked) values (?, ?, ?, ?, ?)",
            (number, query.source, query.name, fingerprint, asked),
        )
        return number

    def _id_set(self, ids: Collection[str]) -> int:
        text = "\n".join(sorted(ids)).encode()
        digest = hashlib.sha256(text).hexdigest()
        found = self._db.execute("select id from id_set where digest = ?", (digest,)).fetchone()
        if found is not None:
            return int(found[0])
        number = self._next("id_set")
        packed = zstandard.ZstdCompressor(write_content_size=True).compress(text)
        self._db.execute(
            "insert into id_set (id, digest, size, packed) values (?, ?, ?, ?)",
            (number, digest, len(ids), packed),
        )
        return number

    def _next(self, table: str) -> int:
        return int(self._db.execute(f"select coalesce(max(id), 0) + 1 from {table}").fetchone()[0])
