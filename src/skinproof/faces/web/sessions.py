"""Who is logged in: ids in signed cookies, what they stand for in this process's memory; and how often one may try."""

import hmac
import secrets
from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

from itsdangerous import BadSignature, TimestampSigner

COOKIE = "skinproof_session"
HOURS = 12
MOST = 1000
"""Sessions at a time; the oldest goes first."""


class Session(NamedTuple):
    """Somebody who is logged in. csrf: goes into every form, and must come back with it; until: of a monotonic clock."""

    who: str
    csrf: str
    until: float


class Sessions:
    """All sessions; they end with the process, as the key that signs their cookies does."""

    def __init__(self) -> None:
        self._signer = TimestampSigner(secrets.token_hex(32), salt=COOKIE)
        self._held: OrderedDict[str, Session] = OrderedDict()
        self._lock = Lock()

    def begin(self, who: str, now: float) -> str:
        """A new session; returns the value of its cookie. now: seconds of a monotonic clock."""
        name = secrets.token_urlsafe(32)
        with self._lock:
            self._held[name] = Session(who, secrets.token_urlsafe(32), now + HOURS * 3600)
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return self._signer.sign(name).decode()

    def find(self, cookie: str | None, now: float) -> Session | None:
        """The session of a cookie; None for one that was changed, has ended, or is of another process."""
        name = self._name(cookie)
        with self._lock:
            found = self._held.get(name) if name else None
            if found is not None and found.until < now and name:
                del self._held[name]
                return None
        return found

    def end(self, cookie: str | None) -> None:
        """Log out: the cookie is worth nothing from now on, wherever a copy of it is."""
        name = self._name(cookie)
        with self._lock:
            self._held.pop(name or "", None)

    def _name(self, cookie: str | None) -> str | None:
        if not cookie or len(cookie) > 300:
            return None
        try:
            return self._signer.unsign(cookie, max_age=HOURS * 3600).decode()
        except (BadSignature, UnicodeError):
            return None


def same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing of where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def cookie_header(value: str, *, https: bool) -> str:
    """The header that sets the cookie; an empty value takes it away."""
    age = HOURS * 3600 if value else 0
    return f"{COOKIE}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{'; Secure' if https else ''}"
