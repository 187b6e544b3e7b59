"""The process that listens: uvicorn, bounded against slow and greedy clients."""

import asyncio
import socket
import sys
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from skinproof.errors import UsageError

if TYPE_CHECKING:
    from starlette.applications import Starlette

HEAD_SECONDS = 10.0
"""A client that has not sent a whole request by then is let go."""

BACKLOG = 256
"""Connections that wait to be taken."""

STALLED_SECONDS = 60.0
"""A client that takes nothing of its answer for so long is let go."""

LARGEST_HEAD = 16_384
"""Bytes of a request line and its headers together."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with limits to the time in which a request must arrive and in which an answer must be taken."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: asyncio.TimerHandle | None = None
        self._look: asyncio.TimerHandle | None = None
        self._drained = 0  # times that an answer went on after it had to wait for its reader

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come: the clocks start."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)
        self._look = self.loop.call_later(STALLED_SECONDS, self._stalled, 0, 0)

    def data_received(self, data: bytes) -> None:
        """Something has come; the clock starts with the first piece of a request and stops when it is whole, its body included."""
        super().data_received(data)
        if not self._unfinished():
            if self._late is not None:
                self._late.cancel()
                self._late = None
        elif self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def resume_writing(self) -> None:
        """The client took what was waiting for it."""
        self._drained += 1
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone: no clocks."""
        for clock in (self._late, self._look):
            if clock is not None:
                clock.cancel()
        super().connection_lost(exc)

    def _unfinished(self) -> bool:
        """Whether a part of a request is there and the rest is not."""
        if self.conn.their_state is h11.IDLE:
            return self.cycle is None or bool(self.conn.trailing_data[0])
        return self.conn.their_state is h11.SEND_BODY

    def _too_late(self) -> None:
        self._late = None
        if not self.transport.is_closing() and self._unfinished():
            self.transport.close()

    def _stalled(self, drained: int, left: int) -> None:
        """Let a client go that took nothing since the last look; drained, left: how it stood then."""
        waiting = self.transport.get_write_buffer_size()
        if 0 < left <= waiting and drained == self._drained:
            self.transport.abort()
        else:
            self._look = self.loop.call_later(STALLED_SECONDS, self._stalled, self._drained, waiting)


def configured(app: "Starlette", host: str, port: int) -> uvicorn.Config:
    """How uvicorn runs the application."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=PatientProtocol,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=LARGEST_HEAD,
        limit_concurrency=500,
        backlog=BACKLOG,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
    )


class SharingServer(uvicorn.Server):
    """A server that shares its sockets with others: of connections that come together each takes one at a time.

    asyncio takes as many at once as may wait, so that whoever is first would have them all.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take connections."""
        self.config.backlog = 1
        await super().startup(sockets)
        for one in sockets or ():
            one.listen(BACKLOG)


def listening(host: str, port: int) -> list[socket.socket]:
    """Sockets at every address that a name has (localhost has two), all with the same port; port 0 = any free one.

    Raises: UsageError where one of them cannot be listened at.
    """
    made: list[socket.socket] = []
    try:
        found = dict.fromkeys(
            socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        )
        for family, kind, protocol, _, address in found:
            # asyncio sends without delay only where it is told that this is TCP.
            one = socket.socket(family, kind, protocol)
            made.append(one)
            if sys.platform != "win32":
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            own = made[0].getsockname()[1] if port == 0 and len(made) > 1 else port
            one.bind((address[0], own, *address[2:]))
            one.listen(BACKLOG)
            one.setblocking(False)
    except OSError as error:
        for one in made:
            one.close()
        raise UsageError(f"{host} port {port} cannot be listened at: {error.strerror or error}") from error
    return made


def run(app: "Starlette", host: str, port: int, sockets: list[socket.socket] | None = None) -> None:
    """Serve until it is stopped, at sockets that listen already, where given. Raises: OSError where the address cannot be listened at."""
    uvicorn.Server(configured(app, host, port)).run(sockets)
