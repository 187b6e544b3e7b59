"""A backup: all that cannot be made again, as one file that can be read without skinproof.

A zip archive with

    manifest.json               format, schema, when; of every member its table, rows, size and sha256
    tables/<table>/00001.jsonl  rows as JSON lists, in order of the table's key; bytes as base64
    files/<name>                the user's own files of the data folder (named queries, watches)

It holds no SQL and nothing of the database's own format, so that what was backed up from SQLite can be restored to
PostgreSQL and the other way round. One page of rows is in memory at a time.
"""

import base64
import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import IO, Any

import msgspec

from skinproof.errors import InputError, StoreError, UsageError
from skinproof.store.lock import writer_lock
from skinproof.store.postgres import PostgresDatabase
from skinproof.store.raw_file import Database, errors_of, open_database

FORMAT = 1
_ROWS = 2000
_BLOB_ROWS = 32
_LONGEST_LINE = 256 << 20
_MANIFEST_BYTES = 64 << 20
_OWN_FILES = ("*.yml", "*.yaml", "*.json", "watches/*")
_TABLE = re.compile(r"create table (\w+) \((.*?)\n\);", re.S)
_NEVER = ("/raw.sqlite", "/cache.sqlite", "/search.sqlite", "/writer.lock")
_NAME = re.compile(r"(?:watches/)?[^/\\\x00-\x1f.][^/\\\x00-\x1f]{0,200}")


class Table(msgspec.Struct, frozen=True):
    """One table of the schema. key: the columns of its primary key; blobs: whether rows hold bytes."""

    name: str
    key: tuple[str, ...]
    blobs: bool


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the archive. table: whose rows it holds, None for a file of the user's."""

    path: str
    table: str | None
    rows: int
    bytes: int
    sha256: str


class BackupManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an archive holds. schema: steps of the database's schema; columns: by table, in the order of the rows."""

    format: int
    skinproof: str
    made: str
    schema: int
    columns: dict[str, tuple[str, ...]]
    members: tuple[Member, ...]

    @property
    def rows(self) -> dict[str, int]:
        """Rows by table."""
        found = dict.fromkeys(self.columns, 0)
        for member in self.members:
            if member.table is not None:
                found[member.table] += member.rows
        return found


def schema_tables() -> tuple[int, tuple[Table, ...]]:
    """How many steps the schema has, and its tables, in the order in which rows can be put back."""
    folder = files("skinproof.store") / "schema"
    names = sorted(step.name for step in folder.iterdir() if step.name.endswith("_raw.sql"))
    found = []
    for name in names:
        script = re.sub(r"--[^\n]*", "", (folder / name).read_text(encoding="utf-8"))
        for table, inside in _TABLE.findall(script):
            several = re.search(r"primary key \(([^)]*)\)", inside)
            one = re.search(r"(\w+) \w+ primary key", inside)
            key = several[1].split(",") if several else [one[1] if one else "id"]
            found.append(Table(table, tuple(part.strip() for part in key), " blob" in inside))
    return len(names), tuple(found)


def write_backup(data_dir: Path, url: str | None, target: Path, *, version: str, now: str) -> BackupManifest:
    """Write an archive of the store and the user's own files, whole or not at all; readers go on meanwhile.

    Raises: NotFoundError when nothing was imported; BusyError when another process is writing; UsageError when the file
    is there already or cannot be written; StoreError.
    """
    _, db = open_database(data_dir, url, False)  # refuses a store that is not there, before one would be made
    db.close()
    if target.exists():
        raise UsageError(f"{target} is there already; name another file, or remove it first")
    with writer_lock(data_dir):
        place, db = open_database(data_dir, url, True)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with errors_of(place), part.open("xb") as file:
                manifest = _write(file, db, data_dir, version, now)
                file.flush()
                os.fsync(file.fileno())
            part.replace(target)
        except OSError as error:
            raise UsageError(f"{target}: cannot be written ({error.strerror or error})") from error
        finally:
            db.close()
            part.unlink(missing_ok=True)
    return manifest


