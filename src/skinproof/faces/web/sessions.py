"""Who is logged in: ids in signed cookies, what they stand for in a table of this server's own; and how often one may try."""

import hashlib
import hmac
import secrets
import sqlite3
import weakref
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from itsdangerous import BadSignature, TimestampSigner

COOKIE = "skinproof_session"
HOURS = 12
MOST = 1000
"""Sessions at a time; the oldest goes first."""

_TABLE = """create table if not exists session (
    number integer primary key autoincrement, name text unique, who text, until real)"""


class Session(NamedTuple):
    """Somebody who is logged in. csrf: goes into every form, and must come back with it; until: of a monotonic clock."""

    who: str
    csrf: str
    until: float


class Sessions:
    """All sessions; they end with the server, as the key that signs their cookies does.

    file: where several processes serve together, the table they share, and `secret`, the key they share; else all is in memory.
    The table holds hashes of names, so that whoever reads it has no cookie of anybody.
    """

    def __init__(self, file: Path | None = None, secret: bytes | None = None) -> None:
        self._secret = secret or secrets.token_bytes(32)
        self._signer = TimestampSigner(self._secret, salt=COOKIE)
        self._db = sqlite3.connect(
            file or ":memory:", timeout=10, isolation_level=None, check_same_thread=False
        )
        weakref.finalize(self, self._db.close)
        if file:
            file.chmod(0o600)
        self._db.execute("pragma synchronous = off")  # nothing in it outlives the server
        self._db.execute(_TABLE)
        self._lock = Lock()

    def begin(self, who: str, now: float) -> str:
        """A new session; returns the value of its cookie. now: seconds of a monotonic clock."""
        name = secrets.token_urlsafe(32)
        with self._lock:
            self._db.execute(
                "insert into session (name, who, until) values (?, ?, ?)",
                (_hashed(name), who, now + HOURS * 3600),
            )
            self._db.execute(
                "delete from session where number <= (select max(number) from session) - ?", (MOST,)
            )
        return self._signer.sign(name).decode()

    def find(self, cookie: str | None, now: float) -> Session | None:
        """The session of a cookie; None for one that was changed, has ended, or is of another server."""
        name = self._name(cookie)
        if name is None:
            return None
        with self._lock:
            found = self._db.execute(
                "select who, until from session where name = ?", (_hashed(name),)
            ).fetchone()
        if found is None:
            return None
        if found[1] < now:
            self.end(cookie)
            return None
        return Session(
            found[0], hmac.new(self._secret, f"form {name}".encode(), "sha256").hexdigest(), found[1]
        )

    def end(self, cookie: str | None) -> None:
        """Log out: the cookie is worth nothing from now on, wherever a copy of it is."""
        name = self._name(cookie)
        if name is not None:
            with self._lock:
                self._db.execute("delete from session where name = ?", (_hashed(name),))

    def _name(self, cookie: str | None) -> str | None:
        if not cookie or len(cookie) > 300:
            return None
        try:
            return self._signer.unsign(cookie, max_age=HOURS * 3600).decode()
        except (BadSignature, UnicodeError):
            return None


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def cookie_header(value: str, *, https: bool) -> str:
    """The header that sets the cookie; an empty value takes it away."""
    age = HOURS * 3600 if value else 0
    return f"{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{'; Secure' if https else ''}"
