"""Saved searches and what was told of them: one small file in the data folder, replaced whole."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from skinproof.errors import NotFoundError, StoreError, UsageError
from skinproof.model.summary import Filters
from skinproof.store.lock import writer_lock

FOLDER, FILE = "watches", "watches.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """One saved search.

    query: words of `find`, empty for all studies that meet the filters; made, told_at: ISO times (UTC); told: record id ->
    sha256 of the version that was in force when it was last told; events: what sources said of records, as told; papers: the
    same of papers, and links the (paper, study) pairs that were told, both None in a watch from before papers were told.
    """

    name: str
    query: str
    filters: Filters
    made: str
    told_at: str
    told: dict[str, str]
    events: tuple[str, ...] = ()
    papers: dict[str, str] | None = None
    links: tuple[tuple[str, str], ...] | None = None


class Watches:
    """The saved searches of one data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep others from changing them meanwhile. Raises: BusyError, StoreError."""
        with writer_lock(self._folder):
            yield

    def all(self) -> tuple[Watch, ...]:
        """By name. Raises: StoreError for a file that cannot be read."""
        path = self._folder / FILE
        try:
            found = msgspec.json.decode(path.read_bytes(), type=dict[str, Watch])
        except FileNotFoundError:
            return ()
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreError(f"{path} cannot be read ({error}); mend it or move it away") from error
        return tuple(found[name] for name in sorted(found))

    def get(self, name: str) -> Watch:
        """Raises: NotFoundError."""
        for watch in self.all():
            if watch.name == name:
                return watch
        known = ", ".join(watch.name for watch in self.all()) or "none"
        raise NotFoundError(
            f"no watch {name!r} (there are: {known}); `skinproof watch add NAME WORDS` makes one"
        )

    def put(self, watch: Watch) -> None:
        """Keep a watch, in place of the one of its name. Raises: UsageError for a name that cannot be one."""
        if not _NAME.fullmatch(watch.name):
            raise UsageError(f"{watch.name[:60]!r} cannot name a watch: 1 to 40 letters, digits, - and _")
        self._write({one.name: one for one in self.all()} | {watch.name: watch})

    def remove(self, name: str) -> None:
        """Raises: NotFoundError."""
        self.get(name)
        self._write({one.name: one for one in self.all() if one.name != name})

    def _write(self, found: dict[str, Watch]) -> None:
        path = self._folder / FILE
        part = path.with_name(f".{FILE}.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise StoreError(f"cannot write {path}: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
