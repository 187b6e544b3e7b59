"""The process that listens: uvicorn, bounded against slow and greedy clients."""

import asyncio
from typing import TYPE_CHECKING, Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.applications import Starlette

HEAD_SECONDS = 10.0
"""A client that has not sent a whole request by then is let go."""

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
        backlog=256,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=10,
    )


def run(app: "Starlette", host: str, port: int) -> None:
    """Serve until it is stopped. Raises: OSError where the address cannot be listened at."""
    uvicorn.Server(configured(app, host, port)).run()
