"""The raw store's file: opening it, bringing its schema up to date, and SQLite's errors in our words."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import zstandard

from skinproof.errors import NotFoundError, StoreError


def connect(path: Path, write: bool) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are begun and ended in words."""
    if write:
        db = sqlite3.connect(path, isolation_level=None, timeout=30)
        db.execute("pragma page_size = 16384")
        db.execute("pragma journal_mode = delete")
        db.execute("pragma synchronous = full")
        db.execute("pragma cache_size = -32768")
        return db
    try:
        # Read-write, so that what a killed writer left half done can be rolled back.
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=30)
        db.execute("select count(*) from sqlite_master").fetchone()
    except sqlite3.OperationalError:
        db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=30)
    db.execute("pragma query_only = on")
    return db


def check_version(path: Path, db: sqlite3.Connection, write: bool) -> None:
    """Bring the schema up to date (a writer), or refuse one that is not."""
    steps = sorted(
        (step for step in (files("skinproof.store") / "schema").iterdir() if step.name.endswith("_raw.sql")),
        key=lambda step: step.name,
    )
    found = db.execute("pragma user_version").fetchone()[0]
    if found > len(steps):
        raise StoreError(
            f"{path} was made by a newer skinproof (schema {found}, known here: {len(steps)}); update"
        )
    if not write and found == 0:
        raise NotFoundError(f"nothing was imported into {path.parent} yet: run `skinproof import FILE...`")
    if not write and found < len(steps):
        raise StoreError(
            f"{path} was made by an older skinproof; run `skinproof import` or `skinproof sync` once to update it"
        )
    for number, step in enumerate(steps[found:], found + 1):
        db.execute("begin immediate")
        for statement in _statements(step.read_text(encoding="utf-8")):
            db.execute(statement)
        db.execute(f"pragma user_version = {number}")
        db.execute("commit")


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
def errors_of(path: Path) -> Iterator[None]:
    """SQLite's and zstd's errors in our words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreError(f"cannot use {path}: {error}; is the disk full, read-only, or in use?") from error
    except (sqlite3.DatabaseError, zstandard.ZstdError) as error:
        raise StoreError(f"{path} is damaged: {error}; restore it from a copy") from error
