"""Who may judge in the browser: a file of names and password hashes (argon2id), written by `skinproof login`."""

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from skinproof.errors import InputError, NotFoundError, UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 200
"""Letters of a password."""
_NAME = re.compile(r"[\w][\w.@ -]{0,78}[\w]|\w")
_LARGEST = 1 << 20


def read_logins(path: Path) -> dict[str, str]:
    """Name -> hash. Raises: NotFoundError, InputError."""
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path} is larger than any file of logins")
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError:
        raise NotFoundError(f"no file {path}; `skinproof login add NAME` makes it") from None
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path} is no file of logins: {error}") from error


def add_login(path: Path, name: str, password: str) -> bool:
    """Write a name with the hash of its password; True where the name was there before. Raises: UsageError, InputError."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name[:80]!r} is no name for a login: letters, digits, and . @ - _ between them")
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"a password has {SHORTEST} to {LONGEST} letters")
    held = read_logins(path) if path.exists() else {}
    was = name in held
    _write(path, {**held, name: hasher().hash(password)})
    return was


def remove_login(path: Path, name: str) -> None:
    """Take a name out. Raises: NotFoundError, InputError."""
    held = read_logins(path)
    if name not in held:
        raise NotFoundError(f"{path} has no login {name[:80]!r}")
    _write(path, {one: text for one, text in held.items() if one != name})


def right_password(path: Path, name: str, password: str) -> bool:
    """Whether that is the password of the name; a name that is not there takes as long as one that is.

    The file is read anew, so that a login that was taken out is out at once. Raises: NotFoundError, InputError.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > LONGEST:
        return False
    held = read_logins(path).get(name)
    try:
        hasher().verify(held or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return held is not None


def hasher() -> "PasswordHasher":
    """argon2id with the parameters of RFC 9106 for little memory. Source: RFC 9106, section 4."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)


_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c2tpbnByb29mLW5vYm9keQ$Gf4yyJhWgVtmUcvK3Mp8DKBM2NUpNbTTrZK4oINCyZc"
"""A hash that no known password gives."""


def _write(path: Path, logins: dict[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # readable by its owner alone
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(dict(sorted(logins.items()))), indent=1) + b"\n")
    Path(name).replace(path)
