"""What every answer says to the browser, and which requests are refused before anything is looked up."""

import re
from collections.abc import Iterable

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No inline script or style, nothing from elsewhere, in no frame."""

HEADERS = (
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
RAW_HEADERS = tuple((name.encode(), value.encode()) for name, value in HEADERS)

LONGEST_PATH, LONGEST_QUERY = 512, 4096
"""Bytes of an address; a question longer than that is nobody's."""

LARGEST_BODY = 16_384
"""Bytes of a request's body; only judgements have one."""

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s\[\]:/?#@\\]+)(?::[0-9]{0,5})?")
"""A name or address, then a port."""

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def host_names(host: str, more: Iterable[str]) -> frozenset[str]:
    """Names the server answers to: those of this machine's loopback, the address it is bound to, and those given.

    A page of somebody else cannot reach the server under a name of its own choosing (DNS rebinding).
    """
    own = () if host in ("0.0.0.0", "::", "") else (f"[{host}]" if ":" in host else host,)  # noqa: S104
    return frozenset(name.lower() for name in (*LOOPBACK, *own, *more))


def host_of(value: str) -> str:
    """The name in a Host header, without its port, in lower case; empty for what is no name with a port.

    >>> host_of("Example.org:8000"), host_of("[::1]:80"), host_of("[::1].example.org"), host_of("localhost:80@example.org")
    ('example.org', '[::1]', '', '')
    """
    found = _HOST.fullmatch(value.strip().lower())
    return found[1] if found else ""
