"""The journal of people's judgements, in the raw store's own database: lines are added, never changed."""

from collections.abc import Sequence

from skinproof.model.journal import START, JournalLine, Judgement, chained
from skinproof.store.raw_file import Database, errors_of

_COLUMNS = ("id", "at", "who", "kind", "subject", "verdict", "value", "reason", "fingerprint", "chain")


class Journal:
    """The lines, and how one is added; get one from `RawStore.journal`."""

    def __init__(self, path: str, db: Database) -> None:
        self._path, self._db = path, db

    def add(self, judgements: Sequence[Judgement], now: str) -> tuple[JournalLine, ...]:
        """Write judgements as lines, all or none, and return them. now: ISO date and time, UTC."""
        with errors_of(self._path):
            self._db.execute("begin immediate")
            try:
                lines = tuple(self._add(judgements, now))
            except BaseException:
                self._db.execute("rollback")
                raise
            self._db.execute("commit")
        return lines

    def head(self) -> tuple[int, str]:
        """Number and chain of the newest line; (0, START) without lines."""
        with errors_of(self._path):
            last = self._db.execute("select id, chain from journal order by id desc limit 1").fetchone()
        return (last[0], last[1]) if last is not None else (0, START)

    def lines(self, kind: str | None = None, subject: str | None = None) -> tuple[JournalLine, ...]:
        """Lines, oldest first; of one kind or one subject, where named."""
        asked = [("kind = ?", kind), ("subject = ?", subject)]
        where = " and ".join(["1 = 1", *(words for words, value in asked if value is not None)])
        query = f"select {', '.join(_COLUMNS)} from journal where {where} order by id"
        with errors_of(self._path):
            rows = self._db.execute(query, [value for _, value in asked if value is not None]).fetchall()
        return tuple(JournalLine(**dict(zip(_COLUMNS, row, strict=True))) for row in rows)

    def _add(self, judgements: Sequence[Judgement], now: str) -> list[JournalLine]:
        last = self._db.execute("select id, chain from journal order by id desc limit 1").fetchone()
        number, before = last if last is not None else (0, START)
        lines = []
        marks = ", ".join("?" * len(_COLUMNS))
        for said in judgements:
            number += 1
            plain = JournalLine(
                id=number, at=now, who=said.who, kind=said.kind, subject=said.subject, verdict=said.verdict,
                value=said.value, reason=said.reason, fingerprint=said.fingerprint,
            )  # fmt: skip
            before = chained(plain, before)
            values = [getattr(plain, name) for name in _COLUMNS[:-1]]
            self._db.execute(
                f"insert into journal ({', '.join(_COLUMNS)}) values ({marks})", (*values, before)
            )
            lines.append(JournalLine(**dict(zip(_COLUMNS, (*values, before), strict=True))))
        return lines
