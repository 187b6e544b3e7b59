"""Files that are there whole or not at all."""

import os
from pathlib import Path

from skinproof.errors import UsageError


def check_writable(path: Path) -> None:
    """Whether `write_whole` can write a file there; nothing is left behind.

    Raises: UsageError: it cannot, or a folder has that name.
    """
    target = path.resolve()
    if target.is_dir():
        raise UsageError(f"{path}: cannot be written (it is a folder)")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.open("xb").close()
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        part.unlink(missing_ok=True)


def write_whole(path: Path, body: bytes) -> None:
    """Write a file through one beside it, so that a stop half way leaves what was there before.

    Raises: UsageError: it cannot be written there.
    """
    target = path.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file:
            file.write(body)
        part.replace(target)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror or error})") from error
    finally:
        part.unlink(missing_ok=True)
