"""Whether what is held is what was stored: every body against its identity, the journal's chain, editions' hashes."""

import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import msgspec

from skinproof.errors import NotFoundError, SkinproofError, StoreError
from skinproof.model.journal import broken
from skinproof.sources.files_record import BadRecord, ctgov_item, read_json, table_item
from skinproof.sources.paper_item import paper_identity
from skinproof.sources.register_item import register_identity
from skinproof.store.editions import Editions, verify
from skinproof.store.raw import RawStore, VersionRow

_TOLD = 20
_KEY = ["record_id", "source", "sha256"]
_REGISTERS = ("ictrp", "isrctn", "ctis")
_TABLES = ("ctgov_csv", "snapshot")

Progress = Callable[[int, int], None]


class Problem(msgspec.Struct, frozen=True):
    """Something wrong, in words, and what to do."""

    what: str
    do: str


class Integrity(msgspec.Struct, frozen=True, kw_only=True):
    """What was checked, and what is wrong."""

    versions: int
    journal_lines: int
    editions: int
    problems: tuple[Problem, ...]


def identity(source: str, body: bytes) -> str:
    """The sha256 by which a stored body is told from others, by its source's rule. Raises: BadRecord."""
    value: Any = read_json(body)
    if source == "ctgov":
        return ctgov_item(value, body, 0, len(body), "").sha256
    if source in _TABLES:
        return table_item(value, "snapshot" if source == "snapshot" else "ctgov_csv", "").sha256
    if source in _REGISTERS:
        return register_identity(value, body)
    return paper_identity(value, body)


def store_advice(error: Exception) -> str:
    """What to do about a store that cannot be opened: a server out of reach has lost nothing."""
    if isinstance(error, StoreError) and str(error).startswith("cannot use ") and "://" in str(error):
        return (
            "the records lie on a server that does not answer or refuses; look whether it runs, and at the address, the name "
            "and the password: nothing is lost by this"
        )
    return "restore a backup into an empty folder"


def check_all(data_dir: Path, progress: Progress | None = None) -> Integrity:
    """Read everything that is held and say what is not as it was stored. Changes nothing."""
    problems: list[Problem] = []
    versions = lines = 0
    try:
        with RawStore.open(data_dir) as raw:
            rows = sorted(
                raw.versions(), key=lambda row: (row.source, row.registry_date or "", row.record_id)
            )
            versions = _check_bodies(raw, rows, problems, progress)
            if rows:  # of an empty store `health` says so at once
                problems += _check_named(data_dir, {(row.record_id, row.source, row.sha256) for row in rows})
            journal = raw.journal().lines()
            lines = len(journal)
            if (fault := broken(journal)) is not None:
                problems.append(
                    Problem(f"the journal: {fault}", "restore the last backup whose journal is whole")
                )
    except NotFoundError:
        pass
    except (SkinproofError, sqlite3.Error) as error:
        problems.append(Problem(f"the store: {error}", store_advice(error)))
    editions = Editions(data_dir / "editions")
    names = editions.list()
    for name in names:
        problems += _check_edition(editions, name)
    return Integrity(versions=versions, journal_lines=lines, editions=len(names), problems=tuple(problems))


def _check_bodies(
    raw: RawStore, rows: Sequence[VersionRow], problems: list[Problem], progress: Progress | None
) -> int:
    wrong: list[str] = []
    for done, row in enumerate(rows, 1):
        (body,) = raw.bodies([(row.source, row.record_id, row.sha256)])
        try:
            good = identity(row.source, body) == row.sha256
        except BadRecord:
            good = False
        if not good:
            wrong.append(f"{row.record_id} ({row.source}, {row.sha256[:12]})")
        if progress and done % 500 == 0:
            progress(done, len(rows))
    if wrong:
        more = f" and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
        problems.append(
            Problem(
                f"{len(wrong)} of {len(rows)} stored versions are not as they were stored: {', '.join(wrong[:_TOLD])}{more}",
                "restore a backup into an empty folder, then import or sync again",
            )
        )
    return len(rows)


def _check_named(data_dir: Path, held: Collection[tuple[str, str, str]]) -> list[Problem]:
    """Versions (record id, source, sha256) that the current edition names and the store does not hold."""
    import pyarrow as pa  # only this check needs it
    import pyarrow.parquet as pq

    editions = Editions(data_dir / "editions")
    name = editions.current()
    if name is None:
        return []
    lost: list[tuple[str, str, str]] = []
    try:
        for partition in editions.manifest(name).partitions.values():
            for table in ("studies", "papers"):
                if table in partition.files:
                    rows = pq.read_table(editions.root / name / partition.files[table].path, columns=_KEY)
                    lost += set(zip(*(rows[key].to_pylist() for key in _KEY), strict=True)) - set(held)
    except (SkinproofError, OSError, pa.ArrowException):  # `_check_edition` says what is wrong with it
        return []
    if not lost:
        return []
    lost.sort()
    more = f" and {len(lost) - _TOLD} more" if len(lost) > _TOLD else ""
    words = ", ".join(f"{record} ({source}, {sha[:12]})" for record, source, sha in lost[:_TOLD])
    return [
        Problem(
            f"the current edition names {len(lost)} versions that the store does not hold: {words}{more}",
            "restore a backup into an empty folder, then import or sync again",
        )
    ]


def _check_edition(editions: Editions, name: str) -> list[Problem]:
    try:
        bad = verify(editions.root / name, editions.manifest(name))
    except (SkinproofError, OSError) as error:
        return [Problem(f"edition {name}: {error}", _rebuild(editions, name))]
    if not bad:
        return []
    more = f" and {len(bad) - _TOLD} more" if len(bad) > _TOLD else ""
    return [
        Problem(
            f"edition {name}: changed or missing: {', '.join(bad[:_TOLD])}{more}", _rebuild(editions, name)
        )
    ]


def _rebuild(editions: Editions, name: str) -> str:
    if name == editions.current():
        return "run `skinproof build --clean`; it is made again from the stored records"
    return f"remove the folder editions/{name}; it is not the current one"
