"""How a source is asked: how fast, how often again, how much is taken; and what stands in for clock and chance."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from skinproof import __version__
from skinproof.errors import UsageError


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How one source is asked. Times in seconds, sizes in bytes.

    hosts: where redirects may lead, besides the base address itself
    per_second: requests a second, evenly spaced; 0: no limit (a server on this machine)
    tries: how often one request is sent before the source counts as out of reach
    connect, read, total: how long to wait for a connection, for the next bytes, and for a whole answer
    first_pause, longest_pause: between two tries; the pause doubles from the first to the longest
    longest_told: the longest `Retry-After` that is waited for; a longer one ends the run at once
    packed, unpacked, ratio: most that an answer may have as sent, unpacked, and unpacked over sent; the ratio counts
        from 1 MiB on
    redirects: most redirects that are followed for one request
    """

    hosts: frozenset[str] = frozenset()
    per_second: float = 3.0
    tries: int = 7
    connect: float = 15.0
    read: float = 60.0
    total: float = 120.0
    first_pause: float = 0.5
    longest_pause: float = 30.0
    longest_told: float = 120.0
    packed: int = 128 << 20
    unpacked: int = 160 << 20
    ratio: int = 200
    redirects: int = 5


class Means(msgspec.Struct, frozen=True, kw_only=True):
    """The clock, the pause and the chance that a client uses. clock: seconds that never go back; chance: 0 to 1."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


def user_agent(contact: str | None) -> str:
    """Who asks, and where to complain.

    contact: an e-mail address or a page of whoever runs this. Raises: UsageError for what no header may hold.
    """
    name = f"skinproof/{__version__}"
    if not contact:
        return name
    if (
        not contact.isascii()
        or not contact.isprintable()
        or len(contact) > 200
        or "(" in contact
        or ")" in contact
    ):
        raise UsageError(
            f"SKINPROOF_CONTACT should be an e-mail address or the address of a page, found {contact[:60]!r}"
        )
    return f"{name} ({contact})"


def base_address(setting: str, given: str) -> str:
    """A base address without its last slash. Raises: UsageError when it is none."""
    try:
        parts = urlsplit(given.strip())
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        good = good and not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        good = False
    if not good:
        raise UsageError(
            f"{setting} should be an address such as https://example.org/api, found {given[:80]!r}"
        )
    return given.strip().rstrip("/")
