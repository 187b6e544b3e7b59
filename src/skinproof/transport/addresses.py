"""Which addresses may be asked: the base address as it was set, and redirects within the source's own hosts."""

import ipaddress
from urllib.parse import urljoin, urlsplit

from skinproof.errors import SourceError

_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]


def origin(url: str) -> Origin:
    """(scheme, host, port) of an address. Raises: ValueError when it has none."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"not an http address: {url[:100]!r}")
    return parts.scheme, parts.hostname.lower().rstrip("."), parts.port or _PORTS[parts.scheme]


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine, as far as the name alone tells."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_private(address: str) -> bool:
    """Whether a numeric address lies outside the public internet; False for a name.

    >>> is_private("127.0.0.1"), is_private("169.254.169.254"), is_private("::ffff:10.0.0.1"), is_private("8.8.8.8")
    (True, True, True, False)
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(found, "ipv4_mapped", None) or found
    return not inner.is_global or inner.is_multicast


def redirect_target(base: str, hosts: frozenset[str], at: str, location: str) -> str:
    """Where a redirect leads, if it may be followed.

    base: the base address; hosts: further hosts of the source; at: the address that redirected.
    Raises: SourceError for one that leaves the source, goes from https to http, or leads to a private address.
    """
    target = urljoin(at, location.strip())
    try:
        there, home = origin(target), origin(base)
        user = urlsplit(target).username
    except ValueError:
        raise SourceError(f"{at} redirects to {location[:100]!r}, which is no address") from None
    if there == home and not user:
        return target
    scheme, host, port = there
    if is_private(host) or is_loopback(host):
        raise SourceError(f"{at} redirects to the private address {host}; that is never followed")
    if host != home[1] and host not in hosts:
        raise SourceError(
            f"{at} redirects to {host}, which is not a host of this source; that is not followed"
        )
    if is_private(home[1]) or is_loopback(home[1]) or user or scheme != "https" or port != _PORTS[scheme]:
        raise SourceError(f"{at} redirects to {target[:100]}, which is not as safe; that is not followed")
    return target
