"""A client for any OpenAI-compatible address: one prompt out, the words of one answer back.

The standard library is enough for one POST request, and does nothing unasked: no redirect is followed, no proxy is
taken from the environment.
"""

import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from skinproof.errors import UsageError
from skinproof.extraction.proposals import Prompt

KEY = "SKINPROOF_MODEL_KEY"
"""Environment variable with the key of the address, if it wants one. There is no other way to give it."""

MOST_ANSWER = 2_000_000
"""Bytes of an answer that are read; a longer one is refused."""

TIMEOUT, RETRIES = 60.0, 2
_PAUSE = 1.0
"""Seconds before the first retry; doubled before each later one."""

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_PATH = "/chat/completions"


class NoAnswer(Exception):
    """Why an address gave no usable answer, in words; again: whether asking once more may help."""

    def __init__(self, reason: str, again: bool = False) -> None:
        super().__init__(reason)
        self.again = again


class Address(NamedTuple):
    """A base URL that was checked. base: path before `/chat/completions`."""

    scheme: str
    host: str
    port: int
    base: str

    @property
    def loopback(self) -> bool:
        """Whether what is sent stays on this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def shown(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


def read_address(url: str) -> Address:
    """The address of an OpenAI-compatible service: `http://127.0.0.1:8080/v1`, with or without `/chat/completions`.

    Raises: UsageError for another scheme, a URL without host, or one that holds a name or password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError("the --url is no URL; write for example http://127.0.0.1:8080/v1") from error
    if parts.scheme not in ("http", "https"):
        raise UsageError("the --url must begin with http:// or https://")
    if not parts.hostname or not url.isascii() or any(c.isspace() or not c.isprintable() for c in url):
        raise UsageError("the --url names no host; write for example http://127.0.0.1:8080/v1")
    if parts.username is not None or parts.query or parts.fragment:
        raise UsageError(f"the --url must hold no name, password, query or fragment; a key goes into {KEY}")
    base = parts.path.rstrip("/").removesuffix(_PATH)
    return Address(parts.scheme, parts.hostname, port or (443 if parts.scheme == "https" else 80), base)


class Client:
    """Sends a prompt to one address and returns the words of the answer.

    No redirect is followed, no proxy is used, no more than MOST_ANSWER bytes are read, and a request ends after
    `timeout` seconds, however slowly the answer drips. The key is sent in one header and appears in no message.
    """

    def __init__(
        self,
        address: Address,
        model: str,
        *,
        key: str | None = None,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises: UsageError for a key that cannot be a header, or that would leave this machine unencrypted."""
        if key and not (key.isascii() and key.isprintable() and " " not in key):
            raise UsageError(f"{KEY} holds white space or letters that no key has")
        if key and address.scheme == "http" and not address.loopback:
            raise UsageError(f"{KEY} is set, and a key is not sent without encryption: use https://")
        self.address, self.model = address, model
        self._key, self._timeout, self._retries, self._sleep = key, timeout, retries, sleep

    def ask(self, prompt: Prompt) -> str:
        """The words of the answer. Raises: NoAnswer after the last retry."""
        body = json.dumps(
            {
                "model": self.model,
                "temperature": 0,
                "messages": [{"role": role, "content": words} for role, words in prompt.messages],
            }
        ).encode()
        for attempt in range(self._retries + 1):
            try:
                return _words(self._post(body))
            except NoAnswer as error:
                if not error.again or attempt == self._retries:
                    raise
                self._sleep(_PAUSE * 2**attempt)
        raise AssertionError("the last attempt returns or raises")  # pragma: no cover

    def _post(self, body: bytes) -> bytes:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        }
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        late = threading.Event()
        try:
            connection = self._connect()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"cannot reach {self.address.shown}: {_said(error)}", again=True) from None
        sock = connection.sock
        watch = threading.Timer(self._timeout, _hang_up, (sock, late))
        watch.daemon = True
        watch.start()
        try:
            connection.request("POST", self.address.base + _PATH, body, headers)
            with connection.getresponse() as response:
                answer = response.read(MOST_ANSWER + 1)
                status = response.status
        except (OSError, http.client.HTTPException, ValueError) as error:
            if late.is_set() or isinstance(error, TimeoutError):
                raise NoAnswer(f"no whole answer within {self._timeout:g} seconds", again=True) from None
            raise NoAnswer(f"the connection broke: {_said(error)}", again=True) from None
        finally:
            watch.cancel()
            connection.close()
        if late.is_set():
            raise NoAnswer(f"no whole answer within {self._timeout:g} seconds", again=True)
        _check_status(status)
        if len(answer) > MOST_ANSWER:
            raise NoAnswer(f"the answer is longer than {MOST_ANSWER:,} bytes")
        return answer

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self.address.host, self.address.port
        connection = (
            http.client.HTTPSConnection(
                host, port, timeout=self._timeout, context=ssl.create_default_context()
            )
            if self.address.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=self._timeout)
        )
        connection.connect()
        return connection


def _hang_up(sock: Any, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


def _said(error: Exception) -> str:
    """What a network error says, without anything that was sent."""
    return getattr(error, "strerror", None) or type(error).__name__


def _check_status(status: int) -> None:
    if 300 <= status < 400:
        raise NoAnswer(f"the address sends elsewhere (status {status}); redirects are not followed")
    if status in (401, 403):
        raise NoAnswer(f"the address wants a key (status {status}): set {KEY}")
    if status != 200:
        raise NoAnswer(f"the address answers with status {status}", again=status in _AGAIN)


class _Message(msgspec.Struct):
    content: str


class _Choice(msgspec.Struct):
    message: _Message


class _Completion(msgspec.Struct):
    choices: list[_Choice]


def _words(body: bytes) -> str:
    try:
        choices = msgspec.json.decode(body, type=_Completion).choices
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise NoAnswer("the answer is no chat completion in JSON") from None
    if not choices:
        raise NoAnswer("the answer holds no choice")
    return choices[0].message.content


def key_of(environment: Mapping[str, str]) -> str | None:
    """The key of the address, from the environment alone."""
    return environment.get(KEY) or None
