"""One POST to an address of the user's own: nowhere else, bounded, and never printed whole."""

import httpx2
import pytest

from skinproof.errors import SourceError, UsageError
from skinproof.transport.policy import Means
from skinproof.transport.webhook import LARGEST, TRIES, check_address, post

MEANS = Means(sleep=lambda seconds: None)
HOOK = "https://hooks.example.org/services/secret-token"


def sent(*statuses: int) -> tuple[list[httpx2.Request], httpx2.MockTransport]:
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(
            statuses[min(len(asked), len(statuses)) - 1], headers={"location": "https://elsewhere.example/"}
        )

    return asked, httpx2.MockTransport(answer)


def test_a_message_goes_out_once_with_its_key() -> None:
    asked, transport = sent(204)
    post(HOOK, b"{}", "skinproof/0", "key-1", means=MEANS, transport=transport)
    (request,) = asked
    assert (request.method, request.content) == ("POST", b"{}")
    assert (
        request.headers["idempotency-key"] == "key-1"
        and request.headers["content-type"] == "application/json"
    )


@pytest.mark.parametrize(("statuses", "tries"), [((500,), TRIES), ((429, 200), 2), ((404,), 1), ((302,), 1)])
def test_only_what_can_help_is_tried_again_and_no_redirect_is_followed(
    statuses: tuple[int, ...], tries: int
) -> None:
    asked, transport = sent(*statuses)
    if statuses[-1] == 200:
        post(HOOK, b"{}", "skinproof/0", "k", means=MEANS, transport=transport)
    else:
        with pytest.raises(SourceError) as error:
            post(HOOK, b"{}", "skinproof/0", "k", means=MEANS, transport=transport)
        assert "secret-token" not in str(error.value)
    assert len(asked) == tries and {request.url.host for request in asked} == {"hooks.example.org"}


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "ftp://example.org",
        "file:///etc/passwd",
        "https://a:b@example.org",
        "",
        "https://",
    ],
)
def test_only_https_and_this_machine_are_taken(url: str) -> None:
    with pytest.raises(UsageError):
        post(url, b"{}", "skinproof/0", "k", means=MEANS, transport=sent(200)[1])


def test_an_address_is_shown_without_its_path() -> None:
    assert check_address(HOOK) == "https://hooks.example.org"
    assert check_address("http://127.0.0.1:9000/x") == "http://127.0.0.1:9000"
    with pytest.raises(UsageError, match="bytes"):
        post(HOOK, b"x" * (LARGEST + 1), "skinproof/0", "k", means=MEANS, transport=sent(200)[1])
