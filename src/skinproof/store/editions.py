"""Editions on disk: immutable folders of Parquet files and a manifest, and the one pointer that says which is current.

    editions/CURRENT                       the id of the current edition, replaced in one step
    editions/MADE.jsonl                    when each edition was made, a line for each; lines are only added
    editions/<id>/manifest.json            inputs, rule versions, row counts, hash of every file
    editions/<id>/vocabulary.json          the vocabulary the tags were made with
    editions/<id>/<table>/<partition>.parquet

A partition is the quarter in which the registry last updated a version (`2022-Q3`; `undated`), cut by id where it
grows large (`2022-Q3.4-1`); papers have partitions of their own (`papers-2022-Q3`). A version's quarter never changes, so the layout is a function of what is stored and
not of when it came, and an update rewrites only the quarters that got a new version. One more, `links`, holds no version:
it is drawn from the others.
"""

import hashlib
import json
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from skinproof.errors import EditionError, NotFoundError
from skinproof.model.incomplete import IncompleteQuery

if TYPE_CHECKING:
    import pyarrow as pa

PARTITION_SIZE = 1024
"""Versions a partition may hold before it is cut in two; bounds a build worker's memory."""


class FileEntry(msgspec.Struct, frozen=True):
    """One Parquet file of an edition: path below the edition folder, rows, size and sha256 of its bytes."""

    path: str
    rows: int
    bytes: int
    sha256: str


class Partition(msgspec.Struct, frozen=True):
    """One partition: the digest of what it was made from, how many versions, and its files by table."""

    key: str
    versions: int
    files: dict[str, FileEntry]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What an edition is made of. `edition` is the digest of all the rest."""

    edition: str
    format: int
    rules: dict[str, str]
    vocabulary: str
    inputs: str
    rows: dict[str, int]
    partitions: dict[str, Partition]
    vocabulary_file: FileEntry
    fill_file: FileEntry | None = None
    """How often each field is filled; None in editions that were made before it was counted."""
    incomplete: tuple[IncompleteQuery, ...] = ()
    """Queries of sources that were not held whole when it was made."""

    def entries(self) -> Iterator[FileEntry]:
        """Every file of the edition but the manifest."""
        for partition in self.partitions.values():
            yield from partition.files.values()
        yield self.vocabulary_file
        if self.fill_file is not None:
            yield self.fill_file


def quarter(registry_date: str | None) -> str:
    """`2022-Q3` for an ISO day or month of 2022; `undated` for no date or a bare year."""
    if registry_date is None or len(registry_date) < 7:
        return "undated"
    return f"{registry_date[:4]}-Q{(int(registry_date[5:7]) + 2) // 3}"


def partition_names(versions: Iterable[tuple[str, str | None]], head: str = "") -> list[str]:
    """The partition of each (record_id, registry_date), in order: its quarter, cut by id where that is large.

    head: begins every name, so that versions of another kind have partitions of their own.
    """
    pairs = [(record_id, head + quarter(day)) for record_id, day in versions]
    sizes: dict[str, int] = {}
    for _, name in pairs:
        sizes[name] = sizes.get(name, 0) + 1
    parts = {name: 1 << max(0, (size - 1) // PARTITION_SIZE).bit_length() for name, size in sizes.items()}
    return [
        name if parts[name] == 1 else f"{name}.{parts[name]}-{zlib.crc32(record_id.encode()) % parts[name]}"
        for record_id, name in pairs
    ]


def write_table(folder: Path, table: str, partition: str, rows: "pa.Table") -> FileEntry:
    """Write one Parquet file below `folder`; the same rows give the same bytes."""
    import pyarrow.parquet as pq  # only a build needs it: reading commands start without

    path = folder / table / f"{partition}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        rows, path, compression="zstd", compression_level=1, write_statistics=False, store_schema=False
    )
    return file_entry(folder, path, rows.num_rows)


def file_entry(folder: Path, path: Path, rows: int) -> FileEntry:
    """Size and hash of a file as they are on disk."""
    data = path.read_bytes()
    return FileEntry(path.relative_to(folder).as_posix(), rows, len(data), hashlib.sha256(data).hexdigest())


def link_file(source: Path, target: Path) -> None:
    """Take over an unchanged file of an earlier edition: a hard link, a copy where links are not to be had."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


