"""Judging over HTTP: logging in, forms of pages, and the API's POST. Without a login file or a token nothing is written."""

import asyncio
import math
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import parse_qsl, quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from skinproof.errors import BusyError, UsageError
from skinproof.faces.site.rows import study_href
from skinproof.faces.web.api import BASE
from skinproof.faces.web.asking import Question
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.judging_body import NewJudgement, WrittenJudgement
from skinproof.faces.web.judging_forms import Judging, Slip, place_of
from skinproof.faces.web.judging_pages import FRONT, login_page, own_answer, way_back
from skinproof.faces.web.live import Live
from skinproof.faces.web.problems import Refused
from skinproof.faces.web.rate import RateLimit
from skinproof.faces.web.security import host_of
from skinproof.faces.web.sessions import COOKIE, Session, Sessions, cookie_header, same
from skinproof.judgements.answers import Subject, read_subject
from skinproof.views.judged import judged_row
from skinproof.workflows.judge_answer import judged_now, judgement_of, undo_line, write_judgement
from skinproof.workflows.logins import read_logins, right_password

if TYPE_CHECKING:
    from skinproof.faces.web.app import Web

FORM, JSON = "application/x-www-form-urlencoded", "application/json"
READ_ONLY = (
    "this server is read-only: whoever runs it can allow judgements with a login file (SKINPROOF_LOGINS) or a token "
    "(SKINPROOF_WRITE_TOKEN)"
)
MOST_FIELDS = 20
TRIES = 5
"""Times a busy data folder is tried, a second apart."""


class Written(NamedTuple):
    """A line that was written, and the page of what it is about."""

    answer: WrittenJudgement
    page: str


