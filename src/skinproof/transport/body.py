"""The bytes of an answer: unpacked within limits, and found out when they are cut off or of another kind."""

import zlib
from collections.abc import Iterable, Mapping

from skinproof.errors import TooLarge
from skinproof.model.exchange import JSON
from skinproof.transport.policy import Policy

_RATIO_FROM = 1 << 20
_GZIP = 31
_EDGES = {b"{": b"}", b"[": b"]"}
_KINDS = {
    "application/json": ("application/json", "text/json"),
    "application/xml": ("application/xml", "text/xml"),
    "text/xml": ("application/xml", "text/xml"),
}
"""Media types that do for the one that was asked for; any `+json` or `+xml` too."""


class Faulty(Exception):
    """An answer that may come right when it is asked for again."""


class Dripping(Faulty):
    """An answer that did not come whole in its time; less of it may."""


def unpacked(chunks: Iterable[bytes], headers: Mapping[str, str], policy: Policy) -> bytes:
    """The body that some chunks hold.

    Raises: Faulty for gzip that is damaged or cut off, or an unknown packing; TooLarge past the policy's limits.
    """
    packing = headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise Faulty(f"packed as {packing[:40]!r}, which was not asked for")
    told = headers.get("content-length", "")
    if told.isascii() and told.isdigit() and int(told[:18]) > policy.packed:
        raise TooLarge(f"an answer of {int(told[:18]):,} bytes (at most {policy.packed:,} are taken)")
    pieces: list[bytes] = []
    taken = made = 0
    plain = packing in ("", "identity")
    inflate = zlib.decompressobj(_GZIP)
    for chunk in chunks:
        taken += len(chunk)
        if taken > policy.packed:
            raise TooLarge(f"an answer of more than {policy.packed:,} bytes")
        if plain:
            pieces.append(chunk)
            continue
        left = chunk
        while left:
            try:
                piece = inflate.decompress(left, policy.unpacked - made + 1)
            except zlib.error as error:
                raise Faulty("damaged gzip") from error
            made += len(piece)
            if made > policy.unpacked or (made > _RATIO_FROM and made > taken * policy.ratio):
                raise TooLarge(f"an answer that unpacks to more than {min(made, policy.unpacked):,} bytes")
            pieces.append(piece)
            left = inflate.unconsumed_tail
            if inflate.eof and (left := inflate.unused_data):
                inflate = zlib.decompressobj(_GZIP)  # a further member
    if not plain and taken and not inflate.eof:
        raise Faulty("gzip that ends before its end")
    return b"".join(pieces)


def check_kind(accept: str, headers: Mapping[str, str], body: bytes) -> None:
    """Raises: Faulty when a body is not of the kind that was asked for, or plainly cut off."""
    told = headers.get("content-type", "").partition(";")[0].strip().lower()
    if body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith((b"<!doctype html", b"<html")):
        raise Faulty(f"a web page (HTML) instead of {accept}")
    wanted = _KINDS.get(accept, (accept,))
    family = "+" + accept.rpartition("/")[2]
    if told and told not in wanted and not told.endswith(family):
        raise Faulty(f"{told[:60]} instead of {accept}")
    if accept == JSON:
        text = body.strip()
        if _EDGES.get(text[:1]) != text[-1:]:
            raise Faulty("JSON that is cut off" if text else "an empty answer")
