"""One POST to an address of the user's own: https, or this machine; no redirects; the address is never printed whole.

It is no client of a source: it sends, where the other one reads, and what the other side answers is thrown away.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx2

from skinproof.errors import SourceError, UsageError
from skinproof.transport.addresses import is_loopback, origin
from skinproof.transport.policy import Means

TRIES = 3
LARGEST = 4 << 20
"""Bytes that are sent at most."""
_PAUSE, _TIMEOUT = 1.0, 20.0
_AGAIN = frozenset({408, 425, 429})


def check_address(url: str) -> str:
    """How an address may be printed: without its path, which may be a secret.

    Raises: UsageError for anything but https, or http on this machine.
    """
    try:
        scheme, host, port = origin(url.strip())
        parts = urlsplit(url.strip())
        good = not (parts.username or parts.password or parts.fragment) and len(url) < 2000
    except ValueError:
        raise UsageError("--webhook should be an address such as https://example.org/hook") from None
    if not good or (scheme != "https" and not is_loopback(host)):
        raise UsageError(f"--webhook takes https, or http on this machine, found {scheme}://{host}")
    return f"{scheme}://{host}" + ("" if port in (80, 443) else f":{port}")


def post(
    url: str, body: bytes, user_agent: str, key: str, *, means: Means | None = None,
    transport: httpx2.BaseTransport | None = None, environment: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Send JSON. key: names the delivery, so that a receiver can drop one it has had (header `Idempotency-Key`).

    Raises: UsageError as `check_address`, or where the body is too large; SourceError when it was not accepted (2xx).
    """
    place = check_address(url)
    if len(body) > LARGEST:
        raise UsageError(
            f"the message has {len(body):,} bytes, more than the {LARGEST:,} that are sent to a webhook"
        )
    means = means or Means()
    local = is_loopback(origin(url.strip())[1])
    headers = {"user-agent": user_agent, "content-type": "application/json", "idempotency-key": key}
    fault = ""
    with httpx2.Client(
        headers=headers, timeout=_TIMEOUT, follow_redirects=False, trust_env=not local, transport=transport
    ) as client:
        for tried in range(TRIES):
            if tried:
                means.sleep(_PAUSE * 2 ** (tried - 1))
            try:
                with client.stream("POST", url.strip(), content=body) as answer:
                    status = answer.status_code
            except httpx2.HTTPError as error:
                fault = f"no answer ({type(error).__name__})"
                continue
            if 200 <= status < 300:
                return
            if 300 <= status < 400:
                raise SourceError(
                    f"{place} redirects (status {status}); that is not followed: give the address it leads to"
                )
            fault = f"status {status}"
            if status not in _AGAIN and status < 500:
                break
    raise SourceError(f"{place} did not take the message: {fault}; nothing counts as told, run again later")
