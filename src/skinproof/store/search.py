"""Full-text index (SQLite FTS5) of every text ever read, shared by all editions.

A text is stored once under the hash of its words, however many record versions carry it; an edition names the
texts of its versions by `text_id`. Texts are only ever added, so an index that is newer than an edition still
answers for that edition exactly. The index is derived: delete it and `skinproof build` writes it again.

A build adds to a copy and moves the copy into place in one step: a reader keeps the file it opened and never waits.
"""

import os
import re
import shutil
import sqlite3
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from skinproof.errors import StoreError, TooSlow, UsageError
from skinproof.store.deadline import stopped_by

FIELDS = (
    "title",
    "condition",
    "intervention",
    "outcome",
    "description",
    "eligibility",
    "sponsor",
    "reference",
)
"""Columns that `field:word` may name, in the order texts are given."""

WEIGHTS = (10.0, 6.0, 6.0, 2.0, 1.0, 0.5, 1.0, 0.2)
"""bm25 weight of each field: a word in the title says more of a study than one in its exclusion criteria."""

FORMAT = 2
_TOO_SLOW = "this search takes longer than a server may work on one answer; ask for rarer words"
_ASCII_WORDS = bytes(
    ord(c.lower()) if (c := chr(n)).isalnum() or c == "_" else 32 for n in range(128)
) + bytes(128)
"""What a letter of plain text is folded to: small, and a blank where it belongs to no word."""
_TOKENIZER = "porter unicode61 remove_diacritics 2"


class SearchWriter:
    """Adds texts to a copy of the index; `finish` moves the copy into place."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._copy = path.with_name(f".{path.name}-{os.getpid()}")
        for left in path.parent.glob(f".{path.name}-*"):
            left.unlink()
        if path.exists() and SearchReader.format_of(path) == FORMAT:
            shutil.copyfile(path, self._copy)
        self._db = sqlite3.connect(self._copy)
        # The copy is thrown away if we are killed, so it needs no journal of its own.
        self._db.execute("pragma journal_mode = off")
        self._db.execute("pragma synchronous = off")
        self._db.execute("pragma cache_size = -16384")
        if not self._db.execute("select 1 from sqlite_master where name = 'doc'").fetchone():
            self._db.execute(f"pragma user_version = {FORMAT}")
            self._db.execute("create table doc (rowid integer primary key, text_id integer unique not null)")
            self._db.execute(
                f"create virtual table text using fts5({', '.join(FIELDS)}, tokenize = '{_TOKENIZER}')"
            )
        self._known = {row[0] for row in self._db.execute("select text_id from doc")}
        self._next = (self._db.execute("select max(rowid) from doc").fetchone()[0] or 0) + 1
        self.added = 0

    def missing(self, text_ids: Iterable[int]) -> set[int]:
        """Which of these texts the index does not hold yet."""
        return set(text_ids) - self._known

    def add(self, documents: Iterable[tuple[int, Sequence[str]]]) -> None:
        """Add (text_id, text per field) pairs; a text that is known is passed over."""
        ids, rows = [], []
        for text_id, texts in documents:
            if text_id in self._known:
                continue
            self._known.add(text_id)
            ids.append((self._next, text_id))
            rows.append((self._next, *texts))
            self._next += 1
        marks = ", ".join("?" * (len(FIELDS) + 1))
        self._db.executemany("insert into doc values (?, ?)", ids)
        self._db.executemany(f"insert into text (rowid, {', '.join(FIELDS)}) values ({marks})", rows)
        self.added += len(ids)

    def finish(self) -> None:
        """Make the copy durable and put it in the index's place; nothing is moved if nothing was added."""
        self._db.commit()
        self._db.close()
        if self.added == 0 and self._path.exists():
            self._copy.unlink()
            return
        handle = os.open(self._copy, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        self._copy.replace(self._path)

    def abandon(self) -> None:
        """Throw the copy away."""
        self._db.close()
        self._copy.unlink(missing_ok=True)


class SearchReader:
    """The index, open for reading."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise StoreError(f"no full-text index at {path}: run `skinproof build`")
        self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)

    @staticmethod
    def format_of(path: Path) -> int:
        """Format number of an index file, 0 when it cannot be read."""
        try:
            db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
            try:
                return int(db.execute("pragma user_version").fetchone()[0])
            finally:
                db.close()
        except sqlite3.DatabaseError:
            return 0

    def ranked(self, match: str) -> list[tuple[int, int]]:
        """(rowid, text_id) of every text that meets the FTS5 expression, best first."""
        weights = ", ".join(map(str, WEIGHTS))
        sql = f"""select doc.rowid, doc.text_id from text join doc on doc.rowid = text.rowid
                  where text match ? order by bm25(text, {weights}), doc.text_id"""
        try:
            with stopped_by(self._db.interrupt):
                return self._db.execute(sql, (match,)).fetchall()
        except sqlite3.OperationalError as error:
            if str(error) == "interrupted":
                raise TooSlow(_TOO_SLOW) from error
            raise UsageError(f"the search {match!r} cannot be read: {error}") from error

    def snippets(self, phrases: Sequence[str], rowids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
        """For each rowid the (field, excerpt) pairs where words were found; found words stand in \\x02...\\x03.

        phrases: FTS5 expressions of one word or phrase each. Only those that these texts hold are marked: a word
        with a hundred synonyms would otherwise cost a hundred times as much as one without.
        """
        marks = ", ".join("?" * len(rowids))
        texts = self._db.execute(
            f"select {', '.join(FIELDS)} from text where rowid in ({marks})", tuple(rowids)
        )
        words = "".join(_folded(text) for row in texts for text in row if text)
        found = " OR ".join(phrase for phrase in phrases if _may_hold(words, phrase))
        if not found:
            return {}
        parts = ", ".join(f"snippet(text, {n}, char(2), char(3), ' … ', 24)" for n in range(len(FIELDS)))
        # One row at a time: asked for many at once, the index goes through all texts that hold a word.
        sql = f"select rowid, {parts} from text where text match ? and rowid = ?"
        try:
            with stopped_by(self._db.interrupt):
                rows = [row for rowid in rowids for row in self._db.execute(sql, (found, rowid))]
        except sqlite3.OperationalError as error:
            if str(error) == "interrupted":
                raise TooSlow(_TOO_SLOW) from error
            raise
        return {
            row[0]: [
                (name, part) for name, part in zip(FIELDS, row[1:], strict=True) if part and "\x02" in part
            ]
            for row in rows
        }

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def _folded(text: str) -> str:
    """Words in small letters without accents, as the index folds them, with one blank before each."""
    if text.isascii():  # most are, and need not be looked at letter by letter
        words = text.encode("ascii").translate(_ASCII_WORDS).decode("ascii").split()
    else:
        plain = unicodedata.normalize("NFKD", text.lower())
        for char in {char for char in set(plain) if unicodedata.combining(char)}:
            plain = plain.replace(char, "")
        words = re.findall(r"\w+", plain)
    return " " + " ".join(words) if words else ""


def _may_hold(words: str, phrase: str) -> bool:
    """Whether words that begin like those of a phrase follow each other: false only where it cannot be there."""
    wanted = _folded(phrase[phrase.index('"') :]).split()
    begin = [word[: max(3, len(word) - 3)] for word in wanted]
    if not all(f" {word}" in words for word in begin):
        return False
    return (
        len(begin) == 1 or re.search(r"\w*".join(f" {re.escape(word)}" for word in begin), words) is not None
    )