class Desk:
    """Who may judge here, and the addresses for it."""

    def __init__(self, web: "Web", logins: Path | None, token: str | None) -> None:
        self._web, self._logins, self._token = web, logins, token
        place = web.settings.place
        self._sessions = Sessions(place.folder / "sessions", place.secret) if place else Sessions()
        part = web.settings.workers  # each of several processes lets its part of the tries through
        self._by_client = RateLimit(1 / 30 / part, math.ceil(10 / part))
        self._by_name = RateLimit(1 / 60 / part, math.ceil(20 / part))
        self._hashing = asyncio.Semaphore(2)  # 64 MiB each

    @property
    def open(self) -> bool:
        """Whether people can log in."""
        return self._logins is not None

    def session(self, request: Request) -> Session | None:
        """Who asks; None for everybody who is not logged in."""
        return self._sessions.find(request.cookies.get(COOKIE), time.monotonic())

    def judging(self, request: Request) -> Judging | None:
        """What the pages of somebody who is logged in have beside; None for everybody else."""
        found = self.session(request)
        return Judging(found.who, found.csrf) if found else None

    def routes(self) -> list[Route]:
        """The addresses that are written to, and the page of the login."""
        return [
            Route("/login.html", self._login_page, methods=["GET"]),
            Route("/login", self._login, methods=["POST"]),
            Route("/logout", self._logout, methods=["POST"]),
            Route("/judge", self._form, methods=["POST"]),
            Route(f"{BASE}/judgements", self._api, methods=["POST"]),
        ]

    async def _login_page(self, request: Request) -> Response:
        return self._page(request, "", back=way_back(request.query_params.get("back")))

    def _page(
        self, request: Request, wrong: str, status: int = 200, back: str = FRONT, name: str = ""
    ) -> Response:
        body = login_page(self.open, self.judging(request), wrong, back, name)
        return Response(body, status, {"cache-control": "no-store"}, "text/html; charset=utf-8")

    async def _login(self, request: Request) -> Response:
        if self._logins is None:
            raise Refused(403, READ_ONLY)
        same_site(request)
        form = await _form_of(request)
        name, password, back = (
            form.get("name", "").strip()[:80], form.get("password", ""), way_back(form.get("back")),
        )  # fmt: skip
        now = time.monotonic()
        client = request.client.host if request.client else ""
        wait = max(self._by_client.wait(client, now), self._by_name.wait(name.lower(), now))
        if wait:
            raise Refused(
                429, "too many tries to log in; wait and try again", (("retry-after", str(int(wait) + 1)),)
            )
        async with self._hashing:
            right = await asyncio.to_thread(right_password, self._logins, name, password)
        if not right:
            return self._page(request, "No login has this name and password.", 403, back, name)
        self._sessions.end(request.cookies.get(COOKIE))
        cookie = self._sessions.begin(name, now)
        return _to(back, (("set-cookie", cookie_header(cookie, https=_https(request))),))

    async def _logout(self, request: Request) -> Response:
        same_site(request)
        form = await _form_of(request)
        self._own_form(request, form)
        self._sessions.end(request.cookies.get(COOKIE))
        return _to(way_back(form.get("back")), (("set-cookie", cookie_header("", https=_https(request))),))

    async def _form(self, request: Request) -> Response:
        if not self.open:
            raise Refused(403, READ_ONLY)
        same_site(request)
        form = await _form_of(request)
        if self.session(request) is None:
            wrong = "You are no longer logged in, so nothing was saved. Log in, and fill in the form again."
            return self._page(request, wrong, 403, way_back(form.get("back")))
        session = self._own_form(request, form)
        said = NewJudgement(
            reason=form.get("reason", ""), study=form.get("study", ""), property=form.get("property", ""),
            verdict=_verdict(form.get("verdict")), value=form.get("value", ""), product=_whole(form.get("product")),
            seen=form.get("seen"), undo=_whole(form.get("undo")),
        )  # fmt: skip
        try:
            written = await self._write(said, session.who)
        except UsageError as error:
            return await self._not_saved(request, session, form, said, str(error))
        if form.get("back") == FRONT:
            return _to(f"{FRONT}?taken={said.undo or 0}")
        subject = read_subject(written.answer.line.kind, written.answer.line.subject)
        place = quote(place_of(subject) if subject else "judged", safe=":")
        return _to(f"{written.page}?done={place}#{place}")

    async def _not_saved(
        self, request: Request, session: Session, form: dict[str, str], said: NewJudgement, message: str
    ) -> Response:
        """The page of the form once more, with what was filled in and what is wrong beside the field."""
        page = way_back(form.get("back")) if said.undo is not None else study_href(said.study[:100])
        slip = Slip(message, "undo")
        if said.undo is None:
            slip = _slip(said, form, message)

        def own(live: Live, asked: Question) -> Answer:
            made = own_answer(live, page, Question(), Judging(session.who, session.csrf), slip)
            if made is None:
                raise UsageError(message)
            return made

        return await self._web.own_answer(request, own)

    async def _api(self, request: Request) -> Response:
        if self._token is None and not self.open:
            raise Refused(403, READ_ONLY)
        who: str | None = None
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            self._by_token(request, token.strip())
        else:
            same_site(request)
            session = self.session(request)
            if session is None:
                raise Refused(
                    401, "who writes needs the token or a session", (("www-authenticate", "Bearer"),)
                )
            if not same(request.headers.get("x-csrf-token", ""), session.csrf):
                raise Refused(403, "the header X-CSRF-Token is not that of the session")
            self._still_there(session)
            who = session.who
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            raise Refused(415, f"a judgement is written as {JSON}")
        try:
            said = msgspec.json.decode(await request.body(), type=NewJudgement)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
            raise UsageError(f"the body is no judgement: {error}") from error
        written = await self._write(said, who if who is not None else said.who)
        body = msgspec.json.encode(written.answer)
        return Response(body, 201, {"cache-control": "no-store"}, JSON)

    def _by_token(self, request: Request, token: str) -> None:
        client = request.client.host if request.client else ""
        if self._token is None or not same(token, self._token):
            if self._by_client.wait(client, time.monotonic()):
                raise Refused(429, "too many wrong tokens; wait and try again", (("retry-after", "30"),))
            raise Refused(401, "that is not the token of this server", (("www-authenticate", "Bearer"),))

    def _own_form(self, request: Request, form: dict[str, str]) -> Session:
        """The session a form was made for. Raises: Refused."""
        session = self.session(request)
        if session is None:
            raise Refused(403, "you are not logged in, or no longer; log in at /login.html")
        if not same(form.get("csrf", ""), session.csrf):
            raise Refused(403, "this form is not of your session; load the page again")
        self._still_there(session)
        return session

    def _still_there(self, session: Session) -> None:
        """Refuse a session whose login was taken out of the file. Raises: Refused, NotFoundError, InputError."""
        if self._logins is None or session.who not in read_logins(self._logins):
            raise Refused(403, "this login is no longer there")

    async def _write(self, said: NewJudgement, who: str) -> Written:
        """Write a judgement and serve it. Raises: UsageError, NotFoundError, Refused where the folder stays busy."""
        for _ in range(TRIES - 1):
            try:
                return await asyncio.to_thread(self._written, said, who)
            except BusyError:
                await asyncio.sleep(1)
        try:
            return await asyncio.to_thread(self._written, said, who)
        except BusyError as error:
            raise Refused(503, "records are being stored right now; try again in a moment") from error

    def _written(self, said: NewJudgement, who: str) -> Written:
        served = self._web.served
        now = datetime.now(UTC).isoformat(timespec="seconds")
        if said.undo is not None:
            line = undo_line(served.data_dir, said.undo, who=who, reason=said.reason, now=now)
        elif said.verdict is None:
            raise UsageError(
                "a judgement has a verdict: accept, correct or reject; or undo with a line's number"
            )
        else:
            with served.using() as live:
                judgement = judgement_of(
                    live.workspace, said.study[:100], said.property[:200], verdict=said.verdict, who=who,
                    reason=said.reason, value=said.value, product=said.product, fingerprint=said.seen,
                )  # fmt: skip
            line = write_judgement(served.data_dir, judgement, now)
        self._web.serve_written()
        with served.using() as live:
            one = judged_now(live.workspace, line)
            row = judged_row(one, live.workspace.vocabulary) if one else None
        record_id = line.subject.rsplit("|", 2 if line.kind == "finding" else 1)[0]
        return Written(WrittenJudgement(line, row), study_href(record_id))


