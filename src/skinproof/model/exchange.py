"""What is asked of a source over the network and what comes back; values only, no socket.

A feed knows how one source pages, counts and names its records; a fetch knows how to ask politely. Workflows join the
two and store what comes. Tapes and stubs in tests are fetches too.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from skinproof.model.raw import RawItem

JSON = "application/json"

SECRET_PARAMETERS = frozenset({"api_key", "apikey", "key", "email"})
"""Parameters whose values are never shown: keys, and addresses of people."""


class Request(msgspec.Struct, frozen=True):
    """One GET. url: without parameters; accept: the media type wanted, checked when the answer comes.

    etag, modified: of a copy that is held (its ETag and Last-Modified headers): an unchanged answer is then status 304
    with no body.
    """

    url: str
    params: tuple[tuple[str, str], ...] = ()
    accept: str = JSON
    etag: str | None = None
    modified: str | None = None

    def shown(self) -> str:
        """The address as it may be printed: no keys, long values cut.

        >>> Request("https://a.test/b", (("term", "skin"), ("api_key", "abc"))).shown()
        'https://a.test/b?term=skin&api_key=***'
        """
        pairs = [
            f"{name}={'***' if name.lower() in SECRET_PARAMETERS else _cut(value)}"
            for name, value in self.params
        ]
        return self.url + ("?" + "&".join(pairs) if pairs else "")


class Response(msgspec.Struct, frozen=True):
    """An answer, unpacked. url: where it came from in the end, after redirects; headers: names in lower case."""

    status: int
    url: str
    headers: dict[str, str]
    body: bytes


Fetch = Callable[[Request], Response]
"""Asks, waits its turn, and tries again where that can help.

Returns answers of status 2xx, 304, and 4xx that stand (400, 404, 410...): what they mean is for the feed to say.
Raises: SourceError when the source cannot be reached, or goes on answering wrongly.
"""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One named query as one source is asked it.

    terms: the words, in the source's own syntax; params: further parameters of the source, as it names them; fields:
    the only fields wanted (empty: whole records); written: day the query was written.
    """

    name: str
    source: str
    title: str
    terms: str
    params: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()
    written: str


class Page(msgspec.Struct, frozen=True):
    """One page of an answer.

    bodies: each record's text as given; empty in an id sweep
    ids: the record ids, in step with `bodies` where there are any; "" for a record whose id cannot be read
    total: records the source says the whole query has; None where this page does not say
    cursor: where to go on, None on the last page
    data_version: of the source's data when it answered, None where it does not say
    aliases: (id asked for, id it goes by now)
    gone: ids asked for that the source does not have any more
    dates: in step with `ids`, the day each record was last changed, where a sweep of ids says so
    """

    bodies: tuple[bytes, ...]
    ids: tuple[str, ...]
    total: int | None = None
    cursor: str | None = None
    data_version: str | None = None
    aliases: tuple[tuple[str, str], ...] = ()
    gone: tuple[str, ...] = ()
    dates: tuple[str | None, ...] = ()


class Feed(Protocol):
    """How one source is asked. Made with the source's base address; holds no state between calls."""

    @property
    def name(self) -> str:
        """`ctgov`, `pubmed` or `europepmc`."""
        ...

    @property
    def page_size(self) -> int:
        """Most records of one page, as asked for."""
        ...

    def data_version(self, fetch: Fetch) -> str | None:
        """What the source calls the state of its data now; None where it has no such thing."""
        ...

    def pages(self, fetch: Fetch, query: Query, cursor: str | None, since: str | None) -> Iterator[Page]:
        """The records of a query, page by page, from a cursor on.

        since: only records that the source changed on or after that day (YYYY-MM-DD).
        Raises: SourceError; CursorExpired when the source does not know the cursor any more: begin again.
        """
        ...

    def ids(self, fetch: Fetch, query: Query, cursor: str | None) -> Iterator[Page]:
        """All ids of a query, page by page, without bodies; with dates where the source has them.

        Raises: as `pages`.
        """
        ...

    def total(self, fetch: Fetch, query: Query) -> int | None:
        """How many records the query has now; None where the source does not say. Raises: SourceError."""
        ...

    def records(self, fetch: Fetch, query: Query, ids: Sequence[str]) -> Iterator[Page]:
        """The records of some ids, any number; with aliases, and ids that are gone. Raises: SourceError."""
        ...

    def item(self, body: bytes, where: str) -> RawItem:
        """The raw item of one body. Raises: sources.files_record.BadRecord."""
        ...


@runtime_checkable
class DescribedFeed(Feed, Protocol):
    """A source that lists the fields its records can have."""

    def fields(self, fetch: Fetch) -> frozenset[str] | None:
        """The paths of all fields, `[]` standing for the items of a list; None where it does not say. Raises: SourceError."""
        ...


def _cut(value: str) -> str:
    return value if len(value) <= 200 else value[:200] + "..."
