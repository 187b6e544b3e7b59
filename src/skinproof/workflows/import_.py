"""`skinproof import`: files of registry records -> raw versions, each kept whole and once.

Every path is looked at before the first is read. What cannot be read is refused, with its place and reason, and the
rest goes on. Batches are committed as they come: an import that is killed keeps what it had committed, and running it
again adds what is missing. The order of files decides nothing.

Exit code (`ImportReport.exit_code`), for the command line:
    0   all that the files hold is stored
    3   something was refused: a record, the end of a file that was cut off, or a whole file (`refused` and `refusals`
        say what and where). All the rest is stored. A script must not take half a download for a whole one.
A path that does not exist raises InputError (exit code 3 too) before anything is read or stored.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from skinproof.errors import InputError
from skinproof.model.raw import Limits, Refusal
from skinproof.sources.files import Chunk, Remark, iter_chunks
from skinproof.store.raw import ImportRun, RawStore
from skinproof.workflows.import_workers import Batch, Workers

LISTED = 1000
"""Refusals of one file that are listed; the others are only counted."""

_COMMIT_BYTES = 64 << 20
"""Bodies between two commits: what a kill can cost is a second's work."""
_BATCH_BYTES = 16 << 20
_WORKERS_FROM = 12 << 20
"""Bytes of input from which starting worker processes pays."""

Progress = Callable[[int, int, int], None]
"""Called now and then with bytes read, bytes in all, records read so far."""