def _slip(said: NewJudgement, form: dict[str, str], message: str) -> Slip:
    """What is wrong with a form of an answer, told at the field that it is about."""
    kind = "finding" if said.product is not None else "tag" if ":" in said.property else "call"
    subject = Subject(said.study, kind, said.property, said.product)
    if said.verdict is None:
        return Slip("Choose one of these.", "verdict", subject, form)
    if not said.reason.strip():
        return Slip("Say why: the next reader will ask.", "reason", subject, form)
    return Slip(message, "value" if said.verdict == "correct" else "verdict", subject, form)


def same_site(request: Request) -> None:
    """Refuse what another site makes a browser send. Raises: Refused.

    Browsers say where a request comes from (Sec-Fetch-Site); older ones name the origin of the page.
    """
    fetch = request.headers.get("sec-fetch-site")
    if fetch is not None:
        fine = fetch == "same-origin"
    else:
        scheme, mark, host = request.headers.get("origin", "").partition("://")
        fine = (
            bool(mark)
            and scheme in ("http", "https")
            and host.lower() == request.headers.get("host", "").lower()
        )
        fine = fine and host_of(host) != ""
    if not fine:
        raise Refused(403, "this request does not come from a page of this server")


async def _form_of(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Refused(415, f"a form is sent as {FORM}")
    try:
        pairs = parse_qsl(
            (await request.body()).decode("ascii"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="strict",
        )
    except ValueError as error:
        raise UsageError("the form cannot be read") from error
    if len({name for name, _ in pairs}) != len(pairs):
        raise UsageError("a field of the form is given twice")
    return dict(pairs)


def _whole(text: str | None) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(f"{text[:20]!r} is no whole number")
    return int(text)


def _verdict(text: str | None) -> Literal["accept", "correct", "reject"] | None:
    verdicts: dict[str, Literal["accept", "correct", "reject"]] = {
        "accept": "accept",
        "correct": "correct",
        "reject": "reject",
    }
    return verdicts.get(text or "")


def _https(request: Request) -> bool:
    """Whether the browser speaks https to us, or to the server before us."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "").lower() == "https"


def _to(page: str, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """On to a page of this server, which is then asked for with GET."""
    return Response(
        status_code=303, headers={"location": f"/{page}", "cache-control": "no-store", **dict(headers)}
    )