def _write(file: IO[bytes], db: Database, data_dir: Path, version: str, now: str) -> BackupManifest:
    steps, tables = schema_tables()
    members: list[Member] = []
    columns: dict[str, tuple[str, ...]] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:

        def add(path: str, table: str | None, rows: int, body: bytes) -> None:
            archive.writestr(path, body)
            digest = hashlib.sha256(body).hexdigest()
            members.append(Member(path=path, table=table, rows=rows, bytes=len(body), sha256=digest))

        for table in tables:
            columns[table.name] = _columns(db, table.name)
            for number, page in enumerate(_pages(db, table, columns[table.name]), 1):
                add(f"tables/{table.name}/{number:05}.jsonl", table.name, len(page), b"".join(page))
        for own in _own_files(data_dir):
            add(f"files/{own.relative_to(data_dir).as_posix()}", None, 0, own.read_bytes())
        manifest = BackupManifest(
            format=FORMAT, skinproof=version, made=now, schema=steps, columns=columns, members=tuple(members)
        )
        archive.writestr("manifest.json", msgspec.json.format(msgspec.json.encode(manifest), indent=1))
    return manifest


def _own_files(data_dir: Path) -> list[Path]:
    found = {path for pattern in _OWN_FILES for path in data_dir.glob(pattern)}
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def _columns(db: Database, table: str) -> tuple[str, ...]:
    return tuple(column[0] for column in db.execute(f"select * from {table} limit 0").description)


def _pages(db: Database, table: Table, columns: Sequence[str]) -> Iterator[list[bytes]]:
    """The rows of a table, one JSON line each, some at a time, in the order of its key."""
    key = ", ".join(table.key)
    places = [columns.index(name) for name in table.key]
    marks = ", ".join("?" * len(table.key))
    size = _BLOB_ROWS if table.name == "body_block" else _ROWS
    after: list[Any] | None = None
    while True:
        where = f"where ({key}) > ({marks})" if after is not None else ""
        query = f"select {', '.join(columns)} from {table.name} {where} order by {key} limit {size}"
        rows = db.execute(query, tuple(after or ())).fetchall()
        if not rows:
            return
        yield [_line(row) for row in rows]
        after = [rows[-1][place] for place in places]


