"""Europe PMC's REST search as a feed: whole records page by page behind a cursor mark, preprints among them.

Facts are in `europepmc_api.yml`. Source: Europe PMC's reference guide of the RESTful web service.
"""

from collections.abc import Iterator, Sequence

import msgspec

from skinproof.errors import CursorExpired, DriftError, SourceError, TooLarge
from skinproof.model.exchange import Fetch, Page, Query, Request
from skinproof.model.raw import Limits, RawItem
from skinproof.sources import europepmc_json
from skinproof.sources.europepmc_json import id_of
from skinproof.sources.files_record import BadRecord
from skinproof.sources.paper_item import doi_of, pmc_of

BASE = "https://www.ebi.ac.uk/europepmc/webservices/rest"
HOSTS = frozenset({"www.ebi.ac.uk"})
PER_SECOND = 5.0
PAGE_SIZE = 1000
BY_ID = 20
"""Ids in one search: an address of 900 characters."""
_ASKED_AGAIN = 4
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789./_-():;<>#+[]")


class _Results(msgspec.Struct):
    result: list[msgspec.Raw] = []


class _Answer(msgspec.Struct):
    hitCount: int | None = None
    nextCursorMark: str | None = None
    resultList: _Results | None = None
    errCode: int | None = None
    errMsg: str | None = None


_ANSWER = msgspec.json.Decoder(_Answer).decode