class FileReport(msgspec.Struct, frozen=True):
    """What one file gave: records loaded (stored now or before), parts refused, and a remark, mostly empty."""

    name: str
    loaded: int
    refused: int
    remark: str = ""


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did. refusals: at most LISTED a file; `refused` counts them all.

    new: records never seen before; changed: another version of a known record; unchanged: a version already held.
    """

    new: int
    changed: int
    unchanged: int
    refused: int
    refusals: tuple[Refusal, ...]
    files: tuple[FileReport, ...]

    @property
    def exit_code(self) -> int:
        """0, or 3 when anything was refused (see the module's text)."""
        return InputError.exit_code if self.refused else 0


class _End(msgspec.Struct, frozen=True):
    """Stands behind the last chunk of a file. done: bytes of input read so far."""

    name: str
    done: int


_Mark = Refusal | Remark | _End


class _Tally:
    """What came of each file so far."""

    def __init__(self, names: Iterable[str]) -> None:
        self.files = {name: FileReport(name, 0, 0) for name in names}
        self.refusals: list[Refusal] = []
        self.records = 0

    def add(self, name: str, loaded: int = 0, refused: int = 0, remark: str = "") -> FileReport:
        old = self.files[name]
        remark = f"{old.remark}; {remark}" if old.remark and remark else old.remark or remark
        new = FileReport(name, old.loaded + loaded, old.refused + refused, remark)
        self.files[name] = new
        self.records += loaded
        return new

    def listed(self, refusals: Iterable[Refusal]) -> list[Refusal]:
        """Count refusals; those that are to be listed, too."""
        listed = [r for r in refusals if self.add(r.name, refused=1).refused <= LISTED]
        self.refusals += listed
        return listed


def import_files(
    paths: Iterable[Path],
    data_dir: Path,
    now: datetime,
    progress: Progress | None = None,
    jobs: int | None = None,
    limits: Limits | None = None,
) -> ImportReport:
    """Store every record version in some files and folders that is not stored yet.

    paths: files of any accepted kind, or folders (all files below them, except hidden ones). now: with time zone.
    jobs: worker processes, by default as many as there are processors, at most 4.
    Raises: InputError for a path that is neither file nor folder, before anything is read; StoreError when another
    process is writing or the store cannot be used.
    """
    limits = limits or Limits()
    reading = _Reading(find_files(paths), limits)
    jobs = min(4, _processors()) if jobs is None else jobs
    stamp = now.astimezone(UTC).isoformat(timespec="seconds")
    # Workers first: a process that is forked later would hold the store's lock too.
    with (
        Workers[_Mark](jobs if reading.total >= _WORKERS_FROM else 1, limits) as workers,
        RawStore.open(data_dir, write=True) as store,
    ):
        run = store.run(stamp)
        tally = _store(workers.answers(reading), run, reading, progress)
        run.finish(stamp)
    counts = run.counts
    place = {name: n for n, name in enumerate(tally.files)}
    return ImportReport(
        counts.new,
        counts.changed,
        counts.unchanged,
        counts.refused,
        tuple(sorted(tally.refusals, key=lambda refusal: place[refusal.name])),
        tuple(tally.files.values()),
    )


def _store(
    answers: Iterable[Batch | _Mark], run: ImportRun, reading: "_Reading", progress: Progress | None
) -> _Tally:
    tally = _Tally(reading.names)
    pending = 0
    for answer in answers:
        if isinstance(answer, Batch):
            run.put(answer.frames)
            run.refuse(tally.listed(answer.refusals))
            for name, loaded in answer.loaded:
                tally.add(name, loaded=loaded)
            pending += answer.size
        elif isinstance(answer, Refusal):
            run.refuse(tally.listed([answer]))
        elif isinstance(answer, Remark):
            tally.add(answer.name, remark=answer.text)
        else:
            file = tally.add(answer.name)
            run.file(file.name, file.loaded, file.refused, file.remark)
        if pending >= _COMMIT_BYTES:
            run.commit()
            pending = 0
        if progress and isinstance(answer, Batch | _End):
            progress(answer.done if isinstance(answer, _End) else reading.done, reading.total, tally.records)
    return tally


class _Reading:
    """Files, cut into batches of chunks for the workers, with marks in their places between."""

    def __init__(self, files: list[tuple[Path, int]], limits: Limits) -> None:
        self._files, self._limits = files, limits
        self.names = [str(path) for path, _ in files]
        self.total = sum(size for _, size in files)
        self.done = 0

    def __iter__(self) -> Iterator[tuple[Chunk, ...] | _Mark]:
        waiting: list[Chunk] = []
        marks: list[_Mark] = []
        size = before = 0
        for path, length in self._files:
            for part in self._parts(path, before):
                if not isinstance(part, Chunk):
                    marks.append(part)
                    continue
                waiting.append(part)
                size += _size(part)
                if size >= _BATCH_BYTES:
                    yield tuple(waiting)
                    yield from marks
                    waiting, marks, size = [], [], 0
            before += length
            self.done = before
            marks.append(_End(str(path), before))
        if waiting:
            yield tuple(waiting)
        yield from marks

    def _parts(self, path: Path, before: int) -> Iterator[Chunk | Refusal | Remark]:
        name = str(path)
        if path.is_dir():
            yield Refusal(name, "", "a folder with no files in it")
            return
        try:
            with path.open("rb", buffering=0) as file:
                for part in iter_chunks(file, name, self._limits, places_only=True):
                    if not file.closed:
                        self.done = before + file.tell()
                    yield part
        except OSError as error:
            yield Refusal(name, "", f"cannot be opened: {error.strerror or error}")


def find_files(paths: Iterable[Path]) -> list[tuple[Path, int]]:
    """(file, bytes) of each file named, or below a folder named, each once; an empty folder stands for itself.

    Files of a folder come sorted by path; hidden files and folders are left out.
    Raises: InputError for a path that is neither file nor folder.
    """
    paths = list(paths)
    missing = [str(path) for path in paths if not (path.is_file() or path.is_dir())]
    if missing:
        raise InputError(f"no such file or folder: {', '.join(missing)}; nothing was imported")
    found: dict[Path, tuple[Path, int]] = {}
    for path in paths:
        for file in (_files_below(path) or [path]) if path.is_dir() else [path]:
            found.setdefault(file.resolve(), (file, file.stat().st_size if file.is_file() else 0))
    return list(found.values())


def _files_below(folder: Path) -> list[Path]:
    files: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(root, name) for name in names if not name.startswith(".")]
    return sorted(file for file in files if file.is_file())


def _size(chunk: Chunk) -> int:
    rows = sum(len(cell) for _, cells in chunk.rows for cell in cells.values())
    return chunk.length + sum(len(text) for _, _, text in chunk.texts) + rows


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
