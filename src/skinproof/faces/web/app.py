"""The application: which address leads where, and what every request passes on its way in and out."""

import asyncio
import hashlib
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from skinproof import __version__
from skinproof.errors import NotFoundError, SkinproofError
from skinproof.faces.site.write import MENU
from skinproof.faces.web import security
from skinproof.faces.web.api import BASE
from skinproof.faces.web.api.description import description
from skinproof.faces.web.api.endpoint import Endpoint
from skinproof.faces.web.api.endpoints import ENDPOINTS
from skinproof.faces.web.api.serve import api_answer
from skinproof.faces.web.asking import Question
from skinproof.faces.web.cache import Answer, AnswerCache
from skinproof.faces.web.downloads import found_file
from skinproof.faces.web.explore_page import DOWNLOADS
from skinproof.faces.web.judging import Desk
from skinproof.faces.web.judging_pages import own_answer
from skinproof.faces.web.live import Live, Served
from skinproof.faces.web.metrics import Metrics, Sample, metrics_text
from skinproof.faces.web.packing import packed, reads_gzip
from skinproof.faces.web.pages import page_answer
from skinproof.faces.web.peers import Peers
from skinproof.faces.web.problems import Refused, message_of, problem, problem_page, status_of
from skinproof.faces.web.proxies import client_of
from skinproof.faces.web.rate import RateLimit
from skinproof.faces.web.settings import Settings
from skinproof.faces.web.shelf import FOLDER, Shelf
from skinproof.faces.web.warming import BeingWorkedOut, Warmer
from skinproof.faces.web.work import Workshop
from skinproof.workflows.query import Workspace

log = logging.getLogger("skinproof.web")

GONE = 499
"""Counted where a client hangs up before its request is whole: nobody is there to answer."""

MOST_TOLD = 100
"""Different faults that are logged with all their lines."""

SLOW = 0.5
"""Seconds of making after which an answer is kept on the disk, too."""

TELL, PEERS_LOOK = 0.5, 0.05
"""Seconds between two signs of life to the processes beside this one, and between two looks for one of theirs."""

GAUGES = {
    "skinproof_uptime_seconds": "Seconds since the start.",
    "skinproof_cache_bytes": "Bytes of kept answers.",
    "skinproof_cache_hits": "Answers given from those kept.",
    "skinproof_cache_misses": "Answers that had to be made.",
    "skinproof_answers_under_way": "Answers being made or waiting for it.",
    "skinproof_pages_to_warm": "Large pages that are still to be made.",
    "skinproof_open_requests": "Requests not answered yet.",
    "skinproof_edition_switches": "Times another edition was taken.",
}


