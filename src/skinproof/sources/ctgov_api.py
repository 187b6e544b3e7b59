"""ClinicalTrials.gov's API v2 as a feed: how it pages, counts, and names its records.

Facts about it are in `ctgov_api.yml`. Source: the API's OpenAPI description, https://clinicaltrials.gov/data-api/api.
"""

from collections.abc import Iterator, Sequence

import msgspec

from skinproof.errors import CursorExpired, DriftError, SourceError, TooLarge
from skinproof.model.exchange import Fetch, Page, Query, Request, Response
from skinproof.model.raw import Limits, RawItem
from skinproof.sources.files_record import BadRecord, ctgov_item, read_json, refuse_hollow

BASE = "https://clinicaltrials.gov/api/v2"
HOSTS = frozenset({"clinicaltrials.gov", "www.clinicaltrials.gov"})
PER_SECOND = 3.0
PAGE_SIZE = 1000
BY_ID = 100
"""Ids asked for in one request: an address of 1,400 characters."""
_ASKED_AGAIN = 4
"""Times a page is asked for when what comes is no page, or leads back to a page already read."""
_TOKEN_AGE = 400
_SWEPT = "NCTId|LastUpdatePostDate"


class _Day(msgspec.Struct):
    date: str | None = None


class _Status(msgspec.Struct, rename="camel"):
    last_update_post_date_struct: _Day | None = None


class _Identification(msgspec.Struct, rename="camel"):
    nct_id: str | None = None


class _Protocol(msgspec.Struct, rename="camel"):
    identification_module: _Identification | None = None
    status_module: _Status | None = None


class _Named(msgspec.Struct, rename="camel"):
    """A study's id and day of its last update; the rest is passed over."""

    protocol_section: _Protocol | None = None


class _Answer(msgspec.Struct, rename="camel"):
    studies: list[msgspec.Raw] | None = None
    next_page_token: str | None = None
    total_count: int | None = None


class _Field(msgspec.Struct):
    """A field as the API describes it: `type` ends in [] where it is a list."""

    name: str
    type: str = ""
    children: list["_Field"] = []


_ANSWER = msgspec.json.Decoder(_Answer)
_NAMED = msgspec.json.Decoder(_Named)
_RECORD_BYTES = Limits().record_bytes


