"""The polite client: one GET at a time, paced, tried again where that can help, within limits; then an answer or a
SourceError that says what was asked, what came, and what to do.

One client serves one source: its base address, and redirects within the source's hosts. A base address on this
machine or in a private network is asked as set, and nothing else there.
"""

import ssl
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx2

from skinproof.errors import SourceError, TooLarge
from skinproof.model.exchange import Request, Response
from skinproof.transport.addresses import is_loopback, is_private, origin, redirect_target
from skinproof.transport.body import Dripping, Faulty, check_kind, unpacked
from skinproof.transport.policy import Means, Policy
from skinproof.transport.waiting import Pacer, own_pause, told_pause

_AGAIN = frozenset({408, 425, 429})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ERROR_BYTES = 64 << 10
_SLOW = 2
"""Answers that do not come whole in their time before less is asked for: a page too large for a slow line."""
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class Client:
    """A `Fetch` for one source; use it in a `with`, or close it."""

    def __init__(
        self,
        base: str,
        policy: Policy,
        user_agent: str,
        *,
        environment: Mapping[str, str] | None = None,
        means: Means | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """base: the source's base address. environment: where proxies are named. transport: stands in, in tests."""
        self._base, self._policy, self._means = base, policy, means or Means()
        home = origin(base)
        self._home_is_private = is_loopback(home[1]) or is_private(home[1])
        names = {name.lower() for name, value in (environment or {}).items() if value}
        local = is_loopback(home[1])
        self._proxied = not local and bool(names.intersection(_PROXIES))
        self._pacer = Pacer(0.0 if local else policy.per_second, self._means)
        self.asked = 0
        """Requests sent so far, tries again and redirects included."""
        self._http = httpx2.Client(
            headers={"user-agent": user_agent, "accept-encoding": "gzip"},
            timeout=httpx2.Timeout(policy.read, connect=policy.connect),
            follow_redirects=False,
            trust_env=not local,  # no proxy stands between a program and its own machine
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __call__(self, request: Request) -> Response:
        """The answer to one request. Raises: SourceError, TooLarge."""
        tried = slow = 0
        while True:
            tried += 1
            pause: float | None = None
            try:
                answer = self._follow(request)
                if answer.status not in _AGAIN and answer.status < 500:
                    return answer
                pause = told_pause(answer.headers.get("retry-after"), self._means.now())
                fault = f"status {answer.status}{_said(answer)}"
            except Faulty as error:
                fault = str(error)
                slow += isinstance(error, Dripping)
            except TooLarge as error:
                raise TooLarge(f"{request.shown()} gave {error}") from error
            except httpx2.TimeoutException as error:
                fault = f"no answer in time ({type(error).__name__})"
            except (httpx2.TransportError, ssl.SSLError) as error:
                fault = _plain(error)
            if slow >= _SLOW:
                raise TooLarge(f"{request.shown()} gave {fault}, {slow} times; ask for less at a time")
            if pause is not None and pause > self._policy.longest_told:
                raise SourceError(
                    f"{request.shown()} gave {fault} and asks to wait {pause:,.0f} s; run again after that"
                )
            if tried >= self._policy.tries:
                raise SourceError(
                    f"{request.shown()} gave {fault}, {tried} times; what was stored stays: run again later, and "
                    "if it goes on, look whether the source has trouble or this machine is behind a proxy"
                )
            own = own_pause(self._policy, tried, self._means.chance())
            wait = own if pause is None else max(pause, own)
            if pause is not None:
                self._pacer.hold(wait)
            self._means.sleep(wait)

    def _follow(self, request: Request) -> Response:
        """The answer after redirects. Raises: Faulty, TooLarge, SourceError, and httpx2's errors."""
        url, params = request.url, request.params
        if origin(url) != origin(self._base):
            raise SourceError(f"{request.shown()} is not an address of the source at {self._base}")
        seen = {request.shown()}
        for _ in range(self._policy.redirects + 1):
            answer = self._send(request, url, params)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            url = redirect_target(self._base, self._policy.hosts, answer.url, answer.headers["location"])
            params = ()
            if url in seen:
                raise SourceError(f"{request.shown()} redirects in a circle, over {url[:200]}")
            seen.add(url)
        raise SourceError(f"{request.shown()} redirects more than {self._policy.redirects} times")

    def _send(self, request: Request, url: str, params: tuple[tuple[str, str], ...]) -> Response:
        headers = {"accept": request.accept}
        if request.etag:
            headers["if-none-match"] = request.etag
        if request.modified:
            headers["if-modified-since"] = request.modified
        self._pacer.wait()
        self.asked += 1
        deadline = self._means.clock() + self._policy.total
        with self._http.stream("GET", url, params=list(params) or None, headers=headers) as sent:
            self._check_peer(sent)
            told = {name.lower(): value for name, value in sent.headers.items()}
            place = str(sent.url)
            if sent.status_code in _REDIRECTS or sent.status_code == 304:
                return Response(sent.status_code, place, told, b"")
            chunks = self._chunks(sent, deadline)
            if not sent.is_success:
                return Response(sent.status_code, place, told, _beginning(chunks, told, self._policy))
            body = unpacked(chunks, told, self._policy)
        check_kind(request.accept, told, body)
        return Response(sent.status_code, place, told, body)

    def _chunks(self, sent: httpx2.Response, deadline: float) -> Iterator[bytes]:
        for chunk in sent.iter_raw():
            yield chunk
            if self._means.clock() > deadline:
                raise Dripping(f"no whole answer within {self._policy.total:,.0f} s")

    def _check_peer(self, sent: httpx2.Response) -> None:
        """A public name that leads to a private address is not read; behind a proxy, the proxy looks after that."""
        stream = sent.extensions.get("network_stream")
        if self._home_is_private or self._proxied or stream is None:
            return
        peer = stream.get_extra_info("server_addr")
        if peer and is_private(str(peer[0])):
            host = urlsplit(str(sent.url)).hostname
            raise SourceError(f"{host} leads to the private address {peer[0]}; nothing was read from it")


def _beginning(chunks: Iterator[bytes], headers: Mapping[str, str], policy: Policy) -> bytes:
    """The first bytes of an error's text; whatever is wrong with the rest does not matter."""
    kept: list[bytes] = []
    size = 0
    for chunk in chunks:
        kept.append(chunk)
        size += len(chunk)
        if size > _ERROR_BYTES:
            break
    try:
        return unpacked(kept, headers, policy)[:_ERROR_BYTES]
    except (Faulty, TooLarge):
        return b""


def _said(answer: Response) -> str:
    words = " ".join(answer.body[:200].decode("utf-8", "replace").split())
    return f" ({words[:120]})" if words and not words.startswith("<") else ""


def _plain(error: Exception) -> str:
    if isinstance(error, httpx2.ConnectError):
        return f"no connection ({error})"
    if isinstance(error, httpx2.RemoteProtocolError | httpx2.ReadError):
        return f"an answer that was cut off or broken ({error})"
    return f"{type(error).__name__} ({error})"