class Web:
    """What all requests share."""

    def __init__(
        self, data_dir: Path, open_workspace: Callable[[Path], Workspace], settings: Settings
    ) -> None:
        self.settings = settings.checked()
        self.peers = Peers(settings.place) if settings.place else None
        self.shelf = (
            Shelf(data_dir / FOLDER, program(), settings.shelf_bytes) if settings.shelf_bytes else None
        )
        self.served = Served(data_dir, open_workspace, self.shelf, self.peers, settings.seconds)
        self.cache = AnswerCache(settings.cache_bytes)
        self.metrics = Metrics()
        # Nobody knows which of several processes a request comes to: each lets its part through.
        part = settings.workers
        self.rate = RateLimit(settings.api_per_second / part, math.ceil(settings.api_burst / part))
        self.workshop = self.new_workshop()
        self.desk = Desk(self, settings.logins, settings.write_token)
        self.warmer = Warmer(self, settings.patience) if settings.warm else None

    def new_workshop(self) -> Workshop:
        """Threads to make answers in; one that was closed takes no more work."""
        return Workshop(self.settings.threads, self.settings.waiting, self.settings.seconds)

    async def answer(self, request: Request, kind: str, make: Callable[[Live, Question], Answer]) -> Response:
        """What `make` says to a question, from the edition that is current now; kept, and revalidated by its ETag."""
        asked = Question.read(request.scope["query_string"])
        live = self.served.take()
        try:
            # What is asked without a value is refused by the API and nothing to a page: no two of them are the same question.
            question = f"{asked.text}&{'&'.join(sorted(asked.empty))}" if asked.empty else asked.text
            key = (kind, *live.key, request.url.path, question)
            tag = etag(key)
            answer = self.cache.get(key)
            if answer is None and self.shelf is not None and self.shelf.has(key):
                answer = await asyncio.to_thread(self.shelf.get, key)
                if answer is not None:
                    self.cache.put(key, answer)
            if answer is None and self.warmer is not None and asked.as_of is None:
                self.warmer.follow(live)
                before = self.warmer.before(request.url.path)
                older = (kind, *before, request.url.path, question) if before else None
                try:
                    await self.warmer.ready(request.url.path, older is None or not self.cache.has(older))
                    answer = self.cache.get(key)
                except BeingWorkedOut:
                    # The page of a moment ago, whole and with its own edition at its foot, is better than none.
                    answer = self.cache.get(older) if older else None
                    if older is None or answer is None:
                        raise
                    key, tag = older, etag(older)
            if answer is None:
                # The thread that makes the answer may outlive the request: it holds the edition by itself.
                answer = await self.workshop.make(
                    key, lambda: self._made(key, live, asked, make), hold=live.take, release=live.give_back
                )
                self.cache.put(key, answer)
        finally:
            live.give_back()
        return sent(answer, tag, request)

    def _made(
        self, key: tuple[str, ...], live: Live, asked: Question, make: Callable[[Live, Question], Answer]
    ) -> Answer:
        began = time.perf_counter()
        answer = packed(make(live, asked))
        if self.shelf is not None and time.perf_counter() - began > SLOW:
            self.shelf.put(key, answer)
        return answer

    async def own_answer(self, request: Request, make: Callable[[Live, Question], Answer]) -> Response:
        """An answer for one reader alone: made anew, and kept nowhere."""
        asked = Question.read(request.scope["query_string"])
        with self.served.using() as live:
            answer = await self.workshop.make(
                None, lambda: make(live, asked), hold=live.take, release=live.give_back
            )
        headers = {**dict(answer.headers), "cache-control": "no-store", "content-type": answer.media_type}
        return Response(answer.body, answer.status, headers)

    def serve_written(self) -> None:
        """Serve what was just written to the journal; where several processes serve, return when all of them do."""
        if self.peers is not None:
            self.peers.mark()
        self.served.refresh()
        if self.peers is not None:
            with self.served.using() as live:
                self.peers.follow(live.key, live.opened, self.settings.seconds)

    def samples(self) -> list[Sample]:
        """What /metrics says of this process."""
        warmer, served = self.warmer, self.served
        values = (
            time.time() - self.metrics.started, self.cache.bytes, self.cache.hits, self.cache.misses, self.workshop.busy,
            warmer.left if warmer else 0, self.metrics.open, served.switches,
        )  # fmt: skip
        return self.metrics.samples(dict(zip(GAUGES, values, strict=True)))


def sent(answer: Answer, tag: str, request: Request) -> Response:
    """The answer as this client can read it, or that it has it already."""
    headers = dict(answer.headers)
    body = answer.body
    if answer.packed is not None:
        headers["vary"] = ", ".join(filter(None, (headers.get("vary"), "accept-encoding")))
        if reads_gzip(request.headers.get("accept-encoding")):
            body = answer.packed
            # Other bytes than those of the plain body, though they say the same: the mark is a weak one.
            headers["content-encoding"], tag = "gzip", f"W/{tag}"
    if answer.keep:
        headers |= {"etag": tag, "cache-control": "no-cache"}
        if tag.removeprefix("W/") in tags(request.headers.get("if-none-match")):
            headers.pop("content-encoding", None)
            return Response(status_code=304, headers=headers)
    return Response(
        body,
        answer.status,
        {"cache-control": "no-store", **headers, "content-type": answer.media_type},
    )


def etag(key: Iterable[str]) -> str:
    """The mark of an answer: the same edition, journal, program and question give the same bytes."""
    text = "\x00".join((program(), *key))
    return f'"{hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]}"'


def tags(header: str | None) -> frozenset[str]:
    """The marks of an If-None-Match header."""
    return frozenset(part.strip().removeprefix("W/") for part in (header or "")[:2000].split(","))


@cache
def program() -> str:
    """Changes when anything does that an answer is made with: code, templates, bundled tables."""
    found = hashlib.sha256(__version__.encode())
    root = Path(str(files("skinproof")))
    for path in sorted(
        path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ):
        found.update(path.relative_to(root).as_posix().encode() + b"\x00" + path.read_bytes())
    return found.hexdigest()


