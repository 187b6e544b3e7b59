"""Untrusted bytes, plain or packed with gzip or zip -> a stream of unpacked bytes that ends, at the latest, at a limit.

A stream never raises: what went wrong is in `fault` once `read` has given b"" (a cut file, a wrong checksum, a bomb).
What came out before is good and is used.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO, Protocol

import msgspec

from skinproof.model.raw import Limits

_GZIP = b"\x1f\x8b"
_READ = 1 << 20


class Stream(Protocol):
    """Bytes in order; `read(n)` gives up to n of them, b"" at the end, and never raises."""

    @property
    def fault(self) -> str | None: ...

    def read(self, size: int) -> bytes: ...


class PlainStream:
    """A file as it is."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.fault: str | None = None

    def read(self, size: int) -> bytes:
        """Up to `size` bytes."""
        try:
            return self._file.read(size) or b""
        except OSError as error:
            self.fault = f"cannot be read any further: {error.strerror or error}"
            return b""


class PeekedStream:
    """A stream whose beginning can be looked at before it is read."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._head = b""

    @property
    def fault(self) -> str | None:
        """What went wrong so far."""
        return self._stream.fault

    def peek(self, size: int) -> bytes:
        """Up to `size` bytes from the beginning, which `read` will give again."""
        while len(self._head) < size and (more := self._stream.read(size - len(self._head))):
            self._head += more
        return self._head

    def read(self, size: int) -> bytes:
        """Up to `size` bytes."""
        if self._head:
            head, self._head = self._head[:size], self._head[size:]
            return head
        return self._stream.read(size)


class _Gauge:
    """Counts what goes in and comes out; says when it is too much."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.packed = self.unpacked = 0

    def fault(self) -> str | None:
        limits = self._limits
        if self.unpacked > limits.unpack_free and self.unpacked > limits.unpack_ratio * max(1, self.packed):
            return (
                f"unpacks to more than {limits.unpack_ratio} times its size, as no registry file does; "
                f"reading stopped after {self.unpacked:,} bytes"
            )
        if self.unpacked > limits.unpacked_bytes:
            return f"unpacks to more than the limit of {limits.unpacked_bytes:,} bytes; reading stopped there"
        return None


class GzipStream:
    """A gzip stream, also one of several parts; keeps what stands before a cut."""

    def __init__(self, packed: Stream, limits: Limits) -> None:
        self._packed, self._gauge = packed, _Gauge(limits)
        self._inflate = zlib.decompressobj(31)
        self._input = b""
        self.fault: str | None = None

    def read(self, size: int) -> bytes:
        """Up to `size` unpacked bytes."""
        while self.fault is None:
            at_end = not self._input and not self._take()
            if self._inflate is _DONE:
                break
            before = self._inflate.copy()
            try:
                piece = self._inflate.decompress(self._input, min(size, _READ))
            except zlib.error as error:
                piece = _salvage(before, self._input)
                self._gauge.unpacked += len(piece)
                self.fault = f"the gzip data is damaged {self._place()}: {error}"
                return piece
            self._input = self._inflate.unconsumed_tail
            if self._inflate.eof:
                self._next_part(self._inflate.unused_data)
            self._gauge.unpacked += len(piece)
            self.fault = self.fault or self._gauge.fault()
            if piece:
                return piece
            if at_end and self._inflate is not _DONE:
                cut = f"the gzip file is cut off {self._place()}; the records before the cut are kept"
                self.fault = self._packed.fault or self.fault or cut
        return b""

    def _take(self) -> bool:
        self._input = self._packed.read(_READ)
        self._gauge.packed += len(self._input)
        return bool(self._input)

    def _next_part(self, rest: bytes) -> None:
        while not rest.strip(b"\0") and (more := self._packed.read(_READ)):
            self._gauge.packed += len(more)
            rest = more
        rest = rest.lstrip(b"\0")
        if rest.startswith(_GZIP):
            self._inflate, self._input = zlib.decompressobj(31), rest
        else:
            self._inflate, self._input = _DONE, b""
            if rest:
                self.fault = f"other data follows the gzip data {self._place()}; it was not read"

    def _place(self) -> str:
        return f"after {self._gauge.packed:,} packed bytes ({self._gauge.unpacked:,} unpacked)"


def _salvage(inflate: "zlib._Decompress", packed: bytes) -> bytes:
    """What can be unpacked before the place where the data is damaged."""
    pieces = []
    for step in (1 << 16, 1 << 10, 1):
        while True:
            before = inflate.copy()
            try:
                piece = inflate.decompress(packed, step)
            except zlib.error:
                inflate = before
                break
            if not piece:
                break
            pieces.append(piece)
            packed = inflate.unconsumed_tail
    return b"".join(pieces)


_DONE = zlib.decompressobj(31)
"""Stands for: the last gzip part has been read."""


class _MemberStream:
    """One member of a zip archive."""

    def __init__(self, file: IO[bytes], packed: int, limits: Limits, total: _Gauge) -> None:
        self._file, self._total, self._gauge = file, total, _Gauge(limits)
        self._gauge.packed = packed
        self.fault: str | None = None

    def read(self, size: int) -> bytes:
        """Up to `size` unpacked bytes."""
        if self.fault is not None:
            return b""
        try:
            piece = self._file.read(min(size, _READ))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            self.fault = f"the zip data is damaged: {str(error) or 'it ends too early'}"
            return b""
        self._gauge.unpacked += len(piece)
        self._total.unpacked += len(piece)
        self.fault = self._gauge.fault() or self._total.fault()
        return piece


class ZipFault(Exception):
    """Why a zip archive, or one of its members, is not read."""


def zip_members(file: BinaryIO, limits: Limits) -> Iterator[tuple[str, Stream | str]]:
    """Each file of an archive as (name, stream), or (name, why it is not read), sorted by name. Nothing is unpacked
    to disk, whatever the names are.

    Raises: ZipFault when the archive as a whole cannot be read.
    """
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, zlib.error) as error:
        raise ZipFault(f"the zip archive is cut off or damaged: {error}") from error
    with archive:
        infos = archive.infolist()
        if len(infos) > limits.members:
            raise ZipFault(f"holds {len(infos):,} files, more than the limit of {limits.members:,}")
        if any(info.filename == "xl/workbook.xml" for info in infos):
            raise ZipFault("an Excel workbook; save the table as CSV, or download the records as JSON")
        total = _Gauge(msgspec.structs.replace(limits, unpack_ratio=limits.unpacked_bytes))
        wanted = [info for info in infos if not info.is_dir() and not _is_hidden(info.filename)]
        for info in sorted(wanted, key=lambda info: (info.filename, info.header_offset)):
            yield info.filename, _odd(info) or _member(archive, info, limits, total)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: Limits, total: _Gauge) -> Stream | str:
    try:
        return _MemberStream(archive.open(info), info.compress_size, limits, total)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        return f"the zip data is damaged: {error}"


def _is_hidden(name: str) -> bool:
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _odd(info: zipfile.ZipInfo) -> str | None:
    """Why a member is not read, before it is opened."""
    name = info.filename.replace("\\", "/")
    if name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
        return "its name points outside the archive, as no registry file does; it was not read"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link to another file; it was not read"
    if info.flag_bits & 0x1:
        return "encrypted; unpack it with its password first"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed in a way that is not read here (only deflate is); unpack it first"
    return None
