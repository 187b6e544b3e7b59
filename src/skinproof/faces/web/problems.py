"""Errors as answers: RFC 9457 for programs, a page for people."""

import http
from typing import Any

import msgspec

from skinproof.errors import SkinproofError
from skinproof.faces.site.environment import environment
from skinproof.faces.web.cache import Answer
from skinproof.views.text import clean

PROBLEM = "application/problem+json"

LONGEST = 600
"""Letters of a message; it may repeat what was typed."""


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """RFC 9457. type: always `about:blank`, the status says what kind it is; detail: what was found and what to do."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    instance: str | None = None


class Refused(SkinproofError):
    """A request that is refused as it stands."""

    def __init__(self, status: int, message: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.http_status = status
        self.headers = headers


def status_of(error: SkinproofError) -> int:
    """The HTTP status of an error."""
    return error.http_status


def message_of(error: SkinproofError) -> str:
    """What the reader of an answer is told. Faults of the machine are not told by paths of its folders."""
    if error.http_status in (500, 502):
        return "The data of this server cannot be read as they should; whoever runs it finds the reason in its log."
    text = clean(str(error))
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def problem(status: int, detail: str, path: str = "", headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """The problem as JSON."""
    body = Problem(title=_title(status), status=status, detail=detail, instance=path[:200] or None)
    return Answer(msgspec.json.encode(body), PROBLEM, status, (*headers, *_later(status)), keep=False)


def problem_page(
    status: int, detail: str, menu: tuple[tuple[str, str], ...], headers: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """The problem as a page; it needs no edition."""
    context: dict[str, Any] = {
        "title": _title(status), "detail": detail, "status": str(status), "menu": menu, "root": "/", "here": "", "live": True,
        "as_of": None, "stamp_facts": (),
    }  # fmt: skip
    text = environment().get_template("problem.html").render(context)
    return Answer(text.encode(), "text/html; charset=utf-8", status, (*headers, *_later(status)), keep=False)


def _title(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _later(status: int) -> tuple[tuple[str, str], ...]:
    return (("retry-after", "2"),) if status == 503 else ()
