"""How the application behaves."""

from pathlib import Path

import msgspec

from skinproof.errors import UsageError
from skinproof.faces.web.proxies import Networks
from skinproof.faces.web.security import LOOPBACK

SHORTEST_TOKEN = 32


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One of several processes that serve the same folder at the same address. number: from 1 to `of`; folder: where they tell each
    other how they are, their own alone; secret: what signs their cookies."""

    number: int
    of: int
    folder: Path
    secret: bytes


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """hosts: names the application answers to; seconds: for one answer; look: between two looks for a new edition; api_per_second,
    api_burst: how often one address may ask the API, 0 = as often as it likes; proxies: servers in front of this one, whose word on
    who asks is taken; warm: large pages are made before they are asked for, and whoever asks for one that is being made waits for
    `patience` seconds (longer where there is none of the edition before); shelf_bytes: room in the data folder for answers that took long to make, 0 = none are kept there; place:
    where several processes serve together."""

    hosts: frozenset[str] = frozenset(LOOPBACK)
    threads: int = 3
    waiting: int = 64
    seconds: float = 20.0
    cache_bytes: int = 64 << 20
    shelf_bytes: int = 0
    look: float = 1.0
    api_per_second: float = 20.0
    api_burst: int = 100
    logins: Path | None = None
    write_token: str | None = None
    proxies: Networks = ()
    warm: bool = False
    patience: float = 5.0
    place: Place | None = None

    @property
    def workers(self) -> int:
        """Processes that serve together."""
        return self.place.of if self.place else 1

    def checked(self) -> "Settings":
        """Itself. Raises: UsageError for a token that is easy to guess."""
        if self.write_token is not None and len(self.write_token) < SHORTEST_TOKEN:
            raise UsageError(
                f"SKINPROOF_WRITE_TOKEN has less than {SHORTEST_TOKEN} letters; make a longer one"
            )
        return self
