"""From an endpoint and a question to bytes: JSON or CSV, a page of rows, and where the next page is."""

import json
from typing import Any

import msgspec

from skinproof.errors import NotFoundError, UsageError
from skinproof.faces.output import csv_text
from skinproof.faces.web.api import BASE
from skinproof.faces.web.api.endpoint import Asked, Endpoint, Reply
from skinproof.faces.web.asking import Question
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.live import Live

JSON, CSV = "application/json", "text/csv; charset=utf-8"

LONGEST_NAME = 100
"""Letters of an id in an address."""


def api_answer(endpoint: Endpoint, live: Live, question: Question, name: str = "") -> Answer:
    """The answer of an address. Raises: UsageError, NotFoundError and what the view raises."""
    endpoint.check(question)
    if len(name) > LONGEST_NAME:
        raise NotFoundError(f"no id has more than {LONGEST_NAME} letters")
    asked = Asked(live, question, name)
    if endpoint.paged:  # refused before anything is worked out
        _ = asked.limit, asked.offset
    reply = endpoint.read(asked)
    following = _next(endpoint, asked, reply, name)
    headers = (("link", f'<{following}>; rel="next"'),) if following else ()
    if question.one("format") == "csv":
        if reply.csv is None:
            raise UsageError("this answer is no table; ask for JSON")
        header, rows = reply.csv()
        file = endpoint.operation + ".csv"
        disposition = ("content-disposition", f'attachment; filename="{file}"')
        return Answer(
            csv_text(header, rows).encode("utf-8", "backslashreplace"),
            CSV,
            headers=(*headers, disposition),
            keep=reply.keep,
        )
    more: dict[str, Any] = {"filters": reply.filters} if reply.filters else {}
    if endpoint.paged:
        more |= {"total": reply.total, "limit": asked.limit, "offset": asked.offset, "next": following}
    return Answer(json_bytes(reply.answer, more), JSON, headers=headers, keep=reply.keep)


def _next(endpoint: Endpoint, asked: Asked, reply: Reply, name: str) -> str | None:
    if not endpoint.paged or reply.total is None or asked.offset + asked.limit >= reply.total:
        return None
    path = endpoint.path.replace("{id}", name)
    return f"{BASE}{path}?{asked.question.changed(limit=asked.limit, offset=asked.offset + asked.limit)}"


def json_bytes(answer: msgspec.Struct, more: dict[str, Any]) -> bytes:
    """One object: the fields of the answer, then those of `more` that it has not. Numbers that are none become null."""
    own = set(answer.__struct_fields__)
    extra = {name: value for name, value in more.items() if name not in own}
    try:
        body = msgspec.json.encode(answer)
        tail = msgspec.json.encode(extra)
    except UnicodeEncodeError:  # half a surrogate pair in a record
        whole = {**msgspec.to_builtins(answer, str_keys=True), **extra}
        return json.dumps(whole, ensure_ascii=True, separators=(",", ":")).encode()
    if not extra:
        return body
    return body[:-1] + (b"," if len(body) > 2 else b"") + tail[1:]
