"""PubMed's E-utilities as a feed: ESearch finds, EFetch brings.

ESearch gives no more than the first 9,999 ids of a search, and a place in its history is lost after a while. So a
large query is asked in stretches of days on which papers were entered (or changed), each small enough to be given
whole, and papers are fetched by their own ids in ascending order: a run can go on at any time from (stretch, id).
Facts are in `pubmed_api.yml`. Source: Entrez Programming Utilities Help, NBK25499.
"""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from skinproof.errors import CursorExpired, SourceError
from skinproof.model.exchange import Fetch, Page, Query, Request
from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources import pubmed_xml
from skinproof.sources.files_packed import PlainStream
from skinproof.sources.files_record import BadRecord

BASE = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
HOSTS = frozenset({"eutils.ncbi.nlm.nih.gov"})
PER_SECOND = 3.0
PER_SECOND_WITH_KEY = 10.0
MOST_GIVEN = 9_999
PAGE_SIZE = 200
"""Ids in one address: 200 of 9 characters; the keeper asks for POST above that."""
_ASKED_AGAIN = 4
_FIRST_DAY, _LAST_DAY = date(1800, 1, 1), date(2999, 12, 31)
_XML = "application/xml"
_CURSOR = re.compile(r"(\d{8})-(\d{8})@(\d{1,9})", re.ASCII)
_PMID_NOW = re.compile(rb"<PMID\b[^<>]*>\s*([1-9]\d{0,8})\s*</PMID", re.ASCII)
_ID = re.compile(r"PMID:([1-9]\d{0,8})", re.ASCII)


class _Found(msgspec.Struct):
    count: str | None = None
    idlist: list[str] = []
    ERROR: str | None = None


class _Answer(msgspec.Struct):
    esearchresult: _Found | None = None
    error: str | None = None


_ANSWER = msgspec.json.Decoder(_Answer).decode


class _Stretch(NamedTuple):
    """Days from `first` to `last`, both included, of which papers with ids above `after` are still to come."""

    first: date
    last: date
    after: int = 0

    @property
    def cursor(self) -> str:
        return f"{self.first:%Y%m%d}-{self.last:%Y%m%d}@{self.after}"