class EuropePmcFeed:
    """Europe PMC at one base address."""

    name = "europepmc"

    def __init__(self, base: str = BASE, page_size: int = PAGE_SIZE) -> None:
        self._base = base
        self.page_size = page_size

    def data_version(self, fetch: Fetch) -> str | None:
        """None: Europe PMC changes daily and names no state of it in its answers."""
        return None

    def pages(self, fetch: Fetch, query: Query, cursor: str | None, since: str | None) -> Iterator[Page]:
        """As in `Feed`. Raises: SourceError, CursorExpired, DriftError."""
        terms = f"({query.terms})" if query.terms else "*:*"
        if since is not None:
            terms += f" AND (UPDATE_DATE:[{since} TO 2999-12-31])"
        for answer, mark in self._walk(fetch, query, terms, "core", cursor):
            bodies = tuple(bytes(raw) for raw in _results(answer))
            yield Page(bodies, tuple(id_of(body) for body in bodies), answer.hitCount, mark)

    def ids(self, fetch: Fetch, query: Query, cursor: str | None) -> Iterator[Page]:
        """As in `Feed`; short records, because a list of ids alone lacks the DOIs. Raises: as `pages`."""
        terms = f"({query.terms})" if query.terms else "*:*"
        for answer, mark in self._walk(fetch, query, terms, "lite", cursor):
            ids = tuple(found for raw in _results(answer) if (found := id_of(bytes(raw))))
            yield Page((), ids, answer.hitCount, mark)

    def total(self, fetch: Fetch, query: Query) -> int | None:
        """How many papers the query has now. Raises: SourceError."""
        terms = f"({query.terms})" if query.terms else "*:*"
        return self._page(fetch, query, terms, "lite", "*", 1).hitCount

    def records(self, fetch: Fetch, query: Query, ids: Sequence[str]) -> Iterator[Page]:
        """As in `Feed`; a paper asked for by PMC id or DOI that has a PMID by now is an alias. Raises: SourceError."""
        wanted = list(dict.fromkeys(ids))
        for at in range(0, len(wanted), BY_ID):
            some = wanted[at : at + BY_ID]
            asked = {name: term for name in some if (term := _by_id(name)) is not None}
            found: dict[str, bytes] = {}
            aliases: dict[str, str] = {}
            for answer, _ in (
                self._walk(fetch, query, " OR ".join(asked.values()), "core", None) if asked else ()
            ):
                for raw in _results(answer):
                    body = bytes(raw)
                    now = id_of(body)
                    if now:
                        found[now] = body
                        aliases.update(
                            {other: now for other in _other_ids(body) if other in asked and other != now}
                        )
            aliases = {name: now for name, now in aliases.items() if name not in found}
            yield Page(
                tuple(found.values()),
                tuple(found),
                aliases=tuple(aliases.items()),
                gone=tuple(name for name in some if name not in found and name not in aliases),
            )

    def item(self, body: bytes, where: str) -> RawItem:
        """The raw item of one result. Raises: BadRecord."""
        if len(body) > Limits().record_bytes:
            raise BadRecord(f"larger than {Limits().record_bytes:,} bytes")
        return europepmc_json.item(body, where)

    def _walk(
        self, fetch: Fetch, query: Query, terms: str, kind: str, cursor: str | None
    ) -> Iterator[tuple[_Answer, str | None]]:
        """Every page from a cursor mark on, with the mark of the next, None behind the last."""
        mark, size, again = cursor or "*", self.page_size, 0
        known = {"*", mark}
        while True:
            try:
                answer = self._page(fetch, query, terms, kind, mark, size)
            except TooLarge:
                if size == 1:
                    raise
                size = max(1, size // 4)
                continue
            following = answer.nextCursorMark
            # The last page is empty, has no mark, or its own again (Solr's way).
            whole = mark != "*" or (answer.hitCount or 0) <= len(_results(answer))
            is_last = not _results(answer) or not following or (following == mark and whole)
            if not is_last and following in known:
                again += 1
                if again >= _ASKED_AGAIN:
                    raise SourceError(
                        f"{query.name}: Europe PMC leads back to a page that was read before, {again} times; "
                        "run again later"
                    )
                continue
            again = 0
            yield answer, None if is_last else following
            if is_last or following is None:
                return
            mark = following
            known.add(mark)

    def _page(self, fetch: Fetch, query: Query, terms: str, kind: str, mark: str, size: int) -> _Answer:
        request = Request(
            f"{self._base}/search",
            (
                ("query", terms), *query.params, ("resultType", kind), ("format", "json"),
                ("pageSize", str(size)), ("cursorMark", mark),
            ),
        )  # fmt: skip
        fault = ""
        for _ in range(_ASKED_AGAIN):
            reply = fetch(request)
            said = " ".join(reply.body[:300].decode("utf-8", "replace").split())
            if reply.status == 400 and mark != "*":
                raise CursorExpired(f"{request.shown()} is a place Europe PMC does not know any more")
            if reply.status != 200:
                raise SourceError(
                    f"{request.shown()} was refused: status {reply.status}: {said[:200]}; look at the query's terms"
                )
            try:
                answer = _ANSWER(reply.body)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                fault = str(error)
                continue
            if answer.errCode is not None:
                fault = f"{answer.errCode} {answer.errMsg or ''}"
                continue
            if answer.hitCount is None or (answer.resultList is None and answer.hitCount):
                raise DriftError(
                    f"{request.shown()} gave an answer without hitCount and resultList: the service has changed; "
                    "nothing of it was stored"
                )
            return answer
        raise SourceError(f"{request.shown()} gave no page of papers, {_ASKED_AGAIN} times: {fault[:200]}")


def _results(answer: _Answer) -> list[msgspec.Raw]:
    return answer.resultList.result if answer.resultList else []


def _by_id(name: str) -> str | None:
    """A search for one record id; None for one that Europe PMC cannot be asked for."""
    kind, _, value = name.partition(":")
    if not value or not _SAFE.issuperset(value):
        return None
    if kind == "PMID":
        return f'(EXT_ID:"{value}" AND SRC:MED)'
    if kind == "PMC":
        return f'PMCID:"PMC{value}"'
    if kind == "DOI":
        return f'DOI:"{value}"'
    source, slash, own = value.partition("/")
    return f'(EXT_ID:"{own}" AND SRC:{source})' if kind == "EPMC" and slash and source.isalpha() else None


def _other_ids(body: bytes) -> Iterator[str]:
    """All ids of ours that a result could go by."""
    value = msgspec.json.decode(body)
    if isinstance(pmc := value.get("pmcid"), str) and (known := pmc_of(pmc)):
        yield f"PMC:{known.removeprefix('PMC')}"
    if isinstance(doi := value.get("doi"), str) and (found := doi_of(doi)):
        yield f"DOI:{found}"
    yield f"EPMC:{value.get('source')}/{value.get('id')}"