def make_app(
    data_dir: Path, open_workspace: Callable[[Path], Workspace], settings: Settings | None = None
) -> Starlette:
    """The application over one data folder. It starts without an edition and finds it when it is built."""
    web = Web(data_dir, open_workspace, settings or Settings())

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        await asyncio.to_thread(web.served.refresh)
        if web.served.edition is None:
            log.error("no edition is served yet: %s", web.served.trouble)
        _warm(web)
        tasks = [asyncio.create_task(_watch(web))]
        if web.peers is not None:
            tasks.append(asyncio.create_task(_tell(web, web.peers)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
            if web.warmer is not None:
                await web.warmer.stop()
            web.workshop.close()
            web.workshop = web.new_workshop()
            web.served.close()

    app = Starlette(routes=_routes(web), lifespan=life, exception_handlers={HTTPException: _refused})
    app.state.web = web
    app.add_middleware(Guard, web=web)
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """What the router refuses: a method that an address has not."""
    assert isinstance(error, HTTPException)
    words = (
        "this address is not asked like that; most are only read: GET"
        if error.status_code == 405
        else str(error.detail)
    )
    return _problem_response(error.status_code, words, request.url.path, tuple((error.headers or {}).items()))


async def _watch(web: Web) -> None:
    """Look for a new edition now and then; nothing that goes wrong in it may end it."""
    while True:
        until = time.monotonic() + web.settings.look
        if web.peers is None:
            await asyncio.sleep(web.settings.look)
        else:  # another process tells when it wrote something
            while time.monotonic() < until and not web.peers.marked():
                await asyncio.sleep(PEERS_LOOK)
        try:
            if await asyncio.to_thread(web.served.changed) and await asyncio.to_thread(web.served.refresh):
                log.info("edition %s is served", web.served.edition)
            _warm(web)
        except Exception:
            log.exception("the new edition could not be opened; the old one is served on")


async def _tell(web: Web, peers: Peers) -> None:
    """Tell the processes beside this one that it is there, and what it counted."""
    while True:
        try:
            await asyncio.to_thread(peers.tell, samples=tuple(web.samples()))
        except OSError:
            log.exception("the processes beside this one cannot be told anything")
        await asyncio.sleep(TELL)


def _warm(web: Web) -> None:
    """Begin with the large pages of the edition that is served now."""
    if web.warmer is not None and web.served.edition is not None:
        with web.served.using() as live:
            web.warmer.follow(live)


def _routes(web: Web) -> list[Route]:
    async def health(request: Request) -> Response:
        edition = web.served.edition
        body = {
            "status": "ok" if edition else "no edition",
            "edition": edition,
            "journal": web.served.journal or None,
            "uptime_seconds": round(time.time() - web.metrics.started, 1),
            "version": __version__,
            "worker": web.peers.place.number if web.peers else 1,
            "workers": web.settings.workers,
        }
        if not edition:
            body["detail"] = (
                "no edition yet: run `skinproof sync`, or import records and run `skinproof build`"
            )
        return Response(
            msgspec.json.encode(body), 200 if edition else 503, {"cache-control": "no-store", "content-type": "application/json"}
        )  # fmt: skip

    async def metrics(request: Request) -> Response:
        processes: dict[int, Sequence[Sample]] = {0: web.samples()}
        if web.peers is not None:
            others = await asyncio.to_thread(web.peers.others)
            processes = {web.peers.place.number: processes[0], **{one.number: one.samples for one in others}}
        text = metrics_text(processes, GAUGES)
        return Response(text, media_type="text/plain; version=0.0.4", headers={"cache-control": "no-store"})

    async def robots(request: Request) -> Response:
        return Response("User-agent: *\nDisallow: /api/\n", media_type="text/plain")

    def api(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def ask(request: Request) -> Response:
            name = request.path_params.get("id", "")
            return await web.answer(
                request, "api", lambda live, asked: api_answer(endpoint, live, asked, name)
            )

        return ask

    @cache
    def described() -> Answer:
        return packed(Answer(msgspec.json.encode(description()), "application/json"))

    async def openapi(request: Request) -> Response:
        return sent(await asyncio.to_thread(described), etag(("openapi",)), request)

    async def no_api(request: Request) -> Response:
        raise NotFoundError("there is no such address in the API; /api.html lists them")

    async def page(request: Request) -> Response:
        name = request.url.path.removeprefix("/") or "index.html"
        if {"..", ".", ""} & set(name.split("/")):
            raise NotFoundError("there is no such page")
        if name == "index.html" and request.url.path != "/":
            return _moved("/", request)
        if "." not in name.rpartition("/")[2]:
            return _moved(f"/{name.rstrip('/')}.html", request)
        judging = web.desk.judging(request)
        if judging is not None and (name == "judgements.html" or name.startswith("study/")):

            def own(live: Live, asked: Question) -> Answer:
                return own_answer(live, name, asked, judging) or page_answer(live, name, asked)

            return await web.own_answer(request, own)
        may = web.desk.open
        return await web.answer(request, "page", lambda live, asked: page_answer(live, name, asked, may))

    reading = [
        Route(BASE + one.path.replace("{id}", "{id:path}"), api(one))
        # `/studies/{id}` takes any rest of an address: what goes on after the id comes first.
        for one in sorted(ENDPOINTS, key=lambda one: one.path.endswith("{id}"))
    ]
    return [
        *reading,
        *web.desk.routes(),
        Route(f"{BASE}/openapi.json", openapi),
        Route("/api/{path:path}", no_api),
        Route("/healthz", health),
        Route("/metrics", metrics),
        Route("/robots.txt", robots),
        *(
            Route(f"/{noun}.{kind}", found_file(web, noun, kind))
            for noun in ("studies", "papers")
            for kind in DOWNLOADS
        ),
        Route("/{path:path}", page),
    ]


def _moved(path: str, request: Request) -> Response:
    """To another address of this server; never `//host`, which would lead elsewhere."""
    query = quote(request.scope["query_string"], safe="%&=+;,:/?@!$'()*~")
    address = "/" + quote(path.lstrip("/\\"), errors="replace") + (f"?{query}" if query else "")
    return Response(status_code=308, headers={"location": address})


class Guard:
    """Around everything: what is refused at the door, the headers of every answer, errors as answers, counts."""

    def __init__(self, app: ASGIApp, web: Web) -> None:
        self.app, self.web = app, web
        self._told: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500
        self.web.metrics.open += 1

        async def guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], *security.RAW_HEADERS]}
            await send(message)

        try:
            try:
                self._check(scope)
                await self.app(scope, _bounded(receive), guarded)
            except SkinproofError as error:
                if status_of(error) >= 500 and status_of(error) != 503:
                    log.error("%s: %s", type(error).__name__, error)
                response = _problem_response(
                    status_of(error), message_of(error), scope["path"], getattr(error, "headers", ())
                )
                await response(scope, receive, guarded)
            except ClientDisconnect:
                status = GONE
            except Exception as error:
                self._tell(error)
                response = _problem_response(500, "Something went wrong in this program.", scope["path"])
                await response(scope, receive, guarded)
        finally:
            self.web.metrics.open -= 1
            self.web.metrics.count(_kind(scope["path"]), status, time.perf_counter() - began)

    def _tell(self, error: Exception) -> None:
        """Log a fault: whole the first time, in one line after that, so that many requests cannot fill a disk."""
        name = f"{type(error).__name__}: {str(error)[:200]}"
        new = name not in self._told and len(self._told) < MOST_TOLD
        if new:
            self._told.add(name)
        log.error("a request failed: %s", name, exc_info=error if new else None)

    def _check(self, scope: Scope) -> None:
        if len(scope["raw_path"]) > security.LONGEST_PATH:
            raise Refused(414, f"the address is longer than {security.LONGEST_PATH} bytes")
        if len(scope["query_string"]) > security.LONGEST_QUERY:
            raise Refused(414, f"what is asked is longer than {security.LONGEST_QUERY} bytes")
        headers: dict[bytes, bytes] = dict(scope["headers"])
        host = security.host_of(headers.get(b"host", b"").decode("latin-1"))
        if host not in self.web.settings.hosts:
            raise Refused(421, "this server does not answer to that name; start it with --allow-host NAME")
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length[:12]) > security.LARGEST_BODY:
            raise Refused(413, f"a request holds at most {security.LARGEST_BODY} bytes")
        if scope["path"].startswith("/api/"):
            peer = scope["client"][0] if scope.get("client") else ""
            forwarded = [
                value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"
            ]
            client = client_of(peer, forwarded, self.web.settings.proxies)
            wait = self.web.rate.wait(client, time.monotonic())
            if wait:
                later = (("retry-after", str(math.ceil(wait))),)
                raise Refused(429, "too many requests from this address; wait and ask again", later)
        if any(letter < " " or letter in "\\\x7f" for letter in scope["path"]):
            raise Refused(400, "the address holds letters that no address here has")


def _bounded(receive: Receive) -> Receive:
    """The body of a request, whatever length it says it has; refused where it goes on for too long."""
    taken = 0

    async def some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > security.LARGEST_BODY:
            raise Refused(413, f"a request holds at most {security.LARGEST_BODY} bytes")
        return message

    return some


def _kind(path: str) -> str:
    if path.startswith("/api/"):
        return "api"
    if path.startswith("/static/"):
        return "static"
    return "other" if path in ("/healthz", "/metrics", "/robots.txt") else "page"


def _problem_response(
    status: int, detail: str, path: str, headers: tuple[tuple[str, str], ...] = ()
) -> Response:
    """The error as JSON below /api/, as a page elsewhere."""
    if path.startswith("/api/"):
        answer = problem(status, detail, path, headers)
    else:
        answer = problem_page(status, detail, MENU, headers)
    told = {**dict(answer.headers), "cache-control": "no-store", "content-type": answer.media_type}
    return Response(answer.body, status, told)
