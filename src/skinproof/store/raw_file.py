"""Where the raw store is kept: a file in the data folder, or a team's server; its schema, and errors in our words."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

import zstandard

from skinproof.errors import NotFoundError, StoreError
from skinproof.store.postgres import PostgresDatabase, check_found, fault, is_server, shown

FILE = "raw.sqlite"

_READING: dict[str, Any] = {
    "uri": True,
    "isolation_level": None,
    "timeout": 30,
    # A server reads from several threads, one at a time: whoever holds the store keeps a lock.
    "check_same_thread": False,
}


class Database(Protocol):
    """What the stores ask of a connection; `sqlite3.Connection` and `PostgresDatabase` have it."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Any: ...

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> Any: ...

    def close(self) -> None: ...


def open_database(data_dir: Path, url: str | None, write: bool) -> tuple[str, Database]:
    """The database of a data folder with its schema up to date, and what to call it in an error.

    url: of a PostgreSQL server; None or empty: the file in the folder.
    Raises: NotFoundError when there is none to read; StoreError when another process is writing (a server; the file's
    lock is the folder's), when a newer skinproof made it, or when it cannot be used.
    """
    if url is not None and is_server(url):
        place = shown(url)
        with errors_of(place):
            server = PostgresDatabase(url, write)
            try:
                if write:
                    server.lock(url)
                steps = _steps()
                found = server.version()
                check_found(found, len(steps), write, url)
                for number, script in enumerate(steps[found:], found + 1):
                    server.migrate(number, script)
                if write:
                    server.guard(steps[:found])
            except BaseException:
                server.close()
                raise
        return place, server
    path = data_dir / FILE
    if not write and not path.is_file():
        raise NotFoundError(
            f"nothing was imported into {data_dir} yet: run `skinproof sync`, or `skinproof import FILE...`"
        )
    with errors_of(path):
        db = connect(path, write)
        try:
            check_version(path, db, write)
        except BaseException:
            db.close()
            raise
    return str(path), db


def connect(path: Path, write: bool) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are begun and ended in words."""
    db: sqlite3.Connection
    if write:
        db = sqlite3.connect(path, isolation_level=None, timeout=30)
        db.execute("pragma page_size = 16384")
        db.execute("pragma journal_mode = delete")
        db.execute("pragma synchronous = full")
        db.execute("pragma cache_size = -32768")
        return db
    try:
        # Read-write, so that what a killed writer left half done can be rolled back.
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", **_READING)
        db.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.OperationalError:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", **_READING)
    db.execute("pragma query_only = on")
    return db


def check_version(path: Path, db: sqlite3.Connection, write: bool) -> None:
    """Bring the schema up to date (a writer), or refuse one that is not."""
    steps = _steps()
    found = db.execute("pragma user_version").fetchone()[0]
    if found > len(steps):
        raise StoreError(
            f"{path} was made by a newer skinproof (schema {found}, known here: {len(steps)}); update"
        )
    if not write and found == 0:
        raise NotFoundError(
            f"nothing was imported into {path.parent} yet: run `skinproof sync`, or `skinproof import FILE...`"
        )
    if not write and found < len(steps):
        raise StoreError(
            f"{path} was made by an older skinproof; run `skinproof import` or `skinproof sync` once to update it"
        )
    for number, step in enumerate(steps[found:], found + 1):
        db.execute("begin immediate")
        for statement in _statements(step):
            db.execute(statement)
        db.execute(f"pragma user_version = {number}")
        db.execute("commit")


def _steps() -> list[str]:
    """The scripts that make the schema, in order."""
    folder = files("skinproof.store") / "schema"
    names = sorted(step.name for step in folder.iterdir() if step.name.endswith("_raw.sql"))
    return [(folder / name).read_text(encoding="utf-8") for name in names]


def integrity(place: str, db: Database) -> None:
    """Read every page of an embedded store; a server checks its own. Raises: StoreError when it is damaged."""
    if isinstance(db, sqlite3.Connection):
        found = db.execute("pragma integrity_check").fetchone()[0]
        if found != "ok":
            raise StoreError(f"{place} is damaged: {found}; restore it from a copy")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one, so that all can be one transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def marks(values: Sequence[object]) -> str:
    """As many parameter marks as values, for `in (...)`."""
    return ",".join("?" * len(values))


@contextmanager
def errors_of(path: Path | str) -> Iterator[None]:
    """The errors of the database and of zstd in our words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(f"cannot use {path}: {error}; is the disk full, read-only, or in use?") from error
    except (sqlite3.DatabaseError, zstandard.ZstdError) as error:
        raise StoreError(f"{path} is damaged: {error}; restore it from a copy") from error
    except Exception as error:
        words = fault(error)
        if words is None:
            raise
        raise StoreError(f"cannot use {path}: {words}") from error