class CtgovFeed:
    """The API at one base address. page_size: records of one page."""

    name = "ctgov"

    def __init__(self, base: str = BASE, page_size: int = PAGE_SIZE) -> None:
        self._base = base
        self.page_size = page_size

    def data_version(self, fetch: Fetch) -> str | None:
        """The API's dataTimestamp; None from a server that has no such page. Raises: SourceError."""
        answer = fetch(Request(f"{self._base}/version"))
        if answer.status != 200:
            return None
        try:
            found = msgspec.json.decode(answer.body)
        except msgspec.DecodeError:
            return None
        stamp = found.get("dataTimestamp") if isinstance(found, dict) else None
        return stamp if isinstance(stamp, str) and stamp else None

    def fields(self, fetch: Fetch) -> frozenset[str] | None:
        """As in `DescribedFeed`. Raises: SourceError."""
        answer = fetch(Request(f"{self._base}/studies/metadata"))
        if answer.status != 200:
            return None
        try:
            nodes = msgspec.json.decode(answer.body, type=list[_Field])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None
        found: set[str] = set()
        _paths_of(nodes, "", found)
        return frozenset(found) or None

    def pages(self, fetch: Fetch, query: Query, cursor: str | None, since: str | None) -> Iterator[Page]:
        """As in `Feed`. Raises: SourceError, CursorExpired, DriftError."""
        params = [*_asked(query, since), *_fields(query)]
        for answer, shown in self._walk(fetch, params, cursor):
            bodies = tuple(bytes(study) for study in answer.studies or ())
            ids = tuple(_name(body)[0] for body in bodies)
            _refuse_nameless(ids, shown)
            yield Page(bodies, ids, answer.total_count, answer.next_page_token)

    def ids(self, fetch: Fetch, query: Query, cursor: str | None) -> Iterator[Page]:
        """As in `Feed`. Raises: SourceError, CursorExpired, DriftError."""
        for answer, shown in self._walk(fetch, [*_asked(query, None), ("fields", _SWEPT)], cursor):
            named = [_name(study) for study in answer.studies or ()]
            _refuse_nameless([found for found, _ in named], shown)
            named = [pair for pair in named if pair[0]]
            ids, dates = tuple(found for found, _ in named), tuple(day for _, day in named)
            yield Page((), ids, answer.total_count, answer.next_page_token, dates=dates)

    def total(self, fetch: Fetch, query: Query) -> int | None:
        """How many studies the query has now. Raises: SourceError."""
        params = [*_asked(query, None), ("fields", "NCTId"), ("countTotal", "true"), ("pageSize", "1")]
        answer, _ = self._page(fetch, Request(f"{self._base}/studies", tuple(params)))
        return answer.total_count

    def records(self, fetch: Fetch, query: Query, ids: Sequence[str]) -> Iterator[Page]:
        """As in `Feed`: asked for together, and those that did not come one by one. Raises: SourceError."""
        for at in range(0, len(ids), BY_ID):
            wanted = list(dict.fromkeys(ids[at : at + BY_ID]))
            params = (
                ("format", "json"),
                *_fields(query),
                ("filter.ids", "|".join(wanted)),
                ("pageSize", str(len(wanted))),
            )
            answer, _ = self._page(fetch, Request(f"{self._base}/studies", params))
            found = {_name(study)[0]: bytes(study) for study in answer.studies or ()}
            got = [name for name in wanted if name in found]
            if got:
                yield Page(tuple(found[name] for name in got), tuple(got))
            for name in wanted:
                if name not in found:
                    yield self._one(fetch, query, name)

    def item(self, body: bytes, where: str) -> RawItem:
        """The raw item of one study. Raises: BadRecord."""
        if len(body) > _RECORD_BYTES:
            raise BadRecord(f"larger than {_RECORD_BYTES:,} bytes")
        refuse_hollow(body, 0, len(body))
        return ctgov_item(read_json(body), body, 0, len(body), where)

    def _one(self, fetch: Fetch, query: Query, name: str) -> Page:
        request = Request(f"{self._base}/studies/{name}", (("format", "json"), *_fields(query)))
        answer = fetch(request)
        if answer.status in (404, 410):
            return Page((), (), gone=(name,))
        if answer.status != 200:
            raise _refused(request, answer)
        now, _ = _name(answer.body)
        aliases = ((name, now),) if now and now != name else ()
        return Page((answer.body,), (now,), aliases=aliases)

    def _walk(
        self, fetch: Fetch, params: Sequence[tuple[str, str]], cursor: str | None
    ) -> Iterator[tuple[_Answer, str]]:
        """Every page from a cursor on, and what was asked for it."""
        size = self.page_size
        known: dict[str | None, None] = {cursor: None}
        again = 0
        while True:
            place = [("pageToken", cursor)] if cursor else [("countTotal", "true")]
            request = Request(f"{self._base}/studies", (*params, ("pageSize", str(size)), *place))
            try:
                answer, shown = self._page(fetch, request)
            except TooLarge:
                if size == 1:
                    raise
                size = max(1, size // 4)
                continue
            token = answer.next_page_token
            if token is not None and token in known:
                again += 1
                if again >= _ASKED_AGAIN:
                    raise SourceError(
                        f"{shown} leads back to a page that was read before, {again} times; run again later"
                    )
                continue
            again = 0
            yield answer, shown
            if token is None:
                return
            cursor = token
            known[token] = None
            if len(known) > _TOKEN_AGE:
                del known[next(iter(known))]

    def _page(self, fetch: Fetch, request: Request) -> tuple[_Answer, str]:
        fault = ""
        for _ in range(_ASKED_AGAIN):
            answer = fetch(request)
            if answer.status == 400 and any(name == "pageToken" for name, _ in request.params):
                raise CursorExpired(f"{request.shown()} is a place the API does not know any more")
            if answer.status != 200:
                raise _refused(request, answer)
            try:
                page = _ANSWER.decode(answer.body)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                fault = str(error)
                continue
            if page.studies is None:
                raise DriftError(
                    f"{request.shown()} gave a page without `studies`: the API has changed; nothing of it was stored"
                )
            return page, request.shown()
        raise SourceError(f"{request.shown()} gave no page of studies, {_ASKED_AGAIN} times: {fault}")


def _asked(query: Query, since: str | None) -> list[tuple[str, str]]:
    """A query's own parameters; `since` is joined to its advanced filter."""
    params = [("format", "json")]
    if query.terms:
        params.append(("query.term", query.terms))
    narrow = [value for name, value in query.params if name == "filter.advanced"]
    params += [(name, value) for name, value in query.params if name != "filter.advanced"]
    if since is not None:
        narrow.append(f"AREA[LastUpdatePostDate]RANGE[{since},MAX]")
    if narrow:
        params.append(
            ("filter.advanced", narrow[0] if len(narrow) == 1 else " AND ".join(f"({n})" for n in narrow))
        )
    return params


def _fields(query: Query) -> list[tuple[str, str]]:
    if not query.fields:
        return []
    return [("fields", "|".join(dict.fromkeys(("NCTId", "LastUpdatePostDate", *query.fields))))]


def _paths_of(nodes: Sequence[_Field], head: str, found: set[str]) -> None:
    for node in nodes:
        path = head + node.name
        found.add(path)
        _paths_of(node.children, f"{path}{'[]' if node.type.endswith('[]') else ''}.", found)


def _name(study: bytes | msgspec.Raw) -> tuple[str, str | None]:
    """A study's id and day of its last update; "" and None where they cannot be read."""
    try:
        protocol = _NAMED.decode(study).protocol_section
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return "", None
    if protocol is None:
        return "", None
    named, status = protocol.identification_module, protocol.status_module
    day = status.last_update_post_date_struct if status else None
    return (named.nct_id if named else None) or "", day.date if day else None


def _refuse_nameless(ids: Sequence[str], shown: str) -> None:
    """Raises: DriftError when no study of a page can be named."""
    if ids and not any(ids):
        raise DriftError(
            f"{shown} gave studies without protocolSection.identificationModule.nctId: the API has changed; "
            "nothing of the page was stored"
        )


def _refused(request: Request, answer: Response) -> SourceError:
    said = " ".join(answer.body[:400].decode("utf-8", "replace").split())
    words = "" if said.startswith("<") else said[:200]
    return SourceError(
        f"{request.shown()} was refused: status {answer.status}{': ' + words if words else ''}; "
        "look at the query's terms, fields and filters, and at the base address"
    )
