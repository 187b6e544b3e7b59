"""The raw store: every version of every record, kept whole; one writer, any number of readers.

One SQLite file in the data folder by default; a team may keep it on a PostgreSQL server (SKINPROOF_STORE_URL), by the
same statements. Of the file: rollback journal and `synchronous = FULL`, not the write-ahead log: SQLite 3.7.0 to 3.51.2 can damage a WAL database
that several connections use. A process that is killed leaves the last finished batch; the next opening rolls the
rest back.
"""

import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from skinproof.errors import StoreError
from skinproof.model.raw import RawItem, Refusal
from skinproof.settings import STORE_URL
from skinproof.store.blocks import Frame, Head, only, pack, unpack
from skinproof.store.journal import Journal
from skinproof.store.lock import writer_lock
from skinproof.store.raw_file import FILE, Database, errors_of, integrity, marks, open_database
from skinproof.store.sync_state import SyncState

__all__ = ["FILE", "Counts", "ImportRun", "RawStore", "SeenRow", "VersionRow"]
_ASKED = 500
"""Values in one query; SQLite's own limit was 999 for long."""
_CACHED_BYTES = 12 << 20
"""Unpacked frames kept while bodies are read: a whole partition of an edition (1,024 versions of 11 kB)."""
_PUT_BYTES = 8 << 20

_TOLD_HOLDER = """case when s.latest_holder is not null and exists (
        select 1 from raw_version w left join seen_again t on t.version = w.id
        where w.record_id = v.record_id and w.source = v.source and w.id <> v.id
            and coalesce(w.registry_date, '') = coalesce(v.registry_date, '')
            and coalesce(t.version_holder, w.version_holder) >= coalesce(s.version_holder, v.version_holder)
            and s.latest_holder > coalesce(t.latest_holder, w.version_holder))
    then s.latest_holder else s.version_holder end"""
"""The day that a version `v`, seen again as `s`, is given back with, where it is not its own: the earliest that its content
came with; the latest where the record said something else between and came back to it (with the same day of the
registry). Neither depends on the order of imports."""


class VersionRow(NamedTuple):
    """One stored version without its body. sha256: hex. size: of the body, in bytes."""

    record_id: str
    source: str
    sha256: str
    completeness: str
    registry_date: str | None
    size: int


class SeenRow(NamedTuple):
    """When one version of a record was stored, and when the same content was last imported (both ISO, UTC)."""

    sha256: str
    source: str
    registry_date: str | None
    version_holder: str | None
    first_seen: str
    last_seen: str