def _line(row: Sequence[Any]) -> bytes:
    cells = [
        {"b64": base64.b64encode(cell).decode()} if isinstance(cell, bytes | memoryview) else cell
        for cell in row
    ]
    return json.dumps(cells, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def read_manifest(path: Path) -> BackupManifest:
    """The manifest of an archive, every member of it checked against its hash.

    Raises: InputError when the file is no backup, is damaged, or was made by a newer skinproof.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo("manifest.json")
            if info.file_size > _MANIFEST_BYTES:
                raise InputError(f"{path}: its manifest is too large to be that of a backup")
            manifest = msgspec.json.decode(archive.read(info), type=BackupManifest)
            if manifest.format > FORMAT:
                raise InputError(f"{path} was made by a newer skinproof ({manifest.skinproof}); update")
            for member in manifest.members:
                _check(archive, member, path)
    except KeyError as error:
        raise InputError(f"{path} is no backup of skinproof, or cut short: {error.args[0]}") from error
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    except (zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise InputError(
            f"{path} is damaged, or no backup of skinproof ({error}); take another copy of it, or an older backup"
        ) from error
    except (msgspec.MsgspecError, EOFError, ValueError) as error:
        raise InputError(f"{path} is no backup of skinproof, or damaged: {error}") from error
    return manifest


def _check(archive: zipfile.ZipFile, member: Member, path: Path) -> None:
    folder, _, rest = member.path.partition("/")
    plain = (
        (folder == "files" and _NAME.fullmatch(rest) is not None and "/" + rest not in _NEVER)
        if member.table is None
        else folder == "tables"
    )
    if not plain:
        raise InputError(f"{path}: a member is named {member.path[:100]!r}, as none of a backup is")
    digest, size = hashlib.sha256(), 0
    with archive.open(member.path) as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
            size += len(piece)
            if size > member.bytes:
                break
    if size != member.bytes or digest.hexdigest() != member.sha256:
        raise InputError(f"{path} is damaged: {member.path} is not as it was written; take another copy")


def restore_backup(path: Path, data_dir: Path, url: str | None) -> tuple[BackupManifest, bool]:
    """Put an archive back into an empty store: checked before anything is written, then all of it or nothing.

    Returns: its manifest, and whether anything was written (False: the store holds exactly this already).
    Raises: InputError for an archive that is not in order; StoreError for a store that holds other data; BusyError.
    """
    manifest = read_manifest(path)
    steps, tables = schema_tables()
    known = {table.name: table for table in tables}
    strange = sorted(set(manifest.columns) - set(known))
    if manifest.schema > steps or strange:
        raise InputError(f"{path} was made by a newer skinproof ({manifest.skinproof}); update")
    with writer_lock(data_dir):
        place, db = open_database(data_dir, url, True)
        try:
            with errors_of(place), zipfile.ZipFile(path) as archive:
                _refuse_other_files(archive, manifest, data_dir)
                if any(_holds(db, table) for table in tables):
                    if not _same(db, tables, manifest):
                        raise StoreError(
                            f"{place} holds other data than {path}; restore into an empty data folder (--data), or an "
                            "empty database"
                        )
                    written = False
                else:
                    _put_all(db, archive, manifest, tables)
                    written = True
                _put_files(archive, manifest, data_dir)
        finally:
            db.close()
    return manifest, written


def _holds(db: Database, table: Table) -> bool:
    return db.execute(f"select 1 from {table.name} limit 1").fetchone() is not None


def _same(db: Database, tables: Sequence[Table], manifest: BackupManifest) -> bool:
    for table in tables:
        members = [member.sha256 for member in manifest.members if member.table == table.name]
        columns = manifest.columns.get(table.name) or _columns(db, table.name)
        found = (hashlib.sha256(b"".join(page)).hexdigest() for page in _pages(db, table, columns))
        if list(found) != members:
            return False
    return True


def _put_all(
    db: Database, archive: zipfile.ZipFile, manifest: BackupManifest, tables: Sequence[Table]
) -> None:
    db.execute("begin immediate")
    try:
        for table in tables:
            columns = manifest.columns.get(table.name, ())
            if not set(columns) <= set(_columns(db, table.name)):
                raise InputError(f"the backup's table {table.name} has columns that are not known here")
            marks = ", ".join("?" * len(columns))
            statement = f"insert into {table.name} ({', '.join(columns)}) values ({marks})"
            for member in manifest.members:
                if member.table == table.name:
                    with archive.open(member.path) as file:
                        db.executemany(statement, _rows(file, len(columns), member.path))
            if isinstance(db, PostgresDatabase) and table.key == ("id",):
                db.execute(
                    f"select setval(pg_get_serial_sequence('{table.name}', 'id'), "
                    f"(select coalesce(max(id), 0) + 1 from {table.name}), false)"
                )
    except BaseException:
        db.execute("rollback")
        raise
    db.execute("commit")


def _rows(file: IO[bytes], width: int, where: str) -> Iterator[list[Any]]:
    while line := file.readline(_LONGEST_LINE):
        try:
            cells = msgspec.json.decode(line, type=list[Any])
            row = [base64.b64decode(cell["b64"]) if isinstance(cell, dict) else cell for cell in cells]
        except (msgspec.MsgspecError, KeyError, ValueError) as error:
            raise InputError(f"{where}: a row that is not in order ({error})") from error
        if len(row) != width:
            raise InputError(f"{where}: a row of {len(row)} cells where {width} are to be")
        yield row


def _refuse_other_files(archive: zipfile.ZipFile, manifest: BackupManifest, data_dir: Path) -> None:
    for member in manifest.members:
        if member.table is None:
            target = data_dir / member.path.removeprefix("files/")
            if target.exists() and target.read_bytes() != archive.read(member.path):
                raise StoreError(
                    f"{target} is there and is not the one of the backup; move it away, then restore again"
                )


def _put_files(archive: zipfile.ZipFile, manifest: BackupManifest, data_dir: Path) -> None:
    for member in manifest.members:
        if member.table is None:
            target = data_dir / member.path.removeprefix("files/")
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}.part")
            part.write_bytes(archive.read(member.path))
            part.replace(target)
