"""Pages with forms for whoever is logged in, the page of all judgements, and the login."""

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from skinproof.errors import UsageError
from skinproof.faces.commands.judge import HEADER, csv_rows
from skinproof.faces.site.environment import environment
from skinproof.faces.site.judged_page import judgements_context
from skinproof.faces.site.write import MENU
from skinproof.faces.web.api.endpoint import Asked, Param, Reply
from skinproof.faces.web.asking import Question
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.live import Live
from skinproof.judgements.answers import Subject, seen
from skinproof.views.judged import JudgedList, answer_words, judged_list, label_of
from skinproof.workflows.judge_values import choices
from skinproof.workflows.site import Study

if TYPE_CHECKING:
    from skinproof.faces.web.pages import Found

STATES = ("holds", "stale", "disputed")
STATE = Param("state", "Only these.", many=True, choices=STATES)


class Judging(NamedTuple):
    """Whoever is logged in. csrf: what forms of this session carry."""

    who: str
    csrf: str


class Form(NamedTuple):
    """One form. seen: fingerprint of the machine's answer; machine: that answer in words; choices: right answers, where few."""

    study: str
    property: str
    product: int | None
    label: str
    seen: str
    machine: str
    choices: tuple[tuple[str, str], ...]


def page(live: Live, asked: Question, judging: Judging | None = None) -> "Found":
    """The page of all judgements. Raises: UsageError."""
    from skinproof.faces.web.pages import Found

    state = asked.one("state")
    if state is not None and state not in STATES:
        raise UsageError(f"state {state[:40]!r} is none of {', '.join(STATES)}")
    found = _all(live, (state,) if state else (), asked.as_of)
    return Found("judgements.html", judgements_context(found, state, judging))


def own_answer(live: Live, name: str, asked: Question, judging: Judging) -> Answer | None:
    """A page with forms for whoever is logged in; None where the page is the same for all. Raises: UsageError, NotFoundError."""
    from skinproof.faces.web.pages import HTML, study_named

    if asked.as_of:
        return None
    if name == "judgements.html":
        found = page(live, asked, judging)
        body = live.site().page(name, found.template, dict(found.context))
        return Answer(body, HTML, keep=False)
    study = study_named(live, name, asked)
    if study is None or isinstance(study, Answer):
        return study
    body = live.site().study(study, judging=judging, forms=_forms(live, study))
    return Answer(body, HTML, keep=False)


def _all(live: Live, states: tuple[str, ...], as_of: str | None = None) -> JudgedList:
    workspace = live.workspace
    return judged_list(workspace.judged(as_of), workspace.vocabulary, workspace.stamp(as_of), states)


def judgements(asked: Asked) -> Reply:
    """The judged answers, newest first."""
    found = _all(asked.live, asked.question.all("state"), asked.as_of)
    total = len(found.rows)
    found = msgspec.structs.replace(found, rows=asked.part(found.rows), total=total)
    return Reply(found, lambda: ((*HEADER, "edition"), csv_rows(found)), total)


def _forms(live: Live, study: Study) -> dict[tuple[str, str, int], Form]:
    """(kind, name, product or 0) -> its form."""
    workspace, record_id = live.workspace, study.summary.record_id
    ruled = workspace.as_ruled(study.summary)
    subjects = [Subject(record_id, "call", name) for name in ruled.calls]
    terms = {t.term for t in (*ruled.tags, *study.tags.tags) if ":" in t.term}
    terms |= {pair.rpartition("|")[0] for pair in ruled.agents} | set(ruled.indications)
    subjects += [Subject(record_id, "tag", term) for term in sorted(terms)]
    subjects += [
        Subject(record_id, "finding", f.property, p.number) for p in ruled.preparations for f in p.findings
    ]
    vocabulary = workspace.vocabulary
    made: dict[tuple[str, str, int], Form] = {}
    for subject in subjects:
        found = seen(subject, ruled)
        if found is not None:
            kind, name = subject.kind, subject.name
            words = tuple((one, answer_words(kind, name, one, vocabulary)) for one in choices(subject))
            machine = answer_words(kind, name, found.value, vocabulary)
            label = label_of(kind, name, subject.product, vocabulary)
            made[kind, name, subject.product or 0] = Form(
                record_id, name, subject.product, label, found.fingerprint, machine, words
            )
    return made


def login_page(open_: bool, judging: Judging | None, wrong: str) -> bytes:
    """The page of the login; it needs no edition."""
    context: dict[str, Any] = {
        "menu": MENU, "root": "/", "here": "login.html", "live": True, "as_of": None, "stamp_facts": (), "open": open_,
        "judging": judging, "wrong": wrong,
    }  # fmt: skip
    return environment().get_template("login.html").render(context).encode()
