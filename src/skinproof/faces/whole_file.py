"""Files that are there whole or not at all."""

import os
from pathlib import Path

from skinproof.errors import UsageError


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
