"""All studies, or all papers, that a search finds as one file, sent as it is made."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from skinproof.faces.web import explore_page, papers_page
from skinproof.faces.web.asking import Question
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.explore_page import CHUNK, download_tail
from skinproof.faces.web.unknown import refuse_unknown

if TYPE_CHECKING:
    from skinproof.faces.web.app import Web

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "ris": "application/x-research-info-systems; charset=utf-8",
}


class _Held(StreamingResponse):
    """An answer that lets go of what it is made from when it ends, however it ends."""

    def __init__(self, release: Callable[[], None], parts: AsyncIterator[bytes], **more: Any) -> None:
        super().__init__(parts, **more)
        self._release = release

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._release()


_PAGES = {"studies": explore_page, "papers": papers_page}


def found_file(web: "Web", noun: str, kind: str) -> Callable[[Request], Awaitable[Response]]:
    """What answers an address of that kind (one of _TYPES): studies or papers in parts of CHUNK, of one edition to the end."""
    page = _PAGES[noun]

    async def answer(request: Request) -> Response:
        asked = Question.read(request.scope["query_string"])
        live = web.served.take()
        try:
            ids: list[str] = []

            def first() -> Answer:
                refuse_unknown(f"{noun}.{kind}", asked)
                ids.extend(page.download_ids(live, asked))
                return Answer(page.download_head(kind, asked, len(ids), live), _TYPES[kind])

            head = await web.workshop.make(None, first, hold=live.take, release=live.give_back)
        except BaseException:
            live.give_back()
            raise

        async def parts() -> AsyncIterator[bytes]:
            yield head.body
            for at in range(0, len(ids), CHUNK):
                some = ids[at : at + CHUNK]

                def part(some: list[str] = some, first: bool = not at) -> Answer:
                    return Answer(page.download_part(kind, live, asked, some, first), _TYPES[kind])

                made = await web.workshop.make(None, part, hold=live.take, release=live.give_back)
                yield made.body
            yield download_tail(kind)

        return _Held(
            live.give_back,
            parts(),
            headers={
                "content-type": _TYPES[kind],
                "content-disposition": f'attachment; filename="{noun}.{kind}"',
                "cache-control": "no-store",
            },
        )

    return answer
