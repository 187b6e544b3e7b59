"""One writer at a time in a data folder: a lock file that the system lets go of when its process ends, however it ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from skinproof.errors import BusyError, StoreError

if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _take(file: IO[str]) -> None:
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def writer_lock(data_dir: Path) -> Iterator[None]:
    """Hold the data folder's writer lock; makes the folder where it is missing.

    Raises: BusyError when another process holds the lock (its number is in the message); StoreError when the folder
    cannot be written to.
    """
    path = data_dir / "writer.lock"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="ascii")
    except (FileExistsError, NotADirectoryError) as error:
        raise StoreError(f"{data_dir} is a file; name a folder") from error
    except OSError as error:
        raise StoreError(f"cannot write to the data folder {data_dir}: {error.strerror}") from error
    with file:
        try:
            _take(file)
        except OSError as error:
            file.seek(0)
            owner = file.read(20).strip()
            by = f" (process {owner})" if owner.isdigit() else ""
            raise BusyError(
                f"another skinproof is writing to {data_dir}{by}; wait until it is done"
            ) from error
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def writer_of(data_dir: Path) -> str | None:
    """The number of the process that holds the writer's lock, `unknown` if it did not leave one; None: nobody does."""
    try:
        with (data_dir / "writer.lock").open("r+", encoding="ascii") as file:
            try:
                _take(file)
            except OSError:
                file.seek(0)
                owner = file.read(20).strip()
                return owner if owner.isdigit() else "unknown"
    except (OSError, UnicodeDecodeError):
        pass
    return None


class Turn:
    """A turn that one process has at a time, until it gives it back or ends; never waits."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def take(self) -> bool:
        """Whether this process has the turn now."""
        if self._file is None:
            file = self._path.open("a+", encoding="ascii")
            try:
                _take(file)
            except OSError:
                file.close()
                return False
            self._file = file
        return True

    def give(self) -> None:
        """Let another process have it."""
        if self._file is not None:
            self._file.close()
            self._file = None
