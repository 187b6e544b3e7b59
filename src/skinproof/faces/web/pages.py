"""Pages of the live site: the same names, templates and contexts as the static site, made from the edition of the request.

PAGES holds pages that only a server has, or that it makes in another way than the folder of files does. Any other name
is asked of `faces.site.write.Site`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from skinproof.errors import NotFoundError
from skinproof.faces.site.names import paper_href, paper_named, paper_stem
from skinproof.faces.site.record_page import record_context
from skinproof.faces.site.rows import study_href
from skinproof.faces.site.safe import file_stem
from skinproof.faces.web import claim_page, explore_page, given_page, judging_pages, map_page, papers_page
from skinproof.faces.web.api import docs_page
from skinproof.faces.web.asking import Question
from skinproof.faces.web.cache import Answer
from skinproof.faces.web.live import Live
from skinproof.faces.web.unknown import refuse_unknown, with_notice
from skinproof.workflows.changes import study_history
from skinproof.workflows.site import Study

HTML = "text/html; charset=utf-8"
TYPES = {
    "html": HTML,
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "csv": "text/csv; charset=utf-8",
    "zip": "application/zip",
    "json": "application/json",
    "png": "image/png",
    "xml": "application/xml",
}
"""Media types of files by their ending."""

_RECORD = re.compile(r"record/(.+)\.(html|json)")
_STUDY = re.compile(r"study/(.+)\.html")
_PAPER = re.compile(r"paper/(.+)\.html")
_LINK = re.compile(
    r'(<a\b[^>]*?\bhref=")(?![a-z][a-z0-9+.-]*:|//|#|/)([^"?#]*\.(?:html|csv|svg|zip|png|json|ris))([^"]*")',
    re.I,
)


class Found(NamedTuple):
    """A page of PAGES: its template and what it prints, or finished bytes."""

    template: str
    context: Mapping[str, Any]


PageMaker = Callable[[Live, Question], Found | Answer]

PAGES: dict[str, PageMaker] = {
    "index.html": map_page.page,
    "map.csv": map_page.csv_file,
    "map.svg": map_page.svg_file,
    "map.png": map_page.png_file,
    "claim.html": claim_page.page,
    "api.html": docs_page.page,
    "judgements.html": judging_pages.page,
    "studies.html": explore_page.page,
    papers_page.NAME: papers_page.page,
    "preparations.html": given_page.page,
    "preparations.csv": given_page.table,
    "landscape.html": given_page.doses_page,
}
"""Name as in the static site -> what makes it. Called in a worker thread."""


def page_answer(live: Live, name: str, asked: Question, may_log_in: bool = False) -> Answer:
    """The file of that name; what it does not know of the question is told on a page and refused where it is none.

    may_log_in: whether people can log in to judge. Raises: NotFoundError, UsageError.
    """
    if name in PAGES and not name.endswith(".html"):
        refuse_unknown(name, asked)
    return with_notice(name, _page_answer(live, name, asked, may_log_in), asked)


def _page_answer(live: Live, name: str, asked: Question, may_log_in: bool) -> Answer:
    site = live.site(asked.as_of)
    made = PAGES.get(name)
    if made is not None:
        found = made(live, asked)
        if isinstance(found, Answer):
            return found
        body: bytes | None = site.page(name, found.template, {**found.context, "may_log_in": may_log_in})
    elif record := _RECORD.fullmatch(name):
        return _record(live, record[1], record[2], asked)
    elif (study := study_named(live, name, asked)) is not None:
        if isinstance(study, Answer):
            return study
        return finished(name, site.study(study, may_log_in=may_log_in and not asked.as_of), asked)
    elif paper := _PAPER.fullmatch(name):
        return _paper(live, paper[1], asked)
    else:
        body = site.file(name)
    if body is None:
        raise NotFoundError(f"there is no page {name[:100]!r} in edition {live.edition}")
    return finished(name, body, asked)


def finished(name: str, body: bytes, asked: Question) -> Answer:
    """A file as an answer; in a page as of a day every link leads to pages as of that day."""
    media_type = TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    if asked.as_of and media_type == HTML:
        day = f"as_of={asked.as_of}"
        body = _LINK.sub(lambda found: _dated(found, day), body.decode()).encode()
    headers = (("content-disposition", "attachment"),) if media_type == TYPES["zip"] else ()
    return Answer(body, media_type, headers=headers)


def _dated(found: "re.Match[str]", day: str) -> str:
    """A link with the day in its question, unless it names one itself."""
    rest = found[3]
    if not rest.startswith("?"):
        return f"{found[1]}{found[2]}?{day}{rest}"
    return found[0] if "as_of=" in rest else f"{found[1]}{found[2]}?{day}&amp;{rest[1:]}"


def study_named(live: Live, name: str, asked: Question) -> Study | Answer | None:
    """The study of a page, or where its page is; None for the name of no study's page. Raises: NotFoundError."""
    found = _STUDY.fullmatch(name)
    if found is None:
        return None
    stem = found[1]
    study = live.site(asked.as_of).source.study(live.odd_names.get(stem, stem))
    own = study.summary.record_id
    return study if file_stem(own) == stem else moved(f"/{study_href(own)}", asked)


def _paper(live: Live, stem: str, asked: Question) -> Answer:
    """A paper's page under the name that the static site gives it; any other of its ids leads there."""
    site = live.site(asked.as_of)
    page = site.source.papers.page(paper_named(stem) or live.odd_papers.get(stem, stem))
    if paper_stem(page.record_id) != stem:
        return moved(f"/{paper_href(page.record_id)}", asked)
    return finished(f"{stem}.html", site.paper(page), asked)


def _record(live: Live, stem: str, kind: str, asked: Question) -> Answer:
    """A study in time, its versions and its words; or the version in force as its source gave it."""
    site = live.site(asked.as_of)
    study = site.source.study(live.odd_names.get(stem, stem))
    own = study.summary.record_id
    if file_stem(own) != stem:
        return moved(f"/record/{file_stem(own)}.{kind}", asked)
    if kind == "json":
        body = live.workspace.body(study.summary)
        is_json = body.lstrip()[:1] in (b"{", b"[")
        named = (("content-disposition", f'attachment; filename="{stem}.{"json" if is_json else "txt"}"'),)
        return Answer(body, TYPES["json"] if is_json else "text/plain; charset=utf-8", headers=named)
    context = record_context(study, site.stamp, study_history(live.workspace, own))
    name = f"record/{stem}.html"
    return finished(name, site.page(name, "record.html", context), asked)


def moved(address: str, asked: Question) -> Answer:
    """Lead to another page of this server with the same question."""
    query = f"?{asked.text}" if asked.text else ""
    return Answer(b"", "text/plain; charset=utf-8", 308, (("location", f"{address}{query}"),))
