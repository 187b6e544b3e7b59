"""Answers made smaller for the way: once, when they are made, so that a kept answer costs nothing more to send.

Only what everybody gets alike is packed. The length of a packed body tells something of what is in it, and a page that holds a
person's token beside words of the address would give the token away letter by letter.

Source: RFC 9110 section 12.5.3 (Accept-Encoding); Gluck, Harris, Prado, "BREACH: reviving the CRIME attack", 2013.
"""

import gzip

from skinproof.faces.web.cache import Answer

LEAST = 1000
"""Bytes below which packing saves no packet."""

LEVEL = 5
"""Near the best of gzip for text, at half the time."""

_TEXTS = (
    "text/", "application/json", "application/problem+json", "application/xml", "application/atom+xml", "image/svg+xml",
)  # fmt: skip


def packed(answer: Answer) -> Answer:
    """The answer with its packed body, where it is text that is kept for everybody and is worth it."""
    if not can_pack(answer):
        return answer
    body = gzip.compress(answer.body, LEVEL, mtime=0)
    return answer._replace(packed=body) if len(body) < len(answer.body) else answer


def can_pack(answer: Answer) -> bool:
    """Whether an answer is sent packed to who can read that."""
    return (
        answer.keep
        and answer.status == 200
        and len(answer.body) >= LEAST
        and answer.media_type.startswith(_TEXTS)
    )


def reads_gzip(header: str | None) -> bool:
    """Whether an Accept-Encoding header allows gzip.

    >>> reads_gzip("br, gzip;q=0.8"), reads_gzip("gzip;q=0, *"), reads_gzip("*"), reads_gzip(None)
    (True, False, True, False)
    """
    weights: dict[str, float] = {}
    for part in (header or "")[:500].lower().split(","):
        name, _, rest = part.partition(";")
        weights.setdefault(name.strip(), _weight(rest))
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weight(text: str) -> float:
    name, _, value = text.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value.strip())
    except ValueError:
        return 0.0
