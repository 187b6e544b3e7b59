"""A team's raw store on a PostgreSQL server: the same statements as on SQLite, said in PostgreSQL's words.

The room's SQL is written for both (`?` marks, no pragmas, ids given by the writer). What differs stands here: the marks,
the types and triggers of the schema, the lock of the one writer, and the server's errors. psycopg is an extra
(`pip install skinproof[postgresql]`), loaded only when a store's address names a server.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from skinproof.errors import NotFoundError, StoreError, UsageError

SCHEMES = ("postgresql", "postgres")
_LOCK = 0x736B696E70726F6F
"""Key of the advisory lock that a writer holds: the letters `skinproo`."""
_WAIT = 10
"""Seconds until a server that does not answer is given up."""

_ID = re.compile(r"\bid integer primary key\b")
_INTEGER = re.compile(r"\binteger\b")
_TEXT = re.compile(r"\btext\b")
_BLOB = re.compile(r"\bblob\b")
_COMMENT = re.compile(r"--[^\n]*")
_TRIGGER = re.compile(
    r"create trigger (\w+) before (delete|update) on (\w+)\s+begin select raise\(abort, '([^']*)'\); end;"
)
_REFUSE = """create or replace function skinproof_refuse() returns trigger language plpgsql as
$$ begin raise exception '%', tg_argv[0]; end $$"""


class PostgresDatabase:
    """A connection that takes the same calls as `sqlite3.Connection` does here; transactions are begun in words."""

    def __init__(self, url: str, write: bool) -> None:
        psycopg = _psycopg()
        try:
            self._db = psycopg.connect(url, autocommit=True, connect_timeout=_WAIT)
        except psycopg.Error as error:
            raise StoreError(f"cannot use {shown(url)}: {_first_line(error)}") from error
        if not write:
            self._db.execute("set default_transaction_read_only = on")

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """A cursor with the rows of a statement."""
        return self._db.execute(_said(sql), tuple(values))

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """The same statement for every row."""
        with self._db.cursor() as cursor:
            cursor.executemany(_said(sql), [tuple(row) for row in rows])

    def close(self) -> None:
        """Let go of the server, and of the writer's lock."""
        self._db.close()

    def lock(self, url: str) -> None:
        """Be the one writer. Raises: StoreError when another process is."""
        if not self.execute("select pg_try_advisory_lock(?)", (_LOCK,)).fetchone()[0]:
            raise StoreError(f"another skinproof is writing to {shown(url)}; wait until it is done")

    def version(self) -> int:
        """How many steps of the schema this database has; 0 for an empty one."""
        if self.execute("select to_regclass('skinproof_schema')").fetchone()[0] is None:
            return 0
        return int(self.execute("select max(step) from skinproof_schema").fetchone()[0])

    def migrate(self, number: int, script: str) -> None:
        """One step of the schema, whole or not at all."""
        self.execute("begin")
        self.execute("create table if not exists skinproof_schema (step bigint primary key)")
        for statement in translated(script):
            self.execute(statement)
        self.execute("insert into skinproof_schema values (?)", (number,))
        self.execute("commit")

    def guard(self, scripts: Iterable[str]) -> None:
        """Triggers against `truncate` in a database that an earlier skinproof made without them."""
        for script in scripts:
            for trigger in _TRIGGER.findall(_COMMENT.sub("", script)):
                name = f"{trigger[0]}_whole"
                if self.execute("select 1 from pg_trigger where tgname = ?", (name,)).fetchone() is None:
                    for statement in truncations([trigger]):
                        self.execute(statement)


def is_server(url: str | None) -> bool:
    """Whether a store's address names a server.

    Raises: UsageError: an address of another kind.
    """
    if not url:
        return False
    if urlsplit(url).scheme in SCHEMES:
        return True
    raise UsageError(
        "SKINPROOF_STORE_URL must begin with postgresql://; without it the embedded store is used"
    )


def shown(url: str) -> str:
    """The server and database of an address, without name and password."""
    parts = urlsplit(url)
    host = parts.hostname or "this machine"
    return f"PostgreSQL at {host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def fault(error: Exception) -> str | None:
    """A server's error in one line, None for an error of another kind."""
    psycopg = sys.modules.get("psycopg")
    return _first_line(error) if psycopg is not None and isinstance(error, psycopg.Error) else None


def translated(script: str) -> Iterator[str]:
    """The statements of a schema script, for PostgreSQL. Text is ordered by code points, as in SQLite."""
    script = _COMMENT.sub("", script)
    triggers = _TRIGGER.findall(script)
    for statement in _TRIGGER.sub("", script).split(";"):
        words = statement.strip()
        if words:
            words = _ID.sub("id bigint generated by default as identity primary key", words)
            words = _INTEGER.sub("bigint", words)
            yield _BLOB.sub("bytea", _TEXT.sub('text collate "C"', words))
    if triggers:
        yield _REFUSE
    for name, event, table, message in triggers:
        yield (
            f"create trigger {name} before {event} on {table} for each row"
            f" execute function skinproof_refuse('{message}')"
        )
    yield from truncations(triggers)


def truncations(triggers: Iterable[Sequence[str]]) -> Iterator[str]:
    """For each trigger (name, event, table, message) against deleting rows, one against emptying the table at once:
    `truncate` asks no trigger of rows. Said twice it stays the same."""
    for name, event, table, message in triggers:
        if event == "delete":
            yield (
                f"create or replace trigger {name}_whole before truncate on {table} for each statement"
                f" execute function skinproof_refuse('{message}')"
            )


def check_found(found: int, steps: int, write: bool, url: str) -> None:
    """Raises: NotFoundError, StoreError: the schema found is not one to work with."""
    if found > steps:
        raise StoreError(
            f"{shown(url)} was made by a newer skinproof (schema {found}, known here: {steps}); update"
        )
    if not write and found == 0:
        raise NotFoundError(
            f"nothing was imported into {shown(url)} yet: run `skinproof sync`, or `skinproof import FILE...`"
        )
    if not write and found < steps:
        raise StoreError(
            f"{shown(url)} was made by an older skinproof; run `skinproof import` once to update it"
        )


def _said(sql: str) -> str:
    if sql == "begin immediate":
        return "begin"
    return sql.replace("%", "%%").replace("?", "%s")


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__


def _psycopg() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise StoreError("a PostgreSQL store needs psycopg: pip install 'skinproof[postgresql]'") from error
    return psycopg