class _Made(msgspec.Struct, frozen=True):
    """One line of MADE.jsonl. at: ISO time, UTC."""

    edition: str
    at: str


class Editions:
    """The `editions/` folder: start a new edition, check it, make it current, open one."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def current(self) -> str | None:
        """Id of the current edition, None before the first build."""
        try:
            return (self.root / "CURRENT").read_text().strip() or None
        except FileNotFoundError:
            return None

    def list(self) -> list[str]:
        """Ids of the finished editions on disk, sorted."""
        if not self.root.is_dir():
            return []
        return sorted(path.parent.name for path in self.root.glob("[!.]*/manifest.json"))

    def manifest(self, edition: str | None = None) -> Manifest:
        """The manifest of an edition, by default the current one.

        Raises: NotFoundError when there is no edition, or none of that id; EditionError when it cannot be read.
        """
        name = edition or self.current()
        if name is None:
            raise NotFoundError(
                "no edition yet: run `skinproof sync`, or import records and run `skinproof build`"
            )
        path = self.root / name / "manifest.json"
        try:
            return msgspec.json.decode(path.read_bytes(), type=Manifest)
        except FileNotFoundError:
            known = ", ".join(self.list()) or "none"
            raise NotFoundError(f"no edition {name!r} in {self.root} (there are: {known})") from None
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise EditionError(f"{path} cannot be read ({error}); run `skinproof build --clean`") from error

    def start(self) -> Path:
        """An empty folder to build in; what an earlier, killed build left behind is removed."""
        self.root.mkdir(parents=True, exist_ok=True)
        for left in self.root.glob(".building-*"):
            shutil.rmtree(left, ignore_errors=True)
        folder = self.root / f".building-{os.getpid()}"
        folder.mkdir()
        return folder

    def finish(self, folder: Path, manifest: Manifest) -> str:
        """Check the built folder against its manifest, move it into place and make it current.

        Raises: EditionError when a file is missing or differs; the last good edition stays current.
        """
        check(folder, manifest)
        path = folder / "manifest.json"
        path.write_bytes(encode_manifest(manifest))
        for file in [*folder.rglob("*.parquet"), *folder.glob("*.json")]:
            if file.stat().st_nlink == 1:  # a linked file is already safe in the edition it comes from
                _sync(file)
        target = self.root / manifest.edition
        if target.exists():
            shutil.rmtree(folder)
        else:
            folder.rename(target)
        _sync(self.root)
        self.make_current(manifest.edition)
        return manifest.edition

    def made(self) -> dict[str, float]:
        """Edition on disk -> when it was first made (Unix time).

        As MADE.jsonl says, so that a copied folder gives the same times. An edition it does not name was made by an earlier
        skinproof (`undated`): the time of its manifest's file stands for it, and the current one counts as the newest of these.
        """
        return self._times(None)

    def undated(self) -> frozenset[str]:
        """Editions of which it is not kept when they were made: a copy of the folder may have given their files new times."""
        return frozenset(self.list()) - self._kept_times().keys()

    def _times(self, new: str | None) -> dict[str, float]:
        """new: an edition that is being made current, which says nothing of the one that still is."""
        kept, names = self._kept_times(), self.list()
        files = {n: (self.root / n / "manifest.json").stat().st_mtime for n in names if n not in kept}
        current = self.current()
        if current in files:  # what is read today was made last, whatever order its files were copied in
            others = [at for name, at in files.items() if name not in (current, new)]
            files[current] = max([files[current], *(at + 0.001 for at in others)])
        return {name: kept[name] if name in kept else files[name] for name in names}

    def _kept_times(self) -> dict[str, float]:
        kept: dict[str, float] = {}
        try:
            lines = (self.root / "MADE.jsonl").read_bytes().splitlines()
        except FileNotFoundError:
            return kept
        for line in lines:
            try:
                said = msgspec.json.decode(line, type=_Made)
                kept.setdefault(said.edition, datetime.fromisoformat(said.at).timestamp())
            except (msgspec.DecodeError, ValueError):
                continue  # a line that a stop cut short
        return kept

    def _note_made(self, edition: str) -> None:
        """Keep when editions were made, beside them: the same input gives the same edition, byte for byte, at any time."""
        path = self.root / "MADE.jsonl"
        kept = self._kept_times()
        new = [
            msgspec.json.encode(_Made(name, datetime.fromtimestamp(at, UTC).isoformat())) + b"\n"
            for name, at in self._times(edition).items()
            if name not in kept
        ]
        if not new:
            return
        with path.open("ab") as file:
            if file.tell() and not path.read_bytes().endswith(b"\n"):
                file.write(b"\n")  # a stop cut the last line short
            file.writelines(new)
            file.flush()
            os.fsync(file.fileno())

    def make_current(self, edition: str) -> None:
        """Point CURRENT at an edition in one atomic step, and keep when it was made."""
        self._note_made(edition)
        pointer = self.root / f".CURRENT-{os.getpid()}"
        pointer.write_text(edition + "\n")
        _sync(pointer)
        pointer.replace(self.root / "CURRENT")
        _sync(self.root)


def encode_manifest(manifest: Manifest) -> bytes:
    """Manifest as indented JSON with sorted keys: equal manifests are equal bytes."""
    return (
        json.dumps(msgspec.to_builtins(manifest), sort_keys=True, indent=1, ensure_ascii=False).encode()
        + b"\n"
    )


def make_manifest(
    *,
    rules: Mapping[str, str],
    vocabulary: str,
    partitions: Mapping[str, Partition],
    vocabulary_file: FileEntry,
    version_keys: Sequence[str],
    fill_file: FileEntry | None = None,
    incomplete: Sequence[IncompleteQuery] = (),
) -> Manifest:
    """The manifest of a built folder; its id is drawn from everything in it."""
    rows: dict[str, int] = {}
    for partition in partitions.values():
        for table, entry in partition.files.items():
            rows[table] = rows.get(table, 0) + entry.rows
    body: dict[str, Any] = {
        "format": 1,
        "rules": dict(sorted(rules.items())),
        "vocabulary": vocabulary,
        "inputs": hashlib.sha256("\n".join(sorted(version_keys)).encode()).hexdigest(),
        "rows": dict(sorted(rows.items())),
        "partitions": dict(sorted(partitions.items())),
        "vocabulary_file": vocabulary_file,
        "fill_file": fill_file,
        "incomplete": tuple(incomplete),
    }
    blank = Manifest(edition="", **body)
    return Manifest(edition=hashlib.sha256(encode_manifest(blank)).hexdigest()[:12], **body)


def check(folder: Path, manifest: Manifest) -> None:
    """Every file of the manifest is there with its size, and every version has exactly one row, of a study or a paper.

    Hashes are taken when a file is written; a linked file was checked in the edition it comes from.
    """
    for name, partition in manifest.partitions.items():
        for entry in partition.files.values():
            path = folder / entry.path
            if not path.is_file() or path.stat().st_size != entry.bytes:
                raise EditionError(
                    f"{entry.path} is missing or cut short in the new edition; nothing was changed"
                )
        held = sum(partition.files[table].rows for table in ("studies", "papers") if table in partition.files)
        if held != partition.versions:
            raise EditionError(
                f"partition {name} holds {held} rows of studies and papers for "
                f"{partition.versions} record versions; nothing was changed"
            )


def verify(folder: Path, manifest: Manifest) -> list[str]:
    """Paths whose bytes no longer have the hash the manifest gives; empty = sound."""
    bad = []
    for entry in manifest.entries():
        path = folder / entry.path
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != entry.sha256:
            bad.append(entry.path)
    return bad


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
