"""Kernel answers kept by text and rule version, so that work is done once. Derived: deleting it costs only time."""

import sqlite3
from collections.abc import Iterable
from pathlib import Path


class KernelCache:
    """Answers of one version of the tagging kernel; key = sha256 of all that the kernel reads."""

    def __init__(self, path: Path, *, version: str | None = None) -> None:
        """Open for reading, or, with `version`, for writing: answers of any other version are thrown away."""
        if version is None:
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            return
        self._db = sqlite3.connect(path)
        self._db.execute("pragma synchronous = off")  # losing it costs only time
        self._db.execute("create table if not exists kernel (version text primary key)")
        self._db.execute("create table if not exists answer (key blob primary key, value blob) without rowid")
        with self._db:
            if self._db.execute("select version from kernel").fetchall() != [(version,)]:
                self._db.execute("delete from answer")
                self._db.execute("delete from kernel")
                self._db.execute("insert into kernel values (?)", (version,))

    def empty(self) -> bool:
        """Whether nothing is kept yet."""
        return self._db.execute("select 1 from answer limit 1").fetchone() is None

    def get(self, key: bytes) -> bytes | None:
        """The kept answer, None if there is none."""
        row = self._db.execute("select value from answer where key = ?", (key,)).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, answers: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep answers."""
        with self._db:
            self._db.executemany("insert or replace into answer values (?, ?)", answers)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