class Counts(msgspec.Struct):
    """What became of records. new: the id was never seen; changed: it was, with other content; unchanged: the same."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0


class RawStore:
    """An open raw store; use it in a `with`, or close it."""

    def __init__(self, path: str, db: Database, resources: ExitStack) -> None:
        self._path, self._db, self._resources = path, db, resources
        self._frames: OrderedDict[int, bytes] = OrderedDict()
        self._cached = 0

    @classmethod
    def open(cls, data_dir: Path, *, write: bool = False) -> Self:
        """Open the store of a data folder.

        write: take the writer lock; make or update the file where needed.
        Raises: NotFoundError when there is none to read; StoreError when another process is writing (write only),
        when a newer skinproof made it, or when it is damaged.
        """
        with ExitStack() as stack:
            if write:
                stack.enter_context(writer_lock(data_dir))
            place, db = open_database(data_dir, os.environ.get(STORE_URL), write)
            stack.callback(db.close)
            return cls(place, db, stack.pop_all())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file and the lock; a batch not committed is rolled back."""
        self._resources.close()

    def run(self, now: str) -> "ImportRun":
        """Begin an import run. now: ISO date and time, UTC."""
        with errors_of(self._path):
            return ImportRun(self._path, self._db, now)

    def sync_state(self) -> SyncState:
        """Where each sync stands, which ids it gave, and what became of records at their sources."""
        return SyncState(self._path, self._db)

    def journal(self) -> Journal:
        """What people said of the machine's answers."""
        return Journal(self._path, self._db)

    def put(self, items: Iterable[RawItem | Refusal], now: str) -> Counts:
        """Store items and note refusals in a run of their own; what was stored before stays."""
        run = self.run(now)
        stream = iter(items)
        while batch := list(islice(stream, _ASKED)):
            run.put(pack(item for item in batch if isinstance(item, RawItem)))
            run.refuse([item for item in batch if isinstance(item, Refusal)])
            run.commit()
        run.finish(now)
        return run.counts

    def versions(self) -> Iterator[VersionRow]:
        """Every version, sorted by source, record id, registry date and sha256."""
        order = "source, record_id, registry_date, sha256"
        query = "select record_id, source, sha256, completeness, registry_date, size from raw_version"
        with errors_of(self._path):
            for record_id, source, sha, *rest in self._db.execute(f"{query} order by {order}"):
                yield VersionRow(record_id, source, sha.hex(), *rest)

    def quarters(self) -> list[tuple[str, str, int]]:
        """(source, quarter of registry date such as `2021Q3` or `undated`, number of versions), sorted."""
        with errors_of(self._path):
            query = "select source, quarter, count(*) from raw_version group by 1, 2 order by 1, 2"
            return list(self._db.execute(query))

    def seen(self, record_id: str) -> list[SeenRow]:
        """The versions of one record in the order they were stored."""
        query = """
            select v.sha256, v.source, v.registry_date, coalesce(s.version_holder, v.version_holder),
                   v.first_seen, coalesce(s.last_seen, v.first_seen)
            from raw_version v left join seen_again s on s.version = v.id where v.record_id = ? order by v.id"""
        with errors_of(self._path):
            rows = self._db.execute(query, (record_id,))
            return [SeenRow(sha.hex(), *rest) for sha, *rest in rows]

    def first_stored(self) -> str | None:
        """When the first version of all was stored (ISO, UTC); None for an empty store."""
        with errors_of(self._path):
            found: str | None = self._db.execute("select min(first_seen) from raw_version").fetchone()[0]
            return found

    def first_seen(self, since: str | None = None) -> Iterator[tuple[str, str, str, str]]:
        """(record id, source, sha256, first seen) of the versions stored at or after a time (ISO, UTC; None: of all)."""
        query = (
            "select record_id, source, sha256, first_seen from raw_version where first_seen >= ? order by id"
        )
        with errors_of(self._path):
            for record_id, source, sha, seen in self._db.execute(query, (since or "",)):
                yield record_id, source, sha.hex(), seen

    def told_holders(self) -> dict[str, str]:
        """sha256 -> versionHolder, of versions that are given back with another holder than they were stored with.

        These are contents that came later with an earlier holder than at first, and contents that a record came back
        to within one day of the registry. `bodies` gives them with that day, so that what a build makes of them does
        not depend on the order of imports. Importing an unchanged record again never adds to it.
        """
        query = f"""select * from (select v.sha256, {_TOLD_HOLDER} as told from seen_again s
            join raw_version v on v.id = s.version) as seen where told is not null"""
        with errors_of(self._path):
            return {sha.hex(): holder for sha, holder in self._db.execute(query)}

    def bodies(self, keys: Sequence[tuple[str, str, str]]) -> Iterator[bytes]:
        """The bodies of versions named by (source, record id, sha256), in that order; fast when all are of a quarter.

        Raises: StoreError for a version that is not held.
        """
        for at in range(0, len(keys), _ASKED):
            some = keys[at : at + _ASKED]
            with errors_of(self._path):
                places = self._places([sha for _, _, sha in some])
            for source, record_id, sha in some:
                if (sha, source) not in places:
                    raise StoreError(
                        f"{self._path} does not hold version {sha[:12]} of {record_id}; build again"
                    )
                block, start, size, first, holder = places[sha, source]
                body = self._frame(block)[start : start + size]
                if holder is not None:
                    body = _with_holder(body, first, holder)
                yield body

    def refusals(self) -> list[Refusal]:
        """What was refused, of each file in the last run that read it: a file that was mended is not listed."""
        query = """select r.name, r.place, r.reason, r.excerpt from refusal r
            where r.run = (select max(f.run) from import_file f where f.name = r.name) order by r.name, r.id"""
        with errors_of(self._path):
            return [Refusal(*row) for row in self._db.execute(query)]

    def runs(self) -> list[tuple[str, str | None, Counts]]:
        """(started, finished or None, counts) of every import run, oldest first."""
        query = "select started, finished, new, changed, unchanged, refused from import_run order by id"
        with errors_of(self._path):
            return [(row[0], row[1], Counts(*row[2:])) for row in self._db.execute(query)]

    def check(self) -> None:
        """Read every page and every body. Raises: StoreError when something is damaged."""
        with errors_of(self._path):
            integrity(self._path, self._db)
            keys = [(row.source, row.record_id, row.sha256) for row in self.versions()]
        for _ in self.bodies(keys):
            pass

    def _places(
        self, shas: Sequence[str]
    ) -> dict[tuple[str, str], tuple[int, int, int, str | None, str | None]]:
        query = f"""select v.sha256, v.source, v.block, v.start, v.size, v.version_holder, {_TOLD_HOLDER}
            from raw_version v left join seen_again s on s.version = v.id
            where v.sha256 in ({marks(shas)})"""
        return {
            (row[0].hex(), row[1]): row[2:]
            for row in self._db.execute(query, [bytes.fromhex(sha) for sha in shas])
        }

    def _frame(self, block: int) -> bytes:
        found = self._frames.get(block)
        if found is not None:
            self._frames.move_to_end(block)
            return found
        with errors_of(self._path):
            (packed,) = self._db.execute("select packed from body_block where id = ?", (block,)).fetchone()
            found = unpack(packed)
        self._frames[block] = found
        self._cached += len(found)
        while self._cached > _CACHED_BYTES and len(self._frames) > 1:
            self._cached -= len(self._frames.popitem(last=False)[1])
        return found


