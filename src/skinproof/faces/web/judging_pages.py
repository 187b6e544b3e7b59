"""Pages with forms for whoever is logged in, the page of all judgements, and the login."""

import re
from typing import TYPE_CHECKING, Any

import msgspec

from skinproof.errors import UsageError
from skinproof.faces.commands.judge import HEADER, csv_rows
from skinproof.faces.site.environment import environment
from skinproof.faces.site.judged_page import judgements_context
from skinproof.faces.site.write import MENU
from skinproof.faces.web.api.endpoint import Asked, Param, Reply
from skinproof.faces.web.asking import Question
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.judging_forms import Judging, Slip, forms_of
from skinproof.faces.web.live import Live
from skinproof.views.judged import JudgedList, judged_list

if TYPE_CHECKING:
    from skinproof.faces.web.pages import Found

STATES = ("holds", "stale", "disputed")
FRONT = "judgements.html"
_BACK = re.compile(r"judgements\.html|study/[A-Za-z0-9._~-]{1,200}\.html")
STATE = Param("state", "Only these.", many=True, choices=STATES)


def page(live: Live, asked: Question, judging: Judging | None = None, slip: Slip | None = None) -> "Found":
    """The page of all judgements. Raises: UsageError."""
    from skinproof.faces.web.pages import Found

    state = asked.one("state")
    if state is not None and state not in STATES:
        raise UsageError(f"state {state[:40]!r} is none of {', '.join(STATES)}")
    found = _all(live, (state,) if state else (), asked.as_of)
    taken = asked.number("taken", 0, 0, 999_999_999)
    return Found(
        "judgements.html", judgements_context(found, state, judging) | {"taken": taken, "slip": slip}
    )


def own_answer(
    live: Live, name: str, asked: Question, judging: Judging, slip: Slip | None = None
) -> Answer | None:
    """A page with forms for whoever is logged in; None where the page is the same for all. Raises: UsageError, NotFoundError.

    slip: the form that could not be saved; the page is then the answer to it
    """
    from skinproof.faces.web.pages import HTML, study_named

    if asked.as_of:
        return None
    if name == "judgements.html":
        found = page(live, asked, judging, slip)
        body = live.site().page(name, found.template, dict(found.context))
        return Answer(body, HTML, 400 if slip else 200, keep=False)
    study = study_named(live, name, asked)
    if study is None or isinstance(study, Answer):
        return study
    forms = forms_of(live, study, asked.one("done"), slip)
    body = live.site().study(study, judging=judging, forms=forms, slip=slip)
    return Answer(body, HTML, 400 if slip else 200, keep=False)


def _all(live: Live, states: tuple[str, ...], as_of: str | None = None) -> JudgedList:
    workspace = live.workspace
    return judged_list(workspace.judged(as_of), workspace.vocabulary, workspace.stamp(as_of), states)


def judgements(asked: Asked) -> Reply:
    """The judged answers, newest first."""
    found = _all(asked.live, asked.question.all("state"), asked.as_of)
    total = len(found.rows)
    found = msgspec.structs.replace(found, rows=asked.part(found.rows), total=total)
    return Reply(found, lambda: ((*HEADER, "edition"), csv_rows(found)), total)


def login_page(open_: bool, judging: Judging | None, wrong: str, back: str = FRONT, name: str = "") -> bytes:
    """The page of the login; it needs no edition. back: the page to go on to; name: as it was typed before."""
    context: dict[str, Any] = {
        "menu": MENU, "root": "/", "here": "login.html", "live": True, "as_of": None, "stamp_facts": (), "open": open_,
        "judging": judging, "wrong": wrong, "back": back, "name": name,
    }  # fmt: skip
    return environment().get_template("login.html").render(context).encode()


def way_back(page: str | None) -> str:
    """The page that a form leads back to: one that has forms, whatever an address asks for."""
    return page if page and _BACK.fullmatch(page) else FRONT
