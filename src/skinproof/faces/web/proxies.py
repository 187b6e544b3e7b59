"""Who asks, where another server stands in front of this one.

What X-Forwarded-For says is believed only of servers that were named: anybody can write that header.
Source: the header as described at https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/X-Forwarded-For.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from skinproof.errors import UsageError

Networks = tuple[IPv4Network | IPv6Network, ...]

LONGEST = 1000
"""Letters of the header that are read, from its end, where the nearest server wrote."""


def networks(words: Iterable[str]) -> Networks:
    """Addresses and networks (`10.0.0.0/8`) of trusted servers. Raises: UsageError."""
    found = []
    for word in words:
        try:
            found.append(ip_network(word.strip()))
        except ValueError as error:
            raise UsageError(
                f"--trust-proxy {word[:60]!r} is no address or network: write 127.0.0.1, ::1 or 10.0.0.0/8"
            ) from error
    return tuple(found)


def client_of(peer: str, forwarded: Sequence[str], trusted: Networks) -> str:
    """The address of the one who asks: the last that no trusted server has.

    peer: the address at the other end of the connection. forwarded: the X-Forwarded-For headers in their order.

    >>> near = networks(["127.0.0.1", "10.0.0.0/8"])
    >>> client_of("127.0.0.1", ["6.6.6.6, 203.0.113.9, 10.0.0.2"], near)
    '203.0.113.9'
    >>> client_of("198.51.100.7", ["203.0.113.9"], near)
    '198.51.100.7'
    """
    nearest = address(peer)
    if nearest is None or not _within(nearest, trusted):
        return peer if nearest is None else _one_client(nearest)
    for word in reversed(",".join(forwarded)[-LONGEST:].split(",")):
        found = address(word)
        if found is None:  # what stands further left was written by somebody who is not known
            break
        nearest = found
        if not _within(found, trusted):
            break
    return _one_client(nearest)


def address(word: str) -> IPv4Address | IPv6Address | None:
    """An address, also with a port or in brackets; None where it is none."""
    word = word.strip()
    if word.startswith("["):
        word = word[1:].partition("]")[0]
    elif word.count(":") == 1:
        word = word.partition(":")[0]
    try:
        found = ip_address(word)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _within(one: IPv4Address | IPv6Address, trusted: Networks) -> bool:
    return any(one in network for network in trusted)


def _one_client(one: IPv4Address | IPv6Address) -> str:
    """One household has 2^64 addresses of IPv6: they count as one client."""
    if isinstance(one, IPv6Address):
        return str(IPv6Network((int(one) >> 64 << 64, 64)).network_address) + "/64"
    return str(one)