class PubmedFeed:
    """PubMed at one base address.

    key: an NCBI API key, which allows 10 requests a second; contact: an e-mail address, which NCBI asks tools to give.
    """

    name = "pubmed"

    def __init__(
        self,
        base: str = BASE,
        page_size: int = PAGE_SIZE,
        key: str | None = None,
        contact: str | None = None,
        most_given: int = MOST_GIVEN,
    ) -> None:
        self._base, self._most = base, most_given
        self.page_size = page_size
        own = [("db", "pubmed"), ("tool", "skinproof")]
        own += [("email", contact)] if contact and "@" in contact else []
        self._own = (*own, *([("api_key", key)] if key else []))

    def data_version(self, fetch: Fetch) -> str | None:
        """None: PubMed changes all day and names no state of it."""
        return None

    def pages(self, fetch: Fetch, query: Query, cursor: str | None, since: str | None) -> Iterator[Page]:
        """As in `Feed`. Raises: SourceError, CursorExpired."""
        first = _first_day(since)
        total = self._search(fetch, query, since, None, 0)[0] if cursor is None else None
        for stretch, ids in self._stretches(fetch, query, cursor, since, first):
            rest = [number for number in ids if number > stretch.after]
            for at in range(0, len(rest), self.page_size):
                some = rest[at : at + self.page_size]
                found = self._fetched(fetch, some)
                here = stretch._replace(after=some[-1])
                more = at + self.page_size < len(rest) or here.last < _LAST_DAY
                names = [f"PMID:{number}" for number in some if number in found]
                yield Page(
                    tuple(found[number] for number in some if number in found),
                    tuple(names),
                    total,
                    here.cursor if more else None,
                )
                total = None
            if not rest and stretch.last >= _LAST_DAY:
                yield Page((), (), total)

    def ids(self, fetch: Fetch, query: Query, cursor: str | None) -> Iterator[Page]:
        """As in `Feed`; PubMed's list of ids has no dates. Raises: SourceError, CursorExpired."""
        total = self._search(fetch, query, None, None, 0)[0] if cursor is None else None
        for stretch, ids in self._stretches(fetch, query, cursor, None, _FIRST_DAY):
            rest = [f"PMID:{number}" for number in ids if number > stretch.after]
            here = stretch._replace(after=999_999_999)
            yield Page((), tuple(rest), total, here.cursor if stretch.last < _LAST_DAY else None)
            total = None

    def total(self, fetch: Fetch, query: Query) -> int | None:
        """How many papers the query has now. Raises: SourceError."""
        return self._search(fetch, query, None, None, 0)[0]

    def records(self, fetch: Fetch, query: Query, ids: Sequence[str]) -> Iterator[Page]:
        """As in `Feed`. An id that is no PMID cannot be asked for here, and counts as gone. Raises: SourceError."""
        numbers = {int(known[1]): name for name in ids if (known := _ID.fullmatch(name))}
        strange = tuple(name for name in dict.fromkeys(ids) if not _ID.fullmatch(name))
        if strange:
            yield Page((), (), gone=strange)
        wanted = list(numbers)
        for at in range(0, len(wanted), self.page_size):
            some = wanted[at : at + self.page_size]
            found = self._fetched(fetch, some)
            got = [number for number in some if number in found]
            yield Page(
                tuple(found[number] for number in got),
                tuple(numbers[number] for number in got),
                gone=tuple(numbers[number] for number in some if number not in found),
            )

    def item(self, body: bytes, where: str) -> RawItem:
        """The raw item of one article. Raises: BadRecord."""
        if len(body) > Limits().record_bytes:
            raise BadRecord(f"larger than {Limits().record_bytes:,} bytes")
        return pubmed_xml.item(body, where)

    def _stretches(
        self, fetch: Fetch, query: Query, cursor: str | None, since: str | None, first: date
    ) -> Iterator[tuple[_Stretch, list[int]]]:
        """Stretches of days, one after another up to the last day there is, each with its ids in ascending order."""
        begun = _read_cursor(cursor) if cursor else _Stretch(first, _LAST_DAY)
        start, last, after = begun
        while True:
            stretch = _Stretch(start, last, after)
            count, ids = self._search(fetch, query, since, stretch, self._most)
            if count > self._most:
                if start == last:
                    raise SourceError(
                        f"{query.name}: {count:,} papers on {start}, and PubMed gives no more than {self._most:,} "
                        "of one search; make the query narrower"
                    )
                last = _middle(start, last)
                continue
            yield stretch, sorted(ids)
            if last >= _LAST_DAY:
                return
            span = last - start
            start, after = last + timedelta(days=1), 0
            # Twice as long as what fitted just now; where that is too much it is halved again.
            last = min(_LAST_DAY, start + 2 * span) if start.year < 2100 else _LAST_DAY

    def _search(
        self, fetch: Fetch, query: Query, since: str | None, stretch: _Stretch | None, most: int
    ) -> tuple[int, list[int]]:
        """How many papers a search has, and up to `most` of their ids."""
        params = [
            *self._own,
            ("term", query.terms),
            *query.params,
            ("retmode", "json"),
            ("retmax", str(most)),
        ]
        if stretch is not None or since is not None:
            first, last = (stretch.first, stretch.last) if stretch else (_first_day(since), _LAST_DAY)
            params += [
                ("datetype", "mdat" if since else "edat"),
                ("mindate", f"{first:%Y/%m/%d}"),
                ("maxdate", f"{last:%Y/%m/%d}"),
            ]
        request = Request(f"{self._base}/esearch.fcgi", tuple(params))
        fault = ""
        for _ in range(_ASKED_AGAIN):
            answer = fetch(request)
            if answer.status != 200:
                raise _refused(request, answer.status, answer.body)
            try:
                found = _ANSWER(answer.body)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                fault = str(error)
                continue
            result = found.esearchresult
            if result is None or result.ERROR or result.count is None or not result.count.isdecimal():
                fault = found.error or (result.ERROR if result else None) or "no esearchresult with a count"
                continue
            count = int(result.count)
            ids = [int(text) for text in dict.fromkeys(result.idlist) if text.isdecimal()]
            if most and len(ids) != min(count, most):
                fault = f"{len(ids):,} ids where {min(count, most):,} should be"
                continue
            return count, ids
        raise SourceError(f"{request.shown()} gave no list of ids, {_ASKED_AGAIN} times: {fault[:200]}")

    def _fetched(self, fetch: Fetch, numbers: Sequence[int]) -> dict[int, bytes]:
        """The articles of some PMIDs, as far as PubMed has them."""
        listed = ",".join(map(str, numbers))
        request = Request(
            f"{self._base}/efetch.fcgi", (*self._own, ("id", listed), ("retmode", "xml")), accept=_XML
        )
        fault = ""
        for _ in range(_ASKED_AGAIN):
            answer = fetch(request)
            if answer.status == 400 and len(numbers) == 1:
                return {}  # PubMed's answer for an id it does not have
            if answer.status != 200:
                raise _refused(request, answer.status, answer.body)
            stream = PlainStream(io.BytesIO(answer.body))
            if not pubmed_xml.detect(answer.body[: 1 << 16]):
                fault = "something else than a PubmedArticleSet"
                continue
            parts = list(pubmed_xml.pieces(stream, "efetch", "", Limits()))
            if broken := [part for part in parts if isinstance(part, Refusal)]:
                fault = broken[0].reason
                continue
            texts = [part.data for part in parts if not isinstance(part, Refusal)]
            return {int(name[1]): text for text in texts if (name := _PMID_NOW.search(text))}
        raise SourceError(
            f"{request.shown()} gave no whole list of papers, {_ASKED_AGAIN} times: {fault[:200]}"
        )


def _first_day(since: str | None) -> date:
    return date.fromisoformat(since) if since else _FIRST_DAY


def _middle(first: date, last: date) -> date:
    """Where a stretch that holds too much is cut: between now-like years first, since few papers are dated 2100."""
    if last.year > 2100:
        return max(first, date(2100, 1, 1))
    return first + (last - first) // 2


def _read_cursor(cursor: str) -> _Stretch:
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise CursorExpired(f"no place in a list of papers: {cursor[:60]!r}")
    try:
        days = [date(int(text[:4]), int(text[4:6]), int(text[6:])) for text in found.groups()[:2]]
    except ValueError as error:
        raise CursorExpired(f"no place in a list of papers: {cursor[:60]!r}") from error
    return _Stretch(days[0], days[1], int(found[3]))


def _refused(request: Request, status: int, body: bytes) -> SourceError:
    said = " ".join(body[:400].decode("utf-8", "replace").split())
    words = "" if said.startswith("<") else said[:200]
    return SourceError(
        f"{request.shown()} was refused: status {status}{': ' + words if words else ''}; "
        "look at the query's terms, the key and the base address"
    )
