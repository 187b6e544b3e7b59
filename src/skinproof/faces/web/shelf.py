"""Answers that took long to make, kept in files: the next process, and those beside this one, need not make them again.

Each file begins with the hash of the rest and says what it answers; one that is cut short, damaged or of another question counts
as missing. All of it can be deleted at any time.
"""

import hashlib
import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from skinproof.faces.web.cache import Answer

log = logging.getLogger("skinproof.web")

FOLDER = "pages"
"""Name within the data folder."""

MOST_FILES = 5000
_ENDING = ".page"
_UNFINISHED = 3600.0
"""Seconds after which a file that nobody finished goes."""


class _Kept(msgspec.Struct, array_like=True):
    key: tuple[str, ...]
    answer: Answer


class Shelf:
    """Answers by key, in a folder that several processes use at a time; safe to use from several threads.

    program: names the code that makes the answers; those of other code are not found.
    """

    def __init__(self, folder: Path, program: str, most_bytes: int) -> None:
        self._folder, self._program, self._most = folder, program, most_bytes
        self._told = False

    def has(self, key: Sequence[str]) -> bool:
        """Whether there is a file for that key; cheap."""
        return self._path(key).exists()

    def get(self, key: Sequence[str]) -> Answer | None:
        """The answer of that key, if it is kept and whole."""
        path = self._path(key)
        try:
            found = path.read_bytes()
        except OSError:
            return None
        try:
            if hashlib.sha256(found[32:]).digest() != found[:32]:
                raise ValueError("damaged")
            kept = msgspec.msgpack.decode(found[32:], type=_Kept)
            if kept.key != tuple(key):
                raise ValueError("of another question")
        except (ValueError, msgspec.DecodeError):
            with suppress(OSError):
                path.unlink()
            return None
        with suppress(OSError):
            os.utime(path)  # what is asked for stays the longest
        return kept.answer

    def put(self, key: Sequence[str], answer: Answer) -> None:
        """Keep an answer, if it is one to keep and not larger than an eighth of all room. A folder that cannot be written to is no end."""
        if not answer.keep or answer.status != 200:
            return
        body = msgspec.msgpack.encode(_Kept(tuple(key), answer))
        if len(body) > self._most // 8:
            return
        part = self._folder / f".{os.getpid()}-{time.monotonic_ns()}"
        try:
            self._folder.mkdir(exist_ok=True)
            part.write_bytes(hashlib.sha256(body).digest() + body)
            part.replace(self._path(key))
            self._bound()
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            if not self._told:
                log.info("finished pages are not kept on the disk: %s", error)
            self._told = True

    def _bound(self) -> None:
        """Let go of what nobody asked for the longest, and of what a process that was ended left behind."""
        held = []
        for path in self._folder.iterdir():
            with suppress(OSError):  # another process was quicker
                told = path.stat()
                if path.suffix == _ENDING:
                    held.append((told.st_mtime_ns, told.st_size, path))
                elif path.name.startswith(".") and time.time() - told.st_mtime > _UNFINISHED:
                    path.unlink()
        held.sort(reverse=True)
        room = self._most
        for place, (_, size, path) in enumerate(held):
            room -= size
            if room < 0 or place >= MOST_FILES:
                with suppress(OSError):
                    path.unlink()

    def _path(self, key: Sequence[str]) -> Path:
        text = "\x00".join((self._program, *key))
        return (
            self._folder
            / f"{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}{_ENDING}"
        )
