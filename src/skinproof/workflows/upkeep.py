"""Backup, restore, and what can go: the upkeep of a data folder."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from skinproof import __version__
from skinproof.settings import STORE_URL
from skinproof.store.archive import BackupManifest, restore_backup, write_backup
from skinproof.store.editions import Editions
from skinproof.store.leftovers import Leftovers, find_leftovers, remove_leftovers
from skinproof.store.lock import writer_lock, writer_of
from skinproof.store.postgres import is_server


class BackupReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds, or what was restored. rows: by table; files: of the user's own; written: False where the
    store held exactly this already.
    """

    file: str
    made: str
    bytes: int
    rows: dict[str, int]
    files: tuple[str, ...]
    written: bool


def backup(data_dir: Path, target: Path, environment: Mapping[str, str], now: str) -> BackupReport:
    """Write all that cannot be made again into one file. Raises: as `store.archive.write_backup`."""
    manifest = write_backup(data_dir, _url(environment), target, version=__version__, now=now)
    return _report(manifest, target, written=True)


def restore(data_dir: Path, source: Path, environment: Mapping[str, str]) -> BackupReport:
    """Put a backup into an empty store. Raises: as `store.archive.restore_backup`."""
    manifest, written = restore_backup(source, data_dir, _url(environment))
    return _report(manifest, source, written=written)


def collect(data_dir: Path, now: datetime, *, keep: int, older_than: float, dry_run: bool) -> Leftovers:
    """Remove what can go, or only say what that would be. Raises: BusyError while another process is writing."""
    editions = Editions(data_dir / "editions")
    if dry_run or not editions.root.is_dir():
        found = find_leftovers(editions, now.timestamp(), keep, older_than)
        if writer_of(data_dir) is not None:  # its folder is no leftover
            found = msgspec.structs.replace(found, go=tuple(one for one in found.go if one.kind == "edition"))
        return found
    with writer_lock(data_dir):
        found = find_leftovers(editions, now.timestamp(), keep, older_than)
        remove_leftovers(editions, found)
    return found


def _url(environment: Mapping[str, str]) -> str | None:
    url = environment.get(STORE_URL)
    return url if is_server(url) else None


def _report(manifest: BackupManifest, file: Path, written: bool) -> BackupReport:
    return BackupReport(
        file=str(file),
        made=manifest.made,
        bytes=file.stat().st_size,
        rows=manifest.rows,
        files=tuple(m.path.removeprefix("files/") for m in manifest.members if m.table is None),
        written=written,
    )
