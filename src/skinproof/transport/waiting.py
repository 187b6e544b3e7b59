"""How long to wait: between requests to a host, between tries, and when a server says how long."""

import threading
from datetime import datetime
from email.utils import parsedate_to_datetime

from skinproof.transport.policy import Means, Policy


class Pacer:
    """Lets requests to one host go evenly spaced, whatever thread they come from."""

    def __init__(self, per_second: float, means: Means) -> None:
        self._gap = 1 / per_second if per_second > 0 else 0.0
        self._means = means
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Return when it is this request's turn."""
        if not self._gap:
            return
        with self._lock:
            now = self._means.clock()
            turn = max(now, self._next)
            self._next = turn + self._gap
        if turn > now:
            self._means.sleep(turn - now)

    def hold(self, seconds: float) -> None:
        """Nobody's turn comes before so many seconds have passed."""
        with self._lock:
            self._next = max(self._next, self._means.clock() + seconds)


def told_pause(value: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, as a number or as a date; None when it says nothing usable.

    >>> told_pause("7", datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
    7.0
    """
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
        if then.tzinfo is None:
            return None
        return max(0.0, (then - now).total_seconds())
    except (TypeError, ValueError, OverflowError):
        return None


def own_pause(policy: Policy, tried: int, chance: float) -> float:
    """Seconds before the next try, after `tried` tries: doubling, half of it up to chance (0 to 1)."""
    whole = min(policy.longest_pause, policy.first_pause * 2.0 ** (tried - 1))
    return whole / 2 + chance * whole / 2