class ImportRun:
    """One run of an import: puts frames of versions, notes refusals, counts; nothing lasts until `commit`."""

    def __init__(self, path: str, db: Database, now: str) -> None:
        self._path, self._db, self._now = path, db, now
        self.counts = Counts()
        db.execute("begin immediate")
        self._id = _next_id(db, "import_run")
        db.execute("insert into import_run (id, started) values (?, ?)", (self._id, now))
        self._next_version = _next_id(db, "raw_version")
        self._next_block = _next_id(db, "body_block")

    def put(self, frames: Sequence[Frame]) -> None:
        """Store the versions that are not held yet; note of the others that they were seen."""
        with errors_of(self._path):
            known, ids = self._known([head.record_id for frame in frames for head in frame.heads])
            again: list[tuple[int, str, str | None, str | None]] = []
            for frame in frames:
                fresh: list[Head] = []
                for head in frame.heads:
                    held = known.get((head.sha256, head.source))
                    if held is not None:
                        self.counts.unchanged += 1
                        again.append((held[0], self._now, *_earlier_and_latest(head.version_holder, held[1])))
                        continue
                    if head.record_id in ids:
                        self.counts.changed += 1
                    else:
                        self.counts.new += 1
                        ids.add(head.record_id)
                    known[head.sha256, head.source] = (self._next_version + len(fresh), head.version_holder)
                    fresh.append(head)
                self._insert(only(frame, fresh) if fresh else None)
            self._db.executemany(
                """insert into seen_again (version, last_seen, version_holder, latest_holder)
                values (?, ?, ?, ?) on conflict (version) do update set
                last_seen = case when excluded.last_seen > seen_again.last_seen
                    then excluded.last_seen else seen_again.last_seen end,
                version_holder = case when seen_again.version_holder <= excluded.version_holder
                    then seen_again.version_holder
                    else coalesce(excluded.version_holder, seen_again.version_holder) end,
                latest_holder = case when seen_again.latest_holder >= excluded.latest_holder
                    then seen_again.latest_holder
                    else coalesce(excluded.latest_holder, seen_again.latest_holder) end""",
                again,
            )

    def refuse(self, refusals: Sequence[Refusal]) -> None:
        """Note refusals, to be listed."""
        with errors_of(self._path):
            self._db.executemany(
                "insert into refusal (run, name, place, reason, excerpt) values (?, ?, ?, ?, ?)",
                [(self._id, r.name, r.where, r.reason, r.excerpt) for r in refusals],
            )

    def file(self, name: str, loaded: int, refused: int, remark: str) -> None:
        """Note that a file was read to its end."""
        self.counts.refused += refused
        with errors_of(self._path):
            self._db.execute(
                "insert into import_file (run, name, loaded, refused, remark) values (?, ?, ?, ?, ?)",
                (self._id, name, loaded, refused, remark),
            )

    def commit(self) -> None:
        """Make what was put so far last, whatever happens next."""
        with errors_of(self._path):
            self._write_counts(None)
            self._db.execute("commit")
            self._db.execute("begin immediate")

    def finish(self, now: str) -> None:
        """Commit, and note that the run came to its end."""
        with errors_of(self._path):
            self._write_counts(now)
            self._db.execute("commit")

    def _write_counts(self, finished: str | None) -> None:
        self._db.execute(
            "update import_run set finished = ?, new = ?, changed = ?, unchanged = ?, refused = ? where id = ?",
            (finished, *msgspec.structs.astuple(self.counts), self._id),
        )

    def _known(
        self, record_ids: Sequence[str]
    ) -> tuple[dict[tuple[bytes, str], tuple[int, str | None]], set[str]]:
        """Versions held of some records, by (sha256, source): row id and holder; and which of the ids are held."""
        known: dict[tuple[bytes, str], tuple[int, str | None]] = {}
        ids: set[str] = set()
        wanted = sorted(set(record_ids))
        for at in range(0, len(wanted), _ASKED):
            some = wanted[at : at + _ASKED]
            query = f"""select sha256, source, id, version_holder, record_id from raw_version
                where record_id in ({marks(some)})"""
            for sha, source, version, holder, record_id in self._db.execute(query, some):
                known[sha, source] = (version, holder)
                ids.add(record_id)
        return known, ids

    def _insert(self, frame: Frame | None) -> None:
        if frame is None:
            return
        self._db.execute("insert into body_block values (?, ?)", (self._next_block, frame.packed))
        self._db.executemany(
            """insert into raw_version (id, source, record_id, sha256, completeness, registry_date, version_holder,
            quarter, start, size, block, run, first_seen) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                (number, *msgspec.structs.astuple(head), self._next_block, self._id, self._now)
                for number, head in enumerate(frame.heads, self._next_version)
            ],
        )
        self._next_block += 1
        self._next_version += len(frame.heads)


def _earlier_and_latest(holder: str | None, stored: str | None) -> tuple[str | None, str | None]:
    """The day if it is earlier than that stored first, and the later of both."""
    earlier = holder if holder is not None and (stored is None or holder < stored) else None
    return earlier, max((day for day in (holder, stored) if day is not None), default=None)


def _with_holder(body: bytes, first: str | None, holder: str) -> bytes:
    """The body with another versionHolder day than it was stored with."""
    if first is None:
        return body
    return body.replace(f'"versionHolder":"{first}"'.encode(), f'"versionHolder":"{holder}"'.encode(), 1)


def _next_id(db: Database, table: str) -> int:
    return int(db.execute(f"select coalesce(max(id), 0) + 1 from {table}").fetchone()[0])
