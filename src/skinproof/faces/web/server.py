"""The process that listens: uvicorn, bounded against slow and greedy clients."""

import asyncio
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.applications import Starlette

HEAD_SECONDS = 10.0
"""A client that has not sent a whole request by then is let go."""

LARGEST_HEAD = 16_384
"""Bytes of a request line and its headers together."""


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with a limit to the time in which a request must arrive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come: the clock starts."""
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def data_received(self, data: bytes) -> None:
        """Something has come; the clock starts with the first piece of a request and stops when it is whole."""
        super().data_received(data)
        whole = self.cycle is not None and (
            not self.cycle.response_complete or not self.conn.trailing_data[0]
        )
        if whole and self._late is not None:
            self._late.cancel()
            self._late = None
        elif not whole and self._late is None:
            self._late = self.loop.call_later(HEAD_SECONDS, self._too_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone: no clock."""
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def _too_late(self) -> None:
        self._late = None
        if not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete):
            self.transport.close()


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
