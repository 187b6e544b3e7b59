"""How a data folder is: what it holds, what waits, what is old, and whether a build would fit."""

import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from skinproof.errors import NotFoundError, SkinproofError
from skinproof.settings import STORE_URL
from skinproof.store.editions import Editions
from skinproof.store.leftovers import freed_bytes
from skinproof.store.lock import writer_of
from skinproof.store.postgres import is_server, shown
from skinproof.store.raw import FILE, RawStore
from skinproof.workflows.integrity import Problem, store_advice
from skinproof.workflows.partitions import PAPER_READERS, READERS

STALE = 14.0
"""Days after which a sync is called old; the registry posts every working day."""
_LEAST_FREE = 100 << 20


class SyncLine(msgspec.Struct, frozen=True, kw_only=True):
    """How the newest finished sync of a query ended. age: days."""

    source: str
    query: str
    state: str
    finished: str
    age: float
    stored: int
    reported: int | None


class EditionLine(msgspec.Struct, frozen=True, kw_only=True):
    """One edition. bytes: of its files; alone: of those that no other edition shares."""

    edition: str
    current: bool
    made: str
    bytes: int
    alone: int


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """What was found. waiting: stored versions that the current edition does not hold; needs: bytes for a build, about."""

    store: str
    free: int | None
    needs: int
    versions: dict[str, int]
    waiting: int
    refused: int
    imported: str | None
    syncs: tuple[SyncLine, ...]
    unfinished: tuple[str, ...]
    writer: str | None
    editions: tuple[EditionLine, ...]
    wrong: tuple[Problem, ...]
    notes: tuple[str, ...]


def health(data_dir: Path, environment: Mapping[str, str], now: datetime) -> Health:
    """Look at a data folder and its store; nothing is changed."""
    wrong: list[Problem] = []
    notes: list[str] = []
    url = environment.get(STORE_URL)
    server = False
    try:
        server = is_server(url)
    except SkinproofError as error:
        wrong.append(Problem(str(error), "set SKINPROOF_STORE_URL to a postgresql:// address, or unset it"))
    store = shown(url or "") if server else f"file {data_dir / FILE}"
    editions = _editions(Editions(data_dir / "editions"), wrong)
    versions: Counter[str] = Counter()
    syncs: list[SyncLine] = []
    unfinished: list[str] = []
    refused, imported = 0, None
    try:
        with RawStore.open(data_dir) as raw:
            for source, _, n in raw.quarters():
                versions[source] += n
            refused = len(raw.refusals())
            runs = raw.runs()
            imported = runs[-1][0] if runs else None
            state = raw.sync_state()
            newest = {(run.source, run.query): run for run in reversed(state.runs())}
            for run in newest.values():
                age = (now - datetime.fromisoformat(run.finished)).total_seconds() / 86_400
                syncs.append(
                    SyncLine(
                        source=run.source,
                        query=run.query,
                        state=run.state,
                        finished=run.finished,
                        age=round(age, 1),
                        stored=run.stored,
                        reported=run.reported,
                    )
                )
            unfinished = [
                f"{source} {query}, begun {run.started}" for source, query, run in state.open_runs()
            ]
    except NotFoundError as error:
        notes.append(str(error))
    except (SkinproofError, sqlite3.Error) as error:
        wrong.append(Problem(f"the store cannot be read: {error}", store_advice(error)))
    held = sum(n for source, n in versions.items() if source in READERS or source in PAPER_READERS)
    named = _in_current(data_dir)
    if named and not versions and not wrong:
        wrong.append(
            Problem(
                f"the store holds nothing, and the current edition names {named:,} versions",
                "restore a backup into an empty folder, or look at the address of the store",
            )
        )
    waiting = max(0, held - named)
    notes += _notes(syncs, unfinished, waiting)
    free = _free(data_dir)
    needs = _needs(data_dir, editions)
    if free is not None and free < needs:
        wrong.append(
            Problem(
                f"the disk has {free:,} bytes free, a build needs about {needs:,}",
                "make room: `skinproof gc --dry-run` shows what can go",
            )
        )
    return Health(
        store=store, free=free, needs=needs, versions=dict(sorted(versions.items())), waiting=waiting, refused=refused,
        imported=imported, syncs=tuple(syncs), unfinished=tuple(unfinished), writer=writer_of(data_dir),
        editions=tuple(editions), wrong=tuple(wrong), notes=tuple(notes),
    )  # fmt: skip


def _notes(syncs: list[SyncLine], unfinished: list[str], waiting: int) -> list[str]:
    notes = [
        f"{one.source} {one.query} was last synced {one.age:.0f} days ago: run `skinproof sync`"
        for one in syncs
        if one.age > STALE
    ]
    notes += [
        f"the last sync of {one.source} {one.query} is incomplete: run `skinproof sync` again"
        for one in syncs
        if one.state != "complete"
    ]
    notes += [f"a sync stopped before its end, the next one goes on: {one}" for one in unfinished]
    if waiting:
        notes.append(f"{waiting:,} stored versions are not in the current edition: run `skinproof build`")
    return notes


def _editions(editions: Editions, wrong: list[Problem]) -> list[EditionLine]:
    found = []
    current = editions.current()
    times = editions.made()
    names = sorted(times)
    if current is not None and current not in names:
        wrong.append(Problem(f"the current edition {current} is not there", "run `skinproof build --clean`"))
    for name in names:
        folder = editions.root / name
        files = [Path(root, file) for root, _, inside in os.walk(folder) for file in inside]
        made = datetime.fromtimestamp(times[name]).astimezone()
        found.append(
            EditionLine(
                edition=name,
                current=name == current,
                made=made.isoformat(timespec="seconds"),
                bytes=sum(file.stat().st_size for file in files),
                alone=freed_bytes([folder]),
            )
        )
    return sorted(found, key=lambda line: (line.made, line.edition))


def _in_current(data_dir: Path) -> int:
    try:
        rows = Editions(data_dir / "editions").manifest().rows
    except SkinproofError:
        return 0
    return rows.get("studies", 0) + rows.get("papers", 0)


def _free(folder: Path) -> int | None:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def _needs(data_dir: Path, editions: list[EditionLine]) -> int:
    """A build from nothing writes a whole edition, search index and cache beside those that are there."""
    current = next((one.bytes for one in editions if one.current), 0)
    others = sum(
        (data_dir / name).stat().st_size
        for name in ("search.sqlite", "cache.sqlite")
        if (data_dir / name).is_file()
    )
    if not current and (data_dir / FILE).is_file():
        current = 3 * (data_dir / FILE).stat().st_size
    return max(_LEAST_FREE, current + others)


def sqlite_words(version: str) -> str:
    """The version of SQLite and whether it has the write-ahead-log fault of 3.7.0 to 3.51.2.

    Source: https://sqlite.org/wal.html, "The WAL-reset bug"; fixed in 3.51.3 and in 3.44.6 and 3.50.7.
    """
    number = tuple(int(part) for part in version.split("."))
    fixed = number >= (3, 51, 3) or (
        number[:2] in ((3, 44), (3, 50)) and number >= {44: (3, 44, 6), 50: (3, 50, 7)}[number[1]]
    )
    if fixed or number < (3, 7, 0):
        return version
    return f"{version} (can damage a write-ahead log that several processes use; skinproof uses none)"
