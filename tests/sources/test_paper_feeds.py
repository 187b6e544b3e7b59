"""PubMed and Europe PMC are asked so that nothing is missing: past the cap, after a cut, and when answers are wrong.

The servers here are stand-ins that hold synthetic papers and answer in the shape of the real ones.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from importlib import resources

import pytest
import yaml

from skinproof.errors import CursorExpired, DriftError, SourceError
from skinproof.model.exchange import Fetch, Page, Query, Request, Response
from skinproof.sources import europepmc_api, pubmed_api
from skinproof.sources.europepmc_api import EuropePmcFeed
from skinproof.sources.pubmed_api import PubmedFeed
from tests.sources.paper_samples import article, article_set

QUERY = Query(
    name="synthetic", source="pubmed", title="Synthetic", terms='"exosome"[tiab]', written="2026-01-01"
)


def answer(body: bytes, status: int = 200) -> Response:
    return Response(status, "https://a.test", {"content-type": "application/json"}, body)


class Pubmed:
    """Synthetic papers, each entered on a day, behind a cap."""

    def __init__(self, count: int, cap: int, lost: frozenset[int] = frozenset()) -> None:
        start = date(1990, 1, 1)
        self.entered = {
            999_000_000 + n: start + timedelta(days=(n * n) % 13_000) for n in range(1, count + 1)
        }
        self.cap, self.lost = cap, lost
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        params = dict(request.params)
        assert params["db"] == "pubmed" and params["tool"] == "skinproof"
        if request.url.endswith("efetch.fcgi"):
            numbers = [int(text) for text in params["id"].split(",")]
            assert len(numbers) <= 200 and request.accept == "application/xml"
            known = [n for n in numbers if n in self.entered and n not in self.lost]
            return answer(article_set(*(article(n - 999_000_000) for n in known)))
        low = date.fromisoformat(params.get("mindate", "1800/01/01").replace("/", "-"))
        high = date.fromisoformat(params.get("maxdate", "2999/12/31").replace("/", "-"))
        found = sorted((n for n, day in self.entered.items() if low <= day <= high), reverse=True)
        given = [str(n) for n in found][: min(int(params["retmax"]), self.cap)]
        result = {"count": str(len(found)), "retmax": params["retmax"], "retstart": "0", "idlist": given}
        return answer(json.dumps({"header": {"type": "esearch"}, "esearchresult": result}).encode())


def ids(pages: list[Page]) -> list[str]:
    return [name for page in pages for name in page.ids]


@pytest.mark.parametrize(("count", "cap"), [(0, 50), (1, 50), (50, 50), (51, 50), (700, 50), (700, 9_999)])
def test_every_paper_of_pubmed_comes_once_whatever_the_cap(count: int, cap: int) -> None:
    """A search of 70,000 papers must not end at 9,999 without a word."""
    server = Pubmed(count, cap)
    feed = PubmedFeed("https://a.test", most_given=cap)
    pages = list(feed.pages(server, QUERY, None, None))
    assert sorted(ids(pages)) == [f"PMID:{n}" for n in sorted(server.entered)]
    assert pages[0].total == count == feed.total(server, QUERY)
    assert pages[-1].cursor is None and all(page.cursor for page in pages[:-1])
    bodies = [body for page in pages for body in page.bodies]
    assert [feed.item(body, "x").record_id for body in bodies] == ids(pages)
    swept = list(feed.ids(server, QUERY, None))
    assert sorted(ids(swept)) == sorted(ids(pages)) and swept[0].total == count
    assert not any(page.bodies for page in swept) and swept[-1].cursor is None


def test_a_run_goes_on_from_any_place_of_pubmed() -> None:
    server = Pubmed(400, 60)
    feed = PubmedFeed("https://a.test", page_size=25, most_given=60)
    whole = list(feed.pages(server, QUERY, None, None))
    for n, page in enumerate(whole[:-1]):
        rest = list(feed.pages(server, QUERY, page.cursor, None))
        assert ids(whole[: n + 1]) + ids(rest) == ids(whole)
    swept = list(feed.ids(server, QUERY, None))
    assert ids(swept[:2]) + ids(list(feed.ids(server, QUERY, swept[1].cursor))) == ids(swept)


@pytest.mark.parametrize("cursor", ["", "x", "20200101-20201301@1", "AoJwf@!", "20200101-20200102@"])
def test_a_cursor_that_is_none_is_refused(cursor: str) -> None:
    if cursor:
        with pytest.raises(CursorExpired):
            list(PubmedFeed("https://a.test").pages(Pubmed(3, 9), QUERY, cursor, None))


def test_changes_are_asked_for_by_the_day_of_change() -> None:
    server = Pubmed(3, 9)
    list(PubmedFeed("https://a.test", key="k", contact="a@b.test").pages(server, QUERY, None, "2026-02-03"))
    params = dict(server.requests[-2].params)
    assert params["datetype"] == "mdat" and params["mindate"] == "2026/02/03"
    assert params["api_key"] == "k" and params["email"] == "a@b.test"
    assert "api_key=***" in server.requests[-2].shown()


def test_more_papers_on_one_day_than_a_search_gives_are_an_error() -> None:
    server = Pubmed(0, 5)
    server.entered = {999_000_000 + n: date(2020, 1, 1) for n in range(1, 8)}
    with pytest.raises(SourceError, match="7 papers on 2020-01-01"):
        list(PubmedFeed("https://a.test", most_given=5).pages(server, QUERY, None, None))


def test_ids_that_pubmed_does_not_have_are_told() -> None:
    server = Pubmed(5, 9, lost=frozenset({999_000_002}))
    (strange, page) = PubmedFeed("https://a.test").records(
        server, QUERY, ["PMID:999000001", "PMID:999000002", "DOI:10.9999/x"]
    )
    assert strange.gone == ("DOI:10.9999/x",)
    assert (page.ids, page.gone) == (("PMID:999000001",), ("PMID:999000002",))


BROKEN: dict[str, bytes] = {
    "an error in a good answer": b'{"esearchresult":{"ERROR":"Search Backend failed"}}',
    "a limit": b'{"error":"API rate limit exceeded","count":"11"}',
    "too few ids": b'{"esearchresult":{"count":"9","idlist":["1"]}}',
    "no JSON": b'{"esearchresult":{"count":',
    "another shape": b'{"result":[]}',
    "a word for a count": b'{"esearchresult":{"count":"many","idlist":[]}}',
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_answer_that_is_no_list_is_asked_for_again_then_an_error(case: str) -> None:
    asked: list[Request] = []

    def fetch(request: Request) -> Response:
        asked.append(request)
        return answer(BROKEN[case])

    with pytest.raises(SourceError, match="4 times"):
        list(PubmedFeed("https://a.test").ids(fetch, QUERY, None))
    assert len(asked) >= 4


def test_a_list_of_papers_that_is_cut_is_asked_for_again() -> None:
    server, cut = Pubmed(20, 99), [3]

    def fetch(request: Request) -> Response:
        reply = server(request)
        if request.url.endswith("efetch.fcgi") and cut[0]:
            cut[0] -= 1
            return answer(reply.body[: len(reply.body) // 2])
        return reply

    assert len(ids(list(PubmedFeed("https://a.test").pages(fetch, QUERY, None, None)))) == 20


def result(n: int, kind: str = "MED") -> dict[str, str]:
    """One synthetic result of Europe PMC."""
    found = {
        "id": f"{999_000_000 + n}",
        "source": kind,
        "title": "Synthetic example.",
        "dateOfRevision": "2026-01-02",
    }
    if kind == "MED":
        return {**found, "pmid": found["id"], "doi": f"10.9999/med.{n}", "pmcid": f"PMC{900_000_000 + n}"}
    return {**found, "id": f"PPR{n}", "doi": f"10.9999/Ppr.{n}"}


class EuropePmc:
    """Synthetic results behind cursor marks. last: how the last page is told."""

    def __init__(self, results: list[dict[str, str]], last: str = "empty") -> None:
        self.results, self.last = results, last
        self.requests: list[dict[str, str]] = []

    def __call__(self, request: Request) -> Response:
        params = dict(request.params)
        self.requests.append(params)
        mark, size = params["cursorMark"], int(params["pageSize"])
        if mark != "*" and not mark.startswith("Ao"):
            return answer(b'{"errCode":400}', 400)
        begin = 0 if mark == "*" else int(mark[2:])
        some = self.results[begin : begin + size]
        told = {
            "version": "6.9",
            "hitCount": len(self.results),
            "request": {},
            "resultList": {"result": some},
        }
        end = begin + size >= len(self.results)
        if not end or self.last == "empty":
            told["nextCursorMark"] = f"Ao{begin + len(some)}" if some else mark
        elif self.last == "same":
            told["nextCursorMark"] = mark
        return answer(json.dumps(told).encode())


@pytest.mark.parametrize("last", ["empty", "same", "none"])
@pytest.mark.parametrize("count", [0, 1, 10, 25])
def test_every_paper_of_europe_pmc_comes_once(count: int, last: str) -> None:
    server = EuropePmc([result(n, "PPR" if n % 3 == 0 else "MED") for n in range(count)], last)
    feed = EuropePmcFeed("https://a.test", page_size=10)
    pages = list(feed.pages(server, QUERY, None, None))
    assert len(ids(pages)) == len(set(ids(pages))) == count == feed.total(server, QUERY)
    assert [feed.item(body, "x").record_id for page in pages for body in page.bodies] == ids(pages)
    assert pages[0].total == count and pages[-1].cursor is None
    assert ids(list(feed.ids(server, QUERY, None))) == ids(pages)
    for n, page in enumerate(pages[:-1]):
        assert ids(pages[: n + 1]) + ids(list(feed.pages(server, QUERY, page.cursor, None))) == ids(pages)


def test_changes_and_preprints_of_europe_pmc() -> None:
    server = EuropePmc([result(1, "PPR")])
    (page,) = list(EuropePmcFeed("https://a.test").pages(server, QUERY, None, "2026-02-03"))[:1]
    assert server.requests[0]["query"] == '("exosome"[tiab]) AND (UPDATE_DATE:[2026-02-03 TO 2999-12-31])'
    assert page.ids == ("DOI:10.9999/ppr.1",)


def test_a_paper_that_got_a_pmid_is_an_alias_and_one_that_is_lost_is_gone() -> None:
    server = EuropePmc([result(1)])
    wanted = ["DOI:10.9999/med.1", "PMC:900000001", "PMID:999000005", 'DOI:10.9999/" OR SRC:MED']
    (page,) = EuropePmcFeed("https://a.test").records(server, QUERY, wanted)
    assert page.ids == ("PMID:999000001",)
    assert dict(page.aliases) == {wanted[0]: "PMID:999000001", wanted[1]: "PMID:999000001"}
    assert page.gone == tuple(wanted[2:])
    assert "OR SRC:MED" not in server.requests[0]["query"]


def test_wrong_answers_of_europe_pmc_are_errors() -> None:
    feed = EuropePmcFeed("https://a.test")

    def fails(body: bytes, status: int, error: type[Exception], cursor: str | None = None) -> None:
        fetch: Callable[[Request], Response] = lambda request: answer(body, status)  # noqa: E731
        with pytest.raises(error):
            list(feed.pages(fetch, QUERY, cursor, None))

    fails(b"{}", 200, DriftError)
    fails(b'{"hitCount":5}', 200, DriftError)
    fails(b'{"hitCount":', 200, SourceError)
    fails(b'{"errCode":404,"errMsg":"no"}', 200, SourceError)
    fails(b"no", 404, SourceError)
    fails(b"no", 400, CursorExpired, "gone")
    fails(
        json.dumps({"hitCount": 9, "nextCursorMark": "*", "resultList": {"result": [result(1)]}}).encode(),
        200,
        SourceError,
    )


def test_the_facts_beside_the_feeds_are_those_of_the_code() -> None:
    """What the page of a source says about its limits must be what is done."""
    told = {
        name: yaml.safe_load((resources.files("skinproof.sources") / f"{name}.yml").read_text())
        for name in ("pubmed_api", "europepmc_api")
    }
    pubmed, europe = told["pubmed_api"], told["europepmc_api"]
    assert pubmed["base"] == pubmed_api.BASE and set(pubmed["hosts"]) == pubmed_api.HOSTS
    assert pubmed["requests_a_second"] == pubmed_api.PER_SECOND
    assert pubmed["requests_a_second_with_key"] == pubmed_api.PER_SECOND_WITH_KEY
    assert (
        pubmed["search"]["most_given"] == pubmed_api.MOST_GIVEN
        and pubmed["fetch"]["ids"] == pubmed_api.PAGE_SIZE
    )
    assert europe["base"] == europepmc_api.BASE and set(europe["hosts"]) == europepmc_api.HOSTS
    assert europe["requests_a_second"] == europepmc_api.PER_SECOND
    assert europe["pages"]["page_size"] == europepmc_api.PAGE_SIZE
    assert "|".join(europe["sources"]) == europepmc_api.europepmc_json._SOURCES


def _is_a_feed(fetch: Fetch) -> None:
    from skinproof.model.exchange import Feed

    feeds: list[Feed] = [PubmedFeed(), EuropePmcFeed()]
    assert [feed.data_version(fetch) for feed in feeds] == [None, None]


def test_both_are_feeds() -> None:
    _is_a_feed(Pubmed(0, 1))
