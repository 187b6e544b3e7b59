"""The polite client against a server that misbehaves: what is tried again, what is refused, and what it says."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from skinproof.errors import SourceError, TooLarge, UsageError
from skinproof.model.exchange import Request, Response
from skinproof.transport.client import Client
from skinproof.transport.policy import Means, Policy, base_address, user_agent
from tests.transport.misbehaving import Registry, record

AGENT = "skinproof/test"


def answered(status: int = 200, body: bytes = b"{}", **more: Any) -> httpx2.Response:
    """An answer whose body has not been read yet, as one from a connection."""
    headers = {"content-type": "application/json", **more.pop("headers", {})}
    return httpx2.Response(status, headers=headers, stream=httpx2.ByteStream(body), **more)


class Clock:
    """A clock that only its own pauses move."""

    def __init__(self) -> None:
        self.time = 0.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds

    def means(self) -> Means:
        start = datetime(2026, 11, 23, tzinfo=UTC)
        return Means(clock=lambda: self.time, sleep=self.sleep, chance=lambda: 0.5, now=lambda: start)


@pytest.fixture
def server() -> Iterator[Registry]:
    with Registry([record(n) for n in range(50)]) as running:
        yield running


def ask(server: Registry, policy: Policy | None = None, clock: Clock | None = None) -> Response:
    clock = clock or Clock()
    with Client(server.base, policy or Policy(), AGENT, means=clock.means()) as client:
        return client(Request(f"{server.base}/studies", (("pageSize", "50"),)))


def test_a_right_answer_comes_unpacked_at_once(server: Registry) -> None:
    clock = Clock()
    answer = ask(server, clock=clock)
    assert (answer.status, answer.body.count(b"nctId"), clock.pauses) == (200, 50, [])


@pytest.mark.parametrize(
    "fault",
    ["429", "500", "503", "cut", "gzip-cut", "gzip-damaged", "type", "html", "html-as-json"],
)
def test_what_can_come_right_is_asked_again(server: Registry, fault: str) -> None:
    """A page lost to a passing fault would be missing records."""
    server.next(fault, fault, None)
    clock = Clock()
    answer = ask(server, clock=clock)
    assert answer.body.count(b"nctId") == 50 and len(server.requests) == 3
    assert clock.pauses == [0.375, 0.75], "pauses double, half of each up to chance"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("429", "status 429"), ("500", "status 500"), ("cut", "cut off or broken"), ("gzip-cut", "gzip that ends"),
        ("type", "text/plain instead of application/json"), ("html", "a web page"), ("html-as-json", "a web page"),
    ],
)  # fmt: skip
def test_what_never_comes_right_says_what_was_asked_and_what_came(
    server: Registry, fault: str, words: str
) -> None:
    server.next(*[fault] * 3)
    with pytest.raises(SourceError, match=words) as raised:
        ask(server, Policy(tries=3))
    assert "/studies?pageSize=50" in str(raised.value) and "3 times" in str(raised.value)
    assert len(server.requests) == 3


def test_a_server_that_says_how_long_to_wait_is_obeyed() -> None:
    """Retry-After as seconds and as a date; a source that is asked sooner may shut us out."""
    told = iter(["7", "Mon, 23 Nov 2026 00:00:30 GMT", "nonsense"])

    def busy(request: httpx2.Request) -> httpx2.Response:
        after = next(told, None)
        if after is None:
            return answered()
        return answered(429, headers={"retry-after": after})

    clock = Clock()
    with Client(
        "https://a.test",
        Policy(per_second=0),
        AGENT,
        means=clock.means(),
        transport=httpx2.MockTransport(busy),
    ) as client:
        assert client(Request("https://a.test/x")).status == 200
    assert clock.pauses == [7.0, 30.0, 1.5]


def test_a_wait_of_hours_ends_the_run_at_once() -> None:
    answer = answered(503, headers={"retry-after": "7200"})
    clock = Clock()
    with (
        Client(
            "https://a.test",
            Policy(),
            AGENT,
            means=clock.means(),
            transport=httpx2.MockTransport(lambda _: answer),
        ) as client,
        pytest.raises(SourceError, match="asks to wait 7,200 s"),
    ):
        client(Request("https://a.test/x"))
    assert clock.pauses == []


def test_a_slow_drip_ends_after_the_time_for_a_whole_answer(server: Registry) -> None:
    """Each byte in time, the whole never: without a limit on the whole a sync would hang for ever."""
    server.drip = 0.05
    server.pack = False
    server.next("drip", None)
    with Client(server.base, Policy(total=0.3, first_pause=0.01), AGENT) as client:
        assert client(Request(f"{server.base}/studies")).status == 200
    assert len(server.requests) == 2


def test_what_is_too_slow_twice_is_to_be_asked_for_in_smaller_pieces(server: Registry) -> None:
    server.drip = 0.05
    server.pack = False
    server.next("drip", "drip")
    with (
        Client(server.base, Policy(total=0.2, first_pause=0.01), AGENT) as client,
        pytest.raises(TooLarge, match="ask for less"),
    ):
        client(Request(f"{server.base}/studies"))


def test_an_answer_without_a_media_type_is_judged_by_its_body() -> None:
    bodies = iter([b"no json", b"{}"])
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, stream=httpx2.ByteStream(next(bodies))))
    with Client("https://a.test", Policy(), AGENT, means=Clock().means(), transport=transport) as client:
        assert client(Request("https://a.test/x")).body == b"{}"


def test_a_server_that_says_nothing_ends_after_the_time_for_the_next_bytes(server: Registry) -> None:
    server.drip = 5.0
    server.next("drip")
    with (
        Client(server.base, Policy(read=0.1, tries=1), AGENT) as client,
        pytest.raises(SourceError, match="no answer in time"),
    ):
        client(Request(f"{server.base}/studies"))


def test_no_connection_says_so() -> None:
    with (
        Client("http://127.0.0.1:9", Policy(tries=2), AGENT, means=Clock().means()) as client,
        pytest.raises(SourceError, match=r"no connection .*2 times; what was stored stays"),
    ):
        client(Request("http://127.0.0.1:9/studies"))


def test_an_answer_that_is_too_large_is_not_taken(server: Registry) -> None:
    """64 MB of blanks pack to 64 kB: unpacked, packed, and by their ratio they are refused."""
    for policy in (
        Policy(unpacked=1 << 20),
        Policy(packed=1000),
        Policy(ratio=100),
    ):
        server.next("huge")
        with pytest.raises(TooLarge, match="pageSize=50"):
            ask(server, policy)
    assert len(server.requests) == 3, "not tried again"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("loop", "in a circle"),
        ("private", "private address 169.254.169.254"),
        ("away", "not a host of this source"),
    ],
)
def test_a_redirect_that_must_not_be_followed_is_not(server: Registry, fault: str, words: str) -> None:
    server.next(fault)
    with pytest.raises(SourceError, match=words):
        ask(server)
    assert len(server.requests) == 1


def test_an_alias_is_followed_within_the_source(server: Registry) -> None:
    server.aliases["NCT99800000"] = "NCT99900003"
    with Client(server.base, Policy(), AGENT) as client:
        answer = client(Request(f"{server.base}/studies/NCT99800000"))
    assert answer.url.endswith("/studies/NCT99900003") and b"NCT99900003" in answer.body


def test_answers_that_stand_come_back_as_they_are(server: Registry) -> None:
    """A 404 or 400 means something to the feed; trying again would not help."""
    with Client(server.base, Policy(), AGENT) as client:
        assert client(Request(f"{server.base}/studies/NCT00000000")).status == 404
        assert client(Request(f"{server.base}/studies", (("pageToken", "zzz"),))).status == 400
        assert client.asked == 2


def test_an_unchanged_copy_is_not_sent_again() -> None:
    """Conditional requests: what is held is named by its ETag and its date."""

    def unchanged(request: httpx2.Request) -> httpx2.Response:
        known = (request.headers.get("if-none-match"), request.headers.get("if-modified-since"))
        assert known == ('"a1"', "Sun, 22 Nov 2026 00:00:00 GMT")
        return httpx2.Response(304)

    with Client("https://a.test", Policy(), AGENT, transport=httpx2.MockTransport(unchanged)) as client:
        request = Request("https://a.test/x", etag='"a1"', modified="Sun, 22 Nov 2026 00:00:00 GMT")
        assert (client(request).status, client(request).body) == (304, b"")


def test_only_the_source_is_asked() -> None:
    with (
        Client("https://a.test/api", Policy(), AGENT) as client,
        pytest.raises(SourceError, match="not an address of the source"),
    ):
        client(Request("https://b.test/api/x"))


def test_the_user_agent_names_who_asks() -> None:
    assert user_agent(None).startswith("skinproof/")
    assert user_agent("someone@example.org").endswith(" (someone@example.org)")
    for bad in ("a\r\nX: y", "é@example.org", "x" * 300):
        with pytest.raises(UsageError, match="SKINPROOF_CONTACT"):
            user_agent(bad)


def test_requests_to_a_host_are_evenly_spaced() -> None:
    """Not three at once and then a rest: a limit of 3 a second holds in every second."""
    clock = Clock()
    transport = httpx2.MockTransport(lambda _: answered())
    with Client(
        "https://a.test", Policy(per_second=4), AGENT, means=clock.means(), transport=transport
    ) as client:
        for _ in range(5):
            client(Request("https://a.test/x"))
    assert clock.pauses == [0.25] * 4


def test_keys_and_addresses_of_people_are_not_shown() -> None:
    request = Request("https://a.test/x", (("api_key", "geheim"), ("email", "a@b.c"), ("term", "skin")))
    assert request.shown() == "https://a.test/x?api_key=***&email=***&term=skin"
    refused = httpx2.MockTransport(lambda _: answered(500))
    with (
        Client("https://a.test", Policy(tries=1), AGENT, transport=refused) as client,
        pytest.raises(SourceError) as raised,
    ):
        client(request)
    assert "geheim" not in str(raised.value) and "a@b.c" not in str(raised.value)


@pytest.mark.parametrize(
    "bad", ["example.org", "ftp://example.org", "http://", "https://a:b@c.org", "http://a:x/"]
)
def test_a_base_address_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(UsageError, match="SKINPROOF_CTGOV_BASE_URL"):
        base_address("SKINPROOF_CTGOV_BASE_URL", bad)
    assert base_address("X", "https://example.org/api/") == "https://example.org/api"
